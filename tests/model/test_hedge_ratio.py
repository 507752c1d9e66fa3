"""Hedge ratios and their effectiveness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model import hedge_ratio
from hedge_widgets.model.hedge_ratio import (
    beta_hedge_contracts,
    beta_hedge_notional,
    beta_move,
    coverage_for_target,
    dollar_beta,
    hedge_effectiveness,
    hedged_volatility,
    minimum_variance_contracts,
    minimum_variance_hedge_ratio,
    residual_volatility,
    return_moments,
    tailed,
    volatility_reduction,
)
from hedge_widgets.model.limits import InputError

vols = st.floats(0.05, 3.0)
rhos = st.floats(-1.0, 1.0)


@given(rhos, vols, vols, st.floats(-0.5, 0.5))
def test_the_minimum_variance_ratio_is_the_minimum(rho: float, spot: float, hedge: float, off: float) -> None:
    """It removes rho squared of the variance, and no ratio beside it removes more."""
    ratio = minimum_variance_hedge_ratio(rho, spot, hedge)
    best = hedge_effectiveness(ratio, rho, spot, hedge)
    assert best == pytest.approx(rho**2, abs=1e-9)
    assert hedge_effectiveness(ratio + off, rho, spot, hedge) <= best + 1e-12
    assert hedge_effectiveness(2 * ratio, rho, spot, hedge) == pytest.approx(0, abs=1e-9)


@given(rhos, vols, vols, st.floats(-2.0, 3.0))
def test_volatility_and_effectiveness_tell_one_story(rho: float, spot: float, hedge: float, ratio: float) -> None:
    """The hedged volatility is the spot's times the root of what effectiveness leaves."""
    removed = hedge_effectiveness(ratio, rho, spot, hedge)
    hedged = hedged_volatility(ratio, rho, spot, hedge)
    assert hedged**2 == pytest.approx(spot**2 * (1 - removed), rel=1e-9, abs=1e-9)
    assert volatility_reduction(removed) == pytest.approx(1 - hedged / spot, abs=1e-6)


@given(vols, vols)
def test_a_perfect_hedge_leaves_nothing(spot: float, hedge: float) -> None:
    """With correlation 1 and the minimum-variance ratio the hedged volatility is zero to 1e-9, not to 1e-8."""
    assert hedged_volatility(minimum_variance_hedge_ratio(1.0, spot, hedge), 1.0, spot, hedge) <= 1e-9


def test_what_does_not_move_has_no_ratio() -> None:
    """No ratio to a hedge asset that stands still, no effectiveness on a spot that does; None, or NaN in an array."""
    assert minimum_variance_hedge_ratio(0.5, 0.9, 0.0) is None
    assert np.isnan(minimum_variance_hedge_ratio(0.5, 0.9, np.array([0.0, 0.5]))[0])
    assert minimum_variance_hedge_ratio(0.5, 0.0, 0.9) == 0
    assert hedge_effectiveness(1.0, 0.5, 0.0, 0.9) is None
    assert volatility_reduction(None) is None
    assert beta_hedge_notional(1_000, 1.5, 1.0, 0.0) is None
    assert np.isnan(hedge_effectiveness(1.0, 0.5, np.array([0.0, 0.9]), 0.9)[0])


@pytest.mark.parametrize(
    ("ratio", "notional"), [(0.6, 15_000), (1 / 0.6, 41_666.67), (0.6 * 1.5 / 0.6, 37_500), (2.0, 50_000)]
)
def test_the_readings_of_060(ratio: float, notional: float) -> None:
    """Errata E2: the same sentence read four ways asks for 150, 417, 375 or 500 contracts of 100 dollars."""
    assert beta_hedge_notional(25_000, ratio) == pytest.approx(notional, abs=0.01)


def test_dollars_read_as_percent_are_refused() -> None:
    """Errata E2: one dollar of a 0.50 coin against 0.60 of bitcoin implies a beta of 200,000 and is refused."""
    with pytest.raises(InputError, match="200,000"):
        dollar_beta(0.5, 60_000, 1.0, 0.6)
    assert dollar_beta(0.5, 60_000, 1.0, 0.6, largest=float("inf")) == pytest.approx((2.0, 1e-5, 200_000))
    assert dollar_beta(100, 50_000, -2, -500) == pytest.approx((-0.02, -0.01, 2.0))


def test_ratios_worked_by_hand() -> None:
    """Errata E2b (1.125, and ADA's 1.286), Hull's airline (37 and 36 contracts), a beta hedge (30, 15 to half)."""
    assert minimum_variance_hedge_ratio(0.75, 0.9, 0.6) == pytest.approx(1.125)
    assert minimum_variance_hedge_ratio(0.6945, 0.8563, 0.4625) == pytest.approx(1.286, abs=5e-4)
    contracts = minimum_variance_contracts(0.7797571884984026, 2_000_000, 42_000)
    assert (round(contracts), round(tailed(contracts, 1.94, 1.99))) == (37, 36)
    assert beta_hedge_contracts(5_050_000, 1.5, 0, 1_010 * 250) == pytest.approx(30)
    assert beta_hedge_contracts(5_050_000, 1.5, 0.75, 1_010 * 250) == pytest.approx(15)
    assert beta_hedge_notional(10_000, 1.5, 0.75) == 11_250


