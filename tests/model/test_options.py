"""Options: published prices, parity, shape, greeks against differences; protection; where gamma and vega show."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.model.carry import CarryInputs
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.options import (
    ALTERNATIVES,
    Alternative,
    ProtectionInputs,
    alternatives,
    black_76,
    black_scholes,
    coin_premium,
    coin_settled_delta,
    collar,
    delta_hedge,
    implied_volatility,
    linear_greeks,
    option_along,
    option_fee,
    option_value,
    protective_put,
    put_value,
    zero_cost_call_strike,
)

forwards, strikes = st.floats(20, 500), st.floats(50, 200)
years = st.floats(0.02, 3)
volatilities = st.floats(0.1, 1.5)
discount_rates = st.floats(-0.05, 0.3)
kinds = st.sampled_from(["call", "put"])


# prices


@given(forwards, strikes, years, volatilities, discount_rates)
def test_put_call_parity(forward: float, strike: float, time: float, volatility: float, rate: float) -> None:
    """Call less put is the discounted forward less strike, whatever the volatility (Black 1976)."""
    call, put = (black_76(kind, forward, strike, time, volatility, rate) for kind in ("call", "put"))
    assert call.price - put.price == pytest.approx(np.exp(-rate * time) * (forward - strike), abs=1e-9)
    assert call.delta - put.delta == pytest.approx(np.exp(-rate * time))
    assert (call.gamma, call.vega) == (put.gamma, put.vega)


@given(strikes, strikes, years, volatilities, discount_rates, st.floats(-0.1, 0.2))
def test_parity_with_a_yield(
    spot: float, strike: float, time: float, volatility: float, rate: float, yield_rate: float
) -> None:
    """Call less put is the discounted spot less strike, and the price is that of Black 1976 on the forward."""
    call, put = (black_scholes(kind, spot, strike, time, volatility, rate, yield_rate) for kind in ("call", "put"))
    parity = spot * np.exp(-yield_rate * time) - strike * np.exp(-rate * time)
    assert call.price - put.price == pytest.approx(parity, abs=1e-9)
    forward = spot * np.exp((rate - yield_rate) * time)
    assert call.price == pytest.approx(black_76("call", forward, strike, time, volatility, rate).price, abs=1e-9)


@given(kinds, forwards, years, volatilities)
def test_prices_are_monotone_and_convex_in_the_strike(
    kind: str, forward: float, time: float, volatility: float
) -> None:
    """A call falls with its strike and a put rises, both convex; both rise with the forward's volatility."""
    prices = black_76(kind, forward, np.linspace(10, 800, 200), time, volatility).price
    steps = np.diff(prices) * (1 if kind == "put" else -1)
    assert np.all(steps >= -1e-9)
    assert np.all(np.diff(prices, 2) >= -1e-9)
    wilder = black_76(kind, forward, np.linspace(10, 800, 200), time, volatility + 0.1).price
    assert np.all(wilder >= prices - 1e-9)


@given(kinds, strikes, years, volatilities)
def test_prices_are_monotone_and_convex_in_the_forward(
    kind: str, strike: float, time: float, volatility: float
) -> None:
    """A call rises with the forward and a put falls, both convex and above the intrinsic value."""
    forward = np.linspace(10, 500, 200)
    value = black_76(kind, forward, strike, time, volatility)
    sign = 1 if kind == "call" else -1
    assert np.all(sign * np.diff(value.price) >= -1e-9)
    assert np.all(np.diff(value.price, 2) >= -1e-9)
    assert np.all(value.price >= np.maximum(sign * (forward - strike), 0) - 1e-9)
    assert np.all((sign * value.delta >= 0) & (sign * value.delta <= 1) & (value.gamma >= 0) & (value.vega >= 0))


def difference(function: Any, at: float, step: float) -> float:
    """Return the derivative by Richardson's extrapolation of two central differences."""
    wide, narrow = ((function(at + k) - function(at - k)) / (2 * k) for k in (step, step / 2))
    return float((4 * narrow - wide) / 3)


