"""A hedge along a price path, and a cross hedge given the hedge asset's move."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.cross_hedge import cross_hedge_outcome, two_leg_pnl
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import FlatTiers, MarginTiers, SizeRates
from hedge_widgets.model.paths import (
    deleveraged_path,
    funding_days,
    funding_path_pnl,
    hedge_at_liquidation,
    hedge_path,
    hedge_stop_path,
    jump_moments,
    margin_path,
    regime_moments,
    top_up_plan,
)

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


def test_a_stop_on_the_hedge_is_whipsawed() -> None:
    """A stop at +5 %, then -20 %: both legs lose, 1,515.75 and 6,000; without a touch nothing is closed or paid."""
    outcome = hedge_stop_path(1, 1, 30_000, 31_500, [[30_000, 31_800, 24_000], [30_000, 31_000, 24_000]], 0.0005)
    assert outcome.is_closed.tolist() == [True, False]
    assert outcome.hedge_pnl == pytest.approx([-1_515.75, 6_000])
    assert outcome.net_pnl == pytest.approx([-7_515.75, 0])
    assert outcome.close_index[0] == 1
    assert np.isnan(outcome.close_index[1])
    assert hedge_stop_path(1, 1, 30_000, 31_500, [30_000, 31_000]).close_index is None


def test_a_hedge_that_wins_is_taken_away() -> None:
    """Deleveraged at 24,000 in a fall to 18,000, the short has earned 6,000 and the spot lost 12,000."""
    outcome = deleveraged_path(1, 1, 30_000, 24_000, [30_000, 25_000, 18_000])
    assert (outcome.hedge_pnl, outcome.spot_pnl, outcome.net_pnl) == (6_000, -12_000, -6_000)
    assert outcome.close_index == 2
    assert deleveraged_path(1, 1, 30_000, 17_000, [30_000, 25_000, 18_000]).net_pnl == 0


def test_margin_along_a_path_by_hand() -> None:
    """A 5x short of 1 at 100 with a margin of 1 %: 20, 9, then dead at 118.81 with 1.19 less the fee of 0.5 %."""
    path = margin_path("linear", -1.0, 1, 100, 20, MarginTiers.single(0.01, 50), [100, 111, 120, 90], 0, 0.005)
    dies = 120 / 1.01
    left = dies * 0.005
    assert path.liquidation_price == pytest.approx(dies)
    assert path.is_alive.tolist() == [True, True, False, False]
    assert path.equity == pytest.approx([20, 9, left, left])
    assert path.maintenance_margin == pytest.approx([1, 1.11, 0, 0])
    assert path.margin_ratio[:2] == pytest.approx([0.05, 1.11 / 9])
    assert np.isnan(path.margin_ratio[2:]).all()
    assert path.liquidation_index == 2
    assert path.equity_left == pytest.approx(left)


@given(
    st.lists(st.floats(20.0, 400.0), min_size=1, max_size=6),
    st.sampled_from(["linear", "inverse"]),
    st.sampled_from([-1.0, 1.0]),
    st.sampled_from(
        [
            MarginTiers.from_floors([0, 50, 150], [0.004, 0.01, 0.05]),
            FlatTiers(
                caps=(90.0, 140.0, 200.0), maintenance_rates=(0.01, 0.03, 0.06), initial_rates=(0.02, 0.06, 0.12)
            ),
            SizeRates(maintenance_rate=0.01, initial_rate=0.02, slope=0.001),
        ]
    ),
)
def test_it_lives_while_equity_is_above_the_margin(prices: list[float], kind: str, side: float, tiers: Any) -> None:
    """Alive at a price means equity above the margin there; many positions at once give what each gives."""
    quantity = 1.0 if kind == "linear" else 100.0
    posted = np.array([10.0, 30.0]) if kind == "linear" else np.array([0.1, 0.3])
    block = margin_path(kind, side, quantity, 100.0, posted, tiers, prices, 0.0006)
    for k, collateral in enumerate(posted):
        one = margin_path(kind, side, quantity, 100.0, collateral, tiers, prices, 0.0006)
        np.testing.assert_allclose(block.equity[k], one.equity)
        alive = one.is_alive
        assert np.all(one.equity[alive] > one.maintenance_margin[alive] - 1e-9)
        if one.liquidation_index is not None:
            assert not alive[int(one.liquidation_index) :].any()
            assert 0 <= one.equity_left < collateral


def test_a_fully_backed_inverse_short_never_dies() -> None:
    """One coin behind a short of its value: +900 % leaves it alive, where a 1x linear short died at +99 %."""
    rally = [100.0, 150.0, 1_000.0]
    assert margin_path("inverse", -1.0, 100, 100, 1.0, TIERS, rally).is_alive.all()
    assert not margin_path("linear", -1.0, 1, 100, 100.0, TIERS, rally).is_alive[-1]


def test_the_cash_a_rally_takes() -> None:
    """A 5x short of 1 at 100 with a margin of 1 %, at +10, +20 and +50 %: to live and to be at five times again."""
    plan = top_up_plan("linear", -1.0, 1, 100, 20, MarginTiers.single(0.01, 50))
    assert plan.price == pytest.approx([110, 120, 150])
    assert plan.equity == pytest.approx([10, 0, -30])
    assert plan.cash_to_survive == pytest.approx([0, 1.2, 31.5])
    assert plan.cash_to_restore == pytest.approx([12, 24, 60])
    coins = top_up_plan("inverse", -1.0, 100, 100, 0.2, MarginTiers.single(0.01, 50), 0.5)
    assert coins.equity == pytest.approx(0.2 - 1 / 3)
    assert coins.cash_to_survive == pytest.approx(0.01 * 2 / 3 + 1 / 3 - 0.2)
    with pytest.raises(InputError, match=r"moves must be a finite number from -0\.99 to 100, not -1"):
        top_up_plan("linear", -1.0, 1, 100, 20, TIERS, -1.0)


def test_days_of_funding_the_buffer_pays_for() -> None:
    """A short of 10,000 that pays 0.05 % every 8 hours spends 15 a day; a long receives, and has no end."""
    assert funding_days(-1.0, 10_000, 300, -0.0005, 8) == pytest.approx(20)
    assert funding_days(1.0, 10_000, 300, -0.0005, 8) is None
    assert funding_days(-1.0, 10_000, -5.0, -0.0005, 8) == 0
    days = funding_days(-1.0, 10_000, 300, np.array([-0.0005, 0.0, 0.0001]), 1)
    assert days[0] == pytest.approx(2.5)
    assert np.isnan(days[1:]).all()


def test_moments_of_jumps_equal_a_simulation() -> None:
    """The closed form against a sample of a million returns; without moves there is no ratio."""
    exact = jump_moments(0.9, 0.6, 0.7, 50.0, (-0.05, 0.1), (-0.03, 0.05), 0.9, 0.1)
    generator = np.random.default_rng(3)
    n = 1_000_000
    moves = generator.multivariate_normal([0, 0], np.array([[0.81, 0.378], [0.378, 0.36]]) * 0.1, n)
    counts = generator.poisson(5.0, n)
    sizes = generator.multivariate_normal([0, 0], [[0.01, 0.0045], [0.0045, 0.0025]], n)
    moves += counts[:, None] * np.array([-0.05, -0.03]) + np.sqrt(counts)[:, None] * sizes
    sample = np.cov(moves.T)
    assert sample[0, 0] == pytest.approx(exact.spot_variance, rel=0.01)
    assert sample[1, 1] == pytest.approx(exact.hedge_variance, rel=0.01)
    assert sample[0, 1] == pytest.approx(exact.covariance, rel=0.01)
    assert exact.hedge_ratio == pytest.approx(exact.covariance / exact.hedge_variance)
    still = jump_moments(0.9, 0.0, 0.7, 0.0, (0.0, 0.0), (0.0, 0.0), 0.0, 1.0)
    assert (still.hedge_ratio, still.correlation) == (None, None)


def test_regimes_mix() -> None:
    """Two equal regimes are one; probabilities must sum to one."""
    assert regime_moments([0.4, 0.6], [0.5, 0.5], [0.3, 0.3], [0.8, 0.8]) == pytest.approx((0.5, 0.3, 0.8))
    with pytest.raises(InputError, match=r"probabilities of the regimes must sum to 1, not 0\.9"):
        regime_moments([0.4, 0.5], [0.5, 0.5], [0.3, 0.3], [0.8, 0.8])
