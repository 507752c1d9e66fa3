"""Coins that are another thing in another coat: money (stablecoins), and wrapped or staked coins."""

from functools import cache
from typing import TYPE_CHECKING

from hedge_widgets.market.facts import moments, rows

if TYPE_CHECKING:
    import pandas as pd

DOLLAR = "USD"
# The standard deviation of the returns, row by row, up to which a price stands still: 5 % a year of daily ones. A
# stablecoin moves 1 to 3 %, also in the year of a broken peg, the euro against the dollar 8 %, a calm coin 40 %.
_STILL = 0.0026


@cache
def pegs() -> dict[str, str]:
    """Return what each pegged coin follows: a currency, which follows itself, or a coin, whose figures it has."""
    return {row["symbol"]: row["follows"] for row in rows("pegged_coins.csv")}


@cache
def at_par() -> frozenset[str]:
    """Return the pegged coins one of which is worth one of what it follows."""
    return frozenset(row["symbol"] for row in rows("pegged_coins.csv") if row["at_par"] == "yes")


def followed(symbol: str) -> str:
    """Return the coin whose figures a coin has: its own, or those of what it follows."""
    return pegs().get(symbol, symbol)


def is_cash(symbol: str) -> bool:
    """Return whether a coin is listed as a dollar: value without volatility."""
    return followed(symbol) == DOLLAR


def is_money(symbol: str) -> bool:
    """Return whether a coin is listed as a currency, the dollar or another: its value follows no coin.

    What another currency does against the dollar is left out of all figures, and every page says so.
    """
    return followed(symbol) in pegs()


def cash_columns(prices: "pd.DataFrame") -> frozenset[str]:
    """Return the symbols of a price table that are money: those listed, and those whose prices hardly move.

    A coin that is known to move is none, whatever its prices here.
    """
    from hedge_widgets.market.prices import prices_only

    known = prices_only(prices)
    moves = {name: known[name].dropna().pct_change().std() for name in known.columns}
    still = {str(name) for name, moved in moves.items() if moved <= _STILL} - {*moments().symbols}
    return frozenset({*still, *filter(is_money, map(str, prices.columns))})
