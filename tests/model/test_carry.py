"""Funding, basis, rolls, histories of funding, and what a hedge has to earn to pay for itself."""

import calendar
import csv
import datetime
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.carry import (
    INSTRUMENTS,
    NEXT_LIFE,
    CarryInputs,
    FundingRule,
    annual_funding_rate,
    annual_rate_of_history,
    break_even_move,
    carry_comparison,
    clamped_rate,
    converging_price,
    days_to_expiry,
    days_to_roll,
    dead_zone_rate,
    dydx_funding_pnl,
    dydx_rate_cap,
    effective_sale_price,
    funding_bands,
    funding_periods,
    funding_pnl,
    funding_regimes,
    funding_stretches,
    futures_basis,
    hold_to_expiry,
    inverse_liquidation_move,
    is_rate,
    linear_liquidation_move,
    longest_holding_days,
    next_expiry,
    opportunity_cost,
    pay_back_days,
    premium_index,
    resampled_rates,
    roll,
    roll_count,
    rolling_paths,
    rolling_sums,
    short_price_pnl,
)
from hedge_widgets.model.limits import InputError, spoken
from hedge_widgets.model.margin import MarginTiers

FUNDING = Path(__file__).parents[3] / "shared" / "data" / "funding_8h.csv"
premiums = st.floats(-0.05, 0.05)
rates = st.lists(st.floats(-0.01, 0.01), min_size=1, max_size=40)


def test_a_short_receives_positive_funding() -> None:
    """Errata E1: in 30 days 2,400 short get 21.60 at +0.01 %, pay 108 at -0.05 %; in a year 15,000 get 1,642.50."""
    assert funding_pnl(-1, 2_400, 0.0001, funding_periods(30, 8)) == pytest.approx(21.6)
    assert funding_pnl(-1, 2_400, -0.0005, funding_periods(30, 8)) == pytest.approx(-108)
    assert funding_pnl(1, 2_400, 0.0001, 90) == pytest.approx(-21.6)
    assert funding_pnl(-1, 15_000, 0.0001, funding_periods(365, 8)) == pytest.approx(1_642.5)


@pytest.mark.parametrize(
    ("days", "interval", "periods"),
    [(30, 8, 90), (30, 1, 720), (30, 4, 180), (0.3, 8, 0), (1 / 3, 8, 1), (0.1, 8, 0), (7.99, 8, 23), (0, 8, 0)],
)
def test_only_whole_intervals_pay(days: float, interval: float, periods: int) -> None:
    """Funding goes to who holds at the instant; a third of a day is one 8 h interval in spite of binary fractions."""
    assert funding_periods(days, interval) == periods


@given(st.integers(1, 10_000), st.sampled_from([1.0, 2.0, 4.0, 8.0]))
def test_a_whole_number_of_intervals_is_never_one_short(periods: int, interval: float) -> None:
    """n intervals expressed in days are n intervals."""
    assert funding_periods(periods * interval / 24, interval) == periods


def test_a_year_of_funding() -> None:
    """0.01 % per 8 h is 10.95 % a year simple and 11.57 % compounded; hourly, eight times as often."""
    assert annual_funding_rate(0.0001, 8) == pytest.approx((0.1095, 0.1157140))
    assert annual_funding_rate(0.0001, 1)[0] == pytest.approx(0.876)


def test_a_hedge_that_is_paid_to_wait() -> None:
    """2,400 for 30 days at +0.01 % costs 3.36 and earns 21.60: the break-even is upward; nothing breaks even at 0."""
    cost, move, carry = break_even_move(2_400, 0.001, 0.0004, 0.0001, 90)
    assert (cost, move, carry) == pytest.approx((-18.24, -0.0076, 21.6))
    assert break_even_move(0, 0.001, 0.0004, 0.0001, 90)[1] is None
    assert np.isnan(break_even_move(np.array([0.0, 1.0]), 0.001, 0.0, 0.0, 90)[1][0])


def test_a_hedge_gives_away_its_share_of_the_upside() -> None:
    """Errata E19: 40 % of 6,000 keeps 360 of 600; a full hedge keeps nothing; 150 % loses 300."""
    assert opportunity_cost(6_000, 0.4, 0.1) == pytest.approx((600, 360, 240))
    assert opportunity_cost(6_000, 1.0, 0.2)[1] == pytest.approx(0)
    assert opportunity_cost(6_000, 1.5, 0.1) == pytest.approx((600, -300, 900))


