"""The margin page's charts and words: an update equals a new page, a table's row its picture, figures the model's."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.market.margin_terms import volatility_spread
from hedge_widgets.model.gap import NO_GAPS
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import Account, account_state, liquidation_price
from hedge_widgets.model.margin.past import PastCloses
from hedge_widgets.model.margin.picture import GRID, margin_picture
from hedge_widgets.model.margin.setting import MarginSetting
from hedge_widgets.model.paths import handled_hedge, hedge_path, hedge_stop_path, touch_probability
from hedge_widgets.pages.margin import charts, words
from hedge_widgets.pages.margin.controls import SLIDERS
from tests.charts.explorer_charts import Charts, books, texts

START = {
    "leverage": 4.0,
    "spike": 0.35,
    "trough": -0.4,
    "end": -0.3,
    "peak_at": 0.3,
    "days": 30.0,
    "horizon": 30.0,
    "stop": 0.1,
    "deleveraged_at": 0.2,
    "volatility": 0.8,
    "limit": 0.01,
    "funding_rate": -0.0006,
    **NO_GAPS,
}

SPREAD = volatility_spread()
PAST = PastCloses(closes=100.0 * np.exp(np.cumsum(0.05 * np.random.default_rng(1).standard_normal(400))))


def setting(label: str = "Binance USD-M BTCUSDT", price: float = 30_000.0, **changes: Any) -> MarginSetting:
    """Return a page's setting: a hedge of one coin unless changed, and 0.45 of its value as cash."""
    spec = contract(label)
    fields = {
        "contract": spec,
        "tiers": spec.tiers,
        "side": -1.0,
        "position_value": price,
        "entry_price": price,
        "spot_value": price,
        "cash": 0.45 * price,
        "stamp": "drawn",
    }
    return MarginSetting(**{**fields, **changes})


SETTINGS = (
    setting(),
    setting("Binance COIN-M BTCUSD_PERP", 60_000.0, varies=SPREAD),
    setting(side=1.0, liquidation_leaves="fee", varies=SPREAD, past=PAST),
    setting(other=contract("Binance USD-M SOLUSDT"), other_value=-15_000.0, other_beta=1.5),
    setting("Bybit BTCUSD", 60_000.0, own_collateral=30_000.0),
    setting("Binance USD-M ADAUSDT", 0.65, position_value=3.0),
)


PAGE = Charts(
    topic="margin",
    charts=charts,
    keys=("price", "account", "handling", "liquidation", "chance"),
    fixed=("liquidation", "chance"),
    picture=margin_picture,
    settings=SETTINGS,
    sliders=SLIDERS,
    start=START,
    idle={5: ("stop", "deleveraged_at", "funding_rate")},  # too small to be opened
    readouts=texts(words),
    marks=(words.MARKS, words.marks, words.REMARKS),
)
values = PAGE.values


# ---- the path --------------------------------------------------------------------------------------------------------
def test_the_path_goes_through_its_points() -> None:
    """Straight from entry to the spike, half of the rest later the trough, then the end; exactly, also at the edges."""
    for share in (0.0, 0.3, 1.0):
        picture = margin_picture(SETTINGS[0], values(peak_at=share))
        days, moves = picture.path_days[0], picture.path_moves[0]
        assert (days[0], moves[0]) == (0.0, 0.0)
        assert (days[-1], moves[-1]) == (30.0, pytest.approx(-0.3))
        assert moves.max() == pytest.approx(0.35)
        assert moves.min() == pytest.approx(-0.4)
        assert days[moves.argmax()] == pytest.approx(30.0 * share)
        assert (np.diff(days) >= 0).all()


