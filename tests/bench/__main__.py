"""``python -m tests.bench [--short]``: measure the figures the product promises; one table and build/bench.json."""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from hedge_widgets import (
    CarryExplorer,
    HedgePlanner,
    HedgeRatioLab,
    HedgeSimulator,
    HedgeWatch,
    MarginExplorer,
    PortfolioMarginExplorer,
    RebalancingExplorer,
)
from tests.bench import browser as felt
from tests.bench import carry, kernel, lab, margin, pages, planner, rebalancing, watch
from tests.bench.proxy import DelayProxy
from tests.bench.rows import Row, at_least, at_most, compared, line
from tests.server.client import kernels_of

ROOT = Path(__file__).parents[2]
HANDLE = ".hw-slider-coverage .noUi-handle"
ROUND_TRIP = 0.120


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until its port answers, and end it with its kernels."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield process
    finally:
        children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        for child in children:
            if child.is_running():
                child.kill()


def kernel_megabytes(server: subprocess.Popen[bytes]) -> float:
    """Return the size of the server's largest kernel with its share of what it shares (PSS), megabytes."""
    sizes = [psutil.Process(pid).memory_full_info().pss for pid in kernels_of(server.pid)]
    return max(sizes, default=0) / 1e6


def settle(server: subprocess.Popen[bytes]) -> None:
    """Wait until a server and its kernels, those of the warm pool too, have nothing to do; at most 20 seconds."""
    parent, end = psutil.Process(server.pid), time.monotonic() + 20
    before = {}
    while time.monotonic() < end:
        time.sleep(0.5)
        now = {}
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                now[process.pid] = sum(process.cpu_times()[:2])
        if now.keys() == before.keys() and sum(now.values()) - sum(before.values()) < 0.05:
            return
        before = now


def first_charts(chromium: Any, url: str, static: str, server: Any, rounds: int) -> Iterator[Row]:
    """Yield warm first charts of the start page and of plotly.js alone, taken in turns, with bytes and memory."""
    ours, alone, wire_bytes, socket_bytes = [], [], 0, 0
    largest = 0.0
    for _ in range(rounds):
        settle(server)  # the pool is full again
        load = felt.visit(chromium, url)
        ours.append(load.first_chart_s)
        wire_bytes, socket_bytes = load.wire_bytes, max(socket_bytes, load.socket_bytes)
        settle(server)
        largest = max(largest, kernel_megabytes(server))
        felt.leave(load.page)
        load = felt.visit(chromium, static)
        alone.append(load.first_chart_s)
        felt.leave(load.page)
    page, reference = felt.median(ours), felt.median(alone)
    yield compared("first chart, warm kernel", page, "s")
    yield compared("first chart, plotly.js alone", reference, "s")
    yield at_most("first chart against plotly.js alone", page / reference, "x", 2.0)
    yield at_most("on the wire at a first visit", wire_bytes / 1e6, "MB", 1.6)
    yield at_most("sent over the kernel's socket by then", socket_bytes / 1e6, "MB", 2.0)
    yield at_most("kernel's memory (PSS) after the first chart", largest, "MB", 95.0)


@dataclass(frozen=True)
class Effort:
    """How often a thing is measured: key steps and drags in turns, seconds of a drag, first charts."""

    steps: int
    rounds: int
    drag_s: float
    first_charts: int


SIMULATOR = "voila/render/01_hedge_simulator.ipynb"
SHORT, LONG = Effort(4, 1, 0.8, 2), Effort(12, 2, 2.0, 5)


