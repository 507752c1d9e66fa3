"""The browser's script: the modules of ``js/``, joined when the package is imported.

A widget carries one script, so a browser cannot import the modules from each other; and what is installed is what is
in the repository, so nothing bundles them before. Joining is easy because they are written for it: one import form,
one export form, every name once. The joiner refuses whatever else it meets.
"""

import re
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "js"
# Each imports only what stands before it.
ORDER = (
    "messages",
    "numbers",
    "theme",
    "trees",
    "rows",
    "library",
    "returning",
    "kernel",
    "sliders",
    "boxes",
    "questions",
    "store",
    "touch",
    "pointer",
    "handles",
    "contents",
    "sheet",
    "print",
    "chart",
    "room",
    "text",
    "marks",
    "banner",
    "render",
)

# Whole lines only: what looks like a comment behind code may be part of a string.
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?s:.*?)\*/[ \t]*)\n", re.MULTILINE)
_IMPORT = re.compile(r'\s*import \{([\w\s,]+)\} from "\./(\w+)\.js";\n')
_DEFINITION = re.compile(r"(export )?(?:(?:async )?function|class|const|let) (\w+)\b")
_OTHER_FORM = re.compile(r"(import|export|var|const|let)\b")


class ScriptError(ValueError):
    """A module that cannot be joined to the others."""


def joined(folder: Path = FOLDER, order: Sequence[str] = ORDER) -> str:
    """Return one script of a folder's modules in their order, without their imports, exports and whole-line comments.

    Raises
    ------
    ScriptError
        Naming the module and what is wrong: one that is not listed, an import of what comes later or is not exported,
        a name defined twice, or a form that is not joined, such as ``export default``.
    """
    unlisted = {path.stem for path in folder.glob("*.js")} ^ set(order)
    if unlisted or len(set(order)) < len(order):
        raise ScriptError(f"the modules of {folder.name} and their order must agree: {sorted(unlisted) or order}")
    exports: dict[str, set[str]] = {}
    owners: dict[str, str] = {}
    texts = {name: (folder / f"{name}.js").read_text(encoding="utf-8") for name in order}
    return "".join(_plain(name, text, exports, owners) for name, text in texts.items())


def _plain(module: str, text: str, exports: dict[str, set[str]], owners: dict[str, str]) -> str:
    """Return a module as a part of the script, and note what it exports and which names it owns."""
    text = _COMMENT.sub("", text)
    while found := _IMPORT.match(text):
        names, source = {name.strip() for name in found[1].split(",")} - {""}, found[2]
        if missing := names - exports.get(source, set()):
            raise ScriptError(f"{module}.js imports {sorted(missing)}, which no {source}.js before it exports")
        text = text[found.end() :]
    exports[module] = set()
    lines = []
    for line in text.splitlines(keepends=True):
        if line.count("`") % 2:
            raise ScriptError(f"{module}.js: a template over several lines, in which a comment would not be one")
        if found := _DEFINITION.match(line):
            exported, name = found.groups()
            if name in owners:
                raise ScriptError(f"{module}.js defines {name}, as {owners[name]}.js does")
            owners[name] = module
            if exported:
                exports[module].add(name)
                line = line.removeprefix(exported)
        elif _OTHER_FORM.match(line):
            raise ScriptError(f"{module}.js: {line.strip()!r:.60} is a form that is not joined")
        if not line.isspace():
            lines.append(line)
    return "".join(lines)
