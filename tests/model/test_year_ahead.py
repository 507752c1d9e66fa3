"""What a year's slopes say of the next: against plain numpy, by hand, and on real coins."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hedge_widgets.model.hedge_ratio import year_ahead

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"
Array = np.ndarray[Any, np.dtype[np.float64]]


def market(n: int, slopes: tuple[float, ...], own: float = 0.03, seed: int = 4) -> tuple[Array, Array]:
    """Return n daily returns of coins with these slopes, shape (n, k), and of their hedge, shape (n,)."""
    rng = np.random.default_rng(seed)
    hedge = 0.03 * rng.standard_t(5, n)
    return np.outer(hedge, slopes) + own * rng.standard_t(5, (n, len(slopes))), hedge


def test_slopes_that_never_change_are_foretold() -> None:
    """Coins that are a multiple of the hedge: no error but that of one-to-one and of what pulls toward it."""
    spots, hedge = market(3 * 365, (0.5, 2.0), own=0.0)
    found = year_ahead(spots, hedge)
    assert found is not None
    assert (found.n_coins, found.n_helped, found.n_pairs) == (2, 2, 4)
    assert found.errors["least_squares"] == pytest.approx(0, abs=1e-12)
    assert found.errors["slope_winsorised"] == pytest.approx(0, abs=1e-12)
    assert found.errors["one_to_one"] == pytest.approx(((0.5**2 + 1.0**2) / 2) ** 0.5)
    assert found.errors["blume"] == pytest.approx(found.errors["one_to_one"] / 3)


def test_years_against_numpy() -> None:
    """Years counted back from the last day; the error of polyfit's slopes, and of those of clipped returns."""
    spots, hedge = market(3 * 365 + 100, (0.3, 1.4, 1.0))
    spots[:, 2] += 0.2 * (np.arange(len(spots)) % 97 == 0)
    errors, bounded = [], []
    for spot in spots.T:
        for start in (100, 465):
            past, after = slice(start, start + 365), slice(start + 365, start + 730)
            target = np.polyfit(hedge[after], spot[after], 1)[0]
            errors.append(np.polyfit(hedge[past], spot[past], 1)[0] - target)
            ends = np.sort([-2 * hedge[past], 4 * hedge[past]], axis=0)
            bounded.append(np.polyfit(hedge[past], np.minimum(np.maximum(spot[past], ends[0]), ends[1]), 1)[0] - target)
    found = year_ahead(spots, hedge)
    assert found is not None
    assert found.errors["least_squares"] == pytest.approx(np.sqrt(np.mean(np.square(errors))))
    assert found.errors["slope_winsorised"] == pytest.approx(np.sqrt(np.mean(np.square(bounded))))


def test_a_slope_that_turns_makes_the_hedge_worse_than_none() -> None:
    """A coin that goes with the hedge in one year and against it in the next is not helped; the other one is."""
    spots, hedge = market(2 * 365, (1.5, 1.5), own=0.005)
    spots[365:, 0] -= 3.0 * hedge[365:]
    found = year_ahead(spots, hedge)
    assert found is not None
    assert (found.n_helped, found.n_coins) == (1, 2)


def test_a_coin_without_two_years_is_not_counted() -> None:
    """A young coin, one with holes and one that ended early are left out; of none there is nothing to say."""
    spots, hedge = market(2 * 365, (1.0, 1.0, 1.0, 1.0))
    spots[:60, 1], spots[::5, 2], spots[-60:, 3] = np.nan, np.nan, np.nan
    found = year_ahead(spots, hedge)
    assert found is not None
    assert (found.n_coins, found.n_pairs) == (1, 1)
    assert year_ahead(spots[:, 1:], hedge) is None
    assert year_ahead(spots[1:], hedge[1:]) is None
    assert year_ahead(spots, np.zeros(730)) is None


@pytest.mark.skipif(not REAL.exists(), reason="waits for shared/data/prices_daily.csv beside the checkout")
def test_real_coins() -> None:
    """As in Sila et al. 2025, shrunk and slope-winsorised betas are nearer to next year's than least squares."""
    import pandas as pd

    returns = pd.read_csv(REAL, index_col=0).pct_change(fill_method=None).iloc[1:]
    found = year_ahead(returns.drop(columns="BTC-USD").to_numpy(), returns["BTC-USD"].to_numpy())
    assert found is not None
    assert max(found.errors, key=lambda name: found.errors[name]) == "least_squares"
    assert found.n_helped == found.n_coins == 17  # large coins that are still there: the study's universe was another
