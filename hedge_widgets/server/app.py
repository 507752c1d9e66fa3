"""The standalone app: Voila with warm kernels, one page, nothing from other hosts, and plain words when it fails."""

import logging
import os
import re
import shutil
import signal
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jupyter_server.utils import ensure_async, url_path_join
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop
from tornado.routing import Matcher, Rule
from tornado.web import HTTPError, RedirectHandler, RequestHandler
from traitlets import Bool, Float
from traitlets.config import Config
from voila.app import Voila
from voila.handler import BaseVoilaHandler
from voila.tornado.handler import TornadoVoilaHandler

from hedge_widgets.resources import PACKAGE
from hedge_widgets.server.config import CONTENT_SECURITY_POLICY, app_config
from hedge_widgets.server.first import FirstPictures
from hedge_widgets.server.kernels import CappedGrace
from hedge_widgets.server.places import private_folder, replace_closed_home, transport
from hedge_widgets.server.ready import KernelStartError, held_back, wait_for_kernel
from hedge_widgets.server.scripts import script_rules, template_resources
from hedge_widgets.server.visitors import LimitedServer, client_of

FIRST_PAGE = "00_start.ipynb"
# What a page asks for. No file browser and no log-in.
NEEDED = ("/api/kernels/", *(f"/voila/{name}/" for name in ("api", "execution", "files", "labextensions", "query")))
NEEDED += ("/voila/render/", "/voila/static/", "/voila/templates/")
MOST_BODY_BYTES = 1_000_000
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
        if headers.get("Sec-Fetch-Site") in ("cross-site", "same-site") and headers.get("Sec-Fetch-Dest") != "document":
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


