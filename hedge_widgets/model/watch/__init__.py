"""A hedge that is open: what it has brought since, what it covers, how safe it is, and what to do with it."""

from hedge_widgets.model.watch.checks import FORGOTTEN, RULES, measures, watch_checks
from hedge_widgets.model.watch.choices import CHOICE_DAYS, Choice, choices
from hedge_widgets.model.watch.course import Course, causes, coins_gain, recovered
from hedge_widgets.model.watch.picture import WatchPicture, WatchSetting, watch_picture

__all__ = [
    "CHOICE_DAYS",
    "FORGOTTEN",
    "RULES",
    "Choice",
    "Course",
    "WatchPicture",
    "WatchSetting",
    "causes",
    "choices",
    "coins_gain",
    "measures",
    "recovered",
    "watch_checks",
    "watch_picture",
]