# how venues set the rate


def test_a_perpetual_a_little_below_the_index_still_pays_the_short() -> None:
    """For -0.04 % <= P <= 0.06 % the rate is +0.01 %; beyond, it follows the premium at a distance of 0.05 %."""
    assert clamped_rate(np.linspace(-0.0004, 0.0006, 11)) == pytest.approx(1e-4)
    assert clamped_rate(np.array([-0.001, 0.002])) == pytest.approx([-0.0005, 0.0015])
    assert clamped_rate(-0.0005) == pytest.approx(0.0)
    assert clamped_rate(0.05, cap=0.003) == 0.003
    assert clamped_rate(-0.05, cap=0.003) == -0.003


@given(premiums, premiums)
def test_the_rate_rises_with_the_premium(one: float, other: float) -> None:
    """A higher premium never gives a lower rate, in either formula, and a rate is within clamp of the premium."""
    low, high = sorted((one, other))
    assert clamped_rate(low) <= clamped_rate(high)
    assert dead_zone_rate(low) <= dead_zone_rate(high)
    assert abs(clamped_rate(one) - one) <= 5e-4 + 1e-15
    assert dead_zone_rate(-one) == pytest.approx(-dead_zone_rate(one))


def test_a_dead_zone_by_hand() -> None:
    """Deribit: nothing within 0.025 %, then what is beyond it; the cap is by instrument."""
    assert dead_zone_rate(np.array([-2.5e-4, 0, 2e-4])).tolist() == [0, 0, 0]
    assert dead_zone_rate(np.array([0.001, -0.002])) == pytest.approx([0.00075, -0.00175])
    assert dead_zone_rate(0.1, cap=0.005) == 0.005


def test_the_premium_is_what_an_order_would_pay() -> None:
    """Hyperliquid's example: impact bid 10,100 over an index of 10,000 is 1 %; inside the spread it is 0."""
    assert premium_index(10_100, 10_110, 10_000) == pytest.approx(0.01)
    assert premium_index(9_890, 9_900, 10_000) == pytest.approx(-0.01)
    assert premium_index(9_999, 10_001, 10_000) == 0
    with pytest.raises(InputError, match="index price must be a finite number"):
        premium_index(1.0, 1.0, float("nan"))


def test_dydx_by_hand() -> None:
    """BTC-USD's 2 and 1.2 % bound the eight-hour rate at 4.8 %; a short of 2 at 50,000 gets 12.50 in an hour."""
    assert dydx_rate_cap(0.02, 0.012) == pytest.approx(0.048)
    assert dydx_funding_pnl(-2, 50_000, 0.001) == pytest.approx(12.5)
    assert dydx_funding_pnl(2, 50_000, 0.001, 8) == pytest.approx(-100)


def rule(style: str, **changes: Any) -> FundingRule:
    terms: dict[str, Any] = {"intervals": (8.0,), "interest": 1e-4, "clamp": 5e-4, "cap": 0.04}
    words = {"venue": "v", "instrument": "i", "notional_price": "mark", "note": "", "source": "s", "date": "2026-01-01"}
    return FundingRule(style=style, **(terms | words | changes))


def test_a_day_pays_the_same_however_often() -> None:
    """Premium 1 %: 0.95 % for eight hours is an eighth of it an hour; the cap of a payment is not scaled."""
    hourly = rule("clamp")
    assert hourly.rate(0.01, 1.0) == pytest.approx(0.0095 / 8)
    assert 24 * hourly.rate(0.01, 1.0) == pytest.approx(3 * hourly.rate(0.01, 8.0))
    assert rule("clamp", cap=0.003).rate(0.01, 4.0) == 0.003
    assert rule("clamp", cap=None).rate(0.9) == pytest.approx(0.8995)


def test_bybits_clamp_is_of_a_payment() -> None:
    """Interest 0.03 % / (24 / N), clamp ±0.05 % of every payment: N = 4, premium 0.2 %: 0.15 %, not 0.0075 / 2 %."""
    bybit = rule("clamp of a payment", cap=0.005)
    assert bybit.rate(0.0, 8.0) == pytest.approx(0.0003 / 3)
    assert bybit.rate(0.0, 4.0) == pytest.approx(0.0003 / 6)
    assert bybit.rate(0.0, 1.0) == pytest.approx(0.0003 / 24)
    assert bybit.rate(0.002, 4.0) == pytest.approx(0.0015)
    assert rule("clamp").rate(0.002, 4.0) == pytest.approx(0.0015 / 2)
    assert bybit.rate(np.array([-0.1, 0.1]), 1.0).tolist() == [-0.005, 0.005]


