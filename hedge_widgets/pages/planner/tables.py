"""The planner's tables: contracts by rank, ways to be protected, and top-ups."""

from collections.abc import Sequence
from dataclasses import replace

from hedge_widgets.model.costs import DAYS_PER_YEAR
from hedge_widgets.model.hedge import hedge_outcome
from hedge_widgets.model.paths import touch_probability
from hedge_widgets.model.planner import Duration, PlannerPicture, Ranked, Ticket, durations
from hedge_widgets.model.planner.durations import ALWAYS, MONTHS, WEEKS
from hedge_widgets.model.planner.ranking import SIZE_ERROR
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table, note

_SHOWN = 10
_NO_HEDGE = "You hedge nothing, so every contract is as good."
_VERDICTS = {
    "": "fits",
    "weak": "removes less than the best",
    "size": f"whole contracts miss the size by more than {100 * SIZE_ERROR:g}\u00a0%",
    "refused": "the venue refuses the size",
    "unknown": "no prices to test it with",
    "too large": "smallest order is too large",
}


# ---- with which contract ---------------------------------------------------------------------------------------------
def contracts_table(ranked: Sequence[Ranked], label: str, tested_on: str) -> str:
    """Return the contracts that fit, the plan's own, and the largest of those that do not."""
    if all(one.problem == "nothing" for one in ranked):
        return note(_NO_HEDGE)
    fits = [one for one in ranked if not one.problem]
    shown = [one for one in ranked if not one.problem or one.offer.contract.label == label][:_SHOWN]
    others = [one for one in ranked if one not in shown]
    others = [*others[: max(_SHOWN - len(shown), 2)], *others[-1:]]  # the last one is the largest
    rows = [_contract_row(one, label) for one in (*shown, *dict.fromkeys(others))]
    head = ("Contract", "Variance removed", "Size", "Fees and slippage", "Smallest order", "Verdict")
    more = len(ranked) - len(rows)
    left_out = f" {more} more {'is' if more == 1 else 'are'} not shown." if more else ""
    words = (
        f"{len(fits)} of {len(ranked)} contracts fit. “Removed” is the share of your coins' variance that a "
        f"minimum-variance hedge removed on days that its ratio had not seen ({tested_on}). Fees and "
        "slippage are those of opening and closing all that you want to hedge, and the smallest order is given as a "
        f"share of that.{left_out}"
    )
    return figures_table(head, rows, words, numbers=(1, 2, 3, 4))


def _contract_row(one: Ranked, label: str) -> tuple[str, ...]:
    spec = one.offer.contract
    verdict = "cheapest that fits" if one.is_chosen else _VERDICTS[one.problem]
    return (
        f"{spec.label} (your plan)" if spec.label == label else spec.label,
        formatted(one.offer.removed, "percent"),
        formatted(one.size, "usd"),
        formatted(one.cost, "usd"),
        formatted(one.smallest, "rate"),
        verdict,
    )


def choice_words(ranked: Sequence[Ranked], label: str) -> str:
    """Return which contract is the cheapest that fits, and what is wrong with the plan's own, in words."""
    if ranked and all(one.problem == "nothing" for one in ranked):
        return _NO_HEDGE
    mine = next((one for one in ranked if one.offer.contract.label == label), None)
    best = next((one for one in ranked if one.is_chosen), None)
    words = []
    if mine is not None and mine.problem == "too large":
        spec = mine.offer.contract
        smallest = float(spec.smallest_notional(mine.offer.price))
        words.append(
            f"{label} is too large for your book: its smallest order is {formatted(smallest, 'usd')}, "
            f"{formatted(mine.smallest, 'percent')} of the {formatted(mine.target, 'usd')} that you want to hedge."
        )
    elif mine is not None and mine.problem in ("weak", "size", "refused"):
        words.append(f"{label}: {_VERDICTS[mine.problem]}.")
    if best is None:
        words.append("No contract fits.")
    elif best is mine:
        words.append(f"{label} is the cheapest that fits.")
    else:
        share = formatted(best.offer.removed, "percent")
        words.append(f"The cheapest that fits is {best.offer.contract.label}: it removes {share} of the variance.")
    return " ".join(words)


