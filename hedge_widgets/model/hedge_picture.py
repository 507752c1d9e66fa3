"""The simulator's picture: the outcome at the chosen move and along the basket's move, to where the hedge dies.

A picture holds one row per slider position.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.futures import Futures, hedges_outcome, net_band
from hedge_widgets.model.hedge import (
    LIMITS,
    SIZED,
    HedgeInputs,
    HedgeOutcome,
    basket_move_at,
    hedge_outcome,
    liquidation_fill,
)

MOVE_LOW, MOVE_HIGH = -0.6, 1.0
GRID = np.linspace(MOVE_LOW, MOVE_HIGH, 65)
_RESIDUALS = np.array([0.0, -1.0, 1.0])
_BESIDE = 1e-7  # how far beside a jump the curve is drawn on either side
NO_FUTURES = Futures()

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class HedgePicture:
    """Rows of the page: ``outcome`` at the chosen move, arrays of shape (rows,); curves of shape (rows, points).

    Money is quote currency, moves are simple returns. ``low`` and ``high`` are the net one standard deviation of the
    hedge asset's residual to either side; ``kill_move`` is the basket's move at which the hedge dies (NaN: nowhere on
    the axis), ``spike_move`` the one at which the hedge asset is where the spike takes it (NaN: nowhere). ``outcome``
    and curves are those of the hedge and the ``futures`` beside it together. ``slope`` is what a move of the coins by 1
    adds to the net near 0, ``others`` what the futures bring after their costs, ``others_margin`` the margin that those
    not yet open require, ``n_lost`` how many of them are liquidated. ``fill_price`` and ``fill_loss`` are those of a
    liquidation of the hedge that the (thinned) book has to fill.
    """

    inputs: HedgeInputs
    futures: Futures
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
    spike_move: Array
    slope: Array
    others: Array
    others_margin: Array
    n_lost: Array
    fill_price: Array
    fill_loss: Array


def hedge_picture(inputs: HedgeInputs, futures: Futures = NO_FUTURES) -> HedgePicture:
    """Return the picture of inputs whose varying fields have the shape (rows,)."""
    outcome = hedges_outcome(inputs, futures)
    n_rows = np.size(outcome.net_pnl)
    columns: dict[str, Any] = {name: np.reshape(getattr(inputs, name), (-1, 1)) for name in LIMITS}
    columns |= {name: np.reshape(inputs.sized(comes), (-1, 1)) for name, comes in SIZED.items()}
    column = replace(inputs, **columns)
    beside = futures.outcomes(inputs)
    legs = [replace(column, residual=_RESIDUALS), *futures.beside(column)]
    distances = [np.reshape(_array(out.end_distance), (-1, 1)) for out in (outcome, *beside)]
    ends = [basket_move_at(at, leg) + np.zeros((n_rows, 1)) for at, leg in zip(distances, legs, strict=True)]
    kills = np.concatenate(ends, axis=1)
    shown = np.where((kills > MOVE_LOW) & (kills < MOVE_HIGH), kills, MOVE_HIGH)
    grid = np.broadcast_to(GRID, (n_rows, GRID.size))
    move = np.sort(np.concatenate([grid, shown - _BESIDE, shown + _BESIDE], axis=1), axis=1)
    curves = hedges_outcome(replace(column, move=move, residual=_RESIDUALS[:, None, None]), futures)
    hedge = np.broadcast_to(curves.hedge_pnl, (3, *move.shape))[0]
    net = np.broadcast_to(curves.net_pnl, (3, *move.shape))
    low, high = net_band(inputs, futures)

    kill = np.where(shown[:, 0] < MOVE_HIGH, shown[:, 0], np.nan)
    before = np.where(np.isnan(kill), 0.0, shown[:, 0] - np.sign(shown[:, 0] + 1e-300) * _BESIDE)
    kill_net = np.where(np.isnan(kill), np.nan, hedges_outcome(replace(inputs, move=before), futures).net_pnl)
    zero, spot = np.zeros(n_rows), np.asarray(outcome.spot_pnl)
    fill_price, fill_loss = liquidation_fill(inputs, outcome)
    return HedgePicture(
        inputs=inputs,
        futures=futures,
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
        slope=zero + np.asarray(outcome.spot_value) + sum(_slopes(inputs, futures)),
        others=sum((_array(out.net_pnl) - spot for out in beside), zero),
        others_margin=zero + futures.margin_to_post(),
        n_lost=sum((np.asarray(out.is_liquidated, dtype=np.float64) for out in beside), zero),
        fill_price=zero + fill_price,
        fill_loss=zero + fill_loss,
        spike_move=np.broadcast_to(basket_move_at(inputs.spike, replace(inputs, residual=0.0)), (n_rows,)),
    )


def _slopes(inputs: HedgeInputs, futures: Futures) -> Iterator[Array]:
    """Yield what each future gains by a move of the coins by 1, near 0: its delta times its asset's expected move."""
    for leg in (inputs, *futures.beside(inputs)):
        out = hedge_outcome(leg)
        per_move = np.asarray(leg.correlation) * leg.hedge_volatility / leg.spot_volatility
        yield (_array(out.net_delta) - np.asarray(out.spot_value)) * per_move


def _array(value: Any) -> Array:
    return np.asarray(np.nan if value is None else value, dtype=np.float64)
