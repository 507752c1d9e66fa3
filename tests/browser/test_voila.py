"""The simulator in a real browser, served by ``hedge-widgets app``: what is on screen is what the model says."""

import datetime
import io
import json
import math
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import numpy as np
import pytest

from hedge_widgets import style
from hedge_widgets.pages.hedge.examples import claim_of, example_inputs, examples
from tests.browser.conftest import NO_FIRST_PICTURES, Server, started
from tests.browser.explorer_page import focused, tab_stops
from tests.browser.simulator import READY_MS, STORE, WATCH, Expected, Simulator, plain
from tests.server.client import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"
TITLES = [example["title"] for example in examples()]
DEAD = TITLES.index("1 BTC at 10x: +12 %, then -25 %")
INVERSE = TITLES.index("1x inverse short")
SLIDERS = (
    "coverage",
    "leverage",
    "correlation",
    "move",
    "spike",
    "spike_fraction",
    "own_move",
    "funding_rate",
    "days",
    "spot_volatility",
    "hedge_volatility",
    "beta",
)
HTML = '<img src="x" onerror="alert(1)">'


def agrees(simulator: Simulator, expected: Expected) -> None:
    """Assert that every number on screen is the Python model's, to display precision."""
    values = simulator.values
    for name in ("story", "tiles"):
        assert simulator.readout(name) == expected.readout(name, values)
    out = expected.outcome(values)
    legs = [out["spot_pnl"], out["hedge_pnl"], out["net_pnl"]]
    if math.isnan(out["net_pnl"]):
        return
    # The sentence and the tiles once more, straight from the model.
    assert style.formatted(abs(out["net_pnl"]), "usd") in simulator.sentence
    tiles = {lines[0]: " ".join(lines[1:]) for lines in simulator.readout("tiles")}
    if out["notional"]:
        assert plain(style.formatted(out["initial_margin"], "usd")) in tiles["Margin"]
        assert plain(style.formatted(out["n_contracts"], "contracts")) in tiles["Contracts"]
        liquidation = (
            "none" if math.isnan(out["liquidation_price"]) else style.formatted(out["liquidation_price"], "price")
        )
        assert liquidation in tiles["Liquidation price"]
    # The charts: the markers at the chosen move, the curve's ends, the numbers at the bars.
    assert simulator.trace("outcome", 5)[1:4] == pytest.approx(legs, rel=1e-9, abs=1e-9)
    ends = [expected.outcome({**values, "move": move})["net_pnl"] for move in (-60.0, 100.0)]
    curve = simulator.trace("outcome", 4)
    assert [curve[0], curve[-1]] == pytest.approx(ends, rel=1e-6, abs=1e-6 * abs(out["spot_value"]))
    spot = [out["spot_value"] * move for move in (-0.6, 1.0)]
    line = simulator.trace("outcome", 2)
    assert [line[0], line[-1]] == pytest.approx(spot, rel=1e-6)
    parts = [*legs[:2], out["funding_pnl"], -out["fees"], -out["slippage"], legs[2]]
    if expected.simulator.inputs.contract.kind == "inverse":
        parts.insert(2, out["collateral_pnl"])
    assert simulator.bar_texts == [style.formatted(0.0 + part, "usd_bar") for part in parts]
    low, high = simulator.range("outcome")
    assert low <= min(legs)
    assert max(legs) <= high


# The page


def test_the_page_renders(chromium: "Browser", app: Server) -> None:
    """Both charts, sentence and tiles appear; no error in the console, no request to another machine."""
    simulator = Simulator.open(chromium, app.simulator)
    assert simulator.page.url.endswith("/voila/render/01_hedge_simulator.ipynb")
    agrees(simulator, Expected())
    assert len(simulator.readout("tiles")) == 8
    assert simulator.page.locator(".hw-complaint:not(:empty)").count() == 0
    assert simulator.banner.count() == 0
    assert "—" not in simulator.sentence
    assert simulator.hosts == {"127.0.0.1"}
    assert simulator.faults == []
    simulator.close()


