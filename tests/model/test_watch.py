"""An open hedge: causes against hand sums, identities, the forgotten rule, and a book watched through 61 real days."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets import Book, Future, Hedge, Plan, Portfolio, contract
from hedge_widgets.market.prices import load_prices
from hedge_widgets.market.watched import asked_about, watched
from hedge_widgets.model.carry.course import FundingHistory
from hedge_widgets.model.hedge import hedge_outcome
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.watch import Course, causes, choices, recovered, watch_checks, watch_picture
from hedge_widgets.model.watch.picture import WatchPicture
from hedge_widgets.pages.watch.words import IS_FORGOTTEN, LIQUIDATED, PASSED, UNKNOWN, case

SHARED = Path(__file__).parents[3] / "shared" / "data"
BTC, COIN = contract("Binance USD-M BTCUSDT"), contract("Binance COIN-M BTCUSD_PERP")
OPENED, LAST = date(2024, 11, 1), date(2024, 12, 31)
PRICES = st.floats(1_000.0, 200_000.0)


def book(*futures: Future, **changes: Any) -> Plan:
    """Return a book of 10 SOL and 0.02 BTC with futures."""
    coins = Portfolio.of({"SOL": (10, 168.0), "BTC": (0.02, 69_000.0)})
    terms = {"cash": 2_000.0, "days": 30.0, **changes}
    return Plan(book=Book(holdings=coins, hedge=Hedge(contract=BTC, coverage=0.5), futures=futures, **terms))


def short(**changes: Any) -> Future:
    """Return 0.03 BTC short since the first day, at its close."""
    terms = {"contract": BTC, "contracts": -0.03, "entry_price": 69_482.0, "leverage": 1.5, "opened_on": OPENED}
    return Future(**{**terms, **changes})


def at(plan: Plan, day: date, move: float = 0.0, **known: Any) -> WatchPicture:
    """Return the picture of a plan at the close of a day."""
    setting = watched(plan, day, **known).setting
    return watch_picture(setting, {"move": np.atleast_1d(move), "days": np.atleast_1d(30.0)})


@given(
    kind=st.sampled_from([BTC, COIN]),
    contracts=st.floats(-50.0, 50.0).filter(lambda n: abs(n) > 0.01),
    marks=st.lists(PRICES, min_size=2, max_size=8),
    rate=st.floats(-0.001, 0.001),
)
def test_the_causes_sum_to_what_the_account_has_grown_by(
    kind: Any, contracts: float, marks: list[float], rate: float
) -> None:
    """Margin account, step by step: what was posted, valued today, plus the gain, plus funding, less the fee."""
    series, days = np.asarray(marks), len(marks) - 1
    rates = np.full((days, 3), rate)
    one = Course(contract=kind, contracts=contracts, leverage=2, marks=series, spot=series * 0.999, rates=rates)
    total = sum(part[-1] for part in causes(one).values())
    size = contracts * kind.contract_multiplier
    if kind.kind == "linear":
        grown = size * (marks[-1] - marks[0])
        opening, notionals = abs(size) * marks[0], [abs(size) * mark for mark in marks[:-1]]
    else:
        posted = abs(size) / marks[0] / 2
        grown = (posted + size / marks[0] - size / marks[-1]) * marks[-1] - posted * marks[0]
        opening, notionals = abs(size), [abs(size)] * days
    funding = sum(-np.sign(contracts) * rate * 3 * notional for notional in notionals)
    expected = grown + funding - opening * kind.taker_fee_rate
    assert total == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(move=st.floats(-0.6, 1.0), contracts=st.sampled_from([-0.03, 0.03]), leverage=st.sampled_from([1.0, 3.0, 10.0]))
def test_a_move_from_now_brings_what_the_simulator_says(move: float, contracts: float, leverage: float) -> None:
    """Both sides change by the outcome of page 01 at that move, and what is left of the margin is its equity."""
    plan = book(short(contracts=contracts, leverage=leverage))
    now, then = at(plan, LAST), at(plan, LAST, move)
    (future,) = now.setting.futures.beside(now.setting.hedge)
    out = hedge_outcome(type(future)(**{**vars(future), "move": move, "days": 0.0}))
    assert (then.hedge - now.hedge)[0] == pytest.approx(out.hedge_pnl, abs=1e-6)
    assert now.equity[0, 0] == pytest.approx(plan.futures().outcomes(plan.inputs())[0].collateral)
    assert then.is_liquidated[0, 0] == bool(out.is_liquidated)
    distance = np.nan if out.liquidation_distance is None else out.liquidation_distance
    assert now.distance[0, 0] == pytest.approx(distance, nan_ok=True)


def test_the_recovery_is_measured_from_the_low() -> None:
    """800 is the low of 1,000, 800 and 900: 944 is 18 % above it, and 700 is a new low."""
    values = np.array([1_000.0, 800.0, 900.0])
    assert recovered(values, 944.0)[0] == pytest.approx(0.18)
    assert recovered(values, 700.0)[0] == 0.0
    assert recovered(-values, -900.0)[0] == pytest.approx(0.1)  # owed coins: 1,000 is their worst


def test_closing_now_and_keeping_it_by_hand() -> None:
    """0.03 BTC at 69,000: 20 % of the coins' beta, closing at 0.05 % and half the spread; a week of 21 payments."""
    plan = book(short(entry_price=69_000.0))
    shown = at(plan, LAST)
    now, week, *_ = choices(shown, -0.2)
    rate = float(plan.futures().inputs[0].funding_rate)
    assert week.carry == pytest.approx(0.03 * 69_000.0 * rate / 3 * 21)
    assert (now.carry, now.chance, now.given_up) == (0.0, 0.0, 0.0)
    assert now.lost == pytest.approx(0.2 * (1_680.0 + 1_380.0))
    assert now.closing >= 0.03 * 69_000.0 * 0.0005
    assert week.lost < now.lost


