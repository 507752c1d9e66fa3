"""Scripts served packed: plotly.js, and the many small files of Voila's page joined into one."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import url_path_join
from tornado.web import RequestHandler

from hedge_widgets.resources import VENDOR

# The front-end extensions that a page of ipywidgets and anywidget needs; an environment's others stay out.
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager7",
    "@voila-dashboards/widgets-manager8",
    "anywidget",
)


def boot_files() -> list[Path]:
    """Return the script files that Voila's page loads one after the other before it shows a widget.

    They are webpack chunks, which only put their modules on a list: their order does not matter, a module that is not
    needed never runs, and a chunk that is missing here is loaded from its own address as before. So a list that was
    made for another version of Voila (boot_files.json has the chunk numbers, read off a browser) costs time, no more.
    """
    listed: dict[str, list[str]] = json.loads(Path(__file__).with_name("boot_files.json").read_text())
    files: list[Path] = []
    for name, numbers in listed.items():
        folder = next((path for entry in jupyter_path(name) if (path := Path(entry)).is_dir()), None)
        if folder is not None:
            files += [path for number in numbers for path in sorted(folder.glob(f"{number}.*.js"))]
    return files


class Packed:
    """Script files, joined and gzipped in the background, under a name that changes when they do."""

    def __init__(self, stem: str, files: Sequence[Path]) -> None:
        stats = [(path.name, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in files]
        self.stem = stem
        self.name = f"{stem}-{hashlib.sha256(repr(stats).encode()).hexdigest()[:12]}.js"
        pool = ThreadPoolExecutor(1, f"pack-{stem}")
        self.body = pool.submit(lambda: gzip.compress(b"\n;\n".join(path.read_bytes() for path in files), 6, mtime=0))
        pool.shutdown(wait=False)


@cache
def packed_scripts() -> tuple[Packed, ...]:
    """Return plotly.js and the boot script, packed once per process."""
    return Packed("plotly", [VENDOR / "plotly-cartesian.min.js"]), Packed("boot", boot_files())


class PackedHandler(RequestHandler):
    """Serve the packed scripts, which are public; without its hash a name leads to the present one."""

    @allow_unauthenticated
    async def get(self, name: str) -> None:
        """Answer with the script called ``name``."""
        script = next((script for script in packed_scripts() if name in (script.name, f"{script.stem}.js")), None)
        if script is None:
            self.send_error(404)
        elif name != script.name:
            self.set_header("Cache-Control", "no-cache")
            self.redirect(script.name)
        else:
            await send_packed(self, await asyncio.wrap_future(script.body), "text/javascript; charset=utf-8")


async def send_packed(handler: RequestHandler, body: bytes, kind: str) -> None:
    """Answer with a gzipped body under a name that changes when it does, unpacked for whoever cannot do that."""
    handler.set_header("Content-Type", kind)
    handler.set_header("Cache-Control", "public, max-age=31536000, immutable")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Vary", "Accept-Encoding")
    if "gzip" in handler.request.headers.get("Accept-Encoding", ""):
        handler.set_header("Content-Encoding", "gzip")
    else:
        body = gzip.decompress(body)
    await handler.finish(body)


def script_rules(prefix: str) -> list[tuple[str, type[RequestHandler]]]:
    """Return the tornado rules that serve the packed scripts under ``prefix``."""
    return [(url_path_join(prefix, r"/hedge_widgets/([\w.-]+\.js)"), PackedHandler)]


def template_resources(base_url: str) -> dict[str, Any]:
    """Return what the page template has to know: the addresses of the scripts, and the wanted extensions."""
    addresses = {script.stem: url_path_join(base_url, "hedge_widgets", script.name) for script in packed_scripts()}
    return {"hedge_widgets": {**addresses, "extensions": list(EXTENSIONS)}}
