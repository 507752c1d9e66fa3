"""The book: what a person holds, has on the exchange and plans to short, the same on every page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from hedge_widgets.model.contracts import ROUNDINGS, ContractSpec
from hedge_widgets.model.hedge import BASES, CONTRACTS, LIMITS, MARGIN_MODES, ORDER_TYPES
from hedge_widgets.model.limits import InputError, choice
from hedge_widgets.model.portfolio import PRICE, Portfolio

MAX_FUTURES = 7  # beside the hedge: eight in all


@dataclass(frozen=True, kw_only=True)
class Hedge:
    """The hedge that is planned, and how its size is said.

    ``coverage`` is the share of a full hedge, and ``basis`` says of which one: "dollar" (as many dollars as the coins
    are worth), "beta" or "minimum_variance". ``leverage`` is notional over initial margin.

    Raises
    ------
    InputError
        If a word is not one of its kind, or a number breaks its limit.
    """

    contract: ContractSpec
    coverage: float = 0.75
    basis: str = "minimum_variance"
    leverage: float = 3.0
    margin_mode: str = "isolated"
    rounding: str = "nearest"
    order_type: str = "taker"

    def __post_init__(self) -> None:
        choice("basis", self.basis, BASES)
        choice("margin_mode", self.margin_mode, MARGIN_MODES)
        choice("rounding", self.rounding, ROUNDINGS)
        choice("order_type", self.order_type, ORDER_TYPES)
        for name in ("coverage", "leverage"):
            object.__setattr__(self, name, _one(name, getattr(self, name)))


@dataclass(frozen=True, kw_only=True)
class Future:
    """A future beside the hedge: ``contracts`` of it (negative = short), open already or planned too.

    ``entry_price`` (quote currency) and ``opened_on`` are those of one that is open; without an entry price it is
    planned, at today's. Its margin is isolated: the notional at entry over ``leverage``, as it was posted then.

    Raises
    ------
    InputError
        If a number breaks its limit, there are no contracts, or what is only planned was opened on a day.
    """

    contract: ContractSpec
    contracts: float
    entry_price: float | None = None
    leverage: float = 3.0
    opened_on: date | None = None

    def __post_init__(self) -> None:
        name = self.contract.label
        object.__setattr__(self, "contracts", float(CONTRACTS.checked(f"contracts of {name}", self.contracts)))
        object.__setattr__(self, "leverage", _one("leverage", self.leverage))
        if self.contracts == 0:
            raise InputError(f"contracts of {name} must be below 0 for a short or above 0 for a long, not 0")
        if self.entry_price is not None:
            object.__setattr__(self, "entry_price", float(PRICE.checked(f"entry price of {name}", self.entry_price)))
        elif self.opened_on is not None:
            raise InputError(f"{name} was opened on {self.opened_on}, so it must have an entry price")


@dataclass(frozen=True, kw_only=True)
class Book:
    """Coins, hedge, other futures and cash, and the scenario they are planned for; never changed in place.

    ``cash`` is what lies on the exchange and can be posted as margin, quote currency (0: not said); ``days`` how long
    the hedge is held; ``move`` the simple move of the coins by then, ``spike`` that of the hedge asset after
    ``spike_fraction`` of the days, ``own_move`` what it moves besides in the end, as in
    :class:`hedge_widgets.HedgeInputs`.

    Raises
    ------
    InputError
        If there are more than 7 other futures, or a number breaks its limit.

    Examples
    --------
    >>> from hedge_widgets import contract
    >>> short = Hedge(contract=contract("Binance USD-M BTCUSDT"), coverage=0.5)
    >>> Book(holdings=Portfolio.of({"SOL": (5, 190), "BTC": (0.02, 90_000)}), hedge=short, cash=600).holdings.value
    2750.0
    """

    holdings: Portfolio
    hedge: Hedge
    futures: tuple[Future, ...] = ()
    cash: float = 0.0
    days: float = 30.0
    move: float = -0.2
    spike: float = 0.0
    spike_fraction: float = 0.5
    own_move: float = 0.0

    def __post_init__(self) -> None:
        if len(self.futures) > MAX_FUTURES:
            raise InputError(
                f"a book must have at most {MAX_FUTURES} futures beside its hedge, not {len(self.futures)}"
            )
        for name in ("cash", "days", "move", "spike", "spike_fraction", "own_move"):
            object.__setattr__(self, name, _one(name, getattr(self, name)))


def _one(name: str, value: Any) -> float:
    return float(LIMITS[name].checked(name, value))
