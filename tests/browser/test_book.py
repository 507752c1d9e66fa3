"""A holder types a book once on the start page and takes it through all pages by the bar."""

import re
import time
from typing import TYPE_CHECKING

from hedge_widgets import Book, Hedge, Plan, Portfolio, contract
from hedge_widgets.pages.book import outcome_words
from hedge_widgets.widgets.ages import contract_and_age
from tests.browser.simulator import READY_MS, Simulator, plain

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

    from tests.browser.conftest import Server

LIST = "5 SOL, 800 ADA, 40 LINK, 0.02 BTC"
PASTE = """(text) => { const data = new DataTransfer(); data.setData("text", text);
  document.querySelector(".hw-table input").dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }"""
COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
SHORT = Hedge(contract=contract("Binance USD-M BTCUSDT"))
BOOK = Book(holdings=COINS, hedge=SHORT, cash=600.0, days=7.0, move=-0.2)
PAGES = ("Outcome", "How much", "Will it survive", "What it costs", "When to adjust", "Plan", "Account types")


class StartPage(Simulator):
    """The start page: one chart, and the sliders of the simulator."""

    charts = ("outcome",)


def claim(page: Simulator) -> str:
    """Return what the first card says of the book."""
    return plain(page.page.locator(".hw-story .hw-claim").inner_text()).replace("\u2060", "")


def says(page: Simulator, words: str) -> None:
    """Wait until the first card says this of the book; what it says instead is named."""
    end = time.monotonic() + 10
    while claim(page) != words and time.monotonic() < end:
        page.page.wait_for_timeout(50)
    assert claim(page) == words


def behind_a_row(page: Simulator) -> None:
    """A row of the checklist leads to the page behind it, with the book."""
    link = page.page.locator(".hw-checks").get_by_role("link", name="Will it survive").first
    link.focus()
    assert re.search(r"03_margin\.ipynb#1=.*ADA", str(link.get_attribute("href")))


def ticket(page: Simulator) -> None:
    """Three fields and one click from /: the $600 limit the order; the reminder is saved, the text has its link."""
    shown = page.page.locator(".hw-ticket-text")
    page.wait(lambda: "0.019 BTC, $1,710" in plain(shown.inner_text()))
    assert "$570, isolated, 3×, in your futures account at Binance USD-M; keep $29.14" in plain(shown.inner_text())
    with page.page.expect_download() as saved:
        page.page.get_by_role("button", name="Save a reminder (.ics)").click()
    assert saved.value.path().read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    page.page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.page.get_by_role("button", name="Copy as text").click()
    page.wait(lambda: "This plan again: " in page.page.evaluate("window.copied ?? ''"))
    assert page.page.evaluate("window.copied").strip().endswith(page.page.url)


def slowly(route: "Route") -> None:
    """Let a request wait."""
    time.sleep(5)
    route.continue_()


