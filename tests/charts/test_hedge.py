"""The simulator's charts and words: an update equals a new page, a table's row its picture, a spec is plotly's."""

import random
import re
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hedge_widgets import style
from hedge_widgets.live import Live, LiveChart, LiveMarks, LiveText, codec
from hedge_widgets.market.facts import contract
from hedge_widgets.model.hedge import HedgeInputs, hedge_outcome
from hedge_widgets.model.hedge_picture import HedgePicture, hedge_picture
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.model.quantities import Quantity
from hedge_widgets.pages.hedge import charts, words
from hedge_widgets.pages.hedge.controls import SLIDERS
from hedge_widgets.pages.hedge.examples import example_inputs, examples
from tests.charts.explorer_charts import lower_case_titles
from tests.charts.updating import differences, spec_of, updated
from tests.live.decoding import decoded
from tests.model.states import INVERSE, states

# States a page can be in: prices and sizes of a person, moves within the axis, alive and dead hedges of both kinds.
on_the_page = {
    "portfolio": st.floats(50.0, 1e6).map(lambda v: Portfolio((Holding(symbol="SOL", quantity=v / 100, price=100.0),))),
    "hedge_price": st.floats(0.1, 1e5),
    "coverage": st.floats(0.0, 1.5),
    "leverage": st.sampled_from([1.0, 2.0, 5.0, 20.0, 50.0]),
    "move": st.floats(-0.6, 1.0),
    "spike": st.floats(-0.6, 1.5),
    "own_move": st.floats(-0.5, 1.0),
    "residual": 0.0,
}
page_states = states(**on_the_page) | states(INVERSE, **on_the_page) | states(**(on_the_page | {"spike": 0.0}))


def picture_of(inputs: HedgeInputs, **rows: Any) -> HedgePicture:
    """Return the picture as a page asks for it: what a slider holds is an array, one row or the given ones."""
    held = {spec.field: np.array([getattr(inputs, spec.field)]) for spec in SLIDERS}
    return hedge_picture(replace(inputs, **(held | rows)))


class Parts:
    """The simulator's live parts, built for one state."""

    def __init__(self, inputs: HedgeInputs) -> None:
        self.live = Live({}, lambda _values: picture_of(inputs))
        self.charts = [
            LiveChart(
                self.live,
                "outcome",
                traces=charts.outcome_traces,
                layout=charts.outcome_layout,
                moving_layout=charts.outcome_moving_layout,
                label="outcome",
            ),
            LiveChart(
                self.live,
                "parts",
                traces=charts.parts_traces,
                layout=charts.parts_layout,
                moving_layout=charts.parts_moving_layout,
                label="parts",
            ),
        ]
        self.texts = [
            LiveText(self.live, "story", blocks=words.STORY, slots=words.STORY_SLOTS, values=words.story),
            LiveText(self.live, "tiles", blocks=words.TILES, slots=words.TILE_SLOTS, values=words.tiles),
            LiveMarks(self.live, words.MARKS, words.marks, words.REMARKS),
        ]


@settings(max_examples=10)
@given(st.lists(page_states, min_size=4, max_size=4))
def test_updating_equals_building(states: list[HedgeInputs]) -> None:
    """A page built for one state and told of another equals a page built for the other: charts, words and ticks.

    Of four states each follows the one before, and the first the last: 40 pairs of 40 pages.
    """
    pages = [Parts(state) for state in states]
    for place, (state, new) in enumerate(zip(states, pages, strict=True)):
        old, picture = pages[place - 1], picture_of(state)
        for before, after in zip(old.charts + old.texts, new.charts + new.texts, strict=True):
            assert differences(updated(before, picture), spec_of(after)) == [], before.key


places_of = {spec.field: np.asarray(spec.positions) * spec.factor for spec in SLIDERS}


