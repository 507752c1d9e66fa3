"""What the carry page is about and no slider moves: the contract, its past funding, the holding, dates, the book."""

import datetime
import functools
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.carry import FundingRule, days_to_expiry, days_to_roll, funding_bands, rolling_paths
from hedge_widgets.model.carry.history import QUANTILES
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.costs import SIDES, Fill, walk_book
from hedge_widgets.model.limits import InputError, Limit, choice
from hedge_widgets.model.margin import liquidation_price
from hedge_widgets.style import formatted

Array = npt.NDArray[np.float64]
Levels = tuple[tuple[float, float], ...]

PAYMENTS_A_DAY = 3
LONGEST_DAYS = 365
LEAST_STARTS = 10
ANY_DAY = 0.0
TAKER, MAKER = "taker", "maker"
ORDER_VALUES = np.geomspace(1e3, 5e6, 75)  # quote currency, the sizes of the order book's chart


@dataclass(frozen=True, kw_only=True, eq=False)
class FundingHistory:
    """Past funding of one coin: ``payments`` every eight hours as a short receives them, whole days, no gap told.

    ``name`` and ``source`` say in words whose it is; ``is_simulated`` has to be said wherever it is shown.
    """

    name: str
    source: str
    first: datetime.date
    last: datetime.date
    payments: Array
    is_simulated: bool

    @cached_property
    def daily(self) -> Array:
        """Return the sum of each day's payments."""
        days: Array = self.payments.reshape(-1, PAYMENTS_A_DAY).sum(axis=1)
        return days

    @property
    def badge(self) -> str:
        """Return what the page's head says about it."""
        return f"funding: {self.name}, {self.first:%Y} to {self.last:%Y}"


@dataclass(frozen=True, kw_only=True, eq=False)
class FundingCourse:
    """How funding added up from each of ``n_starts`` days of a history on, per unit of a notional held constant.

    ``bands`` has shape (len(QUANTILES), days + 1), ``share_paid``, the share of starts after which a short had paid by
    then, (days + 1,).
    """

    n_starts: int
    bands: Array
    share_paid: Array

    @property
    def horizon(self) -> int:
        """Return the last day it knows of."""
        return len(self.share_paid) - 1


@functools.lru_cache(maxsize=32)
def funding_course(history: FundingHistory, opened_at: float) -> FundingCourse:
    """Return how funding went on from the days whose day before had a mean rate (8 h) at ``opened_at`` or beyond.

    Beyond is above a positive and below a negative rate; ``ANY_DAY`` takes them all. The day before is what one knows
    when one opens.

    Raises
    ------
    InputError
        If the history has fewer than ``LEAST_STARTS`` such days with enough days after them.
    """
    horizon = min(LONGEST_DAYS, len(history.daily) // 2)
    before = history.daily[: len(history.daily) - horizon] / PAYMENTS_A_DAY
    starts = np.ones(len(before), dtype=bool) if opened_at == ANY_DAY else before / opened_at >= 1.0 - 1e-9
    if starts.sum() < LEAST_STARTS:
        level = "" if opened_at == ANY_DAY else f" at {formatted(opened_at, 'rate')} in 8 h or beyond"
        raise InputError(
            f"the funding of {history.name} must have at least {LEAST_STARTS} days{level}, with a stretch after them "
            f"to look at, and it has {int(starts.sum())}"
        )
    paths = rolling_paths(history.daily[1:], horizon)[starts]
    return FundingCourse(
        n_starts=int(starts.sum()),
        bands=funding_bands(paths, QUANTILES).bands,
        share_paid=(paths < 0).mean(axis=0),
    )


@dataclass(frozen=True, kw_only=True)
class CarrySetting:
    """A holding, the short that hedges a share of it, and the terms of both.

    ``holding_value`` is quote currency, ``coverage`` the share that is hedged; ``opened_at`` picks the days of the
    history (see :func:`funding_course`). Fee and spread rates are fractions, ``daily_volume`` quote currency;
    ``orders`` says whether the hedge is opened and closed by market orders ("taker": spread and impact are paid) or by
    limit orders that fill ("maker"). The dated future expires on ``expiry`` and is rolled on ``roll_date``. ``bids``
    and ``asks`` are (price, coins), best first, and may be empty. ``limit_distance`` is how far from the mid price a
    limit order waits, ``put_distance`` how far below spot the put's strike lies, both as fractions.
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

    def __post_init__(self) -> None:
        Limit(1.0, 1e9).checked("coins held, $,", self.holding_value)
        Limit(0.001, 1.0).checked("share hedged", self.coverage)
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
        if not self.book_problem:
            self.walked(np.ones(1))

    @property
    def notional(self) -> float:
        """Return the short's value, quote currency."""
        return self.holding_value * self.coverage

    @property
    def quantity(self) -> float:
        """Return the short's coins."""
        return self.notional / self.spot_price

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
        return rule.interest - rule.clamp, rule.interest + rule.clamp

    @cached_property
    def liquidation_move(self) -> float:
        """Return the rise that liquidates the short in isolated margin, NaN where none does."""
        spec = self.contract
        margin = self.notional / self.leverage
        price = liquidation_price(
            "linear", -1.0, self.quantity, self.spot_price, margin, spec.tiers, spec.closing_fee_rate
        )
        return float("nan") if price is None else float(price) / self.spot_price - 1.0

    @property
    def book_problem(self) -> str:
        """Return why nothing can be bought or sold in the book, as a sentence; empty where something can."""
        empty = [name for name, side in (("bids", self.bids), ("asks", self.asks)) if not side]
        return f"The order book has no {' and no '.join(empty)}: nothing can be filled." if empty else ""

    def walked(self, quantity: Any) -> Fill:
        """Return what a market order of these coins gets."""
        return walk_book(self.book_side, quantity, self.bids, self.asks)

    @property
    def depth(self) -> float:
        """Return the coins in the side of the book that the order takes."""
        return float(sum(size for _, size in (self.bids if self.book_side == "sell" else self.asks)))

    @cached_property
    def walked_curve(self) -> Array:
        """Return the slippage rate of orders worth ``ORDER_VALUES``, NaN where the book is too small for them."""
        if self.book_problem:
            return np.full(ORDER_VALUES.shape, np.nan)
        fill = self.walked(ORDER_VALUES / self.spot_price)
        return np.where(fill.unfilled > 1e-12 * self.depth, np.nan, fill.slippage_rate)

    @property
    def stamp(self) -> str:
        """Return what the funding's chart says about the history."""
        return f"{self.history.name}, {self.history.first:%Y} to {self.history.last:%Y}"
