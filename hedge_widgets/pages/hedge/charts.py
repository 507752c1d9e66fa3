"""The simulator's charts: outcome against the basket's move, and where the net comes from at the chosen move.

The traces turn a picture into plain plotly dictionaries whose arrays have its leading axis, so the first figure is one
row and a slider's table the same call.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.hedge_picture import GRID, MOVE_HIGH, MOVE_LOW, HedgePicture
from hedge_widgets.plots import apart, as_table, waterfall, waterfall_axes, waterfall_layout

SCENARIO_STEPS = (1.1, 1.6, 2.5, 4.0, 8.0, 16.0)
WATERFALL_STEPS = (0.08, 0.16, 0.28, 0.4, 0.6, 0.8, 1.0, 1.25, 1.6, 2.2, 3.0, 5.0, 10.0, 20.0)
LEGS = ("gap", "spot", "hedge", "coin margin", "funding", "fees", "slippage", "net")
_LEG_COLOURS = ("income", "spot", "hedge", "hedge", "income", "cost", "cost", "net")

Array = npt.NDArray[np.float64]


def _size(picture: HedgePicture) -> float:
    return float(np.abs(np.asarray(picture.outcome.spot_value)).flat[0])


def _reach(values: Any, size: float, steps: tuple[float, ...]) -> Array:
    """Return per row the first of ``steps`` times ``size`` that holds every value, so that an axis moves seldom."""
    ladder = size * np.array(steps)
    largest = np.nanmax(np.abs(values), axis=1, initial=0.0)
    return np.asarray(ladder[np.minimum(np.searchsorted(ladder, largest), len(ladder) - 1)])


def outcome_range(picture: HedgePicture) -> Array:
    """Return per row half the height of the scenario chart's value axis, quote currency."""
    curves = np.concatenate([picture.curve_net, picture.curve_hedge], axis=1)
    return _reach(curves, _size(picture), SCENARIO_STEPS)


def outcome_traces(picture: HedgePicture) -> list[dict[str, Any]]:
    """Return spot, hedge, net, its band, the chosen move and the liquidation, as traces with rows."""
    out = picture.outcome
    reach = outcome_range(picture)
    n_rows = len(picture.curve_move)
    size = float(np.asarray(out.spot_value).flat[0])
    chosen = np.broadcast_to(np.asarray(picture.inputs.move), (n_rows,))
    legs = [np.broadcast_to(leg, (n_rows,)) for leg in (out.spot_pnl, out.hedge_pnl, out.net_pnl)]
    by_spike = np.broadcast_to(out.is_liquidated_by_spike, (n_rows,))
    ends = np.stack([np.full(n_rows, size * MOVE_HIGH), picture.curve_hedge[:, -1], picture.curve_net[:, -1]], axis=1)
    edge = 0.97 * reach[:, None]
    ends = apart(np.clip(np.nan_to_num(ends), -edge, edge), 0.11 * reach)
    kill_x = np.where(by_spike, chosen, picture.kill_move)[:, None]
    kill_y = np.where(by_spike, legs[1], picture.kill_net)[:, None]
    spiked = np.broadcast_to(np.asarray(picture.inputs.spike), (n_rows,)) != 0
    spike = np.where(
        spiked & (picture.spike_move > MOVE_LOW) & (picture.spike_move < MOVE_HIGH), picture.spike_move, np.nan
    )
    line = {"type": "scatter", "mode": "lines", "x": picture.curve_move}
    silent = {"hoverinfo": "skip"}
    return [
        {**line, **silent, "name": "net, low end", "y": picture.curve_low, "line": {"width": 0}},
        {
            **line,
            **silent,
            "name": "net, high end",
            "y": picture.curve_high,
            "line": {"width": 0},
            "fill": "tonexty",
            "fillcolor": style.colour("band"),
        },
        {
            "type": "scatter",
            "mode": "lines",
            "x": GRID.tolist(),
            "y": np.broadcast_to(size * GRID, (n_rows, GRID.size)),
            "line": {"color": style.colour("spot"), "width": 2},
            "name": "spot",
            "hovertemplate": "spot %{y:$,.0f}<extra></extra>",
        },
        {
            **line,
            "y": picture.curve_hedge,
            "line": {"color": style.colour("hedge"), "width": 2, "dash": "dash"},
            "name": "hedge",
            "hovertemplate": "hedge %{y:$,.0f}<extra></extra>",
        },
        {
            **line,
            "y": picture.curve_net,
            "line": {"color": style.colour("net"), "width": 4},
            "name": "net",
            "hovertemplate": "net %{y:$,.0f}<extra></extra>",
        },
        {
            **silent,
            "type": "scatter",
            "mode": "lines+markers",
            "meta": "your move",
            "customdata": [None, "spot", "hedge", "net", None],
            "x": np.stack([chosen] * 5, axis=1),
            "y": np.stack([-reach, *legs, reach], axis=1),
            "line": {"color": style.colour("muted"), "width": 1, "dash": "dot"},
            "marker": {
                "size": [0, 9, 9, 11, 0],
                "color": [style.colour(name) for name in ("muted", "spot", "hedge", "net", "muted")],
                "line": {"color": style.colour("page"), "width": 1.5},
            },
        },
        {
            **silent,
            "type": "scatter",
            "mode": "markers+text",
            "meta": "liquidated",
            "x": kill_x,
            "y": kill_y,
            "text": ["liquidated"],
            "textposition": "bottom center",
            "textfont": {"color": style.colour("danger"), "size": 13},
            "marker": {
                "symbol": "x",
                "size": 12,
                "color": style.colour("danger"),
                "line": {"color": style.colour("page"), "width": 1},
            },
        },
        {
            **silent,
            "type": "scatter",
            "mode": "lines+text",
            "meta": "spike",
            "x": np.stack([spike] * 2, axis=1),
            "y": np.stack([-edge[:, 0], edge[:, 0]], axis=1),
            "text": ["spike", ""],
            "textposition": "top right",
            "textfont": {"color": style.colour("danger"), "size": 12},
            "line": {"color": style.colour("danger"), "width": 1, "dash": "dot"},
        },
        {
            **silent,
            "type": "scatter",
            "mode": "text",
            "x": [MOVE_HIGH + 0.01] * 3,
            "y": ends,
            "text": ["spot", "hedge", "<b>net</b>"],
            "textposition": "middle right",
            "cliponaxis": False,
            "textfont": {"color": [style.colour(name) for name in ("spot", "hedge", "net")], "size": 14},
        },
    ]


