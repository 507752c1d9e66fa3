"""The walk out of sample: against a loop, against figures of real prices, and blind to what comes later."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.hedge_ratio import (
    LIGHTS,
    exponentially_weighted,
    horizon_returns,
    kalman,
    minimum_variance_hedge_of,
    ordinary_least_squares,
    rolling_ordinary_least_squares,
    several_ratio_paths,
    traffic_light,
    walk_forward,
)
from hedge_widgets.model.limits import InputError

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"
Array = np.ndarray[Any, np.dtype[np.float64]]


def market(n: int = 400, seed: int = 3) -> tuple[Array, Array]:
    """Return n returns of a coin, shape (n,), and of two hedges, shape (n, 2)."""
    rng = np.random.default_rng(seed)
    hedges = rng.normal(0, 0.03, (n, 2)) @ [[1, 0.8], [0, 0.5]]
    return hedges @ [0.3, 0.8] + rng.normal(0.001, 0.02, n), hedges


def least_squares_path(spot: Array, hedge: Array, window: int) -> Any:
    """Return the rolling least-squares ratio."""
    return rolling_ordinary_least_squares(spot, hedge, window).hedge_ratio


def looped(spot: Array, hedge: Array, window: int, hold: int) -> tuple[list[float], Array]:
    """Return (ratios, hedged returns) of the walk in plain steps: estimate on the rows before, apply to the next."""
    ratios, hedged = [], []
    for start in range(window, len(spot), hold):
        covariance = np.cov(spot[start - window : start], hedge[start - window : start])
        ratios.append(covariance[0, 1] / covariance[1, 1])
        hedged.append(spot[start : start + hold] - ratios[-1] * hedge[start : start + hold])
    return ratios, np.concatenate(hedged)


@pytest.mark.parametrize(("n", "window", "hold"), [(400, 90, 30), (391, 90, 30), (95, 90, 30), (60, 7, 1), (50, 48, 9)])
def test_the_walk_against_a_loop(n: int, window: int, hold: int) -> None:
    """Ratios, days, returns and effectiveness are those of estimating anew at each step."""
    spot, hedges = market(n)
    hedge = hedges[:, 0]
    walk = walk_forward(spot, hedge, least_squares_path(spot, hedge, window), window, hold)
    ratios, hedged = looped(spot, hedge, window, hold)
    assert walk.ratios == pytest.approx(ratios, rel=1e-9)
    assert walk.hedged_returns == pytest.approx(hedged, rel=1e-9)
    assert walk.effectiveness == pytest.approx(1 - np.var(hedged) / np.var(spot[window:]), rel=1e-9)
    assert walk.effectiveness is not None
    assert walk.volatility_reduction == pytest.approx(1 - np.std(hedged) / np.std(spot[window:]), rel=1e-9)
    assert walk.turnover == pytest.approx(np.abs(np.diff(ratios)).sum() / (n - window) * 365)
    assert walk.starts == pytest.approx(np.arange(window, n, hold))
    assert walk.rows == pytest.approx(np.arange(window, n))
    assert walk.first == window
    np.testing.assert_array_equal(walk.spot_returns, spot[window:])


def test_constant_ratios() -> None:
    """No hedge removes nothing, the same asset at one-to-one everything; a constant ratio is never traded again."""
    spot, hedges = market()
    assert walk_forward(spot, hedges[:, 0], 0.0).effectiveness == 0.0
    same = walk_forward(spot, spot, 1)
    assert (same.effectiveness, same.volatility_reduction, same.turnover) == (1.0, 1.0, 0.0)
    over = walk_forward(spot, spot, 3.0)
    assert (over.effectiveness, over.volatility_reduction) == pytest.approx((-3.0, -1.0))
    one = walk_forward(spot, hedges[:, 0], 0.7)
    assert (one.ratios == 0.7).all()
    both = walk_forward(spot, hedges, [0.3, 0.8])
    assert both.ratios.shape == (11, 2)
    assert both.hedged_returns == pytest.approx(spot[90:] - hedges[90:] @ [0.3, 0.8])


def test_turnover_by_hand() -> None:
    """Two changes of 0.5 over 40 days are 9.125 of the spot's value a year, or half that with three-day returns."""
    spot, hedges = market(50)
    path = np.repeat([1.0, 1.5, 1.0, 1.0, 1.0], 10)
    walk = walk_forward(spot, hedges[:, 0], path, 10, 10)
    assert walk.ratios == pytest.approx([1, 1.5, 1, 1])
    assert walk.turnover == pytest.approx(1.0 / 40 * 365)
    assert walk_forward(spot, hedges[:, 0], path, 10, 10, 365 / 3).turnover == pytest.approx(1.0 / 40 * 365 / 3)