def test_the_other_styles_cap_the_eight_hour_rate() -> None:
    """A dead zone's 0.5 % and dYdX's 4.8 % are for eight hours; dYdX pays premium plus interest."""
    assert rule("dead zone", cap=0.005).rate(0.5, 1.0) == pytest.approx(0.005 / 8)
    dydx = rule("premium", interest=0.0, cap=0.048, notional_price="oracle")
    assert dydx.rate(np.array([0.001, 0.5]), 1.0) == pytest.approx([0.001 / 8, 0.006])


def test_a_rule_refuses_what_it_cannot_be() -> None:
    """An unknown style or price and an interval beyond a day are refused by name."""
    for changes, message in (
        ({"style": "magic"}, "style must be one of clamp"),
        ({"style": "clamp", "notional_price": "last"}, "notional price must be one of mark"),
        ({"style": "clamp", "intervals": (48.0,)}, "funding interval must be"),
    ):
        with pytest.raises(InputError, match=message):
            rule(**changes)
    with pytest.raises(InputError, match=r"funding interval must be .* not 0"):
        rule("clamp").rate(0.0, 0.0)


# basis


@given(st.floats(1, 1e6), st.floats(-0.3, 0.5), st.floats(30, 400))
def test_a_year_of_basis_agrees_with_itself(spot: float, ratio: float, days: float) -> None:
    """Simple, compound and logarithmic rates give the same price, and the path to expiry starts and ends right."""
    futures = spot * (1 + ratio)
    found = futures_basis(spot, futures, days)
    assert found.basis == pytest.approx(spot * ratio, abs=1e-9 * spot)
    assert found.annual_simple * days / 365 == pytest.approx(found.basis_ratio)
    assert (1 + found.annual_compound) ** (days / 365) - 1 == pytest.approx(found.basis_ratio, abs=1e-12)
    assert np.exp(found.annual_log * days / 365) == pytest.approx(1 + ratio)
    assert converging_price(spot, found.annual_simple, days) == pytest.approx(futures)
    assert converging_price(spot, found.annual_simple, 0) == spot
    # Half of the days to go, half of the basis left: as even as the carry of the comparison is.
    assert converging_price(spot, found.annual_simple, days / 2) == pytest.approx(spot * (1 + ratio / 2))


def test_the_basis_of_a_contract_on_its_last_day() -> None:
    """On the day of expiry there is no annual rate, and in arrays it is NaN; a hair before it may not exist either."""
    last = futures_basis(100.0, 101.0, np.array([0.0, 73.0]))
    assert np.isnan(last.annual_simple[0])
    assert last.annual_simple[1] == pytest.approx(0.05)
    assert futures_basis(100, 101, 0).annual_compound is None
    assert futures_basis(1.0, 3.0, 0.01).annual_compound is None


def test_an_expired_contract_is_a_sentence() -> None:
    """Negative days, an expiry before today, a roll before today or after expiry: each says what it is."""
    today, expiry = datetime.date(2026, 6, 1), datetime.date(2026, 6, 26)
    assert days_to_expiry(today, expiry) == 25
    assert days_to_roll(today, datetime.date(2026, 6, 20), expiry) == 19
    assert days_to_roll(today, today, expiry) == 0
    with pytest.raises(InputError, match="days to expiry must be at least 0, not -3: the contract has expired"):
        futures_basis(100, 101, -3)
    with pytest.raises(InputError, match="must not have expired before today, 2026-07-01; it expired on 2026-06-26"):
        days_to_expiry(datetime.date(2026, 7, 1), expiry)
    for date in (datetime.date(2026, 5, 31), datetime.date(2026, 6, 27)):
        with pytest.raises(InputError, match=f"the roll date must lie from today, 2026-06-01.* not on {date}"):
            days_to_roll(today, date, expiry)


@given(st.floats(1, 1e5), st.floats(-0.2, 0.2), st.floats(1, 1e6))
def test_holding_to_expiry_locks_the_basis(spot: float, ratio: float, final: float) -> None:
    """Errata E5: long coins and a short future earn F0 - S0 whatever the final price is."""
    spot_pnl, futures_pnl, net = hold_to_expiry(2.0, spot, spot * (1 + ratio), final)
    assert net == spot_pnl + futures_pnl
    assert net == pytest.approx(2 * spot * ratio, abs=1e-9 * (spot + final))
    assert effective_sale_price(spot * (1 + ratio), final, final) == (spot * (1 + ratio), 0)


