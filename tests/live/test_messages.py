"""The contract between kernel and browser, live/js/messages.js, is what page.py sends, answers and declares."""

import ast
import inspect
import json
import re
import textwrap
from typing import Any

import pytest

from hedge_widgets import style
from hedge_widgets.live import Live, page, parts, script
from tests.live.test_page import Page, rest, typed

TEXT = (script.FOLDER / "messages.js").read_text()
UNIONS = {name: kinds.split(" | ") for kinds, name in re.findall(r"@typedef \{(\w+(?: \| \w+)+)\} (\w+)", TEXT)}
# Name -> property -> type; a property in brackets may be missing.
OBJECTS: dict[str, dict[str, str]] = {}
for comment in re.findall(r"/\*\*(.*?)\*/", TEXT, re.DOTALL):
    if found := re.search(r"@typedef \{object\} (\w+)", comment):
        OBJECTS[found[1]] = {name: kind for kind, name in re.findall(r"@property \{(.+?)\} (\[?\w+\]?)", comment)}


def kinds(union: str) -> dict[str, str]:
    """Return the kinds of a union's messages, each with the name of its type."""
    return {OBJECTS[name]["kind"].strip('"'): name for name in UNIONS[union]}


def misfits(value: Any, kind: str, place: str = "") -> list[str]:
    """Return where a JSON value is not of a type of messages.js."""
    if kind.endswith("[]"):
        items = value if isinstance(value, list) else [value]
        return [fault for k, item in enumerate(items) for fault in misfits(item, kind[:-2], f"{place}[{k}]")]
    if kind in OBJECTS:
        known = {name.strip("[]"): inner for name, inner in OBJECTS[kind].items()}
        wrong = [f"{place}.{name} is not declared" for name in value.keys() - known.keys()]
        wrong += [f"{place}.{name} is missing" for name in OBJECTS[kind].keys() - value.keys() if name[0] != "["]
        return wrong + [
            fault for name in value.keys() & known.keys() for fault in misfits(value[name], known[name], name)
        ]
    if kind.startswith("Record<"):
        return [] if isinstance(value, dict) else [f"{place} is no record"]
    types = {"number": int | float, "string": str, "boolean": bool, "null": type(None)}
    choices = kind.split(" | ")
    is_fit = any(isinstance(value, types[c]) if c in types else json.dumps(value) == c for c in choices)
    return [] if is_fit else [f"{place} is {value!r:.40}, not {kind}"]


def test_what_the_kernel_sends_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message has the properties and types of its kind, and every declared kind is sent."""
    monkeypatch.setattr(page, "plotly_js", lambda: b"")
    sender = Page()
    questions = [rest(), rest(kind="ask"), rest(kind="table", slider="a"), typed("7"), {"kind": "plotly"}]
    questions.append({"kind": "tell", "count": 1})
    answers = [answer for question in questions for answer in sender.hear(question)]
    sender.sent.clear()
    sender.live.refresh()
    answers += [content for content, _ in sender.sent]
    declared = kinds("FromKernel")
    assert {answer["kind"] for answer in answers} == declared.keys()
    assert {answer["why"] for answer in answers if answer["kind"] == "exact"} == {"ask", "rest", "refresh"}
    assert [fault for answer in answers for fault in misfits(answer, declared[answer["kind"]])] == []


def test_what_the_kernel_answers_is_declared() -> None:
    """The kinds that page.py distinguishes, and the properties it reads, are those that a browser of ours sends."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(Live._answer)))
    compared, read = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=ast.Name(id="kind"), comparators=[values]):
                compared |= {item.value for item in ast.walk(values) if isinstance(item, ast.Constant)}
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="content"), attr="get"), args=[ast.Constant(value=name)]
            ):
                read.add(name)
    assert compared == kinds("ToKernel").keys()
    assert read == {name for kind in UNIONS["ToKernel"] for name in OBJECTS[kind]}


def test_every_declared_question_is_asked() -> None:
    """The modules send every kind of question; that they send no other, tsc checks."""
    modules = "\n".join(path.read_text() for path in script.FOLDER.glob("*.js") if path.stem != "messages")
    assert set(re.findall(r'send\(\{ kind: "(\w+)"', modules)) == kinds("ToKernel").keys()


@pytest.mark.parametrize(("widget", "name"), [(Live, "LiveTraits"), (parts._View, "PartTraits")])
def test_traits_are_declared(widget: Any, name: str) -> None:
    """What a page and its parts share with the browser is declared by name."""
    assert widget.class_own_traits(sync=True).keys() - OBJECTS[name].keys() <= {"role"}
    assert OBJECTS[name].keys() <= widget.class_own_traits(sync=True).keys()


def test_traits_have_their_types() -> None:
    """Settings, number formats, a refusal and the rest of a page's traits are of the types declared."""
    live = Page().live
    live.refuse(live.others[0], "no")
    state = json.loads(json.dumps({name: live.get_state()[name] for name in OBJECTS["LiveTraits"]}))
    assert misfits(state, "LiveTraits") == []
    assert [fault for rule in style.FORMATS.values() for fault in misfits(rule, "NumberFormat")] == []


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ({"kind": "taken", "control": "a"}, ".text is missing"),
        ({"kind": "taken", "control": "a", "text": "", "more": 1}, ".more is not declared"),
        ({"kind": "taken", "control": 1, "text": ""}, "control is 1, not string"),
        ({"kind": "given", "control": "a", "text": ""}, "kind is 'given', not \"taken\""),
    ],
)
def test_a_message_that_is_not_declared_is_found(message: dict[str, Any], fault: str) -> None:
    """The check sees what it claims to see."""
    assert misfits(message, "TakenMessage") == [fault]
