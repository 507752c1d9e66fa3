"""A loopback server that plays the venues: answers in their shapes, with figures the tests choose."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Query = dict[str, str]
Answer = tuple[int, bytes]
HOUR = 3_600_000
START = 1_767_225_600_000  # 2026-01-01T00:00Z
BOOK_TIME = START + 1_234


@dataclass
class Figures:
    """What the venues say; a test may change any of it before it asks."""

    # By venue's symbol: (milliseconds, rate) in ascending order.
    funding: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    # Changes to the venue's own entries, by symbol and field.
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    # An answer in place of the true one, by a part of the path.
    faults: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    bids: list[list[str]] = field(default_factory=lambda: [["50000", "3"], ["49999.5", "10"]])
    asks: list[list[str]] = field(default_factory=lambda: [["50001", "4"], ["50002", "20"]])
    tiers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def eight_hourly(n: int, first: int = START, hours: int = 8) -> list[tuple[int, float]]:
    """Return n funding times and rates, all different."""
    return [(first + k * hours * HOUR, round(1e-4 + (k % 97 - 40) * 1e-6, 9)) for k in range(n)]


def okx_swap(inst_id: str, value: str, value_unit: str, settle: str, lot: str, tick: str) -> dict[str, Any]:
    """Return an entry of OKX's list of instruments."""
    family = inst_id.removesuffix("-SWAP")
    return {
        "alias": "",
        "baseCcy": "",
        "category": "1",
        "ctMult": "1",
        "ctType": "inverse" if settle == "BTC" else "linear",
        "ctVal": value,
        "ctValCcy": value_unit,
        "expTime": "",
        "instFamily": family,
        "instId": inst_id,
        "instType": "SWAP",
        "lever": "125",
        "listTime": "1573557408000",
        "lotSz": lot,
        "maxLmtSz": "100000000",
        "maxMktSz": "85000",
        "minSz": lot,
        "optType": "",
        "quoteCcy": "",
        "settleCcy": settle,
        "state": "live",
        "stk": "",
        "tickSz": tick,
        "uly": family,
    }


OKX = [
    okx_swap("BTC-USDT-SWAP", "0.01", "BTC", "USDT", "0.01", "0.1"),
    okx_swap("ETH-USDT-SWAP", "0.1", "ETH", "USDT", "0.01", "0.01"),
    okx_swap("BTC-USD-SWAP", "100", "USD", "BTC", "1", "0.1"),
]


def okx_tiers(rows: list[tuple[str, str, str, str, str]]) -> list[dict[str, Any]]:
    """Return OKX's position tiers from rows of (smallest, largest, maintenance, initial, leverage)."""
    return [
        {
            "baseMaxLoan": "",
            "imr": imr,
            "instFamily": "",
            "instId": "",
            "maxLever": lever,
            "maxSz": largest,
            "minSz": smallest,
            "mmr": mmr,
            "optMgnFactor": "0",
            "quoteMaxLoan": "",
            "tier": str(k + 1),
            "uly": "",
        }
        for k, (smallest, largest, mmr, imr, lever) in enumerate(rows)
    ]


OKX_TIERS = okx_tiers(
    [
        ("0", "2000", "0.004", "0.008", "125"),
        ("2000.01", "5000", "0.005", "0.01", "100"),
        ("5000.01", "20000", "0.0075", "0.015", "66.66"),
    ]
)


def bybit_contract(symbol: str, quote: str, settle: str, lot: str, tick: str, minutes: int) -> dict[str, Any]:
    """Return an entry of Bybit's list of instruments."""
    kind = "LinearPerpetual" if quote == settle else "InversePerpetual"
    lots = {"maxOrderQty": "1190.000", "minOrderQty": lot, "qtyStep": lot, "postOnlyMaxOrderQty": "1190.000"}
    return {
        "symbol": symbol,
        "contractType": kind,
        "status": "Trading",
        "baseCoin": symbol.removesuffix(quote),
        "quoteCoin": quote,
        "launchTime": "1585526400000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": "2",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": tick, "maxPrice": "1999999.80", "tickSize": tick},
        "lotSizeFilter": lots | ({"minNotionalValue": "5"} if quote == settle else {}),
        "unifiedMarginTrade": True,
        "fundingInterval": minutes,
        "settleCoin": settle,
    }


