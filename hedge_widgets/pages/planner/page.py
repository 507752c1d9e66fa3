"""The planner: from the book to one order with its margin, its end, and a checklist."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets
import numpy as np

from hedge_widgets.live import LiveMarks
from hedge_widgets.market.facts import contracts
from hedge_widgets.market.history import History, opened
from hedge_widgets.market.margin_terms import volatility_spread
from hedge_widgets.market.plan import FIGURES, Plan
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge import hedge_outcome
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.planner import (
    RULES,
    Offer,
    PlannerPicture,
    PlannerSetting,
    Ranked,
    Rule,
    checklist,
    coverage_for_loss,
    coverage_for_volatility,
    planner_picture,
    ranking,
    ticket,
)
from hedge_widgets.model.planner.checklist import known_share, measures
from hedge_widgets.model.typed import typed_number
from hedge_widgets.pages.address import Codec, edits_read, edits_written, plan_written, record, row, written
from hedge_widgets.pages.book import PAGES, coins_words
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.page import Page
from hedge_widgets.pages.planner import charts, checks, tables, words
from hedge_widgets.pages.planner.controls import (
    ANY_VENUE,
    BY_COVERAGE,
    BY_VOLATILITY,
    PlannerControls,
    days_until,
)
from hedge_widgets.pages.planner.examples import example_fields, example_plan, examples, planned_fields
from hedge_widgets.pages.planner.offers import offers
from hedge_widgets.pages.planner.ticket import reminder, reminder_name, ticket_text, today_of
from hedge_widgets.style import formatted
from hedge_widgets.widgets.bar import PageBar
from hedge_widgets.widgets.controls import Look, card, finite
from hedge_widgets.widgets.inputs import FactsTable
from hedge_widgets.widgets.sources import Sources
from hedge_widgets.widgets.tables import badge, note
from hedge_widgets.widgets.ticket import TicketView

if TYPE_CHECKING:
    import pandas as pd

_LINES = ("Check", "Passes", "Fails", "Unit", "Where the line is from")
_SIZED = ("sized_by", "coverage", "volatility", "loss")
_LEFT_OUT = "It leaves out the spike and the hedge's own move that you set on “Outcome”. "


def rules_written(rules: Mapping[str, Rule]) -> dict[str, list[float]]:
    """Return the lines of the checklist that were edited."""
    return {key: [rule.line, rule.fails] for key, rule in rules.items() if rule != RULES[key]}


def rules_read(value: Any) -> dict[str, Rule]:
    """Return the checklist's rules with the lines of an address; raises InputError for what no table could hold."""
    rules = dict(RULES)
    for key, lines in record(value, "lines of the checklist").items():
        if key not in RULES:
            raise InputError(f"lines of the checklist in the address must be of its rows, not {key!r:.40}")
        line, fails = (finite(value, key) for value in (*row(lines, key, 2), None, None)[:2])
        rules[key] = replace(RULES[key], line=line, fails=fails)
    return rules


