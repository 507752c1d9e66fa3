"""Futures contracts: what one is worth, what it earns, and how many can be traded (docs/model.md 3.1)."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, Limit, choice, missing_as_none
from hedge_widgets.model.margin import MarginTiers

KINDS = ("linear", "inverse")
ROUNDINGS = ("nearest", "floor", "ceil", "none")
ACCEPTED, BELOW_MIN_QUANTITY, BELOW_MIN_NOTIONAL, ABOVE_MAX_LEVERAGE, ABOVE_MAX_NOTIONAL = range(5)
REFUSALS = (None, "below_min_quantity", "below_min_notional", "above_max_leverage", "above_max_notional")


@dataclass(frozen=True, kw_only=True)
class ContractSpec:
    """One futures contract of one venue, with the source and date of its constants.

    ``contract_multiplier`` is base units per contract (linear) or quote value per contract (inverse); prices and
    ``min_notional`` are quote currency, ``lot_size`` and ``min_quantity`` contracts, rates fractions of notional,
    ``funding_interval`` hours (None: a dated contract, which pays none), ``half_spread`` a fraction of price,
    ``daily_volume`` quote currency a day; ``closing_fee_rate`` is what the venue adds to the maintenance margin in its
    liquidation condition, ``tick_size`` the step of an order's price (quote currency; None: not known). ``is_fetched``
    tells a copy that this machine fetched, ``assumed`` what it lacked, in words.
    """

    venue: str
    symbol: str
    underlying: str
    kind: str
    contract_multiplier: float
    lot_size: float
    min_quantity: float
    min_notional: float
    maker_fee_rate: float
    taker_fee_rate: float
    liquidation_fee_rate: float | None
    funding_interval: float | None
    half_spread: float
    daily_volume: float
    tiers: MarginTiers
    source: str
    date: str
    closing_fee_rate: float = 0.0
    is_fetched: bool = False
    assumed: str = ""
    tick_size: float | None = None

    def __post_init__(self) -> None:
        choice("kind", self.kind, KINDS)
        for name in ("contract_multiplier", "lot_size", "daily_volume"):
            POSITIVE.checked(name, getattr(self, name))
        if self.funding_interval is not None:
            POSITIVE.checked("funding_interval", self.funding_interval)
        for name in ("min_quantity", "min_notional"):
            AMOUNT.checked(name, getattr(self, name))
        for name in ("maker_fee_rate", "taker_fee_rate", "half_spread"):
            Limit(-0.1, 0.1).checked(name, getattr(self, name))

    @property
    def label(self) -> str:
        """Return "venue symbol", unique among the shipped contracts, with a mark where it was fetched."""
        return f"{self.listing} (fetched)" if self.is_fetched else self.listing

    @property
    def listing(self) -> str:
        """Return "venue symbol", whichever copy of the contract it is."""
        return f"{self.venue} {self.symbol}"

    @property
    def funding_hours(self) -> float:
        """Return the hours between two payments of funding, infinity where it pays none."""
        return np.inf if self.funding_interval is None else self.funding_interval

    @property
    def is_dated(self) -> bool:
        """Return whether the contract expires and pays no funding."""
        return self.funding_interval is None

    def contract_value(self, price: Any) -> Any:
        """Return the quote value of one contract at a price."""
        return self.contract_multiplier * price if self.kind == "linear" else self.contract_multiplier

    def smallest_notional(self, price: Any) -> Any:
        """Return the quote value of the smallest order at a price."""
        lots = max(self.min_quantity, self.lot_size)
        return np.maximum(self.min_notional, lots * self.contract_value(price))


@dataclass(frozen=True)
class Order:
    """A size a venue would accept: contracts >= 0, quote notional >= 0, coverage of the target (None for target 0)."""

    raw_contracts: Any
    n_contracts: Any
    notional: Any
    coverage: Any
    refusal: Any


def rounded_contracts(raw_contracts: Any, lot_size: float, rounding: str) -> Any:
    """Return contracts in whole lots: nearest (half up), floor (never over-hedge), ceil (never under-hedge), none.

    Floats and arrays; a relative guard of 1e-15 makes it agree with exact decimal arithmetic (2.3 / 0.1 is 23 lots).
    """
    if rounding == "none":
        return raw_contracts
    lots = raw_contracts / lot_size
    guard = np.minimum(1e-15 * lots, 0.25)
    if rounding == "nearest":
        return np.floor(lots + (0.5 + guard)) * lot_size
    return (np.floor(lots + guard) if rounding == "floor" else np.ceil(lots - guard)) * lot_size


def order(target_notional: Any, price: Any, contract: ContractSpec, rounding: str = "nearest") -> Order:
    """Return the order nearest to a target notional (>= 0, quote) that the venue's filters let through.

    ``refusal`` is a code of ``REFUSALS``: too few contracts first, then too small a notional; a refused order has
    zero contracts.
    """
    choice("rounding", rounding, ROUNDINGS)
    value = contract.contract_value(price)
    raw = target_notional / value
    contracts = rounded_contracts(raw, contract.lot_size, rounding)
    notional = contracts * value
    refusal = np.where(
        contracts < contract.min_quantity * (1 - 1e-12),
        BELOW_MIN_QUANTITY,
        np.where(notional < contract.min_notional * (1 - 1e-12), BELOW_MIN_NOTIONAL, ACCEPTED),
    )
    accepted = refusal == ACCEPTED
    notional = np.where(accepted, notional, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = np.where(np.asarray(target_notional) > 0, notional / target_notional, np.nan)
    return Order(
        *map(missing_as_none, (raw, np.where(accepted, contracts, 0.0), notional, coverage, refusal)),
    )


def decimal_contracts(target_notional: str, contract_value: str, lot_size: str, rounding: str) -> Decimal:
    """Return one order's contracts in exact decimal arithmetic, for an order ticket; the words are as in ``order``."""
    modes = {"nearest": ROUND_HALF_UP, "floor": ROUND_FLOOR, "ceil": ROUND_CEILING}
    lots = Decimal(target_notional) / Decimal(contract_value) / Decimal(lot_size)
    return lots.quantize(Decimal(1), rounding=modes[choice("rounding", rounding, tuple(modes))]) * Decimal(lot_size)


