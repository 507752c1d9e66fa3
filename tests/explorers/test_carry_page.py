"""The carry page without a browser: examples, contracts, histories, dates, book, tables, wrong and hostile values."""

import datetime
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hedge_widgets import CarryExplorer
from hedge_widgets.market.carry_terms import funding_rules
from hedge_widgets.market.facts import contract, contracts, fees, received_funding
from hedge_widgets.market.funding_histories import stored_history
from hedge_widgets.market.shipped import shipped_volatility
from hedge_widgets.market.store import Store
from hedge_widgets.model.carry.picture import carry_picture
from hedge_widgets.model.costs import daily, slippage_rate
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.options import black_76, black_scholes
from hedge_widgets.pages.carry import charts, notes, tables, words
from hedge_widgets.pages.carry import examples as examples_module
from hedge_widgets.pages.carry.controls import SLIDERS, offered_contracts
from hedge_widgets.pages.carry.examples import example_fields, example_values, examples
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)
    monkeypatch.setenv("HEDGE_WIDGETS_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(examples_module, "today", lambda: datetime.date(2026, 11, 20))


@pytest.fixture
def page() -> CarryExplorer:
    """Give a page on the first example."""
    return CarryExplorer()


def cells(html: str) -> list[list[str]]:
    """Return a table's cells as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


def figures(page: CarryExplorer) -> dict[str, float]:
    """Return what an example's hand-worked figures are compared with."""
    picture = page.live.picture()
    values = page._at(page.live.values)
    put = tables.alternatives(tables.protection_of(page._setting, values))["put"]
    perpetual, dated = picture.carries["perpetual"], picture.carries["dated"]
    named = {
        "funding": perpetual.carry[0],
        "fees": perpetual.fees[0],
        "dated_carry": dated.carry[0],
        "annual_simple": np.ravel(picture.basis.annual_simple)[0],
        "annual_compound": np.ravel(picture.basis.annual_compound)[0],
        "waiting_deviation": np.ravel(picture.waiting.waiting_deviation)[0],
        "put_worst": put.worst_pnl,
        "put_cost": put.cost,
    }
    names = ("annual_rate", "break_even_move", "longest_days", "locked", "rule_rate", "spot_pnl", "given_away")
    names += ("order_price", "order_slippage")
    return named | {name: float(getattr(picture, name)[0]) for name in names}


# Examples


@pytest.mark.parametrize("place", range(len(examples())), ids=[example["title"] for example in examples()])
def test_an_example_shows_its_hand_worked_figures(page: CarryExplorer, place: int) -> None:
    """Every example opens without a complaint and shows what was worked out by hand, and its claim."""
    page._example.value = place
    assert page.live.said == ""
    found = figures(page)
    for name, expected in examples()[place]["expect"].items():
        assert found[name] == pytest.approx(expected, rel=1e-5, abs=1e-6), name
    assert "Often said:" in page._claim.value
    assert "What is true:" in page._claim.value


def test_every_slider_holds_every_example() -> None:
    """No example needs a value outside a slider, and a ladder has the rung."""
    specs = {spec.field: spec for spec in SLIDERS}
    for example in examples():
        for name, value in example_values(example).items():
            spec = specs[name]
            position = value / spec.factor
            assert spec.positions[0] - 1e-9 <= position <= spec.positions[-1] + 1e-9, (example["title"], name)
            if spec.is_ladder:
                assert min(abs(place - position) for place in spec.positions) < 1e-9, (example["title"], name)


def test_today_is_the_day_of_the_data() -> None:
    """No clock: what stands for today is the day on which the shipped constants were collected."""
    fields = example_fields(examples()[0])
    assert [fields[name] for name in ("today", "expiry", "roll_date")] == [
        datetime.date(2026, 11, 20),
        datetime.date(2027, 3, 26),  # the last Friday of the first quarter that is 90 days away
        datetime.date(2027, 3, 19),
    ]


# Contracts and histories


@pytest.mark.parametrize("label", offered_contracts())
def test_every_contract_has_a_page(page: CarryExplorer, label: str) -> None:
    """Its interval is used and named, its fees are in the boxes with their source, its own funding is taken and named.

    The first example has its own rate; another contract brings what its shorts received, else the neutral one.
    """
    own = page._setting.contract.label
    page.controls.choices["contract"].value = label
    assert page.live.said == ""
    spec = contract(label)
    hours = spec.funding_interval
    assert page.live.words["interval"] == ["every hour" if hours == 1 else f"every {hours:g} hours"]
    assert page.controls.numbers["taker_fee_rate"].value == pytest.approx(100 * spec.taker_fee_rate)
    received = received_funding().get(label)
    rate = 1e-4 if received is None or label == own else received.rate
    assert rate is not None
    assert figures(page)["annual_rate"] == pytest.approx(1095 * rate)  # whatever the interval
    assert page.live.values["funding_rate"] == pytest.approx(100 * rate)  # in 8 hours
    said = "was not collected: the neutral" if received is None else f"Shorts of {label}"
    assert said in page._origin.value
    known = fees().get(spec.venue)
    assert (known.source if known else f"those of the contract: {spec.source}") in page._fees.value
    assert re.search(r", 20\d\d-\d\d-\d\d", page.live.words["rule"][0])


def test_inverse_contracts_are_compared_and_not_chosen() -> None:
    """The list holds the contracts whose margin is dollars."""
    assert {contracts()[label].kind for label in offered_contracts()} == {"linear"}
    hours = {contract(label).funding_interval for label in offered_contracts()}
    assert hours == {1.0, 4.0, 8.0}


def test_a_contract_brings_its_coins_funding(page: CarryExplorer) -> None:
    """SOL's contract uses SOL's simulated history and a price of SOL; the badge says that it is simulated."""
    page.controls.choices["contract"].value = "Binance USD-M SOLUSDT"
    assert page._setting.history.name == "SOL, simulated sample"
    assert "simulated" in page._badge.value
    assert "hw-simulated" in page._badge.value
    assert page._setting.spot_price < 1_000
    assert page._setting.bids[0][0] < page._setting.spot_price < page._setting.asks[0][0]


def test_a_regime_begins_on_its_days_and_sets_its_rate(page: CarryExplorer) -> None:
    """Low-cap squeeze on WIF: the rate is that of the regime for the contract's interval, and shorts pay."""
    page.controls.choices["contract"].value = "Binance USD-M WIFUSDT"
    page.controls.choices["opened_at"].value = -0.005
    assert page.live.said == ""
    assert page.live.values["funding_rate"] == pytest.approx(-0.5)
    assert page.live.picture().values["funding_rate"][0] == pytest.approx(-0.0025)
    assert page._setting.course.n_starts < 100
    assert words.story(page.live.picture())["payer"][0] == 3  # pays, until its margin is used up


@pytest.mark.parametrize("label", ["Hyperliquid BTC", "Binance USD-M WIFUSDT"])
def test_the_neutral_rate_is_a_position_of_the_slider(page: CarryExplorer, label: str) -> None:
    """What an unmoved premium pays is where a hand can put the slider, and a notch is at most 6 % a year."""
    page.controls.choices["contract"].value = label
    positions = next(spec for spec in SLIDERS if spec.field == "funding_rate").positions
    neutral = notes.marks(page.live.picture(premium=0.0))["funding_rate/1"][0]
    assert min(abs(place - neutral) for place in positions) < 1e-9
    assert max(np.diff(positions)) / 100 * 3 * 365 < 0.06


def test_a_regime_that_the_coin_never_had_is_a_sentence(page: CarryExplorer) -> None:
    """BTC's shorts never paid 0.5 %: the page says it, and what is shown stays what is chosen."""
    page.controls.choices["opened_at"].value = -0.005
    assert "must have at least 10 days at −0.5" in page.live.said
    assert page.controls.choices["opened_at"].value == 0.0
    assert page._setting.opened_at == 0.0


def payments(n: int, hours: int) -> pd.DataFrame:
    """Return a venue's funding: n payments of 0.01 % every so many hours."""
    index = pd.date_range("2025-01-01", periods=n, freq=f"{hours}h", tz="UTC", name="time")
    return pd.DataFrame({"rate": np.full(n, 1e-4), "interval_hours": np.full(n, float(hours))}, index=index)


@pytest.mark.parametrize("hours", [1, 3, 4, 6, 8])
def test_a_stored_history_is_summed_over_eight_hours(hours: int) -> None:
    """Whatever the interval, a day's sum is what was paid that day; a day that is cut off does not count."""
    frame = payments(100 * 24 // hours - 1, hours)
    found = stored_history("binance BTC/USDT:USDT", frame, "Binance")
    assert len(found.daily) == 99
    assert found.daily[0] == pytest.approx(24 / hours * 1e-4)
    assert not found.is_simulated
    with pytest.raises(InputError, match="must hold 60 whole days without a gap, not 30"):
        stored_history("x", payments(30 * 24 // hours, hours), "Binance")
    with pytest.raises(InputError, match="must hold 60 whole days without a gap, not 0"):
        stored_history("x", frame.iloc[:1], "Binance")


def test_a_day_with_payments_missing_is_not_whole() -> None:
    """One hourly payment of eight in each third of a day is an eighth of what was paid, and no history."""
    frame = payments(200 * 24, 1)
    with pytest.raises(InputError, match="not 0"):
        stored_history("hyperliquid BTC/USDC:USDC", frame.iloc[::8], "Hyperliquid")
    found = stored_history("hyperliquid BTC/USDC:USDC", frame.drop(frame.index[24 * 50 + 5]), "Hyperliquid")
    assert len(found.daily) == 149
    assert found.daily == pytest.approx(24e-4)


def test_a_gap_breaks_a_history() -> None:
    """Two months are missing: the longer stretch is used, its days are those beside the dates, and it is said."""
    frame = payments(400 * 3, 8)
    frame["rate"] = np.repeat(np.arange(400), 3) * 1e-6
    found = stored_history("okx BTC/USDT:USDT", frame.drop(frame.index[3 * 130 : 3 * 190]), "OKX")
    assert (found.first, found.last) == (datetime.date(2025, 7, 10), datetime.date(2026, 2, 4))
    assert found.daily == pytest.approx(3e-6 * np.arange(190, 400))
    assert "130 whole days beyond a gap are left out" in found.source
    assert "gap" not in stored_history("okx BTC/USDT:USDT", frame, "OKX").source


def test_a_contracts_own_venue_comes_first() -> None:
    """Hyperliquid's shorts got Hyperliquid's rates, Binance's Binance's; a venue without any takes another's."""
    now = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)
    for name, hours, source in (
        ("binanceusdm BTC/USDT:USDT", 8, "Binance USD-M"),
        ("hyperliquid BTC/USDC:USDC", 1, "Hyperliquid"),
    ):
        Store().write("funding", name, payments(2_400 // hours, hours), source=source, fetched_at=now)
    page = CarryExplorer()
    for label, first in (
        ("Hyperliquid BTC", "hyperliquid"),
        ("Binance USD-M BTCUSDT", "binanceusdm"),
        ("dYdX v4 BTC-USD", "binanceusdm"),
        ("Binance USD-M SOLUSDT", "SOL, simulated"),
    ):
        page.controls.choices["contract"].value = label
        assert page._setting.history.name.startswith(first), label


def test_the_stores_funding_comes_first() -> None:
    """What the user fetched is used for its coin, named on the badge; a damaged file is a sentence and no end."""
    now = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)
    entry = Store().write("funding", "binance BTC/USDT:USDT", payments(1_200, 8), source="Binance", fetched_at=now)
    page = CarryExplorer()
    assert "binance BTC/USDT:USDT, your store" in page._badge.value
    assert "hw-simulated" not in page._badge.value
    assert page.live.picture().band[0] == pytest.approx([np.nan] * 5, nan_ok=True)
    (Store().folder / entry.file).write_bytes(b"broken")
    other = CarryExplorer()
    assert "the stored funding of binance BTC/USDT:USDT cannot be used" in other.live.said
    assert other._setting.history.is_simulated


def test_own_prices_give_price_and_volatility() -> None:
    """A history of the user's: its last price is the spot price, its last 90 days the volatility."""
    draw = np.random.default_rng(4)
    frame = pd.DataFrame({"BTC": 30_000 * np.cumprod(1 + 0.02 * draw.standard_normal(400))})
    frame.index = pd.date_range("2024-01-01", periods=400, name="date")
    page = CarryExplorer(frame)
    assert page.live.said == ""
    assert page._setting.spot_price == pytest.approx(frame["BTC"].iloc[-1], rel=1e-5)
    wanted = np.std(np.diff(np.log(frame["BTC"].to_numpy()[-91:])), ddof=1) * 365**0.5
    assert page.live.values["volatility"] == pytest.approx(100 * wanted, rel=1e-6)
    assert page._origin.value.count("your data") == 2
    page.live._sliders["volatility"].value = 90.0
    page._rested(page.live.values)
    assert page._origin.value.count("your data") == 1
    assert "Volatility: 90\u00a0%, set by you." in page._origin.value


def test_a_volatility_beyond_the_slider_is_not_the_users() -> None:
    """Prices that move 300 % a year: the slider ends at 200 %, and the page says so instead of naming the hand."""
    draw = np.random.default_rng(4)
    frame = pd.DataFrame({"BTC": 30_000 * np.exp(np.cumsum(3.0 / 365**0.5 * draw.standard_normal(400)))})
    frame.index = pd.date_range("2024-01-01", periods=400, name="date")
    page = CarryExplorer(frame)
    assert page.live.values["volatility"] == 200.0
    wanted = formatted(float(np.std(np.diff(np.log(frame["BTC"].to_numpy()[-91:])), ddof=1) * 365**0.5), "percent")
    assert f"Volatility: {wanted}, over the 90 days" in page._origin.value
    assert "it stands at its end, 200 % per year, and that is what is used here." in page._origin.value
    assert "as you set it" not in page._origin.value


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Binance USD-M ETHUSDT", "74.2\u00a0%, the 365 daily returns of 2025-01-01"),
        ("Binance USD-M WIFUSDT", "135\u00a0%, assumed, as none is known for WIF"),
        ("Example low-cap perp", "93\u00a0%, assumed, as none is known for XYZ"),
    ],
)
def test_where_the_volatility_comes_from_is_true(page: CarryExplorer, label: str, words: str) -> None:
    """Collected where there is a row for the coin, a stand-in where there is none; an example has its own."""
    page.controls.choices["contract"].value = label
    assert words in page._origin.value
    page._example.value = next(k for k, example in enumerate(examples()) if "thin book" in example["title"])
    assert "Volatility: 150\u00a0%, as in the example." in page._origin.value


def test_fees_that_were_typed_are_yours(page: CarryExplorer) -> None:
    """A fee typed into its box is no longer the venue's."""
    page.controls.numbers["maker_fee_rate"].value = 0.0
    assert "The fees are the ones you set." in page._fees.value


# Dates, boxes, the book


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("expiry", "2026-11-19", "must not have expired before today, 2026-11-20; it expired on 2026-11-19"),
        ("expiry", "2026-11-20", "the roll date must lie from today"),
        ("roll_date", "2026-11-01", "the roll date must lie from today, 2026-11-20"),
        ("roll_date", "soon", "rolled on must be a date such as 2027-03-26, not 'soon'"),
        ("today", "<img src=x onerror=alert(1)>", "today must be a date such as 2027-03-26"),
        ("today", "2027-04-01", "the contract must not have expired before today, 2027-04-01"),
    ],
)
def test_a_wrong_date_is_a_sentence_and_nothing_is_lost(page: CarryExplorer, name: str, value: str, words: str) -> None:
    """An expired contract, a roll before today, no date at all: named, and the box goes back."""
    before = page.controls.dates[name].value
    page.controls.dates[name].value = value
    assert words in page.live.said.lower()
    assert page.controls.dates[name].value == before
    assert figures(page)["funding"] == pytest.approx(1_642.5)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("spot_price", 0.0, "spot price must be $1e-12 to $1e+15, not $0"),
        ("holding_value", math.nan, "coins held must be $1 to $1,000,000,000, not $nan"),
        ("coverage", 2500.0, "hedge ratio (short per dollar held) must be 0.1 to 2,000 %, not 2,500"),
        ("leverage", 500.0, "leverage must be 1 to 150 for 15,000 dollars of binance usd-m btcusdt, not 500"),
        ("daily_volume", -1.0, "daily volume"),
        ("taker_fee_rate", 99.0, "taker fee"),
    ],
)
def test_a_wrong_box_is_a_sentence_and_nothing_is_lost(
    page: CarryExplorer, name: str, value: float, words: str
) -> None:
    """The value is named, the box goes back, the picture stays."""
    before = page.controls.numbers[name].value
    page.controls.numbers[name].value = value
    assert words in page.live.said.lower()
    assert page.controls.numbers[name].value == before
    assert figures(page)["funding"] == pytest.approx(1_642.5)


