"""Worked examples of ``examples.json`` and past crashes to replay, as fields and slider values."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hedge_widgets.market.facts import StressEvent, contract, stress_events
from hedge_widgets.market.shipped import shipped_funding, shipped_volatility
from hedge_widgets.model.gap import NO_GAPS
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.setting import LOST
from hedge_widgets.pages.margin.controls import NO_OTHER, VARIES

FIELDS: dict[str, Any] = {
    "side": -1.0,
    "other": NO_OTHER,
    "liquidation_leaves": LOST,
    "tails": VARIES,
    "own_collateral": 0.0,
    "cash": 0.0,
    "other_value": -10_000.0,
    "other_beta": 1.0,
    "collateral_ratio": 0.95,
    "spot_beta": 1.0,
    "spot_own_move": 0.0,
}
VALUES = {"stop": 0.0, "deleveraged_at": 0.0, "horizon": 30.0, "limit": 0.01, **NO_GAPS}
_SHORT = 0.2  # of a replay's days, where its first turn stands: the data have days, not hours


@functools.cache
def examples() -> tuple[dict[str, Any], ...]:
    """Return the worked examples; each has a title, fields, slider values and hand-checked figures."""
    return tuple(json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8")))


def example_fields(example: dict[str, Any]) -> dict[str, Any]:
    """Return what an example's choices and boxes stand for."""
    return {**FIELDS, **example["fields"]}


def example_values(example: dict[str, Any]) -> dict[str, float]:
    """Return an example's slider values; what it leaves out comes from its replay and the shipped figures."""
    spec = contract(example["fields"]["contract"])
    path = replays()[example["replay"]].path(spec.underlying) if "replay" in example else {}
    shipped = {"volatility": shipped_volatility(spec.underlying).value, "funding_rate": shipped_funding(spec).value}
    return {**VALUES, **shipped, **path, **example["sliders"]}


@dataclass(frozen=True)
class Replay:
    """One past event, or several that follow each other day by day."""

    events: tuple[StressEvent, ...]

    @property
    def days(self) -> str:
        """Return the days as they are written."""
        start, end = self.events[0].start, self.events[-1].end
        if start == end:
            return f"{start.day} {start:%b %Y}"
        return f"{start.day} {start:%b} to {end.day} {end:%b %Y}"

    @property
    def title(self) -> str:
        """Return the days and the name."""
        return f"{self.days}: {self.events[0].name}"

    @property
    def coins(self) -> tuple[str, ...]:
        """Return the coins whose moves are known."""
        return tuple(coin for coin in self.events[0].returns if all(coin in event.returns for event in self.events))

    def path(self, coin: str) -> dict[str, float]:
        """Return spike, trough, end, the place of the first turn and the days.

        Raises
        ------
        InputError
            If the event has no figures of the coin.
        """
        if coin not in self.coins:
            raise InputError(f"coin must be one that {self.title} has figures of ({', '.join(self.coins)}), not {coin}")
        level, highs, lows = 1.0, [], []
        for event in self.events:
            highs.append(level * (1.0 + event.highs.get(coin, 0.0)))
            lows.append(level * (1.0 + event.lows.get(coin, event.returns[coin])))
            level *= 1.0 + event.returns[coin]
        spike = max(highs)
        after = highs.index(spike)  # the lows from the day of the high on; the order within a day is not known
        n_days = (self.events[-1].end - self.events[0].start).days + 1
        return {
            "spike": spike - 1.0,
            "trough": min(lows[after:]) - 1.0,
            "end": level - 1.0,
            "peak_at": _SHORT,
            "days": float(n_days),
        }


@functools.cache
def replays() -> dict[str, Replay]:
    """Return the events to replay by the name of their first, oldest first; days that follow each other are one."""
    groups: list[list[StressEvent]] = []
    for event in stress_events():
        if groups and (event.start - groups[-1][-1].end).days == 1:
            groups[-1].append(event)
        else:
            groups.append([event])
    return {group[0].name: Replay(tuple(group)) for group in groups}


def replay_written(replayed: tuple[Replay, str] | None) -> list[str] | None:
    """Return the name of a replayed event and the coin, as an address holds them."""
    return None if replayed is None else [replayed[0].events[0].name, replayed[1]]


def replay_read(value: Any) -> tuple[Replay, str] | None:
    """Return what :func:`replay_written` wrote; raises InputError for an event or a coin that is not known."""
    if value is None:
        return None
    name, coin = value if isinstance(value, list) and len(value) == 2 else (value, None)
    if not isinstance(name, str) or name not in replays() or coin not in replays()[name].coins:
        raise InputError(f"the replay in the address must be an event and a coin that are known, not {value!r:.60}")
    return replays()[name], coin
