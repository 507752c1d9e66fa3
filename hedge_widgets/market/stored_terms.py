"""What ``fetch-venue`` stored, as contracts beside those that ship; a contract names what it lacks and is assumed."""

import datetime
import functools
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hedge_widgets.market.coins import is_cash
from hedge_widgets.market.facts import fees, shipped_contracts
from hedge_widgets.market.manifest import MANIFEST, Entry
from hedge_widgets.market.margin_terms import margin_venues
from hedge_widgets.market.shipped import shipped_prices
from hedge_widgets.market.store import Store
from hedge_widgets.market.venue_terms import BOOK_DEPTH, FEE, HOURS, LEVERAGE, SHARE
from hedge_widgets.market.venues import VENUES
from hedge_widgets.model.contracts import KINDS, ContractSpec
from hedge_widgets.model.limits import AMOUNT, POSITIVE, InputError, choice
from hedge_widgets.model.margin import MarginTiers
from hedge_widgets.model.portfolio import is_symbol

if TYPE_CHECKING:
    import pandas as pd

Levels = tuple[tuple[float, float], ...]
_Made = TypeVar("_Made")
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,39}")  # nothing that a page could take for markup
_DATED = re.compile(r".*-\d{6}")  # as ccxt writes a contract that expires
_MOST = 200  # contracts
_USUAL_FEES = {"maker_fee_rate": 0.0002, "taker_fee_rate": 0.0005}
_USUAL_INTERVAL = 8.0  # hours
_UNKNOWN_COIN = "Example low-cap perp"  # stands in for a coin of which no contract ships
_SLICES = "each slice at its own rate"
_FAULTS = (InputError, LookupError, TypeError, ValueError, AttributeError)  # of a table that was not written here


@dataclass(frozen=True, kw_only=True)
class StoredBook:
    """An order book: (quote currency per coin, coins) of both sides, the best first, and the venue's time (UTC)."""

    time: datetime.datetime
    bids: Levels
    asks: Levels

    @property
    def mid_price(self) -> float:
        """Return the middle of the best bid and the best ask."""
        return (self.bids[0][0] + self.asks[0][0]) / 2.0


@dataclass(frozen=True, kw_only=True)
class StoredTerms:
    """Contracts and order books of the store by the contract's label; ``problems`` say what of it is not used."""

    contracts: Mapping[str, ContractSpec] = field(default_factory=dict)
    books: Mapping[str, StoredBook] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def stored_terms() -> StoredTerms:
    """Return what the local store holds of contracts now; its files are read once for each state of its manifest."""
    try:
        folder = Store().folder
        seen = (folder / MANIFEST).stat()
    except (InputError, OSError):  # where that is a fault, what reads prices from the store says so
        return StoredTerms()
    return _read(folder, (seen.st_mtime_ns, seen.st_size, seen.st_ino))


@functools.lru_cache(maxsize=4)
def _read(folder: Path, _seen: tuple[int, ...]) -> StoredTerms:
    store = Store(folder)
    entries = store.entries
    names = [name for kind, name in entries if kind == "contracts"]
    contracts: dict[str, ContractSpec] = {}
    books: dict[str, StoredBook] = {}
    problems: list[str] = []
    if len(names) > _MOST:
        problems.append(f"the store holds {len(names):,} contracts, and only the first {_MOST} are used")
    for name in names[:_MOST]:
        spec, book = _one(store, entries, name, problems)
        if spec is not None:
            contracts[spec.label] = spec
        if spec is not None and book is not None:
            books[spec.label] = book
    return StoredTerms(contracts=contracts, books=books, problems=tuple(problems))


def _one(
    store: Store, entries: Mapping[tuple[str, str], Entry], name: str, problems: list[str]
) -> tuple[ContractSpec | None, StoredBook | None]:
    """Return a contract and its order book, None where not stored or not usable; ``problems`` then says why."""

    def used(kind: str, made: Callable[["pd.DataFrame"], _Made]) -> _Made | None:
        if (kind, name) not in entries:
            return None
        try:
            return made(store.read(kind, name))
        except _FAULTS as error:
            why = error if isinstance(error, InputError) else "it is not as fetch-venue writes it"
            problems.append(f"the stored {entries[kind, name].label:.80} cannot be used: {why}")
            return None

    book = used("order_book", _book)
    interval = used("funding", lambda frame: float(HOURS.checked("funding_interval", frame["interval_hours"].iloc[-1])))
    spec = used("contracts", lambda frame: _contract(entries["contracts", name], frame, book, interval))
    if spec is None:
        return None, None
    tiers = used("tiers", lambda frame: _tiers(spec, frame, entries["tiers", name], book))
    return _with_tiers(spec, tiers), book


