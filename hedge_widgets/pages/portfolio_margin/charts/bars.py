"""Two charts of bars: what the three regimes require, and what the portfolio margin is made of."""

from typing import Any

import numpy as np

from hedge_widgets import style
from hedge_widgets.model.portfolio_margin import BINDING
from hedge_widgets.model.portfolio_margin.picture import NOT_ELIGIBLE, NOT_OPENED, PortfolioMarginPicture
from hedge_widgets.model.portfolio_margin.regimes import Array
from hedge_widgets.plots import as_table

REGIME_COLOURS = ("muted", "income", "net")
_STEPS = np.array([0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.0, 2.0, 4.0])
_KINDS = ("initial margin", "maintenance margin", "cash besides coins")
REGIME_NAMES = ("isolated", "cross", "portfolio")
# From the top: three bars a regime with a gap between, then what is freed.
_PLACES = np.array([-(4.0 * regime + bar) for regime in range(3) for bar in range(3)] + [-12.0])
_REGIME_LABELS = [f"{name}: {kind}" for name in REGIME_NAMES for kind in _KINDS] + ["freed against cross"]
_NARROW_LABELS = [f"{name}: {kind}" for name in REGIME_NAMES for kind in ("initial", "maint.", "cash")] + ["freed"]
CHARGES = ("shock", "theta", "extreme", "basis", "what-if", "minimum", "required")


def reach(values: Array, size: float) -> float:
    """Return the first step of a ladder, in shares of the book's size, that holds the first row's values."""
    largest = np.nanmax(np.abs(values[0]), initial=0.0)
    return float(size * _STEPS[min(int(np.searchsorted(size * _STEPS, largest)), len(_STEPS) - 1)])


def _bars(x: Any, y: Any, values: Array, colours: list[str], **settings: Any) -> dict[str, Any]:
    """Return bars with their values written at the end."""
    return {
        "type": "bar",
        "x": x,
        "y": y,
        "text": style.Texts(values, "usd"),
        "textposition": "outside",
        "textangle": 0,
        "constraintext": "none",
        "cliponaxis": False,
        "textfont": {"size": 12, "color": style.colour("text")},
        "marker": {"color": [style.colour(name) for name in colours]},
        "hoverinfo": "skip",
        **settings,
    }


# ---- three regimes ---------------------------------------------------------------------------------------------------
def freed(picture: PortfolioMarginPicture) -> Array:
    """Return the initial margin of the cross account less that of the portfolio margin; negative: it requires more.

    NaN where the tiers require nothing or refuse, where portfolio margin is not open to the account, and where a charge
    of the venue is not known.
    """
    has_futures = (picture.values["perpetual"] != 0) | (picture.values["future"] != 0)
    is_open = picture.setting.rules.is_complete & ~np.isin(picture.status[:, 2], (NOT_ELIGIBLE, NOT_OPENED))
    return np.where(has_futures & is_open, picture.initial[:, 1] - picture.initial[:, 2], np.nan)


def _required(picture: PortfolioMarginPicture) -> Array:
    """Return the nine bars, shape (rows, 9)."""
    parts = np.stack([picture.initial, picture.maintenance, picture.cash_needed], axis=2)
    if not picture.setting.rules.is_complete:  # nothing is shown of what may be more than nothing
        is_some = (parts[:, 2] > 0) | (picture.notional == 0)[:, None]
        parts[:, 2] = np.where(is_some, parts[:, 2], np.nan)
    return parts.reshape(len(parts), 9)


def regimes_traces(picture: PortfolioMarginPicture) -> list[dict[str, Any]]:
    """Return initial margin, maintenance margin and cash needed of each regime, and what portfolio margin frees."""
    required, less = _required(picture), freed(picture)[:, None]
    lower = picture.initial[:, 1:].min(axis=1, keepdims=True)
    colours = [name for name in REGIME_COLOURS for _ in range(3)]
    solid = {"orientation": "h", "width": 0.74}
    marker = {"color": [style.colour(name) for name in colours], "opacity": [1.0, 0.55, 0.25] * 3}
    return [
        _bars(required, _PLACES[:9].tolist(), required, colours, name="dollars", **solid | {"marker": marker}),
        _bars(np.abs(less), [_PLACES[9]], less, ["accent"], name="dollars", base=lower, **solid),
    ]


