"""The charts of this page."""

from hedge_widgets.pages.rebalancing.charts.choice import (
    RULE_WORDS,
    nets_layout,
    nets_moving_layout,
    nets_traces,
    tradeoff_layout,
    tradeoff_moving_layout,
    tradeoff_traces,
)
from hedge_widgets.pages.rebalancing.charts.drift import drifting_layout, drifting_traces
from hedge_widgets.pages.rebalancing.charts.holding import holding_layout, holding_moving_layout, holding_traces
from hedge_widgets.pages.rebalancing.charts.triggers import (
    covering_layout,
    covering_moving_layout,
    covering_traces,
    gaining_layout,
    gaining_moving_layout,
    gaining_traces,
)

__all__ = [
    "RULE_WORDS",
    "covering_layout",
    "covering_moving_layout",
    "covering_traces",
    "drifting_layout",
    "drifting_traces",
    "gaining_layout",
    "gaining_moving_layout",
    "gaining_traces",
    "holding_layout",
    "holding_moving_layout",
    "holding_traces",
    "nets_layout",
    "nets_moving_layout",
    "nets_traces",
    "tradeoff_layout",
    "tradeoff_moving_layout",
    "tradeoff_traces",
]
