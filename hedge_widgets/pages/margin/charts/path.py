"""The drawn path: the price and the levels that end the hedge, the margin along it, and what each handling leaves."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.margin.picture import CORNERS, MarginPicture
from hedge_widgets.plots import SILENT, apart, as_table, end_labels, line, stamp

Array = npt.NDArray[np.float64]

_HIGHS = np.array([0.15, 0.3, 0.6, 1.0, 1.65, 2.5, 4.9])
_LOWS = np.array([0.15, 0.3, 0.6, 0.98])
_MONEY = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0])
_MARGIN = {"l": 52, "r": 84, "t": 8, "b": 40}
_NARROW = {"margin": {"l": 44, "r": 78, "t": 8, "b": 40}}
HANDLINGS = ("unhedged", "lived", "isolated", "cross", "stopped", "deleveraged")
_HANDLING_WORDS = ("no<br>hedge", "stays<br>open", "isolated", "cross", "stop-<br>loss", "delever-\u200b<br>aged")
_HANDLING_COLOURS = ("spot", "net", "hedge", "hedge", "cost", "cost")


def _up_to(ladder: Array, values: Array) -> Array:
    """Return per row the first rung that holds every value, the last one where none does."""
    largest = np.nanmax(values, axis=1, initial=0.0)
    return np.asarray(ladder[np.minimum(np.searchsorted(ladder, largest), len(ladder) - 1)])


# The path's corners, as a hand drags them: up and down the move, the first one sideways too, when it comes.
price_handles = tuple(
    {"trace": 0, "point": point, "y": name, "unit": 0.01} | ({"x": "peak_at"} if name == "spike" else {})
    for point, name in zip(CORNERS, ("spike", "trough", "end"), strict=True)
)


# ---- price -----------------------------------------------------------------------------------------------------------
def _levels(picture: MarginPicture) -> Array:
    """Return the moves of the isolated liquidation, both of the wallet's, stop and deleveraging, shape (rows, 5)."""
    side, x = picture.setting.side, picture.values
    opened = np.where(picture.refusal == 0, 1.0, np.nan)
    stop = np.where(x["stop"] > 0, -side * x["stop"], np.nan) * opened
    deleveraged = np.where(x["deleveraged_at"] > 0, side * x["deleveraged_at"], np.nan) * opened
    return np.stack([picture.isolated_move, picture.cross_rise, picture.cross_fall, stop, deleveraged], axis=1)


def _price_range(picture: MarginPicture) -> tuple[Array, Array]:
    """Return per row the lower and the upper end of the price axis, as moves."""
    levels = _levels(picture)
    shown = np.concatenate(
        [picture.path_moves, picture.mark_moves, np.where(np.abs(levels) <= 1.0, levels, np.nan)], axis=1
    )
    room = 1.08
    return -_up_to(_LOWS, -room * shown), _up_to(_HIGHS, room * shown)


def price_traces(picture: MarginPicture) -> list[dict[str, Any]]:
    """Return the drawn price, the levels that close the hedge and the moment of its liquidation, with rows."""
    days, moves = picture.path_days, picture.path_moves
    low, high = _price_range(picture)
    levels = _levels(picture)
    levels = np.where((levels > low[:, None]) & (levels < high[:, None]), levels, np.nan)
    ends = np.stack([np.zeros(len(days)), picture.values["days"]], axis=1)
    gap = 0.085 * (high - low)
    heights = apart(np.concatenate([moves[:, -1:], levels], axis=1), gap)
    colours = ("danger", "hedge", "hedge", "cost", "cost")
    looks = ("solid", "dash", "dash", "dot", "dot")
    names = ("liquidated", "cross liquidated by a rise", "cross liquidated by a fall", "stop-loss", "deleveraged")
    liquidated = picture.outcome.isolated_time
    return [
        line(
            days,
            moves,
            "spot",
            width=3,
            name="price",
            hoverinfo="all",
            hovertemplate="day %{x:.1f}: %{y:+.1%}<extra></extra>",
        ),
        line(days, _mark(picture), "hedge", width=1.5, dash="dot", name="mark price of the contract"),
        *(
            line(ends, np.stack([levels[:, k]] * 2, axis=1), colours[k], width=1.5, dash=looks[k], name=names[k])
            for k in range(len(colours))
        ),
        {
            "type": "scatter",
            "mode": "markers",
            "meta": "liquidated",
            "x": liquidated[:, None],
            "y": np.where(np.isnan(liquidated), np.nan, picture.isolated_move)[:, None],
            "marker": {
                "symbol": "x",
                "size": 13,
                "color": style.colour("danger"),
                "line": {"color": style.colour("page"), "width": 1},
            },
            **SILENT,
        },
        end_labels(
            np.stack([picture.values["days"]] * 6, axis=1),
            heights,
            ["\u2002<b>price</b>", "liquidated", "cross", "cross", "stop", "delever."],
            ["spot", *colours],
        ),
    ]


