"""The watch without a browser: its examples, its table, what is asked about and refused, and its command."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hedge_widgets import Book, Future, Hedge, HedgeSimulator, HedgeWatch, Plan, Portfolio, contract
from hedge_widgets.cli import main
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.address import plan_written, written
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.watch.charts import causes_moving_layout
from hedge_widgets.pages.watch.examples import examples
from hedge_widgets.widgets.futures import futures_rows

TODAY = date(2026, 3, 2)
BTC = "Binance USD-M BTCUSDT"
SHORT = Future(contract=contract(BTC), contracts=-0.02, entry_price=90_000.0, leverage=1.0, opened_on=date(2026, 2, 20))
COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
PLAN = Plan(book=Book(holdings=COINS, hedge=Hedge(contract=contract(BTC)), futures=(SHORT,), cash=600.0))


@pytest.fixture(scope="module")
def opened() -> HedgeWatch:
    return HedgeWatch(today=TODAY)


@pytest.fixture
def page(opened: HedgeWatch) -> HedgeWatch:
    """Give the page as it opens."""
    opened.state = ""
    return opened


@pytest.mark.parametrize("place", range(len(examples())), ids=lambda place: examples()[place]["title"])
def test_an_example_shows_its_hand_worked_figures(page: HedgeWatch, place: int) -> None:
    page._example.value = place
    outcome, expected = page.outcome, examples()[place]["expect"]
    shown = {
        **{name: float(gain[0]) for name, gain in outcome.gains.items()},
        "equity": float(outcome.equity[0, 0]),
        "maintenance": float(outcome.maintenance[0, 0]),
        "recovery": float(outcome.recovery[0]),
        "liquidation": float(page._setting.futures.inputs[0].hedge_price * (1 + outcome.distance[0, 0])),
    }
    assert {name: shown[name] for name in expected} == pytest.approx(expected, rel=1e-6)


def test_a_book_brings_its_futures_and_takes_what_is_typed_along(page: HedgeWatch) -> None:
    """Shown, typed, undone; the simulator then has what was typed, and the same liquidation price."""
    page.plan = PLAN
    assert page.plan == PLAN
    page._table.rows = [[BTC, "-0.03", "91,000", "2", "2026-02-25"]]
    assert page._table.complaint == ""
    simulator = HedgeSimulator()
    simulator.plan = page.plan
    (future,) = simulator.plan.book.futures
    assert (future.contracts, future.entry_price, future.opened_on) == (-0.03, 91_000.0, date(2026, 2, 25))
    (out,) = simulator.plan.futures().outcomes(simulator.plan.inputs())
    assert page.outcome.distance[0, 0] == pytest.approx(out.liquidation_distance)
    other = HedgeWatch(today=TODAY)
    other.state = page.state
    assert other.plan == page.plan
    page.undo()
    assert page.plan == PLAN


def test_a_future_typed_over_an_example_makes_a_book_of_ones_own(page: HedgeWatch) -> None:
    page._table.rows = [[BTC, "-0.5", "90000", "3", "2026-02-01"]]
    assert page._example.value == OWN_BOOK
    assert page.seen.today == TODAY


def test_bars_of_what_is_not_known_are_none(page: HedgeWatch) -> None:
    """A book whose coins' past is not known has bars of the hedge alone, and no net."""
    page.plan = PLAN
    assert np.isnan(page.outcome.net[0])
    assert causes_moving_layout(page.outcome)["xaxis.ticktext"] == ["hedge", "funding", "opening", "closing"]


def test_a_book_without_an_open_future_says_how_to_type_one(page: HedgeWatch) -> None:
    page.plan = replace(PLAN, book=replace(PLAN.book, futures=()))
    assert not page.outcome.is_open
    assert "nothing to close" in page._choices.value
    assert page._checks.value.count("not\xa0applicable") == 9


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["Nobody X", "-1", "90000", "3", ""], "There is no contract 'Nobody X'"),
        ([BTC, "-0.02", "0", "3", ""], "expected a number above 0"),
        ([BTC, "-0.02", "90000", "3", "2026-03-03"], "must be 2009-01-03 to 2026-03-02, not 2026-03-03"),
        ([BTC, "-2", "90000", "3", ""], "43 times your coins' $4,230"),
        ([BTC, "-0.0205", "90000", "3", ""], "no whole number of lots"),
    ],
)
def test_what_is_wrong_is_said_under_the_table_and_the_book_stays(page: HedgeWatch, row: list[str], words: str) -> None:
    page.plan = PLAN
    page._table.rows = [row]
    assert words in page._table.complaint
    assert page.plan == PLAN
    assert page._table.rows == [row]


