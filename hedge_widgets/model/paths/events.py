"""A same-asset hedge along a price path: it lives, or its margin is lost on the way (docs/model.md 3.7, path model)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry import funding_pnl
from hedge_widgets.model.contracts import linear_pnl
from hedge_widgets.model.limits import InputError, missing_as_none, numbers
from hedge_widgets.model.margin import (
    MarginTiers,
    Tiers,
    equity_left,
    liquidation_price,
    margin_ratio,
    notional_at,
    tiers_of,
    unrealised_pnl,
)


@dataclass(frozen=True, kw_only=True)
class PathOutcome:
    """What a path left; shapes are those of the paths without their last axis, money is quote currency.

    ``net_pnl_unliquidated`` is the net if the hedge had lived through.
    """

    liquidation_price: Any
    is_liquidated: Any
    spot_pnl: Any
    hedge_pnl: Any
    net_pnl: Any
    net_pnl_unliquidated: Any


def hedge_path(
    spot_quantity: Any,
    hedge_quantity: Any,
    entry_price: Any,
    collateral: Any,
    tiers: MarginTiers,
    prices: Any,
    closing_fee_rate: Any = 0.0,
) -> PathOutcome:
    """Return the outcome of spot plus an isolated linear short of the same coin, after the last of ``prices``.

    The short dies at the first price at or above its liquidation price: the whole collateral is lost, and it is not
    opened again. ``prices`` has shape (..., time), quantities are coins, positive, ``collateral`` quote currency.

    Raises
    ------
    InputError
        If a path has no price.
    """
    prices = _checked(prices)
    price = liquidation_price("linear", -1.0, hedge_quantity, entry_price, collateral, tiers, closing_fee_rate)
    is_liquidated = prices.max(axis=-1) >= np.asarray(np.nan if price is None else price)
    spot_pnl = linear_pnl(1.0, spot_quantity, entry_price, prices[..., -1])
    survived = linear_pnl(-1.0, hedge_quantity, entry_price, prices[..., -1])
    hedge_pnl = np.where(is_liquidated, -np.asarray(collateral, dtype=np.float64), survived)
    values = (price, is_liquidated, spot_pnl, hedge_pnl, spot_pnl + hedge_pnl, spot_pnl + survived)
    names = PathOutcome.__dataclass_fields__
    return PathOutcome(**dict(zip(names, map(missing_as_none, values), strict=True)))


@dataclass(frozen=True, kw_only=True)
class ClosedHedge:
    """What a path left of spot and of a hedge that was closed on the way or not, quote currency.

    ``close_index`` is the place in the path at which it was closed, None (NaN in arrays) where it was not.
    """

    is_closed: Any
    close_index: Any
    spot_pnl: Any
    hedge_pnl: Any
    net_pnl: Any


def hedge_stop_path(
    spot_quantity: Any, hedge_quantity: Any, entry_price: Any, stop_price: Any, prices: Any, fee_rate: Any = 0.0
) -> ClosedHedge:
    """Return the outcome of spot plus a linear short of the same coin that is bought back at a stop above its entry.

    The stop is filled at its price, with the fee, the first time a price is at or above it; the spot goes on alone. A
    rally and a fall then lose on both legs. Shapes and units as in :func:`hedge_path`.
    """
    prices = _checked(prices)
    touched = prices >= np.asarray(stop_price, dtype=np.float64)[..., np.newaxis]
    return _closed_hedge(spot_quantity, hedge_quantity, entry_price, stop_price, prices, touched, fee_rate)


def deleveraged_path(
    spot_quantity: Any, hedge_quantity: Any, entry_price: Any, close_price: Any, prices: Any, fee_rate: Any = 0.0
) -> ClosedHedge:
    """Return the outcome of spot plus a linear short that is deleveraged in a fall, at ``close_price``.

    That is the bankruptcy price of the longs it is closed against; it happens the first time a price is at or below it,
    and the spot falls on without its hedge. Shapes and units as in :func:`hedge_path`.
    """
    prices = _checked(prices)
    touched = prices <= np.asarray(close_price, dtype=np.float64)[..., np.newaxis]
    return _closed_hedge(spot_quantity, hedge_quantity, entry_price, close_price, prices, touched, fee_rate)


def _closed_hedge(
    spot_quantity: Any, hedge_quantity: Any, entry_price: Any, price: Any, prices: Any, touched: Any, fee_rate: Any
) -> ClosedHedge:
    is_closed = touched.any(axis=-1)
    final = prices[..., -1]
    spot_pnl = linear_pnl(1.0, spot_quantity, entry_price, final)
    closed = linear_pnl(-1.0, hedge_quantity, entry_price, price) - hedge_quantity * price * fee_rate
    hedge_pnl = np.where(is_closed, closed, linear_pnl(-1.0, hedge_quantity, entry_price, final))
    index = np.where(is_closed, touched.argmax(axis=-1), np.nan)
    values = (is_closed, index, spot_pnl, hedge_pnl, spot_pnl + hedge_pnl)
    return ClosedHedge(**dict(zip(ClosedHedge.__dataclass_fields__, map(missing_as_none, values), strict=True)))


@dataclass(frozen=True, kw_only=True)
class MarginPath:
    """One isolated position at every price of a path, in the unit of its margin; shape (..., time).

    ``maintenance_margin`` includes the closing fee. Once dead, equity is what the liquidation left, the margin 0 and
    the ratio NaN. ``liquidation_price`` and ``liquidation_index`` (its first place in the path) have no time axis and
    are None (NaN in arrays) where there is none; ``equity_left`` is what a liquidation at that price leaves.
    """

    equity: Any
    maintenance_margin: Any
    margin_ratio: Any
    is_alive: Any
    liquidation_price: Any
    liquidation_index: Any
    equity_left: Any


def margin_path(
    kind: str,
    side: float,
    quantity: Any,
    entry_price: Any,
    collateral: Any,
    tiers: Tiers,
    prices: Any,
    closing_fee_rate: float = 0.0,
    liquidation_fee_rate: float = 0.0,
) -> MarginPath:
    """Return an isolated position's margin along ``prices``, shape (..., time); other arrays lack the time axis.

    The position is liquidated AT its liquidation price when the path first reaches it (between two points the price is
    taken to pass through), and keeps its maintenance margin less the liquidation fee.
    """
    prices = _checked(prices)
    position = (kind, side, quantity, entry_price)
    dies = liquidation_price(*position, collateral, tiers, closing_fee_rate)
    mark = np.asarray(np.nan if dies is None else dies, dtype=np.float64)
    is_alive = np.logical_and.accumulate(~(side * (prices - mark[..., np.newaxis]) <= 0), axis=-1)
    left = np.asarray(equity_left(*position, collateral, mark, liquidation_fee_rate))
    along = [np.asarray(value, dtype=np.float64)[..., np.newaxis] for value in (quantity, entry_price, collateral)]
    notional = notional_at(kind, along[0], prices)
    asked = tiers_of(kind, along[0], tiers).maintenance_margin(notional) + closing_fee_rate * notional
    equity = along[2] + unrealised_pnl(kind, side, along[0], along[1], prices)
    equity = np.where(is_alive, equity, left[..., np.newaxis])
    index = np.where(is_alive.all(axis=-1), np.nan, is_alive.argmin(axis=-1))
    return MarginPath(
        equity=equity,
        maintenance_margin=np.where(is_alive, asked, 0.0),
        margin_ratio=np.where(is_alive, margin_ratio(asked, equity), np.nan),
        is_alive=is_alive,
        liquidation_price=dies,
        liquidation_index=missing_as_none(index),
        equity_left=missing_as_none(left),
    )


def _checked(prices: Any) -> Any:
    """Return paths as an array of shape (..., time) with at least one price."""
    prices = numbers("prices", prices)
    if prices.ndim == 0 or prices.shape[-1] == 0:
        raise InputError("prices must hold at least one price a path; there is none")
    return prices


def hedge_at_liquidation(
    spot_quantity: Any,
    hedge_quantity: Any,
    entry_price: Any,
    collateral: Any,
    tiers: MarginTiers,
    closing_fee_rate: Any = 0.0,
) -> tuple[Any, Any, Any, Any]:
    """Return (liquidation price, spot PnL, hedge PnL, net) at the moment an isolated linear short of the coin dies.

    All None (NaN in arrays) where there is no such moment; arguments as in :func:`hedge_path`.
    """
    price = liquidation_price("linear", -1.0, hedge_quantity, entry_price, collateral, tiers, closing_fee_rate)
    mark = np.asarray(np.nan if price is None else price)
    spot_pnl = linear_pnl(1.0, spot_quantity, entry_price, mark)
    hedge_pnl = np.where(np.isnan(mark), np.nan, -np.asarray(collateral, dtype=np.float64))
    return price, missing_as_none(spot_pnl), missing_as_none(hedge_pnl), missing_as_none(spot_pnl + hedge_pnl)


def funding_path_pnl(side: Any, quantity: Any, marks: Any, funding_rates: Any) -> Any:
    """Return the funding received (positive) or paid over a path, with the mark of each payment.

    ``marks`` and ``funding_rates`` have shape (..., time), quantity is coins, the result quote currency.

    Raises
    ------
    InputError
        If one holds anything but numbers, or there are not as many marks as rates.
    """
    marks, rates = numbers("marks", marks), numbers("funding rates", funding_rates)
    if marks.shape[-1:] != rates.shape[-1:]:
        raise InputError(f"marks and funding rates must be as many, not of shapes {marks.shape} and {rates.shape}")
    return missing_as_none(funding_pnl(side, quantity * marks, rates).sum(axis=-1))
