"""What the hedge-ratio lab hands over in the page's address. Addresses are hostile: every field is judged here."""

import math
from dataclasses import replace
from typing import Any

from hedge_widgets.market.facts import contract
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio

_NUMBERS = ("price", "value", "hedge_price", "beta", "correlation", "spot_volatility", "hedge_volatility")


def handed_over(state: Any, base: HedgeInputs) -> tuple[HedgeInputs, str]:
    """Return (``base`` with the coin, the contract and the figures of ``state``; where they come from, in words).

    The ratio of the lab is the beta of a hedge of the basis "beta" at full coverage, so the hedge has that ratio.

    Raises
    ------
    InputError
        Naming the field, what it must be and what it is.
    """
    if not isinstance(state, dict):
        raise InputError("the part of the address after #hedge= must be what the hedge-ratio lab writes there")
    numbers: dict[str, Any] = {}
    for name in _NUMBERS:
        value = state.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise InputError(f"{name} in the address must be a finite number, not {value!r:.40}")
        numbers[name] = float(value)
    words: dict[str, Any] = {name: state.get(name) for name in ("coin", "contract", "origin")}
    for name, word in words.items():
        if not isinstance(word, str):
            raise InputError(f"{name} in the address must be text, not {word!r:.40}")
    price, value = numbers.pop("price"), numbers.pop("value")
    if not (1e-12 < price < 1e12 and 0 < value < 1e13):
        raise InputError(f"price and value in the address must be above 0, not {price:g} and {value:g}")
    coin = Holding(symbol=words["coin"].upper(), quantity=value / price, price=price)
    inputs = replace(
        base,
        portfolio=Portfolio((coin,)),
        contract=contract(words["contract"]),
        basis="beta",
        coverage=1.0,
        **numbers,
    )
    return inputs, words["origin"][:120]
