"""Renewing the store: only what is missing, corrections said, and a failure leaves what was there."""

import datetime
import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from hedge_widgets.market.fetch import Outcome, refresh
from hedge_widgets.market.store import Store
from hedge_widgets.model.limits import InputError
from tests.market.yahoo_server import UTC, Answer, Yahoo, chart, error_answer, loopback_session, yahoo_server

ROOT = Path(__file__).parents[2]
FIRST = datetime.date(2024, 10, 1)
CLOSES = [100.0 + k for k in range(60)]  # to 2024-11-29
RATE_LIMIT = Answer(status=429, body=b"Edge: Too Many Requests")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def at(day: datetime.date) -> datetime.datetime:
    """Return noon of a day, UTC."""
    return datetime.datetime.combine(day, datetime.time(12), UTC)


def serve(server: Yahoo, n: int, *symbols: str, factor: float = 1.0, **meta: str) -> datetime.datetime:
    """Let Yahoo have n finished days and the live bar of the next one; return that day's noon."""
    now = at(FIRST + datetime.timedelta(days=n))
    for symbol in symbols or ("BTC-USD",):
        closes = [close * factor for close in CLOSES[: n + 1]]
        server.answers[symbol] = chart(closes, FIRST, symbol=symbol, live=now, **meta)
    return now


def renew(
    store: Store, session: requests.Session, now: datetime.datetime, *symbols: str, first: datetime.date = FIRST
) -> tuple[Outcome, ...]:
    """Refresh these symbols, or BTC."""
    return refresh(store, symbols or ("BTC",), first=first, now=now, session=session)


def first_asked(server: Yahoo) -> datetime.date:
    """Return the first day of the last chart request."""
    return datetime.datetime.fromtimestamp(int(server.asked[-1][1]["period1"]), UTC).date()


def test_a_first_fetch_takes_all(server: Yahoo, session: requests.Session, store: Store) -> None:
    now = serve(server, 30)
    (outcome,) = renew(store, session, now)
    assert outcome.is_fresh
    assert outcome.sentence == "30 days fetched"
    assert outcome.entry == store.entries["prices", "BTC-USD"]
    assert (outcome.entry.first, outcome.entry.last) == ("2024-10-01", "2024-10-30")
    assert outcome.entry.source == "Yahoo Finance"
    assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:30]
    assert first_asked(server) == FIRST


def test_only_what_is_missing_is_asked_for(server: Yahoo, session: requests.Session, store: Store) -> None:
    """The last stored week again, and the days since; the older ones stay as they are."""
    renew(store, session, serve(server, 30))
    (outcome,) = renew(store, session, serve(server, 40))
    assert outcome.sentence == "10 days fetched"
    assert first_asked(server) == datetime.date(2024, 10, 23)
    assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:40]


def test_nothing_is_asked_where_nothing_is_missing(server: Yahoo, session: requests.Session, store: Store) -> None:
    now = serve(server, 30)
    renew(store, session, now)
    server.asked.clear()
    (outcome,) = renew(store, session, now + datetime.timedelta(hours=5))
    assert (outcome.is_fresh, outcome.sentence) == (True, "nothing was missing")
    assert server.asked == []


def test_an_earlier_first_day_fetches_the_beginning(server: Yahoo, session: requests.Session, store: Store) -> None:
    """Later asking from a day before the coin's first one asks no more for all of it."""
    now = serve(server, 30)
    renew(store, session, now, first=datetime.date(2024, 10, 20))
    (outcome,) = renew(store, session, now, first=datetime.date(2024, 1, 1))
    assert outcome.sentence == "19 days fetched"
    assert first_asked(server) == datetime.date(2024, 1, 1)
    server.asked.clear()
    assert renew(store, session, now, first=datetime.date(2024, 1, 1))[0].sentence == "nothing was missing"
    renew(store, session, serve(server, 35), first=datetime.date(2024, 9, 1))
    assert first_asked(server) == datetime.date(2024, 10, 23)
    assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:35]


def test_corrections_are_taken_and_said(server: Yahoo, session: requests.Session, store: Store) -> None:
    """A close that Yahoo changed within the last week takes the place of the stored one; its last digits are noise."""
    renew(store, session, serve(server, 30))
    now = serve(server, 32, factor=1 + 1e-9)
    assert renew(store, session, now)[0].sentence == "2 days fetched"
    closes = [*CLOSES[:27], 140.0, 150.0, *CLOSES[29:36]]
    server.answers["BTC-USD"] = chart(closes, FIRST, live=at(datetime.date(2024, 11, 5)))
    (outcome,) = renew(store, session, at(datetime.date(2024, 11, 5)))
    assert outcome.sentence == (
        "3 days fetched; Yahoo corrected 2 of the closes stored before, last that of 2024-10-29 (128 is now 150)"
    )
    assert store.read("prices", "BTC-USD")["close"].to_list() == pytest.approx(closes[:-1])


