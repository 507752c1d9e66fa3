"""Every page in a real browser: what is on screen is what the model says, whatever a hand does with it."""

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from hedge_widgets import style
from hedge_widgets.model.quantities import Quantity
from tests.browser.explorer_page import (
    Choice,
    Expected,
    ExplorerPage,
    Pages,
    PageSpec,
    Refusal,
    agrees,
    expected,
    inwards,
    tab_stops,
    too_wide,
)
from tests.browser.pages import PAGES
from tests.browser.shapes import looks_like
from tests.browser.simulator import SHAPE, UNFOLD, WATCH, WATCH_STEP, plain

# What a hand can set without opening anything: a table counts once, and so does a set of radio buttons.
OPEN_CONTROLS = """() => [...document.querySelectorAll(".hw-root :is(.widget-slider, .widget-dropdown, .widget-text, " +
  ".widget-radio, .hw-table, .hw-facts)")].filter((e) => e.checkVisibility() && !e.closest("details:not([open])"))
  .map((e) => e.className)"""
# Styles that look into what an element holds: whenever a chart draws, such a style searches the whole page anew, unless
# it asks first whether this is a room or paper, or looks into a heading only.
LOOKING_INTO = """() => { const found = [], cheap = /data-hw-(present|printing)|^ *\\.hw-folding:/;
  const walk = (rules, around) => { for (const { selectorText = "", cssRules = [] } of rules) {
    const words = `${around} ${selectorText}`;
    if (selectorText.includes(":has(") && !cheap.test(words)) found.push(words);
    walk(cssRules, words); } };
  for (const sheet of document.styleSheets) walk(sheet.cssRules, "");
  return found; }"""
REST_MS = 150  # a slider that has not moved for so long rests


def each(name: str, found: Callable[[PageSpec], Iterable[Any]], called: Callable[[Any], str]) -> pytest.MarkDecorator:
    """Return the mark that gives a test, as ``name``, everything of a kind that a page has, of every page.

    The page comes last: by it pytest keeps the tests of a page together, so that each page is opened once. It comes
    first in the name: by that they stay on one worker.
    """
    cases = [pytest.param(one, spec, id=f"{spec.parts.topic}-{called(one)}") for spec in PAGES for one in found(spec)]
    return pytest.mark.parametrize((name, "spec"), cases, indirect=["spec"], scope="module")


each_slider = each("slider", lambda spec: spec.sliders, lambda slider: slider.field)


@pytest.fixture(scope="module", params=PAGES, ids=lambda spec: spec.parts.topic)
def spec(request: pytest.FixtureRequest) -> PageSpec:
    """Give the description of a page."""
    return request.param


@pytest.fixture
def common(pages: Pages, spec: PageSpec) -> ExplorerPage:
    """Give the page that its tests share."""
    return pages.get(spec)


@pytest.fixture
def opened(common: ExplorerPage) -> ExplorerPage:
    """Give the page at its start."""
    return common.reset()


def test_the_page_renders(pages: Pages, spec: PageSpec) -> None:
    """As it was built, before anybody touched it: charts, texts, tables, stamps; no error, no other machine."""
    common = pages.fresh(spec)
    model, parts = expected(spec), spec.parts
    agrees(common, model)
    assert {part.key for part in model.explorer.live._parts} == {*parts.readouts, *parts.keys, "marks"}
    assert {found: common.page.locator(found).count() for found in spec.counts} == spec.counts
    assert common.lacks(spec.stamps, spec.says) == {}
    assert common.banner.count() == 0
    common.page.wait_for_timeout(1500)  # what stock sliders round while a page opens is no step of anybody's
    assert common.page.get_by_role("button", name="undo").is_disabled()
    assert common.hosts == {"127.0.0.1"}
    assert common.faults == []


def at_work(common: ExplorerPage, slider: Quantity) -> Expected:
    """Go to an example in which the slider moves something, and return what the model says about the page."""
    place = common.spec.moves_in.get(slider.field, 0)
    common.reset(place)
    return expected(common.spec, place)


