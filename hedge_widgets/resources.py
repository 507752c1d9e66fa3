"""Where the folders that ship beside the code lie, in a checkout and in an installed wheel."""

import sys
from importlib import import_module
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
    """Import jsonschema, which every process of Jupyter's does, without 0.8 s of computing.

    It imports rfc3987_syntax where that is installed, and jupyter_events installs it. That package builds a grammar of
    addresses in all scripts (format "iri"), which no schema of Jupyter's asks for. In this process jsonschema does not
    check that format, as if the package were missing; all others are checked, and the package can be imported.
    """
    if "jsonschema" in sys.modules or "rfc3987_syntax" in sys.modules:
        return
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # its import fails
    try:
        import_module("jsonschema")
    finally:
        del sys.modules["rfc3987_syntax"]
