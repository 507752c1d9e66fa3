"""What every page does for a hand at boxes and names, tried on one: typed numbers, figures that explain themselves."""

import pytest
from playwright.sync_api import Locator

from tests.browser.explorer_page import ExplorerPage, fixtures_of
from tests.browser.pages import MARGIN

common, opened = fixtures_of(MARGIN)


def box(page: ExplorerPage, slider: str) -> Locator:
    """Return the number box of a slider."""
    return page.page.locator(f".hw-slider-{slider} .widget-readout")


def typed(page: ExplorerPage, slider: str, text: str) -> None:
    """Type into a slider's box, press Enter, and leave it."""
    box(page, slider).fill(text)
    box(page, slider).press("Enter")
    page.page.locator("h1").click()
    page.rest()


@pytest.mark.parametrize(
    ("slider", "text", "value", "shown"),
    [
        ("spike", "35.5", 35.5, "35.5"),  # between two steps
        ("spike", "999", 150.0, "150"),  # beyond the slider's end
        ("leverage", "7", 7.5, "7.5×"),  # the nearest of the few positions
        ("leverage", "1,000", 150.0, "150×"),
        ("days", "12.2", 14.0, "14"),
    ],
)
def test_a_box_keeps_what_is_typed(opened: ExplorerPage, slider: str, text: str, value: float, shown: str) -> None:
    """The number is the slider's, also after the box is left, and undo takes it back."""
    before = opened.values
    typed(opened, slider, text)
    assert opened.values == {**before, slider: value}
    assert box(opened, slider).inner_text() == shown
    opened.undo()
    assert opened.values == before


def test_a_word_in_a_box_changes_nothing(opened: ExplorerPage) -> None:
    """Neither in a ladder's box nor with the escape key."""
    before = opened.values
    typed(opened, "leverage", "much")
    assert box(opened, "leverage").inner_text() == "4×"
    box(opened, "leverage").fill("9")
    box(opened, "leverage").press("Escape")
    assert box(opened, "leverage").inner_text() == "4×"
    assert opened.values == before
    assert opened.faults == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_explains_itself(opened: ExplorerPage, width: int) -> None:
    """Its name opens what it means, by finger or key; nothing moves, it lies in the window, and Escape closes it."""
    with opened.sized(width):
        name = opened.page.locator(".hw-readout-tiles button.hw-label").first
        name.scroll_into_view_if_needed()
        tiles = opened.page.locator(".hw-readout-tiles").bounding_box()
        for act in (name.click, lambda: name.press("Enter")):
            act()
            tip = opened.page.locator(".hw-tip:popover-open")
            assert tip.inner_text() == name.get_attribute("title")
            place = tip.bounding_box()
            assert place is not None
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= width
            assert opened.page.locator(".hw-readout-tiles").bounding_box() == tiles
            opened.page.keyboard.press("Escape")
            assert tip.count() == 0