@each_slider
def test_a_drag_moves_nothing_else_and_ends_on_the_models_numbers(common: ExplorerPage, slider: Quantity) -> None:
    """To and fro: no axis rescales and no card moves under the hand; left alone, every text and chart is exact."""
    model = at_work(common, slider)
    for share in (0.85, 0.1):
        assert common.sweep(slider.field, share) == {}, share
        common.still()
        agrees(common, model)
    assert common.faults == []


def test_a_drag_moves_nothing_else_on_a_narrow_page(opened: ExplorerPage, spec: PageSpec) -> None:
    """From end to end of every slider at 390 pixels, where the sentences need more lines."""
    moved = {}
    with opened.sized(390):
        for slider in spec.sliders:
            opened.handle(slider.field).press("Home")
            opened.rest()
            moved[slider.field] = opened.sweep(slider.field, 0.95)
    assert {name: parts for name, parts in moved.items() if parts} == {}


@each_slider
def test_a_step_comes_from_the_table_and_is_never_stale(common: ExplorerPage, slider: Quantity) -> None:
    """Steps of the keyboard come from the slider's table, each under the stamp that the sliders have."""
    model = at_work(common, slider)
    there, back = inwards(common, slider)
    common.warm(slider.field)
    common.page.evaluate(WATCH)
    common.press(*[there] * 4, *[back] * 4)
    stamps = common.page.evaluate("window.__stamps")
    steps = [stamp for stamp in stamps if stamp["from"] == "table"]
    assert len(steps) >= 6  # two keys may share a frame
    # The exact picture comes at rest only: at the end, and where a busy machine kept the hand waiting between two keys.
    n_pauses = sum(after["t"] - before["t"] > REST_MS for before, after in itertools.pairwise(steps))
    assert len(stamps) - len(steps) <= 2 + n_pauses
    for stamp in stamps:
        assert stamp["at"] == pytest.approx(stamp["present"], abs=1e-9)
    common.still()
    agrees(common, model)


def test_a_step_draws_what_rest_draws(common: ExplorerPage, spec: PageSpec, subtests: pytest.Subtests) -> None:
    """A step paints data only; the picture that restyle makes of the same numbers at rest is the same, node by node."""
    with common.sized(1280, 5000):  # a chart out of sight waits until the hand rests
        for slider in spec.sliders:
            if slider.field not in spec.rescales:
                with subtests.test(slider=slider.field):
                    at_work(common, slider)
                    common.warm(slider.field)
                    common.page.evaluate(WATCH_STEP)
                    common.press(inwards(common, slider)[0])
                    common.still()
                    stepped, rested = common.page.evaluate(f"[window.__step, ({SHAPE})()]")
                    assert stepped is not None  # it came from the table
                    assert [pair for pair in zip(stepped, rested, strict=True) if not looks_like(*pair)] == []


@each("example", lambda spec: enumerate(spec.examples), lambda example: str(example[0]))
def test_an_example_shows_its_figures(common: ExplorerPage, example: tuple[int, tuple[str, str, str]]) -> None:
    """Chosen on the page: every text and chart is the model's, and what is said and what is true is read."""
    place, (title, *claim) = example
    common.faults.clear()
    common.preset(place)
    assert common.example == plain(title)
    agrees(common, expected(common.spec, place))
    shown = lambda: common.words(".hw-claim").replace("\u2060", "")  # noqa: E731  a widget of its own, a message later
    common.wait(lambda: all(plain(words) in shown() for words in claim))
    assert common.banner.count() == 0
    assert common.faults == []


@each("choice", lambda spec: spec.choices, lambda choice: "-".join(map(str, choice.means.values())))
def test_a_choice_changes_everything(opened: ExplorerPage, choice: Choice) -> None:
    """Another coin, contract or venue: names, numbers and curves are those of the model; undo takes it back."""
    n_changes = sum(opened.choose(name, words) for name, words in choice.chosen.items())
    agrees(opened, Expected(opened.spec).choose(**choice.means))
    assert opened.lacks(choice.stamps, choice.says) == {}
    assert opened.banner.count() == 0
    for _ in range(n_changes):
        opened.undo()
    agrees(opened, expected(opened.spec))
    assert opened.faults == []
    opened.is_at(0)


