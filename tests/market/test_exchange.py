"""Venues through real ccxt against a loopback server: figures, units, paging, faults, and what the store keeps."""

import datetime
import itertools
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ccxt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.market import exchange as product
from hedge_widgets.market import facts
from hedge_widgets.market.exchange import (
    VENUES,
    WHAT,
    Fetched,
    VenueError,
    contract_terms,
    fetch_venue,
    funding_history,
    leverage_tiers,
    order_book,
    venue,
)
from hedge_widgets.market.store import Store, StoreError
from hedge_widgets.market.stored_terms import stored_terms
from hedge_widgets.market.venue_funding import funding_intervals
from hedge_widgets.model.carry.history import annual_rate_of_history
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import MarginTiers
from tests.market.exchange_server import (
    BOOK_TIME,
    BYBIT_TIERS,
    HOUR,
    KRAKEN,
    OKX_TIERS,
    START,
    Answer,
    Figures,
    Venues,
    eight_hourly,
    okx_tiers,
    playing,
)

FACTS = Path(__file__).resolve().parents[2].parent / "shared" / "domain" / "facts.json"
# Every venue with a contract of each kind it has: ccxt's symbol, its own name.
CONTRACTS = [
    ("okx", "BTC/USDT:USDT", "BTC-USDT-SWAP"),
    ("okx", "BTC/USD:BTC", "BTC-USD-SWAP"),
    ("bybit", "BTC/USDT:USDT", "BTCUSDT"),
    ("bybit", "BTC/USD:BTC", "BTCUSD"),
    ("binanceusdm", "BTC/USDT:USDT", "BTCUSDT"),
    ("binancecoinm", "BTC/USD:BTC", "BTCUSD_PERP"),
    ("hyperliquid", "BTC/USDC:USDC", "BTC"),
    ("krakenfutures", "BTC/USD:USD", "PF_XBTUSD"),
    ("krakenfutures", "BTC/USD:BTC", "PI_XBTUSD"),
    ("deribit", "BTC/USD:BTC", "BTC-PERPETUAL"),
    ("gate", "BTC/USDT:USDT", "BTC_USDT"),
]
# The most questions for 1,494 rates: full pages at OKX and Bybit, windows of as many hours as a page holds elsewhere.
PAGES = {"okx": 15, "bybit": 8, "binanceusdm": 12, "binancecoinm": 12, "gate": 12}
PAGES |= {"hyperliquid": 3, "deribit": 3, "krakenfutures": 1}
HOURLY = ("hyperliquid", "krakenfutures", "deribit")
each_contract = pytest.mark.parametrize(("name", "symbol", "own"), CONTRACTS, ids=[f"{c[0]} {c[2]}" for c in CONTRACTS])


def at(milliseconds: float) -> datetime.datetime:
    """Return a time from ccxt's milliseconds."""
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)


NOW = at(START + 100 * 8 * HOUR)


@pytest.fixture(scope="module")
def server() -> Iterator[Venues]:
    """Serve the venues."""
    with playing() as venues:
        yield venues


@pytest.fixture
def venues(server: Venues) -> Venues:
    """Give the server with its own figures and no question asked yet."""
    server.figures, server.asked = Figures(), []
    return server


@pytest.fixture
def connected(venues: Venues) -> Callable[[str], Any]:
    """Give what makes a ccxt exchange that talks to the server."""
    return lambda name: venues.connect(venue(name))


