"""What is hedged, and the hedge it asks for from step to step: what drifts, and what does not (docs/model.md 3.9).

A hedge is a number of units, negative = short. A unit is a coin of the hedge asset (linear contracts) or one unit of
quote value (inverse contracts whose profit is swept out). Drift is what the target does while the units stand still.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.hedge_ratio.returns import aligned
from hedge_widgets.model.limits import POSITIVE, SIGNED, InputError
from hedge_widgets.model.options import option_along

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """A position to be hedged along paths, arrays of shape (paths, steps + 1) or, for gains, (paths, steps).

    ``target`` is the hedge it asks for, in units, ``scale`` (units, positive) what a band of half-width 1 means;
    ``unit_value`` is the quote value of one unit, ``unit_pnl`` what one gains over a step, ``spot_pnl`` what the
    position gains. ``hedge_prices`` are those that volatility is watched on.
    """

    target: Floats
    scale: Floats
    unit_value: Floats
    unit_pnl: Floats
    spot_pnl: Floats
    hedge_prices: Floats
    steps_per_year: float

    @property
    def years(self) -> float:
        """Return how long the paths are."""
        n_steps: int = self.unit_pnl.shape[1]
        return n_steps / self.steps_per_year


def same_asset(prices: Any, quantity: float, steps_per_year: float, coverage: float = 1.0) -> Exposure:
    """Return coins hedged with a linear contract on the same coin: the target is -c q coins at every price."""
    prices = _paths("prices", prices)
    quantity, coverage = SIGNED.each(quantity=quantity, coverage=coverage)
    return _in_coins(np.full_like(prices, -coverage * quantity), prices, quantity * np.diff(prices), steps_per_year)


def cross_hedge(
    spot_prices: Any, hedge_prices: Any, quantity: float, hedge_ratio: float, steps_per_year: float
) -> Exposure:
    """Return coins hedged with another coin: the target -h q S / F drifts, as the legs move by different shares.

    Series of pandas are paired by date (:func:`~hedge_widgets.model.hedge_ratio.returns.aligned`), arrays by row.
    """
    spot_prices, hedge_prices = aligned(spot_prices=spot_prices, hedge_prices=hedge_prices)
    spot, hedge = _paths("spot prices", spot_prices), _paths("hedge prices", hedge_prices)
    if spot.shape != hedge.shape:
        raise InputError(f"spot and hedge prices must have one shape, not {spot.shape} and {hedge.shape}")
    quantity, hedge_ratio = SIGNED.each(quantity=quantity, hedge_ratio=hedge_ratio)
    return _in_coins(-hedge_ratio * quantity * spot / hedge, hedge, quantity * np.diff(spot), steps_per_year)


def fixed_notional(prices: Any, quantity: float, notional: float, steps_per_year: float) -> Exposure:
    """Return coins with a short whose quote value is to stay ``notional``: the target is -N / F coins."""
    prices = _paths("prices", prices)
    quantity, notional = SIGNED.each(quantity=quantity, notional=notional)
    return _in_coins(-notional / prices, prices, quantity * np.diff(prices), steps_per_year)


def swept_inverse(prices: Any, quantity: float, steps_per_year: float) -> Exposure:
    """Return coins hedged with inverse contracts whose coin profit is swept out at every step.

    Then n C of contracts are short n C / F coins, and q coins ask for n C = q F. With the profit left in the account
    the coins and the contracts stay neutral by themselves (docs/errata.md E6b).
    """
    prices = _paths("prices", prices)
    size: Any = SIGNED.checked("quantity", quantity)
    moves = np.diff(prices)
    target = -size * prices
    return Exposure(
        target=target,
        scale=np.abs(target),
        unit_value=np.ones_like(prices),
        unit_pnl=moves / prices[:, :-1],
        spot_pnl=size * moves,
        hedge_prices=prices,
        steps_per_year=_rate(steps_per_year),
    )


def option_delta(kind: str, quantity: float, prices: Any, strike: float, years: float, volatility: Any) -> Exposure:
    """Return an option of ``quantity`` coins (negative = sold) on a future, hedged by its delta until it expires.

    A half-width of 1 is the delta of the whole quantity.
    """
    prices = _paths("prices", prices)
    size: Any = SIGNED.checked("quantity", quantity)
    value = option_along(kind, prices, strike, years, volatility)
    n_steps = prices.shape[1] - 1
    spot_pnl = size * np.diff(np.asarray(value.price))
    exposure = _in_coins(-size * np.asarray(value.delta), prices, spot_pnl, n_steps / years)
    return Exposure(**(vars(exposure) | {"scale": np.full_like(prices, abs(size))}))


def _in_coins(target: Floats, hedge_prices: Floats, spot_pnl: Floats, steps_per_year: float) -> Exposure:
    return Exposure(
        target=np.asarray(SIGNED.checked("target of the hedge", target)),
        scale=np.abs(target),
        unit_value=hedge_prices,
        unit_pnl=np.diff(hedge_prices),
        spot_pnl=spot_pnl,
        hedge_prices=hedge_prices,
        steps_per_year=_rate(steps_per_year),
    )


def _rate(steps_per_year: float) -> float:
    return float(POSITIVE.checked("steps per year", steps_per_year))


def _paths(name: str, prices: Any) -> Floats:
    """Return prices as an array of shape (paths, steps + 1), one path if there is no other axis."""
    paths = np.atleast_2d(np.asarray(POSITIVE.checked(name, prices), dtype=np.float64))
    if paths.ndim != 2 or paths.shape[1] < 2:
        raise InputError(f"{name} must be rows of at least two prices, not an array of shape {np.shape(prices)}")
    return paths
