"""When to touch a hedge: bands and intervals, what drifts and what does not, rules on the same paths."""

import csv
import gzip
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets.model.contracts import inverse_account
from hedge_widgets.model.hedge_ratio import minimum_variance_hedge_ratio
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.options import black_76, delta_hedge
from hedge_widgets.model.paths import PairDynamics, simulated_pair
from hedge_widgets.model.portfolio import rebalancing_trade
from hedge_widgets.model.rebalancing import (
    Exposure,
    Rebalanced,
    Rule,
    cross_hedge,
    fixed_notional,
    frontier,
    looks,
    no_trade_band,
    option_band,
    option_delta,
    rebalanced,
    rebalancing_interval,
    risk_aversion,
    same_asset,
    summary,
    swept_inverse,
    tracking_volatility,
    trailing_volatility,
)

HOURLY = Path(__file__).parents[3] / "shared" / "data" / "prices_1h.csv.gz"
RULES = {
    "none": Rule(trigger="none"),
    "time": Rule(trigger="time", interval=7),
    "band to the edge": Rule(trigger="band", half_width=0.08),
    "band to the centre": Rule(trigger="band", half_width=0.08, trade_to="centre"),
    "volatility": Rule(trigger="volatility", threshold=0.6, window=10),
    "funding": Rule(trigger="funding", threshold=2e-4),
}
ALWAYS = Rule(trigger="time", interval=1)
DYNAMICS = PairDynamics(spot_volatility=0.85, hedge_volatility=0.5, correlation=0.7, degrees_of_freedom=5.0)


def pair(n_paths: int = 20, n_steps: int = 90, seed: int = 1) -> tuple[Any, Any]:
    return simulated_pair(DYNAMICS, 100.0, 60_000.0, n_steps / 365, n_steps, n_paths, seed)


def exposures(seed: int) -> dict[str, Exposure]:
    spot, hedge = pair(4, 60, seed)
    return {
        "cross hedge": cross_hedge(spot, hedge, 150.0, 0.9, 365),
        "fixed notional": fixed_notional(hedge, 0.5, 15_000.0, 365),
        "swept inverse": swept_inverse(hedge, 0.5, 365),
        "option": option_delta("put", 2.0, hedge, 55_000.0, 60 / 365, 0.6),
        "same asset": same_asset(hedge, 0.5, 365, 0.8),
    }


# bands and intervals


def test_the_band_of_the_example() -> None:
    """10 bp, 15,000 of hedge, wealth of 25,000: a band of 8.4 %, or a trade every 6.3 days."""
    aversion = risk_aversion(25_000)
    assert aversion == 2e-4
    fraction, notional = no_trade_band(0.001, 15_000, aversion, 0.65, 0.6)
    assert (fraction, notional) == pytest.approx((0.0837, 1_256), rel=1e-3)
    wide, _ = no_trade_band(0.001, 15_000, aversion, 0.65, 0.6, "centre")
    assert wide == pytest.approx(4 ** (1 / 3) * fraction)
    assert rebalancing_interval(0.001, 15_000, aversion, 0.65, 0.6)[1] == pytest.approx(6.3, abs=0.05)


def test_when_no_band_or_interval_exists() -> None:
    """The same coin never drifts: band 0, no interval; no hedge, a standing price or no aversion: nothing to keep."""
    assert tracking_volatility(0.6, 0.6, 1.0) == 0
    assert no_trade_band(0.001, 15_000, 2e-4, 0.0, 0.6) == (0, 0)
    assert rebalancing_interval(0.001, 15_000, 2e-4, 0.0, 0.6) == (None, None)
    assert rebalancing_interval(0.0, 15_000, 2e-4, 0.0, 0.6) == (None, None)
    for terms in ((0.001, 0, 2e-4, 0.65, 0.6), (0.001, 15_000, 0, 0.65, 0.6), (0.001, 15_000, 2e-4, 0.65, 0.0)):
        assert no_trade_band(*terms) == (None, None)
        assert rebalancing_interval(*terms) == (None, None)
    assert np.isnan(no_trade_band(0.001, np.array([0.0, 1.0]), 2e-4, 0.65, 0.6)[0][0])
    with pytest.raises(InputError, match="cost rate must be a finite number from 0"):
        no_trade_band(-0.001, 15_000, 2e-4, 0.65, 0.6)


