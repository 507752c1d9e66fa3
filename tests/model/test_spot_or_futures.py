"""Coins or futures: article 001's table for its own numbers, by hand."""

from dataclasses import replace

import pytest

from hedge_widgets.market.facts import contract
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.model.spot_or_futures import HEDGE, HOLD, REPLACE, SELL, Way, spot_against_futures

HALF = HedgeInputs(
    portfolio=Portfolio((Holding(symbol="BTC", quantity=0.5, price=30_000.0),)),
    contract=contract("Binance USD-M BTCUSDT"),
    hedge_price=30_000.0,
    basis="dollar",
    coverage=0.5,
    leverage=10.0,
    half_spread=0.0,
    impact=0.0,
    move=-0.3,
    spike=0.5,
)


def ways(inputs: HedgeInputs) -> dict[str, Way]:
    """Return the ways by name."""
    return {way.name: way for way in spot_against_futures(inputs)}


def test_article_001_in_numbers() -> None:
    """Half a bitcoin at 30,000: 0.25 short at 10x post 750, a long of 0.5 posts 1,500; fees 5 bp, of coins 10 bp."""
    found = ways(HALF)
    money = {name: (way.capital, way.most_lost, way.fees, way.funding) for name, way in found.items()}
    assert money[HOLD] == (15_000, 15_000, 0, 0)
    assert money[SELL] == (0, 0, pytest.approx(15), 0)
    assert money[HEDGE] == pytest.approx((15_750, 15_750, 7.5, 67.5))
    assert money[REPLACE] == pytest.approx((1_500, 1_500, 15 + 15, -135))
    assert found[HEDGE].liquidation_price == pytest.approx((750 + 7_500) / (0.25 * 1.004))
    assert found[REPLACE].liquidation_price == pytest.approx((15_000 - 1_500) / (0.5 * 0.996))
    assert found[HOLD].liquidation_price is None


def test_all_of_the_cash_is_at_risk_in_cross_margin() -> None:
    """With 4,000 on the exchange either future stands to lose all of it."""
    found = ways(replace(HALF, margin_mode="cross", cash=4_000.0))
    assert (found[HEDGE].most_lost, found[REPLACE].most_lost) == (19_000, 4_000)


def test_what_the_venue_refuses_has_no_numbers() -> None:
    """At 200x neither future can be opened; the coins can still be held or sold."""
    found = ways(replace(HALF, leverage=200.0))
    assert (found[HEDGE].capital, found[REPLACE].capital) == (None, None)
    assert found[HOLD].capital == 15_000
