"""The rebalancing page's setting, its picture and its four charts."""

from hedge_widgets.charts.rebalancing.choice import (
    RULE_WORDS,
    nets_layout,
    nets_moving_layout,
    nets_traces,
    tradeoff_layout,
    tradeoff_moving_layout,
    tradeoff_traces,
)
from hedge_widgets.charts.rebalancing.drift import drifting_layout, drifting_traces
from hedge_widgets.charts.rebalancing.holding import holding_layout, holding_moving_layout, holding_traces
from hedge_widgets.charts.rebalancing.picture import RebalancingPicture, rebalancing_picture
from hedge_widgets.charts.rebalancing.setting import (
    DAYS_PER_YEAR,
    KINDS,
    MEASURES,
    N_SHOWN,
    OTHERS,
    RULES,
    Paths,
    RebalancingSetting,
)
from hedge_widgets.charts.rebalancing.study import FUNDING, INTERVALS, VOLATILITIES, WIDTHS, WINDOW

__all__ = [
    "DAYS_PER_YEAR",
    "FUNDING",
    "INTERVALS",
    "KINDS",
    "MEASURES",
    "N_SHOWN",
    "OTHERS",
    "RULES",
    "RULE_WORDS",
    "VOLATILITIES",
    "WIDTHS",
    "WINDOW",
    "Paths",
    "RebalancingPicture",
    "RebalancingSetting",
    "drifting_layout",
    "drifting_traces",
    "holding_layout",
    "holding_moving_layout",
    "holding_traces",
    "nets_layout",
    "nets_moving_layout",
    "nets_traces",
    "rebalancing_picture",
    "tradeoff_layout",
    "tradeoff_moving_layout",
    "tradeoff_traces",
]
