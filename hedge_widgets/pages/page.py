"""What every page of choices, boxes, sliders and live charts has in common; the one module that explorers share."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import ipywidgets
import numpy as np
from IPython.display import Markdown

from hedge_widgets.live import Live, LiveBanner, LiveChart, LiveMarks, LiveText
from hedge_widgets.market.coins import followed, is_money
from hedge_widgets.market.history import History, may_fetch, stored_history
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.stored_terms import stored_terms
from hedge_widgets.model.limits import InputError, LimitError
from hedge_widgets.pages.address import VERSION, Codec, plan_read, plan_written, record, written
from hedge_widgets.pages.book import FUTURES_NOTE, PAGES, coins_note, outcome_words
from hedge_widgets.pages.carried import OWN_BOOK, Carrying, State
from hedge_widgets.widgets.bar import PageBar
from hedge_widgets.widgets.controls import Controls, Look, card, dropdown
from hedge_widgets.widgets.fetching import GetPrices
from hedge_widgets.widgets.past import Past
from hedge_widgets.widgets.tables import book_claim, claim, note

if TYPE_CHECKING:
    import pandas as pd

Change = Callable[[], Mapping[str, float]]


class Page(Carrying, ipywidgets.VBox):
    """A page: choices and boxes make a setting, setting and sliders make a picture, and the picture is drawn.

    A change is taken as a whole or not at all: where the setting or its picture refuses it, the page says why and is as
    it was before. A subclass sets what it needs, calls ``super().__init__``, then :meth:`_start`. It gives

    * ``_name``, the CSS class ``hw-<name>``, and ``_css``, its style; ``_charts``, the module with ``<key>_traces``,
      ``_layout`` and, where axes move, ``_moving_layout``; ``_kept``, the attributes that a hand changes and that are
      no control's, each replaced and never mutated; ``_beside``, those of them that make no other picture;
      ``_codecs``, how those that can be told in an address are written there;
    * ``_new_setting``, ``_picture`` and ``_words``; ``_follow`` and ``_begin``, what a choice and an example bring with
      them; ``_report``, what is renewed when the hand rests;
    * ``_claim_of``, what is said and true of an example; ``_planned``, ``_folded``, ``_begun_with`` and ``_plan_note``,
      what the page makes of the book that travels from page to page, and what of it a hand changed here;
    * ``_head``, ``_left``, ``_right``, ``_foot`` and ``_marks``, what the page consists of.

    Parameters
    ----------
    look, controls
        Of the page.
    titles, groups
        Of its worked examples; without them the page has no such box.
    others
        Controls beside those of ``controls``; the subclass observes them itself.
    """

    _name: ClassVar[str]
    _charts: ModuleType
    _css: ClassVar[str]
    _kept: ClassVar[tuple[str, ...]] = ()
    _beside: ClassVar[tuple[str, ...]] = ()
    _codecs: ClassVar[Mapping[str, Codec]] = {}

    def __init__(
        self,
        look: Look,
        controls: Controls,
        titles: Sequence[str] = (),
        others: Sequence[ipywidgets.Widget] = (),
        groups: Sequence[str] = (),
    ) -> None:
        self._look, self.controls = look, controls
        self._loading = False
        self._example = dropdown(look, "Example", [*_listed(titles, groups), ("Your own book", OWN_BOOK)], 0)
        self._plan: Plan | None = None
        self._bar = PageBar(list(PAGES.values()), PAGES[self._name][1])
        self._as_opened: dict[int, State] = {}
        self._claim, self._about = look.make(ipywidgets.HTML), look.make(ipywidgets.HTML)
        self._back = ipywidgets.Button(description="Back to it", layout=ipywidgets.Layout(visibility="hidden"))
        self._back.on_click(lambda _button: self._take(lambda: self._begun(int(self._example.value))))
        self._prices_from = GetPrices(look, self._coins_wanted, self._stored) if may_fetch() else None
        self._past = Past(look, self._return_to)
        self._past.button.on_click(lambda _button: self._undone())
        self._setting = self._new_setting()
        self._drawn: tuple[Any, Any, Any] = (None, None, None)
        specs = controls.specs
        self.live = Live(
            {name: (slider, specs[name].positions) for name, slider in controls.sliders.items()},
            self._picture_at,
            others=[*controls.others, self._example, *others],
            units={name: spec.unit for name, spec in specs.items()},
            words=self._words(),
            read=self._read,
            css=self._css,
        )
        super().__init__()
        self.children = self._page()
        self.add_class("hw-root").add_class(f"hw-{self._name}")
        for control in controls.others:
            control.observe(self._chosen, "value")
        self._example.observe(self._example_chosen, "value")
        self.live.on_rest(self._rested)
        self.live.on_arrival(VERSION, self._arrive)
        self._state = self._present()
        self._as_opened[int(self._example.value)] = self._state
        self._opening, self._first = self._said_of(self._state), self._state

    def _start(self, change: Change | None = None) -> None:
        """Show the page, with a change of the user's own data; nothing of it can be undone."""
        if change is None:
            with self.live.reporting():
                self._report(self.live.values)
        else:
            self._take(change)
        if not self.live.said:
            self.live.say(" ".join(f"The store: {problem}." for problem in stored_terms().problems))
        self._state = self._first = self._present()
        self._past.begin(self._state)
        self._write_address()

    @property
    def name(self) -> str:
        """Return the page's short name."""
        return self._name

    def chart(self, key: str) -> LiveChart:
        """Return one of the page's charts, to show alone.

        Raises
        ------
        InputError
            Naming the page's charts, if it has none of that key.

        Examples
        --------
        >>> from hedge_widgets import HedgeSimulator
        >>> HedgeSimulator().chart("outcome").key
        'outcome'
        """
        charts = {part.key: part for part in self.live.parts if isinstance(part, LiveChart)}
        if key not in charts:
            raise InputError(f"a chart of this page is one of {', '.join(charts)}, not {key!r:.40}")
        return charts[key]

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return what anywidget says of a widget, which Colab needs to know too; ipywidgets does not say it."""
        return anywidget.AnyWidget._repr_mimebundle_(self, **kwargs)

    def _display_(self) -> Markdown:
        """Return what marimo shows, which has no widgets of Jupyter."""
        return Markdown(  # type: ignore[no-untyped-call]
            "marimo does not show Jupyter widgets. `hedge_widgets.SavedPage(page)` shows this page with sliders that "
            "answer; boxes and tables need Jupyter or `hedge-widgets app`."
        )

    # -- of the page ---------------------------------------------------------------------------------------------------
    def _new_setting(self) -> Any:
        """Return what choices and boxes stand for; raises InputError if they cannot be."""
        raise NotImplementedError

    def _picture(self, values: dict[str, Any]) -> Any:
        """Return the picture at slider values, {name: array of shape (rows,)} in the sliders' units.

        Of one setting it is always the same: what else it depends on is changed together with the setting.
        """
        raise NotImplementedError

    def _picture_at(self, values: dict[str, Any]) -> Any:
        """Return the picture at slider values; the last one of a single row is kept: all parts are drawn from it."""
        at = [rows.item() for rows in values.values() if rows.size == 1]
        if len(at) < len(values):
            return self._picture(values)
        if self._drawn[0] is not self._setting or self._drawn[1] != at:
            self._drawn = self._setting, at, self._picture(values)
        return self._drawn[2]

    def _words(self) -> dict[str, list[str]]:
        """Return the words that follow the choices, for slots "words:name"."""
        raise NotImplementedError

    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        """Change what follows a choice just made; return the slider values that follow too."""
        del owner
        return {}

    def _begin(self, place: int) -> Mapping[str, float]:
        """Show the choices of an example; return its slider values."""
        raise NotImplementedError

    def _report(self, values: dict[str, float]) -> None:
        """Renew what is too slow for a moving hand, at slider values."""
        raise NotImplementedError

    def _restored(self) -> None:
        """Renew what hangs on the kept attributes, before choices and boxes are shown again."""

    def _use_prices(self, own: History) -> Mapping[str, float]:
        """Go on with a history of the user's own; return the slider values that follow."""
        raise NotImplementedError

    def _computing(self) -> AbstractContextManager[Any]:
        """Return the context in which a change is worked out."""
        return nullcontext()

    def _head(self) -> list[ipywidgets.Widget]:
        raise NotImplementedError

    def _left(self) -> list[ipywidgets.Widget]:
        raise NotImplementedError

    def _right(self) -> list[ipywidgets.Widget]:
        raise NotImplementedError

    def _foot(self) -> list[ipywidgets.Widget]:
        return []

    def _marks(self) -> LiveMarks:
        raise NotImplementedError

    # -- what the user does --------------------------------------------------------------------------------------------
    def _chosen(self, change: Any) -> None:
        if self._loading:
            return
        box = change["owner"]
        with self.live.reporting():
            try:
                self._attempt(lambda: self._follow(box))
            except InputError as error:
                if isinstance(error, LimitError):
                    error = self.controls.as_typed(error, box, change["new"])
                self.live.refuse(box, error.sentence, change["new"] if isinstance(box, ipywidgets.Text) else None)

    def _read(self, control: ipywidgets.Widget, typed: str) -> tuple[float, str]:
        """Return (number, remark) of what was typed into a control's box; raises InputError for what is refused."""
        return self.controls.read(control, typed)

    def _example_chosen(self, change: Any) -> None:
        if isinstance(change["new"], int) and change["new"] < OWN_BOOK:  # the name of a group is no example
            with self._quietly():
                self._example.value = change["old"]
        elif not self._loading:
            self._take(lambda: self._begun(int(change["new"])))

    def _take(self, change: Change) -> None:
        """Let a change happen, or say on the page why not."""
        with self.live.reporting():
            self._attempt(change)

    def _attempt(self, change: Change) -> None:
        """Let a change happen as a whole; ``change`` returns the slider values that it brings.

        Raises
        ------
        InputError
            If something refuses it; everything is then as it was.
        """
        setting = self._setting
        with self._computing(), self._quietly():
            try:
                values = change()
                self._setting = self._new_setting()
                self.live.picture(**values)
            except Exception:
                self._return_to(self._state, setting)
                raise
            self.live.say("")
            self._refresh(values)
            self._settle()

    @property
    def outcome(self) -> Any:
        """Return what the model answers to what the page shows: its picture, arrays of one row, units as documented."""
        return self.live.picture()

    def to_frame(self) -> "pd.DataFrame":
        """Return the outcome's numbers as a frame of one row, a column each; curves are left out.

        Examples
        --------
        >>> from hedge_widgets import HedgeSimulator
        >>> HedgeSimulator().to_frame()[["spot_pnl", "hedge_pnl", "net_pnl"]].round(2)
           spot_pnl  hedge_pnl  net_pnl
        0   -1600.0    1004.23  -576.28
        """
        import pandas as pd

        return pd.DataFrame([dict(_numbers(self.outcome))])

    def undo(self) -> None:
        """Go back to the state before the last change."""
        self._past.undo()

    def _coins_wanted(self) -> list[str]:
        """Return the coins whose prices the page uses, and the usual hedges."""
        try:
            book = (self.plan or self._begun_with(self._state.fields)).book
            coins = [*book.holdings.symbols, book.hedge.contract.underlying]
        except InputError:
            coins = []
        coins = [followed(coin) for coin in coins if not is_money(coin)]
        return [*dict.fromkeys((*coins, "BTC", "ETH"))]

    def _stored(self) -> None:
        """Use the prices that were just stored."""
        own, _ = stored_history()
        if own is not None:
            self._take(lambda: self._use_prices(own))

    def _undone(self) -> None:
        with self._computing(), self.live.reporting():
            self.live.say("")
            self.undo()

    def _return_to(self, state: State, setting: Any = None) -> None:
        """Show a state again; without its ``setting`` that is made anew, and the sliders go back as well."""
        with self._quietly():
            for name, value in state.kept.items():
                setattr(self, name, value)
            self._restored()
            self._example.value = state.example
            self.controls.show(state.fields)
        self._setting = self._new_setting() if setting is None else setting
        self._refresh(state.values if setting is None else {})
        self._state = self._present()
        self._write_address()

    def _refresh(self, values: Mapping[str, float]) -> None:
        with self.live.reporting():
            self.live.words = self._words()
            self.live.refresh(values)
            self._report(self.live.values)

    def _rested(self, values: dict[str, float]) -> None:
        with self.live.reporting():
            self._report(values)
            self._settle(values)

    def _settle(self, values: dict[str, float] | None = None) -> None:
        self._state = self._present(values)
        self._past.settle(self._state)
        self._write_address()

    def _present(self, values: dict[str, float] | None = None) -> State:
        """Return the state at slider values, those of the sliders unless named.

        While a page opens the stock sliders report rounded values for a moment; where they rest is what the page says.
        """
        kept = {name: getattr(self, name) for name in ("_plan", *self._kept)}
        fields, example = self.controls.fields(), int(self._example.value)
        return State(fields=fields, values=values or self.live.values, example=example, kept=kept)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Change controls without taking that for a hand's doing."""
        before, self._loading = self._loading, True
        try:
            yield
        finally:
            self._loading = before

    # -- the address ---------------------------------------------------------------------------------------------------
    @property
    def state(self) -> str:
        """Return the page's state as it stands behind ``#1=`` in its address; "" where it is as it opened.

        Setting it shows that state; InputError says what is refused, and the page is then as it was.

        Examples
        --------
        >>> from hedge_widgets import HedgeSimulator
        >>> page, other = HedgeSimulator(), HedgeSimulator()
        >>> page.controls.sliders["leverage"].value = 5.0
        >>> other.state = page.state
        >>> other.inputs.leverage
        5.0
        """
        return self._told(self._present())

    @state.setter
    def state(self, text: str) -> None:
        self.live.arrive(VERSION, text) if text else self._show_document({})

    def _told(self, state: State) -> str:
        opening, present = self._opening, self._said_of(state)
        document: dict[str, Any] = {"example": present["example"] or None}
        for part in ("controls", "sliders", "kept"):
            changed = {name: value for name, value in present[part].items() if value != opening[part].get(name)}
            document[part] = {name: value for name, value in changed.items() if not _is_no_number(value)}
        return written({"page": self._name, **document} if any(document.values()) else {})

    def _said_of(self, state: State) -> dict[str, Any]:
        """Return a state in plain values, as an address can hold them."""
        kept = {name: write(state.kept[name]) for name, (write, _) in self._all_codecs.items()}
        return {"example": state.example, "controls": self.controls.raw(), "sliders": state.values, "kept": kept}

    def _write_address(self) -> None:
        """Write the state where the hand rested: while a page opens the stock sliders report rounded values."""
        self.live.address = self._bar.state = self._told(self._state)
        self._show_bar()

    @property
    def _all_codecs(self) -> Mapping[str, Codec]:
        return {"_plan": (plan_written, plan_read), **self._codecs}

    def _arrive(self, document: Any, before: Any) -> None:
        """Show what the address holds, or raise InputError; the page is then as it was.

        A book that this page cannot show is kept for the next one all the same. One that comes back finds the page as
        it was left, another one finds what the page asked ``before`` of its own.
        """
        said = record(document, "the state")
        if "page" not in said and "book" in said:
            plan = plan_read(said["book"])
            if plan is None:
                raise InputError("the book in the address must be coins and hedges, not empty")
            try:
                if not self._is_as_left(before, plan):
                    self._attempt(lambda: self._brought(plan))
            except InputError:
                self._plan = plan
                self._settle()
                raise
            return
        if said.get("page") != self._name and said.keys() != {"sliders"}:  # these a browser adds where nothing else is
            raise InputError(f"the address is of another page: it names {said.get('page')!r:.40}, not {self._name!r}")
        self._show_document(said)

    def _is_as_left(self, before: Any, plan: Plan) -> bool:
        """Show the page as it was left, and return whether it has the book that comes."""
        if not isinstance(before, dict) or before.get("page") != self._name:
            return False
        try:
            self._show_document(before)
            return self.plan == plan
        except InputError:
            return False

    def _show_document(self, said: Mapping[str, Any]) -> None:
        place = said.get("example", 0)
        if isinstance(place, bool) or place not in self._places:
            raise InputError(f"example in the address must be one of this page's, not {place!r:.40}")
        controls, sliders, kept = (record(said.get(part, {}), part) for part in ("controls", "sliders", "kept"))
        controls = {name: self.controls.judged(name, value) for name, value in controls.items()}
        sliders = {name: self.controls.judged_slider(name, value) for name, value in sliders.items()}
        opening = self._opening
        unknown = [name for name in kept if name not in self._all_codecs]
        if unknown:
            raise InputError(f"kept in the address must be of this page, not {unknown[0]!r:.40}")
        read = {name: read(kept.get(name, opening["kept"][name])) for name, (_, read) in self._all_codecs.items()}
        if place == OWN_BOOK and read["_plan"] is None and not self._is_book:
            raise InputError("the address is of a book of your own, but holds none")

        def shown() -> Mapping[str, float]:
            for name, value in read.items():
                setattr(self, name, value)
            self._restored()
            self._example.value = place
            self.controls.put({**opening["controls"], **controls})
            return {**opening["sliders"], **sliders}

        self._attempt(shown)

    @property
    def _places(self) -> list[int]:
        """Return the places of the worked examples and of the user's own book."""
        return [place for _, place in self._example.options if place >= OWN_BOOK]

    # -- worked examples -----------------------------------------------------------------------------------------------
    def _claim_of(self, place: int) -> tuple[str, str]:
        """Return (what is true, what is often said) of an example."""
        raise NotImplementedError

    def _tell(self, values: dict[str, float]) -> None:
        """Say what is true of the worked example; once the page has left it, say that too and offer the way back."""
        place, present = int(self._example.value), self._present(values)
        if place == OWN_BOOK:
            plan, problem = self._plan_or_why(present)
            assert plan is not None
            beside = "" if self._has_futures or not plan.book.futures else FUTURES_NOTE
            notes = (self._plan_note(plan), coins_note(plan), beside, self._steps_note(), problem)
            used = " ".join(filter(None, notes))
            self._claim.value = book_claim(outcome_words(plan), used)
            self._about.value, self._back.layout.visibility = note("Your own book"), "hidden"
            return
        is_changed = not self._is_like(self._as_opened.setdefault(place, present), present)
        true, said = self._claim_of(place)
        self._claim.value = claim(true, said)
        self._about.value = note("You have changed this example." if is_changed else "About this example")
        self._back.layout.visibility = "visible" if is_changed else "hidden"

    def _story_card(self, story: ipywidgets.Widget) -> ipywidgets.Widget:
        """Return the first card: the sentence, and beside it what is said and true of the example."""
        head = self._look.make(ipywidgets.HBox, [self._about, self._back]).add_class("hw-about")
        about = self._look.make(ipywidgets.VBox, [head, self._claim])
        return card(self._look, "", [story, about], "story")

    # -- the page ------------------------------------------------------------------------------------------------------
    def _page(self) -> list[ipywidgets.Widget]:
        look = self._look
        getting = self._prices_from
        buttons = [getting.button, self._past.button] if getting else [self._past.button]
        head = look.make(ipywidgets.HBox, [*self._head(), *buttons]).add_class("hw-head")
        left = look.make(ipywidgets.VBox, self._left()).add_class("hw-left")
        right = look.make(ipywidgets.VBox, self._right()).add_class("hw-right")
        page = look.make(ipywidgets.VBox, [left, right]).add_class("hw-page")
        foot = look.make(ipywidgets.VBox, self._foot()).add_class("hw-foot")
        prices = [getting.place] if getting else []
        return [self._bar, LiveBanner(self.live), head, *prices, page, foot, self._marks()]

    def _texts(self, words: ModuleType, readouts: ModuleType | None = None) -> tuple[LiveText, LiveText]:
        """Return story and tiles of a module's blocks; the functions that fill them are there or in ``readouts``."""
        live, filled = self.live, readouts or words
        story = LiveText(live, "story", blocks=words.STORY, slots=words.STORY_SLOTS, values=filled.story, announce=True)
        return story, LiveText(live, "tiles", blocks=words.TILES, slots=words.TILE_SLOTS, values=filled.tiles)

    def _chart(
        self,
        title: str,
        key: str,
        label: str,
        above: Sequence[ipywidgets.Widget] = (),
        below: Sequence[ipywidgets.Widget] = (),
        *,
        is_picture: bool = False,
    ) -> ipywidgets.Widget:
        """Return a chart in its card; ``label`` is what a screen reader says of it.

        On a phone a "picture" is small and stays on top of the sliders that stand below it.
        """
        named = {
            part: getattr(self._charts, f"{key}_{part}", None)
            for part in ("traces", "layout", "moving_layout", "handles")
        }
        chart = LiveChart(self.live, key, label=label, **{part: made for part, made in named.items() if made})
        box = card(self._look, title, [*above, chart, *below], key).add_class("hw-charted")
        return box.add_class("hw-picture") if is_picture else box


def _listed(titles: Sequence[str], groups: Sequence[str]) -> list[tuple[str, int]]:
    """Return (title, place) of worked examples in the order of their groups, each group under its name."""
    listed = []
    for k, group in enumerate(dict.fromkeys(groups or [""])):
        listed += [(f"— {group} —", OWN_BOOK - 1 - k)] if group else []
        listed += [(title, place) for place, title in enumerate(titles) if not groups or groups[place] == group]
    return listed or [("", 0)]


def _is_no_number(value: Any) -> bool:
    """Return whether a box holds what is no number, which only an unused one can: no address holds it."""
    return isinstance(value, float) and not math.isfinite(value)


def _numbers(outcome: Any) -> Iterator[tuple[str, Any]]:
    """Yield the numbers of one row of an outcome and of the outcomes in it; a name that came before stays as it was."""
    seen: set[str] = set()
    inner = [getattr(outcome, field.name) for field in fields(outcome)]
    for part in (outcome, *reversed(inner)):  # what came out before what went in
        for field in fields(part) if is_dataclass(part) else ():
            value = np.asarray(getattr(part, field.name))
            if value.dtype.kind in "biuf" and value.size == 1 and field.name not in seen:
                seen.add(field.name)
                yield field.name, value.item()
