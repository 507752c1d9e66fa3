"""What travels from page to page: the book, and what its holder believes otherwise than the market says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hedge_widgets.market.facts import contract
from hedge_widgets.market.market import Market
from hedge_widgets.model.book import Book, Future, Hedge
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.futures import Futures, hedges_outcome
from hedge_widgets.model.gap import NO_GAPS
from hedge_widgets.model.hedge import LIMITS, SIZED, HedgeInputs, HedgeOutcome
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Portfolio

FIGURES = ("spot_volatility", "hedge_volatility", "correlation", "beta")
TERMS = ("hedge_price", "half_spread", "daily_volume", "funding_rate", "impact", "residual", *NO_GAPS)
OWN = (*FIGURES, *TERMS, *SIZED)
_HEDGE = ("coverage", "basis", "leverage", "margin_mode", "rounding", "order_type")
_BOOK = ("cash", "days", "move", "spike", "spike_fraction", "own_move")
_NEUTRAL = {"impact": 1.0, "residual": 0.0, **NO_GAPS}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A book, and figures of its holder's own.

    ``own`` holds, by the label of the contract that they were set for, fields of ``HedgeInputs`` in its units (those of
    ``OWN``); what is not own is the word of the figures that ship, with the coins at the prices at which they are
    held. ``edited`` are the contracts whose constants were edited, by label.

    Examples
    --------
    >>> from hedge_widgets import Book, Hedge, Portfolio
    >>> coins = Portfolio.of({"SOL": (5, 190), "BTC": (0.02, 90_000)})
    >>> short = Hedge(contract=contract("Binance USD-M BTCUSDT"), basis="dollar", coverage=1.0)
    >>> plan = Plan(book=Book(holdings=coins, hedge=short, move=-0.1))
    >>> round(plan.outcome().spot_pnl, 2)
    -275.0
    """

    book: Book
    own: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    edited: Mapping[str, ContractSpec] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        inputs: HedgeInputs,
        edited: Mapping[str, ContractSpec] | None = None,
        futures: tuple[Future, ...] = (),
    ) -> "Plan":
        """Return the plan that scalar inputs stand for: what differs from the shipped figures is its holder's own."""
        hedge = Hedge(contract=inputs.contract, **{name: getattr(inputs, name) for name in _HEDGE})
        terms: dict[str, Any] = {name: float(getattr(inputs, name)) for name in _BOOK}
        book = Book(holdings=inputs.portfolio, hedge=hedge, futures=futures, **terms)
        plan = cls(book=book, edited=edited or {})
        given: dict[str, float] = {name: float(getattr(inputs, name)) for name in (*FIGURES, *TERMS)}
        said = plan._said(plan.contract)
        own = {name: value for name, value in given.items() if not _same(value, said.get(name))}
        sized = {name: float(inputs.sized(comes)) for name, comes in SIZED.items()}
        if own.keys() & set(FIGURES) or any(not _same(sized[name], given[comes]) for name, comes in SIZED.items()):
            own |= {name: given[name] for name in FIGURES} | sized  # one estimate: half of it is none
        return replace(plan, own={inputs.contract.label: own} if own else {})

    @property
    def contract(self) -> ContractSpec:
        """Return the contract of the first hedge."""
        return self.book.hedge.contract

    def spec(self, label: str) -> ContractSpec:
        """Return a contract as edited, else as shipped."""
        return self.edited.get(label) or contract(label)

    def market(self) -> Market:
        """Return what is believed of the outside; a coin that is held has the price at which it is held."""
        return Market(prices={h.symbol: float(h.price) for h in self.book.holdings.holdings})

    def _said(self, spec: ContractSpec) -> dict[str, float]:
        """Return the market's word on a contract for these coins; without a price where none is known."""
        market = self.market()
        price = market.price(spec.underlying)
        said = {**_NEUTRAL, **market.terms(spec), **market.figures(self.book.holdings, spec.underlying).fields}
        said = {name: _within(name, value) for name, value in said.items()}
        return said if price is None else {**said, "hedge_price": price}

    def inputs(self) -> HedgeInputs:
        """Return the model's inputs for the coins and the first hedge: the market's word, but for what is own.

        Raises
        ------
        InputError
            If nobody knows a price of the contract's coin.
        """
        book, hedge = self.book, self.book.hedge
        fields = self._fields(hedge.contract)
        fields |= {name: getattr(hedge, name) for name in _HEDGE} | {name: getattr(book, name) for name in _BOOK}
        return HedgeInputs(portfolio=book.holdings, contract=hedge.contract, **fields)

    def _fields(self, spec: ContractSpec) -> dict[str, Any]:
        """Return what belongs to a contract, in the model's inputs: the market's word, but for what is own."""
        fields: dict[str, Any] = self._said(spec) | dict(self.own.get(spec.label, {}))
        if "hedge_price" not in fields:
            fields["hedge_price"] = self.market().needed_price(spec)
        return fields

    def futures(self) -> Futures:
        """Return the futures beside the hedge, as the model's inputs.

        Raises
        ------
        InputError
            If nobody knows a price of one's coin.
        """
        fields = {future.contract.label: self._fields(future.contract) for future in self.book.futures}
        return futures_of(self.book.holdings, self.contract, self.book.futures, fields, self.market())

    def outcome(self) -> HedgeOutcome:
        """Return what comes of the book at its move, each number a float: the figures that every page shows alike."""
        return hedges_outcome(self.inputs(), self.futures())

    def changed(
        self,
        *,
        contract: ContractSpec | None = None,
        value: float | None = None,
        notional: float | None = None,
        own: Mapping[str, float] | None = None,
        edited: Mapping[str, ContractSpec] | None = None,
        **parts: Any,
    ) -> "Plan":
        """Return the plan with parts of it changed, each said as a page says it.

        Parameters
        ----------
        contract
            Of the first hedge; its coverage stays, the rest follows it.
        value
            What the coins are worth, quote currency: quantities are scaled to it.
        notional
            What the first hedge is worth, quote currency: its coverage becomes what makes it so, to the nearest lot.
        own
            Figures of the holder's own, for the contract then chosen.
        edited
            Contracts whose constants were edited, by label.
        parts
            Fields of the first hedge, or "cash", "days", "move", "spike", "spike_fraction" and "own_move" of the book.

        Raises
        ------
        InputError
            If a part breaks its limit, or the notional is more than twice a full hedge.
        """
        constants = {**self.edited, **(edited or {})}
        hedge = replace(self.book.hedge, **{name: parts[name] for name in _HEDGE if name in parts})
        spec = hedge.contract if contract is None else contract
        hedge = replace(hedge, contract=constants.get(spec.label, spec))
        coins = self.book.holdings
        if value is not None:
            scale = value / coins.value
            coins = Portfolio(tuple(replace(h, quantity=h.quantity * scale) for h in coins.holdings))
        named = {name: parts[name] for name in _BOOK if name in parts}
        book = replace(self.book, holdings=coins, hedge=hedge, **named)
        figures = dict(own or {})
        for sized, comes in SIZED.items():  # a figure that is believed sizes the hedge too
            if comes in figures:
                figures.setdefault(sized, figures[comes])
        everyone = {**self.own, spec.label: {**self.own.get(spec.label, {}), **figures}} if figures else self.own
        plan = replace(self, book=book, own=everyone, edited=constants)
        return plan if notional is None else plan._sized_to(notional)

    def _sized_to(self, notional: float) -> "Plan":
        full = abs(float(self.outcome().full_hedge_ratio) * float(self.book.holdings.value))
        most = LIMITS["coverage"].high
        if notional > most * full:
            raise InputError(
                f"the hedge must be at most {most:g} times a full one, {most * full:,.0f} dollars, not {notional:,.0f}"
            )
        hedge = replace(self.book.hedge, coverage=notional / full if full else 0.0, rounding="nearest")
        return replace(self, book=replace(self.book, hedge=hedge))


def futures_of(
    coins: Portfolio,
    contract: ContractSpec,
    futures: Sequence[Future],
    fields: Mapping[str, Mapping[str, Any]],
    market: Market,
) -> Futures:
    """Return futures beside a hedge in ``contract`` as the model's inputs.

    ``fields`` are what belongs to each contract, by its label.
    """
    inputs = tuple(
        HedgeInputs(
            portfolio=coins,
            contract=future.contract,
            contracts=future.contracts,
            entry_price=future.entry_price,
            leverage=future.leverage,
            **fields[future.contract.label],
        )
        for future in futures
    )
    assets = [contract.underlying, *(future.contract.underlying for future in futures)]
    return Futures(inputs=inputs, correlations=market.correlations(assets))


def _within(name: str, value: float) -> float:
    """Return a figure inside the model's limits."""
    return float(np.clip(value, LIMITS[name].low, LIMITS[name].high))


def _same(one: float, other: float | None) -> bool:
    return other is not None and bool(np.isclose(one, other, rtol=1e-9, atol=1e-12))
