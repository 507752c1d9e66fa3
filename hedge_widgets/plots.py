"""What all charts share: lines, bands, labels at their ends and apart from each other, the stamp, the frame."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style

Array = npt.NDArray[np.float64]

SILENT = {"hoverinfo": "skip"}
MARGIN = {"l": 52, "r": 74, "t": 8, "b": 44}  # on the right, room for the names of the lines
NARROW = {"margin": {"l": 44, "r": 66, "t": 8, "b": 42}}


def as_table(x: str, x_format: str, y: str, y_format: str) -> dict[str, list[str]]:
    """Return what a layout's ``meta`` says of the table behind its chart: its axes in words and their number formats.

    A trace with a ``name`` is a column of that table; what a trace says in its ``meta`` stands beside the rows that it
    marks; its ``customdata`` names the columns whose exact numbers its points are. On an axis of bars the format is
    "names": a row is one of its ticks.
    """
    return {"x": [x, x_format], "y": [y, y_format]}


def line(x: Array, y: Array, colour: str, *, width: float = 2, dash: str = "solid", **settings: Any) -> dict[str, Any]:
    """Return a line in a colour by its name, silent under the pointer unless ``settings`` say otherwise."""
    look = {"color": style.colour(colour), "width": width, "dash": dash}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": look, **SILENT, **settings}


def end_labels(x: Array, y: Array, words: list[str], names: list[str]) -> dict[str, Any]:
    """Return ``words`` in the colours ``names`` at the ends of lines, written to the right into the margin."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": x,
        "y": y,
        "text": words,
        "textposition": "middle right",
        "cliponaxis": False,
        "textfont": {"color": [style.colour(name) for name in names], "size": 13},
        **SILENT,
    }


def waterfall(places: Array, parts: Array, bases: Array, colours: Sequence[str]) -> dict[str, Any]:
    """Return bars, shape (rows, bars), each from its base and with its value at the end; NaN of ``places`` has none."""
    return {
        "type": "bar",
        "name": "gain or loss",
        "x": places,
        "y": parts,
        "base": bases,
        "width": 0.62,
        "text": style.Texts(np.where(np.isnan(places), np.nan, parts), "usd_bar"),
        "textposition": "outside",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"size": 12, "color": style.colour("text")},
        "marker": {"color": [style.colour(name) for name in colours]},
        "hoverinfo": "skip",
    }


def waterfall_axes(places: Array, names: Sequence[str], ends: list[float]) -> dict[str, Any]:
    """Return what changes at rest only: the range of the values, and the names of the bars that are there."""
    shown = [(float(place), name) for place, name in zip(places, names, strict=True) if place == place]
    return {
        "yaxis.range": ends,
        "xaxis.tickvals": [place for place, _ in shown],
        "xaxis.ticktext": [name for _, name in shown],
        "xaxis.range": [shown[0][0] - 0.6, shown[-1][0] + 0.6],
    }


def waterfall_layout(axes: dict[str, Any], narrow_size: int) -> dict[str, Any]:
    """Return the layout of a waterfall; ``narrow_size`` is that of its bars' names on a phone."""
    return style.layout(
        margin={"l": 8, "r": 8, "t": 8, "b": 30},
        hovermode=False,
        xaxis=style.axis(
            range=axes["xaxis.range"],
            tickvals=axes["xaxis.tickvals"],
            ticktext=axes["xaxis.ticktext"],
            showgrid=False,
            zeroline=False,
            tickangle=0,
        ),
        # The bars carry their values; an axis beside them would say it twice and cost a third of every step.
        yaxis=style.axis(range=axes["yaxis.range"], showticklabels=False, showgrid=False),
        meta={
            "narrow": {"margin": {"l": 2, "r": 2, "t": 8, "b": 28}, "xaxis": {"tickfont": {"size": narrow_size}}},
            "table": as_table("part", "names", "gain or loss", "usd_signed"),
        },
    )


def band(x: Array, low: Array, high: Array, names: tuple[str, str] = ("low", "high")) -> list[dict[str, Any]]:
    """Return the band between two lines."""
    edge = {"width": 0}
    return [
        {"type": "scatter", "mode": "lines", "name": names[0], "x": x, "y": low, "line": edge, **SILENT},
        {
            "name": names[1],
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": high,
            "line": edge,
            "fill": "tonexty",
            "fillcolor": style.colour("band"),
            **SILENT,
        },
    ]


def stamp(words: str) -> dict[str, Any]:
    """Return what has to be said inside the chart itself, such as that the prices are simulated."""
    if not words:
        return {"annotations": []}
    place = {"x": 0.01, "y": 1.0, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
    font = {"size": 11, "color": style.colour("cost")}
    return {"annotations": [{**place, "text": words, "showarrow": False, "font": font}]}


def apart(values: Array, gap: Any) -> Array:
    """Return label places (rows, labels) near ``values``, at least ``gap`` apart and in their order; NaN stay NaN."""
    order = np.argsort(values, axis=1)
    placed = np.take_along_axis(values, order, axis=1).copy()
    for k in range(1, placed.shape[1]):
        placed[:, k] = np.where(np.isnan(placed[:, k]), np.nan, np.fmax(placed[:, k], placed[:, k - 1] + gap))
    count = np.maximum(np.sum(~np.isnan(values), axis=1), 1)
    centre = ((np.nansum(placed, axis=1) - np.nansum(values, axis=1)) / count)[:, None]
    result = np.empty_like(placed)
    np.put_along_axis(result, order, placed - centre, axis=1)
    return result
