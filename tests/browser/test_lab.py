"""The same notebook in JupyterLab: it runs, the sliders move chart and sentence, the look follows Lab's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from hedge_widgets import style
from tests.browser.conftest import Server
from tests.browser.explorer_page import run_in_lab
from tests.browser.simulator import Expected, Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def notebook(chromium: "Browser", lab: Server) -> Iterator[Simulator]:
    """Give the notebook, opened and run from top to bottom."""
    with run_in_lab(Simulator, chromium, lab, "01_hedge_simulator.ipynb") as opened:
        yield opened


def test_the_notebook_runs_in_lab(notebook: Simulator) -> None:
    """All cells run without an error, both charts, sentence and tiles appear, nothing is asked of another machine."""
    notebook.wait(
        lambda: notebook.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.filter((cell) => cell.model.type === "code")
            .every((cell) => cell.model.executionCount > 0)"""
        ),
        30,
    )
    assert notebook.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert notebook.readout("tiles") == Expected().readout("tiles", notebook.values)
    assert notebook.readout("story") == Expected().readout("story", notebook.values)
    assert {host for host in notebook.hosts if host} == {"127.0.0.1"}
    assert notebook.faults == []


def test_a_key_moves_chart_and_sentence_in_lab(notebook: Simulator) -> None:
    """A step of the keyboard comes from the table, and rest brings the kernel's exact picture."""
    notebook.preset(0)
    before = notebook.state
    notebook.warm("coverage")
    notebook.page.keyboard.press("ArrowRight")
    notebook.frames()
    assert notebook.shown["from"] == "table"
    notebook.still()
    assert notebook.values["coverage"] == 76
    assert all(a != b for a, b in zip(before[:5], notebook.state[:5], strict=True))
    assert notebook.readout("story") == Expected().readout("story", notebook.values)


def test_a_worked_example_works_in_lab(notebook: Simulator) -> None:
    """Choosing an example moves everything, undo takes it back."""
    notebook.preset(1)
    assert notebook.readout("story") == Expected(1).readout("story", notebook.values)
    assert "$240" in notebook.sentence
    notebook.after(lambda: notebook.page.locator(".hw-root").get_by_role("button", name="undo").click())
    assert notebook.values["coverage"] != 40
    assert notebook.faults == []


def test_the_look_follows_lab(notebook: Simulator) -> None:
    """With Lab's dark theme charts and page turn dark; the page has no switch of its own there."""
    assert notebook.page.get_by_role("button", name="switch to the").count() == 0
    colour = "document.querySelector('.hw-plot-outcome').data[4].line.color"
    for theme, name in (("dark", "JupyterLab Dark"), ("light", "JupyterLab Light")):
        notebook.page.evaluate(
            "(name) => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
        )
        notebook.wait(lambda theme=theme: notebook.page.evaluate(colour) == style.PALETTE[theme]["net"])
    assert notebook.faults == []