BYBIT = {
    "linear": [
        bybit_contract("BTCUSDT", "USDT", "USDT", "0.001", "0.10", 480),
        bybit_contract("ADAUSDT", "USDT", "USDT", "1", "0.0001", 240),
    ],
    "inverse": [
        bybit_contract("BTCUSD", "USD", "BTC", "1", "0.10", 480),
        bybit_contract("XRPUSD", "USD", "XRP", "10", "0.0001", 480),
    ],
}


def bybit_tier(symbol: str, cap: str, mmr: str, imr: str, lever: str, deduction: str) -> dict[str, Any]:
    """Return a row of Bybit's risk limits; ids do not follow the size."""
    return {
        "id": int(float(cap)) % 97,
        "symbol": symbol,
        "riskLimitValue": cap,
        "maintenanceMargin": mmr,
        "initialMargin": imr,
        "isLowestRisk": int(deduction == ""),
        "maxLeverage": lever,
        "mmDeduction": deduction,
    }


BYBIT_TIERS = {
    "BTCUSDT": [
        bybit_tier("BTCUSDT", "2000000", "0.005", "0.01", "100.00", ""),
        bybit_tier("BTCUSDT", "10000000", "0.0056", "0.0111", "90.00", "1200"),
        bybit_tier("BTCUSDT", "20000000", "0.007", "0.0125", "80.00", "15200"),
    ],
    # As in the venue's documentation: percent.
    "BTCUSD": [
        bybit_tier("BTCUSD", "150", "0.5", "1", "100.00", ""),
        bybit_tier("BTCUSD", "300", "1.0", "1.5", "66.67", "0.75"),
    ],
}


def binance_contract(symbol: str, quote: str, settle: str) -> dict[str, Any]:
    """Return an entry of Binance's exchangeInfo, futures in USDT or in coins."""
    is_linear = quote == settle
    entry = {
        "symbol": symbol,
        "pair": symbol.removesuffix("_PERP"),
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "marginAsset": settle,
        "baseAsset": "BTC",
        "quoteAsset": quote,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.10", "minPrice": "556.80", "maxPrice": "4529764"},
            {
                "filterType": "LOT_SIZE",
                "stepSize": "0.001" if is_linear else "1",
                "minQty": "0.001" if is_linear else "1",
                "maxQty": "1000",
            },
        ],
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForce": ["GTC"],
    }
    if is_linear:
        entry["filters"].append({"filterType": "MIN_NOTIONAL", "notional": "50"})
        return entry | {"status": "TRADING"}
    return entry | {"contractStatus": "TRADING", "contractSize": 100}


DERIBIT = {
    "tick_size": 0.5,
    "taker_commission": 0.0005,
    "maker_commission": 0.0,
    "settlement_period": "perpetual",
    "settlement_currency": "BTC",
    "quote_currency": "USD",
    "min_trade_amount": 10.0,
    "max_leverage": 50,
    "kind": "future",
    "is_active": True,
    "instrument_name": "BTC-PERPETUAL",
    "expiration_timestamp": 32503708800000,
    "creation_timestamp": 1534242287000,
    "counter_currency": "USD",
    "contract_size": 10.0,
    "base_currency": "BTC",
}
KRAKEN = [
    {
        "symbol": "PF_XBTUSD",
        "type": "flexible_futures",
        "contractSize": 1,
        "tickSize": 0.5,
        "tradeable": True,
        "contractValueTradePrecision": 4,
        "marginLevels": [
            {"numNonContractUnits": 0, "initialMargin": 0.02, "maintenanceMargin": 0.01},
            {"numNonContractUnits": 500000, "initialMargin": 0.04, "maintenanceMargin": 0.02},
        ],
    },
    {
        "symbol": "PI_XBTUSD",
        "type": "futures_inverse",
        "contractSize": 1,
        "tickSize": 0.5,
        "tradeable": True,
        "contractValueTradePrecision": 0,
        "marginLevels": [
            {"contracts": 0, "initialMargin": 0.02, "maintenanceMargin": 0.01},
            {"contracts": 500000, "initialMargin": 0.04, "maintenanceMargin": 0.02},
        ],
    },
    {"symbol": "in_xbtusd", "type": "spot index", "tradeable": False},
]
GATE = {
    "name": "BTC_USDT",
    "type": "direct",
    "quanto_multiplier": "0.0001",
    "order_price_round": "0.1",
    "order_price_deviate": "0.2",
    "mark_price": "50000",
    "order_size_min": 1,
    "order_size_max": 1000000,
    "leverage_min": "1",
    "leverage_max": "125",
    "maker_fee_rate": "-0.0001",
    "taker_fee_rate": "0.00075",
    "funding_interval": 28800,
    "enable_decimal": False,
    "status": "trading",
}
GATE_TIERS = [
    {"tier": 1, "risk_limit": "500000", "maintenance_rate": "0.004", "leverage_max": "125", "deduction": "0"},
    {"tier": 2, "risk_limit": "1000000", "maintenance_rate": "0.005", "leverage_max": "100", "deduction": "500"},
]