def test_an_eighty_percent_residual() -> None:
    """Errata E2: with correlation 0.6 the best hedge still leaves 80 % of the volatility."""
    assert residual_volatility(0.6, 1.5) == pytest.approx(1.2)
    assert volatility_reduction(0.36) == pytest.approx(0.2)


@given(st.floats(-0.99, 3.0), st.floats(-3.0, 3.0))
def test_a_log_beta_never_loses_more_than_everything(move: float, beta: float) -> None:
    """(1 + r)^beta - 1 stays above -1 where beta times r would not; -30 % at 1.5 is -41.4 %."""
    assert beta_move(beta, move) > -1
    assert beta_move(1.5, -0.3) == pytest.approx(-0.4143, abs=5e-5)


def test_moments_of_returns() -> None:
    """They equal numpy's sample moments, annualised, and the slope of a line with intercept."""
    rng = np.random.default_rng(3)
    hedge = rng.normal(0.0, 0.03, 200)
    spot = 1.4 * hedge + rng.normal(0.001, 0.02, 200)
    volatility, hedge_volatility, correlation, beta = return_moments(spot, hedge, 365.0)
    assert volatility == pytest.approx(spot.std(ddof=1) * 365**0.5)
    assert hedge_volatility == pytest.approx(hedge.std(ddof=1) * 365**0.5)
    assert correlation == pytest.approx(np.corrcoef(spot, hedge)[0, 1])
    assert beta == pytest.approx(np.polyfit(hedge, spot, 1)[0])
    assert beta == pytest.approx(minimum_variance_hedge_ratio(correlation, volatility, hedge_volatility))


def test_series_that_stand_still_are_refused() -> None:
    """A series without variance has no beta."""
    with pytest.raises(InputError, match="no variance"):
        return_moments(np.zeros(40), np.linspace(-1, 1, 40), 365.0)


def test_every_public_name_is_at_the_door() -> None:
    """The package gives each name it lists, and lists them in order without doubles."""
    assert all(hasattr(hedge_ratio, name) for name in hedge_ratio.__all__)
    assert len(set(hedge_ratio.__all__)) == len(hedge_ratio.__all__)


def test_coverage_from_a_risk_budget() -> None:
    """Errata E8: 60 % volatility to 30 % takes half a hedge, 75 % takes 60 %; none where the target is already met."""
    assert coverage_for_target(0.3, 0.6) == pytest.approx(0.5)
    assert coverage_for_target(0.3, 0.75) == pytest.approx(0.6)
    assert coverage_for_target(0.8, 0.6) == 0.0
    assert coverage_for_target(0.0, 0.6) == 1.0
    assert coverage_for_target(0.0, 0.0) == 0.0


@given(st.floats(0.01, 1.0), vols, st.floats(-0.999, 0.999))
def test_coverage_reaches_the_target_or_says_it_cannot(share: float, volatility: float, rho: float) -> None:
    """The hedged volatility at that coverage is the target; below sigma sqrt(1 - rho^2) there is no coverage."""
    target, floor = share * volatility, residual_volatility(rho, volatility)
    coverage = coverage_for_target(target, volatility, rho)
    if target < floor * (1 - 1e-9):
        assert coverage is None
    elif target > floor * (1 + 1e-9):
        ratio = coverage * minimum_variance_hedge_ratio(rho, volatility, 0.5)
        assert hedged_volatility(ratio, rho, volatility, 0.5) == pytest.approx(target, rel=1e-7)
        assert 0 <= coverage <= 1


def test_coverage_at_the_floor_and_in_arrays() -> None:
    """The floor itself takes the whole hedge; in arrays a target below it, and a missing volatility, are NaN."""
    assert coverage_for_target(residual_volatility(0.7, 0.9), 0.9, 0.7) == pytest.approx(1.0)
    coverages = coverage_for_target(0.3, np.array([0.6, 0.9, np.nan, 0.2]), np.array([1.0, 0.7, 0.7, 0.0]))
    assert coverages == pytest.approx([0.5, np.nan, np.nan, 0.0], nan_ok=True)
    assert coverage_for_target(0.3, 0.6, 0.0) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-0.1, 0.6), r"volatilities must be at least 0, not -0.1"),
        ((0.1, np.array([np.nan, -2.0])), r"volatilities must be at least 0, not -2"),
        ((0.1, 0.6, 1.5), r"correlation must be from -1 to 1, not 1.5"),
    ],
)
def test_impossible_budgets_are_refused(arguments: tuple[float, ...], message: str) -> None:
    """A negative volatility or a correlation beyond one is named."""
    with pytest.raises(InputError, match=message):
        coverage_for_target(*arguments)
