"""Accounts of several positions: where they die, from the definition, for ten thousand random books and more."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hedge_widgets.market.facts import contract
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import (
    Account,
    FlatTiers,
    MarginTiers,
    Position,
    SpotCollateral,
    account_state,
    liquidation_moves,
    liquidation_price,
    liquidation_prices,
    unified_liquidation_price,
)
from tests.model.books import random_accounts, surplus

ACCOUNTS = dict(random_accounts(20_261_121, 1_000))  # 12 shapes of 1,000 books
SINGLE = MarginTiers.single(0.005, 100)


def _state(account: Account, coin: str, prices: Any) -> tuple[Any, Any]:
    return surplus(account, {coin: prices})


def _has_edge(account: Account, coin: str, prices: Any) -> Any:
    """Return where a flat position of the coin stands at an edge of its tiers, within rounding."""
    is_edge = np.zeros(np.shape(prices), dtype=bool)
    for position in account.positions:
        if position.coin == coin and isinstance(position.tiers, FlatTiers):
            is_linear = position.kind == "linear"
            notional = position.quantity * prices if is_linear else position.quantity / prices
            is_edge |= np.isclose(notional[:, None], position.tiers.caps, rtol=1e-9, atol=0).any(axis=1)
    return is_edge


@pytest.mark.parametrize("name", ACCOUNTS)
def test_ten_thousand_books_die_where_equity_is_the_margin(name: str) -> None:
    """At a liquidation price equity equals the margin asked; nowhere between it and the mark is it below.

    Where a flat tier makes the margin jump, the price may be the edge: beyond it equity is below.
    Where there is no price, the account lives all the way.
    """
    account = ACCOUNTS[name]
    coin = account.positions[0].coin
    mark = account.positions[0].mark_price
    alive, scale = _state(account, coin, np.full(1_000, mark))
    below, above = liquidation_prices(account, coin)
    for price, end in ((below, mark * 1e-6), (above, mark * 1e4)):
        found = ~np.isnan(price)
        dead = alive <= 0
        assert np.all(price[dead] == mark)
        gap, scale = _state(account, coin, price)
        is_exact = np.abs(gap) <= 1e-9 * scale
        beyond = price * (1 + np.sign(end - mark) * 1e-9)
        is_jump = _has_edge(account, coin, price) & (_state(account, coin, beyond)[0] <= 1e-9 * scale)
        assert np.all((is_exact | is_jump)[found & ~dead])
        until = np.where(found, price, end)
        for share in np.linspace(0.0, 0.999, 40):
            between = mark * (until / mark) ** share
            gap, scale = _state(account, coin, between)
            assert np.all((gap > -1e-9 * scale)[~dead])
    assert 0 < np.isnan(above).sum() + np.isnan(below).sum() < 2_000


def test_a_book_of_one_position_is_that_position() -> None:
    """Cross with one position equals the closed form of a single one, tier by tier, linear and inverse."""
    generator = np.random.default_rng(7)
    side, leverage = generator.choice([-1.0, 1.0], 2_000), generator.uniform(1.5, 20, 2_000)
    for label, price in (("Binance USD-M BTCUSDT", 60_000.0), ("Binance COIN-M BTCUSD_PERP", 60_000.0)):
        spec = contract(label)
        is_linear = spec.kind == "linear"
        notional = np.exp(generator.uniform(np.log(1e3), np.log(4e6), 2_000))
        quantity = notional / price if is_linear else notional
        posted = notional / leverage / (1.0 if is_linear else price)
        single = liquidation_price(spec.kind, side, quantity, price, posted, spec.tiers)
        position = Position(
            coin="BTC",
            kind=spec.kind,
            side=side,
            quantity=quantity,
            entry_price=price,
            mark_price=price,
            tiers=spec.tiers,
        )
        below, above = liquidation_prices(Account(positions=(position,), wallet=posted), "BTC")
        adverse = np.where(side < 0, above, below)
        assert np.array_equal(np.isnan(adverse), np.isnan(single))
        np.testing.assert_allclose(adverse, single, rtol=1e-9)


def a_position(coin: str = "BTC", side: float = -1.0, quantity: float = 1.0, **changes: Any) -> Position:
    """Return a linear position at 100."""
    terms = {"kind": "linear", "entry_price": 100.0, "mark_price": 100.0, "tiers": SINGLE} | changes
    return Position(coin=coin, side=side, quantity=quantity, **terms)


def test_a_cross_account_by_hand() -> None:
    """The winner's profit keeps the loser alive: 30 in the wallet and a long that gained 20 are 50 for the short."""
    short, long = a_position(), a_position("ETH", 1.0, entry_price=80.0)
    account = Account(positions=(short, long), wallet=30.0)
    state = account_state(account)
    assert (state.equity, state.maintenance_margin, state.buffer) == pytest.approx((50.0, 1.0, 49.0))
    assert state.margin_ratio == pytest.approx(0.02)
    assert liquidation_prices(account, "BTC")[1] == pytest.approx((30 + 20 - 0.5 + 100) / 1.005)
    assert replace(short, collateral=30.0).isolated_liquidation_price() == pytest.approx(130 / 1.005)
    moved = account_state(account, {"BTC": 0.2, "ETH": -0.1})
    assert moved.equity == pytest.approx(30 - 20 + 10)
    assert moved.maintenance_margin == pytest.approx(0.005 * (120 + 90))


