"""The shape of a file of prices, told by its content: text, separator, head and body."""

import codecs
import csv
import io
import re
from dataclasses import dataclass

from hedge_widgets.market.price_cells import Day, day_of
from hedge_widgets.model.limits import InputError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
Row = tuple[int, list[str]]  # with its line, 1 = the file's first

_NO_TABLE = {
    b"PK\x03\x04": "a spreadsheet (XLSX) or a packed file; save it as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet (XLS); save it as CSV",
    b"\x1f\x8b": "a packed file (gzip); unpack it",
    b"PAR1": "a Parquet file; save it as CSV",
    b"%PDF": "a PDF document; download the prices as CSV",
    b"SQLite": "a database; export the prices as CSV",
    b"\x89PNG": "a picture; download the prices as CSV",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD_WORDS = {
    "",
    "price",
    "prices",
    "ticker",
    "tickers",
    "attributes",
    "symbols",
    "symbol",
    "date",
    "datetime",
    "time",
}
_DATE_HEADS = {"date", "day", "time", "datetime", "timestamp", "datum", "data", "fecha"}
_SAMPLE = 200  # rows by which the shape is told


# ---- text ------------------------------------------------------------------------------------------------------------
def text_of(content: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 or UTF-32 by their marks or zero bytes, else Windows Latin.

    Raises
    ------
    InputError
        If it is no table in text, with what it is and what to do.
    """
    for magic, what in _NO_TABLE.items():
        if content.startswith(magic):
            raise InputError(f"the price file must be CSV text, and this is {what}")
    text = _decoded(content)
    if re.search(r"[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]", text):
        raise InputError("the price file must be CSV text; it holds bytes that are no text")
    start = text.lstrip()[:200]
    if re.match(r"<[!?a-zA-Z]", start) and not re.match(r"<\w+>[,;\t|]", start):
        raise InputError("the price file must be CSV, and this is a web page (HTML or XML); download the table as CSV")
    if re.match(r"\{|\[\s*[\[{\"\d]", start):
        raise InputError("the price file must be CSV, and this is JSON; save its prices as CSV")
    return text


def _decoded(content: bytes) -> str:
    encodings = [name for mark, name in _MARKS if content.startswith(mark)][:1]
    if not encodings and b"\0" in content[:1000]:
        encodings = ["utf-16-be" if content[:1] == b"\0" else "utf-16-le"]
    for encoding in (*encodings, "utf-8", "cp1252", "latin-1"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("every byte is Latin-1")


# ---- rows ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Table:
    """Rows of cells: ``titles`` above the head, ``heads`` (one or more lines of names), ``body`` (a day a row).

    ``days`` is what each row says of its day, ``day`` the column of the days; ``n_footers`` are lines below
    the body that are no rows.
    """

    separator: str
    titles: tuple[str, ...]
    heads: tuple[Row, ...]
    body: tuple[Row, ...]
    days: "tuple[Day | None, ...]"
    day: int
    width: int
    n_footers: int

    def head(self, place: int) -> str:
        """Return the name of a column, of all its lines; "" for none."""
        return " ".join(row[place].strip() for _, row in self.heads if place < len(row) and row[place].strip())

    def cells(self, place: int) -> list[str]:
        """Return the cells of a column; "" where a row is too short."""
        return [row[place].strip() if place < len(row) else "" for _, row in self.body]


def table_of(text: str) -> Table:
    """Return the table in a text.

    Raises
    ------
    InputError
        If there is none, or a cell or line that it cannot hold.
    """
    said = re.match(r"\ufeff?\s*\"?sep=(.)\"?\s*?(?:\r\n|\r|\n)", text, re.IGNORECASE)
    candidates = [said.group(1)] if said else list(SEPARATORS)
    if said:
        text = "\n" + text[said.end() :]  # lines keep their numbers
    tried = [_days_in(text, separator) for separator in candidates]
    n_days, day, separator = max(tried, key=lambda one: one[0])
    rows = _rows(text, separator)
    if not rows:
        raise InputError("the price file is empty; expected a header with date and one column per symbol, then prices")
    if not n_days:
        shown = ",".join(rows[0][1]).strip()
        raise InputError(
            "the price file must hold a date in every row, such as 2024-01-31, and a price; no column of dates "
            f"was found below {shown!r:.40} (row {rows[0][0]})"
        )
    return _split(rows, day, separator)


def _rows(text: str, separator: str, most: int | None = None) -> list[Row]:
    """Return the rows that hold anything, without comments."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    rows: list[Row] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
            if most is not None and len(rows) >= most:
                break
    except csv.Error as error:
        raise InputError(f"the price file must be CSV: {error}") from None
    return rows


def _days_in(text: str, separator: str) -> tuple[int, int, str]:
    """Return (how many of the first rows have a day, in which column, the separator); days need a cell beside them."""
    rows = [row for _, row in _rows(text, separator, _SAMPLE) if len(row) > 1]
    width = max(map(len, rows), default=0)
    counts = [
        sum(place < len(row) and day_of(row[place]) is not None for row in rows) for place in range(min(width, 12))
    ]
    most = max(counts, default=0)
    # Of several columns (opened, closed) the first one; prices that look like days are fewer or further right.
    place = next((place for place, count in enumerate(counts) if count and count >= 0.8 * most), 0)
    if not most and len(rows) > 2:  # days as numbers of a spreadsheet
        serial = [row for row in rows if re.fullmatch(r"[34]\d{4}(?:\.0)?", row[0].strip())]
        is_named = any(row[0].strip().lower() in _DATE_HEADS for row in rows[:5])
        most = len(serial) if is_named else 0
    return most, place, separator


def _split(rows: list[Row], day: int, separator: str) -> Table:
    is_serial = not any(day < len(row) and day_of(row[day]) for _, row in rows[:_SAMPLE])
    said = {number: day_of(row[day], is_serial=is_serial) if day < len(row) else None for number, row in rows}
    is_day = [said[number] is not None for number, _ in rows]
    first, last = is_day.index(True), len(rows) - 1 - is_day[::-1].index(True)
    while last + 1 < len(rows) and _is_row(rows[last + 1][1], day):  # with a day that is none: no footer
        last += 1
    width = max(len(row) for _, row in rows[first : last + 1])
    heads: list[Row] = []
    rest = rows[:first]
    while rest and (not heads or rest[-1][1][0].strip().lower() in _HEAD_WORDS) and _is_head(rest[-1][1], width, day):
        heads.insert(0, rest.pop())
    is_short = len(heads) == 1 and len(heads[0][1]) == width - 1 and not _is_named(heads[0][1], day)
    if is_short and any(row[width - 1].strip() for _, row in rows[first : last + 1] if len(row) == width):
        heads = [(heads[0][0], ["", *heads[0][1]])]  # R leaves the name of the first column out
    comments = [(number, row) for number, row in rows[first : last + 1] if row[0].lstrip().startswith(("#", "//"))]
    skipped = {number for number, _ in comments}
    names = [row for _, row in heads[-1:]]
    body = [one for one in rows[first : last + 1] if one[0] not in skipped and one[1] not in names]
    titles = tuple(separator.join(row).strip() for _, row in rest)
    days = tuple(said[number] for number, _ in body)
    return Table(separator, titles, tuple(heads), tuple(body), days, day, width, len(rows) - 1 - last)


def _is_head(row: list[str], width: int, day: int) -> bool:
    """Return whether a line names columns: as many as the body has, but for empty ones at the end; no comment."""
    if len(row) < 2 or row[0].lstrip().startswith(("#", "//")):
        return False
    return _is_named(row, day) or width - 1 <= len(row) <= width + 1


def _is_named(row: list[str], day: int) -> bool:
    """Return whether the column of the days has a name for days in a line."""
    return day < len(row) and row[day].strip().lower() in _DATE_HEADS


def _is_row(row: list[str], day: int) -> bool:
    """Return whether a line below the days looks like one more row: a number for a day, and a number beside it."""
    numbers = [any(map(str.isdigit, cell)) for cell in row]
    return day < len(row) and numbers[day] and sum(numbers) > 1