def test_nothing_overflows_in_either_look(simulator: Simulator, subtests: pytest.Subtests) -> None:
    """No horizontal scrolling at 1280 and 390 pixels; switching the look repaints charts and page."""
    page = simulator.page
    wide = """(width) => [...document.querySelectorAll(".hw-root *")].filter((e) => {
        const box = e.getBoundingClientRect(), hidden = e.closest(".hw-said, .hw-file, table, .hw-pages");
        return box.width && !hidden && (box.right > width + 1 || box.left < -1); }).map((e) => e.className)"""
    line = "document.querySelector('.hw-plot-outcome').data[4].line.color"
    drawn = "document.querySelector('.hw-plot-outcome .main-svg').clientWidth"
    for width, themes in ((1280, ("light", "dark")), (390, ("dark", "light"))):
        with simulator.sized(width):
            for theme in themes:
                with subtests.test(width=width, theme=theme):
                    if page.evaluate("document.documentElement.dataset.hwScheme") != theme:
                        page.get_by_role("button", name=f"switch to the {theme} look").click()
                    colour = style.PALETTE[theme]["net"]
                    simulator.wait(lambda colour=colour: page.evaluate(line) == colour)
                    ground = page.locator(".hw-root").evaluate("(root) => getComputedStyle(root).backgroundColor")
                    assert ground == "rgb({}, {}, {})".format(*bytes.fromhex(style.PALETTE[theme]["page"][1:]))
                    simulator.wait(lambda width=width: page.evaluate(drawn) <= width)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width
                    assert page.evaluate(wide, width) == []
                    agrees(simulator, Expected())  # the charts were drawn anew, and nothing was lost


def test_the_look_survives_a_reload(chromium: "Browser", app: Server) -> None:
    """A choice of dark is remembered; without one the page follows the system."""
    simulator = Simulator.open(chromium, app.simulator, color_scheme="light")
    look = "document.documentElement.dataset.hwScheme"
    assert simulator.page.evaluate(look) == "light"
    simulator.page.get_by_role("button", name="switch to the dark look").click()
    simulator.page.reload()
    simulator.ready()
    assert simulator.page.evaluate(look) == "dark"
    assert simulator.faults == []
    simulator.close()


# Sliders


def test_a_key_moves_chart_and_sentence(simulator: Simulator) -> None:
    """One arrow key moves the curve, the sentence and the tiles."""
    before = simulator.state
    simulator.handle("coverage").focus()
    simulator.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    simulator.still()
    assert simulator.values["coverage"] == 80
    after = simulator.state
    assert all(a != b for a, b in zip(before[:5], after[:5], strict=True))
    agrees(simulator, Expected())
    assert simulator.faults == []


@pytest.mark.parametrize(
    ("example", "name", "share"),
    [
        (0, "coverage", 0.9),
        (0, "leverage", 0.75),
        (0, "correlation", 0.2),
        (0, "move", 0.85),
        (0, "spike", 0.8),
        (0, "funding_rate", 0.1),
        (0, "days", 0.9),
        (0, "hedge_volatility", 0.5),
        (1, "coverage", 0.25),
        (INVERSE, "move", 0.1),
        (INVERSE, "leverage", 0.4),
        (DEAD, "spike", 0.31),
        (DEAD, "spike_fraction", 0.9),
        (TITLES.index("Alice with ETH at beta 1.08"), "beta", 0.7),
        (TITLES.index("Too small to hedge"), "coverage", 0.99),
        (TITLES.index("$500,000 of WIF, hedged directly"), "leverage", 0.5),
    ],
)
def test_after_a_drag_every_number_is_the_models(common: Simulator, example: int, name: str, share: float) -> None:
    """A slider dragged with the mouse and left at rest: sentence, tiles, bars and curves equal the Python model."""
    simulator = common.reset(example)
    before = simulator.values
    simulator.drag(name, share)
    simulator.still()
    after = simulator.values
    assert after[name] != before[name]
    # A stock slider rounds what it is given to 1e-12 or so; the others stay where they were.
    assert [after[n] for n in SLIDERS if n != name] == pytest.approx([before[n] for n in SLIDERS if n != name])
    agrees(simulator, Expected(example))
    assert simulator.faults == []


@pytest.mark.parametrize("example", [1, 4, 8, 9, INVERSE, DEAD, len(TITLES) - 1], ids=lambda k: TITLES[k])
def test_a_worked_example_changes_everything_at_once(simulator: Simulator, example: int) -> None:
    """One choice moves sliders, holdings, contract, charts, sentence and tiles; the page says what is true."""
    stamps = simulator.store("s.shown.revision")
    simulator.preset(example)
    inputs = example_inputs(examples()[example])
    assert simulator.values["coverage"] == pytest.approx(100 * inputs.coverage)
    assert simulator.values["leverage"] == inputs.leverage
    typed = simulator.page.locator(".hw-table tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.querySelectorAll('input')].map((input) => input.value))"
    )
    assert [[s, float(q), float(p)] for s, q, p in typed] == [
        [h.symbol, h.quantity, h.price] for h in inputs.portfolio.holdings
    ]
    box = simulator.page.locator(".hw-wide select")
    assert inputs.contract.label in plain(box.evaluate("(box) => box.selectedOptions[0].textContent"))
    agrees(simulator, Expected(example))
    assert plain(claim_of(example)[0]) in plain(simulator.page.locator(".hw-claim").inner_text())
    assert simulator.store("s.shown.revision") == stamps + 1
    assert simulator.faults == []