def _book(frame: "pd.DataFrame") -> StoredBook:
    time = frame.index[0].to_pydatetime()
    sides = {
        side: tuple(
            (float(POSITIVE.checked("price", price)), float(POSITIVE.checked("amount", amount)))
            for price, amount in frame.loc[frame["side"] == side, ["price", "amount"]].to_numpy(dtype=float)
        )
        for side in ("bid", "ask")
    }
    bids, asks = sides["bid"][:BOOK_DEPTH], sides["ask"][:BOOK_DEPTH]
    prices = [price for price, _ in (*reversed(bids), *asks)]
    if not bids or not asks or any(b <= a for a, b in itertools.pairwise(prices)):
        raise InputError("an order book must hold falling bids below rising asks")
    return StoredBook(time=time.astimezone(datetime.UTC), bids=bids, asks=asks)


def _contract(entry: Entry, frame: "pd.DataFrame", book: StoredBook | None, interval: float | None) -> ContractSpec:
    """Return the contract of a stored row, with the tiers of the contract that stands in for what is not stored.

    ``interval`` is that of its stored funding, in hours.
    """
    row: dict[str, Any] = {key: None if value != value else value for key, value in frame.iloc[0].to_dict().items()}
    venue = choice("venue", row["venue"], tuple(terms.label for terms in VENUES.values()))
    symbol, coin, kind = str(row["venue_symbol"]), str(row["underlying"]), choice("kind", row["kind"], KINDS)
    if not _SYMBOL.fullmatch(symbol):
        raise InputError(f"its symbol must be 1 to 40 letters, digits and any of . _ / : -, not {symbol!r:.60}")
    if not is_symbol(coin):
        raise InputError(f"its coin must be a symbol, not {coin!r:.60}")
    if not is_cash(str(row["quote"])):
        raise InputError(f"its price must be in dollars or a dollar coin, not in {row['quote']!r:.40}")
    other = _stand_in(venue, symbol, coin, kind)
    charged, *assumed = _fees(venue, row)
    interval = row["funding_interval"] or interval
    if interval is None and not _DATED.fullmatch(entry.name):
        interval = _USUAL_INTERVAL
        assumed.append(f"funding interval: {interval:g} hours, as is usual")
    if row["min_notional"] is None:
        assumed.append("smallest order in dollars: none")
    if book is None:
        half_spread = other.half_spread
        assumed.append(f"half spread and daily volume: those of {other.label}")
    else:
        half_spread = (book.asks[0][0] - book.bids[0][0]) / 2.0 / book.mid_price
        assumed.append(f"daily volume: that of {other.label}; half spread: as in the fetched order book")
    return ContractSpec(
        venue=venue,
        symbol=symbol,
        underlying=coin,
        kind=kind,
        contract_multiplier=_checked("contract_multiplier", row, POSITIVE),
        lot_size=_checked("lot_size", row, POSITIVE),
        min_quantity=_checked("min_quantity", row, POSITIVE),
        min_notional=0.0 if row["min_notional"] is None else _checked("min_notional", row, AMOUNT),
        maker_fee_rate=_checked("maker_fee_rate", charged, FEE),
        taker_fee_rate=_checked("taker_fee_rate", charged, FEE),
        liquidation_fee_rate=None,
        closing_fee_rate=other.closing_fee_rate if other.venue == venue else 0.0,
        funding_interval=None if interval is None else float(HOURS.checked("funding_interval", interval)),
        half_spread=half_spread,
        daily_volume=other.daily_volume,
        tiers=other.tiers if other.kind == kind else MarginTiers.single(0.01, 50.0),
        source=f"{venue}, through ccxt{'; fees of the list that ccxt ships' if row['fee_source'] == 'ccxt' else ''}",
        date=f"{entry.fetched_at:%Y-%m-%d}",
        is_fetched=True,
        assumed="; ".join(assumed),
    )


