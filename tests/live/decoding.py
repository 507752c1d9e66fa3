"""What the browser does with a message, written a second time: columns from a header and a block of bytes."""

from typing import Any

import numpy as np

MISSING = -32_768


def decoded(header: list[dict[str, Any]], block: bytes, n_rows: int) -> dict[str, Any]:
    """Return every column of a message as an array of shape (rows, length)."""
    columns = {}
    for entry in header:
        count = n_rows * entry["length"]
        raw = np.frombuffer(block, dtype="<" + entry["kind"], count=count, offset=entry["offset"])
        values = raw.astype(np.float64)
        if entry["kind"] == "i2":
            values = np.where(raw == MISSING, np.nan, values * entry["scale"])
        columns[entry["key"]] = values.reshape(n_rows, entry["length"])
    return columns


def plain(value: Any) -> Any:
    """Return a spec with lists for arrays and tuples and None for NaN, so that two specs compare by ``==``."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return None if isinstance(value, float) and value != value else value


def put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Set one value of plotly's flat relayout notation, such as ``yaxis.range``."""
    *folders, last = path.split(".")
    for folder in folders:
        tree = tree.setdefault(folder, {})
    tree[last] = value
