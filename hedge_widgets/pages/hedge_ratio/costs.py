"""What the hedges cost and how much of them trades: one contract an asset, its constants to be edited."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hedge_widgets.market.facts import contracts
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import Limit
from hedge_widgets.model.quantities import Quantity
from hedge_widgets.widgets.ages import dated
from hedge_widgets.widgets.inputs import FactsTable

_COLUMNS = {
    1: Quantity(field="taker_fee_rate", label="Taker fee", unit="%", factor=0.01, limit=Limit(-0.1, 0.1)),
    2: Quantity(field="half_spread", label="Half spread", unit="bp", factor=1e-4, limit=Limit(0, 0.1)),
    3: Quantity(field="daily_volume", label="Daily volume", unit="$ million", factor=1e6, limit=Limit(1, 1e15)),
}


class HedgeCosts:
    """The linear contract of every asset that has one listed; ``table`` shows and edits what the ranking uses.

    ``specs`` are the contracts by asset, never mutated; ``changed`` takes what an edit makes of them.
    """

    def __init__(self, changed: Callable[[dict[str, ContractSpec]], None]) -> None:
        self._changed = changed
        self.specs: dict[str, ContractSpec] = {}
        for spec in contracts().values():
            if spec.kind == "linear":
                self.specs.setdefault(spec.underlying, spec)
        names = [constant.title for constant in _COLUMNS.values()]
        note = (
            "The volumes of these contracts are not known here: they and the half spreads are assumed orders of "
            "magnitude. Put in what you see. Venues change fees without notice."
        )
        self.table = FactsTable(("contract", *names, "source", "date"), tuple(_COLUMNS), self._typed, note)
        self.show()

    def of(self, asset: str) -> ContractSpec | None:
        """Return the contract that hedges with an asset, None where none is listed."""
        return self.specs.get(asset)

    def show(self) -> None:
        """Show the contracts in use."""
        rows = []
        for spec in self.specs.values():
            cells = [f"{getattr(spec, one.field) / one.factor:,.10g}" for one in _COLUMNS.values()]
            rows.append((spec.label, *cells, spec.source, dated(spec.date)))
        self.table.show("Fees, spreads and volumes used here, sources and dates", rows)

    def _typed(self, row: int, column: int, text: str) -> None:
        asset = list(self.specs)[row]
        constant = _COLUMNS[column]
        value = constant.read_model(text, f"{constant.label} of {self.specs[asset].label}")
        changes: dict[str, Any] = {constant.field: value, "source": "edited by you", "date": ""}
        self._changed({**self.specs, asset: replace(self.specs[asset], **changes)})