@given(books(SLIDERS))
@settings(max_examples=40)
@example({**START, "leverage": 1.0, "spike": 1.0, "peak_at": 0.0, "stop": 0.01})
def test_the_outcomes_are_those_of_the_model_on_the_same_corners(chosen: dict[str, float]) -> None:
    """Isolated and stopped: ``hedge_path`` and ``hedge_stop_path`` on the four points of the path."""
    state = SETTINGS[0]
    picture = margin_picture(state, values(**{**chosen, **NO_GAPS}))
    if picture.refusal[0]:
        return
    corners = 30_000.0 * (1.0 + np.array([0.0, chosen["spike"], chosen["trough"], chosen["end"]]))
    margin = 30_000.0 / chosen["leverage"]
    known = hedge_path(1, 1, 30_000, margin, state.contract.tiers, corners)
    assert picture.outcome.isolated[0] == pytest.approx(known.net_pnl, abs=1e-6)
    assert picture.outcome.unhedged[0] == pytest.approx(known.spot_pnl, abs=1e-6)
    stop_move = chosen["stop"]
    if 0 < stop_move < picture.isolated_move[0]:
        stopped = hedge_stop_path(1, 1, 30_000, 30_000 * (1 + stop_move), corners, state.contract.taker_fee_rate)
        assert picture.outcome.stopped[0] == pytest.approx(stopped.net_pnl, abs=1e-6)


@pytest.mark.parametrize("state", SETTINGS[:5], ids=range(5))
def test_the_equity_meets_the_minimum_where_the_hedge_is_liquidated(state: MarginSetting) -> None:
    """At the isolated and the cross liquidation equity is maintenance margin with closing fee, from the definition."""
    picture = margin_picture(state, values(leverage=5.0))
    spec, price, entry, quantity = state.contract, picture.isolated_price[0], state.entry_price, state.quantity
    if np.isfinite(price):
        gain = 1 / entry - 1 / price if state.is_inverse else price - entry
        notional = quantity / price if state.is_inverse else quantity * price
        equity = picture.collateral[0] / state.unit_price + state.side * quantity * gain
        asked = spec.tiers.maintenance_margin(notional) + spec.closing_fee_rate * notional
        assert equity == pytest.approx(asked, rel=1e-9)
    for move in (picture.cross_fall[0], picture.cross_rise[0]):
        if np.isnan(move):
            continue
        posted = picture.collateral[0] / state.unit_price
        wallet = posted if state.is_inverse else max(posted, state.cash)
        account = Account(positions=state.positions(), wallet=wallet)
        shifts = {coin: beta * move for coin, beta in state.betas.items()}
        now = account_state(account, shifts)
        assert now.equity == pytest.approx(now.maintenance_margin, rel=1e-9)


def test_more_cash_never_brings_the_liquidation_nearer() -> None:
    """More than the margin moves the cross liquidation away; less, or none that is said, leaves the isolated one."""
    moves = [margin_picture(setting(cash=cash), values()).cross_rise[0] for cash in np.linspace(7_500.0, 67_500.0, 21)]
    assert (np.diff(moves) > 0).all()
    for cash in (0.0, 5_000.0, 7_500.0):
        picture = margin_picture(setting(cash=cash), values())
        assert picture.cross_rise[0] == pytest.approx(picture.isolated_move[0])


@given(st.floats(1.0, 100.0), st.floats(0.0, 1e6))
@settings(max_examples=40)
def test_cash_is_counted_once_whatever_the_leverage(leverage: float, cash: float) -> None:
    """Cross does not know how the cash is split: P* = (U + Q E) / (Q (1 + mu)) for U, the cash or a larger margin."""
    picture = margin_picture(setting(cash=cash), values(leverage=leverage))
    price = 30_000.0 * (1.0 + picture.cross_rise[0])
    account = Account(positions=setting().positions(), wallet=max(cash, 30_000.0 / leverage))
    state = account_state(account, {"BTC": picture.cross_rise[0]})
    assert state.equity == pytest.approx(state.maintenance_margin, rel=1e-9)
    assert price > 0


def test_another_position_can_only_hurt_when_it_moves_the_same_way() -> None:
    """A second short whose coin moves with the first brings the cross liquidation nearer; a long one moves it away."""
    alone, short, long = (
        margin_picture(setting(other=other, other_value=value, other_beta=1.0), values()).cross_rise[0]
        for other, value in (
            (None, 0.0),
            (contract("Binance USD-M ETHUSDT"), -9_000.0),
            (contract("Binance USD-M ETHUSDT"), 9_000.0),
        )
    )
    assert short < alone < long


