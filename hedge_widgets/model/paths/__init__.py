"""Price paths: what happens to a hedge on the way, how likely its liquidation is, and what keeps it alive."""

from hedge_widgets.model.paths.events import (
    ClosedHedge,
    MarginPath,
    PathOutcome,
    deleveraged_path,
    funding_path_pnl,
    hedge_at_liquidation,
    hedge_path,
    hedge_stop_path,
    margin_path,
)
from hedge_widgets.model.paths.handling import HandledHedge, first_touch, handled_hedge
from hedge_widgets.model.paths.looks import seen_probability
from hedge_widgets.model.paths.moments import JumpMoments, jump_moments, regime_moments
from hedge_widgets.model.paths.pairs import PairDynamics, Stress, simulated_pair
from hedge_widgets.model.paths.planning import TOP_UP_MOVES, TopUpPlan, funding_days, top_up_plan, top_ups
from hedge_widgets.model.paths.touch import (
    SafeLeverage,
    VolatilitySpread,
    barrier_for_probability,
    leverage_for_probability,
    touch_probability,
)

__all__ = [
    "TOP_UP_MOVES",
    "ClosedHedge",
    "HandledHedge",
    "JumpMoments",
    "MarginPath",
    "PairDynamics",
    "PathOutcome",
    "SafeLeverage",
    "Stress",
    "TopUpPlan",
    "VolatilitySpread",
    "barrier_for_probability",
    "deleveraged_path",
    "first_touch",
    "funding_days",
    "funding_path_pnl",
    "handled_hedge",
    "hedge_at_liquidation",
    "hedge_path",
    "hedge_stop_path",
    "jump_moments",
    "leverage_for_probability",
    "margin_path",
    "regime_moments",
    "seen_probability",
    "simulated_pair",
    "top_up_plan",
    "top_ups",
    "touch_probability",
]
