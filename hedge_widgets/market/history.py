"""Which prices a page uses: the user's file, the local store, or the simulated sample; and what the badge says."""

import datetime
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Union

from hedge_widgets.model.limits import InputError

if TYPE_CHECKING:
    import pandas as pd

Source = Union[str, Path, bytes, "pd.DataFrame", None]


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """Daily closes, one column a symbol, and where they come from in words.

    ``badge`` is short, for the head of a page; ``source`` is a sentence; ``problems`` are sentences about what could
    not be read. ``is_simulated`` has to be said wherever the prices are shown; ``is_store`` tells those of the local
    store from a file that somebody named. ``read_as`` is a sentence that says how a file was read.
    """

    prices: "pd.DataFrame"
    badge: str
    source: str
    is_simulated: bool = False
    is_store: bool = False
    problems: tuple[str, ...] = field(default=())
    read_as: str = ""

    @cached_property
    def cash(self) -> frozenset[str]:
        """Return the symbols that are money: in no basket, and no hedge."""
        from hedge_widgets.market.coins import cash_columns

        return cash_columns(self.prices)

    def ended(self, symbols: Iterable[str]) -> str:
        """Return a sentence about those of the symbols whose prices end before the others do, "" for none."""
        from hedge_widgets.market.prices import last_days

        days = last_days(self.prices)
        latest = max(days.values(), default=None)
        early = [name for name in dict.fromkeys(symbols) if days.get(name, latest) != latest]
        words = ", ".join(f"{name}'s last price is of {days[name]}" for name in early)
        return f"{words}; the history goes on to {latest}." if early else ""


def history(source: Source = None, name: str = "", coin: str = "") -> History:
    """Return the prices of ``source``; None: the file named by HEDGE_WIDGETS_PRICES, else the store, else the sample.

    ``name`` is that of a file that comes as bytes, ``coin`` whose prices they are where it holds one coin.

    Raises
    ------
    InputError
        If a file that was named cannot be read or holds a fault.
    """
    named = _named(source)
    if named is not None:
        return _of_user(named, name, coin)
    stored, problems = stored_history()
    return stored or _of_sample(problems)


def opened(source: Source, begin: Callable[[History], None]) -> str:
    """Begin with the prices of ``source``, or with the sample; return a sentence about why not those, else ""."""
    try:
        begin(history(source))
    except InputError as error:
        begin(_of_sample(()))
        return f"Your prices are not used here: {error}. The prices shown are simulated."
    return ""


def user_history(source: Source = None, name: str = "") -> History | None:
    """Return the prices of ``source``, of the file named by HEDGE_WIDGETS_PRICES or of the store; None without any.

    Why a store gave none, :func:`stored_problems` says.

    Raises
    ------
    InputError
        If a file that was named cannot be read or holds a fault.
    """
    named = _named(source)
    return stored_history()[0] if named is None else _of_user(named, name)


def stored_problems() -> tuple[str, ...]:
    """Return one sentence for each fault of the local store, also where it gives no prices; none without a store."""
    return stored_history()[1]


def may_fetch() -> bool:
    """Return whether the pages offer to get prices: a server for many sets HEDGE_WIDGETS_FETCH to "off"."""
    return os.environ.get("HEDGE_WIDGETS_FETCH") != "off"


def _named(source: Source) -> Source:
    return os.environ.get("HEDGE_WIDGETS_PRICES") or None if source is None else source


def _of_user(source: "str | Path | bytes | pd.DataFrame", name: str, coin: str = "") -> History:
    from hedge_widgets.market.prices import UnnamedCoinError, read_prices

    if isinstance(source, str | Path):
        name = Path(source).name
        try:
            source = Path(source).read_bytes()
        except OSError as error:
            raise InputError(f"the price file {name} cannot be read: {error.strerror}") from None
    read_as = ""
    if isinstance(source, bytes):
        file = read_prices(source, name, coin)
        if not file.is_named:
            raise UnnamedCoinError(
                f"{name or 'the file'} holds the prices of one coin, and neither it nor its name says which: type the "
                "coin's symbol at the upload, or rename the file to something like BTC-USD.csv"
            )
        source, read_as = file.prices, f"{file.words[:1].upper()}{file.words[1:]}."
    source = source.sort_index(kind="stable")
    name = name or "your data"
    until = f"{source.index[-1]:%Y-%m-%d}"
    badge, words = f"prices: {name}, to {until}", f"Your prices ({name}), to {until}."
    return History(prices=source, badge=badge, source=words, read_as=read_as)


def stored_history() -> tuple[History | None, tuple[str, ...]]:
    """Return (what the store holds, if anything; sentences about what it could not read)."""
    from hedge_widgets.market.store import Store, age_text

    try:
        store = Store()
    except InputError as error:
        return None, (str(error),)
    prices, problems = store.prices_and_problems()
    if prices is None:
        return None, problems
    age = store.age(datetime.datetime.now(datetime.UTC))
    until = f"{prices.index[-1]:%Y-%m-%d}"
    sources = ", ".join(sorted({entry.source for (kind, _), entry in store.entries.items() if kind == "prices"}))
    told = "" if age is None else f", fetched {age_text(age)} ago"
    stored = History(
        prices=prices,
        badge=f"your store: {sources}, to {until}{told}",
        source=f"Your local store ({sources}), to {until}{told}; renew it with hedge-widgets fetch.",
        problems=problems,
        is_store=True,
    )
    return stored, problems


def _of_sample(problems: tuple[str, ...]) -> History:
    from hedge_widgets.market.sample import SAMPLE_LABEL, sample_note, sample_prices

    prices = sample_prices()
    return History(prices=prices, badge=SAMPLE_LABEL, source=sample_note(), is_simulated=True, problems=problems)
