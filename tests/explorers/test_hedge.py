"""The simulator without a browser: examples, sliders, undo, typed errors, real prices, tables in size and time."""

import csv
import html
import io
import json
import math
import re
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from hedge_widgets.market.facts import contract, contracts, latest_moments, received_funding
from hedge_widgets.market.shipped import shipped_figures, shipped_prices
from hedge_widgets.model.hedge import SIZED, HedgeInputs, hedge_outcome
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.hedge import words
from hedge_widgets.pages.hedge.examples import claim_of, example_inputs, examples
from hedge_widgets.pages.hedge.page import HedgeSimulator
from hedge_widgets.style import filled, formatted
from tests.explorers.opened import fixtures_of

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"
EXAMPLES = list(enumerate(examples()))
TABLE_BYTES = 250_000


@pytest.fixture(autouse=True)
def _no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)


@pytest.fixture
def page() -> HedgeSimulator:
    """Give a page."""
    return HedgeSimulator()


opened, shared = fixtures_of(HedgeSimulator)


def messages(page: HedgeSimulator) -> list[tuple[dict[str, Any], list[bytes]]]:
    """Return the list that the page's messages go to from now on."""
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    page.live.send = lambda content, buffers=(): sent.append((content, list(buffers)))
    return sent


def state(inputs: HedgeInputs) -> dict[str, Any]:
    """Return inputs as plain values, rounded as far as a slider's unit may shift them."""
    holdings = [(h.symbol, h.quantity, h.price) for h in inputs.portfolio.holdings]
    fields = {
        name: getattr(inputs, name) for name in inputs.__dataclass_fields__ if name not in ("portfolio", "contract")
    }
    fields |= {name: inputs.sized(comes) for name, comes in SIZED.items()}
    rounded = {name: float(f"{v:.8g}") if isinstance(v, float | int) else v for name, v in fields.items()}
    return {**rounded, "holdings": holdings, "contract": inputs.contract.label}


def csv_of(n: int = 400, symbols: tuple[str, ...] = ("BTC", "SOL", "ADA"), seed: int = 7) -> bytes:
    """Return a price file whose volatility grows with time, so that the window matters."""
    draw = np.random.default_rng(seed)
    sizes = np.linspace(0.005, 0.06, n)[:, None]
    market = draw.standard_normal((n, 1))
    returns = sizes * (0.8 * market + 0.6 * draw.standard_normal((n, len(symbols))))
    prices = 100 * np.exp(np.cumsum(returns, axis=0))
    days = np.datetime64("2023-01-01") + np.arange(n)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(
        [["date", *symbols], *([str(day), *map(repr, map(float, row))] for day, row in zip(days, prices, strict=True))]
    )
    return text.getvalue().encode()


# Worked examples


@pytest.mark.parametrize(("k", "example"), EXAMPLES, ids=[p["title"] for _, p in EXAMPLES])
def test_a_worked_example_shows_its_figures(shared: HedgeSimulator, k: int, example: dict[str, Any]) -> None:
    """The hand-checked figures hold for the example's inputs and for what the page's sliders make of them."""
    shared._example.value = k
    assert shared.live.said == ""
    assert example["expect"], "an example without a figure proves nothing"
    for inputs in (example_inputs(example), shared.inputs):
        outcome = hedge_outcome(inputs)
        for name, expected in example["expect"].items():
            got = getattr(outcome, name)
            assert got == (expected if expected is None else pytest.approx(expected, rel=2e-4, abs=1e-6)), name
    assert state(shared.inputs) == state(example_inputs(example))


@pytest.mark.parametrize("example", examples(), ids=lambda example: example["title"])
def test_a_worked_example_says_what_is_true(shared: HedgeSimulator, example: dict[str, Any]) -> None:
    """Each example has a title, what is true in words, and, but for the first, where it comes from."""
    assert example["title"]
    assert example["true"].endswith((".", "!"))
    assert example["article"] or example is examples()[0]
    titles = [label for label, _ in shared._example.options]
    assert titles.count(example["title"]) == 1


@pytest.mark.parametrize("example", EXAMPLES, ids=[e["title"] for _, e in EXAMPLES])
def test_where_the_figures_are_from_is_true(shared: HedgeSimulator, example: tuple[int, dict[str, Any]]) -> None:
    """An example with figures of its own says so; the shipped ones are named only where they are what is shown."""
    place, content = example
    shared._example.value = place
    own = {"correlation", "spot_volatility", "hedge_volatility", "beta"} & set(content["inputs"])
    assert ("(Binance and Yahoo closes)" in shared._origin.value) != bool(own)
    assert ("are those of the example." in shared._origin.value) == bool(own)
    slider = shared.controls.sliders["correlation"]
    slider.value = 0.11
    at = list(shared.live.values.values())
    shared.live._handle_custom_msg({"kind": "rest", "revision": shared.live._revision, "at": at}, [])
    assert "are the ones you set." in shared._origin.value
    shared.undo()
    assert ("are those of the example." in shared._origin.value) == bool(own)


# Sliders own the state


