"""How often the past went as far as a liquidation price: the share of its windows, beside the model's chance."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class PastCloses:
    """Daily closes of a coin, one a calendar day, shape (days,), NaN where there is none."""

    closes: Array
    _furthest: dict[tuple[int, float], Array] = field(default_factory=dict, init=False, repr=False)

    def furthest(self, days: int, side: float) -> Array:
        """Return the furthest moves of the closes against a position in every window of ``days``, ascending.

        Simple moves from the close before the window, positive = against the position of ``side`` (-1: rises); a window
        starts at every close that is known and ends by the last one.
        """
        if (days, side) not in self._furthest:
            after = self.closes[1:] if len(self.closes) > days else np.full(days, np.nan)
            adverse = -side * np.lib.stride_tricks.sliding_window_view(after, days)
            furthest = -side * np.where(np.isnan(adverse), -np.inf, adverse).max(axis=1, initial=-np.inf)
            moves = -side * (furthest / self.closes[: len(furthest)] - 1.0)  # not finite where a close is missing
            self._furthest[days, side] = np.sort(moves[np.isfinite(moves)])
        return self._furthest[days, side]

    def reached(self, days: Any, side: float, moves: Array) -> tuple[Array, Array, Array]:
        """Return (share of the windows that reached simple moves, number of windows, of those that do not overlap).

        ``days`` of shape (rows,), ``moves`` of shape (rows, ...); the share is NaN where no window or no move is known.
        """
        share, counts = np.full(moves.shape, np.nan), np.zeros((2, len(days)))
        for each in np.unique(days):
            rows, length = days == each, max(round(float(each)), 1)
            past = self.furthest(length, side)
            counts[:, rows] = np.array([[past.size], [min(past.size, (len(self.closes) - 1) // length)]])
            if past.size:
                wanted = -side * moves[rows]
                found = 1.0 - np.searchsorted(past, wanted, side="left") / past.size
                share[rows] = np.where(np.isnan(wanted), np.nan, found)
        return share, counts[0], counts[1]
