"""When to touch a hedge: what drifts, the rules to follow, what they cost and miss (docs/model.md 3.9)."""

from hedge_widgets.model.rebalancing.bands import (
    no_trade_band,
    option_band,
    rebalancing_interval,
    risk_aversion,
    tracking_volatility,
)
from hedge_widgets.model.rebalancing.engine import QUANTILES, Rebalanced, RuleSummary, frontier, rebalanced, summary
from hedge_widgets.model.rebalancing.exposures import (
    Exposure,
    cross_hedge,
    fixed_notional,
    option_delta,
    same_asset,
    swept_inverse,
)
from hedge_widgets.model.rebalancing.rules import TRADES, TRIGGERS, Rule, looks, trailing_volatility
from hedge_widgets.model.rebalancing.signals import liquidation_ratio, signal_along
from hedge_widgets.model.rebalancing.triggered import Course, Falls, Triggered, Upkeep, kept, triggered, worst_falls
from hedge_widgets.model.rebalancing.triggers import Trigger, Triggers

__all__ = [
    "QUANTILES",
    "TRADES",
    "TRIGGERS",
    "Course",
    "Exposure",
    "Falls",
    "Rebalanced",
    "Rule",
    "RuleSummary",
    "Trigger",
    "Triggered",
    "Triggers",
    "Upkeep",
    "cross_hedge",
    "fixed_notional",
    "frontier",
    "kept",
    "liquidation_ratio",
    "looks",
    "no_trade_band",
    "option_band",
    "option_delta",
    "rebalanced",
    "rebalancing_interval",
    "risk_aversion",
    "same_asset",
    "signal_along",
    "summary",
    "swept_inverse",
    "tracking_volatility",
    "trailing_volatility",
    "triggered",
    "worst_falls",
]
