"""One coin and one hedge under study: returns, ratios by every estimator, walks out of sample, each computed once.

A study holds two price histories at common dates. Windows are in days; returns span ``horizon`` days and do not
overlap, so a window of 90 days has 30 returns of 3 days.
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
    horizon_returns,
    kalman,
    ordinary_least_squares,
    rolling_ordinary_least_squares,
    rolling_total_least_squares,
    vasicek,
    walk_forward,
)
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
    "total_least_squares": "total least squares",
    "kalman": "Kalman filter (ratio drifts)",
    "on_falls": "only days on which the hedge fell",
}
HORIZONS = (1, 3, 7)
KINDS = ("simple", "log")
HOLD = 30  # days a ratio is kept before it is estimated anew
SHORTEST = 4  # returns; fewer give no interval worth drawing


class HedgeStudy:
    """Ratios of one coin on one hedge, and what they would have removed.

    Parameters
    ----------
    spot_prices, hedge_prices
        Closes at common dates, shape (n,), quote currency, no gaps.
    factor_prices
        Closes of the market factor (BTC) at the same dates, for the ratio of betas; None without one.
    horizon
        Days a return spans, one of ``HORIZONS``.
    kind
        "simple" or "log" returns.
    confidence
        Of every interval, between 0 and 1.

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
        least = 2 * SHORTEST * horizon + 1
        if len(spot_prices) < least:
            raise InputError(f"coin and hedge must have at least {least} days in common, not {len(spot_prices)}")
        self.horizon, self.kind, self.confidence = horizon, kind, confidence
        self.spot = horizon_returns(spot_prices, horizon, kind)
        self.hedge = horizon_returns(hedge_prices, horizon, kind)
        self.factor = None if factor_prices is None else horizon_returns(factor_prices, horizon, kind)
        self.is_same_asset = bool(np.array_equal(self.spot, self.hedge))
        self._known: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self.spot)

    def _once(self, key: Hashable, compute: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = compute()
        known: T = self._known[key]
        return known

    def n_returns(self, window: float) -> int:
        """Return how many returns a window of days holds, at least ``SHORTEST`` and at most all."""
        return int(np.clip(round(float(window) / self.horizon), SHORTEST, len(self)))

    def place(self, days_ago: float) -> int:
        """Return the index of the last return known so many days before the end, not before the first."""
        return int(np.clip(len(self) - 1 - round(float(days_ago) / self.horizon), 0, len(self) - 1))

    @property
    def hold(self) -> int:
        """Return for how many returns a ratio is held in a walk: ``HOLD`` days."""
        return max(1, round(HOLD / self.horizon))

    @property
    def periods_per_year(self) -> float:
        """Return how many returns a year has."""
        return 365.0 / self.horizon

    # -- estimates -----------------------------------------------------------------------------------------------------
    def rolling(self, window: float) -> Estimate:
        """Return the least-squares estimates of every window, arrays of shape (n,); each uses data up to its place."""
        n = self.n_returns(window)
        return self._once(
            ("rolling", n), lambda: rolling_ordinary_least_squares(self.spot, self.hedge, n, self.confidence)
        )

    def rolling_betas(self, window: float) -> tuple[Array, Array]:
        """Return the betas of coin and hedge to the market factor, (n,) each; NaN without a factor."""
        n, factor = self.n_returns(window), self.factor
        if factor is None:
            return np.full(len(self), np.nan), np.full(len(self), np.nan)

        def betas() -> tuple[Array, Array]:
            spot, hedge = (rolling_ordinary_least_squares(leg, factor, n) for leg in (self.spot, self.hedge))
            return np.asarray(spot.hedge_ratio), np.asarray(hedge.hedge_ratio)

        return self._once(("betas", n), betas)

    def ratio_path(self, estimator: str, window: float) -> Array:
        """Return the estimator's ratio at every place, shape (n,), positive = short; NaN where it has none yet."""
        choice("estimator", estimator, tuple(ESTIMATORS))
        return self._once((estimator, self.n_returns(window)), lambda: self._ratio_path(estimator, window))

    def _ratio_path(self, estimator: str, window: float) -> Array:
        spot, hedge, n = self.spot, self.hedge, self.n_returns(window)
        if estimator == "one_to_one":
            return np.ones(len(self))
        if estimator in ("ewma_94", "ewma_97"):
            path = exponentially_weighted(spot, hedge, 0.94 if estimator == "ewma_94" else 0.97).hedge_ratio
        elif estimator == "kalman":
            path = self._once("kalman", lambda: kalman(spot, hedge)).hedge_ratio
        elif estimator == "total_least_squares":
            path = rolling_total_least_squares(spot, hedge, n)
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
        windows = [np.lib.stride_tricks.sliding_window_view(series, n) for series in (self.spot, fell)]
        spot = np.where(np.isnan(windows[1]), np.nan, windows[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            count = np.sum(~np.isnan(spot), axis=1)
            means = [np.nansum(leg, axis=1) / count for leg in (spot, windows[1])]
            left, right = (leg - mean[:, None] for leg, mean in zip((spot, windows[1]), means, strict=True))
            slope = np.nansum(left * right, axis=1) / np.nansum(right * right, axis=1)
        return np.concatenate([np.full(n - 1, np.nan), np.where(count >= SHORTEST, slope, np.nan)])

    def estimate(self, window: float, place: int) -> Estimate:
        """Return the least-squares estimate of the window that ends at a place."""
        n = self.n_returns(window)
        rows = slice(max(0, place + 1 - n), place + 1)
        return ordinary_least_squares(self.spot[rows], self.hedge[rows], self.confidence)

    # -- out of sample -------------------------------------------------------------------------------------------------
    def walk(self, estimator: str, window: float) -> WalkForward:
        """Return an estimator's walk over the days after the first window, its ratio renewed every ``HOLD`` days."""
        n = self.n_returns(window)
        return self._once(
            ("walk", estimator, n),
            lambda: walk_forward(
                self.spot, self.hedge, self.ratio_path(estimator, window), n, self.hold, self.periods_per_year
            ),
        )

    def test_start(self, window: float) -> int:
        """Return the place of the first return of a walk."""
        return self.n_returns(window)
