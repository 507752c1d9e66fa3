"""Fees and slippage of a fill, and of an order that may not fill (docs/model.md 3.6); costs are positive."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, InputError, Limit, choice, missing_as_none, numbers

DAYS_PER_YEAR = 365.0
HOURS_PER_YEAR = 24.0 * DAYS_PER_YEAR
SIDES = ("buy", "sell")
SPOT_FEE_RATE = 0.001  # of selling a coin: what a small account usually pays
RATE = Limit(-0.1, 0.5)


def fee(notional: Any, fee_rate: Any) -> Any:
    """Return notional x rate, quote currency; a negative maker rate is a rebate."""
    return notional * fee_rate


def round_trip_fee(entry_notional: Any, exit_notional: Any, entry_fee_rate: Any, exit_fee_rate: Any) -> Any:
    """Return the fees of opening and closing, quote currency."""
    return fee(entry_notional, entry_fee_rate) + fee(exit_notional, exit_fee_rate)


def slippage_rate(half_spread: Any, daily_volatility: Any, participation: Any, impact: Any = 1.0) -> Any:
    """Return half_spread + Y sigma_daily sqrt(Q / ADV), a fraction of the notional.

    ``participation`` is the order over the average daily volume, both in one unit; ``impact`` is Y (about 1).
    Source: square-root law, Donier and Bonart, arXiv:1412.4503.
    """
    return half_spread + impact * daily_volatility * np.sqrt(participation)


def daily(volatility: Any) -> Any:
    """Return the daily volatility of an annual one (365 days)."""
    return volatility / np.sqrt(DAYS_PER_YEAR)


@dataclass(frozen=True, kw_only=True)
class Fill:
    """What a market order gets from an order book: quantities in base units, prices in quote currency.

    ``unfilled`` is what the book does not hold; ``slippage_rate`` is the distance of the average price from the mid
    price as a fraction of it, positive = cost, None (NaN in arrays) like ``average_price`` where nothing is filled.
    ``mid_price`` is None, and so is the slippage, where the other side of the book is empty.
    """

    filled: Any
    unfilled: Any
    average_price: Any
    mid_price: float | None
    slippage_rate: Any


def walk_book(side: str, quantity: Any, bids: Any, asks: Any) -> Fill:
    """Return the fill of a market order that takes level after level, the best price first.

    ``bids`` and ``asks`` are rows of (price, quantity), best first; ``quantity`` may be an array. An order larger than
    the book is filled in part: look at ``unfilled``.

    Raises
    ------
    InputError
        If the side that the order takes is empty, a level is not positive, or the prices are not in order.
    """
    bid_prices, bid_sizes = _levels("bids", bids)
    ask_prices, ask_sizes = _levels("asks", asks)
    if np.any(np.diff(bid_prices) >= 0) or np.any(np.diff(ask_prices) <= 0) or np.any(bid_prices[:1] >= ask_prices[:1]):
        raise InputError("an order book must hold falling bids below rising asks, and this one does not")
    order = np.asarray(AMOUNT.checked("quantity", quantity), dtype=np.float64)
    is_sale = choice("side", side, SIDES) == "sell"
    prices, sizes = (bid_prices, bid_sizes) if is_sale else (ask_prices, ask_sizes)
    if not prices.size:
        taken_side = "bids" if is_sale else "asks"
        raise InputError(f"an order book must hold {taken_side} for that order, and there are none")
    before = np.concatenate([[0.0], sizes.cumsum()[:-1]])
    taken = np.clip(order[..., np.newaxis] - before, 0.0, sizes)
    filled = np.minimum(order, sizes.sum())
    mid = mid_price(bids, asks)
    with np.errstate(divide="ignore", invalid="ignore"):
        average = (taken * prices).sum(axis=-1) / taken.sum(axis=-1)
    direction = 1.0 if side == "buy" else -1.0
    return Fill(
        filled=missing_as_none(filled),
        unfilled=missing_as_none(order - filled),
        average_price=missing_as_none(average),
        mid_price=mid,
        slippage_rate=missing_as_none(direction * (average / (np.nan if mid is None else mid) - 1.0)),
    )


def mid_price(bids: Any, asks: Any) -> float | None:
    """Return the price between the best bid and the best ask, None where a side is empty."""
    (best_bids, _), (best_asks, _) = _levels("bids", bids), _levels("asks", asks)
    return float(best_bids[0] + best_asks[0]) / 2.0 if best_bids.size and best_asks.size else None


def _levels(name: str, levels: Any) -> tuple[Any, Any]:
    """Return (prices, quantities) of one side of a book, shape (levels,) each."""
    table = numbers(name, levels)
    if table.size == 0:
        return np.empty(0), np.empty(0)
    if table.ndim != 2 or table.shape[1] != 2:
        raise InputError(f"{name} must be rows of price and quantity, not a table of shape {table.shape}")
    return POSITIVE.checked(f"prices of the {name}", table[:, 0]), POSITIVE.checked(
        f"quantities of the {name}", table[:, 1]
    )


def waiting_deviation(volatility: Any, hours: Any) -> Any:
    """Return sigma sqrt(t), how far the price typically moves while one waits, as a fraction of it."""
    volatility, hours = AMOUNT.each(volatility=volatility, hours=hours)
    return missing_as_none(volatility * np.sqrt(hours / HOURS_PER_YEAR))


@dataclass(frozen=True, kw_only=True)
class LimitOrder:
    """A limit order that waits, beside a market order now: expected costs as fractions of the notional.

    ``adverse_move`` is how far the price has gone the wrong way on average where the order was not filled and a market
    order follows (None, NaN in arrays, where it always fills), ``waiting_deviation`` the risk of it: one standard
    deviation of the price over the waiting time.
    """

    fill_probability: Any
    adverse_move: Any
    passive_cost: Any
    aggressive_cost: Any
    waiting_deviation: Any


def limit_order(
    distance: Any, hours: Any, volatility: Any, half_spread: Any, maker_fee_rate: Any, taker_fee_rate: Any
) -> LimitOrder:
    """Return what a limit sale ``distance`` (fraction) above the mid price costs if it may wait for ``hours``.

    It fills when the price, a geometric Brownian motion without drift, touches it. Such a price is a fair game, so what
    a fill saves is lost again where there is none: p d = (1 - p) x adverse move (optional stopping). The expected cost
    is p maker + (1 - p)(half-spread + taker), with fees and spread the only gain of waiting (docs/errata.md E21).
    """
    from hedge_widgets.model.paths.touch import touch_probability  # its package loads much that fees do not need

    distance = Limit(0.0, 0.5).checked("distance", distance)
    hours = Limit(0.0, HOURS_PER_YEAR).checked("hours", hours)
    half_spread, maker, taker = RATE.each(
        half_spread=half_spread, maker_fee_rate=maker_fee_rate, taker_fee_rate=taker_fee_rate
    )
    years = hours / HOURS_PER_YEAR
    chance = np.asarray(touch_probability(1.0, 1.0 + distance, -1.0, volatility, years))
    with np.errstate(divide="ignore", invalid="ignore"):
        adverse = np.where(chance < 1, chance * distance / (1.0 - chance), np.nan)
    aggressive = half_spread + taker
    values = (chance, adverse, chance * maker + (1.0 - chance) * aggressive, aggressive)
    names = ("fill_probability", "adverse_move", "passive_cost", "aggressive_cost")
    return LimitOrder(
        **dict(zip(names, map(missing_as_none, values), strict=True)),
        waiting_deviation=waiting_deviation(volatility, hours),
    )
