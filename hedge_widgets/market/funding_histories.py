"""The funding histories there are: those of the local store, and the simulated sample's coins."""

import functools
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.market.store import Store, StoreError
from hedge_widgets.market.venues import VENUES
from hedge_widgets.model.carry.course import PAYMENTS_A_DAY, FundingHistory
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError

if TYPE_CHECKING:
    import pandas as pd

SAMPLE, STORE = "sample", "store"
_WHOLE_DAYS = 60  # fewer tell nothing of the days after
_BUCKET = 24.0 / PAYMENTS_A_DAY  # hours


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

    def stored(self, spec: ContractSpec) -> FundingHistory | None:
        """Return the store's history of a contract's coin, None where there is none."""
        key = self.key_of(spec)
        return None if key is None or not key.startswith(STORE) else self[key]

    def key_of(self, spec: ContractSpec) -> str | None:
        """Return the key of the history of a contract's coin, None where there is none.

        The store's come before the sample's, and those of the contract's venue before another's. One of the store's
        that cannot be used is passed over and told in ``problems``.
        """
        for key in sorted((key for _, key in self.options), key=lambda key: not _is_of(spec, key)):
            if _coin_of(key) != spec.underlying:
                continue
            try:
                self[key]
            except InputError as error:
                self.problems = (*self.problems, str(error))
            else:
                return key
        return None


def _coin_of(key: str) -> str:
    """Return the coin of a history: the store's are named by venue and contract, such as "okx BTC/USDT:USDT"."""
    kind, _, name = key.partition(" ")
    return name.split(" ")[-1].partition("/")[0] if kind == STORE else name


def _is_of(spec: ContractSpec, key: str) -> bool:
    """Return whether a key is that of a stored history of the contract's venue."""
    kind, venue = key.split(" ")[:2]
    return kind == STORE and venue in VENUES and VENUES[venue].label == spec.venue


def _of_store(name: str) -> FundingHistory:
    store = Store()
    try:
        frame = store.read("funding", name)
    except StoreError as error:
        raise InputError(f"the stored funding of {name:.60} cannot be used: {error}") from None
    return stored_history(name, frame, store.entries["funding", name].source)


def stored_history(name: str, frame: "pd.DataFrame", source: str) -> FundingHistory:
    """Return a venue's payments as sums of eight hours: the longest stretch of whole days without a gap.

    ``frame`` has an index of UTC times and the columns rate and interval_hours, the hours a payment stands for, over
    which it is spread evenly; a day is whole where its payments stand for 8 hours in each third of it.

    Raises
    ------
    InputError
        If there is no stretch of ``_WHOLE_DAYS`` whole days.
    """
    hours = frame["interval_hours"].fillna(0.0).round().to_numpy().astype(int)
    hourly = (frame["rate"] / frame["interval_hours"]).repeat(hours)
    place = np.arange(len(hourly)) - np.repeat(np.cumsum(hours) - hours, hours)  # of the hour in its interval
    sums = hourly.groupby((hourly.index + place * np.timedelta64(1, "h")).floor(f"{_BUCKET:g}h")).agg(["sum", "size"])
    paid = sums["sum"][sums["size"] == _BUCKET]
    paid = paid[paid.groupby(paid.index.floor("D")).transform("size") == PAYMENTS_A_DAY]
    days = paid.index[::PAYMENTS_A_DAY].floor("D").to_julian_date()
    stretches = np.split(np.arange(len(days)), np.flatnonzero(np.diff(days) > 1.0) + 1)
    longest = max(stretches, key=len)
    if len(longest) < _WHOLE_DAYS:
        raise InputError(
            f"the stored funding of {name:.60} must hold {_WHOLE_DAYS} whole days without a gap, not {len(longest)}"
        )
    paid = paid.iloc[PAYMENTS_A_DAY * longest[0] : PAYMENTS_A_DAY * (longest[-1] + 1)]
    left_out = len(days) - len(longest)
    beyond = f" {left_out} whole days beyond a gap are left out." if left_out else ""
    return FundingHistory(
        name=f"{name}, your store",
        source=f"Payments of {name} as fetched from {source}, summed over eight hours.{beyond}",
        first=paid.index[0].date(),
        last=paid.index[-1].date(),
        payments=paid.to_numpy(dtype=np.float64),
        is_simulated=False,
    )
