"""The lab's tables, made when the hand rests: estimators, hedge instruments, the data's faults, the articles' 0.60."""

import datetime
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.model.hedge_ratio import (
    Estimate,
    WalkForward,
    YearAhead,
    block_bootstrap,
    coverage_study,
    dollar_beta,
    kalman,
    minimum_variance_hedge_ratio,
    residual_volatility,
)
from hedge_widgets.model.hedge_ratio.study import AHEAD, ESTIMATORS, HedgeStudy
from hedge_widgets.model.limits import InputError
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table

if TYPE_CHECKING:
    from hedge_widgets.market.quality import Fault

Cells = Sequence[str]
DRAWS = 2_000
NO_ESTIMATE = '<p class="hw-note">There are too few returns before that day, so nothing can be estimated.</p>'


# ---- every estimator -------------------------------------------------------------------------------------------------
def uneven_words(study: HedgeStudy) -> str:
    """Return what is made of prices that are not a day apart, "" where every return spans the days chosen."""
    if study.is_even and study.horizon == study.asked_horizon:
        return ""
    longer = study.spans[study.spans != study.horizon]
    usual, over = f"Returns span {study.horizon} day{'s' if study.horizon > 1 else ''}", "more days"
    if len(longer):
        low, high = longer.min(), longer.max()
        ends = f"{high} day{'s' if high > 1 else ''}" if low == high else f"{low} to {high} days"
        usual += f", but {len(longer):,} of {len(study):,} span {ends}"
        over = over if low > study.horizon else "more or fewer days"
    return (
        f"{usual}, because there are no prices between. A return over {over} counts as what it is in "
        f"{study.horizon} (divided by the square root of the ratio), so volatility, slope and correlation are those of "
        "a daily file, and a window holds the returns of its days. Exponential weights and the Kalman filter count "
        "returns, not days."
    )


def estimators_table(study: HedgeStudy, window: float, place: int, history: str) -> str:
    """Return ratio, intervals and what each estimator removed out of sample, as a table in HTML.

    ``history`` is what the prices are: "this history", "this simulated history".
    """
    nothing = formatted(0.0, "percent")
    rows: list[Cells] = [("No hedge", "0", "—", nothing, nothing, "0")]
    for name, text in ESTIMATORS.items():
        walk = study.walk(name, window)
        ratio = formatted(float(study.ratio_path(name, window)[place]), "slope")
        rows.append((text, ratio, _interval(study, name, window, place), *(_walked(walk) if walk else ("—", "—", "—"))))
    head = ("Estimator", "Ratio", "Interval", "Variance removed", "Volatility removed", "Turnover per year")
    days = study.window_days(window)
    note = (
        f"What is removed is tested on days the estimates had not seen, the same for all; window {days} days, returns "
        f"over {study.horizon} {'day' if study.horizon == 1 else 'days'}. Turnover: dollars of the hedge traded per "
        "dollar held. Bounded returns: each return of the coin is kept between −2 and +4 times the hedge's before the "
        "slope is taken (slope-winsorised beta with delta 3). Total least squares treats both returns as equally noisy "
        "and hedges a volatile coin far too much. "
    )
    return figures_table(head, rows, note + _other_intervals(study, window, place, history))


def _other_intervals(study: HedgeStudy, window: float, place: int, history: str) -> str:
    """Return the narrower intervals of least squares in words, and how often each held the slope of the days after."""
    span = study.inside(window, place)
    ratios, removed = block_bootstrap(study.spot[span], study.hedge[span], draws=DRAWS).interval(study.confidence)
    textbook = study.textbook(window)
    words = (
        f"The interval of least squares is robust (Newey-West); the textbook one (Student's t) would be "
        f"{_span(*_ends(textbook, place))}, the resampled one (block bootstrap, {DRAWS:,} draws) {_span(*ratios)}. In "
        f"the resampled windows least squares removes {_span(*removed, 'percent')} of the variance of the very days it "
        "was estimated on."
    )
    shares = [study.held_ahead(window, is_robust=is_robust) for is_robust in (True, False)]
    held = [formatted(share, "percent") for share in shares]
    if np.isfinite(shares[0]):
        words += (
            f" Of such intervals all over {history}, {held[0]} of the robust and {held[1]} of the textbook ones "
            f"held the slope of the next {study.window_days(AHEAD)} days. An interval is about the slope "
            "in its own window: the next slope has an error of its own, and ratios change."
        )
    return words


