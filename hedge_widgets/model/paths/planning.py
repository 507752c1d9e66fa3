"""What keeps a hedge alive: cash to add as the price moves, and the days of funding that the buffer pays for."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry import funding_pnl
from hedge_widgets.model.limits import POSITIVE, Limit, missing_as_none
from hedge_widgets.model.margin import Tiers, notional_at, tiers_of, unrealised_pnl

TOP_UP_MOVES = (0.1, 0.2, 0.5)
_MOVE = Limit(-0.99, 100.0)


@dataclass(frozen=True, kw_only=True)
class TopUpPlan:
    """An isolated position after moves of the price, and the cash it needs in all by then, not negative.

    The unit of the margin: quote currency (linear) or coins (inverse). ``cash_to_survive`` brings the equity up to the
    maintenance margin with the closing fee, ``cash_to_restore`` up to the leverage at entry. It has to be there before
    the price is: a liquidated position cannot be topped up.
    """

    price: Any
    equity: Any
    maintenance_margin: Any
    cash_to_survive: Any
    cash_to_restore: Any


def top_up_plan(
    kind: str,
    side: Any,
    quantity: Any,
    entry_price: Any,
    collateral: Any,
    tiers: Tiers,
    moves: Any = TOP_UP_MOVES,
    closing_fee_rate: Any = 0.0,
) -> TopUpPlan:
    """Return what a position needs at simple moves of the price from its entry; all arguments broadcast.

    The rest as in ``margin.liquidation_price``.
    """
    move = np.asarray(_MOVE.checked("moves", moves))
    POSITIVE.checked("quantity", quantity)
    POSITIVE.checked("collateral", collateral)
    price = POSITIVE.checked("entry_price", entry_price) * (1.0 + move)
    notional = notional_at(kind, quantity, price)
    equity = collateral + unrealised_pnl(kind, side, quantity, entry_price, price)
    asked = tiers_of(kind, quantity, tiers).maintenance_margin(notional) + closing_fee_rate * notional
    restored = notional * collateral / notional_at(kind, quantity, entry_price)
    values = (price, equity, asked, np.maximum(asked - equity, 0.0), np.maximum(restored - equity, 0.0))
    return TopUpPlan(**dict(zip(TopUpPlan.__dataclass_fields__, map(missing_as_none, values), strict=True)))


def top_ups(
    kind: str,
    side: float,
    quantity: Any,
    entry_price: float,
    collateral: Any,
    tiers: Tiers,
    closing_fee_rate: float = 0.0,
) -> tuple[Any, Any]:
    """Return the cash to survive and to restore at ``TOP_UP_MOVES`` against a position, quote currency.

    ``collateral``, shape (rows,), is in the unit of the margin, NaN where nothing is open; results are (rows, 3).
    """
    moves = -side * np.asarray(TOP_UP_MOVES)
    is_open = ~np.isnan(collateral)[:, None]
    posted = np.where(is_open, np.asarray(collateral)[:, None], 1.0)
    needed = top_up_plan(kind, side, quantity, entry_price, posted, tiers, moves, closing_fee_rate)
    worth = np.where(is_open, np.asarray(needed.price) if kind == "inverse" else 1.0, np.nan)
    return needed.cash_to_survive * worth, needed.cash_to_restore * worth


def funding_days(side: Any, notional: Any, buffer: Any, funding_rate: Any, funding_interval: Any) -> Any:
    """Return the days of funding that a buffer pays for while the price stands still.

    ``buffer`` is equity less maintenance margin, in the notional's unit; the rate is per interval (hours), positive =
    longs pay shorts. 0 where nothing is left of the buffer, None (NaN in arrays) where the position receives funding.
    """
    interval = POSITIVE.checked("funding_interval", funding_interval)
    paid = -funding_pnl(side, notional, funding_rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        days = np.maximum(buffer, 0.0) / np.asarray(paid, dtype=np.float64) * interval / 24.0
        return missing_as_none(np.where(paid > 0, days, np.nan))
