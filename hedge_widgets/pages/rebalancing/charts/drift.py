"""What drifts: the net delta of a hedge that nobody touches against the price, for each kind of exposure."""

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.hedge_ratio import beta_move
from hedge_widgets.model.options import black_76
from hedge_widgets.model.rebalancing.setting import KINDS, Paths, exposure
from hedge_widgets.plots import SILENT, apart, as_table, end_labels, line

if TYPE_CHECKING:
    from hedge_widgets.model.rebalancing.picture import RebalancingPicture

Array = npt.NDArray[np.float64]

MOVES = np.linspace(-0.6, 1.0, 65)
_TOP = 1.05
_WORDS = ("same coin", "cross<br>hedge", "fixed<br>dollars", "inverse,<br>swept", "sold call")
_COLOURS = ("income", "hedge", "cost", "spot", "net")


@functools.lru_cache(maxsize=32)
def drift_curve(paths: Paths, kind: str, ratio: float) -> Array:
    """Return the net delta after the coin's ``MOVES``, as a share of the scale at the start; positive = too long.

    The hedge asset of a cross hedge makes the move that its beta to the coin says; no time passes for an option.
    """
    if kind == "option":
        delta, start = (
            np.asarray(black_76("call", at, 1.0, paths.years, paths.spot_volatility).delta, dtype=np.float64)
            for at in (1.0 + MOVES, 1.0)
        )
        return start - delta
    moves = _expected_hedge_moves(paths)
    spot, hedge = (np.stack([np.ones_like(MOVES), 1.0 + move], axis=1) for move in (MOVES, moves))
    position = exposure(replace(paths, spot=spot, hedge=hedge), kind, ratio)
    drift: Array = (position.target[:, 0] - position.target[:, 1]) / position.scale[:, 0]
    return drift


def _expected_hedge_moves(paths: Paths) -> Array:
    if paths.spot_volatility == 0:
        return np.zeros_like(MOVES)
    return np.asarray(beta_move(paths.correlation * paths.hedge_volatility / paths.spot_volatility, MOVES))


def drifting_traces(picture: "RebalancingPicture") -> list[dict[str, Any]]:
    """Return every kind's drift, the chosen kind's again and heavy, and where the chosen day stands, with rows."""
    setting = picture.setting
    curves = [drift_curve(setting.paths, kind, setting.ratio if kind == setting.kind else 1.0) for kind in KINDS]
    ends = np.array([[float(np.clip(curve[-1], -0.95 * _TOP, 0.95 * _TOP)) for curve in curves]])
    chosen = curves[KINDS.index(setting.kind)]
    moves = MOVES[None]
    return [
        *(
            line(
                moves,
                np.where(np.abs(curve) <= 2 * _TOP, curve, np.nan)[None],
                colour,
                width=1.5,
                name=words.replace("<br>", " "),
                hovertemplate=f"{words.replace('<br>', ' ')}, price %{{x:+.0%}}: %{{y:+.1%}}<extra></extra>",
                hoverinfo="all",
            )
            for curve, words, colour in zip(curves, _WORDS, _COLOURS, strict=True)
        ),
        line(moves, np.where(np.abs(chosen) <= 2 * _TOP, chosen, np.nan)[None], "text", width=4),
        {
            "type": "scatter",
            "mode": "markers",
            "meta": "your day",
            "x": picture.day_spot_move[:, None],
            "y": picture.day_drift[:, None],
            "marker": {
                "symbol": "diamond",
                "size": 13,
                "color": style.colour("text"),
                "line": {"color": style.colour("page"), "width": 1.5},
            },
            **SILENT,
        },
        end_labels(np.full((1, len(KINDS)), MOVES[-1]), apart(ends, 0.26), list(_WORDS), list(_COLOURS)),
    ]


def drifting_layout(_picture: "RebalancingPicture") -> dict[str, Any]:
    """Return the layout of what drifts."""
    margin = {"l": 52, "r": 84, "t": 10, "b": 44}
    return style.layout(
        margin=margin,
        hovermode="closest",
        xaxis=style.axis(
            range=[float(MOVES[0]), float(MOVES[-1])],
            tickformat="+.0%",
            nticks=7,
            title={"text": "The coin's price moves by"},
        ),
        yaxis=style.axis(range=[-_TOP, _TOP], tickformat="+.0%", nticks=7),
        meta={
            "narrow": {"margin": {**margin, "l": 44, "r": 78}},
            "table": as_table("the coin's price moves by", "percent_signed", "net delta", "percent_signed"),
        },
    )