@given(st.floats(0, 2), st.floats(0, 2), st.floats(-1, 1))
def test_tracking_volatility_is_that_of_a_difference(spot: float, hedge: float, correlation: float) -> None:
    """It lies between |sigma_S - sigma_F| and their sum, and does not care which leg is which."""
    drift = tracking_volatility(spot, hedge, correlation)
    assert abs(spot - hedge) - 1e-7 <= drift <= spot + hedge + 1e-7
    assert drift == pytest.approx(tracking_volatility(hedge, spot, correlation))


def test_an_options_band_by_hand() -> None:
    """[1.5 eps S Gamma^2 / g]^(1/3) at no rate; widest where gamma is, and None at the money at expiry."""
    gamma = black_76("call", 100.0, 100.0, 0.1, 0.6).gamma
    delta, found, width = option_band(100.0, 100.0, 0.1, 0.6, 0.001, 0.1)
    assert (delta, found) == pytest.approx((black_76("call", 100.0, 100.0, 0.1, 0.6).delta, gamma))
    assert width == pytest.approx((1.5 * 0.001 * 100 * gamma**2 / 0.1) ** (1 / 3))
    assert np.argmax(option_band(np.linspace(50, 150, 11), 100.0, 0.1, 0.6, 0.001, 0.1)[2]) == 5
    assert option_band(100.0, 100.0, 0.0, 0.6, 0.001, 0.1)[2] is None


@pytest.mark.parametrize("trade_to", ["edge", "centre"])
@settings(deadline=None, max_examples=5)
@given(seed=st.integers(0, 100))
def test_the_suggested_band_costs_least(seed: int, trade_to: str) -> None:
    """Cost and risk together are least near the formula's width: a third and three times of it are dearer by far."""
    spot, hedge = simulated_pair(replace(DYNAMICS, degrees_of_freedom=None), 100.0, 60_000.0, 0.5, 2_000, 300, seed)
    exposure = cross_hedge(spot, hedge, 150.0, 1.0, 4_000)
    drift = tracking_volatility(0.85, 0.5, 0.7)
    width, _ = no_trade_band(0.001, 15_000, 2e-4, drift, 0.5, trade_to)
    rules = [
        Rule(trigger="band", half_width=factor * width, trade_to=trade_to) for factor in (1 / 3, 0.8, 1.0, 1.25, 3.0)
    ]
    third, below, best, above, triple = (one.penalised_cost(2e-4) for one in frontier(exposure, rules, 0.001))
    assert best < 0.7 * third
    assert best < 0.7 * triple
    assert max(below, above) > best * 0.97
    assert min(below, above) > best * 0.93


# what drifts


def test_the_same_coin_never_trades() -> None:
    """Coins hedged in coins: no rule trades on any path, though prices swing; cost and tracking error are 0."""
    _, hedge = pair()
    funding = np.full(hedge.shape[1] - 1, 3e-4)
    for rule in [*RULES.values(), ALWAYS, Rule(trigger="band", half_width=0.0)]:
        outcome = rebalanced(same_asset(hedge, 0.5, 365, 0.7), rule, 0.001, 1.0, funding)
        assert not outcome.trades.any()
        assert not outcome.n_trades.any()
        assert not outcome.cost.any()
        assert not outcome.tracking_error.any()
        assert outcome.hedge_pnl == pytest.approx(-0.7 * outcome.spot_pnl)


@given(st.integers(0, 50), st.floats(0.01, 100))
def test_a_twin_is_the_same_coin(seed: int, factor: float) -> None:
    """A hedge coin that always moves by the same share trades no more than rounding lets it: not at all."""
    _, hedge = pair(3, 30, seed)
    outcome = rebalanced(cross_hedge(factor * hedge, hedge, 2.0, 1.0, 365), ALWAYS, 0.001)
    assert not outcome.trades.any()
    assert outcome.net_pnl == pytest.approx(0, abs=1e-6 * factor)


