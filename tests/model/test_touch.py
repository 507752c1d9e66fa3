"""The chance of liquidation: closed form, simulation with and without what happens between steps, and its inverse."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.market.margin_terms import volatility_spread, whole_rates
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import MarginTiers, liquidation_price
from hedge_widgets.model.paths import (
    VolatilitySpread,
    barrier_for_probability,
    leverage_for_probability,
    seen_probability,
    touch_probability,
)
from tests.model.price_paths import PriceDynamics, simulated_extremes, touch_share

MONTH = 30 / 365
CASES = list(itertools.product((-1.0, 1.0), (0.3, 0.6, 1.2), (-1.0, 0.0, 1.5)))


@pytest.mark.parametrize(("side", "volatility", "drift"), CASES)
def test_simulation_and_closed_form_agree(side: float, volatility: float, drift: float) -> None:
    """With what happens between the steps the share is within three standard errors, at five distances at once."""
    dynamics = PriceDynamics(volatility=volatility, drift=drift)
    extremes = simulated_extremes(dynamics, MONTH, 8, 40_000, seed=11)
    barrier = 100.0 * np.exp(-side * volatility * np.sqrt(MONTH) * np.array([0.2, 0.5, 1.0, 1.5, 2.0]))
    exact = touch_probability(100.0, barrier, side, volatility, MONTH, drift)
    share, error = touch_share(extremes, 100.0, barrier, side)
    assert np.all(np.abs(share - exact) <= 3 * error)
    assert np.all(error < 0.003)


def test_a_path_seen_now_and_then_misses_liquidations() -> None:
    """Looking at the steps only finds far too few, by many standard errors, and fewer with fewer steps."""
    exact = touch_probability(100.0, 120.0, -1.0, 0.6, MONTH)
    shares = []
    for n_steps in (4, 16, 64):
        extremes = simulated_extremes(PriceDynamics(volatility=0.6), MONTH, n_steps, 40_000, seed=3)
        share, error = touch_share(extremes, 100.0, 120.0, -1.0, "discrete")
        assert share < exact - 5 * error
        bridged, error = touch_share(extremes, 100.0, 120.0, -1.0)
        assert abs(bridged - exact) <= 3 * error
        shares.append(share)
    assert shares == sorted(shares)


@pytest.mark.parametrize(("side", "volatility", "drift"), CASES)
def test_looks_see_what_simulated_looks_see_and_never_more_than_the_engine(
    side: float, volatility: float, drift: float
) -> None:
    """Within three standard errors of paths seen at as many moments; below the closed form at every distance."""
    for n_looks in (1, 2, 7, 90):
        years = n_looks / 365
        barrier = 100.0 * np.exp(-side * volatility * np.sqrt(years) * np.array([0.1, 0.5, 1.0, 1.5, 2.0, 4.0, 7.0]))
        found = seen_probability(100.0, barrier, side, volatility, years, n_looks, drift)
        extremes = simulated_extremes(PriceDynamics(volatility=volatility, drift=drift), years, n_looks, 20_000, seed=6)
        share, error = touch_share(extremes, 100.0, barrier[:5], side, "discrete")
        assert np.all(np.abs(share - found[:5]) <= 3.5 * error + 1e-12)
        assert np.all(found < touch_probability(100.0, barrier, side, volatility, years, drift))
        assert np.all(np.diff(found) < 0)


def test_one_and_two_looks_by_the_normal_law() -> None:
    """One look is a normal tail; of two, the chance that neither is beyond is the bivariate normal's."""
    from scipy.stats import multivariate_normal, norm

    deviation, years = 0.6 * (2 / 365) ** 0.5, 2 / 365
    mean = 0.6**2 / 2 * years  # a long's barrier lies below, where the logarithm's trend leads
    for distance in (0.3, 1.0, 2.5):
        barrier = 100.0 * np.exp(-distance * deviation)
        one = norm.sf((distance * deviation - mean) / deviation)
        assert seen_probability(100.0, barrier, 1.0, 0.6, years, 1) == pytest.approx(one, rel=1e-12)
        law = multivariate_normal([mean / 2, mean], deviation**2 * np.array([[0.5, 0.5], [0.5, 1.0]]))
        two = 1.0 - law.cdf([distance * deviation] * 2)
        assert seen_probability(100.0, barrier, 1.0, 0.6, years, 2) == pytest.approx(two, rel=1e-5)