@pytest.mark.parametrize("is_future", [True, False])
@given(kinds, st.floats(60, 180), strikes, st.floats(0.1, 2), st.floats(0.3, 1.2), discount_rates, st.floats(-0.1, 0.2))
def test_greeks_are_derivatives(
    is_future: bool,
    kind: str,
    spot: float,
    strike: float,
    time: float,
    volatility: float,
    rate: float,
    yield_rate: float,
) -> None:
    """Delta, gamma, vega, theta and rho agree with differences of the price, for spot with a yield and for futures."""

    def price(s: float = spot, t: float = time, v: float = volatility, r: float = rate) -> Any:
        if is_future:
            return black_76(kind, s, strike, t, v, r)
        return black_scholes(kind, s, strike, t, v, r, yield_rate)

    value = price()
    tolerance = {"rel": 1e-5, "abs": 1e-6 * spot}
    assert value.delta == pytest.approx(difference(lambda x: price(s=x).price, spot, 0.01 * spot), abs=1e-5)
    assert value.gamma == pytest.approx(difference(lambda x: price(s=x).delta, spot, 0.01 * spot), abs=1e-5)
    assert value.vega == pytest.approx(difference(lambda x: price(v=x).price, volatility, 0.01), **tolerance)
    assert -value.theta == pytest.approx(difference(lambda x: price(t=x).price, time, 0.01 * time), **tolerance)
    assert value.rho == pytest.approx(difference(lambda x: price(r=x).price, rate, 0.001), **tolerance)


@pytest.mark.parametrize(
    ("kind", "terms", "price"),
    [
        # Haug, The Complete Guide to Option Pricing Formulas, as printed in QuantLib's test-suite/europeanoption.cpp.
        ("call", (60.0, 65.0, 0.25, 0.30, 0.08, 0.0), 2.1334),
        ("put", (100.0, 95.0, 0.5, 0.20, 0.10, 0.05), 2.4648),
        ("put", (19.0, 19.0, 0.75, 0.28, 0.10, 0.10), 1.7011),
        ("call", (19.0, 19.0, 0.75, 0.28, 0.10, 0.10), 1.7011),
        # Hull, Options, Futures, and Other Derivatives, example of the chapter on Black-Scholes-Merton.
        ("call", (42.0, 40.0, 0.5, 0.20, 0.10, 0.0), 4.76),
        ("put", (42.0, 40.0, 0.5, 0.20, 0.10, 0.0), 0.81),
    ],
)
def test_published_prices(kind: str, terms: tuple[float, ...], price: float) -> None:
    """The prices that textbooks print, to their last digit."""
    digits = len(str(price).split(".")[1])
    assert black_scholes(kind, *terms).price == pytest.approx(price, abs=0.5 * 10**-digits)


def test_nothing_moves_any_more() -> None:
    """Without time or volatility: intrinsic on the forward, delta one or nothing, no greeks exactly at the money."""
    for time, volatility in ((0.0, 0.6), (0.5, 0.0)):
        value = black_76("put", np.array([90.0, 100.0, 110.0]), 100.0, time, volatility)
        assert value.price.tolist() == [10, 0, 0]
        assert np.array_equal(value.delta, [-1, np.nan, 0], equal_nan=True)
        assert np.array_equal(value.gamma, [0, np.nan, 0], equal_nan=True)
        assert np.array_equal(value.vega, [0, np.nan, 0], equal_nan=True)
        assert np.array_equal(value.theta, [0, np.nan, 0], equal_nan=True)
    assert black_76("call", 100.0, 100.0, 0.0, 0.6).delta is None
    sure = black_scholes("call", 100.0, 90.0, 1.0, 0.0, 0.1)
    assert sure.price == pytest.approx(100 - 90 * np.exp(-0.1))
    assert (sure.delta, sure.rho, sure.theta) == pytest.approx((1, 90 * np.exp(-0.1), -9 * np.exp(-0.1)))


