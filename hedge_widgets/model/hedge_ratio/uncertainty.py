"""How sure an estimate is: Fisher's interval, the block bootstrap, and how often intervals hold the truth."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio.least_squares import N_LEAST, estimate_of, newey_west_error, with_error
from hedge_widgets.model.hedge_ratio.returns import CONFIDENCE, Array, complete_pairs, moments, whole_number
from hedge_widgets.model.limits import POSITIVE, InputError, Limit, missing_as_none

_CHUNK = 1_000_000  # resampled rows held at once, some 50 MB


def fisher_interval(correlation: Any, n_returns: Any, confidence: float = 0.95) -> tuple[Any, Any]:
    """Return (low, high) of a correlation, tanh(artanh(rho) -+ z / sqrt(n - 3)), for normal returns; floats or arrays.

    None (NaN in arrays) without a correlation or with 3 returns or fewer; a correlation of 1 or -1 has no width.
    Source: Fisher 1921.

    Raises
    ------
    InputError
        If a correlation is outside [-1, 1].
    """
    from hedge_widgets.model.special import ndtri  # not needed by the first screen, and heavy

    rho, n = np.asarray(correlation, dtype=np.float64), np.asarray(n_returns, dtype=np.float64)
    if np.any(np.abs(rho) > 1):
        raise InputError(f"correlation must be from -1 to 1, not {rho[np.abs(rho) > 1].flat[0]:g}")
    quantile = float(ndtri(0.5 + float(CONFIDENCE.checked("confidence", confidence)) / 2))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        half = np.where(n > 3, quantile / np.sqrt(n - 3.0), np.nan)
        centre = np.arctanh(rho)
    return missing_as_none(np.tanh(centre - half)), missing_as_none(np.tanh(centre + half))


def effectiveness_interval(correlation: Any, n_returns: Any, confidence: float = 0.95) -> tuple[Any, Any]:
    """Return (low, high) of rho^2, what the minimum-variance ratio removes: the squares of Fisher's interval.

    The low end is 0 where the correlation's interval holds 0. Arguments, missing values and errors as in
    :func:`fisher_interval`.
    """
    ends = fisher_interval(correlation, n_returns, confidence)
    low, high = (np.asarray(end, dtype=np.float64) for end in ends)
    squares = np.square(low), np.square(high)
    smallest = np.where((low < 0) & (high > 0), 0.0, np.minimum(*squares))
    return missing_as_none(smallest), missing_as_none(np.maximum(*squares))


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """Ratio and effectiveness (rho^2) of each resampled history, arrays of shape (draws,), NaN where undefined.

    ``mean_block`` is the mean length of a block in returns.
    """

    hedge_ratios: Array
    effectiveness: Array
    mean_block: float

    def interval(self, confidence: float = 0.95) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
        """Return ((low, high) of the ratio, (low, high) of the effectiveness), percentiles of the draws; None of none.

        The effectiveness is that of each draw's own ratio on itself, so its interval lies a little high.
        """
        tail = (1.0 - float(CONFIDENCE.checked("confidence", confidence))) / 2
        return _percentiles(self.hedge_ratios, tail), _percentiles(self.effectiveness, tail)


def _percentiles(values: Array, tail: float) -> tuple[Any, Any]:
    known = values[~np.isnan(values)]
    if not known.size:
        return None, None
    low, high = np.quantile(known, (tail, 1.0 - tail))
    return float(low), float(high)


def block_bootstrap(
    spot: Any, hedge: Any, draws: int = 2000, mean_block: float | None = None, seed: int = 0
) -> Bootstrap:
    """Return ratio and effectiveness of histories resampled in blocks, which keep the order of days within them.

    Parameters
    ----------
    spot, hedge
        Returns, shape (n,); pairs with a NaN are left out, and pairs are drawn together.
    draws
        Histories of n returns each, at least 10.
    mean_block
        Mean length of a block, 1 to n; n^(1/3) unless given.
    seed
        Of the random generator: equal seeds give equal draws.

    Raises
    ------
    InputError
        If a return is infinite, the lengths differ, fewer than 3 pairs are complete, or another argument is outside
        its range.

    Notes
    -----
    The stationary bootstrap: blocks of geometric length from a random row on, the history closed to a ring. Source:
    Politis & Romano, JASA 89 (1994).
    """
    left, right = complete_pairs(spot, hedge, N_LEAST)
    n, n_draws = len(left), whole_number("draws", draws, 10)
    block = float(Limit(1.0, n).checked("mean block", n ** (1 / 3) if mean_block is None else mean_block))
    generator = np.random.default_rng(whole_number("seed", seed, 0))
    step = max(1, _CHUNK // n)
    parts = [
        _resampled(left, right, resample_counts(n, min(step, n_draws - done), block, generator))
        for done in range(0, n_draws, step)
    ]
    ratios, effectiveness = np.concatenate(parts, axis=1)
    return Bootstrap(hedge_ratios=ratios, effectiveness=effectiveness, mean_block=block)


def resample_counts(n: int, draws: int, mean_block: float, generator: np.random.Generator) -> Array:
    """Return how often each of n rows stands in each history of the stationary bootstrap, shape (draws, n)."""
    is_head = generator.random((draws, n), dtype=np.float32) < 1.0 / mean_block
    is_head[:, 0] = True
    heads = np.flatnonzero(is_head)
    starts = generator.integers(0, n, heads.size)
    places = np.arange(draws * n)
    rows = (np.repeat(starts - heads, np.diff(heads, append=draws * n)) + places) % n
    return np.bincount(places - places % n + rows, minlength=draws * n).reshape(draws, n).astype(np.float64)


def _resampled(spot: Array, hedge: Array, counts: Array) -> Array:
    """Return (ratio, effectiveness) of each resampled history, shape (2, draws), or (2, draws, k) for k columns."""
    n = len(spot)
    left, right = spot - spot.mean(axis=0), hedge - hedge.mean(axis=0)
    spot_sum, hedge_sum = counts @ left, counts @ right
    raw_spot, raw_hedge = n * (counts @ np.square(left)), n * (counts @ np.square(right))
    spot_squares, hedge_squares = raw_spot - np.square(spot_sum), raw_hedge - np.square(hedge_sum)
    products = n * (counts @ (left * right)) - spot_sum * hedge_sum
    # What lies below this share is rounding: the history is one row many times.
    has_spot, has_hedge = spot_squares > 1e-12 * raw_spot, hedge_squares > 1e-12 * raw_hedge
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(has_spot, products / hedge_squares, 0.0)
        effectiveness = np.square(products) / (spot_squares * hedge_squares)
    return np.stack(
        [
            np.where(has_hedge, ratio, np.nan),
            np.where(has_hedge & has_spot, np.minimum(effectiveness, 1.0), np.nan),
        ]
    )


@dataclass(frozen=True, kw_only=True)
class CoverageStudy:
    """The share of simulated data sets whose interval holds the truth, in [0, 1], for each kind of interval.

    ``student_t``, ``newey_west`` and ``bootstrap`` are intervals of the ratio, ``fisher`` of the correlation.
    """

    student_t: float
    newey_west: float
    fisher: float
    bootstrap: float
    confidence: float
    n_returns: int
    n_sets: int
    degrees_of_freedom: float | None


def coverage_study(
    n_returns: int = 90,
    n_sets: int = 500,
    degrees_of_freedom: float | None = None,
    hedge_ratio: float = 1.2,
    correlation: float = 0.7,
    draws: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> CoverageStudy:
    """Return how often intervals hold the true ratio and correlation of simulated returns.

    Parameters
    ----------
    n_returns, n_sets
        Returns of a data set (at least 4), and data sets.
    degrees_of_freedom
        None for jointly normal returns, else jointly Student-t ones: both legs share the day's chi-square, so wild days
        are wild for both. Above 2, or the returns have no variance.
    hedge_ratio, correlation
        The truth, both positive.
    draws
        Of the bootstrap. The data sets share the resampled rows, which are drawn without looking at them.
    confidence, seed
        Of the intervals, and of the random generator.

    Raises
    ------
    InputError
        If an argument is outside its range.
    """
    n, sets = whole_number("returns of a data set", n_returns, 4), whole_number("data sets", n_sets, 1)
    level = float(CONFIDENCE.checked("confidence", confidence))
    ratio = float(POSITIVE.checked("hedge ratio", hedge_ratio))
    rho = float(Limit(0.01, 0.9999).checked("correlation", correlation))
    generator = np.random.default_rng(whole_number("seed", seed, 0))
    hedge = generator.standard_normal((n, sets))
    spot = ratio * (hedge + np.sqrt(1.0 / rho**2 - 1.0) * generator.standard_normal((n, sets)))
    if degrees_of_freedom is not None:
        freedom = float(Limit(2.01, 1e6).checked("degrees of freedom", degrees_of_freedom))
        day = np.sqrt(freedom / generator.chisquare(freedom, (n, sets)))
        spot, hedge = day * spot, day * hedge
    known = moments(spot, hedge)
    estimate = estimate_of(known, known.spot_squares - np.square(known.products) / known.hedge_squares, level)
    low, high = fisher_interval(estimate.correlation, n, level)
    counts = resample_counts(n, whole_number("draws", draws, 10), n ** (1 / 3), generator)
    tail = (1.0 - level) / 2
    below, above = np.quantile(_resampled(spot, hedge, counts)[0], (tail, 1.0 - tail), axis=0)
    robust = with_error(estimate, newey_west_error(spot.T, hedge.T))
    return CoverageStudy(
        student_t=float(np.mean((estimate.low <= ratio) & (ratio <= estimate.high))),
        newey_west=float(np.mean((robust.low <= ratio) & (ratio <= robust.high))),
        fisher=float(np.mean((low <= rho) & (rho <= high))),
        bootstrap=float(np.mean((below <= ratio) & (ratio <= above))),
        confidence=level,
        n_returns=n,
        n_sets=sets,
        degrees_of_freedom=degrees_of_freedom,
    )