def test_a_stored_day_that_yahoo_lost_stays(server: Yahoo, session: requests.Session, store: Store) -> None:
    renew(store, session, serve(server, 30))
    closes = [*CLOSES[:28], None, *CLOSES[29:34]]
    server.answers["BTC-USD"] = chart(closes, FIRST, live=at(datetime.date(2024, 11, 3)))
    renew(store, session, at(datetime.date(2024, 11, 3)))
    assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:33]


def test_a_failure_leaves_what_was_there_and_stops_nobody(
    server: Yahoo, session: requests.Session, store: Store
) -> None:
    """The failed symbol is served as it was with its age; the others are renewed."""
    names = ("BTC-USD", "ETH-USD", "SOL-USD")
    renew(store, session, serve(server, 30, *names), *names)
    before = (store.folder / store.entries["prices", "ETH-USD"].file).read_bytes()
    now = serve(server, 40, *names)
    server.answers["ETH-USD"] = Answer(body=b"<html>")
    server.answers["NEW-USD"] = error_answer(404, "No data found, symbol may be delisted")
    done: list[str] = []
    outcomes = refresh(store, [*names, "NEW", "btc"], first=FIRST, now=now, session=session, progress=done.append)
    assert [outcome.name for outcome in outcomes] == done == [*names, "NEW-USD"]
    assert [outcome.is_fresh for outcome in outcomes] == [True, False, True, False]
    assert outcomes[1].sentence.endswith("; the store serves 2024-10-01 to 2024-10-30, fetched 10 days ago")
    assert outcomes[1].entry == store.entries["prices", "ETH-USD"]
    assert outcomes[3].sentence.endswith("; the store has no prices of it")
    assert outcomes[3].entry is None
    assert (store.folder / store.entries["prices", "ETH-USD"].file).read_bytes() == before
    assert store.entries["prices", "SOL-USD"].last == "2024-11-09"
    assert store.age(now) == datetime.timedelta(days=10)


def test_after_a_rate_limit_nothing_more_is_asked(server: Yahoo, session: requests.Session, store: Store) -> None:
    names = ("BTC-USD", "ETH-USD", "SOL-USD")
    renew(store, session, serve(server, 30, *names), *names)
    now = serve(server, 40, *names)
    server.answers["ETH-USD"] = RATE_LIMIT
    server.asked.clear()
    outcomes = renew(store, session, now, *names)
    assert [outcome.is_fresh for outcome in outcomes] == [True, False, False]
    assert "try again in a quarter of an hour; the store serves" in outcomes[1].sentence
    assert outcomes[2].sentence.startswith(
        "Yahoo was not asked for SOL-USD, because of its rate limit; the store serve"
    )
    assert {symbol for symbol, _ in server.asked} == {"BTC-USD", "ETH-USD"}
    assert [store.entries["prices", name].last for name in names] == ["2024-11-09", "2024-10-30", "2024-10-30"]


def test_a_coin_that_stopped(server: Yahoo, session: requests.Session, store: Store) -> None:
    """Its history is stored, and it is not called fresh."""
    serve(server, 20)
    (outcome,) = renew(store, session, at(datetime.date(2024, 12, 24)))
    assert not outcome.is_fresh
    assert outcome.sentence == "20 days fetched; Yahoo has none later than 2024-10-20, so the coin may be delisted"
    assert store.entries["prices", "BTC-USD"].n_rows == 20


def test_another_coin_under_the_same_symbol_is_not_joined(
    server: Yahoo, session: requests.Session, store: Store
) -> None:
    """The store remembers what was confirmed, and under which name; another name is confirmed anew."""
    confirmed = {"XYZ": "XYZ-USD"}
    now = serve(server, 30, "XYZ-USD", longName="Xyz USD")
    refresh(store, ["XYZ"], first=FIRST, now=now, session=session, confirmed=confirmed)
    assert renew(store, session, serve(server, 35, "XYZ-USD", longName="Xyz USD"), "XYZ")[0].is_fresh
    now = serve(server, 40, "XYZ-USD", factor=1e-6, longName="Zyx USD")
    (outcome,) = renew(store, session, now, "XYZ")
    assert "Yahoo now calls XYZ-USD Zyx USD, and it was Xyz USD, so the two were not" in outcome.sentence
    assert outcome.confirm == "XYZ=XYZ-USD"
    assert store.read("prices", "XYZ-USD")["close"].to_list() == CLOSES[:35]
    (outcome,) = refresh(store, ["XYZ"], first=FIRST, now=now, session=session, confirmed=confirmed)
    assert outcome.is_fresh