@given(
    kinds, forwards, strikes, st.sampled_from([0.0, 1e-300, 1e-12, 50.0]), st.sampled_from([0.0, 1e-300, 1e-9, 20.0])
)
def test_extremes_stay_finite(kind: str, forward: float, strike: float, time: float, volatility: float) -> None:
    """Far from any use the price is finite and within its bounds, and no greek is infinite."""
    value = black_76(kind, forward, strike, time, volatility)
    assert 0 <= value.price <= (forward if kind == "call" else strike) * (1 + 1e-12)
    assert all(greek is None or np.isfinite(greek) for greek in vars(value).values())


def test_what_is_refused() -> None:
    """An expired option, a word for a kind, a missing number: the message names thing, rule and value."""
    for terms, message in (
        (("call", 100.0, 100.0, -0.1, 0.6), "years must be at least 0, not -0.1: the option has expired"),
        (("call", 100.0, 100.0, np.array([0.1, -2.0]), 0.6), "not -2: the option has expired"),
        (("chooser", 100.0, 100.0, 0.1, 0.6), "kind must be one of call, put"),
        (("call", float("nan"), 100.0, 0.1, 0.6), "forward must be a finite number"),
        (("call", 100.0, 0.0, 0.1, 0.6), "strike must be a finite number"),
        (("call", 100.0, 100.0, 0.1, -0.6), "volatility must be a finite number from 0 to 20, not -0.6"),
    ):
        with pytest.raises(InputError, match=message):
            black_76(*terms)


@given(kinds, forwards, strikes, years, volatilities, discount_rates)
def test_implied_volatility_gives_the_price_back(
    kind: str, forward: float, strike: float, time: float, volatility: float, rate: float
) -> None:
    """The price at the implied volatility is the price, and where the price tells, so is the volatility."""
    value = black_76(kind, forward, strike, time, volatility, rate)
    implied = implied_volatility(kind, value.price, forward, strike, time, rate)
    assert black_76(kind, forward, strike, time, implied, rate).price == pytest.approx(value.price, abs=1e-9 * forward)
    if value.vega > 1e-3 * forward:
        assert implied == pytest.approx(volatility, abs=1e-8)


def test_a_price_no_volatility_explains() -> None:
    """Below the intrinsic value, above the forward, at expiry: a sentence each; at the intrinsic value it is 0."""
    assert implied_volatility("call", 10.0, 110.0, 100.0, 0.5) == 0
    for price, time, message in (
        (9.0, 0.5, "must lie from the intrinsic value, 10, .*no volatility explains it"),
        (111.0, 0.5, "no volatility explains it"),
        (12.0, 0.0, "years must be above 0 for an implied volatility"),
    ):
        with pytest.raises(InputError, match=message):
            implied_volatility("call", price, 110.0, 100.0, time)
    found = implied_volatility("put", np.array([2.0, 5.0]), 100.0, np.array([90.0, 100.0]), 0.1)
    assert option_value(100.0, np.array([90.0, 100.0]), found * 0.1**0.5, "put") == pytest.approx([2, 5])


# protection


@given(st.floats(0.1, 5), st.floats(40, 100), st.floats(0, 20), st.lists(st.floats(0.01, 400), min_size=1))
def test_a_put_is_a_floor(quantity: float, strike: float, premium: float, prices: list[float]) -> None:
    """No price loses more than max_loss; above the strike the premium is all that is missing; it breaks even there."""
    outcome = protective_put(quantity, 100.0, strike, premium, np.array(prices))
    assert np.all(outcome.pnl >= outcome.max_loss - 1e-9)
    above = np.array(prices) > strike
    assert outcome.pnl[above] == pytest.approx(quantity * (np.array(prices)[above] - 100 - premium), abs=1e-9)
    assert outcome.break_even_price == 100 + premium
    level = protective_put(quantity, 100.0, strike, premium, outcome.break_even_price)
    assert level.pnl == pytest.approx(0, abs=1e-9 * quantity * 100)