def test_others_drift() -> None:
    """Cross hedge, fixed quote value, swept inverse and option trade under every rule but none."""
    for name, exposure in exposures(3).items():
        trades = [rebalanced(exposure, rule).n_trades.sum() for rule in (RULES["none"], ALWAYS)]
        assert trades[0] == 0
        assert (trades[1] > 0) == (name != "same asset")


def test_the_cross_hedge_of_the_errata() -> None:
    """E6, E7: 25,000 of an altcoin at 0.6; alt +20 %, BTC +5 %: sell 2,250 more; alt -20 %, BTC -5 %: buy 2,250."""
    for alt, btc in ((0.2, 0.05), (-0.2, -0.05)):
        spot, hedge = 0.5 * np.array([1, 1 + alt, 1 + alt]), 60_000 * np.array([1, 1 + btc, 1 + btc])
        outcome = rebalanced(cross_hedge(spot, hedge, 50_000, 0.6, 365), ALWAYS, 0.001)
        traded = outcome.trades[0, 1] * hedge[1]
        _, expected = rebalancing_trade(50_000, spot[1], 0.6, -15_000 * (1 + btc))
        assert traded == pytest.approx(expected) == pytest.approx(-2_250 if alt > 0 else 2_250)
        assert outcome.turnover[0] == pytest.approx(2_250)
        assert outcome.cost[0] == pytest.approx(2.25)


def test_an_inverse_contract_drifts_only_when_swept() -> None:
    """E6b: left alone the account keeps its value; swept and kept at target the net is 0, swept and left it is not."""
    _, hedge = pair(5, 60)
    _, value = inverse_account(0.5, hedge[:, 0], 0.5 * hedge[:, 0], hedge[:, -1])
    assert value == pytest.approx(0.5 * hedge[:, 0])
    exposure = swept_inverse(hedge, 0.5, 365)
    kept, left = (rebalanced(exposure, rule) for rule in (ALWAYS, RULES["none"]))
    assert kept.net_pnl == pytest.approx(0, abs=1e-6)
    assert kept.held == pytest.approx(-0.5 * hedge[:, :-1])
    assert np.all(np.abs(left.net_pnl) > 1)
    assert left.hedge_pnl == pytest.approx(-0.5 * hedge[:, 0] * (np.diff(hedge) / hedge[:, :-1]).sum(axis=1))


def test_an_option_hedged_at_every_step() -> None:
    """The engine's net without cost is that of the delta hedge."""
    _, hedge = pair(6, 60)
    outcome = rebalanced(option_delta("call", -2.0, hedge, 60_000.0, 60 / 365, 0.7), ALWAYS)
    apart = delta_hedge("call", -2.0, hedge, 60_000.0, 60 / 365, 0.7)
    assert outcome.net_pnl == pytest.approx(apart.net_pnl.sum(axis=1))


# rules


@given(st.integers(0, 200), st.sampled_from(list(RULES)), st.floats(0, 0.01), st.floats(0, 20))
def test_parts_sum_to_the_net(seed: int, name: str, cost_rate: float, fixed_cost: float) -> None:
    """Spot, hedge, funding and cost are the net; the cost is that of turnover and trades; all exposures and rules."""
    funding = np.random.default_rng(seed).normal(1e-4, 3e-4, (4, 60))
    for exposure in exposures(seed).values():
        outcome = rebalanced(exposure, RULES[name], cost_rate, fixed_cost, funding)
        parts = outcome.spot_pnl + outcome.hedge_pnl + outcome.funding_pnl - outcome.cost
        assert outcome.net_pnl == pytest.approx(parts, rel=1e-12, abs=1e-9)
        assert outcome.cost == pytest.approx(cost_rate * outcome.turnover + fixed_cost * outcome.n_trades)
        assert np.array_equal(np.count_nonzero(outcome.trades, axis=1), outcome.n_trades)
        moved = outcome.held - exposure.target[:, :1]
        assert moved == pytest.approx(outcome.trades.cumsum(axis=1), abs=1e-9 * np.abs(exposure.target).max())


