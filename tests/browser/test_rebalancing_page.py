"""The rebalancing page in a real browser: what is on screen is what the model says, in drags, choices and refusals."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from hedge_widgets import RebalancingExplorer
from hedge_widgets.explorers.rebalancing import text
from hedge_widgets.explorers.rebalancing.presets import presets
from hedge_widgets.live import codec
from tests.browser.conftest import Server
from tests.browser.simulator import GUARD, READY_MS, SHAPE, WATCH, WATCH_STEP, Simulator, block_text, plain

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "voila/render/06_rebalancing.ipynb"
CURVES = {"holding": (2, 3, 5), "tradeoff": (0, 1, 4), "nets": (1,), "drifting": (5, 6)}
SLIDERS = (
    "half_width",
    "interval",
    "volatility_threshold",
    "funding_threshold",
    "cost_rate",
    "fixed_cost",
    "relative_aversion",
    "path",
    "day",
)
# Every state that the badge and the page's dimming went through.
WATCH_BUSY = """() => { window.__busy = []; const root = document.querySelector(".hw-rebalancing");
  new MutationObserver(() => window.__busy.push([!!document.querySelector(".hw-busy"),
    root.classList.contains("hw-is-computing")]))
    .observe(root, { subtree: true, childList: true, attributes: true }); }"""

# What is drawn; and the same right after a step from a table, before the hand rests.


class RebalancingPage(Simulator):
    """One open rebalancing page."""

    charts: ClassVar[tuple[str, ...]] = tuple(CURVES)
    first_slider: ClassVar[str] = "half_width"

    def dropdown(self, label: str) -> Any:
        """Return a dropdown by its name."""
        root = self.page.locator(".hw-root .widget-dropdown")
        return root.filter(has=self.page.get_by_text(label, exact=True)).locator("select")

    def choose(self, label: str, value: str) -> None:
        """Choose in a dropdown, and wait for the picture that follows."""
        box = self.dropdown(label)
        if plain(box.evaluate("(s) => s.selectedOptions[0].textContent")) != value:
            self.after(lambda: box.select_option(label=value))

    def fill(self, label: str, value: str) -> None:
        """Type into a number box and leave it."""
        box = self.page.locator(".hw-root .widget-text", has=self.page.get_by_text(label, exact=True)).locator("input")
        box.fill(value)
        box.press("Enter")


class Expected:
    """What the Python model says about the page."""

    def __init__(self, place: int = 0) -> None:
        self.page = RebalancingExplorer()
        self.page._preset.value = place

    def choose(self, **choices: Any) -> "Expected":
        """Choose as on the page."""
        for name, value in choices.items():
            box = self.page.controls.choices.get(name) or self.page.controls.numbers[name]
            box.value = value
        return self

    def picture(self, values: dict[str, float]) -> Any:
        """Return the picture at slider values."""
        return self.page._picture({name: np.array([value]) for name, value in values.items()})

    def readout(self, name: str, values: dict[str, float]) -> list[list[str]]:
        """Return a readout's text."""
        blocks, slots, columns = {
            "story": (text.STORY, text.STORY_SLOTS, text.story),
            "tiles": (text.TILES, text.TILE_SLOTS, text.tiles),
        }[name]
        row = {key: float(codec.columns_of({"v": v}, 1)["v"][0]) for key, v in columns(self.picture(values)).items()}
        return [block_text(block, slots, row, self.page.live.words) for block in blocks]


def agrees(page: RebalancingPage, expected: Expected) -> None:
    """Assert that readouts and curves are the Python model's."""
    values = page.values
    for name in ("story", "tiles"):
        assert page.readout(name) == expected.readout(name, values), name
    parts = {part.key: part for part in expected.page.live._parts}
    picture = expected.picture(values)
    for chart, places in CURVES.items():
        for place in places:
            for axis in ("x", "y"):
                wanted = parts[chart]._traces(picture)[place][axis][0]
                shown = np.array([np.nan if y is None else y for y in page.trace(chart, place, axis)], dtype=np.float64)
                np.testing.assert_allclose(shown, wanted, rtol=1e-9, atol=1e-9, err_msg=f"{chart} {place}")


@pytest.fixture(scope="module")
def common(chromium: "Browser", app: Server) -> Iterator[RebalancingPage]:
    """Give a page that tests share."""
    page = RebalancingPage.open(chromium, app.address + PAGE)
    page.choose("example", presets()[1]["title"])  # from here on the page shows what the kernel sent
    yield page
    page.close()


