"""What is believed of the outside: price, volatility, correlation, beta, funding, volume and spread, with the source.

One :class:`Market` answers for every coin and contract, from the prices in use: the user's own history where it has
the coin, else the figures that ship. Nothing here depends on what stood on a page before.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from hedge_widgets.market.coins import DOLLAR, at_par, followed, is_cash
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
from hedge_widgets.market.history import History
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio import return_moments
from hedge_widgets.model.hedge_ratio.least_squares import newey_west_error
from hedge_widgets.model.hedge_ratio.returns import deviations
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.past import PastCloses
from hedge_widgets.model.portfolio import Portfolio

DAYS_PER_YEAR = 365.0
SAMPLE_WORDS = "simulated sample, not market history"
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
            return f"Your coins are dollars: they do not move, and have no beta to {self.asset}."
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Market:
    """The prices in use, over the last ``window`` days where figures are estimated, and ``prices`` that overrule them.

    ``prices`` are those of a worked example or typed: quote currency per coin.
    """

    history: History | None = None
    window: int = 90
    prices: Mapping[str, float] = field(default_factory=dict)

    def price(self, symbol: str) -> float | None:
        """Return the price of a coin in dollars: overruled, the history's last, the shipped round level; None unknown.

        A stablecoin is worth 1, a coin that is wrapped one for one what it follows.
        """
        if symbol in self.prices:
            return self.prices[symbol]
        last = self.own_price(symbol)
        if last is not None:
            return last
        if symbol in at_par():
            return 1.0 if is_cash(symbol) else self.price(followed(symbol))
        return shipped_prices().get(symbol)

    def needed_price(self, contract: ContractSpec) -> float:
        """Return the price of a contract's coin as :meth:`price` does.

        Raises
        ------
        InputError
            If nobody knows one.
        """
        coin, price = contract.underlying, self.price(contract.underlying)
        if price is None:
            raise InputError(f"{contract.label} needs a price of {coin}, and none is known: add it to your coins first")
        return price

    def own_price(self, symbol: str) -> float | None:
        """Return the last price of a coin in the user's own history, None where it has none."""
        return self._last.get(symbol)

    def last_day(self, symbol: str) -> date | None:
        """Return the day of a coin's last price in the user's own history, None where it has none."""
        from hedge_widgets.market.prices import last_days

        return None if self.history is None else last_days(self.history.prices).get(symbol)

    @cached_property
    def _last(self) -> dict[str, float]:
        from hedge_widgets.market.prices import last_prices

        return {} if self.history is None else last_prices(self.history.prices)

    def past(self, symbol: str) -> tuple[PastCloses | None, str]:
        """Return (the closes of a coin up to its own last day, a clause that says what they are); None without any.

        Without prices of the user's they are the simulated sample's.
        """
        if self.history is None:
            from hedge_widgets.market.sample import sample_closes

            simulated = sample_closes(symbol)
            return (None, "") if simulated is None else (PastCloses(closes=simulated), SAMPLE_WORDS)
        from hedge_widgets.market.prices import prices_only

        prices = self.history.prices
        daily = prices_only(prices.reindex(columns=[symbol]))[symbol].dropna().asfreq("D")
        if daily.empty:
            return None, ""
        words = SAMPLE_WORDS if self.history.is_simulated else f"prices to {daily.index[-1]:%Y-%m-%d}"
        return PastCloses(closes=daily.to_numpy(dtype=np.float64)), words

    def terms(self, contract: ContractSpec) -> dict[str, float]:
        """Return half spread (fraction), daily volume (dollars) and funding rate a day (fraction) of a contract.

        The funding rate is what its shorts received lately; where that is not known, the venues' neutral one.
        """
        return {
            "half_spread": contract.half_spread,
            "daily_volume": contract.daily_volume,
            "funding_rate": shipped_funding(contract).value,
        }

    def volatility(self, symbol: str) -> Figure:
        """Return a coin's annual volatility (365 days): of the user's last ``window`` days, else shipped."""
        if self.history is None:
            return shipped_volatility(symbol)
        from hedge_widgets.market.prices import log_returns

        try:
            returns, spans, last = log_returns(self.history.prices, (self._column(symbol),), self.window)
        except InputError:
            return shipped_volatility(symbol)
        value = float(np.sqrt(np.square(deviations(returns, spans)).sum() / (len(returns) - 1) * DAYS_PER_YEAR))
        source = f"over the {spans.sum()} days to {last:%Y-%m-%d} ({self.history.badge})"
        return Figure(value=value, source=source, is_own=True)

    def _column(self, symbol: str) -> str:
        """Return the column of the history that a coin has, or that of what it follows."""
        assert self.history is not None
        return symbol if symbol in self.history.prices.columns else followed(symbol)

    def _is_cash(self, symbol: str) -> bool:
        return is_cash(symbol) or (self.history is not None and symbol in self.history.cash)

    def correlations(self, symbols: Sequence[str]) -> Any:
        """Return the correlations of coins with each other, shape (n, n), each by :meth:`figures`."""
        matrix = np.eye(len(symbols))
        for i, one in enumerate(symbols):
            for j, other in enumerate(symbols[:i]):
                alike = 1.0 if one == other else self.figures(Portfolio.of({one: (1.0, 1.0)}), other).correlation
                matrix[i, j] = matrix[j, i] = alike
        return matrix

    def figures(self, portfolio: Portfolio, underlying: str) -> Figures:
        """Return the figures of a basket, at its fixed present weights, against a hedge asset.

        Raises
        ------
        InputError
            If the hedge asset is a stablecoin.
        """
        _must_move(underlying, self._is_cash(underlying))
        if self.history is None or all(map(is_cash, portfolio.symbols)):
            return shipped_figures(portfolio, underlying)
        try:
            return self._estimated(portfolio, underlying)
        except InputError as error:
            shipped = shipped_figures(portfolio, underlying)
            return replace(shipped, problem=f"{error}.")

    def _estimated(self, portfolio: Portfolio, underlying: str) -> Figures:
        from hedge_widgets.market.prices import log_returns

        assert self.history is not None
        prices = self.history.prices
        moving = [h for h in portfolio.holdings if not self._is_cash(h.symbol)]
        symbols = tuple(self._column(name) for name in (*(h.symbol for h in moving), underlying))
        weights = np.array([h.value / portfolio.value for h in moving])
        returns, spans, last = log_returns(prices, symbols, self.window)
        basket, hedge = returns[:, :-1] @ weights, returns[:, -1]
        volatility, hedge_volatility, correlation, beta = return_moments(basket, hedge, DAYS_PER_YEAR, spans)
        by_year = {}
        for year in sorted(set(prices.index.year)):
            with suppress(InputError):  # too few days of it
                of_year, days, _ = log_returns(prices.loc[str(year)], symbols, 366)
                by_year[int(year)] = return_moments(of_year[:, :-1] @ weights, of_year[:, -1], DAYS_PER_YEAR, days)[-1]
        return Figures(
            spot_volatility=volatility,
            hedge_volatility=hedge_volatility,
            correlation=correlation,
            beta=beta,
            asset=underlying,
            source=f"the last {len(returns)} returns of your price history, over {spans.sum()} days to "
            f"{last:%Y-%m-%d}: log returns, fixed current weights",
            standard_error=float(newey_west_error(deviations(basket, spans), deviations(hedge, spans))),
            by_year=by_year,
            is_own=True,
        )


