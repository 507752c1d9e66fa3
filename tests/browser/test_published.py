"""Published pages in a browser: from a file, without a network, their sliders answer as the live page's do."""

import base64
import functools
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

import hedge_widgets
from hedge_widgets import style
from hedge_widgets.live.page import PLOTLY
from hedge_widgets.published.publish import publish
from hedge_widgets.resources import resource

SIMULATOR = "01_hedge_simulator.html"
# The address is written when a hand has rested a while, so that on a busy machine it may hold a place on the way.
TOLD = """(name) => {
  const [store] = window.__hedgeLive.values(), state = decodeURIComponent(location.hash.slice("#1=".length));
  return state && Math.abs(JSON.parse(state).sliders[name] - store.at()[store.names.indexOf(name)]) < 1e-9;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, published."""
    folder = tmp_path_factory.mktemp("published")
    publish(folder, resource("notebooks"), app="https://example.org/")
    return folder


@pytest.fixture
def page(chromium: Browser, folder: Path) -> Iterator[Page]:
    """A window without a network, in which an error of the page fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if is_wrong(message) else None)
    yield page
    context.close()
    assert errors == []


def is_wrong(message: ConsoleMessage) -> bool:
    """Return whether the page complains; that a file from elsewhere does not come is the browser's own complaint."""
    return message.type == "error" and "net::ERR_FAILED" not in message.text


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


def told(page: Page, slider: str) -> str:
    """Return the state that the address holds, once it has the slider where its hand left it."""
    page.wait_for_function(TOLD, arg=slider)
    return unquote(page.evaluate("() => location.hash")).removeprefix("#1=")


def shown(page: Page, name: str) -> str:
    """Return what stands in a slot of the page."""
    return page.locator(f".hw-slot-{name}").first.inner_text()


def test_sliders_move_together_as_the_model_says(page: Page, folder: Path) -> None:
    """Coverage, leverage, correlation and the move, each away from where it was saved: the sentence is the model's."""
    opened(page, folder)
    for slider, key, times in (("coverage", "ArrowRight", 2), ("leverage", "End", 1), ("move", "Home", 1)):
        press(page, slider, key, times)
    press(page, "correlation", "ArrowLeft", 2)
    live = hedge_widgets.HedgeSimulator()
    live.state = told(page, "correlation")
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
    state = told(page, "days")
    assert "coverage" not in state
    live = hedge_widgets.HedgeSimulator()
    live.state = state
    assert shown(page, "net") == style.formatted(abs(float(live.outcome.outcome.net_pnl[0])), "usd")


def test_the_address_brings_the_page_back(page: Page, folder: Path) -> None:
    """A link to a saved page shows what it was copied from; a hostile one is a sentence."""
    opened(page, folder)
    press(page, "coverage", "Home")
    told(page, "coverage")
    assert page.locator(".hw-root[data-hw-moved]").count() == 1  # what is of the day it was saved is grey
    address, net = page.evaluate("() => location.hash"), shown(page, "net")
    assert address in page.locator("a.hw-live-app").get_attribute("href")
    # No kernel is waited for: a saved page answers by itself when all is taken.
    assert (
        page.evaluate(
            "() => Promise.race([[...window.__hedgeLive.values()][0].questions.settled()"
            ".then(() => 'settled'), new Promise((late) => setTimeout(late, 1500))])"
        )
        == "settled"
    )
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


# What MyST's {anywidget} directive does with a module: a model of get, set and on, a shadow, and nothing else.
HOST = """
class Model {
  #state; #events = new EventTarget();
  constructor(state) { this.#state = state; }
  get(name) { return this.#state[name]; }
  set(name, value) { this.#state[name] = value; this.#events.dispatchEvent(new CustomEvent(`change:${name}`)); }
  on(name, act) { this.#events.addEventListener(name, act); }
  off() { throw new Error("not implemented"); }
  save_changes() { throw new Error("not implemented"); }
  send() { throw new Error("not implemented"); }
}
window.models = {}; window.leaves = {};
window.show = async (id, file, state) => {
  const module = (await import(file)).default, model = models[id] = new Model(state);
  await module.initialize?.({ model });
  const place = document.getElementById(id), shadow = place.shadowRoot ?? place.attachShadow({ mode: "open" });
  const el = document.createElement("div");
  shadow.replaceChildren(el);
  leaves[id] = await module.render({ model, el });
};
"""
STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:"


