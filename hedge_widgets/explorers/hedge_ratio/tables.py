"""The lab's tables, made when the hand rests: estimators, hedge instruments, the data's faults, the articles' 0.60."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.explorers.hedge_ratio.costs import HedgeCosts
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio import (
    block_bootstrap,
    dollar_beta,
    horizon_returns,
    kalman,
    minimum_variance_hedge_ratio,
    residual_volatility,
    several_ratio_paths,
    traffic_light,
    walk_forward,
)
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS, HedgeStudy
from hedge_widgets.model.limits import InputError
from hedge_widgets.style import formatted

if TYPE_CHECKING:
    import pandas as pd

    from hedge_widgets.market.quality import Fault

Cells = Sequence[str]
SECTOR = "sector basket"


def table(head: Cells, rows: Sequence[Cells], caption: str = "", kind: str = "") -> str:
    """Return a table as safe HTML; the first column is text, the others are numbers."""

    def cell(tag: str, place: int, text: str) -> str:
        return f"<{tag}{' class=hw-number' if place else ''}>{html.escape(text)}</{tag}>"

    def line(cells: Cells, tag: str) -> str:
        return "<tr>" + "".join(cell(tag, place, text) for place, text in enumerate(cells)) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    said = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return f'<div class="hw-scroll"><table class="hw-figures {kind}">{said}{line(head, "th")}{body}</table></div>'


# ---- every estimator -------------------------------------------------------------------------------------------------
def estimators_table(study: HedgeStudy, window: float, place: int, draws: int = 2000) -> str:
    """Return ratio, intervals and what each estimator removed out of sample, as a table in HTML."""
    rows = []
    for name, text in ESTIMATORS.items():
        walk = study.walk(name, window)
        low, high = _interval(study, name, window, place, draws)
        rows.append(
            (
                text,
                formatted(float(study.ratio_path(name, window)[place]), "slope"),
                low,
                high,
                formatted(walk.effectiveness, "percent"),
                formatted(walk.volatility_reduction, "percent"),
                formatted(walk.turnover, "slope"),
            )
        )
    head = ("estimator", "ratio", "interval", "block bootstrap", "variance removed", "volatility removed", "turnover")
    note = (
        f"Out of sample on the same days, window {window:g} days, returns over {study.horizon} d. Turnover: hedge "
        "traded per position and year. Total least squares takes both legs for equally noisy and hedges a volatile "
        "coin far too much."
    )
    return table(head, rows, note)


def _interval(study: HedgeStudy, name: str, window: float, place: int, draws: int) -> tuple[str, str]:
    """Return (closed-form interval, bootstrap interval) in words; only where there is one."""
    if name == "kalman":
        path = kalman(study.spot, study.hedge, confidence=study.confidence)
        return _span(float(np.asarray(path.low)[place]), float(np.asarray(path.high)[place])), "—"
    if name != "least_squares":
        return "—", "—"
    estimate = study.estimate(window, place)
    rows = slice(max(0, place + 1 - study.n_returns(window)), place + 1)
    boot = block_bootstrap(study.spot[rows], study.hedge[rows], draws=draws)
    (low, high), _ = boot.interval(study.confidence)
    return _span(estimate.low, estimate.high), _span(low, high)


def _span(low: float | None, high: float | None) -> str:
    return f"{formatted(low, 'ratio')} to {formatted(high, 'ratio')}"


# ---- every instrument ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One hedge or several at once: contracts (one a leg, None where none is listed), variance removed out of sample.

    ``added`` is what the last of several legs adds; ``is_own`` marks the coin's own contract, which is not estimated.
    """

    name: str
    legs: tuple[ContractSpec | None, ...]
    effectiveness: float
    added: float | None = None
    is_own: bool = False


