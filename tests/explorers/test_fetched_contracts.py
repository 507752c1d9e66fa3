"""A contract and its order book that were fetched: chosen on 01, walked through all pages, gone from the store."""

import datetime
import html
from pathlib import Path
from typing import Any

import pytest

from hedge_widgets import (
    Book,
    CarryExplorer,
    Hedge,
    HedgeSimulator,
    MarginExplorer,
    Portfolio,
)
from hedge_widgets.market.facts import contract
from hedge_widgets.market.plan import Plan
from hedge_widgets.model.costs import walk_book
from hedge_widgets.pages.address import VERSION, plan_written, written
from hedge_widgets.pages.carry.book import BookTable
from hedge_widgets.pages.margin.venues import venues_table
from hedge_widgets.widgets.ages import contract_name, fetched
from tests.explorers.opened import PAGES
from tests.stored_venues import KRAKEN, NAN, OKX, ago, store_book, store_contract, store_kraken, store_okx

OTHERS = PAGES[1:]


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a store with two contracts, one of them with its order book."""
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "store"))
    store_okx(ago(days=3))
    store_kraken(ago(minutes=1))
    return tmp_path / "store"


def option(page: Any, name: str, label: str) -> str:
    """Return the words under which a dropdown offers a contract."""
    return next(words for words, meant in page.controls.choices[name].options if meant == label)


def constants(page: Any) -> dict[str, list[str]]:
    """Return the rows of the table of constants by their first cell and unit."""
    return {f"{row[0]} {row[2]}".strip(): row for row in page.sources.constants.rows}


def address(page: Any) -> str:
    """Return the page's book as a link to another page holds it."""
    return written({"book": plan_written(page.plan)})


def test_the_dropdowns_say_its_age() -> None:
    """On every page that has contracts to choose; the one that ships stands there too."""
    age = fetched(f"{ago(days=3):%Y-%m-%d}")
    assert age == "fetched 3 days ago"
    for page in (HedgeSimulator(), MarginExplorer(), CarryExplorer()):
        assert option(page, "contract", OKX) == f"OKX BTC-USDT-SWAP ({age}) · linear · pays every 4 hours"
        assert option(page, "contract", "OKX BTC-USDT-SWAP").startswith("OKX BTC-USDT-SWAP · linear")
    assert option(MarginExplorer(), "other", OKX) == f"OKX BTC-USDT-SWAP ({age})"
    look = HedgeSimulator()._futures_table.look
    assert {OKX, KRAKEN} < set(look["options"])
    assert look["shown"] == {label: contract_name(contract(label)) for label in (OKX, KRAKEN)}
    page = HedgeSimulator()
    page._futures_table.rows = [[OKX, "-1", "", "3", ""]]
    assert f"OKX BTC-USDT-SWAP ({age}), planned" in page._each.value


@pytest.mark.parametrize("label", [OKX, KRAKEN])
def test_chosen_on_the_simulator_and_walked_by_address(label: str) -> None:
    """Every page shows the book with it, and its own address brings the same back."""
    page = HedgeSimulator()
    page.controls.choices["contract"].value = label
    assert page.live.said == ""
    assert label in page.live.words["contract"]
    again = HedgeSimulator()
    again.state = page.state
    assert again.plan is not None
    assert page.plan is not None
    assert again.plan.book == page.plan.book
    for kind in OTHERS:
        other = kind()
        other.live.arrive(VERSION, address(page))
        assert other.live.said == ""
        assert other.plan is not None
        assert other.plan.book == page.plan.book
        assert other.plan.contract == contract(label)
        other.live.picture()


def test_the_liquidation_price_by_hand() -> None:
    """A coin short at 90,000 with a third of it: 120,000 - x = 0.02 x - 50,000 (0.02 - 0.01), on both pages."""
    hedge = Hedge(contract=contract(KRAKEN), basis="dollar", coverage=1.0, leverage=3.0)
    plan = Plan(book=Book(holdings=Portfolio.of({"BTC": (1.0, 90_000.0)}), hedge=hedge))
    expected = 120_500.0 / 1.02
    margin, simulator = MarginExplorer(), HedgeSimulator()
    margin.plan = simulator.plan = plan
    assert plan.outcome().liquidation_price == pytest.approx(expected, rel=1e-12)
    assert margin.outcome.isolated_price[0] == pytest.approx(expected, rel=1e-12)
    assert simulator.outcome.outcome.liquidation_price[0] == pytest.approx(expected, rel=1e-12)


