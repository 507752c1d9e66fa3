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
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from hedge_widgets import (
    CarryExplorer,
    HedgeRatioLab,
    HedgeSimulator,
    MarginExplorer,
    PortfolioMarginExplorer,
    RebalancingExplorer,
)
from tests.bench import browser as felt
from tests.bench import carry, kernel, lab, margin, pages, rebalancing
from tests.bench.proxy import DelayProxy
from tests.bench.rows import Row, at_least, at_most, compared

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
    """Return the resident size of the server's largest kernel, megabytes."""
    sizes = [
        child.memory_info().rss
        for child in psutil.Process(server.pid).children(recursive=True)
        if "ipykernel" in " ".join(child.cmdline())
    ]
    return max(sizes, default=0) / 1e6


def first_charts(chromium: Any, url: str, static: str, server: Any, rounds: int) -> list[Row]:
    """Return warm first charts of the page and of plotly.js alone, taken in turns, with bytes and memory."""
    ours, alone, socket_bytes = [], [], 0
    resident = 0.0
    for _ in range(rounds):
        time.sleep(6)  # the pool refills
        load = felt.visit(chromium, url)
        ours.append(load.first_chart_s)
        socket_bytes = max(socket_bytes, load.socket_bytes)
        time.sleep(1)
        resident = max(resident, kernel_megabytes(server))
        felt.leave(load.page)
        load = felt.visit(chromium, static)
        alone.append(load.first_chart_s)
        felt.leave(load.page)
    page, reference = felt.median(ours), felt.median(alone)
    return [
        compared("first chart, warm kernel", page, "s"),
        compared("first chart, plotly.js alone", reference, "s"),
        at_most("first chart against plotly.js alone", page / reference, "x", 2.0),
        at_most("sent over the kernel's socket by then", socket_bytes / 1e6, "MB", 2.0),
        at_most("kernel's resident memory after the first chart", resident, "MB", 110.0),
    ]


def latencies(
    chromium: Any,
    url: str,
    far: str,
    static: str,
    count: int,
    rounds: int,
    handle: str = HANDLE,
    name: str = "",
    is_fine: bool = True,
) -> list[Row]:
    """Return steps and drags of a page here and 120 ms away, and of plotly.js alone, taken in turns.

    A drag repaints as often as the hand changes position, so a slider of few positions (``is_fine`` False) has no least
    number of repaints; its drag is compared with that of plotly.js alone all the same.
    """
    visits = {name: felt.visit(chromium, address).page for name, address in (("near", url), ("far", far))}
    visits["alone"] = felt.visit(chromium, static).page
    visits["alone"].wait_for_function("window.__ready")
    handles = {"near": handle, "far": handle, "alone": "#slider"}
    grips = {**handles, "alone": "#handle"}
    taken: dict[str, list[float]] = {name: [] for name in visits}
    repaints: dict[str, list[float]] = {name: [] for name in visits}
    pressed = 0
    for _ in range(rounds):
        for where, page in visits.items():
            page.bring_to_front()
            taken[where] += felt.steps(page, handles[where], count)
            repaints[where].append(felt.drag(page, grips[where]))
        pressed += 2 * count
    stale = sum(felt.stale_steps(visits[where]) for where in ("near", "far"))
    answered = len(taken["near"]) + len(taken["far"])
    for page in visits.values():
        felt.leave(page)
    near, distant, alone = (felt.median(taken[where]) for where in ("near", "far", "alone"))
    frames = {where: felt.median(values) for where, values in repaints.items()}
    return [
        compared(f"{name}step p50, local", near, "ms"),
        compared(f"{name}step p50, 120 ms away", distant, "ms"),
        compared(f"{name}step p50, plotly.js alone", alone, "ms"),
        at_most(f"{name}step 120 ms away against local", distant / near, "x", 1.15),
        at_most(f"{name}step 120 ms away against plotly.js alone", distant / alone, "x", 1.3),
        at_least(f"{name}drag, 120 ms away", frames["far"], "repaints/s", 20.0 if is_fine else 0.0),
        compared(f"{name}drag, local", frames["near"], "repaints/s"),
        compared(f"{name}drag, plotly.js alone", frames["alone"], "repaints/s"),
        at_least(f"{name}drag 120 ms away against plotly.js alone", frames["far"] / frames["alone"], "x", 0.9),
        at_least(f"{name}steps answered by a repaint", answered / pressed, "share", 0.99),
        at_most(f"{name}steps answered with a stale picture", stale, "steps", 0),
    ]


def first_step(chromium: Any, far: str) -> Row:
    """Return whether the first step, 300 ms after focus at 120 ms, came from the table."""
    page = felt.visit(chromium, far).page
    time.sleep(2)
    page.locator(".hw-slider-correlation .noUi-handle").focus()
    time.sleep(0.3)
    page.keyboard.press("ArrowLeft")
    source = page.evaluate("[...window.__hedgeLive.values()][0].shown.from")
    felt.leave(page)
    return at_least("first step 300 ms after focus comes from the table", float(source == "table"), "yes", 1.0)


