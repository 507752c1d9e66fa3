"""The margin page without a browser: examples, replays, choices, tables, edited constants, wrong and hostile values."""

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hedge_widgets import MarginExplorer
from hedge_widgets.market.facts import contract, contracts, stress_events
from hedge_widgets.market.margin_terms import margin_venues
from hedge_widgets.market.shipped import shipped_prices
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.picture import GRID
from hedge_widgets.model.margin.setting import MarginSetting
from hedge_widgets.pages.margin import tables, words
from hedge_widgets.pages.margin.controls import SLIDERS
from hedge_widgets.pages.margin.examples import example_values, examples, replays
from tests.explorers.opened import fixtures_of


@pytest.fixture(autouse=True)
def _no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)


@pytest.fixture
def fresh() -> MarginExplorer:
    """Give a page of its own to a test that types into tables, brings prices, undoes or measures."""
    return MarginExplorer()


opened, shared = fixtures_of(MarginExplorer)


@pytest.fixture
def page(shared: MarginExplorer) -> MarginExplorer:
    """Give the page that the tests of this file share, as it opened."""
    return shared


def cells(html: str) -> list[list[str]]:
    """Return a table's cells as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


def place_of(words: str) -> int:
    """Return the place of the example whose title holds these words."""
    return next(k for k, example in enumerate(examples()) if words in example["title"])


# Examples and replays


@pytest.mark.parametrize("place", range(len(examples())), ids=[example["title"] for example in examples()])
def test_an_example_shows_its_hand_worked_figures(shared: MarginExplorer, place: int) -> None:
    """Every example opens without a complaint and shows what was worked out by hand."""
    shared._example.value = place
    assert shared.live.said == ""
    picture = shared.live.picture()
    for name, expected in examples()[place]["expect"].items():
        source = picture.outcome if hasattr(picture.outcome, name) else picture
        found = float(getattr(source, name)[0])
        if expected is None:
            assert math.isnan(found), name
        else:
            assert found == pytest.approx(expected, rel=1e-5, abs=0.006), name
    said = shared._claim.value
    assert "Often said:" in said
    assert "What is true:" in said


def test_every_slider_holds_every_example() -> None:
    """No example needs a value outside a slider; a ladder has the leverage and the days, or those next to them."""
    specs = {spec.field: spec for spec in SLIDERS}
    for example in examples():
        for name, value in example_values(example).items():
            spec = specs[name]
            position = value / spec.factor
            assert spec.positions[0] - 1e-9 <= position <= spec.positions[-1] + 1e-9, (example["title"], name)
            if name == "leverage":
                assert position in spec.positions


def test_ada_in_march_2025_is_the_file() -> None:
    """Two days: the second opens at +72.15 %, goes 3.5 % higher, then falls; +74.25 % was the first day's highest."""
    path = replays()["US crypto reserve: ADA spike"].path("ADA")
    assert path["spike"] == pytest.approx(1.7215 * 1.035 - 1)
    assert path["end"] == pytest.approx(1.7215 * (1 - 0.2442) - 1)
    assert path["trough"] == pytest.approx(1.7215 * (1 - 0.2751) - 1)
    assert path["days"] == 2.0


@pytest.mark.parametrize("name", list(replays()))
def test_every_event_can_be_replayed_for_its_coins(name: str) -> None:
    """A path inside the sliders, whose highest point is at or above its end, named with its days."""
    replay = replays()[name]
    assert str(replay.events[0].start.year) in replay.title
    specs = {spec.field: spec for spec in SLIDERS}
    for coin in replay.coins:
        path = replay.path(coin)
        assert path["spike"] >= path["end"] >= path["trough"] or path["trough"] >= path["end"]
        assert path["days"] in specs["days"].positions
        if path["spike"] < 1.5:
            for key, value in path.items():
                spec = specs[key]
                assert spec.positions[0] <= value / spec.factor <= spec.positions[-1], (coin, key)


