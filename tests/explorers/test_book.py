"""One book through all pages: the same coins, the same short, the same money, and a visit changes nothing."""

import contextlib
import functools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

from hedge_widgets import (
    Book,
    CarryExplorer,
    Future,
    Hedge,
    HedgePlanner,
    HedgeSimulator,
    Holding,
    MarginExplorer,
    Plan,
    Portfolio,
    PortfolioMarginExplorer,
    RebalancingExplorer,
    contract,
    contracts,
)
from hedge_widgets.market.coins import is_cash
from hedge_widgets.model.hedge import BASES, MARGIN_MODES
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio_margin.regimes import further_values
from hedge_widgets.pages.address import plan_read, plan_written, written
from hedge_widgets.pages.book import outcome_words, short_words
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.page import Page
from tests.explorers.opened import PAGES

COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
HOLDER = Plan(
    book=Book(
        holdings=COINS,
        hedge=Hedge(contract=contract("Binance USD-M BTCUSDT")),
        cash=600.0,
        days=7.0,
        move=-0.2,
    )
)
OTHERS = {
    "holder": HOLDER,
    "cross": HOLDER.changed(margin_mode="cross", cash=5_000.0, leverage=10.0, spike=0.1, days=30.0),
    "hourly": HOLDER.changed(contract=contract("Hyperliquid BTC"), own={"funding_rate": -0.002}),
    "own figures": HOLDER.changed(own={"correlation": 0.3, "hedge_price": 88_888.0}, basis="dollar", coverage=0.9),
    "one coin": replace(HOLDER, book=replace(HOLDER.book, holdings=Portfolio.of({"BTC": (0.1, 90_000)}))),
    "apart": HOLDER.changed(own_move=0.12),
    "dies": HOLDER.changed(leverage=20.0, spike=0.3),
}
CENT = 0.005  # the coins' own move stands in its box to a ten-thousandth of a per cent


@functools.cache
def opened(kind: Callable[[], Page], place: int) -> Page:
    """Return the one page of a kind at a place: 0, or 1 for another browser."""
    return kind()


def made(kind: Callable[[], Page], place: int = 0) -> Page:
    """Return a page of a kind, as it opens."""
    page = opened(kind, place)
    page.state = ""
    return page


def arrive(page: Page, plan: Plan) -> str:
    """Let a plan arrive in the address, as the bar of another page writes it, and return the banner."""
    text = written({"book": plan_written(plan)})
    page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": text}, [])
    return page.live.said


@pytest.mark.parametrize("name", OTHERS)
def test_the_pages_say_the_same_of_one_book(name: str) -> None:
    """From page to page by the bar: the same sentence about the same money, and the plan as it was."""
    plan = OTHERS[name]
    words = outcome_words(plan).replace("−$", "−\u2060$")
    for kind in PAGES:
        page = made(kind)
        assert arrive(page, plan) == ""
        assert page._example.value == OWN_BOOK
        assert words in page._claim.value
        assert page._bar.words == short_words(plan)
        assert outcome_words(page.plan) == outcome_words(plan)


