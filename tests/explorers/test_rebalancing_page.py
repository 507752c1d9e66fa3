"""The rebalancing page without a browser: examples, paths, choices, tables, own prices, wrong and hostile values."""

import base64
import json
import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hedge_widgets import RebalancingExplorer
from hedge_widgets.market.facts import latest_moments, replayed_moves
from hedge_widgets.market.sample import sample_funding, sample_prices
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.rebalancing import Triggers
from hedge_widgets.model.rebalancing.setting import RULES, TRIGGERS
from hedge_widgets.model.rebalancing.study import study
from hedge_widgets.model.rebalancing.trigger_study import changes, summaries
from hedge_widgets.pages.rebalancing import tables, words
from hedge_widgets.pages.rebalancing.controls import PERIOD_WORDS, SLIDERS
from hedge_widgets.pages.rebalancing.examples import example_values, examples
from hedge_widgets.pages.rebalancing.prices import daily_funding

BAND = RULES.index("band")


@pytest.fixture(autouse=True)
def _no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEDGE_WIDGETS_PRICES", raising=False)


@pytest.fixture
def page() -> RebalancingExplorer:
    """Give a page on the first example."""
    return RebalancingExplorer()


def cells(html: str) -> list[list[str]]:
    """Return a table's cells as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [
        [re.sub(r"<[^>]+>", "", cell).replace("\xa0", " ") for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)]
        for row in rows
    ]


def choose(page: RebalancingExplorer, **choices: Any) -> None:
    """Choose as a hand does, one after another."""
    for name, value in choices.items():
        box = page.controls.choices.get(name) or page.controls.numbers[name]
        box.value = value


# Examples


@pytest.mark.parametrize("place", range(len(examples())), ids=[example["title"] for example in examples()])
def test_an_example_shows_its_hand_worked_figures(page: RebalancingExplorer, place: int) -> None:
    """Every example opens without a complaint and shows what was worked out by hand."""
    page._example.value = place
    assert page.live.said == ""
    picture = page.live.picture()
    for name, expected in examples()[place]["expect"].items():
        found = picture.day_target - picture.day_untouched if name == "trade" else getattr(picture, name)
        for number in np.ravel(found):
            assert float(number) == pytest.approx(expected, rel=1e-5, abs=1e-6), name
    said = page._claim.value
    assert "Often said:" in said
    assert "What is true:" in said
    assert said.count("$") < 2


def test_a_band_put_back_to_its_centre_is_wider(page: RebalancingExplorer) -> None:
    """Factor 6 in place of 3/2: 4^(1/3) times the width, in the sentence, the tile and the tick."""
    edge = float(page.live.picture().suggested_width[0])
    choose(page, trade_to="centre")
    picture = page.live.picture()
    assert picture.suggested_width[0] == pytest.approx(4 ** (1 / 3) * edge)
    assert words.marks(picture)["half_width/0"][0] == pytest.approx(100 * 4 ** (1 / 3) * edge)
    assert words.story(picture)["suggested"][0] == picture.suggested_width[0]


def test_a_trade_that_costs_nothing_suggests_nothing(page: RebalancingExplorer) -> None:
    """No band, no interval, no star and no tick: a width of 0 would say that one should trade at every move."""
    picture = page.live.picture(cost_rate=np.array([0.0, 10.0]), fixed_cost=np.array([5.0]))
    assert list(words.story(picture)["case"]) == [4, 0]
    for name in ("width", "days", "trades", "cost", "error"):
        found = getattr(picture, f"suggested_{name}")
        assert np.isnan(found[0]), name
        assert np.isfinite(found[1]), name
    shown = words.tiles(picture)
    assert list(shown["has_band"]) == [False, True]
    assert list(shown["band_of"]) == [0, 1]
    assert np.isnan(words.marks(picture)["interval/0"][0])


def test_every_slider_holds_every_example() -> None:
    """No example needs a value that its slider does not offer."""
    specs = {spec.field: spec for spec in SLIDERS}
    for example in examples():
        for name, value in example_values(example).items():
            spec = specs[name]
            position = value / spec.factor
            assert min(abs(position - place) for place in spec.positions) < 1e-6, (example["title"], name)


def test_examples_lead_anywhere_and_back(page: RebalancingExplorer) -> None:
    """Through all examples and back to the first: the page is as it was."""
    before = page.live.picture()
    for place in (*range(1, len(examples())), 0):
        page._example.value = place
    after = page.live.picture()
    np.testing.assert_array_equal(after.target, before.target)
    np.testing.assert_array_equal(after.net_quantiles, before.net_quantiles)


# Paths


def test_the_history_is_cut_into_windows(page: RebalancingExplorer) -> None:
    """Windows of the days chosen, one a week, each starting at 1, with the sample's funding of the same days."""
    choose(page, source="history", n_days=90)
    assert page.live.said == ""
    paths = page._setting.paths
    prices = sample_prices()
    assert len(paths.spot) == math.ceil((len(prices) - 90) / 7)
    assert (paths.spot[:, 0] == 1).all()
    sol, btc = (prices[coin].to_numpy() for coin in ("SOL", "BTC"))
    assert paths.spot[3] == pytest.approx(sol[21:112] / sol[21])
    assert paths.hedge[3] == pytest.approx(btc[21:112] / btc[21])
    rates = sample_funding()["BTC"].to_numpy().reshape(-1, 3).sum(axis=1)
    assert paths.funding is not None
    assert paths.funding[3] == pytest.approx(rates[22:112])
    assert paths.names[0] == "Simulated days 1 to 91"
    assert len(paths.names) == 40
    assert paths.overlap == pytest.approx(90 / 7)
    assert "simulated sample" in paths.stamp


