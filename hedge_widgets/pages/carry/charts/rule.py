"""The funding rate against the premium index: the zone in which nothing changes, and what lies beyond it."""

from typing import Any

import numpy as np

from hedge_widgets import style
from hedge_widgets.model.carry.picture import PREMIUMS, CarryPicture
from hedge_widgets.plots import SILENT, as_table, line

_MARGIN = {"l": 66, "r": 24, "t": 10, "b": 44}


def clamp_traces(picture: CarryPicture) -> list[dict[str, Any]]:
    """Return the venue's rule and the premium chosen, with rows."""
    setting, rows = picture.setting, len(picture.rule_rate)
    rates = np.asarray(setting.rule.rate(PREMIUMS, setting.contract.funding_hours))
    return [
        line(
            np.tile(PREMIUMS, (rows, 1)),
            np.tile(rates, (rows, 1)),
            "hedge",
            width=3.5,
            name="a short receives",
            hovertemplate="premium %{x:.3%}: a short receives %{y:.4%}<extra></extra>",
            hoverinfo="all",
        ),
        {
            "type": "scatter",
            "mode": "markers+text",
            "meta": "yours",
            "customdata": ["a short receives"],
            "x": picture.values["premium"][:, None],
            "y": picture.rule_rate[:, None],
            "text": style.Texts(picture.rule_rate[:, None], "rate"),
            "textposition": "top center",
            "textfont": {"color": style.colour("net"), "size": 13},
            "cliponaxis": False,
            "marker": {
                "symbol": "diamond",
                "size": 13,
                "color": style.colour("net"),
                "line": {"color": style.colour("page"), "width": 1.5},
            },
            **SILENT,
        },
    ]


def clamp_moving_layout(picture: CarryPicture) -> dict[str, Any]:
    """Return the value axis and the flat zone, which change with the contract only."""
    setting = picture.setting
    rates = np.asarray(setting.rule.rate(PREMIUMS, setting.contract.funding_hours))
    low, high = setting.flat_zone
    shapes: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    if low == low:
        zone = {"type": "rect", "xref": "x", "yref": "paper", "x0": low, "x1": high, "y0": 0.0, "y1": 1.0}
        shapes = [{**zone, "fillcolor": style.colour("band"), "line": {"width": 0}, "layer": "below"}]
        words = {"x": (low + high) / 2.0, "y": 0.0, "xref": "x", "yref": "paper", "yanchor": "bottom", "text": "flat"}
        annotations = [{**words, "showarrow": False, "font": {"size": 11, "color": style.colour("muted")}}]
    top = 1.12 * float(np.abs(rates).max())
    return {"yaxis.range": [-top, top], "shapes": shapes, "annotations": annotations}


def clamp_layout(picture: CarryPicture) -> dict[str, Any]:
    """Return the layout of the rule."""
    moving = clamp_moving_layout(picture)
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=style.axis(
            range=[1.2 * float(PREMIUMS[0]), 1.2 * float(PREMIUMS[-1])],
            tickformat=".1%",
            nticks=7,
            tickangle=0,
            title={"text": "Premium index (perpetual over spot)"},
        ),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat="~%", nticks=7),
        shapes=moving["shapes"],
        annotations=moving["annotations"],
        meta={
            "narrow": {"margin": {"l": 60, "r": 14, "t": 10, "b": 44}, "xaxis": {"nticks": 4}},
            "table": as_table("premium index", "rate", "funding rate", "rate"),
        },
    )
