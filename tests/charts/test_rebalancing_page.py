"""The rebalancing page's charts and words: updating equals building, a table's row its picture, figures the model's."""

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets.model.limits import InputError
from hedge_widgets.model.options import black_76
from hedge_widgets.model.paths import PairDynamics, simulated_pair
from hedge_widgets.model.rebalancing import (
    Rule,
    Upkeep,
    liquidation_ratio,
    option_band,
    rebalanced,
    risk_aversion,
    signal_along,
    summary,
    triggered,
)
from hedge_widgets.model.rebalancing.picture import rebalancing_picture
from hedge_widgets.model.rebalancing.setting import KINDS, N_SHOWN, RULES, Paths, RebalancingSetting, exposure
from hedge_widgets.model.rebalancing.study import FUNDING, INTERVALS, VOLATILITIES, WIDTHS
from hedge_widgets.model.rebalancing.trigger_study import changes, summaries
from hedge_widgets.pages.rebalancing import charts, words
from hedge_widgets.pages.rebalancing.charts.drift import MOVES, drift_curve
from hedge_widgets.pages.rebalancing.controls import SLIDERS
from tests.charts.explorer_charts import Charts, texts

START = {
    "half_width": 0.08,
    "interval": 7.0,
    "volatility_threshold": 0.8,
    "funding_threshold": 0.0006,
    "cost_rate": 0.001,
    "fixed_cost": 0.5,
    "relative_aversion": 5.0,
    "path": 2.0,
    "day": 0.5,
}
BAND, TIME = RULES.index("band"), RULES.index("time")


@functools.cache
def paths(n_days: int = 60, n_paths: int = 30, *, has_funding: bool = True, **changes: float) -> Paths:
    """Return simulated paths with random funding, or without any."""
    figures = {"spot_volatility": 0.85, "hedge_volatility": 0.6, "correlation": 0.65, **changes}
    spot, hedge = simulated_pair(PairDynamics(**figures), 1.0, 1.0, n_days / 365, n_days, n_paths, 7)
    rates = np.random.default_rng(3).normal(3e-4, 5e-4, (n_paths, n_days))
    return Paths(
        spot=spot,
        hedge=hedge,
        funding=rates if has_funding else None,
        **figures,
        names=tuple(f"path {k}" for k in range(min(n_paths, N_SHOWN))),
        stamp="simulated",
    )


def setting(**changes: Any) -> RebalancingSetting:
    """Return a page's setting: an altcoin of 25,000 hedged with 60 % of it unless changed."""
    fields = {
        "paths": paths(),
        "kind": "cross",
        "position_value": 25_000.0,
        "wealth": 25_000.0,
        "hedge_ratio": 0.6,
    }
    return RebalancingSetting(**{**fields, **changes})


SETTINGS = (
    *(setting(kind=kind) for kind in KINDS),
    setting(trade_to="centre", other="funding", measure="net"),
    setting(paths=paths(30, 1, has_funding=False), other="funding"),
    setting(paths=paths(365, 60), other="volatility", hedge_ratio=0.0),
    setting(paths=paths(365, 60), watched="volatility", lot_value=10.0, min_order=5.0),
    setting(paths=paths(30, 1, has_funding=False), watched="funding"),
    setting(kind="inverse", watched="distance"),
)


PAGE = Charts(
    topic="rebalancing",
    charts=charts,
    keys=("holding", "tradeoff", "nets", "drifting", "covering", "gaining"),
    fixed=("drifting",),
    picture=rebalancing_picture,
    settings=SETTINGS,
    sliders=SLIDERS,
    start=START,
    idle={
        0: ("volatility_threshold", "funding_threshold", "cost_rate", "fixed_cost", "relative_aversion"),  # no trades
        6: ("funding_threshold", "path"),  # one path, without funding
        9: ("funding_threshold", "path"),
    },
    readouts=texts(words),
    marks=(words.MARKS, words.marks),
)
values = PAGE.values


