"""The bytes of a picture: what goes in comes out, and what does not change is not sent."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hedge_widgets.live import codec
from tests.live.decoding import decoded

STEPS = 32_700
# A curve that stays below 1e-308, where floats lose their digits, is a line at zero.
numbers = st.floats(-1e12, 1e12, allow_subnormal=False) | st.just(float("nan"))


@st.composite
def pictures(draw: st.DrawFn) -> tuple[int, dict[str, Any]]:
    """Draw columns as parts hand them over: numbers, one value a row, an array a row, or one array for all rows."""
    n_rows = draw(st.integers(1, 7))
    shapes = st.sampled_from([(), (n_rows,), (1,), (n_rows, 1), (n_rows, 4), (1, 4), (n_rows, 9)])
    columns = draw(st.lists(arrays.arrays(np.float64, shapes, elements=numbers), min_size=1, max_size=6))
    return n_rows, {f"c{k}": column for k, column in enumerate(columns)}


@given(pictures())
def test_an_exact_picture_comes_back_bit_by_bit(drawn: tuple[int, dict[str, Any]]) -> None:
    """One row in float64, with every column, survives the way unchanged."""
    columns = {key: column[:1] if np.ndim(column) else column for key, column in drawn[1].items()}
    back = decoded(*codec.exact(columns), 1)
    assert back.keys() == columns.keys()
    for key, column in columns.items():
        np.testing.assert_array_equal(back[key].ravel(), np.ravel(column))


@given(pictures())
def test_a_table_comes_back_within_its_scale(drawn: tuple[int, dict[str, Any]]) -> None:
    """Numbers survive exactly, curves to half of a 32,700th of their largest value, missing stays missing."""
    n_rows, columns = drawn
    header, block = codec.table(columns, n_rows)
    back = decoded(json.loads(json.dumps(header)), block, n_rows)
    for key, column in columns.items():
        whole = np.broadcast_to(
            np.reshape(column, (1,)) if np.ndim(column) == 0 else column, (n_rows, *column.shape[1:])
        )
        whole = whole.reshape(n_rows, -1)
        if key not in back:
            np.testing.assert_array_equal(whole, np.broadcast_to(whole[:1], whole.shape))
        elif np.ndim(column) < 2:
            np.testing.assert_array_equal(back[key], whole)
        else:
            np.testing.assert_array_equal(np.isnan(back[key]), np.isnan(whole))
            largest = np.nanmax(np.abs(whole), initial=0.0)
            assert np.nanmax(np.abs(back[key] - whole), initial=0.0) <= 0.5001 * largest / STEPS


def test_what_no_row_changes_is_left_out() -> None:
    """A table holds the moving columns only; the page keeps what it has of the others."""
    moving = np.arange(3.0)
    header, _ = codec.table(
        {"still": 7.0, "same": np.full(3, 2.0), "gone": np.full((3, 2), np.nan), "moves": moving}, 3
    )
    assert [entry["key"] for entry in header] == ["moves"]


def test_curves_that_share_their_bytes_travel_once() -> None:
    """Three curves over one x cost one x."""
    x = np.linspace(0, 1, 10).reshape(5, 2)
    header, block = codec.table({"a/x": x, "b/x": x, "c/x": x.copy()}, 5)
    assert len(header) == 3
    assert len(block) == x.size * 2


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_in_a_curve_is_missing(wrong: float) -> None:
    """An infinity in a curve is a gap, and does not spoil the scale of the rest."""
    curve = np.array([[1.0, wrong], [2.0, 3.0]])
    back = decoded(*codec.table({"y": curve}, 2), 2)["y"]
    np.testing.assert_allclose(back, [[1.0, np.nan], [2.0, 3.0]], rtol=1e-4)


def test_offsets_suit_the_types_the_browser_reads() -> None:
    """A Float64Array begins at a multiple of 8 and an Int16Array at one of 2, or the browser throws."""
    columns = {"c": np.arange(9.0).reshape(3, 3), "n": np.arange(3.0), "d": np.arange(3.0) ** 2}
    for entry in codec.table(columns, 3)[0]:
        assert entry["offset"] % {"f8": 8, "i2": 2}[entry["kind"]] == 0
