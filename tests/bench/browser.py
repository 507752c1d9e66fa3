"""Steps, drags and first charts of a page, as a person would feel them, in a headless Chromium."""

import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A step lasts from the key press until the frame after the first drawn path has changed is painted.
WATCH = """() => {
  if (window.__bench) return;
  const bench = (window.__bench = { steps: [], paints: [], stale: 0, key: 0 });
  let dirty = false;
  const inPlot = (node) => node?.nodeType === 1 && node.closest('.js-plotly-plot');
  const seen = (records) => {
    const drew = records.some((r) => r.attributeName === 'd' ? inPlot(r.target) : [...r.addedNodes].some(inPlot));
    if (!drew) return;
    dirty = true;
    if (!bench.key) return;
    const pressed = bench.key;
    bench.key = 0;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => {
        bench.steps.push(performance.now() - pressed);
        for (const store of window.__hedgeLive?.values() ?? []) {
          const now = store.at();
          if (!store.shown.at.every((value, i) => Math.abs(value - now[i]) < 1e-9)) bench.stale += 1;
        }
      };
      after.port2.postMessage(0);
    });
  };
  const all = { subtree: true, childList: true, attributes: true, attributeFilter: ['d'] };
  new MutationObserver(seen).observe(document.body, all);
  document.addEventListener('keydown', () => { bench.key = performance.now(); }, true);
  const tick = () => {
    if (dirty) { dirty = false; bench.paints.push(performance.now()); }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""

RESTED = """(before) => window.__bench.steps.length > before
  && [...(window.__hedgeLive?.values() ?? [])].every((store) => store.shown.from === "exact")"""


@dataclass
class Load:
    """One visit: seconds until the first chart and until the kernel's, bytes over HTTP and the WebSocket, the page."""

    page: Any
    first_chart_s: float
    live_s: float
    wire_bytes: int
    socket_bytes: int
    errors: list[str] = field(default_factory=list)


def carried(page: Any) -> list[int]:
    """Return a list that takes the bytes of each file that a page loads from now on, packed as they came."""
    session, sizes = page.context.new_cdp_session(page), list[int]()
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    session.send("Network.enable")
    return sizes


def visit(browser: Any, url: str, size: tuple[int, int] = (1280, 1000)) -> Load:
    """Open a page and wait for its first chart."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    sizes, received = carried(page), [0]
    errors: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: received.__setitem__(0, received[0] + len(frame))),
    )
    page.on("pageerror", lambda error: errors.append(str(error)[:200]))
    start = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=90_000)
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=90_000)
    first = time.perf_counter() - start
    # A live page's first picture gives way to the kernel's; other pages have none.
    page.wait_for_function("() => !document.getElementById('hw-first')", timeout=90_000)
    return Load(page, first, time.perf_counter() - start, sum(sizes), received[0], errors)


def leave(page: Any) -> None:
    """Leave a page as a person does, so that it gives its kernel back, and close it."""
    page.goto("about:blank")
    page.close()


AT_END = """(handle) => handle.matches("input") ? Number(handle.value) >= Number(handle.max)
  : Number(handle.getAttribute("aria-valuenow")) >= Number(handle.getAttribute("aria-valuemax"))"""


def steps(page: Any, handle: str, count: int, pause: float = 0.06) -> list[float]:
    """Return milliseconds from key press to painted frame of ``count`` key steps on a slider's handle.

    Each key is pressed a ``pause`` (seconds) after the last one was painted and the picture at rest had come, so that
    no step shares its frame with the drawing of another.
    """
    from playwright.sync_api import TimeoutError as NeverPaintedError

    page.locator(handle).first.focus()
    if page.locator(handle).first.evaluate(AT_END):  # neither a step nor a drag moves it beyond
        page.keyboard.press("ArrowLeft")
        time.sleep(0.5)
    page.evaluate(WATCH)
    page.evaluate("window.__bench.steps = []")
    time.sleep(0.5)
    for k in range(count):
        before = page.evaluate("window.__bench.steps.length")
        page.keyboard.press("ArrowRight" if k % 2 == 0 else "ArrowLeft")
        with suppress(NeverPaintedError):  # a step that is never painted is a figure, not a failure
            page.wait_for_function(RESTED, arg=before, polling=25, timeout=1500)
        time.sleep(pause)
    return sorted(page.evaluate("window.__bench.steps"))


def stale_steps(page: Any) -> int:
    """Return how many painted steps showed another state than the sliders'."""
    return int(page.evaluate("window.__bench.stale"))


def drag(page: Any, handle: str, seconds: float) -> float:
    """Return repaints per second while a handle is dragged to and fro at 60 moves a second."""
    page.evaluate(WATCH)
    box = page.locator(handle).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    time.sleep(0.4)
    page.mouse.down()
    page.evaluate("window.__bench.paints = []")
    begun, start, moves = page.evaluate("performance.now()"), time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        moves += 1
        phase = moves % 40  # to and fro over 60 pixels, three at a time: every move is another position
        page.mouse.move(x + 3 * (phase if phase < 20 else 40 - phase), y)
        time.sleep(max(0.0, start + moves / 60 - time.perf_counter()))
    ended = page.evaluate("performance.now()")
    page.mouse.move(x, y)
    page.mouse.up()
    time.sleep(0.5)
    painted = [when for when in page.evaluate("window.__bench.paints") if when <= ended]
    return 1000 * len(painted) / (ended - begun)


def median(values: list[float]) -> float:
    """Return the median, NaN of nothing."""
    return statistics.median(values) if values else float("nan")
