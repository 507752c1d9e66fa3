"""What coins move in common and what each moves on its own: arrays of returns, shape (days, coins), NaN = none."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Days around a day that say what is usual.
WINDOW = 61
MIN_WINDOW = 15
SPIKE_SCALE = 6.0
SPIKE_RETURN = 0.5
UNIFORM_COINS = 8
UNIFORM_SHARE = 0.75


def others_median(returns: Array) -> Array:
    """Return for each cell of returns, shape (days, coins), the median of the other coins; 0 with fewer than three."""
    ordered = np.sort(returns, axis=1)  # NaN last
    ranks = np.argsort(np.argsort(returns, axis=1), axis=1)
    others = np.isfinite(returns).sum(axis=1, keepdims=True) - 1
    total = np.zeros_like(returns)
    for place in ((others - 1) // 2, others // 2):
        # Without its own value, whatever stands at its rank or behind it moves up by one.
        column = place + (place >= ranks)
        total += np.take_along_axis(ordered, np.clip(column, 0, returns.shape[1] - 1), axis=1)
    return np.where((others >= 3) & np.isfinite(total), total / 2, 0.0)


def own_returns(returns: Array) -> tuple[Array, Array]:
    """Return each coin's return against the others' median, of the day and of the day after."""
    own = returns - others_median(returns)
    return own, np.vstack([own[1:], np.full((1, own.shape[1]), np.nan)])


def is_spike(returns: Array) -> npt.NDArray[np.bool_]:
    """Return for each cell whether its move against the others is taken back the day after and far above the usual.

    Opposite signs, the smaller at least half the larger, and half the difference more than 6 times its scaled median
    (1.4826 times, a standard deviation if it were normal) of the 61 days around it.
    """
    own, following = own_returns(returns)
    size = np.abs(own - following) / 2
    usual = 1.4826 * _usual(size)
    smaller, larger = np.minimum(np.abs(own), np.abs(following)), np.maximum(np.abs(own), np.abs(following))
    found: npt.NDArray[np.bool_] = (
        (own * following < 0) & (smaller >= SPIKE_RETURN * larger) & (size > SPIKE_SCALE * usual)
    )
    return found


def uniformity(returns: Array) -> Array:
    """Return for each day how alike the coins moved, shape (days,): small = alike, NaN with fewer than eight coins.

    The narrowest band that holds three quarters of the day's returns, against the median of such bands in the 61 days
    around it or the narrower of the two neighbouring days', whichever ratio is the larger.
    """
    width = np.array([_band(row[np.isfinite(row)]) for row in returns])
    before, after = np.r_[np.nan, width[:-1]], np.r_[width[1:], np.nan]
    with np.errstate(divide="ignore", invalid="ignore"):  # coins that stand still have bands of no width
        ratio: Array = np.maximum(width / _usual(width[:, None])[:, 0], width / np.fmin(before, after))
    return ratio


def _usual(values: Array) -> Array:
    import pandas as pd

    rolling = pd.DataFrame(values).rolling(WINDOW, center=True, min_periods=MIN_WINDOW)
    usual: Array = rolling.median().to_numpy()
    return usual


def _band(returns: Array) -> float:
    """Return the width of the narrowest band that holds three quarters of a day's returns."""
    if len(returns) < UNIFORM_COINS:
        return float("nan")
    held = int(np.ceil(UNIFORM_SHARE * len(returns)))
    ordered = np.sort(returns)
    return float((ordered[held - 1 :] - ordered[: len(ordered) - held + 1]).min())
