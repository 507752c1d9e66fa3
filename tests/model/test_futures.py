"""Futures beside the hedge: hand-computed cases, and identities over random books."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets import Future
from hedge_widgets.market.facts import contract
from hedge_widgets.model.futures import SUMMED, Futures, delta_trade, hedges_outcome, net_band
from hedge_widgets.model.hedge import HedgeInputs, hedge_outcome
from hedge_widgets.model.hedge_picture import hedge_picture
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import liquidation_price
from hedge_widgets.model.portfolio import Portfolio

BTC, ETH = contract("Binance USD-M BTCUSDT"), contract("Binance USD-M ETHUSDT")
COIN = contract("Binance COIN-M BTCUSD_PERP")
COINS = Portfolio.of({"SOL": (20.0, 200.0), "ETH": (1.0, 3_000.0)})
HEDGE = HedgeInputs(
    portfolio=COINS,
    contract=BTC,
    hedge_price=90_000.0,
    coverage=0.5,
    correlation=0.8,
    spot_volatility=0.8,
    hedge_volatility=0.5,
    leverage=3.0,
    move=-0.1,
    days=10.0,
)


def an_eth(contracts: float = -0.3, **fields: Any) -> HedgeInputs:
    """Return a short of 0.3 ETH at 3,000, opened at 3,300 at 3x, unless told otherwise."""
    defaults: dict[str, Any] = {
        "portfolio": COINS,
        "contract": ETH,
        "hedge_price": 3_000.0,
        "entry_price": 3_300.0,
        "contracts": contracts,
        "correlation": 0.9,
        "spot_volatility": 0.8,
        "hedge_volatility": 0.7,
        "leverage": 3.0,
    }
    return HedgeInputs(**(defaults | fields))


def beside(*inputs: HedgeInputs) -> Futures:
    """Return futures whose assets are correlated by 0.85 with each other."""
    return Futures(inputs=inputs, correlations=np.where(np.eye(1 + len(inputs)) > 0, 1.0, 0.85))


def test_an_open_short_by_hand() -> None:
    """0.3 ETH short from 3,300 at 3x: 330 posted, 90 gained since; -10 % of the coins are -7.96 % of ETH."""
    outcome = hedge_outcome(next(beside(an_eth()).beside(HEDGE)))
    assert (outcome.side, outcome.notional, outcome.collateral) == (-1.0, pytest.approx(900.0), pytest.approx(420.0))
    move = 0.9 ** (0.9 * 0.7 / 0.8) - 1.0
    assert outcome.hedge_pnl == pytest.approx(-900.0 * move)
    assert outcome.fees == pytest.approx(ETH.taker_fee_rate * 900.0 * (1.0 + move))  # only those of leaving
    posted = liquidation_price("linear", -1.0, 0.3, 3_300.0, 330.0, ETH.tiers, ETH.closing_fee_rate)
    assert outcome.liquidation_price == pytest.approx(posted)


@pytest.mark.parametrize("spec", [BTC, COIN])
@given(entry=st.floats(60_000.0, 120_000.0), contracts=st.sampled_from([-40.0, 40.0]), move=st.floats(-0.2, 0.2))
def test_an_open_future_is_the_account_that_was_opened(spec: Any, entry: float, contracts: float, move: float) -> None:
    """Its gain from today is what its account is worth later less what it is worth today, in coins or in dollars."""
    inputs = replace(HEDGE, contract=spec, contracts=contracts, entry_price=entry, leverage=2.0, move=move)
    outcome = hedge_outcome(replace(inputs, rounding="none"))
    now, later = 90_000.0, 90_000.0 * (1.0 + outcome.hedge_move)
    side = np.sign(contracts)
    if spec.kind == "linear":
        quantity = abs(contracts) * spec.contract_multiplier
        worth = [quantity * entry / 2.0 + side * quantity * (price - entry) for price in (now, later)]
        kill = liquidation_price("linear", side, quantity, entry, quantity * entry / 2.0, spec.tiers)
    else:
        face = abs(contracts) * spec.contract_multiplier
        coins = [face / entry / 2.0 + side * face * (1.0 / entry - 1.0 / price) for price in (now, later)]
        worth = [coins[0] * now, coins[1] * later]
        kill = liquidation_price("inverse", side, face, entry, face / entry / 2.0, spec.tiers)
    assert outcome.collateral == pytest.approx(worth[0])
    assert outcome.liquidation_price == (kill if kill is None else pytest.approx(kill))
    reached = kill is not None and side * (min(now, later) if side > 0 else max(now, later)) <= side * kill
    assert outcome.is_liquidated == reached
    if not reached:
        assert outcome.hedge_pnl + outcome.collateral_pnl == pytest.approx(worth[1] - worth[0], abs=1e-6)
    elif spec.kind == "linear":
        assert outcome.hedge_pnl == pytest.approx(-worth[0])


def test_a_future_whose_margin_is_gone_is_liquidated_at_once() -> None:
    """A short from 2,000 at 3x would have been liquidated long before 3,000."""
    assert hedge_outcome(an_eth(entry_price=2_000.0, move=-0.5)).is_liquidated


def test_contracts_are_an_order_of_that_size() -> None:
    """What coverage would trade, said in contracts, comes to the same."""
    sized = hedge_outcome(HEDGE)
    asked = hedge_outcome(replace(HEDGE, contracts=-sized.n_contracts))
    for name in ("notional", "net_pnl", "fees", "slippage", "collateral", "liquidation_price", "net_delta"):
        assert getattr(asked, name) == pytest.approx(getattr(sized, name))


def test_a_planned_future_below_the_smallest_order_is_none() -> None:
    """0.0004 BTC is no order, while a position of that size may be open."""
    assert hedge_outcome(replace(HEDGE, contracts=-0.0004)).notional == 0.0
    assert hedge_outcome(replace(HEDGE, contracts=-0.0004, entry_price=90_000.0)).notional == pytest.approx(36.0)


@given(
    one=st.floats(-0.5, 0.5).filter(lambda n: abs(n) > 0.01),
    two=st.floats(-0.05, 0.05).filter(lambda n: abs(n) > 0.01),
    move=st.floats(-0.5, 0.5),
    spike=st.floats(-0.3, 0.5),
)
def test_all_together_is_the_sum(one: float, two: float, move: float, spike: float) -> None:
    """Coins once, every other part added up; which future comes first does not matter."""
    futures = beside(an_eth(one), replace(HEDGE, contracts=two, entry_price=88_000.0))
    hedge = replace(HEDGE, move=move, spike=spike)
    total = hedges_outcome(hedge, futures)
    parts = [hedge_outcome(hedge), *futures.outcomes(hedge)]
    for name in SUMMED:
        assert getattr(total, name) == pytest.approx(sum(getattr(part, name) for part in parts))
    spot = 7_000.0 * move
    assert total.net_pnl == pytest.approx(spot + sum(part.net_pnl - spot for part in parts))
    assert total.net_pnl == pytest.approx(
        spot + total.hedge_pnl + total.collateral_pnl + total.funding_pnl - total.fees - total.slippage
    )
    assert total.net_delta == pytest.approx(7_000.0 + sum(part.net_delta - 7_000.0 for part in parts))
    order = [0, 2, 1]
    other = hedges_outcome(hedge, Futures(inputs=futures.inputs[::-1], correlations=np.eye(3)[order][:, order]))
    assert other.net_pnl == pytest.approx(total.net_pnl)


def test_two_halves_are_the_whole() -> None:
    """One short of 0.04 BTC, and a hedge of 0.02 beside another of 0.02: the same but for the square-root slippage."""
    whole = hedge_outcome(replace(HEDGE, contracts=-0.04, impact=0.0))
    half = replace(HEDGE, contracts=-0.02, impact=0.0)
    both = hedges_outcome(half, Futures(inputs=(half,), correlations=np.ones((2, 2))))
    for name in ("net_pnl", "net_delta", "net_delta_after", "net_beta", "hedge_effectiveness", "volatility_reduction"):
        assert getattr(both, name) == pytest.approx(getattr(whole, name)), name


@given(st.integers(0, 10_000))
def test_what_is_removed_is_the_covariance_matrix_s_word(seed: int) -> None:
    """1 - Var(coins and futures) / Var(coins), and beta, from a random covariance matrix of coins, BTC and ETH."""
    draw = np.random.default_rng(seed)
    factors = draw.standard_normal((3, 3)) + 0.5
    covariance = factors @ factors.T / 20.0 + 0.01 * np.eye(3)
    deviation = np.sqrt(np.diag(covariance))
    rho = covariance / np.outer(deviation, deviation)
    hedge = replace(HEDGE, spot_volatility=deviation[0], hedge_volatility=deviation[1], correlation=rho[0, 1])
    future = an_eth(hedge_volatility=deviation[2], correlation=rho[0, 2])
    total = hedges_outcome(hedge, Futures(inputs=(future,), correlations=rho[1:, 1:]))
    short = hedge_outcome(hedge)
    weights = np.array([7_000.0, short.net_delta - 7_000.0, -900.0]) / 7_000.0
    variance = weights @ covariance @ weights
    assert total.hedge_effectiveness == pytest.approx(1.0 - variance / covariance[0, 0])
    assert total.net_beta == pytest.approx((weights @ covariance)[1] / covariance[1, 1])


def test_a_target_delta_by_hand() -> None:
    """From +500 to +50: 5 contracts of 0.001 BTC at 90,000; from -500 a long; nothing smaller than an order."""
    coins = Portfolio.of({"BTC": (500.0 / 90_000.0, 90_000.0)})
    inputs = replace(HEDGE, portfolio=coins)
    before, trade = delta_trade(inputs, Futures(), 50.0)
    assert (before, trade.n_contracts, trade.notional) == (500.0, pytest.approx(0.005), pytest.approx(450.0))
    before, trade = delta_trade(inputs, beside(an_eth(-1.0 / 3.0)), 50.0)
    assert (before, trade.notional) == (pytest.approx(-500.0), pytest.approx(540.0))
    assert delta_trade(inputs, Futures(), 499.0)[1].n_contracts == 0.0


def test_a_future_on_the_same_coin_shares_its_moves() -> None:
    """Its own move, its spike and a correlation that breaks are one asset's; another asset keeps its own."""
    hedge = replace(HEDGE, own_move=0.05, spike=0.1, correlation=0.1)
    same, other = beside(replace(HEDGE, contracts=-1.0), an_eth()).beside(hedge)
    assert (same.own_move, same.correlation, same.spike) == (0.05, 0.1, 0.1)
    assert (other.own_move, other.correlation, other.spike) == (0.0, 0.9, 0.1)


