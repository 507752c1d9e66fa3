"""The command line: what it prints, how it fails, how it stops."""

import datetime
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hedge_widgets import __version__
from hedge_widgets.cli import main, prices_told
from hedge_widgets.market import exchange, yahoo
from hedge_widgets.market.store import Store
from hedge_widgets.market.venues import venue
from tests.market.exchange_server import Venues, playing
from tests.market.yahoo_server import Answer, Yahoo, chart, loopback_session, yahoo_server

ROOT = Path(__file__).parents[1]

APP = [sys.executable, "-m", "hedge_widgets.cli", "app", "--no-browser", "--port", "0", "--notebooks"]
NOTEBOOK = """{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": null, "outputs": [],
"source": "import os\\nprint('prices', os.environ.get('HEDGE_WIDGETS_PRICES'))"}], "metadata": {"kernelspec":
{"name": "python3", "display_name": "Python 3", "language": "python"}}, "nbformat": 4, "nbformat_minor": 5}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "00_start.ipynb").write_text(NOTEBOOK)
    return tmp_path


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def sentence(captured: str) -> str:
    """Return the one line that was written."""
    assert captured.count("\n") == 1, captured
    assert "Traceback" not in captured
    return captured


@pytest.mark.parametrize("command", ["app", "lab"])
def test_port_in_use(command: str, taken_port: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([command, "--no-browser", "--port", str(taken_port), "--notebooks", str(folder)])
    assert code == 2
    assert f"127.0.0.1:{taken_port} cannot be used" in sentence(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--prices", "no/such.csv"], "there is no file 'no/such.csv'"),
        (["--notebooks", "no/such"], "there is no folder 'no/such'"),
        (["--port", "eighty"], "a port is a whole number from 0 to 65535"),
        (["--port", "70000"], "a port is a whole number from 0 to 65535"),
        (["--warm", "lots"], "the number of kernels kept warm is a whole number from 0 to 20, not 'lots'"),
        (["--warm", "21"], "the number of kernels kept warm is a whole number from 0 to 20"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
    ],
)
def test_wrong_option(options: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["app", "--no-browser", *options])
    assert stop.value.code == 2
    assert expected in sentence(capsys.readouterr().err)


def children(process: subprocess.Popen[str]) -> set[Path]:
    """Return the processes a server has started, by their folder in /proc."""
    return {Path("/proc", pid) for path in Path(f"/proc/{process.pid}/task").glob("*/children")
            for pid in path.read_text().split()}  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc to see child processes")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("is_ready", [False, True], ids=["while starting", "when ready"])
def test_stops_without_orphans(signum: int, is_ready: bool, folder: Path) -> None:
    process = subprocess.Popen(
        [*APP, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    started: set[Path] = set()
    deadline = time.monotonic() + 30
    if is_ready:
        assert re.search(r"ready at http://127\.0\.0\.1:\d+/", process.stdout.readline())
        assert re.fullmatch(r"It takes up to \d+ pages at a time: .* GB\.\n", process.stdout.readline())
    while not started and time.monotonic() < deadline:
        started |= children(process)
        time.sleep(0.01)
    assert started
    process.send_signal(signum)
    while process.poll() is None and time.monotonic() < deadline:
        started |= children(process)
        time.sleep(0.01)
    output, errors = process.communicate(timeout=1)
    assert (process.returncode, output, errors) == (0, "", "")
    assert [path for path in started if path.exists()] == []


def test_prices_reach_the_kernels(folder: Path) -> None:
    prices = folder / "prices.csv"
    prices.write_text("date,BTC\n2024-01-01,1\n")
    process = subprocess.Popen(
        [*APP, str(folder), "--prices", str(prices)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        port = int(re.search(r":(\d+)/", process.stdout.readline())[1])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(b"GET /voila/render/00_start.ipynb HTTP/1.0\r\n\r\n")
            page = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        assert f"prices {prices}" in page
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "on"),
        (["--host", "localhost"], "on"),
        (["--host", "::1"], "on"),
        (["--host", "0.0.0.0"], "off"),
        (["--host", ""], "off"),
        (["--host", "hedge.example"], "off"),
        (["--host", "0.0.0.0", "--fetch"], "on"),
        (["--no-fetch"], "off"),
    ],
)
def test_only_ones_own_server_gets_prices(options: list[str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels, which inherit it, offer it where nobody else can reach the server, or where it is asked for."""
    monkeypatch.setenv("HEDGE_WIDGETS_FETCH", "")
    monkeypatch.setattr("hedge_widgets.server.app.serve", lambda *arguments, **settings: None)
    assert main(["app", *options]) == 0
    assert os.environ["HEDGE_WIDGETS_FETCH"] == expected


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Yahoo]:
    """Give a Yahoo on this machine that has ten finished days of BTC and ETH and today's bar."""
    now = datetime.datetime.now(datetime.UTC)
    live = now.replace(hour=0, minute=0, second=1)  # yfinance leaves out a bar of this very second
    with yahoo_server() as running, loopback_session(running.port) as session:
        for symbol in ("BTC-USD", "ETH-USD"):
            first = now.date() - datetime.timedelta(days=10)
            closes = [100.0 + k for k in range(11)]
            running.answers[symbol] = chart(closes, first, symbol=symbol, live=live)
        monkeypatch.setattr(yahoo, "session", lambda: session)
        yield running


