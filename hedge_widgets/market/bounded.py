"""Requests that end: a deadline for all of a task's, a limit on each body, and a stop from outside."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LOOK_SECONDS = 0.05
THREAD_NAME = "hedge-widgets: asking"
CHUNK_BYTES = 65_536


class StoppedError(Exception):
    """Somebody asked for the end."""


class TooSlowError(Exception):
    """The deadline has passed."""


class TooLargeError(Exception):
    """A body is larger than the limit."""


class Bounded:
    """Runs one task whose requests go through a session of requests or curl_cffi, and lets it not go on for ever.

    Parameters
    ----------
    seconds
        For all requests of the task together.
    most_bytes
        In one body, unpacked.
    stop
        Ends the task when it is set.

    Attributes
    ----------
    statuses
        The HTTP status of each answer, with its address, in order.
    """

    def __init__(self, seconds: float, most_bytes: int, stop: threading.Event | None = None) -> None:
        self._end, self._most_bytes = time.monotonic() + seconds, most_bytes
        self._stop = stop or threading.Event()
        self.statuses: list[tuple[str, int]] = []

    def run(self, session: Any, task: Callable[[], Any]) -> Any:
        """Return what the task returns, or raise what it raises.

        It runs in a thread of its own, because a read that a source feeds byte by byte cannot be ended from within;
        an abandoned one ends with its next byte.

        Raises
        ------
        TooSlowError, TooLargeError, StoppedError
        """
        done: list[tuple[Any, BaseException | None]] = []

        def tried() -> None:
            try:
                done.append((task(), None))
            except BaseException as error:
                done.append((None, error))

        thread = threading.Thread(target=tried, name=THREAD_NAME, daemon=True)
        with self._asking_through(session):
            thread.start()
            try:
                while thread.is_alive():
                    thread.join(LOOK_SECONDS)
                    if thread.is_alive():
                        self._refuse_late()
            except BaseException:
                self._end = 0.0
                raise
        value, error = done[0]
        if error is not None:
            raise error
        return value

    @contextmanager
    def _asking_through(self, session: Any) -> Iterator[None]:
        for name in ("get", "post"):
            setattr(session, name, self._bounded(getattr(session, name)))
        try:
            yield
        finally:
            for name in ("get", "post"):
                delattr(session, name)

    def _bounded(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        def answer(*args: Any, **settings: Any) -> Any:
            self._refuse_late()
            response = ask(*args, **{**settings, "stream": True})
            try:
                body = b"".join(self._chunks(response))
            finally:
                response.close()
            self.statuses.append((str(response.url), int(response.status_code)))
            if hasattr(response, "raw"):  # of requests
                response._content = body
            else:
                response.content = body
            return response

        return answer

    def _chunks(self, response: Any) -> Iterator[bytes]:
        size = 0
        chunks = response.iter_content()
        if hasattr(response, "raw"):  # requests would wait for whole chunks, or give single bytes
            chunks = iter(lambda: response.raw.read1(CHUNK_BYTES, decode_content=True), b"")
        for chunk in chunks:
            self._refuse_late()
            size += len(chunk)
            if size > self._most_bytes:
                raise TooLargeError
            yield chunk

    def _refuse_late(self) -> None:
        if self._stop.is_set():
            raise StoppedError
        if time.monotonic() > self._end:
            raise TooSlowError
