"""Stock controls from declared quantities: positions, units, labels."""

import numpy as np
import pytest

from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.widgets.controls import Look, StampedSlider, card, slider

PERCENT = Quantity(field="coverage", label="hedge ratio", unit="%", positions=steps(0, 150, 1), factor=0.01)
LADDER = Quantity(field="leverage", label="leverage", unit="", positions=(1, 2, 5, 10), is_ladder=True)


def test_positions_are_round_numbers() -> None:
    """No 0.30000000000000004: each position is as near to its decimal as a float comes, both ends among them."""
    assert steps(0, 1, 0.1) == (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    assert steps(-0.5, 0.5, 0.005)[100] == 0.0


@pytest.mark.parametrize(("value", "position"), [(0.75, 75.0), (0.123456, 12.3456), (9.0, 150.0), (-1.0, 0.0)])
def test_a_model_value_has_its_place(value: float, position: float) -> None:
    """Values inside keep their digits, values outside stop at the end."""
    assert PERCENT.position(value) == position
    assert slider(Look(), PERCENT, value).value == position


@pytest.mark.parametrize(("value", "position"), [(3.4, 2.0), (3.6, 5.0), (1000.0, 10.0), (0.1, 1.0)])
def test_a_ladder_takes_the_nearest_rung(value: float, position: float) -> None:
    """A ladder has nothing between its rungs."""
    assert slider(Look(), LADDER, value).value == position


def test_a_slider_reaches_all_its_positions_by_key() -> None:
    """The slider's own step is the smallest gap, so that an arrow key lands on positions."""
    made = slider(Look(), PERCENT, 0.5)
    assert (made.min, made.max, made.step) == (0, 150, 1)
    assert made.description == "hedge ratio, %"
    assert np.all(np.diff(PERCENT.positions) > 0)


def test_a_slider_s_value_comes_with_a_stamp_only() -> None:
    """A browser that draws a stock slider sends its value back, rounded; nothing else of it is left out."""
    made = slider(Look(), PERCENT, 0.5, StampedSlider)
    made.set_state({"value": 40.0, "description": "said"})
    assert (made.value, made.description) == (50.0, "said")


def test_a_card_has_a_name_for_its_style() -> None:
    """The card carries its CSS classes and, with a title, a heading."""
    assert "hw-main" in card(Look(), "Hedge", [], "main")._dom_classes
    assert "<h2>Hedge</h2>" in card(Look(), "Hedge", [], "main").children[0].value
    assert card(Look(), "", [], "main").children == ()
    assert "<details" in card(Look(), "Advanced", [], "rare", is_folded=True).children[0].value