@given(st.floats(50, 99), st.floats(101, 200), st.floats(0, 10), st.floats(0, 10), st.floats(0.01, 400))
def test_a_collar_is_a_put_and_a_sold_call(low: float, high: float, paid: float, got: float, price: float) -> None:
    """It is the sum of its parts, bounded by max_loss and max_gain, and breaks even only between the strikes."""
    outcome = collar(2.0, 100.0, low, high, paid, got, price)
    parts = protective_put(2.0, 100.0, low, paid, price).pnl + 2 * (got - max(price - high, 0))
    assert outcome.pnl == pytest.approx(parts, abs=1e-9)
    assert outcome.max_loss - 1e-9 <= outcome.pnl <= outcome.max_gain + 1e-9
    assert outcome.net_premium == paid - got
    if outcome.break_even_price is None:
        assert not low <= 100 + outcome.net_premium <= high
    else:
        level = collar(2.0, 100.0, low, high, paid, got, outcome.break_even_price)
        assert level.pnl == pytest.approx(0, abs=1e-9)


def test_strikes_the_wrong_way_round() -> None:
    """A collar's call strike below its put strike is refused."""
    with pytest.raises(InputError, match="the call strike must be at least the put strike, 110, not 90"):
        collar(1.0, 100.0, 110.0, 90.0, 5.0, 5.0, 100.0)


@given(st.floats(0.6, 1.1), years, volatilities, volatilities)
def test_a_call_that_pays_for_the_put(strike: float, time: float, volatility: float, call_volatility: float) -> None:
    """At the strike found call and put cost the same; a lower put leaves a higher call."""
    found = zero_cost_call_strike(100 * strike, 100.0, time, volatility, call_volatility)
    put = black_76("put", 100.0, 100 * strike, time, volatility, 0.05).price
    assert black_76("call", 100.0, found, time, call_volatility, 0.05).price == pytest.approx(put, abs=1e-9)
    assert zero_cost_call_strike(99 * strike, 100.0, time, volatility, call_volatility) > found


def test_no_call_pays() -> None:
    """Zero volatility, no time, a put dearer than any call: each is a sentence; with one volatility K = F at F."""
    assert zero_cost_call_strike(100.0, 100.0, 0.1, 0.6) == pytest.approx(100)
    for terms, message in (
        ((90.0, 100.0, 0.1, 0.0), "volatility must be above 0, not 0: without time value"),
        ((90.0, 100.0, 0.1, 0.6, 0.0), "call volatility must be above 0, not 0"),
        ((90.0, 100.0, 0.0, 0.6), "years must be above 0, not 0"),
        ((300.0, 100.0, 0.1, 0.6), "the put strike must be lower than 300: no call is worth"),
    ):
        with pytest.raises(InputError, match=message):
            zero_cost_call_strike(*terms)


@given(st.floats(60, 160), volatilities)
def test_the_delta_of_a_coin_settled_option(price: float, volatility: float) -> None:
    """Delta less premium / price is the derivative of the premium in coins, times the price."""
    value = black_76("put", price, 100.0, 0.2, volatility)

    def in_coins(at: float) -> Any:
        return coin_premium(black_76("put", at, 100.0, 0.2, volatility).price, at)

    slope = difference(in_coins, price, 0.01 * price) * price
    assert coin_settled_delta(value.delta, value.price, price) == pytest.approx(slope, abs=1e-5)


def test_an_options_fee() -> None:
    """0.03 % of 60,000 is 18 for an option of 1,615; one of 100 pays 12.50, an eighth of its premium."""
    assert option_fee(60_000, np.array([1_615.0, 100.0])).tolist() == pytest.approx([18, 12.5])


