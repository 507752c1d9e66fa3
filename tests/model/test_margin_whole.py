"""The whole wallet: two shorts by hand, the account called directly, and what must not matter."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.model.hedge import HedgeInputs, hedge_outcome
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import (
    Account,
    MarginTiers,
    Position,
    account_state,
    liquidation_moves,
    liquidation_price,
)
from hedge_widgets.model.margin.whole import isolated_position, whole_wallet
from hedge_widgets.model.portfolio import Portfolio

SINGLE = MarginTiers.single(0.005, 100)
MARKS = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 150.0}
BETAS = {"BTC": 1.0, "ETH": 1.2, "SOL": 1.5}


def position(coin: str, coins: float, leverage: float, entry: float = 1.0, **changes: Any) -> Position:
    """Return a position of signed coins, entered at a multiple of the mark, with what its leverage asks."""
    price = MARKS[coin] * entry
    fields = {
        "coin": coin,
        "kind": "linear",
        "side": -1.0 if coins < 0 else 1.0,
        "quantity": abs(coins),
        "entry_price": price,
        "mark_price": MARKS[coin],
        "tiers": SINGLE,
        "collateral": abs(coins) * price / leverage,
    }
    return Position(**{**fields, **changes})


def test_two_shorts_by_hand() -> None:
    """0.1 BTC at 3x and 1 ETH at 10x, $2,300, maintenance 0.5 %: 2,300 - 9,600 x = 45 + 48 x for both together.

    Alone 2,300 - 6,000 x = 45 + 30 x, and half of it for ETH. Isolated, ETH goes first, at 3,300 / 1.005.
    """
    both = whole_wallet([position("BTC", -0.1, 3.0), position("ETH", -1.0, 10.0)], 2_300.0, BETAS)
    assert both.state.equity == pytest.approx(2_300.0)
    assert both.state.maintenance_margin == pytest.approx(45.0)
    assert both.state.margin_ratio == pytest.approx(45.0 / 2_300.0)
    assert both.together == (None, pytest.approx(2_255.0 / 9_648.0))
    assert both.alone["BTC"] == (None, pytest.approx(2_255.0 / 6_030.0))
    assert both.alone["ETH"] == (None, pytest.approx(2_255.0 / 3_015.0))
    assert both.isolated == (pytest.approx(8_000.0 / 0.1005), pytest.approx(3_300.0 / 1.005))
    assert both.first == 1
    assert both.first_move == pytest.approx((1.1 / 1.005 - 1.0) / 1.2)


def test_a_short_and_a_long_hold_each_other() -> None:
    """1 ETH short against 0.05 BTC long: either coin alone can end the account, together only a rise by ETH's beta."""
    pair = [position("ETH", -1.0, 10.0), position("BTC", 0.05, 10.0)]
    both = whole_wallet(pair, 600.0, BETAS)
    assert both.alone["ETH"] == (None, pytest.approx((600.0 - 30.0) / (3_000.0 * 1.005)))
    assert both.alone["BTC"] == (pytest.approx(-(600.0 - 30.0) / (3_000.0 * 0.995)), None)
    # together ETH loses 3,600 x and BTC gains 3,000 x; the margin grows by 33 x
    assert both.together == (None, pytest.approx(570.0 / 633.0))
    assert both.first == 0


def test_what_is_past_its_price_goes_at_once() -> None:
    """A 20x short entered 30 % lower is past its own price, though the account carries it."""
    short = position("SOL", -10.0, 20.0, entry=0.7)
    outcome = whole_wallet([position("BTC", -0.1, 3.0), short], 3_000.0, BETAS)
    assert outcome.first == 1
    assert outcome.first_move == 0.0
    assert not outcome.state.is_liquidated
    assert outcome.state.equity == pytest.approx(3_000.0 - 450.0)


SIZES = st.floats(50.0, 50_000.0).flatmap(lambda value: st.sampled_from([value, -value]))


@st.composite
def books(draw: st.DrawFn) -> list[Position]:
    """Draw one to four positions."""
    coins = draw(st.lists(st.sampled_from(list(MARKS)), min_size=1, max_size=4))
    return [
        position(coin, draw(SIZES) / MARKS[coin], draw(st.floats(2.0, 40.0)), draw(st.floats(0.9, 1.1)))
        for coin in coins
    ]