def test_axes_and_cards_hold_still_during_a_drag(simulator: Simulator) -> None:
    """While the hand moves, no axis changes its range and no card moves or changes its size, wide and narrow."""
    boxes = """[...document.querySelectorAll(".hw-card:not(.hw-outcome), .hw-head")].map((card) => {
        const box = card.getBoundingClientRect();
        return [card.className.split(" ").at(-1), box.left, box.top + scrollY, box.width, box.height].join(" "); })"""
    axes = """[...document.querySelectorAll(".js-plotly-plot")].map((plot) =>
        JSON.stringify([plot.layout.xaxis.range, plot.layout.yaxis.range, plot.clientHeight, plot.clientWidth]))"""
    moved = set()
    for width in (1280, 390):
        with simulator.sized(width):
            for name, share in (("coverage", 1.0), ("leverage", 1.0), ("move", 0.95)):
                simulator.reset()
                simulator.warm(name)
                (before, first), *seen = simulator.drag(name, share, 15, f"[{boxes}, {axes}]")
                assert all(axis == first for _, axis in seen), (width, name)
                simulator.still()
                for cards in [*(cards for cards, _ in seen), simulator.store(boxes)]:
                    moved |= {f"{width} {name}: {a} -> {b}" for a, b in zip(before, cards, strict=True) if a != b}
    assert moved == set()


def test_a_number_between_positions_is_the_kernels(simulator: Simulator) -> None:
    """A value that is typed and no position of the slider is answered by the kernel, not by the nearest row."""
    simulator.warm("coverage")
    readout = simulator.page.locator(".hw-slider-coverage .widget-readout")
    readout.click()
    readout.fill("33.37")
    simulator.page.evaluate(WATCH)
    readout.press("Enter")
    simulator.wait(lambda: simulator.values["coverage"] != 75)
    simulator.still()
    stamps = simulator.page.evaluate("window.__stamps")
    assert {stamp["from"] for stamp in stamps if stamp["at"][0] == simulator.values["coverage"]} <= (
        {"exact"} if simulator.values["coverage"] != 33 else {"exact", "table"}
    )
    agrees(simulator, Expected())


def stamped(simulator: Simulator, keys: list[str]) -> None:
    """Press keys and assert that after each the next frames show the picture of the sliders' present values."""
    simulator.page.evaluate(WATCH)
    for key in keys:
        simulator.page.keyboard.press(key)
        simulator.frames(3)
        present = simulator.store("{ at: s.at(), shown: s.shown, revision: s.revision }")
        assert present["shown"]["at"] == present["at"], key
        assert present["shown"]["revision"] == present["revision"]
    simulator.still()
    simulator.rest()  # the kernel answers in turn: what was on its way has arrived
    stale = [
        s for s in simulator.page.evaluate("window.__stamps") if s["at"] != s["present"] or s["revision"] != s["now"]
    ]
    assert stale == []


KEYS = ["ArrowRight"] * 6 + ["ArrowLeft"] * 4 + ["PageUp", "ArrowRight", "PageDown", "Home", "ArrowRight", "End"]


@pytest.mark.parametrize("name", ["coverage", "leverage", "move", "days"])
def test_no_step_is_answered_with_a_stale_picture(simulator: Simulator, name: str) -> None:
    """After each key the stamp on the page is the sliders' present values, and no older one comes after it."""
    simulator.warm(name)
    stamped(simulator, KEYS)
    simulator.still()
    agrees(simulator, Expected())


def test_on_a_far_server_steps_come_from_the_table(chromium: "Browser", far: str) -> None:
    """At 120 ms a step comes from the table (how soon is the bench's figure), and no picture is ever stale."""
    simulator = Simulator.open(chromium, far)
    for name in ("coverage", "leverage"):
        simulator.warm(name)
        step = simulator.first_step("ArrowRight")
        assert step["from"] == "table", name
        assert step["at"] == simulator.store("s.at()")
        stamped(simulator, KEYS)
        simulator.still()
    # Without waiting for the table: whatever is painted belongs to the sliders, and the end is right.
    simulator.page.evaluate("window.__stamps = []")
    simulator.handle("correlation").focus()
    for key in KEYS:
        simulator.page.keyboard.press(key)
    simulator.still()
    simulator.rest()
    stamps = simulator.page.evaluate("window.__stamps")
    assert stamps
    assert [s for s in stamps if s["at"] != s["present"] or s["revision"] != s["now"]] == []
    agrees(simulator, Expected())
    assert simulator.faults == []
    simulator.close()


# Keyboard only


