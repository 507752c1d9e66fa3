"""The list of what the local store holds: one JSON file, read with every fault told and none fatal."""

import json
import re
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

MANIFEST = "manifest.json"
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

    "damaged" can be set aside and begun anew; "closed" must not be touched: it cannot be read, or a newer version of
    this package wrote it.
    """

    entries: dict[tuple[str, str], Entry]
    problems: tuple[str, ...]
    state: Literal["whole", "damaged", "closed"]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder; without one, or without the folder, it is whole and empty."""
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
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
        except (ValueError, TypeError, KeyError):
            problems.append(f"entry {number} of the store's manifest {path} is damaged and is not used")
        else:
            entries[entry.kind, entry.name] = entry
    return Manifest(entries, tuple(problems), "whole")


def _entry(row: dict[str, Any]) -> Entry:
    values = {field.name: row[field.name] for field in fields(Entry)}
    values["fetched_at"] = datetime.fromisoformat(values["fetched_at"])
    entry = Entry(**values)
    texts = [entry.kind, entry.name, entry.file, entry.sha256, entry.source, entry.first, entry.last]
    texts += [*entry.details, *entry.details.values()]
    if not all(isinstance(text, str) for text in texts) or not isinstance(entry.n_rows, int):
        raise TypeError
    # A file name from a file that anybody may edit: only one this store writes, so never a path out of the folder.
    if entry.kind not in KINDS or not FILE_NAME.fullmatch(entry.file) or entry.fetched_at.utcoffset() is None:
        raise ValueError
    return entry


def manifest_content(entries: dict[tuple[str, str], Entry]) -> bytes:
    """Return the manifest of these entries as the bytes of its file."""
    rows = [asdict(entry) | {"fetched_at": entry.fetched_at.astimezone(UTC).isoformat()} for entry in entries.values()]
    return json.dumps({"version": VERSION, "entries": rows}, indent=1, ensure_ascii=False).encode()
