"""How likely the margin page's position is liquidated, how often the past did it, and the leverage for a limit."""

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.margin.setting import MarginSetting
from hedge_widgets.model.paths import leverage_for_probability, seen_probability, touch_probability

Array = npt.NDArray[np.float64]
Values = dict[str, Array]

DAYS_PER_YEAR = 365.0


def distinct(x: Values, *names: str) -> tuple[Values, npt.NDArray[np.intp]]:
    """Return (columns of the rows that differ in the ones named, for each row the place of its like among them)."""
    rows, places = np.unique(np.stack([x[name] for name in names], axis=1), axis=0, return_inverse=True)
    return dict(zip(names, rows.T, strict=True)), places.reshape(-1)


def watched(setting: MarginSetting, x: Values, barriers: Array, side: float) -> Array:
    """Return the chance that barriers are touched while the hedge is held, watched all the time, shape (rows, ...)."""
    over = (-1, *(1,) * (barriers.ndim - 1))
    volatility, years = x["volatility"].reshape(over), x["horizon"].reshape(over) / DAYS_PER_YEAR
    terms = (setting.entry_price, barriers, side, volatility, years)
    return np.asarray(touch_probability(*terms, varies=setting.varies), dtype=np.float64)


def seen(setting: MarginSetting, x: Values, barriers: Array) -> Array:
    """Return the chance that the price is beyond the barriers in a look a day, shape (rows, ...)."""
    chances = np.empty(barriers.shape)
    pairs = np.stack([x["volatility"], x["horizon"]], axis=1)
    for volatility, days in np.unique(pairs, axis=0):
        rows = (pairs == (volatility, days)).all(axis=1)
        terms = (setting.side, float(volatility), days / DAYS_PER_YEAR, max(round(days), 1))
        chances[rows] = seen_probability(setting.entry_price, barriers[rows], *terms, varies=setting.varies)
    return chances


def past(setting: MarginSetting, x: Values, barriers: Array) -> tuple[Array, Array, Array]:
    """Return what :meth:`PastCloses.reached` says of barriers, shape (rows, ...); no share where no past is known."""
    if setting.past is None:
        nothing = np.zeros(len(x["horizon"]))
        return np.full(barriers.shape, np.nan), nothing, nothing
    return setting.past.reached(x["horizon"], setting.side, barriers / setting.entry_price - 1.0)


def chances(setting: MarginSetting, x: Values, isolated: Array, below: Array, above: Array) -> Values:
    """Return the chances that the prices at which margins end are touched; one that does not exist never is."""
    share, n_windows, n_apart = past(setting, x, isolated)
    return {
        "chance": watched(setting, x, isolated, setting.side),
        "chance_seen": seen(setting, x, isolated),
        "chance_cross": np.minimum(watched(setting, x, below, 1.0) + watched(setting, x, above, -1.0), 1.0),
        "past_share": share,
        "past_windows": n_windows,
        "past_apart": n_apart,
    }


def safe(setting: MarginSetting, x: Values) -> Values:
    """Return the leverage that a limit on the chance of liquidation allows."""
    spec = setting.contract
    position = (spec.kind, setting.side, setting.quantity, setting.entry_price, setting.tiers)
    x, places = distinct(x, "volatility", "horizon", "limit")
    terms = (x["volatility"], x["horizon"] / DAYS_PER_YEAR, x["limit"])
    fee = spec.closing_fee_rate
    found = leverage_for_probability(*position, *terms, closing_fee_rate=fee, varies=setting.varies)
    fits = 1.0 if setting.refusal == 0 else np.nan
    price = np.asarray(np.nan if found.liquidation_price is None else found.liquidation_price, dtype=np.float64)
    values = {
        "safe_leverage": np.asarray(found.leverage) * fits,
        "safe_collateral": np.asarray(found.collateral) * setting.unit_price * fits,
        "safe_is_tier": np.asarray(found.is_limited_by_tier, dtype=np.float64),
        "safe_past": past(setting, x, price)[0] * fits,
    }
    return {name: value[places] for name, value in values.items()}
