"""For everyone: axe finds nothing, a table behind every chart, one sheet of paper a page, large enough for a room."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Any

import pytest

from hedge_widgets import style
from tests.browser.conftest import ROOT
from tests.browser.explorer_page import Pages, PageSpec
from tests.browser.pages import PAGES
from tests.browser.simulator import Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Server

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Every rule of every severity; what is folded is opened before. The other look has other colours and nothing else.
FOUND = """(only) => axe.run(document, { resultTypes: ["violations"], ...only }).then((all) => all.violations.flatMap(
  ({ id, impact, nodes }) => nodes.map(({ target, html }) => [id, impact, target.join(" "), html.slice(0, 200)])))"""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
OPEN = """() => { for (const fold of document.querySelectorAll("details:not([open])"))
    Object.assign(fold, { open: true, wasClosed: true });
  for (const button of document.querySelectorAll(".hw-sheet[aria-expanded=false]")) button.click(); }"""
CLOSE = """() => { for (const fold of document.querySelectorAll("details")) if (fold.wasClosed) fold.open = false;
  for (const button of document.querySelectorAll(".hw-sheet[aria-expanded=true]")) button.click(); }"""
THEME = """(theme) => { document.documentElement.dataset.hwTheme = theme; }"""
MOVING = """() => [...document.querySelectorAll(".hw-root *")].filter((e) => { const look = getComputedStyle(e);
  return look.transitionDuration !== "0s" || look.animationName !== "none"; }).map((e) => e.className)"""
TABLES = """() => [...document.querySelectorAll(".hw-card .hw-drawn")].map((table) => {
  const [head, ...rows] = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent));
  return { name: table.parentElement.getAttribute("aria-label"), caption: table.caption.textContent, head, rows }; })"""
# What is on the sheet, in its own pixels: every chart whole in its card, every card in the sheet.
ON_PAPER = """() => { const all = (found) => [...document.querySelectorAll(found)].filter((e) => e.checkVisibility());
  const [root] = all(".hw-root"), box = (e) => e.getBoundingClientRect();
  const inside = (e, around) => box(e).left >= box(around).left - 1 && box(e).right <= box(around).right + 1 &&
    box(e).top >= box(around).top - 1 && box(e).bottom <= box(around).bottom + 1;
  const cut = [...all(".main-svg").filter((e) => !inside(e, e.closest(".hw-plot"))),
    ...all(".hw-plot").filter((e) => !inside(e, e.closest(".hw-card"))),
    ...all(".hw-card, .widget-slider, .widget-dropdown").filter((e) => !inside(e, root))];
  return { scale: Number(root.style.getPropertyValue("--hw-on-paper")), charts: all(".hw-plot").length,
    drawn: all(".hw-plot .main-svg:first-child").length, cut: cut.map((e) => e.className.baseVal ?? e.className),
    scheme: document.documentElement.dataset.hwScheme, words: root.innerText }; }"""
IN_A_ROOM = """() => { const all = (found) => [...document.querySelectorAll(found)].filter((e) => e.checkVisibility());
  const size = (e) => parseFloat(getComputedStyle(e).fontSize);
  return { charts: all(".hw-plot").map((e) => e.classList[1]), sliders: all(".widget-slider").length,
    others: all(".hw-root :is(.widget-dropdown, .widget-text, .hw-table, .hw-figures, .hw-readout-tiles)").length,
    smallest: Math.min(...all(".hw-lead, .widget-label, .widget-readout, .hw-plot text").map(size)),
    line: Math.max(...all(".hw-plot .js-line").map((e) => parseFloat(e.style.strokeWidth))),
    lead: size(all(".hw-lead")[0]), high: document.documentElement.scrollHeight }; }"""


class StartPage(Simulator):
    """The start page, which has one chart."""

    charts = ("outcome",)


class SimulatorPage(Simulator):
    """The simulator."""


OTHERS = {"start": (StartPage, "00_start.ipynb"), "simulator": (SimulatorPage, "01_hedge_simulator.ipynb")}
EVERY = [pytest.param(topic, id=topic) for topic in OTHERS] + [pytest.param(s, id=s.parts.topic) for s in PAGES]


@pytest.fixture(scope="module", params=EVERY)
def shown(request: pytest.FixtureRequest, chromium: "Browser", app: "Server", pages: Pages) -> Iterator[Simulator]:
    """Give every page in turn; those that other tests have open are theirs."""
    if isinstance(request.param, PageSpec):
        yield pages.get(request.param)
        return
    kind, notebook = OTHERS[request.param]
    page = kind.open(chromium, f"{app.address}voila/render/{notebook}")
    yield page
    page.close()


@contextmanager
def opened_up(shown: Simulator) -> Iterator[None]:
    """Open what is folded and the tables behind the charts, and close those again."""
    shown.page.evaluate(OPEN)
    try:
        yield
    finally:
        shown.page.evaluate(CLOSE)


def test_axe_finds_nothing(shown: Simulator, subtests: pytest.Subtests) -> None:
    """No violation of any severity, light and dark, wide and narrow, with everything open."""
    if not AXE.exists():
        pytest.skip("waits for axe-core, which make lint installs")
    shown.page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    before = shown.page.evaluate("document.documentElement.dataset.hwTheme")
    try:
        with opened_up(shown):
            for width in (1280, 390):
                with shown.sized(width):
                    for theme in ("light", "dark"):
                        shown.page.evaluate(THEME, theme)
                        shown.frames(4)
                        with subtests.test(width=width, theme=theme):
                            assert shown.page.evaluate(FOUND, COLOURS if theme == "dark" else {}) == []
    finally:
        shown.page.evaluate(THEME, before)


def test_nothing_moves_for_those_who_ask_for_rest(shown: Simulator) -> None:
    """Where the system says so there are no transitions and no animations."""
    shown.page.emulate_media(reduced_motion="reduce")
    try:
        assert shown.page.evaluate(MOVING) == []
    finally:
        shown.page.emulate_media(reduced_motion="null")


def test_behind_every_chart_is_its_table(shown: Simulator) -> None:
    """Each is named after its chart, and has headings, rows and at least one number in most of its columns."""
    assert shown.page.locator(".hw-drawn").count() == 0
    labels = shown.page.locator(".hw-plot").evaluate_all("(all) => all.map((e) => e.getAttribute('aria-label'))")
    with opened_up(shown):
        tables = shown.page.evaluate(TABLES)
    assert [table["name"] for table in tables] == [f"Table: {label}" for label in labels]
    for table in tables:
        assert 4 <= len(table["rows"]) <= 90, table["name"]
        assert all(table["head"][1:]), table["name"]
        assert all(row[0] and len(row) == len(table["head"]) for row in table["rows"]), table["name"]
        assert "undefined" not in str(table)
        assert "NaN" not in str(table)
    assert shown.page.locator(".hw-drawn:visible").count() == 0
    assert shown.faults == []


def test_a_table_follows_the_hand_at_rest(shown: Simulator) -> None:
    """The simulator's row of the chosen move is what the chart draws there, before and after a step."""
    if not isinstance(shown, SimulatorPage):
        pytest.skip("waits for the simulator: the rule is the same for all charts")

    def chosen() -> list[str]:
        table = shown.page.evaluate(TABLES)[0]
        assert table["head"] == ["your coins move", "net, low end", "net, high end", "spot", "hedge", "net"]
        return next(row for row in table["rows"] if "your move" in row[0])

    def drawn() -> list[str]:
        move, points = shown.values["move"] / 100, shown.trace("outcome", 5)[1:4]
        return [style.formatted(move, "percent_signed"), *(style.formatted(value, "usd_signed") for value in points)]

    with opened_up(shown):
        shown.warm("move")
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
            before = chosen()
            place, *numbers = drawn()
            assert [before[0], *before[3:]] == [f"{place}, your move", *numbers]
            shown.press(key)
            shown.still()
            assert chosen() != before


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_page_is_one_sheet(shown: Simulator, paper: str) -> None:
    """One page of either size, in light, with every chart whole, the settings, the sentence and the sources."""
    sentence = shown.page.locator(".hw-lead").inner_text()
    n_charts = shown.page.locator(".hw-plot:visible").count()
    before = shown.page.evaluate("document.documentElement.dataset.hwScheme")
    sheet = shown.page.pdf(format=paper)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown.frames(4)
    paper_of = shown.page.evaluate(ON_PAPER)
    shown.page.evaluate("dispatchEvent(new Event('afterprint'))")
    shown.frames(4)
    assert paper_of["charts"] == paper_of["drawn"] == n_charts
    assert paper_of["cut"] == []
    assert paper_of["scheme"] == "light"
    assert paper_of["scale"] >= 0.55  # 12 pixels are 5 points then
    assert sentence in paper_of["words"]
    assert "voila/render/" in paper_of["words"]
    assert shown.page.evaluate("document.documentElement.dataset.hwScheme") == before
    assert shown.page.locator(".hw-printed").first.is_hidden()
    shown.page.wait_for_function(
        "document.querySelector('.hw-plot').clientWidth === document.querySelector('.hw-plot .main-svg').clientWidth"
    )


def test_a_room_can_read_it(shown: Simulator) -> None:
    """At 1920 pixels: the sentence, one chart and sliders, all large, without scrolling; Escape ends it."""
    with shown.sized(1920, 1080):
        before: dict[str, Any] = shown.page.evaluate(IN_A_ROOM)
        shown.page.get_by_role("button", name="Present").click()
        shown.frames(10)
        seen = shown.page.evaluate(IN_A_ROOM)
        shown.page.keyboard.press("Escape")
        shown.frames(10)
        after = shown.page.evaluate(IN_A_ROOM)
    assert len(seen["charts"]) == 1
    assert min(2, len(shown.values)) <= seen["sliders"] <= 6
    assert seen["others"] == 0
    assert seen["lead"] >= 32
    assert seen["smallest"] >= 16
    if isfinite(seen["line"]):  # a chart of bars has none
        assert seen["line"] >= 1.5 * before["line"] or seen["line"] >= 5
    assert seen["high"] <= 1080
    assert after == before