@pytest.mark.parametrize("name", OTHERS)
def test_every_figure_is_the_same_where_it_is_shown(name: str) -> None:
    """Spot loss, hedge gain, funding, margin and liquidation price of the model's outcome, on 01, 03 and 05."""
    plan = OTHERS[name]
    outcome = plan.outcome()
    pages = {kind: made(kind) for kind in (HedgeSimulator, MarginExplorer, CarryExplorer)}
    for page in pages.values():
        arrive(page, plan)
    first = pages[HedgeSimulator].outcome.outcome
    for field in ("spot_pnl", "hedge_pnl", "funding_pnl", "fees", "slippage", "net_pnl", "collateral"):
        assert float(getattr(first, field)[0]) == pytest.approx(getattr(outcome, field), rel=1e-7, abs=1e-6), field
    margin = pages[MarginExplorer].outcome
    assert float(margin.notional) == pytest.approx(outcome.notional)
    assert float(margin.collateral[0]) == pytest.approx(outcome.collateral)
    assert float(margin.isolated_price[0]) == pytest.approx(outcome.liquidation_price)
    assert float(margin.outcome.unhedged[0]) == pytest.approx(outcome.spot_pnl, abs=CENT)
    assert float(margin.outcome.isolated[0]) == pytest.approx(outcome.spot_pnl + outcome.hedge_pnl, abs=CENT)
    carry = pages[CarryExplorer].outcome
    perpetual = carry.carries["perpetual"]
    assert float(carry.spot_pnl[0]) == pytest.approx(outcome.spot_pnl, abs=CENT)
    if plan.book.spike == 0:  # that page has no path
        assert float(perpetual.carry[0]) == pytest.approx(outcome.funding_pnl)
        assert -float(carry.given_away[0]) == pytest.approx(outcome.hedge_pnl, abs=CENT)
        # both fills at the prices of today, as that page says
        fees = (outcome.fees + outcome.slippage) / (2.0 + outcome.hedge_move) * 2.0
        assert float(perpetual.fees[0]) == pytest.approx(fees)
        if outcome.funding_pnl >= 0:  # funding that is paid comes out of the margin there
            assert float(carry.liquidation_move[0]) == pytest.approx(outcome.liquidation_distance)


BOOKS = {
    **OTHERS,
    "short of one": replace(
        HOLDER, book=replace(HOLDER.book, holdings=Portfolio.of({"SOL": (9, 190), "ETH": (-0.2, 3e3)}))
    ),
    "unknown": replace(HOLDER, book=replace(HOLDER.book, holdings=Portfolio.of({"MOON": (100, 15), "USDT": (500, 1)}))),
}
MORE = {"ETH": (1, 3_000), "DOGE": (900, 0.2), "MOON": (10, 5), "XRP": (100, 0.5), "USDC": (100, 1), "BNB": (1, 600)}
BOOKS["ten coins"] = replace(
    HOLDER, book=replace(HOLDER.book, holdings=Portfolio((*COINS.holdings, *Portfolio.of(MORE).holdings)))
)


def coins_at(page: Page, move: float) -> float:
    """Return what all coins of page 04 are worth after a move of the hedge's coin."""
    picture, setting = page.outcome, page._setting
    column = {key: value[:, None] for key, value in picture.values.items()}
    further = further_values(setting, column, np.array([[move]]))
    first = float(picture.values["spot"][0]) * setting.size
    return first * (1.0 + move) + float(sum(np.ravel(worth)[0] for worth in further))


@pytest.mark.parametrize("name", BOOKS)
def test_every_coin_counts_among_the_account_types(name: str) -> None:
    """Page 04: its coins are worth what the book's are, today and at the move; the same short, gain and margin."""
    plan = BOOKS[name]
    outcome, page = plan.outcome(), made(PortfolioMarginExplorer)
    assert arrive(page, plan) == ""
    picture, value = page.outcome, plan.book.holdings.value
    assert coins_at(page, 0.0) == pytest.approx(value, abs=CENT)
    assert coins_at(page, outcome.hedge_move) == pytest.approx(value + outcome.spot_pnl, abs=CENT)
    short = float(picture.values["perpetual"][0]) * page._setting.size
    assert short == pytest.approx(outcome.side * outcome.notional)
    if not outcome.is_liquidated:
        assert short * outcome.hedge_move == pytest.approx(outcome.hedge_pnl, abs=CENT)
    assert float(picture.initial[0, 1]) == pytest.approx(outcome.initial_margin)
    debts = min(float(picture.further[picture.further < 0].sum()), 0.0)
    stable = sum(float(h.value) for h in plan.book.holdings.holdings if is_cash(h.symbol))
    counted = 0.95 * (value - debts - stable) + debts + stable
    assert float(picture.equity[0, 0]) == pytest.approx(plan.book.cash + counted, abs=CENT)
    assert "kept for the other pages" not in page._claim.value


