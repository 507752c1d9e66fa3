"""The lab's five charts: effectiveness against the ratio, the scatter with both slopes, three through time."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.charts.hedge_ratio import RATIO_HIGH, RATIO_LOW, RatioPicture
from hedge_widgets.charts.labels import apart
from hedge_widgets.model.hedge_ratio import hedge_effectiveness

_RATIOS = np.linspace(RATIO_LOW, RATIO_HIGH, 101)
_EFFECT_LOW, _EFFECT_HIGH = -0.62, 1.2
_DAY = 86_400_000.0
_SILENT = {"hoverinfo": "skip"}
_MARGIN = {"l": 52, "r": 74, "t": 8, "b": 44}  # on the right, room for the names of the lines
_NARROW = {"margin": {"l": 44, "r": 66, "t": 8, "b": 42}}
_NARROW_TIME = {"margin": {"l": 44, "r": 66, "t": 8, "b": 28}, "xaxis": {"tickfont": {"size": 10}}}
_RATIO_REACHES = np.array([1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0])

Array = npt.NDArray[np.float64]


def _line(x: Array, y: Array, name: str, *, width: float = 2, dash: str = "solid", **settings: Any) -> dict[str, Any]:
    line = {"color": style.colour(name), "width": width, "dash": dash}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, **_SILENT, **settings}


def _end_labels(x: Array, y: Array, words: list[str], names: list[str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "text",
        "x": x,
        "y": y,
        "text": words,
        "textposition": "middle right",
        "cliponaxis": False,
        "textfont": {"color": [style.colour(name) for name in names], "size": 13},
        **_SILENT,
    }


def _band(x: Array, low: Array, high: Array) -> list[dict[str, Any]]:
    edge = {"width": 0}
    return [
        {"type": "scatter", "mode": "lines", "x": x, "y": low, "line": edge, **_SILENT},
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": high,
            "line": edge,
            "fill": "tonexty",
            "fillcolor": style.colour("band"),
            **_SILENT,
        },
    ]


def _stamp(picture: RatioPicture) -> dict[str, Any]:
    """Return what has to be said inside the chart itself, such as that the prices are simulated."""
    if not picture.setting.stamp:
        return {"annotations": []}
    place = {"x": 0.01, "y": 1.0, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
    font = {"size": 11, "color": style.colour("cost")}
    return {"annotations": [{**place, "text": picture.setting.stamp, "showarrow": False, "font": font}]}


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
            "x": picture.scatter_hedge,
            "y": picture.scatter_spot,
            "marker": {"size": 5, "color": style.colour("spot"), "opacity": 0.55},
            "hovertemplate": "hedge %{x:+.1%}, coin %{y:+.1%}<extra></extra>",
        },
        _line(x, lines[1], "muted", dash="dot", width=1.5),
        _line(x, lines[0], "hedge", width=3),
        _line(x, lines[2], "net", dash="dash"),
        _end_labels(
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
        "xaxis.title.text": f"return of {setting.asset}, against that of {setting.coin}",
        **_stamp(picture),
    }


def scatter_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the scatter's layout."""
    moving = scatter_moving_layout(picture)
    return style.layout(
        margin=_MARGIN,
        hovermode="closest",
        xaxis=style.axis(
            range=moving["xaxis.range"], tickformat="+.0%", nticks=6, title={"text": moving["xaxis.title.text"]}
        ),
        yaxis=style.axis(range=moving["yaxis.range"], tickformat="+.0%", nticks=6),
        **_stamp(picture),
        meta={"narrow": _NARROW},
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
    heights = np.clip(removed(marks), _EFFECT_LOW + 0.03, 1.0)
    label_x = apart(np.clip(marks, RATIO_LOW + 0.1, RATIO_HIGH - 0.2), 0.44)
    interval = np.stack([picture.low, picture.high], axis=1)
    level = np.full(interval.shape, -0.5)
    middle = np.clip(interval.mean(axis=1, keepdims=True), RATIO_LOW + 0.4, RATIO_HIGH - 0.4)
    return [
        _line(x, y, "net", width=3, hovertemplate="ratio %{x:.2f} removes %{y:.0%}<extra></extra>", hoverinfo="all"),
        _line(x, bad, "danger", width=3.5, fill="tozeroy", fillcolor=style.colour("danger-soft")),
        _line(interval, level, "hedge", width=7, opacity=0.55),
        {
            "type": "scatter",
            "mode": "markers",
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
            **_SILENT,
        },
        {
            "type": "scatter",
            "mode": "text",
            "x": middle,
            "y": np.full((1, 1), -0.4),
            "text": ["its interval"],
            "textfont": {"color": style.colour("hedge"), "size": 12},
            **_SILENT,
        },
    ]


def effect_moving_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the stamp, which changes with the data only."""
    return _stamp(picture)


def effect_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the effectiveness chart's layout."""
    return style.layout(
        margin={**_MARGIN, "l": 66, "r": 10},
        hovermode="closest",
        xaxis=style.axis(range=[RATIO_LOW, RATIO_HIGH], dtick=1, title={"text": "dollars short per dollar of coin"}),
        yaxis=style.axis(
            range=[_EFFECT_LOW, _EFFECT_HIGH],
            tickvals=[-0.5, 0, 0.5, 1],
            ticktext=["adds 50%", "0", "50%", "100%"],
        ),
        **_stamp(picture),
        meta={"narrow": {"margin": {"l": 64, "r": 4, "t": 8, "b": 42}}},
    )


# ---- through time ----------------------------------------------------------------------------------------------------
def _cursor(picture: RatioPicture, low: float, high: float) -> dict[str, Any]:
    """Return the vertical line at the day of the estimate."""
    day = picture.setting.dates[picture.place][:, None] + np.zeros(2)
    ends = np.broadcast_to(np.array([low, high]), day.shape)
    return _line(day, ends, "muted", width=1.5, dash="dot")


def rolling_traces(picture: RatioPicture) -> list[dict[str, Any]]:
    """Return the rolling least-squares ratio with its interval, the estimator's path, 1:1, yours and the day."""
    n_rows = len(picture.ratio)
    x = picture.grid
    ends = np.array([[x[0, 0], x[0, -1]]])
    flat = np.ones((1, 2))
    own = np.repeat(picture.ratio[:, None], 2, axis=1)
    reach = _ratio_reach(picture)
    span = x[0, -1] - x[0, 0]
    last = np.stack([picture.rolling_estimator[:, -1], np.ones(n_rows), picture.ratio], axis=1)
    heights = apart(np.clip(last, -0.12 * reach, 0.86 * reach), 0.1 * reach)
    return [
        *_band(x, picture.rolling_low, picture.rolling_high),
        _line(ends, flat, "muted", width=1, dash="dash"),
        _line(x, picture.rolling_ratio, "zero", width=1.5),
        _line(
            x,
            picture.rolling_estimator,
            "hedge",
            width=2.5,
            hovertemplate="%{x|%d %b %Y}: ratio %{y:.2f}<extra></extra>",
            hoverinfo="all",
        ),
        _line(ends, own, "net", dash="dash"),
        _cursor(picture, -20.0, 20.0),
        _end_labels(
            np.full((1, 3), x[0, -1] + 0.012 * span),
            heights,
            ["estimate", "1:1", "<b>yours</b>"],
            ["hedge", "muted", "net"],
        ),
    ]


def _ratio_reach(picture: RatioPicture) -> float:
    """Return the top of the ratio axis, one for all windows, so that it holds still."""
    shown = picture.setting.study.rolling(90).hedge_ratio
    top = float(np.nanquantile(shown, 0.995)) if np.isfinite(shown).any() else 1.0
    place = int(np.searchsorted(_RATIO_REACHES, 1.15 * top))
    return float(_RATIO_REACHES[min(place, len(_RATIO_REACHES) - 1)])


def _time_range(picture: RatioPicture) -> list[float]:
    """Return the ends of the time axis; where the names of the lines begin still lies on it."""
    first, last = float(picture.grid[0, 0]), float(picture.grid[0, -1])
    return [first, last + 0.02 * (last - first)]


def _ticks(picture: RatioPicture) -> dict[str, Any]:
    """Return ticks of the time axis that end with the data: years, or months of a short history; at most seven."""
    first, last = (np.datetime64(int(picture.grid[0, k]), "ms") for k in (0, -1))
    unit = "Y" if last - first > np.timedelta64(730, "D") else "M"
    starts = np.arange(first.astype(f"datetime64[{unit}]") + 1, last.astype(f"datetime64[{unit}]") + 1)
    starts = starts[:: -(-len(starts) // 7) or 1]
    words = [str(start) if unit == "Y" else f"{start.item():%b %Y}" for start in starts]
    return {"xaxis.tickvals": starts.astype("datetime64[ms]").astype(np.int64).tolist(), "xaxis.ticktext": words}


def _time_axis(moving: dict[str, Any]) -> dict[str, Any]:
    return style.axis(
        type="date",
        range=moving["xaxis.range"],
        tickvals=moving["xaxis.tickvals"],
        ticktext=moving["xaxis.ticktext"],
        showgrid=False,
        tickangle=0,
    )


def rolling_moving_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the axes' ranges, which change with the data only."""
    reach = _ratio_reach(picture)
    return {
        "xaxis.range": _time_range(picture),
        "yaxis.range": [-0.25 * reach, reach],
        **_ticks(picture),
        **_stamp(picture),
    }


def rolling_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the layout of the ratio through time."""
    moving = rolling_moving_layout(picture)
    return style.layout(
        margin={**_MARGIN, "b": 28},
        hovermode="closest",
        xaxis=_time_axis(moving),
        yaxis=style.axis(range=moving["yaxis.range"], nticks=6),
        **_stamp(picture),
        meta={"narrow": _NARROW_TIME},
    )


def correlation_traces(picture: RatioPicture) -> list[dict[str, Any]]:
    """Return the rolling correlation with its Fisher interval, and the day of the estimate."""
    x = picture.grid
    return [
        *_band(x, picture.rolling_correlation_low, picture.rolling_correlation_high),
        _line(
            x,
            picture.rolling_correlation,
            "spot",
            width=2.5,
            hovertemplate="%{x|%d %b %Y}: correlation %{y:.2f}<extra></extra>",
            hoverinfo="all",
        ),
        _cursor(picture, -1.0, 1.2),
    ]


def correlation_moving_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the time axis' range, which changes with the data only."""
    return {"xaxis.range": _time_range(picture), **_ticks(picture), **_stamp(picture)}


def correlation_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the layout of the correlation through time."""
    return style.layout(
        margin={**_MARGIN, "b": 28},
        hovermode="closest",
        xaxis=_time_axis(correlation_moving_layout(picture)),
        yaxis=style.axis(range=[-0.5, 1.05], tickvals=[-0.5, 0, 0.5, 1]),
        **_stamp(picture),
        meta={"narrow": _NARROW_TIME},
    )


# ---- what a dollar became --------------------------------------------------------------------------------------------
def equity_traces(picture: RatioPicture) -> list[dict[str, Any]]:
    """Return the value of one dollar: coin alone, one-to-one, the ratio walked forward, and your constant ratio."""
    x = picture.grid
    curves = [picture.equity_spot, picture.equity_one, picture.equity_walk, picture.equity_own]
    low, high = picture.setting.equity_range
    last = np.stack([np.broadcast_to(curve[:, -1], picture.ratio.shape) for curve in curves], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.clip(np.log10(last), low + 0.12 * (high - low), high - 0.12 * (high - low))
    heights = 10.0 ** apart(logs, 0.085 * (high - low))
    hover: dict[str, Any] = {"hovertemplate": "%{x|%d %b %Y}: $%{y:.3g}<extra></extra>", "hoverinfo": "all"}
    span = x[0, -1] - x[0, 0]
    return [
        _line(x, curves[0], "spot", **hover),
        _line(x, curves[1], "muted", width=1.5, dash="dash", **hover),
        _line(x, curves[2], "hedge", width=2.5, **hover),
        _line(x, curves[3], "net", width=2, dash="dot", **hover),
        _end_labels(
            np.full((1, 4), x[0, -1] + 0.012 * span),
            heights,
            ["no hedge", "1:1", "walk", "<b>yours</b>"],
            ["spot", "muted", "hedge", "net"],
        ),
    ]


def equity_moving_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the axes' ranges, which change with the data only."""
    ends = {"xaxis.range": _time_range(picture), "yaxis.range": list(picture.setting.equity_range)}
    return {**ends, **_ticks(picture), **_stamp(picture)}


def equity_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the layout of the equity curves."""
    moving = equity_moving_layout(picture)
    return style.layout(
        margin={**_MARGIN, "b": 28},
        hovermode="closest",
        xaxis=_time_axis(moving),
        yaxis=style.axis(type="log", range=moving["yaxis.range"], tickformat="$~g", nticks=6, dtick=1),
        **_stamp(picture),
        meta={"narrow": _NARROW_TIME},
    )
