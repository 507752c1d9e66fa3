"""The live page's answers: stamps, tables against exact pictures, and whatever a hostile browser may send."""

import ctypes
import json
import math
import os
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest

from hedge_widgets.live import Live, LiveText
from hedge_widgets.live.memory import give_back
from hedge_widgets.live.parts import Block, Line
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.typed import typed_number
from tests.live.decoding import decoded


class Page:
    """A page of two sliders whose picture is a sum, and the messages that it sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.failure: Exception | None = None
        a = ipywidgets.FloatSlider(value=1.0, min=0.0, max=3.0, step=1.0)
        b = ipywidgets.SelectionSlider(options=[("ten", 10.0), ("twenty", 20.0)], value=10.0)
        self.box = ipywidgets.FloatText(value=5.0)
        self.live = Live(
            {"a": (a, [0.0, 1.0, 2.0, 3.0]), "b": (b, [10.0, 20.0])}, self.picture, others=[self.box], read=self.read
        )
        blocks = (Block(lines=(Line(templates=("{total}",)),)),)
        LiveText(self.live, "text", blocks=blocks, slots={"total": "usd"}, values=lambda total: {"total": total})
        self.live.send = lambda content, buffers=(): self.sent.append((json.loads(json.dumps(content)), list(buffers)))

    def picture(self, values: dict[str, Any]) -> Any:
        """Return a + b; refuse what is above 100."""
        if self.failure:
            raise self.failure
        total = values["a"] + values["b"]
        if np.max(total) > 100:
            raise InputError(f"the total must be at most 100, not {np.max(total):g}")
        return total

    def read(self, control: ipywidgets.Widget, typed: str) -> tuple[float, str]:
        """Read what is typed as a number of at most 50."""
        value = typed_number("the number", typed)
        if value > 50:
            raise InputError(f"the number must be at most 50, not {value:g}")
        return value, "as near as it comes" if control is self.box else ""

    def hear(self, content: Any, buffers: Any = ()) -> list[dict[str, Any]]:
        """Let a message of the browser arrive; return the answers."""
        self.sent.clear()
        self.live._handle_custom_msg(content, buffers)
        return [content for content, _ in self.sent]

    def total(self) -> float:
        """Return the number in the last answer."""
        content, buffers = self.sent[-1]
        return float(decoded(content["columns"], buffers[0], 1)["text/total"][0, 0])


@pytest.fixture
def page() -> Page:
    """Give a page."""
    return Page()


def rest(at: Any = (1.0, 10.0), **changes: Any) -> dict[str, Any]:
    """Return the message of a slider that rests."""
    return {"kind": "rest", "revision": 0, "at": list(at) if isinstance(at, tuple) else at, **changes}


@pytest.mark.parametrize("kind", ["ask", "rest"])
def test_the_answer_carries_the_stamp_of_the_question(page: Page, kind: str) -> None:
    """The exact picture belongs to the positions that were asked for, not to the traits of the moment."""
    [answer] = page.hear(rest((2.5, 20.0), kind=kind))
    assert (answer["kind"], answer["revision"], answer["at"]) == ("exact", 0, [2.5, 20.0])
    assert page.total() == 22.5


def test_a_table_holds_every_position_of_its_slider(page: Page) -> None:
    """Row k is the picture at position k, the other sliders where the browser has them."""
    [answer] = page.hear({"kind": "table", "revision": 0, "at": [1.0, 20.0], "slider": "a"})
    assert (answer["slider"], answer["at"]) == ("a", [1.0, 20.0])
    rows = decoded(answer["columns"], page.sent[-1][1][0], 4)["text/total"]
    np.testing.assert_array_equal(rows.ravel(), [20, 21, 22, 23])


def in_memory() -> float:
    """Return what this process has in memory for itself, in MB."""
    _, resident, shared = Path("/proc/self/statm").read_text().split()[:3]
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="waits for glibc, which alone gives memory back"
)
def test_memory_of_a_table_goes_back(page: Page) -> None:
    """Every page open has a process of its own: what is free in each cannot be had by the others."""
    picture, most, kept = page.picture, 0.0, []

    def large(values: dict[str, Any]) -> Any:
        nonlocal most
        taken = [np.ones(12_500) for _ in range(400)]
        kept.append(taken[-1])  # below it glibc keeps what is free
        most = in_memory()
        return picture(values)

    page.live._picture = large
    give_back()
    before = in_memory()
    page.hear({"kind": "table", "revision": 0, "at": [1.0, 20.0], "slider": "a"})
    assert most > before + 30
    assert in_memory() < before + 10


def test_listeners_hear_of_rest_and_not_of_motion(page: Page) -> None:
    """A question on the way tells nobody; rest tells the listeners, and takes the complaint away."""
    heard: list[dict[str, float]] = []
    page.live.on_rest(heard.append)
    page.live.say("no")
    page.hear(rest((3.0, 10.0), kind="ask"))
    assert (heard, page.live.notice) == ([], "no")
    page.hear(rest((3.0, 10.0)))
    assert (heard, page.live.notice) == ([{"a": 3.0, "b": 10.0}], "")


def test_the_sliders_stand_where_they_rest(page: Page) -> None:
    """Rest moves the kernel's slider; the browser, which may have moved on, is not told."""
    told: list[Any] = []
    slider = page.live.slider("a")
    slider.send_state = lambda key: told.append(key)
    page.hear(rest((0.0, 10.0), kind="ask"))
    page.hear(rest((0.0, 10.0), revision=7))
    assert (slider.value, told) == (1.0, [])
    page.hear(rest((2.0, 10.0)))
    assert (slider.value, told) == (2.0, [])
    slider.value = 3.0
    assert (page.live.values["a"], told) == (3.0, ["value"])


