"""The browser's script: its modules join to one, and what cannot be joined is refused."""

import re
from pathlib import Path

import pytest

from hedge_widgets.live import Live, script
from hedge_widgets.live.parts import LiveBanner
from hedge_widgets.live.script import ScriptError, joined
from tests.live.node import node


def folder(tmp_path: Path, **modules: str) -> tuple[Path, list[str]]:
    """Write modules; return their folder and their names in order."""
    for name, text in modules.items():
        (tmp_path / f"{name}.js").write_text(text)
    return tmp_path, list(modules)


def test_modules_become_one_script(tmp_path: Path) -> None:
    """Imports, exports and whole-line comments go; everything else stays as it is."""
    a = '// A.\n\n/** Twice.\n * @param {number} x\n */\nexport const twice = (x) => 2 * x; // "// no comment"\n'
    b = 'import {\n  twice,\n} from "./a.js";\n\n/** @import { X } */\nconst text = `/* ${twice(2)} */`;\n'
    c = 'import { twice } from "./a.js";\nexport class C {\n  // .\n  four = twice(2);\n}\nexport async function d() {}'
    assert joined(*folder(tmp_path, a=a, b=b, c=c)) == (
        'const twice = (x) => 2 * x; // "// no comment"\n'
        "const text = `/* ${twice(2)} */`;\n"
        "class C {\n  four = twice(2);\n}\nasync function d() {}"
    )


@pytest.mark.parametrize(
    ("a", "b", "complaint"),
    [
        (
            'import { f } from "./b.js";\n',
            "export const f = 1;\n",
            "a.js imports ['f'], which no b.js before it exports",
        ),
        ("const f = 1;\n", 'import { f } from "./a.js";\n', "b.js imports ['f']"),
        ("const f = 1;\n", "export function f() {}\n", "b.js defines f, as a.js does"),
        ("class F {}\n", "let F = 1;\n", "b.js defines F, as a.js does"),
        ("export default 1;\n", "", "form that is not joined"),
        ("const f = 1;\nexport { f };\n", "", "form that is not joined"),
        ("export const f = 1;\n", 'export * from "./a.js";\n', "form that is not joined"),
        ("export const f = 1;\n", 'import { f as g } from "./a.js";\n', "b.js imports ['f as g']"),
        ("export const f = 1;\n", 'import * as all from "./a.js";\n', "form that is not joined"),
        ("export const f = 1;\n", 'const g = 1;\nimport { f } from "./a.js";\n', "form that is not joined"),
        ("const { f } = Math;\n", "", "form that is not joined"),
        ("var f = 1;\n", "", "form that is not joined"),
        ("const f = `\n// text\n`;\n", "", "template over several lines"),
    ],
)
def test_what_cannot_be_joined_is_refused(tmp_path: Path, a: str, b: str, complaint: str) -> None:
    """A script that would differ from its modules is never made; the module and the reason are named."""
    with pytest.raises(ScriptError, match=re.escape(complaint)):
        joined(*folder(tmp_path, a=a, b=b))


@pytest.mark.parametrize("order", [["a"], ["a", "b", "c"], ["a", "b", "b"]])
def test_every_module_is_listed(tmp_path: Path, order: list[str]) -> None:
    """A module that is not listed, listed twice or not there is noticed."""
    folder(tmp_path, a="", b="")
    with pytest.raises(ScriptError, match="must agree"):
        joined(tmp_path, order)


def test_the_page_carries_the_script_and_its_parts_a_stub() -> None:
    """The module goes through the kernel's socket once; every part waits for it at the same gate."""
    page, part = str(Live._esm), str(LiveBanner._esm)
    assert script.joined() in page
    gate = re.findall(r'__hedgeModules \?\?= \{\}\)\["(\w{12})"\]', page)
    assert len(gate) == 1
    assert gate == re.findall(r'__hedgeModules \?\?= \{\}\)\["(\w{12})"\]', part)
    assert len(part) < 500


def test_the_whole_script_is_a_module(tmp_path: Path) -> None:
    """What the page carries is read by a JavaScript engine without a complaint."""
    file = tmp_path / "page.mjs"
    file.write_text(str(Live._esm))
    node("--check", str(file))
