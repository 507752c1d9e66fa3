"""The portfolio-margin page without a browser: examples, choices, tables, parameters, wrong and hostile values."""

import html
import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hedge_widgets import Book, Hedge, HedgeSimulator, Portfolio, PortfolioMarginExplorer, contract
from hedge_widgets.live import codec
from hedge_widgets.market.facts import contracts, latest_moments, portfolio_margin_parameters
from hedge_widgets.market.margin_terms import PORTFOLIO_VENUES, coin_accounts, portfolio_rules
from hedge_widgets.market.plan import Plan
from hedge_widgets.model.book import Future
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio_margin.coin_margin import CoinShare, liquidation_move
from hedge_widgets.model.portfolio_margin.picture import REFUSED
from hedge_widgets.pages.address import plan_written, written
from hedge_widgets.pages.book import outcome_words
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.portfolio_margin import readouts, words
from hedge_widgets.pages.portfolio_margin.charts import freed, regimes_traces
from hedge_widgets.pages.portfolio_margin.controls import linear_contracts, usual_beta
from hedge_widgets.pages.portfolio_margin.examples import EXAMPLES
from tests.explorers.opened import fixtures_of


@pytest.fixture(autouse=True)
def _no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)


@pytest.fixture
def fresh() -> PortfolioMarginExplorer:
    """Give a page of its own to a test that types into tables, brings prices, undoes or measures."""
    return PortfolioMarginExplorer()


opened, shared = fixtures_of(PortfolioMarginExplorer)


@pytest.fixture
def page(shared: PortfolioMarginExplorer) -> PortfolioMarginExplorer:
    """Give the page that the tests of this file share, as it opened."""
    return shared


def cells(table: str) -> list[list[str]]:
    """Return a table's cells as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


def figures(page: PortfolioMarginExplorer) -> tuple[Any, ...]:
    """Return what a refused input must leave."""
    picture = page.live.picture()
    numbers = (picture.initial, picture.maintenance, picture.rise, picture.leg_pnl)
    return (page.controls.fields(), page.live.values, *(np.nan_to_num(value).tolist() for value in numbers))


def row_of(page: PortfolioMarginExplorer, name: str) -> int:
    """Return the row of a parameter in the table."""
    return next(k for k, row in enumerate(page.rules.table.rows) if name in row[0].lower())


# figures that an example's own words name, beside its maintenance and initial margin under portfolio margin
EXPECTED = {
    "10 BTC held, 10 BTC short (OKX's example)": (8_053.32, 10_469.316),
    "10 BTC short, no coins": (80_533.20, 104_693.16),
    "ETH held, BTC short: what does not offset": (80_533.20, 104_693.16),
    "Perpetual against a dated future": (6_039.99, 7_851.987),
    "A small holder: 8,000 dollars, no cash": (96.0, 124.8),
}


@pytest.mark.parametrize("place", range(len(EXAMPLES)))
def test_an_example_shows_its_figures(shared: PortfolioMarginExplorer, place: int) -> None:
    """Each moves every control, says what is often said and what is true, and has the figures worked by hand."""
    example = EXAMPLES[place]
    shared._example.value = (place + 1) % len(EXAMPLES)
    shared._example.value = place
    assert shared.live.said == ""
    assert shared.controls.fields() == pytest.approx(example.choices)
    shown = shared.controls.in_model_units({name: np.array([v]) for name, v in shared.live.values.items()})
    assert {name: value[0] for name, value in shown.items()} == pytest.approx(example.values)
    picture = shared.live.picture()
    if example.title in EXPECTED:
        assert (picture.maintenance[0, 2], picture.initial[0, 2]) == pytest.approx(EXPECTED[example.title])
    assert "What is true" in shared._claim.value


def test_the_small_holders_margin_by_hand(page: PortfolioMarginExplorer) -> None:
    """8,000 dollars matched: 5 % x 0.24 years = 96; the tiers require 0.4 %."""
    page._example.value = len(EXAMPLES) - 1
    picture = page.live.picture()
    assert picture.maintenance[0].tolist() == pytest.approx([32.0, 32.0, 96.0])
    assert picture.initial[0, 1] - picture.initial[0, 2] == pytest.approx(8_000 / 5 - 124.8)
    assert np.isnan(freed(picture)[0])  # closed to this account


@pytest.mark.parametrize("venue", PORTFOLIO_VENUES)
@pytest.mark.parametrize("coin", list(linear_contracts()))
def test_every_venue_and_coin_has_a_page_or_a_sentence(shared: PortfolioMarginExplorer, venue: str, coin: str) -> None:
    """A coin with a grid is shown with its names and price; one without leaves everything as it was."""
    shared.controls.choices["venue"].value = venue
    shared.controls.choices["coin"].value = coin
    shown = shared.controls.choices["coin"].value
    if venue == "Bybit" and coin not in ("BTC", "ETH"):
        with pytest.raises(InputError) as refused:
            portfolio_rules(venue, coin)
        assert shared.live.said.lower() == f"{refused.value}.".lower()
        assert shown == "BTC"
        return
    assert shared.live.said == ""
    assert shared.live.words["coin"] == [shown] == [coin]
    assert shared.live.words["venue"] == [venue]
    assert f"{venue}: simplified teaching model" in shared._badge.value
    assert portfolio_rules(venue, coin).sources["price_shocks"][1] in shared._badge.value
    assert shared._setting.contract.underlying == coin


def test_another_coin_brings_its_price_and_beta(page: PortfolioMarginExplorer) -> None:
    """The price is the last known; the beta is that of the figures; the same coin twice changes places."""
    from hedge_widgets.market.prices import last_prices
    from hedge_widgets.market.sample import sample_prices

    page.controls.choices["coin"].value = "SOL"
    assert page.controls.numbers["price"].value == pytest.approx(last_prices(sample_prices())["SOL"])
    assert page.controls.numbers["second_beta"].value == usual_beta("SOL", "ETH")
    page.controls.choices["second"].value = "SOL"
    assert (page._setting.coin, page._setting.second) == ("ETH", "SOL")
    assert page.controls.choices["coin"].value == "ETH"
    known = latest_moments()
    i, j = known.index(["BTC", "ETH"])
    slope = known.correlations[i, j] * known.volatilities[j] / known.volatilities[i]
    assert usual_beta("BTC", "ETH") == pytest.approx(slope, abs=0.005)


def test_the_first_screen_has_no_price_history(page: PortfolioMarginExplorer) -> None:
    """The page opens on OKX's example without reading any history."""
    assert page._setting.price == 67_111.0
    assert page.live.said == ""


