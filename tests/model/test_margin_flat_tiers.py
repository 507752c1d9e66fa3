"""Whole positions at one rate: flat tiers and rates that grow with size."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hedge_widgets.market.facts import contracts
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import FlatTiers, MarginTiers, SizeRates, liquidation_price, size_margin
from tests.model.books import DERIBIT, FLAT

MARGINAL = [spec for spec in contracts().values() if len(spec.tiers.caps) > 1]


@pytest.mark.parametrize("spec", MARGINAL, ids=[spec.label for spec in MARGINAL])
def test_marginal_margins_do_not_jump(spec: Any) -> None:
    """At every edge the margin of both tiers is the same, and so is the liquidation price of positions around it."""
    tiers = spec.tiers
    caps = np.array(tiers.caps[:-1])
    assert tiers.maintenance_margin(caps * (1 + 1e-12)) == pytest.approx(tiers.maintenance_margin(caps), rel=1e-9)
    for cap, left, right in zip(caps, tiers.maintenance_rates, tiers.maintenance_rates[1:], strict=False):
        k = tiers.maintenance_rates.index(left)
        assert cap * left - tiers.deductions[k] == pytest.approx(cap * right - tiers.deductions[k + 1], rel=1e-9)
        # A short of one coin that is liquidated at the edge, and others a little before and after it.
        collateral = tiers.maintenance_margin(cap) + (cap - 0.9 * cap)
        around = collateral * (1.0 + np.array([-1e-9, 0.0, 1e-9]))
        prices = liquidation_price("linear", -1.0, 1.0, 0.9 * cap, around, tiers)
        assert prices == pytest.approx(np.full(3, cap), rel=1e-8)
        assert np.all(np.diff(prices) > 0)


def test_flat_margins_jump_at_caps_that_are_inclusive() -> None:
    """At 50,000 the rate is 0.4 % of all, a cent more asks 1 % of all."""
    assert FLAT.maintenance_margin(np.array([50_000.0, 50_000.01])) == pytest.approx([200.0, 500.0001])
    assert FLAT.initial_margin(50_000.01) == pytest.approx(1_000.0002)
    assert list(FLAT.max_leverage(np.array([1.0, 60_000.0]))) == [100, 50]
    assert list(FLAT.tier(np.array([0.0, 5e6, 9e9]))) == [0, 3, 3]
    assert FLAT.maintenance_margin(1_000.0, 60_000.0) == pytest.approx(10.0)


def test_a_flat_position_dies_at_the_edge_if_the_jump_kills_it() -> None:
    """1 coin at 49,000 with 1,300: at 50,000 equity is 300, above 200 and below the 500 asked a cent later."""
    short = ("linear", -1.0, 1.0, 49_000.0)
    assert liquidation_price(*short, 1_300.0, FLAT) == pytest.approx(50_000.0)
    assert liquidation_price(*short, 1_100.0, FLAT) == pytest.approx(50_100 / 1.004)
    assert liquidation_price(*short, 1_600.0, FLAT) == pytest.approx(50_600 / 1.01)


def test_a_flat_long_is_relieved_by_a_lower_tier() -> None:
    """1 coin bought at 52,000: a fall through 50,000 lowers the margin from 1 % to 0.4 %, so it lives on."""
    long = ("linear", 1.0, 1.0, 52_000.0)
    assert liquidation_price(*long, 2_600.0, FLAT) == pytest.approx((52_000 - 2_600) / 0.996)
    assert liquidation_price(*long, 1_000.0, FLAT) == pytest.approx(51_000 / 0.99)
    assert liquidation_price(*long, 500.0, FLAT) == 52_000  # below its margin at once


@given(
    notional=st.floats(1e3, 5e6),
    leverage=st.floats(1.1, 40.0),
    side=st.sampled_from([-1.0, 1.0]),
    fee=st.floats(0, 0.01),
)
@example(notional=1e6, leverage=13.0, side=-1.0, fee=0.0)  # opened at an edge, and dead a step beyond it
def test_the_flat_price_is_the_first_adverse_one(notional: float, leverage: float, side: float, fee: float) -> None:
    """No price between the entry and the liquidation price leaves equity at or below the margin; beyond it does."""
    entry, collateral = 100.0, notional / leverage
    quantity = notional / entry
    found = liquidation_price("linear", side, quantity, entry, collateral, FLAT, fee)

    def surplus(price: Any) -> Any:
        value = quantity * np.asarray(price)
        return collateral + side * (value - notional) - FLAT.maintenance_margin(value) - fee * value

    end = found if found is not None else (1e4 if side < 0 else 1e-6)
    between = entry + (end - entry) * np.linspace(0, 1 - 1e-9, 2_000)
    noise = 1e-9 * notional
    # At an edge the jump may come with the first step beyond it, also where the position is opened on the edge itself.
    assert found == entry or np.all(surplus(between) > -noise)
    assert found is None or surplus(found * (1 - side * 1e-9)) <= 1e-6 * notional


def test_a_position_counted_in_contracts_keeps_its_tier() -> None:
    """OKX counts contracts: 3,000 of 100 USD stand at 0.5 % whatever the price."""
    tiers = FlatTiers(caps=(2_000.0, 5_000.0), maintenance_rates=(0.004, 0.005), initial_rates=(0.008, 0.01))
    price = liquidation_price("inverse", -1.0, 300_000.0, 50_000.0, 3.0, tiers.of_size(3_000.0), 0.0005)
    assert price == pytest.approx(300_000 * (-1 + 0.0055) / (3.0 - 300_000 / 50_000))
    prices = liquidation_price(
        "inverse", -1.0, 300_000.0, 50_000.0, 3.0, tiers.of_size(np.array([2_000.0, 3_000.0])), 0.0005
    )
    assert prices[0] > prices[1] == price


def test_a_rate_that_grows_with_size() -> None:
    """Deribit: 25 coins need 2.125 % initially; an inverse position's size, and its rate, change with the price."""
    assert DERIBIT.initial_margin(25.0) == pytest.approx(0.53125)
    assert DERIBIT.maintenance_margin(25.0) == pytest.approx((0.01 + 0.00005 * 25) * 25)
    assert size_margin(25.0, 0.02, 0.00005) == pytest.approx(0.53125)
    assert DERIBIT.max_leverage(25.0) == pytest.approx(1 / 0.02125)
    price = liquidation_price("inverse", 1.0, 2_500_000.0, 50_000.0, 5.0, DERIBIT)
    coins = 2_500_000 / price
    assert 5.0 + 50.0 - coins == pytest.approx((0.01 + 0.00005 * coins) * coins)
    linear = liquidation_price("linear", -1.0, 25.0, 50_000.0, 250_000.0, DERIBIT)
    assert linear == pytest.approx((250_000 + 1_250_000) / (25 * (1 + 0.01 + 0.00005 * 25)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FlatTiers(caps=(), maintenance_rates=(), initial_rates=()), "flat tiers need lists of one length"),
        (
            lambda: FlatTiers(caps=(1.0, 1.0), maintenance_rates=(0.1, 0.2), initial_rates=(0.2, 0.4)),
            r"caps must rise from tier to tier, not \(1.0, 1.0\)",
        ),
        (
            lambda: FlatTiers(caps=(1.0, 2.0), maintenance_rates=(0.2, 0.1), initial_rates=(0.2, 0.4)),
            "maintenance rates must rise",
        ),
        (
            lambda: FlatTiers(caps=(1.0,), maintenance_rates=(1.5,), initial_rates=(2.0,)),
            "maintenance rates of flat tiers must be a finite number from 0 to 0.999, not 1.5",
        ),
        (
            lambda: SizeRates(maintenance_rate=0.02, initial_rate=0.01, slope=0.0),
            "the initial rate must be at least the maintenance rate 0.02, not 0.01",
        ),
        (
            lambda: liquidation_price("quanto", -1.0, 1.0, 1.0, 1.0, MarginTiers.single(0.01, 10)),
            "kind must be one of linear, inverse, not 'quanto'",
        ),
    ],
)
def test_wrong_tiers_are_refused(make: Any, words: str) -> None:
    """With one sentence each."""
    with pytest.raises(InputError, match=words):
        make()