def test_the_days_of_the_sample_have_their_funding() -> None:
    """Three payments a day are summed, and every day has one sum."""
    daily = daily_funding()
    assert len(daily) == len(sample_prices())
    assert daily["BTC"].iloc[0] == pytest.approx(sample_funding()["BTC"].iloc[:3].sum())


@pytest.mark.parametrize(
    ("period", "words", "coin", "hedge"),
    # The closes of 30 April and 31 May, as Yahoo Finance has them.
    [
        ("May 2021", "30 Apr to 31 May 2021", 32.65 / 42.74 - 1, -0.354),
        ("May 2022", "30 Apr to 31 May 2022", -0.462, -0.157),
    ],
)
def test_a_month_is_replayed(page: RebalancingExplorer, period: str, words: str, coin: float, hedge: float) -> None:
    """May 2021 and May 2022: the one path of 31 days that the coins really took, named and badged as that."""
    choose(page, source="history", period=period)
    assert page.live.said == ""
    picture = page.live.picture(day=100.0)
    assert page._setting.paths.n_days == 31
    assert page._setting.paths.names == (words,)
    assert "real daily moves" in page._badge.value
    assert "imulated" not in page._badge.value + page._origin.value + page._setting.paths.stamp
    assert picture.day_spot_move[0] == pytest.approx(coin, abs=1e-3)
    assert picture.day_hedge_move[0] == pytest.approx(hedge, abs=1e-3)
    choose(page, coin="WIF")
    assert f"{period} is known for BTC, ETH, SOL" in page.live.said


def test_a_seed_makes_the_same_paths_and_another_makes_others(page: RebalancingExplorer) -> None:
    """The seed is all of chance."""
    first = page._setting.paths.spot.copy()
    choose(page, seed=16)
    assert not np.array_equal(page._setting.paths.spot, first)
    assert "seed 16" in page._setting.paths.stamp
    choose(page, seed=15)
    assert np.array_equal(page._setting.paths.spot, first)


def test_coins_bring_their_volatilities(page: RebalancingExplorer) -> None:
    """Another coin fills the boxes with the shipped figures and says where they are from; an unknown one is assumed."""
    choose(page, coin="DOGE")
    known = latest_moments()
    i, j = known.index(["DOGE", "BTC"])
    assert page.controls.numbers["spot_volatility"].value == pytest.approx(100 * known.volatilities[i], abs=0.01)
    assert page.controls.numbers["correlation"].value == pytest.approx(known.correlations[i, j], abs=1e-4)
    assert "2025-01-01 to 2025-12-31" in page._origin.value
    assert page._setting.paths.spot_volatility == pytest.approx(known.volatilities[i], abs=1e-4)
    choose(page, coin="WIF")
    assert "it counts with assumed figures (volatility 135" in page._origin.value
    assert page._setting.paths.spot_volatility == pytest.approx(1.35)


