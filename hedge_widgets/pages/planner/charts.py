"""What time does to a plan: the cost of holding it against selling, and the chance that it is liquidated by then."""

from typing import Any

import numpy as np

from hedge_widgets import style
from hedge_widgets.model.planner.picture import GRID, Array, PlannerPicture
from hedge_widgets.plots import apart, as_table, end_labels, line

_X = GRID.tolist()
_LEAST = 1e-4
_MARGIN = {"l": 56, "r": 92, "t": 10, "b": 44}
_NARROW = {"margin": {"l": 48, "r": 86, "t": 10, "b": 44}}


def _days_axis() -> dict[str, Any]:
    ticks = {1: "1", 7: "7", 30: "30", 90: "90", 365: "365"}
    return style.axis(
        type="log",
        range=[0.0, float(np.log10(GRID[-1]))],
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        zeroline=False,
        title={"text": "Days held"},
    )


def _marker(x: Array, y: Array, symbol: str, colour: str, words: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x[:, None],
        "y": y[:, None],
        "cliponaxis": False,
        "marker": {
            "symbol": symbol,
            "size": 13,
            "color": style.colour(colour),
            "line": {"color": style.colour("page"), "width": 1.5},
        },
        "hovertemplate": f"{words}<extra></extra>",
        "meta": words.partition(",")[0].partition(" from day")[0],
    }


def _at(curve: Array, days: Array) -> Array:
    """Return the height of curves, shape (rows, len(GRID)), at a day a row; NaN where there is no day."""
    logs = np.log(GRID)
    rows = [np.interp(np.log(day), logs, row) if day == day else np.nan for day, row in zip(days, curve, strict=True)]
    return np.asarray(rows)


# ---- what it costs ---------------------------------------------------------------------------------------------------
def holding_traces(picture: PlannerPicture) -> list[dict[str, Any]]:
    """Return funding less costs of the hedge by the day, of selling at once and by tenths, the plan and crossings."""
    curves = (picture.carry, picture.sold, picture.sold_weekly)
    ends = np.stack([curve[:, -1] for curve in curves], axis=1)
    low, high = _range(picture)
    gap = 0.085 * (high - low)
    names = (
        ("the hedge", "hedge", 3.5, "solid"),
        ("sell now, buy back", "spot", 2.0, "solid"),
        ("sell a tenth a week", "spot", 2.0, "dash"),
    )
    days = picture.values["days"]
    return [
        *(
            line(
                np.asarray([_X]),
                curve,
                colour,
                width=width,
                dash=dash,
                name=name,
                hovertemplate=f"{name}, %{{x:.0f}} days: %{{y:$,.2f}}<extra></extra>",
                hoverinfo="all",
            )
            for curve, (name, colour, width, dash) in zip(curves, names, strict=True)
        ),
        _marker(days, _at(picture.carry, days), "diamond", "net", "your plan, %{x:.0f} days: %{y:$,.2f}"),
        _marker(picture.even_day, 0.0 * picture.even_day, "circle", "income", "funding has paid for it, day %{x:.0f}"),
        _marker(
            picture.sell_day, _at(picture.sold, picture.sell_day), "x", "danger", "selling is cheaper from day %{x:.0f}"
        ),
        end_labels(
            np.full(ends.shape, GRID[-1]),
            apart(ends, gap),
            ["<b>hedge</b>", "sell now", "sell weekly"],
            ["hedge", "spot", "spot"],
        ),
    ]


def _range(picture: PlannerPicture) -> tuple[Array, Array]:
    """Return the ends of the axis at every row."""
    curves = np.nan_to_num(np.concatenate([picture.carry, picture.sold], axis=1))
    low, high = np.minimum(curves.min(axis=1), 0.0), np.maximum(curves.max(axis=1), 0.0)
    room = np.where(high > low, 0.12 * (high - low), 1.0)
    return low - room, high + room


def holding_moving_layout(picture: PlannerPicture) -> dict[str, Any]:
    """Return the axis, which changes at rest only."""
    return {"yaxis.range": [float(end[0]) for end in _range(picture)]}


def holding_layout(picture: PlannerPicture) -> dict[str, Any]:
    """Return the layout of the costs."""
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=_days_axis(),
        yaxis=style.axis(range=holding_moving_layout(picture)["yaxis.range"], nticks=6, tickformat="$.3~s"),
        meta={"narrow": _NARROW, "table": as_table("days held", "days", "gain or loss by then", "usd_signed")},
    )


# ---- what ends it ----------------------------------------------------------------------------------------------------
def chance_traces(picture: PlannerPicture) -> list[dict[str, Any]]:
    """Return the chance of liquidation by the day, the one that is accepted, the plan, and the day they cross."""
    days, limit = picture.values["days"], picture.values["limit"]
    known = picture.liquidation_probability
    shown = np.where(known >= _LEAST / 3.0, known, np.nan)
    chance = np.where(picture.is_open, np.maximum(picture.chance, _LEAST), np.nan)
    return [
        line(
            np.asarray([_X]),
            shown,
            "net",
            width=3.5,
            name="chance of liquidation",
            hovertemplate="within %{x:.0f} days: %{y:.2%}<extra></extra>",
            hoverinfo="all",
        ),
        line(
            np.asarray([[1.0, GRID[-1]]]),
            np.repeat(limit[:, None], 2, axis=1),
            "danger",
            width=1.5,
            dash="dot",
            name="what you accept",
        ),
        _marker(days, chance, "diamond", "net", "your plan, %{x:.0f} days: %{y:.2%}"),
        _marker(
            picture.limit_day,
            np.where(picture.limit_day > 0, limit, np.nan),
            "x",
            "danger",
            "above what you accept from day %{x:.0f}",
        ),
        end_labels(np.full((len(limit), 1), GRID[-1]), limit[:, None], ["you accept"], ["danger"]),
    ]


def chance_layout(_picture: PlannerPicture) -> dict[str, Any]:
    """Return the layout of the chance."""
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=_days_axis(),
        yaxis=style.axis(
            type="log",
            range=[float(np.log10(_LEAST)), 0.0],
            tickvals=[1e-4, 1e-3, 1e-2, 1e-1, 1],
            ticktext=["0.01%", "0.1%", "1%", "10%", "100%"],
            zeroline=False,
        ),
        meta={"narrow": _NARROW, "table": as_table("days held", "days", "chance of liquidation by then", "chance")},
    )
