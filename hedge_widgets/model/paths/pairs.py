"""Seeded simulation of two prices that move together, with fat tails and a stressed regime (docs/model.md 3.11)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import POSITIVE, InputError, Limit
from hedge_widgets.model.paths.touch import DRIFT, VOLATILITY, YEARS

_COUNT = Limit(1, 10_000_000)
_MOST_NUMBERS = 50_000_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Stress:
    """A regime of stress: all volatilities times ``volatility_factor``, another correlation.

    ``spells_a_year`` calm spells end in stress, which lasts ``mean_days`` on average (a Markov chain).
    """

    volatility_factor: float
    correlation: float
    spells_a_year: float
    mean_days: float

    def __post_init__(self) -> None:
        Limit(0.0, 20.0).checked("volatility factor", self.volatility_factor)
        Limit(-1.0, 1.0).checked("correlation in stress", self.correlation)
        Limit(0.0, 365.0).checked("spells a year", self.spells_a_year)
        Limit(0.1, 3650.0).checked("mean days of stress", self.mean_days)


@dataclass(frozen=True, kw_only=True)
class PairDynamics:
    """How a spot and a hedge asset move: annual volatilities and drifts of calm days, the drift that of the price.

    ``degrees_of_freedom`` (above 2) makes both Student-t by one common chi-square, with the same volatilities; None is
    normal. The drift of the logarithm is drift - sigma^2 / 2 of the regime's volatility.
    """

    spot_volatility: float
    hedge_volatility: float
    correlation: float
    spot_drift: float = 0.0
    hedge_drift: float = 0.0
    degrees_of_freedom: float | None = None
    stress: Stress | None = None

    def __post_init__(self) -> None:
        VOLATILITY.checked("spot volatility", self.spot_volatility)
        VOLATILITY.checked("hedge volatility", self.hedge_volatility)
        Limit(-1.0, 1.0).checked("correlation", self.correlation)
        DRIFT.checked("spot drift", self.spot_drift)
        DRIFT.checked("hedge drift", self.hedge_drift)
        if self.degrees_of_freedom is not None:
            Limit(2.01, 1e6).checked("degrees of freedom", self.degrees_of_freedom)


def simulated_pair(
    dynamics: PairDynamics,
    spot_price: float,
    hedge_price: float,
    years: float,
    n_steps: int,
    n_paths: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Return (spot prices, hedge prices), each of shape (n_paths, n_steps + 1), from a seed.

    Raises
    ------
    InputError
        If an input breaks its rule, or there are more prices than fit in memory.
    """
    YEARS.checked("years", years)
    shape = int(_COUNT.checked("n_paths", n_paths)), int(_COUNT.checked("n_steps", n_steps))
    if shape[0] * shape[1] > _MOST_NUMBERS:
        raise InputError(f"paths times steps must be at most {_MOST_NUMBERS:,}, not {shape[0] * shape[1]:,}")
    generator = np.random.default_rng(seed)
    step = years / n_steps
    factor, correlation = _regimes(dynamics, step, shape, generator)
    tail = np.ones(shape)
    if dynamics.degrees_of_freedom is not None:
        freedom = dynamics.degrees_of_freedom
        tail = np.sqrt((freedom - 2.0) / generator.chisquare(freedom, shape))
    hedge, own = generator.standard_normal(shape), generator.standard_normal(shape)
    spot = correlation * hedge + np.sqrt(1.0 - correlation**2) * own
    legs = (
        (spot_price, dynamics.spot_volatility, dynamics.spot_drift, spot),
        (hedge_price, dynamics.hedge_volatility, dynamics.hedge_drift, hedge),
    )
    paths = []
    for price, volatility, drift, normal in legs:
        sigma = volatility * factor
        returns = (drift - sigma**2 / 2.0) * step + sigma * np.sqrt(step) * tail * normal
        logs = np.pad(returns.cumsum(axis=1), ((0, 0), (1, 0)))
        paths.append(POSITIVE.checked("price", price) * np.exp(logs))
    return paths[0], paths[1]


def _regimes(
    dynamics: PairDynamics, step: float, shape: tuple[int, int], generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return (volatility factor, correlation) of every step; each path starts in its long-run mix of regimes."""
    stress = dynamics.stress
    if stress is None:
        return np.ones(shape), np.full(shape, dynamics.correlation)
    leave = -np.expm1(-step * 365.0 / stress.mean_days)
    enter = -np.expm1(-step * stress.spells_a_year)
    is_stress = np.empty(shape, dtype=np.bool_)
    now = generator.random(shape[0]) < (enter / (enter + leave) if enter + leave > 0 else 0.0)
    for k, draw in enumerate(generator.random((shape[1], shape[0]))):
        is_stress[:, k] = now
        now = np.where(now, draw >= leave, draw < enter)
    return np.where(is_stress, stress.volatility_factor, 1.0), np.where(
        is_stress, stress.correlation, dynamics.correlation
    )
