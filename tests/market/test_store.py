"""The local store: exact, whole after a kill, and plain about what is wrong with it."""

import errno
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import filelock
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.market import store as store_module
from hedge_widgets.market.prices import load_prices
from hedge_widgets.market.store import Store, StoreError, age_text, store_folder
from hedge_widgets.market.tables import table, table_content
from hedge_widgets.model.limits import InputError

NOW = datetime(2024, 11, 21, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def a_frame(start: float = 100.0, n: int = 5, first: str = "2024-01-01") -> pd.DataFrame:
    """Return n daily prices from ``start`` on."""
    index = pd.date_range(first, periods=n, name="date", unit="s")
    close = start + np.arange(n) / 3
    columns = {"open": close - 1, "high": close + 1, "low": close - 2, "close": close, "volume": close * 1e6}
    return pd.DataFrame(columns, index=index)


def put(store: Store, name: str = "BTC-USD", start: float = 100.0, fetched_at: datetime = NOW) -> pd.DataFrame:
    """Store prices of this name and return them."""
    frame = a_frame(start)
    store.write("prices", name, frame, source="test", fetched_at=fetched_at)
    return frame


def data_files(folder: Path) -> list[str]:
    """Return the names of all the files but lock and manifest."""
    return sorted(path.name for path in folder.iterdir() if path.name not in {"store.lock", "manifest.json"})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_what_is_written_is_read(store: Store) -> None:
    """The same frame, and an entry that says what, from where, when and how much."""
    frame = a_frame()
    entry = store.write("prices", "BTC-USD", frame, source="test", fetched_at=NOW, details={"checked": "é, 'all'"})
    pd.testing.assert_frame_equal(store.read("prices", "BTC-USD"), frame, check_exact=True, check_freq=False)
    assert store.entries == {("prices", "BTC-USD"): entry}
    assert (entry.first, entry.last, entry.n_rows, entry.source) == ("2024-01-01", "2024-01-05", 5, "test")
    assert entry.fetched_at == NOW
    assert entry.details == {"checked": "é, 'all'"}
    assert store.problems == ()


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20))
def test_floats_come_back_to_the_last_bit(values: list[float]) -> None:
    """Subnormal, huge, negative zero, missing and infinite too."""
    index = pd.date_range("2024-01-01", periods=len(values), name="date", unit="s")
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close", "volume"), values), index=index)
    back = table(table_content("prices", "X", frame))
    expected = np.array(values)
    actual = back["close"].to_numpy(dtype=float)
    np.testing.assert_array_equal(actual, expected)
    np.testing.assert_array_equal(np.signbit(actual[expected == 0]), np.signbit(expected[expected == 0]))


def test_funding_keeps_its_times(store: Store) -> None:
    """Times are UTC and keep their milliseconds."""
    times = pd.DatetimeIndex(["2024-01-01T00:00:00.001Z", "2024-01-01T08:00:00Z"], name="time").as_unit("us")
    frame = pd.DataFrame({"rate": [1e-4, -2e-4], "interval_hours": [8.0, 8.0]}, index=times)
    entry = store.write("funding", "Bybit BTCUSDT", frame, source="test", fetched_at=NOW)
    pd.testing.assert_frame_equal(store.read("funding", "Bybit BTCUSDT"), frame)
    assert entry.last == "2024-01-01T08:00:00+00:00"


def test_a_table_of_words_comes_back(store: Store) -> None:
    """A coin called NA is no missing value, and an empty cell is one."""
    frame = pd.DataFrame({"coin": ["NA", "nan"], "cap": [np.inf, 1.5]}, index=pd.Index(["a", "b"], name="symbol"))
    store.write("contracts", "venue", frame, source="test", fetched_at=NOW)
    assert store.read("contracts", "venue").to_dict() == frame.to_dict()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", ".", "a/b\\c", "CON", "x" * 200, "é💥", "-rf"]
)
def test_a_name_never_leaves_the_folder(name: str, store: Store) -> None:
    """Names come from users; the file's name is our own."""
    frame = put(store, name)
    (file,) = data_files(store.folder)
    assert store_module.FILE_NAME.fullmatch(file)
    assert [path.name for path in store.folder.parent.iterdir()] == ["store"]
    pd.testing.assert_frame_equal(store.read("prices", name), frame, check_freq=False)


