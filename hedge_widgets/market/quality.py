"""Faults of daily prices: found and listed, treated only where somebody chose a treatment."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hedge_widgets.market.common_moves import Array, is_spike, others_median, own_returns, uniformity
from hedge_widgets.model.limits import InputError, choice

if TYPE_CHECKING:
    import pandas as pd

# What each kind of fault can be treated with; "keep" changes nothing.
TREATMENTS: dict[str, tuple[str, ...]] = {
    "gap": ("keep", "drop", "fill"),
    "duplicate": ("keep", "drop"),
    "zero": ("keep", "drop", "fill"),
    "stale": ("keep", "drop", "fill"),
    "spike": ("keep", "drop", "fill"),
    "uniform": ("keep", "drop"),
    "unrelated": ("keep", "drop"),
    "ended": ("keep", "drop"),
}
ALL = "all"
STALE_DAYS = 3
UNIFORM_RATIO = 0.27
UNRELATED_DAYS = 365
UNRELATED_CORRELATION = 0.2


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that looks wrong: its kind, whose and when it is, a value, and the same in words.

    ``date`` is its first day and ``n_days`` how many it lasts. ``value`` is the price that stands there (duplicate:
    the later one; uniform: the width of the returns against what is usual; unrelated: correlation; gap, ended: NaN).
    ``symbol`` is "all" for a day of all coins.
    """

    kind: str
    symbol: str
    date: datetime.date
    value: float
    note: str
    n_days: int = 1


def faults(prices: "pd.DataFrame") -> tuple[Fault, ...]:
    """Return what looks wrong in prices (index of dates, a column a symbol, NaN = no price), by date; nothing changes.

    gap
        Days missing between a symbol's first and last price, where the usual spacing is shorter.
    ended
        A coin whose last price is earlier than the last day of the others: it was renamed, or is traded no more.
    duplicate
        A date that comes twice; the first price is the one the other checks look at.
    zero
        A price that is zero, negative or infinite.
    stale
        The same close on three days or more in a row.
    spike
        A move against the median of the other coins that the next day takes back: of opposite sign, the smaller at
        least half the larger, and half their difference more than 6 scaled median absolute deviations of the 61 days
        around it. On 18 cleaned coins, 2018 to 2024, it rings 0.3 times per coin and year; of closes made wrong there
        by 10, 20 and 30 % it finds about 4, 8 and 9 in 10.
    uniform
        A day on which three quarters of at least eight coins moved within a band less than 0.27 times both the usual
        one (median of 61 days) and the narrower of the neighbouring days': closes taken too early, which look like no
        spike, because the coins' own moves are missing in them. It finds the two clearest of Yahoo's eight such days
        of 2020 and 2021 and none in the cleaned prices; the other six cannot be told from ordinary days by closes.
    unrelated
        A coin whose returns hardly follow the others' median (correlation below 0.2 in at least 365 days without
        spikes): another coin under the same symbol, or a stablecoin; spike and uniform leave it out. The lowest of 18
        true coins in any 380 days was 0.27, the two wrong coins of the raw file have 0.06 and 0.12.
    """
    ordered = prices.sort_index(kind="stable")
    single = ordered.groupby(level=0).first() if not ordered.index.is_unique else ordered
    positive = single.where((single > 0) & np.isfinite(single))
    found = [*_duplicates(ordered), *_zeros(single), *_ended(positive)]
    for symbol in map(str, positive.columns):
        series = positive[symbol].dropna()
        found += [*_gaps(symbol, series, single[symbol]), *_stale(symbol, series)]
    returns: Array = np.diff(np.log(positive.to_numpy(dtype=np.float64)), axis=0, prepend=np.nan)
    unrelated = list(_unrelated(positive, returns))
    is_related = ~positive.columns.isin([fault.symbol for fault in unrelated])
    related, returns = positive.loc[:, is_related], returns[:, is_related]
    found += [*unrelated, *_spikes(related, returns), *_uniform(related, returns)]
    return tuple(sorted(found, key=lambda fault: (fault.date, fault.kind, fault.symbol)))


def _duplicates(ordered: "pd.DataFrame") -> Iterator[Fault]:
    again = ordered[ordered.index.duplicated()]
    for day, row in zip(again.index, again.to_numpy(dtype=np.float64), strict=True):
        for symbol, price in zip(map(str, ordered.columns), row, strict=True):
            if np.isfinite(price):
                note = f"{day:%Y-%m-%d} stands there again, with {price:g}"
                yield Fault(kind="duplicate", symbol=symbol, date=day.date(), value=float(price), note=note)


