"""Rules that change how much is hedged: by hand, without look-ahead, against constant coverage, and in JSON."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.limits import InputError
from hedge_widgets.model.paths import PairDynamics, simulated_pair
from hedge_widgets.model.rebalancing import (
    Exposure,
    Falls,
    Rule,
    Trigger,
    Triggers,
    Upkeep,
    cross_hedge,
    kept,
    liquidation_ratio,
    rebalanced,
    same_asset,
    signal_along,
    triggered,
    worst_falls,
)

DYNAMICS = PairDynamics(spot_volatility=0.85, hedge_volatility=0.6, correlation=0.65, degrees_of_freedom=4.0)
RULES = {
    "volatility": Trigger(signal="volatility", line=0.9, back=0.8, coverage=1.0, days=10, confirm=2),
    "funding": Trigger(signal="funding", line=1e-4, back=3e-4, coverage=0.2, days=5, cooldown=4),
    "drift": Trigger(signal="drift", line=0.1, back=0.05, coverage=0.8, days=7),
    "beta": Trigger(signal="beta", line=0.2, back=0.0, coverage=0.9, days=12),
    "distance": Trigger(signal="distance", line=0.2, back=0.3, coverage=0.25),
}
ALWAYS = Trigger(signal="distance", line=100.0, back=100.0, coverage=0.8)
NEVER = Trigger(signal="distance", line=-1.0, back=100.0, coverage=0.8)


def legs(n_paths: int = 12, n_steps: int = 120, seed: int = 5) -> tuple[Any, Any, Any]:
    """Return the prices of coin and hedge, and funding."""
    spot, hedge = simulated_pair(DYNAMICS, 1.0, 1.0, n_steps / 365, n_steps, n_paths, seed)
    return spot, hedge, np.random.default_rng(seed).normal(2e-4, 4e-4, (n_paths, n_steps))


def seen(rule: Trigger, exposure: Exposure, spot: Any, rates: Any) -> Any:
    """Return the signal of a rule for a linear short at 3x."""
    return signal_along(rule, exposure, spot, rates, liquidation_ratio=liquidation_ratio("linear", -1.0, 3.0, 0.01))


# one case by hand


def test_six_days_by_hand() -> None:
    """Coins at 100, short of half; the fall to 90 pays a funding that turns: covered whole, and back two days later.

    The mean funding of two days is known from day 2 on: -2, -3, -1, +3 in ten thousandths; below -1.5 on days 2 and 3,
    above 2 on day 5. So from day 2 to day 5 the hedge is whole: sell 0.5 coins at 90, buy them back at 99.
    """
    prices = np.array([[100.0, 100.0, 90.0, 81.0, 90.0, 99.0, 110.0]])
    rates = np.array([[-1e-4, -3e-4, -3e-4, 1e-4, 5e-4, 5e-4]])
    rule = Trigger(signal="funding", line=-1.5e-4, back=2e-4, coverage=1.0, days=2)
    exposure = same_asset(prices, 1.0, 365)
    signal = signal_along(rule, exposure, prices, rates)
    assert np.isnan(signal[0, :2]).all()
    assert signal[0, 2:] == pytest.approx([-2e-4, -3e-4, -1e-4, 3e-4])
    found = triggered(exposure, rule, 0.5, signal, Upkeep(funding_rates=rates))
    assert found.coverage[0].tolist() == [0.5, 0.5, 1.0, 1.0, 1.0, 0.5]
    assert (found.n_changes[0], found.average) == (2, 0.75)
    assert found.course.turnover[0].tolist() == pytest.approx([0, 0, 0, 45, 45, 45, 94.5])
    assert found.course.n_trades[0].tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert found.course.cost(0.001, 2.0)[0, -1] == pytest.approx(0.0945 + 4)
    paid = 0.5 * (-100e-4 - 270e-4) + (-243e-4 + 90e-4 + 495e-4) + 0.5 * 550e-4
    assert found.course.funding[0] == pytest.approx(paid)
    # Half of the first -10 and of the last +11 is left; in between nothing is.
    assert found.course.gross[0, -1] == pytest.approx(-5 + 5.5 + paid)
    assert found.constant.gross[0, -1] == pytest.approx(0.25 * 10 + found.constant.funding[0])
    assert found.constant.funding[0] == pytest.approx(0.75 * (rates * prices[:, 1:]).sum())
    assert found.constant.turnover[0, -1] == 0
    assert worst_falls(np.array([[0.0, 3.0, -4.0, 5.0, 1.0]])) == pytest.approx(7.0)


def test_confirming_and_waiting_by_hand() -> None:
    """Two days in a row, and three days after a change: one day beyond, NaN and an early way back change nothing."""
    signal = np.array([[9.0, 1, np.nan, 9, 9, 0, 0, 0, 0, 9, 9]]) / 10
    rule = Trigger(signal="volatility", line=0.5, back=0.2, coverage=1.0, confirm=2, cooldown=3)
    assert np.flatnonzero(rule.states(signal)[0]).tolist() == [4, 5, 6, 7]
    at_once = replace(rule, confirm=1, cooldown=0)
    assert np.flatnonzero(at_once.states(signal)[0]).tolist() == [0, 3, 4, 9, 10]


# what is watched


def test_signals_are_those_of_plain_loops() -> None:
    """Each signal against the formula of its docstring, day by day."""
    spot, hedge, rates = legs(3, 60)
    exposure = cross_hedge(spot, hedge, 1.0, 1.2, 365)
    moves, beside = (np.diff(np.log(prices)) for prices in (spot, hedge))
    target = -1.2 * spot / hedge

    def slope(k: int, first: int, last: int) -> float:
        return float(np.linalg.lstsq(beside[k, first:last, None], moves[k, first:last], rcond=None)[0][0])

    def plain(name: str, n: int, k: int, t: int) -> float:
        known = {
            "volatility": lambda: (365 * np.mean(moves[k, t - n : t] ** 2)) ** 0.5,
            "funding": lambda: np.mean(rates[k, t - n : t]),
            "drift": lambda: abs(target[k, t - n] / target[k, t] - 1),
            "beta": lambda: slope(k, t - n, t) - slope(k, t - 2 * n, t - n),
            "distance": lambda: (4 / 3) / 1.01 / hedge[k, t] - 1,
        }
        return float(known[name]())

    for name, rule in RULES.items():
        found = seen(rule, exposure, spot, rates)
        first = {"beta": 2 * rule.days, "distance": 0}.get(name, rule.days)
        assert np.isnan(found[:, :first]).all()
        expected = [[plain(name, rule.days, k, t) for t in range(first, 60)] for k in range(3)]
        assert found[:, first:] == pytest.approx(np.array(expected), abs=1e-9), name


def test_a_long_hedge_sees_its_own_side() -> None:
    """A long hedge receives what a short pays, and a fall liquidates it; a fully paid long is never liquidated."""
    spot, hedge, rates = legs(2, 30)
    long = cross_hedge(spot, hedge, 1.0, -1.0, 365)
    rule = RULES["funding"]
    assert np.nan_to_num(signal_along(rule, long, spot, rates)) == pytest.approx(
        -np.nan_to_num(signal_along(rule, cross_hedge(spot, hedge, 1.0, 1.0, 365), spot, rates))
    )
    ratio = liquidation_ratio("linear", 1.0, 4.0, 0.02)
    assert ratio == pytest.approx(0.75 / 0.98)
    found = signal_along(RULES["distance"], long, spot, liquidation_ratio=ratio)
    assert found == pytest.approx(1 - ratio / hedge[:, :-1])
    assert liquidation_ratio("linear", 1.0, 1.0, 0.02) is None
    assert not RULES["distance"].states(signal_along(RULES["distance"], long, spot)).any()


def test_the_same_coin_never_drifts_and_its_beta_stays() -> None:
    """Coins hedged on the same coin: drift and change of beta are 0 on every day."""
    _, hedge, rates = legs(2, 60)
    for name in ("drift", "beta"):
        found = seen(RULES[name], same_asset(hedge, 1.0, 365), hedge, rates)
        assert np.nan_to_num(found) == pytest.approx(0.0, abs=1e-12)


@given(st.integers(0, 30), st.sampled_from(list(RULES)), st.integers(25, 100))
def test_a_rule_knows_only_the_past(seed: int, name: str, day: int) -> None:
    """Prices after a day, and the funding paid from it on, change no decision up to it, nor what is held until then."""
    before = legs(3, 120, seed)
    late = np.arange(121) > day
    after = [
        *(np.where(late, 1.4 * prices**1.5, prices) for prices in before[:2]),
        np.where(late[1:], -3 * before[2], before[2]),
    ]
    made = []
    for spot, hedge, rates in (before, after):
        exposure = cross_hedge(spot, hedge, 1.0, 1.2, 365)
        signal = seen(RULES[name], exposure, spot, rates)
        made.append(triggered(exposure, RULES[name], 0.5, signal, Upkeep(half_width=0.05, funding_rates=rates)))
    assert np.array_equal(made[0].is_on[:, : day + 1], made[1].is_on[:, : day + 1])
    for part in ("gross", "turnover", "n_trades"):
        first, second = (getattr(one.course, part)[:, : day + 1] for one in made)
        assert np.array_equal(first, second), part
    assert not np.array_equal(made[0].course.gross, made[1].course.gross)


# against constant coverage


@given(st.integers(0, 30), st.floats(0, 2), st.floats(0, 0.2), st.sampled_from(["edge", "centre"]))
def test_never_and_always_are_constant(seed: int, coverage: float, width: float, trade_to: str) -> None:
    """A rule that never fires is the constant hedge it starts from, one that is always on the other, to the cent."""
    spot, hedge, rates = legs(4, 60, seed)
    exposure = cross_hedge(spot, hedge, 25_000.0, 1.2, 365)
    upkeep = Upkeep(half_width=width, trade_to=trade_to, funding_rates=rates, lot=0.01, min_value=5.0)
    for rule, constant in ((NEVER, coverage), (ALWAYS, 0.8)):
        found = triggered(exposure, rule, coverage, seen(rule, exposure, spot, rates), upkeep)
        alone = rebalanced(
            cross_hedge(spot, hedge, 25_000.0, 1.2 * constant, 365),
            Rule(trigger="band", half_width=width, trade_to=trade_to),
            0.001,
            2.0,
            rates,
            lot=0.01,
            min_value=5.0,
        )
        for course in (found.course, found.constant):
            assert course.net(0.001, 2.0)[:, -1] == pytest.approx(alone.net_pnl, abs=0.005)
            assert course.n_trades[:, -1] == pytest.approx(alone.n_trades)
        assert not found.n_changes.any()
        assert found.average == pytest.approx(constant)


@given(st.integers(0, 30), st.sampled_from(list(RULES)), st.floats(0, 0.01), st.floats(0, 20))
def test_courses_end_where_the_engine_does(seed: int, name: str, rate: float, fixed: float) -> None:
    """Costs are at least 0 and never fall; a course ends at the engine's net; the hedge is what the rule wants."""
    spot, hedge, rates = legs(4, 90, seed)
    exposure = cross_hedge(spot, hedge, 25_000.0, 1.2, 365)
    found = triggered(exposure, RULES[name], 0.5, seen(RULES[name], exposure, spot, rates), Upkeep(funding_rates=rates))
    cost = found.course.cost(rate, fixed)
    assert (np.diff(cost, axis=1) >= 0).all()
    assert (cost[:, 0] == 0).all()
    wanted = -1.2 * 25_000.0 * spot[:, :-1] / hedge[:, :-1] * found.coverage  # without a band always on target
    gain = 25_000.0 * np.diff(spot) + wanted * np.diff(hedge) - wanted * hedge[:, 1:] * rates
    traded = np.abs(np.diff(wanted, axis=1)) * hedge[:, 1:-1]
    assert found.course.gross[:, -1] == pytest.approx(gain.sum(axis=1), abs=1e-6)
    assert found.course.turnover[:, -1] == pytest.approx(traded.sum(axis=1), abs=1e-6)
    assert found.course.funding == pytest.approx(-(wanted * hedge[:, 1:] * rates).sum(axis=1), abs=1e-6)
    assert found.average == pytest.approx(found.coverage.mean())