def latencies(
    visits: dict[str, Any], handle: str, effort: Effort, name: str = "", *, is_fine: bool = True
) -> Iterator[Row]:
    """Yield steps and drags of a page here ("near") and 120 ms away ("far"), and of plotly.js "alone", in turns.

    A drag repaints as often as the hand changes position, so a slider of few positions (``is_fine`` False) has no least
    number of repaints; its drag is compared with that of plotly.js alone all the same.
    """
    visits["alone"].wait_for_function("window.__ready")
    handles = {"near": handle, "far": handle, "alone": "#slider"}
    grips = {**handles, "alone": "#handle"}
    taken: dict[str, list[float]] = {where: [] for where in visits}
    repaints: dict[str, list[float]] = {where: [] for where in visits}
    pressed = 0
    for _ in range(effort.rounds):
        for where, page in visits.items():
            page.bring_to_front()
            taken[where] += felt.steps(page, handles[where], effort.steps)
            repaints[where].append(felt.drag(page, grips[where], effort.drag_s))
        pressed += 2 * effort.steps
    stale = sum(felt.stale_steps(visits[where]) for where in ("near", "far"))
    answered = len(taken["near"]) + len(taken["far"])
    near, distant, alone = (felt.median(taken[where]) for where in ("near", "far", "alone"))
    frames = {where: felt.median(values) for where, values in repaints.items()}
    yield compared(f"{name}step p50, local", near, "ms")
    yield compared(f"{name}step p50, 120 ms away", distant, "ms")
    yield compared(f"{name}step p50, plotly.js alone", alone, "ms")
    yield at_most(f"{name}step 120 ms away against local", distant / near, "x", 1.15)
    yield at_most(f"{name}step 120 ms away against plotly.js alone", distant / alone, "x", 1.3)
    yield at_least(f"{name}drag, 120 ms away", frames["far"], "repaints/s", 20.0 if is_fine else 0.0)
    yield compared(f"{name}drag, local", frames["near"], "repaints/s")
    yield compared(f"{name}drag, plotly.js alone", frames["alone"], "repaints/s")
    yield at_least(f"{name}drag 120 ms away against plotly.js alone", frames["far"] / frames["alone"], "x", 0.9)
    yield at_least(f"{name}steps answered by a repaint", answered / pressed, "share", 0.99)
    yield at_most(f"{name}steps answered with a stale picture", stale, "steps", 0)


def first_step(chromium: Any, far: str, server: Any) -> Row:
    """Return whether the first step, 300 ms after focus at 120 ms, came from the table."""
    page = felt.visit(chromium, far).page
    settle(server)
    page.locator(".hw-slider-correlation .noUi-handle").focus()
    time.sleep(0.3)
    page.keyboard.press("ArrowLeft")
    source = page.evaluate("[...window.__hedgeLive.values()][0].shown.from")
    felt.leave(page)
    return at_least("first step 300 ms after focus comes from the table", float(source == "table"), "yes", 1.0)


def figure_widget_rows(chromium: Any, folder: Path, effort: Effort) -> Iterator[Row]:
    """Yield the same page on FigureWidget and observe, 120 ms away, for comparison."""
    port = free_port()
    notebook = pages.figure_widget_notebook(folder)
    command = [sys.executable, "-m", "voila", str(notebook), f"--port={port}", "--no-browser", "--preheat_kernel=True"]
    with served(command, port) as server:
        settle(server)
        proxy = DelayProxy(port, ROUND_TRIP / 2)
        load = felt.visit(chromium, f"http://127.0.0.1:{proxy.port}/")
        yield compared("FigureWidget: first chart, 120 ms away", load.first_chart_s, "s")
        yield compared("FigureWidget: sent over the kernel's socket", load.socket_bytes / 1e6, "MB")
        handle = ".bench-slider .noUi-handle"
        load.page.wait_for_selector(handle)
        settle(server)
        taken = felt.steps(load.page, handle, effort.steps, pause=0.6)
        yield compared("FigureWidget: step p50, 120 ms away", felt.median(taken), "ms")
        frames = felt.drag(load.page, handle, effort.drag_s)
        yield compared("FigureWidget: drag, 120 ms away", frames, "repaints/s")
        felt.leave(load.page)
        proxy.close()