@pytest.fixture
def store(venues: Venues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Give an empty store, and lead ``fetch_venue`` to the server."""
    monkeypatch.setattr(product, "venue", lambda name: venues.connect(venue(name)))
    return Store(tmp_path / "store")


# What is there without ccxt, and without keys


def run(source: str) -> subprocess.CompletedProcess[str]:
    """Run the source in a fresh interpreter."""
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)


def test_ccxt_is_imported_late() -> None:
    """Importing the module costs neither ccxt nor pandas."""
    source = (
        "import sys, hedge_widgets.market.exchange; print(*sorted({'ccxt', 'pandas', 'requests'} & set(sys.modules)))"
    )
    result = run(source)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == ""


def test_without_ccxt_one_sentence_says_what_to_install() -> None:
    """The sentence names the extra."""
    source = (
        "import sys; sys.modules['ccxt'] = None\n"
        "from hedge_widgets.market.exchange import venue\n"
        "from hedge_widgets.model.limits import InputError\n"
        "try: venue('okx')\n"
        "except InputError as error: print(error)"
    )
    result = run(source)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip().endswith("is missing: pip install 'hedge-widgets[exchange]'")


@pytest.mark.parametrize("name", VENUES)
def test_each_venue_asks_without_keys(name: str) -> None:
    """ccxt has the venue and the calls used here; no key is set, and a pause between questions is."""
    exchange = venue(name)
    assert not exchange.apiKey
    assert not exchange.secret
    assert exchange.enableRateLimit
    assert exchange.timeout == 15_000
    calls = ["fetchMarkets", "fetchFundingRateHistory", "fetchOrderBook"]
    tiers = [] if VENUES[name].tier_refusal else ["fetchMarketLeverageTiers"]
    assert all(exchange.has[call] in (True, "emulated") for call in calls + tiers)
    assert bool(VENUES[name].tier_units) != bool(VENUES[name].tier_refusal)


def test_only_venues_on_the_list() -> None:
    """Another exchange of ccxt's is refused with the list; so is what is no name."""
    for name in ("kraken", "binance", "__init__", "", None):
        with pytest.raises(InputError, match=r"^venue must be one of binanceusdm, .*gate, not"):
            venue(name)  # type: ignore[arg-type]


# Contract terms


@each_contract
def test_terms(connected: Callable[[str], Any], name: str, symbol: str, own: str) -> None:
    """A row per contract, under ccxt's symbol, in units of contracts, found by either name."""
    terms = contract_terms(connected(name), symbol)
    assert list(terms.index) == [symbol]
    row = terms.loc[symbol]
    assert row["venue_symbol"] == own
    assert (row["kind"], row["underlying"]) == ("inverse" if symbol.endswith(":BTC") else "linear", "BTC")
    pd.testing.assert_frame_equal(contract_terms(connected(name), own), terms)


@pytest.mark.parametrize(("name", "symbol", "own"), [c for c in CONTRACTS if c[0] in ("okx", "bybit")])
def test_terms_are_the_published_ones(connected: Callable[[str], Any], name: str, symbol: str, own: str) -> None:
    """Multiplier, lot, tick, smallest notional and fees agree with the collected facts, in the facts' units."""
    if not FACTS.is_file():
        pytest.skip("waits for shared/domain/facts.json beside the checkout")
    collected = json.loads(FACTS.read_text())
    rows = [*collected["other_venues"], *collected["inverse"]]
    fact = next(row for row in rows if (row["venue"], row["symbol"]) == (VENUES[name].label, own))
    terms = contract_terms(connected(name), symbol).loc[symbol]
    assert terms["contract_multiplier"] == fact.get("multiplier", fact.get("contract_usd"))
    assert terms["lot_size"] == fact["lot"]
    if "min_notional" in fact:
        assert terms["min_notional"] == fact["min_notional"]
    if terms["fee_source"]:
        assert (terms["maker_fee_rate"], terms["taker_fee_rate"]) == (fact["maker_fee"], fact["taker_fee"])


@pytest.mark.parametrize(
    ("name", "symbol", "label"),
    [
        ("binanceusdm", "BTC/USDT:USDT", "Binance USD-M BTCUSDT"),
        ("binancecoinm", "BTC/USD:BTC", "Binance COIN-M BTCUSD_PERP"),
        ("bybit", "BTC/USD:BTC", "Bybit BTCUSD"),
        ("hyperliquid", "BTC/USDC:USDC", "Hyperliquid BTC"),
    ],
)
def test_terms_read_like_the_shipped_contracts(
    connected: Callable[[str], Any], name: str, symbol: str, label: str
) -> None:
    """The same contract in data/ has the same figures under the same names."""
    shipped, terms = facts.contract(label), contract_terms(connected(name), symbol).loc[symbol]
    for field in ("kind", "underlying", "contract_multiplier", "lot_size", "min_quantity"):
        assert terms[field] == getattr(shipped, field), field
    for field in ("min_notional", "maker_fee_rate", "taker_fee_rate", "funding_interval"):
        if not math.isnan(terms[field]):
            assert terms[field] == getattr(shipped, field), field


def test_terms_and_tiers_make_a_contract(connected: Callable[[str], Any]) -> None:
    """A contract of the model can be built from what was fetched."""
    okx = connected("okx")
    terms, tiers = contract_terms(okx, "BTC-USDT-SWAP").iloc[0], leverage_tiers(okx, "BTC-USDT-SWAP")
    assert set(terms.index) >= {"contract_multiplier", "lot_size", "min_quantity", "min_notional", "funding_interval"}
    built = MarginTiers.from_floors(
        [0.0, *tiers["cap"].iloc[:-1]], tiers["maintenance_rate"].to_list(), tiers["max_leverage"].to_list()
    )
    fields = (
        "underlying",
        "kind",
        "contract_multiplier",
        "lot_size",
        "min_quantity",
        "maker_fee_rate",
        "taker_fee_rate",
    )
    spec = ContractSpec(
        **{field: terms[field] for field in fields},
        venue=terms["venue"],
        symbol=terms["venue_symbol"],
        min_notional=0.0,
        liquidation_fee_rate=None,
        funding_interval=8.0,
        half_spread=0.0,
        daily_volume=1e9,
        tiers=built,
        source="",
        date="",
    )
    assert spec.contract_value(50_000.0) == 500.0


def test_quantities_of_a_venue_that_counts_value(connected: Callable[[str], Any]) -> None:
    """Deribit's smallest amount is 10 USD: one contract of 10 USD, not ten of them."""
    row = contract_terms(connected("deribit"), "BTC-PERPETUAL").iloc[0]
    assert (row["contract_multiplier"], row["lot_size"], row["min_quantity"]) == (10.0, 1.0, 1.0)
    assert (row["fee_source"], row["maker_fee_rate"], row["taker_fee_rate"]) == ("venue", 0.0, 0.0005)


def test_an_inverse_contract_of_bybit_is_one_dollar(connected: Callable[[str], Any]) -> None:
    """Its smallest order of ten is no contract size; its placeholder fees are left out."""
    row = contract_terms(connected("bybit"), "XRPUSD").iloc[0]
    assert (row["contract_multiplier"], row["lot_size"], row["min_quantity"]) == (1.0, 10.0, 10.0)
    assert math.isnan(row["maker_fee_rate"])
    assert row["fee_source"] == ""


def test_funding_interval_where_the_venue_states_it(connected: Callable[[str], Any]) -> None:
    """Minutes at Bybit, seconds at Gate, nothing in OKX's list."""
    assert contract_terms(connected("bybit"), "ADAUSDT")["funding_interval"].item() == 4.0
    assert contract_terms(connected("gate"), "BTC_USDT")["funding_interval"].item() == 8.0
    assert math.isnan(contract_terms(connected("okx"), "BTC-USDT-SWAP")["funding_interval"].item())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ctVal": "-0.01"}, r"contract multiplier must be a finite number from 1e-12 to 1e\+15, not -0.01"),
        ({"ctVal": ""}, r"contract multiplier must be .*, not None"),
        ({"ctVal": "nan"}, r"contract multiplier must be .*, not nan"),
        ({"lotSz": "0"}, r"lot size must be .*, not 0.0"),
        ({"minSz": "-1"}, r"min quantity must be .*, not -1.0"),
        ({"settleCcy": "USDC"}, r"only linear and inverse futures"),
    ],
)
def test_wrong_terms_are_refused(
    venues: Venues, connected: Callable[[str], Any], changed: dict[str, str], message: str
) -> None:
    """The sentence names venue, contract, field and value."""
    venues.figures.changed["BTC-USDT-SWAP"] = changed
    with pytest.raises(VenueError, match=rf"^OKX BTC(/USDT:USDT|-USDT-SWAP): {message}"):
        contract_terms(connected("okx"), "BTC-USDT-SWAP")


