"""The shape of a file of prices, told by its content: text, separator, head and body, days, decimal sign."""

import codecs
import csv
import datetime
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


# ---- days ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Day:
    """What a cell says of a day: year, month and day where ``is_sure``, else three numbers in an unknown order."""

    parts: tuple[int, int, int]
    seconds: int = 0
    is_sure: bool = True


_TIME = re.compile(r"(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?(?:[.,]\d+)?\s*([AaPp])?\.?[Mm]?", re.ASCII)
_TAIL = r"(\d.*)"  # a time of day, and what follows it
_YEAR_FIRST = re.compile(
    rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?:\.?[T ,]\s*{_TAIL}|\.?(?:Z|[+-]\d\d:?\d\d)?)", re.ASCII
)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{4}}|\d{{2}})(?:[T ,]\s*{_TAIL})?", re.ASCII)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]*\.?,?\s+", re.IGNORECASE)
_MONTH, _TH = r"([a-zäéû]{3,10})\.?", r"(?:st|nd|rd|th)?"
# With the places of year, month and day among the groups.
_NAMED = tuple(
    (re.compile(rf"{pattern}(?:,?\s+{_TAIL})?", re.IGNORECASE), places)
    for pattern, places in (
        (rf"{_MONTH}[\s-]+(\d{{1,2}}){_TH}(?:,\s*|[\s-]+)(\d{{4}})", (2, 0, 1)),
        (rf"(\d{{1,2}})(?:{_TH}|\.)(?:\s+of)?[\s-]*{_MONTH},?[\s-]*(\d{{4}}|\d{{2}})", (2, 1, 0)),
        (rf"(\d{{4}})[\s-]+{_MONTH}[\s-]+(\d{{1,2}})", (0, 1, 2)),
    )
)
_MONTH_NAMES = (
    "jan ene", "feb fév fev", "mar mär mrz", "apr avr abr", "may mai mag", "jun giu", "jul juil lug", "aug aoû ago",
    "sep set", "oct okt ott", "nov", "dec dez déc dic",
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()} | {"juin": 6}
_UNIX = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}(?:\.\d+)?|\d{16}|\d{19}|\d\.\d+e\+?(?:09|9|12|15|18)", re.I | re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[T ]?(\d{2})(\d{2})(\d{2})?)?Z?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1990, 2100


def day_of(text: str, *, is_serial: bool = False) -> Day | None:
    """Return what a cell says of a day, None if it is none; ``is_serial`` reads the day numbers of a spreadsheet.

    Examples
    --------
    >>> day_of("2024-01-31 18:30:00+00:00")
    Day(parts=(2024, 1, 31), seconds=66600, is_sure=True)
    >>> day_of("Jan 31, 2024").parts, day_of("1706659200000").parts, day_of("31/01/2024").is_sure
    ((2024, 1, 31), (2024, 1, 31), False)
    """
    cell = text.strip()
    if not 5 <= len(cell) <= 70 or not any(map(str.isdigit, cell)) or any(mark in cell for mark in ";|\t"):
        return None
    if found := _YEAR_FIRST.fullmatch(cell):
        year, _, month, day, time = found.groups()
        return _sure(int(year), int(month), int(day), time)
    if found := _COMPACT.fullmatch(cell):
        year, month, day, *clock = found.groups()
        compact = _sure(int(year), int(month), int(day), ":".join(part for part in clock if part))
        if compact:
            return compact
    if _UNIX.fullmatch(cell):
        return _of_unix(float(cell))
    if is_serial and re.fullmatch(r"[34]\d{4}(?:\.0)?", cell):
        moment = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(float(cell)))
        return Day((moment.year, moment.month, moment.day))
    return _of_words(_WEEKDAY.sub("", cell, count=1) if cell[0].isalpha() else cell)


def _of_words(cell: str) -> Day | None:
    if found := _YEAR_LAST.fullmatch(cell):
        one, mark, two, year, time = found.groups()
        parts, seconds = (int(one), int(two), int(year)), _seconds(time)
        if seconds is None or (len(year) == 4 and not _FIRST_YEAR <= parts[2] <= _LAST_YEAR):
            return None
        if mark == "." and len(year) == 4:
            return _sure(parts[2], parts[1], parts[0], time)
        return Day(parts, seconds, is_sure=False)
    for pattern, places in _NAMED:
        if found := pattern.fullmatch(cell):
            *three, time = found.groups()
            year, name, day = (three[place] for place in places)
            month = _MONTHS.get(name.lower()) or _MONTHS.get(name.lower()[:4]) or _MONTHS.get(name.lower()[:3])
            return _sure(int(year) + (2000 if len(year) == 2 else 0), month or 0, int(day), time)
    return None


def _of_unix(number: float) -> Day | None:
    while number >= 1e11:
        number /= 1000.0
    seconds = int(number + 1e-6)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return Day((moment.year, moment.month, moment.day), seconds % 86_400) if moment.year >= _FIRST_YEAR else None


def _sure(year: int, month: int, day: int, time: str | None) -> Day | None:
    seconds = _seconds(time)
    if seconds is None or not _FIRST_YEAR <= year <= _LAST_YEAR or _date(year, month, day) is None:
        return None
    return Day((year, month, day), seconds)


def _seconds(time: str | None) -> int | None:
    """Return the seconds since midnight that a time of day says, whatever zone follows; None if it is none."""
    if not time:
        return 0
    found = _TIME.match(time)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    half = (found.group(4) or "").lower()
    hour = hour % 12 + 12 * (half == "p") if half else hour
    return hour * 3600 + minute * 60 + second if hour <= 24 and minute < 60 else None


