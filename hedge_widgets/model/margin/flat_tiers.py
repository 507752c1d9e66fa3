"""Margin where the whole position is charged one rate: flat tiers and rates that grow with size (docs/model.md 3.7)."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.margin.tiers import MarginTiers

RATE = Limit(0.0, 0.999)


@dataclass(frozen=True, kw_only=True)
class FlatTiers:
    """Flat tiers, as OKX has them: the whole position is charged the rates of the tier it falls in.

    ``caps`` are inclusive upper sizes, in contracts or in notional as the venue counts; rates are fractions that rise
    from tier to tier. Where the venue counts contracts, :meth:`of_size` gives the tier of a position, which no price
    changes; where it counts notional the tiers are used as they are, and the margin jumps at every edge.

    Raises
    ------
    InputError
        If the lists differ in length, a cap or a rate does not rise, or a rate is not a fraction.
    """

    caps: tuple[float, ...]
    maintenance_rates: tuple[float, ...]
    initial_rates: tuple[float, ...]
    source: str = ""
    date: str = ""

    def __post_init__(self) -> None:
        lists = (self.caps, self.maintenance_rates, self.initial_rates)
        if not self.caps or len({len(values) for values in lists}) != 1:
            raise InputError(f"flat tiers need lists of one length, not {[len(values) for values in lists]}")
        for name, values in zip(("caps", "maintenance rates", "initial rates"), lists, strict=True):
            if any(b <= a for a, b in itertools.pairwise(values)):
                raise InputError(f"{name} must rise from tier to tier, not {values}")
        RATE.checked("maintenance rates of flat tiers", np.array(self.maintenance_rates))

    def tier(self, size: Any) -> Any:
        """Return the 0-based index of the tier a size falls in; caps are inclusive, the last tier has no end."""
        return np.minimum(np.searchsorted(self.caps, size, side="left"), len(self.caps) - 1)

    def maintenance_margin(self, notional: Any, size: Any = None) -> Any:
        """Return the maintenance margin, in the notional's unit; ``size`` chooses the tier, by default the notional."""
        return notional * np.take(self.maintenance_rates, self.tier(notional if size is None else size))

    def initial_margin(self, notional: Any, size: Any = None) -> Any:
        """Return the initial margin at the highest leverage; arguments as in :meth:`maintenance_margin`."""
        return notional * np.take(self.initial_rates, self.tier(notional if size is None else size))

    def max_leverage(self, size: Any) -> Any:
        """Return the highest leverage allowed at a size, one over the initial rate."""
        return 1.0 / np.take(self.initial_rates, self.tier(size))

    def of_size(self, size: Any) -> MarginTiers:
        """Return the one tier of a position of this size (contracts), which its notional does not leave."""
        rate = np.take(self.maintenance_rates, self.tier(size))
        return MarginTiers.single(rate, self.max_leverage(size))

    @property
    def edges(self) -> tuple[float, ...]:
        """Return the notionals at which the margin jumps."""
        return self.caps[:-1]

    def coefficients(self, notional: Any) -> tuple[Any, Any, Any]:
        """Return (0, rate, 0) of the tier that a notional falls in."""
        return 0.0, np.take(self.maintenance_rates, self.tier(notional)), 0.0


@dataclass(frozen=True, kw_only=True)
class SizeRates:
    """Rates that grow with the size in coins, as Deribit has them: maintenance (base + slope q) q, in coins.

    ``slope`` is per coin. An inverse contract's size is its notional in coins, so its margin grows with the square of
    1 / price; a linear contract's size does not change, and :meth:`of_size` gives its rate.

    Raises
    ------
    InputError
        If a figure is not a fraction, or the initial rate is below the maintenance rate.
    """

    maintenance_rate: float
    initial_rate: float
    slope: float
    source: str = ""
    date: str = ""

    def __post_init__(self) -> None:
        for name in ("maintenance_rate", "initial_rate", "slope"):
            RATE.checked(name, getattr(self, name))
        if self.initial_rate < self.maintenance_rate:
            raise InputError(
                f"the initial rate must be at least the maintenance rate {self.maintenance_rate:g}, "
                f"not {self.initial_rate:g}"
            )

    def rate(self, size: Any) -> Any:
        """Return the maintenance rate of a size in coins, a fraction."""
        return self.maintenance_rate + self.slope * size

    def maintenance_margin(self, notional: Any) -> Any:
        """Return the maintenance margin in coins of a size in coins."""
        return size_margin(notional, self.maintenance_rate, self.slope)

    def initial_margin(self, notional: Any) -> Any:
        """Return the initial margin in coins of a size in coins."""
        return size_margin(notional, self.initial_rate, self.slope)

    def max_leverage(self, size: Any) -> Any:
        """Return the highest leverage allowed at a size in coins."""
        return 1.0 / (self.initial_rate + self.slope * size)

    def of_size(self, size: Any) -> MarginTiers:
        """Return the one tier of a linear position of this size in coins."""
        return MarginTiers.single(self.rate(size), self.max_leverage(size))

    @property
    def edges(self) -> tuple[float, ...]:
        """Return no edge: one formula holds for every size."""
        return ()

    def coefficients(self, notional: Any) -> tuple[Any, Any, Any]:
        """Return (0, base, slope), whatever the size."""
        del notional
        return 0.0, self.maintenance_rate, self.slope


def size_margin(size: Any, base_rate: Any, slope: Any) -> Any:
    """Return (base + slope q) q coins, the margin of q coins whose rate grows with the size (Deribit)."""
    return (base_rate + slope * size) * size
