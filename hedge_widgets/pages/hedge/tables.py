"""What the cash carries over a grid of coverages and leverages, and what each future does beside the others."""

from dataclasses import replace
from typing import Any

import numpy as np

from hedge_widgets.model.contracts import ABOVE_MAX_LEVERAGE
from hedge_widgets.model.costs import SPOT_FEE_RATE
from hedge_widgets.model.futures import Futures, delta_trade, hedges_outcome
from hedge_widgets.model.hedge import HedgeInputs, HedgeOutcome, hedge_outcome
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.spot_or_futures import HEDGE, HOLD, REPLACE, SELL, Way, spot_against_futures
from hedge_widgets.style import formatted
from hedge_widgets.widgets.ages import contract_and_age
from hedge_widgets.widgets.tables import figures_table, note

COVERAGES = np.array([0.25, 0.5, 0.75, 1.0, 1.25])
LEVERAGES = np.array([1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0])
_LEVERAGE = "Leverage changes the margin and the liquidation price, not what the hedge gains or loses before that."


def cash_table(inputs: HedgeInputs, futures: Futures) -> str:
    """Return, as HTML, what becomes of the hedge of scalar inputs at every coverage and leverage of the grid."""
    coverage, leverage = (grid.ravel() for grid in np.meshgrid(COVERAGES, LEVERAGES))
    outcome = hedges_outcome(replace(inputs, coverage=coverage, leverage=leverage), futures)
    posted = futures.margin_to_post()
    cells = np.array([_cell(inputs, outcome, posted, place) for place in range(len(coverage))], dtype=object)
    rows = cells.reshape(len(LEVERAGES), len(COVERAGES))
    head = ["Leverage", *(f"Coverage {formatted(share, 'percent')}" for share in COVERAGES)]
    lines = [[formatted(float(times), "times"), *row] for times, row in zip(LEVERAGES, rows, strict=True)]
    cash = (
        f"“Requires” is more than the {formatted(float(inputs.cash), 'usd')} that you have. "
        if inputs.cash
        else "Say how much cash you have on the exchange, and the table says what it is enough for. "
    )
    return figures_table(
        head,
        lines,
        f"Each cell is what coins and hedge gain or lose together at the move you chose. {_LEVERAGE} {cash}",
    )


def _cell(inputs: HedgeInputs, outcome: Any, posted: float, place: int) -> str:
    margin = float(outcome.initial_margin[place]) + posted
    if outcome.refusal[place] >= ABOVE_MAX_LEVERAGE:
        return "refused"
    if outcome.notional[place] == 0:
        return "no order"
    if inputs.cash and margin > float(inputs.cash) * (1.0 + 1e-12):
        return f"requires {formatted(margin, 'usd')}"
    net = formatted(float(outcome.net_pnl[place]), "usd_signed")
    return f"liquidated, {net}" if outcome.is_liquidated[place] else net


_HEAD = ("", "Delta today", "Position", "Gain or loss", "Funding", "Fees and slippage", "Net", "Liquidated at")


def futures_table(inputs: HedgeInputs, futures: Futures) -> str:
    """Return, as HTML, coins, hedge and every other future at the chosen move, each by itself and all together."""
    value = float(inputs.portfolio.value)
    spot = value * float(inputs.move)
    rows: list[tuple[str, ...]] = [("Your coins", _money(value), "", _money(spot), "", "", _money(spot), "")]
    legs = [("The hedge", inputs), *(("", future) for future in futures.beside(inputs))]
    for name, leg in legs:
        rows.append(_future_row(name, leg, hedge_outcome(leg), value, spot))
    total = hedges_outcome(inputs, futures)
    gain = None if total.net_pnl is None else spot + total.hedge_pnl + total.collateral_pnl + total.gap_pnl
    costs = None if total.net_pnl is None else -(total.fees + total.slippage)
    together = (total.net_delta, None, gain, total.funding_pnl, costs, total.net_pnl)
    rows.append(("Together", *("" if k == 1 else _money(worth) for k, worth in enumerate(together)), ""))
    return figures_table(
        _HEAD,
        rows,
        "Delta is in dollars: 1 % of it is what you gain if prices rise by 1 %. Gains count from today's prices; for a "
        "future that is already open, only the costs of closing it are counted. A future on another coin follows your "
        "coins by its own correlation. Each has a margin of its own (isolated margin).",
    )


