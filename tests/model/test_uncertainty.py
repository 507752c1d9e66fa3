"""Intervals: against scipy, arch and the bootstrap's own theory, and how often they hold the truth."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.hedge_ratio import (
    block_bootstrap,
    coverage_study,
    effectiveness_interval,
    fisher_interval,
    newey_west,
    ordinary_least_squares,
)
from hedge_widgets.model.hedge_ratio.study import HedgeStudy
from hedge_widgets.model.hedge_ratio.uncertainty import resample_counts
from hedge_widgets.model.limits import InputError

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"
Array = np.ndarray[Any, np.dtype[np.float64]]


def pair(n: int = 365, seed: int = 3) -> tuple[Array, Array]:
    """Return n returns of a coin and its hedge, with volatility that clusters."""
    rng = np.random.default_rng(seed)
    wild = np.exp(np.convolve(rng.normal(0, 0.5, n + 9), np.ones(10) / 3, "valid"))
    hedge = 0.03 * wild * rng.standard_normal(n)
    return 1.3 * hedge + 0.025 * wild * rng.standard_normal(n), hedge


# Fisher


@pytest.mark.parametrize("correlation", [-0.95, -0.3, 0.0, 0.7])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_fisher_against_scipy(correlation: float, confidence: float) -> None:
    """The interval is scipy's for a sample with that correlation."""
    from scipy.stats import pearsonr

    base = np.random.default_rng(0).standard_normal((50, 2))
    x, y = np.linalg.qr(base - base.mean(axis=0))[0].T
    z = correlation * x + (1 - correlation**2) ** 0.5 * y
    found = fisher_interval(correlation, 50, confidence)
    assert found == pytest.approx(tuple(pearsonr(x, z).confidence_interval(confidence)), abs=1e-9)


def test_fisher_by_hand() -> None:
    """model.md 3.2: 90 points and 0.7 give 0.58 to 0.79, so an effectiveness from 33 % to 63 %."""
    assert fisher_interval(0.7, 90) == pytest.approx((0.5765, 0.7922), abs=5e-5)
    assert effectiveness_interval(0.7, 90) == pytest.approx((0.3323, 0.6277), abs=5e-5)


def test_fisher_where_there_is_nothing_to_say() -> None:
    """No interval from three returns or without a correlation; no width at 1 and -1; arrays hold NaN."""
    assert fisher_interval(0.5, 3) == (None, None)
    assert fisher_interval(1.0, 2) == (None, None)
    assert fisher_interval(None, 90) == (None, None)
    assert effectiveness_interval(None, 90) == (None, None)
    assert fisher_interval(1.0, 90) == (1.0, 1.0)
    assert fisher_interval(-1.0, 4) == (-1.0, -1.0)
    assert effectiveness_interval(-1.0, 90) == (1.0, 1.0)
    low, high = fisher_interval(np.array([0.7, np.nan, 1.0, 0.7]), np.array([90, 90, 90, 3]))
    assert low == pytest.approx([0.576477, np.nan, 1, np.nan], abs=1e-6, nan_ok=True)
    assert high == pytest.approx([0.792244, np.nan, 1, np.nan], abs=1e-6, nan_ok=True)
    with pytest.raises(InputError, match=r"correlation must be from -1 to 1, not 1.1"):
        fisher_interval(np.array([0.5, 1.1]), 90)


@given(st.floats(-1, 1), st.integers(4, 500), st.floats(0.5, 0.99))
def test_intervals_hold_their_estimate(correlation: float, n: int, confidence: float) -> None:
    """Low to high holds the estimate, mirrors with its sign, and effectiveness is all squares of what lies between."""
    low, high = fisher_interval(correlation, n, confidence)
    assert -1 <= low <= correlation + 1e-12
    assert correlation - 1e-12 <= high <= 1
    assert fisher_interval(-correlation, n, confidence) == pytest.approx((-high, -low))
    ends = effectiveness_interval(correlation, n, confidence)
    between = np.append(np.linspace(low, high, 2001), 0.0 if low < 0 < high else low) ** 2
    assert ends == pytest.approx((between.min(), between.max()), abs=1e-12)
    assert effectiveness_interval(-correlation, n, confidence) == pytest.approx(ends)


# bootstrap