@settings(max_examples=40)
@given(page_states, st.sampled_from(SLIDERS), st.randoms(use_true_random=False))
def test_a_row_of_a_table_is_the_picture_there(state: HedgeInputs, slider: Quantity, draw: random.Random) -> None:
    """For every slider and state, row k of the table equals the picture at position k within the table's scale."""
    places = places_of[slider.field]
    parts = Parts(state)

    def columns(place: float) -> dict[str, Any]:
        picture = picture_of(state, **{slider.field: np.array([place])})
        return decoded(*codec.exact(parts.live._columns(picture)), 1)

    every = parts.live._columns(picture_of(state, **{slider.field: places}))
    table = decoded(*codec.table(every, len(places)), len(places))
    still = columns(places[0])
    for k in draw.sample(range(len(places)), 4):
        for key, [row] in columns(places[k]).items():
            got = table[key][k] if key in table else still[key][0]
            is_curve = key in table and np.asarray(every[key]).ndim > 1
            step = np.nanmax(np.abs(table[key]), initial=0.0) / 32_700 if is_curve else 0.0
            np.testing.assert_allclose(got, row, rtol=1e-9, atol=0.51 * step + 1e-9, err_msg=f"{key} at {places[k]}")


@settings(max_examples=25)
@given(page_states, st.sampled_from(["light", "dark"]))
def test_every_spec_is_a_plotly_figure(state: HedgeInputs, theme: str) -> None:
    """Plotly accepts both charts in both looks; no colour token and no NaN is left."""
    parts = Parts(state)
    for chart in parts.charts:
        spec = style.resolved(chart.figure_spec(picture_of(state)), theme)
        figure = go.Figure(spec)
        assert lower_case_titles(spec["layout"]) == []
        assert "@" not in str(spec)
        assert len(figure.data) == len(spec["data"])


@settings(max_examples=40)
@given(page_states)
def test_the_chart_says_what_the_model_says(state: HedgeInputs) -> None:
    """The markers at the chosen move are the legs, the curve passes the model's net, the ends carry the labels."""
    out = hedge_outcome(state)
    assume(out.net_pnl is not None)
    traces = charts.outcome_traces(picture_of(state))
    by = dict(zip(("low", "high", "spot", "hedge", "net", "chosen", "kill", "spike", "ends"), traces, strict=True))
    np.testing.assert_allclose(by["chosen"]["y"][0, 1:4], [out.spot_pnl, out.hedge_pnl, out.net_pnl], rtol=1e-9)
    for k in (0, 20, -1):
        there = hedge_outcome(replace(state, move=float(by["net"]["x"][0, k])))
        assert by["net"]["y"][0, k] == pytest.approx(there.net_pnl, rel=1e-9, abs=1e-6)
    low, net, high = (by[name]["y"][0] for name in ("low", "net", "high"))
    slack = 1e-9 * np.nanmax(np.abs(net)) + 1e-9
    assert np.all(low <= net + slack)
    assert np.all(net <= high + slack)


@settings(max_examples=40)
@given(page_states)
def test_the_bars_sum_to_the_net(state: HedgeInputs) -> None:
    """Each bar starts where the last one ended, and the last but one ends at the net."""
    out = hedge_outcome(state)
    assume(out.net_pnl is not None)
    [bars] = charts.parts_traces(picture_of(state))
    size = max(np.abs(bars["y"][0]).max(), 1.0)
    assert bars["y"][0, :-1].sum() == pytest.approx(out.net_pnl, abs=1e-9 * size)
    assert bars["y"][0, -1] == out.net_pnl
    np.testing.assert_allclose(bars["base"][0, 1:-1], np.cumsum(bars["y"][0])[:-2], atol=1e-9 * size)
    low, high = charts.parts_range(picture_of(state))
    reach = 20.0 * out.spot_value
    tops = np.concatenate([bars["base"][0], bars["base"][0] + bars["y"][0]])
    if np.abs(tops).max() < reach:
        assert low <= tops.min()
        assert tops.max() <= high


