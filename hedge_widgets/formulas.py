"""Formulas in text, as MathML: browsers typeset it by themselves, at once and without a script."""

import html
import re

from latex2mathml.converter import convert

# Code stays as it is, and so do amounts in dollars: a formula has no blank inside its signs and no digit behind them.
_FORMULA = re.compile(
    r"<(?:code|pre)\b.*?</(?:code|pre)>|\$\$(.+?)\$\$|(?<![\w\\$])\$(?!\s)([^$\n<]+?)(?<!\s)\$(?!\d)", re.DOTALL
)


def typeset(text: str) -> str:
    """Return HTML in which each formula in TeX, between ``$`` or ``$$``, is MathML; what is no TeX stays as it is."""

    def written(found: re.Match[str]) -> str:
        block, inline = found.groups()
        if not (block or inline):
            return found[0]
        try:
            return str(convert(html.unescape(block or inline), display="block" if block else "inline"))
        except Exception:  # each fault has a class of its own, without one for all
            return found[0]

    return _FORMULA.sub(written, text)
