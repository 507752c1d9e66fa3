"""Holdings, their value, weights, beta, volatility and delta (docs/model.md 3.1, 3.2)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from hedge_widgets.model.limits import SIGNED, InputError, Limit, Numeric

MAX_HOLDINGS = 50
PRICE = Limit(1e-12, 1e9)


def is_symbol(name: object) -> bool:
    """Return whether a name may stand for a coin: 1 to 20 ASCII letters, digits, dots and dashes."""
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,19}", name) is not None


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A position in one coin: quantity in coins (negative = a short spot leg), price in quote currency per coin."""

    symbol: str
    quantity: Numeric
    price: Numeric

    def __post_init__(self) -> None:
        name = self.symbol
        if not is_symbol(name):
            raise InputError(f"symbol must be 1 to 20 letters, digits, dots or dashes, not {name!r:.40}")
        object.__setattr__(self, "quantity", SIGNED.checked(f"quantity of {name}", self.quantity))
        object.__setattr__(self, "price", PRICE.checked(f"price of {name}", self.price))

    @property
    def value(self) -> Any:
        """Return quantity x price, signed, quote currency."""
        return self.quantity * self.price


@dataclass(frozen=True)
class Portfolio:
    """Several holdings; weights are value over NET value, fixed, so the basket's move r gives value x r.

    Raises
    ------
    InputError
        If ``holdings`` are not 1 to 50 ``Holding`` objects, or long and short legs cancel. Mappings and tables go
        through :meth:`of`.

    Examples
    --------
    >>> coins = Portfolio((Holding(symbol="SOL", quantity=5, price=190), Holding(symbol="ADA", quantity=500, price=1)))
    >>> coins.value
    1450.0
    >>> coins == Portfolio.of({"SOL": (5, 190), "ADA": (500, 1)})
    True
    """

    holdings: tuple[Holding, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "holdings", _checked_holdings(self.holdings))
        if not 1 <= len(self.holdings) <= MAX_HOLDINGS:
            raise InputError(f"a portfolio must hold 1 to {MAX_HOLDINGS} coins, not {len(self.holdings)}")
        value, gross = self.value, sum(abs(h.value) for h in self.holdings)
        if np.any(np.abs(value) < 0.01 * gross) or np.any(gross == 0):
            raise InputError(
                "the holdings' net value must be at least 1 % of their gross value, not "
                f"{float(np.min(np.abs(value))):g}: long and short legs cancel, so a move of the basket has no meaning"
            )

    @classmethod
    def of(cls, holdings: Any) -> Self:
        """Return the portfolio that a mapping, a table or a sequence of holdings describes.

        Parameters
        ----------
        holdings : mapping, pandas.DataFrame, Portfolio or iterable of Holding
            A mapping gives symbol -> (quantity, price). A table has the columns ``quantity`` and ``price``, and the
            symbols in a column ``symbol`` or, without one, as its index; other columns are left alone. Quantities are
            coins (negative = a short spot leg), prices quote currency per coin.

        Raises
        ------
        InputError
            If it is none of these, a column is missing or there twice, or a figure breaks its rule.

        Examples
        --------
        >>> Portfolio.of({"SOL": (5, 190), "ADA": (2_000, 0.85)}).symbols
        ('SOL', 'ADA')
        >>> import pandas as pd
        >>> table = pd.DataFrame({"symbol": ["SOL", "ADA"], "quantity": [5, 2_000], "price": [190, 0.85]})
        >>> Portfolio.of(table).value
        2650.0
        >>> Portfolio.of(table.set_index("symbol")) == Portfolio.of(table)
        True
        """
        if isinstance(holdings, Portfolio):
            return cls(holdings.holdings)
        if isinstance(holdings, Mapping):
            rows = [(symbol, *_pair(symbol, pair)) for symbol, pair in holdings.items()]
        elif _is_table(holdings):
            rows = _table_rows(holdings)
        else:
            return cls(holdings)
        return cls(tuple(Holding(symbol=symbol, quantity=quantity, price=price) for symbol, quantity, price in rows))

    def to_frame(self) -> Any:
        """Return a table indexed by ``symbol`` with the columns ``quantity`` and ``price``: what :meth:`of` reads.

        Raises
        ------
        InputError
            If a quantity or a price is an array.

        Examples
        --------
        >>> print(Portfolio.of({"SOL": (5, 190), "ADA": (2_000, 0.85)}).to_frame().to_csv())
        symbol,quantity,price
        SOL,5.0,190.0
        ADA,2000.0,0.85
        <BLANKLINE>
        """
        import pandas as pd  # the first screen needs no table

        for holding in self.holdings:
            for name, value in (("quantity", holding.quantity), ("price", holding.price)):
                if np.ndim(value):
                    shape = np.shape(value)
                    raise InputError(f"{name} of {holding.symbol} must be one number in a table, not shape {shape}")
        columns = {name: [getattr(holding, name) for holding in self.holdings] for name in ("quantity", "price")}
        return pd.DataFrame(columns, index=pd.Index(self.symbols, name="symbol"))

    @property
    def value(self) -> Any:
        """Return the net value, quote currency; negative for a basket that is short on balance."""
        return sum(h.value for h in self.holdings)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the coins' symbols in order."""
        return tuple(h.symbol for h in self.holdings)

    @property
    def weights(self) -> Any:
        """Return value over net value of each holding; they sum to one, a short leg's is negative."""
        return np.array([h.value / self.value for h in self.holdings])

    def beta(self, betas: Sequence[float]) -> float:
        """Return the value-weighted beta; all betas against one factor."""
        return float(self.weights @ np.asarray(betas, dtype=np.float64))

    def moments(self, volatilities: Any, correlations: Any, hedge_volatility: float) -> tuple[float, float]:
        """Return (volatility, correlation with the hedge asset) of the basket at its current weights.

        ``volatilities`` has one entry a holding; ``correlations`` is the matrix of the holdings and, last, the hedge
        asset, shape (n + 1, n + 1).
        """
        scaled = np.append(self.weights * np.asarray(volatilities), hedge_volatility)
        covariance = np.asarray(correlations) * np.outer(scaled, scaled)
        volatility = float(np.sqrt(max(covariance[:-1, :-1].sum(), 0.0)))
        if volatility == 0:
            return 0.0, 0.0
        return volatility, float(np.clip(covariance[:-1, -1].sum() / (volatility * hedge_volatility), -1.0, 1.0))


