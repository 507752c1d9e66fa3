"""The carry page's charts and words: an update equals a new page, a table's row its picture, figures the model's."""

import datetime
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.model.carry import break_even_move, clamped_rate, funding_pnl, rolling_sums
from hedge_widgets.model.carry.course import ANY_DAY, FundingHistory, funding_course
from hedge_widgets.model.carry.picture import carry_picture, price_pnl
from hedge_widgets.model.carry.setting import ORDER_VALUES, CarrySetting
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.carry import charts, notes, words
from hedge_widgets.pages.carry.charts.days import value_range
from hedge_widgets.pages.carry.controls import SLIDERS
from hedge_widgets.pages.carry.examples import made_up_book, rule_of, terms_of
from tests.charts.explorer_charts import Charts, books, texts

START = {
    "days": 30.0,
    "funding_rate": 0.0001,
    "move": -0.2,
    "basis": 0.02,
    "premium": -0.0002,
    "order_value": 50_000.0,
    "hours": 1.0,
    "money_rate": 0.05,
    "volatility": 0.6,
}
TODAY = datetime.date(2026, 11, 20)
_DRAW = np.random.default_rng(5)
PAYMENTS = np.round(1e-4 + 4e-4 * _DRAW.standard_normal(3 * 400), 6)


def history(payments: Any = PAYMENTS, **changes: Any) -> FundingHistory:
    """Return a history of 400 days with both signs."""
    last = datetime.date(2024, 1, 1) + datetime.timedelta(days=len(payments) // 3 - 1)
    fields = {"name": "XYZ, made up", "source": "drawn", "first": datetime.date(2024, 1, 1), "last": last}
    return FundingHistory(**{**fields, "payments": np.asarray(payments), "is_simulated": True, **changes})


HISTORY = history()


def setting(label: str = "Binance USD-M BTCUSDT", price: float = 30_000.0, **changes: Any) -> CarrySetting:
    """Return a page's setting: $2,400 short of $6,000 unless changed."""
    spec = contract(label)
    terms = terms_of(spec)
    bids, asks = made_up_book(price, terms["half_spread"], terms["daily_volume"])
    fields: dict[str, Any] = {
        "contract": spec,
        "rule": rule_of(spec),
        "history": HISTORY,
        "holding_value": 6_000.0,
        "coverage": 0.4,
        "spot_price": price,
        "leverage": 3.0,
        "today": TODAY,
        "expiry": datetime.date(2027, 2, 18),
        "roll_date": datetime.date(2027, 2, 11),
        "bids": bids,
        "asks": asks,
    }
    return CarrySetting(**{**fields, **terms, **changes})


SETTINGS = (
    setting(),
    setting("Binance USD-M WIFUSDT", 1.0, opened_at=-0.0001, orders="maker", leverage=1.0),
    setting("Hyperliquid BTC", 60_000.0, book_side="buy", coverage=1.0, put_distance=0.0),
    setting("dYdX v4 SOL-USD", 150.0, bids=(), asks=()),
    setting("Example low-cap perp", 0.5, holding_value=50_000.0, bids=((0.499, 70_000.0),), asks=((0.501, 10_000.0),)),
)


PAGE = Charts(
    topic="carry",
    charts=charts,
    keys=("accrued", "carried", "breakeven", "clamp", "depth"),
    fixed=("depth",),
    picture=carry_picture,
    settings=SETTINGS,
    sliders=SLIDERS,
    start=START,
    readouts={
        **texts(words),
        "rule": (notes.RULE, notes.RULE_SLOTS, notes.rule),
        "book": (notes.BOOK, notes.BOOK_SLOTS, notes.book),
    },
    marks=(notes.MARKS, notes.marks, notes.REMARKS),
)
values = PAGE.values


# ---- funding ---------------------------------------------------------------------------------------------------------
def test_the_history_is_the_sums_of_its_payments() -> None:
    """Opened on any day: the course's quantiles after 30 days are those of all sums of 90 payments from midnight."""
    course = funding_course(HISTORY, ANY_DAY)
    assert (course.n_starts, course.horizon) == (200, 200)
    by_hand = rolling_sums(PAYMENTS[3:], 90)[::3][:200]
    np.testing.assert_allclose(course.bands[:, 30], np.quantile(by_hand, (0.05, 0.25, 0.5, 0.75, 0.95)))
    assert course.share_paid[30] == pytest.approx((by_hand < 0).mean())
    assert course.bands[:, 0].tolist() == [0.0] * 5


def test_a_regime_looks_at_the_day_before_only() -> None:
    """A start counts by the mean rate of the day before it, so that nothing of what follows chooses it."""
    payments = np.zeros(3 * 120)
    payments[0 : 3 * 40 : 3] = -0.003  # forty days of -0.1 % a payment on the mean, then nothing
    course = funding_course(history(payments), -0.001)
    assert course.n_starts == 40
    # From the second day on 39, 38, ... 0 days are left to pay.
    assert course.bands[2, 60] == pytest.approx(-0.003 * np.median(np.arange(40)))
    assert course.share_paid[60] == pytest.approx(39 / 40)


def test_a_regime_that_never_was_is_a_sentence() -> None:
    """Too few days at the level asked for: named with the history, the level and the number."""
    with pytest.raises(
        InputError, match=r"XYZ, made up must have at least 10 days at −0.5\s% in 8 h or beyond.* has 0"
    ):
        setting(opened_at=-0.005)
    with pytest.raises(InputError, match="at least 10 days, with a stretch after them to look at, and it has 8"):
        setting(history=history(PAYMENTS[: 3 * 15]))


def test_bands_end_where_the_history_does() -> None:
    """Beyond half of the history there is no band and no number, and the sentence says so."""
    picture = carry_picture(setting(), values(days=365.0))
    assert np.isnan(picture.band).all()
    assert np.isnan(picture.bands[0, 2, -1])
    assert np.isfinite(picture.bands[0, 2, 20])
    assert words.story(picture)["no_history"][0]


@pytest.mark.parametrize("label", ["Binance USD-M BTCUSDT", "Binance USD-M WIFUSDT", "Hyperliquid BTC"])
@pytest.mark.parametrize("rate", [0.0003, -0.0005])
def test_the_sign_decides_who_pays(label: str, rate: float) -> None:
    """Positive is received, negative paid, at the contract's own interval; the words follow the sign."""
    spec = contract(label)
    picture = carry_picture(setting(label), values(funding_rate=rate, days=10.0))
    paid = funding_pnl(-1.0, 2_400.0, rate, 10 * 24 / spec.funding_interval)
    assert picture.carries["perpetual"].carry[0] == pytest.approx(paid)
    assert picture.funded[0, -1] == pytest.approx(paid)
    assert words.story(picture)["payer"][0] == (1 if rate > 0 else 0)
    template = words.STORY[0].lines[0].templates[1 if rate > 0 else 0]
    assert ("you receive" in template) == (rate > 0)
    assert ("you pay" in template) == (rate < 0)


def test_the_course_of_a_constant_rate_is_a_line_through_its_payments() -> None:
    """On the chart every point lies on a payment, so that few payments leave no stairs between."""
    picture = carry_picture(setting("Binance USD-M WIFUSDT", 1.0), values(days=1.0, funding_rate=0.001))
    np.testing.assert_allclose(picture.funded[0], 2_400 * 0.001 * 6 * picture.day_grid[0], atol=1e-9)
    assert set(np.round(picture.day_grid[0] * 6, 9)) == {0, 1, 2, 3, 4, 5, 6}


# ---- the rule --------------------------------------------------------------------------------------------------------
def test_the_flat_zone_by_hand() -> None:
    """From -0.04 to +0.06 % the rate is +0.01 %, beyond it the premium less or more 0.05 %; an hour pays an eighth."""
    for premium, rate in ((-0.0004, 1e-4), (-0.0001, 1e-4), (0.0006, 1e-4), (-0.001, -0.0005), (0.002, 0.0015)):
        picture = carry_picture(setting(), values(premium=premium))
        assert picture.rule_rate[0] == pytest.approx(rate)
        assert picture.rule_rate[0] == pytest.approx(clamped_rate(premium))
        hourly = carry_picture(setting("Hyperliquid BTC"), values(premium=premium))
        assert hourly.rule_rate[0] == pytest.approx(rate / 8)
    zones = [notes.rule(carry_picture(setting(), values(premium=p)))["zone"][0] for p in (-0.0004, 0.0, 0.001)]
    assert zones == [0, 0, 2]
    assert notes.rule(carry_picture(setting("dYdX v4 SOL-USD", 150.0), values()))["zone"][0] == 3


def test_the_zone_is_drawn_where_it_is() -> None:
    """The shaded premiums are the rule's; a rule without such a zone has none."""
    (shape,) = charts.clamp_moving_layout(carry_picture(setting(), values()))["shapes"]
    assert (shape["x0"], shape["x1"]) == pytest.approx((-0.0004, 0.0006))
    assert charts.clamp_moving_layout(carry_picture(SETTINGS[3], values()))["shapes"] == []


# ---- three shorts ----------------------------------------------------------------------------------------------------
def test_three_shorts_by_hand() -> None:
    """90 days: funding 64.80; the future's 48 and no roll; 180 days: 96 and one roll of two fees more."""
    state = setting(half_spread=0.0, roll_date=datetime.date(2027, 2, 18))  # at its expiry
    picture = carry_picture(state, values(days=90.0, money_rate=0.0, volatility=0.0))
    fees = 2 * 2_400 * 0.0005
    found = {name: carry.net[0] for name, carry in picture.carries.items()}
    assert found == pytest.approx({"perpetual": 64.8 - fees, "dated": 48 - fees, "inverse": 64.8 - fees})
    longer = carry_picture(state, values(days=180.0, money_rate=0.0, volatility=0.0)).carries["dated"]
    assert (longer.net[0], longer.n_rolls[0]) == pytest.approx((96 - 2 * fees, 1))
    for name, curve in picture.curves.items():
        assert curve[0, -1] == pytest.approx(found[name])
        assert curve[0, 0] == pytest.approx(-fees)


def test_margin_costs_what_it_could_earn() -> None:
    """$800 of margin for a year at 5 % is $40, and none for coins that back themselves."""
    free, dear = (carry_picture(setting(), values(days=365.0, money_rate=rate)) for rate in (0.0, 0.05))
    cost = {name: free.carries[name].net[0] - dear.carries[name].net[0] for name in free.carries}
    assert cost == pytest.approx({"perpetual": 40.0, "dated": 40.0, "inverse": 0.0})


def test_contango_is_gained_and_backwardation_paid() -> None:
    """Errata E5: the words go with the sign of the basis; 2 % for 90 days is 8.11 % a year, 8.36 % compound."""
    above, flat, below = (carry_picture(setting(), values(basis=basis)) for basis in (0.02, 0.0, -0.01))
    assert [words.story(p)["basis_case"][0] for p in (above, flat, below)] == [1, 0, 2]
    assert (above.locked[0], below.locked[0]) == pytest.approx((48.0, -24.0))
    assert above.basis.annual_simple[0] == pytest.approx(0.0811, abs=5e-5)
    assert above.basis.annual_compound[0] == pytest.approx(0.0836, abs=5e-5)
    templates = next(line for line in words.STORY[0].lines if line.pick == "basis_case").templates
    assert "keeps it. That is {locked}" in templates[1]
    assert "pays the difference. That is {locked}" in templates[2]


# ---- against the move ------------------------------------------------------------------------------------------------
@settings(max_examples=40)
@given(PAGE.states)
def test_the_short_has_paid_for_itself_at_its_break_even(state: Any) -> None:
    """There its gain by the move is what carry and costs leave to pay; without interest it is the model's figure."""
    where, chosen = state
    picture = carry_picture(where, values(**chosen))
    even = picture.break_even_move[0]
    if picture.carries["perpetual"].is_eaten[0]:
        assert np.isnan(even)  # its margin is gone: no move pays for it
        return
    assert -where.notional * even + picture.carries["perpetual"].net[0] == pytest.approx(0.0, abs=1e-6)
    plain_picture = carry_picture(where, values(**{**chosen, "money_rate": 0.0}))
    periods = np.floor(24 * chosen["days"] / where.contract.funding_interval + 1e-9)
    fee = plain_picture.fill_cost_rate[0]
    _, fall, _ = break_even_move(where.notional, 2 * fee, 0.0, chosen["funding_rate"], periods)
    assert plain_picture.break_even_move[0] == pytest.approx(-fall, abs=1e-12)


@pytest.mark.parametrize(("beta", "own"), [(1.0, 0.0), (2.5, -0.1), (-2.0, 0.3), (0.0, -0.2)])
def test_the_chart_of_moves_is_the_tile(beta: float, own: float) -> None:
    """At every move the heavy line and the tile agree, before and after the short's liquidation and the coins' end."""
    state = setting(leverage=5.0, spot_beta=beta, spot_own_move=own)
    for move in (-0.5, -0.1, 0.0, 0.1, 0.3, 0.6):
        picture = carry_picture(state, values(move=move))
        trace = charts.breakeven_traces(picture)[4]
        x, y = trace["x"][0], trace["y"][0]
        before, after = np.flatnonzero(np.isclose(x, picture.liquidation_move[0]))
        keep = np.arange(len(x)) != (before if move >= picture.liquidation_move[0] else after)
        assert np.interp(move, x[keep], y[keep]) == pytest.approx(picture.net_pnl[0], rel=1e-6, abs=1.0)
        assert picture.net_pnl[0] == pytest.approx(picture.spot_pnl[0] + picture.short_pnl[0])


def test_a_liquidated_short_has_lost_its_margin_and_no_more() -> None:
    """5x is gone at +19.5 %: at +50 % it has lost $480, and the coins have gained $3,000."""
    state = setting(leverage=5.0)
    assert price_pnl(state, np.array([0.19, 0.5])) == pytest.approx([-456.0, -480.0])
    picture = carry_picture(state, values(move=0.5))
    assert picture.liquidation_move[0] == pytest.approx(36_000 / 1.004 / 30_000 - 1)
    assert (picture.spot_pnl[0], picture.given_away[0]) == pytest.approx((3_000.0, 480.0))
    assert words.tiles(picture)["death"][0] == 1


# ---- orders ----------------------------------------------------------------------------------------------------------
def test_an_order_larger_than_the_book_is_filled_in_part() -> None:
    """25,000 dollars into bids for 70,000 coins at 0.499; 50,000 ask for 100,000: 15,000 dollars are not filled."""
    state = SETTINGS[4]
    small, large = (carry_picture(state, values(order_value=value)) for value in (25_000.0, 50_000.0))
    assert small.unfilled_value[0] == 0
    assert small.order_slippage[0] == pytest.approx(0.002)
    assert large.unfilled_value[0] == pytest.approx(15_000.0)
    assert [words.tiles(p)["book_case"][0] for p in (small, large)] == [0, 1]
    curve = state.walked_curve
    assert np.isnan(curve[ORDER_VALUES > 35_000]).all()
    np.testing.assert_allclose(curve[ORDER_VALUES <= 35_000], 0.002)


def test_an_empty_book_is_a_sentence_and_no_number() -> None:
    """Nothing can be filled: the page says which side is missing and goes on."""
    state = SETTINGS[3]
    assert state.book_problem == "The order book has no bids and no asks: nothing can be filled."
    picture = carry_picture(state, values())
    assert np.isnan(picture.order_slippage[0])
    assert words.tiles(picture)["book_case"][0] == 2
    assert replace(state, bids=((149.0, 1.0),)).book_problem.startswith("The order book has no asks")


def test_waiting_an_hour_by_hand() -> None:
    """Errata E21: 60 % a year is 0.64 % an hour, 13 times a taker fee of 0.05 %; more time fills more often."""
    picture = carry_picture(setting(), {**values(volatility=0.6), "hours": np.array([1.0, 4.0, 24.0])})
    deviation = np.asarray(picture.waiting.waiting_deviation)
    assert deviation[0] == pytest.approx(0.6 / 8760**0.5)
    assert deviation[0] / 0.0005 == pytest.approx(13, abs=0.2)
    assert (np.diff(picture.waiting.fill_probability) > 0).all()


# ---- refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expiry": datetime.date(2026, 11, 19)}, "must not have expired before today, 2026-11-20"),
        ({"expiry": TODAY, "roll_date": TODAY}, "expiry must be later than today"),
        ({"roll_date": datetime.date(2026, 11, 19)}, "roll date must lie from today"),
        ({"roll_date": datetime.date(2027, 3, 1)}, "to the old contract's expiry, 2027-02-18, not on 2027-03-01"),
        ({"leverage": 200.0}, "leverage must be 1 to 150 for 2,400 dollars of Binance USD-M BTCUSDT, not 200"),
        ({"holding_value": float("nan")}, "coins held"),
        (
            {"coverage": 25.0},
            "hedge ratio (dollars short per dollar held) must be a finite number from 0.001 to 20, not 25",
        ),
        ({"spot_price": 0.0}, "spot price"),
        ({"daily_volume": 2_000.0}, "must be at most the daily volume, 2,000 dollars, not 2,400"),
        ({"expiry": datetime.date(9999, 1, 1)}, "days to the expiry must be a finite number from 1 to 3650"),
        ({"taker_fee_rate": 0.5}, "taker fee"),
        ({"put_distance": 1.0}, "distance of the put's strike"),
        ({"book_side": "both"}, "side of the order must be one of buy, sell"),
        ({"bids": ((29_000.0, 1.0), (29_500.0, 1.0))}, "falling bids below rising asks"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    """Dates in the wrong order, leverage above the tier, impossible numbers, a disordered book."""
    with pytest.raises(InputError, match=re.escape(words)):
        setting(**changes)


@settings(max_examples=150)
@given(
    st.fixed_dictionaries(
        {
            "holding_value": st.floats(1.0, 1e9),
            "coverage": st.floats(0.001, 1.0),
            "price": st.floats(1e-6, 1e9),
            "leverage": st.just(1.0),
            "half_spread": st.floats(0.0, 0.1),
            "daily_volume": st.floats(1.0, 1e13),
            "taker_fee_rate": st.floats(-0.01, 0.1),
            "limit_distance": st.floats(0.0, 0.5),
            "put_distance": st.floats(0.0, 0.95),
            "expiry": st.dates(TODAY, datetime.date(2040, 1, 1)),
        }
    ),
    books(SLIDERS),
)
def test_what_a_setting_accepts_has_a_picture(fields: dict[str, Any], chosen: dict[str, float]) -> None:
    """Whatever is typed is either refused as a setting or drawn at every slider; nothing fails later."""
    try:
        state = setting("Binance USD-M BTCUSDT", roll_date=TODAY, **fields)
    except InputError:
        return
    picture = carry_picture(state, values(**chosen))
    PAGE.parts(picture)
    assert np.isfinite(picture.net_pnl).all()


def test_the_axis_holds_every_row_of_the_first_picture() -> None:
    """Zero and every point of the chart lie inside the value axis."""
    for rate in (-0.006, -0.0005, 0.0, 0.002):
        picture = carry_picture(setting(), values(funding_rate=rate, days=180.0))
        low, high = value_range(picture, [picture.funded, picture.bands])
        assert low[0] <= min(0.0, np.nanmin(picture.funded), np.nanmin(picture.bands))
        assert high[0] >= max(0.0, np.nanmax(picture.funded), np.nanmax(picture.bands))
