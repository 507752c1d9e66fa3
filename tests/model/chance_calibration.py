"""Where ``data/volatility_spread.csv`` comes from: promised chances of a touch against what closes did.

``python -m tests.model.chance_calibration FOLDER`` fits the figures anew and prints promised against observed;
``FOLDER`` holds ``prices_daily.csv`` (date, a column a coin) and ``prices_1h.csv.gz`` (time, a column a coin), which
are not part of the project. The method:

* A window starts at every close with 90 daily log returns before it, whose volatility is the one believed, and lasts
  7, 30 or 90 days; a chance is promised for a barrier, and observed is the share of windows that reach it at a close.
* Fitted are the windows that end by 2021, each coin's path freed of its mean return of those years, since a page
  promises no drift: log returns have the model's trend instead.
* The promise is of any moment, the closes are one a day: observed shares are multiplied by how often hours of 2020 and
  2021 reached what daily closes did, both ways pooled (1.34, 1.12 and 1.04 times for 7, 30 and 90 days).
* Least squares of ln(observed / promised) at promises of 1, 5 and 10 %, for rises and for falls alone, under the
  condition that more time is no lower a chance.
* Judged are the windows that start from 2022 on, as they were, at closes: "out" below.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hedge_widgets.market.margin_terms import volatility_spread
from hedge_widgets.model.paths import VolatilitySpread, touch_probability

DAYS, PROMISED, WINDOW = (7, 30, 90), np.array([0.01, 0.05, 0.10]), 90
FIT_END, JUDGED_FROM = pd.Timestamp("2021-12-31"), pd.Timestamp("2022-01-01")


def windows(closes: pd.DataFrame, days: int, recentred: bool = False, reach: Any = None) -> pd.DataFrame:
    """Return start, end, volatility believed, and furthest rise and fall in logs, one row a window of every coin.

    ``reach`` is (highest, lowest) of each day, by default the closes.
    """
    found = []
    high, low = (closes, closes) if reach is None else reach
    for coin in closes:
        log = np.log(closes[coin].dropna().asfreq("D"))
        returns = log.diff()
        volatility = returns.rolling(WINDOW).std() * np.sqrt(365)
        trend = (returns[:FIT_END].mean() + volatility**2 / 2 / 365) if recentred else 0.0 * volatility
        ends = np.arange(1, days + 1)
        shape = np.lib.stride_tricks.sliding_window_view
        up, down = (
            sign * (shape(np.log(each[coin].reindex(log.index)).to_numpy()[1:], days) - log.to_numpy()[:-days, None])
            - sign * ends * trend.to_numpy()[:-days, None]
            for sign, each in ((1.0, high), (-1.0, low))
        )
        found.append(
            pd.DataFrame(
                {
                    "start": log.index[:-days],
                    "end": log.index[days:],
                    "volatility": volatility.to_numpy()[:-days],
                    "rise": up.max(axis=1),
                    "fall": down.max(axis=1),
                }
            )
        )
    return pd.concat(found).dropna()


def observed(
    table: pd.DataFrame, days: int, side: str, varies: VolatilitySpread | None, promised: Any = PROMISED
) -> Any:
    """Return the share of windows that reached the barrier of each promised chance: those whose own chance is less."""
    sign = -1.0 if side == "rise" else 1.0
    reached = np.exp(-sign * np.maximum(table[side].to_numpy(), 1e-12))
    chances = touch_probability(1.0, reached, sign, table["volatility"].to_numpy(), days / 365, varies=varies)
    return np.array([np.mean(chances <= each) for each in promised])


def within_the_day(hourly: pd.DataFrame) -> dict[int, float]:
    """Return how many times as often hours reached what closes did, by days, in 2020 and 2021, both ways pooled."""
    by_day = hourly.resample("D")
    closes = by_day.last().where(by_day.count() >= 20)
    ratios, promised = {}, (0.02, 0.05, 0.1, 0.2)
    for days in DAYS:
        tables = [windows(closes, days, reach=reach) for reach in (None, (by_day.max(), by_day.min()))]
        totals = [
            sum(observed(table[table["end"] <= FIT_END], days, side, None, promised).sum() for side in ("rise", "fall"))
            for table in tables
        ]
        ratios[days] = float(totals[1] / totals[0])
    return ratios


def spread_of(numbers: Any, side: str) -> VolatilitySpread:
    """Return a spread whose ``side`` is (level of 90 days, of 7, spread of 90 days, of 7)."""
    far, near, far_spread, near_spread = map(float, numbers)
    rows = ((7.0, near, near_spread), (90.0, far, far_spread))
    return VolatilitySpread(rises=rows, falls=rows)


def loss(numbers: Any, side: str, fitted: dict[int, pd.DataFrame], ratios: dict[int, float]) -> float:
    """Return the sum of squared ln(observed / promised), more where a longer time would have a lower chance."""
    if min(numbers[2:]) < 0.02:
        return 99.0
    varies = spread_of(numbers, side)
    shares = [ratios[days] * observed(table, days, side, varies) for days, table in fitted.items()]
    sign = -1.0 if side == "rise" else 1.0
    years, barriers = np.arange(7, 91)[:, None] / 365, np.exp(-sign * np.linspace(0.03, 1.5, 50))
    worst = 0.0
    for volatility in (0.6, 1.2):
        chances = touch_probability(1.0, barriers, sign, volatility, years, varies=varies)
        growth = chances[1:] / np.maximum(chances[:-1], 1e-300) - 1.0
        worst = min(worst, growth[chances[1:] > 1e-5].min())
    missed = 0.0 if worst >= -1e-9 else 1.0 - 100.0 * worst
    return missed + sum(float(np.square(np.log(np.maximum(share, 1e-4) / PROMISED)).sum()) for share in shares)


def fit(side: str, fitted: dict[int, pd.DataFrame], ratios: dict[int, float], start: Any) -> Any:
    """Return the four numbers of :func:`spread_of` with the least loss."""
    from scipy.optimize import minimize

    simplex = [np.array(start), *(np.array(start) + step for step in 0.05 * np.eye(4))]
    options = {"maxiter": 400, "xatol": 0.002, "fatol": 0.001, "initial_simplex": simplex}
    return minimize(loss, start, (side, fitted, ratios), method="Nelder-Mead", options=options).x


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return daily closes and hourly ones."""
    daily = pd.read_csv(folder / "prices_daily.csv", index_col=0, parse_dates=True)
    hourly = pd.read_csv(folder / "prices_1h.csv.gz", index_col=0, parse_dates=True)
    return daily, hourly.tz_localize(None)


def main(folder: Path) -> None:
    """Print the figures fitted anew, and promised against observed before and after."""
    daily, hourly = read(folder)
    ratios = within_the_day(hourly)
    print("hours over closes:", {days: round(ratio, 3) for days, ratio in ratios.items()})
    fitted = {days: windows(daily, days, recentred=True).query("end <= @FIT_END") for days in DAYS}
    shipped = volatility_spread()
    for side, rows in (("rise", shipped.rises), ("fall", shipped.falls)):
        start = (rows[1][1], rows[0][1], rows[1][2], rows[0][2])
        print(side, "shipped", start, "fitted", np.round(fit(side, fitted, ratios, start), 3), "(levels, spreads)")
    for side in ("rise", "fall"):
        for days in DAYS:
            table = windows(daily, days)
            for name, part in (
                ("in", table[table["end"] <= FIT_END]),
                ("out", table[table["start"] >= JUDGED_FROM]),
            ):
                shares = (observed(part, days, side, varies) for varies in (None, shipped))
                before, after = (" ".join(f"{100 * share:6.2f}" for share in each) for each in shares)
                print(f"{side} {days:3} days {name:4} {len(part):6} windows: before {before}   after {after}  %")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