@given(st.integers(0, 30), st.integers(45, 119), st.integers(1, 40))
def test_the_walk_sees_nothing_of_the_future(seed: int, row: int, hold: int) -> None:
    """Whatever happens from a row on, ratios of steps that begin by then, and returns before it, stay."""
    spot, hedges = market(120, seed)
    later_spot, later_hedges = spot.copy(), hedges.copy()
    later_spot[row:], later_hedges[row:] = 5.0, -hedges[row:]
    for several in (False, True):
        walks = []
        for leg, instruments in ((spot, hedges), (later_spot, later_hedges)):
            if several:
                path = several_ratio_paths(leg, instruments, 40, hold)
            else:
                instruments = instruments[:, 0]
                path = least_squares_path(leg, instruments, 40)
            walks.append(walk_forward(leg, instruments, path, 40, hold))
        before, after = walks
        known = before.starts <= row
        np.testing.assert_array_equal(before.ratios[known], after.ratios[known])
        np.testing.assert_array_equal(before.hedged_returns[: row - 40], after.hedged_returns[: row - 40])


@given(st.floats(0.01, 100), st.integers(0, 30))
def test_units_do_not_matter(scale: float, seed: int) -> None:
    """A hedge in other units needs a ratio in other units and removes the same."""
    spot, hedges = market(150, seed)
    one = walk_forward(spot, hedges[:, 0], least_squares_path(spot, hedges[:, 0], 60), 60)
    hedge = scale * hedges[:, 0]
    other = walk_forward(spot, hedge, least_squares_path(spot, hedge, 60), 60)
    assert other.effectiveness == pytest.approx(one.effectiveness, rel=1e-9)
    assert other.ratios * scale == pytest.approx(one.ratios, rel=1e-9)


def test_rows_with_a_gap_are_left_out() -> None:
    """A coin listed late and a missing price: the walk is that of the common rows, told in rows of the whole."""
    spot, hedges = market(300)
    hedge = hedges[:, 0]
    path = np.cos(np.arange(300.0))
    kept = np.delete(np.arange(300), [*range(50), 200])
    spot_gap, hedge_gap = spot.copy(), hedge.copy()
    spot_gap[:50], hedge_gap[200] = np.nan, np.nan
    whole, short = walk_forward(spot_gap, hedge_gap, path), walk_forward(spot[kept], hedge[kept], path[kept])
    np.testing.assert_array_equal(whole.hedged_returns, short.hedged_returns)
    np.testing.assert_array_equal(whole.ratios, short.ratios)
    np.testing.assert_array_equal(whole.starts, kept[short.starts])
    np.testing.assert_array_equal(whole.rows, kept[90:])
    assert whole.first == kept[90]
    several = several_ratio_paths(spot_gap, np.column_stack([hedge_gap, hedges[:, 1]]))
    np.testing.assert_allclose(several[kept], several_ratio_paths(spot[kept], hedges[kept]), equal_nan=True)


def test_no_ratio_yet_is_no_hedge() -> None:
    """A path without a value keeps the last one, and before the first one nothing is hedged, on the same days."""
    spot, hedges = market(100)
    path = np.full(100, np.nan)
    path[45], path[80] = 1.0, 2.0
    walk = walk_forward(spot, hedges[:, 0], path, 20, 20)
    assert walk.ratios == pytest.approx([0, 0, 1, 1])
    assert len(walk.hedged_returns) == 80
    np.testing.assert_array_equal(walk.hedged_returns[:40], spot[20:60])
    late = walk_forward(spot, hedges[:, 0], path, 21, 20)
    assert late.ratios == pytest.approx([0, 0, 1, 2])


def test_a_spot_that_stands_still_has_no_effectiveness() -> None:
    """Nothing to remove is not all removed."""
    _, hedges = market(100)
    walk = walk_forward(np.full(100, 0.1), hedges[:, 0], 1.0)
    assert (walk.effectiveness, walk.volatility_reduction) == (None, None)


def test_every_estimator_walks() -> None:
    """Exponential weights and the filter go through the same walk as the window, and do about as well here."""
    spot, hedges = market(700)
    hedge = hedges[:, 0]
    paths = {
        "window": least_squares_path(spot, hedge, 90),
        "exponential": exponentially_weighted(spot, hedge, 0.97).hedge_ratio,
        "filter": kalman(spot, hedge).hedge_ratio,
    }
    found = {name: walk_forward(spot, hedge, path).effectiveness for name, path in paths.items()}
    best = ordinary_least_squares(spot[90:], hedge[90:]).effectiveness
    for name, value in found.items():
        assert value == pytest.approx(best, abs=0.03), name
        assert value < best