@pytest.mark.parametrize("name", list(RULES))
def test_without_a_drift_nothing_is_gained(name: str) -> None:
    """On 4,000 fair paths, without costs and funding, no rule differs from the constant hedge by four standard errors.

    Against an average of each path the rule on the distance would: it is low where the price has risen.
    """
    spot, hedge, _ = legs(4_000, 120, 11)
    exposure = cross_hedge(spot, hedge, 1.0, 1.2, 365)
    signal = seen(RULES[name], exposure, spot, np.zeros(120) if name == "funding" else None)
    found = triggered(exposure, RULES[name], 0.5, signal, Upkeep())
    gain = found.course.gross[:, -1] - found.constant.gross[:, -1]
    assert found.n_changes.any()
    assert abs(gain.mean()) < 4 * gain.std() / 4_000**0.5
    if name == "distance":
        level = found.coverage.mean(axis=1) - found.average
        by_path = gain - level * _hedge_pnl(spot, hedge)
        assert by_path.mean() < -4 * by_path.std() / 4_000**0.5


def _hedge_pnl(spot: Any, hedge: Any) -> Any:
    """Return what a full hedge that is on target every day brings."""
    return (-1.2 * spot[:, :-1] / hedge[:, :-1] * np.diff(hedge)).sum(axis=1)


