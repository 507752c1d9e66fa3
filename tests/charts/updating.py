"""What the browser makes of a part when the page is told of another picture, and where two specs differ."""

import json
from typing import Any

from hedge_widgets import style
from hedge_widgets.live import LiveChart, codec
from tests.live.decoding import decoded, plain, put


def spec_of(part: Any) -> dict[str, Any]:
    """Return a part's spec as its trait holds it."""
    return plain(json.loads(part.spec))


def updated(part: Any, picture: Any) -> dict[str, Any]:
    """Return a part's spec after the page was told of another picture, as the browser does it."""
    spec = spec_of(part)
    columns = decoded(*codec.exact(part.columns(picture)), 1)
    for name, row in columns.items():
        values = plain(row[0])
        if isinstance(part, LiveChart):
            trace, _, attribute = name.partition("/")
            if form := spec["texts"].get(name):
                values = ["" if value is None else style.formatted(value, form) for value in values]
            spec["data"][int(trace)][attribute] = values
        else:
            spec["values"][name] = values[0]
    for path, value in part.layout_changes(picture).items():
        put(spec["layout"], path, plain(value))
    return spec


def differences(a: Any, b: Any, path: str = "") -> list[str]:
    """Return the paths at which two specs differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        return [found for key in {**a, **b} for found in differences(a.get(key), b.get(key), f"{path}/{key}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and path == "/data":
        return [found for k, (x, y) in enumerate(zip(a, b, strict=True)) for found in differences(x, y, f"{path}/{k}")]
    return [] if a == b else [path]