def test_a_day_beyond_the_sliders_is_refused(page: MarginExplorer) -> None:
    """DOGE's +406 % of 28 January 2021 is not drawn as +150 %: the page says so."""
    page.controls.choices["contract"].value = "Binance USD-M DOGEUSDT"
    before = page.live.picture().path_moves
    page._replay.value = "DOGE/WallStreetBets squeeze"
    assert "must be -60% to +150% to be drawn here, not the +405.7% of that day" in page.live.said
    np.testing.assert_array_equal(page.live.picture().path_moves, before)


def test_all_events_are_offered() -> None:
    """Days that follow each other are one replay; none is lost."""
    assert sum(len(replay.events) for replay in replays().values()) == len(stress_events())


def test_a_replay_draws_the_path_and_is_named_until_a_hand_moves_it(page: MarginExplorer) -> None:
    """The chart says whose day it is; after a slider moved it is a drawn path again."""
    page._replay.value = "Tariff shock / record ADL"
    event = next(event for event in stress_events() if event.name == "Tariff shock / record ADL")
    assert page.live.said == ""
    assert page._replay.value == ""
    assert "SOL, 10 Oct 2025" in page._setting.stamp
    picture = page.live.picture()
    assert picture.path_moves[0, -1] == pytest.approx(event.returns["SOL"])
    assert picture.path_moves[0].min() == pytest.approx(event.lows["SOL"])
    page.live._sliders["spike"].value = 50.0
    page._rested(page.live.values)
    assert page._setting.stamp == "a drawn path, not a forecast"


def test_a_coin_without_figures_of_the_event_gets_a_sentence(page: MarginExplorer) -> None:
    """SOL did not trade in March 2020: the path stays as it is, and the page says why."""
    before = page.live.picture().path_moves
    page._replay.value = "COVID Black Thursday"
    assert "12 Mar 2020: COVID Black Thursday has figures of (BTC," in page.live.said
    assert page.live.said.endswith("not SOL.")
    np.testing.assert_array_equal(page.live.picture().path_moves, before)


# Choices


@pytest.mark.parametrize("label", list(contracts()))
def test_every_contract_has_a_page(shared: MarginExplorer, label: str) -> None:
    """Each shipped contract can be chosen; its name, its volatility and its tiers are those shown."""
    shared.controls.choices["contract"].value = label
    assert shared.live.said == ""
    assert shared.live.words["contract"] == [label]
    assert shared._setting.tiers == contract(label).tiers
    picture = shared.live.picture()
    assert np.isfinite(picture.safe_leverage[0]) or picture.refusal[0]


def test_another_contract_brings_its_price(page: MarginExplorer) -> None:
    """Without a history of the user's, the entry price is the coin's round level, never that of another coin."""
    page.controls.choices["contract"].value = "Binance USD-M DOGEUSDT"
    assert page._setting.entry_price == shipped_prices()["DOGE"]
    assert words_of(page) in (0, 1)
    assert "The entry price is a round level to start with." in page._origin.value


def test_another_contract_ends_a_replay(page: MarginExplorer) -> None:
    """SOL's path is not ADA's: the chart calls it drawn, also after the next hand."""
    page._replay.value = "Tariff shock / record ADL"
    page.controls.choices["contract"].value = "Binance USD-M ADAUSDT"
    assert page._setting.stamp == "a drawn path, not a forecast"
    page.live._sliders["spike"].value = 108.0
    page._rested(page.live.values)
    assert page._setting.stamp == "a drawn path, not a forecast"


def test_a_long_is_liquidated_below(page: MarginExplorer) -> None:
    """The other side: the words change, and the liquidation stands below the entry."""
    page.controls.choices["side"].value = 1.0
    assert page.live.words["position"] == ["SOL long"]
    assert page.live.picture().isolated_move[0] < 0


def test_own_prices_give_price_and_volatility() -> None:
    """A history of the user's: its last price is the entry, its last 90 days the volatility."""
    draw = np.random.default_rng(4)
    sol = 100 * np.cumprod(1 + 0.03 * draw.standard_normal(400))
    frame = pd.DataFrame({"BTC": 30_000 * np.cumprod(1 + 0.02 * draw.standard_normal(400)), "SOL": sol})
    frame.index = pd.date_range("2024-01-01", periods=400, name="date")
    page = MarginExplorer(frame)
    assert page.live.said == ""
    assert page._setting.entry_price == pytest.approx(sol[-1])
    wanted = np.std(np.diff(np.log(sol[-91:])), ddof=1) * 365**0.5
    assert page.live.values["volatility"] == pytest.approx(100 * wanted, rel=1e-6)


