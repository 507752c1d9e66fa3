"""What belongs to a contract follows it: looked up for the one chosen, and what was typed comes back with its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hedge_widgets.market.market import Market
from hedge_widgets.market.shipped import Figures
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.gap import NO_GAPS
from hedge_widgets.model.hedge import SIZED, HedgeInputs
from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.pages.hedge.controls import SLIDERS

FIGURES = ("spot_volatility", "hedge_volatility", "correlation", "beta")
_SPECS = {spec.field: spec for spec in SLIDERS}


def market_fields(portfolio: Portfolio, spec: ContractSpec, market: Market) -> dict[str, float]:
    """Return what the market says of a contract for these coins, in the model's units, as the controls can hold it.

    Raises
    ------
    InputError
        If nobody knows a price of its coin.
    """
    price = market.needed_price(spec)
    fields = {
        **NO_GAPS,
        "hedge_price": price,
        **market.terms(spec),
        **market.figures(portfolio, spec.underlying).fields,
    }
    return as_held(fields)


def as_held(fields: Mapping[str, float]) -> dict[str, float]:
    """Return figures as their sliders hold them; others as they are."""
    held = {name: spec.position(fields[name]) * spec.factor for name, spec in _SPECS.items() if name in fields}
    return {**fields, **held}


@dataclass(frozen=True)
class ContractMemory:
    """What a hand set, by the contract that it was set for; never mutated."""

    own: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def leaving(self, inputs: HedgeInputs, market: Market) -> "ContractMemory":
        """Return the memory with what differs from the market's word in the contract that is left."""
        said = market_fields(inputs.portfolio, inputs.contract, market)
        own = {name: getattr(inputs, name) for name, value in said.items() if not _same(getattr(inputs, name), value)}
        if own.keys() & set(FIGURES):  # one estimate: half of it is none
            own |= {name: getattr(inputs, name) for name in FIGURES}
            own |= {name: inputs.sized(comes) for name, comes in SIZED.items()}
        return ContractMemory({**self.own, inputs.contract.label: own})

    def fields(self, portfolio: Portfolio, spec: ContractSpec, market: Market) -> dict[str, Any]:
        """Return everything that belongs to a contract: the market's word, but for what was set by hand."""
        return market_fields(portfolio, spec, market) | dict(self.own.get(spec.label, {}))

    def without_figures(self) -> "ContractMemory":
        """Return the memory without volatilities, correlation and beta, which belong to coins that are gone."""
        return ContractMemory(
            {
                label: {name: value for name, value in own.items() if name not in (*FIGURES, *SIZED)}
                for label, own in self.own.items()
            }
        )

    @staticmethod
    def is_at_market(inputs: HedgeInputs, market: Market) -> bool:
        """Return whether the entry price is the market's."""
        price = market.price(inputs.contract.underlying)
        return price is not None and _same(inputs.hedge_price, price)


def are_the_markets(inputs: HedgeInputs, figures: Figures) -> bool:
    """Return whether volatilities, correlation and beta are what the market says, as far as the sliders can hold it."""
    return all(_same(getattr(inputs, name), value) for name, value in as_held(figures.fields).items())


def _same(one: Any, other: Any) -> bool:
    return bool(np.isclose(one, other, rtol=1e-9, atol=1e-12))
