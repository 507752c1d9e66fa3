"""The lab without a browser: choices, tables, quiz, faults and treatments, the book it shows, hostile values."""

import json
import math
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hedge_widgets import Book, Hedge, Portfolio, contract
from hedge_widgets.live import codec
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.prices import last_prices, weighted_prices
from hedge_widgets.model.contracts import order
from hedge_widgets.model.hedge_ratio import year_ahead
from hedge_widgets.model.hedge_ratio.sets import HedgeSet
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.address import plan_written, written
from hedge_widgets.pages.book import outcome_words
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.hedge.page import HedgeSimulator
from hedge_widgets.pages.hedge_ratio import charts, tables
from hedge_widgets.pages.hedge_ratio.controls import BASKET, FIVE, FIVE_COINS, OWN_COINS
from hedge_widgets.pages.hedge_ratio.hedges import SECTOR, sets_words
from hedge_widgets.pages.hedge_ratio.page import HedgeRatioLab
from hedge_widgets.pages.hedge_ratio.words import STORY, STORY_SLOTS, story
from hedge_widgets.style import formatted
from tests.explorers.opened import fixtures_of

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"


@pytest.fixture(autouse=True)
def _no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)


@pytest.fixture
def fresh() -> HedgeRatioLab:
    """Give a page of its own to a test that types into tables, brings prices, undoes or measures."""
    return HedgeRatioLab()


opened, shared = fixtures_of(HedgeRatioLab)


@pytest.fixture
def lab(shared: HedgeRatioLab) -> HedgeRatioLab:
    """Give the page that the tests of this file share, as it opened."""
    return shared


def frame(n: int = 500, seed: int = 3) -> pd.DataFrame:
    """Return prices of BTC, ETH and two coins that follow BTC, by day."""
    draw = np.random.default_rng(seed)
    btc = 0.02 * draw.standard_t(5, n)
    moves = {"BTC": btc, "ETH": 1.1 * btc + 0.02 * draw.standard_normal(n)}
    moves |= {name: 1.3 * btc + 0.03 * draw.standard_normal(n) for name in ("AAA", "BBB")}
    levels = {name: 100 * np.cumprod(1 + np.clip(move, -0.5, 0.5)) for name, move in moves.items()}
    return pd.DataFrame(levels, index=pd.date_range("2023-01-01", periods=n, name="date"))


def cells(html: str) -> list[list[str]]:
    """Return a table's cells as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


def test_the_first_page_is_five_coins_on_btc(lab: HedgeRatioLab) -> None:
    """It opens on article 001's coins against BTC, from the sample, and says that this is simulated."""
    assert (lab.controls.choices["spot"].value, lab.controls.choices["hedge"].value) == (FIVE, "BTC")
    assert "simulated sample" in lab._badge.value
    assert lab._setting.stamp == "simulated prices"
    assert lab.live.said == ""


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("horizon", [1, 7])
def test_every_estimator_has_a_page(shared: HedgeRatioLab, estimator: str, horizon: int) -> None:
    """Each can be chosen, at every horizon, without a complaint; its figures are numbers."""
    shared.controls.choices["horizon"].value = horizon
    shared.controls.choices["estimator"].value = estimator
    assert shared.live.said == ""
    picture = shared.live.picture()
    assert np.isfinite(picture.chosen_estimator).all()
    assert np.isfinite(np.asarray(picture.walk_effectiveness)).all()


@pytest.mark.parametrize("spot", ["BTC", "ETH", "DOGE", "WIF", BASKET])
@pytest.mark.parametrize("hedge", ["BTC", "ETH", "CHZ"])
def test_every_pair_has_a_page(shared: HedgeRatioLab, spot: str, hedge: str) -> None:
    """Any coin or the basket, on any hedge, also on itself."""
    shared.controls.choices["spot"].value, shared.controls.choices["hedge"].value = spot, hedge
    assert shared.live.said == ""
    assert shared.live.words["coin"] == [spot]
    assert len(cells(shared._estimators.value)) == 2 + len(ESTIMATORS)


def test_the_table_of_estimators_is_that_of_the_walks(lab: HedgeRatioLab) -> None:
    """Each row: the ratio on the day, what its walk removed; least squares has the interval of the sentence."""
    study, place = lab._setting.study, len(lab._setting.study) - 1
    rows = {row[0]: row for row in cells(lab._estimators.value)}
    for name, text in ESTIMATORS.items():
        walk = study.walk(name, 90)
        assert float(rows[text][1]) == pytest.approx(float(study.ratio_path(name, 90)[place]), abs=0.006)
        assert tables.formatted(walk.effectiveness, "percent") == rows[text][3]
    plain = rows[ESTIMATORS["least_squares"]]
    picture = lab.live.picture()
    low, high = (tables.formatted(float(end[0]), "slope") for end in (picture.low, picture.high))
    assert plain[2] == f"{low} to {high}"


def test_what_one_year_says_of_the_next(lab: HedgeRatioLab) -> None:
    """How many coins a BTC hedge helped, and each estimator's error, from the history in use and called simulated."""
    returns = lab._history.prices.pct_change().iloc[1:]
    found = year_ahead(returns.drop(columns="BTC").to_numpy(), returns["BTC"].to_numpy())
    assert found is not None
    shown = lab._estimators.value.partition("Does one year")[2]
    assert f"{found.n_helped} of {found.n_coins} coins" in shown
    assert f"{found.n_pairs} pairs of years" in shown
    assert f"bounded returns (Welch) {found.errors['slope_winsorised']:.2f}" in shown
    assert "In this simulated history" in lab._estimators.value
    assert "No coin has two years" in tables.year_ahead_words(None, "this history")


def row_of(lab: HedgeRatioLab, *names: str) -> list[str]:
    """Return the cells of the hedge of these futures, whatever their order and ratios."""
    name = r"([A-Za-z ]+?)\u00a0−?[\d.]+(?:, | \(|$)"
    return next(row for row in cells(lab._hedges.value)[1:] if set(re.findall(name, row[7])) == set(names))


