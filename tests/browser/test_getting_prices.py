"""Prices from the page in a real browser: opened, fetched with progress, a coin confirmed, cancelled, and used."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.conftest import ROOT, started
from tests.browser.simulator import Simulator
from tests.market.yahoo_server import UTC, Answer, chart, yahoo_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

N_DAYS = 400
CELLS = """
from hedge_widgets import HedgeSimulator
from hedge_widgets.market import yahoo
from tests.market.yahoo_server import loopback_session
yahoo.session = lambda: loopback_session({port})
HedgeSimulator()
"""


def notebook(folder: Path, port: int) -> None:
    """Write a notebook whose page asks a port of this machine instead of Yahoo."""
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cell["source"] = CELLS.format(port=port)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    document = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "00_start.ipynb").write_text(json.dumps(document))


def test_prices_are_got_from_the_page(chromium: "Browser", tmp_path: Path) -> None:
    first = datetime.datetime.now(UTC).date() - datetime.timedelta(days=N_DAYS)
    closes = [100.0 + k * (k + 1) % 13 for k in range(N_DAYS)]
    with yahoo_server() as yahoo:
        for symbol in ("BTC-USD", "ETH-USD", "SOL-USD", "ADA-USD", "AVAX-USD", "LINK-USD", "DOGE-USD", "BNB-USD"):
            yahoo.answers[symbol] = chart(closes, first, symbol=symbol)
        yahoo.answers["ARB11841-USD"] = chart(closes, first, symbol="ARB11841-USD", longName="ARbit USD")
        notebook(tmp_path, yahoo.port)
        server = started(
            ["app", "--port", "0", "--no-browser", "--notebooks", str(tmp_path)],
            "is ready at",
            HEDGE_WIDGETS_STORE=str(tmp_path / "store"),
            PYTHONPATH=str(ROOT),
        )
        try:
            shown = Simulator.open(chromium, server.address)
            page = shown.page
            button = page.get_by_role("button", name="Get prices …")
            assert button.count() == 1
            button.click()
            card = page.locator(".hw-get-prices")
            coins = card.get_by_label("coins")
            shown.wait(lambda: "BTC" in coins.input_value())
            coins.fill(f"{coins.input_value()}, ARB")
            coins.press("Tab")
            card.get_by_role("button", name="Get prices").click()
            shown.wait(lambda: "ARB-USD must be Arbitrum" in card.inner_text())
            assert "name Bitcoin USD" in card.inner_text()
            shown.wait(lambda: "your store: Yahoo Finance" in page.locator(".hw-badge").inner_text())
            card.get_by_role("button", name="Take Yahoo's ARB11841-USD as my ARB").click()
            shown.wait(lambda: "you confirmed that ARB11841-USD is this coin" in card.inner_text())
            yahoo.answers["XRP-USD"] = Answer(body=chart(closes, first, symbol="XRP-USD").body, seconds=20)
            coins.fill("BTC XRP")
            coins.press("Tab")
            card.get_by_role("button", name="Get prices").click()
            shown.wait(lambda: "XRP-USD" in [symbol for symbol, _ in yahoo.asked])
            card.get_by_role("button", name="Cancel").click()
            shown.wait(lambda: "XRP-USD was not fetched, because you cancelled" in card.inner_text(), 5)
            page.set_viewport_size({"width": 390, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert shown.faults == []
            shown.close()
        finally:
            server.stop()
