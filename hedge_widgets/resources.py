"""Where the folders that ship beside the code lie, in a checkout and in an installed wheel."""

import sys
from pathlib import Path

PACKAGE = Path(__file__).parent
VENDOR = PACKAGE / "vendor"  # libraries of the browser, as their makers ship them, with their licences


def resource(name: str) -> Path:
    """Return the path of a shipped folder, ``data`` or ``notebooks``.

    Raises
    ------
    FileNotFoundError
        If neither the wheel's copy nor the checkout's folder exists.
    """
    for parent in (PACKAGE, PACKAGE.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{name}: this folder ships with hedge_widgets and was not found; reinstall the package")


def spare_grammar() -> None:
    """Spare a process of Jupyter's 0.8 s of computing at its start, if it has not paid them yet.

    jsonschema imports rfc3987_syntax where it is installed, and jupyter_events installs it: that builds a grammar of
    addresses in all scripts (format "iri"), which no schema of Jupyter's asks for. Without it that format is not
    checked; all others are.
    """
    if "jsonschema" not in sys.modules:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # "it is not installed"
