"""Which prices a page uses, and what the badge says of them."""

import datetime
import errno
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hedge_widgets.market.history import History, history, opened, stored_problems, user_history
from hedge_widgets.market.prices import UnnamedCoinError
from hedge_widgets.market.quality import TREATMENTS, faults, treated
from hedge_widgets.market.store import Store
from hedge_widgets.model.limits import InputError

NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give the folder of a store that does not exist yet, and no file named in the environment."""
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def stored(folder: Path, symbol: str = "BTC-USD", *, ago: datetime.timedelta = datetime.timedelta(hours=3)) -> Path:
    """Fill a store with one symbol's 40 days, fetched some time ago, and return the file of its prices."""
    days = pd.date_range("2025-01-01", periods=40, name="date")
    closes = [100.0 + k for k in range(40)]
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": 1.0}, index=days)
    entry = Store(folder).write("prices", symbol, frame, source="Yahoo Finance", fetched_at=NOW - ago)
    return folder / entry.file


def file_of(path: Path, symbol: str = "XYZ") -> Path:
    """Write a small price file and return it."""
    days = pd.date_range("2025-01-01", periods=40, name="date")
    pd.DataFrame({symbol: range(1, 41)}, index=days).to_csv(path)
    return path


def test_without_anything_it_is_the_sample_and_says_so(folder: Path) -> None:
    """No file and no store: simulated prices, called simulated in badge and source."""
    found = history()
    assert found.is_simulated
    assert found.badge == "simulated sample"
    assert "Simulated, not market data" in found.source
    assert {"BTC", "ETH", "SOL"} <= set(found.prices.columns)
    assert not found.is_store
    assert found.problems == ()
    assert user_history() is None
    assert stored_problems() == ()


def test_without_a_store_nothing_heavy_is_loaded(folder: Path) -> None:
    """A page that asks for faults of a store that is not there pays no import of pandas."""
    source = """
import sys
from hedge_widgets.market.history import stored_problems, user_history
print(stored_problems(), user_history(), "pandas" in sys.modules, "numpy" in sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60)
    assert result.stdout.startswith("() None False"), result.stdout + result.stderr


def test_a_store_is_used_with_source_and_age(folder: Path) -> None:
    """A store wins over the sample; the badge names its source, its last day and its age."""
    stored(folder)
    found = history()
    assert not found.is_simulated
    assert found.is_store
    assert found.badge == "your store: Yahoo Finance, to 2025-02-09, fetched 3 hours ago"
    assert list(found.prices.columns) == ["BTC"]
    assert found.prices["BTC"].iloc[-1] == 139.0
    assert found.problems == ()


def test_a_file_wins_over_the_store(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named file is what the user wants, by argument or by environment."""
    stored(folder)
    path = file_of(tmp_path / "mine.csv")
    assert list(history(path).prices.columns) == ["XYZ"]
    assert not history(path).is_store
    monkeypatch.setenv("HEDGE_WIDGETS_PRICES", str(path))
    assert history().badge == "prices: mine.csv, to 2025-02-09"


def test_a_damaged_store_is_said_and_the_sample_serves(folder: Path) -> None:
    """A file of the store that was cut short: the sample is shown, and the page says what happened."""
    path = stored(folder)
    path.write_bytes(path.read_bytes()[:100])
    found = history()
    assert found.is_simulated
    (problem,) = found.problems
    assert problem.startswith("the stored prices of BTC-USD are damaged")
    assert user_history() is None
    assert stored_problems() == found.problems


def test_a_file_that_is_no_table_of_prices_is_said(folder: Path) -> None:
    """Its sha256 is right and its content is not: a sentence, not an error of pandas."""
    path = stored(folder)
    stored(folder, "ETH-USD")
    content = b"date,close\n2025-01-01,?\n"
    manifest = folder / "manifest.json"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(content)
    document = json.loads(manifest.read_text())
    document["entries"][0]["sha256"] = hashlib.sha256(content).hexdigest()
    assert before != document["entries"][0]["sha256"]
    manifest.write_text(json.dumps(document))
    found = history()
    assert list(found.prices.columns) == ["ETH"]
    assert ["BTC-USD" in problem for problem in found.problems] == [True]
    assert stored_problems() == found.problems


@pytest.mark.parametrize("details", [[], "checked", None])
def test_a_damaged_entry_is_said(details: object, folder: Path) -> None:
    """The manifest's list of what was checked is none: the other coin is served."""
    stored(folder)
    stored(folder, "ETH-USD")
    manifest = folder / "manifest.json"
    document = json.loads(manifest.read_text())
    document["entries"][0]["details"] = details
    manifest.write_text(json.dumps(document))
    found = history()
    assert list(found.prices.columns) == ["ETH"]
    assert [problem.partition(" of ")[0] for problem in found.problems] == ["entry 1"]


def test_a_folder_that_may_not_be_looked_into(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permission is denied on the way to the store: a sentence, and the sample serves."""
    stored(folder)
    real = Path.stat, os.open

    def refuse(path: Path) -> None:
        if path.is_relative_to(folder):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", lambda path, **kwargs: refuse(path) or real[0](path, **kwargs))
    monkeypatch.setattr(os, "open", lambda path, *args: refuse(Path(path)) or real[1](path, *args))
    found = history()
    assert found.is_simulated
    assert found.problems == (f"the store's manifest {folder / 'manifest.json'} cannot be read (Permission denied)",)
    assert user_history() is None
    assert stored_problems() == found.problems


@pytest.mark.parametrize(
    ("name", "words"),
    [("x" * 300, "cannot be read (File name too long)"), ("file/store", "cannot be read (Not a directory)")],
    ids=["long", "file"],
)
def test_a_folder_that_cannot_be(name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the system's own refusals."""
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / name))
    found = history()
    assert found.is_simulated
    assert [words in problem for problem in found.problems] == [True]
    assert stored_problems() == found.problems


