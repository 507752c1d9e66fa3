"""Lattices of a saved page: what a browser reads from them is what the model says."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hedge_widgets
from hedge_widgets.model.limits import InputError
from hedge_widgets.published.lattice import Lattice, differences, grid, lattice, thinned
from hedge_widgets.published.saved import TOGETHER, Saved, saved
from tests.live.node import node

# Reads pictures as the browser does: answers.js itself, with the page's own live object left out.
_READER = """
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Answers } from "./hedge_widgets/published/js/answers.js";
const { page, tables, names, start, states } = JSON.parse(readFileSync(0, "utf8"));
const packed = gunzipSync(Buffer.from(tables, "base64"));
const block = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength);
const heard = [];
const get = (name) => ({ names, start, revision: 0 })[name];
const live = { get, say: (_event, message, [values]) => heard.push([message, values]) };
const answers = new Answers(live, page.lattices, block, page.axes);
for (const at of states) answers.take({ kind: "rest", at });
const rows = (values, { key, length, offset }) => [key, [...new Float64Array(values, offset, length)]];
const plain = ([{ columns }, values]) => Object.fromEntries(columns.map((column) => rows(values, column)));
console.log(JSON.stringify(heard.map(plain))); // what is missing or infinite becomes null
"""


@pytest.fixture(scope="module")
def simulator() -> tuple[Any, Saved]:
    """A simulator and what is saved of it."""
    page = hedge_widgets.HedgeSimulator()
    return page, saved(page, TOGETHER[page.name])


def read(page: Any, kept: Saved, states: list[list[float]]) -> list[dict[str, list[float | None]]]:
    """Return what the browser's script answers at slider values."""
    live = page.live
    question = {
        "page": {**kept.document(), "widgets": {}},
        "tables": kept.packed(),
        "names": live.names,
        "start": live.start,
        "states": states,
    }
    return json.loads(node("--input-type=module", "--eval", _READER, source=json.dumps(question)))


def test_a_thousand_states_are_the_model_s(simulator: tuple[Any, Saved]) -> None:
    """Coverage, leverage, correlation and move in any combination: the saved picture is the computed one."""
    page, kept = simulator
    random = np.random.default_rng(12)
    n = 1000
    chosen = {name: random.choice(places, n) for name, places in kept.together.items()}
    assert set(chosen) == {"coverage", "leverage", "correlation", "move"}
    values = page.live.values
    states = [[float(chosen[name][k]) if name in chosen else values[name] for name in values] for k in range(n)]
    answers = read(page, kept, states)
    assert len(answers) == n
    columns = page.live.columns(**chosen)
    moved = {column["key"] for column in kept.lattices[0].columns}
    compared = 0
    for key, rows in columns.items():
        if key not in answers[0]:
            continue  # no slider changes it
        rows = np.asarray(rows, dtype=float)
        rows = np.broadcast_to(rows if rows.ndim else rows.reshape(1), (n, *rows.shape[1:])).reshape(n, -1)
        got = np.array([[np.nan if v is None else v for v in answer[key]] for answer in answers])
        rows = np.where(np.isfinite(rows), rows, np.nan)  # JSON has no infinity
        column = stored(kept.lattices[0], key) if key in moved else None
        # a number to the seven digits of float32; a curve to half a step of its int16
        is_curve = column is not None and column["kind"] == "i2"
        slack = 0.51 * column["scale"] if is_curve else 1e-7 * np.abs(rows)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(rows), err_msg=key)
        assert np.all(np.isnan(rows) | (np.abs(got - rows) <= slack + 1e-12)), key
        compared += rows.size
    assert compared > 100_000


def test_a_slider_alone_is_the_model_s(simulator: tuple[Any, Saved]) -> None:
    """Any other slider moves from where the page was saved, and the whole picture follows."""
    page, kept = simulator
    values = page.live.values
    days = next(each for each in kept.lattices if each.axes == ("days",)).places[0]
    states = [[float(day) if name == "days" else values[name] for name in values] for day in days]
    columns = page.live.columns(days=days)
    answers = read(page, kept, states)
    for key in ("story/funding", "story/net"):
        np.testing.assert_allclose([answer[key][0] for answer in answers], np.ravel(columns[key]), rtol=3e-7)


