"""Portfolio margin: scenario grids per risk unit as venues have them, simplified for teaching."""

from hedge_widgets.model.portfolio_margin.book import (
    BookMargin,
    book_margin,
    correlation_credit,
    tier_sum_margin,
    unified_account_status,
)
from hedge_widgets.model.portfolio_margin.legs import Leg, scenario_pnl
from hedge_widgets.model.portfolio_margin.units import (
    BINDING,
    PortfolioRules,
    UnitMargin,
    basis_charge,
    combined_charges,
    matched_notional,
    progressive_charge,
    unit_margin,
    worst_loss,
)

__all__ = [
    "BINDING",
    "BookMargin",
    "Leg",
    "PortfolioRules",
    "UnitMargin",
    "basis_charge",
    "book_margin",
    "combined_charges",
    "correlation_credit",
    "matched_notional",
    "progressive_charge",
    "scenario_pnl",
    "tier_sum_margin",
    "unified_account_status",
    "unit_margin",
    "worst_loss",
]