def test_inputs_follow_the_sliders(page: HedgeSimulator) -> None:
    """Each slider moves its own field of the read-only trait, in the model's unit."""
    for name, spec in page.controls.specs.items():
        slider = page.controls.sliders[name]
        place = spec.positions[len(spec.positions) // 3]
        slider.value = place
        assert getattr(page.inputs, name) == pytest.approx(place * spec.factor), name
    with pytest.raises(Exception, match="read-only"):
        page.inputs = page.inputs


def test_inputs_follow_boxes_and_choices(page: HedgeSimulator) -> None:
    """Choices and boxes change their field; one that is refused keeps the last good inputs and says why."""
    page.controls.choices["basis"].value = "beta"
    page.controls.numbers["half_spread"].value = 25.0
    assert (page.inputs.basis, page.inputs.half_spread) == ("beta", 0.0025)
    before = page.inputs
    page.controls.numbers["hedge_price"].value = -1.0
    assert state(page.inputs) == state(before)
    assert page.live.said == "Entry price must be $1e-12 to $1,000,000,000, not -$1."
    page.controls.numbers["hedge_price"].value = 50_000.0
    assert page.live.said == ""
    assert page.inputs.hedge_price == 50_000.0


CONTRACTS = list(contracts())


def chosen(page: HedgeSimulator, label: str) -> HedgeInputs:
    """Choose a contract; return the inputs then."""
    page.controls.choices["contract"].value = label
    assert page.live.said == ""
    assert page.inputs.contract.label == label
    return page.inputs


@pytest.mark.parametrize("place", [0, 1, 19], ids=lambda place: examples()[place]["title"])
def test_everything_of_a_contract_follows_the_contract(place: int) -> None:
    """Every contract after the example's own: price, figures, spread, volume and funding are those of its coin."""
    page = HedgeSimulator()
    page._example.value = place
    before = page.inputs
    held = {h.symbol: h.price for h in before.portfolio.holdings}
    own = {before.contract.underlying: before.hedge_price}
    for label in CONTRACTS:
        if label == before.contract.label:
            continue
        found = chosen(page, label)
        spec = contract(label)
        coin = spec.underlying
        assert found.contract == spec
        assert found.hedge_price == held.get(coin, own.get(coin, shipped_prices().get(coin)))
        assert (found.half_spread, found.daily_volume) == pytest.approx((spec.half_spread, spec.daily_volume))
        figures = shipped_figures(before.portfolio, coin)
        for name in ("hedge_volatility", "spot_volatility"):  # a slider holds 5 to 300 %
            assert getattr(found, name) == pytest.approx(min(max(getattr(figures, name), 0.05), 3.0)), label
        assert found.correlation == pytest.approx(figures.correlation)
        assert (found.coverage, found.leverage, found.move) == (before.coverage, before.leverage, before.move)
    assert state(chosen(page, before.contract.label)) == state(before)


@given(walk=st.lists(st.sampled_from(CONTRACTS), max_size=4), last=st.sampled_from(CONTRACTS))
@settings(max_examples=25)
def test_the_page_depends_on_the_contract_and_not_on_the_way_to_it(
    walked: HedgeSimulator, walk: Any, last: str
) -> None:
    """Whatever was chosen before, a contract shows what it shows when chosen at once."""
    straight = state(chosen(reset(walked), last))
    reset(walked)
    for label in walk:
        chosen(walked, label)
    assert state(chosen(walked, last)) == straight


def test_a_wrapped_coin_is_named_as_what_it_follows(page: HedgeSimulator) -> None:
    """On the page and beside the book on the others; a price that is not typed is that of the coin."""
    page._example.value = OWN_BOOK
    page._table.rows = [["WBTC", "1", ""], ["WSTETH", "2", "3700"]]
    words = "WBTC counts as BTC, with the same volatility and beta. WSTETH counts as ETH"
    assert words in page._origin.value
    assert words in page._claim.value
    assert page.inputs.portfolio.holdings[0].price == 90_000


TABLES = (
    [["BTC", "1", "90000"], ["USDT", "5000", "1"]],
    [["FOO", "3", "700"]],
    [["FOO", "3", "700"], ["BAR", "9", "41"], ["WBTC", "0.1", "88000"]],
    [["SOL", "12", "195"], ["USDC", "100", "1"]],
    [["WIF", "900", "2"], ["STETH", "0.5", "3100"]],
)


@given(walk=st.lists(st.sampled_from(TABLES), max_size=3), last=st.sampled_from(TABLES))
@settings(max_examples=15)
def test_the_hedge_depends_on_the_table_and_not_on_the_way_to_it(walked: HedgeSimulator, walk: Any, last: Any) -> None:
    """Unknown, wrapped and stable coins too, all at once or row by row: nothing stays of the coins before."""

    def typed(rows: Any) -> dict[str, Any]:
        walked._table.rows = [list(row) for row in rows]
        assert walked._table.complaint == ""
        return state(walked.inputs)

    reset(walked)
    straight = typed(last)
    reset(walked)
    for rows in walk:
        typed(rows)
    for k in range(len(last)):
        typed(last[: k + 1])
    assert typed(last) == straight
    if last is TABLES[0]:
        assert hedge_outcome(walked.inputs).notional == pytest.approx(67_500)


@pytest.fixture(scope="module")
def walked() -> HedgeSimulator:
    return HedgeSimulator()


def reset(page: HedgeSimulator) -> HedgeSimulator:
    """Bring a page back to its first example."""
    page.load(example_inputs(examples()[0]))
    return page


def test_the_same_rate_is_the_same_money_whatever_the_interval(page: HedgeSimulator) -> None:
    """0.03 % per day is 0.90 % of the notional in 30 days, paid every hour, every 4 or every 8 hours.

    A contract opens on what its shorts received lately, thirty times a day's rate; neutral where that is not known.
    """
    for label in CONTRACTS:
        inputs = chosen(page, label)
        received = received_funding().get(label)
        neutral = 0.0 if inputs.contract.is_dated else 3e-4
        assert inputs.funding_rate == pytest.approx(neutral if received is None else 3 * (received.rate or 0.0)), label
        for at, paid in ((inputs, 30 * inputs.funding_rate), (replace(inputs, funding_rate=3e-4), 0.009)):
            outcome = hedge_outcome(at)
            if outcome.notional and not outcome.is_liquidated:
                assert outcome.funding_pnl / outcome.notional == pytest.approx(paid), label


def test_what_was_typed_comes_back_with_its_contract(page: HedgeSimulator) -> None:
    """A price, a spread and a correlation set for one contract stay behind when another is chosen, and return."""
    first = page.inputs.contract.label
    page.controls.numbers["hedge_price"].value = 95_000.0
    page.controls.numbers["half_spread"].value = 3.0
    page.controls.sliders["correlation"].value = 0.5
    at = list(page.live.values.values())
    page.live._handle_custom_msg({"kind": "rest", "revision": page.live._revision, "at": at}, [])
    mine = state(page.inputs)
    other = chosen(page, "Binance USD-M ETHUSDT")
    assert (other.hedge_price, other.half_spread) == (3000.0, 0.0001)
    assert other.correlation == pytest.approx(shipped_figures(other.portfolio, "ETH").correlation)
    assert chosen(page, "Bybit BTCUSD").hedge_price == 90_000.0
    assert state(chosen(page, first)) == mine
    page.undo()
    page.undo()
    assert page.inputs.contract.label == "Binance USD-M ETHUSDT"
    assert state(page.inputs) == state(other)


def test_a_coin_that_is_held_has_one_price(page: HedgeSimulator) -> None:
    """A contract on a coin in the table is entered at the price in the table, and follows it."""
    page._table.rows = [["SOL", "10", "150"], ["ADA", "100", "0.5"]]
    assert chosen(page, "Binance USD-M SOLUSDT").hedge_price == 150.0
    page._table.rows = [["SOL", "10", "155"], ["ADA", "100", "0.5"]]
    assert page.inputs.hedge_price == 155.0
    page.controls.numbers["hedge_price"].value = 160.0
    page._table.rows = [["SOL", "10", "170"], ["ADA", "100", "0.5"]]
    assert page.inputs.hedge_price == 160.0


def test_a_known_coin_brings_its_price(page: HedgeSimulator) -> None:
    """A coin renamed keeps nothing of the other's price; one added without a price gets it; unknown ones are asked."""
    rows = [list(row) for row in page._table.rows]
    rows[3][0] = "btc"
    page._table.rows = rows
    assert page._table.rows[3] == ["BTC", "30", "90000"]
    page._table.rows = [*page._table.rows, ["ETH", "2", ""], ["USDC", "500", ""]]
    assert page._table.rows[-2:] == [["ETH", "2", "3000"], ["USDC", "500", "1"]]
    before = state(page.inputs)
    page._table.rows = [*page._table.rows, ["NEWCOIN", "5", ""]]
    assert (
        "Row 9, price of NEWCOIN: expected a number above 0, as no price of NEWCOIN is known" in page._table.complaint
    )
    assert page._table.wrong == [8, 2]
    assert page._table.rows[-1] == ["NEWCOIN", "5", ""]
    assert state(page.inputs) == before


# What is sized and what comes


def test_a_correlation_that_breaks_leaves_the_hedge_as_it_was_sized(page: HedgeSimulator) -> None:
    """To a correlation of 0.30 the contracts stay; sized again they are fewer and the loss is larger."""
    before = hedge_outcome(page.inputs)
    words = page.live._parts[0].columns
    assert np.ravel(words(page.live.picture())["sizing"])[0] == 0
    page.controls.sliders["correlation"].value = 0.30
    held = hedge_outcome(page.inputs)
    assert held.n_contracts == before.n_contracts == pytest.approx(0.116)  # 8,000 x 0.75 x 1.74 / 90,000
    assert np.ravel(words(page.live.picture())["sizing"])[0] == 1
    page.controls.sliders["spot_volatility"].value = 100.0
    assert hedge_outcome(page.inputs).n_contracts == before.n_contracts
    assert np.ravel(words(page.live.picture())["sizing"])[0] == 3
    page.controls.sliders["spot_volatility"].value = 100 * page.inputs.sized("spot_volatility")
    at = list(page.live.values.values())
    page.live._handle_custom_msg({"kind": "rest", "revision": page.live._revision, "at": at}, [])
    page.controls.choices["sizing"].value = "sized again"
    again = hedge_outcome(page.inputs)
    assert again.n_contracts == pytest.approx(0.039)  # 0.116 x 0.30 / 0.888
    assert again.net_pnl < held.net_pnl
    page.undo()
    assert hedge_outcome(page.inputs).net_pnl == pytest.approx(held.net_pnl)


def test_what_is_believed_of_other_coins_sizes_the_hedge(page: HedgeSimulator) -> None:
    """Figures that come with coins, a contract, an example or a history are believed, and the hedge is theirs."""
    page.controls.sliders["correlation"].value = 0.30
    page._table.rows = [["SOL", "10", "190"]]
    sized = shipped_figures(page.inputs.portfolio, "BTC")
    assert page.inputs.sized("correlation") == page.inputs.correlation == pytest.approx(sized.correlation)
    page.controls.sliders["correlation"].value = 0.10
    chosen(page, "Binance USD-M ETHUSDT")
    assert page.inputs.sized("correlation") == page.inputs.correlation
    page.controls.sliders["correlation"].value = 0.10
    page._example.value = 3
    assert page.inputs.sized("correlation") == page.inputs.correlation == 1.0


# Coins with and without figures


def test_a_stablecoin_is_cash(page: HedgeSimulator) -> None:
    """BTC 1 at 90,000 and USDT 5,000: 75 % of the BTC is hedged, whatever stood there and in whatever order it came."""
    wanted = [["BTC", "1", "90000"], ["USDT", "5000", "1"]]
    orders = [[wanted], [[wanted[0]], wanted], [[wanted[1], wanted[0]], wanted], [[["PEPE", "9", "1"]], wanted]]
    for way in orders:
        reset(page)
        for rows in way:
            page._table.rows = rows
        assert page._table.complaint == ""
        assert hedge_outcome(page.inputs).notional == pytest.approx(67_500, rel=2e-3)
        assert page.inputs.correlation == pytest.approx(1.0)
    page._table.rows = [["USDT", "5000", "1"]]
    assert hedge_outcome(page.inputs).notional == 0.0


def test_a_euro_coin_is_named_in_the_headline_and_not_hedged(page: HedgeSimulator) -> None:
    """BTC 1 at 90,000 and EURC 5,000 at 1.16: worth 95,800, 75 % of the BTC hedged, and no altcoin's figures."""
    page._table.rows = [["BTC", "1", "90000"], ["EURC", "5000", "1.16"]]
    assert float(page.inputs.portfolio.value) == pytest.approx(95_800)
    assert hedge_outcome(page.inputs).notional == pytest.approx(67_500, rel=2e-3)
    said = "EURC follows EUR, a currency other than the dollar: its value is counted, but it is not hedged"
    assert page.live.words["assumed"][0].startswith(said)
    assert page.live.words["coins_assumed"] == [""]
    page._table.rows = [["EURC", "1", "1.16"], ["AEUR", "1", "1.17"], ["XSGD", "1", "0.7"], ["BTC", "1", "90000"]]
    words = page.live.words["assumed"][0]
    assert "EURC and AEUR follow EUR, a currency other than the dollar: their value" in words
    assert "XSGD follows SGD, a currency" in words


def test_a_figure_that_no_slider_can_show_is_said(page: HedgeSimulator) -> None:
    """Prices that move 400 % a year stand at 300 %, said with the value; dollars alone are not 5 %; 90 % is silent."""
    import pandas as pd

    moves = np.random.default_rng(3).standard_normal((120, 2)) @ [[1.0, 0.6], [0.0, 0.8]]
    for level, is_shown in ((4.0, False), (0.9, True)):
        closes = 100.0 * np.exp(np.cumsum(level / math.sqrt(365) * moves, axis=0))
        own = HedgeSimulator(pd.DataFrame(closes, pd.date_range("2026-01-01", periods=120), ["BTC", "SOL"]))
        own._table.rows = [["SOL", "5", "100"]]
        logs = np.diff(np.log(closes[-91:]), axis=0)
        for name, column in (("Volatility of your coins", 1), ("Volatility of the hedge", 0)):
            estimate = 100.0 * float(np.std(logs[:, column], ddof=1)) * math.sqrt(365)
            words = f"The slider “{name}” cannot show {estimate:,.4g} % per year: it stands at its end, 300 % per year"
            assert (words in html.unescape(own._origin.value)) is not is_shown
    page._table.rows = [["USDT", "5000", "1"]]
    assert "cannot show 0 % per year: it stands at its end, 5 % per year" in html.unescape(page._origin.value)


def test_unknown_coins_are_named_and_the_same_every_time(page: HedgeSimulator) -> None:
    """Nothing of the coins before stays with a coin that has no figures: a typical altcoin's are assumed, and said."""
    found = []
    for place in (0, 1, 22):
        page._example.value = place
        page.controls.choices["contract"].value = "Binance USD-M BTCUSDT"
        page._table.rows = [["NEWCOIN", "5", "2"]]
        found.append({name: getattr(page.inputs, name) for name in ("spot_volatility", "correlation", "beta")})
        words = " ".join(" ".join(choices) for choices in page.live.words.values())
        assert "We have no prices for NEWCOIN: it counts like a typical altcoin (volatility 93" in words
        assert "unless you set the volatility and correlation of your coins yourself" in words
        assert "NEWCOIN assumed" in words
    assert found[0] == found[1] == found[2]
    altcoins = latest_moments()
    assert found[0]["spot_volatility"] == pytest.approx(float(np.median(altcoins.volatilities[1:])))
    assert found[0]["correlation"] == pytest.approx(float(np.median(altcoins.correlations[0, 1:])))


def test_load_shows_inputs_and_notifies_once(page: HedgeSimulator) -> None:
    """Loading moves every control, and an observer of `inputs` hears of it once."""
    heard: list[Any] = []
    page.observe(heard.append, "inputs")
    sent = messages(page)
    inputs = example_inputs(examples()[8])
    page.load(inputs)
    assert state(page.inputs) == state(inputs)
    assert len(heard) == 1
    assert [content["kind"] for content, _ in sent] == ["exact"]


def test_undo_goes_back_step_by_step(page: HedgeSimulator) -> None:
    """After an example, a choice and an edit of the holdings, three steps back lead to the start."""
    seen = [state(page.inputs)]
    page._example.value = 1
    seen.append(state(page.inputs))
    page.controls.choices["rounding"].value = "floor"
    seen.append(state(page.inputs))
    page._table.rows = [["BTC", "2", "30000"]]
    for expected in reversed(seen):
        assert not page._past.button.disabled
        page.undo()
        assert state(page.inputs) == expected
    assert page._past.button.disabled


def test_undo_takes_back_a_slider_that_rested(page: HedgeSimulator) -> None:
    """A drag is one step: the state before the hand took the slider."""
    before = state(page.inputs)
    for place in (60.0, 50.0, 40.0):
        page.controls.sliders["coverage"].value = place
    at = list(page.live.values.values())
    page.live._handle_custom_msg({"kind": "rest", "revision": page.live._revision, "at": at}, [])
    assert page.inputs.coverage == 0.4
    page.undo()
    assert state(page.inputs) == before


def test_a_rest_without_a_change_is_no_step_to_undo(page: HedgeSimulator) -> None:
    """A slider that comes to rest where it was leaves nothing to take back."""
    at = list(page.live.values.values())
    page.live._handle_custom_msg({"kind": "rest", "revision": page.live._revision, "at": at}, [])
    assert page._past.button.disabled


def test_the_example_named_is_the_one_shown(page: HedgeSimulator) -> None:
    """After undo the box does not go on telling the truth about another example."""
    first = page._claim.value
    page._example.value = 1
    second = page._claim.value
    assert first != second
    page.undo()
    assert page._claim.value == first


# What is typed


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([["BTC", "abc", "30000"]], "Row 1, quantity of BTC: expected a number"),
        ([["BTC", "1", "0"]], "Row 1, price of BTC: expected a number above 0"),
        ([["BTC", "1", "1"], ["<b>", "1", "1"]], "Row 2: symbol must be"),
        ([["BTC", "1", "100"], ["ETH", "-1", "100"]], "long and short legs cancel"),
        ([], "The table must hold 1 to 50 rows"),
    ],
)
def test_a_typed_error_keeps_the_state(page: HedgeSimulator, rows: list[Any], sentence: str) -> None:
    """The sentence stands under the table; inputs, picture and the way back stay."""
    before = page.inputs
    page._table.rows = rows
    assert sentence in page._table.complaint
    assert state(page.inputs) == state(before)
    assert page._past.button.disabled
    page._table.rows = [["BTC", "1", "30000"]]
    assert page._table.complaint == ""
    assert page.inputs.portfolio.value == 30_000.0


