"""See, plan and teach how to hedge a crypto spot portfolio with futures."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "StartPage": "hedge_widgets.pages.hedge.start",
    "HedgeSimulator": "hedge_widgets.pages.hedge.page",
    "HedgeRatioLab": "hedge_widgets.pages.hedge_ratio.page",
    "MarginExplorer": "hedge_widgets.pages.margin.page",
    "PortfolioMarginExplorer": "hedge_widgets.pages.portfolio_margin.page",
    "CarryExplorer": "hedge_widgets.pages.carry.page",
    "RebalancingExplorer": "hedge_widgets.pages.rebalancing.page",
    "HedgePlanner": "hedge_widgets.pages.planner.page",
    "HedgeWatch": "hedge_widgets.pages.watch.page",
    "SavedPage": "hedge_widgets.published.module",
    "load_prices": "hedge_widgets.market.prices",
    "HedgeInputs": "hedge_widgets.model.hedge",
    "HedgeOutcome": "hedge_widgets.model.hedge",
    "hedge_outcome": "hedge_widgets.model.hedge",
    "Holding": "hedge_widgets.model.portfolio",
    "Portfolio": "hedge_widgets.model.portfolio",
    "Book": "hedge_widgets.model.book",
    "Hedge": "hedge_widgets.model.book",
    "Future": "hedge_widgets.model.book",
    "Plan": "hedge_widgets.market.plan",
    "contract": "hedge_widgets.market.facts",
    "contracts": "hedge_widgets.market.facts",
}
__all__ = [*_PUBLIC]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the first screen loads only what it shows."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """Return the public names too, imported or not, so that a prompt completes them."""
    return sorted({*globals(), *_PUBLIC} - {"Any", "import_module"})
