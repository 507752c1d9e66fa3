"""What every page says of the book, and the pages that it travels to."""

from collections.abc import Iterable, Sequence

from hedge_widgets.market.coins import followed, is_cash, is_money
from hedge_widgets.market.facts import sample_parameters
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.shipped import shipped_figures
from hedge_widgets.model.contracts import ABOVE_MAX_LEVERAGE
from hedge_widgets.model.futures import Futures
from hedge_widgets.model.hedge import HedgeInputs, HedgeOutcome, hedge_outcome
from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.style import formatted

# By the name of a page: what the bar calls it, its notebook, and what it answers; in the order of the questions.
PAGES = {
    "start": ("Start", "00_start.ipynb", "What do you hold, and what worries you?"),
    "simulator": ("Outcome", "01_hedge_simulator.ipynb", "What do you gain or lose if your coins fall, spike or stay?"),
    "lab": ("How much", "02_hedge_ratio.ipynb", "How large should the short be, and how sure is that?"),
    "margin": ("Will it survive", "03_margin.ipynb", "What liquidates the short, and how likely is that?"),
    "carry": ("What it costs", "05_carry.ipynb", "What do funding, fees and the spread cost or earn?"),
    "rebalancing": ("When to adjust", "06_rebalancing.ipynb", "When is it worth trading?"),
    "planner": ("Plan", "07_plan.ipynb", "Which order, on what margin, until when? With a checklist before you trade."),
    "watch": ("Watch", "08_watch.ipynb", "What has your open hedge brought, and does it need you?"),
    "pm": ("Account types", "04_portfolio_margin.ipynb", "What does portfolio margin change? For advanced users."),
}


FUTURES_NOTE = "The charts and tables of this page leave out your other futures; “Outcome” shows them."


def coins_words(plan: Plan) -> str:
    """Return how many coins are held, in words: "your 4 coins", "your SOL"."""
    symbols = plan.book.holdings.symbols
    return f"your {symbols[0]}" if len(symbols) == 1 else f"your {len(symbols)} coins"


def joined(names: Sequence[str]) -> str:
    """Return names as one says them: "SOL", "SOL and ADA", "SOL, ADA and LINK"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def followed_words(symbols: Iterable[str]) -> str:
    """Return sentences on the coins that have the figures of what they follow; "" of none."""
    wrapped: dict[str, list[str]] = {}
    for name in dict.fromkeys(symbols):
        if followed(name) != name and not is_money(name):
            wrapped.setdefault(followed(name), []).append(name)
    return " ".join(
        f"{joined(names)} {'counts' if len(names) == 1 else 'count'} as {coin}, with the same volatility and beta."
        for coin, names in wrapped.items()
    )


def currency_words(symbols: Iterable[str]) -> str:
    """Return sentences on the coins that follow another currency than the dollar; "" of none."""
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(symbols):
        if is_money(name) and not is_cash(name):
            alike.setdefault(followed(name), []).append(name)
    said = []
    for code, names in alike.items():
        verb, its, does = ("follows", "its", "it is") if len(names) == 1 else ("follow", "their", "they are")
        said.append(
            f"{joined(names)} {verb} {code}, a currency other than the dollar: {its} value is counted, but {does} not "
            f"hedged, and {its} own moves against the dollar are left out."
        )
    return " ".join(said)


def assumed_words(names: Sequence[str]) -> str:
    """Return sentences on coins of which no figures are known, and what is assumed instead; "" of none."""
    alike: dict[str, list[str]] = {}
    for name in names:
        figures = shipped_figures(Portfolio.of({name: (1.0, 1.0)}), "BTC")
        volatility = formatted(round(figures.spot_volatility, 2), "percent")
        rho = formatted(figures.correlation, "ratio")
        likeness = "with assumed figures" if name in sample_parameters("volatility") else "like a typical altcoin"
        as_what = f"{likeness} (volatility {volatility} per year, correlation with BTC {rho})"
        alike.setdefault(as_what, []).append(name)
    return " ".join(
        f"We have no prices for {joined(coins)}: {'it counts' if len(coins) == 1 else 'they count'} {as_what} unless "
        "you set the volatility and correlation of your coins yourself (Outcome, “Advanced”)."
        for as_what, coins in alike.items()
    )


def coins_note(plan: Plan) -> str:
    """Return what a book's coins count as where that is not themselves, as sentences; "" where all are known."""
    symbols = plan.book.holdings.symbols
    assumed = plan.market().figures(plan.book.holdings, plan.contract.underlying).assumed
    return " ".join(filter(None, (followed_words(symbols), currency_words(symbols), assumed_words(assumed))))


def short_words(plan: Plan) -> str:
    """Return the book in short: "$4,230 in 4 coins, 1 short, 2 more futures, $600 cash"."""
    book, side = plan.book, "long" if _side(plan) > 0 else "short"
    more, symbols = len(book.futures), book.holdings.symbols
    coins = symbols[0] if len(symbols) == 1 else f"{len(symbols)} coins"
    words = f"{formatted(book.holdings.value, 'usd')} in {coins}, 1 {side}"
    words += f", {more} more future{'' if more == 1 else 's'}" if more else ""
    return f"{words}, {formatted(book.cash, 'usd')} cash" if book.cash else words


