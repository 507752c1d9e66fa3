"""The rules that change how much is hedged: in words, as lines to edit, in an address, and as a file for a bot."""

import html
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hedge_widgets.model.limits import InputError, LimitError
from hedge_widgets.model.rebalancing import Trigger, Triggers
from hedge_widgets.model.rebalancing.setting import TRIGGERS
from hedge_widgets.model.rebalancing.triggers import ABOVE, COVERAGE, when
from hedge_widgets.model.typed import typed_number
from hedge_widgets.pages.address import row as listed
from hedge_widgets.pages.rebalancing.controls import RULE_NAMES
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import note

Rules = tuple[Trigger, ...]

# By signal: when it changes the hedge and when it goes back, how its lines are written, and in which unit.
WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "volatility": (
        "the {days}-day volatility of your coins rises above {line} per year",
        "it is below {back}",
        "percent",
        "% per year",
    ),
    "funding": (
        "the mean funding that your hedge receives over {days} days falls below {line} per day",
        "it is above {back}",
        "rate",
        "% per day",
    ),
    "drift": (
        "a hedge left alone for {days} days would be more than {line} off its target",
        "it would be less than {back} off",
        "percent",
        "% of the hedge",
    ),
    "beta": (
        "the {days}-day beta of your coins is more than {line} above that of the {days} days before",
        "it is less than {back} above",
        "ratio",
        "of beta",
    ),
    "distance": (
        "the price of the hedge comes within {line} of liquidating a hedge opened on day 0 at {leverage}",
        "it is more than {back} away",
        "percent",
        "% of the price",
    ),
}
_ABOUT = (
    "Article 004 leaves this to a bot; here are its rules in words. Volatility decides how much of a hedge you need, "
    "not the hedge ratio: to get from a volatility of 60 % to 30 % takes half a hedge, from 75 % it takes 60 %."
)
COLUMNS = ("Rule", "Line", "Back at", "Hedge then, %", "Days looked back", "Days in a row", "Days to wait", "Unit")
_FIELDS = ("line", "back", "coverage", "days", "confirm", "cooldown")
EDITED = tuple(range(1, 1 + len(_FIELDS)))
FILE = "hedge-rules.json"


# ---- in words --------------------------------------------------------------------------------------------------------
def rule_words(rule: Trigger, triggers: Triggers) -> str:
    """Return a rule as a sentence or two."""
    crossed, back, written, _ = WORDS[rule.signal]
    filled = {
        "days": rule.days,
        "line": formatted(rule.line, written),
        "back": formatted(rule.back, written),
        "leverage": formatted(triggers.leverage, "times"),
    }
    share, other = formatted(rule.coverage, "percent"), formatted(triggers.coverage, "percent")
    words = f"If {crossed}, hedge {share}; go back to {other} when {back}."
    if rule.confirm > 1:
        words += f" Act when that has been so on {rule.confirm} days in a row."
    if rule.cooldown:
        words += f" After a change, wait {rule.cooldown} whole day{'' if rule.cooldown == 1 else 's'} before the next."
    return words.format(**filled)


def rules_list(triggers: Triggers) -> str:
    """Return all rules in words, and the link that saves them for a bot."""
    items = "".join(
        f"<li><b>{html.escape(RULE_NAMES[rule.signal])}.</b> {html.escape(rule_words(rule, triggers))}</li>"
        for rule in triggers.rules
    )
    encoded = b64encode(rules_file(triggers).encode()).decode()
    link = f'<a class="hw-button" download="{FILE}" href="data:application/json;base64,{encoded}">'
    tools = f'<div class="hw-tools">{link}Save the rules for a bot (.json)</a></div>'
    return f'{note(_ABOUT)}<ul class="hw-rule-list">{items}</ul>{tools}'


def rules_file(triggers: Triggers) -> str:
    """Return the rules as the JSON that :meth:`Triggers.from_dict` reads."""
    return json.dumps(triggers.to_dict(), indent=1, allow_nan=False) + "\n"


# ---- to edit ---------------------------------------------------------------------------------------------------------
def _scale(signal: str, field: str) -> float:
    """Return what a field is multiplied with where it is shown: 100 for per cent."""
    is_share = field == "coverage" or (field in ("line", "back") and signal != "beta")
    return 100.0 if is_share else 1.0


def line_rows(rules: Rules) -> list[tuple[str, ...]]:
    """Return the rules as rows to edit; the distance looks back over no days."""
    return [
        (
            RULE_NAMES[rule.signal],
            *(
                "—" if (rule.signal, field) == ("distance", "days") else f"{_scale(rule.signal, field) * number:.10g}"
                for field, number in ((field, getattr(rule, field)) for field in _FIELDS)
            ),
            WORDS[rule.signal][3],
        )
        for rule in rules
    ]


def changed_rules(rules: Rules, row: int, column: int, text: str) -> Rules:
    """Return the rules with one cell typed anew; InputError, in the unit of the table, for what it cannot be."""
    rule, field = rules[row], _FIELDS[column - 1]
    name, scale = f"“{COLUMNS[column]}” of {RULE_NAMES[rule.signal].lower()}", _scale(rule.signal, field)
    typed = typed_number(name, text)
    if field in ("line", "back"):
        _in_order(rule, field, typed, scale, name)
    elif field == "coverage":
        _within(name, typed, scale * COVERAGE.low, scale * COVERAGE.high)
    value: Any = float(f"{typed / scale:.12g}")
    if scale == 1.0 and field not in ("line", "back") and value != round(value):
        raise InputError(f"{name} must be a whole number, not {typed:g}")
    changes: dict[str, Any] = {field: value}
    try:
        changed = replace(rule, **changes)
    except LimitError as error:
        _within(name, typed, scale * error.limit.low, scale * error.limit.high)
        raise
    return (*rules[:row], changed, *rules[row + 1 :])


def _within(name: str, typed: float, low: float, high: float) -> None:
    if not low <= typed <= high:
        raise InputError(f"{name} must be {low:g} to {high:g}, not {typed:g}")


def _in_order(rule: Trigger, field: str, typed: float, scale: float, name: str) -> None:
    """Refuse a line or a line back that lies on the wrong side of the other."""
    other = scale * (rule.back if field == "line" else rule.line)
    is_least = (when(rule.signal) == ABOVE) == (field == "line")
    if (typed < other - 1e-9) if is_least else (typed > other + 1e-9):
        beside = COLUMNS[2 if field == "line" else 1]
        raise InputError(f"{name} must be at {'least' if is_least else 'most'} “{beside}”, {other:g}, not {typed:g}")


def rules_written(rules: Rules) -> dict[str, list[Any]]:
    """Return the rules that were edited, for an address."""
    known = {rule.signal: rule for rule in TRIGGERS.rules}
    return {rule.signal: [getattr(rule, field) for field in _FIELDS] for rule in rules if rule != known[rule.signal]}


def rules_read(value: Any) -> Rules:
    """Return the rules with those of an address; raises InputError for what no table could hold."""
    if not isinstance(value, dict):
        raise InputError(f"rules in the address must be names with values, not {value!r:.40}")
    rules = {rule.signal: rule for rule in TRIGGERS.rules}
    for signal, cells in value.items():
        if signal not in rules or len(listed(cells, "a rule", len(_FIELDS))) != len(_FIELDS):
            raise InputError(
                f"rules in the address must be the page's, each of {len(_FIELDS)} numbers, not {signal!r:.40}"
            )
        rules[signal] = replace(rules[signal], **dict(zip(_FIELDS, cells, strict=True)))
    return tuple(rules.values())
