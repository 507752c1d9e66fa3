"""Labels at the ends of lines: near what they name, never over each other."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def apart(values: Array, gap: Any) -> Array:
    """Return label places (rows, labels) near ``values``, at least ``gap`` apart and in their order; NaN stay NaN."""
    order = np.argsort(values, axis=1)
    placed = np.take_along_axis(values, order, axis=1).copy()
    for k in range(1, placed.shape[1]):
        placed[:, k] = np.where(np.isnan(placed[:, k]), np.nan, np.fmax(placed[:, k], placed[:, k - 1] + gap))
    count = np.maximum(np.sum(~np.isnan(values), axis=1), 1)
    centre = ((np.nansum(placed, axis=1) - np.nansum(values, axis=1)) / count)[:, None]
    result = np.empty_like(placed)
    np.put_along_axis(result, order, placed - centre, axis=1)
    return result