@given(st.integers(0, 200), st.sampled_from(["edge", "centre"]))
def test_a_band_without_width_is_continuous(seed: int, trade_to: str) -> None:
    """Half-width 0 is a trade to the target at every step: the same trades, no tracking error."""
    for exposure in exposures(seed).values():
        band, always = (
            rebalanced(exposure, rule, 0.001)
            for rule in (Rule(trigger="band", half_width=0.0, trade_to=trade_to), ALWAYS)
        )
        for field in Rebalanced.__dataclass_fields__:
            assert np.array_equal(getattr(band, field), getattr(always, field))
        assert band.tracking_error == pytest.approx(0, abs=1e-6)


@given(st.integers(0, 200), st.floats(0.01, 0.3))
def test_trading_to_the_edge_leaves_the_width(seed: int, width: float) -> None:
    """After a trade the drift is the half-width, or 0 for the centre; it is never beyond; without one nothing moved."""
    for exposure in exposures(seed).values():
        for trade_to in ("edge", "centre"):
            outcome = rebalanced(exposure, Rule(trigger="band", half_width=width, trade_to=trade_to))
            drift = np.abs(outcome.held - exposure.target[:, :-1]) / exposure.scale[:, :-1]
            is_traded = outcome.trades != 0
            assert drift[is_traded] == pytest.approx(width if trade_to == "edge" else 0.0, abs=1e-12)
            assert np.all(drift <= width * (1 + 1e-9) + 1e-9)
            assert np.all(np.diff(outcome.held)[~is_traded[:, 1:]] == 0)


def test_a_rule_knows_only_the_past() -> None:
    """What comes after a step changes nothing before it, for every rule."""
    spot, hedge = pair(3, 60)
    funding = np.random.default_rng(2).normal(1e-4, 3e-4, (3, 60))
    changed = [np.where(np.arange(array.shape[1]) < 40, array, 1.3 * array) for array in (spot, hedge, funding)]
    for rule in RULES.values():
        before, after = (
            rebalanced(cross_hedge(s, h, 150.0, 0.9, 365), rule, 0.001, 0.0, f)
            for s, h, f in ((spot, hedge, funding), changed)
        )
        assert np.array_equal(before.held[:, :40], after.held[:, :40])


def test_when_the_rules_look() -> None:
    """Every seventh step; the step after an extreme payment; while past volatility is high; never at the opening."""
    hedge = 100 * np.exp(np.cumsum([0, 0.1, -0.1, 0.1, 0, 0, 0, 0]))
    exposure = same_asset(hedge, 1.0, 365)
    assert np.flatnonzero(looks(Rule(trigger="time", interval=3), exposure)[0]).tolist() == [3, 6]
    assert not looks(RULES["none"], exposure).any()
    assert np.flatnonzero(looks(RULES["band to the edge"], exposure)[0]).tolist() == [1, 2, 3, 4, 5, 6]
    volatility = trailing_volatility(exposure.hedge_prices, 2, 365)[0]
    assert np.isnan(volatility[:2]).all()
    assert volatility[2:] == pytest.approx(np.array([0.1, 0.1, 0.05**0.5 / 10**0.5, 0, 0, 0]) * 365**0.5, abs=1e-6)
    assert np.flatnonzero(looks(Rule(trigger="volatility", threshold=1.0, window=2), exposure)[0]).tolist() == [2, 3, 4]
    payments = np.array([3e-4, 0, -3e-4, 1e-4, 0, 0, 3e-4])
    assert np.flatnonzero(looks(Rule(trigger="funding", threshold=2e-4), exposure, payments)[0]).tolist() == [1, 3]
    assert not looks(Rule(trigger="volatility", threshold=0.0, window=50), exposure).any()


