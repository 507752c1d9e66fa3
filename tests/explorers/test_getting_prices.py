"""Getting prices from the page, without a browser: the real yfinance, Yahoo on a loopback port, every page."""

import datetime
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hedge_widgets.market import yahoo
from hedge_widgets.market.store import Store
from hedge_widgets.pages.carry.page import CarryExplorer
from hedge_widgets.pages.hedge.page import HedgeSimulator
from hedge_widgets.pages.hedge.start import StartPage
from hedge_widgets.pages.hedge_ratio.page import HedgeRatioLab
from hedge_widgets.pages.margin.page import MarginExplorer
from hedge_widgets.pages.page import Page
from hedge_widgets.pages.portfolio_margin.page import PortfolioMarginExplorer
from hedge_widgets.pages.rebalancing.page import RebalancingExplorer
from tests.market.yahoo_server import UTC, Answer, Yahoo, chart, loopback_session, yahoo_server

PAGES: list[Callable[[], Page]] = [
    StartPage,
    HedgeSimulator,
    HedgeRatioLab,
    MarginExplorer,
    CarryExplorer,
    RebalancingExplorer,
    PortfolioMarginExplorer,
]
N_DAYS = 400
SYMBOLS = ("BTC-USD", "ETH-USD", "SOL-USD", "BNB-USD", "ADA-USD", "LINK-USD", "AVAX-USD", "DOGE-USD")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Yahoo]:
    """Give a Yahoo that has 400 finished days of some coins, and a store that is empty."""
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "store"))
    first = datetime.datetime.now(UTC).date() - datetime.timedelta(days=N_DAYS)
    with yahoo_server() as running, loopback_session(running.port) as session:
        for place, symbol in enumerate(SYMBOLS):
            closes = [100.0 + 50 * place + (7 + place) * (k * (k + place) % 13) for k in range(N_DAYS)]
            running.answers[symbol] = chart(closes, first, symbol=symbol)
        monkeypatch.setattr(yahoo, "session", lambda: session)
        yield running


def opened(page: Page) -> Any:
    """Return the page's card, opened."""
    assert page._prices_from is not None
    page._prices_from.button.click()
    return page._prices_from


def finished(card: Any) -> None:
    deadline = time.monotonic() + 60
    while card.go.disabled and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not card.go.disabled


def got(card: Any, coins: str = "") -> str:
    """Get prices, those of the coins that stand there unless named, and return what is said then."""
    card.coins.value = coins or card.coins.value
    card.go.click()
    finished(card)
    return str(card.said.value)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_uses_what_it_got(page: Callable[[], Page], server: Yahoo) -> None:
    """Coins of its own stand there, what was checked is said, and the page is on the store at once."""
    shown = page()
    card = opened(shown)
    assert {"BTC", "ETH"} <= set(card.coins.value.split(", "))
    said = got(card, ", ".join(SYMBOLS))
    assert f"<td class=hw-number>{N_DAYS}</td>" in said
    assert "name Bitcoin USD; " in said
    assert "left out: nothing; " in said
    assert (card.bar.value, card.bar.max) == (8, 8)
    assert shown.live.said == ""
    assert set(Store().entries) == {("prices", symbol) for symbol in SYMBOLS}
    if isinstance(shown, CarryExplorer):  # its badge is of the funding
        assert shown.controls.numbers["spot_price"].value == Store().read("prices", "BTC-USD")["close"].iloc[-1]
    elif not isinstance(shown, PortfolioMarginExplorer):  # and that one's of the rules
        assert "your store: Yahoo Finance" in shown._badge.value
    again = page()
    if isinstance(shown, HedgeRatioLab | RebalancingExplorer):
        assert list(shown._history.prices.columns) == list(again._history.prices.columns)


def test_the_simulator_takes_the_last_closes(server: Yahoo) -> None:
    """Prices and figures are those of the store, as where the page opens on it."""
    shown = HedgeSimulator()
    got(opened(shown))
    opens = HedgeSimulator()
    assert shown.inputs == opens.inputs
    last = Store().prices().iloc[-1]  # type: ignore[union-attr]
    assert [h.price for h in shown.inputs.portfolio.holdings] == [
        last[h.symbol] for h in shown.inputs.portfolio.holdings
    ]


