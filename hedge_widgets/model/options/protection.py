"""Coins protected by options: protective put, collar, premiums settled in coin (docs/model.md 3.10)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, SIGNED, InputError, missing_as_none
from hedge_widgets.model.options.pricing import VOLATILITY, YEARS, option_value

_HALVINGS = 100
_FARTHEST = 200.0  # logs of a strike over the forward between which the call is looked for


@dataclass(frozen=True, kw_only=True)
class Protection:
    """PnL at expiry of coins with options, quote currency, gain positive.

    ``max_loss`` is the lowest PnL (usually negative), ``max_gain`` the highest, None where there is no highest;
    ``break_even_price`` is where the PnL is 0, ``net_premium`` per coin what the options cost together (negative: they
    bring money).
    """

    pnl: Any
    max_loss: Any
    max_gain: Any
    break_even_price: Any
    net_premium: Any


def protective_put(quantity: Any, spot_price: Any, strike: Any, premium: Any, prices: Any) -> Protection:
    """Return the outcome of ``quantity`` coins with as many bought puts: a floor at the strike, for a premium a coin.

    ``prices`` are those of the coin at expiry. Break-even: S0 + premium, where it lies above the strike.
    """
    quantity, spot, strike, premium, prices = AMOUNT.each(
        quantity=quantity, spot_price=spot_price, strike=strike, premium=premium, prices=prices
    )
    break_even = spot + premium
    return Protection(
        pnl=missing_as_none(quantity * (np.maximum(prices, strike) - break_even)),
        max_loss=quantity * (strike - break_even),
        max_gain=None,
        break_even_price=missing_as_none(np.where(break_even >= strike, break_even, np.nan)),
        net_premium=premium,
    )


def collar(
    quantity: Any,
    spot_price: Any,
    put_strike: Any,
    call_strike: Any,
    put_premium: Any,
    call_premium: Any,
    prices: Any,
) -> Protection:
    """Return the outcome of ``quantity`` coins with bought puts and sold calls: a floor, financed by a ceiling.

    Raises
    ------
    InputError
        If a call strike lies below its put strike.
    """
    quantity, spot, bought, sold, prices = AMOUNT.each(
        quantity=quantity, spot_price=spot_price, put_premium=put_premium, call_premium=call_premium, prices=prices
    )
    low, high = POSITIVE.each(put_strike=put_strike, call_strike=call_strike)
    if np.any(low > high):
        raise InputError(f"the call strike must be at least the put strike, {np.max(low):g}, not {np.min(high):g}")
    break_even = spot + (bought - sold)
    exists = (break_even >= low) & (break_even <= high)
    return Protection(
        pnl=missing_as_none(quantity * (np.minimum(np.maximum(prices, low), high) - break_even)),
        max_loss=quantity * (low - break_even),
        max_gain=quantity * (high - break_even),
        break_even_price=missing_as_none(np.where(exists, break_even, np.nan)),
        net_premium=bought - sold,
    )


def zero_cost_call_strike(
    put_strike: Any, forward: Any, years: Any, volatility: Any, call_volatility: Any = None
) -> Any:
    """Return the strike at which a sold call pays for the put, by bisection; ``call_volatility`` allows for a smile.

    Both are options on the same future, so that the discount rate does not matter.

    Raises
    ------
    InputError
        If there is no volatility or no time: then options have no time value, and no strike is the one that pays; or if
        the put costs more than any call.
    """
    forward, strike = POSITIVE.each(forward=forward, put_strike=put_strike)
    root = np.sqrt(_above_zero("years", YEARS.checked("years", years)))
    deviation = _above_zero("volatility", VOLATILITY.checked("volatility", volatility)) * root
    if call_volatility is None:
        call_deviation = deviation
    else:
        call_deviation = root * _above_zero("call volatility", VOLATILITY.checked("call volatility", call_volatility))
    wanted = option_value(forward, strike, deviation, "put")
    if np.any(wanted >= forward):
        raise InputError(f"the put strike must be lower than {np.max(strike):g}: no call is worth as much as that put")
    low = np.zeros(np.broadcast_shapes(*map(np.shape, (wanted, call_deviation)))) - _FARTHEST
    high = -low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        is_dear = option_value(forward, forward * np.exp(middle), call_deviation, "call") > wanted
        low, high = np.where(is_dear, middle, low), np.where(is_dear, high, middle)
    return missing_as_none(forward * np.exp(low))


def _above_zero(name: str, value: Any) -> Any:
    if np.min(value) == 0:
        raise InputError(f"{name} must be above 0, not 0: without time value no strike of a call is the one that pays")
    return value


def coin_premium(premium: Any, price: Any) -> Any:
    """Return a premium in coins, as coin-settled options are quoted and paid (Deribit)."""
    return AMOUNT.checked("premium", premium) / POSITIVE.checked("price", price)


def coin_settled_delta(delta: Any, premium: Any, price: Any) -> Any:
    """Return the delta of a coin-settled option whose premium is counted in coins: delta - premium / price.

    A bought option is paid for in coins, which then no longer gain with the price.
    """
    return SIGNED.checked("delta", delta) - coin_premium(premium, price)


def option_fee(price: Any, premium: Any, fee_rate: Any = 0.0003, premium_cap: Any = 0.125) -> Any:
    """Return the fee of one option, quote currency: a share of the underlying, at most a share of the premium.

    Defaults: Deribit, 0.03 % of the coin and at most 12.5 % of the premium (support.deribit.com 25944746248989).
    """
    price, premium, fee_rate, cap = AMOUNT.each(
        price=price, premium=premium, fee_rate=fee_rate, premium_cap=premium_cap
    )
    return missing_as_none(np.minimum(fee_rate * price, cap * premium))
