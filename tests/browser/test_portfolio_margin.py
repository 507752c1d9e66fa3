"""What only the portfolio-margin page does in a browser: its grid, its venues, what they refuse."""

import pytest

from hedge_widgets.pages.portfolio_margin import charts
from tests.browser.explorer_page import Choice, Expected, ExplorerPage, fixtures_of
from tests.browser.pages import PORTFOLIO_MARGIN

common, opened = fixtures_of(PORTFOLIO_MARGIN)


def test_a_step_draws_what_plotly_draws(opened: ExplorerPage) -> None:
    """Cells and numbers after steps are those of a whole drawing: the picture and its texts in the page."""
    script = """() => { const all = (kind) => [...document.querySelectorAll(`.hw-plot-heat .heatmaplayer ${kind}`)];
      return [...all("image").map((i) => i.getAttribute("xlink:href")), ...all("text").map((t) => t.textContent)]; }"""
    opened.warm("spot")
    opened.page.locator(".hw-plot-heat").scroll_into_view_if_needed()
    opened.frames()  # a chart out of sight waits for the hand to rest
    opened.press(*["ArrowLeft"] * 5)
    assert opened.shown["from"] in ("table", "exact")
    stepped = opened.page.evaluate(script)
    opened.page.evaluate("window.Plotly.redraw(document.querySelector('.hw-plot-heat'))")
    opened.frames()
    assert opened.page.evaluate(script) == stepped
    assert len(stepped) > 28


@pytest.mark.parametrize("choice", PORTFOLIO_MARGIN.choices, ids=lambda choice: "-".join(choice.means.values()))
def test_the_grid_names_the_shocks(opened: ExplorerPage, choice: Choice) -> None:
    """Below the grid stand the shocks of the venue and the coin that were chosen."""
    for name, words in choice.chosen.items():
        opened.choose(name, words)
    picture = Expected(PORTFOLIO_MARGIN).choose(**choice.means).picture(opened.values)
    ticks = opened.page.locator(".hw-plot-heat .xtick text").all_text_contents()
    assert ticks == charts.heat_moving_layout(picture)["xaxis.ticktext"]


def test_a_coin_without_a_grid_gets_a_sentence(opened: ExplorerPage) -> None:
    """Bybit's shocks of SOL are not known here: the page says so and keeps its coin and figures."""
    opened.choose("Portfolio margin of", "Bybit")
    before = opened.readout("tiles")
    coin = opened.page.locator(".hw-coins select").first
    opened.after(lambda: coin.select_option(label="SOL"))
    opened.refusal.wait_for()
    assert "Bybit" in opened.refusal.inner_text()
    opened.wait(lambda: coin.evaluate("(s) => s.selectedOptions[0].textContent") == "BTC")
    assert opened.readout("tiles") == before


def test_a_leverage_above_the_tier_gets_a_sentence(opened: ExplorerPage) -> None:
    """125 times on 671,110: no number for isolated and cross, a sentence with what the tier allows."""
    opened.drag("leverage", 1.0)
    opened.still()
    assert "above the 100× that the tier of this size allows" in opened.sentence
    assert opened.readout("tiles")[1][1] == "—"