def test_a_large_other_position_can_end_the_wallet_the_other_way() -> None:
    """Twice the size long in the same wallet: the fall ends it, the bar, the equity and the chance know it."""
    big = setting(other=contract("Binance USD-M ETHUSDT"), other_value=90_000.0, other_beta=1.0)
    picture = margin_picture(big, values(spike=0.05))
    assert -0.4 < picture.cross_fall[0] < 0
    wallet = 7_500.0 + 6_000.0
    assert picture.outcome.cross[0] == pytest.approx(-0.3 * 30_000.0 - wallet)
    after = picture.path_days[0] > picture.outcome.cross_time[0]
    assert (picture.cross_equity[0, after] == 0).all()
    below = 30_000.0 * (1 + picture.cross_fall[0])
    assert picture.chance_cross[0] >= touch_probability(30_000.0, below, 1.0, 0.8, 30 / 365)
    assert int(words.story(picture)["ends"][0]) & 8


def test_an_inverse_margin_is_shown_in_dollars() -> None:
    """A third of a coin as margin of a 3x short is worth 20,000 at the entry, and its equity moves with the price.

    Cash in dollars is no margin of it.
    """
    picture = margin_picture(SETTINGS[1], values(leverage=3.0, spike=0.1))
    assert picture.collateral[0] == pytest.approx(20_000.0)
    assert picture.equity[0, 0] == pytest.approx(20_000.0)
    coins = 1 / 3 - 60_000 * (1 / 60_000 - 1 / 66_000)
    peak = picture.path_moves[0].argmax()
    assert picture.equity[0, peak] == pytest.approx(coins * 66_000)
    assert picture.coin_delta[0] == pytest.approx(20_000.0)
    assert picture.cross_rise[0] == pytest.approx(picture.isolated_move[0])


def test_tiles_by_hand() -> None:
    """A 2x short of one coin at 30,000, 0.4 %: margin, top-ups, exposure, funding; a long the other way."""
    picture = margin_picture(SETTINGS[0], values(leverage=2.0, funding_rate=-0.003))
    assert picture.collateral[0] == 15_000.0
    assert picture.maintenance_margin[0] == pytest.approx(120.0)
    np.testing.assert_allclose(picture.top_ups[0], [0.0, 0.0, 45_000 * 0.004], rtol=1e-9)  # equity 0 at +50 %
    assert picture.days_of_funding[0] == pytest.approx(14_880 / 30 / 3)
    tiles = words.tiles(picture)
    assert tiles["net_delta"][0] == pytest.approx(0.0)
    assert tiles["worst"][0] == pytest.approx(0.35)
    long = margin_picture(setting(side=1.0), values(leverage=2.0, funding_rate=0.003))
    np.testing.assert_allclose(long.top_ups[0], [0.0, 0.0, 15_000 * 0.004], rtol=1e-9)
    assert long.days_of_funding[0] == pytest.approx(14_880 / 30 / 3)
    assert words.tiles(long)["net_delta"][0] == pytest.approx(60_000.0)
    assert words.tiles(long)["worst"][0] == pytest.approx(-0.4)
    receiving = margin_picture(SETTINGS[0], values(leverage=2.0, funding_rate=0.003))
    assert words.tiles(receiving)["receives"][0] == 1
    assert words.tiles(margin_picture(SETTINGS[0], values(funding_rate=0.0)))["receives"][0] == 3


def test_coins_that_back_their_own_short_count_by_their_ratio() -> None:
    """model.md 3.7: P* = (U + Q E) / (Q (1 + mu - c)) for cash U, margin included, and as many coins."""
    for ratio in (0.5, 0.9):
        picture = margin_picture(setting(collateral_ratio=ratio, cash=12_000.0), values(leverage=5.0))
        price = (12_000.0 + 30_000.0) / (1.004 - ratio)
        assert picture.unified_move[0] == pytest.approx(
            price / 30_000.0 - 1.0, rel=5e-3
        )  # a later tier asks a bit more


