"""What is believed of the outside: price, volatility, correlation, beta, funding, volume and spread, with the source.

One :class:`Market` answers for every coin and contract, from the prices in use: the user's own history where it has
the coin, else the figures that ship. Nothing here depends on what stood on a page before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from hedge_widgets.market.facts import funding_presets, moments, sample_parameters
from hedge_widgets.market.history import History
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio import return_moments
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.past import PastCloses
from hedge_widgets.model.portfolio import Portfolio

# A dollar in another coat: value without volatility.
STABLECOINS = frozenset(
    {"USD", "USDT", "USDC", "DAI", "FDUSD", "TUSD", "USDE", "USDS", "PYUSD", "USDD"}
    | {"BUSD", "GUSD", "USDP", "LUSD", "FRAX", "RLUSD", "USD0", "USD1", "USDG", "GHO"}
)
SAMPLE_WORDS = "simulated sample, not market history"
PAYMENTS_A_DAY = 3.0  # of a rate quoted for 8 hours


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Annual volatilities of basket and hedge asset, their correlation and the basket's beta, and where from.

    ``source`` is a clause that says where from, ``is_own`` whether from the user's prices; ``assumed`` names the coins
    for which the figures of a typical altcoin stand, because none are known; ``problem`` says why the user's own prices
    were not used, else "".
    """

    spot_volatility: float
    hedge_volatility: float
    correlation: float
    beta: float
    source: str
    is_own: bool = False
    assumed: tuple[str, ...] = ()
    problem: str = ""

    @property
    def origin(self) -> str:
        """Return where the figures are from, as sentences for the page."""
        how = "Estimated from" if self.is_own else "Estimated for your coins at their present weights:"
        named = f"No figures are known for {', '.join(self.assumed)}, so those of a typical altcoin are assumed. "
        return f"{named if self.assumed else ''}{how} {self.source}. Move a slider to use your own."

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

        A stablecoin is worth 1.
        """
        if symbol in self.prices:
            return self.prices[symbol]
        last = self.own_price(symbol)
        if last is not None:
            return last
        return 1.0 if symbol in STABLECOINS else shipped_prices().get(symbol)

    def own_price(self, symbol: str) -> float | None:
        """Return the last price of a coin in the user's own history, None where it has none."""
        return self._last.get(symbol)

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

        The funding rate is the venues' neutral one.
        """
        neutral = PAYMENTS_A_DAY * funding_presets()["neutral"].rate
        return {
            "half_spread": contract.half_spread,
            "daily_volume": contract.daily_volume,
            "funding_rate": neutral,
        }

    def volatility(self, symbol: str) -> Figure:
        """Return a coin's annual volatility (365 days): of the last ``window`` returns of the user's, else shipped."""
        if self.history is None:
            return shipped_volatility(symbol)
        from hedge_widgets.market.prices import log_returns

        try:
            returns, periods = log_returns(self.history.prices, (symbol,), self.window)
        except InputError:
            return shipped_volatility(symbol)
        value = float(np.std(returns, ddof=1) * np.sqrt(periods))
        days = round(len(returns) * 365.0 / periods)
        return Figure(value=value, source=f"over {days} days: {self.history.source.rstrip('.')}", is_own=True)

    def correlations(self, symbols: Sequence[str]) -> Any:
        """Return the correlations of coins with each other, shape (n, n), each by :meth:`figures`."""
        matrix = np.eye(len(symbols))
        for i, one in enumerate(symbols):
            for j, other in enumerate(symbols[:i]):
                alike = 1.0 if one == other else self.figures(Portfolio.of({one: (1.0, 1.0)}), other).correlation
                matrix[i, j] = matrix[j, i] = alike
        return matrix

    def figures(self, portfolio: Portfolio, underlying: str) -> Figures:
        """Return the figures of a basket, at its fixed present weights, against a hedge asset."""
        if self.history is None:
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
        moving = [h for h in portfolio.holdings if h.symbol not in STABLECOINS or h.symbol in prices.columns]
        symbols = tuple(h.symbol for h in moving)
        returns, periods = log_returns(prices, (*symbols, underlying), self.window)
        basket = returns[:, :-1] @ np.array([h.value / portfolio.value for h in moving])
        volatility, hedge_volatility, correlation, beta = return_moments(basket, returns[:, -1], periods)
        return Figures(
            spot_volatility=volatility,
            hedge_volatility=hedge_volatility,
            correlation=correlation,
            beta=beta,
            source=f"the last {len(returns)} returns of your price history, to {prices.index[-1]:%Y-%m-%d}: log "
            "returns, fixed current weights",
            is_own=True,
        )


@cache
def shipped_prices() -> Mapping[str, float]:
    """Return the round price levels that ship, dollars per coin: where the simulated sample ends, and the examples'."""
    return MappingProxyType(sample_parameters("example_price") | sample_parameters("end_price"))


def shipped_volatility(symbol: str) -> Figure:
    """Return the annual volatility that ships for a coin; an unknown one is taken for a typical altcoin."""
    (value,), _, assumed = _matrix((symbol,))
    source = f"assumed, as none is known for {symbol}" if assumed else moments().source
    return Figure(value=float(value), source=source, is_assumed=bool(assumed))


def shipped_figures(portfolio: Portfolio, underlying: str) -> Figures:
    """Return the figures that ship for a basket and a hedge asset; an unknown coin is taken for a typical altcoin.

    Typical is the median volatility and correlation with BTC of the known altcoins. Stablecoins do not move.
    """
    known = moments()
    symbols = (*portfolio.symbols, underlying)
    volatilities, correlations, assumed = _matrix(symbols)
    hedge_volatility = float(volatilities[-1])
    if hedge_volatility == 0:
        raise InputError(f"{underlying} is a stablecoin: it does not move, so a future on it hedges nothing")
    volatility, correlation = portfolio.moments(volatilities[:-1], correlations, hedge_volatility)
    return Figures(
        spot_volatility=volatility,
        hedge_volatility=hedge_volatility,
        correlation=correlation,
        beta=correlation * volatility / hedge_volatility,
        source=known.source,
        assumed=assumed,
    )


def _matrix(symbols: tuple[str, ...]) -> tuple[Any, Any, tuple[str, ...]]:
    """Return (volatilities, correlations, the coins that are taken for a typical one) of coins, one of each name."""
    known = moments()
    more_volatilities, more_rho = sample_parameters("volatility"), sample_parameters("correlation_btc")
    names = list(dict.fromkeys(symbols))
    altcoins = slice(1, None)
    typical = (float(np.median(known.volatilities[altcoins])), float(np.median(known.correlations[0, altcoins])))
    volatility, rho = np.empty(len(names)), np.empty(len(names))
    for place, name in enumerate(names):
        if name in known.symbols:
            at = known.symbols.index(name)
            volatility[place], rho[place] = known.volatilities[at], known.correlations[0, at]
        elif name in STABLECOINS:
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
    assumed = tuple(name for name in names if name not in known.symbols and name not in STABLECOINS)
    order = [names.index(name) for name in symbols]
    return volatility[order], correlations[np.ix_(order, order)], assumed