def test_a_roll_has_a_side() -> None:
    """In contango a short gains 800 a coin by rolling, a long loses it; both pay the fees of two legs."""
    short, long = roll(0.5, 60_200, 61_000, 0.0005, 0.0002), roll(0.5, 60_200, 61_000, 0.0005, 0.0002, 1.0)
    assert (short.price_effect, long.price_effect) == (400, -400)
    assert short.fees == long.fees == pytest.approx(15.05 + 6.1)
    assert roll(0.5, 61_000, 60_200, 0, 0).price_effect == -400


# the same short in three contracts


def terms(**changes: Any) -> CarryInputs:
    base: dict[str, Any] = {
        "notional": 60_000.0,
        "days": 90.0,
        "funding_rate": 1e-4,
        "inverse_funding_rate": 5e-5,
        "spot_price": 60_000.0,
        "futures_price": 61_200.0,
        "days_to_expiry": 90.0,
    }
    return CarryInputs(**(base | changes))


def test_three_contracts_by_hand() -> None:
    """90 days of 60,000: 270 payments of 6 and 3, or 1,200 of basis; two fills of 30 each; margin of a third at 5 %."""
    found = carry_comparison(terms(money_rate=0.05))
    assert list(found) == list(INSTRUMENTS)
    assert [found[name].carry for name in INSTRUMENTS] == pytest.approx([1_620, 1_200, 810])
    assert [found[name].fees for name in INSTRUMENTS] == pytest.approx([60, 60, 60])
    interest = 20_000 * 0.05 * 90 / 365
    assert [found[name].margin_cost for name in INSTRUMENTS] == pytest.approx([interest, interest, 0])
    assert found["perpetual"].annual_rate == pytest.approx((1_560 - interest) / 60_000 * 365 / 90)
    assert found["inverse"].margin == 0


@pytest.mark.parametrize(
    ("days", "days_to_roll", "n_rolls"),
    [
        (0, None, 0),
        (89, None, 0),
        (90, None, 0),
        (91, None, 1),
        (181, None, 1),
        (182, None, 2),
        (365, None, 4),
        (83, 83, 0),
        (84, 83, 1),
        (365, 5, 4),
        (365, 0, 5),
    ],
)
def test_a_future_is_rolled_by_one_plan(days: float, days_to_roll: float | None, n_rolls: int) -> None:
    """On the roll's day and every 91 days from then; each roll is two fills more, the basis earns at the same pace."""
    dated = carry_comparison(terms(days=days, days_to_roll=days_to_roll))["dated"]
    assert dated.n_rolls == n_rolls
    assert dated.fees == pytest.approx(60_000 * 0.0005 * (2 + 2 * n_rolls))
    assert dated.carry == pytest.approx(1_200 * days / 90)


@given(st.floats(0.001, 700), st.floats(1, 300), st.floats(0, 1), st.floats(-0.05, 0.05))
def test_the_plan_is_the_sum_of_its_contracts(days: float, life: float, share: float, basis: float) -> None:
    """Each contract sold and bought back at its converging price, roll after roll, brings the comparison's carry."""
    roll_day = share * life
    found = carry_comparison(
        terms(days=days, days_to_expiry=life, days_to_roll=roll_day, futures_price=6e4 * (1 + basis))
    )
    rate = 365 * basis / life
    if not is_rate(rate) and days > roll_day:
        assert found["dated"].carry is None
        return
    start, expiry, ends, earned = 0.0, life, roll_day, 0.0
    for _ in range(int(roll_count(days, roll_day)) + 1):
        left = min(ends, days)
        sold, bought = (converging_price(6e4, rate, max(expiry - day, 0.0)) for day in (start, left))
        earned += sold - bought
        start, expiry, ends = left, expiry + NEXT_LIFE, ends + NEXT_LIFE
    assert found["dated"].carry == pytest.approx(max(earned, -20_000.0), abs=1e-6)


