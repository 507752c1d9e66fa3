"""The margin page's sliders, boxes and choices."""

from typing import Any

from hedge_widgets.market.facts import contracts
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.setting import FEE_ONLY, LOST
from hedge_widgets.widgets.controls import Controls, Look, SliderSpec, steps

LEVERAGES = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150)
DAYS = (1, 2, 3, 4, 5, 7, 8, 9, 10, 14, 21, 30, 45, 60, 90)
SLIDERS = (
    SliderSpec(field="leverage", label="leverage", unit="", positions=LEVERAGES, is_ladder=True),
    SliderSpec(
        field="free",
        label="free collateral behind it (cross)",
        unit="% of the position",
        positions=steps(0, 200, 2),
        scale=0.01,
    ),
    SliderSpec(field="spike", label="first the price goes to", unit="%", positions=steps(-60, 150, 1), scale=0.01),
    SliderSpec(field="trough", label="then to", unit="%", positions=steps(-90, 150, 1), scale=0.01),
    SliderSpec(field="end", label="and ends at", unit="%", positions=steps(-90, 150, 1), scale=0.01),
    SliderSpec(
        field="peak_at",
        label="the first turn comes after",
        unit="% of the days",
        positions=steps(0, 100, 2),
        scale=0.01,
    ),
    SliderSpec(field="days", label="the path takes", unit="days", positions=DAYS, is_ladder=True),
    SliderSpec(field="stop", label="stop-loss on the hedge (0: none)", unit="%", positions=steps(0, 60, 1), scale=0.01),
    SliderSpec(
        field="deleveraged_at",
        label="the venue closes the winner at a gain of (0: never)",
        unit="%",
        positions=steps(0, 80, 1),
        scale=0.01,
    ),
    SliderSpec(field="volatility", label="volatility", unit="% a year", positions=steps(20, 200, 5), scale=0.01),
    SliderSpec(field="limit", label="most chance of liquidation", unit="%", positions=steps(0.5, 10, 0.1), scale=0.01),
    SliderSpec(
        field="funding_rate",
        label="funding rate an interval",
        unit="%",
        positions=steps(-0.5, 0.5, 0.005),
        scale=0.01,
    ),
)
PATH = ("spike", "trough", "end", "peak_at", "days")  # what a drawn path consists of
SIDES = (("short, a hedge", -1.0), ("long", 1.0))
TAIL_WORDS = (("fat, with jumps", "jumps"), ("fat (Student-t, 4)", "student"), ("none (normal)", "normal"))
LEAVES = (("nothing", LOST), ("all but the fee", FEE_ONLY))
NO_OTHER = "none"
NUMBERS = {  # box -> (label, factor from the box to the setting's unit)
    "position_value": ("position, $", 1.0),
    "entry_price": ("entry price, $", 1.0),
    "spot_value": ("coins you hold, $", 1.0),
    "own_collateral": ("margin posted, $ (0: initial margin)", 1.0),
    "other_value": ("its value, $ (below 0: short)", 1.0),
    "other_beta": ("its beta to the first coin", 1.0),
    "collateral_ratio": ("coins count as collateral, %", 0.01),
}


class MarginControls(Controls):
    """The stock widgets of one margin page and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(self, look: Look, fields: dict[str, Any], values: dict[str, float]) -> None:
        by_kind = sorted(contracts(), key=lambda label: contracts()[label].kind == "inverse")
        choices = {
            "contract": ("", [(_shown(label), label) for label in contracts()]),
            "side": ("position is", SIDES),
            "other": ("another position in the wallet", [(name, name) for name in (NO_OTHER, *by_kind)]),
            "liquidation_leaves": ("a liquidation leaves", LEAVES),
            "tails": ("tails of the price", TAIL_WORDS),
        }
        super().__init__(look, SLIDERS, choices, NUMBERS, fields, values, wide=("contract", "other"))

    def drawable(self, path: dict[str, float]) -> dict[str, float]:
        """Return where the sliders stand at a path.

        Raises
        ------
        InputError
            If one of its moves lies outside its slider.
        """
        for name, value in path.items():
            spec = self.specs[name]
            low, high = spec.positions[0] * spec.scale, spec.positions[-1] * spec.scale
            if not low <= value <= high:
                raise InputError(
                    f"moves of a path must be {low:+.0%} to {high:+.0%} to be drawn here, "
                    f"not the {value:+.1%} of that day"
                )
        return self.positions(path)


def _shown(label: str) -> str:
    spec = contracts()[label]
    return f"{label} · {spec.kind}"
