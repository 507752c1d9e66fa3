"""What a frame from a browser must look like before it is read as a kernel message.

A binary frame begins with the number of its offsets and the offsets themselves, packed in one of two ways: in
jupyter_server's subprotocol v1 with 8 bytes each, lowest first, leading to channel, four parts, buffers and end; in the
older one with 4 bytes each, highest first, leading to one JSON message and its buffers. The readers in jupyter_server
believe every number.
"""

import json
from itertools import pairwise
from typing import Any, Literal

from jupyter_client.jsonutil import extract_dates

V1 = "v1.kernel.websocket.jupyter.org"

CHANNELS = ("shell", "control", "stdin")

# A widget with many arrays sends one buffer for each.
MOST_OFFSETS = 1000

# Header, parent header and metadata hold a few words. A content beyond its limit goes to its kernel unread: to read it
# here would cost everybody's server more than it can cost the one kernel.
MOST_HEADER_BYTES = 100_000
MOST_CONTENT_BYTES = 1_000_000


# What a page sends: its widgets' states and questions go to comms that its kernel opened, and the one comm that a page
# opens itself asks for all of them. Nothing that runs code, and no comm that makes a widget.
PAGE_MESSAGES = ("kernel_info_request", "comm_info_request", "comm_open", "comm_msg", "comm_close")
PAGE_COMM = "jupyter.widget.control"


class FrameError(ValueError):
    """A frame that holds no kernel message; says what is wrong with it."""


def check_frame(frame: str | bytes, subprotocol: str | None, *, takes_code: bool = True) -> bool:
    """Check that a frame holds a kernel message that the server and its kernel can read.

    Returns whether it is something that a person does: a comm message that brings a value or a question. Empty ones,
    and what a page asks when it opens or reconnects, are no sign of a person.

    Parameters
    ----------
    frame
        What came over the websocket: text or binary.
    subprotocol
        What was agreed on when the websocket was opened; None for the older packing.
    takes_code
        Whether the messages of a notebook pass too, which runs code, or only those of a page.

    Raises
    ------
    FrameError
        If it does not.
    """
    try:
        kind, content = _checked_v1(frame) if subprotocol == V1 else _checked_message(frame)
        if not takes_code:
            _check_page_message(kind, content)
        return kind == "comm_msg" and (content is None or _has_words(content.get("data")))
    except FrameError:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise FrameError(f"it cannot be read ({type(error).__name__})") from error


def _checked_v1(frame: str | bytes) -> tuple[str, Any]:
    """Return (type, content) of a frame of subprotocol v1; the content is None where it is too long to be read here."""
    if isinstance(frame, str):
        raise FrameError("it is text, and binary was agreed on")
    channel, header, parent, metadata, content, *_ = _cut(frame, 8, "little", fewest=6)
    _check_channel(channel.decode())
    for part in (header, parent, metadata):
        if len(part) > MOST_HEADER_BYTES:
            raise FrameError("a header is too long")
    read = _loaded(header)
    _check_headers(read, _loaded(parent), _loaded(metadata))
    if len(content) > MOST_CONTENT_BYTES:
        return read["msg_type"], None
    loaded = _loaded(content)
    _check_dict("content", loaded)
    return read["msg_type"], loaded


def _checked_message(frame: str | bytes) -> tuple[str, Any]:
    """Return (type, content) of a frame of the older packing."""
    message = _loaded(_cut(frame, 4, "big", fewest=1, has_end=False)[0] if isinstance(frame, bytes) else frame)
    _check_dict("message", message)
    _check_channel(message.get("channel"))
    _check_headers(*(message.get(name) for name in ("header", "parent_header", "metadata")))
    _check_dict("content", message.get("content"))
    if isinstance(frame, str) and message.get("buffers"):
        raise FrameError("buffers need a binary frame")
    return message["header"]["msg_type"], message["content"]


def _check_page_message(kind: str, content: Any) -> None:
    if kind not in PAGE_MESSAGES or (kind == "comm_open" and (content or {}).get("target_name") != PAGE_COMM):
        raise FrameError("it is not a message of a page")


def _has_words(data: Any) -> bool:
    return isinstance(data, dict) and bool(data.get("state") or data.get("content"))


def _cut(
    frame: bytes, width: int, order: Literal["big", "little"], *, fewest: int, has_end: bool = True
) -> list[bytes]:
    """Return the parts of a binary frame, after its offsets have proved to be possible."""
    number = int.from_bytes(frame[:width], order)
    start = width * (number + 1)
    if not fewest <= number <= MOST_OFFSETS or start > len(frame):
        raise FrameError("its number of offsets is impossible")
    offsets = [int.from_bytes(frame[k : k + width], order) for k in range(width, start, width)]
    if not has_end:
        offsets.append(len(frame))
    if offsets[0] < start or offsets[-1] > len(frame) or any(a > b for a, b in pairwise(offsets)):
        raise FrameError("its offsets are impossible")
    return [frame[a:b] for a, b in pairwise(offsets)]


def _loaded(part: str | bytes) -> Any:
    # Decoded first: json would also take UTF-16 and UTF-32, which kernels do not.
    return json.loads(part.decode() if isinstance(part, bytes) else part)


def _check_channel(channel: object) -> None:
    if channel not in CHANNELS:
        raise FrameError("its channel is none of " + ", ".join(CHANNELS))


def _check_headers(header: Any, parent: Any, metadata: Any) -> None:
    for name, part in (("header", header), ("parent header", parent), ("metadata", metadata)):
        _check_dict(name, part)
    for name in ("msg_id", "msg_type"):
        if not isinstance(header.get(name), str):
            raise FrameError(f"its header has no {name}")
    extract_dates([header, parent])


def _check_dict(name: str, part: object) -> None:
    if not isinstance(part, dict):
        raise FrameError(f"its {name} is not an object")