@pytest.mark.parametrize("mean_block", [1.0, 4.5, 20.0])
def test_resampled_rows_follow_politis_and_romano(mean_block: float) -> None:
    """Every history has n rows, each row alike often, and its mean the variance that theory gives the ring."""
    n, draws = 60, 20_000
    counts = resample_counts(n, draws, mean_block, np.random.default_rng(1))
    assert counts.shape == (draws, n)
    assert (counts.sum(axis=1) == n).all()
    values = np.cumsum(np.random.default_rng(2).standard_normal(n))
    values -= values.mean()
    means = counts @ values / n
    stay = (1 - 1 / mean_block) ** np.arange(1, n)
    covariances = np.array([values @ np.roll(values, -lag) for lag in range(n)]) / n
    expected = (covariances[0] + 2 * ((1 - np.arange(1, n) / n) * stay) @ covariances[1:]) / n
    assert means.mean() == pytest.approx(0, abs=4 * (expected / draws) ** 0.5)
    assert means.var() == pytest.approx(expected, rel=0.06)


def test_bootstrap_against_arch() -> None:
    """The percentiles of ratio and effectiveness are those of arch's stationary bootstrap, within its own noise."""
    from arch.bootstrap import StationaryBootstrap

    spot, hedge = pair()
    found = block_bootstrap(spot, hedge, draws=4_000, mean_block=7, seed=11)

    def figures(y: Array, x: Array) -> Array:
        moments = np.cov(y, x)
        return np.array([moments[0, 1] / moments[1, 1], moments[0, 1] ** 2 / moments[0, 0] / moments[1, 1]])

    referee = StationaryBootstrap(7, spot, hedge, seed=5).apply(figures, 4_000)
    for ours, theirs in zip((found.hedge_ratios, found.effectiveness), referee.T, strict=True):
        noise = 4 * theirs.std() / 4_000**0.5
        assert ours.mean() == pytest.approx(theirs.mean(), abs=1.5 * noise)
        assert ours.std() == pytest.approx(theirs.std(), rel=0.08)
        assert np.quantile(ours, [0.025, 0.975]) == pytest.approx(np.quantile(theirs, [0.025, 0.975]), abs=4 * noise)


def test_draws_are_histories_of_these_rows() -> None:
    """Each draw's ratio and effectiveness are those of its own rows, repeated as often as they were drawn."""
    spot, hedge = pair(50)
    found = block_bootstrap(spot, hedge, draws=20, mean_block=5, seed=4)
    counts = resample_counts(50, 20, 5.0, np.random.default_rng(4)).astype(int)
    for draw, count in enumerate(counts):
        one = ordinary_least_squares(np.repeat(spot, count), np.repeat(hedge, count))
        assert found.hedge_ratios[draw] == pytest.approx(one.hedge_ratio, rel=1e-9)
        assert found.effectiveness[draw] == pytest.approx(one.effectiveness, rel=1e-9)


def test_bootstrap_is_reproducible() -> None:
    """Equal seeds give equal draws, others others; missing pairs are as if they were not there; blocks are n^(1/3)."""
    spot, hedge = pair(200)
    first = block_bootstrap(spot, hedge, 50)
    np.testing.assert_array_equal(first.hedge_ratios, block_bootstrap(spot, hedge, 50, seed=0).hedge_ratios)
    assert (first.hedge_ratios != block_bootstrap(spot, hedge, 50, seed=1).hedge_ratios).all()
    gaps = np.insert(spot, [3, 90], np.nan), np.insert(hedge, [3, 90], 0.5)
    np.testing.assert_array_equal(first.hedge_ratios, block_bootstrap(*gaps, 50).hedge_ratios)
    assert first.mean_block == pytest.approx(200 ** (1 / 3))


def test_the_length_of_history_does_not_matter() -> None:
    """A history too long to resample at once is drawn in parts, and all draws are there."""
    spot, hedge = pair(30_000)
    found = block_bootstrap(spot, hedge, 70)
    assert found.hedge_ratios.shape == found.effectiveness.shape == (70,)
    assert len(np.unique(found.hedge_ratios)) == 70
    assert found.hedge_ratios.mean() == pytest.approx(ordinary_least_squares(spot, hedge).hedge_ratio, abs=0.05)


