"""Where the folders that ship beside the code lie, in a checkout and in an installed wheel."""

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
