"""The command line: what it prints, how it fails, how it stops."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hedge_widgets.cli import main

APP = [sys.executable, "-m", "hedge_widgets.cli", "app", "--no-browser", "--port", "0", "--notebooks"]
NOTEBOOK = """{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": null, "outputs": [],
"source": "import os\\nprint('prices', os.environ.get('HEDGE_WIDGETS_PRICES'))"}], "metadata": {"kernelspec":
{"name": "python3", "display_name": "Python 3", "language": "python"}}, "nbformat": 4, "nbformat_minor": 5}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "01_hedge_simulator.ipynb").write_text(NOTEBOOK)
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
@pytest.mark.parametrize("kernels", [0, 1, 2], ids=["at once", "while warming", "when warm"])
def test_stops_without_orphans(signum: int, kernels: int, folder: Path) -> None:
    process = subprocess.Popen(
        [*APP, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert re.search(r"ready at http://127\.0\.0\.1:\d+/", process.stdout.readline())
    started: set[Path] = set()
    deadline = time.monotonic() + 30
    while len(started) < kernels and time.monotonic() < deadline:
        started |= children(process)
        time.sleep(0.05)
    assert len(started) >= kernels
    time.sleep(2 if kernels == 2 else 0)
    process.send_signal(signum)
    while process.poll() is None and time.monotonic() < deadline:
        started |= children(process)
        time.sleep(0.01)
    _, errors = process.communicate(timeout=1)
    assert process.returncode == 0
    assert "Traceback" not in errors, errors
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
            connection.sendall(b"GET /voila/render/01_hedge_simulator.ipynb HTTP/1.0\r\n\r\n")
            page = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        assert f"prices {prices}" in page
    finally:
        process.terminate()
        process.communicate(timeout=30)
