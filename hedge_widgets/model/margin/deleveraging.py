"""Who pays when a liquidated position is worse than bankrupt: the fund, then the winning side (docs/model.md 3.7).

Automatic deleveraging closes positions of the OPPOSITE side at the bankrupt account's bankruptcy price, those with the
highest score first. In a crash the bankrupt are long, so it closes profitable shorts: the hedge goes when it is needed.
"""

from typing import Any

import numpy as np

from hedge_widgets.model.limits import InputError, missing_as_none
from hedge_widgets.model.margin.position import unrealised_pnl


def insurance_flow(kind: str, side: Any, quantity: Any, bankruptcy_price: Any, fill_price: Any) -> Any:
    """Return what the insurance fund gains (positive) or pays when a bankrupt position is filled at a price.

    s Q (fill - bankruptcy), ``side`` that of the bankrupt position; quote currency (linear) or coins (inverse).
    """
    return unrealised_pnl(kind, side, quantity, bankruptcy_price, fill_price)


def deleveraging_score(
    unrealised_profit: Any, entry_value: Any, mark_value: Any, bankruptcy_value: Any
) -> tuple[Any, Any, Any]:
    """Return (profit ratio, effective leverage, score) of a position, by which the queue is ordered, highest first.

    Profit over entry value; mark value over its distance from the bankruptcy value; their product for a profit, their
    quotient for a loss (definition of BitMEX and Bybit). Values are positive notionals; None (NaN in arrays) for an
    account that is bankrupt at its mark.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        profit = np.divide(unrealised_profit, entry_value)
        distance = np.abs(np.subtract(mark_value, bankruptcy_value))
        leverage = np.where(distance > 0, np.divide(mark_value, distance), np.nan)
        score = np.where(profit >= 0, profit * leverage, profit / leverage)
    return missing_as_none(profit), missing_as_none(leverage), missing_as_none(score)


def deleveraged_quantities(scores: Any, quantities: Any, bankrupt_quantity: Any) -> Any:
    """Return how much of each position of the opposite side is closed, by score, until the bankrupt quantity is met.

    ``scores`` and ``quantities`` (>= 0) have shape (..., positions), ``bankrupt_quantity`` the shape without the last
    axis. A venue that draws lots instead of ranking (dYdX) is the same function of random scores.

    Raises
    ------
    InputError
        If there is no position.
    """
    scores, quantities = np.broadcast_arrays(np.asarray(scores, np.float64), np.asarray(quantities, np.float64))
    if scores.ndim == 0 or scores.shape[-1] == 0:
        raise InputError("the queue must hold at least one position; it is empty")
    order = np.argsort(-scores, axis=-1, kind="stable")
    queued = np.take_along_axis(quantities, order, axis=-1)
    ahead = np.cumsum(queued, axis=-1) - queued
    closed = np.clip(np.asarray(bankrupt_quantity, np.float64)[..., np.newaxis] - ahead, 0.0, queued)
    result = np.empty_like(closed)
    np.put_along_axis(result, np.broadcast_to(order, closed.shape), closed, axis=-1)
    return result


def loss_distribution(quantity: Any, bankruptcy_price: Any, market_price: Any, fund: Any) -> tuple[Any, Any, Any]:
    """Return (paid by the fund, left to the winners, quantity deleveraged) when bankrupt LONGS meet a market price.

    Quote currency for linear contracts. The loss beyond bankruptcy is Q (bankruptcy - market), if positive; the fund
    takes over as many coins as it can pay for, the rest is closed against the winning shorts, who give up the
    difference between the bankruptcy price and the market.
    """
    gap = np.maximum(np.subtract(bankruptcy_price, market_price), 0.0)
    loss = quantity * gap
    paid = np.minimum(loss, fund)
    with np.errstate(divide="ignore", invalid="ignore"):
        deleveraged = np.where(gap > 0, np.divide(loss - paid, gap), 0.0)
    return missing_as_none(paid), missing_as_none(loss - paid), missing_as_none(deleveraged)


def queue_place(score: Any, others: Any, *, is_last: bool = False) -> Any:
    """Return the place in the queue, 1 = closed first, among positions of other scores (last axis).

    Before it come the higher scores; ``is_last`` puts it behind all others, as a venue does with an account that it
    takes for hedged while the others are not.
    """
    others = np.asarray(others, dtype=np.float64)
    if is_last:
        return missing_as_none(np.full(np.shape(score), others.shape[-1] + 1)[()])
    return missing_as_none(1 + (others > np.asarray(score)[..., np.newaxis]).sum(axis=-1))


def closed_on_the_way(at: Any, low: Any, end: Any) -> tuple[Any, Any, Any]:
    """Return what comes of a dollar of coins and a dollar short when the venue closes the short on the way.

    Moves are from the price at which both began: the short is closed ``at`` one, the price goes on to ``low`` and ends
    at ``end``. (what the short gained, the worst for both together afterwards, both together in the end); a hedge that
    is left alone has 0 in the end.
    """
    gained = np.negative(at)
    return tuple(map(missing_as_none, (gained, np.add(gained, low), np.add(gained, end))))
