"""A hedge along a price path, and a cross hedge given the hedge asset's move."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.cross_hedge import cross_hedge_outcome, two_leg_pnl
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import MarginTiers
from hedge_widgets.model.paths import funding_path_pnl, hedge_at_liquidation, hedge_path

TIERS = MarginTiers.single(0.004, 125)


def test_a_rally_before_the_fall_is_worse_than_no_hedge() -> None:
    """Errata E24: +12 % kills a 10x short, and -25 % then leaves -10,500 against -7,500 unhedged and 0 had it lived."""
    outcome = hedge_path(1, 1, 30_000, 3_000, TIERS, [30_000, 33_600, 22_500])
    assert outcome.is_liquidated
    assert (outcome.spot_pnl, outcome.hedge_pnl, outcome.net_pnl) == (-7_500, -3_000, -10_500)
    assert outcome.net_pnl_unliquidated == 0
    assert not hedge_path(1, 1, 30_000, 3_000, TIERS, [30_000, 32_868, 22_500]).is_liquidated


def test_the_moment_of_death() -> None:
    """Errata E24: at the liquidation of a direct hedge the spot has gained 891, the margin is gone, net -109."""
    outcome = hedge_at_liquidation(10_000, 10_000, 1, 1_000, MarginTiers.single(0.01, 50))
    assert outcome == pytest.approx((1.0891089, 891.0891, -1_000, -108.9109), abs=1e-4)
    assert hedge_at_liquidation(1, 0, 1, 1_000, TIERS) == (None, None, None, None)


def test_a_closing_fee_brings_death_nearer() -> None:
    """The fee counts in the liquidation condition."""
    free, charged = (hedge_path(1, 1, 100, 10, TIERS, [100], fee).liquidation_price for fee in (0.0, 0.0125))
    assert charged == pytest.approx(110 / 1.0165)
    assert charged < free


@given(st.lists(st.lists(st.floats(1.0, 300.0), min_size=4, max_size=4), min_size=1, max_size=5))
def test_many_paths_equal_each_alone(rows: list[list[float]]) -> None:
    """A block of paths gives what each path gives."""
    block = hedge_path(1, 1, 100, 20, TIERS, rows)
    for k, row in enumerate(rows):
        assert block.net_pnl[k] == pytest.approx(hedge_path(1, 1, 100, 20, TIERS, row).net_pnl)


def test_a_path_needs_a_price() -> None:
    """An empty path is refused."""
    with pytest.raises(InputError, match="at least one price"):
        hedge_path(1, 1, 100, 20, TIERS, [])


def test_funding_uses_the_mark_of_each_payment() -> None:
    """Two coins short at 100, 110, 120 with rates of both signs."""
    assert funding_path_pnl(-1, 2, [100, 110, 120], [1e-4, -2e-4, 3e-4]) == pytest.approx(0.02 - 0.044 + 0.072)


def test_two_legs_by_hand() -> None:
    """Errata E26 (ratio 1.2 loses 4 % in a rally of 20 %) and E27 (market -10 %, token -5 % gains 500; up it loses)."""
    assert two_leg_pnl(10_000, 0.2, 12_000, 0.2) == pytest.approx((2_000, -2_400, -400))
    assert two_leg_pnl(10_000, -0.05, 10_000, -0.1)[2] == pytest.approx(500)
    assert two_leg_pnl(10_000, 0.05, 10_000, 0.1)[2] == pytest.approx(-500)


def test_delta_neutral_is_about_the_mean() -> None:
    """At the exact beta hedge the mean net is 0 and a loss as likely as a gain."""
    outcome = cross_hedge_outcome(25_000, 26_250, 0.7, 0.9, 0.6, -0.1, 10 / 365)
    assert outcome.net_pnl == pytest.approx(0, abs=1e-9)
    assert outcome.loss_probability == pytest.approx(0.5)
    assert outcome.net_pnl_p95 == pytest.approx(1.6448536 * outcome.net_pnl_deviation, rel=1e-6)


@given(st.floats(-0.99, 0.99), st.floats(-0.5, 0.5), st.floats(0.0, 3e4))
def test_quantiles_enclose_the_mean(rho: float, move: float, notional: float) -> None:
    """5 % and 95 % lie either side of the mean, and arrays give the same as scalars."""
    one = cross_hedge_outcome(10_000, notional, rho, 0.9, 0.6, move, 0.1)
    assert one.net_pnl_p05 < one.net_pnl < one.net_pnl_p95
    many = cross_hedge_outcome(10_000, notional, rho, 0.9, 0.6, np.array([move, 0.0]), 0.1)
    assert many.loss_probability[0] == pytest.approx(one.loss_probability)


def test_a_hedge_asset_that_stands_still() -> None:
    """Without its volatility there is no beta; without a residual the chance of a loss is 0 or 1."""
    outcome = cross_hedge_outcome(10_000, 5_000, 0.5, 0.9, 0.0, -0.1, 0.1)
    assert outcome.beta is None
    assert outcome.loss_probability is None
    assert cross_hedge_outcome(10_000, 15_000, 1.0, 0.9, 0.6, 0.1, 0.1).loss_probability == 0
    assert cross_hedge_outcome(10_000, 20_000, 1.0, 0.9, 0.6, 0.1, 0.1).loss_probability == 1
