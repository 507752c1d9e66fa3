"""What needs no browser: the causal strip over a million points, and the slider tables' size and time."""

import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hedge_widgets import HedgeSimulator
from hedge_widgets.live import codec
from hedge_widgets.market.facts import contract
from hedge_widgets.model.hedge import LIMITS, HedgeInputs, hedge_outcome
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.pages.hedge.examples import example_inputs, examples
from tests.bench.rows import Row, at_most, compared

RANGES = {
    "hedge_price": (1e4, 1e5),
    "coverage": (0.0, 1.5),
    "beta": (0.5, 2.0),
    "correlation": (-1.0, 1.0),
    "spot_volatility": (0.2, 2.0),
    "hedge_volatility": (0.2, 2.0),
    "leverage": (1.0, 50.0),
    "cash": (0.0, 1e4),
    "move": (-0.6, 1.0),
    "spike": (-0.5, 1.0),
    "spike_fraction": (0.0, 1.0),
    "own_move": (-0.5, 1.0),
    "funding_rate": (-1e-3, 1e-3),
    "days": (0.0, 365.0),
    "half_spread": (0.0, 1e-3),
    "impact": (0.0, 2.0),
    "daily_volume": (1e7, 1e10),
    "residual": (-1.0, 1.0),
    "entry_gap": (-0.05, 0.05),
    "spike_gap": (-0.05, 0.05),
    "exit_gap": (-0.05, 0.05),
    "thinning": (1.0, 20.0),
}


def scenario_points(count: int, seed: int = 1) -> HedgeInputs:
    """Return inputs whose every numeric field varies over ``count`` points, in cross margin."""
    assert set(RANGES) == set(LIMITS), "a new field belongs into the bench too"
    random = np.random.default_rng(seed)
    draw = {name: random.uniform(low, high, count) for name, (low, high) in RANGES.items()}
    coins = Portfolio(
        (
            Holding(symbol="BTC", quantity=random.uniform(0.1, 10, count), price=random.uniform(1e4, 1e5, count)),
            Holding(symbol="ETH", quantity=random.uniform(0.1, 10, count), price=random.uniform(1e3, 1e4, count)),
        )
    )
    spec = contract("Binance USD-M BTCUSDT")
    return HedgeInputs(portfolio=coins, contract=spec, margin_mode="cross", **draw)


def strip_row(*, short: bool) -> Row:
    """Return the seconds of one million points through the causal strip, inputs validated anew each time."""
    inputs = scenario_points(1_000_000)
    taken = []
    for _ in range(4 if short else 12):
        start = time.perf_counter()
        hedge_outcome(replace(inputs))
        taken.append(time.perf_counter() - start)
    return at_most("1,000,000 points through the causal strip", statistics.median(taken[1:]), "s", 0.25)


def table_rows(*, short: bool) -> list[Row]:
    """Return the largest slider table over all worked examples, and the time to compute the slowest."""
    simulator = HedgeSimulator()
    live = simulator.live
    largest, slowest = 0, 0.0
    for example in examples()[:: 12 if short else 1]:
        simulator.load(example_inputs(example))
        for name, places in live._positions.items():
            start = time.perf_counter()
            header, block = codec.table(live._columns(live.picture(**{name: places})), len(places))
            slowest = max(slowest, time.perf_counter() - start)
            largest = max(largest, len(block) + len(json.dumps(header)))
    return [at_most("largest slider table", largest / 1e3, "kB", 250.0), compared("slowest table", 1e3 * slowest, "ms")]


def rows(*, short: bool) -> Iterator[Row]:
    """Yield every row that needs no browser."""
    yield strip_row(short=short)
    yield from table_rows(short=short)