def test_known_coins_move_the_market_sliders(page: HedgeSimulator) -> None:
    """One BTC hedged with BTC has correlation 1, beta 1 and one volatility."""
    page._table.rows = [["BTC", "1", "90000"]]
    inputs = page.inputs
    assert inputs.correlation == pytest.approx(1.0)
    assert inputs.beta == pytest.approx(1.0)
    assert inputs.spot_volatility == pytest.approx(inputs.hedge_volatility)


def test_html_of_a_user_is_escaped(page: HedgeSimulator) -> None:
    """A file named like a tag becomes text, wherever it is shown."""
    page._uploaded(
        "<img src=x onerror=alert(1)>.csv", csv_of(symbols=("SOL", "ADA", "LINK", "AVAX", "DOGE", "BNB", "BTC"))
    )
    shown = page._badge.value + page._claim.value + page._origin.value
    assert "<img" not in shown
    assert "&lt;img" in page._badge.value


# Hostile browsers


@pytest.mark.parametrize(
    "traits",
    [
        {"max": 1e308, "value": 1e308},
        {"min": -1e308, "value": -1e308},
        {"step": 0.0},
    ],
    ids=str,
)
def test_hostile_bounds_keep_the_last_good_state(page: HedgeSimulator, traits: dict[str, float]) -> None:
    """Whatever bounds a slider is given, the inputs stay within the model's limits and an example still loads."""
    slider = page.controls.sliders["coverage"]
    for name, value in traits.items():
        with suppress(TraitError):
            slider.set_state({name: value})
    assert 0 <= page.inputs.coverage <= 2
    page.controls.choices["rounding"].value = "floor"
    assert page.inputs.rounding == "floor"
    page._example.value = 1
    assert hedge_outcome(page.inputs).hedge_pnl == pytest.approx(240)


