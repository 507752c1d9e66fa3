"""The lab's charts and words: an update equals a new page, a table's row its picture, figures those of plain numpy."""

from typing import Any

import numpy as np
import pytest

from hedge_widgets.market.facts import contract
from hedge_widgets.model.hedge_ratio import newey_west
from hedge_widgets.model.hedge_ratio.picture import RATIO_HIGH, RATIO_LOW, RatioSetting, ratio_picture
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS, HORIZONS, HedgeStudy
from hedge_widgets.pages.hedge_ratio import charts, words
from hedge_widgets.pages.hedge_ratio.controls import SLIDERS
from tests.charts.explorer_charts import Charts, texts

DAY = 86_400_000.0


def prices(n: int = 700, seed: int = 5, beta: float = 1.4) -> tuple[Any, Any]:
    """Return the closes of a coin and its hedge whose true ratio is ``beta``."""
    draw = np.random.default_rng(seed)
    hedge = draw.standard_t(5, n) * 0.02
    spot = beta * hedge + draw.standard_t(5, n) * 0.025
    return 100 * np.cumprod(1 + np.clip(spot, -0.5, 0.5)), 30_000 * np.cumprod(1 + hedge)


def setting(estimator: str = "least_squares", seed: int = 5, **choices: Any) -> RatioSetting:
    """Return a page's setting on made-up prices."""
    spot, hedge = prices(seed=seed)
    study = HedgeStudy(spot, hedge, factor_prices=hedge, **choices)
    return RatioSetting(
        study=study,
        dates=1.6e12 + DAY * study.horizon * np.arange(len(study)),
        estimator=estimator,
        position_value=25_000.0,
        hedge_price=float(hedge[-1]),
        contract=contract("Binance USD-M BTCUSDT"),
    )


SETTINGS = (
    setting(),
    setting("kalman", seed=6),
    setting("vasicek", seed=7, horizon=3),
    setting("on_falls", kind="log"),
)


PAGE = Charts(
    topic="hedge_ratio",
    charts=charts,
    keys=("effect", "scatter", "rolling", "correlation", "equity"),
    picture=ratio_picture,
    settings=SETTINGS,
    sliders=SLIDERS,
    start={"ratio": 1.0, "window": 90.0, "days_ago": 0.0, "target": 0.3},
    busy={"ratio": 1.3},
    readouts=texts(words),
    marks=(words.MARKS, words.marks, words.REMARKS),
)
values = PAGE.values


@pytest.mark.parametrize("window", [30.0, 90.0, 360.0])
@pytest.mark.parametrize("days_ago", [0.0, 60.0])
def test_the_figures_are_those_of_numpy(window: float, days_ago: float) -> None:
    """Ratio, correlation and volatilities are polyfit's, corrcoef's and std's of the window that ends on the day."""
    state = SETTINGS[0]
    picture = ratio_picture(state, values(window=window, days_ago=days_ago))
    end = len(state.study) - int(days_ago)
    spot, hedge = (leg[end - int(window) : end] for leg in (state.study.spot, state.study.hedge))
    assert picture.estimated[0] == pytest.approx(np.polyfit(hedge, spot, 1)[0], rel=1e-9)
    assert picture.correlation[0] == pytest.approx(np.corrcoef(spot, hedge)[0, 1], rel=1e-9)
    assert picture.spot_volatility[0] == pytest.approx(np.std(spot, ddof=1) * 365**0.5, rel=1e-9)
    assert picture.hedge_volatility[0] == pytest.approx(np.std(hedge, ddof=1) * 365**0.5, rel=1e-9)
    shown = picture.scatter_hedge[0]
    np.testing.assert_array_equal(shown[np.isfinite(shown)], hedge)


