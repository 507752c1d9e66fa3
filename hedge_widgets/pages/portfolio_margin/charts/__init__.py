"""The charts of this page."""

from hedge_widgets.pages.portfolio_margin.charts.bars import (
    CHARGES,
    charges_layout,
    charges_moving_layout,
    charges_traces,
    freed,
    regimes_layout,
    regimes_moving_layout,
    regimes_traces,
)
from hedge_widgets.pages.portfolio_margin.charts.heat import heat_layout, heat_moving_layout, heat_traces
from hedge_widgets.pages.portfolio_margin.charts.life import life_layout, life_moving_layout, life_traces

__all__ = [
    "CHARGES",
    "charges_layout",
    "charges_moving_layout",
    "charges_traces",
    "freed",
    "heat_layout",
    "heat_moving_layout",
    "heat_traces",
    "life_layout",
    "life_moving_layout",
    "life_traces",
    "regimes_layout",
    "regimes_moving_layout",
    "regimes_traces",
]
