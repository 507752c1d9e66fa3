"""Contract terms, margin tiers, funding and order books of a venue, by the optional package ccxt, into the store."""

import datetime
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hedge_widgets.market.venue_funding import funding_frame, funding_history
from hedge_widgets.market.venue_terms import contract_terms, leverage_tiers, order_book
from hedge_widgets.market.venues import VENUES, VenueError, asking, market, own_symbol, venue
from hedge_widgets.model.limits import InputError, choice

if TYPE_CHECKING:
    import pandas as pd

    from hedge_widgets.market.store import Store

__all__ = [
    "VENUES",
    "WHAT",
    "Fetched",
    "VenueError",
    "contract_terms",
    "fetch_venue",
    "funding_history",
    "leverage_tiers",
    "order_book",
    "venue",
]

WHAT = ("contracts", "tiers", "funding", "order_book")
FUNDING_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What became of one table: ``sentence`` says what was stored, or why not and what the store still holds."""

    kind: str
    symbol: str
    is_stored: bool
    sentence: str


def fetch_venue(
    store: "Store",
    venue_name: str,
    symbols: Sequence[str],
    what: Sequence[str],
    now: datetime.datetime,
    progress: Callable[[Fetched], object] | None = None,
    *,
    since: datetime.datetime | None = None,
) -> tuple[Fetched, ...]:
    """Fetch tables of a venue into the store, under the name "venue symbol"; a failure leaves what was stored.

    Parameters
    ----------
    symbols : ccxt's (BTC/USDT:USDT) or the venue's own (BTC-USDT-SWAP)
    what : some of contracts, tiers, funding, order_book
    now : the time, with a zone, that the tables are marked with; no funding after it is read
    progress : called with each outcome as soon as it is known
    since : where the funding starts, default a year before ``now``; what is stored from there on is only prolonged

    Returns
    -------
    tuple of Fetched, one for each symbol and each of ``what``, in this order. When the venue limits the rate, does not
    serve this country or does not answer, the rest is not asked for.

    Raises
    ------
    InputError
        If the venue or one of ``what`` is unknown, or ccxt is not installed.
    """
    for kind in what:
        choice("what", kind, WHAT)
    exchange = venue(venue_name)
    since = since or now - datetime.timedelta(days=FUNDING_DAYS)
    outcomes: list[Fetched] = []
    final = ""
    for symbol, kind in itertools.product(dict.fromkeys(symbols), dict.fromkeys(what)):
        try:
            if final:
                raise VenueError(f"{VENUES[venue_name].label} {symbol}: not asked for, because {final}")
            with asking(exchange, symbol):  # whatever of an answer no reader expected is a sentence too
                outcome = _fetched(store, exchange, symbol, kind, now, since)
        except InputError as error:
            if not final and getattr(error, "is_final", False):
                final = str(error)
            outcome = Fetched(
                kind=kind, symbol=symbol, is_stored=False, sentence=f"{error}{_kept(store, exchange, symbol, kind)}"
            )
        outcomes.append(outcome)
        if progress:
            progress(outcome)
    return tuple(outcomes)


_READERS: dict[str, Callable[[Any, str], "pd.DataFrame"]] = {
    "contracts": contract_terms,
    "tiers": leverage_tiers,
    "order_book": order_book,
}


def _fetched(
    store: "Store", exchange: Any, symbol: str, kind: str, now: datetime.datetime, since: datetime.datetime
) -> Fetched:
    import ccxt

    terms = VENUES[exchange.id]
    read = _READERS.get(kind)
    frame = read(exchange, symbol) if read else _prolonged(store, exchange, symbol, since, now)
    name = _name(exchange, market(exchange, symbol)["symbol"])
    details = {"venue": terms.label, "read_with": f"ccxt {ccxt.__version__}"}
    entry = store.write(kind, name, frame, source=terms.label, fetched_at=now, details=details)
    rows = f"{len(frame)} row{'s' if len(frame) > 1 else ''}"
    return Fetched(kind=kind, symbol=symbol, is_stored=True, sentence=f"{entry.label}: {rows} stored")


def _prolonged(
    store: "Store", exchange: Any, symbol: str, since: datetime.datetime, until: datetime.datetime
) -> "pd.DataFrame":
    """Return the stored funding with what the venue has since; where it begins later than asked for, all anew."""
    import pandas as pd

    symbol = market(exchange, symbol)["symbol"]
    try:
        stored = store.read("funding", _name(exchange, symbol))
    except InputError:  # none yet, or damaged: the store tells
        return funding_history(exchange, symbol, since, until)
    last = stored.index[-1].to_pydatetime()
    reaches_back = stored.index[0] <= since + datetime.timedelta(hours=24) and last <= until
    fetched = funding_history(exchange, symbol, last if reaches_back else since, until)
    merged = pd.concat([stored, fetched])
    rates = merged["rate"][~merged.index.duplicated(keep="last")].sort_index()
    known = fetched["interval_hours"].iloc[-1]
    return funding_frame(pd.DatetimeIndex(rates.index).as_unit("ms").asi8.tolist(), rates.to_list(), known)


def _name(exchange: Any, symbol: str) -> str:
    return f"{exchange.id} {symbol}"


def _kept(store: "Store", exchange: Any, symbol: str, kind: str) -> str:
    """Return what the store still holds of a table that could not be fetched, as the end of a sentence."""
    entries = (exchange.markets or {}).values()
    known = next((entry["symbol"] for entry in entries if own_symbol(entry) == symbol), symbol)
    entry = store.entries.get((kind, _name(exchange, known)))
    return "" if entry is None else f"; the store keeps those of {entry.fetched_at:%Y-%m-%d %H:%M} UTC"
