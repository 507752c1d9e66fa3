"""Daily prices of coins from Yahoo Finance through yfinance: one symbol at a time, checked, failures in words."""

import errno
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hedge_widgets.market.bounded import THREAD_NAME, Bounded, StoppedError, TooLargeError, TooSlowError
from hedge_widgets.market.coin_names import known_coins
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import is_symbol

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "Yahoo Finance"
TIMEOUT_SECONDS = 10.0
# For all that is asked for one symbol, and for one answer, unpacked: ten years of days are half a megabyte.
SYMBOL_SECONDS = 30.0
MOST_BYTES = 8_000_000
# Clocks that differ by more are not both right.
CLOCKS_AGREE = timedelta(minutes=15)
COLUMNS = ["open", "high", "low", "close", "volume"]
META = ("instrumentType", "currency", "symbol", "longName", "shortName", "regularMarketTime")
GENESIS = date(2009, 1, 3)


class FetchError(InputError):
    """Yahoo gave no usable prices; the message names the symbol and what to do.

    ``kind`` is one of unknown symbol, rate limit, out of service, offline, slow, too large, disk, cancelled, empty,
    delisted, bad answer, wrong type, wrong currency, other coin. ``confirm`` is what takes an unexpected coin all the
    same, such as ARB=ARB-USD; "" where nothing does.
    """

    def __init__(self, kind: str, message: str, confirm: str = "") -> None:
        super().__init__(message)
        self.kind, self.confirm = kind, confirm


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


def fetch_history(
    symbol: str,
    first: date,
    *,
    session: Any = None,
    now: datetime,
    confirmed: str = "",
    stop: threading.Event | None = None,
) -> tuple["pd.DataFrame", dict[str, str]]:
    """Return (daily prices from ``first`` on, what was checked in words), as Yahoo gives them, not adjusted.

    The frame has the index date (ascending, once each, UTC days) and open, high, low, close (USD per coin) and volume.
    Rows without a date or a close, the unfinished last day and days to come are left out, which the details say.

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
    confirmed : str, optional
        Yahoo's symbol that somebody confirmed to be this coin, whatever Yahoo calls it; without it Yahoo's name must
        be one of the coin's in ``data/yahoo_symbols.csv``.
    stop : threading.Event, optional
        Ends the fetch when it is set.

    Raises
    ------
    FetchError
        If Yahoo gives no prices, or prices of something that is not this coin in USD.
    """
    name = stored_name(symbol)
    known = known_coins().get(name)
    yahoo_symbol = confirmed or (known.yahoo_symbol if known else name)
    now = now.astimezone(UTC)
    if not GENESIS <= first <= now.date():
        raise InputError(f"the first day must lie between {GENESIS} and today ({now.date()}), not {first}")
    yfinance = yfinance_module()
    bounded = Bounded(SYMBOL_SECONDS, MOST_BYTES, stop)
    try:
        with _plain_yfinance(yfinance):
            ticker = yfinance.Ticker(yahoo_symbol, session=session)
            answer = bounded.run(ticker._data._session, lambda: _asked(ticker, first))
            meta = {key: ticker.history_metadata.get(key) for key in META}
        details = _checked_details(meta, name, yahoo_symbol, is_confirmed=bool(confirmed))
        frame, left_out = _finished_rows(answer, meta["regularMarketTime"], now)
    except FetchError:
        raise
    except yfinance.exceptions.YFRateLimitError as error:
        message = f"Yahoo answers no more requests from here for now (429, rate limit), so not for {name} either"
        raise FetchError("rate limit", f"{message}; try again in a quarter of an hour") from error
    except Exception as error:  # yfinance lets through whatever an answer it did not expect leads to
        status = next((status for url, status in reversed(bounded.statuses) if "/v8/finance/chart/" in url), 200)
        if isinstance(error, yfinance.exceptions.YFPricesMissingError) and status not in _REFUSING and status < 500:
            is_listed = error.yahoo_reason is None and bool(ticker.history_metadata.get("symbol"))
            raise _missing(error.yahoo_reason, name, first, is_listed) from error
        raise _failure(error, name, status) from error
    if frame.empty:
        text = f"Yahoo has no finished day of {name} since {first}; left out: {left_out}"
        raise FetchError("empty", f"{text}; ask from an earlier day")
    return frame, details | {"left_out": left_out, "yfinance": yfinance.__version__}