@settings(max_examples=25)
@example(coins={"BTC": 1_000.0, "ADA": -300.0}, move=-0.5, own_move=-0.2)  # a beta alone would take more than all
@given(
    coins=st.dictionaries(
        st.sampled_from(["BTC", "ETH", "SOL", "ADA", "DOGE", "XRP", "MOON", "USDT", "EURC"]),
        st.sampled_from([-300.0, 200.0, 1_000.0, 9_000.0]),
        min_size=1,
    ),
    move=st.floats(-0.5, 0.6),
    own_move=st.sampled_from([0.0, 0.1, -0.2]),
)
def test_any_coins_are_worth_the_same_among_the_account_types(**drawn: Any) -> None:
    """Random books, with debts and stablecoins: worth the book today, and at the move what it says, or a sentence."""
    page = made(PortfolioMarginExplorer)
    try:
        holdings = Portfolio.of({name: (value / 10.0, 10.0) for name, value in drawn["coins"].items()})
        book = replace(HOLDER.book, holdings=holdings, move=drawn["move"], own_move=drawn["own_move"])
        page.plan = plan = replace(HOLDER, book=book)
    except InputError:
        return
    outcome = plan.outcome()
    assert page.plan == plan
    assert coins_at(page, 0.0) == pytest.approx(holdings.value, abs=CENT)
    at_move = coins_at(page, outcome.hedge_move)
    if "as this page moves every coin with BTC" not in page._claim.value:
        assert at_move == pytest.approx(holdings.value + outcome.spot_pnl, abs=CENT)


@pytest.mark.parametrize("mode", ["isolated", "cross"])
def test_cash_typed_on_03_is_the_cash_of_the_book(mode: str) -> None:
    """In dollars, on both pages: what is typed on 03 travels, and 01 then liquidates the cross hedge where 03 does."""
    page = made(MarginExplorer)
    arrive(page, HOLDER.changed(margin_mode=mode, cash=2_500.0))
    assert page.controls.numbers["cash"].value == 2_500.0
    page.controls.numbers["cash"].value = 4_000.0
    assert page.plan == HOLDER.changed(margin_mode=mode, cash=4_000.0)
    cross = HOLDER.changed(margin_mode="cross", cash=4_000.0).outcome()
    assert float(page.outcome.cross_rise[0]) == pytest.approx(cross.liquidation_distance)
    assert float(page.outcome.isolated_price[0]) == pytest.approx(page.plan.outcome().liquidation_price)


@pytest.mark.parametrize("cash", [0.0, 50_000.0])
def test_a_short_with_coin_margin_is_the_same_on_01_and_03(cash: float) -> None:
    """Spot, hedge and the coins posted as margin; dollars beside them do not move with the coin."""
    plan = HOLDER.changed(contract=contract("Binance COIN-M BTCUSD_PERP"), cash=cash)
    outcome, page = plan.outcome(), made(MarginExplorer)
    arrive(page, plan)
    total = outcome.spot_pnl + outcome.hedge_pnl + outcome.collateral_pnl
    assert float(page.outcome.outcome.isolated[0]) == pytest.approx(total, abs=CENT)
    assert float(page.outcome.collateral[0]) == pytest.approx(outcome.collateral)
    assert page.plan == plan


def test_a_book_without_a_hedge_says_so_with_its_money() -> None:
    """By hand: $846 of $4,230 are lost at -20 %, whether nothing is hedged or the order is too small."""
    nothing, small = HOLDER.changed(coverage=0.0), HOLDER.changed(coverage=0.001)
    assert outcome_words(nothing).endswith(
        "as you hedge nothing: if your coins end at −20\xa0% after 7 days, you lose $846."
    )
    assert "as your order is below the smallest of Binance USD-M BTCUSDT" in outcome_words(small)
    assert outcome_words(small).endswith("you lose $846.")