def test_a_coin_that_was_renamed_is_joined(server: Yahoo, session: requests.Session, store: Store) -> None:
    """Both names are its own."""
    renew(store, session, serve(server, 30, "BNB-USD", longName="Binance Coin USD"), "BNB")
    (outcome,) = renew(store, session, serve(server, 40, "BNB-USD", longName="BNB USD"), "BNB")
    assert outcome.sentence == "10 days fetched"


def test_another_coin_in_an_older_store_is_replaced(server: Yahoo, session: requests.Session, store: Store) -> None:
    """What was stored under its name before names were compared is not joined, and it is said."""
    now = serve(server, 30, "ARB-USD", longName="ARbit USD")
    refresh(store, ["ARB"], first=FIRST, now=now, session=session, confirmed={"ARB": "ARB-USD"})
    entry = store.entries["prices", "ARB-USD"]
    details = {name: value for name, value in entry.details.items() if name != "confirmed"}
    frame = store.read("prices", "ARB-USD")
    store.write("prices", "ARB-USD", frame, source=entry.source, fetched_at=entry.fetched_at, details=details)
    now = serve(server, 40, "ARB11841-USD", factor=2.0)
    (outcome,) = renew(store, session, now, "ARB")
    words = "40 days fetched; the prices stored before were of ARbit USD, and were replaced"
    assert (outcome.is_fresh, outcome.sentence) == (True, words)
    assert store.read("prices", "ARB-USD")["close"].to_list() == [2 * close for close in CLOSES[:40]]


def test_an_end_between_two_symbols(server: Yahoo, session: requests.Session, store: Store) -> None:
    """The first stays, the second is not asked for, and it is said."""
    now, stop = serve(server, 30, "BTC-USD", "ETH-USD"), threading.Event()
    first, second = refresh(
        store, ["BTC", "ETH"], first=FIRST, now=now, session=session, progress=lambda name: stop.set(), stop=stop
    )
    assert first.is_fresh
    assert second.sentence == "ETH-USD was not fetched, because you cancelled; the store has no prices of it"
    assert [symbol for symbol, _ in server.asked] == ["BTC-USD"]


def test_a_damaged_table_is_fetched_anew(server: Yahoo, session: requests.Session, store: Store) -> None:
    """It cannot be served; once Yahoo answers it is whole again."""
    now = serve(server, 30)
    renew(store, session, now)
    path = store.folder / store.entries["prices", "BTC-USD"].file
    path.write_bytes(path.read_bytes()[:500])
    good = server.answers.pop("BTC-USD")
    (outcome,) = renew(store, session, now)
    assert outcome.sentence.endswith("; the store has no prices of it")
    assert "damaged" in store.problems[0]
    server.answers["BTC-USD"] = good
    assert renew(store, session, now)[0].sentence == "30 days fetched"
    assert store.problems == ()


def test_after_a_damaged_manifest_no_other_coin_is_lost(server: Yahoo, session: requests.Session, store: Store) -> None:
    """Two coins are fetched anew; the third one's days stay on the disk, and the store says so until it is fetched."""
    names = ("BTC-USD", "ETH-USD", "SOL-USD")
    renew(store, session, serve(server, 30, *names), *names)
    path = store.folder / store.entries["prices", "SOL-USD"].file
    (store.folder / "manifest.json").write_text("{")
    now = serve(server, 40, *names)
    assert all(outcome.is_fresh for outcome in renew(store, session, now, "BTC", "ETH"))
    assert path.exists()
    (problem,) = store.problems
    assert "(prices-SOL-USD); fetch them again" in problem
    assert renew(store, session, now, "SOL")[0].sentence == "40 days fetched"
    assert store.problems == ()


def test_a_zero_is_kept_until_yahoo_corrects_it(server: Yahoo, session: requests.Session, store: Store) -> None:
    """It is a fault to be shown, never silently changed; a correction is said."""
    now = serve(server, 30)
    server.answers["BTC-USD"] = chart([*CLOSES[:28], 0.0, *CLOSES[29:31]], FIRST, live=now)
    renew(store, session, now)
    assert store.read("prices", "BTC-USD")["close"].to_list() == [*CLOSES[:28], 0.0, CLOSES[29]]
    (outcome,) = renew(store, session, serve(server, 31))
    assert outcome.sentence == (
        "1 days fetched; Yahoo corrected 1 of the closes stored before, last that of 2024-10-29 (0 is now 128)"
    )
    assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:31]


def test_what_is_no_price_is_joined_without_a_warning(server: Yahoo, session: requests.Session, store: Store) -> None:
    """Infinite and negative closes in the overlap, as a store from elsewhere may hold them."""
    renew(store, session, serve(server, 30))
    frame = store.read("prices", "BTC-USD")
    frame.loc[frame.index[-3:], "close"] = [float("inf"), -1.0, float("nan")]
    entry = store.entries["prices", "BTC-USD"]
    store.write("prices", "BTC-USD", frame, source="test", fetched_at=entry.fetched_at, details=entry.details)
    assert renew(store, session, serve(server, 32))[0].is_fresh
    assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:32]


