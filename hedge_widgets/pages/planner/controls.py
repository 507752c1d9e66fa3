"""The planner's sliders, boxes and choices."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ipywidgets

from hedge_widgets.market.facts import contracts
from hedge_widgets.model.hedge import LIMITS
from hedge_widgets.model.limits import AMOUNT, InputError, Limit
from hedge_widgets.model.planner.picture import SPOT_FEE
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.model.typed import typed_day
from hedge_widgets.widgets.controls import Controls, Look
from hedge_widgets.widgets.sources import contract_option

SLIDERS = (
    Quantity(field="days", label="Days you hold the hedge", unit="", positions=steps(1, 120, 1) + steps(125, 365, 5)),
    Quantity(
        field="limit",
        label="Chance of liquidation you accept",
        unit="% in these days",
        positions=(0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20),
        factor=0.01,
        is_ladder=True,
    ),
)
BY_COVERAGE, BY_VOLATILITY, BY_LOSS = "coverage", "volatility", "loss"
SIZED_BY = (
    ("A share of a full hedge", BY_COVERAGE),
    ("A volatility you can bear", BY_VOLATILITY),
    ("A loss you can bear", BY_LOSS),
)
EXITS = (
    ("On the review date", "date"),
    ("When the event has passed", "event"),
    ("When your coins have moved that far", "fall"),
    ("When funding turns against you", "funding"),
)
ANY_VENUE = "any"
BOXES = (
    Quantity(field="move", label="Where your coins may end", unit="%", factor=0.01),
    Quantity(field="coverage", label="Share of a full hedge", unit="%", factor=0.01),
    Quantity(field="volatility", label="Volatility you can bear", unit="% per year", factor=0.01),
    Quantity(field="loss", label="Loss you can bear", unit="$"),
    Quantity(field="cash", label="Cash on the exchange", unit="$ (0: unknown)"),
    Quantity(field="tolerance", label="Tolerance below the best", unit="% of the variance", factor=0.01),
    Quantity(field="spot_fee_rate", label="Fee of selling a coin", unit="%", factor=0.01),
)
_LIMITS = {name: LIMITS[name] for name in ("move", "coverage", "cash")} | {
    "volatility": Limit(0.0, 5.0),
    "loss": AMOUNT,
    "tolerance": Limit(0.0, 1.0),
    "spot_fee_rate": SPOT_FEE,
}
UNTIL = "Day of the event"
LAST_DAY = int(SLIDERS[0].positions[-1])


class PlannerControls(Controls):
    """The stock widgets of one planner and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(self, look: Look, fields: Mapping[str, Any], values: Mapping[str, float]) -> None:
        venues = dict.fromkeys(spec.venue for spec in contracts().values())
        choices = {
            "contract": ("Contract", [contract_option(spec) for spec in contracts().values()]),
            "venue": ("You trade at", [("any venue", ANY_VENUE), *((venue, venue) for venue in venues)]),
            "sized_by": ("Size it by", SIZED_BY),
            "exit": ("Close it", EXITS),
        }
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, values)
        self.choices["contract"].add_class("hw-bare")  # its card says what it is
        self.until = look.make(ipywidgets.Text, value="", description=UNTIL, continuous_update=False)

    @property
    def others(self) -> list[ipywidgets.DOMWidget]:
        """Return the controls that are not sliders; the day of the event is another way to set the days."""
        return [*super().others, self.until]

    def fields(self) -> dict[str, Any]:
        """Return what choices and boxes stand for, by name, in the model's units.

        Raises
        ------
        InputError
            If a box holds no number, or one beyond its limit.
        """
        fields = super().fields()
        for name, limit in _LIMITS.items():
            limit.checked(self.boxes[name].label, fields[name])
        return fields

    def hide_unused(self) -> None:
        """Take the boxes that the way of sizing does not use off the page."""
        for name in (BY_COVERAGE, BY_VOLATILITY, BY_LOSS):
            is_used = self.choices["sized_by"].value == name
            (self.numbers[name].remove_class if is_used else self.numbers[name].add_class)("hw-unused")


def days_until(typed: str, today: date) -> float:
    """Return the days from today to a day that was typed.

    Raises
    ------
    InputError
        If it is no day, today or past, or more than a year ahead.
    """
    day = typed_day(UNTIL, typed)
    days = (day - today).days
    if not 1 <= days <= LAST_DAY:
        last = today + timedelta(days=LAST_DAY)
        when = "is over" if days < 0 else "is today" if days == 0 else "is too far ahead"
        first = today + timedelta(days=1)
        raise InputError(f"{UNTIL} must be {first} to {last}, and {day} {when}")
    return float(days)
