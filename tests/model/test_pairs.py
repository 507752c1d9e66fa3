"""Two simulated prices: their moments, tails and regimes are the stated ones, and a seed gives the same paths."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from hedge_widgets.model.limits import InputError
from hedge_widgets.model.paths import PairDynamics, Stress, regime_moments, simulated_pair

PAIR = {"spot_volatility": 0.9, "hedge_volatility": 0.5, "correlation": 0.7}


def returns(dynamics: PairDynamics, **changes: Any) -> tuple[Any, Any]:
    terms: dict[str, Any] = {"years": 1.0, "n_steps": 365, "n_paths": 400, "seed": 5}
    spot, hedge = simulated_pair(dynamics, 100.0, 60_000.0, **(terms | changes))
    return np.diff(np.log(spot)), np.diff(np.log(hedge))


@pytest.mark.parametrize("freedom", [None, 4.0])
def test_moments_are_the_stated_ones(freedom: float | None) -> None:
    """Volatilities, correlation and drifts of 146,000 days, with normal steps and with fat tails."""
    spot, hedge = returns(PairDynamics(**PAIR, spot_drift=0.3, degrees_of_freedom=freedom))
    tolerance = 0.01 if freedom is None else 0.05
    assert spot.std() * 365**0.5 == pytest.approx(0.9, rel=tolerance)
    assert hedge.std() * 365**0.5 == pytest.approx(0.5, rel=tolerance)
    assert np.corrcoef(spot.ravel(), hedge.ravel())[0, 1] == pytest.approx(0.7, abs=0.02)
    assert spot.mean() * 365 == pytest.approx(0.3 - 0.9**2 / 2, abs=4 * 0.9 / 400**0.5)
    assert hedge.mean() * 365 == pytest.approx(-(0.5**2) / 2, abs=4 * 0.5 / 400**0.5)


def test_tails_are_fat_and_common() -> None:
    """Student-t steps by one chi-square: a t distribution each, and large moves of both come on the same days."""
    spot, hedge = returns(PairDynamics(**(PAIR | {"correlation": 0.0}), degrees_of_freedom=4.0), n_paths=50)
    scaled = spot.ravel() / (0.9 * (2 / 4 / 365) ** 0.5)
    assert stats.kstest(scaled + 0.9**2 / 730 / (0.9 * (2 / 4 / 365) ** 0.5), stats.t(4).cdf).pvalue > 0.01
    assert np.corrcoef(np.abs(spot).ravel(), np.abs(hedge).ravel())[0, 1] > 0.15
    assert abs(np.corrcoef(spot.ravel(), hedge.ravel())[0, 1]) < 0.05


def test_a_price_without_drift_stays_on_average() -> None:
    """The mean of the last price is the first within four standard errors, with stress too."""
    stress = Stress(volatility_factor=2.0, correlation=0.95, spells_a_year=6.0, mean_days=15.0)
    spot, hedge = simulated_pair(PairDynamics(**PAIR, stress=stress), 100.0, 60_000.0, 0.5, 100, 20_000, 2)
    for prices in (spot, hedge):
        last = prices[:, -1]
        assert last.mean() == pytest.approx(prices[0, 0], abs=4 * last.std() / len(last) ** 0.5)
    assert spot.shape == hedge.shape == (20_000, 101)


def test_regimes_mix_as_the_closed_form_says() -> None:
    """The moments of all days are those of the mixture, with the chain's long-run share of stress."""
    stress = Stress(volatility_factor=2.5, correlation=0.95, spells_a_year=8.0, mean_days=12.0)
    spot, hedge = returns(PairDynamics(**PAIR, stress=stress), n_paths=1_500)
    enter, leave = 1 - np.exp(-8 / 365), 1 - np.exp(-1 / 12)
    share = enter / (enter + leave)
    volatility, hedge_volatility, correlation = regime_moments(
        (1 - share, share), (0.9, 2.25), (0.5, 1.25), (0.7, 0.95)
    )
    assert spot.std() * 365**0.5 == pytest.approx(volatility, rel=0.02)
    assert hedge.std() * 365**0.5 == pytest.approx(hedge_volatility, rel=0.02)
    assert np.corrcoef(spot.ravel(), hedge.ravel())[0, 1] == pytest.approx(correlation, abs=0.01)
    # Stress lasts: wild days follow wild days.
    size = np.abs(hedge)
    assert np.corrcoef(size[:, 1:].ravel(), size[:, :-1].ravel())[0, 1] > 0.1


def test_a_seed_is_a_path() -> None:
    """The same seed gives the same prices, another seed others; no volatility, no move; correlation 1 is one path."""
    dynamics = PairDynamics(**PAIR)
    one, same, other = (simulated_pair(dynamics, 1.0, 1.0, 1.0, 9, 3, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    still = PairDynamics(spot_volatility=0.0, hedge_volatility=0.0, correlation=0.0)
    assert np.all(simulated_pair(still, 3.0, 4.0, 1.0, 9, 3, 1)[1] == 4.0)
    twin = PairDynamics(spot_volatility=0.5, hedge_volatility=0.5, correlation=1.0)
    assert np.allclose(*simulated_pair(twin, 7.0, 7.0, 1.0, 9, 3, 1))


def test_what_is_refused() -> None:
    """Correlations beyond 1, tails without a variance, more prices than fit."""
    with pytest.raises(InputError, match="correlation must be a finite number from -1 to 1"):
        PairDynamics(**(PAIR | {"correlation": 1.5}))
    with pytest.raises(InputError, match="degrees of freedom must be"):
        PairDynamics(**PAIR, degrees_of_freedom=2.0)
    with pytest.raises(InputError, match="mean days of stress must be"):
        Stress(volatility_factor=1.0, correlation=0.5, spells_a_year=1.0, mean_days=0.0)
    with pytest.raises(InputError, match="paths times steps must be at most"):
        simulated_pair(PairDynamics(**PAIR), 1.0, 1.0, 1.0, 10_000, 10_000, 1)
