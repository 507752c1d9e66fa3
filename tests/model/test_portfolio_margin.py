"""Portfolio margin: the grid, the charges, what offsets and what does not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hedge_widgets.market.facts import contract
from hedge_widgets.market.margin_terms import PORTFOLIO_VENUES, portfolio_rules
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import Position
from hedge_widgets.model.options import option_value
from hedge_widgets.model.portfolio_margin import (
    BINDING,
    Leg,
    PortfolioRules,
    basis_charge,
    book_margin,
    combined_charges,
    matched_notional,
    progressive_charge,
    scenario_pnl,
    tier_sum_margin,
    unified_account_status,
    unit_margin,
)

OKX = portfolio_rules("OKX", "BTC")
PRICE = 67_111.0
SPOT = Leg(instrument="spot", quantity=10.0, price=PRICE)
SHORT = Leg(instrument="perpetual", quantity=-10.0, price=PRICE)


def test_the_example_of_okx() -> None:
    """10 BTC spot against a short of 10: no scenario loses, basis 8,053.32, minimum 3,020; naked 80,533."""
    hedged = unit_margin([SPOT, SHORT], OKX)
    assert np.abs(hedged.scenario_pnl).max() == pytest.approx(0.0, abs=1e-6)
    assert hedged.maintenance_margin == pytest.approx(8_053.32, abs=0.005)
    assert hedged.minimum_charge == pytest.approx(3_020.17, abs=0.2)
    assert hedged.initial_margin == pytest.approx(1.3 * 8_053.32, abs=0.01)
    naked = unit_margin([SHORT], OKX)
    assert naked.maintenance_margin == pytest.approx(0.12 * 671_110)
    assert (naked.binding_price_shock, BINDING[naked.binding]) == (0.12, "shock")
    assert naked.basis_charge == 0
    assert naked.net_delta == pytest.approx(-671_110)


@given(
    venue=st.sampled_from(PORTFOLIO_VENUES),
    coin=st.sampled_from(["BTC", "ETH"]),
    quantity=st.floats(0.001, 1e4),
    instrument=st.sampled_from(["perpetual", "future"]),
    years=st.floats(0.0, 10.0),
    share=st.floats(0.0, 3.0),
)
def test_spot_of_the_same_coin_never_raises_the_margin_of_a_short(
    venue: str, coin: str, quantity: float, instrument: str, years: float, share: float
) -> None:
    """Neither equal spot nor any other amount does, at any expiry."""
    rules = portfolio_rules(venue, coin)
    short = Leg(instrument=instrument, quantity=-quantity, price=100.0, years=years)
    naked = unit_margin([short], rules).maintenance_margin
    for held in (quantity, share * quantity):
        spot = Leg(instrument="spot", quantity=held, price=100.0)
        assert unit_margin([short, spot], rules).maintenance_margin <= naked * (1 + 1e-12)


@pytest.mark.parametrize("coin", ["LINK", "SOL", "XYZ"])
def test_spot_helps_in_the_wider_grids_too(coin: str) -> None:
    """Higher shocks and basis charges, the same offset; SOL is among OKX's others (notice of 2025-01-02)."""
    rules = portfolio_rules("OKX", coin)
    naked = unit_margin([SHORT], rules).maintenance_margin
    assert naked == pytest.approx({"LINK": 0.18, "SOL": 0.25, "XYZ": 0.25}[coin] * 671_110)
    assert unit_margin([SHORT, SPOT], rules).maintenance_margin < 0.5 * naked


def test_many_books_equal_each_alone() -> None:
    """A leading axis of rows gives what each row gives: the tables of the sliders."""
    held, sold = np.array([0.0, 5.0, 10.0, 20.0]), np.array([-10.0, -10.0, -10.0, -1.0])
    put = {"instrument": "put", "price": PRICE, "years": 0.1, "strike": 60_000.0, "volatility": 0.6}
    rows = unit_margin(
        [
            Leg(instrument="spot", quantity=held, price=PRICE),
            Leg(instrument="perpetual", quantity=sold, price=PRICE),
            Leg(quantity=np.arange(4.0), **put),
        ],
        OKX,
    )
    assert rows.scenario_pnl.shape == (4, 7, 3)
    for k in range(4):
        one = unit_margin(
            [
                Leg(instrument="spot", quantity=held[k], price=PRICE),
                Leg(instrument="perpetual", quantity=sold[k], price=PRICE),
                Leg(quantity=float(k), **put),
            ],
            OKX,
        )
        for name in UNIT_FIELDS:
            np.testing.assert_allclose(getattr(rows, name)[k], getattr(one, name), rtol=1e-12, atol=1e-6, err_msg=name)


