"""Colours that can be read: contrast of texts and lines on the page and on panels, in both looks."""

import re

import pytest

from hedge_widgets import style

TEXTS = ("text", "muted", "danger", "spot", "hedge", "accent")
LINES = ("spot", "hedge", "net", "cost", "income", "danger", "accent")


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2 of a #rrggbb colour."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_right() -> None:
    """Black on white is 21, grey #767676 on white the classic 4.54."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("ground", ["page", "panel"])
@pytest.mark.parametrize("theme", style.PALETTE)
def test_colours_stand_out(theme: str, ground: str) -> None:
    """Text reaches 4.5 to 1 and lines 3 to 1."""
    colours = style.PALETTE[theme]
    weak = {name: contrast(colours[name], colours[ground]) for name in TEXTS}
    weak = {name: ratio for name, ratio in weak.items() if ratio < 4.5}
    weak |= {name: ratio for name in LINES if (ratio := contrast(colours[name], colours[ground])) < 3}
    assert weak == {}


@pytest.mark.parametrize("theme", style.PALETTE)
def test_danger_and_accent_carry_text(theme: str) -> None:
    """Text on the soft danger ground and on the accent is readable."""
    colours = style.PALETTE[theme]
    assert contrast(colours["text"], colours["danger-soft"]) >= 4.5
    assert contrast(colours["danger"], colours["danger-soft"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5


def test_both_looks_name_the_same_colours() -> None:
    """A colour that one look lacks would leave a token in the chart."""
    assert style.PALETTE["light"].keys() == style.PALETTE["dark"].keys()
    for colours in style.PALETTE.values():
        assert all(re.fullmatch(r"#[0-9a-f]{6}|rgba\(.*\)", value) for value in colours.values())
