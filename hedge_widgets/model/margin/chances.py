"""How likely the margin page's position is liquidated, and the leverage that keeps that below a limit."""

import functools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.margin import collateral_for_price, notional_at
from hedge_widgets.model.margin.setting import TAILS, MarginSetting
from hedge_widgets.model.paths import (
    PathExtremes,
    PriceDynamics,
    barrier_for_share,
    leverage_for_probability,
    seen_probability,
    simulated_extremes,
    touch_probability,
    touch_share,
)

Array = npt.NDArray[np.float64]
Values = dict[str, Array]

N_PATHS, SEED = 8_000, 15
DAYS_PER_YEAR = 365.0


@functools.lru_cache(maxsize=96)
def _extremes(dynamics: PriceDynamics, days: int) -> PathExtremes:
    return simulated_extremes(dynamics, days / DAYS_PER_YEAR, days, N_PATHS, SEED)


def _by_dynamics(x: Values) -> Iterator[tuple[npt.NDArray[np.int64], float, int]]:
    """Return (rows, volatility, days) of the rows that share a simulation."""
    pairs = np.stack([x["volatility"], x["days"]], axis=1)
    for volatility, days in np.unique(pairs, axis=0):
        yield np.flatnonzero((pairs == (volatility, days)).all(axis=1)), float(volatility), round(days)


def watched(setting: MarginSetting, x: Values, barriers: Array, side: float) -> Array:
    """Return the chance that barriers are touched by a normal price, watched all the time, shape (rows, ...)."""
    over = (-1, *(1,) * (barriers.ndim - 1))
    volatility, years = x["volatility"].reshape(over), x["days"].reshape(over) / DAYS_PER_YEAR
    return np.asarray(touch_probability(setting.entry_price, barriers, side, volatility, years), dtype=np.float64)


def seen(setting: MarginSetting, x: Values, barriers: Array) -> Array:
    """Return the chance that a normal price is beyond the barriers in a look a day, shape (rows, ...)."""
    chances = np.empty(barriers.shape)
    for rows, volatility, days in _by_dynamics(x):
        terms = (setting.side, volatility, days / DAYS_PER_YEAR, days)
        chances[rows] = seen_probability(setting.entry_price, barriers[rows], *terms)
    return chances


def with_tails(setting: MarginSetting, x: Values, barriers: Array, normal: Array) -> Array:
    """Return the share of paths with tails that touch the barriers; without tails that is the closed form, exactly."""
    if not TAILS[setting.tails]:
        return normal
    shares = np.empty(barriers.shape)
    for rows, volatility, days in _by_dynamics(x):
        extremes = _extremes(setting.dynamics(volatility), days)
        shares[rows] = touch_share(extremes, setting.entry_price, barriers[rows], setting.side)[0]
    return shares


def chances(setting: MarginSetting, x: Values, isolated: Array, below: Array, above: Array) -> Values:
    """Return the chances that the prices at which margins end are touched; one that does not exist never is."""
    chance = watched(setting, x, isolated, setting.side)
    return {
        "chance": chance,
        "chance_seen": seen(setting, x, isolated),
        "chance_tails": with_tails(setting, x, isolated, chance),
        "chance_cross": np.minimum(watched(setting, x, below, 1.0) + watched(setting, x, above, -1.0), 1.0),
    }


def safe(setting: MarginSetting, x: Values) -> Values:
    """Return the leverage that a limit on the chance of liquidation allows, in the closed form and with tails."""
    spec = setting.contract
    position = (spec.kind, setting.side, setting.quantity, setting.entry_price)
    years, limit = x["days"] / DAYS_PER_YEAR, x["limit"]
    fee = spec.closing_fee_rate
    found = leverage_for_probability(*position, setting.tiers, x["volatility"], years, limit, closing_fee_rate=fee)
    fits = 1.0 if setting.refusal == 0 else np.nan
    low = high = np.asarray(found.leverage, dtype=np.float64)
    if TAILS[setting.tails]:
        error = np.sqrt(limit * (1.0 - limit) / N_PATHS)
        low, high = (_leverage_for_share(setting, x, share) for share in (limit - error, limit + error))
    return {
        "safe_leverage": np.asarray(found.leverage) * fits,
        "safe_collateral": np.asarray(found.collateral) * setting.unit_price * fits,
        "safe_is_tier": np.asarray(found.is_limited_by_tier, dtype=np.float64),
        "safe_low": low * fits,
        "safe_high": high * fits,
    }


def _leverage_for_share(setting: MarginSetting, x: Values, share: Array) -> Array:
    """Return the most leverage at which at most this share of the paths with tails is liquidated."""
    spec, side, quantity, entry = setting.contract, setting.side, setting.quantity, setting.entry_price
    barriers = np.empty(share.shape)
    for rows, volatility, days in _by_dynamics(x):
        extremes = _extremes(setting.dynamics(volatility), days)
        barriers[rows] = barrier_for_share(extremes, entry, side, np.maximum(share[rows], 0.0))
    terms = (spec.kind, side, quantity, entry, barriers, setting.tiers, spec.closing_fee_rate)
    needed, notional = np.asarray(collateral_for_price(*terms)), float(notional_at(spec.kind, quantity, entry))
    with np.errstate(divide="ignore"):
        leverage: Array = np.minimum(np.where(needed > 0, notional / needed, np.inf), setting.max_leverage)
    return leverage
