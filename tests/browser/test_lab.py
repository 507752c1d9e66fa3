"""The notebooks in JupyterLab: they run, the sliders move charts and sentences, the look follows Lab's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from hedge_widgets import style
from tests.browser.conftest import Server
from tests.browser.explorer_page import ExplorerPage, PageSpec, agrees, expected, inwards, lab_window, run_in_lab
from tests.browser.pages import HEDGE_RATIO, PAGES
from tests.browser.simulator import READY_MS, Expected, Simulator, plain

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


FIRST = "01_hedge_simulator.ipynb"


@pytest.fixture(scope="module")
def window(chromium: "Browser", lab: Server) -> Iterator["Page"]:
    """Give JupyterLab in a window, in which one notebook after the other is opened."""
    with lab_window(chromium, lab, FIRST) as page:
        yield page


def steps_as_the_model_says(opened: ExplorerPage) -> None:
    """Assert that a key steps from the table, and that the kernel's answer at rest is the model's."""
    slider = opened.spec.sliders[0]
    opened.warm(slider.field)
    assert opened.first_step(inwards(opened, slider)[0])["from"] == "table"
    agrees(opened, expected(opened.spec))
    assert opened.faults == []


@pytest.mark.parametrize("spec", [page for page in PAGES if page is not HEDGE_RATIO], ids=lambda spec: spec.parts.topic)
def test_the_other_pages_run_in_lab(window: "Page", spec: PageSpec) -> None:
    """The notebook runs, a key steps from the table, and the texts are the model's."""
    with run_in_lab(spec.kind, window, spec.notebook) as opened:
        steps_as_the_model_says(opened)


def test_the_hedge_ratio_goes_to_the_simulator_in_lab(window: "Page") -> None:
    """The lab runs like the others, and its bar opens the simulator on a page of its own, at the lab's ratio."""
    with run_in_lab(HEDGE_RATIO.kind, window, HEDGE_RATIO.notebook) as opened:
        steps_as_the_model_says(opened)
        with opened.page.context.expect_page() as other:
            opened.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Outcome").click()
        simulator = Simulator(other.value)
        simulator.page.set_default_timeout(30_000)
        simulator.ready()
        simulator.wait(lambda: simulator.values["beta"] == pytest.approx(opened.values["ratio"]))
        assert plain(simulator.page.locator(".hw-badge").inner_text()) == "your own book"
        assert opened.faults == []


@pytest.fixture(scope="module")
def notebook(window: "Page") -> Iterator[Simulator]:
    """Give the notebook, run from top to bottom."""
    with run_in_lab(Simulator, window, FIRST) as opened:
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
    assert notebook.first_step("ArrowRight")["from"] == "table"
    # Shortcuts look for the mark on what has the focus: in Notebook 7 they would go from cell to cell otherwise.
    assert notebook.page.evaluate("document.activeElement.getAttribute('data-lm-suppress-shortcuts')") == "true"
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
    drawn = "[...document.querySelectorAll('.hw-plot-outcome path.js-line')].map((line) => line.style.stroke)"
    for theme, name in (("dark", "JupyterLab Dark"), ("light", "JupyterLab Light")):
        notebook.page.evaluate(
            "(name) => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
        )
        notebook.wait(lambda theme=theme: notebook.page.evaluate(colour) == style.PALETTE[theme]["net"])
        stroke = "rgb({}, {}, {})".format(*bytes.fromhex(style.PALETTE[theme]["net"][1:]))
        notebook.wait(lambda stroke=stroke: stroke in notebook.page.evaluate(drawn))
        # Lab shows its splash at each change, and trips over itself if the next change comes before that has gone.
        notebook.page.locator("#jupyterlab-splash").wait_for(state="detached")
    assert notebook.faults == []


CARDS = """[...document.querySelectorAll(".hw-root .hw-card")].map((card) => {
  const box = card.getBoundingClientRect(); return [Math.round(box.left), Math.round(box.width)]; })"""


def test_a_restarted_kernel_leaves_the_layout_whole(notebook: Simulator) -> None:
    """One line says what to do in JupyterLab's words; "run all" brings the page back, and so it does twice."""
    page = notebook.page
    cards = page.evaluate(CARDS)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    notebook.banner.wait_for()
    assert "“Restart Kernel and Run All Cells…” in the Kernel menu" in notebook.banner.inner_text()
    assert "eload" not in notebook.banner.inner_text()
    page.locator(".hw-root .jupyter-widgets-disconnected").first.wait_for()
    marks = """[...document.querySelectorAll(".hw-root, .hw-root .jupyter-widgets-disconnected")].filter((widget) =>
      getComputedStyle(widget, "::before").display !== "none").length"""
    assert page.evaluate(marks) == 0
    assert page.evaluate(CARDS) == cards
    for _ in range(2):
        page.evaluate("document.querySelectorAll('.hw-plot').forEach((plot) => plot.remove())")
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        notebook.ready()
        assert page.locator(".hw-root").count() == 1
        assert notebook.banner.count() == 0
        assert page.evaluate(CARDS) == cards
        notebook.warm("coverage")
        assert notebook.first_step("ArrowRight")["from"] == "table"


def test_a_notebook_opened_again_shows_its_charts(notebook: Simulator) -> None:
    """Saved with its widgets and opened without its kernel it is a picture and says so; "run all" brings it to life."""
    page = notebook.page
    for command in ("@jupyter-widgets/jupyterlab-manager:saveWidgetState", "docmanager:save"):
        page.evaluate("(command) => window.jupyterapp.commands.execute(command)", command)
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    sentence = notebook.sentence
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.goto(page.url)
    page.locator(".hw-root .hw-plot-outcome .main-svg").first.wait_for(timeout=READY_MS)
    notebook.banner.wait_for()
    assert notebook.banner.inner_text().startswith("A saved picture: its sliders and boxes do not move it.")
    assert notebook.sentence == sentence
    assert page.get_by_text("Drawing the chart").count() == 0
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    notebook.wait(lambda: notebook.banner.count() == 0, 30)
    notebook.ready()
    notebook.warm("coverage")
    assert notebook.first_step("ArrowRight")["from"] == "table"
