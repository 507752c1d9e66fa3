"""Publishing: what is written, what is refused, and that a page needs nothing from elsewhere."""

import gzip
import json
import re
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

import hedge_widgets
from hedge_widgets import cli
from hedge_widgets.live.page import PLOTLY, plotly_version
from hedge_widgets.pages.book import PAGES
from hedge_widgets.published.publish import publish, state_in
from hedge_widgets.resources import VENDOR, resource

COINS = [["SOL", 5.0, 190.0], ["ADA", 800.0, 0.85]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, published."""
    folder = tmp_path_factory.mktemp("published")
    publish(folder, resource("notebooks"), app="https://example.org/hedge")
    return folder


def test_every_page_is_written_whole(folder: Path) -> None:
    """A file a page, the first one under the name that hosts look for, and the libraries with their licences."""
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "index.html",
        *(f"{Path(notebook).stem}.html" for _, notebook, _ in PAGES.values()),
        "plotly-cartesian.min.js",
        "plotly-LICENSE.txt",
        "nouislider.min.js",
        "nouislider-LICENSE.md",
    }


def test_the_simulator_is_at_most_a_megabyte_and_a_half(folder: Path) -> None:
    """Packed, as a host sends it, with the libraries."""
    files = ("01_hedge_simulator.html", "plotly-cartesian.min.js", "nouislider.min.js")
    assert sum(len(gzip.compress((folder / name).read_bytes())) for name in files) <= 1_500_000


def test_nothing_comes_from_elsewhere(folder: Path) -> None:
    """Scripts, styles and pictures are in the page or beside it; links lead to pages beside it and to the live one."""
    for path in folder.glob("*.html"):
        text = path.read_text()
        loaded = re.findall(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="([^"]*)"', text)
        assert [address for address in loaded if not (folder / address).is_file()] == []
        assert re.findall(r"url\((?!data:|[\"']?data:)", text) == []


def test_formulas_are_typeset(folder: Path) -> None:
    """No dollar sign of TeX is left in the text, and there are formulas."""
    text = (folder / "03_margin.html").read_text()
    assert text.count("<math") > 20
    assert re.findall(r"\$[^<>$]{0,80}\\[a-z]+", text.split("hw-saved-page")[0]) == []


def test_worked_examples_are_in_the_page(folder: Path) -> None:
    """What a notebook's examples print stands in it."""
    text = (folder / "01_hedge_simulator.html").read_text()
    assert "spot loses 600 dollars" in re.sub(r"\s+", " ", text)


def test_a_book_is_shown_by_every_page(tmp_path: Path) -> None:
    """The book of a copied link is what the page is saved with."""
    opening = json.loads(unquote(hedge_widgets.HedgeSimulator()._bar.book))
    opening["book"]["coins"] = COINS
    link = f"http://localhost:8866/voila/render/01_hedge_simulator.ipynb#1={quote(json.dumps(opening))}"
    publish(tmp_path, resource("notebooks"), ["simulator"], book=state_in(link))
    text = (tmp_path / "01_hedge_simulator.html").read_text()
    page = json.loads(re.search(r'id="hw-saved-page">(.*?)</script>', text)[1])
    tables = [state for state in page["widgets"].values() if state.get("look", {}).get("file") == "holdings.csv"]
    assert [row[:2] for row in tables[0]["rows"]] == [["SOL", "5"], ["ADA", "800"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--page", "simulation"], "a page is one of start, simulator"),
        (["--book", "{tmp}/none.txt"], "No such file"),
        (["--book", "{tmp}/odd.txt"], "must be a link copied from a page"),
    ],
)
def test_what_is_refused_is_a_sentence(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that is none, a book that is missing, a book that is none."""
    (tmp_path / "odd.txt").write_text("five SOL")
    with pytest.raises(SystemExit):
        cli.main(["publish", str(tmp_path / "out"), *(each.format(tmp=tmp_path) for each in arguments)])
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a file stands, nothing is written over it."""
    (tmp_path / "out").write_text("mine")
    with pytest.raises(SystemExit):
        cli.main(["publish", str(tmp_path / "out")])
    assert "is a file" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_a_book_that_no_page_can_show_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hostile state is a sentence, and the exit code says so."""
    (tmp_path / "book.txt").write_text(json.dumps({"book": {"coins": [["SOL", -1e400, 1.0]]}}))
    assert (
        cli.main(["publish", str(tmp_path / "out"), "--page", "simulator", "--book", str(tmp_path / "book.txt")]) == 2
    )
    assert "hedge-widgets:" in capsys.readouterr().err


def test_the_command_writes_one_file_with_all_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--single`` needs no file beside the page."""
    assert cli.main(["publish", str(tmp_path), "--page", "margin", "--single"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["03_margin.html", "index.html"]
    assert PLOTLY.read_text()[:300].splitlines()[1] in (tmp_path / "03_margin.html").read_text()
    assert "Open" in capsys.readouterr().out


def test_the_bundled_plotly_is_the_one_of_the_installed_package() -> None:
    """Specs are validated by the Python package, and drawn by the bundle: both are of one version of plotly.js."""
    import plotly

    whole = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")[:200]
    assert f"plotly.js v{plotly_version()}" in whole
    assert {path.name for path in VENDOR.glob("*LICENSE*")} == {"plotly-LICENSE.txt", "nouislider-LICENSE.md"}
