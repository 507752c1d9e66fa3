"""The articles' worked examples through the whole strip, with the corrected numbers of the errata."""

from typing import Any

import numpy as np
import pytest

from hedge_widgets.market.facts import contract
from hedge_widgets.model.hedge import HedgeInputs, HedgeOutcome, hedge_outcome
from hedge_widgets.model.portfolio import Holding, Portfolio

BTC = "Binance USD-M BTCUSDT"


def run(symbol: str, quantity: float, price: float, label: str, hedge_price: float, **fields: Any) -> HedgeOutcome:
    """Return the outcome of one coin hedged dollar for dollar, without slippage."""
    defaults = {"basis": "dollar", "coverage": 1.0, "half_spread": 0.0, "impact": 0.0, "funding_rate": 0.0}
    return hedge_outcome(
        HedgeInputs(
            portfolio=Portfolio((Holding(symbol=symbol, quantity=quantity, price=price),)),
            contract=contract(label),
            hedge_price=hedge_price,
            **(defaults | fields),
        )
    )


@pytest.mark.parametrize(("move", "net"), [(-0.1, -360.0), (0.1, 360.0)])
def test_alice_hedges_forty_percent(move: float, net: float) -> None:
    """Article 001: 6,000 hedged by 0.08 BTC at 5x posts 480 and turns 600 into 360, less fees."""
    outcome = run("BTC", 0.2, 30_000, BTC, 30_000, coverage=0.4, leverage=5.0, move=move)
    assert outcome.n_contracts == pytest.approx(0.08)
    assert outcome.collateral == pytest.approx(480)
    assert outcome.liquidation_price == pytest.approx(35_856.57, abs=0.005)
    assert outcome.net_pnl + outcome.fees == pytest.approx(net)
    assert outcome.fees == pytest.approx(2_400 * (2 + move) * 0.0005)


def test_alice_with_eths_beta() -> None:
    """E12: beta 1.04 asks for 2,496; 0.083 BTC after rounding; 2,400 for 30 days receives 21.60; taker costs 2.28."""
    outcome = run("BTC", 0.2, 30_000, BTC, 30_000, basis="beta", beta=1.04, coverage=0.4, funding_rate=0.0003)
    assert outcome.target_notional == pytest.approx(2_496)
    assert outcome.n_contracts == pytest.approx(0.083)
    assert outcome.coverage == pytest.approx(0.4 * 2_490 / 2_496)
    plain = run("BTC", 0.2, 30_000, BTC, 30_000, coverage=0.4, funding_rate=0.0003, move=-0.1)
    assert plain.funding_pnl == pytest.approx(21.6)
    assert plain.fees == pytest.approx(2.28)


def test_one_whole_bitcoin_over_hedges() -> None:
    """E11: forced up to 1 BTC the hedge is 500 % of the portfolio; nearest, it is refused and the spot stands alone."""
    label = "Example 1-BTC contract"
    forced = run("BTC", 0.2, 30_000, label, 30_000, coverage=0.4, rounding="ceil", leverage=10.0)
    assert forced.coverage == pytest.approx(5.0)
    refused = run("BTC", 0.2, 30_000, label, 30_000, coverage=0.4, move=-0.1)
    assert refused.n_contracts == 0
    assert refused.net_pnl == refused.spot_pnl == pytest.approx(-600)


@pytest.mark.parametrize(("leverage", "distance"), [(1.0, 0.992), (10.0, 0.0956), (50.0, 0.0159)])
def test_distance_to_death_by_leverage(leverage: float, distance: float) -> None:
    """E14, E25, E25b: a short dies at +9.6 % with 10x, at +1.59 % with 50x, and at +99.2 % even with 1x."""
    outcome = run("BTC", 0.25, 30_000, BTC, 30_000, leverage=leverage)
    assert outcome.liquidation_distance == pytest.approx(distance, abs=5e-5)