# ---- figures are the model's -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@given(
    st.sampled_from(WIDTHS),
    st.sampled_from(INTERVALS),
    st.sampled_from(VOLATILITIES),
    st.sampled_from(FUNDING),
    st.floats(0, 0.01),
    st.floats(0, 20),
)
@settings(max_examples=10)
def test_looked_up_and_priced_is_computed(
    kind: str, width: float, interval: int, volatility: float, funding: float, rate: float, fixed: float
) -> None:
    """Every rule's figures, scaled and priced from what was computed once, are the model's run with those costs."""
    state = setting(kind=kind, trade_to="centre", measure="net")
    picture = rebalancing_picture(
        state,
        values(
            half_width=width,
            interval=interval,
            volatility_threshold=volatility,
            funding_threshold=funding,
            cost_rate=rate,
            fixed_cost=fixed,
        ),
    )
    position = exposure(state.paths, kind, state.ratio)
    rules = {
        "none": Rule(trigger="none"),
        "daily": Rule(trigger="time"),
        "time": Rule(trigger="time", interval=interval),
        "band": Rule(trigger="band", half_width=width, trade_to="centre"),
        "volatility": Rule(trigger="volatility", threshold=volatility),
        "funding": Rule(trigger="funding", threshold=funding),
    }
    for k, name in enumerate(RULES):
        # The fixed cost of a position of 1 is that of 25,000 scaled down.
        made = rebalanced(position, rules[name], rate, fixed / 25_000.0, state.paths.funding)
        wanted = summary(made, state.paths.years)
        close = {"rel": 1e-9, "abs": 1e-6}
        assert picture.annual_trades[0, k] == pytest.approx(wanted.annual_trades, **close)
        assert picture.annual_turnover[0, k] == pytest.approx(25_000 * wanted.annual_turnover, **close)
        assert picture.annual_cost[0, k] == pytest.approx(25_000 * wanted.annual_cost, **close)
        assert picture.tracking_error[0, k] == pytest.approx(25_000 * wanted.tracking_error, **close)
        assert picture.net_mean[0, k] == pytest.approx(25_000 * wanted.net_mean, **close)
        quantiles = [25_000 * quantile for quantile in wanted.net_quantiles]
        assert picture.net_quantiles[0, k].tolist() == pytest.approx(quantiles, **close)


def test_every_day_at_no_cost_is_what_the_rest_is_measured_against() -> None:
    """The difference of the daily rule is 0 without costs and its cost with them; tracking errors start at 0 there."""
    free = rebalancing_picture(setting(), values(cost_rate=0.0, fixed_cost=0.0))
    daily = RULES.index("daily")
    assert free.net_quantiles[0, daily] == pytest.approx(0.0)
    assert free.tracking_error[0, daily] == pytest.approx(0.0)
    paid = rebalancing_picture(setting(), values())
    years = setting().paths.years
    assert paid.net_mean[0, daily] == pytest.approx(-paid.annual_cost[0, daily] * years)


@pytest.mark.parametrize("ratio", [0.4, 1.0])
def test_the_same_coin_never_trades(ratio: float) -> None:
    """Coins hedged with the same coin: at every position of every slider no trade, no cost, no miss, no band."""
    state = setting(kind="same", hedge_ratio=ratio)
    for spec in SLIDERS:
        picture = rebalancing_picture(state, {**values(), spec.field: np.asarray(spec.positions) * spec.factor})
        for name in ("annual_trades", "annual_cost", "tracking_error", "day_traded", "day_drift"):
            assert not getattr(picture, name).any(), (spec.field, name)
        assert np.isnan(picture.suggested_width).all()  # a band of 0 would say: trade at every move
        assert (words.story(picture)["case"] == 1).all()
        assert (np.ptp(picture.band, axis=1) == 0).all()