def test_a_fee_that_is_below_the_maintenance_leaves_the_rest() -> None:
    """By hand: maintenance 0.4 %, fee 0.1 % of the notional at the liquidation price; lost means all of it."""
    spec = replace(contract("Binance USD-M BTCUSDT"), liquidation_fee_rate=0.001)
    kept = margin_picture(setting(contract=spec, liquidation_leaves="fee", cash=0.0), values())
    price = kept.isolated_price[0]
    assert kept.left[0] == pytest.approx(0.003 * price)
    assert kept.outcome.isolated[0] == pytest.approx(-9_000.0 - 7_500.0 + 0.003 * price)
    assert kept.outcome.cross[0] == pytest.approx(kept.outcome.isolated[0])
    assert kept.cross_equity[0, -1] == kept.equity[0, -1] == pytest.approx(0.003 * price)
    lost = margin_picture(setting(contract=spec, cash=0.0), values())
    assert lost.left[0] == 0.0


def test_the_curves_are_the_figures_at_every_leverage() -> None:
    """Cross counts all of the cash, its chance the cross price; the past of a leverage is that of its price."""
    picture = margin_picture(setting(cash=15_000.0, past=PAST), values(leverage=5.0))
    at = np.interp(5.0, GRID, picture.curve_cross[0])
    assert at == pytest.approx(picture.cross_rise[0], rel=5e-3)
    assert picture.curve_cross[0][30] > picture.curve_isolated[0][30] + 0.2
    price = 30_000.0 * (1.0 + picture.cross_rise[0])
    assert picture.chance_cross[0] == pytest.approx(touch_probability(30_000.0, price, -1.0, 0.8, 30 / 365))
    known = np.isfinite(picture.curve_past[0])
    furthest = [max(PAST.closes[t + 1 : t + 31]) / PAST.closes[t] - 1.0 for t in range(370)]
    shares = [np.mean(np.array(furthest) >= move) for move in picture.curve_isolated[0][known]]
    assert picture.curve_past[0][known] == pytest.approx(shares)


def test_an_open_wallet_holds_its_other_position() -> None:
    """Cross is the whole wallet: the other position's gain at the end is in it, in no other bar."""
    sol = contract("Binance USD-M SOLUSDT")
    other = setting(other=sol, other_value=-3_000.0, other_beta=2.0, cash=21_000.0)
    picture = margin_picture(other, values(leverage=2.0, spike=0.05))
    assert np.isnan(picture.outcome.cross_time[0])
    assert picture.outcome.cross[0] - picture.outcome.lived[0] == pytest.approx(3_000.0 * 0.6)
    end = picture.cross_equity[0, -1] - 21_000.0
    assert picture.outcome.cross[0] == pytest.approx(-9_000.0 + end)


def test_an_inverse_contract_without_coins_is_hedging_its_margin() -> None:
    """60,000 of coin posted at a slider of 3x: without the hedge a fall of 30 % costs 18,000."""
    own = setting("Binance COIN-M BTCUSD_PERP", 60_000.0, spot_value=0.0, own_collateral=60_000.0)
    picture = margin_picture(own, values(leverage=3.0))
    assert picture.outcome.unhedged[0] == pytest.approx(-18_000.0)
    assert picture.outcome.lived[0] == pytest.approx(0.0, abs=1e-6)


# ---- chances ---------------------------------------------------------------------------------------------------------
def test_the_chances_are_the_models() -> None:
    """The closed form at the page's liquidation price; looking once a day finds less; the limit's leverage meets it."""
    state = SETTINGS[0]
    picture = margin_picture(state, values(leverage=10.0, volatility=0.6))
    price = liquidation_price("linear", -1.0, 1.0, 30_000.0, 3_000.0, state.contract.tiers)
    assert picture.chance[0] == pytest.approx(touch_probability(30_000.0, price, -1.0, 0.6, 30 / 365))
    assert picture.chance[0] == pytest.approx(0.568, abs=5e-4)
    assert picture.chance_seen[0] < picture.chance[0] - 0.02
    at_limit = margin_picture(state, values(leverage=float(picture.safe_leverage[0]), volatility=0.6))
    assert at_limit.chance[0] == pytest.approx(0.01, rel=1e-6)


