"""The checklist as a table: what each row says, where its lines are from, and its lines to edit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hedge_widgets.model.planner import Check, Rule
from hedge_widgets.pages.book import PAGES
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import PageLink, figures_table, note

# By the key of a rule: what the article calls it, the sentence on its number (and on one below 0), how that is written,
# and where its line is from.
CHECKS: Mapping[str, tuple[str, tuple[str, ...], str, str]] = {
    "000.1": ("Spot exposure", ("Figures are known for {} of your coins' value",), "percent", "ours"),
    "000.2": (
        "Hedge instrument",
        (
            "A full hedge with this contract removed {} of the variance on days that it had not seen",
            "A full hedge with this contract added {} to the variance on days that it had not seen",
        ),
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


def checks_table(rows: Sequence[Check], tested_on: str) -> str:
    """Return the checklist: what the articles require, the result, the number behind it, and its lines."""
    head = ("Check", "Result", "Why", "Passes", "Fails", "More on")
    table = figures_table(head, [_check_row(row, tested_on) for row in rows], kind="hw-words", numbers=())
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


def _check_row(row: Check, tested_on: str) -> tuple[str | PageLink, ...]:
    title, sentences, written, _ = CHECKS[row.key]
    why = f"{row.reason[:1].upper()}{row.reason[1:]}"
    if row.value is not None:
        is_below = row.value < 0 and len(sentences) > 1
        why = sentences[is_below].format(formatted(abs(row.value) if is_below else row.value, written))
        why = f"{why} ({tested_on})" if row.key == "000.2" else why
    ends = ("from", "below") if row.rule.is_least else ("up to", "above")
    lines = (
        f"{end} {formatted(line, written)}{' days' if written == 'days' else ''}"
        for end, line in zip(ends, row.rule.lines, strict=True)
    )
    unbroken = (line.replace(" ", "\u00a0") for line in (_MARKS[row.status], *lines))
    result, passes, fails = unbroken
    page = next(name for name, keys in _SEEN_ON.items() if row.key in keys)
    return f"{row.key} {title}", result, why, passes, fails, PageLink(*PAGES[page][:2])


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