def test_everything_is_reached_by_tab(simulator: Simulator) -> None:
    """Tab reaches all sliders, boxes, holdings and buttons; each has a name, each slider its value in words."""
    stops = tab_stops(simulator)
    handles = [stop for stop in stops if stop["handle"]]
    assert {handle["slider"] for handle in handles} >= set(SLIDERS)
    for stop in stops[:-1]:
        assert stop["visible"], stop
        assert stop["name"].strip() or stop["tag"] == "BODY", stop
    for handle in handles:
        assert re.search(r"\d", handle["value"]), handle
    names = " | ".join(stop["name"] for stop in stops)
    assert "Quantity, row 1" in names
    assert "Add a coin" in names
    assert "look" in names
    units = {handle["slider"]: handle["value"] for handle in handles}
    assert units["coverage"] == "75 %"
    assert units["days"] == "30 days"


def test_a_hedge_by_keyboard_alone(simulator: Simulator) -> None:
    """Arrows move sliders and say the new value, holdings are edited, undo takes it back: no mouse at all."""
    page = simulator.page
    page.locator(".hw-head select").focus()
    while not focused(simulator)["handle"]:
        page.keyboard.press("Tab")
    assert focused(simulator)["slider"] == "coverage"
    simulator.press("ArrowLeft", "ArrowLeft")
    assert focused(simulator)["value"] == "73 %"
    simulator.still()
    while focused(simulator)["name"] != "Quantity, row 1":
        page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("24")
    simulator.after(lambda: page.keyboard.press("Tab"))
    assert "$2,056" in simulator.sentence  # 20 % of 8,000 + 12 x 190
    undo = page.get_by_role("button", name="undo")
    undo.focus()
    simulator.after(lambda: page.keyboard.press("Enter"))
    assert "$1,600" in simulator.sentence
    assert simulator.values["coverage"] == 73
    undo.focus()
    simulator.after(lambda: page.keyboard.press("Enter"))
    assert simulator.values["coverage"] == 75
    agrees(simulator, Expected())
    assert simulator.faults == []


# Holdings


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (1, 1, "two thousand", ("Row 2", "quantity", "ADA", "two thousand")),
        (2, 2, "-20", ("Row 3", "price", "LINK", "above 0")),
        (0, 2, "0", ("Row 1", "price", "SOL")),
        (3, 0, HTML, ("Row 4", "symbol")),
        (1, 1, "1e300", ("Row 2", "quantity", "ADA")),
    ],
)
def test_a_wrong_holding_is_named_and_changes_nothing(
    simulator: Simulator, row: int, column: int, value: str, words: tuple[str, ...]
) -> None:
    """The sentence names row and column, the cell is marked, the picture stays; the right value takes it all back."""
    before = simulator.state
    cell = simulator.page.locator(".hw-table tbody tr").nth(row).locator("input").nth(column)
    good = cell.input_value()
    simulator.after(lambda: simulator.type(row, column, value))
    assert all(word in simulator.complaints for word in words), simulator.complaints
    assert cell.get_attribute("aria-invalid") == "true"
    assert simulator.page.locator('[aria-invalid="true"]').count() == 1
    assert simulator.state == before
    assert cell.input_value() == value
    simulator.after(lambda: simulator.type(row, column, good))
    assert simulator.complaints == ""
    assert simulator.page.locator('[aria-invalid="true"]').count() == 0
    agrees(simulator, Expected())
    assert simulator.page.evaluate("window.__alerts") == []
    assert simulator.faults == []


def test_coins_are_added_and_removed(simulator: Simulator) -> None:
    """A new row counts at once, the last one cannot be taken away."""
    page = simulator.page
    simulator.after(lambda: page.get_by_role("button", name="+ Add a coin").click())
    assert page.locator(".hw-table tbody tr").count() == 7
    simulator.after(lambda: page.get_by_role("button", name="remove row 7").click())
    agrees(simulator, Expected())
    for row in range(6, 1, -1):
        simulator.after(lambda row=row: page.get_by_role("button", name=f"remove row {row}").click())
    assert page.locator(".hw-table tbody tr").count() == 1
    assert page.locator(".hw-row-button").is_disabled()
    assert simulator.faults == []


# Prices


def days(n: int) -> list[str]:
    """Return n dates."""
    return [(datetime.date(2024, 1, 1) + datetime.timedelta(k)).isoformat() for k in range(n)]


def prices(n: int = 120, header: str = "date,SOL,ADA,LINK,AVAX,DOGE,BNB,BTC", **rows: str) -> bytes:
    """Return a price file; ``row5="..."`` replaces a line (row 1 is the header)."""
    draw = np.random.default_rng(3)
    moves = 0.02 * draw.standard_normal((n, 1)) + 0.02 * draw.standard_normal((n, header.count(",")))
    table = 50 * np.exp(np.cumsum(moves, axis=0))
    lines = [header, *(",".join([day, *(f"{x:.6f}" for x in row)]) for day, row in zip(days(n), table, strict=True))]
    for name, line in rows.items():
        lines[int(name[3:]) - 1] = line
    return "\n".join(lines).encode()