def test_a_zero_volatility_is_a_sentence(page: CarryExplorer) -> None:
    """Options without volatility have no collar: the table says so, the rest of the page goes on."""
    page.live._sliders["volatility"].value = 0.0
    page._rested(page.live.values)
    assert "The six ways cannot be compared: volatility must be above 0" in page._six.value
    assert page.live.said == ""
    assert np.isfinite(page.live.picture().net_pnl[0])


def type_into(page: CarryExplorer, row: int, column: int, value: str) -> None:
    """Type into a cell of the order book."""
    page.book.table._typed(None, {"row": row, "column": column, "text": value}, [])


def test_the_book_can_be_typed(page: CarryExplorer) -> None:
    """A better bid for more coins lowers the slippage; a new example brings the made-up book back."""
    before = float(page.live.picture().order_slippage[0])
    type_into(page, 0, 2, "100")
    assert page.book.table.complaint == ""
    assert float(page.live.picture().order_slippage[0]) < before
    page._example.value = 1
    page._example.value = 0
    assert float(page.live.picture().order_slippage[0]) == pytest.approx(before)


def test_an_empty_book_is_a_sentence(page: CarryExplorer) -> None:
    """No coins on any bid level: the page says that nothing can be filled."""
    for row in range(6):
        type_into(page, row, 2, "0")
    assert page.live.words["book"] == ["The order book has no bids: nothing can be filled."]
    assert np.isnan(page.live.picture().order_slippage[0])
    assert words.tiles(page.live.picture())["book_case"][0] == 2
    assert page.live.said == ""
    page.controls.choices["book_side"].value = "buy"  # the asks are there: only the mid price is not
    assert page.live.words["book"] == ["The order book has no bids: there is no mid price to count slippage from."]
    columns = words.tiles(page.live.picture())
    assert (columns["book_case"][0], columns["is_short_book"][0]) == (3, False)
    assert columns["price"][0] == pytest.approx(60_000, rel=1e-3)
    page.live._sliders["order_value"].value = 5_000.0
    columns = words.tiles(page.live.picture())
    assert (columns["book_case"][0], columns["is_short_book"][0]) == (4, True)


