"""Closing now against keeping the hedge: what each costs, how likely a liquidation is, what is given up."""

from dataclasses import dataclass

import numpy as np

from hedge_widgets.model.hedge import LIMITS
from hedge_widgets.model.watch.picture import WatchPicture, watch_picture

CHOICE_DAYS = (0.0, 7.0, 30.0, 90.0)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Closing now (``days`` 0) or after some days; money is dollars.

    ``carry`` is what funding brings by then, less ``closing``, what closing costs at unchanged prices, positive;
    ``chance`` that of a liquidation before. ``lost`` is what is lost if the coins make the move that is feared, and
    ``given_up`` what the hedge takes of one as large the other way, both from now on and before carry and costs.
    """

    days: float
    carry: float
    closing: float
    chance: float
    lost: float
    given_up: float


def choices(picture: WatchPicture, feared: float) -> tuple[Choice, ...]:
    """Return closing now and keeping it for ``CHOICE_DAYS``, from today's prices; empty where nothing is alive.

    ``feared`` is the move of the coins, a fraction; its size counts, against the coins.
    """
    if not picture.is_open:
        return ()
    setting = picture.setting
    size = -float(np.sign(setting.coins[-1])) * min(abs(feared), -LIMITS["move"].low)
    days = np.asarray(CHOICE_DAYS)
    still = watch_picture(setting, {"move": 0.0 * days, "days": days})
    if still.is_liquidated[0].all():
        return ()
    moved = watch_picture(setting, {"move": np.array([size, -size]), "days": np.zeros(2)})
    hedge = moved.hedge - still.hedge[0]
    lost = -float(setting.coins[-1]) * size
    return tuple(
        Choice(
            days=day,
            carry=float(still.carry[place]),
            closing=float(still.closing[place]),
            chance=float(still.chance[place]) if day else 0.0,
            lost=lost - float(hedge[0]) if day else lost,
            given_up=-float(hedge[1]) if day else 0.0,
        )
        for place, day in enumerate(CHOICE_DAYS)
    )
