"""What only the margin page does in a browser: events replayed, refusals, a path that is drawn by hand."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.explorer_page import ExplorerPage, agrees, expected, fixtures_of
from tests.browser.pages import MARGIN

common, opened = fixtures_of(MARGIN)


def test_a_replay_is_named_in_the_chart(opened: ExplorerPage) -> None:
    """The event's path, the stamp with its days; a hand on the path makes it a drawn one again."""
    opened.choose("Replay", "10 Oct 2025: Tariff shock / record ADL")
    opened.wait(lambda: "SOL, 10 Oct 2025" in " ".join(opened.stamps("price")))
    opened.still()
    assert opened.values["spike"] == pytest.approx(1.6)
    assert opened.values["trough"] == pytest.approx(-23.6)
    agrees(opened, expected(MARGIN))
    opened.drag("spike", 0.6)
    opened.wait(lambda: opened.stamps("price") == ["a drawn path, not a forecast"])
    opened.still()
    agrees(opened, expected(MARGIN))


def test_refusals_are_sentences_in_the_page(opened: ExplorerPage) -> None:
    """Too much leverage, too little margin, too small, mixed currencies: words and dashes, nothing lost."""
    opened.drag("leverage", 1.0)
    opened.still()
    assert "allows at most 100×" in opened.sentence
    assert "—" in opened.page.locator(".hw-readout-tiles").inner_text()
    agrees(opened, expected(MARGIN))
    opened.reset()
    opened.after(lambda: opened.fill("Margin posted, $ (0: initial margin)", "100"))
    assert "requires an initial margin of $2,500 at 4×, and $100 is not enough" in opened.sentence
    opened.after(lambda: opened.fill("Margin posted, $ (0: initial margin)", "0"))
    opened.after(lambda: opened.fill("Position, $", "2"))
    assert "below the smallest order of Binance USD-M SOLUSDT" in opened.sentence
    opened.after(lambda: opened.fill("Position, $", "10000"))
    opened.dropdown("Another position in the wallet").select_option(label="Binance COIN-M BTCUSD_PERP")
    opened.refusal.wait_for()
    assert "an inverse contract settles in its coin, not dollars and BTC" in opened.refusal.inner_text()
    opened.still()
    agrees(opened, expected(MARGIN))
    assert opened.faults == []


def pull(page: ExplorerPage, name: str, dx: float, dy: float, look: Any = lambda: None) -> list[Any]:
    """Drag a corner of the path with the mouse; return what ``look`` saw on the way."""
    grip = page.page.locator(f".hw-grip-{name}")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.wait_for_timeout(400)  # the table comes while the hand comes near
    page.page.mouse.down()
    seen = []
    for k in range(1, 21):
        page.page.mouse.move(x + dx * k / 20, y + dy * k / 20)
        page.page.wait_for_timeout(16)
        seen.append(look())
    page.page.wait_for_timeout(400)  # longer than a slider would need to rest
    page.page.mouse.up()
    return seen


def follows(page: ExplorerPage, name: str) -> tuple[float, float]:
    """Return where a slider is, and the same corner of the path as it is drawn."""
    corner = {"spike": 20, "trough": 40, "end": 60}[name]
    return page.values[name], 100.0 * page.trace("price", 0)[corner]


def test_the_path_is_drawn_by_dragging_its_points(opened: ExplorerPage) -> None:
    """Each corner moves its slider, the first one sideways too; the chart follows each step; one undo takes it back."""
    before = opened.values
    for name, dy in (("spike", -30.0), ("trough", 24.0), ("end", -40.0)):
        seen = pull(opened, name, 3.0, dy, lambda name=name: follows(opened, name))
        assert all(slider == pytest.approx(drawn, abs=1e-6) for slider, drawn in seen)
        assert len({slider for slider, _ in seen}) > 5
        assert (seen[-1][0] - before[name]) * dy < 0
        assert opened.values == {**before, name: seen[-1][0]}
        opened.still()
        agrees(opened, expected(MARGIN))
        opened.undo()
        assert opened.values == before
    seen = pull(opened, "spike", 50.0, 4.0, lambda: (opened.values["peak_at"], opened.trace("price", 0, "x")[20]))
    assert all(drawn == pytest.approx(30.0 * share / 100.0) for share, drawn in seen)
    assert seen[-1][0] > before["peak_at"]
    assert opened.values["spike"] == before["spike"]
    opened.still()
    agrees(opened, expected(MARGIN))
    opened.undo()
    assert opened.values == before
    assert opened.faults == []


def test_a_finger_finds_the_points_and_does_not_scroll_the_page(opened: ExplorerPage) -> None:
    """Large enough to touch, on the path, no gesture of the browser's on them; a screen reader has the sliders."""
    for place, name in ((20, "spike"), (40, "trough"), (60, "end")):
        grip = opened.page.locator(f".hw-grip-{name}")
        box, style = grip.bounding_box(), grip.evaluate("(dot) => ({ ...getComputedStyle(dot) })")
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
        assert (style["touchAction"], style["cursor"]) == ("none", "grab")
        script = """([k, name]) => { const plot = document.querySelector(".hw-plot-price");
          const { xaxis, yaxis } = plot._fullLayout, frame = plot.getBoundingClientRect(), trace = plot.data[0];
          return [frame.left + xaxis._offset + xaxis.l2p(trace.x[k]),
            frame.top + yaxis._offset + yaxis.l2p(trace.y[k])]; }"""
        x, y = opened.page.evaluate(script, [place, name])
        assert x == pytest.approx(box["x"] + box["width"] / 2, abs=1.0)
        assert y == pytest.approx(box["y"] + box["height"] / 2, abs=1.0)
    assert opened.page.locator(".hw-grips").get_attribute("aria-hidden") == "true"
    label = opened.page.locator(".hw-plot-price").get_attribute("aria-label")
    assert label is not None
    assert "the sliders of the path move its points" in label


def test_the_points_follow_the_hand_over_a_slow_line(chromium: Browser, far: str) -> None:
    """With 120 ms of delay the chart still moves with the hand, from the slider's table."""
    page = MARGIN.kind.open(chromium, far.replace("01_hedge_simulator", "03_margin"))
    try:
        page.reset()
        seen = pull(page, "spike", 0.0, -30.0, lambda: (*follows(page, "spike"), page.shown["from"]))
        assert all(slider == pytest.approx(drawn, abs=1e-6) for slider, drawn, _ in seen)
        assert {origin for _, _, origin in seen[3:]} == {"table"}
        page.still()
        agrees(page, expected(MARGIN))
    finally:
        page.close()
