"""What every estimator that takes two series makes of them: dates, masks, lengths, missing values (cases F9, F15)."""

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hedge_widgets.model import hedge_ratio
from hedge_widgets.model.limits import InputError

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