def test_when_to_adjust_hedges_the_same_amount() -> None:
    """Page 06: the position is the coins, its hedge ratio the dollars short per dollar held."""
    page = made(RebalancingExplorer)
    arrive(page, HOLDER)
    outcome, setting = HOLDER.outcome(), page._setting
    assert setting.position_value == pytest.approx(4_230.0)
    assert setting.ratio * setting.position_value == pytest.approx(outcome.notional)
    assert setting.paths.correlation == pytest.approx(float(HOLDER.inputs().correlation))
    assert page._words()["coin"] == ["your coins"]


@pytest.mark.parametrize("kind", PAGES)
def test_what_is_changed_on_a_page_travels(kind: Callable[[], Page]) -> None:
    """A figure of the book that a hand moves is in the plan; taken back, the plan is the one that came."""
    page = made(kind)
    arrive(page, HOLDER)
    before = page.plan
    box = {"simulator": "cash", "lab": "position_value", "margin": "spot_value", "carry": "holding_value"}
    name = box.get(
        page._name,
        {"rebalancing": "position_value", "pm": "cash", "planner": "cash", "watch": "cash"}.get(page._name, ""),
    )
    old = page.controls.numbers[name].value
    page.controls.numbers[name].value = old * 1.5
    after = page.plan
    changed = after.book.cash if name == "cash" else after.book.holdings.value
    expected = 900.0 if name == "cash" else 1.5 * 4_230.0
    assert changed == pytest.approx(expected)
    assert page._bar.book == written({"book": plan_written(after)})
    page.undo()
    assert page.plan == before


@pytest.mark.parametrize("kind", [HedgeSimulator, MarginExplorer, CarryExplorer, HedgePlanner])
def test_an_edited_constant_travels(kind: Callable[[], Page]) -> None:
    """A closing fee that was edited on a page is that of the plan and of the next page."""
    page: Any = made(kind)
    arrive(page, HOLDER)
    page._constants_edited(replace(contract("Binance USD-M BTCUSDT"), closing_fee_rate=0.01))
    assert page.plan.contract.closing_fee_rate == 0.01
    assert page.plan.outcome().liquidation_price < HOLDER.outcome().liquidation_price
    other = made(RebalancingExplorer)
    assert arrive(other, page.plan) == ""
    assert other.plan.contract.closing_fee_rate == 0.01
    page.undo()
    assert page.plan == HOLDER


@pytest.mark.parametrize("kind", [MarginExplorer, CarryExplorer])
def test_another_contract_takes_all_that_is_its_own(kind: Callable[[], Page]) -> None:
    """ETH's price, beta and size, whatever the page held of BTC; the coins stay."""
    page = made(kind)
    arrive(page, HOLDER.changed(own={"hedge_price": 80_000.0}))
    page.controls.choices["contract"].value = "Binance USD-M ETHUSDT"
    expected = HOLDER.changed(contract=contract("Binance USD-M ETHUSDT"))
    assert page.plan.outcome() == expected.outcome()
    page.controls.choices["contract"].value = "Binance USD-M BTCUSDT"
    assert page.plan.inputs().hedge_price == 80_000.0


@pytest.mark.parametrize("kind", PAGES)
def test_an_example_leaves_the_book_where_it_was(kind: Callable[[], Page]) -> None:
    """Looked at an example, back to the book: nothing of it is lost; a reload in between keeps it too."""
    page = made(kind)
    arrive(page, HOLDER)
    before = page.plan
    page._example.value = 0
    other = made(kind, 1)
    other.state = page.state
    for one in (page, other):
        one._example.value = OWN_BOOK
        assert one.plan == before


@pytest.mark.parametrize("kind", PAGES)
def test_a_reload_keeps_the_book(kind: Callable[[], Page]) -> None:
    """The address of a page with a book brings back book and page, within 2,000 characters."""
    page = made(kind)
    arrive(page, OTHERS["own figures"])
    other = made(kind, 1)
    other.state = page.state
    assert other.plan == page.plan
    assert other._claim.value == page._claim.value
    assert len(page.state) < 2_000


