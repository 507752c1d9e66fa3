"""The portfolio-margin page: one book under isolated margin, under tiers with coins as collateral, and on a grid."""

import html
from dataclasses import replace
from typing import Any

import ipywidgets

from hedge_widgets.charts import portfolio_margin as charts
from hedge_widgets.charts.portfolio_margin import (
    PortfolioMarginPicture,
    PortfolioMarginSetting,
    portfolio_margin_picture,
)
from hedge_widgets.explorers.portfolio_margin import readouts, tables, text
from hedge_widgets.explorers.portfolio_margin.controls import (
    PortfolioMarginControls,
    linear_contracts,
    usual_beta,
)
from hedge_widgets.explorers.portfolio_margin.examples import EXAMPLES
from hedge_widgets.explorers.portfolio_margin.parameters import RulesTable
from hedge_widgets.live import Live, LiveBanner, LiveChart, LiveMarks, LiveText
from hedge_widgets.market.facts import portfolio_margin_parameters
from hedge_widgets.market.margin_terms import portfolio_rules
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio_margin import PortfolioRules
from hedge_widgets.widgets.controls import Look, card, choices
from hedge_widgets.widgets.inputs import ThemeSwitch


class PortfolioMarginExplorer(ipywidgets.VBox):
    """The portfolio-margin page; display it in a cell."""

    def __init__(self) -> None:
        look = self._look = Look()
        self._loading = False
        self._shown_example = 0
        first = EXAMPLES[0]
        self.controls = PortfolioMarginControls(look, first.values, first.choices)
        titles = [(example.title, place) for place, example in enumerate(EXAMPLES)]
        self.example = choices(look, "example", titles, 0)
        self.rules = RulesTable(self._parameter_edited)
        self._good = self.controls.chosen
        self._setting = self._setting_of(self._good)
        specs = self.controls.specs
        self.live = Live(
            {name: (slider, specs[name].positions) for name, slider in self.controls.sliders.items()},
            self._picture,
            others=[*self.controls.others, self.example],
            units={name: spec.unit for name, spec in specs.items()},
            words=self._words(),
        )
        super().__init__()
        self.children = self._page()
        self.add_class("hw-root").add_class("hw-pm")
        for name, control in {**self.controls.dropdowns, **self.controls.boxes}.items():
            control.observe(self._coin_chosen if name in ("coin", "second") else self._chosen, "value")
        self.example.observe(self._example_chosen, "value")
        self.live.on_rest(lambda _values: self._report())
        self._describe()

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> PortfolioMarginPicture:
        return portfolio_margin_picture(self._setting, self.controls.in_model_units(values))

    def _setting_of(self, chosen: dict[str, Any]) -> PortfolioMarginSetting:
        """Return what the choices stand for.

        Raises
        ------
        InputError
            If the venue has no grid for a coin, or a number lies outside its limit.
        """
        fields = dict(chosen)
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

    # -- what the user does --------------------------------------------------------------------------------------------
    def _chosen(self, _change: Any) -> None:
        if not self._loading:
            self._take(self.controls.chosen)

    def _coin_chosen(self, change: Any) -> None:
        """Go on with other coins: their usual beta, and the last known price of a new first coin."""
        if self._loading:
            return
        chosen = self.controls.chosen
        if chosen["coin"] == chosen["second"]:  # the two change places
            other = "second" if change["owner"] is self.controls.dropdowns["coin"] else "coin"
            chosen[other] = change["old"]
        with self.live.reporting():
            if chosen["coin"] != self._setting.coin:
                chosen["price"] = _last_price(chosen["coin"])
            chosen["second_beta"] = usual_beta(chosen["coin"], chosen["second"])
        self._take(chosen)

    def _example_chosen(self, change: Any) -> None:
        if not self._loading:
            example = EXAMPLES[int(change["new"])]
            self._shown_example = int(change["new"])
            self.rules.reset()  # its figures are those of the shipped parameters
            self._take(example.choices, self.controls.positions(example.values))

    def _take(self, chosen: dict[str, Any], values: dict[str, float] | None = None) -> None:
        """Show other choices, or say why not; what was shown before then stays."""
        before = self._setting
        try:
            self._setting = self._setting_of(chosen)
            self.live.picture(**(values or {}))
            self._good = chosen
            self.live.say("")
        except InputError as error:
            self._setting, values = before, None
            self.live.say(f"{error}.")
        self._choose(self._good)
        self._refresh(values)

    def _choose(self, chosen: dict[str, Any]) -> None:
        self._loading = True
        try:
            self.controls.choose(chosen)
        finally:
            self._loading = False

    def _parameter_edited(self) -> None:
        self._setting = self._setting_of(self._good)
        self._refresh()

    def _refresh(self, values: dict[str, float] | None = None) -> None:
        with self.live.reporting():
            self.live.words = self._words()
            self.live.refresh(values)
            self._describe()

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self) -> None:
        """Renew the risk units' table, which is too slow for a moving hand."""
        with self.live.reporting():
            self._units.value = tables.units_table(self.live.picture())

    def _describe(self) -> None:
        """Say whose rules these are, what the example shows, and where the constants come from."""
        rules = self._setting.rules
        model = html.escape(f"{rules.venue}: simplified teaching model")
        dated = html.escape(f"{rules.source}, {rules.date}")
        self._badge.value = f'<span class="hw-badge" title="{dated}">{model}, {html.escape(rules.date)}</span>'
        self._source.value = f'<p class="hw-note">Rules: {dated}. {html.escape(_NOTE)}</p>'
        self._claim.value = tables.claim(EXAMPLES[self._shown_example])
        self._constants.value = tables.constants_table(self._setting)
        self.rules.show(self._setting.coin, rules)
        self._report()

    # -- the page ------------------------------------------------------------------------------------------------------
    def _page(self) -> list[ipywidgets.Widget]:
        look, live = self._look, self.live
        for name in ("_badge", "_source", "_claim", "_units", "_constants"):
            setattr(self, name, look.make(ipywidgets.HTML))
        head = look.make(ipywidgets.HBox, [self.example, self._badge, ThemeSwitch()]).add_class("hw-head")
        page = look.make(ipywidgets.VBox, [self._left(), self._right()]).add_class("hw-page")
        foot = look.make(ipywidgets.VBox, [self.rules.table, self._constants]).add_class("hw-foot")
        return [LiveBanner(live), head, page, foot, LiveMarks(live, text.MARKS, readouts.marks)]

    def _left(self) -> ipywidgets.Widget:
        look, controls = self._look, self.controls
        sliders, boxes, dropdowns = controls.sliders, controls.boxes, controls.dropdowns
        book = [sliders[name] for name in ("spot", "perpetual", "future", "leverage", "move")]
        options = [sliders["puts"], sliders["volatility"], boxes["strike_ratio"], boxes["days"]]
        second = [sliders["second"], dropdowns["second"], boxes["second_beta"], sliders["credit"]]
        rules = [dropdowns["venue"], dropdowns["spot_use"], self._source]
        account = [dropdowns["coin"], boxes["price"], boxes["size"], boxes["cash"], boxes["collateral_ratio"]]
        cards = [
            card(look, "The book", book, "main"),
            card(look, "Whose rules", rules, "scenario"),
            card(look, "Coin and account", account, "coins"),
            card(look, "Puts and expiry", options, "more"),
            card(look, "A second coin", second, "second"),
        ]
        return look.make(ipywidgets.VBox, cards).add_class("hw-left")

    def _right(self) -> ipywidgets.Widget:
        look, live = self._look, self.live
        story = LiveText(live, "story", blocks=text.STORY, slots=text.STORY_SLOTS, values=readouts.story, announce=True)
        tiles = LiveText(live, "tiles", blocks=text.TILES, slots=text.TILE_SLOTS, values=readouts.tiles)

        def chart(key: str, label: str) -> LiveChart:
            parts = {name: getattr(charts, f"{key}_{name}") for name in ("traces", "layout", "moving_layout")}
            return LiveChart(live, key, label=f"{label}; the tiles say it in words", **parts)

        cards = [
            card(look, "", [story, self._claim], "story"),
            card(
                look,
                "One book, three regimes: initial and maintenance margin, cash to bring beside the coins",
                [chart("regimes", "Initial and maintenance margin and cash needed in three regimes")],
                "regimes",
            ),
            card(
                look,
                "What is left until liquidation, against the move of the price",
                [chart("life", "Equity less maintenance margin against the move of the price in three regimes")],
                "life",
            ),
            card(look, "Figures", [tiles], "health"),
            card(
                look,
                "What every scenario does (frame: the worst)",
                [chart("heat", "Gain or loss of each leg and of all together at every price shock")],
                "heat",
            ),
            card(
                look,
                "What portfolio margin is made of (pale: does not count)",
                [chart("charges", "Charges that make up the portfolio margin")],
                "charges",
            ),
            card(look, "Risk unit by risk unit", [self._units], "units"),
        ]
        return look.make(ipywidgets.VBox, cards).add_class("hw-right")


_NOTE = (
    "Put together from public notices for teaching; a venue's engine has more parts. Coins count as collateral by an "
    "assumed ratio."
)


def _last_price(coin: str) -> float:
    """Return a coin's last known price: from the user's prices where they have it, else from the simulated sample."""
    from hedge_widgets.market.history import history
    from hedge_widgets.market.prices import last_prices
    from hedge_widgets.market.sample import sample_prices

    return last_prices(history().prices).get(coin) or last_prices(sample_prices())[coin]
