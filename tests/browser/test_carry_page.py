"""The carry page in a real browser: what is on screen is what the model says, in drags, examples and refusals."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from hedge_widgets import CarryExplorer
from hedge_widgets.explorers.carry import notes, text
from hedge_widgets.explorers.carry.presets import presets
from hedge_widgets.live import codec
from tests.browser.conftest import Server
from tests.browser.simulator import GUARD, READY_MS, WATCH, Simulator, block_text, plain

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "voila/render/05_carry.ipynb"
CHARTS = ("accrued", "carried", "breakeven", "clamp", "depth")
CURVES = {"accrued": (1, 4, 5), "carried": (0, 1, 2), "breakeven": (2, 3, 4, 5), "clamp": (0, 1), "depth": (0, 1, 3)}
SLIDERS = ("days", "funding_rate", "move", "basis", "premium", "order_value", "hours", "money_rate", "volatility")
READOUTS = {
    "story": (text.STORY, text.STORY_SLOTS, text.story),
    "tiles": (text.TILES, text.TILE_SLOTS, text.tiles),
    "rule": (notes.RULE, notes.RULE_SLOTS, notes.rule),
    "book": (notes.BOOK, notes.BOOK_SLOTS, notes.book),
}


class CarryPage(Simulator):
    """One open carry page."""

    charts: ClassVar[tuple[str, ...]] = CHARTS
    first_slider: ClassVar[str] = "days"

    def dropdown(self, label: str) -> Any:
        """Return a dropdown by its name; the contract's has none."""
        root = self.page.locator(".hw-root .widget-dropdown")
        if label == "contract":
            return root.filter(has=self.page.locator("option", has_text="WIFUSDT · pays")).locator("select")
        return root.filter(has=self.page.get_by_text(label, exact=True)).locator("select")

    def choose(self, label: str, value: str) -> None:
        """Choose in a dropdown, and wait for the picture that follows."""
        box = self.dropdown(label)
        if value not in plain(box.evaluate("(s) => s.selectedOptions[0].textContent")):
            option = box.locator("option", has_text=value).first.get_attribute("value")
            self.after(lambda: box.select_option(value=option))

    def fill(self, label: str, value: str) -> None:
        """Type into a box and leave it."""
        box = self.page.locator(".hw-root .widget-text", has=self.page.get_by_text(label, exact=True)).locator("input")
        box.fill(value)
        box.press("Enter")

    @property
    def stamp(self) -> str:
        """Return what the funding's chart says about its history."""
        return " ".join(self.page.locator(".hw-plot-accrued .annotation").all_text_contents())


class Expected:
    """What the Python model says about the page."""

    def __init__(self, place: int = 0) -> None:
        self.page = CarryExplorer()
        self.page._preset.value = place

    def choose(self, **choices: Any) -> "Expected":
        """Choose as on the page."""
        for name, value in choices.items():
            self.page.controls.choices[name].value = value
        return self

    def picture(self, values: dict[str, float]) -> Any:
        """Return the picture at slider values."""
        live = self.page.live  # the kernel reads 0.00999999999998713 as the 0.01 that is meant
        return self.page._picture({name: np.array([live._snapped(name, value)]) for name, value in values.items()})

    def readout(self, name: str, values: dict[str, float]) -> list[list[str]]:
        """Return a readout's text."""
        blocks, slots, columns = READOUTS[name]
        row = {key: float(codec.columns_of({"v": v}, 1)["v"][0]) for key, v in columns(self.picture(values)).items()}
        return [block_text(block, slots, row, self.page.live.words) for block in blocks]


def agrees(page: CarryPage, expected: Expected) -> None:
    """Assert that readouts and curves are the Python model's."""
    values = page.values
    for name in READOUTS:
        assert page.readout(name) == expected.readout(name, values), name
    parts = {part.key: part for part in expected.page.live._parts}
    picture = expected.picture(values)
    for chart, places in CURVES.items():
        traces = parts[chart]._traces(picture)
        for place in places:
            shown = np.array([np.nan if y is None else y for y in page.trace(chart, place)], dtype=np.float64)
            np.testing.assert_allclose(shown, traces[place]["y"][0], rtol=1e-9, atol=1e-9, err_msg=f"{chart} {place}")


@pytest.fixture(scope="module")
def common(chromium: "Browser", app: Server) -> Iterator[CarryPage]:
    """Give a page that tests share."""
    page = CarryPage.open(chromium, app.address + PAGE)
    page.choose("example", presets()[1]["title"])  # from here on the page shows what the kernel sent
    yield page
    page.close()


