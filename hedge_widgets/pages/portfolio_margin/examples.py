"""Worked examples: what is often said, what is true, and the book that shows it."""

from dataclasses import dataclass, field
from typing import Any

_SLIDERS = {
    "spot": 0.0,
    "perpetual": 0.0,
    "future": 0.0,
    "puts": 0.0,
    "second_spot": 0.0,
    "leverage": 10.0,
    "volatility": 0.5,
    "credit": 0.0,
    "move": 0.0,
}
# The price of OKX's worked example of 31 May 2024; ten coins are worth 671,110.
_CHOICE: dict[str, Any] = {
    "venue": "OKX",
    "coin": "BTC",
    "second": "ETH",
    "spot_use": "offset",
    "price": 67_111.0,
    "size": 671_110.0,
    "cash": 100_000.0,
    "collateral_ratio": 0.95,
    "strike_ratio": 0.9,
    "days": 90.0,
    "second_beta": 1.08,
    "place": "account",
    "is_on": True,
    "paid_rate": 0.0003,  # 0.01 % every 8 hours
}


@dataclass(frozen=True, kw_only=True)
class Example:
    """A book: ``sliders`` (model's units) and ``choice`` differ from the plain ones where they are named."""

    title: str
    said: str
    true: str
    sliders: dict[str, float] = field(default_factory=dict)
    choice: dict[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, float]:
        """Return the sliders' values in the model's units."""
        return _SLIDERS | self.sliders

    @property
    def choices(self) -> dict[str, Any]:
        """Return what dropdowns and boxes stand at, in the model's units."""
        return _CHOICE | self.choice


EXAMPLES = (
    Example(
        title="10 BTC held, 10 BTC short (OKX's example)",
        said="Without portfolio margin you post full margin for the coins and for the futures; with it, only the "
        "futures' initial margin and a small buffer for funding.",
        true="Fully paid coins require no margin in any account. No scenario of the grid makes this book lose, and yet "
        "portfolio margin requires the basis charge: $8,053.32, 1.2 % of the position. The tiers require less to keep "
        "the short open, $3,055.55. What the coins change is who pays for a rally: as collateral they gain what the "
        "short loses.",
        sliders={"spot": 1.0, "perpetual": -1.0},
    ),
    Example(
        title="10 BTC short, no coins",
        said="Portfolio margin always requires less.",
        true="It requires the loss of the worst scenario. Without coins that is a rise of 12 %: $80,533.20, where the "
        "tiers require $3,055.55 to keep the short open. Portfolio margin liquidates this account after a rise of "
        "3.9 %, the tiers after a rise of 15.9 %.",
        sliders={"perpetual": -1.0},
        choice={"cash": 110_000.0},
    ),
    Example(
        title="ETH held, BTC short: what does not offset",
        said="Portfolio margin credits the correlation of ETH and BTC.",
        true="A risk unit is one coin. The ETH is collateral, after a haircut, and offsets nothing: OKX requires "
        "$80,533.20, as it does for the short alone. Move the credit to see what a venue that counted correlation "
        "would waive; none here does.",
        sliders={"perpetual": -1.0, "second_spot": 1.0},
    ),
    Example(
        title="Perpetual against a dated future",
        said='All that is left of a hedge is "basis risk".',
        true="Three things go by that name. The basis between contracts on one coin is charged by the years between "
        "them; here, with 90 days left, the minimum charge for closing both is larger. The gap between venues is in no "
        "grid. One coin against another (ETH for BTC) is no basis at all: it offsets nothing. The tiers require margin "
        "for both contracts.",
        sliders={"perpetual": -1.0, "future": 1.0},
        choice={"cash": 150_000.0},
    ),
    Example(
        title="10 BTC held, puts instead of a short",
        said="Hedging with futures is insurance.",
        true="A put is insurance: you pay for it once, and it alone can never get you liquidated. Portfolio margin "
        "still requires what the put can lose in a scenario, and counts only as many coins as the put offsets today. "
        "Tiers are for futures, so isolated and cross margin require nothing.",
        sliders={"spot": 1.0, "puts": 1.0},
    ),
    Example(
        title="A small holder: 8,000 dollars, no cash",
        said="Switch on portfolio margin and your margin drops at once.",
        true="OKX requires $10,000 of equity for portfolio margin, and this account has $7,600 after the haircut. "
        "Without cash there is no isolated short either; a cross account that takes the coins as collateral can open "
        "it.",
        sliders={"spot": 1.0, "perpetual": -1.0, "leverage": 5.0},
        choice={"size": 8_000.0, "cash": 0.0},
    ),
)
