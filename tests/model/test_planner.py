"""The plan: size, leverage, cost over time, ticket and checklist, by hand, by identity and by a second computation."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets import Book, Hedge, Holding, Plan, Portfolio, contract
from hedge_widgets.market.margin_terms import volatility_spread
from hedge_widgets.model.carry import pay_back_days
from hedge_widgets.model.hedge import hedge_outcome
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import liquidation_price
from hedge_widgets.model.paths import touch_probability
from hedge_widgets.model.planner import (
    RULES,
    Offer,
    PlannerPicture,
    PlannerSetting,
    Rule,
    checklist,
    coverage_for_loss,
    coverage_for_volatility,
    durations,
    planner_picture,
    ranking,
    tick_price,
    ticket,
)
from hedge_widgets.model.planner.checklist import FAIL, NOT_APPLICABLE, PASS, WARN, known_share, measures
from hedge_widgets.model.planner.picture import GRID, LEVERAGES
from hedge_widgets.pages.hedge.controls import LEVERAGES as OUTCOME_LEVERAGES
from hedge_widgets.pages.margin.controls import LEVERAGES as MARGIN_LEVERAGES

COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
HOLDER = Plan(
    book=Book(holdings=COINS, hedge=Hedge(contract=contract("Binance USD-M BTCUSDT")), cash=600.0, days=7.0, move=-0.2)
)
LABELS = (
    "Binance USD-M BTCUSDT",
    "Hyperliquid ETH",
    "Bybit BTCUSD",
    "Binance USD-M SOLUSDT",
    "CME MBT",
    "Example 1-BTC contract",
)


def setting(plan: Plan = HOLDER) -> PlannerSetting:
    return PlannerSetting(inputs=plan.inputs(), varies=volatility_spread())


def picture(plan: Plan = HOLDER, *, days: Any = 7.0, limit: Any = 0.01) -> PlannerPicture:
    days, limit = np.broadcast_arrays(np.atleast_1d(days).astype(float), np.atleast_1d(limit).astype(float))
    return planner_picture(setting(plan), {"days": days, "limit": limit})


plans = st.builds(
    lambda label, rounding, coverage, cash, move, quantity: HOLDER.changed(
        contract=contract(label), rounding=rounding, coverage=coverage, cash=cash, move=move, value=quantity
    ),
    st.sampled_from(LABELS),
    st.sampled_from(["nearest", "floor", "ceil", "none"]),
    st.sampled_from([0.0, 0.05, 0.4, 0.75, 1.0, 1.5, 2.0]),
    st.sampled_from([0.0, 20.0, 600.0, 50_000.0]),
    st.sampled_from([-0.5, -0.2, 0.0, 0.2]),
    st.floats(50.0, 5e6),
)


# ---- how much --------------------------------------------------------------------------------------------------------
def test_coverage_of_a_volatility_and_a_loss_by_hand() -> None:
    """docs/errata.md E8: 60 % to 30 % is half, 75 % to 30 % is 60 %; article 001: 600 lost, 360 borne, is 40 %."""
    assert coverage_for_volatility(0.3, 0.6, 0.6, 1.0, 1.0) == pytest.approx(0.5)
    assert coverage_for_volatility(0.3, 0.75, 0.75, 1.0, 1.0) == pytest.approx(0.6)
    assert coverage_for_volatility(0.7, 0.6, 0.6, 1.0, 1.0) == 0.0
    assert coverage_for_loss(360.0, -600.0, 600.0) == pytest.approx(0.4)
    assert coverage_for_loss(700.0, -600.0, 600.0) == 0.0


@given(st.floats(0.3, 1.5), st.floats(0.2, 1.0), st.floats(-0.99, 0.99), st.floats(0.0, 1.0))
def test_the_volatility_asked_for_is_the_one_that_is_left(spot: float, hedge: float, rho: float, share: float) -> None:
    """The variance with the hedge that it takes is the one that was asked for, and a smaller hedge leaves more."""
    floor = spot * np.sqrt(1.0 - rho**2)
    target = floor + share * (spot - floor)
    full = rho * spot / hedge
    if abs(rho) < 0.05:
        return
    coverage = coverage_for_volatility(target, spot, hedge, rho, full)

    def left(ratio: float) -> float:
        return float(np.sqrt(spot**2 - 2 * ratio * rho * spot * hedge + (ratio * hedge) ** 2))

    assert left(coverage * full) == pytest.approx(target, abs=1e-7)
    assert coverage <= 1.0 + 1e-9
    assert left(0.99 * coverage * full) >= target - 1e-7


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: coverage_for_volatility(0.2, 0.6, 0.6, 0.8, 0.8), "must be at least 36.0% per year"),
        (lambda: coverage_for_volatility(0.1, 0.6, 0.6, 1.0, 0.2), "not the 417% that that volatility takes"),
        (lambda: coverage_for_loss(100.0, -600.0, -10.0), r"must be at least \$600: this hedge gains nothing there"),
        (lambda: coverage_for_loss(0.0, -600.0, 100.0), "not the 600% that that loss takes"),
        (lambda: coverage_for_loss(-1.0, -600.0, 100.0), "loss you can bear must be"),
    ],
)
def test_what_no_hedge_does_is_refused_with_its_number(call: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


# ---- on what margin --------------------------------------------------------------------------------------------------
def chance_at(one: PlannerSetting, notional: float, leverage: float, days: float) -> float:
    """Return the chance of liquidation, from the price that liquidates."""
    spec, price = one.inputs.contract, one.inputs.hedge_price
    unit = price if spec.kind == "inverse" else 1.0
    terms = (spec.kind, one.side, one.quantity(notional), price, notional / leverage / unit, spec.tiers)
    liquidation = liquidation_price(*terms, spec.closing_fee_rate)
    volatility = one.inputs.hedge_volatility
    return float(touch_probability(price, liquidation, one.side, volatility, days / 365, varies=one.varies))


@settings(max_examples=60)
@given(plans, st.sampled_from([1.0, 7.0, 30.0, 365.0]), st.sampled_from([0.001, 0.01, 0.05, 0.2]))
def test_leverage_is_the_highest_step_that_the_chance_allows(plan: Plan, days: float, limit: float) -> None:
    """At the leverage the chance is no more than accepted, at the next step it is more; 1x is the least there is."""
    made, one = picture(plan, days=days, limit=limit), setting(plan)
    if not made.is_open[0]:
        return
    notional, leverage = float(made.outcome.notional[0]), float(made.leverage[0])
    assert float(made.chance[0]) == pytest.approx(chance_at(one, notional, leverage, days), abs=1e-12)
    assert made.chance[0] <= limit * (1 + 1e-6) or leverage == 1.0
    higher = [step for step in LEVERAGES if step > leverage]
    if higher and higher[0] <= made.outcome.max_leverage[0]:
        assert chance_at(one, notional, higher[0], days) > limit * (1 - 1e-6)


def test_every_step_of_leverage_is_one_of_the_other_pages() -> None:
    assert set(LEVERAGES) <= set(OUTCOME_LEVERAGES) & set(MARGIN_LEVERAGES)


@settings(max_examples=60)
@given(plans, st.sampled_from([1.0, 7.0, 90.0]))
def test_the_cash_carries_what_is_planned_and_no_lot_more(plan: Plan, days: float) -> None:
    """Margin and fee are no more than the cash; without cash, or with enough, all that is wanted is planned."""
    made = picture(plan, days=days)
    spec, price, cash = made.inputs.contract, made.inputs.hedge_price, plan.book.cash
    notional = float(np.nan_to_num(made.outcome.notional[0]))
    assert made.is_cash_limited[0] == (notional < (made.setting.wanted.notional or 0.0))
    if cash:
        fee = notional * spec.taker_fee_rate
        assert np.nan_to_num(made.outcome.collateral[0]) + fee <= cash * (1 + 1e-9)
        assert made.reserve[0] >= -1e-9 * cash or not notional
    if made.is_cash_limited[0]:
        lot = spec.lot_size * spec.contract_value(price)
        more = max(notional + lot, float(spec.smallest_notional(price)))
        allowed = float(picture(plan.changed(cash=0.0), days=days).leverage[0])  # at all that is wanted
        assert more * (1 / allowed + spec.taker_fee_rate) > cash


def test_600_dollars_limit_the_hedge_of_four_coins() -> None:
    """By hand: 33 % up liquidates 3x; 0.019 BTC x 90,000 / 3 = 570 and the fee fit, 0.020 x 90,000 / 3 = 600 do not.

    600 less 570 less the fee of opening, 0.05 % of 1,710, is 29.145; a maker pays 0.02 %.
    """
    made = picture()
    assert made.leverage[0] == 3.0
    assert made.outcome.n_contracts[0] == pytest.approx(0.019)
    assert made.outcome.collateral[0] == pytest.approx(570.0)
    assert made.reserve[0] == pytest.approx(29.145)
    assert picture(HOLDER.changed(order_type="maker")).reserve[0] == pytest.approx(30.0 - 0.0002 * 1_710)
    assert made.outcome.liquidation_price[0] == pytest.approx((90_000 + 30_000) / 1.004)


def test_top_ups_by_hand() -> None:
    """0.019 BTC short with 570: at +50 % it lost 855 and needs 0.4 % of 2,565: 295.26; back at 3x it needs 1,140."""
    made = picture()
    assert made.top_ups[0] == pytest.approx([0.0, 0.0, 855 - 570 + 0.004 * 2_565])
    assert made.restored[0] == pytest.approx([228.0, 456.0, 2_565 / 3 + 855 - 570])


def test_top_ups_of_an_inverse_short_are_dollars_at_the_price_they_are_needed_at() -> None:
    """By hand at +20 %: n C / P coins at 1.2 P; equity W + nC (1 / (1.2 P) - 1 / P) with W = nC / (L P)."""
    made = picture(HOLDER.changed(contract=contract("Bybit BTCUSD"), cash=0.0))
    size, leverage = float(made.outcome.notional[0]), float(made.leverage[0])
    price = 90_000.0
    equity = size / leverage / price + size * (1 / (1.2 * price) - 1 / price)
    restored = size / (1.2 * price) / leverage - equity
    assert made.restored[0, 1] == pytest.approx(restored * 1.2 * price)


# ---- with which contract ---------------------------------------------------------------------------------------------
def offer(label: str, removed: float, plan: Plan = HOLDER) -> Offer:
    spec = contract(label)
    inputs = replace(plan.changed(contract=spec, leverage=1.0).inputs(), move=0.0)
    return Offer(contract=spec, price=float(inputs.hedge_price), outcome=hedge_outcome(inputs), removed=removed)


def test_the_cheapest_within_the_tolerance_is_chosen() -> None:
    """Hyperliquid's 4.5 bp beat Binance's 5 on the same coin; another coin is chosen only within the tolerance."""
    offers = [
        offer("Binance USD-M BTCUSDT", 0.80),
        offer("Hyperliquid BTC", 0.80),
        offer("Hyperliquid ETH", 0.76),
        offer("Bybit BTCUSDT", 0.80),
    ]
    strict, loose = ranking(offers, 0.01), ranking(offers, 0.05)
    assert [one.offer.contract.label for one in strict][:3] == [
        "Hyperliquid BTC",
        "Binance USD-M BTCUSDT",
        "Bybit BTCUSDT",
    ]
    assert [one.problem for one in strict] == ["", "", "", "weak"]
    assert [one.is_chosen for one in strict] == [True, False, False, False]
    assert all(not one.problem for one in loose)
    costs = [one.cost for one in loose]
    assert costs == sorted(costs)
    first = strict[0].offer.outcome
    whole = (first.fees + first.slippage) / first.notional * first.target_notional
    assert strict[0].cost == pytest.approx(whole)


def test_a_contract_of_one_bitcoin_is_1250_per_cent_of_alices_target() -> None:
    """Errata E11: 2,400 dollars wanted, 30,000 the smallest order; a contract of 0.1 BTC is 125 %."""
    coins = Portfolio.of({"BTC": (0.1, 30_000), "ETH": (1.5, 2_000)})
    hedge = Hedge(contract=contract("Binance USD-M BTCUSDT"), basis="dollar", coverage=0.4)
    alice = Plan(book=Book(holdings=coins, hedge=hedge))
    labels = ("Example 1-BTC contract", "Example 0.1-BTC contract", "Binance USD-M BTCUSDT")
    ranked = {one.offer.contract.label: one for one in ranking([offer(name, 0.9, alice) for name in labels], 0.0)}
    large, tenth, fine = (ranked[label] for label in labels)
    assert (large.smallest, large.problem) == (pytest.approx(12.5), "too large")
    assert (tenth.smallest, tenth.problem) == (pytest.approx(1.25), "")
    assert fine.is_chosen


def test_what_nobody_has_prices_of_is_not_chosen() -> None:
    only = ranking([offer("Binance USD-M BTCUSDT", float("nan"))], 0.1)
    assert [(one.problem, one.is_chosen) for one in only] == [("unknown", False)]


def test_nothing_wanted_makes_no_contract_too_large() -> None:
    ranked = ranking([offer("Binance USD-M BTCUSDT", 0.8, HOLDER.changed(coverage=0.0))], 0.1)
    assert [(one.problem, one.is_chosen) for one in ranked] == [("nothing", False)]


# ---- how long --------------------------------------------------------------------------------------------------------
def test_what_time_costs_is_what_the_simulator_says() -> None:
    """Carry of every day drawn is the simulator's funding, fees and slippage at unchanged prices; so are crossings."""
    plan = HOLDER.changed(own={"funding_rate": -0.0005})
    made = picture(plan)
    base = replace(plan.inputs(), coverage=float(made.inputs.coverage[0]), leverage=3.0, rounding="nearest", move=0.0)
    days = np.arange(1.0, 366.0)
    still = hedge_outcome(replace(base, days=days))
    carry = still.funding_pnl - still.fees - still.slippage
    assert made.carry[0] == pytest.approx(carry[(GRID - 1).astype(int)])
    sold = -2 * 0.001 * 4_230 * float(made.share[0])
    assert made.sold[0] == pytest.approx(np.full(len(GRID), sold))
    assert np.isnan(made.even_day[0])
    received = picture(HOLDER)
    assert np.isnan(received.sell_day[0])
    weekly = made.sold_weekly[0] / sold
    assert weekly[0] == pytest.approx(0.1)
    assert weekly[-1] == pytest.approx(1.0)


