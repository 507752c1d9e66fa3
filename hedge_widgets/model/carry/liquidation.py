"""Where a short dies whose carry has come out of its margin, and what the price then brings it (docs/model.md 3.7)."""

from typing import Any

import numpy as np

from hedge_widgets.model.limits import missing_as_none
from hedge_widgets.model.margin import Tiers, liquidation_price, tiers_of


def linear_liquidation_move(
    notional: Any, price: Any, collateral: Any, tiers: Tiers, closing_fee_rate: Any = 0.0
) -> Any:
    """Return the simple move of the coin at which, and beyond, a linear short of ``notional`` is liquidated.

    ``collateral`` is what is left of its margin, quote currency. -1 where that is no more than the maintenance margin:
    the short is gone at every price; None (NaN in arrays) for no position.
    """
    quantity, left = np.asarray(notional / price), np.maximum(collateral, 0.0)
    dies = liquidation_price("linear", -1.0, quantity, price, left, tiers, closing_fee_rate)
    asked = tiers_of("linear", quantity, tiers).maintenance_margin(notional) + closing_fee_rate * notional
    rise = np.asarray(np.nan if dies is None else dies) / price - 1.0
    return missing_as_none(np.where(left <= asked, -1.0, rise))


def inverse_liquidation_move(notional: Any, paid: Any, maintenance_margin: Any) -> Any:
    """Return the move at which an inverse short dies that coins of the same value back and that has ``paid`` of them.

    N / P coins less K / S paid are no more than the maintenance margin (M / N of N / P) from P / S - 1 = (N - M) / K -
    1 on; all amounts are quote currency at the prices of today. -1 where the coins are eaten up, None (NaN in arrays)
    where nothing was paid: the coins it hedges then back it at every price.
    """
    left = notional - maintenance_margin
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rise = left / np.asarray(paid, dtype=np.float64) - 1.0
    return missing_as_none(np.where(rise <= 0, -1.0, np.where(np.isfinite(rise), rise, np.nan)))


def short_price_pnl(notional: Any, collateral: Any, liquidation_move: Any, move: Any) -> Any:
    """Return what a short gains by the coin's move, carry and costs aside, quote currency, gain positive.

    From ``liquidation_move`` on (NaN: never) it has lost the collateral that was left, and no more.
    """
    with np.errstate(invalid="ignore"):
        return np.where(np.asarray(move) >= liquidation_move, -np.asarray(collateral), -notional * np.asarray(move))
