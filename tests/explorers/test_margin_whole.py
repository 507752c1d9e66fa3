"""The margin page's card of the whole wallet: it agrees with the page, with the model, and drops nothing silently."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets import Book, Hedge, MarginExplorer, Plan, Portfolio, contract
from hedge_widgets.model.book import Future
from hedge_widgets.model.futures import Futures
from hedge_widgets.model.margin import Account, Position, liquidation_moves
from hedge_widgets.pages.margin.examples import examples
from hedge_widgets.pages.margin.whole import Whole, sentence, whole_of
from hedge_widgets.style import formatted

COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
BTC = contract("Binance USD-M BTCUSDT")
HOLDER = Plan(book=Book(holdings=COINS, hedge=Hedge(contract=BTC), cash=3_000.0, days=7.0))
ETH = Future(contract=contract("Binance USD-M ETHUSDT"), contracts=-1.0, entry_price=3_100.0, leverage=10.0)
SOL = Future(contract=contract("Binance USD-M SOLUSDT"), contracts=5.0)


@pytest.fixture(scope="module")
def page() -> MarginExplorer:
    """Give a page that the tests of this module share."""
    return MarginExplorer()


def of(page: MarginExplorer, *futures: Future, **changes: Any) -> Whole:
    """Show a holder's book with other futures, and return its whole wallet."""
    plan = HOLDER.changed(**changes)
    page.plan = replace(plan, book=replace(plan.book, futures=futures))
    return shown(page)


def shown(page: MarginExplorer) -> Whole:
    """Return the whole wallet of what a page shows."""
    picture = page.live.picture()
    posted = float(picture.collateral[0]) / page._setting.unit_price
    return whole_of(page._setting, posted, float(picture.values["volatility"][0]), page._futures)


def text(page: MarginExplorer) -> str:
    """Return the card's words."""
    return re.sub(r"<[^>]+>", " ", page._whole.value)


@given(st.floats(0.0, 20_000.0), st.sampled_from(["isolated", "cross"]), st.sampled_from([2.0, 3.0, 10.0]))
@settings(max_examples=25)
def test_without_other_futures_it_is_the_cross_margin_of_the_page(cash: float, mode: str, leverage: float) -> None:
    """Hedge and cash: the same wallet, and the same move as the tile and the chart have."""
    page = _PAGE
    whole = of(page, cash=cash, margin_mode=mode, leverage=leverage)
    picture = page.outcome
    assert whole.outcome.together[1] == pytest.approx(float(picture.cross_rise[0]), rel=1e-9)
    assert whole.outcome.alone["BTC"] == whole.outcome.together
    assert whole.outcome.isolated[0] == pytest.approx(float(picture.isolated_price[0]), rel=1e-9)
    assert whole.outcome.account.wallet == pytest.approx(max(cash, float(picture.collateral[0])))


_PAGE = MarginExplorer()


@pytest.mark.parametrize("place", range(len(examples())), ids=[example["title"] for example in examples()])
def test_every_example_has_the_wallet_that_its_tile_has(place: int) -> None:
    """The other position of a wallet counts too, and coin margin is an account in coins."""
    _PAGE._example.value = place
    picture, whole = _PAGE.outcome, shown(_PAGE)
    for found, wanted in zip(whole.outcome.together, (picture.cross_fall, picture.cross_rise), strict=True):
        assert (float("nan") if found is None else found) == pytest.approx(float(wanted[0]), rel=1e-9, nan_ok=True)