def test_a_second_hedge_is_solved_together(lab: HedgeRatioLab) -> None:
    """The ratios of BTC and ETH are the slopes of one regression on both, not those of each alone."""
    lab._example.value = 1
    prices = lab._history.prices[["SOL", "BTC", "ETH"]].pct_change().dropna().to_numpy()[-90:]
    design = np.column_stack([np.ones(90), prices[:, 1:]])
    slopes = np.linalg.lstsq(design, prices[:, 0], rcond=None)[0][1:]
    shown = [float(part.replace("−", "-")) for part in re.findall(r"−?[\d.]+", row_of(lab, "BTC", "ETH")[7])]
    assert shown == pytest.approx(slopes, abs=0.006)


def test_hedges_are_in_the_order_of_what_they_leave(lab: HedgeRatioLab) -> None:
    """By the number of futures, then the best first; the coin's own leads; what the last one adds is a difference."""
    lab._example.value = 1
    found = lab._compared.found
    assert [(len(one.shorts), one.tested_left) for one in found] == sorted(
        (len(one.shorts), one.tested_left) for one in found
    )
    assert found[1].names == ("SOL",)
    assert row_of(lab, "SOL")[1] == "only the basis"
    assert sets_words(lab._compared) == "One SOL short leaves only the basis."
    left = {one.names: one.tested_left for one in found}
    both = next(one for one in found if one.names == ("BTC", "ETH"))
    assert both.added == pytest.approx(left["BTC",] - left["BTC", "ETH"])
    assert 0 < left["BTC", "ETH"] < left["BTC",] < 1


def test_whoever_holds_a_major_gets_a_second_and_a_third_hedge(lab: HedgeRatioLab) -> None:
    """Three liquid candidates that are not held: alone, in pairs and together; the sector basket has no contract."""
    lab.controls.choices["spot"].value = "ETH"
    names = {frozenset(one.names) for one in lab._compared.found}
    wanted = ("BTC", "SOL", "BNB", "BTC SOL", "BTC BNB", "SOL BNB", "BTC SOL BNB", "ETH")
    assert {frozenset(one.split()) for one in wanted} | {frozenset([SECTOR])} <= names
    assert row_of(lab, SECTOR)[0] == "sector basket has no contract listed"
    assert row_of(lab, SECTOR)[4:7] == ["—"] * 3


def test_twins_are_called_ill_conditioned() -> None:
    """Two hedges that are one: the table warns that their ratios cannot be told apart."""
    prices = frame()
    prices["ETH"] = prices["BTC"] * (1 + 1e-7 * np.random.default_rng(0).standard_normal(len(prices)))
    lab = HedgeRatioLab(prices)
    lab.controls.choices["spot"].value = "AAA"
    assert "ill-conditioned" in lab._hedges.value


def test_an_edited_cost_moves_the_table(fresh: HedgeRatioLab) -> None:
    """A taker fee of 1 % of BTC's contract is paid twice; a wrong one gets a sentence and changes nothing."""
    place = [row[0] for row in fresh.costs.table.rows].index("Binance USD-M BTCUSDT")
    fresh.costs.table._typed(None, {"row": place, "column": 1, "text": "1"}, [])
    one = next(one for one in fresh._compared.found if one.names == ("BTC",))
    assert one.cost == pytest.approx(2 * -one.shorts[0].notional * (0.01 + fresh.costs.specs["BTC"].half_spread))
    assert row_of(fresh, "BTC")[5] == formatted(one.cost, "usd")
    assert fresh.costs.table.rows[place][4] == "edited by you"
    fresh.costs.table._typed(None, {"row": place, "column": 1, "text": "99"}, [])
    assert "Taker fee of Binance USD-M BTCUSDT must be -10 to 10 %, not 99" in fresh.costs.table.complaint
    assert row_of(fresh, "BTC")[5] == formatted(one.cost, "usd")


# The book that travels from page to page


def book_of(coins: dict[str, tuple[float, float]], label: str = "Binance USD-M BTCUSDT", **own: float) -> Plan:
    """Return a plan of coins and a full hedge in dollars."""
    short = Hedge(contract=contract(label), basis="dollar", coverage=1.0)
    return Plan(book=Book(holdings=Portfolio.of(coins), hedge=short), own={label: own} if own else {})


def slide(lab: HedgeRatioLab, name: str, value: float) -> None:
    """Move a slider and let the hand rest."""
    lab.live._sliders[name].value = value
    lab.live.refresh()
    lab._rested(lab.live.values)


def test_a_book_comes_and_goes_as_it_is(lab: HedgeRatioLab) -> None:
    """The simulator's book and back: the same book, its sentence and its order, in the lab's own words."""
    plan = HedgeSimulator().plan
    assert plan is not None
    lab.plan = plan
    assert lab.plan == plan
    assert lab.live.said == ""
    assert outcome_words(plan) in lab._claim.value
    outcome, picture = plan.outcome(), lab.live.picture()
    assert lab.controls.choices["spot"].value == OWN_COINS
    assert lab.live.words["coin"] == ["your coins"]
    assert float(picture.ratio[0]) * outcome.spot_value == pytest.approx(outcome.target_notional)
    assert float(picture.rounded[0]) * outcome.spot_value == pytest.approx(outcome.notional)
    assert float(picture.n_contracts[0]) == pytest.approx(outcome.n_contracts)