def bitcoin(rate: float, spot_fee_rate: float) -> PlannerPicture:
    """Return the plan of 0.1 BTC at 90,000 dollars, hedged whole at no slippage, at a funding rate per day."""
    hedge = Hedge(contract=contract("Binance USD-M BTCUSDT"), basis="dollar", coverage=1.0)
    plan = Plan(book=Book(holdings=Portfolio.of({"BTC": (0.1, 90_000)}), hedge=hedge, move=-0.2))
    inputs = plan.changed(own={"funding_rate": rate, "half_spread": 0.0, "impact": 0.0}).inputs()
    values = {"days": np.array([7.0]), "limit": np.array([0.01])}
    return planner_picture(PlannerSetting(inputs=inputs, spot_fee_rate=spot_fee_rate), values)


@pytest.mark.parametrize(
    ("rate", "spot_fee_rate", "sell_day", "even_day"),
    [
        (-0.0005, 0.001, 3.0, None),  # 9 + 4.50 a day is more than 18 from the third day on
        (0.0005, 0.001, None, 2.0),  # 4.50 a day have paid 9 after two days
        (0.0005, 0.0, None, 2.0),  # selling for nothing is cheaper on the first day, but does not stay so
        (-0.0005, 0.0, 1.0, None),
    ],
)
def test_the_day_from_which_selling_stays_cheaper_by_hand(
    rate: float, spot_fee_rate: float, sell_day: float | None, even_day: float | None
) -> None:
    """A hedge of 9,000 dollars costs 9 to open and close; selling the coins and buying them back costs 18, or 0."""
    made = bitcoin(rate, spot_fee_rate)
    assert (made.sell_day[0], made.even_day[0]) == (
        pytest.approx(sell_day or np.nan, nan_ok=True),
        pytest.approx(even_day or np.nan, nan_ok=True),
    )


