"""The watch: the futures of a book that are open against today's prices, and whether they need their holder."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from hedge_widgets.live import LiveMarks
from hedge_widgets.live.page import document_of
from hedge_widgets.market.facts import contracts
from hedge_widgets.market.funding_histories import Histories
from hedge_widgets.market.history import History, user_history
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.watched import Watched, asked_about, watched
from hedge_widgets.model.book import Future
from hedge_widgets.model.carry.course import FundingHistory
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.watch import WatchPicture, WatchSetting, watch_checks, watch_picture
from hedge_widgets.pages.address import (
    Codec,
    edits_read,
    edits_written,
    futures_read,
    futures_written,
    plan_read,
    record,
)
from hedge_widgets.pages.book import coins_words, refused_future
from hedge_widgets.pages.carried import OWN_BOOK, State
from hedge_widgets.pages.page import Page
from hedge_widgets.pages.watch import charts, tables, words
from hedge_widgets.pages.watch.controls import ASK, WatchControls
from hedge_widgets.pages.watch.examples import (
    example_day,
    example_fields,
    example_plan,
    example_prices,
    examples,
    planned_fields,
)
from hedge_widgets.widgets.ages import today as today_utc
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.futures import FuturesTable
from hedge_widgets.widgets.sources import Sources
from hedge_widgets.widgets.tables import badge, note

if TYPE_CHECKING:
    import pandas as pd

_HELP = (
    "Type a minus before the contracts of a short. A CSV file with the columns contract, side, contracts, entry price, "
    "opened on and margin can be dropped here or pasted into a cell."
)
_EXAMPLE_PRICES = "worked example, made-up prices"


class HedgeWatch(Page):
    """The watch's page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it; None: the file named by
        HEDGE_WIDGETS_PRICES, else the local store, else the prices of the book.
    today
        The day at whose close the book is watched; None: today (UTC).
    funding
        Past funding, by coin; None: that of the local store.
    """

    controls: WatchControls
    _name = "watch"
    _charts = charts
    _css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    _kept = ("_futures", "_edited", "_history")
    _beside = ("_history",)
    _has_futures = True
    _codecs: ClassVar[Mapping[str, Codec]] = {
        "_edited": (edits_written, edits_read),
        "_futures": (futures_written, lambda value: futures_read(value, {})),
    }

    def __init__(
        self,
        prices: "str | Path | pd.DataFrame | None" = None,
        *,
        today: date | None = None,
        funding: Mapping[str, FundingHistory] | None = None,
    ) -> None:
        self._given_day, self._funding, refused = today, funding, ""
        self._history: History | None = None
        try:
            self._history = user_history(prices)
        except InputError as error:
            refused = f"Your prices are not used here: {error}."
        self._open()
        self._start()
        if refused:
            self.live.say(refused)

    def _open(self) -> None:
        look = Look()
        self._edited: dict[str, ContractSpec] = {}
        self._table = FuturesTable(contracts())
        self._futures = example_plan(0).book.futures
        self.sources = Sources(self._constants_edited)
        controls = WatchControls(look, example_fields(0), example_fields(0))
        super().__init__(look, controls, [example["title"] for example in examples()], others=[self._table])
        self._table.observe(self._futures_typed, "rows")

    @property
    def today(self) -> date:
        """Return the day at whose close the book is watched: the example's, or the page's."""
        if self._is_example:
            return example_day(int(self._example.value))
        return today_utc() if self._given_day is None else self._given_day

    @property
    def seen(self) -> Watched:
        """Return what is watched: its days, its futures, where prices and funding come from."""
        return self._seen

    @property
    def feared(self) -> float:
        """Return the move of the coins that the book fears, a fraction."""
        return self._base.book.move

    @property
    def words(self) -> Mapping[str, list[str]]:
        """Return the words of the sentences that are no numbers."""
        return self._words()

    def bring(self, state: str) -> None:
        """Show the book of a link that this page or the bar of any page wrote; raises InputError for any other."""
        said = record(document_of(state), "the book")
        if said.get("page") == self._name:
            self._show_document(said)
        else:
            plan = plan_read(said.get("book"))
            if plan is None:
                raise InputError("the book must be a link that was copied on “Watch”, or that leads to it")
            self.plan = plan

    @property
    def _is_example(self) -> bool:
        return bool(self._example.value >= 0)

    @property
    def _futures(self) -> tuple[Future, ...]:
        """Return the futures of the book, open and planned."""
        return self._listed

    @_futures.setter
    def _futures(self, futures: tuple[Future, ...]) -> None:
        self._listed = futures
        self._table.load(futures)

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> WatchPicture:
        return watch_picture(
            self._setting, {**self.controls.in_model_units(values), "days": self._setting.planned_days}
        )

    @property
    def _base(self) -> Plan:
        """Return the book that the controls change: the user's own, or the example's."""
        if not self._is_example and self._plan is not None:
            return self._plan
        return example_plan(max(int(self._example.value), 0))

    def _changed(self, fields: Mapping[str, Any]) -> Plan:
        plan = self._base.changed(edited=self._edited)
        plan = plan.changed(coverage=fields["coverage"], cash=fields["cash"], days=fields["days"])
        futures = tuple(replace(one, contract=plan.spec(one.contract.label)) for one in self._futures)
        return replace(plan, book=replace(plan.book, futures=futures))

    def _new_setting(self) -> WatchSetting:
        fields = self.controls.fields()
        self._seen = self._watched(self._changed(fields), fields)
        return self._seen.setting

    def _watched(self, plan: Plan, fields: Mapping[str, Any]) -> Watched:
        prices = None if self._history is None else self._history.prices
        if self._is_example:
            prices = example_prices(int(self._example.value))
        terms = {name: fields[name] for name in ("coins_then", "basis")}
        return watched(plan, self.today, prices, self._past_funding(plan), **terms)

    def _past_funding(self, plan: Plan) -> Mapping[str, FundingHistory]:
        if self._funding is not None or self._is_example:
            return self._funding or {}
        histories = Histories()
        found = {one.contract.underlying: histories.stored(one.contract) for one in plan.book.futures}
        return {coin: history for coin, history in found.items() if history is not None}

    def _words(self) -> dict[str, list[str]]:
        seen, spec = self._seen, self._setting.hedge.contract
        low = int(self._setting.coins.argmin()) if self._setting.coins[0] == self._setting.coins[0] else 0
        return {
            "contract": [spec.label],
            "asset": [spec.underlying],
            "first": ["the opening" if seen.first is None else day_words(seen.first)],
            "low_day": [day_words(seen.day(low))],
        }

    # -- the book ------------------------------------------------------------------------------------------------------
    def _planned(self, plan: Plan) -> dict[str, Any]:
        # Refused without a price of its contract, too.
        if refused := refused_future(plan.inputs(), plan.futures()):
            raise InputError(f"{refused[-1]}: correct it on “Outcome”")
        return planned_fields(plan)

    def _folded(self, plan: Plan, changed: Mapping[str, Any], now: Mapping[str, Any]) -> Plan:
        del now
        return plan.changed(**{name: changed[name] for name in ("coverage", "cash", "days") if name in changed})

    def _begun_with(self, fields: Mapping[str, Any]) -> Plan:
        del fields
        return self._base

    def _plan_at(self, state: State) -> Plan | None:
        plan = super()._plan_at(state)
        if plan is None or (state.example != OWN_BOOK and state.kept["_plan"] is not None):
            return plan
        return replace(plan, book=replace(plan.book, futures=state.kept["_futures"]))

    def _show_plan(self, plan: Plan) -> Mapping[str, float]:
        self._edited, self._futures = {**plan.edited}, plan.book.futures
        self.controls.show({"coins_then": 0.0, "basis": 0.0})
        return {**super()._show_plan(plan), "move": 0.0}

    def _plan_note(self, plan: Plan) -> str:
        return (
            f"This page uses {coins_words(plan)}, the futures that are open, how much you planned to hedge, the "
            "cash and the days. It watches and sends no order. You can change your coins on “Start”."
        )

    def _claim_of(self, place: int) -> tuple[str, str]:
        return examples()[place]["true"], examples()[place]["said"]

    # -- what the user does --------------------------------------------------------------------------------------------
    def _futures_typed(self, _change: Any) -> None:
        if self._loading:
            return
        with self.live.reporting(), self._quietly():
            if not self._table.take(self._base.spec, self._take_futures):
                self._refresh({})

    def _take_futures(self, futures: tuple[Future, ...]) -> None:
        """Hold other futures; what looks like coins in the place of contracts is asked about."""
        market = self._base.market()
        for place, one in enumerate(futures):
            price = market.price(one.contract.underlying) or one.entry_price
            question = asked_about(one, price, float(self._base.book.holdings.value)) if price else ""
            if question and self.controls.choices["sizes"].value == ASK:
                why = f"{question} If it is right, choose “Take it as typed” and type it again"
                self._table.refuse(place, "contracts", why)
        plan = replace(self._base, book=replace(self._base.book, futures=futures))
        if refused := refused_future(plan.inputs(), plan.futures()):
            self._table.refuse(*refused)
        self._attempt(lambda: self._have(futures))

    def _have(self, futures: tuple[Future, ...]) -> dict[str, float]:
        if self._is_example:
            self._plan = self._changed(self.controls.fields())
            self._example.value = OWN_BOOK
        self._futures = futures
        return {}

    def _begin(self, place: int) -> Mapping[str, float]:
        fields = example_fields(place)
        self._edited, self._futures = {}, example_plan(place).book.futures
        self.controls.show(fields)
        return self.controls.positions({"move": 0.0})

    def _use_prices(self, own: History) -> Mapping[str, float]:
        self._history = own
        return {}

    def _constants_edited(self, spec: ContractSpec) -> None:
        def edited() -> dict[str, float]:
            self._edited = {**self._edited, spec.label: spec}
            return {}

        self._attempt(edited)

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Renew the rows, the tables and the claim."""
        self._tell(values)
        picture, seen = self.live.picture(**values), self._seen
        self._checks.value = tables.checks_table(watch_checks(picture, seen.age))
        self._causes.value = tables.causes_table(picture, seen)
        self._choices.value = tables.choices_table(picture, self.feared)
        source = "the prices of your book" if self._history is None else self._history.badge
        shown = _EXAMPLE_PRICES if self._is_example else source
        self._badge.value = badge(f"{shown}, watched on {seen.today}", is_simulated=self._is_example)
        self.sources.show(self._setting.hedge.contract)

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_checks", "_causes", "_choices"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        return [self._example, self._badge]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls = self._look, self.controls
        numbers = controls.numbers
        return [
            card(look, "If prices move from now", [controls.sliders["move"]], "main"),
            card(look, "What you planned", [numbers[name] for name in ("coverage", "days", "cash")], "planned"),
            card(
                look,
                "Advanced: without past prices",
                [numbers["coins_then"], numbers["basis"]],
                "rare",
                is_folded=True,
            ),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words)
        about = look.make(ipywidgets.HTML, note(_HELP))
        return [
            self._story_card(story),
            self._chart(
                "Where it comes from, closed at the move",
                "causes",
                "Gain or loss by cause: coins, hedge, funding, fees, and the net",
                is_picture=True,
            ),
            card(look, "Does it need you?", [self._checks], "checks"),
            card(look, "Your open futures", [self._table, about, self.controls.choices["sizes"]], "futures"),
            self._chart(
                "Since the opening, by the day",
                "course",
                "Gain or loss of coins, hedge, funding, fees and net by the days since the opening",
            ),
            card(look, "The hedge in figures", [tiles], "health"),
            card(look, "By cause", [self._causes], "sums"),
            card(look, "Close it now, or keep it?", [self._choices], "choices"),
        ]

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self.sources.constants, self.sources.tiers]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, words.marks)


def day_words(day: date) -> str:
    """Return a day as one writes it: "1 Nov 2024"."""
    return f"{day.day} {day:%b %Y}"