@pytest.fixture
def rebalancing_page(common: RebalancingPage) -> RebalancingPage:
    """Give the shared page on the first example."""
    common.choose("example", presets()[1]["title"])
    common.choose("example", presets()[0]["title"])
    common.faults.clear()
    return common


def test_the_page_renders(chromium: "Browser", app: Server) -> None:
    """Charts, sentence, tiles and tables appear; no error, no other machine; the chart says that it is simulated."""
    page = RebalancingPage.open(chromium, app.address + PAGE)
    agrees(page, Expected())
    assert "±8.4 %" in page.sentence
    assert "simulated" in " ".join(page.page.locator(".hw-plot-holding .annotation").all_text_contents())
    assert page.page.locator(".hw-rules tr").count() == 7
    assert "buy back $2,250" in page.page.locator(".hw-asked").inner_text()
    assert page.banner.count() == 0
    assert page.hosts == {"127.0.0.1"}
    assert page.faults == []
    page.close()


@pytest.mark.parametrize("name", SLIDERS)
def test_after_rest_every_number_is_the_models(rebalancing_page: RebalancingPage, name: str) -> None:
    """A slider dragged to and fro and left alone: sentence, tiles and curves are the exact outcome."""
    expected = Expected()
    for share in (0.7, 0.15):
        rebalancing_page.drag(name, share)
        rebalancing_page.still()
        agrees(rebalancing_page, expected)
    assert rebalancing_page.faults == []


@pytest.mark.parametrize("name", ["half_width", "interval", "cost_rate", "path", "day"])
def test_a_step_comes_from_the_table_and_is_never_stale(rebalancing_page: RebalancingPage, name: str) -> None:
    """Steps of the keyboard come from the slider's table, each under the stamp that the sliders have."""
    rebalancing_page.still()
    rebalancing_page.warm(name)
    rebalancing_page.page.evaluate(WATCH)
    rebalancing_page.press(*["ArrowRight"] * 3, *["ArrowLeft"] * 3)
    stamps = rebalancing_page.page.evaluate("window.__stamps")
    steps = [stamp for stamp in stamps if stamp["from"] == "table"]
    assert len(steps) >= 4  # two keys may share a frame
    assert len(stamps) - len(steps) <= 2  # the exact picture, at rest
    for stamp in stamps:
        assert stamp["at"] == pytest.approx(stamp["present"], abs=1e-9)
    rebalancing_page.still()
    agrees(rebalancing_page, Expected())


@pytest.mark.parametrize("place", range(1, len(presets())))
def test_every_example_shows_its_figures(rebalancing_page: RebalancingPage, place: int) -> None:
    """Chosen in the page: sentence, tiles and curves are the model's, and its claim is read."""
    rebalancing_page.choose("example", presets()[place]["title"])
    rebalancing_page.still()
    agrees(rebalancing_page, Expected(place))
    assert presets()[place]["said"] in plain(rebalancing_page.page.locator(".hw-claim").inner_text())
    assert rebalancing_page.banner.count() == 0
    assert rebalancing_page.faults == []


def test_it_computes_visibly(rebalancing_page: RebalancingPage) -> None:
    """1,000 paths: the badge and the dimmed charts are seen while it computes, and gone when it has."""
    rebalancing_page.page.evaluate(WATCH_BUSY)
    rebalancing_page.choose("simulated: how many", "1,000")
    assert [True, True] in rebalancing_page.page.evaluate("window.__busy")
    rebalancing_page.wait(lambda: rebalancing_page.page.locator(".hw-busy").count() == 0)
    assert rebalancing_page.page.locator(".hw-is-computing").count() == 0
    agrees(rebalancing_page, Expected().choose(n_paths=1_000))


def test_refusals_are_sentences_in_the_page(rebalancing_page: RebalancingPage) -> None:
    """A correlation beyond 1, a seed that is none, a volatility of 0: words, and nothing lost."""
    expected = Expected()
    for label, value, words in (
        ("their correlation", "1.5", "correlation must be a finite number from -1 to 1, not 1.5"),
        ("seed", "1.5", "seed must be a whole number, not 1.5"),
        ("position, $", "0", "position, $, must be a finite number from 1"),
    ):
        rebalancing_page.after(lambda label=label, value=value: rebalancing_page.fill(label, value))
        rebalancing_page.banner.wait_for()
        assert words in rebalancing_page.banner.inner_text()
        rebalancing_page.still()
        agrees(rebalancing_page, expected)
    rebalancing_page.after(lambda: rebalancing_page.fill("the hedge's volatility, % a year", "0"))
    assert "a drift is no risk" in rebalancing_page.sentence
    assert rebalancing_page.banner.count() == 0
    assert rebalancing_page.faults == []


