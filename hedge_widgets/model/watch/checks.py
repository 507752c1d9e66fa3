"""The rows that say whether an open hedge needs its holder: one number each, and where it passes and fails."""

import numpy as np

from hedge_widgets.model.costs import DAYS_PER_YEAR
from hedge_widgets.model.planner.checklist import Check, Measure, Rule, checklist
from hedge_widgets.model.watch.picture import WatchPicture, held_carry

# A short is forgotten where the coins are this far above their low since it was opened, and it loses by now.
FORGOTTEN = Rule(line=0.15, fails=0.3)
RULES: dict[str, Rule] = {
    "forgotten": FORGOTTEN,
    "held": Rule(line=1.0, fails=2.0),  # days it is open over those it was planned for
    "passed": Rule(line=0.0, fails=0.0),  # futures whose liquidation price a close has passed since the opening
    "chance": Rule(line=0.01, fails=0.05),  # chance of liquidation in the days it is to be kept
    "distance": Rule(line=0.15, fails=0.05, is_least=True),  # move to the nearest liquidation
    "drift": Rule(line=1.0, fails=2.0),  # drift over the band in which trading does not pay
    "funding": Rule(line=0.0, fails=0.1),  # funding paid a year over the hedge
    "size": Rule(line=2.0, fails=10.0),  # largest future over the coins
    "prices": Rule(line=2.0, fails=7.0),  # days since the last price
}
_NOTHING = "no future is open"
_DEAD = "the hedge is liquidated"
_LEAST_DRIFT = 0.01  # of what is planned: less is never worth a trade


def watch_checks(picture: WatchPicture, age: float | None = None) -> tuple[Check, ...]:
    """Return a row for each rule, of a picture of one row; ``age`` is as for :func:`measures`."""
    return checklist(measures(picture, age), RULES)


def measures(picture: WatchPicture, age: float | None = None) -> dict[str, Measure]:
    """Return the number of every row, of a picture of one row; ``age`` is the days since the last price."""
    prices = Measure(reason="the prices are those of your book") if age is None else Measure(value=age)
    if not picture.is_open:
        return {**{key: Measure(reason=_NOTHING) for key in RULES}, "prices": prices}
    setting = picture.setting
    sizes = [
        float(course.notional(inputs.hedge_price))
        for course, inputs in zip(setting.courses, setting.futures.inputs, strict=True)
    ]
    paid = -float(held_carry(setting, DAYS_PER_YEAR)) / sum(sizes)
    is_dated = all(inputs.contract.is_dated for inputs in setting.futures.inputs)
    nearest = np.abs(picture.distance[0])
    held = setting.held_days / setting.planned_days if setting.planned_days else np.nan
    passed = Measure(value=float(sum(setting.passed)))
    if picture.is_liquidated[0].all():
        return {**{key: Measure(reason=_DEAD) for key in RULES}, "passed": Measure(value=1.0), "prices": prices}
    return {
        "forgotten": _forgotten(picture),
        "held": _known(held, "the day on which it was opened, or for how long, is not known"),
        "passed": passed,
        "chance": Measure(value=float(picture.chance[0])),
        "distance": _known(np.nan if np.isnan(nearest).all() else float(np.nanmin(nearest)), "no price liquidates it"),
        "drift": _drift(picture),
        "funding": Measure(reason="a dated future pays no funding") if is_dated else Measure(value=paid),
        "size": Measure(value=max(sizes) / abs(float(picture.coins[0]))),
        "prices": prices,
    }


def _forgotten(picture: WatchPicture) -> Measure:
    """Return how far the coins have recovered while the hedge loses, 0 where it does not lose."""
    known = picture.setting.coins[~np.isnan(picture.setting.coins)]
    if len(known) < 2:
        return Measure(reason="your coins' value since the opening is not known")
    if picture.covered[0] * picture.target[0] < 0:
        return Measure(reason="what you hold adds to your coins and hedges nothing")
    return Measure(value=float(picture.recovery[0]) if picture.hedge[0] < 0 else 0.0)


def _drift(picture: WatchPicture) -> Measure:
    """Return the drift over the band, over the smallest order or over 1 %, whichever is most."""
    if not picture.target[0]:
        return Measure(reason="your book plans no hedge")
    if not picture.trade[0]:
        return Measure(value=0.0)
    hedge = picture.setting.hedge
    smallest = float(hedge.contract.smallest_notional(hedge.hedge_price)) / abs(float(picture.target[0]))
    band = float(picture.band[0])
    least = max(0.0 if np.isnan(band) else band, smallest, _LEAST_DRIFT)
    return Measure(value=float(picture.drift[0]) / least)


def _known(value: float, reason: str) -> Measure:
    return Measure(reason=reason) if np.isnan(value) else Measure(value=float(value))
