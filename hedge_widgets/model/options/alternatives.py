"""One share of a holding protected in six ways, all costs counted: shorts, options, a sale (docs/model.md 3.10)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry import (
    Carry,
    CarryInputs,
    carry_comparison,
    inverse_liquidation_move,
    linear_liquidation_move,
    short_price_pnl,
)
from hedge_widgets.model.carry.basis import DAYS_PER_YEAR
from hedge_widgets.model.limits import POSITIVE, Limit, Numeric, missing_as_none
from hedge_widgets.model.margin import MarginTiers
from hedge_widgets.model.options.pricing import VOLATILITY, OptionValue, black_scholes
from hedge_widgets.model.options.protection import collar, option_fee, protective_put, zero_cost_call_strike

ALTERNATIVES = ("perpetual", "dated", "inverse", "put", "collar", "sale")
LIMITS = {
    "coverage": Limit(0.001, 20.0),
    "move": Limit(-1.0, 100.0),
    "rise": Limit(0.001, 100.0),
    "put_strike": POSITIVE,
    "put_volatility": VOLATILITY,
    "call_volatility": VOLATILITY,
    "option_fee_rate": Limit(0.0, 0.1),
    "spot_fill_cost_rate": Limit(-0.1, 0.5),
    "closing_fee_rate": Limit(0.0, 0.1),
}


@dataclass(frozen=True, kw_only=True)
class ProtectionInputs:
    """What is protected, and on what terms.

    ``short`` describes the three shorts: its notional is the protected value, ``coverage`` what share of the holding
    that is, so the holding is worth notional / coverage. ``tiers`` and ``closing_fee_rate`` are those of the linear
    contracts. Options expire after ``short.days``, and their future costs what money earns until then: spot times 1 +
    ``short.money_rate`` x years, whatever the dated future does; ``call_strike`` None is the collar without net
    premium. ``move`` is that of the coin over the days (it may be an array), ``rise`` the one by which the upside is
    judged. ``spot_fill_cost_rate`` is fee and slippage of selling coins, and again of buying them back.
    """

    short: CarryInputs
    coverage: Numeric
    move: Numeric
    tiers: MarginTiers
    put_strike: Numeric
    put_volatility: Numeric
    call_volatility: Numeric
    call_strike: Numeric | None = None
    rise: Numeric = 0.5
    option_fee_rate: Numeric = 0.0003
    spot_fill_cost_rate: Numeric = 0.001
    closing_fee_rate: Numeric = 0.0

    def __post_init__(self) -> None:
        limits = LIMITS if self.call_strike is None else LIMITS | {"call_strike": POSITIVE}
        POSITIVE.checked("notional", self.short.notional)
        for name, limit in limits.items():
            object.__setattr__(self, name, limit.checked(name, getattr(self, name)))


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One way to protect, quote currency: pnl = spot_pnl + protection_pnl + carry - cost.

    ``cost`` is fees, slippage, net premium and what margin and premium could have earned; ``worst_pnl`` the outcome of
    coins that become worthless, the hedge having lived as long as its carry let it; ``upside_kept`` the share of the
    holding's gain that is left at the chosen rise, costs aside, None (NaN) for a short that does not live to see it.
    ``margin`` is to be posted in quote currency, ``coins_posted`` in coins one has. ``liquidation_move`` is the move
    that closes the short, and closed it at every one beyond, -1 where its carry did so by itself, after ``eaten_days``;
    None (NaN in arrays) where none does.

    A collar that does not exist, because no call above the put's strike pays for the put, is None throughout; a future
    that cannot be rolled, because its basis is no rate to go on at, has no ``carry`` and no outcome.
    """

    pnl: Any
    spot_pnl: Any
    protection_pnl: Any
    carry: Any
    cost: Any
    worst_pnl: Any
    upside_kept: Any
    margin: Any
    coins_posted: Any
    liquidation_move: Any
    eaten_days: Any


def alternatives(inputs: ProtectionInputs) -> dict[str, Alternative]:
    """Return the outcome of each of ``ALTERNATIVES`` for the same share of the holding over the same days.

    Raises
    ------
    InputError
        If there is no time or volatility to find the collar's call strike from, or a given one lies below the put's.
    """
    shorts = carry_comparison(inputs.short)
    return {name: _short(inputs, name, shorts[name]) for name in ("perpetual", "dated", "inverse")} | {
        "put": _put(inputs),
        "collar": _collar(inputs),
        "sale": _sale(inputs),
    }


