"""The page's rules that change how much is hedged: one along the path shown, all of them over all paths."""

import functools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.rebalancing.exposures import Exposure
from hedge_widgets.model.rebalancing.setting import Paths, RebalancingSetting, exposure
from hedge_widgets.model.rebalancing.signals import liquidation_ratio, signal_along
from hedge_widgets.model.rebalancing.triggered import (
    Falls,
    Triggered,
    Upkeep,
    average_coverage,
    triggered,
    worst_falls,
)
from hedge_widgets.model.rebalancing.triggers import Trigger

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


def is_known(setting: RebalancingSetting, trigger: Trigger) -> bool:
    """Return whether there is what a rule needs: coins that can fall, and funding rates where it watches them."""
    return setting.kind != "option" and (trigger.signal != "funding" or setting.paths.funding is not None)


def watched(setting: RebalancingSetting) -> Trigger | None:
    """Return the rule that is looked at, None where there is none or not what it needs."""
    rules = [rule for rule in setting.triggers.rules if rule.signal == setting.watched and is_known(setting, rule)]
    return rules[0] if rules else None


def along_rows(setting: RebalancingSetting, path: Places, x: dict[str, Array]) -> dict[str, Any]:
    """Return the rule looked at on the path of each row: its coverage over the days, the constant one, and its gain.

    Shapes (rows, days), (rows,) and (rows, days + 1); ``gain`` is the rule's net so far less the constant hedge's,
    quote currency. One row and day of NaN where no rule is looked at.
    """
    rule = watched(setting)
    if rule is None:
        empty = np.full((1, 2), np.nan)
        return {"coverage": empty[:, 1:], "constant": empty[:, 0], "gain": empty}
    # Most sliders leave path and band alone: each pair that differs is worked out once.
    pairs, of_row = np.unique(np.stack([path, x["half_width"]], axis=1), axis=0, return_inverse=True)
    of_row, value = of_row.reshape(-1), setting.position_value
    shown = setting.paths.shown[pairs[:, 0].astype(np.int64)]
    made = _made(setting, rule, _of(setting.paths, shown), pairs[:, 1:], _average(setting))
    gross, turnover, n_trades = (
        (getattr(made.course, part) - getattr(made.constant, part))[of_row]
        for part in ("gross", "turnover", "n_trades")
    )
    cost = value * x["cost_rate"][:, None] * turnover + x["fixed_cost"][:, None] * n_trades
    return {
        "coverage": made.coverage[of_row],
        "constant": np.full(len(of_row), made.average),
        "gain": value * gross - cost,
    }


@dataclass(frozen=True, kw_only=True)
class TriggerSummary:
    """A rule over all paths, and the constant hedge with its average coverage; money is quote currency.

    ``share_on`` of the days it is on; ``annual_*`` are means a year; ``funding`` is what the rule received a year less
    what the constant hedge did, NaN without rates; ``gain`` its net less the constant one's over a whole path,
    ``error`` the standard error of that mean (NaN of one path; those that overlap count as the few that do not),
    ``better`` the share of paths on which it is above 0, ``worst_fall`` the mean of each path's; the counts are of all
    paths.
    """

    rule: Trigger
    coverage: float
    share_on: float
    annual_changes: float
    annual_cost: float
    constant_annual_cost: float
    funding: float
    worst_fall: float
    constant_worst_fall: float
    gain: float
    error: float
    better: float
    n_raises: int
    n_false_alarms: int
    n_falls: int
    n_missed: int


@functools.lru_cache(maxsize=2)
def summaries(
    setting: RebalancingSetting, half_width: float, cost_rate: float, fixed_cost: float
) -> tuple[TriggerSummary | None, ...]:
    """Return what each rule comes to over all paths, None where there is not what it needs."""
    falls = Falls.of(setting.paths.spot)
    terms = cost_rate, fixed_cost / setting.position_value
    return tuple(
        _summary(setting, rule, half_width, terms, falls) if is_known(setting, rule) else None
        for rule in setting.triggers.rules
    )


