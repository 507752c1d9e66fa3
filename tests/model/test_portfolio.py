"""Portfolios: value, weights, moments and deltas."""

import numpy as np
import pytest
from hypothesis import given

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
