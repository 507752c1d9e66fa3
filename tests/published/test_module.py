"""A page as a module: what is written, and what other hosts of notebooks are told of a page."""

import json
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import hedge_widgets
from hedge_widgets import cli
from hedge_widgets.model.limits import InputError
from tests.live.node import node


def test_the_command_writes_modules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script and its data beside it, or one file; either is a module, with one default export and no import."""
    assert cli.main(["publish", str(tmp_path / "two"), "--page", "margin", "--module", "--app", "https://a.org"]) == 0
    names = {path.name for path in (tmp_path / "two").iterdir()}
    assert {"03_margin.js", "03_margin.json", "plotly-cartesian.min.js", "plotly-LICENSE.txt"} <= names
    assert "index.html" not in names
    assert cli.main(["publish", str(tmp_path / "one"), "--page", "margin", "--module", "--single"]) == 0
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["03_margin.js"]
    assert "embedding.md" in capsys.readouterr().out
    for folder in ("two", "one"):
        text = (tmp_path / folder / "03_margin.js").read_text()
        assert text.count("export default ") == 1
        file = tmp_path / f"{folder}.mjs"
        file.write_text(text)
        node("--check", str(file))
    data = json.loads((tmp_path / "two" / "03_margin.json").read_text())
    assert 'href="https://a.org/voila/render/03_margin.ipynb"' in data["note"]
    assert ":root[" not in data["css"]
    assert ':host([data-hw-scheme="dark"])' in data["css"]


def test_a_module_leads_to_no_other_page(tmp_path: Path) -> None:
    """Neither the bar nor the cards that open other pages are in it; nothing else is missing."""
    assert cli.main(["publish", str(tmp_path), "--page", "start", "--module"]) == 0
    page = json.loads((tmp_path / "00_start.json").read_text())["page"]
    shown, waiting = set(), [page["root"]]
    while waiting:
        key = waiting.pop()
        shown.add(key)
        waiting += [child.removeprefix("IPY_MODEL_") for child in page["widgets"][key].get("children", ())]
    left_out = [state for key, state in page["widgets"].items() if key not in shown]
    assert not any("as_cards" in page["widgets"][key] for key in shown)
    assert {state["role"] for key, state in page["widgets"].items() if key in shown and "role" in state} >= {
        "chart",
        "text",
        "banner",
    }
    assert sum("as_cards" in state for state in left_out) == 2


def test_a_saved_page_is_a_widget_of_its_own() -> None:
    """All that it needs is in it: nothing is read from beside it, and no other widget."""
    page = hedge_widgets.SavedPage(hedge_widgets.HedgeSimulator())
    text = page._esm
    assert re.search(r"export default \{ render: \(context\) => embed\(context, async \(\) => \(\{", text)
    assert "import.meta" not in text
    assert len(text) < 3_000_000


def test_colab_is_told_of_its_widget_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page says what a single anywidget says there, which ipywidgets itself does not."""
    page = hedge_widgets.HedgeSimulator()
    data, metadata = page._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == page.model_id
    assert metadata == {}
    output = ModuleType("google.colab.output")
    output.enable_custom_widget_manager = lambda: None  # type: ignore[attr-defined]
    output._widgets = SimpleNamespace(_installed_url="https://colab.example/manager.js")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    _, metadata = page._repr_mimebundle_()
    assert "https://colab.example/manager.js" in json.dumps(metadata)


def test_marimo_gets_a_sentence() -> None:
    """It names what marimo can show."""
    assert "hedge_widgets.SavedPage(page)" in hedge_widgets.HedgeSimulator()._display_().data


def test_a_chart_is_found_by_its_key() -> None:
    """It is the page's own; an unknown key is a sentence."""
    page = hedge_widgets.HedgeSimulator()
    assert page.chart("outcome").live is page.live
    with pytest.raises(InputError, match="one of outcome, "):
        page.chart("outcomes")
