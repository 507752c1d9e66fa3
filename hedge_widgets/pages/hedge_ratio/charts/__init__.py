"""The charts of this page."""

from hedge_widgets.pages.hedge_ratio.charts.time import (
    correlation_layout,
    correlation_moving_layout,
    correlation_traces,
    equity_layout,
    equity_moving_layout,
    equity_traces,
    rolling_layout,
    rolling_moving_layout,
    rolling_traces,
)
from hedge_widgets.pages.hedge_ratio.charts.window import (
    effect_layout,
    effect_moving_layout,
    effect_traces,
    scatter_layout,
    scatter_moving_layout,
    scatter_traces,
)

__all__ = [
    "correlation_layout",
    "correlation_moving_layout",
    "correlation_traces",
    "effect_layout",
    "effect_moving_layout",
    "effect_traces",
    "equity_layout",
    "equity_moving_layout",
    "equity_traces",
    "rolling_layout",
    "rolling_moving_layout",
    "rolling_traces",
    "scatter_layout",
    "scatter_moving_layout",
    "scatter_traces",
]
