"""The computed checklist: the eight steps of article 000 and the seven checkpoints of article 004.

Each row has one number and two lines: up to the first it passes, beyond the second it fails, between them it warns.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry import funding_pnl
from hedge_widgets.model.costs import DAYS_PER_YEAR
from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.planner.picture import PlannerPicture, held_carry
from hedge_widgets.model.planner.ranking import TOO_LARGE
from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.model.rebalancing.bands import tracking_volatility

STATUSES = ("pass", "warn", "fail", "not applicable")
PASS, WARN, FAIL, NOT_APPLICABLE = STATUSES
LINE = Limit(-1e9, 1e9)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a row compares its number with: ``line`` ends what passes, ``fails`` begins what fails.

    ``is_least``: the number must be at least the line, otherwise at most.

    Raises
    ------
    InputError
        If the lines are no numbers, or in the wrong order.
    """

    line: float
    fails: float
    is_least: bool = False

    def __post_init__(self) -> None:
        LINE.checked("line", self.line)
        LINE.checked("line", self.fails)
        if (self.fails > self.line) if self.is_least else (self.fails < self.line):
            side = "at most" if self.is_least else "at least"
            raise InputError(f"the line of a fail must be {side} that of a pass, {self.line:g}, not {self.fails:g}")

    @property
    def lines(self) -> tuple[float, float]:
        """Return where passing ends and where failing begins."""
        return self.line, self.fails

    def status(self, value: float) -> str:
        """Return "pass", "warn" or "fail" of a number."""
        sign = -1.0 if self.is_least else 1.0
        if sign * value <= sign * self.line:
            return PASS
        return WARN if sign * value <= sign * self.fails else FAIL