def test_several_hedges_are_solved_at_the_steps() -> None:
    """Each new value is the joint solution of the window up to that row, and stays until the next."""
    spot, hedges = market(200)
    path = several_ratio_paths(spot, hedges, 90, 30)
    assert np.isnan(path[:89]).all()
    for step in (89, 119, 149, 179):
        found = minimum_variance_hedge_of(spot[step - 89 : step + 1], hedges[step - 89 : step + 1])
        np.testing.assert_allclose(
            path[step : step + 30], np.broadcast_to(found.hedge_ratios, (30, 2))[: 200 - step], rtol=1e-12
        )
    one = walk_forward(spot, hedges[:, :1], several_ratio_paths(spot, hedges[:, :1]))
    alone = walk_forward(spot, hedges[:, 0], least_squares_path(spot, hedges[:, 0], 90))
    assert one.effectiveness == pytest.approx(alone.effectiveness, rel=1e-9)
    assert one.ratios[:, 0] == pytest.approx(alone.ratios, rel=1e-9)
    assert np.isnan(several_ratio_paths(spot[:50], hedges[:50])).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros(91), np.zeros(91), 1.0), "at least 92 common returns for this walk, not 91"),
        ((np.zeros(100), np.zeros(99), 1.0), r"shape \(n,\) and \(n,\) or \(n, m\), not \(100,\) and \(99,\)"),
        ((np.zeros((100, 2)), np.zeros(100), 1.0), r"not \(100, 2\) and \(100,\)"),
        ((np.zeros(100), np.zeros(100), np.zeros(99)), r"of the hedge's shape \(100,\), not \(99,\)"),
        ((np.zeros(100), np.zeros(100), np.inf), "ratios must be missing or from -1e15 to 1e15, not inf"),
        ((np.zeros(100), np.full(100, np.inf), 1.0), "hedge returns must be missing or from"),
        ((np.zeros(100), np.zeros(100), 1.0, 0), "window must be a whole number of at least 1, not 0"),
        ((np.zeros(100), np.zeros(100), 1.0, 90, 0), "hold must be a whole number of at least 1, not 0"),
    ],
)
def test_impossible_walks_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    """Short histories, shapes that do not fit, infinite numbers and empty steps are named."""
    with pytest.raises(InputError, match=message):
        walk_forward(*arguments)


def test_impossible_paths_are_refused() -> None:
    """Joint ratios need hedges in columns and more rows than unknowns."""
    spot, hedges = market()
    with pytest.raises(InputError, match=r"hedges must be of shape \(n, m\), not \(400,\)"):
        several_ratio_paths(spot, hedges[:, 0])
    with pytest.raises(InputError, match="window must be a whole number of at least 4, not 3"):
        several_ratio_paths(spot, hedges, 3)


def test_traffic_light() -> None:
    """The bounds of model.md 3.2 belong to the better light; arrays hold places, and a missing figure shows nothing."""
    assert [traffic_light(value) for value in (1.0, 0.8, 0.79, 0.5, 0.3, 0.25, 0.24, -3.0)] == [
        "green",
        "green",
        "amber",
        "amber",
        "red",
        "red",
        "not a hedge",
        "not a hedge",
    ]
    assert traffic_light(None) is None
    assert traffic_light(float("nan")) is None
    places = traffic_light(np.array([[0.9, 0.6], [0.4, np.nan]]))
    assert places.tolist() == [[0, 1], [2, 3]]
    assert [LIGHTS[place] for place in places.ravel()] == ["green", "amber", "red", "not a hedge"]


# figures of real prices, from the provenance note of the data


@pytest.fixture(scope="module")
def daily() -> tuple[list[str], list[str], Array]:
    """Give (dates, symbols, simple returns) of the shared daily prices; skip without them."""
    if not REAL.exists():
        pytest.skip("waits for the folder shared/data beside the checkout")
    with REAL.open(encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    prices = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])
    return [row[0] for row in rows[1:]], [name.removesuffix("-USD") for name in head[1:]], horizon_returns(prices)


