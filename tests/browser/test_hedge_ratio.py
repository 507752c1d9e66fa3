"""What only the hedge-ratio lab does in a browser: what it hands over arrives, an upload is used, a question asked."""

import io
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.browser.conftest import Server
from tests.browser.explorer_page import Expected, ExplorerPage, agrees, expected, fixtures_of
from tests.browser.pages import HEDGE_RATIO
from tests.browser.simulator import Simulator
from tests.charts.test_hedge_ratio import prices as made_up

if TYPE_CHECKING:
    from playwright.sync_api import Browser

common, opened = fixtures_of(HEDGE_RATIO)


def test_the_ratio_goes_to_the_simulator_by_the_bar(chromium: "Browser", opened: ExplorerPage, app: Server) -> None:
    """The link of the bar opens the simulator at the chosen ratio, correlation and volatilities."""
    opened.drag("ratio", 0.5)
    opened.still()
    link = opened.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Outcome")
    opened.wait(lambda: f'"beta":{str(opened.values["ratio"])[:4]}' in unquote(str(link.get_attribute("href"))))
    picture = expected(HEDGE_RATIO).picture(opened.values)
    simulator = Simulator.open(chromium, f"{app.address}voila/render/{link.get_attribute('href')}")
    simulator.wait(lambda: simulator.values["coverage"] == 100)
    simulator.still()
    values = simulator.values
    assert values["beta"] == pytest.approx(opened.values["ratio"])
    assert values["correlation"] == pytest.approx(picture.correlation[0], rel=1e-9)
    assert values["spot_volatility"] == pytest.approx(100 * picture.spot_volatility[0], rel=1e-9)
    assert simulator.page.locator(".hw-table input").first.input_value() == "BTC"  # of the five
    assert simulator.faults == []
    simulator.close()


@pytest.mark.parametrize(
    "state", ["%", "7", "null", "%7B%22coin%22%3A%22%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%22%7D", "x" * 5000]
)
def test_a_hostile_address_gets_a_sentence(chromium: "Browser", app: Server, state: str) -> None:
    """What is no state of ours is refused in the banner, and the page is as without it."""
    page = Simulator.open(chromium, f"{app.address}voila/render/01_hedge_simulator.ipynb#1={state}")
    page.banner.wait_for()
    assert "address" in page.banner.inner_text()
    assert page.values["coverage"] == 75
    assert page.page.evaluate("window.__alerts") == []
    assert page.faults == []
    page.close()


def test_the_question_catches_the_inversion(opened: ExplorerPage) -> None:
    """By keyboard: the right answer is 100 dollars times the slope; the inverted one gets its reason."""
    picture = expected(HEDGE_RATIO).picture(opened.values)
    h, squared = picture.estimated[0], picture.correlation[0] ** 2
    radios = opened.page.locator(".hw-answers input[type=radio]")
    amounts = sorted((100 * h, 100 * h / squared, 100 * squared / h, 100 * picture.correlation[0]))
    for place, amount in enumerate(amounts):
        radios.nth(place).focus()
        opened.page.keyboard.press("Space")
        said = "Yes" if amount == 100 * h else "No"
        opened.page.locator(".hw-quiz [role=status]", has_text=said).wait_for()
        if amount == 100 * h / squared:
            assert "correlation squared" in opened.page.locator(".hw-quiz [role=status]").inner_text()


def test_the_coin_of_an_upload_is_asked_for(chromium: "Browser", app: Server) -> None:
    """One coin's candles in a file whose name says nothing: the coin is typed, and the page says what was read."""
    days = [f"2024-{month:02}-{day:02}" for month in range(1, 7) for day in range(1, 29)]
    lines = [f"{day},1,3,0.5,{2 + (k % 7) / 10}" for k, day in enumerate(days)]
    page = HEDGE_RATIO.open(chromium, app)
    coin = page.page.get_by_label("Which coin is it?")
    assert not coin.is_visible()
    page.upload("mine.csv", "\n".join(["Date,Open,High,Low,Close", *lines]).encode())
    page.wait(lambda: "holds the prices of one coin" in page.complaints)
    coin.fill("sol")
    page.after(lambda: coin.press("Enter"))
    page.wait(lambda: "mine.csv" in page.badge)
    assert "Read as one coin, SOL, close; commas" in page.page.locator(".hw-coins").inner_text()
    page.wait(lambda: not coin.is_visible())
    assert page.faults == []
    page.close()


def test_an_upload_replaces_the_sample(chromium: "Browser", app: Server) -> None:
    """A file of the user's: its coins are offered, the badge names it, nothing says simulated any more."""
    import pandas as pd

    spot, hedge = made_up()
    index = pd.date_range("2023-01-01", periods=len(spot), name="date")
    frame = pd.DataFrame({"BTC": hedge, "XYZ": spot}, index=index).round(6)
    page = HEDGE_RATIO.open(chromium, app)
    page.upload("broken.csv", b"date,BTC\n2024-01-01,abc\n")
    page.wait(lambda: "expected a price, not 'abc'" in page.complaints)
    assert page.badge == "simulated sample"
    page.after(lambda: page.upload("mine.csv", frame.to_csv().encode()))
    page.wait(lambda: "mine.csv" in page.badge)
    page.still()
    prices = pd.read_csv(io.BytesIO(frame.to_csv().encode()), index_col="date", parse_dates=True)
    agrees(page, Expected(HEDGE_RATIO, prices=prices))
    assert "XYZ" in page.sentence
    assert page.page.locator(".annotation", has_text="simulated").count() == 0
    assert page.faults == []
    page.close()
