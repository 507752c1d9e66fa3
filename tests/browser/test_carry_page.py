"""What only the carry page does in a browser: it refuses a regime that never was, and its order book is typed."""

from tests.browser.explorer_page import ExplorerPage, agrees, expected, fixtures_of
from tests.browser.pages import CARRY

common, opened = fixtures_of(CARRY)


def test_a_regime_that_never_was_is_a_sentence(opened: ExplorerPage) -> None:
    """Bitcoin's history has no such days: words beside the choice, and nothing lost."""
    opened.dropdown("Opened when funding was").select_option(label="low-cap squeeze: −0.5\u00a0% per 8 h or below")
    opened.wait(lambda: "must have at least 10 days" in opened.refusal.inner_text())
    opened.still()
    agrees(opened, expected(CARRY))
    assert opened.faults == []


def test_the_book_is_typed_and_emptied(opened: ExplorerPage) -> None:
    """Level after level of bids is taken away: at the end the sentence says that nothing can be filled."""
    page = opened.page
    page.locator(".hw-depth details summary").click()
    for row in range(6):
        cell = page.locator(".hw-depth details tbody tr").nth(row).locator("input").nth(1)
        cell.fill("0")
        opened.after(lambda cell=cell: cell.press("Tab"))
    assert "has no bids: nothing can be filled" in page.locator(".hw-readout-book").inner_text()
    assert page.locator(".hw-readout-tiles .hw-danger").count() == 1
    opened.drag("volatility", 0.0)
    opened.wait(lambda: "The six ways cannot be compared" in page.locator(".hw-six").inner_text())
    page.locator(".hw-depth details summary").click()
    assert opened.faults == []