@pytest.mark.parametrize("months", [1, 3])
def test_the_next_expiry_is_a_last_friday(months: int) -> None:
    """By the calendar module, for every day of five years: not past, a last Friday, and none lies between."""
    last = {
        datetime.date(year, month, max(week[calendar.FRIDAY] for week in calendar.monthcalendar(year, month)))
        for year in range(2024, 2030)
        for month in range(months, 13, months)
    }
    for ahead in range(5 * 365):
        day = datetime.date(2024, 1, 1) + datetime.timedelta(ahead)
        assert next_expiry(day, every_months=months) == min(one for one in last if one >= day)


def test_a_basis_that_is_no_rate_ends_at_the_roll() -> None:
    """2 % on 4 days is 182 % a year: earned until the roll, unknown beyond it; 10 % on 90 days goes on."""
    days = np.array([2.0, 4.0, 5.0, 365.0])
    found = carry_comparison(terms(days=days, days_to_expiry=4, days_to_roll=4))["dated"]
    assert found.carry[:2].tolist() == pytest.approx([600, 1_200])
    assert np.isnan(found.carry[2:]).all()
    assert np.isnan(found.net[2:]).all()
    assert np.isfinite(carry_comparison(terms(days=days, futures_price=66_000.0))["dated"].carry).all()
    assert carry_comparison(terms(days=5.0, days_to_expiry=4))["dated"].net is None
    assert is_rate(np.array([-1.0, 1.0, 1.01])).tolist() == [True, True, False]


def test_no_days_have_no_annual_rate() -> None:
    """A rate a year is None for no days and NaN in arrays; shorts pay where the rates are negative."""
    assert carry_comparison(terms(days=0))["perpetual"].annual_rate is None
    found = carry_comparison(terms(days=np.array([0.0, 10.0]), funding_rate=-5e-3))["perpetual"]
    assert np.isnan(found.annual_rate[0])
    assert found.carry.tolist() == pytest.approx([0, -9_000])
    with pytest.raises(InputError, match=r"days must be a finite number from 0 .* not -1"):
        terms(days=-1)
    with pytest.raises(InputError, match=r"days to expiry must be a finite number from 1 .* not -5"):
        terms(days_to_expiry=-5)


# a carry that eats the margin


def test_what_carry_has_eaten_is_all_that_is_lost() -> None:
    """20,000 of margin, 300 kept: at 0.5 % every 8 h, 900 a day, it is gone after 21.9 days and no more is lost."""
    days = np.array([21.0, 22.0, 365.0])
    found = carry_comparison(terms(days=days, funding_rate=-5e-3, inverse_funding_rate=-5e-3, maintenance_margin=300.0))
    perpetual, inverse = found["perpetual"], found["inverse"]
    assert perpetual.eaten_days == pytest.approx(19_700 / 900)
    assert perpetual.is_eaten.tolist() == [False, True, True]
    assert perpetual.carry.tolist() == pytest.approx([-18_900, -20_000, -20_000])
    assert perpetual.net[2] == pytest.approx(-20_000 - 60)
    # The coins that back an inverse short pay three times as long, and are then gone too.
    assert inverse.eaten_days == pytest.approx(59_700 / 900)
    assert inverse.carry.tolist() == pytest.approx([-18_900, -19_800, -60_000])
    assert np.isnan(found["dated"].eaten_days).all()
    assert carry_comparison(terms())["perpetual"].eaten_days is None


def test_a_backwardation_eats_margin_too() -> None:
    """5 % below spot on 90 days, rolled for a year, takes 12,167 of 60,000: more than a margin of 10,000."""
    dated = carry_comparison(terms(days=365.0, futures_price=57_000.0, leverage=6.0))["dated"]
    assert dated.is_eaten
    assert dated.eaten_days == pytest.approx(10_000 / (3_000 / 90))
    assert dated.carry == pytest.approx(-10_000)


@given(st.floats(0, 400), st.floats(-0.01, 0.001), st.floats(1, 50), st.floats(0, 0.01))
def test_no_short_loses_more_than_backs_it(days: float, rate: float, leverage: float, kept: float) -> None:
    """Carry takes the backing at most, and a longer holding never brings a short back to life."""
    longer = np.array([days, days + 10.0])
    changes = {"funding_rate": rate, "inverse_funding_rate": rate, "leverage": leverage, "futures_price": 59_000.0}
    found = carry_comparison(terms(days=longer, maintenance_margin=kept * 60_000, **changes))
    for short in found.values():
        assert np.all(short.carry >= -short.backing - 1e-6)
        assert short.is_eaten[1] >= short.is_eaten[0]


