"""What no browser sends, by the thousand: paths, methods, headers, bodies, idle connections, frames, traits."""

import logging
import math
import random
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget
from traitlets import TraitError

from hedge_widgets import HedgeSimulator, MarginExplorer
from hedge_widgets.pages.page import Page
from hedge_widgets.server.frames import V1, FrameError, check_frame
from hedge_widgets.server.visitors import file_limit
from tests.server.client import FIRST, Served, message, notebook, packed, served
from tests.server.test_frames import BAD_OLD, BAD_V1, mutated

KERNEL = "01234567-0123-0123-0123-0123456789ab"
PATHS = [
    "/",
    "/voila",
    "/voila/",
    "/voila/render/",
    "/voila/render/x%00.ipynb",
    "/voila/render/secret.txt",
    "/voila/render/%ff%fe.ipynb",
    "/voila/render/%2e%2e/%2e%2e/etc/passwd",
    "/voila/render/../../etc/passwd",
    "/voila/render/..%2f..%2fetc%2fpasswd.ipynb",
    "/voila/files/secret.txt",
    "/voila/files/../secret.txt",
    "/voila/files/%2e%2e/secret.txt",
    "/voila/files//etc/passwd",
    "/voila/static/../../../etc/passwd",
    "/voila/static/%2e%2e/%2e%2e/etc/passwd",
    "/voila/static//etc/passwd",
    "/voila/templates/x",
    "/voila/templates/hedge_widgets/static/../conf.json",
    "/voila/labextensions/",
    "/voila/labextensions/../../../etc/passwd",
    "/voila/labextensions//etc/passwd",
    "/voila/api/themes/../../x",
    "/voila/api/themes//etc/passwd",
    "/voila/api/shutdown/",
    "/voila/api/shutdown/x",
    "/voila/query/x",
    "/api",
    "/api/status",
    "/api/me",
    "/api/kernels",
    "/api/kernels/x",
    "/api/kernels/%ff",
    "/api/contents",
    "/api/contents/secret.txt",
    "/api/sessions",
    "/api/terminals",
    "/login",
    "/logout",
    "/tree",
    "/lab",
    "/files/secret.txt",
    "/nbconvert/html/x",
    "/metrics",
    "/hedge_widgets/../x.js",
    "/hedge_widgets/%2e%2e.js",
    "//evil.example/",
    "/\\evil",
    "/;x",
    "*",
    "http://evil.example/",
    "/%",
    "/%zz",
    "/%u0000",
]
PATHS += [f"/api/kernels/{KERNEL}{rest}" for rest in ("", "/restart", "/interrupt", "/channels")]
PATHS += ["/" + "a" * 5000, "/?" + "a" * 3000, f"/voila/render/{'a' * 5000}.ipynb", f"/voila/api/shutdown/{KERNEL}"]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO", "get")
HEADERS = [
    b"X: " + b"a" * 100_000,
    b"Host: " + b"a" * 3000,
    b"Content-Length: -1",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: 1\r\nContent-Length: 2",
    b"Transfer-Encoding: chunked\r\nContent-Length: 3",
    b"Cookie: " + b"=;" * 5000,
    b"Cookie: _xsrf=\xff\xfe",
    b"X-Forwarded-For: " + b"1," * 5000,
    b"Sec-Fetch-Site: \xff",
    b"Accept-Encoding: gzip;q=x",
    b"If-None-Match: \x00",
    b"If-Modified-Since: nonsense",
    b"Range: bytes=-1-5",
    b"Upgrade: websocket\r\nConnection: Upgrade",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99",
    b"Origin: http://evil.example",
    b": x",
    b"\x00: \x00",
    b" folded",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a server that waits a moment for what does not come."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / FIRST).write_text(notebook("print('page')"))
    (folder / "secret.txt").write_text("SECRET")
    with served(folder, folder / "log", "--HedgeVoila.idle_seconds=0.4") as site:
        yield site
        log = site.log.read_text()
        assert "Traceback" not in log
        assert log.count("\n") < 3 * (len(PATHS) * len(METHODS) + len(HEADERS) * 6)


def answer(site: Served, request: bytes) -> bytes:
    """Return all that the server sends before it closes the connection."""
    got = b""
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection, suppress(ConnectionError):
        connection.sendall(request)
        while more := connection.recv(1 << 16):
            got += more
    return got


def is_well(site: Served) -> None:
    """Check that a visitor is answered at once."""
    began = time.monotonic()
    assert site.get("/")[0].status == 302
    assert site.get(f"/voila/render/{FIRST}", method="HEAD")[0].status == 200
    assert time.monotonic() - began < 2


def test_no_path_or_method_does_anything_but_read(site: Served) -> None:
    kernels = site.children()
    for path, method in product(PATHS, METHODS):
        got = answer(site, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin1"))
        status = int(got.split(b" ", 2)[1])
        assert status in (200, 302, 400, 403, 404, 405), (method, path)
        assert status >= 400 or method in ("GET", "HEAD"), (method, path)
        assert b"SECRET" not in got, (method, path)
        assert b"root:x:" not in got, (method, path)
    assert site.children() == kernels
    is_well(site)


def test_no_header_stops_the_server(site: Served) -> None:
    paths = ("/hedge_widgets/plotly.js", f"/api/kernels/{KERNEL}/channels", f"/voila/api/shutdown/{KERNEL}")
    for header, path, method in product(HEADERS, paths, ("GET", "POST")):
        got = answer(
            site, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode() + header + b"\r\n\r\n"
        )
        assert not got or int(got.split(b" ", 2)[1]) in (302, 400, 403, 404, 405), (header[:40], path)
    is_well(site)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to see memory")
def test_long_and_slow_bodies_and_idle_connections_cost_little(site: Served) -> None:
    """100 MB are refused before they are there, what drips is cut off, and 1,000 who say nothing are let go."""

    def resident() -> int:
        return 4096 * int(Path(f"/proc/{site.process.pid}/statm").read_text().split()[1])

    file_limit()
    before = resident()
    head = f"POST /voila/api/shutdown/{KERNEL} HTTP/1.1\r\nHost: x\r\n".encode()
    got = answer(site, head + b"Content-Length: 100000000\r\n\r\n" + bytes(10_000_000))
    assert not got or got.startswith(b"HTTP/1.1 400")
    chunk = b"f4240\r\n" + bytes(1_000_000) + b"\r\n"
    assert b"200 OK" not in answer(site, head + b"Transfer-Encoding: chunked\r\n\r\n" + 100 * chunk)
    with ExitStack() as stack:
        address = ("127.0.0.1", site.port)
        held = [stack.enter_context(socket.create_connection(address, timeout=20)) for _ in range(1000)]
        for connection in held[:100]:
            connection.sendall(head + b"Content-Length: 1000\r\n\r\nx")
        for connection in held[100:200]:
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        is_well(site)
        began = time.monotonic()
        for connection in held:
            with suppress(ConnectionError):
                while connection.recv(1 << 16):
                    pass
        assert time.monotonic() - began < 10
    is_well(site)
    assert resident() - before < 60_000_000


def test_ten_thousand_frames_are_judged_in_no_time() -> None:
    """Of those that are made of a good one by chance some pass, and no other fault than a refusal comes."""
    chance, passed = random.Random(7), 0
    good = {True: packed(message("comm_msg", comm_id="1", data={"method": "update", "state": {}}), is_v1=True)}
    good[False] = b"\x00\x00\x00\x01\x00\x00\x00\x08" + str(packed(message(), is_v1=False)).encode()
    listed = [frame for frame in (*BAD_V1, *BAD_OLD) if len(frame) < 5000]
    began = time.monotonic()
    for _ in range(10_000):
        is_v1 = chance.random() < 0.7
        base = good[is_v1]
        changes = [(chance.randrange(len(base)), chance.randrange(256)) for _ in range(chance.randint(0, 4))]
        length = len(base) if chance.random() < 0.7 else chance.randrange(len(base))
        frame: Any = mutated(base, changes, length) if chance.random() < 0.8 else chance.choice(listed)
        frame = frame if chance.random() < 0.9 else chance.randbytes(chance.randint(0, 200))
        with suppress(FrameError):
            check_frame(frame, V1 if is_v1 else None, takes_code=chance.random() < 0.5)
            passed += 1
    assert passed > 500
    assert time.monotonic() - began < 10


VALUES: list[Any] = [None, True, 0, -1, 1e308, -1e308, math.nan, math.inf, 2**70, "", "x" * 10_000_000, b"\0" * 1000]
VALUES += ["<img src=x onerror=alert(1)>", [], [1, 2, 3], ["a"] * 1000, [[["x"]]], [None], {}, {"a": {"b": [1]}}]
VALUES += ["IPY_MODEL_0", ["IPY_MODEL_nothing"], "null"]


def reached(widget: Widget, found: dict[str, Widget]) -> dict[str, Widget]:
    """Return a widget and all that it holds, by their models."""
    found[widget.model_id] = widget
    for name in widget.keys:
        value = getattr(widget, name, None)
        for held in value if isinstance(value, list | tuple) else [value]:
            if isinstance(held, Widget) and held.model_id not in found:
                reached(held, found)
    return found


@pytest.mark.parametrize("kind", [HedgeSimulator, MarginExplorer])
def test_whatever_a_browser_sets_the_page_answers(kind: type[Page], caplog: pytest.LogCaptureFixture) -> None:
    """Any synced trait of any widget: sliders stay numbers, what is said stays short, and a question is answered."""
    caplog.set_level(logging.CRITICAL)
    page, chance = kind(), random.Random(11)
    live, widgets = page.live, list(reached(page, {}).values())
    assert len(widgets) > 50
    for _ in range(600):
        widget = chance.choice(widgets)
        name, value = chance.choice(sorted(widget.keys)), chance.choice(VALUES)
        with suppress(TraitError, DeprecationWarning):  # refused by its type
            widget.set_state({name: value})
        assert all(map(math.isfinite, live.values.values())), (widget, name, value)
        if widget is not live:
            assert len(live.said) < 600, (widget, name)
    sent: list[Any] = []
    live.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    at = [live._good[slider] for slider in live._sliders]
    live._answer(None, {"kind": "ask", "revision": live._revision, "at": at}, None)
    assert sent
    assert sent[-1]["kind"] == "exact"
    assert sent[-1]["at"] == at