def test_a_holder_takes_one_book_through_all_pages(chromium: "Browser", app: "Server") -> None:
    """Three fields from / to the order; the same sentence on every page, after a reload, on the way back, afresh."""
    start = StartPage.open(chromium, app.address)
    page = start.page
    assert page.url.endswith("/00_start.ipynb")
    page.evaluate(PASTE, LIST)
    start.wait(lambda: page.locator(".hw-table tbody tr").count() == 4)
    start.type_into(page.get_by_label("Cash on the exchange"), "600")
    start.type_into(page.locator(".hw-slider-days .widget-readout"), "7")
    words = plain(outcome_words(Plan(book=BOOK))).replace("\u2060", "")
    says(start, words)
    assert start.sentence.startswith("Short 0.052 BTC ($4,680) in Binance USD-M BTCUSDT at 3×")
    assert "you have $600: enough for a coverage of" in start.sentence
    door = page.get_by_role("navigation", name="What to look at next").get_by_role("link", name="Will it survive")
    assert '"coins"' in page.evaluate("decodeURIComponent(document.querySelector('.hw-doors a').hash)")
    assert "03_margin.ipynb#1=" in str(door.get_attribute("href"))
    bar = page.get_by_role("navigation", name="Pages")
    # A busy server is long in answering; the page that is left has no kernel by then, and must not start one.
    page.route("**/01_hedge_simulator.ipynb", slowly, times=1)
    for label in PAGES:
        bar.get_by_role("link", name=label).click()
        page.locator(".hw-pages a[aria-current]", has_text=label).wait_for(timeout=READY_MS)
        page.locator(".hw-plot .main-svg").first.wait_for(timeout=READY_MS)
        says(start, words)
        start.wait(lambda: bar.inner_text().split("\n").count("$4,230 in 4 coins, 1 short, $600 cash") == 1)
        if label == "Plan":
            ticket(start)
            behind_a_row(start)
    link = page.url
    page.reload()
    page.locator(".hw-plot .main-svg").first.wait_for(timeout=READY_MS)
    says(start, words)
    page.go_back()
    page.locator(".hw-pages a[aria-current]", has_text=PAGES[-2]).wait_for(timeout=READY_MS)
    says(start, words)

    def walk(label: str) -> None:
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=label).click()
        page.locator(".hw-pages a[aria-current]", has_text=label).wait_for(timeout=READY_MS)
        page.locator(".hw-plot .main-svg").first.wait_for(timeout=READY_MS)
        says(start, words)

    walk("Will it survive")
    start.type_into(page.locator(".hw-slider-stop .widget-readout"), "10")
    start.wait(lambda: '"stop":10' in page.evaluate("decodeURIComponent(location.hash)"))
    walk("What it costs")
    walk("Will it survive")
    start.wait(lambda: start.values["stop"] == 10)
    assert start.faults == []
    start.close()
    fresh = Simulator(chromium.new_context(viewport={"width": 390, "height": 844}).new_page())
    fresh.page.goto(link)
    fresh.page.locator(".hw-plot .main-svg").first.wait_for(timeout=READY_MS)
    says(fresh, words)
    assert fresh.page.evaluate("document.documentElement.scrollWidth") <= 390
    fresh.close()


def hand_over(page: Simulator, label: str) -> str:
    """Follow the bar's link at once, however far the kernel is; return what the next page's bar takes on."""
    page.page.locator(".hw-pages a", has_text=label).click()
    page.page.locator(".hw-pages a[aria-current]", has_text=label).wait_for(timeout=READY_MS)
    page.page.locator(".hw-plot .main-svg").first.wait_for(timeout=READY_MS)
    # Until the kernel has taken the address, the bar of a page that opens with a book of its own has that.
    page.wait(lambda: "in 4 coins" in page.page.locator(".hw-pages-words").inner_text())
    return str(page.page.evaluate("decodeURIComponent(document.querySelector('.hw-pages a:not([aria-current])').hash)"))


def test_what_a_hand_did_just_before_it_left_travels_too(chromium: "Browser", app: "Server") -> None:
    """A number typed, a choice and a key are in the book of the next page, though the link is followed at once."""
    page = StartPage.open(chromium, app.address)
    page.page.evaluate(PASTE, LIST)
    page.wait(lambda: page.page.locator(".hw-table tbody tr").count() == 4)
    page.page.get_by_label("Cash on the exchange").fill("600")
    assert '"scenario":[600.0,' in hand_over(page, "Will it survive")
    page.page.locator(".hw-slider-leverage .widget-readout").fill("4")
    assert ',4.0,"isolated"' in hand_over(page, "Outcome")
    named = page.page.get_by_text("Contract", exact=True)
    page.page.locator(".widget-dropdown").filter(has=named).locator("select").select_option(index=1)
    assert '"hedges":[["Binance USD-M ETHUSDT"' in hand_over(page, "Will it survive")
    page.handle("leverage").press("ArrowRight")
    assert ',5.0,"isolated"' in hand_over(page, "Outcome")
    # A stock slider that is drawn sends back, rounded, what the page opened with: late, it would undo the book's.
    assert '"own":{}' in hand_over(page, "Will it survive")
    hand_over(page, "Outcome")
    page.handle("coverage").press("ArrowRight")
    page.page.evaluate("""() => { navigator.clipboard.write = async ([item]) => {
      window.copied = await (await item.getType("text/plain")).text(); }; }""")
    page.page.get_by_role("button", name="Copy link").click()
    page.wait(lambda: "coverage%22:76" in page.page.evaluate("window.copied ?? ''"))
    assert page.faults == []
    page.close()


