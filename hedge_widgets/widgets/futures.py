"""The table of futures beside the hedge: open already, or planned too."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from hedge_widgets.model.book import MAX_FUTURES, Future
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.typed import typed_day, typed_number
from hedge_widgets.widgets.ages import contract_name
from hedge_widgets.widgets.inputs import RowsTable


class FuturesTable(RowsTable):
    """Contract, contracts (negative = short), entry price, leverage and opening day of each future, as typed.

    Parameters
    ----------
    contracts
        Those that can be chosen, by label.
    """

    _look: ClassVar[dict[str, Any]] = {
        "heads": [
            "Contract",
            "Contracts",
            "Entry price, $",
            "Leverage",
            "Opened on",
        ],
        "fields": ["contract", "contracts", "entry_price", "leverage", "opened_on"],
        "add": "+ Add a future",
        "file": "futures.csv",
        "hint": "To load a saved table, drop its file here or paste its rows into a cell",
    }

    def __init__(self, contracts: Mapping[str, ContractSpec]) -> None:
        labels = list(contracts)
        named = {label: contract_name(spec) for label, spec in contracts.items()}
        shown = {label: name for label, name in named.items() if name != label}
        super().__init__(options=labels, shown=shown, blank=[labels[0], "-1", "", "3", ""])

    def load(self, futures: Sequence[Future]) -> None:
        """Show futures."""
        self.rows = [
            [
                future.contract.label,
                f"{future.contracts:.10g}",
                "" if future.entry_price is None else f"{future.entry_price:.10g}",
                f"{future.leverage:g}",
                "" if future.opened_on is None else future.opened_on.isoformat(),
            ]
            for future in futures
        ]
        self.complain("")

    def futures(self, spec: Callable[[str], ContractSpec]) -> tuple[Future, ...]:
        """Return what is typed; ``spec`` gives the contract of a label.

        Raises
        ------
        InputError
            Naming row and cell of the first fault; ``wrong`` then marks it.
        """
        return tuple(self._future(place, row, spec) for place, row in enumerate(self._typed(MAX_FUTURES)))

    def _future(self, place: int, row: list[str], spec: Callable[[str], ContractSpec]) -> Future:
        label, contracts, entry, leverage, day = row
        column = 0
        try:
            fields: dict[str, Any] = {"contract": spec(label)}
            column = 1
            fields["contracts"] = typed_number(f"contracts of {label}", contracts)
            Future(**fields)
            column = 2
            if entry:
                fields["entry_price"] = typed_number(f"entry price of {label}", entry, above_zero=True)
                Future(**fields)
            column = 3
            fields["leverage"] = typed_number(f"leverage of {label}", leverage)
            Future(**fields)
            column = 4
            if day:
                fields["opened_on"] = typed_day(f"day on which {label} was opened", day)
            return Future(**fields)
        except InputError as error:
            self.wrong = [place, column]
            raise InputError(f"row {place + 1}: {error}") from None

    def _read(self, text: str) -> list[list[str]]:
        lines = [line.replace("\t", ",") for line in text[:_LONGEST].splitlines() if line.strip()]
        rows = [[cell.strip() for cell in line.split(",")] for line in lines]
        rows = rows[1:] if rows and rows[0][0].lower() == "contract" else rows
        wrong = [row for row in rows if not 2 <= len(row) <= 5]
        if wrong or len(rows) > MAX_FUTURES:
            quoted = f"{','.join(wrong[0])!r:.40}" if wrong else f"{len(rows)} rows"
            raise InputError(
                f"what is pasted must be at most {MAX_FUTURES} rows of {', '.join(self.look['fields'])}, not {quoted}"
            )
        return [[*row, *["", "3", ""][len(row) - 2 :]] for row in rows]


_LONGEST = 20_000
