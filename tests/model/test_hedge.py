"""Identities of the causal strip over random states."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.model.contracts import ACCEPTED, BELOW_MIN_NOTIONAL, BELOW_MIN_QUANTITY
from hedge_widgets.model.futures import Futures, net_band
from hedge_widgets.model.hedge import (
    LIMITS,
    HedgeInputs,
    HedgeOutcome,
    basket_move_at,
    expected_hedge_move,
    hedge_outcome,
    liquidation_fill,
)
from hedge_widgets.model.margin import MarginTiers
from tests.model.states import INVERSE, LINEAR, NUMBERS, SHIPPED, a_portfolio, reference, states

FIELDS = tuple(field.name for field in fields(HedgeOutcome))
PARTS = ("spot_pnl", "hedge_pnl", "collateral_pnl", "gap_pnl", "funding_pnl", "fees", "slippage")


def an_input(**fields: Any) -> HedgeInputs:
    """Return 10,000 of spot hedged with the Binance BTC perpetual at 50,000, unless told otherwise."""
    defaults = {
        "portfolio": a_portfolio(10_000.0),
        "contract": contract("Binance USD-M BTCUSDT"),
        "hedge_price": 50_000.0,
        "coverage": 1.0,
        "rounding": "none",
        "daily_volume": 1e10,
    }
    return HedgeInputs(**(defaults | fields))


def outcome_scale(outcome: HedgeOutcome) -> float:
    """Return the size of the largest part, at least 1."""
    return max(1.0, *(abs(getattr(outcome, name)) for name in PARTS))


@settings(max_examples=400)
@given(states())
def test_the_strip_equals_its_second_writing(x: HedgeInputs) -> None:
    """Every field equals a plain Python strip that searches the tier, slice by slice, at one point."""
    outcome, expected = hedge_outcome(x), reference(x)
    if expected is None:
        assert outcome.net_pnl is None
        assert outcome.notional is None
        return
    assume(not expected["is_close_call"])
    scale = 1e-9 * expected["scale"]
    legs = outcome.hedge_pnl + outcome.collateral_pnl + outcome.gap_pnl
    assert legs == pytest.approx(expected["legs"], rel=1e-9, abs=scale)
    for name in ("spot_pnl", "funding_pnl", "fees", "slippage", "net_pnl", "notional", "collateral", "net_delta"):
        assert getattr(outcome, name) == pytest.approx(expected[name], rel=1e-9, abs=scale), name
    for name in ("maintenance_margin", "net_delta_after"):
        assert getattr(outcome, name) == pytest.approx(expected[name], rel=1e-9, abs=scale), name
    for name in ("hedge_move", "funding_days"):
        assert getattr(outcome, name) == pytest.approx(expected[name], rel=1e-9, abs=1e-9), name
    if expected["liquidation_price"] is None:
        assert outcome.liquidation_price is None
    else:
        assert outcome.liquidation_price == pytest.approx(expected["liquidation_price"], rel=1e-9)
    for name in ("is_liquidated", "is_liquidated_by_spike"):
        assert getattr(outcome, name) == expected[name], name


@settings(max_examples=300)
@given(states())
def test_the_parts_sum_to_the_net(x: HedgeInputs) -> None:
    """Spot, hedge, collateral, gaps and funding less fees and slippage are the net; a refused point has none."""
    outcome = hedge_outcome(x)
    if outcome.net_pnl is None:
        assert outcome.hedge_pnl is None
        assert outcome.refusal not in (ACCEPTED, BELOW_MIN_QUANTITY, BELOW_MIN_NOTIONAL)
        return
    spot, hedge, collateral, gap, funding, fees, slippage = (getattr(outcome, name) for name in PARTS)
    net = spot + hedge + collateral + gap + funding - fees - slippage
    assert abs(net - outcome.net_pnl) <= 1e-9 * outcome_scale(outcome)


@given(states(coverage=0.0, leverage=st.sampled_from([1.0, 5.0, 50.0, 125.0, 200.0])))
def test_ratio_zero_is_the_spot_alone(x: HedgeInputs) -> None:
    """Without a hedge the net is the spot's PnL exactly, whatever leverage is set."""
    outcome = hedge_outcome(x)
    assert outcome.net_pnl == outcome.spot_pnl == x.portfolio.value * x.move
    assert outcome.notional == outcome.coverage == outcome.fees == outcome.funding_pnl == 0
    assert outcome.liquidation_price is None
    assert not outcome.is_liquidated


