"""The lab's three charts through time: the ratio, the correlation, and what a dollar became."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hedge_widgets import style
from hedge_widgets.model.hedge_ratio.picture import RatioPicture
from hedge_widgets.plots import MARGIN, NARROW, apart, as_table, band, end_labels, line, stamp

Array = npt.NDArray[np.float64]

NARROW_TIME = {"margin": {**NARROW["margin"], "b": 28}, "xaxis": {"tickfont": {"size": 10}}}
_RATIO_REACHES = np.array([1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0])


# ---- through time ----------------------------------------------------------------------------------------------------
def _cursor(picture: RatioPicture, low: float, high: float) -> dict[str, Any]:
    """Return the vertical line at the day of the estimate."""
    day = picture.setting.dates[picture.place][:, None] + np.zeros(2)
    ends = np.broadcast_to(np.array([low, high]), day.shape)
    return line(day, ends, "muted", width=1.5, dash="dot", meta="the estimate's day")


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
        *band(x, picture.rolling_low, picture.rolling_high),
        line(ends, flat, "muted", width=1, dash="dash", name="1:1"),
        line(x, picture.rolling_ratio, "zero", width=1.5, name="least squares"),
        line(
            x,
            picture.rolling_estimator,
            "hedge",
            width=2.5,
            name="estimate",
            hovertemplate=_day(picture) + ": ratio %{y:.2f}<extra></extra>",
            hoverinfo="all",
        ),
        line(ends, own, "net", dash="dash", name="yours"),
        _cursor(picture, -20.0, 20.0),
        end_labels(
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
    """Return ticks of the time axis that end with the data: years, or months of a short history; at most five."""
    first, last = (np.datetime64(int(picture.grid[0, k]), "ms") for k in (0, -1))
    unit: Literal["Y", "M"] = "Y" if last - first > np.timedelta64(730, "D") else "M"
    step = np.timedelta64(1, unit)
    starts = np.arange(first.astype(f"datetime64[{unit}]") + step, last.astype(f"datetime64[{unit}]") + step)
    starts = starts[:: -(-len(starts) // 5) or 1]
    words = [str(start) if unit == "Y" else f"{start.item():%b %Y}" for start in starts]
    if picture.setting.stamp:  # a made-up calendar: its days are counted
        days = (starts.astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int) + 1
        words = [f"day {day:,}" for day in days]
    ticks = starts.astype("datetime64[ms]").astype(np.int64).tolist()
    from_day = float(picture.grid[0, 0]) if picture.setting.stamp else None
    return {"xaxis.tickvals": ticks, "xaxis.ticktext": words, "meta.table.from": from_day}


def _day(picture: RatioPicture) -> str:
    """Return what a hover label says of the day: its date, none in a made-up calendar."""
    return "simulated" if picture.setting.stamp else "%{x|%d %b %Y}"


def _table(moving: dict[str, Any], y: str, y_format: str) -> dict[str, Any]:
    """Return what the table behind a chart says; in a made-up calendar it counts the days from the first."""
    return {**as_table("day", "days", y, y_format), "from": moving["meta.table.from"]}


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
        **stamp(picture.setting.stamp),
    }


def rolling_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the layout of the ratio through time."""
    moving = rolling_moving_layout(picture)
    return style.layout(
        margin={**MARGIN, "b": 28},
        hovermode="closest",
        xaxis=_time_axis(moving),
        yaxis=style.axis(range=moving["yaxis.range"], nticks=6),
        **stamp(picture.setting.stamp),
        meta={"narrow": NARROW_TIME, "table": _table(moving, "hedge ratio", "slope")},
    )


def correlation_traces(picture: RatioPicture) -> list[dict[str, Any]]:
    """Return the rolling correlation with its Fisher interval, and the day of the estimate."""
    x = picture.grid
    return [
        *band(x, picture.rolling_correlation_low, picture.rolling_correlation_high),
        line(
            x,
            picture.rolling_correlation,
            "spot",
            width=2.5,
            name="correlation",
            hovertemplate=_day(picture) + ": correlation %{y:.2f}<extra></extra>",
            hoverinfo="all",
        ),
        _cursor(picture, -1.0, 1.2),
    ]


def correlation_moving_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the time axis' range, which changes with the data only."""
    return {"xaxis.range": _time_range(picture), **_ticks(picture), **stamp(picture.setting.stamp)}


def correlation_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the layout of the correlation through time."""
    moving = correlation_moving_layout(picture)
    return style.layout(
        margin={**MARGIN, "b": 28},
        hovermode="closest",
        xaxis=_time_axis(moving),
        yaxis=style.axis(range=[-0.5, 1.05], tickvals=[-0.5, 0, 0.5, 1]),
        **stamp(picture.setting.stamp),
        meta={"narrow": NARROW_TIME, "table": _table(moving, "correlation", "slope")},
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
    hover: dict[str, Any] = {"hovertemplate": _day(picture) + ": $%{y:.3g}<extra></extra>", "hoverinfo": "all"}
    span = x[0, -1] - x[0, 0]
    return [
        line(x, curves[0], "spot", name="no hedge", **hover),
        line(x, curves[1], "muted", width=1.5, dash="dash", name="1:1", **hover),
        line(x, curves[2], "hedge", width=2.5, name="walked forward", **hover),
        line(x, curves[3], "net", width=2, dash="dot", name="yours", **hover),
        end_labels(
            np.full((1, 4), x[0, -1] + 0.012 * span),
            heights,
            ["no hedge", "1:1", "walk", "<b>yours</b>"],
            ["spot", "muted", "hedge", "net"],
        ),
    ]


def equity_moving_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the axes' ranges, which change with the data only."""
    ends = {"xaxis.range": _time_range(picture), "yaxis.range": list(picture.setting.equity_range)}
    return {**ends, **_ticks(picture), **stamp(picture.setting.stamp)}


def equity_layout(picture: RatioPicture) -> dict[str, Any]:
    """Return the layout of the equity curves."""
    moving = equity_moving_layout(picture)
    return style.layout(
        margin={**MARGIN, "b": 28},
        hovermode="closest",
        xaxis=_time_axis(moving),
        yaxis=style.axis(type="log", range=moving["yaxis.range"], tickformat="$~g", nticks=6, dtick=1),
        **stamp(picture.setting.stamp),
        meta={"narrow": NARROW_TIME, "table": _table(moving, "what a dollar became", "usd")},
    )
