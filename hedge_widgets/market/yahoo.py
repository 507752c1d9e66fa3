"""Daily prices of coins from Yahoo Finance through yfinance: one symbol at a time, checked, failures in words."""

import functools
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from hedge_widgets.market.facts import rows
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import is_symbol

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "Yahoo Finance"
TIMEOUT_SECONDS = 10.0
COLUMNS = ["open", "high", "low", "close", "volume"]
META = ("instrumentType", "currency", "symbol", "longName", "shortName", "regularMarketTime")
GENESIS = date(2009, 1, 3)


class FetchError(InputError):
    """Yahoo gave no usable prices; the message names the symbol and what to do.

    ``kind`` is one of unknown symbol, rate limit, offline, slow, empty, delisted, bad answer, wrong type,
    wrong currency, other coin.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def session() -> Any:
    """Return the HTTP session to ask with; None leaves yfinance its own, which looks like a browser to Yahoo."""
    return None


def stored_name(symbol: str) -> str:
    """Return the name a symbol has in the store: "btc" and "BTC-USD" are both BTC-USD.

    Raises
    ------
    InputError
        If it is not a symbol.
    """
    if not is_symbol(symbol):
        raise InputError(
            f"a symbol must be 1 to 20 letters, digits, dots or dashes, such as BTC-USD, not {symbol!r:.40}"
        )
    name = symbol.upper()
    return name if "-" in name else f"{name}-USD"


@functools.cache
def renamed_symbols() -> dict[str, tuple[str, str]]:
    """Return (Yahoo's symbol, the coin's name) of the coins whose plain symbol Yahoo gives to another coin."""
    return {f"{row['symbol']}-USD": (row["yahoo_symbol"], row["name"]) for row in rows("yahoo_symbols.csv")}


def fetch_history(
    symbol: str, first: date, *, session: Any = None, now: datetime
) -> tuple["pd.DataFrame", dict[str, str]]:
    """Return (daily prices from ``first`` on, what was checked in words), as Yahoo gives them, not adjusted.

    The frame has the index date (ascending, once each, UTC days) and open, high, low, close (USD per coin) and volume.
    Rows without a close and the unfinished last day are left out, which the details say.

    Parameters
    ----------
    symbol : str
        "BTC" or "BTC-USD"; where Yahoo gives the plain symbol to another coin, the right one is asked for.
    first : date
        First day.
    session : requests.Session or curl_cffi Session, optional
        To ask with.
    now : datetime
        The present, with its time zone.

    Raises
    ------
    FetchError
        If Yahoo gives no prices, or prices of something that is not a coin in USD.
    """
    name = stored_name(symbol)
    yahoo_symbol, coin = renamed_symbols().get(name, (name, ""))
    now = now.astimezone(UTC)
    if not GENESIS <= first <= now.date():
        raise InputError(f"the first day must lie between {GENESIS} and today ({now.date()}), not {first}")
    yfinance = yfinance_module()
    with _plain_yfinance(yfinance):
        ticker = yfinance.Ticker(yahoo_symbol, session=session)
        # Coins have UTC days. Asking Yahoo for the zone would be a second request, and yfinance keeps its failure for
        # the life of the process.
        ticker._tz = "UTC"
        try:
            answer = ticker.history(
                start=first.isoformat(),
                interval="1d",
                auto_adjust=False,
                actions=False,
                keepna=True,
                timeout=TIMEOUT_SECONDS,
            )
            meta = {key: ticker.history_metadata.get(key) for key in META}
        except yfinance.exceptions.YFRateLimitError as error:
            message = f"Yahoo answers no more requests from here for now (rate limit), so not for {name} either"
            raise FetchError("rate limit", f"{message}; try again in a quarter of an hour") from error
        except yfinance.exceptions.YFPricesMissingError as error:
            is_listed = error.yahoo_reason is None and bool(ticker.history_metadata.get("symbol"))
            raise _missing(error.yahoo_reason, name, first, is_listed) from error
        except Exception as error:  # yfinance lets through whatever an answer it did not expect leads to
            raise _failure(error, name) from error
    details = _checked_details(meta, name, yahoo_symbol, coin)
    frame, left_out = _finished_rows(answer, meta["regularMarketTime"], now)
    if frame.empty:
        raise FetchError("empty", f"Yahoo has no finished day of {name} since {first}; ask from an earlier day")
    return frame, details | {"left_out": left_out, "yfinance": yfinance.__version__}


def yfinance_module() -> Any:
    """Return the package yfinance.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        import yfinance
    except ImportError:
        raise InputError("prices from Yahoo need a package more: pip install 'hedge-widgets[yahoo]'") from None
    return yfinance


