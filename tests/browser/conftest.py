"""One running app and one running JupyterLab for all browser tests, each on a free port of this machine."""

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from tests.bench.proxy import DelayProxy
from tests.browser.explorer_page import Pages
from tests.browser.simulator import Simulator
from tests.chromium import launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
NO_FIRST_PICTURES = ["--HedgeVoila.has_first_pictures=False"]
COMMAND = Path(sysconfig.get_path("scripts")) / "hedge-widgets"


@dataclass
class Server:
    """A server of this package in a process of its own, on a port that it chose."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]
    port: int = 0

    @property
    def address(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def simulator(self) -> str:
        """Return the address of the simulator."""
        return f"{self.address}voila/render/01_hedge_simulator.ipynb"

    def kernel(self, kernel_id: str) -> int:
        """Return the process of a kernel of this server, which its command line or its name tells."""
        name = f"kernel-{kernel_id[:8]}\n"
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if kernel_id in (folder / "cmdline").read_text() or (folder / "comm").read_text() == name:
                    return int(folder.name)
            except OSError:
                continue
        raise LookupError(f"no process is the kernel {kernel_id}")

    def stop(self) -> None:
        """Stop it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.said.close()


def started(command: list[str], word: str, **environment: str) -> Server:
    """Return a server once it has printed a word and its address; what it says goes to a file, not a full pipe."""
    said = tempfile.TemporaryFile()  # noqa: SIM115  stop() closes it
    process = subprocess.Popen(
        [str(COMMAND), *command],
        stdout=said,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )
    server, end = Server(process, said), time.monotonic() + 120
    address = re.compile(rf"{word}.*?http://127\.0\.0\.1:(\d+)/", re.DOTALL)
    while not (found := address.search(words := os.pread(said.fileno(), 65536, 0).decode(errors="replace"))):
        if process.poll() is not None or time.monotonic() > end:
            server.stop()
            pytest.fail(f"hedge-widgets {command[0]} did not start: {words[-2000:]}")
        time.sleep(0.05)
    server.port = int(found[1])
    return server


@pytest.fixture(scope="session")
def app() -> Iterator[Server]:
    """Give the running app, without first pictures (test_first.py): what a test finds here is the kernel's."""
    server = started(["app", "--port", "0", "--no-browser", "--", *NO_FIRST_PICTURES], "is ready at")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a running JupyterLab on a copy of the notebooks, with settings of its own."""
    folder = tmp_path_factory.mktemp("lab")
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, folder)
    command = ["lab", "--port", "0", "--no-browser", "--notebooks", str(folder)]
    options = ["--", "--expose-app-in-browser", "--IdentityProvider.token="]
    homes = {name: str(folder / name.lower()) for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    server = started([*command, *options], "is running at", **homes)
    yield server
    server.stop()


# The pages stay open from file to file, and so does the browser; it is closed before other tests use asyncio.
@pytest.fixture(scope="package")
def chromium() -> Iterator["Browser"]:
    """Give a headless browser; without one skip with the reason, and in CI fail."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def pages(chromium: "Browser", app: Server) -> Iterator[Pages]:
    """Give the pages of explorers that tests share."""
    opened = Pages(chromium, app)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def far(app: Server) -> Iterator[str]:
    """Give the simulator's address at a round trip of 120 ms."""
    proxy = DelayProxy(app.port, 0.06)
    yield f"http://127.0.0.1:{proxy.port}/voila/render/01_hedge_simulator.ipynb"
    proxy.close()


@pytest.fixture(scope="module")
def common(chromium: "Browser", app: Server) -> Iterator[Simulator]:
    """Give a page that tests share; each starts from an example of its own."""
    simulator = Simulator.open(chromium, app.simulator)
    yield simulator
    simulator.close()


@pytest.fixture
def simulator(common: Simulator) -> Simulator:
    """Give the shared page at the first example, its errors so far forgotten."""
    return common.reset()