def test_a_volatility_that_varies_allows_less_leverage_and_meets_the_limit() -> None:
    """At small limits; opened with the leverage found, the chance is the limit, with the same function as elsewhere."""
    plain, varied = (margin_picture(setting(varies=varies), values(volatility=0.6)) for varies in (None, SPREAD))
    assert varied.safe_leverage[0] < 0.6 * plain.safe_leverage[0]
    at_limit = margin_picture(setting(varies=SPREAD), values(leverage=2.0, volatility=0.6))
    again = margin_picture(setting(varies=SPREAD), values(limit=float(at_limit.chance[0]), volatility=0.6))
    assert again.safe_leverage[0] == pytest.approx(2.0, rel=1e-6)


def test_the_chance_is_that_of_the_days_the_hedge_is_held_not_of_the_path() -> None:
    """A crash drawn over two days says nothing about thirty: the advice follows the hold and not the path."""
    month, crash = (margin_picture(setting(varies=SPREAD, past=PAST), values(days=days)) for days in (30.0, 2.0))
    held = margin_picture(setting(varies=SPREAD, past=PAST), values(horizon=2.0))
    for name in ("safe_leverage", "chance", "chance_seen", "chance_cross", "past_share", "safe_past"):
        assert getattr(month, name)[0] == getattr(crash, name)[0], name
    assert held.safe_leverage[0] > 3 * crash.safe_leverage[0]
    assert (month.past_windows[0], month.past_apart[0]) == (370, 13)
    assert (held.past_windows[0], held.past_apart[0]) == (398, 199)


def test_past_windows_by_hand() -> None:
    """Six closes, windows of two days: rises and falls from each close, one close missing."""
    past = PastCloses(closes=np.array([100.0, 110.0, 90.0, np.nan, 99.0, 120.0]))
    # From 100: 110, 90. From 110: 90. From 90: 99 alone. None starts at the gap, and none ends after the last close.
    assert past.furthest(2, -1.0) == pytest.approx([-20 / 110, 0.1, 0.1])
    assert past.furthest(2, 1.0) == pytest.approx([-0.1, 0.1, 20 / 110])
    share, windows, apart = past.reached(np.array([2.0, 2.0, 9.0]), -1.0, np.array([0.09, np.nan, 0.09]))
    assert share == pytest.approx([2 / 3, np.nan, np.nan], nan_ok=True)
    assert (windows.tolist(), apart.tolist()) == ([3, 3, 0], [2, 2, 0])
    assert past.reached(np.array([2.0]), 1.0, np.array([-0.15]))[0] == pytest.approx([1 / 3])


def test_a_position_without_a_liquidation_price_has_no_chance_of_it() -> None:
    """1x inverse: never liquidated, chance 0, and the sentence says so."""
    picture = margin_picture(SETTINGS[1], values(leverage=1.0))
    assert np.isnan(picture.isolated_price[0])
    assert picture.chance[0] == picture.chance_seen[0] == 0.0
    columns = words.story(picture)
    assert (columns["case"][0], columns["verdict"][0]) == (2, 3)


