"""The margin page in a real browser: what is on screen is what the model says, in drags, replays and refusals."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from hedge_widgets import MarginExplorer
from hedge_widgets.explorers.margin import text
from hedge_widgets.explorers.margin.presets import presets
from hedge_widgets.live import codec
from tests.browser.conftest import Server
from tests.browser.simulator import GUARD, READY_MS, SHAPE, WATCH, WATCH_STEP, Simulator, block_text, plain

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "voila/render/03_margin.ipynb"
CURVES = {"price": 0, "account": 2, "liquidation": 1, "chance": 1}
CHARTS = ("price", "account", "handling", "liquidation", "chance")
SLIDERS = ("leverage", "free", "spike", "trough", "peak_at", "days", "stop", "volatility", "limit", "funding_rate")


class MarginPage(Simulator):
    """One open margin page."""

    charts: ClassVar[tuple[str, ...]] = CHARTS
    first_slider: ClassVar[str] = "leverage"

    def dropdown(self, label: str) -> Any:
        """Return a dropdown by its name; the contract's has none."""
        root = self.page.locator(".hw-root .widget-dropdown")
        if label == "contract":
            return root.filter(has=self.page.locator("option", has_text="BTCUSD_PERP · inverse")).locator("select")
        return root.filter(has=self.page.get_by_text(label, exact=True)).locator("select")

    def choose(self, label: str, value: str) -> None:
        """Choose in a dropdown, and wait for the picture that follows."""
        box = self.dropdown(label)
        if plain(box.evaluate("(s) => s.selectedOptions[0].textContent")) != value:
            option = box.locator("option", has_text=value).first.get_attribute("value")
            self.after(lambda: box.select_option(value=option))

    def fill(self, label: str, value: str) -> None:
        """Type into a number box and leave it."""
        box = self.page.locator(".hw-root .widget-text", has=self.page.get_by_text(label, exact=True)).locator("input")
        box.fill(value)
        box.press("Enter")

    @property
    def stamp(self) -> str:
        """Return what the path's chart says about the path."""
        return " ".join(self.page.locator(".hw-plot-price .annotation").all_text_contents())


class Expected:
    """What the Python model says about the page."""

    def __init__(self, place: int = 0) -> None:
        self.page = MarginExplorer()
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


def agrees(page: MarginPage, expected: Expected) -> None:
    """Assert that readouts, curves and bars are the Python model's."""
    values = page.values
    for name in ("story", "tiles"):
        assert page.readout(name) == expected.readout(name, values), name
    parts = {part.key: part for part in expected.page.live._parts}
    picture = expected.picture(values)
    for chart, place in {**CURVES, "handling": 0}.items():
        wanted = parts[chart]._traces(picture)[place]["y"][0]
        shown = np.array([np.nan if y is None else y for y in page.trace(chart, place)], dtype=np.float64)
        np.testing.assert_allclose(shown, wanted, rtol=1e-9, atol=1e-9, err_msg=chart)


@pytest.fixture(scope="module")
def common(chromium: "Browser", app: Server) -> Iterator[MarginPage]:
    """Give a page that tests share."""
    page = MarginPage.open(chromium, app.address + PAGE)
    page.choose("example", presets()[1]["title"])  # from here on the page shows what the kernel sent
    yield page
    page.close()


@pytest.fixture
def margin_page(common: MarginPage) -> MarginPage:
    """Give the shared page on the first example."""
    common.choose("example", presets()[1]["title"])
    common.choose("example", presets()[0]["title"])
    common.faults.clear()
    return common


def test_the_page_renders(chromium: "Browser", app: Server) -> None:
    """Charts, sentence, tiles and tables appear; no error, no other machine; the path says what it is."""
    page = MarginPage.open(chromium, app.address + PAGE)
    agrees(page, Expected())
    assert page.stamp == "a drawn path, not a forecast"
    assert page.page.locator(".hw-venues tr").count() == 8 + 4
    assert "11.891" in page.page.locator(".hw-venues").inner_text()
    assert page.page.locator(".hw-one tr").count() == 8
    assert page.page.locator(".hw-story .hw-danger .hw-lead").count() == 1
    assert page.banner.count() == 0
    assert page.hosts == {"127.0.0.1"}
    assert page.faults == []
    page.close()