@given(
    states(
        specs=LINEAR,
        basis=st.sampled_from(["dollar", "minimum_variance"]),
        coverage=1.0,
        correlation=1.0,
        spot_volatility=0.7,
        hedge_volatility=0.7,
        rounding="none",
        leverage=st.floats(1.0, 5.0),
        move=st.floats(-0.99, 0.5),
        spike=0.0,
        own_move=0.0,
        entry_gap=0.0,
        spike_gap=0.0,
        exit_gap=0.0,
    )
)
def test_an_exact_offset_leaves_costs_and_funding(x: HedgeInputs) -> None:
    """With rho 1, equal volatilities, full coverage, no rounding and a living linear hedge, spot and hedge cancel."""
    outcome = hedge_outcome(x)
    assume(outcome.refusal == ACCEPTED and not outcome.is_liquidated)
    rest = outcome.funding_pnl - outcome.fees - outcome.slippage
    assert abs(outcome.net_pnl - rest) <= 1e-9 * outcome_scale(outcome)


@given(states())
def test_a_dead_hedge_loses_exactly_its_collateral(x: HedgeInputs) -> None:
    """Dead, a linear hedge has lost its margin; an inverse one, leg and coin together, what the coin was bought for."""
    outcome = hedge_outcome(replace(x, spike=3.0 if hedge_outcome(x).side == -1 else -0.9))
    assume(outcome.is_liquidated)
    lost = outcome.hedge_pnl + (outcome.collateral_pnl if x.contract.kind == "inverse" else 0.0)
    assert lost == pytest.approx(-outcome.collateral, rel=1e-9)
    if x.contract.kind == "linear":
        assert outcome.collateral_pnl == 0


@given(states(specs=LINEAR, leverage=st.floats(2.0, 20.0), margin_mode="isolated"))
def test_a_spike_beyond_the_liquidation_price_kills(x: HedgeInputs) -> None:
    """Just short of the liquidation distance the spike is survived, just beyond it is not, whatever the gap is then."""
    outcome = hedge_outcome(x)
    distance = outcome.liquidation_distance
    assume(distance is not None and distance > -0.98)
    beyond, short = ((1 + distance) * (1 - way * outcome.side * 1e-9) - 1 for way in (1, -1))
    assert hedge_outcome(replace(x, spike=beyond)).is_liquidated_by_spike
    assert not hedge_outcome(replace(x, spike=short)).is_liquidated_by_spike


@given(st.floats(0.0, 1.0), st.floats(0.0, 400.0), st.sampled_from(SHIPPED), st.floats(-0.05, 0.05))
def test_funding_stops_at_death(fraction: float, days: float, spec: Any, rate: float) -> None:
    """A hedge killed by the spike earns what a hedge held until that day earns; dead at the end, all of it."""
    x = an_input(contract=spec, leverage=2.0, days=days, spike_fraction=fraction, funding_rate=rate, move=0.0)
    outcome = hedge_outcome(replace(x, spike=5.0))
    assume(outcome.is_liquidated)
    assert outcome.funding_days == fraction * days
    assert outcome.funding_pnl == hedge_outcome(replace(x, days=fraction * days)).funding_pnl
    at_the_end = hedge_outcome(replace(x, move=5.0))
    assert at_the_end.is_liquidated
    assert at_the_end.funding_days == days


@given(states(funding_rate=st.floats(1e-6, 0.05), days=st.floats(1.0, 400.0)))
def test_a_short_hedge_receives_positive_funding(x: HedgeInputs) -> None:
    """Errata E1: with a positive rate a short receives and a long pays, but for a dated future, which pays nothing."""
    outcome = hedge_outcome(x)
    assume(outcome.notional and outcome.funding_days >= 0.5)
    assert np.sign(outcome.funding_pnl) == (0 if x.contract.is_dated else -outcome.side)


@given(states(order_type="maker"))
def test_a_maker_order_has_no_slippage(x: HedgeInputs) -> None:
    """A resting order pays the maker rate and nothing to the book."""
    outcome = hedge_outcome(x)
    assume(outcome.notional)
    assert outcome.slippage == 0
    taker = hedge_outcome(replace(x, order_type="taker"))
    rates = x.contract.maker_fee_rate, x.contract.taker_fee_rate
    assert outcome.fees * rates[1] == pytest.approx(taker.fees * rates[0], rel=1e-12)


@given(states())
def test_the_band_contains_the_net(x: HedgeInputs) -> None:
    """One deviation either way of the hedge asset spans the expected net."""
    x = replace(x, residual=0.0)
    outcome = hedge_outcome(x)
    assume(outcome.net_pnl is not None)
    low, high = net_band(x, Futures())
    slack = 1e-9 * outcome_scale(outcome)
    assert low - slack <= outcome.net_pnl <= high + slack