def outcome_moving_layout(picture: HedgePicture) -> dict[str, Any]:
    """Return the value axis' range, which changes at rest only."""
    reach = float(outcome_range(picture)[0])
    return {"yaxis.range": [-reach, reach]}


_NARROW_AXIS = {
    "range": [MOVE_LOW, MOVE_HIGH + 0.3],
    "tickvals": [-0.5, 0, 0.5, 1.0],
    "ticktext": ["−50%", "0", "+50%", "+100%"],
}


def outcome_layout(picture: HedgePicture) -> dict[str, Any]:
    """Return the scenario chart's layout."""
    return style.layout(
        margin={"l": 52, "r": 8, "t": 8, "b": 28},
        hovermode="x unified",
        xaxis=style.axis(
            range=[MOVE_LOW, MOVE_HIGH + 0.13],
            tickvals=[-0.5, -0.25, 0, 0.25, 0.5, 0.75, 1.0],
            ticktext=["−50%", "−25%", "0", "+25%", "+50%", "+75%", "+100%"],
            hoverformat="+.1%",
            unifiedhovertitle={"text": "If your coins move %{x:+.1%}"},
        ),
        yaxis=style.axis(range=outcome_moving_layout(picture)["yaxis.range"], tickformat="$~s", nticks=5),
        meta={
            "narrow": {"margin": {"l": 44, "r": 2, "t": 8, "b": 28}, "xaxis": _NARROW_AXIS},
            "table": as_table("your coins move", "percent_signed", "gain or loss", "usd_signed"),
        },
    )


def _parts(picture: HedgePicture) -> Array:
    """Return the waterfall's steps, shape (rows, 8): each part signed as it enters the net, then the net."""
    out = picture.outcome
    parts = (out.gap_pnl, out.spot_pnl, out.hedge_pnl, out.collateral_pnl, out.funding_pnl)
    costs = tuple(0.0 - np.asarray(cost) for cost in (out.fees, out.slippage))
    return np.stack(np.broadcast_arrays(*np.atleast_1d(*parts, *costs, out.net_pnl)), axis=1)


def _tops(picture: HedgePicture) -> Array:
    """Return where each bar starts, shape (rows, 8)."""
    parts = _parts(picture)
    bases = np.cumsum(parts[:, :-1], axis=1) - parts[:, :-1]
    return np.concatenate([bases, np.zeros((len(parts), 1))], axis=1)


def _places(picture: HedgePicture) -> Array:
    """Return the bars' places, shape (rows, 8): an inverse contract has one more, its coin margin, and so has a gap.

    The gap's is before all others, so that it moves none of them when a hand opens it.
    """
    is_inverse = picture.inputs.contract.kind == "inverse"
    rest = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0] if is_inverse else [0.0, 1.0, np.nan, 2.0, 3.0, 4.0, 5.0]
    gap = np.where(np.nan_to_num(np.asarray(picture.outcome.gap_pnl)) != 0, -1.0, np.nan)
    gap = np.broadcast_to(gap, (len(picture.curve_move),))
    return np.column_stack([gap, np.tile(rest, (len(gap), 1))])


def parts_range(picture: HedgePicture) -> list[float]:
    """Return the ends of the waterfall's value axis for the first row, quote currency, with room for the labels."""
    bases, parts = _tops(picture)[:1], _parts(picture)[:1]
    heights = np.concatenate([bases, bases + parts], axis=1)
    low, high = np.minimum(heights, 0.0), np.maximum(heights, 0.0)
    room = 0.16 * float(np.nanmax(high) - np.nanmin(low))
    ends = [_reach(side + sign * room, _size(picture), WATERFALL_STEPS)[0] for side, sign in ((low, -1), (high, 1))]
    return [-float(ends[0]), float(ends[1])]


def parts_traces(picture: HedgePicture) -> list[dict[str, Any]]:
    """Return the bars from spot to net with their values written at the end, as one trace with rows."""
    return [waterfall(_places(picture), _parts(picture), _tops(picture), _LEG_COLOURS)]


def parts_moving_layout(picture: HedgePicture) -> dict[str, Any]:
    """Return the axes that change at rest only: the value range and, with the kind of contract, the bars' names."""
    return waterfall_axes(_places(picture)[0], LEGS, parts_range(picture))


def parts_layout(picture: HedgePicture) -> dict[str, Any]:
    """Return the waterfall's layout."""
    return waterfall_layout(parts_moving_layout(picture), 10)
