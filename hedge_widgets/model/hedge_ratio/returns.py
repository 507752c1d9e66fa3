"""Returns, the days they span, and what an estimate made of them holds; time is on axis 0 everywhere.

Time is treated in one way: a return goes from one date on which all series have a price to the next, whatever lies
between, and its variance is taken to grow with the days it spans. Windows are days, not rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import SIGNED, InputError, Limit, choice, missing_as_none, numbers, spoken

Array = npt.NDArray[np.float64]

KINDS = ("simple", "log")
CONFIDENCE = Limit(0.01, 0.9999)
FEWEST = 6  # returns; fewer give no interval worth drawing, nor three hedges at once
# A spread below this share of its level is rounding of numbers that are equal.
_ROUNDING = 1e-10
# Squares below this could not be divided by, nor products of them be formed.
TINY = 1e-150


def checked_series(name: str, values: Any) -> Array:
    """Return a series as float64, shape (n,) or (n, k); NaN marks a missing value, and so does a mask.

    Raises
    ------
    InputError
        If it is not numbers, has another shape, holds a value that is infinite or beyond 1e15, or nothing but NaN.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.asarray(None)
    if isinstance(values, np.ma.MaskedArray) and array.dtype.kind in "fiu":
        array = np.where(np.ma.getmaskarray(values), np.nan, array)
    if array.dtype.kind not in "fiu" or array.ndim not in (1, 2):
        raise InputError(f"{name} must be numbers of shape (n,) or (n, k), not {array.dtype} of shape {array.shape}")
    array = array.astype(np.float64, copy=False)
    is_wrong = np.abs(array) > SIGNED.high
    if is_wrong.any():
        place = tuple(np.argwhere(is_wrong)[0])
        raise InputError(f"{name} must be missing or from -1e15 to 1e15, not {array[place]:g} at row {place[0]}")
    if array.size and np.isnan(array).all():
        raise InputError(f"{name} must hold numbers; all of them are missing")
    return array


def aligned(**series: Any) -> list[Any]:
    """Return series on their common dates, ascending, in the order given; what has no dates is returned as it is.

    Dates are the index of a pandas Series or DataFrame. Indexes that are equal and ascending stay as they are.

    Raises
    ------
    InputError
        If a date stands twice in an index, or no date is common to all.
    """
    dated = {name: one for name, one in series.items() if hasattr(one, "index") and hasattr(one, "loc")}
    common: Any = None
    for name, one in dated.items():
        if not one.index.is_unique:
            twice = one.index[one.index.duplicated()][0]
            raise InputError(f"{spoken(name)} must have each date once; {twice} stands there again")
        common = one.index if common is None else common.intersection(one.index)
    if common is None:
        return list(series.values())
    if not len(common) and any(len(one.index) for one in dated.values()):
        names = " and ".join(map(spoken, dated))
        raise InputError(f"{names} must have dates in common; they have none")
    common = common.sort_values()
    return [one.loc[common] if name in dated else one for name, one in series.items()]


def checked_pair(spot: Any, hedge: Any) -> tuple[Array, Array]:
    """Return spot and hedge returns of one shape, (n,) or (n, k); a hedge of shape (n,) serves each column of the spot.

    Series of pandas are paired by date (:func:`aligned`), arrays by row.

    Raises
    ------
    InputError
        If one is not a series, or the shapes do not fit.
    """
    spot, hedge = aligned(spot_returns=spot, hedge_returns=hedge)
    left, right = checked_series("spot returns", spot), checked_series("hedge returns", hedge)
    if len(left) != len(right):
        raise InputError(f"spot and hedge must have as many returns as each other, not {len(left)} and {len(right)}")
    if right.ndim < left.ndim:
        right = np.broadcast_to(right[:, None], left.shape)
    if left.shape != right.shape:
        raise InputError(f"hedge returns must be of shape (n,) or the spot's {left.shape}, not {right.shape}")
    return left, right


