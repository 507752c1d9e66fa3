"""The portfolio-margin page: one book under isolated margin, under tiers with coins as collateral, and on a grid."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets

from hedge_widgets.live import LiveMarks
from hedge_widgets.market.facts import portfolio_margin_parameters
from hedge_widgets.market.history import user_history
from hedge_widgets.market.margin_terms import portfolio_rules
from hedge_widgets.market.market import Market
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio_margin import PortfolioRules
from hedge_widgets.model.portfolio_margin.picture import PortfolioMarginPicture, portfolio_margin_picture
from hedge_widgets.model.portfolio_margin.setting import PortfolioMarginSetting
from hedge_widgets.pages.page import Page
from hedge_widgets.pages.portfolio_margin import charts, readouts, tables, words
from hedge_widgets.pages.portfolio_margin.controls import (
    PortfolioMarginControls,
    linear_contracts,
    usual_beta,
)
from hedge_widgets.pages.portfolio_margin.examples import EXAMPLES
from hedge_widgets.pages.portfolio_margin.parameters import Edits, RulesTable
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.tables import badge, note


class PortfolioMarginExplorer(Page):
    """The portfolio-margin page; display it in a cell."""

    controls: PortfolioMarginControls
    _name = "pm"
    _charts = charts
    _css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    _kept = ("_edits",)

    def __init__(self) -> None:
        look = Look()
        self.rules = RulesTable(self._parameter_edited)
        first = EXAMPLES[0]
        controls = PortfolioMarginControls(look, first.choices, first.values)
        super().__init__(look, controls, [example.title for example in EXAMPLES])
        self._start()

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> PortfolioMarginPicture:
        return portfolio_margin_picture(self._setting, self.controls.in_model_units(values))

    def _new_setting(self) -> PortfolioMarginSetting:
        fields = self.controls.fields()
        fields |= {one.parameter: one.value for one in portfolio_margin_parameters() if one.venue == "Binance"}
        venue, spot_use = fields.pop("venue"), fields.pop("spot_use")
        coin, second = fields["coin"], fields["second"]
        rules = self.rules.of(coin, replace(portfolio_rules(venue, coin), spot_use=spot_use))
        return PortfolioMarginSetting(
            rules=rules,
            second_rules=self._rules_if_any(venue, second),
            contract=linear_contracts()[coin],
            **fields,
        )

    def _rules_if_any(self, venue: str, coin: str) -> PortfolioRules | None:
        """Return a venue's rules of a coin, None where it has no grid for it: then it has nothing to credit."""
        try:
            return self.rules.of(coin, portfolio_rules(venue, coin))
        except InputError:
            return None

    def _words(self) -> dict[str, list[str]]:
        setting = self._setting
        return {"coin": [setting.coin], "second": [setting.second], "venue": [setting.rules.venue]}

    @property
    def _edits(self) -> Edits:
        """Return what the user edited of the venues' parameters."""
        return self.rules.edits

    @_edits.setter
    def _edits(self, edits: Edits) -> None:
        self.rules.edits = edits

    # -- what the user does --------------------------------------------------------------------------------------------
    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        """Go on with other coins: their usual beta, and the last known price of a new first coin."""
        coins = {name: self.controls.choices[name] for name in ("coin", "second")}
        if owner not in coins.values():
            return {}
        before = self._setting
        if coins["coin"].value == coins["second"].value:  # the two change places
            coins["coin"].value, coins["second"].value = before.second, before.coin
        coin, second = coins["coin"].value, coins["second"].value
        if coin != before.coin:
            price = Market(history=user_history()).price(coin)
            if price is not None:
                self.controls.show({"price": price})
        self.controls.show({"second_beta": usual_beta(coin, second)})
        return {}

    def _begin(self, place: int) -> Mapping[str, float]:
        example = EXAMPLES[place]
        self._edits = {}  # its figures are those of the shipped parameters
        self.controls.show(example.choices)
        return self.controls.positions(example.values)

    def _parameter_edited(self, edits: Edits) -> None:
        def edited() -> dict[str, float]:
            self._edits = edits
            return {}

        self._attempt(edited)

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Say whose rules these are, what the example shows, where the constants come from, and every risk unit."""
        rules = self._setting.rules
        dated = f"{rules.source}, {rules.date}"
        example = EXAMPLES[int(self._example.value)]
        self._badge.value = badge(f"{rules.venue}: simplified teaching model, {rules.date}", source=dated)
        self._source.value = note(f"Rules: {dated}. {_NOTE}")
        self._tell(example.true, example.said, values)
        self._constants.value = tables.constants_table(self._setting)
        self._units.value = tables.units_table(self.live.picture(**values))
        self.rules.show(self._setting.coin, rules)

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_source", "_units", "_constants"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        return [self._example, self._badge]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls = self._look, self.controls
        sliders, numbers, chosen = controls.sliders, controls.numbers, controls.choices
        book = [sliders[name] for name in ("spot", "perpetual", "future", "leverage", "move")]
        options = [sliders["puts"], sliders["volatility"], numbers["strike_ratio"], numbers["days"]]
        second = [sliders["second"], chosen["second"], numbers["second_beta"], sliders["credit"]]
        rules = [chosen["venue"], chosen["spot_use"], self._source]
        account = [chosen["coin"], numbers["price"], numbers["size"], numbers["cash"], numbers["collateral_ratio"]]
        return [
            card(look, "The book", book, "main"),
            card(look, "Whose rules", rules, "scenario"),
            card(look, "Coin and account", account, "coins"),
            card(look, "Puts and expiry", options, "more"),
            card(look, "A second coin", second, "second"),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words, readouts)

        def chart(title: str, key: str, label: str) -> ipywidgets.Widget:
            return self._chart(title, key, f"{label}; the tiles say it in words")

        return [
            self._story_card(story),
            chart(
                "One book, three regimes: initial and maintenance margin, cash to bring beside the coins",
                "regimes",
                "Initial and maintenance margin and cash needed in three regimes",
            ),
            chart(
                "What is left until liquidation, against the move of the price",
                "life",
                "Equity less maintenance margin against the move of the price in three regimes",
            ),
            card(look, "Figures", [tiles], "health"),
            chart(
                "What every scenario does (frame: the worst)",
                "heat",
                "Gain or loss of each leg and of all together at every price shock",
            ),
            chart(
                "What portfolio margin is made of (pale: does not count)",
                "charges",
                "Charges that make up the portfolio margin",
            ),
            card(look, "Risk unit by risk unit", [self._units], "units"),
        ]

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self.rules.table, self._constants]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, readouts.marks)


_NOTE = (
    "Put together from public notices for teaching; a venue's engine has more parts. Coins count as collateral by an "
    "assumed ratio."
)