def outcome_words(plan: Plan) -> str:
    """Return what comes of the book at its move, the same words and the same money on every page."""
    book, outcome, hedge = plan.book, hedge_outcome(plan.inputs()), plan.book.hedge
    spec, side = hedge.contract, "long" if _side(plan) > 0 else "short"
    coins = coins_words(plan)
    held = f"{coins[0].upper()}{coins[1:]}, worth {formatted(book.holdings.value, 'usd')},"
    if outcome.net_pnl is None:
        return f"{held} with a {side} in {spec.label} that the venue refuses at {hedge.leverage:g}×: Outcome says why."
    if refused := refused_future(plan.inputs(), plan.futures()):
        return f"{held} beside another future that its venue refuses: {refused[-1]}. Correct it on “Outcome”."
    others, net = others_words(plan), plan.outcome().net_pnl
    day = f"after {book.days:g} day{'' if book.days == 1 else 's'}"
    scenario = f"if your coins end at {formatted(book.move, 'percent_signed')} {day}"
    if not outcome.notional:
        why = f"your order is below the smallest of {spec.label}" if outcome.target_notional else "you hedge nothing"
        return f"{held} without a hedge, as {why}: {scenario}, {others}{_you(net)}."
    amount = formatted(outcome.notional / plan.inputs().hedge_price, "contracts")
    position = f"a {side} of {amount} {spec.underlying} ({formatted(outcome.notional, 'usd')}) in {spec.label}"
    if book.spike:
        scenario += f", and {spec.underlying} first goes to {formatted(book.spike, 'percent_signed')}"
    return (
        f"{held} and {position} at {hedge.leverage:g}×: {scenario}, {_legs(plan, outcome)} "
        f"In all {others}{_you(net)}. {_danger(outcome)}"
    )


def refused_future(hedge: HedgeInputs, futures: Futures) -> tuple[int, str, str] | None:
    """Return (place, wrong field, why) of the first future beside the hedge that its venue refuses, None if none is."""
    for place, (leg, out) in enumerate(zip(futures.beside(hedge), futures.outcomes(hedge), strict=True)):
        label = leg.contract.label
        if out.net_pnl is None and out.refusal == ABOVE_MAX_LEVERAGE:
            most, asked = (formatted(float(times), "times") for times in (out.max_leverage, leg.leverage))
            return place, "leverage", f"leverage of {label} must be at most {most} at this size, not {asked}"
        if out.net_pnl is None:
            count = formatted(abs(leg.contracts or 0.0), "contracts")
            return place, "contracts", f"contracts of {label} must be within its last margin tier, not {count}"
    return None


def others_words(plan: Plan) -> str:
    """Return what the futures beside the hedge bring at the book's move, as the beginning of a sentence, or ""."""
    outcomes = plan.futures().outcomes(plan.inputs())
    if not outcomes:
        return ""
    gain = sum(out.net_pnl - out.spot_pnl for out in outcomes)
    one = len(outcomes) == 1
    verb = ("gains" if one else "gain") if gain >= 0 else ("loses" if one else "lose")
    which = "your other future" if one else f"your {len(outcomes)} other futures"
    dead = sum(bool(out.is_liquidated) for out in outcomes)
    lost = "" if not dead else ", being liquidated," if dead == len(outcomes) else f" ({dead} of them liquidated)"
    return f"{which}{lost} {verb} {formatted(abs(gain), 'usd')}, and with that "


def _legs(plan: Plan, outcome: HedgeOutcome) -> str:
    side = "long" if outcome.side > 0 else "short"
    moved = "the coins are even"
    if outcome.spot_pnl:
        moved = f"the coins {'gain' if outcome.spot_pnl > 0 else 'lose'} {formatted(abs(outcome.spot_pnl), 'usd')}"
    gain = outcome.hedge_pnl + outcome.collateral_pnl + outcome.gap_pnl
    hedge = f"the {side} {'gains' if gain >= 0 else 'loses'} {formatted(abs(gain), 'usd')}"
    if outcome.is_liquidated:
        hedge = f"the {side} is liquidated and loses {formatted(abs(gain), 'usd')}"
    paid = outcome.funding_pnl
    funding = f"funding {'brings' if paid >= 0 else 'takes'} {formatted(abs(paid), 'usd')}"
    costs = formatted(outcome.fees + outcome.slippage, "usd")
    return f"{moved}, {hedge}, {funding}, fees and slippage take {costs}."


def _danger(outcome: HedgeOutcome) -> str:
    if outcome.liquidation_price is None:
        return "No price liquidates it."
    distance = formatted(outcome.liquidation_distance, "percent_signed")
    return f"It is liquidated at {formatted(outcome.liquidation_price, 'price')} ({distance})."


def _you(net: float) -> str:
    if abs(net) < 0.005:
        return "you are even"
    return f"you {'gain' if net > 0 else 'lose'} {formatted(abs(net), 'usd')}"


def _side(plan: Plan) -> float:
    return float(hedge_outcome(plan.inputs()).side)
