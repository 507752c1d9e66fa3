"""The carry page without a browser: another funding history, its slider tables, its tables at rest."""

from collections.abc import Iterator

from hedge_widgets import CarryExplorer
from hedge_widgets.model.carry.course import ANY_DAY, funding_course
from tests.bench.lab import seconds
from tests.bench.rows import Row, compared
from tests.bench.tables import table_rows


def rows(*, short: bool) -> Iterator[Row]:
    """Yield every row of the carry page that needs no browser."""
    page = CarryExplorer()
    history = page._setting.history
    course = seconds(lambda: funding_course.__wrapped__(history, ANY_DAY), 1 if short else 3)
    yield from table_rows("carry", page)
    yield compared("carry: bands of another history", 1e3 * course, "ms")