def test_spot_can_be_switched_off(page: PortfolioMarginExplorer) -> None:
    """Coins that do not count leave the short naked in its unit, and still back the account."""
    before = page.live.picture()
    page.controls.choices["spot_use"].value = "none"
    picture = page.live.picture()
    assert picture.maintenance[0, 2] == pytest.approx(80_533.2)
    assert picture.equity[0, 1] == before.equity[0, 1]


# The book that travels from page to page

COINS = {"BTC": (0.05, 80_000), "ETH": (1, 3_000), "SOL": (10, 150), "MOON": (100, 15)}  # 4,000, 3,000, 1,500, 1,500


def book_of(coins: dict[str, tuple[float, float]], label: str = "Binance USD-M BTCUSDT", **parts: Any) -> Plan:
    """Return a plan of coins with a hedge in dollars; ``parts`` are those of the hedge, "cash" and "move"."""
    book = {name: parts.pop(name) for name in ("cash", "move") if name in parts}
    short = Hedge(contract=contract(label), **{"basis": "dollar", "coverage": 1.0, **parts})
    return Plan(book=Book(holdings=Portfolio.of(coins), hedge=short, **book))


def slide(page: PortfolioMarginExplorer, name: str, value: float) -> None:
    """Move a slider and let the hand rest."""
    page.live._sliders[name].value = value
    page.live.refresh()
    page._rested(page.live.values)


def test_a_book_comes_and_goes_as_it_is(page: PortfolioMarginExplorer) -> None:
    """The simulator's book and back: the same book, its sentence, its money and its price."""
    plan = HedgeSimulator().plan
    assert plan is not None
    page.plan = plan
    assert page.plan == plan
    assert page.live.said == ""
    assert outcome_words(plan) in page._claim.value
    outcome, picture = plan.outcome(), page.live.picture()
    assert picture.notional[0] == pytest.approx(outcome.notional)
    assert picture.initial[0, 1] == pytest.approx(outcome.initial_margin)
    assert picture.maintenance[0, 1] == pytest.approx(outcome.maintenance_margin)
    assert picture.values["move"][0] == pytest.approx(outcome.hedge_move)
    assert page._setting.price == plan.inputs().hedge_price


def test_a_book_is_shown_by_its_shares(page: PortfolioMarginExplorer) -> None:
    """Of 10,000 dollars 4,000 are BTC and 3,000 ETH; the short of 10,000 is rounded to 0.125 BTC, exactly as much."""
    page.plan = book_of(COINS, leverage=5.0, cash=2_500.0)
    fields, values = page.controls.fields(), page.live.values
    assert (fields["coin"], fields["second"], fields["size"], fields["price"]) == ("BTC", "ETH", 10_000.0, 80_000.0)
    assert (fields["cash"], fields["second_beta"]) == (2_500.0, usual_beta("BTC", "ETH"))
    shown = [values[name] for name in ("spot", "perpetual", "future", "puts", "second_spot", "leverage")]
    assert shown == pytest.approx([40.0, -100.0, 0.0, 0.0, 30.0, 5.0])
    used = "Only BTC can offset the future, which is in BTC; ETH, SOL and MOON count as collateral only."
    assert f"This page uses your 4 coins. {used}" in page._claim.value
    assert "it counts like a typical altcoin (volatility 93" in html.unescape(page._claim.value)


def test_a_coin_of_which_nothing_is_held_is_said_so(page: PortfolioMarginExplorer) -> None:
    """A short in ETH beside coins that the page does not know, and one beside SOL, which then backs the account."""
    page.plan = book_of({"MOON": (100, 15)}, "Binance USD-M ETHUSDT")
    assert "in ETH, and you hold none; MOON counts as collateral only." in page._claim.value
    assert (page._setting.coin, page._setting.second) == ("ETH", "BTC")
    assert [(one.coin, one.share) for one in page._setting.further] == [("BTC", 0.0), ("MOON", 1.0)]
    assert (page.live.values["spot"], page.live.values["second_spot"]) == (0.0, 0.0)
    page.plan = book_of({"SOL": (10, 150)}, "Binance USD-M ETHUSDT")
    assert "This page uses your SOL. Only ETH can offset the future" in page._claim.value
    assert "you hold none; SOL counts as collateral only." in page._claim.value


