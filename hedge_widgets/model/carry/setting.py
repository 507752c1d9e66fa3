"""What the carry page is about and no slider moves: the contract, its past funding, the holding, dates, the book."""

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.carry import FundingRule, days_to_expiry, days_to_roll
from hedge_widgets.model.carry.course import ANY_DAY, FundingCourse, FundingHistory, funding_course
from hedge_widgets.model.carry.funding import RATE_HOURS
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.costs import SIDES, Fill, mid_price, walk_book
from hedge_widgets.model.limits import InputError, Limit, choice

Array = npt.NDArray[np.float64]
Levels = tuple[tuple[float, float], ...]

TAKER, MAKER = "taker", "maker"
ORDER_VALUES = np.geomspace(1e3, 5e6, 75)  # quote currency, the sizes of the order book's chart


@dataclass(frozen=True, kw_only=True)
class CarrySetting:
    """A holding, the short that hedges a share of it, and the terms of both.

    ``holding_value`` is quote currency, ``coverage`` the dollars short per dollar held; when the contract's coin moves,
    the coins move by ``spot_beta`` times that and, simply added, by ``spot_own_move`` (1 and 0: they are that coin);
    ``opened_at`` picks the days of the
    history (see :func:`funding_course`). Fee and spread rates are fractions, ``daily_volume`` quote currency;
    ``orders`` says whether the hedge is opened and closed by market orders ("taker": spread and impact are paid) or by
    limit orders that fill ("maker"). The dated future expires on ``expiry`` and is rolled on ``roll_date``, as long
    before its expiry as each one after it. ``bids`` and ``asks`` are (price, coins), best first, and may be empty.
    ``limit_distance`` is how far from the mid price a limit order waits, ``put_distance`` how far below spot the put's
    strike lies, both as fractions.
    """

    contract: ContractSpec
    rule: FundingRule
    history: FundingHistory
    holding_value: float
    coverage: float
    spot_price: float
    leverage: float
    maker_fee_rate: float
    taker_fee_rate: float
    half_spread: float
    daily_volume: float
    today: datetime.date
    expiry: datetime.date
    roll_date: datetime.date
    bids: Levels
    asks: Levels
    opened_at: float = ANY_DAY
    orders: str = TAKER
    book_side: str = "sell"
    limit_distance: float = 0.0005
    put_distance: float = 0.1
    spot_beta: float = 1.0
    spot_own_move: float = 0.0

    def __post_init__(self) -> None:
        Limit(1.0, 1e9).checked("coins held, $,", self.holding_value)
        Limit(0.001, 20.0).checked("hedge ratio (dollars short per dollar held)", self.coverage)
        Limit(-20.0, 20.0).checked("beta of your coins", self.spot_beta)
        Limit(-1.0, 10.0).checked("what your coins move on their own (1 = 100 %)", self.spot_own_move)
        Limit(1e-6, 1e9).checked("spot price", self.spot_price)
        Limit(1.0, 1e13).checked("daily volume", self.daily_volume)
        if self.notional > self.daily_volume:  # the law of slippage knows nothing of such orders
            volume, short = f"{self.daily_volume:,.0f}", f"{self.notional:,.0f}"
            raise InputError(f"the short must be at most the daily volume, {volume} dollars, not {short}")
        fee = Limit(-0.01, 0.1)
        fee.each(maker_fee=self.maker_fee_rate, taker_fee=self.taker_fee_rate)
        Limit(0.0, 0.1).checked("half spread", self.half_spread)
        Limit(0.0, 0.5).checked("distance of the limit order", self.limit_distance)
        Limit(0.0, 0.95).checked("distance of the put's strike", self.put_distance)
        choice("orders", self.orders, (TAKER, MAKER))
        choice("side of the order", self.book_side, SIDES)
        most = float(self.contract.tiers.max_leverage(self.notional))
        if not 1.0 <= self.leverage <= most:
            raise InputError(
                f"leverage must be 1 to {most:g} for {self.notional:,.0f} dollars of {self.contract.label}, "
                f"not {self.leverage:g}"
            )
        days_to_roll(self.today, self.roll_date, self.expiry)
        if self.days_to_expiry == 0:
            raise InputError(f"expiry must be later than today, {self.today}: a future has no basis left on its day")
        Limit(1.0, 3650.0).checked("days to the expiry", self.days_to_expiry)
        _ = self.course
        if self.taken:
            self.walked(np.ones(1))

    @property
    def notional(self) -> float:
        """Return the short's value, quote currency."""
        return self.holding_value * self.coverage

    def spot_pnl(self, move: Any) -> Any:
        """Return the gain of the coins when the contract's coin moves, quote currency; they lose at most all."""
        return self.holding_value * np.maximum(self.spot_beta * move + self.spot_own_move, -1.0)

    @property
    def quantity(self) -> float:
        """Return the short's coins."""
        return self.notional / self.spot_price

    @property
    def margin(self) -> float:
        """Return what the perpetual short posts, quote currency."""
        return self.notional / self.leverage

    @property
    def maintenance_margin(self) -> float:
        """Return what is asked for of it at the prices of today, quote currency, with the fee of closing it."""
        asked = float(self.contract.tiers.maintenance_margin(self.notional))
        return asked + self.contract.closing_fee_rate * self.notional

    @property
    def days_to_expiry(self) -> int:
        """Return the days the dated future has left."""
        return days_to_expiry(self.today, self.expiry)

    @property
    def days_to_roll(self) -> int:
        """Return the days until it is rolled."""
        return days_to_roll(self.today, self.roll_date, self.expiry)

    @property
    def course(self) -> FundingCourse:
        """Return how funding went on in the history in use."""
        return funding_course(self.history, self.opened_at)

    @property
    def flat_zone(self) -> tuple[float, float]:
        """Return the premiums between which the rule pays the same rate, NaN where it has no such zone."""
        rule = self.rule
        if rule.style == "premium":
            return float("nan"), float("nan")
        share = (self.contract.funding_interval or RATE_HOURS) / RATE_HOURS if rule.is_clamp_of_a_payment else 1.0
        return share * rule.interest - rule.clamp, share * rule.interest + rule.clamp

    @property
    def taken(self) -> Levels:
        """Return the side of the book that the order takes."""
        return self.bids if self.book_side == "sell" else self.asks

    @property
    def book_problem(self) -> str:
        """Return what the book lacks for an order or its slippage, as a sentence; empty where it lacks nothing."""
        empty = [name for name, side in (("bids", self.bids), ("asks", self.asks)) if not side]
        if not empty:
            return ""
        ends = "there is no mid price to count slippage from" if self.taken else "nothing can be filled"
        return f"The order book has no {' and no '.join(empty)}: {ends}."

    @cached_property
    def book_price(self) -> float:
        """Return the price at which the book's orders are counted: its mid price, else its best, else the spot price.

        A book may be typed around another price than that of the box.
        """
        mid = mid_price(self.bids, self.asks)
        return mid if mid is not None else self.taken[0][0] if self.taken else self.spot_price

    def walked(self, quantity: Any) -> Fill:
        """Return what a market order of these coins gets."""
        return walk_book(self.book_side, quantity, self.bids, self.asks)

    @property
    def depth(self) -> float:
        """Return the coins in the side of the book that the order takes."""
        return float(sum(size for _, size in self.taken))

    @property
    def depth_value(self) -> float:
        """Return what they are worth, quote currency."""
        return self.depth * self.book_price

    @cached_property
    def walked_curve(self) -> Array:
        """Return the slippage rate of orders worth ``ORDER_VALUES``, NaN where the book is too small for them."""
        if not self.taken:
            return np.full(ORDER_VALUES.shape, np.nan)
        fill = self.walked(ORDER_VALUES / self.book_price)
        return np.where(fill.unfilled > 1e-12 * self.depth, np.nan, fill.slippage_rate)

    @property
    def stamp(self) -> str:
        """Return what the funding's chart says about the history."""
        return self.history.stamp
