"""Which columns of a table are prices, of which coins, in which currency; and its rows, one price a day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.market.price_cells import dates_of, decimal_mark, number_of, plain_number
from hedge_widgets.market.price_names import DOLLARS, Named, column, currency_of, known_symbols, pair, signed_currency
from hedge_widgets.market.price_shapes import Table
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import is_symbol

if TYPE_CHECKING:
    import pandas as pd

MIN_ROWS = 31
MAX_COLUMNS = 200
_MOST = 1e9  # a price, dollars
_LETTERS = {"o": "open", "h": "high", "l": "low", "c": "close"}
_IGNORED = {"currency", "quote", "base", "exchange"}
_COIN_HEADS = {"symbol", "ticker", "coin", "coin_id", "asset", "pair"}
_MORE_COIN_HEADS = {"name", "id", "market", "instrument"}  # which may say something else
_COINS_NAMED_LIKE_PRICES = {"HIGH", "OPEN", "ID", "TIME", "BASE", "ASK", "PER"}


@dataclass(frozen=True)
class Column:
    """A column of prices: its place in the table, its coin, and how it was named there."""

    place: int
    coin: str
    title: str


def heads_of(table: Table) -> list[Named]:
    """Return what the heads say; "o", "h", "l" and "c" are words where all four are there (OKX)."""
    names = [table.head(place) for place in range(table.width)]
    is_short = set(_LETTERS) <= {name.lower() for name in names}
    return [column(_LETTERS.get(name.lower(), name) if is_short else name) for name in names]


# ---- which columns ---------------------------------------------------------------------------------------------------
def price_columns(table: Table, heads: Sequence[Named]) -> list[Column]:
    """Return the columns of closes, one for a coin; of closes and adjusted closes the adjusted ones."""
    if not table.heads:
        return [Column(_close_without_head(table), "", "close")]
    if heads[table.day].coin in known_symbols():
        name = table.head(table.day)
        raise InputError(f"the column of dates must be named date, not {name!r:.40} (row {table.heads[-1][0]})")
    places = [place for place in range(table.width) if place != table.day and _is_filled(table, place)]
    is_candle = sum(heads[place].is_open_high_low for place in places) >= 2
    alone = [place for place in places if heads[place].kind in ("close", "adjusted") and not heads[place].coin]
    whole = [place for place in places if not heads[place].kind and table.head(place).strip().lower() not in _IGNORED]
    if alone and (is_candle or not any(heads[place].coin in known_symbols() for place in whole)):
        whole = []
    elif whole:
        alone = []
    chosen = alone or whole
    chosen += [place for place in places if heads[place].kind in ("close", "adjusted") and heads[place].coin]
    if not is_candle:
        chosen += [p for p in places if table.head(p) in _COINS_NAMED_LIKE_PRICES and not alone]
    if not chosen:
        what = "open, high and low but no close" if is_candle else "no column of prices"
        raise InputError(f"the price file must hold closes, and it has {what} (row {table.heads[-1][0]})")
    return _one_each(table, heads, sorted(set(chosen)))


def _is_filled(table: Table, place: int) -> bool:
    """Return whether a column may hold prices: not an empty one, and not the count of its rows."""
    cells = table.cells(place)
    if table.head(place).lower() in ("", "unnamed: 0", "index", "#", "no."):
        return any(cells) and not (place < table.day and all(map(str.isdigit, cells)))
    return any(plain_number(cell) for cell in cells)


def _one_each(table: Table, heads: Sequence[Named], places: Sequence[int]) -> list[Column]:
    kept: dict[str, int] = {}
    rank = {"adjusted": 2, "close": 1}
    row = table.heads[-1][0]
    for place in places:
        is_close = heads[place].kind in ("close", "adjusted")
        coin = heads[place].coin or ("" if is_close else table.head(place))
        if not (is_symbol(coin) or (is_close and not coin)):
            raise InputError(
                f"column {place + 1} of the price file must be a symbol of 1 to 20 letters, digits, dots or dashes, "
                f"not {table.head(place)!r:.40} (row {row})"
            )
        before = kept.get(coin)
        if before is not None and rank.get(heads[before].kind, 0) == rank.get(heads[place].kind, 0):
            if coin or table.head(before) == table.head(place):
                raise InputError(
                    f"column {place + 1} of the price file names {coin or table.head(place)} a second time (row {row})"
                )
            continue  # "Price" and "Last": the first one
        if before is None or rank.get(heads[place].kind, 0) > rank.get(heads[before].kind, 0):
            kept[coin] = place
    if not 1 <= len(kept) < MAX_COLUMNS:
        raise InputError(f"the price file must hold 1 to {MAX_COLUMNS - 1} price columns, not {len(kept)} (row {row})")
    said = {"adjusted": "adjusted close", "close": "close"}
    return [Column(place, coin, said.get(heads[place].kind, "close")) for coin, place in kept.items()]


def _close_without_head(table: Table) -> int:
    """Return the column of the close in a file without a header: beside the day, or the one of open, high, low, close.

    Raises
    ------
    InputError
        If it cannot be told.
    """
    row = table.body[0][0]
    others = [place for place in range(table.width) if place != table.day and any(table.cells(place))]
    if len(others) == 1:
        return others[0]
    first = table.day + 1
    cells = [[plain_number(cell) for cell in table.cells(place)] for place in range(first, first + 4)]
    mark = decimal_mark((cell for one in cells for cell in one), table.separator)
    numbers = [[number_of(cell, mark) for cell in one] for one in cells]
    bars = np.array([[np.nan if one is None else one for one in numbers_] for numbers_ in numbers])
    with np.errstate(invalid="ignore"):
        is_high = (bars >= np.max(bars, axis=0)).mean(axis=1) > 0.9
        is_low = (bars <= np.min(bars, axis=0)).mean(axis=1) > 0.9
    # Open, high, low, close (Binance, Kraken); low, high, open, close (Coinbase); open, close, high, low (Bitfinex).
    for high, low, close in ((1, 2, 3), (1, 0, 3), (2, 3, 1)):
        if len(others) >= 4 and is_high[high] and is_low[low]:
            return first + close
    raise InputError(
        f"the price file must begin with a line that names its columns: date, then a symbol for each; row {row} is none"
    )


def check_dollars(table: Table, heads: Sequence[Named], kept: Sequence[Column], said: Sequence[str]) -> None:
    """Refuse prices in another currency than dollars, as heads, cells, titles or the file's name say it."""
    quoted = [(heads[one.place].currency, f"column {table.head(one.place)}") for one in kept]
    cells = " ".join(cell for one in kept for cell in table.cells(one.place)[:50])
    quoted.append((signed_currency(cells) or currency_of(set(re.findall("[A-Z]{3,5}", cells.upper()))), "a price"))
    for place in range(table.width):
        if table.head(place).strip().lower() in ("currency", "quote"):
            quotes = {cell.upper() for cell in table.cells(place)} - known_symbols()
            quoted += [(quote, f"column {table.head(place)}") for quote in quotes]
        elif table.head(place).strip().lower() in _COIN_HEADS | _MORE_COIN_HEADS:
            quoted += [(pair(cell)[1], f"column {table.head(place)}") for cell in set(table.cells(place))]
    if not any(quote for quote, _ in quoted):
        quoted += zip(said, ("a line above them", "the file's name"), strict=True)
    wrong = next(((quote, where) for quote, where in quoted if is_symbol(quote) and quote not in DOLLARS), None)
    if wrong:
        raise InputError(
            f"the prices are in {wrong[0]:.10}, as {wrong[1]:.40} says, and everything here is in dollars; load prices "
            "in USD or USDT"
        )


