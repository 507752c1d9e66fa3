"""An option whose delta is hedged with the future along a path: where gamma and vega show (docs/model.md 3.10)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import POSITIVE, SIGNED, InputError, missing_as_none
from hedge_widgets.model.options.pricing import VOLATILITY, YEARS, OptionValue, black_76, sign_of


@dataclass(frozen=True, kw_only=True)
class DeltaHedge:
    """Gains of each step, shape (..., steps), quote currency: option + hedge = net = gamma + theta + vega + other.

    ``gamma_pnl`` is 1/2 Gamma dF^2, ``theta_pnl`` Theta dt, ``vega_pnl`` Vega d sigma, all for the greeks at the start
    of the step; ``other_pnl`` is what these leave, the terms of higher order. ``delta``, ``gamma`` and ``vega`` are
    those of the position at the start of each step, the hedge is ``-delta`` coins.
    """

    option_pnl: Any
    hedge_pnl: Any
    net_pnl: Any
    gamma_pnl: Any
    theta_pnl: Any
    vega_pnl: Any
    other_pnl: Any
    delta: Any
    gamma: Any
    vega: Any


def option_along(kind: str, prices: Any, strike: Any, years: float, volatility: Any) -> OptionValue:
    """Return the option on a future at every price of a path, shape (..., time), the last one at its expiry.

    ``years`` is the time the path takes, in even steps; ``volatility`` broadcasts with the prices. Exactly at the
    strike at expiry delta counts as one half, gamma and theta as 0.

    Raises
    ------
    InputError
        If a path has fewer than two prices.
    """
    prices = np.asarray(POSITIVE.checked("prices", prices))
    if prices.ndim == 0 or prices.shape[-1] < 2:
        raise InputError("prices must hold at least two prices a path")
    left = YEARS.checked("years", years) * np.linspace(1.0, 0.0, prices.shape[-1])
    value = black_76(kind, prices, strike, left, volatility)
    at_kink = {"delta": sign_of(kind) / 2.0, "gamma": 0.0, "vega": 0.0, "theta": 0.0}
    greeks = {name: getattr(value, name) for name in at_kink}
    greeks = {name: np.where(np.isnan(greek), at_kink[name], greek) for name, greek in greeks.items()}
    return OptionValue(price=value.price, rho=value.rho, **greeks)


def delta_hedge(kind: str, quantity: Any, prices: Any, strike: Any, years: float, volatility: Any) -> DeltaHedge:
    """Return what an option of ``quantity`` coins (negative = sold) and its delta hedge, set anew each step, gain.

    Arguments as in :func:`option_along`; a ``volatility`` that changes along the path is what vega is paid for. No
    costs: for those see ``rebalancing``.
    """
    size = np.asarray(SIGNED.checked("quantity", quantity))[..., np.newaxis]
    volatility = np.broadcast_to(VOLATILITY.checked("volatility", volatility), np.shape(prices))
    value = option_along(kind, prices, strike, years, volatility)
    delta, gamma, vega, theta = (size * getattr(value, name)[..., :-1] for name in ("delta", "gamma", "vega", "theta"))
    moves = np.diff(np.asarray(prices, dtype=np.float64), axis=-1)
    option_pnl = size * np.diff(value.price, axis=-1)
    hedge_pnl = -delta * moves
    net = option_pnl + hedge_pnl
    gamma_pnl, vega_pnl = gamma * moves**2 / 2.0, vega * np.diff(volatility, axis=-1)
    theta_pnl = theta * years / moves.shape[-1]
    return DeltaHedge(
        option_pnl=option_pnl,
        hedge_pnl=hedge_pnl,
        net_pnl=net,
        gamma_pnl=gamma_pnl,
        theta_pnl=theta_pnl,
        vega_pnl=vega_pnl,
        other_pnl=net - gamma_pnl - theta_pnl - vega_pnl,
        delta=delta,
        gamma=gamma,
        vega=vega,
    )


def linear_greeks(quantity: Any) -> dict[str, Any]:
    """Return the greeks of spot, a linear future or an inverse one counted in quote currency: delta q, nothing else."""
    quantity = SIGNED.checked("quantity", quantity)
    nothing = missing_as_none(0.0 * np.abs(quantity))
    return {"delta": quantity, "gamma": nothing, "vega": nothing, "theta": nothing}
