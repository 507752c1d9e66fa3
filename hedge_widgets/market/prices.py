"""Prices from a file of the user's: read, checked, and turned into returns and last prices."""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.market.price_names import (
    DOLLARS,
    Named,
    coin_in,
    column,
    currency_of,
    known_coins,
    pair,
    signed_currency,
)
from hedge_widgets.market.price_shapes import (
    SEPARATORS,
    Table,
    dates_of,
    decimal_mark,
    number_of,
    plain_number,
    table_of,
    text_of,
)
from hedge_widgets.model.hedge_ratio.returns import rows_of_days, spanned_returns
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import is_symbol

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

MAX_BYTES = 2_000_000  # of an uploaded file
MIN_ROWS = 31
MAX_COLUMNS = 200
UNNAMED = "COIN"  # the column of a file that holds one coin and does not say which
_MOST = 1e9  # a price, dollars
_LETTERS = {"o": "open", "h": "high", "l": "low", "c": "close"}
_IGNORED = {"currency", "quote", "base", "exchange"}
_COIN_HEADS = {"symbol", "ticker", "coin", "coin_id", "asset", "pair"}
_MORE_COIN_HEADS = {"name", "id", "market", "instrument"}  # which may say something else
_COINS_NAMED_LIKE_PRICES = {"HIGH", "OPEN", "ID", "TIME", "BASE", "ASK", "PER"}


class UnnamedCoinError(InputError):
    """A file of one coin does not say which, and has to be asked about."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PriceFile:
    """What a file holds: daily closes (index of dates, a column a coin), and a clause that says how it was read.

    ``is_named`` tells whether a file of one coin, or its name, says which coin that is.
    """

    prices: "pd.DataFrame"
    words: str
    is_named: bool = True


@dataclass(frozen=True)
class _Column:
    """A column of prices: its place in the table, its coin, and how it was named there."""

    place: int
    coin: str
    title: str


def load_prices(source: str | Path | bytes, coin: str = "") -> "pd.DataFrame":
    """Return daily prices read from a file or its bytes: index of dates (ascending), one float column a symbol.

    Any common shape of a CSV file is read, as its content shows it: coins in columns, coins in rows, or one coin's
    open, high, low and close; see :func:`read_prices` for the line that says what was taken. NaN is "no price"; zero
    and negative prices stay as they are and are faults.

    Parameters
    ----------
    source
        The file or its bytes.
    coin
        Whose prices they are, where the file holds one coin. Without it the file says that itself, or its name
        ("BTC-USD.csv"), else the column is "COIN".

    Raises
    ------
    InputError
        With the column and row (1 = the first line) of the first fault, and what is expected there.
    """
    return read_prices(source, coin=coin).prices


def read_prices(source: str | Path | bytes, name: str = "", coin: str = "") -> PriceFile:
    """Return what a file of prices holds, and how it was read; ``name`` is that of a file that comes as bytes.

    Raises
    ------
    InputError
        As :func:`load_prices`.
    """
    if not isinstance(source, bytes):
        name, source = Path(source).name, Path(source).read_bytes()
    table = table_of(text_of(source))
    _check_widths(table)
    heads = _heads(table)
    titled = coin_in(" ".join(table.titles)), coin_in(Path(name).stem)
    if coin and not is_symbol(coin):
        raise InputError(f"a coin is named by a symbol of 1 to 20 letters, digits, dots or dashes, not {coin!r:.40}")
    kept = _price_columns(table, heads)
    _check_dollars(table, heads, kept, [quote for _, quote in titled])
    tickers = _tickers(table)
    if tickers is not None and len(set(tickers)) > 1:
        return _stacked(table, kept, tickers)
    is_named, title = True, next((one for one, _ in titled if one), "")
    head = heads[kept[0].place]
    is_word = head.coin not in known_coins() and not head.currency and not table.head(kept[0].place).isupper()
    if len(kept) == 1 and is_word and (title or coin):  # "t,v" in btc.csv
        kept = [replace(kept[0], coin="")]
    if len(kept) == 1 and not kept[0].coin:
        found = pair(coin)[0] if coin else (tickers or [""])[0] or title
        kept, is_named = [replace(kept[0], coin=found or UNNAMED)], bool(found)
    frame, noted = _frame(table, kept)
    is_one = bool(heads[kept[0].place].kind) or not table.heads
    first = f"one coin, {kept[0].coin if is_named else 'not named in the file'}" if len(kept) == 1 else ""
    taken = f"{first}, {kept[0].title}" if first and is_one else first or f"{len(frame.columns)} coins"
    return PriceFile(prices=frame, words=_words(table, taken, frame, noted), is_named=is_named)


def _heads(table: Table) -> list[Named]:
    """Return what the heads say; "o", "h", "l" and "c" are words where all four are there (OKX)."""
    names = [table.head(place) for place in range(table.width)]
    is_short = set(_LETTERS) <= {name.lower() for name in names}
    return [column(_LETTERS.get(name.lower(), name) if is_short else name) for name in names]


# ---- which columns ---------------------------------------------------------------------------------------------------
def _price_columns(table: Table, heads: Sequence[Named]) -> list[_Column]:
    """Return the columns of closes, one for a coin; of closes and adjusted closes the adjusted ones."""
    if not table.heads:
        return [_Column(_close_without_head(table), "", "close")]
    if heads[table.day].coin in known_coins():
        name = table.head(table.day)
        raise InputError(f"the column of dates must be named date, not {name!r:.40} (row {table.heads[-1][0]})")
    places = [place for place in range(table.width) if place != table.day and _is_filled(table, place)]
    is_candle = sum(heads[place].is_open_high_low for place in places) >= 2
    alone = [place for place in places if heads[place].kind in ("close", "adjusted") and not heads[place].coin]
    whole = [place for place in places if not heads[place].kind and table.head(place).strip().lower() not in _IGNORED]
    if alone and (is_candle or not any(heads[place].coin in known_coins() for place in whole)):
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


def _one_each(table: Table, heads: Sequence[Named], places: Sequence[int]) -> list[_Column]:
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
    return [_Column(place, coin, said.get(heads[place].kind, "close")) for coin, place in kept.items()]


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


def _check_dollars(table: Table, heads: Sequence[Named], kept: Sequence[_Column], said: Sequence[str]) -> None:
    """Refuse prices in another currency than dollars, as heads, cells, titles or the file's name say it."""
    quoted = [(heads[one.place].currency, f"column {table.head(one.place)}") for one in kept]
    cells = " ".join(cell for one in kept for cell in table.cells(one.place)[:50])
    quoted.append((signed_currency(cells) or currency_of(set(re.findall("[A-Z]{3,5}", cells.upper()))), "a price"))
    for place in range(table.width):
        if table.head(place).strip().lower() in ("currency", "quote"):
            quotes = {cell.upper() for cell in table.cells(place)} - known_coins()
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


