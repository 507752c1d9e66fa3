"""Servers in processes of their own, real requests, and the browser's side of a kernel's websocket; no browser."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from tornado.websocket import WebSocketClientConnection, websocket_connect

from hedge_widgets.resources import PACKAGE
from hedge_widgets.server.frames import V1

FIRST = "00_start.ipynb"
# All that the server starts is kernels, so that they can be counted.
ALONE = ("--HedgeVoila.has_first_pictures=False", "--HedgeVoila.has_fork_server=False")
Message = dict[str, object]


def notebook(*cells: str, **metadata: object) -> str:
    """Return the JSON of a notebook with these code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"c{i}",
                    "metadata": {},
                    "execution_count": None,
                    "outputs": [],
                    "source": cell,
                }
                for i, cell in enumerate(cells)
            ],
            "metadata": {"kernelspec": kernel, **metadata},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


class Site:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def wait(self) -> None:
        """Wait until the server answers: a Jupyter server says where it is before it listens."""
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def get(
        self, path: str, *, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(
                method, path, body=body, headers={key.replace("_", "-"): value for key, value in headers.items()}
            )
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def leave(self, response: http.client.HTTPResponse, page: bytes, prefix: str = "") -> http.client.HTTPResponse:
        """Do what the browser does when a page is left."""
        kernel = re.search(rb'"kernelId": "([\w-]+)"', page)[1].decode()
        cookie = re.search(r"_xsrf=([^;]+)", str(response.headers.get_all("Set-Cookie")))[1]
        form = {"body": urlencode({"_xsrf": cookie}), "Content_Type": "application/x-www-form-urlencoded"}
        return self.get(f"{prefix}/voila/api/shutdown/{kernel}", method="POST", Cookie=f"_xsrf={cookie}", **form)[0]

    def text(self, path: str) -> str:
        return self.get(path)[1].decode()


@contextmanager
def running(command: list[str], ready: str, **env: str) -> Iterator[Site]:
    """Run a server until the block ends; ``ready`` finds the port in its output."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(ready, line):
                site = Site(process, int(found[1]))
                site.wait()
                yield site
                break
        else:
            pytest.fail(f"the server did not start: {command}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def app(folder: Path, *options: str) -> "contextmanager[Site]":
    """Run the app on a free port with nothing beside it but kernels."""
    command = ["hedge_widgets.cli", "app", "--no-browser", "--port", "0", "--notebooks", str(folder)]
    return running([*command, "--", *ALONE, *options], r"ready at http://127\.0\.0\.1:(\d+)/")


def message(kind: str = "kernel_info_request", **content: object) -> Message:
    """Return a message to a kernel."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": "s", "username": "", "version": "5.3"}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content}


def packed(message: Message, *, is_v1: bool, channel: str = "shell") -> bytes | str:
    """Return the frame of a message, as JupyterLab's script packs it."""
    if is_v1:
        frame: bytes = serialize_msg_to_ws_v1(message, channel, lambda part: json.dumps(part).encode())
        return frame
    return json.dumps({**message, "channel": channel})


@asynccontextmanager
async def opened(
    site: Site, kernel: str, *, is_v1: bool = True, prefix: str = "", token: str = ""
) -> AsyncIterator[WebSocketClientConnection]:
    """Give an open websocket to a kernel."""
    address = f"ws://127.0.0.1:{site.port}{prefix}/api/kernels/{kernel}/channels"
    address += f"?session_id={uuid.uuid4().hex}&token={token}"
    connection = await websocket_connect(address, subprotocols=[V1] if is_v1 else None)
    try:
        yield connection
    finally:
        connection.close()
        async with asyncio.timeout(20):
            while connection.close_code is None and await connection.read_message() is not None:
                pass


async def answers(connection: WebSocketClientConnection, *, is_v1: bool = True, seconds: float = 20) -> bool:
    """Return whether the kernel behind a websocket says what it is."""
    asked = message()
    await connection.write_message(packed(asked, is_v1=is_v1), binary=is_v1)
    identity = asked["header"]["msg_id"].encode()
    async with asyncio.timeout(seconds):
        while (frame := await connection.read_message()) is not None:
            got = frame if isinstance(frame, bytes) else frame.encode()
            if b"kernel_info_reply" in got and identity in got:
                return True
    return False


async def refused(connection: WebSocketClientConnection, frame: bytes | str) -> int | None:
    """Send a frame, wait until the server closes the websocket, and return the reason's number."""
    await connection.write_message(frame, binary=isinstance(frame, bytes))
    async with asyncio.timeout(20):
        while await connection.read_message() is not None:
            pass
    return connection.close_code


def kernel_of(page: bytes) -> str:
    """Return the kernel of a page."""
    return re.search(rb'"kernelId": "([\w-]+)"', page)[1].decode()


def kernels_of(server: int) -> dict[int, str]:
    """Return the kernels of a server, started or forked: by their process what names them, ``kernel-`` and the id."""
    found = {}
    for child in psutil.Process(server).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            words = f"{child.name()} {' '.join(child.cmdline())}"
            if name := re.search(r"kernel-[\da-f-]+", words):
                found[child.pid] = name[0]
    return found


class Served(Site):
    """A server whose log can be read, and whose processes can be counted."""

    def __init__(self, process: subprocess.Popen[str], port: int, log: Path) -> None:
        super().__init__(process, port)
        self.log = log

    def page(self) -> str:
        """Open the first page without a browser, and return its kernel."""
        response, body = self.get(f"/voila/render/{FIRST}")
        assert response.status == 200
        return kernel_of(body)

    def children(self) -> list[int]:
        """Return the processes that the server has started."""
        folder = Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for path in folder.glob("*/children") for pid in path.read_text().split()]

    def stop(self) -> int:
        """Ask the server to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def served(
    folder: Path,
    log: Path,
    *options: str,
    script: str | None = None,
    base: tuple[str, ...] = ALONE,
    **env: str,
) -> Iterator[Served]:
    """Run the app on a free port until the block ends; ``script`` is run in place of the command."""
    command = ["-c", script] if script else ["-m", "hedge_widgets.cli"]
    command += ["app", "--no-browser", "--port", "0", "--notebooks", str(folder)]
    command += ["--", *base, *options]
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), **env},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        line = process.stdout.readline()
        found = re.search(r"ready at http://127\.0\.0\.1:(\d+)/", line)
        assert found, log.read_text()
        yield Served(process, int(found[1]), log)
    finally:
        process.terminate()
        process.communicate(timeout=30)