NAN = float("nan")


@pytest.mark.parametrize(
    ("function", "terms", "name"),
    [
        (protective_put, (1.0, 100.0, 90.0, NAN, 95.0), "premium"),
        (protective_put, (1.0, 100.0, 90.0, 3.0, [95.0, NAN]), "prices"),
        (collar, (1.0, 100.0, 90.0, 110.0, 3.0, NAN, 95.0), "call premium"),
        (coin_settled_delta, (NAN, 1.0, 100.0), "delta"),
        (coin_premium, (1.0, 0.0), "price"),
        (option_fee, (100.0, NAN), "premium"),
        (linear_greeks, (NAN,), "quantity"),
        (implied_volatility, ("call", NAN, 100.0, 100.0, 0.1), "option price"),
        (delta_hedge, ("call", NAN, [1.0, 2.0], 1.0, 0.1, 0.5), "quantity"),
        (zero_cost_call_strike, (90.0, NAN, 0.1, 0.6), "forward"),
    ],
)
def test_what_is_no_number_is_refused_by_name(function: Any, terms: tuple[Any, ...], name: str) -> None:
    """A missing number, or one outside its rule, is named in the message."""
    with pytest.raises(InputError, match=f"^{name} must be a finite number from"):
        function(*terms)


# where gamma and vega show


def path(volatility: float, n_paths: int, n_steps: int, seed: int, time: float = 30 / 365) -> Any:
    """Return normal paths from 100, shape (n_paths, n_steps + 1)."""
    normal = np.random.default_rng(seed).standard_normal((n_paths, n_steps))
    step = volatility * (time / n_steps) ** 0.5
    return 100 * np.exp(np.pad((step * normal - step**2 / 2).cumsum(axis=1), ((0, 0), (1, 0))))


@given(kinds, st.floats(-3, 3), st.integers(0, 1000), st.floats(0.2, 1.2))
def test_the_parts_of_a_delta_hedge_sum(kind: str, quantity: float, seed: int, volatility: float) -> None:
    """Option plus hedge is the net, and gamma, theta, vega and the rest are it too, at every step."""
    prices = path(0.6, 3, 20, seed)
    along = volatility * np.linspace(1, 1.3, 21)
    hedge = delta_hedge(kind, quantity, prices, 100.0, 30 / 365, along)
    assert hedge.option_pnl + hedge.hedge_pnl == pytest.approx(hedge.net_pnl, abs=1e-9)
    parts = hedge.gamma_pnl + hedge.theta_pnl + hedge.vega_pnl + hedge.other_pnl
    assert parts == pytest.approx(hedge.net_pnl, abs=1e-9)
    first, last = (option_along(kind, prices, 100.0, 30 / 365, along).price[:, k] for k in (0, -1))
    assert hedge.option_pnl.sum(axis=1) == pytest.approx(quantity * (last - first), abs=1e-9)


def test_gamma_is_paid_for_with_theta() -> None:
    """Hedged often at the volatility that comes, an option gains nothing on average; at a lower one it gains.

    The mean gain is that of the difference in price, within four standard errors.
    """
    prices, time = path(0.6, 4_000, 200, 3), 30 / 365
    for implied in (0.6, 0.5):
        net = delta_hedge("call", 1.0, prices, 100.0, time, implied).net_pnl.sum(axis=1)
        worth = black_76("call", 100.0, 100.0, time, 0.6).price - black_76("call", 100.0, 100.0, time, implied).price
        assert net.mean() == pytest.approx(worth, abs=4 * net.std() / len(net) ** 0.5)
    fair = delta_hedge("call", 1.0, prices, 100.0, time, 0.6)
    assert np.all(fair.gamma_pnl >= 0)
    assert np.all(fair.theta_pnl <= 0)
    assert not fair.vega_pnl.any()
    explained = fair.gamma_pnl + fair.theta_pnl
    assert fair.other_pnl.sum(axis=1).std() < 0.5 * explained.sum(axis=1).std()


