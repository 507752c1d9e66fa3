"""The list of what the local store holds: one JSON file, read with every fault told and none fatal."""

import contextlib
import errno
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hedge_widgets.model.limits import InputError, choice

MANIFEST = "manifest.json"
# A damaged manifest is set aside under this name. While it lies there, files that no entry names may be the only copy
# of what was fetched.
DAMAGED = f"{MANIFEST}.damaged"
MAX_NAMED = 5
VERSION = 1
KINDS = ("prices", "funding", "contracts", "tiers", "order_book")
FILE_NAME = re.compile(rf"({'|'.join(KINDS)})-[A-Za-z0-9._-]{{1,40}}-[0-9a-f]{{16}}\.csv")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the manifest knows of one stored table; ``first`` and ``last`` are its first and last index as text.

    ``fetched_at`` is in UTC; ``details`` holds what the source said and what was checked, in words.
    """

    kind: str
    name: str
    file: str
    sha256: str
    source: str
    fetched_at: datetime
    first: str
    last: str
    n_rows: int
    details: dict[str, str]

    @property
    def label(self) -> str:
        """Kind and name, for a sentence."""
        return f"{self.kind.replace('_', ' ')} of {self.name}"


class Manifest(NamedTuple):
    """What a folder's manifest says: its entries by (kind, name), its faults as sentences, and its state.

    "damaged" can be set aside and continued with the entries that are whole; "closed" must not be touched: it cannot
    be read, or a newer version of this package wrote it.
    """

    entries: dict[tuple[str, str], Entry]
    problems: tuple[str, ...]
    state: Literal["whole", "damaged", "closed"]


def read_file(path: Path) -> bytes:
    """Return what is in a file; raises OSError too where it is none, such as a pipe, which would be waited for."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is not a file")
        return file.read()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder; without one, or without the folder, it is whole and empty."""
    path = folder / MANIFEST
    try:
        content = read_file(path)
    except FileNotFoundError:
        return Manifest({}, (), "whole")
    except OSError as error:
        return Manifest({}, (f"the store's manifest {path} cannot be read ({error.strerror})",), "closed")
    try:
        document = json.loads(content)
        version, rows = document["version"], document["entries"]
        if not (isinstance(version, int) and isinstance(rows, list)):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        problem = f"the store's manifest {path} is damaged and not used; fetch again to begin a new one"
        return Manifest({}, (problem,), "damaged")
    if version != VERSION:
        problem = f"the store's manifest {path} is of version {version}, and this program knows version {VERSION}"
        return Manifest({}, (problem,), "closed")
    return _entries(rows, path)


def _entries(rows: list[Any], path: Path) -> Manifest:
    entries: dict[tuple[str, str], Entry] = {}
    problems = []
    for number, row in enumerate(rows, 1):
        try:
            entry = _entry(row)
        except InputError as error:
            problems.append(f"entry {number} of the store's manifest {path} is damaged and is not used: {error}")
        else:
            entries[entry.kind, entry.name] = entry
    return Manifest(entries, tuple(problems), "damaged" if problems else "whole")


def _entry(row: Any) -> Entry:
    names = [field.name for field in fields(Entry)]
    missing = [name for name in names if not isinstance(row, dict) or name not in row]
    if missing:
        raise InputError(f"it must hold {', '.join(names)}, and it lacks {', '.join(missing)}")
    values = {name: row[name] for name in names}
    try:
        values["fetched_at"] = datetime.fromisoformat(values["fetched_at"])
    except (ValueError, TypeError):
        raise InputError(f"the time of fetching must be a time in ISO 8601, not {values['fetched_at']!r:.60}") from None
    return checked_entry(Entry(**values))


def checked_entry(entry: Entry) -> Entry:
    """Return an entry with its time in UTC, fit to be written, read again and shown in a terminal.

    Raises
    ------
    InputError
        If a field is not of its type, a text holds a control character, or the file is none that the store writes.
    """
    choice("kind", entry.kind, KINDS)
    refuse_unfit_name(entry.name)
    if not isinstance(entry.details, dict):
        raise InputError(f"details must be words by name, not {entry.details!r:.60}")
    texts = [(name, getattr(entry, name)) for name in ("file", "sha256", "source", "first", "last")]
    texts += [("details", text) for pair in entry.details.items() for text in pair]
    for name, text in texts:
        # Control characters in a sentence would steer the terminal that shows it.
        if not isinstance(text, str) or not text.isprintable():
            raise InputError(f"{name} must be printable text, not {text!r:.60}")
    # A file name from a file that anybody may edit: only one this store writes, so never a path out of the folder.
    if not FILE_NAME.fullmatch(entry.file):
        raise InputError(f"file must be a name that the store gives, not {entry.file!r:.60}")
    if type(entry.n_rows) is not int or entry.n_rows < 1:
        raise InputError(f"the number of rows must be a whole number above 0, not {entry.n_rows!r:.60}")
    if entry.fetched_at.utcoffset() is None:
        raise InputError(f"the time of fetching must have a time zone, not {entry.fetched_at.isoformat()}")
    try:
        return replace(entry, fetched_at=entry.fetched_at.astimezone(UTC))
    except OverflowError:
        raise InputError(f"the time of fetching must be of years 1 to 9999 in UTC, not {entry.fetched_at}") from None


def refuse_unfit_name(name: object) -> None:
    """Refuse a name of a table that is not 1 to 200 printable characters.

    Raises
    ------
    InputError
        If it is not.
    """
    if not isinstance(name, str) or not 1 <= len(name) <= 200 or not name.isprintable():
        raise InputError(f"name must be 1 to 200 printable characters, not {name!r:.60}")


def unlisted_problem(folder: Path, entries: Iterable[Entry]) -> str | None:
    """Return a sentence about tables that lie in the folder unlisted since a manifest was set aside; None without any.

    A table that was stored again since then is not named, though its older file is still there.
    """
    listed = {table_stem(entry.file) for entry in entries}
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return None
    lost = sorted({table_stem(name) for name in names if FILE_NAME.fullmatch(name)} - listed)
    if DAMAGED not in names or not lost:
        return None
    shown = ", ".join(lost if len(lost) <= MAX_NAMED else [*lost[: MAX_NAMED - 1], f"{len(lost) - MAX_NAMED + 1} more"])
    return (
        f"the store {folder} keeps tables that it cannot use, because the manifest that listed them was damaged "
        f"({shown}); fetch them again"
    )


def table_stem(file: str) -> str:
    """Return the part of a file's name that tells kind and name of its table: all but the digest of the content."""
    return file.rpartition("-")[0]


def manifest_content(entries: dict[tuple[str, str], Entry]) -> bytes:
    """Return the manifest of these entries as the bytes of its file."""
    rows = [asdict(entry) | {"fetched_at": entry.fetched_at.astimezone(UTC).isoformat()} for entry in entries.values()]
    return json.dumps({"version": VERSION, "entries": rows}, indent=1, ensure_ascii=False).encode()


def place_file(folder: Path, name: str, content: bytes) -> None:
    """Write a file whole or not at all: a kill leaves what was there, and at most a part under another name.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    handle, part = tempfile.mkstemp(dir=folder, prefix=".store-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(folder / name)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(part).unlink()
        raise
    # Not every system can open or sync a folder; the files are in place, only their safety in a power cut is less.
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
