"""European options: Black 76 on futures, Black-Scholes-Merton on spot; greeks, implied volatility (docs/model.md 3.10).

Written on numpy and scipy.special.ndtr: one call prices a whole grid, and scipy is there already. py_vollib and
QuantLib price one option a call and would be one dependency more for eight formulas.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, SIGNED, InputError, Limit, choice, missing_as_none

OPTIONS = ("call", "put")
VOLATILITY = Limit(0.0, 20.0)
YEARS = Limit(0.0, 50.0)
RATE = Limit(-1.0, 2.0)
_HALVINGS = 60


@dataclass(frozen=True, kw_only=True)
class OptionValue:
    """Price and greeks of an option on one coin, quote currency.

    ``delta`` and ``gamma`` are per unit of the price it is on (the future's or the spot's), ``vega`` per 1.00 of
    volatility, ``theta`` per year (show / 365), ``rho`` per 1.00 of the rate; for Black 1976 at a fixed future. Without
    volatility or time the price is the intrinsic value on the forward; exactly at the money the greeks then do not
    exist and are None (NaN in arrays).
    """

    price: Any
    delta: Any
    gamma: Any
    vega: Any
    theta: Any
    rho: Any


def sign_of(kind: str) -> float:
    """Return +1 for a call, -1 for a put."""
    return 1.0 if choice("kind", kind, OPTIONS) == "call" else -1.0


def option_value(forward: Any, strike: Any, deviation: Any, kind: str) -> Any:
    """Return the undiscounted value of a European option on a future, per coin, quote currency (Black 1976).

    ``deviation`` is volatility times the root of the years left; at 0 it is the intrinsic value.
    """
    from hedge_widgets.model.special import ndtr  # heavy, and a book without options does not need it

    sign = sign_of(kind)
    deviation = np.asarray(deviation, dtype=np.float64)
    d1 = _d1(forward, strike, deviation)
    value = sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - deviation)))
    return np.where(deviation > 0, value, np.maximum(sign * (forward - strike), 0.0))


def _d1(forward: Any, strike: Any, deviation: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.log(forward / strike) / deviation + deviation / 2.0


def black_76(
    kind: str, forward: Any, strike: Any, years: Any, volatility: Any, discount_rate: Any = 0.0
) -> OptionValue:
    """Return the value of an option on the future of the same expiry: D [F Phi(d1) - K Phi(d2)] for a call.

    Raises
    ------
    InputError
        If an input breaks its rule; an option whose years left are negative has expired.
    """
    forward, rate = POSITIVE.checked("forward", forward), RATE.checked("discount rate", discount_rate)
    strike, years, volatility = _checked(strike, years, volatility)
    value = _value(kind, forward, strike, years, volatility, rate, rate)
    return _option_value(**value, rho=-years * value["price"])


def black_scholes(
    kind: str,
    spot: Any,
    strike: Any,
    years: Any,
    volatility: Any,
    discount_rate: Any = 0.0,
    dividend_yield: Any = 0.0,
) -> OptionValue:
    """Return the value of an option on spot with a continuous yield (Black-Scholes-Merton): S e^((r - q) T) is forward.

    Errors as in :func:`black_76`.
    """
    spot, rate = POSITIVE.checked("spot", spot), RATE.checked("discount rate", discount_rate)
    yield_rate = RATE.checked("dividend yield", dividend_yield)
    strike, years, volatility = _checked(strike, years, volatility)
    value = _value(kind, spot, strike, years, volatility, rate, yield_rate)
    # The price is delta x S less what the strike pays, K D Phi(d2): its derivative to the rate.
    return _option_value(**value, rho=years * value["strike_value"])


def _checked(strike: Any, years: Any, volatility: Any) -> tuple[Any, Any, Any]:
    if np.min(SIGNED.checked("years", years)) < 0:
        raise InputError(f"years must be at least 0, not {np.min(years):g}: the option has expired")
    return (
        np.asarray(POSITIVE.checked("strike", strike)),
        np.asarray(YEARS.checked("years", years)),
        np.asarray(VOLATILITY.checked("volatility", volatility)),
    )


def _value(
    kind: str, price: Any, strike: Any, years: Any, volatility: Any, rate: Any, yield_rate: Any
) -> dict[str, Any]:
    """Return price and greeks of the generalised formula; ``strike_value`` is s K D Phi(s d2).

    ``price`` is that of the underlying, which grows at rate less yield: a future does not grow (yield = rate), and its
    greeks to F are those to S of an asset with that yield.
    """
    from hedge_widgets.model.special import ndtr

    sign, root = sign_of(kind), np.sqrt(years)
    discount, carried = np.exp(-rate * years), np.exp(-yield_rate * years)
    forward, deviation = price * carried / discount, volatility * root
    d1 = _d1(forward, strike, deviation)
    with np.errstate(over="ignore"):
        density = np.exp(-(d1**2) / 2.0) / np.sqrt(2.0 * np.pi)
    delta = sign * carried * ndtr(sign * d1)
    strike_value = sign * strike * discount * ndtr(sign * (d1 - deviation))
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = carried * density / (price * deviation)
        decay = price * carried * density * volatility / (2.0 * root)
    is_certain = (deviation == 0) & (forward != strike)
    gamma, decay = (np.where(is_certain, 0.0, np.where(np.isfinite(x), x, np.nan)) for x in (gamma, decay))
    return {
        "price": discount * option_value(forward, strike, deviation, kind),
        "delta": delta,
        "gamma": gamma,
        "vega": price * carried * density * root,
        "theta": yield_rate * price * delta - rate * strike_value - decay,
        "strike_value": strike_value,
    }


def _option_value(strike_value: Any, **values: Any) -> OptionValue:
    return OptionValue(**{name: missing_as_none(value) for name, value in values.items()})


def implied_volatility(kind: str, price: Any, forward: Any, strike: Any, years: Any, discount_rate: Any = 0.0) -> Any:
    """Return the volatility at which an option on a future costs ``price``, by bisection from 0 to 2,000 % a year.

    It is 0 at the intrinsic value.

    Raises
    ------
    InputError
        If no volatility does: without time left, or at a price below the intrinsic value or above what the largest
        volatility gives.
    """
    forward, price = POSITIVE.checked("forward", forward), AMOUNT.checked("option price", price)
    strike, years, _ = _checked(strike, years, 0.0)
    if np.min(years) == 0:
        raise InputError("years must be above 0 for an implied volatility, not 0: the option expires now")
    undiscounted, root = price * np.exp(RATE.checked("discount rate", discount_rate) * years), np.sqrt(years)
    lowest, highest = (option_value(forward, strike, end * root, kind) for end in (VOLATILITY.low, VOLATILITY.high))
    noise = 1e-12 * forward
    if not np.all((undiscounted >= lowest - noise) & (undiscounted <= highest + noise)):
        raise InputError(
            f"the option price must lie from the intrinsic value, {np.min(lowest):g}, to {np.max(highest):g} "
            f"before discounting, not {np.min(undiscounted):g}: no volatility explains it"
        )
    low = np.zeros(np.broadcast_shapes(*map(np.shape, (undiscounted, lowest))))
    high = low + VOLATILITY.high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        is_dear = option_value(forward, strike, middle * root, kind) > undiscounted
        low, high = np.where(is_dear, low, middle), np.where(is_dear, middle, high)
    return missing_as_none(np.where(undiscounted > lowest, low, 0.0))
