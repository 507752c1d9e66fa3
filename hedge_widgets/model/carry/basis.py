"""Basis of dated futures: a year's rate, how it vanishes, what a short locks in, what a roll is (docs/model.md 3.4)."""

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.contracts import linear_pnl
from hedge_widgets.model.limits import AMOUNT, POSITIVE, SIGNED, InputError, Limit, missing_as_none

DAYS_PER_YEAR = 365.0
FEE_RATE = Limit(-0.1, 0.5)
ROLL_BEFORE = datetime.timedelta(7)  # how long before its expiry a future is rolled, where nobody says (ours)
NEXT_LIFE = 91.0  # days from an expiry to that of the contract a roll leads into: a quarter
STEEPEST = 1.0  # a year, simple: twice the 50 % of April 2021, the highest three-month basis of Bitcoin


@dataclass(frozen=True, kw_only=True)
class Basis:
    """Futures price less spot price, quote currency, and as a fraction of spot.

    The annual rates are None (NaN in arrays) on the day of expiry. ``basis`` > 0 is contango: the short earns it.
    """

    basis: Any
    basis_ratio: Any
    annual_simple: Any
    annual_compound: Any
    annual_log: Any


def futures_basis(spot_price: Any, futures_price: Any, days: Any) -> Basis:
    """Return the basis of a future that expires in ``days``: b = F / S - 1, b 365 / d, (1 + b)^(365 / d) - 1.

    Raises
    ------
    InputError
        If a price is not positive, or the days are negative: the contract has expired.
    """
    spot, futures = POSITIVE.each(spot_price=spot_price, futures_price=futures_price)
    years = np.asarray(_checked_days(days)) / DAYS_PER_YEAR
    ratio = futures / spot - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        a_year = np.where(years > 0, 1.0 / years, np.nan)
    log_rate = np.log(futures / spot) * a_year
    with np.errstate(over="ignore"):
        compound = np.expm1(log_rate)
    compound = np.where(np.isfinite(compound), compound, np.nan)  # a large basis in the last minutes has no such rate
    values = (futures - spot, ratio, ratio * a_year, compound, log_rate)
    return Basis(**dict(zip(Basis.__dataclass_fields__, map(missing_as_none, values), strict=True)))


def _checked_days(days: Any) -> Any:
    if np.min(SIGNED.checked("days to expiry", days)) < 0:
        raise InputError(f"days to expiry must be at least 0, not {np.min(days):g}: the contract has expired")
    return days


def days_to_expiry(today: datetime.date, expiry: datetime.date) -> int:
    """Return the days from ``today`` to an expiry.

    Raises
    ------
    InputError
        If the contract has expired before today.
    """
    if expiry < today:
        raise InputError(f"the contract must not have expired before today, {today}; it expired on {expiry}")
    return (expiry - today).days


def days_to_roll(today: datetime.date, roll_date: datetime.date, expiry: datetime.date) -> int:
    """Return the days from ``today`` to a roll out of the contract that expires on ``expiry``.

    Raises
    ------
    InputError
        If the contract has expired, or the roll lies before today or after the expiry.
    """
    days_to_expiry(today, expiry)
    if not today <= roll_date <= expiry:
        raise InputError(
            f"the roll date must lie from today, {today}, to the old contract's expiry, {expiry}, not on {roll_date}"
        )
    return (roll_date - today).days


def next_expiry(day: datetime.date, *, every_months: int) -> datetime.date:
    """Return the first expiry from ``day`` on: the last Friday of a month, or with 3 of a quarter.

    Examples
    --------
    >>> str(next_expiry(datetime.date(2026, 11, 27), every_months=1))
    '2026-11-27'
    >>> str(next_expiry(datetime.date(2026, 10, 31), every_months=3))
    '2026-12-25'
    """
    week = datetime.timedelta(7)
    while day.month % every_months or day.weekday() != 4 or (day + week).month == day.month:
        day += datetime.timedelta(1)
    return day


