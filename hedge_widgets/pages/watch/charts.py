"""What coins and hedge have brought by the day, and by cause today; both follow the move from now."""

from typing import Any

import numpy as np

from hedge_widgets import style
from hedge_widgets.model.watch import WatchPicture
from hedge_widgets.model.watch.course import Array
from hedge_widgets.plots import apart, as_table, end_labels, line, waterfall, waterfall_axes, waterfall_layout

POINTS = 121  # of a line, so that years weigh no more than months
_AFTER = 0.08  # of the days, where the move from now ends
_LINES = (("coins", "spot", 2.5, "solid"), ("hedge", "hedge", 2.5, "dash"), ("funding", "income", 1.5, "solid"))
_COSTS = (("fees", "cost", 1.5, "dot"), ("net", "net", 4.0, "solid"))
STEPS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.5, 5.0, 10.0)
_BAR_COLOURS = ("spot", "hedge", "hedge", "hedge", "income", "cost", "cost", "net")
_NAMES = ("coins", "hedge", "basis", "margin", "funding", "opening", "closing", "net")


def _reach(values: Array, size: float) -> Array:
    """Return per row the first of ``STEPS`` times ``size`` that holds every value, so that an axis moves seldom."""
    largest = np.nanmax(np.abs(values), axis=1, initial=0.0)
    ladder = abs(size) * np.asarray(STEPS)
    return np.asarray(ladder[np.minimum(np.searchsorted(ladder, 1.1 * largest), len(ladder) - 1)])


# ---- by the day ------------------------------------------------------------------------------------------------------
def _series(picture: WatchPicture) -> dict[str, tuple[Array, Array]]:
    """Return, by line, its past, shape (1, points), and where the move from now brings it, shape (rows,)."""
    setting, gains = picture.setting, picture.gains
    past = {**setting.by_cause, "hedge": setting.hedge_gain}
    ends = {**gains, "hedge": picture.hedge}
    places = _places(len(setting.coins))
    return {name: (past[name][None, places], ends[name]) for name, *_ in (*_LINES, *_COSTS)}


def _places(length: int) -> Any:
    return np.unique(np.round(np.linspace(0, length - 1, POINTS)).astype(int))


def course_traces(picture: WatchPicture) -> list[dict[str, Any]]:
    """Return the lines by cause since the opening, and dotted where the move from now brings coins, hedge and net."""
    series, length = _series(picture), len(picture.setting.coins)
    days = _places(length).astype(np.float64)[None, :]
    last = float(length - 1)
    end = last * (1.0 + _AFTER)
    traces = []
    for name, colour, width, dash in (*_LINES, *_COSTS):
        template = f"{name}, day %{{x:.0f}}: %{{y:$,.2f}}<extra></extra>"
        look: dict[str, Any] = {
            "width": width,
            "dash": dash,
            "name": name,
            "hovertemplate": template,
            "hoverinfo": "all",
        }
        traces.append(line(days, series[name][0], colour, **look))
    moved = ("coins", "hedge", "net")
    colours = {name: colour for name, colour, *_ in (*_LINES, *_COSTS)}
    for name in moved:
        past, now = series[name]
        both = np.stack([np.full(now.shape, past[0, -1]), now], axis=1)
        traces.append(line(np.array([[last, end]]), both, colours[name], width=2, dash="dot"))
    ends = np.stack([series[name][1] for name in moved], axis=1)
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "meta": "after the move",
            "customdata": list(moved),
            "x": np.full((1, 3), end),
            "y": ends,
            "cliponaxis": False,
            "marker": {"size": 9, "color": [style.colour(colours[name]) for name in moved]},
            "hoverinfo": "skip",
        }
    )
    reach = _course_reach(picture)[:, None]
    placed = apart(np.clip(np.nan_to_num(ends), -reach, reach), 0.2 * reach[:, 0])
    words = ["coins", "hedge", "<b>net</b>"]
    traces.append(end_labels(np.full((1, 3), end + 0.015 * last), placed, words, [colours[name] for name in moved]))
    return traces


