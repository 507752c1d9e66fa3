"""A page's slider tables without a browser: how large they are, and how long they take."""

import json
import time
from typing import Any

from hedge_widgets.live import codec
from tests.bench.lab import seconds
from tests.bench.rows import Row, at_most, compared


def table_rows(name: str, page: Any) -> list[Row]:
    """Return a page's largest slider table, the slowest to compute, and what follows at rest."""
    largest, slowest = 0, 0.0
    for slider, places in page.live._positions.items():
        start = time.perf_counter()
        header, block = codec.table(page.live._columns(page.live.picture(**{slider: places})), len(places))
        slowest = max(slowest, time.perf_counter() - start)
        largest = max(largest, len(block) + len(json.dumps(header)))
    return [
        at_most(f"{name}: largest slider table", largest / 1e3, "kB", 250.0),
        compared(f"{name}: slowest table", 1e3 * slowest, "ms"),
        compared(f"{name}: tables at rest", 1e3 * seconds(lambda: page._report(page.live.values), 3), "ms"),
    ]
