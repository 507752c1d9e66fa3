"""The rebalancing page's picture: rules looked up among those computed once, priced, and seen on one path and day.

A picture holds one row per slider position; the traces turn it into plain plotly dictionaries whose arrays have that
leading axis.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.options import black_76
from hedge_widgets.model.rebalancing import QUANTILES, no_trade_band, rebalancing_interval, risk_aversion
from hedge_widgets.model.rebalancing.setting import RULES, RebalancingSetting
from hedge_widgets.model.rebalancing.study import INTERVALS, OFFSETS, WIDTHS, Study, places, study
from hedge_widgets.model.rebalancing.trigger_study import along_rows

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
SLIDERS = (
    "half_width",
    "interval",
    "volatility_threshold",
    "funding_threshold",
    "cost_rate",
    "fixed_cost",
    "relative_aversion",
    "path",
    "day",
)
_BANDS = slice(OFFSETS["band"], OFFSETS["band"] + len(WIDTHS))
_TIMES = slice(OFFSETS["time"], OFFSETS["time"] + len(INTERVALS))


@dataclass(frozen=True, kw_only=True)
class RebalancingPicture:
    """Rows of the page: numbers of shape (rows,), of every rule (rows, rules), curves (rows, points), NaN if missing.

    Money is quote currency; ``annual_*`` and ``tracking_error`` are a year's, ``net_*`` those of whole paths. What the
    path holds is a share of ``scale`` at the start, positive in the direction of the first hedge; ``day_*`` are signed
    quote values on the chosen day. ``coverage``, ``constant`` and ``gain`` are those of :func:`along_rows`.
    """

    setting: RebalancingSetting
    values: dict[str, Array]
    annual_trades: Array
    annual_skipped: Array
    annual_turnover: Array
    annual_cost: Array
    tracking_error: Array
    net_mean: Array
    net_quantiles: Array
    risk_aversion: Array
    suggested_width: Array
    suggested_days: Array
    suggested_trades: Array
    suggested_cost: Array
    suggested_error: Array
    bands_error: Array
    bands_cost: Array
    times_error: Array
    times_cost: Array
    path: Places
    day: Places
    target: Array
    band: Array
    other: Array
    band_low: Array
    band_high: Array
    day_spot_move: Array
    day_hedge_move: Array
    day_target: Array
    day_untouched: Array
    day_held: Array
    day_traded: Array
    day_drift: Array
    coverage: Array
    constant: Array
    gain: Array
    gamma: float
    vega: float


def rebalancing_picture(setting: RebalancingSetting, values: dict[str, Any]) -> RebalancingPicture:
    """Return the page at slider values: fractions, quote currency and days, each a number or an array (rows,)."""
    rows = np.broadcast_shapes(*(np.shape(values[name]) for name in SLIDERS), (1,))
    x = {name: np.broadcast_to(np.asarray(values[name], dtype=np.float64), rows) for name in SLIDERS}
    known = study(setting.paths, setting.kind, setting.ratio, setting.trade_to, setting.lot, setting.min_value)
    rules = _rules(x)
    mean, quantiles = _nets(setting, known, rules, x)
    along = _along(setting, known, rules, x)
    gamma, vega = _greeks(setting)
    return RebalancingPicture(
        setting=setting,
        values=x,
        **_annual(setting, known, rules, x),
        net_mean=mean,
        net_quantiles=quantiles,
        **_suggested(setting, known, x),
        **_frontier(setting, known, x),
        **along,
        **along_rows(setting, along["path"], x),
        gamma=gamma,
        vega=vega,
    )


def _rules(x: dict[str, Array]) -> dict[str, Places]:
    """Return where each rule of the page stands among those of the study, shape (rows,)."""
    rows = x["interval"].shape
    return {
        "none": np.full(rows, OFFSETS["none"]),
        "daily": np.full(rows, OFFSETS["time"]),
        "time": places("time", x["interval"]),
        "band": places("band", x["half_width"]),
        "volatility": places("volatility", x["volatility_threshold"]),
        "funding": places("funding", x["funding_threshold"]),
    }


def _annual(setting: RebalancingSetting, known: Study, rules: dict[str, Places], x: dict[str, Array]) -> dict[str, Any]:
    """Return trades, turnover, cost and tracking error a year of every rule, shape (rows, rules)."""
    place = np.stack([rules[name] for name in RULES], axis=1)
    years, value = setting.paths.years, setting.position_value
    trades = known.n_trades.mean(axis=1)[place] / years
    turnover = value * known.turnover.mean(axis=1)[place] / years
    return {
        "annual_trades": trades,
        "annual_skipped": known.n_skipped.mean(axis=1)[place] / years,
        "annual_turnover": turnover,
        "annual_cost": x["cost_rate"][:, None] * turnover + x["fixed_cost"][:, None] * trades,
        "tracking_error": value * known.tracking_error[place],
    }


def _nets(
    setting: RebalancingSetting, known: Study, rules: dict[str, Places], x: dict[str, Array]
) -> tuple[Array, Array]:
    """Return (mean, quantiles) of the net of whole paths of every rule, shapes (rows, rules), (rows, rules, 3)."""
    value = setting.position_value
    gross = known.gross - (known.on_target if setting.measure == "difference" else 0.0)
    mean, quantiles = [], []
    for name in RULES:
        # Most sliders leave a rule and its price alone: each that differs is worked out once.
        terms = np.stack([rules[name], x["cost_rate"], x["fixed_cost"]], axis=1)
        distinct, of_row = np.unique(terms, axis=0, return_inverse=True)
        place, rate, fixed = distinct[:, 0].astype(np.int64), distinct[:, 1, None], distinct[:, 2, None]
        net = value * (gross[place] - rate * known.turnover[place]) - fixed * known.n_trades[place]
        mean.append(net.mean(axis=1)[of_row.reshape(-1)])
        quantiles.append(np.quantile(net, QUANTILES, axis=1).T[of_row.reshape(-1)])
    return np.stack(mean, axis=1), np.stack(quantiles, axis=1)


def _suggested(setting: RebalancingSetting, known: Study, x: dict[str, Array]) -> dict[str, Any]:
    """Return the band and the interval of the closed forms, and what the paths say of that band."""
    aversion = np.asarray(risk_aversion(setting.wealth, x["relative_aversion"]))
    terms = (x["cost_rate"], setting.hedge_notional, aversion, setting.tracking_volatility, setting.hedge_volatility)
    # Where nothing drifts or a trade costs nothing there is nothing to suggest; 0 would say: trade at every move.
    is_known = (x["cost_rate"] > 0) & (setting.tracking_volatility > 0)
    width, days = (
        np.where(is_known, np.asarray(found, dtype=np.float64), np.nan)
        for found in (no_trade_band(*terms, setting.trade_to)[0], rebalancing_interval(*terms)[1])
    )
    years, value = setting.paths.years, setting.position_value

    def between(of_rules: Array) -> Array:
        found: Array = np.interp(width, WIDTHS, of_rules[_BANDS], right=np.nan)
        return found

    trades = between(known.n_trades.mean(axis=1)) / years
    turnover = value * between(known.turnover.mean(axis=1)) / years
    return {
        "risk_aversion": aversion,
        "suggested_width": width,
        "suggested_days": days,
        "suggested_trades": trades,
        "suggested_cost": x["cost_rate"] * turnover + x["fixed_cost"] * trades,
        "suggested_error": value * between(known.tracking_error),
    }


def _frontier(setting: RebalancingSetting, known: Study, x: dict[str, Array]) -> dict[str, Any]:
    """Return tracking error and cost a year over all bands and all intervals, shape (rows, positions)."""
    years, value = setting.paths.years, setting.position_value
    rows = (len(x["interval"]), 1)
    trades = known.n_trades.mean(axis=1) / years
    turnover = value * known.turnover.mean(axis=1) / years
    cost = x["cost_rate"][:, None] * turnover + x["fixed_cost"][:, None] * trades
    error = np.tile(value * known.tracking_error, rows)
    return {
        "bands_error": error[:, _BANDS],
        "bands_cost": cost[:, _BANDS],
        "times_error": error[:, _TIMES],
        "times_cost": cost[:, _TIMES],
    }


def _along(setting: RebalancingSetting, known: Study, rules: dict[str, Places], x: dict[str, Array]) -> dict[str, Any]:
    """Return the chosen path and what is held on the chosen day."""
    n_days = setting.paths.n_days
    path = np.clip(np.round(x["path"]).astype(np.int64) - 1, 0, len(known.target) - 1)
    day = np.clip(np.round(x["day"] * n_days).astype(np.int64), 0, n_days)
    row = np.arange(len(path))
    target, scale, unit_value = known.target[path], known.scale[path], known.unit_value[path]
    band, other = known.held[rules["band"], path], known.held[rules[setting.other], path]
    width = x["half_width"][:, None] * scale
    start = target[:, :1]
    share = np.sign(start) / scale[:, :1]
    value = setting.position_value * unit_value[row, day]
    before = np.minimum(np.maximum(day - 1, 0), n_days - 1)
    after = np.minimum(day, n_days - 1)
    return {
        "path": path,
        "day": day,
        "target": share * target,
        "band": share * band,
        "other": share * other,
        "band_low": share * target - width / scale[:, :1],
        "band_high": share * target + width / scale[:, :1],
        "day_spot_move": known.spot[path, day] - 1.0,
        "day_hedge_move": known.hedge[path, day] - 1.0,
        "day_target": value * target[row, day],
        "day_untouched": value * start[:, 0],
        "day_held": value * band[row, after],
        "day_traded": value * (band[row, after] - band[row, before]),
        "day_drift": (start[:, 0] - target[row, day]) / scale[:, 0],
    }


def _greeks(setting: RebalancingSetting) -> tuple[float, float]:
    """Return (gamma, vega) of the hedged position at the start, quote currency for 1 % of price and 1 % of volatility.

    Spot and futures have neither.
    """
    if setting.kind != "option":
        return 0.0, 0.0
    value = black_76("call", 1.0, 1.0, setting.paths.years, setting.paths.spot_volatility)
    gamma, vega = (np.nan if greek is None else float(greek) for greek in (value.gamma, value.vega))
    return -setting.position_value * gamma / 100.0, -setting.position_value * vega / 100.0