def whole_steps(series: Array, window: int) -> Array:
    """Return the rows up to the last step of 30 whole days, as the note's walk takes them."""
    return series[: window + (len(series) - window) // 30 * 30]


def removed(spot: Array, hedges: Array, path_of: Any, window: int = 90) -> float:
    """Return the effectiveness in percent of a walk over the common rows of a coin and its hedges."""
    rows = np.column_stack([spot, hedges])
    rows = whole_steps(rows[~np.isnan(rows).any(axis=1)], window)
    walk = walk_forward(rows[:, 0], rows[:, 1:], path_of(rows[:, 0], rows[:, 1:], window), window)
    assert walk.effectiveness is not None
    return 100 * walk.effectiveness


def least_squares(spot: Array, hedges: Array, window: int) -> Any:
    return least_squares_path(spot, hedges[:, 0], window)[:, None]


def one_to_one(spot: Array, hedges: Array, window: int) -> float:
    return 1.0


def half_way(spot: Array, hedges: Array, window: int) -> Any:
    return (least_squares(spot, hedges, window) + 1) / 2


def jointly(spot: Array, hedges: Array, window: int) -> Any:
    return several_ratio_paths(spot, hedges, window)


@pytest.mark.parametrize(
    ("hedge", "path_of", "window", "median"),
    [
        ("BTC", least_squares, 60, 30.2),
        ("BTC", least_squares, 90, 31.5),
        ("BTC", one_to_one, 90, 31.9),
        ("BTC", half_way, 90, 32.7),
        ("ETH", least_squares, 90, 36.8),
    ],
)
def test_out_of_sample_medians(daily: Any, hedge: str, path_of: Any, window: int, median: float) -> None:
    """The median over the 16 coins of what each estimator removed, to the digit that is printed."""
    _, symbols, returns = daily
    coins = [k for k, name in enumerate(symbols) if name not in ("BTC", "ETH")]
    assert len(coins) == 16
    leg = returns[:, [symbols.index(hedge)]]
    assert np.median([removed(returns[:, k], leg, path_of, window) for k in coins]) == pytest.approx(median, abs=0.05)


@pytest.mark.parametrize(
    ("hedges", "path_of", "expected"),
    [
        (("BTC",), least_squares, 61.1),
        (("ETH",), least_squares, 69.2),
        (("BTC", "ETH"), jointly, 71.5),
        (("BTC",), jointly, 61.1),
    ],
)
def test_out_of_sample_baskets(daily: Any, hedges: tuple[str, ...], path_of: Any, expected: float) -> None:
    """What BTC, ETH and both removed of an equal-weight basket, to the digit that is printed."""
    _, symbols, returns = daily
    basket = np.nanmean(returns[:, [k for k, name in enumerate(symbols) if name not in ("BTC", "ETH")]], axis=1)
    legs = returns[:, [symbols.index(name) for name in hedges]]
    assert removed(basket, legs, path_of) == pytest.approx(expected, abs=0.05)


def test_the_last_short_step_changes_little(daily: Any) -> None:
    """With the days after the last whole step, which the walk counts, the medians move by less than 0.1 point."""
    _, symbols, returns = daily
    for hedge, window, median in (("BTC", 60, 30.2), ("BTC", 90, 31.5), ("ETH", 90, 36.8)):
        leg = returns[:, symbols.index(hedge)]
        found = []
        for k, name in enumerate(symbols):
            if name not in ("BTC", "ETH"):
                common = ~np.isnan(returns[:, k] + leg)
                spot, factor = returns[common, k], leg[common]
                found.append(walk_forward(spot, factor, least_squares_path(spot, factor, window), window).effectiveness)
        assert 100 * np.median(found) == pytest.approx(median, abs=0.1)


@pytest.mark.parametrize(
    ("year", "beta", "squared"), [("2022", 1.212, 0.589), ("2023", 0.991, 0.368), ("2024", 1.008, 0.378)]
)
def test_betas_by_year(daily: Any, year: str, beta: float, squared: float) -> None:
    """The median slope on BTC and R squared of a calendar year, over the 16 coins."""
    dates, symbols, returns = daily
    rows = [k for k, date in enumerate(dates) if date.startswith(year)]
    coins = [k for k, name in enumerate(symbols) if name not in ("BTC", "ETH")]
    found = [ordinary_least_squares(returns[rows, k], returns[rows, symbols.index("BTC")]) for k in coins]
    assert np.median([one.hedge_ratio for one in found]) == pytest.approx(beta, abs=5e-4)
    assert np.median([one.effectiveness for one in found]) == pytest.approx(squared, abs=5e-4)


@pytest.mark.parametrize(
    ("date", "moves"),
    [
        ("2020-03-12", {"BTC": -0.37, "ETH": -0.42}),
        ("2021-05-19", {"BTC": -0.14, "ETH": -0.27, "SOL": -0.37}),
        ("2022-11-09", {"SOL": -0.42}),
    ],
)
def test_one_day_moves(daily: Any, date: str, moves: dict[str, float]) -> None:
    """The crash days have the moves that are known of them, on the day they are known for."""
    dates, symbols, returns = daily
    for name, move in moves.items():
        assert returns[dates.index(date), symbols.index(name)] == pytest.approx(move, abs=0.005), name
