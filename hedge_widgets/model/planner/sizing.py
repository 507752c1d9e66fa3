"""How much to hedge for a volatility, or a loss, that one can bear (docs/model.md 3.2, 3.11)."""

import numpy as np

from hedge_widgets.model.hedge import LIMITS
from hedge_widgets.model.hedge_ratio import coverage_for_target, minimum_variance_hedge_ratio, residual_volatility
from hedge_widgets.model.limits import AMOUNT, POSITIVE, InputError

SALE_WEEKS = 10
_MOST = LIMITS["coverage"].high


def coverage_for_volatility(
    target: float, spot_volatility: float, hedge_volatility: float, correlation: float, full_hedge_ratio: float
) -> float:
    """Return the least share of a full hedge that brings the annual volatility of coins and hedge down to ``target``.

    ``full_hedge_ratio`` is dollars of a full hedge per dollar of coins. 0 where the coins are calm enough unhedged. The
    margin must be dollars: that of an inverse contract is coins, which move too.

    Raises
    ------
    InputError
        If no size of this hedge brings it down so far, or more than twice a full hedge would be needed.

    Examples
    --------
    >>> coverage_for_volatility(0.3, 0.6, 0.6, 1.0, 1.0)
    0.5
    """
    target = float(AMOUNT.checked("volatility you can bear", target))
    share = coverage_for_target(target, spot_volatility, correlation)
    if share is None:
        floor = residual_volatility(correlation, spot_volatility)
        raise InputError(
            f"the volatility you can bear must be at least {floor:.1%} per year, which no size of this hedge can go "
            f"below, not {target:.1%}"
        )
    ratio = minimum_variance_hedge_ratio(correlation, spot_volatility, hedge_volatility)
    return _checked(share * ratio, full_hedge_ratio, "that volatility") if share else 0.0


def coverage_for_loss(loss: float, spot_pnl: float, full_hedge_pnl: float) -> float:
    """Return the least share of a full hedge with which one loses no more than ``loss`` at a move.

    ``spot_pnl`` is what the coins bring there, ``full_hedge_pnl`` what a full hedge does, gain positive, without
    funding and costs; all quote currency, the margin too. 0 where the coins alone lose no more.

    Raises
    ------
    InputError
        If a hedge gains nothing there, or more than twice a full one would be needed.

    Examples
    --------
    >>> coverage_for_loss(360.0, -600.0, 600.0)
    0.4
    """
    loss = float(AMOUNT.checked("loss you can bear", loss))
    missing = -spot_pnl - loss
    if missing <= 0:
        return 0.0
    if full_hedge_pnl <= 0:
        raise InputError(f"the loss you can bear must be at least ${-spot_pnl:,.0f}: this hedge gains nothing there")
    return _checked(missing, full_hedge_pnl, "that loss")


def _checked(needed: float, full: float, what: str) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = float(np.divide(needed, full))
    if not 0 <= coverage <= _MOST:
        raise InputError(f"coverage must be 0 to {_MOST:.0%} of a full hedge, not the {coverage:.0%} that {what} takes")
    return coverage


def shares_sold(weeks: int = SALE_WEEKS) -> float:
    """Return the share of a straight move that selling 1 / ``weeks`` at the start of each week spares.

    >>> round(shares_sold(), 9)
    0.55
    """
    count = float(POSITIVE.checked("weeks", weeks))
    return float(np.mean(1.0 - np.arange(count) / count))