def test_ends_of_the_looks() -> None:
    """A missing barrier is never seen, one already passed at once; no volatility, time or look is refused."""
    barrier = np.array([np.nan, 90.0, 100.0, 1e9])
    assert seen_probability(100.0, barrier, -1.0, 0.6, MONTH, 30).tolist() == [0.0, 1.0, 1.0, 0.0]
    assert seen_probability(100.0, None, -1.0, 0.6, MONTH, 30) == 0.0
    for wrong in ((0.0, MONTH, 30), (0.6, 0.0, 30), (0.6, MONTH, 0), (21.0, MONTH, 30)):
        with pytest.raises(InputError):
            seen_probability(100.0, 110.0, -1.0, *wrong)


def test_fat_tails_and_jumps() -> None:
    """Same volatility, fatter steps: far barriers are touched more often, near ones less; up-jumps kill shorts."""
    terms: dict[str, Any] = {"years": MONTH, "n_steps": 30, "n_paths": 40_000, "seed": 5}
    normal = simulated_extremes(PriceDynamics(volatility=0.6), **terms)
    fat = simulated_extremes(PriceDynamics(volatility=0.6, degrees_of_freedom=3.0), **terms)
    far, near = 100 * np.exp(4.0 * 0.6 * MONTH**0.5), 104.0
    assert touch_share(fat, 100.0, far, -1.0)[0] > 4 * touch_share(normal, 100.0, far, -1.0)[0]
    assert touch_share(fat, 100.0, near, -1.0)[0] < touch_share(normal, 100.0, near, -1.0)[0]
    jumpy = PriceDynamics(volatility=0.6, jump_intensity=6.0, jump_mean=0.1, jump_deviation=0.1)
    assert (
        touch_share(simulated_extremes(jumpy, **terms), 100.0, 150.0, -1.0)[0]
        > 1.5 * touch_share(normal, 100.0, 150.0, -1.0)[0]
    )


def test_the_simulated_moments_are_the_models() -> None:
    """Variance sigma^2 T + lambda T (m^2 + s^2), and the price's mean grows with the drift, jumps included."""
    dynamics = PriceDynamics(volatility=0.6, drift=0.5, jump_intensity=12.0, jump_mean=-0.05, jump_deviation=0.08)
    final = simulated_extremes(dynamics, 0.5, 10, 100_000, seed=9).final
    variance = 0.6**2 * 0.5 + 12 * 0.5 * (0.05**2 + 0.08**2)
    assert final.var() == pytest.approx(variance, rel=0.02)
    growth = np.exp(final)
    assert abs(growth.mean() - np.exp(0.25)) <= 3 * growth.std() / np.sqrt(growth.size)
    fat = simulated_extremes(PriceDynamics(volatility=0.6, degrees_of_freedom=8.0), 0.5, 10, 100_000, seed=9).final
    assert fat.var() == pytest.approx(0.6**2 * 0.5, rel=0.03)


