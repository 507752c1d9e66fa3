"""Fetched contracts as contracts of the model: units, what is assumed, hostile rows."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from hedge_widgets.market import facts
from hedge_widgets.market.facts import contract, contracts, shipped_contracts
from hedge_widgets.market.shipped import shipped_funding, shipped_prices
from hedge_widgets.market.store import Store
from hedge_widgets.market.stored_terms import stored_terms
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import liquidation_price
from tests.stored_venues import (
    BOOK,
    KRAKEN,
    NAN,
    OKX,
    ago,
    store_book,
    store_contract,
    store_kraken,
    store_okx,
    store_tiers,
)

NAME = "okx BTC/USDT:USDT"


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give an empty store."""
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def test_without_a_store_there_is_what_ships() -> None:
    """No folder, no problem."""
    assert contracts() == shipped_contracts()
    assert stored_terms().problems == ()


def test_a_fetched_contract_stands_beside_the_one_that_ships() -> None:
    """The shipped one is as before; the fetched one is last, under a label of its own, with what the venue said."""
    before = contract("OKX BTC-USDT-SWAP")
    store_okx(ago(days=3))
    assert list(contracts()) == [*shipped_contracts(), OKX]
    assert contract("OKX BTC-USDT-SWAP") is before
    spec = contract(OKX)
    assert (spec.listing, spec.contract_multiplier) == (before.label, 0.01)
    assert (spec.lot_size, spec.min_quantity) == (0.01, 0.01)
    assert (spec.maker_fee_rate, spec.taker_fee_rate, spec.funding_interval) == (0.0001, 0.0004, 4.0)
    assert spec.date == f"{ago(days=3):%Y-%m-%d}"
    assert spec.source == "OKX, through ccxt; fees of the list that ccxt ships"


def test_past_funding_is_that_of_the_contract_whichever_copy() -> None:
    """What its shorts received was collected for the one that ships."""
    store_contract("binanceusdm BTC/USDT:USDT", ago(days=1), venue="Binance USD-M", venue_symbol="BTCUSDT")
    received = shipped_funding(contract("Binance USD-M BTCUSDT"))
    assert not received.is_assumed
    assert shipped_funding(contract("Binance USD-M BTCUSDT (fetched)")).value == received.value


def test_tiers_in_contracts_by_hand() -> None:
    """2,000 contracts of 0.01 coins at the book's 50,000.5 are 1,000,010 dollars, and so on."""
    store_okx(ago(days=3))
    tiers = contract(OKX).tiers
    assert tiers.caps == pytest.approx((20 * 50_000.5, 50 * 50_000.5, 200 * 50_000.5), rel=1e-12)
    assert tiers.maintenance_rates == (0.004, 0.005, 0.0075)
    assert tiers.max_leverages == (125.0, 100.0, 66.66)
    assert tiers.deductions == pytest.approx((0.0, 1_000.01, 1_000.01 + 0.0025 * 2_500_025), rel=1e-12)
    assert "sizes at 50,000.5 $ a coin" in tiers.source
    assert "counted slice by slice, though OKX charges the whole position one rate" in tiers.source


def test_tiers_in_contracts_without_a_book_take_the_shipped_price() -> None:
    """And say at which price."""
    store_contract(NAME, ago(hours=1))
    store_tiers(NAME, ago(hours=1), "contracts", [(2000, 0.004, 125)])
    tiers = contract(OKX).tiers
    price = shipped_prices()["BTC"]
    assert tiers.caps == pytest.approx((20 * price,))
    assert f"sizes at {price:,.8g} $ a coin" in tiers.source


def test_a_liquidation_price_by_hand_with_fetched_tiers() -> None:
    """One coin short at 60,000 with 12,000: 72,000 - x = 0.02 x - 50,000 (0.02 - 0.01) in Kraken's second slice."""
    store_kraken(ago(hours=2))
    price = liquidation_price("linear", -1, 1.0, 60_000, 12_000, contract(KRAKEN).tiers)
    assert price == pytest.approx((72_000 + 500) / 1.02, rel=1e-12)