@pytest.mark.parametrize(
    ("future", "words"),
    [
        (short(contracts=-3.0), "are $207,000, 68 times your coins' $3,060"),
        (short(contract=contract("OKX BTC-USDT-SWAP"), contracts=-0.0303), "no whole number of lots"),
        (short(), ""),
    ],
    ids=["too large", "coins for contracts", "right"],
)
def test_contracts_that_may_be_coins_are_asked_about(future: Future, words: str) -> None:
    question = asked_about(future, 69_000.0, 3_060.0)
    assert words in question if words else question == ""


@pytest.mark.parametrize(
    ("future", "known", "words"),
    [
        (short(opened_on=date(2025, 1, 1)), {}, "must be 2009-01-03 to 2024-12-31, not 2025-01-01"),
        (short(), {"coins_then": -1.0}, "what your coins were worth must be"),
        (short(), {"basis": 2.0}, "futures against spot must be"),
    ],
)
def test_what_cannot_be_is_refused(future: Future, known: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        watched(book(future), LAST, **known)


def test_prices_older_than_the_position_are_refused() -> None:
    import pandas as pd

    old = pd.DataFrame({"BTC": [60_000.0, 61_000.0]}, index=pd.to_datetime(["2024-10-01", "2024-10-02"]))
    with pytest.raises(InputError, match=r"prices of BTC must be newer than the position: they end on 2024-10-02"):
        watched(book(short()), LAST, old)


def test_rows_say_pass_or_fail_by_their_own_number() -> None:
    """Every row that applies agrees with its lines, and one that does not has a reason."""
    for contracts in (-0.03, -0.6, 0.03):
        for row in watch_checks(at(book(short(contracts=contracts)), LAST), 3.0):
            assert row.reason if row.value is None else row.status == row.rule.status(row.value)
    rows = {row.key: row for row in watch_checks(at(book(short(contracts=-0.6)), LAST), 30.0)}
    assert (rows["size"].status, rows["prices"].status) == ("fail", "fail")
    assert {row.status for row in watch_checks(at(book(), LAST))} == {"not applicable"}


# ---- as planned, dead, the wrong way round, just opened --------------------------------------------------------------
def one_btc(*futures: Future, **changes: Any) -> Plan:
    """Return a book of 1 BTC at 90,000, all of it to be hedged, dollar for dollar."""
    hedge = Hedge(contract=changes.pop("contract", BTC), coverage=1.0, basis="dollar")
    coins = Portfolio.of({"BTC": (1.0, 90_000.0)})
    return Plan(book=Book(holdings=coins, hedge=hedge, futures=futures, days=30.0, cash=50_000.0, **changes))


def path(*closes_: float) -> Any:
    """Return closes of BTC, a day apart, up to the last day."""
    import pandas as pd

    return pd.DataFrame({"BTC": closes_}, index=pd.date_range(end=str(LAST), periods=len(closes_), freq="D"))


@pytest.mark.parametrize("leverage", [1.0, 3.0, 10.0])
def test_an_inverse_hedge_of_its_own_size_is_as_planned(leverage: float) -> None:
    """900 contracts of $100 against $90,000, whatever coins are posted for them; those are in the net delta."""
    one = short(contract=COIN, contracts=-900.0, entry_price=90_000.0, leverage=leverage)
    seen = at(one_btc(one, contract=COIN), LAST)
    assert (seen.covered[0], seen.target[0], seen.trade[0]) == pytest.approx((-90_000.0, -90_000.0, 0.0))
    rows = {row.key: row.status for row in watch_checks(seen)}
    assert rows["drift"] == "pass"
    assert seen.net_delta[0] == pytest.approx(90_000.0 / leverage)


def test_a_basis_is_no_size() -> None:
    """One coin against one coin is as planned when the future is 5 % above it; its dollars of delta are more."""
    seen = at(one_btc(short(contracts=-1.0, entry_price=94_500.0)), LAST, basis=0.05)
    assert (seen.covered[0], seen.trade[0]) == pytest.approx((-90_000.0, 0.0))
    assert seen.net_delta[0] == pytest.approx(-4_500.0)


def test_three_lots_off_are_no_alarm() -> None:
    """0.997 of 1 BTC is 0.3 % off: less than 1 % is never worth a trade."""
    rows = {row.key: row for row in watch_checks(at(one_btc(short(contracts=-0.997, entry_price=90_000.0)), LAST))}
    assert rows["drift"].status == "pass"
    assert rows["drift"].value == pytest.approx(0.3)


def test_a_hedge_that_was_liquidated_on_its_way_says_so() -> None:
    """Ten times leverage ends at about +9.6 %: 110,000 is beyond, and 92,000 today does not bring it back."""
    prices = path(90_000.0, 110_000.0, 92_000.0)
    one = short(contracts=-1.0, entry_price=90_000.0, leverage=10.0, opened_on=LAST - timedelta(2))
    seen = at(one_btc(one), LAST, prices=prices)
    assert case(seen)[0] == PASSED
    rows = {row.key: row.status for row in watch_checks(seen)}
    assert rows["passed"] == "fail"
    assert any("was liquidated by then" in words for words in watched(one_btc(one), LAST, prices).notes)


def test_a_dead_hedge_has_no_figures_of_a_living_one() -> None:
    """Liquidated on the first day of three at today's price too: funding ends there, and rows say why they are none."""
    prices = path(90_000.0, 110_000.0, 105_000.0, 100_000.0)
    one = short(contracts=-1.0, entry_price=90_000.0, leverage=10.0, opened_on=LAST - timedelta(3))
    seen = at(one_btc(one), LAST, prices=prices)
    assert case(seen)[0] == LIQUIDATED
    rows = {row.key: row for row in watch_checks(seen, 0.0)}
    assert {key for key, row in rows.items() if row.value is not None} == {"passed", "prices"}
    assert choices(seen, 0.2) == ()
    rate = float(one_btc(one).futures().inputs[0].funding_rate)
    assert seen.gains["funding"][0] == pytest.approx(rate * 90_000.0)


def test_what_coins_did_on_the_day_of_opening_is_not_known() -> None:
    """Opened today at 90,000 with a close of 80,000: no gain of coins and hedge together is claimed."""
    one = short(contracts=-0.5, entry_price=90_000.0, opened_on=LAST)
    seen = at(one_btc(one), LAST, prices=path(91_000.0, 80_000.0))
    assert np.isnan(seen.net[0])
    assert (seen.gains["spot"][0], seen.gains["basis"][0]) == pytest.approx((5_000.0, 0.0))
    assert case(seen)[0] == UNKNOWN


def test_a_future_the_wrong_way_round_is_no_hedge() -> None:
    """A long beside the coins adds to them: the row of the forgotten says so, and the size fails."""
    one = short(contracts=0.5, entry_price=90_000.0, opened_on=LAST - timedelta(1))
    rows = {row.key: row for row in watch_checks(at(one_btc(one), LAST, prices=path(90_000.0, 80_000.0)))}
    assert rows["forgotten"].reason == "what you hold adds to your coins and hedges nothing"
    assert rows["drift"].status == "fail"


def test_an_entry_price_of_a_thousand_coins_is_asked_about() -> None:
    """1000PEPEUSDT is quoted for 1,000 PEPE: 0.01 there is 0.00001 here."""
    pepe = contract("Binance USD-M 1000PEPEUSDT")
    typed = Future(contract=pepe, contracts=-50_000.0, entry_price=0.01, leverage=3.0)
    assert "Is it the price of one PEPE?" in asked_about(typed, 1e-5, 1_000.0)
    right = Future(contract=pepe, contracts=-50_000.0, entry_price=1.2e-5, leverage=3.0)
    assert asked_about(right, 1e-5, 1_000.0) == ""


# ---- 61 real days ----------------------------------------------------------------------------------------------------
def closes() -> dict[date, dict[str, float]]:
    """Return the raw closes of the file, read without the package."""
    with (SHARED / "prices_daily.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days = {date.fromisoformat(row["date"]): row for row in rows}
    window = [OPENED + timedelta(days=k) for k in range((LAST - OPENED).days + 1)]
    return {day: {coin: float(days[day][f"{coin}-USD"]) for coin in ("BTC", "SOL")} for day in window}


def payments() -> list[tuple[datetime, float]]:
    """Return BTC's payments of November and December 2023, a year on: the file has none for 2024's."""
    with (SHARED / "funding_8h.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["symbol"] == "BTC-USD" and row["time"][:7] in MONTHS]
    return [(datetime.fromisoformat(row["time"]) + timedelta(days=366), float(row["rate"])) for row in rows]


MONTHS = ("2023-11", "2023-12")


@pytest.mark.skipif(not SHARED.exists(), reason="waits for the folder shared/data beside the checkout")
def test_a_book_is_watched_through_61_days() -> None:
    """Each day the parts are the account's growth to the cent, funding is a hand sum of stamps, and so is the rule.

    The account: coins at the day's closes; the short's margin and gain; each payment at the last close before its
    stamp; the opening fee. The rule: 15 % above the lowest close since, while the short has lost.
    """
    known, stamps = closes(), payments()
    first = stamps[0][0].date()
    history = FundingHistory(
        name="BTC of 2023, a year on",
        source="funding_8h.csv",
        first=first,
        last=stamps[-1][0].date(),
        payments=np.array([rate for _, rate in stamps]),
        is_simulated=False,
    )
    assert len(stamps) == 3 * 61
    assert first == OPENED
    entry = known[OPENED]["BTC"]
    plan, frame = book(short(entry_price=entry)), load_prices(SHARED / "prices_daily.csv")
    worth = {day: 10 * price["SOL"] + 0.02 * price["BTC"] for day, price in known.items()}
    said, expected = [], []
    for day in list(known)[1:]:
        shown = at(plan, day, prices=frame, funding={"BTC": history})
        paid = sum(
            0.03 * known[stamp.date() - timedelta(days=1)]["BTC"] * rate
            for stamp, rate in stamps
            if OPENED < stamp.date() <= day
        )
        loss = 0.03 * (known[day]["BTC"] - entry)
        grown = worth[day] - worth[OPENED] - loss + paid - 0.03 * entry * 0.0005
        assert shown.net[0] == pytest.approx(grown, abs=0.005)
        assert shown.gains["funding"][0] == pytest.approx(paid, abs=0.005)
        assert sum(part[0] for name, part in shown.gains.items() if name != "net") == pytest.approx(shown.net[0])
        low = min(value for then, value in worth.items() if then <= day)
        if worth[day] / low - 1 > 0.15 and loss > 0:
            expected.append(day)
        if case(shown)[0] == IS_FORGOTTEN:
            said.append(day)
    assert said == expected
    assert said[0] == date(2024, 11, 6)
    assert "No past funding is known" in watched(plan, LAST, frame).notes[0]


@pytest.mark.parametrize("kind", [BTC, COIN], ids=["linear", "inverse"])
def test_a_hedge_asset_may_lose_everything(kind: Any) -> None:
    """Of coins that are nearly all cash a fall of 90 % takes bitcoin to nothing: its short is not liquidated."""
    coins = Portfolio.of({"USDT": (1_000.0, 1.0), "BTC": (0.0001, 69_000.0)})
    size = -0.03 if kind is BTC else -20.0
    plan = Plan(
        book=Book(
            holdings=coins, hedge=Hedge(contract=kind, coverage=0.5), futures=(short(contract=kind, contracts=size),)
        )
    )
    shown = at(plan, LAST, -0.9)
    (future,) = shown.setting.futures.beside(shown.setting.hedge)
    assert float(hedge_outcome(type(future)(**{**vars(future), "move": -0.9})).hedge_move) == -1.0
    figures = (shown.maintenance, shown.equity, shown.trade, shown.band)
    assert all(np.isfinite(one).all() for one in figures)
    assert np.isnan(shown.distance).all()
    assert shown.chance[0] == 0.0
    assert not shown.is_liquidated.any()
    rows = {row.key: row for row in watch_checks(shown)}
    assert rows["distance"].status == "not applicable"