def _future_row(name: str, leg: HedgeInputs, out: HedgeOutcome, value: float, spot: float) -> tuple[str, ...]:
    words = contract_and_age(leg.contract)
    words = words if leg.contracts is None else f"{words}, {_opened(leg)}"
    label = f"{name}: {words}" if name else words
    if out.net_pnl is None:
        return (label, "refused", "", "", "", "", "", "")
    amount = out.side * out.notional / float(leg.hedge_price)
    liquidated = "reached" if out.is_liquidated else formatted(out.liquidation_price, "price")
    return (
        label,
        _money(out.net_delta - value),
        f"{formatted(amount, 'contracts')} {leg.contract.underlying}",
        _money(out.hedge_pnl + out.collateral_pnl + out.gap_pnl),
        _money(out.funding_pnl),
        _money(-(out.fees + out.slippage)),
        _money(out.net_pnl - spot),
        "no price" if out.liquidation_price is None else liquidated,
    )


def _opened(leg: HedgeInputs) -> str:
    return "planned" if leg.entry_price is None else f"opened at {formatted(leg.entry_price, 'price')}"


def _money(value: Any) -> str:
    return formatted(None if value is None else float(value), "usd_signed")


_WAYS = {
    HOLD: ("Hold the coins only", "you"),
    SELL: ("Sell the coins now", "nobody"),
    HEDGE: ("Hold the coins, with this hedge", "you; the margin is at the venue"),
    REPLACE: ("Sell the coins and be long the contract instead", "nobody; the margin is at the venue"),
}
_WAY_HEAD = (
    "",
    "Capital tied up",
    "The most you can lose",
    "Fees and slippage",
    "Funding",
    "Liquidated at",
    "Who holds the coins",
)


def ways_table(inputs: HedgeInputs) -> str:
    """Return, as HTML, what holding, selling, hedging and replacing the coins ties up, can lose and costs."""
    values = [float(one.value) for one in inputs.portfolio.holdings]
    if min(values) < 0 or not sum(values):
        return note("This compares ways to hold coins. What a book that owes coins can lose has no upper limit.")
    days = formatted(float(inputs.days), "days")
    caption = (
        f"Costs are those of {days} days in which no price moves; funding with a minus is paid by you. Coins are sold "
        f"at a fee of {formatted(SPOT_FEE_RATE, 'percent')}. A hedge can be liquidated in a rise before the coins "
        "fall: at worst you lose its margin and the coins. If you sell, or are long instead, you can lose less, but "
        "you have no coins to withdraw. What lies at a venue is lost if the venue fails."
    )
    return figures_table(
        _WAY_HEAD, [_way_row(way) for way in spot_against_futures(inputs)], caption, numbers=(1, 2, 3, 4, 5)
    )


def _way_row(way: Way) -> tuple[str, ...]:
    words, holder = _WAYS[way.name]
    if way.capital is None:
        return (words, "refused", "", "", "", "", "")
    has_future = way.name in (HEDGE, REPLACE)
    at = "no price" if has_future else "never"
    if way.liquidation_price is not None:
        move = formatted(way.liquidation_move, "percent_signed")
        at = f"{formatted(way.liquidation_price, 'price')} ({move})"
    money = (formatted(worth, "usd") for worth in (way.capital, way.most_lost, way.fees))
    return (words, *money, _money(way.funding) if has_future else "none", at, holder)


def delta_words(inputs: HedgeInputs, futures: Futures, target: float) -> str:
    """Return what trade of the hedge's contract brings the net delta to a target, as a sentence."""
    try:
        before, trade = delta_trade(inputs, futures, target)
    except InputError as error:
        return error.sentence
    spec, side = inputs.contract, "short" if before >= target else "buy"
    have = "Your coins and other futures" if futures else "Your coins"
    start = f"{have} have a net delta of {_money(before)}. To bring it to {_money(target)}"
    if not trade.n_contracts:
        smallest = formatted(float(spec.smallest_notional(inputs.hedge_price)), "usd")
        return f"{start}, nothing can be traded: the smallest order of {spec.label} is about {smallest}."
    count = formatted(float(trade.n_contracts), "contracts")
    amount = formatted(float(trade.notional) / float(inputs.hedge_price), "contracts")
    margin = (
        f", not counting the {spec.underlying} posted as its margin, which is long" if spec.kind == "inverse" else ""
    )
    left = before + (-1.0 if before >= target else 1.0) * float(trade.notional)
    return (
        f"{start}, {side} {count} contracts of {spec.label} ({amount} {spec.underlying}, "
        f"{formatted(float(trade.notional), 'usd')}); that leaves {_money(left)}{margin}."
    )