@given(st.integers(-200, 200).map(lambda count: count * 1e-5), st.sampled_from(LABELS))
def test_funding_has_paid_on_the_day_that_the_carry_page_says(rate: float, label: str) -> None:
    made = picture(HOLDER.changed(contract=contract(label), cash=0.0, own={"funding_rate": rate}))
    spec = made.inputs.contract
    if not made.is_open[0] or spec.is_dated:
        return
    still = hedge_outcome(replace(made.inputs, move=0.0))
    cost = float((still.fees + still.slippage)[0] / still.notional[0])
    days = pay_back_days(cost, rate * spec.funding_hours / 24.0, spec.funding_hours)
    expected = np.nan if days is None or days > 365.0 else np.ceil(days - 1e-9)
    assert made.even_day[0] == pytest.approx(expected, nan_ok=True)


def test_the_chance_grows_over_the_limit_after_the_plan_and_not_before() -> None:
    """The leverage is rounded down to a step, so the limit is passed some days after the plan's end."""
    made = picture(days=[1.0, 7.0, 30.0, 90.0], limit=0.05)
    later = np.nan_to_num(made.limit_day, nan=400.0)
    assert (later > made.values["days"]).all()
    assert np.isfinite(made.limit_day).sum() >= 2
    assert (np.diff(made.liquidation_probability, axis=1) >= -1e-12).all()


