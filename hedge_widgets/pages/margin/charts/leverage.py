"""What leverage does: the move that liquidates, and the chance of it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.margin.picture import GRID, MarginPicture
from hedge_widgets.plots import SILENT, apart, as_table, end_labels, line

Array = npt.NDArray[np.float64]

_TOP = 1.25
_LEAST = 1e-4
_X = GRID.tolist()
_RIGHT = float(GRID[-1])
_MARGIN = {"l": 52, "r": 84, "t": 10, "b": 44}
_NARROW = {
    "margin": {"l": 44, "r": 78, "t": 10, "b": 44},
    "xaxis": {"tickvals": [1, 3, 10, 50], "ticktext": ["1×", "3×", "10×", "50×"]},
}


def _leverage_axis() -> dict[str, Any]:
    ticks = [1, 2, 3, 5, 10, 20, 50, 125]
    return style.axis(
        type="log",
        range=[-0.07, float(np.log10(_RIGHT))],
        tickvals=ticks,
        ticktext=[f"{tick}×" for tick in ticks],
        tickangle=0,
        zeroline=False,
        title={"text": "Leverage"},
    )


def _last(curve: Array) -> Array:
    """Return the last number of every row, NaN where a row has none."""
    known = ~np.isnan(curve)
    place = curve.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.take_along_axis(curve, place[:, None], axis=1)[:, 0]


def _chosen(picture: MarginPicture, height: Array) -> dict[str, Any]:
    """Return the marker of the leverage chosen."""
    return {
        "type": "scatter",
        "mode": "markers",
        "meta": "yours",
        "x": picture.leverage[:, None],
        "y": height[:, None],
        "marker": {
            "symbol": "diamond",
            "size": 13,
            "color": style.colour("net"),
            "line": {"color": style.colour("page"), "width": 1.5},
        },
        **SILENT,
    }


# ---- the move that liquidates ----------------------------------------------------------------------------------------
def liquidation_traces(picture: MarginPicture) -> list[dict[str, Any]]:
    """Return the adverse move to the liquidation against leverage: isolated, cross, unified, and yours, with rows."""
    curves = (picture.curve_isolated, picture.curve_cross, picture.curve_unified)
    # A line that stays above the frame has no name in it.
    ends = [np.where(np.nanmin(curve, axis=1, initial=np.inf) < _TOP, _last(curve), np.nan) for curve in curves]
    heights = apart(np.stack(ends, axis=1), 0.085 * _TOP)
    heights = heights - np.fmin(np.fmin.reduce(heights, axis=1, keepdims=True), 0.0)  # none below the axis
    rows = len(picture.refusal)
    return [
        line(
            np.tile(GRID, (rows, 1)),
            np.where(curve <= 2.0 * _TOP, curve, np.nan),
            colour,
            width=width,
            dash=dash,
            name=name,
            hovertemplate=f"{name} at %{{x:.3g}}×: %{{y:.1%}}<extra></extra>",
            hoverinfo="all",
        )
        for name, curve, colour, width, dash in (
            ("isolated", curves[0], "hedge", 3.5, "solid"),
            ("cross", curves[1], "hedge", 2.0, "dash"),
            ("unified", curves[2], "income", 2.0, "solid"),
        )
    ] + [
        _chosen(picture, np.abs(picture.isolated_move)),
        end_labels(
            np.full((rows, 3), _RIGHT),
            heights,
            ["<b>isolated</b>", "cross", "unified"],
            ["hedge", "hedge", "income"],
        ),
    ]


def liquidation_layout(_picture: MarginPicture) -> dict[str, Any]:
    """Return the layout of the moves that liquidate."""
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=_leverage_axis(),
        yaxis=style.axis(range=[0, _TOP], tickformat=".0%", nticks=6),
        meta={"narrow": _NARROW, "table": as_table("leverage", "times", "move that liquidates", "percent")},
    )


# ---- the chance of it ------------------------------------------------------------------------------------------------
def _seen(chance: Array) -> Array:
    """Return chances that a logarithmic axis can show."""
    return np.where(chance >= _LEAST / 3.0, chance, np.nan)


def chance_traces(picture: MarginPicture) -> list[dict[str, Any]]:
    """Return the chance of liquidation against leverage: at any moment, past, at closes; the limit and yours."""
    rows = len(picture.refusal)
    grid = np.tile(GRID, (rows, 1))
    curves = (picture.curve_chance, picture.curve_past, picture.curve_seen)
    logs = np.log10(np.stack([np.maximum(_last(_seen(curve)), _LEAST) for curve in curves], axis=1))
    places = apart(logs, 0.32)
    heights = 10.0 ** (places - np.maximum(np.max(places, axis=1, keepdims=True), 0.0))
    limit = picture.values["limit"][:, None]
    names = (
        ("watched all the time", "net", 3.5, "solid"),
        ("past windows, daily closes", "cost", 2.0, "solid"),
        ("at a daily close", "muted", 2.0, "dash"),
    )
    return [
        *(
            line(
                grid,
                _seen(curve),
                colour,
                width=width,
                dash=dash,
                name=name,
                hovertemplate=f"{name}, %{{x:.3g}}×: %{{y:.2%}}<extra></extra>",
                hoverinfo="all",
            )
            for curve, (name, colour, width, dash) in zip(curves, names, strict=True)
        ),
        line(
            np.tile(GRID[[0, -1]], (rows, 1)),
            np.tile(limit, (1, 2)),
            "danger",
            width=1.5,
            dash="dot",
            name="your limit",
        ),
        _chosen(picture, np.maximum(picture.chance, _LEAST)),
        end_labels(
            np.full((rows, 3), _RIGHT),
            heights,
            ["<b>always</b>", "the past", "at closes"],
            ["net", "cost", "muted"],
        ),
        {
            "type": "scatter",
            "mode": "text",
            "x": np.full((rows, 1), _RIGHT),
            "y": limit,
            "text": ["your limit"],
            "textposition": "bottom left",
            "textfont": {"color": style.colour("danger"), "size": 12},
            **SILENT,
        },
    ]


def chance_layout(_picture: MarginPicture) -> dict[str, Any]:
    """Return the layout of the chances."""
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=_leverage_axis(),
        yaxis=style.axis(
            type="log",
            range=[float(np.log10(_LEAST)), 0.12],
            tickvals=[1e-4, 1e-3, 1e-2, 1e-1, 1],
            ticktext=["0.01%", "0.1%", "1%", "10%", "100%"],
            zeroline=False,
        ),
        meta={"narrow": _NARROW, "table": as_table("leverage", "times", "chance of liquidation", "chance")},
    )
