"""Estimators of the hedge ratio, against statsmodels, scipy and plain numpy, and on inputs that break careless code."""

import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hedge_widgets.model.hedge_ratio import (
    Estimate,
    block_bootstrap,
    blume,
    conditional_on_falls,
    exponentially_weighted,
    horizon_returns,
    kalman,
    kalman_drift,
    minimum_variance_hedge,
    minimum_variance_hedge_of,
    newey_west,
    ordinary_least_squares,
    rolling_newey_west,
    rolling_ordinary_least_squares,
    rolling_total_least_squares,
    slope_winsorised,
    total_least_squares,
    vasicek,
)
from hedge_widgets.model.limits import InputError

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"
Array = np.ndarray[Any, np.dtype[np.float64]]


def pair(n: int = 200, ratio: float = 1.4, seed: int = 3, noise: float = 0.02) -> tuple[Array, Array]:
    """Return n returns of a coin and its hedge."""
    rng = np.random.default_rng(seed)
    hedge = rng.normal(0.001, 0.03, n)
    return ratio * hedge + rng.normal(0.002, noise, n), hedge


def market(n: int = 2_556, k: int = 18, seed: int = 5) -> Array:
    """Return returns of k coins, the first the market: listing days, gaps, a wild day and a stretch without moves."""
    rng = np.random.default_rng(seed)
    hedge = rng.standard_t(4, n) * 0.025
    coins = np.column_stack([hedge, *(b * hedge + rng.standard_t(4, n) * 0.03 for b in np.linspace(0.2, 2.0, k - 1))])
    coins[:, 3:] = np.where(np.arange(n)[:, None] < 137 * np.arange(k - 3), np.nan, coins[:, 3:])
    coins[n // 2 : n // 2 + 30, 2] = np.nan
    coins[n // 3, -1] = np.nan
    coins[n // 2, 1] = 3.57
    coins[-280:-100, 1] = 0.0
    return coins


def rolling_referee(spot: Array, hedge: Array, window: int) -> Any:
    """Return statsmodels' rolling regression with intercept, NaN where a value in the window is missing."""
    from statsmodels.regression.rolling import RollingOLS

    design = np.column_stack([np.ones(len(hedge)), hedge])
    # Its "skip" forgets to update the sums while it skips; "drop" with whole windows required is what is meant.
    return RollingOLS(spot, design, window=window, min_nobs=window, missing="drop")


# returns


def test_returns_end_at_the_last_price() -> None:
    """Spans do not overlap, are counted from the end, and a missing price spoils the two returns it stands in."""
    prices = np.array([7.0, 1.0, 2.0, 3.0, 6.0, 9.0, 18.0])
    assert horizon_returns(prices, 2) == pytest.approx([2 / 7 - 1, 2.0, 2.0])
    assert horizon_returns(prices, 5) == pytest.approx([17.0])
    assert horizon_returns(prices[:, None] * [1, 2], 6, "log") == pytest.approx(np.log([[18 / 7, 18 / 7]]))
    prices[4] = np.nan
    assert horizon_returns(prices, 2) == pytest.approx([2 / 7 - 1, np.nan, np.nan], nan_ok=True)


@given(st.integers(1, 40), st.integers(1, 12))
def test_log_returns_add_up(n: int, horizon: int) -> None:
    """The log returns over any horizon add up to the log price change over the spans they cover."""
    prices = np.exp(np.random.default_rng(n).normal(0, 0.1, n + horizon).cumsum())
    found = horizon_returns(prices, horizon, "log")
    assert len(found) == (len(prices) - 1) // horizon
    first = (len(prices) - 1) % horizon
    assert found.sum() == pytest.approx(np.log(prices[-1] / prices[first]), abs=1e-12)
    assert horizon_returns(prices, horizon) == pytest.approx(np.expm1(found))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 2.0], 2), "at least 3 rows for a return over 2, not 2"),
        (([1.0, 0.0, 2.0],), "prices must be above 0, not 0"),
        (([1.0, np.inf],), "prices must be missing or from -1e15 to 1e15, not inf at row 1"),
        (([1.0, 2.0], 1.0), "horizon must be a whole number of at least 1, not 1.0"),
        (([1.0, 2.0], 0), "horizon must be a whole number of at least 1, not 0"),
        (([1.0, 2.0], True), "horizon must be a whole number"),
        (([1.0, 2.0], 1, "geometric"), "kind of returns must be one of simple, log"),
        ((["a", "b"],), "prices must be numbers of shape"),
        ((5.0,), "prices must be numbers of shape"),
        (([[1.0], [1.0, 2.0]],), "prices must be numbers of shape"),
    ],
)
def test_bad_prices_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    """Each refusal names the thing, the rule and the value."""
    with pytest.raises(InputError, match=message):
        horizon_returns(*arguments)


# ordinary least squares


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_least_squares_against_statsmodels(confidence: float) -> None:
    """Slope, intercept, error and interval are statsmodels', with pairs that miss a value left out."""
    import statsmodels.api as sm

    spot, hedge = pair()
    spot[[3, 50]], hedge[[50, 120]] = np.nan, np.nan
    found = ordinary_least_squares(spot, hedge, confidence)
    fit = sm.OLS(spot, sm.add_constant(hedge), missing="drop").fit()
    assert (found.intercept, found.hedge_ratio) == pytest.approx(fit.params, rel=1e-10)
    assert found.standard_error == pytest.approx(fit.bse[1], rel=1e-10)
    assert (found.low, found.high) == pytest.approx(fit.conf_int(1 - confidence)[1], rel=1e-10)
    assert found.effectiveness == pytest.approx(fit.rsquared, rel=1e-10)
    assert found.n_returns == 197
    present = ~np.isnan(spot + hedge)
    assert found.spot_volatility == pytest.approx(spot[present].std(ddof=1))
    assert found.hedge_volatility == pytest.approx(hedge[present].std(ddof=1))