def test_the_constants_say_where_they_are_from_and_what_is_assumed() -> None:
    """Source and date in every row; what was not fetched in one of its own; the tiers with theirs."""
    page = MarginExplorer()
    page.controls.choices["contract"].value = KRAKEN
    today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    rows = constants(page)
    assert rows["Maker fee %"][3:] == ["Kraken Futures, through ccxt", today]
    assert rows["What was not fetched"][3] == contract(KRAKEN).assumed
    assert "Half spread, daily volume" not in rows
    assert page.sources.tiers.rows[0][:4] == ["50,000", "1", "50", "0"]
    assert page.sources.tiers.rows[1][:4] == ["any size", "2", "25", "500"]
    assert page.sources.tiers.rows[0][4] == "Kraken Futures, through ccxt; each slice at its own rate"
    page.controls.choices["contract"].value = "OKX BTC-USDT-SWAP"
    assert "Half spread, daily volume" in constants(page)


def test_an_edited_constant_travels() -> None:
    """It is told in the address against what was fetched."""
    page = HedgeSimulator()
    page.controls.choices["contract"].value = KRAKEN
    page.sources._constant_typed(4, 1, "0.03")  # maker fee
    assert constants(page)["Maker fee %"][3] == "edited by you"
    other = HedgeSimulator()
    other.state = page.state
    assert other.plan is not None
    assert other.plan.contract.maker_fee_rate == pytest.approx(0.0003)


def test_its_venue_is_worked_out_with_what_was_fetched() -> None:
    """In the table of venues on the margin page."""
    page = MarginExplorer()
    page.controls.choices["contract"].value = OKX
    setting = page._setting
    table = venues_table(setting, setting.notional / 5.0, page._contract)
    assert f"rates of {OKX}" in table


def test_an_address_of_a_contract_that_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every page opens as it does without an address, with a sentence."""
    page = HedgeSimulator()
    page.controls.choices["contract"].value = OKX
    book, state = address(page), page.state
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "another"))
    gone = f"There is no contract '{OKX}' in the store of this machine"
    for kind in (HedgeSimulator, *OTHERS):
        other = kind()
        opening = other.plan
        with other.live.reporting():
            other.live.arrive(VERSION, book)
        assert gone in other.live.said
        assert other.plan == opening
    again = HedgeSimulator()
    with again.live.reporting():
        again.live.arrive(VERSION, state)
    assert OKX in again.live.said


def test_a_page_left_open_while_its_contract_goes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is chosen next is refused in a sentence or goes on; nothing breaks."""
    page = HedgeSimulator()
    page.controls.choices["contract"].value = OKX
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "another"))
    page.controls.choices["margin_mode"].value = "cross"
    assert f"There is no contract '{OKX}'" in page.live.said
    page.controls.choices["contract"].value = "OKX BTC-USDT-SWAP"
    assert page.plan is not None
    assert page.plan.contract.label == "OKX BTC-USDT-SWAP"


def test_what_cannot_be_used_is_said(store: Path) -> None:
    """At the opening of every page, as text."""
    store_contract("okx X", ago(days=1), venue_symbol="<img src=x>")
    for kind in (HedgeSimulator, *OTHERS):
        page = kind()
        assert "The store: the stored contracts of okx X cannot be used: its symbol must be" in page.live.said
        assert not any("<img" in str(words) for box in page.controls.choices.values() for words, _ in box.options)


# The order book


def carry(label: str = OKX) -> CarryExplorer:
    """Return the carry page with a contract chosen."""
    page = CarryExplorer()
    page.controls.choices["contract"].value = label
    assert page.live.said == ""
    return page