def frame(n_days: int, volatility: float) -> pd.DataFrame:
    """Return prices of BTC and SOL with a daily volatility."""
    draw = np.random.default_rng(4)
    prices = {coin: 100 * np.cumprod(1 + volatility * draw.standard_normal(n_days)) for coin in ("BTC", "SOL")}
    return pd.DataFrame(prices, index=pd.date_range("2024-01-01", periods=n_days, name="date"))


def test_own_prices_say_how_many_days_and_where_the_slider_ends() -> None:
    """40 closes are 39 returns; a volatility that no slider holds is said to be cut, one that it holds is not."""
    calm = MarginExplorer(frame(40, 0.004))
    assert calm.live.values["volatility"] == 20.0
    assert "over the 39 days to 2024-02-09 (prices: your data, to 2024-02-09)" in calm._origin.value
    assert "it stands at its end, 20 % per year, and that is what is used here." in calm._origin.value
    assert ".." not in calm._origin.value
    usual = MarginExplorer(frame(400, 0.03))
    assert "over the 90 days to 2025-02-03 (prices: your data, to 2025-02-03)" in usual._origin.value
    assert "The slider goes" not in usual._origin.value


def test_another_interval_keeps_the_funding_of_a_day(page: MarginExplorer) -> None:
    """The slider is per 8 hours, and a payment is its share of that: an eighth every hour, half every 4 hours."""
    assert page.live.words["interval"] == ["every 8 hours"]
    for label, in_8_hours, payments, interval in (
        ("Hyperliquid BTC", 0.0056, 8, "every hour"),  # 6.1 % a year
        ("Binance USD-M WIFUSDT", -0.0025, 2, "every 4 hours"),  # -2.7 %
        ("Binance USD-M SOLUSDT", -0.0008, 1, "every 8 hours"),  # -0.9 %
        ("Binance USD-M BNBUSDT", 0.01, 1, "every 8 hours"),  # not known: neutral
    ):
        page.controls.choices["contract"].value = label
        assert page.live.values["funding_rate"] == pytest.approx(in_8_hours)
        assert page.live.words["interval"] == [interval]
        shown = words.tiles(page.live.picture())
        assert float(np.ravel(shown["funding"])[0]) == pytest.approx(abs(in_8_hours) / payments / 100)


# The other position of the wallet


def two(page: MarginExplorer, **sliders: float) -> Any:
    """Show the example of two shorts with some sliders moved, in their units; return its picture."""
    page._example.value = place_of("Two shorts")
    for name, value in sliders.items():
        page.live._sliders[name].value = value
    return page.live.picture()


@pytest.mark.parametrize("label", ["Binance USD-M SOLUSDT", "Binance USD-M ETHUSDT"])
def test_a_position_of_no_value_is_none(page: MarginExplorer, label: str) -> None:
    """0 dollars of another contract: the wallet is that of the hedge alone."""
    two(page)
    page.controls.choices["other"].value = "none"
    alone = page.live.picture()
    page.controls.choices["other"].value = label
    page.controls.numbers["other_value"].value = 0.0
    assert page.live.said == ""
    assert page.live.picture().cross_rise[0] == alone.cross_rise[0]
    assert page.live.picture().outcome.cross[0] == alone.outcome.cross[0]


def test_a_wallet_is_liquidated_though_the_other_coin_reaches_nothing_first(page: MarginExplorer) -> None:
    """Long 30,000 with 15,000 behind it, short 10,000 of a coin of beta 1.5: liquidated at -83.27 %, by hand."""
    two(page, leverage=4.0, spike=-50.0, trough=-90.0, end=-88.0)
    page.controls.choices["side"].value = 1.0
    page.controls.numbers["cash"].value = 0.0
    page.controls.numbers["own_collateral"].value = 15_000.0
    page.controls.numbers["spot_value"].value = 0.0
    page.controls.numbers["other_value"].value = -10_000.0
    picture = page.live.picture()
    assert picture.cross_fall[0] == pytest.approx(-24_880 / 29_880)
    assert picture.outcome.cross[0] == pytest.approx(-15_000.0)
    assert (picture.cross_equity >= 0).all()
    assert float(words.tiles(picture)["cross"][0]) == picture.cross_fall[0]


