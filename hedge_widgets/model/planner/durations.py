"""For how long: a hedge for weeks, for months or for good, against selling a tenth a week or selling now."""

from dataclasses import dataclass, replace

import numpy as np

from hedge_widgets.model.costs import DAYS_PER_YEAR
from hedge_widgets.model.hedge import LIMITS, hedge_outcome
from hedge_widgets.model.paths import touch_probability
from hedge_widgets.model.planner.picture import PlannerPicture, held_carry
from hedge_widgets.model.planner.sizing import SALE_WEEKS, shares_sold

WEEKS, MONTHS, ALWAYS = 21.0, 60.0, 365.0  # days


@dataclass(frozen=True, kw_only=True)
class Duration:
    """One way to be protected for some days, and what it comes to; money is quote currency.

    ``kind`` is "hedge", "weekly" (a tenth of the coins sold each week) or "sold" (sold now). ``carry`` is funding less
    the costs of getting in and out, ``chance`` that of liquidation, ``lost`` what is lost at the move that is feared,
    ``size``, and ``given_up`` what is missed at one as large the other way, both without carry, both positive. For
    coins that are held ``size`` is a fall, negative; for coins that are owed a rise.
    """

    kind: str
    days: float
    size: float
    carry: float
    chance: float
    lost: float
    given_up: float


def durations(picture: PlannerPicture) -> tuple[Duration, ...]:
    """Return the ways of a picture of one row: its own days, weeks, months, a year, a tenth a week, selling now.

    The hedges are the plan's, with its leverage; the moves are straight, and the sales take off as much of the common
    move as the hedge does. The moves are as large as the book's, though no coin falls by more than 99 %. Empty where
    nothing is open.
    """
    if not picture.is_open[0]:
        return ()
    setting, inputs = picture.setting, picture.inputs
    spot, fee = float(setting.wanted.spot_value), setting.spot_fee_rate
    size = -float(np.sign(spot)) * min(abs(float(inputs.move)), -LIMITS["move"].low)
    feared = -spot * size
    share = float(picture.share[0])
    gains = []
    for move in (size, -size):
        outcome = hedge_outcome(replace(inputs, move=move))
        gains.append(float((outcome.hedge_pnl + outcome.collateral_pnl)[0]))
    held = np.unique([float(picture.values["days"][0]), WEEKS, MONTHS, ALWAYS])
    carries = held_carry(inputs, picture.outcome, held)[0]
    terms = (inputs.hedge_price, picture.outcome.liquidation_price[0], setting.side, setting.hedge_volatility)
    years = held / DAYS_PER_YEAR
    chances = np.broadcast_to(touch_probability(*terms, years, varies=setting.varies), held.shape)
    hedges = [
        Duration(
            kind="hedge", days=days, carry=carry, chance=chance, lost=feared - gains[0], given_up=-gains[1], size=size
        )
        for days, carry, chance in zip(held.tolist(), carries.tolist(), chances.tolist(), strict=True)
    ]
    cost = -2.0 * fee * abs(spot) * share
    sales = [("weekly", 7.0 * SALE_WEEKS, shares_sold()), ("sold", 0.0, 1.0)]
    return (
        *hedges,
        *(
            Duration(
                kind=kind,
                days=days,
                carry=cost,
                chance=0.0,
                lost=feared * (1.0 - share * spared),
                given_up=feared * share * spared,
                size=size,
            )
            for kind, days, spared in sales
        ),
    )
