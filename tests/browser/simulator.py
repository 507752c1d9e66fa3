"""The simulator's page as a test sees it: what is on screen, what a hand does, and what the model says."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Locator, Page

from hedge_widgets import style
from hedge_widgets.live import Block, codec
from hedge_widgets.pages.hedge import words
from hedge_widgets.pages.hedge.examples import examples
from hedge_widgets.pages.hedge.page import HedgeSimulator
from tests.bench.browser import leave
from tests.chromium import close, new_page

READY_MS = 120_000
STORE = "[...window.__hedgeLive.values()].at(-1)"
# Prepared before the page's own scripts: nothing that a test types or uploads may ever run.
GUARD = "window.__alerts = []; window.alert = (text) => window.__alerts.push(text);"
STILL = """!s.void && s.shown.from === "exact" && s.shown.revision === s.revision
  && s.shown.at.every((value, k) => Math.abs(value - s.at()[k]) <= 1e-9 * Math.max(1, Math.abs(value)))"""
# Whether slider i has its table of now; the slider itself may stand between its positions.
HAS_TABLE = "s.row(i, s.at().map((value, k) => (k === i ? s.positions[i][0] : value)))"
# Of which revision a page is at its start, and where its sliders are.
PLACES = """({ revision: s.revision, at: s.sliders.map((m) => m.get(m.has("index") ? "index" : "value")) })"""
# Put the sliders back there if nothing else moved since; return whether that was so.
PUT_BACK = """(() => {
  const loud = document.querySelector(".hw-banner, .hw-complaint:not(:empty)");
  if (s.void || s.revision !== a.revision || loud) return false;
  s.sliders.forEach((m, i) => { const key = m.has("index") ? "index" : "value";
    if (m.get(key) !== a.at[i]) { m.set(key, a.at[i]); m.save_changes(); } });
  return true; })()"""
# The axes of the picture at rest are drawn: they come with the answer to a rest, not with the numbers before it.
RESTED = """new Promise((done) => { s.released = () => { delete s.released; s.released(); done(); };
  s.rest(); })"""
# Every stamp that is painted, beside what the sliders say at that moment.
WATCH = f"""() => {{
  const s = {STORE}; let shown = s.shown; window.__stamps = [];
  Object.defineProperty(s, "shown", {{ configurable: true, get: () => shown, set: (value) => {{
    shown = value; window.__stamps.push({{ ...value, present: s.at(), now: s.revision, t: performance.now() }}); }} }});
}}"""
UNFOLD = """(is_open) => document.querySelectorAll(".hw-root .hw-fold").forEach((fold) => (fold.open = is_open))"""
WAIT_MS = 15_000
# A frame, and what has to hold in one: the page waits by itself, for each call from outside costs more than a frame.
FRAMES = f"""const frames = async (n) => {{ while (n-- > 0) await new Promise(requestAnimationFrame); }};
  const until = async (holds) => {{ const end = performance.now() + {WAIT_MS};
    while (!holds()) {{
      if (performance.now() > end) throw new Error(`it did not come to pass in time: ${{holds}}`);
      await frames(1); }} }};"""
# What was seen after each frame that was painted, each picture once, from now until it is asked for.
RECORD = """(() => {
  const seen = { n: 0, looks: new Set() }, painted = new MessageChannel();
  const look = () => { seen.n += 1; seen.looks.add(JSON.stringify(LOOK)); };
  const next = () => requestAnimationFrame(() => painted.port2.postMessage(0));
  painted.port1.onmessage = () => { if (window.__seen === seen) { look(); next(); } };
  seen.end = () => { window.__seen = undefined; look(); return [seen.n, ...seen.looks]; };
  window.__seen = seen; look(); next(); })()"""
# Where a handle and its track are, once they are in the window.
GRIP = """(() => {
  const slider = document.querySelector(`.hw-slider-${a}`), handle = slider.querySelector(".noUi-handle");
  handle.scrollIntoViewIfNeeded();
  const box = handle.getBoundingClientRect(), track = slider.querySelector(".noUi-target").getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2, track.left, track.width]; })()"""

# What the charts' lines and numbers look like, and the same at the moment a step is painted.
SHAPE = """() => [...document.querySelectorAll(".hw-plot path, .hw-plot .text text")].map((e) =>
  (e.getAttribute("d") ?? "").replace(/-?\\d+\\.\\d+/g, (n) => Math.round(n)) + (e.textContent ?? ""))"""
WATCH_STEP = f"""() => {{ const s = {STORE}; let shown = s.shown; window.__step = null;
  Object.defineProperty(s, "shown", {{ configurable: true, get: () => shown, set: (value) => {{
    shown = value; if (value.from === "table") window.__step = ({SHAPE})(); }} }}); }}"""


@dataclass
class Simulator:
    """One open page."""

    charts: ClassVar[tuple[str, ...]] = ("outcome", "parts")
    first_slider: ClassVar[str] = "coverage"

    page: Page
    faults: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    start: tuple[int, dict[str, Any]] | None = None  # the example, and the revision and sliders of the last reset

    @classmethod
    def open(cls, browser: Browser, address: str, *, width: int = 1280, height: int = 1000, **context: Any) -> Self:
        """Open a page and wait until its charts are drawn."""
        page = new_page(browser, width=width, height=height, **context)
        simulator = cls(page)
        page.set_default_timeout(15_000)
        page.add_init_script(GUARD)
        page.on("pageerror", lambda error: simulator.faults.append(str(error)))
        page.on("console", lambda m: simulator.faults.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: simulator.addresses.append(request.url))
        page.on("websocket", simulator._watch)
        try:
            page.goto(address)
            simulator.ready()
        except BaseException:
            simulator.close()
            raise
        return simulator

    def _watch(self, socket: Any) -> None:
        self.addresses.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(frame))

    def ready(self) -> None:
        """Wait for all charts, those out of sight too, and the sentence."""
        for name in self.charts:
            self.page.locator(f".hw-plot-{name} .main-svg").first.wait_for(state="attached", timeout=READY_MS)
        self.page.locator(".hw-readout-story .hw-lead").wait_for()
        self.page.locator(f".hw-slider-{self.first_slider} .noUi-handle[aria-label]").wait_for()
        self.page.evaluate(UNFOLD, True)

    def close(self) -> None:
        """Leave the page as a person does, so that it gives its kernel back."""
        leave(self.page)
        close(self.page)

    # -- what is on screen ---------------------------------------------------------------------------------------------
    @property
    def hosts(self) -> set[str | None]:
        """Return the hosts that the page asked for anything."""
        return {urlsplit(a).hostname for a in self.addresses if not a.startswith(("data:", "blob:"))}

    def store(self, expression: str, argument: Any = None, first: str = "") -> Any:
        """Return the value of a JavaScript expression of the store ``s`` and the argument ``a``.

        What is done ``first`` are statements, which may wait: ``await frames(n)``, ``await until(() => ...)``.
        """
        return self._within(f"const s = {STORE}; {first} return {expression};", argument)

    def _within(self, script: str, argument: Any) -> Any:
        """Run a script in the page: one that draws no frame, or is mute, fails the test instead of stopping all."""
        script = f"async (a) => {{ {FRAMES} {script} }}"
        late = f"new Promise((_, fail) => setTimeout(() => fail(new Error('the page is mute')), {4 * WAIT_MS}))"
        return self.page.evaluate(f"(a) => Promise.race([({script})(a), {late}])", argument)

    @property
    def values(self) -> dict[str, float]:
        """Return the sliders' values; a stock slider's arithmetic leaves 79.99999999999999 where 80 is meant."""
        names, at = self.store("[s.names, s.at()]")
        return {name: float(f"{value:.12g}") for name, value in zip(names, at, strict=True)}

    @property
    def shown(self) -> dict[str, Any]:
        """Return the stamp of the picture on the page."""
        return self.store("s.shown")

    @property
    def sentence(self) -> str:
        """Return the sentences."""
        return plain(self.page.locator(".hw-readout-story").inner_text())

    def readout(self, name: str) -> list[list[str]]:
        """Return a readout's text: its blocks, each its lines (the label first, empty lines left out)."""
        script = """(name) => [...document.querySelectorAll(`.hw-readout-${name} .hw-block`)].map((block) =>
          [...block.querySelectorAll(".hw-label, .hw-line")].map((line) => line.textContent).filter(Boolean))"""
        return [[plain(line) for line in block] for block in self.page.evaluate(script, name)]

    def trace(self, chart: str, k: int, attribute: str = "y") -> list[Any]:
        """Return what plotly has drawn for a trace."""
        script = "([c, k, a]) => Array.from(document.querySelector(`.hw-plot-${c}`).data[k][a])"
        return self.page.evaluate(script, [chart, k, attribute])

    def range(self, chart: str) -> list[float]:
        """Return the ends of a chart's value axis."""
        return self.page.evaluate("(c) => [...document.querySelector(`.hw-plot-${c}`).layout.yaxis.range]", chart)

    @property
    def bar_texts(self) -> list[str]:
        """Return the numbers written at the bars, as the SVG has them."""
        return self.page.locator(".hw-plot-parts .bars text").all_text_contents()

    @property
    def banner(self) -> Locator:
        """Return the banner."""
        return self.page.locator(".hw-banner")

    @property
    def refusal(self) -> Locator:
        """Return the sentence beside a control that says why it was refused."""
        return self.page.locator(".hw-beside:not(.hw-remark):not(:empty)")

    def type_into(self, box: Locator, text: str, key: str = "Enter") -> None:
        """Type into the box of a slider or a number as a hand does, and wait until the kernel has judged it."""
        box.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press(key)
        self.page.wait_for_function(f"() => !({STORE}).typing")
        self.frames(2)

    @property
    def complaints(self) -> str:
        """Return what is said under table and upload."""
        return "\n".join(filter(None, self.page.locator(".hw-complaint").all_text_contents()))

    @property
    def state(self) -> tuple[Any, ...]:
        """Return everything that a refused input must leave as it is."""
        return (
            self.values,
            self.readout("story"),
            self.readout("tiles"),
            self.trace("outcome", 4),
            self.bar_texts,
            self.page.locator(".hw-badge").inner_text(),
        )

    # -- what a hand does ----------------------------------------------------------------------------------------------
    def handle(self, name: str) -> Locator:
        """Return a slider's handle."""
        return self.page.locator(f".hw-slider-{name} .noUi-handle")

    def frames(self, n: int = 2) -> None:
        """Let frames pass."""
        self._within("await frames(a);", n)

    def still(self) -> None:
        """Wait until the kernel's exact picture of the present sliders is on the page."""
        self.store("null", first=f"await until(() => {STILL}); await frames(2);")

    def rest(self) -> None:
        """Let the hand rest at once, and wait for what the kernel answers to that."""
        self.store("null", first=f"await {RESTED}; await until(() => {STILL}); await frames(2);")

    def after(self, act: Callable[[], Any]) -> None:
        """Do something that is no slider's, and wait for the picture of the new revision."""
        before = self.store("s.revision")
        act()
        self.store("null", before, first=f"await until(() => s.revision > a && {STILL}); await frames(2);")

    def preset(self, k: int) -> None:
        """Choose a worked example."""
        box = self.page.locator(".hw-head select")
        listed = [plain(option) for option in box.locator("option").all_text_contents()]
        is_grouped = listed[0].startswith("—")  # the simulator's list has the names of groups in it
        titles = [example["title"] for example in examples()] if is_grouped else listed
        places = [listed.index(title) for title in titles[k : k + 2]]
        if box.evaluate("(box) => box.selectedIndex") == places[0]:
            self.after(lambda: box.select_option(index=places[1]))
        self.after(lambda: box.select_option(index=places[0]))

    def reset(self, place: int = 0) -> Self:
        """Go to a worked example and forget the errors so far.

        Where nothing but sliders moved since the page was last there, which its revision says, they are put back:
        that costs one answer of the kernel instead of two pictures.
        """
        if self.start is not None and self.start[0] == place and self.store(PUT_BACK, self.start[1]):
            self.rest()
        else:
            self.begin(place)
            self.is_at(place)
        self.faults.clear()
        return self

    def is_at(self, place: int) -> None:
        """Remember that the page is at a worked example: by a choice of it, or because all was undone."""
        self.start = place, self.store(PLACES)

    def begin(self, place: int) -> None:
        """Go to a worked example, whatever was changed."""
        self.preset(place)

    @contextmanager
    def sized(self, width: int, height: int = 900) -> Iterator[None]:
        """Give the window another size for a while, and wait for the charts to fit."""
        size = self.page.viewport_size
        try:
            self.resize(width, height)
            yield
        finally:
            self.resize(size["width"], size["height"])

    def resize(self, width: int, height: int) -> None:
        """Give the window another size, and wait for the charts to fit."""
        fits = """[...document.querySelectorAll(".hw-plot")].every((plot) =>
          Math.abs(plot.clientWidth - plot.querySelector(".main-svg").clientWidth) <= 1)"""
        self.page.set_viewport_size({"width": width, "height": height})
        self.store("null", first=f"await frames(4); await until(() => {fits}); await frames(4);")

    def warm(self, name: str) -> None:
        """Focus a slider and wait for its table of the present state: an older one does not count."""
        grip = "document.querySelector(`.hw-slider-${a} .noUi-handle`).focus();"
        self.store("null", name, first=f"{grip} const i = s.names.indexOf(a); await until(() => {HAS_TABLE});")

    def settle(self, name: str) -> None:
        """Focus a slider of a page at rest, and wait for its table, asked for anew.

        The kernel answers in turn: all that the rest renews has come before.
        """
        self.store(
            "null",
            name,
            first=f"""const i = s.names.indexOf(a);
              await until(() => {STILL});
              s.tables.delete(i);
              s.questions.requested.delete(i);
              document.querySelector(`.hw-slider-${{a}} .noUi-handle`).focus();
              s.questions.want(i);
              await until(() => {HAS_TABLE});
              await frames(2);""",
        )

    def press(self, *keys: str) -> None:
        """Press keys, a frame apart."""
        for key in keys:
            self.page.keyboard.press(key)
            self.frames()

    def first_step(self, key: str) -> dict[str, Any]:
        """Press a key and return the stamp of the first picture that follows, and wait for the one at rest."""
        before = self.store("s.at()")
        self.page.evaluate(WATCH)
        self.press(key)
        self.still()
        # An answer to what was asked before may come between the two.
        return next(stamp for stamp in self.page.evaluate("window.__stamps") if stamp["present"] != before)

    def drag(self, name: str, share: float, moves: int = 25, look: str = "") -> list[Any]:
        """Take a slider's handle with the mouse to a share of its track; return what was seen on the way.

        ``look`` is a JavaScript expression, looked at when the hand begins, after each frame, and before it lets go.
        """
        place = self.store(GRIP, name)
        for _ in range(20):  # what was said under a slider may still be taken away
            x, y, left, width = before = place
            self.page.mouse.move(x, y)
            self.page.wait_for_timeout(60)
            if (place := self.store(GRIP, name)) == before:
                break
        if look:
            self.store(RECORD.replace("LOOK", f"({look})"))
        self.page.mouse.down()
        self.page.mouse.move(left + share * width, y, steps=moves)
        n, *seen = self.store("window.__seen.end()") if look else [moves]
        self.page.mouse.up()
        assert n >= moves  # a look for each move
        return [json.loads(one) for one in seen]

    def type(self, row: int, column: int, value: str) -> None:
        """Type into a cell of the holdings."""
        cell = self.page.locator(".hw-table tbody tr").nth(row).locator("input").nth(column)
        cell.fill(value)
        cell.press("Tab")

    def upload(self, name: str, content: bytes) -> None:
        """Choose a file for the upload."""
        file = {"name": name, "mimeType": "text/csv", "buffer": content}
        self.page.locator(".hw-file").set_input_files(file)

    def wait(self, test: Callable[[], Any], seconds: float = 10.0) -> None:
        """Wait until a test holds."""
        end = time.monotonic() + seconds
        while not test():
            assert time.monotonic() < end, "it did not come to pass in time"
            self.page.wait_for_timeout(50)


