"""The hedge-ratio lab in a real browser: what is on screen is what the model says, and what it hands over arrives."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from hedge_widgets import HedgeRatioLab
from hedge_widgets.explorers.hedge_ratio import text
from hedge_widgets.live import codec
from tests.browser.conftest import Server
from tests.browser.simulator import GUARD, READY_MS, WATCH, Simulator, block_text, plain
from tests.charts.test_hedge_ratio import prices as made_up

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = "voila/render/02_hedge_ratio.ipynb"
SLIDERS = ("ratio", "window", "days_ago", "target")
CURVES = {"effect": 0, "scatter": 0, "rolling": 4, "correlation": 2, "equity": 3}


class LabPage(Simulator):
    """One open page of the lab."""

    charts: ClassVar[tuple[str, ...]] = tuple(CURVES)
    first_slider: ClassVar[str] = "ratio"

    def choose(self, label: str, value: str) -> None:
        """Choose in a dropdown, and wait for the picture that follows."""
        box = self.page.locator(".hw-root .widget-dropdown", has=self.page.get_by_text(label, exact=True))
        if plain(box.locator("select").evaluate("(s) => s.selectedOptions[0].textContent")) != value:
            self.after(lambda: box.locator("select").select_option(label=value))

    @property
    def badge(self) -> str:
        """Return the badge's words."""
        return self.page.locator(".hw-badge").inner_text()


class Expected:
    """What the Python model says about the page."""

    def __init__(self, prices: Any = None) -> None:
        self.lab = HedgeRatioLab(prices)

    def choose(self, **choices: Any) -> "Expected":
        """Choose as on the page."""
        for name, value in choices.items():
            getattr(self.lab.controls, name).value = value
        return self

    def picture(self, values: dict[str, float]) -> Any:
        """Return the picture at slider values."""
        return self.lab._picture({name: np.array([value]) for name, value in values.items()})

    def readout(self, name: str, values: dict[str, float]) -> list[list[str]]:
        """Return a readout's text."""
        blocks, slots, columns = {
            "story": (text.STORY, text.STORY_SLOTS, text.story),
            "tiles": (text.TILES, text.TILE_SLOTS, text.tiles),
        }[name]
        row = {key: float(codec.columns_of({"v": v}, 1)["v"][0]) for key, v in columns(self.picture(values)).items()}
        return [block_text(block, slots, row, self.lab.live.words) for block in blocks]


def agrees(page: LabPage, expected: Expected) -> None:
    """Assert that readouts, curves and the scatter are the Python model's."""
    values = page.values
    for name in ("story", "tiles"):
        assert page.readout(name) == expected.readout(name, values), name
    picture = expected.picture(values)
    curves = {
        "scatter": picture.scatter_spot,
        "rolling": picture.rolling_estimator,
        "correlation": picture.rolling_correlation,
        "equity": picture.equity_own,
    }
    for chart, curve in curves.items():
        wanted = np.asarray(curve, dtype=np.float64).reshape(-1, curve.shape[-1])[0]
        shown = np.array([np.nan if y is None else y for y in page.trace(chart, CURVES[chart])], dtype=np.float64)
        np.testing.assert_allclose(shown, wanted, rtol=1e-9, atol=1e-12, err_msg=chart)


@pytest.fixture(scope="module")
def common(chromium: "Browser", app: Server) -> Iterator[LabPage]:
    """Give a page that tests share."""
    page = LabPage.open(chromium, app.address + PAGE)
    page.choose("you hold", "ETH")  # from here on the page shows what the kernel sent, not what it was built with
    yield page
    page.close()


@pytest.fixture
def lab_page(common: LabPage) -> LabPage:
    """Give the shared page on SOL and BTC with every choice at its first."""
    for label, value in (("you hold", "SOL"), ("you short", "BTC"), ("a return spans", "1 day"), ("returns", "simple")):
        common.choose(label, value)
    common.choose("estimator", "least squares = minimum variance")
    common.faults.clear()
    return common


def test_the_page_renders(chromium: "Browser", app: Server) -> None:
    """Charts, sentence, tiles and tables appear; no error, no other machine; every chart says that it is simulated."""
    page = LabPage.open(chromium, app.address + PAGE)
    agrees(page, Expected())
    assert page.badge == "simulated sample"
    for chart in CURVES:
        assert "simulated prices" in page.page.locator(f".hw-plot-{chart} .annotation").all_text_contents()
    assert page.page.locator(".hw-estimators tr").count() == 11
    assert page.page.locator(".hw-instruments tr").count() > 5
    assert page.banner.count() == 0
    assert page.hosts == {"127.0.0.1"}
    assert page.faults == []
    page.close()


