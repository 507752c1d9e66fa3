"""The lab's sliders, boxes and choices."""

from typing import Any

import ipywidgets

from hedge_widgets.charts.hedge_ratio import RATIO_HIGH, RATIO_LOW
from hedge_widgets.market.quality import TREATMENTS
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS, HORIZONS
from hedge_widgets.model.limits import InputError
from hedge_widgets.widgets.controls import Look, SliderSpec, choices, model_units, number, steps

BASKET = "altcoins, equal weight"
FAULT_WORDS = {
    "gap": "gaps",
    "duplicate": "repeated dates",
    "zero": "prices of zero",
    "stale": "stale runs",
    "spike": "reversing spikes",
    "uniform": "days that moved alike",
    "unrelated": "coins unlike the others",
}
TREATMENT_WORDS = {"keep": "keep as they are", "drop": "leave out", "fill": "fill in"}

SLIDERS = (
    SliderSpec(field="ratio", label="your hedge ratio", unit="", positions=steps(RATIO_LOW, RATIO_HIGH, 0.02)),
    SliderSpec(field="window", label="history used", unit="days", positions=steps(30, 360, 15)),
    SliderSpec(
        field="days_ago", label="estimated on the day", unit="days before the last", positions=steps(0, 2520, 30)
    ),
    SliderSpec(
        field="target", label="volatility you can bear", unit="% a year", positions=steps(1, 150, 1), scale=0.01
    ),
)
START = {"ratio": 1.0, "window": 90.0, "days_ago": 0.0, "target": 0.6}
HORIZON_WORDS = {1: "1 day", 3: "3 days", 7: "7 days"}


class RatioControls:
    """The stock widgets of one lab and what they stand for."""

    def __init__(self, look: Look, symbols: tuple[str, ...]) -> None:
        self.specs = {spec.field: spec for spec in SLIDERS}
        self.sliders = {name: spec.widget(look, START[name]) for name, spec in self.specs.items()}
        spot, hedge = self.first_pair(symbols)
        self.spot = choices(look, "you hold", self._pairs(self._holdings(symbols)), spot)
        self.hedge = choices(look, "you short", self._pairs(symbols), hedge)
        self.estimator = choices(
            look, "estimator", [(text, name) for name, text in ESTIMATORS.items()], "least_squares"
        )
        self.horizon = choices(look, "a return spans", [(HORIZON_WORDS[days], days) for days in HORIZONS], 1)
        self.kind = choices(look, "returns", self._pairs(("simple", "log")), "simple")
        self.confidence = choices(look, "confidence", [("90 %", 0.9), ("95 %", 0.95), ("99 %", 0.99)], 0.95)
        self.position_value = number(look, "position, $", 25_000.0)
        self.treatments = {kind: self._treatment(look, kind) for kind in TREATMENTS}

    @staticmethod
    def _treatment(look: Look, kind: str) -> ipywidgets.Dropdown:
        keep = {"duplicate": "the first price counts", "zero": "count as missing"}.get(kind, TREATMENT_WORDS["keep"])
        words = {**TREATMENT_WORDS, "keep": keep}
        options = [(words[name], name) for name in TREATMENTS[kind]]
        box = choices(look, FAULT_WORDS[kind], options, "keep")
        box.layout = ipywidgets.Layout(display="none")  # its own: it is shown only where such a fault was found
        return box

    def offer_treatments(self, kinds: set[str]) -> None:
        """Show the treatments of the faults that were found, and no others; those go back to "keep"."""
        for kind, box in self.treatments.items():
            box.layout.display = "" if kind in kinds else "none"
            if kind not in kinds:
                box.value = "keep"

    @staticmethod
    def _pairs(names: tuple[str, ...]) -> list[tuple[str, str]]:
        return [(name, name) for name in names]

    @staticmethod
    def _holdings(symbols: tuple[str, ...]) -> tuple[str, ...]:
        """Return what may be held: a coin, or the basket of the altcoins where there are two of them."""
        n_altcoins = sum(symbol not in ("BTC", "ETH") for symbol in symbols)
        return (*symbols, BASKET) if n_altcoins > 1 else symbols

    @staticmethod
    def first_pair(symbols: tuple[str, ...]) -> tuple[str, str]:
        """Return the pair to begin with: SOL on BTC where there are both."""
        hedge = "BTC" if "BTC" in symbols else symbols[0]
        others = [symbol for symbol in symbols if symbol != hedge]
        return ("SOL" if "SOL" in others else others[0] if others else hedge), hedge

    @property
    def others(self) -> list[ipywidgets.DOMWidget]:
        """Return the controls that are not sliders."""
        chosen = [self.spot, self.hedge, self.estimator, self.horizon, self.kind, self.confidence]
        return [*chosen, self.position_value, *self.treatments.values()]

    @property
    def chosen(self) -> dict[str, Any]:
        """Return what the dropdowns stand at, by name."""
        return {name: box.value for name, box in self._boxes.items()}

    def choose(self, values: dict[str, Any]) -> None:
        """Put the dropdowns where :attr:`chosen` had them."""
        for name, value in values.items():
            if value in [meant for _, meant in self._boxes[name].options] or value in self._boxes[name].options:
                self._boxes[name].value = value

    @property
    def _boxes(self) -> dict[str, ipywidgets.Dropdown]:
        names = ("spot", "hedge", "estimator", "horizon", "kind", "confidence")
        return {name: getattr(self, name) for name in names} | self.treatments

    def offer(self, symbols: tuple[str, ...]) -> None:
        """Offer another history's symbols; a choice that is there still stays."""
        spot, hedge = self.spot.value, self.hedge.value
        first = self.first_pair(symbols)
        self.spot.options = self._pairs(self._holdings(symbols))
        self.hedge.options = self._pairs(symbols)
        self.spot.value = spot if spot in self._holdings(symbols) else first[0]
        self.hedge.value = hedge if hedge in symbols else first[1]

    def value_of_position(self) -> float:
        """Return the position's value, quote currency.

        Raises
        ------
        InputError
            If it is not between 1 and 1e12.
        """
        value = self.position_value.value
        if not isinstance(value, int | float) or not 1 <= value <= 1e12:
            shown = f"{value:,.10g}" if isinstance(value, int | float) else repr(value)[:40]
            raise InputError(f"the position must be worth 1 to 1,000,000,000,000 dollars, not {shown}")
        return float(value)

    def in_model_units(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return slider values (numbers or arrays) in the picture's units, refused outside their sliders."""
        return model_units(self.specs, values)