def _summary(
    setting: RebalancingSetting, rule: Trigger, half_width: float, terms: tuple[float, float], falls: Falls
) -> TriggerSummary:
    made = _made(setting, rule, setting.paths, half_width)
    years, value = setting.paths.years, setting.position_value
    nets = [one.net(*terms) for one in (made.course, made.constant)]
    costs = (value * one.cost(*terms)[:, -1].mean() / years for one in (made.course, made.constant))
    falling = (value * worst_falls(net).mean() for net in nets)
    gain = nets[0][:, -1] - nets[1][:, -1]
    received = made.course.funding - made.constant.funding
    n_apart = len(gain) / setting.paths.overlap  # windows of one history that share days tell little more than one does
    raised = made.is_on if rule.coverage >= setting.triggers.coverage else ~made.is_on
    cost, constant_cost = map(float, costs)
    worst_fall, constant_fall = map(float, falling)
    n_raises, n_false, n_falls, n_missed = falls.judged(raised)
    return TriggerSummary(
        rule=rule,
        coverage=made.average,
        share_on=float(made.is_on.mean()),
        annual_changes=float(made.n_changes.mean() / years),
        annual_cost=cost,
        constant_annual_cost=constant_cost,
        funding=float(value * received.mean() / years) if setting.paths.funding is not None else np.nan,
        worst_fall=worst_fall,
        constant_worst_fall=constant_fall,
        gain=float(value * gain.mean()),
        error=float(value * gain.std(ddof=1) / n_apart**0.5) if len(gain) > 1 else np.nan,
        better=float((value * gain >= 0.005).mean()),
        n_raises=n_raises,
        n_false_alarms=n_false,
        n_falls=n_falls,
        n_missed=n_missed,
    )


@dataclass(frozen=True, kw_only=True)
class Change:
    """A day on which a rule changes the coverage, at that day's price, and the signal that made it do so."""

    day: int
    before: float
    after: float
    signal: float
    is_on: bool


def changes(setting: RebalancingSetting, path: int) -> tuple[Change, ...]:
    """Return what the rule looked at does on a path of those shown; day 0 is the opening, if it is on at once."""
    rule = watched(setting)
    if rule is None:
        return ()
    signal = _signal(setting, rule, _of(setting.paths, setting.paths.shown[[path]]))[1]
    coverage, on = (setting.triggers.coverage, rule.coverage), rule.states(signal)[0].tolist()
    return tuple(
        Change(
            day=day,
            before=coverage[not on[day]],
            after=coverage[on[day]],
            signal=float(signal[0, day]),
            is_on=on[day],
        )
        for day in range(len(on))
        if on[day] != (day > 0 and on[day - 1])
    )


def _of(paths: Paths, rows: Places) -> Paths:
    """Return some of the paths."""
    funding = None if paths.funding is None else paths.funding[rows]
    return replace(paths, spot=paths.spot[rows], hedge=paths.hedge[rows], funding=funding)


def _signal(setting: RebalancingSetting, rule: Trigger, paths: Paths) -> tuple[Exposure, Array]:
    """Return a full hedge of 1 of position on these paths, and the signal that a rule goes by."""
    position = exposure(paths, setting.kind, setting.ratio)
    kind = "inverse" if setting.kind == "inverse" else "linear"
    side = float(np.sign(position.target[0, 0]))
    ratio = liquidation_ratio(kind, side, setting.triggers.leverage, setting.maintenance_rate)
    return position, signal_along(rule, position, paths.spot, paths.funding, liquidation_ratio=ratio)


@functools.lru_cache(maxsize=2)
def _average(setting: RebalancingSetting) -> float:
    """Return the average coverage, over all paths, of the rule looked at."""
    rule = watched(setting)
    assert rule is not None
    return average_coverage(rule, setting.triggers.coverage, rule.states(_signal(setting, rule, setting.paths)[1]))


def _made(
    setting: RebalancingSetting, rule: Trigger, paths: Paths, half_width: Any, average: float | None = None
) -> Triggered:
    """Return what a rule makes of 1 of position on these paths."""
    position, signal = _signal(setting, rule, paths)
    upkeep = Upkeep(
        half_width=half_width,
        trade_to=setting.trade_to,
        funding_rates=paths.funding,
        lot=setting.lot,
        min_value=setting.min_value,
    )
    return triggered(position, rule, setting.triggers.coverage, signal, upkeep, average)
