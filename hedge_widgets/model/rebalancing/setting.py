"""What the rebalancing page is about and no slider moves: the paths, what is hedged on them, how a band trades."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.hedge_ratio import minimum_variance_hedge_ratio
from hedge_widgets.model.limits import AMOUNT, POSITIVE, SIGNED, InputError, Limit, choice
from hedge_widgets.model.options import black_76
from hedge_widgets.model.rebalancing import (
    TRADES,
    Exposure,
    Trigger,
    Triggers,
    cross_hedge,
    fixed_notional,
    option_delta,
    same_asset,
    swept_inverse,
    tracking_volatility,
)
from hedge_widgets.model.rebalancing.triggers import SIGNALS

Array = npt.NDArray[np.float64]

DAYS_PER_YEAR = 365.0
N_SHOWN = 40
KINDS = ("same", "cross", "fixed", "inverse", "option")
RULES = ("none", "daily", "time", "band", "volatility", "funding")
OTHERS = tuple(rule for rule in RULES if rule != "band")
MEASURES = ("net", "difference")
TRIGGERS = Triggers(
    coverage=0.5,
    leverage=3.0,
    rules=(
        Trigger(signal="volatility", line=0.8, back=0.6, coverage=1.0, days=30, cooldown=7),
        Trigger(signal="funding", line=-0.0002, back=0.0, coverage=0.25, days=7, cooldown=7),
        Trigger(signal="drift", line=0.2, back=0.1, coverage=0.75, days=30, cooldown=7),
        Trigger(signal="beta", line=0.3, back=0.1, coverage=0.75, days=30, cooldown=7),
        Trigger(signal="distance", line=0.15, back=0.25, coverage=0.25, days=1),
    ),
)
_RATIO = Limit(-20.0, 20.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Paths:
    """Daily prices of coin and hedge asset, shape (paths, days + 1), each path starting at 1.

    ``funding`` is what a short receives a day, shape (paths, days), None without rates. The annual volatilities and the
    correlation are those that the paths come from; ``names`` are of the paths shown, ``stamp`` is written into the
    chart; ``overlap`` is how many of the paths share a day of one history, 1 if none do.
    """

    spot: Array
    hedge: Array
    funding: Array | None
    spot_volatility: float
    hedge_volatility: float
    correlation: float
    names: tuple[str, ...] = field(repr=False)
    stamp: str
    overlap: float = 1.0

    @property
    def n_days(self) -> int:
        """Return the days of a path."""
        return int(self.spot.shape[1]) - 1

    @property
    def years(self) -> float:
        """Return how long a path is."""
        return self.n_days / DAYS_PER_YEAR

    @property
    def shown(self) -> npt.NDArray[np.int64]:
        """Return which paths are shown: all of few, evenly chosen ones of many."""
        count = len(self.spot)
        return np.unique(np.round(np.linspace(0, count - 1, min(count, N_SHOWN))).astype(np.int64))


@dataclass(frozen=True, kw_only=True)
class RebalancingSetting:
    """One position to be hedged along paths.

    ``kind`` is one of ``KINDS``; ``position_value`` and ``wealth`` are quote currency; ``hedge_ratio`` is the hedge per
    1 of position at the start, 0 stands for the minimum-variance ratio (1 on the same coin; inverse contracts and
    options have none). ``trade_to`` says where a band trades to, ``other`` is the rule it is compared with and
    ``measure`` what of the net is shown: all of it, or against a hedge on target every day at no cost. ``lot_value``
    is what a lot of the contract is worth at the start, ``min_order`` the venue's smallest order, both quote currency;
    0 is any size. ``triggers`` are the rules that change how much is hedged, one on each signal, and ``watched`` the
    signal of the one that is looked at, "" for none; ``maintenance_rate`` is that of the hedge's margin.
    """

    paths: Paths
    kind: str
    position_value: float
    wealth: float
    hedge_ratio: float = 0.0
    trade_to: str = "edge"
    other: str = "time"
    measure: str = "difference"
    lot_value: float = 0.0
    min_order: float = 0.0
    triggers: Triggers = TRIGGERS
    watched: str = ""
    maintenance_rate: float = 0.005

    def __post_init__(self) -> None:
        choice("what is hedged", self.kind, KINDS)
        choice("trade to", self.trade_to, TRADES)
        choice("rule to compare with", self.other, OTHERS)
        choice("measure", self.measure, MEASURES)
        choice("rule to look at", self.watched, ("", *SIGNALS))
        money = Limit(1.0, 1e12)
        money.checked("position, $,", self.position_value)
        money.checked("wealth, $,", self.wealth)
        _RATIO.checked("hedge ratio", self.hedge_ratio)
        AMOUNT.each(lot_value=self.lot_value, min_order=self.min_order)
        if self.ratio == 0:
            raise InputError(
                f"the minimum-variance hedge ratio must not be 0, as it is with a correlation of "
                f"{self.paths.correlation:g} and a volatility of {self.paths.spot_volatility:.4g}: give a ratio"
            )

    @property
    def lot(self) -> float:
        """Return a lot in the units of a hedge for 1 of position; prices start at 1."""
        return self.lot_value / self.position_value

    @property
    def min_value(self) -> float:
        """Return the smallest order for 1 of position."""
        return self.min_order / self.position_value

    @property
    def ratio(self) -> float:
        """Return the hedge's value per 1 of position at the start."""
        if self.kind in ("inverse", "option"):
            return 1.0
        if self.hedge_ratio:
            return self.hedge_ratio
        if self.kind != "cross":
            return 1.0
        paths = self.paths
        legs = (paths.correlation, paths.spot_volatility, paths.hedge_volatility)
        ratio = minimum_variance_hedge_ratio(*legs)
        if ratio is None:
            raise InputError("the hedge's volatility must be above 0 for a minimum-variance ratio, not 0: give a ratio")
        return float(_RATIO.checked("minimum-variance hedge ratio", ratio))

    @property
    def hedge_notional(self) -> float:
        """Return what a band of half-width 1 means at the start, quote currency: the hedge, or the whole option's."""
        return abs(self.ratio) * self.position_value

    @property
    def hedge_volatility(self) -> float:
        """Return the annual volatility of what is held as the hedge."""
        return self.paths.hedge_volatility if self.kind == "cross" else self.paths.spot_volatility

    @property
    def tracking_volatility(self) -> float:
        """Return the annual volatility of the target in units of the hedge, as a share of ``hedge_notional``.

        That of an option is Gamma F sigma, at the money at the start.
        """
        paths = self.paths
        if self.kind == "same":
            return 0.0
        if self.kind == "cross":
            legs = (paths.spot_volatility, paths.hedge_volatility, paths.correlation)
            return float(tracking_volatility(*legs))
        if self.kind == "option":
            gamma = black_76("call", 1.0, 1.0, paths.years, paths.spot_volatility).gamma
            return 0.0 if gamma is None else float(gamma * paths.spot_volatility)
        return float(tracking_volatility(0.0, paths.spot_volatility, 0.0))


def exposure(paths: Paths, kind: str, ratio: float) -> Exposure:
    """Return one quote unit of position along the paths and the hedge it asks for."""
    POSITIVE.checked("prices", paths.spot)
    SIGNED.checked("hedge ratio", ratio)
    if kind == "same":
        return same_asset(paths.spot, 1.0, DAYS_PER_YEAR, ratio)
    if kind == "cross":
        return cross_hedge(paths.spot, paths.hedge, 1.0, ratio, DAYS_PER_YEAR)
    if kind == "fixed":
        return fixed_notional(paths.spot, 1.0, ratio, DAYS_PER_YEAR)
    if kind == "inverse":
        return swept_inverse(paths.spot, 1.0, DAYS_PER_YEAR)
    return option_delta("call", -1.0, paths.spot, 1.0, paths.years, paths.spot_volatility)