TIERS = MarginTiers(
    caps=(math.inf,), maintenance_rates=(0.01,), max_leverages=(100.0,), deductions=(0.0,), source="s", date="d"
)


def test_where_a_short_dies_that_has_paid() -> None:
    """3,000 short with 1,000, 1 % kept: at 4/3 / 1.01; after 500 of funding at 3.5/3 / 1.01; 970 paid, at no rise."""
    moves = linear_liquidation_move(3_000.0, 30.0, np.array([1_000.0, 500.0, 30.0, 0.0]), TIERS)
    assert moves.tolist() == pytest.approx([4 / 3 / 1.01 - 1, 3.5 / 3 / 1.01 - 1, -1, -1])
    assert linear_liquidation_move(3_000.0, 30.0, 1_000.0, TIERS, 0.01) == pytest.approx(4 / 3 / 1.02 - 1)
    # 100 coins of 30 less 10 paid: 90 are left; at 297 dollars 3,000 / 297 coins of debt leave 1 % of 3,000 / 297.
    assert inverse_liquidation_move(3_000.0, 300.0, 30.0) == pytest.approx(297 / 30 - 1)
    assert inverse_liquidation_move(3_000.0, 0.0, 30.0) is None
    assert inverse_liquidation_move(3_000.0, 2_970.0, 30.0) == -1


@given(st.floats(0, 0.4), st.floats(0.001, 0.05), st.floats(0.01, 5))
def test_an_inverse_short_dies_when_its_equity_is_its_margin(paid: float, kept: float, move: float) -> None:
    """Coins left plus the short's coins at the move against the maintenance margin there."""
    dies = inverse_liquidation_move(1.0, paid, kept)
    coins = 1.0 - paid + (1.0 / (1.0 + move) - 1.0)
    alive = coins > kept / (1.0 + move)
    assert alive == (dies is None or move < dies) or coins == pytest.approx(kept / (1.0 + move), abs=1e-9)


def test_a_liquidated_short_has_lost_what_was_left() -> None:
    """Below its liquidation it loses as the coin gains, from there on what was left of the margin."""
    gains = short_price_pnl(3_000.0, 700.0, 0.2, np.array([-0.5, 0.19, 0.2, 9.0]))
    assert gains.tolist() == pytest.approx([1_500, -570, -700, -700])
    assert short_price_pnl(3_000.0, 700.0, np.nan, 9.0) == -27_000


# break-even


@given(st.floats(0, 0.02), st.floats(1e-6, 0.001), st.sampled_from([1.0, 4.0, 8.0]), st.floats(0, 0.02))
def test_pay_back_is_the_first_payment_that_pays(cost: float, rate: float, interval: float, fall: float) -> None:
    """After those days the break-even move is at or above -fall, one payment earlier it was not."""
    days = pay_back_days(cost, rate, interval, fall)
    n = funding_periods(days, interval)
    assert n * rate + fall >= cost - 1e-12
    assert days == 0 or (n - 1) * rate + fall < cost + 1e-12
    assert break_even_move(1.0, cost, 0.0, rate, n)[1] <= fall + 1e-12


def test_what_never_pays_back() -> None:
    """Without income only a fall pays; what is paid at once takes no days."""
    assert pay_back_days(0.001, 0.0, 8) is None
    assert pay_back_days(0.001, -0.0001, 8) is None
    assert pay_back_days(0.001, -0.0001, 8, 0.002) == 0
    assert np.isnan(pay_back_days(0.001, np.array([0.0, 1e-4]), 8)[0])
    assert pay_back_days(0.001, 1e-4, 8) == pytest.approx(10 / 3)


def test_how_long_one_may_wait() -> None:
    """10 % of fall less 0.2 % of cost at 0.05 % a payment lasts 196 payments; paid to wait there is no limit."""
    assert longest_holding_days(0.002, -0.0005, 8, 0.1) == pytest.approx(196 / 3)
    assert longest_holding_days(0.002, 0.0001, 8, 0.001) is None
    assert longest_holding_days(0.002, 0.0, 8, 0.1) is None
    assert longest_holding_days(0.002, 0.0, 8, 0.001) == 0
    assert longest_holding_days(0.002, -0.0005, 8, np.array([0.001, 0.003])).tolist() == pytest.approx([0, 2 / 3])
    with pytest.raises(InputError, match=r"fall must be a finite number from 0 to 1, not -0.1"):
        longest_holding_days(0.002, -0.0005, 8, -0.1)


# history