def _date(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def dates_of(table: Table) -> tuple[list[datetime.date], list[int]]:
    """Return (dates, seconds since midnight) of the rows of a table.

    Raises
    ------
    InputError
        With the row of a cell that is no date, or both readings where the file does not say which number is the month.
    """
    cells, numbers = table.cells(table.day), [number for number, _ in table.body]
    for day, cell, number in zip(table.days, cells, numbers, strict=True):
        if day is None:
            raise InputError(f"column date, row {number}: expected a date such as 2024-01-31, not {cell!r:.40}")
    known = [day for day in table.days if day is not None]
    order = _order([(day.parts, cell) for day, cell in zip(known, cells, strict=True) if not day.is_sure])
    dates: list[datetime.date] = []
    for day, cell, number in zip(known, cells, numbers, strict=True):
        parts = day.parts if day.is_sure else tuple(day.parts[place] for place in order)
        year = parts[0] + (2000 if parts[0] < 100 else 0)
        date = _date(year, parts[1], parts[2])
        if date is None:
            words = _ORDERS[order]
            raise InputError(
                f"column date, row {number}: expected a date as {words}, as in other rows, not {cell!r:.40}"
            )
        dates.append(date)
    return dates, [day.seconds for day in known]


# Places of year, month and day among the three numbers.
_ORDERS = {(2, 1, 0): "day/month/year", (2, 0, 1): "month/day/year", (0, 1, 2): "year/month/day"}


def _order(unsure: Sequence[tuple[tuple[int, int, int], str]]) -> tuple[int, int, int]:
    """Return where year, month and day are in dates such as 03/04/2024, as the file's other dates decide it."""
    if not unsure:
        return 2, 1, 0
    parts = [numbers for numbers, _ in unsure]
    first, second, third = (set(numbers) for numbers in zip(*parts, strict=True))
    if max(third) < 100 and max(third) <= 31 and len(third) > len(first) + 3:  # 24-01-31
        return 0, 1, 2
    if max(first) > 12:
        return 2, 1, 0
    if max(second) > 12:
        return 2, 0, 1
    (one, two, year), cell = next((date for date in reversed(unsure) if date[0][0] != date[0][1]), unsure[-1])
    year += 2000 if year < 100 else 0
    raise InputError(
        f"column date: {cell!r:.40} can be {year}-{two:02}-{one:02} (day/month/year) or {year}-{one:02}-{two:02} "
        "(month/day/year), and no other row decides it; write dates as 2024-01-31"
    )


# ---- numbers ---------------------------------------------------------------------------------------------------------
_BLANKS = {ord(mark): None for mark in " \u00a0\u2009\u202f\u2007\u200a\u2002\u2003\u200b'’‘`´\""}
_MINUS = {ord(mark): "-" for mark in "−–—"}
_MONEY = re.compile(r"^(?:US)?\$|(?:USDT?|US\$|\$)$", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:([.,])\d{3})+", re.ASCII)
_NOTHING = frozenset(
    ["", "-", "--", "?", ".", "..", "null", "nan", "none", "na", "n/a", "n.a.", "n/d", "nd", "nil", "nat"]
)
_NOTHING |= frozenset(["<na>", "#n/a", "#na", "#n/an/a", "#value!", "#ref!", "#div/0!", "#num!", "#name?", "#null!"])


def plain_number(text: str) -> str:
    """Return a cell without blanks, apostrophes and dollars, "" for what means no price."""
    plain = text.translate(_BLANKS).translate(_MINUS)
    plain = _MONEY.sub("", _MONEY.sub("", plain))
    if plain.startswith("-$"):
        plain = f"-{plain[2:]}"
    return "" if plain.lower() in _NOTHING else plain


def decimal_mark(cells: Iterable[str], separator: str) -> str:
    """Return the decimal sign of plain numbers, "." or ",", as the numbers decide it.

    Raises
    ------
    InputError
        With both readings, where every number could be read both ways.
    """
    grouped = {".": "", ",": ""}
    is_plain = {".": False, ",": False}
    for cell in cells:
        comma, point = cell.rfind(","), cell.rfind(".")
        if comma < 0 and point < 0:
            continue
        if comma >= 0 and point >= 0:
            return "," if comma > point else "."
        mark = "," if comma >= 0 else "."
        if cell.count(mark) > 1:
            return "." if mark == "," else ","
        if _GROUPED.fullmatch(cell):
            grouped[mark] = cell
        else:
            is_plain[mark] = True
    if is_plain[","] or is_plain["."]:
        return "," if is_plain[","] and not is_plain["."] else "."
    if separator == "," or not (grouped[","] or grouped["."]):
        return "."
    shown = grouped[","] or grouped["."]
    whole, fraction = re.sub("[.,]", "", shown), shown.replace(",", ".")
    raise InputError(
        f"{shown} can be {whole} or {fraction}, and no other price in the file decides it; write prices with a point "
        "for decimals and nothing between thousands"
    )


def number_of(plain: str, mark: str) -> float | None:
    """Return a plain number whose decimal sign is ``mark``, None if it is none; its thousands are threes."""
    if "," in plain or mark == ",":
        thousands = "." if mark == "," else ","
        whole, decimal, rest = plain.partition(mark)
        if thousands in whole and not _GROUPED.fullmatch(whole):
            return None
        plain = whole.replace(thousands, "") + ("." if decimal else "") + rest
    return float(plain) if _NUMBER.fullmatch(plain) else None
