"""The card of the rules that change how much is hedged; charts and figures show once a rule is chosen."""

from collections.abc import Callable, Sequence

import ipywidgets

from hedge_widgets.model.rebalancing.picture import RebalancingPicture
from hedge_widgets.model.rebalancing.trigger_study import summaries
from hedge_widgets.pages.rebalancing import trigger_tables, triggers
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.inputs import FactsTable
from hedge_widgets.widgets.tables import note


class ChangingCard:
    """The rules in words and as lines to edit, and below what the one looked at came to; ``take`` judges a cell."""

    def __init__(self, look: Look, take: Callable[[int, int, str], None]) -> None:
        self._look = look
        self.lines = FactsTable(triggers.COLUMNS, triggers.EDITED, take)
        self.list, self.verdict, self.made = (look.make(ipywidgets.HTML) for _ in range(3))
        self.verdict.add_class("hw-verdict")
        self.watched = look.make(ipywidgets.VBox).add_class("hw-watched")

    def widget(self, controls: Sequence[ipywidgets.Widget], charts: Sequence[ipywidgets.Widget]) -> ipywidgets.Widget:
        """Return the card with its controls and charts."""
        self.watched.children = [*charts, self.made]
        parts = [self.list, self.lines, *controls, self.verdict, self.watched]
        return card(self._look, "Rules that change how much is hedged", parts, "changing", is_folded=True)

    def show(self, picture: RebalancingPicture) -> None:
        """Renew what is in the card; what the rules come to is worked out only where one is looked at."""
        setting, x = picture.setting, picture.values
        self.list.value = triggers.rules_list(setting.triggers)
        self.lines.show("Edit the rules", triggers.line_rows(setting.triggers.rules))
        is_watched = bool(setting.watched) and setting.kind != "option"
        (self.watched.remove_class if is_watched else self.watched.add_class)("hw-unused")
        verdict = made = ""
        if is_watched:
            known = summaries(setting, *(float(x[name][0]) for name in ("half_width", "cost_rate", "fixed_cost")))
            verdict = f"<p>{trigger_tables.verdict(known, setting)}</p>"
            made = trigger_tables.summary_table(known, setting)
            made += trigger_tables.changes_table(setting, int(picture.path[0]))
        elif setting.kind == "option":
            verdict = note("These rules are about falls of coins, and a sold call has none to show.")
        self.verdict.value, self.made.value = verdict, made
