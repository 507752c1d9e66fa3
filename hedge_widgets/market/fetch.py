"""Bringing the local store up to date: only the missing days, one symbol at a time, a failure leaves what was there."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hedge_widgets.market.coin_names import known_coins
from hedge_widgets.market.store import Entry, Store, StoreError, age_text
from hedge_widgets.market.yahoo import SOURCE, FetchError, fetch_history, stored_name, yfinance_module
from hedge_widgets.model.limits import InputError

if TYPE_CHECKING:
    import pandas as pd

# From when on prices are fetched, unless another day is named.
FIRST_DAY = date(2018, 1, 1)
# Asked for again each time, because Yahoo corrects closes of the last days.
OVERLAP = timedelta(days=7)
# A close counts as corrected from this relative change on; Yahoo's last digits differ from answer to answer.
REVISION = 1e-5
# Yahoo is at most a day or two late; after a week it has stopped.
LATE = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one symbol: its name in the store, a sentence, and the entry that the store now serves, if any.

    ``n_faults`` is how many faults the checks of prices found in what the store now serves.

    ``confirm`` is what takes a coin of another name all the same ("ARB=ARB-USD"), "" where there is none.
    """

    name: str
    is_fresh: bool
    sentence: str
    entry: Entry | None
    confirm: str = ""
    n_faults: int = 0

    @property
    def words(self) -> str:
        """Return the sentence with what was checked and what was left out, where something was taken."""
        if not (self.entry and self.is_fresh):
            return self.sentence
        checked, left_out = (self.entry.details.get(part, "") for part in ("checked", "left_out"))
        found = f"{self.n_faults or 'no'} fault{'' if self.n_faults == 1 else 's'} found"
        return f"{checked}; {self.sentence}; left out: {left_out}; {found}"


def refresh(
    store: Store,
    symbols: Iterable[str],
    *,
    first: date,
    now: datetime,
    session: Any = None,
    progress: Callable[[str], None] | None = None,
    confirmed: Mapping[str, str] | None = None,
    stop: threading.Event | None = None,
) -> tuple[Outcome, ...]:
    """Fetch from Yahoo what the store lacks of each symbol, from the day ``first`` on, and return what became of each.

    Days already stored are kept; the last seven are asked for again, and a corrected close takes the place of the
    stored one, which the sentence says. After Yahoo's rate limit nothing more is asked. A coin that Yahoo calls by
    another name than ``data/yahoo_symbols.csv`` is refused until it is confirmed; the store remembers that.

    Parameters
    ----------
    store : Store
        Where the prices lie.
    symbols : iterable of str
        "BTC" or "BTC-USD"; doubles count once.
    first : date
        The first day wanted.
    now : datetime
        The present, with its time zone.
    session : requests.Session or curl_cffi Session, optional
        To ask with.
    progress : callable, optional
        Called with each name when it is done.
    confirmed : mapping, optional
        Yahoo's symbol of a coin, taken whatever Yahoo calls it: {"ARB": "ARB11841-USD"}.
    stop : threading.Event, optional
        Ends the fetch when it is set: what was stored until then stays, the rest is not asked for.

    Raises
    ------
    InputError
        If a symbol is none, or yfinance is not installed; nothing was fetched.
    """
    names = list(dict.fromkeys(map(stored_name, symbols)))
    yahoo_symbols = {stored_name(symbol): stored_name(yahoos) for symbol, yahoos in (confirmed or {}).items()}
    yfinance_module()
    outcomes = []
    is_refused = False
    for name in names:
        try:
            if is_refused:
                raise FetchError("rate limit", f"Yahoo was not asked for {name}, because of its rate limit")
            if stop and stop.is_set():
                raise FetchError("cancelled", f"{name} was not fetched, because you cancelled")
            outcome = _refreshed(store, name, first, now.astimezone(UTC), session, yahoo_symbols.get(name, ""), stop)
        except InputError as error:
            is_refused = isinstance(error, FetchError) and error.kind == "rate limit"
            outcome = _failed(store, name, error, now)
        outcomes.append(outcome)
        if progress:
            progress(name)
    return tuple(outcomes)


