"""The planner's tables: contracts by rank, ways to be protected, top-ups, and the checklist."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hedge_widgets.model.costs import DAYS_PER_YEAR
from hedge_widgets.model.hedge import hedge_outcome
from hedge_widgets.model.paths import touch_probability
from hedge_widgets.model.planner import Check, Duration, PlannerPicture, Ranked, Rule, Ticket, durations
from hedge_widgets.model.planner.durations import ALWAYS
from hedge_widgets.pages.book import PAGES
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table, note

_SHOWN = 10
_VERDICTS = {
    "": "fits",
    "weak": "removes less than the best",
    "size": "whole contracts miss the size",
    "refused": "the venue refuses the size",
    "unknown": "no prices to test it with",
    "too large": "too large",
}


# ---- with which contract ---------------------------------------------------------------------------------------------
def contracts_table(ranked: Sequence[Ranked], label: str, tested_on: str) -> str:
    """Return the contracts that fit, the plan's own, and the largest of those that do not."""
    fits = [one for one in ranked if not one.problem]
    shown = [one for one in ranked if not one.problem or one.offer.contract.label == label][:_SHOWN]
    others = [one for one in ranked if one not in shown]
    others = [*others[: max(_SHOWN - len(shown), 2)], *others[-1:]]  # the last one is the largest
    rows = [_contract_row(one, label) for one in (*shown, *dict.fromkeys(others))]
    head = ("Contract", "Variance removed", "Size", "Fees and spread", "Smallest order", "Verdict")
    more = len(ranked) - len(rows)
    left_out = f" {more} more {'is' if more == 1 else 'are'} not shown." if more else ""
    words = (
        f"{len(fits)} of {len(ranked)} contracts fit. “Removed” is the share of your coins' variance that a "
        f"minimum-variance hedge removed on days that its ratio had not seen ({tested_on}). Fees and spread are those "
        f"of opening and closing. The smallest order is given as a share of what you want to hedge.{left_out}"
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
    dies, price = crossed.liquidation_price[0], picture.inputs.hedge_price
    years = one.days / DAYS_PER_YEAR
    chance = touch_probability(price, dies, setting.side, setting.years_volatility, years, varies=setting.varies)
    where = f"at {formatted(dies, 'price')}, with a chance of {formatted(chance, 'rate')}" if dies == dies else "never"
    cash = formatted(float(setting.inputs.cash), "usd")
    return (
        f"Isolated margin: a liquidation takes {formatted(one.margin, 'usd')}. With cross margin, all of your {cash} "
        f"backs it and can be lost: it would be liquidated {where}. “Account types” shows what portfolio margin "
        "changes."
    )


# ---- for how long ----------------------------------------------------------------------------------------------------
def ways_table(picture: PlannerPicture) -> str:
    """Return the ways to be protected, and the contradiction in the articles with its numbers."""
    ways = durations(picture)
    if not ways:
        return note("There is no order, so nothing to compare.")
    size = abs(float(picture.inputs.move))
    fall, rise = formatted(-size, "percent_signed"), formatted(size, "percent_signed")
    head = ("Way", "Funding minus costs", "Chance of liquidation", f"Lost at {fall}", f"Missed at {rise}")
    own = float(picture.values["days"][0])
    rows = [
        (
            _way_words(way, own),
            formatted(way.carry, "usd_signed"),
            formatted(way.chance, "rate") if way.kind == "hedge" else "none",
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
            f"is liquidated is about {formatted(year.chance, 'rate')} unless you add margin, and you miss every rise."
        )
    )


def _earns(carry: float) -> str:
    return f"{'brings' if carry >= 0 else 'costs'} {formatted(abs(carry), 'usd')}"


def _way_words(way: Duration, own: float) -> str:
    if way.kind == "weekly":
        return "Sell a tenth a week"
    if way.kind == "sold":
        return "Sell now"
    names = {21.0: "3 weeks", 60.0: "2 months", 365.0: "A year (always)"}
    plain = names.get(way.days, f"{way.days:g} day{'' if way.days == 1 else 's'}")
    return f"Hedge: {plain} (your plan)" if way.days == own else f"Hedge: {plain}"


# ---- the checklist ---------------------------------------------------------------------------------------------------
# By the key of a rule: what the article calls it, the sentence on its number (and on one below 0), how that is written,
# and where its line is from.
CHECKS: Mapping[str, tuple[str, tuple[str, ...], str, str]] = {
    "000.1": ("Spot exposure", ("Figures are known for {} of your coins' value",), "percent", "ours"),
    "000.2": (
        "Hedge instrument",
        ("The hedge removed {} of the variance on days that it had not seen", "The hedge added {} to the variance"),
        "percent",
        "traffic light of “How much”",
    ),
    "000.3": ("Hedge ratio", ("Your coins' beta is uncertain by {} (two standard errors)",), "percent", "ours"),
    "000.4": ("Execution", ("Opening and closing costs {} of the hedge",), "rate", "ours"),
    "000.5": (
        "Margin health",
        ("The chance of liquidation is {} of the one that you accept",),
        "percent",
        "the chance that you accept",
    ),
    "000.6": ("Price action and gamma", ("The hedge is expected to drift by {} until the review",), "percent", "ours"),
    "000.7": ("Rebalancing", ("The smallest trade is {} of the hedge",), "percent", "ours"),
    "000.8": (
        "Funding, per year",
        ("You pay {} of the hedge per year in funding", "You receive {} of the hedge per year in funding"),
        "percent",
        "article 000, row 8",
    ),
    "004.1": ("Portfolio value and cash", ("All that you want requires {} of your cash",), "percent", "your cash"),
    "004.2": ("Contract size", ("The smallest order is {} of what you want",), "percent", "ours; errata E11"),
    "004.3": ("Ratio", ("The hedge is {} of a full minimum-variance hedge",), "percent", "ours"),
    "004.4": ("Leverage", ("Leverage is {}",), "times", "articles 001 and 004: 5× at most"),
    "004.5": (
        "Margin mode and reserve",
        ("The cash that is left is {} of the top-up at a move of 20 %",),
        "percent",
        "ours",
    ),
    "004.6": (
        "Pay or receive",
        ("In its days the hedge costs {} of its size, funding included", "In its days the hedge brings {} of its size"),
        "rate",
        "ours",
    ),
    "004.7": ("Exit", ("The review is in {} days",), "days", "article 003: 1 to 3 months"),
}
_SEEN_ON = {  # the page behind a row, by its name in PAGES
    "start": ("000.1", "004.2"),
    "lab": ("000.2", "000.3", "004.3"),
    "margin": ("000.5", "004.1", "004.4", "004.5"),
    "carry": ("000.4", "000.8", "004.6", "004.7"),
    "rebalancing": ("000.6", "000.7"),
}
_MARKS = {"pass": "✓ pass", "warn": "! warn", "fail": "✗ fail", "not applicable": "not applicable"}


def checks_table(rows: Sequence[Check]) -> str:
    """Return the checklist: what the articles ask, the result, the number behind it, and its lines."""
    head = ("Check", "Result", "Why", "Passes", "Fails", "More on")
    table = figures_table(head, [_check_row(row) for row in rows], kind="hw-words", numbers=())
    return f"<p>{checks_words(rows)}</p>{table}" + note(
        "Rows 000 are the eight steps of article 000, rows 004 the seven checkpoints of article 004. You can edit the "
        "lines at the end of the page."
    )


def checks_words(rows: Sequence[Check]) -> str:
    """Return how many rows pass, warn and fail, in words."""
    count = {status: sum(row.status == status for row in rows) for status in _MARKS}
    verb = "does" if count["not applicable"] == 1 else "do"
    words = f"{count['pass']} pass, {count['warn']} warn, {count['fail']} fail"
    return f"{words}, {count['not applicable']} {verb} not apply here."


def _check_row(row: Check) -> tuple[str, ...]:
    title, sentences, written, _ = CHECKS[row.key]
    why = f"{row.reason[:1].upper()}{row.reason[1:]}"
    if row.value is not None:
        is_below = row.value < 0 and len(sentences) > 1
        why = sentences[is_below].format(formatted(abs(row.value) if is_below else row.value, written))
    ends = ("from", "below") if row.rule.is_least else ("up to", "above")
    lines = (
        f"{end} {formatted(line, written)}" for end, line in zip(ends, (row.rule.line, row.rule.fails), strict=True)
    )
    unbroken = (line.replace(" ", "\u00a0") for line in (_MARKS[row.status], *lines))
    result, passes, fails = unbroken
    page = next(name for name, keys in _SEEN_ON.items() if row.key in keys)
    return f"{row.key} {title}", result, why, passes, fails, PAGES[page][0].replace(" ", "\u00a0")


def line_rows(rules: Mapping[str, Rule]) -> list[tuple[str, ...]]:
    """Return the lines of the checklist as rows to edit: check, passes, fails, unit, source."""
    rows = []
    for key, rule in rules.items():
        title, _, written, source = CHECKS[key]
        scale = line_scale(key)
        unit = "%" if scale == 100.0 else "×" if written == "times" else "days"
        lines = (f"{scale * line:.10g}" for line in rule.lines)
        rows.append((f"{key} {title}", *lines, unit, source))
    return rows


def line_scale(key: str) -> float:
    """Return what a line is multiplied with where it is shown: 100 for per cent."""
    return 100.0 if CHECKS[key][2] in ("percent", "rate") else 1.0


def changed_rules(rules: Mapping[str, Rule], row: int, column: int, value: float) -> dict[str, Rule]:
    """Return the rules with one of their lines (column 1: passes, 2: fails) typed anew; InputError for no order."""
    key = list(rules)[row]
    field = {1: "line", 2: "fails"}[column]
    changes: dict[str, Any] = {field: value / line_scale(key)}
    return {**rules, key: replace(rules[key], **changes)}


def known_share(values: Mapping[str, float], assumed: Sequence[str]) -> float:
    """Return the share of the coins' value, by symbol, whose figures are not assumed."""
    sizes = {name: abs(value) for name, value in values.items()}
    whole = sum(sizes.values())
    return float(np.divide(sum(size for name, size in sizes.items() if name not in assumed), whole))
