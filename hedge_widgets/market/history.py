"""Which prices a page uses: the user's file, the local store, or the simulated sample; and what the badge says."""

import datetime
import os
from dataclasses import dataclass, field
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
    store from a file that somebody named.
    """

    prices: "pd.DataFrame"
    badge: str
    source: str
    is_simulated: bool = False
    is_store: bool = False
    problems: tuple[str, ...] = field(default=())


def history(source: Source = None, name: str = "") -> History:
    """Return the prices of ``source``; None: the file named by HEDGE_WIDGETS_PRICES, else the store, else the sample.

    Raises
    ------
    InputError
        If a file that was named cannot be read or holds a fault.
    """
    named = _named(source)
    if named is not None:
        return _of_user(named, name)
    stored, problems = _of_store()
    return stored or _of_sample(problems)


def user_history(source: Source = None, name: str = "") -> History | None:
    """Return the prices of ``source``, of the file named by HEDGE_WIDGETS_PRICES or of the store; None without any.

    Why a store gave none, :func:`stored_problems` says.

    Raises
    ------
    InputError
        If a file that was named cannot be read or holds a fault.
    """
    named = _named(source)
    return _of_store()[0] if named is None else _of_user(named, name)


def stored_problems() -> tuple[str, ...]:
    """Return one sentence for each fault of the local store, also where it gives no prices; none without a store."""
    return _of_store()[1]


def _named(source: Source) -> Source:
    return os.environ.get("HEDGE_WIDGETS_PRICES") or None if source is None else source


def _of_user(source: "str | Path | bytes | pd.DataFrame", name: str) -> History:
    from hedge_widgets.market.prices import load_prices

    if isinstance(source, str | Path):
        name = Path(source).name
        try:
            source = Path(source).read_bytes()
        except OSError as error:
            raise InputError(f"the price file {name} cannot be read: {error.strerror}") from None
    prices = load_prices(source) if isinstance(source, bytes) else source.sort_index(kind="stable")
    name = name or "your data"
    until = f"{prices.index[-1]:%Y-%m-%d}"
    return History(prices=prices, badge=f"prices: {name}, to {until}", source=f"Your prices ({name}), to {until}.")


def _of_store() -> tuple[History | None, tuple[str, ...]]:
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
