"""Frames from a browser: what is no kernel message is refused, over real sockets, and nobody else notices."""

import asyncio
import json
import random
import struct
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
)
from tornado.websocket import WebSocketClosedError

from hedge_widgets.server.frames import CHANNELS, V1, FrameError, check_frame
from tests.server.client import FIRST, Message, answers, message, notebook, opened, packed, refused, served

ENDLESS = bytes.fromhex("00 00 00 00 00 00 00 80")


def changed(**parts: object) -> str:
    """Return a text frame with some parts replaced, or left out where None."""
    frame = {**json.loads(packed(message(), is_v1=False)), **parts}
    return json.dumps({name: part for name, part in frame.items() if part is not None})


def v1_frame(*parts: bytes) -> bytes:
    """Return a frame of subprotocol v1 with these parts."""
    ends = [8 * (len(parts) + 2)]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return b"".join(number.to_bytes(8, "little") for number in (len(ends), *ends)) + b"".join(parts)


HEADER = json.dumps(message()["header"]).encode()

BAD_V1: list[bytes | str] = [
    ENDLESS,
    b"",
    b"\x06",
    ENDLESS + bytes(1000),
    (10**6).to_bytes(8, "little") + bytes(8 * (10**6 + 1)),
    v1_frame(b"shell", HEADER, b"{}", b"{}"),
    v1_frame(b"iopub", HEADER, b"{}", b"{}", b"{}"),
    v1_frame(b"nowhere", HEADER, b"{}", b"{}", b"{}"),
    v1_frame(b"\xff", HEADER, b"{}", b"{}", b"{}"),
    v1_frame(b"shell", b"[]", b"{}", b"{}", b"{}"),
    v1_frame(b"shell", b"{}", b"{}", b"{}", b"{}"),
    v1_frame(b"shell", b'{"msg_type": 1, "msg_id": "1"}', b"{}", b"{}", b"{}"),
    v1_frame(b"shell", b'{"msg_type": "kernel_info_request"}', b"{}", b"{}", b"{}"),
    v1_frame(b"shell", HEADER, b"null", b"{}", b"{}"),
    v1_frame(b"shell", HEADER, b"{}", b"{", b"{}"),
    v1_frame(b"shell", HEADER, b"{}", b"{}", b"[" * 100_000),
    v1_frame(b"shell", HEADER, b"{}", b"{}", "{}".encode("utf-16")),
    v1_frame(b"shell", HEADER, b"{}", json.dumps({"a": "x" * 200_000}).encode(), b"{}"),
    v1_frame(b"shell", HEADER[:-1] + b', "date": "2026-99-99T99:99:99Z"}', b"{}", b"{}", b"{}"),
    packed(message(), is_v1=False),
]
BAD_OLD: list[bytes | str] = [
    "",
    "no JSON",
    "[1]",
    '"text"',
    "1e999",
    "null",
    "[" * 100_000,
    changed(channel="nowhere"),
    changed(channel=None),
    changed(channel=["shell"]),
    changed(header=None),
    changed(header=[]),
    changed(header={"msg_id": "1"}),
    changed(header={"msg_id": "1", "msg_type": ["kernel_info_request"]}),
    changed(parent_header=None),
    changed(metadata=7),
    changed(content="text"),
    changed(buffers=[1]),
    b"",
    b"\x80\x00\x00\x00",
    b"\x7f\xff\xff\xff",
    struct.pack("!II", 1, 4) + changed().encode(),
    struct.pack("!II", 1, 8) + b"\xff\xfe",
    struct.pack("!III", 2, 400, 12) + changed().encode(),
]


@pytest.mark.parametrize("frame", BAD_V1, ids=range(len(BAD_V1)))
def test_bad_frame_of_v1_is_refused(frame: bytes | str) -> None:
    with pytest.raises(FrameError):
        check_frame(frame, V1)


@pytest.mark.parametrize("frame", BAD_OLD, ids=range(len(BAD_OLD)))
def test_bad_frame_of_the_older_packing_is_refused(frame: bytes | str) -> None:
    with pytest.raises(FrameError):
        check_frame(frame, None)


