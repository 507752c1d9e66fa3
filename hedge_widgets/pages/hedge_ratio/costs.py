"""What the hedges cost and how much of them trades: one contract an asset, its constants to be edited."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hedge_widgets.market.facts import contracts
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.typed import typed_number
from hedge_widgets.widgets.inputs import FactsTable

# column -> (field, name, unit, factor from the cell to the model's unit, limits in the model's unit)
_COLUMNS: dict[int, tuple[str, str, str, float, Limit]] = {
    1: ("taker_fee_rate", "taker fee", "%", 0.01, Limit(-0.1, 0.1)),
    2: ("half_spread", "half spread", "bp", 1e-4, Limit(0, 0.1)),
    3: ("daily_volume", "daily volume", "$ million", 1e6, Limit(1, 1e15)),
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
        names = [f"{name}, {unit}" for _, name, unit, _, _ in _COLUMNS.values()]
        note = (
            "Half spreads and volumes are orders of magnitude: put in what you see. Venues change fees without notice."
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
            cells = [f"{getattr(spec, field) / factor:,.10g}" for field, _, _, factor, _ in _COLUMNS.values()]
            rows.append((spec.label, *cells, spec.source, spec.date))
        self.table.show("Fees, spreads and volumes used here, sources and dates", rows)

    def _typed(self, row: int, column: int, text: str) -> None:
        asset = list(self.specs)[row]
        field, name, unit, factor, limit = _COLUMNS[column]
        value = typed_number(f"{name} of {self.specs[asset].label}", text) * factor
        if not limit.low <= value <= limit.high:
            raise InputError(f"{name} must be {limit.low / factor:g} to {limit.high / factor:g} {unit}, not {text!r}")
        changes: dict[str, Any] = {field: value, "source": "edited by you", "date": ""}
        self._changed({**self.specs, asset: replace(self.specs[asset], **changes)})