def test_a_seed_gives_the_same_paths() -> None:
    """Twice the same, and others with another seed; the extremes enclose the end."""
    dynamics = PriceDynamics(volatility=0.6, degrees_of_freedom=4.0, jump_intensity=3.0, jump_deviation=0.1)
    one, same, other = (simulated_extremes(dynamics, MONTH, 5, 1_000, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.highest, same.highest)
    assert not np.array_equal(one.highest, other.highest)
    assert np.all((one.lowest <= one.lowest_seen) & (one.lowest_seen <= one.final))
    assert np.all((one.final <= one.highest_seen) & (one.highest_seen <= one.highest))


def test_ends_of_the_chance() -> None:
    """A barrier passed is touched, a missing one never; without volatility or time the drift decides."""
    assert touch_probability(100.0, 90.0, -1.0, 0.6, MONTH) == 1.0
    assert touch_probability(100.0, None, -1.0, 0.6, MONTH) == 0.0
    assert touch_probability(100.0, np.array([np.nan, 101.0]), -1.0, 0.6, 0.0).tolist() == [0.0, 0.0]
    assert touch_probability(100.0, 110.0, -1.0, 0.0, 1.0, 0.2) == 1.0
    assert touch_probability(100.0, 130.0, -1.0, 0.0, 1.0, 0.2) == 0.0
    assert touch_probability(100.0, 1e6, -1.0, 0.01, 10.0, 5.0) == pytest.approx(1.0)  # the naive form overflows
    extremes = simulated_extremes(PriceDynamics(volatility=0.6), MONTH, 5, 1_000, seed=1)
    assert touch_share(extremes, 100.0, None, -1.0) == (0.0, 0.0)
    assert touch_share(extremes, 100.0, np.array([99.0, np.nan]), -1.0)[0].tolist() == [1.0, 0.0]


@given(
    side=st.sampled_from([-1.0, 1.0]),
    probability=st.floats(1e-4, 0.9),
    volatility=st.floats(0.1, 2.0),
    years=st.floats(0.01, 2.0),
    drift=st.floats(-1.0, 1.0),
)
def test_the_barrier_of_a_chance_has_that_chance(
    side: float, probability: float, volatility: float, years: float, drift: float
) -> None:
    """The bisection undoes the closed form."""
    barrier = barrier_for_probability(100.0, side, probability, volatility, years, drift)
    assert touch_probability(100.0, barrier, side, volatility, years, drift) == pytest.approx(probability, rel=1e-6)


BTC = contract("Binance USD-M BTCUSDT").tiers
COIN = contract("Binance COIN-M BTCUSD_PERP").tiers


@pytest.mark.parametrize(
    ("kind", "quantity", "tiers"),
    [
        ("linear", 10.0, BTC),
        ("inverse", 600_000.0, COIN),
        ("linear", 10.0, whole_rates()["Deribit BTC-PERPETUAL"]),
    ],
    ids=["linear", "inverse", "size"],
)
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_leverage_is_an_output(kind: str, quantity: float, tiers: Any, side: float) -> None:
    """Opened with the leverage found, the position is liquidated with the chance that was chosen."""
    safe = leverage_for_probability(kind, side, quantity, 60_000.0, tiers, 0.6, MONTH, np.array([0.01, 0.1, 0.3]))
    price = liquidation_price(kind, side, quantity, 60_000.0, safe.notional / safe.leverage, tiers)
    chance = touch_probability(60_000.0, price, side, 0.6, MONTH)
    assert chance == pytest.approx([0.01, 0.1, 0.3], rel=1e-6)
    assert np.all(np.diff(safe.leverage) > 0)
    assert safe.collateral * safe.leverage == pytest.approx(np.full(3, safe.notional))
    assert not safe.is_limited_by_tier.any()


def test_one_per_cent_in_a_month_is_less_than_two_times() -> None:
    """A linear short at a volatility of 60 % may have 1.8 times leverage, not 3 to 5; the venue's limit holds too."""
    safe = leverage_for_probability("linear", -1.0, 1.0, 30_000.0, MarginTiers.single(0.004, 125), 0.6, MONTH)
    assert safe.leverage == pytest.approx(1.8, abs=0.05)
    assert safe.probability == pytest.approx(0.01)
    calm = leverage_for_probability("linear", -1.0, 1.0, 30_000.0, MarginTiers.single(0.004, 20), 0.05, 1 / 365)
    assert calm.leverage == 20
    assert calm.is_limited_by_tier
    assert calm.probability < 0.01


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: touch_probability(0.0, 110.0, -1.0, 0.6, MONTH), "spot must be a finite number"),
        (lambda: touch_probability(100.0, 110.0, -1.0, -0.1, MONTH), "volatility must be a finite number from 0 to 20"),
        (lambda: barrier_for_probability(100.0, -1.0, 1.0, 0.6, MONTH), "probability must be a finite number"),
        (lambda: PriceDynamics(volatility=0.6, degrees_of_freedom=2.0), "degrees of freedom must be a finite number"),
        (
            lambda: simulated_extremes(PriceDynamics(volatility=0.6), 1.0, 0, 10, 1),
            "number of steps must be a finite number",
        ),
        (
            lambda: touch_share(
                simulated_extremes(PriceDynamics(volatility=0.6), 1.0, 1, 10, 1), 1.0, 2.0, -1.0, "hourly"
            ),
            "monitoring must be one of continuous, discrete, not 'hourly'",
        ),
    ],
)
def test_wrong_input_is_refused(make: Any, words: str) -> None:
    """With one sentence."""
    with pytest.raises(InputError, match=words):
        make()