@pytest.mark.parametrize(
    ("symbol", "hint"),
    [
        ("BTC/USDT", "it has BTC/USDT:USDT, BTC/USD:BTC"),
        ("BTC-EUR-SWAP", "it has BTC/USDT:USDT, BTC/USD:BTC"),
        ("NOPE/USDT:USDT", "contracts are written like BTC/USDT:USDT"),
        ("", "contracts are written like BTC/USDT:USDT"),
    ],
)
def test_an_unknown_contract(connected: Callable[[str], Any], symbol: str, hint: str) -> None:
    """The venue's contracts in the coin are named."""
    with pytest.raises(VenueError) as caught:
        contract_terms(connected("okx"), symbol)
    assert str(caught.value) == f"OKX has no contract {symbol!r}; {hint}"
    assert not caught.value.is_final


# Tiers


def test_tiers_of_okx(venues: Venues, connected: Callable[[str], Any]) -> None:
    """Contracts; each tier starts where the one before ends."""
    tiers = leverage_tiers(connected("okx"), "BTC/USD:BTC")
    assert tiers["cap"].to_list() == [2000, 5000, 20000]
    assert tiers["maintenance_rate"].to_list() == [0.004, 0.005, 0.0075]
    assert tiers["max_leverage"].to_list() == [125, 100, 66.66]
    assert set(tiers["unit"]) == {"contracts"}
    assert list(tiers.index) == [1, 2, 3]
    assert venues.asked[-1] == (
        "/api/v5/public/position-tiers",
        {"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USD"},
    )


def test_tiers_of_okx_are_the_published_ones() -> None:
    """What the server says of BTC-USD-SWAP is OKX's notice."""
    if not FACTS.is_file():
        pytest.skip("waits for shared/domain/facts.json beside the checkout")
    rows = json.loads(FACTS.read_text())["inverse"]
    fact = next(row for row in rows if row["symbol"] == "BTC-USD-SWAP")
    said = [[float(tier[key]) for key in ("maxSz", "mmr", "imr", "maxLever")] for tier in OKX_TIERS]
    assert said == fact["flat_tiers_contracts"]


@pytest.mark.parametrize(
    ("own", "unit", "rates"), [("BTCUSDT", "quote", [0.005, 0.0056, 0.007]), ("BTCUSD", "base", [0.005, 0.01])]
)
def test_tiers_of_bybit(
    venues: Venues, connected: Callable[[str], Any], own: str, unit: str, rates: list[float]
) -> None:
    """In any order, as fractions or in percent; the venue's deductions are those that the model makes of the rates."""
    venues.figures.tiers[own] = BYBIT_TIERS[own][::-1]
    tiers = leverage_tiers(connected("bybit"), own)
    assert tiers["maintenance_rate"].to_list() == pytest.approx(rates, rel=1e-12)
    assert set(tiers["unit"]) == {unit}
    model = MarginTiers.from_floors([0.0, *tiers["cap"].iloc[:-1]], rates)
    said = [float(tier["mmDeduction"] or 0) for tier in BYBIT_TIERS[own]]
    np.testing.assert_allclose(said, model.deductions, rtol=1e-9)


def test_tiers_of_kraken_and_gate(connected: Callable[[str], Any]) -> None:
    """The last tier of Kraken has no end; each has its unit."""
    kraken = leverage_tiers(connected("krakenfutures"), "PF_XBTUSD")
    assert kraken["cap"].to_list() == [500_000, math.inf]
    assert kraken["max_leverage"].to_list() == [50, 25]
    assert set(kraken["unit"]) == {"quote"}
    assert set(leverage_tiers(connected("krakenfutures"), "PI_XBTUSD")["unit"]) == {"contracts"}
    assert len(KRAKEN[1]["marginLevels"]) == 2
    gate = leverage_tiers(connected("gate"), "BTC_USDT")
    assert set(gate["unit"]) == {"quote"}


@pytest.mark.parametrize("name", ["binanceusdm", "binancecoinm"])
def test_tiers_of_binance_are_private(venues: Venues, connected: Callable[[str], Any], name: str) -> None:
    """The sentence says so, and nobody is asked."""
    with pytest.raises(
        VenueError, match=r"^Binance shows its margin tiers to accounts only, and no keys are used here"
    ):
        leverage_tiers(connected(name), "BTC/USDT:USDT")
    assert venues.asked == []


