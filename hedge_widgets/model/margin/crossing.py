"""Where the equity of an account first meets its maintenance margin, whatever the tiers require (docs/model.md 3.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


class Schedule(Protocol):
    """What a venue requires as maintenance margin of a notional: a polynomial of it, piece by piece."""

    @property
    def edges(self) -> tuple[float, ...]:
        """Return the finite notionals at which the polynomial changes, ascending."""

    def coefficients(self, notional: Any) -> tuple[Any, Any, Any]:
        """Return (c0, c1, c2) of the margin c0 + c1 N + c2 N^2 in the piece that a notional lies in; c2 >= 0."""


@dataclass(frozen=True)
class Requirement:
    """The maintenance margin of one position whose notional is ``base + slope u``, its closing fee included.

    ``u`` is what moves (a multiple of today's price, or of its inverse); base and slope are arrays or floats, >= 0.
    """

    schedule: Schedule
    base: Any
    slope: Any
    closing_fee_rate: Any = 0.0

    def polynomial(self, level: Any) -> tuple[Any, Any, Any]:
        """Return the coefficients of 1, u and u^2 of the requirement in the piece around ``level`` of u."""
        constant, rate, square = self.schedule.coefficients(self.base + self.slope * level)
        rate = rate + self.closing_fee_rate
        return (
            constant + rate * self.base + square * self.base**2,
            (rate + 2.0 * square * self.base) * self.slope,
            square * self.slope**2,
        )


def first_crossing(
    direction: Any,
    equity: Any,
    equity_slope: Any,
    requirements: Sequence[Requirement],
    lowest: float = 0.0,
    start: float = 1.0,
) -> Any:
    """Return the first u from ``start`` on at which ``equity + equity_slope u`` is no more than the requirements' sum.

    Where a requirement jumps at an edge, the edge itself is returned if the condition holds just beyond it.

    Parameters
    ----------
    direction : +1 or -1, where u goes; float or array
    equity, equity_slope : the equity's constant and slope, in the requirements' unit; float or array
    requirements : at least one; all arrays broadcast
    lowest : u does not go to or below this
    start : where u begins, above ``lowest``

    Returns
    -------
    array of the broadcast shape, NaN where there is no such u; ``start`` where the condition holds at once.
    """
    direction = np.asarray(direction, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        parts = [equity, equity_slope, direction, *(part for r in requirements for part in r.polynomial(start))]
        shape = np.broadcast_shapes(*map(np.shape, parts))
        starts = _piece_starts(np.broadcast_to(direction, shape), requirements, start)
        ends = np.concatenate([starts[1:], np.full_like(starts[:1], np.inf)])
        ends = np.where(direction < 0, np.minimum(ends, start - lowest), ends)
        inside = np.where(np.isfinite(ends), (starts + ends) / 2.0, starts + 1.0)
        level = start + direction * inside
        pieces = [requirement.polynomial(level) for requirement in requirements]
        constant, slope, square = (-sum(piece[order] for piece in pieces) for order in range(3))
        constant, slope = constant + equity, slope + equity_slope
        # In steps t away from the start of each piece: height + rise t + square t^2, and square is never positive.
        at = start + direction * starts
        height = constant + at * (slope + at * square)
        rise = direction * (slope + 2.0 * square * at)
        root = 2.0 * height / (np.sqrt(rise**2 - 4.0 * square * height) - rise)
        step = np.where(height <= 0, 0.0, root)
        is_reached = (step <= ends - starts) & (starts < ends) & (step < np.inf)
        first = np.where(is_reached, starts + step, np.inf).min(axis=0)
        crossing = start + direction * first
        # A fully paid position has no crossing; rounding would leave it one next to the end.
        return np.where(np.isfinite(first) & (crossing > lowest + 1e-12), crossing, np.nan)


def _piece_starts(direction: Any, requirements: Sequence[Requirement], start: float) -> Any:
    """Return how far from ``start`` the pieces begin, ascending along a new first axis; 0 first, infinite if behind."""
    distances = [np.zeros(())]
    for requirement in requirements:
        for edge in requirement.schedule.edges:
            distance = direction * (np.divide(edge - requirement.base, requirement.slope) - start)
            distances.append(np.where(distance > 0, distance, np.inf))
    return np.sort(np.stack([np.broadcast_to(distance, direction.shape) for distance in distances]), axis=0)
