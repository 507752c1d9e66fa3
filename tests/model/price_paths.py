"""Seeded simulation of how far a price goes, with fat tails and jumps: what the closed forms are checked against.

A path watched at a few moments misses what happens in between: its share of liquidations is too low, however many paths
there are. Between two moments a path is a Brownian bridge, whose highest point has a known law; drawing from it makes
the simulation agree with the closed form (docs/model.md 3.7, 3.11).
"""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import InputError, Limit, choice, missing_as_none
from hedge_widgets.model.paths.touch import DRIFT, VOLATILITY, YEARS

MONITORINGS = ("continuous", "discrete")
_COUNT = Limit(1, 10_000_000)
_KEPT_DRAWS, _KEPT_STEPS = 1_000_000, 400
_REACHED, _SEEN = ("highest", "lowest"), ("highest_seen", "lowest_seen")
Floats = npt.NDArray[np.float32]


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

    @classmethod
    def of_total_volatility(cls, total_volatility: float, **shape: Any) -> Self:
        """Return dynamics of this annual volatility, diffusion and jumps together; ``shape`` is the other fields.

        Raises
        ------
        InputError
            If the jumps alone have more.
        """
        jumps = cls(volatility=0.0, **shape)
        of_jumps = jumps.jump_intensity * (jumps.jump_mean**2 + jumps.jump_deviation**2)
        if VOLATILITY.checked("total_volatility", total_volatility) ** 2 < of_jumps:
            raise InputError(
                f"total_volatility must be at least the {np.sqrt(of_jumps):.4g} of the jumps alone, "
                f"not {total_volatility:g}"
            )
        return cls(volatility=float(np.sqrt(total_volatility**2 - of_jumps)), **shape)

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

    @functools.cached_property
    def _ascending(self) -> dict[str, Floats]:
        return {}

    def ascending(self, name: str) -> Floats:
        """Return one of the extremes in ascending order, sorted once for all barriers."""
        if name not in self._ascending:
            self._ascending[name] = np.sort(getattr(self, name))
        return self._ascending[name]


def simulated_extremes(dynamics: PriceDynamics, years: float, n_steps: int, n_paths: int, seed: int) -> PathExtremes:
    """Return how far ``n_paths`` paths go in ``years``, simulated in steps of equal length from a seed.

    One simulation serves every barrier: see :func:`touch_share`. Jumps fall at the end of a step.
    """
    YEARS.checked("years", years)
    _COUNT.checked("n_steps", n_steps)
    _COUNT.checked("n_paths", n_paths)
    step = float(f"{years / n_steps:.12g}")  # one step has one set of draws, however its length was computed
    scale, drift = dynamics.volatility * np.sqrt(step), dynamics.log_drift * step
    at = np.zeros(n_paths)
    highest, lowest, highest_seen, lowest_seen = (np.zeros(n_paths) for _ in range(4))
    # A page asks for the same few paths at many volatilities and horizons, so the draws of small runs are kept.
    is_small = n_steps <= _KEPT_STEPS and n_steps * n_paths <= _KEPT_DRAWS
    source = _kept_draws if is_small else _drawn
    draws = source(n_paths, seed, dynamics.degrees_of_freedom, dynamics.jump_intensity * step)
    for _, drawn in zip(range(n_steps), draws, strict=False):
        move = drift + scale * drawn.normal
        after = at + move
        # A Brownian bridge from 0 to m reaches (m +/- sqrt(m^2 - 2 v ln U)) / 2, beyond both of its ends.
        square, middle = move * move, at + 0.5 * move
        highest = np.maximum(highest, middle + 0.5 * np.sqrt(square + scale**2 * drawn.above))
        lowest = np.minimum(lowest, middle - 0.5 * np.sqrt(square + scale**2 * drawn.below))
        if dynamics.jump_intensity > 0:
            after += dynamics.jump_mean * drawn.n_jumps + dynamics.jump_deviation * drawn.jump
        highest_seen, lowest_seen = np.maximum(highest_seen, after), np.minimum(lowest_seen, after)
        at = after
    return PathExtremes(
        highest=_single(np.maximum(highest, highest_seen)),
        lowest=_single(np.minimum(lowest, lowest_seen)),
        highest_seen=_single(highest_seen),
        lowest_seen=_single(lowest_seen),
        final=_single(at),
    )


def _single(values: Any) -> Floats:
    return np.asarray(values, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What chance says of one step of every path, at a volatility of 1 a step.

    ``normal`` is the step, ``above`` and ``below`` are -2 v ln U with the step's variance v, from which a bridge's
    extremes follow; ``n_jumps`` is how many there are, ``jump`` their sum at mean 0 and deviation 1.
    """

    normal: Floats
    above: Floats
    below: Floats
    n_jumps: Any
    jump: Any


class _Kept:
    """The steps drawn so far, and more where someone goes on."""

    def __init__(self, steps: Iterator[_Drawn]) -> None:
        self._steps, self._known = steps, list[_Drawn]()

    def __iter__(self) -> Iterator[_Drawn]:
        for k in itertools.count():
            if k == len(self._known):
                self._known.append(next(self._steps))
            yield self._known[k]


@functools.lru_cache(maxsize=2)
def _kept_draws(n_paths: int, seed: int, freedom: float | None, jumps_a_step: float) -> _Kept:
    return _Kept(_drawn(n_paths, seed, freedom, jumps_a_step))


def _drawn(n_paths: int, seed: int, freedom: float | None, jumps_a_step: float) -> Iterator[_Drawn]:
    generator = np.random.default_rng(seed)
    while True:
        variance: Any = 1.0
        if freedom is not None:  # a normal of this variance is Student-t over all, of variance 1
            variance = (freedom - 2.0) / generator.chisquare(freedom, n_paths)
        normal = np.sqrt(variance) * generator.standard_normal(n_paths)
        # 1 - U is never 0, so the logarithm is finite.
        above, below = (-2.0 * variance * np.log(1.0 - generator.random(n_paths)) for _ in range(2))
        n_jumps: Any = 0.0
        jump: Any = 0.0
        if jumps_a_step > 0:
            n_jumps = generator.poisson(jumps_a_step, n_paths)
            jump = np.sqrt(n_jumps) * generator.standard_normal(n_paths)
        # Half the memory, and a ten-millionth of a step is far below the simulation's error.
        yield _Drawn(*(np.asarray(drawn, dtype=np.float32) for drawn in (normal, above, below, n_jumps, jump)))


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
    names = _SEEN if seen else _REACHED
    n_paths, sides = extremes.final.size, np.asarray(side)
    touched = np.zeros(np.broadcast_shapes(distance.shape, sides.shape))
    if np.any(sides < 0):
        above = n_paths - np.searchsorted(extremes.ascending(names[0]), distance, side="left")
        touched = np.where(sides < 0, above, touched)
    if np.any(sides > 0):
        below = np.searchsorted(extremes.ascending(names[1]), distance, side="right")
        touched = np.where(sides > 0, below, touched)
    share = np.where(np.isnan(distance), 0.0, touched / n_paths)
    return missing_as_none(share), missing_as_none(np.sqrt(share * (1.0 - share) / n_paths))