def test_the_unified_account_is_the_wallet_with_the_coins(page: MarginExplorer) -> None:
    """All of the cash and the other position count too; more collateral is never liquidated first."""
    from hedge_widgets.model.margin import Account, Position, SpotCollateral, liquidation_moves

    picture = two(page)
    legs = (("BTC", "BTCUSDT", 30_000.0), ("SOL", "SOLUSDT", 15_000.0))
    shorts = tuple(
        Position(
            coin=coin,
            kind="linear",
            side=-1.0,
            quantity=value,
            entry_price=1.0,
            mark_price=1.0,
            tiers=contract(f"Binance USD-M {symbol}").tiers,
        )
        for coin, symbol, value in legs
    )
    coins = SpotCollateral(coin="BTC", quantity=30_000.0, price=1.0, collateral_ratio=0.95)
    account = Account(positions=shorts, wallet=16_500.0, spot=(coins,))
    assert picture.unified_move[0] == pytest.approx(liquidation_moves(account, {"BTC": 1.0, "SOL": 1.5})[1])
    page._example.value = place_of("10× and a cushion")
    page.controls.numbers["spot_value"].value = 1_000.0
    page.controls.numbers["cash"].value = 2_250.0
    picture = page.live.picture()
    by_hand = (2_250.0 + 7_500.0) / (7_500.0 * 1.004 - 950.0) - 1.0
    assert picture.unified_move[0] == pytest.approx(by_hand)
    assert picture.unified_move[0] > picture.cross_rise[0]
    known = np.isfinite(picture.curve_unified[0])
    assert (picture.curve_unified[0][known] > picture.curve_cross[0][known]).all()


def test_the_other_position_must_be_opened_too(page: MarginExplorer) -> None:
    """300,000 of SOL at its tier's 75x need 4,000 beside the hedge's own margin; 1 dollar is no order."""
    two(page)
    page.controls.numbers["cash"].value = 7_500.0
    page.controls.numbers["other_value"].value = -300_000.0
    assert words_of(page) == 10
    story = words.story(page.live.picture())
    assert (story["other_needed"], story["spare"][0]) == (pytest.approx(4_000.0), 0.0)
    assert page.live.words["other"] == ["Binance USD-M SOLUSDT"]
    assert np.isnan(page.live.picture().isolated_price[0])
    carried = np.isfinite(page.live.picture().curve_cross[0])
    enough = GRID >= 30_000 / (7_500 - 4_000)  # the margin is small enough to leave the 4,000
    assert (carried == (enough & (page._setting.max_leverage >= GRID))).all()
    page.controls.numbers["cash"].value = 11_700.0
    assert words_of(page) == 1
    assert np.isfinite(page.live.picture().curve_cross[0]).sum() > carried.sum()
    page.controls.numbers["other_value"].value = -1.0
    assert "at least the smallest order of Binance USD-M SOLUSDT, 5 dollars, not 1" in page.live.said
    assert page.controls.numbers["other_value"].value == -300_000.0


def test_what_a_liquidated_wallet_keeps_is_said(page: MarginExplorer) -> None:
    """6 million of SOL at 4x, all but the fee: cross leaves what isolated does without more cash."""
    page.controls.numbers["cash"].value = 0.0
    page.controls.choices["liquidation_leaves"].value = "fee"
    for name in ("position_value", "spot_value"):
        page.controls.numbers[name].value = 6e6
    picture = page.live.picture()
    story = words.story(picture)
    assert story["cross_kept"][0] == pytest.approx(picture.left[0])
    assert picture.left[0] > 10_000
    assert story["lost"][0] == pytest.approx(1_500_000 - picture.left[0])


