"""The planner without a browser: the ticket, its reminder, dates, venues, sizes, lines, the other pages' numbers."""

import html
import re
from datetime import date
from typing import Any

import numpy as np
import pytest

from hedge_widgets import (
    CarryExplorer,
    HedgePlanner,
    HedgeSimulator,
    MarginExplorer,
    Plan,
    Portfolio,
    RebalancingExplorer,
    StartPage,
    contract,
)
from hedge_widgets.market.plan import Plan as AnyPlan
from hedge_widgets.model.book import Book, Hedge
from hedge_widgets.pages.address import plan_written, written
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.planner.examples import examples

TODAY = date(2026, 11, 27)
COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})


@pytest.fixture(scope="module")
def opened() -> HedgePlanner:
    return HedgePlanner(today=TODAY)


@pytest.fixture
def page(opened: HedgePlanner) -> HedgePlanner:
    """Give the page as it opened."""
    opened.state = ""
    opened.live.say("")
    return opened


def arrive(page: Any, plan: AnyPlan) -> str:
    """Let a plan arrive in the address, as the bar of another page writes it, and return the banner."""
    text = written({"book": plan_written(plan)})
    page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": text}, [])
    return str(page.live.said)


def holder(coins: Portfolio = COINS, **changes: Any) -> Plan:
    hedge = Hedge(contract=contract("Binance USD-M BTCUSDT"))
    return Plan(book=Book(holdings=coins, hedge=hedge, cash=600.0, days=7.0, move=-0.2)).changed(**changes)


def lines(page: HedgePlanner) -> dict[str, str]:
    """Return the lines of the ticket by their labels."""
    rows = (re.split(r"\s{2,}", line, maxsplit=1) for line in page._ticket.text.splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 2}


# ---- the worked examples ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("place", range(len(examples())))
def test_an_example_shows_its_hand_worked_figures(page: HedgePlanner, place: int) -> None:
    page._example.value = place
    assert page.live.said == ""
    for name, expected in examples()[place]["expect"].items():
        shown = getattr(page._setting.wanted if name == "target_notional" else page.outcome.outcome, name)
        assert float(np.atleast_1d(shown)[0]) == pytest.approx(expected, rel=1e-6), name


def test_alices_contract_is_refused_with_its_number(page: HedgePlanner) -> None:
    """Errata E11: 30,000 is 1,250 % of 2,400; there is no order, no ticket, and the rows of the order do not apply."""
    page._example.value = 1
    assert "1,250\xa0% of the $2,400 that you want to hedge" in page._choice.value
    assert (page._ticket.text, page._ticket.missing) == ("", "There is no order, so there is no ticket.")
    assert "✗\u00a0fail" in page._checks.value
    assert "There is no order" in page._checks.value


# ---- the ticket ------------------------------------------------------------------------------------------------------
def test_the_holder_gets_a_ticket_whose_numbers_every_page_has() -> None:
    """From the start page to the ticket: coins pasted, cash and days; then each number is that of pages 01 to 06."""
    start, planner = StartPage(), HedgePlanner(today=TODAY)
    start._table.rows = [["SOL", "5", "190"], ["ADA", "800", "0.85"], ["LINK", "40", "20"], ["BTC", "0.02", "90000"]]
    start.controls.numbers["cash"].value = 600.0
    start.controls.sliders["days"].value = 7.0
    at = list(start.live.values.values())
    start.live._answer(start.live, {"kind": "rest", "revision": start.live.revision, "at": at}, [])
    start.controls.choices["contract"].value = "Binance USD-M BTCUSDT"
    assert arrive(planner, start.plan) == ""
    made, ticket = planner.planned(), lines(planner)
    outcome = made.outcome()
    assert ticket["Size"].startswith("0.019 contracts = 0.019 BTC, $1,710")
    assert ticket["Margin"].startswith("$570, isolated, 3×, in your futures account at Binance USD-M; keep $29.14")
    assert ticket["Liquidation"].startswith("at $119,522 (+32.8\xa0%)")
    assert ticket["Limit price"] == "$90,000 or more"
    assert ticket["Review on"] == "2026-12-04"
    assert "not an order" in planner._ticket.text
    assert (outcome.notional, outcome.collateral) == (pytest.approx(1_710.0), pytest.approx(570.0))
    assert planner._doors.book == written({"book": plan_written(made)})
    assert planner.plan == start.plan  # a visit changes nothing

    first, margin, carry, when = HedgeSimulator(), MarginExplorer(), CarryExplorer(), RebalancingExplorer()
    for page in (first, margin, carry, when):
        assert arrive(page, made) == ""
    shown = first.outcome.outcome
    for name in ("notional", "n_contracts", "collateral", "liquidation_price", "funding_pnl", "fees", "net_pnl"):
        assert float(getattr(shown, name)[0]) == pytest.approx(getattr(outcome, name)), name
    assert float(margin.outcome.isolated_price[0]) == pytest.approx(outcome.liquidation_price)
    assert float(margin.outcome.chance[0]) == pytest.approx(float(planner.outcome.chance[0]), rel=1e-3)
    assert float(carry.outcome.carries["perpetual"].carry[0]) == pytest.approx(outcome.funding_pnl)
    assert -when._setting.ratio * when._setting.position_value == pytest.approx(-outcome.notional)