def test_fetch_fills_the_store_and_says_what_it_checked(
    server: Yahoo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line a symbol on stdout, a progress bar on stderr; the second time nothing is missing."""
    today = datetime.datetime.now(datetime.UTC).date()
    days = [today - datetime.timedelta(days=k) for k in (10, 1)]
    command = ["fetch", "BTC-USD", "eth", "BTC", "--from", "2020-01-01", "--store", str(tmp_path / "store")]
    for news in ("10 days fetched", "nothing was missing"):
        assert main(command) == 0
        captured = capsys.readouterr()
        head, btc, eth, folder = captured.out.splitlines()
        assert head.split() == ["symbol", "days", "range", "checked"]
        assert btc == (
            f"BTC-USD     10  {days[0]} to {days[1]}  type CRYPTOCURRENCY, currency USD, name Bitcoin USD; {news}; "
            f"left out: {today} not finished; no faults found"
        )
        assert eth.startswith("ETH-USD     10  ")
        assert folder == f"The store is {tmp_path / 'store'}."
        assert "2/2" in captured.err
        assert "100%" in captured.err
    assert set(Store(tmp_path / "store").entries) == {("prices", "BTC-USD"), ("prices", "ETH-USD")}


def test_fetch_refuses_another_coin_until_it_is_confirmed(
    server: Yahoo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line says what confirms it, and with just that it is stored, and fetched again without a word."""
    server.answers["MINE-USD"] = Answer(body=server.answers["BTC-USD"].body.replace(b"BTC-USD", b"MINE-USD"))
    store = ["--store", str(tmp_path / "store")]
    assert main(["fetch", "MINE", *store]) == 1
    assert "confirm it with --as MINE=MINE-USD; the store has no prices of it" in capsys.readouterr().out
    assert Store(tmp_path / "store").entries == {}
    assert main(["fetch", "--as", "MINE=MINE-USD", *store]) == 0
    assert main(["fetch", "MINE", *store]) == 0
    assert "name Bitcoin USD; you confirmed that MINE-USD is this coin" in capsys.readouterr().out


def test_fetch_uses_the_folder_of_the_environment(
    server: Yahoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "own"))
    assert main(["fetch", "BTC"]) == 0
    assert (tmp_path / "own" / "manifest.json").exists()


def test_fetch_serves_what_it_could_not_renew(
    server: Yahoo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, the sentence in the symbol's line, and what is wrong with the store on stderr."""
    store = Store(tmp_path / "store")
    assert main(["fetch", "BTC", "ETH", "--from", "2020-01-01", "--store", str(store.folder)]) == 0
    (store.folder / store.entries["prices", "ETH-USD"].file).unlink()
    capsys.readouterr()
    server.answers.clear()
    assert main(["fetch", "BTC", "ETH", "--from", "2019-01-01", "--store", str(store.folder)]) == 1
    captured = capsys.readouterr()
    assert re.search(
        r"BTC-USD +10 .* Yahoo knows no BTC-USD, .*; the store serves .*, fetched a moment ago", captured.out
    )
    assert re.search(r"ETH-USD +- +- +Yahoo knows no ETH-USD, .*; the store has no prices of it", captured.out)
    assert "hedge-widgets: the stored prices of ETH-USD are gone: there is no file" in captured.err
    assert store.prices() is not None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "the following arguments are required: SYMBOL"),
        (["a b"], "a symbol must be 1 to 20 letters, digits, dots or dashes, such as BTC-USD, not 'a b'"),
        (["--as", "ARB"], "a coin is confirmed as in ARB=ARB11841-USD, not 'ARB'"),
        (["--as", "ARB=a b"], "a symbol must be 1 to 20 letters, digits, dots or dashes, such as BTC-USD, not 'a b'"),
        (["BTC", "--from", "yesterday"], "a day must be a date from 2009-01-03 to "),
        (["BTC", "--from", "9999-01-01"], "a day must be a date from 2009-01-03 to "),
        (["BTC", "--store", __file__], "the store is a folder, and "),
    ],
)
def test_wrong_option_of_fetch(options: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["fetch", *options])
    assert stop.value.code == 2
    assert expected in sentence(capsys.readouterr().err)