def test_a_hedge_of_more_than_twice_the_coins_is_the_whole(page: PortfolioMarginExplorer) -> None:
    """1,500 dollars of coins and a short of 4,500: the shares are of the short."""
    plan = book_of({"SOL": (10, 150)}, "Binance USD-M SOLUSDT").changed(basis="beta", own={"beta": 3.0})
    page.plan = plan
    assert page._setting.size == 4_500.0
    assert page.live.values["spot"] == pytest.approx(100 / 3)
    assert page.live.values["perpetual"] == -100.0
    assert "All shares are of $4,500, what your hedge is worth." in page._claim.value
    page.controls.numbers["size"].value = 3_000.0
    changed = page.plan
    assert changed is not None
    assert changed.book.holdings == plan.book.holdings
    assert changed.outcome().notional == pytest.approx(3_000.0)


def test_a_hand_changes_the_book(fresh: PortfolioMarginExplorer) -> None:
    """Cash, leverage, price, size and short are in the book; steps back bring it as it came."""
    plan = book_of(COINS)
    fresh.plan = plan
    fresh.controls.numbers["cash"].value = 700.0
    slide(fresh, "leverage", 8.0)
    fresh.controls.numbers["price"].value = 100_000.0
    slide(fresh, "perpetual", -60.0)
    changed = fresh.plan
    assert changed is not None
    assert (changed.book.cash, changed.book.hedge.leverage) == (700.0, 8.0)
    assert changed.inputs().hedge_price == 100_000.0
    assert changed.outcome().notional == pytest.approx(6_000.0)
    assert changed.book.holdings == plan.book.holdings
    assert outcome_words(changed) in fresh._claim.value
    other = PortfolioMarginExplorer()
    other.state = fresh.state
    assert other.plan == changed
    fresh.controls.numbers["size"].value = 20_000.0
    doubled = fresh.plan
    assert doubled is not None
    assert doubled.book.holdings.value == pytest.approx(20_000.0)
    assert doubled.outcome().notional == pytest.approx(12_000.0)
    for _ in range(5):
        fresh.undo()
    assert fresh.plan == plan
    fresh.undo()
    assert fresh.plan is None


@pytest.mark.parametrize("share", [80.0, -200.0])
def test_a_short_that_no_coverage_reaches_is_dollars_per_dollar(page: PortfolioMarginExplorer, share: float) -> None:
    """A long of 80 % and a short of 200 %, where twice a full hedge is 80 %."""
    plan = book_of(COINS, basis="beta").changed(own={"beta": 0.4})
    page.plan = plan
    slide(page, "perpetual", share)
    changed = page.plan
    assert changed is not None
    assert changed.inputs().beta == pytest.approx(-share / 100)
    assert changed.outcome().side * changed.outcome().notional == pytest.approx(100 * share)


def test_what_only_this_page_knows_stays_here(page: PortfolioMarginExplorer) -> None:
    """Puts, a dated future, shares of coins, the move and whose rules they are change no book."""
    plan = book_of(COINS)
    page.plan = plan
    for name, value in (("puts", 20.0), ("future", 8.0), ("spot", 50.0), ("move", 10.0)):
        slide(page, name, value)
    page.controls.choices["venue"].value = "Deribit"
    assert page.live.said == ""
    assert page.plan == plan


def test_another_coin_is_another_contract_of_the_book(fresh: PortfolioMarginExplorer) -> None:
    """ETH for BTC: the short, its price and both shares follow; a second coin brings what is held of it."""
    plan = book_of(COINS)
    fresh.plan = plan
    fresh.controls.choices["second"].value = "SOL"
    assert fresh.live.values["second_spot"] == pytest.approx(15.0)
    assert fresh.plan == plan
    assert [(one.coin, one.share) for one in fresh._setting.further] == [("SOL", 0.0), ("ETH", 0.3), ("MOON", 0.15)]
    fresh.controls.choices["coin"].value = "ETH"
    changed = fresh.plan
    assert changed == plan.changed(contract=contract("Binance USD-M ETHUSDT"))
    assert (fresh._setting.coin, fresh._setting.second, fresh._setting.price) == ("ETH", "BTC", 3_000.0)
    shown = [fresh.live.values[name] for name in ("spot", "perpetual", "second_spot")]
    assert shown == pytest.approx([30.0, -100 * changed.outcome().notional / 10_000, 40.0])
    fresh.controls.choices["second"].value = "ETH"  # the two change places
    assert fresh.plan == plan
    fresh.undo()
    assert fresh.plan == changed


def test_an_inverse_contract_is_shown_as_a_linear_one(page: PortfolioMarginExplorer) -> None:
    """The page knows linear contracts only and says so; the book keeps its own."""
    label = next(label for label in contracts() if contracts()[label].kind == "inverse")
    plan = book_of({contracts()[label].underlying: (1.0, 80_000.0)}, label)
    page.plan = plan
    assert page.plan == plan
    assert f"Your {label} is shown as {page._setting.contract.label}" in page._claim.value
    assert page._setting.contract.kind == "linear"


