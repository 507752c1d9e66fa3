"""Margin, liquidation and bankruptcy price of one futures position (docs/model.md 3.7)."""

from typing import Any

import numpy as np

from hedge_widgets.model.limits import choice, missing_as_none
from hedge_widgets.model.margin.crossing import Requirement, first_crossing
from hedge_widgets.model.margin.flat_tiers import FlatTiers, SizeRates
from hedge_widgets.model.margin.tiers import MarginTiers

Tiers = MarginTiers | FlatTiers | SizeRates
_KINDS = ("linear", "inverse")


def notional_at(kind: str, quantity: Any, price: Any) -> Any:
    """Return the notional in the unit of the margin: Q P quote currency (linear) or n C / P coins (inverse)."""
    return quantity / price if choice("kind", kind, _KINDS) == "inverse" else quantity * price


def unrealised_pnl(kind: str, side: Any, quantity: Any, entry_price: Any, price: Any) -> Any:
    """Return s Q (P - E) quote currency (linear) or s n C (1 / E - 1 / P) coins (inverse)."""
    if choice("kind", kind, _KINDS) == "inverse":
        return side * quantity * (1.0 / entry_price - 1.0 / price)
    return side * quantity * (price - entry_price)


def tiers_of(kind: str, quantity: Any, tiers: Tiers) -> Tiers:
    """Return the tiers that the notional of a position goes through; a linear size in coins has one rate for good."""
    return tiers.of_size(quantity) if kind == "linear" and isinstance(tiers, SizeRates) else tiers


def initial_margin(notional: Any, leverage: Any) -> Any:
    """Return notional / leverage, in the notional's unit."""
    return notional / leverage


def margin_ratio(maintenance_margin: Any, equity: Any) -> Any:
    """Return maintenance margin / equity (Binance's convention: liquidation at 1).

    None (NaN in arrays) for an equity of 0; negative once the equity is.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.divide(maintenance_margin, equity)
        return missing_as_none(np.where(np.asarray(equity) != 0, ratio, np.nan))


def margin_level(maintenance_margin: Any, equity: Any) -> Any:
    """Return equity / maintenance margin (convention of OKX and of Binance's unified account: liquidation from above).

    None (NaN in arrays) where no margin is asked.
    """
    return margin_ratio(equity, maintenance_margin)


def liquidation_price(
    kind: str,
    side: Any,
    quantity: Any,
    entry_price: Any,
    collateral: Any,
    tiers: Tiers,
    closing_fee_rate: Any = 0.0,
) -> Any:
    """Return the first adverse mark price at which equity is no more than maintenance margin plus closing fee.

    Parameters
    ----------
    kind : {"linear", "inverse"}
    side : +1 long, -1 short; float or array
    quantity : > 0; base units (linear) or quote value of the contracts, n x contract_usd (inverse)
    collateral : what is behind the position, quote (linear) or coins (inverse); for cross margin it is the
        wallet plus the other positions' unrealised profit less their maintenance margin
    tiers : in quote (linear) or coins (inverse); flat tiers by notional jump, so there the price may be an edge,
        beyond which the equity is no more than the margin, or the entry itself; rates that grow with size are per coin

    Returns
    -------
    float, or array of the inputs' broadcast shape; None (NaN in arrays) where no such price exists: a position
    that is never liquidated, or no position.

    Notes
    -----
    docs/model.md 3.7: linear P* = (W + A - s Q E) / (Q (mu + phi) - s Q); an inverse position in P is a linear one of
    the opposite side in 1 / P, with n C as its quantity. The bracket valid at P* is the one reached first.
    """
    choice("kind", kind, _KINDS)
    tiers = tiers_of(kind, quantity, tiers)
    if kind == "inverse":
        crossing = _crossing(-np.asarray(side), quantity, 1.0 / entry_price, collateral, tiers, closing_fee_rate)
        return missing_as_none(np.divide(1.0, crossing))
    return missing_as_none(_crossing(side, quantity, entry_price, collateral, tiers, closing_fee_rate))


def _crossing(side: Any, quantity: Any, entry: Any, collateral: Any, tiers: Tiers, closing_fee_rate: Any) -> Any:
    """Return the x at which W + s Q (x - E) first is no more than the margin of the notional Q x, NaN without one."""
    if isinstance(tiers, MarginTiers):
        return tiers.first_crossing(side, quantity, entry, collateral, closing_fee_rate)
    exposure = np.asarray(side * quantity * entry, dtype=np.float64)
    requirement = Requirement(tiers, 0.0, np.asarray(quantity * entry, dtype=np.float64), closing_fee_rate)
    multiple = first_crossing(-np.asarray(side), collateral - exposure, exposure, [requirement])
    return np.where(exposure != 0, multiple * entry, np.nan)


def liquidation_price_entry_basis(
    kind: str, side: Any, quantity: Any, entry_price: Any, collateral: Any, tiers: Tiers
) -> Any:
    """Return the mark price at which equity is no more than the maintenance margin of the ENTRY notional.

    The variant of Bybit's older help pages, which leaves out the closing fee: the bankruptcy price of what the
    maintenance margin leaves. Arguments, units and missing values as in :func:`liquidation_price`.
    """
    asked = tiers_of(kind, quantity, tiers).maintenance_margin(notional_at(kind, quantity, entry_price))
    return bankruptcy_price(kind, side, quantity, entry_price, collateral - asked)


def bankruptcy_price(
    kind: str, side: Any, quantity: Any, entry_price: Any, collateral: Any, closing_fee_rate: Any = 0.0
) -> Any:
    """Return the price at which equity, after the closing fee, is zero.

    E - s W / Q (linear), n C / (n C / E + s W) (inverse); a closing fee phi divides the first by 1 - s phi and
    multiplies the second by 1 + s phi. Units as in :func:`liquidation_price`; None (NaN in arrays) where there is none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "inverse":
            price = quantity / (quantity / entry_price + side * np.asarray(collateral, dtype=np.float64))
            price = price * (1.0 + side * closing_fee_rate)
        else:
            price = entry_price - side * np.asarray(collateral, dtype=np.float64) / quantity
            price = price / (1.0 - side * closing_fee_rate)
        return missing_as_none(np.where(np.isfinite(price) & (price > 0), price, np.nan))


def collateral_for_price(
    kind: str, side: Any, quantity: Any, entry_price: Any, price: Any, tiers: Tiers, closing_fee_rate: Any = 0.0
) -> Any:
    """Return the collateral with which a position is liquidated at ``price``: the inverse of the liquidation price.

    Maintenance margin and closing fee at that price less the unrealised profit there, quote currency (linear) or coins
    (inverse); negative where the position's profit alone would keep it open. Arguments as in :func:`liquidation_price`.
    """
    notional = notional_at(kind, quantity, price)
    asked = tiers_of(kind, quantity, tiers).maintenance_margin(notional) + closing_fee_rate * notional
    return asked - unrealised_pnl(kind, side, quantity, entry_price, price)


def equity_left(
    kind: str,
    side: Any,
    quantity: Any,
    entry_price: Any,
    collateral: Any,
    fill_price: Any,
    liquidation_fee_rate: Any = 0.0,
) -> Any:
    """Return what a liquidation at ``fill_price`` leaves of the collateral after the liquidation fee, never below 0.

    The gentle convention; the strict one, a loss of all the collateral, is that of ``paths.hedge_path``.
    """
    equity = collateral + unrealised_pnl(kind, side, quantity, entry_price, fill_price)
    return np.maximum(equity - liquidation_fee_rate * notional_at(kind, quantity, fill_price), 0.0)[()]
