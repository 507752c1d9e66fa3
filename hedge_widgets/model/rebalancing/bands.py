"""How far a hedge may drift, or how long, before trading is worth its cost (docs/model.md 3.9)."""

from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, Limit, choice, missing_as_none
from hedge_widgets.model.options import black_scholes

COST_RATE = Limit(0.0, 0.5)
VOLATILITY = Limit(0.0, 20.0)
DAYS_PER_YEAR = 365.0
TRADE_FACTORS = {"edge": 1.5, "centre": 6.0}  # where a band trades to -> its factor in the closed form


def risk_aversion(wealth: Any, relative_risk_aversion: Any = 5.0) -> Any:
    """Return the absolute risk aversion g = gamma / wealth, per unit of quote currency."""
    return AMOUNT.checked("relative risk aversion", relative_risk_aversion) / POSITIVE.checked("wealth", wealth)


def tracking_volatility(spot_volatility: Any, hedge_volatility: Any, correlation: Any) -> Any:
    """Return sigma_R = sqrt(sigma_S^2 + sigma_F^2 - 2 rho sigma_S sigma_F), that of one price in terms of the other.

    It is 0 for the same coin; a target fixed in quote currency drifts with sigma_F, as against a price that stands.
    """
    spot, hedge = VOLATILITY.each(spot_volatility=spot_volatility, hedge_volatility=hedge_volatility)
    rho = Limit(-1.0, 1.0).checked("correlation", correlation)
    variance = spot**2 + hedge**2 - 2.0 * rho * spot * hedge
    return missing_as_none(np.sqrt(np.maximum(variance, 0.0)))


def no_trade_band(
    cost_rate: Any,
    hedge_notional: Any,
    risk_aversion: Any,
    tracking_volatility: Any,
    hedge_volatility: Any,
    trade_to: str = "edge",
) -> tuple[Any, Any]:
    """Return the half-width of the no-trade band as (fraction of the hedge, quote currency).

    w = [k eps sigma_R^2 / (g N sigma_F^2)]^(1/3) for a one-way proportional cost eps, k = 3/2 if one trades back to the
    band's edge, 6 if to its centre. None (NaN in arrays) where a drift is no risk: no hedge, no risk aversion or a
    hedge asset that stands still. Source: Whalley and Wilmott, Math. Finance 7 (1997); Kallsen and Muhle-Karbe,
    arXiv:1303.3148, with phi = -h V / F.

    Notes
    -----
    A drift held within w by trading at the edge costs eps N sigma_R^2 / (2 w) a year and has the variance w^2 / 3; one
    put back to 0 whenever it is w costs eps N sigma_R^2 / w and has w^2 / 6. The width makes cost + (g / 2) N^2
    sigma_F^2 x variance least.
    """
    terms = _checked(cost_rate, hedge_notional, risk_aversion, tracking_volatility, hedge_volatility)
    cost, notional, aversion, drift, volatility = terms
    factor = choice("trade_to", trade_to, tuple(TRADE_FACTORS))
    with np.errstate(divide="ignore", invalid="ignore"):
        cubed = TRADE_FACTORS[factor] * cost * drift**2 / (aversion * notional * volatility**2)
    width = np.cbrt(np.where(np.isfinite(cubed), cubed, np.nan))
    return missing_as_none(width), missing_as_none(width * notional)


def rebalancing_interval(
    cost_rate: Any, hedge_notional: Any, risk_aversion: Any, tracking_volatility: Any, hedge_volatility: Any
) -> tuple[Any, Any]:
    """Return the time between two trades that costs least, cost and risk together, as (years, days).

    [2 eps sqrt(2 / pi) / (g N sigma_F^2 sigma_R)]^(2/3): over an interval D the trade costs
    eps N sigma_R sqrt(2 D / pi) on average and the drift's variance is N^2 sigma_R^2 sigma_F^2 D / 2 a year. None (NaN
    in arrays) where it never pays.
    """
    terms = _checked(cost_rate, hedge_notional, risk_aversion, tracking_volatility, hedge_volatility)
    cost, notional, aversion, drift, volatility = terms
    with np.errstate(divide="ignore", invalid="ignore"):
        power = 2.0 * cost * np.sqrt(2.0 / np.pi) / (aversion * notional * volatility**2 * drift)
    years = np.where(np.isfinite(power), power, np.nan) ** (2.0 / 3.0)
    return missing_as_none(years), missing_as_none(years * DAYS_PER_YEAR)


def _checked(cost: Any, notional: Any, aversion: Any, drift: Any, volatility: Any) -> tuple[Any, ...]:
    values = (
        COST_RATE.checked("cost rate", cost),
        *AMOUNT.each(hedge_notional=notional, risk_aversion=aversion),
        *VOLATILITY.each(tracking_volatility=drift, hedge_volatility=volatility),
    )
    return tuple(map(np.asarray, values))


def option_band(
    spot_price: Any,
    strike: Any,
    years: Any,
    volatility: Any,
    cost_rate: Any,
    risk_aversion: Any,
    discount_rate: Any = 0.0,
) -> tuple[Any, Any, Any]:
    """Return (delta, gamma, half-width in coins) of the band around the delta of one call.

    [(3/2) e^(-r T) eps S Gamma^2 / g]^(1/3); a put's is the same. Source: Whalley and Wilmott, Math. Finance 7 (1997).
    """
    call = black_scholes("call", spot_price, strike, years, volatility, discount_rate)
    gamma = np.asarray(np.nan if call.gamma is None else call.gamma)
    cost = COST_RATE.checked("cost rate", cost_rate)
    cubed = 1.5 * np.exp(-discount_rate * years) * cost * spot_price * gamma**2
    aversion = POSITIVE.checked("risk aversion", risk_aversion)
    return call.delta, call.gamma, missing_as_none(np.cbrt(cubed / aversion))