def _mark(picture: MarginPicture) -> Array:
    """Return the contract's moves along the path, NaN where it stays at its coin's price."""
    is_away = np.abs(picture.mark_moves - picture.path_moves).max(axis=1, keepdims=True) > 1e-12
    return np.where(is_away, picture.mark_moves, np.nan)


def price_moving_layout(picture: MarginPicture) -> dict[str, Any]:
    """Return the axes and the stamp, which change at rest only."""
    low, high = _price_range(picture)
    return {
        "yaxis.range": [float(low[0]), float(high[0])],
        "xaxis.range": [0.0, float(picture.values["days"][0])],
        **stamp(picture.setting.stamp),
    }


def price_layout(picture: MarginPicture) -> dict[str, Any]:
    """Return the price chart's layout."""
    moving = price_moving_layout(picture)
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=style.axis(range=moving["xaxis.range"], nticks=7, zeroline=False, title={"text": "Days"}),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat="+.0%", nticks=7),
        **stamp(picture.setting.stamp),
        meta={"narrow": _NARROW, "table": as_table("day", "days", "move of the price", "percent_signed")},
    )


# ---- margin ----------------------------------------------------------------------------------------------------------
def _margin_top(picture: MarginPicture) -> Array:
    """Return per row the upper end of the margin's axis, quote currency."""
    curves = np.concatenate([picture.equity, picture.cross_equity], axis=1)
    return picture.notional * _up_to(_MONEY, 1.06 * curves / picture.notional)


def account_traces(picture: MarginPicture) -> list[dict[str, Any]]:
    """Return equity and maintenance margin along the path, of the position alone and of its wallet, with rows."""
    days, top = picture.path_days, _margin_top(picture)
    end = picture.values["days"]
    liquidated = picture.outcome.isolated_time
    last = [curve[:, -1] for curve in (picture.equity, picture.cross_equity, picture.maintenance)]
    heights = apart(np.stack([np.minimum(value, 0.97 * top) for value in last], axis=1), 0.09 * top)
    heights = heights - np.fmin(np.fmin.reduce(heights, axis=1, keepdims=True), 0.0)  # none below the axis
    left = np.where(np.isnan(liquidated), np.nan, picture.left)
    return [
        line(
            days,
            picture.cross_equity,
            "hedge",
            dash="dash",
            name="equity (cross)",
            hovertemplate="wallet (cross) %{y:$,.0f}<extra></extra>",
            hoverinfo="all",
        ),
        line(days, picture.cross_maintenance, "danger", width=1.5, dash="dash", name="maintenance margin (cross)"),
        line(
            days,
            picture.equity,
            "hedge",
            width=3.5,
            name="equity (isolated)",
            hovertemplate="equity (isolated) %{y:$,.0f}<extra></extra>",
            hoverinfo="all",
        ),
        line(
            days,
            picture.maintenance,
            "danger",
            name="maintenance margin (isolated)",
            hovertemplate="maintenance margin %{y:$,.0f}<extra></extra>",
            hoverinfo="all",
        ),
        {
            "type": "scatter",
            "mode": "markers",
            "meta": "liquidated",
            "x": liquidated[:, None],
            "y": left[:, None],
            "cliponaxis": False,
            "marker": {
                "symbol": "x",
                "size": 13,
                "color": style.colour("danger"),
                "line": {"color": style.colour("page"), "width": 1},
            },
            **SILENT,
        },
        end_labels(
            np.stack([end] * 3, axis=1),
            heights,
            ["<b>isolated</b>", "cross", "minimum"],
            ["hedge", "hedge", "danger"],
        ),
    ]


