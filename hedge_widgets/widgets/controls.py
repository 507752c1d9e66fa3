"""Stock sliders and boxes from one description each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np

from hedge_widgets.model.limits import InputError


class Look:
    """One layout and one style per kind of widget for a whole page: every extra one is one more model to load."""

    def __init__(self) -> None:
        self._layout = ipywidgets.Layout()
        self._styles: dict[type[ipywidgets.Widget], ipywidgets.Widget] = {}

    def make(self, kind: type[ipywidgets.DOMWidget], *args: Any, **settings: Any) -> ipywidgets.DOMWidget:
        """Return a new widget of a stock kind that shares its layout, and its style where it has one."""
        if kind in self._styles:
            settings["style"] = self._styles[kind]
        widget = kind(*args, layout=self._layout, **settings)
        if kind.has_trait(widget, "style"):
            self._styles[kind] = widget.style
        return widget


@dataclass(frozen=True, kw_only=True)
class SliderSpec:
    """A slider: the model's field, a name to read, a unit, explicit ascending positions in that unit.

    ``scale`` times a position is the field's value (0.01 for percent). A ``is_ladder`` slider offers its positions
    only; any other also takes numbers between them.
    """

    field: str
    label: str
    unit: str
    positions: tuple[float, ...]
    scale: float = 1.0
    is_ladder: bool = False

    def widget(self, look: Look, value: float) -> ipywidgets.DOMWidget:
        """Return the stock slider, at the model's ``value``."""
        label = f"{self.label}, {self.unit}" if self.unit else self.label
        if self.is_ladder:
            options = [(f"{place:g}{'×' if self.unit == '' else ''}", float(place)) for place in self.positions]
            return look.make(ipywidgets.SelectionSlider, options=options, value=self.nearest(value), description=label)
        step = float(np.min(np.diff(self.positions)))
        decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
        return look.make(
            ipywidgets.FloatSlider,
            value=self.position(value),
            min=self.positions[0],
            max=self.positions[-1],
            step=step,
            readout_format=f".{decimals}f",
            description=label,
        )

    def position(self, value: float) -> float:
        """Return the slider's value for a model value, inside the slider."""
        if self.is_ladder:
            return self.nearest(value)
        return float(np.clip(round(value / self.scale, 9), self.positions[0], self.positions[-1]))

    def nearest(self, value: float) -> float:
        """Return the ladder's position nearest to a model value."""
        return float(min(self.positions, key=lambda place: abs(place * self.scale - value)))


def model_units(specs: Mapping[str, SliderSpec], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return slider values (numbers or arrays) in the model's units.

    Raises
    ------
    InputError
        If one lies outside its slider: a client can set those.
    """
    result = {}
    for name, spec in specs.items():
        low, high = spec.positions[0], spec.positions[-1]
        value = np.atleast_1d(values[name])
        wrong = value[~((value >= low - 1e-9) & (value <= high + 1e-9))]
        if spec.is_ladder and not wrong.size:
            wrong = value[~np.isin(value, spec.positions)]
            if wrong.size:
                raise InputError(f"{spec.label} must be one of the slider's places, not {float(wrong[0]):g}")
        if wrong.size:
            raise InputError(f"{spec.label} must be {low:g} to {high:g} {spec.unit}, not {float(wrong[0]):g}")
        result[name] = values[name] * spec.scale
    return result


def steps(low: float, high: float, step: float) -> tuple[float, ...]:
    """Return low, low + step, ..., high, each as near as a float comes."""
    count = round((high - low) / step)
    return tuple(round(low + step * k, 9) for k in range(count + 1))


def choices(look: Look, label: str, options: Sequence[tuple[str, Any]], value: Any) -> ipywidgets.Dropdown:
    """Return a dropdown of (shown, meant) words."""
    return look.make(ipywidgets.Dropdown, options=list(options), value=value, description=label)


def number(look: Look, label: str, value: float) -> ipywidgets.FloatText:
    """Return a number box; the model, not the box, judges what is typed."""
    return look.make(ipywidgets.FloatText, value=value, description=label)


def card(look: Look, title: str, children: Sequence[ipywidgets.Widget], name: str) -> ipywidgets.VBox:
    """Return a titled group with the CSS class ``hw-<name>``; an empty title has no heading."""
    heading = [look.make(ipywidgets.HTML, f"<h2>{title}</h2>")] if title else []
    box = look.make(ipywidgets.VBox, [*heading, *children])
    box.add_class("hw-card").add_class(f"hw-{name}")
    return box
