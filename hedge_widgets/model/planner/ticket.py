"""The ticket: one order with its margin, its limits and its end. It is no order, and no advice."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from hedge_widgets.model.carry import ROLL_BEFORE, next_expiry
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.paths.planning import TOP_UP_MOVES
from hedge_widgets.model.planner.picture import PlannerPicture


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What would be ordered; money is quote currency, missing is None.

    ``side`` is -1 for a short, +1 for a long; ``limit_price`` is that of ``quoted`` coins, as the venue writes it, and
    lies on a tick, ``has_tick`` says whether that is known.
    ``top_ups`` are (move of the price, dollars needed in all to stay open, dollars that bring back the leverage);
    ``funding`` is received until ``review``, negative if paid, ``costs`` of opening and closing at the book's move, as
    maker or as taker.
    ``expiry`` and ``roll_on`` are days of the dated future that expires first after the review, and None of a
    perpetual. ``reserve`` is the cash that is left, None where the cash is not known.
    """

    side: float
    contract: ContractSpec
    n_contracts: float
    coins: float
    limit_price: float
    quoted: int
    has_tick: bool
    notional: float
    coverage: float
    leverage: float
    margin: float
    reserve: float | None
    liquidation_price: float | None
    liquidation_distance: float | None
    chance: float
    accepted: float
    top_ups: tuple[tuple[float, float, float], ...]
    funding: float
    costs: float
    is_maker: bool
    days: float
    opened: date
    review: date
    expiry: date | None
    roll_on: date | None


def ticket(picture: PlannerPicture, today: date) -> Ticket:
    """Return the ticket of a picture of one row.

    Raises
    ------
    InputError
        If there is no order: nothing is wanted, it is too small, or the cash does not carry the smallest one.
    """
    if not picture.is_open[0]:
        raise InputError("a ticket must be of an order, and this plan has none")
    outcome, inputs, spec = picture.outcome, picture.inputs, picture.inputs.contract
    price, notional = float(inputs.hedge_price), float(outcome.notional[0])
    side, days = float(outcome.side[0]), float(picture.values["days"][0])
    quoted = int(next(iter(re.findall(r"^10+", spec.symbol)), 1))  # 1000PEPE is quoted by the thousand
    review = today + timedelta(days=max(int(days), 1))
    expiry = _expiry(review) if spec.is_dated else None
    reserve, liquidation = float(picture.reserve[0]), float(outcome.liquidation_price[0])
    return Ticket(
        side=side,
        contract=spec,
        n_contracts=float(outcome.n_contracts[0]),
        coins=notional / price,
        limit_price=tick_price(float(f"{price * quoted:.12g}"), spec.tick_size, side),
        quoted=quoted,
        has_tick=spec.tick_size is not None,
        notional=notional,
        coverage=float(outcome.coverage[0]),
        leverage=float(picture.leverage[0]),
        margin=float(outcome.collateral[0]),
        reserve=None if reserve != reserve else reserve,
        liquidation_price=None if liquidation != liquidation else liquidation,
        liquidation_distance=None if liquidation != liquidation else float(outcome.liquidation_distance[0]),
        chance=float(picture.chance[0]),
        accepted=float(picture.values["limit"][0]),
        top_ups=tuple(
            (-side * move, float(survive), float(restore))
            for move, survive, restore in zip(TOP_UP_MOVES, picture.top_ups[0], picture.restored[0], strict=True)
        ),
        funding=float(outcome.funding_pnl[0]),
        costs=float(outcome.fees[0] + outcome.slippage[0]),
        is_maker=inputs.order_type == "maker",
        days=days,
        opened=today,
        review=review,
        expiry=expiry,
        roll_on=None if expiry is None else max(expiry - ROLL_BEFORE, review),
    )


def _expiry(review: date) -> date:
    """Return the last day of the first monthly future of CME that outlives the review.

    The last Friday of its month, or the day before at Christmas, when CME is closed.
    """
    friday = next_expiry(review, every_months=1)
    expiry = friday - timedelta(days=(friday.month, friday.day) == (12, 25))
    return expiry if expiry >= review else next_expiry(friday + timedelta(days=1), every_months=1)


def tick_price(price: float, tick: float | None, side: float) -> float:
    """Return the price nearest to ``price`` on a tick, never worse: up for a sale (-1), down for a purchase (+1).

    None stands for a tick that is not known: the price stays. One tick is the lowest price there is.

    Examples
    --------
    >>> tick_price(90_000.04, 0.1, -1.0), tick_price(90_000.04, 0.1, 1.0), tick_price(0.3, 0.1, -1.0)
    (90000.1, 90000.0, 0.3)
    """
    if not tick:
        return price
    size = Decimal(repr(tick))
    count = (Decimal(repr(price)) / size).to_integral_value(ROUND_CEILING if side < 0 else ROUND_FLOOR)
    return float(max(count, Decimal(1)) * size)