@pytest.mark.parametrize("name", SLIDERS)
def test_after_rest_every_number_is_the_models(margin_page: MarginPage, name: str) -> None:
    """A slider dragged to and fro and left alone: sentence, tiles, curves and bars are the exact outcome."""
    expected = Expected()
    for share in (0.7, 0.15):
        margin_page.drag(name, share)
        margin_page.still()
        agrees(margin_page, expected)
    assert margin_page.faults == []


@pytest.mark.parametrize("name", ["leverage", "spike", "volatility", "days"])
def test_a_step_comes_from_the_table_and_is_never_stale(margin_page: MarginPage, name: str) -> None:
    """Steps of the keyboard come from the slider's table, each under the stamp that the sliders have."""
    margin_page.still()
    margin_page.warm(name)
    margin_page.page.evaluate(WATCH)
    margin_page.press(*["ArrowRight"] * 3, *["ArrowLeft"] * 3)
    stamps = margin_page.page.evaluate("window.__stamps")
    steps = [stamp for stamp in stamps if stamp["from"] == "table"]
    assert len(steps) >= 4  # two keys may share a frame
    assert len(stamps) - len(steps) <= 2  # the exact picture, at rest
    for stamp in stamps:
        assert stamp["at"] == pytest.approx(stamp["present"], abs=1e-9)
    margin_page.still()
    agrees(margin_page, Expected())


@pytest.mark.parametrize("place", range(1, len(presets())))
def test_every_example_shows_its_figures(margin_page: MarginPage, place: int) -> None:
    """Chosen in the page: sentence, tiles, bars and curves are the model's, and its claim is read."""
    margin_page.choose("example", presets()[place]["title"])
    margin_page.still()
    agrees(margin_page, Expected(place))
    assert presets()[place]["said"] in plain(margin_page.page.locator(".hw-claim").inner_text())
    assert margin_page.banner.count() == 0
    assert margin_page.faults == []


def test_a_replay_is_named_in_the_chart(margin_page: MarginPage) -> None:
    """The event's path, the stamp with its days; a hand on the path makes it a drawn one again."""
    margin_page.choose("replay", "10 Oct 2025: Tariff shock / record ADL")
    margin_page.wait(lambda: "SOL, 10 Oct 2025" in margin_page.stamp)
    margin_page.still()
    assert margin_page.values["spike"] == pytest.approx(1.6)
    assert margin_page.values["trough"] == pytest.approx(-23.6)
    agrees(margin_page, Expected())
    margin_page.drag("spike", 0.6)
    margin_page.wait(lambda: margin_page.stamp == "a drawn path, not a forecast")
    margin_page.still()
    agrees(margin_page, Expected())


def test_refusals_are_sentences_in_the_page(margin_page: MarginPage) -> None:
    """Too much leverage, too little margin, too small, mixed currencies: words and dashes, nothing lost."""
    margin_page.drag("leverage", 1.0)
    margin_page.still()
    assert "allows at most 100×" in margin_page.sentence
    assert "—" in margin_page.page.locator(".hw-readout-tiles").inner_text()
    agrees(margin_page, Expected())
    margin_page.choose("example", presets()[1]["title"])
    margin_page.choose("example", presets()[0]["title"])
    margin_page.after(lambda: margin_page.fill("margin posted, $ (0: initial margin)", "100"))
    assert "asks for an initial margin of $2,500 at 4×; $100 is less" in margin_page.sentence
    margin_page.after(lambda: margin_page.fill("margin posted, $ (0: initial margin)", "0"))
    margin_page.after(lambda: margin_page.fill("position, $", "2"))
    assert "below the smallest order of Binance USD-M SOLUSDT" in margin_page.sentence
    margin_page.after(lambda: margin_page.fill("position, $", "10000"))
    margin_page.dropdown("another position in the wallet").select_option(label="Binance COIN-M BTCUSD_PERP")
    margin_page.banner.wait_for()
    assert "an inverse contract settles in its coin, not dollars and BTC" in margin_page.banner.inner_text()
    margin_page.still()
    agrees(margin_page, Expected())
    assert margin_page.faults == []