class HedgePlanner(Page):
    """The planner's page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it, on which contracts are tested;
        None: the file named by HEDGE_WIDGETS_PRICES, else the local store, else the simulated sample.
    today
        The day of the plan; None: today's (UTC).
    """

    controls: PlannerControls
    _name = "planner"
    _charts = charts
    _css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    _kept = ("_rules", "_edited", "_history")
    _beside = ("_history",)
    _codecs: ClassVar[Mapping[str, Codec]] = {
        "_edited": (edits_written, edits_read),
        "_rules": (rules_written, rules_read),
    }

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None, *, today: date | None = None) -> None:
        self._given_day = today
        refused = opened(prices, self._open)
        self._start()
        if refused:
            self.live.say(refused)

    @property
    def today(self) -> date:
        """Return the day of the plan."""
        return today_of(self._given_day)

    def _open(self, own: History) -> None:
        """Make the page with a history; InputError if it can show nothing of it."""
        look = Look()
        self._history = own
        self._rules: dict[str, Rule] = dict(RULES)
        self._edited: dict[str, ContractSpec] = {}
        self._tested: tuple[History, tuple[Plan, str | None], tuple[Offer, ...]] | None = None
        self._ticket = TicketView()
        self._lines = FactsTable(_LINES, (1, 2), self._line_typed)
        self.sources = Sources(self._constants_edited)
        fields = example_fields(0)
        controls = PlannerControls(look, fields, fields)
        super().__init__(look, controls, [example["title"] for example in examples()])

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> PlannerPicture:
        return planner_picture(self._setting, self.controls.in_model_units(values))

    @property
    def _base(self) -> Plan:
        """Return the book that the controls change: the user's own, or the example's."""
        place = int(self._example.value)
        return self._plan if place == OWN_BOOK and self._plan is not None else example_plan(max(place, 0))

    def _changed(self, fields: Mapping[str, Any]) -> Plan:
        """Return the book with what choices and boxes say; raises InputError for what it cannot be."""
        base = self._base.changed(edited=self._edited)
        plan = base.changed(contract=base.spec(fields["contract"]), cash=fields["cash"], move=fields["move"])
        return plan.changed(coverage=_coverage(plan, fields))

    def _new_setting(self) -> PlannerSetting:
        fields = self.controls.fields()
        inputs = self._changed(fields).inputs()
        return PlannerSetting(inputs=inputs, varies=volatility_spread(), spot_fee_rate=fields["spot_fee_rate"])

    def _words(self) -> dict[str, list[str]]:
        spec = self._setting.inputs.contract
        return {"contract": [spec.label], "asset": [spec.underlying]}

    # -- the book ------------------------------------------------------------------------------------------------------
    def _planned(self, plan: Plan) -> dict[str, Any]:
        plan.inputs()  # refused without a price of its contract
        return planned_fields(plan)

    def _folded(self, plan: Plan, changed: Mapping[str, Any], now: Mapping[str, Any]) -> Plan:
        if "contract" in changed:
            plan = plan.changed(contract=plan.spec(now["contract"]))
        parts = {name: changed[name] for name in ("cash", "move", "days") if name in changed}
        plan = plan.changed(**parts)
        return plan.changed(coverage=_coverage(plan, now)) if changed.keys() & set(_SIZED) else plan

    def _begun_with(self, fields: Mapping[str, Any]) -> Plan:
        del fields
        return self._base

    def _show_plan(self, plan: Plan) -> Mapping[str, float]:
        self._edited = {**plan.edited}
        return super()._show_plan(plan)

    def _plan_note(self, plan: Plan) -> str:
        leverage = formatted(plan.book.hedge.leverage, "times")
        is_left_out = plan.book.spike or plan.book.own_move
        return (
            f"This page uses {coins_words(plan)}, how much of them you hedge, the contract, the cash and the days. It "
            f"does not use the {leverage} of your book: leverage follows from the chance that you accept, and margin "
            f"is isolated. {_LEFT_OUT if is_left_out else ''}You can change your coins on “Start”."
        )

    def _claim_of(self, place: int) -> tuple[str, str]:
        return examples()[place]["true"], examples()[place]["said"]

    def planned(self) -> Plan:
        """Return the book with the plan in it: what the other pages show alike.

        Examples
        --------
        >>> page = HedgePlanner()
        >>> round(page.planned().outcome().collateral, 2)
        570.0
        """
        return self._planned_at(self.live.picture())

    def _planned_at(self, picture: PlannerPicture) -> Plan:
        return self._changed(self.controls.fields()).changed(
            coverage=float(np.atleast_1d(picture.inputs.coverage)[0]),
            leverage=float(picture.leverage[0]),
            days=float(picture.values["days"][0]),
            margin_mode="isolated",
        )

    # -- what the user does --------------------------------------------------------------------------------------------
    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        chosen = self.controls.choices
        if owner is self.controls.until:
            return {"days": days_until(self.controls.until.value, self.today)}
        if owner is chosen["venue"]:
            self._trade_at(chosen["venue"].value)
        if owner in (chosen["venue"], chosen["contract"]) and self._example.value == OWN_BOOK:
            plan = self._with_contract()
            self._plan = plan
        return {}

    def _trade_at(self, venue: str) -> None:
        """Choose a venue's contract on the same coin; InputError where it lists none."""
        chosen = self.controls.choices["contract"]
        spec = self._base.spec(chosen.value)
        if venue in (ANY_VENUE, spec.venue):
            return
        listed = [one for one in contracts().values() if one.venue == venue]
        same = [one for one in listed if one.underlying == spec.underlying]
        if not same:
            coins = ", ".join(dict.fromkeys(one.underlying for one in listed))
            raise InputError(f"{venue} must list a contract on {spec.underlying}, and has only {coins}")
        chosen.value = min(same, key=lambda one: one.kind != spec.kind).label

    def _begin(self, place: int) -> Mapping[str, float]:
        fields = example_fields(place)
        self._edited = {}
        self.controls.show(fields)
        return self.controls.positions({name: fields[name] for name in self.controls.specs})

    def _use_prices(self, own: History) -> Mapping[str, float]:
        self._history = own
        return {}

    def _constants_edited(self, spec: ContractSpec) -> None:
        def edited() -> dict[str, float]:
            self._edited = {**self._edited, spec.label: spec}
            return {}

        self._attempt(edited)

    def _line_typed(self, row: int, column: int, text: str) -> None:
        def edited() -> dict[str, float]:
            value = typed_number("a line of the checklist", text)
            self._rules = checks.changed_rules(self._rules, row, column, value)
            return {}

        self._attempt(edited)

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Renew the ticket, the tables and the claim."""
        self._tell(values)
        picture = self.live.picture(**values)
        self.controls.hide_unused()
        label, fields = self._setting.inputs.contract.label, self.controls.fields()
        ranked = self._ranking(fields)
        mine = next((one for one in ranked if one.offer.contract.label == label), None)
        self._choice.value = note(tables.choice_words(ranked, label))
        self._contracts.value = tables.contracts_table(ranked, label, self._history.badge)
        self._ways.value = tables.ways_table(picture)
        self._show_ticket(picture, fields)
        plan = self._changed(fields)
        figures = plan.market().figures(plan.book.holdings, plan.contract.underlying)
        is_own = plan.own.get(label, {}).keys() & set(FIGURES)
        removed = None if mine is None or np.isnan(mine.offer.removed) else mine.offer.removed
        checked = measures(
            picture,
            known_share=known_share(plan.book.holdings, figures.assumed),
            removed=removed,
            beta_error=None if is_own else figures.standard_error,
        )
        self._checks.value = checks.checks_table(checklist(checked, self._rules), self._history.badge)
        self._lines.show("The lines of the checklist, to edit", checks.line_rows(self._rules))
        self._doors.book = written({"book": plan_written(self._planned_at(picture))})
        self._badge.value = badge(
            self._history.badge, is_simulated=self._history.is_simulated, source=self._history.read_as
        )
        self.sources.show(self._setting.inputs.contract)

    def _show_ticket(self, picture: PlannerPicture, fields: Mapping[str, Any]) -> None:
        days = int(picture.values["days"][0])
        with self._quietly():
            self.controls.until.value = (self.today + timedelta(days=days)).isoformat()
        try:
            one = ticket(picture, self.today)
        except InputError:
            self._ticket.text, self._ticket.missing = "", "There is no order, so there is no ticket."
            self._margins.value = ""
            return
        text = ticket_text(one, fields["exit"], fields["move"])
        with self._ticket.hold_sync():
            self._ticket.text, self._ticket.missing = text, ""
            self._ticket.calendar, self._ticket.file = reminder(one, text), reminder_name(one)
        self._margins.value = tables.margin_table(picture, one)

    def _ranking(self, fields: Mapping[str, Any]) -> tuple[Ranked, ...]:
        """Return the contracts by rank; they are tested anew where coins, size, contract, venue or prices changed."""
        venue = None if fields["venue"] == ANY_VENUE else fields["venue"]
        key = (self._changed(fields).changed(cash=0.0, move=0.0), venue)
        if self._tested is None or self._tested[0] is not self._history or self._tested[1] != key:
            self._tested = self._history, key, offers(key[0], self._history, venue)
        is_any = fields["sized_by"] == BY_COVERAGE  # a loss or a volatility is borne with dollars of margin alone
        listed = [one for one in self._tested[2] if is_any or one.contract.kind != "inverse"]
        return ranking(listed, fields["tolerance"])

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_choice", "_contracts", "_ways", "_checks", "_margins"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        return [self._example, self._badge]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls, sliders = self._look, self.controls, self.controls.sliders
        numbers, chosen = controls.numbers, controls.choices
        amount = [chosen["sized_by"], *(numbers[name] for name in _SIZED[1:])]
        which = [chosen["venue"], chosen["contract"], self._choice]
        return [
            card(
                look, "1 What worries you, and until when?", [sliders["days"], controls.until, numbers["move"]], "main"
            ),
            card(look, "2 With which contract?", which, "which"),
            card(look, "3 How much?", amount, "amount"),
            card(look, "4 On what margin?", [sliders["limit"], numbers["cash"]], "scenario"),
            card(look, "5 How does it end?", [chosen["exit"]], "end"),
            card(
                look,
                "Advanced: tolerance and fee of selling",
                [numbers["tolerance"], numbers["spot_fee_rate"]],
                "rare",
                is_folded=True,
            ),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words)
        self._doors = PageBar(list(PAGES.values()), PAGES[self._name][1], as_cards=True)
        return [
            self._story_card(story),
            card(look, "The ticket", [self._ticket], "ticket"),
            self._chart(
                "Chance of liquidation, by how long you keep it",
                "chance",
                "Chance of liquidation by the days the hedge is held, logarithmic, and the one that you accept",
                is_picture=True,
            ),
            self._chart(
                "Funding minus costs of the hedge, against selling coins and buying back",
                "holding",
                "Funding minus costs by the days the hedge is held, and what selling the coins costs instead",
            ),
            card(look, "The plan in figures", [tiles], "health"),
            card(look, "Checklist before you trade", [self._checks], "checks"),
            card(look, "Contracts for your coins", [self._contracts], "contracts"),
            card(look, "Top-ups", [self._margins], "top-ups"),
            card(look, "For how long?", [self._ways], "ways"),
            card(look, "The same plan on the other pages", [self._doors], "next"),
        ]

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self._lines, self.sources.constants, self.sources.tiers]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, words.marks)


def _coverage(plan: Plan, fields: Mapping[str, Any]) -> float:
    """Return the share of a full hedge that is wanted; raises InputError where no hedge does what one can bear."""
    if fields["sized_by"] == BY_COVERAGE:
        return float(fields["coverage"])
    if plan.contract.kind == "inverse":
        raise InputError(
            "a loss or a volatility you can bear must be sized with a contract whose margin is dollars, not "
            f"{plan.contract.label}: its margin is coins, which fall too"
        )
    inputs = replace(plan.inputs(), leverage=1.0, margin_mode="isolated", spike=0.0, own_move=0.0)
    outcome = hedge_outcome(inputs)
    full = float(outcome.full_hedge_ratio)
    if fields["sized_by"] == BY_VOLATILITY:
        spot, hedge, rho = (
            float(inputs.sized(name)) for name in ("spot_volatility", "hedge_volatility", "correlation")
        )
        return coverage_for_volatility(fields["volatility"], spot, hedge, rho, full)
    gain = -full * float(outcome.spot_value) * float(outcome.hedge_move)
    return coverage_for_loss(fields["loss"], float(outcome.spot_pnl), gain)