def _zeros(single: "pd.DataFrame") -> Iterator[Fault]:
    values = single.to_numpy(dtype=np.float64)
    for row, column in np.argwhere((values <= 0) | np.isinf(values)):
        price = float(values[row, column])
        note = f"a price must be above 0, not {price:g}"
        day = single.index[row].date()
        yield Fault(kind="zero", symbol=str(single.columns[column]), date=day, value=price, note=note)


def _gaps(symbol: str, series: "pd.Series", given: "pd.Series") -> Iterator[Fault]:
    # A price of zero is no gap: it has its own fault.
    days = given.index[given.notna().to_numpy()].to_numpy().astype("datetime64[D]").astype(np.int64)
    if len(series) < 2:
        return
    spacing = max(int(np.median(np.diff(days))), 1)
    for place in np.flatnonzero(np.diff(days) > 1.5 * spacing):
        first = datetime.date.fromordinal(_EPOCH + int(days[place]) + spacing)
        n_days = int(days[place + 1] - days[place]) - spacing
        last = first + datetime.timedelta(days=n_days - 1)
        note = f"no price from {first} to {last}" if n_days > 1 else f"no price on {first}"
        yield Fault(kind="gap", symbol=symbol, date=first, value=float("nan"), note=note, n_days=n_days)


def _ended(positive: "pd.DataFrame") -> Iterator[Fault]:
    last = positive.apply(lambda series: series.last_valid_index()).dropna()
    for symbol, day in last.items():
        if day < last.max():
            note = f"no price after {day:%Y-%m-%d}; other coins have some to {last.max():%Y-%m-%d}"
            first = day.date() + datetime.timedelta(days=1)
            n_days = (last.max() - day).days
            yield Fault(kind="ended", symbol=str(symbol), date=first, value=float("nan"), note=note, n_days=n_days)


_EPOCH = datetime.date(1970, 1, 1).toordinal()


def _stale(symbol: str, series: "pd.Series") -> Iterator[Fault]:
    values = series.to_numpy(dtype=np.float64)
    starts = np.flatnonzero(np.r_[True, np.diff(values) != 0])
    for start, length in zip(starts, np.diff(np.r_[starts, len(values)]), strict=True):
        if length >= STALE_DAYS:
            first, last = series.index[start].date(), series.index[start + length - 1].date()
            note = f"{length} closes of {values[start]:g} in a row, to {last}"
            n_days = (last - first).days + 1
            yield Fault(kind="stale", symbol=symbol, date=first, value=float(values[start]), note=note, n_days=n_days)


def _spikes(positive: "pd.DataFrame", returns: Array) -> Iterator[Fault]:
    own, following = own_returns(returns)
    prices = positive.to_numpy(dtype=np.float64)
    for row, column in np.argwhere(is_spike(returns)):
        note = (
            f"{np.expm1(own[row, column]):+.1%} against the other coins, then {np.expm1(following[row, column]):+.1%}"
        )
        day, price = positive.index[row].date(), float(prices[row, column])
        yield Fault(kind="spike", symbol=str(positive.columns[column]), date=day, value=price, note=note)


def _uniform(positive: "pd.DataFrame", returns: Array) -> Iterator[Fault]:
    ratio = uniformity(returns)
    for row in np.flatnonzero(ratio < UNIFORM_RATIO):
        middle = float(np.nanmedian(returns[row]))
        alike = f"most coins moved alike ({np.expm1(middle):+.1%})"
        note = f"{alike}, in a band {ratio[row]:.2f} times the usual: closes taken too early?"
        yield Fault(kind="uniform", symbol=ALL, date=positive.index[row].date(), value=float(ratio[row]), note=note)