def test_the_tiers_are_those_of_the_books_contract(page: PortfolioMarginExplorer) -> None:
    """Another venue's linear contract on the coin brings its own tiers, and an example those of the page."""
    shipped = linear_contracts()["BTC"]
    other = next(c for c in contracts().values() if c.kind == "linear" and c.underlying == "BTC" and c != shipped)
    page.plan = book_of(COINS, other.label)
    assert page._setting.contract == other
    page._example.value = 0
    assert page._setting.contract == shipped


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (book_of(COINS, move=-0.8), r"Price move must be -60 to 100 %, not -"),
        (book_of(COINS, leverage=150.0), "Leverage, isolated and cross must be 1 to 125×, not 150×"),
        (
            book_of({"SOL": (20, 150), "BTC": (-0.01, 80_000)}),
            r"Coins held \(spot\) must be 0 to 200 % of the book, not -36.36",
        ),
        (book_of({"SOL": (0.1, 150)}, "Binance USD-M SOLUSDT"), "size of the book"),
    ],
)
def test_a_book_that_the_page_cannot_show_is_kept_for_the_next_page(
    page: PortfolioMarginExplorer, plan: Plan, words: str
) -> None:
    """It says why and shows what it showed; the bar carries the book on."""
    before = figures(page)
    with pytest.raises(InputError, match=words):
        page.live.arrive("1", written({"book": plan_written(plan)}))
    assert page.plan == plan
    assert figures(page) == before
    assert page._bar.book == written({"book": plan_written(plan)})


def test_a_coin_without_rules_is_named(page: PortfolioMarginExplorer) -> None:
    """ARB has a contract and no figures of its own here."""
    label = next(label for label, spec in contracts().items() if spec.underlying not in linear_contracts())
    plan = book_of({contracts()[label].underlying: (1_000, 1.0)}, label)
    with pytest.raises(InputError, match=f"no rules for {plan.contract.underlying}, which your hedge is in"):
        page.plan = plan
    assert page.plan is None


@pytest.mark.parametrize("place", range(len(EXAMPLES)))
def test_an_example_begins_a_book(shared: PortfolioMarginExplorer, place: int) -> None:
    """Coins and short are worth what the page shows; where it shows no coins, the book has as many as 100 %."""
    shared._example.value = place
    assert shared.plan is None
    shared.controls.numbers["cash"].value = 200_000.0
    plan, values, setting = shared.plan, shared.live.values, shared._setting
    assert plan is not None
    held = (values["spot"] + values["second_spot"]) / 100 * setting.size
    assert plan.book.holdings.value == pytest.approx(held or setting.size)
    assert plan.book.cash == 200_000.0
    outcome = plan.outcome()
    assert outcome.side * outcome.notional == pytest.approx(values["perpetual"] / 100 * setting.size, abs=70.0)
    assert plan.inputs().hedge_price == setting.price
    shared._example.value = OWN_BOOK
    assert shared.plan == plan
    assert shared.live.said == ""


def test_a_book_with_a_debt_of_the_first_choice_shows_it(page: PortfolioMarginExplorer) -> None:
    """1,800 of ETH owed has no place on a slider: the choice shows a coin that is not held, and the debt counts."""
    page.plan = book_of({"USDT": (3_000, 1), "ETH": (-0.6, 3_000)}, cash=100.0)
    assert page._setting.second not in ("BTC", "ETH")
    assert page.live.picture().equity[0, 0] == pytest.approx(100 + 3_000 - 1_800)
    said = page._claim.value
    assert "USDT counts in full and does not move. The ETH that you owe is taken off the equity in full." in said
    page.controls.choices["second"].value = "ETH"
    assert "second coin held (spot) must be 0 to 200 % of the book, not -150" in page.live.said.lower()


def test_a_scenario_that_no_beta_reaches_is_said(page: PortfolioMarginExplorer) -> None:
    """One coin and a hedge on it that is believed to move otherwise: this page has one price for both."""
    page.plan = book_of({"BTC": (0.1, 90_000)}, move=-0.2).changed(own={"correlation": 0.3})
    assert (
        "Your coins end at −6.5\xa0% here, not at −20\xa0%, as this page moves every coin with BTC" in page._claim.value
    )


# Tables


def test_every_coin_of_a_book_has_its_row(page: PortfolioMarginExplorer) -> None:
    """Bybit knows a grid for ETH and none for SOL; a stablecoin counts as cash; the sum is that of the unit in BTC."""
    page.plan = book_of({**COINS, "USDT": (100.0, 1.0), "ADA": (-100.0, 1.0)})
    rows = {row[0]: row[1:] for row in cells(page._units.value)}
    names = [
        "Risk unit",
        "BTC",
        "ETH (coins alone)",
        "SOL (coins alone)",
        "MOON (coins alone)",
        "USDT (counts as cash)",
    ]
    assert list(rows) == [*names, "ADA (owed)", "Account"]
    assert rows["Account"][-2:] == rows["BTC"][-2:]
    page.controls.choices["venue"].value = "Bybit"
    names = [row[0] for row in cells(page._units.value)]
    assert names[2:4] == ["ETH (coins alone)", "SOL (no grid)"]
    rows = cells(page._constants.value)
    assert [row[0] for row in rows if row[0].endswith("to BTC")] == [
        f"Beta of {coin} to BTC" for coin in ("ETH", "SOL", "MOON", "USDT", "ADA")
    ]


