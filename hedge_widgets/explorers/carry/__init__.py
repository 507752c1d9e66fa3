"""The carry page: what does the hedge cost, or earn, before it is opened? Funding, basis, fees, the book, options."""

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from hedge_widgets.charts import carry as charts
from hedge_widgets.charts.carry import CarryPicture, CarrySetting, carry_picture
from hedge_widgets.explorers.carry import notes, tables, text
from hedge_widgets.explorers.carry.book import BookTable
from hedge_widgets.explorers.carry.controls import CarryControls
from hedge_widgets.explorers.carry.histories import Histories
from hedge_widgets.explorers.carry.presets import (
    made_up_book,
    preset_fields,
    preset_values,
    presets,
    rule_of,
    shipped_volatility,
    terms_of,
)
from hedge_widgets.live import Live, LiveBanner, LiveChart, LiveMarks, LiveText
from hedge_widgets.market.facts import contract
from hedge_widgets.market.history import History, user_history
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.style import formatted
from hedge_widgets.widgets.controls import Look, card, choices
from hedge_widgets.widgets.inputs import ThemeSwitch
from hedge_widgets.widgets.sources import Sources
from hedge_widgets.widgets.tables import note

if TYPE_CHECKING:
    import pandas as pd

_WINDOW = 90  # days of a history from which a volatility is taken