@given(st.integers(3, 60), st.floats(0.01, 100), st.floats(-100, -0.01), st.integers(0, 99))
def test_scale_and_order_of_the_legs(n: int, up: float, down: float, seed: int) -> None:
    """The ratio follows the legs' scales, and the slope one way times the slope the other way is rho squared."""
    spot, hedge = pair(n, seed=seed)
    found = ordinary_least_squares(spot, hedge)
    scaled = ordinary_least_squares(up * spot + 3, down * hedge - 2)
    assert scaled.hedge_ratio == pytest.approx(found.hedge_ratio * up / down, rel=1e-6)
    assert scaled.standard_error == pytest.approx(found.standard_error * up / -down, rel=1e-6)
    assert scaled.correlation == pytest.approx(-found.correlation, abs=1e-9)
    other = ordinary_least_squares(hedge, spot)
    assert found.hedge_ratio * other.hedge_ratio == pytest.approx(found.effectiveness, rel=1e-9)
    assert other.correlation == pytest.approx(found.correlation, abs=1e-12)


def test_what_stands_still() -> None:
    """A still hedge has no ratio, a still spot needs none; a constant that rounding blurs is still."""
    moves = np.array([0.01, -0.02, 0.03, 0.0, 0.01])
    blurred, denormal = 0.1 + np.array([0, 1, -1, 0, 2]) * 1e-17, np.array([0, 1e-157, 0, 0, 3e-160])
    for still in (np.zeros(5), np.full(5, 0.1), np.full(5, -1 / 3), blurred, denormal):
        found = ordinary_least_squares(moves, still)
        absent = (found.hedge_ratio, found.intercept, found.correlation, found.standard_error, found.low, found.high)
        assert absent == (None,) * 6
        assert (found.effectiveness, found.differs_from_one) == (None, None)
        assert found.hedge_volatility < 1e-15
        assert newey_west(moves, still) == found
        for name in ("rolling", "rolling robust", "rolling total", "kalman"):
            assert np.isnan(PATHS[name](np.tile(moves, 3), np.tile(still, 3))).all(), name
        found = ordinary_least_squares(still, moves)
        assert (found.hedge_ratio, found.standard_error, found.correlation) == (0, 0, None)
        assert found.intercept == pytest.approx(still[0])
        assert found.differs_from_one is True
        assert newey_west(still, moves) == found


def test_a_perfect_hedge_is_not_different_from_one() -> None:
    """The same asset has ratio 1 without error; twice the asset has ratio 2, which differs; its mirror needs a long."""
    spot, _ = pair()
    found = ordinary_least_squares(spot, spot)
    assert (found.hedge_ratio, found.correlation, found.standard_error) == pytest.approx((1, 1, 0), abs=1e-12)
    assert found.differs_from_one is False
    assert ordinary_least_squares(spot, spot / 3 * 3 * (1 + 1e-14)).differs_from_one is False
    assert newey_west(spot, spot).differs_from_one is False
    assert ordinary_least_squares(2 * spot, spot).differs_from_one is True
    assert ordinary_least_squares(spot, -spot).hedge_ratio == pytest.approx(-1)


def test_three_pairs_are_enough() -> None:
    """By hand: (0, 0), (1, 1), (2, 4) has slope 2, intercept -1/3, one degree of freedom and an error of 1/sqrt 3."""
    found = ordinary_least_squares([0, 1, 4], [0, 1, 2])
    assert (found.hedge_ratio, found.intercept) == pytest.approx((2, -1 / 3))
    assert found.standard_error == pytest.approx(3**-0.5)
    assert found.high - 2 == pytest.approx(12.706204736 * 3**-0.5)
    assert found.differs_from_one is False


def test_the_robust_error_by_hand() -> None:
    """(0, 0), (1, 1), (2, 4): residuals 1/3, -2/3, 1/3, leverages 5/6, 1/3, 5/6, pulls -2, 0, 2; error sqrt 2."""
    found = newey_west([0, 1, 4], [0, 1, 2])
    assert (found.hedge_ratio, found.standard_error) == pytest.approx((2, 2**0.5))
    assert found.high - 2 == pytest.approx(12.706204736 * 2**0.5)


@pytest.mark.parametrize("n", [8, 30, 90, 365])
def test_the_robust_error_against_statsmodels(n: int) -> None:
    """Its own sandwich of leave-one-out residuals, summed by its own Newey-West weights; the slope does not move."""
    import statsmodels.api as sm
    from statsmodels.stats.sandwich_covariance import S_hac_simple

    spot, hedge = pair(n)
    design = sm.add_constant(hedge)
    fit = sm.OLS(spot, design).fit()
    pulls = design * (fit.resid / (1 - fit.get_influence().hat_matrix_diag))[:, None]
    bread = np.linalg.inv(design.T @ design)
    covariance = bread @ S_hac_simple(pulls, nlags=int(4 * (n / 100) ** (2 / 9))) @ bread
    found, plain = newey_west(spot, hedge, 0.9), ordinary_least_squares(spot, hedge, 0.9)
    assert found.standard_error == pytest.approx(covariance[1, 1] ** 0.5, rel=1e-9)
    width = (plain.high - plain.low) * found.standard_error / plain.standard_error
    assert (found.low, found.high) == pytest.approx((fit.params[1] - width / 2, fit.params[1] + width / 2))


