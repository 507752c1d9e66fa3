"""How likely a liquidation is, and the leverage that keeps it below a limit (docs/model.md 3.7)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import POSITIVE, Limit, missing_as_none
from hedge_widgets.model.margin import Tiers, collateral_for_price, liquidation_price, notional_at, tiers_of

VOLATILITY = Limit(0.0, 20.0)
YEARS = Limit(0.0, 100.0)
DRIFT = Limit(-20.0, 20.0)
PROBABILITY = Limit(1e-9, 1.0 - 1e-9)
_HALVINGS = 80


def touch_probability(spot: Any, barrier: Any, side: Any, volatility: Any, years: Any, drift: Any = 0.0) -> Any:
    """Return the chance that a price touches a barrier within ``years``, watched all the time.

    Geometric Brownian motion: Phi((-a + nu T) / d) + e^(2 nu a / sigma^2) Phi((-a - nu T) / d) with d = sigma sqrt T,
    a = ln(B / S) and nu = mu - sigma^2 / 2 for a short's barrier above; a long's below is its mirror image.

    Parameters
    ----------
    spot : price now, quote currency
    barrier : liquidation price; None or NaN (there is none) is never touched
    side : -1 for a short, whose barrier lies above, +1 for a long; a barrier already passed is touched
    volatility, drift : annual; the drift is that of the price

    Returns
    -------
    float, or array of the broadcast shape, from 0 to 1.
    """
    spot, volatility, years, drift = _checked(spot, volatility, years, drift)
    level = np.asarray(np.nan if barrier is None else barrier, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = -np.asarray(side) * np.log(level / spot)
    trend = -np.asarray(side) * (drift - volatility**2 / 2.0)
    return missing_as_none(np.where(np.isnan(distance), 0.0, _touch(distance, trend, volatility, years)))


def _touch(distance: Any, trend: Any, volatility: Any, years: Any) -> Any:
    """Return the chance that a Brownian motion with a trend rises by ``distance``, in logs."""
    from scipy.special import log_ndtr, ndtr

    deviation, variance = volatility * np.sqrt(years), volatility**2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # The reflected part in logs: its first factor alone would overflow.
        reflected = 2.0 * trend * distance / variance + log_ndtr((-distance - trend * years) / deviation)
        chance = ndtr((-distance + trend * years) / deviation) + np.exp(reflected)
    certain = np.where(trend * years >= distance, 1.0, 0.0)
    return np.where(distance <= 0, 1.0, np.where((deviation > 0) & (variance > 0), np.minimum(chance, 1.0), certain))


def barrier_for_probability(
    spot: Any, side: Any, probability: Any, volatility: Any, years: Any, drift: Any = 0.0
) -> Any:
    """Return the price that is touched with this chance: the inverse of :func:`touch_probability`, by bisection."""
    spot, volatility, years, drift = _checked(spot, volatility, years, drift)
    probability = PROBABILITY.checked("probability", probability)
    trend = -np.asarray(side) * (drift - volatility**2 / 2.0)
    low = np.zeros(np.broadcast_shapes(*map(np.shape, (spot, side, probability, volatility, years, drift))))
    high = low + np.maximum(trend * years, 0.0) + 10.0 * volatility * np.sqrt(years)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        is_nearer = _touch(middle, trend, volatility, years) > probability
        low, high = np.where(is_nearer, middle, low), np.where(is_nearer, high, middle)
    return missing_as_none(spot * np.exp(-np.asarray(side) * high))


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
) -> SafeLeverage:
    """Return the highest leverage at which an isolated position is liquidated with at most this chance.

    The barrier with that chance becomes the liquidation price; what it takes to be liquidated there is the collateral.
    ``quantity`` and the rest as in ``margin.liquidation_price``.
    """
    POSITIVE.checked("quantity", quantity)
    barrier = barrier_for_probability(entry_price, side, probability, volatility, years, drift)
    needed = collateral_for_price(kind, side, quantity, entry_price, barrier, tiers, closing_fee_rate)
    notional = notional_at(kind, quantity, entry_price)
    allowed = tiers_of(kind, quantity, tiers).max_leverage(notional)
    with np.errstate(divide="ignore"):
        leverage = np.where(needed > 0, notional / np.asarray(needed), np.inf)
    is_limited = leverage > allowed
    leverage = np.where(is_limited, allowed, leverage)
    collateral = notional / leverage
    price = liquidation_price(kind, side, quantity, entry_price, collateral, tiers, closing_fee_rate)
    chance = touch_probability(entry_price, price, side, volatility, years, drift)
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
