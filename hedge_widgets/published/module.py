"""A page as a module that other people's pages embed: anywidget's form of a widget (AFM), which needs no kernel.

The module draws the page in a shadow of its own. It takes one thing from its host, ``state``: what stands behind
``#1=`` in a page's address; where the hand rests, it tells the host the present one.
"""

import re
from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from hedge_widgets.live.page import PLOTLY
from hedge_widgets.pages.page import Page
from hedge_widgets.published.document import FOLDER, host, said_of, widget_scripts
from hedge_widgets.published.saved import TOGETHER, Saved, as_json, saved
from hedge_widgets.resources import VENDOR

_ROOT = re.compile(r":root(\[[^\]]*\])")  # in a shadow its host stands for the document


def module(page: Saved, name: str = "", link: str = "") -> tuple[str, str]:
    """Return (script, JSON) of a saved page: the module, and what it reads beside itself.

    Parameters
    ----------
    name
        Of the JSON's file, which then lies beside the module, as plotly.js does; "" for a module that holds both.
    link
        Address of the live page, "" for none.
    """
    data = as_json(
        {
            "page": {**page.document(), "widgets": _alone(page.widgets)},
            "tables": page.packed(),
            "css": _ROOT.sub(r":host(\1)", (FOLDER / "page.css").read_text(encoding="utf-8") + page.css),
            "note": said_of(page, link),
        }
    )
    if name:
        read = f'async () => (await fetch(new URL("{name}", import.meta.url))).json()'
        load = f'() => import(new URL("{PLOTLY.name}", import.meta.url))'
    else:
        read = f"async () => ({data})"
        load = f"() => {{\n{PLOTLY.read_text(encoding='utf-8')}\n}}"
    slider = (VENDOR / "nouislider.min.js").read_text(encoding="utf-8")
    scripts = "".join(f"(() => {{\n{text}\n}})();\n" for text in widget_scripts(page))
    return (
        f"{host()}window.noUiSlider ??= ((module) => {{ const exports = module.exports;\n{slider}\n"
        f"return exports; }})({{ exports: {{}} }});\n{scripts}"
        f"export default {{ render: (context) => embed(context, {read}, {load}) }};\n"
    ), data


class SavedPage(anywidget.AnyWidget):
    """A page as it stands, with sliders that need no kernel: for saved notebooks, for files made of them, for marimo.

    Parameters
    ----------
    page
        Is saved as it is now; what is done to it later does not show.

    Attributes
    ----------
    state
        What stands behind ``#1=`` in the address of the page where the hand rests; "" where it is as it was saved.

    Examples
    --------
    >>> from hedge_widgets import HedgeSimulator, SavedPage
    >>> SavedPage(HedgeSimulator()).state
    ''
    """

    state = traitlets.Unicode("").tag(sync=True)

    def __init__(self, page: Page) -> None:
        self._esm = module(saved(page, TOGETHER.get(page.name, {})))[0]
        super().__init__()


def _alone(widgets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return widgets without the bars that lead to other pages, and without the cards that hold nothing else."""
    bars = {f"IPY_MODEL_{key}" for key, state in widgets.items() if "as_cards" in state}
    gone = bars | {
        f"IPY_MODEL_{key}"
        for key, state in widgets.items()
        if "hw-card" in state.get("_dom_classes", ()) and bars & set(state["children"])
    }

    def left(state: Mapping[str, Any]) -> Mapping[str, Any]:
        if "children" not in state:
            return state
        return {**state, "children": [child for child in state["children"] if child not in gone]}

    return {key: left(state) for key, state in widgets.items()}
