"""The margin page: will the hedge live? Equity and maintenance margin along a path, and the chance of its end."""

import html
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from hedge_widgets.charts import margin as charts
from hedge_widgets.charts.margin import MarginPicture, MarginSetting, margin_picture
from hedge_widgets.explorers.margin import tables, text
from hedge_widgets.explorers.margin.controls import NO_OTHER, PATH, MarginControls
from hedge_widgets.explorers.margin.presets import (
    Replay,
    preset_fields,
    preset_values,
    presets,
    replays,
    shipped_volatility,
)
from hedge_widgets.live import Live, LiveBanner, LiveChart, LiveMarks, LiveText
from hedge_widgets.market.facts import contract, moments
from hedge_widgets.market.history import History, user_history
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.widgets.controls import Look, card, choices
from hedge_widgets.widgets.inputs import ThemeSwitch
from hedge_widgets.widgets.sources import Sources
from hedge_widgets.widgets.tables import note

if TYPE_CHECKING:
    import pandas as pd

DRAWN = "a drawn path, not a forecast"
_EXAMPLE = f"Price of the example; volatility, where it names none: {moments().source}."
_WINDOW = 90  # days of a history from which a volatility is taken


class MarginExplorer(ipywidgets.VBox):
    """The margin page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it; None: the file named by
        HEDGE_WIDGETS_PRICES, else the local store; without them the worked examples' own prices and volatilities.
    """

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        look = self._look = Look()
        self._loading = False
        self._edited: dict[str, ContractSpec] = {}
        self._replayed: tuple[Replay, str] | None = None
        self._history: History | None = None
        self._origin_words = _EXAMPLE
        first = presets()[0]
        self.controls = MarginControls(look, preset_fields(first), preset_values(first))
        titles = [(preset["title"], place) for place, preset in enumerate(presets())]
        self._preset = choices(look, "example", titles, 0)
        events = [(replay.title, name) for name, replay in replays().items()]
        self._replay = choices(look, "replay", [("choose a past event …", ""), *events], "")
        self._replay.add_class("hw-wide")
        self.sources = Sources(self._constants_edited)
        self._setting = self._new_setting()
        self._good = self.controls.fields()
        specs = self.controls.specs
        self.live = Live(
            {name: (slider, specs[name].positions) for name, slider in self.controls.sliders.items()},
            self._picture,
            others=[*self.controls.others, self._preset, self._replay],
            units={name: spec.unit for name, spec in specs.items()},
            words=self._words(),
        )
        super().__init__()
        self.children = self._page()
        self.add_class("hw-root").add_class("hw-margin")
        for control in self.controls.others:
            control.observe(self._chosen, "value")
        self._preset.observe(self._preset_chosen, "value")
        self._replay.observe(self._replay_chosen, "value")
        self.live.on_rest(lambda _values: self._report())
        with self.live.reporting():
            self._history = user_history(prices)
            if self._history is not None:
                self._refresh(self._follow_contract())
        self._report()

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> MarginPicture:
        return margin_picture(self._setting, self.controls.in_model_units(values))

    def _contract(self, label: str) -> ContractSpec:
        return self._edited.get(label) or contract(label)

    def _new_setting(self) -> MarginSetting:
        """Return what choices and boxes stand for.

        Raises
        ------
        InputError
            If a box holds what the position cannot have.
        """
        fields = self.controls.fields()
        spec = self._contract(fields.pop("contract"))
        other = fields.pop("other")
        return MarginSetting(
            **fields,
            contract=spec,
            tiers=spec.tiers,
            other=None if other == NO_OTHER else self._contract(other),
            stamp=self._stamp(),
        )

    def _stamp(self) -> str:
        if self._replayed is None:
            return DRAWN
        replay, coin = self._replayed
        return f"{coin}, {replay.days}, daily data"

    def _words(self) -> dict[str, list[str]]:
        setting = self._setting
        spec = setting.contract
        return {
            "coin": [spec.underlying],
            "contract": [spec.label],
            "position": [f"{spec.underlying} {'short' if setting.side < 0 else 'long'}"],
        }

    # -- what the user does --------------------------------------------------------------------------------------------
    def _chosen(self, change: Any) -> None:
        if self._loading:
            return
        values: dict[str, float] = {}
        before = self._replayed
        is_contract = change["owner"] is self.controls.choices["contract"]
        try:
            if is_contract:
                self._replayed = None
            self._setting = self._new_setting()
            if is_contract:
                values = self._follow_contract()
            self.live.picture()
            self._good = self.controls.fields()
            self.live.say("")
        except InputError as error:
            self.live.say(f"{error}.")
            self._show(self._good)  # what is shown is what is chosen
            self._replayed = before
            self._setting = self._new_setting()
        self._refresh(values)

    def _follow_contract(self) -> dict[str, float]:
        """Take the price of the contract's coin from the history, and return the slider values that follow.

        Without a history of the user's the price is the simulated sample's last, and the volatility the shipped figure.
        """
        from hedge_widgets.market.sample import sample_prices  # heavy, and most visits choose no other contract

        coin = self.controls_contract.underlying
        volatility = shipped_volatility(coin)
        self._origin_words = f"Volatility: {moments().source}."
        own = self._history is not None and coin in self._history.prices.columns
        prices = self._history.prices if own and self._history is not None else sample_prices()
        if coin in prices.columns:
            closes = prices[coin].dropna().to_numpy(dtype=np.float64)
            last = float(closes[-1]) if own else float(f"{closes[-1]:.4g}")
            self._show({**self.controls.fields(), "entry_price": last})
            self._setting = self._new_setting()
            returns = np.diff(np.log(closes[-_WINDOW - 1 :]))
            if own and self._history is not None and len(returns) > 2:
                volatility = float(np.std(returns, ddof=1) * np.sqrt(365.0))
                self._origin_words = (
                    f"Price and volatility ({volatility:.1%} over {_WINDOW} days): {self._history.source}."
                )
            elif not own:
                self._origin_words += " Entry price: the last of the simulated sample, as a start."
        return self.controls.positions({"volatility": volatility})

    @property
    def controls_contract(self) -> ContractSpec:
        """Return the contract chosen."""
        return self._contract(self.controls.choices["contract"].value)

    def _show(self, fields: dict[str, Any]) -> None:
        self._loading = True
        try:
            self.controls.show(fields)
        finally:
            self._loading = False

    def _preset_chosen(self, change: Any) -> None:
        if self._loading:
            return
        with self.live.reporting():
            preset = presets()[int(change["new"])]
            fields, values = preset_fields(preset), preset_values(preset)
            coin = contract(fields["contract"]).underlying
            self._replayed = (replays()[preset["replay"]], coin) if "replay" in preset else None
            self._show(fields)
            self._origin_words = _EXAMPLE
            self._setting, self._good = self._new_setting(), fields
            self.live.say("")
            self._refresh(self.controls.positions(values))

    def _replay_chosen(self, change: Any) -> None:
        """Draw a past event's path for the contract's coin; the choice itself is not kept, the chart names it."""
        if self._loading or not change["new"]:
            return
        replay = replays()[change["new"]]
        values: dict[str, float] = {}
        with self.live.reporting():
            self.live.say("")
            coin = self.controls_contract.underlying
            values = self.controls.drawable(replay.path(coin))
            self._replayed = (replay, coin)
            self._setting = self._new_setting()
        self._loading = True
        self._replay.value = ""
        self._loading = False
        self._refresh(values)

    def _constants_edited(self, spec: ContractSpec) -> None:
        """Go on with a contract whose constants were edited; refused values leave everything as it is."""
        before, self._edited = self._edited, {**self._edited, spec.label: spec}
        try:
            self._setting = self._new_setting()
            self.live.picture()
        except InputError:
            self._edited = before
            self._setting = self._new_setting()
            raise
        self._refresh()

    def _refresh(self, values: dict[str, float] | None = None) -> None:
        with self.live.reporting():
            self.live.words = self._words()
            self.live.refresh(values)
            self._report()

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self) -> None:
        """Renew what is too slow for a moving hand: the tables, the claim, and what the path is called."""
        with self.live.reporting():
            self._forget_replay()
            posted = float(self.live.picture().collateral[0]) / self._setting.unit_price
            self._venues.value = tables.venues_table(self._setting, posted)
            self._one_times.value = tables.one_times_table(self._setting)
            preset = presets()[int(self._preset.value)]
            said, true = (html.escape(preset[name]).replace("−$", "−\u2060$") for name in ("said", "true"))
            said, true = f"<b>Often said:</b> {said}<br>", f"<b>What is true:</b> {true}"
            self._claim.value = f'<div class="hw-claim">{said}{true}</div>'
            self._origin.value = f'<div class="hw-note">{html.escape(self._origin_words)}</div>'
            badge = "worked examples" if self._history is None else self._history.badge
            self._badge.value = f'<span class="hw-badge">{html.escape(badge)}</span>'
            self.sources.show(self._setting.contract)

    def _forget_replay(self) -> None:
        """Call the path drawn once a hand has changed it."""
        if self._replayed is None:
            return
        replay, coin = self._replayed
        wanted = self.controls.positions(replay.path(coin))
        present = self.live.values
        if any(abs(present[name] - wanted[name]) > 1e-6 for name in PATH):
            self._replayed = None
            self._setting = replace(self._setting, stamp=self._stamp())
            self.live.refresh()

    # -- the page ------------------------------------------------------------------------------------------------------
    def _chart(self, key: str, label: str) -> LiveChart:
        moving = getattr(charts, f"{key}_moving_layout", None)
        return LiveChart(
            self.live,
            key,
            traces=getattr(charts, f"{key}_traces"),
            layout=getattr(charts, f"{key}_layout"),
            label=label,
            **({"moving_layout": moving} if moving else {}),
        )

    def _page(self) -> list[ipywidgets.Widget]:
        look, controls, sliders, live = self._look, self.controls, self.controls.sliders, self.live
        numbers, chosen = controls.numbers, controls.choices
        for name in ("_badge", "_claim", "_origin", "_venues", "_one_times"):
            setattr(self, name, look.make(ipywidgets.HTML))
        head = look.make(ipywidgets.HBox, [self._preset, self._badge, ThemeSwitch()]).add_class("hw-head")
        story = LiveText(live, "story", blocks=text.STORY, slots=text.STORY_SLOTS, values=text.story, announce=True)
        tiles = LiveText(live, "tiles", blocks=text.TILES, slots=text.TILE_SLOTS, values=text.tiles)
        words = look.make(ipywidgets.HTML, tables.textbook_table())
        crash = look.make(ipywidgets.HTML, tables.deleveraging_table())
        crash_note = look.make(
            ipywidgets.HTML,
            note(
                "1,000 coins of longs are bankrupt at $90 and the market stands at $80. The fund pays the $10,000 as "
                "far as it goes; the rest of the size is closed against winning shorts, at $90: their hedge ends there."
            ),
        )
        left = look.make(
            ipywidgets.VBox,
            [
                card(look, "Leverage and wallet", [sliders["leverage"], sliders["free"]], "main"),
                card(
                    look,
                    "The path",
                    [*(sliders[name] for name in PATH), self._replay],
                    "scenario",
                ),
                card(look, "What else closes the hedge", [sliders["stop"], sliders["deleveraged_at"]], "ends"),
                card(
                    look,
                    "How likely",
                    [sliders["volatility"], sliders["limit"], chosen["tails"], sliders["funding_rate"], self._origin],
                    "chances",
                ),
                card(
                    look,
                    "Position and account",
                    [
                        chosen["contract"],
                        chosen["side"],
                        *(numbers[n] for n in ("position_value", "entry_price", "spot_value", "own_collateral")),
                        chosen["liquidation_leaves"],
                        numbers["collateral_ratio"],
                        chosen["other"],
                        numbers["other_value"],
                        numbers["other_beta"],
                    ],
                    "more",
                ),
            ],
        ).add_class("hw-left")
        right = look.make(
            ipywidgets.VBox,
            [
                card(look, "", [story, self._claim], "story"),
                card(
                    look,
                    "The path, and the prices that end the hedge",
                    [self._chart("price", "The drawn price and the levels that close the hedge")],
                    "price",
                ),
                card(
                    look,
                    "Equity along it, and the maintenance margin (minimum)",
                    [self._chart("account", "Equity and maintenance margin along the path, isolated and cross")],
                    "account",
                ),
                card(
                    look,
                    "Coins and hedge together at the end, by how the hedge is handled",
                    [self._chart("handling", "What is gained or lost at the end of the path, by handling")],
                    "handling",
                ),
                card(
                    look,
                    "Chance of liquidation within the days, against leverage",
                    [self._chart("chance", "Chance of liquidation against leverage, logarithmic")],
                    "chance",
                ),
                card(look, "The hedge's health", [tiles], "health"),
                card(
                    look,
                    "Adverse move that liquidates, against leverage",
                    [self._chart("liquidation", "Adverse move to the liquidation against leverage")],
                    "liquidation",
                ),
                card(look, "1× is not 1×: what liquidates a short", [self._one_times], "one"),
                card(look, "The same trade under every venue's rules", [self._venues, words], "venues"),
                card(look, "Who pays in a crash: the fund, then winning shorts", [crash, crash_note], "crash"),
            ],
        ).add_class("hw-right")
        page = look.make(ipywidgets.VBox, [left, right]).add_class("hw-page")
        foot = look.make(ipywidgets.VBox, [self.sources.constants, self.sources.tiers]).add_class("hw-foot")
        return [LiveBanner(live), head, page, foot, LiveMarks(live, text.MARKS, text.marks)]
