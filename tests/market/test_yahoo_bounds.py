"""What a source can do wrong without end, a wrong clock, a full disk, a row without a date: said, and never stored."""

import datetime
import errno
import gzip
import itertools
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import peewee
import pytest
import requests
from curl_cffi import requests as curl

from hedge_widgets.market import yahoo
from hedge_widgets.market.fetch import refresh
from hedge_widgets.market.store import Store
from hedge_widgets.market.yahoo import FetchError, fetch_history
from tests.market.yahoo_server import UTC, Answer, Yahoo, bars, chart, loopback_session

FIRST = datetime.date(2024, 11, 1)
NOW = datetime.datetime(2024, 11, 11, 15, tzinfo=UTC)
CLOSES = [100.0 + k for k in range(10)]


def served(document: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(document).encode(), is_whole=True)


def fetched(session: Any, now: datetime.datetime = NOW) -> Any:
    return fetch_history("BTC", FIRST, session=session, now=now)


def frame_or_nothing(session: Any) -> pd.DataFrame:
    """Return what was fetched, or an empty frame where the answer was refused in a sentence."""
    try:
        frame: pd.DataFrame = fetched(session)[0]
    except FetchError as error:
        return pd.DataFrame({"close": []}) if error.kind == "bad answer" else pytest.fail(str(error))
    return frame


# -- rows and clocks -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("stamp", [None, "nothing"])
def test_a_row_without_a_date(stamp: Any, server: Yahoo, session: requests.Session, tmp_path: Any) -> None:
    """It is left out and said, the others are taken; what cannot be read at all is one sentence; ETH is fetched."""
    document = bars(CLOSES, FIRST)
    document["chart"]["result"][0]["timestamp"][4] = stamp
    server.answers |= {"BTC-USD": served(document), "ETH-USD": chart(CLOSES, FIRST, symbol="ETH-USD")}
    store = Store(tmp_path / "store")
    btc, eth = refresh(store, ["BTC", "ETH"], first=FIRST, now=NOW, session=session)
    assert eth.is_fresh
    if stamp is None:
        assert btc.is_fresh
        assert btc.words.endswith("left out: 1 without a date; 1 fault found")
        assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:4] + CLOSES[5:]
    else:
        assert "Yahoo's answer for BTC-USD cannot be understood" in btc.sentence


@pytest.mark.parametrize("stamp", [1e308, -1e308, 1e18, True, [], {}, "2024-11-05"])
def test_a_date_that_is_none(stamp: Any, server: Yahoo, session: requests.Session) -> None:
    """Whatever stands there: the other rows, or one sentence."""
    document = bars(CLOSES, FIRST)
    document["chart"]["result"][0]["timestamp"][4] = stamp
    server.answers["BTC-USD"] = served(document)
    frame = frame_or_nothing(session)
    assert set(frame["close"]) <= set(CLOSES)
    assert frame.index.is_monotonic_increasing


def test_no_row_has_a_date(server: Yahoo, session: requests.Session) -> None:
    document = bars(CLOSES, FIRST)
    document["chart"]["result"][0]["timestamp"] = [None] * 10
    server.answers["BTC-USD"] = served(document)
    with pytest.raises(FetchError, match="BTC-USD"):
        fetched(session)


def stamp_of(year: int) -> int:
    return int(datetime.datetime(year, 1, 1, tzinfo=UTC).timestamp())


def test_a_market_time_to_come(server: Yahoo, session: requests.Session) -> None:
    """Today's bar is not finished for all that, days to come are none, and both clocks are named."""
    server.answers["BTC-USD"] = chart([*CLOSES, 7.0, 8.0, 9.0], FIRST, regularMarketTime=stamp_of(2099))
    frame, details = fetched(session)
    assert frame["close"].to_list() == CLOSES
    assert details["left_out"] == (
        "2024-11-12 still to come, 2024-11-13 still to come, 2024-11-11 not finished; Yahoo's clock says "
        "2099-01-01 00:00 and this machine's 2024-11-11 15:00 UTC: one of them is wrong, and only days that are over "
        "by both were taken"
    )


def test_a_market_time_long_ago(server: Yahoo, session: requests.Session) -> None:
    server.answers["BTC-USD"] = chart([*CLOSES, 7.0], FIRST, regularMarketTime=stamp_of(1999))
    frame, details = fetched(session)
    assert frame["close"].to_list() == CLOSES
    assert details["left_out"].startswith(
        "2024-11-11 not finished; Yahoo's clock says 1999-01-01 00:00, before the last"
    )


def test_this_machines_clock_is_ahead(server: Yahoo, session: requests.Session) -> None:
    """Yahoo's clock tells that its last day is not over."""
    live = datetime.datetime(2024, 11, 10, 12, tzinfo=UTC)
    server.answers["BTC-USD"] = chart(CLOSES, FIRST, live=live)
    frame, _ = fetched(session, NOW + datetime.timedelta(days=400))
    assert frame["close"].to_list() == CLOSES[:9]


@pytest.mark.parametrize("market_time", [1e308, -1, "soon", True, [], {}, 10**30])
def test_a_market_time_that_is_none(market_time: Any, server: Yahoo, session: requests.Session) -> None:
    """Ours tells, or one sentence; today's bar is never taken."""
    server.answers["BTC-USD"] = chart([*CLOSES, 7.0], FIRST, regularMarketTime=market_time)
    assert frame_or_nothing(session)["close"].to_list() in (CLOSES, [])


# -- without end -----------------------------------------------------------------------------------------------------
ZEROS = gzip.compress(bytes(30_000_000))
GOOD = chart(CLOSES, FIRST).body


