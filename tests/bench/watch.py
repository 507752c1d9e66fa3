"""The watch without a browser: its slider tables, its tables at rest."""

from collections.abc import Iterator

from hedge_widgets import HedgeWatch
from tests.bench.rows import Row
from tests.bench.tables import table_rows


def rows(*, short: bool) -> Iterator[Row]:
    """Yield every row of the watch that needs no browser."""
    del short
    yield from table_rows("watch", HedgeWatch())
