"""The lab's picture and its five charts."""

from hedge_widgets.charts.hedge_ratio.picture import RATIO_HIGH, RATIO_LOW, RatioPicture, RatioSetting, ratio_picture
from hedge_widgets.charts.hedge_ratio.time import (
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
from hedge_widgets.charts.hedge_ratio.window import (
    effect_layout,
    effect_moving_layout,
    effect_traces,
    scatter_layout,
    scatter_moving_layout,
    scatter_traces,
)

__all__ = [
    "RATIO_HIGH",
    "RATIO_LOW",
    "RatioPicture",
    "RatioSetting",
    "correlation_layout",
    "correlation_moving_layout",
    "correlation_traces",
    "effect_layout",
    "effect_moving_layout",
    "effect_traces",
    "equity_layout",
    "equity_moving_layout",
    "equity_traces",
    "ratio_picture",
    "rolling_layout",
    "rolling_moving_layout",
    "rolling_traces",
    "scatter_layout",
    "scatter_moving_layout",
    "scatter_traces",
]