@pytest.mark.parametrize("name", ["contract", "preset", "basis", "margin_mode", "rounding", "order_type"])
def test_a_choice_of_nothing_keeps_the_last_good_state(page: HedgeSimulator, name: str) -> None:
    """A dropdown whose index is taken away leaves the inputs, and the page goes on."""
    box = page._example if name == "preset" else page.controls.choices[name]
    before = page.inputs
    box.set_state({"index": None})
    assert state(page.inputs) == state(before)
    page.controls.sliders["coverage"].value = 40.0
    assert page.inputs.coverage == 0.4


@pytest.mark.parametrize("value", [1e308, -1e308, 0.0, math.nan, math.inf])
def test_a_hostile_number_keeps_the_last_good_state(page: HedgeSimulator, value: float) -> None:
    """A box may hold anything; the model refuses it and the page says so."""
    before = page.inputs
    page.controls.numbers["hedge_price"].value = value
    assert state(page.inputs) == state(before)
    assert page.live.said.startswith("Entry price must be ")


# Prices


def test_prices_move_the_market_sliders(page: HedgeSimulator) -> None:
    """An upload gives last prices, volatilities, correlation and beta, and the page says so; the window moves them."""
    page._table.rows = [["SOL", "3", "1"], ["ADA", "500", "1"]]
    page._uploaded("mine.csv", csv_of())
    assert page.live.said == ""
    assert "mine.csv" in page._badge.value
    assert "the last 90 returns" in page._origin.value
    assert page._window.layout.display == ""
    prices = [h.price for h in page.inputs.portfolio.holdings]
    last = [float(cell) for cell in csv_of().decode().splitlines()[-1].split(",")[1:]]
    assert prices == pytest.approx(last[1:], rel=1e-8)
    assert page.inputs.hedge_price == pytest.approx(last[0], rel=1e-8)
    short = page.inputs
    page._window.value = 365.0
    assert "the last 365 returns" in page._origin.value
    assert page.inputs.spot_volatility < short.spot_volatility
    assert page.inputs.hedge_volatility < short.hedge_volatility


