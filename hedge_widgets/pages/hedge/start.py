"""The start page: what do you hold, what can you post, what worries you; the order in one sentence, and where to go."""

from pathlib import Path

import ipywidgets

from hedge_widgets.model.portfolio import Portfolio
from hedge_widgets.pages.book import PAGES
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.hedge import words
from hedge_widgets.pages.hedge.doors import pictures
from hedge_widgets.pages.hedge.page import CARRIES, HedgeSimulator
from hedge_widgets.widgets.bar import PageBar
from hedge_widgets.widgets.controls import card


class StartPage(HedgeSimulator):
    """The simulator with what one has to know to begin, and the doors to the other pages; display it in a cell."""

    _name = "start"
    _css = HedgeSimulator._css + Path(__file__).with_name("start.css").read_text(encoding="utf-8")

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls = self._look, self.controls
        sliders = controls.sliders
        order = [controls.choices["contract"], sliders["coverage"], sliders["leverage"], controls.numbers["cash"]]
        return [
            card(look, "What do you hold?", [self._table], "coins"),
            card(look, "What worries you, and until when?", [sliders["move"], sliders["days"]], "scenario"),
            card(look, "How much to hedge, and where?", [*order, self._origin], "main"),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, _ = self._texts(words)
        self._doors = PageBar(list(PAGES.values()), PAGES[self._name][1], as_cards=True)
        return [
            self._story_card(story),
            self._outcome_chart(),
            card(look, CARRIES, [self._carries], "carries"),
            card(look, "What to look at next", [self._doors], "next"),
        ]

    def _hold(self, portfolio: Portfolio) -> dict[str, float]:
        """Hold the coins that were typed: the page is about the user's own book from then on."""
        self._example.value = OWN_BOOK
        return super()._hold(portfolio)

    def _foot(self) -> list[ipywidgets.Widget]:
        return []

    def _show_bar(self) -> None:
        super()._show_bar()
        self._doors.book = self._bar.book

    def _report(self, values: dict[str, float]) -> None:
        super()._report(values)
        drawn = pictures(self.live.picture(**values))
        self._doors.pictures = {PAGES[name][1]: lines for name, lines in drawn.items()}
