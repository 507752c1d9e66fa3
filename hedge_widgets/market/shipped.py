"""The figures that ship: prices, volatilities, correlations, betas and funding, each with where it is from.

They stand in wherever the user's own prices do not reach; :class:`~hedge_widgets.market.market.Market` decides that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from hedge_widgets.market.coins import followed, is_money
from hedge_widgets.market.facts import (
    FundingPreset,
    FundingStatistic,
    Moments,
    funding_presets,
    latest_moments,
    received_funding,
    sample_parameters,
    yearly_moments,
)
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Portfolio

PAYMENTS_A_DAY = 3.0  # of a rate quoted for 8 hours


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Annual volatilities of basket and hedge asset, their correlation and the basket's beta, and where from.

    ``source`` is a clause that says where from, ``is_own`` whether from the user's prices; ``standard_error`` is the
    beta's, and ``by_year`` is the beta of each calendar year that is known. ``assumed`` names the coins
    for which figures are assumed, because none are known; ``problem`` says why the user's own prices were not used,
    else "".
    """

    spot_volatility: float
    hedge_volatility: float
    correlation: float
    beta: float
    asset: str
    source: str
    standard_error: float
    by_year: Mapping[int, float]
    is_own: bool = False
    assumed: tuple[str, ...] = ()
    problem: str = ""

    @property
    def origin(self) -> str:
        """Return where the figures are from, and how steady the beta is, as sentences for the page."""
        beta, around = f"{self.beta:.2f}", 2.0 * self.standard_error
        steady = f"Your coins' beta to {self.asset} is {beta}"
        if not self.spot_volatility:
            return f"Your coins are stablecoins: they are taken not to move, and have no beta to {self.asset}."
        if self.assumed:
            return (
                f"{steady}: figures of {', '.join(self.assumed)} are assumed, the rest is estimated from {self.source}."
            )
        if around >= 0.005:
            steady += f" ({self.beta - around:.2f} to {self.beta + around:.2f} within two standard errors)"
        years = ", ".join(f"{value:.2f} in {year}" for year, value in self.by_year.items())
        words = f"{steady}, estimated from {self.source}."
        return f"{words} Year by year: {years}." if len(self.by_year) > 1 and around >= 0.005 else words

    @property
    def fields(self) -> dict[str, float]:
        """Return the four numbers by name."""
        names = ("spot_volatility", "hedge_volatility", "correlation", "beta")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number, and a clause that says where it is from: ``is_own`` the user's prices, ``is_assumed`` nowhere."""

    value: float
    source: str
    is_own: bool = False
    is_assumed: bool = False


@cache
def shipped_prices() -> Mapping[str, float]:
    """Return the round price levels that ship, dollars per coin: where the simulated sample ends, and the examples'."""
    return MappingProxyType(sample_parameters("example_price") | sample_parameters("end_price"))


def shipped_volatility(symbol: str) -> Figure:
    """Return the annual volatility that ships for a coin; an unknown one is taken for a typical altcoin."""
    known = latest_moments()
    (value,), _, assumed = _matrix((symbol,), known)
    source = f"assumed, as none is known for {symbol}" if assumed else estimated_from(known)
    return Figure(value=float(value), source=source, is_assumed=bool(assumed))


def shipped_funding(contract: ContractSpec) -> Figure:
    """Return the funding rate a day that shorts of a contract received lately, else the neutral one, assumed.

    A dated future pays none. ``source`` is a sentence for the page.
    """
    if contract.is_dated:
        return Figure(value=0.0, source=f"{contract.label} is a dated future: it pays no funding.")
    received = received_funding().get(contract.listing)
    if received is None or received.rate is None:
        neutral = funding_presets()["neutral"]
        source = (
            f"What shorts of {contract.label} received was not collected: the neutral {_rate(neutral)}, is assumed."
        )
        return Figure(value=PAYMENTS_A_DAY * neutral.rate, source=source, is_assumed=True)
    word = "paid" if received.rate < 0 else "received"
    what = f"{word} {_rate(received)}" if received.rate else "neither paid nor received anything to speak of"
    source = f"Shorts of {contract.label} {what}, on average ({received.source})."
    return Figure(value=PAYMENTS_A_DAY * received.rate, source=source)


