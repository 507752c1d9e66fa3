"""The state of a page as the text behind ``#1=`` in its address. Addresses are hostile: everything is judged here."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from hedge_widgets.market.facts import contract, contracts
from hedge_widgets.market.plan import OWN, Plan
from hedge_widgets.model.book import MAX_FUTURES, Book, Future, Hedge
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge import LIMITS, SIZED
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import MAX_HOLDINGS, Holding, Portfolio
from hedge_widgets.model.typed import typed_day
from hedge_widgets.widgets.controls import finite
from hedge_widgets.widgets.sources import FIELDS, edited_tiers

# How a kept attribute is written as plain values, and read back from hostile ones.
Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]
VERSION = "1"
SAFE = "!$'()*+,;:@/?-._~"  # what a browser leaves alone behind the #, and no mail program takes for the end of a link
_HEDGE = {"coverage": float, "basis": str, "leverage": float, "margin_mode": str, "rounding": str, "order_type": str}
_SCENARIO = ("cash", "days", "move", "spike", "spike_fraction", "own_move")
_TIERS = ("caps", "maintenance_rates", "max_leverages")


def written(document: Mapping[str, Any]) -> str:
    """Return a document of plain values as the text of an address, "" for nothing to say."""
    said = {name: value for name, value in document.items() if value not in ({}, None)}
    return quote(json.dumps(said, separators=(",", ":"), allow_nan=False), safe=SAFE) if said else ""


def record(value: Any, name: str) -> dict[str, Any]:
    """Return what must be names with values; None is what could not be read at all."""
    if value is None:
        raise InputError("the address cannot be read, as part of it may be missing: copy the link again")
    if not isinstance(value, dict):
        raise InputError(f"{name} in the address must be names with values, not {value!r:.40}")
    return value


def row(value: Any, name: str, most: int) -> list[Any]:
    """Return what must be a list of at most so many entries."""
    if not isinstance(value, list) or len(value) > most:
        shown = f"{len(value):,} of them" if isinstance(value, list) else f"{value!r:.40}"
        raise InputError(f"{name} in the address must be a list of at most {most} entries, not {shown}")
    return value


def numbers(value: Any, name: str, known: tuple[str, ...]) -> dict[str, float]:
    """Return what must be finite numbers by names that are known."""
    given = record(value, name)
    unknown = [key for key in given if key not in known]
    if unknown:
        raise InputError(f"{name} in the address must be of {', '.join(known)}, not {unknown[0]!r:.40}")
    return {key: finite(number, key) for key, number in given.items()}


def coins_written(portfolio: Portfolio) -> list[list[Any]]:
    """Return symbol, quantity and price of every coin."""
    return [[h.symbol, float(h.quantity), float(h.price)] for h in portfolio.holdings]


def coins_read(value: Any) -> Portfolio:
    """Return the coins; raises InputError for what no table of coins could hold."""
    coins = []
    for place, entry in enumerate(row(value, "coins", MAX_HOLDINGS), 1):
        symbol, quantity, price = (*row(entry, f"coin {place}", 3), None, None, None)[:3]
        amounts = {"quantity": finite(quantity, f"quantity of coin {place}"), "price": finite(price, "price")}
        coins.append(Holding(symbol=symbol, **amounts))
    return Portfolio(tuple(coins))


def edits_written(edited: Mapping[str, ContractSpec]) -> dict[str, dict[str, Any]]:
    """Return, by label, the constants in which a contract differs from the one that is listed."""
    return {label: changes for label, spec in edited.items() if (changes := _changes(spec))}


def _changes(spec: ContractSpec) -> dict[str, Any]:
    listed = contracts().get(spec.label, spec)  # what was fetched may be gone
    names = (constant.field for constant in FIELDS)
    changes = {name: getattr(spec, name) for name in names if getattr(spec, name) != getattr(listed, name)}
    if spec.tiers != listed.tiers:  # the last tier has no end, which JSON does not know
        caps = [None if cap == math.inf else cap for cap in spec.tiers.caps]
        changes["tiers"] = [caps, list(spec.tiers.maintenance_rates), list(spec.tiers.max_leverages)]
    return changes


def edits_read(value: Any) -> dict[str, ContractSpec]:
    """Return the edited contracts; every constant has the limits that it has in the table of constants."""
    edited = {}
    for label, given in record(value, "edited constants").items():
        spec = contract(label)
        changes: dict[str, Any] = dict(record(given, label))
        tiers = changes.pop("tiers", None)
        known = {constant.field: constant for constant in FIELDS}
        for name, number in numbers(changes, label, tuple(known)).items():
            constant = known[name]
            checked: Any = number if constant.limit is None else constant.limit.checked(constant.label, number)
            spec = replace(spec, **{name: checked})
        if tiers is not None:
            lists = dict(zip(_TIERS, (row(entry, "tiers", 50) for entry in row(tiers, "tiers", 3)), strict=False))
            if len(lists) != 3 or len({len(entries) for entries in lists.values()}) != 1 or not lists["caps"]:
                raise InputError("tiers in the address must be three lists of one length")
            lists["caps"] = [math.inf if cap is None else cap for cap in lists["caps"]]
            plain = {
                name: [entry if entry is math.inf else finite(entry, "a tier") for entry in entries]
                for name, entries in lists.items()
            }
            spec = replace(spec, tiers=edited_tiers(plain))
        edited[spec.label] = spec
    return edited


def own_written(own: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Return figures of the user's own, by the label of the contract that they were set for."""
    plain = {label: {name: float(value) for name, value in fields.items()} for label, fields in own.items()}
    return {label: fields for label, fields in plain.items() if fields}