def test_names_that_look_alike_stay_apart(store: Store) -> None:
    """Two names with one slug are two tables, with the same content too."""
    first, second, third = put(store, "a/b"), put(store, "a b", 7), put(store, "a:b")
    pd.testing.assert_frame_equal(store.read("prices", "a/b"), first, check_freq=False)
    pd.testing.assert_frame_equal(store.read("prices", "a b"), second, check_freq=False)
    put(store, "a/b", 9)
    pd.testing.assert_frame_equal(store.read("prices", "a:b"), third, check_freq=False)


WRONG = {
    "kind": ({"kind": "secrets"}, "kind must be one of prices, funding, .*, not 'secrets'"),
    "no name": ({"name": ""}, "name must be 1 to 200 printable characters, not ''"),
    "long name": ({"name": "x" * 201}, "name must be 1 to 200 printable characters"),
    "line end": ({"name": "BTC\nUSD"}, r"name must be 1 to 200 printable characters, not 'BTC\\nUSD'"),
    "no row": ({"frame": a_frame(n=0)}, "prices of X must have at least one row"),
    "columns": (
        {"frame": a_frame()[["close"]]},
        "must have the index date and the columns open, .*, not date and close",
    ),
    "index": ({"frame": a_frame().rename_axis("day")}, "must have the index date .*, not day and open"),
    "order": ({"frame": a_frame()[::-1]}, "the dates of the prices of X must ascend, each once"),
    "doubles": ({"frame": pd.concat([a_frame(), a_frame()[-1:]])}, "must ascend, each once"),
    "zone": (
        {"frame": a_frame().tz_localize("UTC")},
        "the dates of the prices of X must be without a time zone, not in UTC",
    ),
    "words": ({"frame": a_frame().assign(close="?")}, "the close in the prices of X must be numbers"),
    "source": ({"source": "a\x1b[31mb"}, r"source must be printable text, not 'a\\x1b\[31mb'"),
    "details": ({"details": {"checked": "a\nb"}}, r"details must be printable text, not 'a\\nb'"),
    "year 0": (
        {"fetched_at": datetime.fromisoformat("0001-01-01T00:00+14:00")},
        "the time of fetching must be of years 1 to 9999 in UTC, not 0001-01-01",
    ),
    "no zone": (
        {"fetched_at": datetime(2026, 1, 1)},
        "the time of fetching must have a time zone, not 2026-01-01T00:00:00",
    ),
}