def test_a_refused_point_has_no_band() -> None:
    """Where the tiers refuse the size the band is missing, in a scalar and inside an array."""
    assert net_band(an_input(leverage=200.0), Futures()) == (None, None)
    low, high = net_band(an_input(leverage=np.array([2.0, 200.0])), Futures())
    assert np.isnan([low[1], high[1]]).all()
    assert np.isfinite([low[0], high[0]]).all()


@given(states(residual=st.sampled_from([-1.0, 0.0, 1.0])))
def test_the_basket_move_at_a_hedge_move_is_its_inverse(x: HedgeInputs) -> None:
    """The basket's move read off the hedge asset's gives that move back."""
    assume(abs(x.correlation) > 0.05)
    hedge_move = hedge_outcome(x).hedge_move
    assume(-0.999 < hedge_move < 1e6)
    assert basket_move_at(hedge_move, x) == pytest.approx(x.move, rel=1e-6, abs=1e-9)


def test_no_basket_move_reaches_an_uncorrelated_hedge_move() -> None:
    """With correlation 0 no move of the basket is expected with one of the hedge asset: missing, never infinite."""
    for hedge_move in (-0.5, 0.3):
        reached = basket_move_at(hedge_move, an_input(correlation=0.0))
        assert reached is None or np.isnan(reached)


@given(*(st.floats(*(LIMITS[name].low, LIMITS[name].high)) for name in ("move", "correlation")), st.data())
def test_the_hedge_asset_never_loses_more_than_everything(move: float, correlation: float, data: st.DataObject) -> None:
    """The expected hedge move is a number, at least -1, for every input within the limits."""
    limit = LIMITS["spot_volatility"]
    volatilities = [data.draw(st.floats(limit.low, limit.high)) for _ in range(2)]
    assert expected_hedge_move(move, correlation, *volatilities) >= -1
    x = an_input(
        move=move,
        correlation=correlation,
        spot_volatility=volatilities[0],
        hedge_volatility=volatilities[1],
        residual=-10,
    )
    outcome = hedge_outcome(x)
    assert -1 <= outcome.hedge_move < np.inf
    assert outcome.net_pnl is not None
    assert np.isfinite(outcome.net_pnl)


def points(most: float) -> st.SearchStrategy[np.ndarray[Any, Any]]:
    """Return a strategy for 20 prices and values, shape (2, 20, 1): one call of the model checks them all."""
    pair = st.tuples(st.floats(0.01, 2e5), st.floats(1e3, most))
    return st.lists(pair, min_size=20, max_size=20).map(lambda pairs: np.array(pairs).T[..., None])


ROUGH = np.array([[[60_003.7]], [[10_001.3]]])


@pytest.mark.parametrize("spec", INVERSE, ids=lambda spec: spec.label)
@settings(max_examples=10)
@given(drawn=points(1e6))
@example(drawn=ROUGH)
def test_a_coin_backed_short_at_1x_has_no_liquidation_price(spec: Any, drawn: Any) -> None:
    """Errata E25: an inverse short with its whole notional as coin margin is never liquidated."""
    price, value = drawn
    x = an_input(portfolio=a_portfolio(value), contract=spec, hedge_price=price, leverage=1.0, spike=10.0)
    outcome = hedge_outcome(x)
    assume(np.any(outcome.notional > 0))
    assert np.isnan(outcome.liquidation_price).all()
    assert np.isnan(outcome.bankruptcy_price).all()
    assert not outcome.is_liquidated.any()


@pytest.mark.parametrize("spec", LINEAR, ids=lambda spec: spec.label)
@settings(max_examples=10)
@given(drawn=points(1e5))
@example(drawn=ROUGH)
def test_a_fully_paid_long_has_no_liquidation_price(spec: Any, drawn: Any) -> None:
    """A linear long (the hedge of a short basket) with its whole notional as margin is never liquidated."""
    price, value = drawn
    price = price / max(spec.contract_multiplier, 1.0)  # a contract is a thousand of some coins
    outcome = hedge_outcome(an_input(portfolio=a_portfolio(-value), contract=spec, hedge_price=price, leverage=1.0))
    is_there = outcome.notional > 0
    assume(is_there.any())
    assert np.all(outcome.side[is_there] == 1)
    assert np.isnan(outcome.liquidation_price).all()


