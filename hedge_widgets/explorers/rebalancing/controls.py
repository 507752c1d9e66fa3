"""The rebalancing page's sliders, boxes and choices."""

from collections.abc import Sequence
from typing import Any

import ipywidgets

from hedge_widgets.charts.rebalancing import FUNDING, INTERVALS, N_SHOWN, VOLATILITIES, WIDTHS, WINDOW
from hedge_widgets.model.limits import InputError
from hedge_widgets.widgets.controls import Look, SliderSpec, choices, model_units, number, steps


def _percent(grid: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(f"{100.0 * place:.9g}") for place in grid)


SLIDERS = (
    SliderSpec(
        field="half_width",
        label="the band: half-width",
        unit="% of the hedge",
        positions=_percent(WIDTHS),
        scale=0.01,
        is_ladder=True,
    ),
    SliderSpec(field="interval", label="or the interval", unit="days", positions=INTERVALS, is_ladder=True),
    SliderSpec(
        field="volatility_threshold",
        label=f"daily, while the volatility of {WINDOW} days is above",
        unit="% a year",
        positions=_percent(VOLATILITIES),
        scale=0.01,
        is_ladder=True,
    ),
    SliderSpec(
        field="funding_threshold",
        label="daily, after funding of at least",
        unit="% a day either way",
        positions=_percent(FUNDING),
        scale=0.01,
        is_ladder=True,
    ),
    SliderSpec(field="cost_rate", label="cost of a trade", unit="bp", positions=steps(0, 100, 1), scale=1e-4),
    SliderSpec(field="fixed_cost", label="and a fixed cost a trade", unit="USD", positions=steps(0, 20, 0.25)),
    SliderSpec(field="relative_aversion", label="risk aversion", unit="relative", positions=steps(0.5, 20, 0.5)),
    SliderSpec(field="path", label="path shown", unit="of those shown", positions=steps(1, N_SHOWN, 1)),
    SliderSpec(field="day", label="day on it", unit="% of the days", positions=steps(0, 100, 1), scale=0.01),
)
KIND_WORDS = (
    ("coins, short on the same coin", "same"),
    ("coins, short on another coin", "cross"),
    ("a short of fixed dollars", "fixed"),
    ("inverse short, profit swept out", "inverse"),
    ("a sold call, by its delta", "option"),
)
SIMULATED, HISTORY, DRAWN = "simulated", "history", "drawn"
SOURCE_WORDS = (("simulated", SIMULATED), ("the history in use", HISTORY), ("drawn: two moves", DRAWN))
PERIOD_WORDS = (("windows of the days", ""), ("May 2021", "2021-05"), ("May 2022", "2022-05"))
TAIL_WORDS = (("fat (Student-t, 4)", 4.0), ("none (normal)", 0.0))
DAY_WORDS = tuple((f"{days} days", days) for days in (30, 90, 180, 365))
COUNT_WORDS = tuple((f"{count:,}", count) for count in (200, 1_000))
TRADE_WORDS = (("the edge of the band", "edge"), ("its centre", "centre"))
OTHER_WORDS = (
    ("every n days", "time"),
    ("every day", "daily"),
    ("never", "none"),
    ("by volatility", "volatility"),
    ("by funding", "funding"),
)
MEASURE_WORDS = (("against a free hedge always on target", "difference"), ("all of it", "net"))
NUMBERS = {  # box -> (label, factor from the box to the setting's unit)
    "position_value": ("position, $", 1.0),
    "wealth": ("your wealth, $", 1.0),
    "hedge_ratio": ("hedge ratio (0: minimum variance)", 1.0),
    "spot_volatility": ("the coin's volatility, % a year", 0.01),
    "hedge_volatility": ("the hedge's volatility, % a year", 0.01),
    "correlation": ("their correlation", 1.0),
    "seed": ("seed", 1.0),
    "spot_move": ("drawn: the coin moves by, %", 0.01),
    "hedge_move": ("drawn: the hedge moves by, %", 0.01),
}


class RebalancingControls:
    """The stock widgets of one page and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(self, look: Look, coins: Sequence[str], fields: dict[str, Any], values: dict[str, float]) -> None:
        self.specs = {spec.field: spec for spec in SLIDERS}
        self.sliders = {name: spec.widget(look, values[name]) for name, spec in self.specs.items()}
        names = [(coin, coin) for coin in coins]
        options: dict[str, tuple[str, Sequence[tuple[str, Any]]]] = {
            "kind": ("what is hedged", KIND_WORDS),
            "coin": ("the coin", names),
            "asset": ("hedged with (another coin)", names),
            "trade_to": ("a band trades to", TRADE_WORDS),
            "other": ("compare the band with", OTHER_WORDS),
            "source": ("paths", SOURCE_WORDS),
            "n_days": ("days of a path", DAY_WORDS),
            "n_paths": ("simulated: how many", COUNT_WORDS),
            "tails": ("simulated: tails", TAIL_WORDS),
            "period": ("history: which days", PERIOD_WORDS),
            "measure": ("what is shown", MEASURE_WORDS),
        }
        self.choices = {name: choices(look, label, words, fields[name]) for name, (label, words) in options.items()}
        for name in ("kind", "measure"):
            self.choices[name].add_class("hw-wide")
        self.numbers = {
            name: number(look, label, self._boxed(name, fields[name])) for name, (label, _) in NUMBERS.items()
        }

    @staticmethod
    def _boxed(name: str, value: float) -> float:
        return float(f"{value / NUMBERS[name][1]:.10g}")

    @property
    def others(self) -> list[ipywidgets.DOMWidget]:
        """Return the controls that are not sliders."""
        return [*self.choices.values(), *self.numbers.values()]

    def fields(self) -> dict[str, Any]:
        """Return what the choices and boxes stand for.

        Raises
        ------
        InputError
            If a box holds no number; setting and paths judge the rest.
        """
        fields: dict[str, Any] = {name: choice.value for name, choice in self.choices.items()}
        for name, (label, factor) in NUMBERS.items():
            value = self.numbers[name].value
            if not isinstance(value, int | float):
                raise InputError(f"{label} must be a number, not {value!r:.40}")
            fields[name] = value * factor
        return fields

    def show(self, fields: dict[str, Any]) -> None:
        """Put choices and boxes where :meth:`fields` had them."""
        for name, choice in self.choices.items():
            choice.value = fields[name]
        for name, box in self.numbers.items():
            box.value = self._boxed(name, fields[name])

    def hide_unused(self) -> None:
        """Take what the present choices do not use off the page."""
        source, kind = self.choices["source"].value, self.choices["kind"].value
        used = dict.fromkeys(("tails", "n_paths", "seed"), source == SIMULATED)
        used |= dict.fromkeys(("spot_move", "hedge_move"), source == DRAWN)
        used |= dict.fromkeys(("spot_volatility", "hedge_volatility", "correlation"), source != HISTORY)
        used |= {
            "period": source == HISTORY,
            "n_days": not (source == HISTORY and self.choices["period"].value),
            "asset": kind == "cross",
            "hedge_ratio": kind in ("same", "cross", "fixed"),
        }
        for name, is_used in used.items():
            box = self.choices.get(name) or self.numbers[name]
            (box.remove_class if is_used else box.add_class)("hw-unused")

    def positions(self, values: dict[str, float]) -> dict[str, float]:
        """Return where the sliders stand at values in the model's units."""
        return {name: self.specs[name].position(value) for name, value in values.items()}

    def in_model_units(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return slider values (numbers or arrays) in the picture's units, refused outside their sliders."""
        return model_units(self.specs, values)