def test_the_rolling_robust_interval_is_that_of_each_window() -> None:
    """At each row it is the estimate of the rows of its window alone; NaN where one is missing, whatever the chunks."""
    spot, hedge = pair(700)
    spot[400] = np.nan
    for window in (6, 90):
        found = rolling_newey_west(spot, hedge, window, 0.9)
        for row in (window - 1, 333, 399, 400 + window, 699):
            rows = slice(row + 1 - window, row + 1)
            one = newey_west(spot[rows], hedge[rows], 0.9)
            ends = (found.standard_error[row], found.low[row], found.high[row])
            assert ends == pytest.approx((one.standard_error, one.low, one.high), rel=1e-7)
        assert np.isnan(found.low[: window - 1]).all()
        assert np.isnan(found.low[400 : 400 + window]).all()
    assert np.isnan(rolling_newey_west(spot, hedge, 701).low).all()


def test_bounded_returns_by_hand() -> None:
    """With delta 3 a return stays between -2 and +4 times the hedge's, whichever of the two is lower."""
    spot, hedge = [0.50, -0.50, 0.50, -0.50, 0.03, 0.2, np.nan], [0.1, 0.1, -0.1, -0.1, 0.02, 0.0, 0.1]
    assert slope_winsorised(spot, hedge) == pytest.approx([0.4, -0.2, 0.2, -0.4, 0.03, 0.0, np.nan], nan_ok=True)
    assert slope_winsorised(spot, hedge, 1)[:2] == pytest.approx([0.2, 0.0])
    with pytest.raises(InputError, match="delta must be"):
        slope_winsorised(spot, hedge, 0.0)


def test_a_bounded_outlier_gives_the_slope_of_the_bound() -> None:
    """Returns inside the bounds, or bounds without end, change nothing; one pump counts as four times the hedge's."""
    hedge = np.array([-0.04, -0.02, 0.01, 0.02, 0.05])
    spot = 1.5 * hedge
    assert (slope_winsorised(spot, hedge) == spot).all()
    pumped = spot + np.array([0, 0, 0.8, 0, 0])
    assert (slope_winsorised(pumped, hedge, 1e12) == pumped).all()
    moves = np.array([-0.06, -0.03, 0.04, 0.03, 0.075])
    found = ordinary_least_squares(slope_winsorised(pumped, hedge), hedge).hedge_ratio
    assert found == pytest.approx(np.polyfit(hedge, moves, 1)[0])
    both = slope_winsorised(np.column_stack([spot, pumped]), hedge)
    assert both[:, 1] == pytest.approx(moves)


@pytest.mark.parametrize(
    ("spot", "hedge", "message"),
    [
        ([1.0, 2.0], [1.0, 2.0], "at least 3 common returns, not 2"),
        ([1.0, 2.0, np.nan], [1.0, 2.0, 3.0], "at least 3 common returns, not 2"),
        ([], [], "at least 3 common returns, not 0"),
        ([1.0, 2.0, 3.0], [1.0, 2.0], "as many returns as each other, not 3 and 2"),
        ([1.0, 2.0, np.inf], [1.0, 2.0, 3.0], "spot returns must be missing or from -1e15 to 1e15, not inf at row 2"),
        ([1.0, 2.0, 2e15], [1.0, 2.0, 3.0], r"spot returns must be missing or from -1e15 to 1e15, not 2e\+15 at row 2"),
        (
            [1.0, 2.0, 3.0],
            [1.0, -np.inf, 3.0],
            "hedge returns must be missing or from -1e15 to 1e15, not -inf at row 1",
        ),
        (np.ones((3, 2)), [1.0, 2.0, 3.0], r"must be of shape \(n,\), not \(3, 2\)"),
        (["a", "b", "c"], [1.0, 2.0, 3.0], "spot returns must be numbers"),
    ],
)
def test_bad_returns_are_refused(spot: Any, hedge: Any, message: str) -> None:
    """Each estimator of one pair of series refuses the same faults in the same words."""
    for estimator in (
        ordinary_least_squares,
        newey_west,
        conditional_on_falls,
        total_least_squares,
        kalman,
        kalman_drift,
        block_bootstrap,
    ):
        with pytest.raises(InputError, match=message):
            estimator(spot, hedge)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, np.nan])
def test_a_confidence_is_a_share(confidence: float) -> None:
    """95 is not read as 95 %."""
    with pytest.raises(InputError, match=r"confidence must be a finite number from 0.01 to 0.9999"):
        ordinary_least_squares(*pair(), confidence)


# days on which the hedge fell


def test_falls_do_not_bias_the_slope() -> None:
    """Over many data sets the slope of the falls is the true one, and its error larger by what was lost."""
    slopes, errors, whole = [], [], []
    for seed in range(300):
        spot, hedge = pair(200, 1.4, seed)
        fell = conditional_on_falls(spot, hedge)
        assert fell.n_returns == np.count_nonzero(hedge < 0)
        slopes.append(fell.hedge_ratio)
        errors.append(fell.standard_error)
        whole.append(ordinary_least_squares(spot, hedge).standard_error)
    assert np.mean(slopes) == pytest.approx(1.4, abs=4 * np.std(slopes) / 300**0.5)
    # Half of the rows and of a normal regressor 1 - 2 / pi of the variance.
    assert np.mean(errors) / np.mean(whole) == pytest.approx((0.5 * (1 - 2 / np.pi)) ** -0.5, rel=0.06)


