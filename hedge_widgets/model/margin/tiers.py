"""Maintenance tiers that charge each slice its own rate: Binance, Bybit, Hyperliquid (docs/model.md 3.7)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import InputError


@dataclass(frozen=True, kw_only=True)
class MarginTiers:
    """Marginal-rate maintenance tiers, ``maintenance_margin = max over k of notional * rate_k - deduction_k``.

    ``caps`` are inclusive upper notionals (quote currency for a linear contract, coins for an inverse one; the last
    may be ``inf``), ``maintenance_rates`` fractions that rise from tier to tier, ``max_leverages`` pure numbers.
    Because the rates rise and the deductions make the sum continuous, the maintenance margin is convex in the
    notional: the bracket valid at any price is the one that requires the most, so no search is needed.

    Raises
    ------
    InputError
        If the lists differ in length or a rate does not rise.
    """

    caps: tuple[float, ...]
    maintenance_rates: tuple[float, ...]
    max_leverages: tuple[float, ...]
    deductions: tuple[float, ...]
    source: str = ""
    date: str = ""

    def __post_init__(self) -> None:
        lists = (self.caps, self.maintenance_rates, self.max_leverages, self.deductions)
        if not self.caps or len({len(values) for values in lists}) != 1:
            raise InputError(f"margin tiers need lists of one length, not {[len(values) for values in lists]}")
        if any(b <= a for a, b in zip(self.maintenance_rates, self.maintenance_rates[1:], strict=False)):
            raise InputError(f"maintenance rates must rise from tier to tier, not {self.maintenance_rates}")

    @classmethod
    def single(cls, maintenance_rate: Any, max_leverage: Any, deduction: Any = 0.0) -> "MarginTiers":
        """Return one tier without an upper end; the figures may be arrays, one entry a position."""
        return cls(
            caps=(float("inf"),),
            maintenance_rates=(maintenance_rate,),
            max_leverages=(max_leverage,),
            deductions=(deduction,),
        )

    @classmethod
    def from_floors(
        cls, floors: list[float], maintenance_rates: list[float], max_leverages: list[float] | None = None
    ) -> "MarginTiers":
        """Return tiers with the deductions that make the maintenance margin continuous at every floor."""
        return cls(
            caps=(*floors[1:], float("inf")),
            maintenance_rates=tuple(maintenance_rates),
            max_leverages=tuple(max_leverages or [1.0] * len(floors)),
            deductions=tuple(tier_deductions(floors, maintenance_rates)),
        )

    def tier(self, notional: Any) -> Any:
        """Return the 0-based index of the tier a notional falls in; caps are inclusive."""
        return np.minimum(np.searchsorted(self.caps, notional, side="left"), len(self.caps) - 1)

    def max_leverage(self, notional: Any) -> Any:
        """Return the highest leverage allowed at a notional."""
        reached = self._reached(notional)
        allowed = np.asarray(self.max_leverages[reached], dtype=np.float64)
        for k in reversed(range(reached)):
            allowed = np.where(notional <= self.caps[k], self.max_leverages[k], allowed)
        return allowed

    def maintenance_margin(self, notional: Any) -> Any:
        """Return the maintenance margin, in the notional's unit, positive."""
        margin = notional * self.maintenance_rates[0] - self.deductions[0]
        for k in range(1, self._reached(notional) + 1):
            margin = np.maximum(margin, notional * self.maintenance_rates[k] - self.deductions[k])
        return margin

    @property
    def edges(self) -> tuple[float, ...]:
        """Return the notionals at which the rate changes."""
        return self.caps[:-1]

    def coefficients(self, notional: Any) -> tuple[Any, Any, Any]:
        """Return (-deduction, rate, 0) of the tier that a notional falls in."""
        if len(self.caps) == 1:  # whose figures may be arrays
            return -np.asarray(self.deductions[0]), np.asarray(self.maintenance_rates[0]), 0.0
        tier = self.tier(notional)
        return -np.take(self.deductions, tier), np.take(self.maintenance_rates, tier), 0.0

    def first_crossing(self, side: Any, quantity: Any, entry: Any, collateral: Any, closing_fee_rate: Any = 0.0) -> Any:
        """Return where W + s Q (x - E) meets max_k (Q x (mu_k + phi) - A_k) first, NaN where it never does.

        One pass over the tiers in closed form: the simulator asks for thousands of these at once.
        """
        exposure = np.asarray(side * quantity, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            resource = collateral - exposure * entry
            adverse = np.where(exposure < 0, 1.0, -1.0)  # a short meets its brackets from below, a long from above
            first = np.inf
            for cap, rate, deduction in zip(self.caps, self.maintenance_rates, self.deductions, strict=True):
                crossing = (resource + deduction) / (quantity * (rate + closing_fee_rate) - exposure)
                first = np.fmin(first, adverse * crossing)
                price = adverse * first
                if np.fmax.reduce(quantity * np.maximum(entry, price), axis=None, initial=0.0) <= cap:
                    break  # no position gets beyond this tier on its way to its crossing
            # A fully paid position has no price; rounding would leave it one some 1e-16 of the entry.
            return np.where((exposure != 0) & (price > 1e-12 * entry) & (price < np.inf), price, np.nan)

    def _reached(self, notional: Any) -> int:
        """Return the tier of the largest notional: the tiers above it matter to none."""
        return int(self.tier(np.fmax.reduce(np.asarray(notional, dtype=np.float64), axis=None, initial=0.0)))


def tier_deductions(floors: list[float], maintenance_rates: list[float]) -> list[float]:
    """Return A_k = A_(k-1) + floor_k (rate_k - rate_(k-1)), which makes the maintenance margin continuous."""
    deductions = [0.0]
    for k in range(1, len(floors)):
        deductions.append(deductions[-1] + floors[k] * (maintenance_rates[k] - maintenance_rates[k - 1]))
    return deductions
