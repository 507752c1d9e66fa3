"""Which rule: cost against tracking error over all bands and intervals, and the net that each rule leaves."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.rebalancing.picture import RebalancingPicture
from hedge_widgets.model.rebalancing.setting import RULES
from hedge_widgets.plots import SILENT, as_table, line

Array = npt.NDArray[np.float64]

RULE_WORDS = ("never", "every day", "every n days", "band", "volatility", "funding")
_BAND, _TIME = RULES.index("band"), RULES.index("time")
_MARGIN = {"l": 60, "r": 18, "t": 10, "b": 44}
_LADDER = np.array([1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])


def _up(value: float) -> float:
    """Return the next number of 1, 1.2, 1.5, 2 … times a power of ten, 100 for nothing."""
    if not value > 0:
        return 100.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * _LADDER[np.searchsorted(_LADDER, value / power * (1 - 1e-12))])


# ---- cost against tracking error -------------------------------------------------------------------------------------
def _chosen(x: Array, y: Array, symbol: str, colour: str, size: int, words: str) -> dict[str, Any]:
    return {
        "meta": words,
        "type": "scatter",
        "mode": "markers",
        "x": x[:, None],
        "y": y[:, None],
        "cliponaxis": False,
        "marker": {
            "symbol": symbol,
            "size": size,
            "color": style.colour(colour),
            "line": {"color": style.colour("page"), "width": 1.5},
        },
        **SILENT,
    }


def tradeoff_traces(picture: RebalancingPicture) -> list[dict[str, Any]]:
    """Return cost against tracking error of all intervals and bands, the chosen ones and the suggested, with rows."""
    words = "tracking error %{x:$,.3~s}, cost %{y:$,.3~s} per year<extra></extra>"
    return [
        *(
            line(x, y, colour, width=width, name=name, hovertemplate=f"{name}: {words}", hoverinfo="all")
            for x, y, colour, width, name in (
                (picture.times_error, picture.times_cost, "cost", 2, "intervals"),
                (picture.bands_error, picture.bands_cost, "hedge", 3, "bands"),
            )
        ),
        _chosen(picture.tracking_error[:, _TIME], picture.annual_cost[:, _TIME], "circle", "cost", 11, "your interval"),
        _chosen(picture.tracking_error[:, _BAND], picture.annual_cost[:, _BAND], "diamond", "hedge", 13, "your band"),
        _chosen(picture.suggested_error, picture.suggested_cost, "star", "text", 15, "suggested band"),
    ]


def tradeoff_moving_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the axes, which change at rest only: as far as the widest band and the dearest one or interval."""
    right = np.nanmax(np.concatenate([picture.bands_error[0], picture.times_error[0]]))
    top = np.nanmax(np.concatenate([picture.bands_cost[0], picture.times_cost[0]]))
    return {"xaxis.range": [0.0, _up(1.03 * right)], "yaxis.range": [0.0, _up(1.03 * top)]}


def tradeoff_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the layout of cost against tracking error."""
    moving = tradeoff_moving_layout(picture)
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=style.axis(
            range=moving["xaxis.range"], nticks=6, tickformat="$.3~s", title={"text": "Tracking error per year"}
        ),
        yaxis=style.axis(range=moving["yaxis.range"], nticks=6, tickformat="$.3~s"),
        meta={
            "narrow": {"margin": {**_MARGIN, "l": 54}},
            "table": as_table("tracking error per year", "usd", "cost per year", "usd"),
        },
    )


# ---- nets ------------------------------------------------------------------------------------------------------------
def nets_traces(picture: RebalancingPicture) -> list[dict[str, Any]]:
    """Return per rule the range from the 5 % to the 95 % quantile of the net and the median, with rows."""
    rows, places = len(picture.path), np.arange(len(RULES), dtype=np.float64)
    low, median, high = np.moveaxis(picture.net_quantiles, 2, 0)
    gap = np.full((*low.shape, 1), np.nan)
    x = np.concatenate([low[..., None], high[..., None], gap], axis=2).reshape(rows, -1)
    y = np.stack([places, places, np.full(places.shape, np.nan)], axis=1).reshape(1, -1)
    drawn = line(
        x,
        y,
        "hedge",
        width=9,
        name="from the 5 % to the 95 % quantile",
        hovertemplate="%{x:$,.0f}<extra></extra>",
        hoverinfo="all",
    )
    return [
        drawn,
        {
            "type": "scatter",
            "mode": "markers",
            "name": "median",
            "x": median,
            "y": places[None],
            "marker": {"symbol": "line-ns", "size": 8, "line": {"color": style.colour("text"), "width": 3}},
            **SILENT,
        },
        {
            "type": "scatter",
            "mode": "text",
            "x": high,
            "y": places[None],
            "text": style.Texts(median, "usd_signed"),
            "textposition": "middle right",
            "cliponaxis": False,
            "textfont": {"color": style.colour("text"), "size": 12},
            **SILENT,
        },
    ]


def nets_moving_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the axis, which changes at rest only: from the least to the most, with room for the numbers."""
    low, high = (float(end(picture.net_quantiles[0])) for end in (np.nanmin, np.nanmax))
    low, high = min(low, 0.0), max(high, 0.0)
    span = high - low if high - low >= 0.01 else 100.0
    return {"xaxis.range": [low - 0.06 * span, high + 0.3 * span]}


def nets_layout(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the layout of the nets by rule."""
    margin = {"l": 86, "r": 18, "t": 10, "b": 32}
    return style.layout(
        margin=margin,
        hovermode="closest",
        xaxis=style.axis(range=nets_moving_layout(picture)["xaxis.range"], nticks=6, tickformat="$.3~s"),
        yaxis=style.axis(
            range=[len(RULES) - 0.4, -0.6],
            tickvals=list(range(len(RULES))),
            ticktext=list(RULE_WORDS),
            zeroline=False,
            gridcolor="rgba(0,0,0,0)",
        ),
        meta={
            "narrow": {"margin": {**margin, "l": 82}},
            "table": as_table("net result", "usd_signed", "rule", "names"),
        },
    )
