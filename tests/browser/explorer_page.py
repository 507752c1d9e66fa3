"""The page of an explorer as the tests see it: one description of each, one page object, and what the model says."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page

from hedge_widgets import style
from hedge_widgets.live import LiveChart, codec
from hedge_widgets.model.quantities import Quantity
from tests.browser.simulator import GUARD, READY_MS, Simulator, block_text, plain
from tests.charts.explorer_charts import Charts
from tests.chromium import close, new_page

if TYPE_CHECKING:
    from tests.browser.conftest import Server

CONTRACT = ""  # the dropdown of contracts has no name

# What holds still while a slider is dragged: the cards of texts and charts, the axes and frames of the charts.
STANDING = """Object.fromEntries([
  ...NAMES.map((name) => { const box = document.querySelector(`.hw-card.hw-${name}`).getBoundingClientRect();
    return [name, [box.left, box.top + scrollY, box.width, box.height].join(" ")]; }),
  ...[...document.querySelectorAll(".hw-readout-story .hw-line")].map((line, k) => [`line ${k}`,
    [line.getBoundingClientRect().top + scrollY, line.offsetHeight].join(" ")]),
  ...[...document.querySelectorAll(".hw-plot")].map((plot) => [plot.className.split(" ").at(1),
    JSON.stringify([plot.clientWidth, plot.clientHeight, plot.layout.xaxis.range, plot.layout.yaxis.range])])])"""
# As text: the browser's protocol takes arrays apart number by number.
DRAWN = """(all) => JSON.stringify(
  all.map(([c, k, a]) => Array.from(document.querySelector(`.hw-plot-${c}`).data[k][a])),
  (_, value) => (typeof value === "number" && !Number.isFinite(value) ? `${value}` : value))"""
TOO_WIDE = """(width) => [...document.querySelectorAll(".hw-root *")].filter((e) => {
  const box = e.getBoundingClientRect(), hidden = e.closest(".hw-said, .hw-file, table, .hw-facts, .hw-pages");
  return box.width && !hidden && (box.right > width + 1 || box.left < -1); }).map((e) => e.className)"""
FOCUSED = """() => { const e = document.activeElement, slider = e.closest(".widget-slider");
  return { tag: e.tagName, role: e.getAttribute("role"), text: e.textContent,
    name: e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.title || e.textContent,
    value: e.getAttribute("aria-valuetext"), handle: e.classList.contains("noUi-handle"),
    slider: [...(slider?.classList ?? [])].find((c) => c.startsWith("hw-slider-"))?.slice(10) ?? null,
    visible: !!e.getClientRects().length }; }"""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A choice: dropdown's name -> words, control -> its value in Python; what follows, as in :class:`PageSpec`."""

    chosen: Mapping[str, str]
    means: Mapping[str, Any]
    stamps: Mapping[str, str] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a box refuses with words beside it, and what ``control`` then takes."""

    box: str
    typed: str
    words: str
    right: str
    control: str


@dataclass(frozen=True, kw_only=True, eq=False)
class PageSpec:
    """What the tests of every page have to know of one.

    Parameters
    ----------
    parts
        What it draws and says: charts, texts, sliders.
    notebook
        Its file in ``notebooks/``.
    explorer
        What the notebook shows.
    stamps
        Chart -> what is written in it about its data when the page opens, all of it.
    counts, says
        CSS selector -> how many there are, or words that are there, when the page opens.
    examples
        (title, what is often said, what is true) of each worked example.
    start
        (dropdown's name, words), in order: the start of a page without examples.
    moves_in
        Slider -> place of an example in which it moves something, where it moves nothing in the first.
    rescales
        Sliders a step of which draws an axis anew when the hand has let go.
    choices, refusals
        What is chosen, and what is refused.
    """

    parts: Charts
    notebook: str
    explorer: Callable[..., Any]
    stamps: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[tuple[str, str, str], ...] = ()
    start: tuple[tuple[str, str], ...] = ()
    moves_in: Mapping[str, int] = field(default_factory=dict)
    rescales: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def sliders(self) -> tuple[Quantity, ...]:
        """Return the descriptions of its sliders."""
        return self.parts.sliders

    @functools.cached_property
    def kind(self) -> "type[ExplorerPage]":
        """Return the class of its page."""
        known = {"spec": self, "charts": self.parts.keys, "first_slider": self.sliders[0].field}
        return type(f"{self.explorer.__name__}Page", (ExplorerPage,), known)

    def open(self, browser: Browser, app: "Server", **context: Any) -> "ExplorerPage":
        """Open it in the app."""
        return self.kind.open(browser, f"{app.address}voila/render/{self.notebook}", **context)


class ExplorerPage(Simulator):
    """One open page of an explorer."""

    spec: ClassVar[PageSpec]

    # -- what is on screen ---------------------------------------------------------------------------------------------
    @property
    def badge(self) -> str:
        """Return the badge's words."""
        return self.page.locator(".hw-badge").inner_text()

    @property
    def example(self) -> str:
        """Return the title of the example chosen."""
        return plain(self.page.locator(".hw-head select").evaluate("(box) => box.selectedOptions[0].textContent"))

    def stamps(self, chart: str) -> list[str]:
        """Return what is written in a chart about its data."""
        return self.page.locator(f".hw-plot-{chart} .annotation").all_text_contents()

    def lacks(self, stamps: Mapping[str, str], says: Mapping[str, str]) -> dict[str, str]:
        """Return which stamps of charts and which words, by CSS selector, are not there."""
        wrong = {chart: words for chart, words in stamps.items() if self.stamps(chart) != [words]}
        return wrong | {found: words for found, words in says.items() if words not in self.words(found)}

    def words(self, selector: str) -> str:
        """Return the text that is seen of what a selector finds."""
        script = "(found) => found.map((node) => node.innerText ?? node.textContent).join(' ')"
        return plain(self.page.locator(selector).evaluate_all(script))

    def drawn(self, places: list[tuple[str, int, str]]) -> list[list[Any]]:
        """Return what plotly has drawn for (chart, trace, attribute)."""
        return json.loads(self.page.evaluate(DRAWN, [list(place) for place in places]))

    # -- what a hand does ----------------------------------------------------------------------------------------------
    def begin(self, place: int) -> None:
        """Go to a worked example, or to the start of a page without any."""
        if self.spec.examples:
            self.preset(place)
        for name, words in self.spec.start:
            self.choose(name, words)

    def dropdown(self, name: str, words: str = "") -> Locator:
        """Return a dropdown by its name, or one without a name by words of an option."""
        mark = self.page.get_by_text(name, exact=True) if name else self.page.locator("option", has_text=words)
        return self.page.locator(".hw-root .widget-dropdown").filter(has=mark).locator("select")

    def choose(self, name: str, words: str) -> bool:
        """Choose the option of these words, else the first that holds them; return whether that changed something."""
        box = self.dropdown(name, words)
        options = [plain(option) for option in box.locator("option").all_text_contents()]
        place = options.index(words) if words in options else next(k for k, o in enumerate(options) if words in o)
        if box.evaluate("(box) => box.selectedIndex") == place:
            return False
        self.after(lambda: box.select_option(index=place))
        return True

    def fill(self, name: str, value: str) -> None:
        """Type into a box and leave it."""
        box = self.page.locator(".hw-root .widget-text", has=self.page.get_by_text(name, exact=True)).locator("input")
        box.fill(value)
        box.press("Enter")

    def undo(self) -> None:
        """Take the last change back."""
        self.after(lambda: self.page.get_by_role("button", name="undo").click())

    def sweep(self, name: str, share: float) -> dict[str, list[str]]:
        """Drag a slider to a share of its track; return what did not hold still on the way, by card, line or chart.

        The page is at rest before: what a rest renews may move it.
        """
        self.settle(name)
        look = STANDING.replace("NAMES", json.dumps(["story", "health", *self.charts]))
        before, *seen = self.drag(name, share, moves=12, look=look)
        places = {part: list(dict.fromkeys(look[part] for look in (before, *seen))) for part in before}
        return {part: found for part, found in places.items() if len(found) > 1}


def focused(page: Simulator) -> dict[str, Any]:
    """Return what has the focus: its name for assistive technology, its role and its value in words."""
    return page.page.evaluate(FOCUSED)


def tab_stops(page: Simulator) -> list[dict[str, Any]]:
    """Return what Tab reaches from the page's first dropdown to its end."""
    page.page.locator(".hw-head select").first.focus()
    stops = [focused(page)]
    while stops[-1]["tag"] != "BODY" and len(stops) < 300:
        page.page.keyboard.press("Tab")
        stops.append(focused(page))
    return stops


def too_wide(page: Simulator) -> list[str]:
    """Return the CSS classes of what leaves the window sideways; wide tables scroll in themselves."""
    return page.page.evaluate(TOO_WIDE, page.page.viewport_size["width"])


def inwards(page: ExplorerPage, slider: Quantity) -> tuple[str, str]:
    """Return the keys that lead away from the slider's nearer end, and back."""
    is_low = page.values[slider.field] < slider.positions[len(slider.positions) // 2]
    return ("ArrowRight", "ArrowLeft") if is_low else ("ArrowLeft", "ArrowRight")


@contextmanager
def lab_window(browser: Browser, lab: "Server", notebook: str) -> Iterator[Page]:
    """Give a window with JupyterLab, opened at a notebook."""
    page = new_page(browser, width=1400, height=1000)
    page.set_default_timeout(20_000)
    page.add_init_script(GUARD)
    try:
        page.goto(f"{lab.address}lab/tree/{notebook}?reset")
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context?.isReady", timeout=READY_MS)
        yield page
    finally:
        close(page)


@contextmanager
def run_in_lab(kind: type[Simulator], page: Page, notebook: str) -> Iterator[Any]:
    """Give a notebook in a window with JupyterLab, opened there and run from top to bottom; close it afterwards.

    Only one may be open at a time: what is looked for is looked for in the whole window.
    """
    opened = kind(page)
    errors = lambda error: opened.faults.append(str(error))  # noqa: E731  it is taken away again
    addresses = lambda request: opened.addresses.append(request.url)  # noqa: E731
    page.on("pageerror", errors)
    page.on("request", addresses)
    try:
        page.evaluate("async (path) => { await jupyterapp.commands.execute('docmanager:open', { path }); }", notebook)
        page.wait_for_function(
            """(path) => { const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
              return context?.path === path && sessionContext.session?.kernel?.status === "idle"; }""",
            arg=notebook,
            timeout=READY_MS,
        )
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        opened.ready()
        yield opened
    finally:
        page.remove_listener("pageerror", errors)
        page.remove_listener("request", addresses)
        page.evaluate(
            """async () => { const { currentWidget } = window.jupyterapp.shell;
              await currentWidget.sessionContext.shutdown(); currentWidget.dispose(); }"""
        )


class Expected:
    """What the Python model says about a page: the same example and choices, the sliders where the page has them."""

    def __init__(self, spec: PageSpec, place: int = 0, **settings: Any) -> None:
        self.spec = spec
        self.explorer = spec.explorer(**settings)
        self.explorer._example.value = place

    def control(self, name: str) -> Any:
        """Return a control that is no slider, by its name in Python."""
        controls = self.explorer.controls
        return {**controls.choices, **controls.numbers, **getattr(controls, "dates", {})}[name]

    def choose(self, **choices: Any) -> Self:
        """Choose as on the page, by the names of the controls."""
        for name, value in choices.items():
            self.control(name).value = value
        return self

    def picture(self, values: dict[str, float]) -> Any:
        """Return the picture at slider values; as the kernel does, 0.00999999999998713 is read as 0.01."""
        snapped = self.explorer.live._snapped
        return self.explorer._picture({name: np.array([snapped(name, value)]) for name, value in values.items()})

    def readout(self, name: str, picture: Any) -> list[list[str]]:
        """Return a readout's text."""
        blocks, slots, columns = self.spec.parts.readouts[name]
        row = {key: float(codec.columns_of({"v": v}, 1)["v"][0]) for key, v in columns(picture).items()}
        return [block_text(block, slots, row, self.explorer.live.words) for block in blocks]

    def traces(self, picture: Any) -> dict[tuple[str, int, str], Any]:
        """Return what moves in the charts: (chart, trace, attribute) -> numbers, or numbers as they are written."""
        return {
            (chart.key, k, name): value.written() if isinstance(value, style.Texts) else value[0]
            for chart in self.explorer.live._parts
            if isinstance(chart, LiveChart)
            for k, trace in enumerate(chart._traces(picture))
            for name, value in trace.items()
            if isinstance(value, np.ndarray | style.Texts)
        }


@functools.cache
def expected(spec: PageSpec, place: int = 0) -> Expected:
    """Return what the model says about a page on which only the example was chosen."""
    return Expected(spec, place)


def agrees(page: ExplorerPage, model: Expected) -> None:
    """Assert that every text and every number of the charts is the Python model's."""
    values = page.values
    picture = model.picture(values)
    for name in page.spec.parts.readouts:
        assert page.readout(name) == model.readout(name, picture), name
    traces = model.traces(picture)
    for place, shown in zip(traces, page.drawn([*traces]), strict=True):
        wanted = traces[place]
        if isinstance(wanted, list):
            assert shown == wanted, place
        else:
            numbers = np.array([np.nan if number is None else number for number in shown], dtype=np.float64)
            np.testing.assert_allclose(numbers, wanted, rtol=1e-9, atol=1e-12, err_msg=str(place))


class Pages:
    """The pages of explorers that tests share: each is opened once, and stays open until the last browser test."""

    def __init__(self, browser: Browser, app: "Server") -> None:
        self.browser, self.app = browser, app
        self.opened: dict[PageSpec, ExplorerPage] = {}

    def get(self, spec: PageSpec) -> ExplorerPage:
        """Return a page as the last test has left it."""
        if spec not in self.opened:
            self.opened[spec] = spec.open(self.browser, self.app)
        return self.opened[spec]

    def fresh(self, spec: PageSpec) -> ExplorerPage:
        """Return a page that nobody has touched yet."""
        if spec in self.opened:
            self.opened.pop(spec).close()
        return self.get(spec)

    def close(self) -> None:
        """Close them all."""
        for page in self.opened.values():
            page.close()


def fixtures_of(spec: PageSpec) -> tuple[Any, Any]:
    """Return the fixtures ``common`` (the page as it is) and ``opened`` (the page at its start)."""

    @pytest.fixture
    def common(pages: Pages) -> ExplorerPage:
        return pages.get(spec)

    @pytest.fixture
    def opened(common: ExplorerPage) -> ExplorerPage:
        return common.reset()

    return common, opened
