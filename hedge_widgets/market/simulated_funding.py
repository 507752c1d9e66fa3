"""Simulated 8-hour funding rates for simulated closes, calibrated to the collected statistics (docs/model.md 3.5).

A coin's days are put in the order of a score: its recent returns plus a wandering part, mostly the market's. Within a
year the lowest score takes the lowest rate of that year's curve, and so on: the year's mean, extremes and share of
negative days are then BTC's collected ones. Many rates are exactly +0.01 %, as the clamp of the formula makes them.
"""

from dataclasses import dataclass, replace

import numpy as np

from hedge_widgets.market.facts import funding_presets, rows, sample_parameters
from hedge_widgets.market.simulated_prices import SYMBOLS, Array, sample_days, target_moments, years_of

PLATEAU = 1e-4  # the rate while the premium lies inside the clamp
PRINTS_A_DAY = 3
WITHIN_DAY = 0.6  # below 0.75, so that a day's rates stay on one side of zero and of the plateau, and its mean stands

RETURN_MEMORY, SCORE_MEMORY, MARKET_SHARE = 0.85, 0.8, 0.7
# From zero to the lowest rate: first a slow slope, then a steep fall, as the collected 1 and 5 % quantiles ask.
LOW_SLOPE, LOW_POWER = 0.12, 20.0
SQUEEZE_COURSE = np.array([1.0, 0.6, 0.3])


@dataclass(frozen=True, kw_only=True)
class RateCurve:
    """The rates of a year's days in ascending order, as fractions per 8 hours.

    The shares of days are those below zero, from zero to the plateau, and above the plateau; the others lie on it.
    """

    lowest: float
    highest: float
    share_negative: float
    share_climbing: float
    share_above: float
    high_power: float

    def rates(self, ranks: Array) -> Array:
        """Return the rates at ``ranks`` from 0 (the lowest day) to 1: low tail, straight climb, plateau, high tail."""
        depth = 1.0 - np.minimum(ranks / self.share_negative, 1.0)
        climb = np.clip((ranks - self.share_negative) / self.share_climbing, 0.0, 1.0)
        curve = self.lowest * (LOW_SLOPE * depth + (1.0 - LOW_SLOPE) * depth**LOW_POWER) + PLATEAU * climb
        if self.share_above:
            high = np.maximum((ranks - 1.0) / self.share_above + 1.0, 0.0)
            curve += (self.highest - PLATEAU) * high**self.high_power
        return np.asarray(curve)


def _collected(kind: str, column: str) -> dict[str, float]:
    """Return a column of one kind of rows of ``data/funding_history.csv`` by their key."""
    return {row["key"]: float(row[column]) for row in rows("funding_history.csv") if row["kind"] == kind}


def bitcoin_curve(year: str) -> RateCurve:
    """Return BTC's curve of a year, with one figure chosen so that the mean is the collected one.

    That figure is the power of the high tail or, in a year that never exceeded the plateau, the share of climbing days.
    """
    mean, lowest, highest, negative = (
        _collected("year", column)[year] for column in ("rate", "min_rate", "max_rate", "share_negative")
    )
    above = sample_parameters("share_above")[year]
    low_mean = lowest * (LOW_SLOPE / 2.0 + (1.0 - LOW_SLOPE) / (LOW_POWER + 1.0))
    missing = PLATEAU * (1.0 - negative) + negative * low_mean - mean
    climbing = sample_parameters("share_climbing")[year] if above else 2.0 * missing / PLATEAU
    power = above * (highest - PLATEAU) / (PLATEAU * climbing / 2.0 - missing) - 1.0 if above else 1.0
    return RateCurve(
        lowest=lowest,
        highest=highest,
        share_negative=negative,
        share_climbing=climbing,
        share_above=above,
        high_power=power,
    )


