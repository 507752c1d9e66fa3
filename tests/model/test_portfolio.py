"""Portfolios: value, weights, moments and deltas."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio, net_delta, rebalancing_trade, usd_delta
from tests.model.states import a_portfolio, portfolios

ALICE = Portfolio(
    (Holding(symbol="BTC", quantity=0.1, price=30_000.0), Holding(symbol="ETH", quantity=1.5, price=2_000.0))
)


def test_alices_portfolio_is_worth_6000() -> None:
    """Errata E10 and E12: 3,000 and 3,000, and with betas 1 and 1.08 a beta of 1.04."""
    assert ALICE.value == pytest.approx(6_000)
    assert ALICE.symbols == ("BTC", "ETH")
    assert ALICE.beta([1.0, 1.08]) == pytest.approx(1.04)


@given(portfolios())
def test_weights_sum_to_one(basket: Portfolio) -> None:
    """Whatever the signs, the weights add up, and a basket of equal betas has that beta."""
    assert basket.weights.sum() == pytest.approx(1.0)
    assert basket.beta([1.3] * len(basket.holdings)) == pytest.approx(1.3)


def test_moments_of_two_coins_by_hand() -> None:
    """60/40 of volatilities 0.8 and 0.5, correlated 0.5, and 0.7 and 0.9 with the hedge asset."""
    correlations = np.array([[1.0, 0.5, 0.7], [0.5, 1.0, 0.9], [0.7, 0.9, 1.0]])
    volatility, correlation = a_portfolio(60.0, 40.0).moments([0.8, 0.5], correlations, 0.5)
    variance = 0.48**2 + 0.2**2 + 2 * 0.5 * 0.48 * 0.2
    assert volatility == pytest.approx(variance**0.5)
    assert correlation == pytest.approx((0.7 * 0.48 + 0.9 * 0.2) / variance**0.5)


def test_a_coin_hedged_with_itself_correlates_fully() -> None:
    """The basket's moments are the coin's own, for a long and with the other sign for a short leg's weight."""
    correlations = np.ones((2, 2))
    assert a_portfolio(5.0).moments([0.8], correlations, 0.8) == pytest.approx((0.8, 1.0))
    assert a_portfolio(-5.0).moments([0.8], correlations, 0.8) == pytest.approx((0.8, 1.0))
    assert a_portfolio(5.0).moments([0.0], correlations, 0.8) == (0.0, 0.0)


def test_dollar_deltas_add_across_coins() -> None:
    """Errata E4: 5 BTC long and 2 ETH short at 60,000 and 3,000 are 294,000."""
    assert usd_delta(5, 60_000) + usd_delta(-2, 3_000) == 294_000


def test_a_same_asset_hedge_does_not_drift() -> None:
    """Errata E6: 100 BTC against 100 short stays neutral after 5 %; a cross hedge does not."""
    assert net_delta(100, 50_000, -100, 50_000, 0.05, 0.05) == (0, 0)
    _, after = net_delta(50_000, 0.5, -0.25, 60_000, 0.2, 0.05)
    assert after == pytest.approx(30_000 - 15_750)


def test_the_rebalancing_trade_has_the_right_sign() -> None:
    """Errata E6 and E7: after the rally sell 2,250 more, after the fall buy 2,250 back."""
    assert rebalancing_trade(50_000, 0.6, 0.6, -15_750) == pytest.approx((-18_000, -2_250))
    assert rebalancing_trade(50_000, 0.4, 0.6, -14_250) == pytest.approx((-12_000, 2_250))


TABLE = pd.DataFrame({"symbol": ["BTC", "ETH"], "quantity": [0.1, 1.5], "price": [30_000, 2_000], "note": ["", "x"]})


@pytest.mark.parametrize(
    "source",
    [
        {"BTC": (0.1, 30_000), "ETH": [1.5, 2_000]},
        TABLE,
        TABLE.set_index("symbol"),
        list(ALICE.holdings),
        ALICE,
    ],
    ids=["mapping", "columns", "index", "holdings", "portfolio"],
)
def test_a_portfolio_of_what_one_has(source: Any) -> None:
    """A mapping, a table with the symbols in a column or as its index, holdings: all say the same."""
    assert Portfolio.of(source) == ALICE


@given(portfolios())
def test_a_table_gives_the_portfolio_back(basket: Portfolio) -> None:
    """There and back changes nothing, whatever the signs; the columns are numbers."""
    table = basket.to_frame()
    assert list(table.columns) == ["quantity", "price"]
    assert set(table.dtypes) == {np.dtype(float)}
    assert Portfolio.of(table) == basket


def test_figures_of_a_mapping_may_be_arrays() -> None:
    """Many quantities at once are a portfolio, but no table."""
    basket = Portfolio.of({"SOL": (np.array([1.0, 2.0]), 190)})
    assert basket.value.tolist() == [190, 380]
    with pytest.raises(InputError, match=r"^quantity of SOL must be one number in a table, not shape \(2,\)"):
        basket.to_frame()


@pytest.mark.parametrize(
    "wrong", [5, None, "SOL", {"SOL": (5, 190)}, TABLE, ALICE.holdings[0], [("SOL", 5, 190)], ["SOL"], ALICE]
)
def test_the_constructor_says_what_it_takes(wrong: Any) -> None:
    """What is no sequence of holdings is refused in a sentence that leads to the other door."""
    with pytest.raises(InputError, match=r"^holdings must be a sequence of Holding objects, .* Portfolio\.of takes"):
        Portfolio(wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (5, "holdings must be a sequence of Holding objects, not a int"),
        ({"SOL": 5}, r"'SOL' must come with a pair \(quantity, price\), not 5"),
        ({"SOL": "12"}, r"'SOL' must come with a pair \(quantity, price\), not '12'"),
        ({"SOL": (1, 2, 3)}, r"'SOL' must come with a pair"),
        ({"SOL": (1, 0)}, "price of SOL must be a finite number"),
        ({7: (1, 2)}, "symbol must be 1 to 20 letters"),
        ({}, "a portfolio must hold 1 to 50 coins, not 0"),
        (TABLE.drop(columns="symbol"), "symbol must be 1 to 20 letters"),
        (TABLE.rename(columns={"price": "cost"}), "a table of holdings must have one column quantity and one column"),
        (TABLE[["symbol", "quantity", "price", "price"]], "a table of holdings must have one column quantity"),
        (TABLE.assign(quantity=[0.1, None]), "quantity of ETH must be a finite number"),
        (TABLE.assign(price=["30", "20"]), "price of BTC must be a number"),
    ],
    ids=str,
)
def test_what_is_no_portfolio_is_refused_by_name(wrong: Any, message: str) -> None:
    """The sentence says which entry is wrong, and what it should have been."""
    with pytest.raises(InputError, match=f"^{message}"):
        Portfolio.of(wrong)
