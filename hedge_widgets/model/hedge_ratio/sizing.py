"""Hedge ratios and what they remove (docs/model.md 3.2).

Three quantities that are often merged are kept apart: beta (a slope of returns), correlation, volatility ratio.
"""

from typing import Any

import numpy as np

from hedge_widgets.model.hedge_ratio.returns import checked_pair, complete_pairs, deviations, moments
from hedge_widgets.model.limits import POSITIVE, InputError, missing_as_none


def minimum_variance_hedge_ratio(correlation: Any, spot_volatility: Any, hedge_volatility: Any) -> Any:
    """Return rho sigma_S / sigma_F, hedge value per spot value, positive = short.

    None (NaN in arrays) where the hedge asset does not move. Source: Johnson 1960, Ederington 1979.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.divide(correlation * np.asarray(spot_volatility, dtype=np.float64), hedge_volatility)
        return missing_as_none(np.where(np.asarray(hedge_volatility) > 0, ratio, np.nan))


def hedge_effectiveness(hedge_ratio: Any, correlation: Any, spot_volatility: Any, hedge_volatility: Any) -> Any:
    """Return 1 - Var(r_S - h r_F) / Var(r_S) = 2 h rho k - h^2 k^2 with k = sigma_F / sigma_S; negative adds risk.

    None (NaN in arrays) where the spot does not move.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = hedge_ratio * np.divide(hedge_volatility, spot_volatility)
        return missing_as_none(np.where(np.asarray(spot_volatility) > 0, scaled * (2.0 * correlation - scaled), np.nan))


def hedged_volatility(hedge_ratio: Any, correlation: Any, spot_volatility: Any, hedge_volatility: Any) -> Any:
    """Return the volatility of r_S - h r_F, in the inputs' unit (annual or daily)."""
    # A sum of two squares, so that nothing cancels where the hedge is exact.
    left = correlation * spot_volatility - hedge_ratio * hedge_volatility
    return np.hypot(left, residual_volatility(correlation, spot_volatility))


def residual_volatility(correlation: Any, spot_volatility: Any) -> Any:
    """Return sigma_S sqrt(1 - rho^2): what no ratio of this hedge asset can remove."""
    return spot_volatility * np.sqrt(np.maximum(1.0 - np.square(correlation), 0.0))


def volatility_reduction(effectiveness: Any) -> Any:
    """Return 1 - sqrt(1 - effectiveness): the cut in volatility, which is what people feel; None of None."""
    return None if effectiveness is None else 1.0 - np.sqrt(np.maximum(1.0 - effectiveness, 0.0))


def coverage_for_target(target_volatility: Any, volatility: Any, correlation: Any = 1.0) -> Any:
    """Return the share of the minimum-variance hedge that brings ``volatility`` down to ``target_volatility``.

    For the same asset (correlation 1) it is 1 - target / volatility (docs/errata.md E8). At coverage c of the
    minimum-variance ratio the volatility is sigma sqrt(1 - rho^2 (2 c - c^2)), so
    c = 1 - sqrt(1 - (1 - (target / sigma)^2) / rho^2), the smaller root, in [0, 1]. 0 where the target is met without a
    hedge; None (NaN in arrays) where it lies below the floor sigma sqrt(1 - rho^2). Both volatilities in one unit.

    Raises
    ------
    InputError
        If a volatility is negative or a correlation is outside [-1, 1].
    """
    target, sigma, rho = (np.asarray(value, dtype=np.float64) for value in (target_volatility, volatility, correlation))
    if np.any(target < 0) or np.any(sigma < 0):
        raise InputError(f"volatilities must be at least 0, not {np.nanmin(np.append(target, sigma)):g}")
    if np.any(np.abs(rho) > 1):
        raise InputError(f"correlation must be from -1 to 1, not {rho[np.abs(rho) > 1].flat[0]:g}")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        wanted = np.divide(1.0 - np.square(np.divide(target, sigma)), np.square(rho))
        # At the floor itself rounding may ask for a hair more than the whole hedge.
        wanted = np.where((wanted > 1.0) & ((wanted - 1.0) * np.square(rho) < 1e-12), 1.0, wanted)
        coverage = 1.0 - np.sqrt(1.0 - wanted)
    return missing_as_none(np.where(target >= sigma, 0.0, coverage))