def coin_curve(bitcoin: RateCurve, symbol: str) -> RateCurve:
    """Return a coin's curve of a year from BTC's.

    The odds of a negative rate and the lowest rate stand to BTC's as in the collected snapshot of all perpetuals, the
    highest rate's distance from the plateau as the volatilities do.
    """
    coin, reference = f"{symbol}USDT", "BTCUSDT"
    shares, lowest, hours = (_collected("symbol", name) for name in ("share_negative", "min_rate", "interval_hours"))
    odds = {name: share / (1.0 - share) for name, share in shares.items()}
    negative = bitcoin.share_negative / (1.0 - bitcoin.share_negative) * odds[coin] / odds[reference]
    negative /= 1.0 + negative
    left = (1.0 - negative) / (1.0 - bitcoin.share_negative)
    volatilities, _ = target_moments()
    wilder = volatilities[SYMBOLS.index(symbol)] / volatilities[0]
    return replace(
        bitcoin,
        lowest=bitcoin.lowest * (lowest[coin] / hours[coin]) / (lowest[reference] / hours[reference]),
        highest=PLATEAU + (bitcoin.highest - PLATEAU) * float(wilder),
        share_negative=negative,
        share_climbing=bitcoin.share_climbing * left,
        share_above=bitcoin.share_above * left,
    )


def simulated_funding(prices: Array, seed: int) -> Array:
    """Return rates of ``SYMBOLS`` every 8 hours, shape (3 days, coins), fractions per 8 hours; a short receives them.

    ``prices`` are the closes, shape (days, coins). A rate lies within the collected bounds of one payment.
    """
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    scores = _scores(rng, prices)
    years = years_of(sample_days())
    daily = np.empty_like(prices)
    for year in np.unique(years):
        bitcoin = bitcoin_curve(max(year, "2019"))  # nothing was collected before
        place = np.flatnonzero(years == year)
        for column, symbol in enumerate(SYMBOLS):
            ranks = scores[place, column].argsort().argsort() / (len(place) - 1)
            daily[place, column] = coin_curve(bitcoin, symbol).rates(ranks)
    _lay_squeezes(rng, daily)

    noise = rng.uniform(-1.0, 1.0, (len(daily), PRINTS_A_DAY, len(SYMBOLS)))
    noise -= noise.mean(axis=1, keepdims=True)
    room = np.minimum(np.abs(daily), np.abs(daily - PLATEAU))
    prints = (daily[:, None] + WITHIN_DAY * room[:, None] * noise).reshape(-1, len(SYMBOLS))
    cap = _collected("cap", "max_rate")
    caps = np.array([cap["BTCUSDT" if symbol == "BTC" else "typical alt"] for symbol in SYMBOLS])
    return np.clip(prints, -caps, caps)


def _scores(rng: np.random.Generator, prices: Array) -> Array:
    returns = np.diff(np.log(prices), axis=0)
    before = np.vstack([np.zeros_like(prices[:2]), returns[:-1] / returns.std(axis=0)])
    market = rng.standard_normal((len(prices), 1))
    own = rng.standard_normal(prices.shape)
    noise = np.sqrt(MARKET_SHARE) * market + np.sqrt(1.0 - MARKET_SHARE) * own
    return _smoothed(before, RETURN_MEMORY) + _smoothed(noise, SCORE_MEMORY)


def _smoothed(values: Array, memory: float) -> Array:
    """Return the recursion x = memory x + values from day to day, scaled to keep the variance of independent values."""
    smoothed = np.zeros_like(values)
    for day in range(1, len(values)):
        smoothed[day] = memory * smoothed[day - 1] + np.sqrt(1.0 - memory**2) * values[day]
    return smoothed


def _lay_squeezes(rng: np.random.Generator, daily: Array) -> None:
    """Write the days into ``daily`` on which the shorts of low caps pay from the preset's rate to the cap."""
    mildest = funding_presets()["low-cap squeeze"].rate
    hardest = _collected("cap", "min_rate")["typical alt"]
    n_years = len(np.unique(years_of(sample_days())))
    for symbol, per_year in sample_parameters("squeezes_per_year").items():
        for _ in range(round(per_year * n_years)):
            start = rng.integers(len(daily) - len(SQUEEZE_COURSE))
            depth = mildest * (hardest / mildest) ** rng.random()
            daily[start : start + len(SQUEEZE_COURSE), SYMBOLS.index(symbol)] = depth * SQUEEZE_COURSE
