"""How likely a liquidation is to be seen by one who looks now and then: less than by the engine (docs/model.md 3.7)."""

import functools
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import POSITIVE, Limit, missing_as_none
from hedge_widgets.model.paths.touch import DRIFT, VOLATILITY, YEARS, VolatilitySpread, volatilities

Floats = npt.NDArray[np.float64]

_LOOKS = Limit(1, 10_000)
_REACH = 8.5  # standard deviations beyond which nothing is touched
_NODES_A_DEVIATION = 1.6


def seen_probability(
    spot: float,
    barrier: Any,
    side: float,
    volatility: float,
    years: float,
    n_looks: int,
    drift: float = 0.0,
    varies: VolatilitySpread | None = None,
) -> Any:
    """Return the chance that a price is at or beyond a barrier in one of ``n_looks`` looks, evenly spread to the end.

    Its law is that of ``touch_probability``, which is watched all the time and is never less likely. At one volatility,
    with G_k(x) the chance that the highest of k looks is above x, in standard deviations of a step with trend m,

        G_(k+1)(x) = Phi(m - x) + integral from 0 to infinity of G_k(z) phi(x - z - m) dz

    (the highest of k + 1 looks is the first step plus the highest of 0 and k further looks), by Gauss's quadrature.

    Parameters
    ----------
    spot : price now, quote currency
    barrier : array or float; None or NaN (there is none) is never seen, one already passed at once
    side : -1 for a short, whose barrier lies above, +1 for a long
    volatility, drift : annual, volatility above 0
    varies : as in ``touch_probability``

    Returns
    -------
    float, or array of the barrier's shape, from 0 to 1.
    """
    POSITIVE.checked("spot", spot)
    for limit, name, value in ((VOLATILITY, "volatility", volatility), (YEARS, "years", years)):
        POSITIVE.checked(name, limit.checked(name, value))
    _LOOKS.checked("n_looks", n_looks)
    DRIFT.checked("drift", drift)
    level = np.asarray(np.nan if barrier is None else barrier, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = -side * np.log(level / spot)
    trend = -side * (drift - volatility**2 / 2.0) * (years / n_looks)
    chance = np.zeros(distance.shape)
    for factor, weight in zip(*volatilities(varies, side, years, 0.0), strict=True):
        step = volatility * float(factor) * math.sqrt(years / n_looks)
        chance = chance + weight * _seen(distance / step, trend / step, int(n_looks))
    return missing_as_none(np.where(np.isnan(distance), 0.0, np.where(distance <= 0, 1.0, np.minimum(chance, 1.0))))


def _seen(distance: Any, trend: float, n_looks: int) -> Any:
    """Return the chance that a walk of normal steps of deviation 1 is seen beyond a distance."""
    from hedge_widgets.model.special import ndtr

    chance = ndtr(trend - distance)
    if n_looks == 1:
        return chance
    nodes, weighted = _before_the_last(float(f"{trend:.12g}"), n_looks)
    return chance + _density(distance[..., None] - nodes - trend) @ weighted


@functools.lru_cache(maxsize=1024)
def _before_the_last(trend: float, n_looks: int) -> tuple[Floats, Floats]:
    """Return quadrature nodes and, weighted, the chance that the highest of ``n_looks - 1`` looks is above each."""
    from hedge_widgets.model.special import ndtr

    reach = _REACH * math.sqrt(n_looks) + max(trend, 0.0) * n_looks
    points, weights = _gauss(math.ceil(_NODES_A_DEVIATION * reach) + 16)
    nodes, weights = reach / 2.0 * (points + 1.0), reach / 2.0 * weights
    first = ndtr(trend - nodes)
    kernel = _density(nodes[:, None] - nodes - trend) * weights
    chance = first
    for _ in range(n_looks - 2):
        chance = first + kernel @ chance
    return nodes, weights * chance


@functools.lru_cache(maxsize=256)
def _gauss(n_points: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(n_points)


def _density(x: Floats) -> Floats:
    return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
