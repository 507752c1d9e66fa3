"""How likely a liquidation is, and the leverage that keeps it below a limit (docs/model.md 3.7)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import POSITIVE, InputError, Limit, missing_as_none
from hedge_widgets.model.margin import Tiers, collateral_for_price, liquidation_price, notional_at, tiers_of

VOLATILITY = Limit(0.0, 20.0)
YEARS = Limit(0.0, 100.0)
DRIFT = Limit(-20.0, 20.0)
PROBABILITY = Limit(1e-9, 1.0 - 1e-9)
_STEPS, _EXACT, _LEAST = 100, 1e-13, 1e-300
_NODES = 9
_DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class VolatilitySpread:
    """How far the volatility that comes lies from the one believed, within so many days.

    It is the believed one times e^(level + spread z) with z normal: ``rises`` for a barrier above, ``falls`` for one
    below, each two rows of (days, level, spread), fewer days first. Between their days the level and the square of the
    spread are linear in 1 / days; outside, those of the nearer row hold.
    """

    rises: tuple[tuple[float, ...], ...]
    falls: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        for (first, _, one), (last, _, other) in (self.rises, self.falls):
            if not (0 < first < last and one >= 0 and other >= 0):
                raise InputError("a volatility's spread must be 0 or more, in rows of ascending days above 0")

    def factors(self, side: Any, years: Any) -> tuple[Any, npt.NDArray[np.float64]]:
        """Return (volatilities over the believed one, shape (nodes, ...) of side and years; their weights, (nodes,)).

        ``side`` is that of the position: -1 has its barrier above.
        """
        points, weights = _normal_nodes()
        side, years = np.broadcast_arrays(side, years)
        with np.errstate(divide="ignore"):
            pace = 1.0 / (years * _DAYS_PER_YEAR)

        def between(rows: Any) -> Any:
            (days, level, spread), (more_days, far_level, far_spread) = rows
            share = np.clip((pace - 1.0 / more_days) / (1.0 / days - 1.0 / more_days), 0.0, 1.0)
            variance = far_spread**2 + share * (spread**2 - far_spread**2)
            return far_level + share * (level - far_level), np.sqrt(variance)

        level, spread = (
            np.where(side < 0, up, down) for up, down in zip(between(self.rises), between(self.falls), strict=True)
        )
        return np.exp(level + spread * points.reshape(-1, *(1,) * level.ndim)), weights


@cache
def _normal_nodes() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return points and weights, of sum 1, for means over a standard normal (Gauss and Hermite)."""
    points, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    return points, weights / weights.sum()


