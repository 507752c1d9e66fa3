"""Fees, slippage, walking an order book, and an order that may not fill."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.costs import (
    daily,
    fee,
    limit_order,
    round_trip_fee,
    slippage_rate,
    waiting_deviation,
    walk_book,
)
from hedge_widgets.model.limits import InputError

BIDS, ASKS = [[99.0, 2.0], [98.0, 3.0]], [[101.0, 1.0], [103.0, 4.0]]


def test_fees_of_a_round_trip() -> None:
    """Errata E12: 2,400 in and 2,160 out at 5 bp cost 2.28; a negative maker rate is a rebate."""
    assert round_trip_fee(2_400, 2_160, 0.0005, 0.0005) == pytest.approx(2.28)
    assert fee(10_000, -0.0001) == pytest.approx(-1)


def test_slippage_by_hand() -> None:
    """1 bp of spread plus 3 % times the root of 1/10,000 of a day's volume are 4 bp; a tiny order pays the spread."""
    assert slippage_rate(0.0001, 0.03, 1e-4) == pytest.approx(0.0004)
    assert slippage_rate(0.0001, 0.03, 0.0) == 0.0001
    assert slippage_rate(0.0001, 0.03, 4e-4, 2.0) == pytest.approx(0.0013)
    assert daily(0.6) == pytest.approx(0.6 / 365**0.5)


# walking a book


def test_a_book_by_hand() -> None:
    """Selling 4 takes 2 at 99 and 2 at 98; buying 3 takes 1 at 101 and 2 at 103; the mid price is 100."""
    sold, bought = walk_book("sell", 4, BIDS, ASKS), walk_book("buy", 3, BIDS, ASKS)
    assert (sold.average_price, sold.slippage_rate) == pytest.approx((98.5, 0.015))
    assert (bought.average_price, bought.slippage_rate) == pytest.approx((307 / 3, 7 / 300))
    assert sold.mid_price == bought.mid_price == 100
    assert sold.unfilled == bought.unfilled == 0


def test_closing_a_short_in_a_thin_book() -> None:
    """Errata E7b: buying 100,000 units of a thin book costs 28.8 bp against the mid price."""
    asks = [[0.5001, 30_000], [0.501, 30_000], [0.5028, 40_000]]
    fill = walk_book("buy", 100_000, [[0.4999, 30_000]], asks)
    assert fill.average_price == pytest.approx(0.50145)
    assert fill.slippage_rate == pytest.approx(0.0029)


def test_a_book_with_one_side_fills_without_a_mid_price() -> None:
    """Bids alone are sold into; what that is against a mid price nobody knows, for one order or many."""
    sold = walk_book("sell", 4, BIDS, [])
    assert (sold.average_price, sold.unfilled) == (pytest.approx(98.5), 0)
    assert sold.mid_price is None
    assert sold.slippage_rate is None
    assert np.isnan(walk_book("buy", np.array([1.0, 2.0]), [], ASKS).slippage_rate).all()
    with pytest.raises(InputError, match="must hold asks for that order"):
        walk_book("buy", 1.0, BIDS, [])


def test_an_order_larger_than_the_book() -> None:
    """What the book does not hold is reported as unfilled; no order has no price."""
    fill = walk_book("sell", np.array([0.0, 5.0, 7.0]), BIDS, ASKS)
    assert fill.filled.tolist() == [0, 5, 5]
    assert fill.unfilled.tolist() == [0, 0, 2]
    assert np.isnan(fill.average_price[0])
    assert fill.average_price[1] == fill.average_price[2] == pytest.approx(98.4)
    assert walk_book("buy", 0, BIDS, ASKS).slippage_rate is None


@given(st.lists(st.floats(0.01, 5), min_size=2, max_size=8), st.floats(0.01, 20), st.floats(0.01, 20))
def test_a_larger_order_never_gets_a_better_price(sizes: list[float], one: float, other: float) -> None:
    """The average price worsens with size, lies within the levels, and filled plus unfilled is the order."""
    levels = [[100.0 + k, size] for k, size in enumerate(sizes, 1)]
    small, large = sorted((one, other))
    fill = walk_book("buy", np.array([small, large]), [[99.0, 1.0]], levels)
    assert fill.slippage_rate[0] <= fill.slippage_rate[1] + 1e-12
    assert np.all((fill.average_price >= 101 - 1e-9) & (fill.average_price <= 100 + len(sizes) + 1e-9))
    assert fill.filled + fill.unfilled == pytest.approx([small, large])