def test_the_fetched_book_fills_the_table_and_is_walked() -> None:
    """Its levels, and an order of 5 coins by hand: 3 at 50,000 and 2 at 49,999.5, against the middle of 50,000.5."""
    page = carry()
    assert [row[1:] for row in page.book.table.rows[:3]] == [
        ["50000", "3", "50001", "4"],
        ["49999.5", "10", "50002", "20"],
        ["0", "0", "0", "0"],
    ]
    setting = page._setting
    fill = setting.walked(5.0)
    average = (3 * 50_000.0 + 2 * 49_999.5) / 5
    assert fill.average_price == pytest.approx(average, rel=1e-12)
    assert fill.slippage_rate == pytest.approx(1.0 - average / 50_000.5, rel=1e-9)
    assert setting.depth == 13.0
    assert fill == walk_book("sell", 5.0, setting.bids, setting.asks)


def test_its_age_is_said() -> None:
    """Beside the chart: minutes, hours, days; strongly from a day on; a clock that is wrong."""
    for time, words in (
        (ago(minutes=5, seconds=1), "5 minutes old."),
        (ago(hours=23), "23 hours old."),
        (ago(days=2), "2 days old. Too old to rely on: prices and sizes have changed since."),
        (ago(days=-1), "which is later than this machine's clock"),
    ):
        store_book("okx BTC/USDT:USDT", time)
        page = carry()
        said = html.unescape(page._book_age.value)
        assert f"Order book of {OKX}, as of {time:%Y-%m-%d %H:%M} UTC, {words}" in said
        assert page.book.table.note.startswith("The levels as fetched")
        assert ("Too old" in said) is ("2 days" in words)


def test_a_contract_without_a_book_has_the_made_up_one() -> None:
    """So has the one that ships; the fetched book does not stay behind."""
    page = carry()
    for label in ("OKX BTC-USDT-SWAP", KRAKEN):
        page.controls.choices["contract"].value = label
        assert page._book_age.value == ""
        assert page.book.table.note.startswith("This book is made up")
        assert len(page._setting.bids) == 6


def test_typed_over_it_is_the_users_and_travels() -> None:
    """All its levels, also more of them than a made-up book has; nothing is said of an age then."""
    levels = [("bid", 50_000.0 - k, 1.0) for k in range(20)] + [("ask", 50_001.0 + k, 2.0) for k in range(30)]
    store_book("okx BTC/USDT:USDT", ago(hours=1), levels)
    page = carry()
    assert (len(page._setting.bids), len(page._setting.asks)) == (20, 20)
    page.book._typed(0, 2, "7")
    assert page._setting.bids[0] == (50_000.0, 7.0)
    assert page._setting.bids[1:] == tuple((50_000.0 - k, 1.0) for k in range(1, 20))
    assert page._book_age.value == ""
    other = CarryExplorer()
    other.state = page.state
    assert other._setting.bids == page._setting.bids
    assert len(page.state) < 2_500
    page.undo()
    assert "1 hour old" in page._book_age.value


def test_sides_of_different_length() -> None:
    """The missing levels are empty ones, not walked."""
    store_book(
        "okx BTC/USDT:USDT", ago(hours=1), [("bid", 50_000.0, 3.0), ("ask", 50_001.0, 4.0), ("ask", 50_002.0, 1.0)]
    )
    page = carry()
    assert page.book.table.rows[1] == ["2", "0", "0", "50002", "1"]
    assert page._setting.bids == ((50_000.0, 3.0),)
    assert isinstance(page.book, BookTable)


def test_a_coin_without_a_price_is_refused() -> None:
    """TON ships nowhere: no page takes the price of another coin for it."""
    store_contract(
        "gate TON/USDT:USDT", ago(hours=1), venue="Gate", venue_symbol="TON_USDT", underlying="TON", maker_fee_rate=NAN
    )
    for kind in (HedgeSimulator, MarginExplorer, CarryExplorer):
        page = kind()
        before = page.controls.choices["contract"].value
        page.controls.choices["contract"].value = "Gate TON_USDT (fetched)"
        assert "Gate TON_USDT (fetched) needs a price of TON, and none is known" in page.live.said
        assert page.controls.choices["contract"].value == before
