"""The portfolio-margin page in a real browser: what is on screen is what the model says."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from hedge_widgets import PortfolioMarginExplorer, style
from hedge_widgets.charts import portfolio_margin as charts
from hedge_widgets.explorers.portfolio_margin import readouts, text
from hedge_widgets.explorers.portfolio_margin.examples import EXAMPLES
from hedge_widgets.live import codec
from tests.browser.conftest import Server
from tests.browser.simulator import WATCH, Simulator, block_text, plain

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "voila/render/04_portfolio_margin.ipynb"
KEYS = ("regimes", "life", "heat", "charges")
CARDS = (".hw-story", ".hw-regimes", ".hw-life", ".hw-health", ".hw-heat", ".hw-charges")
# What stands upright in each chart: no slider may move it before the hand rests.
AXES = """(keys) => keys.map((key) => ["xaxis", "yaxis"].map((axis) =>
  document.querySelector(`.hw-plot-${key}`).layout[axis].range))"""


class MarginPage(Simulator):
    """One open page."""

    charts: ClassVar[tuple[str, ...]] = KEYS
    first_slider: ClassVar[str] = "spot"

    def choose(self, label: str, value: str) -> None:
        """Choose in a dropdown, and wait for the picture that follows."""
        box = self.page.locator(".hw-root .widget-dropdown", has=self.page.get_by_text(label, exact=True))
        if plain(box.locator("select").evaluate("(s) => s.selectedOptions[0].textContent")) != value:
            self.after(lambda: box.locator("select").select_option(label=value))

    def type_number(self, label: str, value: str) -> None:
        """Type into a number box, and wait for the answer."""
        place = self.page.locator(".hw-root .widget-text", has=self.page.get_by_text(label, exact=True))

        def act() -> None:
            place.locator("input").fill(value)
            place.locator("input").press("Enter")

        self.after(act)

    def values_drawn(self, chart: str, k: int, attribute: str) -> Any:
        """Return what plotly has for a trace, missing values as NaN."""
        shown = [np.nan if value is None else value for value in self.trace(chart, k, attribute)]
        return np.array(shown, dtype=np.float64)


class Expected:
    """What the Python model says about the page."""

    def __init__(self, example: int = 0) -> None:
        self.explorer = PortfolioMarginExplorer()
        self.explorer.example.value = example

    def choose(self, **choices: Any) -> "Expected":
        """Choose in dropdowns and boxes as on the page."""
        for name, value in choices.items():
            controls = self.explorer.controls
            {**controls.dropdowns, **controls.boxes}[name].value = value
        return self

    def picture(self, values: dict[str, float]) -> Any:
        """Return the picture at slider values."""
        return self.explorer._picture({name: np.array([value]) for name, value in values.items()})

    def readout(self, name: str, values: dict[str, float]) -> list[list[str]]:
        """Return a readout's text."""
        blocks, slots, columns = {
            "story": (text.STORY, text.STORY_SLOTS, readouts.story),
            "tiles": (text.TILES, text.TILE_SLOTS, readouts.tiles),
        }[name]
        row = {key: float(codec.columns_of({"v": v}, 1)["v"][0]) for key, v in columns(self.picture(values)).items()}
        return [block_text(block, slots, row, self.explorer.live.words) for block in blocks]


def agrees(page: MarginPage, expected: Expected) -> None:
    """Assert that readouts and every live number of the charts are the Python model's."""
    values = page.values
    for name in ("story", "tiles"):
        assert page.readout(name) == expected.readout(name, values), name
    picture = expected.picture(values)
    for key in KEYS:
        for k, trace in enumerate(getattr(charts, f"{key}_traces")(picture)):
            for attribute, value in trace.items():
                if isinstance(value, style.Texts):
                    assert page.trace(key, k, attribute) == value.written(), (key, k, attribute)
                elif isinstance(value, np.ndarray):
                    drawn = page.values_drawn(key, k, attribute)
                    np.testing.assert_allclose(drawn, value[0], rtol=1e-9, atol=1e-6, err_msg=f"{key} {k} {attribute}")


@pytest.fixture(scope="module")
def common(chromium: "Browser", app: Server) -> Iterator[MarginPage]:
    """Give a page that tests share."""
    page = MarginPage.open(chromium, app.address + PAGE)
    yield page
    page.close()


@pytest.fixture
def margin_page(common: MarginPage) -> MarginPage:
    """Give the shared page at the first example."""
    common.preset(0)
    common.faults.clear()
    return common


