"""First pictures: a page shows itself before its kernel answers, follows the hand, and hands over what was done."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import Browser, Page

from tests.bench.browser import carried
from tests.browser.conftest import Server, started
from tests.browser.explorer_page import READY_MS

FIRST = "#hw-first .hw-plot .main-svg"
LIVE = "#rendered_cells .hw-plot .main-svg"
LET_GO = "() => { window.__hedgeHeld = false; }"
GONE = "() => !document.getElementById('hw-first')"


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """An app whose first pictures are made: a page that is asked for before costs a kernel and shows none."""
    server = started(["app", "--port", "0", "--no-browser"], "is ready at")
    end = time.monotonic() + 90
    while is_making(server):
        assert time.monotonic() < end
        time.sleep(0.1)
    yield server
    server.stop()


def is_making(server: Server) -> bool:
    """Return whether the process that makes a server's first pictures still runs."""
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # it may end while it is looked at
            if "hedge_widgets.published.first" in child.cmdline():
                return True
    return False


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A window in which an error fails the test."""
    page = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
    # A hand that does not rest keeps the first picture: a quick kernel takes nothing away from a test.
    page.add_init_script("window.__hedgeHeld = true;")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.goto("about:blank")
    page.context.close()
    assert errors == []


def opened(page: Page, site: Server, name: str = "01_hedge_simulator", address: str = "") -> None:
    """Open a page of the app that has a first picture; the first ones are made while the test waits."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        page.goto("about:blank")
        response = page.goto(f"{site.address}voila/render/{name}.ipynb{address}", wait_until="commit")
        if "hw-first-page" in response.text():
            return
        page.wait_for_timeout(1000)
    raise AssertionError("no first picture was made")


def test_the_first_picture_is_the_kernel_s(page: Page, site: Server) -> None:
    """Sentence and tiles before and after are the same words, and nothing is refused or left over."""
    opened(page, site)
    page.wait_for_selector(FIRST)
    words = "(root) => [...document.querySelectorAll(`${root} .hw-readout`)].map((text) => text.innerText)"
    # the kernel's own are drawn behind, and hidden from hand and reader
    first = page.evaluate(words, "#hw-first")
    page.wait_for_selector("#rendered_cells[inert]", state="attached")
    page.evaluate(LET_GO)
    page.wait_for_function(GONE, timeout=READY_MS)
    page.wait_for_selector(LIVE)
    live = page.evaluate(words, "#rendered_cells")
    assert len(first) > 1
    assert [text.split() for text in first] == [text.split() for text in live]
    assert page.locator("#rendered_cells").get_attribute("inert") is None
    assert page.evaluate("() => window.__hedgeLive.size") == 1


FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"


def test_it_follows_the_hand_and_hands_over(page: Page, site: Server) -> None:
    """A slider moved before the kernel answers moves the picture, and the kernel's page goes on from there."""
    opened(page, site)
    page.wait_for_selector(FIRST)
    page.locator("#hw-first .hw-slider-coverage .noUi-handle").focus()
    page.wait_for_timeout(700)
    net = "() => document.querySelector('#hw-first .hw-slot-net').textContent"
    before, entries = page.evaluate(net), page.evaluate("() => history.length")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"before => ({net})() !== before", arg=before)
    page.evaluate(FRAMES)  # of three steps the first may have been drawn alone
    after, coverage = page.evaluate(net), page.locator("#hw-first .hw-slider-coverage .widget-readout").inner_text()
    page.wait_for_selector(LIVE, state="attached", timeout=READY_MS)
    page.evaluate(LET_GO)
    page.wait_for_function(GONE, timeout=READY_MS)
    assert page.locator(".hw-slot-net").first.inner_text() == after
    assert page.locator(".hw-slider-coverage .widget-readout").inner_text() == coverage
    assert json.loads(page.evaluate("() => decodeURIComponent(location.hash.slice(3))"))["sliders"][
        "coverage"
    ] == float(coverage)
    assert page.evaluate("() => history.length") == entries  # a step of the hand, and no page of its own
    assert page.locator('script[src*="/plotly-"]').count() == 1
    page.wait_for_function("() => document.activeElement.matches('#rendered_cells .hw-slider-coverage .noUi-handle')")


@pytest.mark.parametrize(
    ("sliders", "is_shown"), [({"coverage": 150.0}, True), ({"coverage": 33.0, "days": 3.0}, False)]
)
def test_an_address_is_shown_or_waited_for(page: Page, site: Server, sliders: dict[str, float], is_shown: bool) -> None:
    """What the tables hold of an address is shown at once; for anything else the kernel's page is waited for."""
    state = json.dumps({"page": "simulator", "sliders": sliders})
    opened(page, site, address=f"#1={state}")
    if is_shown:
        page.wait_for_selector(FIRST)
        assert page.locator("#hw-first .hw-slider-coverage .widget-readout").inner_text() == "150"
    page.evaluate(LET_GO)
    page.wait_for_function(GONE, timeout=READY_MS)
    page.wait_for_selector(LIVE, timeout=READY_MS)
    shown = "() => [...window.__hedgeLive.values()][0].at().map((value) => Math.round(value))"
    page.wait_for_function(f"value => ({shown})()[0] === value", arg=sliders["coverage"])


def test_a_visit_is_light(chromium: Browser, page: Page, site: Server) -> None:
    """1.6 MB at the first visit and 0.1 at the second; formulas come typeset, without MathJax."""
    opened(page, site)
    boot, end = f"{site.address}hedge_widgets/boot.js", time.monotonic() + 90
    brotli = {"Accept-Encoding": "br"}
    while page.request.get(boot, headers=brotli).headers.get("content-encoding") != "br":  # packed in the background
        assert time.monotonic() < end
        page.wait_for_timeout(500)
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    for most in (1.6e6, 0.1e6):
        window, asked = context.new_page(), []
        window.on("request", lambda request, asked=asked: asked.append(request.url))
        sizes = carried(window)
        window.goto(f"{site.address}voila/render/01_hedge_simulator.ipynb")
        window.wait_for_function(GONE, timeout=READY_MS)
        window.wait_for_selector(LIVE)
        window.wait_for_timeout(1000)  # what is loaded for the first label
        assert 10_000 < sum(sizes) < most
        assert window.locator("#rendered_cells .jp-MarkdownOutput math").count() > 10
        assert window.locator("mjx-container").count() == 0
        assert sum("/voila/static/" in url for url in asked) < 8
        window.goto("about:blank")
        window.close()
    context.close()