UNIT_FIELDS = tuple(unit_margin([SHORT], OKX).__dataclass_fields__)


def test_spot_beyond_the_short_is_not_in_use() -> None:
    """20 coins against a short of 10 offset 10; spot alone requires nothing; switched off it does not offset."""
    more = unit_margin([replace(SPOT, quantity=20.0), SHORT], OKX)
    assert more.maintenance_margin == pytest.approx(unit_margin([SPOT, SHORT], OKX).maintenance_margin)
    assert unit_margin([SPOT], OKX).maintenance_margin == 0
    off = unit_margin([SPOT, SHORT], replace(OKX, spot_use="none"))
    assert off.maintenance_margin == pytest.approx(0.12 * 671_110)
    assert unit_margin([SPOT], replace(OKX, spot_use="none")).maintenance_margin == 0


def test_spot_offsets_the_delta_of_options() -> None:
    """A short call of delta one half uses half a coin."""
    call = Leg(instrument="call", quantity=-1.0, price=100.0, years=0.25, strike=103.0, volatility=0.5)
    d1 = (np.log(100 / 103) + 0.5**2 * 0.25 / 2) / 0.25
    assert call.delta() == pytest.approx(-stats.norm.cdf(d1), abs=1e-6)
    unit = unit_margin([call, Leg(instrument="spot", quantity=3.0, price=100.0)], OKX)
    assert unit.net_delta == pytest.approx(0.0, abs=1e-9)
    assert unit.shock_charge > 0
    assert unit.binding_volatility_shock == 0.25


def test_options_have_scenarios_of_volatility_and_theta() -> None:
    """A long straddle loses when nothing happens and volatility falls; a short one when the price moves far."""
    straddle = [
        Leg(instrument=kind, quantity=1.0, price=100.0, years=0.05, strike=100.0, volatility=0.6)
        for kind in ("call", "put")
    ]
    bought = unit_margin(straddle, OKX)
    assert (bought.binding_price_shock, bought.binding_volatility_shock) == (0.0, -0.25)
    assert bought.theta_charge == pytest.approx(-sum(leg.pnl(0.0, 0.0, 1.0) for leg in straddle))
    assert bought.theta_charge > 0
    written = unit_margin([replace(leg, quantity=-1.0) for leg in straddle], OKX)
    assert abs(written.binding_price_shock) == 0.12
    assert written.binding_volatility_shock == 0.25
    assert written.theta_charge == 0


def test_far_out_options_are_bound_by_the_extreme() -> None:
    """Written puts at 80 % barely lose within 12 % and much at 24 %; coins and futures are never bound by it."""
    put = Leg(instrument="put", quantity=-100.0, price=100.0, years=0.02, strike=80.0, volatility=0.4)
    unit = unit_margin([put], replace(OKX, volatility_shocks=(0.0,), minimum_charge_rate=0.0))
    assert BINDING[unit.binding] == "extreme"
    assert unit.extreme_charge > unit.shock_charge
    for venue in PORTFOLIO_VENUES:
        linear = unit_margin([SHORT], portfolio_rules(venue, "BTC"))
        assert linear.extreme_charge <= linear.shock_charge * (1 + 1e-12)


def test_the_minimum_binds_a_hedge_without_basis() -> None:
    """Long and short perpetual of one coin: no shock, no basis, only what closing costs, progressively."""
    unit = unit_margin([SHORT, replace(SHORT, quantity=10.0)], OKX)
    assert BINDING[unit.binding] == "minimum"
    assert unit.maintenance_margin == pytest.approx(0.0045 * 2 * 671_110)
    large = unit_margin([replace(SHORT, quantity=-1_000.0), replace(SHORT, quantity=1_000.0)], OKX)
    raw = 0.0045 * 2 * 67_111_000
    assert raw > 500_000
    assert large.minimum_charge == pytest.approx(250_000 + 2 * 250_000 + 4 * (raw - 500_000))