@pytest.mark.parametrize(
    ("bids", "asks", "message"),
    [
        ([], ASKS, "must hold bids for that order, and there are none"),
        ([], [], "must hold bids for that order, and there are none"),
        (BIDS, [[98.5, 1.0]], "falling bids below rising asks"),
        (BIDS[::-1], ASKS, "falling bids below rising asks"),
        (BIDS, ASKS[::-1], "falling bids below rising asks"),
        ([[99.0, -1.0]], ASKS, "quantities of the bids must be"),
        (BIDS, [[float("nan"), 1.0]], "prices of the asks must be"),
        ([99.0, 1.0], ASKS, "bids must be rows of price and quantity"),
    ],
)
def test_a_book_that_is_none(bids: Any, asks: Any, message: str) -> None:
    """An empty side, crossed or unordered prices, sizes below 0 and missing numbers: a sentence."""
    with pytest.raises(InputError, match=message):
        walk_book("sell", 1.0, bids, asks)


# an order that may not fill


def test_the_cost_of_waiting() -> None:
    """Errata E21: an hour at 60 % volatility moves a price by 0.64 %, 13 times a fee of 5 bp."""
    assert waiting_deviation(0.6, 1.0) == pytest.approx(0.0064, abs=5e-5)
    assert waiting_deviation(0.6, 1.0) / 0.0005 == pytest.approx(13, abs=0.5)


def test_waiting_saves_no_more_than_fees_and_spread() -> None:
    """Against a simulated price: what a fill gains is lost where there is none, within four standard errors."""
    distance, hours, volatility, n_steps, n_paths = 0.004, 2.0, 0.8, 1_000, 20_000
    order = limit_order(distance, hours, volatility, 0.0001, 0.0002, 0.0005)
    generator = np.random.default_rng(8)
    step = volatility * np.sqrt(hours / 8760 / n_steps)
    logs = (step * generator.standard_normal((n_paths, n_steps), dtype=np.float32) - step**2 / 2).cumsum(axis=1)
    # A path seen now and then reaches less far: Broadie, Glasserman and Kou's shift of the barrier by 0.5826 steps.
    is_filled = logs.max(axis=1) >= np.log1p(distance) - 0.5826 * step
    final = np.expm1(logs[:, -1])
    assert is_filled.mean() == pytest.approx(order.fill_probability, abs=4 * 0.5 / n_paths**0.5)
    cost = np.where(is_filled, 0.0002 - distance, 0.0006 - final)
    assert cost.mean() == pytest.approx(order.passive_cost, abs=4 * cost.std() / n_paths**0.5)
    assert -final[~is_filled].mean() == pytest.approx(order.adverse_move, rel=0.05)


@given(st.floats(0, 0.05), st.floats(0, 100), st.floats(0, 2), st.floats(0, 0.01))
def test_waiting_is_never_dearer_on_average(distance: float, hours: float, volatility: float, spread: float) -> None:
    """The expected cost lies between the maker fee and the market order's; a fair price gives nothing away."""
    order = limit_order(distance, hours, volatility, spread, 0.0002, 0.0005)
    assert 0 <= order.fill_probability <= 1
    assert 0.0002 - 1e-12 <= order.passive_cost <= order.aggressive_cost + 1e-12
    if order.adverse_move is not None:
        gained = order.fill_probability * distance
        assert (1 - order.fill_probability) * order.adverse_move == pytest.approx(gained, abs=1e-12)


def test_orders_that_always_or_never_fill() -> None:
    """At the mid price it fills at once; without time or volatility a better price never comes."""
    now = limit_order(0.0, 1.0, 0.6, 0.0001, 0.0002, 0.0005)
    assert (now.fill_probability, now.adverse_move, now.passive_cost) == (1, None, pytest.approx(0.0002))
    for hours, volatility in ((0.0, 0.6), (1.0, 0.0)):
        never = limit_order(0.001, hours, volatility, 0.0001, 0.0002, 0.0005)
        assert (never.fill_probability, never.passive_cost) == (0, never.aggressive_cost)
    with pytest.raises(InputError, match=r"hours must be a finite number from 0 .* not -1"):
        limit_order(0.001, -1.0, 0.6, 0.0, 0.0, 0.0)
