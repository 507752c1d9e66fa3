"""What the rules of :mod:`triggers` watch, along paths: each value knows the prices and payments up to its own step."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.position import liquidation_price
from hedge_widgets.model.margin.tiers import MarginTiers
from hedge_widgets.model.rebalancing.exposures import Exposure
from hedge_widgets.model.rebalancing.rules import along_paths, trailing_volatility
from hedge_widgets.model.rebalancing.triggers import Trigger

Floats = npt.NDArray[np.float64]


def signal_along(
    trigger: Trigger,
    exposure: Exposure,
    spot_prices: Floats,
    funding_rates: Any = None,
    *,
    liquidation_ratio: float | None = None,
) -> Floats:
    """Return what a rule watches, shape (paths, steps), NaN where it is not known.

    Parameters
    ----------
    exposure
        A full hedge of the coins.
    spot_prices
        Of the coins, shape (paths, steps + 1).
    funding_rates
        As in :func:`rebalanced`: paid at the END of each step, positive = a short receives.
    liquidation_ratio
        Price that liquidates the hedge over the one it was opened at; None: none does.

    Raises
    ------
    InputError
        If a rule on funding is given no rates.
    """
    shape, n = exposure.unit_pnl.shape, trigger.days
    side = np.sign(exposure.target[:, :1])
    signal = np.full(shape, np.nan)
    if trigger.signal == "volatility":
        return trailing_volatility(spot_prices, n, exposure.steps_per_year)[:, :-1]
    if trigger.signal == "funding":
        if funding_rates is None:
            raise InputError("a rule on funding must have funding rates; there are none")
        received = -side * along_paths("funding rates", funding_rates, shape)
        return _placed(signal, _sums(received, n) / n, n)
    if trigger.signal == "drift":
        off = np.abs(exposure.target[:, :-n] - exposure.target[:, n:])
        return _placed(signal, np.divide(off, exposure.scale[:, n:], where=exposure.scale[:, n:] > 0, out=off), n)
    if trigger.signal == "beta":
        slopes = _slopes(spot_prices, exposure.hedge_prices, n)
        return _placed(signal, slopes[:, n:] - slopes[:, :-n], 2 * n)
    if liquidation_ratio is None:
        return np.full(shape, np.inf)
    ratio = liquidation_ratio * exposure.hedge_prices[:, :1] / exposure.hedge_prices[:, :-1]
    distance: Floats = -side * (ratio - 1.0)
    return distance


def liquidation_ratio(kind: str, side: float, leverage: float, maintenance_rate: float) -> float | None:
    """Return the price that liquidates an isolated position over its entry price, None if no price does.

    ``kind`` is that of the contract, "linear" or "inverse"; nothing is added to its margin.
    """
    tiers = MarginTiers.single(maintenance_rate, leverage)
    price: float | None = liquidation_price(kind, side, 1.0, 1.0, 1.0 / leverage, tiers)
    return price


def _placed(signal: Floats, known: Floats, first: int) -> Floats:
    """Return the signal with values known from step ``first`` on, as far as they and the steps go."""
    count = max(min(known.shape[1], signal.shape[1] - first), 0)
    signal[:, first : first + count] = known[:, :count]
    return signal


def _sums(values: Floats, n: int) -> Floats:
    """Return the sums over every n values in a row, shape (paths, values - n + 1), none if there are fewer."""
    if n > values.shape[1]:
        return np.empty((len(values), 0))
    sums: Floats = np.lib.stride_tricks.sliding_window_view(values, n, axis=1).sum(axis=2)
    return sums


def _slopes(spot_prices: Floats, hedge_prices: Floats, n: int) -> Floats:
    """Return the slope through the origin of log returns over every n of them in a row, NaN of a standing hedge."""
    spot, hedge = (np.diff(np.log(prices)) for prices in (spot_prices, hedge_prices))
    products, squares = _sums(spot * hedge, n), _sums(hedge**2, n)
    slopes: Floats = np.divide(products, squares, where=squares > 0, out=np.full(squares.shape, np.nan))
    return slopes
