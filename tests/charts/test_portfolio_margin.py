"""The portfolio-margin page's charts and words: updates, tables, specs, and figures from the definition or by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets.market.facts import contract
from hedge_widgets.market.margin_terms import portfolio_rules
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import unified_liquidation_price
from hedge_widgets.model.portfolio_margin import Leg, book_margin, unit_margin
from hedge_widgets.model.portfolio_margin.picture import (
    BASIS,
    GRID,
    LIQUIDATED,
    NOT_ELIGIBLE,
    NOT_OPENED,
    NOTHING,
    OPEN,
    REFUSED,
    PortfolioMarginPicture,
    portfolio_margin_picture,
)
from hedge_widgets.model.portfolio_margin.regimes import first_zero, further_values
from hedge_widgets.model.portfolio_margin.setting import FurtherCoin, PortfolioMarginSetting
from hedge_widgets.pages.portfolio_margin import charts, readouts, words
from hedge_widgets.pages.portfolio_margin.charts import freed
from hedge_widgets.pages.portfolio_margin.controls import SLIDERS
from hedge_widgets.pages.portfolio_margin.examples import EXAMPLES
from tests.charts.explorer_charts import Charts, texts

PRICE, SIZE = 67_111.0, 671_110.0


def setting(
    venue: str = "OKX", beta: float = 1.0, others: tuple[FurtherCoin, ...] = (), **changes: Any
) -> PortfolioMarginSetting:
    """Return OKX's example's setting, changed; ETH has a beta, and other coins can stand beside it."""
    fields: dict[str, Any] = {
        "coin": "BTC",
        "further": (FurtherCoin(coin="ETH", beta=beta, rules=portfolio_rules(venue, "ETH")), *others),
        "rules": portfolio_rules(venue, "BTC"),
        "contract": contract("Binance USD-M BTCUSDT"),
        "price": PRICE,
        "size": SIZE,
        "cash": 100_000.0,
        "no_new_orders_ratio": 1.2,
        "liquidation_ratio": 1.05,
    }
    return PortfolioMarginSetting(**fields | changes)


SETTINGS = (
    setting(),
    setting("Deribit", cash=5_000.0, days=30.0, strike_ratio=1.1),
    setting("Bybit", size=8_000.0, cash=0.0, collateral_ratio=0.9),
    setting(rules=replace(portfolio_rules("OKX", "BTC"), spot_use="none"), beta=2.0),
    setting(
        others=(
            FurtherCoin(coin="SOL", share=0.3, beta=1.36, rules=portfolio_rules("OKX", "SOL")),
            FurtherCoin(coin="USDT", share=0.1, beta=0.0, is_stable=True),
            FurtherCoin(coin="ADA", share=-0.1, beta=1.29, rules=portfolio_rules("OKX", "ADA")),
        ),
        own_move=-0.06,
        own_at=-0.2,
    ),
)


PAGE = Charts(
    topic="portfolio_margin",
    charts=charts,
    keys=("regimes", "life", "heat", "charges"),
    picture=portfolio_margin_picture,
    settings=SETTINGS,
    sliders=SLIDERS,
    start=EXAMPLES[0].values,
    busy={"puts": 0.4, "future": 0.2, "second_spot": 0.3, "credit": 0.5, "leverage": 5.0},
    readouts=texts(words, readouts),
    marks=(words.MARKS, readouts.marks, words.REMARKS),
)


def at(state: PortfolioMarginSetting = SETTINGS[0], **changes: Any) -> PortfolioMarginPicture:
    """Return the picture of the hedged book, changed."""
    return PAGE.at(state, **changes)


# Figures by hand


def test_the_example_of_okx() -> None:
    """MR1 0, basis 8,053.32, minimum 3,020.17, initial 1.3 times; tiers 3,055.55 and 67,111 at 10 times."""
    picture = at()
    assert picture.unit.shock_charge[0] == pytest.approx(0.0, abs=1e-6)
    assert picture.unit.minimum_charge[0] == pytest.approx(3_020.17, abs=0.2)
    assert picture.maintenance[0].tolist() == pytest.approx([3_055.55, 3_055.55, 8_053.32])
    assert picture.initial[0].tolist() == pytest.approx([67_111.0, 67_111.0, 1.3 * 8_053.32])
    assert picture.cash_needed[0].tolist() == pytest.approx([67_111.0, 0.0, 0.0])
    assert picture.binds[0] == BASIS
    assert freed(picture)[0] == pytest.approx(67_111.0 - 1.3 * 8_053.32)
    assert picture.spot_in_use[0] == pytest.approx(SIZE)


def test_a_naked_short_is_liquidated_first_under_portfolio_margin() -> None:
    """110,000 - 671,110 m = 80,533.20 (1 + m) at 3.92 %; 110,300 - 671,110 m = 0.005 x 671,110 (1 + m) at 15.9 %."""
    picture = at(setting(cash=110_000.0), spot=0.0)
    assert picture.rise[0, 2] == pytest.approx((110_000 - 80_533.2) / (671_110 + 80_533.2), abs=1e-9)
    assert picture.rise[0, 1] == pytest.approx((110_300 - 3_355.55) / (671_110 + 3_355.55))
    assert np.isnan(picture.fall).all()
    assert picture.status[0].tolist() == [OPEN] * 3
    after = at(setting(cash=110_000.0), spot=0.0, move=0.1)
    assert after.status[0].tolist() == [LIQUIDATED, OPEN, LIQUIDATED]
    assert freed(picture)[0] == pytest.approx(67_111 - 1.3 * 80_533.2)


def test_a_second_coin_offsets_nothing_until_the_hypothetical_credit() -> None:
    """ETH worth as much: 80,533.20 as alone; at 80 % of credit 16,106.64; not below basis and minimum charge."""
    assert at(spot=0.0, second_spot=1.0).maintenance[0, 2] == pytest.approx(80_533.2)
    credited = at(spot=0.0, second_spot=1.0, credit=0.8)
    assert credited.waived[0] == pytest.approx(0.8 * 80_533.2)
    assert credited.maintenance[0, 2] == pytest.approx(16_106.64)
    full = at(spot=0.0, second_spot=1.0, credit=1.0)
    assert full.maintenance[0, 2] == pytest.approx(full.unit.minimum_charge[0])
    assert at(spot=0.0, second_spot=0.5, credit=1.0).waived[0] == pytest.approx(0.12 * 0.5 * SIZE)
    assert at(spot=0.0, perpetual=1.0, second_spot=1.0, credit=1.0).waived[0] == 0


def test_two_dates_pay_the_minimum_or_the_basis() -> None:
    """90 days: closing both legs, 0.45 % of 1,342,220 = 6,039.99; 180 days: 5 % of (180 / 365 - 0.24) years."""
    near = at(spot=0.0, future=1.0)
    assert near.maintenance[0, 2] == pytest.approx(6_039.99)
    assert near.maintenance[0, 1] == pytest.approx(2 * 3_055.55)
    far = at(setting(days=180.0), spot=0.0, future=1.0)
    assert far.maintenance[0, 2] == pytest.approx(SIZE * 0.05 * (180 / 365 - 0.24))
    assert far.binds[0] == BASIS


def test_a_small_holder_may_not_take_part() -> None:
    """7,600 after the haircut is less than 10,000; no cash, no isolated short; cross takes the coins."""
    picture = at(setting(size=8_000.0, cash=0.0), leverage=5.0)
    assert picture.equity[0, 1] == pytest.approx(7_600.0)
    assert picture.status[0].tolist() == [NOT_OPENED, OPEN, NOT_ELIGIBLE]
    assert picture.initial[0, 1] == pytest.approx(1_600.0)


def test_fully_paid_coins_need_no_margin() -> None:
    """Without a derivative nothing is required in any regime, and nothing is at stake."""
    picture = at(perpetual=0.0, second_spot=1.0)
    assert (picture.initial == 0).all()
    assert (picture.maintenance == 0).all()
    assert picture.status[0].tolist() == [NOTHING] * 3


def test_puts_are_judged_as_the_model_judges_them() -> None:
    """The unit of spot and puts is the model's own of the same legs; the tiers know no options."""
    picture = at(perpetual=0.0, puts=1.0, volatility=0.5)
    put = Leg(instrument="put", quantity=10.0, price=PRICE, years=90 / 365, strike=0.9 * PRICE, volatility=0.5)
    unit = unit_margin([Leg(instrument="spot", quantity=10.0, price=PRICE), put], portfolio_rules("OKX", "BTC"))
    assert picture.maintenance[0, 2] == pytest.approx(unit.maintenance_margin)
    assert picture.spot_in_use[0] == pytest.approx(-put.delta() * PRICE)
    assert picture.status[0].tolist() == [NOTHING, NOTHING, OPEN]