def complete_pairs(spot: Any, hedge: Any, n_least: int) -> tuple[Array, Array]:
    """Return the pairs of two series of shape (n,) in which nothing is missing, at least ``n_least`` of them.

    Raises
    ------
    InputError
        If fewer are complete, or a series is not of shape (n,).
    """
    left, right = checked_pair(spot, hedge)
    if left.ndim != 1:
        raise InputError(f"spot and hedge returns must be of shape (n,), not {left.shape}")
    is_complete = ~(np.isnan(left) | np.isnan(right))
    if np.count_nonzero(is_complete) < n_least:
        raise InputError(f"spot and hedge must have at least {n_least} common returns, not {is_complete.sum()}")
    return left[is_complete], right[is_complete]


def whole_number(name: str, value: Any, low: int) -> int:
    """Return ``value`` as int if it is a whole number of at least ``low``.

    Raises
    ------
    InputError
        If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise InputError(f"{name} must be a whole number of at least {low}, not {value!r:.40}")
    return int(value)


def checked_days(days: Any, n: int, of: str = "returns") -> npt.NDArray[np.int64]:
    """Return the day of each of ``n`` rows as whole numbers, shape (n,).

    Raises
    ------
    InputError
        If they are not numbers, not as many, or do not ascend.
    """
    day = numbers("days", days)
    if day.shape != (n,) or not np.all(np.diff(day) > 0) or np.any(day != np.floor(day)):
        raise InputError(f"days must be whole numbers that ascend, one for each of the {n} {of}")
    return day.astype(np.int64)


def horizon_returns(prices: Any, horizon: int = 1, kind: str = "simple") -> Array:
    """Return the returns over ``horizon`` rows that do not overlap, the last one ending at the last price.

    Parameters
    ----------
    prices
        Quote currency, shape (n,) or (n, k), NaN where missing.
    horizon
        Rows a return spans; the rows before the first whole span are left out.
    kind
        "simple" P1 / P0 - 1 or "log" ln(P1 / P0).

    Returns
    -------
    Array
        Fractions, shape ((n - 1) // horizon,) or with k columns; NaN where one of the two prices is missing.

    Raises
    ------
    InputError
        If a price is not above 0, or there are fewer than horizon + 1.
    """
    levels = checked_series("prices", prices)
    span = whole_number("horizon", horizon, 1)
    choice("kind of returns", kind, KINDS)
    if len(levels) <= span:
        raise InputError(f"prices must have at least {span + 1} rows for a return over {span}, not {len(levels)}")
    if np.any(levels <= 0):
        raise InputError(f"prices must be above 0, not {levels[levels <= 0][0]:g}")
    ends = levels[(len(levels) - 1) % span :: span]
    ratios = ends[1:] / ends[:-1]
    return np.log(ratios) if kind == "log" else ratios - 1.0


def spanned_returns(
    prices: Any, days: Any, horizon: int = 1, kind: str = "simple"
) -> tuple[Array, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (returns over at least ``horizon`` days, the days each spans, the row each ends on).

    They join one another: each begins where the one before ends, the last ends at the last row in which no price is
    missing, and rows with a missing price are passed over in all columns alike.

    Parameters
    ----------
    prices
        Quote currency, shape (n,) or (n, k), NaN where missing.
    days
        Whole days since some day, ascending, shape (n,).
    horizon
        Days a return spans at least; more where no price is that near.
    kind
        "simple" or "log".

    Raises
    ------
    InputError
        If a price is not above 0, days do not ascend, or the shapes do not fit.
    """
    levels = checked_series("prices", prices)
    span = whole_number("horizon", horizon, 1)
    choice("kind of returns", kind, KINDS)
    day = checked_days(days, len(levels), "rows of prices")
    if np.any(levels <= 0):
        raise InputError(f"prices must be above 0, not {levels[levels <= 0][0]:g}")
    rows = np.flatnonzero(~np.isnan(levels).reshape(len(levels), -1).any(axis=1))
    if span > 1 and len(rows):
        kept = [len(rows) - 1]
        known = day[rows]
        while (place := int(np.searchsorted(known, known[kept[-1]] - span, side="right")) - 1) >= 0:
            kept.append(place)
        rows = rows[kept[::-1]]
    ratios = levels[rows[1:]] / levels[rows[:-1]]
    returns = np.log(ratios) if kind == "log" else ratios - 1.0
    return returns, np.diff(day[rows]).astype(np.int64), rows[1:]


def deviations(returns: Array, spans: Any) -> Array:
    """Return (r - m d) / sqrt(d) of returns over d days, shape (n,) or (n, k), m = sum r / sum d the trend a day.

    Their sums of squares and products over n - 1 are the variances and covariances a day: the least-squares fit of
    returns whose mean and variance both grow with the days they span; of returns over one day, the sample's moments.
    """
    span = np.asarray(spans, dtype=np.float64)
    days = span if returns.ndim == 1 else span[:, None]
    # From the first value first: a series that stands still, or grows evenly, then has deviations of exactly 0.
    level = returns[0] / days[0]
    moved = returns - level * days
    return np.asarray((moved - moved.sum(axis=0) / span.sum() * days) / np.sqrt(days))


def rows_of_days(days: Any, window: int, fewest: int = 1) -> slice:
    """Return the last rows whose day lies in the last ``window`` days, at least ``fewest`` of them where there are."""
    day = np.asarray(days)
    first = int(np.searchsorted(day, day[-1] - window, side="right")) if len(day) else 0
    return slice(max(min(first, len(day) - fewest), 0), len(day))


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A hedge ratio with its uncertainty: scalars (None where undefined) or paths through time (NaN where undefined).

    ``hedge_ratio`` is hedge value per spot value, positive = short; ``standard_error``, ``low`` and ``high`` are in its
    unit, the interval holding the truth with ``confidence``. ``intercept`` is the spot's return where the hedge's is 0.
    Volatilities are standard deviations per period, of the sample (n - 1). ``n_returns`` counts the pairs used.
    """

    hedge_ratio: Any
    intercept: Any
    correlation: Any
    standard_error: Any
    low: Any
    high: Any
    confidence: float
    n_returns: Any
    spot_volatility: Any
    hedge_volatility: Any

    @property
    def effectiveness(self) -> Any:
        """Return rho^2, the share of variance this ratio removes in the very returns it was estimated on."""
        return None if self.correlation is None else missing_as_none(np.square(self.correlation))

    @property
    def differs_from_one(self) -> Any:
        """Return whether one-to-one lies outside the interval; None (False in arrays) where there is none."""
        if self.low is None:
            return None
        # An exact one-to-one hedge has an interval of no width, which rounding may move off 1.
        outside = np.less(1.0 + _ROUNDING, self.low) | np.greater(1.0 - _ROUNDING, self.high)
        return missing_as_none(outside)


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Means, and sums of squares and products about them, of n complete pairs; floats or arrays of one shape."""

    n: Any
    spot_mean: Any
    hedge_mean: Any
    spot_squares: Any
    hedge_squares: Any
    products: Any

    @property
    def does_spot_move(self) -> Any:
        """Return whether the spot's returns differ by more than rounding."""
        level = self.spot_squares + self.n * np.square(self.spot_mean)
        return self.spot_squares > np.maximum(_ROUNDING**2 * level, TINY)

    @property
    def does_hedge_move(self) -> Any:
        """Return whether the hedge's returns differ by more than rounding."""
        level = self.hedge_squares + self.n * np.square(self.hedge_mean)
        return self.hedge_squares > np.maximum(_ROUNDING**2 * level, TINY)


def moments(spot: Array, hedge: Array) -> Moments:
    """Return the moments of complete pairs over axis 0, arrays of shape (n,) or (n, k)."""
    # From the first value first: a series that stands still then has deviations of exactly 0.
    left, right = spot - spot[0], hedge - hedge[0]
    spot_mean, hedge_mean = left.mean(axis=0), right.mean(axis=0)
    left, right = left - spot_mean, right - hedge_mean
    return Moments(
        n=len(spot),
        spot_mean=spot_mean + spot[0],
        hedge_mean=hedge_mean + hedge[0],
        spot_squares=np.square(left).sum(axis=0),
        hedge_squares=np.square(right).sum(axis=0),
        products=(left * right).sum(axis=0),
    )