def test_a_book_around_another_price_counts_in_its_own(page: CarryExplorer) -> None:
    """$50,000 of coins at 0.50 are 100,000 of them, whatever the box of the spot price says."""
    page._example.value = next(k for k, example in enumerate(examples()) if "thin book" in example["title"])
    before = page.live.picture()
    page.controls.numbers["spot_price"].value = 1.0
    after = page.live.picture()
    assert after.order_quantity[0] == pytest.approx(100_000)
    assert after.order_price[0] == pytest.approx(before.order_price[0])
    assert notes.book(after)["depth"] == pytest.approx(60_000)


def test_a_refused_contract_leaves_the_typed_book(page: CarryExplorer) -> None:
    """ARB cannot hold 60 times the daily volume: the page goes back, with the book that was typed."""
    type_into(page, 0, 2, "100")
    book = page._setting.bids
    page.controls.numbers["holding_value"].value = 500e6
    page.controls.choices["contract"].value = "Binance USD-M CHZUSDT"
    assert "must be" in page.live.said
    assert page._setting.bids == book
    assert page._setting.contract.label == "Binance USD-M BTCUSDT"


@pytest.mark.parametrize("label", offered_contracts())
def test_a_made_up_book_costs_what_the_law_says(label: str) -> None:
    """An order of 1 to 20 % of the book walks to within a factor of 2 of half-spread and square-root impact."""
    page = CarryExplorer()
    page.controls.choices["contract"].value = label
    setting = page._setting
    for side in ("sell", "buy"):
        state = replace(setting, book_side=side)
        values = state.depth_value * np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.999])
        walked = state.walked(values / state.book_price)
        volatility = shipped_volatility(setting.contract.underlying).value
        law = slippage_rate(setting.half_spread, daily(volatility), values / setting.daily_volume)
        assert walked.slippage_rate / law == pytest.approx(np.ones(6), rel=0.5), label
        assert not walked.unfilled.any()
    assert setting.depth_value > setting.notional  # the hedge of an example is not larger than its book


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (0, 1, "70000", "An order book must hold falling bids below rising asks"),
        (0, 2, "-1", "Bid coins in level 1 must be at least 0"),
        (1, 3, "cheap", "Ask price in level 2: expected a number"),
    ],
)
def test_a_wrong_level_is_refused_in_the_table(
    page: CarryExplorer, row: int, column: int, value: str, words: str
) -> None:
    """The cell is named and the book stays as it was."""
    before = page._setting.bids, page._setting.asks
    type_into(page, row, column, value)
    assert words in page.book.table.complaint
    assert (page._setting.bids, page._setting.asks) == before