def _unrelated(positive: "pd.DataFrame", returns: Array) -> Iterator[Fault]:
    spiked = is_spike(returns)
    # One price in cents is enough to hide any correlation: spikes and the days after them do not count.
    returns = np.where(spiked | np.roll(spiked, 1, axis=0), np.nan, returns)
    market = others_median(returns)
    for column, symbol in enumerate(map(str, positive.columns)):
        both = np.isfinite(returns[:, column]) & (market[:, column] != 0)
        if both.sum() < UNRELATED_DAYS:
            continue
        one, other = returns[both, column], market[both, column]
        correlation = float(np.corrcoef(one, other)[0, 1]) if np.ptp(one) > 0 and np.ptp(other) > 0 else 0.0
        if correlation < UNRELATED_CORRELATION:
            first, last = (positive.index[np.flatnonzero(both)[place]].date() for place in (0, -1))
            note = (
                f"correlation {correlation:.2f} with the other coins: another coin under this symbol, or a stablecoin"
            )
            n_days = (last - first).days + 1
            yield Fault(kind="unrelated", symbol=symbol, date=first, value=correlation, note=note, n_days=n_days)


def treated(prices: "pd.DataFrame", found: Iterable[Fault], treatments: Mapping[str, str]) -> "pd.DataFrame":
    """Return a copy of prices in which the faults are treated as chosen by kind; what was not chosen is kept.

    drop
        gap: the days go for all coins. duplicate: the later rows of the date go. zero, spike: the price becomes NaN.
        stale: so does all of the run but its first. uniform: the day becomes NaN for all coins. unrelated, ended:
        the column goes.
    fill
        gap, zero: the last price carried forward (a missing row is added). spike: the geometric mean of the prices
        before and after. stale: equal growth from the run's first price to the next one. NaN where one is missing;
        what is zero, negative or infinite is kept where it stands, and nothing is made from it.

    Raises
    ------
    InputError
        If a kind or its treatment is none of ``TREATMENTS``.
    """
    for kind, treatment in treatments.items():
        choice("kind of fault", kind, tuple(TREATMENTS))
        if treatment not in TREATMENTS[kind]:
            raise InputError(
                f"treatment of a {kind} must be one of {', '.join(TREATMENTS[kind])}, not {treatment!r:.40}"
            )
    frame = prices.copy()
    chosen = [(fault, treatments.get(fault.kind, "keep")) for fault in found]
    # Wrong prices go before others are made from their neighbours; gaps are filled with what is then there.
    order = ("duplicate", "uniform", "zero", "stale", "spike", "gap", "unrelated", "ended")
    for fault, treatment in sorted(chosen, key=lambda pair: (order.index(pair[0].kind), pair[0].date)):
        if treatment != "keep":
            frame = _treated(frame, fault, treatment)
    return frame


def _treated(frame: "pd.DataFrame", fault: Fault, treatment: str) -> Any:
    import pandas as pd

    first = pd.Timestamp(fault.date)
    days = pd.date_range(first, periods=fault.n_days)
    is_first, is_run = frame.index == first, frame.index.isin(days)
    if fault.kind == "duplicate":
        return frame[~(frame.index.duplicated() & is_first)].copy()
    if fault.kind in ("unrelated", "ended"):
        return frame.drop(columns=fault.symbol, errors="ignore")  # one coin may have both faults
    if fault.kind == "uniform":
        frame.loc[is_first] = np.nan
        return frame
    if fault.kind == "gap" and treatment == "drop":
        return frame[~is_run].copy()
    # Nothing is made from what is no price.
    usable = frame[fault.symbol].where((frame[fault.symbol] > 0) & np.isfinite(frame[fault.symbol]))
    before, after = usable[frame.index < first], usable[frame.index > first]
    if fault.kind == "stale":
        is_run &= (usable.notna() | frame[fault.symbol].isna()).to_numpy()
        run = frame.loc[is_run, fault.symbol]
        after = after[~after.index.isin(days)]
        end = after.iloc[0] if treatment == "fill" and len(after) else np.nan
        shares = np.arange(len(run)) / len(run)
        frame.loc[is_run, fault.symbol] = run.iloc[0] ** (1 - shares) * end**shares
        frame.loc[is_first, fault.symbol] = run.iloc[0]
    elif treatment == "drop":
        frame.loc[is_first, fault.symbol] = np.nan
    elif fault.kind == "spike":
        frame.loc[is_first, fault.symbol] = np.sqrt(before.iloc[-1] * after.iloc[0])
    else:
        if fault.kind == "gap":
            missing = pd.DataFrame(index=days[~days.isin(frame.index)], columns=frame.columns, dtype=np.float64)
            frame = pd.concat([frame, missing]).sort_index(kind="stable").rename_axis(frame.index.name)
        before = before.dropna()
        frame.loc[frame.index.isin(days), fault.symbol] = before.iloc[-1] if len(before) else np.nan
    return frame