def linear_pnl(side: Any, quantity: Any, entry_price: Any, exit_price: Any, contract_multiplier: Any = 1.0) -> Any:
    """Return s n m (F1 - F0) in quote currency; ``side`` +1 long, -1 short."""
    return side * quantity * contract_multiplier * (exit_price - entry_price)


def inverse_pnl(side: Any, quantity: Any, entry_price: Any, exit_price: Any, contract_multiplier: Any = 1.0) -> Any:
    """Return s n C (1 / F0 - 1 / F1) in coins; times F1 it is the quote value s n C (F1 / F0 - 1)."""
    return side * quantity * contract_multiplier * (1.0 / entry_price - 1.0 / exit_price)


def average_entry_price(kind: str, quantities: Any, prices: Any) -> float:
    """Return the average entry of fills: value-weighted (linear) or harmonic, sum nC / sum (nC / F) (inverse)."""
    quantities, prices = np.asarray(quantities, dtype=np.float64), np.asarray(prices, dtype=np.float64)
    if choice("kind", kind, KINDS) == "linear":
        return float((quantities * prices).sum() / quantities.sum())
    return float(quantities.sum() / (quantities / prices).sum())


def inverse_account(coins: Any, entry_price: Any, short_usd: Any, price: Any) -> tuple[Any, Any]:
    """Return (coin equity, quote value) at ``price`` of coins that back an inverse short opened at ``entry_price``.

    ``short_usd`` is n C, positive. With short_usd = coins x entry the value is the same at every price.
    """
    equity = coins + inverse_pnl(-1.0, short_usd, entry_price, price)
    return equity, equity * price


def inverse_gross_up(target_usd: Any, leverage: Any) -> Any:
    """Return the contracts' quote value whose delta, less that of the coin margin, is ``target_usd`` net short.

    At 1x no size does: the margin coin cancels the hedge (None, NaN in arrays).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        gross = target_usd / (1.0 - 1.0 / np.asarray(leverage, dtype=np.float64))
        return missing_as_none(np.where(np.isfinite(gross), gross, np.nan))