def touch_probability(
    spot: Any,
    barrier: Any,
    side: Any,
    volatility: Any,
    years: Any,
    drift: Any = 0.0,
    varies: VolatilitySpread | None = None,
) -> Any:
    """Return the chance that a price touches a barrier within ``years``, watched all the time.

    Geometric Brownian motion: Phi((-a + nu T) / d) + e^(2 nu a / sigma^2) Phi((-a - nu T) / d) with d = sigma sqrt T,
    a = ln(B / S) and nu = mu - sigma^2 / 2 for a short's barrier above; a long's below is its mirror image.

    Parameters
    ----------
    spot : price now, quote currency
    barrier : liquidation price; None or NaN (there is none) is never touched
    side : -1 for a short, whose barrier lies above, +1 for a long; a barrier already passed is touched
    volatility, drift : annual; the drift is that of the price
    varies : the chance is then the mean over the volatilities that may come, each with the believed one's nu; None:
        the believed one is certain, as in the textbook

    Returns
    -------
    float, or array of the broadcast shape, from 0 to 1.
    """
    spot, volatility, years, drift = _checked(spot, volatility, years, drift)
    level = np.asarray(np.nan if barrier is None else barrier, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = -np.asarray(side) * np.log(level / spot)
    trend = -np.asarray(side) * (drift - volatility**2 / 2.0)
    factors, weights = volatilities(varies, side, years, distance + trend)
    return missing_as_none(
        np.where(np.isnan(distance), 0.0, _mean(distance, trend, volatility, years, factors, weights))
    )


def volatilities(varies: VolatilitySpread | None, side: Any, years: Any, like: Any) -> tuple[Any, Any]:
    """Return (factors of the volatility, an axis of them before those of ``like``; their weights); 1 if none varies."""
    if varies is None:
        return np.ones((1, *(1,) * np.ndim(like))), np.ones(1)
    side, years, _ = np.broadcast_arrays(side, years, like)
    return varies.factors(side, years)


def _mean(distance: Any, trend: Any, volatility: Any, years: Any, factors: Any, weights: Any) -> Any:
    """Return the mean of the chances of rising by ``distance`` over volatilities that may come."""
    return np.minimum(np.tensordot(weights, _touch(distance, trend, volatility * factors, years), 1), 1.0)


def _touch(distance: Any, trend: Any, volatility: Any, years: Any) -> Any:
    """Return the chance that a Brownian motion with a trend rises by ``distance``, in logs."""
    from hedge_widgets.model.special import log_ndtr, ndtr

    deviation, variance = volatility * np.sqrt(years), volatility**2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # The reflected part in logs: its first factor alone would overflow.
        reflected = 2.0 * trend * distance / variance + log_ndtr((-distance - trend * years) / deviation)
        chance = ndtr((-distance + trend * years) / deviation) + np.exp(reflected)
    certain = np.where(trend * years >= distance, 1.0, 0.0)
    return np.where(distance <= 0, 1.0, np.where((deviation > 0) & (variance > 0), np.minimum(chance, 1.0), certain))


def barrier_for_probability(
    spot: Any,
    side: Any,
    probability: Any,
    volatility: Any,
    years: Any,
    drift: Any = 0.0,
    varies: VolatilitySpread | None = None,
) -> Any:
    """Return the price that is touched with this chance: the inverse of :func:`touch_probability`."""
    spot, volatility, years, drift = _checked(spot, volatility, years, drift)
    probability = PROBABILITY.checked("probability", probability)
    trend = -np.asarray(side) * (drift - volatility**2 / 2.0)
    low = np.zeros(np.broadcast_shapes(*map(np.shape, (spot, side, probability, volatility, years, drift))))
    factors, weights = volatilities(varies, side, years, low)
    high = low + np.maximum(trend * years, 0.0) + 10.0 * factors[-1] * volatility * np.sqrt(years)
    # Secants between two bounds, of the logarithm of the chance, which is nearly a parabola. Where a bound stays twice,
    # its value counts half (Illinois), so that both close in.
    above = -np.log(probability) + low
    below = np.log(_LEAST) - np.log(probability) + low
    stays = np.zeros(low.shape)
    for _ in range(_STEPS):
        middle = (low * below - high * above) / (below - above)
        gap = np.log(np.maximum(_mean(middle, trend, volatility, years, factors, weights), _LEAST) / probability)
        if np.all(np.abs(gap) < _EXACT):
            break
        is_nearer = gap > 0.0
        low, high = np.where(is_nearer, middle, low), np.where(is_nearer, high, middle)
        above, below = (
            np.where(is_nearer, gap, np.where(stays < 0.0, above / 2.0, above)),
            np.where(is_nearer, np.where(stays > 0.0, below / 2.0, below), gap),
        )
        stays = np.where(is_nearer, 1.0, -1.0)
    return missing_as_none(spot * np.exp(-np.asarray(side) * middle))


@dataclass(frozen=True, kw_only=True)
class SafeLeverage:
    """The most leverage that a limit on the chance of liquidation allows, and what it takes.

    ``collateral`` and ``notional`` are quote currency (linear) or coins (inverse); ``probability`` is what the choice
    comes to, below the limit where ``is_limited_by_tier``: the venue allows no more leverage than that. None (NaN in
    arrays) stands for a price that does not exist.
    """

    leverage: Any
    collateral: Any
    notional: Any
    liquidation_price: Any
    probability: Any
    is_limited_by_tier: Any


def leverage_for_probability(
    kind: str,
    side: Any,
    quantity: Any,
    entry_price: Any,
    tiers: Tiers,
    volatility: Any,
    years: Any,
    probability: Any = 0.01,
    drift: Any = 0.0,
    closing_fee_rate: Any = 0.0,
    varies: VolatilitySpread | None = None,
) -> SafeLeverage:
    """Return the highest leverage at which an isolated position is liquidated with at most this chance.

    The barrier with that chance becomes the liquidation price; what it takes to be liquidated there is the collateral.
    ``quantity`` and the rest as in ``margin.liquidation_price``, ``varies`` as in :func:`touch_probability`.
    """
    POSITIVE.checked("quantity", quantity)
    barrier = barrier_for_probability(entry_price, side, probability, volatility, years, drift, varies)
    needed = collateral_for_price(kind, side, quantity, entry_price, barrier, tiers, closing_fee_rate)
    notional = notional_at(kind, quantity, entry_price)
    allowed = tiers_of(kind, quantity, tiers).max_leverage(notional)
    with np.errstate(divide="ignore"):
        leverage = np.where(needed > 0, notional / np.asarray(needed), np.inf)
    is_limited = leverage > allowed
    leverage = np.where(is_limited, allowed, leverage)
    collateral = notional / leverage
    price = liquidation_price(kind, side, quantity, entry_price, collateral, tiers, closing_fee_rate)
    chance = touch_probability(entry_price, price, side, volatility, years, drift, varies)
    values = (leverage, collateral, notional, price, chance, is_limited)
    names = SafeLeverage.__dataclass_fields__
    return SafeLeverage(**dict(zip(names, map(missing_as_none, values), strict=True)))


def _checked(spot: Any, volatility: Any, years: Any, drift: Any) -> tuple[Any, Any, Any, Any]:
    return (
        POSITIVE.checked("spot", spot),
        VOLATILITY.checked("volatility", volatility),
        YEARS.checked("years", years),
        DRIFT.checked("drift", drift),
    )
