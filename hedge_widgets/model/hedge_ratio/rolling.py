"""Least squares over a window that rolls, for many coins at once and fast enough for a slider."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.hedge_ratio.least_squares import (
    N_LEAST,
    estimate_of,
    newey_west_error,
    orthogonal_slope,
    with_error,
)
from hedge_widgets.model.hedge_ratio.returns import Array, Estimate, Moments, checked_days, checked_pair, whole_number
from hedge_widgets.model.limits import InputError

_CHUNK = 30_000  # values of overlapping windows held at once: what stays in the processor's cache


def window_moments(spot: Any, hedge: Any, window: int, days: Any = None) -> Moments:
    """Return the moments of the ``window`` rows that end at each row, arrays of the spot's shape.

    NaN until the window is full and where a value in it is missing. With ``days``, the day of each row, the window is
    one of days and holds the pairs that are there: each row of days is then a row of the blocks below.

    Notes
    -----
    Rows are cut into blocks of the window's length. A window is then the last rows of one block and the first rows of
    the next, so its sums are one running sum backward plus one forward. Every window that ends in a block holds the
    block's first row: taken from there, deviations are of the window's own size, and nothing large cancels, whatever
    happened outside the window. A missing value spoils exactly the sums that contain it.
    """
    left, right = checked_pair(spot, hedge)
    size = whole_number("window", window, N_LEAST)
    if days is not None:
        return _by_days(left, right, size, checked_days(days, len(left)))
    return _by_rows(left, right, size, is_sparse=False)


def _by_days(left: Array, right: Array, size: int, days: npt.NDArray[np.int64]) -> Moments:
    """Return the moments of the ``size`` days up to each row: rows are laid out one a day, and taken back.

    The first return is taken to span as many days as the second.
    """
    place = days - days[0] + (days[1] - days[0] - 1 if len(days) > 1 else 0) if len(days) else days
    legs = []
    for leg in (left, right):
        one_a_day = np.full((int(place[-1]) + 1 if len(place) else 0, *leg.shape[1:]), np.nan)
        one_a_day[place] = leg
        legs.append(one_a_day)
    known = _by_rows(legs[0], legs[1], size, is_sparse=True)
    return Moments(**{name: np.asarray(value)[place] for name, value in vars(known).items()})


def _by_rows(left: Array, right: Array, size: int, *, is_sparse: bool) -> Moments:
    """Return the moments of ``size`` rows; in sparse ones what is missing counts for nothing."""
    if len(left) < size:
        sums = ("spot_mean", "hedge_mean", "spot_squares", "hedge_squares", "products")
        n = np.full(left.shape, np.nan) if is_sparse else size
        return Moments(n=n, **dict.fromkeys(sums, np.full(left.shape, np.nan)))
    is_missing = np.isnan(left) | np.isnan(right)
    spot_origin, *spot_blocks = _blocks(np.where(is_missing, np.nan, left), size, is_sparse=is_sparse)
    hedge_origin, *hedge_blocks = _blocks(np.where(is_missing, np.nan, right), size, is_sparse=is_sparse)
    count: Any = size

    def window_sum(before: Array, own: Array) -> Array:
        total = np.cumsum(own, axis=1)
        total[:, :-1] += np.cumsum(before[:, ::-1], axis=1)[:, ::-1][:, 1:]
        return total

    def by_row(blocks: Array) -> Array:
        return blocks.reshape(-1, blocks.shape[2])[: len(left)].reshape(left.shape)

    if is_sparse:
        there = [np.isfinite(blocks).astype(np.float64) for blocks in spot_blocks]
        spot_blocks, hedge_blocks = ([np.nan_to_num(b) for b in blocks] for blocks in (spot_blocks, hedge_blocks))
        count = window_sum(*there)
        count[0, :-1] = np.nan  # the first window is not full before its last row
        count[count < N_LEAST] = np.nan
    pairs = list(zip(spot_blocks, hedge_blocks, strict=True))
    spot_sum, hedge_sum = window_sum(*spot_blocks), window_sum(*hedge_blocks)
    spot_squares = window_sum(*(s * s for s, _ in pairs)) - spot_sum * spot_sum / count
    hedge_squares = window_sum(*(h * h for _, h in pairs)) - hedge_sum * hedge_sum / count
    products = window_sum(*(s * h for s, h in pairs)) - spot_sum * hedge_sum / count
    return Moments(
        n=by_row(count) if is_sparse else size,
        spot_mean=by_row(spot_origin + spot_sum / count),
        hedge_mean=by_row(hedge_origin + hedge_sum / count),
        spot_squares=np.maximum(by_row(spot_squares), 0.0),
        hedge_squares=np.maximum(by_row(hedge_squares), 0.0),
        products=by_row(products),
    )


def _blocks(series: Array, size: int, *, is_sparse: bool) -> tuple[Array, Array, Array]:
    """Return (first row of each block, rows of the block before it, rows of the block); the latter two less the first.

    Shapes (blocks, 1 or size, columns). Of a sparse series it is the first row that is there, 0 in an empty block.
    """
    n = len(series)
    columns = series.reshape(n, -1)
    padded = np.full((-(-n // size) * size, columns.shape[1]), np.nan)
    padded[:n] = columns
    own = padded.reshape(-1, size, columns.shape[1])
    before = np.concatenate([np.full_like(own[:1], np.nan), own[:-1]])
    origin = own[:, :1]
    if is_sparse:
        origin = np.nan_to_num(np.take_along_axis(own, np.argmax(np.isfinite(own), axis=1)[:, None], axis=1))
    return origin, before - origin, own - origin


def rolling_ordinary_least_squares(
    spot: Any, hedge: Any, window: int, confidence: float = 0.95, days: Any = None
) -> Estimate:
    """Return the least-squares estimate of the ``window`` rows up to and including each row.

    Parameters
    ----------
    spot
        Returns, shape (n,) or (n, k) for k coins.
    hedge
        Returns, of the spot's shape, or (n,) for one hedge of all the coins.
    window
        Rows of a window, at least 3.
    confidence
        Of the interval at each row.
    days
        Day of each row, whole numbers that ascend, shape (n,): the window is then one of days, and each estimate uses
        the returns whose day lies in it.

    Returns
    -------
    Estimate
        Arrays of the spot's shape, the value at row t using rows t - window + 1 to t; NaN until the window is full,
        where a value in it is missing, and where the hedge does not move in it. ``n_returns`` is the window. With
        ``days`` missing values are left out, three have to be there, and ``n_returns`` is an array.

    Raises
    ------
    InputError
        If a return is infinite, the shapes do not fit, or the window is not a whole number of at least 3.
    """
    known = window_moments(spot, hedge, window, days)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        residual_squares = known.spot_squares - np.square(known.products) / known.hedge_squares
    return estimate_of(known, residual_squares, confidence)


def rolling_newey_west(spot: Any, hedge: Any, window: int, confidence: float = 0.95, days: Any = None) -> Estimate:
    """Return :func:`rolling_ordinary_least_squares` of one coin, shape (n,), with the interval of ``newey_west``.

    Lags are counted in returns.
    """
    plain = rolling_ordinary_least_squares(spot, hedge, window, confidence, days)
    left, right = checked_pair(spot, hedge)
    if left.ndim != 1:
        raise InputError(f"spot and hedge returns must be of shape (n,), not {left.shape}")
    rows = np.flatnonzero(np.isfinite(np.asarray(plain.hedge_ratio, dtype=np.float64)))
    error = np.full(left.shape, np.nan)
    error[rows] = newey_west_errors(left, right, window, rows, days)
    return with_error(plain, error)


def newey_west_errors(left: Array, right: Array, window: int, rows: npt.NDArray[np.int64], days: Any = None) -> Array:
    """Return the robust standard error of the slope in the window that ends at each of some rows, of their shape.

    The returns are checked ones of one coin and its hedge, shape (n,), the windows those of
    :func:`rolling_ordinary_least_squares`; whoever needs few of them need not pay for all.
    """
    first = np.arange(len(left)) - window + 1  # of each window
    if days is not None:
        first = np.searchsorted(np.asarray(days), np.asarray(days) - window, side="right")
    size = int(np.max(rows - first[rows], initial=0)) + 1
    error, step = np.empty(len(rows)), max(1, _CHUNK // size)
    for start in range(0, len(rows), step):
        ends = rows[start : start + step]
        places = ends[:, None] - np.arange(size)[::-1]
        is_inside = places >= first[ends][:, None]
        parts = [series[np.maximum(places, 0)] for series in (left, right)]
        if not is_inside.all():
            parts = [np.where(is_inside, part, np.nan) for part in parts]
        error[start : start + step] = newey_west_error(*parts)
    return error


def rolling_total_least_squares(spot: Any, hedge: Any, window: int, days: Any = None) -> Array:
    """Return the total-least-squares slope of the ``window`` rows up to and including each row, of the spot's shape.

    Arguments, missing values and errors as in :func:`rolling_ordinary_least_squares`; when it is the wrong slope says
    :func:`~hedge_widgets.model.hedge_ratio.least_squares.total_least_squares`.
    """
    return orthogonal_slope(window_moments(spot, hedge, window, days))