def test_the_units_table_adds_up(page: PortfolioMarginExplorer) -> None:
    """To the cent: charges of the unit, nothing for spot alone, the credit called hypothetical, the sum."""
    page._example.value = 2
    page.live.refresh({"credit": 80.0})
    page._rested(page.live.values)
    rows = {row[0]: row[1:] for row in cells(page._units.value)}
    assert rows["BTC"][-2:] == ["$80,533.20", "$104,693.16"]
    assert set(rows["ETH (coins alone)"]) == {"$0.00"}
    assert rows["HYPOTHETICAL credit"][-2:] == ["−$64,426.56", "−$83,754.53"]
    assert rows["Account"][-2:] == ["$16,106.64", "$20,938.63"]


@pytest.mark.parametrize("venue", PORTFOLIO_VENUES)
def test_every_constant_has_source_and_date(page: PortfolioMarginExplorer, venue: str) -> None:
    """Each row of the venue that concerns the coins, Binance's ratios and every tier; assumptions are called so."""
    page.controls.choices["venue"].value = venue
    rows = cells(page._constants.value)[1:]
    wanted = [
        one
        for one in portfolio_margin_parameters()
        if one.venue in (venue, "Binance") and (not one.symbols or {"BTC", "ETH"} & set(one.symbols))
    ]
    assert len(rows) == len(wanted) + len(page._setting.contract.tiers.caps) + 2
    assert all(row[2] for row in rows)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d(, over .+ old)?", row[3]) for row in rows[:-2])
    assert rows[-2][2].startswith("an assumption")
    for row in page.rules.table.rows:
        assert row[3].startswith(("an assumption of this model", "no source is known")) or row[4]
        assert (row[1] == "not known") == row[3].startswith("no source")


def test_an_edited_parameter_moves_the_page(fresh: PortfolioMarginExplorer) -> None:
    """Twice the basis rate requires twice; it is kept for its venue and coin, and says that it was edited."""
    place = row_of(fresh, "basis charge")
    fresh.rules.table._typed(None, {"row": place, "column": 1, "text": "10"}, [])
    assert fresh.live.picture().maintenance[0, 2] == pytest.approx(2 * 8_053.32)
    assert fresh.rules.table.rows[place][1::2] == ["10", "edited by you"]
    fresh.controls.choices["venue"].value = "Deribit"
    assert fresh.rules.table.rows[place][1] == "not known"
    fresh.controls.choices["venue"].value = "OKX"
    assert fresh.live.picture().maintenance[0, 2] == pytest.approx(2 * 8_053.32)


def test_an_edited_grid_keeps_its_steps(fresh: PortfolioMarginExplorer) -> None:
    """Twelve per cent to fifteen: 5, 10, 15; a naked short requires 15 %."""
    fresh.rules.table._typed(None, {"row": row_of(fresh, "price shock"), "column": 1, "text": "15"}, [])
    shocks = fresh._setting.rules.price_shocks
    assert shocks == pytest.approx((-0.15, -0.1, -0.05, 0, 0.05, 0.1, 0.15))
    assert fresh.live.picture(spot=0.0).maintenance[0, 2] == pytest.approx(0.15 * 671_110)


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("price shock", "0", "must be 1 to 90 %"),
        ("price shock", "abc", "expected a number"),
        ("basis", "1,5", "with a point for decimals"),
        ("initial margin divided", "0.5", "must be 1 to 10 times"),
        ("equity", "nan", "expected a number"),
    ],
)
def test_a_wrong_parameter_gets_a_sentence(fresh: PortfolioMarginExplorer, name: str, typed: str, words: str) -> None:
    """It stands under the table, and nothing else changes."""
    before = figures(fresh)
    fresh.rules.table._typed(None, {"row": row_of(fresh, name), "column": 1, "text": typed}, [])
    assert words in fresh.rules.table.complaint
    assert figures(fresh) == before


# Wrong and hostile values


@pytest.mark.parametrize(
    ("box", "value", "words"),
    [
        ("price", 0.0, "price of the coin must be $1e-06 to $100,000,000, not $"),
        ("price", float("nan"), "price of the coin must be $1e-06 to $100,000,000, not $"),
        ("size", 5.0, "100 % of the book must be $100 to $1,000,000,000, not $"),
        ("size", float("inf"), "100 % of the book must be $100 to $1,000,000,000, not $"),
        ("cash", -1.0, "cash in the account"),
        ("collateral_ratio", 150.0, "share of coins that counts as collateral must be 0 to 100 %, not 150"),
        ("strike_ratio", 0.0, "strike of the puts"),
        ("days", 0.0, "days to expiry"),
        ("second_beta", -2.0, "beta of the second coin to the first must be 0 to 20, not -2"),
    ],
)
def test_a_wrong_number_gets_a_sentence(page: PortfolioMarginExplorer, box: str, value: float, words: str) -> None:
    """The page says the rule, and box, sliders and figures are what they were."""
    before = figures(page)
    page.controls.numbers[box].value = value
    assert words in page.live.said.lower()
    assert figures(page) == before