def _refreshed(
    store: Store,
    name: str,
    first: date,
    now: datetime,
    session: Any,
    confirmed: str,
    stop: threading.Event | None,
) -> Outcome:
    entry, stored = _stored(store, name)
    replaced, is_remembered = "", False
    if entry and _is_other(entry, name, confirmed):
        replaced = f"; the prices stored before were of {entry.details.get('name', 'another coin')}, and were replaced"
        stored = None
    elif entry and entry.details.get("confirmed"):
        is_remembered = not confirmed
        confirmed = confirmed or entry.details["yahoo_symbol"]
    start = first
    if entry and stored is not None:
        yesterday = now.date() - timedelta(days=1)
        asked_from = _asked_from(entry, stored)
        if asked_from <= first:
            # A fetch later than now: this machine's clock is wrong and cannot tell that nothing is missing.
            if _last(stored) >= yesterday and entry.fetched_at <= now:
                return _outcome(name, entry, stored, "nothing was missing")
            first, start = asked_from, min(_last(stored), yesterday) - OVERLAP
    frame, details = fetch_history(name, start, session=session, now=now, confirmed=confirmed, stop=stop)
    news = f"{len(frame)} days fetched{replaced}"
    if entry and stored is not None:
        _refuse_other_coin(name, entry.details.get("name"), details, bool(confirmed) and not is_remembered)
        frame, news = _joined(stored, frame)
    details |= {"asked_from": first.isoformat()}
    entry = store.write("prices", name, frame, source=SOURCE, fetched_at=now, details=details)
    is_fresh = _last(frame) >= now.date() - LATE
    if not is_fresh:
        news += f"; Yahoo has none later than {entry.last}, so the coin may be delisted"
    return _outcome(name, entry, frame, news, is_fresh=is_fresh)


def _outcome(name: str, entry: Entry, frame: "pd.DataFrame", sentence: str, *, is_fresh: bool = True) -> Outcome:
    from hedge_widgets.market.quality import faults

    n_faults = len(faults(frame[["close"]].rename(columns={"close": name.removesuffix("-USD")})))
    return Outcome(name=name, is_fresh=is_fresh, sentence=sentence, entry=entry, n_faults=n_faults)


def _is_other(entry: Entry, name: str, confirmed: str) -> bool:
    """Return whether what is stored is of another coin than the one that is now asked for."""
    stored_as, called = entry.details.get("yahoo_symbol"), entry.details.get("name")
    if confirmed:
        return stored_as != confirmed
    known = known_coins().get(name)
    if called is None or known is None or entry.details.get("confirmed"):
        return False
    return not known.is_called(called)


def _refuse_other_coin(name: str, before: str | None, details: Mapping[str, str], is_confirmed: bool) -> None:
    """Refuse to join prices under two names, unless both are the coin's or somebody has just confirmed the new one."""
    after, known = details["name"], known_coins().get(name)
    if before in (None, after) or is_confirmed or (known and known.is_called(before) and known.is_called(after)):
        return
    confirm = f"{name.removesuffix('-USD')}={details['yahoo_symbol']}"
    raise FetchError(
        "other coin",
        f"Yahoo now calls {name} {after}, and it was {before}, so the two were not joined; if it is the same coin, "
        f"confirm it with --as {confirm}",
        confirm,
    )


def _failed(store: Store, name: str, error: InputError, now: datetime) -> Outcome:
    entry, stored = _stored(store, name)
    confirm = getattr(error, "confirm", "")
    if entry is None or stored is None:
        sentence = f"{error}; the store has no prices of it"
        return Outcome(name=name, is_fresh=False, sentence=sentence, entry=None, confirm=confirm)
    age = now - entry.fetched_at
    when = f"{age_text(age)} ago" if age >= timedelta(0) else "later than this machine's clock"
    served = f"the store serves {entry.first} to {entry.last}, fetched {when}"
    return Outcome(name=name, is_fresh=False, sentence=f"{error}; {served}", entry=entry, confirm=confirm)


def _stored(store: Store, name: str) -> "tuple[Entry | None, pd.DataFrame | None]":
    """Return (what the manifest says, the prices if they can be read)."""
    entry = store.entries.get(("prices", name))
    try:
        return entry, store.read("prices", name) if entry else None
    except StoreError:
        return entry, None


def _asked_from(entry: Entry, stored: "pd.DataFrame") -> date:
    """Return the first day ever asked for; the coin may have been listed later."""
    try:
        return date.fromisoformat(entry.details["asked_from"])
    except (KeyError, ValueError):
        first: date = stored.index[0].date()
        return first


def _last(frame: "pd.DataFrame") -> date:
    last: date = frame.index[-1].date()
    return last


def _joined(stored: "pd.DataFrame", fetched: "pd.DataFrame") -> tuple["pd.DataFrame", str]:
    """Return (both, the fetched row where a day is in both; what is new and what was corrected, in words)."""
    import pandas as pd

    common = stored.index.intersection(fetched.index)
    before, after = stored.loc[common, "close"], fetched.loc[common, "close"]
    corrected = common[(after - before).abs() > REVISION * before.abs()]
    both = pd.concat([stored[~stored.index.isin(fetched.index)], fetched]).sort_index()
    news = f"{len(both) - len(stored)} days fetched"
    if len(corrected):
        day = corrected[-1]
        news += f"; Yahoo corrected {len(corrected)} of the closes stored before, last that of {day:%Y-%m-%d} "
        news += f"({before[day]:g} is now {after[day]:g})"
    return both, news