def cells(*first: str) -> str:
    """Return a line whose last cells are fine."""
    return ",".join([*first, *["50"] * (8 - len(first))])


BAD = {
    "empty": (b"", ("empty", "date")),
    "no date column": (prices(header="LTC,SOL,ADA,LINK,AVAX,DOGE,BNB,BTC"), ("date", "LTC", "row 1")),
    "text in a price": (prices(row7=cells("2024-01-06", "50", "cheap")), ("Column ADA", "row 7", "a price", "cheap")),
    "a price too high": (prices(row9=cells("2024-01-08", "5e12")), ("Column SOL", "row 9", "below 1e9")),
    "euros": (prices(header="date,SOL-EUR,ADA,LINK,AVAX,DOGE,BNB,BTC"), ("EUR", "dollars")),
    "a web page": (b"<!DOCTYPE html><html></html>", ("web page", "CSV")),
    "duplicate dates": (prices(row6=cells("2024-01-04")), ("date", "row 6", "2024-01-04", "once")),
    "one row": (b"date,SOL,BTC\n2024-01-01,1,2\n", ("at least 31 rows", "not 1")),
    "a column named like a tag": (prices(header="date,SOL,<script>,LINK,AVAX,DOGE,BNB,BTC"), ("Column 3", "<script>")),
    "an image in a price": (prices(row7=cells("2024-01-06", "50", HTML.replace('"', ""))), ("Column ADA", "<img")),
    "no text at all": (bytes(range(256)) * 8, ("no text",)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_price_file_is_explained_and_changes_nothing(simulator: Simulator, name: str) -> None:
    """Each fault has its sentence with column and row; the page keeps its last good state, and nothing becomes HTML."""
    content, words = BAD[name]
    before = simulator.state
    simulator.upload(f"{name}.csv", content)
    simulator.wait(lambda: simulator.complaints.endswith("."))
    assert all(word in simulator.complaints for word in words), simulator.complaints
    simulator.frames(4)
    assert simulator.state == before
    assert simulator.page.locator(".hw-complaint script, .hw-complaint img").count() == 0
    assert simulator.page.evaluate("window.__alerts") == []
    simulator.handle("coverage").focus()
    simulator.press("ArrowRight")
    simulator.still()
    agrees(simulator, Expected())
    assert simulator.faults == []


def test_a_large_file_is_refused_before_anything_is_sent(simulator: Simulator) -> None:
    """A file over 2 MB is refused in the browser: a sentence, and not one frame on the socket."""
    simulator.rest()
    before = simulator.state
    simulator.sent.clear()
    simulator.upload("large.csv", b"date,SOL\n" + b"2024-01-01,1\n" * 160_000)
    simulator.wait(lambda: "at most 2 MB" in simulator.complaints)
    assert "--prices" in simulator.complaints
    simulator.page.wait_for_timeout(400)
    assert simulator.sent == []
    assert simulator.state == before


def uploaded(simulator: Simulator, name: str, content: bytes) -> None:
    """Upload a good file and wait until the page stands on it."""
    simulator.after(lambda: simulator.upload(name, content))
    simulator.wait(lambda: name in simulator.page.locator(".hw-badge").inner_text())
    simulator.still()


def statistics(content: bytes, quantities: dict[str, float], window: int) -> dict[str, float]:
    """Return value, volatilities, correlation and beta by plain pandas."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(content), index_col="date").rename(columns=lambda c: c.removesuffix("-USD"))
    frame = frame[[*quantities, "BTC"]].dropna()
    value = frame.iloc[-1][list(quantities)] * pd.Series(quantities)
    returns = np.log(frame).diff().dropna().iloc[-window:]
    basket, hedge = returns[list(quantities)] @ (value / value.sum()), returns["BTC"]
    return {
        "value": value.sum(),
        "price": frame["BTC"].iloc[-1],
        "spot_volatility": 100 * basket.std() * math.sqrt(365),
        "hedge_volatility": 100 * hedge.std() * math.sqrt(365),
        "correlation": basket.corr(hedge),
        "beta": basket.cov(hedge) / hedge.var(),
    }


def shows(simulator: Simulator, expected: dict[str, float]) -> None:
    """Assert that the page stands on these figures."""
    values = simulator.values
    for name in ("spot_volatility", "hedge_volatility", "correlation", "beta"):
        assert values[name] == pytest.approx(expected[name], rel=1e-6), name
    tiles = {lines[0]: " ".join(lines[1:]) for lines in simulator.readout("tiles")}
    assert f"unhedged {style.formatted(expected['value'], 'usd_signed')} " in tiles["Net delta"]
    ratio = expected["correlation"] * expected["spot_volatility"] / expected["hedge_volatility"]
    assert tiles["Portfolio beta"].startswith(style.formatted(ratio, "ratio"))
    box = simulator.page.locator(".widget-text", has_text="Entry price").locator("input")
    assert float(box.input_value()) == pytest.approx(expected["price"], rel=1e-8)


def test_uploaded_prices_drive_the_page(chromium: "Browser", app: Server) -> None:
    """A file gives last prices, volatilities, correlation and beta, the page says so, and the window moves them."""
    simulator = Simulator.open(chromium, app.simulator)
    uploaded(simulator, "mine.csv", prices())
    quantities = {"SOL": 12, "ADA": 2000, "LINK": 70, "AVAX": 30, "DOGE": 3000, "BNB": 1}
    shows(simulator, statistics(prices(), quantities, 90))
    assert "to 2024-04-29" in simulator.page.locator(".hw-badge").inner_text()
    assert "the last 90 returns of your price history" in simulator.page.locator(".hw-main").inner_text()
    window = simulator.page.locator(".widget-slider", has_text="History used").locator(".noUi-handle")
    assert "History used" in (window.get_attribute("aria-label") or "")
    assert "90" in (window.get_attribute("aria-valuetext") or "")
    window.focus()
    simulator.after(lambda: simulator.page.keyboard.press("Home"))
    shows(simulator, statistics(prices(), quantities, 30))
    # A bad file afterwards takes nothing away.
    before = simulator.state
    simulator.upload("bad.csv", b"date,SOL\n")
    simulator.wait(lambda: "no column of dates" in simulator.complaints)
    assert simulator.state == before
    assert simulator.faults == []
    simulator.close()


@pytest.mark.skipif(not REAL.is_file(), reason="waits for shared/data/prices_daily.csv beside the checkout")
def test_real_prices_as_of_the_end_of_2024(chromium: "Browser", app: Server) -> None:
    """SOL, ADA and LINK against a BTC perpetual as of 2024-12-31: the page's figures are those of plain pandas."""
    lines = REAL.read_text().splitlines(keepends=True)
    content = "".join([lines[0], *(line for line in lines[1:] if line[:10] <= "2024-12-31")]).encode()
    simulator = Simulator.open(chromium, app.simulator)
    for row in range(6, 3, -1):
        simulator.after(lambda row=row: simulator.page.get_by_role("button", name=f"remove row {row}").click())
    uploaded(simulator, "prices_daily.csv", content)
    assert "to 2024-12-31" in simulator.page.locator(".hw-badge").inner_text()
    shows(simulator, statistics(content, {"SOL": 12, "ADA": 2000, "LINK": 70}, 90))
    assert simulator.faults == []
    simulator.close()


# Failures


def test_an_error_in_the_kernel_is_seen(simulator: Simulator) -> None:
    """An exception in a callback shows the banner, the inputs stay, and the next good input takes it away."""
    before = simulator.values
    simulator.page.evaluate(
        f"""() => {{ const box = {STORE}.others.find((m) => (m.get("_options_labels") ?? []).includes("{TITLES[0]}"));
        box.set("index", null); box.save_changes(); }}"""
    )
    simulator.banner.wait_for()
    assert "TypeError" in simulator.banner.inner_text()
    assert "Your inputs are still there" in simulator.banner.inner_text()
    simulator.still()
    assert simulator.values == before
    simulator.preset(1)
    assert simulator.banner.count() == 0
    agrees(simulator, Expected(1))


def came_back(simulator: Simulator, since: float) -> float:
    """Wait until a page that was marked is loaded again and drawn, and return how long that took."""
    simulator.page.wait_for_function("() => !window.__before && window.__hedgeLive?.size", timeout=READY_MS)
    simulator.ready()
    simulator.still()
    assert simulator.banner.count() == 0
    return time.monotonic() - since


def test_a_killed_kernel_brings_the_page_back(chromium: "Browser", app: Server) -> None:
    """The banner says so within seconds, what was on the page stays, and the page comes back with what was moved."""
    simulator = Simulator.open(chromium, app.simulator)
    before = simulator.sentence
    simulator.page.evaluate("window.__before = true")
    began = time.monotonic()
    os.kill(app.kernel(simulator.store("s.live.widget_manager.kernel.id")), signal.SIGKILL)
    simulator.page.locator(".hw-banner-ended").wait_for(timeout=30_000)
    assert "computation behind this page has ended" in simulator.banner.inner_text()
    assert simulator.banner.get_by_role("button", name="Reload").count() == 1
    assert simulator.sentence == before
    simulator.handle("coverage").focus()
    simulator.press("ArrowRight")
    assert came_back(simulator, began) < 60
    assert simulator.values["coverage"] == 76
    agrees(simulator, Expected())
    simulator.close()


def test_a_page_waits_for_a_place_and_for_its_server(chromium: "Browser", free_port: int) -> None:
    """At the cap the second visitor waits and comes in at what the address asks for; a new server brings it back."""
    command = ["app", "--port", str(free_port), "--no-browser", "--", "--CappedGrace.max_kernels=1"]
    command += ["--VoilaConfiguration.preheat_kernel=False", *NO_FIRST_PICTURES]
    server = started(command, "is ready at")
    site = Site(server.process, server.port)
    first, page = site.get(urlsplit(server.simulator).path)
    assert first.status == 200
    waiting = chromium.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    waiting.add_init_script("Math.random = () => 0; window.__before = false;")
    state = quote(json.dumps({"sliders": {"coverage": 60}}))
    assert waiting.goto(f"{server.simulator}#1={state}").status == 503
    words = waiting.locator("main").inner_text()
    assert "All places are taken" in words
    assert "opens here by itself when a place is free" in words
    waiting.get_by_text(re.compile(r"This page tries again in \d s")).wait_for()
    began = time.monotonic()
    assert site.leave(first, page).status == 204
    second = Simulator(waiting)
    waiting.set_default_timeout(30_000)
    second.ready()
    second.still()
    assert time.monotonic() - began < 60
    assert second.values["coverage"] == 60
    second.warm("coverage")
    waiting.evaluate("window.__before = true")
    server.process.kill()
    server.stop()
    second.press("ArrowRight")
    second.frames(3)
    assert (second.values["coverage"], second.shown["from"]) == (61, "table")
    server = started(command, "is ready at")
    assert came_back(second, time.monotonic()) < 60
    assert second.values["coverage"] == 61
    agrees(second, Expected())
    second.close()
    server.stop()


# Hostile browsers


@pytest.fixture(scope="module")
def hostile_page(chromium: "Browser", app: Server) -> Iterator[Simulator]:
    """Give a page of its own for what no honest browser does."""
    simulator = Simulator.open(chromium, app.simulator)
    yield simulator
    simulator.close()


@pytest.fixture
def hostile(hostile_page: Simulator) -> Simulator:
    """Give that page at the second example."""
    hostile_page.preset(1)
    return hostile_page


def is_well(simulator: Simulator) -> None:
    """Assert that the page still works, and that nothing of a user became HTML."""
    page = simulator.page
    assert page.evaluate("window.__alerts") == []
    assert page.locator('.hw-root img, .hw-root script, img[src="x"]').count() == 0
    simulator.preset(2)
    agrees(simulator, Expected(2))
    simulator.handle("coverage").focus()
    simulator.press("ArrowRight")
    simulator.still()
    agrees(simulator, Expected(2))


MESSAGES: list[Any] = [
    None,
    [],
    "rest",
    0,
    {},
    {"kind": "rest"},
    {"kind": "rest", "revision": "R", "at": None},
    {"kind": "rest", "revision": "R", "at": [1]},
    {"kind": "rest", "revision": "R", "at": ["x"] * 11},
    {"kind": "rest", "revision": "R", "at": [None] * 11},
    {"kind": "rest", "revision": "R", "at": [1e308] * 11},
    {"kind": "rest", "revision": "R", "at": [-1e308] * 11},
    {"kind": "ask", "revision": "R", "at": {"a": 1}},
    {"kind": "table", "revision": "R", "at": "AT", "slider": HTML},
    {"kind": "table", "revision": "R", "at": "AT", "slider": ["coverage"]},
    {"kind": "table", "revision": "R", "at": "AT", "slider": None},
    {"kind": {"toString": 1}},
]


def test_hostile_messages_change_nothing(hostile: Simulator) -> None:
    """Messages of wrong shapes to the live object leave the page as it is, and it goes on."""
    before = hostile.state
    script = f"""(text) => {{ const s = {STORE};
      const message = JSON.parse(text.replaceAll('"R"', s.revision).replaceAll('"AT"', JSON.stringify(s.at())));
      s.live.send(message); }}"""
    for message in MESSAGES:
        hostile.page.evaluate(script, json.dumps(message))
    hostile.rest()  # the kernel answers in turn: it has read them all
    assert hostile.state == before
    is_well(hostile)


@pytest.mark.parametrize(
    "traits",
    [
        {"max": 1e308, "value": 1e308},
        {"min": -1e308, "value": -1e308},
        {"min": None, "max": None, "value": None},
        {"value": "NaN"},
        {"value": HTML, "description": "coverage"},
        {"step": 0},
    ],
    ids=str,
)
def test_hostile_sliders_keep_the_last_good_state(
    chromium: "Browser", app: Server, hostile: Simulator, traits: dict[str, Any]
) -> None:
    """Whatever a client sets on a slider, the picture stays within the model, and an example sets it right."""
    script = f"""([name, traits]) => {{ const s = {STORE}, model = s.sliders[s.names.indexOf(name)];
      const state = Object.fromEntries(["min", "max", "step", "value"].map((key) => [key, model.get(key)]));
      try {{ model.set(traits); model.save_changes(); }} catch {{ /* the browser's own side may refuse */ }}
      return state; }}"""
    sentence = hostile.sentence
    state = hostile.page.evaluate(script, ["coverage", traits])
    hostile.page.wait_for_timeout(600)
    assert "NaN" not in hostile.sentence
    assert "Infinity" not in hostile.sentence
    assert hostile.sentence == sentence or hostile.shown["at"] == hostile.store("s.at()")
    hostile.page.evaluate(script, ["coverage", state])
    is_well(hostile)


def test_hostile_rows_and_notices_stay_text(hostile: Simulator) -> None:
    """Rows of any shape and notices of any text are refused or shown as text."""
    before = hostile.state
    script = f"""(rows) => {{ const table = {STORE}.others.find((model) => model.has("rows"));
      table.set("rows", rows); table.save_changes(); }}"""
    rows: list[Any] = [
        [[HTML, HTML, HTML]],
        [["A" * 100_000, "1", "1"]],
        [["BTC", "1", "9" * 5000]],
        [["BTC", "1", "1"]] * 1000,
        [["BTC", [[1]], {"a": HTML}]],
        [["BTC", "1e400", "1"]],
    ]
    for wrong in rows:
        hostile.page.evaluate(script, wrong)
        hostile.wait(lambda: hostile.complaints)
        assert len(hostile.complaints) < 400
        hostile.still()
        assert hostile.state[:5] == before[:5]
    hostile.page.evaluate(
        f"""(text) => {{ const live = {STORE}.live; live.set("notice", text); live.save_changes(); }}""", HTML
    )
    hostile.banner.wait_for()
    assert HTML in hostile.banner.inner_text()
    hostile.page.evaluate(f"""() => {{ const live = {STORE}.live;
      live.set({{ names: ["x"], positions: [[1e308]], units: [], settings: {{}} }}); live.save_changes(); }}""")
    hostile.page.evaluate(f"""() => {{ const live = {STORE}.live; live.set("notice", ""); live.save_changes(); }}""")
    hostile.page.wait_for_timeout(300)
    is_well(hostile)


def test_a_file_named_like_a_tag_stays_text(hostile: Simulator) -> None:
    """The name of an uploaded file is shown as text."""
    hostile.preset(0)
    name = "<img src=x onerror=alert(1)>.csv"
    uploaded(hostile, name, prices())
    assert name in hostile.page.locator(".hw-badge").inner_text()
    assert hostile.page.evaluate("window.__alerts") == []
    assert hostile.page.locator('img[src="x"]').count() == 0


# ----------------------------------------------------------------------------------------------------------------------
# A step's own drawing

COMPARE = """() => {
  const [store] = window.__hedgeLive.values();
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  const drawn = () => plots.map((plot) =>
    [...plot.querySelectorAll('.cartesianlayer path, .cartesianlayer text, .cartesianlayer g.point')].map((node) =>
      ['d', 'transform', 'style'].map((name) => node.getAttribute(name)).join('|') + node.textContent));
  window.__pairs = [];
  store.paint = () => {
    Object.getPrototypeOf(store).paint.call(store);
    if (store.shown.from !== 'table') return;
    const short = drawn();
    for (const plot of plots) Plotly.restyle(plot, { y: plot.data.map((d) => d.y) }, plot.data.map((_d, i) => i));
    window.__pairs.push([short, drawn()]);
  };
}"""


@pytest.mark.parametrize("example", ["Altcoin basket, BTC perpetual", "$15,000 inverse short at 5x"])
@pytest.mark.parametrize(
    ("name", "key"),
    [("coverage", "ArrowRight"), ("move", "ArrowLeft"), ("leverage", "ArrowRight"), ("spike", "PageUp")],
)
def test_a_step_draws_what_plotly_would(simulator: Simulator, example: str, name: str, key: str) -> None:
    """The short way that a step takes through plotly.js leaves the picture that its restyle leaves, node by node."""
    simulator.page.locator(".hw-head select").select_option(label=example)
    simulator.still()
    simulator.handle(name).focus()
    simulator.page.wait_for_function(
        "(name) => { const [s] = window.__hedgeLive.values(); const i = s.names.indexOf(name); "
        "return s.row(i, s.at()); }",
        arg=name,
        timeout=5000,
    )
    simulator.page.evaluate(COMPARE)
    for _ in range(3):
        simulator.page.keyboard.press(key)
    simulator.still()
    pairs = simulator.page.evaluate("window.__pairs")
    simulator.page.evaluate("() => { delete [...window.__hedgeLive.values()][0].paint; }")
    assert pairs
    for short, whole in pairs:
        assert min(map(len, short)) > 20
        assert short == whole