@pytest.mark.parametrize("spec", LINEAR, ids=lambda spec: spec.label)
@settings(max_examples=10)
@given(drawn=points(1e6))
def test_a_shorts_liquidation_price_falls_with_leverage(spec: Any, drawn: Any) -> None:
    """It lies above the entry price at every leverage the tier allows, and comes down to it."""
    price, value = drawn
    price = price / max(spec.contract_multiplier, 1.0)
    ladder = np.linspace(1.0, np.broadcast_to(spec.tiers.max_leverage(value[:, 0]), 20), 30, axis=-1)
    outcome = hedge_outcome(an_input(portfolio=a_portfolio(value), contract=spec, hedge_price=price, leverage=ladder))
    is_there = np.all(outcome.notional > 0, axis=1)
    assume(is_there.any())
    found = outcome.liquidation_price[is_there]
    assert np.all(found > price[is_there])
    assert np.all((np.diff(found) < 0).all(axis=1) | (ladder[is_there, -1] == 1))


@given(states())
def test_a_scalar_call_equals_the_same_point_of_an_array(x: HedgeInputs) -> None:
    """Whatever field is an array, its middle gives what the scalar gives; missing is None there and NaN here."""
    alone = hedge_outcome(x)
    expected = np.array([getattr(alone, field) for field in FIELDS], dtype=np.float64)  # None becomes NaN
    for name, (low, _) in NUMBERS.items():
        row = hedge_outcome(replace(x, **{name: np.array([low, getattr(x, name), low])}))
        found = np.array([np.broadcast_to(getattr(row, field), 3)[1] for field in FIELDS], dtype=np.float64)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * outcome_scale_or_one(alone), err_msg=name)


def outcome_scale_or_one(outcome: HedgeOutcome) -> float:
    """Return the scale of an outcome, 1 of a refused one."""
    return 1.0 if outcome.net_pnl is None else outcome_scale(outcome)


@pytest.mark.parametrize("label", ["Binance USD-M SOLUSDT", "Binance COIN-M BTCUSD_PERP"])
def test_block_by_block_equals_in_one_piece(label: str) -> None:
    """40,000 points, every field varying, equal the same points in pieces below the block size, to the last bit."""
    rng, n = np.random.default_rng(7), 40_000
    numbers = {name: rng.uniform(low, high, n) for name, (low, high) in NUMBERS.items()}
    whole = an_input(contract=contract(label), rounding="nearest", margin_mode="cross", **numbers)
    outcome = hedge_outcome(whole)
    for start in range(0, n, 8_000):
        rows = slice(start, start + 8_000)
        piece = hedge_outcome(replace(whole, **{name: values[rows] for name, values in numbers.items()}))
        for field in FIELDS:
            small = np.broadcast_to(getattr(piece, field), 8_000)
            np.testing.assert_array_equal(getattr(outcome, field)[rows], small, err_msg=field)


def test_two_dimensions_broadcast() -> None:
    """A column of moves against a row of leverages gives the grid, each cell the scalar's answer."""
    moves, ladder = np.array([[-0.3], [0.0], [0.6]]), np.array([1.0, 3.0, 20.0, 200.0])
    grid = hedge_outcome(an_input(move=moves, leverage=ladder)).net_pnl
    assert grid.shape == (3, 4)
    for (row, column), value in np.ndenumerate(grid):
        one = hedge_outcome(an_input(move=moves[row, 0], leverage=ladder[column])).net_pnl
        assert np.isnan(value) if one is None else value == pytest.approx(one, rel=1e-12)


def test_a_holding_may_vary_too() -> None:
    """Quantities and prices of holdings broadcast as the other fields do."""
    quantities = np.array([1.0, 2.0, -3.0])
    both = hedge_outcome(an_input(portfolio=a_portfolio(quantities * 1_000.0, 10_000.0)))
    for k, quantity in enumerate(quantities):
        one = hedge_outcome(an_input(portfolio=a_portfolio(quantity * 1_000.0, 10_000.0)))
        assert both.net_pnl[k] == pytest.approx(one.net_pnl, rel=1e-12)


def test_every_field_has_the_shape_of_the_inputs() -> None:
    """An outcome of an array holds arrays of that shape, in the small path as in the block path."""
    for n in (5, 20_000):
        outcome = hedge_outcome(an_input(move=np.linspace(-0.5, 0.5, n)))
        assert {np.shape(getattr(outcome, field)) for field in FIELDS} == {(n,)}


# The contract away from its coin

GAPLESS = {"order_type": "maker", "half_spread": 0.0, "funding_rate": 0.0, "rounding": "none", "basis": "dollar"}
GAPS = st.floats(-0.05, 0.05)


