"""The small pictures on the doors to the other pages, drawn from the book in force."""

from typing import Any

import numpy as np

from hedge_widgets.model.hedge import residual_spread
from hedge_widgets.model.hedge_picture import HedgePicture

WIDTH, HEIGHT = 100.0, 36.0
_MARGIN = 2.0

Line = tuple[str, list[list[float]]]  # a colour of the palette, and points (x, y), y down


def pictures(picture: HedgePicture) -> dict[str, list[Line]]:
    """Return, by the name of a page, the lines of its picture for a picture of one row; none where there is no order.

    Outcome: coins and net against the move. How much: the variance left against the size of the hedge, and the hedge.
    Will it survive: the hedge asset's way to the end, and the price that liquidates. What it costs: funding and costs
    by the day. When to adjust: the short that is held against the one that would fit, along the move. Plan: what the
    move costs without and with the hedge. Watch: coins and hedge against each other.
    Account types: margin, and margin that is kept.
    """
    inputs, out = picture.inputs, picture.outcome
    if not np.isfinite(np.ravel(out.net_pnl)[0]):
        return {}
    one = {
        name: float(np.ravel(getattr(inputs, name))[0]) for name in ("correlation", "days", "spike", "spike_fraction")
    }
    move = picture.curve_move[0]
    value = float(np.ravel(out.spot_value)[0])
    short = value - float(np.ravel(out.net_delta)[0])
    full = value * float(np.ravel(out.minimum_variance_hedge_ratio)[0]) or value
    size = np.linspace(0.0, 2.0, 41)
    left = 1.0 - one["correlation"] ** 2 * (2.0 * size - size**2)
    now = short / full
    end, kill = float(np.ravel(out.hedge_move)[0]), float(np.ravel(out.liquidation_distance)[0])
    spread = float(np.ravel(residual_spread(one["correlation"], inputs.hedge_volatility, one["days"]))[0])
    at, days = one["spike_fraction"], np.array([0.0, 1.0])
    funding, costs = (float(np.ravel(x)[0]) for x in (out.funding_pnl, np.asarray(out.fees) + out.slippage))
    limit = kill if np.isfinite(kill) else 3.0 * max(spread, abs(end), 0.1)
    lost, net = (float(np.ravel(getattr(out, name))[0]) for name in ("spot_pnl", "net_pnl"))
    margin, kept = (float(np.ravel(getattr(out, name))[0]) for name in ("initial_margin", "maintenance_margin"))
    return {
        "simulator": _drawn(("spot", move, value * move), ("net", move, picture.curve_net[0])),
        "lab": _drawn(("net", size, left), ("hedge", [now, now], [0.0, 1.0])),
        "margin": _drawn(("net", [0.0, at, 1.0], [0.0, one["spike"], end]), ("danger", [0.0, 1.0], [limit, limit])),
        "carry": _drawn(("income", days, funding * days), ("cost", days, [-costs / 2.0, -costs])),
        "rebalancing": _drawn(("spot", move, full * (1.0 + move)), ("hedge", move, short * np.ones_like(move))),
        "planner": _drawn(("spot", [0.0, 1.0], [lost, lost]), ("net", [0.0, 1.0], [net, net]), low=0.0),
        "watch": _drawn(("spot", move, value * move), ("hedge", move, -now * full * move)),
        "pm": _drawn(("hedge", [0.0, 1.0], [margin, margin]), ("danger", [0.0, 1.0], [kept, kept]), low=0.0),
    }


def _drawn(*lines: tuple[str, Any, Any], low: float | None = None) -> list[Line]:
    """Return lines (colour, x, y) scaled to the picture; points that are no numbers are left out."""
    points = [np.column_stack([x, y]).astype(np.float64) for _, x, y in lines]
    points = [these[np.isfinite(these).all(axis=1)] for these in points]
    everything = np.concatenate([*points, *([[[points[0][0, 0], low]]] if low is not None else [])])
    start, end = everything.min(axis=0), everything.max(axis=0)
    scale = np.where(end > start, end - start, 1.0)
    room = np.array([WIDTH, HEIGHT]) - 2.0 * _MARGIN
    placed = [_MARGIN + room * np.abs((these - start) / scale - [0.0, 1.0]) for these in points]
    return [(colour, np.round(these, 1).tolist()) for (colour, _, _), these in zip(lines, placed, strict=True)]