def test_an_order_larger_than_the_book_is_a_sentence(page: CarryExplorer) -> None:
    """5 million dollars into a book of 2.5 million: half of it is not filled."""
    page.live._sliders["order_value"].value = 5_000.0
    columns = words.tiles(page.live.picture())
    assert columns["book_case"][0] == 1
    depth = page._setting.depth * page._setting.spot_price
    assert columns["unfilled"][0] == pytest.approx(5e6 - depth)


@pytest.mark.parametrize("at", [[0.0] * 3, "x", [math.inf] + [1.0] * 8, [True] * 9, [1e9] * 9])
def test_hostile_slider_values_are_refused(page: CarryExplorer, at: Any) -> None:
    """What a client sends instead of slider values gets a sentence; the last good picture stays."""
    sent: list[Any] = []
    page.live.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    page.live._answer(page.live, {"kind": "rest", "revision": page.live._revision, "at": at}, [])
    assert page.live.said
    assert sent == []


def test_edited_fees_are_used_and_shown(page: CarryExplorer) -> None:
    """A taker fee edited among the constants is in the box and in the costs; a wrong one changes nothing."""
    fees = figures(page)["fees"]
    row = next(k for k, cells_ in enumerate(page.sources.constants.rows) if cells_[0] == "Taker fee")
    page.sources.constants._typed(None, {"row": row, "column": 1, "text": "0.1"}, [])
    assert page.controls.numbers["taker_fee_rate"].value == pytest.approx(0.1)
    assert figures(page)["fees"] == pytest.approx(fees + 2 * 15_000 * 0.0005)
    page.sources.constants._typed(None, {"row": row, "column": 1, "text": "90"}, [])
    assert page.sources.constants.complaint
    assert page.controls.numbers["taker_fee_rate"].value == pytest.approx(0.1)


