"""The command ``hedge-widgets``."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from hedge_widgets import __version__
from hedge_widgets.model.limits import InputError
from hedge_widgets.resources import resource

if TYPE_CHECKING:
    from hedge_widgets.market.fetch import Outcome


class PlainParser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with exit code 2."""
        self.exit(2, f"hedge-widgets: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    root = PlainParser(prog="hedge-widgets", description="Hedge a crypto portfolio with futures, by slider.")
    root.add_argument("--version", action="version", version=f"hedge-widgets {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="command")
    for name, port, text in (
        ("app", 8866, "serve the page (Voila)"),
        ("lab", 8888, "open the notebooks in JupyterLab"),
    ):
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
        command.add_argument("--port", type=port_number, default=port, help="port to listen on (%(default)s)")
        command.add_argument("--no-browser", action="store_true", help="do not open a browser")
        command.add_argument(
            "--prices", type=prices_file, metavar="FILE", help="daily prices (CSV) of one or more coins"
        )
        command.add_argument(
            "--fetch",
            action=argparse.BooleanOptionalAction,
            help="whether the pages offer to get prices from Yahoo (only where --host is this machine alone)",
        )
        command.add_argument("--notebooks", type=notebooks_folder, metavar="FOLDER", help="another folder of notebooks")
        if name == "app":
            command.add_argument(
                "--warm",
                type=warm_kernels,
                default=0,
                metavar="N",
                help="kernels of each page that wait for visitors, 0.1 GB each (%(default)s; the first page has two)",
            )
        command.add_argument(
            "options", nargs="*", metavar="-- option", help="after --: options of Voila or JupyterLab itself"
        )
    text = "keep daily prices of coins from Yahoo Finance on this machine; fetch again to add the days since"
    command = commands.add_parser("fetch", help=text.partition(";")[0], description=f"{text[0].upper()}{text[1:]}.")
    command.add_argument("symbols", nargs="*", type=symbol_name, metavar="SYMBOL", help="such as BTC-USD")
    command.add_argument(
        "--from", dest="first", type=past_day, default="2018-01-01", metavar="DATE", help="first day (%(default)s)"
    )
    command.add_argument(
        "--as",
        dest="confirmed",
        type=confirmed_coin,
        action="append",
        default=[],
        metavar="COIN=SYMBOL",
        help="confirm that Yahoo's SYMBOL is this coin, whatever Yahoo calls it, such as ARB=ARB11841-USD",
    )
    command.add_argument("--store", type=store_path, metavar="FOLDER", help="another folder than the user's cache")
    text = "keep contract terms, margin tiers, funding and order books of a venue on this machine"
    command = commands.add_parser("fetch-venue", help=text, description=f"{text[0].upper()}{text[1:]} (needs ccxt).")
    command.add_argument("venue", metavar="VENUE", help="such as okx, bybit or binanceusdm")
    command.add_argument("symbols", nargs="+", metavar="SYMBOL", help="such as BTC/USDT:USDT")
    command.add_argument("--what", nargs="+", default=["contracts", "tiers", "funding", "order_book"], metavar="TABLE")
    command.add_argument("--store", type=store_path, metavar="FOLDER", help="another folder than the user's cache")
    text = "write pages that need no server into a folder: their charts and sliders work from a file"
    command = commands.add_parser("publish", help=text.partition(":")[0], description=f"{text[0].upper()}{text[1:]}.")
    command.add_argument("folder", type=out_folder, metavar="OUT", help="the folder; it is made if it does not exist")
    command.add_argument(
        "--page", action="append", type=page_name, metavar="NAME", help=f"only this page: {page_names()}"
    )
    command.add_argument(
        "--book", type=book_file, metavar="FILE", help="what the pages show: a link copied from a page"
    )
    command.add_argument("--single", action="store_true", help="one file a page, with all that it needs")
    command.add_argument(
        "--module", action="store_true", help="modules for other people's pages, as anywidget and MyST embed them"
    )
    command.add_argument("--app", default="", metavar="URL", help="address of the live pages, to link to")
    command.add_argument("--prices", type=prices_file, metavar="FILE", help="daily prices (CSV) of one or more coins")
    text = "watch the open futures of a book: what they brought, and whether they need you; exits with 1 if a row fails"
    command = commands.add_parser("watch", help=text.partition(":")[0], description=f"{text[0].upper()}{text[1:]}.")
    command.add_argument("book", type=book_file, metavar="BOOK", help="a file with a link copied from a page")
    command.add_argument("--prices", type=prices_file, metavar="FILE", help="daily prices (CSV) of one or more coins")
    command.add_argument("--date", type=past_day, metavar="YYYY-MM-DD", help="watch at the close of this day")
    text = "look at what a page needs on this machine: packages, store, port, folder, kernel"
    command = commands.add_parser("doctor", help=text.partition(":")[0], description=f"{text[0].upper()}{text[1:]}.")
    command.add_argument("--host", default="127.0.0.1", help="address the page would be served on (%(default)s)")
    command.add_argument("--port", type=port_number, default=8866, help="its port (%(default)s)")
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


def warm_kernels(text: str) -> int:
    """Return how many kernels of a page wait for visitors, 0 to 20."""
    number = int(text) if text.isdecimal() and len(text) < 4 else -1
    if not 0 <= number <= 20:
        raise argparse.ArgumentTypeError(
            f"the number of kernels kept warm is a whole number from 0 to 20, not {text!r:.20}"
        )
    return number


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


def symbol_name(text: str) -> str:
    """Return the name that a symbol has in the store."""
    from hedge_widgets.market.yahoo import stored_name

    try:
        return stored_name(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def confirmed_coin(text: str) -> tuple[str, str]:
    """Return (a coin's name in the store, Yahoo's symbol for it) of "ARB=ARB11841-USD"."""
    coin, sign, symbol = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"a coin is confirmed as in ARB=ARB11841-USD, not {text!r:.40}")
    return symbol_name(coin), symbol_name(symbol)


def past_day(text: str) -> date:
    """Return a day from the first bitcoin's to today, UTC."""
    from hedge_widgets.market.yahoo import GENESIS

    today = datetime.now(UTC).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if not GENESIS <= day <= today:
        raise argparse.ArgumentTypeError(f"a day must be a date from {GENESIS} to {today}, not {text!r}")
    return day


def out_folder(text: str) -> Path:
    """Return the absolute path of a folder to write into, which need not exist yet."""
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"the pages go into a folder, and {text!r} is a file")
    return path.resolve()


def page_names() -> str:
    """Return the short names of all pages."""
    from hedge_widgets.pages.book import PAGES

    return ", ".join(PAGES)


def page_name(text: str) -> str:
    """Return the short name of a page."""
    if text not in page_names().split(", "):
        raise argparse.ArgumentTypeError(f"a page is one of {page_names()}, not {text!r:.40}")
    return text


def book_file(text: str) -> str:
    """Return the state that stands in a file."""
    from hedge_widgets.published.publish import state_in

    path = Path(text).expanduser()
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return state_in(file.read(100_000))
    except (OSError, InputError) as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None


def store_path(text: str) -> Path:
    """Return the absolute path of a folder, which need not exist yet."""
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"the store is a folder, and {text!r} is a file")
    return path.resolve()


