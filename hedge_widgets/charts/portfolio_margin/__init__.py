"""The portfolio-margin page's picture and its four charts."""

from hedge_widgets.charts.portfolio_margin.bars import (
    CHARGES,
    charges_layout,
    charges_moving_layout,
    charges_traces,
    freed,
    regimes_layout,
    regimes_moving_layout,
    regimes_traces,
)
from hedge_widgets.charts.portfolio_margin.heat import heat_layout, heat_moving_layout, heat_traces
from hedge_widgets.charts.portfolio_margin.life import life_layout, life_moving_layout, life_traces
from hedge_widgets.charts.portfolio_margin.picture import (
    BASIS,
    LIQUIDATED,
    MOVE_HIGH,
    MOVE_LOW,
    NOT_ELIGIBLE,
    NOT_OPENED,
    NOTHING,
    REFUSED,
    REGIMES,
    SLIDERS,
    STANDS,
    UNBOUND,
    PortfolioMarginPicture,
    portfolio_margin_picture,
)
from hedge_widgets.charts.portfolio_margin.setting import PortfolioMarginSetting

__all__ = [
    "BASIS",
    "CHARGES",
    "LIQUIDATED",
    "MOVE_HIGH",
    "MOVE_LOW",
    "NOTHING",
    "NOT_ELIGIBLE",
    "NOT_OPENED",
    "REFUSED",
    "REGIMES",
    "SLIDERS",
    "STANDS",
    "UNBOUND",
    "PortfolioMarginPicture",
    "PortfolioMarginSetting",
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
    "portfolio_margin_picture",
    "regimes_layout",
    "regimes_moving_layout",
    "regimes_traces",
]