@given(rates, st.integers(1, 40))
def test_rolling_paths_are_sums_of_payments_in_a_row(payments: list[float], n_periods: int) -> None:
    """Each path is the running sum from its start; a window longer than the history is refused."""
    if n_periods > len(payments):
        with pytest.raises(InputError, match=f"at least {n_periods} payments, not of {len(payments)}"):
            rolling_paths(payments, n_periods)
        return
    paths = rolling_paths(payments, n_periods)
    for start, path in enumerate(paths):
        assert path == pytest.approx(np.cumsum([0, *payments[start : start + n_periods]]), abs=1e-12)
    assert rolling_sums(payments, n_periods) == pytest.approx(paths[:, -1])
    bands = funding_bands(paths, (0.0, 0.5, 1.0))
    assert bands.worst == pytest.approx(bands.bands[0, -1])
    assert bands.best == pytest.approx(bands.bands[2, -1])
    assert bands.mean[-1] == pytest.approx(paths[:, -1].mean())
    assert np.all(np.diff(bands.bands, axis=0) >= 0)


def test_the_share_of_windows_in_which_shorts_paid() -> None:
    """Windows of two in 1, -2, 0.5, -1: sums -1, -1.5, -0.5, all paid; of one, half."""
    payments = np.array([1, -2, 0.5, -1]) * 1e-3
    assert funding_bands(rolling_paths(payments, 2)).share_paid == 1
    assert funding_bands(rolling_paths(payments, 1)).share_paid == 0.5
    with pytest.raises(InputError, match="paths must be a table"):
        funding_bands(payments)


@given(rates, st.integers(1, 30), st.integers(0, 1000))
def test_resampled_payments_come_from_the_history(payments: list[float], n_periods: int, seed: int) -> None:
    """Every drawn payment occurred; blocks as long as the history follow it around the ring most of the time."""
    drawn = resampled_rates(payments, n_periods, 5, 1.0, seed)
    assert drawn.shape == (5, n_periods)
    assert np.isin(drawn, payments).all()


def test_blocks_keep_squeezes_together() -> None:
    """Mean and marginal spread are the history's; its memory is kept by long blocks and lost by blocks of one."""
    history = np.repeat(np.array([1.0, -1.0, 2.0, -3.0] * 30), 20) * 1e-4
    together, apart = (resampled_rates(history, 400, 500, block, seed=4) for block in (20.0, 1.0))
    for drawn in (together, apart):
        assert drawn.mean() == pytest.approx(history.mean(), abs=2e-5)
        assert drawn.std() == pytest.approx(history.std(), rel=0.05)
    memory = [np.corrcoef(drawn[:, 1:].ravel(), drawn[:, :-1].ravel())[0, 1] for drawn in (together, apart)]
    # A pair stands as in the history unless a block begins between, one time in 20.
    own = np.corrcoef(history, np.roll(history, 1))[0, 1]
    assert memory == pytest.approx([own * 19 / 20, 0.0], abs=0.03)
    assert np.array_equal(resampled_rates(history, 9, 2, 5.0, 7), resampled_rates(history, 9, 2, 5.0, 7))
    with pytest.raises(InputError, match="mean block must be a finite number from 1 to 2400, not 0"):
        resampled_rates(history, 9, 2, 0.0, 7)


@given(rates)
def test_stretches_part_the_history(payments: list[float]) -> None:
    """Stretches cover every payment once, neighbours differ in sign, and their totals sum to the whole."""
    found = funding_stretches(payments)
    assert found.length.sum() == len(payments)
    assert np.all(found.sign[1:] != found.sign[:-1])
    assert found.total.sum() == pytest.approx(sum(payments), abs=1e-12)
    assert np.array_equal(found.start, np.concatenate([[0], found.length.cumsum()[:-1]]))
    assert sum(regime.share for regime in funding_regimes(payments).values()) == pytest.approx(1)


def test_regimes_by_hand() -> None:
    """+ + - - - + 0: shorts receive in 3 of 7 payments, and the squeeze of three in a row is the longest they pay."""
    found = funding_regimes(np.array([1, 1, -2, -3, -4, 1, 0]) * 1e-4)
    assert list(found) == [1, -1, 0]
    assert (found[1].n_stretches, found[1].longest, found[1].mean_length) == (2, 2, 1.5)
    assert (found[-1].largest_total, found[-1].mean_rate) == pytest.approx((-9e-4, -3e-4))
    assert found[0].share == pytest.approx(1 / 7)
    assert -1 not in funding_regimes([1e-4])