# Further coins

SOL = FurtherCoin(coin="SOL", share=0.2, beta=1.5, rules=portfolio_rules("OKX", "SOL"))
USDT = FurtherCoin(coin="USDT", share=0.1, beta=0.0, is_stable=True)
OWED = FurtherCoin(coin="DOGE", share=-0.1, beta=2.0, rules=portfolio_rules("OKX", "DOGE"))


def book(*others: FurtherCoin, **changes: Any) -> PortfolioMarginSetting:
    """Return 100,000 dollars at 50,000 a bitcoin with 20,000 in cash; ETH of beta 1.2 on its slider."""
    fields: dict[str, Any] = {"price": 50_000.0, "size": 100_000.0, "cash": 20_000.0, "beta": 1.2}
    return setting(others=others, **fields | changes)


def held(state: PortfolioMarginSetting, **changes: Any) -> PortfolioMarginPicture:
    """Return that book with half of it in BTC, 30 % in ETH and a short of 60 %, changed."""
    return at(state, **{"spot": 0.5, "second_spot": 0.3, "perpetual": -0.6, **changes})


def test_a_book_of_several_coins_by_hand() -> None:
    """Cash 20,000, BTC 50,000, ETH 30,000, SOL 20,000, USDT 10,000, 10,000 of DOGE owed, 60,000 short at 10 times.

    Isolated: 6,000 in cash, whatever the coins. Cross: 0.95 of three coins and USDT in full, less what is owed; 0.4 %
    of the short. Grid: 10,000 unhedged lose 12 %, and 5 % a year for 0.24 years of 50,000 matched; spot alone nothing.
    """
    picture = held(book(SOL, USDT, OWED))
    equity = 20_000 + 0.95 * (50_000 + 30_000 + 20_000) + 10_000 - 10_000
    assert picture.further[0].tolist() == pytest.approx([30_000, 20_000, 10_000, -10_000])
    assert picture.equity[0].tolist() == pytest.approx([equity] * 2)
    assert picture.equity_at_move[0].tolist() == pytest.approx([equity] * 2)
    assert picture.initial[0].tolist() == pytest.approx([6_000, 6_000, 1.3 * (1_200 + 600)])
    assert picture.maintenance[0].tolist() == pytest.approx([240, 240, 1_800])
    assert picture.cash_needed[0].tolist() == pytest.approx([6_000, 0, 0])
    after = held(book(SOL, USDT, OWED), move=-0.1)
    coins = 0.95 * (50_000 * 0.9 + 30_000 * 0.88 + 20_000 * 0.85) + 10_000 - 10_000 * 0.8
    assert after.equity_at_move[0].tolist() == pytest.approx([20_000 + coins + 6_000] * 2)
    assert after.maintenance_at_move[0, 0] == pytest.approx(0.004 * 54_000)


