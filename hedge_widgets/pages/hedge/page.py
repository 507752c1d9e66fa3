"""The hedge simulator: spot loss, hedge gain and net outcome follow the sliders, to the hedge's death and beyond."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import traitlets

from hedge_widgets.live import LiveMarks
from hedge_widgets.market.coins import followed, is_money
from hedge_widgets.market.facts import contract, contracts, funding_presets
from hedge_widgets.market.history import History, history, stored_problems, user_history
from hedge_widgets.market.market import Market
from hedge_widgets.market.plan import Plan, futures_of
from hedge_widgets.market.prices import MAX_BYTES
from hedge_widgets.market.shipped import PAYMENTS_A_DAY, Figures, shipped_funding
from hedge_widgets.model.book import Future
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.futures import Futures, delta_trade, hedges_outcome
from hedge_widgets.model.hedge import SIZED, HedgeInputs
from hedge_widgets.model.hedge_picture import HedgePicture, hedge_picture
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.pages.book import assumed_words, coins_words, currency_words, followed_words, refused_future
from hedge_widgets.pages.carried import OWN_BOOK, State
from hedge_widgets.pages.hedge import charts, words
from hedge_widgets.pages.hedge.codecs import CODECS
from hedge_widgets.pages.hedge.contracts import ContractMemory, are_the_markets, as_held
from hedge_widgets.pages.hedge.controls import HELD, TARGET, WINDOW, HedgeControls
from hedge_widgets.pages.hedge.examples import claim_of, example_inputs, examples
from hedge_widgets.pages.hedge.tables import cash_table, delta_words, futures_table, ways_table
from hedge_widgets.pages.page import Page
from hedge_widgets.widgets.controls import Look, card, dropdown, slider
from hedge_widgets.widgets.futures import FuturesTable
from hedge_widgets.widgets.inputs import FileUpload, HoldingsTable
from hedge_widgets.widgets.sources import Sources
from hedge_widgets.widgets.tables import badge, note

if TYPE_CHECKING:
    import pandas as pd


AWAY = (
    "Above 0 the contract is dearer than its coin. A short that is sold above its coin gains the gap when it closes; "
    "one that is bought back above its coin pays it. The venue liquidates at its mark price, which is taken to follow "
    "the contract, as a gap does that lasts longer than the venue averages over (2.5 minutes at Binance: support "
    "article fff6ec1b, as stored in 2026)."
)
CARRIES = "What your cash is enough for, by coverage and leverage"


def sized_with(inputs: HedgeInputs) -> dict[str, Any]:
    """Return the figures a hedge was sized with, by the fields of the inputs that hold them."""
    return {name: inputs.sized(comes) for name, comes in SIZED.items()}


def as_sized(inputs: HedgeInputs) -> dict[str, Any]:
    """Return the figures of a hedge that is sized with what comes, by the fields of the inputs that hold them."""
    return {name: getattr(inputs, comes) for name, comes in SIZED.items()}


_FUNDING = [("Choose …", ""), ("Received lately", "received lately"), *((name, name) for name in funding_presets())]


class HedgeSimulator(Page):
    """The simulator's page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it; None: the file named by
        HEDGE_WIDGETS_PRICES, else the local store; without them the worked examples' own.

    Attributes
    ----------
    inputs
        The model's inputs the page stands for, read-only; :meth:`load` sets them.
    """

    controls: HedgeControls
    inputs = traitlets.Instance(HedgeInputs, read_only=True)
    _name = "simulator"
    _charts = charts
    _css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    _kept = ("_loaded", "_sized", "_portfolio", "_edited", "_memory", "_history", "_days", "_futures")
    _beside = ("_memory",)
    _is_book = True
    _has_futures = True
    _codecs = CODECS

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        first = example_inputs(examples()[0])
        self._loaded, self._sized = first, sized_with(first)
        self._edited: dict[str, ContractSpec] = {}
        self._memory = ContractMemory()
        self._history: History | None = None
        self._aside = ""
        look = Look()
        self._table = HoldingsTable()
        self._table.load(first.portfolio)
        self._held = first.portfolio
        self._futures_table = FuturesTable(contracts())
        self._open: tuple[Future, ...] = ()
        self._size_it = look.make(ipywidgets.Button, description="Size the hedge this way")
        self.sources = Sources(self._constants_edited)
        self._funding = dropdown(look, "Use the funding of", _FUNDING, "")
        self._window = slider(look, WINDOW, 90.0)
        self._window.continuous_update = False
        self._window.layout = ipywidgets.Layout(display="none")
        controls = HedgeControls(look, first)
        super().__init__(
            look,
            controls,
            [example["title"] for example in examples()],
            others=[self._table, self._futures_table, self._funding, self._window, self._size_it],
            groups=[example["group"] for example in examples()],
        )
        self._futures_table.observe(self._futures_typed, "rows")
        self._size_it.on_click(lambda _button: self._take(self._sized_to_target))
        self._table.observe(self._typed, "rows")
        self._funding.observe(self._funding_chosen, "value")
        self._window.observe(self._window_moved, "value")
        for moved in controls.sliders.values():
            moved.observe(self._slid, "value")
        self._start()
        with self.live.reporting():
            self._open_on(user_history(prices))

    def _open_on(self, own: History | None) -> None:
        """Begin with the user's own prices, if there are any that this page can use."""
        missing = [] if own is None else [name for name in self._needed if name not in own.prices.columns]
        if own is None:
            self._aside = "".join(f"Your store of prices has a problem: {problem}. " for problem in stored_problems())
        elif own.is_store and missing:
            self._aside = f"Your store has no prices of {', '.join(missing)}, so it is not used here."
        else:
            self._start(lambda: self._bring(own))
            self.live.say(self.live.said or self._figures.problem)
        self._report(self.live.values)

    # -- from controls to picture ------------------------------------------------------------------------------------
    def _contract(self, label: str) -> ContractSpec:
        return self._edited.get(label) or contract(label)

    def _new_setting(self) -> HedgeInputs:
        fields = self.controls.fields()
        spec = self._contract(fields.pop("contract"))
        fields.pop(TARGET)
        sized: dict[str, Any] = self._sized if fields.pop("sizing") == HELD else dict.fromkeys(SIZED)
        return replace(self._loaded, portfolio=self._portfolio, contract=spec, **fields, **sized)

    def _inputs_at(self, values: Mapping[str, Any]) -> HedgeInputs:
        setting: HedgeInputs = self._setting
        return replace(setting, **self.controls.in_model_units(values))

    def _picture(self, values: dict[str, Any]) -> HedgePicture:
        return hedge_picture(self._inputs_at(values), self._other_futures())

    def _other_futures(self) -> Futures:
        return self._futures_with(self._as_edited())

    def _futures_with(self, futures: tuple[Future, ...]) -> Futures:
        """Return futures beside the hedge as the model's inputs, each with what belongs to its contract."""
        if not futures:
            return Futures()
        market = self._market()
        specs = {future.contract.label: future.contract for future in futures}
        fields = {label: self._memory.fields(self._portfolio, spec, market) for label, spec in specs.items()}
        return futures_of(self._portfolio, self._setting.contract, futures, fields, market)

    def _as_edited(self) -> tuple[Future, ...]:
        return tuple(replace(future, contract=self._contract(future.contract.label)) for future in self._futures)

    def _words(self) -> dict[str, list[str]]:
        names = self._figures.assumed
        coins = "".join(names) if len(names) == 1 else f"{len(names)} coins"
        spec: ContractSpec = self._setting.contract
        names_of = {"asset": [spec.underlying], "contract": [spec.label]}
        unsure = f"{assumed_words(names)} {currency_words(self._portfolio.symbols)}".strip()
        refused = refused_future(self._setting, self._other_futures())  # a gap at entry may take one above its tier
        return names_of | {
            "assumed": [unsure],
            "coins_assumed": [f" · {coins} assumed" if names else ""],
            "refused": [refused[-1] if refused else "its venue does not allow it at this size"],
        }

    def load(self, inputs: HedgeInputs) -> None:
        """Show scalar inputs: every control moves, and the page follows once.

        Raises
        ------
        InputError
            If the page cannot show them; it is then as it was.
        """
        self._attempt(lambda: self._show(inputs))

    def _show(self, inputs: HedgeInputs) -> dict[str, float]:
        spec = inputs.contract
        is_shipped = spec == contract(spec.label)
        self._loaded, self._sized, self._portfolio = inputs, sized_with(inputs), inputs.portfolio
        self._edited, self._memory = {} if is_shipped else {spec.label: spec}, ContractMemory()
        self._futures = ()
        return self.controls.load(inputs)

    # -- the book ------------------------------------------------------------------------------------------------------
    def _plan_at(self, state: State) -> Plan:
        """Return what the page shows: its controls say all of a book."""
        setting: HedgeInputs = self._setting
        inputs = replace(setting, **self.controls.in_model_units(state.values))
        plan = Plan.of(inputs, self._edited, self._as_edited())
        return replace(plan, own={**self._memory.own, **plan.own})

    def _show_plan(self, plan: Plan) -> dict[str, float]:
        inputs = plan.inputs()
        for name, spec in self.controls.specs.items():
            value = float(getattr(inputs, name)) / spec.factor
            if not spec.positions[0] - 1e-6 <= value <= spec.positions[-1] + 1e-6:
                raise spec.refusal(value, spec.positions[0], spec.positions[-1])
        values = self._show(inputs)
        self._edited, self._futures = {**plan.edited}, plan.book.futures
        self._memory = ContractMemory({label: own for label, own in plan.own.items() if label != inputs.contract.label})
        self._plan = None
        return values

    def _plan_note(self, plan: Plan) -> str:
        hedge = "the hedge, the other futures," if plan.book.futures else "the hedge,"
        return f"This page uses all of it: {coins_words(plan)}, {hedge} the cash and what you set of its figures."

    def _claim_of(self, place: int) -> tuple[str, str]:
        return claim_of(place)

    # -- what is kept beside the controls ------------------------------------------------------------------------------
    @property
    def _portfolio(self) -> Portfolio:
        return self._held

    @_portfolio.setter
    def _portfolio(self, portfolio: Portfolio) -> None:
        self._held = portfolio
        self._table.load(portfolio)

    @property
    def _futures(self) -> tuple[Future, ...]:
        """Return the futures beside the hedge."""
        return self._open

    @_futures.setter
    def _futures(self, futures: tuple[Future, ...]) -> None:
        self._open = futures
        self._futures_table.load(futures)

    @property
    def _days(self) -> float:
        """Return how many days of a history are used."""
        return float(self._window.value)

    @_days.setter
    def _days(self, days: float) -> None:
        self._window.value = days

    def _restored(self) -> None:
        self._window.layout.display = "none" if self._history is None else ""

    # -- what the user does --------------------------------------------------------------------------------------------
    def _read(self, control: ipywidgets.Widget, typed: str) -> tuple[float, str]:
        return WINDOW.read(typed) if control is self._window else super()._read(control, typed)

    def _slid(self, _change: Any) -> None:
        if self._loading:
            return
        with self.live.reporting():
            self.set_trait("inputs", self._inputs_at(self.live.values))

    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        if owner is not self.controls.choices["contract"]:
            return {}
        before, spec = self.inputs, self._contract(self.controls.choices["contract"].value)
        market = self._market()
        self._memory = self._memory.leaving(before, market)
        fields = self._memory.fields(self._portfolio, spec, market)
        now = replace(before, contract=spec, **fields)
        self._sized = as_sized(now) | {name: fields[name] for name in SIZED if name in fields}
        kept = self.controls.choices["sizing"].value
        values = self.controls.load(now)
        self.controls.show({"sizing": kept})
        return values

    def _market(self) -> Market:
        """Return what is believed of the outside; a coin that is held has the price at which it is held."""
        held = {h.symbol: float(h.price) for h in self._portfolio.holdings}
        example = {self._loaded.contract.underlying: float(self._loaded.hedge_price)}
        own = {} if self._history is not None else example
        return Market(history=self._history, window=int(self._days), prices=own | held)

    @property
    def _figures(self) -> Figures:
        """Return what the market says of these coins against this contract."""
        return self._market().figures(self._portfolio, self._setting.contract.underlying)

    def _typed(self, _change: Any) -> None:
        if self._loading:
            return
        rows = list(self._table.rows)
        with self.live.reporting():
            try:
                portfolio = self._table.portfolio(self._portfolio, self._market().price)
                self._attempt(lambda: self._hold(portfolio))
            except InputError as error:
                wrong = list(self._table.wrong)
                with self._quietly():
                    self._table.rows = rows
                self._table.complain(error.sentence, wrong)
                self._refresh({})

    def _futures_typed(self, _change: Any) -> None:
        if self._loading:
            return
        with self.live.reporting(), self._quietly():
            table = self._futures_table
            if not table.take(self._contract, self._take_futures):
                self._refresh({})

    def _take_futures(self, futures: tuple[Future, ...]) -> None:
        if refused := refused_future(self.inputs, self._futures_with(futures)):
            self._futures_table.refuse(*refused)
        self._attempt(lambda: self._have(futures))

    def _have(self, futures: tuple[Future, ...]) -> dict[str, float]:
        self._futures = futures
        return {}

    def _sized_to_target(self) -> dict[str, float]:
        """Return the coverage that brings the net delta to the target; InputError where none does."""
        inputs, futures = self.inputs, self._other_futures()
        before, _ = delta_trade(inputs, futures, self._target)
        full = float(hedges_outcome(inputs, futures).full_hedge_ratio) * float(inputs.portfolio.value)
        needed = (before - self._target) / full if full else np.inf
        spec = self.controls.specs["coverage"]
        low, high = spec.positions[0], spec.positions[-1]
        if not low <= needed / spec.factor <= high:
            raise spec.refusal(float(f"{needed / spec.factor:.4g}"), low, high)
        return self.controls.positions({"coverage": needed})

    @property
    def _target(self) -> float:
        return float(self.controls.fields()[TARGET])

    def _hold(self, portfolio: Portfolio) -> dict[str, float]:
        """Hold other coins: volatilities, correlation and beta are theirs now, for every contract."""
        before, market = self.inputs, self._market()
        follows = self._memory.is_at_market(before, market)
        self._portfolio = portfolio
        self._memory = self._memory.without_figures()
        return self._renew(before, follows)

    def _renew(self, before: HedgeInputs, follows: bool = True) -> dict[str, float]:
        """Return the slider values of the figures in use; the entry price goes with them where it ``follows``."""
        if self._history is not None:
            self._portfolio = self._at_last_prices(self._portfolio)
        market = self._market()
        price = market.price(before.contract.underlying) if follows else None
        if price is not None:
            self.controls.show({"hedge_price": price})
        figures = market.figures(self._portfolio, before.contract.underlying).fields
        held: dict[str, Any] = as_held(figures)
        self._sized = as_sized(replace(before, **held))
        return self.controls.positions(figures)

    def _at_last_prices(self, portfolio: Portfolio) -> Portfolio:
        last = Market(history=self._history)
        return Portfolio(
            tuple(
                Holding(symbol=h.symbol, quantity=h.quantity, price=last.own_price(h.symbol) or h.price)
                for h in portfolio.holdings
            )
        )

    def _begin(self, place: int) -> Mapping[str, float]:
        return self._show(example_inputs(examples()[place]))

    def _funding_chosen(self, change: Any) -> None:
        """Move the funding slider to a preset's rate; the choice itself is not kept."""
        if self._loading or not change["new"]:
            return
        preset = funding_presets().get(change["new"])
        contract = self._setting.contract
        rate = shipped_funding(contract).value if preset is None else PAYMENTS_A_DAY * preset.rate
        with self._quietly():
            self._funding.value = ""
        self._take(lambda: self.controls.positions({"funding_rate": rate}))

    def _constants_edited(self, spec: ContractSpec) -> None:
        """Go on with a contract whose constants were edited; refused values leave everything as it is."""

        def edited() -> dict[str, float]:
            self._edited = {**self._edited, spec.label: spec}
            return {}

        self._attempt(edited)

    # -- prices of the user's own --------------------------------------------------------------------------------------
    @property
    def _needed(self) -> tuple[str, ...]:
        """Return the symbols whose prices the page needs."""
        return tuple(dict.fromkeys((*self._portfolio.symbols, self._setting.contract.underlying)))

    def _uploaded(self, name: str, data: bytes, coin: str = "") -> str:
        own = history(data, name, coin)
        self._attempt(lambda: self._bring(own))
        self.live.say(self._figures.problem)
        return own.read_as

    def _use_prices(self, own: History) -> dict[str, float]:
        known = {*own.prices.columns}
        missing = [name for name in self._needed if not (is_money(name) or known & {name, followed(name)})]
        if missing:
            raise InputError(f"the store has no prices of {', '.join(missing)}, so it is not used here; get them too")
        return self._bring(own)

    def _bring(self, own: History) -> dict[str, float]:
        """Use a history; its last prices and its figures take the place of what was typed or loaded."""
        before, self._history, self._aside = self.inputs, own, ""
        self._memory = ContractMemory()
        self._restored()
        return self._renew(before)

    def _window_moved(self, _change: Any) -> None:
        if not self._loading:
            self._take(lambda: self._renew(self.inputs, follows=False))

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Say where the figures come from."""
        self.set_trait("inputs", self._inputs_at(values))
        self._tell(values)
        is_own = self._example.value == OWN_BOOK
        is_example = self._back.layout.visibility == "hidden" and not is_own
        words = "worked example, illustrative prices" if is_example else "worked example, changed by you"
        if is_own:
            words = "your own book"
        if self._history is not None:
            words = self._history.badge
        figures = self._market().figures(self._portfolio, self.inputs.contract.underlying, has_years=True)
        origin = f"{figures.problem} {figures.origin} {self.controls.beyond(figures.fields)}".strip()
        if not are_the_markets(self.inputs, figures):
            whose = "those of the example" if is_example else "the ones you set"
            origin = f"Volatilities, correlation and beta are {whose}. {figures.problem}".strip()
        self._badge.value = badge(words, source="" if self._history is None else self._history.read_as)
        self._received.value = note(shipped_funding(self.inputs.contract).source)
        ended = "" if self._history is None else self._history.ended(self._needed)
        said = (followed_words(self._portfolio.symbols), origin, ended, self._aside)
        self._origin.value = note(" ".join(filter(None, said)))
        futures = self._other_futures()
        self._carries.value = cash_table(self.inputs, futures)
        self._each.value = futures_table(self.inputs, futures)
        self._ways.value = ways_table(self.inputs)
        self._delta.value = note(delta_words(self.inputs, futures, self._target))
        self.sources.show(self.inputs.contract)

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_origin", "_received", "_carries", "_each", "_delta", "_ways"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        return [self._example, self._badge]

    def _left(self) -> list[ipywidgets.Widget]:
        look, sliders, choices, numbers = (
            self._look,
            self.controls.sliders,
            self.controls.choices,
            self.controls.numbers,
        )
        upload = FileUpload("Upload prices (CSV)", MAX_BYTES, self._uploaded)
        hedge = [*(sliders[name] for name in ("coverage", "leverage", "correlation")), self._origin]
        scenario = [sliders[name] for name in ("move", "spike", "spike_fraction", "funding_rate")]
        order = [choices["contract"], choices["margin_mode"], numbers["cash"]]
        rare = [choices["basis"], choices["sizing"], numbers["hedge_price"], choices["rounding"], choices["order_type"]]
        rare += [numbers["half_spread"], numbers["daily_volume"]]
        market = [sliders[name] for name in ("spot_volatility", "hedge_volatility", "own_move", "beta")]
        away = [sliders[name] for name in ("entry_gap", "spike_gap", "exit_gap", "thinning")]
        return [
            card(look, "Hedge", hedge, "main"),
            card(look, "Scenario", [*scenario, self._funding, self._received, sliders["days"]], "scenario"),
            card(look, "Your coins", [self._table, upload], "coins"),
            card(look, "Contract and cash", order, "more"),
            card(look, "Advanced: the order, its size and its costs", rare, "rare", is_folded=True),
            card(
                look,
                "Advanced: volatility, beta and own move",
                [self._window, *market],
                "market",
                is_folded=True,
            ),
            card(look, "Perp away from spot", [*away, look.make(ipywidgets.HTML, note(AWAY))], "away", is_folded=True),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words)
        return [
            self._story_card(story),
            self._outcome_chart(),
            self._chart(
                "Where the result comes from, at the chosen move",
                "parts",
                "Where the net result comes from: spot, hedge, funding, fees, slippage; the tiles say it in words",
            ),
            card(look, "The hedge's health", [tiles], "health"),
            card(look, CARRIES, [self._carries], "carries"),
            card(look, "Futures beside the hedge, and your net delta", self._beside_it(), "futures"),
            card(look, "Spot against futures, in your own numbers", [self._ways], "ways", is_folded=True),
        ]

    def _beside_it(self) -> list[ipywidgets.Widget]:
        """Return the futures that are open or planned too, what each does, and the order for a net delta."""
        about = note(
            "Futures that you have open, or plan to open, besides the hedge above. Type a minus before the contracts "
            "of a short, and leave the entry price empty if the position is not open yet."
        )
        return [
            self._look.make(ipywidgets.HTML, about),
            self._futures_table,
            self._each,
            self.controls.numbers[TARGET],
            self._delta,
            self._size_it,
        ]

    def _outcome_chart(self) -> ipywidgets.Widget:
        return self._chart(
            "Outcome against the move of your coins",
            "outcome",
            "Spot, hedge and net outcome against the move of your coins; the sentence above says it in words",
            is_picture=True,
        )

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self.sources.constants, self.sources.tiers]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, words.marks, words.REMARKS)
