"""For how long: a hedge for weeks, for months or for good, against selling a tenth a week or selling now."""

from dataclasses import dataclass, replace

import numpy as np

from hedge_widgets.model.costs import DAYS_PER_YEAR
from hedge_widgets.model.hedge import hedge_outcome
from hedge_widgets.model.paths import touch_probability
from hedge_widgets.model.planner.picture import SALE_WEEKS, PlannerPicture, held_carry
from hedge_widgets.model.planner.sizing import shares_sold

WEEKS, MONTHS, ALWAYS = 21.0, 60.0, 365.0  # days


@dataclass(frozen=True, kw_only=True)
class Duration:
    """One way to be protected for some days, and what it comes to; money is quote currency.

    ``kind`` is "hedge", "weekly" (a tenth of the coins sold each week) or "sold" (sold now). ``carry`` is funding less
    the costs of getting in and out, ``chance`` that of liquidation, ``lost`` what is lost at the fall that is feared
    and ``given_up`` what is missed at a rise as large, both without carry, both positive.
    """

    kind: str
    days: float
    carry: float
    chance: float
    lost: float
    given_up: float


def durations(picture: PlannerPicture) -> tuple[Duration, ...]:
    """Return the ways of a picture of one row: its own days, weeks, months, a year, a tenth a week, selling now.

    The hedges are the plan's, with its leverage; the moves are straight, and the sales take off as much of the common
    move as the hedge does. Empty where nothing is open.
    """
    if not picture.is_open[0]:
        return ()
    setting, inputs = picture.setting, picture.inputs
    size = abs(float(inputs.move))
    spot, fee = float(setting.wanted.spot_value), setting.spot_fee_rate
    share = float(picture.share[0])
    gains = []
    for move in (-size, size):
        outcome = hedge_outcome(replace(inputs, move=move, spike=0.0, own_move=0.0))
        gains.append(float((outcome.hedge_pnl + outcome.collateral_pnl)[0]))
    held = np.unique([float(picture.values["days"][0]), WEEKS, MONTHS, ALWAYS])
    carries = held_carry(inputs, picture.outcome, held)[0]
    price, dies = inputs.hedge_price, picture.outcome.liquidation_price[0]
    terms = (price, dies, setting.side, setting.years_volatility, held / DAYS_PER_YEAR)
    chances = np.broadcast_to(touch_probability(*terms, varies=setting.varies), held.shape)
    hedges = [
        Duration(kind="hedge", days=days, carry=carry, chance=chance, lost=spot * size - gains[0], given_up=-gains[1])
        for days, carry, chance in zip(held.tolist(), carries.tolist(), chances.tolist(), strict=True)
    ]
    cost = -2.0 * fee * abs(spot) * share
    sales = [("weekly", 7.0 * SALE_WEEKS, shares_sold(SALE_WEEKS)), ("sold", 0.0, 1.0)]
    return (
        *hedges,
        *(
            Duration(
                kind=kind,
                days=days,
                carry=cost,
                chance=0.0,
                lost=spot * size * (1.0 - share * spared),
                given_up=spot * size * share * spared,
            )
            for kind, days, spared in sales
        ),
    )