def test_the_suggestion_of_the_example() -> None:
    """10 bp, 15,000 of hedge, wealth 25,000: ±8.35 % and 6.33 days, from the closed forms by hand."""
    picture = rebalancing_picture(setting(), values(fixed_cost=0.0))
    drift = 0.85**2 + 0.6**2 - 2 * 0.65 * 0.85 * 0.6
    aversion = 5 / 25_000
    width = (1.5 * 0.001 * drift / (aversion * 15_000 * 0.36)) ** (1 / 3)
    days = 365 * (2 * 0.001 * (2 / np.pi) ** 0.5 / (aversion * 15_000 * 0.36 * drift**0.5)) ** (2 / 3)
    assert picture.suggested_width[0] == pytest.approx(width)
    assert picture.suggested_days[0] == pytest.approx(days)
    assert (round(100 * width, 1), round(days, 1)) == (8.4, 6.3)
    at_band = rebalancing_picture(setting(), values(fixed_cost=0.0, half_width=0.08))
    assert picture.suggested_cost[0] == pytest.approx(at_band.annual_cost[0, BAND], rel=0.1)
    assert picture.suggested_error[0] == pytest.approx(at_band.tracking_error[0, BAND], rel=0.1)


def test_an_options_suggestion_is_its_band_in_coins() -> None:
    """The page's one formula with the drift Gamma F sigma gives the half-width of Whalley and Wilmott."""
    state = setting(kind="option", position_value=60_000.0, wealth=60_000.0)
    picture = rebalancing_picture(state, values())
    aversion = risk_aversion(60_000.0)
    # One coin at 60,000: its gamma and its half-width in coins, which is the share of the quantity.
    wanted = option_band(60_000.0, 60_000.0, state.paths.years, 0.85, 0.001, aversion)[2]
    assert picture.suggested_width[0] == pytest.approx(wanted)


def test_a_dearer_trade_asks_for_a_wider_band() -> None:
    """The band grows with the cube root of the cost, and less of it is traded: eight times the cost, twice the band."""
    picture = rebalancing_picture(setting(), {**values(), "cost_rate": np.array([0.0005, 0.004])})
    assert picture.suggested_width[1] == pytest.approx(2 * picture.suggested_width[0])
    assert picture.suggested_trades[1] < picture.suggested_trades[0]
    assert picture.suggested_error[1] > picture.suggested_error[0]


def test_the_path_shown_is_kept_within_its_band() -> None:
    """On the path, what a band holds lies inside target ± half-width, and changes only where it traded."""
    for path in range(1, 31):
        picture = rebalancing_picture(setting(), values(path=path))
        held, low, high = picture.band[0], picture.band_low[0, :-1], picture.band_high[0, :-1]
        assert (held >= low - 1e-9)[1:].all()
        assert (held <= high + 1e-9)[1:].all()
        n_trades = np.count_nonzero(np.diff(held))
        marks = charts.holding_traces(picture)[6]["y"]
        assert np.isfinite(marks).sum() == n_trades


def test_the_day_is_the_paths() -> None:
    """Target, what was never touched and the drift on a day, from the prices by hand; the last day is the end."""
    state = setting()
    picture = rebalancing_picture(state, {**values(), "day": np.array([0.0, 0.5, 1.0])})
    for row, day in enumerate((0, 30, 60)):
        spot, hedge = state.paths.spot[1, day], state.paths.hedge[1, day]
        assert picture.day[row] == day
        assert picture.day_target[row] == pytest.approx(-0.6 * 25_000 * spot)
        assert picture.day_untouched[row] == pytest.approx(-0.6 * 25_000 * hedge)
        assert picture.day_drift[row] == pytest.approx(spot / hedge - 1)
    assert picture.day_drift[0] == 0


def drawn(spot: float, hedge: float) -> Paths:
    """Return one path of one day."""
    legs = {"spot": np.array([[1.0, 1.0 + spot]]), "hedge": np.array([[1.0, 1.0 + hedge]])}
    return replace(paths(30, 1, has_funding=False), **legs)