def test_the_page_renders(chromium: "Browser", app: Server) -> None:
    """Charts, sentences, tiles and tables appear; no error, no other machine; the model is called simplified."""
    page = MarginPage.open(chromium, app.address + PAGE)
    for name in ("story", "tiles"):
        assert page.readout(name) == Expected().readout(name, page.values)
    assert "simplified teaching model" in page.page.locator(".hw-badge").inner_text()
    assert page.page.locator(".hw-units tr").count() == 3
    assert page.page.locator(".hw-plot-heat .heatmaplayer text").count() == 4 * 7
    assert page.banner.count() == 0
    assert page.hosts == {"127.0.0.1"}
    assert page.faults == []
    page.close()


@pytest.mark.parametrize("place", range(len(EXAMPLES)))
def test_an_example_shows_what_the_model_says(margin_page: MarginPage, place: int) -> None:
    """Every sentence, tile, bar, cell and curve of every worked example; its claim beside it."""
    margin_page.preset(place)
    agrees(margin_page, Expected(place))
    assert plain(EXAMPLES[place].true) in plain(margin_page.page.locator(".hw-claim").inner_text())
    assert margin_page.faults == []


@pytest.mark.parametrize("name", ["spot", "perpetual", "puts", "leverage", "move"])
def test_after_rest_every_number_is_the_models(margin_page: MarginPage, name: str) -> None:
    """A slider dragged to and fro and left alone: sentence, tiles and charts are the exact picture."""
    for share in (0.8, 0.3):
        margin_page.drag(name, share)
        margin_page.still()
        agrees(margin_page, Expected())
    assert margin_page.faults == []


@pytest.mark.parametrize("name", ["spot", "future", "volatility", "second", "credit", "move", "leverage"])
def test_a_step_comes_from_the_table_and_is_never_stale(margin_page: MarginPage, name: str) -> None:
    """Steps of the keyboard come from the slider's table, each under the stamp that the sliders have."""
    margin_page.preset(4 if name == "volatility" else 2)
    margin_page.warm(name)
    margin_page.page.evaluate(WATCH)
    margin_page.press(*["ArrowRight"] * 4, *["ArrowLeft"] * 4)
    stamps = margin_page.page.evaluate("window.__stamps")
    steps = [stamp for stamp in stamps if stamp["from"] == "table"]
    assert len(steps) >= 6  # two keys may share a frame
    assert len(stamps) - len(steps) <= 2  # the exact picture, at rest
    for stamp in stamps:
        assert stamp["at"] == pytest.approx(stamp["present"], abs=1e-9)
    margin_page.still()
    agrees(margin_page, Expected(4 if name == "volatility" else 2))


def test_a_step_draws_what_plotly_draws(margin_page: MarginPage) -> None:
    """Cells and numbers after steps are those of a whole drawing: the picture and its texts in the page."""
    script = """() => { const all = (kind) => [...document.querySelectorAll(`.hw-plot-heat .heatmaplayer ${kind}`)];
      return [...all("image").map((i) => i.getAttribute("xlink:href")), ...all("text").map((t) => t.textContent)]; }"""
    margin_page.warm("spot")
    margin_page.page.locator(".hw-plot-heat").scroll_into_view_if_needed()
    margin_page.frames()  # a chart out of sight waits for the hand to rest
    margin_page.press(*["ArrowLeft"] * 5)
    assert margin_page.shown["from"] in ("table", "exact")
    stepped = margin_page.page.evaluate(script)
    margin_page.page.evaluate("window.Plotly.redraw(document.querySelector('.hw-plot-heat'))")
    margin_page.frames()
    assert margin_page.page.evaluate(script) == stepped
    assert len(stepped) > 28


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"portfolio margin of": "Deribit"}, {"venue": "Deribit"}),
        (
            {"portfolio margin of": "Bybit", "spot in the risk unit": "does not count"},
            {"venue": "Bybit", "spot_use": "none"},
        ),
        ({"coin": "ETH"}, {"coin": "ETH"}),
    ],
)
def test_a_choice_changes_everything(margin_page: MarginPage, choices: dict[str, str], words: dict[str, str]) -> None:
    """Another venue or coin: names, grid, numbers and curves are those of the model."""
    for label, value in choices.items():
        margin_page.choose(label, value)
    expected = Expected().choose(**words)
    agrees(margin_page, expected)
    ticks = margin_page.page.locator(".hw-plot-heat .xtick text").all_text_contents()
    moving = charts.heat_moving_layout(expected.picture(margin_page.values))
    assert ticks == moving["xaxis.ticktext"]
    assert margin_page.banner.count() == 0
    assert margin_page.faults == []


