"""Options: price and greeks, coins protected by them, and the same protection by other means (docs/model.md 3.10)."""

from hedge_widgets.model.options.alternatives import (
    ALTERNATIVES,
    Alternative,
    ProtectionInputs,
    alternatives,
    put_value,
)
from hedge_widgets.model.options.delta_hedge import DeltaHedge, delta_hedge, linear_greeks, option_along
from hedge_widgets.model.options.pricing import (
    OPTIONS,
    OptionValue,
    black_76,
    black_scholes,
    implied_volatility,
    option_value,
)
from hedge_widgets.model.options.protection import (
    Protection,
    coin_premium,
    coin_settled_delta,
    collar,
    option_fee,
    protective_put,
    zero_cost_call_strike,
)

__all__ = [
    "ALTERNATIVES",
    "OPTIONS",
    "Alternative",
    "DeltaHedge",
    "OptionValue",
    "Protection",
    "ProtectionInputs",
    "alternatives",
    "black_76",
    "black_scholes",
    "coin_premium",
    "coin_settled_delta",
    "collar",
    "delta_hedge",
    "implied_volatility",
    "linear_greeks",
    "option_along",
    "option_fee",
    "option_value",
    "protective_put",
    "put_value",
    "zero_cost_call_strike",
]
