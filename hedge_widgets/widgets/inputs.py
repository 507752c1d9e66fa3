"""What stock controls lack: a table to edit, an upload that refuses in the browser.

Everything that comes back is text or bytes from a browser and is judged in Python; nothing of it becomes HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from hedge_widgets.market.prices import UnnamedCoinError
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import MAX_HOLDINGS, Holding, Portfolio, is_symbol
from hedge_widgets.model.typed import typed_number

PriceOf = Callable[[str], float | None]
_ROWS, _INPUTS = ((Path(__file__).parent / name).read_text(encoding="utf-8") for name in ("rows.js", "inputs.js"))
# A widget carries one script: the modules joined, without the import of one by the other.
_SCRIPT = re.sub("(?m)^export ", "", _ROWS) + re.sub("(?m)^import .*$", "", _INPUTS)


class RowsTable(anywidget.AnyWidget):
    """Rows of cells as typed, to add to, take from, paste, drop and save; ``complaint`` is shown under the table.

    ``rows`` holds strings; a wrong cell is marked by ``wrong``, [row, column] from 0. ``look`` says what the columns
    are called, on the page (``heads``) and in a file (``fields``), what the first may be (``options``; none: any text)
    and is shown as (``shown``, where otherwise), the row that is added (``blank``), and the fewest rows (``least``).
    Several rows pasted into a cell, or a CSV file dropped on the table, take the place of all.
    """

    _esm = _SCRIPT
    _look: ClassVar[dict[str, Any]] = {}
    role = traitlets.Unicode("table").tag(sync=True)
    look: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    complaint = traitlets.Unicode("").tag(sync=True)
    wrong: traitlets.List[int] = traitlets.List().tag(sync=True)

    def __init__(self, **look: Any) -> None:
        super().__init__(look={"options": [], "shown": {}, "least": 0, **self._look, **look})
        self.on_msg(self._pasted)

    def _pasted(self, _widget: Any, content: Any, _buffers: Any) -> None:
        text = content.get("pasted") if isinstance(content, dict) else None
        if not isinstance(text, str):
            return
        try:
            rows = self._read(text)
        except InputError as error:
            self.complain(error.sentence)
        else:
            self.rows = rows

    def _read(self, text: str) -> list[list[str]]:
        """Return the rows of what was pasted; InputError quotes what is none."""
        raise NotImplementedError

    def complain(self, text: str, wrong: list[int] | None = None) -> None:
        """Show a sentence under the table, or take it away."""
        self.complaint, self.wrong = text, wrong or []

    def _typed(self, most: int) -> list[list[str]]:
        """Return the rows as a browser sent them, each of as many strings as there are columns."""
        self.complain("")
        rows, least, width = self.rows, self.look["least"], len(self.look["heads"])
        if not isinstance(rows, list) or not least <= len(rows) <= most:
            raise InputError(f"the table must hold {least} to {most} rows, not {len(rows)}")
        for place, row in enumerate(rows, 1):
            if not isinstance(row, list) or len(row) != width:
                raise InputError(f"row {place} of the table must hold {', '.join(self.look['fields'])}")
        return [[str(cell).strip() for cell in row] for row in rows]


class HoldingsTable(RowsTable):
    """Symbol, quantity and price of each holding, as typed."""

    _look: ClassVar[dict[str, Any]] = {
        "heads": ["Coin", "Quantity", "Price, $"],
        "fields": ["symbol", "quantity", "price"],
        "blank": ["BTC", "0.01", ""],  # its price is known
        "add": "+ Add a coin",
        "file": "holdings.csv",
        "least": 1,
        "hint": "You can paste a list such as “5 SOL, 800 ADA” into a cell, or drop a saved file here",
    }

    def _read(self, text: str) -> list[list[str]]:
        return pasted_rows(text)

    def load(self, portfolio: Portfolio) -> None:
        """Show a portfolio."""
        self.rows = [[h.symbol, _plain(h.quantity), _plain(h.price)] for h in portfolio.holdings]
        self.complain("")

    def portfolio(self, before: Portfolio | None = None, price: PriceOf = lambda _symbol: None) -> Portfolio:
        """Return what is typed as a portfolio; a coin named without its price gets that of ``price``, where known.

        Parameters
        ----------
        before
            What the table showed: a price that stays while the name beside it changes is another coin's, and none.
        price
            Function of a symbol to its price in dollars, None if unknown.

        Raises
        ------
        InputError
            Naming row and column of the first fault; ``wrong`` then marks it.
        """
        rows = self._typed(MAX_HOLDINGS)
        shown = [] if before is None else [(h.symbol, _plain(h.price)) for h in before.holdings]
        shown += [("", "")] * (len(rows) - len(shown))
        return Portfolio(tuple(self._holding(k, row, shown[k], price) for k, row in enumerate(rows)))

    def _holding(self, place: int, row: list[str], shown: tuple[str, str], price: PriceOf) -> Holding:
        column = 0
        try:
            holding = Holding(symbol=row[0].upper(), quantity=1.0, price=1.0)
            name, typed = holding.symbol, row[2]
            column = 1
            holding = replace(holding, quantity=typed_number(f"quantity of {name}", row[1]))
            column = 2
            is_of_another = shown[0] not in ("", name) and typed == shown[1]
            known = price(name) if is_of_another or not typed else None
            if known is not None:
                return replace(holding, price=known)
            if is_of_another or not typed:
                raise InputError(f"price of {name}: expected a number above 0, as no price of {name} is known here")
            return replace(holding, price=typed_number(f"price of {name}", typed, above_zero=True))
        except InputError as error:
            self.wrong = [place, column]
            raise InputError(f"row {place + 1}{', ' if column else ': '}{error}") from None


def pasted_rows(text: str) -> list[list[str]]:
    """Return the rows [symbol, quantity, price or ""] of coins as people write them down.

    A coin stands with its quantity, in either order, and may have a price after both or behind an @; coins are parted
    by lines, semicolons, or commas with a blank. Tables with tabs or commas, with or without a heading, are read too.

    Raises
    ------
    InputError
        Quoting what is no coin with its quantity.

    Examples
    --------
    >>> pasted_rows("5 SOL, 1,250 ADA @ 0.85")
    [['SOL', '5', ''], ['ADA', '1,250', '0.85']]
    >>> pasted_rows("symbol,quantity,price" + chr(10) + "BTC,0.02,90000")
    [['BTC', '0.02', '90000']]
    """
    if len(text) > _LONGEST:
        raise InputError(f"what is pasted must be at most {_LONGEST:,} characters, not {len(text):,}")
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    if lines and _HEADING.match(lines[0]):
        lines = lines[1:]
    pieces = [_parts(piece) for line in lines for piece in _pieces(line) if piece.strip()]
    if not 1 <= len(pieces) <= MAX_HOLDINGS:
        raise InputError(f"what is pasted must be 1 to {MAX_HOLDINGS} coins with their quantities, not {len(pieces)}")
    return pieces


_LONGEST = 20_000
_HEADING = re.compile(r"\W*(symbol|coin|asset|ticker|currency)\b", re.IGNORECASE)
_TABLE = re.compile(r"[^\s,]+,\s?-?[\d.]+(,\s?\$?[\d.]*)?")  # "SOL,5,190": here a comma groups no thousands

_COMMA_AS_POINT = re.compile(r"[^\s,]+,\s?-?0+,\d")  # "BTC,0,125" holds no nothing at a price of 125


def _pieces(line: str) -> list[str]:
    if _COMMA_AS_POINT.match(line):
        raise InputError(f"what is pasted must have a point for decimals, as in 0.125, not {line.strip()!r:.40}")
    separator = "\t" if "\t" in line else "," if _TABLE.fullmatch(line) else ""
    if separator:
        return [" ".join(field.strip() for field in line.split(separator))]
    return re.split(r";|,(?=\s|[A-Za-z])", line)


def _parts(piece: str) -> list[str]:
    """Return symbol, quantity and price of one coin, as text."""
    one, two, *more = (*(part for part in piece.split() if part not in ("@", "at", "x", "of")), "", "")
    price = [part for part in more if part]
    if _is_number(one) and not _is_number(two):
        one, two = two, one
    if len(price) > 1 or _is_number(one) or not is_symbol(one) or not _is_number(two):
        raise InputError(
            f"what is pasted must be coins with their quantities, such as 5 SOL, not {piece.strip()!r:.40}"
        )
    return [one.upper(), two, *(price or [""])]


def _is_number(text: str) -> bool:
    try:
        typed_number("quantity", text)
    except InputError:
        return False
    return True


def _plain(value: Any) -> str:
    return f"{float(value):.10g}"


class FileUpload(anywidget.AnyWidget):
    """A button that sends one file of at most ``max_bytes``; a larger one is refused before anything is sent.

    ``take`` is called with its name, its bytes and the coin that was typed for it ("" before that), and returns a
    sentence about what was read. Where it raises :class:`UnnamedCoinError` the page asks for the coin.
    """

    _esm = _SCRIPT
    role = traitlets.Unicode("upload").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode(".csv").tag(sync=True)
    max_bytes = traitlets.Int().tag(sync=True)
    complaint = traitlets.Unicode("").tag(sync=True)
    remark = traitlets.Unicode("").tag(sync=True)

    def __init__(self, label: str, max_bytes: int, take: Callable[[str, bytes, str], str]) -> None:
        self._take, self._limit = take, max_bytes
        super().__init__(label=label, max_bytes=max_bytes)
        self.on_msg(self._received)

    def _received(self, _widget: Any, content: Any, buffers: list[Any]) -> None:
        name = content.get("name") if isinstance(content, dict) else None
        if not isinstance(name, str) or len(buffers) != 1:
            return
        coin = content.get("coin")
        data, said, remark, asks = bytes(buffers[0]), "", "", False
        try:
            if len(data) > self._limit:
                raise InputError(f"The file must be at most {self._limit / 1e6:g} MB, not {len(data) / 1e6:.1f} MB")
            remark = self._take(name[:80], data, coin.strip()[:40] if isinstance(coin, str) else "")
        except InputError as error:
            said, asks = error.sentence, isinstance(error, UnnamedCoinError)
        except Exception as error:
            said = f"The file could not be read ({type(error).__name__})."
            raise
        finally:
            # The sentence goes with the message as well: a browser handles a message before a state that came first.
            self.complaint, self.remark = said, remark
            self.send({"kind": "done", "complaint": said, "remark": remark, "asks": asks})


class FactsTable(anywidget.AnyWidget):
    """A folded table of constants with source and date, some of whose columns can be edited.

    ``rows`` holds strings, ``editable`` the columns whose numbers are boxes. ``take`` is called with row,
    column and what was typed; it raises InputError for what it refuses, and renews the rows with :meth:`show`.
    """

    _esm = _SCRIPT
    role = traitlets.Unicode("facts").tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    columns: traitlets.List[str] = traitlets.List().tag(sync=True)
    editable: traitlets.List[int] = traitlets.List().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    complaint = traitlets.Unicode("").tag(sync=True)
    wrong: traitlets.List[int] = traitlets.List().tag(sync=True)

    def __init__(
        self, columns: Sequence[str], editable: Sequence[int], take: Callable[[int, int, str], None], note: str = ""
    ) -> None:
        self._take, self._boxes = take, tuple(editable)
        self._shown: list[list[str]] = []
        super().__init__(columns=list(columns), editable=list(editable), note=note)
        self.on_msg(self._typed)

    def show(self, title: str, rows: Sequence[Sequence[str]]) -> None:
        """Show other rows; a complaint about the old ones goes."""
        self._shown = [list(row) for row in rows]
        with self.hold_sync():
            self.title, self.rows, self.complaint, self.wrong = title, self._shown, "", []

    def _typed(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        row, column, text = (content.get(name) for name in ("row", "column", "text"))
        if column not in self._boxes or not isinstance(row, int) or not 0 <= row < len(self._shown):
            return
        try:
            self._take(row, int(column), str(text)[:40])
        except InputError as error:
            self.complaint, self.wrong = error.sentence, [row, column]
