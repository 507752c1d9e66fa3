"""Stock sliders, boxes and dropdowns, made from declared quantities."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np

from hedge_widgets.model.limits import InputError, LimitError
from hedge_widgets.model.quantities import Quantity


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


class StampedSlider(ipywidgets.FloatSlider):
    """The stock slider, whose value comes from a browser with the live page's stamps and in no other way.

    When a stock slider is drawn it rounds what the kernel set to its steps and sends that back. It may come late, when
    the kernel has set another value since, and would then undo it.
    """

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a browser sends of its own accord, but for the value."""
        super().set_state({name: value for name, value in sync_data.items() if name != "value"})


def slider(
    look: Look, quantity: Quantity, value: float, kind: type[ipywidgets.FloatSlider] = ipywidgets.FloatSlider
) -> ipywidgets.DOMWidget:
    """Return the stock slider of a quantity, at the model's ``value``; ``kind`` is its class unless it is a ladder."""
    if quantity.is_ladder:
        mark = "" if quantity.unit else "×"
        options = [(f"{place:g}{mark}", float(place)) for place in quantity.positions]
        return look.make(
            ipywidgets.SelectionSlider, options=options, value=quantity.nearest(value), description=quantity.title
        )
    step = float(np.min(np.diff(quantity.positions)))
    return look.make(
        kind,
        value=quantity.position(value),
        min=quantity.positions[0],
        max=quantity.positions[-1],
        step=step,
        readout_format=f".{_digits(quantity, step)}",
        description=quantity.title,
    )


def _digits(quantity: Quantity, step: float) -> int:
    """Return how many significant digits the number box shows: one more than a step needs, as a hand may type it.

    The box writes back what it shows; with the digits of a step only, 1.6 typed between 1 and 2 would become 2.
    """
    whole = len(str(int(max(abs(quantity.positions[0]), abs(quantity.positions[-1])))))
    decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    return max(4, whole + decimals + 1)


def model_units(specs: Mapping[str, Quantity], values: Mapping[str, Any]) -> dict[str, Any]:
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
                raise InputError(
                    f"{spec.noun or spec.label} must be one of the slider's places, not {float(wrong[0]):g}"
                )
        if wrong.size:
            ends = f"{low:g} to {high:g} {spec.unit}".rstrip()
            raise InputError(f"{spec.noun or spec.label} must be {ends}, not {float(wrong[0]):g}")
        result[name] = values[name] * spec.factor
    return result


