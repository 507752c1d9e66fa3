"""What the portfolio-margin page makes of a book: its sizes, its coins beside the hedge's, and words about both."""

from hedge_widgets.market.coins import is_cash, is_money
from hedge_widgets.market.plan import Plan
from hedge_widgets.model.hedge import LIMITS
from hedge_widgets.pages.book import coins_words, joined
from hedge_widgets.pages.portfolio_margin.controls import linear_contracts, usual_beta
from hedge_widgets.style import formatted

_CENT = 0.005
_NOTHING = 5e-4  # of a move: what the sentence would show as 0


def worth(plan: Plan) -> dict[str, float]:
    """Return what a book holds of each coin, quote currency, by coin; negative where it is short of it."""
    found: dict[str, float] = {}
    for held in plan.book.holdings.holdings:
        found[held.symbol] = found.get(held.symbol, 0.0) + float(held.value)
    return found


def further_worth(plan: Plan) -> dict[str, float]:
    """Return what a book holds of each coin but the hedge's."""
    return {coin: value for coin, value in worth(plan).items() if value and coin != plan.contract.underlying}


def notional_of(plan: Plan) -> float:
    """Return what the hedge is worth, opened or refused, quote currency."""
    outcome = plan.outcome()
    return float(outcome.target_notional if outcome.notional is None else outcome.notional)


def size_of(plan: Plan) -> float:
    """Return what is 100 %: what the coins are worth, or the hedge where that is more than twice as much."""
    value, notional = float(plan.book.holdings.value), notional_of(plan)
    return value if value > 0 and notional <= 2.0 * value else notional


def second_of(plan: Plan) -> str:
    """Return the further coin for choice and slider: the largest that fits there, else one of which nothing is held."""
    held, most, coin = further_worth(plan), 2.0 * size_of(plan), plan.contract.underlying
    known = [one for one in ("ETH", "BTC", *linear_contracts()) if one != coin]
    fitting = [one for one in known if 0.0 < held.get(one, 0.0) <= most]
    free = next((one for one in known if one not in held), known[0])
    return max(fitting, key=lambda one: held[one], default=free)


def moves_by_beta(plan: Plan) -> float:
    """Return what the coins gain by their betas alone where the hedge's coin ends, quote currency."""
    coin, move = plan.contract.underlying, float(plan.outcome().hedge_move)
    betas = {one: usual_beta(coin, one) for one in worth(plan)}
    return sum(value * max(betas[one] * move, -1.0) for one, value in worth(plan).items())


def own_move(plan: Plan) -> float:
    """Return what the further coins move on their own, so that all coins gain what the book's scenario says; 0: none.

    There is none where they would have to fall by more than all, or where long and short ones cancel.
    """
    coin, outcome = plan.contract.underlying, plan.outcome()
    moving = {one: value for one, value in further_worth(plan).items() if not is_money(one)}
    total, gross = sum(moving.values()), sum(map(abs, moving.values()))
    if not outcome.hedge_move or abs(total) <= 0.01 * gross:
        return 0.0
    moves = {one: usual_beta(coin, one) * float(outcome.hedge_move) for one in moving}
    first = worth(plan).get(coin, 0.0) * float(outcome.hedge_move)
    own = (float(outcome.spot_pnl) - first - sum(moving[one] * move for one, move in moves.items())) / total
    return own if min(moves.values()) + own >= -1.0 and own <= 10.0 else 0.0


def with_position(plan: Plan, signed: float) -> Plan:
    """Return the plan with a hedge of a signed value; what its coverage cannot say is said in dollars per dollar."""
    outcome = plan.outcome()
    full = abs(float(outcome.full_hedge_ratio) * float(outcome.spot_value))
    if signed == 0 or (signed * float(outcome.side) > 0 and abs(signed) <= LIMITS["coverage"].high * full):
        return plan.changed(notional=abs(signed))
    return plan.changed(basis="beta", coverage=1.0, own={"beta": -signed / float(outcome.spot_value)})


# ---- words -----------------------------------------------------------------------------------------------------------
def book_words(plan: Plan, shown_as: str) -> str:
    """Return what the page does with a book, as sentences; ``shown_as`` is the contract whose tiers count."""
    size = size_of(plan)
    of_what = "what your coins are worth" if size == plan.book.holdings.value else "what your hedge is worth"
    linear = ""
    if shown_as != plan.contract.label:
        linear = f" Your {plan.contract.label} is shown as {shown_as}, as this page knows linear contracts only."
    return (
        f"This page uses {coins_words(plan)}. {_roles(plan)}{_left_over(plan)} All shares are of "
        f"{formatted(size, 'usd')}, {of_what}.{linear} Changes that you make here to the coins' shares, the puts, "
        "the dated future or the move stay on this page."
    )


def _roles(plan: Plan) -> str:
    """Return what each coin does: it offsets the future, is collateral, or is owed."""
    coin, held = plan.contract.underlying, further_worth(plan)
    moving = [one for one, value in held.items() if value > 0 and not is_money(one)]
    is_one, own = len(moving) == 1, own_move(plan)
    said = (
        f"Only {coin} can offset the future, which is in {coin}{'' if coin in worth(plan) else ', and you hold none'}"
    )
    said += f"; {joined(moving)} {'counts' if is_one else 'count'} as collateral only." if moving else "."
    if moving and abs(own) >= _NOTHING:
        at, more = (formatted(value, "percent_signed") for value in (float(plan.outcome().hedge_move), own))
        moved = f"{joined(moving)} has moved by its beta" if is_one else "these coins have moved by their betas"
        its = "its" if is_one else "their"
        said += f" When {coin} has moved {at}, as in your scenario, {moved} and by {more} of {its} own."
    stable = [one for one, value in held.items() if value > 0 and is_cash(one)]
    foreign = [one for one, value in held.items() if value > 0 and is_money(one) and not is_cash(one)]
    owed = [one for one, value in held.items() if value < 0]
    if stable:
        does = "counts in full and does" if len(stable) == 1 else "count in full and do"
        said += f" {joined(stable)} {does} not move."
    if foreign:
        does = "counts as collateral only, and does" if len(foreign) == 1 else "count as collateral only, and do"
        said += f" {joined(foreign)} {does} not move here."
    if owed:
        said += f" The {joined(owed)} that you owe {'is' if len(owed) == 1 else 'are'} taken off the equity in full."
    return said


def _left_over(plan: Plan) -> str:
    """Return what of the scenario the page cannot show: coins that end elsewhere than the book says."""
    outcome, coin = plan.outcome(), plan.contract.underlying
    gained = moves_by_beta(plan)
    if own_move(plan) or abs(gained - float(outcome.spot_pnl)) < _CENT:
        return ""
    shares = gained / float(plan.book.holdings.value), float(plan.book.move)
    ends, scenario = (formatted(share, "percent_signed") for share in shares)
    return f" Your coins end at {ends} here, not at {scenario}, as this page moves every coin with {coin} by its beta."
