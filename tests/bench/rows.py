"""A figure of the bench and its limit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure; ``limit`` is the most (or, from ``at_least``, the least) it may be, None for a comparison."""

    name: str
    value: float
    unit: str
    limit: float | None
    ok: bool


def at_most(name: str, value: float, unit: str, limit: float) -> Row:
    """Return a row that is good up to its limit."""
    return Row(name, round(value, 3), unit, limit, value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Row:
    """Return a row that is good from its limit."""
    return Row(name, round(value, 3), unit, limit, value >= limit)


def compared(name: str, value: float, unit: str) -> Row:
    """Return a row without a limit, to compare with."""
    return Row(name, round(value, 3), unit, None, True)


def line(row: Row) -> str:
    """Return a row as it is printed."""
    limit = "" if row.limit is None else f"{row.limit:g}"
    return f"{row.name:68} {row.value:>10g} {row.unit:12} {limit:>8}  {'ok' if row.ok else 'MISSED'}"
