"""Every worked case of ``ORACLES_DIR`` (default: ``data/`` beside this file) through one thin adapter per op."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.oracles.adapters import ADAPTERS, arrays

HERE = Path(__file__).parent
DIRECTORY = Path(os.environ.get("ORACLES_DIR") or HERE / "data")


def loaded() -> list[tuple[str, dict[str, Any]]]:
    """Return (name, case) of every case in every JSON file of the directory."""
    files = sorted(DIRECTORY.glob("*.json"))
    contents = [(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in files]
    return [(f"{stem}-{case['id']}", case) for stem, content in contents for case in content["cases"]]


CASES = loaded()


def differences(name: str, expected: Any, actual: Any, absolute: float, relative: float) -> list[str]:
    """Return one line per value that is neither within the absolute nor within the relative tolerance."""
    if isinstance(expected, dict):
        lines = [differences(f"{name}.{key}", expected[key], actual.get(key), absolute, relative) for key in expected]
        return [line for found in lines for line in found]
    if isinstance(expected, list):
        values = list(actual) if isinstance(actual, list | tuple | np.ndarray) else [actual]
        if len(values) != len(expected):
            return [f"{name}: expected {len(expected)} values, not {len(values)}"]
        pairs = enumerate(zip(expected, values, strict=True))
        lines = [differences(f"{name}[{k}]", one, other, absolute, relative) for k, (one, other) in pairs]
        return [line for found in lines for line in found]
    if isinstance(actual, np.generic | np.ndarray):
        actual = actual.item() if np.size(actual) == 1 else actual.tolist()
    if isinstance(actual, float) and np.isnan(actual):
        actual = None
    if expected is None or actual is None or isinstance(expected, str | bool) or isinstance(actual, str | bool | list):
        is_equal = type(expected) is type(actual) and expected == actual
    else:
        gap = abs(actual - expected)
        is_equal = bool(gap <= absolute or gap <= relative * abs(expected))
    return [] if is_equal else [f"{name}: expected {expected!r}, got {actual!r}"]


def published(name: str, expected: dict[str, Any], actual: dict[str, Any]) -> Any:
    """Return the value a publication prints; "level5" means the fifth entry of the case's only list."""
    if name not in expected and name.startswith("level"):
        (values,) = actual.values()
        return values[int(name.removeprefix("level")) - 1]
    return actual[name]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_case(case: dict[str, Any]) -> None:
    """The model gives the case's expected values, and the printed ones where a publication has them."""
    actual = ADAPTERS[case["op"]](arrays(case["inputs"]))
    tolerance = case["tol"]
    wrong = differences(case["id"], case["expected"], actual, tolerance["abs"], tolerance["rel"])
    for name, value in (case.get("published") or {}).items():
        printed = published(name, case["expected"], actual)
        wrong += differences(f"{case['id']}.{name} (published)", value, printed, case["published_tol"], 0.0)
    assert not wrong, "\n".join(wrong)


def test_there_are_cases() -> None:
    """A wrong or empty directory is an error, not a green run."""
    assert CASES, f"no cases in {DIRECTORY}"
    assert len({name for name, _ in CASES}) == len(CASES)


def test_every_op_has_an_adapter() -> None:
    """No op of a case is without an adapter, and no adapter is for an op that is not described."""
    described = set()
    for path in DIRECTORY.glob("*.json"):
        described |= set(json.loads(path.read_text(encoding="utf-8")).get("meta", {}).get("ops", {}))
    assert not ({case["op"] for _, case in CASES} | described) - set(ADAPTERS)
    if described:
        assert not set(ADAPTERS) - described, "no such op"


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (1.0, 1.1),
        (None, 0.0),
        (0.0, None),
        (True, 1),
        ("buy", "sell"),
        ([1.0, 2.0], [1.0]),
        ([1.0], [None]),
        (1.0, "1"),
    ],
)
def test_a_difference_is_seen(expected: Any, actual: Any) -> None:
    """The comparison itself can fail: numbers, missing values, words, booleans and lengths."""
    assert differences("x", expected, actual, 1e-9, 1e-9)