class HedgeVoila(Voila):
    """Voila, set up for a public page.

    Parameters
    ----------
    listener
        Listens already, so a port in use is found before a kernel is started.
    first_page
        The notebook that ``/`` leads to.
    """

    name = "voila"

    idle_seconds = Float(60.0, config=True, help="How long a connection may send nothing, or not a whole request.")
    has_first_pictures = Bool(True, config=True, help="Whether a page shows a saved picture until its kernel answers.")
    behind_proxy = Bool(False, config=True, help="Whether a proxy tells in X-Forwarded-For whom a request comes from.")
    stop_seconds = Float(8.0, config=True, help="How long stopping may take before the server ends without more ado.")
    failure: KernelStartError | None = None
    is_stopping = False

    def __init__(self, *, listener: socket.socket, first_page: str = FIRST_PAGE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.listener = listener
        self.first_page = first_page

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read options; stop cleanly on Ctrl-C as on SIGTERM."""
        self.ioloop = IOLoop.current()  # already here, because a signal may come before the server listens
        super().initialize(argv)
        signal.signal(signal.SIGINT, self._handle_signal_stop)
        self.port = self.listener.getsockname()[1]
        if "transport" not in self.config.KernelManager:
            self.update_config(Config(KernelManager={"transport": transport(self.connection_dir_root)}))
        self.first_pictures = FirstPictures(Path(self.root_dir), self.base_url)
        resources = template_resources(self.base_url)
        self.voila_configuration.resources = resources
        self.voila_configuration.config.VoilaConfiguration.resources = resources

    def init_settings(self) -> dict[str, Any]:
        """Return tornado's settings; compression has no effect unless it is set before the application is made."""
        settings = super().init_settings()
        return {
            **settings,
            "jinja2_env": settings["voila_jinja2_env"],  # what Jupyter's own handlers refuse looks the same
            "compress_response": True,
            "static_immutable_cache": [url_path_join(self.server_url, "voila/labextensions/")],
            "headers": {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff"},
            "default_handler_class": NotFound,
            "first_pictures": self.first_pictures,
            "hedge_widgets_behind_proxy": self.behind_proxy,
        }

    def init_handlers(self) -> list[Any]:
        """Return those of Voila's rules that a page needs, the packed scripts, and ``/`` leading to the page."""
        rules = [rule for rule in super().init_handlers() if self._is_needed(rule[0])]
        # Voila's handler takes apart a path of this form, and fails on any other.
        own = f"/voila/templates/({self.voila_configuration.template}/static/.+)"
        rules = [(rule[0].replace("/voila/templates/(.*)", own), *rule[1:]) for rule in rules]
        rules = [(rule[0], Page, *rule[2:]) if rule[1] is TornadoVoilaHandler else rule for rule in rules]
        target = url_path_join(self.base_url, "voila/render", self.first_page)
        home = (self.server_url, RedirectHandler, {"url": target, "permanent": False})
        gate = Rule(NotAsked(url_path_join(self.server_url, "/voila/api/shutdown/")), Refusal)
        ours = [*script_rules(self.server_url), *self.first_pictures.rules(self.server_url)]
        return [gate, home, *ours, *rules]

    def _is_needed(self, rule: str) -> bool:
        path = rule.removeprefix(self.server_url.rstrip("/"))
        return path.startswith(NEEDED) and not path.startswith("/voila/api/contents")

    def listen(self) -> None:
        """Serve until a signal comes.

        Raises
        ------
        KernelStartError
            If no kernel starts.
        """
        # Pages send next to nothing: files come over the websocket, which has limits of its own.
        server = LimitedServer(
            self.app,
            is_behind_proxy=self.behind_proxy,
            max_body_size=MOST_BODY_BYTES,
            body_timeout=self.idle_seconds,
            idle_connection_timeout=self.idle_seconds,
        )
        server.add_socket(self.listener)
        self.ioloop.add_callback(self._announce)
        self.ioloop.start()
        shutil.rmtree(self.connection_dir, ignore_errors=True)
        if self.failure:
            raise self.failure

    def _handle_signal_stop(self, sig: int, frame: object) -> None:
        signal.signal(sig, signal.SIG_DFL)
        last_resort = threading.Timer(self.stop_seconds, self._end_at_once)
        last_resort.daemon = True
        last_resort.start()
        self.ioloop.add_callback_from_signal(self._shut_down)

    def _end_at_once(self) -> None:
        # The loop is stuck, so nothing that needs it can be waited for. Kernels that are not listed yet notice by
        # themselves that their server is gone.
        self.first_pictures.end()
        for kernel in list(self.kernel_manager._kernels.values()):
            with suppress(Exception):
                kernel.provisioner.process.kill()
        os._exit(1)

    async def _shut_down(self) -> None:
        # Here and not after the loop: kernels that are still starting need it. They hold nothing worth a goodbye,
        # and that a page being made now fails is not worth a report.
        self.is_stopping = True
        logging.disable(logging.CRITICAL)
        try:
            self.first_pictures.end()
            await self.kernel_manager.shutdown_all(now=True)
        finally:
            self.ioloop.stop()

    async def _announce(self) -> None:
        # A page asked for before the first warm kernel is there would start one more, and be later than that one.
        try:
            with held_back(self.log):
                await wait_for_kernel(self.kernel_manager, self.first_page)
        except KernelStartError as failure:
            if not self.is_stopping:
                self.failure = failure
                await self._shut_down()
        if self.is_stopping:
            return
        host = self.ip if self.ip not in ("", "0.0.0.0", "::") else "localhost"
        if self.has_first_pictures:
            self.first_pictures.begin()
        address = f"http://{f'[{host}]' if ':' in host else host}:{self.port}{self.base_url}"
        ready = f"The hedge simulator is ready at {address} (stop it with Ctrl-C)"
        print(ready, self.kernel_manager.told, sep="\n", flush=True)
        if self.open_browser:
            self.ioloop.run_in_executor(None, webbrowser.open, address)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    Raises
    ------
    OSError
        With a sentence for the user, if the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        reason = error.strerror or error
        raise OSError(f"{host}:{port} cannot be used ({reason}); choose another --host or --port") from error
    listener.setblocking(False)
    return listener


def serve(
    host: str,
    port: int,
    notebooks: Path,
    *,
    first_page: str = FIRST_PAGE,
    open_browser: bool = True,
    warm: int = 0,
    options: Sequence[str] = (),
) -> None:
    """Serve the notebooks until Ctrl-C or SIGTERM.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    notebooks
        The folder of the notebooks.
    first_page
        The notebook in it that ``/`` leads to and that is kept warm.
    open_browser
        Whether to open the page.
    warm
        How many kernels of every page wait for visitors.
    options
        Further options of Voila, e.g. ``--Voila.base_url=/hedge/``.

    Raises
    ------
    OSError
        With a sentence for the user, if the address cannot be used, nothing can be written or no kernel starts.
    """
    # First on the path, so the template of the running code wins over a copy that an earlier version installed.
    paths = [str(PACKAGE / "jupyter" / "share" / "jupyter"), os.environ.get("JUPYTER_PATH", "")]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, paths))
    os.environ.setdefault("JUPYTER_WIDGETS_ECHO", "0")
    # Tornado warns about the ping times that jupyter_server itself chooses.
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    with bind(host, port) as listener, private_folder() as folder:
        replace_closed_home(folder)
        config = app_config(host, notebooks, first_page, open_browser, folder, warm)
        app = HedgeVoila(listener=listener, first_page=first_page, config=config)
        app.initialize(list(options))
        app.start()
