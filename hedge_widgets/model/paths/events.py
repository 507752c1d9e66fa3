"""A same-asset hedge along a price path: it lives, or its margin is lost on the way (model.md 3.7, path model)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry import funding_pnl
from hedge_widgets.model.contracts import linear_pnl
from hedge_widgets.model.limits import InputError, missing_as_none
from hedge_widgets.model.margin import MarginTiers, liquidation_price


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
    prices = np.asarray(prices, dtype=np.float64)
    if prices.ndim == 0 or prices.shape[-1] == 0:
        raise InputError("prices must hold at least one price a path; there is none")
    price = liquidation_price("linear", -1.0, hedge_quantity, entry_price, collateral, tiers, closing_fee_rate)
    is_liquidated = prices.max(axis=-1) >= np.asarray(np.nan if price is None else price)
    spot_pnl = linear_pnl(1.0, spot_quantity, entry_price, prices[..., -1])
    survived = linear_pnl(-1.0, hedge_quantity, entry_price, prices[..., -1])
    hedge_pnl = np.where(is_liquidated, -np.asarray(collateral, dtype=np.float64), survived)
    values = (price, is_liquidated, spot_pnl, hedge_pnl, spot_pnl + hedge_pnl, spot_pnl + survived)
    names = PathOutcome.__dataclass_fields__
    return PathOutcome(**dict(zip(names, map(missing_as_none, values), strict=True)))


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
    """
    notional = quantity * np.asarray(marks, dtype=np.float64)
    return missing_as_none(funding_pnl(side, notional, np.asarray(funding_rates, dtype=np.float64)).sum(axis=-1))
