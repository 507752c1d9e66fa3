"""The margin page's tables: one trade under every venue's rules, one textbook trade, and 1x against 1x."""

from itertools import pairwise
from typing import Any

from hedge_widgets.charts.margin import MarginSetting
from hedge_widgets.market.margin_terms import margin_venues, whole_rates
from hedge_widgets.model.margin import (
    FlatTiers,
    MarginTiers,
    Tiers,
    VenueRules,
    liquidation_price,
    loss_distribution,
    notional_at,
    tiers_of,
    venue_liquidation_price,
)
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table, note

_STYLE_WORDS = {
    "marginal": "each slice its rate",
    "flat": "the whole at its tier's rate",
    "size": "rate grows with size",
}
_LADDER = (1.0, 2.0, 3.0, 5.0, 10.0, 25.0, 50.0)
_NEVER = "never"


def venues_table(setting: MarginSetting, collateral: float) -> str:
    """Return the liquidation price of the page's trade under every venue's rules.

    ``collateral`` is in the margin's currency, NaN for a position that is refused.
    """
    if collateral != collateral:
        return note("There is no such position: see the sentence above.")
    spec = setting.contract
    position = (spec.kind, setting.side, setting.quantity, setting.entry_price)
    rows = []
    for rules in margin_venues().values():
        if rules.maintenance_basis == "entry" and setting.is_inverse:
            continue  # those pages are about linear contracts
        tiers, whose = _tiers_of_venue(setting, rules)
        price = venue_liquidation_price(rules, *position, collateral, tiers, spec.taker_fee_rate)
        move = None if price is None else price / setting.entry_price - 1.0
        how = f"{_STYLE_WORDS[rules.tier_style]}; maintenance at the {rules.maintenance_basis}; "
        how += f"closing fee {'counts' if rules.has_closing_fee else 'does not count'}; rates of {whose}"
        how += "" if rules.is_isolated_possible else "; no isolated margin there"
        rows.append(
            (
                rules.venue,
                _NEVER if price is None else formatted(price, "price"),
                "—" if move is None else formatted(move, "percent_signed"),
                how,
                rules.partial,
                rules.source if rules.date in rules.source else f"{rules.source}, {rules.date}",
            )
        )
    return figures_table(("venue", "liquidated at", "move", "how", "closed", "source"), rows, numbers=(1, 2))


def _tiers_of_venue(setting: MarginSetting, rules: VenueRules) -> tuple[Tiers, str]:
    """Return the tiers to compare with and whose rates they are: the venue's own where they are known."""
    spec = setting.contract
    own = {"OKX": "OKX BTC-USD-SWAP", "Deribit": "Deribit BTC-PERPETUAL"}.get(rules.venue)
    if own and spec.underlying == "BTC":
        rates = whole_rates()[own]
        if isinstance(rates, FlatTiers):
            return rates.of_size(setting.position_value / 100.0), own  # contracts of 100 USD
        return rates, own
    if rules.tier_style != "flat":
        return setting.tiers, spec.label
    return _flat(setting.tiers), f"{spec.label}, taken flat"


def _flat(tiers: Tiers) -> Tiers:
    """Return marginal tiers as flat ones: the whole position at the rate of its tier."""
    if not isinstance(tiers, MarginTiers):
        return tiers
    initial = [1.0 / most for most in tiers.max_leverages]
    if any(b <= a for a, b in pairwise(initial)):
        return tiers  # edited so that two tiers allow the same leverage
    return FlatTiers(caps=tiers.caps, maintenance_rates=tiers.maintenance_rates, initial_rates=tuple(initial))


TEXTBOOK = (  # venue, its rules' name, deduction, taker fee: model.md 3.7
    ("Binance, deduction 0.01", "Binance", 0.01, 0.0),
    ("Gate and OKX, taker fee 0.06 % in the condition", "OKX", 0.0, 0.0006),
    ("Bybit's older pages, maintenance at entry", "Bybit older pages", 0.0, 0.0),
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
    return figures_table(("a 5× short of 1 at 10, maintenance 1 %", "liquidated at", "move"), rows, numbers=(1, 2))


def one_times_table(setting: MarginSetting) -> str:
    """Return the move that liquidates a linear and a coin-backed inverse short, leverage by leverage, at one rate."""
    notional = notional_at(setting.contract.kind, setting.quantity, setting.entry_price)
    tiers = tiers_of(setting.contract.kind, setting.quantity, setting.tiers)
    rate = float(tiers.maintenance_margin(notional) / notional)
    one = MarginTiers.single(rate, 200.0)

    def move(kind: str, leverage: float) -> str:
        # one coin at a price of 1
        price = liquidation_price(kind, -1.0, 1.0, 1.0, 1.0 / leverage, one)
        return _NEVER if price is None else formatted(price - 1.0, "percent_signed")

    rows = [(f"{leverage:g}×", move("linear", leverage), move("inverse", leverage)) for leverage in _LADDER]
    head = (f"maintenance {formatted(rate, 'percent')}", "linear", "inverse, coin-backed")
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
    head = ("the fund holds", "it pays", "shorts give up", "size closed")
    return figures_table(head, rows, numbers=(0, 1, 2, 3))


def _share(closed: Any, coins: float) -> str:
    return formatted(float(closed) / coins, "percent")
