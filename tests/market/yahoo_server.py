"""Yahoo on a loopback port: chart answers in the v8 shape, and a requests.Session that real yfinance talks through."""

import datetime
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import HTTPAdapter

from hedge_widgets.market.coin_names import known_coins

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "yahoo_samples"
UTC = datetime.UTC


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server says to a chart request: HTTP status, body, seconds it takes, and whether it is never cut."""

    body: bytes
    status: int = 200
    seconds: float = 0.0
    is_whole: bool = False


def name_of(symbol: str) -> str:
    """Return what Yahoo calls a symbol of its own."""
    known = [coin for coin in known_coins().values() if coin.yahoo_symbol == symbol]
    return f"{known[0].names[0] if known else symbol.removesuffix('-USD').title()} USD"


def sample(name: str) -> bytes:
    """Return a recorded body."""
    return (SAMPLES / name).read_bytes()


def error_answer(status: int, description: str) -> Answer:
    """Return an answer with an error as Yahoo's chart endpoint words it."""
    document = {"chart": {"result": None, "error": {"code": "Error", "description": description}}}
    return Answer(status=status, body=json.dumps(document).encode())


def bars(
    closes: Sequence[float | None],
    first: datetime.date,
    *,
    symbol: str = "BTC-USD",
    live: datetime.datetime | None = None,
    **meta: Any,
) -> dict[str, Any]:
    """Return a chart document: one bar a day from ``first``; the last one stamped ``live`` where that is given."""
    midnight = datetime.datetime.combine(first, datetime.time(), UTC)
    stamps = [int((midnight + datetime.timedelta(days=k)).timestamp()) for k in range(len(closes))]
    if live:
        stamps[-1] = int(live.timestamp())
    volumes = [None if close is None else 1000 + k for k, close in enumerate(closes)]
    quote = {
        "open": [None if close is None else close * 0.99 for close in closes],
        "high": [None if close is None else close * 1.02 for close in closes],
        "low": [None if close is None else close * 0.98 for close in closes],
        "close": list(closes),
        "volume": volumes,
    }
    session = {"timezone": "UTC", "start": stamps[-1], "end": stamps[-1] + 86_340, "gmtoffset": 0}
    described = {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "CCC",
        "instrumentType": "CRYPTOCURRENCY",
        "firstTradeDate": stamps[0],
        "regularMarketTime": stamps[-1] + (0 if live else 86_400),
        "gmtoffset": 0,
        "timezone": "UTC",
        "exchangeTimezoneName": "UTC",
        "longName": name_of(symbol),
        "priceHint": 2,
        "currentTradingPeriod": {"pre": session, "regular": session, "post": session},
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "max"],
    }
    result = {
        "meta": described | meta,
        "timestamp": stamps,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": list(closes)}]},
    }
    return {"chart": {"result": [result], "error": None}}


def chart(closes: Sequence[float | None], first: datetime.date, **options: Any) -> Answer:
    """Return a good answer (see ``bars``)."""
    return Answer(body=json.dumps(bars(closes, first, **options)).encode())


@dataclass
class Yahoo:
    """A running server: what it answers by symbol (404 to the others), and what it was asked for."""

    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    crumb_status: int = 200

    def answer(self, symbol: str, query: dict[str, str]) -> Answer:
        """Return the answer to a chart request, cut to the days asked for where it has days."""
        answer = self.answers.get(symbol, error_answer(404, "No data found, symbol may be delisted"))
        if answer.is_whole:
            return answer
        try:
            document = json.loads(answer.body)
            result = document["chart"]["result"][0]
            stamps = result["timestamp"]
        except (ValueError, LookupError, TypeError):
            return answer
        kept = [k for k, stamp in enumerate(stamps) if stamp >= int(query["period1"])]
        if not kept:
            return error_answer(400, f"Data doesn't exist for startDate = {query['period1']}")
        result["timestamp"] = [stamps[k] for k in kept]
        for group in result["indicators"].values():
            for name, values in group[0].items():
                group[0][name] = [values[k] for k in kept]
        return Answer(status=answer.status, body=json.dumps(document).encode(), seconds=answer.seconds)


class Loopback(HTTPAdapter):
    """Sends every request to a port of this machine, whatever host it names."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send the request to the loopback port."""
        assert request.url is not None
        request.url = urlsplit(request.url)._replace(scheme="http", netloc=f"127.0.0.1:{self.port}").geturl()
        return super().send(request, *args, **kwargs)


def loopback_session(port: int) -> requests.Session:
    """Return a session that reaches nothing but this port of this machine."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, Loopback(port))
    return session


@contextmanager
def yahoo_server() -> Iterator[Yahoo]:
    """Run the server for the length of a with block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply()

        def do_POST(self) -> None:
            self.reply()

        def reply(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            if url.path.startswith("/v8/finance/chart/"):
                symbol = url.path.rpartition("/")[2]
                yahoo.asked.append((symbol, query))
                answer = yahoo.answer(symbol, query)
            elif url.path.endswith("/getcrumb"):
                answer = Answer(status=yahoo.crumb_status, body=b"a.crumb")
            else:
                answer = Answer(status=404, body=b"<html></html>")
            time.sleep(answer.seconds)
            try:
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            except ConnectionError:  # the client has left
                pass

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        yahoo = Yahoo(port=server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield yahoo
        finally:
            server.shutdown()
            thread.join()