@dataclass(frozen=True, kw_only=True)
class Measure:
    """The number of a row, or None and why it does not apply."""

    value: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A row: ``key`` of :data:`RULES`, its number, lines and status; ``reason`` says why it does not apply."""

    key: str
    status: str
    value: float | None
    rule: Rule
    reason: str = ""


# By article, "." and the number of the row there; the lines are ours, but for the ones that words on the page source.
RULES: dict[str, Rule] = {
    "000.1": Rule(line=1.0, fails=0.8, is_least=True),  # share of the coins' value with figures that are known
    "000.2": Rule(line=0.5, fails=0.25, is_least=True),  # variance removed on days not seen before
    "000.3": Rule(line=0.25, fails=0.5),  # two standard errors of the beta over the beta
    "000.4": Rule(line=0.002, fails=0.005),  # cost of opening and closing over the hedge
    "000.5": Rule(line=1.0, fails=2.0),  # chance of liquidation over the accepted one
    "000.6": Rule(line=0.1, fails=0.25),  # expected drift of the hedge until the end, one standard deviation
    "000.7": Rule(line=0.1, fails=0.25),  # smallest trade over the hedge
    "000.8": Rule(line=0.0, fails=0.1),  # funding paid a year over the hedge
    "004.1": Rule(line=1.0, fails=1.5),  # margin of what is wanted over the cash
    "004.2": Rule(line=0.5, fails=TOO_LARGE),  # smallest order over what is wanted
    "004.3": Rule(line=1.05, fails=1.25),  # hedge over a full minimum-variance one
    "004.4": Rule(line=5.0, fails=10.0),  # leverage
    "004.5": Rule(line=1.0, fails=0.5, is_least=True),  # cash left over what a move of 20 % against it requires
    "004.6": Rule(line=0.01, fails=0.03),  # what the hedge costs in its days, funding too, over the hedge
    "004.7": Rule(line=92.0, fails=180.0),  # days until the review
}
_NO_ORDER = "there is no order"
_NO_CASH = "your cash is not known"
_SAME_COIN = "spot and futures have no gamma, and coins and hedge are the same coin: nothing drifts"


def checklist(measures: Mapping[str, Measure], rules: Mapping[str, Rule] = RULES) -> tuple[Check, ...]:
    """Return a row for each rule; a number that is missing does not apply, and says why."""
    rows = []
    for key, rule in rules.items():
        measure = measures[key]
        if measure.value is None:
            rows.append(
                Check(key=key, status=NOT_APPLICABLE, value=None, rule=rule, reason=measure.reason or "not known")
            )
        else:
            rows.append(Check(key=key, status=rule.status(measure.value), value=measure.value, rule=rule))
    return tuple(rows)


def measures(
    picture: PlannerPicture,
    *,
    known_share: float,
    removed: float | None,
    beta_error: float | None,
) -> dict[str, Measure]:
    """Return the number of every row, of a picture of one row.

    Parameters
    ----------
    known_share
        Share of the coins' value with figures that are known.
    removed
        Share of the variance that the hedge removed on days that it had not seen; None: no prices.
    beta_error
        Standard error of the coins' beta to the hedge asset; None: the beta is one's own.
    """
    inputs, spec = picture.inputs, picture.inputs.contract
    beta = float(picture.setting.wanted.minimum_variance_hedge_ratio)
    uncertain = None if beta_error is None else 2.0 * beta_error / abs(beta) if beta else float("nan")
    no_error = "you set the figures yourself" if beta_error is None else "your coins have no beta to this contract"
    values = {
        "000.1": Measure(value=known_share),
        "000.2": _measured(removed, "there are no prices to test this hedge with"),
        "000.3": _measured(uncertain, no_error),
        **_wanted(picture),
    }
    if not picture.is_open[0]:
        return values | {key: Measure(reason=_NO_ORDER) for key in RULES if key not in values}
    outcome, days = picture.outcome, picture.values["days"]
    notional, side = float(outcome.notional[0]), float(outcome.side[0])
    still = -float(held_carry(inputs, outcome, np.zeros(1))[0, 0])
    paid = -float(funding_pnl(side, 1.0, 0.0 if spec.is_dated else float(inputs.funding_rate), DAYS_PER_YEAR))
    ratio = abs(float(outcome.minimum_variance_hedge_ratio[0]))
    top_up, reserve = float(picture.top_ups[0, 1]), float(picture.reserve[0])
    carry = float(held_carry(inputs, outcome, days)[0, 0])
    enough = "no cash is needed at that move"
    return values | {
        "000.4": Measure(value=still / notional),
        "000.5": Measure(value=float(picture.chance[0] / picture.values["limit"][0])),
        **_drift(picture, notional),
        "000.8": _measured(None if spec.is_dated else paid, "a dated future pays no funding"),
        "004.3": _measured(
            notional / float(outcome.spot_value[0]) / ratio if ratio else None, "your coins do not move with it"
        ),
        "004.4": Measure(value=float(picture.leverage[0])),
        "004.5": Measure(reason=_NO_CASH)
        if np.isnan(reserve)
        else _measured(reserve / top_up if top_up > 0 else None, enough),
        "004.6": Measure(value=-carry / notional),
        "004.7": Measure(value=float(days[0])),
    }


def _wanted(picture: PlannerPicture) -> dict[str, Measure]:
    """Return the numbers of what is wanted, whether or not there is an order."""
    setting, inputs, spec = picture.setting, picture.inputs, picture.inputs.contract
    target, cash = float(setting.wanted.target_notional), float(inputs.cash)
    if not target:
        return {key: Measure(reason="you want no hedge") for key in ("004.1", "004.2")}
    smallest = float(spec.smallest_notional(inputs.hedge_price))
    needed = float(picture.needed[0])
    share = needed / cash if cash and needed else None
    return {
        "004.1": _measured(share, _NO_ORDER if cash else _NO_CASH),
        "004.2": Measure(value=smallest / target),
    }


def _drift(picture: PlannerPicture, notional: float) -> dict[str, Measure]:
    """Return how far the hedge drifts until the end, and the smallest trade that could correct it."""
    inputs = picture.inputs
    volatility: Any = tracking_volatility(inputs.spot_volatility, inputs.hedge_volatility, inputs.correlation)
    if volatility < 1e-9:
        return {key: Measure(reason=_SAME_COIN) for key in ("000.6", "000.7")}
    years = float(picture.values["days"][0]) / DAYS_PER_YEAR
    smallest = float(inputs.contract.smallest_notional(inputs.hedge_price))
    return {
        "000.6": Measure(value=float(volatility) * years**0.5),
        "000.7": Measure(value=smallest / notional),
    }


def known_share(holdings: Portfolio, assumed: Collection[str]) -> float:
    """Return the share of the coins' gross value whose figures are not assumed, by symbol."""
    sizes = [(one.symbol, abs(float(one.value))) for one in holdings.holdings]
    return sum(size for symbol, size in sizes if symbol not in assumed) / sum(size for _, size in sizes)


def _measured(value: float | None, reason: str) -> Measure:
    return Measure(reason=reason) if value is None or np.isnan(value) else Measure(value=float(value))
