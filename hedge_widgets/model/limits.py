"""What a number may be: one rule per field, shared by the model that refuses and the slider that stops."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numeric = float | npt.NDArray[np.float64]


class InputError(ValueError):
    """An input broke its rule; the message names the thing, the rule and the value."""

    @property
    def sentence(self) -> str:
        """Return the message as a sentence of its own; as it is it also stands after a colon."""
        words = str(self)
        return f"{words[:1].upper()}{words[1:]}."


class LimitError(InputError):
    """A number lay outside its interval; ``limit`` and ``value`` are in the model's units."""

    def __init__(self, name: str, limit: "Limit", value: float) -> None:
        super().__init__(f"{spoken(name)} must be a finite number from {limit.low:g} to {limit.high:g}, not {value:g}")
        self.limit, self.value = limit, value


@dataclass(frozen=True)
class Limit:
    """The closed interval a field may lie in, in the model's units (fractions, quote currency, days)."""

    low: float
    high: float

    def checked(self, name: str, value: Any) -> Numeric:
        """Return ``value`` as float or float64 array of any shape, or refuse it.

        Raises
        ------
        InputError
            If a value is not a number, is NaN or infinite, or lies outside the interval.
        """
        if type(value) is float and self.low <= value <= self.high:
            return value  # most are, and need no array
        array = numbers(name, value)
        if array.size == 0:
            raise InputError(f"{spoken(name)} must hold at least one number; it is empty")
        lowest, highest = array.min(), array.max()
        if not (lowest >= self.low and highest <= self.high):  # also false for NaN
            wrong = array[~((array >= self.low) & (array <= self.high))].flat[0]
            raise LimitError(name, self, float(wrong))
        return float(array) if array.ndim == 0 else array

    def each(self, **values: Any) -> tuple[Any, ...]:
        """Return each value as ``checked`` does, named by its keyword."""
        return tuple(self.checked(name, value) for name, value in values.items())


def spoken(name: str) -> str:
    """Return the name of a field as one says it: "n_paths" is "number of paths"; other words stay.

    Examples
    --------
    >>> spoken("funding_interval"), spoken("n_paths"), spoken("price of XBT_USD")
    ('funding interval', 'number of paths', 'price of XBT_USD')
    """
    fields = re.sub(r"\bn_(?=[a-z])", "number_of_", name)
    return re.sub(r"\b[a-z]+(?:_[a-z0-9]+)+\b", lambda found: found[0].replace("_", " "), fields)


def numbers(name: str, value: Any) -> npt.NDArray[np.float64]:
    """Return ``value`` as a float64 array of its shape, whatever the numbers are, NaN included.

    Raises
    ------
    InputError
        If it holds anything but numbers.
    """
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError):
        array = np.asarray(None)
    if array.dtype.kind not in "fiu" and array.size:  # numpy would read words and booleans as numbers
        raise InputError(f"{spoken(name)} must be a number or an array of numbers, not {value!r:.60}")
    return array.astype(np.float64, copy=False)


def choice(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return ``value`` if it is one of the ``allowed`` words.

    Raises
    ------
    InputError
        If it is anything else.
    """
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{spoken(name)} must be one of {', '.join(allowed)}, not {value!r:.60}")
    return value


def missing_as_none(value: Any) -> Any:
    """Return a plain Python scalar for a 0-d result, None where it is NaN; arrays come back as they are."""
    if np.ndim(value):
        return value
    plain = value.item() if isinstance(value, np.generic | np.ndarray) else value
    return None if isinstance(plain, float) and plain != plain else plain


POSITIVE = Limit(1e-12, 1e15)
AMOUNT = Limit(0.0, 1e15)
SIGNED = Limit(-1e15, 1e15)