def test_ccxt_would_ask_binance_for_keys(connected: Callable[[str], Any]) -> None:
    """The reason for the sentence: the day ccxt has a public call, this fails and the tiers can be read."""
    exchange = connected("binanceusdm")
    exchange.load_markets()
    with pytest.raises(ccxt.AuthenticationError, match="apiKey"):
        exchange.fetch_market_leverage_tiers("BTC/USDT:USDT")


FIRST = ("0", "2000", "0.004", "0.008", "125")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "the venue gave no margin tiers"),
        ([FIRST, ("2000", "2000", "0.005", "0.01", "100")], "cap must rise from tier to tier, not 2000, 2000"),
        ([FIRST, ("2000", "5000", "0.003", "0.01", "100")], "maintenance rate must not fall .*, not 0.004, 0.003"),
        ([FIRST, ("2000", "5000", "0.005", "0.01", "150")], "max leverage must not rise .*, not 125, 150"),
        (
            [FIRST, ("2000", "", "0.005", "0.01", "100"), ("5000", "", "0.006", "0.02", "50")],
            "cap must rise .* inf, inf",
        ),
        ([("0", "2000", "0.4", "0.8", "125")], r"maintenance rate must be at most 1 / max leverage = 0.008, not 0.4"),
        ([("0", "2000", "", "0.008", "125")], "maintenance rate must be a finite number .*, not None"),
        ([("0", "2000", "nan", "0.008", "125")], "maintenance rate must be .*, not nan"),
        ([("0", "-5", "0.004", "0.008", "125")], "cap must be .*, not -5.0"),
        ([("0", "2000", "0.004", "0.008", "0")], "max leverage must be .*, not 0.0"),
    ],
)
def test_wrong_tiers_are_refused(
    venues: Venues, connected: Callable[[str], Any], rows: list[tuple[str, str, str, str, str]], message: str
) -> None:
    """The sentence names venue, contract, field, rule and value."""
    venues.figures.tiers["BTC-USDT"] = okx_tiers(rows)
    with pytest.raises(VenueError, match=f"^OKX BTC/USDT:USDT: {message}"):
        leverage_tiers(connected("okx"), "BTC-USDT-SWAP")


# Funding


@each_contract
def test_funding_is_whole(venues: Venues, connected: Callable[[str], Any], name: str, symbol: str, own: str) -> None:
    """Over many pages every rate comes once, ascending, both ends included, with the hours it stands for."""
    hours = 1 if name in HOURLY else 8
    truth = venues.figures.funding[own] = eight_hourly(1500, hours=hours)
    first, last = truth[3][0], truth[1496][0]
    funding = funding_history(connected(name), symbol, at(first), at(last))
    assert funding.index.name == "time"
    assert funding.index.is_unique
    assert [(int(time.timestamp() * 1000), rate) for time, rate in funding["rate"].items()] == truth[3:1497]
    assert set(funding["interval_hours"]) == {hours}
    asked = [query for path, query in venues.asked if "und" in path + query.get("type", "")]
    assert 1 < len(asked) <= PAGES[name] or len(asked) == PAGES[name] == 1


def test_funding_that_overlaps_or_jitters(venues: Venues, connected: Callable[[str], Any]) -> None:
    """A row given twice counts once; a millisecond more or less does not change the hours."""
    truth = [(stamp + k % 40, rate) for k, (stamp, rate) in enumerate(eight_hourly(30, hours=1))]
    venues.figures.funding["BTC"] = sorted(truth * 2)
    funding = funding_history(connected("hyperliquid"), "BTC", at(START), NOW)
    assert funding["rate"].to_list() == [rate for _, rate in truth]
    assert set(funding["interval_hours"]) == {1}


def test_funding_interval_that_changes(venues: Venues, connected: Callable[[str], Any]) -> None:
    """Rates stand for the hours before them, also where the venue went from eight hours to four."""
    early = eight_hourly(10)
    late = eight_hourly(10, first=early[-1][0] + 4 * HOUR, hours=4)
    venues.figures.funding["BTC-USDT-SWAP"] = early + late
    funding = funding_history(connected("okx"), "BTC-USDT-SWAP", at(START), NOW)
    assert funding["interval_hours"].to_list() == [8.0] * 10 + [4.0] * 10


@pytest.mark.parametrize(
    ("hours", "known", "expected"),
    [
        ([], None, [math.nan]),
        ([], 4.0, [4]),
        ([8], None, [8, 8]),
        ([16], None, [math.nan, math.nan]),
        ([16], 8.0, [8, 8]),
        ([8, 8, 16, 8], None, [8, 8, 8, 8, 8]),
        ([4, 4, 8, 4, 4], None, [4, 4, 4, 4, 4, 4]),
        ([8, 8, 4, 4], None, [8, 8, 8, 4, 4]),
        ([4, 4, 8, 8], None, [4, 4, 4, 8, 8]),
        ([1, 1, 5, 2, 1], None, [1, 1, 1, 1, 2, 1]),
        ([8, 8, 6, 6], None, [8, 8, 8, 6, 6]),
        ([6, 6, 12, 6], None, [6, 6, 6, 6, 6]),
        ([12, 12, 12], None, [12, 12, 12, 12]),
        ([8, 16, 16, 8, 8], None, [8, 8, 8, 8, 8, 8]),
    ],
)
def test_funding_intervals(hours: list[int], known: float | None, expected: list[float]) -> None:
    """A missing settlement does not lengthen the interval; where nothing can tell, nothing is told."""
    stamps = [START, *(START + HOUR * total for total in itertools.accumulate(hours))]
    np.testing.assert_array_equal(funding_intervals(stamps, known), expected)