def test_a_coin_without_a_grid_gets_a_sentence(margin_page: MarginPage) -> None:
    """Bybit's shocks of SOL are not known here: the page says so and keeps its coin and figures."""
    margin_page.choose("portfolio margin of", "Bybit")
    before = margin_page.readout("tiles")
    coin = margin_page.page.locator(".hw-coins select").first
    margin_page.after(lambda: coin.select_option(label="SOL"))
    margin_page.banner.wait_for()
    assert "Bybit" in margin_page.banner.inner_text()
    margin_page.wait(lambda: coin.evaluate("(s) => s.selectedOptions[0].textContent") == "BTC")
    assert margin_page.readout("tiles") == before


@pytest.mark.parametrize(
    ("label", "typed", "words"),
    [("price of the coin, $", "0", "price of BTC"), ("cash in the account, $", "-5", "cash in the account")],
)
def test_a_wrong_number_gets_a_sentence(margin_page: MarginPage, label: str, typed: str, words: str) -> None:
    """In the banner; sliders, sentences and charts stay, and the next right number clears it."""
    before = margin_page.readout("story"), margin_page.readout("tiles")
    margin_page.type_number(label, typed)
    margin_page.wait(lambda: words in margin_page.banner.inner_text())
    assert (margin_page.readout("story"), margin_page.readout("tiles")) == before
    margin_page.type_number(label, "50000")
    margin_page.wait(lambda: margin_page.banner.count() == 0)
    name = "price" if "price" in label else "cash"
    agrees(margin_page, Expected().choose(**{name: 50_000.0}))


def test_a_leverage_above_the_tier_gets_a_sentence(margin_page: MarginPage) -> None:
    """125 times on 671,110: no number for isolated and cross, a sentence with what the tier allows."""
    margin_page.drag("leverage", 1.0)
    margin_page.still()
    assert "above the 100× that the tier of this size allows" in margin_page.sentence
    assert margin_page.readout("tiles")[1][1] == "—"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overflows_in_either_look(margin_page: MarginPage, width: int, theme: str) -> None:
    """No horizontal scrolling at 1280 and 390 pixels, in both looks; wide tables scroll in themselves."""
    page = margin_page.page
    page.set_viewport_size({"width": width, "height": 900})
    if page.evaluate("document.documentElement.dataset.hwScheme") != theme:
        page.get_by_role("button", name=f"switch to the {theme} look").click()
    margin_page.wait(lambda: page.evaluate("document.querySelector('.hw-plot-heat .main-svg').clientWidth") <= width)
    margin_page.frames(4)
    wide = """(width) => [...document.querySelectorAll(".hw-root *")].filter((e) => {
        const box = e.getBoundingClientRect(), hidden = e.closest(".hw-said, .hw-file, table, .hw-facts");
        return box.width && !hidden && (box.right > width + 1 || box.left < -1); }).map((e) => e.className)"""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(wide, width) == []
    page.set_viewport_size({"width": 1280, "height": 1000})
    margin_page.frames()


@pytest.mark.parametrize("width", [1280, 390])
def test_axes_and_cards_hold_still_in_a_drag(margin_page: MarginPage, width: int) -> None:
    """While a slider is dragged no axis rescales and no card moves, through every case of the sentences on the way."""
    margin_page.page.set_viewport_size({"width": width, "height": 1000})
    cards = """(names) => names.map((name) => { const box = document.querySelector(name).getBoundingClientRect();
      return [box.left, box.top + scrollY, box.width, box.height]; })"""

    def look() -> Any:
        return margin_page.page.evaluate(cards, CARDS), margin_page.page.evaluate(AXES, KEYS)

    for name in ("spot", "perpetual", "leverage", "move"):
        margin_page.preset(0)
        cards_before = look()[0]
        for share in (0.9, 0.05):
            seen = margin_page.drag(name, share, moves=10, look=look)
            assert all(one == [cards_before, seen[0][1]] for one in map(list, seen)), name
            margin_page.still()
    margin_page.page.set_viewport_size({"width": 1280, "height": 1000})
    margin_page.frames()
