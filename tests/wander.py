"""``python -m tests.wander``: somebody who never waits, and whether a page depends on its state alone.

From the start page with a book, at random: keys, drags, typed numbers, choices and links, one upon the other. Where the
walk ends, the page's address is opened in a fresh browser: sentence, sliders and the book that goes on to the next page
must be the same there. Exits with 1 after a difference, which it prints with the walk. No test of the suite, because it
finds what happens once in fifty walks.
"""

import argparse
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from hedge_widgets.resources import resource
from tests.bench.proxy import DelayProxy
from tests.browser.simulator import READY_MS, STORE, Simulator
from tests.browser.test_book import LIST, PASTE
from tests.chromium import launched
from tests.server.client import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = ("Start", "Outcome", "How much", "Will it survive", "What it costs", "When to adjust", "Plan", "Account types")
# No answer or timer will change the picture any more.
STILL = f"""() => {{ const s = {STORE}; return !s.void && !s.boxes.typing && !s.questions.resting
  && s.shown.at.every((value, k) => Math.abs(value - s.at()[k]) <= 1e-9 * Math.max(1, Math.abs(value))); }}"""
SLIDERS = f"""() => {{ const s = {STORE};
  return s.names.map((name, i) => [name, s.positions[i], Boolean(s.find(i)?.offsetParent)]); }}"""
PAUSES = (0.0, 0.0, 0.0, 50.0, 200.0, 600.0)  # ms between two acts


class AnyPage(Simulator):
    """Whatever page is in front."""

    def ready(self) -> None:
        """Wait for bar, chart and the first slider."""
        self.page.locator(".hw-pages a[aria-current]").wait_for(timeout=READY_MS)
        self.page.locator(".hw-plot .main-svg").first.wait_for(timeout=READY_MS)
        self.page.wait_for_function(f"() => window.__hedgeLive?.size && {STORE}.tracks.size > 0", timeout=READY_MS)

    def end(self) -> dict[str, Any]:
        """Return what the page shows and takes on when all has come to rest."""
        for _ in range(2):  # the kernel may have the last word
            self.page.wait_for_function(STILL, timeout=READY_MS)
            self.page.wait_for_timeout(1200)
        link = "decodeURIComponent(document.querySelector('.hw-pages a:not([aria-current])').hash)"
        sliders = {name: float(f"{value:.6g}") for name, value in self.values.items()}
        return {"words": self.sentence, "sliders": sliders, "book": self.page.evaluate(link), "faults": self.faults}


class Walk:
    """One walk."""

    def __init__(self, page: AnyPage, seed: int) -> None:
        self.page, self.random = page, random.Random(seed)
        self.acts: list[Any] = []

    def go(self, steps: int) -> None:
        """Do so many things, one upon the other; what is covered or gone by then is left out."""
        acts = (self.key, self.key, self.type, self.drag, self.choose, self.choose, self.fill, self.follow)
        for _ in range(steps):
            try:
                self.acts.append(self.random.choice(acts)())
            except Error as error:
                self.acts.append(str(error).splitlines()[0][:60])
            self.page.page.wait_for_timeout(self.random.choice(PAUSES))

    def slider(self) -> tuple[str, list[float]]:
        """Return the name and the places of a slider that is seen."""
        name, places, _ = self.random.choice([found for found in self.page.page.evaluate(SLIDERS) if found[2]])
        return name, places

    def key(self) -> Any:
        """Press a few keys on a slider."""
        name, _ = self.slider()
        self.page.handle(name).focus(timeout=1500)
        keys = self.random.choices(("ArrowRight", "ArrowLeft", "PageUp", "PageDown"), k=self.random.randint(1, 4))
        self.page.press(*keys)
        return name, keys

    def type(self) -> Any:
        """Type a number into a slider's box, and leave it or not."""
        name, places = self.slider()
        value = f"{self.random.choice(places):g}"
        self.page.page.locator(f".hw-slider-{name} .widget-readout").fill(value, timeout=1500)
        if self.random.random() < 0.5:
            self.page.press("Enter")
        return name, value

    def drag(self) -> Any:
        """Drag a slider somewhere."""
        name, _ = self.slider()
        track = self.page.page.locator(f".hw-slider-{name} .noUi-target")
        track.scroll_into_view_if_needed(timeout=1500)
        box, handle = track.bounding_box(), self.page.handle(name).bounding_box()
        assert box, handle
        mouse, height = self.page.page.mouse, box["y"] + box["height"] / 2
        mouse.move(handle["x"] + handle["width"] / 2, height)
        mouse.down()
        mouse.move(box["x"] + box["width"] * self.random.random(), height, steps=5)
        mouse.up()
        return name, "dragged"

    def choose(self) -> Any:
        """Choose something, but no other example."""
        boxes = self.page.page.locator(".hw-root .widget-dropdown select:visible").all()
        boxes = [box for box in boxes if not box.locator("xpath=ancestor::*[contains(@class, 'hw-head')]").count()]
        if not boxes:
            return None
        box = self.random.choice(boxes)
        place = self.random.randrange(box.locator("option").count())
        box.select_option(index=place, timeout=1500)
        return "choice", place

    def fill(self) -> Any:
        """Type a number into a box, and leave it or not."""
        boxes = self.page.page.locator(".hw-root .widget-text input:visible:enabled").all()
        if not boxes:
            return None
        box = self.random.choice(boxes)
        before = box.input_value(timeout=1500)
        if not before.replace(".", "").isdigit():
            return None
        box.fill(f"{float(before) * self.random.choice((0.5, 1.1, 2)):.4g}", timeout=1500)
        return "box", before

    def follow(self) -> Any:
        """Follow a link of the bar."""
        label = self.random.choice(PAGES)
        self.page.page.locator(".hw-pages a", has_text=label).first.click(timeout=3000)
        self.page.page.locator(".hw-pages a[aria-current]", has_text=label).wait_for(timeout=READY_MS)
        self.page.ready()
        return label


def same(browser: "Browser", address: str, seed: int) -> bool:
    """Walk once, and return whether the page at the end is the one that its address gives."""
    page = AnyPage.open(browser, address)
    page.page.evaluate(PASTE, LIST)
    page.wait(lambda: page.page.locator(".hw-table tbody tr").count() == 4)
    walk = Walk(page, seed)
    walk.go(walk.random.randint(4, 14))
    there = page.end()
    fresh = AnyPage.open(browser, page.page.url)
    here = fresh.end()
    for one in (fresh, page):
        one.close()
    apart = {name: (there[name], here[name]) for name in there if there[name] != here[name]}
    print(f"walk {seed}: {'differs' if apart or here['faults'] else 'the same'}", flush=True)
    if apart or here["faults"]:
        print(*walk.acts, *apart.items(), *here["faults"], page.page.url, sep="\n  ")
    return not (apart or here["faults"])


def main() -> int:
    """Walk, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.wander", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--walks", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1, help="of the first walk")
    parser.add_argument("--far", action="store_true", help="120 ms away")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(served(resource("notebooks"), folder / "log.txt"))
        port = site.port
        if options.far:
            proxy = DelayProxy(port, 0.06)
            stack.callback(proxy.close)
            port = proxy.port
        browser = stack.enter_context(launched())
        seeds = range(options.seed, options.seed + options.walks)
        return min(1, sum(not same(browser, f"http://127.0.0.1:{port}/", seed) for seed in seeds))


if __name__ == "__main__":
    sys.exit(main())