def _asked(ticker: Any, first: date) -> "pd.DataFrame":
    # Coins have UTC days. Asking Yahoo for the zone would be a second request, and yfinance keeps its failure for
    # the life of the process.
    ticker._tz = "UTC"
    return ticker.history(
        start=first.isoformat(),
        interval="1d",
        auto_adjust=False,
        actions=False,
        keepna=True,
        timeout=TIMEOUT_SECONDS,
    )


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
        raise InputError(
            "prices from Yahoo need the package yfinance, which is missing: pip install yfinance"
        ) from None
    return yfinance


@contextmanager
def _plain_yfinance(yfinance: Any) -> Iterator[None]:
    """Let yfinance raise instead of log, keep its noise off the screen, and let it do without a cache on the disk."""
    # Its cache holds one cookie, which each process asks for anew; a full or read-only disk is then no failure. It
    # does without where its folder cannot be made, and in a file none can.
    yfinance.set_tz_cache_location(f"{__file__}/none")
    debug = yfinance.config.debug
    before, debug.hide_exceptions = debug.hide_exceptions, False
    # For good, because a thread that was abandoned may still have something to say; only what we ask is silent.
    logging.getLogger("yfinance").addFilter(_is_not_ours)
    try:
        with warnings.catch_warnings():
            # pandas deprecates what yfinance 1.7 calls
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"yfinance\.")
            yield
    finally:
        debug.hide_exceptions = before


def _is_not_ours(record: logging.LogRecord) -> bool:
    return record.threadName != THREAD_NAME


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


# Beside those from 500 on: the statuses with which a source turns somebody away without a reason.
_REFUSING = (403, 451)


def _failure(error: Exception, name: str, status: int) -> FetchError:
    if isinstance(error, StoppedError):
        return FetchError("cancelled", f"{name} was not fetched, because you cancelled")
    if isinstance(error, TooSlowError):
        text = f"Yahoo did not finish its answer for {name} within {SYMBOL_SECONDS:g} s; try again later"
        return FetchError("slow", text)
    if isinstance(error, TooLargeError):
        text = f"Yahoo's answer for {name} is larger than {MOST_BYTES / 1e6:g} MB, so it cannot be daily prices"
        return FetchError("too large", f"{text}; it was not read to its end; try again later")
    reason = _disk_reason(error)
    if reason:
        return FetchError("disk", f"{name} was not fetched: {reason}")
    if status != 200:
        text = f"Yahoo answers {status} instead of prices of {name}: "
        text += "it refuses this computer or is down" if status < 500 else "it is out of service"
        return FetchError("out of service", f"{text}; try again later")
    if isinstance(error, OSError) and not isinstance(error, ValueError):  # requests' JSON errors are both
        if "timeout" in type(error).__name__.lower():
            return FetchError("slow", f"Yahoo did not answer for {name} within {TIMEOUT_SECONDS:g} s; try again later")
        return FetchError("offline", f"Yahoo cannot be reached for {name}; look after the network connection")
    what = f"{type(error).__name__}: {_plain(error)}"
    return FetchError("bad answer", f"Yahoo's answer for {name} cannot be understood ({what}); try again later")


def _disk_reason(error: BaseException | None) -> str:
    """Return what this machine's disk refused, "" where that is not what went wrong."""
    while error is not None:
        is_of_database = type(error).__module__.partition(".")[0] in ("peewee", "sqlite3")
        is_full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in str(error)
        if is_full:
            return "the disk is full"
        if is_of_database:
            return f"yfinance cannot write its cache ({_plain(error)})"
        error = error.__cause__ or error.__context__
    return ""


