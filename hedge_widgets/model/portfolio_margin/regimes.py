"""One book under three regimes: isolated positions, a unified account with tiers, portfolio margin.

``values`` are the sliders', arrays of shape (rows, 1): ``spot``, ``perpetual``, ``future``, ``puts`` and
``second_spot`` as shares of the setting's size (perpetual and future signed), ``leverage``, ``volatility`` (annual) and
``credit``.
``moves`` are simple moves of the coin from today's price, shape (1 or rows, points).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.margin import Account, Position, SpotCollateral, opening_refusal
from hedge_widgets.model.margin.venues import BELOW_MINIMUM
from hedge_widgets.model.options import option_value
from hedge_widgets.model.portfolio_margin import (
    Leg,
    PortfolioRules,
    UnitMargin,
    correlation_credit,
    unit_margin,
)
from hedge_widgets.model.portfolio_margin.setting import PortfolioMarginSetting

Array = npt.NDArray[np.float64]
Values = dict[str, Array]
FUTURES = ("perpetual", "future")
REFUSED_BY_CAP = 4  # after the codes of opening_refusal


def _coins(setting: PortfolioMarginSetting, values: Values, name: str) -> Array:
    return values[name] * setting.size / setting.price


# ---- tiers -----------------------------------------------------------------------------------------------------------
def positions(setting: PortfolioMarginSetting, values: Values, *, isolated: bool) -> tuple[Position, Position]:
    """Return perpetual and future; each with its initial margin as collateral of its own where ``isolated``."""

    def position(name: str) -> Position:
        notional = np.abs(values[name]) * setting.size
        return Position(
            coin=setting.coin,
            kind="linear",
            side=np.where(values[name] < 0, -1.0, 1.0),
            quantity=notional / setting.price,
            entry_price=setting.price,
            mark_price=setting.price,
            tiers=setting.contract.tiers,
            closing_fee_rate=setting.contract.closing_fee_rate,
            collateral=notional / values["leverage"] if isolated else None,
        )

    return position("perpetual"), position("future")


def unified_account(setting: PortfolioMarginSetting, values: Values) -> Account:
    """Return the account in which all positions share the cash and the coins of both kinds back them."""
    ratio = setting.collateral_ratio
    spot = SpotCollateral(
        coin=setting.coin, quantity=_coins(setting, values, "spot"), price=setting.price, collateral_ratio=ratio
    )
    second = SpotCollateral(
        coin=setting.second, quantity=values["second_spot"] * setting.size, price=1.0, collateral_ratio=ratio
    )
    return Account(positions=positions(setting, values, isolated=False), wallet=setting.cash, spot=(spot, second))


def tier_refusal(setting: PortfolioMarginSetting, values: Values) -> Any:
    """Return why perpetual or future are refused: a code of ``OPENING_REFUSALS``, or ``REFUSED_BY_CAP``; 0: not.

    Shape (rows, 1); a position that is not there is not refused.
    """
    tiers, code = setting.contract.tiers, np.zeros(1)
    for name in FUTURES:
        notional = np.abs(values[name]) * setting.size
        is_there = notional > 0
        quantity = np.where(is_there, notional, setting.size) / setting.price
        terms = (quantity, setting.price, values["leverage"], tiers)
        refused = opening_refusal("linear", *terms, min_notional=setting.contract.smallest_notional(setting.price))
        refused = np.where(notional > tiers.caps[-1], REFUSED_BY_CAP, refused)
        # What is too small is no position in any regime, so that comes before what only the tiers refuse.
        refused = np.where(is_there, refused, 0)
        code = np.where((code == BELOW_MINIMUM) | (refused == BELOW_MINIMUM), BELOW_MINIMUM, np.maximum(code, refused))
    return code


# ---- portfolio margin ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class PortfolioState:
    """The book under portfolio margin at moves of the price, quote currency, shapes (rows, points).

    ``legs`` are those of the coin's risk unit; ``let_off`` is what the hypothetical credit takes away.
    """

    legs: list[Leg]
    rules: PortfolioRules
    unit: UnitMargin
    let_off: Array
    maintenance_margin: Array
    equity: Array


def portfolio_state(setting: PortfolioMarginSetting, values: Values, moves: Array) -> PortfolioState:
    """Return the risk unit, its margin and the account's equity after moves.

    The equity counts cash, coins with their collateral ratio, the gains of perpetual and future, and the puts at their
    value on the future (Black 1976, no discounting).
    """
    price = setting.price * (1.0 + moves)
    legs = [
        Leg(instrument="spot", quantity=_coins(setting, values, "spot"), price=price),
        Leg(instrument="perpetual", quantity=_coins(setting, values, "perpetual"), price=price),
        Leg(instrument="future", quantity=_coins(setting, values, "future"), price=price, years=setting.years),
    ]
    rules, worth = setting.rules, np.zeros(())
    if np.any(values["puts"] > 0):
        puts = _coins(setting, values, "puts")
        terms: dict[str, Any] = {"strike": setting.strike, "volatility": values["volatility"]}
        legs.append(Leg(instrument="put", quantity=puts, price=price, years=setting.years, **terms))
        deviation = values["volatility"] * np.sqrt(setting.years)
        worth = puts * option_value(price, setting.strike, deviation, "put")
    else:
        rules = replace(rules, volatility_shocks=(0.0,))  # which move nothing else
    unit = unit_margin(legs, rules)
    has_puts = values["puts"] > 0
    unit = replace(unit, binding_volatility_shock=np.where(has_puts, unit.binding_volatility_shock, 0.0))
    second = values["second_spot"] * setting.size * np.maximum(1.0 + setting.second_beta * moves, 0.0)
    let_off = _let_off(setting, unit, second, values["credit"])
    backing = setting.collateral_ratio * (values["spot"] * setting.size * (1.0 + moves) + second)
    gain = (values["perpetual"] + values["future"]) * setting.size * moves
    shape = np.broadcast_shapes(np.shape(unit.maintenance_margin), np.shape(backing))
    return PortfolioState(
        legs=legs,
        rules=rules,
        unit=unit,
        let_off=np.broadcast_to(let_off, shape),
        maintenance_margin=np.broadcast_to(unit.maintenance_margin - let_off, shape),
        equity=np.broadcast_to(setting.cash + backing + gain + worth, shape),
    )


def _let_off(setting: PortfolioMarginSetting, unit: UnitMargin, second: Array, credit: Array) -> Any:
    """Return what a venue would let off if spot of a correlated coin were allowed to offset; hypothetical.

    The second coin's spot then counts as a long unit of its own; charges for basis and closing stay.
    """
    if setting.second_rules is None or not np.any(credit > 0):
        return np.zeros(())
    long = unit_margin([Leg(instrument="future", quantity=second, price=1.0)], setting.second_rules)
    # A share of the offset in full: rows differ in their credit, which the model takes as one number.
    full = correlation_credit({setting.coin: unit, setting.second: long}, {(setting.coin, setting.second): 1.0})
    least = np.maximum(unit.minimum_charge, unit.basis_charge)
    return np.minimum(credit * full[setting.coin], np.maximum(unit.maintenance_margin - least, 0.0))


# ---- where a buffer is used up ---------------------------------------------------------------------------------------
def first_zero(buffer: Callable[[Array], Array], moves: Array, known: Array) -> Array:
    """Return the first of ``moves`` (points,) at which a buffer is used up, shape (rows,); NaN where it lasts.

    ``known`` is the buffer at the moves, shape (rows, points); between two of them the zero is found by the Illinois
    method of false position, ``buffer`` taking moves of shape (rows, 1). 0 where nothing is left at the first.
    """
    is_out = known <= 0
    place = np.argmax(is_out, axis=1)
    before = np.maximum(place - 1, 0)
    rows = np.arange(len(known))
    a, b = moves[before], moves[place]
    at_a, at_b = known[rows, before], known[rows, place]
    for _ in range(7):
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = np.where(at_a * at_b < 0, b - at_b * (b - a) / (at_b - at_a), b)
        value = buffer(middle[:, None])[:, 0]
        is_same_side = value * at_b > 0
        a, at_a = np.where(is_same_side, a, b), np.where(is_same_side, at_a / 2.0, at_b)
        b, at_b = middle, value
    return np.where(is_out.any(axis=1), np.where(place == 0, moves[0], b), np.nan)
