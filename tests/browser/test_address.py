"""The address is the memory: a reload, the way back and a fresh browser find what was on the page."""

from typing import TYPE_CHECKING

from tests.browser.simulator import Simulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Server


def test_reload_back_and_a_copied_link_keep_the_page(chromium: "Browser", app: "Server") -> None:
    """Coins, cash and sliders are there again each time; an untouched page has no address, a later version is named."""
    address = f"{app.address}voila/render/01_hedge_simulator.ipynb"
    page = Simulator.open(chromium, address)
    assert "#" not in page.page.url
    cells = page.page.locator(".hw-table input")
    page.type_into(cells.nth(0), "SOL")
    page.type_into(cells.nth(1), "25")
    cash = page.page.get_by_label("Cash on the exchange")
    page.type_into(cash, "60")
    page.drag("move", 0.2)
    page.still()
    page.wait(lambda: "SOL" in page.page.url and '"move"' in page.page.evaluate("decodeURIComponent(location.hash)"))
    values, sentence, link = page.values, page.sentence, page.page.url
    assert "and you have $60:" in sentence
    assert len(link) - len(address) < 2_000

    def same(other: Simulator) -> None:
        other.wait(lambda: other.values == values and other.sentence == sentence)
        assert other.page.locator(".hw-table input").nth(0).input_value() == "SOL"
        assert other.page.url == link

    page.page.reload()
    page.ready()
    same(page)
    page.page.goto(f"{app.address}voila/render/03_margin.ipynb")
    page.page.go_back()
    page.ready()
    same(page)
    page.page.evaluate("location.hash = '#2=%7B%7D'")
    page.wait(lambda: "version 2" in page.banner.inner_text())
    page.close()
    fresh = Simulator.open(chromium, link, color_scheme="light")  # somebody else's browser
    same(fresh)
    assert fresh.faults == []
    fresh.close()
