"""What a page is without its kernel: its widgets as they stand, and the tables of its sliders."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
from ipywidgets.embed import dependency_state

from hedge_widgets.live import Live
from hedge_widgets.live.page import document_of
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.book import PAGES
from hedge_widgets.pages.page import Page
from hedge_widgets.published.lattice import Floats, Lattice, grid, lattice, thinned

MOST_ALONE = 76  # places of a slider that moves alone
# Sliders of a published page that move together, with the most places of each; their product is the number of states.
TOGETHER: Mapping[str, Mapping[str, int]] = {
    "start": {"coverage": 16, "leverage": 8, "move": 17},
    "simulator": {"coverage": 16, "leverage": 8, "correlation": 11, "move": 17},
}
# Of every widget's state: what nobody reads without a kernel.
_UNREAD = frozenset(
    [
        "_model_module",
        "_model_module_version",
        "_view_count",
        "_view_module",
        "_view_module_version",
        "_view_name",
        "_anywidget_id",
        "_esm",
        "_css",
        "description_allow_html",
        "tabbable",
        "continuous_update",
        "behavior",
        "step",
        "placeholder",
    ]
)


@dataclass(frozen=True)
class Saved:
    """A page without a kernel.

    ``widgets`` are the states of all widgets by id, ``root`` the page's own; ``modules`` the scripts of those that
    have one, by a short name, each with a single ``export default``; ``css`` their styles. ``lattices`` hold the
    pictures that sliders reach, the first that of the sliders that move together, if there are any; ``moving_axes`` the
    opening's ranges, by chart, of the axes that elsewhere fit what is drawn when the hand rests; ``state`` what the
    page's address says; ``titles`` what the sliders are called.
    """

    root: str
    live: str
    widgets: Mapping[str, Mapping[str, Any]]
    modules: Mapping[str, str]
    css: str
    lattices: tuple[Lattice, ...]
    moving_axes: Mapping[str, Mapping[str, Any]]
    state: Mapping[str, Any]
    titles: Mapping[str, str]

    @property
    def together(self) -> dict[str, Floats]:
        """Return the places of the sliders that move together."""
        first = self.lattices[0]
        return dict(zip(first.axes, first.places, strict=True)) if len(first.axes) > 1 else {}

    def document(self, pages: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return all but scripts, style and the tables' bytes, as plain values.

        ``pages`` are the files of the pages beside this one, by name, to which its bar shall lead.
        """
        starts = np.cumsum([0, *(len(each.block) for each in self.lattices)]).tolist()
        return {
            "root": self.root,
            "live": self.live,
            "widgets": self.widgets if pages is None else _leading_to(self.widgets, pages),
            "lattices": [{**each.header(), "start": start} for each, start in zip(self.lattices, starts, strict=False)],
            "axes": self.moving_axes,
            "state": self.state,
        }

    def packed(self) -> str:
        """Return the tables' bytes, one after the other, gzipped and in base64."""
        return base64.b64encode(gzip.compress(b"".join(each.block for each in self.lattices), 9, mtime=0)).decode()


def saved(page: Page, together: Mapping[str, int]) -> Saved:
    """Return a page as it stands, with the tables of all its sliders.

    ``together`` names sliders that reach every combination of their places, with the most places of each; any other
    one moves alone, from where the page stands.
    """
    live = page.live
    values = live.values
    places = {name: thinned(live.places(name), together.get(name, MOST_ALONE), values[name]) for name in values}
    axes = [{name: places[name] for name in together}] if together else []
    axes += [{name: places[name]} for name in values if name not in together]
    lattices = []
    for each in axes:
        try:
            lattices.append(lattice(each, live.columns(**grid(each))))
        except InputError:  # the page refuses some of its places: the slider stays where it is
            places |= {name: np.array([values[name]]) for name in each}
            lattices.append(Lattice(tuple(each), tuple(places[name] for name in each), (), b""))
    widgets, modules, css = _widgets(page)
    _move_to(widgets, live, places)
    return Saved(
        root=page.model_id,
        live=live.model_id,
        widgets=widgets,
        modules=modules,
        css=css,
        lattices=tuple(lattices),
        moving_axes=_moving_axes(live, places),
        state={"page": page.name, **(document_of(page.state) or {})},
        titles={name: _title(live.slider(name).description) for name in places},
    )


def _moving_axes(live: Live, places: Mapping[str, Floats]) -> dict[str, dict[str, Any]]:
    """Return by chart the ranges with which it opens, of the axes that change at rest."""
    before = live.layouts()
    moved: dict[str, dict[str, Any]] = {}
    for name, axis in places.items():
        for place in (axis[0], axis[-1]):
            try:
                after = live.layouts(**{name: place})
            except InputError:
                continue
            for part, changes in after.items():
                for key, value in changes.items():
                    opening = before.get(part, {}).get(key)
                    if key.endswith("axis.range") and value != opening:
                        moved.setdefault(part, {})[key] = opening
    return moved


def _widgets(page: Page) -> tuple[dict[str, dict[str, Any]], dict[str, str], str]:
    """Return (states by id, scripts by short name, styles) of a page's widgets."""
    widgets: dict[str, dict[str, Any]] = {}
    modules: dict[str, str] = {}
    styles: dict[str, None] = {}
    for key, entry in dependency_state([page], drop_defaults=False).items():
        state = entry["state"]
        kept = {name: value for name, value in state.items() if name not in _UNREAD and value is not None}
        if script := state.get("_esm"):
            kept["module"] = hashlib.sha256(script.encode()).hexdigest()[:8]
            modules[kept["module"]] = script
        if style := state.get("_css"):
            styles[style] = None
        widgets[key] = kept
    return widgets, modules, "\n".join(styles)


def _move_to(widgets: dict[str, dict[str, Any]], live: Live, places: Mapping[str, Floats]) -> None:
    """Leave a page's sliders the places that its tables have."""
    names = list(places)
    widgets[live.model_id]["positions"] = [places[name].tolist() for name in names]
    for name in names:
        slider = live.slider(name)
        state = widgets[slider.model_id]
        if isinstance(slider, ipywidgets.SelectionSlider):
            kept = [int(np.argmin(np.abs(np.asarray(live.places(name)) - place))) for place in places[name]]
            state["_options_labels"] = [slider._options_labels[k] for k in kept]
            state["index"] = kept.index(slider.index)


def _leading_to(widgets: Mapping[str, Mapping[str, Any]], pages: Mapping[str, str]) -> dict[str, Any]:
    """Return widgets whose bars lead to files."""
    files = {PAGES[name][1]: file for name, file in pages.items()}

    def led(state: Mapping[str, Any]) -> Mapping[str, Any]:
        if "as_cards" not in state:
            return state
        kept = [[label, files[page], question] for label, page, question in state["pages"] if page in files]
        drawn = {files[page]: lines for page, lines in state["pictures"].items() if page in files}
        return {**state, "pages": kept, "here": files[state["here"]], "pictures": drawn}

    return {key: led(state) for key, state in widgets.items()}


def _title(label: str) -> str:
    """Return a slider's label within a sentence, without its unit: "coverage" for "Coverage (share …), %"."""
    bare = label.partition(",")[0].partition(" (")[0]
    return bare[:1].lower() + bare[1:]


def as_json(value: Any) -> str:
    """Return a value as JSON that can stand in a script of a page."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
