"""Writing pages that need no kernel into a folder."""

import html
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from hedge_widgets.live.page import LONGEST_ADDRESS
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.address import SAFE
from hedge_widgets.pages.book import PAGES
from hedge_widgets.pages.page import Page
from hedge_widgets.published.document import LIBRARIES, document, live_page, shown_by
from hedge_widgets.published.module import module
from hedge_widgets.published.saved import TOGETHER, saved
from hedge_widgets.resources import VENDOR


def publish(
    folder: Path,
    notebooks: Path,
    names: Sequence[str] = tuple(PAGES),
    *,
    book: str = "",
    is_single: bool = False,
    is_module: bool = False,
    app: str = "",
    progress: Callable[[str], None] = lambda _file: None,
) -> list[Path]:
    """Write pages into a folder, from which any static host, or a browser alone, shows them; return the files.

    Parameters
    ----------
    folder
        Is made if it does not exist; files of the same names in it are replaced.
    notebooks
        The folder of the notebooks.
    names
        Of the pages, as in ``PAGES``.
    book
        The state that the pages show, as it stands behind ``#1=`` in an address; "" for what they open with.
    is_single
        Whether every page carries all it needs, instead of files beside it.
    is_module
        Whether the pages are modules that other people's pages embed, instead of pages of their own.
    app
        Address of the live pages, to which the saved ones link; "" for none.
    progress
        Is told the name of every file written.

    Raises
    ------
    InputError
        If a page cannot show the book.
    OSError
        If something cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: f"{Path(PAGES[name][1]).stem}{'.js' if is_module else '.html'}" for name in names}

    def show(page: Page) -> None:
        if book:
            page.state = book
        if page.live.said:
            raise InputError(f"{PAGES[page.name][1]}: {page.live.said}")

    written = []
    for name, file in files.items():
        notebook = notebooks / PAGES[name][1]
        if is_module:
            beside = "" if is_single else f"{notebook.stem}.json"
            text, data = _module(notebook, show, beside, live_page(app, notebook.name))
            written += [_write(folder / beside, data)] if beside else []
        else:
            text = document(notebook, show, is_single=is_single, pages=files, app=app)
        written.append(_write(folder / file, text))
        progress(file)
    if not is_module:
        written += _index(folder, files)
    for library in () if is_single else LIBRARIES:
        for file in (library, *(path.name for path in VENDOR.glob(f"{library.split('-')[0].split('.')[0]}-LICENSE*"))):
            written.append(Path(shutil.copy(VENDOR / file, folder / file)))
    return written


def _module(notebook: Path, change: Callable[[Page], None], beside: str, link: str) -> tuple[str, str]:
    (page,) = (shown for shown in shown_by(json.loads(notebook.read_text(encoding="utf-8"))) if isinstance(shown, Page))
    change(page)
    return module(saved(page, TOGETHER.get(page.name, {})), beside, link)


def _index(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write the file that hosts look for, which leads to the first page, unless it is there."""
    if "index.html" in files.values():
        return []
    first = html.escape(next(iter(files.values())))
    lead = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={first}">'
    text = f'{lead}<title>Hedge simulator</title><a href="{first}">{first}</a>\n'
    return [_write(folder / "index.html", text)]


def state_in(text: str) -> str:
    """Return the state in a file: JSON as pages write it, or the link that "Copy link" copies.

    Raises
    ------
    InputError
        If it is neither, or longer than an address may be.
    """
    text = text.strip()
    if "#1=" not in text and not text.startswith("{"):
        raise InputError("the book must be a link copied from a page, or the JSON that stands in one")
    state = text.split("#1=", 1)[1] if "#1=" in text else quote(text, safe=SAFE)
    if len(state) > LONGEST_ADDRESS:
        raise InputError(f"the book must be at most {LONGEST_ADDRESS:,} characters as a link, not {len(state):,}")
    return state


def _write(path: Path, text: str) -> Path:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path