@pytest.mark.parametrize("place", range(9))
@pytest.mark.parametrize("value", [1e9, -1e9])
def test_hostile_positions_get_a_sentence(page: PortfolioMarginExplorer, place: int, value: float) -> None:
    """A browser that sends a position no slider has is answered in words, with no picture."""
    sent: list[Any] = []
    page.live.send = lambda content, buffers=(): sent.append(content)
    at = list(page.live.values.values())
    at[place] = value
    page.live._answer(page.live, {"kind": "ask", "revision": page.live._revision, "at": at}, [])
    assert page.live.said.endswith(".")
    assert sent == []


def test_a_slider_set_by_a_client_goes_back(page: PortfolioMarginExplorer) -> None:
    """A value outside a slider, set with its bounds, is refused at the next change and put back."""
    before = page.live.picture().maintenance[0, 2]
    slider = page.controls.sliders["spot"]
    slider.max = 1e9
    slider.value = 1e8
    page.controls.choices["spot_use"].value = "none"
    page.controls.choices["spot_use"].value = "offset"
    assert slider.value == 100.0
    assert page.live.picture().maintenance[0, 2] == before


def test_a_name_in_an_example_is_escaped() -> None:
    """What the page writes as HTML comes from escaped words."""
    for place in range(len(EXAMPLES)):
        page = PortfolioMarginExplorer()
        page._example.value = place
        inside = re.sub(r"</?(div|b|br)[^>]*>", "", page._claim.value)
        assert "<" not in inside


def test_every_table_is_small_and_there_in_time(fresh: PortfolioMarginExplorer) -> None:
    """For every slider at a book with puts: at most 250 kB, computed in well under a second."""
    fresh._example.value = 4
    fresh.controls.choices["venue"].value = "Deribit"
    for name, places in fresh.live._positions.items():
        start = time.process_time()
        header, block = codec.table(fresh.live._columns(fresh.live.picture(**{name: places})), len(places))
        assert time.process_time() - start < 1.0
        assert len(block) + len(json.dumps(header)) <= 250_000, name


@pytest.mark.parametrize("price", [1e9, 1e-10, 0.0, float("nan")])
def test_a_price_that_no_picture_takes_is_refused_as_a_whole(page: PortfolioMarginExplorer, price: float) -> None:
    """The box goes back, the page stays as it was, and the next price is taken."""
    before = page.live.picture().maintenance
    page.controls.numbers["price"].value = price
    assert "price" in page.live.said.lower()
    np.testing.assert_array_equal(page.live.picture().maintenance, before)
    page.controls.numbers["price"].value = 60_000.0
    assert page.live.said == ""
    assert page._setting.price == 60_000.0


def test_a_second_coin_without_a_grid_is_no_obstacle(page: PortfolioMarginExplorer) -> None:
    """Bybit's shocks are known for BTC and ETH: SOL beside a BTC book gets no credit, and the venue can be chosen."""
    page.controls.choices["second"].value = "SOL"
    page.controls.choices["venue"].value = "Bybit"
    assert page.live.said == ""
    assert page._setting.rules.venue == "Bybit"


def test_an_example_forgets_edited_parameters(fresh: PortfolioMarginExplorer) -> None:
    """Its claim names figures of the shipped parameters; an edited shock moves the extremes with it."""
    fresh._example.value = 1
    shipped = fresh.live.picture().maintenance[0, 2]
    fresh.rules.table._typed(None, {"row": 0, "column": 1, "text": "6"}, [])
    edited = fresh.live.picture().maintenance[0, 2]
    assert edited == pytest.approx(shipped / 2, rel=1e-6)  # 12 % and the extremes' 12 %, halved
    fresh._example.value = 0
    fresh._example.value = 1
    assert fresh.live.picture().maintenance[0, 2] == shipped


def test_what_is_below_the_smallest_order_is_no_position_in_any_regime(page: PortfolioMarginExplorer) -> None:
    """SOL at 130 comes in whole coins: half of one is refused everywhere, two are not; no figure is shown for it."""
    page.controls.choices["coin"].value = "SOL"
    page.controls.numbers["price"].value = 130.0
    page.controls.numbers["size"].value = 100.0
    spec = page._setting.contract
    assert spec.smallest_notional(130.0) == max(spec.min_notional, 130.0 * spec.contract_multiplier * spec.lot_size)
    too_small = 100 * 0.9 * spec.smallest_notional(130.0) / 100.0
    picture = page.live.picture(perpetual=np.array([-too_small, -200.0]), spot=np.array([100.0]))
    assert picture.status[0].tolist() == [REFUSED] * 3
    assert np.isnan(picture.initial[0]).all()
    assert np.isnan(picture.maintenance[0]).all()
    assert readouts.story(picture)["case"][0] == 7
    assert picture.status[1].tolist() != [REFUSED] * 3
    assert np.isfinite(picture.initial[1]).all()


