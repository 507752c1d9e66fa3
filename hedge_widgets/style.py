"""Colours, number formats and the look of a chart: one visual language for every page, light and dark.

A colour is named by what it stands for; specs and CSS carry the name, the browser resolves it for the theme in use.
Number formats are data, read by :func:`formatted` here and by the same rule in the browser, so a number looks alike
wherever it is made.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

import numpy as np

# Hues follow Okabe and Ito; lightness is tuned so that lines reach 3:1 and text 4.5:1 on the page in both themes.
PALETTE: dict[str, dict[str, str]] = {
    "light": {
        "page": "#ffffff",
        "panel": "#f6f7f9",
        "border": "#d9dde3",
        "text": "#1b2129",
        "muted": "#5a6472",
        "grid": "#e8ebef",
        "zero": "#9aa3af",
        "spot": "#b45309",
        "hedge": "#0369a1",
        "net": "#1b2129",
        "cost": "#8a4b82",
        "income": "#047857",
        "band": "rgba(27,33,41,0.10)",
        "danger": "#c81e1e",
        "danger-soft": "#fdecec",
        "accent": "#0369a1",
        "on-accent": "#ffffff",
    },
    "dark": {
        "page": "#14171c",
        "panel": "#1c2128",
        "border": "#343b46",
        "text": "#e8ebf0",
        "muted": "#a3adba",
        "grid": "#2a303a",
        "zero": "#6b7685",
        "spot": "#f0a04b",
        "hedge": "#56b4e9",
        "net": "#f4f6f9",
        "cost": "#d79bce",
        "income": "#3ecf9b",
        "band": "rgba(244,246,249,0.13)",
        "danger": "#ff7b72",
        "danger-soft": "#3a1e20",
        "accent": "#56b4e9",
        "on-accent": "#0d1117",
    },
}

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

# significant: digits kept; decimals: at most so many; scale: factor before rounding; plus: sign a gain too.
FORMATS: dict[str, dict[str, Any]] = {
    "usd": {"prefix": "$", "significant": 4, "decimals": 2, "cents": True},
    "usd_signed": {"prefix": "$", "significant": 4, "decimals": 2, "cents": True, "plus": True},
    "usd_bar": {"prefix": "$", "significant": 3, "decimals": 2, "cents": True, "plus": True},
    "price": {"prefix": "$", "significant": 6, "decimals": 12},
    "percent": {"suffix": "\u00a0%", "scale": 100.0, "significant": 4, "decimals": 1},
    "percent_signed": {"suffix": "\u00a0%", "scale": 100.0, "significant": 4, "decimals": 1, "plus": True},
    "rate": {"suffix": "\u00a0%", "scale": 100.0, "significant": 3, "decimals": 4},
    "chance": {"suffix": "\u00a0%", "scale": 100.0, "significant": 2, "decimals": 4},
    "times": {"suffix": "×", "significant": 4, "decimals": 2},
    "ratio": {"significant": 3, "decimals": 2},
    "slope": {"significant": 3, "decimals": 2, "cents": True},
    "contracts": {"significant": 8, "decimals": 6},
    "integer": {"significant": 15, "decimals": 0},
    "days": {"significant": 4, "decimals": 1},
}

MISSING = "—"
MINUS = "−"


def formatted(value: float | None, name: str) -> str:
    """Return a number as the page shows it in the format ``name``; None and NaN are an em dash.

    At most ``significant`` digits and ``decimals`` places, halves away from zero, no decimals in a whole number and no
    zeros at the end (money with ``cents`` shows both places or none), thousands separated, a true minus sign first.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    rule = FORMATS[name]
    size = abs(value) * rule.get("scale", 1.0)
    places = rule["decimals"]
    if size > 0:
        places = min(places, rule["significant"] - 1 - int(f"{size:.16e}".split("e")[1]))
        if rule.get("cents") and places == 1:
            places = 0
    unit = 10.0 ** abs(places)
    rounded = math.floor(size * unit + 0.5) / unit if places >= 0 else math.floor(size / unit + 0.5) * unit
    digits = f"{rounded:,.{max(places, 0)}f}" if rounded != math.floor(rounded) else f"{rounded:,.0f}"
    if "." in digits and not rule.get("cents"):
        digits = digits.rstrip("0").rstrip(".")
    sign = "" if rounded == 0 else MINUS if value < 0 else "+" if rule.get("plus") else ""
    return f"{sign}{rule.get('prefix', '')}{digits}{rule.get('suffix', '')}"


