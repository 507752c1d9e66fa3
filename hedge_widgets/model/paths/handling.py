"""One drawn path, several ways to handle the hedge on it: what each leaves (docs/model.md 3.7, path model)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import InputError, choice, numbers
from hedge_widgets.model.margin import notional_at, unrealised_pnl


def first_touch(times: Any, prices: Any, level: Any, direction: Any) -> tuple[Any, Any]:
    """Return (when, where) a path, straight between its points, first is at a level or beyond it; NaN where never.

    ``times`` and ``prices`` have shape (..., time), ``level`` lacks that axis and may be NaN (there is none);
    ``direction`` is +1 for a level that is reached by rising, -1 by falling. The place counts points (2.5 lies between
    the third and the fourth): it orders what happens at one time, on a path that jumps.

    Raises
    ------
    InputError
        If times or prices hold anything but numbers, or are not as many.
    """
    times, prices = numbers("times", times), numbers("prices", prices)
    if times.shape[-1:] != prices.shape[-1:] or 0 in prices.shape:
        raise InputError(f"times and prices must be as many, not of shapes {times.shape} and {prices.shape}")
    mark = np.asarray(level, dtype=np.float64)[..., np.newaxis]
    times, prices, mark, sign = np.broadcast_arrays(times, prices, mark, np.asarray(direction)[..., np.newaxis])
    beyond = sign * (prices - mark) >= 0
    at = beyond.argmax(axis=-1)[..., np.newaxis]
    before = np.maximum(at - 1, 0)
    (t0, t1), (p0, p1) = (
        (np.take_along_axis(values, before, -1)[..., 0], np.take_along_axis(values, at, -1)[..., 0])
        for values in (times, prices)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(np.where(p1 != p0, (mark[..., 0] - p0) / (p1 - p0), 0.0), 0.0, 1.0)
    is_touched = beyond.any(axis=-1)
    return (
        np.where(is_touched, t0 + share * (t1 - t0), np.nan),
        np.where(is_touched, before[..., 0] + share, np.nan),
    )


@dataclass(frozen=True, kw_only=True)
class HandledHedge:
    """Gain of spot and hedge together at the end of a path, quote currency, one field a way to handle the hedge.

    ``unhedged`` is the spot alone, without coins bought as margin; in ``lived`` nothing ever closes the hedge;
    ``isolated`` and ``cross`` end where their margin does, ``stopped`` at a stop order, ``deleveraged`` when the venue
    closes it against bankrupt accounts. Of two ends the first counts, of two at one price the liquidation. The
    ``*_time`` fields say when, NaN where it does not happen.
    """

    unhedged: Any
    lived: Any
    isolated: Any
    cross: Any
    stopped: Any
    deleveraged: Any
    isolated_time: Any
    cross_time: Any
    stop_time: Any
    deleveraging_time: Any


def handled_hedge(
    kind: str,
    side: Any,
    quantity: Any,
    entry_price: Any,
    times: Any,
    prices: Any,
    *,
    spot_pnl: Any,
    collateral: Any,
    free_collateral: Any,
    isolated_price: Any,
    isolated_left: Any,
    cross_prices: tuple[Any, Any],
    cross_left: tuple[Any, Any],
    stop_price: Any,
    deleveraging_price: Any,
    fee_rate: Any = 0.0,
    coin_prices: tuple[Any, Any] | None = None,
) -> HandledHedge:
    """Return what a position and the coins beside it come to at the end of a path, for every way to handle it.

    Parameters
    ----------
    kind, side, quantity, entry_price : as in ``margin.liquidation_price``
    times, prices : shape (..., time); the other arrays lack that axis
    spot_pnl : what the coins held beside the position have gained by the path's end
    collateral, free_collateral : of the position, and what stands behind it too in cross margin; quote currency
        (linear) or coins (inverse), whose own gain or loss from the entry price counts in every way alike
    isolated_price, isolated_left : where the position's own margin ends, and what that leaves of it
    cross_prices, cross_left : the same of the whole wallet, (below, above): with other positions it can end either way
    stop_price : beyond the entry on the losing side; deleveraging_price : on the winning side; NaN for none
    fee_rate : of the notional, paid when a stop or the venue closes the position
    coin_prices : (at entry, at the end) of the coin behind an inverse contract, where the contract's are others

    Notes
    -----
    A position closed at C is worth s Q (C - E) from then on (linear), or s n C (1 / E - 1 / C) coins (inverse), which
    rise and fall with the price. The position is closed at no cost at the path's end.
    """
    inverse = choice("kind", kind, ("linear", "inverse")) == "inverse"
    end = np.asarray(prices, dtype=np.float64)[..., -1]
    coin_entry, coin_end = (entry_price, end) if coin_prices is None else coin_prices
    wallet = np.asarray(collateral + np.asarray(free_collateral), dtype=np.float64)

    def net(change: Any) -> Any:
        """Return spot and account together when the position changed the wallet by ``change``."""
        return spot_pnl + ((wallet + change) * coin_end - wallet * coin_entry if inverse else change)

    def closed(price: Any) -> Any:
        return unrealised_pnl(kind, side, quantity, entry_price, price) - fee_rate * notional_at(kind, quantity, price)

    def touched(price: Any, way: Any) -> tuple[Any, Any]:
        return first_touch(times, prices, price, way)

    losing, winning = -np.sign(side), np.sign(side)
    (died, died_at), (stopped, stopped_at) = touched(isolated_price, losing), touched(stop_price, losing)
    deleveraged, deleveraged_at = touched(deleveraging_price, winning)
    (below, below_at), (above, above_at) = touched(cross_prices[0], -1.0), touched(cross_prices[1], 1.0)
    is_below = ~np.isnan(below_at) & ~(above_at < below_at)
    died_cross, left = np.where(is_below, below, above), np.where(is_below, *cross_left)
    lived = net(unrealised_pnl(kind, side, quantity, entry_price, end))
    isolated = np.where(np.isnan(died), lived, net(isolated_left - collateral))
    with np.errstate(invalid="ignore", divide="ignore"):
        is_stopped, is_deleveraged = (~np.isnan(at) & ~(died_at <= at) for at in (stopped_at, deleveraged_at))
        at_stop, at_deleveraging = net(closed(stop_price)), net(closed(deleveraging_price))
    return HandledHedge(
        unhedged=np.broadcast_to(spot_pnl, lived.shape),
        lived=lived,
        isolated=isolated,
        cross=np.where(np.isnan(died_cross), lived, net(left - wallet)),
        stopped=np.where(is_stopped, at_stop, isolated),
        deleveraged=np.where(is_deleveraged, at_deleveraging, isolated),
        isolated_time=died,
        cross_time=died_cross,
        stop_time=np.where(is_stopped, stopped, np.nan),
        deleveraging_time=np.where(is_deleveraged, deleveraged, np.nan),
    )