def test_an_inverse_contract_counts_coins() -> None:
    """Base units stay; a contract of 1 dollar is 1 / price coins; dollars are divided by the price."""
    price = shipped_prices()["BTC"]
    for unit, cap in (("base", 150.0), ("contracts", 150.0 / price), ("quote", 150.0 / price)):
        terms: dict[str, Any] = {"venue": "Bybit", "venue_symbol": "BTCUSD", "kind": "inverse", "quote": "USD"}
        store_contract("bybit BTC/USD:BTC", ago(days=1), contract_multiplier=1.0, **terms)
        store_tiers("bybit BTC/USD:BTC", ago(days=1), unit, [(150.0, 0.005, 100.0), (300.0, 0.01, 66.67)])
        tiers = contract("Bybit BTCUSD (fetched)").tiers
        assert tiers.caps == pytest.approx((cap, 2 * cap), rel=1e-12)
        assert tiers.deductions == pytest.approx((0.0, 0.005 * cap), rel=1e-12)


def test_what_was_not_fetched_is_assumed_and_named() -> None:
    """Fees, spread, volume and tiers, each by whose they are."""
    store_kraken(ago(hours=2))
    spec = contract(KRAKEN)
    assert (spec.maker_fee_rate, spec.taker_fee_rate, spec.min_notional) == (0.0002, 0.0005, 0.0)
    assert "fees: 0.02 % (maker) and 0.05 % (taker), as is usual" in spec.assumed
    assert "half spread and daily volume: those of Binance USD-M BTCUSDT" in spec.assumed
    assert "tiers" not in spec.assumed
    store_contract(NAME, ago(hours=2), maker_fee_rate=NAN, taker_fee_rate=NAN, fee_source=NAN, funding_interval=NAN)
    okx, shipped = contract(OKX), contract("OKX BTC-USDT-SWAP")
    assert (okx.maker_fee_rate, okx.taker_fee_rate) == (shipped.maker_fee_rate, shipped.taker_fee_rate)
    assert okx.funding_interval == 8.0
    assert (okx.tiers.caps, okx.tiers.maintenance_rates) == (shipped.tiers.caps, shipped.tiers.maintenance_rates)
    for part in ("fees: OKX's regular tier", "funding interval: 8 hours", "smallest order in dollars: none"):
        assert part in okx.assumed
    assert "margin tiers: those of OKX BTC-USDT-SWAP" in okx.assumed
    assert okx.tiers.source == "assumed: those of OKX BTC-USDT-SWAP"
    store_book(NAME, ago(hours=2))
    assert contract(OKX).half_spread == pytest.approx(0.5 / 50_000.5, rel=1e-12)
    assert "half spread: as in the fetched order book" in contract(OKX).assumed


def test_a_coin_of_which_nothing_ships() -> None:
    """It is taken for a coin that trades little; an inverse one, whose tiers count coins, gets a single tier."""
    coin = {"venue": "Gate", "venue_symbol": "TON_USDT", "underlying": "TON"}
    store_contract("gate TON/USDT:USDT", ago(hours=2), **coin)
    spec, poor = contract("Gate TON_USDT (fetched)"), contract("Example low-cap perp")
    assert (spec.daily_volume, spec.half_spread, spec.tiers.caps) == (
        poor.daily_volume,
        poor.half_spread,
        poor.tiers.caps,
    )
    store_contract("gate TON/USD:TON", ago(hours=2), **coin | {"kind": "inverse", "venue_symbol": "TON_USD"})
    inverse = contract("Gate TON_USD (fetched)")
    assert (inverse.tiers.caps, inverse.tiers.maintenance_rates) == ((float("inf"),), (0.01,))
    assert "margin tiers: 1 % maintenance and at most 50x at any size" in inverse.assumed


def test_a_dated_contract_pays_no_funding() -> None:
    """As ccxt writes it, with the day on which it ends."""
    store_contract("okx BTC/USDT:USDT-261225", ago(hours=2), venue_symbol="BTC-USDT-261225", funding_interval=NAN)
    assert contract("OKX BTC-USDT-261225 (fetched)").is_dated