def test_a_total_volatility_holds_the_jumps() -> None:
    """Diffusion and jumps together have the volatility asked for, in the formula and in the simulation."""
    shape = {"degrees_of_freedom": 8.0, "jump_intensity": 12.0, "jump_mean": 0.02, "jump_deviation": 0.08}
    dynamics = PriceDynamics.of_total_volatility(0.6, **shape)
    assert dynamics.volatility**2 + 12.0 * (0.02**2 + 0.08**2) == pytest.approx(0.36)
    final = simulated_extremes(dynamics, 0.5, 10, 100_000, seed=9).final
    assert np.std(final) == pytest.approx(0.6 * 0.5**0.5, rel=0.02)
    with pytest.raises(InputError, match=r"at least the 0\.2857 of the jumps alone, not 0\.2"):
        PriceDynamics.of_total_volatility(0.2, **shape)


def test_a_longer_simulation_begins_as_the_shorter_one() -> None:
    """Steps of one length share their draws, kept or not: thirty days begin with the same ten."""
    dynamics = PriceDynamics(volatility=0.6, degrees_of_freedom=4.0, jump_intensity=6.0, jump_deviation=0.08)
    day = 1 / 365
    ten, thirty, again = (simulated_extremes(dynamics, n * day, n, 500, seed=3) for n in (10, 30, 10))
    np.testing.assert_array_equal(ten.highest, again.highest)
    assert (thirty.highest >= ten.highest).all()
    assert (thirty.lowest <= ten.lowest).all()
    other = simulated_extremes(dynamics, 10 * day, 10, 500, seed=4)
    assert (other.final != ten.final).all()


# ---- a volatility that varies ----------------------------------------------------------------------------------------
SPREAD = volatility_spread()
CERTAIN = VolatilitySpread(rises=((7, 0, 0), (90, 0, 0)), falls=((7, 0, 0), (90, 0, 0)))
DISTANCES = np.array([0.05, 0.15, 0.4, 0.9])


@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("days", [1, 7, 30, 90, 200])
def test_without_a_spread_it_is_the_textbook(side: float, days: int) -> None:
    """Level and spread 0 give the plain formula, its barriers and its looks."""
    barrier, terms = 100.0 * np.exp(-side * DISTANCES), (side, 0.6, days / 365)
    plain, certain = (touch_probability(100.0, barrier, *terms, 0.3, varies=varies) for varies in (None, CERTAIN))
    assert certain == pytest.approx(plain, rel=1e-12)
    plain, certain = (seen_probability(100.0, barrier, *terms, days, varies=varies) for varies in (None, CERTAIN))
    assert certain == pytest.approx(plain, rel=1e-12)
    plain, certain = (
        barrier_for_probability(100.0, side, 0.02, 0.6, days / 365, varies=varies) for varies in (None, CERTAIN)
    )
    assert certain == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("days", [7, 20, 90])
