"""What every page has in common: a change is taken as a whole or not at all, and can be undone."""

from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from hedge_widgets import (
    CarryExplorer,
    HedgeRatioLab,
    HedgeSimulator,
    MarginExplorer,
    PortfolioMarginExplorer,
    RebalancingExplorer,
)
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.hedge.examples import examples
from hedge_widgets.pages.page import Page
from hedge_widgets.widgets.past import MOST
from tests.explorers.opened import TOPICS


@pytest.fixture(scope="module", params=TOPICS)
def opened(request: pytest.FixtureRequest) -> Page:
    return TOPICS[request.param]()


@pytest.fixture
def page(opened: Page) -> Page:
    """Give a page as it opened."""
    while not opened._past.button.disabled:
        opened.undo()
    opened.live.say("")
    return opened


def numbers(page: Page, picture: Any) -> dict[str, Any]:
    """Return every number of a picture."""
    columns = page.live._columns(picture)
    return {key: np.nan_to_num(np.asarray(value, dtype=np.float64)).tolist() for key, value in columns.items()}


def everything(page: Page) -> dict[str, Any]:
    """Return what a hand can change and every number it leads to."""
    return {"state": page._present(), "words": page.live.words, **numbers(page, page.live.picture())}


def is_drawn_anew(page: Page) -> bool:
    """Return whether the picture that is kept for all parts is the one of the page as it is now."""
    now = page._picture({name: np.array([value]) for name, value in page.live.values.items()})
    return numbers(page, page.live.picture()) == numbers(page, now)


def rest(page: Page, name: str, value: float) -> None:
    """Let a hand move a slider and rest."""
    page.live._sliders[name].value = value
    at = list(page.live.values.values())
    page.live._answer(page.live, {"kind": "rest", "revision": page.live._revision, "at": at}, [])


def test_there_is_nothing_to_undo_at_first(page: Page) -> None:
    before = everything(page)
    page.undo()
    assert everything(page) == before
    assert page._past.button.disabled


def test_every_choice_is_taken_whole_and_undone(page: Page) -> None:
    """Every option of every dropdown: with what follows it, it is there or refused with a sentence, and goes back."""
    before = everything(page)
    n_taken = 0
    for name, box in page.controls.choices.items():
        for _, meant in [option for option in box.options if option[1] != box.value][:3]:
            box.value = meant
            if box.value == meant:
                n_taken += 1
                assert page._present() != before["state"], name
                assert not page._past.button.disabled
                assert is_drawn_anew(page), name
                page.undo()
            else:
                assert page.live.said, name
            assert everything(page) == before, (name, meant)
            assert page._past.button.disabled
    assert n_taken > len(page.controls.choices) / 2


def test_every_number_is_taken_or_refused(page: Page) -> None:
    before = everything(page)
    for name, box in page.controls.numbers.items():
        for value in (box.value * 1.01 or 1.0, float("nan"), float("inf"), -1e30):
            page.live.say("")
            box.value = value
            is_taken = not page._past.button.disabled
            assert is_taken != bool(page.live.said), (name, value)
            if is_taken:
                assert is_drawn_anew(page), name
                page.undo()
                assert is_drawn_anew(page), name
            assert everything(page) == before, (name, value)


def test_a_refusal_speaks_the_language_of_its_box(page: Page) -> None:
    """A box in percent is refused in percent, beside the box, with its own words and the value as typed."""
    for name, quantity in page.controls.boxes.items():
        box, unit = page.controls.numbers[name], quantity.unit
        if "hw-unused" not in box._dom_classes:
            page.live.say("")
            box.value = -1234.5
            typed = "-$1,234.5" if unit.startswith("$") else "-1,234.5"
            if quantity.factor != 1.0:
                assert page.live.said.lower().startswith(f"{quantity.label} must be ".lower()), page.live.said
                assert page.live.said.endswith(f", not {typed}."), page.live.said
            if page.live.said:
                assert page.live._controls[page.live.refusal["control"]] is box


def test_an_example_and_its_sliders_are_undone(page: Page) -> None:
    before = everything(page)
    seen = []
    for place in page._places[1:]:
        page._example.value = place
        assert page.live.said == ""
        seen.append(everything(page))
    for state in seen[-2::-1]:
        page.undo()
        assert everything(page) == state
    page.undo()
    assert everything(page) == before


def test_a_card_says_when_the_page_has_left_its_example(page: Page) -> None:
    """Once a slider moves, the card says that the example was changed, and leads back."""

    def is_changed() -> bool:
        assert ("You have changed this example." in page._about.value) == (page._back.layout.visibility == "visible")
        return "You have changed" in page._about.value

    for place in [place for place in page._places if place != OWN_BOOK][:3]:
        page._example.value = place
        as_opened = everything(page)
        assert not is_changed()
        name, places = next(iter(page.live._positions.items()))
        rest(page, name, float(places[0] if page.live.values[name] != places[0] else places[-1]))
        assert is_changed()
        page.undo()
        assert not is_changed()
        rest(page, name, float(places[0] if page.live.values[name] != places[0] else places[-1]))
        page._back.click()
        assert not is_changed()
        assert everything(page) == as_opened


def test_a_page_gives_its_outcome_as_a_frame(page: Page) -> None:
    """One row of the numbers that the sentences and tiles are made of; it follows the sliders."""
    frame = page.to_frame()
    assert frame.shape[0] == 1
    assert frame.shape[1] >= 5
    name, places = next(iter(page.live._positions.items()))
    rest(page, name, float(places[0] if page.live.values[name] != places[0] else places[-1]))
    assert not page.to_frame().equals(frame)