def converging_price(spot_price: Any, annual_simple: Any, days: Any) -> Any:
    """Return S (1 + r d / 365), what a future costs ``days`` before its expiry at a constant annual basis.

    With today's ``annual_simple`` it is today's price now, and the spot price at expiry: the basis vanishes evenly.
    """
    years = np.asarray(_checked_days(days)) / DAYS_PER_YEAR
    rate = SIGNED.checked("annual simple rate", annual_simple)
    return missing_as_none(POSITIVE.checked("spot price", spot_price) * (1.0 + rate * years))


def is_rate(annual_simple: Any) -> Any:
    """Return whether a basis a year is one at which a next contract may be expected: at most ``STEEPEST``.

    A few per cent on the last days of a contract are hundreds a year, and say nothing of the contract after it.
    """
    return np.abs(SIGNED.checked("annual simple rate", annual_simple)) <= STEEPEST


def roll_count(days: Any, days_to_roll: Any) -> Any:
    """Return how often a future is rolled in ``days``: after ``days_to_roll``, and every ``NEXT_LIFE`` days from then.

    Each contract expires ``NEXT_LIFE`` days after the one before and is left as long before its expiry as the first. A
    holding that ends on the day of a roll is closed and not rolled.
    """
    return np.maximum(np.ceil((days - days_to_roll) / NEXT_LIFE - 1e-12), 0.0)


def effective_sale_price(entry_futures_price: Any, exit_spot_price: Any, exit_futures_price: Any) -> tuple[Any, Any]:
    """Return (F1 + b2, b2) of coins sold at S2 whose short from F1 is closed at F2, with b2 = S2 - F2.

    b2 is the basis as Hull writes it, spot less futures (Options, Futures, and Other Derivatives, chapter 3).
    """
    entry, spot, futures = AMOUNT.each(
        entry_futures_price=entry_futures_price,
        exit_spot_price=exit_spot_price,
        exit_futures_price=exit_futures_price,
    )
    return entry + (spot - futures), spot - futures


def hold_to_expiry(quantity: Any, spot_price: Any, futures_price: Any, final_spot_price: Any) -> tuple[Any, Any, Any]:
    """Return (spot PnL, futures PnL, net) of coins and an equal short held until it settles at the spot price.

    The net is q (F0 - S0) whatever the spot does.
    """
    quantity, spot, futures, final = AMOUNT.each(
        quantity=quantity, spot_price=spot_price, futures_price=futures_price, final_spot_price=final_spot_price
    )
    spot_pnl = linear_pnl(1.0, quantity, spot, final)
    futures_pnl = linear_pnl(-1.0, quantity, futures, final)
    return spot_pnl, futures_pnl, spot_pnl + futures_pnl


@dataclass(frozen=True, kw_only=True)
class Roll:
    """A position moved from an expiring contract into the next, quote currency.

    ``spread`` is new less old price, ``spread_ratio`` over the old one; ``price_effect`` what the position gains by it
    when the new contract converges too: a short's is positive in contango. ``fees`` are those of both legs.
    """

    spread: Any
    spread_ratio: Any
    price_effect: Any
    fees: Any


def roll(
    quantity: Any, old_price: Any, new_price: Any, closing_fee_rate: Any, opening_fee_rate: Any, side: Any = -1.0
) -> Roll:
    """Return what it means to close ``quantity`` coins at the old contract's price and open them at the new one's."""
    old, new = POSITIVE.each(old_price=old_price, new_price=new_price)
    quantity = AMOUNT.checked("quantity", quantity)
    closing, opening = FEE_RATE.each(closing_fee_rate=closing_fee_rate, opening_fee_rate=opening_fee_rate)
    spread = new - old
    return Roll(
        spread=spread,
        spread_ratio=spread / old,
        price_effect=-side * quantity * spread,
        fees=quantity * (old * closing + new * opening),
    )
