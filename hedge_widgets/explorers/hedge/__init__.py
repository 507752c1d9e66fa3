"""The hedge simulator: spot loss, hedge gain and net outcome follow the sliders, to the hedge's death and beyond."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from hedge_widgets.charts import hedge as charts
from hedge_widgets.explorers.hedge import text
from hedge_widgets.explorers.hedge.controls import WINDOW, HedgeControls
from hedge_widgets.explorers.hedge.estimates import Estimate, from_facts, from_prices
from hedge_widgets.explorers.hedge.handover import handed_over
from hedge_widgets.explorers.hedge.presets import preset_inputs
from hedge_widgets.live import Live, LiveBanner, LiveChart, LiveMarks, LiveText
from hedge_widgets.market.facts import funding_presets, presets
from hedge_widgets.market.history import History, history, stored_problems, user_history
from hedge_widgets.market.prices import MAX_BYTES
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.style import formatted
from hedge_widgets.widgets.controls import Look, card, dropdown
from hedge_widgets.widgets.inputs import FileUpload, HoldingsTable, ThemeSwitch
from hedge_widgets.widgets.past import Past
from hedge_widgets.widgets.sources import Sources
from hedge_widgets.widgets.tables import badge, claim, note

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)


class HedgeSimulator(ipywidgets.VBox):
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

    inputs = traitlets.Instance(HedgeInputs, read_only=True)

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        self._history: History | None = None
        self._loading = False
        self._brought = self._aside = ""
        first = preset_inputs(presets()[0])
        self._base = first
        look = self._look = Look()
        self._past = Past(look, self._return_to)
        self._past.button.on_click(lambda _button: self._undone())
        self.controls = HedgeControls(look, first)
        self._table = HoldingsTable()
        self._table.load(first.portfolio)
        self.sources = Sources(self._constants_edited)
        titles = [(preset["title"], place) for place, preset in enumerate(presets())]
        self._preset = dropdown(look, "example", titles, 0)
        self._funding = dropdown(look, "funding as in", [("choose …", ""), *((n, n) for n in funding_presets())], "")
        self._window = WINDOW.widget(look, 90.0)
        self._window.continuous_update = False
        self._window.layout = ipywidgets.Layout(display="none")
        units = {name: spec.unit for name, spec in self.controls.specs.items()}
        self.live = Live(
            {name: (slider, self.controls.specs[name].positions) for name, slider in self.controls.sliders.items()},
            self._picture,
            others=[*self.controls.others, self._table, self._preset, self._funding, self._window],
            units=units,
        )
        super().__init__()
        self.set_trait("inputs", self._inputs_at(self.live.values))
        self._past.begin((self.inputs, 0, ""))
        self.children = self._page()
        self.add_class("hw-root")
        self._observe()
        self.live.on_arrival("hedge", self._arrived)
        with self.live.reporting():
            own = user_history(prices)
            missing = [] if own is None else [name for name in self._needed if name not in own.prices.columns]
            if own is not None and own.is_store and missing:
                self._aside = f"Your store has no prices of {', '.join(missing)}, so it is not used here."
            elif own is not None:
                self._take(own)
            else:
                self._aside = "".join(f"The store: {problem}. " for problem in stored_problems())
        self._describe()

    # -- from controls to picture ------------------------------------------------------------------------------------
    def _inputs_at(self, values: dict[str, Any]) -> HedgeInputs:
        return replace(self._base, **self.controls.in_model_units(values))

    def _picture(self, values: dict[str, Any]) -> charts.HedgePicture:
        return charts.hedge_picture(self._inputs_at(values))

    def load(self, inputs: HedgeInputs) -> None:
        """Show scalar inputs: every control moves, and the page follows once."""
        self._base = inputs
        with self._quietly():
            self._table.load(inputs.portfolio)
            values = self.controls.load(inputs)
        self._refresh(values)

    def _arrived(self, state: Any) -> None:
        """Show what the hedge-ratio lab hands over in the page's address."""
        inputs, brought = handed_over(state, self._base)
        for name, spec in self.controls.specs.items():
            value = float(getattr(inputs, name))
            if not spec.is_ladder and abs(spec.position(value) * spec.scale - value) > 1e-6:
                raise InputError(
                    f"{spec.label} in the address lies outside its slider: {value / spec.scale:g} {spec.unit}"
                )
        self._brought = brought
        self.load(inputs)

    def undo(self) -> None:
        """Go back to the state before the last change."""
        self._past.undo()

    def _return_to(self, state: tuple[HedgeInputs, int, str]) -> None:
        inputs, preset, self._brought = state
        with self._quietly():
            self._preset.value = preset
        self.load(inputs)

    def _refresh(self, values: dict[str, float] | None = None) -> None:
        with self._quietly(), self.live.reporting():
            self.live.refresh(values)
            self._settle(self.live.values)
            self._describe()

    def _settle(self, values: dict[str, float]) -> None:
        """Take slider values at rest as the present state; the one before it can be had back."""
        self.set_trait("inputs", self._inputs_at(values))
        self._past.settle((self.inputs, self._preset.value, self._brought))

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        before, self._loading = self._loading, True
        try:
            yield
        finally:
            self._loading = before

    # -- what the user does --------------------------------------------------------------------------------------------
    def _observe(self) -> None:
        for control in self.controls.others:
            control.observe(self._chosen, "value")
        self.controls.choices["contract"].observe(self._re_estimate, "value")
        self._table.observe(self._typed, "rows")
        self._preset.observe(self._preset_chosen, "value")
        self._funding.observe(self._funding_chosen, "value")
        self._window.observe(self._re_estimate, "value")
        for slider in self.controls.sliders.values():
            slider.observe(self._slid, "value")
        self.live.on_rest(self._settle)

    def _slid(self, _change: Any) -> None:
        if self._loading:
            return
        with self.live.reporting():
            self.set_trait("inputs", self._inputs_at(self.live.values))

    def _chosen(self, _change: Any) -> None:
        if self._loading:
            return
        with self.live.reporting():
            fields = self.controls.inputs()
            if fields["contract"].label == self._base.contract.label:
                del fields["contract"]  # its constants may have been edited
            self._base = replace(self._base, **fields)
            self.live.say("")
        self._refresh()

    def _constants_edited(self, contract: ContractSpec) -> None:
        """Go on with a contract whose constants were edited; refused values leave everything as it is."""
        before, self._base = self._base, replace(self._base, contract=contract)
        try:
            self.live.picture()
        except InputError:
            self._base = before
            raise
        self._refresh()

    def _typed(self, _change: Any) -> None:
        if self._loading:
            return
        try:
            portfolio = self._table.portfolio()
            self._base = replace(self._base, portfolio=portfolio)
        except InputError as error:
            self._table.complaint = f"{error}."
            self._refresh()
            return
        self._re_estimate(None)

    def _preset_chosen(self, change: Any) -> None:
        if self._loading:
            return
        with self.live.reporting():
            self.live.say("")
            self._brought = ""
            self.load(preset_inputs(presets()[int(change["new"])]))
            return
        self._refresh()

    def _funding_chosen(self, change: Any) -> None:
        """Move the funding slider to a preset's rate, for the contract's interval; the choice itself is not kept."""
        preset = funding_presets().get(change["new"])
        if self._loading or preset is None:
            return
        with self.live.reporting():
            rate = preset.rate * self._base.contract.funding_interval / 8.0
            with self._quietly():
                self._funding.value = ""
            self._refresh({"funding_rate": self.controls.specs["funding_rate"].position(rate)})

    # -- volatilities, correlation, beta and prices --------------------------------------------------------------------
    @property
    def _needed(self) -> tuple[str, ...]:
        """Return the symbols whose prices the page needs."""
        return tuple(dict.fromkeys((*self._base.portfolio.symbols, self._base.contract.underlying)))

    def _take(self, own: History) -> None:
        self._history = own
        self._window.layout.display = ""
        self._with_last_prices()
        self._re_estimate(None)

    def _uploaded(self, name: str, data: bytes) -> None:
        before = self._history
        try:
            self._take(history(data, name))
        except InputError:
            self._history = before
            raise

    def _with_last_prices(self) -> None:
        """Give the holdings and the hedge the last prices of the history, where it has them."""
        from hedge_widgets.market.prices import last_prices

        assert self._history is not None
        last = last_prices(self._history.prices)
        holdings = tuple(
            Holding(symbol=h.symbol, quantity=h.quantity, price=last.get(h.symbol, h.price))
            for h in self._base.portfolio.holdings
        )
        price = last.get(self._base.contract.underlying, self._base.hedge_price)
        self._base = replace(self._base, portfolio=Portfolio(holdings), hedge_price=price)

    def _estimate(self) -> Estimate | None:
        portfolio, underlying = self._base.portfolio, self._base.contract.underlying
        if self._history is None:
            return from_facts(portfolio, underlying)
        return from_prices(portfolio, underlying, self._history.prices, int(self._window.value))

    def _re_estimate(self, _change: Any) -> None:
        """Move the volatility, correlation and beta sliders to what the data say of these coins and this hedge."""
        if self._loading:
            return
        values: dict[str, float] = {}
        self._brought = ""
        with self.live.reporting():
            if self._history is not None:
                self._with_last_prices()
            estimate = self._estimate()
            if estimate is not None:
                values = {name: self.controls.specs[name].position(value) for name, value in estimate.fields.items()}
        with self._quietly():
            self.controls.load(self._base)
            if self._history is not None:
                self._table.load(self._base.portfolio)
        self._refresh(values)

    # -- the page ------------------------------------------------------------------------------------------------------
    def _page(self) -> list[ipywidgets.Widget]:
        sliders, controls, look = self.controls.sliders, self.controls, self._look
        self._badge, self._claim, self._origin = (look.make(ipywidgets.HTML) for _ in range(3))
        upload = FileUpload("upload prices (CSV)", MAX_BYTES, self._uploaded)
        head = look.make(ipywidgets.HBox, [self._preset, self._badge, self._past.button, ThemeSwitch()]).add_class(
            "hw-head"
        )
        live = self.live
        story = LiveText(live, "story", blocks=text.STORY, slots=text.STORY_SLOTS, values=text.story, announce=True)
        outcome = LiveChart(
            live,
            "outcome",
            traces=charts.scenario_traces,
            layout=charts.scenario_layout,
            moving_layout=charts.scenario_moving_layout,
            label="Spot, hedge and net outcome against the move of your coins; the sentence above says it in words",
        )
        parts = LiveChart(
            live,
            "parts",
            traces=charts.waterfall_traces,
            layout=charts.waterfall_layout,
            moving_layout=charts.waterfall_moving_layout,
            label="Where the net comes from: spot, hedge, funding, fees, slippage; the tiles say it in words",
        )
        tiles = LiveText(live, "tiles", blocks=text.TILES, slots=text.TILE_SLOTS, values=text.tiles)
        left = look.make(
            ipywidgets.VBox,
            [
                card(look, "Hedge", [sliders["coverage"], sliders["leverage"], sliders["correlation"]], "main"),
                card(
                    look,
                    "Scenario",
                    [sliders[n] for n in ("move", "spike", "spike_fraction", "funding_rate")]
                    + [self._funding, sliders["days"]],
                    "scenario",
                ),
                card(look, "Your coins", [self._table, upload], "coins"),
                card(
                    look,
                    "Contract and order",
                    [controls.choices["contract"], controls.choices["basis"], controls.numbers["hedge_price"]]
                    + [controls.choices[n] for n in ("margin_mode", "rounding", "order_type")]
                    + [controls.numbers[n] for n in ("free_collateral", "half_spread", "daily_volume")],
                    "more",
                ),
                card(
                    look,
                    "Volatility and beta",
                    [
                        self._origin,
                        self._window,
                        sliders["spot_volatility"],
                        sliders["hedge_volatility"],
                        sliders["beta"],
                    ],
                    "market",
                ),
            ],
        ).add_class("hw-left")
        right = look.make(
            ipywidgets.VBox,
            [
                card(look, "", [story, self._claim], "story"),
                card(look, "Outcome against the move of your coins", [outcome], "outcome"),
                card(look, "Where it comes from, at the chosen move", [parts], "parts"),
                card(look, "The hedge's health", [tiles], "health"),
            ],
        ).add_class("hw-right")
        page = look.make(ipywidgets.VBox, [left, right]).add_class("hw-page")
        foot = look.make(ipywidgets.VBox, [self.sources.constants, self.sources.tiers]).add_class("hw-foot")
        marks = LiveMarks(live, text.MARKS, text.marks)
        return [LiveBanner(live), head, page, foot, marks]

    def _undone(self) -> None:
        with self.live.reporting():
            self.undo()

    def _describe(self) -> None:
        """Say where the figures come from."""
        preset = presets()[int(self._preset.value)]
        estimate = None
        with self.live.reporting():
            estimate = self._estimate()
        words = "worked example, illustrative prices"
        if self._brought:
            words = f"from the hedge-ratio lab: {self._brought}"
        elif self._history is not None:
            words = self._history.badge
        self._badge.value = badge(words)
        said, true = preset.get("said") or "", preset["true"]
        if self._brought:
            ratio = formatted(float(self._base.beta), "ratio")
            said, true = (
                "",
                f"Correlation and volatilities come from the hedge-ratio lab, {self._brought}; its ratio is the beta "
                f"here, {ratio}, at a coverage of 100 %.",
            )
        self._claim.value = claim(true, said)
        origin = (
            f"Handed over by the hedge-ratio lab: {self._brought}."
            if self._brought
            else "No figures for these coins: set volatility and correlation yourself."
            if estimate is None
            else estimate.origin
        )
        self._origin.value = note(f"{origin} {self._aside}".strip())
        self.sources.show(self._base.contract)