def test_a_stablecoin_of_another_currency_has_the_haircut_and_does_not_move() -> None:
    """10,000 of it count 9,500, a dollar coin's 10,000; both the same after a fall."""
    dollars, euros = (held(book(coin), move=-0.3) for coin in (USDT, replace(USDT, coin="EURC", is_foreign=True)))
    for name in ("equity", "equity_at_move"):
        assert getattr(dollars, name) - getattr(euros, name) == pytest.approx(np.full((1, 2), 500))


def test_what_is_owed_liquidates_in_a_rally() -> None:
    """90,000 less 70,000 of DOGE at beta 2, and a long of 1,000: 20,000 - 139,000 m = 0.004 x 1,000 (1 + m)."""
    state = book(replace(OWED, share=-0.7), cash=90_000.0)
    picture = at(state, spot=0.0, second_spot=0.0, perpetual=0.01)
    assert picture.rise[0, 1] == pytest.approx((20_000 - 4) / (139_000 + 4), rel=1e-6)
    assert picture.rise[0, 2] == pytest.approx((20_000 - 120) / (139_000 + 120), rel=1e-6)


def test_the_own_move_grows_to_the_books_move_and_is_on_one_side_only() -> None:
    """SOL at beta 1.5 with -6 % of its own at -20 %: -36 % there, half at -10 %, +30 % at +20 %; USDT never moves."""
    state = book(SOL, USDT, own_move=-0.06, own_at=-0.2)
    for move, expected in ((0.0, 0.0), (-0.1, -0.18), (-0.2, -0.36), (-0.4, -0.66), (0.2, 0.3)):
        _, sol, usdt = further_values(state, {"second_spot": np.array([[0.3]])}, np.array([[move]]))
        assert sol.item() == pytest.approx(20_000 * (1 + expected))
        assert np.ravel(usdt).tolist() == [pytest.approx(10_000)]