@pytest.mark.parametrize("example", examples(), ids=lambda example: example["title"])
def test_the_axis_holds_the_chosen_point(example: dict[str, Any]) -> None:
    """In every example the markers of the legs and of the net lie inside the chart."""
    picture = picture_of(example_inputs(example))
    reach = charts.outcome_range(picture)[0]
    legs = (picture.outcome.spot_pnl, picture.outcome.hedge_pnl, picture.outcome.net_pnl)
    assert np.max(np.abs(legs)) <= reach


def alice(**changes: Any) -> HedgeInputs:
    """Return a hedge of 0.5 BTC at 10 times, 30,000 dollars a coin."""
    given_ = {
        "portfolio": Portfolio((Holding(symbol="BTC", quantity=0.5, price=30_000.0),)),
        "contract": contract("Binance USD-M BTCUSDT"),
        "hedge_price": 30_000.0,
        "coverage": 1.0,
        "basis": "dollar",
        "leverage": 10.0,
        "move": 0.0,
        "days": 0.0,
    }
    return HedgeInputs(**(given_ | changes))


def test_the_cross_marks_the_move_that_kills() -> None:
    """The liquidation's cross stands at the distance of the liquidation price, on the net just before death."""
    out = hedge_outcome(alice())
    kill = charts.outcome_traces(picture_of(alice()))[6]
    assert kill["x"][0, 0] == pytest.approx(out.liquidation_distance, rel=1e-6)
    before = hedge_outcome(alice(move=out.liquidation_distance - 1e-6))
    assert kill["y"][0, 0] == pytest.approx(before.net_pnl, abs=0.1)
    assert not before.is_liquidated


def test_the_spike_stands_where_the_hedge_asset_goes() -> None:
    """A spike of the liquidation's distance stands at its cross, none is not drawn, and the remark says what counts."""
    distance = float(hedge_outcome(alice()).liquidation_distance)
    for spike, is_dead in ((distance - 0.01, 0), (distance + 0.01, 1)):
        picture = picture_of(alice(spike=spike))
        kill, line = charts.outcome_traces(picture)[6:8]
        np.testing.assert_allclose(line["x"][0], spike, rtol=1e-12)  # the coin itself is hedged: beta is 1
        assert float(kill["x"][0, 0]) == (
            pytest.approx(picture.inputs.move) if is_dead else pytest.approx(distance, 1e-6)
        )
        assert words.marks(picture)["spike_fraction/remark"] == is_dead
    assert np.isnan(charts.outcome_traces(picture_of(alice()))[7]["x"]).all()


@pytest.mark.parametrize("changes", [{"coverage": 0.0}, {"leverage": 1.0}], ids=str)
def test_no_cross_where_nothing_kills(changes: dict[str, float]) -> None:
    """Without a position there is no cross; at 1x death is at the end of the axis or beyond."""
    kill = charts.outcome_traces(picture_of(alice(**changes)))[6]
    assert np.isnan(kill["x"]).all() or kill["x"][0, 0] > 0.95


@settings(max_examples=40)
@given(page_states)
def test_every_slot_has_its_column(state: HedgeInputs) -> None:
    """Each template that may be chosen finds its slots, and what the first sentence shows is a number."""
    picture = picture_of(state)
    for blocks, slots, values in (
        (words.STORY, words.STORY_SLOTS, words.story(picture)),
        (words.TILES, words.TILE_SLOTS, words.tiles(picture)),
    ):
        row = {name: codec.columns_of({"v": value}, 1)["v"][0] for name, value in values.items()}
        for line in (line for block in blocks for line in block.lines):
            chosen = int(row[line.pick]) if line.pick else 0
            template = line.templates[chosen]
            for slot in re.findall(r"\{(\w+)\}", template):
                rule = slots[slot]
                if isinstance(rule, tuple):
                    assert 0 <= row[slot] < len(rule)
                elif line.kind == "lead":
                    assert np.isfinite(row[slot]), (slot, template)