def test_another_contract_is_followed(margin_page: MarginPage) -> None:
    """An inverse contract: its name in the sentence, its tiers below, its coin margin in the exposure."""
    margin_page.choose("contract", "Binance COIN-M BTCUSD_PERP · inverse")
    margin_page.still()
    assert "the BTC short" in margin_page.sentence
    assert "coin margin undoes" in margin_page.page.locator(".hw-readout-tiles").inner_text()
    assert "Binance COIN-M BTCUSD_PERP" in margin_page.page.locator(".hw-foot").inner_text()
    agrees(margin_page, Expected().choose(contract="Binance COIN-M BTCUSD_PERP"))


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overflows_in_either_look(margin_page: MarginPage, width: int, theme: str) -> None:
    """No horizontal scrolling at 1280 and 390 pixels, in both looks; wide tables scroll in themselves."""
    page = margin_page.page
    page.set_viewport_size({"width": width, "height": 900})
    if page.evaluate("document.documentElement.dataset.hwScheme") != theme:
        page.get_by_role("button", name=f"switch to the {theme} look").click()
    margin_page.wait(lambda: page.evaluate("document.querySelector('.hw-plot-price .main-svg').clientWidth") <= width)
    margin_page.frames(4)
    wide = """(width) => [...document.querySelectorAll(".hw-root *")].filter((e) => {
        const box = e.getBoundingClientRect(), hidden = e.closest(".hw-said, .hw-file, table, .hw-facts");
        return box.width && !hidden && (box.right > width + 1 || box.left < -1); }).map((e) => e.className)"""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(wide, width) == []
    page.set_viewport_size({"width": 1280, "height": 1000})
    margin_page.frames()


def test_axes_and_cards_hold_still_in_a_drag(margin_page: MarginPage) -> None:
    """While a slider is dragged no axis rescales and no card moves."""
    look = """() => JSON.stringify([
      [".hw-story", ".hw-price", ".hw-account", ".hw-handling", ".hw-health"].map((name) => {
        const box = document.querySelector(name).getBoundingClientRect();
        return [box.left, box.top + scrollY, box.width, box.height]; }),
      [...document.querySelectorAll(".js-plotly-plot")].map((p) => [p.layout.xaxis.range, p.layout.yaxis.range])])"""
    page = margin_page.page
    for name in ("leverage", "spike", "volatility", "peak_at"):
        for share in (0.8, 0.3):
            margin_page.still()
            margin_page.warm(name)
            page.wait_for_timeout(300)
            before = page.evaluate(look)
            margin_page.store("(s.rest = () => {}, 0)")  # on a busy machine the hand would seem to rest
            seen = margin_page.drag(name, share, moves=12, look=lambda: page.evaluate(look))
            margin_page.store("(delete s.rest, s.rest(), 0)")
            assert {before, *seen} == {before}, (name, share)


def test_a_step_draws_what_rest_draws(margin_page: MarginPage) -> None:
    """A step paints data only; the picture that restyle makes of the same numbers at rest is the same, node by node."""
    for name in ("leverage", "volatility", "stop"):
        margin_page.still()
        margin_page.warm(name)
        margin_page.page.evaluate(WATCH_STEP)
        margin_page.press("ArrowRight")
        margin_page.still()
        stepped, rested = margin_page.page.evaluate(f"[window.__step, ({SHAPE})()]")
        assert stepped is not None, name  # it came from the table
        differ = [(a, b) for a, b in zip(stepped, rested, strict=True) if a != b and abs(len(a) - len(b)) > 4]
        assert differ == [], name


def test_the_page_runs_in_jupyterlab(chromium: "Browser", lab: Server) -> None:
    """In JupyterLab the notebook runs, a key steps from the table, and the sentence is the model's."""
    page = chromium.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(20_000)
    page.add_init_script(GUARD)
    opened = MarginPage(page)
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    page.goto(lab.address + "lab/tree/03_margin.ipynb?reset")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady", timeout=READY_MS)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'",
        timeout=READY_MS,
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    opened.ready()
    opened.warm("leverage")
    page.keyboard.press("ArrowRight")
    opened.frames()
    assert opened.shown["from"] == "table"
    opened.still()
    for name in ("story", "tiles"):
        assert opened.readout(name) == Expected().readout(name, opened.values)
    assert opened.faults == []
    page.context.close()