def test_a_coin_without_past_prices_says_so_where_it_is_offered(page: RebalancingExplorer) -> None:
    """Each coin offered either has prices in the history in use, or its option says that it has none; money is none."""
    own = page._history.prices[["BTC", "SOL"]].assign(EURC=1.15, USDT=1.0)
    for explorer in (page, RebalancingExplorer(own)):
        for name in ("coin", "asset"):
            offered = {coin: shown for shown, coin in explorer.controls.choices[name].options}
            assert not {"EURC", "USDT"} & offered.keys()
            for coin, shown in offered.items():
                assert shown == (coin if coin in explorer._history.prices else f"{coin} (no past prices here)")
    for coin in [coin for shown, coin in page.controls.choices["coin"].options if shown == coin][-3:]:
        choose(page, kind="cross", source="history", period="", coin=coin)
        assert page.live.said == ""
    choose(page, coin="XRP")
    assert page.live.said.startswith("XRP must have prices;")
    for event in replayed_moves().values():
        shown = next(shown for shown, meant in PERIOD_WORDS if meant == event.name)
        assert shown.removeprefix(f"{event.name}, real moves of ").split(", ") == list(event.moves)


def test_what_no_venue_takes_is_not_traded_and_said(page: RebalancingExplorer) -> None:
    """A hedge of 100 dollars in BTC: a lot is 90 dollars and the smallest order too, so a drift of a few is left."""
    choose(page, position_value=100.0, hedge_ratio=1.0, source="history", period="May 2021")
    assert page.live.said == ""
    setting = page._setting
    assert (setting.lot_value, setting.min_order) == pytest.approx((90.0, 90.0))
    picture = page.live.picture(half_width=1.0)
    band = RULES.index("band")
    shorts = 100 * np.diff(study(setting.paths, "cross", 1.0, "edge", setting.lot, setting.min_value).held, axis=2)
    moved = np.abs(shorts[np.abs(shorts) > 0])
    assert moved / 90.0 == pytest.approx(np.round(moved / 90.0))  # coins at the start's price
    assert picture.annual_trades[0, band] < 365 / 31 * 5
    assert picture.annual_skipped[0, band] > 365 / 31 * 20
    assert page._words()["contract"] == ["Binance USD-M BTCUSDT"]


def test_own_prices_are_used_and_have_no_funding() -> None:
    """A frame of one's own: its badge, its volatility in the boxes, windows without funding, and no simulated stamp."""
    days = pd.date_range("2024-01-01", periods=400, freq="D", name="date")
    draw = np.random.default_rng(4).normal(0, 0.03, (400, 2)).cumsum(axis=0)
    frame = pd.DataFrame(100 * np.exp(draw), index=days, columns=["SOL", "BTC"])
    page = RebalancingExplorer(frame)
    assert "prices: your data" in page._badge.value
    choose(page, source="history", n_days=180)
    assert page.live.said == ""
    assert page._setting.paths.funding is None
    assert page._setting.paths.stamp == "SOL and BTC, your prices"
    choose(page, coin="BTC")
    choose(page, coin="SOL")
    returns = np.diff(np.log(frame["SOL"].to_numpy()))[-365:]
    wanted = returns.std(ddof=1) * 365**0.5
    assert page.controls.numbers["spot_volatility"].value == pytest.approx(100 * wanted, abs=0.01)
    page._example.value = 7  # May 2021, before these prices begin: its real moves
    assert page._setting.paths.names == ("30 Apr to 31 May 2021",)


def test_only_what_is_used_is_on_the_page(page: RebalancingExplorer) -> None:
    """Boxes of other paths and other exposures are hidden; they come back with the choice that uses them."""

    def hidden() -> set[str]:
        boxes = {**page.controls.choices, **page.controls.numbers}
        return {name for name, box in boxes.items() if "hw-unused" in box._dom_classes}

    first = {"period", "spot_move", "hedge_move"}
    assert hidden() == first
    choose(page, kind="inverse", source="history")
    assert hidden() == {
        *("tails", "n_paths", "seed", "spot_move", "hedge_move", "spot_volatility", "hedge_volatility", "correlation"),
        *("asset", "hedge_ratio"),
    }
    choose(page, kind="cross", source="simulated")
    assert hidden() == first


# Tables