def test_the_ways_to_be_protected() -> None:
    """Sold now a share is missed and spared whole, sold by tenths 55 % of that; a hedge's carry is its own days'."""
    made = picture()
    ways = durations(made)
    assert [(way.kind, way.days) for way in ways] == [
        ("hedge", 7.0),
        ("hedge", 21.0),
        ("hedge", 60.0),
        ("hedge", 365.0),
        ("weekly", 70.0),
        ("sold", 0.0),
    ]
    own, weekly, sold = ways[0], ways[-2], ways[-1]
    share, fall = float(made.share[0]), 0.2 * 4_230
    assert sold.lost + sold.given_up == pytest.approx(fall)
    assert sold.given_up == pytest.approx(share * fall)
    assert weekly.given_up == pytest.approx(0.55 * share * fall)
    at_move = HOLDER.changed(coverage=float(made.inputs.coverage[0]), leverage=3.0).outcome()
    assert own.lost == pytest.approx(-at_move.spot_pnl - at_move.hedge_pnl)
    assert own.chance == pytest.approx(float(made.chance[0]))
    assert durations(picture(HOLDER.changed(coverage=0.0))) == ()


@pytest.mark.parametrize("move", [1.5, 10.0])
def test_no_coin_falls_by_more_than_99_per_cent(move: float) -> None:
    """Beyond that the ways are compared at -99 %; sold now, the whole fall is spared in part and missed in part."""
    ways = durations(picture(HOLDER.changed(move=move)))
    assert {way.size for way in ways} == {-0.99}
    assert ways[-1].lost + ways[-1].given_up == pytest.approx(0.99 * 4_230)


