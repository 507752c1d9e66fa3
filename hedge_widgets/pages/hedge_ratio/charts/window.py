"""The window's two charts: effectiveness against the ratio, and the returns with both slopes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.hedge_ratio import hedge_effectiveness
from hedge_widgets.model.hedge_ratio.picture import RATIO_HIGH, RATIO_LOW, RatioPicture
from hedge_widgets.plots import MARGIN, NARROW, SILENT, apart, as_table, end_labels, line, stamp

Array = npt.NDArray[np.float64]

_RATIOS = np.linspace(RATIO_LOW, RATIO_HIGH, 101)
_EFFECT_LOW, _EFFECT_HIGH = -0.62, 1.2


# ---- scatter ---------------------------------------------------------------------------------------------------------
def _reach(returns: Array) -> float:
    """Return half an axis: all but the wildest days of the whole history, so that it holds still."""
    return float(1.25 * np.quantile(np.abs(returns), 0.985))


def scatter_traces(picture: RatioPicture) -> list[dict[str, Any]]:
    """Return the window's returns, the slope of coin on hedge, the inverted one, and the chosen ratio, with rows."""
    study = picture.setting.study
    wide, tall = _reach(study.hedge), _reach(study.spot)
    ends = np.array([-1.0, 0.97]) * wide
    squared = np.square(picture.correlation)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverted = np.where(squared > 1e-4, picture.estimated / squared, np.nan)
        count = np.sum(np.isfinite(picture.scatter_hedge), axis=1)
        mean_hedge = np.nansum(picture.scatter_hedge, axis=1) / count
        mean_spot = np.nansum(picture.scatter_spot, axis=1) / count
    slopes = [picture.estimated, inverted, picture.ratio]
    lines = [mean_spot[:, None] + slope[:, None] * (ends - mean_hedge[:, None]) for slope in slopes]
    x = np.broadcast_to(ends, lines[0].shape)
    # A label stands where its line leaves the frame on the right or at the top.
    heights = np.stack([mean_spot + slope * (0.97 * wide - mean_hedge) for slope in slopes], axis=1)
    edge = 0.78 * tall
    heights = apart(np.clip(heights, -edge, edge), 0.14 * tall)
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "return of the coin",
            "x": picture.scatter_hedge,
            "y": picture.scatter_spot,
            "marker": {"size": 5, "color": style.colour("spot"), "opacity": 0.55},
            "hovertemplate": "hedge %{x:+.1%}, coin %{y:+.1%}<extra></extra>",
        },
        line(x, lines[1], "muted", dash="dot", width=1.5, name="inverted slope"),
        line(x, lines[0], "hedge", width=3, name="slope"),
        line(x, lines[2], "net", dash="dash", name="your ratio"),
        end_labels(
            np.broadcast_to(wide * 0.99, heights.shape),
            heights,
            ["slope", "inverted", "<b>yours</b>"],
            ["hedge", "muted", "net"],
        ),
    ]


def scatter_moving_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return both axes' ranges and names, which change with the data only."""
    study = picture.setting.study
    wide, tall = _reach(study.hedge), _reach(study.spot)
    setting = picture.setting
    return {
        "xaxis.range": [-wide, wide],
        "yaxis.range": [-tall, tall],
        "xaxis.title.text": f"Return of {setting.asset}, against that of {setting.coin}",
        **stamp(picture.setting.stamp),
    }


def scatter_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the scatter's layout."""
    moving = scatter_moving_layout(picture)
    return style.layout(
        margin=MARGIN,
        hovermode="closest",
        xaxis=style.axis(
            range=moving["xaxis.range"], tickformat="+.0%", nticks=6, title={"text": moving["xaxis.title.text"]}
        ),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat="+.0%", nticks=6),
        **stamp(picture.setting.stamp),
        meta={
            "narrow": NARROW,
            "table": as_table("return of the hedge", "percent_signed", "return of the coin", "percent_signed"),
        },
    )