def test_fetch_without_yfinance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and what to install; no store is made."""
    monkeypatch.setitem(sys.modules, "yfinance", None)
    assert main(["fetch", "BTC", "--store", str(tmp_path / "store")]) == 2
    assert capfd.readouterr().err.endswith(
        "hedge-widgets: prices from Yahoo need the package yfinance, which is missing: pip install yfinance\n"
    )
    assert not (tmp_path / "store").exists()


def test_fetch_into_no_folder(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", "relative")
    assert main(["fetch", "BTC"]) == 2
    assert "must be the absolute path of a folder, not 'relative'" in sentence(capsys.readouterr().err)


FETCH = """
import sys
from hedge_widgets import cli
from hedge_widgets.market import exchange, yahoo
from tests.market.exchange_server import Venues, playing
from tests.market.yahoo_server import loopback_session
yahoo.session = lambda: loopback_session(int(sys.argv[1]))
sys.exit(cli.main(["fetch", "BTC", "ETH", "--from", "2020-01-01", "--store", sys.argv[2]]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="sends a signal and reads the cache folder's place from XDG")
def test_fetch_is_interrupted(server: Yahoo, tmp_path: Path) -> None:
    """Ctrl-C between two symbols: one sentence, exit code 130, the first one stored, and nothing written elsewhere."""
    server.answers["ETH-USD"] = Answer(body=server.answers["ETH-USD"].body, seconds=5)
    process = subprocess.Popen(
        [sys.executable, "-c", FETCH, str(server.port), str(tmp_path / "store")],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "caches")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while "ETH-USD" not in [symbol for symbol, _ in server.asked] and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert output == ""
    assert errors.splitlines()[-1] == (
        f"hedge-widgets: interrupted; what was fetched until then is in {tmp_path / 'store'}"
    )
    assert "Traceback" not in errors
    assert list(Store(tmp_path / "store").entries) == [("prices", "BTC-USD")]
    assert Store(tmp_path / "store").problems == ()
    assert not (tmp_path / "caches").exists()


# fetch-venue


@pytest.fixture
def venues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Venues]:
    """Lead the command to venues on a loopback port."""
    with playing() as played:
        monkeypatch.setattr(exchange, "venue", lambda name: played.connect(venue(name)))
        yield played


def test_fetch_venue_fills_the_store(venues: Venues, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Terms, tiers and the book come into the store, each with its sentence and a step of the bar."""
    command = ["fetch-venue", "okx", "BTC/USDT:USDT", "--what", "contracts", "tiers", "order_book"]
    assert main([*command, "--store", str(tmp_path / "store")]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 4
    assert "3/3" in captured.err
    kinds = {kind for kind, _ in Store(tmp_path / "store").entries}
    assert kinds == {"contracts", "tiers", "order_book"}


def test_fetch_venue_says_what_it_could_not_fetch(
    venues: Venues, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Binance's tiers need a key: exit code 1, a sentence, and the rest is stored."""
    command = ["fetch-venue", "binanceusdm", "BTC/USDT:USDT", "--what", "contracts", "tiers"]
    assert main([*command, "--store", str(tmp_path / "store")]) == 1
    assert "key" in capsys.readouterr().out
    assert {kind for kind, _ in Store(tmp_path / "store").entries} == {"contracts"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["nowhere", "BTC"], "venue must be one of binanceusdm, "),
        (["okx", "BTC", "--what", "stars"], "what must be one of "),
    ],
)
def test_wrong_option_of_fetch_venue(options: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch-venue", *options]) == 2
    assert expected in capsys.readouterr().err


def test_prices_are_told_at_the_start(tmp_path: Path) -> None:
    """How the file was read, its faults, and what cannot use it; a file that is none is said as well."""
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=k) for k in range(80)]
    rows = [f"{day},{100 + k},{'' if k > 50 else 5 + k % 3}" for k, day in enumerate(days)]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["date,BTC,MATIC", *rows]))
    assert prices_told(path) == [
        "mine.csv: Read as 2 coins; commas; 80 days to 2024-03-20.",
        "Faults found in the prices: 1. The hedge-ratio lab lists and treats them.",
        "  MATIC, 2024-02-21: no price after 2024-02-20; other coins have some to 2024-03-20",
    ]
    weekly = [f"{days[0] + datetime.timedelta(weeks=k)},{100 + k}" for k in range(40)]
    path.write_text("\n".join(["date,BTC", *weekly]))
    assert "7 days apart" in prices_told(path)[-1]
    path.write_text("<html></html>")
    (line,) = prices_told(path)
    assert line.startswith("mine.csv is not used: the price file must be CSV, and this is a web page")


# Looking at the machine


def test_doctor_finds_a_well_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path))
    assert main(["doctor", "--port", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert any("kernel starts and answers" in line for line in lines)
    assert any(f"{tmp_path} is empty" in line for line in lines)


def test_doctor_says_what_is_wrong(
    tmp_path: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A port in use, a store that is none, and a kernel that ends at once: a sentence each, and the exit code 1."""
    (tmp_path / "manifest.json").write_text("[")
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path))
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["false"], "display_name": "Python 3", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert main(["doctor", "--port", str(taken_port)]) == 1
    wrong = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert len(wrong) == 3, wrong
    assert str(taken_port) in " ".join(wrong)
    assert "kernel does not start" in wrong[-1]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"hedge-widgets {__version__}\n"
