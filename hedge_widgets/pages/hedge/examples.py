"""Worked examples of ``examples.json`` as model inputs."""

import functools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hedge_widgets.market.facts import contract
from hedge_widgets.market.market import Market
from hedge_widgets.model.hedge import HedgeInputs, expected_hedge_move
from hedge_widgets.model.portfolio import Holding, Portfolio


@functools.cache
def examples() -> tuple[dict[str, Any], ...]:
    """Return the worked examples; each has a title, what is often said and true, inputs and hand-checked figures."""
    return tuple(json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8")))


def example_inputs(example: dict[str, Any]) -> HedgeInputs:
    """Return an example's inputs; what it leaves out comes from its contract and from the shipped figures.

    ``hedge_move`` is how the hedge asset did move; what was not expected of that is its own.
    """
    fields = dict(example["inputs"])
    spec = contract(fields.pop("contract"))
    portfolio = Portfolio(tuple(Holding(symbol=s, quantity=q, price=p) for s, q, p in fields.pop("holdings")))
    market, happened = Market(), fields.pop("hedge_move", None)
    known = {**market.terms(spec), **market.figures(portfolio, spec.underlying).fields}
    inputs = HedgeInputs(portfolio=portfolio, contract=spec, **{**known, **fields})
    if happened is None:
        return inputs
    terms = (inputs.move, inputs.correlation, inputs.spot_volatility, inputs.hedge_volatility)
    return replace(inputs, own_move=(1.0 + happened) / (1.0 + expected_hedge_move(*terms)) - 1.0)