# ---- effectiveness against the ratio ---------------------------------------------------------------------------------
def effect_traces(picture: RatioPicture) -> list[dict[str, Any]]:
    """Return variance removed against the ratio, red where it adds risk, with the ratios worth comparing marked."""
    legs = [value[:, None] for value in (picture.correlation, picture.spot_volatility, picture.hedge_volatility)]

    def removed(ratio: Array) -> Array:
        return np.asarray(hedge_effectiveness(ratio, *legs), dtype=np.float64).reshape(len(picture.ratio), -1)

    # The two places where the curve crosses zero are points of both pieces, so that they meet.
    crossings = np.stack([np.zeros_like(picture.estimated), 2.0 * picture.estimated], axis=1)
    n_rows = len(picture.ratio)
    grid = np.broadcast_to(_RATIOS, (n_rows, _RATIOS.size))
    x = np.sort(np.concatenate([grid, np.nan_to_num(crossings)], axis=1), axis=1)
    y = removed(x)
    bad = np.where(y <= 1e-9, y, np.nan)
    own = picture.ratio
    rounded = np.where(np.abs(picture.rounded - own) > 0.03, picture.rounded, np.nan)
    marks = np.stack([np.zeros(n_rows), np.ones(n_rows), picture.beta_ratio, picture.estimated, rounded, own], axis=1)
    # Where two marks are one, the first name stands.
    beta_is_best = np.abs(picture.beta_ratio - picture.estimated) < 0.02
    marks[:, 2] = np.where(beta_is_best, np.nan, marks[:, 2])
    heights = removed(marks)
    heights = np.where(heights < _EFFECT_LOW, np.nan, heights)  # below the frame: the tiles have the number
    label_x = apart(np.clip(marks, RATIO_LOW + 0.1, RATIO_HIGH - 0.2), 0.56)
    interval = np.stack([picture.low, picture.high], axis=1)
    level = np.full(interval.shape, -0.5)
    middle = np.clip(interval.mean(axis=1, keepdims=True), RATIO_LOW + 0.4, RATIO_HIGH - 0.4)
    return [
        line(
            x,
            y,
            "net",
            width=3,
            name="variance removed",
            hovertemplate="ratio %{x:.2f} removes %{y:.0%}<extra></extra>",
            hoverinfo="all",
        ),
        line(x, bad, "danger", width=3.5, fill="tozeroy", fillcolor=style.colour("danger-soft")),
        line(interval, level, "hedge", width=7, opacity=0.55),
        {
            "type": "scatter",
            "mode": "markers",
            "meta": ["none", "1:1", "beta", "best", "rounded", "yours"],
            "customdata": ["variance removed"] * 6,
            "x": marks,
            "y": heights,
            "marker": {
                "size": [8, 9, 9, 11, 9, 13],
                "symbol": ["circle", "circle", "square", "circle", "circle-open", "diamond"],
                "color": [style.colour(c) for c in ("muted", "muted", "spot", "hedge", "cost", "net")],
                "line": {"color": style.colour("page"), "width": 1.5},
            },
            "hovertemplate": "ratio %{x:.3f} removes %{y:.1%}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "text",
            "x": label_x,
            "y": np.minimum(heights + 0.11, _EFFECT_HIGH - 0.05),
            "text": ["none", "1:1", "beta", "best", "rounded", "<b>yours</b>"],
            "textfont": {
                "color": [style.colour(c) for c in ("muted", "muted", "spot", "hedge", "cost", "net")],
                "size": 12,
            },
            **SILENT,
        },
        {
            "type": "scatter",
            "mode": "text",
            "x": middle,
            "y": np.full((1, 1), -0.4),
            "text": ["its interval"],
            "textfont": {"color": style.colour("hedge"), "size": 12},
            **SILENT,
        },
    ]


def effect_moving_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the stamp, which changes with the data only."""
    return stamp(picture.setting.stamp)


def effect_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the effectiveness chart's layout."""
    return style.layout(
        margin={**MARGIN, "l": 66, "r": 10},
        hovermode="closest",
        xaxis=style.axis(range=[RATIO_LOW, RATIO_HIGH], dtick=1, title={"text": "Dollars short per dollar of coin"}),
        yaxis=style.axis(
            range=[_EFFECT_LOW, _EFFECT_HIGH],
            tickvals=[-0.5, 0, 0.5, 1],
            ticktext=["adds 50%", "0", "50%", "100%"],
        ),
        **stamp(picture.setting.stamp),
        meta={
            "narrow": {"margin": {"l": 64, "r": 4, "t": 8, "b": 42}},
            "table": as_table("dollars short per dollar of coin", "slope", "share of the variance", "percent_signed"),
        },
    )
