"""One path: the hedge it asks for, what two rules hold, and when they trade."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.rebalancing.picture import RebalancingPicture
from hedge_widgets.plots import SILENT, apart, as_table, band, end_labels, line

Array = npt.NDArray[np.float64]

_MARGIN = {"l": 52, "r": 84, "t": 22, "b": 42}
_NARROW = {"margin": {"l": 44, "r": 78, "t": 22, "b": 42}}
_FAR = 1e3  # beyond every axis
_GRID = 0.1


def _held(days: Array, held: Array, colour: str, width: float, words: str) -> dict[str, Any]:
    """Return what a rule holds, in steps: a trade at a day's start holds over that day."""
    drawn = line(
        days,
        held,
        colour,
        width=width,
        name=f"{words} holds",
        hovertemplate=f"day %{{x}}: {words} holds %{{y:.1%}}<extra></extra>",
        hoverinfo="all",
    )
    return drawn | {"line": {**drawn["line"], "shape": "hv"}}


def _trades(days: Array, held: Array, colour: str, size: int) -> dict[str, Any]:
    """Return the days on which a rule trades."""
    is_traded = np.diff(held, axis=1, prepend=held[:, :1]) != 0
    return {
        "type": "scatter",
        "mode": "markers",
        "x": days,
        "y": np.where(is_traded, held, np.nan),
        "marker": {"size": size, "color": style.colour(colour), "line": {"color": style.colour("page"), "width": 1}},
        **SILENT,
    }


def _range(picture: RebalancingPicture) -> tuple[Array, Array]:
    """Return per row the ends of the axis that its path needs."""
    shown = np.concatenate([picture.target, picture.band, picture.other], axis=1)
    low, high = np.nanmin(shown, axis=1), np.nanmax(shown, axis=1)
    room = 0.08 * (high - low) + 0.02
    return _GRID * np.floor((low - room) / _GRID), _GRID * np.ceil((high + room) / _GRID)


def holding_traces(picture: RebalancingPicture) -> list[dict[str, Any]]:
    """Return the band, the target, what the compared rule and the band hold, their trades and the day, with rows."""
    n_days = picture.target.shape[1] - 1
    days, rows = np.arange(n_days + 1.0)[None], len(picture.day)
    steps = days[:, :-1]
    low, high = _range(picture)
    ends = np.stack([curve[:, -1] for curve in (picture.target, picture.band, picture.other)], axis=1)
    heights = apart(np.clip(ends, low[:, None], high[:, None]), 0.085 * (high - low))
    day = picture.day.astype(np.float64)[:, None]
    at_day = np.take_along_axis(picture.target, picture.day[:, None], axis=1)
    return [
        *band(days, picture.band_low, picture.band_high, ("band, lower edge", "band, upper edge")),
        line(
            days,
            picture.target,
            "spot",
            width=1.5,
            name="target",
            hovertemplate="day %{x}: the target is %{y:.1%}<extra></extra>",
            hoverinfo="all",
        ),
        _held(steps, picture.other, "cost", 1.5, "the compared rule"),
        _trades(steps, picture.other, "cost", 4),
        _held(steps, picture.band, "hedge", 3.0, "the band"),
        _trades(steps, picture.band, "hedge", 7),
        line(np.tile(day, (1, 2)), np.tile([[-_FAR, _FAR]], (rows, 1)), "zero", width=1.5, dash="dot"),
        {
            "type": "scatter",
            "mode": "markers",
            "meta": "your day",
            "x": day,
            "y": at_day,
            "cliponaxis": False,
            "marker": {"symbol": "diamond", "size": 11, "color": style.colour("text")},
            **SILENT,
        },
        end_labels(
            np.full((rows, 3), float(n_days)),
            heights,
            ["\u2002target", "\u2002<b>band</b>", "\u2002compared"],
            ["spot", "hedge", "cost"],
        ),
    ]


def holding_moving_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the axes and the stamp, which change at rest only."""
    low, high = _range(picture)
    place = {"x": 0.01, "y": 1.0, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    font = {"size": 11, "color": style.colour("cost")}
    text = picture.setting.paths.stamp
    return {
        "xaxis.range": [0.0, float(picture.target.shape[1] - 1)],
        "yaxis.range": [float(low[0]), float(high[0])],
        "annotations": [{**place, "text": text, "showarrow": False, "font": font}],
    }


def holding_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the layout of one path."""
    moving = holding_moving_layout(picture)
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=style.axis(range=moving["xaxis.range"], nticks=8, zeroline=False, title={"text": "Days"}),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat=".0%", nticks=7),
        annotations=moving["annotations"],
        meta={"narrow": _NARROW, "table": as_table("day", "days", "hedge", "percent")},
    )