def test_every_rule_has_its_row(page: RebalancingExplorer) -> None:
    """Six rules with the sliders' values in words; a dearer trade costs more and trades no less."""
    rows = cells(page._rules.value)
    assert [row[0] for row in rows[1:]] == [
        "Never",
        "Every day",
        "Every 7 days",
        "Band of ±8 %",
        "Daily, volatility above 80 %",
        "Daily, funding from 0.06 % per day",
    ]
    assert rows[1][1] == "0"
    assert 0 < float(rows[2][4].strip("$")) < 50  # whole lots and the smallest order of $50 leave a little
    page.live._sliders["cost_rate"].value = 20.0
    page._rested(page.live.values)
    dearer = cells(page._rules.value)
    assert dearer[4][1] == rows[4][1]
    cost = [float(table[4][3].strip("$").replace(",", "")) for table in (rows, dearer)]
    assert cost[1] == pytest.approx(2 * cost[0], rel=2e-3)


def test_only_the_option_has_gamma(page: RebalancingExplorer) -> None:
    """Coins and futures have gamma, vega and theta 0; gamma, theta, vega and higher orders sum to what is left."""
    rows = {row[0]: row[1:] for row in cells(page._greeks.value)}
    assert rows["The coins"][1:] == rows["A short future"][1:] == ["$0", "$0", "$0"]
    assert rows["A sold call"][1].startswith("−$")

    def number(words: str) -> float:
        return float(rows[words][0].replace("$", "").replace(",", "").replace("−", "-"))

    parts = sum(number(words) for words in ("Gamma part", "Theta part", "Vega part", "Higher orders"))
    assert parts == pytest.approx(number("Together"), abs=3)
    assert number("The option") + number("Its hedge") == pytest.approx(number("Together"), abs=3)


def test_what_is_sold_and_what_is_bought_back() -> None:
    """Errata E6 and E7: nothing, sell 2,250, buy back 2,250."""
    assert [row[-1] for row in cells(tables.trades_table())[1:]] == ["nothing", "sell $2,250", "buy back $2,250"]


# Rules that change how much is hedged


def edit(page: RebalancingExplorer, row: int, column: int, text: str) -> str:
    """Type into the table of the rules, as a browser tells it, and return what is said below it."""
    table = page._changing.lines
    table._typed(table, {"kind": "edit", "row": row, "column": column, "text": text}, [])
    return str(table.complaint)


def test_rules_are_read_in_words_and_judged_once_one_is_chosen(page: RebalancingExplorer) -> None:
    """Sentences at once; figures and charts only for a rule that is looked at, of all rules, with each change's day."""
    card = page._changing
    assert (
        "If the 30-day volatility of your coins rises above 80\xa0% per year, hedge 100\xa0%; go back to 50\xa0%"
        in (card.list.value)
    )
    assert (card.made.value, card.verdict.value) == ("", "")
    assert "hw-unused" in card.watched._dom_classes
    choose(page, watched="volatility")
    assert page.live.said == ""
    assert "hw-unused" not in card.watched._dom_classes
    rows = cells(card.made.value)
    known = summaries(page._setting, 0.08, 0.001, 0.0)[0]
    assert known is not None
    assert rows[1][:2] == ["Volatility", f"{100 * known.coverage:.1f} %"]
    assert rows[1][-2:] == [
        f"{known.n_false_alarms:,} of {known.n_raises:,}",
        f"{known.n_missed:,} of {known.n_falls:,}",
    ]
    assert "less than a constant hedge of that size, on average over 200 paths" in card.verdict.value
    made = changes(page._setting, 0)
    assert [row[0] for row in rows[7:]] == [str(one.day) for one in made]
    assert rows[7][1] == "50 % → 100 %"
    assert re.fullmatch(r"30-day volatility [\d.]+ %, above 80 %", rows[7][2])
    choose(page, source="history", period="May 2022", watched="funding")
    assert "no funding rates, so this rule has nothing to go by" in card.verdict.value
    assert cells(card.made.value)[2] == ["Funding (no funding rates here)", *["—"] * 10]
    choose(page, watched="drift")
    assert "on this path" in card.verdict.value
    choose(page, kind="option")
    assert "hw-unused" in card.watched._dom_classes


def test_a_rule_that_looks_back_further_than_its_paths_says_so(page: RebalancingExplorer) -> None:
    """On 30 days neither a volatility of 30 days nor a beta of twice as many is ever known."""
    choose(page, n_days=30, watched="volatility")
    assert "this rule looks back over 30 days, and these paths have 30" in page._changing.verdict.value
    choose(page, watched="beta")
    assert "this rule looks back over 60 days, and these paths have 30" in page._changing.verdict.value