def test_vega_is_paid_when_volatility_moves() -> None:
    """At a standing price a rise of 10 points gains vega x 0.10, less the time that passes; sold, it loses as much."""
    prices, along = np.full(3, 100.0), np.array([0.6, 0.61, 0.61])
    bought, sold = (delta_hedge("call", size, prices, 100.0, 0.5, along) for size in (1.0, -1.0))
    assert bought.vega_pnl.tolist() == pytest.approx([0.01 * bought.vega[0], 0])
    assert sold.vega_pnl.tolist() == pytest.approx((-bought.vega_pnl).tolist())
    with pytest.raises(InputError, match="at least two prices a path"):
        delta_hedge("call", 1.0, 100.0, 100.0, 0.5, 0.6)


def test_linear_contracts_have_no_gamma() -> None:
    """Errata E6 and E8: delta is the quantity, the rest nothing, in arrays too."""
    assert linear_greeks(-0.25) == {"delta": -0.25, "gamma": 0, "vega": 0, "theta": 0}
    assert linear_greeks(np.array([1.0, -2.0]))["gamma"].tolist() == [0, 0]


# the same protection by other means


def inputs(**changes: Any) -> ProtectionInputs:
    short = CarryInputs(
        notional=30_000.0,
        days=30.0,
        funding_rate=1e-4,
        inverse_funding_rate=5e-5,
        spot_price=60_000.0,
        futures_price=60_600.0,
        days_to_expiry=90.0,
        money_rate=0.04,
    )
    base: dict[str, Any] = {
        "short": short,
        "coverage": 0.5,
        "move": np.array([-1.0, -0.3, 0.0, 0.2, 0.5]),
        "tiers": contract("Binance USD-M BTCUSDT").tiers,
        "put_strike": 54_000.0,
        "put_volatility": 0.6,
        "call_volatility": 0.55,
    }
    return ProtectionInputs(**(base | changes))


def test_six_ways_by_hand() -> None:
    """Half of 60,000 for 30 days at -30 %: carry, cost and outcome of each way, worked apart."""
    table = alternatives(inputs(move=-0.3))
    assert list(table) == list(ALTERNATIVES)
    interest = 10_000 * 0.04 * 30 / 365
    assert table["perpetual"].pnl == pytest.approx(-18_000 + 9_000 + 90 * 3 - 30 - interest)
    assert table["dated"].pnl == pytest.approx(-18_000 + 9_000 + 100 - 30 - interest)
    assert table["inverse"].pnl == pytest.approx(-18_000 + 9_000 + 135 - 30)
    assert table["sale"].pnl == pytest.approx(-18_000 + 9_000 + 3 * interest - 60)
    growth = 1 + 0.04 * 30 / 365
    undiscounted = black_76("put", 60_000 * growth, 54_000.0, 30 / 365, 0.6).price
    # The premium is the discounted price, and what it could have earned makes the undiscounted one of it.
    assert table["put"].cost == pytest.approx(0.5 * (undiscounted + 18))
    assert put_value(inputs()).price == pytest.approx(undiscounted / growth)
    assert table["put"].pnl == pytest.approx(-18_000 + 0.5 * (54_000 - 42_000) - table["put"].cost)
    assert table["collar"].cost == pytest.approx(18)
    assert table["perpetual"].margin == table["dated"].margin == 10_000
    assert table["inverse"].coins_posted == table["collar"].coins_posted == 0.5


@pytest.mark.parametrize("days_to_expiry", [1.0, 4.0, 30.0, 365.0])
def test_a_put_does_not_hang_on_the_dated_future(days_to_expiry: float) -> None:
    """The same put costs the same whatever the dated future's basis and life; money's rate alone moves its forward."""
    short = replace(inputs().short, days_to_expiry=days_to_expiry, days_to_roll=days_to_expiry)
    table, same = (alternatives(inputs(move=-0.3, short=each)) for each in (short, inputs().short))
    assert table["put"] == same["put"]
    assert table["collar"] == same["collar"]