def tickers_of(table: Table) -> list[str] | None:
    """Return the coin of each row, where a column says it; None without one."""
    for place in range(table.width):
        head = table.head(place).strip("<> ").lower()
        if head == "currency" and {cell.upper() for cell in table.cells(place)} <= known_symbols() - set(
            DOLLARS
        ):  # CoinDesk
            return [cell.upper() for cell in table.cells(place)]
        if head in _COIN_HEADS | _MORE_COIN_HEADS and place != table.day:
            named = {cell: column(cell).coin for cell in set(table.cells(place))}
            wrong = next((cell for cell, coin in named.items() if not is_symbol(coin)), None)
            if wrong is not None and head in _COIN_HEADS:
                raise InputError(f"column {head} of the price file must name coins by their symbols, not {wrong!r:.40}")
            if all(is_symbol(coin) and not coin.isdigit() for coin in named.values()):
                return [named[cell] for cell in table.cells(place)]
    return None


# ---- rows ------------------------------------------------------------------------------------------------------------
def frame_of(table: Table, kept: Sequence[Column]) -> "tuple[pd.DataFrame, list[str]]":
    """Return (the prices, clauses about what was left out)."""
    import pandas as pd

    numbers = [number for number, _ in table.body]
    dates, seconds = dates_of(table)
    values = _values(table, kept)
    given = np.array(dates, dtype="datetime64[D]")
    order = np.lexsort((np.array(seconds), given))
    step, days, values, noted = _one_a_day(
        given[order], np.array(seconds)[order], values[order], np.array(numbers)[order]
    )
    if len(days) < MIN_ROWS:
        daily = (
            f"prices must be daily; these are {step} apart, over {len(days)} day{'s' * (len(days) > 1)}" if step else ""
        )
        least = f"the price file must hold at least {MIN_ROWS} {'days' if daily else 'rows'} of prices"
        raise InputError(f"{daily}: {least}" if daily else f"{least}, not {len(days)}")
    if (np.diff(given) < 0).any() and (np.diff(given) > 0).any():
        noted.append("days that were not in order sorted")
    if table.n_footers:
        noted.append(f"{table.n_footers} line{'s' * (table.n_footers > 1)} below the prices left out")
    index = pd.DatetimeIndex(days.astype("datetime64[s]"), name="date")
    return pd.DataFrame(values, index=index, columns=[one.coin for one in kept]), noted