@each("refusal", lambda spec: spec.refusals, lambda refusal: f"{refusal.control}={refusal.typed}")
def test_a_refusal_is_a_sentence(opened: ExplorerPage, refusal: Refusal) -> None:
    """Beside its box, which keeps what was typed; all else stays; a right value clears it, undo takes that back."""
    opened.after(lambda: opened.fill(refusal.box, refusal.typed))
    assert refusal.words in opened.refusal.inner_text()
    box = opened.refusal.locator("xpath=..").locator("input")
    assert (box.input_value(), box.get_attribute("aria-invalid")) == (refusal.typed, "true")
    assert box.get_attribute("aria-describedby") == opened.refusal.get_attribute("id")
    agrees(opened, expected(opened.spec))
    opened.after(lambda: opened.fill(refusal.box, refusal.right))
    assert opened.banner.count() == opened.refusal.count() == 0
    model = Expected(opened.spec)
    box = model.control(refusal.control)
    box.value = type(box.value)(refusal.right)
    agrees(opened, model)
    opened.undo()
    agrees(opened, expected(opened.spec))
    assert opened.faults == []
    opened.is_at(0)


def test_nothing_overflows_in_either_look(opened: ExplorerPage, spec: PageSpec, subtests: pytest.Subtests) -> None:
    """No horizontal scrolling and nothing cut off, in both looks; wide tables scroll in themselves."""
    page = opened.page
    cut = """() => [...document.querySelectorAll(".hw-root .hw-value, .hw-root .hw-sub")].filter((e) =>
        e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"""
    for width, themes in ((1280, ("light", "dark")), (390, ("dark", "light"))):
        with opened.sized(width):
            for theme in themes:
                with subtests.test(width=width, theme=theme):
                    if page.evaluate("document.documentElement.dataset.hwScheme") != theme:
                        page.get_by_role("button", name=f"switch to the {theme} look").click()
                        opened.frames(4)
                    ground = page.locator(".hw-root").evaluate("(root) => getComputedStyle(root).backgroundColor")
                    assert ground == "rgb({}, {}, {})".format(*bytes.fromhex(style.PALETTE[theme]["page"][1:]))
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
                    assert too_wide(opened) == []
                    assert page.evaluate(cut) == []
                    agrees(opened, expected(spec))  # the charts were drawn anew, and nothing was lost


def test_rare_settings_are_folded(opened: ExplorerPage, spec: PageSpec) -> None:
    """At most 15 controls are open; a key opens the others."""
    page, cards = opened.page, opened.page.locator(".hw-left > .hw-card:has(.hw-fold)").all()
    page.evaluate(UNFOLD, False)
    try:
        assert len(page.evaluate(OPEN_CONTROLS)) <= 15
        assert cards
        for card in cards:
            control = card.locator("select, input, .noUi-handle").first
            assert not control.is_visible()
            card.locator("summary").press("Enter")
            assert control.is_visible()
            card.locator("summary").press("Enter")
    finally:
        page.evaluate(UNFOLD, True)


def test_no_style_searches_the_page_at_each_step(common: ExplorerPage, spec: PageSpec) -> None:
    """That took half of what a step's styles cost."""
    assert common.page.evaluate(LOOKING_INTO) == []


def test_everything_is_reached_by_tab(opened: ExplorerPage, spec: PageSpec) -> None:
    """Tab reaches all sliders, boxes and buttons; each has a name, each slider its value in words."""
    *stops, end = tab_stops(opened)
    assert end["tag"] == "BODY"
    handles = [stop for stop in stops if stop["handle"]]
    assert {handle["slider"] for handle in handles} >= {slider.field for slider in spec.sliders}
    assert [stop for stop in stops if not stop["visible"] or not stop["name"].strip()] == []
    assert [handle for handle in handles if not re.search(r"\d", handle["value"])] == []
