"""Funding of perpetual contracts and what a hedge has to earn to pay for itself (model.md 3.5, 3.11)."""

from typing import Any

import numpy as np

from hedge_widgets.model.limits import missing_as_none

HOURS_PER_YEAR = 8760.0


def funding_periods(days: Any, funding_interval: Any) -> Any:
    """Return how many whole funding intervals (hours) lie in a holding time (days)."""
    return np.floor(24.0 * days / funding_interval * (1 + 1e-12))


def funding_pnl(side: Any, notional: Any, funding_rate: Any, n_periods: Any = 1.0) -> Any:
    """Return what the position receives (positive) or pays: -s N f per period, in the notional's unit.

    A positive rate is paid by longs to shorts, so a short hedger (s = -1) receives it. The notional is quote value at
    mark (linear) or coins at mark (inverse).
    """
    return -side * notional * funding_rate * n_periods


def annual_funding_rate(funding_rate: Any, funding_interval: Any) -> tuple[Any, Any]:
    """Return (simple, compounded) annual rate of a per-interval rate; the interval is in hours."""
    periods = HOURS_PER_YEAR / funding_interval
    return funding_rate * periods, (1.0 + funding_rate) ** periods - 1.0


def break_even_move(
    notional: Any, fee_rate_round_trip: Any, slippage_rate_round_trip: Any, funding_rate: Any, n_periods: Any
) -> tuple[Any, Any, Any]:
    """Return (total cost, move, carry) of a short hedge: cost = fees + slippage - carry, move = cost / notional.

    A negative cost means that the hedge is paid to wait. The move is None (NaN in arrays) for notional 0.
    """
    carry = funding_pnl(-1.0, notional, funding_rate, n_periods)
    cost = notional * (fee_rate_round_trip + slippage_rate_round_trip) - carry
    with np.errstate(divide="ignore", invalid="ignore"):
        return cost, missing_as_none(np.where(np.asarray(notional) != 0, np.divide(cost, notional), np.nan)), carry


def opportunity_cost(spot_value: Any, coverage: Any, move: Any) -> tuple[Any, Any, Any]:
    """Return (unhedged PnL, hedged PnL, what the hedge gave away) of a same-asset hedge at a move."""
    unhedged = spot_value * move
    hedged = unhedged - spot_value * coverage * move
    return unhedged, hedged, unhedged - hedged
