"""The first pictures of the live pages, made in a process of their own: what a server sends before a kernel answers.

    python -m hedge_widgets.published.first FOLDER

writes a line of JSON for every notebook of ours in the folder: ``notebook``, its file name; ``title``; ``html``, what
stands in the page until the live one is drawn; in base64 and gzipped ``tables``, those of its sliders, and ``scripts``,
which a browser keeps from visit to visit.
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
    alone,
    host,
    run,
    shown_by,
    text_cell,
    title_of,
    widget_scripts,
)
from hedge_widgets.published.saved import Saved, as_json, saved
from hedge_widgets.resources import VENDOR

# Stand in the HTML where the server knows an address.
PLOTLY, TABLES, SCRIPTS = "{{plotly}}", "{{tables}}", "{{scripts}}"


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
        f'window.hedgeFirst = window.hedgeShowFirst(place, saved, "{TABLES}");'
    )
    style = f"<style>{(FOLDER / 'page.css').read_text(encoding='utf-8')}{page.css}</style>"
    said = f'<script type="application/json" id="hw-first-page">{as_json(page.document())}</script>'
    scripts = f'<script src="{SCRIPTS}"></script>{run(begin)}'
    # Words and numbers first; then the charts, before anything of the live page runs.
    charts = f'<script src="{PLOTLY}" onload="window.hedgeWidgetsDraw?.()"></script>'
    return f'<div id="hw-first" class="hw-first">{style}{head}{PLACE}{said}</div>{scripts}{charts}', page


def scripts_of(page: Saved) -> str:
    """Return what a first picture needs beside plotly.js; pages of the same widgets have the same."""
    slider = (VENDOR / "nouislider.min.js").read_text(encoding="utf-8")
    own = alone(host(), "window.hedgeShowFirst = showFirst;")
    return "\n;\n".join([slider, *map(alone, sorted(widget_scripts(page))), own])


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


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
            shown, page = picture
            line = {
                "notebook": name,
                "title": title_of(nb),
                "html": shown,
                "tables": page.packed(),
                "scripts": _packed(scripts_of(page).encode()),
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
