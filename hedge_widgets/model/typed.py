"""What a person typed, as a number: the one reader of boxes, tables and lists."""

import math
import re
from datetime import date

from hedge_widgets.model.limits import InputError

# The point is the decimal sign and a comma only groups thousands, so "1,5" and "0,125" are no numbers: read as 1.5
# they would teach a hand that "1,250" is 1.25 too.
_NUMBER = re.compile(
    r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE
)
_MINUS = str.maketrans("−–‐‑﹣－", "------")
_BLANKS = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]+")
_MARKS = ("$", "%", "×", "x")


def typed_number(name: str, text: object, *, unit: str = "", above_zero: bool = False) -> float:
    """Return what was typed as a finite number, in the unit of its box.

    A point marks the decimals, commas may group thousands ("1,250.5"), the page's own minus sign counts, and the unit
    may be typed along ("25 %", "3×", "$600").

    Parameters
    ----------
    name
        What the number is, as its label says it.
    text
        What was typed; hostile.
    unit
        The unit of the box, e.g. "days".
    above_zero
        Whether zero and negative numbers are refused.

    Raises
    ------
    InputError
        Naming the box, what is expected and what was typed.

    Examples
    --------
    >>> typed_number("Quantity of BTC", "1,250.5")
    1250.5
    >>> typed_number("Move", "−25 %")
    -25.0
    >>> typed_number("Price", "0,125")
    Traceback (most recent call last):
    ...
    hedge_widgets.model.limits.InputError: Price: expected a number with a point for decimals (0.125), not '0,125'
    """
    plain = _bare(str(text), unit) if len(str(text)) <= 60 else ""
    value = math.nan
    if _NUMBER.fullmatch(plain):
        value = float(plain.replace(",", ""))
    if not math.isfinite(value) or (above_zero and value <= 0):
        rule = "a number above 0" if above_zero else "a number"
        raise InputError(f"{name}: expected {rule}{_with_point(plain)}, not {str(text).strip()!r:.40}")
    return value


def typed_day(name: str, text: object) -> date:
    """Return what was typed as a day, written as 2027-03-26.

    Raises
    ------
    InputError
        Naming the box, what is expected and what was typed.
    """
    try:
        return date.fromisoformat(text.strip() if isinstance(text, str) else "")
    except ValueError:
        raise InputError(f"{name} must be a date such as 2027-03-26, not {str(text)!r:.40}") from None


def _bare(text: str, unit: str) -> str:
    """Return the text without blanks at its ends, its unit and signs of money."""
    bare = _BLANKS.sub(" ", text.translate(_MINUS)).strip()
    for mark in (unit, *_MARKS):
        if mark and bare.lower().endswith(mark.lower()):
            bare = bare[: -len(mark)].rstrip()
            break
    sign, rest = (bare[0], bare[1:].lstrip()) if bare[:1] in ("+", "-") else ("", bare)
    return sign + rest.removeprefix("$").lstrip()


def _with_point(plain: str) -> str:
    """Return a hint where a comma was meant as a point."""
    if re.fullmatch(r"[+-]?\d+,\d+", plain):
        return f" with a point for decimals ({plain.replace(',', '.')})"
    return " with a point for decimals" if "," in plain else ""