@pytest.mark.parametrize("window", [30, 90, 365])
def test_figures_equal_plain_pandas(page: HedgeSimulator, window: int) -> None:
    """Volatilities, correlation and beta are those of log returns at fixed current weights, by pandas."""
    import pandas as pd

    page._table.rows = [["SOL", "3", "1"], ["ADA", "500", "1"]]
    page._uploaded("mine.csv", csv_of())
    page._window.value = float(window)
    frame = pd.read_csv(io.BytesIO(csv_of()), index_col="date")
    returns = np.log(frame).diff().dropna().iloc[-window:]
    value = frame.iloc[-1][["SOL", "ADA"]] * [3, 500]
    basket = returns[["SOL", "ADA"]] @ (value / value.sum())
    yearly = math.sqrt(365)
    got = page.inputs
    assert got.spot_volatility == pytest.approx(basket.std() * yearly, rel=1e-6)
    assert got.hedge_volatility == pytest.approx(returns["BTC"].std() * yearly, rel=1e-6)
    assert got.correlation == pytest.approx(basket.corr(returns["BTC"]), rel=1e-6)
    assert got.beta == pytest.approx(basket.cov(returns["BTC"]) / returns["BTC"].var(), rel=1e-6)


def test_a_refused_file_changes_nothing(page: HedgeSimulator) -> None:
    """After a good file a bad one leaves prices, badge and inputs as they were."""
    page._table.rows = [["SOL", "3", "1"]]
    page._uploaded("good.csv", csv_of())
    before, badge = page.inputs, page._badge.value
    with pytest.raises(InputError):
        page._uploaded("bad.csv", b"date,BTC\n2024-01-01,x\n")
    page.controls.sliders["coverage"].value = 33.0
    assert state(page.inputs) == state(replace(before, coverage=0.33))
    page._report(page.live.values)
    assert page._badge.value == badge


def test_a_file_without_a_coin_is_explained(page: HedgeSimulator) -> None:
    """A coin that the file lacks is named, with the columns that exist; the figures are then the shipped ones."""
    page._table.rows = [["SOL", "3", "1"], ["DOGE", "5", "1"]]
    page._uploaded("mine.csv", csv_of())
    assert "no column for DOGE" in page.live.said
    assert "no column for DOGE" in page._origin.value
    shipped = shipped_figures(page.inputs.portfolio, "BTC")
    assert page.inputs.spot_volatility == pytest.approx(shipped.spot_volatility)
    page._table.rows = [["SOL", "3", "1"]]
    assert "mine.csv" in page._badge.value
    assert "the last 90 returns of your price history" in page._origin.value
    assert "DOGE" not in page._origin.value


