"""Worked examples of ``examples.json`` as model inputs."""

import functools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hedge_widgets.market.facts import contract
from hedge_widgets.market.market import Market
from hedge_widgets.model.hedge import HedgeInputs, expected_hedge_move, hedge_outcome
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.style import filled


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


@functools.cache
def claim_of(place: int) -> tuple[str, str]:
    """Return (what is true, what is often said) of an example; the figures of what is true are the model's."""
    example = examples()[place]
    inputs = example_inputs(example)
    out = hedge_outcome(inputs)
    figures = {**vars(out), "beta": inputs.beta}
    if out.notional is not None:
        figures |= {
            "target_amount": out.target_notional / inputs.hedge_price,
            "share_of_target": out.notional / out.target_notional if out.target_notional else None,
            "share_of_spot": out.notional / out.spot_value,
            "delta_taken": out.spot_value - out.net_delta,
        }
    return filled(example["true"], figures), example.get("said") or ""
