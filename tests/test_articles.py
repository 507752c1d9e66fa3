"""What five articles for beginners describe, line by line: where docs/articles.md says it is, it is."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ipywidgets.embed import dependency_state

import hedge_widgets
from hedge_widgets.pages.book import PAGES

ROOT = Path(__file__).parent.parent
INVENTORY = ROOT.parent / "shared" / "domain" / "articles.md"
LEFT_OUT, NOT_YET = "left out", "not yet"
# What no page shows yet; a line leaves this set when its row names a page.
MISSING = frozenset[str]()
# What a widget holds beside its words.
NO_WORDS = frozenset(["css", "layout", "style"])


def rows() -> list[tuple[str, ...]]:
    """Return (item, in short, page, look for) of every row of docs/articles.md."""
    lines = (ROOT / "docs/articles.md").read_text(encoding="utf-8").splitlines()
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("| 00")]


ROWS = rows()
SHOWN = [row for row in ROWS if row[2] not in (LEFT_OUT, NOT_YET)]


def sought(row: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the pages of a row, each with words to look for: all words on the one page, or a page for each."""
    pages, phrases = row[2].split(", "), re.findall("“(.+?)”", row[3])
    return list(zip(pages * len(phrases) if len(pages) == 1 else pages, phrases, strict=True))


def inventory() -> dict[str, str]:
    """Return every numbered line of the articles' inventory by its item; a line of the file may hold several."""
    items: dict[str, str] = {}
    parts = re.split(r"^## 1\.(\d) ", INVENTORY.read_text(encoding="utf-8").split("\n# 2.")[0], flags=re.MULTILINE)
    for article, part in zip(parts[1::2], parts[2::2], strict=True):
        starts: list[re.Match[str]] = []
        for found in re.finditer(r"(?:^|[.;] )(\d+)\. ", part, flags=re.MULTILINE):
            if int(found[1]) == len(starts) + 1:
                starts.append(found)
        ends = [found.start() for found in starts[1:]] + [len(part)]
        for k, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
            items[f"00{article}.{k}"] = part[start.end() : end]
    return items


def plain(words: str) -> str:
    """Return words without tags and emphasis, with single spaces."""
    words = html.unescape(re.sub(r"<[^<>]*>", " ", words)).replace("\u2060", "").replace("**", "")
    return re.sub(r"\s+", " ", words)


def strings(held: Any) -> Iterator[str]:
    """Yield the words in what a widget holds; its specs are written as JSON."""
    if isinstance(held, dict | list | tuple):
        for each in held.values() if isinstance(held, dict) else held:
            yield from strings(each)
    elif isinstance(held, str):
        try:
            inner = json.loads(held)
        except ValueError:
            inner = None
        yield from strings(inner) if isinstance(inner, dict | list) else [held]


def words_of(notebook: Path) -> str:
    """Return all words of a page: notebook, widgets as they open, and what is said and true of every example."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = {
        kind: ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind] for kind in ("markdown", "code")
    }
    name = re.search(r"^from hedge_widgets import (\w+)$", "\n".join(sources["code"]), re.MULTILINE)
    assert name, notebook
    page = getattr(hedge_widgets, name[1])()
    states = (widget["state"] for widget in dependency_state([page], drop_defaults=False).values())
    held = [
        words
        for state in states
        for key, value in state.items()
        if key not in NO_WORDS and (key[0] != "_" or key == "_options_labels")
        for words in strings(value)
    ]
    claims = [words for place in page._places if place >= 0 for words in page._claim_of(place)]
    return plain("\n".join([*sources["markdown"], *held, *claims]))


@pytest.fixture(scope="module")
def words() -> dict[str, str]:
    """Give the words of every page by its name in the bar, and those of the errata."""
    pages = {title: words_of(ROOT / "notebooks" / notebook) for title, notebook, _ in PAGES.values()}
    return {**pages, "Errata": plain((ROOT / "docs/errata.md").read_text(encoding="utf-8"))}


def test_every_row_is_found_on_its_page(words: dict[str, str]) -> None:
    """The words to look for stand on the page that the row names."""
    lost = [(row[0], page, phrase) for row in SHOWN for page, phrase in sought(row) if phrase not in words[page]]
    assert lost == []


def test_every_row_has_words_to_look_for() -> None:
    """A row that names a page says what to look for there; any other has a reason."""
    assert [row[0] for row in ROWS if len(row) != 4 or not all(row)] == []
    assert [row[0] for row in SHOWN if not sought(row)] == []


def test_what_is_missing_is_known() -> None:
    """Nothing comes to be missing unnoticed, and what is shown is no longer called so."""
    assert {row[0] for row in ROWS if row[2] == NOT_YET} == MISSING


@pytest.mark.skipif(not INVENTORY.exists(), reason="waits for shared/domain/articles.md beside the checkout")
def test_every_line_of_the_articles_has_its_row() -> None:
    """The rows are the lines of the inventory in their order, and only advertising is left out."""
    items = inventory()
    assert [row[0] for row in ROWS] == [*items]
    assert [row[0] for row in ROWS if row[2] == LEFT_OUT and "[M" not in items[row[0]]] == []
