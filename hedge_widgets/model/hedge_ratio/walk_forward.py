"""What a ratio would have removed on days it had not seen: one walk for every estimator (docs/model.md 3.2)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.hedge_ratio.returns import Array, checked_series, whole_number
from hedge_widgets.model.hedge_ratio.several import ratios_of_windows
from hedge_widgets.model.hedge_ratio.sizing import volatility_reduction
from hedge_widgets.model.limits import POSITIVE, SIGNED, InputError, missing_as_none

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
    spot: Any, hedge: Any, ratio_path: Any, window: int = 90, hold: int = 30, periods_per_year: float = 365.0
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

    Raises
    ------
    InputError
        If a number is infinite, the shapes do not fit, or fewer than two test days follow the window.
    """
    left, right, present = _complete(spot, hedge)
    size, span = whole_number("window", window, 1), whole_number("hold", hold, 1)
    path = _path(ratio_path, np.shape(hedge))[present].reshape(right.shape)
    n_days = len(left) - size
    if n_days < 2:
        raise InputError(f"spot and hedge must have at least {size + 2} common returns for this walk, not {len(left)}")
    steps = np.arange(size, len(left), span)
    held = np.nan_to_num(_filled(path)[steps - 1], nan=0.0)
    test_spot = left[size:]
    hedged = test_spot - (np.repeat(held, span, axis=0)[:n_days] * right[size:]).sum(axis=1)
    unhedged_variance = test_spot.var() if np.ptp(test_spot) > 0 else 0.0
    effectiveness = missing_as_none(1.0 - hedged.var() / unhedged_variance if unhedged_variance > 0 else np.nan)
    traded = float(np.abs(np.diff(held, axis=0)).sum())
    return WalkForward(
        effectiveness=effectiveness,
        volatility_reduction=missing_as_none(volatility_reduction(effectiveness)),
        turnover=traded / n_days * float(POSITIVE.checked("periods per year", periods_per_year)),
        ratios=held.reshape(len(steps), *np.shape(hedge)[1:]),
        starts=present[steps],
        first=int(present[size]),
        rows=present[size:],
        spot_returns=test_spot,
        hedged_returns=hedged,
    )


def several_ratio_paths(spot: Any, hedges: Any, window: int = 90, hold: int = 30) -> Array:
    """Return the joint minimum-variance ratios, shape (n, m), solved only where a walk takes them.

    The path has a new value at the row before each step of :func:`walk_forward` with the same ``window`` and ``hold``,
    from the ``window`` rows up to and including it, and keeps it until the next; NaN before the first.

    Raises
    ------
    InputError
        If a return is infinite, the shapes are not (n,) and (n, m), or the window is shorter than m + 2.
    """
    left, right, present = _complete(spot, hedges)
    if np.ndim(hedges) != 2:
        raise InputError(f"hedges must be of shape (n, m), not {np.shape(hedges)}")
    size, span = whole_number("window", window, right.shape[1] + 2), whole_number("hold", hold, 1)
    path = np.full((len(np.asarray(spot)), right.shape[1]), np.nan)
    steps = np.arange(size, len(left) + 1, span)
    windows = np.column_stack([left, right])[steps[:, None] - size + np.arange(size)]
    path[present[steps - 1]] = ratios_of_windows(windows)
    return _filled(path)


def _complete(spot: Any, hedge: Any) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Return (spot (p,), hedges (p, m), their rows (p,)) of the rows in which nothing is missing."""
    left, right = checked_series("spot returns", spot), checked_series("hedge returns", hedge)
    if left.ndim != 1 or len(left) != len(right):
        raise InputError(f"spot and hedge must be of shape (n,) and (n,) or (n, m), not {left.shape} and {right.shape}")
    columns = right.reshape(len(right), -1)
    present = np.flatnonzero(~(np.isnan(left) | np.isnan(columns).any(axis=1)))
    return left[present], columns[present], present


def _path(ratio_path: Any, shape: tuple[int, ...]) -> Array:
    """Return a path of ratios broadcast to the hedge's shape."""
    path = np.asarray(ratio_path, dtype=np.float64)
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
