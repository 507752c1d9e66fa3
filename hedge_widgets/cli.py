"""The command ``hedge-widgets``."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from hedge_widgets.resources import resource


class PlainParser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with exit code 2."""
        self.exit(2, f"hedge-widgets: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    root = PlainParser(prog="hedge-widgets", description="Hedge a crypto portfolio with futures, by slider.")
    commands = root.add_subparsers(dest="command", required=True, metavar="command")
    for name, port, text in (
        ("app", 8866, "serve the page (Voila)"),
        ("lab", 8888, "open the notebooks in JupyterLab"),
    ):
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
        command.add_argument("--port", type=port_number, default=port, help="port to listen on (%(default)s)")
        command.add_argument("--no-browser", action="store_true", help="do not open a browser")
        command.add_argument("--prices", type=prices_file, metavar="FILE", help="CSV: a date and one column per symbol")
        command.add_argument("--notebooks", type=notebooks_folder, metavar="FOLDER", help="another folder of notebooks")
        command.add_argument(
            "options", nargs="*", metavar="-- option", help="after --: options of Voila or JupyterLab itself"
        )
    return root


def port_number(text: str) -> int:
    """Return a port number from 0 (any free one) to 65535."""
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, not {text!r}")
    return port


def prices_file(text: str) -> Path:
    """Return the absolute path of a file of prices that exists."""
    path = Path(text).expanduser()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path.resolve()


def notebooks_folder(text: str) -> Path:
    """Return the absolute path of a folder that exists."""
    path = Path(text).expanduser()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return path.resolve()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 when stopped, 2 when it cannot start."""
    arguments = parser().parse_args(argv)
    if arguments.prices:
        os.environ["HEDGE_WIDGETS_PRICES"] = str(arguments.prices)
    try:
        where = (arguments.host, arguments.port, arguments.notebooks or resource("notebooks"))
        # Voila and JupyterLab take a second to import; the command that needs neither shall not wait.
        if arguments.command == "app":
            from hedge_widgets.server.app import serve

            serve(*where, open_browser=not arguments.no_browser, options=arguments.options)
        else:
            from hedge_widgets.server.lab import serve_lab

            serve_lab(*where, open_browser=not arguments.no_browser, options=arguments.options)
    except OSError as error:
        print(f"hedge-widgets: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
