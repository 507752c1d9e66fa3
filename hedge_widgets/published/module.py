"""A notebook's page as an ES module, which other sites load and show: ``export default { render }``."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hedge_widgets.pages.page import Page
from hedge_widgets.published.document import FOLDER, LIBRARIES, cells_of, host, objects_of, said_of
from hedge_widgets.published.saved import Saved
from hedge_widgets.resources import VENDOR


def module(
    notebook: Path, change: Callable[[Page], None] = lambda _page: None, *, is_single: bool = False, app: str = ""
) -> tuple[str, str]:
    """Return (the module, what stands in the file of its name beside it: the page's state and its tables, as JSON).

    Parameters
    ----------
    notebook
        With one page in it.
    change
        Is done to the page before it is written down, such as showing a book.
    is_single
        Whether the module carries that JSON and the libraries, instead of loading the files beside it.
    app
        Address of the live pages, "" for none.
    """
    (page,) = (cell for cell in cells_of(notebook, change) if isinstance(cell, Saved))
    content = json.dumps({"page": page.document({}), "tables": page.packed()}, separators=(",", ":"))
    bundle: dict[str, Any] = {
        "file": f"{notebook.stem}.json",
        "libraries": list(LIBRARIES),
        "style": _style(page),
        "said": said_of(page, notebook, app),
    }
    whole = ""
    if is_single:
        libraries = "\n".join((VENDOR / name).read_text(encoding="utf-8") for name in LIBRARIES)
        # The names hide a page's AMD or CommonJS loader, which would swallow the globals.
        whole = f"whole: {content}, bring: () => (function (define, module, exports) {{{libraries}\n}}).call(window),"
    script = (
        f"{host()}{''.join(f'{each};' for each in objects_of(page))}"
        f"const bundle = {{...{json.dumps(bundle)}, {whole} address: import.meta.url}};\n"
        "export default { render: ({ model, el }) => embed(el, model, bundle) };\n"
    )
    return script, content


def _style(page: Saved) -> str:
    """Return a page's style for a tree of its own, whose host carries what elsewhere the document does."""
    reset = ":host{all:initial;display:block}:host([data-hw-scheme]){background:var(--hw-page);color:var(--hw-text)}"
    text = (FOLDER / "page.css").read_text(encoding="utf-8") + page.css
    return reset + re.sub(r":root(\[[^\]]*\])", r":host(\1)", text)
