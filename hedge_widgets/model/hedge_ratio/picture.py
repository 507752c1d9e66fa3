"""The lab's picture: an estimate of the hedge ratio, how sure it is, and what it would have removed.

A picture holds one row per slider position; the traces turn it into plain plotly dictionaries whose arrays have that
leading axis. Dates are milliseconds since 1970, as plotly's date axis takes them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.contracts import ContractSpec, order
from hedge_widgets.model.hedge_ratio import fisher_interval, hedge_effectiveness
from hedge_widgets.model.hedge_ratio.study import HedgeStudy

RATIO_LOW, RATIO_HIGH = -0.5, 4.0
_POINTS = 240  # of a curve through time: one per three pixels or so
_LONGEST = 365

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RatioSetting:
    """What is not a slider: the study, its dates, the estimator walked forward, and the order that would be sent.

    ``dates`` are milliseconds, shape (n,), of the study's returns. ``contract`` is None where none is listed for the
    hedge asset; ``position_value`` and ``hedge_price`` are quote currency; ``coin`` and ``asset`` are
    the names on the axes, ``stamp`` is written into every chart.
    """

    study: HedgeStudy
    dates: Array
    estimator: str
    position_value: float
    hedge_price: float
    contract: ContractSpec | None
    coin: str = "your coin"
    asset: str = "the hedge"
    stamp: str = ""

    @cached_property
    def equity_range(self) -> tuple[float, float]:
        """Return the powers of ten that hold a dollar's value, hedged and not, whatever the window."""
        widths = [width for width in (30.0, 90.0, 180.0, 360.0) if self.study.has_walk(width)]
        curves = [self.study.equity(ratio, width) for width in widths for ratio in (0.0, 1.0)]
        values = np.concatenate([*curves, [0.5, 2.0]])
        logs = np.log10(values[values > 0])
        return float(np.floor(2 * logs.min()) / 2), float(np.ceil(2 * logs.max()) / 2)


@dataclass(frozen=True, kw_only=True)
class RatioPicture:
    """Rows of the page, arrays of shape (rows,), curves through time of shape (rows, points), NaN where missing.

    Ratios are hedge value per spot value, positive = short. Volatilities are per year (365 days). ``*_effectiveness``
    is 1 - Var(hedged) / Var(unhedged): in sample of the window, or over the walk's days after the first window.
    """

    setting: RatioSetting
    ratio: Array
    window: Array
    place: npt.NDArray[np.int64]
    target: Array
    estimated: Array
    low: Array
    high: Array
    standard_error: Array
    differs: Array
    correlation: Array
    correlation_low: Array
    correlation_high: Array
    spot_volatility: Array
    hedge_volatility: Array
    n_returns: Array
    chosen_estimator: Array
    beta_ratio: Array
    rounded: Array
    n_contracts: Array
    in_sample: Array
    held_ahead: Array
    walk_effectiveness: Array
    walk_turnover: Array
    one_effectiveness: Array
    own_effectiveness: Array
    scatter_hedge: Array
    scatter_spot: Array
    grid: Array
    rolling_ratio: Array
    rolling_low: Array
    rolling_high: Array
    rolling_estimator: Array
    rolling_correlation: Array
    rolling_correlation_low: Array
    rolling_correlation_high: Array
    equity_spot: Array
    equity_one: Array
    equity_walk: Array
    equity_own: Array


def ratio_picture(setting: RatioSetting, values: dict[str, Array]) -> RatioPicture:
    """Return the picture at slider values, arrays of shape (rows,) or (1,).

    ``values`` holds ``ratio``, ``window`` (days), ``days_ago`` (the estimate's day, before the last) and ``target``
    (annual volatility wanted).
    """
    names = ("ratio", "window", "days_ago", "target")
    ratio, window, days_ago, target = np.broadcast_arrays(
        *(np.asarray(values[name], dtype=np.float64) for name in names)
    )
    study = setting.study
    days, which = np.unique(days_ago, return_inverse=True)
    place = np.array([study.place(day) for day in days])[which]
    grid = np.unique(np.linspace(0, len(study) - 1, _POINTS).round().astype(int))
    columns: dict[str, Array] = {}
    for width in np.unique(window):
        rows = np.flatnonzero(window == width)
        for name, value in _of_window(setting, width, place[rows], ratio[rows], grid).items():
            if len(rows) == len(ratio):
                columns[name] = value
                continue
            columns.setdefault(name, np.full((len(ratio), *value.shape[1:]), np.nan))[rows] = value
    rounded, n_contracts = _order(setting, ratio)
    rolling = (columns["correlation"], columns["spot_volatility"], columns["hedge_volatility"])
    return RatioPicture(
        setting=setting,
        ratio=ratio,
        window=window,
        place=place,
        target=target,
        rounded=rounded,
        n_contracts=n_contracts,
        in_sample=np.asarray(hedge_effectiveness(ratio, *rolling), dtype=np.float64).reshape(ratio.shape),
        grid=setting.dates[grid][None],
        **columns,
    )


