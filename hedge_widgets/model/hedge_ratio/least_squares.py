"""Hedge ratios from returns by least squares, ordinary and total (docs/model.md 3.2).

A ratio is hedge value per spot value, positive = short.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio.returns import CONFIDENCE, Array, Estimate, Moments, complete_pairs, moments
from hedge_widgets.model.limits import Limit, missing_as_none

N_LEAST = 3  # pairs: two for the line, one to judge it by
_LEVERAGE = 1.0 - 1e-6  # a row that alone makes the slope has no residual to judge it by


def estimate_of(known: Moments, residual_squares: Any, confidence: float) -> Estimate:
    """Return the least-squares estimate of moments, given the sum of squared residuals; scalars or arrays.

    Slope = Sxy / Sxx, standard error sqrt(SSE / (n - 2) / Sxx), interval with Student's t of n - 2. A hedge that does
    not move has no ratio; a spot that does not move has the ratio 0 and no correlation.
    """
    level = float(CONFIDENCE.checked("confidence", confidence))
    has_ratio, has_spot = known.does_hedge_move, known.does_spot_move
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope = np.where(has_spot, np.divide(known.products, known.hedge_squares), 0.0)
        correlation = np.divide(known.products, np.sqrt(known.spot_squares) * np.sqrt(known.hedge_squares))
        error = np.sqrt(np.divide(np.maximum(residual_squares, 0.0), (known.n - 2) * known.hedge_squares))
        error = np.where(has_spot, error, 0.0)
    slope, error = (np.where(has_ratio, value, np.nan) for value in (slope, error))
    half = _quantile(known.n, level) * error
    return Estimate(
        hedge_ratio=missing_as_none(slope),
        intercept=missing_as_none(known.spot_mean - slope * known.hedge_mean),
        correlation=missing_as_none(np.where(has_ratio & has_spot, np.clip(correlation, -1.0, 1.0), np.nan)),
        standard_error=missing_as_none(error),
        low=missing_as_none(slope - half),
        high=missing_as_none(slope + half),
        confidence=level,
        n_returns=known.n,
        spot_volatility=missing_as_none(np.sqrt(known.spot_squares / (known.n - 1))),
        hedge_volatility=missing_as_none(np.sqrt(known.hedge_squares / (known.n - 1))),
    )


def _quantile(n_returns: Any, level: float) -> Any:
    from hedge_widgets.model.special import stdtrit  # not needed by the first screen, and heavy

    counts, places = np.unique(n_returns, return_inverse=True)  # of many windows few differ
    return stdtrit(counts - 2, 0.5 + level / 2)[places].reshape(np.shape(n_returns))[()]


def ordinary_least_squares(spot: Any, hedge: Any, confidence: float = 0.95) -> Estimate:
    """Return the slope, with intercept, of spot returns on hedge returns: the minimum-variance ratio.

    Parameters
    ----------
    spot, hedge
        Returns, shape (n,); pairs with a NaN are left out.
    confidence
        Of the interval, which assumes independent normal residuals of one size (Student's t, n - 2). On returns of
        coins it is too narrow; :func:`newey_west` gives the same slope with one that is not.

    Raises
    ------
    InputError
        If a return is infinite, the lengths differ, or fewer than 3 pairs are complete.
    """
    left, right = complete_pairs(spot, hedge, N_LEAST)
    known = moments(left, right)
    if not known.does_hedge_move:
        return estimate_of(known, np.nan, confidence)
    slope = known.products / known.hedge_squares
    residuals = (left - known.spot_mean) - slope * (right - known.hedge_mean)
    return estimate_of(known, residuals @ residuals, confidence)


def newey_west(spot: Any, hedge: Any, confidence: float = 0.95) -> Estimate:
    """Return the slope of :func:`ordinary_least_squares` with an interval for residuals that cluster and follow on.

    Arguments and errors are its, too.

    Notes
    -----
    Standard error of :func:`newey_west_error`, interval with Student's t of n - 2.
    """
    left, right = complete_pairs(spot, hedge, N_LEAST)
    return with_error(ordinary_least_squares(left, right, confidence), newey_west_error(left, right))


def newey_west_error(spot: Array, hedge: Array) -> Array:
    """Return the robust standard error of the least-squares slope of complete pairs, over the last axis.

    Robust to residuals of changing size (heteroskedasticity) and that follow on from each other (autocorrelation).

    Notes
    -----
    sqrt(S) / Sxx, S the sum of u_t u_s weighted by 1 - |t - s| / (L + 1), L = floor(4 (n / 100)^(2/9)), and u_t the
    hedge's deviation times the residual over 1 - leverage, so that short windows do not flatter themselves. Source:
    Newey & West 1987, 1994; leverage: MacKinnon & White 1985 (HC3).
    """
    n: Any = spot.shape[-1]
    sums = [series.sum(axis=-1, keepdims=True) for series in (spot, hedge)]
    if np.isfinite(sums).all():
        left, right = (series - total / n for series, total in zip((spot, hedge), sums, strict=True))
    else:
        is_there = np.isfinite(spot) & np.isfinite(hedge)
        n = is_there.sum(axis=-1, keepdims=True)
        left, right = (np.where(is_there, series, 0.0) for series in (spot, hedge))
        with np.errstate(divide="ignore", invalid="ignore"):
            left, right = ((series - series.sum(axis=-1, keepdims=True) / n) * is_there for series in (left, right))
    squares = _dot(right, right)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope, share = _dot(left, right) / squares, np.square(right) / squares[..., None]
        pulls = right * (left - slope[..., None] * right) / (1.0 - np.minimum(1.0 / n + share, _LEVERAGE))
        total = _dot(pulls, pulls)
        n_rows = spot.shape[-1]
        n_lags = min(int(4.0 * (n_rows / 100.0) ** (2.0 / 9.0)), n_rows - 1)
        for lag in range(1, n_lags + 1):
            total += 2.0 * (1.0 - lag / (n_lags + 1)) * _dot(pulls[..., lag:], pulls[..., :-lag])
        return np.asarray(np.sqrt(np.maximum(total, 0.0)) / squares)


def _dot(left: Array, right: Array) -> Array:
    return np.asarray(np.einsum("...t,...t->...", left, right))


def with_error(estimate: Estimate, error: Any) -> Estimate:
    """Return a least-squares estimate with another standard error and its interval; 0 and none stay what they are."""
    if estimate.standard_error is None:
        return estimate
    known = np.asarray(estimate.standard_error)
    chosen = np.where(known > 0, error, known)
    half = _quantile(estimate.n_returns, estimate.confidence) * chosen
    ends = (estimate.hedge_ratio - half, estimate.hedge_ratio + half)
    low, high = map(missing_as_none, ends)
    return replace(estimate, standard_error=missing_as_none(chosen), low=low, high=high)


def conditional_on_falls(spot: Any, hedge: Any, share: float | None = None, confidence: float = 0.95) -> Estimate:
    """Return the least-squares estimate on the returns in which the hedge asset fell, or on its worst ``share``.

    Choosing rows by the regressor does not bias the slope where one line fits all; it widens the interval, because rows
    and spread are lost. A slope that differs from the one of all rows says that the coin falls in another measure
    than it rises.

    Parameters
    ----------
    spot, hedge
        Returns, shape (n,); pairs with a NaN are left out.
    share
        None for every return with the hedge below 0, else the share of rows, the lowest hedge returns, in (0, 1].

    Raises
    ------
    InputError
        As :func:`ordinary_least_squares`, on the chosen rows.
    """
    left, right = complete_pairs(spot, hedge, N_LEAST)
    if share is None:
        chosen = np.flatnonzero(right < 0)
    else:
        count = np.ceil(Limit(1e-6, 1.0).checked("share of returns", share) * len(right) * (1.0 - 1e-12))
        chosen = np.argsort(right, kind="stable")[: int(count)]
    return ordinary_least_squares(left[chosen], right[chosen], confidence)


def orthogonal_slope(known: Moments) -> Array:
    """Return the slope of the first principal axis of moments, NaN where it is upright or there is no axis."""
    gap = known.spot_squares - known.hedge_squares
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        root = np.hypot(gap, 2.0 * known.products)
        # Two forms of one root: each loses nothing on its side.
        slope = np.where(gap < 0, 2.0 * known.products / (root - gap), (gap + root) / (2.0 * known.products))
    return np.where(known.does_hedge_move & np.isfinite(slope), slope, np.nan)


def total_least_squares(spot: Any, hedge: Any) -> Any:
    """Return the slope of the line with the least orthogonal distances to the returns; None where it is upright.

    Right where BOTH returns carry errors of equal size (stale closes, say) and the ratio of the true ones is wanted. To
    reduce the variance of what you hold it is wrong: the hedge's return is measured without error, so the slope of
    least squares is the minimum-variance ratio, and this one is farther from zero. It also depends on the units of the
    legs. Source: Deming 1943; Golub & Van Loan 1980.

    Raises
    ------
    InputError
        As :func:`ordinary_least_squares`.
    """
    return missing_as_none(orthogonal_slope(moments(*complete_pairs(spot, hedge, N_LEAST))))
