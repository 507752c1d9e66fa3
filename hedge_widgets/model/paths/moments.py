"""The exact moments of prices that jump together or change their regime (docs/model.md 3.11)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import InputError, Limit, missing_as_none


@dataclass(frozen=True, kw_only=True)
class JumpMoments:
    """Moments of the log returns of a spot and a hedge asset over a time; ``hedge_ratio`` minimises the variance.

    ``correlation`` and ``hedge_ratio`` are None (NaN in arrays) where a price does not move.
    """

    spot_variance: Any
    hedge_variance: Any
    covariance: Any
    correlation: Any
    hedge_ratio: Any


def jump_moments(
    spot_volatility: Any,
    hedge_volatility: Any,
    correlation: Any,
    jump_intensity: Any,
    spot_jump: tuple[Any, Any],
    hedge_jump: tuple[Any, Any],
    jump_correlation: Any,
    years: Any,
) -> JumpMoments:
    """Return the moments of diffusions with common Poisson jumps of jointly normal size.

    Variance sigma^2 T + lambda T (m^2 + s^2), covariance rho sigma sigma T + lambda T (m m + rho_J s s); ``spot_jump``
    and ``hedge_jump`` are (mean, deviation) of a jump in logs, volatilities and the intensity are annual.
    """
    (spot_mean, spot_deviation), (hedge_mean, hedge_deviation) = spot_jump, hedge_jump
    n_jumps = jump_intensity * years
    spot = np.asarray(spot_volatility**2 * years + n_jumps * (spot_mean**2 + spot_deviation**2))
    hedge = np.asarray(hedge_volatility**2 * years + n_jumps * (hedge_mean**2 + hedge_deviation**2))
    together = spot_mean * hedge_mean + jump_correlation * spot_deviation * hedge_deviation
    covariance = correlation * spot_volatility * hedge_volatility * years + n_jumps * together
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (
            np.where(spot * hedge > 0, covariance / np.sqrt(spot * hedge), np.nan),
            np.where(hedge > 0, covariance / hedge, np.nan),
        )
    values = map(missing_as_none, (spot, hedge, covariance, *ratios))
    return JumpMoments(**dict(zip(JumpMoments.__dataclass_fields__, values, strict=True)))


def regime_moments(probabilities: Any, spot_volatilities: Any, hedge_volatilities: Any, correlations: Any) -> Any:
    """Return (spot volatility, hedge volatility, correlation) over regimes of mean zero, met with these probabilities.

    Raises
    ------
    InputError
        If the probabilities do not sum to one.
    """
    weights = np.asarray(Limit(0.0, 1.0).checked("probabilities", probabilities))
    if abs(weights.sum() - 1.0) > 1e-9:
        raise InputError(f"probabilities of the regimes must sum to 1, not {float(weights.sum()):g}")
    spot, hedge, rho = (np.asarray(x, dtype=np.float64) for x in (spot_volatilities, hedge_volatilities, correlations))
    volatilities = [float(np.sqrt(weights @ value**2)) for value in (spot, hedge)]
    return *volatilities, float(weights @ (rho * spot * hedge)) / (volatilities[0] * volatilities[1])
