"""How the columns of a picture travel: one header and one block of bytes.

A column is a value or a short array per row; a row is one position of a slider. Curves go as int16 against the
largest magnitude of their column (a 65,000th of it, far below a pixel), numbers that are read go as float64.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Columns = Mapping[str, npt.ArrayLike]
_STEPS = 32_700
_MISSING = -32_768


def columns_of(values: Columns, n_rows: int) -> dict[str, npt.NDArray[np.float64]]:
    """Return every column as a float64 array with a leading axis of ``n_rows`` rows.

    A value that no row changes may come with a leading axis of one or, for a number, without any axis.
    """
    columns = {}
    for key, value in values.items():
        array = np.asarray(value, dtype=np.float64)
        array = array.reshape(1) if array.ndim == 0 else array
        columns[key] = array if len(array) == n_rows else np.broadcast_to(array, (n_rows, *array.shape[1:]))
    return columns


def table(values: Columns, n_rows: int) -> tuple[list[dict[str, Any]], bytes]:
    """Return (header, block) of a slider's rows; columns that do not change from row to row are left out.

    Each header entry holds the column's key, its length per row, its type (``i2`` or ``f8``), scale and byte offset.
    """
    return _packed({key: array for key, array in columns_of(values, n_rows).items() if _changes(array)}, small=True)


def exact(values: Columns) -> tuple[list[dict[str, Any]], bytes]:
    """Return (header, block) of one row with every column in float64."""
    return _packed(columns_of(values, 1), small=False)


def steps(values: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.int16]]:
    """Return (scale, whole steps of it as little-endian int16) of curves; what is missing is the lowest number."""
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        scale = float(np.abs(values, where=finite, out=np.zeros_like(values)).max()) / _STEPS or 1.0
        return scale, np.where(finite, np.round(values / scale), _MISSING).astype("<i2")


def _changes(array: npt.NDArray[np.float64]) -> bool:
    if array.strides[0] == 0:  # one row for all
        return False
    bits = np.ascontiguousarray(array).view(np.int64)  # by which what is missing equals itself
    return bool((bits != bits[:1]).any())


def _packed(columns: Mapping[str, npt.NDArray[np.float64]], *, small: bool) -> tuple[list[dict[str, Any]], bytes]:
    header: list[dict[str, Any]] = []
    blocks: list[bytes] = []
    places: dict[bytes, dict[str, Any]] = {}
    offset = 0
    # Eight-byte columns first, so that every offset suits its type.
    for key, array in sorted(columns.items(), key=lambda item: small and item[1].ndim > 1):
        scale, kind = 1.0, "f8"
        data: npt.NDArray[Any] = array
        if small and array.ndim > 1:
            kind, (scale, data) = "i2", steps(array)
        block = np.ascontiguousarray(data, dtype="<" + kind).tobytes()
        if block in places:  # curves share their x
            header.append({**places[block], "key": key, "scale": scale})
            continue
        length = 1 if array.ndim == 1 else int(array.shape[1])
        places[block] = {"key": key, "length": length, "kind": kind, "scale": scale, "offset": offset}
        header.append(places[block])
        blocks.append(block)
        offset += len(block)
    return header, b"".join(blocks)