def test_a_slider_whose_places_are_refused_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that refuses a slider's places has it where it is: no picture of elsewhere is made up."""
    page = hedge_widgets.HedgeSimulator()
    columns = page.live.columns

    def refusing(**changes: Any) -> Any:
        if "days" in changes:
            raise InputError("days must be few")
        return columns(**changes)

    monkeypatch.setattr(page.live, "columns", refusing)
    kept = saved(page, {})
    place = list(page.live.values).index("days")
    assert kept.widgets[kept.live]["positions"][place] == [page.live.values["days"]]
    away = [*page.live.values.values()]
    away[place] += 1.0
    assert read(page, kept, [away]) == []


def test_what_no_lattice_reaches_is_not_answered(simulator: tuple[Any, Saved]) -> None:
    """Two sliders that move alone cannot both be elsewhere: no wrong picture is made up."""
    page, kept = simulator
    values = dict(page.live.values)
    places = {each.axes[0]: each.places[0] for each in kept.lattices if len(each.axes) == 1}
    values |= {"days": float(places["days"][0]), "spike": float(places["spike"][-1])}
    assert read(page, kept, [list(values.values())]) == []


@given(
    st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=2, max_size=300, unique=True),
    st.integers(2, 80),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_thinned_places_keep_ends_and_present(places: list[float], most: int, pick: int, is_between: bool) -> None:
    """Few places of a slider, in order, with both ends and where it stands."""
    places = sorted(places)
    k = pick % (len(places) - 1)
    present = (places[k] + places[k + 1]) / 2 if is_between else places[k]
    kept = thinned(places, most, present)
    assert kept[0] == places[0]
    assert kept[-1] == places[-1]
    assert np.all(np.diff(kept) > 0)
    assert np.min(np.abs(kept - present)) <= 1e-9
    assert len(kept) <= most + 1


def stored(kept: Lattice, key: str) -> dict[str, Any]:
    """Return the entry of a column."""
    return next(dict(column) for column in kept.columns if column["key"] == key)


def test_a_column_is_stored_along_what_changes_it_only() -> None:
    """A curve that one slider moves has no copy for the other's places, and what nobody moves is left out."""
    places = {"a": np.array([0.0, 1.0, 2.0]), "b": np.array([10.0, 20.0])}
    at = grid(places)
    curve = np.sin(at["a"][:, None] + np.arange(5))
    kept = lattice(places, {"curve": curve, "number": at["a"] * at["b"], "fixed": np.ones(6), "again": curve})
    assert {column["key"] for column in kept.columns} == {"curve", "number", "again"}
    assert stored(kept, "curve")["along"] == [0]
    assert stored(kept, "number")["along"] == [0, 1]
    assert stored(kept, "again")["offset"] == stored(kept, "curve")["offset"]
    written = np.frombuffer(kept.block, "<u4", 6, stored(kept, "number")["offset"]).reshape(3, 2)
    numbers = np.cumsum(written, axis=1, dtype="<u4").view("<f4")
    np.testing.assert_array_equal(numbers, np.outer(places["a"], places["b"]))


@given(
    st.integers(1, 4), st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1), st.sampled_from(["<i2", "<f4"])
)
def test_differences_add_up_to_every_bit(first: int, last: int, length: int, seed: int, kind: str) -> None:
    """Whatever is stored, infinite or missing too, and however it wraps."""
    bits = np.frombuffer(np.random.default_rng(seed).bytes(4 * first * last * length), kind)
    bits = bits[: first * last * length].reshape(first, last, length)
    again = np.cumsum(np.cumsum(differences(bits), axis=1), axis=2)  # in wider numbers: the low bits count
    assert again.astype(f"<u{bits.itemsize}").tobytes() == bits.tobytes()
