"""A declared quantity: its box, its slider, what it refuses."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hedge_widgets.model.quantities
import hedge_widgets.model.typed
from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.quantities import Quantity, steps

PERCENT = Quantity(field="move", label="Move", unit="%", factor=0.01, positions=steps(-60, 100, 1))
LADDER = Quantity(field="leverage", label="Leverage", positions=(1, 2, 5, 10), is_ladder=True)
MONEY = Quantity(field="volume", label="Volume", unit="$ million", factor=1e6, limit=Limit(1e6, 1e12))


@pytest.mark.parametrize("module", [hedge_widgets.model.quantities, hedge_widgets.model.typed])
def test_its_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("quantity", "typed", "sentence"),
    [
        (PERCENT, "250 %", "Move must be -60 to 100 %, not 250"),
        (LADDER, "1,000×", "Leverage must be 1 to 10×, not 1,000×"),
        (MONEY, "-5", "Volume must be $1 to $1,000,000 million, not -$5"),
        (PERCENT, "0,7", "Move: expected a number with a point for decimals (0.7), not '0,7'"),
    ],
)
def test_a_refusal_names_the_quantity_its_ends_and_the_value(quantity: Quantity, typed: str, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        quantity.read(typed)
    assert str(refused.value) == sentence


def test_a_ladder_takes_the_nearest_and_says_so() -> None:
    assert LADDER.read("4") == (5.0, "This slider moves in steps: 5 is the nearest to 4.")
    assert LADDER.read("5") == (5.0, "")


def test_a_constant_is_read_in_the_models_unit() -> None:
    assert MONEY.read_model("12.5") == 12.5e6
    with pytest.raises(InputError, match="Volume of SOL must be"):
        MONEY.read_model("0", "Volume of SOL")


@given(st.floats(-0.6, 1.0))
def test_box_position_and_model_value_are_one_number(value: float) -> None:
    """What a box shows is read back, and a slider's place is inside it."""
    shown = PERCENT.boxed(value)
    assert PERCENT.read(str(shown))[0] == shown
    assert PERCENT.position(value) * PERCENT.factor == pytest.approx(value, abs=1e-9)
    assert PERCENT.positions[0] <= PERCENT.position(10 * value) <= PERCENT.positions[-1]