def test_a_share_takes_the_worst_days() -> None:
    """A fifth of ten days is the two worst, rounded up; the whole is all of them."""
    spot, hedge = pair(40)
    worst = np.sort(np.argsort(hedge)[:8])
    found = conditional_on_falls(spot, hedge, 0.2)
    assert found == ordinary_least_squares(spot[np.argsort(hedge)[:8]], hedge[np.argsort(hedge)[:8]])
    assert found.hedge_ratio == pytest.approx(np.polyfit(hedge[worst], spot[worst], 1)[0])
    assert conditional_on_falls(spot, hedge, 0.18).n_returns == 8
    assert conditional_on_falls(spot, hedge, 1).hedge_ratio == pytest.approx(
        ordinary_least_squares(spot, hedge).hedge_ratio
    )
    with pytest.raises(InputError, match="share of returns must be"):
        conditional_on_falls(spot, hedge, 1.5)
    with pytest.raises(InputError, match="at least 3 common returns, not 0"):
        conditional_on_falls(spot, np.abs(hedge))


# rolling


def compared_with_referee(coins: Array, hedge: Array, window: int) -> None:
    """Hold ratio, intercept and error to statsmodels in every window that both define, and count those."""
    found = rolling_ordinary_least_squares(coins, hedge, window)
    for column, spot in enumerate(coins.T):
        with warnings.catch_warnings():
            # It divides by the residual of a window that has none.
            warnings.filterwarnings("ignore", "(divide by zero|invalid value) encountered", RuntimeWarning)
            fit = rolling_referee(spot, hedge, window).fit()
        params, ratio = np.asarray(fit.params), found.hedge_ratio[:, column]
        both = np.isfinite(params[:, 1]) & np.isfinite(ratio)
        whole = np.convolve(np.isnan(spot + hedge), np.ones(window))[: len(spot)] == 0
        whole[: window - 1] = False
        assert both.sum() == np.isfinite(ratio).sum() == whole.sum()
        assert np.abs(params[both, 1] - ratio[both]).max() < 1e-8
        assert np.abs(params[both, 0] - found.intercept[both, column]).max() < 1e-8
        moves = both & (found.standard_error[:, column] > 1e-6)
        assert np.abs(np.asarray(fit.bse)[moves, 1] - found.standard_error[moves, column]).max() < 1e-8


@pytest.mark.parametrize("window", [3, 30, 90, 365])
def test_rolling_against_statsmodels(window: int) -> None:
    """The same numbers to 1e-8 with late listings, gaps, a wild day and a stretch in which the coin stands still."""
    coins = market(n=1_900, k=7)
    compared_with_referee(coins[:, 1:], coins[:, 0], window)


@pytest.mark.skipif(not REAL.exists(), reason="waits for the folder shared/data beside the checkout")
def test_rolling_against_statsmodels_on_real_prices() -> None:
    """The same numbers to 1e-8 for 17 coins on bitcoin, one of which rose 357 % in a day."""
    prices = np.genfromtxt(REAL, delimiter=",", skip_header=1)[:, 1:]
    returns = horizon_returns(prices)
    assert np.nanmax(returns) > 3
    compared_with_referee(returns[:, 1:], returns[:, 0], 90)


def test_rolling_is_fast() -> None:
    """At least twenty times as fast as statsmodels' quickest way, for 18 coins over seven years, in one run."""
    coins = market()
    hedge = coins[:, 0]

    def referee() -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "(divide by zero|invalid value) encountered", RuntimeWarning)
            for spot in coins.T:
                rolling_referee(spot, hedge, 90).fit(params_only=True)

    def ours() -> None:
        rolling_ordinary_least_squares(coins, hedge, 90)

    ours()
    ours_took, referee_took = (min(seconds(act) for _ in range(times)) for act, times in ((ours, 5), (referee, 1)))
    assert referee_took > 20 * ours_took


def seconds(act: Any) -> float:
    """Return how long a function takes."""
    start = time.process_time()
    act()
    return time.process_time() - start


def test_rolling_is_least_squares_of_each_window() -> None:
    """Every field at row t is that of the window's own estimate, whatever the window's length beside the series."""
    spot, hedge = pair(41)
    for window in (3, 7, 20, 40, 41):
        found = rolling_ordinary_least_squares(spot, hedge, window, 0.9)
        assert np.isnan(found.hedge_ratio[: window - 1]).all()
        for row in range(window - 1, 41):
            one = ordinary_least_squares(spot[row + 1 - window : row + 1], hedge[row + 1 - window : row + 1], 0.9)
            for name in Estimate.__dataclass_fields__:
                value = np.broadcast_to(getattr(found, name), 41)[row]
                assert value == pytest.approx(getattr(one, name), rel=1e-7, abs=1e-12), (name, window, row)
    assert np.isnan(rolling_ordinary_least_squares(spot, hedge, 42).hedge_ratio).all()
    assert np.isnan(rolling_ordinary_least_squares(spot, hedge, 10**12).low).all()


def test_quiet_days_after_wild_ones_keep_their_digits() -> None:
    """A window of moves of a millionth is as exact as any, after a day on which the price rose ten thousandfold."""
    spot, hedge = pair(120)
    spot, hedge = spot * 1e-6, hedge * 1e-6
    spot[40], hedge[40] = 1e4, 1e4
    found = rolling_ordinary_least_squares(spot, hedge, 30)
    exact = ordinary_least_squares(spot[41:71], hedge[41:71])
    assert found.hedge_ratio[70] == pytest.approx(exact.hedge_ratio, rel=1e-10)
    assert found.low[70] == pytest.approx(exact.low, rel=1e-8)