def _course_reach(picture: WatchPicture) -> Array:
    """Return per row half the height of the axis: the past, and where the move from now ends, fit."""
    series = _series(picture).values()
    past = np.concatenate([past[0] for past, _ in series])
    ends = np.stack([end for _, end in series], axis=1)
    values = np.concatenate([np.broadcast_to(past, (len(ends), len(past))), ends], axis=1)
    return _reach(values, float(picture.setting.coins[-1]))


def course_moving_layout(picture: WatchPicture) -> dict[str, Any]:
    """Return the axes, which change at rest only."""
    length, reach = len(picture.setting.coins), float(_course_reach(picture)[0])
    return {"yaxis.range": [-reach, reach], "xaxis.range": [0.0, (length - 1) * (1.0 + _AFTER)]}


def course_layout(picture: WatchPicture) -> dict[str, Any]:
    """Return the layout of the days."""
    moving = course_moving_layout(picture)
    return style.layout(
        margin={"l": 56, "r": 62, "t": 10, "b": 44},
        hovermode="closest",
        xaxis=style.axis(
            range=moving["xaxis.range"], nticks=7, zeroline=False, title={"text": "Days since the opening"}
        ),
        yaxis=style.axis(range=moving["yaxis.range"], nticks=6, tickformat="$~s"),
        meta={
            "narrow": {"margin": {"l": 46, "r": 56, "t": 10, "b": 44}},
            "table": as_table("days since the opening", "days", "gain or loss", "usd_signed"),
        },
    )


# ---- by cause --------------------------------------------------------------------------------------------------------
def _parts(picture: WatchPicture) -> Array:
    """Return the bars, shape (rows, 8): each cause as it enters the net, closing now, then the net after it."""
    gains = picture.gains
    coins = np.where(np.isnan(gains["coins"]), 0.0, gains["coins"])
    parts = [coins, *(gains[name] for name in ("spot", "basis", "margin", "funding", "fees")), -picture.closing]
    return np.stack([*parts, np.sum(parts, axis=0)], axis=1)


def _bars(picture: WatchPicture) -> Array:
    """Return the places of the bars; basis and coin margin where there are any, coins and net where they are known."""
    is_known = not np.isnan(picture.gains["coins"]).any()
    has = {0: is_known, 2: np.any(picture.gains["basis"]), 3: np.any(picture.gains["margin"]), 7: is_known}
    shown = np.array([bool(has.get(k, True)) for k in range(len(_NAMES))])
    return np.where(shown, np.cumsum(shown) - 1.0, np.nan)


def causes_traces(picture: WatchPicture) -> list[dict[str, Any]]:
    """Return the bars from the coins to the net with their values written at the end, as one trace with rows."""
    parts = _parts(picture)
    bases = np.concatenate([np.cumsum(parts[:, :-1], axis=1) - parts[:, :-1], np.zeros((len(parts), 1))], axis=1)
    return [waterfall(np.broadcast_to(_bars(picture), parts.shape), parts, bases, _BAR_COLOURS)]


def causes_moving_layout(picture: WatchPicture) -> dict[str, Any]:
    """Return the axes, which change at rest only."""
    parts = _parts(picture)[:1]
    heights, size = np.cumsum(parts[:, :-1], axis=1), 1.15 * float(picture.setting.coins[-1])
    room = 0.16 * float(np.ptp(np.append(heights, 0.0)))
    ends = (np.minimum(heights, 0.0) - room, np.maximum(heights, 0.0) + room)
    low, high = (float(_reach(end, size)[0]) for end in ends)
    return waterfall_axes(_bars(picture), _NAMES, [-low, high])


def causes_layout(picture: WatchPicture) -> dict[str, Any]:
    """Return the layout of the bars."""
    return waterfall_layout(causes_moving_layout(picture), 9)
