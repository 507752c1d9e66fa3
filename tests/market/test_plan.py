"""The plan: a book and figures of one's own are the inputs of the model, and what is changed of them is only that."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets import Book, Future, Hedge, HedgeInputs, Plan, Portfolio, contract, contracts, hedge_outcome
from hedge_widgets.model.hedge import BASES, MARGIN_MODES
from hedge_widgets.model.limits import InputError

COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
BTC = contract("Binance USD-M BTCUSDT")
PLAN = Plan(book=Book(holdings=COINS, hedge=Hedge(contract=BTC), cash=600, days=7))


@st.composite
def inputs(draw: st.DrawFn) -> HedgeInputs:
    """Return inputs a page can hold."""
    share = st.floats(0.0, 1.0)
    return HedgeInputs(
        portfolio=COINS,
        contract=contract(draw(st.sampled_from(sorted(contracts())))),
        hedge_price=draw(st.floats(0.01, 1e5)),
        coverage=draw(st.floats(0.0, 1.5)),
        basis=draw(st.sampled_from(BASES)),
        beta=draw(st.floats(-1.0, 4.0)),
        correlation=draw(st.floats(-1.0, 1.0)),
        spot_volatility=draw(st.floats(0.05, 3.0)),
        hedge_volatility=draw(st.floats(0.05, 3.0)),
        leverage=draw(st.sampled_from([1.0, 3.0, 20.0, 150.0])),
        margin_mode=draw(st.sampled_from(MARGIN_MODES)),
        cash=draw(st.sampled_from([0.0, 600.0, 1e6])),
        move=draw(st.floats(-0.6, 1.0)),
        spike=draw(st.floats(-0.6, 1.5)),
        spike_fraction=draw(share),
        own_move=draw(st.floats(-0.5, 1.0)),
        funding_rate=draw(st.floats(-0.01, 0.01)),
        days=draw(st.floats(0.0, 365.0)),
        impact=draw(st.floats(0.0, 2.0)),
        residual=draw(st.floats(-1.0, 1.0)),
        sized_correlation=draw(st.none() | st.floats(-1.0, 1.0)),
    )


@given(inputs())
def test_a_plan_stands_for_the_inputs_it_was_made_of(given_inputs: HedgeInputs) -> None:
    """Whatever is set, the plan comes to the same money."""
    came, went = (vars(hedge_outcome(inputs)) for inputs in (Plan.of(given_inputs).inputs(), given_inputs))
    for name, value in went.items():  # a residual of 1e-13 is none to a plan
        assert came[name] == (value if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)), name


def test_what_the_market_says_is_not_own() -> None:
    """Only what differs is told, and half an estimate is none."""
    plain = Plan.of(PLAN.inputs())
    assert plain == PLAN
    other = Plan.of(replace(PLAN.inputs(), correlation=0.5, funding_rate=0.001))
    own = other.own[BTC.label]
    assert {"correlation", "spot_volatility", "hedge_volatility", "beta", "funding_rate"} <= own.keys()
    assert "hedge_price" not in own


def test_parts_are_changed_one_by_one() -> None:
    """By hand: coins worth twice as much are twice as many; a notional is reached to the nearest lot."""
    assert PLAN.changed(value=8_460.0).book.holdings.holdings[0].quantity == 10.0
    sized = PLAN.changed(notional=1_800.0).outcome()
    assert sized.n_contracts == pytest.approx(0.02)
    assert sized.notional == pytest.approx(1_800.0)
    assert PLAN.changed(leverage=5.0, days=9.0, cash=10.0).book.hedge.leverage == 5.0
    assert PLAN.changed() == PLAN


def test_another_contract_leaves_nothing_behind() -> None:
    """The figures set for BTC are there again with BTC, and not with ETH."""
    own = PLAN.changed(own={"hedge_price": 80_000.0, "correlation": 0.1})
    ether = own.changed(contract=contract("Binance USD-M ETHUSDT"))
    assert ether.inputs().hedge_price < 10_000
    assert ether.inputs().correlation > 0.5
    back = ether.changed(contract=BTC).inputs()
    assert (back.hedge_price, back.correlation, back.sized("correlation")) == (80_000.0, 0.1, 0.1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"notional": 1e6}, "at most 2 times a full one"),
        ({"leverage": 1_000.0}, "leverage"),
        ({"cash": -1.0}, "cash"),
        ({"own": {"hedge_price": 0.0}}, "hedge price"),
    ],
)
def test_a_wrong_part_is_refused(change: dict[str, Any], words: str) -> None:
    """Each in a sentence that names it."""
    with pytest.raises(InputError, match=words):
        PLAN.changed(**change).inputs()


def test_a_coin_without_a_price_cannot_be_shorted() -> None:
    """The sentence says what to do."""
    unknown = replace(BTC, underlying="NOSUCH")
    with pytest.raises(InputError, match="add it to your coins first"):
        PLAN.changed(contract=unknown).inputs()


def test_a_book_has_at_most_eight_futures() -> None:
    """The hedge and seven others; an eighth other is refused."""
    other = Future(contract=BTC, contracts=-1.0)
    assert len(Book(holdings=COINS, hedge=Hedge(contract=BTC), futures=(other,) * 7).futures) == 7
    with pytest.raises(InputError, match="at most 7 futures beside its hedge, not 8"):
        Book(holdings=COINS, hedge=Hedge(contract=BTC), futures=(other,) * 8)
