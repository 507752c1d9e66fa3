"""Funding as it adds up over the days, and what three shorts are worth by then, all costs counted."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.carry import INSTRUMENTS, NEXT_LIFE
from hedge_widgets.model.carry.history import QUANTILES
from hedge_widgets.model.carry.picture import CarryPicture
from hedge_widgets.plots import SILENT, apart, as_table, band, end_labels, line

Array = npt.NDArray[np.float64]

# Ends of a value axis, as shares of the position.
RUNGS = np.outer(10.0 ** np.arange(-4, 1), [1.0, 1.5, 2.0, 3.0, 5.0, 7.5]).ravel()
MARGIN = {"l": 58, "r": 92, "t": 10, "b": 42}
NARROW = {"margin": {"l": 52, "r": 86, "t": 10, "b": 42}}
SHORTS = {
    "perpetual": ("perpetual", "hedge", 3.5),
    "dated": ("dated", "income", 2.0),
    "inverse": ("inverse 1×", "cost", 2.0),
}
_LOW, _MIDDLE_LOW, _MEDIAN, _MIDDLE_HIGH, _HIGH = range(len(QUANTILES))
_NAMES = [f"history, {100 * share:.0f} % quantile" for share in QUANTILES]


def stamp(text: str, *, is_simulated: bool) -> dict[str, Any]:
    """Return what has to be said inside a chart: whose figures it shows."""
    place = {"x": 0.01, "y": 1.0, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
    font = {"size": 11, "color": style.colour("cost" if is_simulated else "muted")}
    return {**place, "text": text, "showarrow": False, "font": font}


def value_range(picture: CarryPicture, values: list[Array]) -> tuple[Array, Array]:
    """Return per row the ends of an axis that holds every value of shape (rows, ...), quote currency, and zero."""
    notional = picture.setting.notional
    rows = len(picture.annual_rate)
    shares = np.concatenate([value.reshape(rows, -1) for value in values], axis=1) / notional
    low, high = (np.nanmax(sign * shares, axis=1, initial=0.0) for sign in (-1.0, 1.0))
    # An end that is hardly used takes a small part of the other, so that the axis does not waste half of the chart.
    least = _rung(0.12 * np.maximum(low, high))
    return -notional * np.maximum(_rung(low), least), notional * np.maximum(_rung(high), least)


def _rung(share: Array) -> Array:
    found: Array = RUNGS[np.minimum(np.searchsorted(RUNGS, 1.06 * share), len(RUNGS) - 1)]
    return found


def _heights(picture: CarryPicture, ends: Array, values: list[Array]) -> Array:
    """Return where the names at the ends of lines stand: apart, and inside the axis."""
    low, high = value_range(picture, values)
    gap = 0.085 * (high - low)
    return np.clip(apart(ends, gap), (low + gap / 2)[:, None], (high - gap / 2)[:, None])


def _axis_range(picture: CarryPicture, values: list[Array]) -> list[float]:
    low, high = value_range(picture, values)
    return [float(low[0]), float(high[0])]


def deaths(picture: CarryPicture, names: tuple[str, ...], ends: Array) -> dict[str, Any]:
    """Return the marks where the carry has eaten what backs a short; from there on its line is flat at ``ends``."""
    days = picture.values["days"][:, None]
    eaten = np.stack([picture.carries[name].eaten_days for name in names], axis=1)
    at = np.where(eaten <= days, eaten, np.nan)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "meta": "liquidated",
        "x": at,
        "y": np.where(np.isnan(at), np.nan, ends),
        "text": ["liquidated"] * len(names),
        "textposition": "top right",
        "textfont": {"color": style.colour("danger"), "size": 12},
        "marker": {
            "symbol": "x",
            "size": 12,
            "color": style.colour("danger"),
            "line": {"color": style.colour("page"), "width": 1},
        },
        **SILENT,
    }


def _days_axis(picture: CarryPicture) -> dict[str, Any]:
    return style.axis(range=_days_range(picture), nticks=7, tickangle=0, zeroline=False, title={"text": "Days held"})


def _days_range(picture: CarryPicture) -> list[float]:
    return [0.0, float(picture.values["days"][0])]


# ---- funding ---------------------------------------------------------------------------------------------------------
def _funding_values(picture: CarryPicture) -> list[Array]:
    return [picture.funded, picture.bands]


def accrued_traces(picture: CarryPicture) -> list[dict[str, Any]]:
    """Return funding over the days: the history's bands and median, and the line of a constant rate, with rows."""
    days, bands = picture.day_grid, picture.bands
    ends = np.stack([picture.funded[:, -1], *(bands[:, k, -1] for k in (_MEDIAN, _LOW, _HIGH))], axis=1)
    return [
        *band(days, bands[:, _LOW], bands[:, _HIGH], (_NAMES[_LOW], _NAMES[_HIGH])),
        *band(days, bands[:, _MIDDLE_LOW], bands[:, _MIDDLE_HIGH], (_NAMES[_MIDDLE_LOW], _NAMES[_MIDDLE_HIGH])),
        line(
            days,
            bands[:, _MEDIAN],
            "muted",
            dash="dash",
            name="history, middle",
            hovertemplate="middle of the history, day %{x:.3g}: %{y:$,.2f}<extra></extra>",
            hoverinfo="all",
        ),
        line(
            days,
            picture.funded,
            "hedge",
            width=3.5,
            name="your rate",
            hovertemplate="at a constant rate, day %{x:.3g}: %{y:$,.2f}<extra></extra>",
            hoverinfo="all",
        ),
        end_labels(
            np.repeat(picture.values["days"][:, None], 4, axis=1),
            _heights(picture, ends, _funding_values(picture)),
            ["<b>your rate</b>", "history", "1 in 20", "1 in 20"],
            ["hedge", "muted", "muted", "muted"],
        ),
        deaths(picture, ("perpetual",), picture.funded[:, -1:]),
    ]