def test_six_hour_funding_after_eight() -> None:
    """F11: sixty payments of 0.01 %, 8 hours apart and then 6, are annualised by the hours they stand for."""
    hours = [8] * 30 + [6] * 30
    stamps = [START, *(START + HOUR * total for total in itertools.accumulate(hours))]
    found = funding_intervals(stamps)
    assert list(found) == [8, *hours]
    assert annual_rate_of_history(np.full(61, 1e-4), found) == pytest.approx(61e-4 / (8 + sum(hours)) * 8760)
    assert annual_rate_of_history(np.full(60, 1e-4), hours) == pytest.approx(0.1251, abs=1e-4)


@given(st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 12, 24]), st.integers(10, 60), st.data())
def test_one_missing_settlement_changes_no_interval(interval: int, n: int, data: st.DataObject) -> None:
    """Wherever inside the history it is missing."""
    missing = data.draw(st.integers(4, n - 5))
    stamps = [START + k * interval * HOUR for k in range(n) if k != missing]
    assert set(funding_intervals(stamps)) == {interval}


@pytest.mark.parametrize("wrong", ["", "nan", "0.9", "-inf"])
def test_a_wrong_rate_is_refused(venues: Venues, connected: Callable[[str], Any], wrong: str) -> None:
    """The sentence names the time."""
    venues.figures.funding["BTC-USDT-SWAP"] = [*eight_hourly(3), (START + 24 * HOUR, wrong)]  # type: ignore[list-item]
    expected = r"^OKX BTC/USDT:USDT: funding rate of 2026-01-02 00:00 must be a finite number from -0.5 to 0.5, not "
    with pytest.raises(VenueError, match=expected):
        funding_history(connected("okx"), "BTC-USDT-SWAP", at(START), NOW)


@pytest.mark.parametrize("wrong", ["1e308", 1e308, "nan", "NaN", "inf", -1, "-1767225600000", "soon", True, 0, 10**400])
def test_a_wrong_funding_time_is_a_sentence(venues: Venues, store: Store, wrong: Any) -> None:
    """Also where ccxt reads it, and the other table is stored all the same."""
    row = {"realizedRate": "0.0001", "fundingRate": "0.0001", "fundingTime": wrong, "instId": "BTC-USDT-SWAP"}
    venues.figures.faults["funding-rate-history"] = lambda: (200, body(code="0", data=[row], msg=""))
    funding, terms = fetch_venue(store, "okx", ["BTC/USDT:USDT"], ["funding", "contracts"], NOW)
    assert not funding.is_stored
    assert funding.sentence.startswith("OKX")
    assert len(funding.sentence) < 200
    assert terms.is_stored


@pytest.mark.parametrize("wrong", ["1e308", "nan", "-1", "0", "soon", 10**400])
def test_a_wrong_time_of_a_book_is_a_sentence(venues: Venues, store: Store, wrong: Any) -> None:
    level = ["50000", "1", "0", "1"]
    book = {"bids": [level], "asks": [["50001", *level[1:]]], "ts": wrong}
    venues.figures.faults["market/books"] = lambda: (200, body(code="0", data=[book], msg=""))
    (outcome,) = fetch_venue(store, "okx", ["BTC/USDT:USDT"], ["order_book"], NOW)
    assert not outcome.is_stored
    assert outcome.sentence.startswith("OKX")


def test_two_rates_at_one_time_are_refused(venues: Venues, connected: Callable[[str], Any]) -> None:
    """Neither is taken for the right one."""
    venues.figures.funding["BTCUSDT"] = [(START, 1e-4), (START, 2e-4)]
    with pytest.raises(
        VenueError, match=r"funding rate of 2026-01-01 00:00 must be one number, not 0.000\d and 0.000\d"
    ):
        funding_history(connected("binanceusdm"), "BTCUSDT", at(START), NOW)


def test_no_funding(venues: Venues, connected: Callable[[str], Any]) -> None:
    """Before the listing there is none; an interval that ends before it starts is refused."""
    venues.figures.funding["BTCUSDT"] = eight_hourly(3)
    with pytest.raises(
        VenueError, match=r"^Bybit BTC/USDT:USDT: the venue gave no funding from 2025-01-01 to 2025-06-01$"
    ):
        funding_history(
            connected("bybit"), "BTCUSDT", *(datetime.datetime(2025, month, 1, tzinfo=datetime.UTC) for month in (1, 6))
        )
    with pytest.raises(VenueError, match="from a time to a later one"):
        funding_history(connected("bybit"), "BTCUSDT", NOW, at(START))


def test_a_venue_that_repeats_itself_is_left(venues: Venues, connected: Callable[[str], Any]) -> None:
    """The same page again and again ends with a sentence, not never."""
    row = {"realizedRate": "0.0001", "fundingTime": str(START + 200 * 8 * HOUR), "instId": "BTC-USDT-SWAP"}
    body = json.dumps({"code": "0", "msg": "", "data": [row]}).encode()
    venues.figures.faults["funding-rate-history"] = lambda: (200, body)
    with pytest.raises(VenueError, match="the same page of funding again and again"):
        funding_history(connected("okx"), "BTC-USDT-SWAP", at(START), NOW)


# The order book

