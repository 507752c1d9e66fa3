"""The simulator's sliders, boxes and choices."""

from collections.abc import Sequence
from typing import Any

from hedge_widgets.market.facts import contracts
from hedge_widgets.market.shipped import PAYMENTS_A_DAY
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.model.hedge_picture import MOVE_HIGH, MOVE_LOW
from hedge_widgets.model.limits import Limit
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.widgets.controls import Controls, Look
from hedge_widgets.widgets.sources import contract_option

LEVERAGES = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150)
GAPS = steps(-10, 10, 0.25)
THINNER = (1, 2, 3, 5, 10, 20, 50, 100)

SLIDERS = (
    Quantity(
        field="coverage", label="Coverage (share of a full hedge)", unit="%", positions=steps(0, 150, 1), factor=0.01
    ),
    Quantity(field="leverage", label="Leverage", unit="", positions=LEVERAGES, is_ladder=True),
    Quantity(field="correlation", label="Correlation with the hedge", unit="", positions=steps(-1, 1, 0.01)),
    Quantity(
        field="move",
        label="Your coins end at",
        noun="the move of your coins",
        unit="%",
        positions=steps(100 * MOVE_LOW, 100 * MOVE_HIGH, 1),
        factor=0.01,
    ),
    Quantity(field="spike", label="Spike of the hedge asset", unit="%", positions=steps(-60, 150, 1), factor=0.01),
    Quantity(
        field="spike_fraction",
        label="The spike comes after",
        unit="% of the days",
        positions=steps(0, 100, 1),
        factor=0.01,
    ),
    Quantity(
        field="own_move",
        label="The hedge asset's own move",
        unit="%",
        positions=steps(-60, 150, 1),
        factor=0.01,
    ),
    Quantity(  # for 8 hours whatever a contract pays by: one scale for all, and the neutral 0.01 % is a position
        field="funding_rate",
        label="Funding rate per 8 h",
        unit="%",
        positions=steps(-0.5, 0.5, 0.005),
        factor=0.01 * PAYMENTS_A_DAY,
    ),
    Quantity(
        field="days",
        label="You hold the hedge for",
        noun="the holding time",
        unit="days",
        positions=steps(0, 120, 1) + steps(125, 365, 5),
    ),
    Quantity(
        field="spot_volatility",
        label="Volatility of your coins",
        unit="% per year",
        positions=steps(5, 150, 1) + steps(155, 300, 5),
        factor=0.01,
    ),
    Quantity(
        field="hedge_volatility",
        label="Volatility of the hedge",
        unit="% per year",
        positions=steps(5, 150, 1) + steps(155, 300, 5),
        factor=0.01,
    ),
    Quantity(field="beta", label="Beta (used when sizing by beta)", unit="", positions=steps(-1, 4, 0.025)),
    *(
        Quantity(field=field, label=f"Contract above its coin {when}", unit="%", positions=GAPS, factor=0.01)
        for field, when in (("entry_gap", "at entry"), ("spike_gap", "at the spike"), ("exit_gap", "at the end"))
    ),
    Quantity(field="thinning", label="Book thinner when you leave, by", unit="", positions=THINNER, is_ladder=True),
)
WINDOW = Quantity(field="window", label="History used", unit="days", positions=steps(30, 365, 5))

TARGET = "target_delta"
HELD, SIZED_AGAIN = "held", "sized again"
BOXES = (
    Quantity(field="hedge_price", label="Entry price", unit="$"),
    Quantity(field="cash", label="Cash on the exchange", unit="$ (0: unknown)"),
    Quantity(field="half_spread", label="Half spread", unit="bp", factor=1e-4),
    Quantity(field="daily_volume", label="Daily volume", unit="$ million", factor=1e6),
    Quantity(field=TARGET, label="Bring the net delta to", unit="$", limit=Limit(-1e12, 1e12)),
)
CHOICES: dict[str, tuple[str, Sequence[tuple[str, Any]]]] = {
    "basis": (
        "Size a full hedge by",
        (("Equal dollars (1:1)", "dollar"), ("Beta", "beta"), ("Minimum variance", "minimum_variance")),
    ),
    "sizing": (
        "If the figures change",
        (("Keep the hedge", HELD), ("Size it again", SIZED_AGAIN)),
    ),
    "margin_mode": ("Margin", (("Isolated", "isolated"), ("Cross", "cross"))),
    "rounding": (
        "Round the contracts",
        (("To the nearest lot", "nearest"), ("Down (floor)", "floor"), ("Up (ceil)", "ceil"), ("Not at all", "none")),
    ),
    "order_type": ("Orders", (("Market (taker)", "taker"), ("Limit (maker)", "maker"))),
}


class HedgeControls(Controls):
    """The stock widgets of one simulator and what they mean in the model's units."""

    def __init__(self, look: Look, inputs: HedgeInputs) -> None:
        choices = {"contract": ("Contract", [contract_option(spec) for spec in contracts().values()]), **CHOICES}
        values = {spec.field: getattr(inputs, spec.field) for spec in SLIDERS}
        super().__init__(look, (*SLIDERS, *BOXES), choices, _fields(inputs), values, wide=("contract",))
        self.choices["contract"].add_class("hw-bare")  # its card says what it is

    def load(self, inputs: HedgeInputs) -> dict[str, float]:
        """Show inputs in the boxes and choices, and return the slider values that belong to them."""
        self.show(_fields(inputs))
        return self.positions({name: getattr(inputs, name) for name in self.specs})


def _fields(inputs: HedgeInputs) -> dict[str, Any]:
    names = (*(name for name in CHOICES if name != "sizing"), *(box.field for box in BOXES if box.field != TARGET))
    fields = {name: getattr(inputs, name) for name in names}
    return {"contract": inputs.contract.label, "sizing": HELD, TARGET: 0.0, **fields}