def test_the_hypothetical_credit_takes_every_coin() -> None:
    """A short of 60,000 loses 7,200; ETH's 12 % of 30,000 and SOL's 18 % of 20,000 are 7,200 too; what is owed adds."""
    full = held(book(SOL), spot=0.0, credit=0.5)
    assert full.waived[0] == pytest.approx(0.5 * (0.12 * 30_000 + 0.18 * 20_000))
    assert held(book(SOL, USDT, OWED), spot=0.0, credit=0.5).waived[0] == pytest.approx(full.waived[0])
    assert held(book(), spot=0.0, credit=0.5).waived[0] == pytest.approx(0.5 * 0.12 * 30_000)


def shown(picture: PortfolioMarginPicture) -> list[Any]:
    """Return the figures of a picture, NaN as -1."""
    names = ("initial", "maintenance", "cash_needed", "equity", "equity_at_move", "fall", "rise", "buffers", "waived")
    return [np.nan_to_num(getattr(picture, name), nan=-1.0) for name in names]


COINS = st.lists(
    st.tuples(st.sampled_from(["SOL", "ADA", "LINK", "XRP", "MOON"]), st.floats(-0.3, 1.5), st.floats(0.0, 3.0)),
    max_size=4,
    unique_by=lambda row: row[0],
)