def test_your_ratio_out_of_sample_is_that_of_a_constant_walk() -> None:
    """The variance your constant ratio removed is counted on the days of the estimator's walk."""
    state = SETTINGS[0]
    for ratio in (-0.5, 0.0, 1.0, 2.5):
        picture = ratio_picture(state, values(ratio=ratio))
        days = slice(90, len(state.study))
        spot, hedge = state.study.spot[days], state.study.hedge[days]
        expected = 1 - np.var(spot - ratio * hedge) / np.var(spot)
        assert picture.own_effectiveness[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    one = ratio_picture(state, values(ratio=1.0))
    assert one.own_effectiveness[0] == pytest.approx(one.one_effectiveness[0], rel=1e-9)
    np.testing.assert_allclose(one.equity_own[0], np.broadcast_to(one.equity_one, one.equity_own.shape)[0], rtol=1e-9)


def test_the_equity_is_the_product_of_the_returns() -> None:
    """One dollar before the walk becomes the product of 1 + simple return, also where log returns are studied."""
    for state, (spot_prices, hedge_prices) in ((SETTINGS[0], prices()), (SETTINGS[3], prices())):
        picture = ratio_picture(state, values(ratio=0.5))
        spot, hedge = (np.diff(leg)[90:] / leg[90:-1] for leg in (spot_prices, hedge_prices))
        alone = np.broadcast_to(picture.equity_spot, (1, picture.grid.size))
        assert alone[0, -1] == pytest.approx(np.prod(1 + spot), rel=1e-9)
        assert picture.equity_own[0, -1] == pytest.approx(np.prod(1 + spot - 0.5 * hedge), rel=1e-9)


def test_a_return_over_a_gap_counts_as_what_it_is_in_a_day() -> None:
    """Twenty days without a price cost twenty returns; the one over them is divided by the root of its 21 days."""
    spot, hedge = prices()
    holed = spot.copy()
    holed[300:320] = np.nan
    study = HedgeStudy(holed, hedge)
    assert len(study) == len(spot) - 1 - 20
    assert not {*range(300, 320)} & {*study.rows}
    gap = int(np.flatnonzero(study.rows == 320)[0])
    assert study.spans[gap] == 21
    assert study.spot[gap] == pytest.approx((spot[320] / spot[299] - 1) / 21**0.5)
    assert study.simple_hedge[gap] == pytest.approx(hedge[320] / hedge[299] - 1)
    others = np.delete(np.arange(len(study)), gap)
    np.testing.assert_allclose(study.spot[others], (np.diff(spot) / spot[:-1])[study.rows[others] - 1])


def test_the_interval_is_robust_and_one_everywhere() -> None:
    """Sentence, tile, chart and verdict have the robust interval of the day; it is counted against later slopes."""
    state = SETTINGS[0]
    picture = ratio_picture(state, values())
    spot, hedge = state.study.spot, state.study.hedge
    expected = newey_west(spot[-90:], hedge[-90:])
    assert (picture.low[0], picture.high[0]) == pytest.approx((expected.low, expected.high))
    assert picture.standard_error[0] == pytest.approx(expected.standard_error)
    band = np.broadcast_to(picture.rolling_low, (1, picture.grid.size))
    assert band[0, -1] == pytest.approx(expected.low)
    starts = [place - 89 for place in range(len(spot) - 1, 88, -10) if place + 90 <= len(spot) - 1]
    ends = [newey_west(spot[k : k + 90], hedge[k : k + 90]) for k in starts]
    after = [np.polyfit(hedge[k + 90 : k + 180], spot[k + 90 : k + 180], 1)[0] for k in starts]
    held = np.mean([one.low <= slope <= one.high for one, slope in zip(ends, after, strict=True)])
    assert float(np.ravel(picture.held_ahead)[0]) == pytest.approx(held)
    column = words.story(picture)
    assert column["verdict"][0] == (4 if not picture.low[0] <= 1 <= picture.high[0] else 3)


@pytest.mark.parametrize("n", [40, 92, 150, 361])
def test_a_short_history_has_a_page(n: int) -> None:
    """Where the window leaves nothing to walk over, the walk's figures are missing and the sentence says so."""
    spot, hedge = (leg[:n] for leg in prices())
    study = HedgeStudy(spot, hedge)
    state = RatioSetting(
        study=study,
        dates=1.6e12 + DAY * np.arange(len(study)),
        estimator="least_squares",
        position_value=1_000.0,
        hedge_price=100.0,
        contract=None,
    )
    for window in (30.0, 90.0, 360.0):
        picture = ratio_picture(state, values(window=window))
        PAGE.parts(picture)
        has_walk = len(study) - study.window_days(window) >= 2
        assert np.isfinite(np.asarray(picture.walk_effectiveness)).all() == has_walk
        assert (words.story(picture)["light"][0] == 5) == (not has_walk)
        has_next = len(study) >= study.window_days(window) + study.window_days(90)
        assert np.isfinite(np.asarray(picture.held_ahead)).all() == has_next
        assert words.story(picture)["verdict"][0] in ((3, 4) if has_next else (1, 2))


def test_the_curve_is_red_exactly_where_the_hedge_adds_risk() -> None:
    """The red piece is the part of the curve at or below zero; it starts at 0 and at twice the least-squares ratio."""
    picture = ratio_picture(SETTINGS[0], values())
    curve, red = charts.effect_traces(picture)[:2]
    x, y, bad = curve["x"][0], curve["y"][0], red["y"][0]
    inside = (x > 1e-6) & (x < 2 * picture.estimated[0] - 1e-6)
    assert np.isnan(bad[inside]).all()
    assert (bad[~inside] <= 1e-9).all()
    assert np.nanmax(y) == pytest.approx(picture.correlation[0] ** 2, abs=2e-3)


def test_the_two_slopes_are_both_drawn_and_differ_by_correlation_squared() -> None:
    """The slope of coin on hedge and that of the inverted regression are drawn; their quotient is rho squared."""
    picture = ratio_picture(SETTINGS[0], values())
    _, inverted, right, own, _ = charts.scatter_traces(picture)

    def slope(trace: Any) -> float:
        return float(np.diff(trace["y"][0])[0] / np.diff(trace["x"][0])[0])

    spot, hedge = picture.scatter_spot[0], picture.scatter_hedge[0]
    shown = np.isfinite(hedge)
    assert slope(right) == pytest.approx(np.polyfit(hedge[shown], spot[shown], 1)[0])
    assert slope(inverted) == pytest.approx(1 / np.polyfit(spot[shown], hedge[shown], 1)[0])
    assert slope(right) / slope(inverted) == pytest.approx(picture.correlation[0] ** 2)
    assert slope(own) == pytest.approx(1.0)


def test_no_later_price_changes_an_estimate() -> None:
    """What is shown for a day knows nothing of the days after it: other prices after it leave every figure."""
    spot, hedge = prices()
    cut = 400
    other = prices(seed=99)
    pasted = [
        np.concatenate([a[:cut], b[cut:] * a[cut - 1] / b[cut - 1]]) for a, b in zip((spot, hedge), other, strict=True)
    ]
    for estimator in ESTIMATORS:
        paths = [HedgeStudy(*legs).ratio_path(estimator, 90)[: cut - 1] for legs in ((spot, hedge), pasted)]
        np.testing.assert_allclose(paths[0], paths[1], rtol=1e-9, err_msg=estimator)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_a_day_without_enough_returns_has_no_estimate(horizon: int) -> None:
    """Before the first whole window every figure of it is missing, and the sentence says so."""
    state = setting(horizon=horizon)
    picture = ratio_picture(state, values(window=360.0, days_ago=2520.0))
    assert np.isnan(picture.estimated[0])
    assert words.story(picture)["case"][0] == 1
    assert np.isnan(words.tiles(picture)["coverage"][0])


def test_a_coin_hedged_with_itself() -> None:
    """Ratio and correlation are 1, nothing is left, and the sentence says that it is so by definition."""
    spot, _ = prices()
    study = HedgeStudy(spot, spot)
    state = RatioSetting(
        study=study,
        dates=1.6e12 + DAY * np.arange(len(study)),
        estimator="least_squares",
        position_value=1_000.0,
        hedge_price=100.0,
        contract=None,
    )
    picture = ratio_picture(state, values(target=0.1))
    assert picture.estimated[0] == pytest.approx(1.0)
    assert picture.correlation[0] == pytest.approx(1.0)
    assert picture.walk_effectiveness[0] == pytest.approx(1.0)
    assert words.story(picture)["case"][0] == 2
    assert words.tiles(picture)["coverage"][0] == pytest.approx(1 - 0.1 / picture.spot_volatility[0], rel=1e-6)


def test_the_risk_budget_is_met() -> None:
    """Shorting the ratio that the tile names leaves the volatility asked for, and no less can be had than the floor."""
    state = SETTINGS[0]
    picture = ratio_picture(state, values())
    floor = picture.spot_volatility[0] * np.sqrt(1 - picture.correlation[0] ** 2)
    for share in (0.05, 0.5, 0.95):
        target = floor + share * (picture.spot_volatility[0] - floor)
        tile = words.tiles(ratio_picture(state, values(target=target)))
        spot, hedge = (leg[-90:] for leg in (state.study.spot, state.study.hedge))
        left = np.std(spot - tile["needed"][0] * hedge, ddof=1) * 365**0.5
        assert left == pytest.approx(target, rel=1e-9)
        assert tile["budget"][0] == 0
    assert words.tiles(ratio_picture(state, values(target=0.99 * floor)))["budget"][0] == 1
    assert words.tiles(ratio_picture(state, values(target=1.01 * picture.spot_volatility[0])))["budget"][0] == 2


def test_the_order_is_in_whole_lots() -> None:
    """The rounded ratio is what whole lots of the contract reach; an order below the minimum reaches 0."""
    state = SETTINGS[0]
    picture = ratio_picture(state, values(ratio=1.234))
    n = picture.n_contracts[0]
    assert n == pytest.approx(round(n / 0.001) * 0.001)
    assert picture.rounded[0] == pytest.approx(n * state.hedge_price / state.position_value)
    assert abs(picture.rounded[0] - 1.234) <= 0.0005 * state.hedge_price / state.position_value + 1e-12
    small = ratio_picture(state, values(ratio=1e-4))
    assert small.rounded[0] == 0
    assert words.tiles(small)["order"][0] == 2


def test_the_ends_of_the_ratio_slider_are_those_of_the_axis() -> None:
    """The slider reaches exactly the ratios that the curve shows."""
    places = next(spec.positions for spec in SLIDERS if spec.field == "ratio")
    assert (places[0], places[-1]) == (RATIO_LOW, RATIO_HIGH)