def test_of_two_ends_of_a_wallet_the_first_counts() -> None:
    """Up through one end and down through the other: lost from the first on, by it; open where there is none."""
    from hedge_widgets.model.margin.picture import _lost

    moves = np.array([[0.0, 0.3, 0.0, -0.5], [0.0, -0.5, 0.0, 0.3], [0.0, 0.1, -0.1, 0.0]])
    is_lost, is_by_fall = _lost(moves, np.array([-0.4, -0.4, np.nan]), np.array([0.2, 0.2, np.nan]))
    assert is_lost.tolist() == [[False, True, True, True], [False, True, True, True], [False] * 4]
    assert is_by_fall.tolist() == [False, True, False]


# Words without coins, or without a liquidation


def test_a_long_that_is_paid_for_and_a_position_alone_have_their_own_words(page: MarginExplorer) -> None:
    """Never because fully paid, never because the coin pays; no coins, no "with the coins"."""

    def said(place: str, side: float, spot: float, spike: float = 20.0) -> tuple[str, str]:
        page._example.value = place_of(place)
        page.controls.choices["side"].value = side
        page.controls.numbers["spot_value"].value = spot
        page.live._sliders["spike"].value = spike
        story, tiles = (
            next(
                line.templates[int(np.ravel(columns[line.pick])[0])]
                for block in blocks
                if block.label == label
                for line in block.lines
                if line.kind == kind
            )
            for blocks, label, kind, columns in (
                (words.STORY, "", "lead", words.story(page.live.picture())),
                (words.TILES, "Liquidation, isolated", "sub", words.tiles(page.live.picture())),
            )
        )
        return story, tiles

    paid, why = said("1× linear", 1.0, 0.0)
    assert "is fully paid" in paid
    assert "with the coins" not in paid
    assert "without it" not in paid
    assert why == "fully paid: you borrow nothing"
    held, why = said("1× linear", 1.0, 60_000.0)
    assert "with the coins" in held
    assert why == "fully paid: you borrow nothing"
    backed, why = said("1× inverse", -1.0, 0.0)
    assert "has no liquidation price" in backed
    assert why == "the gain of the margin coin covers every loss"
    bare, _ = said("1× linear", -1.0, 0.0)
    assert "it stays open" in bare
    assert "coins" not in bare
    hedge, _ = said("1× linear", -1.0, 60_000.0)
    assert "it stays open: with the coins" in hedge


def test_looking_once_a_day_never_finds_more(page: MarginExplorer) -> None:
    """At every place of leverage, volatility and days, for every example."""
    for place in range(len(examples())):
        page._example.value = place
        for name in ("leverage", "volatility", "days"):
            picture = page.live.picture(**{name: page.live._positions[name]})
            opened = picture.refusal == 0
            assert (picture.chance_seen[opened] <= picture.chance[opened] * (1 + 1e-9)).all()


# Refusals


def test_mixed_currencies_get_a_sentence_and_the_choice_goes_back(page: MarginExplorer) -> None:
    """A coin-margined position in a dollar wallet: named with the rule; what is shown is what is chosen."""
    before = float(page.live.picture().cross_rise[0])
    page.controls.choices["other"].value = "Binance COIN-M BTCUSD_PERP"
    assert "an inverse contract settles in its coin, not dollars and BTC" in page.live.said
    assert page.controls.choices["other"].value == "none"
    assert float(page.live.picture().cross_rise[0]) == before


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("entry_price", 0.0, "entry price must be $1e-06 to $1e+12, not $0"),
        ("cash", -5.0, "cash on the exchange must be $0 to $1e+12 (0: unknown), not -$5"),
        ("position_value", -3.0, "position must be $1e-06 to $1e+12, not "),
        ("position_value", math.nan, "position must be $1e-06 to $1e+12, not "),
        ("collateral_ratio", 300.0, "coins counted as collateral must be 0 to 100 %, not 300"),
        ("other_beta", 99.0, "its beta to the first coin must be 0 to 20, not 99"),
    ],
)
def test_a_wrong_box_gets_a_sentence_and_nothing_is_lost(
    page: MarginExplorer, name: str, value: float, words: str
) -> None:
    """The value is named, the box goes back, the picture stays."""
    before = float(page.live.picture().isolated_price[0])
    page.controls.numbers[name].value = value
    assert words in page.live.said.lower()
    assert page.controls.numbers[name].value != value
    assert float(page.live.picture().isolated_price[0]) == before