def test_funding_by_hand() -> None:
    """A short of 0.5 receives 0.01 % of its value at each payment; a swept inverse one of its contracts."""
    hedge = np.array([100.0, 110.0, 120.0])
    outcome = rebalanced(same_asset(hedge, 0.5, 365), RULES["none"], funding_rates=np.array([1e-4, -2e-4]))
    assert outcome.funding_pnl[0] == pytest.approx(0.5 * (110e-4 - 240e-4))
    swept = rebalanced(swept_inverse(hedge, 0.5, 365), RULES["none"], funding_rates=1e-4)
    assert swept.funding_pnl[0] == pytest.approx(50 * 2e-4)


def test_the_tracking_error_by_hand() -> None:
    """15,000 short at 100, left alone at 110: 13.64 coins too many gain 150 less on the next 11, over one year.

    The deviation of a year is that of the steps times the root of a year's steps over theirs.
    """
    outcome = rebalanced(fixed_notional([100.0, 110.0, 121.0], 150.0, 15_000.0, 2), RULES["none"])
    assert outcome.tracking_error[0] == pytest.approx((150 - 15_000 / 110) * 11)
    daily = rebalanced(fixed_notional([100.0, 110.0, 121.0], 150.0, 15_000.0, 200), RULES["none"])
    assert daily.tracking_error[0] == pytest.approx(10 * outcome.tracking_error[0])


def test_what_is_refused() -> None:
    """Unknown triggers, no rates for a rule on funding, shapes that do not fit, prices of nothing, hostile numbers."""
    exposure = exposures(1)["cross hedge"]
    for changes, message in (
        ({"trigger": "moon"}, "trigger must be one of none, time"),
        ({"trigger": "band", "half_width": -0.1}, "half-width must be a finite number from 0"),
        ({"trigger": "time", "interval": 0}, "interval must be a finite number from 1"),
        ({"trigger": "band", "trade_to": "moon"}, "trade to must be one of edge, centre"),
    ):
        with pytest.raises(InputError, match=message):
            Rule(**changes)
    with pytest.raises(InputError, match="a rule on funding must have funding rates; there are none"):
        rebalanced(exposure, RULES["funding"])
    with pytest.raises(InputError, match=r"funding rates must fit paths and steps, \(4, 60\), not be of shape \(7,\)"):
        rebalanced(exposure, RULES["none"], funding_rates=np.zeros(7))
    with pytest.raises(InputError, match="cost rate must be"):
        rebalanced(exposure, RULES["none"], float("nan"))
    with pytest.raises(InputError, match="spot and hedge prices must have one shape"):
        cross_hedge([1.0, 2.0], [1.0, 2.0, 3.0], 1.0, 1.0, 365)
    with pytest.raises(InputError, match="prices must be rows of at least two prices"):
        same_asset([1.0], 1.0, 365)
    with pytest.raises(InputError, match="prices must be a finite number from 1e-12"):
        same_asset([1.0, float("nan")], 1.0, 365)


NAN = float("nan")


@pytest.mark.parametrize(
    ("function", "terms", "name"),
    [
        (risk_aversion, (0.0,), "wealth"),
        (risk_aversion, (1.0, NAN), "relative risk aversion"),
        (tracking_volatility, (0.5, 0.5, 1.5), "correlation"),
        (option_band, (100.0, 100.0, 0.1, 0.6, NAN, 0.1), "cost rate"),
        (same_asset, ([1.0, 2.0], NAN, 365), "quantity"),
        (cross_hedge, ([1.0, 2.0], [1.0, 2.0], 1.0, NAN, 365), "hedge ratio"),
        (fixed_notional, ([1.0, 2.0], 1.0, NAN, 365), "notional"),
        (swept_inverse, ([1.0, 2.0], NAN, 365), "quantity"),
        (option_delta, ("put", NAN, [1.0, 2.0], 1.0, 0.1, 0.5), "quantity"),
        (same_asset, ([1.0, 2.0], 1.0, 0.0), "steps per year"),
    ],
)
def test_what_is_no_number_is_refused_by_name(function: Any, terms: tuple[Any, ...], name: str) -> None:
    """A missing number, or one outside its rule, is named in the message."""
    with pytest.raises(InputError, match=f"^{name} must be a finite number from"):
        function(*terms)


