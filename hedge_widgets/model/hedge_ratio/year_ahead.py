"""Whether last year's slopes say anything of next year's: estimators and a hedge, judged on many coins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio.estimators import (
    blume,
    newey_west,
    ordinary_least_squares,
    slope_winsorised,
    vasicek,
)
from hedge_widgets.model.hedge_ratio.returns import Array, checked_days, checked_pair

YEAR = 365
_ENOUGH = 0.9  # of a year's returns


@dataclass(frozen=True, kw_only=True)
class YearAhead:
    """What estimates of one year said of the next, over all coins and pairs of years.

    ``errors`` is each estimator's root mean squared error against next year's least-squares slope, by name as in
    ``ESTIMATORS``. Of ``n_coins``, ``n_helped`` had less variance in the years after with a hedge of last year's
    least-squares slope than without one. ``n_pairs`` counts the pairs of a year and the next, over all coins.
    """

    errors: Mapping[str, float]
    n_coins: int
    n_helped: int
    n_pairs: int


def year_ahead(spots: Any, hedge: Any, days: Any = None) -> YearAhead | None:
    """Return how well returns of a year foretell the slopes of the next; None without two years of one coin.

    Parameters
    ----------
    spots
        Returns of k coins from row to row of their prices, shape (n, k), NaN where missing.
    hedge
        The same of the hedge, shape (n,).
    days
        Day of each row of prices, whole numbers that ascend, shape (n + 1,); default one a day. A return that spans
        more days than usual counts as what it is in the usual ones.

    Raises
    ------
    InputError
        If a return is infinite, or the shapes do not fit.

    Notes
    -----
    Years of 365 days, counted back from the last, in which a coin has at least nine tenths of a year's usual returns.
    The method
    of Sila, Mark, Kristoufek & Weber 2025 (doi 10.1186/s40854-025-00777-w) with the hedge for the market.
    """
    left, right = checked_pair(spots, hedge)
    if not len(left):
        return None
    n = len(left) + 1
    day = np.arange(n) if days is None else checked_days(days, n, "rows of prices")
    spans, day = np.diff(day), day[1:]
    usual = float(np.median(spans))
    left, right = (legs.reshape(len(legs), -1) * np.sqrt(usual / spans)[:, None] for legs in (left, right))
    n_years = int((day[-1] - day[0] + usual) // YEAR)
    years = np.searchsorted(day, day[-1] - YEAR * np.arange(n_years, -1, -1), side="right")
    misses: list[dict[str, float]] = []
    helped: list[bool] = []
    for spot, leg in zip(left.T, right.T, strict=True):
        is_there = np.isfinite(spot) & np.isfinite(leg)
        tested: list[Array] = []
        for first, middle, last in zip(years, years[1:], years[2:], strict=False):
            past, after = first + np.flatnonzero(is_there[first:middle]), middle + np.flatnonzero(is_there[middle:last])
            if min(len(past), len(after)) < _ENOUGH * YEAR / usual:
                continue
            found, target = _estimates(spot[past], leg[past]), ordinary_least_squares(spot[after], leg[after])
            if found is None or target.hedge_ratio is None:
                continue
            misses.append({name: ratio - target.hedge_ratio for name, ratio in found.items()})
            tested.append(np.stack([spot[after], spot[after] - found["least_squares"] * leg[after]]))
        if tested:
            alone, hedged = np.var(np.concatenate(tested, axis=1), axis=1)
            helped.append(bool(hedged < alone))
    if not helped:
        return None
    errors = {name: float(np.sqrt(np.mean([miss[name] ** 2 for miss in misses]))) for name in misses[0]}
    return YearAhead(errors=errors, n_coins=len(helped), n_helped=sum(helped), n_pairs=len(misses))


def _estimates(spot: Array, hedge: Array) -> dict[str, float] | None:
    """Return the ratios of one year's returns by estimator; None where the hedge does not move."""
    plain = newey_west(spot, hedge)
    if plain.hedge_ratio is None:
        return None
    return {
        "least_squares": plain.hedge_ratio,
        "one_to_one": 1.0,
        "blume": blume(plain.hedge_ratio),
        "vasicek": vasicek(plain.hedge_ratio, plain.standard_error),
        "slope_winsorised": ordinary_least_squares(slope_winsorised(spot, hedge), hedge).hedge_ratio,
    }
