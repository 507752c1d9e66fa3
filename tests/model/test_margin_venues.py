"""One trade on every venue, ten thousand isolated positions from the definition, and what a venue refuses to open."""

import time
from typing import Any

import numpy as np
import pytest

from hedge_widgets.market.facts import contract
from hedge_widgets.market.margin_terms import margin_venues, whole_rates
from hedge_widgets.model.limits import InputError, spoken
from hedge_widgets.model.margin import (
    FlatTiers,
    MarginTiers,
    Position,
    SizeRates,
    VenueRules,
    check_opening,
    collateral_for_price,
    equity_left,
    liquidation_price,
    margin_level,
    opening_refusal,
    tiers_of,
    venue_liquidation_price,
)
from tests.model.books import FLAT, FLAT_COINS, asked

VENUES = margin_venues()
OKX = whole_rates()["OKX BTC-USD-SWAP"]
TAKER = 0.0006
SHORT = ("linear", -1.0, 1.0, 10.0, 2.0)  # a five times short of 1 at 10


@pytest.mark.parametrize(
    ("venue", "tiers", "price"),
    [
        ("Binance", MarginTiers.single(0.01, 50, 0.01), 12.01 / 1.01),
        ("OKX", FlatTiers(caps=(float("inf"),), maintenance_rates=(0.01,), initial_rates=(0.02,)), 12 / 1.0106),
        ("Bybit", MarginTiers.single(0.01, 50), 12 / 1.01),
        ("Bybit older pages", MarginTiers.single(0.01, 50), 11.9),
        ("Deribit", SizeRates(maintenance_rate=0.01, initial_rate=0.02, slope=0.00005), 12 / 1.01005),
        ("Hyperliquid", MarginTiers.single(0.01, 50), 12 / 1.01),
        ("dYdX v4", MarginTiers.single(0.01, 50), 12 / 1.01),
    ],
)
def test_one_trade_dies_at_another_price_on_every_venue(venue: str, tiers: Any, price: float) -> None:
    """A five times short of 1 at 10 with a margin of 1 %: by deduction, by fee, by the price the margin is taken at."""
    assert venue_liquidation_price(VENUES[venue], *SHORT, tiers, TAKER) == pytest.approx(price, rel=1e-12)


def test_bybits_closing_fee_is_posted_and_required_and_cancels() -> None:
    """Bybit's help of 2026-05-27: an inverse short of 60,000 at 50,000, 10 times, 0.5 %: 55,278; not 55,247.

    By hand: posted 0.12 BTC and the fee; liquidated where 60,000 (1 / P - 1 / 50,000) + 0.12 = 0.5 % of 60,000 / P.
    """
    short = contract("Bybit BTCUSD")
    terms = ("inverse", -1, 60_000.0, 50_000.0, 0.12, MarginTiers.single(0.005, 100))
    price = liquidation_price(*terms, short.closing_fee_rate)
    assert price == pytest.approx(60_000 * 0.995 / (60_000 / 50_000 - 0.12))
    assert round(price) == 55_278
    assert venue_liquidation_price(VENUES["Bybit"], *terms, short.taker_fee_rate) == price


def test_the_three_prices_of_the_comparison() -> None:
    """Binance with a deduction of 0.01 11.891, Gate and OKX with a fee of 0.06 % 11.874, Bybit's older pages 11.900."""
    flat = FlatTiers(caps=(float("inf"),), maintenance_rates=(0.01,), initial_rates=(0.02,))
    for venue, tiers, price in (
        ("Binance", MarginTiers.single(0.01, 50, 0.01), 11.891),
        ("OKX", flat, 11.874),
        ("Bybit older pages", MarginTiers.single(0.01, 50), 11.900),
    ):
        assert round(venue_liquidation_price(VENUES[venue], *SHORT, tiers, TAKER), 3) == price