# cost against tracking error


def test_the_frontier_falls() -> None:
    """A wider band costs less and tracks worse; a band is better than fixed times, its edge better than its centre.

    Better: no more cost at the same tracking error, read off the band's frontier.
    """
    spot, hedge = pair(300, 365, 9)
    exposure = cross_hedge(spot, hedge, 150.0, 1.0, 365)
    widths = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.4])
    found = frontier(exposure, [Rule(trigger="band", half_width=float(width)) for width in widths], 0.001)
    costs, errors = ([getattr(one, name) for one in found] for name in ("annual_cost", "tracking_error"))
    assert np.all(np.diff(costs) < 0)
    assert np.all(np.diff(errors) > 0)
    others = [
        replace(RULES["band to the centre"], half_width=0.1),
        *(Rule(trigger="time", interval=k) for k in (3, 14)),
    ]
    for other in frontier(exposure, others, 0.001):
        assert np.interp(other.tracking_error, errors, costs) < other.annual_cost


def test_a_summary_by_hand() -> None:
    """Means a year over paths of half a year; the mean square of the errors; quantiles of the net."""
    _, hedge = pair(50, 73, 4)
    exposure = fixed_notional(hedge, 0.5, 15_000.0, 146)
    outcome = rebalanced(exposure, RULES["time"], 0.001, 2.0)
    found = summary(outcome, exposure.years)
    assert exposure.years == 0.5
    assert found.annual_trades == 20
    assert found.annual_cost == pytest.approx(2 * outcome.cost.mean())
    assert found.annual_cost == pytest.approx(0.001 * found.annual_turnover + 40)
    assert found.tracking_error == pytest.approx((outcome.tracking_error**2).mean() ** 0.5)
    assert found.net_quantiles[1] == pytest.approx(np.median(outcome.net_pnl))
    assert found.penalised_cost(2e-4) == pytest.approx(found.annual_cost + 1e-4 * found.tracking_error**2)


def test_a_thousand_paths_are_fast() -> None:
    """1,000 paths of 365 days under five rules take less than the 2 seconds a page may wait, by far."""
    spot, hedge = pair(1_000, 365)
    funding = np.random.default_rng(0).normal(1e-4, 3e-4, (1_000, 365))
    rules = [RULES[name] for name in ("none", "time", "band to the edge", "volatility", "funding")]
    began = time.process_time()
    found = frontier(cross_hedge(spot, hedge, 150.0, 1.0, 365), rules, 0.001, 0.0, funding)
    assert time.process_time() - began < 2.0
    assert [one.annual_trades > 0 for one in found] == [False, True, True, True, True]


# May 2021 and May 2022 replayed


