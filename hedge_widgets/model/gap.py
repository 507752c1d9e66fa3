"""The contract away from its coin's price, and a thinned book (docs/model.md 3.3): one rule for every page.

A gap is the contract's price over the coin's less 1: positive where the contract is the dearer one. It is taken to
last longer than the venue averages over, so that the mark price has it too. Binance's mark price is the median of the
contract's price, of the index with the funding still due, and of the index plus the gap's average over 2.5 minutes
(support article fff6ec1b3f5845d19f1fb924644a0877, as stored in 2026).
"""

from typing import Any

import numpy as np

from hedge_widgets.model.limits import Limit

GAP = Limit(-0.5, 1.0)
THINNING = Limit(1.0, 1000.0)
NO_GAPS = {"entry_gap": 0.0, "spike_gap": 0.0, "exit_gap": 0.0, "thinning": 1.0}


def gap_pnl(kind: str, side: Any, notional: Any, move: Any, entry_gap: Any, exit_gap: Any) -> Any:
    """Return what a position gains because its contract was, or is, away from the coin, quote currency.

    ``notional`` is the position at the coin's price, ``move`` the coin's. A linear short of q coins opened at a gap of
    d and closed at none gains q S d, its gap in dollars, whatever the move; an inverse one of N dollars has N/F coins.
    """
    if kind == "inverse":
        return side * notional * ((1.0 + move) * (1.0 / (1.0 + entry_gap) - 1.0) + 1.0 - 1.0 / (1.0 + exit_gap))
    return side * notional * ((1.0 + move) * exit_gap - entry_gap)


def coin_move_at(price: Any, coin_price: Any, gap: Any) -> Any:
    """Return the coin's simple move from its price at which the contract, a gap away from it, is at ``price``."""
    return price / (coin_price * (1.0 + gap)) - 1.0


def mark_moves(coin_moves: Any, gap: Any, entry_gap: Any) -> Any:
    """Return the contract's simple moves from its entry where the coin has made ``coin_moves``, at a gap by then."""
    return coin_moves + (1.0 + coin_moves) * ((1.0 + gap) / (1.0 + entry_gap) - 1.0)


def filled_at(price: Any, side: Any, slippage: Any) -> Any:
    """Return the average price of closing at the market: a short is bought back above ``price``, a long sold below."""
    return price * np.maximum(1.0 - side * slippage, 1e-12)
