"""The order book as a small table to type into."""

import datetime
import itertools
from collections.abc import Callable
from typing import Any

from hedge_widgets.market.store import age_text
from hedge_widgets.market.stored_terms import StoredBook, stored_terms
from hedge_widgets.market.venue_terms import BOOK_DEPTH
from hedge_widgets.model.carry.setting import CarrySetting
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.typed import typed_number
from hedge_widgets.pages.address import row
from hedge_widgets.pages.carry.examples import BOOK_LEVELS, Book
from hedge_widgets.widgets.controls import finite
from hedge_widgets.widgets.inputs import FactsTable

_COLUMNS = ("Level", "Bid price", "Bid coins", "Ask price", "Ask coins")
_MADE_UP = (
    "This book is made up around the price, in the contract's order of magnitude, until you type what your venue shows."
)
_FETCHED = "The levels as fetched, until you type what your venue shows now."
_EMPTY = "A level with 0 coins does not count."
_OLD = datetime.timedelta(days=1)
_Rows = list[list[float]]


def levels_read(value: Any) -> _Rows | None:
    """Return the rows of an order book in an address, None without one; raises InputError for what is none."""
    if value is None:
        return None
    rows = [row(levels, "a level", 4) for levels in row(value, "the order book", BOOK_DEPTH)]
    levels = [[finite(entry, "an entry of the order book") for entry in entries] for entries in rows]
    if any(len(entries) != 4 or min(entries) < 0 for entries in levels):
        raise InputError("a level in the address must be four numbers from 0 up")
    return levels


class BookTable:
    """The levels of both sides; ``changed`` takes the rows after an edit and raises InputError for no book.

    ``rows`` are those typed (bid price, bid coins, ask price, ask coins), never mutated; None: the book that was
    fetched of the contract, else the made-up one.
    """

    def __init__(self, changed: Callable[[list[list[float]]], None]) -> None:
        self._changed = changed
        self.rows: _Rows | None = None
        self._shown: _Rows = []
        self.table = FactsTable(_COLUMNS, (1, 2, 3, 4), self._typed)

    def levels(self, made_up: Book, stored: StoredBook | None = None) -> Book:
        """Return (bids, asks) as typed, else the fetched, else the made-up ones."""
        if self.rows is None:
            sides = made_up if stored is None else (stored.bids, stored.asks)
            self._shown = [[*bid, *ask] for bid, ask in itertools.zip_longest(*sides, fillvalue=(0.0, 0.0))]
            return sides
        self._shown = self.rows
        bids = tuple((row[0], row[1]) for row in self.rows if row[1] > 0)
        return bids, tuple((row[2], row[3]) for row in self.rows if row[3] > 0)

    def told(self, label: str) -> str:
        """Return when the book in use was fetched and how old it is, "" for one that was not fetched."""
        stored = stored_terms().books.get(label)
        return "" if stored is None or self.rows is not None else _dated(label, stored.time)

    def show(self, setting: CarrySetting) -> None:
        """Show the levels in use."""
        rows = [list(row) for row in self._shown] + [[0.0] * 4] * (BOOK_LEVELS - len(self._shown))
        coin = setting.contract.underlying
        written = [(str(k), *(f"{value:.10g}" for value in row)) for k, row in enumerate(rows, 1)]
        self.table.note = f"{_FETCHED if self.told(setting.contract.label) else _MADE_UP} {_EMPTY}"
        self.table.show(f"Order book of {coin}: bids and asks", written)

    def _typed(self, row: int, column: int, text: str) -> None:
        value = typed_number(f"{_COLUMNS[column]} in level {row + 1}", text)
        if value < 0:
            raise InputError(f"{_COLUMNS[column]} in level {row + 1} must be at least 0, not {text!r}")
        rows = [list(levels) for levels in self._shown]
        rows += [[0.0] * 4 for _ in range(BOOK_LEVELS - len(rows))]
        rows[row][column - 1] = value
        self._changed(rows)


def _dated(label: str, time: datetime.datetime) -> str:
    now = datetime.datetime.now(datetime.UTC)
    when = f"Order book of {label}, as of {time:%Y-%m-%d %H:%M} UTC"
    if time > now:
        return f"{when}, which is later than this machine's clock: its age cannot be told."
    old = f"{when}, {age_text(now - time)} old"
    if now - time <= _OLD:
        return f"{old}."
    return f"{old}. Too old to rely on: prices and sizes have changed since. Run hedge-widgets fetch-venue again."
