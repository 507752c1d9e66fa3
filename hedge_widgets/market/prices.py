"""Prices from a file of the user's: read, checked, and turned into returns and last prices."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.market.price_columns import (
    MAX_COLUMNS,
    MIN_ROWS,
    Column,
    check_dollars,
    check_widths,
    frame_of,
    heads_of,
    price_columns,
    tickers_of,
)
from hedge_widgets.market.price_names import coin_in, known_symbols, pair
from hedge_widgets.market.price_shapes import SEPARATORS, Table, table_of, text_of
from hedge_widgets.model.hedge_ratio.returns import rows_of_days, spanned_returns
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import is_symbol

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

MAX_BYTES = 2_000_000  # of an uploaded file
UNNAMED = "COIN"  # the column of a file that holds one coin and does not say which


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
    check_widths(table)
    heads = heads_of(table)
    titled = coin_in(" ".join(table.titles)), coin_in(Path(name).stem)
    if coin and not is_symbol(coin):
        raise InputError(f"a coin is named by a symbol of 1 to 20 letters, digits, dots or dashes, not {coin!r:.40}")
    kept = price_columns(table, heads)
    check_dollars(table, heads, kept, [quote for _, quote in titled])
    tickers = tickers_of(table)
    if tickers is not None and len(set(tickers)) > 1:
        return _stacked(table, kept, tickers)
    is_named, title = True, next((one for one, _ in titled if one), "")
    head = heads[kept[0].place]
    is_word = head.coin not in known_symbols() and not head.currency and not table.head(kept[0].place).isupper()
    if len(kept) == 1 and is_word and (title or coin):  # "t,v" in btc.csv
        kept = [replace(kept[0], coin="")]
    if len(kept) == 1 and not kept[0].coin:
        found = pair(coin)[0] if coin else (tickers or [""])[0] or title
        kept, is_named = [replace(kept[0], coin=found or UNNAMED)], bool(found)
    frame, noted = frame_of(table, kept)
    is_one = bool(heads[kept[0].place].kind) or not table.heads
    first = f"one coin, {kept[0].coin if is_named else 'not named in the file'}" if len(kept) == 1 else ""
    taken = f"{first}, {kept[0].title}" if first and is_one else first or f"{len(frame.columns)} coins"
    return PriceFile(prices=frame, words=_words(table, taken, frame, noted), is_named=is_named)


def _stacked(table: Table, kept: Sequence[Column], tickers: Sequence[str]) -> PriceFile:
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
        frame, noted = frame_of(replace(table, body=body, days=days), [replace(kept[0], coin=coin)])
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
