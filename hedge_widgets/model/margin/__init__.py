"""Margin: tiers, liquidation and bankruptcy prices, accounts of several positions, venues, deleveraging."""

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
    unrealised_pnl,
)
from hedge_widgets.model.margin.tiers import MarginTiers, tier_deductions

__all__ = [
    "FlatTiers",
    "MarginTiers",
    "SizeRates",
    "Tiers",
    "bankruptcy_price",
    "collateral_for_price",
    "equity_left",
    "initial_margin",
    "liquidation_price",
    "liquidation_price_entry_basis",
    "margin_level",
    "margin_ratio",
    "notional_at",
    "size_margin",
    "tier_deductions",
    "unrealised_pnl",
]