def test_windows_in_which_something_stands_still() -> None:
    """No ratio where the hedge does not move in the window, 0 where the spot does not, at any constant."""
    spot, hedge = pair(60)
    hedge[20:40] = 0.1
    found = rolling_ordinary_least_squares(spot, hedge, 10)
    still = np.arange(60)[29:40]
    assert np.flatnonzero(np.isnan(found.hedge_ratio[9:])) + 9 == pytest.approx(still)
    assert np.isnan(found.correlation[still]).all()
    assert not found.differs_from_one[still].any()
    found = rolling_ordinary_least_squares(hedge, spot, 10)
    assert (found.hedge_ratio[still] == 0).all()
    assert np.isnan(found.correlation[still]).all()
    assert found.differs_from_one[still].all()


def test_shapes_of_rolling() -> None:
    """One hedge serves all the coins, or each has its own; a column alone gives the same numbers."""
    coins = market(n=500, k=5)
    together = rolling_ordinary_least_squares(coins, coins[:, 0], 50)
    own = rolling_ordinary_least_squares(coins, np.repeat(coins[:, :1], 5, axis=1), 50)
    assert together.hedge_ratio.shape == coins.shape
    np.testing.assert_array_equal(together.hedge_ratio, own.hedge_ratio)
    for column in range(5):
        alone = rolling_ordinary_least_squares(coins[:, column], coins[:, 0], 50)
        np.testing.assert_allclose(alone.high, together.high[:, column], rtol=1e-12)
    with pytest.raises(InputError, match=r"shape \(n,\) or the spot's \(500,\), not \(500, 5\)"):
        rolling_ordinary_least_squares(coins[:, 0], coins, 50)
    for window in (2, 90.0, "90"):
        with pytest.raises(InputError, match="window must be a whole number of at least 3"):
            rolling_ordinary_least_squares(coins, coins[:, 0], window)  # type: ignore[arg-type]
    assert rolling_ordinary_least_squares([], [], 90).hedge_ratio.shape == (0,)


PATHS = {
    "rolling robust": lambda spot, hedge: rolling_newey_west(spot, hedge, 10).high,
    "rolling": lambda spot, hedge: rolling_ordinary_least_squares(spot, hedge, 10).high,
    "rolling total": lambda spot, hedge: rolling_total_least_squares(spot, hedge, 10),
    "exponential": lambda spot, hedge: exponentially_weighted(spot, hedge).hedge_ratio,
    "kalman": lambda spot, hedge: kalman(spot, hedge).high,
}


@pytest.mark.parametrize("name", PATHS)
@given(values=arrays(np.float64, (45, 2), elements=st.floats(-0.5, 3.0)), row=st.integers(15, 44))
def test_the_future_changes_nothing(name: str, values: Array, row: int) -> None:
    """What a path says up to a row is the same whatever comes after it, missing values included."""
    spot, hedge = values.T
    before = PATHS[name](spot, hedge)[:row]
    later = np.full(len(spot) - row, 7.0)
    for end in (later, np.where(later > 0, np.nan, later)):
        changed = PATHS[name](np.append(spot[:row], end), np.append(hedge[:row], -end))
        np.testing.assert_array_equal(changed[:row], before)


@pytest.mark.parametrize("name", PATHS)
@given(up=st.floats(1e-3, 1e3), down=st.floats(1e-3, 1e3), seed=st.integers(0, 50))
def test_paths_follow_the_scale(name: str, up: float, down: float, seed: int) -> None:
    """A spot in other units has its ratio in other units, and so has a hedge."""
    spot, hedge = pair(50, seed=seed)
    down = up if name == "rolling total" else down  # which depends on the units of the legs by nature
    found = PATHS[name](up * spot, down * hedge)
    np.testing.assert_allclose(found, PATHS[name](spot, hedge) * up / down, rtol=1e-6)


# exponential weights


def test_exponential_weights_against_the_recursion() -> None:
    """Against scipy's filter begun in its first product, for several coins, and at each row."""
    from scipy.signal import lfilter

    coins = market(n=300, k=3)
    coins = np.where(np.isnan(coins), 0.01, coins)
    found = exponentially_weighted(coins, coins[:, 0], 0.97)

    def filtered(products: Array) -> Array:
        return np.asarray(lfilter([0.03], [1, -0.97], products, axis=0, zi=0.97 * products[:1])[0])

    covariance = filtered(coins * coins[:, :1])
    variance, hedge_variance = filtered(coins**2), filtered(coins[:, :1] ** 2)
    np.testing.assert_allclose(found.hedge_ratio, covariance / hedge_variance, rtol=1e-11)
    np.testing.assert_allclose(found.spot_volatility, variance**0.5, rtol=1e-11)
    np.testing.assert_allclose(found.correlation, covariance / (variance * hedge_variance) ** 0.5, rtol=1e-11)
    assert np.isnan(found.standard_error).all()
    assert not found.differs_from_one.any()


def test_exponential_weights_by_hand_and_with_gaps() -> None:
    """Decay a half, products 2, 8 and squares 1, 4 by hand; a missing pair changes nothing and is not counted."""
    found = exponentially_weighted([np.nan, 2, np.nan, 4, 5], [1, 1, 1, 2, np.nan], 0.5)
    assert found.hedge_ratio == pytest.approx([np.nan, 2, 2, 2, 2], nan_ok=True)
    assert found.hedge_volatility == pytest.approx([np.nan, 1, 1, 2.5**0.5, 2.5**0.5], nan_ok=True)
    assert found.n_returns == pytest.approx([0, 1, 1, 2, 2])
    with pytest.raises(InputError, match="spot returns must hold numbers; all of them are missing"):
        exponentially_weighted([np.nan, np.nan], [1, 1])


