"""The watch's charts and words: an update equals a new page, a table's row its picture, figures the model's."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from hedge_widgets import Book, Future, Hedge, Plan, Portfolio, contract
from hedge_widgets.market.watched import watched
from hedge_widgets.model.watch import WatchPicture, WatchSetting, watch_picture
from hedge_widgets.pages.watch import charts, words
from hedge_widgets.pages.watch.controls import SLIDERS
from hedge_widgets.pages.watch.examples import example_day, example_plan, example_prices
from tests.charts.explorer_charts import Charts, texts

INVERSE = Future(
    contract=contract("Binance COIN-M BTCUSD_PERP"),
    contracts=-20.0,
    entry_price=88_000.0,
    leverage=2.0,
    opened_on=date(2026, 2, 20),
)
NOTHING = Plan(
    book=Book(holdings=Portfolio.of({"SOL": (5, 190)}), hedge=Hedge(contract=contract("Deribit BTC-PERPETUAL")))
)


def setting(place: int, *more: Future) -> WatchSetting:
    """Return an example's setting, with more futures beside its own."""
    plan = example_plan(place)
    plan = Plan(book=Book(**{**vars(plan.book), "futures": (*plan.book.futures, *more)}))
    return watched(plan, example_day(place), example_prices(place)).setting


def picture(one: WatchSetting, values: dict[str, Any]) -> WatchPicture:
    """Return the picture as the page makes it."""
    return watch_picture(one, {**values, "days": one.planned_days})


SETTINGS = (
    setting(0),
    setting(1, INVERSE),
    setting(2),
    watched(NOTHING, date(2026, 3, 2)).setting,
    watched(example_plan(0), example_day(0)).setting,  # without past prices
)
PAGE = Charts(
    topic="watch",
    charts=charts,
    keys=("causes", "course"),
    picture=picture,
    settings=SETTINGS,
    sliders=SLIDERS,
    start={"move": 0.0},
    readouts=texts(words),
    marks=(words.MARKS, words.marks),
)
CASES = {0: words.IS_FORGOTTEN, 1: words.FINE, 2: words.FINE, 3: words.NOTHING, 4: words.UNKNOWN}


@pytest.mark.parametrize("place", CASES)
def test_the_headline_is_that_of_its_case(place: int) -> None:
    assert words.story(PAGE.at(SETTINGS[place]))["case"][0] == CASES[place]


def test_a_move_that_liquidates_is_said() -> None:
    """The first example is liquidated at 119,521.91, 26.6 % above 94,400: 26 % is not enough, 27 % is."""
    cases = [int(words.story(PAGE.at(SETTINGS[0], move=move))["case"][0]) for move in (0.26, 0.27)]
    assert cases == [words.IS_FORGOTTEN, words.LIQUIDATED]
    assert words.marks(PAGE.at(SETTINGS[0]))["move/0"][0] == pytest.approx(100 * (119_521.912 / 94_400 - 1), rel=1e-5)


def test_the_bars_end_at_the_net_after_closing() -> None:
    """The last bar is the sum of those before it, at every move."""
    shown = PAGE.at(SETTINGS[1], move=np.array([-0.3, 0.0, 0.4]))
    (bars,) = charts.causes_traces(shown)
    assert bars["y"][:, -1] == pytest.approx(bars["y"][:, :-1].sum(axis=1))
    assert bars["y"][:, -1] == pytest.approx(shown.net - shown.closing)


def test_the_lines_begin_at_the_opening_and_end_at_the_picture() -> None:
    shown = PAGE.at(SETTINGS[0])
    coins, hedge, *_ = charts.course_traces(shown)
    assert (coins["y"][0, 0], hedge["y"][0, 0]) == (0.0, 0.0)
    assert (coins["y"][0, -1], hedge["y"][0, -1]) == pytest.approx((4_400.0, -2_200.0))