def test_charges_by_hand() -> None:
    """Slices, the order of the charges, what is matched, and the years between the sides."""
    assert progressive_charge(30_000, [(10_000, 1), (70_000, 2), (170_000, 4)]) == 50_000
    assert progressive_charge(np.array([0, 5_000, 200_000]), [(10_000, 1), (70_000, 2), (170_000, 4)]).tolist() == [
        0,
        5_000,
        10_000 + 120_000 + 130_000 * 4,
    ]
    assert combined_charges(1, 2, 3, 4, 5, 6, 7) == 18
    assert combined_charges(1, 2, 3, 4, 5, 6, 70) == 70
    assert matched_notional([100.0, -30.0, -40.0]) == 70
    assert basis_charge([100.0, -60.0, -60.0], [0.0, 0.25, 0.75], 0.05, 0.12) == pytest.approx(100 * 0.05 * 0.5)
    assert basis_charge([100.0, -100.0], [0.0, 10.0], 0.05, 0.12) == pytest.approx(12)
    assert basis_charge([100.0, 50.0], [0.0, 1.0], 0.05, 0.12) == 0


def test_no_credit_between_coins() -> None:
    """ETH spot against a BTC short gets nothing; the hypothetical credit does, and is named so."""
    btc, eth = [SHORT], [Leg(instrument="perpetual", quantity=200.0, price=3_000.0)]
    rules = {"BTC": OKX, "ETH": portfolio_rules("OKX", "ETH")}
    book = book_margin({"BTC": btc, "ETH": eth}, rules)
    alone = unit_margin(btc, OKX).maintenance_margin + unit_margin(eth, rules["ETH"]).maintenance_margin
    assert book.maintenance_margin == pytest.approx(alone)
    assert book.hypothetical_credit == 0
    assert book.initial_margin == pytest.approx(1.3 * alone)
    spot = {"ETH": [Leg(instrument="spot", quantity=223.7, price=3_000.0)], "BTC": btc}
    assert book_margin(spot, rules).maintenance_margin == pytest.approx(0.12 * 671_110)
    credited = book_margin({"BTC": btc, "ETH": eth}, rules, {("BTC", "ETH"): 0.8})
    assert credited.hypothetical_credit == pytest.approx(2 * 0.8 * 0.12 * 600_000)
    same_side = book_margin({"BTC": btc, "ETH": [replace(eth[0], quantity=-200.0)]}, rules, {("BTC", "ETH"): 0.8})
    assert same_side.hypothetical_credit == 0


@given(
    st.lists(st.floats(-100, 100).filter(lambda q: abs(q) > 0.01), min_size=2, max_size=4),
    st.lists(st.floats(0, 1), min_size=6, max_size=6),
)
def test_a_credit_never_turns_a_margin_negative(quantities: list[float], shares: list[float]) -> None:
    """With any correlations the book requires at least the minimum charges and at most the sum of its units."""
    coins = [f"C{k}" for k in range(len(quantities))]
    units = {
        coin: [Leg(instrument="perpetual", quantity=quantity, price=100.0)]
        for coin, quantity in zip(coins, quantities, strict=True)
    }
    pairs = [(one, other) for k, one in enumerate(coins) for other in coins[k + 1 :]]
    book = book_margin(units, dict.fromkeys(coins, OKX), dict(zip(pairs, shares, strict=False)))
    gross = sum(unit.maintenance_margin for unit in book.units.values())
    least = sum(unit.minimum_charge for unit in book.units.values())
    assert least * (1 - 1e-12) <= book.maintenance_margin <= gross * (1 + 1e-12)
    assert book.maintenance_margin + book.hypothetical_credit == pytest.approx(gross)