def test_interval_of_the_draws() -> None:
    """The percentiles hold the share of draws they say, around the estimate."""
    spot, hedge = pair()
    found = block_bootstrap(spot, hedge, 1_000)
    (low, high), (worst, best) = found.interval(0.9)
    assert np.mean((found.hedge_ratios >= low) & (found.hedge_ratios <= high)) == pytest.approx(0.9, abs=0.003)
    estimate = ordinary_least_squares(spot, hedge)
    assert low < estimate.hedge_ratio < high
    assert worst < estimate.effectiveness < best
    (wider, _), _ = found.interval(0.99)
    assert wider < low


def test_bootstrap_of_what_stands_still() -> None:
    """A still hedge gives no ratio and no interval, a still spot the ratio 0; draws of one row alone are undefined."""
    spot, hedge = pair(60)
    found = block_bootstrap(spot, np.full(60, 0.1), 20)
    assert np.isnan(found.hedge_ratios).all()
    assert found.interval() == ((None, None), (None, None))
    found = block_bootstrap(np.full(60, 0.1), hedge, 20)
    assert found.interval() == ((0.0, 0.0), (None, None))
    found = block_bootstrap([0.1, 0.2, 0.3], [0.1, 0.2, 0.3], 2_000, mean_block=1)
    share = np.mean(np.isnan(found.hedge_ratios))
    assert share == pytest.approx(1 / 9, abs=0.03)
    assert found.hedge_ratios[~np.isnan(found.hedge_ratios)] == pytest.approx(1)
    assert found.interval()[0] == pytest.approx((1, 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": 9}, "draws must be a whole number of at least 10, not 9"),
        ({"mean_block": 0.5}, "mean block must be a finite number from 1 to 100, not 0.5"),
        ({"mean_block": 101}, "mean block must be a finite number from 1 to 100, not 101"),
        ({"seed": None}, "seed must be a whole number of at least 0, not None"),
    ],
)
def test_bad_settings_are_refused(arguments: dict[str, Any], message: str) -> None:
    """Draws, block and seed have ranges, and a seed must be given."""
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        block_bootstrap(*pair(100), **arguments)


@pytest.mark.parametrize("n", [90, 365])
def test_bootstrap_is_fast(n: int) -> None:
    """2,000 draws of ratio and effectiveness take less than a second."""
    spot, hedge = pair(n)
    start = time.process_time()
    block_bootstrap(spot, hedge, draws=2_000)
    assert time.process_time() - start < 1.0


# how often the truth is held


def test_coverage_of_normal_returns() -> None:
    """500 normal data sets of 90 returns: t and Fisher hold the truth in 93 to 97 %, the bootstrap in at least 88 %."""
    study = coverage_study(n_returns=90, n_sets=500)
    assert 0.93 <= study.student_t <= 0.97
    assert 0.93 <= study.fisher <= 0.97
    assert 0.88 <= study.bootstrap <= 0.97


def test_coverage_of_wild_returns() -> None:
    """With Student-t(4) returns all hold it less often: t and Fisher near 79 %, the bootstrap only a little less."""
    normal, wild = (coverage_study(n_sets=4_000, degrees_of_freedom=freedom, seed=1) for freedom in (None, 4))
    assert wild.student_t == pytest.approx(0.79, abs=0.03)
    assert wild.fisher == pytest.approx(0.78, abs=0.03)
    assert wild.student_t < wild.bootstrap < normal.bootstrap < normal.student_t


def test_the_robust_interval_holds_what_it_says() -> None:
    """Of 4,000 sets of 90 returns, normal or wild, the robust 95 % interval holds the truth in 92 to 96 %."""
    for freedom in (None, 4):
        assert 0.92 <= coverage_study(n_sets=4_000, degrees_of_freedom=freedom, draws=10, seed=1).newey_west <= 0.96


def test_the_robust_interval_of_returns_that_cluster_and_follow_on() -> None:
    """Volatility that clusters (GARCH, t innovations), an autocorrelation of 0.2 in the returns: 91.5 to 96 %."""
    rng, n, sets = np.random.default_rng(2), 90, 1_000
    shocks = rng.standard_t(6, (2, n + 100, sets)) / 1.5**0.5
    variance, returns = np.ones(sets), np.zeros((2, sets))
    days = []
    for shock in shocks.transpose(1, 0, 2):
        wild = variance**0.5 * shock
        variance = 0.05 + 0.12 * np.mean(wild**2, axis=0) + 0.83 * variance
        returns = 0.2 * returns + wild
        days.append(returns)
    hedge, own = np.array(days[100:]).transpose(1, 2, 0)
    found = [newey_west(1.2 * x + e, x) for x, e in zip(hedge, own, strict=True)]
    assert 0.915 <= np.mean([one.low <= 1.2 <= one.high for one in found]) <= 0.96


