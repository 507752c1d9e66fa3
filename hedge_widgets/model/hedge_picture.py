"""The simulator's picture: the outcome at the chosen move and along the basket's move, to where the hedge dies.

A picture holds one row per slider position.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.hedge import (
    LIMITS,
    SIZED,
    HedgeInputs,
    HedgeOutcome,
    basket_move_at,
    hedge_outcome,
    net_band,
)

MOVE_LOW, MOVE_HIGH = -0.6, 1.0
GRID = np.linspace(MOVE_LOW, MOVE_HIGH, 65)
_RESIDUALS = np.array([0.0, -1.0, 1.0])
_BESIDE = 1e-7  # how far beside a jump the curve is drawn on either side

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class HedgePicture:
    """Rows of the page: ``outcome`` at the chosen move, arrays of shape (rows,); curves of shape (rows, points).

    Money is quote currency, moves are simple returns. ``low`` and ``high`` are the net one standard deviation of the
    hedge asset's residual to either side; ``kill_move`` is the basket's move at which the hedge dies (NaN: nowhere on
    the axis).
    """

    inputs: HedgeInputs
    outcome: HedgeOutcome
    low: Array
    high: Array
    curve_move: Array
    curve_hedge: Array
    curve_net: Array
    curve_low: Array
    curve_high: Array
    kill_move: Array
    kill_net: Array


def hedge_picture(inputs: HedgeInputs) -> HedgePicture:
    """Return the picture of inputs whose varying fields have the shape (rows,)."""
    outcome = hedge_outcome(inputs)
    n_rows = np.size(outcome.net_pnl)
    columns: dict[str, Any] = {name: np.reshape(getattr(inputs, name), (-1, 1)) for name in LIMITS}
    columns |= {name: np.reshape(inputs.sized(comes), (-1, 1)) for name, comes in SIZED.items()}
    column = replace(inputs, **columns)
    distance = np.reshape(outcome.liquidation_distance, (-1, 1))
    kills = basket_move_at(distance, replace(column, residual=_RESIDUALS)) + np.zeros((n_rows, 1))
    shown = np.where((kills > MOVE_LOW) & (kills < MOVE_HIGH), kills, MOVE_HIGH)
    grid = np.broadcast_to(GRID, (n_rows, GRID.size))
    move = np.sort(np.concatenate([grid, shown - _BESIDE, shown + _BESIDE], axis=1), axis=1)
    curves = hedge_outcome(replace(column, move=move, residual=_RESIDUALS[:, None, None]))
    hedge = np.broadcast_to(curves.hedge_pnl, (3, *move.shape))[0]
    net = np.broadcast_to(curves.net_pnl, (3, *move.shape))
    low, high = net_band(inputs)

    kill = np.where(shown[:, 0] < MOVE_HIGH, shown[:, 0], np.nan)
    before = np.where(np.isnan(kill), 0.0, shown[:, 0] - np.sign(shown[:, 0] + 1e-300) * _BESIDE)
    kill_net = np.where(np.isnan(kill), np.nan, hedge_outcome(replace(inputs, move=before)).net_pnl)
    return HedgePicture(
        inputs=inputs,
        outcome=outcome,
        low=low,
        high=high,
        curve_move=move,
        curve_hedge=hedge,
        curve_net=net[0],
        curve_low=np.fmin.reduce(net),
        curve_high=np.fmax.reduce(net),
        kill_move=kill,
        kill_net=kill_net,
    )