def test_exponential_weights_of_what_stands_still() -> None:
    """No ratio before the hedge has moved, ratio 0 and no correlation for a spot that does not."""
    found = exponentially_weighted([0.1, 0.2, 0.3], [0.0, 0.0, 0.1])
    assert np.isnan(found.hedge_ratio[:2]).all()
    assert np.isnan(found.intercept[:2]).all()
    assert found.hedge_ratio[2] > 0
    found = exponentially_weighted([0.0, 0.0], [0.1, 0.2])
    assert found.hedge_ratio == pytest.approx([0, 0])
    assert np.isnan(found.correlation).all()
    with pytest.raises(InputError, match=r"decay must be a finite number from 0.01 to 0.9999, not 1"):
        exponentially_weighted([0.1], [0.1], 1.0)


# total least squares


def test_total_least_squares_against_the_first_axis() -> None:
    """The slope is that of the first right singular vector of the centred returns, also window by window."""
    for ratio in (0.2, 1.0, 3.0, -1.5):
        spot, hedge = pair(ratio=ratio)
        points = np.column_stack([hedge, spot])
        axis = np.linalg.svd(points - points.mean(axis=0))[2][0]
        assert total_least_squares(spot, hedge) == pytest.approx(axis[1] / axis[0], rel=1e-10)
        path = rolling_total_least_squares(spot, hedge, 60)
        assert path[150] == pytest.approx(total_least_squares(spot[91:151], hedge[91:151]), rel=1e-9)
        assert np.isnan(path[:59]).all()


def test_total_least_squares_undoes_errors_in_the_hedge() -> None:
    """With equal errors in both legs it finds the true ratio, where least squares is drawn toward zero."""
    rng = np.random.default_rng(1)
    true = rng.normal(0, 0.03, 20_000)
    spot, hedge = (leg + rng.normal(0, 0.02, 20_000) for leg in (1.5 * true, true))
    assert total_least_squares(spot, hedge) == pytest.approx(1.5, abs=0.03)
    assert ordinary_least_squares(spot, hedge).hedge_ratio == pytest.approx(1.5 * 9 / 13, abs=0.03)


@given(arrays(np.float64, (12, 2), elements=st.floats(-1, 1).map(lambda x: round(x, 3))))
def test_total_least_squares_lies_between_both_regressions(values: Array) -> None:
    """It has the correlation's sign, and lies between the slope and the inverse of the slope the other way."""
    spot, hedge = values.T
    slope = total_least_squares(spot, hedge)
    found, other = ordinary_least_squares(spot, hedge), ordinary_least_squares(hedge, spot)
    if slope is None or found.correlation is None or abs(found.correlation) < 1e-6:
        return
    ends = sorted((found.hedge_ratio, 1 / other.hedge_ratio))
    assert ends[0] - 1e-6 * abs(ends[0]) <= slope <= ends[1] + 1e-6 * abs(ends[1])


def test_an_upright_line_has_no_slope() -> None:
    """No ratio where the hedge stands still or the axis is upright; 0 where the spot stands still."""
    assert total_least_squares([1, 2, 3], [0.1, 0.1, 0.1]) is None
    assert total_least_squares([2, -2, 0, 0], [0, 0, 1, -1]) is None
    assert total_least_squares([1, -1, 0, 0], [0, 0, 1, -1]) is None
    assert total_least_squares([0.1, 0.1, 0.1], [1, 2, 3]) == 0
    assert total_least_squares([1, -1, 0, 0], [0, 0, 2, -2]) == 0


# shrinkage


def test_shrinkage_by_hand() -> None:
    """Blume: 1.5 becomes 4/3. Vasicek: an error equal to the prior's deviation meets it half-way."""
    assert blume(1.5) == pytest.approx(4 / 3)
    assert blume(None) is None
    assert blume(np.array([1.0, np.nan, -2.0])) == pytest.approx([1, np.nan, -1], nan_ok=True)
    assert vasicek(2.0, 0.5) == pytest.approx(1.5)
    assert vasicek(2.0, 0.0) == 2.0
    assert vasicek(2.0, 0.5, prior_ratio=0.0, prior_deviation=1.0) == pytest.approx(1.6)
    assert vasicek(None, None) is None
    assert vasicek(np.array([2.0, 2.0, np.nan]), np.array([0.5, 1e9, 1.0])) == pytest.approx(
        [1.5, 1, np.nan], nan_ok=True
    )
    with pytest.raises(InputError, match="prior deviation must be"):
        vasicek(2.0, 0.5, prior_deviation=0.0)


@given(st.floats(-5, 5), st.floats(0, 10), st.floats(0, 10))
def test_a_larger_error_shrinks_more(ratio: float, error: float, more: float) -> None:
    """The shrunk ratio lies between estimate and prior, the nearer to the prior the larger the error."""
    shrunk, further = vasicek(ratio, error), vasicek(ratio, error + more)
    assert abs(further - 1) <= abs(shrunk - 1) + 1e-12 <= abs(ratio - 1) + 2e-12


# Kalman


