"""The address is the memory: what it holds brings back the page, and whatever else stands there does no harm."""

import functools
import json
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedge_widgets import HedgeSimulator
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.pages.page import Page
from tests.explorers.opened import PAGES


@functools.cache
def opened(kind: Callable[[], Page]) -> tuple[Page, Page]:
    """Return the two pages of a kind."""
    return kind(), kind()


def pair(kind: Callable[[], Page]) -> tuple[Page, Page]:
    """Return two pages of a kind, as they open."""
    pages = opened(kind)
    for page in pages:
        page.state = ""
    return pages


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_as_it_opens_has_no_address(kind: Callable[[], Page]) -> None:
    """Nothing stands in the address of a page nobody has touched, and nothing brings it back there."""
    one, _other = pair(kind)
    assert one.state == one.live.address == ""
    name, slider = next(iter(one.controls.sliders.items()))
    spec = one.controls.specs[name]
    slider.value = spec.positions[1] if slider.value != spec.positions[1] else spec.positions[2]
    one.live._answer(
        one.live, {"kind": "rest", "revision": one.live.revision, "at": list(one.live.values.values())}, []
    )
    assert one.live.address == one.state != ""
    one.undo()
    assert one.state == one.live.address == ""


@pytest.mark.parametrize("kind", PAGES)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_the_address_is_the_identity(kind: Callable[[], Page], data: st.DataObject) -> None:
    """Any walk of choices, boxes and sliders ends in an address that shows the same in another browser."""
    one, other = pair(kind)
    controls = one.controls
    for _ in range(data.draw(st.integers(1, 5))):
        name = data.draw(st.sampled_from([*controls.choices, *controls.numbers, *controls.sliders]))
        if name in controls.choices:
            box = controls.choices[name]
            box.value = data.draw(st.sampled_from([option[1] for option in box.options]))
        elif name in controls.numbers:
            box = controls.numbers[name]
            box.value = float(f"{data.draw(st.floats(0.5, 2.0)) * box.value:.6g}")
        else:
            controls.sliders[name].value = data.draw(st.sampled_from(controls.specs[name].positions))
    text = one.state
    other.state = text
    assert other.state == text
    assert other.controls.raw() == one.controls.raw()
    assert other.live.values == one.live.values
    assert other.to_frame().equals(one.to_frame())
    assert len(text) < 2_000


def test_coins_contracts_and_constants_come_back() -> None:
    """Ten coins, an edited constant and what was typed for another contract are in the address, of 2,000 characters."""
    one, other = pair(HedgeSimulator)
    one._table.rows = [[f"COIN{k}", "123.456", f"{k + 1}.25"] for k in range(9)] + [["BTC", "0.02", "90000"]]
    labels = [option[1] for option in one.controls.choices["contract"].options]
    one.controls.numbers["half_spread"].value = 3.0
    one.controls.choices["contract"].value = next(label for label in labels if "ETH" in label)
    one.sources.constants._take(5, 1, "0.07")
    one.sources.tiers._take(0, 1, "0.35")
    assert one.inputs.contract.taker_fee_rate == pytest.approx(0.0007)
    other.state = one.state
    assert len(one.state) < 2_000
    assert other.inputs == one.inputs
    assert other.inputs.contract.tiers == one.inputs.contract.tiers
    for page in (one, other):
        page.controls.choices["contract"].value = labels[0]
    assert other.inputs == one.inputs
    assert other.inputs.half_spread == pytest.approx(3e-4)


def test_an_example_comes_back_with_its_card() -> None:
    """An example in the address is shown as it was told, not as one that was changed."""
    one, other = pair(HedgeSimulator)
    one._example.value = 7
    other.state = one.state
    assert other._claim.value == one._claim.value
    assert other._about.value == one._about.value
    assert other.inputs == one.inputs


def test_undo_goes_through_the_same_state() -> None:
    """A state that came by the address is one step, and what was there before comes back."""
    one, other = pair(HedgeSimulator)
    one.load(one.inputs)
    one.controls.numbers["cash"].value = 600.0
    before = other.state
    other.state = one.state
    assert other.inputs.cash == 600.0
    other.undo()
    assert other.state == before


def test_sliders_alone_are_of_the_page_they_stand_on() -> None:
    """A browser whose kernel is gone writes them, where the kernel had nothing to write."""
    page, _other = pair(HedgeSimulator)
    page.state = quote('{"sliders":{"leverage":5}}')
    assert page.inputs.leverage == 5.0