def test_a_dropped_file_is_read_and_a_wrong_list_named(chromium: "Browser", app: "Server") -> None:
    """The rows of a CSV file take the place of the table; what is no list is refused under it."""
    start = StartPage.open(chromium, app.address)
    page = start.page
    page.evaluate(PASTE, "what I hold is a secret")
    start.wait(lambda: "must be coins with their quantities" in page.locator(".hw-complaint").first.inner_text())
    assert page.locator(".hw-table tbody tr").count() == 6
    page.evaluate(
        """(text) => { const data = new DataTransfer();
      data.items.add(new File([text], "coins.csv", { type: "text/csv" }));
      document.querySelector(".hw-table").dispatchEvent(
        new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })); }""",
        "symbol,quantity\nSOL,7\n",
    )
    start.wait(lambda: page.locator(".hw-table input").first.input_value() == "SOL")
    start.wait(lambda: page.locator(".hw-table tbody tr").count() == 1)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    assert saved.value.path().read_text() == "symbol,quantity,price\nSOL,7,190\n"
    start.close()


def test_an_open_future_is_typed_and_counted(chromium: "Browser", app: "Server") -> None:
    """A short of ETH typed into the table: in sentence and row, on the next page, and back; a wrong cell is said."""
    page = Simulator.open(chromium, app.simulator)
    card = page.page.locator(".hw-futures")
    card.get_by_role("button", name="+ Add a future").click()
    card.get_by_label("Contract, row 1").select_option("Binance USD-M ETHUSDT")
    page.type_into(card.get_by_label("contracts, row 1"), "-0.3")
    page.type_into(card.get_by_label("Entry price, $, row 1"), "3300")
    page.type_into(card.get_by_label("opened on, row 1"), "2026-11-02")
    ether = contract_and_age(contract("Binance USD-M ETHUSDT"))
    page.wait(lambda: f"{ether}, opened at $3,300" in card.inner_text())
    assert "Your other futures gain $" in page.sentence
    page.type_into(card.get_by_label("Leverage, row 1"), "0")
    page.wait(lambda: "row 1: " in card.locator(".hw-complaint").inner_text().lower())
    assert card.get_by_label("Leverage, row 1").get_attribute("aria-invalid") == "true"
    page.type_into(card.get_by_label("Leverage, row 1"), "3")
    page.wait(lambda: not card.locator(".hw-complaint").inner_text())
    bar = page.page.get_by_role("navigation", name="Pages")
    page.wait(lambda: "1 more future" in bar.inner_text())
    assert bar.evaluate("(bar) => bar.scrollWidth - bar.clientWidth") == 0  # no button leaves a window of 1280
    bar.get_by_role("link", name="What it costs").click()
    page.page.locator(".hw-pages a[aria-current]", has_text="What it costs").wait_for(timeout=READY_MS)
    page.wait(lambda: "your other future gains $" in claim(page))
    page.page.go_back()
    page.page.locator(".hw-pages a[aria-current]", has_text="Outcome").wait_for(timeout=READY_MS)
    page.wait(lambda: card.get_by_label("contracts, row 1").input_value() == "-0.3")
    assert page.faults == []
    page.close()
