"""Stock sliders and boxes from one description each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np

from hedge_widgets.model.limits import InputError, LimitError
from hedge_widgets.model.typed import typed_number


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
        return look.make(
            ipywidgets.FloatSlider,
            value=self.position(value),
            min=self.positions[0],
            max=self.positions[-1],
            step=step,
            readout_format=f".{self._digits(step)}",
            description=label,
        )

    def _digits(self, step: float) -> int:
        """Return how many significant digits the number box shows: one more than a step needs, as a hand may type it.

        The box writes back what it shows; with the digits of a step only, 1.6 typed between 1 and 2 would become 2.
        """
        whole = len(str(int(max(abs(self.positions[0]), abs(self.positions[-1])))))
        decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
        return max(4, whole + decimals + 1)

    def position(self, value: float) -> float:
        """Return the slider's value for a model value, inside the slider."""
        if self.is_ladder:
            return self.nearest(value)
        return float(np.clip(round(value / self.scale, 9), self.positions[0], self.positions[-1]))

    def read(self, typed: str) -> tuple[float, str]:
        """Return (slider's value, remark) of what was typed into its box, in the slider's unit.

        Raises
        ------
        InputError
            If it is no number or lies beyond the slider's ends.
        """
        value, low, high = typed_number(self.label, typed, unit=self.unit), self.positions[0], self.positions[-1]
        unit = self.unit if self.unit else "×" if self.is_ladder else ""
        if not low <= value <= high:
            raise InputError(
                f"{self.label} must be {low:,.10g} to {high:,.10g} {unit}".rstrip() + f", not {typed.strip()!r}"
            )
        if not self.is_ladder:
            return value, ""
        nearest = self.nearest(value * self.scale)
        remark = f"This slider moves in steps: {nearest:g} is the nearest to {value:g}." if nearest != value else ""
        return nearest, remark

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


class Controls:
    """The stock widgets of one page and what they stand for.

    Parameters
    ----------
    look
        Of the page.
    sliders
        Descriptions; each slider's ``field`` is its name.
    choices
        Name -> (label, options as (shown, meant)) of the dropdowns.
    numbers
        Name -> (label, factor from the box to the model's unit) of the number boxes.
    fields, values
        Where choices and boxes, and where the sliders begin, in the model's units.
    wide
        Names of dropdowns that take a line of their own.
    """

    def __init__(
        self,
        look: Look,
        sliders: Sequence[SliderSpec],
        choices: Mapping[str, tuple[str, Sequence[tuple[str, Any]]]],
        numbers: Mapping[str, tuple[str, float]],
        fields: Mapping[str, Any],
        values: Mapping[str, float],
        wide: Sequence[str] = (),
    ) -> None:
        self._boxes = dict(numbers)
        self.specs = {spec.field: spec for spec in sliders}
        self.sliders = {name: spec.widget(look, values[name]) for name, spec in self.specs.items()}
        self.choices = {
            name: dropdown(look, label, options, fields[name]) for name, (label, options) in choices.items()
        }
        for name in wide:
            self.choices[name].add_class("hw-wide")
        self.numbers = {
            name: number(look, label, self._boxed(name, fields[name])) for name, (label, _) in numbers.items()
        }

    def _boxed(self, name: str, value: float) -> float:
        return float(f"{value / self._boxes[name][1]:.10g}")

    @property
    def others(self) -> list[ipywidgets.DOMWidget]:
        """Return the controls that are not sliders."""
        return [*self.choices.values(), *self.numbers.values()]

    def fields(self) -> dict[str, Any]:
        """Return what choices and boxes stand for, by name, in the model's units.

        Raises
        ------
        InputError
            If a box holds no number; what the fields are used for judges the rest.
        """
        fields: dict[str, Any] = {name: choice.value for name, choice in self.choices.items()}
        for name, (label, factor) in self._boxes.items():
            value = self.numbers[name].value
            if not isinstance(value, int | float):
                raise InputError(f"{label} must be a number, not {value!r:.40}")
            fields[name] = value * factor
        return fields

    def show(self, fields: Mapping[str, Any]) -> None:
        """Put choices and boxes where :meth:`fields` had them; what is left out stays."""
        for name in self.choices.keys() & fields.keys():
            self.choices[name].value = fields[name]
        for name in self.numbers.keys() & fields.keys():
            self.numbers[name].value = self._boxed(name, fields[name])

    def read(self, control: ipywidgets.Widget, typed: str) -> tuple[float, str]:
        """Return (number, remark) of what was typed into the box of a slider or of a number, in its own unit.

        Raises
        ------
        InputError
            If it is no number or lies beyond its slider.
        """
        for name, slider in self.sliders.items():
            if slider is control:
                return self.specs[name].read(typed)
        for name, (label, _) in self._boxes.items():
            if self.numbers[name] is control:
                words, unit = _words_and_unit(label)
                return typed_number(words, typed, unit=unit), ""
        raise InputError(f"nothing can be typed here, not {typed!r:.40}")

    def as_typed(self, error: LimitError, box: ipywidgets.Widget, typed: Any) -> InputError:
        """Return a refusal of what was typed into a number box in the box's own unit, any other one as it is."""
        for name, (label, factor) in self._boxes.items():
            if box is self.numbers[name] and np.isclose(typed * factor, error.value, equal_nan=True):
                words, unit = _words_and_unit(label)
                low, high = error.limit.low / factor, error.limit.high / factor
                money = "$" if unit.startswith("$") else ""
                rule = f"{_in_unit(low, money)} to {_in_unit(high, unit)}"
                return InputError(f"{words} must be {rule}, not {_in_unit(typed, money)}")
        return error

    def positions(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return where the sliders stand at values in the model's units."""
        return {name: self.specs[name].position(value) for name, value in values.items()}

    def in_model_units(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return slider values (numbers or arrays) in the model's units, refused outside their sliders."""
        return model_units(self.specs, values)


def _words_and_unit(label: str) -> tuple[str, str]:
    """Return ("daily volume", "$ million") of the label "daily volume, $ million"."""
    words, comma, unit = label.rpartition(", ")
    return (words, unit) if comma else (label, "")


def _in_unit(value: float, unit: str) -> str:
    """Return a number with the unit of its box, as one writes it."""
    number = f"{abs(value):,.10g}"
    sign = "-" if value < 0 else ""
    if unit.startswith("$"):
        return f"{sign}${number}{unit[1:]}"
    return f"{sign}{number}{unit}" if unit == "×" else f"{sign}{number} {unit}".rstrip()


def steps(low: float, high: float, step: float) -> tuple[float, ...]:
    """Return low, low + step, ..., high, each as near as a float comes."""
    count = round((high - low) / step)
    return tuple(round(low + step * k, 9) for k in range(count + 1))


def dropdown(look: Look, label: str, options: Sequence[tuple[str, Any]], value: Any) -> ipywidgets.Dropdown:
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
