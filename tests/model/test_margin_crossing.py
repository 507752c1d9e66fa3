"""The first crossing of equity and requirements, with pieces of every degree."""

import numpy as np
import pytest

from hedge_widgets.model.margin.crossing import Requirement, first_crossing
from tests.model.books import DERIBIT, FLAT, LINEAR_TIERS


def test_a_rate_that_grows_on_a_notional_that_moves_in_part() -> None:
    """N = 60 + 40 u coins at 1 % + 0.005 % a coin: the margin at u, fee included, is the equity 20 - 10 u."""
    u = first_crossing(1.0, 20.0, -10.0, [Requirement(DERIBIT, 60.0, 40.0, 0.001)])
    size = 60 + 40 * u
    assert 20 - 10 * u == pytest.approx((0.01 + 0.00005 * size) * size + 0.001 * size)
    assert first_crossing(1.0, 20.0, -10.0, [Requirement(DERIBIT, 100.0, 40.0, 0.001)]) < u


def test_a_crossing_can_be_looked_for_from_a_later_start() -> None:
    """10 u - 2 is 1.2 % of 100 u at 2 / 8.8, and less from 0.1 on at once; a leg without size asks nothing."""
    tiers = LINEAR_TIERS[3]  # one rate, 1.2 %
    moving, gone = Requirement(tiers, 0.0, 100.0), Requirement(LINEAR_TIERS[0], 0.0, 0.0)
    exact = 2 / (10 - 1.2)
    for start in (1.0, 0.5):
        assert first_crossing(-1.0, -2.0, 10.0, [moving, gone], start=start) == pytest.approx(exact)
    assert first_crossing(-1.0, -2.0, 10.0, [moving, gone], start=0.1) == 0.1
    assert np.isnan(first_crossing(-1.0, -2.0, 10.0, [moving, gone], lowest=0.3, start=0.5))


def test_random_sums_cross_where_a_fine_grid_says() -> None:
    """Several requirements that move in part, up and down: the crossing lies in the grid's first cell that is below."""
    generator = np.random.default_rng(8)
    n_rows, grid = 400, np.linspace(0.0, 3.0, 6_001)
    for direction in (-1.0, 1.0):
        base, slope = generator.uniform(0, 2e5, (2, 3, n_rows))
        schedules = [LINEAR_TIERS[0], FLAT, LINEAR_TIERS[1]]
        requirements = [Requirement(s, b, m) for s, b, m in zip(schedules, base, slope, strict=True)]
        constant, change = generator.uniform(-2e5, 2e5, (2, n_rows))
        found = first_crossing(direction, constant, change, requirements)
        u = 1.0 + direction * grid[:, None]
        asked = sum(s.maintenance_margin(b + m * u) for s, b, m in zip(schedules, base, slope, strict=True))
        is_below = (constant + change * u <= asked) & (u > 0)
        first = u[is_below.argmax(axis=0), 0]
        expected = np.where(is_below.any(axis=0), first, np.nan)
        inside = np.isfinite(expected)
        assert 50 < inside.sum() < n_rows
        assert np.all(np.abs(found - expected)[inside] <= 3.0 / 6_000 + 1e-12)
        beyond = np.isfinite(found) & ~inside
        assert np.all((found > 3.9) | (found < 1e-3) | ~beyond)