def test_a_plan_taken_as_the_book_is_the_same_plan(page: HedgePlanner) -> None:
    """Planned again from its own outcome nothing moves: size, leverage, margin."""
    arrive(page, holder())
    text = page._ticket.text
    assert arrive(page, page.planned()) == ""
    assert page._ticket.text == text


def parsed(text: str) -> list[tuple[str, str, str]]:
    """Return name, parameters and value of every line of a calendar, as RFC 5545 writes them (3.1, 3.3.11)."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    whole = text.replace("\r\n ", "")
    found = [re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=[^:;]+)*):(.*)", line) for line in whole.split("\r\n")[:-1]]
    assert all(found)
    meant = {"\\n": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}
    return [
        (one[1], one[2][1:], re.sub(r"\\[n,;\\]", lambda mark: meant[mark[0]], one[3]))
        for one in found
        if one is not None
    ]


@pytest.mark.parametrize("label", ["Binance USD-M BTCUSDT", "Bybit BTCUSD", "Hyperliquid ETH", "CME MBT"])
def test_the_reminder_is_a_calendar(page: HedgePlanner, label: str) -> None:
    """All day on the day of the review, with the ticket in it, first of all; begun and ended in order."""
    arrive(page, holder(contract=contract(label), cash=50_000.0))
    rows = parsed(page._ticket.calendar)
    nested: list[str] = []
    for name, _, value in rows:
        if name == "BEGIN":
            nested.append(value)
        elif name == "END":
            assert nested.pop() == value
    assert nested == []
    values = {(name, parameters): value for name, parameters, value in reversed(rows)}
    assert values["VERSION", ""] == "2.0"
    assert values["DTSTART", "VALUE=DATE"] == "20261204"
    assert values["DTEND", "VALUE=DATE"] == "20261205"
    assert re.fullmatch(r"\d{8}T\d{6}Z", values["DTSTAMP", ""])
    assert next(value for name, _, value in rows if name == "DESCRIPTION") == page._ticket.text
    assert {"UID", "PRODID", "SUMMARY", "TRIGGER"} <= {name for name, _, _ in rows}
    assert page._ticket.file == "review-2026-12-04.ics"


def test_a_dated_future_is_reminded_of_its_roll_and_its_end(page: HedgePlanner) -> None:
    """Reviewed on 4 December it is December's, rolled a week before it ends; after 29 days it is January's."""
    arrive(page, holder(contract=contract("CME MBT"), cash=50_000.0))
    rows = parsed(page._ticket.calendar)
    days = [value for name, _, value in rows if name == "DTSTART"]
    titles = [value for name, _, value in rows if name == "SUMMARY"]
    assert days == ["20261204", "20261217", "20261224"]
    assert [title.split()[0] for title in titles] == ["Review", "Roll", "Expiry"]
    assert len({value for name, _, value in rows if name == "UID"}) == 3
    shown = lines(page)
    assert shown["Contract"] == "CME MBT, December 2026"
    assert shown["Roll by"].startswith("2026-12-17, if you keep the hedge beyond the review: buy it back and sell")
    assert shown["Expires on"].startswith("2026-12-24, or the business day before")
    arrive(page, holder(contract=contract("CME MBT"), cash=50_000.0, days=29.0))
    assert lines(page)["Roll by"].startswith("2027-01-22")
    arrive(page, holder(contract=contract("Binance USD-M BTCUSDT")))
    assert not {"Roll by", "Expires on"} & lines(page).keys()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("date", "buy back 0.019 contracts on the review date, whatever the price"),
        ("fall", "buy back 0.019 contracts when your coins have moved −20\xa0%"),
        ("funding", "buy back 0.019 contracts when you have paid funding for three days in a row"),
    ],
)
def test_the_exit_is_in_the_ticket(page: HedgePlanner, rule: str, words: str) -> None:
    """Errata E7b: a short is closed by buying."""
    page.controls.choices["exit"].value = rule
    assert lines(page)["Exit"].startswith(words)


def test_a_dated_future_has_no_funding_to_turn(page: HedgePlanner) -> None:
    arrive(page, holder(contract=contract("CME MBT"), cash=0.0, value=100_000.0))
    page.controls.choices["exit"].value = "funding"
    assert lines(page)["Exit"].endswith("on the review date: a dated future pays no funding that could turn")


def test_costs_say_how_the_order_is_filled(page: HedgePlanner) -> None:
    """A taker crosses the spread, a limit at the price does not; 0.019 BTC cost a maker 0.02 % of 1,710 and of 1,710
    more the 10 % or so that BTC falls by.
    """
    arrive(page, holder())
    assert lines(page)["Costs"].endswith(
        "if it is filled at once (taker fee, spread and impact); at this limit it may have to wait"
    )
    arrive(page, holder(order_type="maker"))
    made = page.planned().outcome()
    cost = 0.0002 * (1_710 + 1_710 * (1 + made.hedge_move))
    assert lines(page)["Costs"] == f"about ${cost:.2f} to open and close it (maker fee, no spread)"


def test_small_prices_and_large_counts_are_written_out(page: HedgePlanner) -> None:
    """10^14 coins of 1.23 billionths of a dollar: a thousand are 0.00000123, on a tick of 10^-7 0.0000013, and 10^11
    thousands are hedged whole.
    """
    coins = Portfolio.of({"PEPE": (1e14, 1.23e-9)})
    spec = contract("Binance USD-M 1000PEPEUSDT")
    arrive(page, holder(coins, contract=spec, cash=0.0, basis="dollar", coverage=1.0))
    assert lines(page)["Limit price"] == "$0.0000013 for 1,000 PEPE or more"
    assert lines(page)["Size"].startswith("100,000,000,000 contracts = ")


def test_a_plan_names_what_it_leaves_out(page: HedgePlanner) -> None:
    """A spike of 60 % would liquidate 3x; the plan has none, and says so."""
    words = "It leaves out the spike and the hedge's own move that you set on “Outcome”."
    arrive(page, holder())
    plain = page._ticket.text
    assert words not in html.unescape(page._claim.value)
    arrive(page, holder(spike=0.6, own_move=0.1))
    assert words in html.unescape(page._claim.value)
    assert page._ticket.text == plain
    assert page.planned().book.spike == 0.6  # the book keeps what the plan leaves out


@pytest.mark.parametrize("move", [150.0, 1_000.0])
def test_a_move_beyond_100_per_cent_is_shown(page: HedgePlanner, move: float) -> None:
    arrive(page, holder())
    page.controls.numbers["move"].value = move
    assert page.live.said == ""
    assert "Lost at −99\xa0%" in page._ways.value
    assert "Missed at +99\xa0%" in page._ways.value


def test_what_is_not_known_is_said(page: HedgePlanner) -> None:
    """No cash, no tick, no funding: each line says so instead of a number."""
    arrive(page, holder(contract=contract("Hyperliquid BTC"), cash=0.0))
    assert "price steps are not known" in lines(page)["Limit price"]
    assert "keep" not in lines(page)["Margin"]
    assert "your cash is not known" in page._checks.value.lower()
    arrive(page, holder(contract=contract("CME MBT"), cash=0.0, value=100_000.0))
    assert lines(page)["Funding"] == "none: a dated future pays no funding"


# ---- what is asked ---------------------------------------------------------------------------------------------------
def test_the_day_of_an_event_sets_the_days(page: HedgePlanner) -> None:
    page.controls.until.value = "2026-12-17"
    assert page.live.values["days"] == 20.0
    assert lines(page)["Review on"] == "2026-12-17"
    page.undo()
    assert page.controls.until.value == "2026-12-04"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2026-11-01", "must be 2026-11-28 to 2027-11-27, and 2026-11-01 is over"),
        ("2026-11-27", "and 2026-11-27 is today"),
        ("2029-01-01", "and 2029-01-01 is too far ahead"),
        ("next week", "must be a date such as 2027-03-26, not 'next week'"),
    ],
)
def test_a_day_that_is_none_is_refused_and_the_plan_stays(page: HedgePlanner, typed: str, words: str) -> None:
    before = page._ticket.text
    page.controls.until.value = typed
    assert words in page.live.said
    assert page._ticket.text == before
    assert page.live.values["days"] == 7.0


def test_no_days_are_refused(page: HedgePlanner) -> None:
    with pytest.raises(ValueError, match="Days you hold the hedge must be 1 to 365, not 0"):
        page._read(page.controls.sliders["days"], "0")


def test_a_venue_brings_its_contract_or_says_that_it_lists_none(page: HedgePlanner) -> None:
    arrive(page, holder())
    page.controls.choices["venue"].value = "OKX"
    assert page.plan is not None
    assert page.plan.contract.label == "OKX BTC-USDT-SWAP"
    assert lines(page)["Contract"] == "OKX BTC-USDT-SWAP"
    arrive(page, holder(contract=contract("Binance USD-M LINKUSDT")))
    before = page._ticket.text
    page.controls.choices["venue"].value = "CME"
    assert "CME must list a contract on LINK, and has only BTC" in page.live.said
    assert page._ticket.text == before
    assert page.controls.choices["contract"].value == "Binance USD-M LINKUSDT"


def test_a_loss_and_a_volatility_that_one_can_bear_size_the_hedge(page: HedgePlanner) -> None:
    """At -20 % the 4,230 lose 846; a loss of 500 leaves 346 to the hedge; a volatility below the floor is refused."""
    arrive(page, holder(cash=50_000.0))
    page.controls.numbers["loss"].value = 500.0
    page.controls.choices["sized_by"].value = "loss"
    setting = page._setting
    gain = setting.inputs.coverage * setting.full_notional * -float(setting.wanted.hedge_move)
    assert gain == pytest.approx(346.0)
    assert page.plan is not None
    assert page.plan.book.hedge.coverage == pytest.approx(float(setting.inputs.coverage))
    page.controls.choices["sized_by"].value = "volatility"
    page.controls.numbers["volatility"].value = 1.0
    assert "no size of this hedge can go below" in page.live.said
    page.controls.numbers["volatility"].value = 500.0
    assert page.outcome.outcome.target_notional == 0.0


@pytest.mark.parametrize("sized_by", ["loss", "volatility"])
def test_coin_margin_is_not_sized_by_what_one_can_bear(page: HedgePlanner, sized_by: str) -> None:
    """The coins posted fall too, so less than all would be protected."""
    arrive(page, holder(cash=0.0))
    page.controls.numbers["loss"].value = 500.0
    page.controls.numbers["volatility"].value = 40.0
    page.controls.choices["sized_by"].value = sized_by
    assert "BTCUSD_PERP" not in page._contracts.value
    page.controls.choices["contract"].value = "Bybit BTCUSD"
    assert "not Bybit BTCUSD: its margin is coins, which fall too" in page.live.said
    assert page.controls.choices["contract"].value == "Binance USD-M BTCUSDT"
    arrive(page, holder(contract=contract("Bybit BTCUSD"), cash=0.0))
    before = page._ticket.text
    page.controls.choices["sized_by"].value = sized_by
    assert "must be sized with a contract whose margin is dollars, not Bybit BTCUSD" in page.live.said
    assert page._ticket.text == before
    assert page.controls.choices["sized_by"].value == "coverage"


def test_who_hedges_nothing_is_told_so(page: HedgePlanner) -> None:
    arrive(page, holder(coverage=0.0))
    assert "You hedge nothing, so every contract is as good." in page._choice.value
    assert "too large" not in page._choice.value + page._contracts.value


def test_money_that_is_not_dollars_is_not_hedged(page: HedgePlanner) -> None:
    """EURC has no prices and follows no coin: contracts are tested on BTC and SOL alone."""
    with_euro = Portfolio.of({"EURC": (1_000, 1.1), "BTC": (0.02, 90_000), "SOL": (5, 190)})
    arrive(page, holder(with_euro))
    assert "No contract fits." not in page._choice.value
    assert "cheapest that fits" in page._contracts.value


def test_figures_of_ones_own_have_no_error(page: HedgePlanner) -> None:
    arrive(page, holder(own={"correlation": 0.5}))
    assert "You set the figures yourself" in page._checks.value


def test_the_day_of_the_plan_is_that_of_the_ticket(monkeypatch: pytest.MonkeyPatch, page: HedgePlanner) -> None:
    """A page that stays open over midnight dates the next ticket anew."""
    days = iter(date(2026, 11, day) for day in (27, 28))
    monkeypatch.setattr("hedge_widgets.pages.planner.page.today_of", lambda given: given or next(days))
    monkeypatch.setattr(page, "_given_day", None)
    assert [str(page.today), str(page.today)] == ["2026-11-27", "2026-11-28"]


# ---- the checklist ---------------------------------------------------------------------------------------------------
def test_a_line_that_is_edited_flips_its_row_and_travels_in_the_address(page: HedgePlanner) -> None:
    assert "13 pass, 0 warn, 1 fail, 1 does not apply here." in page._checks.value
    place = [row[0].startswith("004.4") for row in page._lines.rows].index(True)
    page._lines._take(place, 1, "2")
    assert "12 pass, 1 warn" in page._checks.value
    told = page.state
    page.undo()
    assert "13 pass, 0 warn" in page._checks.value
    page.state = told
    assert "12 pass, 1 warn" in page._checks.value


def test_lines_in_the_wrong_order_are_refused_beside_the_table(page: HedgePlanner) -> None:
    place = [row[0].startswith("004.4") for row in page._lines.rows].index(True)
    page._lines._typed(page._lines, {"row": place, "column": 2, "text": "1"}, [])
    assert "must be at least that of a pass" in page._lines.complaint
    assert "13 pass" in page._checks.value


def test_a_hostile_line_in_the_address_is_refused(page: HedgePlanner) -> None:
    for kept in ({"000.9": [1, 2]}, {"004.4": [1]}, {"004.4": "x"}, {"004.4": [5, 1]}):
        page.live.say("")
        text = written({"page": "planner", "kept": {"_rules": kept}})
        page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": text}, [])
        assert page.live.said
        assert "13 pass" in page._checks.value


def test_coins_without_prices_are_not_tested(page: HedgePlanner) -> None:
    """No prices of a coin: no contract is called the cheapest, and the row says why it does not apply."""
    coins = Portfolio.of({"TIA": (100, 5.0), "BTC": (0.02, 90_000)})
    arrive(page, Plan(book=Book(holdings=coins, hedge=Hedge(contract=contract("Binance USD-M BTCUSDT")))))
    assert "No contract fits." in page._choice.value
    assert "no prices to test" in page._checks.value
    assert "Figures are known for 78.3\u00a0% of your coins" in page._checks.value  # 1,800 of 2,300


def test_the_page_is_about_the_own_book_then(page: HedgePlanner) -> None:
    arrive(page, holder())
    assert page._example.value == OWN_BOOK
    assert "It does not use the 3× of your book" in page._claim.value
