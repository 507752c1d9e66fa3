"""Value at risk and expected shortfall against scipy and by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from hedge_widgets.model.limits import InputError
from hedge_widgets.model.risk import historical_risk, normal_risk, student_risk


@given(st.floats(-100, 100), st.floats(0.1, 100), st.floats(0.51, 0.999))
def test_normal(mean: float, deviation: float, confidence: float) -> None:
    """The quantile, and the mean beyond it."""
    risk, shortfall = normal_risk(mean, deviation, confidence)
    assert risk == pytest.approx(-stats.norm.ppf(1 - confidence, mean, deviation), rel=1e-6, abs=1e-6)
    expected = -stats.norm.expect(lambda x: x, loc=mean, scale=deviation, ub=-risk, conditional=True)
    assert shortfall == pytest.approx(expected, rel=1e-4, abs=1e-3 * deviation)


@pytest.mark.parametrize("nu", [1.5, 3.0, 4.0, 30.0])
@pytest.mark.parametrize("confidence", [0.9, 0.99])
def test_student(nu: float, confidence: float) -> None:
    """The same for a Student-t with a scale, by numerical integration."""
    risk, shortfall = student_risk(100.0, nu, confidence, 5.0)
    assert risk == pytest.approx(-stats.t.ppf(1 - confidence, nu, 5.0, 100.0))
    tail, _ = integrate.quad(lambda p: -stats.t.ppf(p, nu, 5.0, 100.0), 0, 1 - confidence, limit=500)
    assert shortfall == pytest.approx(tail / (1 - confidence), rel=1e-4)


def test_student_becomes_normal() -> None:
    """With many degrees of freedom."""
    assert student_risk(100.0, 1e6, 0.99) == pytest.approx(normal_risk(0.0, 100.0, 0.99), rel=1e-5)


def test_historical_by_hand() -> None:
    """Of twenty gains 1, -2, 3, ... the worst at 95 %, the two worst at 90 %; rows are taken one by one."""
    gains = np.array([k * (-1) ** (k + 1) for k in range(1, 21)], dtype=float)
    assert historical_risk(gains, 0.95) == (20, 20)
    assert historical_risk(gains, 0.90) == (18, 19)
    risk, shortfall = historical_risk(np.stack([gains, gains + 100]), 0.90)
    assert risk.tolist() == [18, -82]
    assert shortfall.tolist() == [19, -81]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: historical_risk([], 0.9), "gains must hold at least one number; it is empty"),
        (lambda: historical_risk([1.0, float("nan")], 0.9), "gains must be a finite number"),
        (lambda: normal_risk(0.0, 1.0, 1.0), "confidence must be a finite number from 0.5"),
        (lambda: student_risk(1.0, 1.0, 0.99), "degrees of freedom must be a finite number from 1.01"),
        (lambda: normal_risk(0.0, -1.0, 0.99), "deviation must be a finite number from 0"),
    ],
)
def test_wrong_input_is_refused(make: Any, words: str) -> None:
    """With one sentence."""
    with pytest.raises(InputError, match=words):
        make()