def test_the_ratio_of_a_book_is_the_weighted_ratio_of_its_coins() -> None:
    """Least squares is linear: 300 of AAA and 100 of BBB have 3/4 and 1/4 of each slope; cash makes it less."""
    lab = HedgeRatioLab(frame())
    returns = frame().pct_change().dropna().iloc[-90:]
    slopes = {name: returns[name].cov(returns["BTC"]) / returns["BTC"].var() for name in ("AAA", "BBB")}
    lab.plan = book_of({"AAA": (3, 100), "BBB": (50, 2)})
    mixed = 0.75 * slopes["AAA"] + 0.25 * slopes["BBB"]
    assert lab.live.picture().estimated[0] == pytest.approx(mixed, rel=1e-9)
    lab.plan = book_of({"AAA": (3, 100), "BBB": (50, 2), "USDC": (100, 1)})
    assert lab.live.picture().estimated[0] == pytest.approx(0.8 * mixed, rel=1e-9)
    assert "USDC" not in lab._claim.value
    lab.plan = book_of({"AAA": (3, 100)})
    assert lab.controls.choices["spot"].value == "AAA"
    assert lab.live.picture().estimated[0] == pytest.approx(slopes["AAA"], rel=1e-9)


def test_a_coin_without_prices_is_named_and_left_out() -> None:
    """The others keep their weights among each other; a book of which no coin has prices is refused by name."""
    lab = HedgeRatioLab(frame())
    lab.plan = book_of({"AAA": (3, 100), "BBB": (50, 2)})
    known = lab.live.picture().estimated[0]
    lab.plan = book_of({"AAA": (3, 100), "MOON": (10, 40), "BBB": (50, 2)})
    assert "MOON has no prices here, so it is left out of every estimate." in lab._claim.value
    assert lab.live.picture().estimated[0] == pytest.approx(known, rel=1e-12)
    before = lab.plan
    with pytest.raises(InputError, match="no prices of MOON and MARS"):
        lab.plan = book_of({"MOON": (10, 40), "MARS": (1, 1)})
    assert lab.plan == before


def test_a_hand_changes_the_ratio_of_the_book(fresh: HedgeRatioLab) -> None:
    """1.5 dollars short per dollar of 8,000 are 12,000; the step back brings the plan as it came."""
    plan = HedgeSimulator().plan
    fresh.plan = plan
    slide(fresh, "ratio", 1.5)
    changed = fresh.plan
    assert changed is not None
    assert (changed.book.hedge.basis, changed.book.hedge.coverage) == ("beta", 1.0)
    assert changed.outcome().target_notional == pytest.approx(12_000.0)
    assert "Your book shorts 1.50 dollars of BTC for every dollar that you hold." in fresh._claim.value
    other = HedgeRatioLab()
    other.state = fresh.state
    assert other.plan == changed
    fresh.undo()
    assert fresh.plan == plan
    fresh.undo()
    assert fresh.plan is None
    assert OWN_COINS not in [option[1] for option in fresh.controls.choices["spot"].options]


def test_a_hand_changes_what_the_coins_are_worth(lab: HedgeRatioLab) -> None:
    """Twice the position is twice of every coin, and the hedge is still as much per dollar."""
    plan = HedgeSimulator().plan
    assert plan is not None
    lab.plan = plan
    lab.controls.numbers["position_value"].value = 16_000.0
    changed = lab.plan
    assert changed is not None
    assert [h.quantity for h in changed.book.holdings.holdings] == pytest.approx(
        [2 * h.quantity for h in plan.book.holdings.holdings]
    )
    assert changed.outcome().target_notional == pytest.approx(2 * plan.outcome().target_notional)
    assert lab.live.picture().ratio[0] == pytest.approx(changed.outcome().target_notional / 16_000)


def test_another_hedge_is_another_contract_of_the_book(lab: HedgeRatioLab) -> None:
    """The ratio follows the contract, and a coin that is looked at alone stays looked at."""
    plan = HedgeSimulator().plan
    assert plan is not None
    lab.plan = plan
    lab.controls.choices["spot"].value = "DOGE"
    assert lab.plan == plan
    assert "This page now looks at DOGE" in lab._claim.value
    lab.controls.choices["hedge"].value = "ETH"
    assert lab.controls.choices["spot"].value == "DOGE"
    changed = lab.plan
    assert changed == plan.changed(contract=contract("Binance USD-M ETHUSDT"))
    outcome = changed.outcome()
    assert lab.live.picture().ratio[0] * outcome.spot_value == pytest.approx(outcome.target_notional)


def test_the_address_brings_the_book(lab: HedgeRatioLab) -> None:
    """What the page shows travels to a fresh one, and what only the bar carries as well."""
    plan = HedgeSimulator().plan
    lab.plan = plan
    other, third = HedgeRatioLab(), HedgeRatioLab()
    other.state = lab.state
    assert (other.plan, other.state) == (plan, lab.state)
    third.live.arrive("1", lab._bar.book)
    assert third.plan == plan
    assert third._example.value == OWN_BOOK


def test_a_book_that_the_lab_cannot_show_is_kept_for_the_next_page() -> None:
    """A hedge in a coin without prices here, a ratio beyond the slider, and coins that are short on balance."""
    for plan, words in (
        (book_of({"AAA": (3, 100), "SOL": (1, 100)}, "Binance USD-M SOLUSDT"), "none of SOL"),
        (book_of({"AAA": (3, 100)}, beta=6.0).changed(basis="beta"), "Your hedge ratio must be -0.5 to 4, not 6"),
        (book_of({"AAA": (-3, 100)}), "short on balance"),
    ):
        lab = HedgeRatioLab(frame())
        with pytest.raises(InputError, match=words):
            lab.live.arrive("1", written({"book": plan_written(plan)}))
        assert lab.plan == plan
        assert lab._example.value == 0
        assert lab._bar.book == written({"book": plan_written(plan)})


