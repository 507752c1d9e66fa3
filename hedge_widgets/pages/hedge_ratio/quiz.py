"""A question that catches the inverted slope."""

import html
from typing import Any

import ipywidgets
import numpy as np

from hedge_widgets.style import formatted
from hedge_widgets.widgets.controls import Look

RIGHT = 2  # which of the amounts is the answer


class Quiz:
    """Four answers to "how many dollars do you short?", one of them right, each with its reason."""

    def __init__(self, look: Look) -> None:
        self._question, self._answer = look.make(ipywidgets.HTML), look.make(ipywidgets.HTML)
        self.answers = look.make(ipywidgets.RadioButtons, options=[("", 0)], value=None)
        self.answers.add_class("hw-answers")
        self.answers.layout = ipywidgets.Layout()
        self._reasons: tuple[str, ...] = ()
        self.box = look.make(ipywidgets.VBox, [self._question, self.answers, self._answer])
        self.answers.observe(self._answered, "value")

    def ask(self, coin: str, hedge: str, ratio: float, correlation: float) -> None:
        """Ask about a pair: ``ratio`` is the slope of the coin on the hedge."""
        squared = correlation**2
        if not (ratio > 0 and 0.0 < squared < 1.0 - 1e-9):
            self._question.value = "<p class='hw-note'>No question here: no positive slope, or the two are one.</p>"
            self.answers.layout.display = "none"
            self._answer.value = ""
            return
        self.answers.layout.display = ""
        back = squared / ratio  # slope of the hedge on the coin
        held, short = html.escape(coin), html.escape(hedge)
        self._question.value = (
            f"<p>The slope of {held}'s returns on {short}'s is {formatted(ratio, 'slope')}; the other way round it is "
            f"{formatted(back, 'slope')}. You hold $100 of {held}. Shorting how many dollars of {short} leaves the "
            "least variance?</p>"
        )
        amounts = (100 * back, 100 * correlation, 100 * ratio, 100 / back)
        self._reasons = (
            f"No: that is the slope of {hedge} on {coin}, for someone who holds {hedge} and shorts {coin}.",
            "No: that is the correlation, which has no unit of size; it lacks the ratio of the volatilities.",
            f"Yes: Cov / Var({hedge}), the slope of what you hold on what you short.",
            "No: that inverts the wrong slope. The two slopes multiply to correlation squared, "
            f"{formatted(squared, 'slope')}, not to 1, so this hedges too much.",
        )
        order = np.argsort(amounts)
        right = formatted(amounts[RIGHT], "usd")
        shown = {formatted(amounts[k], "usd"): int(k) for k in order}  # equal amounts are one answer
        options = list({**shown, right: RIGHT}.items())
        if list(self.answers.options) != options:
            self.answers.value = None
            self.answers.options = options
            self.answers.value = None
            self._answer.value = ""

    def _answered(self, change: Any) -> None:
        k = change["new"]
        if isinstance(k, int) and k < len(self._reasons):
            tone = "hw-right-answer" if k == RIGHT else "hw-wrong-answer"
            self._answer.value = f'<p class="{tone}" role="status">{html.escape(self._reasons[k])}</p>'