@pytest.mark.parametrize(
    ("kind", "ratio", "spot", "hedge", "target", "untouched", "word"),
    [
        ("cross", 0.6, 0.2, 0.05, -18_000, -15_750, 1),  # sell
        ("cross", 0.6, -0.2, -0.05, -12_000, -14_250, 0),  # buy back
        ("fixed", 1.0, -0.2, 0.0, -25_000, -20_000, 1),
        ("inverse", 0.0, 0.5, 0.0, -37_500, -25_000, 1),
        ("same", 1.0, 0.05, 0.0, -26_250, -26_250, None),
    ],
)
def test_what_a_drift_asks_for(
    kind: str, ratio: float, spot: float, hedge: float, target: float, untouched: float, word: int | None
) -> None:
    """Errata E6 and E7 by hand: too small a short is sold, too large a one is bought back, the same coin left alone."""
    state = setting(kind=kind, hedge_ratio=ratio, paths=drawn(spot, hedge))
    picture = rebalancing_picture(state, values(day=1.0))
    assert picture.day_target[0] == pytest.approx(target)
    assert picture.day_untouched[0] == pytest.approx(untouched)
    columns = words.story(picture)
    if word is None:
        assert columns["day_case"][0] == 0
    else:
        assert columns["day_case"][0] == 1
        assert columns["action"][0] == word
        assert columns["missing"][0] == pytest.approx(abs(target - untouched))


def test_what_drifts_against_the_price() -> None:
    """Untouched: the same coin 0, fixed dollars 1 / (1 + x) - 1, swept inverse x, a cross hedge by its beta, a call."""
    x, known = MOVES, paths()
    assert not drift_curve(known, "same", 1.0).any()
    np.testing.assert_allclose(drift_curve(known, "fixed", 1.0), 1 / (1 + x) - 1, atol=1e-12)
    np.testing.assert_allclose(drift_curve(known, "inverse", 1.0), x, atol=1e-12)
    beta = 0.65 * 0.6 / 0.85
    np.testing.assert_allclose(drift_curve(known, "cross", 0.6), (1 + x) / (1 + x) ** beta - 1, atol=1e-12)
    call = drift_curve(known, "option", 1.0)
    assert call[0] > 0 > call[-1]  # short of the coin after a rise: gamma is negative
    slope = np.gradient(call, x)[np.argmin(np.abs(x))]
    gamma = black_76("call", 1.0, 1.0, known.years, 0.85).gamma
    assert slope == pytest.approx(-gamma, rel=0.02)


def test_gamma_and_vega_are_the_options() -> None:
    """Only the option has them; for 90 days at 60 % and 60,000: -795 dollars of delta for 1 %, -118 for a point."""
    for kind in KINDS[:-1]:
        picture = rebalancing_picture(setting(kind=kind), values())
        assert (picture.gamma, picture.vega) == (0.0, 0.0)
    state = setting(kind="option", position_value=60_000.0, paths=paths(90, 3, spot_volatility=0.6))
    picture = rebalancing_picture(state, values())
    root = 0.6 * (90 / 365) ** 0.5
    density = np.exp(-((root / 2) ** 2) / 2) / (2 * np.pi) ** 0.5
    assert picture.gamma == pytest.approx(-600 * density / root)
    assert picture.vega == pytest.approx(-600 * density * (90 / 365) ** 0.5)


# ---- rules that change how much is hedged ----------------------------------------------------------------------------
@pytest.mark.parametrize("signal", ["volatility", "funding", "drift", "beta", "distance"])
def test_the_rule_looked_at_is_the_models(signal: str) -> None:
    """On every path its gain at the end is that of the engine run on all paths at once, whose mean is the summary's."""
    state = setting(paths=paths(120, 30), watched=signal, lot_value=10.0, min_order=5.0)
    (rule,) = (one for one in state.triggers.rules if one.signal == signal)
    position = exposure(state.paths, "cross", state.ratio)
    ratio = liquidation_ratio("linear", -1.0, 3.0, 0.005)
    watched = signal_along(rule, position, state.paths.spot, state.paths.funding, liquidation_ratio=ratio)
    upkeep = Upkeep(half_width=0.08, funding_rates=state.paths.funding, lot=state.lot, min_value=state.min_value)
    made = triggered(position, rule, 0.5, watched, upkeep)
    nets = [25_000.0 * one.net(0.001, 2.0 / 25_000.0) for one in (made.course, made.constant)]
    terms = {"half_width": 0.08, "cost_rate": 0.001, "fixed_cost": 2.0}
    picture = rebalancing_picture(state, values(**terms, path=np.arange(1.0, 31.0)))
    assert picture.gain == pytest.approx(nets[0] - nets[1], abs=1e-6)
    assert np.array_equal(picture.coverage, made.coverage)
    assert picture.constant == pytest.approx(made.coverage.mean())
    one = summaries(state, *terms.values())[state.triggers.rules.index(rule)]
    assert one is not None
    assert one.gain == pytest.approx(picture.gain[:, -1].mean())
    assert one.error == pytest.approx(picture.gain[:, -1].std(ddof=1) / 30**0.5)
    assert one.annual_cost == pytest.approx(25_000 * made.course.cost(0.001, 2 / 25_000)[:, -1].mean() / (120 / 365))
    assert one.better == np.mean(picture.gain[:, -1] >= 0.005)
    assert (one.share_on, one.coverage) == pytest.approx((made.is_on.mean(), made.coverage.mean()))
    for path in (0, 17):
        told = np.full(120, 0.5)
        for change in changes(state, path):
            assert change.before == told[change.day]
            assert change.signal == watched[path, change.day]
            told[change.day :] = change.after
        assert told.tolist() == made.coverage[path].tolist()