def test_a_clock_in_the_past(server: Yahoo, session: requests.Session, store: Store) -> None:
    """With a clock a year behind, the store stays as it is, Yahoo is asked all the same, and both clocks are named."""
    renew(store, session, serve(server, 30))
    past, first = at(datetime.date(2023, 11, 1)), datetime.date(2023, 10, 1)
    server.answers["BTC-USD"] = RATE_LIMIT
    (outcome,) = renew(store, session, past, first=first)
    assert outcome.sentence.endswith("2024-10-01 to 2024-10-30, fetched later than this machine's clock")
    serve(server, 40)
    (outcome,) = renew(store, session, past, first=first)
    assert not outcome.is_fresh
    assert (
        "Yahoo's clock says 2024-11-10 12:00 and this machine's 2023-11-01 12:00 UTC: one of them" in outcome.sentence
    )
    assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:30]


def test_a_full_disk(server: Yahoo, session: requests.Session, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetched but not stored: the sentence says why and what is served."""
    renew(store, session, serve(server, 30))
    now = serve(server, 40)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    (outcome,) = renew(store, session, now)
    assert not outcome.is_fresh
    assert "the disk is full; what was stored before is unchanged; the store serves 2024-10-01 to" in outcome.sentence
    assert store.read("prices", "BTC-USD")["close"].to_list() == CLOSES[:30]


def test_a_wrong_symbol_stops_before_anything_is_asked(server: Yahoo, session: requests.Session, store: Store) -> None:
    with pytest.raises(InputError, match="not 'a b'"):
        renew(store, session, serve(server, 30), "BTC", "a b")
    assert server.asked == []


KILLED = """
import contextlib, io, os, shutil, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from hedge_widgets import cli
from hedge_widgets.market import fetch, store, yahoo
from tests.market.yahoo_server import loopback_session
import filelock, pandas, platformdirs, tqdm, yfinance

root, port, n = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
platformdirs.user_cache_path = lambda *args, **kwargs: root / "cache"
yahoo.session = lambda: loopback_session(port)
names = ["BTC-USD", "ETH-USD", "SOL-USD", "BNB-USD"]

def run(folder):
    child = os.fork()
    if child == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1), os.dup2(sink, 2)
        os._exit(cli.main(["fetch", *names, "--from", "2020-01-01", "--store", str(folder)]))
    return child

shutil.copytree(root / "before", root / "whole")
start = time.monotonic()
assert os.waitstatus_to_exitcode(os.waitpid(run(root / "whole"), 0)[1]) == 0
length = time.monotonic() - start
for k in range(n):
    folder = root / f"killed{k}"
    shutil.copytree(root / "before", folder)
    child = run(folder)
    time.sleep(length * 1.1 * k / n)
    os.kill(child, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fetch_killed_at_any_moment_leaves_the_store_whole(tmp_path: Path) -> None:
    """Each table is the old or the new one, nothing is damaged, and the next fetch completes it."""
    names = ["BTC-USD", "ETH-USD", "SOL-USD", "BNB-USD"]
    today = datetime.datetime.now(UTC)
    n_moments = 20
    with yahoo_server() as server, loopback_session(server.port) as session:
        old, new = Store(tmp_path / "before"), [100.0 + k for k in range(400)]
        first = today.date() - datetime.timedelta(days=399)
        for name in names:
            server.answers[name] = chart(new[:380], first, symbol=name)
        refresh(old, names, first=datetime.date(2020, 1, 1), now=today, session=session)
        for name in names:
            server.answers[name] = chart(new, first, symbol=name, live=today)
        command = [sys.executable, "-c", KILLED, str(tmp_path), str(server.port), str(n_moments)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stdout + result.stderr
        n_renewed = []
        for k in range(n_moments):
            store = Store(tmp_path / f"killed{k}")
            assert store.problems == ()
            rows = [store.read("prices", name)["close"].to_list() for name in names]
            assert all(row in (new[:380], new[:-1]) for row in rows)
            n_renewed.append(sum(row == new[:-1] for row in rows))
        assert len(set(n_renewed)) >= 3, f"the kills fell on too few stages: {n_renewed}"
        half = Store(tmp_path / f"killed{n_renewed.index(next(n for n in n_renewed if 0 < n < 4))}")
        assert all(one.is_fresh for one in refresh(half, names, first=first, now=today, session=session))
        assert all(half.read("prices", name)["close"].to_list() == new[:-1] for name in names)
