"""Tables of figures and small print as safe HTML."""

import html
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class PageLink(NamedTuple):
    """A cell that leads to a page, named as the bar does; the page's bar takes the book along (``bar.js``)."""

    label: str
    notebook: str


def figures_table(
    head: Sequence[str],
    rows: Iterable[Sequence[str | PageLink]],
    caption: str = "",
    kind: str = "",
    numbers: Sequence[int] | None = None,
) -> str:
    """Return a table that scrolls in itself; everything in it is text, or a link to a page.

    A screen reader knows it by the names of its columns. ``numbers`` are the columns set to the right, all but the
    first unless named; ``kind`` is a CSS class of the table, ``caption`` stands below it.
    """

    def cell(tag: str, place: int, text: str | PageLink) -> str:
        is_number = place > 0 if numbers is None else place in numbers
        tag = tag if text else "td"
        shown = _link(text) if isinstance(text, PageLink) else html.escape(text)
        return f"<{tag}{' class=hw-number' if is_number else ''}>{shown}</{tag}>"

    def line(cells: Sequence[str | PageLink], tag: str) -> str:
        return "<tr>" + "".join(cell(tag, place, text) for place, text in enumerate(cells)) + "</tr>"

    body = line(head, "th") + "".join(line(row, "td") for row in rows)
    shown = f'<table class="hw-figures {kind}">{body}</table>'
    name = html.escape("Table: " + ", ".join(filter(None, head)))
    return f'<div class="hw-scroll" tabindex="0" role="group" aria-label="{name}">{shown}</div>{note(caption)}'


def _link(page: PageLink) -> str:
    label = html.escape(page.label.replace(" ", "\u00a0"))
    return f'<a href="{html.escape(page.notebook)}" data-hw-page="{html.escape(page.label)}">{label}</a>'


def claim(true: str, said: str = "") -> str:
    """Return what is often said, if anything, and what is true; a minus stays with its dollars."""
    true, said = (html.escape(words).replace("−$", "−\u2060$") for words in (true, said))
    often = f"<b>Often said:</b> {said}<br>" if said else ""
    return f'<div class="hw-claim">{often}<b>What is true:</b> {true}</div>'


def book_claim(outcome: str, used: str) -> str:
    """Return what comes of the user's own book, and what of it the page uses."""
    outcome = html.escape(outcome).replace("−$", "−\u2060$")
    return f'<div class="hw-claim">{outcome}</div>{note(used)}'


def badge(words: str, *, is_simulated: bool = False, source: str = "") -> str:
    """Return a badge; ``source`` shows when the mouse rests on it."""
    tone = " hw-simulated" if is_simulated else ""
    title = f' title="{html.escape(source)}"' if source else ""
    return f'<span class="hw-badge{tone}"{title}>{html.escape(words)}</span>'


def note(text: str) -> str:
    """Return a paragraph of small print, nothing for no text."""
    return f'<p class="hw-note">{html.escape(text)}</p>' if text else ""
