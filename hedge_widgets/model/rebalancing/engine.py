"""A hedge kept by a rule along many paths at once: what it gains, costs and misses (docs/model.md 3.9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import AMOUNT, Limit
from hedge_widgets.model.rebalancing.bands import COST_RATE
from hedge_widgets.model.rebalancing.exposures import Exposure
from hedge_widgets.model.rebalancing.rules import Rule, along_paths, looks

Floats = npt.NDArray[np.float64]
QUANTILES = (0.05, 0.5, 0.95)
_NOISE = 1e-12  # of the scale: rounding is no drift


@dataclass(frozen=True, kw_only=True)
class Rebalanced:
    """One rule on every path, quote currency, shape (paths,): net = spot + hedge + funding - cost.

    The opening and closing trades, which every rule has, are not counted: ``cost``, ``turnover`` and ``n_trades`` are
    those of rebalancing; ``n_skipped`` counts the trades that a rule asked for and that were too small for an order.
    ``tracking_error`` is the deviation of a year's difference from the hedge that is on target at
    every step, before costs. ``held`` and ``trades`` are units, shape (paths, steps): a trade at the start of a step is
    in what is held over it.
    """

    spot_pnl: Floats
    hedge_pnl: Floats
    funding_pnl: Floats
    cost: Floats
    net_pnl: Floats
    turnover: Floats
    n_trades: npt.NDArray[np.intp]
    n_skipped: npt.NDArray[np.intp]
    tracking_error: Floats
    held: Floats
    trades: Floats


def rebalanced(
    exposure: Exposure,
    rule: Rule,
    cost_rate: float = 0.0,
    fixed_cost: float = 0.0,
    funding_rates: Any = None,
    *,
    lot: float = 0.0,
    min_value: float = 0.0,
) -> Rebalanced:
    """Return what ``rule`` makes of a hedge that starts on target.

    Parameters
    ----------
    cost_rate, fixed_cost : one-way cost of a trade, as a fraction of its value and in quote currency
    funding_rates : per step, paid at its end on the value held then, shape (paths, steps) or less; None is no funding
    lot, min_value : trades are whole lots (units, 0: any size), and none is worth less than this (quote currency)
    """
    COST_RATE.checked("cost rate", cost_rate)
    AMOUNT.checked("fixed cost", fixed_cost)
    if funding_rates is not None:
        rates = Limit(-1.0, 1.0).checked("funding rates", funding_rates)
        funding_rates = along_paths("funding rates", rates, exposure.unit_pnl.shape)
    AMOUNT.checked("lot", lot)
    AMOUNT.checked("smallest order", min_value)
    held, trades, n_skipped = _held(exposure, rule, looks(rule, exposure, funding_rates), lot, min_value)
    traded = np.abs(trades) * exposure.unit_value[:, :-1]
    n_trades = np.count_nonzero(trades, axis=1)
    turnover = traded.sum(axis=1)
    hedge_pnl = np.einsum("ij,ij->i", held, exposure.unit_pnl)
    gap = (held - exposure.target[:, :-1]) * exposure.unit_pnl
    funding_pnl = np.zeros(len(held))
    if funding_rates is not None:
        funding_pnl = -(held * exposure.unit_value[:, 1:] * funding_rates).sum(axis=1)
    spot_pnl = exposure.spot_pnl.sum(axis=1)
    cost = cost_rate * turnover + fixed_cost * n_trades
    return Rebalanced(
        spot_pnl=spot_pnl,
        hedge_pnl=hedge_pnl,
        funding_pnl=funding_pnl,
        cost=cost,
        net_pnl=spot_pnl + hedge_pnl + funding_pnl - cost,
        turnover=turnover,
        n_trades=n_trades,
        n_skipped=n_skipped,
        tracking_error=np.sqrt(np.einsum("ij,ij->i", gap, gap) / exposure.years),
        held=held,
        trades=trades,
    )


def _held(
    exposure: Exposure, rule: Rule, seen: npt.NDArray[np.bool_], lot: float, min_value: float
) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
    """Return units (held, traded), shape (paths, steps), and the trades left out: the one loop over time, all paths."""
    # Time first, so that each step's row lies together in memory; whatever the path so far does not decide comes first.
    target, scale = (np.ascontiguousarray(array.T) for array in (exposure.target, exposure.scale))
    is_seen = np.ascontiguousarray(seen.T)
    steps = len(is_seen)
    band = along_paths("half-width", rule.half_width, seen.shape).T * scale[:steps]
    outside = band + _NOISE * scale[:steps]
    if rule.trade_to == "centre":
        band = np.zeros_like(band)
    low, high = target[:steps] - band, target[:steps] + band
    least = min_value * (1.0 - _NOISE) / np.ascontiguousarray(exposure.unit_value.T) if min_value else None
    held, trades, outs = np.empty(is_seen.shape), np.zeros(is_seen.shape), np.zeros(is_seen.shape, dtype=np.bool_)
    now = target[0]
    any_seen = np.asarray(seen.any(axis=0))
    for step in range(steps):
        if any_seen[step]:
            is_out = np.logical_and(is_seen[step], np.abs(now - target[step]) > outside[step], out=outs[step])
            if is_out.any():
                trade = (np.minimum(np.maximum(now, low[step]), high[step]) - now) * is_out
                if lot:
                    trade = lot * np.rint(trade / lot)
                if least is not None:
                    trade *= np.abs(trade) >= least[step]
                trades[step] = trade
                now = now + trade
        held[step] = now
    n_skipped = np.count_nonzero(outs & (trades == 0), axis=0)
    return held.T, trades.T, n_skipped


@dataclass(frozen=True, kw_only=True)
class RuleSummary:
    """What a rule comes to over all paths; money is quote currency, ``annual_*`` a mean a year.

    ``tracking_error`` is the root mean square over the paths, ``net_quantiles`` are those of ``QUANTILES`` over the
    whole length of the paths, like ``net_mean`` and ``net_deviation``.
    """

    annual_cost: float
    annual_turnover: float
    annual_trades: float
    tracking_error: float
    net_mean: float
    net_deviation: float
    net_quantiles: tuple[float, ...]

    def penalised_cost(self, risk_aversion: float) -> float:
        """Return cost + g / 2 x tracking error^2 a year, which the no-trade band makes least."""
        return self.annual_cost + risk_aversion / 2.0 * self.tracking_error**2


def summary(outcome: Rebalanced, years: float) -> RuleSummary:
    """Return the summary of a rule over paths of this length."""
    return RuleSummary(
        annual_cost=float(outcome.cost.mean() / years),
        annual_turnover=float(outcome.turnover.mean() / years),
        annual_trades=float(outcome.n_trades.mean() / years),
        tracking_error=float(np.sqrt((outcome.tracking_error**2).mean())),
        net_mean=float(outcome.net_pnl.mean()),
        net_deviation=float(outcome.net_pnl.std()),
        net_quantiles=tuple(np.quantile(outcome.net_pnl, QUANTILES).tolist()),
    )


def frontier(
    exposure: Exposure,
    rules: Sequence[Rule],
    cost_rate: float,
    fixed_cost: float = 0.0,
    funding_rates: Any = None,
) -> list[RuleSummary]:
    """Return the summary of each rule on the same paths: cost against tracking error, say over widths of a band."""
    terms = (cost_rate, fixed_cost, funding_rates)
    return [summary(rebalanced(exposure, rule, *terms), exposure.years) for rule in rules]