# ---- refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "leverage", "case"),
    [
        (setting("Binance USD-M ADAUSDT", 0.65, position_value=20_000.0), 75.0, 3),
        (setting(own_collateral=5_000.0), 4.0, 4),
        (setting("Binance USD-M ADAUSDT", 0.65, position_value=3.0), 4.0, 5),
        (setting(position_value=2e9), 1.0, 6),
    ],
)
def test_what_cannot_be_opened_is_a_sentence_and_no_number(state: MarginSetting, leverage: float, case: int) -> None:
    """Above the tier's leverage, below the initial margin, too small, too large: no price, no chance, no outcome."""
    picture = margin_picture(state, values(leverage=leverage))
    assert words.story(picture)["case"][0] == case
    for name in (
        "isolated_price",
        "isolated_move",
        "cross_fall",
        "cross_rise",
        "queue_profit",
        "unified_move",
        "chance",
        "past_share",
        "chance_seen",
    ):
        assert np.isnan(getattr(picture, name)[0]), name
    for name in ("isolated", "cross", "lived", "stopped", "deleveraged"):
        assert np.isnan(charts.path._nets(picture)[0][charts.path.HANDLINGS.index(name)]), name
    assert np.isfinite(picture.outcome.unhedged[0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"other": contract("Binance COIN-M BTCUSD_PERP")},
            "an inverse contract settles in its coin, not dollars and BTC",
        ),
        ({"entry_price": 0.0}, "entry price must be a finite number"),
        ({"position_value": float("nan")}, "position"),
        ({"other_beta": -1.0}, "beta of the other position must be a finite number from 0 to 20, not -1"),
        ({"collateral_ratio": 1.2}, "counts as collateral .* must be a finite number from 0 to 1, not 1.2"),
        ({"spot_value": -5.0}, "coins you hold"),
        (
            {"other": contract("Binance USD-M SOLUSDT"), "other_value": -9e9},
            "at most the last margin tier of Binance USD-M SOLUSDT, 400,000,000 dollars, not 9,000,000,000",
        ),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], words: str) -> None:
    """Each with a sentence that names the thing, the rule and the value; several currencies in one wallet too."""
    with pytest.raises(InputError, match=words):
        setting(**changes)


def test_handlings_are_of_one_model_call() -> None:
    """The page's bars are the fields of the model's outcome, in order."""
    names = [
        name for name in handled_hedge.__annotations__["return"].__dataclass_fields__ if not name.endswith("_time")
    ]
    assert tuple(names) == charts.path.HANDLINGS


def test_more_margin_than_asked_is_less_leverage() -> None:
    """Posting all of the position's value at a slider of 4x: liquidated as a 1x short, and shown as one."""
    picture = margin_picture(setting(own_collateral=30_000.0), values())
    assert picture.leverage[0] == pytest.approx(1.0)
    assert picture.isolated_move[0] == pytest.approx(0.992, abs=1e-3)
    assert words.story(picture)["leverage"][0] == pytest.approx(1.0)
    assert charts.chance_traces(picture)[4]["x"][0, 0] == pytest.approx(1.0)


def test_the_queue_knows_liquidation_and_infinity() -> None:
    """By hand: liquidated on the way up it never profits; open at -40 % it does; a 1x inverse short has leverage 1."""
    lost = margin_picture(SETTINGS[0], values())
    assert lost.queue_profit[0] == pytest.approx(0.0, abs=1e-12)
    is_open = margin_picture(SETTINGS[0], values(leverage=2.0))
    assert is_open.queue_profit[0] == pytest.approx(0.4)
    assert is_open.queue_leverage[0] == pytest.approx(18_000 / (45_000 - 18_000))
    inverse = margin_picture(SETTINGS[1], values(leverage=1.0))
    assert inverse.queue_leverage[0] == pytest.approx(1.0)


def test_other_ends_of_the_path_are_said() -> None:
    """The sentence tells of the stop, the venue and the wallet, each where it happens, and of none where none does."""
    quiet = margin_picture(SETTINGS[0], values(spike=0.02, stop=0.0, deleveraged_at=0.0))
    assert words.story(quiet)["ends"][0] == 0
    stopped = margin_picture(SETTINGS[0], values(spike=0.2, leverage=3.0, stop=0.1, deleveraged_at=0.2))
    assert words.story(stopped)["ends"][0] == 6
    wallet = margin_picture(setting(cash=0.0), values(stop=0.0, deleveraged_at=0.0))
    assert words.story(wallet)["ends"][0] == 8
    short_of_cash = margin_picture(
        setting(cash=9_000.0), values(spike=0.02, leverage=3.0, stop=0.0, deleveraged_at=0.0)
    )
    story = words.story(short_of_cash)
    assert (story["ends"][0], story["needed"][0], story["cash"]) == (1, pytest.approx(10_000.0), 9_000.0)
    for row in (quiet, stopped, wallet):
        columns = words.story(row)
        assert columns["stopped"][0] == pytest.approx(abs(row.outcome.stopped[0]))