def test_the_longest_book_fits_into_an_address() -> None:
    """Ten coins, a hedge, an open future, figures for two contracts: at most 2,000 characters."""
    coins = Portfolio.of({f"COIN{k}": (123.456 + k, 0.123456 + k) for k in range(10)})
    one, two = contract("Binance USD-M BTCUSDT"), contract("Binance USD-M ETHUSDT")
    held = Future(contract=two, contracts=-1.234, entry_price=3_456.78, opened_on=date(2026, 1, 31))
    book = Book(holdings=coins, hedge=Hedge(contract=one), futures=(held,), cash=600.0)
    plan = Plan(book=book)
    for spec in (two, one):
        figures = {"correlation": 0.123456789, "spot_volatility": 0.987654321, "hedge_volatility": 0.55, "beta": 1.2}
        plan = plan.changed(contract=spec, own={**figures, "hedge_price": 3_456.78, "funding_rate": 0.00012345})
    assert len(written({"book": plan_written(plan)})) <= 2_000


@pytest.mark.parametrize("kind", PAGES)
def test_the_way_back_to_an_untouched_example_has_no_book(kind: Callable[[], Page]) -> None:
    """What nobody touched does not travel, but for the simulator, whose examples are books."""
    page = made(kind)
    assert (page.plan is None) == (kind is not HedgeSimulator)
    assert (page._bar.book == "") == (kind is not HedgeSimulator)


@pytest.mark.parametrize("kind", [MarginExplorer, CarryExplorer, RebalancingExplorer])
def test_what_is_typed_into_an_example_travels(kind: Callable[[], Page]) -> None:
    """A position typed on a page that has no book makes one: its coin, its size, its hedge."""
    page = made(kind)
    name = {"margin": "spot_value", "carry": "holding_value"}.get(page._name, "position_value")
    page.controls.numbers[name].value = 12_345.0
    plan = page.plan
    assert plan is not None
    assert plan.book.holdings.value == pytest.approx(12_345.0)
    other = made(HedgeSimulator)
    assert arrive(other, plan) == ""
    assert other.inputs.portfolio.value == pytest.approx(12_345.0)


def test_what_no_book_can_hold_stays_on_the_page() -> None:
    """A short of many times the coins is looked at here; the book travels as it came, and the page says why."""
    page = made(MarginExplorer)
    arrive(page, HOLDER)
    page.controls.numbers["position_value"].value = 1e6
    assert page.live.said == ""
    assert page._bar.words.startswith("Your book stays as it was: the hedge must be at most 2 times a full one")
    assert "stays as it was" in page._claim.value
    assert page._bar.book == written({"book": plan_written(HOLDER)})
    page._example.value = 0
    page._example.value = OWN_BOOK
    assert page.plan == HOLDER


@pytest.mark.parametrize("kind", [MarginExplorer, CarryExplorer, RebalancingExplorer, PortfolioMarginExplorer])
def test_an_untouched_example_can_become_the_book(kind: Callable[[], Page]) -> None:
    """Choosing one's own book on an example keeps what it shows, as far as a book can hold it."""
    page = made(kind)
    size = {"carry": "holding_value", "pm": "size"}.get(page._name, "position_value")
    before = page.controls.numbers[size].value
    page._example.value = OWN_BOOK
    assert page.live.said == ""
    assert page.plan is not None
    assert page.controls.numbers[size].value == pytest.approx(before, rel=1e-3)


UNUSABLE = {
    "long": (HOLDER.changed(own={"correlation": -0.5}), {CarryExplorer}),
    "coin margin": (HOLDER.changed(contract=contract("Binance COIN-M BTCUSD_PERP")), set()),
    "refused leverage": (HOLDER.changed(leverage=150.0, coverage=1.0, value=1e7), set()),
}


@pytest.mark.parametrize("name", UNUSABLE)
@pytest.mark.parametrize("kind", PAGES)
def test_a_book_that_a_page_cannot_use_is_kept(name: str, kind: Callable[[], Page]) -> None:
    """The page says why in a sentence and keeps the book for the next one; elsewhere it opens."""
    plan, refusing = UNUSABLE[name]
    page = made(kind)
    said = arrive(page, plan)
    assert page.plan is not None
    assert page.plan.book.holdings == plan.book.holdings
    if kind in refusing:
        assert said.endswith(".")
        assert "went wrong" not in said
        assert page._example.value == 0
    if said:
        assert page._bar.book == written({"book": plan_written(plan)})


