"""Hand and picture together: while a slider moves, the sentence and the chart that answers it are in the window."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.simulator import Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Server

SIZES = ((1280, 800), (1366, 768), (1920, 1080), (390, 844))
LOW = ((640, 400), (740, 360))  # 200 % zoom, and a phone on its side
# Notebook -> chart -> the sliders that it answers; the first chart answers all others, "" is a figure with a remark.
ANSWERS: dict[str, dict[str, tuple[str, ...]]] = {
    "00_start": {"outcome": ()},
    "01_hedge_simulator": {"outcome": (), "": ("spike_fraction", "beta", "spike_gap", "thinning")},
    "02_hedge_ratio": {"effect": (), "": ("target",)},
    "03_margin": {
        "price": (),
        "handling": ("stop", "deleveraged_at"),
        "chance": ("horizon", "volatility", "limit"),
        "": ("funding_rate", "thinning"),
    },
    "04_portfolio_margin": {"life": (), "": ("volatility", "credit")},
    "05_carry": {
        "accrued": (),
        "breakeven": ("move",),
        "carried": ("basis", "money_rate"),
        "clamp": ("premium",),
        "depth": ("order_value", "volatility"),
        "": ("hours",),
    },
    "06_rebalancing": {
        "holding": (),
        "tradeoff": ("cost_rate", "fixed_cost", "relative_aversion"),
        "nets": ("volatility_threshold", "funding_threshold"),
    },
    "07_plan": {"chance": ()},
    "08_watch": {"causes": ()},
}
# Only at scroll positions that a page can have: from its top, by the least scroll, to a slider.
TO_HAND = """(name) => { document.activeElement?.blur(); scrollTo(0, 0);
  document.querySelector(`.hw-slider-${name}`).scrollIntoView({ block: "nearest" });
  document.querySelector(`.hw-slider-${name} .noUi-handle`).focus({ preventScroll: true }); }"""
# Shares of 64 places of an element that a hit test finds: those out of the window or covered are not.
SEEN = """([name, chart]) => {
  const share = (boxes, inside) => { const hits = boxes.flatMap((box) => [...Array(64).keys()].map((k) => {
      const hit = document.elementFromPoint(box.left + (box.width * ((k % 8) + 0.5)) / 8,
        box.top + (box.height * (Math.floor(k / 8) + 0.5)) / 8);
      return !!hit && inside.contains(hit); }));
    return hits.filter(Boolean).length / hits.length; };
  const lead = document.querySelector(".hw-readout-story .hw-lead"), words = document.createRange();
  words.selectNodeContents(lead);
  const slider = document.querySelector(`.hw-slider-${name}`), plot = document.querySelector(`.hw-plot-${chart}`);
  return { slider: share([slider.querySelector(".noUi-handle").getBoundingClientRect()], slider),
    sentence: share([...words.getClientRects()].filter((box) => box.width > 2), lead),
    chart: plot ? share([plot.getBoundingClientRect()], plot) : 1 }; }"""
DRAWN = """(chart) => [...document.querySelectorAll(`.hw-plot-${chart} :is(path, text)`)].map((e) =>
  (e.getAttribute("d") ?? "") + (e.getAttribute("transform") ?? "") + e.textContent).join()"""


class AnyPage(Simulator):
    """A page by its first chart."""

    charts = ()


@pytest.fixture(scope="module", params=ANSWERS)
def notebook(request: pytest.FixtureRequest) -> str:
    """Give the name of a notebook."""
    return str(request.param)


@pytest.fixture(scope="module")
def common(chromium: "Browser", app: "Server", notebook: str) -> Iterator[AnyPage]:
    """Give its page, opened once."""
    kind = type("Opened", (AnyPage,), {"charts": (next(iter(ANSWERS[notebook])),), "first_slider": "leverage"})
    first = {
        "02_hedge_ratio": "ratio",
        "05_carry": "days",
        "06_rebalancing": "day",
        "07_plan": "days",
        "08_watch": "move",
    }
    kind.first_slider = first.get(notebook, kind.first_slider)
    page = kind.open(chromium, f"{app.address}voila/render/{notebook}.ipynb")
    yield page
    page.close()


def sliders(page: AnyPage) -> list[str]:
    """Return the sliders that are on the page."""
    return [name for name in page.store("s.names") if page.handle(name).count()]


def step(page: AnyPage, name: str) -> str:
    """Move a slider by a step, away from its end, and return the key that leads back."""
    before = page.values[name]
    page.press("ArrowRight")
    if page.values[name] != before:
        return "ArrowLeft"
    page.press("ArrowLeft")
    return "ArrowRight"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_hand_sees_what_it_does(common: AnyPage, notebook: str, size: tuple[int, int]) -> None:
    """Slider, sentence and at least 60 % of the chart are seen, and the chart, or else a remark, answers the step."""
    answers = {name: chart for chart, names in ANSWERS[notebook].items() for name in names}
    wrong: dict[str, Any] = {}
    with common.sized(*size):
        for name in sliders(common):
            chart = answers.get(name, next(iter(ANSWERS[notebook])))
            common.page.evaluate(TO_HAND, name)
            common.warm(name)
            before = common.page.evaluate(DRAWN, chart) if chart else ""
            back = step(common, name)
            common.frames(2)
            seen = common.page.evaluate(SEEN, [name, chart])
            if seen["slider"] < 0.6:  # tables that were renewed at rest have moved the page since
                common.page.evaluate(TO_HAND, name)
                seen = common.page.evaluate(SEEN, [name, chart])
            is_answered = (
                common.page.evaluate(DRAWN, chart) != before
                if chart
                else bool(common.page.locator(f".hw-slider-{name} .hw-why").inner_text())
            )
            if min(seen["slider"], seen["chart"]) < 0.6 or seen["sentence"] < 0.9 or not is_answered:
                wrong[name] = seen | {"chart": (chart, seen["chart"]), "is_answered": is_answered}
            common.press(back)
            common.rest()
    assert wrong == {}


@pytest.mark.parametrize("size", LOW, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_covers_a_slider_in_a_low_window(common: AnyPage, size: tuple[int, int]) -> None:
    """At 200 % zoom and with the phone on its side, whether one comes from above or from below."""
    covered = []
    with common.sized(*size):
        for name in sliders(common):
            for start in ("0", "document.body.scrollHeight"):
                common.page.evaluate(TO_HAND.replace("scrollTo(0, 0)", f"scrollTo(0, {start})"), name)
                if common.page.evaluate(SEEN, [name, ""])["slider"] < 0.6:
                    covered.append((name, start))
    assert covered == []


@pytest.mark.parametrize("width", [848, 900, 960])
def test_the_first_card_is_whole_beside_a_file_browser(common: AnyPage, width: int) -> None:
    """JupyterLab leaves a page so much: the sentence is no narrow column, and its card fits the window."""
    with common.sized(width, 800):
        common.page.evaluate("scrollTo(0, 0)")
        card = common.page.locator(".hw-story").bounding_box()
        lead = common.page.locator(".hw-lead").bounding_box()
    assert card is not None
    assert lead is not None
    assert lead["width"] >= 400
    assert card["y"] + card["height"] <= 800
