"""Portfolio margin of one risk unit: the worst of a grid of scenarios, and the charges on top (docs/model.md 3.8).

Simplified teaching models of what venues do, not their engines. Left out: the charges for the term structure of
volatility (MR3) and for interest rates (MR5), borrowing and de-pegging.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, InputError, Limit, choice, missing_as_none, spoken
from hedge_widgets.model.portfolio_margin.legs import Leg, scenario_pnl

SPOT_USES = ("offset", "none")
BINDING = ("shock", "theta", "extreme", "minimum")


@dataclass(frozen=True, kw_only=True)
class PortfolioRules:
    """The parameters of a venue's portfolio margin for one coin, rates as fractions.

    ``price_shocks`` and ``volatility_shocks`` (relative) span the grid; ``extreme_scenarios`` are (shock, weight of its
    loss); ``annual_basis_rate`` is charged per year between matched legs, a perpetual counting ``perpetual_years``;
    ``minimum_charge_rate`` is of the derivatives' notional, raised step by step by the multipliers of
    ``minimum_charge_tiers`` (upper charge, multiplier); ``initial_factor`` times the maintenance margin is the initial
    margin; ``spot_use`` "offset" counts spot as far as it offsets derivatives, "none" leaves it out;
    ``minimum_equity`` (USD) is required for portfolio margin. A charge or an equity of None is not known: it is counted
    as nothing, so that the margin is a lower bound. ``sources`` are (source, date) by field, where there is one.

    Assumptions, not figures of a venue: the volatility shocks; the 0.24 years of a perpetual, with which 5 % per year
    (a rate of 2 January 2025) give the 1.2 % of OKX's example of 31 May 2024 (8,053.32 of 671,110); the initial factor
    of 1.3, except Deribit's 1.25.
    """

    venue: str
    price_shocks: tuple[float, ...]
    volatility_shocks: tuple[float, ...] = (-0.25, 0.0, 0.25)
    extreme_scenarios: tuple[tuple[float, float], ...] = ()
    annual_basis_rate: float | None = 0.0
    perpetual_years: float = 0.24
    minimum_charge_rate: float | None = 0.0
    minimum_charge_tiers: tuple[tuple[float, float], ...] = ((float("inf"), 1.0),)
    initial_factor: float = 1.3
    spot_use: str = "offset"
    minimum_equity: float | None = 0.0
    sources: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        choice("spot_use", self.spot_use, SPOT_USES)
        shock = Limit(-0.99, 100.0)
        for name in ("price_shocks", "volatility_shocks"):
            if 0.0 not in np.asarray(shock.checked(name, getattr(self, name))):
                raise InputError(f"{spoken(name)} must contain 0, not only {getattr(self, name)}")
        for extreme, weight in self.extreme_scenarios:
            shock.checked("extreme shock", extreme)
            Limit(0.0, 1.0).checked("weight of an extreme shock", weight)
        for name in ("annual_basis_rate", "perpetual_years", "minimum_charge_rate", "minimum_equity"):
            if getattr(self, name) is not None:
                AMOUNT.checked(name, getattr(self, name))
        Limit(1.0, 10.0).checked("initial_factor", self.initial_factor)

    @property
    def is_complete(self) -> bool:
        """Return whether every charge is known; else margins are lower bounds."""
        return self.annual_basis_rate is not None and self.minimum_charge_rate is not None

    def is_eligible(self, equity: Any) -> Any:
        """Return whether an equity in USD is enough for portfolio margin; where nobody knows it counts as enough."""
        return np.asarray(equity) >= (self.minimum_equity or 0.0)


@dataclass(frozen=True, kw_only=True)
class UnitMargin:
    """The margin of a risk unit, quote currency, positive; shapes as the legs' numbers broadcast.

    ``scenario_pnl`` has two axes more, price shock and volatility shock; ``binding_price_shock`` and
    ``binding_volatility_shock`` are those of the worst scenario, ``shock_charge`` its loss; ``binding`` is the index
    into ``BINDING`` of what sets the margin. ``net_delta`` is quote currency, spot not in use left out.
    """

    scenario_pnl: Any
    binding_price_shock: Any
    binding_volatility_shock: Any
    binding: Any
    shock_charge: Any
    theta_charge: Any
    basis_charge: Any
    extreme_charge: Any
    minimum_charge: Any
    maintenance_margin: Any
    initial_margin: Any
    net_delta: Any


def progressive_charge(amount: Any, tiers: Sequence[tuple[float, float]]) -> Any:
    """Return the sum over slices of an amount, each times the rate of its tier (upper amount, rate).

    What exceeds the last upper amount has the last rate.
    """
    amount = AMOUNT.checked("amount", amount)
    uppers = [np.inf if upper is None else float(upper) for upper, _ in tiers]
    if not uppers or any(b <= a for a, b in itertools.pairwise(uppers)):
        raise InputError(f"tiers must rise and be at least one, not {uppers}")
    floors, caps = np.array([0.0, *uppers[:-1]]), np.array([*uppers[:-1], np.inf])
    rates = np.array([rate for _, rate in tiers], dtype=np.float64)
    slices = np.clip(np.asarray(amount)[..., np.newaxis] - floors, 0.0, caps - floors)
    return missing_as_none((slices * rates).sum(axis=-1))


def combined_charges(shock: Any, theta: Any, vega: Any, basis: Any, rate: Any, extreme: Any, minimum: Any) -> Any:
    """Return max(max(MR1 shock, MR2 theta, MR6 extreme) + MR3 vega + MR4 basis + MR5 rate, MR7 minimum) (OKX)."""
    return np.maximum(np.maximum(np.maximum(shock, theta), extreme) + vega + basis + rate, minimum)[()]


def matched_notional(values: Sequence[Any]) -> Any:
    """Return the smaller of the long and of the short notionals: what offsets in a unit, quote currency."""
    long = sum(np.maximum(value, 0.0) for value in values)
    short = sum(np.maximum(np.negative(value), 0.0) for value in values)
    return np.minimum(long, short)


def worst_loss(pnl: Any) -> Any:
    """Return the largest loss over the last two axes (price and volatility shocks), 0 where every scenario gains."""
    return np.maximum(-np.min(pnl, axis=(-2, -1)), 0.0)[()]


def basis_charge(values: Sequence[Any], years: Sequence[Any], annual_rate: float, largest_rate: float) -> Any:
    """Return matched notional x annual rate x years between the long and the short side, quote currency.

    ``values`` are signed notionals, ``years`` how far from the spot price each leg can stray. The rate is at most
    ``largest_rate``: two legs that offset cannot lose more by their basis than one of them alone.
    """
    long, short = [np.maximum(v, 0.0) for v in values], [np.maximum(np.negative(v), 0.0) for v in values]
    sides = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for side in (long, short):
            total = sum(side)
            weighted = sum(notional * year for notional, year in zip(side, years, strict=True))
            sides.append(np.where(total > 0, np.divide(weighted, total), 0.0))
    rate = np.minimum(annual_rate * np.abs(sides[0] - sides[1]), largest_rate)
    return matched_notional(values) * rate


def unit_margin(legs: Sequence[Leg], rules: PortfolioRules) -> UnitMargin:
    """Return the portfolio margin of the legs of ONE underlying under a venue's rules.

    Raises
    ------
    InputError
        If there is no leg.
    """
    if not legs:
        raise InputError("a risk unit must hold at least one leg, not 0")
    used = _in_use(legs, rules)
    pnl = scenario_pnl(used, rules.price_shocks, rules.volatility_shocks)
    shock = worst_loss(pnl)
    row, column = np.divmod(np.argmin(pnl.reshape(*pnl.shape[:-2], -1), axis=-1), len(rules.volatility_shocks))
    theta = np.maximum(-sum(leg.pnl(0.0, 0.0, 1.0) for leg in used), 0.0)
    basis = _basis(used, rules)
    extreme = np.zeros(())
    for move, weight in rules.extreme_scenarios:
        extreme = np.maximum(extreme, weight * worst_loss(scenario_pnl(used, move)))
    minimum = _minimum(legs, rules)
    maintenance = combined_charges(shock, theta, 0.0, basis, 0.0, extreme, minimum)
    largest = np.argmax(np.stack(np.broadcast_arrays(shock, theta, extreme)), axis=0)
    values = {
        "scenario_pnl": pnl,
        "binding_price_shock": np.take(rules.price_shocks, row),
        "binding_volatility_shock": np.take(rules.volatility_shocks, column),
        "binding": np.where(maintenance > minimum, largest, BINDING.index("minimum")),
        "shock_charge": shock,
        "theta_charge": theta,
        "basis_charge": basis,
        "extreme_charge": extreme,
        "minimum_charge": minimum,
        "maintenance_margin": maintenance,
        "initial_margin": rules.initial_factor * maintenance,
        "net_delta": sum(leg.delta() * leg.price for leg in used),
    }
    return UnitMargin(**{name: missing_as_none(value) for name, value in values.items()})


def _basis(legs: Sequence[Leg], rules: PortfolioRules) -> Any:
    """Return the basis charge between the coins and futures of a unit; options have none."""
    linear = [leg for leg in legs if not leg.is_option]
    if not linear:
        return 0.0
    years = [rules.perpetual_years if leg.instrument == "perpetual" else leg.years for leg in linear]
    largest = max(map(abs, rules.price_shocks))
    return basis_charge([leg.value for leg in linear], years, rules.annual_basis_rate or 0.0, largest)


def _minimum(legs: Sequence[Leg], rules: PortfolioRules) -> Any:
    """Return the minimum charge of the derivatives of a unit: what it costs to close them."""
    notional = sum((np.abs(leg.value) for leg in legs if leg.instrument != "spot"), start=np.zeros(()))
    return progressive_charge((rules.minimum_charge_rate or 0.0) * notional, rules.minimum_charge_tiers)


def _in_use(legs: Sequence[Leg], rules: PortfolioRules) -> list[Leg]:
    """Return the legs that count: spot only as far as it offsets the delta of the derivatives."""
    spot = [leg for leg in legs if leg.instrument == "spot"]
    derivatives = [leg for leg in legs if leg.instrument != "spot"]
    if not spot or rules.spot_use == "none":
        return derivatives or [replace(leg, quantity=0.0 * leg.quantity) for leg in spot]
    held = sum(leg.quantity for leg in spot)
    against = -sum((leg.delta() for leg in derivatives), start=np.zeros(()))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(held != 0, np.clip(np.divide(against, held), 0.0, 1.0), 0.0)
    return [replace(leg, quantity=leg.quantity * share) for leg in spot] + derivatives