def test_coins_that_are_owed_fear_a_rise() -> None:
    """0.1 BTC short, hedged by a purchase: at +20 % coins and hedge lose nothing, at -20 % 1,800 are missed."""
    hedge = Hedge(contract=contract("Binance USD-M BTCUSDT"), basis="dollar", coverage=1.0)
    plan = Plan(book=Book(holdings=Portfolio.of({"BTC": (-0.1, 90_000)}), hedge=hedge, move=0.2))
    way = durations(picture(plan))[0]
    assert (way.size, way.lost, way.given_up) == (0.2, pytest.approx(0.0, abs=1e-9), pytest.approx(1_800))


def test_a_plan_leaves_out_the_spike_and_the_own_move() -> None:
    plain, other = picture(), picture(HOLDER.changed(spike=0.6, own_move=0.3))
    assert other.outcome.net_pnl[0] == plain.outcome.net_pnl[0]
    assert not other.outcome.is_liquidated[0]


# ---- the ticket ------------------------------------------------------------------------------------------------------
@settings(max_examples=40)
@given(plans, st.sampled_from([1.0, 7.0, 90.0]))
def test_the_ticket_is_the_book_with_the_plan_in_it(plan: Plan, days: float) -> None:
    """Every number of the ticket is that of the same book on the other pages; no order has no ticket."""
    made = picture(plan, days=days)
    if not made.is_open[0]:
        with pytest.raises(InputError, match="this plan has none"):
            ticket(made, date(2026, 11, 27))
        return
    one = ticket(made, date(2026, 11, 27))
    there = plan.changed(
        coverage=float(made.inputs.coverage[0]),
        leverage=one.leverage,
        days=days,
        margin_mode="isolated",
    ).outcome()
    assert one.notional == pytest.approx(there.notional)
    assert one.n_contracts == pytest.approx(there.n_contracts)
    assert one.margin == pytest.approx(there.collateral)
    assert one.funding == pytest.approx(there.funding_pnl)
    assert one.costs == pytest.approx(there.fees + there.slippage)
    assert one.liquidation_price == (
        None if there.liquidation_price is None else pytest.approx(there.liquidation_price)
    )
    assert (one.review - one.opened).days == days