def figure_widget_rows(chromium: Any, folder: Path, count: int) -> list[Row]:
    """Return the same page on FigureWidget and observe, 120 ms away, for comparison."""
    port = free_port()
    notebook = pages.figure_widget_notebook(folder)
    command = [sys.executable, "-m", "voila", str(notebook), f"--port={port}", "--no-browser", "--preheat_kernel=True"]
    with served(command, port):
        time.sleep(10)
        proxy = DelayProxy(port, ROUND_TRIP / 2)
        load = felt.visit(chromium, f"http://127.0.0.1:{proxy.port}/")
        handle = ".bench-slider .noUi-handle"
        load.page.wait_for_selector(handle)
        time.sleep(2)
        taken = felt.steps(load.page, handle, count, pause=0.8)
        frames = felt.drag(load.page, handle)
        felt.leave(load.page)
        proxy.close()
    return [
        compared("FigureWidget: first chart, 120 ms away", load.first_chart_s, "s"),
        compared("FigureWidget: sent over the kernel's socket", load.socket_bytes / 1e6, "MB"),
        compared("FigureWidget: step p50, 120 ms away", felt.median(taken), "ms"),
        compared("FigureWidget: drag, 120 ms away", frames, "repaints/s"),
    ]


def chart_sizes(chromium: Any, url: str, keys: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Return width and height of a page's charts."""
    page = felt.visit(chromium, url).page
    page.wait_for_selector(f".hw-plot-{keys[-1]} .main-svg")
    time.sleep(1)
    boxes = {key: page.locator(f".hw-plot-{key}").bounding_box() for key in keys}
    felt.leave(page)
    return {key: (box["width"], box["height"]) for key, box in boxes.items()}


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
)


def page_rows(chromium: Any, url: str, far: str, folder: Path, page: FeltPage, *, short: bool) -> list[Row]:
    """Return a page's first chart (its kernel is not kept warm) and the latencies of its sliders."""
    place = f"voila/render/{page.notebook}"
    load = felt.visit(chromium, url + place)
    rows = [compared(f"{page.name}: first chart, cold kernel", load.first_chart_s, "s")]
    felt.leave(load.page)
    sizes = chart_sizes(chromium, url + place, page.charts)
    count, rounds = (8, 1) if short else (24, 3)
    for slider, is_fine in page.sliders.items():
        static = pages.static_server(folder / page.name / slider, pages.figures(page.explorer(), slider, sizes))
        handle = f".hw-slider-{slider} .noUi-handle"
        name = f"{page.name}, {slider}: "
        rows += latencies(chromium, url + place, far + place, static, count, rounds, handle, name, is_fine)
    return rows


def browser_rows(*, short: bool) -> list[Row]:
    """Return every row that needs a browser."""
    from playwright.sync_api import sync_playwright

    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    if not found:
        print("no chromium on this machine: the browser rows are left out", file=sys.stderr)
        return []
    port = free_port()
    app = [sys.executable, "-m", "hedge_widgets.cli", "app", "--no-browser", f"--port={port}"]
    with tempfile.TemporaryDirectory() as name, served(app, port) as server, sync_playwright() as playwright:
        time.sleep(8)  # the pool fills
        folder = Path(name)
        url = f"http://127.0.0.1:{port}/"
        proxy = DelayProxy(port, ROUND_TRIP / 2)
        chromium = playwright.chromium.launch(executable_path=found, args=felt.FLAGS)
        sizes = chart_sizes(chromium, url, ("outcome", "parts"))
        static = pages.static_server(folder / "simulator", pages.figures(HedgeSimulator(), "coverage", sizes))
        far = f"http://127.0.0.1:{proxy.port}/"
        rows = first_charts(chromium, url, static, server, 2 if short else 7)
        time.sleep(4)
        rows += latencies(chromium, url, far, static, 10 if short else 24, 1 if short else 3)
        time.sleep(4)
        rows.append(first_step(chromium, far))
        for page in FELT:
            rows += page_rows(chromium, url, far, folder, page, short=short)
        rows += figure_widget_rows(chromium, folder, 6 if short else 16)
        chromium.close()
        proxy.close()
    return rows


def main() -> int:
    """Measure, print, write; 1 if a limit is missed in the full form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer rounds; never fails")
    parser.add_argument("--no-browser", action="store_true", help="only what needs no browser")
    options = parser.parse_args()
    rows = [*(row for part in (kernel, lab, margin, carry, rebalancing) for row in part.rows(short=options.short))]
    if not options.no_browser:
        rows += browser_rows(short=options.short)
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "bench.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    width = max(len(row.name) for row in rows)
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:g}"
        print(f"{row.name:{width}}  {row.value:>10g} {row.unit:12} {limit:>8}  {'ok' if row.ok else 'MISSED'}")
    missed = [row.name for row in rows if not row.ok]
    print(f"{len(rows) - len(missed)} of {len(rows)} figures hold; written to build/bench.json")
    return 0 if options.short or not missed else 1


if __name__ == "__main__":
    sys.exit(main())
