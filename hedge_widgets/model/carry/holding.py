"""What a hedge has to earn to pay for itself, and what it gives away (docs/model.md 3.11)."""

from typing import Any

import numpy as np

from hedge_widgets.model.carry.funding import INTERVAL, RATE, funding_pnl
from hedge_widgets.model.limits import Limit, missing_as_none


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


def pay_back_days(cost_rate: Any, funding_rate: Any, funding_interval: Any, fall: Any = 0.0) -> Any:
    """Return after how many days funding and a fall of the market have paid a short hedge's fees and slippage.

    ``cost_rate`` is the round trip's, ``funding_rate`` is a payment's, less what the margin could have earned meanwhile
    where that counts; ``fall`` is a positive fraction, the interval hours; whole payments count. 0 where the fall alone
    pays; None (NaN in arrays) where nothing is received and the fall is too small.
    """
    cost, rate, interval, fall = _checked(cost_rate, funding_rate, funding_interval, fall)
    missing = cost - fall
    with np.errstate(divide="ignore", invalid="ignore"):
        periods = np.ceil(missing / rate * (1.0 - 1e-12))
    days = np.where(missing <= 0, 0.0, np.where(rate > 0, periods * interval / 24.0, np.nan))
    return missing_as_none(days)


def longest_holding_days(cost_rate: Any, funding_rate: Any, funding_interval: Any, fall: Any) -> Any:
    """Return how many days a short hedge may wait for a fall before what it pays has used the fall up.

    Arguments as in :func:`pay_back_days`. None (NaN in arrays) where there is no limit: the short is paid to wait, or
    pays nothing and the fall is large enough; 0 where it is too small for fees and slippage.
    """
    cost, rate, interval, fall = _checked(cost_rate, funding_rate, funding_interval, fall)
    left = fall - cost
    with np.errstate(divide="ignore", invalid="ignore"):
        periods = np.floor(left / -rate * (1.0 + 1e-12))
    days = np.where(rate < 0, periods * interval / 24.0, np.nan)
    return missing_as_none(np.where((rate <= 0) & (left <= 0), 0.0, days))


def _checked(cost_rate: Any, funding_rate: Any, funding_interval: Any, fall: Any) -> tuple[Any, ...]:
    return (
        *map(np.asarray, RATE.each(cost_rate=cost_rate, funding_rate=funding_rate)),
        np.asarray(INTERVAL.checked("funding interval", funding_interval)),
        np.asarray(Limit(0.0, 1.0).checked("fall", fall)),
    )


def opportunity_cost(spot_value: Any, coverage: Any, move: Any) -> tuple[Any, Any, Any]:
    """Return (unhedged PnL, hedged PnL, what the hedge gave away) of a same-asset hedge at a move."""
    unhedged = spot_value * move
    hedged = unhedged - spot_value * coverage * move
    return unhedged, hedged, unhedged - hedged
