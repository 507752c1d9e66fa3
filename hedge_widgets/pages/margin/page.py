"""The margin page: will the hedge survive? Equity and maintenance margin along a path, and the chance of its end."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from hedge_widgets.live import LiveMarks
from hedge_widgets.market.facts import contract, latest_moments
from hedge_widgets.market.history import History, user_history
from hedge_widgets.market.margin_terms import volatility_spread
from hedge_widgets.market.market import Market
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.shipped import estimated_from, shipped_funding
from hedge_widgets.model.book import Book, Hedge
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.futures import Futures
from hedge_widgets.model.gap import NO_GAPS
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.past import PastCloses
from hedge_widgets.model.margin.picture import MarginPicture, margin_picture
from hedge_widgets.model.margin.setting import MarginSetting
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.pages.address import Codec, edits_read, edits_written
from hedge_widgets.pages.book import coins_words
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.margin import charts, tables, venues, whole, words
from hedge_widgets.pages.margin.controls import NO_OTHER, PATH, VARIES, MarginControls
from hedge_widgets.pages.margin.examples import (
    Replay,
    example_fields,
    example_values,
    examples,
    replay_read,
    replay_written,
    replays,
)
from hedge_widgets.pages.page import Page
from hedge_widgets.style import formatted
from hedge_widgets.widgets.controls import Look, card, dropdown
from hedge_widgets.widgets.sources import Sources, interval_words
from hedge_widgets.widgets.tables import badge, note

if TYPE_CHECKING:
    import pandas as pd

FUTURES_COUNT = (
    "Your other futures count in the sentence above and in the card “The whole wallet”; the path, its charts, the "
    "tiles and the chances are those of the hedge alone, with all of the cash."
)
AWAY = (
    "The path is the coin’s. The venue liquidates at its mark price, which is taken to follow the contract, as a gap "
    "does that lasts longer than the venue averages over (2.5 minutes at Binance: support article fff6ec1b, as stored "
    "in 2026). The chances leave gaps out."
)
DRAWN = "a drawn path, not a forecast"
_OWN = {"volatility": "hedge_volatility", "funding_rate": "funding_rate", **dict(zip(NO_GAPS, NO_GAPS, strict=True))}
_EXAMPLE = (
    "The entry price is that of the example. So is the volatility, if the example has one; otherwise "
    f"it is estimated from {estimated_from(latest_moments())}."
)


class MarginExplorer(Page):
    """The margin page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it; None: the file named by
        HEDGE_WIDGETS_PRICES, else the local store; without them the worked examples' own prices and volatilities.
    """

    controls: MarginControls
    _name = "margin"
    _charts = charts
    _css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    _has_futures = True
    _kept = ("_edited", "_replayed", "_origin_words", "_history")
    _beside = ("_origin_words", "_history")
    _codecs: ClassVar[Mapping[str, Codec]] = {
        "_edited": (edits_written, edits_read),
        "_replayed": (replay_written, replay_read),
    }

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        look = Look()
        self._edited: dict[str, ContractSpec] = {}
        self._replayed: tuple[Replay, str] | None = None
        self._history: History | None = None
        self._pasts: dict[str, tuple[PastCloses | None, str]] = {}
        self._origin_words = _EXAMPLE
        first = examples()[0]
        events = [(replay.title, name) for name, replay in replays().items()]
        self._replay = dropdown(look, "Replay", [("Choose a past event …", ""), *events], "")
        self._replay.add_class("hw-wide")
        self.sources = Sources(self._constants_edited)
        super().__init__(
            look,
            MarginControls(look, example_fields(first), example_values(first)),
            [example["title"] for example in examples()],
            others=[self._replay],
        )
        self._replay.observe(self._replay_chosen, "value")
        with self.live.reporting():
            self._history = user_history(prices)
        self._pasts = {}
        self._start(self._follow_contract if self._history is not None else None)

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> MarginPicture:
        return margin_picture(self._setting, self.controls.in_model_units(values))

    def _contract(self, label: str) -> ContractSpec:
        return self._edited.get(label) or contract(label)

    def _new_setting(self) -> MarginSetting:
        fields = self.controls.fields()
        spec = self._contract(fields.pop("contract"))
        other = fields.pop("other")
        varies = volatility_spread() if fields.pop("tails") == VARIES else None
        return MarginSetting(
            **fields,
            contract=spec,
            tiers=spec.tiers,
            other=None if other == NO_OTHER else self._contract(other),
            varies=varies,
            past=self._past_of(spec.underlying)[0],
            stamp=self._stamp(),
        )

    def _past_of(self, coin: str) -> tuple[PastCloses | None, str]:
        """Return the past closes of a coin in the prices in use, and what they are."""
        if coin not in self._pasts:
            self._pasts[coin] = Market(history=self._history).past(coin)
        return self._pasts[coin]

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
            "past_source": [self._past_of(spec.underlying)[1]],
            "contract": [spec.label],
            "position": [f"{spec.underlying} {'short' if setting.side < 0 else 'long'}"],
            "other": ["" if setting.other is None else setting.other.label],
            "interval": [interval_words(spec)],
        }

    # -- the book ------------------------------------------------------------------------------------------------------
    def _planned(self, plan: Plan) -> dict[str, Any]:
        inputs, outcome = plan.inputs(), plan.outcome()
        notional = outcome.target_notional if outcome.notional is None else outcome.notional
        if not notional:
            raise InputError("this page is about a futures position, and your book has none that can be opened")
        beta = round(float(outcome.minimum_variance_hedge_ratio), 3)
        posted, required = outcome.collateral or 0.0, outcome.initial_margin or 0.0  # None of an order that is refused
        gap = 1.0 + inputs.entry_gap
        is_cross = inputs.margin_mode == "cross" and posted > required
        return {
            "contract": inputs.contract.label,
            "side": float(outcome.side),
            "position_value": notional if inputs.contract.kind == "inverse" else notional * gap,
            "entry_price": inputs.hedge_price * gap,
            "spot_value": outcome.spot_value,
            "spot_beta": beta,
            "spot_own_move": round(inputs.move - beta * outcome.hedge_move, 6),
            "own_collateral": posted if is_cross else 0.0,
            "cash": inputs.cash,
            "other": NO_OTHER,
            "leverage": inputs.leverage,
            "spike": inputs.spike,
            "trough": outcome.hedge_move,
            "end": outcome.hedge_move,
            "peak_at": inputs.spike_fraction,
            "days": inputs.days,
            "horizon": inputs.days,
            "volatility": inputs.hedge_volatility,
            "funding_rate": inputs.funding_rate,
            **{name: getattr(inputs, name) for name in NO_GAPS},
        }

    def _folded(self, plan: Plan, changed: Mapping[str, Any], now: Mapping[str, Any]) -> Plan:
        parts: dict[str, Any] = {"leverage": changed["leverage"]} if "leverage" in changed else {}
        if "horizon" in changed:
            parts["days"] = now["horizon"]
        own = {figure: changed[name] for name, figure in _OWN.items() if name in changed}
        gap = 1.0 + now["entry_gap"]
        if {"entry_price", "entry_gap"} & changed.keys():
            own["hedge_price"] = now["entry_price"] / gap
        if {"position_value", "entry_gap"} & changed.keys():
            parts["notional"] = now["position_value"] / (1.0 if plan.contract.kind == "inverse" else gap)
        if "spot_value" in changed:
            parts["value"] = now["spot_value"]
        posted = now["own_collateral"]
        if "own_collateral" in changed and posted:
            parts |= {"margin_mode": "cross", "cash": max(posted, now["cash"])}
        elif "cash" in changed:
            parts["cash"] = now["cash"]
        return plan.changed(own=own, **parts)

    def _begun_with(self, fields: Mapping[str, Any]) -> Plan:
        spec, price, value = self._contract(fields["contract"]), fields["entry_price"], fields["spot_value"]
        coin = Holding(symbol=spec.underlying, quantity=(value or fields["position_value"]) / price, price=price)
        return Plan(book=Book(holdings=Portfolio((coin,)), hedge=Hedge(contract=spec, basis="dollar")))

    def _show_plan(self, plan: Plan) -> Mapping[str, float]:
        self._edited, self._replayed, self._origin_words = {**plan.edited}, None, ""
        return super()._show_plan(plan)

    def _plan_note(self, plan: Plan) -> str:
        setting, coin = self._setting, plan.contract.underlying
        beta, rho = formatted(setting.spot_beta, "ratio"), formatted(float(plan.inputs().correlation), "ratio")
        own = formatted(setting.spot_own_move, "percent_signed")
        return (
            f"This page treats {coins_words(plan)} as {beta} × {coin} (correlation {rho}) and a move of {own} of their "
            f"own, and draws a straight path to where {coin} is expected then. Funding, fees and slippage are in the "
            f"sentence above and not in the charts. {FUTURES_COUNT if plan.book.futures else ''}"
        ).strip()

    def _claim_of(self, place: int) -> tuple[str, str]:
        return examples()[place]["true"], examples()[place]["said"]

    # -- what the user does --------------------------------------------------------------------------------------------
    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        if owner is self.controls.numbers["cash"]:
            self._post_cash()
        if owner is not self.controls.choices["contract"]:
            return {}
        self._replayed = None
        if self._example.value == OWN_BOOK and self._plan is not None:
            return self._show_plan(self._with_contract())
        return self._follow_contract()

    def _post_cash(self) -> None:
        """Post all of the cash where the book's hedge has cross margin, as the first page does."""
        own = self._plan if self._example.value == OWN_BOOK else None
        if own is None or own.book.hedge.margin_mode != "cross":
            return
        plan = self.plan
        assert plan is not None
        planned = self._planned(plan.changed(cash=self.controls.numbers["cash"].value))
        self.controls.show({"own_collateral": planned["own_collateral"]})

    def _use_prices(self, own: History) -> dict[str, float]:
        self._history = own
        return {} if self._example.value == OWN_BOOK else self._follow_contract()

    def _follow_contract(self) -> dict[str, float]:
        """Take price and volatility of the contract's coin from the market; return the slider values that follow."""
        coin = self._coin
        market, funding = Market(history=self._history), shipped_funding(self._contract_chosen)
        price, volatility = market.price(coin), market.volatility(coin)
        if price is None and coin != self._setting.contract.underlying:
            price = market.needed_price(self._contract_chosen)
        if price is not None:
            self.controls.show({"entry_price": float(f"{price:.6g}") if market.own_price(coin) is None else price})
        level = (
            f"The entry price is your last one, of {market.last_day(coin)}."
            if market.own_price(coin)
            else "The entry price is a round level to start with."
        )
        values = {"volatility": volatility.value, "funding_rate": funding.value}
        estimated = (
            f"Volatility: {formatted(volatility.value, 'percent')} {'' if volatility.is_own else 'is '}"
            f"{volatility.source}."
        )
        said = (estimated, self.controls.beyond(values), level, funding.source)
        self._origin_words = " ".join(filter(None, said))
        return self.controls.positions(values)

    @property
    def _contract_chosen(self) -> ContractSpec:
        """Return the contract chosen."""
        return self._contract(self.controls.choices["contract"].value)

    @property
    def _coin(self) -> str:
        """Return the coin of the contract chosen."""
        return self._contract_chosen.underlying

    def _begin(self, place: int) -> Mapping[str, float]:
        example = examples()[place]
        fields = example_fields(example)
        coin = contract(fields["contract"]).underlying
        self._replayed = (replays()[example["replay"]], coin) if "replay" in example else None
        self._origin_words = _EXAMPLE
        self.controls.show(fields)
        return self.controls.positions(example_values(example))

    def _replay_chosen(self, change: Any) -> None:
        """Draw a past event's path for the contract's coin; the choice itself is not kept, the chart names it."""
        if self._loading or not change["new"]:
            return

        def drawn() -> dict[str, float]:
            replay, coin = replays()[change["new"]], self._coin
            values = self.controls.drawable(replay.path(coin))
            self._replayed = (replay, coin)
            return values

        self._take(drawn)
        with self._quietly():
            self._replay.value = ""

    def _constants_edited(self, spec: ContractSpec) -> None:
        def edited() -> dict[str, float]:
            self._edited = {**self._edited, spec.label: spec}
            return {}

        self._attempt(edited)

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Renew the tables, the claim, and what the path is called."""
        self._forget_replay(values)
        picture = self.live.picture(**values)
        posted = float(picture.collateral[0]) / self._setting.unit_price
        volatility = float(picture.values["volatility"][0])
        self._whole.value = whole.whole_card(self._setting, posted, volatility, self._futures)
        self._venues.value = venues.venues_table(self._setting, posted, self._contract)
        self._one_times.value = tables.one_times_table(self._setting)
        self._tell(values)
        self._origin.value = note(self._origin_words)
        self._badge.value = badge(self._badge_words)
        self.sources.show(self._setting.contract)

    @property
    def _futures(self) -> Futures:
        """Return the futures beside the hedge, where the user's own book is shown."""
        own = self._plan if self._example.value == OWN_BOOK else None
        return Futures() if own is None else own.futures()

    @property
    def _badge_words(self) -> str:
        if self._example.value == OWN_BOOK:
            return "your own book"
        return "worked examples" if self._history is None else self._history.badge

    def _forget_replay(self, values: dict[str, float]) -> None:
        """Call the path drawn once a hand has changed it."""
        if self._replayed is None:
            return
        replay, coin = self._replayed
        wanted = self.controls.positions(replay.path(coin))
        if any(abs(values[name] - wanted[name]) > 1e-6 for name in PATH):
            self._replayed = None
            self._setting = replace(self._setting, stamp=self._stamp())
            self.live.refresh()

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_origin", "_whole", "_venues", "_one_times"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        return [self._example, self._badge]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls, sliders = self._look, self.controls, self.controls.sliders
        numbers, chosen = controls.numbers, controls.choices
        chances = [sliders["horizon"], sliders["volatility"], self._origin]
        position = [chosen["contract"], *(numbers[name] for name in ("position_value", "spot_value"))]
        rare_ends = [sliders["deleveraged_at"], chosen["liquidation_leaves"]]
        rare_chances = [sliders["limit"], chosen["tails"], sliders["funding_rate"]]
        account = [
            chosen["side"],
            *(numbers[name] for name in ("own_collateral", "entry_price", "spot_beta", "spot_own_move")),
            numbers["collateral_ratio"],
            chosen["other"],
            numbers["other_value"],
            numbers["other_beta"],
        ]
        return [
            card(look, "Leverage and wallet", [sliders["leverage"], numbers["cash"]], "main"),
            card(look, "Price path", [*(sliders[name] for name in PATH), self._replay], "scenario"),
            card(look, "What else can close the hedge", [sliders["stop"]], "ends"),
            card(look, "How likely", chances, "chances"),
            card(look, "Position and margin", position, "more"),
            card(look, "Advanced: deleveraging and liquidation", rare_ends, "rare-ends", is_folded=True),
            card(
                look,
                "Advanced: risk limit, volatility to come and funding",
                rare_chances,
                "rare-chances",
                is_folded=True,
            ),
            card(
                look, "Advanced: side, margin posted, beta and the rest of the account", account, "rare", is_folded=True
            ),
            card(
                look,
                "Perp away from spot",
                [*(sliders[name] for name in NO_GAPS), look.make(ipywidgets.HTML, note(AWAY))],
                "away",
                is_folded=True,
            ),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words)
        textbook = look.make(ipywidgets.HTML, tables.textbook_table())
        crash = look.make(
            ipywidgets.HTML,
            tables.deleveraging_table()
            + note(
                "Longs of 1,000 coins are bankrupt at $90 while the market is at $80. The insurance fund pays as "
                "much of the $10,000 as it can. The rest is closed against winning shorts at $90, which ends their "
                "hedge."
            ),
        )
        return [
            self._story_card(story),
            self._chart(
                "The price path: drag its points",
                "price",
                "The price path and the levels that close the hedge; the sliders of the path move its points",
                is_picture=True,
            ),
            self._chart(
                "Equity along the path, and the maintenance margin (the minimum)",
                "account",
                "Equity and maintenance margin along the path, isolated and cross",
            ),
            self._chart(
                "Coins and hedge together at the end, by how the hedge is handled",
                "handling",
                "What you gain or lose at the end of the path, by how the hedge is handled",
                is_picture=True,
            ),
            self._chart(
                "Chance of liquidation while you hold the hedge, against leverage",
                "chance",
                "Chance of liquidation against leverage, logarithmic",
                is_picture=True,
            ),
            card(look, "The hedge's health", [tiles], "health"),
            card(look, "The whole wallet (cross margin)", [self._whole], "whole"),
            self._chart(
                "How far the price must move to liquidate, against leverage",
                "liquidation",
                "Adverse move that liquidates, against leverage",
            ),
            card(
                look,
                "The same leverage, two contracts: the price rise that liquidates a short",
                [self._one_times],
                "one",
            ),
            card(look, "The same trade under every venue's rules", [self._venues, textbook], "venues"),
            card(look, "Who pays in a crash: first the insurance fund, then winning shorts", [crash], "crash"),
        ]

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self.sources.constants, self.sources.tiers]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, words.marks, words.REMARKS)