TERMS = {
    "Binance USD-M": ("linear", contract("Binance USD-M BTCUSDT").tiers, 0.0),
    "Binance USD-M, low cap": ("linear", contract("Binance USD-M WIFUSDT").tiers, 0.0),
    "Binance COIN-M": ("inverse", contract("Binance COIN-M BTCUSD_PERP").tiers, 0.0),
    "Bybit": ("inverse", contract("Bybit BTCUSD").tiers, 0.00055),
    "Bybit, linear": (
        "linear",
        MarginTiers.from_floors([0, 2e6, 2.6e6], [0.005, 0.0056, 0.0065], [100, 90, 75]),
        0.00055,
    ),
    "OKX": ("linear", FLAT, 0.0005),
    "OKX, inverse": ("inverse", FLAT_COINS, 0.0005),
    "Deribit": ("inverse", whole_rates()["Deribit BTC-PERPETUAL"], 0.0),
    "Deribit, linear": ("linear", whole_rates()["Deribit BTC-PERPETUAL"], 0.0),
    "Hyperliquid": ("linear", contract("Hyperliquid BTC").tiers, 0.0),
    "dYdX v4": ("linear", contract("dYdX v4 BTC-USD").tiers, 0.0),
}


@pytest.mark.parametrize("venue", TERMS)
def test_ten_thousand_isolated_positions_die_where_equity_is_the_margin(venue: str) -> None:
    """Equity at the price, by definition, equals the margin and fee of the tier valid there, or jumps past it."""
    kind, tiers, fee = TERMS[venue]
    generator = np.random.default_rng(4)
    n_rows, entry = 10_000, generator.uniform(20_000, 90_000, 10_000)
    side, leverage = generator.choice([-1.0, 1.0], n_rows), generator.uniform(1.05, 50.0, n_rows)
    notional = np.exp(generator.uniform(np.log(1e3), np.log(4e6 if "low cap" in venue else 3e8), n_rows))
    is_linear = kind == "linear"
    quantity = notional / entry if is_linear else notional
    size = notional / (1.0 if is_linear else entry)
    leverage = np.minimum(leverage, tiers_of(kind, quantity, tiers).max_leverage(size))
    posted = size / leverage
    price = liquidation_price(kind, side, quantity, entry, posted, tiers, fee)
    position = Position(
        coin="BTC",
        kind=kind,
        side=side,
        quantity=quantity,
        entry_price=entry,
        mark_price=entry,
        tiers=tiers,
        closing_fee_rate=fee,
        collateral=posted,
    )
    np.testing.assert_array_equal(position.isolated_liquidation_price(), price)
    at_entry = posted - asked(position, entry)
    found = ~np.isnan(price) & (at_entry > 0)
    assert found.mean() > 0.9
    equity = posted + side * (quantity * (price - entry) if is_linear else quantity / entry - quantity / price)
    gap = equity - asked(position, price)
    scale = np.abs(posted) + (quantity * price if is_linear else quantity / price)
    is_exact = np.abs(gap) <= 1e-9 * scale
    if isinstance(tiers, FlatTiers):
        size = quantity * price if is_linear else quantity / price
        is_edge = np.isclose(size[:, None], tiers.caps, rtol=1e-9, atol=0).any(axis=1)
        beyond = price * (1 - side * 1e-9)
        moved = posted + side * (quantity * (beyond - entry) if is_linear else quantity / entry - quantity / beyond)
        is_exact |= is_edge & (moved - asked(position, beyond) <= 1e-8 * scale)
    assert np.all(is_exact[found])
    assert np.all((side * (entry - price) > 0)[found])
    back = collateral_for_price(kind, side, quantity, entry, price, tiers, fee)
    smooth = found & (np.abs(gap) <= 1e-9 * scale)
    np.testing.assert_allclose(back[smooth], posted[smooth], rtol=1e-6)


def test_a_hundred_thousand_prices_are_quick() -> None:
    """Through twelve tiers, long and short, in at most 0.2 s."""
    generator = np.random.default_rng(5)
    side = generator.choice([-1.0, 1.0], 100_000)
    quantity = np.exp(generator.uniform(np.log(0.01), np.log(5e3), 100_000))
    posted = quantity * 60_000 / generator.uniform(1.5, 50, 100_000)
    tiers = contract("Binance USD-M BTCUSDT").tiers
    times = []
    for _ in range(3):
        start = time.process_time()
        prices = liquidation_price("linear", side, quantity, 60_000.0, posted, tiers, TAKER)
        times.append(time.process_time() - start)
    assert np.isfinite(prices).mean() > 0.9
    assert min(times) <= 0.2