# Tables


def test_six_ways_with_the_puts_price_by_hand(page: CarryExplorer) -> None:
    """E17: a put at 54,000 for 30 days at 60 % costs 1,614.94; its worst is -7,632.94, a short has none such."""
    page._example.value = next(k for k, example in enumerate(examples()) if "Insurance" in example["title"])
    rows = {row[0]: row[1:] for row in cells(page._six.value)[1:]}
    assert len(rows) == 6
    premium = black_76("put", 60_000, 54_000, 30 / 365, 0.6).price
    assert premium == pytest.approx(1_614.94, abs=0.005)
    assert rows["Buy puts"][3] == "−$7,633"
    assert rows["Buy puts"][4] == "100\u00a0%"
    assert rows["Short perpetual"][4] == "—"  # it is liquidated before the rise it is judged at
    assert rows["Short inverse 1×, backed by the coins"][6] == "never"


def test_a_short_that_died_has_no_outcome_in_the_table(page: CarryExplorer) -> None:
    """At +50 % a 3x short was liquidated before: no number is shown for a hedge that is gone."""
    page.live._sliders["move"].value = 50.0
    page._rested(page.live.values)
    rows = {row[0]: row[1] for row in cells(page._six.value)[1:]}
    assert rows["Short perpetual"] == rows["Short dated future"] == "already liquidated"
    assert rows["Sell that share of the coins"].startswith("+$4,9")


