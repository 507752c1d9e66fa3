"""The sample that ships in ``data/``: simulated closes and funding rates, read from files that this module writes.

``python -m hedge_widgets.market.sample`` writes the files anew. They hold no market data; whatever shows or exports
them says ``SAMPLE_LABEL``.
"""

import csv
import gzip
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.market.simulated_funding import PRINTS_A_DAY, simulated_funding
from hedge_widgets.market.simulated_prices import SYMBOLS, Array, Days, sample_days, simulated_prices
from hedge_widgets.resources import resource

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_LABEL = "simulated sample"
SEED = 15  # of the first thirty, one that comes near the collected figures which the generator does not set exactly
PRICES_FILE, FUNDING_FILE = "sample_prices.csv", "sample_funding.csv.gz"


def sample_note() -> str:
    """Return the sentence that says what the sample is and what it is not."""
    return (
        f"Simulated, not market data: daily closes and 8-hour funding rates of {len(SYMBOLS)} coins over "
        f"{len(sample_days()):,} days of a made-up calendar, by a generator with seed {SEED}, calibrated to the "
        "volatilities and correlations of 2023 to 2025, BTC's funding by year and 15 named stress events as collected "
        "on 2026-11-20; levels, earlier years and "
        "the low caps ARB, CHZ and WIF rest on assumptions."
    )


def sample_prices() -> "pd.DataFrame":
    """Return the sample's daily closes: index of dates, one column a symbol, as ``load_prices`` returns them.

    The file is our own, so nothing about its shape has to be found out.
    """
    import pandas as pd

    prices = pd.read_csv(resource("data") / PRICES_FILE, index_col="date", parse_dates=["date"], dtype=np.float64)
    return prices.set_axis(pd.DatetimeIndex(prices.index.astype("datetime64[s]")), axis=0)


def sample_closes(symbol: str) -> Array | None:
    """Return the sample's daily closes of one coin, shape (days,), None of a coin that it does not have."""
    with (resource("data") / PRICES_FILE).open(newline="", encoding="utf-8") as handle:
        head, *body = csv.reader(handle)
    place = head.index(symbol) if symbol in head[1:] else None
    return None if place is None else np.array([float(row[place]) for row in body])


def sample_funding() -> "pd.DataFrame":
    """Return the sample's funding rates: index of times (UTC), one column a symbol, fractions per 8 hours.

    A positive rate is received by a short, every 8 hours from midnight.
    """
    import pandas as pd

    return pd.read_csv(resource("data") / FUNDING_FILE, index_col="time", parse_dates=["time"])


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Simulated closes, shape (days, coins), and funding rates, shape (3 days, coins), unrounded."""

    symbols: tuple[str, ...]
    days: Days
    prices: Array
    times: Days
    funding: Array


def simulated(seed: int = SEED) -> Sample:
    """Return a sample from the generator; the one that ships is that of ``SEED``, rounded."""
    days = sample_days()
    prices = simulated_prices(seed)
    times = np.arange(days[0], days[-1] + np.timedelta64(1, "D"), np.timedelta64(24 // PRINTS_A_DAY, "h"))
    return Sample(symbols=SYMBOLS, days=days, prices=prices, times=times, funding=simulated_funding(prices, seed))


def write_sample(sample: Sample, folder: Path) -> None:
    """Write the two files: prices of six significant digits, rates to a millionth of a percent."""
    prices = (
        [str(day), *(f"{price:.6g}" for price in row)] for day, row in zip(sample.days, sample.prices, strict=True)
    )
    (folder / PRICES_FILE).write_bytes(_csv("date", sample.symbols, prices))
    rates = np.round(sample.funding, 8) + 0.0  # no minus before a zero
    funding = ([f"{time}:00Z", *(f"{rate:.8g}" for rate in row)] for time, row in zip(sample.times, rates, strict=True))
    # Without a time stamp, so that the same rates make the same file.
    (folder / FUNDING_FILE).write_bytes(gzip.compress(_csv("time", sample.symbols, funding), mtime=0))


def _csv(first: str, symbols: tuple[str, ...], lines: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([first, *symbols])
    writer.writerows(lines)
    return text.getvalue().encode()


if __name__ == "__main__":
    write_sample(simulated(), resource("data"))
