"""Sets of hedges: joint ratios, orders in lots, what is left before and after rounding, what they cost and tie up."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.model.contracts import order
from hedge_widgets.model.hedge_ratio import forward_selection, minimum_variance_hedge_of
from hedge_widgets.model.hedge_ratio.sets import Candidate, HedgeSets
from hedge_widgets.model.limits import InputError

SPEC = contract("Binance USD-M BTCUSDT")
FINE = replace(SPEC, lot_size=1e-9, min_quantity=0.0, min_notional=0.0)
NAMES = ("A", "B", "C", "D")


def sets_of(spot: Any, hedges: Any, spec: Any = FINE, price: float = 100.0, **terms: Any) -> HedgeSets:
    """Return the sets of hedges A, B, ... at one price, for $10,000 and windows of 90 days unless said."""
    columns = zip(NAMES, hedges.T, strict=False)
    found = [Candidate(name=name, returns=column, contract=spec, price=price) for name, column in columns]
    return HedgeSets(spot, found, **{"window": 90, "hold": 30, "value": 10_000.0, "leverage": 3.0, **terms})


def market(seed: int, n: int = 300) -> Any:
    """Return the returns of four coins that move together."""
    draw = np.random.default_rng(seed)
    return 0.02 * draw.standard_normal((n, 1)) + 0.02 * draw.standard_normal((n, 4))


def test_two_hedges_by_hand() -> None:
    """Three days: +1 and -1 of A, +1 and -1 of B, each alone; 0.5 A + 0.25 B is hedged with 0.5 and 0.25.

    At $100 and whole contracts, $1,000 are 5 and 2.5 contracts: 5 and, half up, 3. What stays is -0.05 of B, and of
    the variance 0.5^2 + 0.25^2 of A and B of equal size it is 0.05^2; the twelve test days are three such rounds.
    """
    a = np.array([1.0, -1.0, 0.0, 0.0] * 5) / 100
    b = np.array([0.0, 0.0, 1.0, -1.0] * 5) / 100
    whole = replace(FINE, contract_multiplier=1.0, lot_size=1.0, taker_fee_rate=0.001, half_spread=0.0005)
    sets = sets_of(0.5 * a + 0.25 * b, np.column_stack([a, b]), whole, window=8, value=1_000.0, leverage=4.0)
    one, two = sets.of(("A",)), sets.of(("A", "B"))
    assert [short.ratio for short in two.shorts] == pytest.approx([0.5, 0.25])
    assert [short.n_contracts for short in two.shorts] == [-5.0, -3.0]
    assert one.rounded_left == pytest.approx(0.25**2 / (0.5**2 + 0.25**2))
    assert two.rounded_left == pytest.approx(0.05**2 / (0.5**2 + 0.25**2))
    assert (one.tested_left, two.tested_left) == pytest.approx((0.2, 0.0), abs=1e-12)
    assert two.added == pytest.approx(0.2)
    assert two.cost == pytest.approx(2 * 800 * 0.0015)
    assert two.margin == pytest.approx(200.0)


@given(st.integers(0, 10_000), st.lists(st.floats(-2.0, 2.0), min_size=4, max_size=4))
def test_a_future_on_every_coin_leaves_nothing(seed: int, weights: list[float]) -> None:
    """Whatever the weights: before rounding nothing is left, tested or not, and each ratio is the coin's weight."""
    weights[0] = 1.0
    hedges = market(seed)
    whole = sets_of(hedges @ weights, hedges).of(NAMES)
    assert [short.ratio for short in whole.shorts] == pytest.approx(weights, abs=1e-6)
    assert whole.tested_left == pytest.approx(0.0, abs=1e-9)
    assert whole.rounded_left == pytest.approx(0.0, abs=1e-9)
    assert [np.sign(short.notional) for short in whole.shorts if abs(short.ratio) > 1e-6] == [
        -np.sign(short.ratio) for short in whole.shorts if abs(short.ratio) > 1e-6
    ]


