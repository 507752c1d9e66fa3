"""The rule looked at along one path: how much it hedges, and what comes of it, beside a constant hedge of that size."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.rebalancing.picture import RebalancingPicture
from hedge_widgets.plots import apart, as_table, end_labels, line

Array = npt.NDArray[np.float64]

_MARGIN = {"l": 60, "r": 84, "t": 10, "b": 42}
_NARROW = {"margin": {"l": 54, "r": 78, "t": 10, "b": 42}}
_NAMES, _COLOURS = ["\u2002<b>rule</b>", "\u2002constant"], ["hedge", "cost"]


def _ends(days: float, curves: tuple[Array, Array], low: Any, high: Any) -> dict[str, Any]:
    """Return the names of rule and constant hedge at the ends of their curves."""
    ends = np.stack([curve[:, -1] for curve in curves], axis=1)
    return end_labels(np.full(ends.shape, days), apart(ends, 0.11 * (high - low)), list(_NAMES), list(_COLOURS))


def _named(x: Array, y: Array, place: int, words: str, rule: str) -> dict[str, Any]:
    name = ("the rule", "the constant hedge")[place]
    return line(
        x,
        y,
        _COLOURS[place],
        width=(3.0, 1.5)[place],
        name=name,
        hovertemplate=f"day %{{x}}: {name} {words} %{{y:{rule}}}<extra></extra>",
        hoverinfo="all",
    )


# ---- how much is hedged ----------------------------------------------------------------------------------------------
def covering_traces(picture: RebalancingPicture) -> list[dict[str, Any]]:
    """Return the coverage of the rule, in steps, and of the constant hedge over the days, with rows."""
    coverage, n_days = picture.coverage, picture.coverage.shape[1]
    constant = np.repeat(picture.constant[:, None], 2, axis=1)
    drawn = _named(np.arange(float(n_days))[None], coverage, 0, "hedges", ".0%")
    return [
        drawn | {"line": {**drawn["line"], "shape": "hv"}},
        _named(np.array([[0.0, float(n_days)]]), constant, 1, "hedges", ".1%"),
        _ends(float(n_days), (coverage, constant), 0.0, covering_moving_layout(picture)["yaxis.range"][1]),
    ]


def covering_moving_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the axes, which change at rest only: as far as the rules that there are hedge."""
    triggers = picture.setting.triggers
    top = max(triggers.coverage, *(rule.coverage for rule in triggers.rules), 0.25)
    return {"xaxis.range": [0.0, float(picture.coverage.shape[1])], "yaxis.range": [-0.04 * top, 1.1 * top]}


def covering_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the layout of the coverage over the days."""
    moving = covering_moving_layout(picture)
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=style.axis(range=moving["xaxis.range"], nticks=8, zeroline=False, title={"text": "Days"}),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat=".0%", nticks=5),
        meta={"narrow": _NARROW, "table": as_table("day", "days", "share that is hedged", "percent")},
    )


# ---- what comes of it ------------------------------------------------------------------------------------------------
def against_traces(picture: RebalancingPicture) -> list[dict[str, Any]]:
    """Return the nets of rule and constant hedge since the start, with rows."""
    nets = picture.rule_net, picture.constant_net
    days = np.arange(float(nets[0].shape[1]))[None]
    low, high = _range(picture)
    return [
        *(_named(days, net, place, "has brought", "+$,.0f") for place, net in enumerate(nets)),
        _ends(float(days[0, -1]), nets, low, high),
    ]


def _range(picture: RebalancingPicture) -> tuple[Array, Array]:
    """Return per row the ends of the axis that its path needs."""
    shown = np.nan_to_num(np.concatenate([picture.rule_net, picture.constant_net], axis=1))
    low, high = shown.min(axis=1), shown.max(axis=1)
    room = 0.06 * (high - low) + 0.01
    return low - room, high + room


def against_moving_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the axes, which change at rest only."""
    low, high = _range(picture)
    return {
        "xaxis.range": [0.0, float(picture.rule_net.shape[1] - 1)],
        "yaxis.range": [float(low[0]), float(high[0])],
    }


def against_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the layout of the nets over the days."""
    moving = against_moving_layout(picture)
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=style.axis(range=moving["xaxis.range"], nticks=8, zeroline=False, title={"text": "Days"}),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat="$.3~s", nticks=6),
        meta={"narrow": _NARROW, "table": as_table("day", "days", "net result so far", "usd_signed")},
    )
