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

__all__ = [
    "QUANTILES",
    "TRADES",
    "TRIGGERS",
    "Exposure",
    "Rebalanced",
    "Rule",
    "RuleSummary",
    "cross_hedge",
    "fixed_notional",
    "frontier",
    "looks",
    "no_trade_band",
    "option_band",
    "option_delta",
    "rebalanced",
    "rebalancing_interval",
    "risk_aversion",
    "same_asset",
    "summary",
    "swept_inverse",
    "tracking_volatility",
    "trailing_volatility",
]