def test_the_lab_begins_a_book(lab: HedgeRatioLab) -> None:
    """One coin at its last price; the simulator then shows the ratio, correlation and volatilities of the lab."""
    lab._example.value = 1
    assert lab.plan is None
    slide(lab, "ratio", 1.5)
    plan, picture, simulator = lab.plan, lab.live.picture(), HedgeSimulator()
    assert plan is not None
    simulator.plan = plan
    assert simulator.live.said == ""
    inputs = simulator.inputs
    assert inputs.beta == pytest.approx(1.5)
    assert inputs.correlation == pytest.approx(picture.correlation[0])
    assert inputs.spot_volatility == pytest.approx(picture.spot_volatility[0])
    assert inputs.hedge_volatility == pytest.approx(picture.hedge_volatility[0])
    assert inputs.hedge_price == lab._history.prices["BTC"].iloc[-1]
    assert plan.outcome().notional == pytest.approx(1.5 * 10_000, rel=0.01)
    (coin,) = plan.book.holdings.holdings
    assert (coin.symbol, coin.value) == ("SOL", pytest.approx(10_000))
    assert math.isclose(coin.price, lab._history.prices["SOL"].iloc[-1], rel_tol=1e-9)
    lab._example.value = OWN_BOOK
    assert lab.plan == plan


def test_the_basket_begins_a_book_of_equal_dollars(lab: HedgeRatioLab) -> None:
    """Every altcoin at its last price, for as many dollars as any other."""
    lab.controls.choices["spot"].value = BASKET
    plan = lab.plan
    assert plan is not None
    coins, last = plan.book.holdings.holdings, last_prices(lab._history.prices)
    assert {coin.symbol for coin in coins} == set(last) - {"BTC", "ETH"}
    assert [coin.value for coin in coins] == pytest.approx([10_000 / len(coins)] * len(coins))
    assert {coin.symbol: coin.price for coin in coins}.items() <= last.items()


def test_a_pair_without_a_contract_makes_no_book() -> None:
    """A hedge that no listed contract offers: the page says so when the book is asked for."""
    lab = HedgeRatioLab(frame())
    lab.controls.choices["hedge"].value = "AAA"
    assert lab.live.said == ""
    with pytest.raises(InputError, match="no contract on AAA is listed"):
        _ = lab.plan
    lab._example.value = OWN_BOOK
    assert "No contract on AAA is listed" in lab.live.said
    assert lab._example.value == 0
    lab.controls.choices["hedge"].value = "ETH"
    assert lab.plan is not None
    assert lab.plan.contract.underlying == "ETH"


def test_the_historys_coins_are_there_to_go_back_to(lab: HedgeRatioLab) -> None:
    """The opening choices come again, the book waits; a change of the opening choices can be taken back."""
    opening = lab.controls.fields(), lab.live.values
    plan = HedgeSimulator().plan
    lab.plan = plan
    slide(lab, "window", 180)
    lab._example.value = 0
    assert (lab.controls.fields(), lab.live.values) == opening
    assert "What is true:" in lab._claim.value
    assert lab._back.layout.visibility == "hidden"
    lab.controls.choices["estimator"].value = "kalman"
    assert lab._back.layout.visibility == "visible"
    lab._back.click()
    assert (lab.controls.fields(), lab.live.values) == opening
    lab._example.value = OWN_BOOK
    assert lab.plan == plan


def test_own_coins_without_a_book_are_refused(lab: HedgeRatioLab) -> None:
    """An address can name them all the same."""
    before = lab.state
    with pytest.raises(InputError, match="holds no book"):
        lab.state = written({"page": "lab", "controls": {"spot": OWN_COINS}})
    assert lab.state == before


def test_another_history_has_to_know_the_book(fresh: HedgeRatioLab) -> None:
    """Prices of none of the coins are refused as a whole; prices of some are taken and the others named."""
    plan = HedgeSimulator().plan
    fresh.plan = plan
    slide(fresh, "ratio", 1.2)
    changed = fresh.plan
    with pytest.raises(InputError, match="no prices of SOL, ADA"):
        fresh._uploaded("other.csv", frame().round(6).to_csv().encode())
    assert fresh.plan == changed
    assert fresh._history.is_simulated
    some = frame().round(6).rename(columns={"AAA": "SOL", "BBB": "ADA"})
    fresh._uploaded("other.csv", some.to_csv().encode())
    assert fresh.plan == changed
    assert "LINK, AVAX, DOGE and BNB have no prices here, so they are left out" in fresh._claim.value


def test_a_basket_that_is_ruined_is_refused_by_its_day() -> None:
    """Twice one coin less one of another loses all on a day of -60 % and 0 %."""
    prices = pd.DataFrame({"A": [1.0, 1.1, 0.44], "B": [1.0, 1.0, 1.0]}, index=pd.date_range("2024-01-01", periods=3))
    level = weighted_prices(prices, {"A": 1.5, "B": -0.5})
    assert level.tolist() == pytest.approx([1.0, 1.15, 1.15 * 0.1])
    with pytest.raises(InputError, match="2024-01-03"):
        weighted_prices(prices, {"A": 2.0, "B": -1.0})


# Faults of the data


def test_faults_are_listed_and_treated_only_when_asked() -> None:
    """A reversing spike and a gap: listed with date and treatment; the figures change when a treatment is chosen."""
    prices = frame()
    prices.iloc[450, prices.columns.get_loc("AAA")] *= 1.6
    prices = prices.drop(prices.index[300:305])
    lab = HedgeRatioLab(prices)
    lab.controls.choices["spot"].value = "AAA"
    listed = lab._quality.value
    assert f"AAA {frame().index[450]:%Y-%m-%d}" in listed
    assert "kept as it is" in listed
    before = lab.live.picture().correlation[0]
    np.testing.assert_array_equal(lab._prices()["AAA"].dropna(), prices["AAA"])
    lab.controls.treatments["spike"].value = "fill"
    assert lab.live.picture().correlation[0] > before + 0.05
    assert "filled in" in lab._quality.value
    lab.controls.treatments["spike"].value = "keep"
    assert lab.live.picture().correlation[0] == pytest.approx(before)


def test_only_treatments_of_faults_found_are_offered() -> None:
    """A clean history offers none; a gap offers its own."""
    shown = {kind for kind, box in HedgeRatioLab(frame()).controls.treatments.items() if box.layout.display != "none"}
    assert "gap" not in shown
    lab = HedgeRatioLab(frame().drop(frame().index[100:110]))
    assert lab.controls.treatments["gap"].layout.display != "none"