@pytest.mark.parametrize("name", SLIDERS)
def test_after_rest_every_number_is_the_models(lab_page: LabPage, name: str) -> None:
    """A slider dragged to and fro and left alone: sentence, tiles and curves are the exact outcome."""
    for share in (0.7, 0.15):
        lab_page.drag(name, share)
        lab_page.still()
        agrees(lab_page, Expected())
    assert lab_page.faults == []


@pytest.mark.parametrize("name", SLIDERS)
def test_a_step_comes_from_the_table_and_is_never_stale(lab_page: LabPage, name: str) -> None:
    """Steps of the keyboard come from the slider's table, each under the stamp that the sliders have."""
    lab_page.still()
    lab_page.warm(name)
    lab_page.page.evaluate(WATCH)
    lab_page.press(*["ArrowRight"] * 4, *["ArrowLeft"] * 4)
    stamps = lab_page.page.evaluate("window.__stamps")
    steps = [stamp for stamp in stamps if stamp["from"] == "table"]
    assert len(steps) >= 6  # two keys may share a frame
    assert len(stamps) - len(steps) <= 2  # the exact picture, at rest
    for stamp in stamps:
        assert stamp["at"] == pytest.approx(stamp["present"], abs=1e-9)
    lab_page.still()
    agrees(lab_page, Expected())


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"you hold": "ETH", "you short": "BTC"}, {"spot": "ETH", "hedge": "BTC"}),
        ({"you hold": "DOGE", "you short": "ETH"}, {"spot": "DOGE", "hedge": "ETH"}),
        ({"estimator": "Kalman filter (ratio drifts)"}, {"estimator": "kalman"}),
        ({"a return spans": "7 days", "returns": "log"}, {"horizon": 7, "kind": "log"}),
        ({"you hold": "BTC", "you short": "BTC"}, {"spot": "BTC", "hedge": "BTC"}),
    ],
)
def test_a_choice_changes_everything(lab_page: LabPage, choices: dict[str, str], words: dict[str, Any]) -> None:
    """Another coin, hedge, estimator or horizon: names, numbers and curves are those of the model."""
    for label, value in choices.items():
        lab_page.choose(label, value)
    agrees(lab_page, Expected().choose(**words))
    if "spot" in words:
        assert words["spot"] in lab_page.sentence
        assert words["hedge"] in lab_page.page.locator(".hw-plot-scatter .xtitle").text_content()
    assert lab_page.banner.count() == 0
    assert lab_page.faults == []


def test_the_ratio_goes_to_the_simulator_with_one_click(lab_page: LabPage, app: Server) -> None:
    """The link opens the simulator at the chosen ratio and correlation; a second click moves the page that is open."""
    lab_page.drag("ratio", 0.5)
    lab_page.still()
    link = lab_page.page.get_by_role("link", name="use in the simulator")
    lab_page.wait(lambda: str(lab_page.values["ratio"])[:4] in str(link.get_attribute("href")))
    picture = Expected().picture(lab_page.values)
    with lab_page.page.context.expect_page() as opened:
        link.click()
    simulator = Simulator(opened.value)
    simulator.ready()
    simulator.wait(lambda: "hedge-ratio lab" in simulator.page.locator(".hw-badge").inner_text())
    simulator.still()
    values = simulator.values
    assert values["beta"] == pytest.approx(lab_page.values["ratio"])
    assert values["coverage"] == 100
    assert values["correlation"] == pytest.approx(picture.correlation[0], rel=1e-9)
    assert values["spot_volatility"] == pytest.approx(100 * picture.spot_volatility[0], rel=1e-9)
    assert simulator.page.locator(".hw-table input").first.input_value() == "SOL"
    before = simulator.page.url
    lab_page.page.bring_to_front()
    lab_page.drag("ratio", 0.3)
    lab_page.still()
    lab_page.wait(lambda: str(lab_page.values["ratio"])[:4] in str(link.get_attribute("href")))
    link.click()
    simulator.wait(lambda: simulator.page.url != before)
    simulator.wait(lambda: simulator.values["beta"] == pytest.approx(lab_page.values["ratio"]))
    assert len(lab_page.page.context.pages) == 2
    simulator.page.close()


@pytest.mark.parametrize(
    "state", ["%", "7", "null", "%7B%22coin%22%3A%22%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%22%7D", "x" * 5000]
)
def test_a_hostile_address_gets_a_sentence(chromium: "Browser", app: Server, state: str) -> None:
    """What is no state of ours is refused in the banner, and the page is as without it."""
    page = Simulator.open(chromium, f"{app.address}voila/render/01_hedge_simulator.ipynb#hedge={state}")
    page.banner.wait_for()
    assert "address" in page.banner.inner_text()
    assert page.values["coverage"] == 75
    assert page.page.evaluate("window.__alerts") == []
    assert page.faults == []
    page.close()