@given(st.floats(1e-5, 2e5), st.sampled_from([1e-7, 1e-5, 0.001, 0.1, 0.5, 5.0]), st.sampled_from([-1.0, 1.0]))
def test_a_price_on_a_tick_is_never_worse(price: float, tick: float, side: float) -> None:
    made, step = Decimal(repr(tick_price(price, tick, side))), Decimal(repr(tick))
    assert made >= step
    nearest = round(made / step) * step
    assert abs(made - nearest) <= made * Decimal("1e-15")
    worse = Decimal(int(side)) * (nearest - Decimal(repr(price)))
    assert -step < worse <= 0 or made == step


def test_a_coin_that_is_quoted_by_the_thousand_is_ordered_at_that_price() -> None:
    coins = Portfolio.of({"PEPE": (10_000_000, 0.0000123)})
    plan = Plan(book=Book(holdings=coins, hedge=Hedge(contract=contract("Binance USD-M 1000PEPEUSDT"))))
    one = ticket(picture(plan), date(2026, 11, 27))
    assert (one.quoted, one.limit_price) == (1_000, pytest.approx(0.0123))


# ---- the checklist ---------------------------------------------------------------------------------------------------
CALM = {"known_share": 1.0, "removed": 0.7, "beta_error": 0.03}
GOOD = HOLDER.changed(cash=5_000.0, coverage=0.5)


def statuses(plan: Plan = GOOD, *, days: float = 7.0, limit: float = 0.01, **facts: Any) -> dict[str, str]:
    made = picture(plan, days=days, limit=limit)
    return {row.key: row.status for row in checklist(measures(made, **{**CALM, **facts}))}


@settings(max_examples=80)
@given(
    plans,
    st.sampled_from([1.0, 7.0, 90.0, 365.0]),
    st.sampled_from([0.001, 0.01, 0.2]),
    st.one_of(st.none(), st.floats(-1.0, 1.0)),
    st.floats(0.0, 1.0),
)
def test_no_row_passes_on_the_wrong_side_of_its_line(
    plan: Plan, days: float, limit: float, removed: float | None, known: float
) -> None:
    """A row passes, warns or fails by its number and its lines; what does not apply has a reason and no number."""
    made = picture(plan, days=days, limit=limit)
    rows = checklist(measures(made, known_share=known, removed=removed, beta_error=0.03))
    assert [row.key for row in rows] == list(RULES)
    for row in rows:
        if row.status == NOT_APPLICABLE:
            assert row.value is None
            assert row.reason
            continue
        assert row.value is not None
        assert np.isfinite(row.value)
        good = row.value >= row.rule.line if row.rule.is_least else row.value <= row.rule.line
        bad = row.value < row.rule.fails if row.rule.is_least else row.value > row.rule.fails
        assert row.status == (PASS if good else FAIL if bad else WARN), row