def test_no_drift_is_least_squares_so_far() -> None:
    """With drift 0 the path is statsmodels' recursive regression, and ends in least squares of all rows."""
    import statsmodels.api as sm

    spot, hedge = pair(150)
    found = kalman(spot, hedge, drift=0.0)
    recursive = sm.RecursiveLS(spot, sm.add_constant(hedge)).fit()
    np.testing.assert_allclose(found.hedge_ratio[10:], recursive.recursive_coefficients.filtered[1, 10:], rtol=1e-8)
    for row in (2, 3, 20, 149):
        one = ordinary_least_squares(spot[: row + 1], hedge[: row + 1])
        fields = ("hedge_ratio", "intercept", "standard_error", "low", "high")
        assert [getattr(found, name)[row] for name in fields] == pytest.approx(
            [getattr(one, name) for name in fields], rel=1e-7
        )
    assert np.isnan(found.hedge_ratio[:2]).all()


@pytest.mark.parametrize("drift", [0.01, 0.1])
def test_the_filter_against_statsmodels(drift: float) -> None:
    """Given the same noise, statsmodels' state-space filter finds the same path and, but for a constant, likelihood."""
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

    spot, hedge = pair(150)
    found = kalman(spot, hedge, drift)
    start = 2
    first = np.column_stack([np.ones(start + 1), hedge[: start + 1]])
    referee = KalmanFilter(k_endog=1, k_states=2, selection=np.eye(2), transition=np.eye(2))
    referee.bind(spot[start + 1 :].copy())
    referee["obs_cov"] = np.eye(1)
    referee["design"] = np.stack([np.ones(len(hedge) - start - 1), hedge[start + 1 :]])[None]
    steps = drift**2 / (np.cumsum(hedge**2) / np.arange(1, len(hedge) + 1))
    noise = np.zeros((2, 2, len(hedge) - start - 1))
    noise[1, 1] = np.append(steps[start + 2 :], 0)
    referee["state_cov"] = noise
    covariance = np.linalg.inv(first.T @ first)
    covariance[1, 1] += steps[start + 1]
    referee.initialize_known(np.array([found.intercept[start], found.hedge_ratio[start]]), covariance)
    np.testing.assert_allclose(referee.filter().filtered_state[1], found.hedge_ratio[start + 1 :], rtol=1e-8)


def test_the_filter_follows_a_ratio_that_moves() -> None:
    """On a ratio that walks from 0.5 to 2 it ends near 2, where least squares so far is in between; a gap widens it."""
    rng = np.random.default_rng(2)
    hedge = rng.normal(0, 0.03, 600)
    truth = np.linspace(0.5, 2.0, 600)
    spot = truth * hedge + rng.normal(0, 0.01, 600)
    found = kalman(spot, hedge, 0.05)
    assert np.abs(found.hedge_ratio - truth)[100:].mean() < 0.1
    assert ordinary_least_squares(spot, hedge).hedge_ratio < 1.5
    assert np.mean((found.low <= truth) & (truth <= found.high)) > 0.85
    spot[400:420] = np.nan
    gap = kalman(spot, hedge, 0.05)
    assert (gap.hedge_ratio[400:420] == gap.hedge_ratio[399]).all()
    assert (np.diff(gap.standard_error[399:420]) > 0).all()
    assert (np.diff(gap.n_returns[399:421]) == [0] * 20 + [1]).all()


def test_the_likelihood_tells_the_drift() -> None:
    """A constant ratio has the drift 0 or next to it, one that walks has about the one it walks with."""
    constant = [kalman_drift(*pair(800, seed=seed)) for seed in range(6)]
    assert np.median(constant) <= 0.002
    walking = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        hedge = rng.normal(0, 0.03, 800)
        ratio = 1 + np.cumsum(rng.normal(0, 0.05 * 0.02 / 0.03, 800))
        walking.append(kalman_drift(ratio * hedge + rng.normal(0, 0.02, 800), hedge))
    assert np.median(walking) in (0.02, 0.05, 0.1)
    assert kalman_drift(*pair(60), [0.3]) == 0.3


def test_the_filter_on_what_stands_still() -> None:
    """No ratio before the hedge moves; a hedge that never does has no path, and no drift."""
    spot, hedge = pair(30)
    hedge[:10] = 0.1
    found = kalman(spot, hedge, 0.0)
    assert np.isnan(found.hedge_ratio[:10]).all()
    assert found.hedge_ratio[-1] == pytest.approx(ordinary_least_squares(spot, hedge).hedge_ratio)
    assert np.isnan(kalman(spot, np.zeros(30)).high).all()
    with pytest.raises(InputError, match="must move"):
        kalman_drift(spot, np.zeros(30))
    with pytest.raises(InputError, match="drift must be"):
        kalman(spot, hedge, -0.1)
    found = kalman(hedge, hedge)
    assert found.hedge_ratio[10:] == pytest.approx(1)
    found = kalman(np.zeros(30), hedge)
    assert found.hedge_ratio[10:] == pytest.approx(0)


# several hedges


def test_several_hedges_against_regression() -> None:
    """The ratios are the slopes of a regression with intercept on all hedges, the effectiveness its R squared."""
    import statsmodels.api as sm

    rng = np.random.default_rng(4)
    hedges = rng.normal(0, 0.03, (300, 3)) @ np.array([[1, 0.9, 0.5], [0, 0.3, 0.2], [0, 0, 0.6]])
    spot = hedges @ [0.4, 0.8, -0.3] + rng.normal(0.001, 0.02, 300)
    hedges[7, 1] = np.nan
    found = minimum_variance_hedge_of(spot, hedges)
    fit = sm.OLS(spot, sm.add_constant(hedges), missing="drop").fit()
    assert found.hedge_ratios == pytest.approx(fit.params[1:], rel=1e-9)
    assert found.effectiveness == pytest.approx(fit.rsquared, rel=1e-9)
    assert not found.is_ill_conditioned
    one = minimum_variance_hedge_of(spot, hedges[:, :1])
    alone = ordinary_least_squares(spot, hedges[:, 0])
    assert one.hedge_ratios == pytest.approx([alone.hedge_ratio], rel=1e-9)
    assert one.effectiveness == pytest.approx(alone.effectiveness, rel=1e-9)
    assert one.condition_number == pytest.approx(1)


