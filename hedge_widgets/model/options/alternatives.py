"""The same share of a holding protected in six ways, all costs counted: shorts, options, a sale (model.md 3.10)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry import Carry, CarryInputs, carry_comparison, converging_price, futures_basis
from hedge_widgets.model.carry.basis import DAYS_PER_YEAR
from hedge_widgets.model.limits import POSITIVE, Limit, Numeric, missing_as_none
from hedge_widgets.model.margin import MarginTiers, liquidation_price
from hedge_widgets.model.options.pricing import VOLATILITY, black_76
from hedge_widgets.model.options.protection import collar, option_fee, protective_put, zero_cost_call_strike

ALTERNATIVES = ("perpetual", "dated", "inverse", "put", "collar", "sale")
LIMITS = {
    "coverage": Limit(0.001, 1.0),
    "move": Limit(-1.0, 100.0),
    "rise": Limit(0.001, 100.0),
    "put_strike": POSITIVE,
    "put_volatility": VOLATILITY,
    "call_volatility": VOLATILITY,
    "option_fee_rate": Limit(0.0, 0.1),
    "spot_fill_cost_rate": Limit(-0.1, 0.5),
}


@dataclass(frozen=True, kw_only=True)
class ProtectionInputs:
    """What is protected, and on what terms.

    ``short`` describes the three shorts: its notional is the protected value, ``coverage`` what share of the holding
    that is, so the holding is worth notional / coverage. ``tiers`` are those of the linear contracts. Options are on a
    future that expires after ``short.days``; ``call_strike`` None is the collar without net premium. ``move`` is that
    of the coin over the days (it may be an array), ``rise`` the one by which the upside is judged.
    ``spot_fill_cost_rate`` is fee and slippage of selling coins, and again of buying them back.
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

    def __post_init__(self) -> None:
        limits = LIMITS if self.call_strike is None else LIMITS | {"call_strike": POSITIVE}
        POSITIVE.checked("notional", self.short.notional)
        for name, limit in limits.items():
            object.__setattr__(self, name, limit.checked(name.replace("_", " "), getattr(self, name)))


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One way to protect, quote currency: pnl = spot_pnl + protection_pnl + carry - cost.

    ``cost`` is fees, slippage, net premium and what the margin could have earned; ``worst_pnl`` the outcome of coins
    that become worthless while the hedge lives; ``upside_kept`` the share of the holding's gain that is left at the
    chosen rise, costs aside. ``margin`` is to be posted in quote currency, ``coins_posted`` in coins one has.
    ``liquidation_move`` is the rise that closes the short, None (NaN in arrays) where none does. A collar that does not
    exist, because no call above the put's strike pays for the put, is None throughout.
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
    values = {
        "pnl": value * inputs.move + protection + carry - cost,
        "spot_pnl": value * inputs.move,
        "protection_pnl": protection,
        "carry": carry,
        "cost": cost,
        "worst_pnl": gross(-1.0) + carry - cost,
        "upside_kept": (gross(inputs.rise) - gross(0.0)) / (value * inputs.rise),
        "margin": 0.0,
        "coins_posted": 0.0,
        "liquidation_move": None,
    }
    return Alternative(**{name: missing_as_none(value) for name, value in (values | terms).items()})


def _short(inputs: ProtectionInputs, name: str, carry: Carry) -> Alternative:
    notional, price = inputs.short.notional, inputs.short.spot_price
    terms: dict[str, Any] = {"margin": carry.margin}
    if name == "inverse":
        # Backed by the coins it hedges it is worth n C / P coins at every price, more than its margin: no liquidation.
        terms["coins_posted"] = notional / price
    else:
        dies = liquidation_price("linear", -1.0, notional / price, price, carry.margin, inputs.tiers)
        terms["liquidation_move"] = np.asarray(np.nan if dies is None else dies) / price - 1.0
    return _alternative(inputs, lambda move: -notional * move, carry.carry, carry.fees + carry.margin_cost, **terms)


def _forward(inputs: ProtectionInputs) -> tuple[Any, Any]:
    """Return (price of the future that expires after the days, years to that)."""
    short = inputs.short
    basis = futures_basis(short.spot_price, short.futures_price, short.days_to_expiry)
    return converging_price(short.spot_price, basis.annual_log, short.days), short.days / DAYS_PER_YEAR


def _put(inputs: ProtectionInputs) -> Alternative:
    forward, years = _forward(inputs)
    price = inputs.short.spot_price
    coins = inputs.short.notional / price
    premium = black_76("put", forward, inputs.put_strike, years, inputs.put_volatility).price

    def payoff(move: Any) -> Any:
        final = price * (1.0 + move)
        return protective_put(coins, price, inputs.put_strike, 0.0, final).pnl - coins * (final - price)

    fee = option_fee(price, premium, inputs.option_fee_rate)
    return _alternative(inputs, payoff, 0.0, coins * (premium + fee))


def _collar(inputs: ProtectionInputs) -> Alternative:
    forward, years = _forward(inputs)
    price, put_strike, call_strike = inputs.short.spot_price, inputs.put_strike, inputs.call_strike
    coins, exists = inputs.short.notional / price, np.asarray(True)
    if call_strike is None:
        found = zero_cost_call_strike(put_strike, forward, years, inputs.put_volatility, inputs.call_volatility)
        exists, call_strike = np.asarray(found >= put_strike), np.maximum(found, put_strike)
    bought = black_76("put", forward, put_strike, years, inputs.put_volatility).price
    sold = black_76("call", forward, call_strike, years, inputs.call_volatility).price

    def payoff(move: Any) -> Any:
        final = price * (1.0 + move)
        return collar(coins, price, put_strike, call_strike, 0.0, 0.0, final).pnl - coins * (final - price)

    fees = sum(option_fee(price, premium, inputs.option_fee_rate) for premium in (bought, sold))
    row = _alternative(inputs, payoff, 0.0, coins * (bought - sold + fees), coins_posted=coins)
    if exists.all():
        return row
    # A put above the forward is dearer than any call that is sold above it.
    fields = vars(row) | {"liquidation_move": np.nan}
    return Alternative(**{name: missing_as_none(np.where(exists, value, np.nan)) for name, value in fields.items()})


def _sale(inputs: ProtectionInputs) -> Alternative:
    notional, years = inputs.short.notional, inputs.short.days / DAYS_PER_YEAR
    interest = notional * inputs.short.money_rate * years
    return _alternative(inputs, lambda move: -notional * move, interest, 2.0 * notional * inputs.spot_fill_cost_rate)