def test_a_name_in_the_data_is_escaped() -> None:
    """A file named like a tag becomes text."""
    lab = HedgeRatioLab(frame())
    lab._uploaded("<img src=x onerror=alert(1)>.csv", frame().round(6).to_csv().encode())
    assert "<img" not in lab._badge.value + lab._origin.value + lab._quality.value
    assert "&lt;img" in lab._badge.value


def test_a_refused_upload_changes_nothing(fresh: HedgeRatioLab) -> None:
    """A file with a fault, or with too few common days, leaves prices, choices and figures."""
    before = fresh.live.picture().estimated[0], fresh._badge.value, fresh.controls.choices["spot"].options
    with pytest.raises(InputError):
        fresh._uploaded("broken.csv", b"date,BTC\n2024-01-01,1\n")
    apart = frame(80)
    apart.iloc[:40, 0] = np.nan
    apart.iloc[40:, 1:] = np.nan
    with pytest.raises(InputError, match="days in common"):
        fresh._uploaded("apart.csv", apart.to_csv().encode())
    assert (fresh.live.picture().estimated[0], fresh._badge.value, fresh.controls.choices["spot"].options) == before


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.inf])
def test_what_is_no_price_counts_as_missing(wrong: float) -> None:
    """A zero, negative or infinite close: the lab opens, lists it, and its figures are those without that day."""
    prices = frame()
    prices.iloc[470, prices.columns.get_loc("AAA")] = wrong
    lab = HedgeRatioLab(prices)
    lab.controls.choices["spot"].value = "AAA"
    assert lab.live.said == ""
    assert "counts as missing" in lab._quality.value
    holed = frame()
    holed.iloc[470, holed.columns.get_loc("AAA")] = np.nan
    other = HedgeRatioLab(holed)
    other.controls.choices["spot"].value = "AAA"
    assert lab.live.picture().estimated[0] == other.live.picture().estimated[0]


