"""What every estimator that takes two series makes of them: dates, masks, lengths, missing values (cases F9, F15)."""

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hedge_widgets.model import hedge_ratio
from hedge_widgets.model.carry import funding_bands
from hedge_widgets.model.costs import mid_price
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.paths import first_touch, funding_path_pnl, hedge_stop_path
from hedge_widgets.model.rebalancing import cross_hedge

# What the estimators need besides the two series.
MORE: dict[str, tuple[Any, ...]] = {
    "return_moments": (365.0,),
    "walk_forward": (1.0,),
    "rolling_newey_west": (60,),
    "rolling_ordinary_least_squares": (60,),
    "rolling_total_least_squares": (60,),
}
NAMES = tuple(
    name
    for name in hedge_ratio.__all__
    if callable(function := getattr(hedge_ratio, name))
    and not inspect.isclass(function)
    and list(inspect.signature(function).parameters)[:1] in (["spot"], ["spot_returns"])
)


def arguments(name: str, spot: Any, hedge: Any) -> Any:
    """Return what the estimator called ``name`` makes of two series."""
    several = "hedges" in inspect.signature(getattr(hedge_ratio, name)).parameters
    if several:
        hedge = hedge.to_frame() if isinstance(hedge, pd.Series) else hedge[:, None]
    return getattr(hedge_ratio, name)(spot, hedge, *MORE.get(name, ()))


def same(one: Any, other: Any) -> None:
    """Assert that two results are one, field by field."""
    fields = [list(vars(result).values()) if hasattr(result, "__dict__") else [result] for result in (one, other)]
    for left, right in zip(*fields, strict=True):
        np.testing.assert_allclose(np.array(left, dtype=float), np.array(right, dtype=float), rtol=1e-9, atol=1e-15)


@pytest.fixture
def pair() -> tuple[pd.Series, pd.Series]:
    """Return spot and hedge returns with the slope 1.31."""
    rng = np.random.default_rng(7)
    days = pd.date_range("2024-01-01", periods=300)
    hedge = pd.Series(rng.normal(0.0, 0.03, 300), index=days)
    return 1.31 * hedge + rng.normal(0.0, 0.01, 300), hedge


def test_the_estimators_are_found() -> None:
    """A new one is tested by being public."""
    assert {"ordinary_least_squares", "kalman", "walk_forward", "return_moments", "block_bootstrap"} <= set(NAMES)
    assert len(NAMES) >= 13


def test_the_slope_of_shifted_series(pair: tuple[pd.Series, pd.Series]) -> None:
    """F9: paired by date, not by row."""
    spot, hedge = pair
    assert hedge_ratio.ordinary_least_squares(spot.iloc[1:], hedge.iloc[:-1]).hedge_ratio == pytest.approx(
        1.31, abs=0.1
    )


@pytest.mark.parametrize("name", NAMES)
def test_series_are_paired_by_date(name: str, pair: tuple[pd.Series, pd.Series]) -> None:
    """Shifted and descending series give what the common dates give; without common dates they are refused."""
    spot, hedge = pair
    right = arguments(name, spot.iloc[1:-1].to_numpy(), hedge.iloc[1:-1].to_numpy())
    same_of = [(spot.iloc[1:], hedge.iloc[:-1]), (spot.iloc[1:-1][::-1], hedge.iloc[1:-1][::-1])]
    for left, other in [*same_of, (spot.iloc[1:-1], hedge[::-1])]:
        same(arguments(name, left, other), right)
    with pytest.raises(InputError, match="must have dates in common"):
        arguments(name, spot.iloc[:100], hedge.iloc[100:])
    with pytest.raises(InputError, match="each date once"):
        arguments(name, pd.concat([spot, spot.iloc[-1:]]), hedge)


@pytest.mark.parametrize("name", NAMES)
def test_lengths_and_missing_values_are_named(name: str, pair: tuple[pd.Series, pd.Series]) -> None:
    """F15: arrays of two lengths and nothing but NaN are an InputError."""
    spot, hedge = (leg.to_numpy() for leg in pair)
    with pytest.raises(InputError, match="spot and hedge"):
        arguments(name, spot[1:], hedge)
    with pytest.raises(InputError, match="spot returns"):
        arguments(name, np.full(300, np.nan), hedge)
    with pytest.raises(InputError, match="hedge returns"):
        arguments(name, spot, np.full(300, np.nan))


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_is_a_missing_value(name: str, pair: tuple[pd.Series, pd.Series]) -> None:
    """A masked array says what the same array with NaN says, whatever stands under the mask."""
    spot, hedge = (leg.to_numpy() for leg in pair)
    masked = np.ma.masked_array(spot.copy(), mask=np.arange(300) == 40)
    masked.data[40] = 99.0
    holed = np.where(np.arange(300) == 40, np.nan, spot)
    if name == "return_moments":
        with pytest.raises(InputError, match="spot returns must not be missing, as at row 40"):
            arguments(name, masked, hedge)
        return
    same(arguments(name, masked, hedge), arguments(name, holed, hedge))


