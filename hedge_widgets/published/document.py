"""A notebook as one HTML file: its text, its page without a kernel, and what its worked examples print."""

import ast
import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from IPython.display import Markdown
from nbconvert.filters import markdown2html

from hedge_widgets.formulas import typeset
from hedge_widgets.live import script
from hedge_widgets.pages.book import joined
from hedge_widgets.pages.page import Page
from hedge_widgets.published.saved import TOGETHER, Saved, as_json, saved
from hedge_widgets.resources import PACKAGE, VENDOR

FOLDER = Path(__file__).parent
TEMPLATE = PACKAGE / "jupyter" / "share" / "jupyter" / "voila" / "templates" / "hedge_widgets"
LIBRARIES = ("nouislider.min.js", "plotly-cartesian.min.js")
ORDER = ("models", "answers", "controls", "sliders", "host", "first", "module")
PLACE = '<div id="hw-saved"></div>'  # where a page's widgets come


def document(
    notebook: Path,
    change: Callable[[Page], None] = lambda _page: None,
    *,
    is_single: bool = False,
    pages: Mapping[str, str] | None = None,
    app: str = "",
) -> str:
    """Return a notebook as a page of HTML that needs no kernel, no server and no network.

    Parameters
    ----------
    notebook
        With one page in it.
    change
        Is done to the page before it is written down, such as showing a book.
    is_single
        Whether the libraries are part of the document, instead of files beside it.
    pages
        Files of the pages that lie beside it, by name: the bar leads to these.
    app
        Address of the live pages, "" for none.
    """
    nb = json.loads(notebook.read_text(encoding="utf-8"))
    body, found = [], []
    for shown in shown_by(nb):
        if isinstance(shown, Page):
            change(shown)
            found.append(saved(shown, TOGETHER.get(shown.name, {})))
            body.append(f"{said_of(found[-1], live_page(app, notebook.name))}{PLACE}")
        else:
            body.append(text_cell(shown))
    (page,) = found
    return (
        f'<!doctype html><html lang="en" data-hw-saved><head><meta charset="utf-8"><title>{title_of(nb)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><script>{_script(TEMPLATE / "theme.js")}</script>'
        f"<style>{_style()}{page.css}</style></head>"
        '<body class="jp-Notebook"><noscript><p class="hw-notice">This page needs JavaScript.</p></noscript>'
        f'<main id="rendered_cells">{"".join(body)}</main>{_libraries(is_single)}{_page_scripts(page, pages)}'
        "</body></html>\n"
    )


def title_of(nb: Mapping[str, Any]) -> str:
    """Return a notebook's title, escaped."""
    return html.escape(nb["metadata"].get("title", "Hedge simulator"))


def text_cell(text: str) -> str:
    """Return Markdown as a cell of text."""
    return f'<div class="jp-Cell"><div class="jp-RenderedMarkdown">{typeset(markdown2html(text))}</div></div>'


def live_page(app: str, notebook: str) -> str:
    """Return the address of a notebook's live page, "" where there is no app."""
    return f"{app.rstrip('/')}/voila/render/{notebook}" if app else ""


def said_of(page: Saved, link: str) -> str:
    """Return what a saved page says of itself, and the link to the live one."""
    places = [f"{page.titles[name]} ({len(places)} positions)" for name, places in page.together.items()]
    sliders = f"{joined(places)} move together, and every other slider moves" if places else "Each slider moves"
    live = f'<a class="hw-live-app" href="{html.escape(link)}">the live page</a>' if link else "the live page"
    return (
        "<p class='hw-note hw-saved-note'>This is a saved page; its sliders answer without a server. "
        f"{sliders[:1].upper()}{sliders[1:]} alone: the others go back to where they were saved. "
        "Boxes, lists and tables stay as they were, and are grey when a slider has moved; to change them, "
        f"open {live}.</p>"
    )


def _style() -> str:
    return (FOLDER / "page.css").read_text(encoding="utf-8") + (TEMPLATE / "style.css").read_text(encoding="utf-8")


def _libraries(is_single: bool) -> str:
    return "".join(library(name) if is_single else f'<script src="{name}"></script>' for name in LIBRARIES)


def library(name: str) -> str:
    """Return a library of the browser as a script element that holds it."""
    return f"<script>{_script(VENDOR / name)}</script>"


def _page_scripts(page: Saved, pages: Mapping[str, str] | None) -> str:
    """Return what puts a saved page up: its state, its tables and the scripts that know them."""
    begin = (
        "const text = (id) => document.getElementById(id).textContent;"
        'const saved = JSON.parse(text("hw-saved-page"));'
        'const page = putUp(document.getElementById("hw-saved"), saved);'
        'answer(page, saved, unpacked(text("hw-saved-tables"))).then(() =>'
        " keepAddress(page.sliders));"
    )
    return (
        f'<script type="application/json" id="hw-saved-page">{as_json(page.document(pages))}</script>'
        f'<script type="text/plain" id="hw-saved-tables">{page.packed()}</script>'
        f"{modules_of(page)}{run(host(), begin)}"
    )


def modules_of(page: Saved) -> str:
    """Return the script elements of a page's widgets, each of which exports one object, put where the host finds it."""
    return "".join(run(text) for text in widget_scripts(page))


def widget_scripts(page: Saved) -> list[str]:
    """Return the scripts of a page's widgets, without what they export, which is put where the host finds it."""
    parts = {key: text.rsplit("export default ", 1) for key, text in page.modules.items()}
    return [f'{head}(window.__hedgeSaved ??= {{}})["{key}"] = {tail}' for key, (head, tail) in parts.items()]


@cache
def host() -> str:
    """Return the joined modules of a saved page's own script."""
    return script.joined(FOLDER / "js", ORDER)


def run(*texts: str) -> str:
    """Return a script element that runs at once, its names its own."""
    return f"<script>{_harmless(alone(*texts))}</script>"


def alone(*texts: str) -> str:
    """Return a script whose names are its own."""
    return f"(() => {{{''.join(texts)}\n}})();"


def _harmless(text: str) -> str:
    """Return a script without what would end its element."""
    return re.sub(r"<(?=/script|!--)", r"\\x3c", text, flags=re.IGNORECASE)


@cache
def _script(path: Path) -> str:
    return _harmless(path.read_text(encoding="utf-8"))


def shown_by(nb: Mapping[str, Any]) -> Iterator[Page | str]:
    """Return what a notebook shows, cell by cell: its text, its page, the text that its examples print."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in nb["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield source
            continue
        value = _run(source, names)
        if isinstance(value, Page):
            yield value
        elif isinstance(value, Markdown):
            yield value.data


def _run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell and return the value of the expression it ends in, None where it ends in none."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        last = None
    else:
        tree.body.pop()
    exec(compile(tree, "notebook", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "notebook", "eval"), names)