def test_a_line_is_edited_undone_and_in_the_address(page: RebalancingExplorer) -> None:
    """A line typed anew is in the words, the file and the address, and another page of that address shows it."""
    choose(page, watched="funding")
    assert edit(page, 1, 1, "−0.05 %") == ""
    assert edit(page, 1, 5, "3") == ""
    assert "falls below −0.05\xa0% per day" in page._changing.list.value
    assert "on 3 days in a row" in page._changing.list.value
    (link,) = re.findall(
        r'download="hedge-rules.json" href="data:application/json;base64,([^"]+)"', page._changing.list.value
    )
    read = Triggers.from_dict(json.loads(base64.b64decode(link)))
    assert read == page._setting.triggers
    assert (read.rules[1].line, read.rules[1].confirm) == (-0.0005, 3)
    choose(page, coverage=70.0, leverage=5.0)
    other = RebalancingExplorer()
    other.state = page.state
    assert other._setting.triggers == page._setting.triggers
    assert "go back to 70\xa0%" in other._changing.list.value
    for _ in range(4):
        page.undo()
    assert page._setting.triggers == TRIGGERS
    page._example.value = 1
    assert other.state != ""
    other.state = ""
    assert other._setting.triggers == TRIGGERS


@pytest.mark.parametrize(
    ("row", "column", "text", "words"),
    [
        (0, 2, "95", "“Back at” of volatility must be at most “Line”, 80, not 95."),
        (0, 1, "50", "“Line” of volatility must be at least “Back at”, 60, not 50."),
        (4, 2, "10", "“Back at” of distance to liquidation must be at least “Line”, 15, not 10."),
        (0, 1, "3000", "“Line” of volatility must be 0 to 2000, not 3000."),
        (0, 3, "250", "“Hedge then, %” of volatility must be 0 to 200, not 250."),
        (2, 4, "0", "“Days looked back” of drift must be 1 to 365, not 0."),
        (2, 4, "1.5", "“Days looked back” of drift must be a whole number, not 1.5."),
        (3, 6, "<b>", "“Days to wait” of beta"),
        (3, 1, "nan", "“Line” of beta"),
    ],
)
def test_a_wrong_line_is_refused_beside_the_table(
    page: RebalancingExplorer, row: int, column: int, text: str, words: str
) -> None:
    """Thing, rule and value, in the unit of the table; the cell is marked and the rules stay."""
    assert words in edit(page, row, column, text)
    assert page._changing.lines.wrong == [row, column]
    assert page._setting.triggers == TRIGGERS
    assert page.live.said == ""


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ([], "rules in the address must be names with values"),
        ({"moon": [1, 1, 1, 1, 1, 1]}, "rules in the address must be the page's"),
        ({"drift": [1, 1]}, "rules in the address must be the page's, each of 6 numbers"),
        ({"drift": [0.1, 0.2, 1, 30, 1, 0]}, "line back of drift must be at most its line"),
        ({"drift": ["1", 0, 1, 30, 1, 0]}, "line of drift must be a number"),
        ({"drift": [1, 0, 1, 30.5, 1, 0]}, "days must be a whole number"),
    ],
)
def test_hostile_rules_in_an_address_are_refused(page: RebalancingExplorer, kept: Any, words: str) -> None:
    """One sentence, and the page is as it was."""
    with pytest.raises(InputError, match=words):
        page.state = json.dumps({"page": "rebalancing", "kept": {"_triggers": kept}})
    assert page._setting.triggers == TRIGGERS


