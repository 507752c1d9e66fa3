"""What the rules that change how much is hedged came to: over all paths, and day by day on the path shown."""

from math import isnan

from hedge_widgets.model.rebalancing import Trigger
from hedge_widgets.model.rebalancing.setting import RebalancingSetting
from hedge_widgets.model.rebalancing.trigger_study import Change, TriggerSummary, changes, watched
from hedge_widgets.model.rebalancing.triggered import FALL, WITHIN
from hedge_widgets.model.rebalancing.triggers import ABOVE
from hedge_widgets.pages.rebalancing.controls import RULE_NAMES
from hedge_widgets.pages.rebalancing.triggers import WORDS
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table, note

_FALL = f"{formatted(FALL, 'percent')} within {WITHIN} days"
_NOTE = (
    "Each rule is judged by itself, against a constant hedge with the coverage that the rule has on average over "
    "all paths and days: a rule that merely hedges more is no better for it. Both are kept within your band, in "
    "whole lots, and pay the same fees; opening and closing trades are not counted. The constant hedge's figures "
    "are in brackets. ± is twice the standard error of the mean, in which windows that overlap count as the few "
    "that do not. Worst fall is the largest loss from a high of coins and hedge together, on average over the "
    f"paths. False alarm: the rule raised the hedge, or took it back up, and no fall of {_FALL} followed. Miss: "
    f"the coins fell by {_FALL} while the hedge was not raised. A rule sees each day's close and the funding paid "
    "until then, and trades at that close. Distance is that of a hedge opened on day 0 to which no margin is "
    "added; no liquidation is counted here."
)
_SHOWN = 12  # changes of a path in the table
_HEAD = (
    "Rule",
    "Hedged on average",
    "Days on",
    "Changes per year",
    "Cost per year",
    "Funding against constant, per year",
    "Worst fall",
    "Net against constant, whole path",
    "Share of paths on which it was better",
    "False alarms",
    "Misses",
)


def summary_table(made: tuple[TriggerSummary | None, ...], setting: RebalancingSetting) -> str:
    """Return what every rule comes to over all paths, beside the constant hedge, and what the columns mean."""
    rows = [
        _summary_row(one)
        if one is not None
        else (f"{RULE_NAMES[rule.signal]} (no funding rates here)", *("—",) * (len(_HEAD) - 1))
        for one, rule in zip(made, setting.triggers.rules, strict=True)
    ]
    return figures_table(_HEAD, rows) + note(_NOTE)


def _summary_row(one: TriggerSummary) -> tuple[str, ...]:
    spread = "" if isnan(one.error) else f" ±\u00a0{formatted(2 * one.error, 'usd')}"
    return (
        RULE_NAMES[one.rule.signal],
        formatted(one.coverage, "percent"),
        formatted(one.share_on, "percent"),
        formatted(one.annual_changes, "days"),
        f"{formatted(one.annual_cost, 'usd')} ({formatted(one.constant_annual_cost, 'usd')})",
        formatted(one.funding, "usd_signed"),
        f"{formatted(one.worst_fall, 'usd')} ({formatted(one.constant_worst_fall, 'usd')})",
        f"{formatted(one.gain, 'usd_signed')}{spread}",
        formatted(one.better, "percent"),
        _share(one.n_false_alarms, one.n_raises),
        _share(one.n_missed, one.n_falls),
    )


def _share(count: int, of: int) -> str:
    return f"{count:,} of\u00a0{of:,}"


def verdict(made: tuple[TriggerSummary | None, ...], setting: RebalancingSetting) -> str:
    """Return what the rule looked at comes to, in words."""
    one = next((one for one in made if one is not None and one.rule.signal == setting.watched), None)
    if one is None:
        return "These paths have no funding rates, so this rule has nothing to go by."
    needed, n_days = one.rule.days * (2 if one.rule.signal == "beta" else 1), setting.paths.spot.shape[1] - 1
    if one.rule.signal != "distance" and needed >= n_days:
        return f"{RULE_NAMES[one.rule.signal]}: this rule looks back over {needed} days, and these paths have {n_days}."
    if not one.annual_changes:
        return f"{RULE_NAMES[one.rule.signal]}: this rule changes nothing on any of these paths."
    more = "more" if one.gain >= 0 else "less"
    where = "on this path" if len(setting.paths.spot) == 1 else f"on average over {len(setting.paths.spot):,} paths"
    by_chance = "; chance alone may explain that" if abs(one.gain) < 2 * one.error else ""
    name, times = RULE_NAMES[one.rule.signal], formatted(one.annual_changes, "days")
    return (
        f"{name}: the rule hedged {formatted(one.coverage, 'percent')} on average, changed its size {times} times per "
        f"year, and left {formatted(abs(one.gain), 'usd')} {more} than a constant hedge of that size, "
        f"{where}{by_chance}."
    )


def changes_table(setting: RebalancingSetting, path: int) -> str:
    """Return on which days the rule looked at changes the coverage of the path shown, from what to what, and why."""
    rule = watched(setting)
    made = changes(setting, path)
    if rule is None or not made:
        return ""
    rows = [
        (
            formatted(one.day, "integer"),
            f"{formatted(one.before, 'percent')}\u00a0→\u00a0{formatted(one.after, 'percent')}",
            _why(rule, one),
        )
        for one in made[:_SHOWN]
    ]
    more = f" {len(made) - _SHOWN} more are not shown." if len(made) > _SHOWN else ""
    where = f"{setting.paths.names[path]}, with the rule “{RULE_NAMES[rule.signal]}”.{more}"
    return figures_table(("Day", "Hedged", "Why"), rows, where, kind="hw-words", numbers=())


def _why(rule: Trigger, one: Change) -> str:
    written = WORDS[rule.signal][2]
    names = {
        "volatility": f"{rule.days}-day volatility",
        "funding": f"{rule.days}-day mean of funding",
        "drift": f"{rule.days}-day drift",
        "beta": f"change of the {rule.days}-day beta",
        "distance": "distance to liquidation",
    }
    is_above = (rule.when == ABOVE) == one.is_on
    line = rule.line if one.is_on else rule.back
    value = formatted(one.signal, written)
    side = "above" if is_above else "below"
    return f"{names[rule.signal]} {value}, {side} {formatted(line, written)}"
