"""The lab's tables, made when the hand rests: estimators, hedge instruments, the data's faults, the articles' 0.60."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.model.hedge_ratio import (
    WalkForward,
    block_bootstrap,
    coverage_study,
    dollar_beta,
    kalman,
    minimum_variance_hedge_ratio,
    residual_volatility,
)
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS, HedgeStudy
from hedge_widgets.model.limits import InputError
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table

if TYPE_CHECKING:
    from hedge_widgets.market.quality import Fault

Cells = Sequence[str]
DRAWS = 2_000
NO_ESTIMATE = '<p class="hw-note">There are too few returns before that day: no estimator has anything to say.</p>'


# ---- every estimator -------------------------------------------------------------------------------------------------
def uneven_words(study: HedgeStudy) -> str:
    """Return what is made of prices that are not a day apart, "" where every return spans the days chosen."""
    if study.is_even and study.horizon == study.asked_horizon:
        return ""
    longer = study.spans[study.spans != study.horizon]
    usual = f"Returns span {study.horizon} day{'s' if study.horizon > 1 else ''}"
    if len(longer):
        usual += f", but {len(longer):,} of {len(study):,} span {longer.min()} to {longer.max()} days"
    return (
        f"{usual}, because there are no prices between. A return over more days counts as what it is in "
        f"{study.horizon} (divided by the square root of the ratio), so volatility, slope and correlation are those of "
        "a daily file, and a window holds the returns of its days. Exponential weights and the Kalman filter count "
        "returns, not days."
    )


def estimators_table(study: HedgeStudy, window: float, place: int) -> str:
    """Return ratio, intervals and what each estimator removed out of sample, as a table in HTML."""
    span = study.inside(window, place)
    boot = block_bootstrap(study.spot[span], study.hedge[span], draws=DRAWS)
    ratios, removed = boot.interval(study.confidence)
    nothing = formatted(0.0, "percent")
    rows: list[Cells] = [("no hedge", "0", "—", "—", nothing, nothing, "0")]
    for name, text in ESTIMATORS.items():
        walk = study.walk(name, window)
        is_plain = name == "least_squares"
        rows.append(
            (
                text,
                formatted(float(study.ratio_path(name, window)[place]), "slope"),
                _interval(study, name, window, place),
                _span(*ratios) if is_plain else "—",
                *(_walked(walk) if walk else ("—", "—", "—")),
            )
        )
    head = ("estimator", "ratio", "interval", "block bootstrap", "variance removed", "volatility removed", "turnover")
    days = study.window_days(window)
    note = (
        f"Out of sample on the same days, window {days} days, returns over {study.horizon} d. Turnover: hedge "
        "traded per position and year. Total least squares takes both legs for equally noisy and hedges a volatile "
        "coin far too much. "
        f"By {DRAWS:,} block-bootstrap draws of the window, least squares removes {_span(*removed, 'percent')} of its "
        "variance in sample."
    )
    return figures_table(head, rows, note)


def _walked(walk: WalkForward) -> Cells:
    return (
        formatted(walk.effectiveness, "percent"),
        formatted(walk.volatility_reduction, "percent"),
        formatted(walk.turnover, "slope"),
    )


def _interval(study: HedgeStudy, name: str, window: float, place: int) -> str:
    """Return the interval of an estimator that has one in closed form, in words."""
    if name == "least_squares":
        estimate = study.estimate(window, place)
        return _span(estimate.low, estimate.high)
    if name == "kalman":
        path = kalman(study.spot, study.hedge, confidence=study.confidence)
        return _span(float(np.asarray(path.low)[place]), float(np.asarray(path.high)[place]))
    return "—"


def _span(low: float | None, high: float | None, form: str = "slope") -> str:
    return f"{formatted(low, form)} to {formatted(high, form)}"


@cache
def coverage_note() -> str:
    """Return what the intervals are worth, counted on simulated data sets of known ratio."""
    gaussian, fat = coverage_study(), coverage_study(degrees_of_freedom=4)
    shares = (
        f"(t: {one.student_t:.0%}, bootstrap: {one.bootstrap:.0%}; correlation by Fisher: {one.fisher:.0%})"
        for one in (gaussian, fat)
    )
    said, level = f"{gaussian.n_sets} simulated sets of {gaussian.n_returns} days", f"{gaussian.confidence:.0%}"
    words = (
        f"What the intervals are worth, tried on {said}: of those that say {level}, as many hold the true figure where "
        f"returns are Gaussian {next(shares)}, and with fat tails, nearer to coins, {next(shares)}. Trust the "
        f"bootstrap. (Fat tails: Student's t with {fat.degrees_of_freedom:g} degrees of freedom.)"
    )
    return f'<p class="hw-note">{words}</p>'


# ---- the data --------------------------------------------------------------------------------------------------------
def faults_table(faults: Sequence["Fault"], treatments: dict[str, str]) -> str:
    """Return what was found in the prices and what is done about it."""
    if not faults:
        return '<p class="hw-note">No gaps, repeated dates, stale runs, reversing spikes or zero prices.</p>'
    words = {"drop": "left out", "fill": "filled in"}
    kept = {"duplicate": "the first price counts", "zero": "counts as missing"}

    def treatment(kind: str) -> str:
        return words.get(treatments.get(kind, "keep"), kept.get(kind, "kept as it is"))

    rows = [
        (f"{fault.symbol} {fault.date:%Y-%m-%d}", fault.kind, fault.note, treatment(fault.kind))
        for fault in faults[:40]
    ]
    more = f"The first 40 of {len(faults)}." if len(faults) > 40 else f"{len(faults)} found."
    return figures_table(("where", "what", "in words", "treatment"), rows, more, "hw-words")


# ---- the articles' 0.60 ----------------------------------------------------------------------------------------------
def three_sixties() -> str:
    """Return the articles' "0.60" read as each thing it could be, for 25,000 dollars of XYZ and contracts of 100."""
    value, contract_value = 25_000.0, 100.0
    rows = []

    def row(reading: str, ratio: float, why: str) -> None:
        shown = f"{formatted(ratio * value, 'usd')} = {formatted(ratio * value / contract_value, 'integer')} contracts"
        rows.append((reading, formatted(ratio, "slope"), shown, why))

    row("slope of XYZ on BTC is 0.60", 0.6, "right only if correlation x volatility ratio is 0.60")
    row("BTC moves 0.60 % when XYZ moves 1 %, always", 1.0 / 0.6, "slope 1 / 0.60, if the two moved as one")
    correlated = float(minimum_variance_hedge_ratio(0.6, 1.5, 0.6))
    left = float(residual_volatility(0.6, 1.0))
    row(
        "correlation 0.60, volatilities 150 and 60 %",
        correlated,
        f"0.60 x 150 / 60; {left:.0%} of the volatility stays",
    )
    row('"XYZ moves 2 % while BTC moves 1 %"', 2.0, "the article's own example: slope 2")
    try:
        dollar_beta(0.5, 60_000.0, 1.0, 0.6)
        refusal = ""
    except InputError as error:
        refusal = f"refused: {error}"
    rows.append(("for every $1 of XYZ, BTC moves $0.60", "—", "—", refusal))
    return figures_table(("0.60 read as", "ratio", "short BTC", "why"), rows, kind="hw-words")
