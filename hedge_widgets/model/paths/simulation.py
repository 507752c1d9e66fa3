"""Seeded simulation of how far a price goes, with fat tails and jumps.

A path watched at a few moments misses what happens in between: its share of liquidations is too low, however many paths
there are. Between two moments a path is a Brownian bridge, whose highest point has a known law; drawing from it makes
the simulation agree with the closed form (model.md 3.7, 3.11).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import Limit, choice, missing_as_none
from hedge_widgets.model.paths.touch import DRIFT, VOLATILITY, YEARS

MONITORINGS = ("continuous", "discrete")
_COUNT = Limit(1, 10_000_000)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PriceDynamics:
    """How one price moves: all figures annual, jumps in logs.

    ``volatility`` is that of the diffusion, ``degrees_of_freedom`` (above 2) makes each step Student-t with that same
    volatility, None normal; ``jump_intensity`` is jumps a year, each normal with ``jump_mean`` and ``jump_deviation``.
    The price's expectation grows with ``drift``, jumps included; for Student-t steps, whose expectation of a price does
    not exist, the drift of the logarithm is the same.
    """

    volatility: float
    drift: float = 0.0
    degrees_of_freedom: float | None = None
    jump_intensity: float = 0.0
    jump_mean: float = 0.0
    jump_deviation: float = 0.0

    def __post_init__(self) -> None:
        VOLATILITY.checked("volatility", self.volatility)
        DRIFT.checked("drift", self.drift)
        Limit(0.0, 1000.0).checked("jump_intensity", self.jump_intensity)
        Limit(-5.0, 5.0).checked("jump_mean", self.jump_mean)
        Limit(0.0, 5.0).checked("jump_deviation", self.jump_deviation)
        if self.degrees_of_freedom is not None:
            Limit(2.01, 1e6).checked("degrees_of_freedom", self.degrees_of_freedom)

    @property
    def log_drift(self) -> float:
        """Return the annual drift of the logarithm between jumps."""
        jump_growth = float(np.exp(self.jump_mean + self.jump_deviation**2 / 2.0)) - 1.0
        return self.drift - self.volatility**2 / 2.0 - self.jump_intensity * jump_growth


@dataclass(frozen=True, kw_only=True)
class PathExtremes:
    """How far simulated paths went, log returns from the start, shape (paths,).

    ``highest`` and ``lowest`` are of the whole path, ``highest_seen`` and ``lowest_seen`` of the moments between steps
    only; each alone has its right law (highest and lowest of one path are drawn apart).
    """

    highest: Floats
    lowest: Floats
    highest_seen: Floats
    lowest_seen: Floats
    final: Floats


def simulated_extremes(dynamics: PriceDynamics, years: float, n_steps: int, n_paths: int, seed: int) -> PathExtremes:
    """Return how far ``n_paths`` paths go in ``years``, simulated in steps of equal length from a seed.

    One simulation serves every barrier: see :func:`touch_share`. Jumps fall at the end of a step.
    """
    YEARS.checked("years", years)
    _COUNT.checked("n_steps", n_steps)
    _COUNT.checked("n_paths", n_paths)
    generator = np.random.default_rng(seed)
    step = years / n_steps
    at = np.zeros(n_paths)
    extremes = {name: np.zeros(n_paths) for name in ("highest", "lowest", "highest_seen", "lowest_seen")}
    for _ in range(n_steps):
        variance = _step_variance(dynamics, step, n_paths, generator)
        move = dynamics.log_drift * step + np.sqrt(variance) * generator.standard_normal(n_paths)
        high, low = _bridge_reach(move, variance, generator)
        after = at + move + _jumps(dynamics, step, n_paths, generator)
        extremes["highest"] = np.maximum(extremes["highest"], np.maximum(at + high, after))
        extremes["lowest"] = np.minimum(extremes["lowest"], np.minimum(at + low, after))
        extremes["highest_seen"] = np.maximum(extremes["highest_seen"], after)
        extremes["lowest_seen"] = np.minimum(extremes["lowest_seen"], after)
        at = after
    return PathExtremes(**extremes, final=at)


def _step_variance(dynamics: PriceDynamics, step: float, n_paths: int, generator: np.random.Generator) -> Any:
    """Return each path's variance over one step; given it the step is normal, which makes it Student-t over all."""
    variance = dynamics.volatility**2 * step
    if dynamics.degrees_of_freedom is None:
        return np.full(n_paths, variance)
    return variance * (dynamics.degrees_of_freedom - 2.0) / generator.chisquare(dynamics.degrees_of_freedom, n_paths)


def _bridge_reach(move: Floats, variance: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return (highest, lowest) of Brownian bridges from 0 to ``move``: (m +/- sqrt(m^2 - 2 v ln U)) / 2."""
    # 1 - U is never 0, so the logarithm is finite.
    up, down = (-2.0 * variance * np.log(1.0 - generator.random(move.shape)) for _ in range(2))
    return (move + np.sqrt(move**2 + up)) / 2.0, (move - np.sqrt(move**2 + down)) / 2.0


def _jumps(dynamics: PriceDynamics, step: float, n_paths: int, generator: np.random.Generator) -> Any:
    """Return the sum of each path's jumps in one step."""
    if dynamics.jump_intensity == 0:
        return 0.0
    count = generator.poisson(dynamics.jump_intensity * step, n_paths)
    noise = generator.standard_normal(n_paths)
    return count * dynamics.jump_mean + np.sqrt(count) * dynamics.jump_deviation * noise


def touch_share(
    extremes: PathExtremes, spot: Any, barrier: Any, side: Any, monitoring: str = "continuous"
) -> tuple[Any, Any]:
    """Return (share of the paths that touch a barrier, its standard error), for every barrier of an array.

    ``side`` is -1 for a barrier above (a short's), +1 for one below; a missing barrier (None, NaN) is never touched.
    ``monitoring`` "discrete" looks at the moments between steps only, and so finds too few.
    """
    seen = choice("monitoring", monitoring, MONITORINGS) == "discrete"
    level = np.asarray(np.nan if barrier is None else barrier, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.log(level / np.asarray(spot, dtype=np.float64))
    highest = np.sort(extremes.highest_seen if seen else extremes.highest)
    lowest = np.sort(extremes.lowest_seen if seen else extremes.lowest)
    n_paths = highest.size
    above = n_paths - np.searchsorted(highest, distance, side="left")
    below = np.searchsorted(lowest, distance, side="right")
    share = np.where(np.isnan(distance), 0.0, np.where(np.asarray(side) < 0, above, below) / n_paths)
    return missing_as_none(share), missing_as_none(np.sqrt(share * (1.0 - share) / n_paths))


def barrier_for_share(extremes: PathExtremes, spot: Any, side: float, probability: Any) -> Any:
    """Return the price that at most this share of the simulated paths touches: the barrier of a chosen limit."""
    wanted = Limit(0.0, 1.0).checked("probability", probability)
    reach = np.sort(extremes.highest if side < 0 else -extremes.lowest)[::-1]
    # The next path after those allowed to touch, and a hair beyond it.
    place = np.minimum(np.floor(np.asarray(wanted) * reach.size * (1 + 1e-12)).astype(int), reach.size - 1)
    return missing_as_none(spot * np.exp(-side * reach[place]) * (1.0 - side * 1e-12))