def test_a_good_plan_passes() -> None:
    assert [key for key, status in statuses().items() if status != PASS] == ["004.5"]  # no top-up at +20 %


@pytest.mark.parametrize(
    ("changes", "flipped"),
    [
        ({"known_share": 0.7}, {"000.1"}),
        ({"removed": 0.2}, {"000.2"}),
        ({"removed": None}, {"000.2"}),
        ({"beta_error": 0.5}, {"000.3"}),
        ({"beta_error": None}, {"000.3"}),
        ({"plan": GOOD.changed(own={"half_spread": 0.004})}, {"000.4"}),
        ({"plan": GOOD.changed(own={"funding_rate": -0.0002})}, {"000.8"}),
        ({"plan": GOOD.changed(cash=900.0)}, {"004.1"}),
        ({"plan": GOOD.changed(coverage=1.5)}, {"004.3"}),
        ({"limit": 0.2}, {"004.4", "004.5"}),  # more leverage is less margin, which a rise then eats up
        ({"days": 120.0}, {"000.5", "000.6", "004.7"}),  # for so long even 1x is liquidated more often
        ({"plan": GOOD.changed(coverage=0.0)}, set(RULES) - {"000.1", "000.2", "000.3"}),
    ],
)
def test_each_input_flips_the_rows_it_should(changes: dict[str, Any], flipped: set[str]) -> None:
    before, after = statuses(), statuses(**changes)
    assert {key for key in RULES if before[key] != after[key]} == {
        key for key in flipped if before[key] != NOT_APPLICABLE or after[key] != NOT_APPLICABLE
    }


def test_a_short_of_the_coin_itself_has_nothing_that_drifts() -> None:
    """Errata E6: spot and linear futures have no gamma, so the rows of gamma and rebalancing do not apply."""
    coins = Portfolio.of({"BTC": (0.5, 90_000)})
    plan = Plan(book=Book(holdings=coins, hedge=Hedge(contract=contract("Binance USD-M BTCUSDT")), days=7.0))
    assert {statuses(plan)[key] for key in ("000.6", "000.7")} == {NOT_APPLICABLE}


def test_1000_dollars_do_not_carry_7500_at_three_to_five_times() -> None:
    """Errata E14: 7,500 short at 5x is 1,500 of margin; the row says how much of the cash what is wanted would take."""
    coins = Portfolio.of({"BTC": (0.5, 30_000)})
    hedge = Hedge(contract=contract("Binance USD-M BTCUSDT"), basis="dollar", coverage=0.5)
    made = picture(Plan(book=Book(holdings=coins, hedge=hedge, cash=1_000.0)), days=7.0, limit=0.03)
    assert made.leverage[0] == 5.0
    row = next(row for row in checklist(measures(made, **CALM)) if row.key == "004.1")
    assert row.value == pytest.approx(7_500 * (1 / 5 + 0.0005) / 1_000)
    assert row.status == FAIL


def test_the_share_that_is_known_counts_every_holding() -> None:
    """By hand: 950 of SOL, and 200 and 100 owed of ADA in two rows, are 1,250 in all."""
    rows = (("SOL", 5.0, 190.0), ("ADA", -200.0, 1.0), ("ADA", -100.0, 1.0))
    coins = Portfolio(tuple(Holding(symbol=name, quantity=count, price=price) for name, count, price in rows))
    assert known_share(coins, ["ADA"]) == pytest.approx(950 / 1_250)
    assert known_share(coins, []) == 1.0


def test_lines_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InputError, match="at least that of a pass"):
        Rule(line=1.0, fails=0.5)
    with pytest.raises(InputError, match="at most that of a pass"):
        Rule(line=1.0, fails=1.5, is_least=True)
    assert [Rule(line=1.0, fails=2.0).status(value) for value in (1.0, 1.5, 2.5)] == [PASS, WARN, FAIL]
