"""The simulator's sliders, boxes and choices."""

from typing import Any

import ipywidgets

from hedge_widgets.charts.hedge import MOVE_HIGH, MOVE_LOW
from hedge_widgets.market.facts import contract, contracts
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.model.limits import InputError
from hedge_widgets.widgets.controls import Look, SliderSpec, choices, number, steps

LEVERAGES = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150)

SLIDERS = (
    SliderSpec(field="coverage", label="hedge ratio (coverage)", unit="%", positions=steps(0, 150, 1), scale=0.01),
    SliderSpec(field="leverage", label="leverage", unit="", positions=LEVERAGES, is_ladder=True),
    SliderSpec(field="correlation", label="correlation with the hedge", unit="", positions=steps(-1, 1, 0.01)),
    SliderSpec(
        field="move",
        label="your coins end at",
        unit="%",
        positions=steps(100 * MOVE_LOW, 100 * MOVE_HIGH, 1),
        scale=0.01,
    ),
    SliderSpec(
        field="spike", label="first, the hedge asset spikes", unit="%", positions=steps(-60, 150, 1), scale=0.01
    ),
    SliderSpec(
        field="spike_fraction",
        label="the spike comes after",
        unit="% of the days",
        positions=steps(0, 100, 1),
        scale=0.01,
    ),
    SliderSpec(
        field="funding_rate",
        label="funding rate an interval",
        unit="%",
        positions=steps(-0.5, 0.5, 0.005),
        scale=0.01,
    ),
    SliderSpec(field="days", label="you hold it for", unit="days", positions=steps(0, 120, 1) + steps(125, 365, 5)),
    SliderSpec(
        field="spot_volatility",
        label="volatility of your coins",
        unit="% a year",
        positions=steps(5, 150, 1) + steps(155, 300, 5),
        scale=0.01,
    ),
    SliderSpec(
        field="hedge_volatility",
        label="volatility of the hedge",
        unit="% a year",
        positions=steps(5, 150, 1) + steps(155, 300, 5),
        scale=0.01,
    ),
    SliderSpec(field="beta", label="beta (for the basis beta)", unit="", positions=steps(-1, 4, 0.025)),
)
WINDOW = SliderSpec(field="window", label="history used", unit="days", positions=steps(30, 365, 5))

NUMBERS = {  # box -> (label, factor from the box to the model's unit)
    "hedge_price": ("entry price, $", 1.0),
    "free_collateral": ("free collateral, $ (cross)", 1.0),
    "half_spread": ("half spread, bp", 1e-4),
    "daily_volume": ("daily volume, $ million", 1e6),
}
CHOICES = {
    "basis": (
        "full hedge means",
        (("same dollars (1:1)", "dollar"), ("beta", "beta"), ("minimum variance", "minimum_variance")),
    ),
    "margin_mode": ("margin", (("isolated", "isolated"), ("cross", "cross"))),
    "rounding": (
        "contracts rounded",
        (("to the nearest lot", "nearest"), ("down (floor)", "floor"), ("up (ceil)", "ceil"), ("not at all", "none")),
    ),
    "order_type": ("orders", (("market (taker)", "taker"), ("limit (maker)", "maker"))),
}


class HedgeControls:
    """The stock widgets of one simulator and what they mean in the model's units."""

    def __init__(self, look: Look, inputs: HedgeInputs) -> None:
        self.specs = {spec.field: spec for spec in SLIDERS}
        self.sliders = {name: spec.widget(look, getattr(inputs, name)) for name, spec in self.specs.items()}
        self.contract = choices(look, "", [(_shown(label), label) for label in contracts()], inputs.contract.label)
        self.contract.add_class("hw-wide")
        self.choices = {
            name: choices(look, label, options, getattr(inputs, name)) for name, (label, options) in CHOICES.items()
        }
        self.numbers = {
            name: number(look, label, self._boxed(name, getattr(inputs, name))) for name, (label, _) in NUMBERS.items()
        }

    @property
    def others(self) -> list[ipywidgets.DOMWidget]:
        """Return the controls that are not sliders."""
        return [self.contract, *self.choices.values(), *self.numbers.values()]

    @staticmethod
    def _boxed(name: str, value: Any) -> float:
        return float(f"{float(value) / NUMBERS[name][1]:.10g}")

    def show(self, inputs: HedgeInputs) -> dict[str, float]:
        """Show inputs in the boxes and choices, and return the slider values that belong to them."""
        self.contract.value = inputs.contract.label
        for name, choice in self.choices.items():
            choice.value = getattr(inputs, name)
        for name, box in self.numbers.items():
            box.value = self._boxed(name, getattr(inputs, name))
        return {name: spec.position(getattr(inputs, name)) for name, spec in self.specs.items()}

    def fields(self) -> dict[str, Any]:
        """Return the model fields that are not sliders', as typed and chosen.

        Raises
        ------
        InputError
            If the contract is not one of the shipped ones; the model judges the rest.
        """
        fields: dict[str, Any] = {"contract": contract(self.contract.value)}
        fields |= {name: choice.value for name, choice in self.choices.items()}
        for name, (label, factor) in NUMBERS.items():
            value = self.numbers[name].value
            if not isinstance(value, int | float):
                raise InputError(f"{label} must be a number, not {value!r:.40}")
            fields[name] = value * factor
        return fields

    def in_model_units(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return slider values (numbers or arrays) as the model's fields."""
        return {name: values[name] * spec.scale for name, spec in self.specs.items()}


def _shown(label: str) -> str:
    spec = contracts()[label]
    return f"{label} · {spec.kind} · {spec.funding_interval:g} h"