def _plain(text: object) -> str:
    """Return foreign text fit for one line of a terminal or a manifest."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))[:100]


def _checked_details(meta: dict[str, Any], name: str, yahoo_symbol: str, *, is_confirmed: bool) -> dict[str, str]:
    kind, currency = _plain(meta["instrumentType"]), _plain(meta["currency"])
    called = _plain(meta["longName"] or meta["shortName"] or "without a name")
    if meta["symbol"] != yahoo_symbol:
        raise FetchError("bad answer", f"Yahoo was asked for {yahoo_symbol} and answered with {_plain(meta['symbol'])}")
    if kind != "CRYPTOCURRENCY":
        raise FetchError("wrong type", f"{name} must be a coin; at Yahoo it is {called}, of the type {kind}")
    if currency != "USD":
        raise FetchError("wrong currency", f"{name} must be quoted in USD; Yahoo quotes {called} in {currency}")
    checked = f"type {kind}, currency {currency}, name {called}"
    known = known_coins().get(name)
    if is_confirmed:
        checked += f"; you confirmed that {yahoo_symbol} is this coin"
    elif known is None or not known.is_called(called):
        rule = f"must be {known.names[0]}" if known else "is no coin that we know by name"
        confirm = f"{name.removesuffix('-USD')}={yahoo_symbol}"
        raise FetchError(
            "other coin",
            f"{name} {rule}, and Yahoo calls {yahoo_symbol} {called!r:.60}; if that is your coin, confirm it with "
            f"--as {confirm}",
            confirm,
        )
    elif yahoo_symbol != name:
        checked += f"; asked for {yahoo_symbol}, because plain {name} is another coin"
    details = {"yahoo_symbol": yahoo_symbol, "name": called, "type": kind, "currency": currency, "checked": checked}
    return details | ({"confirmed": "yes"} if is_confirmed else {})


def _finished_rows(answer: "pd.DataFrame", market_time: Any, now: datetime) -> tuple["pd.DataFrame", str]:
    import numpy as np
    import pandas as pd

    frame = answer.rename(columns=str.lower)[COLUMNS].astype("float64")
    frame.index = pd.DatetimeIndex(frame.index.tz_localize(None), name="date").as_unit("s")
    is_dated = frame.index.notna()
    parts = [f"{np.count_nonzero(~is_dated)} without a date"] if not is_dated.all() else []
    frame = frame[is_dated]
    is_past = frame.index <= pd.Timestamp(now.date())
    parts += [f"{day:%Y-%m-%d} still to come" for day in frame.index[~is_past]]
    frame = frame[is_past]
    clock, doubt = _clock(market_time, now, frame.index[-1].date() if len(frame) else GENESIS)
    is_finished = frame.index < pd.Timestamp(clock.date())
    has_close = np.isfinite(frame["close"])
    parts += [f"{day:%Y-%m-%d} without a close" for day in frame.index[is_finished & ~has_close]]
    parts += [f"{day:%Y-%m-%d} not finished" for day in frame.index[~is_finished]]
    shown = parts if len(parts) <= 5 else [*parts[:4], f"{len(parts) - 4} more"]
    return frame[is_finished & has_close], (", ".join(shown) or "nothing") + doubt


def _clock(market_time: Any, now: datetime, last: date) -> tuple[datetime, str]:
    """Return (the time before which days are finished, what is doubtful about it).

    Yahoo's own clock tells, as this machine's may be ahead; but not where it is ahead of this machine's, or behind the
    last day that Yahoo itself gives.
    """
    import pandas as pd

    if not isinstance(market_time, datetime) or pd.isna(market_time):
        return now, ""
    told = market_time.replace(tzinfo=market_time.tzinfo or UTC).astimezone(UTC)
    if told > now + CLOCKS_AGREE:
        return now, (
            f"; Yahoo's clock says {told:%Y-%m-%d %H:%M} and this machine's {now:%Y-%m-%d %H:%M} UTC: one of them is "
            "wrong, and only days that are over by both were taken"
        )
    if told.date() < last:
        return now, f"; Yahoo's clock says {told:%Y-%m-%d %H:%M}, before the last of its own days, so it was not used"
    return min(told, now), ""
