"""What a market order loses to the order book, against its size: the book walked, and the square-root law."""

from typing import Any

import numpy as np

from hedge_widgets import style
from hedge_widgets.model.carry.picture import CarryPicture
from hedge_widgets.model.carry.setting import ORDER_VALUES
from hedge_widgets.pages.carry.charts.days import MARGIN, NARROW
from hedge_widgets.plots import SILENT, apart, as_table, end_labels, line

_LEAST, _MOST = 1e-6, 0.1
_TICKS = {1e3: "1k", 1e4: "10k", 1e5: "100k", 1e6: "1M"}


def _seen(rate: Any) -> Any:
    """Return rates that a logarithmic axis can show."""
    return np.where(rate >= _LEAST, rate, np.nan)


def depth_traces(picture: CarryPicture) -> list[dict[str, Any]]:
    """Return slippage against the order's value: the book, the law, the book's end and the order, with rows."""
    setting, rows = picture.setting, len(picture.order_slippage)
    values = np.tile(ORDER_VALUES, (rows, 1))
    book = np.tile(setting.walked_curve, (rows, 1))
    ends = np.full((rows, 2), setting.depth_value or np.nan)
    last_law, last = picture.law[:, -1], int(np.sum(~np.isnan(setting.walked_curve)))
    last_book = setting.walked_curve[last - 1] if last else np.nan
    names_at = np.tile([ORDER_VALUES[max(last - 1, 0)], ORDER_VALUES[-1]], (rows, 1))
    ends_at = np.clip(np.stack([np.full(rows, last_book), last_law], axis=1), _LEAST, _MOST)
    heights = apart(np.log10(ends_at), 0.42)
    return [
        line(
            values,
            _seen(picture.law),
            "muted",
            dash="dash",
            name="square-root law",
            hovertemplate="square-root law, $%{x:,.3s}: %{y:.4%}<extra></extra>",
            hoverinfo="all",
        ),
        line(
            values,
            _seen(book),
            "hedge",
            width=3.5,
            name="this order book",
            hovertemplate="this book, $%{x:,.3s}: %{y:.4%}<extra></extra>",
            hoverinfo="all",
        ),
        line(ends, np.tile([_LEAST, _MOST], (rows, 1)), "cost", width=1.5, dash="dash", meta="end of the book"),
        {
            "type": "scatter",
            "mode": "markers",
            "meta": "your order",
            "customdata": ["this order book"],
            "x": picture.values["order_value"][:, None],
            "y": _seen(picture.order_slippage)[:, None],
            "marker": {
                "symbol": "diamond",
                "size": 13,
                "color": style.colour("net"),
                "line": {"color": style.colour("page"), "width": 1.5},
            },
            **SILENT,
        },
        # Below the ends: an order larger than the book stands beside its end.
        end_labels(names_at, 10.0**heights, ["<b>book</b>", "usual law"], ["hedge", "muted"])
        | {"textposition": "bottom right"},
        {
            "type": "scatter",
            "mode": "text",
            "x": ends[:, :1],
            "y": np.full((rows, 1), 0.6 * _MOST),
            "text": ["end of book "],
            "textposition": "middle left",
            "textfont": {"color": style.colour("cost"), "size": 12},
            **SILENT,
        },
    ]


def depth_layout(_picture: CarryPicture) -> dict[str, Any]:
    """Return the layout of the slippage."""
    return style.layout(
        margin=MARGIN | {"l": 66},
        hovermode="closest",
        xaxis=style.axis(
            type="log",
            range=[float(np.log10(ORDER_VALUES[0])), float(np.log10(ORDER_VALUES[-1]))],
            tickvals=list(_TICKS),
            ticktext=[f"${text}" for text in _TICKS.values()],
            tickangle=0,
            zeroline=False,
            title={"text": "Value of the order"},
        ),
        yaxis=style.axis(
            type="log",
            range=[float(np.log10(_LEAST)), float(np.log10(_MOST))],
            tickvals=[1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
            ticktext=["0.0001%", "0.001%", "0.01%", "0.1%", "1%", "10%"],
            zeroline=False,
        ),
        meta={
            "narrow": {"margin": NARROW["margin"] | {"l": 62}},
            "table": as_table("value of the order", "usd", "slippage", "rate"),
        },
    )
