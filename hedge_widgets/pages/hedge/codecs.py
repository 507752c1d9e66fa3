"""What the simulator keeps beside its controls, as plain values for its address, and back from hostile ones."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hedge_widgets.market.facts import contract
from hedge_widgets.model.hedge import SIZED, HedgeInputs
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.address import (
    Codec,
    coins_read,
    coins_written,
    edits_read,
    edits_written,
    figures_read,
    futures_read,
    futures_written,
    own_read,
    own_written,
    row,
)
from hedge_widgets.pages.hedge.contracts import ContractMemory
from hedge_widgets.pages.hedge.controls import WINDOW
from hedge_widgets.pages.hedge.examples import example_inputs, examples
from hedge_widgets.widgets.controls import finite

_LOADED = ("hedge_price", "impact", "residual")


@functools.cache
def _told() -> tuple[HedgeInputs, ...]:
    """Return the inputs of all examples."""
    return tuple(map(example_inputs, examples()))


def _loaded_written(inputs: HedgeInputs) -> Any:
    """Return the place of the example they are, else what no control shows of inputs that were loaded."""
    if inputs in _told():
        return _told().index(inputs)
    return [inputs.contract.label, *(float(getattr(inputs, name)) for name in _LOADED)]


def _loaded_read(value: Any) -> HedgeInputs:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < len(examples()):
            raise InputError(f"the example in the address must be 0 to {len(examples()) - 1}, not {value}")
        return example_inputs(examples()[value])
    label, *given = row(value, "what was loaded", 1 + len(_LOADED))
    if len(given) != len(_LOADED):
        raise InputError("what was loaded must be in the address as a contract and three numbers")
    fields: dict[str, Any] = {name: finite(number, name) for name, number in zip(_LOADED, given, strict=True)}
    return replace(example_inputs(examples()[0]), contract=contract(label), **fields)


def _sized_read(value: Any) -> dict[str, float]:
    sized = figures_read(value, "what the hedge was sized for")
    if set(sized) != set(SIZED):
        raise InputError(f"what the hedge was sized for must be {', '.join(SIZED)}")
    return sized


def _days_read(value: Any) -> float:
    days = finite(value, "the history used")
    low, high = WINDOW.positions[0], WINDOW.positions[-1]
    if not low <= days <= high:
        raise WINDOW.refusal(days, low, high)
    return days


def _plain(fields: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in fields.items()}


CODECS: dict[str, Codec] = {
    "_loaded": (_loaded_written, _loaded_read),
    "_sized": (_plain, _sized_read),
    "_portfolio": (coins_written, coins_read),
    "_edited": (edits_written, edits_read),
    "_memory": (lambda memory: own_written(memory.own), lambda value: ContractMemory(own_read(value))),
    "_days": (float, _days_read),
    "_futures": (futures_written, lambda value: futures_read(value, {})),
}