def test_the_roll_by_hand(page: CarryExplorer) -> None:
    """2 % for 126 days, rolled 7 days before the expiry into 98: the short sells higher, and both legs pay the fill."""
    rate = 0.02 / 126
    old, new = 60_000 * (1 + 7 * rate), 60_000 * (1 + 98 * rate)
    shown = cells(page._roll.value)
    effect, costs = 0.25 * (new - old), 0.25 * (old + new) * float(page.live.picture().fill_cost_rate[0])
    assert shown[3][0].endswith("you gain")
    assert shown[3][1] == f"+${effect:,.0f}"
    assert shown[4][1] == f"${costs:,.2f}"
    assert shown[6][1] == f"${61_200 + 60_000 - old:,.1f}"  # Hull: F1 + b2
    page.live._sliders["basis"].value = -2.0
    page._rested(page.live.values)
    assert cells(page._roll.value)[3][0].endswith("you pay")


def test_one_roll_plan_everywhere(page: CarryExplorer) -> None:
    """The roll date moves the chart, the six ways and the roll table alike, and the chart says when it rolls."""
    fill = 15_000 * float(page.live.picture().fill_cost_rate[0])
    for date, day, n_rolls in (("2027-03-19", 119, 3), ("2026-11-25", 5, 4)):
        page.controls.dates["roll_date"].value = date
        dated = page.live.picture().carries["dated"]
        assert dated.n_rolls[0] == n_rolls
        assert dated.fees[0] == pytest.approx(fill * (2 + 2 * n_rolls))
        rows = {row[0]: row[1:] for row in cells(page._six.value)[1:]}
        assert rows["Short dated future"][2] == formatted(dated.fees[0], "usd")
        (stamp,) = charts.carried_moving_layout(page.live.picture())["annotations"]
        assert stamp["text"] == f"rolled on day {day}, then every 91"
        assert f"Buy back the old future on {date}, {126 - day} days before" in page._roll.value


def test_a_basis_that_is_no_rate_is_refused_everywhere(page: CarryExplorer) -> None:
    """2 % on 4 days, 182 % a year: roll table, chart, end of its line and six ways stop at the roll, and say so."""
    page.controls.dates["roll_date"].value = "2026-11-24"
    page.controls.dates["expiry"].value = "2026-11-24"
    picture = page.live.picture()
    assert "2\u00a0% for 4 days, 182.5\u00a0% per year, cannot last" in page._roll.value
    assert np.isnan(picture.carries["dated"].net[0])
    assert "no rate to roll" in charts.carried_moving_layout(picture)["annotations"][0]["text"]
    curve = picture.curves["dated"][0]
    assert np.isnan(curve[picture.day_grid[0] > 4]).all()
    (labels,) = (trace for trace in charts.carried_traces(picture) if trace.get("cliponaxis") is False)
    assert labels["x"][0, 1] <= 4
    assert np.isfinite(labels["y"]).all()
    rows = {row[0]: row[1:] for row in cells(page._six.value)[1:]}
    assert rows["Short dated future"][0] == "—"
    assert rows["Short dated future"][5] == "unknown: no rate to roll at"
    assert rows["Buy puts"][0] != "—"
    page.controls.dates["roll_date"].value = "2026-11-21"
    page.controls.dates["expiry"].value = "2026-11-21"
    page.live._sliders["basis"].value = 10.0
    page._rested(page.live.values)
    assert "for 1 day, 3,650\u00a0% per year" in page._roll.value
    assert "cannot be compared" not in page._six.value


def test_a_put_is_also_told_in_coins(page: CarryExplorer) -> None:
    """The premium over the spot price, and the delta less that: bought with coins, a put hedges more."""
    page._example.value = next(k for k, example in enumerate(examples()) if "Insurance" in example["title"])
    put = black_76("put", 60_000, 54_000, 30 / 365, 0.6)
    assert f"costs {formatted(put.price / 60_000, 'contracts')} BTC" in page._six.value
    inside = formatted(put.delta, "slope"), formatted(put.delta - put.price / 60_000, "slope")
    assert f"its delta of {inside[0]} is {inside[1]} in coin" in page._six.value


def test_interest_on_a_premium_is_a_cost(page: CarryExplorer) -> None:
    """Money at 20 % a year: the put's cost is its price with a year's interest, as margin and sale have theirs."""
    page.live._sliders["money_rate"].value = 20.0
    page._rested(page.live.values)
    premium = 0.25 * black_scholes("put", 60_000, 54_000, 1.0, shipped_volatility("BTC").value, math.log(1.2)).price
    rows = {row[0]: row[1:] for row in cells(page._six.value)[1:]}
    assert rows["Buy puts"][2] == formatted(1.2 * premium + 0.25 * 18, "usd")


def test_waiting_costs_more_than_it_saves(page: CarryExplorer) -> None:
    """E21: the risk of an hour is many times what waiting saves, and grows with the root of the time."""
    rows = cells(page._waiting.value)[1:]
    deviations = [float(row[3].strip("±%\u00a0")) for row in rows]
    assert deviations[2] == pytest.approx(2 * deviations[1], rel=2e-3)
    assert float(rows[1][4].strip("×")) > 10