def test_prices_of_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file named by the environment is loaded at start; one that is missing is said, and the page comes up."""
    path = tmp_path / "mine.csv"
    path.write_bytes(csv_of(symbols=("SOL", "ADA", "LINK", "AVAX", "DOGE", "BNB", "BTC")))
    monkeypatch.setenv("HEDGE_WIDGETS_PRICES", str(path))
    page = HedgeSimulator()
    assert "mine.csv" in page._badge.value
    assert page.live.said == ""
    monkeypatch.setenv("HEDGE_WIDGETS_PRICES", str(tmp_path / "none.csv"))
    page = HedgeSimulator()
    assert "none.csv" in page.live.said
    assert state(page.inputs) == state(example_inputs(examples()[0]))


def test_a_frame_may_be_given() -> None:
    """In a notebook the prices may be a frame."""
    from hedge_widgets import load_prices

    frame = load_prices(csv_of(symbols=("SOL", "ADA", "LINK", "AVAX", "DOGE", "BNB", "BTC")))
    page = HedgeSimulator(frame)
    assert "your data" in page._badge.value
    assert page.live.said == ""


@pytest.mark.skipif(not REAL.is_file(), reason="waits for shared/data/prices_daily.csv beside the checkout")
def test_real_prices_as_of_the_end_of_2024(page: HedgeSimulator) -> None:
    """SOL, ADA and LINK against a BTC perpetual as of 2024-12-31: the page's figures are plain pandas' figures."""
    import pandas as pd

    lines = REAL.read_text().splitlines(keepends=True)
    cut = "".join(line for line in lines if line < "2024-12-31~" or line.startswith("date")).encode()
    quantities = {"SOL": 12.0, "ADA": 2000.0, "LINK": 70.0}
    page._table.rows = [[symbol, f"{q:g}", "1"] for symbol, q in quantities.items()]
    page._uploaded("prices_daily.csv", cut)
    assert "2024-12-31" in page._badge.value
    frame = pd.read_csv(io.BytesIO(cut), index_col="date").rename(columns=lambda name: name.removesuffix("-USD"))
    frame = frame[[*quantities, "BTC"]].dropna()
    value = frame.iloc[-1][list(quantities)] * pd.Series(quantities)
    for window in (90, 365):
        page._window.value = float(window)
        returns = np.log(frame).diff().dropna().iloc[-window:]
        basket = returns[list(quantities)] @ (value / value.sum())
        got = page.inputs
        assert got.portfolio.value == pytest.approx(value.sum(), rel=1e-8)
        assert got.hedge_price == pytest.approx(frame["BTC"].iloc[-1], rel=1e-8)
        assert got.spot_volatility == pytest.approx(basket.std() * math.sqrt(365), rel=1e-6)
        assert got.hedge_volatility == pytest.approx(returns["BTC"].std() * math.sqrt(365), rel=1e-6)
        assert got.correlation == pytest.approx(basket.corr(returns["BTC"]), rel=1e-6)
        assert got.beta == pytest.approx(basket.cov(returns["BTC"]) / returns["BTC"].var(), rel=1e-6)


# Tables


def table_costs(page: HedgeSimulator, sent: list[Any], enough: float) -> dict[str, tuple[float, int]]:
    """Return seconds of computing (three tries at most, until ``enough``) and bytes of every slider's table."""
    at, costs = list(page.live.values.values()), {}
    for name in page.live._sliders:
        for _attempt in range(3):  # another process may have the processor for a moment
            sent.clear()
            start = time.process_time()
            question = {"kind": "table", "slider": name, "revision": page.live._revision, "at": at}
            page.live._handle_custom_msg(question, [])
            seconds = time.process_time() - start
            if seconds < enough:
                break
        [(content, [block])] = sent
        costs[name] = (seconds, len(block) + len(json.dumps(content)))
    return costs


def test_every_table_is_small_and_there_in_time(page: HedgeSimulator) -> None:
    """For each slider in each example: at most 250,000 bytes with its header, computed in less than 100 ms."""
    sent = messages(page)
    for inputs in map(example_inputs, examples()):
        page.load(inputs)
        costs = table_costs(page, sent, 0.1)
        assert set(costs) == set(page.controls.sliders)
        for name, (seconds, size) in costs.items():
            assert seconds < 0.1, (name, seconds)
            assert size <= TABLE_BYTES, (name, size)


# Cash on the exchange


def test_cash_is_judged_where_the_hedge_is_chosen(page: HedgeSimulator) -> None:
    """By hand: a short of $10,440 at 3x requires $3,480; $600 carries 0.75 x 600 / 3,480 of it, all of it at 17.4x."""
    page.load(example_inputs(examples()[0]))
    at_first = page.inputs
    assert np.ravel(page.outcome.outcome.initial_margin) == pytest.approx([3_480.0])
    assert words.story(page.outcome)["shortage"] == 0  # nobody said what there is
    page.controls.numbers["cash"].value = 600.0
    said = words.story(page.outcome)
    assert said["shortage"] == 3  # nor do 3× and 5× carry it
    assert np.ravel(said["fits"]) == pytest.approx([0.75 * 600 / 3_480])
    assert np.ravel(said["needed"]) == pytest.approx([17.4])
    assert (np.ravel(said["at_three"]), np.ravel(said["at_five"])) == (
        pytest.approx([3_480.0]),
        pytest.approx([2_088.0]),
    )
    page.controls.sliders["leverage"].value = 20.0
    assert words.story(page.outcome)["shortage"] == 4  # it is enough, but the usual 3× to 5× is not
    page.controls.sliders["leverage"].value = 3.0
    page.controls.numbers["cash"].value = 20.0
    assert words.story(page.outcome)["shortage"] == 1  # 522x is above what the tier allows
    page.controls.numbers["cash"].value = 4_000.0
    assert words.story(page.outcome)["shortage"] == 0
    isolated = np.ravel(page.outcome.outcome.collateral)[0]
    page.controls.choices["margin_mode"].value = "cross"
    assert (isolated, np.ravel(page.outcome.outcome.collateral)[0]) == (pytest.approx(3_480.0), 4_000.0)
    assert page.inputs == replace(at_first, cash=4_000.0, margin_mode="cross")