class _Filling(Formatter):
    """Fills "{name:format}" with formats of ``FORMATS``, else of Python; "{name!a:format}" with the number's size."""

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return abs(value) if conversion == "a" else value

    def format_field(self, value: Any, format_spec: str) -> str:
        return formatted(value, format_spec) if format_spec in FORMATS else format(value, format_spec)


def filled(template: str, figures: Mapping[str, Any]) -> str:
    """Return a text with its "{name:format}" places filled: formats of ``FORMATS``, else Python's own.

    Raises
    ------
    KeyError
        If there is no such figure.

    Examples
    --------
    >>> filled("It gains {gain:usd}, or ${gain:,.2f}; {loss!a:usd} is lost.", {"gain": 1240.556, "loss": -108.0})
    'It gains $1,241, or $1,240.56; $108 is lost.'
    """
    return _Filling().vformat(template, (), figures)


@dataclass(frozen=True)
class Texts:
    """Numbers that a trace shows as text: values of shape (rows, n) in a number format; a missing one is empty."""

    values: Any
    format: str

    def written(self, row: int = 0) -> list[str]:
        """Return the strings of one row."""
        values = np.asarray(self.values, dtype=np.float64)[row]
        return ["" if np.isnan(value) else formatted(float(value), self.format) for value in values]


def css_variables() -> str:
    """Return the CSS that defines ``--hw-<name>`` for both themes."""
    blocks = []
    for theme, colours in PALETTE.items():
        body = "".join(f"--hw-{name}:{value};" for name, value in colours.items())
        blocks.append(f':root[data-hw-scheme="{theme}"]{{{body}color-scheme:{theme};}}')
    return "\n".join(blocks)


def colour(name: str) -> str:
    """Return the token that stands for a colour in a figure spec until the browser knows the theme.

    Raises
    ------
    KeyError
        If the palette has no such name.
    """
    return f"@{name}" if PALETTE["light"][name] else name


def resolved(spec: Any, theme: str) -> Any:
    """Return a figure spec with its colour tokens replaced, for exports and tests."""
    if isinstance(spec, dict):
        return {key: resolved(value, theme) for key, value in spec.items()}
    if isinstance(spec, list | tuple):
        return [resolved(value, theme) for value in spec]
    return PALETTE[theme][spec[1:]] if isinstance(spec, str) and spec.startswith("@") else spec


def axis(**settings: Any) -> dict[str, Any]:
    """Return an axis in the product's look: few quiet grid lines, a visible zero line, no room for zooming by hand."""
    look: dict[str, Any] = {
        "gridcolor": colour("grid"),
        "zeroline": True,
        "zerolinecolor": colour("zero"),
        "zerolinewidth": 1.5,
        "tickfont": {"color": colour("muted"), "size": 12},
        "title": {"font": {"color": colour("muted"), "size": 12}},
        "fixedrange": True,
        "automargin": False,
        "ticklabeloverflow": "allow",  # anything else measures every label at every step
        "ticks": "",
    }
    look["title"] |= settings.pop("title", {})
    return {**look, **settings}


def layout(**settings: Any) -> dict[str, Any]:
    """Return a figure layout in the product's look; colours are tokens, see :func:`colour`."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colour("text")},
        "showlegend": False,
        "hoverlabel": {
            "bgcolor": colour("panel"),
            "bordercolor": colour("border"),
            "font": {"color": colour("text"), "family": FONT, "size": 13},
        },
        "dragmode": False,
        "autosize": True,
        **settings,
    }
