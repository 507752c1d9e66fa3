"""Worked examples of ``examples.json``, and what a contract brings with it, as fields and slider values."""

import datetime
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np

from hedge_widgets.market.carry_terms import OTHER, funding_rule, funding_rules
from hedge_widgets.market.facts import contract
from hedge_widgets.market.funding_histories import SAMPLE
from hedge_widgets.market.shipped import shipped_volatility
from hedge_widgets.model.carry import ROLL_BEFORE, FundingRule, next_expiry
from hedge_widgets.model.carry.course import ANY_DAY
from hedge_widgets.model.carry.setting import TAKER
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.costs import daily, slippage_rate
from hedge_widgets.model.limits import POSITIVE
from hedge_widgets.widgets.ages import today

FIELDS: dict[str, Any] = {
    "opened_at": ANY_DAY,
    "orders": TAKER,
    "book_side": "sell",
    "coverage": 1.0,
    "leverage": 3.0,
    "limit_distance": 0.0005,
    "put_distance": 0.1,
    "spot_beta": 1.0,
    "spot_own_move": 0.0,
}
_FAR = datetime.timedelta(90)
VALUES = {"premium": -0.0002, "basis": 0.02, "move": -0.2, "order_value": 50_000.0, "hours": 1.0, "money_rate": 0.0}
_STAND_IN = ("Binance USD-M", OTHER)
UNKNOWN_VOLATILITY = 1.0  # a year: stands in for a coin of which none was collected
# A made-up book: its levels' shares of a side, and how much a side holds, as a share of the daily volume and dollars.
_BOOK = np.array([0.01, 0.02, 0.05, 0.12, 0.25, 0.55])
_DEPTH, _LEAST_DEPTH, _MOST_DEPTH = 2.5e-4, 1e5, 0.01
BOOK_LEVELS = len(_BOOK)


@functools.cache
def examples() -> tuple[dict[str, Any], ...]:
    """Return the worked examples; each has a title, fields, slider values and hand-checked figures."""
    return tuple(json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8")))


def example_fields(example: dict[str, Any]) -> dict[str, Any]:
    """Return what an example's choices, boxes and dates stand for; ``expires_in`` is days from today, its roll too."""
    given = dict(example["fields"])
    now, days = today(), given.pop("expires_in", None)
    expiry = next_expiry(now + _FAR, every_months=3) if days is None else now + datetime.timedelta(days)
    dates = {"today": now, "expiry": expiry, "roll_date": expiry - ROLL_BEFORE if days is None else expiry}
    spec = contract(given["contract"])
    return {**FIELDS, **dates, "history": f"{SAMPLE} {spec.underlying}", **terms_of(spec), **given}


def terms_of(spec: ContractSpec) -> dict[str, float]:
    """Return the fees, spread and volume that a contract brings with it."""
    return {name: getattr(spec, name) for name in ("maker_fee_rate", "taker_fee_rate", "half_spread", "daily_volume")}


def example_values(example: dict[str, Any]) -> dict[str, float]:
    """Return an example's slider values; what it leaves out comes from the shipped figures."""
    coin = contract(example["fields"]["contract"]).underlying
    return {**VALUES, "volatility": shipped_volatility(coin).value, **example["sliders"]}


def rule_of(spec: ContractSpec) -> FundingRule:
    """Return a contract's funding rule; where its venue has none, the usual formula, which says whose it is."""
    return funding_rule(spec) or funding_rules()[_STAND_IN]


Book = tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]


def made_up_book(
    spot_price: float, half_spread: float, daily_volume: float, volatility: float = UNKNOWN_VOLATILITY
) -> Book:
    """Return (bids, asks) around a price that give orders what the square-root law says they cost.

    An order that ends with a level pays exactly half-spread + sigma_day sqrt(Q / V) on average: the level's price is
    what the law's cost grows by over it. ``volatility`` is annual; the farthest bid stays above 0.

    Raises
    ------
    InputError
        If price or volume is not above 0.
    """
    spot_price, daily_volume = POSITIVE.each(spot_price=spot_price, daily_volume=daily_volume)
    side_value = min(max(_DEPTH * daily_volume, _LEAST_DEPTH), _MOST_DEPTH * daily_volume)
    half_spread = min(max(half_spread, 1e-7), 0.01)
    until = side_value * np.concatenate([[0.0], _BOOK.cumsum()])
    law = slippage_rate(half_spread, daily(min(volatility, 2.0)), until / daily_volume)
    away = np.diff(until * law) / np.diff(until)
    sizes = [float(f"{value:.4g}") for value in np.diff(until) / spot_price]

    def side(sign: float) -> tuple[tuple[float, float], ...]:
        prices = [float(f"{spot_price * (1.0 + sign * distance):.8g}") for distance in away]
        return tuple(zip(prices, sizes, strict=True))

    return side(-1.0), side(1.0)
