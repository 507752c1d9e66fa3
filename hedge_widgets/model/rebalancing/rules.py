"""When a hedge is brought back to what it should be, as an automation would decide it (docs/model.md 3.9)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import InputError, Limit, Numeric, choice
from hedge_widgets.model.rebalancing.exposures import Exposure

TRIGGERS = ("none", "time", "band", "volatility", "funding")
TRADES = ("edge", "centre")
_STEPS = Limit(1, 1_000_000)
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When to look at the hedge, and what to do with a drift.

    ``trigger`` says when: never, every ``interval`` steps, at every step (band), while the hedge asset's volatility
    over the last ``window`` steps is above ``threshold`` (a year), or while the last funding rate is ``threshold`` or
    further from 0. Then a drift beyond ``half_width`` (fraction of the exposure's scale; a number, or an array that
    broadcasts with (paths, steps)) is traded to the ``edge`` of that band or to its ``centre``; with half-width 0 both
    are the target.
    """

    trigger: str
    interval: int = 1
    half_width: Numeric = 0.0
    trade_to: str = "edge"
    threshold: float = 0.0
    window: int = 7

    def __post_init__(self) -> None:
        choice("trigger", self.trigger, TRIGGERS)
        choice("trade_to", self.trade_to, TRADES)
        _STEPS.checked("interval", self.interval)
        _STEPS.checked("window", self.window)
        Limit(0.0, 1e6).checked("threshold", self.threshold)
        object.__setattr__(self, "half_width", Limit(0.0, 1e6).checked("half-width", self.half_width))


def looks(rule: Rule, exposure: Exposure, funding_rates: Any = None) -> Mask:
    """Return at which steps the rule looks at the hedge, shape (paths, steps); the opening is none of them.

    ``funding_rates`` are paid at the END of each step, shape (paths, steps) or less; a rule knows the last one paid.

    Raises
    ------
    InputError
        If a rule on funding is given no rates.
    """
    shape = exposure.unit_pnl.shape
    steps = np.arange(shape[1])
    if rule.trigger == "none":
        seen = np.zeros(shape, dtype=np.bool_)
    elif rule.trigger == "time":
        seen = np.broadcast_to(steps % rule.interval == 0, shape).copy()
    elif rule.trigger == "volatility":
        past = trailing_volatility(exposure.hedge_prices, rule.window, exposure.steps_per_year)
        seen = past[:, :-1] > rule.threshold
    elif rule.trigger == "funding":
        if funding_rates is None:
            raise InputError("a rule on funding must have funding rates; there are none")
        paid = along_paths("funding rates", funding_rates, shape)
        seen = np.abs(np.roll(paid, 1, axis=1)) >= rule.threshold
    else:
        seen = np.ones(shape, dtype=np.bool_)
    seen[:, 0] = False
    return seen


def along_paths(name: str, value: Any, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return a number or an array as one of shape (paths, steps).

    Raises
    ------
    InputError
        If it does not broadcast to that shape.
    """
    array = np.asarray(value, dtype=np.float64)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise InputError(f"{name} must fit paths and steps, {shape}, not be of shape {array.shape}") from None


def trailing_volatility(prices: npt.NDArray[np.float64], window: int, steps_per_year: float) -> npt.NDArray[np.float64]:
    """Return the annual volatility of prices over the last ``window`` steps, NaN before, shape (paths, steps + 1).

    The root of the mean squared log return, as the value at a time knows the returns up to it.
    """
    squares = np.diff(np.log(prices)) ** 2
    volatility = np.full(prices.shape, np.nan)
    if window <= squares.shape[1]:
        sums = np.cumsum(np.pad(squares, ((0, 0), (1, 0))), axis=1)
        mean = np.maximum(sums[:, window:] - sums[:, :-window], 0.0) / window
        volatility[:, window:] = np.sqrt(mean * steps_per_year)
    return volatility