def test_twins_share_the_hedge() -> None:
    """Two hedges that are one: the pseudo-inverse gives each a half, warns, and the effect is that of one."""
    spot, hedge = pair()
    found = minimum_variance_hedge_of(spot, np.column_stack([hedge, hedge]))
    alone = ordinary_least_squares(spot, hedge)
    assert found.hedge_ratios == pytest.approx([alone.hedge_ratio / 2] * 2)
    assert found.effectiveness == pytest.approx(alone.effectiveness)
    assert found.is_ill_conditioned
    assert found.condition_number == np.inf
    near = hedge + np.random.default_rng(0).normal(0, 3e-4, len(hedge))
    found = minimum_variance_hedge_of(spot, np.column_stack([hedge, near]))
    assert found.is_ill_conditioned
    assert 1e3 < found.condition_number < 1e6
    assert found.effectiveness >= alone.effectiveness


def test_what_several_hedges_leave_alone() -> None:
    """A hedge that stands still gets nothing; no movement at all removes nothing; a still spot has no effect."""
    spot, hedge = pair()
    found = minimum_variance_hedge_of(spot, np.column_stack([hedge, np.full(200, 0.1)]))
    assert found.hedge_ratios == pytest.approx([ordinary_least_squares(spot, hedge).hedge_ratio, 0])
    assert list(found.is_still) == [False, True]
    assert not found.is_ill_conditioned
    assert found.condition_number == 1
    found = minimum_variance_hedge(np.zeros((2, 2)), np.zeros(2), 1.0)
    assert found.hedge_ratios == pytest.approx([0, 0])
    assert found.effectiveness == 0
    found = minimum_variance_hedge([[0.3, 0.1], [0.1, 0.2]], [0, 0], 0.0)
    assert found.effectiveness is None
    assert found.hedge_ratios == pytest.approx([0, 0])


@given(st.floats(0, 5), st.integers(0, 50))
def test_a_ridge_costs_effect_and_shrinks(ridge: float, seed: int) -> None:
    """A ridge never removes more than none, and the effectiveness it states is the one its ratios have."""
    rng = np.random.default_rng(seed)
    hedges = rng.normal(0, 0.03, (50, 2)) @ [[1, 0.9], [0, 0.4]]
    spot = hedges @ [0.5, 0.7] + rng.normal(0, 0.03, 50)
    plain, ridged = minimum_variance_hedge_of(spot, hedges), minimum_variance_hedge_of(spot, hedges, ridge)
    assert ridged.effectiveness is not None
    assert plain.effectiveness is not None
    assert ridged.effectiveness <= plain.effectiveness + 1e-12
    assert ridged.effectiveness == pytest.approx(1 - np.var(spot - hedges @ ridged.hedge_ratios) / np.var(spot))
    legs = np.cov(hedges, rowvar=False)
    assert ridged.hedge_ratios @ legs @ ridged.hedge_ratios <= plain.hedge_ratios @ legs @ plain.hedge_ratios + 1e-12
    assert minimum_variance_hedge_of(spot, hedges * [10, 1], ridge).hedge_ratios == pytest.approx(
        ridged.hedge_ratios / [10, 1], rel=1e-6
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0]], [1.0, 2.0], 1.0), r"shape \(m, m\) and \(m,\), not \(1, 1\) and \(2,\)"),
        ((np.zeros((0, 0)), [], 1.0), r"shape \(m, m\)"),
        (([[1.0, 2.0], [2.0, 1.0]], [1.0, 1.0], 1.0), "without a negative eigenvalue, not one of -1"),
        (([[1.0, 0.5], [0.0, 1.0]], [1.0, 1.0], 1.0), "must be symmetric"),
        (([[np.nan]], [1.0], 1.0), "must hold numbers; all of them are missing"),
        (([[1.0]], [np.inf], 1.0), "must be missing or from -1e15 to 1e15, not inf at row 0"),
        (([[1.0]], [1.0], -1.0), "spot variance must be"),
        (([[1.0]], [1.0], 1.0, -0.5), "ridge must be"),
    ],
)
def test_what_is_no_covariance_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    """Shapes, signs, symmetry and finite numbers are checked, each in one sentence."""
    with pytest.raises(InputError, match=message):
        minimum_variance_hedge(*arguments)


def test_too_few_rows_for_several_hedges_are_refused() -> None:
    """Two slopes and an intercept need a fourth row."""
    with pytest.raises(InputError, match="spot and 2 hedges must have at least 4 common returns, not 3"):
        minimum_variance_hedge_of(np.arange(3.0), np.eye(3)[:, :2])
    with pytest.raises(InputError, match=r"shape \(n,\) and \(n, m\)"):
        minimum_variance_hedge_of(np.arange(3.0), np.arange(3.0))


# the slider's path


def test_speed_and_weight() -> None:
    """The filter over seven years takes under 30 ms, and importing the estimators loads neither scipy nor pandas."""
    spot, hedge = pair(2_557)
    kalman(spot, hedge)
    assert min(seconds(lambda: kalman(spot, hedge)) for _ in range(5)) < 0.030
    source = "import hedge_widgets.model.hedge_ratio, sys; print({'scipy', 'pandas'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"