class Controls:
    """The stock widgets of one page and what they stand for.

    Parameters
    ----------
    look
        Of the page.
    quantities
        What sliders (those with positions) and number boxes set; each one's ``field`` is its name.
    choices
        Name -> (label, options as (shown, meant)) of the dropdowns.
    fields, values
        Where choices and boxes, and where the sliders begin, in the model's units.
    wide
        Names of dropdowns that take a line of their own.
    """

    def __init__(
        self,
        look: Look,
        quantities: Sequence[Quantity],
        choices: Mapping[str, tuple[str, Sequence[tuple[str, Any]]]],
        fields: Mapping[str, Any],
        values: Mapping[str, float],
        wide: Sequence[str] = (),
    ) -> None:
        self.specs = {quantity.field: quantity for quantity in quantities if quantity.positions}
        self.boxes = {quantity.field: quantity for quantity in quantities if not quantity.positions}
        self.sliders = {name: slider(look, spec, values[name], StampedSlider) for name, spec in self.specs.items()}
        self.choices = {
            name: dropdown(look, label, options, fields[name]) for name, (label, options) in choices.items()
        }
        for name in wide:
            self.choices[name].add_class("hw-wide")
        self.numbers = {name: number(look, box.title, box.boxed(fields[name])) for name, box in self.boxes.items()}

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
        for name, box in self.boxes.items():
            value = self.numbers[name].value
            if not isinstance(value, int | float):
                raise InputError(f"{box.noun or box.label} must be a number, not {value!r:.40}")
            fields[name] = value * box.factor
        return fields

    def raw(self) -> dict[str, Any]:
        """Return what stands in choices and boxes themselves, by name."""
        return {name: control.value for name, control in {**self.choices, **self.numbers}.items()}

    def judged(self, name: str, value: Any) -> Any:
        """Return a value that a choice or a box may hold.

        Raises
        ------
        InputError
            If there is no such control, or it holds no such value.
        """
        if name in self.choices:
            for meant in (option[1] for option in self.choices[name].options):
                if type(meant) is type(value) and meant == value:
                    return meant
            raise InputError(f"{self.choices[name].description or name} must be one of its choices, not {value!r:.40}")
        if name not in self.numbers:
            raise InputError(f"there is no box or choice by the name of {name!r:.40}")
        return finite(value, self.boxes[name].label)

    def judged_slider(self, name: str, value: Any) -> float:
        """Return where a slider may stand, in its own unit; raises InputError for any other place."""
        if name not in self.specs:
            raise InputError(f"there is no slider by the name of {name!r:.40}")
        place = finite(value, self.specs[name].label)
        model_units({name: self.specs[name]}, {name: place})
        return place

    def put(self, raw: Mapping[str, Any]) -> None:
        """Put judged values into choices and boxes."""
        for name, value in raw.items():
            (self.choices.get(name) or self.numbers[name]).value = value

    def show(self, fields: Mapping[str, Any]) -> None:
        """Put choices and boxes where :meth:`fields` had them; what is left out stays."""
        for name in self.choices.keys() & fields.keys():
            self.choices[name].value = fields[name]
        for name in self.numbers.keys() & fields.keys():
            self.numbers[name].value = self.boxes[name].boxed(fields[name])

    def read(self, control: ipywidgets.Widget, typed: str) -> tuple[float, str]:
        """Return (number, remark) of what was typed into the box of a slider or of a number, in its own unit.

        Raises
        ------
        InputError
            If it is no number or lies beyond its slider.
        """
        for widgets, quantities in ((self.sliders, self.specs), (self.numbers, self.boxes)):
            for name, widget in widgets.items():
                if widget is control:
                    return quantities[name].read(typed)
        raise InputError(f"nothing can be typed here, not {typed!r:.40}")

    def as_typed(self, error: LimitError, control: ipywidgets.Widget, typed: Any) -> InputError:
        """Return a refusal of what was typed into a number box in the box's own unit, any other one as it is."""
        for name, box in self.boxes.items():
            if control is self.numbers[name] and np.isclose(typed * box.factor, error.value, equal_nan=True):
                return box.refusal(typed, error.limit.low / box.factor, error.limit.high / box.factor)
        return error

    def positions(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return where the sliders stand at values in the model's units."""
        return {name: self.specs[name].position(value) for name, value in values.items()}

    def beyond(self, values: Mapping[str, float]) -> str:
        """Return sentences on values, in the model's units, that lie beyond their sliders; "" of none."""
        return " ".join(filter(None, (self.specs[name].beyond(value) for name, value in values.items())))

    def in_model_units(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return slider values (numbers or arrays) in the model's units, refused outside their sliders."""
        return model_units(self.specs, values)


def finite(value: Any, name: str) -> float:
    """Return what a browser or an address says is a number; raises InputError by name for what is no finite one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{name} must be a finite number, not {value!r:.40}")
    return float(value)


def dropdown(look: Look, label: str, options: Sequence[tuple[str, Any]], value: Any) -> ipywidgets.Dropdown:
    """Return a dropdown of (shown, meant) words."""
    return look.make(ipywidgets.Dropdown, options=list(options), value=value, description=label)


def number(look: Look, label: str, value: float) -> ipywidgets.FloatText:
    """Return a number box; the model, not the box, judges what is typed."""
    return look.make(ipywidgets.FloatText, value=value, description=label)


def card(
    look: Look, title: str, children: Sequence[ipywidgets.Widget], name: str, *, is_folded: bool = False
) -> ipywidgets.VBox:
    """Return a titled group with the CSS class ``hw-<name>``; an empty title has no heading.

    A folded one shows its title only until a hand opens it: its heading is a native ``<details>``, which finger, mouse
    and keyboard open, and the style hides what stands beside a closed one.
    """
    words = f"<h2>{title}</h2>"
    if is_folded:
        words = f'<details class="hw-fold"><summary>{words}</summary></details>'
    heading = [look.make(ipywidgets.HTML, words)] if title else []
    if is_folded:
        heading[0].add_class("hw-folding")
    box = look.make(ipywidgets.VBox, [*heading, *children])
    box.add_class("hw-card").add_class(f"hw-{name}")
    return box