def test_the_level_is_one_over_the_ratio() -> None:
    """OKX and Binance's unified account show equity over margin; without a margin there is no level."""
    assert margin_level(50.0, 100.0) == 2.0
    assert margin_level(0.0, 100.0) is None


def test_what_a_liquidation_leaves() -> None:
    """12 / 1.01 leaves the margin of 1 % less the fee of 0.5 %; beyond bankruptcy nothing is left."""
    price = 12 / 1.01
    assert equity_left(*SHORT, price, 0.005) == pytest.approx(price * 0.005)
    assert equity_left(*SHORT, 13.0) == 0.0


def test_what_is_refused_at_the_opening() -> None:
    """Too small, too much leverage, too little collateral, in this order; 0 is opened."""
    tiers = contract("Binance USD-M WIFUSDT").tiers
    leverage = np.array([2.0, 75.0, 50.0, 50.0])
    codes = opening_refusal("linear", np.array([1.0, 100.0, 9_000.0, 6_000.0]), 1.0, leverage, tiers, None, 5.0)
    assert list(codes) == [1, 0, 0, 0]
    assert opening_refusal("linear", 500_000.0, 1.0, 6.0, tiers) == 2
    assert opening_refusal("linear", 500_000.0, 1.0, 5.0, tiers, 99_999.0) == 3
    assert opening_refusal("linear", 500_000.0, 1.0, 5.0, tiers, 100_000.0) == 0
    assert opening_refusal("linear", 1_000.0, 60_000.0, 15.0, whole_rates()["Deribit BTC-PERPETUAL"]) == 2
    check_opening("linear", 500_000.0, 1.0, 5.0, tiers)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("linear", 1.0, 1.0, 2.0, FLAT, None, 5.0), "notional must be at least the venue's minimum of 5, not 1"),
        (("linear", 60_000.0, 1.0, 75.0, FLAT), "leverage must be at most 50 at a notional of 60000, not 75"),
        (("linear", 60_000.0, 1.0, 10.0, FLAT, 10.0), "collateral must be at least the initial margin of 6000, not 10"),
        (("linear", 0.0, 1.0, 10.0, FLAT), "quantity must be a finite number from"),
        (("linear", 1.0, 1.0, float("nan"), FLAT), "leverage must be a finite number from"),
    ],
)
def test_a_refusal_is_a_sentence(arguments: Any, words: str) -> None:
    """It names the thing, the rule and the value."""
    with pytest.raises(InputError, match=words):
        check_opening(*arguments)


def test_wrong_rules_are_refused() -> None:
    """A word that is none, a fee above one half."""
    terms: dict[str, Any] = {
        "venue": "X",
        "tier_style": "marginal",
        "maintenance_basis": "mark",
        "has_closing_fee": False,
        "liquidation_fee_rate": None,
        "is_isolated_possible": True,
        "partial": "",
        "queue": "score",
        "source": "",
        "date": "",
    }
    VenueRules(**terms)
    for name, value in (("tier_style", "steep"), ("maintenance_basis", "index"), ("queue", "luck")):
        with pytest.raises(InputError, match=f"{spoken(name)} must be one of"):
            VenueRules(**(terms | {name: value}))
    with pytest.raises(InputError, match="liquidation fee rate must be"):
        VenueRules(**(terms | {"liquidation_fee_rate": 0.6}))


def test_okx_flat_tiers_are_in_contracts() -> None:
    """The shipped tiers: 2,000 contracts at 0.4 %, then 0.5 % and 0.75 %."""
    assert isinstance(OKX, FlatTiers)
    assert list(OKX.maintenance_margin(1.0, np.array([2_000.0, 2_001.0, 20_000.0]))) == [0.004, 0.005, 0.0075]
