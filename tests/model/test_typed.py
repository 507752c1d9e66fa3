"""The one reader of what a person types."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.model.limits import InputError
from hedge_widgets.model.typed import typed_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.125", 0.125),
        ("1,250", 1250.0),
        ("12,345,678.9", 12_345_678.9),
        ("−25", -25.0),
        ("–25 %", -25.0),
        ("$600", 600.0),
        ("−$1,600.50", -1600.5),
        ("3×", 3.0),
        ("3x", 3.0),
        ("30 days", 30.0),
        (" +7 ", 7.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-9", 1e-9),
        ("\u200b42\ufeff", 42.0),
    ],
)
def test_a_number_is_read(text: str, value: float) -> None:
    assert typed_number("Q", text, unit="days") == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "0,125",
            "0,7",
            "1,5",
            "1.234,5",
            "01,250",
            "1,25,000",
            "0,125,000",
            "1_000",
            "1 000",
            "--5",
            "1.2.3",
            "0x10",
        ),
        *(
            "nan",
            "inf",
            "1e999",
            "",
            "-",
            ".",
            "e5",
            "five",
            "5 weeks",
            "=1+1",
            "<b>",
            "1\n2",
            "٣",
            None,
            [1.0],
            "9" * 100,
        ),
    ],
    ids=repr,
)
def test_what_is_no_number_is_refused(text: object) -> None:
    """A comma that groups nothing, other alphabets, words and code are refused by name, with what was typed."""
    with pytest.raises(InputError, match=r"^Quantity of BTC: expected a number.*, not "):
        typed_number("Quantity of BTC", text)


def test_a_decimal_comma_is_answered_with_the_number_meant() -> None:
    with pytest.raises(InputError, match=r"with a point for decimals \(0\.125\), not '0,125'"):
        typed_number("Q", "0,125")


@pytest.mark.parametrize("text", ["0", "-1", "−0.5"])
def test_a_price_is_above_zero(text: str) -> None:
    with pytest.raises(InputError, match="a number above 0"):
        typed_number("Q", text, above_zero=True)


@given(value=st.floats(-1e12, 1e12), decimals=st.integers(0, 8))
def test_what_the_page_writes_is_read_back(value: float, decimals: int) -> None:
    """Grouped or not, with either minus sign, with or without its unit, a number is read as it was written."""
    expected = float(f"{value:.{decimals}f}")
    for written in (f"{value:.{decimals}f}", f"{value:,.{decimals}f}", f"{value:,.{decimals}f} % a year"):
        assert typed_number("Q", written.replace("-", "−"), unit="% a year") == expected


@given(text=st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but a sentence comes of what a hand, an address or a file may hold."""
    with suppress(InputError):
        assert abs(typed_number("Q", text)) < float("inf")


@given(whole=st.from_regex(r"\A0|[1-9][0-9]{0,5}\Z"), part=st.from_regex(r"\A[0-9]{1,6}\Z"))
def test_a_comma_never_changes_what_a_point_means(whole: str, part: str) -> None:
    """One comma is a group of three behind a number that does not begin with 0, or it is refused."""
    try:
        value = typed_number("Q", f"{whole},{part}")
    except InputError:
        return
    assert len(part) == 3
    assert len(whole) <= 3
    assert not whole.startswith("0")
    assert value == float(whole + part)