@given(st.sampled_from(SHIPPED), GAPS, st.floats(-0.5, 0.3))
def test_a_gap_that_closes_is_what_the_short_gains(spec: Any, gap: float, move: float) -> None:
    """Sold at a gap and bought back at none, a short has gained the coins it is short of times the gap in dollars."""
    x = an_input(contract=spec, hedge_price=100.0, leverage=1.5, entry_gap=gap, move=move, **GAPLESS)
    outcome = hedge_outcome(x)
    assume(outcome.notional and not outcome.is_liquidated)
    coins = outcome.notional / 100.0 if spec.kind == "linear" else outcome.notional / (100.0 * (1 + gap))
    worth_now = 1.0 if spec.kind == "linear" else 1 + move  # an inverse gain is coins
    assert outcome.gap_pnl == pytest.approx(coins * 100.0 * gap * worth_now, rel=1e-9, abs=1e-9)


@given(st.sampled_from(SHIPPED), GAPS)
def test_a_gap_that_stays_is_none(spec: Any, gap: float) -> None:
    """At both ends, with the coin where it was, it brings nothing; what it is at the end alone the short pays."""
    x = an_input(contract=spec, hedge_price=100.0, leverage=1.5, move=0.0, **GAPLESS)
    stays = hedge_outcome(replace(x, entry_gap=gap, spike_gap=gap, exit_gap=gap))
    assume(stays.notional)
    assert stays.gap_pnl == pytest.approx(0.0, abs=1e-9)
    paid = hedge_outcome(replace(x, exit_gap=gap + np.copysign(1e-6, gap))).gap_pnl
    assert np.sign(paid) == -np.copysign(1.0, gap)


def test_the_premium_is_locked_in_whatever_the_price() -> None:
    """E5: 1 BTC at 30,000 against a short at 30,600 is worth 600 more at every price to which both converge."""
    moves = np.linspace(-0.9, 0.4, 27)
    x = an_input(
        portfolio=a_portfolio(30_000.0), hedge_price=30_000.0, leverage=1.0, move=moves, entry_gap=0.02, **GAPLESS
    )
    outcome = hedge_outcome(x)
    assert outcome.net_pnl + outcome.fees == pytest.approx(600.0)
    assert outcome.initial_margin == pytest.approx(30_600.0)


def test_a_perp_above_its_coin_is_liquidated_nearer() -> None:
    """By hand: at 10x and 0.5 % of maintenance a short of 1 at 100 is liquidated at 110 / 1.005; 4 % above, sooner."""
    spec = replace(contract("Binance USD-M SOLUSDT"), tiers=MarginTiers.single(0.005, 50.0), min_notional=0.0)
    x = an_input(
        portfolio=a_portfolio(100.0), contract=spec, hedge_price=100.0, leverage=10.0, spike_gap=0.04, **GAPLESS
    )
    outcome = hedge_outcome(x)
    assert outcome.liquidation_price == pytest.approx(110 / 1.005)
    assert outcome.liquidation_distance == pytest.approx(110 / 1.005 / 104 - 1)  # +5.2 % instead of +9.5 %
    assert outcome.end_distance == pytest.approx(110 / 1.005 / 100 - 1)
    assert hedge_outcome(replace(x, spike=0.06)).is_liquidated_by_spike
    assert not hedge_outcome(replace(x, spike=0.06, spike_gap=0.0)).is_liquidated_by_spike


def test_a_thinned_book_costs_at_the_exit_and_beyond_the_liquidation() -> None:
    """By hand: 1 % of the volume at 2 % a day is 20 bp of impact; 25 times thinner 100 bp, paid when it is closed."""
    spec = replace(contract("Binance USD-M SOLUSDT"), tiers=MarginTiers.single(0.005, 50.0), min_notional=0.0)
    x = an_input(
        portfolio=a_portfolio(10_000.0),
        contract=spec,
        hedge_price=100.0,
        basis="dollar",
        leverage=10.0,
        move=0.0,
        half_spread=0.001,
        hedge_volatility=0.02 * np.sqrt(365.0),
        daily_volume=1e6,
        thinning=25.0,
    )
    outcome = hedge_outcome(x)
    assert outcome.slippage == pytest.approx(10_000 * (0.003 + 0.011))
    price, loss = liquidation_fill(x, outcome)
    assert price == pytest.approx(110 / 1.005 * 1.011)
    assert loss == pytest.approx(100 * (110 / 1.005 * 1.011 - 100))
    assert loss > outcome.collateral  # 65.67 more than the margin: the insurance fund's
    calm = liquidation_fill(replace(x, thinning=1.0), outcome)
    assert calm[0] == pytest.approx(110 / 1.005 * 1.003)
    assert calm[1] < outcome.collateral
