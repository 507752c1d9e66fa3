"""The futures beside the hedge on the pages: typed, refused, summed, shown each, and carried from page to page."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from hedge_widgets import (
    Book,
    CarryExplorer,
    Future,
    Hedge,
    HedgeSimulator,
    Plan,
    Portfolio,
    RebalancingExplorer,
    StartPage,
    contract,
    contracts,
)
from hedge_widgets.model.hedge import hedge_outcome
from hedge_widgets.pages.address import plan_read, plan_written, written
from hedge_widgets.pages.book import FUTURES_NOTE, outcome_words, short_words
from hedge_widgets.pages.hedge import words
from hedge_widgets.pages.page import Page
from hedge_widgets.style import formatted
from hedge_widgets.widgets.ages import contract_and_age
from tests.explorers.opened import PAGES
from tests.explorers.test_hedge import TABLE_BYTES, messages, table_costs

BTC, ETH = contract("Binance USD-M BTCUSDT"), contract("Binance USD-M ETHUSDT")
COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
OPEN = Future(contract=ETH, contracts=-0.3, entry_price=3_300.0, leverage=4.0, opened_on=date(2026, 11, 2))
PLANNED = Future(contract=BTC, contracts=-0.005)
PLAN = Plan(book=Book(holdings=COINS, hedge=Hedge(contract=BTC, coverage=0.5), futures=(OPEN, PLANNED), cash=600.0))
ROWS = [["Binance USD-M ETHUSDT", "-0.3", "3300", "4", "2026-11-02"], ["Binance USD-M BTCUSDT", "-0.005", "", "3", ""]]


def arrive(page: Page, plan: Plan) -> str:
    """Let a plan arrive in the address and return the banner."""
    page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": written({"book": plan_written(plan)})}, [])
    return page.live.said


def shown(html: str) -> str:
    """Return the words of HTML."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("\u2060", "").strip()


def test_what_is_typed_is_in_the_book_and_in_the_answer() -> None:
    """Two rows typed: the plan has them, the net counts them, each is shown, and undo takes them away one by one."""
    page = HedgeSimulator()
    alone = float(page.outcome.outcome.net_pnl[0])
    page._futures_table.rows = [ROWS[0]]
    assert page.plan is not None
    assert page.plan.book.futures == (OPEN,)
    page._futures_table.rows = ROWS
    plan = page.plan
    assert plan.book.futures == (OPEN, PLANNED)
    picture = page.outcome
    assert float(picture.outcome.net_pnl[0]) == pytest.approx(alone + float(picture.others[0]))
    assert float(picture.outcome.net_pnl[0]) == pytest.approx(plan.outcome().net_pnl)
    each = shown(page._each.value)
    ether = contract_and_age(contract("Binance USD-M ETHUSDT"))
    assert f"{ether}, opened at $3,300" in each
    assert "Binance USD-M BTCUSDT, planned" in each
    assert formatted(plan.outcome().net_pnl, "usd_signed") in each
    page.undo()
    assert page._futures_table.rows == [ROWS[0]]
    page.undo()
    assert page._futures_table.rows == []
    assert float(page.outcome.outcome.net_pnl[0]) == pytest.approx(alone)