@pytest.fixture
def carry_page(common: CarryPage) -> CarryPage:
    """Give the shared page on the first example."""
    common.choose("example", presets()[1]["title"])
    common.choose("example", presets()[0]["title"])
    common.faults.clear()
    return common


def test_the_page_renders(chromium: "Browser", app: Server) -> None:
    """Charts, sentences, tiles and tables appear; no error, no other machine; the history says that it is simulated."""
    page = CarryPage.open(chromium, app.address + PAGE)
    agrees(page, Expected())
    assert page.stamp == "BTC, simulated sample, 2018 to 2025"
    assert page.page.locator(".hw-head .hw-simulated").count() == 1
    assert page.page.locator(".hw-six tr").count() == 1 + 6
    assert "46.3\u00a0%" in page.page.locator(".hw-six").inner_text()  # a slider in steps of 5 keeps the figure
    assert page.banner.count() == 0
    assert page.hosts == {"127.0.0.1"}
    assert page.faults == []
    page.close()


@pytest.mark.parametrize("name", SLIDERS)
def test_a_drag_ends_on_the_models_picture(carry_page: CarryPage, name: str) -> None:
    """After a drag the readouts and the curves are those of the model where the slider stands."""
    for share in (0.85, 0.15):
        carry_page.drag(name, share, moves=8)
        carry_page.still()
        agrees(carry_page, Expected())
    assert carry_page.faults == []


@pytest.mark.parametrize("name", ["days", "funding_rate", "move", "order_value"])
def test_a_step_is_painted_from_the_table(carry_page: CarryPage, name: str) -> None:
    """Steps of the keyboard come from the slider's table, each under the stamp that the sliders have."""
    carry_page.still()
    carry_page.warm(name)
    carry_page.page.evaluate(WATCH)
    carry_page.press(*["ArrowLeft"] * 3, *["ArrowRight"] * 3)
    stamps = carry_page.page.evaluate("window.__stamps")
    steps = [stamp for stamp in stamps if stamp["from"] == "table"]
    assert len(steps) >= 4  # two keys may share a frame
    assert len(stamps) - len(steps) <= 2  # the exact picture, at rest
    for stamp in stamps:
        assert stamp["at"] == pytest.approx(stamp["present"], abs=1e-9)
    carry_page.still()
    agrees(carry_page, Expected())


@pytest.mark.parametrize("place", range(1, len(presets())))
def test_every_example_shows_its_figures(carry_page: CarryPage, place: int) -> None:
    """Chosen in the page: sentences, tiles and curves are the model's, and its claim is read."""
    carry_page.choose("example", presets()[place]["title"])
    carry_page.still()
    agrees(carry_page, Expected(place))
    assert presets()[place]["said"] in plain(carry_page.page.locator(".hw-claim").inner_text())
    assert carry_page.banner.count() == 0
    assert carry_page.faults == []


def test_another_contract_is_followed(carry_page: CarryPage) -> None:
    """WIF: every 4 hours, its own history in the chart; in a low-cap squeeze the short pays."""
    carry_page.choose("contract", "WIFUSDT")
    carry_page.still()
    assert "every 4 hours: you receive" in carry_page.sentence
    assert carry_page.stamp == "WIF, simulated sample, 2018 to 2025"
    carry_page.choose("opened when funding was", "low-cap squeeze")
    carry_page.wait(lambda: "you pay" in carry_page.sentence)
    carry_page.still()
    chosen = Expected().choose(contract="Binance USD-M WIFUSDT", opened_at=-0.005)
    agrees(carry_page, chosen)
    assert carry_page.faults == []


def test_refusals_are_sentences_in_the_page(carry_page: CarryPage) -> None:
    """An expired contract, a roll before today, too much leverage, a regime that never was: words, and nothing lost."""
    for label, value, words in (
        ("dated future expires on", "2026-11-01", "must not have expired before today, 2026-11-20"),
        ("rolled on", "2026-11-01", "the roll date must lie from today"),
        ("rolled on", "tomorrow", "must be a date such as"),
        ("leverage of the short", "1000", "leverage must be 1 to 150"),
    ):
        carry_page.fill(label, value)
        carry_page.banner.wait_for()
        carry_page.wait(lambda words=words: words in carry_page.banner.inner_text())
        carry_page.still()
        agrees(carry_page, Expected())
    carry_page.dropdown("opened when funding was").select_option(label="low-cap squeeze: −0.5\u00a0% in 8 h or below")
    carry_page.wait(lambda: "must have at least 10 days" in carry_page.banner.inner_text())
    carry_page.still()
    agrees(carry_page, Expected())
    assert carry_page.faults == []


