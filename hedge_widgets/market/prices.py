"""Prices from a CSV of the user's: read, checked, and turned into returns and last prices."""

import csv
import datetime
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.model.hedge_ratio.returns import rows_of_days, spanned_returns
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import is_symbol

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

MAX_BYTES = 2_000_000  # of an uploaded file
MIN_ROWS = 31
MAX_COLUMNS = 200


def load_prices(source: str | Path | bytes) -> "pd.DataFrame":
    """Return prices read from a CSV file or its bytes: index of dates (ascending), one float column a symbol.

    The first column is ``date`` (YYYY-MM-DD, a time after it is ignored); the others are closes in quote currency,
    empty where there is none. A column "BTC-USD" becomes the symbol BTC.

    Raises
    ------
    InputError
        With the column and row (1 = the header) of the first fault, and what is expected there.
    """
    import pandas as pd

    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the price file must be text in UTF-8; byte {error.start + 1} is not") from None
    if "\0" in text:
        raise InputError("the price file must be CSV text; it holds a NUL byte")
    try:
        reader = csv.reader(io.StringIO(text))
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"the price file must be CSV: {error}") from None
    if not lines:
        raise InputError("the price file is empty; expected a header with date and one column per symbol, then prices")
    symbols = _symbols(lines[0][1])
    body = lines[1:]
    if len(body) < MIN_ROWS:
        raise InputError(f"the price file must hold at least {MIN_ROWS} rows of prices, not {len(body)}")
    dates = _dates(body)
    prices = np.array([_prices(row, number, symbols) for number, row in body])
    return pd.DataFrame(prices, index=pd.DatetimeIndex(dates, name="date"), columns=list(symbols))


def _symbols(header: list[str]) -> tuple[str, ...]:
    names = [name.strip() for name in header]
    if names[0].lower() != "date":
        raise InputError(f"the first column of the price file must be named date, not {names[0]!r:.40} (row 1)")
    if not 2 <= len(names) <= MAX_COLUMNS:
        raise InputError(f"the price file must hold 1 to {MAX_COLUMNS - 1} price columns, not {len(names) - 1} (row 1)")
    symbols = []
    for place, name in enumerate(names[1:], 2):
        symbol = name.upper().removesuffix("-USD").removesuffix("-USDT")
        if not is_symbol(symbol):
            raise InputError(
                f"column {place} of the price file must be a symbol of 1 to 20 letters, digits, dots or dashes, "
                f"not {name!r:.40} (row 1)"
            )
        if symbol in symbols:
            raise InputError(f"column {place} of the price file names {symbol} a second time (row 1)")
        symbols.append(symbol)
    return tuple(symbols)


def _dates(body: list[tuple[int, list[str]]]) -> list[datetime.date]:
    dates: dict[datetime.date, None] = {}  # in order
    last = datetime.date.min
    for number, row in body:
        text = row[0].strip()
        try:
            date = datetime.date.fromisoformat(text[:10])
        except ValueError:
            raise InputError(f"column date, row {number}: expected a date as YYYY-MM-DD, not {text!r:.40}") from None
        if date in dates:
            raise InputError(f"column date, row {number}: {date} stands there a second time; each date may come once")
        if date < last:
            raise InputError(f"column date, row {number}: {date} comes after {last}; dates must ascend")
        dates[date], last = None, date
    return list(dates)


def _prices(row: list[str], number: int, symbols: tuple[str, ...]) -> list[float]:
    if len(row) != len(symbols) + 1:
        raise InputError(f"row {number} must hold {len(symbols) + 1} cells as the header does, not {len(row)}")
    values = []
    for symbol, cell in zip(symbols, row[1:], strict=True):
        text = cell.strip()
        try:
            value = float(text.replace("_", "?")) if text else float("nan")  # Python reads 1_0 as 10
        except ValueError:
            raise InputError(f"column {symbol}, row {number}: expected a price, not {text!r:.40}") from None
        if text and not 0 < value < 1e9:
            raise InputError(f"column {symbol}, row {number}: expected a price above 0 and below 1e9, not {text:.40}")
        values.append(value)
    return values


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