class StrictHandler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under a strict policy."""

    def end_headers(self) -> None:
        """Send the policy."""
        self.send_header("Content-Security-Policy", STRICT)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Somebody else's page with room for three, and modules of the simulator beside it."""
    folder = tmp_path_factory.mktemp("host")
    publish(folder, resource("notebooks"), ["simulator"], is_module=True)
    publish(folder / "single", resource("notebooks"), ["simulator"], is_module=True, is_single=True)
    (folder / "host.js").write_text(HOST)
    places = "".join(f'<div id="{name}"></div>' for name in ("one", "two"))
    (folder / "host.html").write_text(
        f'<!doctype html><link rel="icon" href="data:"><body style="background:#111">{places}'
        '<div id="narrow" style="width:390px"></div><script src="host.js"></script>'
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(StrictHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/host.html"
    server.shutdown()
    server.server_close()


def test_other_people_s_pages_embed_a_module(page: Page, host: str) -> None:
    """Three of one page, under a strict policy: each answers its own sliders, and one that went can return."""
    page.context.set_offline(False)
    page.goto(host)
    state = quote(json.dumps({"sliders": {"coverage": 30.0}}))
    for name, file, begun in (
        ("one", "./01_hedge_simulator.js", ""),
        ("two", "./01_hedge_simulator.js", f"#1={state}"),
        ("narrow", "./single/01_hedge_simulator.js", ""),
    ):
        page.evaluate("([id, file, state]) => show(id, file, { state })", [name, file, begun])
        page.wait_for_selector(f"#{name} .hw-plot .main-svg")

    def net(name: str) -> str:
        return page.locator(f"#{name} .hw-slot-net").first.inner_text()

    def worked(**moved: float) -> str:
        live = hedge_widgets.HedgeSimulator()
        live.state = quote(json.dumps({"sliders": moved}))
        return style.formatted(abs(float(live.outcome.outcome.net_pnl[0])), "usd")

    assert [net(name) for name in ("one", "two", "narrow")] == [worked(), worked(coverage=30.0), worked()]
    page.locator("#one .hw-slider-coverage .noUi-handle").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => models.one.get('state')?.includes('coverage')")
    assert net("one") == worked(coverage=150.0)
    assert net("two") == worked(coverage=30.0)
    assert page.locator("#one .hw-root").get_attribute("data-hand") == "coverage"
    assert page.locator("#one .hw-slider-coverage .noUi-handle").get_attribute("aria-label").startswith("Coverage")
    box = page.locator("#one .hw-slider-leverage .widget-readout")
    box.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    page.wait_for_selector("#one .hw-slider-leverage .hw-complaint:has-text('must be')")
    # as dark as the page around it, as narrow as its place, and its charts lie on each other
    assert page.locator("#one .hw-root").evaluate("el => getComputedStyle(el).colorScheme") == "dark"
    assert page.locator("#narrow .hw-root").evaluate("el => el.scrollWidth") <= 390
    assert page.locator("#one .main-svg").first.evaluate("el => getComputedStyle(el).position") == "absolute"
    page.evaluate("() => leaves.one()")
    assert page.locator("#one .hw-root").count() == 0
    assert page.evaluate("() => window.__hedgeLive.size") == 2
    page.evaluate("() => show('one', './01_hedge_simulator.js', {})")
    page.wait_for_selector("#one .hw-plot .main-svg")
    assert net("one") == worked()


@pytest.mark.parametrize("is_reached", [True, False])
def test_a_page_without_a_kernel_is_a_picture(page: Page, folder: Path, tmp_path: Path, is_reached: bool) -> None:
    """Saved by a notebook, without tables: charts are drawn, or a sentence says at once why not; sliders are off."""
    text = (folder / SIMULATOR).read_text()
    (tmp_path / "nouislider.min.js").write_text((folder / "nouislider.min.js").read_text())
    text = text.replace('<script src="plotly-cartesian.min.js"></script>', "")
    (tmp_path / SIMULATOR).write_text(text.replace("this.comm_live = true;", "this.comm_live = false;"))
    page.route(
        "https://cdn.jsdelivr.net/**",
        lambda route: (
            route.abort()
            if not is_reached
            else route.fulfill(body=PLOTLY.read_bytes(), headers={"Access-Control-Allow-Origin": "*"})
        ),
    )
    page.goto((tmp_path / SIMULATOR).as_uri())
    if is_reached:
        page.wait_for_selector(".hw-plot .main-svg")
    else:
        page.wait_for_selector(".hw-plot:has-text('cdn.jsdelivr.net does not answer')", timeout=10_000)
    page.wait_for_selector(".hw-banner:has-text('A saved picture')")
    models = "() => [...window.__hedgeLive.values()][0].sliders.every((slider) => slider.get('disabled'))"
    assert page.evaluate(models)


def test_the_published_library_is_known_by_its_bytes() -> None:
    """A browser takes the chart library from elsewhere only if it is the one that ships."""
    digest = base64.b64encode(hashlib.new("sha384", PLOTLY.read_bytes()).digest()).decode()
    assert hedge_widgets.HedgeSimulator().live.settings["integrity"] == f"sha384-{digest}"