def test_no_rule_is_worked_out_unless_one_is_looked_at() -> None:
    """Nothing chosen, no funding, or a sold call: nothing is drawn, and the sliders' tables are no larger."""
    for state in (setting(), SETTINGS[9], setting(kind="option", watched="volatility")):
        picture = rebalancing_picture(state, values(path=np.arange(1.0, 31.0)))
        assert len(picture.gain) == len(picture.coverage) == 1
        assert np.isnan(picture.gain).all()
    assert summaries(SETTINGS[9], 0.08, 0.001, 0.0)[1] is None


def test_windows_that_overlap_tell_less() -> None:
    """Of paths four of which share each day a quarter counts: the error of their mean is twice as large."""
    state = setting(watched="drift")
    (alone, shared) = (
        summaries(replace(state, paths=replace(state.paths, overlap=overlap)), 0.08, 0.001, 0.0)[2]
        for overlap in (1.0, 4.0)
    )
    assert alone is not None
    assert shared is not None
    assert shared.error == pytest.approx(2 * alone.error)
    assert shared.gain == alone.gain


# ---- what does not exist is a sentence -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "changes", "case"),
    [
        (setting(paths=paths(hedge_volatility=0.0)), {}, 3),
        (setting(), {"cost_rate": 0.0}, 4),
        (setting(kind="cross", hedge_ratio=1.0, paths=paths(hedge_volatility=0.85, correlation=1.0)), {}, 5),
        (setting(wealth=1e9), {}, 2),
    ],
)
def test_no_band_is_a_sentence(state: RebalancingSetting, changes: dict[str, float], case: int) -> None:
    """A hedge that stands still, a free trade, a twin coin, a risk too small to care: words, never a made-up band."""
    picture = rebalancing_picture(state, values(**changes))
    assert words.story(picture)["case"][0] == case


def test_without_funding_the_rule_is_missing() -> None:
    """A rule on funding without rates has no figures, and the note says so."""
    picture = rebalancing_picture(SETTINGS[6], values())
    funding = RULES.index("funding")
    assert np.isnan(picture.annual_cost[0, funding])
    assert np.isnan(picture.net_quantiles[0, funding]).all()
    assert words.story(picture)["has_rules"][0] == 2
    assert np.isfinite(np.delete(picture.annual_cost[0], funding)).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"position_value": float("nan")}, r"position, \$, must be a finite number"),
        ({"position_value": 0.0}, r"position, \$, must be a finite number from 1"),
        ({"wealth": 1e13}, r"wealth, \$, must be"),
        ({"hedge_ratio": 50.0}, "hedge ratio must be a finite number from -20 to 20, not 50"),
        ({"kind": "nothing"}, "what is hedged must be one of"),
        ({"hedge_ratio": 0.0, "paths": paths(correlation=0.0)}, "must not be 0, as it is with a correlation of 0"),
        ({"hedge_ratio": 0.0, "paths": paths(hedge_volatility=0.0)}, "volatility must be above 0"),
        ({"other": "band"}, "rule to compare with must be one of"),
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any], words: str) -> None:
    """Each with a sentence that names the thing, the rule and the value."""
    with pytest.raises(InputError, match=words):
        setting(**changes)
