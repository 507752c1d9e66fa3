"""Funding, break-even and opportunity cost; fees and slippage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.carry import (
    annual_funding_rate,
    break_even_move,
    funding_periods,
    funding_pnl,
    opportunity_cost,
)
from hedge_widgets.model.costs import daily, fee, round_trip_fee, slippage_rate


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


def test_fees_of_a_round_trip() -> None:
    """Errata E12: 2,400 in and 2,160 out at 5 bp cost 2.28; a negative maker rate is a rebate."""
    assert round_trip_fee(2_400, 2_160, 0.0005, 0.0005) == pytest.approx(2.28)
    assert fee(10_000, -0.0001) == pytest.approx(-1)


def test_slippage_by_hand() -> None:
    """1 bp of spread plus 3 % times the root of 1/10,000 of a day's volume are 4 bp; a tiny order pays the spread."""
    assert slippage_rate(0.0001, 0.03, 1e-4) == pytest.approx(0.0004)
    assert slippage_rate(0.0001, 0.03, 0.0) == 0.0001
    assert slippage_rate(0.0001, 0.03, 4e-4, 2.0) == pytest.approx(0.0013)
    assert daily(0.6) == pytest.approx(0.6 / 365**0.5)