def told(page: PortfolioMarginExplorer, blocks: Any = words.STORY, columns: Any = readouts.story) -> list[str]:
    """Return the chosen templates, with the choices of words filled in."""
    values = columns(page.live.picture())

    def at(name: str) -> int:
        return int(np.ravel(values[name])[0]) if name else 0

    lines = [line.templates[at(line.pick)] for block in blocks for line in block.lines]
    least = words.STORY_SLOTS["at_least"][at("at_least")]
    return [line.replace("{at_least}", least) for line in lines]


@pytest.mark.parametrize("venue", ["Bybit", "Deribit"])
def test_a_charge_that_is_not_known_is_not_zero(page: PortfolioMarginExplorer, venue: str) -> None:
    """A hedged book loses in no scenario, and basis and minimum are not known: no $0, no amount freed, anywhere."""
    page.controls.choices["venue"].value = venue
    picture = page.live.picture()
    assert picture.maintenance[0, 2] == 0  # all that is known
    story, tiles = " ".join(told(page)), " | ".join(told(page, words.TILES, readouts.tiles))
    assert "is not known here, so the margin is not known either" in story
    assert "Whether portfolio margin requires less is not known" in story
    assert (
        words._STATUS_WORDS[readouts.story(picture)["pm_word"][0]] == "is not liquidated by the charges that are known"
    )
    for slot in ("{freed}", "{pm_initial}", "{basis}", "{least}", "{more}", "{required_equity}"):
        assert slot not in story + tiles
    assert tiles.count("not known") == 7
    assert np.isnan(freed(picture)).all()
    required, _ = regimes_traces(picture)
    assert np.isnan(required["x"][0, 6:]).all()
    rows = {row[0]: row[1:] for row in cells(page._units.value)[1:]}
    assert rows["BTC"][4:] == ["not known"] * 4
    assert rows["Account"][-2:] == ["not known"] * 2
    assert page.rules.table.rows[row_of(page, "equity required")][1] == "not known"


def test_what_is_known_of_a_margin_is_a_lower_bound(page: PortfolioMarginExplorer) -> None:
    """Deribit, a naked short of 671,110: 16 %, times 1.25 to open it (maintenance is 0.8 of initial)."""
    page.controls.choices["venue"].value = "Deribit"
    picture = page.live.picture(spot=0.0)
    assert picture.maintenance[0, 2] == pytest.approx(0.16 * 671_110)
    assert picture.initial[0, 2] == pytest.approx(0.16 * 671_110 / 0.8)
    values = readouts.tiles(picture)
    assert (values["known"][0], values["at_least"][0], values["on_top"][0], values["freeing"][0]) == (2, 1, 2, 3)


def test_a_known_charge_makes_the_margin_known(fresh: PortfolioMarginExplorer) -> None:
    """With a basis of 5 % for 0.24 years and no minimum charge typed, Bybit requires 8,053.32 and frees the rest."""
    fresh.controls.choices["venue"].value = "Bybit"
    for name, typed in (("basis charge", "5"), ("minimum charge", "0")):
        fresh.rules.table._typed(None, {"row": row_of(fresh, name), "column": 1, "text": typed}, [])
    picture = fresh.live.picture()
    assert picture.maintenance[0, 2] == pytest.approx(8_053.32)
    assert freed(picture)[0] == pytest.approx(67_111 - 1.3 * 8_053.32)
    assert "at least" not in " ".join(told(fresh))


