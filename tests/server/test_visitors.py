"""What one visitor may have: places, connections, sockets, time without a hand; and how many places there are."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError
from tornado.websocket import WebSocketClosedError
from traitlets import TraitError
from traitlets.config import Configurable

from hedge_widgets.server import room, visitors
from hedge_widgets.server.app import HedgeVoila
from hedge_widgets.server.kernels import FULL, MOST_SOCKETS, SHARE_TAKEN, CappedGrace
from hedge_widgets.server.page import is_intruding
from hedge_widgets.server.visitors import LimitedServer, client_of
from tests.server.client import FIRST, Served, kernel_of, message, notebook, opened, packed, served


def asked(address: str, forwarded: str = "") -> SimpleNamespace:
    """Return a request as far as it says whose it is."""
    headers = HTTPHeaders({"X-Forwarded-For": forwarded} if forwarded else {})
    return SimpleNamespace(remote_ip=address, headers=headers)


def test_a_client_is_the_socket_unless_a_proxy_is_believed() -> None:
    """Of what a proxy adds to, the last entry is its own; the others are what a visitor likes to write."""
    assert client_of(asked("10.0.0.9", "1.2.3.4"), is_behind_proxy=False) == "10.0.0.9"
    assert client_of(asked("10.0.0.9", "6.6.6.6, 1.2.3.4"), is_behind_proxy=True) == "1.2.3.4"
    assert client_of(asked("10.0.0.9"), is_behind_proxy=True) == "10.0.0.9"
    assert client_of(asked("10.0.0.9", "x" * 9999), is_behind_proxy=True) == "x" * 64


def test_a_client_of_ipv6_is_its_network() -> None:
    own = {client_of(asked(f"2001:db8:1:2::{k:x}"), is_behind_proxy=False) for k in range(1, 9)}
    assert own == {"2001:db8:1:2::/64"}
    assert client_of(asked("::ffff:10.0.0.9"), is_behind_proxy=False) == "10.0.0.9"


def test_places_of_a_client_are_counted_until_its_kernel_is_gone() -> None:
    """While a page is made and while its kernel is there, once; another client has its own."""

    async def scene() -> None:
        manager = CappedGrace(max_kernels=3, places_per_client=2, wait_seconds=0.0)
        async with manager.visit("a") as settle:
            manager._kernels["k"] = SimpleNamespace()
            settle("k")
            assert manager.refusal("a") == ""
            async with manager.visit("a"):
                assert manager.refusal("a") == SHARE_TAKEN
                with pytest.raises(HTTPError) as refused:
                    async with manager.visit("a"):
                        pass
                assert (refused.value.status_code, refused.value.reason) == (503, SHARE_TAKEN)
                assert manager.refusal("b") == ""
        assert manager.refusal("a") == "", "a page that failed has no place"
        manager._kernels |= {"l": SimpleNamespace(), "m": SimpleNamespace()}
        assert (manager.refusal("a"), manager.refusal("b")) == (FULL, FULL)
        with pytest.raises(HTTPError) as full:  # before anything of the page is sent
            async with manager.visit("b"):
                pass
        assert (full.value.status_code, full.value.reason) == (503, FULL)
        manager.remove_kernel("k")
        assert (manager._clients, +manager._entering) == ({}, {})

    asyncio.run(scene())


@pytest.mark.parametrize(("host", "most"), [("127.0.0.1", 0), ("localhost", 0), ("0.0.0.0", 3), ("::", 3)])
def test_half_of_all_places_where_others_can_come(host: str, most: int) -> None:
    where = SimpleNamespace(parent=SimpleNamespace(ip=host), max_kernels=5)
    assert CappedGrace._half_of_all(where) == most  # type: ignore[arg-type]


def grouped(folder: Path, **files: str) -> None:
    """Write the files of a control group; "__" stands for a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_a_container_has_the_room_of_its_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 2 and 1; the tightest group around it counts; files that can be dropped are free; "max" is no limit."""
    monkeypatch.setattr(room.psutil, "virtual_memory", lambda: SimpleNamespace(available=8_000_000_000))
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    assert room.free_bytes(proc, groups) == 8_000_000_000
    grouped(proc / "self", cgroup="0::/box/inner\n")
    grouped(groups / "box" / "inner", memory__max="max\n", memory__current="1\n")
    assert room.free_bytes(proc, groups) == 8_000_000_000
    grouped(groups / "box", memory__max="2000000000\n", memory__current="900000000\n")
    assert room.free_bytes(proc, groups) == 1_100_000_000
    grouped(groups / "box", memory__stat="anon 5\ninactive_file 400000000\n")
    assert room.free_bytes(proc, groups) == 1_500_000_000
    # As a container without a namespace of its own sees it: the path is the one outside.
    grouped(proc / "self", cgroup="5:cpu,cpuacct:/\n4:memory:/docker/abc\n")
    files = {"memory__limit_in_bytes": "1000000000\n", "memory__usage_in_bytes": "300000000\n"}
    grouped(groups / "memory", **files, memory__stat="inactive_file 1\ntotal_inactive_file 50000000\n")
    assert room.free_bytes(proc, groups) == 750_000_000
    grouped(groups / "memory", memory__usage_in_bytes="2000000000\n", memory__stat="")
    assert room.free_bytes(proc, groups) == 0


class Forking(Configurable):
    """An app that forks kernels where it can."""

    has_fork_server = True


def test_places_follow_memory_and_the_option_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    for are_forked in (True, False):
        server, place = room.SERVER_BYTES[are_forked], room.PLACE_BYTES[are_forked]
        assert room.places(server + 10 * place, are_forked=are_forked) == 10
        assert room.places(server + 11 * place - 1, are_forked=are_forked) == 10
        few, many = (room.places(free, are_forked=are_forked) for free in (0, 10**13))
        assert (few, many) == (1, room.MOST_PLACES)
    monkeypatch.setattr("hedge_widgets.server.kernels.free_bytes", lambda: 2_000_000_000)
    assert CappedGrace().told == (
        "It takes up to 18 pages at a time: 2.0 GB of memory is free, and a page takes up to 0.10 GB."
    )
    monkeypatch.setattr("hedge_widgets.server.kernels.IS_POSSIBLE", True)
    assert CappedGrace(parent=Forking()).told.startswith("It takes up to 24 pages")
    monkeypatch.setattr("hedge_widgets.server.kernels.IS_POSSIBLE", False)
    assert CappedGrace(parent=Forking()).told.startswith("It takes up to 18 pages")
    assert CappedGrace(max_kernels=1, places_per_client=1).told == (
        "It takes up to 1 page at a time, as --CappedGrace.max_kernels says. One address may have 1 of them."
    )


async def connected(addresses: list[str], act: Callable[[int], Awaitable[None]], **limits: object) -> LimitedServer:
    """Run a server with these limits on a free port, whose visitors come from ``addresses``, one after the other."""
    (listener,) = bind_sockets(0, "127.0.0.1")
    server = LimitedServer(Application())
    for name, value in limits.items():
        setattr(server, name, value)
    comes = iter(addresses)
    handle = server.handle_stream
    server.handle_stream = lambda stream, _address: handle(stream, (next(comes), 1))  # type: ignore[method-assign]
    server.add_sockets([listener])
    await act(listener.getsockname()[1])
    server.stop()
    await server.close_all_connections()
    return server


def test_connections_are_limited_by_client_and_in_all() -> None:
    """One that is too many is closed at once; who goes makes room."""

    async def states(kept: list[bool], port: int) -> None:
        for expected in kept:
            connection = socket.create_connection(("127.0.0.1", port))
            connection.settimeout(0.2)
            held.append(connection)
            with suppress(TimeoutError):
                assert await asyncio.to_thread(connection.recv, 1) == b""
                assert not expected, len(held)
                continue
            assert expected, len(held)

    held: list[socket.socket] = []
    for is_behind_proxy, kept in ((False, [True, True, False, True, True, True, False]), (True, [True] * 5 + [False])):
        addresses = ["10.0.0.1"] * 3 + ["10.0.0.2", "127.0.0.1", "127.0.0.1", "127.0.0.1"]
        limits = {"most": 5, "per_client": 2, "is_behind_proxy": is_behind_proxy}
        asyncio.run(connected(addresses, partial(states, kept), **limits))
        while held:
            held.pop().close()


@pytest.mark.skipif(visitors.sys.platform == "win32", reason="Windows has no such limit")
def test_the_limit_of_open_files_is_raised() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        assert visitors.file_limit() == min(visitors.FILES, before[1]) == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def kept_busy(site: Served, kernel: str, data: dict[str, object], seconds: float) -> bool:
    """Send a comm message every fifth of a second, over new sockets too, and return whether the kernel is kept."""
    end = asyncio.get_running_loop().time() + seconds
    async with opened(site, kernel) as connection:
        while asyncio.get_running_loop().time() < end:
            with suppress(WebSocketClosedError):
                frame = packed(message("comm_msg", comm_id="1", data=data), is_v1=True)
                await connection.write_message(frame, binary=True)
            await asyncio.sleep(0.2)
    return (await asyncio.to_thread(site.get, f"/api/kernels/{kernel}"))[0].status == 200


async def one_kernel_has_few_sockets(site: Served, kernel: str) -> None:
    """Check that sockets to one kernel are limited, and that those before work on."""
    async with asyncio.TaskGroup() as group:

        async def hold() -> int | None:
            async with opened(site, kernel) as connection:
                ends = asyncio.ensure_future(connection.read_message())
                await asyncio.wait([ends], timeout=2.0)
                return connection.close_code

        held = [group.create_task(hold()) for _ in range(MOST_SOCKETS + 4)]
    assert [task.result() for task in held].count(1008) == 4


def test_a_share_each_and_only_for_those_who_are_there(tmp_path: Path) -> None:
    """Behind a proxy that is believed: one address has its share, and empty messages do not keep a place."""
    (tmp_path / FIRST).write_text(notebook("print('page')"))
    options = ["--CappedGrace.max_kernels=5", "--CappedGrace.places_per_client=2", "--HedgeVoila.behind_proxy=True"]
    options += [
        "--CappedGrace.wait_seconds=0",
        "--CappedGrace.grace_seconds=0.1",
        "--VoilaKernelManager.fill_delay=0.2",
    ]
    options += ["--MappingKernelManager.cull_idle_timeout=3", "--MappingKernelManager.cull_interval=1"]
    page = f"/voila/render/{FIRST}"

    async def both(idle: str, busy: str) -> list[bool]:
        words = {"method": "custom", "content": {"kind": "rest"}}
        return await asyncio.gather(kept_busy(site, idle, {}, 7), kept_busy(site, busy, words, 7))

    with served(tmp_path, tmp_path / "log", *options) as site:
        first, body = site.get(page, X_Forwarded_For="1.1.1.1")
        second, other = site.get(page, X_Forwarded_For="6.6.6.6, 1.1.1.1")
        assert (first.status, second.status) == (200, 200)
        refused, words = site.get(page, X_Forwarded_For="1.1.1.1")
        assert refused.status == 503
        assert int(refused.getheader("Retry-After")) > 0
        assert b"Your network has as many pages open as it may have" in words
        assert b"opens here by itself" in words
        for client, status in (("1.1.1.1", 503), ("2.2.2.2", 200)):
            assert site.get(page, method="HEAD", X_Forwarded_For=client)[0].status == status
        assert asyncio.run(both(kernel_of(body), kernel_of(other))) == [False, True]
        assert site.get(page, method="HEAD", X_Forwarded_For="1.1.1.1")[0].status == 200
        asyncio.run(one_kernel_has_few_sockets(site, kernel_of(site.get(page, X_Forwarded_For="3.3.3.3")[1])))
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line for line in lines if "HEAD" in line or "Traceback" in line] == []


LMS = "'self' https://lms.example.org https://*.school.example"


@pytest.mark.parametrize(
    ("site", "kind", "referer", "is_refused"),
    [
        ("none", "document", "", False),  # typed
        ("same-origin", "iframe", "https://app.example/", False),
        ("cross-site", "document", "https://evil.example/", False),  # a link
        ("cross-site", "empty", "https://lms.example.org/", True),  # fetched
        ("cross-site", "iframe", "https://lms.example.org/course/7", False),
        ("same-site", "iframe", "https://a.school.example/", False),
        ("cross-site", "iframe", "https://evil.example/", True),
        ("cross-site", "iframe", "https://lms.example.org.evil.example/", True),
        ("cross-site", "iframe", "http://lms.example.org/", True),
        ("cross-site", "iframe", "", True),
    ],
)
def test_only_named_pages_frame_ours(site: str, kind: str, referer: str, is_refused: bool) -> None:
    """Whoever is not named starts no kernel from a frame; without names nobody does."""
    headers = HTTPHeaders({"Sec-Fetch-Site": site, "Sec-Fetch-Dest": kind, "Referer": referer})
    assert is_intruding(headers, LMS) == is_refused
    assert is_intruding(headers, "'self'") == (is_refused or (kind == "iframe" and site != "same-origin"))


@pytest.mark.parametrize("wrong", ["https://a.example; script-src *", "", "https://a.example,b"])
def test_the_pages_that_may_frame_ours_are_addresses(wrong: str) -> None:
    """Nothing else gets into the policy."""
    with pytest.raises(TraitError, match="must be addresses"):
        HedgeVoila(listener=None, frame_ancestors=wrong)
