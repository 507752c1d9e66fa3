"""One way of treating time: files with days left out tell the same of the same coins, on every page."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets.market.history import History
from hedge_widgets.market.market import Market
from hedge_widgets.market.prices import day_numbers, load_prices, log_returns
from hedge_widgets.model.hedge_ratio import ordinary_least_squares, return_moments
from hedge_widgets.model.hedge_ratio.returns import Estimate, spanned_returns
from hedge_widgets.model.hedge_ratio.study import HedgeStudy
from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.pages.carry.page import CarryExplorer
from hedge_widgets.pages.hedge_ratio.page import HedgeRatioLab
from hedge_widgets.pages.hedge_ratio.tables import uneven_words
from hedge_widgets.pages.margin.page import MarginExplorer
from hedge_widgets.pages.rebalancing.page import RebalancingExplorer

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"
CUTS: dict[str, Any] = {
    "daily": lambda prices: prices,
    "weekly": lambda prices: prices.iloc[::-7].iloc[::-1],
    "third": lambda prices: prices.iloc[::-3].iloc[::-1],
    "weekday": lambda prices: prices[prices.index.day_of_week < 5],
    "holes": lambda prices: prices.drop(prices.index[5::11]),
}


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.floats(0.0, 0.9), st.floats(-0.004, 0.004))
def test_missing_days_leave_volatility_correlation_and_beta(seed: int, missing: float, trend: float) -> None:
    """Known truth, days left out at random: within five standard errors of as many returns, however they are spaced."""
    rng = np.random.default_rng(seed)
    hedge = rng.normal(trend, 0.03, 3_000)
    spot = 1.3 * hedge + rng.normal(0.0, 0.02, 3_000)
    levels = np.exp(np.cumsum(np.column_stack([spot, hedge]), axis=0))
    days = np.flatnonzero(rng.random(3_000) >= missing)
    returns, spans, _ = spanned_returns(levels[days], days, kind="log")
    volatility, hedge_volatility, correlation, beta = return_moments(returns[:, 0], returns[:, 1], 365.0, spans)
    error = 5.0 / np.sqrt(2 * len(returns))
    assert volatility == pytest.approx((1.3**2 * 0.03**2 + 0.02**2) ** 0.5 * 365**0.5, rel=error)
    assert hedge_volatility == pytest.approx(0.03 * 365**0.5, rel=error)
    rho = 1.3 * 0.03 / np.hypot(1.3 * 0.03, 0.02)
    assert correlation == pytest.approx(rho, abs=5.0 * (1 - rho**2) / np.sqrt(len(returns)))
    assert beta == pytest.approx(1.3, abs=5.0 * 0.02 / 0.03 / np.sqrt(len(returns)))


def test_the_moments_are_least_squares_of_mixed_spans() -> None:
    """Variance and slope are those of a regression on the days, weighted by one over them."""
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    spans = rng.integers(1, 9, 60)
    hedge = rng.normal(0.01 * spans, 0.03 * np.sqrt(spans))
    spot = 1.2 * hedge + rng.normal(0.0, 0.02 * np.sqrt(spans))
    volatility, _, _, beta = return_moments(spot, hedge, 365.0, spans)
    trend = sm.WLS(spot, spans.astype(float), weights=1.0 / spans).fit()
    assert volatility == pytest.approx(np.sqrt(trend.scale * 365.0))
    line = sm.WLS(spot, np.column_stack([spans, hedge]), weights=1.0 / spans).fit()
    assert beta == pytest.approx(line.params[1])


def test_windows_are_days_in_the_lab() -> None:
    """On weekdays alone, 90 days hold the 64 or 65 returns that end in them, at every place."""
    rng = np.random.default_rng(5)
    days = np.flatnonzero(np.arange(1_000) % 7 < 5)
    levels = np.exp(np.cumsum(rng.normal(0.0, 0.03, (1_000, 2)), axis=0))[days]
    study = HedgeStudy(levels[:, 0], levels[:, 1], days=days)
    rolling = study.rolling(90.0)
    for place in (90, 300, len(study) - 1):
        inside = (study.days > study.days[place] - 90) & (study.days <= study.days[place])
        assert rolling.n_returns[place] == np.count_nonzero(inside)
        assert rolling.hedge_ratio[place] == pytest.approx(estimate(study, 90.0, place).hedge_ratio)
    walk = study.walk("least_squares", 90.0)
    assert walk is not None
    assert (np.diff(study.days[walk.starts]) >= 28).all()
    assert (np.diff(study.days[walk.starts]) <= 33).all()


def test_a_return_goes_from_month_to_month_in_the_lab() -> None:
    """First days of months, 28 to 31 days apart: no price is passed over, and the sentence says what is there."""
    days = pd.date_range("2022-01-01", periods=40, freq="MS")
    rng = np.random.default_rng(5)
    levels = np.exp(np.cumsum(rng.normal(0.0, 0.1, (40, 2)), axis=0))
    study = HedgeStudy(levels[:, 0], levels[:, 1], days=day_numbers(days))
    assert study.spans.tolist() == np.diff(day_numbers(days)).tolist()
    assert np.allclose(study.spot, np.diff(levels[:, 0]) / levels[:-1, 0] * np.sqrt(study.horizon / study.spans))
    said = uneven_words(study)
    assert "but 16 of 39 span 28 to 30 days" in said
    assert "A return over more or fewer days counts" in said
    one_gap = np.delete(np.arange(80), [40, 41])
    levels = np.exp(np.cumsum(rng.normal(0.0, 0.1, (78, 2)), axis=0))
    assert "but 1 of 77 span 3 days" in uneven_words(HedgeStudy(levels[:, 0], levels[:, 1], days=one_gap))


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    """Return three coins of the real file, its last 1,500 days."""
    if not REAL.exists():
        pytest.skip("waits for shared/data/prices_daily.csv beside the checkout")
    return load_prices(REAL)[["BTC", "ETH", "SOL"]].iloc[-1_500:]


@pytest.mark.parametrize("cut", [name for name in CUTS if name != "daily"])
def test_cuts_of_real_prices_agree(real: pd.DataFrame, cut: str) -> None:
    """Volatility, correlation and beta of SOL on BTC over all days: within the error that fat tails leave."""
    found = []
    for prices in (real, CUTS[cut](real)):
        returns, spans, _ = log_returns(prices, ("SOL", "BTC"), 1_499)
        found.append(return_moments(returns[:, 0], returns[:, 1], 365.0, spans))
        n = len(returns)
    errors = [3.0 / n**0.5 * found[0][0], 3.0 / n**0.5 * found[0][1], 3.0 / n**0.5, 6.0 / n**0.5]
    for daily, other, error in zip(*found, errors, strict=True):
        assert other == pytest.approx(daily, abs=error)


def estimate(study: HedgeStudy, window: float, place: int) -> Estimate:
    """Return the least-squares estimate of the returns in the window that ends at a place."""
    rows = study.inside(window, place)
    return ordinary_least_squares(study.spot[rows], study.hedge[rows])


def figures(prices: pd.DataFrame) -> dict[str, float]:
    """Return what each page estimates of SOL and BTC from a frame of prices."""
    market = Market(history=History(prices=prices, badge="", source="a test"), window=365)
    simulator = market.figures(Portfolio.of({"SOL": (1.0, 1.0)}), "BTC")
    lab = HedgeRatioLab(prices)
    study = lab._setting.study
    one = estimate(study, 360.0, len(study) - 1)
    margin, carry, rebalancing = MarginExplorer(prices), CarryExplorer(prices), RebalancingExplorer(prices)
    rebalancing.controls.show({"coin": "SOL", "asset": "BTC"})
    rebalancing._follow_coins()
    fields = rebalancing.controls.fields()
    year = study.periods_per_year**0.5
    return {
        "simulator: volatility of SOL, 365 days": simulator.spot_volatility,
        "simulator: volatility of BTC": simulator.hedge_volatility,
        "simulator: correlation": simulator.correlation,
        "simulator: beta": simulator.beta,
        "margin: volatility of BTC, 90 days": Market(history=margin._history).volatility("BTC").value,
        "carry: volatility of BTC, 90 days": carry._market.volatility("BTC").value,
        "rebalancing: volatility of SOL, 365 days": fields["spot_volatility"],
        "rebalancing: volatility of BTC": fields["hedge_volatility"],
        "rebalancing: correlation": fields["correlation"],
        "lab: volatility of SOL, 360 days": year * one.spot_volatility,
        "lab: volatility of BTC": year * one.hedge_volatility,
        "lab: correlation": one.correlation,
        "lab: slope": one.hedge_ratio,
    }


def test_every_page_takes_every_cut(real: pd.DataFrame) -> None:
    """All pages take all cuts, agree with each other on each, and with the daily file within a year's error."""
    daily = figures(real)
    for cut in ("weekly", "weekday", "holes"):
        found = figures(CUTS[cut](real))
        assert found["margin: volatility of BTC, 90 days"] == found["carry: volatility of BTC, 90 days"]
        for name, value in found.items():
            assert value == pytest.approx(daily[name], rel=0.35 if cut == "weekly" else 0.2), (cut, name)
        for name in ("volatility of BTC", "correlation"):
            assert found[f"lab: {name}"] == pytest.approx(found[f"simulator: {name}"], rel=0.06)
            assert found[f"rebalancing: {name}"] == pytest.approx(found[f"simulator: {name}"], abs=1e-4)


def test_one_zero_close_blocks_no_page() -> None:
    """F12: it is a missing price on every page, and F3: weekly prices give one volatility, near the true 61 %."""
    rng = np.random.default_rng(11)
    moves = rng.multivariate_normal([0.0, 0.0], np.array([[1.0, 0.7], [0.7, 1.0]]) * 0.61**2 * 7 / 365, 150)
    days = pd.date_range("2022-01-03", periods=150, freq="7D", name="date")
    weekly = pd.DataFrame(100.0 * np.exp(np.cumsum(moves, axis=0)), index=days, columns=["BTC", "SOL"])
    found = [figures(weekly)]
    weekly.iloc[-20] = 0.0
    found.append(figures(weekly))
    for each in found:
        assert each["margin: volatility of BTC, 90 days"] == pytest.approx(0.61, rel=0.35)
        assert each["carry: volatility of BTC, 90 days"] == each["margin: volatility of BTC, 90 days"]
        assert each["lab: volatility of BTC"] == pytest.approx(each["simulator: volatility of BTC"], rel=0.1)