def _checked_holdings(holdings: Any) -> tuple[Holding, ...]:
    """Return the holdings as a tuple, or refuse what they are by the name of its kind."""
    hint = "Portfolio.of takes a mapping symbol -> (quantity, price) or a table"
    if not isinstance(holdings, Iterable) or isinstance(holdings, Mapping | str) or _is_table(holdings):
        raise InputError(f"holdings must be a sequence of Holding objects, not a {type(holdings).__name__}; {hint}")
    checked = tuple(holdings)
    for item in checked:
        if not isinstance(item, Holding):
            raise InputError(f"holdings must be a sequence of Holding objects, and one is {item!r:.40}; {hint}")
    return checked


def _is_table(holdings: Any) -> bool:
    """Return whether it looks like a DataFrame, which can be told without importing pandas."""
    return hasattr(holdings, "columns") and hasattr(holdings, "index")


def _pair(symbol: Any, pair: Any) -> tuple[Any, Any]:
    """Return (quantity, price) of one entry of a mapping."""
    if not isinstance(pair, Sequence) or isinstance(pair, str | bytes) or len(pair) != 2:
        raise InputError(f"{symbol!r:.40} must come with a pair (quantity, price), not {pair!r:.60}")
    return pair[0], pair[1]


def _table_rows(table: Any) -> list[tuple[Any, Any, Any]]:
    """Return (symbol, quantity, price) of every row of a DataFrame."""
    names = list(table.columns)
    if any(names.count(name) != 1 for name in ("quantity", "price")) or names.count("symbol") > 1:
        shown = ", ".join(map(str, names))
        raise InputError(
            "a table of holdings must have one column quantity and one column price, and the symbols as its index or "
            f"in one column symbol, not the columns {shown:.60}"
        )
    symbols = table["symbol"] if "symbol" in names else table.index
    return list(zip(symbols.tolist(), table["quantity"].tolist(), table["price"].tolist(), strict=True))


def usd_delta(quantity: Any, price: Any) -> Any:
    """Return the delta in quote currency, q S, of coins or of a linear position of q coins."""
    return quantity * price


def net_delta(
    spot_quantity: Any, spot_price: Any, futures_quantity: Any, futures_price: Any, spot_move: Any, futures_move: Any
) -> tuple[Any, Any]:
    """Return the quote delta of spot plus linear futures (before, after) both legs moved; futures signed, short < 0."""
    spot, futures = usd_delta(spot_quantity, spot_price), usd_delta(futures_quantity, futures_price)
    return spot + futures, spot * (1.0 + spot_move) + futures * (1.0 + futures_move)


def rebalancing_trade(spot_quantity: Any, spot_price: Any, hedge_ratio: Any, futures_notional: Any) -> tuple[Any, Any]:
    """Return (target, trade) of signed futures notional: the target is -h q S, a negative trade sells futures."""
    target = -hedge_ratio * usd_delta(spot_quantity, spot_price)
    return target, target - futures_notional
