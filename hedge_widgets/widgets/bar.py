"""The bar that leads from page to page and takes the book along."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets


class PageBar(anywidget.AnyWidget):
    """Links to all pages, the book in short, a button that copies the link to what is shown, light and dark, large.

    Parameters
    ----------
    pages
        (label, notebook's file name, its question) of every page, in their order.
    here
        The file name of the present one.
    as_cards
        Whether the other pages are shown as cards with their questions, and nothing else.

    Attributes
    ----------
    book, state
        What stands behind ``#1=`` in the address of another page, and of this one.
    words
        The book in short.
    pictures
        On a card, by its file name: lines of (colour of the palette, points) in a field of 100 by 36.
    """

    _esm = (Path(__file__).parent / "bar.js").read_text(encoding="utf-8")
    pages: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    here = traitlets.Unicode().tag(sync=True)
    as_cards = traitlets.Bool(False).tag(sync=True)
    book = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Unicode("").tag(sync=True)
    pictures: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    state = traitlets.Unicode("").tag(sync=True)

    def __init__(self, pages: Sequence[tuple[str, str, str]], here: str, *, as_cards: bool = False) -> None:
        super().__init__(pages=[list(page) for page in pages], here=here, as_cards=as_cards)
