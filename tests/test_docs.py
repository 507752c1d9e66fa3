"""The documents: what code and notebooks cite is there, links lead somewhere, and every example runs."""

import doctest
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hedge_widgets.pages.book import PAGES

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
FRONT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
MODULES = sorted((ROOT / "hedge_widgets").rglob("*.py"))
CITING = [
    *MODULES,
    *sorted((ROOT / "hedge_widgets/pages").glob("*/examples.json")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
    *(path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__)),
    *FRONT,
    *DOCS,
]
# "model.md 3.4, 3.5 and 3.7" cites three sections; "errata E6b" is its own entry, not a part of E6.
CITED_SECTIONS = re.compile(r"model\.md\)?,? ((?:3\.\d+)(?:(?:, | and )3\.\d+)*)")
ERRATUM = re.compile(r"(?<![\w#.+-])E\d{1,2}b?(?!\w)")
DOCUMENT = re.compile(r"(?<![\w/])(?:docs/)?(?:model|errata|articles|facts|corrections)\.md")
HEADING = re.compile(r"^#+ +(3\.\d+|E\d+b?)\b", re.MULTILINE)


def name_of(path: Path) -> str:
    """Return a path as the test report shows it."""
    return path.relative_to(ROOT).as_posix()


def headings(document: str) -> list[str]:
    """Return the numbers of a document's headings, in its order."""
    return HEADING.findall((ROOT / "docs" / document).read_text())


SECTIONS, ERRATA = headings("model.md"), headings("errata.md")
KNOWN = {*SECTIONS, *ERRATA}


def references(text: str) -> Iterator[str]:
    """Yield what a text cites: documents by name, sections and errata by number."""
    for cited in CITED_SECTIONS.finditer(text):
        yield from re.findall(r"3\.\d+", cited[1])
    yield from ERRATUM.findall(text)
    for document in DOCUMENT.findall(text):
        yield Path(document).name


def dangling(text: str) -> list[str]:
    """Return the references of a text that lead nowhere."""
    return sorted({*references(text)} - KNOWN - {path.name for path in DOCS})


# References


def test_every_reference_resolves() -> None:
    """A cited section of the formulas, erratum or document exists."""
    found = {name_of(path): dangling(path.read_text()) for path in CITING}
    assert {path: lost for path, lost in found.items() if lost} == {}


def test_there_are_references() -> None:
    """The patterns find what they are made for: dozens in the code, and some in the pages' examples."""
    assert sum(len([*references(path.read_text())]) for path in MODULES) > 50
    assert sum(len([*references(path.read_text())]) for path in CITING if path.name == "examples.json") > 25


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(docs/model.md 3.99)", ["3.99"]),
        ("model.md 3.4, 3.41 and 3.42", ["3.41", "3.42"]),
        ("Errata E6 and E77 (1.5)", ["E77"]),
        ('"article": "001 s5, E31b"', ["E31b"]),
        ("see facts.md", ["facts.md"]),
        ("E402 #E6E6E6 1E5 model.md 3.4 E6b", []),
    ],
)
def test_a_dangling_reference_is_found(text: str, found: list[str]) -> None:
    """The check sees what leads nowhere, and nothing else."""
    assert dangling(text) == found


def test_every_page_has_its_picture() -> None:
    """`make pictures` draws them; the README shows or links each."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for _, notebook, _ in PAGES.values():
        picture = f"docs/pictures/{Path(notebook).stem}.jpg"
        assert picture in readme
        assert (ROOT / picture).read_bytes().startswith(b"\xff\xd8")


def test_no_number_stands_twice() -> None:
    """Sections run from 3.1 on without a gap; an erratum has one entry."""
    assert [f"3.{k}" for k in range(1, len(SECTIONS) + 1)] == SECTIONS
    assert len(ERRATA) == len(set(ERRATA))


def test_every_article_is_named() -> None:
    """The numbers by which the worked examples name the articles are explained beside the errata."""
    cited: set[str] = set()
    for path in CITING:
        if path.name == "examples.json":
            cited |= {number for case in json.loads(path.read_text()) for number in articles(case)}
    assert cited
    assert cited <= set(re.findall(r"^\| (00\d) \|", (ROOT / "docs/errata.md").read_text(), re.MULTILINE))


def articles(case: dict[str, Any]) -> list[str]:
    """Return the numbers of the articles that a worked example is from."""
    return re.findall(r"\b00\d\b", case.get("article", ""))


# Links and names


@pytest.mark.parametrize("path", [*FRONT, *DOCS], ids=name_of)
def test_links_lead_to_files(path: Path) -> None:
    """A relative link of a document leads to a file of this repository."""
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", path.read_text())
    assert not [link for link in links if not (path.parent / link).exists()]


def test_the_readme_leads_to_the_documents() -> None:
    """Whoever starts at the front finds every document."""
    readme = (ROOT / "README.md").read_text()
    assert [path.name for path in DOCS if f"(docs/{path.name})" not in readme] == []


def test_named_code_is_there() -> None:
    """A module that a document names can be imported, and every other name in code letters stands in the package."""
    sources = "\n".join(path.read_text() for path in MODULES)
    words = set(re.findall(r"\w+", sources))
    lost = []
    for path in DOCS:
        for name in re.findall(r"`([A-Za-z]\w*(?:\.\w+)*)`", path.read_text()):
            if name.startswith("hedge_widgets."):
                import_module(name)
            elif name not in {"NaN"} and not words.issuperset(name.split(".")):
                lost.append(f"{name_of(path)}: {name}")
    assert not lost


# Examples

README_BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("block", range(len(README_BLOCKS)))
def test_a_block_of_the_readme_runs(block: int) -> None:
    """Each Python block stands alone: it runs in a fresh namespace and ends with a value to look at."""
    namespace: dict[str, Any] = {}
    *statements, last = README_BLOCKS[block].strip().splitlines()
    exec(compile("\n".join(statements), "README.md", "exec"), namespace)
    assert eval(compile(last, "README.md", "eval"), namespace) is not None


def test_the_readme_has_python() -> None:
    """There are blocks to run."""
    assert len(README_BLOCKS) >= 4


@pytest.mark.parametrize("path", [path for path in MODULES if ">>> " in path.read_text()], ids=name_of)
def test_docstrings_show_what_is_so(path: Path) -> None:
    """The examples in docstrings give what they show."""
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert not outcome.failed
