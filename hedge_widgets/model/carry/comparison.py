"""A perpetual, a dated and a coin-backed inverse short over the same days, all costs counted (docs/model.md 3.4)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry.basis import DAYS_PER_YEAR, futures_basis, is_rate, roll_count
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
    "days_to_roll": Limit(0.0, 3650.0),
    "fill_cost_rate": Limit(-0.1, 0.5),
    "dated_fill_cost_rate": Limit(-0.1, 0.5),
    "inverse_fill_cost_rate": Limit(-0.1, 0.5),
    "leverage": Limit(1.0, 1000.0),
    "maintenance_margin": AMOUNT,
    "money_rate": Limit(0.0, 10.0),
}


@dataclass(frozen=True, kw_only=True)
class CarryInputs:
    """A short of ``notional`` (quote currency, positive) held for ``days`` on each of three contracts.

    Funding rates are per interval (hours). The future costs ``futures_price`` with ``days_to_expiry`` to go and is
    rolled after ``days_to_roll`` (None: at its expiry), see :func:`roll_count`. ``*fill_cost_rate`` is fee and slippage
    of one fill; the margin of perpetual and future is notional / ``leverage`` and could earn ``money_rate`` a year, the
    inverse short is backed 1x by the coins themselves; all three are isolated, and liquidated when no more than
    ``maintenance_margin`` (quote currency, at the prices of today) is left. Any number may be an array.
    """

    notional: Numeric
    days: Numeric
    funding_rate: Numeric
    inverse_funding_rate: Numeric
    spot_price: Numeric
    futures_price: Numeric
    days_to_expiry: Numeric
    days_to_roll: Numeric | None = None
    funding_interval: Numeric = 8.0
    inverse_funding_interval: Numeric = 8.0
    fill_cost_rate: Numeric = 0.0005
    dated_fill_cost_rate: Numeric = 0.0005
    inverse_fill_cost_rate: Numeric = 0.0005
    leverage: Numeric = 3.0
    maintenance_margin: Numeric = 0.0
    money_rate: Numeric = 0.0

    def __post_init__(self) -> None:
        if self.days_to_roll is None:
            object.__setattr__(self, "days_to_roll", self.days_to_expiry)
        for name, limit in LIMITS.items():
            object.__setattr__(self, name, limit.checked(name, getattr(self, name)))

    @property
    def margin(self) -> Any:
        """Return the margin of perpetual and future, quote currency."""
        return self.notional / self.leverage


@dataclass(frozen=True, kw_only=True)
class Carry:
    """What a short earns and costs over the days, price moves aside; quote currency, gain positive.

    ``carry`` is funding or convergence, ``fees`` (positive) opening, closing and rolls, ``margin_cost`` what the margin
    could have earned; ``net`` = carry - fees - margin_cost, ``annual_rate`` the net a year over the notional (None, NaN
    in arrays, for no days or no notional). ``margin`` is what has to be posted in quote currency, ``backing`` what
    stands behind the short, in coins or cash: all that it can lose by its carry.

    After ``eaten_days`` (None, NaN in arrays, where it receives) the carry alone, the price standing still, has used
    the backing up: from then on the short ``is_eaten``, liquidated, and its carry is the whole backing. Carry and what
    follows from it are None (NaN) for a future rolled at a basis that :func:`is_rate` refuses.
    """

    carry: Any
    fees: Any
    margin_cost: Any
    net: Any
    annual_rate: Any
    n_rolls: Any
    margin: Any
    backing: Any
    eaten_days: Any
    is_eaten: Any


def carry_comparison(inputs: CarryInputs) -> dict[str, Carry]:
    """Return the carry of each of ``INSTRUMENTS``, all numbers at the prices of today.

    The basis of the future vanishes evenly; each next one has the same basis a year.
    """
    basis = futures_basis(inputs.spot_price, inputs.futures_price, inputs.days_to_expiry)
    n_rolls = roll_count(inputs.days, inputs.days_to_roll)
    pace = inputs.notional * basis.basis_ratio / inputs.days_to_expiry
    converged = np.where((n_rolls > 0) & ~is_rate(basis.annual_simple), np.nan, pace * inputs.days)
    return {
        "perpetual": _carry(
            inputs,
            _funding(inputs, inputs.funding_rate, inputs.funding_interval),
            _daily(inputs, inputs.funding_rate, inputs.funding_interval),
            inputs.fill_cost_rate,
        ),
        "dated": _carry(inputs, converged, pace, inputs.dated_fill_cost_rate, n_rolls),
        "inverse": _carry(
            inputs,
            _funding(inputs, inputs.inverse_funding_rate, inputs.inverse_funding_interval),
            _daily(inputs, inputs.inverse_funding_rate, inputs.inverse_funding_interval),
            inputs.inverse_fill_cost_rate,
            is_backed_by_coins=True,
        ),
    }


def _funding(inputs: CarryInputs, rate: Any, interval: Any) -> Any:
    return funding_pnl(-1.0, inputs.notional, rate, funding_periods(inputs.days, interval))


def _daily(inputs: CarryInputs, rate: Any, interval: Any) -> Any:
    return funding_pnl(-1.0, inputs.notional, rate, 24.0 / np.asarray(interval))


def _carry(
    inputs: CarryInputs,
    carry: Any,
    pace: Any,
    fill_cost_rate: Any,
    n_rolls: Any = 0.0,
    *,
    is_backed_by_coins: bool = False,
) -> Carry:
    """Return the carry of one short; ``pace`` is what it receives a day."""
    years = np.asarray(inputs.days) / DAYS_PER_YEAR
    margin = 0.0 if is_backed_by_coins else inputs.margin
    backing = inputs.notional if is_backed_by_coins else inputs.margin
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        eaten = np.where(np.less(pace, 0), np.maximum(backing - inputs.maintenance_margin, 0.0) / -pace, np.nan)
    # A carry that nobody knows has eaten nothing, unless that was before the roll.
    eaten = np.where(np.isnan(carry) & (eaten > inputs.days_to_roll), np.nan, eaten)
    is_eaten = inputs.days >= eaten
    carry = np.where(is_eaten, -backing, carry)
    fees = inputs.notional * fill_cost_rate * (2.0 + 2.0 * n_rolls)
    margin_cost = margin * inputs.money_rate * years
    net = carry - fees - margin_cost
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        annual = np.where(years * inputs.notional > 0, net / years / inputs.notional, np.nan)
    values = (carry, fees, margin_cost, net, annual, n_rolls, margin, backing, eaten, is_eaten)
    return Carry(**dict(zip(Carry.__dataclass_fields__, map(missing_as_none, values), strict=True)))
