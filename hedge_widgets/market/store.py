"""What was fetched, kept on this machine: CSV files and one manifest that lists them.

A kill at any moment leaves the last manifest together with the files it names: new content gets a new file name, the
manifest is replaced in one step, and only then older files of the same table are removed.
"""

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hedge_widgets.market.manifest import (
    DAMAGED,
    FILE_NAME,
    KINDS,
    MANIFEST,
    Entry,
    checked_entry,
    manifest_content,
    place_file,
    read_file,
    read_manifest,
    table_stem,
    unlisted_problem,
)
from hedge_widgets.market.tables import index_text, stored_table, table_content
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import is_symbol

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KINDS", "Entry", "Store", "StoreError", "age_text", "store_folder"]

LOCK_SECONDS = 30.0
REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a limit on the size of files is reached",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
}


class StoreError(InputError):
    """The store could not be read or written; the message says why and what it holds now."""


def store_folder() -> Path:
    """Return the folder of the store: ``HEDGE_WIDGETS_STORE``, or one in the user's cache folder.

    Raises
    ------
    InputError
        If ``HEDGE_WIDGETS_STORE`` is not an absolute path.
    """
    import platformdirs

    named = os.environ.get("HEDGE_WIDGETS_STORE")
    if not named:
        return platformdirs.user_cache_path("hedge_widgets", appauthor=False) / "store"
    if not Path(named).is_absolute():
        raise InputError(f"HEDGE_WIDGETS_STORE must be the absolute path of a folder, not {named!r:.100}")
    return Path(named)