@settings(max_examples=25, deadline=None)
@given(
    coins=COINS,
    spot=st.floats(0.0, 2.0),
    short=st.floats(0.05, 2.0),
    move=st.floats(-0.6, 1.0),
    credit=st.sampled_from([0.0, 0.7]),
)
def test_a_random_book_is_the_sum_of_its_units_in_any_order(
    coins: list[Any], spot: float, short: float, move: float, credit: float
) -> None:
    """What is required is what ``book_margin`` says of all units; a coin of value 0 and the order change nothing."""
    others = [
        FurtherCoin(coin=name, share=share, beta=beta, rules=portfolio_rules("OKX", name))
        for name, share, beta in coins
    ]
    values = {"spot": spot, "perpetual": -short, "move": move, "credit": credit}
    picture = held(book(*others), **values)
    legs = {
        "BTC": [
            Leg(instrument="spot", quantity=2.0 * spot, price=50_000.0),
            Leg(instrument="perpetual", quantity=-2.0 * short, price=50_000.0),
        ],
        "ETH": [Leg(instrument="spot", quantity=10.0, price=3_000.0)],
        **{one.coin: [Leg(instrument="spot", quantity=one.share * 1e5, price=1.0)] for one in others},
    }
    margin = book_margin(legs, {name: portfolio_rules("OKX", name) for name in legs})
    assert picture.maintenance[0, 2] + picture.waived[0] == pytest.approx(margin.maintenance_margin)
    assert picture.maintenance[0, 2] + picture.waived[0] == pytest.approx(
        sum(unit.maintenance_margin for unit in margin.units.values())
    )
    nothing = FurtherCoin(coin="BNB", share=0.0, beta=1.0, rules=portfolio_rules("OKX", "BNB"))
    for same in (book(*reversed(others)), book(*others, nothing)):
        for one, other in zip(shown(picture), shown(held(same, **values)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-3)


# Identities


@settings(max_examples=40)
@given(PAGE.states)
def test_the_legs_sum_to_the_total_and_its_worst_is_the_charge(state: Any) -> None:
    """Per scenario the four legs make the total; the least of the worst row is the shock charge."""
    picture = at(state[0], **state[1])
    np.testing.assert_allclose(picture.leg_pnl[:, :4].sum(axis=1), picture.leg_pnl[:, 4], atol=1e-6)
    assert max(-picture.leg_pnl[0, 5].min(), 0.0) == pytest.approx(picture.unit.shock_charge[0], abs=1e-6)
    assert (picture.leg_pnl[:, 5] <= picture.leg_pnl[:, 4] + 1e-9).all()


@settings(max_examples=40)
@given(PAGE.states)
def test_a_liquidation_is_where_the_buffer_is_used_up(state: Any) -> None:
    """Evaluated anew from equity and margin, each regime's buffer is 0 at its move and above 0 on the way there."""
    chosen, book = state
    picture = at(chosen, **book)
    for regime, ends in ((1, picture.equity_at_move[:, 0]), (2, picture.equity_at_move[:, 1])):
        assert np.isfinite(ends).all()
        for move in (picture.fall[0, regime], picture.rise[0, regime]):
            if np.isnan(move) or move == 0 or abs(move) > 20:
                continue
            there = at(chosen, **book | {"move": move})
            left = there.equity_at_move[0, regime - 1] - there.maintenance_at_move[0, regime - 1]
            assert left == pytest.approx(0.0, abs=1e-4 * chosen.size), (regime, move)
            half = at(chosen, **book | {"move": 0.98 * move})
            assert half.equity_at_move[0, regime - 1] > half.maintenance_at_move[0, regime - 1]


def test_the_unified_account_is_liquidated_where_the_closed_form_says() -> None:
    """The cross account with coins beside the short: model.md's P* for spot as collateral."""
    picture = at(spot=0.5)
    price = unified_liquidation_price(100_000.0, 10.0, PRICE, 5.0, 0.95, SETTINGS[0].contract.tiers)
    assert picture.rise[0, 1] == pytest.approx(price / PRICE - 1.0)


def test_the_curves_are_the_buffers_and_end_at_the_liquidation() -> None:
    """At each move of the axis the drawn buffer is equity less margin there; nothing is drawn beyond."""
    state = setting(cash=110_000.0)
    picture = at(state, spot=0.0)
    for regime in (1, 2):
        for k, move in enumerate(GRID):
            there = at(state, spot=0.0, move=move)
            left = there.equity_at_move[0, regime - 1] - there.maintenance_at_move[0, regime - 1]
            drawn = picture.buffers[0, regime, k]
            assert drawn == pytest.approx(left) if left > 0 else np.isnan(drawn)
    isolated = 67_111 - SIZE * GRID - (SIZE * (1 + GRID) * 0.005 - 300)
    alive = picture.rise[0, 0] > GRID
    shown = np.where(SIZE * (1 + GRID) <= 800_000, SIZE * (1 + GRID) > 300_000, False) & alive
    np.testing.assert_allclose(picture.buffers[0, 0][shown], isolated[shown])
    assert np.isnan(picture.buffers[0, 0][~alive]).all()


def test_a_zero_is_found_in_a_bent_buffer() -> None:
    """False position on a convex and a jumping function: to 1e-9 of the root; 0 where nothing is left at once."""
    moves = np.linspace(0.0, 2.0, 9)
    known = np.stack([2.0 - moves**3, 1.0 + moves, -1.0 - moves])
    found = first_zero(lambda m: np.vstack([2.0 - m[:1] ** 3, 1.0 + m[1:2], -1.0 - m[2:]]), moves, known)
    assert found[0] == pytest.approx(2.0 ** (1 / 3), abs=1e-6)
    assert np.isnan(found[1])
    assert found[2] == 0.0


@settings(max_examples=10)
@given(
    books=st.lists(
        st.tuples(st.floats(-2.0, -0.01), st.floats(0.0, 2.0), st.floats(0.0, 1.0)), min_size=20, max_size=20
    ),
    venue=st.sampled_from([0, 1]),
)
def test_coins_never_raise_the_margin_of_a_short(books: list[tuple[float, float, float]], venue: int) -> None:
    """More of the same coin beside a short requires no more under portfolio margin, and the tiers do not care."""
    perpetual, spot, more = np.array(books).T
    less, much = (at(SETTINGS[venue], perpetual=perpetual, spot=held).maintenance for held in (spot, spot + more))
    assert np.all(much[:, 2] <= less[:, 2] * (1 + 1e-9) + 1e-6)
    np.testing.assert_array_equal(much[:, 1], less[:, 1])


# Words


def test_the_frame_is_around_the_worst_scenario() -> None:
    """A short loses most at the highest shock; a book that loses nowhere has no frame."""
    _, frame = charts.heat_traces(at(spot=0.0))
    assert frame["x"][0].tolist() == [5.5, 6.5, 6.5, 5.5, 5.5]
    _, frame = charts.heat_traces(at())
    assert np.isnan(frame["x"]).all()


def test_the_bars_that_count_make_what_is_required() -> None:
    """Solid charges without what is required sum to it, whatever binds; the pale ones do not count."""
    for book in (
        {},
        {"perpetual": -1.04},
        {"spot": 0.0},
        {"spot": 0.0, "future": 1.0},
        {"spot": 0.0, "second_spot": 1.0, "credit": 0.5},
    ):
        picture = at(**book)
        solid, pale = charts.charges_traces(picture)
        heights = solid["y"][0]
        assert np.nansum(heights[:6]) == pytest.approx(heights[6])
        assert heights[6] == pytest.approx(picture.maintenance[0, 2])
        assert not (np.isfinite(heights) & np.isfinite(pale["y"][0])).any()


@pytest.mark.parametrize(
    ("changes", "case", "binds", "compared"),
    [
        ({}, 0, 4, 0),
        ({"spot": 0.0}, 4, 0, 6),
        ({"spot": 0.0, "perpetual": 0.0}, 2, 5, 5),
        ({"perpetual": 0.0}, 1, 5, 5),
        ({"spot": 0.0, "future": 1.0}, 0, 3, 0),
        ({"perpetual": 0.0, "puts": 1.0}, 0, 6, 4),
        ({"leverage": 125.0}, 0, 4, 2),
        ({"leverage": 75.0}, 0, 4, 1),
        ({"perpetual": 0.00005}, 7, 5, 5),
    ],
)
def test_the_sentences_fit_the_book(changes: dict[str, float], case: int, binds: int, compared: int) -> None:
    """What binds, what is compared or refused, and whether there is a book at all."""
    story = readouts.story(at(**changes))
    assert (story["case"][0], story["binds"][0], story["compared"][0]) == (case, binds, compared)


def test_a_refused_position_has_no_number() -> None:
    """125 times is above the 100 of the tier of 671,110: no tiers' margin, no liquidation; the grid goes on."""
    picture = at(leverage=125.0)
    assert np.isnan(picture.initial[0, :2]).all()
    assert np.isnan(picture.maintenance[0, :2]).all()
    assert np.isnan(picture.rise[0, :2]).all()
    assert picture.status[0].tolist() == [REFUSED, REFUSED, OPEN]
    assert picture.maintenance[0, 2] == pytest.approx(8_053.32)


@pytest.mark.parametrize("state", SETTINGS)
def test_every_template_finds_its_words(state: PortfolioMarginSetting) -> None:
    """Each choice of a template or word exists, for a thousand books."""
    draw = np.random.default_rng(4)
    rows = {spec.field: draw.choice(np.asarray(spec.positions) * spec.factor, 1_000) for spec in SLIDERS}
    rows |= {name: np.where(draw.random(1_000) < 0.4, 0.0, rows[name]) for name in ("spot", "perpetual", "future")}
    columns = readouts.tiles(portfolio_margin_picture(state, rows))
    for block in (*words.STORY, *words.TILES):
        for line in block.lines:
            if line.pick:
                assert set(np.unique(columns[line.pick])) <= set(range(len(line.templates))), line.pick
    for name, rule in words.TILE_SLOTS.items():
        if isinstance(rule, tuple):
            assert set(np.unique(columns[name])) <= set(range(len(rule))), name


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price": 0.0}, "price of BTC must be a finite number"),
        ({"price": float("nan")}, "price of BTC must be a finite number"),
        ({"size": 1.0}, "size of the book"),
        ({"cash": -1.0}, "cash in the account, [$], must be a finite number from 0"),
        ({"collateral_ratio": 1.1}, "collateral ratio of coins must be"),
        ({"strike_ratio": 0.0}, "strike of the puts"),
        ({"days": 0.0}, "days to expiry"),
        ({"beta": -1.0}, "beta of ETH"),
        ({"coin": "ETH"}, "ETH is there twice"),
        ({"further": ()}, "at least one further coin"),
        ({"own_move": 11.0}, "on their own"),
    ],
)
def test_a_wrong_setting_is_refused(changes: dict[str, Any], words: str) -> None:
    """With one sentence each."""
    with pytest.raises(InputError, match=words):
        setting(**changes)