@pytest.fixture(scope="module")
def hourly() -> dict[str, Any]:
    """Give hourly closes of BTC and SOL in two months of crisis; skip without them."""
    if not HOURLY.exists():
        pytest.skip("waits for the folder shared/data beside the checkout")
    months: dict[str, list[list[float]]] = {"2021-05": [], "2022-05": []}
    with gzip.open(HOURLY, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["time"][:7] in months and row["BTC-USD"] and row["SOL-USD"]:
                months[row["time"][:7]].append([float(row["SOL-USD"]), float(row["BTC-USD"])])
    return {month: np.array(rows).T for month, rows in months.items()}


@pytest.mark.parametrize("month", ["2021-05", "2022-05"])
def test_a_month_of_crisis(hourly: Any, month: str) -> None:
    """SOL hedged with BTC through May: no rule is cheapest to keep and worst on target; the same coin never trades."""
    spot, hedge = hourly[month]
    assert spot.size > 730
    returns = np.diff(np.log(hourly[month]))
    correlation, volatilities = np.corrcoef(returns)[0, 1], returns.std(axis=1) * 8760**0.5
    ratio = minimum_variance_hedge_ratio(correlation, *volatilities)
    quantity = 25_000 / spot[0]
    exposure = cross_hedge(spot, hedge, quantity, ratio, 8760)
    drift = tracking_volatility(*volatilities, correlation)
    width, _ = no_trade_band(0.001, ratio * 25_000, risk_aversion(25_000), drift, volatilities[1])
    rules = {
        "hourly": ALWAYS,
        "daily": Rule(trigger="time", interval=24),
        "weekly": Rule(trigger="time", interval=168),
        "band": Rule(trigger="band", half_width=width),
        "volatility": Rule(trigger="volatility", threshold=1.2, window=24),
        "none": RULES["none"],
    }
    found = {name: summary(rebalanced(exposure, rule, 0.001), exposure.years) for name, rule in rules.items()}
    costs, errors = (
        {name: getattr(one, field) for name, one in found.items()} for field in ("annual_cost", "tracking_error")
    )
    assert errors["hourly"] == 0
    assert costs["none"] == 0
    assert costs["hourly"] > costs["daily"] > costs["weekly"] > costs["none"]
    assert errors["hourly"] < errors["daily"] < errors["weekly"] < errors["none"]
    assert max(errors.values()) == errors["none"]
    aversion = risk_aversion(25_000)
    assert min(rules, key=lambda name: found[name].penalised_cost(aversion)) == "band"
    for rule in rules.values():
        assert not rebalanced(same_asset(hedge, 0.5, 8760), rule, 0.001).trades.any()
        net = rebalanced(same_asset(hedge, 0.5, 8760), rule, 0.001).net_pnl
        assert net == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("lot", "min_value"), [(0.001, 0.0), (0.0, 50.0), (0.001, 50.0), (0.01, 5.0)])
@pytest.mark.parametrize("half_width", [0.0, 0.01, 0.08])
def test_no_trade_is_below_a_lot_or_the_smallest_order(lot: float, min_value: float, half_width: float) -> None:
    """Every trade is a whole number of lots and worth the minimum; what is left out is counted, and nothing else."""
    generator = np.random.default_rng(3)
    spot, hedge = 100 * np.exp(np.cumsum(0.04 * generator.standard_normal((2, 20, 90)), axis=2))
    exposure = cross_hedge(spot, 900 * hedge, 40.0, 0.6, 365)
    rule = Rule(trigger="band", half_width=half_width)
    free, held = rebalanced(exposure, rule), rebalanced(exposure, rule, lot=lot, min_value=min_value)
    made = held.trades != 0
    if lot:
        lots = held.trades[made] / lot
        assert lots == pytest.approx(np.round(lots), abs=1e-9)
    worth = np.abs(held.trades * exposure.unit_value[:, :-1])[made]
    assert (worth >= min_value * (1 - 1e-9)).all()
    assert held.n_trades.sum() < free.n_trades.sum()
    drift = np.abs(np.concatenate([exposure.target[:, :1], held.held[:, :-1]], axis=1) - exposure.target[:, :-1])
    is_out = drift > half_width * exposure.scale[:, :-1] * (1 + 1e-9)
    is_out[:, 0] = False
    assert held.n_skipped.tolist() == (is_out & ~made).sum(axis=1).tolist()
    assert (free.n_skipped == 0).all()


def test_a_band_of_one_percent_on_a_hedge_of_100_dollars_trades_nothing_below_50() -> None:
    """A lot of 90 dollars and a smallest order of 50: 3.95 dollars are not traded."""
    spot = np.array([[1.0, 1.0495, 1.02, 0.97, 1.01]])
    exposure = cross_hedge(spot, np.ones((1, 5)), 100.0, 1.0, 365)
    rule = Rule(trigger="band", half_width=0.01)
    assert rebalanced(exposure, rule).trades[0, 1] == pytest.approx(-3.95, abs=0.06)
    held = rebalanced(exposure, rule, lot=90.0, min_value=50.0)
    assert not held.trades.any()
    assert held.n_skipped.tolist() == [3]  # beyond the band at 1.0495, 1.02 and 0.97
