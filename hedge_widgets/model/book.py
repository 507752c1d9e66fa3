"""The book: what a person holds, has on the exchange and plans to short, the same on every page."""

from dataclasses import dataclass
from typing import Any

from hedge_widgets.model.contracts import ROUNDINGS, ContractSpec
from hedge_widgets.model.hedge import BASES, LIMITS, MARGIN_MODES, ORDER_TYPES
from hedge_widgets.model.limits import InputError, choice
from hedge_widgets.model.portfolio import Portfolio

MAX_HEDGES = 8


@dataclass(frozen=True, kw_only=True)
class Hedge:
    """One future of the book and how its size is said.

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
class Book:
    """Coins, hedges and cash, and the scenario they are planned for; never changed in place.

    ``cash`` is what lies on the exchange and can be posted as margin, quote currency (0: not said); ``days`` how long
    the hedges are held; ``move`` the simple move of the coins by then, ``spike`` that of the hedge asset after
    ``spike_fraction`` of the days, ``own_move`` what it moves besides in the end, as in
    :class:`hedge_widgets.HedgeInputs`.

    Raises
    ------
    InputError
        If there are not 1 to 8 hedges, or a number breaks its limit.

    Examples
    --------
    >>> from hedge_widgets import contract
    >>> short = Hedge(contract=contract("Binance USD-M BTCUSDT"), coverage=0.5)
    >>> Book(holdings=Portfolio.of({"SOL": (5, 190), "BTC": (0.02, 90_000)}), hedges=(short,), cash=600).holdings.value
    2750.0
    """

    holdings: Portfolio
    hedges: tuple[Hedge, ...]
    cash: float = 0.0
    days: float = 30.0
    move: float = -0.2
    spike: float = 0.0
    spike_fraction: float = 0.5
    own_move: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.hedges) <= MAX_HEDGES:
            raise InputError(f"a book must have 1 to {MAX_HEDGES} hedges, not {len(self.hedges)}")
        for name in ("cash", "days", "move", "spike", "spike_fraction", "own_move"):
            object.__setattr__(self, name, _one(name, getattr(self, name)))

    @property
    def hedge(self) -> Hedge:
        """Return the first hedge, which pages that know one hedge are about."""
        return self.hedges[0]


def _one(name: str, value: Any) -> float:
    return float(LIMITS[name].checked(name, value))