@given(st.integers(0, 10_000), st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4))
def test_the_ratios_are_those_of_lstsq(seed: int, weights: list[float]) -> None:
    """Ratios and what they leave in the window are those of numpy's least squares; one more never leaves more there."""
    hedges = market(seed)
    spot = hedges @ weights + 0.01 * np.random.default_rng(seed + 1).standard_normal(300)
    sets, before = sets_of(spot, hedges), 1.0
    for size in range(1, 5):
        design = np.column_stack([np.ones(90), hedges[-90:, :size]])
        slopes = np.linalg.lstsq(design, spot[-90:], rcond=None)[0]
        found = sets.of(NAMES[:size])
        assert [short.ratio for short in found.shorts] == pytest.approx(slopes[1:], abs=1e-8)
        left = np.var(spot[-90:] - hedges[-90:, :size] @ [short.ratio for short in found.shorts]) / np.var(spot[-90:])
        assert left == pytest.approx(np.var(spot[-90:] - design @ slopes) / np.var(spot[-90:]), rel=1e-9)
        assert left <= before + 1e-12
        assert found.rounded_left == pytest.approx(found.tested_left, abs=1e-6)
        before = left


@given(st.integers(0, 10_000), st.floats(20.0, 20_000.0))
def test_the_orders_are_those_of_the_contract(seed: int, value: float) -> None:
    """The contracts of each short are what ``order`` lets through; a refused one is marked and hedges nothing."""
    hedges = market(seed)
    spot = hedges @ [0.4, 0.3, 0.2, 0.1] + 0.001 * np.random.default_rng(seed + 1).standard_normal(300)  # no tie
    whole = sets_of(spot, hedges, SPEC, price=60_000.0, value=value).of(NAMES)
    for short in whole.shorts:
        traded = order(abs(short.ratio) * value, 60_000.0, SPEC)
        assert abs(short.n_contracts) == float(traded.n_contracts)
        assert short.is_too_small == (traded.refusal != 0)
        assert (short.notional == 0.0) == short.is_too_small
    hedged = []
    for start in range(90, 300, 30):
        ratios = minimum_variance_hedge_of(spot[start - 90 : start], hedges[start - 90 : start]).hedge_ratios
        traded = [float(order(abs(ratio) * value, 60_000.0, SPEC).notional) / value for ratio in ratios]
        hedged += list(spot[start : start + 30] - hedges[start : start + 30] @ (np.sign(ratios) * traded))
    assert whole.rounded_left == pytest.approx(np.var(hedged) / np.var(spot[90:]), rel=1e-9, abs=1e-15)


def test_what_is_chosen_leaves_the_least_on_days_not_seen() -> None:
    """Each set has the set before it and one more, the one with which the walk leaves the least."""
    hedges = market(3)
    sets = sets_of(hedges @ [0.4, 0.0, 0.3, 0.2] + 0.01 * np.random.default_rng(4).standard_normal(300), hedges)
    nested = sets.nested(3)
    assert [len(one.shorts) for one in nested] == [0, 1, 2, 3]
    for before, one in pairwise(nested):
        assert one.names[:-1] == before.names
        assert one.tested_left == min(sets.left((*before.names, name)) for name in NAMES if name not in before.names)
        assert one.added == pytest.approx(before.tested_left - one.tested_left)
    assert forward_selection(lambda names: 1.0 / (1 + len(names)), NAMES, 9)[-1] == NAMES
    assert forward_selection(lambda names: 1.0, NAMES, 9) == []
    assert forward_selection(lambda names: float("nan"), NAMES, 9) == []


def test_the_walk_is_one_of_regressions() -> None:
    """What two hedges leave: solved every 30 days from the 90 before, used on the days after."""
    hedges = market(8)
    spot = hedges @ [0.4, 0.3, 0.2, 0.1]
    hedged = []
    for start in range(90, 300, 30):
        ratios = minimum_variance_hedge_of(spot[start - 90 : start], hedges[start - 90 : start, :2]).hedge_ratios
        hedged += list(spot[start : start + 30] - hedges[start : start + 30, :2] @ ratios)
    assert sets_of(spot, hedges).left(("A", "B")) == pytest.approx(np.var(hedged) / np.var(spot[90:]), rel=1e-9)


def test_what_has_no_contract_has_no_order() -> None:
    """A basket is tested like any other, but its order, cost and margin are unknown, and it is never chosen."""
    hedges = market(1)
    sets = HedgeSets(
        hedges[:, 0],
        [Candidate(name="basket", returns=hedges.mean(axis=1), contract=None, price=float("nan"))],
        window=90,
        hold=30,
        value=1_000.0,
        leverage=3.0,
    )
    basket = sets.of(("basket",))
    assert 0.0 < basket.tested_left < 1.0
    assert np.isnan([basket.rounded_left, basket.cost, basket.margin]).all()
    assert [one.names for one in sets.nested(5)] == [()]
    with pytest.raises(InputError, match="at least 92 common returns, not 91"):
        HedgeSets(hedges[:91, 0], [], window=90, hold=30, value=1.0, leverage=1.0)
