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

from hedge_widgets.model.margin import Account, Position, account_state, opening_refusal
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


# ---- coins -----------------------------------------------------------------------------------------------------------
def further_values(setting: PortfolioMarginSetting, values: Values, moves: Array) -> list[Array]:
    """Return what each further coin is worth after moves, quote currency; negative where it is owed."""
    way = np.clip(moves / setting.own_at, 0.0, 1.0) if setting.own_at else 0.0
    worth = []
    for place, one in enumerate(setting.further):
        share = one.share + (values["second_spot"] if place == 0 else 0.0)
        move = 0.0 if one.is_stable else one.beta * moves + setting.own_move * way
        worth.append(share * setting.size * np.maximum(1.0 + move, 0.0))
    return worth


def collateral(setting: PortfolioMarginSetting, values: Values, moves: Array) -> Array:
    """Return what all coins count for in a unified account after moves, quote currency.

    Coins count with the collateral ratio; dollar stablecoins, and what is owed, in full.
    """
    counted = setting.collateral_ratio * values["spot"] * setting.size * (1.0 + moves)
    for one, worth in zip(setting.further, further_values(setting, values, moves), strict=True):
        ratio = 1.0 if one.is_stable and not one.is_foreign else setting.collateral_ratio
        counted = counted + np.where(worth > 0, ratio, 1.0) * worth
    return np.asarray(counted)


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


def tier_state(setting: PortfolioMarginSetting, values: Values, moves: Array) -> tuple[Array, Array]:
    """Return (equity, maintenance margin) of a unified account after moves: cash and every coin back all positions."""
    account = Account(positions=positions(setting, values, isolated=False), wallet=setting.cash)
    state = account_state(account, {setting.coin: moves})
    equity = state.equity + collateral(setting, values, moves)
    return equity, np.broadcast_to(state.maintenance_margin, np.shape(equity))


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

    ``legs`` are those of the first coin's risk unit, ``unit`` its margin; the units of further coins hold spot alone,
    which requires none. ``waived`` is what the hypothetical credit takes away.
    """

    legs: list[Leg]
    rules: PortfolioRules
    unit: UnitMargin
    waived: Array
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
    waived = _waived(setting, unit, further_values(setting, values, moves), values["credit"])
    backing = collateral(setting, values, moves)
    gain = (values["perpetual"] + values["future"]) * setting.size * moves
    shape = np.broadcast_shapes(np.shape(unit.maintenance_margin), np.shape(backing))
    return PortfolioState(
        legs=legs,
        rules=rules,
        unit=unit,
        waived=np.broadcast_to(waived, shape),
        maintenance_margin=np.broadcast_to(unit.maintenance_margin - waived, shape),
        equity=np.broadcast_to(setting.cash + backing + gain + worth, shape),
    )


def _waived(setting: PortfolioMarginSetting, unit: UnitMargin, further: list[Array], credit: Array) -> Any:
    """Return what a venue would waive if spot of correlated coins were allowed to offset; hypothetical.

    The spot of every further coin with a grid then counts as a unit of its own; charges for basis and closing stay.
    """
    if not np.any(credit > 0):
        return np.zeros(())
    units = {
        one.coin: unit_margin(
            [Leg(instrument="future", quantity=worth, price=1.0)], replace(one.rules, volatility_shocks=(0.0,))
        )
        for one, worth in zip(setting.further, further, strict=True)
        if one.rules is not None and np.any(worth)
    }
    # A share of the offset in full: rows differ in their credit, which the model takes as one number.
    pairs = dict.fromkeys(((setting.coin, coin) for coin in units), 1.0)
    full = correlation_credit({setting.coin: unit, **units}, pairs)
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
    for _ in range(7 if place.any() else 0):  # most books have nothing to find in one of the two directions
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = np.where(at_a * at_b < 0, b - at_b * (b - a) / (at_b - at_a), b)
        value = buffer(middle[:, None])[:, 0]
        is_same_side = value * at_b > 0
        a, at_a = np.where(is_same_side, a, b), np.where(is_same_side, at_a / 2.0, at_b)
        b, at_b = middle, value
    return np.where(is_out.any(axis=1), np.where(place == 0, moves[0], b), np.nan)