class Store:
    """Tables by kind and name in one folder; every look reads the manifest anew, so another process may write.

    Parameters
    ----------
    folder : Path, optional
        Where the files lie; default ``store_folder()``. The first write makes it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = store_folder() if folder is None else Path(folder)

    @property
    def entries(self) -> dict[tuple[str, str], Entry]:
        """What is stored, by (kind, name); empty where there is no manifest or it is damaged."""
        return read_manifest(self.folder).entries

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each fault found now: the manifest, each file's presence, sha256 and content, the clock."""
        return self.prices_and_problems()[1]

    def age(self, now: datetime) -> timedelta | None:
        """Return the time since the oldest fetch among the stored prices; None without prices or if later than now."""
        fetched = [entry.fetched_at for entry in self.entries.values() if entry.kind == "prices"]
        return now - min(fetched) if fetched and min(fetched) <= now else None

    def read(self, kind: str, name: str) -> "pd.DataFrame":
        """Return a stored table, floats exactly as written; an index "date" is naive, an index "time" is UTC.

        Raises
        ------
        StoreError
            If there is none, or its file is missing, not the one that was written, or no table of its kind.
        """
        seen = None
        while True:
            entry = self.entries.get((kind, name))
            if entry is None:
                raise StoreError(f"the store {self.folder} holds no {kind!s:.40} of {name!s:.60}; fetch them first")
            try:
                return self._table(entry)
            except StoreError:
                # A writer may have replaced the file between the look at the manifest and the look at the file.
                if entry == seen:
                    raise
            seen = entry

    def prices(self) -> "pd.DataFrame | None":
        """Return the daily closes of every readable symbol as ``load_prices`` does, None where there is none.

        Index: dates (ascending, the union of all), named date; one float column a symbol, "BTC" for BTC-USD, NaN
        where it has no close. Of two tables of one symbol the later fetched is taken.
        """
        return self.prices_and_problems()[0]

    def prices_and_problems(self) -> "tuple[pd.DataFrame | None, tuple[str, ...]]":
        """Return what :meth:`prices` and ``problems`` say, from one reading of the files."""
        manifest = read_manifest(self.folder)
        now = datetime.now(UTC)
        found = list(manifest.problems)
        closes: dict[str, tuple[datetime, pd.Series]] = {}
        for entry in manifest.entries.values():
            try:
                frame = self.read(entry.kind, entry.name)
            except StoreError as error:
                found.append(str(error))
            else:
                symbol = _symbol(entry.name)
                is_later = symbol not in closes or closes[symbol][0] <= entry.fetched_at
                if entry.kind == "prices" and is_symbol(symbol) and is_later:
                    closes[symbol] = entry.fetched_at, frame["close"].astype("float64")
            if entry.fetched_at > now:
                found.append(
                    f"the {entry.label} were fetched at {entry.fetched_at:%Y-%m-%d %H:%M} UTC, later than this "
                    f"machine's clock ({now:%Y-%m-%d %H:%M} UTC), so their age cannot be told"
                )
        unlisted = unlisted_problem(self.folder, manifest.entries.values())
        return _side_by_side(closes), (*found, unlisted) if unlisted else tuple(found)

    def write(
        self,
        kind: str,
        name: str,
        frame: "pd.DataFrame",
        *,
        source: str,
        fetched_at: datetime,
        details: Mapping[str, str] | None = None,
    ) -> Entry:
        """Store a table in place of the one of this kind and name, whole or not at all, and return its entry.

        Parameters
        ----------
        kind : str
            One of ``KINDS``; prices need the index date and open, high, low, close, volume; funding needs the index
            time and rate, interval_hours. The index ascends without doubles.
        name : str
            Any text of 1 to 200 characters.
        frame : DataFrame
            At least one row.
        source : str
            Where it comes from, as shown to the user; printable, as are the details.
        fetched_at : datetime
            With its time zone.
        details : mapping, optional
            What the source said and what was checked, in words.

        Raises
        ------
        InputError
            If kind, name, table, source, time or details are not so.
        StoreError
            If another process keeps the store locked, or the disk refuses; the store is as it was.
        """
        import filelock

        content = table_content(kind, name, frame)
        digest = hashlib.sha256(content).hexdigest()
        entry = checked_entry(
            Entry(
                kind=kind,
                name=name,
                file=f"{kind}-{re.sub(r'[^A-Za-z0-9._-]+', '_', name)[:40]}-{digest[:16]}.csv",
                sha256=digest,
                source=source,
                fetched_at=fetched_at,
                first=index_text(frame.index[0]),
                last=index_text(frame.index[-1]),
                n_rows=len(frame),
                details=dict(details or {}),
            )
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(self.folder / "store.lock", timeout=LOCK_SECONDS):
                self._commit(entry, content)
        except filelock.Timeout:
            raise StoreError(
                f"the {entry.label} were not stored: another process has kept {self.folder} locked for "
                f"{LOCK_SECONDS:g} s; try again when it is done"
            ) from None
        except OSError as error:
            reason = REASONS.get(error.errno or 0, error.strerror or str(error))
            raise StoreError(
                f"the {entry.label} were not stored in {self.folder}: {reason}; what was stored before is unchanged"
            ) from None
        return entry

    def _commit(self, entry: Entry, content: bytes) -> None:
        manifest = read_manifest(self.folder)
        if manifest.state == "closed":
            raise StoreError(f"the {entry.label} were not stored: {manifest.problems[0]}")
        if manifest.state == "damaged":
            place_file(self.folder, DAMAGED, (self.folder / MANIFEST).read_bytes())
        entries = manifest.entries | {(entry.kind, entry.name): entry}
        place_file(self.folder, entry.file, content)
        place_file(self.folder, MANIFEST, manifest_content(entries))
        # All is stored; what cannot be cleared away now is no failure.
        with contextlib.suppress(OSError):
            self._clear(entry, manifest.entries.get((entry.kind, entry.name)), {one.file for one in entries.values()})

    def _clear(self, entry: Entry, before: Entry | None, named: set[str]) -> None:
        """Remove what a write replaced and what kills left of the same table, never a file of another one."""
        is_kept = (self.folder / DAMAGED).exists()
        for path in self.folder.iterdir():
            is_older = FILE_NAME.fullmatch(path.name) and table_stem(path.name) == table_stem(entry.file)
            if is_kept:
                is_older = before is not None and path.name == before.file
            if (is_older and path.name not in named) or re.fullmatch(r"\.store-.*\.part", path.name):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _table(self, entry: Entry) -> "pd.DataFrame":
        try:
            return stored_table(entry.kind, entry.name, self._content(entry))
        except StoreError:
            raise
        except InputError as error:
            path = self.folder / entry.file
            raise StoreError(f"the stored {entry.label} are damaged in {path}: {error}; fetch them again") from None

    def _content(self, entry: Entry) -> bytes:
        path = self.folder / entry.file
        try:
            content = read_file(path)
        except FileNotFoundError:
            raise StoreError(f"the stored {entry.label} are gone: there is no file {path}; fetch them again") from None
        except OSError as error:
            raise StoreError(f"the stored {entry.label} cannot be read from {path}: {error.strerror}") from None
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise StoreError(
                f"the stored {entry.label} are damaged: the sha256 of {path} is not the manifest's; fetch them again"
            )
        return content


def age_text(age: timedelta) -> str:
    """Return an age in its largest whole unit: "3 days", "1 hour", "a moment"."""
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(age.total_seconds() // seconds)
        if count >= 1:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "a moment"


def _symbol(name: str) -> str:
    return name.upper().removesuffix("-USD").removesuffix("-USDT")


def _side_by_side(closes: "dict[str, tuple[datetime, pd.Series]]") -> "pd.DataFrame | None":
    if not closes:
        return None
    import pandas as pd

    return pd.DataFrame({symbol: series for symbol, (_, series) in closes.items()}).rename_axis("date")