def test_tiers_of_one_rate_are_joined() -> None:
    """At the lowest leverage among them, and said."""
    store_contract(NAME, ago(hours=2))
    store_tiers(NAME, ago(hours=2), "quote", [(1e5, 0.01, 50), (2e5, 0.01, 40), (3e5, 0.02, 25)])
    tiers = contract(OKX).tiers
    assert (tiers.caps, tiers.maintenance_rates, tiers.max_leverages) == ((2e5, 3e5), (0.01, 0.02), (40.0, 25.0))
    assert "tiers of one rate joined" in tiers.source


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"venue_symbol": "<img src=x onerror=alert(1)>"}, "its symbol must be 1 to 40 letters"),
        ({"venue_symbol": "B" * 41}, "its symbol must be 1 to 40 letters"),
        ({"venue_symbol": "BTC\u202eTDSU"}, "its symbol must be 1 to 40 letters"),
        ({"underlying": "<b>"}, "its coin must be a symbol"),
        ({"venue": "<b>OKX</b>"}, "venue must be one of"),
        ({"kind": "quanto"}, "kind must be one of"),
        ({"quote": "EUR"}, "its price must be in dollars or a dollar coin, not in 'EUR'"),
        ({"contract_multiplier": -1.0}, "contract multiplier must be"),
        ({"lot_size": "x"}, "lot size must be"),
        ({"taker_fee_rate": 0.5}, "taker fee rate must be"),
        ({"funding_interval": -8.0}, "funding interval must be"),
    ],
)
def test_a_hostile_row_is_refused_in_a_sentence(fields: dict[str, Any], why: str) -> None:
    """It is no contract, and the others are."""
    store_kraken(ago(hours=2))
    store_contract(NAME, ago(hours=2), **fields)
    found = stored_terms()
    assert list(found.contracts) == [KRAKEN]
    (problem,) = found.problems
    assert problem.startswith(f"the stored contracts of {NAME} cannot be used: ")
    assert why in problem


def test_hostile_tiers_and_books_leave_the_contract() -> None:
    """Without them, and each with its sentence."""
    store_contract(NAME, ago(hours=2))
    store_tiers(NAME, ago(hours=2), "quote", [(2e5, 0.02, 40), (3e5, 0.01, 25)])
    store_book(NAME, ago(hours=2), BOOK[::-1])
    found = stored_terms()
    assert list(found.contracts) == [OKX]
    assert found.books == {}
    assert "margin tiers: those of" in found.contracts[OKX].assumed
    assert "falling bids below rising asks" in found.problems[0]
    assert "maintenance rates must rise" in found.problems[1]
    store_tiers(NAME, ago(hours=2), "coins", [(2e5, 0.02, 40)])
    assert "unit must be one of" in stored_terms().problems[1]


def test_a_table_of_another_shape_and_a_damaged_file(store: Path) -> None:
    """Columns that are not there, a file that was changed: sentences."""
    store_okx(ago(hours=2))
    entry = Store().entries["tiers", NAME]
    Store().write("contracts", NAME, Store().read("contracts", NAME)[["venue"]], source="x", fetched_at=ago(hours=1))
    assert "it is not as fetch-venue writes it" in stored_terms().problems[0]
    store_contract(NAME, ago(hours=2))
    (store / entry.file).write_text("damaged")
    assert "are damaged" in stored_terms().problems[0]
    assert list(stored_terms().contracts) == [OKX]


def test_a_contract_gone_from_the_store_is_told() -> None:
    """With the one that ships under nearly that name."""
    with pytest.raises(InputError) as caught:
        contract(OKX)
    assert str(caught.value).startswith(f"There is no contract '{OKX}' in the store of this machine; did you mean ")


def test_the_files_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the manifest is another one: a list of contracts costs no file."""
    store_okx(ago(hours=2))
    first = stored_terms()
    with monkeypatch.context() as patch:
        patch.setattr(Store, "read", None)
        assert stored_terms() is first
        assert facts.contracts()[OKX] is first.contracts[OKX]
    store_kraken(ago(hours=1))
    assert set(stored_terms().contracts) == {OKX, KRAKEN}


def test_the_books_time_is_the_venues() -> None:
    """In UTC, levels as stored."""
    time = datetime.datetime(2026, 11, 20, 12, 30, tzinfo=datetime.UTC)
    store_contract(NAME, ago(hours=2))
    store_book(NAME, time)
    book = stored_terms().books[OKX]
    assert (book.time, book.mid_price) == (time, 50_000.5)
    assert (book.bids, book.asks) == (((50_000.0, 3.0), (49_999.5, 10.0)), ((50_001.0, 4.0), (50_002.0, 20.0)))
