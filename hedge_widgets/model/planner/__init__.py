"""From a book to a plan: how much, in which contract, on what margin, for how long, and what to check before."""

from hedge_widgets.model.planner.checklist import RULES, STATUSES, Check, Measure, Rule, checklist
from hedge_widgets.model.planner.durations import Duration, durations
from hedge_widgets.model.planner.picture import PlannerPicture, PlannerSetting, planner_picture
from hedge_widgets.model.planner.ranking import Offer, Ranked, ranking
from hedge_widgets.model.planner.sizing import coverage_for_loss, coverage_for_volatility
from hedge_widgets.model.planner.ticket import Ticket, tick_price, ticket

__all__ = [
    "RULES",
    "STATUSES",
    "Check",
    "Duration",
    "Measure",
    "Offer",
    "PlannerPicture",
    "PlannerSetting",
    "Ranked",
    "Rule",
    "Ticket",
    "checklist",
    "coverage_for_loss",
    "coverage_for_volatility",
    "durations",
    "planner_picture",
    "ranking",
    "tick_price",
    "ticket",
]