def test_the_stretches_add_up(page: CarryExplorer) -> None:
    """The shares of received, paid and nothing are the whole of the time; the small print says simulated."""
    rows = cells(page._regimes.value)[1:]
    shares = [float(row[1].strip("%\u00a0")) for row in rows]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    assert "Simulated, not market data" in page._regimes.value


def test_every_rule_and_figure_has_source_and_date() -> None:
    """A row a rule, a row a year or coin, each with a date."""
    for made, count in ((tables.rules_table(), len(funding_rules())), (tables.collected_table(), 8 + 13 + 10)):
        rows = cells(made)[1:]
        assert len(rows) == count
        assert all(re.search(r"20\d\d-\d\d-\d\d", row[-1]) for row in rows)
    spans = {row[0]: row[1] for row in cells(tables.collected_table())}
    assert [spans[name] for name in ("BTC 2024", "BTC 2026", "BTCUSDT", "WIFUSDT", "Hyperliquid BTC")] == [
        "2024",
        "43 days of 2026",
        "67 days",  # 200 payments, every 8 hours
        "33 days",  # and every 4
        "12 months",
    ]


@pytest.mark.parametrize("spec", SLIDERS, ids=lambda spec: spec.field)
def test_the_tables_hold_at_the_ends_of_every_slider(page: CarryExplorer, spec: Any) -> None:
    """At both ends of each slider the tables are written, without a complaint."""
    for end in (spec.positions[0], spec.positions[-1]):
        page._report({**page.live.values, spec.field: end})
        assert page.live.said == ""
        assert "nan" not in page._six.value + page._roll.value + page._waiting.value


def test_every_column_has_its_head(page: CarryExplorer) -> None:
    """The first row of each table has as many cells as the others."""
    made = [page._six, page._roll, page._waiting, page._regimes]
    for html in [*(widget.value for widget in made), tables.rules_table(), tables.collected_table()]:
        head, *rows = cells(html)
        assert {len(row) for row in rows} == {len(head)}, head


def test_names_in_the_page_are_escaped() -> None:
    """What the tables write is text."""
    made = tables.folded("<b>", figures_table(("<img src=x>",), [("<img src=x>",)]))
    assert "<img" not in made
    assert "<b>" not in made


def test_what_the_margin_cannot_pay_is_said(page: CarryExplorer) -> None:
    """20 times at −0.05 % every 8 hours: the margin of 5 % less maintenance is gone after about 30 days of funding."""
    page.controls.numbers["leverage"].value = 20.0
    page.live._sliders["funding_rate"].value = -0.05
    page.live._sliders["days"].value = 365.0
    picture = page.live.picture()
    columns = words.story(picture)
    assert columns["payer"][0] == 3
    assert columns["eaten"][0] == pytest.approx((0.05 - 0.004) / 0.0005 / 3, rel=1e-6)
    assert picture.longest_days[0] <= columns["eaten"][0]
    page.live._sliders["funding_rate"].value = 0.2
    assert words.story(page.live.picture())["needs_fall"][0] == 3  # ahead at every price up to its liquidation


def test_a_short_that_funding_killed_loses_no_more(page: CarryExplorer) -> None:
    """WIF in a squeeze for a year: the margin is lost, in words, tiles, charts and six ways, after 21 days."""
    page.controls.choices["contract"].value = "Binance USD-M WIFUSDT"
    page.controls.choices["opened_at"].value = -0.005
    picture = page.live.picture()
    fees = float(picture.carries["perpetual"].fees[0])
    story, tiles = words.story(picture), words.tiles(picture)
    assert story["net"][0] == pytest.approx(5_000 + fees)
    assert tiles["both"][0] == pytest.approx(5_000 + 5_000 + fees)  # coins at -20 %, and the margin
    assert (tiles["death"][0], tiles["needs_fall"][0]) == (2, 4)
    (mark,) = (trace for trace in charts.carried_traces(picture) if "marker" in trace)
    assert mark["x"][0, 0] == pytest.approx(story["eaten"][0])
    assert mark["y"][0, 0] == pytest.approx(-5_000 - fees)
    for curve in (picture.curves["perpetual"][0], picture.funded[0]):
        after = curve[picture.day_grid[0] > story["eaten"][0]]
        assert after == pytest.approx(np.full(len(after), after[0]))
    short = charts.breakeven_traces(picture)[3]["y"][0]
    assert short == pytest.approx(np.full(5, -5_000 - fees))
    assert notes.marks(picture)["move/1"].tolist() == pytest.approx([np.nan], nan_ok=True)
    rows = {row[0]: row[1:] for row in cells(page._six.value)[1:]}
    for name, days in (("Short perpetual", "21.2"), ("Short inverse 1×, backed by the coins", "65.7")):
        assert rows[name][0] == "already liquidated"
        assert rows[name][6] == f"after {days} days"
    assert rows["Short perpetual"][3] == formatted(-30_000 - fees, "usd")
    page.live._sliders["days"].value = 21.0
    assert 0 < page.live.picture().liquidation_move[0] < 0.01  # almost eaten: the first rise ends it