def test_who_leaves_is_answered_after_all_that_came_before(page: Page) -> None:
    """The answer bears the count of its question, at any revision."""
    assert page.hear({"kind": "tell", "count": 3}) == [{"kind": "told", "count": 3}]


def test_an_answer_from_before_the_last_change_is_not_given(page: Page) -> None:
    """A refresh raises the revision and sends the exact picture; questions of the old one fall silent."""
    page.live.refresh({"a": 2.0})
    [(first, _)] = page.sent
    assert (first["kind"], first["why"], first["revision"], first["at"]) == ("exact", "refresh", 1, [2.0, 10.0])
    assert page.hear(rest()) == []
    assert page.hear({"kind": "table", "slider": "a", **rest(), "revision": 0} | {"kind": "table"}) == []
    assert page.live.notice == ""
    assert len(page.hear(rest(revision=1))) == 1


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "rest",
        7,
        {},
        {"kind": None},
        {"kind": ["rest"]},
        {"kind": {"rest": 1}},
        {"kind": "table"},
        {"kind": "rest"},
        {"kind": "eval", "revision": 0, "at": [1.0, 10.0]},
        rest(revision=None),
        rest(revision="0"),
        rest(revision=[0]),
        rest(revision=1e308),
        rest(None),
        rest("1,10"),
        rest({"a": 1.0, "b": 10.0}),
        rest([]),
        rest([1.0]),
        rest([1.0] * 100_000),
        rest([math.nan, 10.0]),
        rest([math.inf, 10.0]),
        rest([1e308, 10.0]),
        rest([10**400, 10.0]),
        rest([True, 10.0]),
        rest(["1", 10.0]),
        rest([None, 10.0]),
        rest([[1.0], 10.0]),
        rest(kind="table"),
        rest(kind="table", slider=None),
        rest(kind="table", slider="c"),
        rest(kind="table", slider=["a"]),
        rest(kind="table", slider={"a": 1}),
        rest(kind="table", slider="__class__"),
        rest(kind="table", slider="<img src=x onerror=alert(1)>" * 1000),
    ],
    ids=lambda content: f"{content!r:.60}",
)
def test_a_hostile_message_is_refused(page: Page, content: Any) -> None:
    """Whatever arrives, nothing is answered, nothing is raised, no trait moves, and the page goes on."""
    before = page.live.values
    assert page.hear(content) == []
    assert page.live.values == before
    assert page.live.revision == 0
    assert len(page.live.notice) < 300
    assert len(page.hear(rest((2.0, 10.0)))) == 1
    assert page.total() == 12.0