def hostile() -> list[str]:
    """Return what could stand behind ``#1=``."""
    page = '"page":"simulator"'
    documents = [
        "<script>alert(1)</script>",
        "{" + page + ',"sliders":{"leverage":NaN}}',
        "{" + page + ',"sliders":{"leverage":1e400}}',
        "{" + page + ',"sliders":{"leverage":-3}}',
        "{" + page + ',"sliders":{"coverage":true}}',
        "{" + page + ',"controls":{"contract":"No such contract"}}',
        "{" + page + ',"controls":{"hedge_price":-1}}',
        "{" + page + ',"controls":{"hedge_price":"<b>"}}',
        "{" + page + ',"controls":{"cash":-5}}',
        "{" + page + ',"controls":{"_setting":1}}',
        "{" + page + ',"controls":[1]}',
        "{" + page + ',"example":99}',
        "{" + page + ',"example":true}',
        "{" + page + ',"kept":{"__class__":1}}',
        "{" + page + ',"kept":{"_portfolio":[["<b>",1,1]]}}',
        "{" + page + ',"kept":{"_portfolio":[["BTC",1]]}}',
        "{" + page + ',"kept":{"_portfolio":[["BTC",1,1],["ETH",-1,1]]}}',
        "{" + page + ',"kept":{"_portfolio":' + json.dumps([["BTC", 1, 1]] * 600) + "}}",
        "{" + page + ',"kept":{"_sized":{}}}',
        "{" + page + ',"kept":{"_sized":7}}',
        "{" + page + ',"kept":{"_memory":{"Nowhere X":{}}}}',
        "{" + page + ',"kept":{"_memory":{"Binance BTCUSDT":{"hedge_price":-1}}}}',
        "{" + page + ',"kept":{"_edited":{"Binance BTCUSDT":{"lot_size":0}}}}',
        "{" + page + ',"kept":{"_edited":{"Binance BTCUSDT":{"venue":"Mine"}}}}',
        "{" + page + ',"kept":{"_edited":{"Binance BTCUSDT":{"tiers":[[1],[2],[3],[4]]}}}}',
        "{" + page + ',"kept":{"_edited":{"Binance BTCUSDT":{"tiers":[[5,1],[0.01,0.02],[10,5]]}}}}',
        "{" + page + ',"kept":{"_loaded":[1,2]}}',
        "{" + page + ',"kept":{"_loaded":-1}}',
        "{" + page + ',"kept":{"_days":1e9}}',
        '{"page":"margin"}',
        "{}",
        "[]",
        "7",
        "null",
        "[" * 9_000,
        "x" * 1_000_000,
    ]
    return [*map(quote, documents), "%ZZ%%%", "\ud800"]


@pytest.mark.parametrize("text", hostile(), ids=range(len(hostile())))
def test_a_hostile_address_gets_a_sentence_and_the_page_stays(text: str) -> None:
    """One sentence without a piece of HTML in force, and the default page."""
    page, _other = pair(HedgeSimulator)
    page.live._answer(page.live, {"kind": "arrival", "name": "1", "text": text}, [])
    assert page.live.said.endswith(".")
    assert "went wrong" not in page.live.said
    assert len(page.live.said) < 400
    assert page.state == ""
    page.controls.numbers["cash"].value = 5.0  # and it goes on
    assert page.inputs.cash == 5.0


@pytest.mark.parametrize("name", ["2", "0", "99999999999"])
def test_another_version_is_refused_by_name(name: str) -> None:
    """A link of a version that is not known says so."""
    page, _other = pair(HedgeSimulator)
    page.live._answer(page.live, {"kind": "arrival", "name": name, "text": "{}"}, [])
    assert f"version {name[:10]}" in page.live.said
    assert page.state == ""


@pytest.mark.parametrize("kind", PAGES)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_random_documents_never_break_a_page(kind: Callable[[], Page], data: st.DataObject) -> None:
    """Whatever stands at a known name is taken or refused with InputError, on every page."""
    page, _other = pair(kind)
    values = st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    )
    document = {
        "page": page._name,
        "example": data.draw(st.integers(0, 1) | values),
        "controls": data.draw(st.dictionaries(st.sampled_from(list(page.controls.raw())), values, max_size=3)),
        "sliders": data.draw(st.dictionaries(st.sampled_from(list(page.controls.specs)), values, max_size=2)),
        "kept": data.draw(st.dictionaries(st.sampled_from([*page._codecs, "x"]), values, max_size=2)),
    }
    try:
        page.state = quote(json.dumps(document))
    except InputError:
        assert page.state == ""
    else:
        assert unquote(page.state) == "" or page.state


def test_loaded_inputs_come_back() -> None:
    """Inputs that a program loaded are in the address, with those that no control shows."""
    one, other = pair(HedgeSimulator)
    from dataclasses import replace

    one.load(replace(one.inputs, impact=0.5, residual=1.0, portfolio=Portfolio.of({"SOL": (5, 190)})))
    other.state = one.state
    assert other.inputs == one.inputs
    assert other.inputs.impact == 0.5
