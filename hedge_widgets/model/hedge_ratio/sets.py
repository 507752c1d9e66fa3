"""Several shorts at once: how many contracts they are, what they leave of the variance, cost and tie up (3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.contracts import ACCEPTED, ContractSpec, order
from hedge_widgets.model.hedge_ratio import (
    forward_selection,
    minimum_variance_hedge_of,
    several_ratio_paths,
    walk_forward,
)
from hedge_widgets.model.hedge_ratio.returns import Array
from hedge_widgets.model.limits import InputError


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What may be shorted: its returns, shape (n,), its linear contract (None: none is listed), and the price of it."""

    name: str
    returns: Array
    contract: ContractSpec | None
    price: float


@dataclass(frozen=True, kw_only=True)
class Short:
    """One hedge of a set: ``ratio`` dollars short per dollar held, and the order nearest to it.

    ``n_contracts`` and ``notional`` are signed, - for a short; NaN without a contract, 0 where the order is too small.
    """

    name: str
    contract: ContractSpec | None
    ratio: float
    n_contracts: float
    notional: float
    is_too_small: bool


@dataclass(frozen=True, kw_only=True)
class HedgeSet:
    """Some shorts at once, none too.

    ``tested_left`` is the share of the variance left on the days after each window, ``added`` how much less that is
    than without the last of the shorts, ``rounded_left`` the share left in the last window by the orders as they can be
    traded; NaN where unknown. ``cost`` (fees and half spreads, in and out) and ``margin`` are quote currency, those of
    the orders. ``is_ill_conditioned`` warns that the ratios cannot be told apart, while their joint effect can.
    """

    shorts: tuple[Short, ...]
    tested_left: float
    added: float
    rounded_left: float
    cost: float
    margin: float
    is_ill_conditioned: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Return what is shorted."""
        return tuple(short.name for short in self.shorts)


class HedgeSets:
    """What sets of hedges do for what is held.

    Parameters
    ----------
    spot
        Returns of what is held, shape (n,).
    candidates
        What may be shorted, on the same days.
    window, hold
        Returns of a window, and for how many more a ratio is held in the walk, as in :func:`walk_forward`.
    value
        Of what is held, quote currency.
    leverage
        Notional over initial margin, where the contract allows as much.

    Raises
    ------
    InputError
        If fewer than two days follow the first window.
    """

    def __init__(
        self, spot: Array, candidates: Sequence[Candidate], *, window: int, hold: int, value: float, leverage: float
    ) -> None:
        if len(spot) < window + 2:
            raise InputError(f"spot and hedges must have at least {window + 2} common returns, not {len(spot)}")
        self.spot, self.candidates = spot, {one.name: one for one in candidates}
        self.window, self.hold, self.value, self.leverage = window, hold, value, leverage
        self._left: dict[frozenset[str], float] = {}

    def left(self, names: tuple[str, ...]) -> float:
        """Return the share of the variance left on days that the ratios had not seen; NaN where spot stands still."""
        if not names:
            return 1.0
        key = frozenset(names)
        if key not in self._left:
            hedges = self._returns(names)
            path = several_ratio_paths(self.spot, hedges, self.window, self.hold)
            removed = walk_forward(self.spot, hedges, path, self.window, self.hold).effectiveness
            self._left[key] = float("nan") if removed is None else 1.0 - removed
        return self._left[key]

    def of(self, names: tuple[str, ...]) -> HedgeSet:
        """Return what a set of candidates does."""
        window, spot = self._returns(names)[-self.window :], self.spot[-self.window :]
        joint = minimum_variance_hedge_of(spot, window) if names else None
        ratios = () if joint is None else joint.hedge_ratios
        shorts = tuple(self._short(self.candidates[name], float(h)) for name, h in zip(names, ratios, strict=True))
        left = spot + window @ np.array([short.notional / self.value for short in shorts])
        return HedgeSet(
            shorts=shorts,
            tested_left=self.left(names),
            added=self.left(names[:-1]) - self.left(names) if names else float("nan"),
            rounded_left=float(left.var() / spot.var()) if np.ptp(spot) > 0 else float("nan"),
            cost=sum(map(_cost, shorts)),
            margin=sum(self._margin(short) for short in shorts),
            is_ill_conditioned=joint is not None and joint.is_ill_conditioned,
        )

    def nested(self, most: int) -> list[HedgeSet]:
        """Return no hedge, one, two, ... ``most`` with contracts, each with the one more that leaves the least."""
        listed = [name for name, one in self.candidates.items() if one.contract is not None]
        return [self.of(names) for names in [(), *forward_selection(self.left, listed, min(most, self.largest))]]

    @property
    def largest(self) -> int:
        """Return how many hedges a window has returns enough for."""
        return self.window - 2

    def _returns(self, names: tuple[str, ...]) -> Array:
        return np.array([self.candidates[name].returns for name in names]).reshape(len(names), len(self.spot)).T

    def _short(self, candidate: Candidate, ratio: float) -> Short:
        spec, sign = candidate.contract, -1.0 if ratio >= 0 else 1.0
        traded = None if spec is None else order(abs(ratio) * self.value, candidate.price, spec)
        return Short(
            name=candidate.name,
            contract=spec,
            ratio=ratio,
            n_contracts=float("nan") if traded is None else sign * float(traded.n_contracts),
            notional=float("nan") if traded is None else sign * float(traded.notional),
            is_too_small=traded is not None and traded.refusal != ACCEPTED,
        )

    def _margin(self, short: Short) -> float:
        if short.contract is None:
            return float("nan")
        size = abs(short.notional)
        return size / min(self.leverage, float(short.contract.tiers.max_leverage(size)))


def _cost(short: Short) -> Any:
    spec = short.contract
    return float("nan") if spec is None else 2 * abs(short.notional) * (spec.taker_fee_rate + spec.half_spread)
