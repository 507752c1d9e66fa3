"""The watch as text, for a terminal or a cron job; it sends no order."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from hedge_widgets.model.planner.checklist import FAIL
from hedge_widgets.model.watch import watch_checks
from hedge_widgets.pages.watch import tables
from hedge_widgets.pages.watch.page import HedgeWatch
from hedge_widgets.pages.watch.words import STORY, STORY_SLOTS, story
from hedge_widgets.style import formatted


def watch_text(state: str, prices: Path | None = None, today: date | None = None) -> tuple[str, bool]:
    """Return (what the page says of a book, whether a row fails); ``state`` is that of a page or of its bar.

    Raises
    ------
    InputError
        If the state holds no book that can be watched, or the prices cannot be read.
    """
    page = HedgeWatch(prices, today=today)
    page.bring(state)
    picture, seen = page.outcome, page.seen
    checks = watch_checks(picture, seen.age)
    head, rows = tables.choice_rows(picture, page.feared)
    parts = [
        f"Watched on {seen.today}.",
        *_sentences(page),
        "",
        *_columns([tables.CHECK_HEAD, *tables.check_rows(checks)]),
        "",
        *_columns([tables.CAUSE_HEAD, *tables.cause_rows(picture, seen)]),
        "",
        *(_columns([head, *rows]) if rows else []),
        *seen.notes,
        "No order is sent, and this is not advice.",
    ]
    return "\n".join(parts), any(one.status == FAIL for one in checks)


def _sentences(page: HedgeWatch) -> list[str]:
    """Return the sentences of the page's headline, as the browser writes them."""
    columns, words = story(page.outcome), page.words
    figures = {name: _written(columns[name], kind, words) for name, kind in STORY_SLOTS.items()}
    picked = (line.templates[int(_first(columns[line.pick]))] for line in STORY[0].lines)
    return [template.format(**figures) for template in picked if template]


def _written(value: Any, kind: str | tuple[str, ...], words: Mapping[str, Sequence[str]]) -> str:
    """Return a slot of a sentence: a word of several, a word of the page, or a number in its format."""
    if isinstance(kind, str) and not kind.startswith("words:"):
        return formatted(_first(value), kind)
    listed = kind if isinstance(kind, tuple) else words[kind.removeprefix("words:")]
    return listed[int(_first(value))]


def _first(value: Any) -> float:
    return float(np.ravel(value)[0])


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines with their columns under each other."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
