"""The charts of this page."""

from hedge_widgets.pages.carry.charts.days import (
    accrued_layout,
    accrued_moving_layout,
    accrued_traces,
    carried_layout,
    carried_moving_layout,
    carried_traces,
)
from hedge_widgets.pages.carry.charts.depth import depth_layout, depth_traces
from hedge_widgets.pages.carry.charts.moves import breakeven_layout, breakeven_moving_layout, breakeven_traces
from hedge_widgets.pages.carry.charts.rule import clamp_layout, clamp_moving_layout, clamp_traces

__all__ = [
    "accrued_layout",
    "accrued_moving_layout",
    "accrued_traces",
    "breakeven_layout",
    "breakeven_moving_layout",
    "breakeven_traces",
    "carried_layout",
    "carried_moving_layout",
    "carried_traces",
    "clamp_layout",
    "clamp_moving_layout",
    "clamp_traces",
    "depth_layout",
    "depth_traces",
]
