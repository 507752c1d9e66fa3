"""The first pictures of the live pages, made in a process of their own: what a server sends before a kernel answers.

    python -m hedge_widgets.published.first FOLDER

writes a line of JSON for every notebook of ours in the folder: ``notebook``, its file name; ``title``; ``html``, what
stands in the page until the live one is drawn; ``tables``, the gzipped bytes of its sliders' tables in base64.
"""

import base64
import contextlib
import gzip
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hedge_widgets.pages.book import PAGES
from hedge_widgets.pages.page import Page
from hedge_widgets.published.document import (
    FOLDER,
    PLACE,
    host,
    library,
    modules_of,
    run,
    shown_by,
    text_cell,
    title_of,
)
from hedge_widgets.published.saved import Saved, as_json, saved

# Stand in the HTML where the server knows an address.
PLOTLY, TABLES = "{{plotly}}", "{{tables}}"


def first_picture(nb: Mapping[str, Any]) -> tuple[str, Saved] | None:
    """Return (HTML, the page saved) of a notebook's first picture, None of one that has no page or a complaint."""
    body: list[str] = []
    for shown in shown_by(nb):
        if isinstance(shown, Page):
            return None if shown.live.said else _picture("".join(body), saved(shown, {}))
        body.append(text_cell(shown))
    return None


def _picture(head: str, page: Saved) -> tuple[str, Saved]:
    begin = (
        'const place = document.getElementById("hw-first");'
        'const saved = JSON.parse(document.getElementById("hw-first-page").textContent);'
        f'window.hedgeFirst = showFirst(place, saved, "{TABLES}");'
    )
    style = f"<style>{(FOLDER / 'page.css').read_text(encoding='utf-8')}{page.css}</style>"
    said = f'<script type="application/json" id="hw-first-page">{as_json(page.document())}</script>'
    scripts = f"{library('nouislider.min.js')}{modules_of(page)}{run(host(), begin)}"
    # Words and numbers first; then the charts, before anything of the live page runs.
    charts = f'<script src="{PLOTLY}" onload="window.hedgeWidgetsDraw?.()"></script>'
    return f'<div id="hw-first" class="hw-first">{style}{head}{PLACE}{said}</div>{scripts}{charts}', page


def main(folder: Path) -> None:
    """Write the first pictures of a folder's notebooks, the simplest page first."""
    if hasattr(os, "nice"):
        os.nice(10)  # a visitor's kernel comes first
    for _, name, _ in PAGES.values():
        if not (folder / name).is_file():
            continue
        try:
            nb = json.loads((folder / name).read_text(encoding="utf-8"))
            with contextlib.redirect_stdout(sys.stderr):  # what a notebook prints is no line of ours
                picture = first_picture(nb)
        except Exception as error:  # whatever a notebook of somebody else does, the other pages have their picture
            print(f"{name} has no first picture: {error}", file=sys.stderr)
            continue
        if picture:
            tables = gzip.compress(b"".join(each.block for each in picture[1].lattices), 6, mtime=0)
            line = {
                "notebook": name,
                "title": title_of(nb),
                "html": picture[0],
                "tables": base64.b64encode(tables).decode(),
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
