"""First pictures: what a page shows before its kernel answers, made once for all visitors."""

import asyncio
import base64
import hashlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import url_path_join
from tornado.web import RequestHandler

from hedge_widgets.market.manifest import MANIFEST
from hedge_widgets.market.store import store_folder
from hedge_widgets.server.scripts import packed_scripts, send_packed

MARK = "<!--hw-first-->"  # where the template has room for it
MOST_LINE_BYTES = 50_000_000
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)


class FirstPictures:
    """The first pictures of a folder's pages, made in a process of its own while the server serves.

    They show what a page opens with: the examples, or the prices of the store. When the store has changed, there are
    none until they have been made again.
    """

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder, self.base_url = folder, base_url
        self.tables: dict[str, bytes] = {}
        self._blocks: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self._present: set[str] = set()
        self._top = ""  # what the template writes before a first picture, "{title}" for the title
        self._made_of: object = None
        self._making: asyncio.Task[None] | None = None

    def block(self, notebook: str) -> str:
        """Return the HTML of a notebook's first picture, "" where there is none (yet)."""
        if self._made_of is not None and self._made_of != _sources():
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
                self._top = _TITLE.sub("<title>{title}</title>", top)
                yield rest if is_ahead else f"{top}{block}{rest}"
                held = None
        if held and not is_ahead:
            yield held

    def begin(self) -> None:
        """Make all of them in the background; until then there are none."""
        # A visitor who came a moment ago may still ask for the tables of before.
        for name in self.tables.keys() - self._present:
            del self.tables[name]
        self._blocks, self._present, self._made_of = {}, set(), _sources()
        if self._making is not None:
            self._making.cancel()  # it reads what is no longer there
        self._making = asyncio.ensure_future(self._make())

    async def end(self) -> None:
        """Make no more."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)

    async def _make(self) -> None:
        command = (sys.executable, "-m", "hedge_widgets.published.first", str(self.folder))
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=nothing, limit=MOST_LINE_BYTES)
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                self._take(json.loads(line))
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()

    def _take(self, made: dict[str, Any]) -> None:
        tables = base64.b64decode(made["tables"])
        name = f"first-{hashlib.sha256(tables).hexdigest()[:12]}.bin"
        self.tables[name] = tables
        self._present.add(name)
        scripts = {script.stem: script.name for script in packed_scripts()}
        addresses = {"{{plotly}}": scripts["plotly"], "{{tables}}": name}
        block = str(made["html"])
        for mark, file in addresses.items():
            block = block.replace(mark, url_path_join(self.base_url, "hedge_widgets", file))
        self._titles[str(made["notebook"])] = str(made["title"])
        self._blocks[str(made["notebook"])] = block

    def rules(self, prefix: str) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
        """Return the tornado rules that serve the tables."""
        return [(url_path_join(prefix, r"/hedge_widgets/(first-\w+\.bin)"), TablesHandler, {"tables": self.tables})]


class TablesHandler(RequestHandler):
    """Serve the tables of first pictures, which are public."""

    def initialize(self, tables: dict[str, bytes]) -> None:
        """Keep where they are."""
        self.tables = tables

    @allow_unauthenticated
    async def get(self, name: str) -> None:
        """Answer with the tables called ``name``."""
        if name in self.tables:
            await send_packed(self, self.tables[name], "application/octet-stream")
        else:
            self.send_error(404)


def _sources() -> tuple[object, ...]:
    """Return what tells whether the prices and terms that pages open with are still the same."""
    paths = [store_folder() / MANIFEST, Path(os.environ.get("HEDGE_WIDGETS_PRICES", os.devnull))]
    found = []
    for path in paths:
        try:
            stat = path.stat()
            found.append((stat.st_mtime_ns, stat.st_size))
        except OSError:
            found.append((0, 0))
    return tuple(found)
