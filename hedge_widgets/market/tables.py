"""Tables of the local store as the bytes of a CSV file and back, nothing lost on the way."""

import io
from typing import TYPE_CHECKING, Any

from hedge_widgets.market.manifest import KINDS
from hedge_widgets.model.limits import InputError, choice

if TYPE_CHECKING:
    import pandas as pd

# Index and columns that a kind must have; the other kinds are tables as their source gives them.
SHAPES = {
    "prices": ("date", ("open", "high", "low", "close", "volume")),
    "funding": ("time", ("rate", "interval_hours")),
}


def table_content(kind: str, name: str, frame: "pd.DataFrame") -> bytes:
    """Return a table as CSV in UTF-8, floats in the shortest digits that give the same float again.

    Raises
    ------
    InputError
        If the kind, the name, the index or the columns are not what they must be, or there is no row.
    """
    choice("kind", kind, KINDS)
    if not isinstance(name, str) or not 1 <= len(name) <= 200 or not name.isprintable():
        raise InputError(f"name must be 1 to 200 printable characters, not {name!r:.60}")
    index, columns = SHAPES.get(kind, (None, ()))
    if frame.empty:
        raise InputError(f"the {kind} of {name:.60} must have at least one row")
    missing = [column for column in columns if column not in frame.columns]
    if missing or index not in (None, frame.index.name):
        raise InputError(
            f"the {kind} of {name:.60} must have the index {index} and the columns {', '.join(columns)}, "
            f"not {frame.index.name} and {', '.join(map(str, frame.columns))}"
        )
    if index and not (frame.index.is_monotonic_increasing and frame.index.is_unique):
        raise InputError(f"the {index}s of the {kind} of {name:.60} must ascend, each once")
    content: bytes = frame.to_csv(lineterminator="\n").encode()
    return content


def table(content: bytes) -> "pd.DataFrame":
    """Return the table of a CSV file: first column the index, exact floats, only an empty cell is missing."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(content), index_col=0, keep_default_na=False, na_values=[""])
    words = pd.read_csv(io.BytesIO(content), index_col=0, dtype=str, na_filter=False)
    for place, column in enumerate(frame.columns):
        if frame.dtypes.iloc[place].kind == "f":
            # pandas up to 3.0 reads floats to within the last bit only, and 3.1 deprecates the option that does not.
            frame[column] = [float(word or "nan") for word in words[column]]
    if frame.index.name in ("date", "time"):
        is_utc = frame.index.name == "time"
        index = pd.to_datetime(frame.index, utc=is_utc, format="ISO8601")
        frame.index = index.as_unit("us" if is_utc else "s")  # as load_prices has it, whatever the version of pandas
    return frame


def index_text(value: Any) -> str:
    """Return one value of an index as text: a date as YYYY-MM-DD, a time in ISO 8601, else as it prints."""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text.removesuffix("T00:00:00")
