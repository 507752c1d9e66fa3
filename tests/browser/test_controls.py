"""What every page does for a hand at boxes and names, tried on one: typed numbers, figures that explain themselves."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, Locator

from tests.browser.conftest import Server
from tests.browser.explorer_page import ExplorerPage, fixtures_of
from tests.browser.pages import MARGIN
from tests.browser.simulator import UNFOLD, Simulator

common, opened = fixtures_of(MARGIN)
# A link is followed while the bar stands there and what asks the kernel does not, as on a busy machine.
EARLY = """async () => {
  const { __hedgeLive, __hedgeSettled, open } = window, said = [];
  const passed = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  Object.assign(window, { __hedgeLive: undefined, __hedgeSettled: undefined, open: () => said.push("opened") });
  document.querySelector(".hw-pages a:not([aria-current])").click();
  await passed(200);
  said.push("there");
  Object.assign(window, { __hedgeLive, __hedgeSettled: () => { said.push("asked"); return __hedgeSettled(); } });
  for (let n = 0; n < 100 && said.length < 3; n += 1) await passed(50);
  Object.assign(window, { __hedgeSettled, open });
  return said; }"""


def box(page: ExplorerPage, slider: str) -> Locator:
    """Return the number box of a slider."""
    return page.page.locator(f".hw-slider-{slider} .widget-readout")


def typed(page: ExplorerPage, slider: str, text: str) -> None:
    """Type into a slider's box, press Enter, and leave it."""
    page.type_into(box(page, slider), text)
    page.page.locator("h1").click()
    page.rest()


@pytest.mark.parametrize(
    ("slider", "text", "value", "shown", "remark"),
    [
        ("spike", "35.5", 35.5, "35.5", ""),  # between two steps
        ("spike", "−25 %", -25.0, "−25", ""),  # as the page itself writes a minus
        ("leverage", "7×", 7.5, "7.5×", "This slider moves in steps: 7.5 is the nearest to 7."),
        ("days", "12.2", 14.0, "14", "This slider moves in steps: 14 is the nearest to 12.2."),
    ],
)
def test_a_box_keeps_what_is_typed(
    opened: ExplorerPage, slider: str, text: str, value: float, shown: str, remark: str
) -> None:
    """The number is the slider's, also after the box is left, and undo takes it back."""
    before = opened.values
    typed(opened, slider, text)
    assert opened.values == {**before, slider: value}
    assert box(opened, slider).inner_text() == shown
    beside = box(opened, slider).locator("xpath=..").locator(".hw-remark")
    assert (beside.inner_text() if beside.count() else "") == remark
    opened.undo()
    assert opened.values == before


@pytest.mark.parametrize(
    ("slider", "text", "sentence"),
    [
        ("spike", "999", "First move of the price must be -60 to 150 %, not 999."),
        ("spike", "0,7", "First move of the price: expected a number with a point for decimals (0.7), not '0,7'."),
        ("leverage", "1,000", "Leverage must be 1 to 150×, not 1,000×."),
        ("leverage", "much", "Leverage: expected a number, not 'much'."),
    ],
)
def test_a_refused_number_stands_beside_its_box(opened: ExplorerPage, slider: str, text: str, sentence: str) -> None:
    """The box keeps what was typed and is marked, nothing else changes, and Escape brings the number back."""
    before, shown = opened.values, box(opened, slider).inner_text()
    opened.type_into(box(opened, slider), text)
    assert opened.refusal.inner_text() == sentence
    assert opened.refusal.get_attribute("role") == "alert"
    assert box(opened, slider).inner_text() == text
    assert box(opened, slider).get_attribute("aria-invalid") == "true"
    page_box, its_box = opened.refusal.bounding_box(), box(opened, slider).bounding_box()
    assert page_box is not None
    assert its_box is not None
    assert abs(page_box["y"] - its_box["y"]) < 120
    assert opened.values == before
    opened.page.keyboard.press("Escape")
    assert box(opened, slider).inner_text() == shown
    assert opened.refusal.count() == 0
    assert opened.faults == []


def test_a_refusal_opens_its_fold(opened: ExplorerPage) -> None:
    """What is refused in a folded card is seen: the card opens."""
    entry = opened.page.locator(".hw-rare .widget-text", has_text="Entry price").locator("input")
    entry.fill("0")
    opened.page.evaluate(UNFOLD, False)
    entry.dispatch_event("change")
    opened.refusal.wait_for()
    assert entry.is_visible()
    opened.page.evaluate(UNFOLD, True)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_explains_itself(opened: ExplorerPage, width: int) -> None:
    """Its name opens what it means, by finger or key; nothing moves, it lies in the window, and Escape closes it."""
    with opened.sized(width):
        name = opened.page.locator(".hw-readout-tiles button.hw-label").first
        name.scroll_into_view_if_needed()
        tiles = opened.page.locator(".hw-readout-tiles").bounding_box()
        for act in (name.click, lambda: name.press("Enter")):
            act()
            tip = opened.page.locator(".hw-tip:popover-open")
            assert tip.inner_text() == name.get_attribute("title")
            place = tip.bounding_box()
            assert place is not None
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= width
            assert opened.page.locator(".hw-readout-tiles").bounding_box() == tiles
            opened.page.keyboard.press("Escape")
            assert tip.count() == 0


def test_a_finger_scrolls_or_slides(chromium: Browser, app: Server) -> None:
    """A swipe up that begins on the handle or on the track scrolls; one sideways, and a tap, move the slider."""
    phone = Simulator.open(chromium, app.simulator, width=390, height=844, has_touch=True, is_mobile=True)
    page, touches = phone.page, phone.page.context.new_cdp_session(phone.page)

    def touch(places: Sequence[tuple[float, float]]) -> tuple[float, float]:
        """Touch a place, go to the others, and return (scrolled by, coverage)."""
        before = page.evaluate("scrollY")
        for kind, (x, y) in zip(["touchStart", *["touchMove"] * len(places)], places, strict=False):
            touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            page.wait_for_timeout(16)
        touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(500)
        return page.evaluate("scrollY") - before, phone.values["coverage"]

    def place(part: str, share: float) -> tuple[float, float]:
        page.locator(".hw-slider-coverage").evaluate("(slider) => slider.scrollIntoView({ block: 'end' })")
        where = None
        while where != (where := page.evaluate("scrollY")):
            page.wait_for_timeout(400)  # a swipe goes on for a while
        found = page.locator(f".hw-slider-coverage {part}").bounding_box()
        assert found is not None
        return found["x"] + share * found["width"], found["y"] + found["height"] / 2

    line = 30
    for part, share in ((".noUi-handle", 0.5), (".noUi-base", 0.2)):
        x, y = place(part, share)
        scrolled, coverage = touch([(x + 0.5 * k, y - 15 * k) for k in range(15)])
        assert scrolled > 100
        assert coverage == 75
    x, y = place(".noUi-handle", 0.5)
    scrolled, coverage = touch([(x + 4 * k, y) for k in range(15)])
    assert coverage > 90
    assert abs(scrolled) <= line  # a line more of the sentence above at most; the browser keeps the slider in place
    scrolled, coverage = touch([place(".noUi-base", 0.2)])
    assert coverage < 50
    assert abs(scrolled) <= line
    assert phone.faults == []
    phone.close()


def test_a_link_waits_for_what_asks_the_kernel(opened: ExplorerPage) -> None:
    """However early it is followed, the next page gets the book that the kernel has, and not the one it opened with."""
    assert opened.page.evaluate(EARLY) == ["there", "asked", "opened"]