def words_of(page: MarginExplorer) -> int:
    """Return the case of the sentence."""
    return int(words.story(page.live.picture())["case"][0])


def test_what_the_venue_refuses_is_a_sentence(page: MarginExplorer) -> None:
    """Above the tier's leverage, below the initial margin, too small and too large."""
    page.live._sliders["leverage"].value = 150.0
    assert words_of(page) == 3
    page.live._sliders["leverage"].value = 4.0
    page.controls.numbers["own_collateral"].value = 1_000.0
    assert words_of(page) == 4
    page.controls.numbers["own_collateral"].value = 0.0
    page.controls.numbers["position_value"].value = 2.0
    assert words_of(page) == 5
    page.controls.numbers["position_value"].value = 9e8
    assert words_of(page) == 6
    page.controls.numbers["position_value"].value = 10_000.0
    assert words_of(page) == 1


@pytest.mark.parametrize("at", [[0.0] * 3, "x", [math.inf] + [1.0] * 10, [True] * 11, [1e9] * 11])
def test_hostile_slider_values_are_refused(page: MarginExplorer, at: Any) -> None:
    """What a client sends instead of slider values gets a sentence; the last good picture stays."""
    sent: list[Any] = []
    page.live.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    page.live._answer(page.live, {"kind": "rest", "revision": page.live._revision, "at": at}, [])
    assert page.live.said
    assert sent == []


# Tables


def test_one_textbook_trade_at_three_venues() -> None:
    """The figures of the task: 11.891, 11.874 and 11.900, each from its venue's rules."""
    assert [round(price, 3) for _, price in tables.textbook_rows()] == [11.891, 11.874, 11.9]
    shown = cells(tables.textbook_table())
    assert [row[1] for row in shown[1:]] == ["11.891", "11.874", "11.900"]


def test_the_trade_stands_under_every_venues_rules(page: MarginExplorer) -> None:
    """A row a venue with source and date; a closing fee brings the liquidation nearer, the entry basis does not."""
    rows = {row[0]: row for row in cells(page._venues.value)[1:]}
    assert list(rows) == list(margin_venues())
    price = {venue: float(row[1].strip("$").replace(",", "")) for venue, row in rows.items()}
    assert price["Binance"] == pytest.approx(float(page.live.picture().isolated_price[0]), rel=1e-5)
    assert price["Bybit"] < price["Bybit older pages"]
    assert all(re.search(r"20\d\d-\d\d-\d\d", row[-1]) for row in rows.values())


def test_okx_and_deribit_have_their_own_rates_for_bitcoin() -> None:
    """For BTC their own rates are used, and named: those of the venue's linear contract where it has one."""
    page = MarginExplorer()
    page._example.value = place_of("10× and a cushion")
    rows = {row[0]: row for row in cells(page._venues.value)[1:]}
    assert "rates of OKX BTC-USDT-SWAP" in rows["OKX"][3]
    assert "rates of Deribit BTC-PERPETUAL" in rows["Deribit"][3]
    # 10x, a quarter of a coin at 30,000: OKX 0.4 % and the taker fee of 0.05 %, Deribit 1 % and 0.005 % a coin more.
    okx, deribit = (float(rows[name][1].strip("$").replace(",", "")) for name in ("OKX", "Deribit"))
    assert okx == pytest.approx(33_000 / 1.0045, abs=0.06)
    assert deribit == pytest.approx(33_000 / (1.01 + 0.00005 * 0.25), abs=0.06)


def venue_rows(page: MarginExplorer) -> dict[str, list[str]]:
    """Return the cells of the venues' table by venue."""
    return {row[0]: row[1:] for row in cells(page._venues.value)[1:]}