def check_widths(table: Table) -> None:
    """Refuse rows with other cells than the head has; empty ones at the end do not count."""
    if not table.heads:
        return
    row = table.heads[-1][1]
    named = max((place for place, cell in enumerate(row) if cell.strip()), default=0) + 1
    least = 1 + max([named - 1, *(place for head in table.heads for place, cell in enumerate(head[1]) if cell.strip())])
    for number, cells in table.body:
        has = max((place for place, cell in enumerate(cells) if cell.strip()), default=0) + 1
        if has > max(least, len(row)) or len(cells) < least:
            comma = "; a decimal comma must stand in quotes or between semicolons" if has > least else ""
            raise InputError(f"row {number} must hold {least} cells as the header does, not {len(cells)}{comma}")


def _values(table: Table, kept: Sequence[Column]) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return the prices, shape (rows, columns), NaN where there is none."""
    cells = [[plain_number(cell) for cell in table.cells(one.place)] for one in kept]
    mark = decimal_mark((cell for column_ in cells for cell in column_), table.separator)
    values = np.full((len(table.body), len(kept)), np.nan)
    for place, (one, plain) in enumerate(zip(kept, cells, strict=True)):
        for at, cell in enumerate(plain):
            if cell:
                values[at, place] = _value(cell, mark, table, one, at)
    return values


def _value(plain: str, mark: str, table: Table, one: Column, at: int) -> float:
    value = number_of(plain, mark)
    if value is not None and value < _MOST:
        return value
    text = table.cells(one.place)[at]
    where = f"column {one.coin or table.head(one.place) or one.place + 1}, row {table.body[at][0]}"
    if text.startswith(("=", "@", "+")):
        raise InputError(f"{where}: expected a price, not the formula {text!r:.40}; save the file with values only")
    if value is None and plain.lower().strip("+-") not in ("inf", "infinity"):
        raise InputError(f"{where}: expected a price, not {text!r:.40}")
    raise InputError(f"{where}: expected a price above 0 and below 1e9, not {text:.40}")


def _one_a_day(
    days: "np.ndarray[tuple[int], np.dtype[np.datetime64]]",
    seconds: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    values: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> "tuple[str, np.ndarray, np.ndarray, list[str]]":
    """Return (distance of bars within the day, "" for none; days, prices, clauses): one price a day.

    Of bars within the day the last one counts, of rows that are there twice the first.
    """
    again = days[1:] == days[:-1]
    if not again.any():
        return "", days, values, []
    is_within = again & (seconds[1:] > seconds[:-1])
    if is_within.sum() >= 0.5 * (len(days) - 1):
        step = int(np.median(np.diff(seconds)[is_within]))
        last = np.append(~again, True)
        last[-1] = seconds[-1] >= np.median(seconds[last])  # the day that is not over yet
        apart = (
            f"{step // 3600} hour{'s' * (step >= 7200)}"
            if step % 3600 == 0
            else f"{step / 60:g} minute{'s' * (step > 60)}"
        )
        return apart, days[last], values[last], [f"bars of {apart}, of which the last of each day was taken"]
    same = np.append(False, again & np.all((values[1:] == values[:-1]) | np.isnan(values[1:]), axis=1))
    wrong = np.append(False, again) & ~same
    if wrong.any():
        row, day = int(numbers[wrong][0]), days[wrong][0]
        raise InputError(f"column date, row {row}: {day} stands there a second time; each date may come once")
    return "", days[~same], values[~same], [f"{same.sum()} rows that are there twice left out"]
