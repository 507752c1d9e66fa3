"""Several ways to handle one hedge on one path: against the paths of one way each, and from the definitions."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.margin import MarginTiers, liquidation_price
from hedge_widgets.model.paths import deleveraged_path, first_touch, handled_hedge, hedge_path, hedge_stop_path

TIERS = MarginTiers.single(0.004, 125)
PATHS = st.lists(st.floats(20.0, 300.0), min_size=2, max_size=6)


def handled(prices: Any, **changes: Any) -> Any:
    """Return a full hedge of one coin at 100 along prices, one a day; without levels unless given."""
    fields = {
        "kind": "linear",
        "side": -1.0,
        "quantity": 1.0,
        "entry_price": 100.0,
        "times": np.arange(len(prices), dtype=np.float64),
        "prices": np.asarray(prices, dtype=np.float64),
        "spot_pnl": float(prices[-1]) - 100.0,  # of one coin
        "collateral": 20.0,
        "free_collateral": 0.0,
        "isolated_left": 0.0,
        "cross_prices": (np.nan, np.nan),
        "cross_left": (0.0, 0.0),
        **dict.fromkeys(("isolated_price", "stop_price", "deleveraging_price"), np.nan),
    }
    return handled_hedge(**{**fields, **changes})


def test_a_touch_lies_between_two_points() -> None:
    """By hand: from 100 to 120 in two days, 115 comes after one and a half; a passed level at once."""
    times, prices = np.array([0.0, 2.0, 3.0]), np.array([100.0, 120.0, 90.0])
    assert first_touch(times, prices, 115.0, 1.0)[0] == pytest.approx(1.5)
    assert first_touch(times, prices, 95.0, -1.0)[0] == pytest.approx(2 + 25 / 30)
    assert first_touch(times, prices, 99.0, 1.0) == (0.0, 0.0)
    assert np.isnan(first_touch(times, prices, 121.0, 1.0)).all()
    assert np.isnan(first_touch(times, prices, np.nan, 1.0)).all()


def test_touches_of_many_paths() -> None:
    """Rows are paths; each has its level, and a path that jumps within one moment is touched in that moment."""
    times = np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 2.0]])
    prices = np.array([[100.0, 100.0, 130.0], [100.0, 110.0, 120.0]])
    found = first_touch(times, prices, np.array([120.0, 112.0]), 1.0)
    np.testing.assert_allclose(found, [[1.0, 1.2], [1 + 2 / 3, 1.2]])


@given(PATHS, st.floats(1.5, 50.0))
def test_isolated_is_the_path_of_an_isolated_hedge(tail: list[float], leverage: float) -> None:
    """The whole margin is lost at the liquidation price: the outcome of ``hedge_path``."""
    prices = [100.0, *tail]
    margin = 100.0 / leverage
    known = hedge_path(1, 1, 100, margin, TIERS, prices)
    price = liquidation_price("linear", -1.0, 1.0, 100.0, margin, TIERS)
    found = handled(prices, collateral=margin, isolated_price=price)
    assert found.isolated == pytest.approx(known.net_pnl, abs=1e-9)
    assert found.lived == pytest.approx(known.net_pnl_unliquidated, abs=1e-9)
    assert found.unhedged == pytest.approx(known.spot_pnl)
    assert np.isnan(found.isolated_time) == (not known.is_liquidated)


@given(PATHS, st.floats(101.0, 200.0), st.floats(30.0, 99.0))
def test_a_stop_and_a_deleveraging_are_their_paths(tail: list[float], stop: float, closed: float) -> None:
    """Where nothing liquidates, they are ``hedge_stop_path`` and ``deleveraged_path``."""
    prices = [100.0, *tail]
    found = handled(prices, stop_price=stop, deleveraging_price=closed, fee_rate=0.0005)
    assert found.stopped == pytest.approx(hedge_stop_path(1, 1, 100, stop, prices, 0.0005).net_pnl, abs=1e-9)
    assert found.deleveraged == pytest.approx(deleveraged_path(1, 1, 100, closed, prices, 0.0005).net_pnl, abs=1e-9)


def test_of_two_ends_the_first_counts() -> None:
    """A stop beyond the liquidation does nothing; one before it saves the margin; a dead hedge is not deleveraged."""
    prices = [100.0, 130.0, 60.0]
    late = handled(prices, isolated_price=119.5, stop_price=125.0, deleveraging_price=80.0)
    assert late.stopped == late.isolated == pytest.approx(-40.0 - 20.0)
    assert late.deleveraged == late.isolated
    assert np.isnan(late.stop_time)
    early = handled(prices, isolated_price=119.5, stop_price=110.0)
    assert early.stopped == pytest.approx(-40.0 - 10.0)
    assert early.stop_time == pytest.approx(1 / 3)
    at_once = handled(prices, isolated_price=119.5, stop_price=110.0, times=np.array([0.0, 0.0, 1.0]))
    assert at_once.stopped == pytest.approx(-50.0)  # the price rises at one time, through the stop first


def test_cross_loses_the_whole_wallet_and_keeps_what_is_left() -> None:
    """By hand: 20 and 15 behind it, dead at 130, 3 left: 32 gone, the coin at 60."""
    terms = {"free_collateral": 15.0, "isolated_price": 119.5, "cross_left": (1.0, 3.0)}
    found = handled([100.0, 140.0, 60.0], cross_prices=(np.nan, 130.0), **terms)
    assert found.cross == pytest.approx(-40.0 - 32.0)
    assert found.isolated == pytest.approx(-60.0)
    both = handled([100.0, 140.0, 60.0], cross_prices=(70.0, 150.0), **terms)  # by another position, in the fall
    assert both.cross == pytest.approx(-40.0 - 34.0)
    assert both.cross_time == pytest.approx(1 + 70 / 80)


@given(PATHS)
def test_a_coin_backed_inverse_short_locks_the_value(tail: list[float]) -> None:
    """Errata E6b: one coin behind 100 dollars short, no other coin: nothing is gained or lost at any price."""
    found = handled([100.0, *tail], kind="inverse", quantity=100.0, collateral=1.0, spot_pnl=0.0, free_collateral=0.0)
    assert found.lived == pytest.approx(0.0, abs=1e-9)


@given(PATHS, st.floats(1.0, 10.0))
def test_margin_coin_is_long(tail: list[float], leverage: float) -> None:
    """With the hedged coin held as well, the margin coin moves on top: net = margin coins x (end - entry)."""
    prices = [100.0, *tail]
    found = handled(prices, kind="inverse", quantity=100.0, collateral=1.0 / leverage)
    assert found.lived == pytest.approx((prices[-1] - 100.0) / leverage, abs=1e-9)
    assert found.unhedged == pytest.approx(prices[-1] - 100.0)


def test_an_inverse_stop_turns_coins_at_its_price() -> None:
    """By hand: 100 dollars short, stopped at 110: 1/110 - 1/100 coins, worth 50 each at the end."""
    found = handled([100.0, 120.0, 50.0], kind="inverse", quantity=100.0, collateral=0.5, stop_price=110.0)
    coins = 0.5 + 100 / 110 - 1.0
    assert found.stopped == pytest.approx(-50.0 + coins * 50.0 - 50.0)


def test_a_long_is_the_mirror_image() -> None:
    """A long loses by a fall: liquidated below, stopped below, deleveraged above."""
    prices = [100.0, 70.0, 150.0]
    terms = {"side": 1.0, "spot_pnl": 0.0}
    assert handled(prices, isolated_price=80.0, **terms).isolated == pytest.approx(-20.0)
    assert handled(prices, stop_price=90.0, **terms).stopped == pytest.approx(-10.0)
    assert handled(prices, deleveraging_price=120.0, **terms).deleveraged == pytest.approx(20.0)
