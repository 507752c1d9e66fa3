"""Getting prices from the page: which coins, how far it is, an end to it, and what was checked."""

import asyncio
import html
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ipywidgets

from hedge_widgets.model.limits import InputError
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.tables import figures_table, note

if TYPE_CHECKING:
    from hedge_widgets.market.fetch import Outcome

MOST_COINS = 30
_RULES = (
    "Daily prices from Yahoo Finance, for your personal use, stored on the machine that runs this page. Type, currency "
    "and name are checked: a coin that Yahoo calls by another name is not taken until you confirm it."
)


class GetPrices:
    """A button, and the card it opens; the fetch runs in a thread of its own, so the sliders go on.

    Parameters
    ----------
    look
        Of the page.
    wanted
        Returns the coins to begin with.
    stored
        Called, where the page's callbacks run, when prices were stored.
    """

    def __init__(self, look: Look, wanted: Callable[[], Sequence[str]], stored: Callable[[], None]) -> None:
        self._look, self._wanted, self._stored = look, wanted, stored
        self._stop = threading.Event()
        self.button = look.make(
            ipywidgets.Button, description="Get prices …", tooltip="Get daily prices of your coins from Yahoo Finance"
        )
        self.place = look.make(ipywidgets.VBox).add_class("hw-get-prices")
        self.button.on_click(lambda _button: self._open_or_close())

    def _open_or_close(self) -> None:
        if self.place.children:
            self.place.children = []
            return
        if not hasattr(self, "coins"):
            self._make()
        self.coins.value = ", ".join(self._wanted())
        self.place.children = [self._card]

    def _make(self) -> None:
        """Make what the card holds: most visitors never open it, and each widget costs them time."""
        make = self._look.make
        self.coins = make(ipywidgets.Text, description="Coins")
        self.go, self.cancel = (make(ipywidgets.Button, description=words) for words in ("Get prices", "Cancel"))
        self.cancel.disabled = True
        self.bar = make(ipywidgets.IntProgress, value=0, min=0, max=1, description="")
        self.said, self.confirms = make(ipywidgets.HTML, note(_RULES)), make(ipywidgets.VBox)
        self.go.on_click(lambda _button: self._begin())
        self.cancel.on_click(lambda _button: self._end())
        line = make(ipywidgets.HBox, [self.go, self.cancel, self.bar]).add_class("hw-asking")
        shown = [self.coins, line, self.said, self.confirms]
        self._card = card(self._look, "Get daily prices", shown, "prices")

    def _begin(self, symbols: Sequence[str] = (), confirmed: Mapping[str, str] | None = None) -> None:
        from hedge_widgets.market.yahoo import stored_name

        typed = symbols or re.findall(r"[^\s,;]+", self.coins.value)
        try:
            names = list(dict.fromkeys(map(stored_name, typed)))
            if not 1 <= len(names) <= MOST_COINS:
                raise InputError(f"type 1 to {MOST_COINS} coins, such as BTC, ETH; these are {len(names)}")
        except InputError as error:
            self._say(error.sentence)
            return
        self._stop = threading.Event()
        self.go.disabled, self.cancel.disabled = True, False
        self.bar.value, self.bar.max, self.confirms.children = 0, len(names), []
        self._say(f"Asking Yahoo for {', '.join(names)} …")
        here = _caller_of_this_thread()
        arguments = (names, dict(confirmed or {}), self._stop, here)
        threading.Thread(target=self._work, args=arguments, daemon=True).start()

    def _work(
        self, names: Sequence[str], confirmed: Mapping[str, str], stop: threading.Event, here: Callable[..., Any]
    ) -> None:
        from hedge_widgets.market import yahoo
        from hedge_widgets.market.fetch import FIRST_DAY, refresh
        from hedge_widgets.market.store import Store

        outcomes: Sequence[Outcome] = ()
        problem = ""
        try:
            outcomes = refresh(
                Store(),
                names,
                first=FIRST_DAY,
                now=datetime.now(UTC),
                session=yahoo.session(),
                progress=lambda _name: here(self._count),
                confirmed=confirmed,
                stop=stop,
            )
        except InputError as error:
            problem = error.sentence
        except Exception as error:  # in a thread nobody else would say it
            problem = (
                f"Something went wrong here ({type(error).__name__}: {error}). What was stored before is still there."
            )
        here(self._done, outcomes, problem)

    def _end(self) -> None:
        self._stop.set()
        self.cancel.disabled = True
        self._say("Cancelling …")

    def _count(self) -> None:
        self.bar.value += 1

    def _done(self, outcomes: "Sequence[Outcome]", problem: str) -> None:
        self.cancel.disabled = True
        if problem:
            self._say(problem)
        else:
            self._tell(outcomes)
            if any(one.is_fresh for one in outcomes):
                self._stored()
        self.go.disabled = False

    def _tell(self, outcomes: "Sequence[Outcome]") -> None:
        rows = [
            (
                one.name,
                f"{one.entry.n_rows:,}" if one.entry else "—",
                f"{one.entry.first} to {one.entry.last}" if one.entry else "—",
                one.words.replace(f"--as {one.confirm}", "the button below"),
            )
            for one in outcomes
        ]
        head = ("Coin", "Days", "From and to", "What was checked, and the result")
        self.said.value = note(_RULES) + figures_table(head, rows, kind="hw-words", numbers=[1])
        self.confirms.children = [self._confirming(one.confirm) for one in outcomes if one.confirm]

    def _confirming(self, confirm: str) -> ipywidgets.Widget:
        """Return a button that takes a coin under the name that Yahoo gives it."""
        coin, _, symbol = confirm.partition("=")
        words = f"Take Yahoo's {symbol} as my {coin}"
        button = self._look.make(ipywidgets.Button, description=words)
        button.on_click(lambda _button: self._begin([coin], {coin: symbol}))
        return button

    def _say(self, words: str) -> None:
        self.said.value = note(_RULES) + f'<p role="status">{html.escape(words)}</p>'


def _caller_of_this_thread() -> Callable[..., Any]:
    """Return what calls a function in this thread, from any other one; without an event loop it calls it there."""
    try:
        return asyncio.get_running_loop().call_soon_threadsafe
    except RuntimeError:
        return lambda function, *arguments: function(*arguments)