def year_ahead_words(found: YearAhead | None, history: str) -> str:
    """Return for how many coins a BTC hedge was better than none in the next year, and which estimate was nearest."""
    if found is None:
        return (
            '<p class="hw-note">No coin has two years of prices in common with BTC to test a year-ahead hedge on.</p>'
        )
    nearest = sorted(found.errors, key=lambda name: found.errors[name])
    errors = ", ".join(f"{_short(name)} {formatted(found.errors[name], 'slope')}" for name in nearest)
    words = (
        f"Does one year say anything about the next? In {history}, a BTC short sized by last year's least-squares "
        f"slope left less variance in the years that followed than no hedge did for {found.n_helped} of "
        f"{found.n_coins} coin{'' if found.n_coins == 1 else 's'}. Typical error (root mean square) against next "
        f"year's slope, over {found.n_pairs} pair{'' if found.n_pairs == 1 else 's'} of years: {errors}."
    )
    source = (
        "The test is that of Sila, Mark, Kristoufek and Weber (2025, doi 10.1186/s40854-025-00777-w) with BTC in place "
        "of a market index. In their universe of coins a hedge on the market helped a far smaller share."
    )
    return f'<p>{words}</p><p class="hw-note">{source}</p>'


def _short(name: str) -> str:
    return ESTIMATORS[name].split(" =")[0].replace(": by its error", "").replace(": a third", "")


def _walked(walk: WalkForward) -> Cells:
    return (
        formatted(walk.effectiveness, "percent"),
        formatted(walk.volatility_reduction, "percent"),
        formatted(walk.turnover, "slope"),
    )


def _interval(study: HedgeStudy, name: str, window: float, place: int) -> str:
    """Return the interval of an estimator that has one in closed form, in words; least squares has the robust one."""
    if name == "least_squares":
        return _span(*_ends(study.rolling(window, np.array([place])), place))
    if name == "kalman":
        return _span(*_ends(kalman(study.spot, study.hedge, confidence=study.confidence), place))
    return "—"


def _ends(path: Estimate, place: int) -> tuple[float, float]:
    return float(np.asarray(path.low)[place]), float(np.asarray(path.high)[place])


def _span(low: float | None, high: float | None, form: str = "slope") -> str:
    return f"{formatted(low, form)} to {formatted(high, form)}"


@cache
def coverage_note() -> str:
    """Return what the intervals are worth, counted on simulated data sets of known ratio."""
    gaussian, fat = coverage_study(), coverage_study(degrees_of_freedom=4)
    robust, textbook, boot, fisher = (
        " and ".join(formatted(getattr(one, name), "percent") for one in (gaussian, fat))
        for name in ("newey_west", "student_t", "bootstrap", "fisher")
    )
    said, level = (
        f"{gaussian.n_sets} simulated sets of {gaussian.n_returns} days",
        formatted(gaussian.confidence, "percent"),
    )
    words = (
        f"How far can the intervals be trusted? In {said}, first with normal returns and then with fat tails like "
        f"those of coins, the {level} interval used here (robust, Newey-West) held the true ratio in {robust} of the "
        f"sets, the textbook one (Student's t) in {textbook}, the resampled one (block bootstrap) in {boot}; the "
        f"correlation's (Fisher) held the true correlation in {fisher}. (Fat tails: Student's t with "
        f"{fat.degrees_of_freedom:g} degrees of freedom.)"
    )
    return f'<p class="hw-note">{words}</p>'


# ---- the data --------------------------------------------------------------------------------------------------------
def faults_table(faults: Sequence["Fault"], treatments: dict[str, str], first: datetime.date | None = None) -> str:
    """Return what was found in the prices and what is done about it; ``first`` is the first of simulated days."""
    if not faults:
        return '<p class="hw-note">No gaps, repeated dates, stale runs, reversing spikes or zero prices.</p>'
    words = {"drop": "left out", "fill": "filled in"}
    kept = {"duplicate": "the first price counts", "zero": "counts as missing"}

    def treatment(kind: str) -> str:
        return words.get(treatments.get(kind, "keep"), kept.get(kind, "kept as it is"))

    def day(date: datetime.date) -> str:
        return f"{date:%Y-%m-%d}" if first is None else f"simulated day {(date - first).days + 1:,}"

    rows = [
        (f"{fault.symbol} {day(fault.date)}", fault.kind, fault.note, treatment(fault.kind)) for fault in faults[:40]
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

    row("slope of XYZ on BTC is 0.60", 0.6, "right only if correlation × volatility ratio is 0.60")
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
