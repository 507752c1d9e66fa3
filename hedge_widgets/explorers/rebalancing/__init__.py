"""The rebalancing page: what really drifts, when to touch it, and what that costs."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from hedge_widgets.charts import rebalancing as charts
from hedge_widgets.charts.rebalancing import Paths, RebalancingPicture, RebalancingSetting
from hedge_widgets.charts.rebalancing import rebalancing_picture as picture_of
from hedge_widgets.explorers.rebalancing import tables, text
from hedge_widgets.explorers.rebalancing.controls import HISTORY, OTHER_WORDS, SIMULATED, RebalancingControls
from hedge_widgets.explorers.rebalancing.presets import preset_fields, preset_values, presets
from hedge_widgets.explorers.rebalancing.prices import drawn_paths, historical_paths, simulated_paths
from hedge_widgets.live import Live, LiveBanner, LiveChart, LiveMarks, LiveText
from hedge_widgets.market.facts import moments
from hedge_widgets.market.history import history
from hedge_widgets.market.prices import log_returns
from hedge_widgets.market.sample import SAMPLE_LABEL
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.paths import PairDynamics
from hedge_widgets.widgets.controls import Look, card, choices
from hedge_widgets.widgets.inputs import ThemeSwitch
from hedge_widgets.widgets.tables import note

if TYPE_CHECKING:
    import pandas as pd

_WINDOW = 365  # days of one's own history from which volatilities are taken
_BUSY = '<span class="hw-badge hw-busy" role="status">computing …</span>'


class RebalancingExplorer(ipywidgets.VBox):
    """The rebalancing page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it; None: the file named by
        HEDGE_WIDGETS_PRICES, else the local store, else the simulated sample.
    """

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        look = self._look = Look()
        self._loading = False
        self._history = history(prices)
        self._windows: tuple[tuple[Any, ...], Paths] | None = None
        self._origin_words = ""
        first = presets()[0]
        coins = dict.fromkeys((*self._history.prices.columns, *moments().symbols))
        self.controls = RebalancingControls(look, list(coins), preset_fields(first), preset_values(first))
        titles = [(preset["title"], place) for place, preset in enumerate(presets())]
        self._preset = choices(look, "example", titles, 0)
        self._setting = self._new_setting()
        self._good = self.controls.fields()
        specs = self.controls.specs
        self.live = Live(
            {name: (slider, specs[name].positions) for name, slider in self.controls.sliders.items()},
            self._picture,
            others=[*self.controls.others, self._preset],
            units={name: spec.unit for name, spec in specs.items()},
            words=self._words(),
        )
        super().__init__()
        self.children = self._page()
        self.add_class("hw-root").add_class("hw-rebalancing")
        for control in self.controls.others:
            control.observe(self._chosen, "value")
        self._preset.observe(self._preset_chosen, "value")
        self.live.on_rest(lambda _values: self._report())
        self._report()

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> RebalancingPicture:
        return picture_of(self._setting, self.controls.in_model_units(values))

    def _new_setting(self) -> RebalancingSetting:
        """Return what choices and boxes stand for, its rules computed.

        Raises
        ------
        InputError
            If a box holds what no position and no price can have, or the history lacks what was asked for.
        """
        fields = self.controls.fields()
        named = ("kind", "position_value", "wealth", "hedge_ratio", "trade_to", "other", "measure")
        return RebalancingSetting(paths=self._paths(fields), **{name: fields[name] for name in named})

    def _paths(self, fields: dict[str, Any]) -> Paths:
        dynamics = PairDynamics(
            **{name: fields[name] for name in ("spot_volatility", "hedge_volatility", "correlation")},
            degrees_of_freedom=fields["tails"] or None,
        )
        if fields["source"] == SIMULATED:
            return simulated_paths(dynamics, fields["n_days"], fields["n_paths"], fields["seed"])
        if fields["source"] != HISTORY:
            return drawn_paths(dynamics, fields["n_days"], fields["spot_move"], fields["hedge_move"])
        asset = fields["asset"] if fields["kind"] == "cross" else fields["coin"]
        wanted = (fields["coin"], asset, fields["period"], fields["n_days"])
        if self._windows is None or self._windows[0] != wanted:
            self._windows = wanted, historical_paths(self._history, *wanted)
        return self._windows[1]

    def _words(self) -> dict[str, list[str]]:
        fields, paths = self.controls.fields(), self._setting.paths
        return {
            "coin": [fields["coin"]],
            "asset": [fields["asset"] if fields["kind"] == "cross" else "the hedge's price"],
            "other": [next(words for words, meant in OTHER_WORDS if meant == fields["other"])],
            "edge": ["edge of that band" if fields["trade_to"] == "edge" else "target itself"],
            "paths": list(paths.names),
        }

    # -- what the user does --------------------------------------------------------------------------------------------
    @contextmanager
    def _computing(self) -> Iterator[None]:
        """Say on the page that it computes, as long as it does."""
        self._status.value = _BUSY
        self.add_class("hw-is-computing")
        try:
            yield
        finally:
            self.remove_class("hw-is-computing")
            self._status.value = ""

    def _chosen(self, change: Any) -> None:
        if self._loading:
            return
        with self._computing():
            before, words = self._setting, self._origin_words
            try:
                if change["owner"] in (self.controls.choices["coin"], self.controls.choices["asset"]):
                    self._follow_coins()
                self._setting = self._new_setting()
                self.live.picture()
                self._good = self.controls.fields()
                self.live.say("")
            except InputError as error:
                self.live.say(f"{error}.")
                self._setting, self._origin_words = before, words
                self._show(self._good)  # what is shown is what is chosen
            self._refresh()

    def _follow_coins(self) -> None:
        """Take the volatilities and the correlation of the coins chosen, if they are known."""
        fields = self.controls.fields()
        pair = (fields["coin"], fields["asset"])
        known = moments()
        if not self._history.is_simulated and set(pair) <= set(self._history.prices.columns):
            returns, periods = log_returns(self._history.prices, pair, _WINDOW)
            spot, hedge = (float(np.std(returns[:, k], ddof=1)) * np.sqrt(periods) for k in (0, 1))
            correlation = float(np.asarray(np.corrcoef(returns.T))[0, 1]) if spot > 0 and hedge > 0 else 0.0
            source = f"the last {_WINDOW} days of {self._history.badge}"
        elif known.known(pair):
            i, j = known.index(pair)
            spot, hedge, correlation = known.volatilities[i], known.volatilities[j], known.correlations[i, j]
            source = f"{known.source}; collected on 2026-11-20"
        else:
            self._origin_words = f"{' and '.join(pair)}: no shipped figures; volatilities and correlation as typed."
            return
        figures = {"spot_volatility": spot, "hedge_volatility": hedge, "correlation": correlation}
        self._origin_words = f"Volatilities and correlation of {pair[0]} and {pair[1]}: {source}."
        self._show({**fields, **{name: round(float(figure), 4) for name, figure in figures.items()}})

    def _show(self, fields: dict[str, Any], example: int | None = None) -> None:
        self._loading = True
        try:
            if example is not None:
                self._preset.value = example
            self.controls.show(fields)
        finally:
            self._loading = False

    def _preset_chosen(self, change: Any) -> None:
        if self._loading:
            return
        with self._computing(), self.live.reporting():
            preset = presets()[int(change["new"])]
            before = self._setting
            try:
                self._show(preset_fields(preset))
                self._setting = self._new_setting()
                self._good = self.controls.fields()
                self._origin_words = ""
                self.live.say("")
                self._refresh(self.controls.positions(preset_values(preset)))
            except InputError:  # one's own prices may not reach back to the example's days
                self._setting = before
                self._show(self._good, change["old"])
                self._refresh()
                raise

    def _refresh(self, values: dict[str, float] | None = None) -> None:
        with self.live.reporting():
            self.live.words = self._words()
            self.live.refresh(values)
            self._report()

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self) -> None:
        """Renew what is too slow for a moving hand: the tables and the claim."""
        with self.live.reporting():
            picture = self.live.picture()
            paths = self._setting.paths
            self.controls.hide_unused()
            self._rules.value = tables.rules_table(picture) + tables.rules_note(picture)
            self._greeks.value = tables.greeks_table(picture) + tables.attribution_table(picture)
            preset = presets()[int(self._preset.value)]
            said = f"<b>Often said:</b> {html.escape(preset['said'])}<br>"
            true = f"<b>What is true:</b> {html.escape(preset['true'])}"
            self._claim.value = f'<div class="hw-claim">{said}{true}</div>'
            words = self._origin_words or "Volatilities and correlation: the example's, or as typed."
            source = self.controls.choices["source"].value
            if source == SIMULATED:
                words += f" The tails are an assumption; funding is drawn from the {SAMPLE_LABEL}."
            if source == HISTORY:
                words = (
                    f"{self._history.source} Volatility {paths.spot_volatility:.1%} and {paths.hedge_volatility:.1%}"
                )
                words += f" a year, correlation {paths.correlation:.2f} on these days."
            self._origin.value = f'<div class="hw-note">{html.escape(words)}</div>'
            tone = " hw-simulated" if self._history.is_simulated else ""
            self._badge.value = f'<span class="hw-badge{tone}">{html.escape(self._history.badge)}</span>'

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
        for name in ("_badge", "_status", "_claim", "_origin", "_rules", "_greeks"):
            setattr(self, name, look.make(ipywidgets.HTML))
        head = look.make(ipywidgets.HBox, [self._preset, self._badge, self._status, ThemeSwitch()]).add_class("hw-head")
        story = LiveText(live, "story", blocks=text.STORY, slots=text.STORY_SLOTS, values=text.story, announce=True)
        tiles = LiveText(live, "tiles", blocks=text.TILES, slots=text.TILE_SLOTS, values=text.tiles)
        trades = look.make(ipywidgets.HTML, tables.trades_table())
        trades_note = look.make(
            ipywidgets.HTML,
            note("A short is closed by buying. Net long: sell more; net short: buy back. Just trade the difference."),
        )
        left = look.make(
            ipywidgets.VBox,
            [
                card(look, "The band and the interval", [sliders["half_width"], sliders["interval"]], "main"),
                card(
                    look,
                    "What a trade costs, what risk is worth",
                    [*(sliders[name] for name in ("cost_rate", "fixed_cost", "relative_aversion")), numbers["wealth"]],
                    "prices",
                ),
                card(look, "Which path, which day", [sliders["path"], sliders["day"]], "which"),
                card(
                    look,
                    "Rules that wait for something",
                    [sliders["volatility_threshold"], sliders["funding_threshold"], chosen["other"]],
                    "triggers",
                ),
                card(
                    look,
                    "What is hedged",
                    [
                        chosen["kind"],
                        chosen["coin"],
                        chosen["asset"],
                        numbers["position_value"],
                        numbers["hedge_ratio"],
                        chosen["trade_to"],
                    ],
                    "hedged",
                ),
                card(
                    look,
                    "On which paths",
                    [
                        chosen["source"],
                        chosen["n_days"],
                        *(numbers[name] for name in ("spot_volatility", "hedge_volatility", "correlation")),
                        *(chosen[name] for name in ("tails", "n_paths")),
                        numbers["seed"],
                        chosen["period"],
                        numbers["spot_move"],
                        numbers["hedge_move"],
                        self._origin,
                    ],
                    "sources",
                ),
            ],
        ).add_class("hw-left")
        right = look.make(
            ipywidgets.VBox,
            [
                card(look, "", [story, self._claim], "story"),
                card(
                    look,
                    "One path: the hedge it asks for, what the band holds, and its trades",
                    [self._chart("holding", "Target hedge and what two rules hold along one path")],
                    "holding",
                ),
                card(
                    look,
                    "Cost against tracking error: ◆ your band, ● every n days, ★ suggested",
                    [self._chart("tradeoff", "Cost a year against tracking error, over bands and intervals")],
                    "tradeoff",
                ),
                card(
                    look,
                    "The net of each rule on the same paths: 5 % to 95 %, and the median",
                    [chosen["measure"], self._chart("nets", "Net by rule, its 5, 50 and 95 % quantiles")],
                    "nets",
                ),
                card(look, "Bands, costs and greeks", [tiles], "health"),
                card(
                    look,
                    "What drifts when nobody trades: net delta against the price (heavy: yours)",
                    [self._chart("drifting", "Net delta of an untouched hedge against the price, by kind")],
                    "drifting",
                ),
                card(look, "What a drift asks for", [trades, trades_note], "asked"),
                card(look, "Every rule", [self._rules], "rules"),
                card(look, "Where gamma lives", [self._greeks], "gamma"),
            ],
        ).add_class("hw-right")
        page = look.make(ipywidgets.VBox, [left, right]).add_class("hw-page")
        return [LiveBanner(live), head, page, LiveMarks(live, text.MARKS, text.marks)]
