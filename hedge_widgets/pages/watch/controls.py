"""The watch's sliders, boxes and choices."""

from collections.abc import Mapping
from typing import Any

from hedge_widgets.market.watched import BASIS, COINS_THEN
from hedge_widgets.model.hedge import LIMITS
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.widgets.controls import Controls, Look

SLIDERS = (
    Quantity(field="move", label="Your coins move from now by", unit="%", positions=steps(-60, 100, 1), factor=0.01),
)
BOXES = (
    Quantity(field="coverage", label="Share of a full hedge that you plan", unit="%", factor=0.01),
    Quantity(field="days", label="Days you plan to hold it", unit="days"),
    Quantity(field="cash", label="Cash on the exchange", unit="$ (0: unknown)"),
    Quantity(field="coins_then", label="Your coins were worth at the opening", unit="$ (0: unknown)"),
    Quantity(field="basis", label="Futures against spot today", unit="%", factor=0.01),
)
ASK, TAKE = "ask", "take"
SIZES = (("Ask me", ASK), ("Take it as typed", TAKE))
_LIMITS = {
    "coverage": LIMITS["coverage"],
    "days": LIMITS["days"],
    "cash": LIMITS["cash"],
    "coins_then": COINS_THEN,
    "basis": BASIS,
}


class WatchControls(Controls):
    """The stock widgets of one watch and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(self, look: Look, fields: Mapping[str, Any], values: Mapping[str, float]) -> None:
        choices = {"sizes": ("A size that looks wrong", SIZES)}
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, values)

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
