"""A perpetual, a dated and a coin-backed inverse short over the same days, all costs counted (model.md 3.4)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry.basis import DAYS_PER_YEAR, futures_basis
from hedge_widgets.model.carry.funding import DAYS, INTERVAL, funding_periods, funding_pnl
from hedge_widgets.model.limits import AMOUNT, POSITIVE, Limit, Numeric, missing_as_none

INSTRUMENTS = ("perpetual", "dated", "inverse")
LIMITS = {
    "notional": AMOUNT,
    "days": DAYS,
    "funding_rate": Limit(-0.5, 0.5),
    "inverse_funding_rate": Limit(-0.5, 0.5),
    "funding_interval": INTERVAL,
    "inverse_funding_interval": INTERVAL,
    "spot_price": POSITIVE,
    "futures_price": POSITIVE,
    "days_to_expiry": Limit(1.0, 3650.0),
    "fill_cost_rate": Limit(-0.1, 0.5),
    "dated_fill_cost_rate": Limit(-0.1, 0.5),
    "inverse_fill_cost_rate": Limit(-0.1, 0.5),
    "leverage": Limit(1.0, 1000.0),
    "money_rate": Limit(0.0, 10.0),
}


@dataclass(frozen=True, kw_only=True)
class CarryInputs:
    """A short of ``notional`` (quote currency, positive) held for ``days`` on each of three contracts.

    Funding rates are per interval (hours); the future costs ``futures_price`` with ``days_to_expiry`` to go, and each
    next one as much more than spot for as many days. ``*fill_cost_rate`` is fee and slippage of one fill; the margin of
    perpetual and future is notional / ``leverage`` and could earn ``money_rate`` a year; the inverse short is backed 1x
    by the coins themselves. Any number may be an array.
    """

    notional: Numeric
    days: Numeric
    funding_rate: Numeric
    inverse_funding_rate: Numeric
    spot_price: Numeric
    futures_price: Numeric
    days_to_expiry: Numeric
    funding_interval: Numeric = 8.0
    inverse_funding_interval: Numeric = 8.0
    fill_cost_rate: Numeric = 0.0005
    dated_fill_cost_rate: Numeric = 0.0005
    inverse_fill_cost_rate: Numeric = 0.0005
    leverage: Numeric = 3.0
    money_rate: Numeric = 0.0

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            object.__setattr__(self, name, limit.checked(name.replace("_", " "), getattr(self, name)))


@dataclass(frozen=True, kw_only=True)
class Carry:
    """What a short earns and costs over the days, price moves aside; quote currency, gain positive.

    ``carry`` is funding or convergence, ``fees`` (positive) opening, closing and rolls, ``margin_cost`` what the margin
    could have earned; ``net`` = carry - fees - margin_cost, ``annual_rate`` the net a year over the notional (None, NaN
    in arrays, for no days or no notional). ``margin`` is what has to be posted in quote currency.
    """

    carry: Any
    fees: Any
    margin_cost: Any
    net: Any
    annual_rate: Any
    n_rolls: Any
    margin: Any


def carry_comparison(inputs: CarryInputs) -> dict[str, Carry]:
    """Return the carry of each of ``INSTRUMENTS``, all numbers at the prices of today.

    The basis of the future vanishes evenly over its days; where the holding time is longer than its life it is rolled.
    """
    perpetual = _funding(inputs, inputs.funding_rate, inputs.funding_interval)
    inverse = _funding(inputs, inputs.inverse_funding_rate, inputs.inverse_funding_interval)
    basis = futures_basis(inputs.spot_price, inputs.futures_price, inputs.days_to_expiry)
    converged = inputs.notional * basis.basis_ratio * inputs.days / inputs.days_to_expiry
    n_rolls = np.maximum(np.ceil(inputs.days / inputs.days_to_expiry * (1 - 1e-12)) - 1.0, 0.0)
    margin = inputs.notional / inputs.leverage
    return {
        "perpetual": _carry(inputs, perpetual, inputs.fill_cost_rate, 0.0, margin),
        "dated": _carry(inputs, converged, inputs.dated_fill_cost_rate, n_rolls, margin),
        "inverse": _carry(inputs, inverse, inputs.inverse_fill_cost_rate, 0.0, 0.0),
    }


def _funding(inputs: CarryInputs, rate: Any, interval: Any) -> Any:
    return funding_pnl(-1.0, inputs.notional, rate, funding_periods(inputs.days, interval))


def _carry(inputs: CarryInputs, carry: Any, fill_cost_rate: Any, n_rolls: Any, margin: Any) -> Carry:
    years = np.asarray(inputs.days) / DAYS_PER_YEAR
    fees = inputs.notional * fill_cost_rate * (2.0 + 2.0 * n_rolls)
    margin_cost = margin * inputs.money_rate * years
    net = np.asarray(carry - fees - margin_cost)
    with np.errstate(divide="ignore", invalid="ignore"):
        annual = np.where(years * inputs.notional > 0, net / years / inputs.notional, np.nan)
    values = (carry, fees, margin_cost, net, annual, n_rolls, margin)
    return Carry(**dict(zip(Carry.__dataclass_fields__, map(missing_as_none, values), strict=True)))