def test_binance_sums_its_tiers() -> None:
    """No grid: long and short each require their own; uniMMR 1.2 stops new orders, 1.05 liquidates."""
    terms: dict[str, Any] = {
        "coin": "BTC",
        "kind": "linear",
        "quantity": 10.0,
        "entry_price": 50_000.0,
        "mark_price": 50_000.0,
        "tiers": contract("Binance USD-M BTCUSDT").tiers,
    }
    required = tier_sum_margin([Position(side=1.0, **terms), Position(side=-1.0, **terms)])
    assert required == pytest.approx(2 * (500_000 * 0.005 - 300))
    ratio, code = unified_account_status(np.array([5_281.0, 5_280.0, 4_620.0]), required, 1.2, 1.05)
    assert ratio == pytest.approx([5_281 / 4_400, 1.2, 1.05])
    assert code.tolist() == [0, 1, 2]
    assert unified_account_status(100.0, 0.0, 1.2, 1.05) == (None, 0)
    with pytest.raises(InputError, match="positions must settle in one currency, not BTC and USDT"):
        tier_sum_margin([Position(side=1.0, **terms), Position(side=1.0, **(terms | {"kind": "inverse"}))])


def test_an_option_is_worth_what_black_says() -> None:
    """Against the lognormal expectation by numerical integration, and put-call parity; intrinsic at expiry."""
    deviation = 0.6 * np.sqrt(0.3)
    law = stats.lognorm(s=deviation, scale=100 * np.exp(-(deviation**2) / 2))
    expected = law.expect(lambda price: np.maximum(price - 110, 0), lb=110)
    call, put = (option_value(100.0, 110.0, deviation, kind) for kind in ("call", "put"))
    assert call == pytest.approx(expected, rel=1e-6)
    assert call - put == pytest.approx(100 - 110)
    assert option_value(100.0, np.array([90.0, 110.0]), 0.0, "call").tolist() == [10, 0]


def test_the_sets_of_parameters() -> None:
    """OKX seven prices, Deribit nine within 16 %, Bybit ten per cent; equity of 10,000 USD on OKX."""
    assert OKX.price_shocks == (-0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12)
    assert portfolio_rules("Bybit", "ETH").price_shocks == (-0.1, 0.0, 0.1)
    deribit = portfolio_rules("Deribit", "BTC")
    assert deribit.price_shocks == pytest.approx(np.arange(-0.16, 0.161, 0.04))
    assert deribit.extreme_scenarios == ((-0.66, 0.16 / 0.66), (5.0, 0.16 / 5))
    assert portfolio_rules("OKX", "XYZ").annual_basis_rate == 0.3
    assert (deribit.initial_factor, OKX.initial_factor) == (1 / 0.8, 1.3)
    assert [portfolio_rules(venue, "BTC").is_complete for venue in ("OKX", "Bybit", "Deribit")] == [True, False, False]
    assert list(OKX.is_eligible(np.array([9_999.0, 10_000.0]))) == [False, True]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: unit_margin([], OKX), "a risk unit must hold at least one leg, not 0"),
        (lambda: scenario_pnl([], (0.0,)), "a risk unit must hold at least one leg, not 0"),
        (lambda: scenario_pnl([SPOT], (-1.0,)), "price shocks must be a finite number from -0.99 to 100, not -1"),
        (lambda: Leg(instrument="swap", quantity=1.0, price=1.0), "instrument must be one of spot, perpetual"),
        (lambda: Leg(instrument="call", quantity=1.0, price=1.0), "strike of a call must be a number"),
        (lambda: PortfolioRules(venue="X", price_shocks=(-0.1, 0.1)), r"price shocks must contain 0, not only"),
        (lambda: replace(OKX, spot_use="half"), "spot use must be one of offset, none, not 'half'"),
        (lambda: progressive_charge(1.0, []), "tiers must rise and be at least one"),
        (lambda: progressive_charge(-1.0, [(1.0, 1.0)]), "amount must be a finite number from 0"),
        (lambda: book_margin({}, {}), "a book must hold at least one risk unit, not 0"),
        (lambda: book_margin({"BTC": [SHORT]}, {}), "every risk unit must have rules, and BTC has none"),
        (
            lambda: book_margin({"BTC": [SHORT]}, {"BTC": OKX}, {("BTC", "ETH"): 0.5}),
            "a correlation must be of two coins of the book, not BTC and ETH",
        ),
        (lambda: portfolio_rules("Bybit", "XYZ"), "coin must be one whose shock Bybit is known for, not 'XYZ'"),
        (lambda: portfolio_rules("Binance", "BTC"), "venue must be one of OKX, Bybit, Deribit, not 'Binance'"),
    ],
)
def test_wrong_input_is_refused(make: Any, words: str) -> None:
    """With one sentence each."""
    with pytest.raises(InputError, match=words):
        make()
