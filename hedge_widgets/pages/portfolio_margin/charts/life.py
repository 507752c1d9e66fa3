"""How long each regime keeps the book alive: equity less maintenance margin against the move of the price."""

from typing import Any

import numpy as np

from hedge_widgets import style
from hedge_widgets.model.portfolio_margin.picture import GRID, MOVE_HIGH, MOVE_LOW, PortfolioMarginPicture
from hedge_widgets.model.portfolio_margin.regimes import Array
from hedge_widgets.pages.portfolio_margin.charts.bars import REGIME_COLOURS, REGIME_NAMES
from hedge_widgets.plots import apart, as_table

_STEPS = np.array([0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 20.0, 100.0])
_DASHES = ("dot", "dash", "solid")
_WIDTHS = (2, 2.5, 4)
_HEIGHTS = np.array([0.05, -0.05, 0.12])  # of the names beside the liquidations, in shares of the axis
_LOWEST = -0.1


def _reach(picture: PortfolioMarginPicture) -> Array:
    """Return per row the top of the value axis, quote currency."""
    ladder = picture.setting.size * _STEPS
    largest = np.nanmax(picture.buffers, axis=(1, 2), initial=0.0)
    return np.asarray(ladder[np.minimum(np.searchsorted(ladder, largest), len(ladder) - 1)])


def life_traces(picture: PortfolioMarginPicture) -> list[dict[str, Any]]:
    """Return the three buffers, the chosen move, the liquidations with names, and names at the ends of the lines."""
    top = _reach(picture)[:, None]
    move = np.repeat(picture.values["move"][:, None], 2, axis=1)
    deaths = np.concatenate([picture.fall, picture.rise], axis=1)
    deaths = np.where((deaths >= MOVE_LOW) & (deaths <= MOVE_HIGH), deaths, np.nan)
    is_marked = np.where(np.isnan(deaths), np.nan, 1.0)
    ends = apart(np.clip(picture.buffers[:, :, -1], 0.0, 0.93 * top), 0.09 * top[:, 0])
    colours = [style.colour(name) for name in REGIME_COLOURS]
    silent = {"hoverinfo": "skip"}
    names = ["isolated", "cross", "<b>portfolio</b>"]
    return [
        *(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": GRID.tolist(),
                "y": picture.buffers[:, k],
                "line": {"color": colours[k], "width": _WIDTHS[k], "dash": _DASHES[k]},
                "hovertemplate": name + " %{y:$,.0f}<extra></extra>",
            }
            for k, name in enumerate(REGIME_NAMES)
        ),
        {
            **silent,
            "type": "scatter",
            "mode": "lines",
            "meta": "your move",
            "x": move,
            "y": np.concatenate([_LOWEST * top, top], axis=1),
            "line": {"color": style.colour("muted"), "width": 1.5, "dash": "dot"},
        },
        {
            **silent,
            "type": "scatter",
            "mode": "markers",
            "meta": [f"{name} liquidated" for name in REGIME_NAMES] * 2,
            "x": deaths,
            "y": 0.0 * is_marked,
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
            "mode": "text",
            "x": deaths,
            "y": np.tile(_HEIGHTS, 2) * top * is_marked,
            "text": [f"{name} liquidated" for name in REGIME_NAMES] * 2,
            "textposition": ["middle right"] * 6,
            "textfont": {"color": style.colour("danger"), "size": 12},
        },
        {
            **silent,
            "type": "scatter",
            "mode": "text",
            "x": [MOVE_HIGH + 0.01] * 3,
            "y": ends,
            "text": names,
            "textposition": "middle right",
            "cliponaxis": False,
            "textfont": {"color": colours, "size": 13},
        },
    ]


def life_moving_layout(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the value axis' range, which changes at rest only."""
    top = float(_reach(picture)[0])
    return {"yaxis.range": [_LOWEST * top, top]}


def life_layout(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the layout of the buffers."""
    return style.layout(
        margin={"l": 52, "r": 74, "t": 8, "b": 28},
        hovermode="x unified",
        xaxis=style.axis(
            range=[MOVE_LOW, MOVE_HIGH + 0.02],
            tickvals=[-0.5, 0, 0.5, 1.0],
            ticktext=["−50%", "0", "+50%", "+100%"],
            unifiedhovertitle={"text": "If the price moves %{x:+.0%}"},
            hoverformat="+.0%",
        ),
        yaxis=style.axis(range=life_moving_layout(picture)["yaxis.range"], tickformat="$~s", nticks=5),
        meta={
            "narrow": {"margin": {"l": 44, "r": 66, "t": 8, "b": 28}},
            "table": as_table("the price moves by", "percent_signed", "equity less maintenance margin", "usd_signed"),
        },
    )