def test_rounding_gives_no_credit() -> None:
    """A unit that puts and spot make neutral has no side: the hypothetical credit does not flicker with rounding."""
    places = np.arange(0.9, 1.101, 0.02)
    rows = np.array([at(spot=1.0, perpetual=0.0, puts=p, second_spot=1.0, credit=0.8).waived[0] for p in places])
    required = np.array([at(spot=1.0, perpetual=0.0, puts=p).maintenance[0, 2] for p in places])
    steps = np.abs(np.diff(required - rows)) / required.max()
    assert np.sum(steps > 0.3) <= 1


def test_a_second_coin_of_high_beta_hides_no_liquidation() -> None:
    """A long with a second coin of beta 5 that is not held is liquidated where it is with beta 1."""
    deaths = [at(setting(beta=beta), spot=0.0, perpetual=0.4, second_spot=0.0).fall[0, 1] for beta in (1.0, 5.0)]
    assert deaths[1] == pytest.approx(deaths[0], rel=1e-6)
    assert np.isfinite(deaths[0])


def test_no_puts_have_no_volatility() -> None:
    """In a slider's table as in the exact picture: without puts no shock of volatility is named."""
    picture = at(spot=0.0, perpetual=-2.0, puts=np.array([0.0, 0.5]))
    assert picture.unit.binding_volatility_shock[0] == 0.0