def test_gains_may_be_withdrawn_against_a_position() -> None:
    """A short of 1 from 50,000, at 40,000 now, with 2,000 owed: liquidated where 48,000 is 1.012 times the price."""
    tiers = contract("dYdX v4 BTC-USD").tiers
    short = Position(
        coin="BTC",
        kind="linear",
        side=-1,
        quantity=1.0,
        entry_price=50_000.0,
        mark_price=40_000.0,
        tiers=tiers,
        collateral=-2_000.0,
    )
    assert short.isolated_liquidation_price() == pytest.approx(48_000 / 1.012)


def test_opposite_positions_of_one_coin_hold_each_other() -> None:
    """Long and short of one size lose nothing but the growth of their margins: 10 = 2 x 0.005 P at 1,000."""
    account = Account(positions=(a_position(), a_position(side=1.0)), wallet=10.0)
    below, above = liquidation_prices(account, "BTC")
    assert below is None
    assert above == pytest.approx(1_000.0)


def test_a_common_move_weighs_by_beta() -> None:
    """Short BTC against ETH of beta 1.5: a fall of x costs 150 x and earns 100 x, and the margin shrinks by 1.25 x."""
    account = Account(positions=(a_position(), a_position("ETH", 1.0)), wallet=10.0)
    betas = {"BTC": 1.0, "ETH": 1.5}
    fall, rise = liquidation_moves(account, betas)
    assert fall == pytest.approx(-(10 - 1) / (150 - 100 - 1.25))
    assert rise is None
    state = account_state(account, {coin: beta * fall for coin, beta in betas.items()})
    assert state.buffer == pytest.approx(0.0, abs=1e-9)


def test_a_coin_that_is_worth_nothing_stays_there_while_the_other_falls_on() -> None:
    """Long 30,000 of BTC, short 10,000 of a coin of beta 1.5 that can gain 10,000 and no more.

    By hand: 15,000 + 10,000 - 30,000 x = 0.4 % of 30,000 (1 - x), so x = 24,880 / 29,880; without the short's end at 0
    it would earn 15,000 x and never let the wallet die.
    """
    btc, sol = (contract(f"Binance USD-M {symbol}").tiers for symbol in ("BTCUSDT", "SOLUSDT"))
    long, short = a_position("BTC", 1.0, 300.0, tiers=btc), a_position("SOL", -1.0, 100.0, tiers=sol)
    wallet = np.array([15_000.0, 40_000.0])
    betas = {"BTC": 1.0, "SOL": 1.5}
    fall, _ = liquidation_moves(Account(positions=(long, short), wallet=wallet), betas)
    assert fall[0] == pytest.approx(-24_880 / 29_880, rel=1e-12)
    assert np.isnan(fall[1])
    assert liquidation_moves(Account(positions=(long, short), wallet=15_000.0), betas)[0] == pytest.approx(fall[0])