@contextmanager
def _plain_yfinance(yfinance: Any) -> Iterator[None]:
    """Let yfinance raise instead of log, keep its noise off the screen, and put its cache beside ours."""
    import platformdirs

    # Not into the store: yfinance unpickles what it finds there, and a store may come from somebody else.
    yfinance.set_tz_cache_location(str(platformdirs.user_cache_path("hedge_widgets", appauthor=False) / "yfinance"))
    debug, logger = yfinance.config.debug, logging.getLogger("yfinance")
    before, level = debug.hide_exceptions, logger.level
    debug.hide_exceptions = False
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            # pandas deprecates what yfinance 1.7 calls
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"yfinance\.")
            yield
    finally:
        debug.hide_exceptions = before
        logger.setLevel(level)


def _missing(reason: str | None, name: str, first: date, is_listed: bool) -> FetchError:
    if reason and "No data found" in reason:
        return FetchError("unknown symbol", f"Yahoo knows no {name}, or no longer; look its symbol up at Yahoo Finance")
    if reason and "Data doesn't exist" in reason:
        return FetchError("empty", f"Yahoo has no prices of {name} since {first}; ask from an earlier day")
    if reason:
        return FetchError("bad answer", f"Yahoo refuses to give {name}: {_plain(reason)}")
    if is_listed:
        return FetchError("delisted", f"Yahoo still lists {name} but has no prices since {first}; it may be delisted")
    return FetchError("bad answer", f"Yahoo's answer for {name} holds no prices and no reason; try again later")


def _failure(error: Exception, name: str) -> FetchError:
    if isinstance(error, OSError) and not isinstance(error, ValueError):  # requests' JSON errors are both
        if "timeout" in type(error).__name__.lower():
            return FetchError("slow", f"Yahoo did not answer for {name} within {TIMEOUT_SECONDS:g} s; try again later")
        return FetchError("offline", f"Yahoo cannot be reached for {name}; look after the network connection")
    what = f"{type(error).__name__}: {_plain(error)}"
    return FetchError("bad answer", f"Yahoo's answer for {name} cannot be understood ({what}); try again later")


def _plain(text: object) -> str:
    """Return foreign text fit for one line of a terminal or a manifest."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))[:100]


def _checked_details(meta: dict[str, Any], name: str, yahoo_symbol: str, coin: str) -> dict[str, str]:
    kind, currency = _plain(meta["instrumentType"]), _plain(meta["currency"])
    called = _plain(meta["longName"] or meta["shortName"] or "without a name")
    if meta["symbol"] != yahoo_symbol:
        raise FetchError("bad answer", f"Yahoo was asked for {yahoo_symbol} and answered with {_plain(meta['symbol'])}")
    if kind != "CRYPTOCURRENCY":
        raise FetchError("wrong type", f"{name} must be a coin; at Yahoo it is {called}, of the type {kind}")
    if currency != "USD":
        raise FetchError("wrong currency", f"{name} must be quoted in USD; Yahoo quotes {called} in {currency}")
    checked = f"type {kind}, currency {currency}, name {called}"
    if coin:
        checked += f"; asked for {yahoo_symbol}, because plain {name} is another coin"
        if coin.lower() not in called.lower():
            checked += f"; the name should be {coin}: see for yourself whether it is that coin"
    return {"yahoo_symbol": yahoo_symbol, "name": called, "type": kind, "currency": currency, "checked": checked}


def _finished_rows(answer: "pd.DataFrame", market_time: Any, now: datetime) -> tuple["pd.DataFrame", str]:
    import numpy as np
    import pandas as pd

    # Yahoo's own clock tells which day is unfinished; this machine's may be wrong.
    clock = market_time if isinstance(market_time, datetime) else now
    frame = answer.rename(columns=str.lower)[COLUMNS].astype("float64")
    frame.index = pd.DatetimeIndex(frame.index.tz_localize(None), name="date").as_unit("s")
    is_finished = frame.index < pd.Timestamp(clock.date())
    has_close = np.isfinite(frame["close"])
    parts = [f"{day:%Y-%m-%d} without a close" for day in frame.index[is_finished & ~has_close]]
    parts += [f"{day:%Y-%m-%d} not finished" for day in frame.index[~is_finished]]
    shown = parts if len(parts) <= 5 else [*parts[:4], f"{len(parts) - 4} more"]
    return frame[is_finished & has_close], ", ".join(shown) or "nothing"