def test_a_slider_that_rested_is_undone(page: Page) -> None:
    """Every slider; a rest that moved nothing is no step."""
    before = everything(page)
    for name, places in page.live._positions.items():
        now = page.live.values[name]
        rest(page, name, now)
        assert page._past.button.disabled
        rest(page, name, float(places[0] if now != places[0] else places[-1]))
        assert page._present() != before["state"]
        page.undo()
        assert everything(page) == before, name


def test_a_refused_choice_leaves_the_sliders_where_the_hand_has_them(page: Page) -> None:
    name, places = next(iter(page.live._positions.items()))
    rest(page, name, float(places[1]))
    box = next(iter(page.controls.numbers.values()))
    box.value = float("nan")
    assert page.live.said
    assert page.live.values[name] == places[1]


def test_an_unforeseen_error_changes_nothing(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only refusals: whatever goes wrong in a change is said, and the page is as it was."""
    before = everything(page)
    monkeypatch.setattr(page, "_follow", lambda _owner: 1 / 0)
    box = next(iter(page.controls.choices.values()))
    box.value = next(meant for _, meant in box.options if meant != box.value)
    assert "ZeroDivisionError" in page.live.said
    monkeypatch.undo()
    assert everything(page) == before


def test_the_past_has_an_end() -> None:
    page = CarryExplorer()
    name, places = next(iter(page.live._positions.items()))
    for k in range(MOST + 5):
        rest(page, name, float(places[k % 2]))
    for _ in range(MOST):
        assert not page._past.button.disabled
        page.undo()
    assert page._past.button.disabled


def test_edited_constants_are_undone() -> None:
    """A fee, a tier, a level of the book, a venue's parameter, a cost: each is a step back."""
    margin, carry, portfolio, lab = MarginExplorer(), CarryExplorer(), PortfolioMarginExplorer(), HedgeRatioLab()
    tables = (
        (margin, margin.sources.tiers, 0, 1, "0.45"),
        (carry, carry.sources.constants, 5, 1, "0.1"),
        (carry, carry.book.table, 0, 2, "7"),
        (portfolio, portfolio.rules.table, 0, 1, "20"),
        (lab, lab.costs.table, 0, 1, "0.2"),
    )
    for page, table, row, column, text in tables:
        before, rows = everything(page), table.rows
        table._typed(table, {"row": row, "column": column, "text": text}, [])
        assert table.complaint == ""
        assert table.rows != rows
        page.undo()
        assert everything(page) == before
        assert table.rows == rows


def test_an_upload_is_undone() -> None:
    """The lab goes back to the prices it had, and to the coins it offered."""
    page = HedgeRatioLab()
    before, offered = everything(page), page.controls.choices["spot"].options
    days = np.datetime64("2024-01-01") + np.arange(120)
    draw = np.random.default_rng(5)
    prices = np.exp(np.cumsum(0.02 * draw.standard_normal((120, 2)), axis=0))
    lines = [f"{day},{a:.6f},{b:.6f}" for day, (a, b) in zip(days, prices, strict=True)]
    page._uploaded("mine.csv", "\n".join(["date,AAA,BTC", *lines]).encode())
    assert page.controls.choices["spot"].value == "AAA"
    page.undo()
    assert page.controls.choices["spot"].options == offered
    assert everything(page) == before


def test_the_name_of_a_group_is_no_example() -> None:
    """All examples stand under the names of five groups; choosing a name leaves the page as it is."""
    page = HedgeSimulator()
    names = [title for title, place in page._example.options if place < OWN_BOOK]
    assert len(names) == 5
    assert len(page._places) == len(examples()) + 1
    page._example.value = 3
    before = everything(page)
    for _, place in page._example.options:
        if place < OWN_BOOK:
            page._example.value = place
            assert everything(page) == before
    with pytest.raises(InputError, match="must be one of this page's"):
        page.state = quote('{"page":"simulator","example":-2}')


@pytest.mark.parametrize("kept", [0, 1, 40], ids=["without any price", "of one price", "that ended a year ago"])
@pytest.mark.parametrize("kind", [HedgeSimulator, HedgeRatioLab, MarginExplorer, CarryExplorer, RebalancingExplorer])
def test_a_column_of_few_prices_is_no_fault_of_the_page(kind: type[Page], kept: int) -> None:
    """The page opens on the other coins, and says in a sentence what it lacks, whatever is chosen for an ended coin."""
    draw = np.random.default_rng(3)
    prices = pd.DataFrame(
        {
            coin: price * np.exp(np.cumsum(0.02 * draw.standard_normal(400)))
            for coin, price in (("BTC", 5e4), ("ETH", 3e3))
        }
        | {"SOL": np.where(np.arange(400) < kept, 100.0 + np.arange(400), np.nan)},
        index=pd.date_range("2024-01-01", periods=400),
    )
    page = kind(prices=prices)  # type: ignore[call-arg]
    for value in [None, *(page.controls.choices["ended"].options if "ended" in page.controls.choices else ())]:
        if value is not None:
            page.controls.choices["ended"].value = value[1] if isinstance(value, tuple) else value
        assert "went wrong" not in page.live.said
        assert not page.live.said or page.live.said.endswith(".")
        assert all(map(np.isfinite, page.live.values.values()))