def _of_window(
    setting: RatioSetting, width: float, place: npt.NDArray[np.int64], ratio: Array, grid: npt.NDArray[np.int64]
) -> dict[str, Array]:
    """Return the rows of one window; what is the same in all of them is computed, and lies in memory, once."""
    places, of_place = np.unique(place, return_inverse=True)
    ratios, of_ratio = np.unique(ratio, return_inverse=True)
    own, ends = _own(setting, width, ratios, grid), _at_place(setting, width, places)
    rows = {
        **{name: np.asarray(value)[None] for name, value in _at_window(setting, width, grid).items()},
        **(own if len(ratios) == 1 else {name: value[of_ratio] for name, value in own.items()}),
        **(ends if len(places) == 1 else {name: value[of_place] for name, value in ends.items()}),
    }
    return {name: np.broadcast_to(value, (len(ratio), *value.shape[1:])) for name, value in rows.items()}


def _at_place(setting: RatioSetting, width: float, place: npt.NDArray[np.int64]) -> dict[str, Array]:
    """Return what the window that ends at each place says, arrays with the leading axis of ``place``."""
    study = setting.study
    rolling = study.rolling(width, place)
    year = np.sqrt(study.periods_per_year)
    n = np.broadcast_to(rolling.n_returns, len(study))[place]
    longest = study.inside(_LONGEST, len(study) - 1)
    back = place[:, None] - np.arange(longest.stop - longest.start)[::-1]
    inside = (study.days[back] > study.days[place][:, None] - study.window_days(width)) & (back >= 0)
    correlation = np.asarray(rolling.correlation)[place]
    low, high = fisher_interval(correlation, n, study.confidence)
    return {
        "estimated": np.asarray(rolling.hedge_ratio)[place],
        "low": np.asarray(rolling.low)[place],
        "high": np.asarray(rolling.high)[place],
        "standard_error": np.asarray(rolling.standard_error)[place],
        "differs": np.asarray(rolling.differs_from_one, dtype=np.float64)[place],
        "correlation": correlation,
        "correlation_low": np.asarray(low, dtype=np.float64),
        "correlation_high": np.asarray(high, dtype=np.float64),
        "spot_volatility": year * np.asarray(rolling.spot_volatility)[place],
        "hedge_volatility": year * np.asarray(rolling.hedge_volatility)[place],
        "n_returns": n,
        "chosen_estimator": study.ratio_path(setting.estimator, width)[place],
        "beta_ratio": study.beta_ratio(width)[place],
        "scatter_hedge": np.where(inside, study.hedge[back], np.nan),
        "scatter_spot": np.where(inside, study.spot[back], np.nan),
    }


def _at_window(setting: RatioSetting, width: float, grid: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return what a window's length alone decides: the walks' figures, and the curves through time, (points,)."""
    study = setting.study
    rolling = study.rolling(width, grid)
    n = np.broadcast_to(rolling.n_returns, len(study))[grid]
    walk, one = study.walk(setting.estimator, width), study.constant_effectiveness(np.ones(1), width)
    low, high = fisher_interval(np.asarray(rolling.correlation)[grid], n, study.confidence)
    return {
        "held_ahead": study.held_ahead(width),
        "walk_effectiveness": np.nan if walk is None else _number(walk.effectiveness),
        "walk_turnover": np.nan if walk is None else walk.turnover,
        "one_effectiveness": one[0],
        "rolling_ratio": np.asarray(rolling.hedge_ratio)[grid],
        "rolling_low": np.asarray(rolling.low)[grid],
        "rolling_high": np.asarray(rolling.high)[grid],
        "rolling_estimator": study.ratio_path(setting.estimator, width)[grid],
        "rolling_correlation": np.asarray(rolling.correlation)[grid],
        "rolling_correlation_low": np.asarray(low, dtype=np.float64),
        "rolling_correlation_high": np.asarray(high, dtype=np.float64),
        "equity_spot": _positive(study.equity(0.0, width)[grid]),
        "equity_one": _positive(study.equity(1.0, width)[grid]),
        "equity_walk": _positive(study.equity(0.0 if walk is None else study.held_ratios(walk), width)[grid]),
    }


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _positive(values: Array) -> Array:
    """Return values with NaN for a ruined dollar, which a logarithmic axis cannot show."""
    return np.where(values > 0, values, np.nan)


def _own(setting: RatioSetting, width: float, ratio: Array, grid: npt.NDArray[np.int64]) -> dict[str, Array]:
    """Return what each constant ratio would have done on the walk's days."""
    study = setting.study
    equity = study.equity(ratio[:, None], width)[:, grid]
    return {"own_effectiveness": study.constant_effectiveness(ratio, width), "equity_own": _positive(equity)}


def _order(setting: RatioSetting, ratio: Array) -> tuple[Array, Array]:
    """Return (the ratio really reached after rounding to lots, contracts); NaN without a contract."""
    if setting.contract is None:
        return np.full(ratio.shape, np.nan), np.full(ratio.shape, np.nan)
    sent = order(np.abs(ratio) * setting.position_value, setting.hedge_price, setting.contract)
    return np.sign(ratio) * sent.notional / setting.position_value, np.asarray(sent.n_contracts, dtype=np.float64)
