"""What the margin page is about and no slider moves: the contract, its tiers, the account, the past."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hedge_widgets.model.contracts import ABOVE_MAX_NOTIONAL, ACCEPTED, ContractSpec, order
from hedge_widgets.model.limits import InputError, Limit, choice
from hedge_widgets.model.margin import Position, Tiers, notional_at, tiers_of
from hedge_widgets.model.margin.past import PastCloses
from hedge_widgets.model.paths import VolatilitySpread

_EQUALLY = 1e-12
LOST, FEE_ONLY = "lost", "fee"
ASSUMED_FEE = 0.0125  # of the notional, where a venue names none: Binance's of BTC (docs/model.md 3.7)


@dataclass(frozen=True, kw_only=True)
class MarginSetting:
    """A futures position, the coins it hedges and its account.

    ``side`` is +1 long, -1 short; ``position_value``, ``spot_value`` and ``own_collateral`` (0: exactly the initial
    margin) are quote currency, and so is ``cash``: all that lies on the exchange, with the margin posted (0: nobody
    said); ``tiers`` are the contract's or those of another venue; ``other_value`` is the signed quote value of another
    position in the same wallet, on ``other`` (None without one, also at a value of 0), whose coin moves with
    ``other_beta`` times the first. ``liquidation_leaves`` says whether a liquidation takes all the margin ("lost") or
    the venue's fee only ("fee"); ``collateral_ratio`` is what a unified account counts of the coins held. By the path's
    end the coins have moved by ``spot_beta`` times the contract's coin and, simply added, by ``spot_own_move``; 1 and 0
    are that coin itself. ``varies`` says how the volatility that comes differs from the one believed (None: not at
    all), ``past`` are closes of the contract's coin. ``stamp`` is written into the path's chart.
    """

    contract: ContractSpec
    tiers: Tiers
    side: float
    position_value: float
    entry_price: float
    spot_value: float
    own_collateral: float = 0.0
    cash: float = 0.0
    other: ContractSpec | None = None
    other_value: float = 0.0
    other_beta: float = 1.0
    collateral_ratio: float = 0.95
    liquidation_leaves: str = LOST
    spot_beta: float = 1.0
    spot_own_move: float = 0.0
    varies: VolatilitySpread | None = None
    past: PastCloses | None = None
    stamp: str = ""

    def __post_init__(self) -> None:
        above_zero, money = Limit(1e-6, 1e12), Limit(0.0, 1e12)
        above_zero.checked("position in dollars", self.position_value)
        above_zero.checked("entry price", self.entry_price)
        money.checked("coins you hold in dollars", self.spot_value)
        money.checked("margin posted", self.own_collateral)
        money.checked("cash on the exchange", self.cash)
        Limit(-1e12, 1e12).checked("other position in dollars", self.other_value)
        Limit(0.0, 20.0).checked("beta of the other position", self.other_beta)
        Limit(0.0, 1.0).checked("share of the coins that counts as collateral (1 = 100 %)", self.collateral_ratio)
        Limit(-20.0, 20.0).checked("beta of your coins", self.spot_beta)
        Limit(-1.0, 10.0).checked("what your coins move on their own (1 = 100 %)", self.spot_own_move)
        choice("what a liquidation leaves", self.liquidation_leaves, (LOST, FEE_ONLY))
        if self.side not in (1.0, -1.0):
            raise InputError(f"side must be +1 (long) or -1 (short), not {self.side!r:.40}")
        if self.other is None:
            return
        if self.contract.kind == "inverse" or self.other.kind == "inverse":
            one, two = (_settles(spec) for spec in (self.contract, self.other))
            raise InputError(
                "two positions of one wallet must settle in dollars; an inverse contract settles in its coin, "
                f"not {one} and {two}"
            )
        if self.other.venue != self.contract.venue:
            raise InputError(
                f"two positions of one wallet must be at one venue, not {self.contract.venue} and {self.other.venue}"
            )
        most, least, value = self.other.tiers.caps[-1], self.other.min_notional, abs(self.other_value)
        if value > most:
            raise InputError(
                f"other position must be at most the last margin tier of {self.other.label}, {most:,.0f} dollars, "
                f"not {value:,.0f}"
            )
        if 0 < value < least:
            raise InputError(
                f"other position must be at least the smallest order of {self.other.label}, {least:,.10g} dollars, "
                f"not {value:,.10g}"
            )
        if value == 0:
            object.__setattr__(self, "other", None)

    @cached_property
    def refusal(self) -> int:
        """Return the code of ``contracts.REFUSALS`` that the size alone brings about, 0 where it can be traded."""
        code = order(self.position_value, self.entry_price, self.contract).refusal or ACCEPTED
        caps = getattr(self.tiers, "caps", (float("inf"),))
        notional = self.quantity / self.entry_price if self.is_inverse else self.position_value
        return ABOVE_MAX_NOTIONAL if notional > caps[-1] * (1 + _EQUALLY) else int(code)

    @property
    def smallest(self) -> float:
        """Return the smallest order's quote value."""
        return float(self.contract.smallest_notional(self.entry_price))

    @property
    def is_inverse(self) -> bool:
        """Return whether the margin is coin."""
        return self.contract.kind == "inverse"

    @cached_property
    def quantity(self) -> float:
        """Return the position in whole lots, coins (linear) or quote value of the contracts (inverse)."""
        sent = order(self.position_value, self.entry_price, self.contract)
        value = sent.notional if sent.refusal in (ACCEPTED, None) and sent.notional else self.position_value
        return float(value if self.is_inverse else value / self.entry_price)

    @property
    def is_unified_possible(self) -> bool:
        """Return whether the coins held could back the position in a unified account: a linear short of theirs."""
        is_same = self.spot_beta == 1.0 and self.spot_own_move == 0.0
        return is_same and not self.is_inverse and self.side < 0 and self.spot_value > 0

    @property
    def notional(self) -> float:
        """Return the position at entry in the margin's currency."""
        return float(notional_at(self.contract.kind, self.quantity, self.entry_price))

    @property
    def max_leverage(self) -> float:
        """Return the most leverage that the position's tier allows."""
        return float(tiers_of(self.contract.kind, self.quantity, self.tiers).max_leverage(self.notional))

    @property
    def unit_price(self) -> float:
        """Return the quote value at entry of one unit of the margin's currency."""
        return self.entry_price if self.is_inverse else 1.0

    @property
    def spot_quantity(self) -> float:
        """Return the coins held."""
        return self.spot_value / self.entry_price

    def spot_pnl(self, move: Any) -> Any:
        """Return the gain of the coins held when the contract's coin has moved in the end, quote currency."""
        return self.spot_value * np.maximum(self.spot_beta * move + self.spot_own_move, -1.0)

    @property
    def liquidation_fee(self) -> float:
        """Return the fraction of the notional that a liquidation takes, 1 where it takes all; unknown ones assumed."""
        if self.liquidation_leaves == LOST:
            return 1.0
        fee = self.contract.liquidation_fee_rate
        return ASSUMED_FEE if fee is None else fee

    def wallet(self, posted: Any) -> Any:
        """Return what is behind the position in cross margin: the margin posted, or all of the cash where that is more.

        Both in the margin's currency; an inverse position is backed by its coin alone.
        """
        return posted if self.is_inverse else np.maximum(posted, self.cash)

    def positions(self) -> tuple[Position, ...]:
        """Return the positions of the wallet in cross margin."""
        spec = self.contract
        first = Position(
            coin=spec.underlying,
            kind=spec.kind,
            side=self.side,
            quantity=self.quantity,
            entry_price=self.entry_price,
            mark_price=self.entry_price,
            tiers=self.tiers,
            closing_fee_rate=spec.closing_fee_rate,
        )
        if self.other is None:
            return (first,)
        second = Position(
            coin=self.other.underlying,
            kind="linear",
            side=1.0 if self.other_value > 0 else -1.0,
            quantity=abs(self.other_value),
            entry_price=1.0,
            mark_price=1.0,
            tiers=self.other.tiers,
            closing_fee_rate=self.other.closing_fee_rate,
        )
        return (first, second)

    @property
    def other_margin(self) -> float:
        """Return the initial margin of the other position at its tier's highest leverage, quote currency."""
        if self.other is None:
            return 0.0
        value = abs(self.other_value)
        return value / float(self.other.tiers.max_leverage(value))

    def other_pnl(self, move: Any) -> Any:
        """Return the gain of the other position when the first coin moved, quote currency."""
        return 0.0 if self.other is None else self.other_value * self.coin_move(self.other.underlying, move)

    @property
    def betas(self) -> dict[str, float]:
        """Return how each coin of the wallet moves with the first."""
        others = {} if self.other is None else {self.other.underlying: self.other_beta}
        return others | {self.contract.underlying: 1.0}

    def coin_move(self, coin: str, move: Any) -> Any:
        """Return the move of a coin of the wallet when the first moved; none falls below 0."""
        return np.maximum(self.betas[coin] * move, -1.0)


def _settles(spec: ContractSpec) -> str:
    return spec.underlying if spec.kind == "inverse" else "dollars"