def test_the_question_catches_the_inversion(lab_page: LabPage) -> None:
    """By keyboard: the right answer is 100 dollars times the slope; the inverted one gets its reason."""
    picture = Expected().picture(lab_page.values)
    h, squared = picture.estimated[0], picture.correlation[0] ** 2
    radios = lab_page.page.locator(".hw-answers input[type=radio]")
    amounts = sorted((100 * h, 100 * h / squared, 100 * squared / h, 100 * picture.correlation[0]))
    for place, amount in enumerate(amounts):
        radios.nth(place).focus()
        lab_page.page.keyboard.press("Space")
        said = "Yes" if amount == 100 * h else "No"
        lab_page.page.locator(".hw-quiz [role=status]", has_text=said).wait_for()
        if amount == 100 * h / squared:
            assert "correlation squared" in lab_page.page.locator(".hw-quiz [role=status]").inner_text()


def test_an_upload_replaces_the_sample(chromium: "Browser", app: Server) -> None:
    """A file of the user's: its coins are offered, the badge names it, nothing says simulated any more."""
    import pandas as pd

    spot, hedge = made_up()
    index = pd.date_range("2023-01-01", periods=len(spot), name="date")
    frame = pd.DataFrame({"BTC": hedge, "XYZ": spot}, index=index).round(6)
    page = LabPage.open(chromium, app.address + PAGE)
    page.upload("broken.csv", b"date,BTC\n2024-01-01,abc\n")
    page.wait(lambda: "at least 31 rows" in page.complaints)
    assert page.badge == "simulated sample"
    page.after(lambda: page.upload("mine.csv", frame.to_csv().encode()))
    page.wait(lambda: "mine.csv" in page.badge)
    page.still()
    agrees(page, Expected(pd.read_csv(io.BytesIO(frame.to_csv().encode()), index_col="date", parse_dates=True)))
    assert "XYZ" in page.sentence
    assert page.page.locator(".annotation", has_text="simulated").count() == 0
    assert page.faults == []
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_overflows_in_either_look(lab_page: LabPage, width: int, theme: str) -> None:
    """No horizontal scrolling at 1280 and 390 pixels, in both looks; wide tables scroll in themselves."""
    page = lab_page.page
    page.set_viewport_size({"width": width, "height": 900})
    if page.evaluate("document.documentElement.dataset.hwScheme") != theme:
        page.get_by_role("button", name=f"switch to the {theme} look").click()
    lab_page.wait(lambda: page.evaluate("document.querySelector('.hw-plot-effect .main-svg').clientWidth") <= width)
    lab_page.frames(4)
    wide = """(width) => [...document.querySelectorAll(".hw-root *")].filter((e) => {
        const box = e.getBoundingClientRect(), hidden = e.closest(".hw-said, .hw-file, table, .hw-facts");
        return box.width && !hidden && (box.right > width + 1 || box.left < -1); }).map((e) => e.className)"""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(wide, width) == []
    page.set_viewport_size({"width": 1280, "height": 1000})
    lab_page.frames()


def test_axes_and_cards_hold_still_in_a_drag(lab_page: LabPage) -> None:
    """While a slider is dragged no axis rescales and no card above the tables moves."""
    cards = """() => [".hw-story", ".hw-effect", ".hw-scatter", ".hw-health", ".hw-rolling"].map((name) => {
      const box = document.querySelector(name).getBoundingClientRect();
      return [box.left, box.top + scrollY, box.width, box.height]; })"""

    def look() -> Any:
        return lab_page.page.evaluate(cards), [lab_page.range(chart) for chart in CURVES]

    for name in ("ratio", "window", "days_ago"):
        lab_page.still()
        seen = [look(), *lab_page.drag(name, 0.8, moves=12, look=look), *lab_page.drag(name, 0.3, moves=12, look=look)]
        assert all(one == seen[0] for one in seen), name


def test_the_lab_runs_in_jupyterlab(chromium: "Browser", lab: Server) -> None:
    """In JupyterLab the notebook runs, a key steps from the table, and the link leads to the simulator's page."""
    page = chromium.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(20_000)
    page.add_init_script(GUARD)
    opened = LabPage(page)
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    page.goto(lab.address + "lab/tree/02_hedge_ratio.ipynb?reset")
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady", timeout=READY_MS)
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'",
        timeout=READY_MS,
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    opened.ready()
    opened.warm("ratio")
    page.keyboard.press("ArrowRight")
    opened.frames()
    assert opened.shown["from"] == "table"
    opened.still()
    for name in ("story", "tiles"):
        assert opened.readout(name) == Expected().readout(name, opened.values)
    with page.context.expect_page() as other:
        page.get_by_role("link", name="use in the simulator").click()
    simulator = Simulator(other.value)
    simulator.page.set_default_timeout(30_000)
    simulator.ready()
    simulator.wait(lambda: simulator.values["beta"] == pytest.approx(opened.values["ratio"]))
    assert plain(simulator.page.locator(".hw-badge").inner_text()).startswith("from the hedge-ratio lab")
    assert opened.faults == []
    page.context.close()
