"""Hand and picture together: while a slider moves, the sentence and the chart that answers it are in the window."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.simulator import Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Server

# In an order in which a low window is not what a narrow one becomes: the sentence keeps the lines that it needed there.
SIZES = ((390, 844), (1280, 800), (1366, 768), (1920, 1080))
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
# Only at scroll positions that a page can have: from one of its ends, by the least scroll, to a slider.
TO_HAND = """const toHand = (name, start) => { document.activeElement?.blur(); scrollTo(0, start);
  document.querySelector(`.hw-slider-${name}`).scrollIntoView({ block: "nearest" });
  document.querySelector(`.hw-slider-${name} .noUi-handle`).focus({ preventScroll: true }); };"""
# Shares of places, n by n in each box, of an element that a hit test finds: those out of the window or covered are not.
SEEN = """const share = (boxes, inside, n) => {
    const hits = boxes.flatMap((box) => [...Array(n * n).keys()].map((k) => {
      const hit = document.elementFromPoint(box.left + (box.width * ((k % n) + 0.5)) / n,
        box.top + (box.height * (Math.floor(k / n) + 0.5)) / n);
      return !!hit && inside.contains(hit); }));
    return hits.filter(Boolean).length / hits.length; };
  const sliderSeen = (name) => { const slider = document.querySelector(`.hw-slider-${name}`);
    return share([slider.querySelector(".noUi-handle").getBoundingClientRect()], slider, 8); };
  const sentenceSeen = () => { const lead = document.querySelector(".hw-readout-story .hw-lead");
    const words = document.createRange();
    words.selectNodeContents(lead);
    return share([...words.getClientRects()].filter((box) => box.width > 2), lead, 4); };
  const chartSeen = (chart) => { const plot = document.querySelector(`.hw-plot-${chart}`);
    return plot ? share([plot.getBoundingClientRect()], plot, 8) : 1; };"""
DRAWN = """const drawn = (chart) => [...document.querySelectorAll(`.hw-plot-${chart} :is(path, text)`)].map((e) =>
  (e.getAttribute("d") ?? "") + (e.getAttribute("transform") ?? "") + e.textContent).join();"""
# Where a slider is, and whether a step to the right would lead beyond its end.
PLACE = "const i = s.names.indexOf(a.name), place = () => s.at()[i], atEnd = place() >= s.positions[i].at(-1) - 1e-9;"
REMARK = "const remark = () => document.querySelector(`.hw-slider-${a.name} .hw-why`)?.innerText ?? '';"


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
    return page.store("s.names.filter((name) => document.querySelector(`.hw-slider-${name} .noUi-handle`))")


def look(page: AnyPage, name: str, chart: str) -> dict[str, Any]:
    """Go to a slider, move it by a step and back, and return what is seen of the page and what the step changed."""
    a = {"name": name, "chart": chart}
    page.store("toHand(a.name, 0)", a, first=TO_HAND)
    page.warm(name)
    before, is_at_end = page.store("[place(), atEnd]", a, first=PLACE)
    there, back = ("ArrowLeft", "ArrowRight") if is_at_end else ("ArrowRight", "ArrowLeft")
    page.page.keyboard.press(there)
    # Tables that were renewed at rest may have moved the page since.
    seen, after, stepped, remark = page.store(
        "[{ slider, sentence: sentenceSeen(), chart: chartSeen(a.chart) }, place(), drawn(a.chart), remark()]",
        a,
        first=f"""{TO_HAND} {SEEN} {DRAWN} {PLACE} {REMARK} await frames(2);
          let slider = sliderSeen(a.name);
          if (slider < 0.6) {{ toHand(a.name, 0); slider = sliderSeen(a.name); }}""",
    )
    page.page.keyboard.press(back)
    # The hand goes on to the next slider before it would count as resting: nothing is drawn anew in between.
    returned = page.store("drawn(a.chart)", a, first=f"{DRAWN} await frames(2); s.questions.restNot();")
    assert after != before, name
    return seen | {"is_answered": stepped != returned if chart else bool(remark)}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_hand_sees_what_it_does(common: AnyPage, notebook: str, size: tuple[int, int]) -> None:
    """Slider, sentence and at least 60 % of the chart are seen, and the chart, or else a remark, answers the step."""
    answers = {name: chart for chart, names in ANSWERS[notebook].items() for name in names}
    wrong: dict[str, Any] = {}
    common.resize(*size)
    for name in sliders(common):
        chart = answers.get(name, next(iter(ANSWERS[notebook])))
        seen = look(common, name, chart)
        if min(seen["slider"], seen["chart"]) < 0.6 or seen["sentence"] < 0.9 or not seen["is_answered"]:
            wrong[name] = seen | {"chart": (chart, seen["chart"])}
    common.rest()
    assert wrong == {}


@pytest.mark.parametrize("size", LOW, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_covers_a_slider_in_a_low_window(common: AnyPage, size: tuple[int, int]) -> None:
    """At 200 % zoom and with the phone on its side, whether one comes from above or from below."""
    common.resize(*size)
    covered = common.store(
        "covered",
        [(name, is_below) for name in sliders(common) for is_below in (0, 1)],
        first=f"""{TO_HAND} {SEEN} const covered = [];
          for (const [name, isBelow] of a) {{
            toHand(name, isBelow * document.body.scrollHeight);
            await frames(2);
            if (sliderSeen(name) < 0.6) covered.push([name, isBelow]);
          }}""",
    )
    assert covered == []


@pytest.mark.parametrize("width", [848, 900, 960])
def test_the_first_card_is_whole_beside_a_file_browser(common: AnyPage, width: int) -> None:
    """JupyterLab leaves a page so much: the sentence is no narrow column, and its card fits the window."""
    common.resize(width, 800)
    common.page.evaluate("scrollTo(0, 0)")
    card = common.page.locator(".hw-story").bounding_box()
    lead = common.page.locator(".hw-lead").bounding_box()
    assert card is not None
    assert lead is not None
    assert lead["width"] >= 400
    assert card["y"] + card["height"] <= 800
