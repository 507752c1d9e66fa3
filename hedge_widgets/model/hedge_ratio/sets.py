"""Several shorts at once: how many contracts they are, what they leave of the variance, cost and tie up (3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.contracts import ACCEPTED, ContractSpec, order
from hedge_widgets.model.hedge_ratio import (
    forward_selection,
    minimum_variance_hedge_of,
    several_ratio_paths,
    walk_forward,
)
from hedge_widgets.model.hedge_ratio.returns import Array, rows_of_days
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

    ``tested_left`` is the share of the variance left on the days after each window, ``rounded_left`` the share left on
    the same days once every ratio is rounded to an order (none where that is too small), ``added`` how much the last of
    the shorts takes off ``tested_left``; NaN where unknown. ``cost`` (fees and half spreads, in and out) and ``margin``
    are those of the orders, quote currency. ``is_ill_conditioned`` warns that the ratios cannot be told apart, while
    their joint effect can; ``still`` names the shorts whose price does not move.
    """

    shorts: tuple[Short, ...]
    tested_left: float
    rounded_left: float
    added: float = float("nan")
    cost: float = 0.0
    margin: float = 0.0
    is_ill_conditioned: bool = False
    still: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return what is shorted."""
        return tuple(short.name for short in self.shorts)


@lru_cache(maxsize=8)
def _left_so_far(*_of: Any) -> dict[frozenset[str], float]:
    """Return what sets of names left of the variance, to be filled: on the same returns that is once for all."""
    return {}


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
    days
        Day of each return, shape (n,): window and hold are then days.

    Raises
    ------
    InputError
        If fewer than two days follow the first window.
    """

    def __init__(
        self,
        spot: Array,
        candidates: Sequence[Candidate],
        *,
        window: int,
        hold: int,
        value: float,
        leverage: float,
        days: npt.NDArray[np.int64] | None = None,
    ) -> None:
        known = np.arange(len(spot)) if days is None else days
        if len(known) < 2 or known[-2] - 2 * known[0] + known[1] <= window:
            need = f"at least {window + 2} common returns" if days is None else f"two returns after {window} days"
            raise InputError(f"spot and hedges must have {need}, not {len(spot)}")
        self.rows = rows_of_days(known, window)
        self.days = days
        self.spot, self.candidates = spot, {one.name: one for one in candidates}
        self.window, self.hold, self.value, self.leverage = window, hold, value, leverage
        series = b"".join(np.asarray(one).tobytes() for one in (known, spot, *(each.returns for each in candidates)))
        self._left = _left_so_far(series, tuple(self.candidates), window, hold, days is None)

    def left(self, names: tuple[str, ...]) -> float:
        """Return the share of the variance left on days that the ratios had not seen; NaN where spot stands still."""
        key = frozenset(names)
        if key not in self._left:
            self._left[key] = self._walked(names, self._path(names)) if names else 1.0
        return self._left[key]

    def of(self, names: tuple[str, ...]) -> HedgeSet:
        """Return what a set of candidates does."""
        if not names:
            return HedgeSet(shorts=(), tested_left=1.0, rounded_left=1.0)
        chosen, path = [self.candidates[name] for name in names], self._path(names)
        joint = minimum_variance_hedge_of(self.spot[self.rows], self._returns(names)[self.rows])
        shorts = tuple(self._short(one, float(ratio)) for one, ratio in zip(chosen, joint.hedge_ratios, strict=True))
        rounded = [-self._order(one, ratios)[1] / self.value for one, ratios in zip(chosen, path.T, strict=True)]
        is_listed = all(one.contract is not None for one in chosen)
        return HedgeSet(
            shorts=shorts,
            tested_left=self.left(names),
            added=self.left(names[:-1]) - self.left(names),
            rounded_left=self._walked(names, np.column_stack(rounded)) if is_listed else float("nan"),
            cost=sum(map(_cost, shorts)),
            margin=sum(self._margin(short) for short in shorts),
            is_ill_conditioned=joint.is_ill_conditioned,
            still=tuple(name for name, is_still in zip(names, joint.is_still, strict=True) if is_still),
        )

    def nested(self, most: int) -> list[HedgeSet]:
        """Return no hedge, one, two, ... ``most`` with contracts, each with the one more that leaves the least."""
        listed = [name for name, one in self.candidates.items() if one.contract is not None]
        return [self.of(names) for names in [(), *forward_selection(self.left, listed, min(most, self.largest))]]

    @property
    def largest(self) -> int:
        """Return how many hedges a window has returns enough for."""
        return int(self.rows.stop - self.rows.start) - 2

    def _returns(self, names: tuple[str, ...]) -> Array:
        return np.column_stack([self.candidates[name].returns for name in names])

    def _path(self, names: tuple[str, ...]) -> Array:
        return several_ratio_paths(self.spot, self._returns(names), self.window, self.hold, self.days)

    def _walked(self, names: tuple[str, ...], path: Array) -> float:
        walked = walk_forward(self.spot, self._returns(names), path, self.window, self.hold, days=self.days)
        removed = walked.effectiveness
        return float("nan") if removed is None else 1.0 - removed

    def _order(self, candidate: Candidate, ratio: Any) -> tuple[Any, Any, Any]:
        """Return (contracts, notional, whether it is too small) of the orders nearest to ratios, - for a short."""
        if candidate.contract is None:
            return np.nan, np.full(np.shape(ratio), np.nan), False
        traded, sign = order(np.abs(ratio) * self.value, candidate.price, candidate.contract), -np.sign(ratio)
        return sign * traded.n_contracts, sign * traded.notional, traded.refusal != ACCEPTED

    def _short(self, candidate: Candidate, ratio: float) -> Short:
        n_contracts, notional, is_too_small = self._order(candidate, ratio)
        return Short(
            name=candidate.name,
            contract=candidate.contract,
            ratio=ratio,
            n_contracts=float(n_contracts),
            notional=float(notional),
            is_too_small=bool(is_too_small),
        )

    def _margin(self, short: Short) -> float:
        if short.contract is None:
            return float("nan")
        size = abs(short.notional)
        return size / min(self.leverage, float(short.contract.tiers.max_leverage(size)))


def _cost(short: Short) -> Any:
    spec = short.contract
    return float("nan") if spec is None else 2 * abs(short.notional) * (spec.taker_fee_rate + spec.half_spread)
