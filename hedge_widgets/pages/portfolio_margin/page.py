"""The portfolio-margin page: one book under isolated margin, under tiers with coins as collateral, and on a grid."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets

from hedge_widgets.live import LiveMarks
from hedge_widgets.market.coins import is_cash, is_money
from hedge_widgets.market.facts import portfolio_margin_parameters
from hedge_widgets.market.history import History, user_history
from hedge_widgets.market.margin_terms import portfolio_rules
from hedge_widgets.market.market import Market
from hedge_widgets.market.plan import Plan
from hedge_widgets.model.book import Book, Hedge
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.model.portfolio_margin import PortfolioRules
from hedge_widgets.model.portfolio_margin.picture import PortfolioMarginPicture, portfolio_margin_picture
from hedge_widgets.model.portfolio_margin.setting import FurtherCoin, PortfolioMarginSetting
from hedge_widgets.pages.book import joined
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.page import Page
from hedge_widgets.pages.portfolio_margin import book, charts, closing, readouts, tables, words
from hedge_widgets.pages.portfolio_margin.controls import (
    PAID,
    PortfolioMarginControls,
    linear_contracts,
    usual_beta,
)
from hedge_widgets.pages.portfolio_margin.examples import EXAMPLES
from hedge_widgets.pages.portfolio_margin.parameters import Edits, RulesTable
from hedge_widgets.widgets.ages import cited
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
        fields: dict[str, Any] = {**self.controls.fields(), **self._scenario()}
        fields |= {one.parameter: one.value for one in portfolio_margin_parameters() if one.venue == "Binance"}
        venue, spot_use = fields.pop("venue"), fields.pop("spot_use")
        for name in ("place", "is_on"):  # what only the tables at rest are about
            del fields[name]
        PAID.checked("Funding you pay", fields.pop("paid_rate"))
        coin, second = fields["coin"], fields.pop("second")
        shown = FurtherCoin(coin=second, beta=fields.pop("second_beta"), rules=self._rules_if_any(venue, second))
        rules = self.rules.of(coin, replace(portfolio_rules(venue, coin), spot_use=spot_use))
        return PortfolioMarginSetting(
            rules=rules,
            further=(shown, *self._others(venue, coin, second)),
            contract=self._contract(coin),
            **fields,
        )

    @property
    def _own_book(self) -> Plan | None:
        """Return the book as it came, None where an example is shown."""
        return self._plan if self._example.value == OWN_BOOK else None

    def _others(self, venue: str, coin: str, second: str) -> list[FurtherCoin]:
        """Return the coins of the book that no control shows."""
        plan = self._own_book
        if plan is None:
            return []
        size = book.size_of(plan)
        return [
            FurtherCoin(
                coin=one,
                share=value / size,
                beta=usual_beta(coin, one),
                rules=self._rules_if_any(venue, one),
                is_stable=is_money(one),
                is_foreign=is_money(one) and not is_cash(one),
            )
            for one, value in book.worth(plan).items()
            if value and one not in (coin, second)
        ]

    def _scenario(self) -> dict[str, float]:
        """Return what the book's scenario says of its further coins, beside their betas."""
        plan = self._own_book
        return {} if plan is None else {"own_move": book.own_move(plan), "own_at": float(plan.outcome().hedge_move)}

    def _contract(self, coin: str) -> ContractSpec:
        """Return the contract whose tiers count: the book's own where it is a linear one on the coin."""
        plan = self._own_book
        if plan is not None and plan.contract.kind == "linear" and plan.contract.underlying == coin:
            return plan.contract
        return linear_contracts()[coin]

    def _rules_if_any(self, venue: str, coin: str) -> PortfolioRules | None:
        """Return a venue's rules of a coin, None where it has no grid for it: then it has nothing to credit."""
        if is_money(coin):
            return None
        try:
            return self.rules.of(coin, portfolio_rules(venue, coin))
        except InputError:
            return None

    def _words(self) -> dict[str, list[str]]:
        setting = self._setting
        others = [one.coin for one in setting.further[1:]]
        return {
            "coin": [setting.coin],
            "venue": [setting.rules.venue],
            "further": [_named(others or [setting.second]), _named([setting.second, *others])],
        }

    @property
    def _edits(self) -> Edits:
        """Return what the user edited of the venues' parameters."""
        return self.rules.edits

    @_edits.setter
    def _edits(self, edits: Edits) -> None:
        self.rules.edits = edits

    # -- the book ------------------------------------------------------------------------------------------------------
    def _planned(self, plan: Plan) -> dict[str, Any]:
        inputs, outcome, coin = plan.inputs(), plan.outcome(), plan.contract.underlying
        if coin not in linear_contracts():
            known = joined(list(linear_contracts()))
            raise InputError(f"this page has no rules for {coin}, which your hedge is in; it knows {known}")
        notional, size = book.notional_of(plan), book.size_of(plan)
        if not size:
            raise InputError("this page needs coins or a future, and your book is short of coins and has no hedge")
        second, held = book.second_of(plan), book.worth(plan)
        values = {
            "spot": held.get(coin, 0.0) / size,
            "perpetual": float(outcome.side) * notional / size,
            "future": 0.0,
            "puts": 0.0,
            "second_spot": held.get(second, 0.0) / size,
            "leverage": float(inputs.leverage),
            "move": float(outcome.hedge_move),
        }
        return {
            "coin": coin,
            "second": second,
            "price": float(inputs.hedge_price),
            "size": size,
            "cash": plan.book.cash,
            "second_beta": usual_beta(coin, second),
            **{name: self._on_slider(name, value) for name, value in values.items()},
        }

    def _on_slider(self, name: str, value: float) -> float:
        """Return a value in the model's unit, refused where the slider does not reach it."""
        spec = self.controls.specs[name]
        low, high = spec.positions[0], spec.positions[-1]
        if not low - 1e-9 <= value / spec.factor <= high + 1e-9:
            raise spec.refusal(float(f"{value / spec.factor:.4g}"), low, high)
        return value

    def _folded(self, plan: Plan, changed: Mapping[str, Any], now: Mapping[str, Any]) -> Plan:
        parts: dict[str, Any] = {name: now[name] for name in ("leverage", "cash") if name in changed}
        if now["coin"] != plan.contract.underlying:
            parts["contract"] = plan.spec(linear_contracts()[now["coin"]].label)
        is_begun = changed is now  # its coins and their price are those of the page already
        is_of_coins = book.size_of(plan) == float(plan.book.holdings.value)
        if "price" in changed and not is_begun:
            parts["own"] = {"hedge_price": now["price"]}
        if "size" in changed and is_of_coins and not is_begun:
            parts["value"] = now["size"]
        is_short_changed = "perpetual" in changed or ("size" in changed and not is_of_coins)
        plan = plan.changed(**parts)
        return book.with_position(plan, now["perpetual"] * now["size"]) if is_short_changed else plan

    def _begun_with(self, fields: Mapping[str, Any]) -> Plan:
        coin, second, size = fields["coin"], fields["second"], fields["size"]
        values = self.controls.in_model_units(self.live.values)
        prices = {coin: fields["price"], second: Market().price(second)}
        shares = {coin: values["spot"], second: values["second_spot"]}
        if not any(shares.values()):  # a book has coins: a future alone gets those that it would hedge
            shares = {coin: 1.0}
        coins = [
            Holding(symbol=name, quantity=share * size / prices[name], price=prices[name])
            for name, share in shares.items()
            if share
        ]
        hedge = Hedge(contract=linear_contracts()[coin], basis="dollar", coverage=1.0)
        own = {} if shares[coin] else {hedge.contract.label: {"hedge_price": fields["price"]}}
        return Plan(book=Book(holdings=Portfolio(tuple(coins)), hedge=hedge), own=own)

    def _plan_note(self, plan: Plan) -> str:
        return book.book_words(plan, self._contract(plan.contract.underlying).label)

    def _claim_of(self, place: int) -> tuple[str, str]:
        return EXAMPLES[place].true, EXAMPLES[place].said

    # -- what the user does --------------------------------------------------------------------------------------------
    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        """Go on with other coins: their usual beta, the last known price of a new first coin, or what a book says."""
        coins = {name: self.controls.choices[name] for name in ("coin", "second")}
        if owner not in coins.values():
            return {}
        before = self._setting
        if coins["coin"].value == coins["second"].value:  # the two change places
            coins["coin"].value, coins["second"].value = before.second, before.coin
        coin, second = coins["coin"].value, coins["second"].value
        plan = self.plan if self._example.value == OWN_BOOK and self._plan is not None else None
        if plan is not None and coin != before.coin:
            return self._show_plan(plan.changed(contract=plan.spec(linear_contracts()[coin].label)))
        if coin != before.coin:
            own = None
            with suppress(InputError):  # a file that cannot be read gives no price
                own = user_history()
            price = Market(history=own).price(coin)
            if price is not None:
                self.controls.show({"price": price})
        self.controls.show({"second_beta": usual_beta(coin, second)})
        if plan is None:
            return {}
        share = self._on_slider("second_spot", book.worth(plan).get(second, 0.0) / before.size)
        return self.controls.positions({"second_spot": share})

    def _use_prices(self, own: History) -> Mapping[str, float]:
        price = Market(history=own).price(self.controls.choices["coin"].value)
        if price is not None and self._example.value != OWN_BOOK:
            self.controls.show({"price": price})
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
        source, date = rules.sources["price_shocks"]
        self._badge.value = badge(f"{rules.venue}: simplified teaching model, {date}", source=cited(source, date))
        self._source.value = note(f"Price shocks: {cited(source, date)}. {_NOTE}")
        self._tell(values)
        self._constants.value = tables.constants_table(self._setting)
        fields, picture = self.controls.fields(), self.live.picture(**values)
        self._units.value = tables.units_table(picture)
        self.rules.show(self._setting.coin, rules)
        plan = self._own_book
        beside = () if plan is None else plan.futures().inputs
        self._closing.value = closing.closing_words(
            picture,
            fields["place"],
            is_on=fields["is_on"],
            beside=beside,
            is_refused=plan is not None and plan.outcome().notional is None,
        )
        self._carried.value = closing.coins_words(picture, fields["place"], fields["paid_rate"])

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_source", "_units", "_constants", "_closing", "_carried"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        return [self._example, self._badge]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls = self._look, self.controls
        sliders, numbers, chosen = controls.sliders, controls.numbers, controls.choices
        book = [sliders[name] for name in ("spot", "perpetual", "future", "leverage", "move")]
        options = [sliders["puts"], sliders["volatility"], numbers["strike_ratio"], numbers["days"]]
        second = [sliders["second_spot"], chosen["second"], numbers["second_beta"], sliders["credit"]]
        rules = [chosen["venue"], chosen["spot_use"], self._source]
        account = [chosen["coin"], numbers["price"], numbers["size"], numbers["cash"], numbers["collateral_ratio"]]
        apart = [chosen["place"], chosen["is_on"], numbers["paid_rate"]]
        return [
            card(look, "The book", book, "main"),
            card(look, "The venue's rules", rules, "scenario"),
            card(look, "Coin and account", account, "coins"),
            card(look, "Advanced: puts and expiry", options, "more", is_folded=True),
            card(look, "Advanced: other coins", second, "second", is_folded=True),
            card(look, "Advanced: who is closed first, coins as margin", apart, "apart", is_folded=True),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words, readouts)

        def chart(title: str, key: str, label: str, *, is_picture: bool = False) -> ipywidgets.Widget:
            return self._chart(title, key, f"{label}; the tiles say it in words", is_picture=is_picture)

        return [
            self._story_card(story),
            chart(
                "One book in three kinds of account: margin, and cash needed besides the coins",
                "regimes",
                "Initial margin, maintenance margin and cash needed in three kinds of account",
            ),
            chart(
                "What is left before liquidation, by how far the price moves",
                "life",
                "Equity minus maintenance margin against the move of the price in three kinds of account",
                is_picture=True,
            ),
            card(look, "Figures", [tiles], "health"),
            chart(
                "Gain or loss in each scenario (the worst is framed)",
                "heat",
                "Gain or loss of each position and of all together at every price shock",
            ),
            chart(
                "Charges that make up portfolio margin (pale ones do not count)",
                "charges",
                "Charges that make up the portfolio margin",
            ),
            card(look, "The risk units, coin by coin", [self._units], "units"),
            card(look, "Which hedge is closed first", [self._closing], "closing", is_folded=True),
            card(look, "Your coins as margin", [self._carried], "carried", is_folded=True),
        ]

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self.rules.table, self._constants]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, readouts.marks, words.REMARKS)


_NAMED = 4  # coins that a sentence names
_NOTE = (
    "The table at the foot gives the date of every figure. The rules are put together from public notices, for "
    "teaching; a venue's own engine has more parts. How far coins count as collateral is an assumption."
)


def _named(coins: list[str]) -> str:
    """Return coins as a sentence has room for them."""
    return joined(coins) if len(coins) <= _NAMED else f"{len(coins)} other coins"
