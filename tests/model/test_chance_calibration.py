"""Promised chances of a touch come true on real prices, where they are at hand (they are not part of the project)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hedge_widgets.market.margin_terms import volatility_spread
from tests.model.chance_calibration import (
    DAYS,
    FIT_END,
    JUDGED_FROM,
    PROMISED,
    loss,
    observed,
    read,
    windows,
    within_the_day,
)

FOLDER = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def prices() -> Any:
    """Return daily and hourly closes, real ones."""
    if not FOLDER.is_dir():
        pytest.skip("waits for the folder shared/data beside the checkout")
    return read(FOLDER)


def test_what_was_promised_of_a_rise_was_observed_in_the_years_after(prices: Any) -> None:
    """7, 30 and 90 days at 1, 5 and 10 %, from 2022 on, moves within the day counted in: within a factor of 1.5."""
    ratios = within_the_day(prices[1])
    for days in DAYS:
        table = windows(prices[0], days)
        judged = table[table["start"] >= JUDGED_FROM]
        shares = ratios[days] * observed(judged, days, "rise", volatility_spread())
        assert np.all(np.abs(np.log(shares / PROMISED)) < np.log(1.5)), (days, shares)
        plain = observed(judged, days, "rise", None)
        assert plain[0] > 2.5 * PROMISED[0]  # what the textbook promised came three times as often or more


def test_the_figures_that_ship_are_those_of_the_fit(prices: Any) -> None:
    """No step of two hundredths in any of them fits the years to 2021 better by more than the rounding."""
    ratios = within_the_day(prices[1])
    fitted = {}
    for days in DAYS:
        table = windows(prices[0], days, recentred=True)
        fitted[days] = table[table["end"] <= FIT_END]
    shipped = volatility_spread()
    for side, (near, far) in (("rise", shipped.rises), ("fall", shipped.falls)):
        numbers = np.array([far[1], near[1], far[2], near[2]])
        least = loss(numbers, side, fitted, ratios)
        for step in 0.02 * np.concatenate([np.eye(4), -np.eye(4)]):
            assert loss(numbers + step, side, fitted, ratios) > least - 0.06, (side, step)
