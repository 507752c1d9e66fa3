"""Which prices a page uses, and what the badge says of them."""

import datetime
from pathlib import Path

import pandas as pd
import pytest

from hedge_widgets.market.history import history, user_history
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
    assert user_history() is None


def test_a_store_is_used_with_source_and_age(folder: Path) -> None:
    """A store wins over the sample; the badge names its source, its last day and its age."""
    stored(folder)
    found = history()
    assert not found.is_simulated
    assert found.badge == "your store: Yahoo Finance, to 2025-02-09, fetched 3 hours ago"
    assert list(found.prices.columns) == ["BTC"]
    assert found.prices["BTC"].iloc[-1] == 139.0
    assert found.problems == ()


def test_a_file_wins_over_the_store(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named file is what the user wants, by argument or by environment."""
    stored(folder)
    path = file_of(tmp_path / "mine.csv")
    assert list(history(path).prices.columns) == ["XYZ"]
    monkeypatch.setenv("HEDGE_WIDGETS_PRICES", str(path))
    assert history().badge == "prices: mine.csv, to 2025-02-09"


def test_a_damaged_store_is_said_and_the_sample_serves(folder: Path) -> None:
    """A file of the store that was cut short: the sample is shown, and the page says what happened."""
    path = stored(folder)
    path.write_bytes(path.read_bytes()[:100])
    found = history()
    assert found.is_simulated
    assert any("BTC" in problem for problem in found.problems)


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
    assert found.problems


def test_a_missing_file_is_an_error(folder: Path, tmp_path: Path) -> None:
    """A file that was named and is not there: a sentence, not another source behind the user's back."""
    with pytest.raises(InputError, match=r"gone\.csv cannot be read"):
        history(tmp_path / "gone.csv")
