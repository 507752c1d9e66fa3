"""One coin and one hedge under study: returns, ratios by every estimator, walks out of sample, each computed once.

A study holds two price histories, one price a day. Windows are in days; returns span ``horizon`` days and do not
overlap, so a window of 90 days has 30 returns of 3 days. Returns over a missing day are left out, never stretched.
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
    rolling_newey_west,
    rolling_ordinary_least_squares,
    rolling_total_least_squares,
    slope_winsorised,
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
    "slope_winsorised": "least squares of bounded returns (Welch)",
    "total_least_squares": "total least squares",
    "kalman": "Kalman filter (ratio drifts)",
    "on_falls": "only days on which the hedge fell",
}
HORIZONS = (1, 3, 7)
KINDS = ("simple", "log")
HOLD = 30  # days a ratio is kept before it is estimated anew
AHEAD = 90  # days after an estimate whose own slope its interval is held against
SHORTEST = 6  # returns; fewer give no interval worth drawing, nor three hedges at once


class HedgeStudy:
    """Ratios of one coin on one hedge, and what they would have removed.

    Parameters
    ----------
    spot_prices, hedge_prices
        Closes of consecutive days, shape (n,), quote currency; NaN where there is none.
    factor_prices
        Closes of the market factor (BTC) on the same days, for the ratio of betas; None without one.
    horizon
        Days a return spans, one of ``HORIZONS``.
    kind
        "simple" or "log" returns.
    confidence
        Of every interval, between 0 and 1.

    Attributes
    ----------
    spot, hedge
        Returns of the kind asked for, shape (n,); ``simple_spot`` and ``simple_hedge`` the simple ones.
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
        common = int(np.sum(np.isfinite(spot_prices) & np.isfinite(hedge_prices)))
        least = 2 * SHORTEST * horizon + 1
        if common < least:
            raise InputError(f"coin and hedge must have at least {least} days in common, not {common}")
        self.horizon, self.kind, self.confidence = horizon, kind, confidence
        plain = [horizon_returns(prices, horizon) for prices in (spot_prices, hedge_prices)]
        is_whole = np.isfinite(plain[0]) & np.isfinite(plain[1])
        self.rows = len(spot_prices) - 1 - horizon * np.arange(len(is_whole))[::-1][is_whole]
        self.simple_spot, self.simple_hedge = (returns[is_whole] for returns in plain)
        legs = (spot_prices, hedge_prices) if factor_prices is None else (spot_prices, hedge_prices, factor_prices)
        self.spot, self.hedge, *factor = (horizon_returns(prices, horizon, kind)[is_whole] for prices in legs)
        self.factor = factor[0] if factor else None
        if len(self.spot) < 2 * SHORTEST:
            found = f"{len(self.spot)} returns of {horizon} days"
            raise InputError(f"coin and hedge must have at least {2 * SHORTEST} returns in common, not {found}")
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
        """Return the least-squares estimates of every window, arrays of shape (n,); each uses data up to its place.

        Their intervals are robust (Newey-West).
        """
        n = self.n_returns(window)
        return self._once(("rolling", n), lambda: rolling_newey_west(self.spot, self.hedge, n, self.confidence))

    def textbook(self, window: float) -> Estimate:
        """Return the same estimates with Student's t intervals, which are too narrow for returns of coins."""
        n = self.n_returns(window)
        return self._once(
            ("textbook", n), lambda: rolling_ordinary_least_squares(self.spot, self.hedge, n, self.confidence)
        )

    def held_ahead(self, estimates: Estimate) -> float:
        """Return the share of rolling intervals that held the slope of the ``AHEAD`` days after; NaN where none can."""
        n = self.n_returns(AHEAD)
        low, high = (np.asarray(end)[:-n] for end in (estimates.low, estimates.high))
        after = np.asarray(self.textbook(AHEAD).hedge_ratio)[n:]
        known = np.isfinite(low) & np.isfinite(after)
        return float(np.mean((low <= after)[known] & (after <= high)[known])) if known.any() else np.nan

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
        elif estimator == "slope_winsorised":
            path = rolling_ordinary_least_squares(slope_winsorised(spot, hedge), hedge, n).hedge_ratio
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

    # -- out of sample -------------------------------------------------------------------------------------------------
    def test_start(self, window: float) -> int:
        """Return the place of the first return of a walk, the one after the first window."""
        return self.n_returns(window)

    def has_walk(self, window: float) -> bool:
        """Return whether at least two returns remain to be walked over."""
        return len(self) - self.test_start(window) >= 2

    def walk(self, estimator: str, window: float) -> WalkForward | None:
        """Return an estimator's walk, its ratio renewed every ``hold`` returns; None where none remain for it."""
        n = self.n_returns(window)
        if not self.has_walk(window):
            return None
        return self._once(
            ("walk", estimator, n),
            lambda: walk_forward(
                self.spot, self.hedge, self.ratio_path(estimator, window), n, self.hold, self.periods_per_year
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
