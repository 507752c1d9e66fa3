"""What the holding, its short and both together bring against the market's move, and where the short pays."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.carry.picture import MOVES, CarryPicture, price_pnl
from hedge_widgets.model.carry.setting import CarrySetting
from hedge_widgets.pages.carry.charts.days import MARGIN, NARROW
from hedge_widgets.plots import SILENT, apart, as_table, end_labels, line

Array = npt.NDArray[np.float64]

_TOPS = np.array([0.7, 1.0, 1.6, 2.5, 5.0, 10.0])  # of the holding's value


def _lines(picture: CarryPicture) -> tuple[Array, Array, Array, Array]:
    """Return moves, and the coins alone, the short alone and both at them, shape (rows, points).

    Where the short is liquidated in between there are two points at one move: before it and after it; another is where
    the coins have lost all.
    """
    setting, perpetual = picture.setting, picture.carries["perpetual"]
    dies = np.clip(np.nan_to_num(picture.liquidation_move, nan=MOVES[1]), *MOVES)
    gone = np.full_like(dies, _all_lost(setting))
    moves = np.stack([np.full_like(dies, MOVES[0]), gone, dies, dies, np.full_like(dies, MOVES[1])], axis=1)
    gains = price_pnl(setting, moves, np.maximum(-perpetual.carry, 0.0)[:, None])
    gains[:, 2] = np.where(dies > MOVES[0], -setting.notional * dies, gains[:, 2])
    order = np.argsort(moves, axis=1, kind="stable")
    moves, gains = np.take_along_axis(moves, order, axis=1), np.take_along_axis(gains, order, axis=1)
    coins = setting.spot_pnl(moves)
    short = perpetual.net[:, None] + gains
    return moves, coins, short, coins + short


def _all_lost(setting: CarrySetting) -> float:
    """Return the move shown at which the coins have lost all; the first one shown where there is none."""
    if setting.spot_beta == 0:
        return float(MOVES[0])
    return float(np.clip((-1.0 - setting.spot_own_move) / setting.spot_beta, *MOVES))


def _top(picture: CarryPicture) -> Array:
    """Return per row the end of the value axis, quote currency."""
    curves = np.concatenate(_lines(picture)[1:], axis=1)
    largest = np.abs(curves).max(axis=1) / picture.setting.holding_value
    top: Array = picture.setting.holding_value * _TOPS[np.minimum(np.searchsorted(_TOPS, largest), len(_TOPS) - 1)]
    return top


def breakeven_traces(picture: CarryPicture) -> list[dict[str, Any]]:
    """Return coins, short and both against the move, the break-even, the liquidation and the move chosen, with rows."""
    x, coins, short, both = _lines(picture)
    rows, top = len(coins), _top(picture)
    ends = np.stack([-top, top], axis=1)
    even = np.where(np.abs(picture.break_even_move) <= MOVES[1], picture.break_even_move, np.nan)[:, None]
    chosen = picture.values["move"]
    is_seen = (picture.liquidation_move > MOVES[0]) & (picture.liquidation_move <= MOVES[1])
    dies = np.where(is_seen, picture.liquidation_move, np.nan)[:, None]
    eaten = np.where(picture.carries["perpetual"].is_eaten, MOVES[0], np.nan)[:, None]
    return [
        line(np.stack([chosen, chosen], axis=1), ends, "zero", width=1.5, dash="dot", meta="your move"),
        line(np.repeat(dies, 2, axis=1), ends, "danger", width=1.5, dash="dash", meta="liquidated"),
        *(
            line(
                x,
                curve,
                name,
                width=width,
                name=words,
                hovertemplate=f"{words} at %{{x:+.1%}}: %{{y:$,.2f}}<extra></extra>",
                hoverinfo="all",
            )
            for curve, name, width, words in (
                (coins, "spot", 2.0, "coins alone"),
                (short, "hedge", 2.0, "the short"),
                (both, "net", 3.5, "both"),
            )
        ),
        {
            "type": "scatter",
            "mode": "markers+text",
            "meta": "break-even",
            "x": even,
            "y": np.where(np.isnan(even), np.nan, 0.0),
            "text": style.Texts(even, "rate"),
            "textposition": "bottom left",
            "textfont": {"color": style.colour("hedge"), "size": 13},
            "marker": {
                "symbol": "diamond",
                "size": 12,
                "color": style.colour("hedge"),
                "line": {"color": style.colour("page"), "width": 1.5},
            },
            **SILENT,
        },
        end_labels(
            np.full((rows, 3), MOVES[1]),
            apart(np.stack([coins[:, -1], short[:, -1], both[:, -1]], axis=1), 0.17 * top),
            ["coins", "short", "<b>both</b>"],
            ["spot", "hedge", "net"],
        ),
        {
            "type": "scatter",
            "mode": "text",
            "x": np.concatenate([dies, eaten], axis=1),
            "y": np.repeat(-0.94 * top[:, None], 2, axis=1),
            "text": ["liquidated ", " liquidated by funding"],
            "textposition": ["middle left", "middle right"],
            "textfont": {"color": style.colour("danger"), "size": 12},
            **SILENT,
        },
    ]


def breakeven_moving_layout(picture: CarryPicture) -> dict[str, Any]:
    """Return the value axis, which changes at rest only."""
    top = float(_top(picture)[0])
    return {"yaxis.range": [-top, top]}


def breakeven_layout(picture: CarryPicture) -> dict[str, Any]:
    """Return the layout of the outcomes against the move."""
    return style.layout(
        margin=MARGIN,
        hovermode="closest",
        xaxis=style.axis(
            range=MOVES.tolist(), tickformat="+.0%", nticks=7, tickangle=0, title={"text": "The market moves by"}
        ),
        yaxis=style.axis(range=breakeven_moving_layout(picture)["yaxis.range"], tickformat="$~s", nticks=7),
        meta={
            "narrow": NARROW | {"xaxis": {"nticks": 4}},
            "table": as_table("the market moves by", "percent_signed", "gain or loss", "usd_signed"),
        },
    )
