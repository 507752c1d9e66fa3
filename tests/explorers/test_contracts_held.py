"""Every contract that ships, chosen on the simulator and walked through the pages by the book and the address."""

import functools
from collections.abc import Callable

import pytest

from hedge_widgets import (
    CarryExplorer,
    HedgePlanner,
    HedgeSimulator,
    MarginExplorer,
    Plan,
    PortfolioMarginExplorer,
    RebalancingExplorer,
)
from hedge_widgets.market.facts import contracts
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.page import Page
from hedge_widgets.style import formatted

LABELS = [label for label, spec in contracts().items() if spec.venue != "Example"]
PAGES: tuple[Callable[[], Page], ...] = (
    MarginExplorer,
    PortfolioMarginExplorer,
    CarryExplorer,
    RebalancingExplorer,
    HedgePlanner,
)
# What a page may say instead of showing a book: it has no rules for the coin, or no order of the size is possible.
SAID = ("this page has no rules for", "your book has none that can be opened", "perpetuals with dollars as margin")


@functools.cache
def made(kind: Callable[[], Page]) -> Page:
    """Return the one page of a kind."""
    return kind()


def chosen(label: str) -> Plan:
    """Return the book of the simulator with a contract chosen there."""
    page = made(HedgeSimulator)
    page.state = ""
    page.controls.choices["contract"].value = label
    assert page.live.said == ""
    plan = page.plan
    assert plan is not None
    assert plan.contract.label == label
    return plan


@pytest.mark.parametrize("label", LABELS)
def test_every_contract_works_on_every_page(label: str) -> None:
    """Chosen on 01 and walked: each page takes it, or says in a sentence why not; its address brings the same back."""
    plan = chosen(label)
    for kind in PAGES:
        page = made(kind)
        refusal = ""
        try:
            page.plan = plan
        except InputError as error:
            refusal = str(error)
        if refusal:
            assert any(part in refusal for part in SAID)
            continue
        assert page.live.said == ""
        assert page.plan is not None
        assert page.plan.book == plan.book
        state = page.state
        page.state = ""
        page.state = state
        assert page.live.said == ""
        assert page.plan is not None
        assert page.plan.book == plan.book
        page.live.picture()


@pytest.mark.parametrize("label", [label for label in LABELS if contracts()[label].is_dated])
def test_a_dated_future_pays_no_funding_and_says_so(label: str) -> None:
    """30 days at 0.03 % a day bring nothing, and the pages say that it has to be rolled."""
    plan = chosen(label).changed(value=2e6, leverage=2.0)
    outcome = plan.outcome()
    assert outcome.funding_pnl == 0
    assert outcome.net_pnl == pytest.approx(
        outcome.spot_pnl + outcome.hedge_pnl - outcome.fees - outcome.slippage, abs=1e-9
    )
    carry = made(CarryExplorer)
    carry.plan = plan
    assert carry._setting.contract.label == "Binance USD-M BTCUSDT"
    assert f"Your {label} is dated and pays no funding" in carry._plan_note(plan)


def test_small_prices_keep_four_significant_digits() -> None:
    """Down to 1e-9 a price is printed with at least four digits."""
    for price, words in ((1.2345e-5, "$0.000012345"), (8.6421e-7, "$0.00000086421"), (1.234e-9, "$0.000000001234")):
        assert formatted(price, "price") == words


@pytest.mark.parametrize(("label", "coin"), [("1000PEPEUSDT", "PEPE"), ("1000SHIBUSDT", "SHIB")])
def test_a_contract_of_a_thousand_coins(label: str, coin: str) -> None:
    """The price is that of one coin, a contract is worth a thousand of them."""
    plan = chosen(f"Binance USD-M {label}")
    outcome = plan.outcome()
    price = plan.inputs().hedge_price
    assert price < 1e-4
    assert plan.contract.underlying == coin
    assert outcome.notional == pytest.approx(outcome.n_contracts * 1_000 * price)
    margin = made(MarginExplorer)
    margin.plan = plan
    assert margin.outcome.isolated_price == pytest.approx(outcome.liquidation_price)
