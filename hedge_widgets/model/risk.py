"""Value at risk and expected shortfall (docs/model.md 3.11); both are positive for a loss, in the unit of the gains."""

from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, SIGNED, Limit, missing_as_none

CONFIDENCE = Limit(0.5, 1.0 - 1e-9)


def normal_risk(mean: Any, deviation: Any, confidence: Any) -> tuple[Any, Any]:
    """Return (value at risk, expected shortfall) of a normal gain: z sd - m, and sd phi(z) / (1 - alpha) - m."""
    from hedge_widgets.model.special import ndtri

    level = CONFIDENCE.checked("confidence", confidence)
    SIGNED.checked("mean", mean)
    AMOUNT.checked("deviation", deviation)
    z = ndtri(level)
    density = np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi)
    return missing_as_none(deviation * z - mean), missing_as_none(deviation * density / (1.0 - level) - mean)


def student_risk(scale: Any, degrees_of_freedom: Any, confidence: Any, mean: Any = 0.0) -> tuple[Any, Any]:
    """Return (value at risk, expected shortfall) of a Student-t gain with this SCALE.

    The scale is not the standard deviation, which is scale sqrt(nu / (nu - 2)). t s - m, and
    s f(t) / (1 - alpha) (nu + t^2) / (nu - 1) - m (McNeil, Frey and Embrechts, Quantitative Risk Management, 2.2.4).
    """
    from hedge_widgets.model.special import gammaln, stdtrit

    level = CONFIDENCE.checked("confidence", confidence)
    AMOUNT.checked("scale", scale)
    nu = Limit(1.01, 1e6).checked("degrees_of_freedom", degrees_of_freedom)
    t = stdtrit(nu, level)
    log_density = gammaln((nu + 1.0) / 2.0) - gammaln(nu / 2.0) - (nu + 1.0) / 2.0 * np.log1p(t**2 / nu)
    density = np.exp(log_density) / np.sqrt(nu * np.pi)
    shortfall = density / (1.0 - level) * (nu + t**2) / (nu - 1.0)
    return missing_as_none(scale * t - mean), missing_as_none(scale * shortfall - mean)


def historical_risk(gains: Any, confidence: float) -> tuple[Any, Any]:
    """Return (value at risk, expected shortfall) of past gains, shape (..., n): the k-th worst, and the mean of k.

    k = ceil((1 - alpha) n), at least one.

    Raises
    ------
    InputError
        If there is no gain, or one is not a finite number.
    """
    gains = np.atleast_1d(SIGNED.checked("gains", gains))
    level = float(CONFIDENCE.checked("confidence", confidence))
    # The guard keeps (1 - 0.95) 20 one: rounding makes it a little more.
    count = max(int(np.ceil((1.0 - level) * gains.shape[-1] * (1.0 - 1e-12))), 1)
    worst = np.sort(gains, axis=-1)[..., :count]
    return missing_as_none(-worst[..., -1]), missing_as_none(-worst.mean(axis=-1))
