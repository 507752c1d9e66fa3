"""Hedge ratios from returns by least squares, ordinary and total (docs/model.md 3.2).

A ratio is hedge value per spot value, positive = short.
"""

from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio.returns import CONFIDENCE, Array, Estimate, Moments, complete_pairs, moments
from hedge_widgets.model.limits import Limit, missing_as_none

N_LEAST = 3  # pairs: two for the line, one to judge it by


def estimate_of(known: Moments, residual_squares: Any, confidence: float) -> Estimate:
    """Return the least-squares estimate of moments, given the sum of squared residuals; scalars or arrays.

    Slope = Sxy / Sxx, standard error sqrt(SSE / (n - 2) / Sxx), interval with Student's t of n - 2. A hedge that does
    not move has no ratio; a spot that does not move has the ratio 0 and no correlation.
    """
    from scipy.special import stdtrit  # not needed by the first screen, and heavy

    level = float(CONFIDENCE.checked("confidence", confidence))
    has_ratio, has_spot = known.does_hedge_move, known.does_spot_move
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope = np.where(has_spot, np.divide(known.products, known.hedge_squares), 0.0)
        correlation = np.divide(known.products, np.sqrt(known.spot_squares) * np.sqrt(known.hedge_squares))
        error = np.sqrt(np.divide(np.maximum(residual_squares, 0.0), (known.n - 2) * known.hedge_squares))
        error = np.where(has_spot, error, 0.0)
    slope, error = (np.where(has_ratio, value, np.nan) for value in (slope, error))
    half = stdtrit(known.n - 2, 0.5 + level / 2) * error
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


def ordinary_least_squares(spot: Any, hedge: Any, confidence: float = 0.95) -> Estimate:
    """Return the slope, with intercept, of spot returns on hedge returns: the minimum-variance ratio.

    Parameters
    ----------
    spot, hedge
        Returns, shape (n,); pairs with a NaN are left out.
    confidence
        Of the interval, which assumes independent normal residuals of one size (Student's t, n - 2).

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