def test_the_account_is_cash_and_what_is_posted_and_all_positions(page: MarginExplorer) -> None:
    """By hand: $3,000 and the $310 of an ETH short at 10x from 3,100; both shorts, marked at today's prices."""
    whole = of(page, ETH)
    eth = page._futures.inputs[0]
    assert whole.required == pytest.approx(1_560.0)  # 0.052 BTC at 90,000 and 3x
    assert whole.outcome.account.wallet == pytest.approx(3_310.0)
    today = float(eth.hedge_price)
    assert whole.outcome.state.equity == pytest.approx(3_310.0 + 3_100.0 - today)
    positions = [
        Position(
            coin="BTC", kind="linear", side=-1.0, quantity=0.052, entry_price=9e4, mark_price=9e4, tiers=BTC.tiers
        ),
        Position(
            coin="ETH",
            kind="linear",
            side=-1.0,
            quantity=1.0,
            entry_price=3_100.0,
            mark_price=today,
            tiers=ETH.contract.tiers,
        ),
    ]
    beta = page._futures.correlations[0][1] * eth.hedge_volatility / page.outcome.values["volatility"][0]
    account = Account(positions=tuple(positions), wallet=3_310.0)
    wanted = liquidation_moves(account, {"BTC": 1.0, "ETH": float(beta)})
    assert whole.outcome.together == (None, pytest.approx(wanted[1]))
    assert whole.outcome.alone["ETH"] == (None, pytest.approx(liquidation_moves(account, {"ETH": 1.0})[1]))
    said = sentence(whole)
    rise = formatted(wanted[1], "percent")
    assert said.startswith(
        f"In one account with cross margin and $3,310, everything is liquidated if BTC rises {rise} and the other coins"
    )
    assert "isolated margin, the ETH short is liquidated first, at $3,396.41" in said
    assert said.replace("\xa0", " ") in text(page).replace("\xa0", " ")


def test_the_order_of_the_futures_does_not_matter(page: MarginExplorer) -> None:
    """The same account, whichever future comes first."""
    one, other = of(page, ETH, SOL), of(page, SOL, ETH)
    assert one.outcome.together[1] == pytest.approx(other.outcome.together[1], rel=1e-9)
    assert one.outcome.state.equity == pytest.approx(other.outcome.state.equity)
    assert sentence(one) == sentence(other)


def test_what_cannot_share_the_account_is_named(page: MarginExplorer) -> None:
    """Coin margin, another venue, too much leverage: each with its reason, in the table, and not in the account."""
    coin = Future(contract=contract("Binance COIN-M BTCUSD_PERP"), contracts=-2.0)
    away = Future(contract=contract("Hyperliquid BTC"), contracts=-0.01)
    refused = replace(SOL, leverage=150.0)
    whole = of(page, coin, away, refused)
    assert len(whole.inside) == 1
    assert whole.outcome.together[1] == pytest.approx(float(page.outcome.cross_rise[0]))
    assert (
        "Not in this account: Binance COIN-M BTCUSD_PERP (its margin is BTC), Hyperliquid BTC (at another venue) and "
        "Binance USD-M SOLUSDT (refused by the venue)."
    ) in text(page)
    assert text(page).count("not in this account") == 2
    assert "Your other futures count in the sentence above and in the card" in page._claim.value


def test_what_the_cash_does_not_cover_is_said(page: MarginExplorer) -> None:
    """Not said, too little, or dollars beside coin margin: one sentence each, and none where it is enough."""
    of(page, cash=0.0)
    assert "You have not said how much cash you have" in text(page)
    of(page, SOL, cash=600.0)
    assert "to open, and you have $600: the account is shown with" in text(page)
    of(page, contract=contract("Binance COIN-M BTCUSD_PERP"))
    assert "The margin is BTC: cash in dollars does not count" in text(page)
    of(page)
    assert "cash" not in text(page).split("At 100 %")[1]


def test_a_refused_position_has_no_account(page: MarginExplorer) -> None:
    """The card says so, and no figure."""
    of(page)
    page.controls.numbers["position_value"].value = 2.0
    assert "There is no such position" in text(page)


def test_an_account_that_is_lost_already_says_so(page: MarginExplorer) -> None:
    """A short opened far lower: its loss is more than the wallet has."""
    whole = of(page, replace(ETH, entry_price=100.0, contracts=-3.0))
    assert whole.outcome.state.is_liquidated
    assert "is liquidated at once: the maintenance margin is" in sentence(whole)


def test_a_page_without_a_book_has_no_other_futures() -> None:
    """Another example leaves the book's futures out."""
    of(_PAGE, ETH)
    _PAGE._example.value = 0
    assert _PAGE._futures == Futures()
    assert "ETH" not in text(_PAGE)
