"""The scenarios: what each leg and the whole risk unit gain or lose at every shock of the price."""

from typing import Any

import numpy as np

from hedge_widgets import style
from hedge_widgets.model.portfolio_margin.picture import PortfolioMarginPicture
from hedge_widgets.plots import as_table

LEGS = ("spot in use", "perpetual", "future", "puts", "total", "worst volatility")
_NARROW_LEGS = ("spot", "perp.", "future", "puts", "total", "worst vol.")
_LARGE = 1e5  # a book from which cells are written in thousands
# Colours reach half of their strength, so that the numbers written on them stay legible.
_SCALE = [[0.0, style.colour("cost")], [0.5, style.colour("page")], [1.0, style.colour("income")]]


def _unit(picture: PortfolioMarginPicture) -> float:
    """Return what the cells count in, dollars: a number has to fit into a cell on a phone."""
    return 1e3 if picture.setting.size >= _LARGE else 1.0


def heat_traces(picture: PortfolioMarginPicture) -> list[dict[str, Any]]:
    """Return the cells with their gains in thousands, and a frame around the worst total."""
    pnl = picture.leg_pnl
    n_rows, n_legs, n_shocks = pnl.shape
    small = 1e-9 * picture.setting.size
    moves = np.where(np.abs(pnl) > small, pnl, 0.0)
    # A leg that is not there has no number; of the whole unit a 0 says something.
    is_there = np.any(moves != 0, axis=2) | (np.arange(n_legs) >= LEGS.index("total"))
    numbers = np.where(is_there[..., None], moves, np.nan).reshape(n_rows, -1)
    cells = moves.reshape(n_rows, -1)
    largest = np.maximum(np.abs(cells).max(axis=1, keepdims=True), small)
    x = np.tile(np.arange(n_shocks, dtype=np.float64), n_legs)[None]
    y = np.repeat(-np.arange(n_legs, dtype=np.float64), n_shocks)[None]
    worst = np.argmin(pnl[:, -1], axis=1)[:, None]
    is_loss = picture.unit.shock_charge[:, None] > small
    frame = np.where(is_loss, worst + np.array([-0.5, 0.5, 0.5, -0.5, -0.5]), np.nan)
    below = 1.0 - n_legs
    return [
        {
            "type": "heatmap",
            "x": x,
            "y": y,
            "z": cells / largest,
            "zmin": -2,
            "zmax": 2,
            "colorscale": _SCALE,
            "showscale": False,
            "xgap": 2,
            "ygap": 2,
            "text": style.Texts(np.round(numbers / _unit(picture)), "ratio"),
            "texttemplate": "%{text}",
            "textfont": {"size": 10, "color": style.colour("text")},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "x": frame,
            "y": [below - 0.5, below - 0.5, below + 0.5, below + 0.5, below - 0.5],
            "line": {"color": style.colour("net"), "width": 3},
            "hoverinfo": "skip",
        },
    ]


def heat_moving_layout(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the shocks' axis and the unit of the cells, which change with the rules and the size of the book only."""
    shocks = picture.setting.rules.price_shocks
    unit = "thousands of dollars" if _unit(picture) > 1 else "dollars"
    return {
        "xaxis.range": [-0.5, len(shocks) - 0.5],
        "xaxis.tickvals": list(range(len(shocks))),
        "xaxis.ticktext": [style.formatted(shock, "percent_signed").split("\u00a0")[0] for shock in shocks],
        "xaxis.title.text": f"Price shock, %; in {unit}",
    }


def heat_layout(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the layout of the scenarios."""
    moving = heat_moving_layout(picture)
    narrow = {"margin": {"l": 62, "r": 4, "t": 40, "b": 4}}
    return style.layout(
        margin={"l": 112, "r": 8, "t": 40, "b": 6},
        hovermode=False,
        xaxis=style.axis(
            range=moving["xaxis.range"],
            tickvals=moving["xaxis.tickvals"],
            ticktext=moving["xaxis.ticktext"],
            side="top",
            title={"text": moving["xaxis.title.text"], "standoff": 4},
            showgrid=False,
            zeroline=False,
            tickangle=0,
        ),
        yaxis=style.axis(
            range=[0.45 - len(LEGS), 0.5],
            tickvals=[-place for place in range(len(LEGS))],
            ticktext=list(LEGS),
            showgrid=False,
            zeroline=False,
        ),
        meta={
            "narrow": {**narrow, "yaxis": {"ticktext": list(_NARROW_LEGS)}},
            "table": as_table("", "names", "", "names"),
        },
    )
