"""Rules that change how much is hedged when a signal crosses a line, and the JSON they are kept in.

A rule has the names ``signal, when, line, back, coverage, days, confirm, cooldown``, a file of rules ``format, version,
coverage, leverage, rules``; :class:`Trigger` and :class:`Triggers` say what each means.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.limits import InputError, Limit, choice

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# What a rule may watch -> where its line may lie.
SIGNALS: dict[str, Limit] = {
    "volatility": Limit(0.0, 20.0),
    "funding": Limit(-1.0, 1.0),
    "drift": Limit(0.0, 10.0),
    "beta": Limit(-20.0, 20.0),
    "distance": Limit(-1.0, 100.0),
}
ABOVE, BELOW = "above", "below"
COVERAGE = Limit(0.0, 2.0)
LEVERAGE = Limit(1.0, 150.0)
COUNTS = {"days": Limit(1, 365), "confirm": Limit(1, 60), "cooldown": Limit(0, 365)}
FORMAT, VERSION = "hedge_widgets triggers", 1
_MOST = 20  # rules in a file


def when(signal: str) -> str:
    """Return on which side of its line a signal changes the hedge: "below" for funding and distance, else "above"."""
    return BELOW if signal in ("funding", "distance") else ABOVE


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One rule: while ``signal`` is beyond ``line`` the hedge is ``coverage`` of a full one, until it is past ``back``.

    Attributes
    ----------
    signal
        "volatility": of the coins over the last ``days``, a year; "funding": the mean that the hedge received a day
        over them, negative = paid; "drift": how far a hedge that was on target ``days`` ago and left alone since is
        off, as a share of the target; "beta": the coins' slope on the hedge asset over the last ``days`` less that over
        the ``days`` before; "distance": how far the price of the hedge asset is from what liquidates a hedge opened at
        the start, as a share of the price. A signal that is not known yet changes nothing.
    line, back
        In the signal's unit, as a fraction. Volatility, drift and beta act above their line, so that ``back`` is at
        most that; funding and distance act below it, so that ``back`` is at least that.
    coverage
        Share of a full hedge, 0 to 2.
    days
        The signal looks back over; distance needs none.
    confirm
        Days in a row on which a line must be crossed, on the way back too.
    cooldown
        Whole days between a change and the next: after 7 the eighth may change it.

    Raises
    ------
    InputError
        If one of them is none of these, or ``back`` lies on the wrong side.
    """

    signal: str
    line: float
    back: float
    coverage: float
    days: int = 30
    confirm: int = 1
    cooldown: int = 0

    def __post_init__(self) -> None:
        limit = SIGNALS[choice("signal", self.signal, tuple(SIGNALS))]
        limit.each(**{f"line of {self.signal}": self.line, f"line back of {self.signal}": self.back})
        COVERAGE.checked("coverage", self.coverage)
        for name, range_ in COUNTS.items():
            object.__setattr__(self, name, _whole(name, getattr(self, name), range_))
        if (self.back > self.line) if self.when == ABOVE else (self.back < self.line):
            side = "at most" if self.when == ABOVE else "at least"
            raise InputError(
                f"the line back of {self.signal} must be {side} its line, {self.line:g}, not {self.back:g}"
            )

    @property
    def when(self) -> str:
        """Return on which side of the line it acts, "above" or "below"."""
        return when(self.signal)

    def states(self, signal: Floats) -> Mask:
        """Return when the rule is on, shape (paths, steps), by a signal of that shape, NaN where it is not known.

        Each state follows from the signal up to its own step.
        """
        sign = 1.0 if self.when == ABOVE else -1.0
        is_beyond, is_past = sign * signal > sign * self.line, sign * signal < sign * self.back
        n_paths, n_steps = signal.shape
        states = np.empty(signal.shape, dtype=np.bool_)
        now, in_row = np.zeros(n_paths, dtype=np.bool_), np.zeros(n_paths, dtype=np.int64)
        waited = np.full(n_paths, self.cooldown)
        for step in range(n_steps):
            in_row = np.where(np.where(now, is_past[:, step], is_beyond[:, step]), in_row + 1, 0)
            changes = (in_row >= self.confirm) & (waited >= self.cooldown)
            now = now ^ changes
            in_row[changes] = 0
            waited = np.where(changes, 0, waited + 1)
            states[:, step] = now
        return states

    def to_dict(self) -> dict[str, Any]:
        """Return the rule in plain values; ``when`` says for a reader what ``signal`` implies."""
        plain = asdict(self)
        return {"signal": plain.pop("signal"), "when": self.when, **plain}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Return what :meth:`to_dict` wrote; raises InputError for whatever is no such rule.

        Examples
        --------
        >>> rule = Trigger(signal="volatility", line=0.8, back=0.6, coverage=1.0)
        >>> Trigger.from_dict(rule.to_dict()) == rule
        True
        """
        given = _named("a rule", value, ("when", *(field.name for field in fields(cls))))
        side = given.pop("when")
        rule = cls(**given)
        if side != rule.when:
            raise InputError(f"a rule on {rule.signal} must act {rule.when} its line, not {side!r:.40}")
        return rule


@dataclass(frozen=True, kw_only=True)
class Triggers:
    """Rules, each judged by itself: ``coverage`` is hedged while one is off, ``leverage`` is that of the hedge.

    Raises
    ------
    InputError
        If a number is beyond its limits, or there is no rule or more than 20.
    """

    coverage: float
    leverage: float
    rules: tuple[Trigger, ...]

    def __post_init__(self) -> None:
        COVERAGE.checked("coverage otherwise", self.coverage)
        LEVERAGE.checked("leverage", self.leverage)
        if not 1 <= len(self.rules) <= _MOST:
            raise InputError(f"there must be 1 to {_MOST} rules, not {len(self.rules)}")

    def to_dict(self) -> dict[str, Any]:
        """Return the rules in plain values, for JSON."""
        rules = [rule.to_dict() for rule in self.rules]
        numbers = {"coverage": self.coverage, "leverage": self.leverage}
        return {"format": FORMAT, "version": VERSION, **numbers, "rules": rules}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Return what :meth:`to_dict` wrote; raises InputError for whatever else a file may hold."""
        given = _named("the rules", value, ("format", "version", "coverage", "leverage", "rules"))
        kind, version, rules = (given.pop(name) for name in ("format", "version", "rules"))
        if kind != FORMAT or type(version) is not int or version != VERSION:
            raise InputError(f"the format must be {FORMAT!r}, version {VERSION}, not {kind!r:.40}, {version!r:.40}")
        if not isinstance(rules, list) or len(rules) > _MOST:
            raise InputError(f"rules must be a list of 1 to {_MOST} rules, not {rules!r:.40}")
        return cls(rules=tuple(map(Trigger.from_dict, rules)), **given)


def _named(what: str, value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return a copy of what must have these names, all of them and no others."""
    if not isinstance(value, dict) or set(value) != set(names):
        found = ", ".join(map(str, value)) if isinstance(value, dict) else repr(value)
        raise InputError(f"{what} must have {', '.join(names)}, not {found:.60}")
    return dict(value)


def _whole(name: str, value: Any, limit: Limit) -> int:
    number = limit.checked(name, value)
    if not isinstance(number, float) or number != round(number):
        raise InputError(f"{name} must be a whole number, not {value!r:.40}")
    return round(number)
