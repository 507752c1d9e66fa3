"""Margin: tiers, liquidation and bankruptcy prices, accounts of several positions, venues, deleveraging."""

from hedge_widgets.model.margin.account import (
    Account,
    AccountState,
    Position,
    SpotCollateral,
    account_state,
    liquidation_moves,
    liquidation_prices,
    unified_liquidation_price,
)
from hedge_widgets.model.margin.deleveraging import (
    deleveraged_quantities,
    deleveraging_score,
    insurance_flow,
    loss_distribution,
)
from hedge_widgets.model.margin.flat_tiers import FlatTiers, SizeRates, size_margin
from hedge_widgets.model.margin.position import (
    Tiers,
    bankruptcy_price,
    collateral_for_price,
    equity_left,
    initial_margin,
    liquidation_price,
    liquidation_price_entry_basis,
    margin_level,
    margin_ratio,
    notional_at,
    tiers_of,
    unrealised_pnl,
)
from hedge_widgets.model.margin.tiers import MarginTiers, tier_deductions
from hedge_widgets.model.margin.venues import (
    OPENING_REFUSALS,
    VenueRules,
    check_opening,
    opening_refusal,
    venue_liquidation_price,
)

__all__ = [
    "OPENING_REFUSALS",
    "Account",
    "AccountState",
    "FlatTiers",
    "MarginTiers",
    "Position",
    "SizeRates",
    "SpotCollateral",
    "Tiers",
    "VenueRules",
    "account_state",
    "bankruptcy_price",
    "check_opening",
    "collateral_for_price",
    "deleveraged_quantities",
    "deleveraging_score",
    "equity_left",
    "initial_margin",
    "insurance_flow",
    "liquidation_moves",
    "liquidation_price",
    "liquidation_price_entry_basis",
    "liquidation_prices",
    "loss_distribution",
    "margin_level",
    "margin_ratio",
    "notional_at",
    "opening_refusal",
    "size_margin",
    "tier_deductions",
    "tiers_of",
    "unified_liquidation_price",
    "unrealised_pnl",
    "venue_liquidation_price",
]