def test_a_still_hedge_does_not_move(pair: tuple[pd.Series, pd.Series]) -> None:
    """F17: it is told from hedges that cannot be told apart."""
    spot, hedge = (leg.to_numpy() for leg in pair)
    found = hedge_ratio.minimum_variance_hedge_of(spot, np.column_stack([hedge, np.zeros(300)]))
    assert list(found.is_still) == [False, True]
    assert not found.is_ill_conditioned
    twins = hedge_ratio.minimum_variance_hedge_of(spot, np.column_stack([hedge, hedge, np.zeros(300)]))
    assert list(twins.is_still) == [False, False, True]
    assert twins.is_ill_conditioned


DAYS = np.arange(300)
WRONG: dict[str, tuple[Any, str]] = {
    "rates and marks": (lambda: funding_path_pnl(-1, 2, [100, 110], [1e-4]), "as many"),
    "rates in words": (lambda: funding_path_pnl(-1, 2, [100, 110], ["a", "b"]), "funding rates must be a number"),
    "bands of words": (lambda: funding_bands([["a", "b"]]), "paths must be a number"),
    "a path in words": (lambda: hedge_stop_path(1, 1, 100, 120, ["a", "b"]), "prices must be a number"),
    "times and prices": (lambda: first_touch([0, 1, 2], [100, 110], 105, 1), "as many"),
    "times in words": (lambda: first_touch(["a", "b"], [100, 110], 105, 1), "times must be a number"),
    "bids without sizes": (lambda: mid_price([100, 99], [101, 102]), "bids must be rows of price and quantity"),
    "no order book": (lambda: mid_price(None, None), "bids must be a number"),
}


@pytest.mark.parametrize("case", WRONG)
def test_other_series_are_refused_by_name(case: str) -> None:
    """F15 beside the estimators: paths, funding, order books."""
    call, words = WRONG[case]
    with pytest.raises(InputError, match=words):
        call()


@pytest.mark.parametrize(
    ("days", "ratio"),
    [
        (DAYS[1:], 1.0),
        (DAYS[::-1], 1.0),
        (DAYS + 0.5, 1.0),
        (np.full(300, np.nan), 1.0),
        (["a"] * 300, 1.0),
        (DAYS, "a"),
    ],
    ids=["fewer", "descending", "halves", "missing", "words", "a ratio in words"],
)
def test_wrong_days_are_refused(pair: tuple[pd.Series, pd.Series], days: Any, ratio: Any) -> None:
    """In rolling estimates and walks alike."""
    spot, hedge = (one.to_numpy() for one in pair)
    with pytest.raises(InputError, match=r"days must be (a number|whole numbers that ascend)|ratios must be a number"):
        hedge_ratio.walk_forward(spot, hedge, ratio, days=days)
    if ratio == 1.0:
        with pytest.raises(InputError, match=r"one for each of the 300 returns|days must be a number"):
            hedge_ratio.rolling_newey_west(spot, hedge, 60, days=days)


@pytest.mark.parametrize(("year", "spans"), [(365.0, [1, 2]), (365.0, 0), (365.0, "a"), (np.nan, 1), (-365.0, 1)])
def test_moments_need_a_year_and_spans(pair: tuple[pd.Series, pd.Series], year: Any, spans: Any) -> None:
    """F15: never NaN, never numpy's own error."""
    with pytest.raises(InputError, match=r"spans|periods per year"):
        hedge_ratio.return_moments(*pair, year, spans)


def test_nothing_is_refused_or_told_as_nothing(pair: tuple[pd.Series, pd.Series]) -> None:
    """Series without a row, and a table where a series is asked for."""
    for walk in (lambda: hedge_ratio.walk_forward([], [], 1.0), lambda: hedge_ratio.several_ratio_paths([], [])):
        with pytest.raises(InputError, match=r"at least 92 common returns|shape \(n, m\)"):
            walk()
    assert hedge_ratio.year_ahead([], []) is None
    with pytest.raises(InputError, match=r"must be of shape \(n,\), not \(300, 1\)"):
        hedge_ratio.rolling_newey_west(pair[0].to_frame(), pair[1], 60)


def test_a_drifting_hedge_pairs_prices_by_date(pair: tuple[pd.Series, pd.Series]) -> None:
    """F9 for the exposures: prices in another order, or of other days, are those of the common dates."""
    spot, hedge = (100.0 * np.exp(one.cumsum()) for one in pair)
    plain = cross_hedge(spot.to_numpy()[1:-1], hedge.to_numpy()[1:-1], 1.0, 1.0, 365.0)
    same(cross_hedge(spot.iloc[1:].iloc[::-1], hedge.iloc[:-1], 1.0, 1.0, 365.0), plain)
