"""The margin page's setting, its picture and its five charts."""

from hedge_widgets.charts.margin.chances import N_PATHS
from hedge_widgets.charts.margin.leverage import chance_layout, chance_traces, liquidation_layout, liquidation_traces
from hedge_widgets.charts.margin.path import (
    account_layout,
    account_moving_layout,
    account_traces,
    handling_layout,
    handling_moving_layout,
    handling_traces,
    price_layout,
    price_moving_layout,
    price_traces,
)
from hedge_widgets.charts.margin.picture import OTHER_BELOW_MARGIN, TOO_LARGE, TOO_SMALL, MarginPicture, margin_picture
from hedge_widgets.charts.margin.setting import FEE_ONLY, LOST, TAILS, MarginSetting
from hedge_widgets.charts.margin.wallet import nearer_first

__all__ = [
    "FEE_ONLY",
    "LOST",
    "N_PATHS",
    "OTHER_BELOW_MARGIN",
    "TAILS",
    "TOO_LARGE",
    "TOO_SMALL",
    "MarginPicture",
    "MarginSetting",
    "account_layout",
    "account_moving_layout",
    "account_traces",
    "chance_layout",
    "chance_traces",
    "handling_layout",
    "handling_moving_layout",
    "handling_traces",
    "liquidation_layout",
    "liquidation_traces",
    "margin_picture",
    "nearer_first",
    "price_layout",
    "price_moving_layout",
    "price_traces",
]
