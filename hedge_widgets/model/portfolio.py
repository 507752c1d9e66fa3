"""Holdings, their value, weights, beta, volatility and delta (model.md 3.1, 3.2)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    """Several holdings; weights are value over NET value, fixed, so the basket's move r gives value x r."""

    holdings: tuple[Holding, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "holdings", tuple(self.holdings))
        if not 1 <= len(self.holdings) <= MAX_HOLDINGS:
            raise InputError(f"a portfolio must hold 1 to {MAX_HOLDINGS} coins, not {len(self.holdings)}")
        value, gross = self.value, sum(abs(h.value) for h in self.holdings)
        if np.any(np.abs(value) < 0.01 * gross) or np.any(gross == 0):
            raise InputError(
                "the holdings' net value must be at least 1 % of their gross value, not "
                f"{float(np.min(np.abs(value))):g}: long and short legs cancel, so a move of the basket has no meaning"
            )

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
