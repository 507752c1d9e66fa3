"""Every page's charts and words: an update equals a new page, a table's row its picture, a spec is one of plotly."""

import functools
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets import style
from hedge_widgets.live import codec
from hedge_widgets.model.quantities import Quantity
from tests.charts.explorer_charts import Charts, Parts, lower_case_titles
from tests.charts.pages import PAGES
from tests.charts.updating import differences, spec_of, updated
from tests.live.decoding import decoded, plain

SETTINGS = [
    pytest.param(page, place, id=f"{page.topic}-{place}") for page in PAGES for place in range(len(page.settings))
]
TABLES = [
    pytest.param(page, place, slider, id=f"{page.topic}-{place}-{slider.field}")
    for page in PAGES
    for place in range(len(page.settings))
    for slider in page.sliders
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.topic)
@settings(max_examples=10)
@given(st.data())
def test_updating_equals_building(page: Charts, data: st.DataObject) -> None:
    """A page built for one state and told of another equals a page built for the other: charts, words and ticks.

    Of four states each follows the one before, and the first the last: 40 pairs of 40 pages.
    """
    pictures = [page.at(state, **values) for state, values in data.draw(st.lists(page.states, min_size=4, max_size=4))]
    pages = [page.parts(picture) for picture in pictures]
    for place, (picture, new) in enumerate(zip(pictures, pages, strict=True)):
        old = pages[place - 1]
        for before, after in zip(old.charts + old.texts, new.charts + new.texts, strict=True):
            assert differences(updated(before, picture), spec_of(after)) == [], before.key


@functools.cache
def parts_at_start(page: Charts, place: int) -> Parts:
    """Return the live parts built for a setting's start."""
    return page.parts(page.at(page.settings[place]))


@pytest.mark.parametrize(("page", "place", "slider"), TABLES)
def test_a_row_of_a_table_is_its_picture(page: Charts, place: int, slider: Quantity) -> None:
    """What a table of at most 250 kB says at a position is what the page says when the slider stands there."""
    state, parts = page.settings[place], parts_at_start(page, place)
    places = np.asarray(slider.positions)
    rows = page.at(state, **{**page.busy, slider.field: places * slider.factor})
    header, block = codec.table(parts.live._columns(rows), len(places))
    assert len(block) + len(json.dumps(header)) <= 250_000
    table = decoded(header, block, len(places))
    assert bool(table) != (slider.field in page.idle.get(place, ()))
    for k in (0, len(places) // 3, len(places) - 1):
        one = page.at(state, **{**page.busy, slider.field: places[k] * slider.factor})
        exact = decoded(*codec.exact(parts.live._columns(one)), 1)
        for key, column in table.items():
            here, there = column[k], exact[key][0]
            size = np.nanmax(np.abs(column[np.isfinite(column)]), initial=0.0)
            np.testing.assert_allclose(here, there, rtol=1e-9, atol=size / 30_000, err_msg=key)


@pytest.mark.parametrize(("page", "place"), SETTINGS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_spec_is_one_of_plotly(page: Charts, place: int, theme: str) -> None:
    """Every chart's spec validates as a plotly figure, in both themes, as built and with other numbers."""
    state = page.settings[place]
    pictures = page.at(state), page.at(state, **page.busy)
    for part in parts_at_start(page, place).charts:
        for picture in pictures:
            spec = style.resolved(part.figure_spec(picture), theme)
            figure = go.Figure({"data": plain(spec["data"]), "layout": spec["layout"]})
            assert len(figure.data) == len(spec["data"])
            assert lower_case_titles(spec["layout"]) == []
            assert "@" not in json.dumps(plain(spec))


@pytest.mark.parametrize(("page", "place"), SETTINGS)
def test_a_table_stands_behind_every_chart(page: Charts, place: int) -> None:
    """Its axes have words and number formats, and its columns names; what marks rows does so at every point."""
    for part in parts_at_start(page, place).charts:
        spec = json.loads(part.spec)
        table, traces = spec["layout"]["meta"]["table"], spec["data"]
        assert {table[axis][1] for axis in "xy"} <= {*style.FORMATS, "names"}
        is_heat = traces[0]["type"] == "heatmap"
        assert is_heat or all(table[axis][0] for axis in "xy")
        assert is_heat or [trace for trace in traces if trace.get("name")], part.key
        for trace in traces:
            assert not isinstance(trace.get("meta"), list) or len(trace["meta"]) == len(trace["x"])


def words_in(tree: Any) -> list[str]:
    """Return every string of a spec, without those under the pointer: plotly never takes them for a formula."""
    if isinstance(tree, dict):
        return [word for name, value in tree.items() if name != "hovertemplate" for word in words_in(value)]
    if isinstance(tree, list | tuple):
        return [word for value in tree for word in words_in(value)]
    return [tree] if isinstance(tree, str) else []


@pytest.mark.parametrize(("page", "place"), SETTINGS)
def test_no_text_is_taken_for_a_formula(page: Charts, place: int) -> None:
    """A pair of dollar signs would be typeset as TeX by MathJax, in a chart or a slider's name."""
    words = [word for part in parts_at_start(page, place).charts for word in words_in(json.loads(part.spec))]
    words += [slider.label + slider.unit for slider in page.sliders]
    assert [word for word in words if word.count("$") > 1] == []
