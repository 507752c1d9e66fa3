"""The book on a page: what the page makes of it, what a hand changed of it here, and how it goes on to the next one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import ipywidgets

from hedge_widgets.live import Live
from hedge_widgets.market.plan import Plan
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.address import plan_written, written
from hedge_widgets.pages.book import short_words
from hedge_widgets.widgets.bar import PageBar
from hedge_widgets.widgets.controls import Controls

OWN_BOOK = -1  # the place, among a page's examples, of the book that travels from page to page


@dataclass(frozen=True, kw_only=True)
class State:
    """All that a hand can change on a page: fields of choices and boxes, slider values, example, what else it keeps.

    ``fields`` are in the model's units, ``values`` in the sliders'.
    """

    fields: dict[str, Any]
    values: dict[str, float]
    example: int
    kept: dict[str, Any]


class Carrying:
    """What :class:`Page` does with the book; it has the controls, the worked examples and the address."""

    controls: Controls
    live: Live
    _kept: ClassVar[tuple[str, ...]] = ()
    _beside: ClassVar[tuple[str, ...]] = ()
    _is_book: ClassVar[bool] = False  # whether the page's own controls say all of a book
    _has_futures: ClassVar[bool] = False  # whether the page shows the futures beside the hedge
    _plan: Plan | None
    _state: State
    _first: State
    _as_opened: dict[int, State]
    _example: ipywidgets.Dropdown
    _bar: PageBar

    def _attempt(self, change: Any) -> None:
        raise NotImplementedError

    def _begin(self, place: int) -> Mapping[str, float]:
        raise NotImplementedError

    @property
    def plan(self) -> Plan | None:
        """Return the book in force, with what was changed here; None where a worked example is as it opened.

        Setting it shows it; InputError says what the page cannot show.

        Examples
        --------
        >>> from hedge_widgets import HedgeSimulator, MarginExplorer
        >>> simulator, margin = HedgeSimulator(), MarginExplorer()
        >>> margin.plan = simulator.plan
        >>> margin.outcome.isolated_price.round(2), round(simulator.plan.outcome().liquidation_price, 2)
        (array([119521.91]), 119521.91)
        """
        return self._plan_at(self._state)

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self._attempt(lambda: self._brought(plan))

    def _plan_at(self, state: State) -> Plan | None:
        plan: Plan | None = state.kept["_plan"]
        if state.example == OWN_BOOK and plan is not None:
            now = {**state.fields, **self.controls.in_model_units(state.values)}
            shown = self._as_controls(self._planned(plan))
            changed = {name: now[name] for name, value in shown.items() if not _same(now[name], value)}
            edited = state.kept.get("_edited")  # contracts whose constants were edited here
            plan = plan.changed(edited=edited) if edited and edited != plan.edited else plan
            return self._folded(plan, changed, now) if changed else plan
        opened = (self._first, self._as_opened.get(state.example, state))
        if plan is not None or any(self._is_like(one, state) for one in opened):
            return plan
        return self._made_of(state)

    def _made_of(self, state: State) -> Plan:
        """Return a plan that is made of the page's own example and of what a hand did to it."""
        now = {**state.fields, **self.controls.in_model_units(state.values)}
        plan = self._begun_with(state.fields).changed(edited=state.kept.get("_edited"))
        return self._folded(plan, now, now)

    def _planned(self, plan: Plan) -> Mapping[str, Any]:
        """Return what choices, boxes and sliders are at a plan, by name, in the model's units; others stay.

        Raises
        ------
        InputError
            If the page cannot show it.
        """
        raise NotImplementedError

    def _folded(self, plan: Plan, changed: Mapping[str, Any], now: Mapping[str, Any]) -> Plan:
        """Return the plan with what a hand changed here, and all as it is now: controls by name, model's units."""
        raise NotImplementedError

    def _begun_with(self, fields: Mapping[str, Any]) -> Plan:
        """Return the plainest plan on what the page's own example is about."""
        raise NotImplementedError

    def _plan_note(self, plan: Plan) -> str:
        """Return what of the book the page uses, as sentences."""
        raise NotImplementedError

    def _show_plan(self, plan: Plan) -> Mapping[str, float]:
        """Show a plan; return its slider values."""
        planned = self._planned(plan)
        self._plan = plan
        self.controls.show(planned)
        return self.controls.positions({name: planned[name] for name in planned.keys() & self.controls.specs.keys()})

    def _brought(self, plan: Plan) -> Mapping[str, float]:
        values = self._show_plan(plan)
        self._example.value = OWN_BOOK
        return values

    def _with_contract(self) -> Plan:
        """Return the plan with the contract just chosen; all that belongs to a contract follows it."""
        plan = self.plan
        assert plan is not None
        return plan.changed(contract=plan.spec(self.controls.choices["contract"].value))

    def _as_controls(self, planned: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the controls hold once they show a plan, in the model's units."""
        held = dict(planned)
        for name, quantity in self.controls.specs.items():
            if name in held:
                held[name] = quantity.position(held[name]) * quantity.factor
        return held

    def _steps_note(self) -> str:
        """Return which of the book's figures no step of a slider meets."""
        said = []
        for name, value in ({} if self._plan is None else self._planned(self._plan)).items():
            quantity = self.controls.specs.get(name)
            if quantity is not None and not _same(shown := quantity.position(value), value / quantity.factor):
                one, other = quantity.written(shown), quantity.written(value / quantity.factor)
                said.append(f"Its slider shows {one} for your {other} ({quantity.label}).")
        return " ".join(said)

    def _show_bar(self) -> None:
        plan, words = self._plan_or_why(self._state)
        try:
            words = words or ("" if plan is None else short_words(plan))
        except InputError as error:
            words = error.sentence
        self._bar.book, self._bar.words = written({"book": plan_written(plan)}), words

    def _plan_or_why(self, state: State) -> tuple[Plan | None, str]:
        """Return the book at a state, or as it came and why what was set here cannot be in it."""
        try:
            return self._plan_at(state), ""
        except InputError as error:
            kept = state.kept["_plan"]
            return kept, f"Your book stays as it was: {error}." if kept else error.sentence

    def _begun(self, place: int) -> Mapping[str, float]:
        """Show an example, or the user's own book; that is kept while an example is looked at."""
        was_own = self._state.example == OWN_BOOK
        if place == OWN_BOOK:
            kept = None if was_own else self._plan
            return self._show_plan(kept or self.plan or self._made_of(self._state))
        if was_own:
            self._plan, _ = self._plan_or_why(self._state)
        return self._begin(place)

    def _is_like(self, one: State, other: State) -> bool:
        """Return whether two states show the same picture."""
        kept = [name for name in self._kept if name not in self._beside]
        pairs = [(one.kept[name], other.kept[name]) for name in kept]
        pairs += [(one.fields[name], other.fields[name]) for name in one.fields]
        pairs += [(one.values[name], other.values[name]) for name in one.values]
        return all(_same(a, b) for a, b in pairs)


def _same(one: Any, other: Any) -> bool:
    numbers = isinstance(one, float | int) and isinstance(other, float | int)
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) if numbers else bool(one == other)