# Hyperliquid has one path for all; there the question's type takes its place.
ROUTES = {
    "/api/v5/public/instruments": "_okx_instruments",
    "/api/v5/public/position-tiers": "_okx_tiers",
    "/api/v5/public/funding-rate-history": "_okx_funding",
    "/api/v5/market/books": "_okx_book",
    "/v5/market/instruments-info": "_bybit_instruments",
    "/v5/market/risk-limit": "_bybit_tiers",
    "/v5/market/funding/history": "_bybit_funding",
    "/v5/market/orderbook": "_bybit_book",
    "/fapi/v1/exchangeInfo": "_binance_linear",
    "/dapi/v1/exchangeInfo": "_binance_inverse",
    "/fapi/v1/fundingRate": "_binance_funding",
    "/fapi/v1/depth": "_binance_book",
    "metaAndAssetCtxs": "_hyperliquid_markets",
    "fundingHistory": "_hyperliquid_funding",
    "l2Book": "_hyperliquid_book",
    "/api/v2/public/get_instruments": "_deribit_instruments",
    "/api/v2/public/get_funding_rate_history": "_deribit_funding",
    "/api/v2/public/get_order_book": "_deribit_book",
    "/derivatives/api/v3/instruments": "_kraken_instruments",
    "/derivatives/api/v4/historicalfundingrates": "_kraken_funding",
    "/derivatives/api/v3/orderbook": "_kraken_book",
    "/api/v4/futures/usdt/contracts": "_gate_contracts",
    "/api/v4/futures/usdt/risk_limit_tiers": "_gate_tiers",
    "/api/v4/futures/usdt/funding_rate": "_gate_funding",
    "/api/v4/futures/usdt/order_book": "_gate_book",
    "/dapi/v1/fundingRate": "_binance_funding",
    "/dapi/v1/depth": "_binance_book",
}


