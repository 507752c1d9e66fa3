"""The carry page's setting, its picture and its five charts."""

from hedge_widgets.charts.carry.days import (
    accrued_layout,
    accrued_moving_layout,
    accrued_traces,
    carried_layout,
    carried_moving_layout,
    carried_traces,
)
from hedge_widgets.charts.carry.depth import depth_layout, depth_traces
from hedge_widgets.charts.carry.moves import breakeven_layout, breakeven_moving_layout, breakeven_traces
from hedge_widgets.charts.carry.past import ANY_DAY, FundingHistory, funding_course
from hedge_widgets.charts.carry.picture import CarryPicture, carry_picture, fill_cost_rate, inputs_of
from hedge_widgets.charts.carry.rule import clamp_layout, clamp_moving_layout, clamp_traces
from hedge_widgets.charts.carry.setting import MAKER, ORDER_VALUES, TAKER, CarrySetting

__all__ = [
    "ANY_DAY",
    "MAKER",
    "ORDER_VALUES",
    "TAKER",
    "CarryPicture",
    "CarrySetting",
    "FundingHistory",
    "accrued_layout",
    "accrued_moving_layout",
    "accrued_traces",
    "breakeven_layout",
    "breakeven_moving_layout",
    "breakeven_traces",
    "carried_layout",
    "carried_moving_layout",
    "carried_traces",
    "carry_picture",
    "clamp_layout",
    "clamp_moving_layout",
    "clamp_traces",
    "depth_layout",
    "depth_traces",
    "fill_cost_rate",
    "funding_course",
    "inputs_of",
]
