"""The carry page: what does the hedge cost, or earn, before it is opened? Funding, basis, fees, the book, options."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from hedge_widgets.live import LiveMarks, LiveText
from hedge_widgets.market.facts import contract
from hedge_widgets.market.funding_histories import Histories
from hedge_widgets.market.history import History, user_history
from hedge_widgets.market.market import Market
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.shipped import PAYMENTS_A_DAY, shipped_funding, shipped_volatility
from hedge_widgets.market.stored_terms import stored_terms
from hedge_widgets.model.book import Book, Hedge
from hedge_widgets.model.carry.course import ANY_DAY
from hedge_widgets.model.carry.funding import RATE_HOURS
from hedge_widgets.model.carry.picture import CarryPicture, carry_picture
from hedge_widgets.model.carry.setting import CarrySetting
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.pages.address import Codec, edits_read, edits_written
from hedge_widgets.pages.book import coins_words
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.carry import charts, notes, tables, words
from hedge_widgets.pages.carry.book import BookTable, levels_read
from hedge_widgets.pages.carry.controls import CarryControls, offered_contracts
from hedge_widgets.pages.carry.examples import (
    example_fields,
    example_values,
    examples,
    made_up_book,
    rule_of,
    terms_of,
)
from hedge_widgets.pages.carry.origins import fees_words, figures_words
from hedge_widgets.pages.page import Page
from hedge_widgets.style import formatted
from hedge_widgets.widgets.ages import cited
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.sources import Sources, interval_words
from hedge_widgets.widgets.tables import badge, note

if TYPE_CHECKING:
    import pandas as pd

_OWN = {
    "spot_price": "hedge_price",
    "volatility": "hedge_volatility",
    "half_spread": "half_spread",
    "daily_volume": "daily_volume",
}


class CarryExplorer(Page):
    """The carry page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it, for spot price and volatility
        of a contract's coin; None: the file named by HEDGE_WIDGETS_PRICES, else the local store, else the worked
        examples' own prices. Past funding comes from the local store where there is some, else from the sample.
    """

    controls: CarryControls
    _name = "carry"
    _charts = charts
    _css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    _kept = ("_edited", "_book", "_prices")
    _beside = ("_prices",)
    _codecs: ClassVar[Mapping[str, Codec]] = {
        "_edited": (edits_written, edits_read),
        "_book": (lambda rows: rows, levels_read),
    }

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        look = Look()
        self._edited: dict[str, ContractSpec] = {}
        self._prices: History | None = None
        self.histories = Histories()
        self.sources = Sources(self._constants_edited)
        self.book = BookTable(self._book_edited)
        first = examples()[0]
        self.book.rows = first.get("book")
        controls = CarryControls(look, self.histories.options, self._example_fields(first), example_values(first))
        super().__init__(look, controls, [example["title"] for example in examples()])
        with self.live.reporting():
            self._prices = user_history(prices)
        self._start(self._follow_contract if self._prices is not None else None)
        if self.histories.problems:
            said = [self.live.said] if self.live.said else []
            self.live.say(" ".join([*said, *(f"{problem}." for problem in self.histories.problems)]))

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> CarryPicture:
        return carry_picture(self._setting, self._at(values))

    def _at(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return slider values in the model's units; the rate in 8 hours is a payment's of the contract then."""
        at = self.controls.in_model_units(values)
        return at | {"funding_rate": at["funding_rate"] * self._setting.contract.funding_hours / RATE_HOURS}

    def _contract(self, label: str) -> ContractSpec:
        return self._edited.get(label) or contract(label)

    def _new_setting(self) -> CarrySetting:
        fields = self.controls.fields()
        spec = self._contract(fields.pop("contract"))
        terms = fields["spot_price"], fields["half_spread"], fields["daily_volume"]
        made_up = made_up_book(*terms, shipped_volatility(spec.underlying).value)
        bids, asks = self.book.levels(made_up, stored_terms().books.get(spec.label))
        history = self.histories[fields.pop("history")]
        return CarrySetting(**fields, contract=spec, rule=rule_of(spec), history=history, bids=bids, asks=asks)

    def _words(self) -> dict[str, list[str]]:
        setting = self._setting
        spec, rule = setting.contract, setting.rule
        hours = spec.funding_hours
        return {
            "coin": [spec.underlying],
            "contract": [spec.label],
            "interval": [interval_words(spec)],
            "history": [setting.history.name],
            "rule": [
                f"{rule.venue} {rule.instrument}: {notes.rule_terms(rule, hours)} ({cited(rule.source, rule.date)})."
            ],
            "book": [setting.book_problem],
        }

    @property
    def _book(self) -> list[list[float]] | None:
        """Return the rows of the order book that were typed."""
        return self.book.rows

    @_book.setter
    def _book(self, rows: list[list[float]] | None) -> None:
        self.book.rows = rows

    # -- the book ------------------------------------------------------------------------------------------------------
    def _planned(self, plan: Plan) -> dict[str, Any]:
        inputs, outcome = plan.inputs(), plan.outcome()
        value, notional = float(outcome.spot_value), outcome.notional or outcome.target_notional
        if value <= 0 or outcome.side > 0:
            raise InputError("this page is about coins and a short, and your book has a long hedge")
        spec, beta = self._dollar_contract(plan.contract), round(float(outcome.minimum_variance_hedge_ratio), 3)
        terms = terms_of(spec) | {"half_spread": inputs.half_spread, "daily_volume": inputs.daily_volume}
        return {
            "contract": spec.label,
            "history": self.histories.key_of(spec) or self.histories.first,
            "orders": inputs.order_type,
            "holding_value": value,
            "coverage": notional / value,
            "spot_beta": beta,
            "spot_own_move": round(inputs.move - beta * outcome.hedge_move, 6),
            "spot_price": inputs.hedge_price,
            "leverage": max(notional / outcome.collateral if outcome.collateral else inputs.leverage, 1.0),
            **terms,
            "days": inputs.days,
            "funding_rate": inputs.funding_rate / PAYMENTS_A_DAY,
            "move": outcome.hedge_move,
            "volatility": inputs.hedge_volatility,
            "money_rate": 0.0,
        }

    def _dollar_contract(self, spec: ContractSpec) -> ContractSpec:
        """Return a contract, or another one on its coin if its margin is coin or it is dated."""
        if spec.label in offered_contracts():
            return spec
        others = [self._contract(label) for label in offered_contracts()]
        others = [other for other in others if other.underlying == spec.underlying]
        if not others:
            raise InputError(
                f"this page is about perpetuals with dollars as margin, and none on {spec.underlying} is known"
            )
        return min(others, key=lambda other: not spec.venue.startswith(other.venue.split()[0]))

    def _folded(self, plan: Plan, changed: Mapping[str, Any], now: Mapping[str, Any]) -> Plan:
        parts: dict[str, Any] = {name: changed[name] for name in ("leverage", "days") if name in changed}
        own = {figure: changed[name] for name, figure in _OWN.items() if name in changed}
        if "funding_rate" in changed:
            own["funding_rate"] = PAYMENTS_A_DAY * now["funding_rate"]
        if "orders" in changed:
            parts["order_type"] = now["orders"]
        if "holding_value" in changed:
            parts["value"] = now["holding_value"]
        if "coverage" in changed or "holding_value" in changed:
            parts["notional"] = now["coverage"] * now["holding_value"]
        fees = {name: now[name] for name in ("maker_fee_rate", "taker_fee_rate") if name in changed}
        edited = {plan.contract.label: replace(plan.contract, **fees)} if fees else {}
        return plan.changed(own=own, edited=edited, **parts)

    def _begun_with(self, fields: Mapping[str, Any]) -> Plan:
        spec, price, value = self._contract(fields["contract"]), fields["spot_price"], fields["holding_value"]
        coins = Portfolio((Holding(symbol=spec.underlying, quantity=value / price, price=price),))
        return Plan(book=Book(holdings=coins, hedge=Hedge(contract=spec, basis="dollar")))

    def _show_plan(self, plan: Plan) -> Mapping[str, float]:
        self._edited, self._book = {**plan.edited}, None
        return super()._show_plan(plan)

    def _plan_note(self, plan: Plan) -> str:
        setting, coin = self._setting, plan.contract.underlying
        beta, rho = formatted(setting.spot_beta, "ratio"), formatted(float(plan.inputs().correlation), "ratio")
        own = formatted(setting.spot_own_move, "percent_signed")
        words = (
            f"This page treats {coins_words(plan)} as {beta} × {coin} (correlation {rho}) plus a move of {own} of "
            "their own. It counts the cost of closing at today's prices."
        )
        if plan.book.spike:
            words += f" It draws no path, so the spike of {coin} in the sentence above is left out here."
        if setting.contract.label != plan.contract.label:
            why = "is dated and pays no funding" if plan.contract.is_dated else f"has {coin} as its margin"
            words += f" Your {plan.contract.label} {why}, so the page shows {setting.contract.label} instead."
        return words

    def _claim_of(self, place: int) -> tuple[str, str]:
        return examples()[place]["true"], examples()[place]["said"]

    # -- what the user does --------------------------------------------------------------------------------------------
    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        if owner is self.controls.choices["contract"]:
            if self._example.value == OWN_BOOK and self._plan is not None:
                return self._show_plan(self._with_contract())
            return self._follow_contract()
        if owner is self.controls.choices["opened_at"]:
            return self._follow_regime()
        return {}

    @property
    def _market(self) -> Market:
        """Return what is believed of the outside."""
        return Market(history=self._prices)

    def _use_prices(self, own: History) -> dict[str, float]:
        self._prices = own
        return {} if self._example.value == OWN_BOOK else self._follow_contract()

    def _follow_contract(self) -> dict[str, float]:
        """Take fees, price, history and volatility of the contract's coin; return the slider values that moves."""
        spec = self._contract(self.controls.choices["contract"].value)
        coin = spec.underlying
        fields = {**self.controls.fields(), **terms_of(spec)}
        fields["history"] = self.histories.key_of(spec) or fields["history"]
        market = self._market
        price = market.own_price(coin)
        if price is None and coin != self._setting.contract.underlying:
            price = market.needed_price(spec)
        if price is not None:
            fields["spot_price"] = float(f"{price:.6g}")
        most = float(spec.tiers.max_leverage(fields["holding_value"] * fields["coverage"]))
        fields["leverage"] = min(fields["leverage"], most)
        self._book = None
        self.controls.show(fields)
        rate = shipped_funding(spec).value / PAYMENTS_A_DAY
        return self.controls.positions({"volatility": market.volatility(coin).value, "funding_rate": rate})

    def _follow_regime(self) -> dict[str, float]:
        """Return the rate of the regime chosen as a slider value: what if it stays."""
        rate = self.controls.choices["opened_at"].value
        return {} if rate == ANY_DAY else self.controls.positions({"funding_rate": rate})

    def _example_fields(self, example: dict[str, Any]) -> dict[str, Any]:
        """Return an example's fields; past funding is the store's where it has that coin's and none was asked for."""
        fields = example_fields(example)
        if "history" not in example["fields"]:
            fields["history"] = self.histories.key_of(contract(fields["contract"])) or self.histories.first
        return fields

    def _begin(self, place: int) -> Mapping[str, float]:
        example = examples()[place]
        fields = self._example_fields(example)
        self._edited = {label: spec for label, spec in self._edited.items() if label != fields["contract"]}
        self._book = example.get("book")
        self.controls.show(fields)
        return self.controls.positions(example_values(example))

    def _book_edited(self, rows: list[list[float]]) -> None:
        def edited() -> dict[str, float]:
            self._book = rows
            return {}

        self._attempt(edited)

    def _constants_edited(self, spec: ContractSpec) -> None:
        def edited() -> dict[str, float]:
            self._edited = {**self._edited, spec.label: spec}
            self.controls.show({**self.controls.fields(), **terms_of(spec)})
            return {}

        self._attempt(edited)

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Renew the tables, the claim, the badge."""
        setting = self._setting
        at = self._at(values)
        self._six.value = tables.alternatives_table(setting, at)
        self._roll.value = tables.roll_table(setting, at["basis"], at["volatility"])
        self._waiting.value = tables.waiting_table(setting, at["volatility"])
        self._regimes.value = tables.regimes_table(setting)
        place = int(self._example.value)
        example = None if place == OWN_BOOK else examples()[place]
        self._tell(values)
        self._badge.value = badge(setting.history.badge, is_simulated=setting.history.is_simulated)
        self._origin.value = note(figures_words(setting, at["volatility"], example, self._market))
        self._fees.value = note(fees_words(setting))
        self.book.show(setting)
        self._book_age.value = note(self.book.told(setting.contract.label))
        self.sources.show(setting.contract)

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_origin", "_fees", "_book_age", "_six", "_roll", "_waiting", "_regimes"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        return [self._example, self._badge]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls = self._look, self.controls
        sliders, numbers, chosen, dates = controls.sliders, controls.numbers, controls.choices, controls.dates
        short = [chosen["contract"], *(numbers[name] for name in ("holding_value", "coverage", "leverage"))]
        rare_short = [numbers[name] for name in ("spot_beta", "spot_own_move", "spot_price")]
        live = self.live
        rule = LiveText(live, "rule", blocks=notes.RULE, slots=notes.RULE_SLOTS, values=notes.rule)
        book = LiveText(live, "book", blocks=notes.BOOK, slots=notes.BOOK_SLOTS, values=notes.book)
        orders = [sliders["order_value"], sliders["hours"], book]
        rare_orders = [chosen["book_side"], numbers["limit_distance"]]
        costs = [numbers[name] for name in ("maker_fee_rate", "taker_fee_rate", "half_spread", "daily_volume")]
        options = [sliders["volatility"], numbers["put_distance"]]
        return [
            card(look, "Funding and days", [sliders["days"], sliders["funding_rate"]], "main"),
            card(look, "The market's move", [sliders["move"]], "scenario"),
            card(look, "The short", [*short, self._origin], "short"),
            card(look, "Past funding", [chosen["history"], chosen["opened_at"]], "past"),
            card(look, "The dated future", [sliders["basis"]], "dated"),
            card(look, "Where the rate comes from", [sliders["premium"], rule], "premium"),
            card(look, "Orders", orders, "orders"),
            card(look, "Advanced: beta, own move and price", rare_short, "rare-short", is_folded=True),
            card(
                look,
                "Advanced: interest, and dates of the future",
                [sliders["money_rate"], *dates.values()],
                "money",
                is_folded=True,
            ),
            card(
                look,
                "Advanced: fees, order book and options",
                [chosen["orders"], *rare_orders, *costs, self._fees, *options],
                "costs",
                is_folded=True,
            ),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words)
        collected, rules = (look.make(ipywidgets.HTML, made()) for made in (tables.collected_table, tables.rules_table))
        return [
            self._story_card(story),
            self._chart(
                "Funding as it adds up, and what the history says",
                "accrued",
                "Funding as it adds up over the days, with the history's bands",
                is_picture=True,
            ),
            self._chart(
                "Three kinds of short, after all costs",
                "carried",
                "What a perpetual, a dated and an inverse short bring over the days, after costs",
                is_picture=True,
            ),
            self._chart(
                "From which market move the short has paid for itself",
                "breakeven",
                "Coins, short and both against the market's move, with the break-even",
                is_picture=True,
            ),
            card(look, "Figures", [tiles], "health"),
            self._chart(
                "Funding rate against the premium", "clamp", "Funding rate against the premium index", is_picture=True
            ),
            self._chart(
                "A market order and the order book",
                "depth",
                "Slippage of a market order against its value",
                below=[self._book_age, self.book.table],
                is_picture=True,
            ),
            card(look, "The same protection six ways", [self._six], "six"),
            card(look, "Rolling the short in the dated future", [self._roll], "roll"),
            card(look, "Waiting for a better price", [self._waiting], "waiting"),
            card(look, "Past funding in stretches", [self._regimes, collected], "regimes"),
            card(look, "How venues set the funding rate", [rules], "rules"),
        ]

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self.sources.constants, self.sources.tiers]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, notes.MARKS, notes.marks, notes.REMARKS)