@cache
def shipped_prices() -> Mapping[str, float]:
    """Return the round price levels that ship, dollars per coin: where the simulated sample ends, and the examples'."""
    return MappingProxyType(sample_parameters("example_price") | sample_parameters("end_price"))


def shipped_volatility(symbol: str) -> Figure:
    """Return the annual volatility that ships for a coin; an unknown one is taken for a typical altcoin."""
    known = latest_moments()
    (value,), _, assumed = _matrix((symbol,), known)
    source = f"assumed, as none is known for {symbol}" if assumed else _estimated_from(known)
    return Figure(value=float(value), source=source, is_assumed=bool(assumed))


def shipped_funding(contract: ContractSpec) -> Figure:
    """Return the funding rate a day that shorts of a contract received lately, else the neutral one, assumed.

    ``source`` is a sentence for the page.
    """
    received = received_funding().get(contract.listing)
    if received is None or received.rate is None:
        neutral = funding_presets()["neutral"]
        source = (
            f"What shorts of {contract.label} received was not collected: the neutral {_rate(neutral)}, is assumed."
        )
        return Figure(value=PAYMENTS_A_DAY * neutral.rate, source=source, is_assumed=True)
    word = "paid" if received.rate < 0 else "received"
    source = f"Shorts of {contract.label} {word} {_rate(received)}, on average ({received.source})."
    return Figure(value=PAYMENTS_A_DAY * received.rate, source=source)


def _rate(fact: FundingPreset | FundingStatistic) -> str:
    """Return a rate in words, without its sign."""
    return f"{abs(100 * (fact.rate or 0.0)):.4g} % per 8 hours, {abs(100 * (fact.annual_rate or 0.0)):.3g} % per year"


def shipped_figures(portfolio: Portfolio, underlying: str) -> Figures:
    """Return the figures that ship for a basket and a hedge asset; an unknown coin is taken for a typical altcoin.

    Typical is the median volatility and correlation with BTC of the known altcoins. Stablecoins do not move, and what
    is wrapped or staked has the figures of what it follows.
    """
    _must_move(underlying, is_cash(underlying))
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
        source=_estimated_from(known),
        # As of a regression's slope with residuals of one size: the moments are all that ships.
        standard_error=float(np.sqrt(left / (known.n_returns - 2)) / hedge_volatility),
        by_year={} if assumed else {year: of(one)[-1] for year, one in yearly_moments().items()},
        assumed=assumed,
    )


def _estimated_from(known: Moments) -> str:
    first, last = known.window
    return f"the {known.n_returns} daily returns of {first} to {last} (Binance and Yahoo closes)"


def _must_move(asset: str, is_cash: bool) -> None:
    if is_cash:
        raise InputError(f"{asset} is a stablecoin: it does not move, so a future on it hedges nothing")


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
        elif name == DOLLAR:
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
    assumed = tuple(name for name in names if name not in known.symbols and name != DOLLAR)
    order = [names.index(name) for name in symbols]
    return volatility[order], correlations[np.ix_(order, order)], assumed
