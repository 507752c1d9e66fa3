"""Pictures at every combination of a few sliders' places, in as few bytes as they need.

A column of the picture is stored along those sliders only that change it: the curve of a chart has no copy for every
place of a slider that merely moves a point on it. Curves are int16 against their largest magnitude, as in a slider's
table; numbers that are read are float32, which holds seven digits. What is written is how they differ from their
neighbours, which packs to a third.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.live import codec

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lattice:
    """The pictures of ``axes``, the names of sliders, at ``places``, ascending and in each slider's unit.

    ``columns`` says of each column that changes: its key, length per state, kind (``i2`` or ``f4``), scale, byte offset
    in ``block``, and ``along``, the numbers of the axes it is stored along, first axis slowest. A column's block holds
    :func:`differences`.
    """

    axes: tuple[str, ...]
    places: tuple[Floats, ...]
    columns: tuple[Mapping[str, Any], ...]
    block: bytes

    def header(self) -> dict[str, Any]:
        """Return what a browser needs to read the block, as plain values."""
        return {
            "axes": list(self.axes),
            "places": [places.tolist() for places in self.places],
            "columns": [dict(column) for column in self.columns],
        }


def grid(places: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return every combination of places, each of shape (states,), the first name slowest."""
    axes = np.meshgrid(*places.values(), indexing="ij")
    return {name: axis.ravel() for name, axis in zip(places, axes, strict=True)}


def lattice(places: Mapping[str, Floats], columns: codec.Columns) -> Lattice:
    """Return the lattice of ``columns``, whose rows are the states of :func:`grid`."""
    shape = tuple(len(axis) for axis in places.values())
    entries: list[dict[str, Any]] = []
    blocks: list[bytes] = []
    known: dict[tuple[Any, ...], dict[str, Any]] = {}
    offset = 0
    for key, rows in codec.columns_of(columns, int(np.prod(shape))).items():
        values, along = _without_repeats(rows.reshape(*shape, -1), len(shape))
        if not along:
            continue
        kind, scale, data = _stored(values, rows.ndim > 1)
        block = differences(data.reshape(*(shape[axis] for axis in along), -1)).tobytes()
        same = (block, tuple(along), values.shape[-1], kind)
        if same not in known:  # curves share their x, a label's text its height
            known[same] = {"length": values.shape[-1], "kind": kind, "offset": offset, "along": along}
            blocks.append(block + bytes(-len(block) % 4))
            offset += len(blocks[-1])
        entries.append({"key": key, "scale": scale, **known[same]})
    return Lattice(tuple(places), tuple(places.values()), tuple(entries), b"".join(blocks))


def differences(stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return how stored bits differ from the number before, and that from the place before on the last axis but one.

    Taken as whole numbers without a sign they wrap, so that a browser gets the bits back by adding up.
    """
    whole = stored.view(f"<u{stored.itemsize}")
    for axis in (-1, -2):
        whole = np.diff(whole, axis=axis, prepend=whole.dtype.type(0))
    return whole


def _without_repeats(values: Floats, n_axes: int) -> tuple[Floats, list[int]]:
    """Return the values with each axis that changes nothing cut to one place, and the axes that do change something."""
    along = []
    for axis in range(n_axes):
        first = np.take(values, [0], axis=axis)
        if np.array_equal(values, np.broadcast_to(first, values.shape), equal_nan=True):
            values = first
        else:
            along.append(axis)
    return values, along


def _stored(values: Floats, is_curve: bool) -> tuple[str, float, npt.NDArray[Any]]:
    if not is_curve:
        return "f4", 1.0, values.astype("<f4")
    scale, data = codec.steps(values)
    return "i2", scale, data


def thinned(places: npt.ArrayLike, most: int, present: float) -> Floats:
    """Return at most ``most`` of a slider's places, its ends and the present one among them, evenly spread."""
    array: Floats = np.asarray(places, dtype=np.float64)
    chosen = np.unique(np.round(np.linspace(0, len(array) - 1, min(most, len(array)))).astype(int))
    kept: Floats = array[chosen]
    near = int(np.argmin(np.abs(kept - present)))
    if np.isclose(kept[near], present, rtol=0, atol=1e-9):
        return kept
    if 0 < near < len(kept) - 1 and len(kept) >= most:  # the present place takes its neighbour's
        kept = np.delete(kept, near)
    result: Floats = np.unique(np.append(kept, present))
    return result
