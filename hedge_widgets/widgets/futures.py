"""The table of futures beside the hedge: open already, or planned too."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from hedge_widgets.market.facts import contract
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
                f"{future.leverage:.10g}",
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

    def take(self, spec: Callable[[str], ContractSpec], use: Callable[[tuple[Future, ...]], None]) -> bool:
        """Let ``use`` have what is typed; return whether it did.

        What the table or ``use`` refuses with InputError stays as it was typed, and the sentence stands below it. The
        caller does not take the rows for typed anew meanwhile.
        """
        rows = list(self.rows)
        try:
            use(self.futures(spec))
        except InputError as error:
            wrong = list(self.wrong)
            self.rows = rows
            self.complain(error.sentence, wrong)
            return False
        return True

    def refuse(self, place: int, field: str, why: str) -> None:
        """Mark a cell of the row at a place, and raise InputError with what is wrong with it."""
        self.wrong = [place, self.look["fields"].index(field)]
        raise InputError(f"row {place + 1}: {why}")

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
        return futures_rows(text)


_LONGEST = 20_000
_COLUMNS = {  # the words of a heading -> what the column is
    "contract": r"contract|symbol|instrument|market",
    "side": r"side|direction",
    "contracts": r"contracts|quantity|size|amount|qty",
    "entry_price": r"(avg\.? |average )?(entry|open(ing)?)?[ _]?price|entry",
    "leverage": r"leverage",
    "margin": r"(posted |initial )?margin",
    "opened_on": r"opened([ _]on)?|(opening )?(day|date|time)|open[ _]time",
}
_PLAIN = ("contract", "contracts", "entry_price", "leverage", "opened_on")


def futures_rows(text: str) -> list[list[str]]:
    """Return contract, contracts, entry price, leverage and opening day of each future in a CSV file or pasted rows.

    Columns are parted by tabs, semicolons or commas and named by a heading, in any order; without one they are the
    table's own. A "side" gives the contracts their sign, a "margin" (dollars, at entry) the leverage. Where semicolons
    or tabs part the columns a comma may mark the decimals.

    Raises
    ------
    InputError
        If it is no table of futures, or of too many.

    Examples
    --------
    >>> futures_rows("contract;side;contracts;entry price;opened on" + chr(10) + "OKX X;short;4,5;69000,5;2024-11-01")
    [['OKX X', '-4.5', '69000.5', '3', '2024-11-01']]
    """
    text = text[:_LONGEST].lstrip("\ufeff")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or "\0" in text or "\ufffd" in text:
        raise InputError(
            f"what is pasted must be rows of {', '.join(_PLAIN)}, not {'nothing' if not lines else 'bytes'}"
        )
    separator = next((mark for mark in ("\t", ";") if mark in lines[0]), ",")
    rows = [[cell.strip().strip('"') for cell in line.split(separator)] for line in lines]
    named = [_column(cell) for cell in rows[0]]
    columns, body = (named, rows[1:]) if "contract" in named and "contracts" in named else (list(_PLAIN), rows)
    body = [row for row in body if any(row)]
    wrong = [row for row in body if not 2 <= len(row) <= len(columns)]
    if wrong or not body or len(body) > MAX_FUTURES:
        quoted = f"{separator.join(wrong[0])!r:.40}" if wrong else f"{len(body)} rows"
        raise InputError(f"what is pasted must be 1 to {MAX_FUTURES} rows of {', '.join(_PLAIN)}, not {quoted}")
    is_comma_free = separator != ","
    return [_row(dict(zip(columns, row, strict=False)), is_comma_free) for row in body]


def _column(cell: str) -> str:
    found = (name for name, words in _COLUMNS.items() if re.fullmatch(words, cell.lower().split(",")[0].strip()))
    return next(found, "")


def _row(cells: Mapping[str, str], may_be_decimal: bool) -> list[str]:
    """Return a row of the table; what is no number stays as it is, and is refused there."""
    number = {name: cells.get(name, "") for name in ("contracts", "entry_price", "leverage", "margin")}
    if may_be_decimal:
        number = {name: re.sub(r"^([+-]?\d+),(\d+)$", r"\1.\2", value) for name, value in number.items()}
    count, side = number["contracts"], cells.get("side", "").lower()
    if side in ("short", "sell", "s") and not count.startswith(("-", "\u2212")):
        count = f"-{count}"
    leverage = number["leverage"]
    label = cells.get("contract", "")
    if number["margin"] and not leverage:
        leverage = _leverage_of(label, count, number["entry_price"], number["margin"])
    return [label, count, number["entry_price"], leverage or "3", cells.get("opened_on", "")[:10]]


def _leverage_of(label: str, count: str, entry: str, margin: str) -> str:
    """Return the leverage with which a margin in dollars was posted; InputError for what is no number."""
    price = typed_number(f"entry price of {label}", entry, above_zero=True)
    posted = typed_number(f"margin of {label}", margin, above_zero=True)
    value = contract(label).contract_value(price) * abs(typed_number(f"contracts of {label}", count))
    return f"{value / posted:.10g}"
