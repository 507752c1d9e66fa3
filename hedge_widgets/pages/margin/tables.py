"""The margin page's tables of one textbook trade, of 1x against 1x, and of who pays in a crash."""

from typing import Any

from hedge_widgets.market.margin_terms import margin_venues
from hedge_widgets.model.margin import (
    MarginTiers,
    liquidation_price,
    loss_distribution,
    tiers_of,
    venue_liquidation_price,
)
from hedge_widgets.model.margin.setting import MarginSetting
from hedge_widgets.pages.margin.venues import NEVER, NO_POSITION, REFUSED
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table, note

_LADDER = (1.0, 2.0, 3.0, 5.0, 10.0, 25.0, 50.0)


TEXTBOOK = (  # venue, its rules' name, deduction, taker fee: docs/model.md 3.7
    ("Binance, with a deduction of 0.01", "Binance", 0.01, 0.0),
    ("Gate and OKX, with a taker fee of 0.06 % included", "OKX", 0.0, 0.0006),
    ("Bybit's older pages, maintenance margin at the entry price", "Bybit older pages", 0.0, 0.0),
)


def textbook_rows() -> list[tuple[str, float]]:
    """Return (how, liquidation price) of a 5x short of 1 at 10 with maintenance 1 %."""
    rows = []
    for words, venue, deduction, fee in TEXTBOOK:
        tiers = MarginTiers.single(0.01, 50.0, deduction)
        price = venue_liquidation_price(margin_venues()[venue], "linear", -1.0, 1.0, 10.0, 2.0, tiers, fee)
        rows.append((words, float(price)))
    return rows


def textbook_table() -> str:
    """Return the textbook trade as a table."""
    rows = [
        (words, f"{price:.3f}", formatted(price / 10.0 - 1.0, "percent_signed")) for words, price in textbook_rows()
    ]
    return figures_table(
        ("A 5× short of 1 coin at $10, maintenance rate 1 %", "Liquidated at", "Move"), rows, numbers=(1, 2)
    )


def one_times_table(setting: MarginSetting) -> str:
    """Return the move that liquidates a linear and a coin-backed inverse short, leverage by leverage, at one rate.

    Rate and highest leverage are those of the page's position at its size.
    """
    if setting.refusal:
        return note(NO_POSITION)
    tiers = tiers_of(setting.contract.kind, setting.quantity, setting.tiers)
    rate = float(tiers.maintenance_margin(setting.notional) / setting.notional)
    one = MarginTiers.single(rate, setting.max_leverage)

    def move(kind: str, leverage: float) -> str:
        if leverage > setting.max_leverage * (1 + 1e-12):
            return REFUSED
        # one coin at a price of 1
        price = liquidation_price(kind, -1.0, 1.0, 1.0, 1.0 / leverage, one)
        return NEVER if price is None else formatted(price - 1.0, "percent_signed")

    rows = [(f"{leverage:g}×", move("linear", leverage), move("inverse", leverage)) for leverage in _LADDER]
    head = (f"Maintenance rate {formatted(rate, 'percent')}", "Linear", "Inverse, coin-backed")
    return figures_table(head, rows, numbers=(1, 2))


# A crash in which longs go bankrupt below the market: (price at which they are bankrupt, market price, coins, fund).
CRASH = (90.0, 80.0, 1_000.0)
_FUNDS = (20_000.0, 10_000.0, 4_000.0, 0.0)


def deleveraging_table() -> str:
    """Return who pays when bankrupt longs meet a lower market, by what the insurance fund holds."""
    bankrupt, market, coins = CRASH
    rows: list[tuple[str, ...]] = []
    for fund in _FUNDS:
        paid, left, closed = loss_distribution(coins, bankrupt, market, fund)
        rows.append((formatted(fund, "usd"), formatted(paid, "usd"), formatted(left, "usd"), _share(closed, coins)))
    head = ("Insurance fund", "Paid out", "Taken from shorts", "Position closed")
    return figures_table(head, rows, numbers=(0, 1, 2, 3))


def _share(closed: Any, coins: float) -> str:
    return formatted(float(closed) / coins, "percent")