def test_a_size_that_is_confirmed_is_taken(page: HedgeWatch) -> None:
    """100 times the book is asked about; taken as typed, its row fails."""
    page.plan = PLAN
    page.controls.choices["sizes"].value = "take"
    page._table.rows = [[BTC, "-4", "90000", "3", "2026-02-25"]]
    assert page.plan.book.futures[0].contracts == -4.0
    assert "85.1 times your coins" in page._checks.value


def test_prices_older_than_the_position_leave_the_page_as_it_was(page: HedgeWatch) -> None:
    page.plan = PLAN
    old = pd.DataFrame({"BTC": [1.0, 2.0]}, index=pd.to_datetime(["2026-01-01", "2026-01-02"]))
    from hedge_widgets.market.history import history

    page._take(lambda: page._use_prices(history(old)))
    assert "must be newer than the position" in page.live.said
    assert page._history is None


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (f"{BTC},-0.02,90000", [BTC, "-0.02", "90000", "3", ""]),
        (
            "\ufeffContract;Side;Contracts;Entry price;Opened on;Margin\n"
            + f"{BTC};short;0,02;90000,5;2026-02-20;900,005",
            [BTC, "-0.02", "90000.5", "2", "2026-02-20"],
        ),
        (f"opened on\tcontract\tcontracts\tentry price\n2026-02-20\t{BTC}\t-1\t5", [BTC, "-1", "5", "3", "2026-02-20"]),
    ],
    ids=["own columns", "decimal commas, side and margin", "another order"],
)
def test_files_of_positions_are_read(text: str, row: list[str]) -> None:
    assert futures_rows(text) == [row]


@pytest.mark.parametrize("text", ["", "\ufeff\n", "PK\x03\x04\0\0", "\n".join([f"{BTC},-1,5"] * 8), "hello"])
def test_files_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="what is pasted must be"):
        futures_rows(text)


# ---- the command -----------------------------------------------------------------------------------------------------
def file_of(plan: Plan, folder: Path) -> str:
    """Write the link of a plan into a file, and return its name."""
    path = folder / "book.txt"
    path.write_text(f"http://localhost/08_watch.ipynb#1={written({'book': plan_written(plan)})}", encoding="utf-8")
    return str(path)


def test_the_command_says_the_same_and_exits_by_its_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A short at 1x that is as planned exits with 0; one at 10x fails its row of the chance and exits with 1."""
    fine = replace(PLAN.changed(coverage=0.29, days=14.0), own={})
    assert main(["watch", file_of(fine, tmp_path), "--date", "2026-03-02"]) == 0
    said = capsys.readouterr().out
    assert "Watched on 2026-03-02." in said
    assert "✗" not in said
    risky = replace(fine, book=replace(fine.book, futures=(replace(SHORT, leverage=10.0),)))
    assert main(["watch", file_of(risky, tmp_path), "--date", "2026-03-02"]) == 1
    said = capsys.readouterr().out
    assert "✗ fail" in said
    assert "No order is sent" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--date", "2026-02-01"], "must be 2009-01-03 to 2026-02-01, not 2026-02-20"),
        (["--prices", "bad.csv"], "the price file must be CSV text"),
    ],
)
def test_wrong_input_exits_with_2(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_bytes(b"\x00\x01\x02")
    assert main(["watch", file_of(PLAN, tmp_path), *options]) == 2
    assert words in capsys.readouterr().err


def test_a_file_without_a_book_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.txt").write_text("#1=%7B%22page%22:%22simulator%22%7D", encoding="utf-8")
    assert main(["watch", str(tmp_path / "none.txt")]) == 2
    assert "must be a link that was copied on" in capsys.readouterr().err


def test_a_future_that_its_venue_refuses_is_not_watched(page: HedgeWatch) -> None:
    """Its chance of liquidation would be a number about nothing: the cell is marked, and a link is told why."""
    page._table.rows = [["CME MBT", "-1", "90000", "25", "2026-02-20"]]
    assert page._table.complaint == "Row 1: leverage of CME MBT must be at most 2.5× at this size, not 25×."
    assert page._table.wrong == [0, 3]
    refused = replace(SHORT, contract=contract("CME MBT"), contracts=-1.0, leverage=25.0)
    with pytest.raises(InputError, match=r"leverage of CME MBT must be at most 2\.5×"):
        page.bring(written({"book": plan_written(replace(PLAN, book=replace(PLAN.book, futures=(refused,))))}))
