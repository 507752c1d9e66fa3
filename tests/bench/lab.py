"""The lab without a browser: rolling ratios against statsmodels, the bootstrap, its slider tables and its tables."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hedge_widgets import HedgeRatioLab, load_prices
from hedge_widgets.live import codec
from hedge_widgets.market.sample import sample_prices
from hedge_widgets.model.hedge_ratio import block_bootstrap, horizon_returns, rolling_ordinary_least_squares
from tests.bench.rows import Row, at_least, at_most, compared

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "prices_daily.csv"
WINDOW = 90


def seconds(act: Callable[[], Any], rounds: int) -> float:
    """Return the median time of an act, after one to warm up."""
    act()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def returns() -> tuple[Any, Any, str]:
    """Return (returns of every coin, returns of BTC, what they are): real prices where they lie, else the sample."""
    prices, source = (load_prices(REAL), "real") if REAL.exists() else (sample_prices(), "sample")
    coins = horizon_returns(prices.to_numpy(dtype=np.float64))
    return (
        coins,
        coins[:, list(prices.columns).index("BTC")],
        f"{coins.shape[1]} coins x {len(prices):,} days, {source}",
    )


def rolling_rows(*, short: bool) -> list[Row]:
    """Return the time of all coins' rolling ratios against statsmodels' fastest way in one run, and the difference."""
    import statsmodels.api as sm
    from statsmodels.regression.rolling import RollingOLS

    coins, btc, what = returns()
    design = sm.add_constant(btc)

    def theirs() -> Any:
        return [
            RollingOLS(coin, design, window=WINDOW, min_nobs=WINDOW, missing="drop").fit(params_only=True).params[:, 1]
            for coin in coins.T
        ]

    def ours() -> Any:
        return rolling_ordinary_least_squares(coins, btc, WINDOW).hedge_ratio

    here, there = ours(), np.array(theirs()).T
    both = np.isfinite(here) & np.isfinite(there)
    fast, slow = seconds(ours, 3 if short else 9), seconds(theirs, 1 if short else 3)
    return [
        compared(f"rolling {WINDOW}-day ratio, {what}", 1e3 * fast, "ms"),
        at_least("rolling ratio against statsmodels RollingOLS", slow / fast, "x", 20.0),
        at_most("rolling ratio, largest difference", float(np.abs(here - there)[both].max()), "", 1e-8),
    ]


def bootstrap_row(*, short: bool) -> Row:
    """Return the seconds of 2,000 block-bootstrap draws of ratio and effectiveness on a year of days."""
    coins, btc, _ = returns()
    act = seconds(lambda: block_bootstrap(coins[-365:, 1], btc[-365:], draws=2000), 2 if short else 9)
    return at_most("2,000 bootstrap draws of a year", act, "s", 1.0)


def page_rows(*, short: bool) -> list[Row]:
    """Return the lab's largest slider table, the slowest to compute, and what follows at rest."""
    lab = HedgeRatioLab()
    largest, slowest = 0, 0.0
    estimators = lab.controls.choices["estimator"]
    for estimator in ("least_squares", "kalman") if short else [value for _, value in estimators.options]:
        estimators.value = estimator
        for name, places in lab.live._positions.items():
            start = time.perf_counter()
            header, block = codec.table(lab.live._columns(lab.live.picture(**{name: places})), len(places))
            slowest = max(slowest, time.perf_counter() - start)
            largest = max(largest, len(block) + len(json.dumps(header)))
    return [
        at_most("lab: largest slider table", largest / 1e3, "kB", 250.0),
        compared("lab: slowest table", 1e3 * slowest, "ms"),
        compared("lab: tables and quiz at rest", 1e3 * seconds(lambda: lab._rested(lab.live.values), 3), "ms"),
    ]


def rows(*, short: bool) -> Iterator[Row]:
    """Yield every row of the lab that needs no browser."""
    yield from rolling_rows(short=short)
    yield bootstrap_row(short=short)
    yield from page_rows(short=short)