def chart_sizes(page: Any, keys: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Return width and height of a page's charts, once they stand still."""
    page.wait_for_selector(f".hw-plot-{keys[-1]} .main-svg")
    sizes: dict[str, tuple[float, float]] = {}
    while True:
        boxes = {key: page.locator(f".hw-plot-{key}").bounding_box() for key in keys}
        before, sizes = sizes, {key: (box["width"], box["height"]) for key, box in boxes.items()}
        if sizes == before:
            return sizes
        time.sleep(0.5)


@dataclass(frozen=True)
class FeltPage:
    """A page whose sliders are felt: its notebook, its explorer, the charts beside the sliders, slider -> is_fine."""

    name: str
    notebook: str
    explorer: Callable[[], Any]
    charts: tuple[str, ...]
    sliders: dict[str, bool]


FELT = (
    FeltPage("lab", "02_hedge_ratio.ipynb", HedgeRatioLab, ("effect", "scatter"), {"ratio": True, "window": False}),
    FeltPage("margin", "03_margin.ipynb", MarginExplorer, ("price", "account"), {"spike": True, "leverage": False}),
    FeltPage(
        "portfolio margin",
        "04_portfolio_margin.ipynb",
        PortfolioMarginExplorer,
        ("regimes", "life"),
        {"spot": True, "leverage": False},
    ),
    FeltPage("carry", "05_carry.ipynb", CarryExplorer, ("accrued", "carried"), {"funding_rate": True, "days": False}),
    FeltPage(
        "rebalancing",
        "06_rebalancing.ipynb",
        RebalancingExplorer,
        ("holding", "tradeoff"),
        {"day": True, "half_width": False},
    ),
    FeltPage("plan", "07_plan.ipynb", HedgePlanner, ("chance", "holding"), {"days": True, "limit": False}),
    FeltPage("watch", "08_watch.ipynb", HedgeWatch, ("causes", "course"), {"move": True}),
)


def page_rows(chromium: Any, url: str, far: str, folder: Path, page: FeltPage, effort: Effort) -> Iterator[Row]:
    """Yield a page's first chart (its kernel is not kept warm) and the latencies of its sliders."""
    place = f"voila/render/{page.notebook}"
    load = felt.visit(chromium, url + place)
    yield compared(f"{page.name}: first chart, cold kernel", load.first_chart_s, "s")
    visits = {"near": load.page, "far": felt.visit(chromium, far + place).page}
    sizes = chart_sizes(load.page, page.charts)
    for slider, is_fine in page.sliders.items():
        static = pages.static_server(folder / page.name / slider, pages.figures(page.explorer(), slider, sizes))
        visits["alone"] = felt.visit(chromium, static).page
        handle = f".hw-slider-{slider} .noUi-handle"
        yield from latencies(visits, handle, effort, f"{page.name}, {slider}: ", is_fine=is_fine)
        felt.leave(visits["alone"])
    for where in ("near", "far"):
        felt.leave(visits[where])


def browser_rows(effort: Effort) -> Iterator[Row]:
    """Yield every row that needs a browser."""
    from playwright.sync_api import sync_playwright

    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    if not found:
        print("no chromium on this machine: the browser rows are left out", file=sys.stderr)
        return
    port = free_port()
    app = [sys.executable, "-m", "hedge_widgets.cli", "app", "--no-browser", f"--port={port}"]
    with tempfile.TemporaryDirectory() as name, served(app, port) as server, sync_playwright() as playwright:
        settle(server)  # the pool is full
        folder = Path(name)
        url = f"http://127.0.0.1:{port}/"
        proxy = DelayProxy(port, ROUND_TRIP / 2)
        chromium = playwright.chromium.launch(executable_path=found, args=felt.FLAGS)
        near = felt.visit(chromium, url + SIMULATOR).page
        sizes = chart_sizes(near, ("outcome", "parts"))
        static = pages.static_server(folder / "simulator", pages.figures(HedgeSimulator(), "coverage", sizes))
        far = f"http://127.0.0.1:{proxy.port}/"
        yield from first_charts(chromium, url, static, server, effort.first_charts)
        distant, alone = (felt.visit(chromium, address).page for address in (far + SIMULATOR, static))
        visits = {"near": near, "far": distant, "alone": alone}
        settle(server)
        yield from latencies(visits, HANDLE, effort)
        for visited in visits.values():
            felt.leave(visited)
        yield first_step(chromium, far + SIMULATOR, server)
        for page in FELT:
            yield from page_rows(chromium, url, far, folder, page, effort)
        yield from figure_widget_rows(chromium, folder, effort)
        chromium.close()
        proxy.close()


def measured(*, short: bool, with_browser: bool) -> Iterator[Row]:
    """Yield every row as soon as it is measured."""
    for part in (kernel, lab, margin, carry, rebalancing, planner, watch):
        yield from part.rows(short=short)
    if with_browser:
        yield from browser_rows(SHORT if short else LONG)


def main() -> int:
    """Measure, print each row at once, write; 1 if a limit is missed in the full form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer rounds; never fails")
    parser.add_argument("--no-browser", action="store_true", help="only what needs no browser")
    options = parser.parse_args()
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    rows: list[Row] = []
    for row in measured(short=options.short, with_browser=not options.no_browser):
        print(line(row), flush=True)
        rows.append(row)
        # Anew after each row: who stops the bench keeps what was measured.
        (build / "bench.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    missed = [row.name for row in rows if not row.ok]
    print(f"{len(rows) - len(missed)} of {len(rows)} figures hold; written to build/bench.json")
    return 0 if options.short or not missed else 1


if __name__ == "__main__":
    sys.exit(main())
