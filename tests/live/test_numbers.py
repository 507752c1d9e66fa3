"""One rule for numbers in two languages: style.formatted and the browser's `formatted` agree, digit by digit."""

import json
import math
import random

import pytest

from hedge_widgets import style
from hedge_widgets.live import script
from tests.live.node import node

MODULE = (script.FOLDER / "numbers.js").as_uri()


def samples(seed: int, n: int) -> list[float]:
    """Return numbers of every size, halves and edges of rounding among them."""
    draw = random.Random(seed)
    edges = [0.0, -0.0, 0.5, -0.5, 0.005, 1.005, 9.995, 99.95, 999.5, 9999.5, 0.99995, 1e15, 1e-15, -1e-9, 123456.5]
    spread = [draw.choice((-1, 1)) * 10 ** draw.uniform(-8, 12) for _ in range(n // 2)]
    typed = [round(draw.uniform(-1e5, 1e5), draw.randint(0, 4)) for _ in range(n - len(spread) - len(edges))]
    return [*edges, *spread, *typed]


def in_javascript(numbers: dict[str, list[float]]) -> dict[str, list[str]]:
    """Return what the browser's function writes."""
    source = f"""
      import {{ formatted }} from {json.dumps(MODULE)};
      const [rules, numbers] = {json.dumps([style.FORMATS, numbers])};
      console.log(JSON.stringify(Object.fromEntries(Object.entries(numbers).map(([name, values]) =>
        [name, values.map((value) => formatted(value, rules[name]))]))));
    """
    written: dict[str, list[str]] = json.loads(node("--input-type=module", source=source))
    return written


def test_numbers_look_alike_in_python_and_in_the_browser() -> None:
    """2,000 numbers in every format are written alike."""
    numbers = {name: samples(seed, 2000) for seed, name in enumerate(style.FORMATS)}
    written = in_javascript(numbers)
    for name, values in numbers.items():
        ours = [style.formatted(value, name) for value in values]
        differing = [(v, a, b) for v, a, b in zip(values, ours, written[name], strict=True) if a != b]
        assert not differing, (name, len(differing), differing[:5])


@pytest.mark.parametrize("name", style.FORMATS)
def test_missing_numbers_are_a_dash(name: str) -> None:
    """None, NaN and infinities are never written as a number."""
    assert {style.formatted(value, name) for value in (None, math.nan, math.inf, -math.inf)} == {style.MISSING}


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (1600, "usd", "$1,600"),
        (-690.4321, "usd_signed", "−$690"),
        (2.28, "usd", "$2.28"),
        (2.5, "usd", "$2.50"),
        (240, "usd_signed", "+$240"),
        (-1e-9, "usd_signed", "$0"),
        (119521.9, "price", "$119,522"),
        (0.0000812345678, "price", "$0.0000812346"),
        (0.5685, "percent", "56.9\u00a0%"),
        (-0.2, "percent_signed", "−20\u00a0%"),
        (0.0001, "rate", "0.01\u00a0%"),
        (5, "times", "5×"),
        (12.5, "times", "12.5×"),
        (1234567.5, "contracts", "1,234,567.5"),
    ],
)
def test_numbers_as_a_person_writes_them(value: float, name: str, text: str) -> None:
    """Examples written by hand: few digits, a true minus sign, cents whole or not at all."""
    assert style.formatted(value, name) == text
