"""Kernels that are forked: like any other, only sooner there; and what comes when the process they come from ends."""

import asyncio
import html
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from hedge_widgets.server import forked
from hedge_widgets.server.forked import ForkedProcess, ForkServer
from tests.server.client import FIRST, Served, answers, kernel_of, notebook, opened, served

pytestmark = pytest.mark.skipif(not forked.IS_POSSIBLE, reason="kernels are forked on Linux")

NO_PICTURES = ("--HedgeVoila.has_first_pictures=False",)
# What a kernel is, told by itself; it speaks of files by their kind.
WHAT = """
import json, os, random, signal, sys, threading
import ipywidgets, numpy
from hedge_widgets import HedgeSimulator
own = "/proc/self/fd/"
links = [os.readlink(own + fd) for fd in os.listdir(own) if os.path.islink(own + fd)]
print("what", json.dumps({
    "environment": dict(os.environ), "folder": os.getcwd(), "arguments": len(sys.argv), "path": sys.path,
    "leads its group": os.getpgid(0) == os.getpid(), "widgets": len(ipywidgets.Widget.widgets),
    "signals": [str(signal.getsignal(each)) for each in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)],
    "threads": sorted(type(each).__name__ for each in threading.enumerate()),
    "sockets": sum(link.startswith("socket:") for link in links),
    "comms": sorted(get_ipython().kernel.comm_manager.targets), "debugger": "pydevd" in sys.modules,
    "killer": open("/proc/self/oom_score_adj").read().strip(),
    "parent": os.getppid(), "drawn": [random.random(), float(numpy.random.rand())],
}))
"""
# The process that forks has ipykernel, which leaves widgets outside a kernel without a comm: not where other tests are.
FORGET = """
from hedge_widgets.market.facts import shipped_contracts
from hedge_widgets.market.price_names import known_symbols
from hedge_widgets.model.paths.pairs import PairDynamics
from hedge_widgets.pages.rebalancing.prices import simulated_paths
from hedge_widgets.server.forkserver import forget_files
assert "DOGE" in known_symbols()
simulated_paths(PairDynamics(spot_volatility=0.8, hedge_volatility=0.6, correlation=0.7), 5, 4, 1.0)
forget_files()
assert known_symbols.cache_info().currsize == shipped_contracts.cache_info().currsize == 0
assert simulated_paths.cache_info().currsize > 0
"""
# Parts of an environment that no two kernels have in common, and what the debugger sets, which a forked one is without.
ITS_OWN = ("VOILA", "SERVER_PORT", "JPY_", "PYTEST_", "PYDEVD_")


def until(holds: Callable[[], object], seconds: float = 20.0, pause: float = 0.05) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, holds
        time.sleep(pause)


def fork_servers(site: Served) -> list[psutil.Process]:
    """Return the processes that this server forks kernels from."""
    children = psutil.Process(site.process.pid).children()
    return [each for each in children if "forkserver" in " ".join(each.cmdline())]


def kernels(site: Served) -> list[psutil.Process]:
    """Return the kernels that were forked."""
    return [kernel for each in fork_servers(site) for kernel in each.children()]


def forks(site: Served) -> bool:
    """Return whether the next kernel is forked: open a page, leave it, and see."""
    response, body = site.get("/voila/render/01.ipynb")
    assert response.status == 200
    number = len(kernels(site))
    site.leave(response, body)
    return number > 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / FIRST).write_text(notebook("print('first')"))
    (folder / "01.ipynb").write_text(notebook(WHAT))
    (folder / "02.ipynb").write_text(notebook("import time\ntime.sleep(600)"))
    return folder


@contextmanager
def forking(folder: Path) -> Iterator[Served]:
    """Give a server that forks its kernels by now."""
    options = ("--VoilaKernelManager.fill_delay=60", "--VoilaExecutor.timeout=8")
    with served(folder, folder / "log", *options, base=NO_PICTURES) as site:
        until(lambda: forks(site), pause=0.5)
        until(lambda: not kernels(site))
        yield site


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Served]:
    """Give a server that the tests share."""
    with forking(folder) as site:
        yield site


def what(site: Served) -> dict[str, Any]:
    """Return what a kernel says of itself."""
    response, body = site.get("/voila/render/01.ipynb")
    site.leave(response, body)
    text = html.unescape(body.decode().partition("what {")[2].partition("}\n")[0])
    told: dict[str, Any] = json.loads("{" + text + "}")
    told["environment"] = {key: value for key, value in told["environment"].items() if not key.startswith(ITS_OWN)}
    return told