def prices_told(path: Path) -> list[str]:
    """Return what is said of a file of prices at the start: how it was read, its faults, and which pages need more."""
    from hedge_widgets.market.history import history
    from hedge_widgets.market.prices import spacing_days
    from hedge_widgets.market.quality import faults

    try:
        own = history(path)
    except InputError as error:
        return [f"{path.name} is not used: {error}. The pages open without it."]
    lines, found = [f"{path.name}: {own.read_as}"], faults(own.prices)
    if found:
        lines.append(f"Faults found in the prices: {len(found)}. The hedge-ratio lab lists and treats them.")
        lines += [f"  {fault.symbol}, {fault.date}: {fault.note}" for fault in found[:5]]
        lines += ["  …"] if len(found) > 5 else []
    spacing = spacing_days(own.prices)
    if round(spacing) != 1:
        lines.append(
            f"The prices are {spacing:g} days apart: the rebalancing page needs daily ones for its past prices; all "
            "other figures count each return by the days it spans."
        )
    return lines


def fetch(symbols: Sequence[str], first: date, folder: Path | None, confirmed: Mapping[str, str] | None = None) -> int:
    """Renew the store, say what became of each symbol, and return 0 if all are fresh, 1 if not, 130 if interrupted.

    Raises
    ------
    InputError
        If nothing can be fetched at all.
    """
    from tqdm import tqdm

    from hedge_widgets.market import yahoo
    from hedge_widgets.market.fetch import refresh
    from hedge_widgets.market.store import Store

    store = Store(folder)
    names = list(dict.fromkeys(symbols))
    try:
        with tqdm(total=len(names), unit="symbol", file=sys.stderr) as bar:
            outcomes = refresh(
                store,
                names,
                first=first,
                now=datetime.now(UTC),
                session=yahoo.session(),
                progress=lambda name: bar.update(),
                confirmed=confirmed,
            )
    except KeyboardInterrupt:
        print(f"hedge-widgets: interrupted; what was fetched until then is in {store.folder}", file=sys.stderr)
        return 130
    print(*_lines(outcomes), f"The store is {store.folder}.", sep="\n")
    for problem in store.problems:
        print(f"hedge-widgets: {problem}", file=sys.stderr)
    return 0 if all(outcome.is_fresh for outcome in outcomes) else 1


