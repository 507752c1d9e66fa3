"""The funding histories a page may use: those of the local store, and the simulated sample's coins."""

import functools
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.charts.carry import FundingHistory
from hedge_widgets.market.store import Store, StoreError
from hedge_widgets.model.limits import InputError

if TYPE_CHECKING:
    import pandas as pd

SAMPLE, STORE = "sample", "store"
_WHOLE_DAYS = 60  # fewer tell nothing of the days after


@functools.cache
def _sample() -> dict[str, FundingHistory]:
    from hedge_widgets.market.sample import SAMPLE_LABEL, sample_funding, sample_note

    frame = sample_funding()
    first, last = frame.index[0].date(), frame.index[-1].date()
    return {
        coin: FundingHistory(
            name=f"{coin}, {SAMPLE_LABEL}",
            source=sample_note(),
            first=first,
            last=last,
            payments=frame[coin].to_numpy(dtype=np.float64),
            is_simulated=True,
        )
        for coin in frame.columns
    }


class Histories:
    """What funding histories there are, by key; those of the store are read when they are asked for.

    ``problems`` are sentences about a store that cannot be read.
    """

    def __init__(self) -> None:
        self.problems: tuple[str, ...] = ()
        self._stored: dict[str, FundingHistory] = {}
        try:
            names = [name for kind, name in Store().entries if kind == "funding"]
        except InputError as error:
            names, self.problems = [], (str(error),)
        self.options = [
            *((f"{name} · your store", f"{STORE} {name}") for name in names),
            *((f"{coin} · simulated sample", f"{SAMPLE} {coin}") for coin in _sample()),
        ]

    def __getitem__(self, key: str) -> FundingHistory:
        """Return the history of a key of ``options``.

        Raises
        ------
        InputError
            If the store's cannot be read or is too short.
        """
        kind, _, name = key.partition(" ")
        if kind == SAMPLE:
            return _sample()[name]
        if name not in self._stored:
            self._stored[name] = _of_store(name)
        return self._stored[name]

    @property
    def first(self) -> str:
        """Return the key of the sample's first history."""
        return next(key for _, key in self.options if key.startswith(SAMPLE))

    def key_of(self, coin: str) -> str | None:
        """Return the key of a coin's history, the store's before the sample's, None where there is none.

        One of the store's that cannot be used is passed over and told in ``problems``.
        """
        for _, key in self.options:
            kind, _, name = key.partition(" ")
            if (name.split(" ")[-1].partition("/")[0] if kind == STORE else name) != coin:
                continue
            try:
                self[key]
            except InputError as error:
                self.problems = (*self.problems, str(error))
            else:
                return key
        return None


def _of_store(name: str) -> FundingHistory:
    store = Store()
    try:
        frame = store.read("funding", name)
    except StoreError as error:
        raise InputError(f"the stored funding of {name:.60} cannot be used: {error}") from None
    return stored_history(name, frame, store.entries["funding", name].source)


def stored_history(name: str, frame: "pd.DataFrame", source: str) -> FundingHistory:
    """Return a venue's payments (index of UTC times, column rate) as sums of eight hours, whole days only.

    Raises
    ------
    InputError
        If fewer than ``_WHOLE_DAYS`` days are whole.
    """
    hours = frame.index.floor("8h")
    sums = frame["rate"].groupby(hours).sum()
    whole = sums.groupby(sums.index.date).transform("size") == 24 // 8
    sums = sums[whole]
    if len(sums) < 3 * _WHOLE_DAYS:
        raise InputError(f"the stored funding of {name:.60} must hold {_WHOLE_DAYS} whole days, not {len(sums) // 3}")
    return FundingHistory(
        name=f"{name}, your store",
        source=f"Payments of {name} as fetched from {source}, summed over eight hours.",
        first=sums.index[0].date(),
        last=sums.index[-1].date(),
        payments=sums.to_numpy(dtype=np.float64),
        is_simulated=False,
    )
