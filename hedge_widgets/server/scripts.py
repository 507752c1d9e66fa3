"""Scripts served packed: plotly.js, and the many small files of Voila's page joined into one."""

import asyncio
import gzip
import hashlib
import json
import os
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import brotli
import platformdirs
from jupyter_core.paths import jupyter_path
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import url_path_join
from tornado.web import RequestHandler

from hedge_widgets.formulas import typeset
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


# What is mended in the scripts of others, each a text that is there once and what takes its place.
_MENDED = {
    # The typesetter loads 200 kB of MathJax for the first label or text of a page, be there a formula or not. Ours are
    # MathML, from the server; where a notebook shows TeX, MathJax still comes, part by part.
    b"async typeset(e){try{": (rb"async typeset(e){if(!/\$[^$]+\$|\\[(\[]|\\begin\b/.test(e.textContent))return;try{"),
    # The widget manager asks for a widget every 100 ms for two seconds, and gives up without a last look: what came
    # while it waited the last time is "not found", though it is there.
    b'throw Error("widget model not found")}return t}': (
        b'if(void 0!==(t=this._models[e]))return t;throw Error("widget model not found")}return t}'
    ),
}


def mended(script: bytes) -> bytes:
    """Return a script with what is known to be wrong in it mended; one of another version stays as it is."""
    for wrong, right in _MENDED.items():
        if script.count(wrong) == 1:
            script = script.replace(wrong, right)
    return script


class Packed:
    """Script files, joined and packed in the background, under a name that changes when they do.

    ``bodies`` holds them by content encoding, the smallest first: gzip at once, brotli after it.
    """

    def __init__(self, stem: str, files: Sequence[Path]) -> None:
        stats = [(path.name, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in files]
        self.stem = stem
        self.name = f"{stem}-{hashlib.sha256(repr((_MENDED, stats)).encode()).hexdigest()[:12]}.js"
        self.bodies: dict[str, bytes] = {}
        self.ready: Future[None] = Future()
        threading.Thread(target=self._pack, args=[files], name=f"pack-{stem}", daemon=True).start()

    def _pack(self, files: Sequence[Path]) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, 0, 10)  # of this thread: a visitor comes first
        try:
            joined = mended(b"\n;\n".join(path.read_bytes() for path in files))
            self.bodies = {"gzip": gzip.compress(joined, 6, mtime=0)}
        except BaseException as error:  # whoever waits for it hears of it
            self.ready.set_exception(error)
            raise
        self.ready.set_result(None)
        self.bodies = {"br": self._brotli(joined), **self.bodies}

    def _brotli(self, joined: bytes) -> bytes:
        """Return it in Brotli, which takes seconds of computing: kept in the user's cache folder for the next start."""
        kept = platformdirs.user_cache_path("hedge_widgets", appauthor=False) / "scripts" / f"{self.name}.br"
        with suppress(OSError, brotli.error):
            if brotli.decompress(known := kept.read_bytes()) == joined:
                return known
        body: bytes = brotli.compress(joined, quality=10)
        with suppress(OSError):  # a cache that cannot be written costs the next start the same seconds
            kept.parent.mkdir(parents=True, exist_ok=True)
            for old in kept.parent.glob(f"{self.stem}-*"):
                old.unlink()
            part = kept.with_suffix(f".{os.getpid()}")
            part.write_bytes(body)
            part.replace(kept)
        return body


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
            await asyncio.wrap_future(script.ready)
            await send_packed(self, script.bodies, "text/javascript; charset=utf-8")


def accepted(header: str) -> set[str]:
    """Return the content encodings that an Accept-Encoding header takes."""
    parts = (re.fullmatch(r"\s*([\w-]+)\s*(?:;\s*q=([\d.]+)\s*)?", part) for part in header.lower().split(","))
    return {part[1] for part in parts if part and (part[2] is None or part[2].strip("0."))}


async def send_packed(handler: RequestHandler, bodies: Mapping[str, bytes], kind: str) -> None:
    """Answer with a body under a name that changes when it does.

    ``bodies`` has it by content encoding, gzip among them, the best first; who can read none gets it unpacked.
    """
    handler.set_header("Content-Type", kind)
    handler.set_header("Cache-Control", "public, max-age=31536000, immutable")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Vary", "Accept-Encoding")
    known = accepted(handler.request.headers.get("Accept-Encoding", ""))
    encoding = next((each for each in bodies if each in known), None)
    if encoding:
        handler.set_header("Content-Encoding", encoding)
    body = bodies[encoding] if encoding else gzip.decompress(bodies["gzip"])
    await handler.finish(body)


def script_rules(prefix: str) -> list[tuple[str, type[RequestHandler]]]:
    """Return the tornado rules that serve the packed scripts under ``prefix``."""
    return [(url_path_join(prefix, r"/hedge_widgets/([\w.-]+\.js)"), PackedHandler)]


def template_resources(base_url: str) -> dict[str, Any]:
    """Return what the page template has to know: the scripts' addresses, the wanted extensions, how to typeset."""
    addresses = {script.stem: url_path_join(base_url, "hedge_widgets", script.name) for script in packed_scripts()}
    return {"hedge_widgets": {**addresses, "extensions": list(EXTENSIONS), "typeset": typeset}}
