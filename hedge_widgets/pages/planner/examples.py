"""Worked examples of ``examples.json``, as plans, fields and slider values."""

import functools
import json
from pathlib import Path
from typing import Any

from hedge_widgets.market.facts import contract
from hedge_widgets.market.plan import Plan
from hedge_widgets.model.book import Book, Hedge
from hedge_widgets.model.costs import SPOT_FEE_RATE
from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.pages.planner.controls import ANY_VENUE, BY_COVERAGE

FIELDS: dict[str, Any] = {
    "venue": ANY_VENUE,
    "sized_by": BY_COVERAGE,
    "exit": "event",
    "volatility": 0.5,
    "loss": 500.0,
    "tolerance": 0.02,
    "spot_fee_rate": SPOT_FEE_RATE,
}


@functools.cache
def examples() -> tuple[dict[str, Any], ...]:
    """Return the worked examples; each has a title, a book, fields, the accepted chance and hand-checked figures."""
    return tuple(json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8")))


@functools.cache
def example_plan(place: int) -> Plan:
    """Return the book of an example."""
    example = examples()[place]
    hedge = {**example["hedge"], "contract": contract(example["hedge"]["contract"])}
    coins = Portfolio.of({symbol: tuple(pair) for symbol, pair in example["coins"].items()})
    return Plan(book=Book(holdings=coins, hedge=Hedge(**hedge), **example["book"]))


def planned_fields(plan: Plan) -> dict[str, Any]:
    """Return what boxes, choices and sliders are at a plan, by name, in the model's units."""
    book, hedge = plan.book, plan.book.hedge
    return {
        "contract": hedge.contract.label,
        "coverage": hedge.coverage,
        "sized_by": BY_COVERAGE,
        "cash": book.cash,
        "move": book.move,
        "days": book.days,
    }


def example_fields(place: int) -> dict[str, Any]:
    """Return what an example's choices, boxes and sliders stand for."""
    example = examples()[place]
    return {**FIELDS, **planned_fields(example_plan(place)), **example["fields"], "limit": example["limit"]}