def test_a_put_on_money_that_earns() -> None:
    """Put, call and forward agree: coins with a put and without a call are money lent, at any rate of money."""
    for rate in (0.0, 0.2):
        short = replace(inputs().short, days=365.0, money_rate=rate)
        found = put_value(inputs(short=short))
        call = black_scholes("call", 60_000.0, 54_000.0, 1.0, 0.6, np.log1p(rate)).price
        assert 60_000 + found.price - call == pytest.approx(54_000 / (1 + rate))
        cost = alternatives(inputs(short=short, option_fee_rate=0.0))["put"].cost
        assert cost == pytest.approx(0.5 * found.price * (1 + rate))


def test_a_future_without_a_next_contract_has_no_outcome() -> None:
    """A basis of 1 % on 2 days is no rate to roll at: the dated short is None, the other ways stand."""
    short = replace(inputs().short, days_to_expiry=2.0, days_to_roll=2.0)
    table = alternatives(inputs(move=-0.3, short=short))
    assert (table["dated"].pnl, table["dated"].carry, table["dated"].worst_pnl) == (None, None, None)
    assert all(way.pnl is not None for name, way in table.items() if name != "dated")
    assert np.isnan(alternatives(inputs(short=short))["dated"].pnl).all()


def test_a_short_that_funding_has_killed() -> None:
    """1.5 % a day for 365 days on a third of margin: 10,000 and the fees are lost at every move, and so it is said.

    The coins of the inverse short are all gone, and gain no more.
    """
    short = replace(inputs().short, days=365.0, funding_rate=-5e-3, inverse_funding_rate=-5e-3, money_rate=0.0)
    table = alternatives(inputs(short=short))
    spot = 60_000 * np.array([-1.0, -0.3, 0.0, 0.2, 0.5])
    perpetual, inverse = table["perpetual"], table["inverse"]
    assert perpetual.pnl == pytest.approx(spot - 10_000 - 30)
    assert perpetual.worst_pnl == pytest.approx(-70_030)
    assert inverse.pnl == pytest.approx(spot / 2 - 30_000 - 30)
    for way, days in ((perpetual, 10_000 / 450), (inverse, 30_000 / 450)):
        assert way.liquidation_move == -1
        assert way.eaten_days == pytest.approx(days)
        assert way.upside_kept is None


def test_what_was_paid_brings_the_liquidation_nearer() -> None:
    """18 days at 450 take 8,100 of 10,000: 1,900 back 30,000 then; the inverse short can die now too."""
    short = replace(inputs().short, days=18.0, funding_rate=-5e-3, inverse_funding_rate=-5e-3)
    table = alternatives(inputs(short=short, move=0.2))
    assert table["perpetual"].liquidation_move == pytest.approx((30_000 + 1_900) / 30_000 / 1.004 - 1)
    assert table["inverse"].liquidation_move == pytest.approx(30_000 / 8_100 - 1)
    # Gone with what was left: the margin in all, beside the costs.
    assert table["perpetual"].protection_pnl == pytest.approx(-1_900)
    assert table["perpetual"].pnl == pytest.approx(12_000 - 10_000 - table["perpetual"].cost)


def test_the_parts_of_a_way_sum() -> None:
    """pnl = spot + protection + carry - cost for every way and move; the worst outcome is that at -100 %."""
    for way in alternatives(inputs()).values():
        parts = way.spot_pnl + way.protection_pnl + way.carry - way.cost
        assert np.asarray(way.pnl) == pytest.approx(parts, abs=1e-9)
        assert way.worst_pnl == pytest.approx(way.pnl[0])
        assert np.all(way.pnl >= way.worst_pnl - 1e-9)


def upside(name: str, **changes: Any) -> Any:
    return alternatives(inputs(**changes))[name].upside_kept