def test_a_dead_hedge_leaves_the_spot_naked() -> None:
    """E24: +12 % kills the 10x hedge, then -25 %: -10,500 before the entry fee, where no hedge at all lost 7,500."""
    outcome = run("BTC", 1.0, 30_000, BTC, 30_000, leverage=10.0, spike=0.12, move=-0.25)
    assert outcome.is_liquidated_by_spike
    assert outcome.spot_pnl == -7_500
    assert outcome.hedge_pnl == pytest.approx(-3_000)
    assert outcome.net_pnl == pytest.approx(-10_500 - 30_000 * 0.0005)


def test_a_ratio_above_one_is_a_short() -> None:
    """E26: coverage 1.2 of a same-asset hedge loses 4 % of the holding in a rally of 20 %."""
    outcome = run("BTC", 1.0, 10_000, BTC, 10_000, coverage=1.2, leverage=1.0, move=0.2)
    assert outcome.net_pnl + outcome.fees == pytest.approx(-400)
    assert outcome.net_delta == pytest.approx(-2_000)


def test_over_protection_pays_in_a_fall() -> None:
    """E27: a token that falls 5 % while the market falls 10 % gains 500 at 1:1 on 10,000, before fees."""
    half = {"spot_volatility": 0.3, "hedge_volatility": 0.6, "rounding": "none", "leverage": 1.0}
    exponent = 2.0
    for move in (-0.05, 0.05):
        outcome = run("XYZ", 1e4, 1.0, BTC, 50_000, move=move, **half)
        hedge_move = (1 + move) ** exponent - 1
        assert outcome.hedge_move == pytest.approx(hedge_move)
        assert outcome.net_pnl + outcome.fees == pytest.approx(1e4 * (move - hedge_move))
    assert run("XYZ", 1e4, 1.0, BTC, 50_000, move=-0.05, **half).net_pnl > 0


@pytest.mark.parametrize(("leverage", "delta"), [(1.0, 0.0), (5.0, -12_000.0)])
def test_margin_coin_is_long(leverage: float, delta: float) -> None:
    """E6b: 15,000 of inverse short backed by coin bought for it hedges nothing at 1x and 12,000 at 5x."""
    outcome = run("BTC", 0.25, 60_000, "Bybit BTCUSD", 60_000, leverage=leverage)
    assert outcome.net_delta - outcome.spot_value == pytest.approx(delta)
    assert (outcome.liquidation_price is None) == (leverage == 1.0)


def test_an_inverse_hedge_counts_its_coin() -> None:
    """Alive after -20 %: the contracts gain 3,000, the 3,000 of coin bought as margin loses 600."""
    outcome = run("BTC", 0.25, 60_000, "Bybit BTCUSD", 60_000, leverage=5.0, move=-0.2)
    assert (outcome.spot_pnl, outcome.hedge_pnl) == pytest.approx((-3_000, 3_000))
    assert outcome.collateral_pnl == pytest.approx(-600)


def test_sol_hedged_with_bitcoin() -> None:
    """A proxy by hand: 10,000 of SOL with rho 0.7134 needs 1.3609 of BTC, which removes 50.9 % of the variance."""
    x = {"correlation": 0.7134, "spot_volatility": 0.8823, "hedge_volatility": 0.4625, "rounding": "none"}
    outcome = run("SOL", 100.0, 100.0, BTC, 50_000, basis="minimum_variance", leverage=3.0, move=-0.2, **x)
    assert outcome.notional == pytest.approx(13_609.358, abs=0.001)
    assert outcome.hedge_effectiveness == pytest.approx(0.7134**2)
    assert outcome.volatility_reduction == pytest.approx(1 - np.sqrt(1 - 0.7134**2))
    move = 0.8 ** (0.7134 * 0.4625 / 0.8823) - 1
    assert outcome.hedge_move == pytest.approx(move)
    assert outcome.hedge_pnl == pytest.approx(-13_609.358 * move, rel=1e-6)
    assert outcome.net_beta == pytest.approx(0, abs=1e-12)
