"""The shipped margin rules: every venue of the comparison, rates of whole positions as collected."""

import json
from pathlib import Path

import pytest

from hedge_widgets.market.margin_terms import (
    margin_venues,
    portfolio_rules,
    venue_contract,
    venue_taker_fee,
    venue_whole_rates,
    whole_rates,
)
from hedge_widgets.model.margin import FlatTiers, SizeRates

ORIGINAL = Path(__file__).parents[3] / "shared" / "domain" / "facts.json"
COLLECTED = json.loads(ORIGINAL.read_text(encoding="utf-8")) if ORIGINAL.exists() else {}
collected = pytest.mark.skipif(not COLLECTED, reason="the collected facts are not beside this checkout")


def test_the_venues_are_there() -> None:
    """Six venues and one variant; they differ in tiers, fee, basis and queue."""
    venues = margin_venues()
    assert list(venues) == ["Binance", "Bybit", "Bybit older pages", "OKX", "Deribit", "Hyperliquid", "dYdX v4"]
    assert {rules.tier_style for rules in venues.values()} == {"marginal", "flat", "size"}
    assert [name for name, rules in venues.items() if rules.has_closing_fee] == ["OKX"]  # Bybit's cancels
    assert [name for name, rules in venues.items() if rules.queue == "lots"] == ["dYdX v4"]
    assert [name for name, rules in venues.items() if not rules.is_isolated_possible] == ["Deribit"]
    assert venues["Binance"].liquidation_fee_rate == 0.0125
    assert venues["OKX"].liquidation_fee_rate is None


@collected
def test_whole_rates_are_those_collected() -> None:
    """OKX's first tiers, the steps of its rule, and Deribit's two sentences."""
    okx, deribit = whole_rates()["OKX BTC-USD-SWAP"], whole_rates()["Deribit BTC-PERPETUAL"]
    facts = {(row["venue"], row["symbol"]): row for row in COLLECTED["inverse"]}
    row = facts["OKX", "BTC-USD-SWAP"]
    assert isinstance(okx, FlatTiers)
    for k, (cap, maintenance, initial, _) in enumerate(row["flat_tiers_contracts"]):
        assert (okx.caps[k], okx.maintenance_rates[k], okx.initial_rates[k]) == (cap, maintenance, initial)
    assert row["tier_rule"] == "then +20,000 contracts per tier, +0.5% MMR and +0.5% IMR"
    for k in range(3, len(okx.caps)):
        assert okx.caps[k] - okx.caps[k - 1] == 20_000
        assert okx.maintenance_rates[k] - okx.maintenance_rates[k - 1] == pytest.approx(0.005)
        assert okx.initial_rates[k] - okx.initial_rates[k - 1] == pytest.approx(0.005)
    row = facts["Deribit", "BTC-PERPETUAL"]
    assert isinstance(deribit, SizeRates)
    assert row["mm"] == f"{deribit.maintenance_rate:.0%} + {deribit.slope:.3%} per BTC"
    assert row["im"] == f"{deribit.initial_rate:.0%} + {deribit.slope:.3%} per BTC"


def test_each_coin_has_its_own_shocks() -> None:
    """OKX's notice of 2025-01-02 groups the coins of MR1 otherwise than those of MR4 and MR6."""
    coins = ("ETH", "LINK", "XRP", "SOL", "DOGE", "BNB", "CHZ")
    rules = [portfolio_rules("OKX", coin) for coin in coins]
    assert [one.price_shocks[-1] for one in rules] == [0.12, 0.18, 0.18, 0.25, 0.25, 0.25, 0.25]
    assert [one.price_shocks[-2] for one in rules] == [0.08, 0.12, 0.12, 0.16, 0.16, 0.16, 0.16]
    assert [one.extreme_scenarios[1][0] for one in rules] == [0.24, 0.5, 0.36, 0.36, 0.36, 0.36, 0.5]
    assert [one.extreme_scenarios[1][1] for one in rules] == [0.5, 0.18 / 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    assert [one.annual_basis_rate for one in rules] == [0.05, 0.3, 0.15, 0.15, 0.15, 0.15, 0.3]


def test_every_figure_of_okx_names_its_rule_book() -> None:
    """The rates are of January 2025, the minimum charge of the example of May 2024; what has no source has none."""
    sources = portfolio_rules("OKX", "BTC").sources
    assert {name: date for name, (_, date) in sources.items()} == {
        "price_shocks": "2025-01-02",
        "annual_basis_rate": "2025-01-02",
        "minimum_charge_rate": "2024-05-31",
        "minimum_equity": "2025-12-04",
    }
    assert "mm_factor" in portfolio_rules("Deribit", "BTC").sources["initial_factor"][0]


def test_a_venues_own_contracts_rates_and_fees_are_found() -> None:
    """By coin and kind; a row that is a variant of another has its contracts; what is not shipped is None."""
    labels = {venue: venue_contract(venue, "BTC", "linear") for venue in margin_venues()}
    assert labels == {
        "Binance": "Binance USD-M BTCUSDT",
        "Bybit": "Bybit BTCUSDT",
        "Bybit older pages": "Bybit BTCUSDT",
        "OKX": "OKX BTC-USDT-SWAP",
        "Deribit": None,
        "Hyperliquid": "Hyperliquid BTC",
        "dYdX v4": "dYdX v4 BTC-USD",
    }
    assert venue_contract("Binance", "BTC", "inverse") == "Binance COIN-M BTCUSD_PERP"
    assert venue_contract("Bybit older pages", "BTC", "inverse") == "Bybit BTCUSD"
    assert venue_contract("dYdX v4", "ETH", "linear") is None
    assert venue_whole_rates("OKX", "BTC") == ("OKX BTC-USD-SWAP", whole_rates()["OKX BTC-USD-SWAP"])
    assert venue_whole_rates("Deribit", "SOL") is None
    assert [venue_taker_fee(venue) for venue in margin_venues()] == [
        0.0005,
        0.00055,
        0.00055,
        0.0005,
        0.0005,
        0.00045,
        0.0005,
    ]
    assert venue_taker_fee("Gate") is None
