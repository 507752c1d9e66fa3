"""Ratios that change with every return: exponential weights, and a Kalman filter."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio.least_squares import N_LEAST, ordinary_least_squares
from hedge_widgets.model.hedge_ratio.returns import (
    CONFIDENCE,
    TINY,
    Array,
    Estimate,
    checked_pair,
    complete_pairs,
    moments,
)
from hedge_widgets.model.limits import AMOUNT, InputError, Limit

DECAY = Limit(0.01, 0.9999)
DRIFTS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


def exponentially_weighted(spot: Any, hedge: Any, decay: float = 0.94) -> Estimate:
    """Return the ratio of exponentially weighted covariance and variance at each row, about a mean of zero.

    Parameters
    ----------
    spot
        Returns, shape (n,) or (n, k).
    hedge
        Returns, of the spot's shape, or (n,) for one hedge of all the coins.
    decay
        Weight of the past, 0.94 for daily returns: C_t = decay C_{t-1} + (1 - decay) r_S r_F, beginning with the first
        product, and the variances alike. Source: RiskMetrics 1996.

    Returns
    -------
    Estimate
        Paths of the spot's shape. At a row with a missing return the last value stays; NaN before the first, and
        until the hedge has moved. Standard error and interval are NaN: the weights have none that is simple.

    Raises
    ------
    InputError
        If a return is infinite, the shapes do not fit, or ``decay`` is not between 0.01 and 0.9999.
    """
    left, right = checked_pair(spot, hedge)
    weight = float(DECAY.checked("decay", decay))
    means = np.full((3, *left.shape), np.nan)
    for column in np.ndindex(left.shape[1:]):
        place = (slice(None), *column)
        means[(slice(None), *place)] = _weighted_means(left[place], right[place], weight)
    covariance, spot_variance, hedge_variance = means
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(hedge_variance > TINY, covariance / hedge_variance, np.nan)
        correlation = covariance / (np.sqrt(spot_variance) * np.sqrt(hedge_variance))
    missing = np.full(left.shape, np.nan)
    return Estimate(
        hedge_ratio=ratio,
        intercept=np.where(np.isnan(ratio), np.nan, 0.0),
        correlation=np.clip(correlation, -1.0, 1.0),
        standard_error=missing,
        low=missing,
        high=missing,
        confidence=0.95,
        n_returns=np.cumsum(~(np.isnan(left) | np.isnan(right)), axis=0),
        spot_volatility=np.sqrt(spot_variance),
        hedge_volatility=np.sqrt(hedge_variance),
    )


def _weighted_means(spot: Array, hedge: Array, decay: float) -> Array:
    """Return weighted means of spot x hedge, spot^2 and hedge^2 at each row, shape (3, n)."""
    is_present = ~(np.isnan(spot) | np.isnan(hedge))
    left, right = spot[is_present], hedge[is_present]
    paths = [
        list(accumulate(products.tolist(), lambda mean, product: decay * mean + (1.0 - decay) * product))
        for products in (left * right, left * left, right * right)
    ]
    # Row 0 of the paths stands for "none yet".
    known = np.column_stack([np.full(3, np.nan), np.asarray(paths)])
    return known[:, np.cumsum(is_present)]


def kalman(spot: Any, hedge: Any, drift: float = 0.02, confidence: float = 0.95) -> Estimate:
    """Return the filtered ratio at each row, where the true ratio is a random walk and the intercept is constant.

    Parameters
    ----------
    spot, hedge
        Returns, shape (n,); a row with a NaN moves nothing but widens the interval.
    drift
        Standard deviation of the true ratio's step per row, as a share of sigma_residual / sigma_hedge, the standard
        error that one return gives. 0 is least squares on all rows so far; 0.02 forgets about as exponential weights of
        50 rows do. It is given, not fitted, because a drift fitted to all rows would look ahead;
        :func:`kalman_drift` fits it.
    confidence
        Of the interval at each row, which takes in how far the ratio may have drifted.

    Returns
    -------
    Estimate
        Paths of shape (n,), the value at row t using rows up to t; NaN until three rows in which the hedge moves.
        Correlation and volatilities are NaN: the filter has none.

    Raises
    ------
    InputError
        If a return is infinite, the lengths differ, fewer than 3 pairs are complete, or ``drift`` is negative.
    """
    from hedge_widgets.model.special import stdtrit  # not needed by the first screen, and heavy

    level = float(CONFIDENCE.checked("confidence", confidence))
    left, right = checked_pair(spot, hedge)
    complete_pairs(left, right, N_LEAST)
    n_returns = np.cumsum(~(np.isnan(left) | np.isnan(right)))
    paths = np.full((4, len(left)), np.nan)
    start, rows = _filtered(left, right, float(AMOUNT.checked("drift", drift)))
    paths[:, start:] = rows[:4]
    intercept, ratio, variance, squares = paths
    freedom = np.where(np.isnan(ratio), np.nan, n_returns - 2.0)
    error = np.sqrt(variance * squares / freedom)
    half = stdtrit(freedom, 0.5 + level / 2) * error
    missing = np.full(left.shape, np.nan)
    return Estimate(
        hedge_ratio=ratio,
        intercept=intercept,
        correlation=missing,
        standard_error=error,
        low=ratio - half,
        high=ratio + half,
        confidence=level,
        n_returns=n_returns,
        spot_volatility=missing,
        hedge_volatility=missing,
    )


def kalman_drift(spot: Any, hedge: Any, drifts: Sequence[float] = DRIFTS) -> float:
    """Return which of ``drifts`` makes the returns most likely, in the unit of :func:`kalman`; the first of equals.

    It uses every row, so a path filtered with it is not out of sample.

    Raises
    ------
    InputError
        As :func:`kalman`, and if the hedge does not move.
    """
    left, right = complete_pairs(spot, hedge, N_LEAST)
    grid = np.atleast_1d(AMOUNT.checked("drifts", np.asarray(drifts, dtype=np.float64)))
    start, (_, _, _, squares, spread) = _filtered(left, right, grid)
    if start == len(left):
        raise InputError("the hedge must move for its drift to be told; it stands still in these returns")
    freedom = len(left) - 2
    with np.errstate(divide="ignore"):
        # The log-likelihood with the residual variance at its best value, but for a constant.
        likelihood = -0.5 * (np.log(spread).sum(axis=0) + freedom * np.log(squares[-1] / freedom))
    return float(grid[np.argmax(likelihood)])


def _filtered(spot: Array, hedge: Array, drift: Any) -> tuple[int, Array]:
    """Return (first row with an estimate, the filter's rows from there on); ``drift`` a float or an array.

    The rows are intercept, ratio, the ratio's variance, the sum of squared standardised errors and the variance of the
    forecast, shape (5, rows) or (5, rows, drifts), variances in units of the residual's. Source: Harvey 1989, ch. 3.
    """
    start = _first_row(spot, hedge)
    if start == len(spot):
        return start, np.empty((5, 0))
    is_present = ~(np.isnan(spot) | np.isnan(hedge))
    size = np.cumsum(np.where(is_present, np.square(hedge), 0.0)) / np.maximum(np.cumsum(is_present), 1)
    # Up to the first row the estimate is the one of least squares, with its covariance.
    rows = np.flatnonzero(is_present[: start + 1])
    first = ordinary_least_squares(spot[rows], hedge[rows])
    known = moments(spot[rows], hedge[rows])
    intercept, ratio, zero = first.intercept, first.hedge_ratio, 0.0 * drift
    p_rr = 1.0 / known.hedge_squares + zero
    p_ir = -known.hedge_mean * p_rr
    p_ii = 1.0 / known.n - known.hedge_mean * p_ir
    # The determinant is carried along, because in terms of it no variance is a difference of large numbers.
    determinant = p_rr / known.n
    squares = np.square(first.standard_error) * (known.n - 2) * known.hedge_squares
    found = [(intercept + zero, ratio + zero, p_rr, squares + zero, 1.0 + zero)]
    steps = (drift * drift / level for level in size[start + 1 :].tolist())
    for y, x, step in zip(spot[start + 1 :].tolist(), hedge[start + 1 :].tolist(), steps, strict=True):
        p_rr, determinant = p_rr + step, determinant + p_ii * step
        spread = 1.0 + zero
        if y == y and x == x:  # not missing
            gain_r = p_ir + p_rr * x
            spread = 1.0 + (determinant + gain_r * gain_r) / p_rr
            error = y - intercept - ratio * x
            intercept, ratio = intercept + (p_ii + p_ir * x) * error / spread, ratio + gain_r * error / spread
            squares = squares + error * error / spread
            p_ii = (p_ii + determinant * x * x) / spread
            p_ir = (p_ir - determinant * x) / spread
            p_rr = (p_rr + determinant) / spread
            determinant = determinant / spread
        found.append((intercept + zero, ratio + zero, p_rr, squares + zero, spread))
    return start, np.moveaxis(np.asarray(found), 1, 0)


def _first_row(spot: Array, hedge: Array) -> int:
    """Return the first row with three complete pairs in which the hedge has moved, the number of rows if none."""
    is_present = ~(np.isnan(spot) | np.isnan(hedge))
    count = np.maximum(np.cumsum(is_present), 1)
    origin = hedge[np.argmax(is_present)]
    from_first = np.where(is_present, hedge - origin, 0.0)
    variance = np.cumsum(np.square(from_first)) / count - np.square(np.cumsum(from_first) / count)
    level = np.cumsum(np.where(is_present, np.square(hedge), 0.0)) / count
    # A hedge that has hardly moved has a ratio of rounding, from which the filter would not recover its digits.
    is_known = is_present & (count >= N_LEAST) & (variance > np.maximum(1e-6 * level, TINY))
    return int(np.argmax(is_known)) if is_known.any() else len(spot)