def test_rows_of_a_picture_are_single_pictures() -> None:
    """A slider's table with futures holds, row by row, what one position gives."""
    futures = beside(an_eth(leverage=8.0), replace(HEDGE, contracts=-0.01))
    moves = np.array([-0.5, 0.0, 0.4])
    table = hedge_picture(replace(HEDGE, move=moves), futures)
    for row, move in enumerate(moves):
        one = hedge_picture(replace(HEDGE, move=np.array([move])), futures)
        for name in ("others", "n_lost", "low", "high", "slope", "others_margin"):
            assert getattr(table, name)[row] == pytest.approx(getattr(one, name)[0]), name
        np.testing.assert_allclose(np.broadcast_to(table.curve_net, (3, one.curve_net.shape[1]))[row], one.curve_net[0])
    assert table.n_lost.tolist() == [0.0, 0.0, 1.0]
    assert table.others_margin.tolist() == [300.0] * 3  # 0.01 BTC at 3x; what is open has its margin


def test_the_slope_is_that_of_the_net_near_zero() -> None:
    """A move of a millionth either way, without costs of leaving."""
    futures = beside(an_eth())
    step = 1e-6
    free = replace(BTC, maker_fee_rate=0.0), replace(ETH, maker_fee_rate=0.0)
    nets = [
        hedges_outcome(
            replace(HEDGE, contract=free[0], move=move, order_type="maker"),
            beside(an_eth(contract=free[1], order_type="maker")),
        ).net_pnl
        for move in (-step, step)
    ]
    assert hedge_picture(replace(HEDGE, move=np.array([0.0])), futures).slope[0] == pytest.approx(
        (nets[1] - nets[0]) / (2.0 * step), rel=1e-5
    )


def test_without_futures_nothing_is_added() -> None:
    """The hedge alone is itself."""
    assert hedges_outcome(HEDGE, Futures()) == hedge_outcome(HEDGE)
    low, high = net_band(HEDGE, beside(an_eth()))
    assert low < hedges_outcome(HEDGE, beside(an_eth())).net_pnl < high


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"contracts": 0.0}, "below 0 for a short or above 0 for a long"),
        ({"contracts": float("nan")}, "contracts of Binance USD-M ETHUSDT"),
        ({"contracts": -1.0, "entry_price": 0.0}, "entry price of Binance USD-M ETHUSDT"),
        ({"contracts": -1.0, "leverage": 0.5}, "leverage"),
        ({"contracts": -1.0, "opened_on": date(2026, 1, 31)}, "must have an entry price"),
    ],
)
def test_no_such_future(fields: dict[str, Any], words: str) -> None:
    """Each fault has its sentence."""
    with pytest.raises(InputError, match=words):
        Future(contract=ETH, **fields)


def test_correlations_are_of_all_assets() -> None:
    """Two futures beside the hedge need three rows."""
    with pytest.raises(InputError, match="3 assets must be of shape"):
        Futures(inputs=(an_eth(), an_eth()), correlations=np.eye(2))