def test_another_exposure_is_followed(rebalancing_page: RebalancingPage) -> None:
    """The same coin, then an option: the sentence, gamma in the tiles, the heavy curve."""
    rebalancing_page.choose("what is hedged", "coins, short on the same coin")
    assert "Do nothing, ever" in rebalancing_page.sentence
    agrees(rebalancing_page, Expected().choose(kind="same"))
    rebalancing_page.choose("what is hedged", "a sold call, by its delta")
    assert "only the option has it" in rebalancing_page.page.locator(".hw-readout-tiles").inner_text()
    agrees(rebalancing_page, Expected().choose(kind="option"))
    assert rebalancing_page.faults == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overflows_in_either_look(rebalancing_page: RebalancingPage, width: int, theme: str) -> None:
    """No horizontal scrolling at 1280 and 390 pixels, in both looks; wide tables scroll in themselves."""
    page = rebalancing_page.page
    page.set_viewport_size({"width": width, "height": 900})
    if page.evaluate("document.documentElement.dataset.hwScheme") != theme:
        page.get_by_role("button", name=f"switch to the {theme} look").click()
    rebalancing_page.wait(
        lambda: page.evaluate("document.querySelector('.hw-plot-holding .main-svg').clientWidth") <= width
    )
    rebalancing_page.frames(4)
    wide = """(width) => [...document.querySelectorAll(".hw-root *")].filter((e) => {
        const box = e.getBoundingClientRect(), hidden = e.closest(".hw-said, .hw-file, table, .hw-facts");
        return box.width && !hidden && (box.right > width + 1 || box.left < -1); }).map((e) => e.className)"""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(wide, width) == []
    page.set_viewport_size({"width": 1280, "height": 1000})
    rebalancing_page.frames()


def test_axes_and_cards_hold_still_in_a_drag(rebalancing_page: RebalancingPage) -> None:
    """While a slider is dragged no axis rescales and no card moves."""
    look = """() => JSON.stringify([
      [".hw-story", ".hw-holding", ".hw-tradeoff", ".hw-nets", ".hw-health"].map((name) => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.left, box.top + scrollY, box.width, box.height]; }),
      [...document.querySelectorAll(".js-plotly-plot")].map((p) => [p.layout.xaxis.range, p.layout.yaxis.range])])"""
    page = rebalancing_page.page
    for name in ("half_width", "cost_rate", "path", "day", "relative_aversion"):
        for share in (0.8, 0.3):
            rebalancing_page.still()
            rebalancing_page.warm(name)
            page.wait_for_timeout(300)
            before = page.evaluate(look)
            seen = rebalancing_page.drag(name, share, moves=12, look=lambda: page.evaluate(look))
            assert {before, *seen} == {before}, (name, share)


def test_a_step_draws_what_rest_draws(rebalancing_page: RebalancingPage) -> None:
    """A step paints data only; the picture that restyle makes of the same numbers at rest is the same, node by node."""
    for name in ("half_width", "day", "relative_aversion"):
        rebalancing_page.still()
        rebalancing_page.warm(name)
        rebalancing_page.page.evaluate(WATCH_STEP)
        rebalancing_page.press("ArrowRight")
        rebalancing_page.still()
        stepped, rested = rebalancing_page.page.evaluate(f"[window.__step, ({SHAPE})()]")
        assert stepped is not None, name  # it came from the table
        differ = [(a, b) for a, b in zip(stepped, rested, strict=True) if a != b and abs(len(a) - len(b)) > 4]
        assert differ == [], name


def test_the_page_runs_in_jupyterlab(chromium: "Browser", lab: Server) -> None:
    """In JupyterLab the notebook runs, a key steps from the table, and the sentence is the model's."""
    page = chromium.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(20_000)
    page.add_init_script(GUARD)
    opened = RebalancingPage(page)
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    page.goto(lab.address + "lab/tree/06_rebalancing.ipynb?reset")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady", timeout=READY_MS)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'",
        timeout=READY_MS,
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    opened.ready()
    opened.warm("half_width")
    page.keyboard.press("ArrowRight")
    opened.frames()
    assert opened.shown["from"] == "table"
    opened.still()
    for name in ("story", "tiles"):
        assert opened.readout(name) == Expected().readout(name, opened.values)
    assert opened.faults == []
    page.context.close()
