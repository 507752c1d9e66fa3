"""First pictures: what a page shows before its kernel answers, made once for all visitors."""

import asyncio
import base64
import hashlib
import json
import logging
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import url_path_join
from tornado.web import RequestHandler

from hedge_widgets.market.manifest import MANIFEST
from hedge_widgets.market.store import store_folder
from hedge_widgets.server.scripts import packed_scripts, send_packed
from hedge_widgets.widgets.ages import today

MARK = "<!--hw-first-->"  # where the template has room for it
MOST_LINE_BYTES = 50_000_000
MOST_SECONDS = 300
MOST_FILES = 64  # a few times as many as the pages have
log = logging.getLogger(__name__)
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)


class FirstPictures:
    """The first pictures of a folder's pages, made in a process of its own while the server serves.

    They show what a page opens with: the examples, or the prices of the store. When the store has changed, there are
    none until they have been made again.
    """

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder, self.base_url = folder, base_url
        self.files: dict[str, bytes] = {}
        self._blocks: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._top = ""  # what the template writes before a first picture, "{title}" for the title
        self._made_of: object = None
        self._making: asyncio.Task[None] | None = None

    def block(self, notebook: str) -> str:
        """Return the HTML of a notebook's first picture, "" where there is none (yet)."""
        if self._made_of is not None and self._made_of != self._sources():
            self.begin()
        return self._blocks.get(notebook, "")

    async def led(self, notebook: str, pieces: AsyncIterator[str], head_start: float) -> AsyncIterator[str]:
        """Yield a page's pieces, its first picture at once where there is one.

        What the template writes before it is the same for all pages, so it is kept from the first page that is made.
        Making a page and starting its kernel keep the server busy; the browser gets a head start, in seconds, to ask
        for what the picture needs.
        """
        block = self.block(notebook)
        is_ahead = bool(block and self._top)
        if is_ahead:
            yield self._top.replace("{title}", self._titles[notebook]) + block
            await asyncio.sleep(head_start)
        held: str | None = ""
        async for piece in pieces:
            if held is None:
                yield piece
                continue
            held += piece
            top, mark, rest = held.partition(MARK)
            if mark:
                if top.lstrip().lower().startswith("<!doctype"):  # and not with a heartbeat that Voila sent meanwhile
                    self._top = _TITLE.sub("<title>{title}</title>", top)
                yield rest if is_ahead else f"{top}{block}{rest}"
                held = None
        if held and not is_ahead:
            yield held

    def begin(self) -> None:
        """Make all of them in the background; until then there are none."""
        # A visitor who came a moment ago may still ask for the files of before.
        while len(self.files) > MOST_FILES:
            del self.files[next(iter(self.files))]
        self._blocks, self._made_of = {}, self._sources()
        if self._making is not None:
            self._making.cancel()  # it reads what is no longer there
        self._making = asyncio.ensure_future(self._make())

    def end(self) -> None:
        """Make no more, whatever state the loop is in."""
        if self._making is not None:
            self._making.cancel()
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _make(self) -> None:
        command = (sys.executable, "-m", "hedge_widgets.published.first", str(self.folder))
        pipe = asyncio.subprocess.PIPE
        self._process = process = await asyncio.create_subprocess_exec(*command, stdout=pipe, limit=MOST_LINE_BYTES)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(MOST_SECONDS):
                async for line in process.stdout:
                    self._take(json.loads(line))
                await process.wait()
        except TimeoutError:
            log.error("First pictures took more than %d s, so that pages go without.", MOST_SECONDS)
        finally:
            if process.returncode is None:
                process.kill()

    def _take(self, made: dict[str, Any]) -> None:
        scripts = {script.stem: script.name for script in packed_scripts()}
        addresses = {"{{plotly}}": scripts["plotly"]}
        for part, ending in (("tables", "bin"), ("scripts", "js")):
            content = base64.b64decode(made[part])
            addresses[f"{{{{{part}}}}}"] = name = f"first-{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
            self.files.pop(name, None)  # the newest come last
            self.files[name] = content
        block = str(made["html"])
        for mark, file in addresses.items():
            block = block.replace(mark, url_path_join(self.base_url, "hedge_widgets", file))
        self._titles[str(made["notebook"])] = str(made["title"])
        self._blocks[str(made["notebook"])] = block

    def _sources(self) -> tuple[object, ...]:
        """Return what tells whether pages still open as they did: the day, prices and terms, the notebooks."""
        prices = Path(os.environ.get("HEDGE_WIDGETS_PRICES", os.devnull))
        found: list[object] = [today()]
        for path in (store_folder() / MANIFEST, prices, *sorted(self.folder.glob("*.ipynb"))):
            try:
                stat = path.stat()
                found.append((path.name, stat.st_mtime_ns, stat.st_size))
            except OSError:
                found.append(path.name)
        return tuple(found)

    def rules(self, prefix: str) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
        """Return the tornado rules that serve what first pictures load."""
        return [(url_path_join(prefix, r"/hedge_widgets/(first-\w+\.(?:bin|js))"), FilesHandler, {"files": self.files})]


class FilesHandler(RequestHandler):
    """Serve what first pictures load, which is public."""

    def initialize(self, files: dict[str, bytes]) -> None:
        """Keep where they are."""
        self.files = files

    @allow_unauthenticated
    async def get(self, name: str) -> None:
        """Answer with the file called ``name``."""
        if name in self.files:
            kind = "text/javascript; charset=utf-8" if name.endswith(".js") else "application/octet-stream"
            await send_packed(self, {"gzip": self.files[name]}, kind)
        else:
            self.send_error(404)