def test_a_gap_is_a_part_of_the_sum_only_where_there_is_one(page: HedgeSimulator) -> None:
    """The bar, the sentence and the tile say it, the range of a thinned book too; without a gap none of them does."""
    from hedge_widgets.pages.hedge.charts import parts_moving_layout, parts_traces

    assert "gap" not in parts_moving_layout(page.outcome)["xaxis.ticktext"]
    assert words.story(page.outcome)["gap_case"] == 0
    page.controls.sliders["entry_gap"].value = 2.0
    page.controls.sliders["spike_gap"].value = 5.0
    page.controls.sliders["thinning"].value = 20.0
    picture, out = page.outcome, page.outcome.outcome
    assert parts_moving_layout(picture)["xaxis.ticktext"][0] == "gap"
    bars = parts_traces(picture)[0]["y"][0]
    assert bars[:-1].sum() == pytest.approx(bars[-1])
    said = words.story(picture)
    assert (said["gap_case"], said["inside"], said["thinned"] > 0) == (4, 1, True)
    assert said["plain_distance"] > said["distance"]
    assert words.tiles(picture)["liquidation"] == 3
    assert float(np.ravel(out.gap_pnl)[0]) == pytest.approx(0.02 * float(np.ravel(out.notional)[0]))


@pytest.mark.parametrize(
    ("gaps", "words_"),
    [
        ({"entry_gap": 2.0}, "2\u00a0% above its coin at entry and at its coin's price at the end, which earns you"),
        ({"exit_gap": 2.0}, "at its coin's price at entry and 2\u00a0% above it at the end, which costs you"),
        (
            {"entry_gap": -1.0, "exit_gap": -3.0},
            "1\u00a0% below its coin at entry and 3\u00a0% below it at the end, which earns",
        ),
    ],
)
def test_a_gap_of_nothing_is_no_per_cent(page: HedgeSimulator, gaps: dict[str, float], words_: str) -> None:
    """A short gains where the contract is dearer when it is sold, and pays where it is so when it is bought back."""
    for name, value in gaps.items():
        page.controls.sliders[name].value = value
    columns = words.story(page.outcome)
    line = next(line for line in words.STORY[0].lines if line.pick == "gap_case")
    said = line.templates[int(np.ravel(columns["gap_case"])[0])]
    for name in ("entry", "exit"):
        side = ("below", "above")[int(np.ravel(columns[f"{name}_side"])[0])]
        gap = formatted(float(np.ravel(columns[f"{name}_gap"])[0]), "percent")
        said = said.replace(f"{{{name}_gap}}", gap).replace(f"{{{name}_side}}", side)
    assert words_ in said


def test_a_refusal_of_a_sentence_like_label_is_in_nouns(page: HedgeSimulator) -> None:
    """A refusal like "You hold the hedge for must be ..." is no sentence."""
    with pytest.raises(InputError, match=r"^the holding time must be 0 to 365 days, not 400$"):
        page.controls.specs["days"].read("400")
    with pytest.raises(InputError, match=r"^the move of your coins must be -60 to 100 %, not 150$"):
        page.controls.specs["move"].read("150")


def test_coins_and_futures_stand_side_by_side(page: HedgeSimulator) -> None:
    """The folded table has the four ways in the user's own numbers."""
    table = html.unescape(page._ways.value)
    for said in ("Hold the coins only", "Sell the coins now", "with this hedge", "long the contract instead", "$8,000"):
        assert said in table, said


# Constants that are edited


def edit(page: HedgeSimulator, table: str, row: str | int, column: int, text: str) -> str:
    """Type into a cell of the constants, as the browser sends it, and return the complaint."""
    facts = getattr(page.sources, table)
    place = row if isinstance(row, int) else [shown[0] for shown in facts.rows].index(row)
    facts._typed(facts, {"kind": "edit", "row": place, "column": column, "text": text}, [])
    return facts.complaint


def test_an_edited_fee_is_used(page: HedgeSimulator) -> None:
    """Twice the taker fee costs twice the fees; the cell then says who set it; a choice elsewhere keeps it."""
    before = hedge_outcome(page.inputs).fees
    taker = next(row for row in page.sources.constants.rows if row[0] == "Taker fee")
    assert edit(page, "constants", "Taker fee", 1, str(2 * float(taker[1]))) == ""
    assert hedge_outcome(page.inputs).fees == pytest.approx(2 * before)
    shown = next(row for row in page.sources.constants.rows if row[0] == "Taker fee")
    assert shown[3] == "edited by you"
    page.controls.choices["margin_mode"].value = "cross"
    assert page.inputs.contract.taker_fee_rate == pytest.approx(2 * float(taker[1]) / 100)
    page.undo()
    page.undo()
    assert hedge_outcome(page.inputs).fees == pytest.approx(before)


def test_an_edited_tier_moves_the_liquidation(page: HedgeSimulator) -> None:
    """A higher maintenance rate brings the liquidation price nearer; deductions stay continuous."""
    before = hedge_outcome(page.inputs)
    assert edit(page, "tiers", 0, 1, "0.45") == ""
    tiers = page.inputs.contract.tiers
    assert tiers.maintenance_rates[0] == pytest.approx(0.0045)
    for k, cap in enumerate(tiers.caps[:-1]):
        sides = [cap * tiers.maintenance_rates[i] - tiers.deductions[i] for i in (k, k + 1)]
        assert sides[0] == pytest.approx(sides[1])
    after = hedge_outcome(page.inputs)
    assert abs(after.liquidation_price - page.inputs.hedge_price) < abs(
        before.liquidation_price - page.inputs.hedge_price
    )


@pytest.mark.parametrize(
    ("table", "row", "column", "typed", "sentence"),
    [
        ("constants", "Taker fee", 1, "many", "Taker fee"),
        ("constants", "Taker fee", 1, "11", "-10 to 10 %"),
        ("constants", "Taker fee", 1, "nan", "expected a number"),
        ("constants", "Lot", 1, "0", "Lot must be"),
        ("tiers", 1, 1, "0.1", "must rise"),
        ("tiers", 0, 1, "90", "does not fit"),
        ("constants", "Taker fee", 1, "1,5", "with a point for decimals"),
        ("tiers", 1, 0, "1", "must rise"),
        ("tiers", 0, 1, "0", "above 0"),
        ("tiers", 0, 2, "-3", "above 0"),
    ],
)
def test_a_refused_constant_changes_nothing(
    page: HedgeSimulator, table: str, row: Any, column: int, typed: str, sentence: str
) -> None:
    """A value that cannot be gets a sentence and a mark; page and table stay."""
    before, rows = state(page.inputs), list(getattr(page.sources, table).rows)
    assert sentence in edit(page, table, row, column, typed)
    assert getattr(page.sources, table).wrong[1] == column
    assert state(page.inputs) == before
    assert getattr(page.sources, table).rows == rows


