"""The portfolio-margin page's sliders, boxes and choices."""

import functools
from typing import Any

from hedge_widgets.market.facts import contracts, latest_moments
from hedge_widgets.market.margin_terms import PORTFOLIO_VENUES
from hedge_widgets.market.shipped import shipped_figures
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import Limit
from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.widgets.controls import Controls, Look

_SHARE = "% of the book"
SLIDERS = (
    Quantity(field="spot", label="Coins held (spot)", unit=_SHARE, positions=steps(0, 200, 2), factor=0.01),
    Quantity(
        field="perpetual", label="Perpetual (below 0: short)", unit=_SHARE, positions=steps(-200, 200, 4), factor=0.01
    ),
    Quantity(
        field="future", label="Dated future (below 0: short)", unit=_SHARE, positions=steps(-200, 200, 4), factor=0.01
    ),
    Quantity(field="puts", label="Puts held", unit=_SHARE, positions=steps(0, 200, 2), factor=0.01),
    Quantity(
        field="second_spot", label="Second coin held (spot)", unit=_SHARE, positions=steps(0, 200, 2), factor=0.01
    ),
    Quantity(
        field="leverage",
        label="Leverage, isolated and cross",
        unit="",
        positions=(1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 125),
        is_ladder=True,
    ),
    Quantity(
        field="volatility", label="Volatility of the puts", unit="% per year", positions=steps(10, 200, 2), factor=0.01
    ),
    Quantity(
        field="credit",
        label="HYPOTHETICAL credit between coins",
        unit="% of what would offset",
        positions=steps(0, 100, 2),
        factor=0.01,
    ),
    Quantity(field="move", label="Price move", unit="%", positions=steps(-60, 100, 1), factor=0.01),
)
BOXES = (
    Quantity(field="price", label="Price of the coin", unit="$"),
    Quantity(field="size", label="Value of 100 % of the book", unit="$"),
    Quantity(field="cash", label="Cash in the account", unit="$"),
    Quantity(field="collateral_ratio", label="Share of coins that counts as collateral", unit="%", factor=0.01),
    Quantity(field="strike_ratio", label="Strike of the puts", unit="% of price", factor=0.01),
    Quantity(field="days", label="Days to expiry of future and puts"),
    Quantity(field="second_beta", label="Beta of the second coin to the first"),
    Quantity(field="paid_rate", label="Funding you pay", unit="% per day", factor=0.01),
)
PAID = Limit(0.0, 0.1)  # of the short, per day
PLACES = (
    ("In the futures' account", "account"),
    ("In another wallet there", "wallet"),
    ("Elsewhere", "elsewhere"),
)
MODES = (("Switched on", True), ("Switched off", False))
SPOT_USES = (("Offset derivatives", "offset"), ("Do not offset them", "none"))


def linear_contracts() -> dict[str, ContractSpec]:
    """Return the first linear contract of every coin whose volatility is known, by coin."""
    found: dict[str, ContractSpec] = {}
    for spec in contracts().values():
        if spec.kind == "linear" and latest_moments().known([spec.underlying]):
            found.setdefault(spec.underlying, spec)
    return found


@functools.cache
def usual_beta(coin: str, other: str) -> float:
    """Return the slope of another coin's returns on the first's in the shipped figures, to two places.

    An unknown coin is taken for a typical altcoin, and a stablecoin does not move.
    """
    return round(shipped_figures(Portfolio.of({other: (1.0, 1.0)}), coin).beta, 2)


class PortfolioMarginControls(Controls):
    """The stock widgets of one page and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(self, look: Look, fields: dict[str, Any], values: dict[str, float]) -> None:
        coins = [(coin, coin) for coin in linear_contracts()]
        choices = {
            "venue": ("Portfolio margin of", [(venue, venue) for venue in PORTFOLIO_VENUES]),
            "coin": ("Coin", coins),
            "second": ("Second coin", coins),
            "spot_use": ("The coins you hold", SPOT_USES),
            "place": ("Where your coins are", PLACES),
            "is_on": ("Delta-neutral mode", MODES),
        }
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, values)