class CarryExplorer(ipywidgets.VBox):
    """The carry page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it, for spot price and volatility
        of a contract's coin; None: the file named by HEDGE_WIDGETS_PRICES, else the local store, else the worked
        examples' own prices. Past funding comes from the local store where there is some, else from the sample.
    """

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        look = self._look = Look()
        self._loading = False
        self._edited: dict[str, ContractSpec] = {}
        self._prices: History | None = None
        self.histories = Histories()
        self.book = BookTable(self._book_edited)
        first = presets()[0]
        fields = self._preset_fields(first)
        self.controls = CarryControls(look, self.histories.options, fields, preset_values(first))
        titles = [(preset["title"], place) for place, preset in enumerate(presets())]
        self._preset = choices(look, "example", titles, 0)
        self.sources = Sources(self._constants_edited)
        self.book.begin(first.get("book"))
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
        self.add_class("hw-root").add_class("hw-carry")
        for control in self.controls.others:
            control.observe(self._chosen, "value")
        self._preset.observe(self._preset_chosen, "value")
        self.live.on_rest(self._report)
        with self.live.reporting():
            self._prices = user_history(prices)
            if self._prices is not None:
                self._refresh(self._follow_contract())
        if self.histories.problems:
            self.live.say(" ".join(f"{problem}." for problem in self.histories.problems))
        self._report()

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> CarryPicture:
        return carry_picture(self._setting, self.controls.in_model_units(values))

    def _contract(self, label: str) -> ContractSpec:
        return self._edited.get(label) or contract(label)

    def _new_setting(self) -> CarrySetting:
        """Return what choices, boxes, dates and the book stand for.

        Raises
        ------
        InputError
            If one of them holds what cannot be.
        """
        fields = self.controls.fields()
        spec = self._contract(fields.pop("contract"))
        made_up = made_up_book(fields["spot_price"], fields["half_spread"], fields["daily_volume"])
        bids, asks = self.book.levels(made_up)
        history = self.histories[fields.pop("history")]
        return CarrySetting(**fields, contract=spec, rule=rule_of(spec), history=history, bids=bids, asks=asks)

    def _words(self) -> dict[str, list[str]]:
        setting = self._setting
        spec, rule = setting.contract, setting.rule
        hours = spec.funding_interval
        parts = [f"interest {formatted(rule.interest, 'rate')}"]
        if rule.clamp:
            parts.append(f"clamp ±{formatted(rule.clamp, 'rate')}")
        if rule.cap is not None:
            parts.append(f"cap ±{formatted(rule.cap, 'rate')}")
        of_eight = "" if hours == 8 else ", for 8 hours and scaled"
        return {
            "coin": [spec.underlying],
            "contract": [spec.label],
            "interval": ["every hour" if hours == 1 else f"every {hours:g} hours"],
            "history": [setting.history.name],
            "rule": [f"{rule.venue} {rule.instrument}: {', '.join(parts)}{of_eight} ({rule.source}, {rule.date})."],
            "book": [setting.book_problem],
        }

    # -- what the user does --------------------------------------------------------------------------------------------
    def _chosen(self, change: Any) -> None:
        if self._loading:
            return
        values: dict[str, float] = {}
        try:
            owner = change["owner"]
            if owner is self.controls.choices["contract"]:
                values = self._follow_contract()
            self._setting = self._new_setting()
            if owner is self.controls.choices["opened_at"]:
                values = self._follow_regime()
            self._good = self.controls.fields()
            self.live.say("")
        except InputError as error:
            self.live.say(f"{error}.")
            self._show(self._good)  # what is shown is what is chosen
            self._setting = self._new_setting()
        self._refresh(values)

    def _follow_contract(self) -> dict[str, float]:
        """Take fees, price, history and volatility of the contract's coin; return the slider values that moves."""
        spec = self._contract(self.controls.choices["contract"].value)
        coin = spec.underlying
        fields = {**self.controls.fields(), **terms_of(spec)}
        fields["history"] = self.histories.key_of(coin) or fields["history"]
        volatility = shipped_volatility(coin)
        closes = None if self._prices is None else self._prices.prices.get(coin)
        if closes is not None:
            returns = np.diff(np.log(closes.dropna().to_numpy(dtype=np.float64)[-_WINDOW - 1 :]))
            if len(returns) > 2:
                volatility = float(np.std(returns, ddof=1) * np.sqrt(365.0))
        elif coin != self._setting.contract.underlying:
            closes = _sample_closes(coin)
        if closes is not None:
            fields["spot_price"] = float(f"{float(closes.dropna().iloc[-1]):.6g}")
        most = float(spec.tiers.max_leverage(fields["holding_value"] * fields["coverage"]))
        fields["leverage"] = min(fields["leverage"], most)
        before = self._setting.contract.funding_interval
        rate = self.controls.in_model_units(self.live.values)["funding_rate"] * spec.funding_interval / before
        self.book.begin(None)
        self._show(fields)
        self._setting = self._new_setting()
        return self.controls.positions({"volatility": volatility, "funding_rate": rate})

    def _follow_regime(self) -> dict[str, float]:
        """Return the rate of the regime chosen as a slider value: what if it stays."""
        setting = self._setting
        if setting.opened_at == charts.ANY_DAY:
            return {}
        rate = setting.opened_at * setting.contract.funding_interval / 8.0
        return self.controls.positions({"funding_rate": rate})

    def _show(self, fields: dict[str, Any]) -> None:
        self._loading = True
        try:
            self.controls.show(fields)
        finally:
            self._loading = False

    def _preset_fields(self, preset: dict[str, Any]) -> dict[str, Any]:
        """Return an example's fields; past funding is the store's where it has that coin's and none was asked for."""
        fields = preset_fields(preset)
        if "history" not in preset["fields"]:
            fields["history"] = self.histories.key_of(contract(fields["contract"]).underlying) or self.histories.first
        return fields

    def _preset_chosen(self, change: Any) -> None:
        if self._loading:
            return
        with self.live.reporting():
            preset = presets()[int(change["new"])]
            fields = self._preset_fields(preset)
            self._edited.pop(fields["contract"], None)
            self.book.begin(preset.get("book"))
            self._show(fields)
            self._setting, self._good = self._new_setting(), fields
            self.live.say("")
            self._refresh(self.controls.positions(preset_values(preset)))

    def _book_edited(self) -> None:
        """Go on with the book as it is now; refused levels raise, and the table keeps what was there."""
        self._setting = self._new_setting()
        self._refresh()

    def _constants_edited(self, spec: ContractSpec) -> None:
        """Go on with a contract whose constants were edited; refused values leave everything as it is."""
        edited, fields = self._edited, self.controls.fields()
        self._edited = {**edited, spec.label: spec}
        self._show({**fields, **terms_of(spec)})
        try:
            self._setting = self._new_setting()
            self.live.picture()
        except InputError:
            self._edited = edited
            self._show(fields)
            self._setting = self._new_setting()
            raise
        self._good = self.controls.fields()
        self._refresh()

    def _refresh(self, values: dict[str, float] | None = None) -> None:
        with self.live.reporting():
            self.live.words = self._words()
            self.live.refresh(values)
            self._report()

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, rested: dict[str, float] | None = None) -> None:
        """Renew what is too slow for a moving hand: the tables, the claim, the badge."""
        with self.live.reporting():
            setting = self._setting
            values = self.controls.in_model_units(rested or self.live.values)
            self._six.value = tables.alternatives_table(setting, values)
            self._roll.value = tables.roll_table(setting, values["basis"])
            self._waiting.value = tables.waiting_table(setting, values["volatility"])
            self._regimes.value = tables.regimes_table(setting)
            preset = presets()[int(self._preset.value)]
            said = f"<b>Often said:</b> {html.escape(preset['said'])}<br>"
            true = f"<b>What is true:</b> {html.escape(preset['true'])}"
            self._claim.value = f'<div class="hw-claim">{said}{true}</div>'
            look = " hw-simulated" if setting.history.is_simulated else ""
            self._badge.value = f'<span class="hw-badge{look}">{html.escape(setting.history.badge)}</span>'
            self._origin.value = note(self._origins())
            self.book.show(setting)
            self.sources.show(setting.contract)

    def _origins(self) -> str:
        """Return where price and volatility come from."""
        coin = self._setting.contract.underlying
        if self._prices is not None and coin in self._prices.prices.columns:
            return f"Spot price and volatility of the last {_WINDOW} days: {self._prices.source}"
        return "Spot price: illustrative, type yours. Volatility: as collected for 2023 to 2025, see the constants."

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
        look, live = self._look, self.live
        for name in ("_badge", "_claim", "_origin", "_six", "_roll", "_waiting", "_regimes"):
            setattr(self, name, look.make(ipywidgets.HTML))
        head = look.make(ipywidgets.HBox, [self._preset, self._badge, ThemeSwitch()]).add_class("hw-head")
        left = look.make(ipywidgets.VBox, self._left()).add_class("hw-left")
        right = look.make(ipywidgets.VBox, self._right()).add_class("hw-right")
        page = look.make(ipywidgets.VBox, [left, right]).add_class("hw-page")
        foot = look.make(ipywidgets.VBox, [self.sources.constants, self.sources.tiers]).add_class("hw-foot")
        return [LiveBanner(live), head, page, foot, LiveMarks(live, notes.MARKS, notes.marks)]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls = self._look, self.controls
        sliders, numbers, chosen, dates = controls.sliders, controls.numbers, controls.choices, controls.dates
        short = [numbers[name] for name in ("holding_value", "coverage", "spot_price", "leverage")]
        costs = [numbers[name] for name in ("maker_fee_rate", "taker_fee_rate", "half_spread", "daily_volume")]
        return [
            card(look, "Funding and days", [sliders["days"], sliders["funding_rate"], sliders["move"]], "main"),
            card(look, "The short", [chosen["contract"], *short, self._origin], "short"),
            card(look, "Past funding", [chosen["history"], chosen["opened_at"]], "past"),
            card(look, "The dated future", [sliders["basis"], *dates.values()], "dated"),
            card(look, "Where the rate comes from", [sliders["premium"]], "premium"),
            card(
                look,
                "Orders",
                [sliders["order_value"], chosen["book_side"], sliders["hours"], numbers["limit_distance"]],
                "orders",
            ),
            card(
                look,
                "Money and options",
                [sliders["money_rate"], sliders["volatility"], numbers["put_distance"]],
                "money",
            ),
            card(look, "Costs", [chosen["orders"], *costs], "costs"),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look, live = self._look, self.live
        story = LiveText(live, "story", blocks=text.STORY, slots=text.STORY_SLOTS, values=text.story, announce=True)
        tiles = LiveText(live, "tiles", blocks=text.TILES, slots=text.TILE_SLOTS, values=text.tiles)
        rule = LiveText(live, "rule", blocks=notes.RULE, slots=notes.RULE_SLOTS, values=notes.rule)
        book = LiveText(live, "book", blocks=notes.BOOK, slots=notes.BOOK_SLOTS, values=notes.book)
        collected, rules = (look.make(ipywidgets.HTML, made()) for made in (tables.collected_table, tables.rules_table))
        accrued = self._chart("accrued", "Funding as it adds up over the days, with the history's bands")
        carried = self._chart("carried", "What a perpetual, a dated and an inverse short bring over the days")
        settled = self._chart("breakeven", "Coins, short and both against the market's move, with the break-even")
        return [
            card(look, "", [story, self._claim], "story"),
            card(look, "Funding as it adds up, and what the history says", [accrued], "accrued"),
            card(look, "Three shorts, all costs taken off", [carried], "carried"),
            card(look, "Against the market’s move: where the short has paid for itself", [settled], "breakeven"),
            card(look, "In figures", [tiles], "health"),
            card(
                look,
                "Funding rate against the premium",
                [self._chart("clamp", "Funding rate against the premium index"), rule],
                "clamp",
            ),
            card(
                look,
                "A market order and the order book",
                [self._chart("depth", "Slippage of a market order against its value"), book, self.book.table],
                "depth",
            ),
            card(look, "The same protection six ways", [self._six], "six"),
            card(look, "Rolling the dated short", [self._roll], "roll"),
            card(look, "Waiting for a better price", [self._waiting], "waiting"),
            card(look, "Past funding in stretches", [self._regimes, collected], "regimes"),
            card(look, "How venues set the rate", [rules], "rules"),
        ]


def _sample_closes(coin: str) -> Any:
    """Return the simulated closes of a coin, None where the sample has none."""
    from hedge_widgets.market.sample import sample_prices

    return sample_prices().get(coin)