class Venues:
    """The answers of all venues, by path; ``asked`` keeps the questions as (path, query)."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.asked: list[tuple[str, Query]] = []
        self.url = ""

    def connect(self, exchange: Any) -> Any:
        """Point a ccxt exchange at this server and let it ask without pauses."""
        exchange.urls["api"] = self._here(exchange.urls["api"])
        exchange.session.trust_env = False
        exchange.enableRateLimit = False
        return exchange

    def _here(self, place: Any) -> Any:
        if isinstance(place, dict):
            return {name: self._here(value) for name, value in place.items()}
        return self.url + urlsplit(place.replace("{hostname}", "venue")).path

    def answer(self, path: str, query: Query) -> Answer:
        """Return status and body."""
        self.asked.append((path, query))
        for part, fault in self.figures.faults.items():
            if part in path:
                return fault()
        route = ROUTES.get(query.get("type", path))
        if route is None:
            return 404, b"no such path"
        return 200, json.dumps(getattr(self, route)(query)).encode()

    def _entries(self, entries: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
        return [entry | self.figures.changed.get(entry[key], {}) for entry in entries]

    # OKX

    def _okx_instruments(self, query: Query) -> Any:
        data = self._entries(OKX, "instId") if query["instType"] == "SWAP" else []
        return {"code": "0", "data": data, "msg": ""}

    def _okx_tiers(self, query: Query) -> Any:
        assert query["instType"] == "SWAP"
        return {"code": "0", "data": self.figures.tiers.get(query["instFamily"], OKX_TIERS), "msg": ""}

    def _okx_funding(self, query: Query) -> Any:
        after = int(query.get("after", 1 << 60))
        rows = [row for row in self.figures.funding[query["instId"]] if row[0] < after]
        data = [
            {
                "fundingRate": "0.5",
                "fundingTime": str(stamp),
                "instId": query["instId"],
                "instType": "SWAP",
                "method": "current_period",
                "realizedRate": rate if isinstance(rate, str) else f"{rate:.10f}",
            }
            for stamp, rate in reversed(rows)
        ]
        return {"code": "0", "data": data[: min(int(query["limit"]), 100)], "msg": ""}

    def _okx_book(self, query: Query) -> Any:
        size = int(query["sz"])
        sides = {name: [[*level, "0", "1"] for level in levels[:size]] for name, levels in self._book().items()}
        return {"code": "0", "data": [sides | {"ts": str(BOOK_TIME)}], "msg": ""}

    def _book(self) -> dict[str, list[list[str]]]:
        return {"bids": self.figures.bids, "asks": self.figures.asks}

    # Bybit

    def _bybit_instruments(self, query: Query) -> Any:
        entries = [] if query.get("status") == "PreLaunch" else self._entries(BYBIT[query["category"]], "symbol")
        return bybit({"category": query["category"], "list": entries, "nextPageCursor": ""})

    def _bybit_tiers(self, query: Query) -> Any:
        rows = self.figures.tiers.get(query["symbol"], BYBIT_TIERS.get(query["symbol"], []))
        return bybit({"category": query["category"], "list": rows, "nextPageCursor": ""})

    def _bybit_funding(self, query: Query) -> Any:
        if "startTime" in query and "endTime" not in query:
            return {"retCode": 10001, "retMsg": "params error: endTime is required", "result": {}}
        first, last = int(query.get("startTime", 0)), int(query["endTime"])
        rows = [row for row in self.figures.funding[query["symbol"]] if first <= row[0] <= last]
        data = [
            {"symbol": query["symbol"], "fundingRate": f"{rate:.10f}", "fundingRateTimestamp": str(stamp)}
            for stamp, rate in reversed(rows)
        ]
        return bybit({"category": query["category"], "list": data[: int(query["limit"])]})

    def _bybit_book(self, query: Query) -> Any:
        size = int(query["limit"])
        sides = {"b": self.figures.bids[:size], "a": self.figures.asks[:size]}
        return bybit({"s": query["symbol"], "ts": BOOK_TIME, "u": 1, "seq": 1, **sides})

    # Binance

    def _binance_linear(self, query: Query) -> Any:
        return {"timezone": "UTC", "symbols": [binance_contract("BTCUSDT", "USDT", "USDT")]}

    def _binance_inverse(self, query: Query) -> Any:
        return {"timezone": "UTC", "symbols": [binance_contract("BTCUSD_PERP", "USD", "BTC")]}

    def _binance_funding(self, query: Query) -> Any:
        first, last = int(query["startTime"]), int(query["endTime"])
        rows = [row for row in self.figures.funding[query["symbol"]] if first <= row[0] <= last]
        return [
            {"symbol": query["symbol"], "fundingTime": stamp, "fundingRate": f"{rate:.10f}", "markPrice": "50000"}
            for stamp, rate in rows[: int(query["limit"])]
        ]

    def _binance_book(self, query: Query) -> Any:
        return {"lastUpdateId": 1, "E": BOOK_TIME, "T": BOOK_TIME, **self._book()}

    # Hyperliquid

    def _hyperliquid_markets(self, query: Query) -> Any:
        universe = [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56}]
        return [{"universe": universe}, [{"markPx": "50000.0", "funding": "0.0000125", "openInterest": "1"}]]

    def _hyperliquid_funding(self, query: Query) -> Any:
        first, last = int(query["startTime"]), int(query["endTime"])
        rows = [row for row in self.figures.funding[query["coin"]] if first <= row[0] <= last]
        return [{"coin": "BTC", "fundingRate": f"{rate:.10f}", "premium": "0", "time": stamp} for stamp, rate in rows][
            :500
        ]

    def _hyperliquid_book(self, query: Query) -> Any:
        sides = (self.figures.bids, self.figures.asks)
        levels = [[{"px": price, "sz": size, "n": 1} for price, size in side] for side in sides]
        return {"coin": query["coin"], "levels": levels, "time": BOOK_TIME}

    # Deribit

    def _deribit_instruments(self, query: Query) -> Any:
        return {"jsonrpc": "2.0", "result": [DERIBIT]}

    def _deribit_funding(self, query: Query) -> Any:
        first, last = int(query["start_timestamp"]), int(query["end_timestamp"])
        rows = [row for row in self.figures.funding[query["instrument_name"]] if first <= row[0] <= last]
        return {
            "jsonrpc": "2.0",
            "result": [
                {
                    "timestamp": stamp,
                    "index_price": 1.0,
                    "prev_index_price": 1.0,
                    "interest_8h": 0.4,
                    "interest_1h": rate,
                }
                for stamp, rate in rows[-744:]
            ],
        }

    def _deribit_book(self, query: Query) -> Any:
        sides = {name: [[float(x) for x in level] for level in levels] for name, levels in self._book().items()}
        return {"jsonrpc": "2.0", "result": {"timestamp": BOOK_TIME, "change_id": 1, **sides}}

    # Kraken Futures

    def _kraken_instruments(self, query: Query) -> Any:
        return {"result": "success", "instruments": KRAKEN, "serverTime": "2026-01-01T00:00:00.000Z"}

    def _kraken_funding(self, query: Query) -> Any:
        rates = [
            {
                "timestamp": f"{datetime.fromtimestamp(stamp / 1000, UTC):%Y-%m-%dT%H:%M:%S}.000Z",
                "fundingRate": 1.0,
                "relativeFundingRate": rate,
            }
            for stamp, rate in self.figures.funding[query["symbol"]]
        ]
        return {"result": "success", "rates": rates}

    def _kraken_book(self, query: Query) -> Any:
        sides = {name: [[float(x) for x in level] for level in levels] for name, levels in self._book().items()}
        return {"result": "success", "serverTime": "2026-01-01T00:00:01.234Z", "orderBook": sides}

    # Gate

    def _gate_contracts(self, query: Query) -> Any:
        return [GATE]

    def _gate_tiers(self, query: Query) -> Any:
        return GATE_TIERS

    def _gate_funding(self, query: Query) -> Any:
        first, last = 1000 * int(query["from"]), 1000 * int(query["to"])
        rows = [row for row in self.figures.funding[query["contract"]] if first <= row[0] <= last]
        return [{"t": stamp // 1000, "r": f"{rate:.10f}"} for stamp, rate in reversed(rows)][: int(query["limit"])]

    def _gate_book(self, query: Query) -> Any:
        sides = {name: [{"p": p, "s": int(s)} for p, s in levels] for name, levels in self._book().items()}
        return {"id": 1, "current": BOOK_TIME / 1000, "update": BOOK_TIME / 1000, **sides}


def bybit(result: dict[str, Any]) -> dict[str, Any]:
    """Return Bybit's envelope around a result."""
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": BOOK_TIME}


@contextmanager
def playing() -> Iterator[Venues]:
    """Serve the venues on a free loopback port while the block runs."""
    venues = Venues()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(size)) if size else {}
            query = {name: str(value) for name, value in {**dict(parse_qsl(parts.query)), **sent}.items()}
            try:
                status, body = venues.answer(parts.path, query)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:  # the client gave up waiting
                self.close_connection = True

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    venues.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield venues
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