def _tickers(table: Table) -> list[str] | None:
    """Return the coin of each row, where a column says it; None without one."""
    for place in range(table.width):
        head = table.head(place).strip("<> ").lower()
        if head == "currency" and {cell.upper() for cell in table.cells(place)} <= known_coins() - set(
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
def _frame(table: Table, kept: Sequence[_Column]) -> "tuple[pd.DataFrame, list[str]]":
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


def _check_widths(table: Table) -> None:
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


def _values(table: Table, kept: Sequence[_Column]) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return the prices, shape (rows, columns), NaN where there is none."""
    cells = [[plain_number(cell) for cell in table.cells(one.place)] for one in kept]
    mark = decimal_mark((cell for column_ in cells for cell in column_), table.separator)
    values = np.full((len(table.body), len(kept)), np.nan)
    for place, (one, plain) in enumerate(zip(kept, cells, strict=True)):
        for at, cell in enumerate(plain):
            if cell:
                values[at, place] = _value(cell, mark, table, one, at)
    return values


def _value(plain: str, mark: str, table: Table, one: _Column, at: int) -> float:
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


def _stacked(table: Table, kept: Sequence[_Column], tickers: Sequence[str]) -> PriceFile:
    """Return the prices of a file with a row for each day and coin."""
    import pandas as pd

    if len(kept) != 1:
        raise InputError("the price file must hold one column of closes beside the one that names the coin of each row")
    columns, coins = {}, list(dict.fromkeys(tickers))
    if len(coins) >= MAX_COLUMNS:
        raise InputError(f"the price file must hold prices of 1 to {MAX_COLUMNS - 1} coins, not {len(coins)}")
    noted: list[str] = []
    for coin in coins:
        rows = [place for place, ticker in enumerate(tickers) if ticker == coin]
        body, days = tuple(table.body[place] for place in rows), tuple(table.days[place] for place in rows)
        frame, noted = _frame(replace(table, body=body, days=days), [replace(kept[0], coin=coin)])
        columns[coin] = frame[coin]
    frame = pd.DataFrame(columns).sort_index().rename_axis("date")
    return PriceFile(prices=frame, words=_words(table, f"{len(coins)} coins, one below the other", frame, noted))


def _words(table: Table, taken: str, frame: "pd.DataFrame", noted: Sequence[str]) -> str:
    """Return the clause that says how a file was read."""
    spacing = spacing_days(frame)
    count = f"{len(frame):,} days" if round(spacing) == 1 else f"{len(frame):,} rows, {spacing:g} days apart,"
    separator = SEPARATORS.get(table.separator, f"separator {table.separator!r}")
    return f"read as {taken}; {'; '.join([separator, *noted, f'{count} to {frame.index[-1]:%Y-%m-%d}'])}"


def spacing_days(prices: "pd.DataFrame") -> float:
    """Return the usual distance of two rows, days."""
    return float(np.median(np.diff(prices.index.to_numpy()) / np.timedelta64(1, "D")))


def last_days(prices: "pd.DataFrame") -> dict[str, datetime.date]:
    """Return the day of each symbol's last price, for those that have one."""
    prices = prices_only(prices)
    return {str(name): column.last_valid_index().date() for name, column in prices.items() if column.notna().any()}


def last_common_day(prices: "pd.DataFrame", symbols: Sequence[str]) -> datetime.date:
    """Return the last day on which all the symbols have a price; the last of all where there is none."""
    common = prices_only(prices[list(dict.fromkeys(symbols))]).dropna()
    day: datetime.date = (common if len(common) else prices).index[-1].date()
    return day


def prices_only(prices: "pd.DataFrame") -> "pd.DataFrame":
    """Return prices with NaN where there is no price: zero, negative and infinite ones (a store may hold them)."""
    return prices.where((prices > 0) & (prices < float("inf")))


def last_prices(prices: "pd.DataFrame") -> dict[str, float]:
    """Return the last price of each symbol that has one; what is not above 0 is none."""
    prices = prices_only(prices)
    return {str(symbol): float(column.dropna().iloc[-1]) for symbol, column in prices.items() if column.notna().any()}


def day_numbers(index: "pd.Index") -> "npt.NDArray[np.int64]":
    """Return the dates of a frame as whole days since 1970, shape (n,)."""
    return np.asarray(index.to_numpy().astype("datetime64[D]").astype(np.int64))


def one_a_day(prices: "pd.DataFrame") -> "pd.DataFrame":
    """Return the prices in the order of their dates, the first row of each, with NaN where there is no price.

    Raises
    ------
    InputError
        If a day has prices at several times.
    """
    ordered = prices_only(prices[~prices.index.duplicated()].sort_index())
    again = np.flatnonzero(np.diff(day_numbers(ordered.index)) == 0)
    if len(again):
        raise InputError(f"prices must be daily; {ordered.index[again[0]]:%Y-%m-%d} has prices at several times")
    return ordered


def common_prices(prices: "pd.DataFrame", symbols: tuple[str, ...]) -> "pd.DataFrame":
    """Return the rows in which all the symbols have prices, in the order of their dates, the first of each date.

    Raises
    ------
    InputError
        If a symbol has no column, prices are not daily, or fewer than ``MIN_ROWS`` rows remain.
    """
    missing = [symbol for symbol in symbols if symbol not in prices.columns]
    if missing:
        raise InputError(f"the price file has no column for {', '.join(missing)}; it has {', '.join(prices.columns)}")
    names = list(dict.fromkeys(symbols))
    common = one_a_day(prices[names]).dropna()
    if len(common) < MIN_ROWS:
        raise InputError(f"{', '.join(names)} must have at least {MIN_ROWS} common dates, not {len(common)}")
    return common


def log_returns(
    prices: "pd.DataFrame", symbols: tuple[str, ...], window: int
) -> tuple["npt.NDArray[np.float64]", "npt.NDArray[np.int64]", "pd.Timestamp"]:
    """Return (log returns, shape (n, symbols); the days each spans, shape (n,); the last date) of the common dates.

    They are those that end in the last ``window`` days to the last common date; where these hold fewer than
    ``MIN_ROWS`` - 1, because prices are farther apart than a day, the last so many.

    Raises
    ------
    InputError
        As :func:`common_prices`.
    """
    common = common_prices(prices, symbols)
    levels = common[list(symbols)].to_numpy(dtype=np.float64)
    returns, spans, ends = spanned_returns(levels, days := day_numbers(common.index), kind="log")
    rows = rows_of_days(days[ends], window, MIN_ROWS - 1)
    return returns[rows], spans[rows], common.index[-1]


def basket_prices(prices: "pd.DataFrame") -> "pd.Series[float]":
    """Return the level of a basket, 1 before the first day, whose daily return is the mean of the returns present."""
    returns = prices_only(prices).dropna(how="all").pct_change(fill_method=None).mean(axis=1)
    level: pd.Series[float] = (1.0 + returns.fillna(0.0)).cumprod()
    return level.reindex(prices.index).rename("basket")


def weighted_prices(prices: "pd.DataFrame", weights: Mapping[str, float]) -> "pd.Series[float]":
    """Return the level of a basket at weights that are restored every day, 1 on the first day that all its coins have.

    The daily return is the weighted sum of the coins'; what the weights lack to 1 is cash, which does not move. Days
    on which one of the coins has no price have no level.

    Raises
    ------
    InputError
        If the basket would have lost all it was worth on a day, as short or borrowed coins can.
    """
    common = prices_only(prices[list(weights)]).dropna()
    moves = common.pct_change(fill_method=None).fillna(0.0) @ np.array(list(weights.values()))
    if (moves <= -1.0).any():
        day = moves.index[moves <= -1.0][0]
        raise InputError(f"at their present weights your coins would have lost all they were worth on {day:%Y-%m-%d}")
    level: pd.Series[float] = (1.0 + moves).cumprod()
    return level.reindex(prices.index).rename("basket")
