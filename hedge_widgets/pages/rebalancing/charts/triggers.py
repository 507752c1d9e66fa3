"""The rule looked at along one path: how much it hedges, and what that has gained on a constant hedge of that size."""

from typing import Any

import numpy as np

from hedge_widgets import style
from hedge_widgets.model.rebalancing.picture import RebalancingPicture
from hedge_widgets.plots import SILENT, apart, as_table, end_labels, line

_MARGIN = {"l": 60, "r": 84, "t": 10, "b": 42}
_NARROW = {"margin": {"l": 54, "r": 78, "t": 10, "b": 42}, "xaxis": {"nticks": 4}}


def _layout(moving: dict[str, Any], y_format: str, words: str, written: str) -> dict[str, Any]:
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=style.axis(range=moving["xaxis.range"], nticks=8, zeroline=False, title={"text": "Days"}),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat=y_format, nticks=6),
        meta={"narrow": _NARROW, "table": as_table("day", "days", words, written)},
    )


# ---- how much is hedged ----------------------------------------------------------------------------------------------
def covering_traces(picture: RebalancingPicture) -> list[dict[str, Any]]:
    """Return the coverage of the rule, in steps, and of the constant hedge over the days, with rows."""
    coverage, n_days = picture.coverage, float(picture.coverage.shape[1])
    constant = np.repeat(picture.constant[:, None], 2, axis=1)
    ends = np.concatenate([coverage[:, -1:], constant[:, -1:]], axis=1)
    low, high = covering_moving_layout(picture)["yaxis.range"]
    drawn = line(
        np.arange(n_days)[None],
        coverage,
        "hedge",
        width=3,
        name="the rule",
        hovertemplate="day %{x}: the rule hedges %{y:.0%}<extra></extra>",
        hoverinfo="all",
    )
    return [
        drawn | {"line": {**drawn["line"], "shape": "hv"}},
        line(
            np.array([[0.0, n_days]]),
            constant,
            "cost",
            width=1.5,
            name="the constant hedge",
            hovertemplate="the constant hedge is %{y:.1%}<extra></extra>",
            hoverinfo="all",
        ),
        end_labels(
            np.full(ends.shape, n_days),
            apart(ends, 0.12 * (high - low)),
            ["\u2002<b>rule</b>", "\u2002constant"],
            ["hedge", "cost"],
        ),
    ]


def covering_moving_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the axes, which change at rest only: as far as the rules that there are hedge."""
    triggers = picture.setting.triggers
    top = max(triggers.coverage, *(rule.coverage for rule in triggers.rules), 0.25)
    return {"xaxis.range": [0.0, float(picture.coverage.shape[1])], "yaxis.range": [-0.04 * top, 1.1 * top]}


def covering_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the layout of the coverage over the days."""
    return _layout(covering_moving_layout(picture), ".0%", "share that is hedged", "percent")


# ---- what the changes have gained ------------------------------------------------------------------------------------
def gaining_traces(picture: RebalancingPicture) -> list[dict[str, Any]]:
    """Return how much more the rule has left so far than the constant hedge, with rows."""
    n_days = picture.gain.shape[1] - 1.0
    return [
        line(
            np.arange(n_days + 1.0)[None],
            picture.gain,
            "net",
            width=2.5,
            name="rule less constant",
            hovertemplate="day %{x}: the rule has left %{y:+$,.0f} against the constant hedge<extra></extra>",
            hoverinfo="all",
        ),
        {
            "type": "scatter",
            "mode": "text",
            "x": np.array([[n_days]]),
            "y": picture.gain[:, -1:],
            "text": style.Texts(picture.gain[:, -1:], "usd_signed"),
            "textposition": "middle right",
            "cliponaxis": False,
            "textfont": {"color": style.colour("text"), "size": 13},
            **SILENT,
        },
    ]


def gaining_moving_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the axes, which change at rest only: as far as the path shown needs, and at least a cent."""
    shown = np.nan_to_num(picture.gain[0])
    low, high = min(float(shown.min()), -0.01), max(float(shown.max()), 0.01)
    room = 0.08 * (high - low)
    return {"xaxis.range": [0.0, float(len(shown) - 1)], "yaxis.range": [low - room, high + room]}


def gaining_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the layout of the gain over the days."""
    return _layout(
        gaining_moving_layout(picture), "$.3~s", "net of the rule less that of the constant hedge", "usd_signed"
    )
