"""A hedge with another coin, given how that coin moved (docs/model.md 3.3, conditional on the HEDGE asset)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio import minimum_variance_hedge_ratio, residual_volatility
from hedge_widgets.model.limits import missing_as_none


@dataclass(frozen=True, kw_only=True)
class CrossHedgeOutcome:
    """The distribution of a cross hedge's net, money in quote currency, moves simple returns over the horizon.

    ``net_pnl_p05`` and ``net_pnl_p95`` are the 5 % and 95 % quantiles of a normal net, ``loss_probability`` the chance
    that the net is negative.
    """

    beta: Any
    spot_move: Any
    spot_move_deviation: Any
    spot_pnl: Any
    hedge_pnl: Any
    net_pnl: Any
    net_pnl_deviation: Any
    net_pnl_p05: Any
    net_pnl_p95: Any
    loss_probability: Any


def two_leg_pnl(spot_value: Any, spot_move: Any, hedge_notional: Any, hedge_move: Any) -> tuple[Any, Any, Any]:
    """Return (spot PnL, hedge PnL, net) of a spot and a linear short of ``hedge_notional``, quote currency."""
    spot_pnl, hedge_pnl = spot_value * spot_move, -hedge_notional * hedge_move
    return spot_pnl, hedge_pnl, spot_pnl + hedge_pnl


def expected_spot_move(beta: Any, hedge_move: Any) -> Any:
    """Return beta x r_F, the linear rule for small moves; ``hedge_ratio.beta_move`` is the one for big moves."""
    return beta * hedge_move


def cross_hedge_outcome(
    spot_value: Any,
    hedge_notional: Any,
    correlation: Any,
    spot_volatility: Any,
    hedge_volatility: Any,
    hedge_move: Any,
    years: Any,
) -> CrossHedgeOutcome:
    """Return what a short of ``hedge_notional`` leaves of a spot, given the hedge asset's move over ``years``.

    The spot's move is normal with mean beta x r_F and standard deviation sigma_S sqrt(T (1 - rho^2)), so at the exact
    beta hedge a loss is as likely as a gain. Everything that needs beta is None (NaN in arrays) where the hedge asset
    does not move.
    """
    from hedge_widgets.model.special import ndtr, ndtri  # not needed by the first screen, and heavy

    ratio = minimum_variance_hedge_ratio(correlation, spot_volatility, hedge_volatility)
    beta = np.asarray(np.nan if ratio is None else ratio)
    spot_move = expected_spot_move(beta, hedge_move)
    spread = residual_volatility(correlation, spot_volatility) * np.sqrt(years)
    spot_pnl, hedge_pnl, net_pnl = two_leg_pnl(spot_value, spot_move, hedge_notional, hedge_move)
    deviation = np.abs(spot_value) * spread
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = 1e-12 * (np.abs(spot_pnl) + np.abs(hedge_pnl))  # an exact offset is not a loss
        certain = np.where(np.isnan(net_pnl), np.nan, np.where(net_pnl < -noise, 1.0, 0.0))
        loss_probability = np.where(deviation > 0, ndtr(np.divide(-net_pnl, deviation)), certain)
    values = (beta, spot_move, spread, spot_pnl, hedge_pnl, net_pnl, deviation)
    quantiles = (net_pnl + ndtri(level) * deviation for level in (0.05, 0.95))
    names = CrossHedgeOutcome.__dataclass_fields__
    return CrossHedgeOutcome(
        **dict(zip(names, map(missing_as_none, (*values, *quantiles, loss_probability)), strict=True))
    )
