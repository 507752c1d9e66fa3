"""Contracts: value, orders in whole lots, profit and loss."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.model.contracts import (
    ACCEPTED,
    BELOW_MIN_NOTIONAL,
    BELOW_MIN_QUANTITY,
    REFUSALS,
    average_entry_price,
    decimal_contracts,
    inverse_account,
    inverse_gross_up,
    inverse_pnl,
    linear_pnl,
    order,
    rounded_contracts,
)
from hedge_widgets.model.limits import InputError, spoken

decimals = st.builds(
    lambda digits, exponent: str(Decimal(digits).scaleb(exponent)), st.integers(1, 10**7), st.integers(-6, 0)
)
lots = st.builds(
    lambda digit, exponent: str(Decimal(digit).scaleb(exponent)), st.sampled_from([1, 2, 5]), st.integers(-5, 2)
)


@given(target=decimals, value=decimals, lot=lots, rounding=st.sampled_from(["nearest", "floor", "ceil"]))
def test_floats_round_as_decimals_do(target: str, value: str, lot: str, rounding: str) -> None:
    """The float path finds the same whole number of lots as exact decimal arithmetic, alone and in an array."""
    exact = decimal_contracts(target, value, lot, rounding)
    raw = float(target) / float(value)
    assert round(rounded_contracts(raw, float(lot), rounding) / float(lot)) == exact / Decimal(lot)
    row = rounded_contracts(np.array([raw, raw]), float(lot), rounding)
    assert round(row[1] / float(lot)) == exact / Decimal(lot)


@given(n=st.integers(1, 10**6), lot=lots, rounding=st.sampled_from(["nearest", "floor", "ceil"]))
def test_whole_lots_stay(n: int, lot: str, rounding: str) -> None:
    """A size that is whole lots already is not changed by any mode: 2.3 / 0.1 is 23, not 22.999."""
    whole = float(n * Decimal(lot))
    assert round(rounded_contracts(whole, float(lot), rounding) / float(lot)) == n


@given(raw=st.floats(0.0, 1e7))
def test_the_modes_are_ordered(raw: float) -> None:
    """Floor never hedges more than asked, ceil never less, nearest lies between, none leaves it."""
    floor, nearest, ceil, none = (rounded_contracts(raw, 0.1, mode) for mode in ("floor", "nearest", "ceil", "none"))
    assert floor <= nearest <= ceil
    assert floor <= raw * (1 + 1e-12)
    assert ceil >= raw * (1 - 1e-12)
    assert none == raw


@pytest.mark.parametrize(
    ("target", "label", "rounding", "contracts", "coverage", "refusal"),
    [
        (2_400.0, "Binance USD-M BTCUSDT", "nearest", 0.08, 1.0, None),
        (2_400.0, "Example 1-BTC contract", "nearest", 0.0, 0.0, "below_min_quantity"),
        (2_400.0, "Example 1-BTC contract", "ceil", 1.0, 12.5, None),
        (2_400.0, "Example 0.1-BTC contract", "nearest", 1.0, 1.25, None),
        (40.0, "Binance USD-M BTCUSDT", "nearest", 0.0, 0.0, "below_min_notional"),
        (1e6, "Example $100,000 contract", "nearest", 10.0, 1.0, None),
        (1e6, "Example $1,000 contract", "nearest", 1_000.0, 1.0, None),
        (0.0, "Binance USD-M BTCUSDT", "nearest", 0.0, None, "below_min_quantity"),
    ],
)
def test_orders_worked_by_hand(
    target: float, label: str, rounding: str, contracts: float, coverage: float | None, refusal: str | None
) -> None:
    """Errata E11 (12.5 times the target, 125 %), E16 (10 and 1,000 contracts) and the refusals, at 30,000."""
    placed = order(target, 30_000.0, contract(label), rounding)
    assert placed.n_contracts == pytest.approx(contracts)
    assert placed.coverage == (None if coverage is None else pytest.approx(coverage))
    assert REFUSALS[placed.refusal] == refusal


def test_an_array_of_targets_is_refused_one_by_one() -> None:
    """Inside an array the coverage of a zero target is NaN and each refusal is its own."""
    placed = order(np.array([0.0, 40.0, 2_400.0]), 30_000.0, contract("Binance USD-M BTCUSDT"))
    assert np.isnan(placed.coverage[0])
    assert list(placed.refusal) == [BELOW_MIN_QUANTITY, BELOW_MIN_NOTIONAL, ACCEPTED]
    assert list(placed.notional) == pytest.approx([0.0, 0.0, 2_400.0])


@given(st.floats(1.0, 1e5), st.floats(1.0, 1e5), st.floats(0.01, 1e4))
def test_a_long_gains_what_a_short_loses(entry: float, exit_price: float, quantity: float) -> None:
    """Both kinds are zero-sum, and an inverse gain in coins is worth the linear one in dollars."""
    assert linear_pnl(1, quantity, entry, exit_price) == -linear_pnl(-1, quantity, entry, exit_price)
    coins = inverse_pnl(-1, quantity * entry, entry, exit_price)
    dollars = linear_pnl(-1, quantity, entry, exit_price)
    assert coins * exit_price == pytest.approx(dollars, rel=1e-9, abs=1e-9 * quantity * entry)


def test_profit_and_loss_worked_by_hand() -> None:
    """1,000 coins that gain 1 dollar gain 1,000; 15,000 one-dollar contracts from 750 to 800 gain 1.25 coins."""
    assert linear_pnl(1, 1_000, 0.5, 1.5) == 1_000
    assert inverse_pnl(1, 15_000, 750, 800) == pytest.approx(1.25)
    assert linear_pnl(-1, 2, 30_000, 27_000, contract_multiplier=0.1) == pytest.approx(600)


def test_average_entry_is_harmonic_for_inverse_contracts() -> None:
    """Value-weighted for linear (5,375), contracts over coins for inverse (5,625)."""
    assert average_entry_price("linear", [0.5, 0.3], [5_000, 6_000]) == pytest.approx(5_375)
    assert average_entry_price("inverse", [1_000, 2_000], [5_000, 6_000]) == pytest.approx(5_625)
    with pytest.raises(InputError, match="kind"):
        average_entry_price("quanto", [1], [1])


def test_a_coin_backed_short_locks_its_value() -> None:
    """Errata E6b: one bitcoin with 50,000 short is worth 50,000 from 10,000 to 200,000."""
    equity, value = inverse_account(1.0, 50_000.0, 50_000.0, np.array([10e3, 25e3, 50e3, 100e3, 200e3]))
    assert value == pytest.approx(np.full(5, 50_000.0))
    assert equity == pytest.approx([5.0, 2.0, 1.0, 0.5, 0.25])


def test_the_margin_coin_cancels_the_hedge_at_1x() -> None:
    """Errata E6b: 15,000 net short needs 18,750 of contracts at 5x, and no size at all does it at 1x."""
    assert inverse_gross_up(15_000, 5) == pytest.approx(18_750)
    assert inverse_gross_up(15_000, 1) is None
    assert np.isnan(inverse_gross_up(15_000, np.array([1.0, 5.0]))[0])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "quanto"),
        ("lot_size", 0.0),
        ("funding_interval", float("nan")),
        ("min_notional", -1.0),
        ("taker_fee_rate", 0.5),
    ],
)
def test_a_wrong_contract_is_refused_by_name(field: str, value: Any) -> None:
    """A contract with an impossible constant does not come into being, and the message names it."""
    with pytest.raises(InputError, match=spoken(field)):
        replace(contract("Binance USD-M BTCUSDT"), **{field: value})
