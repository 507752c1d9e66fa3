"""A notebook as one HTML file: its text, its page without a kernel, and what its worked examples print."""

import ast
import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from IPython.display import Markdown
from latex2mathml.converter import convert
from nbconvert.filters import markdown2html

from hedge_widgets.live import script
from hedge_widgets.pages.page import Page
from hedge_widgets.published.saved import Saved, as_json, saved
from hedge_widgets.resources import PACKAGE, VENDOR

FOLDER = Path(__file__).parent
TEMPLATE = PACKAGE / "jupyter" / "share" / "jupyter" / "voila" / "templates" / "hedge_widgets"
ORDER = ("models", "answers", "controls", "host")
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)


@dataclass(frozen=True)
class Scripts:
    """Where a document finds the two libraries: addresses of files, or the scripts themselves."""

    plotly: str = "plotly-cartesian.min.js"
    sliders: str = "nouislider.min.js"
    is_inline: bool = False

    def tags(self) -> str:
        """Return the script elements."""
        return "".join(
            f"<script>{_script(VENDOR / name)}</script>" if self.is_inline else f'<script src="{name}"></script>'
            for name in (self.sliders, self.plotly)
        )


def document(notebook: Path, scripts: Scripts, change: Callable[[Page], None] = lambda _page: None) -> str:
    """Return a notebook as a page of HTML that needs no kernel, no server and no network.

    ``change`` is done to the page before it is written down, such as showing a book.
    """
    nb = json.loads(notebook.read_text(encoding="utf-8"))
    body, pages = [], []
    for shown in _shown(nb):
        if isinstance(shown, Page):
            change(shown)
            pages.append(saved(shown))
            body.append('<div id="hw-saved"></div>')
        else:
            body.append(f'<div class="jp-Cell"><div class="jp-RenderedMarkdown">{_typeset(shown)}</div></div>')
    (page,) = pages
    title = html.escape(nb["metadata"].get("title", "Hedge simulator"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<script>{_script(TEMPLATE / 'theme.js')}</script>"
        f"<style>{(FOLDER / 'page.css').read_text()}{(TEMPLATE / 'style.css').read_text()}{page.css}</style></head>"
        f'<body class="jp-Notebook"><noscript><p class="hw-notice">This page needs JavaScript.</p></noscript>'
        f'<main id="rendered_cells">{"".join(body)}</main>{scripts.tags()}{page_scripts(page)}</body></html>\n'
    )


def page_scripts(page: Saved) -> str:
    """Return what puts a saved page up: its state, its tables and the scripts that know them."""
    modules = "".join(
        f"<script type=module>{_registered(key, text)}</script>" for key, text in page.modules.items()
    )
    return (
        f'<script type="application/json" id="hw-saved-page">{as_json(page.document())}</script>'
        f'<script type="text/plain" id="hw-saved-tables">{page.packed()}</script>'
        f"{modules}<script type=module>{_host()}</script>"
    )


def _registered(key: str, text: str) -> str:
    """Return a widget's module, which exports one object, as a script that puts it where the host finds it."""
    head, tail = text.rsplit("export default ", 1)
    return _harmless(f'{head}(window.__hedgeSaved ??= {{}})["{key}"] = {tail}')


@cache
def _host() -> str:
    return _harmless(
        f"{script.joined(FOLDER / 'js', ORDER)}"
        'putUp(document.getElementById("hw-saved"), JSON.parse(document.getElementById("hw-saved-page").textContent),'
        ' document.getElementById("hw-saved-tables").textContent);'
    )


def _harmless(text: str) -> str:
    """Return a script without what would end its element."""
    return text.replace("</script", "<\\/script")


@cache
def _script(path: Path) -> str:
    return _harmless(path.read_text(encoding="utf-8"))


def _shown(nb: Mapping[str, Any]) -> Iterator[Page | str]:
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
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "notebook", "exec"), names)
    return eval(compile(ast.Expression(last.value), "notebook", "eval"), names) if last else None


def _typeset(text: str) -> str:
    """Return Markdown as HTML whose formulas are MathML, which browsers typeset by themselves."""

    def typeset(found: re.Match[str]) -> str:
        block, inline = found.groups()
        return convert(html.unescape(block or inline), display="block" if block else "inline")

    return _FORMULA.sub(typeset, markdown2html(text))