def test_an_annual_rate_weighs_hours() -> None:
    """A payment every hour counts for an hour: eight of 0.001 % and one of 0.01 % for eight hours are 0.02 % in 16."""
    hours = np.array([1.0] * 8 + [8.0])
    assert annual_rate_of_history([1e-5] * 8 + [1e-4], hours) == pytest.approx(1.8e-4 / 16 * 8760)
    assert annual_rate_of_history(1e-4, 8) == pytest.approx(0.1095)
    with pytest.raises(InputError, match="funding rates must be a finite number"):
        annual_rate_of_history([float("nan")], 8)
    with pytest.raises(InputError, match="funding rates must hold at least one number"):
        annual_rate_of_history([], 8)


NAN = float("nan")


@pytest.mark.parametrize(
    ("function", "terms", "name"),
    [
        (clamped_rate, (NAN,), "premium"),
        (clamped_rate, (0.0, 1e-4, -5e-4), "clamp"),
        (clamped_rate, (0.0, 1e-4, 5e-4, NAN), "cap"),
        (dead_zone_rate, (0.0, NAN), "dead zone"),
        (dydx_rate_cap, (0.02, NAN), "maintenance rate"),
        (dydx_funding_pnl, (NAN, 1.0, 1.0), "balance"),
        (converging_price, (100.0, NAN, 1.0), "annual simple rate"),
        (effective_sale_price, (1.0, NAN, 1.0), "exit spot price"),
        (hold_to_expiry, (1.0, 1.0, NAN, 1.0), "futures price"),
        (roll, (NAN, 1.0, 1.0, 0.0, 0.0), "quantity"),
        (roll, (1.0, 1.0, 1.0, 0.0, NAN), "opening fee rate"),
        (pay_back_days, (NAN, 1e-4, 8), "cost rate"),
        (resampled_rates, ([0.0], 0, 1, 1.0, 1), "n_periods"),
    ],
)
def test_what_is_no_number_is_refused_by_name(function: Any, terms: tuple[Any, ...], name: str) -> None:
    """A missing number, or one outside its rule, is named in the message."""
    with pytest.raises(InputError, match=f"^{spoken(name)} must be a finite number from"):
        function(*terms)


# what shorts of BTC received, from the note beside the data


@pytest.fixture(scope="module")
def bitcoin() -> tuple[list[str], np.ndarray[Any, Any]]:
    """Give (times, rates) of the shared BTC funding; skip without it."""
    if not FUNDING.exists():
        pytest.skip("waits for the folder shared/data beside the checkout")
    with FUNDING.open(encoding="utf-8") as file:
        found = [row for row in csv.DictReader(file) if row["symbol"] == "BTC-USD"]
    return [row["time"] for row in found], np.array([float(row["rate"]) for row in found])


@pytest.mark.parametrize(("year", "annual"), [("2020", 17.2), ("2021", 30.6), ("2022", 4.2), ("2023", 7.9)])
def test_what_shorts_received(bitcoin: Any, year: str, annual: float) -> None:
    """The annual rate of the year in percent, to a tenth of a point."""
    times, payments = bitcoin
    of_year = payments[[time.startswith(year) for time in times]]
    assert 100 * annual_rate_of_history(of_year, 8) == pytest.approx(annual, abs=0.1)


def test_what_shorts_received_until_august_2024(bitcoin: Any) -> None:
    """8.66 % summed from January to 9 August 2024, as a running sum over those payments has it."""
    times, payments = bitcoin
    of_year = payments[["2024-01-01" <= time < "2024-08-10" for time in times]]
    assert 100 * rolling_sums(of_year, of_year.size)[0] == pytest.approx(8.66, abs=0.1)
    assert 100 * annual_rate_of_history(of_year, 8) == pytest.approx(14.2, abs=0.1)


def test_thirty_days_of_bitcoin_funding(bitcoin: Any) -> None:
    """Shorts mostly received over 30 days since 2019, and there were windows in which they paid."""
    _, payments = bitcoin
    bands = funding_bands(rolling_paths(payments, 90))
    assert bands.worst < 0 < bands.bands[2, -1] < bands.best
    assert 0 < bands.share_paid < 0.2
    regimes = funding_regimes(payments)
    assert regimes[1].share > 0.8
    assert regimes[1].mean_length > regimes[-1].mean_length
