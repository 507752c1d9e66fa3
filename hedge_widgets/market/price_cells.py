"""What a cell of a price file means: a day, or a number with its decimal sign."""

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hedge_widgets.model.limits import InputError

if TYPE_CHECKING:
    from hedge_widgets.market.price_shapes import Table


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


def dates_of(table: "Table") -> tuple[list[datetime.date], list[int]]:
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