def test_every_venue_uses_its_own_rates_where_they_are_known() -> None:
    """A 10x short of a quarter bitcoin at 30,000: 1.25 % at Hyperliquid, 1.2 % at dYdX, whosever contract is shown."""
    page = MarginExplorer()
    page._example.value = place_of("10× and a cushion")
    for label in ("Binance USD-M BTCUSDT", "Hyperliquid BTC"):
        page.controls.choices["contract"].value = label
        page.controls.numbers["entry_price"].value = 30_000.0
        rows = venue_rows(page)
        price = {venue: float(row[0].strip("$").replace(",", "")) for venue, row in rows.items()}
        assert price["Binance"] == pytest.approx(33_000 / 1.004, abs=0.06)
        assert price["Hyperliquid"] == pytest.approx(33_000 / 1.0125, abs=0.06)
        assert price["dYdX v4"] == pytest.approx(33_000 / 1.012, abs=0.06)
        assert "rates of Hyperliquid BTC" in rows["Hyperliquid"][2]
        assert price["Bybit"] == pytest.approx(33_000 / (1 + 0.005), abs=0.06)  # its own rate; its own fee cancels
        assert "rates of Bybit BTCUSDT" in rows["Bybit"][2]


def test_a_venue_without_rates_for_the_coin_says_whose_are_used(page: MarginExplorer) -> None:
    """SOL at Deribit stands at Binance's rates: the row says so and does not speak of a rate that grows."""
    rows = venue_rows(page)
    assert rows["Deribit"][2].startswith("tiered rates, each slice of the position at its own")
    assert "rates of Binance USD-M SOLUSDT, as those of this venue are unknown" in rows["Deribit"][2]
    assert rows["OKX"][2].startswith("tiered rates, the whole position at that of its tier")
    assert "rates of dYdX v4 SOL-USD" in rows["dYdX v4"][2]
    assert "as its own" not in rows["dYdX v4"][2] + rows["Binance"][2]


def test_edited_rates_are_those_of_the_row_of_their_venue(fresh: MarginExplorer) -> None:
    """Binance's first tier for SOL edited, then dYdX's contract chosen: Binance's row keeps what was edited."""
    fresh.controls.numbers["position_value"].value = 9_000.0
    fresh.sources.tiers._typed(None, {"row": 0, "column": 1, "text": "0.6"}, [])
    before = venue_rows(fresh)["Binance"][1]
    fresh.controls.choices["contract"].value = "dYdX v4 SOL-USD"
    assert venue_rows(fresh)["Binance"][1] == before


def test_a_venue_that_refuses_the_trade_gives_no_price() -> None:
    """125x: Deribit, Hyperliquid and dYdX allow less. 200 million: Deribit's rate has grown."""
    page = MarginExplorer()
    page._example.value = place_of("10× and a cushion")
    page.live._sliders["leverage"].value = 125.0
    page._rested(page.live.values)
    rows = venue_rows(page)
    allowed = {"Deribit": 1 / (0.02 + 0.00005 * 0.25), "Hyperliquid": 40.0, "dYdX v4": 50.0}
    for venue, most in allowed.items():
        assert rows[venue][:2] == ["refused", f"at most {most:.4g}×"]
    assert rows["Binance"][1] == "+0.4\u00a0%"
    page.live._sliders["leverage"].value = 5.0
    page.controls.numbers["position_value"].value = 2e8
    rows = venue_rows(page)
    coins = round(2e8 / 30_000, 3)
    assert rows["Deribit"][:2] == ["refused", f"at most {1 / (0.02 + 0.00005 * coins):.3g}×"]
    page.controls.choices["contract"].value = "Binance COIN-M BTCUSD_PERP"
    page.controls.numbers["position_value"].value = 1.2e7  # coin-backed: OKX's rates are known to 10 million
    assert venue_rows(page)["OKX"][:2] == ["—", "not known"]
    assert "known up to $10,000,000" in venue_rows(page)["OKX"][2]
    page.controls.choices["contract"].value = "Hyperliquid BTC"
    page.controls.numbers["entry_price"].value = 30_000.0
    page.controls.numbers["position_value"].value = 30.0
    assert venue_rows(page)["Binance"][:2] == ["refused", "at least $50"]
    page.controls.numbers["position_value"].value = 3e9
    assert venue_rows(page)["Binance"][:2] == ["refused", "at most $1,800,000,000"]


