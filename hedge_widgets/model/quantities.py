"""A quantity that a hand can set, declared once: its field, name, unit, limits, positions, and how it is read."""

from dataclasses import dataclass, replace

import numpy as np

from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.typed import typed_number


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One quantity: the model's field, a name to read, the unit of its box; ``factor`` times the box is the model's.

    ``noun`` is what a refusal calls it, where the label is no noun.
    ``positions`` (ascending, in the box's unit) make it a slider's; an ``is_ladder`` slider offers its positions only,
    any other also takes numbers between them. ``limit`` (in the model's unit) bounds what is no slider's; without one
    the model itself judges.

    Examples
    --------
    >>> move = Quantity(field="move", label="Move", unit="%", factor=0.01, positions=(-60, -30, 0, 30))
    >>> move.position(-0.3), move.read("−12.5 %")
    (-30.0, (-12.5, ''))
    >>> move.read("80")
    Traceback (most recent call last):
    ...
    hedge_widgets.model.limits.InputError: Move must be -60 to 30 %, not 80
    """

    field: str
    label: str
    unit: str = ""
    factor: float = 1.0
    limit: Limit | None = None
    positions: tuple[float, ...] = ()
    is_ladder: bool = False
    noun: str = ""

    @property
    def title(self) -> str:
        """Return what stands beside the control: the name and, where there is one, the unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label

    def boxed(self, value: float) -> float:
        """Return a model value in the unit of the box, to ten digits."""
        return float(f"{value / self.factor:.10g}")

    def position(self, value: float) -> float:
        """Return the slider's place for a model value, inside the slider."""
        if self.is_ladder:
            return self.nearest(value)
        return float(np.clip(round(value / self.factor, 9), self.positions[0], self.positions[-1]))

    def beyond(self, value: float) -> str:
        """Return a sentence on a model value that lies beyond the slider's ends, "" on any other."""
        shown, meant = self.position(value), value / self.factor
        if self.positions[0] - 1e-9 <= meant <= self.positions[-1] + 1e-9:
            return ""
        return (
            f"The slider “{self.label}” cannot show {self.written(float(f'{meant:.4g}'))}: it stands at its end, "
            f"{self.written(shown)}, and that is what is used here."
        )

    def nearest(self, value: float) -> float:
        """Return the position nearest to a model value."""
        return float(min(self.positions, key=lambda place: abs(place * self.factor - value)))

    def read(self, typed: str) -> tuple[float, str]:
        """Return (number in the box's unit, a remark or "") of what was typed.

        Raises
        ------
        InputError
            If it is no number, or lies beyond the slider or the limit.
        """
        value = typed_number(self.noun or self.label, typed, unit=self.unit)
        ends = (self.positions[0], self.positions[-1]) if self.positions else self._limits()
        if ends is not None and not ends[0] <= value <= ends[1]:
            raise self.refusal(value, *ends)
        if not self.is_ladder:
            return value, ""
        nearest = self.nearest(value * self.factor)
        return (
            nearest,
            f"This slider moves in steps: {nearest:g} is the nearest to {value:g}." if nearest != value else "",
        )

    def read_model(self, typed: str, name: str = "") -> float:
        """Return what was typed in the model's unit; ``name`` takes the place of the label in a refusal."""
        quantity = replace(self, label=name, noun="") if name else self
        return quantity.read(typed)[0] * self.factor

    def _limits(self) -> tuple[float, float] | None:
        return None if self.limit is None else (self.limit.low / self.factor, self.limit.high / self.factor)

    def written(self, value: float) -> str:
        """Return a number in the box's unit with that unit, as one writes it."""
        return _written(value, "×" if self.is_ladder and not self.unit else self.unit)

    def refusal(self, value: float, low: float, high: float) -> InputError:
        """Return the refusal of a number outside its ends, all in the box's unit."""
        money = "$" if self.unit.startswith("$") else ""
        unit = "×" if self.is_ladder and not self.unit else ""
        rule = f"{_written(low, money)} to {self.written(high)}"
        return InputError(f"{self.noun or self.label} must be {rule}, not {_written(value, money or unit)}")


def _written(value: float, unit: str) -> str:
    """Return a number with its unit, as one writes it."""
    number, sign = f"{abs(value):,.10g}", "-" if value < 0 else ""
    if unit.startswith("$"):
        return f"{sign}${number}{unit[1:]}"
    return f"{sign}{number}{unit}" if unit == "×" else f"{sign}{number} {unit}".rstrip()


def steps(low: float, high: float, step: float) -> tuple[float, ...]:
    """Return low, low + step, ..., high, each as near as a float comes."""
    count = round((high - low) / step)
    return tuple(round(low + step * k, 9) for k in range(count + 1))