@pytest.mark.parametrize(
    "message", [None, {}, {"row": 99, "column": 1}, {"row": 0, "column": 3}, {"row": "0", "column": 1}]
)
def test_a_hostile_edit_is_ignored(page: HedgeSimulator, message: Any) -> None:
    """A message that no table of ours sends does nothing."""
    before = state(page.inputs)
    page.sources.constants._typed(None, message, [])
    assert state(page.inputs) == before


def test_only_the_edited_constant_is_called_edited(page: HedgeSimulator) -> None:
    """The other lines keep source and date, and typing the old value back takes the mark away."""
    lot = next(row[1] for row in page.sources.constants.rows if row[0] == "Lot")
    edit(page, "constants", "Lot", 1, "0.01")
    assert [row[0] for row in page.sources.constants.rows if row[3] == "edited by you"] == ["Lot"]
    edit(page, "constants", "Lot", 1, lot)
    assert not [row for row in page.sources.constants.rows if row[3] == "edited by you"]


def test_a_funding_preset_moves_the_slider(page: HedgeSimulator) -> None:
    """A preset's rate for 8 hours is three times that per day, for every contract; the choice itself is not kept."""
    page._funding.value = "squeeze"
    assert page.inputs.funding_rate == pytest.approx(-0.0015)
    assert page._funding.value == ""
    page.undo()
    assert page.inputs.funding_rate == pytest.approx(example_inputs(examples()[0]).funding_rate)


def test_a_store_without_the_coins_is_left_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of BTC alone does not break the first page: it says so, and uses the worked example."""
    import datetime

    import pandas as pd

    from hedge_widgets.market.store import Store

    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "store"))
    days = pd.date_range("2025-01-01", periods=60, name="date")
    closes = [100.0 + k for k in range(60)]
    table = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": 1.0}, index=days)
    Store().write("prices", "BTC", table, source="Yahoo Finance", fetched_at=datetime.datetime.now(datetime.UTC))
    page = HedgeSimulator()
    assert page.live.said == ""
    assert "Your store has no prices of" in page._origin.value
    assert state(page.inputs) == state(example_inputs(examples()[0]))


# The page as a whole


def test_the_page_speaks_plainly(page: HedgeSimulator) -> None:
    """Sources with dates are on the page, and no advice."""
    shown = str(page.sources.constants.rows) + str(page.sources.tiers.rows) + page.sources.constants.note
    assert re.search(r"20\d\d-\d\d-\d\d", shown)
    assert "Binance" in shown
    assert "not advice" in shown


def test_two_pages_do_not_share_state() -> None:
    """A second page in a notebook starts afresh and leaves the first alone."""
    one, two = HedgeSimulator(), HedgeSimulator()
    one.load(
        HedgeInputs(
            portfolio=Portfolio((Holding(symbol="BTC", quantity=1.0, price=1000.0),)),
            contract=contract("Binance COIN-M BTCUSD_PERP"),
            hedge_price=1000.0,
        )
    )
    assert state(two.inputs) == state(example_inputs(examples()[0]))
    assert one.live.model_id != two.live.model_id


# What the cash carries


def test_the_table_says_what_the_cash_carries(page: HedgeSimulator) -> None:
    """By hand: a full hedge at 1x of 0.155 BTC requires $13,950, $600 carries less, and a spike kills some."""
    page.controls.numbers["cash"].value = 600.0
    rows = {row[0]: row[1:] for row in table_cells(page._carries.value)}
    assert rows["Leverage"] == [f"Coverage {formatted(share, 'percent')}" for share in (0.25, 0.5, 0.75, 1.0, 1.25)]
    inputs = page.inputs
    for times, cells in rows.items():
        for share, cell in zip((0.25, 0.5, 0.75, 1.0, 1.25), cells, strict=True):
            if times == "Leverage":
                continue
            one = hedge_outcome(replace(inputs, coverage=share, leverage=float(times.rstrip("×"))))
            if one.net_pnl is None:
                assert cell == "refused"
            elif one.initial_margin > 600.0:
                assert cell == f"requires {formatted(one.initial_margin, 'usd')}"
            else:
                assert cell == formatted(one.net_pnl, "usd_signed")
    assert rows["1×"][3] == "requires $13,950"
    page.live._sliders["spike"].value = 15.0
    page._rested(page.live.values)
    rows = {row[0]: row[1:] for row in table_cells(page._carries.value)}
    assert rows["50×"][0].startswith("liquidated, −$")
    page.controls.numbers["cash"].value = 0.0
    assert "requires" not in page._carries.value
    assert "Say how much cash you have" in page._carries.value


def table_cells(html: str) -> list[list[str]]:
    """Return a table's cells as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]


# What a card says


def test_the_figures_of_a_card_are_the_model_s() -> None:
    """Every place is filled, by hand for some; another constant of the contract would give other figures."""
    said = {example["title"]: claim_of(place)[0].replace("\u00a0", " ") for place, example in enumerate(examples())}
    assert not any("{" in text for text in said.values())
    assert sum("{" in example["true"] for example in examples()) >= 20
    assert "costs $2.28 in fees, and 30 days of funding at +0.01 % pay the short $21.60." in said[ALICE]
    assert "is liquidated at $32,868.53, a rise of 9.6 %" in said["Half of 0.5 BTC hedged at 10x"]
    assert "1,250 % of the $2,400 target and 500 % of the portfolio" in said["Alice with a 1-BTC contract"]
    with pytest.raises(KeyError):
        filled("{nothing:usd}", {})


ALICE = "Alice: 40 % hedge, market falls 10 %"
