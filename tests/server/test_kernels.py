"""Who may keep a kernel, and how long; and what else a server with few places refuses."""

import asyncio
import os
import signal
import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from hedge_widgets.server.kernels import CappedGrace
from tests.server.client import FIRST, Served, answers, message, notebook, opened, packed, served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FIRST).write_text(notebook("print('page')"))
    return tmp_path


def status(site: Served) -> int:
    """Return how the server answers who asks for the page and does no more."""
    return site.get(f"/voila/render/{FIRST}")[0].status


async def places_come_back(site: Served, seconds: float) -> None:
    """Check that visitors who open no socket fill the server and are gone again, and that one with a socket stays."""
    kernel = site.page()
    deadline = time.monotonic() + 60
    async with opened(site, kernel) as connection:
        for awaited in (503, 200):
            while await asyncio.to_thread(status, site) != awaited:
                assert time.monotonic() < deadline, f"no {awaited} came"
                await asyncio.sleep(0.1)
        assert await answers(connection)
    await asyncio.sleep(1.5 * seconds)
    async with opened(site, kernel) as connection:
        assert await answers(connection), "the socket was cut and came back"


def test_places_of_pages_never_opened_are_freed(folder: Path) -> None:
    """On a small server whose kernels have no room for sockets: they use tcp, and all else is as it should be."""
    (folder / ("x" * 100)).mkdir()
    seconds = 2.0
    options = ["--CappedGrace.max_kernels=3", f"--CappedGrace.socket_seconds={seconds}", "--HedgeVoila.idle_seconds=1"]
    options += ["--CappedGrace.wait_seconds=0"]
    options += ["--VoilaKernelManager.fill_delay=0.1", f"--Voila.connection_dir_root={folder / ('x' * 100)}"]
    with served(folder, folder / "log", *options) as site:
        warm = site.children()
        time.sleep(1.5 * seconds)
        assert site.children() == warm, "warm kernels wait for a visitor, however long"
        asyncio.run(places_come_back(site, seconds))
        refuse_long_bodies(site)
        end_idle_connections(site)
    assert "Traceback" not in (folder / "log").read_text()


def test_killed_warm_kernels_are_not_given_out(folder: Path) -> None:
    """At once after they were killed, and after the server has started them again without their page."""
    (folder / FIRST).write_text(notebook("from comm import create_comm\ncreate_comm(target_name='made')"))

    async def is_made(site: Served, kernel: str) -> bool:
        async with opened(site, kernel) as connection:
            await connection.write_message(packed(message("comm_info_request"), is_v1=True), binary=True)
            async with asyncio.timeout(20):
                while (frame := await connection.read_message()) is not None:
                    if b"comm_info_reply" in frame:
                        return b"made" in frame
        return False

    with served(folder, folder / "log", "--VoilaKernelManager.fill_delay=0.1") as site:
        for pause in (0.5, 5.0):
            time.sleep(3)  # until the pool is full again
            for pid in site.children():
                os.kill(pid, signal.SIGKILL)
            time.sleep(pause)
            assert asyncio.run(is_made(site, site.page())), pause


def test_a_visitor_takes_the_place_of_a_warm_kernel(folder: Path) -> None:
    """And one that goes on to another page takes the place it gives back a moment later."""
    options = ["--CappedGrace.max_kernels=2", "--VoilaKernelManager.fill_delay=60"]
    (folder / "01.ipynb").write_text(notebook("print('page')"))
    with served(folder, folder / "log", *options) as site:
        first, page = site.get("/voila/render/01.ipynb")
        second, _ = site.get("/voila/render/01.ipynb")
        assert (first.status, second.status) == (200, 200), "both warm kernels gave way"
        leaving = threading.Timer(0.5, site.leave, (first, page))
        leaving.start()
        assert site.get("/voila/render/01.ipynb")[0].status == 200
        leaving.join()
        assert site.get("/voila/render/01.ipynb")[0].status == 503


def refuse_long_bodies(site: Served) -> None:
    """Check that a body is refused by its length, before it is sent."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def end_idle_connections(site: Served) -> None:
    """Check that who sends nothing, or half a request, is not waited for."""
    for sent in (b"", b"GET / HTTP/1.1\r\nHost:"):
        with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
            connection.sendall(sent)
            assert connection.recv(100) == b""


class Clock(CappedGrace):
    """Kernels of words: what they do is set by hand, and who is shut down is noted."""

    def __init__(self) -> None:
        super().__init__(socket_seconds=60)
        self.gone: list[str] = []

    async def shutdown_kernel(self, kernel_id: str, **kwargs: object) -> None:  # type: ignore[override]
        self.gone.append(kernel_id)
        self.remove_kernel(kernel_id)


def test_who_waits_for_a_socket_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The minute begins when the page is made; kernels of the pool, and of pages that came once, never end here."""

    async def scene() -> list[list[str]]:
        manager = Clock()
        manager._kernels = {name: SimpleNamespace(execution_state="idle") for name in ("idle", "busy", "met", "pool")}
        pooled: asyncio.Future[dict[str, str]] = asyncio.Future()
        pooled.set_result({"kernel_id": "pool"})
        failed: asyncio.Future[dict[str, str]] = asyncio.Future()
        failed.set_exception(ValueError("not started"))
        manager._pools = {FIRST: [failed, asyncio.Future(), pooled]}
        manager.notify_connect("met")
        seen = []
        for second in range(0, 151, 5):
            now = SimpleNamespace(monotonic=lambda second=second: float(second))
            monkeypatch.setattr("hedge_widgets.server.kernels.time", now)
            manager._kernels.get("busy", SimpleNamespace()).execution_state = "busy" if second <= 30 else "idle"
            await manager._free_unopened()
            seen.append([str(second), *manager.gone])
        assert sorted(manager._kernels) == ["met", "pool"]
        assert manager._without_socket == {}
        return seen

    seen = asyncio.run(scene())
    assert next(row[0] for row in seen if "idle" in row) == "65"
    assert next(row[0] for row in seen if "busy" in row) == "100"