@pytest.mark.parametrize("channel", CHANNELS)
def test_good_frames_pass(channel: str) -> None:
    """With buffers too, and with a content that is too long to be read twice."""
    asked = message("comm_msg", comm_id="1", data={"x": "ü" * 10})
    check_frame(packed(asked, is_v1=False, channel=channel), None)
    check_frame(packed(asked, is_v1=True, channel=channel), V1)
    check_frame(serialize_binary_message({**asked, "channel": channel, "buffers": [b"1" * 9, b""]}), None)
    parts = [json.dumps(asked[name]).encode() for name in ("header", "parent_header", "metadata", "content")]
    check_frame(v1_frame(channel.encode(), *parts, b"1" * 9, b""), V1)
    check_frame(v1_frame(channel.encode(), *parts[:3], json.dumps({"x": "y" * 1_100_000}).encode()), V1)


OPENING_WIDGETS = {"comm_id": "1", "target_name": "jupyter.widget", "data": {}}
NOT_OF_A_PAGE = [
    message("execute_request", code="1"),
    message("inspect_request", code="1", cursor_pos=1),
    message("shutdown_request", restart=False),
    message("comm_open", **OPENING_WIDGETS),
    message("comm_open", comm_id="1", target_name=["jupyter.widget.control"], data={}),
    message("comm_open", comm_id="1", target_name="jupyter.widget", data={"x": "y" * 1_100_000}),
]


@pytest.mark.parametrize("asked", NOT_OF_A_PAGE, ids=range(len(NOT_OF_A_PAGE)))
def test_what_runs_code_or_makes_widgets_passes_for_a_notebook_only(asked: Message) -> None:
    for is_v1 in (True, False):
        frame = packed(asked, is_v1=is_v1)
        check_frame(frame, V1 if is_v1 else None)
        with pytest.raises(FrameError, match="not a message of a page"):
            check_frame(frame, V1 if is_v1 else None, takes_code=False)


@pytest.mark.parametrize("kind", ["kernel_info_request", "comm_info_request", "comm_msg", "comm_close"])
def test_what_a_page_sends_passes(kind: str) -> None:
    asked = message(kind, comm_id="1", data={"x": "y" * 1_100_000})
    for one in (asked, message("comm_open", comm_id="1", target_name="jupyter.widget.control", data={})):
        check_frame(packed(one, is_v1=True), V1, takes_code=False)
        check_frame(packed(one, is_v1=False), None, takes_code=False)


def test_a_flood_and_code_close_their_own_socket_only(tmp_path: Path) -> None:
    """The app takes no code; who asks without end is cut off, has no new allowance at once, and nobody else waits."""
    (tmp_path / FIRST).write_text(notebook("print('page')"))

    async def flooded(kernel: str) -> int:
        sent = 0
        async with opened(site, kernel) as connection:
            with suppress(WebSocketClosedError):
                while sent < 3000:
                    await connection.write_message(packed(message("comm_msg", comm_id="1", data={}), is_v1=True), True)
                    sent += 1
                    await asyncio.sleep(0)
            async with asyncio.timeout(20):
                while await connection.read_message() is not None:
                    pass
            assert connection.close_code == 1008
        return sent

    async def attack(kernel: str, other: str) -> None:
        async with opened(site, kernel) as connection:
            assert await refused(connection, packed(message("execute_request", code="1"), is_v1=True)) == 1008
        await flooded(kernel)
        async with opened(site, other) as connection:
            began = time.monotonic()
            assert await answers(connection)
            assert time.monotonic() - began < 5

    with served(tmp_path, tmp_path / "log") as site:
        asyncio.run(attack(site.page(), site.page()))
        lines = [line for line in site.log.read_text().splitlines() if line]
        assert len([line for line in lines if "more than 150 messages a second" in line]) == 1
        assert len([line for line in lines if "not a message of a page" in line]) == 1


MUTATIONS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4)


