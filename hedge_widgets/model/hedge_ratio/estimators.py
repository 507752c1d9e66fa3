"""Every estimator of a hedge ratio by one door; the two that shrink an estimate, and the bounds of returns."""

from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio.least_squares import (
    conditional_on_falls,
    newey_west,
    ordinary_least_squares,
    total_least_squares,
)
from hedge_widgets.model.hedge_ratio.returns import Array, Estimate, checked_pair, horizon_returns
from hedge_widgets.model.hedge_ratio.rolling import (
    rolling_newey_west,
    rolling_ordinary_least_squares,
    rolling_total_least_squares,
)
from hedge_widgets.model.hedge_ratio.several import (
    SeveralHedges,
    forward_selection,
    minimum_variance_hedge,
    minimum_variance_hedge_of,
)
from hedge_widgets.model.hedge_ratio.time_varying import exponentially_weighted, kalman, kalman_drift
from hedge_widgets.model.limits import POSITIVE, SIGNED, missing_as_none

__all__ = [
    "Estimate",
    "SeveralHedges",
    "blume",
    "conditional_on_falls",
    "exponentially_weighted",
    "forward_selection",
    "horizon_returns",
    "kalman",
    "kalman_drift",
    "minimum_variance_hedge",
    "minimum_variance_hedge_of",
    "newey_west",
    "ordinary_least_squares",
    "rolling_newey_west",
    "rolling_ordinary_least_squares",
    "rolling_total_least_squares",
    "slope_winsorised",
    "total_least_squares",
    "vasicek",
]


def blume(hedge_ratio: Any) -> Any:
    """Return 1/3 + 2/3 h: a third of the way to one-to-one, whatever the error; None of None. Source: Blume 1975."""
    return missing_as_none(1.0 / 3.0 + 2.0 / 3.0 * np.asarray(hedge_ratio, dtype=np.float64))


def vasicek(hedge_ratio: Any, standard_error: Any, prior_ratio: float = 1.0, prior_deviation: float = 0.5) -> Any:
    """Return the mean of estimate and prior, weighted by precision; None (NaN in arrays) without an estimate.

    Parameters
    ----------
    hedge_ratio, standard_error
        An estimate and its standard error; floats or arrays.
    prior_ratio, prior_deviation
        Mean and standard deviation of the ratios of coins like this one, before any return is seen.

    Notes
    -----
    w h + (1 - w) prior with w = prior_deviation^2 / (prior_deviation^2 + standard_error^2). Source: Vasicek 1973.
    """
    prior = SIGNED.checked("prior ratio", prior_ratio)
    variance = np.square(POSITIVE.checked("prior deviation", prior_deviation))
    weight = variance / (variance + np.square(np.asarray(standard_error, dtype=np.float64)))
    return missing_as_none(weight * np.asarray(hedge_ratio, dtype=np.float64) + (1.0 - weight) * prior)


def slope_winsorised(spot: Any, hedge: Any, delta: float = 3.0) -> Array:
    """Return the spot's returns, each kept between 1 - delta and 1 + delta times the hedge's return of the same row.

    The slope of least squares on them is the slope-winsorised beta: a day on which a coin goes its own way counts for
    no more than a beta of -2 or +4 would explain (``delta`` 3). Source: Welch 2022, doi 10.1561/104.00000108.

    Parameters
    ----------
    spot
        Returns, shape (n,) or (n, k); a NaN stays.
    hedge
        Returns, of the spot's shape, or (n,) for one hedge of all the coins.
    delta
        Above 0; what is large bounds nothing.

    Raises
    ------
    InputError
        If a return is infinite, the shapes do not fit, or ``delta`` is not above 0.
    """
    left, right = checked_pair(spot, hedge)
    reach = float(POSITIVE.checked("delta", delta)) * np.abs(right)
    return np.asarray(np.clip(left, right - reach, right + reach))