def beta_hedge_notional(spot_value: Any, beta: Any, coverage: Any = 1.0, hedge_beta: Any = 1.0) -> Any:
    """Return c V beta_V / beta_F, positive = short; both betas against the same factor.

    None (NaN in arrays) for a hedge beta of 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        notional = np.divide(coverage * spot_value * beta, hedge_beta)
        return missing_as_none(np.where(np.asarray(hedge_beta) != 0, notional, np.nan))


def beta_hedge_contracts(spot_value: Any, beta: Any, target_beta: Any, contract_value: Any) -> Any:
    """Return the unrounded contracts to short that bring the beta to ``target_beta``.

    Values are used, so a ratio of returns already contains the tail (futures price over spot price).
    """
    return (beta - target_beta) * spot_value / contract_value


def minimum_variance_contracts(hedge_ratio: Any, position_units: Any, contract_units: Any) -> Any:
    """Return the unrounded contracts h q / m for a ratio of price CHANGES (Hull, ch. 3)."""
    return hedge_ratio * position_units / contract_units


def tailed(n_contracts: Any, spot_price: Any, futures_price: Any) -> Any:
    """Return contracts times S / F, the correction for daily settlement of a ratio of price changes."""
    return n_contracts * spot_price / futures_price


def beta_move(beta: Any, hedge_move: Any) -> Any:
    """Return (1 + r_F)^beta - 1: a slope of LOG returns applied to a big simple move."""
    return (1.0 + hedge_move) ** beta - 1.0


def dollar_beta(
    spot_price: Any, hedge_price: Any, spot_change: Any, hedge_change: Any, largest: float = 20.0
) -> tuple[Any, Any, Any]:
    """Return (spot move, hedge move, beta) implied by changes in quote currency.

    Raises
    ------
    InputError
        If the implied beta is beyond ``largest``: dollars were read as percent (docs/errata.md E2).
        ``largest=inf`` tells it all the same.
    """
    spot_move, hedge_move = spot_change / spot_price, hedge_change / hedge_price
    beta = spot_move / hedge_move
    if abs(beta) > largest:
        raise InputError(
            f"beta implied by these dollar moves must be at most {largest:g}, not {beta:,.0f}: "
            f"the spot moves {spot_move:.4%} while the hedge moves {hedge_move:.4%}; compare returns, not dollars"
        )
    return spot_move, hedge_move, beta


def return_moments(
    spot_returns: Any, hedge_returns: Any, periods_per_year: float, spans: Any = 1
) -> tuple[float, float, float, float]:
    """Return (annual spot volatility, annual hedge volatility, correlation, beta) of two return series, shape (n,).

    Sample moments (n - 1) a period; beta is Cov / Var of the hedge, the slope of a regression with intercept. Returns
    over ``spans`` periods each, a number or shape (n,), count by :func:`~.returns.deviations`.

    Raises
    ------
    InputError
        If a return is missing or infinite, the lengths differ, fewer than 3 are common, or one series does not move.
    """
    left, right = checked_pair(spot_returns, hedge_returns)
    for name, series in (("spot", left), ("hedge", right)):
        if np.isnan(series).any():
            raise InputError(f"{name} returns must not be missing, as at row {int(np.argmax(np.isnan(series)))}")
    left, right = complete_pairs(left, right, 3)
    each = np.asarray(POSITIVE.checked("spans", spans))
    if each.shape not in ((), left.shape):
        raise InputError(f"spans must be a number or one for each of the {len(left)} returns, not {each.shape}")
    each = np.broadcast_to(each, left.shape)
    known = moments(left, right)
    if not (known.does_spot_move and known.does_hedge_move):
        raise InputError("both series must move; one has no variance in this window")
    spot, hedge = deviations(left, each), deviations(right, each)
    squares, hedge_squares, products = spot @ spot, hedge @ hedge, spot @ hedge
    annual = np.sqrt(POSITIVE.checked("periods per year", periods_per_year) / (len(left) - 1))
    correlation = float(np.clip(products / (np.sqrt(squares) * np.sqrt(hedge_squares)), -1.0, 1.0))
    return (
        float(np.sqrt(squares) * annual),
        float(np.sqrt(hedge_squares) * annual),
        correlation,
        float(products / hedge_squares),
    )