AMOUNTS = {  # of the best bid, 3 at 50,000, in base units
    "okx BTC-USDT-SWAP": 0.03,
    "okx BTC-USD-SWAP": 300 / 50_000,
    "bybit BTCUSDT": 3.0,
    "bybit BTCUSD": 3 / 50_000,
    "binanceusdm BTCUSDT": 3.0,
    "binancecoinm BTCUSD_PERP": 300 / 50_000,
    "hyperliquid BTC": 3.0,
    "krakenfutures PF_XBTUSD": 3.0,
    "krakenfutures PI_XBTUSD": 3 / 50_000,
    "deribit BTC-PERPETUAL": 3 / 50_000,
    "gate BTC_USDT": 0.0003,
}


@each_contract
def test_order_book(connected: Callable[[str], Any], name: str, symbol: str, own: str) -> None:
    """Best first on both sides, amounts in coins whatever a contract is, with the venue's time."""
    book = order_book(connected(name), symbol)
    assert book["side"].to_list() == ["bid", "bid", "ask", "ask"]
    assert book["price"].to_list() == [50_000, 49_999.5, 50_001, 50_002]
    assert book["amount"].iloc[0] == pytest.approx(AMOUNTS[f"{name} {own}"], rel=1e-12)
    # ccxt cuts Gate's time to seconds.
    assert book.index[0] == pd.Timestamp(BOOK_TIME // 1000 * 1000 if name == "gate" else BOOK_TIME, unit="ms", tz="UTC")
    assert len(order_book(connected(name), symbol, depth=1)) == 2


@pytest.mark.parametrize(
    ("bids", "asks", "message"),
    [
        ([], [["50001", "1"]], "the order book must hold bids and asks, not 0 and 1"),
        ([["50001", "1"]], [["50001", "1"]], "the best bid must lie below the best ask, not 50001 against 50001"),
        ([["50000", "-1"]], [["50001", "1"]], "bid amount must be .*, not -1.0"),
        ([["50000", "1"]], [["nan", "1"]], "ask price must be .*, not nan"),
    ],
)
def test_a_wrong_order_book_is_refused(
    venues: Venues, connected: Callable[[str], Any], bids: list[list[str]], asks: list[list[str]], message: str
) -> None:
    """Empty, crossed, negative, not a number."""
    venues.figures.bids, venues.figures.asks = bids, asks
    with pytest.raises(VenueError, match=f"^OKX BTC/USDT:USDT: {message}"):
        order_book(connected("okx"), "BTC-USDT-SWAP")


@pytest.mark.parametrize("depth", [0, 501, math.nan])
def test_a_wrong_depth_is_refused(connected: Callable[[str], Any], depth: int) -> None:
    """From 1 to 500."""
    with pytest.raises(InputError, match=r"^depth must be a finite number from 1 to 500, not"):
        order_book(connected("okx"), "BTC-USDT-SWAP", depth)


# Errors as sentences

HTML = b"<html>\n<body>Forbidden\nby the gateway</body></html>"


def body(**fields: Any) -> bytes:
    """Return JSON."""
    return json.dumps(fields).encode()


def late() -> Answer:
    """Answer after the client has given up."""
    time.sleep(0.5)
    return 200, b"{}"


FAULTS: dict[str, tuple[Callable[[], Answer], str, bool]] = {
    "429": (lambda: (429, HTML), "{} was asked too often for now; wait some minutes and fetch again", True),
    "418": (lambda: (418, HTML), "{} was asked too often for now; wait some minutes and fetch again", True),
    "451": (lambda: (451, body(code=0, msg="restricted location")), "{} does not serve this country or network;", True),
    "403": (lambda: (403, HTML), "{} refuses this computer's address (HTTP 403): it does not serve this country", True),
    "500": (lambda: (500, HTML), "{} is out of service for now (HTTP 500); try again later", True),
    "504": (lambda: (504, HTML), "{} is out of service for now (HTTP 504); try again later", True),
    "503 json": (lambda: (503, b"[]"), "{} is out of service for now (HTTP 503); try again later", True),
    "timeout": (late, "{} did not answer within 0.2 seconds; try again later", True),
    "400": (lambda: (400, b"x"), "{} refused the question about", False),
    "html with 200": (lambda: (200, HTML), "{}", False),
    "empty": (lambda: (200, b""), "{}", False),
    "list": (lambda: (200, b"[1, 2]"), "{}", False),
    "another shape": (lambda: (200, b'{"code": "0", "retCode": 0, "data": 5, "result": 7}'), "{}", False),
}
QUESTIONS = {
    "okx": ("/api/v5/public/position-tiers", "/api/v5/public/funding-rate-history", "/api/v5/market/books"),
    "bybit": ("/v5/market/risk-limit", "/v5/market/funding/history", "/v5/market/orderbook"),
    "binanceusdm": (None, "/fapi/v1/fundingRate", "/fapi/v1/depth"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_faults_become_sentences(venues: Venues, connected: Callable[[str], Any], name: str, fault: str) -> None:
    """On the list of contracts and on each question: one sentence with the venue, no address, no trace."""
    answer, message, is_final = FAULTS[fault]
    paths = ("instruments" if name != "binanceusdm" else "exchangeInfo", *QUESTIONS[name])
    readers = (contract_terms, leverage_tiers, lambda e, s: funding_history(e, s, at(START), NOW), order_book)
    label = VENUES[name].label
    for path, reader in zip(paths, readers, strict=True):
        if path is None:
            continue
        venues.figures.faults = {path: answer}
        exchange = connected(name)
        exchange.timeout = 200
        with pytest.raises(VenueError) as caught:
            reader(exchange, "BTC/USDT:USDT")
        sentence = str(caught.value)
        assert sentence.startswith(message.format(label)), (path, sentence)
        assert caught.value.is_final == is_final or fault in ("html with 200", "empty", "list", "another shape")
        assert "\n" not in sentence
        assert "http:" not in sentence
        assert len(sentence) < 250


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        ("bybit", body(retCode=10006, retMsg="Too many visits!"), "Bybit was asked too often for now"),
        ("okx", body(code="50011", data=[], msg="Requests too frequent"), "OKX was asked too often for now"),
        ("okx", body(code="51001", data=[], msg="Instrument ID does not exist"), "OKX does not know the contract BTC"),
        ("okx", body(code="50103", data=[], msg="OK-ACCESS-KEY can't be empty"), "OKX answers this to accounts only"),
        ("okx", body(code="51155", data=[], msg="local compliance"), "OKX does not serve this country or network"),
        ("okx", body(code="50026", data=[], msg="System error"), "OKX is out of service for now; try again later"),
        ("bybit", body(retCode=10001, retMsg="Illegal category"), "Bybit refused the question about BTC/USDT:USDT"),
    ],
)
def test_refusals_with_status_200(
    venues: Venues, connected: Callable[[str], Any], name: str, answer: bytes, message: str
) -> None:
    """The venues' own codes are understood too."""
    exchange = connected(name)
    exchange.load_markets()
    venues.figures.faults = {"book": lambda: (200, answer)}
    with pytest.raises(VenueError) as caught:
        order_book(exchange, "BTC/USDT:USDT")
    assert str(caught.value).startswith(message)


def test_nobody_answers(connected: Callable[[str], Any], venues: Venues, free_port: int) -> None:
    """A refused connection is told as such."""
    exchange = connected("okx")
    exchange.urls["api"] = {"rest": f"http://127.0.0.1:{free_port}"}
    with pytest.raises(VenueError, match=r"^OKX could not be reached; check the connection$") as caught:
        order_book(exchange, "BTC/USDT:USDT")
    assert caught.value.is_final
    assert venues.asked == []


def test_no_contract_at_all(venues: Venues, connected: Callable[[str], Any]) -> None:
    """A list without contracts is the venue's fault, not an unknown symbol."""
    venues.figures.faults = {"instruments": lambda: (200, body(code="0", data=[], msg=""))}
    with pytest.raises(VenueError, match=r"^OKX answered without a single contract; try again later$"):
        contract_terms(connected("okx"), "BTC/USDT:USDT")


# Into the store


def stored(store: Store, kind: str, symbol: str = "BTC/USDT:USDT", name: str = "okx") -> pd.DataFrame:
    """Return a stored table."""
    return store.read(kind, f"{name} {symbol}")


def test_fetch_all(venues: Venues, connected: Callable[[str], Any], store: Store) -> None:
    """Every table of two contracts is stored as it was read, and progress is told as it goes."""
    for own in ("BTC-USDT-SWAP", "BTC-USD-SWAP"):
        venues.figures.funding[own] = eight_hourly(101)
    told: list[Fetched] = []
    outcomes = fetch_venue(store, "okx", ["BTC/USDT:USDT", "BTC-USD-SWAP"], WHAT, NOW, told.append)
    assert [outcome.is_stored for outcome in outcomes] == [True] * 8
    assert tuple(told) == outcomes
    assert outcomes[1].sentence == "tiers of okx BTC/USDT:USDT: 3 rows stored"
    okx = connected("okx")
    for symbol in ("BTC/USDT:USDT", "BTC/USD:BTC"):
        expected = {
            "contracts": contract_terms(okx, symbol),
            "tiers": leverage_tiers(okx, symbol),
            "order_book": order_book(okx, symbol),
            "funding": funding_history(okx, symbol, at(START), NOW),
        }
        for kind, frame in expected.items():
            pd.testing.assert_frame_equal(stored(store, kind, symbol), frame, check_index_type=False)
    assert len(stored(store, "funding")) == 101
    entry = store.entries["tiers", "okx BTC/USD:BTC"]
    assert (entry.source, entry.fetched_at) == ("OKX", NOW)
    assert entry.details["read_with"] == f"ccxt {ccxt.__version__}"
    assert store.problems == ()


@each_contract
def test_what_was_fetched_is_a_contract(
    venues: Venues, store: Store, monkeypatch: pytest.MonkeyPatch, name: str, symbol: str, own: str
) -> None:
    """Of every venue and kind: terms as fetched, tiers where they are public, the book, no problem."""
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(store.folder))
    fetch_venue(store, name, [symbol], ("contracts", "tiers", "order_book"), NOW)
    found = stored_terms()
    assert found.problems == ()
    label = f"{VENUES[name].label} {own} (fetched)"
    assert list(found.contracts) == list(found.books) == [label]
    spec, terms = facts.contract(label), stored(store, "contracts", symbol, name).iloc[0]
    fields = ("underlying", "kind", "contract_multiplier", "lot_size", "min_quantity")
    assert [getattr(spec, field) for field in fields] == [terms[field] for field in fields]
    assert spec.date == f"{NOW:%Y-%m-%d}"
    assert ("margin tiers" in spec.assumed) == bool(VENUES[name].tier_refusal)
    if not VENUES[name].tier_refusal:
        tiers = stored(store, "tiers", symbol, name)
        assert list(spec.tiers.maintenance_rates) == tiers["maintenance_rate"].to_list()
        assert list(spec.tiers.max_leverages) == tiers["max_leverage"].to_list()
    assert found.books[label].mid_price == 50_000.5