def test_what_is_missing_is_said(server: Yahoo) -> None:
    """The page needs more coins than were fetched: it stays as it was, and names them."""
    shown = HedgeSimulator()
    before = shown.inputs
    got(opened(shown), "LINK")
    assert "The store has no prices of " in shown.live.said
    assert shown.inputs == before


def test_another_coin_is_taken_only_when_confirmed(server: Yahoo) -> None:
    """A button that says what it takes; nothing is stored before it is pressed."""
    first = datetime.datetime.now(UTC).date() - datetime.timedelta(days=N_DAYS)
    closes = [1.0 + k % 3 for k in range(N_DAYS)]
    server.answers["ARB11841-USD"] = chart(closes, first, symbol="ARB11841-USD", longName="ARbit <b>USD</b>")
    card = opened(MarginExplorer())
    said = got(card, "ARB BTC")
    assert "ARB-USD must be Arbitrum, and Yahoo calls ARB11841-USD &#x27;ARbit &lt;b&gt;USD" in said
    assert set(Store().entries) == {("prices", "BTC-USD")}
    (button,) = card.confirms.children
    assert button.description == "Take Yahoo's ARB11841-USD as my ARB"
    button.click()
    finished(card)
    assert "you confirmed that ARB11841-USD is this coin" in card.said.value
    assert ("prices", "ARB-USD") in Store().entries
    assert card.confirms.children == ()


def test_cancel_stops_it(server: Yahoo) -> None:
    """Not when Yahoo is done, but at once; what was stored before stays."""
    server.answers["ETH-USD"] = Answer(body=server.answers["ETH-USD"].body, seconds=8)
    card = opened(MarginExplorer())
    card.coins.value = "BTC, ETH, SOL"
    card.go.click()
    deadline = time.monotonic() + 30
    while "ETH-USD" not in [symbol for symbol, _ in server.asked] and time.monotonic() < deadline:
        time.sleep(0.01)
    begun = time.monotonic()
    card.cancel.click()
    finished(card)
    assert time.monotonic() - begun < 4
    assert "ETH-USD was not fetched, because you cancelled" in card.said.value
    assert "SOL-USD was not fetched, because you cancelled" in card.said.value
    assert set(Store().entries) == {("prices", "BTC-USD")}
    assert card.cancel.disabled


def test_the_fetch_runs_beside_the_page(server: Yahoo) -> None:
    """While Yahoo thinks, a slider moves and its picture follows."""
    server.answers["BTC-USD"] = Answer(body=server.answers["BTC-USD"].body, seconds=3)
    shown = HedgeSimulator()
    card = opened(shown)
    card.coins.value = "BTC"
    card.go.click()
    shown.controls.sliders["leverage"].value = 5.0
    assert shown.inputs.leverage == 5.0
    assert card.go.disabled
    finished(card)


@pytest.mark.parametrize(
    ("coins", "sentence"),
    [
        (" ", "Type 1 to 30 coins, such as BTC, ETH; these are 0"),
        (", ".join(f"C{k}" for k in range(31)), "Type 1 to 30 coins, such as BTC, ETH; these are 31"),
        ("BTC, <b>", "A symbol must be 1 to 20 letters, digits, dots or dashes, such as BTC-USD, not "),
    ],
)
def test_what_cannot_be_asked_for(coins: str, sentence: str, server: Yahoo) -> None:
    card = opened(MarginExplorer())
    card.coins.value = coins
    card.go.click()
    assert sentence in card.said.value
    assert server.asked == []
    assert not card.go.disabled


def test_a_store_that_cannot_be(server: Yahoo, monkeypatch: pytest.MonkeyPatch) -> None:
    card = opened(MarginExplorer())
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", "relative")
    assert "HEDGE_WIDGETS_STORE must be the absolute path of a folder" in got(card, "BTC")


def test_a_server_for_many_does_not_offer_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDGE_WIDGETS_FETCH", "off")
    shown = MarginExplorer()
    assert shown._prices_from is None
    assert not any("hw-get-prices" in child._dom_classes for child in shown.children)


def test_nothing_is_made_before_it_is_opened(server: Yahoo) -> None:
    """A visitor who never opens it pays for a button; opened again it holds the coins anew."""
    shown = MarginExplorer()
    assert shown._prices_from is not None
    assert not hasattr(shown._prices_from, "coins")
    card = opened(shown)
    card.coins.value = "x"
    card.button.click()
    assert card.place.children == ()
    card.button.click()
    assert "BTC" in card.coins.value
