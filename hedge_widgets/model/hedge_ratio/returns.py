"""Returns, and what an estimate made of them holds; time is on axis 0 everywhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import SIGNED, InputError, Limit, choice, missing_as_none

Array = npt.NDArray[np.float64]

KINDS = ("simple", "log")
CONFIDENCE = Limit(0.01, 0.9999)
# A spread below this share of its level is rounding of numbers that are equal.
_ROUNDING = 1e-10
# Squares below this could not be divided by, nor products of them be formed.
TINY = 1e-150


def checked_series(name: str, values: Any) -> Array:
    """Return a series as float64, shape (n,) or (n, k); NaN marks a missing value.

    Raises
    ------
    InputError
        If it is not numbers, has another shape, or holds a value that is infinite or beyond 1e15.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiu" or array.ndim not in (1, 2):
        raise InputError(f"{name} must be numbers of shape (n,) or (n, k), not {array.dtype} of shape {array.shape}")
    array = array.astype(np.float64, copy=False)
    is_wrong = np.abs(array) > SIGNED.high
    if is_wrong.any():
        place = tuple(np.argwhere(is_wrong)[0])
        raise InputError(f"{name} must be missing or from -1e15 to 1e15, not {array[place]:g} at row {place[0]}")
    return array


def checked_pair(spot: Any, hedge: Any) -> tuple[Array, Array]:
    """Return spot and hedge returns of one shape, (n,) or (n, k); a hedge of shape (n,) serves each column of the spot.

    Raises
    ------
    InputError
        If one is not a series, or the shapes do not fit.
    """
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

    n: int
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