def test_what_each_way_keeps_of_a_rally() -> None:
    """A short or a sale of half keeps half, a put what lies above its strike, a collar what lies below its call."""
    for name in ("perpetual", "dated", "inverse", "sale"):
        assert upside(name, rise=0.3) == pytest.approx(0.5)
    assert upside("perpetual", rise=0.5) is None  # it does not live to see it
    assert upside("put") == pytest.approx(1)
    assert upside("put", put_strike=66_000.0) == pytest.approx(1 - 0.5 * 6_000 / 30_000)
    assert upside("collar", call_strike=66_000.0) == pytest.approx(0.5 + 0.5 * 6_000 / 30_000)
    assert upside("collar", rise=0.05, call_strike=66_000.0) == pytest.approx(1)


def test_a_collar_that_does_not_exist() -> None:
    """A put above the forward has no call above it that pays: its collar is None, NaN in arrays; the rest stands."""
    table = alternatives(inputs(put_strike=66_000.0, move=-0.3))
    assert set(vars(table["collar"]).values()) == {None}
    assert table["put"].pnl == pytest.approx(-18_000 + 0.5 * (66_000 - 42_000) - table["put"].cost)
    both = alternatives(inputs(put_strike=np.array([54_000.0, 66_000.0]), move=-0.3))["collar"]
    assert np.isnan(both.pnl).tolist() == [False, True]
    assert both.pnl[0] == pytest.approx(alternatives(inputs(move=-0.3))["collar"].pnl)


def test_which_short_a_rally_closes() -> None:
    """Perpetual and future at 3x die at about a third up, at 1x about 99 %; the others never do."""
    table = alternatives(inputs())
    dying = {name: way.liquidation_move for name, way in table.items()}
    assert dying["perpetual"] == dying["dated"] == pytest.approx((4 / 3) / 1.004 - 1)
    assert all(dying[name] is None for name in ("inverse", "put", "collar", "sale"))


def test_a_protective_put_as_often_quoted() -> None:
    """Errata E17: 54,000 put on 60,000 at 60 % for 30 days costs 1,615 and loses 7,615 at most, fees aside."""
    short = CarryInputs(
        notional=60_000.0,
        days=30.0,
        funding_rate=0.0,
        inverse_funding_rate=0.0,
        spot_price=60_000.0,
        futures_price=60_000.0,
        days_to_expiry=30.0,
    )
    way: Alternative = alternatives(inputs(short=short, coverage=1.0, option_fee_rate=0.0))["put"]
    assert way.cost == pytest.approx(1_615, abs=0.5)
    assert way.worst_pnl == pytest.approx(-7_615, abs=0.5)


@given(st.floats(0.05, 1), st.floats(-0.9, 3), st.floats(0.5, 1), st.floats(0.1, 1.2))
def test_no_way_is_free(coverage: float, move: float, strike: float, volatility: float) -> None:
    """Costs are not negative, a zero-cost collar costs only fees, and a put is never worse than its floor."""
    changes = {"put_strike": strike * 60_000, "put_volatility": volatility, "call_volatility": volatility}
    table = alternatives(inputs(coverage=coverage, move=move, **changes))
    assert all(way.cost >= -1e-6 for way in table.values())
    assert table["collar"].cost <= 0.5 * 2 * 18 + 1e-6
    assert table["put"].pnl >= table["put"].worst_pnl - 1e-6


def test_protection_that_cannot_be() -> None:
    """No days leave no time value for the collar; a notional of 0 protects nothing; strikes must be in order."""
    with pytest.raises(InputError, match="coverage must be a finite number"):
        inputs(coverage=0.0)
    with pytest.raises(InputError, match="the call strike must be at least the put strike"):
        alternatives(inputs(call_strike=50_000.0))
    with pytest.raises(InputError, match="volatility must be above 0, not 0"):
        alternatives(inputs(put_volatility=0.0))
