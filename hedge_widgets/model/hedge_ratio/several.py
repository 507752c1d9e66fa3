"""Several hedges at once: the ratios that together leave the least variance (docs/model.md 3.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.hedge_ratio.returns import TINY, Array, aligned, checked_series
from hedge_widgets.model.limits import AMOUNT, InputError, missing_as_none

ILL_CONDITIONED = 1e3
# Directions with less than this share of the largest variance are rounding, and no hedge is taken in them.
_SINGULAR = 1e-12
_NOTHING = 1e-6  # a share of the variance that is not worth another hedge


@dataclass(frozen=True, kw_only=True)
class SeveralHedges:
    """Joint minimum-variance ratios, shape (m,), hedge value per spot value, positive = short, and what they remove.

    ``effectiveness`` is 1 - Var(hedged) / Var(spot), None where the spot does not move. ``condition_number`` is the one
    of the hedges' covariance matrix; beyond ``ILL_CONDITIONED`` the hedges say nearly the same and their single ratios
    are not to be trusted, while their joint effect is. Hedges that do not move are ``is_still``, shape (m,): they have
    the ratio 0 and no part in the condition number.
    """

    hedge_ratios: Array
    effectiveness: float | None
    condition_number: float
    is_ill_conditioned: bool
    is_still: npt.NDArray[np.bool_]


def minimum_variance_hedge(cov_ff: Any, cov_fs: Any, var_s: Any, ridge: float = 0.0) -> SeveralHedges:
    """Return h = Sigma_FF^-1 Sigma_FS, with the pseudo-inverse where the hedges are not independent.

    Ratios of one hedge alone must not be added up. A hedge that does not move gets the ratio 0.

    Parameters
    ----------
    cov_ff
        Covariance matrix of the hedges' returns, shape (m, m).
    cov_fs
        Covariances of the hedges with the spot, shape (m,).
    var_s
        Variance of the spot.
    ridge
        Share by which the hedges' variances are raised before solving: pulls the ratios of near twins together and
        toward 0.

    Raises
    ------
    InputError
        If shapes do not fit, a number is not finite, or the matrix is not a covariance matrix.
    """
    covariances, variance = checked_series("covariances with the spot", cov_fs), AMOUNT.checked("spot variance", var_s)
    matrix = checked_series("covariance matrix", cov_ff)
    if covariances.ndim != 1 or matrix.shape != (len(covariances), len(covariances)) or not len(covariances):
        raise InputError(
            f"covariances of m hedges must be of shape (m, m) and (m,), not {matrix.shape} and {covariances.shape}"
        )
    if np.isnan(matrix).any() or np.isnan(covariances).any():
        raise InputError("covariances must be finite numbers, not NaN")
    scale = np.abs(matrix).max()
    spectrum = np.linalg.eigvalsh(matrix)
    if np.abs(matrix - matrix.T).max() > 1e-9 * scale or spectrum[0] < -1e-9 * scale:
        raise InputError(
            f"a covariance matrix must be symmetric without a negative eigenvalue, not one of {spectrum[0]:g}"
        )
    raised = matrix + float(AMOUNT.checked("ridge", ridge)) * np.diag(np.diag(matrix))
    ratios = np.linalg.pinv(raised, rcond=_SINGULAR, hermitian=True) @ covariances
    removed = 2.0 * covariances @ ratios - ratios @ matrix @ ratios
    is_still = np.diag(matrix) <= TINY
    moving = np.linalg.eigvalsh(matrix[np.ix_(~is_still, ~is_still)]) if not is_still.all() else np.ones(1)
    condition = float(moving[-1] / moving[0]) if moving[0] > _SINGULAR * moving[-1] else float("inf")
    return SeveralHedges(
        hedge_ratios=ratios,
        effectiveness=missing_as_none(np.divide(removed, variance) if variance > 0 else np.nan),
        condition_number=condition,
        is_ill_conditioned=condition > ILL_CONDITIONED,
        is_still=is_still,
    )


def minimum_variance_hedge_of(spot: Any, hedges: Any, ridge: float = 0.0) -> SeveralHedges:
    """Return the joint minimum-variance ratios of returns: the slopes, with intercept, of spot on all the hedges.

    Parameters
    ----------
    spot
        Returns, shape (n,).
    hedges
        Returns, shape (n, m). Rows with a NaN are left out.
    ridge
        As in :func:`minimum_variance_hedge`.

    Raises
    ------
    InputError
        If a return is infinite, shapes do not fit, or fewer than m + 2 rows are complete.
    """
    rows = complete_rows(spot, hedges)
    n, m = len(rows), rows.shape[1] - 1
    if n < m + 2:
        raise InputError(f"spot and {m} hedges must have at least {m + 2} common returns, not {n}")
    # From the first row first: a hedge that stands still then has a variance of exactly 0.
    covariance = np.atleast_2d(np.cov(rows - rows[0], rowvar=False))
    return minimum_variance_hedge(covariance[1:, 1:], covariance[1:, 0], covariance[0, 0], ridge)


def ratios_of_windows(windows: Array) -> Array:
    """Return the joint minimum-variance ratios, shape (s, m), of full windows, shape (s, n, 1 + m), the spot first."""
    moves = windows - windows[:, :1]  # a hedge that stands still then has a variance of exactly 0
    moves -= moves.mean(axis=1, keepdims=True)
    covariances = moves.transpose(0, 2, 1) @ moves / (windows.shape[1] - 1)
    inverses = np.linalg.pinv(covariances[:, 1:, 1:], rcond=_SINGULAR, hermitian=True)
    return np.asarray((inverses @ covariances[:, 1:, :1])[:, :, 0])


def forward_selection(
    left: Callable[[tuple[str, ...]], float], names: Sequence[str], most: int
) -> list[tuple[str, ...]]:
    """Return nested sets of 1, 2, ... hedges, each with the one more that leaves the least.

    Parameters
    ----------
    left
        Says which share of the variance a set leaves, 1 without a hedge.
    names
        What can be chosen.
    most
        Hedges in the last set. It ends before where one more leaves no less.
    """
    sets: list[tuple[str, ...]] = []
    chosen: tuple[str, ...] = ()
    before = 1.0
    while len(chosen) < min(most, len(names)):
        found = {(*chosen, name): left((*chosen, name)) for name in names if name not in chosen}
        chosen = min(found, key=lambda one: found[one])
        if not found[chosen] < before - _NOTHING:
            break
        before = found[chosen]
        sets.append(chosen)
    return sets


def complete_rows(spot: Any, hedges: Any) -> Array:
    """Return the rows of spot and hedges, shape (n, 1 + m), in which nothing is missing.

    Raises
    ------
    InputError
        If a return is infinite or the shapes are not (n,) and (n, m).
    """
    spot, hedges = aligned(spot_returns=spot, hedge_returns=hedges)
    left, right = checked_series("spot returns", spot), checked_series("hedge returns", hedges)
    if left.ndim != 1 or right.ndim != 2 or len(left) != len(right):
        raise InputError(f"spot and hedges must be of shape (n,) and (n, m), not {left.shape} and {right.shape}")
    rows = np.column_stack([left, right])
    return np.asarray(rows[~np.isnan(rows).any(axis=1)])