def test_a_page_is_as_it_was_left_when_the_book_comes_back() -> None:
    """The path drawn is there again with the same book; with another one only what is not of the book is."""
    page = made(MarginExplorer)
    arrive(page, HOLDER)
    page.controls.choices["tails"].value = "normal"
    for name, value in (("spike", 40.0), ("leverage", 2.0)):
        page.live._sliders[name].value = value
        page._rested(page.live.values)
    left, plan = page.state, page.plan
    assert plan.book.hedge.leverage == 2.0

    def come_back(plan: Plan, before: Any) -> dict[str, Any]:
        page.state = ""
        text = written({"book": plan_written(plan)})
        page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": text, "before": before}, [])
        assert page.live.said == ""
        assert page.plan == plan
        return {**page.live.values, **page.controls.fields()}

    same = come_back(plan, left)
    assert (same["spike"], same["leverage"], same["tails"]) == (40.0, 2.0, "normal")
    other = come_back(plan.changed(cash=900.0), left)
    assert (other["spike"], other["leverage"], other["tails"]) == (0.0, 2.0, "normal")
    for hostile in (None, 7, "x" * 30_000, quote('{"page":"margin","sliders":{"spike":1e9}}'), quote('{"page":"pm"}')):
        assert come_back(plan, hostile)["tails"] == "varies"


def hostile() -> list[Any]:
    """Return documents of books that no bar writes."""
    right = plan_written(HOLDER)
    assert right is not None
    rows = [
        {"coins": []},
        {"coins": [["SOL", 1, 1]] * 10_000},
        {"coins": [["<b>", 1, 1]]},
        {"coins": [["SOL", True, 1]]},
        {"coins": [["SOL", 1, 1], ["SOL", -1, 1]]},
        {"hedges": []},
        {"hedges": right["hedges"] * 9},
        {"hedges": [["nowhere", *right["hedges"][0][1:]]]},
        {"hedges": [right["hedges"][0][:3]]},
        {"hedges": [[]]},
        {"hedges": [[right["hedges"][0][0], 9.0, "beta", 3.0, "isolated", "nearest", "taker"]]},
        {"hedges": [[right["hedges"][0][0], 1.0, ["beta"], 3.0, "isolated", "nearest", "taker"]]},
        {"hedges": [[right["hedges"][0][0], "1", "beta", 3.0, "isolated", "nearest", "taker"]]},
        {"scenario": [1, 2]},
        {"scenario": [-1.0, 7.0, -0.2, 0.0, 0.5, 0.0]},
        {"scenario": [0.0, 7.0, -5.0, 0.0, 0.5, 0.0]},
        {"own": {"Binance USD-M BTCUSDT": {"hedge_price": -1}}},
        {"own": {"Binance USD-M BTCUSDT": {"nothing": 1}}},
        {"own": {"nowhere": {}}},
        {"edited": {"Binance USD-M BTCUSDT": {"lot_size": -1}}},
        {"other": 1},
    ]
    return [{**right, **row} for row in rows] + [1, "book", [], {}, True, None]


@pytest.mark.parametrize("document", hostile(), ids=range(len(hostile())))
def test_a_hostile_book_gets_a_sentence_and_the_page_stays(document: Any) -> None:
    """Whatever no bar writes is refused, in a sentence, and changes nothing."""
    page = made(MarginExplorer)
    text = quote(json.dumps({"book": document}))
    page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": text}, [])
    assert page.live.said.endswith(".")
    assert "went wrong" not in page.live.said
    assert page.plan is None
    assert page.state == ""


def typed(kind: Callable[..., Any], **fields: Any) -> Any:
    """Return a part of a book; what would be refused as it is typed is in none."""
    try:
        return kind(**fields)
    except InputError:
        reject()


