"""One running app and one running JupyterLab for all browser tests, each on a free port of this machine."""

import os
import shutil
import socket
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
from tests.browser.simulator import Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
COMMAND = Path(sysconfig.get_path("scripts")) / "hedge-widgets"


@dataclass
class Server:
    """A server of this package in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    said: IO[bytes]

    @property
    def address(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}/"

    def kernel(self, kernel_id: str) -> int:
        """Return the process of a kernel of this server."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if kernel_id in (folder / "cmdline").read_text():
                    return int(folder.name)
            except OSError:
                continue
        raise LookupError(f"no process has the kernel {kernel_id} on its command line")

    def stop(self) -> None:
        """Stop it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.said.close()


def started(command: list[str], port: int, word: bytes, **environment: str) -> Server:
    """Return a server once it has printed a word; what it says goes to a file, as nobody would empty a pipe."""
    said = tempfile.TemporaryFile()  # noqa: SIM115  stop() closes it
    process = subprocess.Popen(
        command, stdout=said, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    )
    server, end = Server(process, port, said), time.monotonic() + 120
    while word not in (words := os.pread(said.fileno(), 65536, 0)):
        if process.poll() is not None or time.monotonic() > end:
            server.stop()
            pytest.fail(f"{command[0]} did not start: {words.decode(errors='replace')[-2000:]}")
        time.sleep(0.05)
    return server


def a_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def app() -> Iterator[Server]:
    """Give the running app."""
    port = a_port()
    server = started([str(COMMAND), "app", "--port", str(port), "--no-browser"], port, b"is ready at")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a running JupyterLab on a copy of the notebooks, with settings of its own."""
    folder = tmp_path_factory.mktemp("lab")
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, folder)
    port = a_port()
    command = [str(COMMAND), "lab", "--port", str(port), "--no-browser", "--notebooks", str(folder)]
    options = ["--", "--expose-app-in-browser", "--IdentityProvider.token="]
    homes = {name: str(folder / name.lower()) for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    server = started([*command, *options], port, b"is running at", **homes)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def far(app: Server) -> Iterator[str]:
    """Give the app's address at a round trip of 120 ms."""
    proxy = DelayProxy(app.port, 0.06)
    yield f"http://127.0.0.1:{proxy.port}/"
    proxy.close()


@pytest.fixture(scope="module")
def common(chromium: "Browser", app: Server) -> Iterator[Simulator]:
    """Give a page that tests share; each starts from an example of its own."""
    simulator = Simulator.open(chromium, app.address)
    yield simulator
    simulator.close()


@pytest.fixture
def simulator(common: Simulator) -> Simulator:
    """Give the shared page at the first example, and fail if it reports an error."""
    common.preset(0)
    common.faults.clear()
    return common
