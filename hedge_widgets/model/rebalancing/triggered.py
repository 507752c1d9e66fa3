"""What a rule of :mod:`triggers` makes of a hedge, against a constant hedge of the same size on average.

Both are kept by the one engine of :func:`rebalanced`. The constant hedge has the coverage that the rule had on average
over all paths and days: a rule that merely hedges more is no better for it. An average of each path would not do: what
is cut after a rise has a low one where there was a rise, and the constant hedge would profit from that in advance.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.rebalancing.engine import Rebalanced, rebalanced
from hedge_widgets.model.rebalancing.exposures import Exposure
from hedge_widgets.model.rebalancing.rules import Rule, along_paths
from hedge_widgets.model.rebalancing.triggers import Mask, Trigger

Floats = npt.NDArray[np.float64]
FALL, WITHIN = 0.1, 30  # what counts as a fall: this share of the price, within so many steps


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """How a hedge is kept on its target between changes of coverage: by a band, whole lots, no order too small.

    ``half_width`` is a number or one a path, shape (paths, 1); the others as in :func:`rebalanced`.
    """

    half_width: Any = 0.0
    trade_to: str = "edge"
    funding_rates: Any = None
    lot: float = 0.0
    min_value: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Course:
    """A hedge along its paths: sums since the start, shape (paths, steps + 1), before costs; ``funding`` is the whole.

    ``gross`` is coins, hedge and funding, ``turnover`` the value traded, ``n_trades`` their number.
    """

    gross: Floats
    turnover: Floats
    n_trades: Floats
    funding: Floats

    @classmethod
    def of(cls, exposure: Exposure, made: Rebalanced, funding_rates: Any = None) -> Self:
        """Return the course of what an engine made."""
        gain = exposure.spot_pnl + made.held * exposure.unit_pnl
        if funding_rates is not None:
            gain = gain - made.held * exposure.unit_value[:, 1:] * along_paths("funding", funding_rates, gain.shape)
        traded = np.abs(made.trades) * exposure.unit_value[:, :-1]
        sums = (np.pad(part.cumsum(axis=1), ((0, 0), (1, 0))) for part in (gain, traded, 1.0 * (made.trades != 0)))
        gross, turnover, n_trades = sums
        return cls(gross=gross, turnover=turnover, n_trades=n_trades, funding=made.funding_pnl)

    def cost(self, cost_rate: Any, fixed_cost: Any) -> Floats:
        """Return what rebalancing has cost so far."""
        cost: Floats = cost_rate * self.turnover + fixed_cost * self.n_trades
        return cost

    def net(self, cost_rate: Any, fixed_cost: Any) -> Floats:
        """Return what has come of it so far, costs included."""
        net: Floats = self.gross - self.cost(cost_rate, fixed_cost)
        return net


def kept(exposure: Exposure, coverage: Floats, upkeep: Upkeep) -> Course:
    """Return the course of a hedge that covers a share of the exposure's target, shape (paths, steps).

    A change of coverage is traded at once and in full, at the price of its step.
    """
    whole = np.concatenate([coverage, coverage[:, -1:]], axis=1)
    covered = replace(exposure, target=exposure.target * whole, scale=exposure.scale * whole)
    is_changed = np.diff(coverage, axis=1, prepend=coverage[:, :1]) != 0
    width = np.where(is_changed, 0.0, upkeep.half_width)
    rule = Rule(trigger="band", half_width=width, trade_to=upkeep.trade_to)
    sizes = {"lot": upkeep.lot, "min_value": upkeep.min_value}
    made = rebalanced(covered, rule, funding_rates=upkeep.funding_rates, **sizes)
    return Course.of(covered, made, upkeep.funding_rates)


@dataclass(frozen=True, kw_only=True)
class Triggered:
    """One rule on every path, and the constant hedge beside it; ``is_on``, ``coverage``: shape (paths, steps).

    ``average`` is the coverage of the constant hedge.
    """

    is_on: Mask
    coverage: Floats
    average: float
    course: Course
    constant: Course

    @property
    def n_changes(self) -> npt.NDArray[np.intp]:
        """Return how often the rule changed the coverage of each path; what it opens with is no change."""
        count: npt.NDArray[np.intp] = np.count_nonzero(np.diff(self.is_on, axis=1), axis=1)
        return count


def average_coverage(trigger: Trigger, coverage: float, is_on: Mask) -> float:
    """Return the mean coverage of a rule that otherwise has ``coverage``, to twelve places."""
    return round(float(coverage + (trigger.coverage - coverage) * is_on.mean()), 12)


def triggered(
    exposure: Exposure,
    trigger: Trigger,
    coverage: float,
    signal: Floats,
    upkeep: Upkeep,
    average: float | None = None,
) -> Triggered:
    """Return what a rule makes of a hedge that otherwise has ``coverage``; ``signal`` is that of :mod:`signals`.

    ``average`` is the coverage of the constant hedge; None: the rule's average over these paths.
    """
    is_on = trigger.states(signal)
    covered = np.where(is_on, trigger.coverage, coverage)
    average = average_coverage(trigger, coverage, is_on) if average is None else average
    course, constant = (kept(exposure, part, upkeep) for part in (covered, np.full(covered.shape, average)))
    return Triggered(is_on=is_on, coverage=covered, average=average, course=course, constant=constant)


@dataclass(frozen=True, kw_only=True)
class Falls:
    """Falls of the coins by ``FALL`` within ``WITHIN`` steps, shape (paths, steps).

    ``comes``: the price falls so far from that step's in the next ones; ``is_known``: the path is long enough to say;
    ``begins``: over that step the price has come to lie so far below the highest of the last ones, and did not before.
    """

    comes: Mask
    is_known: Mask
    begins: Mask

    @classmethod
    def of(cls, prices: Floats) -> Self:
        """Return the falls of prices, shape (paths, steps + 1)."""
        windows = np.lib.stride_tricks.sliding_window_view
        n_steps = prices.shape[1] - 1
        ahead = np.pad(prices[:, 1:], ((0, 0), (0, WITHIN - 1)), constant_values=np.inf)
        behind = np.pad(prices, ((0, 0), (WITHIN, 0)), constant_values=0.0)
        comes = windows(ahead, WITHIN, axis=1).min(axis=2) <= (1.0 - FALL) * prices[:, :-1]
        is_down = prices <= (1.0 - FALL) * windows(behind, WITHIN + 1, axis=1).max(axis=2)
        is_whole = np.broadcast_to(np.arange(n_steps) + WITHIN <= n_steps, comes.shape)
        return cls(comes=comes, is_known=comes | is_whole, begins=is_down[:, 1:] & ~is_down[:, :-1])

    def judged(self, is_raised: Mask) -> tuple[int, int, int, int]:
        """Return (raises, those in vain, falls, those missed) of a hedge that is raised at these steps.

        A raise is in vain if no fall comes; one too near to the end to say is not counted. A fall is missed if the
        hedge is not raised over the step that completes it. What is raised at the opening is no raise.
        """
        raises = is_raised[:, 1:] & ~is_raised[:, :-1] & self.is_known[:, 1:]
        in_vain, missed = raises & ~self.comes[:, 1:], self.begins & ~is_raised
        n_raises, n_vain, n_falls, n_missed = (int(part.sum()) for part in (raises, in_vain, self.begins, missed))
        return n_raises, n_vain, n_falls, n_missed


def worst_falls(net: Floats) -> Floats:
    """Return how far each path of a running net lay below its highest so far, at worst, >= 0, shape (paths,)."""
    deepest: Floats = (np.maximum.accumulate(net, axis=1) - net).max(axis=1)
    return deepest