@given(books(), st.floats(10.0, 100_000.0), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_figures_are_the_accounts_and_the_order_does_not_matter(book: Any, wallet: float, random: Any) -> None:
    """Every figure is that of ``Account`` called directly; the order, and a position of no size, change nothing."""
    found = whole_wallet(book, wallet, BETAS)
    account = Account(positions=tuple(replace(one, collateral=None) for one in book), wallet=wallet)
    state = account_state(account)
    coins = {coin: BETAS[coin] for coin in account.coins}
    assert found.state == state
    assert found.together == liquidation_moves(account, coins)
    assert found.alone == {coin: liquidation_moves(account, {coin: 1.0}) for coin in coins}
    places = list(range(len(book)))
    random.shuffle(places)
    nothing = position("ETH", 0.0, 5.0)
    for other in ([book[k] for k in places], [*book, nothing], [nothing, *book]):
        same = whole_wallet(other, wallet, BETAS)
        assert same.state.equity == pytest.approx(state.equity, rel=1e-9, abs=1e-6)
        assert same.together == tuple(
            None if move is None else pytest.approx(move, rel=1e-6, abs=1e-9) for move in found.together
        )
        assert same.first_move == (None if found.first_move is None else pytest.approx(found.first_move))
        assert sorted(p for p in same.isolated if p) == pytest.approx(sorted(p for p in found.isolated if p))


@given(SIZES, st.floats(1.0, 50_000.0))
@settings(max_examples=60)
def test_one_position_with_all_the_cash_is_that_position(value: float, wallet: float) -> None:
    """Cross with one position is isolated margin of as much: the same price."""
    one = position("BTC", value / MARKS["BTC"], 3.0, collateral=wallet)
    outcome = whole_wallet([one], wallet, BETAS)
    price = liquidation_price("linear", one.side, one.quantity, one.entry_price, wallet, SINGLE)
    end = outcome.together[0 if value > 0 else 1]
    if outcome.state.is_liquidated:
        assert end == 0.0
    elif price is None:
        assert end is None
    else:
        assert MARKS["BTC"] * (1.0 + end) == pytest.approx(price, rel=1e-9)
    assert outcome.isolated == (None if price is None else pytest.approx(price),)


@pytest.mark.parametrize("label", ["Binance USD-M BTCUSDT", "Binance COIN-M BTCUSD_PERP", "Hyperliquid BTC"])
@pytest.mark.parametrize("entry", [None, 55_000.0, 62_000.0])
def test_a_future_is_liquidated_where_its_outcome_says(label: str, entry: float | None) -> None:
    """Open or planned, long or short: the price of isolated margin is that of the simulator's own outcome."""
    spec = contract(label)
    for contracts in (-8.0, 8.0):
        size = contracts / float(spec.contract_value(60_000.0)) * 1_000.0
        size = round(size / spec.lot_size) * spec.lot_size
        inputs = HedgeInputs(
            portfolio=Portfolio.of({"BTC": (0.1, 60_000)}),
            contract=spec,
            hedge_price=60_000.0,
            contracts=size,
            entry_price=entry,
            leverage=4.0,
        )
        held = isolated_position(inputs)
        assert held is not None
        outcome = hedge_outcome(inputs)
        price = held.isolated_liquidation_price()
        assert price == (
            None if outcome.liquidation_price is None else pytest.approx(outcome.liquidation_price, rel=1e-9)
        )
        unit = 60_000.0 if spec.kind == "inverse" else 1.0
        equity = (held.collateral + held.pnl(60_000.0)) * unit
        assert equity == pytest.approx(outcome.collateral)


def test_a_future_that_is_refused_is_no_position() -> None:
    """Above the tier's leverage, and below the smallest order."""
    inputs = HedgeInputs(
        portfolio=Portfolio.of({"BTC": (0.1, 60_000)}),
        contract=contract("Binance USD-M BTCUSDT"),
        hedge_price=60_000.0,
        contracts=-1.0,
    )
    assert isolated_position(replace(inputs, leverage=200.0)) is None
    assert isolated_position(replace(inputs, contracts=-0.0001)) is None


def test_what_cannot_be_one_account_is_refused() -> None:
    """No position, or one without margin of its own."""
    with pytest.raises(InputError, match="at least one position"):
        whole_wallet([], 1_000.0, BETAS)
    with pytest.raises(InputError, match="collateral of its own"):
        whole_wallet([position("BTC", -0.1, 3.0, collateral=None)], 1_000.0, BETAS)