def test_a_folder_that_is_named_wrongly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No absolute path: a sentence, and the sample serves."""
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", "relative/folder")
    assert history().is_simulated
    assert history().problems == stored_problems()
    assert stored_problems() == ("HEDGE_WIDGETS_STORE must be the absolute path of a folder, not 'relative/folder'",)


@pytest.mark.parametrize("treatment", ["keep", "drop", "fill"])
def test_prices_that_are_none_are_shown_and_treated(treatment: str, folder: Path) -> None:
    """Zero, negative and infinite closes of a source pass store, history and checks; no logarithm is taken of them."""
    days = pd.date_range("2025-01-01", periods=40, name="date")
    closes = 100.0 + np.arange(40) % 7
    closes[[5, 20, 21, 30]] = 0.0, -3.0, np.inf, -np.inf
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": 1.0}, index=days)
    Store(folder).write("prices", "BTC-USD", frame, source="Yahoo Finance", fetched_at=NOW)
    found = history()
    assert found.problems == ()
    np.testing.assert_array_equal(found.prices["BTC"], closes)
    zeros = faults(found.prices)
    assert [(fault.kind, fault.value) for fault in zeros] == [("zero", closes[k]) for k in (5, 20, 21, 30)]
    after = treated(found.prices, zeros, {kind: treatment for kind in TREATMENTS if treatment in TREATMENTS[kind]})
    expected = closes.copy()
    if treatment != "keep":
        expected[[5, 20, 21, 30]] = np.nan if treatment == "drop" else closes[[4, 19, 19, 29]]
    np.testing.assert_array_equal(after["BTC"], expected)


def test_one_damaged_symbol_leaves_the_others(folder: Path) -> None:
    """What can be read is served, with the sentence about the rest."""
    stored(folder)
    broken = stored(folder, "ETH-USD")
    broken.write_bytes(b"")
    found = history()
    assert list(found.prices.columns) == ["BTC"]
    assert any("ETH" in problem for problem in found.problems)


def test_a_clock_in_the_past_is_said(folder: Path) -> None:
    """Prices fetched in the future, as a wrong clock sees them, are served with a sentence."""
    stored(folder, ago=-datetime.timedelta(days=2))
    found = history()
    assert list(found.prices.columns) == ["BTC"]
    assert found.badge == "your store: Yahoo Finance, to 2025-02-09"
    assert found.source == "Your local store (Yahoo Finance), to 2025-02-09; renew it with hedge-widgets fetch."
    assert ["later than this machine's clock" in problem for problem in found.problems] == [True]


def test_a_missing_file_is_an_error(folder: Path, tmp_path: Path) -> None:
    """A file that was named and is not there: a sentence, not another source behind the user's back."""
    with pytest.raises(InputError, match=r"gone\.csv cannot be read"):
        history(tmp_path / "gone.csv")


def test_how_a_file_was_read_is_said(folder: Path, tmp_path: Path) -> None:
    """The line of the reader comes along; a frame has none."""
    path = file_of(tmp_path / "mine.csv")
    assert history(path).read_as == "Read as one coin, XYZ; commas; 40 days to 2025-02-09."
    assert history(path.read_bytes(), "mine.csv").read_as == history(path).read_as
    assert history(history(path).prices).read_as == ""


def test_a_file_that_names_no_coin_is_asked_about(folder: Path, tmp_path: Path) -> None:
    """Nothing is shown of it before somebody says which coin it is."""
    path = file_of(tmp_path / "mine.csv", "Close")
    with pytest.raises(UnnamedCoinError, match=r"mine\.csv holds the prices of one coin"):
        history(path)
    assert list(history(path.read_bytes(), "mine.csv", "sol").prices.columns) == ["SOL"]


def test_a_page_begins_with_the_sample_where_it_cannot_use_a_file(folder: Path, tmp_path: Path) -> None:
    """The file is refused by its reader or by the page; the sentence says why."""
    begun: list[History] = []

    def begin(found: History) -> None:
        if "XYZ" in found.prices.columns:
            raise InputError("this page knows no XYZ")
        begun.append(found)

    assert opened(file_of(tmp_path / "good.csv", "BTC"), begin) == ""
    assert not begun[-1].is_simulated
    said = opened(file_of(tmp_path / "mine.csv"), begin)
    assert said == "Your prices are not used here: this page knows no XYZ. The prices shown are simulated."
    assert begun[-1].is_simulated
    assert "cannot be read" in opened(tmp_path / "gone.csv", begin)


def test_coins_that_end_before_the_others_are_named(folder: Path) -> None:
    """Only those that are asked about."""
    days = pd.date_range("2025-01-01", periods=40, name="date")
    frame = pd.DataFrame({name: np.arange(1.0, 41.0) for name in ("BTC", "MATIC", "SOL")}, index=days)
    frame.iloc[30:, 1] = np.nan
    found = history(frame)
    assert found.ended(["BTC", "SOL"]) == ""
    assert found.ended(["BTC", "MATIC"]) == ("MATIC's last price is of 2025-01-30; the history goes on to 2025-02-09.")