def accrued_moving_layout(picture: CarryPicture) -> dict[str, Any]:
    """Return axes and stamp, which change at rest only."""
    setting = picture.setting
    return {
        "xaxis.range": _days_range(picture),
        "yaxis.range": _axis_range(picture, _funding_values(picture)),
        "annotations": [stamp(setting.stamp, is_simulated=setting.history.is_simulated)],
    }


def accrued_layout(picture: CarryPicture) -> dict[str, Any]:
    """Return the layout of the funding chart."""
    moving = accrued_moving_layout(picture)
    return _layout(picture, moving)


def _layout(picture: CarryPicture, moving: dict[str, Any]) -> dict[str, Any]:
    return style.layout(
        margin=MARGIN,
        hovermode="closest",
        xaxis=_days_axis(picture),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat="$~s", nticks=7),
        annotations=moving["annotations"],
        meta={"narrow": NARROW, "table": as_table("days held", "days", "gain or cost", "usd_signed")},
    )


# ---- three shorts ----------------------------------------------------------------------------------------------------
def carried_traces(picture: CarryPicture) -> list[dict[str, Any]]:
    """Return what the perpetual, the dated and the inverse short have brought, costs taken off, with rows."""
    values = list(picture.curves.values())
    days, ends = (np.stack(part, axis=1) for part in zip(*(_ends(picture, name) for name in INSTRUMENTS), strict=True))
    looks = [SHORTS[name] for name in INSTRUMENTS]
    return [
        *(
            line(
                picture.day_grid,
                picture.curves[name],
                colour,
                width=width,
                dash="dash" if name == "inverse" else "solid",
                name=word,
                hovertemplate=f"{word}, day %{{x:.3g}}: %{{y:$,.2f}}<extra></extra>",
                hoverinfo="all",
            )
            for name, (word, colour, width) in zip(INSTRUMENTS, looks, strict=True)
        ),
        end_labels(
            days,
            _heights(picture, ends, values),
            [
                f"<b>{word}</b>" if name == "perpetual" else word
                for name, (word, _, _) in zip(INSTRUMENTS, looks, strict=True)
            ],
            [colour for _, colour, _ in looks],
        ),
        deaths(picture, INSTRUMENTS, ends),
    ]


def _ends(picture: CarryPicture, name: str) -> tuple[Array, Array]:
    """Return day and value of the last point of a short's line, shape (rows,): a future may have no next contract."""
    curve = picture.curves[name]
    last = np.sum(~np.isnan(curve), axis=1) - 1
    rows = np.arange(len(curve))
    is_whole = last == curve.shape[1] - 1
    return np.where(is_whole, picture.values["days"], picture.day_grid[rows, last]), curve[rows, last]


def carried_moving_layout(picture: CarryPicture) -> dict[str, Any]:
    """Return axes and stamp, which change at rest only."""
    rolled = f"rolled on day {picture.setting.days_to_roll}, then every {NEXT_LIFE:g}"
    words = "the dated future has no rate to roll at" if np.isnan(picture.carries["dated"].carry[0]) else rolled
    return {
        "xaxis.range": _days_range(picture),
        "yaxis.range": _axis_range(picture, list(picture.curves.values())),
        "annotations": [stamp(words, is_simulated=False)],
    }


def carried_layout(picture: CarryPicture) -> dict[str, Any]:
    """Return the layout of the three shorts."""
    return _layout(picture, carried_moving_layout(picture))