@pytest.mark.parametrize(
    ("changes", "case"),
    [
        ({}, 0),
        ({"funding_rate": -0.05}, 1),
        ({"funding_rate": -0.05, "move": 0.0}, 2),
        ({"funding_rate": 0.0}, 3),
        ({"money_rate": 20.0, "funding_rate": 0.005, "move": 0.0}, 2),  # interest takes more than funding brings
    ],
)
def test_how_long_counts_the_interest(page: CarryExplorer, changes: dict[str, float], case: int) -> None:
    """On the day it names the break-even crosses 0: both count fees, slippage, funding and interest on the margin."""
    for money in (0.0, 5.0):
        picture = page.live.picture(
            **{name: np.array([value]) for name, value in {"money_rate": money, **changes}.items()}
        )
        if case == 3 and money:
            continue
        columns = words.tiles(picture)
        assert columns["wait_case"][0] == case
        if case == 0:
            days = np.array([columns["pay_back"][0] - 1 / 3, columns["pay_back"][0]])
            at = {name: np.repeat(value, 2) for name, value in picture.values.items()} | {"days": days}
            net = carry_picture(page._setting, at).carries["perpetual"].net
            assert net[0] < 0 <= net[1]


def test_no_costs_are_paid_at_once(page: CarryExplorer) -> None:
    """A maker rebate: nothing is left to pay, at a rate of 0 as well; at a negative one it lasts for a while."""
    page.controls.numbers["maker_fee_rate"].value = -0.02
    page.controls.choices["orders"].value = "maker"
    cases = [
        words.tiles(page.live.picture(funding_rate=rate, move=0.0))["wait_case"][0] for rate in (0.0, 0.01, -0.005)
    ]
    assert cases == [4, 4, 5]
    assert words.tiles(page.live.picture(funding_rate=-0.005, move=0.0))["longest"][0] == pytest.approx(8 / 3)


def test_one_day_is_one_day(page: CarryExplorer) -> None:
    """Days held, to the expiry, and until a margin is gone: 1 day, not 1 days."""
    page.controls.dates["roll_date"].value = "2026-11-21"
    page.controls.dates["expiry"].value = "2026-11-21"
    page.live._sliders["days"].value = 1.0
    columns = words.story(page.live.picture())
    assert (columns["day_word"][0], columns["life_word"]) == (1, 1)
    singular = [words.STORY_SLOTS[f"{name}_word"] for name in ("day", "life", "eaten")]
    assert singular == [("days", "day")] * 3


def test_the_band_in_the_sentence_is_money_with_its_sign(page: CarryExplorer) -> None:
    """Nine in ten of the sums of 30 days of payments of the history lie in it, and its share is of the sums below 0."""
    page.live._sliders["days"].value = 30.0
    columns, setting = words.story(page.live.picture()), page._setting
    daily = setting.history.daily
    sums = np.array([daily[k : k + 30].sum() for k in range(1, columns["starts"] + 1)]) * setting.notional
    band = [float(columns[name][0]) for name in ("low", "high")]
    assert band == pytest.approx(np.quantile(sums, [0.05, 0.95]).tolist())
    assert float(columns["paid_share"][0]) == pytest.approx(np.mean(sums < 0))
    assert (words.STORY_SLOTS["low"], words.STORY_SLOTS["high"]) == ("usd_signed", "usd_signed")


def test_the_cap_is_said_of_what_it_bounds(page: CarryExplorer) -> None:
    """A clamp rule's cap bounds a payment, unscaled, dYdX's the rate of eight hours: the model's own figures."""
    said = {}
    for label in ("Binance USD-M BTCUSDT", "Hyperliquid BTC", "Binance USD-M WIFUSDT", "dYdX v4 BTC-USD"):
        page.controls.choices["contract"].value = label
        (said[label],) = page.live.words["rule"]
        rule, hours = page._setting.rule, page._setting.contract.funding_interval
        share = 1.0 if rule.style == "clamp" else hours / 8
        assert rule.rate(-1.0, hours) == pytest.approx(-rule.cap * share)
        assert ("per payment" in said[label]) == (rule.style == "clamp")
    assert "clamp ±0.05\u00a0% for 8 hours, scaled to one payment; cap ±4\u00a0% per payment" in said["Hyperliquid BTC"]
    assert "cap ±4.8\u00a0% for 8 hours, scaled to one payment" in said["dYdX v4 BTC-USD"]
    assert "clamp ±0.05\u00a0%; cap ±0.3\u00a0% per payment" in said["Binance USD-M BTCUSDT"]


def test_only_the_premium_is_locked() -> None:
    """At 60 % coverage coins and short together still lose with the market: the words speak of the premium."""
    templates = next(line for line in words.STORY[0].lines if line.pick == "basis_case").templates[1:]
    assert all(
        "when the future expires in" in words and "unless the short is liquidated first" in words for words in templates
    )
