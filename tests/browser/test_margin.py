"""What only the margin page does in a browser: past events are replayed, what cannot be opened is a sentence."""

import pytest

from tests.browser.explorer_page import ExplorerPage, agrees, expected, fixtures_of
from tests.browser.pages import MARGIN

common, opened = fixtures_of(MARGIN)


def test_a_replay_is_named_in_the_chart(opened: ExplorerPage) -> None:
    """The event's path, the stamp with its days; a hand on the path makes it a drawn one again."""
    opened.choose("replay", "10 Oct 2025: Tariff shock / record ADL")
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
    opened.after(lambda: opened.fill("margin posted, $ (0: initial margin)", "100"))
    assert "requires an initial margin of $2,500 at 4×; $100 is less" in opened.sentence
    opened.after(lambda: opened.fill("margin posted, $ (0: initial margin)", "0"))
    opened.after(lambda: opened.fill("position, $", "2"))
    assert "below the smallest order of Binance USD-M SOLUSDT" in opened.sentence
    opened.after(lambda: opened.fill("position, $", "10000"))
    opened.dropdown("another position in the wallet").select_option(label="Binance COIN-M BTCUSD_PERP")
    opened.refusal.wait_for()
    assert "an inverse contract settles in its coin, not dollars and BTC" in opened.refusal.inner_text()
    opened.still()
    agrees(opened, expected(MARGIN))
    assert opened.faults == []
