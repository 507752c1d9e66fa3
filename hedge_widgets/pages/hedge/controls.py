"""The simulator's sliders, boxes and choices."""

from collections.abc import Sequence
from typing import Any

from hedge_widgets.market.facts import contracts
from hedge_widgets.market.market import PAYMENTS_A_DAY
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.model.hedge_picture import MOVE_HIGH, MOVE_LOW
from hedge_widgets.model.limits import Limit
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.widgets.controls import Controls, Look
from hedge_widgets.widgets.sources import contract_option

LEVERAGES = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150)

SLIDERS = (
    Quantity(
        field="coverage", label="coverage (share of a full hedge)", unit="%", positions=steps(0, 150, 1), factor=0.01
    ),
    Quantity(field="leverage", label="leverage", unit="", positions=LEVERAGES, is_ladder=True),
    Quantity(field="correlation", label="correlation with the hedge", unit="", positions=steps(-1, 1, 0.01)),
    Quantity(
        field="move",
        label="your coins end at",
        unit="%",
        positions=steps(100 * MOVE_LOW, 100 * MOVE_HIGH, 1),
        factor=0.01,
    ),
    Quantity(field="spike", label="first, the hedge asset spikes", unit="%", positions=steps(-60, 150, 1), factor=0.01),
    Quantity(
        field="spike_fraction",
        label="the spike comes after",
        unit="% of the days",
        positions=steps(0, 100, 1),
        factor=0.01,
    ),
    Quantity(
        field="own_move",
        label="the hedge asset's own move",
        unit="%",
        positions=steps(-60, 150, 1),
        factor=0.01,
    ),
    Quantity(  # for 8 hours whatever a contract pays by: one scale for all, and the neutral 0.01 % is a position
        field="funding_rate",
        label="funding rate per 8 h",
        unit="%",
        positions=steps(-0.5, 0.5, 0.005),
        factor=0.01 * PAYMENTS_A_DAY,
    ),
    Quantity(field="days", label="you hold it for", unit="days", positions=steps(0, 120, 1) + steps(125, 365, 5)),
    Quantity(
        field="spot_volatility",
        label="volatility of your coins",
        unit="% a year",
        positions=steps(5, 150, 1) + steps(155, 300, 5),
        factor=0.01,
    ),
    Quantity(
        field="hedge_volatility",
        label="volatility of the hedge",
        unit="% a year",
        positions=steps(5, 150, 1) + steps(155, 300, 5),
        factor=0.01,
    ),
    Quantity(field="beta", label="beta (for the basis beta)", unit="", positions=steps(-1, 4, 0.025)),
)
WINDOW = Quantity(field="window", label="history used", unit="days", positions=steps(30, 365, 5))

TARGET = "target_delta"
HELD, SIZED_AGAIN = "held", "sized again"
BOXES = (
    Quantity(field="hedge_price", label="entry price", unit="$"),
    Quantity(field="cash", label="cash on the exchange", unit="$ (0: not said)"),
    Quantity(field="half_spread", label="half spread", unit="bp", factor=1e-4),
    Quantity(field="daily_volume", label="daily volume", unit="$ million", factor=1e6),
    Quantity(field=TARGET, label="Bring the net delta to", unit="$", limit=Limit(-1e12, 1e12)),
)
CHOICES: dict[str, tuple[str, Sequence[tuple[str, Any]]]] = {
    "basis": (
        "full hedge means",
        (("same dollars (1:1)", "dollar"), ("beta", "beta"), ("minimum variance", "minimum_variance")),
    ),
    "sizing": (
        "if the figures change",
        (("hold the hedge", HELD), ("size it again", SIZED_AGAIN)),
    ),
    "margin_mode": ("margin", (("isolated", "isolated"), ("cross", "cross"))),
    "rounding": (
        "contracts rounded",
        (("to the nearest lot", "nearest"), ("down (floor)", "floor"), ("up (ceil)", "ceil"), ("not at all", "none")),
    ),
    "order_type": ("orders", (("market (taker)", "taker"), ("limit (maker)", "maker"))),
}


class HedgeControls(Controls):
    """The stock widgets of one simulator and what they mean in the model's units."""

    def __init__(self, look: Look, inputs: HedgeInputs) -> None:
        choices = {"contract": ("", [contract_option(spec) for spec in contracts().values()]), **CHOICES}
        values = {spec.field: getattr(inputs, spec.field) for spec in SLIDERS}
        super().__init__(look, (*SLIDERS, *BOXES), choices, _fields(inputs), values, wide=("contract",))

    def load(self, inputs: HedgeInputs) -> dict[str, float]:
        """Show inputs in the boxes and choices, and return the slider values that belong to them."""
        self.show(_fields(inputs))
        return self.positions({name: getattr(inputs, name) for name in self.specs})


def _fields(inputs: HedgeInputs) -> dict[str, Any]:
    names = (*(name for name in CHOICES if name != "sizing"), *(box.field for box in BOXES if box.field != TARGET))
    fields = {name: getattr(inputs, name) for name in names}
    return {"contract": inputs.contract.label, "sizing": HELD, TARGET: 0.0, **fields}