def regimes_moving_layout(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the value axis' range, which changes at rest only, and what is said of charges that are not known."""
    top = reach(_required(picture), picture.setting.size)
    note = _at_least(picture, "Portfolio margin: at least what is shown", y=float(_PLACES[6]) + 0.5)
    return {"xaxis.range": [0.0, top], "annotations": note}


def _at_least(picture: PortfolioMarginPicture, text: str, **place: Any) -> list[dict[str, Any]]:
    """Return the words of a chart whose figures are a lower bound, because a charge is not known; none else."""
    if picture.setting.rules.is_complete:
        return []
    font = {"size": 11, "color": style.colour("muted")}
    right = {"x": 1.0, "xref": "paper", "xanchor": "right", "yref": "y", "showarrow": False, "font": font}
    return [{"text": text, **right, **place}]


def regimes_layout(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the layout of the regimes' bars."""
    names = {"tickvals": _PLACES.tolist(), "range": [-12.7, 0.7], "showgrid": False, "zeroline": False}
    narrow = {"margin": {"l": 106, "r": 62, "t": 4, "b": 4}, "yaxis": {"ticktext": list(_NARROW_LABELS)}}
    moving = regimes_moving_layout(picture)
    return style.layout(
        margin={"l": 176, "r": 74, "t": 4, "b": 4},
        hovermode=False,
        xaxis=style.axis(range=moving["xaxis.range"], showticklabels=False, showgrid=False),
        yaxis=style.axis(ticktext=list(_REGIME_LABELS), **names),
        annotations=moving["annotations"],
        meta={"narrow": narrow, "table": as_table("required", "usd", "account", "names")},
    )


# ---- what the portfolio margin is made of ----------------------------------------------------------------------------
def _charges(picture: PortfolioMarginPicture) -> tuple[Array, Array]:
    """Return (heights, where they start) of the bars of ``CHARGES``, shape (rows, 7)."""
    unit = picture.unit
    three = np.stack([unit.shock_charge, unit.theta_charge, unit.extreme_charge], axis=1)
    largest, gross = three.max(axis=1), unit.maintenance_margin
    credit = np.where(picture.waived > 0, -picture.waived, np.nan)
    rest = [unit.basis_charge, credit, unit.minimum_charge, picture.maintenance[:, 2]]
    heights = np.column_stack([three, *rest])
    rules = picture.setting.rules
    unknown = [rules.annual_basis_rate is None, False, rules.minimum_charge_rate is None]
    unknown.append(not rules.is_complete)
    heights[:, 3:] = np.where(np.array(unknown) & ~(heights[:, 3:] > 0), np.nan, heights[:, 3:])
    bases = np.zeros_like(heights)
    bases[:, 3], bases[:, 4] = np.where(unit.basis_charge > 0, largest, 0.0), gross
    return heights, bases


def charges_traces(picture: PortfolioMarginPicture) -> list[dict[str, Any]]:
    """Return the charges of the risk unit: those that count, those that do not, and what is required."""
    heights, bases = _charges(picture)
    unit = picture.unit
    is_minimum = unit.binding == BINDING.index("minimum")
    largest = np.argmax(heights[:, :3], axis=1)
    counts = (np.arange(3) == largest[:, None]) & ~is_minimum[:, None] & (heights[:, :3] > 0)
    others = np.column_stack([~is_minimum, np.ones_like(is_minimum), is_minimum, np.ones_like(is_minimum)])
    counts = np.column_stack([counts, others])
    places = list(range(len(CHARGES)))
    colours = ["cost", "cost", "cost", "cost", "income", "cost", "net"]
    shown = np.where(counts, heights, np.nan)
    pale = np.where(counts, np.nan, heights)
    return [
        _bars(places, shown, shown, colours, name="counts", base=bases, width=0.66),
        _bars(places, pale, pale, ["zero"] * 7, name="does not count", base=bases, width=0.66, opacity=0.5),
    ]


def charges_moving_layout(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the value axis' range, which changes at rest only, with room for the numbers, and what is not known."""
    heights, bases = _charges(picture)
    top = 1.12 * reach(heights + bases, picture.setting.size)
    note = _at_least(picture, "Required: at least what is shown", y=1.0, yref="paper", yanchor="top")
    return {"yaxis.range": [0.0, top], "annotations": note}


def charges_layout(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the layout of the charges."""
    moving = charges_moving_layout(picture)
    return style.layout(
        margin={"l": 8, "r": 8, "t": 12, "b": 30},
        hovermode=False,
        barmode="overlay",
        xaxis=style.axis(
            range=[-0.6, 6.6],
            tickvals=list(range(len(CHARGES))),
            ticktext=list(CHARGES),
            showgrid=False,
            zeroline=False,
            tickangle=0,
        ),
        yaxis=style.axis(range=moving["yaxis.range"], showticklabels=False, showgrid=False),
        annotations=moving["annotations"],
        meta={
            "narrow": {"margin": {"l": 2, "r": 2, "t": 12, "b": 28}, "xaxis": {"tickfont": {"size": 10}}},
            "table": as_table("charge", "names", "margin", "usd"),
        },
    )