def own_read(value: Any) -> dict[str, dict[str, float]]:
    """Return figures of the user's own; each has the model's limits."""
    given = record(value, "figures of your own")
    return {contract(label).label: figures_read(fields, label) for label, fields in given.items()}


def figures_read(value: Any, name: str) -> dict[str, float]:
    """Return figures of one contract by their names in the model's inputs, inside its limits."""
    given = numbers(value, name, OWN)
    return {key: float(LIMITS[SIZED.get(key, key)].checked(key, number)) for key, number in given.items()}


def futures_written(futures: Sequence[Future]) -> list[list[Any]]:
    """Return contract, contracts, entry price, leverage and opening day of every future beside the hedge."""
    return [
        [f.contract.label, f.contracts, f.entry_price, f.leverage, f.opened_on and f.opened_on.isoformat()]
        for f in futures
    ]


def futures_read(value: Any, edited: Mapping[str, ContractSpec]) -> tuple[Future, ...]:
    """Return the futures beside the hedge; raises InputError for what no table of futures could hold."""
    futures = []
    for given in row(value, "futures", MAX_FUTURES):
        entries = row(given, "a future", 5)
        if len(entries) != 5:
            raise InputError("a future in the address must be contract, contracts, entry price, leverage and day")
        label, contracts, entry, leverage, day = entries
        spec = contract(label)
        futures.append(
            Future(
                contract=edited.get(spec.label, spec),
                contracts=finite(contracts, "contracts"),
                entry_price=None if entry is None else finite(entry, "entry price"),
                leverage=finite(leverage, "leverage"),
                opened_on=None if day is None else typed_day("the opening day", day),
            )
        )
    return tuple(futures)


def plan_written(plan: Plan | None) -> dict[str, Any] | None:
    """Return a plan as plain values, None for none."""
    if plan is None:
        return None
    book = plan.book
    return {
        "coins": coins_written(book.holdings),
        "hedges": [
            [book.hedge.contract.label, *(getattr(book.hedge, name) for name in _HEDGE)],
            *futures_written(book.futures),
        ],
        "scenario": [getattr(book, name) for name in _SCENARIO],
        "own": own_written(plan.own),
        "edited": edits_written(plan.edited),
    }


def plan_read(value: Any) -> Plan | None:
    """Return what :func:`plan_written` wrote; raises InputError for what no book could be."""
    if value is None:
        return None
    said = record(value, "the book")
    unknown = set(said) - {"coins", "hedges", "scenario", "own", "edited"}
    if unknown:
        raise InputError(f"the book in the address must be coins, hedges and figures, not {min(unknown)!r:.40}")
    edited = edits_read(said.get("edited", {}))
    first, *others = row(said.get("hedges"), "hedges", 1 + MAX_FUTURES) or [None]
    label, *terms = row(first, "a hedge", 1 + len(_HEDGE)) or [None]
    if len(terms) != len(_HEDGE):
        raise InputError("a hedge in the address must be a contract and how its size is said")
    fields: dict[str, Any] = {
        name: finite(term, name) if kind is float else term
        for (name, kind), term in zip(_HEDGE.items(), terms, strict=True)
    }
    spec = contract(label)
    hedge = Hedge(contract=edited.get(spec.label, spec), **fields)
    amounts = row(said.get("scenario"), "the scenario", len(_SCENARIO))
    if len(amounts) != len(_SCENARIO):
        raise InputError(f"the scenario in the address must be {', '.join(_SCENARIO)}")
    scenario = {name: finite(amount, name) for name, amount in zip(_SCENARIO, amounts, strict=True)}
    book = Book(holdings=coins_read(said.get("coins")), hedge=hedge, futures=futures_read(others, edited), **scenario)
    return Plan(book=book, own=own_read(said.get("own", {})), edited=edited)
