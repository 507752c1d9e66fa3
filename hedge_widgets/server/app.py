"""The standalone app: Voila with warm kernels, one page, nothing from other hosts, and plain words when it fails."""

import logging
import os
import re
import shutil
import signal
import socket
import threading
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from tornado.ioloop import IOLoop
from tornado.routing import Rule
from tornado.web import RedirectHandler
from traitlets import Bool, Float, TraitError, Unicode, validate
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from hedge_widgets.resources import PACKAGE
from hedge_widgets.server.config import CONTENT_SECURITY_POLICY, app_config
from hedge_widgets.server.first import FirstPictures
from hedge_widgets.server.forked import ForkServer, register
from hedge_widgets.server.page import NotAsked, NotFound, Page, Refusal
from hedge_widgets.server.places import private_folder, replace_closed_home, transport
from hedge_widgets.server.ready import KernelStartError, held_back, wait_for_kernel
from hedge_widgets.server.scripts import script_rules, template_resources
from hedge_widgets.server.visitors import LimitedServer

FIRST_PAGE = "00_start.ipynb"
# What a page asks for. No file browser and no log-in.
NEEDED = ("/api/kernels/", *(f"/voila/{name}/" for name in ("api", "execution", "files", "labextensions", "query")))
NEEDED += ("/voila/render/", "/voila/static/", "/voila/templates/")
MOST_BODY_BYTES = 1_000_000


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
    has_fork_server = Bool(True, config=True, help="Whether kernels are forked, on Linux, from one that is ready.")
    has_first_pictures = Bool(True, config=True, help="Whether a page shows a saved picture until its kernel answers.")
    frame_ancestors = Unicode("'self'", config=True, help="Whose pages may show ours in a frame: addresses, by blanks.")
    behind_proxy = Bool(False, config=True, help="Whether a proxy tells in X-Forwarded-For whom a request comes from.")
    stop_seconds = Float(8.0, config=True, help="How long stopping may take before the server ends without more ado.")
    failure: KernelStartError | None = None
    is_stopping = False

    def __init__(self, *, listener: socket.socket, first_page: str = FIRST_PAGE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.listener = listener
        self.first_page = first_page
        self.fork_server = ForkServer()

    @validate("frame_ancestors")
    def _check_ancestors(self, proposal: Any) -> str:
        text: str = proposal["value"]
        if not re.fullmatch(r"[\w:/.*'\- ]+", text, re.ASCII):
            raise TraitError(f"frame_ancestors must be addresses such as https://lms.example.org, not {text!r:.60}")
        return text

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
            "headers": {
                "Content-Security-Policy": CONTENT_SECURITY_POLICY + self.frame_ancestors,
                "X-Content-Type-Options": "nosniff",
            },
            "default_handler_class": NotFound,
            "first_pictures": self.first_pictures,
            "hedge_widgets_behind_proxy": self.behind_proxy,
            "hedge_widgets_frame_ancestors": self.frame_ancestors,
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
        ours = [*self.first_pictures.rules(self.server_url), *script_rules(self.server_url)]
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
        self.fork_server.end()
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
            self.fork_server.end()
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
        if self.has_fork_server:
            self.fork_server.begin()
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
    # A page's matrices are small: threads that wait for work take a third of what opening it costs, and win nothing.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Tornado warns about the ping times that jupyter_server itself chooses.
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    with bind(host, port) as listener, private_folder() as folder:
        replace_closed_home(folder)
        config = app_config(host, notebooks, first_page, open_browser, folder, warm)
        register()
        app = HedgeVoila(listener=listener, first_page=first_page, config=config)
        app.initialize(list(options))
        app.start()
