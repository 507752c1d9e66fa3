"""One coin and one hedge under study: returns, ratios by every estimator, walks out of sample, each computed once.

Windows are in days; returns span ``horizon`` days and do not overlap, so a window of 90 days has 30 returns of 3 days.
Where prices are missing on a day, or farther apart, a return spans more (:func:`~.returns.spanned_returns`) and counts
as sqrt(horizon / days) of itself: variances and covariances are then those of ``horizon`` days, whatever the file. The
mean is scaled with it, which is off by no more than the square of a day's mean.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.hedge_ratio import (
    Estimate,
    WalkForward,
    blume,
    exponentially_weighted,
    kalman,
    rolling_ordinary_least_squares,
    rolling_total_least_squares,
    slope_winsorised,
    vasicek,
    walk_forward,
)
from hedge_widgets.model.hedge_ratio.least_squares import with_error
from hedge_widgets.model.hedge_ratio.returns import FEWEST, rows_of_days, spanned_returns
from hedge_widgets.model.hedge_ratio.rolling import newey_west_errors
from hedge_widgets.model.limits import InputError, choice

Array = npt.NDArray[np.float64]
T = TypeVar("T")

ESTIMATORS = {
    "least_squares": "least squares = minimum variance",
    "one_to_one": "one-to-one (dollar-neutral)",
    "ewma_94": "exponential weights, decay 0.94",
    "ewma_97": "exponential weights, decay 0.97",
    "blume": "shrunk toward 1 (Blume: a third)",
    "vasicek": "shrunk toward 1 (Vasicek: by its error)",
    "slope_winsorised": "least squares of bounded returns (Welch)",
    "total_least_squares": "total least squares",
    "kalman": "Kalman filter (ratio drifts)",
    "on_falls": "only days on which the hedge fell",
}
HORIZONS = (1, 3, 7)
KINDS = ("simple", "log")
HOLD = 30  # days a ratio is kept before it is estimated anew
AHEAD = 90  # days after an estimate whose own slope its interval is held against
_APART = 10  # returns between the intervals that are held against it


class HedgeStudy:
    """Ratios of one coin on one hedge, and what they would have removed.

    Parameters
    ----------
    spot_prices, hedge_prices
        Closes, shape (n,), quote currency; NaN where there is none.
    days
        Day of each price, whole numbers that ascend, shape (n,); consecutive ones if not given.
    factor_prices
        Closes of the market factor (BTC) on the same days, for the ratio of betas; None without one.
    horizon
        Days a return spans, one of ``HORIZONS``; the usual distance of the prices where they are farther apart.
    kind
        "simple" or "log" returns.
    confidence
        Of every interval, between 0 and 1.

    Attributes
    ----------
    spot, hedge
        Returns of the kind asked for, as of ``horizon`` days, shape (n,); ``simple_spot`` and ``simple_hedge`` the
        simple ones over the days they span.
    horizon, asked_horizon
        Days a return spans as a rule, and as given.
    days, spans
        Day each return ends on, and the days it spans, shape (n,).
    rows
        Index into the prices of the day each return ends on, shape (n,).

    Raises
    ------
    InputError
        If shapes differ, or too few prices remain.
    """

    def __init__(
        self,
        spot_prices: Array,
        hedge_prices: Array,
        *,
        days: npt.NDArray[np.int64] | None = None,
        factor_prices: Array | None = None,
        horizon: int = 1,
        kind: str = "simple",
        confidence: float = 0.95,
    ) -> None:
        choice("kind of returns", kind, KINDS)
        if horizon not in HORIZONS:
            raise InputError(f"horizon must be one of {', '.join(map(str, HORIZONS))} days, not {horizon!r:.20}")
        if len(spot_prices) != len(hedge_prices):
            raise InputError(f"both histories must have the same dates, not {len(spot_prices)} and {len(hedge_prices)}")
        day = np.arange(len(spot_prices)) if days is None else np.asarray(days, dtype=np.int64)
        pair = np.column_stack([spot_prices, hedge_prices])
        known = day[np.isfinite(pair).all(axis=1)]
        usual = int(np.median(np.diff(known))) if len(known) > 1 else 1
        self.asked_horizon, self.horizon = horizon, max(horizon, usual)
        self.kind, self.confidence = kind, confidence
        least = 2 * FEWEST * self.horizon + 1
        n_days = int(known[-1] - known[0]) + 1 if len(known) else 0
        if n_days < least:
            raise InputError(f"coin and hedge must have at least {least} days in common, not {n_days}")
        simple, self.spans, self.rows = spanned_returns(pair, day, horizon)
        self.days = day[self.rows]
        if len(simple) < 2 * FEWEST:
            found = f"{len(simple)} returns of {self.horizon} days"
            raise InputError(f"coin and hedge must have at least {2 * FEWEST} returns in common, not {found}")
        self.simple_spot, self.simple_hedge = simple.T
        self.spot, self.hedge = self.returns_of(pair, day)[0].T
        self.factor = None
        if factor_prices is not None:
            starts = np.searchsorted(day, self.days - self.spans)
            ratios = np.asarray(factor_prices)[self.rows] / np.asarray(factor_prices)[starts]
            returns = np.log(ratios) if kind == "log" else ratios - 1.0
            self.factor = returns * np.sqrt(self.horizon / self.spans)
        self.is_same_asset = bool(np.array_equal(self.spot, self.hedge))
        self._known: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self.spot)

    def returns_of(self, prices: Array, days: npt.NDArray[np.int64]) -> tuple[Array, npt.NDArray[np.int64]]:
        """Return (the returns of prices (n, k) as of ``horizon`` days, the day each ends on), where none is missing."""
        returns, spans, rows = spanned_returns(prices, days, self.asked_horizon, self.kind)
        return returns * np.sqrt(self.horizon / spans)[:, None], days[rows]

    def _once(self, key: Hashable, compute: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = compute()
        known: T = self._known[key]
        return known

    def window_days(self, window: float) -> int:
        """Return the days of a window: whole returns of ``horizon`` days, ``FEWEST`` to all of them."""
        most = max(int(self.days[-1] - self.days[0]) // self.horizon + 1, FEWEST)
        return int(np.clip(round(float(window) / self.horizon), FEWEST, most)) * self.horizon

    def inside(self, window: float, place: int) -> slice:
        """Return the returns whose day lies in the window that ends at a place."""
        return rows_of_days(self.days[: place + 1], self.window_days(window))

    def place(self, days_ago: float) -> int:
        """Return the index of the last return known so many days before the end, not before the first."""
        back = round(float(days_ago) / self.horizon) * self.horizon
        return max(int(np.searchsorted(self.days, self.days[-1] - back, side="right")) - 1, 0)

    @property
    def is_even(self) -> bool:
        """Return whether every return spans the same days."""
        return bool(np.all(self.spans == self.horizon))

    @property
    def hold(self) -> int:
        """Return for how many days a ratio is held in a walk: ``HOLD``, in whole returns."""
        return max(1, round(HOLD / self.horizon)) * self.horizon

    @property
    def periods_per_year(self) -> float:
        """Return how many returns of ``horizon`` days a year has."""
        return 365.0 / self.horizon

    # -- estimates -----------------------------------------------------------------------------------------------------
    def rolling(self, window: float, places: npt.NDArray[np.int64] | None = None) -> Estimate:
        """Return the least-squares estimates of every window, arrays of shape (n,); each uses data up to its place.

        Their intervals are robust (Newey-West), and there at ``places`` at least, or everywhere.
        """
        n, plain = self.window_days(window), self.textbook(window)
        error = self._once(("errors", n), lambda: np.full(len(self), np.nan))
        is_wanted = np.isnan(error) & np.isfinite(np.asarray(plain.hedge_ratio, dtype=np.float64))
        if places is not None:
            is_wanted &= np.isin(np.arange(len(self)), places)
        rows = np.flatnonzero(is_wanted)
        error[rows] = newey_west_errors(self.spot, self.hedge, n, rows, self.days)
        return with_error(plain, error.copy())

    def textbook(self, window: float) -> Estimate:
        """Return the same estimates with Student's t intervals, which are too narrow for returns of coins."""
        n = self.window_days(window)
        return self._once(
            ("textbook", n),
            lambda: rolling_ordinary_least_squares(self.spot, self.hedge, n, self.confidence, days=self.days),
        )

    def held_ahead(self, window: float, *, is_robust: bool = True) -> float:
        """Return the share of intervals that held the slope of the ``AHEAD`` days after; NaN where none can.

        Every ``_APART``-th interval counts, back from the last: neighbours are almost the same.
        """
        places = np.arange(len(self) - 1, -1, -_APART)
        last = self.days[places] + self.window_days(AHEAD)  # day of the days after
        places, last = places[last <= self.days[-1]], last[last <= self.days[-1]]
        estimates = self.rolling(window, places) if is_robust else self.textbook(window)
        low, high = (np.asarray(end)[places] for end in (estimates.low, estimates.high))
        after = np.asarray(self.textbook(AHEAD).hedge_ratio)[np.searchsorted(self.days, last, side="right") - 1]
        known = np.isfinite(low) & np.isfinite(after)
        return float(np.mean((low <= after)[known] & (after <= high)[known])) if known.any() else np.nan

    def beta_ratio(self, window: float) -> Array:
        """Return the coin's beta to the market factor over the hedge's at every place, (n,); NaN without a factor."""
        n, factor = self.window_days(window), self.factor
        if factor is None:
            return np.full(len(self), np.nan)

        def ratio() -> Array:
            spot, hedge = (
                np.asarray(rolling_ordinary_least_squares(leg, factor, n, days=self.days).hedge_ratio)
                for leg in (self.spot, self.hedge)
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(spot / hedge)

        return self._once(("beta_ratio", n), ratio)

    def ratio_path(self, estimator: str, window: float) -> Array:
        """Return the estimator's ratio at every place, shape (n,), positive = short; NaN where it has none yet."""
        choice("estimator", estimator, tuple(ESTIMATORS))
        return self._once((estimator, self.window_days(window)), lambda: self._ratio_path(estimator, window))

    def _ratio_path(self, estimator: str, window: float) -> Array:
        spot, hedge, n = self.spot, self.hedge, self.window_days(window)
        if estimator == "one_to_one":
            return np.ones(len(self))
        if estimator in ("ewma_94", "ewma_97"):
            path = exponentially_weighted(spot, hedge, 0.94 if estimator == "ewma_94" else 0.97).hedge_ratio
        elif estimator == "kalman":
            path = self._once("kalman", lambda: kalman(spot, hedge)).hedge_ratio
        elif estimator == "slope_winsorised":
            path = rolling_ordinary_least_squares(slope_winsorised(spot, hedge), hedge, n, days=self.days).hedge_ratio
        elif estimator == "total_least_squares":
            path = rolling_total_least_squares(spot, hedge, n, days=self.days)
        elif estimator == "on_falls":
            path = self._on_falls(n)
        else:
            rolling = self.rolling(window)
            path = rolling.hedge_ratio
            if estimator == "blume":
                path = blume(path)
            elif estimator == "vasicek":
                path = vasicek(path, rolling.standard_error)
        return np.asarray(path, dtype=np.float64)

    def _on_falls(self, n: int) -> Array:
        """Return the slope on the days of each window on which the hedge fell."""
        fell = np.where(self.hedge < 0, self.hedge, np.nan)
        if np.isnan(fell).all():
            return fell
        found = rolling_ordinary_least_squares(self.spot, fell, n, days=self.days)
        return np.where(np.asarray(found.n_returns) >= FEWEST, found.hedge_ratio, np.nan)

    # -- out of sample -------------------------------------------------------------------------------------------------
    def test_start(self, window: float) -> int:
        """Return the place of the first return of a walk, the one after the first window."""
        first = 2 * self.days[0] - self.days[1] + self.window_days(window)
        return int(np.searchsorted(self.days, first, side="right"))

    def has_walk(self, window: float) -> bool:
        """Return whether at least two returns remain to be walked over."""
        return len(self) - self.test_start(window) >= 2

    def walk(self, estimator: str, window: float) -> WalkForward | None:
        """Return an estimator's walk, its ratio renewed every ``hold`` returns; None where none remain for it."""
        n = self.window_days(window)
        if not self.has_walk(window):
            return None
        return self._once(
            ("walk", estimator, n),
            lambda: walk_forward(
                self.spot, self.hedge, self.ratio_path(estimator, window), n, self.hold, days=self.days
            ),
        )

    def constant_effectiveness(self, ratio: Array, window: float) -> Array:
        """Return what constant ratios, shape (k,), removed on the days of a walk: 1 - Var(hedged) / Var(unhedged)."""
        if not self.has_walk(window):
            return np.full(ratio.shape, np.nan)
        spot, hedge = self.spot[self.test_start(window) :], self.hedge[self.test_start(window) :]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(1.0 - np.var(spot - ratio[:, None] * hedge, axis=1) / np.var(spot))

    def held_ratios(self, walk: WalkForward) -> Array:
        """Return the ratio that a walk held at each of its test days, shape (t,)."""
        return np.asarray(walk.ratios[np.searchsorted(walk.starts, walk.rows, side="right") - 1])

    def equity(self, ratio: Any, window: float) -> Array:
        """Return what one dollar in the coin became, hedged at ``ratio`` from the walk's first day on, before costs.

        ``ratio`` is a number, one a test day, or (k, 1) for k constant ratios; the result has the shape (..., n), 1 on
        the eve of the walk and NaN before it. The simple returns compound, whatever kind is studied; a ruined dollar
        stays 0.
        """
        start = self.test_start(window)
        hedged = self.simple_spot[start:] - ratio * self.simple_hedge[start:]
        whole = np.full((*hedged.shape[:-1], len(self)), np.nan)
        whole[..., start - 1] = 1.0
        whole[..., start:] = np.cumprod(np.maximum(1.0 + hedged, 0.0), axis=-1)
        return whole