@pytest.mark.parametrize(("changes", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_stored_is_refused(changes: dict, sentence: str, store: Store) -> None:
    given = {"kind": "prices", "name": "X", "frame": a_frame(), "source": "test", "fetched_at": NOW} | changes
    with pytest.raises(InputError, match=sentence):
        store.write(given.pop("kind"), given.pop("name"), given.pop("frame"), **given)
    assert not store.folder.exists()


def test_a_new_write_replaces_the_old(store: Store) -> None:
    """One file a table; what is not the store's own stays."""
    put(store)
    (store.folder / "notes.txt").write_text("mine")
    (store.folder / ".store-left-over.part").write_text("half")
    new = put(store, start=300)
    put(store, "ETH-USD")
    assert len(data_files(store.folder)) == 3
    assert "notes.txt" in data_files(store.folder)
    pd.testing.assert_frame_equal(store.read("prices", "BTC-USD"), new, check_freq=False)


def test_an_absent_store_is_empty(store: Store) -> None:
    """No folder: nothing stored and nothing wrong; looking does not make one."""
    assert (store.entries, store.problems, store.prices(), store.age(NOW)) == ({}, (), None, None)
    with pytest.raises(StoreError, match=r"holds no prices of BTC-USD; fetch them first"):
        store.read("prices", "BTC-USD")
    assert not store.folder.exists()


def test_prices_are_those_of_load_prices(store: Store, tmp_path: Path) -> None:
    """Closes side by side under the coins' symbols, missing where a coin has none, in the order of the manifest."""
    put(store, "SOL-USD", fetched_at=NOW)
    eth = a_frame(2000, first="2024-01-03", n=40)
    store.write("prices", "ETH-USD", eth, source="test", fetched_at=NOW - timedelta(days=3))
    store.write("contracts", "BTC-USD", a_frame(), source="test", fetched_at=NOW - timedelta(days=9))
    prices = store.prices()
    assert prices is not None
    assert list(prices.columns) == ["SOL", "ETH"]
    assert store.age(NOW) == timedelta(days=3)
    prices.rename(columns=lambda symbol: f"{symbol}-USD").to_csv(tmp_path / "prices.csv")
    pd.testing.assert_frame_equal(load_prices(tmp_path / "prices.csv"), prices, check_exact=True, check_freq=False)
    store.write("prices", "ETH", eth * 2, source="test", fetched_at=NOW)
    later = store.prices()
    assert later is not None
    assert later["ETH"].dropna().to_list() == (eth["close"] * 2).to_list()


BROKEN_MANIFESTS = {
    "empty": b"",
    "half": b'{"version": 1, "entries": [{"kind": "pri',
    "binary": bytes(range(256)),
    "list": b"[]",
    "no entries": b'{"version": 1}',
    "deep": b"[" * 100_000,
    "null": b"null",
}


@pytest.mark.parametrize("content", BROKEN_MANIFESTS.values(), ids=BROKEN_MANIFESTS.keys())
def test_a_damaged_manifest_is_set_aside(content: bytes, store: Store) -> None:
    """The store says so, is empty, and the next write keeps the damaged file aside and begins anew; no table goes."""
    old = put(store)
    path = store.folder / store.entries["prices", "BTC-USD"].file
    (store.folder / "manifest.json").write_bytes(content)
    assert store.entries == {}
    assert store.prices() is None
    assert [problem.partition(" is ")[2] for problem in store.problems] == [
        "damaged and not used; fetch again to begin a new one"
    ]
    frame = put(store, "ETH-USD")
    assert (store.folder / "manifest.json.damaged").read_bytes() == content
    assert table(path.read_bytes())["close"].to_list() == old["close"].to_list()
    assert [problem.partition(" keeps ")[2] for problem in store.problems] == [
        "tables that it cannot use, because the manifest that listed them was damaged (prices-BTC-USD); "
        "fetch them again"
    ]
    pd.testing.assert_frame_equal(store.read("prices", "ETH-USD"), frame, check_freq=False)


@pytest.mark.parametrize("fault", ["manifest", "entries"])
def test_no_write_after_damage_removes_what_is_not_stored_again(fault: str, store: Store) -> None:
    """However many writes follow; a table stored again is mended, and clearing goes on once the damaged one is gone."""
    names = [f"C{k}-USD" for k in range(8)]
    for k, name in enumerate(names):
        put(store, name, 100 + k)
    files = {name: store.entries["prices", name].file for name in names}
    path = store.folder / "manifest.json"
    if fault == "manifest":
        path.write_bytes(path.read_bytes()[:-40])
    else:
        path.write_text(path.read_text().replace('"n_rows": 5', '"n_rows": "?"'))
    for start in range(3):
        put(store, "NEW-USD", start)
        assert set(files.values()) <= set(data_files(store.folder))
        assert len(data_files(store.folder)) == 10  # with the present file of NEW-USD and the damaged manifest
    (problem,) = store.problems
    assert "(prices-C0-USD, prices-C1-USD, prices-C2-USD, prices-C3-USD, 4 more); fetch them again" in problem
    for name in names:
        put(store, name, 500)
    assert store.problems == ()
    assert set(files.values()) <= set(data_files(store.folder))
    (store.folder / "manifest.json.damaged").unlink()
    put(store, names[0], 600)
    assert set(files.values()) - set(data_files(store.folder)) == {files[names[0]]}


def test_without_a_manifest_no_table_is_removed(store: Store) -> None:
    """Somebody removed it: the files of other tables stay."""
    put(store)
    file = store.entries["prices", "BTC-USD"].file
    (store.folder / "manifest.json").unlink()
    put(store, "ETH-USD")
    put(store, "ETH-USD", 7)
    assert file in data_files(store.folder)
    assert len(data_files(store.folder)) == 2


def test_a_folder_that_cannot_be_listed_is_no_failure(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is stored; only the replaced file stays."""
    put(store)

    def refused(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refused)
    frame = put(store, start=300)
    assert store.problems == ()
    pd.testing.assert_frame_equal(store.read("prices", "BTC-USD"), frame, check_freq=False)


def test_a_manifest_of_a_newer_version_is_left_alone(store: Store) -> None:
    put(store)
    path = store.folder / "manifest.json"
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    before = path.read_bytes()
    assert "is of version 2, and this program knows version 1" in store.problems[0]
    with pytest.raises(StoreError, match=r"not stored: .* is of version 2"):
        put(store, "ETH-USD")
    assert path.read_bytes() == before


def test_a_manifest_that_cannot_be_read_is_left_alone(store: Store) -> None:
    (store.folder / "manifest.json").mkdir(parents=True)
    assert "cannot be read (Is a directory)" in store.problems[0]
    with pytest.raises(StoreError, match=r"not stored: .* cannot be read"):
        put(store)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
@pytest.mark.parametrize("is_manifest", [True, False], ids=["manifest", "table"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(is_manifest: bool, store: Store) -> None:
    put(store)
    path = store.folder / ("manifest.json" if is_manifest else store.entries["prices", "BTC-USD"].file)
    path.unlink()
    os.mkfifo(path)
    table, problems = store.prices_and_problems()
    assert table is None
    assert "not a file" in " ".join(problems)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": "../../outside.csv"}, "file must be a name that the store gives, not '../../outside.csv'"),
        ({"file": "/etc/passwd"}, "file must be a name that the store gives, not '/etc/passwd'"),
        ({"file": 7}, "file must be printable text, not 7"),
        ({"kind": "secrets"}, "kind must be one of prices, funding, contracts, tiers, order_book, not 'secrets'"),
        ({"kind": ["prices"]}, "kind must be one of prices, funding, contracts, tiers, order_book, not ['prices']"),
        ({"fetched_at": "yesterday"}, "the time of fetching must be a time in ISO 8601, not 'yesterday'"),
        ({"fetched_at": 5}, "the time of fetching must be a time in ISO 8601, not 5"),
        ({"fetched_at": "2026-01-01T00:00:00"}, "the time of fetching must have a time zone, not 2026-01-01T00:00:00"),
        (
            {"fetched_at": "0001-01-01T00:00+14:00"},
            "the time of fetching must be of years 1 to 9999 in UTC, not 0001-01-01 00:00:00+14:00",
        ),
        (
            {"fetched_at": "9999-12-31T23:59-14:00"},
            "the time of fetching must be of years 1 to 9999 in UTC, not 9999-12-31 23:59:00-14:00",
        ),
        ({"n_rows": "many"}, "the number of rows must be a whole number above 0, not 'many'"),
        ({"n_rows": 0}, "the number of rows must be a whole number above 0, not 0"),
        ({"details": {"checked": 1}}, "details must be printable text, not 1"),
        ({"details": {"checked": "\x1b[2J"}}, r"details must be printable text, not '\x1b[2J'"),
        ({"details": {"\x07": "bell"}}, r"details must be printable text, not '\x07'"),
        ({"details": None}, "details must be words by name, not None"),
        ({"details": []}, "details must be words by name, not []"),
        ({"details": ["checked"]}, "details must be words by name, not ['checked']"),
        ({"details": "checked"}, "details must be words by name, not 'checked'"),
        ({"name": None}, "name must be 1 to 200 printable characters, not None"),
        ({"name": "\x1b[31mBTC-USD"}, r"name must be 1 to 200 printable characters, not '\x1b[31mBTC-USD'"),
        ({"source": "Yahoo\r\nFinance"}, r"source must be printable text, not 'Yahoo\r\nFinance'"),
        ({"last": "\x9b31m"}, r"last must be printable text, not '\x9b31m'"),
        ("BTC-USD", "it must hold kind, name, "),
        ([], "it must hold kind, name, "),
        (None, "it must hold kind, name, "),
        ({}, "and it lacks source, first"),
    ],
    ids=str,
)
def test_a_damaged_entry_does_not_hurt_the_others(change: object, words: str, store: Store) -> None:
    """Anybody can edit the manifest; a file outside of the folder is never read, the rest serves and can be renewed."""
    put(store)
    frame = put(store, "ETH-USD")
    path = store.folder / "manifest.json"
    document = json.loads(path.read_text())
    before = document["entries"][0]
    if change == {}:
        del before["source"], before["first"]
    document["entries"][0] = before | change if isinstance(change, dict) else change
    path.write_text(json.dumps(document))
    (problem,) = store.problems
    assert problem.startswith(f"entry 1 of the store's manifest {path} is damaged and is not used: ")
    assert words in problem
    assert problem.isprintable()
    assert list(store.entries) == [("prices", "ETH-USD")]
    pd.testing.assert_frame_equal(store.read("prices", "ETH-USD"), frame, check_freq=False)
    put(store, "BTC-USD", 300)
    assert store.problems == ()
    assert json.loads((store.folder / "manifest.json.damaged").read_text()) == document


@pytest.mark.parametrize("fault", ["gone", "cut", "changed", "unreadable"])
def test_a_damaged_file_is_named_and_the_rest_is_served(fault: str, store: Store) -> None:
    put(store)
    put(store, "ETH-USD", 2000)
    path = store.folder / store.entries["prices", "BTC-USD"].file
    content = path.read_bytes()
    path.unlink()
    if fault == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif fault == "changed":
        path.write_bytes(content.replace(b"100.0", b"900.0"))
    elif fault == "unreadable":
        path.mkdir()
    words = {"gone": "gone: there is no file", "unreadable": "cannot be read from"}.get(fault, "damaged: the sha256 of")
    (problem,) = store.problems
    assert problem.startswith("the stored prices of BTC-USD are ") or fault == "unreadable"
    assert words in problem
    with pytest.raises(StoreError, match=words):
        store.read("prices", "BTC-USD")
    prices = store.prices()
    assert prices is not None
    assert list(prices.columns) == ["ETH"]


OTHER_CONTENT = {
    "no close": (b"date,open,high,low,volume\n2024-01-01,1,1,1,1\n", "must have the index date and the columns open"),
    "other index": (b"day,open,high,low,close,volume\n2024-01-01,1,1,1,1,1\n", "must have the index date"),
    "empty": (b"", "must be a table in CSV (EmptyDataError"),
    "header": (b"date,open,high,low,close,volume\n", "must have at least one row"),
    "words": (
        b"date,open,high,low,close,volume\n2024-01-01,1,1,1,?,1\n",
        "the close in the prices of BTC-USD must be num",
    ),
    "no date": (b"date,open,high,low,close,volume\nsoon,1,1,1,1,1\n", "must be a table in CSV (ValueError"),
    "numbers": (b"date,open,high,low,close,volume\n5,1,1,1,1,1\n", "must be a table in CSV ("),
    "date gone": (b"date,open,high,low,close,volume\n2024-01-01,1,1,1,1,1\n,1,1,1,1,1\n", "must ascend, each once"),
    "year": (b"date,open,high,low,close,volume\n999999-01-01,1,1,1,1,1\n", "must be a table in CSV ("),
    "zone": (
        b"date,open,high,low,close,volume\n2024-01-01T00:00Z,1,1,1,1,1\n",
        "must be without a time zone, not in UTC",
    ),
    "doubles": (
        b"date,open,high,low,close,volume\n2024-01-01,1,1,1,1,1\n2024-01-01,1,1,1,1,1\n",
        "must ascend, each once",
    ),
    "torn": (b'date,open,high,low,close,volume\n2024-01-01,1,1,1,1,"1\n', "must be a table in CSV (ParserError"),
    "binary": (bytes(range(256)), "must be a table in CSV ("),
    "escape": (b"\x1b[31mdate,open\n2024-01-01,1\n", "must have the index date and the columns open"),
}


@pytest.mark.parametrize(("content", "words"), OTHER_CONTENT.values(), ids=OTHER_CONTENT.keys())
def test_a_file_that_is_no_table_of_its_kind_is_named(content: bytes, words: str, store: Store) -> None:
    """Its sha256 is the manifest's, so something else wrote it: a sentence, the rest serves, and it can be renewed."""
    put(store)
    put(store, "ETH-USD", 2000)
    entry = store.entries["prices", "BTC-USD"]
    (store.folder / entry.file).write_bytes(content)
    path = store.folder / "manifest.json"
    path.write_text(path.read_text().replace(entry.sha256, hashlib.sha256(content).hexdigest()))
    with pytest.raises(StoreError, match=re.escape(words)):
        store.read("prices", "BTC-USD")
    (problem,) = store.problems
    assert problem.startswith(f"the stored prices of BTC-USD are damaged in {store.folder / entry.file}: the ")
    assert words in problem
    assert problem.endswith("; fetch them again")
    assert problem.isprintable()
    prices = store.prices()
    assert prices is not None
    assert list(prices.columns) == ["ETH"]
    put(store, "BTC-USD", 300)
    assert store.problems == ()


def test_prices_that_are_none_are_served_as_they_are(store: Store) -> None:
    """A source's zero is a fault to be shown, so the store keeps it; so with what is negative or infinite."""
    frame = a_frame(n=6)
    frame["close"] = [1.0, 0.0, -2.0, np.inf, -np.inf, np.nan]
    store.write("prices", "BTC-USD", frame, source="test", fetched_at=NOW)
    prices = store.prices()
    assert prices is not None
    np.testing.assert_array_equal(prices["BTC"], frame["close"])
    assert store.problems == ()


def test_a_clock_in_the_past_is_said(store: Store) -> None:
    """Something fetched later than now: readable, of no age, and a sentence."""
    later = datetime.now(UTC) + timedelta(days=400)
    put(store, fetched_at=later)
    assert store.age(datetime.now(UTC)) is None
    assert store.age(later) == timedelta(0)
    (problem,) = store.problems
    assert f"fetched at {later:%Y-%m-%d %H:%M} UTC, later than this machine's clock" in problem
    assert store.prices() is not None


def fail_at(call: int, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the call-th fsync from now on fail: 1 data file, 2 its folder, 3 manifest, 4 its folder."""
    real, calls = os.fsync, []

    def fsync(handle: int) -> None:
        calls.append(handle)
        if len(calls) == call:
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("call", [1, 3])
def test_a_disk_that_refuses_leaves_the_store_as_it_was(
    number: int, call: int, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether data or manifest do not fit: a sentence, the old prices, no litter, and the next write works."""
    old = put(store)
    reasons = {errno.ENOSPC: "disk is full", errno.EDQUOT: "quota is used up", errno.EROFS: "read-only"}
    fail_at(call, number, monkeypatch)
    reason = reasons.get(number, "Input/output error")
    with pytest.raises(StoreError, match=f"prices of BTC-USD were not stored in .*{reason}; .* before is unchanged"):
        put(store, start=300)
    monkeypatch.undo()
    assert store.problems == ()
    pd.testing.assert_frame_equal(store.read("prices", "BTC-USD"), old, check_freq=False)
    assert not [name for name in data_files(store.folder) if name.endswith(".part")]
    new = put(store, start=400)
    pd.testing.assert_frame_equal(store.read("prices", "BTC-USD"), new, check_freq=False)
    assert len(data_files(store.folder)) == 1


@pytest.mark.parametrize("call", [2, 4])
def test_a_folder_that_cannot_be_synced_is_no_failure(call: int, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network disks refuse it."""
    fail_at(call, errno.EINVAL, monkeypatch)
    frame = put(store)
    pd.testing.assert_frame_equal(store.read("prices", "BTC-USD"), frame, check_freq=False)


def run(source: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python source in a process of its own."""
    command = [sys.executable, "-c", source, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


FULL = """
import resource, sys
from pathlib import Path
from hedge_widgets.market.store import Store, StoreError
from tests.market.test_store import a_frame, NOW
store = Store(Path(sys.argv[1]))
store.write("prices", "BTC-USD", a_frame(), source="test", fetched_at=NOW)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    store.write("prices", "BTC-USD", a_frame(n=500), source="test", fetched_at=NOW)
except StoreError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_file_that_really_does_not_fit(store: Store) -> None:
    """With a limit of the system instead of a patched call."""
    result = run(FULL, store.folder)
    assert "a limit on the size of files is reached; what was stored before is unchanged" in result.stdout, (
        result.stderr
    )
    assert store.problems == ()
    pd.testing.assert_frame_equal(store.read("prices", "BTC-USD"), a_frame(), check_freq=False)
    assert len(data_files(store.folder)) == 1


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"were not stored in .*: Not a directory"):
        put(Store(tmp_path / "file" / "store"))
    assert Store(tmp_path / "file" / "store").entries == {}


def test_one_writer_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second writer waits, and gives up with a sentence; readers never wait."""
    frame = put(store)
    monkeypatch.setattr(store_module, "LOCK_SECONDS", 0.1)
    with filelock.FileLock(store.folder / "store.lock"):
        with pytest.raises(StoreError, match=r"another process has kept .* locked for 0.1 s; try again"):
            put(store, start=300)
        pd.testing.assert_frame_equal(store.read("prices", "BTC-USD"), frame, check_freq=False)


def test_two_writers_lose_nothing(store: Store) -> None:
    """Each adds its tables while the other does; all are there in the end, and a reader never sees a fault."""
    problems: list[str] = []

    def write(prefix: str) -> None:
        for k in range(15):
            put(Store(store.folder), f"{prefix}{k}", k)
            put(Store(store.folder), "SHARED", k)
            problems.extend(store.problems)
            store.read("prices", "SHARED")

    threads = [threading.Thread(target=write, args=(prefix,)) for prefix in "AB"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.entries) == 31
    assert store.problems == ()
    # A look at manifest and files in two steps may find a file replaced, never a damaged one.
    assert not [problem for problem in problems if "gone" not in problem]


KILLED = """
import os, shutil, signal, sys, tempfile
from pathlib import Path
from hedge_widgets.market import store as module
from tests.market.test_store import a_frame, put, NOW
import filelock, pandas

def steps(target):
    # Each operation that touches the disk is a moment to die at, before and after it.
    count = 0
    def step(real):
        def call(*args, **kwargs):
            nonlocal count
            for moment in ("before", "after"):
                if count == target:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1
                result = real(*args, **kwargs) if moment == "before" else result
            return result
        return call
    os.fsync, os.open = step(os.fsync), step(os.open)
    os.fdopen = step(os.fdopen)
    tempfile.mkstemp = step(tempfile.mkstemp)
    Path.replace, Path.unlink = step(Path.replace), step(Path.unlink)

for target in range(200):
    folder = Path(sys.argv[1], str(target))
    shutil.copytree(Path(sys.argv[1], "before"), folder)
    child = os.fork()
    if child == 0:
        steps(target)
        put(module.Store(folder), start=300)
        os._exit(7)
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status):
        print(os.WEXITSTATUS(status))
        break
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_every_step_the_store_is_whole(tmp_path: Path) -> None:
    """Before and after each operation on the disk: the old prices or the new ones, no fault, and writable again."""
    old = put(Store(tmp_path / "before"))
    put(Store(tmp_path / "before"), "ETH-USD", 2000)
    result = run(KILLED, tmp_path)
    assert result.stdout == "7\n", result.stdout + result.stderr
    folders = [path for path in tmp_path.iterdir() if path.name != "before"]
    served = []
    for folder in folders:
        store = Store(folder)
        assert store.problems == ()
        closes = store.read("prices", "BTC-USD")["close"].to_list()
        served.append("old" if closes == old["close"].to_list() else "new")
        assert closes in (old["close"].to_list(), a_frame(300)["close"].to_list())
        assert store.read("prices", "ETH-USD")["close"].iloc[0] == 2000
        put(store, start=400)
        assert len(data_files(folder)) == 2
    assert len(folders) > 15
    assert set(served) == {"old", "new"}


def test_the_folder_is_the_users_cache_or_as_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path))
    assert store_folder() == tmp_path == Store().folder
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", "relative/folder")
    with pytest.raises(InputError, match="must be the absolute path of a folder, not 'relative/folder'"):
        store_folder()
    monkeypatch.delenv("HEDGE_WIDGETS_STORE")
    assert store_folder().parts[-2:] == ("hedge_widgets", "store")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "a moment"), (59, "a moment"), (60, "1 minute"), (7_300, "2 hours"), (864_000, "10 days")],
)
def test_ages_are_said_in_one_unit(seconds: int, words: str) -> None:
    assert age_text(timedelta(seconds=seconds)) == words
