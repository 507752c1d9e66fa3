"""Volatilities, correlation and beta of a basket and its hedge: from the shipped figures, or from a price history."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hedge_widgets.market.facts import moments
from hedge_widgets.model.hedge_ratio import return_moments
from hedge_widgets.model.portfolio import Portfolio

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Model fields (annual volatilities, correlation, beta) and, in words, where they come from."""

    fields: dict[str, float]
    origin: str


def from_facts(portfolio: Portfolio, underlying: str) -> Estimate | None:
    """Return the shipped figures for these coins, or None where one of them has none."""
    known = moments()
    if not known.known((*portfolio.symbols, underlying)):
        return None
    places = known.index(portfolio.symbols)
    hedge = known.symbols.index(underlying)
    matrix = known.correlations[[*places, hedge]][:, [*places, hedge]]
    hedge_volatility = float(known.volatilities[hedge])
    volatility, correlation = portfolio.moments(known.volatilities[places], matrix, hedge_volatility)
    beta = correlation * volatility / hedge_volatility
    return Estimate(
        fields=_fields(volatility, hedge_volatility, correlation, beta),
        origin=f"Estimated for your coins at their present weights: {known.source}. Move a slider to use your own.",
    )


def from_prices(portfolio: Portfolio, underlying: str, prices: "pd.DataFrame", window: int) -> Estimate:
    """Return the figures of the last ``window`` log returns, at the basket's fixed current weights.

    Raises
    ------
    InputError
        If the history lacks a coin or is too short.
    """
    from hedge_widgets.market.prices import log_returns

    returns, periods = log_returns(prices, (*portfolio.symbols, underlying), window)
    basket = returns[:, :-1] @ portfolio.weights
    volatility, hedge_volatility, correlation, beta = return_moments(basket, returns[:, -1], periods)
    return Estimate(
        fields=_fields(volatility, hedge_volatility, correlation, beta),
        origin=f"Estimated from the last {len(returns)} returns of your price history, to {prices.index[-1]:%Y-%m-%d}: "
        "log returns, fixed current weights. Move a slider to use your own.",
    )


def _fields(volatility: float, hedge_volatility: float, correlation: float, beta: float) -> dict[str, float]:
    return {
        "spot_volatility": volatility,
        "hedge_volatility": hedge_volatility,
        "correlation": correlation,
        "beta": beta,
    }
