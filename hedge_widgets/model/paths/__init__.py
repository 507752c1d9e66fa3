"""Price paths."""

from hedge_widgets.model.paths.events import (
    PathOutcome,
    funding_path_pnl,
    hedge_at_liquidation,
    hedge_path,
)

__all__ = [
    "PathOutcome",
    "funding_path_pnl",
    "hedge_at_liquidation",
    "hedge_path",
]
