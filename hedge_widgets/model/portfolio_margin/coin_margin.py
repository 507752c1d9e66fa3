"""The coin itself as margin: what coins in one account carry of a short on the same coin, and what ends it.

A venue counts a share of the coins' value. What the short loses is a debt in dollars: it is taken off the equity, or,
where the venue lends it against the coins (Hyperliquid), it is what the coins have to cover.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, Limit
from hedge_widgets.model.margin.tiers import MarginTiers

_SHARE = Limit(0.0, 1.0)
_HIGHEST = 100.0  # a rise of 10,000 %: what only a higher price ends is not ended


@dataclass(frozen=True, kw_only=True)
class CoinShare:
    """What counts of a coin's value: to open a position, and to keep it; up to ``supply_cap`` coins."""

    opening_ratio: float
    maintenance_ratio: float
    supply_cap: float = np.inf
    is_confirmed: bool = True
    source: str = ""
    date: str = ""

    def __post_init__(self) -> None:
        for name in ("opening_ratio", "maintenance_ratio"):
            _SHARE.checked(name.replace("_", " "), getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class CoinAccount:
    """An account in which coins are margin, with source and date.

    It is liquidated where what it must cover is more than ``liquidation_level`` of what it has. It must cover the
    maintenance margin and ``offset`` dollars, and where a loss is lent (``is_debt_required``) the debt too; it has its
    dollars and the share of its coins, up to ``borrow_cap`` dollars. ``shares`` are by coin; of a coin that is not
    among them ``takes_other_coins`` says whether the venue takes it, at a share that is not known here. ``borrow_rate``
    is a fraction per year (None: not known), ``tiers`` those of its contract on the coin (None: it has none here).
    """

    name: str
    venue: str
    liquidation_level: float = 1.0
    offset: float = 0.0
    is_debt_required: bool = False
    borrow_cap: float = np.inf
    borrow_rate: float | None = None
    takes_other_coins: bool = True
    shares: Mapping[str, CoinShare] = field(default_factory=dict)
    tiers: MarginTiers | None = None
    interest: str = ""
    access: str = ""
    source: str = ""
    date: str = ""

    def __post_init__(self) -> None:
        POSITIVE.checked("liquidation level", self.liquidation_level)
        AMOUNT.checked("offset", self.offset)


def counted(account: CoinAccount, share: CoinShare, ratio: float, coins: Any, price: Any) -> Any:
    """Return what an account counts of coins at a price, quote currency, with one of the share's ratios."""
    return np.minimum(ratio * np.minimum(coins, share.supply_cap) * price, account.borrow_cap)


def largest_short(
    account: CoinAccount, share: CoinShare, coins: float, price: float, cash: float, leverage: float
) -> float:
    """Return the largest notional that can be opened, quote currency: leverage times what counts.

    The venue's own limit of leverage by size is taken as met.
    """
    margin = cash + counted(account, share, share.opening_ratio, AMOUNT.checked("coins", coins), price)
    return float(POSITIVE.checked("leverage", leverage) * margin)


def room(account: CoinAccount, share: CoinShare, coins: Any, price: Any, cash: Any, notional: Any, move: Any) -> Any:
    """Return the dollars between an account and its liquidation after a move of the price; below 0: liquidated.

    ``notional`` (>= 0) is that of the short at ``price``; money is quote currency, the move a fraction.
    """
    if account.tiers is None:
        raise ValueError("an account without tiers has no maintenance margin")
    later = np.multiply(price, 1.0 + np.asarray(move, np.float64))
    dollars = cash - np.multiply(notional, move)
    maintenance = np.where(notional > 0, account.tiers.maintenance_margin(np.multiply(notional, later / price)), 0.0)
    coins_count = counted(account, share, share.maintenance_ratio, coins, later)
    debt = np.maximum(-dollars, 0.0)
    if account.is_debt_required:
        has, covers = np.maximum(dollars, 0.0) + coins_count, maintenance + account.offset + debt
    else:
        has, covers = dollars + coins_count, maintenance + account.offset
    return account.liquidation_level * has - covers


def liquidation_move(
    account: CoinAccount, share: CoinShare, coins: float, price: float, cash: float, notional: float
) -> float | None:
    """Return the smallest rise of the price that liquidates the account; None if none does, 0 if it is so at once.

    The room is concave in the move, as the maintenance margin is convex in the notional, so it is crossed once upwards.
    """

    def left(move: float) -> float:
        return float(room(account, share, coins, price, cash, notional, move))

    if left(0.0) < 0:
        return 0.0
    if left(_HIGHEST) >= 0:
        return None
    low, high = 0.0, _HIGHEST
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if left(middle) >= 0 else (low, middle)
    return high


def payable(account: CoinAccount, share: CoinShare, coins: Any, price: Any, cash: float, notional: Any) -> float:
    """Return the dollars that can be paid out of an account at this price until it is liquidated, without interest.

    What is paid lowers what the account has, of which its liquidation level counts; a debt counts in full.
    """
    left = float(room(account, share, coins, price, cash, notional, 0.0))
    level = account.liquidation_level
    if not account.is_debt_required:
        return left / level
    return left + (1.0 - level) * min(cash, max(left, 0.0) / level)


def days_until(amount: float, paid_per_day: float) -> float | None:
    """Return for how many days an amount lasts when so much is paid per day; None where nothing is paid."""
    return max(amount, 0.0) / paid_per_day if paid_per_day > 0 else None
