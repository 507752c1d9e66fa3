"""What only the rebalancing page does in a browser: it computes visibly, and says what is no risk."""

from tests.browser.explorer_page import Expected, ExplorerPage, agrees, fixtures_of
from tests.browser.pages import REBALANCING

common, opened = fixtures_of(REBALANCING)

# Every state that the badge and the page's dimming went through.
WATCH_BUSY = """() => { window.__busy = []; const root = document.querySelector(".hw-rebalancing");
  new MutationObserver(() => window.__busy.push([!!document.querySelector(".hw-busy"),
    root.classList.contains("hw-is-computing")]))
    .observe(root, { subtree: true, childList: true, attributes: true }); }"""


def test_it_computes_visibly(opened: ExplorerPage) -> None:
    """1,000 paths: the badge and the dimmed charts are seen while it computes, and gone when it has."""
    opened.page.evaluate(WATCH_BUSY)
    opened.choose("Simulated: number of paths", "1,000")
    assert [True, True] in opened.page.evaluate("window.__busy")
    opened.wait(lambda: opened.page.locator(".hw-busy").count() == 0)
    assert opened.page.locator(".hw-is-computing").count() == 0
    agrees(opened, Expected(REBALANCING).choose(n_paths=1_000))


def test_a_hedge_that_stands_still_is_a_sentence(opened: ExplorerPage) -> None:
    """A volatility of 0 is no refusal: the sentence says that its drift is no risk."""
    opened.after(lambda: opened.fill("The hedge's volatility, % per year", "0"))
    assert "its drift is no risk" in opened.sentence
    assert opened.banner.count() == 0
    assert opened.faults == []
