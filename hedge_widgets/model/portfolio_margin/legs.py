"""What a risk unit is made of, and what its parts gain or lose in a scenario (docs/model.md 3.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, SIGNED, InputError, Limit, Numeric, choice
from hedge_widgets.model.options import OPTIONS, option_value
from hedge_widgets.model.portfolio import PRICE

INSTRUMENTS = ("spot", "perpetual", "future", "call", "put")
DAY = 1.0 / 365.0


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One position of a risk unit; every number may be an array, the arrays of a unit broadcast.

    ``quantity`` is coins, negative = short; ``price`` the mark of the coin or the future, for an option that of the
    future it is on, quote currency; ``years`` the time to expiry of a future or an option; ``strike`` (quote currency)
    and ``volatility`` (annual) are an option's. Inverse contracts enter as their coins at the mark, n C / P.
    """

    instrument: str
    quantity: Numeric
    price: Numeric
    years: Numeric = 0.0
    strike: Numeric | None = None
    volatility: Numeric | None = None

    def __post_init__(self) -> None:
        choice("instrument", self.instrument, INSTRUMENTS)
        limits = {"quantity": SIGNED, "price": PRICE, "years": Limit(0.0, 50.0)}
        if self.is_option:
            limits |= {"strike": POSITIVE, "volatility": AMOUNT}
        for name, limit in limits.items():
            checked = limit.checked(f"{name} of a {self.instrument}", getattr(self, name))
            object.__setattr__(self, name, checked)

    @property
    def is_option(self) -> bool:
        """Return whether the leg is a call or a put."""
        return self.instrument in OPTIONS

    @property
    def value(self) -> Any:
        """Return the signed notional, coins times price, quote currency."""
        return self.quantity * self.price

    def delta(self) -> Any:
        """Return the signed delta in coins."""
        if not self.is_option:
            return self.quantity
        step = 1e-4
        change = self._worth(1.0 + step, 1.0, 0.0) - self._worth(1.0 - step, 1.0, 0.0)
        return self.quantity * change / (2.0 * step * self.price)

    def pnl(self, price_shock: Any, volatility_shock: Any = 0.0, days: float = 0.0) -> Any:
        """Return the gain at a relative shock of the price and of the volatility, after some days; quote currency.

        Shocks broadcast with the leg's numbers: give these trailing axes of length one first (``Leg.spread``).
        """
        if not self.is_option:
            return self.value * price_shock
        now = self._worth(1.0, 1.0, 0.0)
        return self.quantity * (self._worth(1.0 + price_shock, 1.0 + volatility_shock, days) - now)

    def spread(self) -> "Leg":
        """Return the leg with two trailing axes of length one, for a grid of price and volatility shocks."""

        def spread(value: Any) -> Any:
            return None if value is None else np.asarray(value, dtype=np.float64)[..., np.newaxis, np.newaxis]

        names = ("quantity", "price", "years", "strike", "volatility")
        return Leg(instrument=self.instrument, **{name: spread(getattr(self, name)) for name in names})

    def _worth(self, price_factor: Any, volatility_factor: Any, days: float) -> Any:
        if self.strike is None or self.volatility is None:
            raise InputError(f"a {self.instrument} must have a strike and a volatility, not None")
        left = np.maximum(self.years - days * DAY, 0.0)
        deviation = self.volatility * volatility_factor * np.sqrt(left)
        return option_value(self.price * price_factor, self.strike, deviation, self.instrument)


def scenario_pnl(legs: Sequence[Leg], price_shocks: Any, volatility_shocks: Any = (0.0,)) -> Any:
    """Return the gain of all legs in every scenario, shape (..., price shocks, volatility shocks), quote currency.

    The leading axes are those of the legs' numbers. All legs move by the same relative shock: what they do among each
    other is the basis charge.

    Raises
    ------
    InputError
        If there is no leg, or a shock is not a finite number above -1.
    """
    if not legs:
        raise InputError("a risk unit must hold at least one leg, not 0")
    price = Limit(-0.99, 100.0).checked("price shocks", price_shocks)
    volatility = Limit(-0.99, 100.0).checked("volatility shocks", volatility_shocks)
    price, volatility = np.reshape(price, (-1, 1)), np.reshape(volatility, (1, -1))
    total = sum(leg.spread().pnl(price, volatility) for leg in legs)
    return np.asarray(total) + np.zeros((price.shape[0], volatility.shape[1]))
