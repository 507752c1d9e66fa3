"""Past funding of one coin, and how it added up from each of its days on."""

import datetime
import functools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.carry import funding_bands, rolling_paths
from hedge_widgets.model.carry.history import QUANTILES
from hedge_widgets.model.limits import InputError

Array = npt.NDArray[np.float64]

PAYMENTS_A_DAY = 3
LONGEST_DAYS = 365
LEAST_STARTS = 10
ANY_DAY = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class FundingHistory:
    """Past funding of one coin: ``payments`` every eight hours as a short receives them, whole days without a gap.

    ``name`` and ``source`` say in words whose it is; ``is_simulated`` has to be said wherever it is shown.
    """

    name: str
    source: str
    first: datetime.date
    last: datetime.date
    payments: Array
    is_simulated: bool

    @cached_property
    def daily(self) -> Array:
        """Return the sum of each day's payments."""
        days: Array = self.payments.reshape(-1, PAYMENTS_A_DAY).sum(axis=1)
        return days

    @property
    def badge(self) -> str:
        """Return what the page's head says about it."""
        return f"funding: {self.stamp}"

    @property
    def stamp(self) -> str:
        """Return the name with the years, or with the number of days where the calendar is made up."""
        span = f"{len(self.daily):,} days" if self.is_simulated else f"{self.first:%Y} to {self.last:%Y}"
        return f"{self.name}, {span}"


@dataclass(frozen=True, kw_only=True, eq=False)
class FundingCourse:
    """How funding added up from each of ``n_starts`` days of a history on, per unit of a notional held constant.

    ``bands`` has shape (len(QUANTILES), days + 1), ``share_paid``, the share of starts after which a short had paid by
    then, (days + 1,).
    """

    n_starts: int
    bands: Array
    share_paid: Array

    @property
    def horizon(self) -> int:
        """Return the last day it knows of."""
        return len(self.share_paid) - 1


@functools.lru_cache(maxsize=32)
def funding_course(history: FundingHistory, opened_at: float) -> FundingCourse:
    """Return how funding went on from the days whose day before had a mean rate (8 h) at ``opened_at`` or beyond.

    Beyond is above a positive and below a negative rate; ``ANY_DAY`` takes them all. The day before is what one knows
    when one opens.

    Raises
    ------
    InputError
        If the history has fewer than ``LEAST_STARTS`` such days with enough days after them.
    """
    horizon = min(LONGEST_DAYS, len(history.daily) // 2)
    before = history.daily[: len(history.daily) - horizon] / PAYMENTS_A_DAY
    starts = np.ones(len(before), dtype=bool) if opened_at == ANY_DAY else before / opened_at >= 1.0 - 1e-9
    if starts.sum() < LEAST_STARTS:
        level = "" if opened_at == ANY_DAY else f" at {100 * opened_at:.4g} % in 8 h or beyond".replace("-", "−")
        raise InputError(
            f"the funding of {history.name} must have at least {LEAST_STARTS} days{level}, with a stretch after them "
            f"to look at, and it has {int(starts.sum())}"
        )
    paths = rolling_paths(history.daily[1:], horizon)[starts]
    return FundingCourse(
        n_starts=int(starts.sum()),
        bands=funding_bands(paths, QUANTILES).bands,
        share_paid=(paths < 0).mean(axis=0),
    )