def plain(text_: str) -> str:
    """Return text with every kind of blank as one blank."""
    return re.sub(r"\s+", " ", text_).strip()


class Expected:
    """What the Python model says about the page: the same example, the sliders where the page has them."""

    def __init__(self, example: int = 0) -> None:
        self.simulator = HedgeSimulator()
        if example:
            self.simulator._example.value = example

    def picture(self, values: dict[str, float]) -> Any:
        """Return the picture at slider values in the sliders' units."""
        return self.simulator._picture({name: np.array([value]) for name, value in values.items()})

    def outcome(self, values: dict[str, float]) -> dict[str, float]:
        """Return the model's outcome as plain numbers."""
        outcome = self.picture(values).outcome
        return {name: float(np.ravel(getattr(outcome, name))[0]) for name in outcome.__dataclass_fields__}

    def readout(self, name: str, values: dict[str, float]) -> list[list[str]]:
        """Return a readout's text by the model's numbers and ``style.formatted``."""
        blocks, slots, columns = {
            "story": (words.STORY, words.STORY_SLOTS, words.story),
            "tiles": (words.TILES, words.TILE_SLOTS, words.tiles),
        }[name]
        row = {key: float(codec.columns_of({"v": v}, 1)["v"][0]) for key, v in columns(self.picture(values)).items()}
        return [block_text(block, slots, row, self.simulator._words()) for block in blocks]


def block_text(block: Block, slots: Any, row: dict[str, float], words: Any = None) -> list[str]:
    """Return a readout's block as text: its label and lines, by the model's numbers and ``style.formatted``."""

    def word(match: re.Match[str]) -> str:
        rule, value = slots[match[1]], row[match[1]]
        if isinstance(rule, str) and rule.startswith("words:"):
            rule = tuple((words or {})[rule.removeprefix("words:")])
        return rule[int(value)] if isinstance(rule, tuple) else style.formatted(value, rule)

    lines = [line.templates[int(row[line.pick]) if line.pick else 0] for line in block.lines]
    written = [block.label, *(re.sub(r"\{(\w+)\}", word, line) for line in lines)]
    return [plain(line) for line in written if line]
