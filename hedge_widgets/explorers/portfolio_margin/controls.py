"""The portfolio-margin page's sliders, boxes and choices."""

from typing import Any

import ipywidgets

from hedge_widgets.market.facts import contracts, moments
from hedge_widgets.market.margin_terms import PORTFOLIO_VENUES
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.widgets.controls import Look, SliderSpec, choices, model_units, number, steps

_SHARE = "% of the book"
SLIDERS = (
    SliderSpec(field="spot", label="spot held", unit=_SHARE, positions=steps(0, 200, 2), scale=0.01),
    SliderSpec(
        field="perpetual", label="perpetual (− = short)", unit=_SHARE, positions=steps(-200, 200, 4), scale=0.01
    ),
    SliderSpec(
        field="future", label="dated future (− = short)", unit=_SHARE, positions=steps(-200, 200, 4), scale=0.01
    ),
    SliderSpec(field="puts", label="puts held", unit=_SHARE, positions=steps(0, 200, 2), scale=0.01),
    SliderSpec(field="second", label="spot of the second coin", unit=_SHARE, positions=steps(0, 200, 2), scale=0.01),
    SliderSpec(
        field="leverage",
        label="leverage, isolated and cross",
        unit="",
        positions=(1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 125),
        is_ladder=True,
    ),
    SliderSpec(
        field="volatility", label="volatility in the puts", unit="% a year", positions=steps(10, 200, 2), scale=0.01
    ),
    SliderSpec(
        field="credit",
        label="HYPOTHETICAL credit between coins",
        unit="% of what would offset",
        positions=steps(0, 100, 2),
        scale=0.01,
    ),
    SliderSpec(field="move", label="the price moves", unit="%", positions=steps(-60, 100, 1), scale=0.01),
)
# field of the setting -> (what the box says, its factor to the model's unit)
_BOXES = {
    "price": ("price of the coin, $", 1.0),
    "size": ("the book = 100 %, $", 1.0),
    "cash": ("cash in the account, $", 1.0),
    "collateral_ratio": ("coins count as collateral, %", 0.01),
    "strike_ratio": ("strike of the puts, % of price", 0.01),
    "days": ("days to expiry, future and puts", 1.0),
    "second_beta": ("second coin's move per move of the first", 1.0),
}
SPOT_USES = (("offsets derivatives", "offset"), ("does not count", "none"))


def linear_contracts() -> dict[str, ContractSpec]:
    """Return the first linear contract of every coin whose volatility is known, by coin."""
    found: dict[str, ContractSpec] = {}
    for spec in contracts().values():
        if spec.kind == "linear" and moments().known([spec.underlying]):
            found.setdefault(spec.underlying, spec)
    return found


def usual_beta(coin: str, second: str) -> float:
    """Return the slope of the second coin's returns on the first's in the shipped figures, to two places."""
    known = moments()
    i, j = known.index([coin, second])
    return round(float(known.correlations[i, j] * known.volatilities[j] / known.volatilities[i]), 2)


class PortfolioMarginControls:
    """The stock widgets of one page and what they stand for."""

    def __init__(self, look: Look, values: dict[str, float], choice: dict[str, Any]) -> None:
        self.specs = {spec.field: spec for spec in SLIDERS}
        self.sliders = {name: spec.widget(look, values[name]) for name, spec in self.specs.items()}
        coins = [(coin, coin) for coin in linear_contracts()]
        self.dropdowns = {
            "venue": choices(look, "portfolio margin of", [(v, v) for v in PORTFOLIO_VENUES], choice["venue"]),
            "coin": choices(look, "coin", coins, choice["coin"]),
            "second": choices(look, "second coin", coins, choice["second"]),
            "spot_use": choices(look, "spot in the risk unit", SPOT_USES, choice["spot_use"]),
        }
        self.boxes = {name: number(look, label, self._shown(name, choice[name])) for name, (label, _) in _BOXES.items()}

    @staticmethod
    def _shown(name: str, value: float) -> float:
        return round(value / _BOXES[name][1], 9)

    @property
    def others(self) -> list[ipywidgets.DOMWidget]:
        """Return the controls that are not sliders."""
        return [*self.dropdowns.values(), *self.boxes.values()]

    @property
    def chosen(self) -> dict[str, Any]:
        """Return what dropdowns and boxes say, by name, in the model's units; the setting judges it."""
        words = {name: box.value for name, box in self.dropdowns.items()}
        numbers = {name: box.value * _BOXES[name][1] for name, box in self.boxes.items()}
        return words | numbers

    def choose(self, values: dict[str, Any]) -> None:
        """Put dropdowns and boxes where :attr:`chosen` had them; what is left out stays."""
        for name, value in values.items():
            if name in self.dropdowns:
                self.dropdowns[name].value = value
            else:
                self.boxes[name].value = self._shown(name, value)

    def positions(self, values: dict[str, float]) -> dict[str, float]:
        """Return model values in the sliders' units."""
        return {name: self.specs[name].position(value) for name, value in values.items()}

    def in_model_units(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return slider values (arrays) in the model's units, refused outside their sliders."""
        return model_units(self.specs, values)