def test_falls_of_random_books_end_where_a_fine_grid_says() -> None:
    """Coins of betas 0.6, 1, 1.3 and 2.5, long and short, with coins as collateral: the whole way down to 0."""
    generator = np.random.default_rng(2)
    n_rows, betas = 400, {"A": 1.0, "B": 1.3, "C": 2.5, "D": 0.6}
    tiers = contract("Binance USD-M SOLUSDT").tiers
    sizes = np.exp(generator.uniform(np.log(1e2), np.log(1e4), (5, n_rows)))
    sides = generator.choice([-1.0, 1.0], (4, n_rows))
    account = Account(
        positions=tuple(a_position(coin, sides[k], sizes[k], tiers=tiers) for k, coin in enumerate(betas)),
        wallet=sizes.sum(axis=0) * 100 * generator.uniform(0.05, 0.6, n_rows),
        spot=(SpotCollateral(coin="C", quantity=sizes[4] / 5, price=100.0, collateral_ratio=0.9),),
    )
    fall, _ = liquidation_moves(account, betas)
    moves = -np.linspace(0.0, 1.0, 10_001)[:-1, None]
    state = account_state(account, {coin: np.maximum(beta * moves, -1.0) for coin, beta in betas.items()})
    expected = np.where(state.is_liquidated.any(axis=0), moves[state.is_liquidated.argmax(axis=0), 0], np.nan)
    np.testing.assert_allclose(fall, expected, atol=1e-4 + 1e-9)
    assert (fall < -1 / 1.3).sum() > 3  # beyond the zeros of two coins
    assert 50 < np.isnan(fall).sum() < n_rows - 50


def test_spot_in_a_unified_account_carries_its_short() -> None:
    """1 coin at a haircut of 5 % against a short of 1: 18 times the entry, where cash alone ends at +99 %."""
    tiers = MarginTiers.single(0.005, 100)
    assert unified_liquidation_price(0.0, 1.0, 50_000.0, 1.0, 0.95, tiers) == pytest.approx(50_000 / 0.055)
    assert unified_liquidation_price(50_000.0, 1.0, 50_000.0, 0.0, 0.95, tiers) == pytest.approx(100_000 / 1.005)
    assert unified_liquidation_price(0.0, 1.0, 50_000.0, 1.1, 0.95, tiers) is None
    assert unified_liquidation_price(0.0, 1.0, 50_000.0, 1.0, np.array([0.9, 0.95]), tiers) == pytest.approx(
        [50_000 / 0.105, 50_000 / 0.055]
    )
    btc = contract("Binance USD-M BTCUSDT").tiers
    price = unified_liquidation_price(0.0, 10.0, 50_000.0, 10.0, 0.9, btc)
    assert 0.9 * 10 * price - 10 * (price - 50_000) == pytest.approx(btc.maintenance_margin(10 * price))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Account(positions=()), "an account must hold at least one position, not 0"),
        (
            lambda: Account(positions=(a_position(), a_position(settlement="USDC"))),
            "the positions of one account must settle in one currency, not USDC and USDT",
        ),
        (
            lambda: Account(positions=(a_position(), a_position(kind="inverse"))),
            "the positions of one account must settle in one currency, not BTC and USDT",
        ),
        (
            lambda: Account(positions=(a_position(collateral=5.0),)),
            "a cross account must hold positions without collateral of their own, not BTC",
        ),
        (
            lambda: Account(
                positions=(a_position(kind="inverse"),),
                spot=(SpotCollateral(coin="BTC", quantity=1.0, price=100.0, collateral_ratio=0.9),),
            ),
            "an inverse account must hold its coins in the wallet, not 1 spot holdings",
        ),
        (lambda: a_position(side=0.5), r"side of BTC must be \+1 \(long\) or -1 \(short\), not 0.5"),
        (lambda: a_position(quantity=float("nan")), "quantity of BTC must be a finite number"),
        (lambda: a_position(kind="quanto"), "kind of the BTC position must be one of linear, inverse, not 'quanto'"),
        (lambda: a_position().isolated_liquidation_price(), "must have a collateral of its own to be isolated"),
        (
            lambda: account_state(Account(positions=(a_position(),)), {"ETH": 0.1}),
            "moves must be of the account's coins BTC, not ETH",
        ),
        (
            lambda: liquidation_moves(Account(positions=(a_position(),)), {"ETH": 1.0}),
            "betas must be of the account's coins BTC, not ETH",
        ),
        (
            lambda: liquidation_moves(Account(positions=(a_position(kind="inverse"),)), {"BTC": 0.5}),
            "betas of an inverse account must be 0 or 1, not 0.5",
        ),
        (
            lambda: liquidation_prices(Account(positions=(a_position(),)), "ETH"),
            "coin must be one of the positions' coins BTC, not 'ETH'",
        ),
    ],
)
def test_wrong_accounts_are_refused(make: Any, words: str) -> None:
    """Each with one sentence that names the thing, the rule and the value."""
    with pytest.raises(InputError, match=words):
        make()