def test_the_mean_over_volatilities_is_that_of_simulated_ones(side: float, days: int) -> None:
    """Each path draws its volatility and, bridged, its furthest point: within three and a half standard errors."""
    draw, n_paths, years = np.random.default_rng(17), 200_000, days / 365
    (first, level, spread), (last, far_level, far_spread) = SPREAD.rises if side < 0 else SPREAD.falls
    share = (1 / days - 1 / last) / (1 / first - 1 / last)
    level = far_level + share * (level - far_level)
    spread = np.sqrt(far_spread**2 + share * (spread**2 - far_spread**2))
    deviation = 0.6 * np.exp(level + spread * draw.standard_normal(n_paths)) * np.sqrt(years)
    end = side * 0.6**2 / 2 * years + deviation * draw.standard_normal(n_paths)  # towards the barrier
    furthest = (end + np.sqrt(end**2 - 2 * deviation**2 * np.log(1.0 - draw.random(n_paths)))) / 2
    found = touch_probability(100.0, 100.0 * np.exp(-side * DISTANCES), side, 0.6, years, varies=SPREAD)
    simulated = np.array([np.mean(furthest >= distance) for distance in DISTANCES])
    assert np.all(np.abs(found - simulated) <= 3.5 * np.sqrt(found * (1 - found) / n_paths) + 0.012 * found)  # nodes


@given(
    side=st.sampled_from([-1.0, 1.0]),
    volatility=st.floats(0.2, 1.5),
    days=st.floats(1.0, 120.0),
    longer=st.floats(1.0, 2.0),
    distance=st.floats(0.02, 1.2),
)
def test_more_time_or_a_nearer_barrier_is_a_higher_chance(
    side: float, volatility: float, days: float, longer: float, distance: float
) -> None:
    """Where the chance is at least a thousandth, as the pages show it."""

    def chance(days: float, distance: float) -> float:
        barrier = 100.0 * np.exp(-side * distance)
        return float(touch_probability(100.0, barrier, side, volatility, days / 365, varies=SPREAD))

    now = chance(days, distance)
    assert chance(days, 0.9 * distance) >= now * (1 - 1e-12)
    if now > 1e-3:
        assert chance(days * longer, distance) >= now * (1 - 1e-6)


@pytest.mark.parametrize("days", [7, 30, 90])
def test_small_chances_rise_and_the_leverage_for_them_falls(days: int) -> None:
    """What the textbook calls one in a hundred is several in a hundred; the leverage found has the chance chosen."""
    years = days / 365
    barrier = barrier_for_probability(60_000.0, -1.0, 0.01, 0.6, years)
    assert touch_probability(60_000.0, barrier, -1.0, 0.6, years, varies=SPREAD) > 0.02
    limits = np.array([0.01, 0.05, 0.1])
    terms = ("linear", -1.0, 1.0, 60_000.0, BTC, 0.6, years, limits)
    plain, varied = leverage_for_probability(*terms), leverage_for_probability(*terms, varies=SPREAD)
    assert np.all(varied.leverage < plain.leverage)
    assert varied.probability == pytest.approx(limits, rel=1e-6)
    chance = touch_probability(60_000.0, varied.liquidation_price, -1.0, 0.6, years, varies=SPREAD)
    assert chance == pytest.approx(limits, rel=1e-6)


def test_a_spread_below_zero_is_refused() -> None:
    """And days that do not ascend."""
    for rows in (((7, 0, -0.1), (90, 0, 0)), ((90, 0, 0), (7, 0, 0))):
        with pytest.raises(InputError, match="rows of ascending days"):
            VolatilitySpread(rises=rows, falls=CERTAIN.falls)