def test_a_forked_kernel_is_like_any_other(site: Served, folder: Path) -> None:
    """But for its parent; and of what was built to get ready nothing is left."""
    one, two = what(site), what(site)
    with served(folder, folder / "log2", "--VoilaKernelManager.fill_delay=60") as plain:
        other = what(plain)
    assert {one.pop("parent"), two.pop("parent")} == {fork_servers(site)[0].pid}
    assert other.pop("parent") not in (fork_servers(site)[0].pid, 1)
    assert int(one["killer"]) == int(two.pop("killer")) == min(1000, int(other.pop("killer")) + 100)
    del one["killer"]
    drawn = [told.pop("drawn") for told in (one, two, other)]
    assert len({number for pair in drawn for number in pair}) == 6
    assert not one["debugger"]
    assert one == two == {**other, "debugger": False}
    assert one["widgets"] == 0
    assert one["comms"] == ["jupyter.widget", "jupyter.widget.control"]


def test_a_forked_kernel_ends_with_its_page(site: Served) -> None:
    """However it ends, nothing is left of it: no process, no zombie; one that died is told of and started again."""

    async def scene() -> None:
        response, body = await asyncio.to_thread(site.get, "/voila/render/01.ipynb")
        (kernel,) = kernels(site)
        assert kernel.name() == f"kernel-{kernel_of(body)[:8]}"
        async with opened(site, kernel_of(body)) as connection:
            assert await answers(connection)
            kernel.kill()
            async with asyncio.timeout(20):
                while b"restarting" not in (await connection.read_message() or b""):
                    pass
        await asyncio.to_thread(until, lambda: len(kernels(site)) == 1)
        assert not kernel.is_running()
        async with opened(site, kernel_of(body)) as connection:
            assert await answers(connection)
        (kernel,) = kernels(site)
        await asyncio.to_thread(site.leave, response, body)
        await asyncio.to_thread(until, lambda: not kernel.is_running() and not kernels(site))

    asyncio.run(scene())


def test_a_fork_server_that_is_killed_comes_again(site: Served) -> None:
    """Its kernels end with it and are started again; who comes meanwhile has a page as usual."""
    response, body = site.get("/voila/render/01.ipynb")
    (kernel,) = kernels(site)
    (killed,) = fork_servers(site)
    killed.kill()
    response, page = site.get("/voila/render/01.ipynb")
    assert response.status == 200
    assert b"what {" in page
    until(lambda: not kernel.is_running())
    until(lambda: forks(site))
    assert fork_servers(site) != [killed]

    async def is_back() -> bool:
        async with opened(site, kernel_of(body)) as connection:
            return await answers(connection)

    assert asyncio.run(is_back())
    assert site.log.read_text().count("is gone") == 1


def test_a_fork_server_that_stands_still(site: Served) -> None:
    """A page comes as usual after a moment, those that are open stay, and nothing is forked for nobody later."""
    response, body = site.get("/voila/render/01.ipynb")
    before = kernels(site)
    (stuck,) = fork_servers(site)
    stuck.suspend()
    other, page = site.get("/voila/render/01.ipynb")
    assert other.status == 200
    assert b"what {" in page
    time.sleep(0.5)  # the order is too old by now
    stuck.resume()
    time.sleep(0.5)
    assert kernels(site) == before
    for left in ((other, page), (response, body)):
        site.leave(*left)
    until(lambda: len(kernels(site)) == len(before) - 1)
    response, body = site.get("/voila/render/01.ipynb")
    assert len(kernels(site)) == len(before)
    assert fork_servers(site) == [stuck]
    site.leave(response, body)


def test_a_forked_kernel_can_be_interrupted(site: Served) -> None:
    """A cell that never ends is, and the kernel lives on."""
    before = set(kernels(site))
    response, body = site.get("/voila/render/02.ipynb")
    (kernel,) = set(kernels(site)) - before

    async def is_well() -> bool:
        async with opened(site, kernel_of(body)) as connection:
            return await answers(connection)

    assert asyncio.run(is_well())
    assert kernel.is_running()
    site.leave(response, body)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_server(signum: int, folder: Path) -> None:
    with forking(folder) as site:
        site.get("/voila/render/01.ipynb")
        left = psutil.Process(site.process.pid).children(recursive=True)
        assert {each.ppid() for each in left} == {site.process.pid, fork_servers(site)[0].pid}
        site.process.send_signal(signum)
        site.process.wait(20)
        until(lambda: not any(each.is_running() for each in left), 3)
        assert "Traceback" not in site.log.read_text()


