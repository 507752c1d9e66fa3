"""Least squares over a window that rolls, for many coins at once and fast enough for a slider."""

from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio.least_squares import (
    N_LEAST,
    estimate_of,
    newey_west_error,
    orthogonal_slope,
    with_error,
)
from hedge_widgets.model.hedge_ratio.returns import Array, Estimate, Moments, checked_pair, whole_number

_CHUNK = 30_000  # values of overlapping windows held at once: what stays in the processor's cache


def window_moments(spot: Any, hedge: Any, window: int) -> Moments:
    """Return the moments of the ``window`` rows that end at each row, arrays of the spot's shape.

    NaN until the window is full and where a value in it is missing.

    Notes
    -----
    Rows are cut into blocks of the window's length. A window is then the last rows of one block and the first rows of
    the next, so its sums are one running sum backward plus one forward. Every window that ends in a block holds the
    block's first row: taken from there, deviations are of the window's own size, and nothing large cancels, whatever
    happened outside the window. A missing value spoils exactly the sums that contain it.
    """
    left, right = checked_pair(spot, hedge)
    size = whole_number("window", window, N_LEAST)
    if len(left) < size:
        sums = ("spot_mean", "hedge_mean", "spot_squares", "hedge_squares", "products")
        return Moments(n=size, **dict.fromkeys(sums, np.full(left.shape, np.nan)))
    is_missing = np.isnan(left) | np.isnan(right)
    spot_origin, *spot_blocks = _blocks(np.where(is_missing, np.nan, left), size)
    hedge_origin, *hedge_blocks = _blocks(np.where(is_missing, np.nan, right), size)

    def window_sum(before: Array, own: Array) -> Array:
        total = np.cumsum(own, axis=1)
        total[:, :-1] += np.cumsum(before[:, ::-1], axis=1)[:, ::-1][:, 1:]
        return total

    def by_row(blocks: Array) -> Array:
        return blocks.reshape(-1, blocks.shape[2])[: len(left)].reshape(left.shape)

    pairs = list(zip(spot_blocks, hedge_blocks, strict=True))
    spot_sum, hedge_sum = window_sum(*spot_blocks), window_sum(*hedge_blocks)
    spot_squares = window_sum(*(s * s for s, _ in pairs)) - spot_sum * spot_sum / size
    hedge_squares = window_sum(*(h * h for _, h in pairs)) - hedge_sum * hedge_sum / size
    products = window_sum(*(s * h for s, h in pairs)) - spot_sum * hedge_sum / size
    return Moments(
        n=size,
        spot_mean=by_row(spot_origin + spot_sum / size),
        hedge_mean=by_row(hedge_origin + hedge_sum / size),
        spot_squares=np.maximum(by_row(spot_squares), 0.0),
        hedge_squares=np.maximum(by_row(hedge_squares), 0.0),
        products=by_row(products),
    )


def _blocks(series: Array, size: int) -> tuple[Array, Array, Array]:
    """Return (first row of each block, rows of the block before it, rows of the block); the latter two less the first.

    Shapes (blocks, 1 or size, columns).
    """
    n = len(series)
    columns = series.reshape(n, -1)
    padded = np.full((-(-n // size) * size, columns.shape[1]), np.nan)
    padded[:n] = columns
    own = padded.reshape(-1, size, columns.shape[1])
    before = np.concatenate([np.full_like(own[:1], np.nan), own[:-1]])
    origin = own[:, :1]
    return origin, before - origin, own - origin


def rolling_ordinary_least_squares(spot: Any, hedge: Any, window: int, confidence: float = 0.95) -> Estimate:
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

    Returns
    -------
    Estimate
        Arrays of the spot's shape, the value at row t using rows t - window + 1 to t; NaN until the window is full,
        where a value in it is missing, and where the hedge does not move in it. ``n_returns`` is the window.

    Raises
    ------
    InputError
        If a return is infinite, the shapes do not fit, or the window is not a whole number of at least 3.
    """
    known = window_moments(spot, hedge, window)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        residual_squares = known.spot_squares - np.square(known.products) / known.hedge_squares
    return estimate_of(known, residual_squares, confidence)


def rolling_newey_west(spot: Any, hedge: Any, window: int, confidence: float = 0.95) -> Estimate:
    """Return :func:`rolling_ordinary_least_squares` of one coin, shape (n,), with the interval of ``newey_west``."""
    plain = rolling_ordinary_least_squares(spot, hedge, window, confidence)
    left, right = checked_pair(spot, hedge)
    error = np.full(left.shape, np.nan)
    if len(left) >= window:
        windows = [np.lib.stride_tricks.sliding_window_view(series, window) for series in (left, right)]
        step = max(1, _CHUNK // window)
        parts = [newey_west_error(*(one[k : k + step] for one in windows)) for k in range(0, len(windows[0]), step)]
        error[window - 1 :] = np.concatenate(parts)
    return with_error(plain, error)


def rolling_total_least_squares(spot: Any, hedge: Any, window: int) -> Array:
    """Return the total-least-squares slope of the ``window`` rows up to and including each row, of the spot's shape.

    Arguments, missing values and errors as in :func:`rolling_ordinary_least_squares`; when it is the wrong slope says
    :func:`~hedge_widgets.model.hedge_ratio.least_squares.total_least_squares`.
    """
    return orthogonal_slope(window_moments(spot, hedge, window))