def test_a_rule_that_knew_the_future_would_be_praised() -> None:
    """Whole before a fall and nothing else: better than the same average throughout; the other way round: worse."""
    prices = np.array([[100.0, 110, 121, 110, 99, 110]])
    exposure = same_asset(prices, 1.0, 365)
    rule = Trigger(signal="volatility", line=0.5, back=0.5, coverage=1.0)
    for sign in (1.0, -1.0):
        signal = np.where(sign * np.diff(prices) < 0, 1.0, 0.0)
        found = triggered(exposure, rule, 0.0, signal, Upkeep())
        gain = found.course.net(0.0, 0.0)[0, -1] - found.constant.net(0.0, 0.0)[0, -1]
        assert sign * gain > 10


def test_a_change_goes_through_a_band_and_stops_at_a_lot() -> None:
    """Between changes a wide band holds still; a change is traded in full, in whole lots, or not at all if small."""
    prices = np.full((1, 7), 100.0)
    exposure = same_asset(prices, 1.0, 365)
    coverage = np.array([[0.5, 0.5, 0.78, 0.78, 0.5, 0.5]])
    course = kept(exposure, coverage, Upkeep(half_width=0.9))
    assert course.turnover[0].tolist() == pytest.approx([0, 0, 0, 28, 28, 56, 56])
    lots = kept(exposure, coverage, Upkeep(half_width=0.9, lot=0.1))
    assert lots.turnover[0].tolist() == pytest.approx([0, 0, 0, 30, 30, 60, 60])
    assert kept(exposure, coverage, Upkeep(half_width=0.9, min_value=40.0)).turnover[0, -1] == 0