@pytest.mark.parametrize("script", ["", "import sys; sys.stdout.close(); import time; time.sleep(60)"])
def test_a_server_without_a_fork_server(script: str, caplog: pytest.LogCaptureFixture) -> None:
    """It says so once where none starts, and no word where it was ended before it was ready."""

    async def scene() -> None:
        fork_server = ForkServer([sys.executable, "-c", script])
        fork_server.begin()
        if script:
            await asyncio.to_thread(until, lambda: fork_server._process is not None)
            fork_server.end()
        assert fork_server._starting is not None
        await asyncio.wait_for(fork_server._starting, 10)
        assert await fork_server.forked([], {}, "/") is None

    asyncio.run(scene())
    said = [record.getMessage() for record in caplog.records]
    assert [line[:17] for line in said] == ([] if script else ["No process starts"])


READY = "import socket, sys, time; s = socket.socket(fileno=int(sys.argv[1])); s.sendall(b'ready\\n'); "


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("time.sleep(60)", ["No kernel was forked within 1 s"]),
        ("s.recv(9)", ["is gone"]),
        ("[s.sendall(b'0\\n') for line in s.makefile()]", []),
    ],
    ids=["stuck", "ends", "cannot fork"],
)
def test_a_fork_server_without_an_answer(
    then: str, said: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits for it long: the kernel is started as usual, and a process that is gone comes again."""
    monkeypatch.setattr(forked, "ANSWER_SECONDS", 1.0)

    async def scene() -> None:
        fork_server = ForkServer([sys.executable, "-c", READY + then])
        fork_server.begin()
        await asyncio.to_thread(until, lambda: fork_server._orders)
        first = fork_server._process
        assert await asyncio.gather(*(fork_server.forked([], {}, "/") for _ in range(3))) == 3 * [None]
        await asyncio.to_thread(until, lambda: fork_server._orders)
        assert (fork_server._process is first) == (said != ["is gone"])
        fork_server.end()

    asyncio.run(scene())
    assert len(caplog.records) == len(said)
    for record, words in zip(caplog.records, said, strict=True):
        assert words in record.getMessage()


def test_a_kernel_without_a_descriptor_is_ended() -> None:
    """The server has as many files open as it may: nobody could end that kernel later."""
    child = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)"])

    async def scene() -> None:
        fork_server = ForkServer([sys.executable, "-c", READY + f"s.recv(9); s.sendall(b'{child.pid}\\n'); s.recv(9)"])
        fork_server.begin()
        await asyncio.to_thread(until, lambda: fork_server._orders)
        assert await fork_server.forked([], {}, "/") is None
        fork_server.end()

    asyncio.run(scene())
    assert child.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("PYTHON -m ipykernel_launcher -f FILE", ["ipykernel_launcher", "-f", "FILE"]),
        ("PYTHON -Xfrozen_modules=off -m ipykernel_launcher -f FILE", ["ipykernel_launcher", "-f", "FILE"]),
        ("PYTHON -O -m ipykernel_launcher -f FILE", None),
        ("PYTHON -m bash_kernel -f FILE", None),
        ("/usr/bin/other -m ipykernel_launcher -f FILE", None),
        ("PYTHON kernel.py -m ipykernel_launcher", None),
        ("PYTHON", None),
    ],
)
def test_which_kernels_are_forked(command: str, argv: list[str] | None) -> None:
    assert forked.program(command.replace("PYTHON", sys.executable).split()) == argv


def test_what_was_read_from_files_is_forgotten() -> None:
    """Before forking, so that a page shows the store as it is; what was computed stays."""
    subprocess.run([sys.executable, "-c", FORGET], check=True)


def test_a_process_by_its_descriptor() -> None:
    """Its number may belong to another process after its end, which gets no signal of ours."""
    child = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    process = ForkedProcess(child.pid, os.pidfd_open(child.pid))
    assert process.poll() is None
    process.send_signal(signal.SIGSTOP)
    until(lambda: child.status() == psutil.STATUS_STOPPED)
    process.terminate()
    process.send_signal(signal.SIGCONT)
    assert process.wait() == process.poll() == 1
    process.pid = os.getpid()  # as if the number had come to us
    process.kill()
    assert child.wait() == -signal.SIGTERM