@pytest.mark.skipif(not REAL.exists(), reason="waits for shared/data/prices_daily.csv beside the checkout")
def test_the_next_slope_of_real_windows() -> None:
    """Real coins on BTC, 90 days, then 90 more: textbook intervals hold 54 % of the slopes, robust ones 67 %.

    Resampled ones lie between; counted here window by window, and the study's own count agrees.
    """
    import pandas as pd

    prices = pd.read_csv(REAL, index_col=0)
    held: dict[str, list[bool]] = {"textbook": [], "robust": [], "resampled": []}
    shares = []
    for name in prices.columns.drop("BTC-USD"):
        both = prices[[name, "BTC-USD"]].dropna()
        spot, hedge = both.pct_change().iloc[1:].to_numpy().T
        for start in range(0, len(spot) - 179, 60):
            now, after = slice(start, start + 90), slice(start + 90, start + 180)
            later = np.polyfit(hedge[after], spot[after], 1)[0]
            plain, robust = ordinary_least_squares(spot[now], hedge[now]), newey_west(spot[now], hedge[now])
            low, high = block_bootstrap(spot[now], hedge[now], draws=500).interval()[0]
            held["textbook"].append(plain.low <= later <= plain.high)
            held["robust"].append(robust.low <= later <= robust.high)
            held["resampled"].append(low <= later <= high)
        study = HedgeStudy(*both.to_numpy().T)
        shares.append([study.held_ahead(90, is_robust=False), study.held_ahead(90)])
    found = {name: float(np.mean(values)) for name, values in held.items()}
    assert found["textbook"] == pytest.approx(0.54, abs=0.03)
    assert found["robust"] == pytest.approx(0.67, abs=0.03)
    assert found["textbook"] < found["resampled"] < found["robust"]
    assert np.mean(shares, axis=0) == pytest.approx([found["textbook"], found["robust"]], abs=0.04)


@given(st.floats(0.01, 50), st.floats(0.05, 0.99), st.integers(4, 40))
def test_coverage_does_not_depend_on_the_ratio(ratio: float, correlation: float, n: int) -> None:
    """The ratio is a matter of units, so the same seed holds it equally often."""
    settings: dict[str, Any] = {"n_returns": n, "n_sets": 40, "correlation": correlation, "draws": 50}
    one, other = (coverage_study(hedge_ratio=value, **settings) for value in (1.0, ratio))
    assert (one.student_t, one.newey_west, one.fisher) == (other.student_t, other.newey_west, other.fisher)


def test_the_study_against_single_estimates() -> None:
    """Its t coverage is the count over data sets estimated one by one with statsmodels on returns drawn alike."""
    import statsmodels.api as sm

    generator = np.random.default_rng(6)
    hedge = generator.standard_normal((30, 200))
    spot = 0.8 * (hedge + (1 / 0.36 - 1) ** 0.5 * generator.standard_normal((30, 200)))
    held = 0
    for y, x in zip(spot.T, hedge.T, strict=True):
        low, high = sm.OLS(y, sm.add_constant(x)).fit().conf_int(0.1)[1]
        held += low <= 0.8 <= high
    study = coverage_study(30, 200, None, 0.8, 0.6, draws=10, confidence=0.9, seed=6)
    assert study.student_t == held / 200
    assert (study.n_returns, study.n_sets, study.confidence) == (30, 200, 0.9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_returns": 3}, "returns of a data set must be a whole number of at least 4"),
        ({"n_sets": 0}, "data sets must be a whole number of at least 1"),
        ({"degrees_of_freedom": 2}, "degrees of freedom must be a finite number from 2.01"),
        ({"correlation": 0.0}, "correlation must be a finite number from 0.01"),
        ({"hedge_ratio": -1.0}, "hedge ratio must be"),
    ],
)
def test_impossible_studies_are_refused(arguments: dict[str, Any], message: str) -> None:
    """Too few returns, no variance, no correlation: each is named."""
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        coverage_study(**arguments)


def test_a_study_fits_a_notebook_cell() -> None:
    """The study with its default settings takes less than three seconds."""
    start = time.process_time()
    coverage_study(degrees_of_freedom=4)
    assert time.process_time() - start < 3.0