# Refusals


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"correlation": 1.5}, "their correlation must be -1 to 1, not 1.5"),
        ({"spot_volatility": -5.0}, "the coin's volatility must be 0 to 2,000 % per year, not -5"),
        ({"hedge_volatility": float("nan")}, "the hedge's volatility must be 0 to 2,000 % per year, not nan"),
        ({"position_value": 1e300}, "position must be $1 to $1e+12, not $1e+300"),
        ({"wealth": 0.0}, "your wealth must be $1 to $1e+12, not $0"),
        ({"coverage": 250.0}, "hedged while a rule is off must be 0 to 200 % of a full hedge, not 250"),
        ({"leverage": 0.5}, "leverage of the hedge must be 1 to 150"),
        ({"seed": 1.5}, "seed must be a whole number, not 1.5"),
        ({"seed": -1.0}, "seed must be 0 to 4,294,967,295, not -1"),
        ({"hedge_ratio": float("inf")}, "hedge ratio (0: minimum variance) must be -20 to 20, not inf"),
        ({"source": "drawn", "spot_move": -150.0}, "drawn: move of the coin must be -99 to 1,000 %, not -150"),
    ],
)
def test_a_wrong_value_is_a_sentence_and_nothing_is_lost(
    page: RebalancingExplorer, changes: dict[str, Any], words: str
) -> None:
    """The banner names the thing, the rule and the value; the boxes and the picture go back to what was good."""
    *good, last = changes.items()
    choose(page, **dict(good))
    before, fields = page.live.picture(), page.controls.fields()
    choose(page, **dict([last]))
    assert words in page.live.said.lower()
    assert page.controls.fields() == fields
    np.testing.assert_array_equal(page.live.picture().net_mean, before.net_mean)
    assert page._status.value == ""


def test_a_window_longer_than_the_prices_is_refused() -> None:
    """Forty days of prices: windows of 365 days are refused with both numbers, those of 30 are not."""
    days = pd.date_range("2024-01-01", periods=40, freq="D", name="date")
    frame = pd.DataFrame({"SOL": np.linspace(90, 110, 40), "BTC": np.linspace(6e4, 5e4, 40)}, index=days)
    page = RebalancingExplorer(frame)
    choose(page, source="history")
    assert "A window of 365 days must fit into the prices; SOL and BTC have 40 days" in page.live.said
    choose(page, n_days=30, source="history")
    assert page.live.said == ""


def test_a_coin_without_prices_is_refused() -> None:
    """A hedge coin that the history does not have: a sentence, and the coin chosen before stays."""
    days = pd.date_range("2024-01-01", periods=400, freq="D", name="date")
    page = RebalancingExplorer(pd.DataFrame({"SOL": np.linspace(90, 110, 400)}, index=days))
    choose(page, source="history")
    assert "BTC must have prices; prices: your data, to 2025-02-03 has none of it" in page.live.said
    assert page.controls.choices["source"].value == "simulated"


def test_hourly_prices_are_refused() -> None:
    """A step of a path is a day."""
    hours = pd.date_range("2024-01-01", periods=800, freq="h", name="date")
    frame = pd.DataFrame({"SOL": np.linspace(90, 110, 800), "BTC": np.linspace(6e4, 5e4, 800)}, index=hours)
    page = RebalancingExplorer(frame)
    choose(page, n_days=30, source="history")
    assert "Prices must be daily" in page.live.said


def test_standing_prices_have_no_band() -> None:
    """A coin that does not move, hedged with itself or at fixed dollars: sentences, no numbers made up."""
    page = RebalancingExplorer()
    choose(page, kind="fixed", spot_volatility=0.0)
    assert page.live.said == ""
    picture = page.live.picture()
    assert np.isnan(picture.suggested_width[0])
    assert words.story(picture)["case"][0] == 3
    assert not picture.annual_trades.any()
    choose(page, kind="option")
    assert page.live.said == ""
    assert json.loads(page.live._parts[0].spec)


def test_a_hostile_slider_value_is_refused(page: RebalancingExplorer) -> None:
    """Values outside a slider, and what is no number, are sentences; a path between two is the nearest."""
    at = list(page.live.values.values())
    page.live._answer(None, {"kind": "rest", "revision": page.live.revision, "at": [5_000.0, *at[1:]]}, [])
    assert "Your band (half-width) must be 0 to 50" in page.live.said
    page.live._answer(None, {"kind": "rest", "revision": page.live.revision, "at": ["x", *at[1:]]}, [])
    assert "Half width must be a finite number" in page.live.said
    assert page.live.picture(path=2.4).path[0] == 1


def test_the_page_says_that_it_computes(page: RebalancingExplorer) -> None:
    """While the rules run the badge says so, and afterwards it does not."""
    seen: list[str] = []
    page._status.observe(lambda change: seen.append(change["new"]), "value")
    choose(page, n_paths=1_000)
    assert [("computing" in value) for value in seen] == [True, False]
    assert "hw-is-computing" not in page._dom_classes
    assert page.live.picture().annual_cost[0, BAND] > 0
