"""Ready means that a page opens; and stopping always ends."""

import asyncio
import json
import logging
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from hedge_widgets.server.kernels import CappedGrace
from hedge_widgets.server.ready import KernelStartError, held_back, wait_for_kernel
from tests.server.client import FIRST, notebook, served

STUCK = """
import sys
from hedge_widgets.cli import main
from hedge_widgets.server.app import HedgeVoila
async def announce(self, announced=HedgeVoila._announce):
    await announced(self)
    while True:
        pass
HedgeVoila._announce = announce
sys.exit(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FIRST).write_text(notebook("print('page')"))
    return tmp_path


@pytest.fixture
def broken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder where kernels end as soon as they are started."""
    spec = folder / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["false"], "display_name": "Python 3", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    return folder


SENTENCE = r"No page can be opened, because the Python kernel behind it does not start \(.+\)\."


def test_server_whose_kernels_do_not_start_says_so(broken: Path) -> None:
    """One sentence and exit code 2, and not a server that answers every page with an error."""
    command = ["hedge_widgets.cli", "app", "--no-browser", "--port", "0", "--notebooks", str(broken)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(rf"hedge-widgets: {SENTENCE}\n", done.stderr)


async def waited() -> list[str]:
    """Return the kernels that are left after waiting for one where no page is kept warm."""
    manager = CappedGrace(socket_seconds=0)
    try:
        await wait_for_kernel(manager, FIRST)
        return manager.list_kernel_ids()
    finally:
        await manager.shutdown_all(now=True)
        manager.context.destroy()


def test_without_warm_kernels_one_is_tried() -> None:
    assert asyncio.run(waited()) == []


def test_without_warm_kernels_the_failure_is_said(broken: Path) -> None:
    with pytest.raises(KernelStartError, match=SENTENCE):
        asyncio.run(waited())


def test_log_is_held_back_until_all_is_well() -> None:
    """It comes then, in its order and at its level; after a failure it never comes."""
    written: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: written.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.Logger("test")
    logger.addHandler(handler)
    with held_back(logger):
        logger.error("one")
        logger.warning("not wanted")
        assert written == []
    logger.error("two")
    with suppress(KernelStartError), held_back(logger):
        logger.error("three")
        raise KernelStartError("no")
    assert logger.handlers == [handler]
    assert written == ["one", "two"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to see child processes")
def test_stuck_server_stops_too(folder: Path) -> None:
    """Its event loop hangs for ever: SIGTERM ends it and its kernels after the time for stopping."""
    with served(folder, folder / "log", "--HedgeVoila.stop_seconds=1", script=STUCK) as site:
        kernels = [Path("/proc", str(pid)) for pid in site.children()]
        assert kernels
        began = time.monotonic()
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(20) == 1
        assert 0.9 < time.monotonic() - began < 5
        deadline = time.monotonic() + 10
        while any(path.exists() for path in kernels) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert [path for path in kernels if path.exists()] == []