def test_a_price_file_that_cannot_be_read_stops_no_choice(
    fresh: PortfolioMarginExplorer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another coin is chosen, at the price that ships."""
    (tmp_path / "bad.csv").write_text("<html></html>")
    monkeypatch.setenv("HEDGE_WIDGETS_PRICES", str(tmp_path / "bad.csv"))
    fresh.controls.choices["coin"].value = "SOL"
    assert fresh.live.said == ""
    assert fresh.controls.choices["coin"].value == "SOL"


# ---- who is closed first, and coins as margin ------------------------------------------------------------------------
def closing(page: PortfolioMarginExplorer) -> dict[str, list[str]]:
    """Return the rows of the table of venues, by venue."""
    return rows_of(page._closing.value)


def rows_of(words: str) -> dict[str, list[str]]:
    """Return the rows of the first table, by their first cell."""
    return {row[0]: row[1:] for row in cells(words.partition("<details")[0])[1:]}


def test_the_venues_say_who_is_closed_last(page: PortfolioMarginExplorer) -> None:
    """Ten coins against ten qualify at two venues; in a wallet, with the mode off or half hedged at none."""
    assert [venue for venue, row in closing(page).items() if row[0] == "yes"] == ["Binance", "Bybit"]
    assert "Binance and Bybit would close this hedge after" in page._closing.value
    page.controls.choices["place"].value = "wallet"
    assert "what lies in the Spot Account does not count" in closing(page)["Binance"][1]
    page.controls.choices["place"].value = "account"
    page.controls.choices["is_on"].value = False
    assert closing(page)["Bybit"][:2] == ["no", "The mode is switched off."]
    assert "No venue here is known to close this hedge last." in page._closing.value
    page.controls.choices["is_on"].value = True
    slide(page, "perpetual", -48.0)
    words = html.unescape(closing(page)["Binance"][1])
    assert "differ by 52\u00a0%, and less than 5\u00a0% is allowed: you hold" in words
    assert "too much beside the short" in words


def test_an_altcoin_book_with_a_btc_short_never_qualifies(page: PortfolioMarginExplorer) -> None:
    """What is held of other coins does not count; nothing is the size of the hedge where nothing is held."""
    coins = Portfolio.of({"SOL": (50, 190), "ADA": (8_000, 0.85)})
    plan = Plan(book=Book(holdings=coins, hedge=Hedge(contract=contract("Binance USD-M BTCUSDT")), cash=600.0))
    page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": written({"book": plan_written(plan)})}, [])
    assert {row[0] for row in closing(page).values()} == {"no"}
    assert "A future in BTC against other coins never qualifies." in closing(page)["Bybit"][1]
    assert "This takes coins that are held and a short on the same coin." in page._carried.value


def test_all_futures_of_the_book_count(page: PortfolioMarginExplorer) -> None:
    """Of 1 BTC half is short, and 450 inverse contracts of 100 dollars at 90,000 are the other half.

    Beside a hedge of all of it they are half too much; without ETH a short of 2 ETH stands alone, with 2 it is even.
    """
    inverse = Future(contract=contract("Binance COIN-M BTCUSD_PERP"), contracts=-450.0)
    half = Hedge(contract=contract("Binance USD-M BTCUSDT"), coverage=0.5, basis="dollar")
    book = Book(holdings=Portfolio.of({"BTC": (1.0, 90_000.0)}), hedge=half, futures=(inverse,))
    page.plan = Plan(book=book)
    assert [closing(page)[venue][0] for venue in ("Binance", "Bybit")] == ["yes", "yes"]
    page.plan = Plan(book=replace(book, futures=()))
    assert "differ by 50\u00a0%" in html.unescape(closing(page)["Binance"][1])
    page.plan = Plan(book=replace(book, hedge=replace(half, coverage=1.0)))
    assert closing(page)["Bybit"][0] == "no"
    assert "you hold 0.425 BTC too little" in closing(page)["Bybit"][1]  # 0.95 of 1.5 less 1
    ether = Future(contract=contract("Binance USD-M ETHUSDT"), contracts=-2.0)
    page.plan = Plan(book=replace(book, futures=(inverse, ether)))
    assert [closing(page)[name][0] for name in ("Bybit, BTC", "Bybit, ETH")] == ["yes", "no"]
    assert "No venue here is known to close the ETH futures last." in page._closing.value
    coins = Portfolio.of({"BTC": (1.0, 90_000.0), "ETH": (2.0, 3_000.0)})
    page.plan = Plan(
        book=replace(book, holdings=coins, hedge=replace(half, coverage=45 / 96), futures=(inverse, ether))
    )
    assert [closing(page)[name][0] for name in ("Bybit, BTC", "Bybit, ETH")] == ["yes", "yes"]


def test_every_venue_and_account_names_its_source(page: PortfolioMarginExplorer) -> None:
    """Behind the title: one row of terms for each row of the answers, with a source and its date."""
    for shown in (page._closing.value, page._carried.value):
        terms = cells(shown.partition("<details")[2])[1:]
        assert [row[0] for row in terms] == list(rows_of(shown))
        assert all(re.search(r"20\d\d", row[-1]) for row in terms)


def test_which_whole_contracts_qualify(page: PortfolioMarginExplorer) -> None:
    """Beside 10 BTC, 9.5 to 10.526 short: 10 / 0.95 = 10.5263, in lots of 0.001."""
    assert page.live.picture().setting.contract.lot_size == 0.001
    assert "Beside 10 BTC, a short of 9.5 to 10.526 BTC in whole lots is within 5\u00a0%." in html.unescape(
        page._closing.value
    )


def test_coins_carry_their_short(page: PortfolioMarginExplorer) -> None:
    """The tiers with coins as collateral end where Binance's account does; funding of 201.33 a day lasts 496.7 days."""
    page.controls.numbers["cash"].value = 0.0
    rows = rows_of(page._carried.value)
    assert rows["Binance Portfolio Margin"][0] == "95\u00a0% (not known: your assumption)"
    unified = replace(coin_accounts("BTC")[1], liquidation_level=1.0)  # the page's tiers end where nothing is left
    share = CoinShare(opening_ratio=0.95, maintenance_ratio=0.95)
    rise = liquidation_move(unified, share, 10.0, 67_111.0, 0.0, 671_110.0)
    assert rise == pytest.approx(float(page.live.picture().rise[0, 1]), rel=1e-6)
    page.controls.numbers["cash"].value = 100_000.0
    assert "If this short pays funding of $201 per day, your cash of $100,000 lasts 496.7" in page._carried.value
    page.controls.numbers["paid_rate"].value = 0.0
    assert "Without funding to pay" in page._carried.value
    page.controls.choices["place"].value = "elsewhere"
    assert "so they carry nothing" in page._carried.value


def test_funding_beyond_its_limit_is_refused(page: PortfolioMarginExplorer) -> None:
    """A rate beyond 10 % per day is a mistake, and so is one below 0; what stood stays."""
    before = page._carried.value
    for typed in (11.0, -1.0):
        page.controls.numbers["paid_rate"].value = typed
        assert "Funding you pay must be 0 to 10 % per day" in page.live.said
        assert page._carried.value == before
