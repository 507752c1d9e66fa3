"""The planner's charts and words: an update equals a new page, a table's row its picture, figures the model's."""

from typing import Any

import numpy as np
import pytest

from hedge_widgets import Book, Hedge, Plan, Portfolio, contract
from hedge_widgets.market.margin_terms import volatility_spread
from hedge_widgets.model.planner import PlannerSetting, planner_picture
from hedge_widgets.pages.planner import charts, words
from hedge_widgets.pages.planner.controls import SLIDERS
from tests.charts.explorer_charts import Charts, texts

COINS = Portfolio.of({"SOL": (5, 190), "ADA": (800, 0.85), "LINK": (40, 20), "BTC": (0.02, 90_000)})
HOLDER = Plan(
    book=Book(holdings=COINS, hedge=Hedge(contract=contract("Binance USD-M BTCUSDT")), cash=600.0, days=7.0, move=-0.2)
)
DEAR = {"funding_rate": -0.001}


def setting(**changes: Any) -> PlannerSetting:
    """Return a page's setting: four coins hedged with BTC and 600 dollars, unless changed."""
    return PlannerSetting(inputs=HOLDER.changed(**changes).inputs(), varies=volatility_spread())


SETTINGS = (
    setting(),
    setting(cash=50_000.0, own=DEAR),
    setting(cash=0.0, contract=contract("Bybit BTCUSD")),
    setting(coverage=0.0),
    setting(contract=contract("Example 1-BTC contract")),
    setting(own={"correlation": -0.6, "sized_correlation": -0.6}, cash=5_000.0),
    setting(cash=20.0),
)
PAGE = Charts(
    topic="planner",
    charts=charts,
    keys=("chance", "holding"),
    fixed=("chance",),
    picture=planner_picture,
    settings=SETTINGS,
    sliders=SLIDERS,
    start={"days": 7.0, "limit": 0.01},
    readouts=texts(words),
    marks=(words.MARKS, words.marks),
)
CASES = {0: 0, 1: 0, 2: 0, 3: 5, 4: 3, 5: 0, 6: 2}


@pytest.mark.parametrize("place", CASES)
def test_the_sentence_is_that_of_its_case(place: int) -> None:
    """An order, none wanted, one too small, one that the cash does not carry: each has its sentence."""
    assert words.story(PAGE.at(SETTINGS[place]))["case"][0] == CASES[place]


def test_a_chance_above_the_accepted_one_is_said() -> None:
    """For half a year even 1x is liquidated more often than one in a thousand; the sentence is marked as danger."""
    columns = words.story(PAGE.at(setting(cash=0.0), days=180.0, limit=0.001))
    assert columns["case"][0] == 6
    assert columns["is_danger"][0]
    assert words.tiles(PAGE.at(setting(cash=0.0), days=180.0, limit=0.001))["is_above"][0]
    assert not words.tiles(PAGE.at(setting()))["is_above"][0]


def test_a_hedge_that_is_liquidated_on_the_way_is_said() -> None:
    """Coins that double take BTC up by 50 %, beyond the 33 % that liquidate 3x: 570 is lost. At +20 % it is not."""
    up, down = (words.story(PAGE.at(setting(move=move))) for move in (1.0, 0.2))
    assert (up["result"][0], down["result"][0]) == (2, 1)
    assert up["net"][0] == pytest.approx(4_230 - 570.0 + up["funding"][0] - up["costs"][0])


def test_what_is_drawn_is_what_the_picture_says() -> None:
    """The plan's marker lies on its line, the crossing on the accepted chance, and selling crosses where it is said."""
    picture = PAGE.at(SETTINGS[1])
    curve, limit, plan, crossing, _ = charts.chance_traces(picture)
    assert plan["y"][0, 0] == pytest.approx(picture.chance[0])
    assert crossing["x"][0, 0] == picture.limit_day[0]
    assert crossing["y"][0, 0] == limit["y"][0, 0] == 0.01
    at = np.interp(crossing["x"][0, 0], curve["x"][0], curve["y"][0])
    assert at == pytest.approx(0.01, rel=0.3)
    sells = charts.holding_traces(picture)[5]
    assert sells["x"][0, 0] == picture.sell_day[0]
    assert sells["y"][0, 0] == pytest.approx(picture.sold[0, 0])


def test_a_row_of_the_sentence_is_the_outcome() -> None:
    picture = PAGE.at(SETTINGS[0])
    columns = words.tiles(picture)
    assert columns["margin"][0] == pytest.approx(570.0)
    assert columns["net"][0] == pytest.approx(-picture.outcome.net_pnl[0])
    assert columns["unhedged"] == pytest.approx(846.0)
    assert columns["needed"][0] == pytest.approx(4_680 * (1 / 3 + 0.0005))
    assert columns["part"][0] == pytest.approx(1_710 / picture.setting.wanted.target_notional)