# ---- on what margin --------------------------------------------------------------------------------------------------
def margin_table(picture: PlannerPicture, one: Ticket) -> str:
    """Return the top-ups by the price, and what cross margin with all of the cash would change."""
    price = float(picture.inputs.hedge_price)
    rows = [
        (
            formatted(move, "percent_signed"),
            formatted(price * (1.0 + move), "price"),
            formatted(survive, "usd"),
            formatted(restore, "usd"),
        )
        for move, survive, restore in one.top_ups
    ]
    asset = one.contract.underlying
    head = (f"If {asset} moves", "Price", "To stay open, in all", f"To be back at {one.leverage:g}×, in all")
    return figures_table(head, rows) + note(_cross_words(picture, one))


def _cross_words(picture: PlannerPicture, one: Ticket) -> str:
    setting = picture.setting
    if one.reserve is None:
        return "Isolated margin: a liquidation takes the margin that you post, and no more."
    crossed = hedge_outcome(replace(picture.inputs, margin_mode="cross"))
    liquidation, price = crossed.liquidation_price[0], picture.inputs.hedge_price
    terms = (price, liquidation, setting.side, setting.hedge_volatility, one.days / DAYS_PER_YEAR)
    chance = touch_probability(*terms, varies=setting.varies)
    where = f"at {formatted(liquidation, 'price')}, with a chance of {formatted(chance, 'chance')}"
    then = (
        f" and can be lost: it would be liquidated {where}"
        if liquidation == liquidation
        else ": it is never liquidated"
    )
    cash = formatted(float(setting.inputs.cash), "usd")
    margin = formatted(one.margin, "usd")
    isolated = "no price liquidates it" if one.liquidation_price is None else f"a liquidation takes {margin}"
    return (
        f"Isolated margin: {isolated}. With cross margin, all of your {cash} "
        f"backs it{then}. “Account types” shows what portfolio margin changes."
    )


# ---- for how long ----------------------------------------------------------------------------------------------------
def ways_table(picture: PlannerPicture) -> str:
    """Return the ways to be protected, and the contradiction in the articles with its numbers."""
    ways = durations(picture)
    if not ways:
        return note("There is no order, so nothing to compare.")
    feared, other = (formatted(move, "percent_signed") for move in (ways[0].size, -ways[0].size))
    head = ("Way", "Funding minus costs", "Chance of liquidation", f"Lost at {feared}", f"Missed at {other}")
    own = float(picture.values["days"][0])
    rows = [
        (
            _way_words(way, own),
            formatted(way.carry, "usd_signed"),
            formatted(way.chance, "chance") if way.kind == "hedge" else "none",
            formatted(way.lost, "usd"),
            formatted(way.given_up, "usd"),
        )
        for way in ways
    ]
    share = formatted(float(picture.share[0]), "percent")
    year = next(way for way in ways if way.kind == "hedge" and way.days == ALWAYS)
    return (
        figures_table(head, rows)
        + note(
            f"Selling here means {share} of your coins, which takes off as much of the common move as the hedge does, "
            "and buying them back later. It needs no margin and cannot be liquidated, but it may be taxed."
        )
        + note(
            "Article 003 says both that perpetuals are “ideal for long-term hedging” and that a hedge is “tactical, "
            f"not permanent”. Held for a year at this leverage, this one {_earns(year.carry)}, but the chance that it "
            f"is liquidated is about {formatted(year.chance, 'chance')} unless you add margin. At {other} you miss "
            f"{formatted(year.given_up, 'usd')} as well."
        )
    )


def _earns(carry: float) -> str:
    return f"{'brings' if carry >= 0 else 'costs'} {formatted(abs(carry), 'usd')}"


def _way_words(way: Duration, own: float) -> str:
    if way.kind == "weekly":
        return "Sell a tenth a week"
    if way.kind == "sold":
        return "Sell now"
    names = {WEEKS: "3 weeks", MONTHS: "2 months", ALWAYS: "a year (always)"}
    plain = names.get(way.days, f"{way.days:g} day{'' if way.days == 1 else 's'}")
    return f"Hedge: {plain} (your plan)" if way.days == own else f"Hedge: {plain}"
