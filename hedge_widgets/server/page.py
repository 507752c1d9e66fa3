"""What answers a request for a page: the page, the designed refusals, and a line for what no page asks."""

import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyter_server.utils import ensure_async
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher
from tornado.web import HTTPError, RequestHandler
from voila.handler import BaseVoilaHandler
from voila.tornado.handler import TornadoVoilaHandler

from hedge_widgets.server.kernels import CappedGrace
from hedge_widgets.server.visitors import client_of

HEAD_START = 0.3  # seconds; a round trip or two
LONGEST_PATH = 1000
RETRY_SECONDS = 10

_KERNEL = re.compile(r'"kernelId": "([\w-]+)"')


@cache
def tell_once(log: logging.Logger, words: str) -> None:
    """Write a line into the log, the first time only."""
    log.error(words)


class NotAsked(Matcher):
    """What no page asks: anything but to read, or to shut its kernel down; and paths that are no path."""

    def __init__(self, shutdown: str) -> None:
        self.shutdown = shutdown

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return the status to refuse a request with, or None for what a page may ask."""
        is_end = request.method == "POST" and request.path.startswith(self.shutdown)
        if not is_end and request.method not in ("GET", "HEAD"):
            return {"target_kwargs": {"status": 405}}
        path = unquote(request.path, errors="replace")
        is_path = path.startswith("/") and path.isprintable() and "\ufffd" not in path and "/../" not in f"{path}/"
        return None if is_path and len(path) < LONGEST_PATH else {"target_kwargs": {"status": 404}}


class Refusal(RequestHandler):
    """Refuse a request in a line. Jupyter's own handlers fail on some, and write a page of traceback into the log."""

    def initialize(self, status: int) -> None:
        """Take the status to refuse with."""
        self.status = status

    def prepare(self) -> None:
        """Refuse."""
        self.send_error(self.status)

    def check_xsrf_cookie(self) -> None:
        """Ask for no cookie, as nothing is done."""


class NotFound(BaseVoilaHandler):
    """Answer an address that leads nowhere with the designed error page."""

    def initialize(self, **kwargs: Any) -> None:
        """Take what Voila's handlers take from the settings."""
        super().initialize(voila_configuration=self.settings["voila"].voila_configuration)

    async def prepare(self) -> None:
        """Refuse every method alike."""
        await super().prepare()
        raise HTTPError(404)


def is_intruding(headers: Mapping[str, str], ancestors: str) -> bool:
    """Return whether a page of another site asks behind its visitor's back: no person, and no frame that is allowed.

    ``ancestors`` are the origins whose pages may frame ours, separated by blanks; ``*`` stands for any letters.
    """
    if headers.get("Sec-Fetch-Site") not in ("cross-site", "same-site"):
        return False
    if headers.get("Sec-Fetch-Dest") != "iframe":
        return headers.get("Sec-Fetch-Dest") != "document"
    asking = urlsplit(headers.get("Referer", ""))
    return not any(fnmatchcase(f"{asking.scheme}://{asking.netloc}", each.rstrip("/")) for each in ancestors.split())


class Page(TornadoVoilaHandler):
    """The page of a notebook."""

    _settle: Callable[[str], None] | None = None

    async def get(self, path: str | None = None) -> None:
        """Answer with the page and the cookie it needs to give its kernel back.

        A page that is left asks for its kernel to be shut down. Voila refuses that for want of this cookie, which
        it never sets itself, and the kernel stays until it is culled. A page of another site may lead here, but not
        fetch or frame this page behind its visitor's back: each time would start a kernel.

        Raises
        ------
        tornado.web.HTTPError
            With status 403 if a page of another site asks, and not a person; with 503 if all places are taken.
        """
        self.xsrf_token  # noqa: B018  reading it sets the cookie
        if not isinstance(self.kernel_manager, CappedGrace):
            await super().get(path)
            return
        headers = self.request.headers
        if is_intruding(headers, self.settings.get("hedge_widgets_frame_ancestors", "")):
            raise HTTPError(403, "a page of another site asks for %s", path)
        await self.kernel_manager.drop_dead()
        async with self.kernel_manager.visit(self._client()) as self._settle:
            await super().get(path)

    async def head(self, path: str | None = None) -> None:
        """Answer whether there is a place for the page, without taking it: a page that waits asks now and then."""
        if path and not await ensure_async(self.contents_manager.file_exists(path)):
            raise HTTPError(404)
        if isinstance(self.kernel_manager, CappedGrace) and self.kernel_manager.refusal(self._client()):
            self.set_status(503)
            self.set_header("Retry-After", RETRY_SECONDS)

    async def get_generator(self, path: str | None = None) -> AsyncIterator[str]:
        """Yield the page, its first picture at once, and note whose its kernel is as soon as it has one."""
        pieces = self._settling(super().get_generator(path))
        if pictures := self.settings.get("first_pictures"):
            self.set_header("Content-Type", "text/html")
            self.set_header("Cache-Control", "no-cache, no-store, must-revalidate")
            manager, name = self.kernel_manager, path or ""
            is_warm = bool(manager.notebook_data.get(name)) and manager.get_pool_size(name) > 0
            pieces = pictures.led(name, pieces, 0.0 if is_warm else HEAD_START)
        async for piece in pieces:
            yield piece

    async def _settling(self, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        async for piece in pieces:
            if self._settle and (found := _KERNEL.search(piece)):
                self._settle(found[1])
                self._settle = None
            yield piece

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with the designed page, which comes back by itself where a place may become free."""
        if status_code == 503:
            self.set_header("Retry-After", RETRY_SECONDS)
        super().write_error(status_code, **kwargs)

    def _log(self) -> None:
        if self.request.method != "HEAD":  # who waits asks often
            super()._log()

    def _client(self) -> str:
        is_behind_proxy = self.settings["hedge_widgets_behind_proxy"]
        if not is_behind_proxy and self.kernel_manager.places_per_client and "X-Forwarded-For" in self.request.headers:
            tell_once(
                self.log,
                "A request came with X-Forwarded-For. If your proxy wrote it, its visitors count as one: see "
                "--HedgeVoila.behind_proxy.",
            )
        return client_of(self.request, is_behind_proxy=is_behind_proxy)
