"""What is believed of the outside: price, volatility, correlation, beta, funding, volume and spread, with the source.

One :class:`Market` answers for every coin and contract, from the prices in use: the user's own history where it has
the coin, else the figures that ship. Nothing here depends on what stood on a page before.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from hedge_widgets.market.coins import at_par, followed, is_cash, is_money
from hedge_widgets.market.history import History
from hedge_widgets.market.shipped import (
    Figure,
    Figures,
    must_move,
    shipped_figures,
    shipped_funding,
    shipped_prices,
    shipped_volatility,
)
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio import return_moments
from hedge_widgets.model.hedge_ratio.least_squares import newey_west_error
from hedge_widgets.model.hedge_ratio.returns import deviations
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.past import PastCloses
from hedge_widgets.model.portfolio import Portfolio

DAYS_PER_YEAR = 365.0
SAMPLE_WORDS = "simulated sample, not market history"


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

    def _is_money(self, symbol: str) -> bool:
        return is_money(symbol) or (self.history is not None and symbol in self.history.cash)

    def correlations(self, symbols: Sequence[str]) -> Any:
        """Return the correlations of coins with each other, shape (n, n), each by :meth:`figures`."""
        matrix = np.eye(len(symbols))
        for i, one in enumerate(symbols):
            for j, other in enumerate(symbols[:i]):
                if one != other:
                    pair = self.figures(Portfolio.of({one: (1.0, 1.0)}), other)
                    matrix[i, j] = matrix[j, i] = pair.correlation
                else:
                    matrix[i, j] = matrix[j, i] = 1.0
        return matrix

    def figures(self, portfolio: Portfolio, underlying: str, *, has_years: bool = False) -> Figures:
        """Return the figures of a basket, at its fixed present weights, against a hedge asset.

        ``has_years`` says whether the beta of each year of the user's own history is wanted too.

        Raises
        ------
        InputError
            If the hedge asset is a stablecoin.
        """
        must_move(underlying, self._is_money(underlying))
        if self.history is None or all(map(is_money, portfolio.symbols)):
            return shipped_figures(portfolio, underlying)
        try:
            return self._estimated(portfolio, underlying, has_years)
        except InputError as error:
            shipped = shipped_figures(portfolio, underlying)
            return replace(shipped, problem=error.sentence)

    def _estimated(self, portfolio: Portfolio, underlying: str, has_years: bool) -> Figures:
        from hedge_widgets.market.prices import log_returns

        assert self.history is not None
        prices = self.history.prices
        moving = [h for h in portfolio.holdings if not self._is_money(h.symbol)]
        symbols = tuple(self._column(name) for name in (*(h.symbol for h in moving), underlying))
        weights = np.array([h.value / portfolio.value for h in moving])
        returns, spans, last = log_returns(prices, symbols, self.window)
        basket, hedge = returns[:, :-1] @ weights, returns[:, -1]
        volatility, hedge_volatility, correlation, beta = return_moments(basket, hedge, DAYS_PER_YEAR, spans)
        by_year = {}
        for year in sorted(set(prices.index.year)) if has_years else ():
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