def test_hostile_traits_do_not_reach_the_answers(page: Page) -> None:
    """Bounds, positions, names and the revision that a browser sets are not what Python computes from."""
    page.live.set_state({"positions": [[0, 1e308], []], "names": ["x"], "revision": 99, "settings": {}, "sliders": []})
    page.live._sliders["a"].set_state({"max": 1e308, "min": -1e308, "step": 0})
    [answer] = page.hear({"kind": "table", "revision": 0, "at": [1.0, 20.0], "slider": "a"})
    assert decoded(answer["columns"], page.sent[-1][1][0], 4)["text/total"].shape == (4, 1)
    page.live.refresh()
    assert page.live.revision == 1


def test_a_refused_value_is_said(page: Page) -> None:
    """The model's own sentence reaches the banner."""
    page.hear(rest((101.0, 10.0)))
    assert page.live.notice == "The total must be at most 100, not 111."


def typed(text: Any, control: Any = "other-0") -> dict[str, Any]:
    """Return the message of a box that is left."""
    return {"kind": "typed", "control": control, "text": text}


def test_what_is_typed_is_read_and_the_control_moves(page: Page) -> None:
    """The kernel reads; the box shows what it understood, with a remark where there is one."""
    assert page.hear(typed("1,2")) == []
    assert page.box.value == 5.0
    assert page.hear(typed("−12.5")) == [{"kind": "taken", "control": "other-0", "text": "as near as it comes"}]
    assert page.box.value == -12.5
    assert page.hear(typed("2", "slider-a")) == [{"kind": "taken", "control": "slider-a", "text": ""}]
    assert page.live.values["a"] == 2.0


def test_what_is_refused_stands_beside_its_box(page: Page) -> None:
    """The sentence, its control and what was typed go to the browser; the next change taken clears them."""
    page.hear(typed("51"))
    assert page.live.refusal["control"] == "other-0"
    assert page.live.refusal["typed"] == "51"
    assert page.live.said == "The number must be at most 50, not 51."
    assert (page.live.notice, page.box.value) == ("", 5.0)
    first = page.live.refusal["count"]
    page.hear(typed("51"))
    assert page.live.refusal["count"] > first
    page.live.say("")
    assert (page.live.refusal, page.live.said) == ({}, "")


def test_a_page_that_refuses_a_number_keeps_what_was_typed(page: Page) -> None:
    """What an observer of the box refuses is refused beside the box, as if the reader had."""

    def refuse(change: Any) -> None:
        if change["new"] != 5.0:
            page.box.value = 5.0
            page.live.refuse(page.box, "not today.")

    page.box.observe(refuse, "value")
    assert page.hear(typed("7")) == []
    assert (page.live.refusal["text"], page.live.refusal["typed"]) == ("Not today.", "7")


@pytest.mark.parametrize(
    "content",
    [
        *(typed(text) for text in (None, 5, ["1"], "<img src=x onerror=alert(1)>" * 1000, "\x00")),
        *(typed("1", control) for control in (None, 0, ["other-0"], "other-1", "slider-c", "__class__")),
    ],
    ids=lambda content: f"{content!r:.60}",
)
def test_hostile_typing_moves_nothing(page: Page, content: Any) -> None:
    """What no box of ours sends is ignored or refused in a short sentence."""
    before = page.live.values
    assert page.hear(content) == []
    assert (page.live.values, page.box.value) == (before, 5.0)
    assert len(page.live.said) < 200


@pytest.mark.parametrize("place", ["picture", "listener"])
def test_a_failure_in_a_callback_is_seen(page: Page, place: str, caplog: pytest.LogCaptureFixture) -> None:
    """An exception becomes a sentence in the banner and a trace in the log, and the next message is answered."""
    if place == "picture":
        page.failure = ZeroDivisionError("secret path")
    else:
        page.live.on_rest(lambda _values: 1 / 0)
    page.hear(rest())
    assert "ZeroDivisionError" in page.live.notice
    assert "secret" not in page.live.notice
    assert caplog.records
    page.failure = None
    page.hear(rest())
    assert page.total() == 11.0
