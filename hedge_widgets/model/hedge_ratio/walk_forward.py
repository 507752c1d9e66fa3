"""What a ratio would have removed on days it had not seen: one walk for every estimator (docs/model.md 3.2)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.hedge_ratio.returns import Array, aligned, checked_days, checked_series, whole_number
from hedge_widgets.model.hedge_ratio.several import ratios_of_windows
from hedge_widgets.model.hedge_ratio.sizing import volatility_reduction
from hedge_widgets.model.limits import POSITIVE, SIGNED, InputError, missing_as_none, numbers

LIGHTS = ("green", "amber", "red", "not a hedge")
"""Verdicts on an out-of-sample effectiveness: at least 0.8, 0.5, 0.25 (a weak proxy), or less."""
_BOUNDS = (0.8, 0.5, 0.25)


@dataclass(frozen=True, kw_only=True)
class WalkForward:
    """A walk of s steps over the t test days after the first window, for one hedge or m of them.

    Attributes
    ----------
    effectiveness
        1 - Var(hedged) / Var(unhedged) over all test days together; negative where hedging added risk, None where the
        spot does not move.
    volatility_reduction
        1 - sqrt(1 - effectiveness): the cut in volatility; negative where hedging added risk.
    turnover
        Hedge value traded per spot value and year, sum of |change of ratio| over all hedges, without the first trade.
    ratios
        Held in each step, shape (s,) or (s, m), positive = short.
    starts
        Row of the series at which each step begins, shape (s,).
    first
        Row of the first test day, equal to ``starts[0]``.
    rows
        Row of each test day, shape (t,).
    spot_returns, hedged_returns
        Returns per spot value of the test days, shape (t,).
    """

    effectiveness: float | None
    volatility_reduction: float | None
    turnover: float
    ratios: Array
    starts: npt.NDArray[np.int64]
    first: int
    rows: npt.NDArray[np.int64]
    spot_returns: Array
    hedged_returns: Array


def walk_forward(
    spot: Any,
    hedge: Any,
    ratio_path: Any,
    window: int = 90,
    hold: int = 30,
    periods_per_year: float = 365.0,
    days: Any = None,
) -> WalkForward:
    """Return what a path of ratios removed when each was used only after it was known.

    Parameters
    ----------
    spot
        Returns, shape (n,).
    hedge
        Returns of one hedge, shape (n,), or of several, (n, m). Rows in which a leg is missing are left out; window and
        hold count the others.
    ratio_path
        Hedge value per spot value, positive = short: the value at row t uses data up to t. Of the hedge's shape, or a
        constant. Where it is NaN the ratio before stays, and before the first there is no hedge, so that all paths
        have the same test days.
    window
        Rows before the first test day. At rows window, window + hold, ... the ratio of the row before is taken.
    hold
        Rows a ratio is held; the last step may be shorter.
    periods_per_year
        Rows a year, for the turnover.
    days
        Day of each row, whole numbers that ascend, shape (n,): window and hold are then days, a step begins on the
        first row after them, and the year has 365 days.

    Raises
    ------
    InputError
        If a number is infinite, the shapes do not fit, or fewer than two test days follow the window.
    """
    spot, hedge, ratio_path = aligned(spot_returns=spot, hedge_returns=hedge, ratios=ratio_path)
    left, right, present = _complete(spot, hedge)
    window, span = whole_number("window", window, 1), whole_number("hold", hold, 1)
    path = _path(ratio_path, np.shape(hedge))[present].reshape(right.shape)
    known = _days(days, len(np.asarray(spot)), present)
    steps = _steps(known, window, span)
    steps = steps[steps < len(left)]
    size = int(steps[0]) if len(steps) else len(left)
    n_days = len(left) - size
    if n_days < 2:
        need = f"at least {window + 2} common returns" if days is None else f"two returns after {window} days"
        raise InputError(f"spot and hedge must have {need} for this walk, not {len(left) if days is None else n_days}")
    held = np.nan_to_num(_filled(path)[steps - 1], nan=0.0)
    test_spot = left[size:]
    lasting = np.diff(np.append(steps, len(left)))
    hedged = test_spot - (np.repeat(held, lasting, axis=0) * right[size:]).sum(axis=1)
    a_year = float(POSITIVE.checked("periods per year", periods_per_year)) if days is None else 365.0
    unhedged_variance = test_spot.var() if np.ptp(test_spot) > 0 else 0.0
    effectiveness = missing_as_none(1.0 - hedged.var() / unhedged_variance if unhedged_variance > 0 else np.nan)
    traded = float(np.abs(np.diff(held, axis=0)).sum())
    return WalkForward(
        effectiveness=effectiveness,
        volatility_reduction=missing_as_none(volatility_reduction(effectiveness)),
        turnover=traded / float(known[-1] - known[size - 1]) * a_year,
        ratios=held.reshape(len(steps), *np.shape(hedge)[1:]),
        starts=present[steps],
        first=int(present[size]),
        rows=present[size:],
        spot_returns=test_spot,
        hedged_returns=hedged,
    )


def several_ratio_paths(spot: Any, hedges: Any, window: int = 90, hold: int = 30, days: Any = None) -> Array:
    """Return the joint minimum-variance ratios, shape (n, m), solved only where a walk takes them.

    The path has a new value at the row before each step of :func:`walk_forward` with the same ``window`` and ``hold``,
    from the ``window`` rows (or ``days``) up to and including it, and keeps it until the next; NaN before the first,
    and where a window of days has fewer than m + 2 returns.

    Raises
    ------
    InputError
        If a return is infinite, the shapes are not (n,) and (n, m), or the window is shorter than m + 2.
    """
    spot, hedges = aligned(spot_returns=spot, hedge_returns=hedges)
    left, right, present = _complete(spot, hedges)
    if np.ndim(hedges) != 2:
        raise InputError(f"hedges must be of shape (n, m), not {np.shape(hedges)}")
    size, span = whole_number("window", window, right.shape[1] + 2), whole_number("hold", hold, 1)
    path = np.full((len(np.asarray(spot)), right.shape[1]), np.nan)
    known, rows = _days(days, len(path), present), np.column_stack([left, right])
    steps = _steps(known, size, span)
    firsts = np.searchsorted(known, known[steps - 1] - size, side="right")
    for length in np.unique(steps - firsts):
        ends = steps[steps - firsts == length]
        if length >= rows.shape[1] + 1:
            path[present[ends - 1]] = ratios_of_windows(rows[ends[:, None] - length + np.arange(length)])
    return _filled(path)


def _days(days: Any, n: int, present: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the days of the rows present, of n; their own count where no days are given."""
    if days is None:
        return np.arange(len(present))
    return checked_days(days, n)[present]