def test_the_book_is_typed_and_emptied(carry_page: CarryPage) -> None:
    """Level after level of bids is taken away: at the end the sentence says that nothing can be filled."""
    page = carry_page.page
    page.locator(".hw-depth details summary").click()
    for row in range(6):
        cell = page.locator(".hw-depth details tbody tr").nth(row).locator("input").nth(1)
        cell.fill("0")
        carry_page.after(lambda cell=cell: cell.press("Tab"))
    assert "has no bids: nothing can be filled" in page.locator(".hw-readout-book").inner_text()
    assert page.locator(".hw-readout-tiles .hw-danger").count() == 1
    carry_page.drag("volatility", 0.0)
    carry_page.wait(lambda: "No comparison of the six ways" in page.locator(".hw-six").inner_text())
    page.locator(".hw-depth details summary").click()
    assert carry_page.faults == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overflows_in_either_look(carry_page: CarryPage, width: int, theme: str) -> None:
    """No horizontal scrolling at 1280 and 390 pixels, in both looks; wide tables scroll in themselves."""
    page = carry_page.page
    page.set_viewport_size({"width": width, "height": 900})
    if page.evaluate("document.documentElement.dataset.hwScheme") != theme:
        page.get_by_role("button", name=f"switch to the {theme} look").click()
    carry_page.wait(lambda: page.evaluate("document.querySelector('.hw-plot-accrued .main-svg').clientWidth") <= width)
    carry_page.frames(4)
    wide = """(width) => [...document.querySelectorAll(".hw-root *")].filter((e) => {
        const box = e.getBoundingClientRect(), hidden = e.closest(".hw-said, .hw-file, table, .hw-facts");
        return box.width && !hidden && (box.right > width + 1 || box.left < -1); }).map((e) => e.className)"""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(wide, width) == []
    cut = """() => [...document.querySelectorAll(".hw-root .hw-value, .hw-root .hw-sub")].filter((e) =>
        e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"""
    assert page.evaluate(cut) == []
    page.set_viewport_size({"width": 1280, "height": 1000})
    carry_page.frames()


def test_axes_and_cards_hold_still_in_a_drag(carry_page: CarryPage) -> None:
    """While a slider is dragged no axis rescales and no card moves."""
    look = """() => JSON.stringify([
      [".hw-story", ".hw-accrued", ".hw-carried", ".hw-breakeven", ".hw-health", ".hw-depth"].map((name) => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.left, box.top + scrollY, box.width, box.height]; }),
      [...document.querySelectorAll(".js-plotly-plot")].map((p) => [p.layout.xaxis.range, p.layout.yaxis.range])])"""
    page = carry_page.page
    for name in ("days", "funding_rate", "basis", "premium", "order_value", "move"):
        for share in (0.2, 0.9):
            carry_page.still()
            carry_page.warm(name)
            page.wait_for_timeout(300)
            before = page.evaluate(look)
            seen = carry_page.drag(name, share, moves=12, look=lambda: page.evaluate(look))
            assert {before, *seen} == {before}, (name, share)


def test_a_step_draws_what_rest_draws(carry_page: CarryPage) -> None:
    """A step paints data only; the picture that restyle makes of the same numbers at rest is the same, node by node."""
    shape = """() => [...document.querySelectorAll(".hw-plot path, .hw-plot .text text")].map((e) =>
      (e.getAttribute("d") ?? "").replace(/-?\\d+\\.\\d+/g, (n) => Math.round(n)) + (e.textContent ?? ""))"""
    for name in ("premium", "move", "order_value"):
        carry_page.still()
        carry_page.warm(name)
        carry_page.press("ArrowRight")
        carry_page.frames(2)
        stepped = carry_page.page.evaluate(shape)
        assert carry_page.shown["from"] == "table"
        carry_page.still()
        rested = carry_page.page.evaluate(shape)
        differ = [(a, b) for a, b in zip(stepped, rested, strict=True) if a != b and abs(len(a) - len(b)) > 4]
        assert differ == [], name


def test_the_page_runs_in_jupyterlab(chromium: "Browser", lab: Server) -> None:
    """In JupyterLab the notebook runs, a key steps from the table, and the sentences are the model's."""
    page = chromium.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(20_000)
    page.add_init_script(GUARD)
    opened = CarryPage(page)
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    page.goto(lab.address + "lab/tree/05_carry.ipynb?reset")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady", timeout=READY_MS)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'",
        timeout=READY_MS,
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    opened.ready()
    opened.warm("days")
    page.keyboard.press("ArrowLeft")
    opened.frames()
    assert opened.shown["from"] == "table"
    opened.still()
    for name in ("story", "tiles"):
        assert opened.readout(name) == Expected().readout(name, opened.values)
    assert opened.faults == []
    page.context.close()
