"""The charts of this page."""

from hedge_widgets.pages.margin.charts.leverage import (
    chance_layout,
    chance_traces,
    liquidation_layout,
    liquidation_traces,
)
from hedge_widgets.pages.margin.charts.path import (
    account_layout,
    account_moving_layout,
    account_traces,
    handling_layout,
    handling_moving_layout,
    handling_traces,
    price_handles,
    price_layout,
    price_moving_layout,
    price_traces,
)

__all__ = [
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
    "price_handles",
    "price_layout",
    "price_moving_layout",
    "price_traces",
]