@pytest.mark.parametrize(
    ("row", "cell", "said"),
    [
        (["NOSUCH PERP", "-1", "", "3", ""], 0, "NOSUCH"),
        (["Binance USD-M ETHUSDT", "few", "", "3", ""], 1, "contracts of Binance USD-M ETHUSDT: expected a number"),
        (["Binance USD-M ETHUSDT", "0", "", "3", ""], 1, "below 0 for a short or above 0 for a long, not 0"),
        (["Binance USD-M ETHUSDT", "-1", "-5", "3", ""], 2, "a number above 0, not '-5'"),
        (["Binance USD-M ETHUSDT", "-1", "3,5", "3", ""], 2, "with a point for decimals (3.5)"),
        (["Binance USD-M ETHUSDT", "-1", "", "0.5", ""], 3, "leverage"),
        (["Binance USD-M ETHUSDT", "-1", "", "", ""], 3, "leverage of Binance USD-M ETHUSDT: expected a number"),
        (
            ["Binance USD-M ETHUSDT", "-1", "3000", "3", "last week"],
            4,
            "must be a date such as 2027-03-26, not 'last week'",
        ),
        (["Binance USD-M ETHUSDT", "-1", "", "3", "2026-11-02"], 4, "must have an entry price"),
        (["<img src=x>", "-1", "", "3", ""], 0, "<img"),
        # Its venue allows less: the table's own 3× is refused at CME.
        (["CME MBT", "-1", "", "3", ""], 3, "leverage of CME MBT must be at most 2.5× at this size, not 3×"),
        (["Binance USD-M BTCUSDT", "-1000000", "", "1", ""], 1, "must be within its last margin tier, not 1,000,000"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_lost(row: list[str], cell: int, said: str) -> None:
    """The sentence names row and thing, the cell is marked, what was typed stays, the picture stays as it was."""
    page = HedgeSimulator()
    page._futures_table.rows = [ROWS[0]]
    before = page.outcome.outcome.net_pnl.tolist()
    page._futures_table.rows = [ROWS[0], row]
    assert page._futures_table.complaint.startswith("Row 2: ")
    assert said in page._futures_table.complaint
    assert page._futures_table.wrong == [1, cell]
    assert page._futures_table.rows == [ROWS[0], row]
    assert page.outcome.outcome.net_pnl.tolist() == before


@pytest.mark.parametrize("rows", [[["a"]], [None], [ROWS[0]] * 8, [[*ROWS[0], "x"]]])
def test_hostile_rows_are_refused(rows: Any) -> None:
    """What no table sends gets one sentence."""
    page = HedgeSimulator()
    page._futures_table.rows = rows
    assert re.match(r"(The table|Row \d of the table) must hold", page._futures_table.complaint)
    assert page.plan is not None
    assert page.plan.book.futures == ()


def test_a_file_is_read_back() -> None:
    """What is saved can be dropped on the table again; what is none is quoted."""
    page = HedgeSimulator()
    table = page._futures_table
    text = "\n".join(",".join(row) for row in [table.look["fields"], *ROWS])
    table._handle_custom_msg({"pasted": text}, [])
    assert page.plan is not None
    assert page.plan.book.futures == (OPEN, PLANNED)
    table._handle_custom_msg({"pasted": "Binance USD-M ETHUSDT\t-0.1"}, [])
    assert table.rows == [["Binance USD-M ETHUSDT", "-0.1", "", "3", ""]]
    table._handle_custom_msg({"pasted": "hello"}, [])
    assert "rows of contract, contracts, entry_price, leverage, opened_on, not 'hello'" in table.complaint


def test_the_target_delta_is_an_order() -> None:
    """By hand: 5 coins of $100 have +$500; to +$50 it takes a short of 0.005 BTC, and the button sizes the hedge so."""
    page = HedgeSimulator()
    page._table.rows = [["SOL", "5", "100"]]
    page.controls.numbers["target_delta"].value = 50.0
    order = shown(page._delta.value)
    assert "a net delta of +$500. To bring it to +$50, short 0.005 contracts of Binance USD-M BTCUSDT" in order
    assert order.endswith("(0.005 BTC, $450); that leaves +$50.")
    page._size_it.click()
    assert float(page.outcome.outcome.net_delta[0]) == pytest.approx(50.0)
    page.controls.numbers["target_delta"].value = -5_000.0
    page._size_it.click()
    assert "overage" in page.live.said
    page.controls.choices["contract"].value = "Binance COIN-M BTCUSD_PERP"
    page.controls.numbers["target_delta"].value = 0.0
    assert shown(page._delta.value).endswith("not counting the BTC posted as its margin, which is long.")
    page.controls.choices["contract"].value = "Binance USD-M BTCUSDT"
    page.controls.numbers["target_delta"].value = 499.0
    assert "nothing can be traded: the smallest order of Binance USD-M BTCUSDT is about" in shown(page._delta.value)


def test_every_contract_after_every_other_keeps_the_futures() -> None:
    """Another contract for the hedge changes nothing of what is open."""
    page = HedgeSimulator()
    page._futures_table.rows = ROWS
    for label in contracts():
        page.controls.choices["contract"].value = label
        assert page.plan is not None
        assert [future.contract.label for future in page.plan.book.futures] == [ETH.label, BTC.label]
        picture = page.outcome
        if picture.outcome.net_pnl[0] == picture.outcome.net_pnl[0]:
            assert float(picture.outcome.net_pnl[0]) == pytest.approx(page.plan.outcome().net_pnl, abs=0.005)


@pytest.mark.parametrize("kind", [HedgeSimulator, StartPage, CarryExplorer, RebalancingExplorer])
def test_futures_travel(kind: Callable[[], Page]) -> None:
    """Every page takes them in and hands them on, counts them in the sentence of the book, and says where they are."""
    page = kind()
    assert arrive(page, PLAN) == ""
    assert page.plan is not None
    assert page.plan.book.futures == PLAN.book.futures
    said = shown(page._claim.value)
    assert f"{shown(outcome_words(PLAN))}" in said
    assert "your 2 other futures gain" in said
    assert (FUTURES_NOTE in said) != page._has_futures
    assert page._bar.words == short_words(PLAN)
    assert "1 short, 2 more futures, $600 cash" in page._bar.words
    assert plan_read(json.loads(json.dumps(plan_written(page.plan)))) == page.plan


def test_a_simulator_s_address_brings_them_back() -> None:
    """Typed on the page, reloaded from its address."""
    page, other = HedgeSimulator(), HedgeSimulator()
    page._futures_table.rows = ROWS
    other.state = page.state
    assert other.plan == page.plan
    assert other._futures_table.rows == ROWS
    page._example.value = 1
    assert page._futures_table.rows == []


@pytest.mark.parametrize(
    "future",
    [
        ["Binance USD-M ETHUSDT", 0, None, 3, None],
        ["Binance USD-M ETHUSDT", "1", None, 3, None],
        ["Binance USD-M ETHUSDT", -1, "x", 3, None],
        ["Binance USD-M ETHUSDT", -1, 3000, 1e9, None],
        ["Binance USD-M ETHUSDT", -1, 3000, 3, "yesterday"],
        ["Binance USD-M ETHUSDT", -1, 3000, 3, 20260101],
        ["NOSUCH", -1, 3000, 3, None],
        ["Binance USD-M ETHUSDT", -1],
        "hello",
        None,
    ],
)
def test_a_hostile_future_is_refused_in_one_sentence(future: Any) -> None:
    """The page opens as it would without the address."""
    document = json.loads(json.dumps(plan_written(PLAN)))
    document["hedges"][1] = future
    page = HedgeSimulator()
    before = page.state
    page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": quote(json.dumps({"book": document}))}, [])
    assert page.live.said.endswith(".")
    assert page.state == before


def test_too_little_cash_counts_what_is_not_yet_open() -> None:
    """By hand: 0.035 BTC at 3x require $1,050 and the planned 0.005 BTC $150; the open short has its margin."""
    page = HedgeSimulator()
    assert arrive(page, PLAN) == ""
    columns = words.story(page.outcome)
    assert float(columns["required"][0]) == pytest.approx(1_200.0)
    assert int(columns["shortage"][0]) == 3
    assert float(columns["needed"][0]) == pytest.approx(7.0)  # 3,150 / (600 - 150)
    assert float(columns["fits"][0]) == pytest.approx(0.5 * 450.0 / 1_050.0)
    assert "requires $" in page._carries.value


def test_a_liquidated_future_is_said() -> None:
    """A long of ETH at 20x does not survive; the sentence and the table say so."""
    page = HedgeSimulator()
    page._futures_table.rows = [["Binance USD-M ETHUSDT", "1", "3000", "20", ""]]
    columns = words.story(page.outcome)
    assert (int(columns["beside"][0]), float(columns["n_lost"][0])) == (3, 1.0)
    assert "reached" in page._each.value
    plan = page.plan
    assert plan is not None
    assert hedge_outcome(next(plan.futures().beside(plan.inputs()))).is_liquidated
    assert "your other future, being liquidated, loses" in outcome_words(plan)


@pytest.mark.parametrize("kind", [StartPage, *PAGES])
def test_a_future_that_its_venue_refuses_is_said_on_every_page(kind: Callable[[], Page]) -> None:
    """From another's link: no page fails of it, each says which it is and why, and the book stays whole."""
    plan = replace(PLAN, book=replace(PLAN.book, futures=(OPEN, Future(contract=contract("CME MBT"), contracts=-1.0))))
    page = kind()
    arrive(page, plan)
    assert "went wrong" not in page.live.said
    said = f"{page.live.said} {shown(page._claim.value)}"
    assert "everage of CME MBT must be at most 2.5× at this size, not 3×" in said
    assert page.plan is not None
    assert page.plan.book.futures == plan.book.futures


def test_the_answer_to_a_refused_future_is_what_to_correct() -> None:
    """The order stands, the lead says what is refused, nothing is counted; the trade to a net delta is not known."""
    page = HedgeSimulator()
    refused = Future(contract=contract("CME MBT"), contracts=-1.0)
    arrive(page, replace(PLAN, book=replace(PLAN.book, futures=(refused,))))
    columns = words.story(page.outcome)
    assert [int(columns[name][0]) for name in ("case", "order", "verdict", "beside")] == [9, 1, 0, 0]
    assert page._words()["refused"] == ["leverage of CME MBT must be at most 2.5× at this size, not 3×"]
    assert "refused" in page._each.value
    assert "The other futures must be ones that their venues allow, and one of them is not." in page._delta.value
    page._futures_table.rows = [["CME MBT", "-1", "", "2.5", ""]]
    assert int(words.story(page.outcome)["case"][0]) < 3
    assert page._words()["refused"] == ["its venue does not allow it at this size"]  # where a slider takes it there


def test_only_other_futures() -> None:
    """No hedge on top: the lead is about the futures, not about coins without a hedge."""
    page = HedgeSimulator()
    page._futures_table.rows = ROWS
    page.controls.sliders["coverage"].value = 0.0
    at = list(page.live.values.values())
    page.live._handle_custom_msg({"kind": "rest", "revision": page.live._revision, "at": at}, [])
    assert int(words.story(page.outcome)["case"][0]) == 7


def test_tables_with_seven_futures_are_small_and_quick() -> None:
    """The largest book: every slider's table is at most 250,000 bytes and there within 0.2 s of computing."""
    page = HedgeSimulator()
    page._futures_table.rows = [ROWS[0], ROWS[1], *([ROWS[0]] * 5)]
    for name, (seconds, size) in table_costs(page, messages(page), 0.2).items():
        assert seconds < 0.2, (name, seconds)
        assert size <= TABLE_BYTES, (name, size)