# falls


def test_falls_by_hand() -> None:
    """A fall of 15 % on day 50, another on day 80: raised on 40 in time, on 60 in vain, on 95 too near to the end."""
    prices = np.full((1, 101), 100.0)
    prices[0, 50:70] = 85.0
    prices[0, 70:80], prices[0, 80:] = 100.0, 80.0
    falls = Falls.of(prices)
    assert np.flatnonzero(falls.begins[0]).tolist() == [49, 79]
    raised = np.zeros((1, 100), dtype=bool)
    assert falls.judged(raised) == (0, 0, 2, 2)
    raised[0, 40:55] = raised[0, 81:83] = raised[0, 95:] = True
    # From day 81 on no fall comes, but the path ends after 19 more days: nobody can say.
    assert falls.judged(raised) == (1, 0, 2, 1)
    raised[0] = False
    raised[0, 55:60] = True  # at 85, and the low is 80: no fall of 10 %
    assert falls.judged(raised) == (1, 1, 2, 2)
    assert falls.judged(np.ones_like(raised)) == (0, 0, 2, 0)
    assert Falls.of(np.array([[100.0, 89.0]])).begins.tolist() == [[True]]


# in JSON


SET = Triggers(coverage=0.5, leverage=3.0, rules=tuple(RULES.values()))


