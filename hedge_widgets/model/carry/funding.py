"""Funding of perpetual contracts: how a venue sets the rate, who pays it, what it is a year (docs/model.md 3.5)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, SIGNED, Limit, choice, missing_as_none

HOURS_PER_YEAR = 8760.0
RATE_HOURS = 8.0  # venues state interest, clamp and premium for eight hours, whatever the contract pays by
STYLES = ("clamp", "clamp of a payment", "dead zone", "premium")
RATE, WIDTH = Limit(-1.0, 1.0), Limit(0.0, 1.0)
DAYS = Limit(0.0, 36_500.0)
INTERVAL = Limit(1e-3, 24.0)


def funding_periods(days: Any, funding_interval: Any) -> Any:
    """Return how many whole funding intervals (hours) lie in a holding time (days)."""
    return np.floor(24.0 * days / funding_interval * (1 + 1e-12))


def funding_pnl(side: Any, notional: Any, funding_rate: Any, n_periods: Any = 1.0) -> Any:
    """Return what the position receives (positive) or pays: -s N f per period, in the notional's unit.

    A positive rate is paid by longs to shorts, so a short hedger (s = -1) receives it. The notional is quote value at
    mark (linear) or coins at mark (inverse).
    """
    return -side * notional * funding_rate * n_periods


def held_funding_pnl(side: Any, notional: Any, daily_rate: Any, days: Any, funding_interval: float | None) -> Any:
    """Return what a position receives in a holding time (days) at a rate per day, whole payments alone.

    ``funding_interval`` is the hours between two payments, None for a dated future, which has none.
    """
    if funding_interval is None:
        return funding_pnl(side, notional, 0.0, 0.0 * days)
    payment = daily_rate * funding_interval / 24.0
    return funding_pnl(side, notional, payment, funding_periods(days, funding_interval))


def annual_funding_rate(funding_rate: Any, funding_interval: Any) -> tuple[Any, Any]:
    """Return (simple, compounded) annual rate of a per-interval rate; the interval is in hours."""
    periods = HOURS_PER_YEAR / funding_interval
    return funding_rate * periods, (1.0 + funding_rate) ** periods - 1.0


def premium_index(impact_bid: Any, impact_ask: Any, index_price: Any) -> Any:
    """Return [max(0, impact bid - index) - max(0, index - impact ask)] / index, a fraction.

    The impact prices are what an order of the venue's standard size gets; between them the premium is 0.
    """
    impact_bid, impact_ask, index = POSITIVE.each(impact_bid=impact_bid, impact_ask=impact_ask, index_price=index_price)
    above, below = np.maximum(impact_bid - index, 0.0), np.maximum(index - impact_ask, 0.0)
    return missing_as_none((above - below) / index)


def clamped_rate(premium: Any, interest: Any = 1e-4, clamp: Any = 5e-4, cap: Any = None) -> Any:
    """Return clip(P + clip(I - P, -c, +c), -cap, +cap), the rate that shorts receive (Binance, Bybit, OKX, ...).

    The inner part is the interest, kept within c of the premium: clip(I, P - c, P + c). For
    I - c <= P <= I + c it is exactly the interest: a perpetual a little below the index still pays the short.
    Source: Binance FAQ 360033525031.
    """
    premium, interest = RATE.each(premium=premium, interest=interest)
    clamp = WIDTH.checked("clamp", clamp)
    return _capped(np.clip(interest, premium - clamp, premium + clamp), cap)


def dead_zone_rate(premium: Any, dead_zone: Any = 2.5e-4, cap: Any = None) -> Any:
    """Return max(z, P) + min(-z, P), clipped to the cap: 0 for a premium within z (Deribit's eight-hour rate)."""
    premium, dead_zone = RATE.checked("premium", premium), WIDTH.checked("dead zone", dead_zone)
    return _capped(np.maximum(dead_zone, premium) + np.minimum(-dead_zone, premium), cap)


def _capped(rate: Any, cap: Any) -> Any:
    """Return a rate within its cap; None is no cap."""
    if cap is not None:
        cap = WIDTH.checked("cap", cap)
        rate = np.clip(rate, -cap, cap)
    return missing_as_none(rate)


def dydx_rate_cap(initial_rate: Any, maintenance_rate: Any, factor: Any = 6.0) -> Any:
    """Return the bound of dYdX v4's eight-hour rate: 600 % of initial less maintenance margin fraction."""
    initial, maintenance = WIDTH.each(initial_rate=initial_rate, maintenance_rate=maintenance_rate)
    return AMOUNT.checked("factor", factor) * (initial - maintenance)


def dydx_funding_pnl(balance: Any, index_price: Any, funding_rate: Any, hours: Any = 1.0) -> Any:
    """Return -(R T / 8) B X, quote currency: dYdX v4 pays on signed coins at the oracle price; R is for eight hours."""
    balance, rate = SIGNED.checked("balance", balance), RATE.checked("funding rate", funding_rate)
    index, hours = AMOUNT.each(index_price=index_price, hours=hours)
    return funding_pnl(balance, index, rate, hours / RATE_HOURS)


@dataclass(frozen=True, kw_only=True)
class FundingRule:
    """How a venue turns the premium into what a contract pays, with source and date.

    ``style`` is the formula; ``intervals`` the hours between payments it uses (none: continuous); ``interest`` and
    ``clamp`` (the half-width of the dead zone) are eight-hour fractions, except that a "clamp of a payment" is the same
    however long the interval; ``cap`` bounds a payment (both clamps) or the eight-hour rate (dead zone, premium) and is
    None where the venue sets it by instrument. ``notional_price`` says at
    which price a payment counts the contracts.
    """

    venue: str
    instrument: str
    style: str
    intervals: tuple[float, ...]
    interest: float
    clamp: float
    cap: float | None
    notional_price: str
    note: str
    source: str
    date: str

    def __post_init__(self) -> None:
        choice("style", self.style, STYLES)
        choice("notional_price", self.notional_price, ("mark", "oracle"))
        for interval in self.intervals:
            INTERVAL.checked("funding interval", interval)

    @property
    def is_clamp_of_a_payment(self) -> bool:
        """Return whether the clamp stays the same however long the interval."""
        return self.style == "clamp of a payment"

    def rate(self, premium: Any, funding_interval: Any = RATE_HOURS) -> Any:
        """Return the rate of one payment at an average premium; a short receives it when positive.

        The eight-hour formula is scaled by the interval (hours), so that what is paid in a day does not depend on how
        often it is paid. With a "clamp of a payment" only the interest is (Bybit help, 2024-05-12: 0.03 % / (24 / N),
        clamp ±0.05 % of every payment): far from the interest, shorter intervals pay more a day.
        """
        share = INTERVAL.checked("funding interval", funding_interval) / RATE_HOURS
        if self.style == "clamp":
            return _capped(clamped_rate(premium, self.interest, self.clamp) * share, self.cap)
        if self.is_clamp_of_a_payment:
            return clamped_rate(premium, self.interest * share, self.clamp, self.cap)
        if self.style == "dead zone":
            return missing_as_none(dead_zone_rate(premium, self.clamp, self.cap) * share)
        return missing_as_none(_capped(RATE.checked("premium", premium) + self.interest, self.cap) * share)
