"""Margin, maintenance tiers, liquidation and bankruptcy price of one futures position (model.md 3.7)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import InputError, missing_as_none


@dataclass(frozen=True, kw_only=True)
class MarginTiers:
    """Marginal-rate maintenance tiers, ``maintenance_margin = max over k of notional * rate_k - deduction_k``.

    ``caps`` are inclusive upper notionals (quote currency for a linear contract, coins for an inverse one; the last
    may be ``inf``), ``maintenance_rates`` fractions that rise from tier to tier, ``max_leverages`` pure numbers.
    Because the rates rise and the deductions make the sum continuous, the maintenance margin is convex in the
    notional: the bracket valid at any price is the one that asks the most, so no search is needed.

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
    def single(cls, maintenance_rate: float, max_leverage: float, deduction: float = 0.0) -> "MarginTiers":
        """Return one tier without an upper end."""
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

    def _reached(self, notional: Any) -> int:
        """Return the tier of the largest notional: the tiers above it matter to none."""
        return int(self.tier(np.fmax.reduce(np.asarray(notional, dtype=np.float64), axis=None, initial=0.0)))


def tier_deductions(floors: list[float], maintenance_rates: list[float]) -> list[float]:
    """Return A_k = A_(k-1) + floor_k (rate_k - rate_(k-1)), which makes the maintenance margin continuous."""
    deductions = [0.0]
    for k in range(1, len(floors)):
        deductions.append(deductions[-1] + floors[k] * (maintenance_rates[k] - maintenance_rates[k - 1]))
    return deductions


def initial_margin(notional: Any, leverage: Any) -> Any:
    """Return notional / leverage, in the notional's unit."""
    return notional / leverage


def margin_ratio(maintenance_margin: Any, equity: Any) -> Any:
    """Return maintenance margin / equity (Binance's convention: liquidation at 1).

    None (NaN in arrays) for an equity of 0; negative once the equity is.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.divide(maintenance_margin, equity)
        return missing_as_none(np.where(np.asarray(equity) != 0, ratio, np.nan))


def liquidation_price(
    kind: str,
    side: Any,
    quantity: Any,
    entry_price: Any,
    collateral: Any,
    tiers: MarginTiers,
    closing_fee_rate: Any = 0.0,
) -> Any:
    """Return the first adverse mark price at which equity is no more than maintenance margin plus closing fee.

    Parameters
    ----------
    kind : {"linear", "inverse"}
    side : +1 long, -1 short; float or array
    quantity : > 0; base units (linear) or quote value of the contracts, n x contract_usd (inverse)
    collateral : what stands behind the position, quote (linear) or coins (inverse); for cross margin it is the
        wallet plus the other positions' unrealised profit less their maintenance margin
    tiers : in quote (linear) or coins (inverse)

    Returns
    -------
    float, or array of the inputs' broadcast shape; None (NaN in arrays) where no such price exists: a position
    that is never liquidated, or no position.

    Notes
    -----
    model.md 3.7: linear P* = (W + A - s Q E) / (Q (mu + phi) - s Q); an inverse position in P is a linear one of the
    opposite side in 1 / P, with n C as its quantity. The bracket valid at P* is the one reached first.
    """
    if kind == "inverse":
        crossing = _first_crossing(-np.asarray(side), quantity, 1.0 / entry_price, collateral, tiers, closing_fee_rate)
        return missing_as_none(np.divide(1.0, crossing))
    return missing_as_none(_first_crossing(side, quantity, entry_price, collateral, tiers, closing_fee_rate))


def liquidation_price_entry_basis(
    kind: str, side: Any, quantity: Any, entry_price: Any, collateral: Any, tiers: MarginTiers
) -> Any:
    """Return the mark price at which equity is no more than the maintenance margin of the ENTRY notional.

    The variant of Bybit's older help pages, which leaves out the closing fee: the bankruptcy price of what the
    maintenance margin leaves. Arguments, units and missing values as in :func:`liquidation_price`.
    """
    notional = quantity / entry_price if kind == "inverse" else quantity * entry_price
    return bankruptcy_price(kind, side, quantity, entry_price, collateral - tiers.maintenance_margin(notional))


def _first_crossing(
    side: Any, quantity: Any, entry: Any, collateral: Any, tiers: MarginTiers, closing_fee_rate: Any
) -> Any:
    """Return where W + s Q (x - E) meets max_k (Q x (mu_k + phi) - A_k) first, NaN where it never does."""
    exposure = np.asarray(side * quantity, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        resource = collateral - exposure * entry
        adverse = np.where(exposure < 0, 1.0, -1.0)  # a short meets its brackets from below, a long from above
        first = np.inf
        for cap, rate, deduction in zip(tiers.caps, tiers.maintenance_rates, tiers.deductions, strict=True):
            crossing = (resource + deduction) / (quantity * (rate + closing_fee_rate) - exposure)
            first = np.fmin(first, adverse * crossing)
            price = adverse * first
            if np.fmax.reduce(quantity * np.maximum(entry, price), axis=None, initial=0.0) <= cap:
                break  # no position gets beyond this tier on its way to its crossing
        # A fully paid position has no price; rounding would leave it one some 1e-16 of the entry.
        return np.where((exposure != 0) & (price > 1e-12 * entry) & (price < np.inf), price, np.nan)


def bankruptcy_price(kind: str, side: Any, quantity: Any, entry_price: Any, collateral: Any) -> Any:
    """Return the price at which equity is zero: E - s W / Q (linear), n C / (n C / E + s W) (inverse).

    Units as in :func:`liquidation_price`; None (NaN in arrays) where there is none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "inverse":
            price = quantity / (quantity / entry_price + side * np.asarray(collateral, dtype=np.float64))
        else:
            price = entry_price - side * np.asarray(collateral, dtype=np.float64) / quantity
        return missing_as_none(np.where(np.isfinite(price) & (price > 0), price, np.nan))