def _fees(venue: str, row: Mapping[str, Any]) -> Any:
    """Return [fees by name], and whose they are where none are stored."""
    charged = {side: row[side] for side in _USUAL_FEES}
    if None not in charged.values():
        return [charged]
    listed = fees().get(venue)
    if listed is None:
        return [_USUAL_FEES, "fees: 0.02 % (maker) and 0.05 % (taker), as is usual"]
    return [{side: getattr(listed, side) for side in charged}, f"fees: {venue}'s regular tier of {listed.date}"]


def _checked(name: str, row: Mapping[str, Any], limit: Any) -> float:
    return float(limit.checked(name, row[name]))


def _stand_in(venue: str, symbol: str, coin: str, kind: str) -> ContractSpec:
    """Return the shipped contract nearest to one: the same one, else one on its coin, of its kind and venue first."""
    shipped = shipped_contracts()
    same = [spec for spec in shipped.values() if spec.underlying == coin and spec.venue != "Example"]

    def unlike(spec: ContractSpec) -> tuple[bool, ...]:
        return spec.listing != f"{venue} {symbol}", spec.kind != kind, spec.venue != venue, spec.is_dated

    return min(same, key=unlike) if same else shipped[_UNKNOWN_COIN]


def _with_tiers(spec: ContractSpec, tiers: MarginTiers | None) -> ContractSpec:
    """Return a contract with its own tiers, else with those assumed, which it then names."""
    if tiers is not None:
        return replace(spec, tiers=tiers)
    whose = "1 % maintenance and at most 50x at any size"
    if spec.tiers.source:
        whose = f"those of {_stand_in(spec.venue, spec.symbol, spec.underlying, spec.kind).label}"
    kept = replace(spec.tiers, source=f"assumed: {whose}", date=spec.tiers.date or spec.date)
    return replace(spec, tiers=kept, assumed=f"{spec.assumed}; margin tiers: {whose}")


def _tiers(spec: ContractSpec, frame: "pd.DataFrame", entry: Entry, book: StoredBook | None) -> MarginTiers:
    """Return stored tiers as slices of notional (linear: quote currency, inverse: coins), each at its own rate.

    Tiers of one rate are joined at the lowest leverage among them.
    """
    scale, words = _notional_of(spec, str(frame["unit"].iloc[0]), book)
    table = frame[["cap", "maintenance_rate", "max_leverage"]].to_numpy(dtype=float)
    rows: list[tuple[float, float, float]] = []
    for cap, rate, most in table:
        rate, most = float(SHARE.checked("maintenance_rate", rate)), float(LEVERAGE.checked("max_leverage", most))
        cap = cap if cap == float("inf") else scale * float(POSITIVE.checked("cap", cap))
        if rows and cap <= rows[-1][0]:
            raise InputError(f"its caps must rise from tier to tier, and {cap:g} follows {rows[-1][0]:g}")
        if rows and rate == rows[-1][1]:
            most = min(most, rows.pop()[2])
            words = f"{words}; tiers of one rate joined" if "joined" not in words else words
        rows.append((float(cap), rate, most))
    caps, rates, leverages = (list(column) for column in zip(*rows, strict=True))
    made = MarginTiers.from_floors([0.0, *caps[:-1]], rates, leverages)
    rules = margin_venues().get(spec.venue)
    is_flat = rules is not None and rules.tier_style == "flat"
    how = f"counted slice by slice, though {spec.venue} charges the whole position one rate" if is_flat else _SLICES
    source = f"{spec.venue}, through ccxt{words}; {how}"
    return replace(made, caps=tuple(caps), source=source, date=f"{entry.fetched_at:%Y-%m-%d}")


def _notional_of(spec: ContractSpec, unit: str, book: StoredBook | None) -> tuple[float, str]:
    """Return (what one of a unit is of a position's notional, by which price, in words).

    Raises
    ------
    InputError
        If a price is needed, and neither the order book nor what ships has one.
    """
    choice("unit", unit, ("contracts", "quote", "base"))
    is_linear = spec.kind == "linear"
    if unit == ("quote" if is_linear else "base"):
        return 1.0, ""
    price = book.mid_price if book else shipped_prices().get(spec.underlying)
    if price is None:
        raise InputError(f"they count {unit}, and no price of {spec.underlying} is known; fetch its order book too")
    words = f"; sizes at {price:,.8g} $ a coin"
    if unit == "contracts":
        return (spec.contract_multiplier * price if is_linear else spec.contract_multiplier / price), words
    return (price if is_linear else 1.0 / price), words