@given(
    st.sampled_from(["volatility", "funding", "drift", "beta", "distance"]),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.floats(0, 2),
    st.integers(1, 365),
    st.integers(1, 60),
    st.integers(0, 365),
)
def test_what_is_written_is_read_again(
    signal: str, ends: tuple[float, float], coverage: float, days: int, confirm: int, cooldown: int
) -> None:
    """Through JSON text and back a rule is the same rule, and says on which side of its line it acts."""
    low, high = sorted(ends)
    is_below = signal in ("funding", "distance")
    line, back = (low, high) if is_below else (high, low)
    counts = {"days": days, "confirm": confirm, "cooldown": cooldown}
    rule = Trigger(signal=signal, line=line, back=back, coverage=coverage, **counts)
    rules = replace(SET, rules=(rule, *SET.rules))
    written = json.loads(json.dumps(rules.to_dict()))
    assert Triggers.from_dict(written) == rules
    assert written["rules"][0]["when"] == ("below" if is_below else "above")


def changed(**changes: Any) -> Any:
    return {**SET.to_dict(), "rules": [{**RULES["volatility"].to_dict(), **changes}]}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "the rules must have format, version, coverage, leverage, rules, not None"),
        ({}, "the rules must have format"),
        ({**SET.to_dict(), "__class__": "x"}, "the rules must have format"),
        ({**SET.to_dict(), "format": "moon"}, "the format must be 'hedge_widgets triggers', version 1, not 'moon', 1"),
        ({**SET.to_dict(), "version": 2}, "version 1, not 'hedge_widgets triggers', 2"),
        ({**SET.to_dict(), "version": True}, "version 1, not"),
        ({**SET.to_dict(), "rules": []}, "there must be 1 to 20 rules, not 0"),
        ({**SET.to_dict(), "rules": {}}, "rules must be a list"),
        ({**SET.to_dict(), "rules": [1] * 10**5}, "rules must be a list of 1 to 20 rules"),
        ({**SET.to_dict(), "rules": ["volatility"]}, "a rule must have when, signal, line, back"),
        ({**SET.to_dict(), "coverage": "1"}, "coverage otherwise must be a number"),
        ({**SET.to_dict(), "leverage": 1e9}, "leverage must be a finite number from 1 to 150"),
        (changed(signal="moon"), "signal must be one of volatility, funding"),
        (changed(signal=["volatility"]), "signal must be one of"),
        (changed(when="below"), "a rule on volatility must act above its line, not 'below'"),
        (changed(line=float("nan")), "line of volatility must be a finite number from 0 to 20, not nan"),
        (changed(line=10**400), "line of volatility must be"),
        (changed(line=None), "line of volatility must be a number"),
        (changed(back=0.95), "line back of volatility must be at most its line, 0.9, not 0.95"),
        (changed(coverage=-0.1), "coverage must be a finite number from 0 to 2, not -0.1"),
        (changed(coverage=True), "coverage must be a number"),
        (changed(days=1.5), "days must be a whole number, not 1.5"),
        (changed(days=[5]), "days must be a whole number"),
        (changed(confirm=0), "confirm must be a finite number from 1 to 60, not 0"),
        (changed(cooldown=1e9), "cooldown must be a finite number from 0 to 365"),
        (changed(note="<script>"), "a rule must have when, signal"),
    ],
)
def test_hostile_json_is_refused_with_a_sentence(value: Any, words: str) -> None:
    """Whatever a file holds: a sentence that names the thing, the rule and the value, and is not long."""
    with pytest.raises(InputError, match=words) as caught:
        Triggers.from_dict(value)
    assert len(str(caught.value)) < 250


def test_a_rule_on_funding_must_have_rates() -> None:
    """Without rates there is no signal to go by."""
    spot, hedge, _ = legs(1, 30)
    with pytest.raises(InputError, match="a rule on funding must have funding rates"):
        signal_along(RULES["funding"], cross_hedge(spot, hedge, 1.0, 1.0, 365), spot)
    with pytest.raises(InputError, match="line back of funding must be at least its line"):
        replace(RULES["funding"], back=0.0)