def _alternative(inputs: ProtectionInputs, payoff: Any, carry: Any, cost: Any, **terms: Any) -> Alternative:
    """Return the row of a protection whose gain at a move of the coin is ``payoff(move)``, carry and cost aside."""
    value = inputs.short.notional / inputs.coverage

    def gross(move: Any) -> Any:
        return value * move + payoff(move)

    protection = payoff(inputs.move)
    kept = (gross(inputs.rise) - gross(0.0)) / (value * inputs.rise)
    values = {
        "pnl": value * inputs.move + protection + carry - cost,
        "spot_pnl": value * inputs.move,
        "protection_pnl": protection,
        "carry": carry,
        "cost": cost,
        "worst_pnl": gross(-1.0) + carry - cost,
        "upside_kept": np.where(inputs.rise >= terms.get("liquidation_move", np.nan), np.nan, kept),
        "margin": 0.0,
        "coins_posted": 0.0,
        "liquidation_move": None,
        "eaten_days": None,
    }
    return Alternative(**{name: missing_as_none(value) for name, value in (values | terms).items()})


def _short(inputs: ProtectionInputs, name: str, carry: Carry) -> Alternative:
    notional, price = inputs.short.notional, inputs.short.spot_price
    earned = _array(carry.carry)
    paid = np.maximum(-np.nan_to_num(earned), 0.0)
    left = carry.backing - paid
    terms: dict[str, Any] = {"margin": carry.margin, "eaten_days": carry.eaten_days}
    if name == "inverse":
        terms["coins_posted"] = notional / price
        dies = _array(inverse_liquidation_move(notional, paid, inputs.short.maintenance_margin))
    else:
        dies = _array(linear_liquidation_move(notional, price, left, inputs.tiers, inputs.closing_fee_rate))

    def payoff(move: Any) -> Any:
        gained = short_price_pnl(notional, left, dies, move)
        if name == "inverse":  # coins that are gone do not gain with the price either
            gained = gained - np.where(np.asarray(move) >= dies, notional * move, 0.0)
        return gained

    return _alternative(inputs, payoff, earned, carry.fees + carry.margin_cost, **terms, liquidation_move=dies)


def put_value(inputs: ProtectionInputs) -> OptionValue:
    """Return price and greeks of the put on one coin, quote currency; its delta is per unit of the coin's price."""
    return _option(inputs, "put", inputs.put_strike, inputs.put_volatility)


def _growth(inputs: ProtectionInputs) -> tuple[Any, Any]:
    """Return (what money grows to over the days, years of them)."""
    years = np.asarray(inputs.short.days) / DAYS_PER_YEAR
    return 1.0 + inputs.short.money_rate * years, years


def _option(inputs: ProtectionInputs, kind: str, strike: Any, volatility: Any) -> OptionValue:
    growth, years = _growth(inputs)
    rate = np.log(growth) / np.where(years > 0, years, 1.0)
    return black_scholes(kind, inputs.short.spot_price, strike, years, volatility, rate)


def _put(inputs: ProtectionInputs) -> Alternative:
    price = inputs.short.spot_price
    coins = inputs.short.notional / price
    premium, (growth, _) = put_value(inputs).price, _growth(inputs)

    def payoff(move: Any) -> Any:
        final = price * (1.0 + move)
        return protective_put(coins, price, inputs.put_strike, 0.0, final).pnl - coins * (final - price)

    fee = option_fee(price, premium, inputs.option_fee_rate)
    return _alternative(inputs, payoff, 0.0, coins * (premium * growth + fee))


def _collar(inputs: ProtectionInputs) -> Alternative:
    price, put_strike, call_strike = inputs.short.spot_price, inputs.put_strike, inputs.call_strike
    coins, exists, (growth, years) = inputs.short.notional / price, np.asarray(True), _growth(inputs)
    if call_strike is None:
        volatilities = inputs.put_volatility, inputs.call_volatility
        found = zero_cost_call_strike(put_strike, price * growth, years, *volatilities)
        exists, call_strike = np.asarray(found >= put_strike), np.maximum(found, put_strike)
    bought = put_value(inputs).price
    sold = _option(inputs, "call", call_strike, inputs.call_volatility).price

    def payoff(move: Any) -> Any:
        final = price * (1.0 + move)
        return collar(coins, price, put_strike, call_strike, 0.0, 0.0, final).pnl - coins * (final - price)

    fees = sum(option_fee(price, premium, inputs.option_fee_rate) for premium in (bought, sold))
    row = _alternative(inputs, payoff, 0.0, coins * ((bought - sold) * growth + fees), coins_posted=coins)
    if exists.all():
        return row
    # A put above the forward is dearer than any call that is sold above it.
    fields = vars(row) | {"liquidation_move": np.nan, "eaten_days": np.nan}
    return Alternative(**{name: missing_as_none(np.where(exists, value, np.nan)) for name, value in fields.items()})


def _sale(inputs: ProtectionInputs) -> Alternative:
    notional, years = inputs.short.notional, inputs.short.days / DAYS_PER_YEAR
    interest = notional * inputs.short.money_rate * years
    return _alternative(inputs, lambda move: -notional * move, interest, 2.0 * notional * inputs.spot_fill_cost_rate)


def _array(value: Any) -> Any:
    return np.asarray(np.nan if value is None else value, dtype=np.float64)
