"""What a history of funding payments says of the days to come: sums, bands, resampling, stretches (docs/model.md 3.5).

All sums are per unit of notional held constant, as a short receives them: positive is received, negative paid.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.carry.funding import HOURS_PER_YEAR, INTERVAL
from hedge_widgets.model.limits import InputError, Limit, numbers

Floats = npt.NDArray[np.float64]
PAYMENT = Limit(-1.0, 1.0)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_COUNT = Limit(1, 1_000_000)
_MOST_NUMBERS = 50_000_000


def _checked_rates(rates: Any, at_least: int = 1) -> Floats:
    values = np.atleast_1d(np.asarray(PAYMENT.checked("funding rates", rates), dtype=np.float64))
    if values.ndim != 1 or values.size < at_least:
        raise InputError(f"a history of funding must be a row of at least {at_least} payments, not of {values.size}")
    return values


def annual_rate_of_history(rates: Any, interval_hours: Any) -> float:
    """Return the simple annual rate a short received: the payments' sum over the hours they stand for, x 8,760."""
    payments = _checked_rates(rates)
    hours = np.broadcast_to(INTERVAL.checked("funding interval", interval_hours), payments.shape)
    return float(payments.sum() / hours.sum() * HOURS_PER_YEAR)


def rolling_sums(rates: Any, n_periods: int) -> Floats:
    """Return the sum of every ``n_periods`` payments in a row, shape (payments - n_periods + 1,).

    Raises
    ------
    InputError
        If the history is shorter than that.
    """
    return rolling_paths(rates, n_periods)[:, -1]


def rolling_paths(rates: Any, n_periods: int) -> Floats:
    """Return the running sum from every start in the history, shape (starts, n_periods + 1), 0 at first.

    Raises
    ------
    InputError
        If the history has fewer payments than ``n_periods``, or the result more numbers than fit in memory.
    """
    n = int(_COUNT.checked("n_periods", n_periods))
    payments = _checked_rates(rates, n)
    if (payments.size - n + 1) * (n + 1) > _MOST_NUMBERS:
        raise InputError(f"periods must leave at most {_MOST_NUMBERS:,} sums, and {n} of {payments.size} do not")
    sums = np.concatenate([[0.0], payments.cumsum()])
    windows = np.lib.stride_tricks.sliding_window_view(sums, n + 1)
    return np.asarray(windows - windows[:, :1])


def resampled_rates(rates: Any, n_periods: int, n_paths: int, mean_block: float, seed: int) -> Floats:
    """Return payments drawn from a history in blocks, shape (paths, n_periods), so that squeezes stay together.

    The stationary bootstrap: blocks of geometric length from a random payment on, the history closed to a ring.
    Source: Politis and Romano, JASA 89 (1994).
    """
    payments = _checked_rates(rates)
    n, paths = int(_COUNT.checked("n_periods", n_periods)), int(_COUNT.checked("n_paths", n_paths))
    if n * paths > _MOST_NUMBERS:
        raise InputError(f"paths times periods must be at most {_MOST_NUMBERS:,}, not {n * paths:,}")
    block = Limit(1.0, payments.size).checked("mean block", mean_block)
    generator = np.random.default_rng(seed)
    is_head = generator.random((paths, n)) < 1.0 / block
    is_head[:, 0] = True
    start = generator.integers(payments.size, size=(paths, n))
    steps = np.arange(n)
    head = np.maximum.accumulate(np.where(is_head, steps, 0), axis=1)
    place = (np.take_along_axis(start, head, axis=1) + steps - head) % payments.size
    return np.asarray(payments[place])


@dataclass(frozen=True, kw_only=True)
class FundingBands:
    """How funding adds up with the number of payments: its quantiles, mean and the chance to have paid in the end.

    ``bands`` has shape (quantiles, n_periods + 1), ``mean`` (n_periods + 1,); ``share_paid`` is the share of paths
    whose last sum is negative, ``worst`` the lowest and ``best`` the highest last sum.
    """

    quantiles: tuple[float, ...]
    bands: Floats
    mean: Floats
    share_paid: float
    worst: float
    best: float


def funding_bands(paths: Any, quantiles: tuple[float, ...] = QUANTILES) -> FundingBands:
    """Return the bands of running sums, shape (paths, n_periods + 1): :func:`rolling_paths`, or resampled sums."""
    sums = numbers("paths", paths)
    if sums.ndim != 2 or 0 in sums.shape:
        raise InputError(f"paths must be a table of at least one path and one sum, not of shape {sums.shape}")
    levels = np.asarray(Limit(0.0, 1.0).checked("quantiles", quantiles))
    final = sums[:, -1]
    return FundingBands(
        quantiles=tuple(levels.tolist()),
        bands=np.quantile(sums, levels, axis=0),
        mean=sums.mean(axis=0),
        share_paid=float((final < 0).mean()),
        worst=float(final.min()),
        best=float(final.max()),
    )


@dataclass(frozen=True, kw_only=True)
class FundingStretches:
    """Runs of payments with one sign, in order, shape (stretches,).

    ``sign`` is +1 where shorts receive, -1 where they pay, 0 where nobody does; ``start`` is the place of the first
    payment, ``length`` counts payments, ``total`` is their sum.
    """

    sign: npt.NDArray[np.intp]
    start: npt.NDArray[np.intp]
    length: npt.NDArray[np.intp]
    total: Floats


def funding_stretches(rates: Any) -> FundingStretches:
    """Return the stretches in which shorts received, or paid, without a break."""
    payments = _checked_rates(rates)
    signs = np.sign(payments).astype(np.intp)
    start = np.flatnonzero(np.concatenate([[True], signs[1:] != signs[:-1]]))
    return FundingStretches(
        sign=signs[start],
        start=start,
        length=np.diff(np.append(start, payments.size)),
        total=np.add.reduceat(payments, start),
    )


@dataclass(frozen=True, kw_only=True)
class FundingRegime:
    """One kind of stretch: what share of the payments it is, how long it lasts, what it pays a short.

    Lengths count payments, ``mean_rate`` is per payment, ``largest_total`` the stretch that moved most, with its sign.
    """

    share: float
    n_stretches: int
    mean_length: float
    longest: int
    mean_rate: float
    largest_total: float


def funding_regimes(rates: Any) -> dict[int, FundingRegime]:
    """Return the regimes that occur by sign: +1 shorts receive, -1 shorts pay, 0 nobody does."""
    stretches = funding_stretches(rates)
    n = int(stretches.length.sum())
    regimes = {}
    for sign in (1, -1, 0):
        length, total = stretches.length[stretches.sign == sign], stretches.total[stretches.sign == sign]
        if length.size:
            regimes[sign] = FundingRegime(
                share=float(length.sum() / n),
                n_stretches=int(length.size),
                mean_length=float(length.mean()),
                longest=int(length.max()),
                mean_rate=float(total.sum() / length.sum()),
                largest_total=float(total[np.abs(total).argmax()]),
            )
    return regimes