def mutated(frame: bytes, changes: list[tuple[int, int]], length: int) -> bytes:
    """Return a frame with bytes replaced, cut off at a length."""
    content = bytearray(frame)
    for place, byte in changes:
        content[place % len(content)] = byte
    return bytes(content[:length])


@given(MUTATIONS, st.integers(0, 500), st.binary(max_size=60))
def test_what_passes_can_be_read(changes: list[tuple[int, int]], length: int, junk: bytes) -> None:
    """Whatever the check lets through, jupyter_server's own readers take apart into a message."""
    asked = message("comm_msg", comm_id="1", data={})
    for frame in (mutated(packed(asked, is_v1=True), changes, length), junk):
        try:
            check_frame(frame, V1)
        except FrameError:
            continue
        channel, parts = deserialize_msg_from_ws_v1(frame)
        assert channel in CHANNELS
        assert "msg_type" in json.loads(parts[0])
    old = serialize_binary_message({**asked, "channel": "shell", "buffers": [b"123"]})
    for frame in (mutated(old, changes, length), junk):
        try:
            check_frame(frame, None)
        except FrameError:
            continue
        assert deserialize_binary_message(frame)["channel"] in CHANNELS


def barrage(chance: random.Random, number: int) -> list[tuple[bytes | str, bool]]:
    """Return bad frames, some listed above and some random, each with whether it is for subprotocol v1."""
    frames: list[tuple[bytes | str, bool]] = [(frame, True) for frame in BAD_V1] + [(frame, False) for frame in BAD_OLD]
    good = packed(message(), is_v1=True)
    while len(frames) < number:
        changes = [(chance.randrange(64), chance.randrange(256)) for _ in range(chance.randint(0, 3))]
        frame = chance.choice([mutated(good, changes, chance.randint(0, len(good))), chance.randbytes(40)])
        is_v1 = chance.random() < 0.8
        try:
            check_frame(frame, V1 if is_v1 else None)
        except FrameError:
            frames.append((frame, is_v1))
    return frames


def test_bad_frames_close_their_own_socket_only(tmp_path: Path) -> None:
    """While they pour in, another page's kernel answers; then SIGTERM ends the server and every kernel."""
    (tmp_path / FIRST).write_text(notebook("print('page')"))
    frames = barrage(random.Random(1), 240)
    slowest = 0.0

    async def attack(kernel: str, todo: list[tuple[bytes | str, bool]]) -> None:
        while todo:
            frame, is_v1 = todo.pop()
            async with opened(site, kernel, is_v1=is_v1) as connection:
                assert await refused(connection, frame) == 1008, frame

    async def watch(kernel: str, attacks: "asyncio.Future[list[None]]") -> int:
        nonlocal slowest
        rounds = 0
        async with opened(site, kernel) as connection:
            while not attacks.done():
                began = time.monotonic()
                assert await answers(connection)
                assert (await asyncio.to_thread(site.get, f"/api/kernels/{kernel}"))[0].status == 200
                slowest, rounds = max(slowest, time.monotonic() - began), rounds + 1
                await asyncio.sleep(0.05)
        await attacks
        return rounds

    async def both(attacker: str, other: str) -> int:
        todo = frames[::-1]
        attacks = asyncio.gather(*(attack(attacker, todo) for _ in range(6)))
        return await watch(other, attacks)

    with served(tmp_path, tmp_path / "log", "--VoilaKernelManager.fill_delay=0") as site:
        rounds = asyncio.run(both(site.page(), site.page()))
        assert rounds > 5
        assert slowest < 5
        kernels = [Path("/proc", str(pid)) for pid in site.children()]
        began = time.monotonic()
        assert site.stop() == 0
        assert time.monotonic() - began < 6
        time.sleep(0.2)
        assert [path for path in kernels if path.exists()] == []
        lines = [line for line in site.log.read_text().splitlines() if line]
        assert len([line for line in lines if "was refused" in line]) == len(frames)
        assert [line for line in lines if "was refused" not in line] == []
