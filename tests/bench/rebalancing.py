"""The rebalancing page without a browser: rules on 1,000 paths, its slider tables, its tables at rest."""

from collections.abc import Iterator

import numpy as np

from hedge_widgets import RebalancingExplorer
from hedge_widgets.model.paths import PairDynamics, simulated_pair
from hedge_widgets.model.rebalancing.setting import Paths
from hedge_widgets.model.rebalancing.study import study
from tests.bench.lab import seconds
from tests.bench.rows import Row, at_most
from tests.bench.tables import table_rows


def study_rows(*, short: bool) -> list[Row]:
    """Return the time of every rule at every position of its slider on 1,000 paths of a year."""
    dynamics = PairDynamics(spot_volatility=0.85, hedge_volatility=0.6, correlation=0.65, degrees_of_freedom=4.0)

    def computed() -> None:
        spot, hedge = simulated_pair(dynamics, 1.0, 1.0, 1.0, 365, 1_000, 15)
        paths = Paths(
            spot=spot,
            hedge=hedge,
            funding=np.full((1_000, 365), 3e-4),
            spot_volatility=0.85,
            hedge_volatility=0.6,
            correlation=0.65,
            names=(),
            stamp="",
        )
        study(paths, "cross", 0.6, "edge")

    rounds = 1 if short else 3
    return [at_most("rebalancing: 1,000 paths x 365 days x 63 rules", seconds(computed, rounds), "s", 2.0)]


def rows(*, short: bool) -> Iterator[Row]:
    """Yield every row of the rebalancing page that needs no browser."""
    yield from study_rows(short=short)
    page = RebalancingExplorer()
    page.controls.choices["n_paths"].value = 1_000
    yield from table_rows("rebalancing", page)
    page.controls.choices["watched"].value = "volatility"
    yield from table_rows("rebalancing, a rule looked at", page)
