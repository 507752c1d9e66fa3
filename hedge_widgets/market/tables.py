"""Tables of the local store as the bytes of a CSV file and back, nothing lost on the way."""

import io
from typing import TYPE_CHECKING, Any

from hedge_widgets.market.manifest import KINDS, refuse_unfit_name
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
    refuse_unfit_name(name)
    _refuse_unfit(kind, name, frame)
    content: bytes = frame.to_csv(lineterminator="\n").encode()
    return content


def _refuse_unfit(kind: str, name: str, frame: "pd.DataFrame") -> None:
    index, columns = SHAPES.get(kind, (None, ()))
    if frame.empty:
        raise InputError(f"the {kind} of {name:.60} must have at least one row")
    missing = [column for column in columns if column not in frame.columns]
    if missing or index not in (None, frame.index.name):
        found = _plain(f"{frame.index.name} and {', '.join(map(str, frame.columns))}")
        raise InputError(
            f"the {kind} of {name:.60} must have the index {index} and the columns {', '.join(columns)}, not {found}"
        )
    if index and not (frame.index.is_monotonic_increasing and frame.index.is_unique):
        raise InputError(f"the {index}s of the {kind} of {name:.60} must ascend, each once")
    zone = getattr(frame.index, "tz", None)
    if index == "date" and zone is not None:
        raise InputError(f"the dates of the {kind} of {name:.60} must be without a time zone, not in {zone}")
    for column in columns:
        try:
            frame[column].astype("float64")
        except (ValueError, TypeError) as error:
            raise InputError(f"the {column} in the {kind} of {name:.60} must be numbers ({_plain(error)})") from None


def stored_table(kind: str, name: str, content: bytes) -> "pd.DataFrame":
    """Return the table of a stored CSV file as :func:`table` does.

    Raises
    ------
    InputError
        If it is no table, or not one of its kind.
    """
    try:
        frame = table(content)
    except Exception as error:  # pandas lets through whatever a content it did not expect leads to
        what = f"{type(error).__name__}: {_plain(error)}"
        raise InputError(f"the {kind} of {name:.60} must be a table in CSV ({what})") from None
    _refuse_unfit(kind, name, frame)
    return frame


def _plain(text: object) -> str:
    """Return foreign text fit for one line of a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))[:100]


def table(content: bytes) -> "pd.DataFrame":
    """Return the table of a CSV file: first column the index, exact floats, only an empty cell is missing."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(content), index_col=0, keep_default_na=False, na_values=[""])
    words = pd.read_csv(io.BytesIO(content), index_col=0, dtype=str, na_filter=False)
    for place, column in enumerate(frame.columns):
        if frame.dtypes.iloc[place].kind == "f":
            # pandas up to 3.0 reads floats to within the last bit only, and 3.1 deprecates the option that does not.
            frame[column] = [float(word or "nan") for word in words[column].tolist()]
    if frame.index.name in ("date", "time"):
        is_utc = frame.index.name == "time"
        index = pd.to_datetime(frame.index, utc=is_utc, format="ISO8601")
        frame.index = index.as_unit("us" if is_utc else "s")  # as load_prices has it, whatever the version of pandas
    return frame


def index_text(value: Any) -> str:
    """Return one value of an index as text: a date as YYYY-MM-DD, a time in ISO 8601, else as it prints."""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text.removesuffix("T00:00:00")