def books() -> st.SearchStrategy[Plan]:
    """Return books that a person could type: any coin, known or not, owed or owned, any contract at any leverage."""
    coin = st.builds(
        functools.partial(typed, Holding),
        symbol=st.sampled_from(["BTC", "ETH", "SOL", "PEPE", "USDT", "ZZZ"]),
        quantity=st.sampled_from([0.0001, 0.02, 5.0, 1e6, -2.0]),
        price=st.sampled_from([1e-5, 1.0, 190.0, 90_000.0]),
    )
    specs = st.sampled_from(list(contracts().values()))
    leverages = st.sampled_from([1.0, 2.5, 10.0, 50.0])
    future = st.builds(
        functools.partial(typed, Future),
        contract=specs,
        contracts=st.sampled_from([-500.0, -3.0, 0.001, 40.0]),
        entry_price=st.sampled_from([None, 0.5, 3_000.0, 90_000.0]),
        leverage=leverages,
    )
    hedge = st.builds(
        functools.partial(typed, Hedge),
        contract=specs,
        basis=st.sampled_from(BASES),
        coverage=st.sampled_from([0.0, 0.05, 1.0, 2.0]),
        leverage=leverages,
        margin_mode=st.sampled_from(MARGIN_MODES),
    )
    one_each = st.lists(coin, min_size=1, max_size=3, unique_by=lambda one: one.symbol)
    book = st.builds(
        functools.partial(typed, Book),
        holdings=one_each.map(lambda some: typed(Portfolio, holdings=tuple(some))),
        hedge=hedge,
        futures=st.lists(future, max_size=2).map(tuple),
        cash=st.sampled_from([0.0, 600.0, 1e6]),
        days=st.sampled_from([0.0, 1.0, 30.0]),
        move=st.sampled_from([-0.99, -0.2, 0.0, 0.9]),
        spike=st.sampled_from([-0.5, 0.0, 2.0]),
    )
    return st.builds(Plan, book=book)


@settings(max_examples=80)
@given(plan=books(), kind=st.sampled_from(PAGES))
def test_no_book_makes_a_page_fail(plan: Plan, kind: Callable[[], Page]) -> None:
    """It is shown, or refused in a sentence about the book: nothing goes wrong in the page itself."""
    page = made(kind)
    with contextlib.suppress(InputError):
        page.plan = plan
    assert "went wrong" not in page.live.said


LABELS = sorted(label for label, spec in contracts().items() if spec.kind == "linear")


@settings(max_examples=40)
@given(
    label=st.sampled_from(LABELS),
    coverage=st.floats(0.05, 1.5),
    leverage=st.sampled_from([1.0, 2.5, 10.0]),
    cash=st.sampled_from([0.0, 600.0, 25_000.0]),
    mode=st.sampled_from(["isolated", "cross"]),
    move=st.floats(-0.6, 0.9),
    days=st.integers(0, 120),
)
def test_any_book_is_the_identity_and_the_same_money(**drawn: Any) -> None:
    """Random books: read back as written; margin and liquidation price of page 03 are those of page 01."""
    plan = HOLDER.changed(
        contract=contract(drawn["label"]),
        margin_mode=drawn["mode"],
        **{name: float(drawn[name]) for name in ("coverage", "leverage", "cash", "move", "days")},
    )
    assert plan_read(json.loads(json.dumps(plan_written(plan)))) == plan
    page, outcome = made(MarginExplorer), plan.outcome()
    try:
        page.plan = plan
    except InputError:
        assert not outcome.notional
        return
    assert page.plan == plan
    if outcome.liquidation_price is not None:
        assert float(page.outcome.isolated_price[0]) == pytest.approx(outcome.liquidation_price, rel=1e-6)
        net = outcome.spot_pnl + outcome.hedge_pnl
        inside = -0.9 <= outcome.hedge_move <= 1.5
        if inside and abs(outcome.hedge_move - outcome.liquidation_distance) > 1e-6:
            found = float(page.outcome.outcome.isolated[0])
            assert found == pytest.approx(net, rel=1e-6, abs=CENT)