class Endless(BaseHTTPRequestHandler):
    """Does one of several things that take for ever."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "/v8/finance/chart/" not in self.path and self.server.way != "drips at every address":  # type: ignore[attr-defined]
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        try:
            getattr(self, "_".join(self.server.way.split()))()  # type: ignore[attr-defined]
        except OSError:
            self.close_connection = True

    def drips(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(400):
            self.wfile.write(b" ")
            time.sleep(0.02)

    drips_at_every_address = drips

    def drips_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for k in range(400):
            self.wfile.write(b"X-Header-%d: 1\r\n" % k)
            time.sleep(0.03)

    def sends_chunks(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in itertools.count():
            self.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")

    def drips_chunks(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(400):
            self.wfile.write(b"1\r\n \r\n")
            time.sleep(0.02)

    def packs_zeros(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
        self.wfile.write(head % len(ZEROS) + ZEROS)

    def says_nothing(self) -> None:
        time.sleep(8)

    def leads_in_a_circle(self) -> None:
        self.wfile.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % self.path.encode())

    def log_message(self, *args: object) -> None:
        pass


class Patient(ThreadingHTTPServer):
    """Says nothing of clients that left."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class CurlLoopback(curl.Session):  # type: ignore[type-arg]
    """The session that yfinance makes for itself, led to a port of this machine."""

    port: int

    def get(self, url: str, **settings: Any) -> Any:  # type: ignore[override]
        """Ask the port instead of the host."""
        return self.request("GET", f"http://127.0.0.1:{self.port}{urlsplit(url).path}", **settings)


@pytest.fixture
def endless() -> Iterator[Any]:
    with Patient(("127.0.0.1", 0), Endless) as running:
        running.daemon_threads, running.block_on_close = True, False
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def sessions(kind: str, port: int) -> Any:
    if kind == "requests":
        return loopback_session(port)
    opened = CurlLoopback(impersonate="chrome")
    opened.port = port
    return opened


WAYS = {
    "drips": "did not finish its answer for BTC-USD within 0.6 s",
    "drips at every address": "did not finish its answer for BTC-USD within 0.6 s",
    "drips headers": "did not finish its answer for BTC-USD within 0.6 s",
    "drips chunks": "did not finish its answer for BTC-USD within 0.6 s",
    "says nothing": "did not finish its answer for BTC-USD within 0.6 s",
    "sends chunks": "answer for BTC-USD is larger than 2 MB, so it cannot be daily prices",
    "packs zeros": "answer for BTC-USD is larger than 2 MB, so it cannot be daily prices",
    "leads in a circle": "BTC-USD",
}


@pytest.mark.parametrize("kind", ["requests", "curl"])
@pytest.mark.parametrize("way", WAYS)
def test_a_source_without_end(way: str, kind: str, endless: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, soon, whichever session asks; and the session is as it was."""
    monkeypatch.setattr(yahoo, "SYMBOL_SECONDS", 0.6 if "larger" not in WAYS[way] else 20.0)
    monkeypatch.setattr(yahoo, "MOST_BYTES", 2_000_000)
    endless.way = way
    session = sessions(kind, endless.server_port)
    begun = time.monotonic()
    with pytest.raises(FetchError, match=WAYS[way]) as caught:
        fetched(session)
    assert time.monotonic() - begun < 15
    assert caught.value.kind in ("slow", "too large", "bad answer", "out of service", "offline")
    assert "get" not in vars(session)


@pytest.mark.parametrize("kind", ["requests", "curl"])
def test_an_end_while_yahoo_answers(kind: str, endless: Any) -> None:
    """It ends at once, not when Yahoo is done."""
    endless.way = "drips"
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(FetchError, match="BTC-USD was not fetched, because you cancelled") as caught:
        fetch_history("BTC", FIRST, session=sessions(kind, endless.server_port), now=NOW, stop=stop)
    assert caught.value.kind == "cancelled"
    assert time.monotonic() - begun < 5


def test_curls_answers_are_read(server: Yahoo) -> None:
    """The session of real life, whole answers and refusals."""
    session = sessions("curl", server.port)
    server.answers["BTC-USD"] = Answer(body=GOOD)
    assert fetched(session)[0]["close"].to_list() == CLOSES
    server.answers["BTC-USD"] = Answer(status=503, body=b"<html></html>")
    with pytest.raises(FetchError, match="Yahoo answers 503"):
        fetched(session)


# -- a disk that is full ---------------------------------------------------------------------------------------------
def test_yfinance_keeps_nothing_on_the_disk(
    server: Yahoo, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes nothing is no failure: its cookies are not written."""

    def full(*args: Any, **settings: Any) -> Any:
        raise peewee.OperationalError("database or disk is full")

    server.answers["BTC-USD"] = Answer(body=GOOD)
    monkeypatch.setattr(peewee.SqliteDatabase, "connect", full)
    assert len(fetched(session)[0]) == 10


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (peewee.OperationalError("database or disk is full"), "BTC-USD was not fetched: the disk is full"),
        (sqlite3.OperationalError("database or disk is full"), "BTC-USD was not fetched: the disk is full"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "BTC-USD was not fetched: the disk is full"),
        (peewee.OperationalError("attempt to write a readonly database"), r"cannot write its cache \(attempt to"),
    ],
)
def test_a_disk_that_refuses(
    error: Exception, sentence: str, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where yfinance writes all the same, it is the disk that is named, not Yahoo or the network."""

    def refuse(*args: Any) -> None:
        raise error

    monkeypatch.setattr(yahoo, "_asked", refuse)
    with pytest.raises(FetchError, match=sentence) as caught:
        fetched(session)
    assert caught.value.kind == "disk"