def test_funding_is_prolonged(venues: Venues, store: Store) -> None:
    """The second fetch asks from the last stored time; what the venue no longer has stays."""
    venues.figures.funding["BTCUSDT"] = eight_hourly(60)
    since = at(START)
    arguments = (store, "binanceusdm", ["BTC/USDT:USDT"], ["funding"])
    fetch_venue(*arguments, at(START + 49 * 8 * HOUR), since=since)
    assert len(stored(store, "funding", name="binanceusdm")) == 50
    venues.figures.funding["BTCUSDT"] = eight_hourly(60)[40:]
    venues.asked.clear()
    (outcome,) = fetch_venue(*arguments, NOW, since=since)
    assert outcome.is_stored
    assert int(venues.asked[-1][1]["startTime"]) == START + 49 * 8 * HOUR
    funding = stored(store, "funding", name="binanceusdm")
    assert funding["rate"].to_list() == [rate for _, rate in eight_hourly(60)]
    assert set(funding["interval_hours"]) == {8.0}
    venues.asked.clear()
    earlier = since - datetime.timedelta(days=30)
    fetch_venue(*arguments, NOW, since=earlier)
    starts = [int(query["startTime"]) for path, query in venues.asked if path.endswith("fundingRate")]
    assert at(min(starts)) == earlier