def instruments(
    prices: "pd.DataFrame", spot: str, series: "pd.Series[float]", study: HedgeStudy, window: float, costs: HedgeCosts
) -> list[Instrument]:
    """Return the hedges of ``spot`` by what they remove out of sample, best first, on the days all of them have.

    BTC, ETH and SOL one by one, an equal-weight sector basket of the other altcoins, BTC with ETH, all three, and the
    coin's own contract (which follows it but for its basis). ``series`` holds the prices of what is held.
    """
    import pandas as pd

    from hedge_widgets.market.prices import basket_prices

    majors = [symbol for symbol in ("BTC", "ETH", "SOL") if symbol in prices.columns and symbol != spot]
    sector = [symbol for symbol in prices.columns if symbol not in ("BTC", "ETH", spot)]
    legs = {symbol: prices[symbol] for symbol in majors}
    if len(sector) >= 3:
        legs[SECTOR] = basket_prices(prices[sector])
    common = pd.concat([series, *legs.values()], axis=1, keys=["held", *legs]).dropna()
    returns = horizon_returns(common.to_numpy(dtype=np.float64), study.horizon, study.kind)
    n = study.n_returns(window)
    if len(legs) == 0 or len(returns) < n + 2:
        return []
    sets: list[tuple[str, ...]] = [(name,) for name in legs]
    if {"BTC", "ETH"} <= legs.keys():
        sets += [("BTC", "ETH"), ("BTC", "ETH", "SOL")][: 2 if "SOL" in legs else 1]
    places = {name: 1 + k for k, name in enumerate(legs)}
    removed: dict[tuple[str, ...], float] = {}
    for names in sets:
        hedges = returns[:, [places[name] for name in names]]
        path = several_ratio_paths(returns[:, 0], hedges, n, study.hold)
        walk = walk_forward(returns[:, 0], hedges, path, n, study.hold, study.periods_per_year)
        removed[names] = float("nan") if walk.effectiveness is None else walk.effectiveness
    found = [_instrument(names, removed, costs) for names in sets]
    own = costs.of(spot)
    if own is not None:
        found.append(Instrument(name=f"{spot}'s own contract", legs=(own,), effectiveness=1.0, is_own=True))
    return sorted(found, key=lambda instrument: -instrument.effectiveness)


def _instrument(names: tuple[str, ...], removed: dict[tuple[str, ...], float], costs: HedgeCosts) -> Instrument:
    """Return a hedge; one of several legs adds what it removes beyond the same hedge without its last leg."""
    return Instrument(
        name=" + ".join(names),
        legs=tuple(costs.of(name) for name in names),
        effectiveness=removed[names],
        added=removed[names] - removed[names[:-1]] if len(names) > 1 else None,
    )


def instruments_table(found: Sequence[Instrument], window: float) -> str:
    """Return the ranking with cost and liquidity of the contracts it needs."""
    if not found:
        return '<p class="hw-note">The common history is too short to compare hedges with this window.</p>'
    rows = []
    for instrument in found:
        listed = [leg for leg in instrument.legs if leg is not None]
        is_whole = len(listed) == len(instrument.legs)
        cost = max((2 * (leg.taker_fee_rate + leg.half_spread) for leg in listed), default=None) if is_whole else None
        volume = min((leg.daily_volume for leg in listed), default=None) if is_whole else None
        rows.append(
            (
                instrument.name,
                "all but its basis" if instrument.is_own else formatted(instrument.effectiveness, "percent"),
                "" if instrument.added is None else formatted(instrument.added, "percent_signed"),
                str(traffic_light(instrument.effectiveness)),
                "no contract listed" if cost is None else formatted(cost, "rate"),
                "" if volume is None else f"${formatted(volume / 1e6, 'integer')} million a day",
            )
        )
    head = (
        "hedge",
        "variance removed",
        "its last leg adds",
        "light",
        "in and out, of the notional",
        "volume, thinnest leg",
    )
    note = (
        f"Out of sample, window {window:g} days, on the days that all have. Cost: taker fee and half spread, twice; "
        "the dearest leg counts. The basket needs one contract a coin."
    )
    return table(head, rows, note)


# ---- the data --------------------------------------------------------------------------------------------------------
def faults_table(faults: Sequence["Fault"], treatments: dict[str, str]) -> str:
    """Return what was found in the prices and what is done about it."""
    if not faults:
        return '<p class="hw-note">No gaps, repeated dates, stale runs, reversing spikes or zero prices.</p>'
    words = {"keep": "kept as it is", "drop": "left out", "fill": "filled in"}
    rows = [
        (f"{fault.symbol} {fault.date:%Y-%m-%d}", fault.kind, fault.note, words[treatments.get(fault.kind, "keep")])
        for fault in faults[:40]
    ]
    more = f"The first 40 of {len(faults)}." if len(faults) > 40 else f"{len(faults)} found."
    return table(("where", "what", "in words", "treatment"), rows, more, "hw-words")


# ---- the articles' 0.60 ----------------------------------------------------------------------------------------------
def three_sixties() -> str:
    """Return the articles' "0.60" read as each thing it could be, for 25,000 dollars of XYZ and contracts of 100."""
    value, contract_value = 25_000.0, 100.0
    rows = []

    def row(reading: str, ratio: float, why: str) -> None:
        shown = f"{formatted(ratio * value, 'usd')} = {formatted(ratio * value / contract_value, 'integer')} contracts"
        rows.append((reading, formatted(ratio, "slope"), shown, why))

    row("slope of XYZ on BTC is 0.60", 0.6, "right only if XYZ is calmer than BTC")
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
    return table(("0.60 read as", "ratio", "short BTC", "why"), rows, kind="hw-words")
