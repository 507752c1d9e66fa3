"""Published pages in a browser: from a file, without a network, their sliders answer as the live page's do."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page

import hedge_widgets
from hedge_widgets import style
from hedge_widgets.published.publish import publish
from hedge_widgets.resources import resource

SIMULATOR = "01_hedge_simulator.html"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, published."""
    folder = tmp_path_factory.mktemp("published")
    publish(folder, resource("notebooks"), app="https://example.org/")
    return folder


@pytest.fixture
def page(chromium: Browser, folder: Path) -> Iterator[Page]:
    """A window without a network, in which an error fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert errors == []


def opened(page: Page, folder: Path, name: str = SIMULATOR, address: str = "") -> Page:
    """Open a published page; its charts are drawn and its tables unpacked when this returns."""
    page.goto(f"{(folder / name).as_uri()}{address}")
    page.wait_for_function("() => document.querySelectorAll('.hw-plot .main-svg').length >= 1")
    return page


def press(page: Page, slider: str, key: str, times: int = 1) -> None:
    """Press a key on a slider."""
    page.locator(f".hw-slider-{slider} .noUi-handle").focus()
    for _ in range(times):
        page.keyboard.press(key)


def shown(page: Page, name: str) -> str:
    """Return what stands in a slot of the page."""
    return page.locator(f".hw-slot-{name}").first.inner_text()


def test_sliders_move_together_as_the_model_says(page: Page, folder: Path) -> None:
    """Coverage, leverage, correlation and the move, each away from where it was saved: the sentence is the model's."""
    opened(page, folder)
    for slider, key, times in (("coverage", "ArrowRight", 2), ("leverage", "End", 1), ("move", "Home", 1)):
        press(page, slider, key, times)
    press(page, "correlation", "ArrowLeft", 2)
    page.wait_for_function("() => location.hash.includes('correlation')")
    live = hedge_widgets.HedgeSimulator()
    live.state = page.evaluate("() => location.hash").removeprefix("#1=")
    assert live.live.values["move"] == -60.0
    assert live.live.values["coverage"] > 75.0
    out = live.outcome.outcome
    page.wait_for_function(
        "text => document.querySelector('.hw-slot-net')?.textContent === text",
        arg=style.formatted(abs(float(out.net_pnl[0])), "usd"),
    )
    assert shown(page, "spot") == style.formatted(abs(float(out.spot_pnl[0])), "usd")
    assert shown(page, "hedge") == style.formatted(abs(float(out.hedge_pnl[0])), "usd")


def test_a_slider_alone_takes_the_others_back(page: Page, folder: Path) -> None:
    """The whole picture follows, and a sentence says that the others went back."""
    opened(page, folder)
    press(page, "coverage", "End")
    press(page, "days", "ArrowRight", 3)
    page.wait_for_function("() => document.querySelector('.hw-banner')?.textContent.includes('moves on its own')")
    page.wait_for_function("() => location.hash.includes('days')")
    state = unquote(page.evaluate("() => location.hash"))
    assert "coverage" not in state
    live = hedge_widgets.HedgeSimulator()
    live.state = state.removeprefix("#1=")
    assert shown(page, "net") == style.formatted(abs(float(live.outcome.outcome.net_pnl[0])), "usd")


def test_the_address_brings_the_page_back(page: Page, folder: Path) -> None:
    """A link to a saved page shows what it was copied from; a hostile one is a sentence."""
    opened(page, folder)
    press(page, "coverage", "Home")
    page.wait_for_function("() => location.hash.includes('coverage')")
    assert page.locator(".hw-root[data-hw-moved]").count() == 1  # what is of the day it was saved is grey
    address, net = page.evaluate("() => location.hash"), shown(page, "net")
    assert address in page.locator("a.hw-live-app").get_attribute("href")
    page.goto("about:blank")
    opened(page, folder, address=address)
    page.wait_for_function("text => document.querySelector('.hw-slot-net').textContent === text", arg=net)
    for hostile in (
        "#1=%7B",
        "#1=[]",
        "#1=null",
        '#1={"page":"simulator","sliders":{"coverage":"1e999"}}',
        "#1=%C3%28",
    ):
        press(page, "coverage", "ArrowRight")
        page.wait_for_selector(".hw-banner", state="detached")
        page.evaluate("hash => { location.hash = hash; }", hostile)
        page.wait_for_selector(".hw-banner:has-text('asks for more than this saved page holds')")


@pytest.mark.parametrize(
    ("typed", "place", "said"),
    [
        ("93.5", "90", "holds is 90"),
        ("93,5", "75", "must be 0 to 150"),
        ("−1", "75", "must be 0 to 150"),
        ("abc", "75", "must be 0 to 150"),
    ],
)
def test_what_is_typed_is_the_nearest_place_or_refused(
    page: Page, folder: Path, typed: str, place: str, said: str
) -> None:
    """A saved page has some places of a slider, and says so beside it."""
    opened(page, folder)
    box = page.locator(".hw-slider-coverage .widget-readout")
    box.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_selector(f".hw-slider-coverage .hw-complaint:has-text('{said}')")
    page.keyboard.press("Escape")
    assert page.locator(".hw-slider-coverage .noUi-handle").get_attribute("aria-valuenow").startswith(place)


def test_a_step_is_drawn_from_the_table(page: Page, folder: Path) -> None:
    """A step on a published page takes no longer than a frame or two, as on a live one."""
    opened(page, folder)
    press(page, "coverage", "ArrowRight")
    page.wait_for_timeout(300)
    steps = page.evaluate(
        """async () => {
          const times = [], handle = document.querySelector('.hw-slider-coverage .noUi-handle');
          for (let k = 0; k < 6; k++) {
            const before = document.querySelector('.hw-slot-hedge').textContent, begin = performance.now();
            handle.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
            while (document.querySelector('.hw-slot-hedge').textContent === before && performance.now() - begin < 1000)
              await new Promise(requestAnimationFrame);
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b);
        }"""
    )
    assert steps[len(steps) // 2] < 100


def test_every_page_draws_on_a_phone(page: Page, folder: Path) -> None:
    """All pages: every chart in sight is drawn, nothing is wider than the window, controls without a kernel are off."""
    page.set_viewport_size({"width": 390, "height": 844})
    for path in sorted(folder.glob("0*.html")):
        opened(page, folder, path.name)
        page.wait_for_function("() => document.querySelectorAll('.hw-drawing').length === 0")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path.name
        assert (
            page.locator(".hw-root .widget-dropdown select:enabled, .hw-root .widget-text input:enabled").count() == 0
        )
        assert re.search(r"\d", page.locator(".hw-lead").first.inner_text()), path.name
        links = page.locator(".hw-pages a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
        assert links
        assert [link for link in links if not (folder / link).is_file()] == []