def fetch_terms(venue: str, symbols: Sequence[str], what: Sequence[str], folder: Path | None) -> int:
    """Fetch a venue's tables into the store, say what became of each, and return as :func:`fetch` does.

    Raises
    ------
    InputError
        If the venue or a table is unknown, or ccxt is not installed.
    """
    from tqdm import tqdm

    from hedge_widgets.market.exchange import fetch_venue
    from hedge_widgets.market.store import Store

    store = Store(folder)
    try:
        with tqdm(total=len(set(symbols)) * len(set(what)), unit="table", file=sys.stderr) as bar:
            fetched = fetch_venue(store, venue, symbols, what, datetime.now(UTC), lambda one: bar.update())
    except KeyboardInterrupt:
        print(f"hedge-widgets: interrupted; what was fetched until then is in {store.folder}", file=sys.stderr)
        return 130
    print(*(one.sentence for one in fetched), f"The store is {store.folder}.", sep="\n")
    return 0 if all(one.is_stored for one in fetched) else 1


def publish(arguments: argparse.Namespace) -> int:
    """Write pages that need no server, say which, and return 0.

    Raises
    ------
    InputError, OSError
        If a page cannot show the book, or cannot be written.
    """
    from hedge_widgets.published.publish import publish as published

    if arguments.prices:
        os.environ["HEDGE_WIDGETS_PRICES"] = str(arguments.prices)
    os.environ["HEDGE_WIDGETS_FETCH"] = "off"
    names = {"names": arguments.page} if arguments.page else {}
    files = published(
        arguments.folder,
        resource("notebooks"),
        **names,
        book=arguments.book or "",
        is_single=arguments.single,
        is_module=arguments.module,
        app=arguments.app,
        progress=lambda file: print(file, file=sys.stderr),
    )
    size = sum(path.stat().st_size for path in files) / 1e6
    use = "docs/embedding.md says how they are embedded" if arguments.module else f"Open {files[0]} in a browser"
    print(f"{len(files)} files, {size:.1f} MB, in {arguments.folder}. {use}.")
    return 0


def watch(state: str, prices: Path | None, day: date | None) -> int:
    """Say what the open futures of a book brought and whether they need their holder; 0, or 1 if a row fails.

    Raises
    ------
    InputError
        If there is no book that can be watched, or the prices cannot be read.
    """
    from hedge_widgets.market.history import history
    from hedge_widgets.pages.watch.text import watch_text

    if prices is not None:
        history(prices)  # what cannot be read ends it: a cron job shall not go on without
    os.environ["HEDGE_WIDGETS_FETCH"] = "off"
    words, is_failing = watch_text(state, prices, day)
    print(words)
    return int(is_failing)


def _lines(outcomes: "Sequence[Outcome]") -> list[str]:
    """Return the table of what became of each symbol."""
    table = [("symbol", "days", "range", "checked")]
    for outcome in outcomes:
        entry = outcome.entry
        days, span = (str(entry.n_rows), f"{entry.first} to {entry.last}") if entry else ("-", "-")
        table.append((outcome.name, days, span, outcome.words))
    width = max(len(row[0]) for row in table)
    return [f"{name:{width}}  {days:>5}  {span:24}  {words}" for name, days, span, words in table]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 when stopped or done, 2 when it cannot start; some have more."""
    commands = parser()
    arguments = commands.parse_args(argv)
    if arguments.command == "fetch" and not (arguments.symbols or arguments.confirmed):
        commands.error("the following arguments are required: SYMBOL")
    try:
        if arguments.command == "fetch":
            confirmed = dict(arguments.confirmed)
            unasked = [coin for coin in confirmed if coin not in arguments.symbols]
            return fetch([*arguments.symbols, *unasked], arguments.first, arguments.store, confirmed)
        if arguments.command == "fetch-venue":
            return fetch_terms(arguments.venue, arguments.symbols, arguments.what, arguments.store)
        if arguments.command == "doctor":
            from hedge_widgets.server.doctor import report

            return report(arguments.host, arguments.port)
        if arguments.command == "watch":
            return watch(arguments.book, arguments.prices, arguments.date)
        if arguments.command == "publish":
            return publish(arguments)
        if arguments.prices:
            os.environ["HEDGE_WIDGETS_PRICES"] = str(arguments.prices)
            print(*prices_told(arguments.prices), sep="\n", file=sys.stderr)
        from hedge_widgets.server.visitors import is_loopback

        may_fetch = is_loopback(arguments.host) if arguments.fetch is None else arguments.fetch
        os.environ["HEDGE_WIDGETS_FETCH"] = "on" if may_fetch else "off"
        where = (arguments.host, arguments.port, arguments.notebooks or resource("notebooks"))
        if os.path.expanduser("~") == "~":  # noqa: PTH111  pathlib would raise, and so does Jupyter at its import
            raise OSError("This user has no home folder. Please set HOME to one.")
        # Voila and JupyterLab take a second to import; the command that needs neither shall not wait.
        if arguments.command == "app":
            from hedge_widgets.server.app import serve

            serve(*where, open_browser=not arguments.no_browser, warm=arguments.warm, options=arguments.options)
        else:
            from hedge_widgets.server.lab import serve_lab

            serve_lab(*where, open_browser=not arguments.no_browser, options=arguments.options)
    except (OSError, InputError) as error:
        print(f"hedge-widgets: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