@pytest.mark.parametrize(
    ("label", "value", "most"), [("CHZUSDT", 1e5, 10), ("BTCUSDT", 2e8, 10), ("BTCUSDT", 1e4, 150)]
)
def test_no_short_is_liquidated_by_a_fall(page: MarginExplorer, label: str, value: float, most: float) -> None:
    """In the 1x table: refused above the leverage that the position's tier allows, a rise at all others."""
    page.controls.choices["contract"].value = f"Binance USD-M {label}"
    page.live._sliders["leverage"].value = 1.0
    page.controls.numbers["position_value"].value = value
    for row in cells(page._one_times.value)[1:]:
        is_allowed = float(row[0].rstrip("×")) <= most
        assert all((cell == "refused") is not is_allowed for cell in row[1:])
        assert all(cell[0] in "+n" for cell in row[1:] if is_allowed)
    page.controls.numbers["position_value"].value = 2.0
    assert "There is no such position" in page._one_times.value


def test_one_times_linear_is_liquidated_and_inverse_never(page: MarginExplorer) -> None:
    """1x: +99 % against never; 2x inverse as far as 1x linear; always further than linear."""
    page._example.value = place_of("1× linear")
    rows = {row[0]: row[1:] for row in cells(page._one_times.value)[1:]}
    assert rows["1×"] == ["+99.2\u00a0%", "never"]
    assert rows["10×"][0] == "+9.6\u00a0%"


def test_who_pays_in_a_crash_adds_up() -> None:
    """The fund and the winners together pay the 10,000, whatever the fund holds."""
    for row in cells(tables.deleveraging_table())[1:]:
        paid, left = (float(cell.strip("$").replace(",", "")) for cell in row[1:3])
        assert paid + left == 10_000


def test_edited_tiers_move_the_liquidation(fresh: MarginExplorer) -> None:
    """A dearer maintenance rate brings it nearer, is marked as edited, and a wrong one changes nothing."""
    before = float(fresh.live.picture().isolated_price[0])
    fresh.sources.tiers._typed(None, {"row": 0, "column": 1, "text": "0.6"}, [])
    after = float(fresh.live.picture().isolated_price[0])
    assert after < before
    assert fresh.sources.tiers.rows[0][4] == "edited by you"
    for column, typed, sentence in (
        (1, "120", "must rise"),
        (1, "0.64", ""),
        (2, "1e308", "Highest leverage in tier 1 must be 1 to 1,000"),
        (2, "0.8", "Highest leverage in tier 1 must be 1 to 1,000"),
        (2, "500", "below one over the highest leverage"),
    ):
        fresh.sources.tiers._typed(None, {"row": 0, "column": column, "text": typed}, [])
        assert sentence in fresh.sources.tiers.complaint, typed
    assert float(fresh.live.picture().isolated_price[0]) < after
    assert not fresh.live.said


def test_the_venues_follow_the_margin_that_is_posted(page: MarginExplorer) -> None:
    """Binance's row is the page's own liquidation price, also with more margin than asked; none for a refused one."""
    page.controls.numbers["own_collateral"].value = 10_000.0
    row = next(row for row in cells(page._venues.value) if row[0] == "Binance")
    assert float(row[1].strip("$")) == pytest.approx(float(page.live.picture().isolated_price[0]), rel=1e-4)
    page.controls.numbers["position_value"].value = 2.0
    assert "There is no such position" in page._venues.value


def test_a_setting_needs_lots_of_its_contract() -> None:
    """The position is in whole lots: 10,050 dollars of SOL at 150 are 67 coins."""
    spec = contract("Binance USD-M SOLUSDT")
    setting = MarginSetting(
        contract=spec, tiers=spec.tiers, side=-1.0, position_value=10_020.0, entry_price=150.0, spot_value=0.0
    )
    assert setting.quantity == pytest.approx(67.0)
    with pytest.raises(InputError):
        MarginSetting(
            contract=spec, tiers=spec.tiers, side=-1.0, position_value=math.inf, entry_price=150.0, spot_value=0.0
        )