def _steps(days: npt.NDArray[np.int64], window: int, hold: int) -> npt.NDArray[np.int64]:
    """Return the row each step begins at: the first after ``window`` days, and after each further ``hold`` of them.

    The first return is taken to span as many days as the second. The row after the last is one where a step ends there.
    """
    if len(days) < 2:
        return np.zeros(0, dtype=np.int64)
    ends = np.arange(2 * days[0] - days[1] + window, days[-1] + 1, hold)
    return np.unique(np.searchsorted(days, ends, side="right"))


def _complete(spot: Any, hedge: Any) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Return (spot (p,), hedges (p, m), their rows (p,)) of the rows in which nothing is missing."""
    spot, hedge = aligned(spot_returns=spot, hedge_returns=hedge)
    left, right = checked_series("spot returns", spot), checked_series("hedge returns", hedge)
    if left.ndim != 1 or len(left) != len(right):
        raise InputError(f"spot and hedge must be of shape (n,) and (n,) or (n, m), not {left.shape} and {right.shape}")
    columns = right if right.ndim == 2 else right[:, None]
    present = np.flatnonzero(~(np.isnan(left) | np.isnan(columns).any(axis=1)))
    return left[present], columns[present], present


def _path(ratio_path: Any, shape: tuple[int, ...]) -> Array:
    """Return a path of ratios broadcast to the hedge's shape."""
    path = numbers("ratios", ratio_path)
    is_wrong = np.abs(path) > SIGNED.high
    if is_wrong.any():
        raise InputError(f"ratios must be missing or from -1e15 to 1e15, not {path[is_wrong].flat[0]:g}")
    if path.shape not in (shape, shape[1:], ()):
        raise InputError(f"ratios must be a constant or of the hedge's shape {shape}, not {path.shape}")
    return np.broadcast_to(path, shape)


def _filled(path: Array) -> Array:
    """Return a path (n, m) with each missing value replaced by the last one before it, column by column."""
    rows = np.where(np.isnan(path), 0, np.arange(len(path))[:, None])
    return np.asarray(np.take_along_axis(path, np.maximum.accumulate(rows, axis=0), axis=0))


def traffic_light(effectiveness: Any) -> Any:
    """Return the word of ``LIGHTS`` for an out-of-sample effectiveness, or for an array the place in ``LIGHTS``.

    None of None; in an array NaN counts as "not a hedge", because nothing shows that it is one.
    """
    value = missing_as_none(np.asarray(effectiveness, dtype=np.float64))
    if value is None:
        return None
    place = len(_BOUNDS) - sum((np.asarray(value) >= bound).astype(np.int64) for bound in _BOUNDS)
    return place if np.ndim(value) else LIGHTS[int(place)]