def _rate(fact: FundingPreset | FundingStatistic) -> str:
    """Return a rate in words, without its sign."""
    return f"{abs(100 * (fact.rate or 0.0)):.4g} % per 8 hours, {abs(100 * (fact.annual_rate or 0.0)):.3g} % per year"


def shipped_figures(portfolio: Portfolio, underlying: str) -> Figures:
    """Return the figures that ship for a basket and a hedge asset; an unknown coin is taken for a typical altcoin.

    Typical is the median volatility and correlation with BTC of the known altcoins. Stablecoins do not move, and what
    is wrapped or staked has the figures of what it follows.
    """
    must_move(underlying, is_money(underlying))
    symbols, known = (*portfolio.symbols, underlying), latest_moments()
    assumed = _matrix(symbols, known)[-1]

    def of(year: Moments) -> tuple[float, float, float, float]:
        volatilities, correlations, _ = _matrix(symbols, year)
        hedge_volatility = float(volatilities[-1])
        volatility, correlation = portfolio.moments(volatilities[:-1], correlations, hedge_volatility)
        return volatility, hedge_volatility, correlation, correlation * volatility / hedge_volatility

    volatility, hedge_volatility, correlation, beta = of(known)
    left = volatility**2 * (1.0 - min(correlation**2, 1.0))
    return Figures(
        spot_volatility=volatility,
        hedge_volatility=hedge_volatility,
        correlation=correlation,
        beta=beta,
        asset=underlying,
        source=estimated_from(known),
        # As of a regression's slope with residuals of one size: the moments are all that ships.
        standard_error=float(np.sqrt(left / (known.n_returns - 2)) / hedge_volatility),
        by_year={} if assumed else {year: of(one)[-1] for year, one in yearly_moments().items()},
        assumed=assumed,
    )


def estimated_from(known: Moments) -> str:
    """Return a clause that says what moments are estimated from."""
    first, last = known.window
    return f"the {known.n_returns} daily returns of {first} to {last} (Binance and Yahoo closes)"


def must_move(asset: str, is_money: bool) -> None:
    """Refuse a stablecoin as a hedge asset; raises InputError."""
    if is_money:
        raise InputError(f"{asset} is a stablecoin: it does not move with your coins, so a future on it hedges nothing")


@lru_cache(maxsize=512)
def _matrix(symbols: tuple[str, ...], known: Moments) -> tuple[Any, Any, tuple[str, ...]]:
    """Return (volatilities, correlations, the coins whose figures are assumed) of coins, one of each name.

    Where the correlation of what BTC leaves in two coins was not collected it is that of the sample's low caps.
    """
    more_volatilities, more_rho = sample_parameters("volatility"), sample_parameters("correlation_btc")
    symbols = tuple(map(followed, symbols))
    names = list(dict.fromkeys(symbols))
    altcoins = slice(1, None)
    typical = (float(np.median(known.volatilities[altcoins])), float(np.median(known.correlations[0, altcoins])))
    volatility, rho = np.empty(len(names)), np.empty(len(names))
    for place, name in enumerate(names):
        if name in known.symbols:
            at = known.symbols.index(name)
            volatility[place], rho[place] = known.volatilities[at], known.correlations[0, at]
        elif is_money(name):
            volatility[place], rho[place] = 0.0, 0.0
        elif name in more_volatilities:
            volatility[place], rho[place] = more_volatilities[name], more_rho[name]
        else:
            volatility[place], rho[place] = typical
    left = np.sqrt(1.0 - rho**2)
    correlations = np.outer(rho, rho) + np.outer(left, left) * sample_parameters("residual_correlation")["low caps"]
    places = [place for place, name in enumerate(names) if name in known.symbols]
    collected = known.index([names[place] for place in places])
    correlations[np.ix_(places, places)] = known.correlations[np.ix_(collected, collected)]
    np.fill_diagonal(correlations, 1.0)
    assumed = tuple(name for name in names if name not in known.symbols and not is_money(name))
    order = [names.index(name) for name in symbols]
    return volatility[order], correlations[np.ix_(order, order)], assumed
