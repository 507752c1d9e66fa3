"""Worked examples of ``examples.json``, as plans with the closes since they were opened."""

import functools
import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hedge_widgets.market.facts import contract
from hedge_widgets.market.plan import Plan
from hedge_widgets.model.book import Book, Future, Hedge
from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.pages.watch.controls import ASK

if TYPE_CHECKING:
    import pandas as pd


@functools.cache
def examples() -> tuple[dict[str, Any], ...]:
    """Return the worked examples; each has a title, coins, closes, a book, its futures and hand-checked figures."""
    return tuple(json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8")))


def example_day(place: int) -> date:
    """Return the day on which an example is watched."""
    return date.fromisoformat(examples()[place]["today"])


@functools.cache
def example_prices(place: int) -> "pd.DataFrame":
    """Return an example's daily closes: straight lines between its points (days ago, price)."""
    import pandas as pd

    given = examples()[place]["prices"]
    length = max(int(points[0][0]) for points in given.values())
    ago = np.arange(length, -1, -1)
    days = pd.DatetimeIndex([example_day(place) - timedelta(days=int(day)) for day in ago])
    columns = {
        coin: np.interp(-ago, [-day for day, _ in points], [price for _, price in points])
        for coin, points in given.items()
    }
    return pd.DataFrame(columns, index=days)


@functools.cache
def example_plan(place: int) -> Plan:
    """Return the book of an example, with its open futures."""
    example = examples()[place]
    hedge = {**example["hedge"], "contract": contract(example["hedge"]["contract"])}
    coins = {coin: (quantity, example["prices"][coin][-1][1]) for coin, quantity in example["coins"].items()}
    futures = tuple(
        Future(
            contract=contract(label),
            contracts=count,
            entry_price=entry,
            leverage=leverage,
            opened_on=date.fromisoformat(day),
        )
        for label, count, entry, leverage, day in example["futures"]
    )
    return Plan(book=Book(holdings=Portfolio.of(coins), hedge=Hedge(**hedge), futures=futures, **example["book"]))


def planned_fields(plan: Plan) -> dict[str, Any]:
    """Return what boxes, choices and sliders are at a plan, by name, in the model's units."""
    return {"coverage": plan.book.hedge.coverage, "cash": plan.book.cash, "days": plan.book.days}


def example_fields(place: int) -> dict[str, Any]:
    """Return what an example's choices, boxes and sliders stand for."""
    return {"sizes": ASK, "coins_then": 0.0, "basis": 0.0, "move": 0.0, **planned_fields(example_plan(place))}
