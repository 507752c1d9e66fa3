"""The funding a contract has paid: asked for page by page, checked, with the hours each rate stands for."""

import datetime
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hedge_widgets.market.venue_terms import HOURS, TIME
from hedge_widgets.market.venues import VENUES, Venue, VenueError, asking, checked, market
from hedge_widgets.model.limits import Limit

if TYPE_CHECKING:
    import pandas as pd

RATE = Limit(-0.5, 0.5)
INTERVALS = (1.0, 2.0, 4.0, 8.0)  # hours that one payment alone may show
HOUR = 3_600_000  # milliseconds, as ccxt counts
MAX_PAGES = 2_000

Page = list[tuple[int, Any]]


def funding_history(exchange: Any, symbol: str, since: datetime.datetime, until: datetime.datetime) -> "pd.DataFrame":
    """Return the funding paid from ``since`` to ``until``, both included, as far as the venue goes back.

    Indexed by ``time`` (UTC, ascending); ``rate`` is a fraction of notional per interval, positive when longs pay;
    ``interval_hours`` comes from the times (:func:`funding_intervals`).

    Parameters
    ----------
    since, until : times with a zone

    Raises
    ------
    VenueError
        If the venue cannot be read, gave nothing, or a value breaks its rule.
    """
    terms = VENUES[exchange.id]
    entry = market(exchange, symbol)
    name = f"{terms.label} {entry['symbol']}"
    first, last = (round(time.timestamp() * 1000) for time in (since, until))
    if last < first:
        raise VenueError(f"{name}: the funding must be asked for from a time to a later one, not {since} to {until}")
    rates: dict[int, float] = {}
    for page in _pages(exchange, terms, entry["symbol"], first, last):
        for stamp, said in page:
            field = f"funding rate of {datetime.datetime.fromtimestamp(stamp / 1000, datetime.UTC):%Y-%m-%d %H:%M}"
            rate = checked(name, field, said, RATE)
            if rates.setdefault(stamp, rate) != rate:
                raise VenueError(f"{name}: the {field} must be one number, not {rates[stamp]:g} and {rate:g}")
    stamps = sorted(stamp for stamp in rates if first <= stamp <= last)
    if not stamps:
        raise VenueError(f"{name}: the venue gave no funding from {since:%Y-%m-%d} to {until:%Y-%m-%d}")
    with asking(exchange, entry["symbol"]):
        stated = terms.funding_interval(entry["info"])
        known = checked(name, "funding_interval", stated, HOURS) if stated else None
    return funding_frame(stamps, [rates[stamp] for stamp in stamps], known)


def _pages(exchange: Any, terms: Venue, symbol: str, first: int, last: int) -> Iterator[Page]:
    def page(since: int | None, limit: int | None, **also: Any) -> Page:
        with asking(exchange, symbol):
            rows = exchange.fetch_funding_rate_history(symbol, since, limit, also)
            field = terms.funding_field
            return [
                (
                    int(checked(f"{terms.label} {symbol}", "time of a funding rate", row["timestamp"], TIME)),
                    row["info"][field] if field else row["fundingRate"],
                )
                for row in rows
            ]

    if terms.funding_pages == "whole":
        yield page(first, None)
    elif terms.funding_pages == "windows":
        width = terms.funding_rows * HOUR  # funding comes at most once an hour, so no window is cut short
        for start in range(first, last + 1, width):
            yield page(start, terms.funding_rows, until=min(start + width - 1, last))
    else:
        yield from _newest_first(page, terms, symbol, first, last)


def _newest_first(page: Callable[..., Page], terms: Venue, symbol: str, first: int, last: int) -> Iterator[Page]:
    """Yield pages that end before a time which moves back: OKX and Bybit cut a long answer at its old end."""
    before = last + 1
    for _ in range(MAX_PAGES):
        rows = (
            page(None, terms.funding_rows, after=str(before))
            if terms.name == "okx"
            else page(first, terms.funding_rows, until=before - 1)
        )
        if not rows:
            return
        oldest = min(stamp for stamp, _ in rows)
        if oldest >= before:
            raise VenueError(f"{terms.label} {symbol}: the venue gives the same page of funding again and again")
        yield rows
        before = oldest
        if before <= first:
            return


def funding_frame(stamps: Sequence[int], rates: Sequence[float], known: float | None = None) -> "pd.DataFrame":
    """Return the table of :func:`funding_history` from ascending milliseconds and the rates at them."""
    import pandas as pd

    index = pd.DatetimeIndex(pd.to_datetime(np.asarray(stamps), unit="ms", utc=True), name="time").as_unit("us")
    return pd.DataFrame({"rate": rates, "interval_hours": funding_intervals(stamps, known)}, index=index)


def funding_intervals(stamps: Sequence[int], known: float | None = None) -> "np.ndarray[Any, Any]":
    """Return the hours each funding rate stands for: the time since the one before it, shape (n,).

    Any whole number of hours up to 24 is an interval: 1, 2, 4 and 8 at once, others up to 8 twice in a row, longer ones
    three times. Where a settlement is missing (the times on both sides agree on a shorter interval, or the gap is none)
    it is what holds around it, else what is usual; where the times cannot tell, ``known`` or NaN.

    Parameters
    ----------
    stamps : ascending milliseconds, shape (n,)
    known : what the venue states as its present interval, hours
    """
    hours = np.rint(np.diff(np.asarray(stamps, dtype=np.float64)) / HOUR)
    if len(hours) >= 3:
        before, here, after = hours[:-2], hours[1:-1], hours[2:]
        hours[1:-1] = np.where((before == after) & (before < here), before, here)
    runs = np.flatnonzero(np.r_[True, hours[1:] != hours[:-1]]) if len(hours) else np.zeros(0, dtype=np.int64)
    lengths = np.diff(np.r_[runs, len(hours)])
    in_a_row = np.repeat(lengths, lengths)
    is_repeated = (hours >= 1) & (hours <= 24) & (in_a_row >= np.where(hours > max(INTERVALS), 3, 2))
    is_interval = np.isin(hours, INTERVALS) | is_repeated
    values, counts = np.unique(hours[is_interval], return_counts=True)
    usual = float(values[counts.argmax()]) if len(values) else known or math.nan
    hours = np.where(is_interval, hours, usual)
    return np.concatenate([hours[:1] if len(hours) else [usual], hours])
