"""Which contract: what each removes from the own coins, what it costs, and what its lots make of the size wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge import HedgeOutcome

TOO_LARGE = 1.25  # of what is wanted
SIZE_ERROR = 0.25  # of what is wanted, by rounding to whole lots


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A contract, its price (quote currency), and the outcome of the book hedged in it, at 1x and an unchanged price.

    ``removed`` is the share of the variance that a minimum-variance hedge in it removed on days that its ratio had not
    seen; NaN where the prices do not reach.
    """

    contract: ContractSpec
    price: float
    outcome: HedgeOutcome
    removed: float


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """An offer with its place: ``size`` of the ``target`` wanted, ``cost`` of opening and closing; quote currency.

    The cost is that of all that is wanted, so that a lot left out does not make a contract cheap; NaN without an order.
    ``smallest`` is the smallest order over what is wanted; ``problem`` is "" where the contract fits, else "nothing"
    (no hedge is wanted), "too large", "size" (whole lots miss the size), "refused" (by the venue, for its size),
    "unknown" (no prices to test it with) or "weak" (it removes less than the best does, by more than the tolerance).
    ``is_chosen``: the cheapest that fits.
    """

    offer: Offer
    target: float
    size: float
    smallest: float
    cost: float
    problem: str
    is_chosen: bool = False


def ranking(offers: Sequence[Offer], tolerance: float) -> tuple[Ranked, ...]:
    """Return the contracts, the cheapest that fits first, then the others that fit by cost, then those that do not.

    ``tolerance`` is how much less of the variance than the best one a contract may remove.
    """
    judged = [_judged(offer) for offer in offers]
    best = max((one.offer.removed for one in judged if not one.problem), default=float("nan"))
    judged = [
        replace(one, problem="weak") if not one.problem and one.offer.removed < best - tolerance - 1e-12 else one
        for one in judged
    ]
    fits = sorted((one for one in judged if not one.problem), key=lambda one: one.cost)
    others = sorted((one for one in judged if one.problem), key=lambda one: one.smallest)
    first = [replace(fits[0], is_chosen=True)] if fits else []
    return (*first, *fits[1:], *others)


def _judged(offer: Offer) -> Ranked:
    outcome = offer.outcome
    target = float(outcome.target_notional)
    size = float("nan") if outcome.notional is None else float(outcome.notional)
    smallest = float(offer.contract.smallest_notional(offer.price))
    share = smallest / target if target else float("inf")
    if not target:
        problem = "nothing"
    elif share > TOO_LARGE:
        problem = "too large"
    elif outcome.notional is None:
        problem = "refused"
    elif not abs(size - target) <= SIZE_ERROR * target:
        problem = "size"
    else:
        problem = "" if offer.removed == offer.removed else "unknown"
    cost = float(outcome.fees + outcome.slippage) / size * target if size > 0 else float("nan")
    return Ranked(offer=offer, target=target, size=size, smallest=share, cost=cost, problem=problem)