def test_a_damaged_table_is_fetched_anew(venues: Venues, store: Store) -> None:
    """Funding that cannot be read back is no base to prolong."""
    venues.figures.funding["BTC-USDT-SWAP"] = eight_hourly(20)
    arguments = (store, "okx", ["BTC/USDT:USDT"], ["funding"], NOW)
    fetch_venue(*arguments)
    entry = store.entries["funding", "okx BTC/USDT:USDT"]
    (store.folder / entry.file).write_text("damaged")
    assert [outcome.is_stored for outcome in fetch_venue(*arguments)] == [True]
    assert len(stored(store, "funding")) == 20


def test_one_failure_leaves_the_rest(venues: Venues, store: Store) -> None:
    """An unknown contract and a wrong value cost their own tables; what was stored of them stays and is named."""
    venues.figures.funding["BTC-USDT-SWAP"] = eight_hourly(5)
    fetch_venue(store, "okx", ["BTC-USDT-SWAP"], WHAT, NOW)
    before = stored(store, "tiers")
    venues.figures.tiers["BTC-USDT"] = okx_tiers([("0", "2000", "0.9", "0.8", "125")])
    later = NOW + datetime.timedelta(hours=1)
    outcomes = fetch_venue(store, "okx", ["NOPE/USDT:USDT", "BTC-USDT-SWAP"], ("tiers", "order_book"), later)
    assert [outcome.is_stored for outcome in outcomes] == [False, False, False, True]
    assert outcomes[0].sentence == "OKX has no contract 'NOPE/USDT:USDT'; contracts are written like BTC/USDT:USDT"
    assert "maintenance rate must be" in outcomes[2].sentence
    assert outcomes[2].sentence.endswith(f"; the store keeps those of {NOW:%Y-%m-%d %H:%M} UTC")
    pd.testing.assert_frame_equal(stored(store, "tiers"), before)
    assert store.entries["order_book", "okx BTC/USDT:USDT"].fetched_at == later


def test_a_rate_limit_ends_the_questions(venues: Venues, store: Store) -> None:
    """After it nothing more is asked; the rest says why."""
    venues.figures.faults = {"position-tiers": lambda: (429, b"")}
    outcomes = fetch_venue(store, "okx", ["BTC/USDT:USDT", "ETH/USDT:USDT"], ("contracts", "tiers", "order_book"), NOW)
    assert [outcome.is_stored for outcome in outcomes] == [True, False, False, False, False, False]
    assert outcomes[1].sentence.startswith("OKX was asked too often")
    assert outcomes[2].sentence.startswith("OKX BTC/USDT:USDT: not asked for, because OKX was asked too often")
    assert "position-tiers" in venues.asked[-1][0]
    assert list(store.entries) == [("contracts", "okx BTC/USDT:USDT")]


def test_tiers_of_binance_leave_the_rest(venues: Venues, store: Store) -> None:
    """The refusal stands beside what is public."""
    venues.figures.funding["BTCUSDT"] = eight_hourly(5)
    outcomes = fetch_venue(store, "binanceusdm", ["BTC/USDT:USDT"], WHAT, NOW)
    assert [outcome.is_stored for outcome in outcomes] == [True, False, True, True]
    assert outcomes[1].sentence.startswith("Binance shows its margin tiers to accounts only")


def test_a_store_that_refuses_is_told(venues: Venues, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is the outcome of each table, not an exception."""

    def write(*args: object, **fields: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Store, "write", write)
    outcomes = fetch_venue(store, "okx", ["BTC/USDT:USDT"], ("contracts", "tiers"), NOW)
    assert [(outcome.is_stored, outcome.sentence) for outcome in outcomes] == [(False, "the disk is full")] * 2


def test_unknown_words_are_refused(venues: Venues, store: Store) -> None:
    """Before anybody is asked."""
    with pytest.raises(InputError, match=r"^what must be one of contracts, tiers, funding, order_book, not 'trades'"):
        fetch_venue(store, "okx", ["BTC/USDT:USDT"], ["trades"], NOW)
    with pytest.raises(InputError, match=r"^venue must be one of"):
        fetch_venue(store, "nowhere", ["BTC/USDT:USDT"], ["tiers"], NOW)
    assert venues.asked == []