def account_moving_layout(picture: MarginPicture) -> dict[str, Any]:
    """Return the axes, which change at rest only."""
    top = float(_margin_top(picture)[0])
    return {"yaxis.range": [-0.04 * top, top], "xaxis.range": [0.0, float(picture.values["days"][0])]}


def account_layout(picture: MarginPicture) -> dict[str, Any]:
    """Return the margin chart's layout."""
    moving = account_moving_layout(picture)
    return style.layout(
        margin=_MARGIN,
        hovermode="x unified",
        xaxis=style.axis(
            range=moving["xaxis.range"],
            nticks=7,
            zeroline=False,
            title={"text": "Days"},
            unifiedhovertitle={"text": "Day %{x:.1f}"},
        ),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat="$~s", nticks=6),
        meta={"narrow": _NARROW, "table": as_table("day", "days", "margin", "usd")},
    )


# ---- what it comes to ------------------------------------------------------------------------------------------------
def _nets(picture: MarginPicture) -> Array:
    """Return spot and hedge together at the path's end, shape (rows, handlings); NaN for what is not in use."""
    x, outcome = picture.values, picture.outcome
    opened = np.where(picture.refusal == 0, 1.0, np.nan)
    in_use: dict[str, Any] = {"unhedged": 1.0}
    in_use["stopped"] = np.where(x["stop"] > 0, opened, np.nan)
    in_use["deleveraged"] = np.where(x["deleveraged_at"] > 0, opened, np.nan)
    return np.stack([getattr(outcome, name) * in_use.get(name, opened) for name in HANDLINGS], axis=1)


def _net_range(picture: MarginPicture) -> list[float]:
    """Return the ends of the value axis for the first row, quote currency, with room for the labels."""
    size = max(picture.notional, picture.setting.spot_value)
    nets = _nets(picture)[:1] / size
    low, high = np.fmin(nets, 0.0), np.fmax(nets, 0.0)
    room = 0.14 * float(np.nanmax(high, initial=0.1) - np.nanmin(low, initial=-0.1))
    ladder = np.array([0.05, 0.15, *_MONEY])
    return [-float(size * _up_to(ladder, room - low)[0]), float(size * _up_to(ladder, room + high)[0])]


def handling_traces(picture: MarginPicture) -> list[dict[str, Any]]:
    """Return a bar for what every handling leaves, its value written at the end, as one trace with rows."""
    nets = _nets(picture)
    return [
        {
            "type": "bar",
            "name": "gain or loss",
            "x": list(range(len(HANDLINGS))),
            "y": nets,
            "width": 0.62,
            "text": style.Texts(nets, "usd_bar"),
            "textposition": "outside",
            "textangle": 0,
            "constraintext": "none",
            "textfont": {"size": 12, "color": style.colour("text")},
            "marker": {"color": [style.colour(name) for name in _HANDLING_COLOURS]},
            "hoverinfo": "skip",
        }
    ]


def handling_moving_layout(picture: MarginPicture) -> dict[str, Any]:
    """Return the value axis' range, which changes at rest only."""
    return {"yaxis.range": _net_range(picture)}


def handling_layout(picture: MarginPicture) -> dict[str, Any]:
    """Return the layout of the bars."""
    return style.layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 40},
        hovermode=False,
        xaxis=style.axis(
            range=[-0.6, len(HANDLINGS) - 0.4],
            tickvals=list(range(len(HANDLINGS))),
            ticktext=list(_HANDLING_WORDS),
            showgrid=False,
            zeroline=False,
            tickangle=0,
        ),
        yaxis=style.axis(range=_net_range(picture), showticklabels=False, showgrid=False),
        meta={
            "narrow": {"margin": {"l": 2, "r": 2, "t": 8, "b": 40}, "xaxis": {"tickfont": {"size": 10}}},
            "table": as_table("handling of the hedge", "names", "gain or loss", "usd_signed"),
        },
    )