def test_prices_that_the_page_cannot_use_leave_the_sample_and_a_sentence(tmp_path: Path) -> None:
    """Hourly closes, a file that is none, one that is not there, coins without a day in common: never an empty page."""
    (tmp_path / "page.csv").write_text("<html></html>")
    hourly = frame().set_axis(pd.date_range("2024-01-01", periods=len(frame()), freq="h"))
    apart = frame()
    apart.iloc[: len(apart) // 2, 0] = np.nan
    apart.iloc[len(apart) // 2 :, 1:] = np.nan
    for prices, why in (
        (hourly, "prices must be daily; 2024-01-01 has prices at several times"),
        (tmp_path / "page.csv", "a web page"),
        (tmp_path / "none.csv", "none.csv cannot be read"),
        (apart, "days in common"),
    ):
        lab = HedgeRatioLab(prices)
        assert lab.live.said.startswith("Your prices are not used here: ")
        assert why in lab.live.said
        assert "simulated sample" in lab._badge.value
        assert np.isfinite(lab.live.picture().ratio[0])


def test_a_coin_that_ends_early_says_so() -> None:
    """Its last day stands on the page, the estimate ends there, and it is a fault."""
    prices = frame()
    prices.iloc[-40:, prices.columns.get_loc("AAA")] = np.nan
    lab = HedgeRatioLab(prices)
    lab.controls.choices["spot"].value = "AAA"
    assert f"AAA&#x27;s last price is of {prices.index[-41]:%Y-%m-%d}" in lab._origin.value
    assert "no price after" in lab._quality.value
    last = np.datetime64(int(lab._setting.dates[-1]), "ms").astype("datetime64[D]")
    assert str(last) == f"{prices.index[-41]:%Y-%m-%d}"


def test_prices_that_are_not_a_day_apart_are_said() -> None:
    """Weekly closes give weekly returns, which the page says."""
    lab = HedgeRatioLab(frame().iloc[::7])
    assert lab._setting.study.horizon == 7
    assert "Returns span 7 days, because there are no prices between" in lab._origin.value
    assert "Returns span" not in HedgeRatioLab(frame())._origin.value


@pytest.mark.parametrize("n", [40, 92, 200, 361])
def test_a_short_history_has_a_page(n: int) -> None:
    """From a handful of weeks on, everything that can be said is said, and the rest is missing."""
    lab = HedgeRatioLab(frame(n))
    assert lab.live.said == ""
    assert np.isfinite(lab.live.picture(window=30.0).estimated[0])


# Wrong and hostile values


def test_a_refused_choice_leaves_names_and_figures_together() -> None:
    """A coin with hardly a price is refused; dropdowns, words and quiz stay with the figures shown."""
    prices = frame()
    prices.loc[prices.index[:-5], "BBB"] = np.nan
    lab = HedgeRatioLab(prices)
    lab.controls.choices["spot"].value = "AAA"
    before = lab.live.picture().estimated[0], lab.state
    lab.controls.choices["spot"].value = "BBB"
    assert "days in common" in lab.live.said
    assert lab.controls.choices["spot"].value == "AAA"
    assert lab.live.words["coin"] == ["AAA"]
    assert (lab.live.picture().estimated[0], lab.state) == before


def test_a_complaint_of_the_tables_survives_the_rest(monkeypatch: pytest.MonkeyPatch, fresh: HedgeRatioLab) -> None:
    """What goes wrong in what follows at rest stays on the page after that rest."""

    def fail(*_args: Any) -> str:
        raise InputError("no table today")

    monkeypatch.setattr(tables, "estimators_table", fail)
    at = [2.0, *list(fresh.live.values.values())[1:]]
    fresh.live.send = lambda content, buffers=(): None
    fresh.live._answer(fresh.live, {"kind": "rest", "revision": fresh.live._revision, "at": at}, [])
    assert fresh.live.said == "No table today."


def test_the_question_has_one_right_answer(lab: HedgeRatioLab) -> None:
    """Equal amounts are one answer; without a positive slope there is no question."""
    quiz = lab.quiz
    quiz.ask("A", "B", 0.7, 0.7)
    labels = [label for label, _ in quiz.answers.options]
    assert len(labels) == len(set(labels))
    assert dict(quiz.answers.options)["$70"] == 2
    quiz.ask("A", "B", -0.5, -0.4)
    assert quiz.answers.layout.display == "none"
    quiz.ask("A", "B", 1.4, 0.7)
    assert quiz.answers.layout.display == ""
    quiz.answers.value = 2
    assert "Yes" in quiz._answer.value


@pytest.mark.parametrize("value", [0, -5.0, 1e13, float("nan"), float("inf")])
def test_a_wrong_position_gets_a_sentence(lab: HedgeRatioLab, value: float) -> None:
    """The box takes anything; the page says the rule and keeps its picture."""
    before = lab.live.picture().rounded[0]
    lab.controls.numbers["position_value"].value = value
    assert "position must be worth" in lab.live.said
    assert lab.live.picture().rounded[0] == before


@pytest.mark.parametrize("at", [[99.0, 90, 0, 30], [1.0, -4, 0, 30], [1.0, 90, 1e9, 30], [1.0, 90, 0, 0.0], [1.0]])
def test_hostile_positions_get_a_sentence(lab: HedgeRatioLab, at: list[float]) -> None:
    """A browser that sends a position no slider has is answered in words, with no picture."""
    sent: list[Any] = []
    lab.live.send = lambda content, buffers=(): sent.append(content)
    lab.live._answer(lab.live, {"kind": "ask", "revision": lab.live._revision, "at": at}, [])
    assert lab.live.said.endswith(".")
    assert sent == []


def test_every_table_is_small_and_there_in_time(fresh: HedgeRatioLab) -> None:
    """For each slider and the slowest estimators: at most 250 kB, computed in well under a second."""
    for estimator in ("least_squares", "on_falls", "kalman"):
        fresh.controls.choices["estimator"].value = estimator
        for name, places in fresh.live._positions.items():
            start = time.process_time()
            header, block = codec.table(fresh.live._columns(fresh.live.picture(**{name: places})), len(places))
            assert time.process_time() - start < 1.0
            assert len(block) + len(json.dumps(header)) <= 250_000, name


def test_the_articles_sixty_has_its_answers() -> None:
    """Errata E2: 150, 417, 375 and 500 contracts, and the dollars refused."""
    shown = tables.three_sixties()
    for contracts in ("150 contracts", "417 contracts", "375 contracts", "500 contracts"):
        assert contracts in shown
    assert "refused" in shown
    assert "200,000" in shown


@pytest.mark.skipif(not REAL.exists(), reason="waits for shared/data/prices_daily.csv beside the checkout")
def test_real_prices_give_the_figures_of_their_note() -> None:
    """SOL on BTC to the end of 2024: ratio, correlation and walk are pandas' and the walk's of PROVENANCE.md."""
    lab = HedgeRatioLab(REAL)
    lab.controls.choices["spot"].value, lab.controls.choices["hedge"].value = "SOL", "BTC"
    prices = pd.read_csv(REAL, index_col=0, parse_dates=True).rename(columns=lambda name: name.removesuffix("-USD"))
    returns = prices[["SOL", "BTC"]].dropna().pct_change().dropna()
    last = returns.iloc[-90:]
    picture = lab.live.picture()
    assert picture.estimated[0] == pytest.approx(last["SOL"].cov(last["BTC"]) / last["BTC"].var(), rel=1e-9)
    assert picture.correlation[0] == pytest.approx(last.corr().iloc[0, 1], rel=1e-9)
    hedged = []
    for start in range(90, len(returns), 30):
        before, after = returns.iloc[start - 90 : start], returns.iloc[start : start + 30]
        slope = before["SOL"].cov(before["BTC"]) / before["BTC"].var()
        hedged += list(after["SOL"] - slope * after["BTC"])
    removed = 1 - np.var(hedged) / np.var(returns["SOL"].iloc[90:])
    assert np.asarray(picture.walk_effectiveness).flat[0] == pytest.approx(removed, rel=1e-9)


# How many futures


def best_of(lab: HedgeRatioLab, size: int) -> HedgeSet:
    """Return the set of so many futures that leaves the least."""
    return next(one for one in lab._compared.found if len(one.shorts) == size)


def test_article_001_by_numpy(lab: HedgeRatioLab) -> None:
    """Five coins of equal worth: none to five shorts; on every coin, orders of $2,000, leave what rounding does."""
    returns = lab._history.prices.pct_change().dropna().iloc[90:]
    held = returns[list(FIVE_COINS)].mean(axis=1)
    assert {len(one.shorts) for one in lab._compared.found} == set(range(6))
    whole = best_of(lab, 5)
    assert set(whole.names) == set(FIVE_COINS)
    hedged = held + sum(short.notional / 10_000.0 * returns[short.name] for short in whole.shorts)
    assert whole.rounded_left == pytest.approx(float(hedged.var() / held.var()), rel=1e-3)


def test_the_best_single_short_by_a_walk_of_its_own(lab: HedgeRatioLab) -> None:
    """Every listed coin alone, renewed every 30 days from the 90 before: the first row's leaves the least of all."""
    returns = lab._history.prices.pct_change().dropna()
    held, left = returns[list(FIVE_COINS)].mean(axis=1), {}
    for name in returns.columns:
        hedged = []
        for start in range(90, len(returns), 30):
            before, days = slice(start - 90, start), slice(start, start + 30)
            slope = held.iloc[before].cov(returns[name].iloc[before]) / returns[name].iloc[before].var()
            hedged += list(held.iloc[days] - slope * returns[name].iloc[days])
        left[name] = np.var(hedged) / np.var(held.iloc[90:])
    best = best_of(lab, 1)
    assert best.names == (min(left, key=lambda name: left[name]),)
    assert best.tested_left == pytest.approx(left[best.names[0]], rel=1e-9)
    assert f"One {best.names[0]} short leaves {formatted(best.tested_left, 'percent')}" in sets_words(lab._compared)


def test_a_short_on_every_coin_leaves_its_rounding(lab: HedgeRatioLab) -> None:
    """Each ratio is the coin's weight; the order is that of the contract for it, its fees and margin by hand."""
    whole = best_of(lab, 5)
    last = lab._history.prices.iloc[-1]
    for short in whole.shorts:
        spec, price = lab.costs.specs[short.name], float(last[short.name])
        assert short.ratio == pytest.approx(0.2, abs=2e-3)
        assert short.n_contracts == -float(order(short.ratio * 10_000.0, price, spec).n_contracts)
        assert short.notional == pytest.approx(short.n_contracts * spec.contract_multiplier * price)
        assert abs(-short.notional - 2_000.0) <= 20.0 + spec.lot_size * spec.contract_multiplier * price / 2
    assert whole.tested_left == pytest.approx(0.0, abs=1e-4)
    specs = lab.costs.specs
    fees = sum(2 * -s.notional * (specs[s.name].taker_fee_rate + specs[s.name].half_spread) for s in whole.shorts)
    assert whole.cost == pytest.approx(fees)
    assert whole.margin == pytest.approx(sum(-short.notional for short in whole.shorts) / 3.0)


def test_a_small_book_has_orders_that_are_too_small(lab: HedgeRatioLab) -> None:
    """$150 in five coins: the shorts that no venue takes are named, and count as none in what is left."""
    lab.controls.numbers["position_value"].value = 150.0
    whole = best_of(lab, 5)
    small = [short for short in whole.shorts if short.is_too_small]
    assert small
    assert all(short.notional == 0.0 for short in small)
    assert f"{', '.join(short.name for short in small)} too small to trade" in row_of(lab, *FIVE_COINS)[0]
    assert whole.rounded_left > 0.01
    words = sets_words(lab._compared)
    assert f"{formatted(whole.rounded_left, 'percent')} of the variance is left" in words
    assert all(short.name in words for short in small)
    assert f"leave {formatted(whole.rounded_left, 'percent')} of the variance" in lab._claim.value
    lab.controls.numbers["position_value"].value = 2.0  # not even one future is large enough
    assert {one.rounded_left for one in lab._compared.found} == {1.0}


def test_own_coins_with_cash_and_leverage(lab: HedgeRatioLab) -> None:
    """The book's weights, prices, leverage and cash: margin that is more than the cash is said, and no other."""
    coins = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
    short = Hedge(contract=contract("Binance USD-M BTCUSDT"), leverage=5.0)
    lab.plan = Plan(book=Book(holdings=coins, hedge=short, cash=600.0))
    assert lab.live.said == ""
    assert lab._setting.coin == "your coins"
    whole = best_of(lab, 4)
    assert set(whole.names) == {"SOL", "ADA", "LINK", "BTC"}
    assert whole.margin == pytest.approx(sum(abs(short.notional) for short in whole.shorts) / 5.0)
    link = next(short for short in whole.shorts if short.name == "LINK")
    assert link.notional == pytest.approx(-800.0, abs=15.0)
    assert -link.notional == pytest.approx(-link.n_contracts * 20.0)
    assert "Margin at 5×" in lab._hedges.value
    for one in lab._compared.found:
        shown = row_of(lab, *one.names)[6] if one.names else ""
        assert ("more than your $600" in shown) == (one.margin > 600.0)
    lab.plan = Plan(book=Book(holdings=coins, hedge=short))
    assert "more than your" not in lab._hedges.value


def test_a_young_coin_does_not_shorten_the_test_of_the_others() -> None:
    """A future with half a year of prices is left out by name, and the figures of the others are those without it."""
    prices = frame(900)
    young = prices.copy()
    young["DOGE"] = young["AAA"].where(np.arange(900) > 720)
    lab, other = HedgeRatioLab(prices), HedgeRatioLab(young)
    for one in (lab, other):
        one.controls.choices["spot"].value = "BBB"
    assert "less than two years of prices in common: DOGE." in other._hedges.value
    same = {one.names: one.tested_left for one in other._compared.found}
    assert {
        one.names: one.tested_left for one in lab._compared.found if SECTOR not in one.names
    }.items() <= same.items()


def test_a_listed_index_is_a_future_like_any_other(fresh: HedgeRatioLab) -> None:
    """A contract on an index that has prices may be the best hedge, with its order and cost."""
    prices = fresh._history.prices.copy()
    moves = prices[["ADA", "LINK", "AVAX", "DOGE"]].pct_change().fillna(0.0).mean(axis=1)
    prices["ALTS"] = 1_000.0 * (1.0 + moves).cumprod()
    other = HedgeRatioLab(prices.round(6))
    listed = replace(other.costs.specs["ETH"], underlying="ALTS", symbol="ALTSUSDT")
    other._costs_edited({**other.costs.specs, "ALTS": listed})
    other.plan = book_of({"ADA": (100, 1), "LINK": (5, 20), "AVAX": (4, 25), "DOGE": (1_000, 0.1)})
    best = best_of(other, 1)
    assert best.names == ("ALTS",)
    assert best.shorts[0].ratio == pytest.approx(1.0, abs=0.02)
    lots = 400.0 * best.shorts[0].ratio / float(prices["ALTS"].iloc[-1]) / listed.lot_size
    assert -best.shorts[0].n_contracts == pytest.approx(listed.lot_size * lots, abs=0.501 * listed.lot_size)
    assert "ALTS" in row_of(other, "ALTS")[0]


def test_what_stands_still_has_nothing_to_hedge() -> None:
    """A coin at one price: no future removes anything, and nothing breaks."""
    prices = frame()
    prices["BBB"] = 1.0
    lab = HedgeRatioLab(prices)
    lab.controls.choices["spot"].value = "BBB"
    assert lab.live.said == ""
    assert all(not one.shorts or np.isnan(one.tested_left) for one in lab._compared.found)
    assert sets_words(lab._compared) == "No future removes anything here."


def test_a_window_of_few_returns_has_few_futures(lab: HedgeRatioLab) -> None:
    """Six returns of a week each do not give five ratios at once."""
    lab.controls.choices["horizon"].value = 7
    slide(lab, "window", 30)
    assert lab.live.said == ""
    assert max(len(one.shorts) for one in lab._compared.found) == 4


def test_what_is_said_of_five_coins_is_computed(lab: HedgeRatioLab) -> None:
    """The card's figures are those of the table at that moment, and still of the five when another coin is held."""

    def left() -> float:
        return next(one for one in lab._compared.found if one.names == ("BTC",)).tested_left

    assert f"one BTC short left {formatted(left(), 'percent')} of the variance" in lab._claim.value
    assert f"{formatted(left() ** 0.5, 'percent')} and" in lab._claim.value
    before = lab._claim.value
    slide(lab, "window", 180)
    assert formatted(left(), "percent") in lab._claim.value
    assert lab._claim.value != before
    slide(lab, "window", 90)
    lab.controls.choices["spot"].value = "DOGE"
    assert lab._claim.value == before


def test_a_history_without_the_five_opens_on_a_coin() -> None:
    """Some of the five are missing: no basket of five is offered, and the card names them and claims nothing."""
    lab = HedgeRatioLab(frame().rename(columns={"AAA": "SOL"}))
    assert lab.controls.choices["spot"].value == "SOL"
    assert FIVE not in [meant for _, meant in lab.controls.choices["spot"].options]
    assert "ADA and BNB have no prices in this history" in lab._claim.value
    assert "%" not in lab._claim.value


def test_the_table_comes_in_time(fresh: HedgeRatioLab) -> None:
    """All sets, of eleven candidates on eight years, within the time of a rest."""
    start = time.process_time()
    fresh._hedge_sets(FIVE, fresh._prices(), 90.0)
    assert time.process_time() - start < 0.25


def test_five_coins_make_a_book(lab: HedgeRatioLab) -> None:
    """What was changed in the opening example travels as a book of the five in equal dollars."""
    slide(lab, "ratio", 0.5)
    assert lab.plan is not None
    assert lab.plan.book.holdings.symbols == FIVE_COINS
    assert [h.value for h in lab.plan.book.holdings.holdings] == pytest.approx([2_000.0] * 5)


def test_dollars_are_in_no_basket_and_no_hedge() -> None:
    """F8: beside USDT, USDC, EURC and a column that hardly moves the altcoins have the ratio of SOL and ADA alone."""
    prices = frame()
    names = ["BTC", "SOL", "ADA"]
    prices = prices[prices.columns[:3]].set_axis(names, axis=1)
    mixed = prices.copy()
    draw = np.random.default_rng(2)
    for name in ("USDT", "USDC", "NEWUSD"):
        mixed[name] = 1.0 + 0.0004 * draw.standard_normal(len(mixed))
    mixed["EURC"] = 1.15 * np.exp(np.cumsum(0.004 * draw.standard_normal(len(mixed))))  # 8 % a year
    mixed["WBTC"] = mixed["BTC"] * 1.0001
    ratios = []
    for table in (prices, mixed):
        lab = HedgeRatioLab(table)
        lab.controls.choices["spot"].value = BASKET
        assert lab.live.said == ""
        ratios.append(float(lab.outcome.estimated[0]))
    assert ratios[1] == pytest.approx(ratios[0])
    assert [name for name, _ in lab.controls.choices["hedge"].options] == [*names, "WBTC"]
    assert not {"USDT", "USDC", "NEWUSD", "EURC"} & {short.name for one in lab._compared.found for short in one.shorts}
    assert "not of stablecoins only" in HedgeRatioLab(mixed[["USDT", "USDC"]]).live.said


def test_a_wrapped_coin_of_a_book_has_the_prices_of_what_it_follows() -> None:
    """WBTC beside SOL: the basket of BTC and SOL."""
    lab, found = HedgeRatioLab(), []
    for name in ("WBTC", "BTC"):
        coins = Portfolio.of({name: (0.1, 90_000), "SOL": (20, 130)})
        lab.plan = Plan(book=Book(holdings=coins, hedge=Hedge(contract=contract("Binance USD-M BTCUSDT"))))
        found.append(float(lab.outcome.estimated[0]))
    assert found[0] == pytest.approx(found[1])


def test_simulated_days_never_carry_real_dates() -> None:
    """The sample's days are counted: in the sentence, on the axes, in hover labels and in the list of faults."""
    lab = HedgeRatioLab()
    picture = lab.live.picture()
    told = story(picture)
    assert int(np.ravel(told["calendar"])[0]) == 1
    assert int(np.ravel(told["day"])[0]) == len(lab._setting.dates)
    for slot in ("month", "year"):
        assert STORY_SLOTS[slot][int(np.ravel(told[slot])[0])] == ""
    layout = charts.rolling_layout(picture)
    assert all(re.fullmatch(r"day [\d,]+", text) for text in layout["xaxis"]["ticktext"])
    traces = [*charts.rolling_traces(picture), *charts.equity_traces(picture)]
    assert not any("%b" in str(trace.get("hovertemplate")) for trace in traces)
    table = tables.faults_table(lab._faults, lab._treatments, lab._history.prices.index[0].date())
    assert "simulated day" in table
    assert not re.search(r"20\d\d-\d\d-\d\d", table)


def test_a_hedge_that_stands_still_is_named() -> None:
    """F17: complete prices of a hedge that does not move are not too few returns."""
    prices = frame()
    prices["BTC"] = 60_000.0
    lab = HedgeRatioLab(prices)
    lab.controls.choices["spot"].value, lab.controls.choices["hedge"].value = "AAA", "BTC"
    case = int(np.ravel(story(lab.live.picture())["case"])[0])
    assert "does not move" in STORY[0].lines[0].templates[case]