def test_no_label_leaves_its_axis() -> None:
    """The names at the lines' ends stand inside the frame, also where several lines end at 0."""
    for state in SETTINGS[:5]:
        for leverage in (1.0, 4.0, 50.0):
            picture = margin_picture(state, values(leverage=leverage))
            heights = charts.account_traces(picture)[5]["y"]
            assert np.nanmin(heights, initial=0.0) >= 0
            assert np.nanmin(charts.liquidation_traces(picture)[4]["y"], initial=0.0) >= 0
            assert np.nanmax(charts.chance_traces(picture)[5]["y"], initial=0.0) <= 1.0 + 1e-9


# The contract away from its coin


def test_the_mark_of_a_contract_above_its_coin_liquidates_sooner() -> None:
    """By hand: 10x at 0.4 % is liquidated at 33,000 / 1.004; 8 % above its coin, the coin is at 30,434 then."""
    path = {"leverage": 10.0, "spike": 0.03, "trough": 0.0, "end": 0.0, "stop": 0.0, "deleveraged_at": 0.0}
    calm = margin_picture(SETTINGS[0], values(**path))
    away = margin_picture(SETTINGS[0], values(**path, spike_gap=0.08))
    assert np.isnan(calm.outcome.isolated_time[0])
    assert away.outcome.isolated_time[0] < 0.3 * 30.0
    assert away.isolated_price[0] == calm.isolated_price[0] == pytest.approx(33_000 / 1.004)
    assert away.coin_move[0] == pytest.approx(33_000 / 1.004 / 32_400 - 1)
    assert words.story(away)["inside"][0] == 1
    assert words.story(calm)["inside"] == 0


@given(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
@settings(max_examples=25)
def test_a_gap_gains_what_it_closes_by(entry: float, end: float) -> None:
    """A short of one at 30,000 that stays open gains the coin's fall and the gap's; at one gap throughout, no gap's."""
    path = {"leverage": 1.5, "spike": 0.0, "trough": 0.0, "end": 0.0, "stop": 0.0, "deleveraged_at": 0.0}
    one = margin_picture(SETTINGS[0], values(**path, entry_gap=entry, exit_gap=end))
    assert one.outcome.lived[0] == pytest.approx(30_000 * (1 - (1 + end) / (1 + entry)), abs=1e-6)
    same = margin_picture(SETTINGS[0], values(**path, entry_gap=entry, spike_gap=entry, exit_gap=entry))
    assert same.outcome.lived[0] == pytest.approx(0.0, abs=1e-6)
    assert same.mark_moves == pytest.approx(same.path_moves, abs=1e-12)


def test_a_liquidation_in_a_thinned_book_is_a_range() -> None:
    """By hand: 1 % of the volume at 2 % a day, 25 times thinner, is 1 % and the half spread: more than was kept."""
    spec = replace(contract("Binance USD-M BTCUSDT"), daily_volume=3e6, half_spread=0.001)
    kept = setting(contract=spec, liquidation_leaves="fee", cash=0.0)
    calm = margin_picture(kept, values(leverage=10.0, volatility=0.02 * np.sqrt(365.0)))
    thin = margin_picture(kept, values(leverage=10.0, volatility=0.02 * np.sqrt(365.0), thinning=25.0))
    fill = 33_000 / 1.004 * 1.011
    assert thin.fill_price[0] == pytest.approx(fill)
    assert thin.fill_loss[0] == pytest.approx(fill - 30_000)
    assert (thin.fill_loss - thin.collateral)[0] == pytest.approx(230.08, abs=0.01)
    assert thin.left[0] == 0.0 < calm.left[0] or calm.left[0] == 0.0
    assert words.story(thin)["thinned"][0] == 2
    assert words.tiles(thin)["no_isolated"][0] == 3
