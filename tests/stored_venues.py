"""Tables of a venue as ``fetch-venue`` stores them, in a store of the test's own."""

import datetime
from collections.abc import Sequence
from typing import Any

import pandas as pd

from hedge_widgets.market.store import Store

NAN = float("nan")
OKX = "OKX BTC-USDT-SWAP (fetched)"
KRAKEN = "Kraken Futures PF_XBTUSD (fetched)"
BOOK = (("bid", 50_000.0, 3.0), ("bid", 49_999.5, 10.0), ("ask", 50_001.0, 4.0), ("ask", 50_002.0, 20.0))


def ago(**time: float) -> datetime.datetime:
    """Return the time that long ago."""
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**time)


def store_contract(name: str, fetched_at: datetime.datetime, **fields: Any) -> None:
    """Store a contract's row; what is not named is that of OKX's bitcoin perpetual."""
    row = {
        "venue": "OKX",
        "venue_symbol": "BTC-USDT-SWAP",
        "underlying": "BTC",
        "quote": "USDT",
        "kind": "linear",
        "contract_multiplier": 0.01,
        "lot_size": 0.01,
        "min_quantity": 0.01,
        "min_notional": NAN,
        "maker_fee_rate": 0.0001,
        "taker_fee_rate": 0.0004,
        "fee_source": "ccxt",
        "funding_interval": 4.0,
    } | fields
    frame = pd.DataFrame([row], index=pd.Index([name.split()[-1]], name="symbol"))
    Store().write("contracts", name, frame, source="a venue", fetched_at=fetched_at)


def store_tiers(
    name: str, fetched_at: datetime.datetime, unit: str, tiers: Sequence[tuple[float, float, float]]
) -> None:
    """Store tiers of (cap, maintenance rate, highest leverage)."""
    frame = pd.DataFrame(tiers, columns=["cap", "maintenance_rate", "max_leverage"]).assign(unit=unit)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="tier")
    Store().write("tiers", name, frame, source="a venue", fetched_at=fetched_at)


def store_book(name: str, time: datetime.datetime, levels: Sequence[tuple[str, float, float]] = BOOK) -> None:
    """Store an order book of (side, price, coins)."""
    frame = pd.DataFrame(levels, columns=["side", "price", "amount"])
    frame.index = pd.DatetimeIndex([time] * len(frame), name="time").as_unit("us")
    Store().write("order_book", name, frame, source="a venue", fetched_at=time)


def store_okx(fetched_at: datetime.datetime) -> None:
    """Store OKX's bitcoin perpetual with its tiers, which count contracts, and its order book."""
    name = "okx BTC/USDT:USDT"
    store_contract(name, fetched_at)
    store_tiers(name, fetched_at, "contracts", [(2000, 0.004, 125), (5000, 0.005, 100), (20_000, 0.0075, 66.66)])
    store_book(name, fetched_at)


def store_kraken(fetched_at: datetime.datetime) -> None:
    """Store Kraken's linear bitcoin perpetual with its tiers; its fees are not known."""
    name = "krakenfutures BTC/USD:USD"
    fees = {"maker_fee_rate": NAN, "taker_fee_rate": NAN, "fee_source": NAN}
    terms = {"venue": "Kraken Futures", "venue_symbol": "PF_XBTUSD", "quote": "USD", "contract_multiplier": 1.0}
    sizes = {"lot_size": 0.0001, "min_quantity": 0.0001, "funding_interval": 1.0}
    store_contract(name, fetched_at, **terms, **sizes, **fees)
    store_tiers(name, fetched_at, "quote", [(50_000, 0.01, 50), (float("inf"), 0.02, 25)])
