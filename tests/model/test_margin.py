"""Margin tiers, liquidation and bankruptcy prices."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import (
    MarginTiers,
    bankruptcy_price,
    initial_margin,
    liquidation_price,
    liquidation_price_entry_basis,
    margin_ratio,
    tier_deductions,
)
from tests.model.states import INVERSE, LINEAR, SHIPPED, liquidation, maintenance

POSITION = {
    "side": st.sampled_from([-1.0, 1.0]),
    "notional": st.floats(10.0, 3e8),
    "entry": st.floats(0.01, 2e5),
    "leverage": st.floats(1.01, 100.0),
    "fee": st.sampled_from([0.0, 0.0005, 0.0125]),
}


@given(spec=st.sampled_from(LINEAR), **POSITION)
def test_at_a_linear_liquidation_price_equity_is_the_margin_and_fee(
    spec: Any, side: float, notional: float, entry: float, leverage: float, fee: float
) -> None:
    """Equity W + s Q (P - E) equals the maintenance margin, summed slice by slice, plus the closing fee."""
    quantity, posted = notional / entry, notional / leverage
    price = liquidation_price("linear", side, quantity, entry, posted, spec.tiers, fee)
    assume(price is not None)
    equity = posted + side * quantity * (price - entry)
    owed = maintenance(quantity * price, spec.tiers) + quantity * price * fee
    assert equity == pytest.approx(owed, rel=1e-6, abs=1e-9 * max(notional, quantity * price))


@given(spec=st.sampled_from(INVERSE), **POSITION)
def test_at_an_inverse_liquidation_price_equity_is_the_margin_and_fee(
    spec: Any, side: float, notional: float, entry: float, leverage: float, fee: float
) -> None:
    """The same in coins: W + s n (1/E - 1/P) equals the maintenance margin of n/P coins plus the closing fee."""
    posted = notional / entry / leverage
    price = liquidation_price("inverse", side, notional, entry, posted, spec.tiers, fee)
    assume(price is not None)
    equity = posted + side * notional * (1 / entry - 1 / price)
    owed = maintenance(notional / price, spec.tiers) + notional / price * fee
    assert equity == pytest.approx(owed, rel=1e-6, abs=1e-9 * max(notional / entry, notional / price))


@given(spec=st.sampled_from(SHIPPED), **POSITION)
def test_the_tier_at_the_liquidation_price_is_found_without_a_search(
    spec: Any, side: float, notional: float, entry: float, leverage: float, fee: float
) -> None:
    """The price is the one that a search for the tier valid at it finds; ``fee`` is not used here."""
    del fee
    is_linear = spec.kind == "linear"
    quantity, unit = (notional / entry, 1.0) if is_linear else (notional, entry)
    posted = notional / unit / leverage
    price = liquidation_price(spec.kind, side, quantity, entry, posted, spec.tiers, spec.closing_fee_rate)
    searched = liquidation(spec, side, quantity, entry, posted)
    assert (price is None) == (searched is None)
    assert price is None or price == pytest.approx(searched, rel=1e-9)


@given(notional=st.floats(0.0, 5e9), spec=st.sampled_from(LINEAR))
def test_the_maintenance_margin_is_the_sum_of_its_slices(notional: float, spec: Any) -> None:
    """A marginal-rate tier table charges each slice of the notional its own rate."""
    assert spec.tiers.maintenance_margin(notional) == pytest.approx(
        maintenance(notional, spec.tiers), rel=1e-9, abs=1e-6
    )


def test_caps_are_inclusive() -> None:
    """At its cap a notional still has the lower tier's leverage; a cent more has the next one's."""
    tiers = contract("Binance USD-M BTCUSDT").tiers
    assert list(tiers.tier(np.array([0.0, 300_000.0, 300_000.01, 1e12]))) == [0, 0, 1, 11]
    assert list(tiers.max_leverage(np.array([0.0, 300_000.0, 300_000.01, 1e12]))) == [150, 150, 100, 1]


def test_margins_worked_by_hand() -> None:
    """Errata E14: 7,500 needs 750 at 10x, 1,500 at 5x and 2,500 at 3x; E23: 500,000 of WIF stands on 33,422.50."""
    assert list(initial_margin(7_500, np.array([10.0, 5.0, 3.0]))) == [750, 1_500, 2_500]
    tiers = contract("Binance USD-M WIFUSDT").tiers
    assert tiers.maintenance_margin(500_000) == pytest.approx(33_422.50)
    assert tiers.max_leverage(500_000) == 5
    assert margin_ratio(38_000, 76_000) == 0.5
    assert margin_ratio(38_000, 0) is None
    assert tier_deductions([0, 10, 20], [0.004, 0.005, 0.01]) == pytest.approx([0, 0.01, 0.11])


BTC = contract("Binance USD-M BTCUSDT").tiers
SINGLE = MarginTiers.single(0.004, 150)


@pytest.mark.parametrize(
    ("quantity", "entry", "margin", "price", "distance"),
    [
        (0.25, 30_000, 750, 32_868.53, 0.0956),  # E14: ten times, "minor"
        (0.25, 30_000, 1_000, 33_864.54, 0.1288),  # E14: with the cushion
        (1, 30_000, 30_000, 59_760.96, 0.9920),  # E25: even 1x dies
        (10, 2_000, 400, 2_031.87, 0.0159),  # E25b: fifty times
    ],
)
def test_liquidation_prices_of_the_articles(
    quantity: float, entry: float, margin: float, price: float, distance: float
) -> None:
    """The shorts of the errata die at these prices with a maintenance rate of 0.4 %."""
    found = liquidation_price("linear", -1, quantity, entry, margin, SINGLE)
    assert found == pytest.approx(price, abs=0.005)
    assert found / entry - 1 == pytest.approx(distance, abs=5e-5)


def test_a_short_of_1_percent_dies_at_8_9_percent() -> None:
    """Errata E24: 10,000 at ten times with a rate of 1 %."""
    assert liquidation_price("linear", -1, 10_000, 1, 1_000, MarginTiers.single(0.01, 50)) == pytest.approx(1.0891089)


def test_the_bracket_is_the_one_at_the_liquidation_price() -> None:
    """9 BTC at 32,000 enter in the first tier and die in the second: 38,242.12, not 38,247.01."""
    assert liquidation_price("linear", -1, 9, 32_000, 57_600, BTC) == pytest.approx(38_242.122720)
    assert liquidation_price("linear", -1, 9, 32_000, 57_600, SINGLE) == pytest.approx(38_247.011952)


def test_a_position_that_cannot_die_has_no_price() -> None:
    """None for a scalar and NaN in an array: 1x inverse short, fully paid long, no position."""
    assert liquidation_price("inverse", -1, 50_000, 50_000, 1.0, SINGLE) is None
    assert bankruptcy_price("inverse", -1, 50_000, 50_000, 1.0) is None
    assert liquidation_price("linear", 1, 1, 20_000, 20_000, SINGLE) is None
    assert liquidation_price("linear", -1, 0, 20_000, 100, SINGLE) is None
    prices = liquidation_price("linear", np.array([1.0, -1.0]), 1, 20_000, np.array([20_000.0, 2_000.0]), SINGLE)
    assert math.isnan(prices[0])
    assert prices[1] > 20_000


@given(st.floats(1.0, 1e5), st.floats(2.0, 100.0), st.sampled_from([-1.0, 1.0]))
def test_bankruptcy_lies_beyond_liquidation(entry: float, leverage: float, side: float) -> None:
    """Equity is zero further away than where it meets the maintenance margin, for both kinds."""
    for kind, quantity, posted in (("linear", 1.0, entry / leverage), ("inverse", entry, 1.0 / leverage)):
        dead = liquidation_price(kind, side, quantity, entry, posted, SINGLE)
        broke = bankruptcy_price(kind, side, quantity, entry, posted)
        assert side * (dead - broke) > 0


def test_the_entry_basis_is_the_exchange_page() -> None:
    """Bybit's older pages put the margin at the entry price: 8,160, 19,700 and 55,248.62."""
    tiers = MarginTiers.single(0.005, 100)
    assert liquidation_price_entry_basis("linear", -1, 1, 8_000, 200, tiers) == pytest.approx(8_160)
    assert liquidation_price_entry_basis("linear", 1, 1, 20_000, 400, tiers) == pytest.approx(19_700)
    assert liquidation_price_entry_basis("inverse", -1, 60_000, 50_000, 0.12, tiers) == pytest.approx(55_248.6187845)


@pytest.mark.parametrize(
    "lists",
    [
        {"caps": (1.0,), "maintenance_rates": (0.1, 0.2)},
        {"caps": (), "maintenance_rates": (), "max_leverages": (), "deductions": ()},
        {"maintenance_rates": (0.2, 0.1)},
    ],
)
def test_wrong_tiers_are_refused(lists: dict[str, Any]) -> None:
    """Lists of unequal length, no tier, and rates that fall are errors, each with a sentence."""
    right = {"caps": (1.0, 2.0), "maintenance_rates": (0.1, 0.2), "max_leverages": (5, 2), "deductions": (0.0, 0.1)}
    with pytest.raises(InputError, match=r"margin tiers need lists of one length|maintenance rates must rise"):
        MarginTiers(**(right | lists))
