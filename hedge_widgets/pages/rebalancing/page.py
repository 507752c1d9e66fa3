"""The rebalancing page: what really drifts, when to touch it, and what that costs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from hedge_widgets.live import LiveMarks
from hedge_widgets.market.coins import followed
from hedge_widgets.market.facts import ReplayedMoves, contracts, latest_moments, replayed_moves
from hedge_widgets.market.history import History, opened
from hedge_widgets.market.market import Market
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.sample import SAMPLE_LABEL
from hedge_widgets.model.book import Book, Hedge
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.paths import PairDynamics
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.model.rebalancing import Triggers
from hedge_widgets.model.rebalancing.picture import RebalancingPicture, rebalancing_picture
from hedge_widgets.model.rebalancing.setting import TRIGGERS, Paths, RebalancingSetting
from hedge_widgets.pages.address import Codec
from hedge_widgets.pages.book import assumed_words, coins_words, followed_words
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.page import Page
from hedge_widgets.pages.rebalancing import charts, tables, triggers, words
from hedge_widgets.pages.rebalancing.changing import ChangingCard
from hedge_widgets.pages.rebalancing.controls import DAY_WORDS, HISTORY, OTHER_WORDS, SIMULATED, RebalancingControls
from hedge_widgets.pages.rebalancing.examples import example_fields, example_values, examples
from hedge_widgets.pages.rebalancing.prices import drawn_paths, historical_paths, replayed_paths, simulated_paths
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.tables import badge, note

if TYPE_CHECKING:
    import pandas as pd

_WINDOW = 365  # days of one's own history from which volatilities are taken
_BUSY = '<span class="hw-badge hw-busy" role="status">computing …</span>'


class RebalancingExplorer(Page):
    """The rebalancing page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it; None: the file named by
        HEDGE_WIDGETS_PRICES, else the local store, else the simulated sample.
    """

    controls: RebalancingControls
    _name = "rebalancing"
    _charts = charts
    _css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    _kept = ("_origin_words", "_history", "_triggers")
    _beside = ("_origin_words",)
    _codecs: ClassVar[Mapping[str, Codec]] = {"_triggers": (triggers.rules_written, triggers.rules_read)}

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        refused = opened(prices, self._open)
        self._start()
        if refused:
            self.live.say(refused)

    def _open(self, own: History) -> None:
        """Make the page with a history; InputError if it can show nothing of it."""
        look = Look()
        self._history = own
        self._windows: tuple[tuple[Any, ...], Paths] | None = None
        self._origin_words = ""
        self._triggers = TRIGGERS.rules
        self._changing = ChangingCard(look, self._line_typed)
        first = examples()[0]
        controls = RebalancingControls(look, _coins(self._history), example_fields(first), example_values(first))
        super().__init__(look, controls, [example["title"] for example in examples()])

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> RebalancingPicture:
        return rebalancing_picture(self._setting, self.controls.in_model_units(values))

    def _new_setting(self) -> RebalancingSetting:
        fields = self.controls.fields()
        named = ("kind", "position_value", "wealth", "hedge_ratio", "trade_to", "other", "measure", "watched")
        return RebalancingSetting(
            paths=self._paths(fields),
            triggers=Triggers(coverage=fields["coverage"], leverage=fields["leverage"], rules=self._triggers),
            **self._contract_terms(fields),
            **{name: fields[name] for name in named},
        )

    def _traded(self, fields: Mapping[str, Any]) -> ContractSpec | None:
        """Return the contract the hedge is traded in: the book's, else the first on the coin; None unknown."""
        plan = self._plan if self._example.value == OWN_BOOK else None
        asset, is_inverse = (
            fields["asset"] if fields["kind"] == "cross" else fields["coin"],
            fields["kind"] == "inverse",
        )
        if plan is not None and plan.contract.underlying == asset:
            return plan.contract
        known = [spec for spec in contracts().values() if spec.underlying == asset]
        return min(known, key=lambda spec: (spec.kind == "inverse") != is_inverse, default=None)

    def _contract_terms(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a lot and the smallest order are worth in dollars, and the first tier's rate, where known."""
        spec = self._traded(fields)
        price = None if spec is None else Market(history=self._history).price(spec.underlying)
        if spec is None or price is None:
            return {}
        return {
            "lot_value": spec.lot_size * spec.contract_value(price),
            "min_order": float(spec.smallest_notional(price)),
            "maintenance_rate": spec.tiers.maintenance_rates[0],
        }

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
        if fields["period"]:
            return replayed_paths(fields["coin"], asset, replayed_moves()[fields["period"]])
        wanted = (fields["coin"], asset, fields["n_days"])
        if self._windows is None or self._windows[0] != (self._history, *wanted):
            self._windows = (self._history, *wanted), historical_paths(self._history, *wanted)
        return self._windows[1]

    def _words(self) -> dict[str, list[str]]:
        fields, paths = self.controls.fields(), self._setting.paths
        return {
            "coin": ["your coins" if self._is_basket else fields["coin"]],
            "asset": [fields["asset"] if fields["kind"] == "cross" else "the hedge's price"],
            "other": [next(words for words, meant in OTHER_WORDS if meant == fields["other"])],
            "edge": ["edge of that band" if fields["trade_to"] == "edge" else "target itself"],
            "paths": list(paths.names),
            "contract": [traded.label if (traded := self._traded(fields)) else ""],
        }

    # -- the book ------------------------------------------------------------------------------------------------------
    @property
    def _is_basket(self) -> bool:
        plan = self._plan
        return self._example.value == OWN_BOOK and plan is not None and len(plan.book.holdings.symbols) > 1

    def _planned(self, plan: Plan) -> dict[str, Any]:
        inputs, outcome, holdings = plan.inputs(), plan.outcome(), plan.book.holdings
        value, notional = float(outcome.spot_value), outcome.notional or outcome.target_notional
        if value <= 0 or not notional:
            raise InputError("this page is about coins and their hedge, and your book has only one of the two")
        asset, offered = plan.contract.underlying, {meant for _, meant in self.controls.choices["coin"].options}
        held = sorted(holdings.holdings, key=lambda h: -float(h.value))
        known = [coin for coin in (followed(h.symbol) for h in held) if coin in offered]
        if asset not in offered or not known:
            raise InputError(f"this page knows no prices of {asset if known else 'your coins'}")
        return {
            "kind": "same" if holdings.symbols == (asset,) else "cross",
            "coin": next((coin for coin in known if coin in self._history.prices.columns), known[0]),
            "asset": asset,
            "source": SIMULATED,
            "n_days": min((days for _, days in DAY_WORDS), key=lambda days: abs(days - float(inputs.days))),
            "position_value": value,
            "wealth": value + inputs.cash,
            "hedge_ratio": -float(outcome.side) * notional / value,
            "leverage": float(inputs.leverage),
            "spot_volatility": inputs.spot_volatility,
            "hedge_volatility": inputs.hedge_volatility,
            "correlation": inputs.correlation,
            "spot_move": inputs.move,
            "hedge_move": outcome.hedge_move,
        }

    def _folded(self, plan: Plan, changed: Mapping[str, Any], now: Mapping[str, Any]) -> Plan:
        figures = ("spot_volatility", "hedge_volatility", "correlation")
        parts: dict[str, Any] = {"own": {name: changed[name] for name in figures if name in changed}}
        if "leverage" in changed:
            parts["leverage"] = now["leverage"]
        if "position_value" in changed:
            parts["value"] = now["position_value"]
        if changed.keys() & {"hedge_ratio", "position_value"} and now["hedge_ratio"]:
            parts["notional"] = abs(now["hedge_ratio"]) * now["position_value"]
        return plan.changed(**parts)

    def _begun_with(self, fields: Mapping[str, Any]) -> Plan:
        asset = fields["asset"] if fields["kind"] == "cross" else fields["coin"]
        price = Market(history=self._history).price(fields["coin"]) or 1.0
        coin = Holding(symbol=fields["coin"], quantity=fields["position_value"] / price, price=price)
        spec = self._contract_on(asset)
        if spec is None:
            raise InputError(f"no contract on {asset} is known, so this hedge stays on this page")
        return Plan(book=Book(holdings=Portfolio((coin,)), hedge=Hedge(contract=spec, coverage=1.0)))

    @staticmethod
    def _contract_on(asset: str) -> ContractSpec | None:
        """Return the first contract on a coin, those with dollars as margin first."""
        known = [spec for spec in contracts().values() if spec.underlying == asset]
        return min(known, key=lambda spec: spec.kind != "linear", default=None)

    def _plan_note(self, plan: Plan) -> str:
        fields = self.controls.fields()
        words = (
            f"This page uses the value of {coins_words(plan)}, the size of the hedge and how both move, on paths of "
            f"{fields['n_days']} days."
        )
        missing = [coin for coin in (fields["coin"], fields["asset"]) if coin not in self._history.prices.columns]
        if missing:
            words += f" Past prices cannot be chosen, as there are none of {missing[0]} here."
        elif self._is_basket:
            words += (
                f" If you choose past prices, they are those of {fields['coin']}, your largest coin with prices here."
            )
        return (
            f"{words} Margin and cash do not matter here, and leverage only to the rule on the distance to liquidation."
        )

    def _claim_of(self, place: int) -> tuple[str, str]:
        return examples()[place]["true"], examples()[place]["said"]

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

    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        coin, asset = self.controls.choices["coin"], self.controls.choices["asset"]
        plan = self.plan if self._example.value == OWN_BOOK else None
        if plan is None:
            if owner in (coin, asset):
                self._follow_coins()
        elif owner is asset:
            spec = self._contract_on(asset.value)
            if spec is None:
                raise InputError(f"no contract on {asset.value} is known, so your book cannot be hedged with it")
            return self._show_plan(plan.changed(contract=plan.spec(spec.label)))
        return {}

    def _use_prices(self, own: History) -> Mapping[str, float]:
        self._history = own
        self._restored()
        if self._example.value == OWN_BOOK:
            return {}
        self._follow_coins()
        return {}

    def _restored(self) -> None:
        self.controls.offer(_coins(self._history))

    def _follow_coins(self) -> None:
        """Take the volatilities and the correlation of the coins chosen, if they are known."""
        fields = self.controls.fields()
        pair = (fields["coin"], fields["asset"])
        market = Market(history=None if self._history.is_simulated else self._history, window=_WINDOW)
        known = market.figures(Portfolio((Holding(symbol=pair[0], quantity=1.0, price=1.0),)), pair[1])
        figures = {name: known.fields[name] for name in ("spot_volatility", "hedge_volatility", "correlation")}
        notes = (followed_words(pair), assumed_words(known.assumed))
        said = (f"Volatilities and correlation of {pair[0]} and {pair[1]}: {known.source}.", *notes)
        self._origin_words = " ".join(filter(None, said))
        self.controls.show({name: round(float(figure), 4) for name, figure in figures.items()})

    def _begin(self, place: int) -> Mapping[str, float]:
        example = examples()[place]
        self._origin_words, self._triggers = "", TRIGGERS.rules
        self.controls.show(example_fields(example))
        return self.controls.positions(example_values(example))

    def _line_typed(self, row: int, column: int, text: str) -> None:
        def edited() -> dict[str, float]:
            self._triggers = triggers.changed_rules(self._triggers, row, column, text)
            return {}

        self._attempt(edited)

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Renew the tables and the claim."""
        picture = self.live.picture(**values)
        self.controls.hide_unused()
        self._rules.value = tables.rules_table(picture) + tables.rules_note(picture)
        self._greeks.value = tables.greeks_table(picture) + tables.attribution_table(picture)
        self._tell(values)
        self._changing.show(picture)
        self._origin.value = note(self._origins())
        event = self._event
        shown = self._history.badge if event is None else f"real daily moves, {event.words}"
        is_simulated = event is None and self._history.is_simulated
        self._badge.value = badge(
            shown, is_simulated=is_simulated, source=self._history.read_as if event is None else ""
        )

    @property
    def _event(self) -> ReplayedMoves | None:
        """Return the real moves that are replayed, None where none are."""
        fields = self.controls.fields()
        return replayed_moves().get(fields["period"]) if fields["source"] == HISTORY else None

    def _ended(self) -> str:
        """Return a sentence, and a blank, about a coin whose prices end before the others do."""
        words = self._history.ended(self.controls.choices[name].value for name in ("coin", "asset"))
        return f"{words} " if words else ""

    def _origins(self) -> str:
        """Return where the paths, their volatilities and their correlation come from."""
        words = self._origin_words or "Volatilities and correlation are those of the example, or the ones you typed."
        source, paths, event = self.controls.choices["source"].value, self._setting.paths, self._event
        if source == HISTORY:
            own = self._history.source
            if event is not None:
                own = f"{event.words}: {event.source}, as of {event.date}, without funding."
            return (
                f"{own} {self._ended() if event is None else ''}Volatility {paths.spot_volatility:.1%} and "
                f"{paths.hedge_volatility:.1%} per year, correlation {paths.correlation:.2f} on these days."
            )
        if source == SIMULATED:
            return f"{words} The tails are an assumption; funding is drawn from the {SAMPLE_LABEL}."
        return words

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_status", "_origin", "_rules", "_greeks"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        return [self._example, self._badge, self._status]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls, sliders = self._look, self.controls, self.controls.sliders
        numbers, chosen = controls.numbers, controls.choices
        prices = [sliders["cost_rate"], sliders["relative_aversion"]]
        triggers = [sliders["volatility_threshold"], sliders["funding_threshold"], chosen["other"]]
        hedged = [*(chosen[name] for name in ("kind", "coin", "asset")), numbers["position_value"]]
        rare = [sliders["fixed_cost"], numbers["wealth"], numbers["hedge_ratio"], chosen["trade_to"]]
        sources = [
            *(chosen[name] for name in ("source", "n_days")),
            *(numbers[name] for name in ("spot_volatility", "hedge_volatility", "correlation")),
            *(chosen[name] for name in ("tails", "n_paths")),
            numbers["seed"],
            chosen["period"],
            *(numbers[name] for name in ("spot_move", "hedge_move")),
            self._origin,
        ]
        return [
            card(look, "The band and the interval", [sliders["half_width"], sliders["interval"]], "main"),
            card(look, "Costs and risk aversion", prices, "prices"),
            card(look, "Path and day shown", [sliders["path"], sliders["day"]], "which"),
            card(look, "Other rules to compare with", triggers, "triggers"),
            card(look, "What is hedged", hedged, "hedged"),
            card(look, "Advanced: fixed cost, wealth and hedge ratio", rare, "rare", is_folded=True),
            card(look, "Advanced: the paths", sources, "sources", is_folded=True),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words)
        trades = look.make(
            ipywidgets.HTML,
            tables.trades_table()
            + note(
                "You close a short by buying. If you are net long, sell more; if you are net short, buy back. "
                "Trade the difference."
            ),
        )
        numbers, chosen = self.controls.numbers, self.controls.choices
        changing = [numbers["coverage"], numbers["leverage"], chosen["watched"]]
        followed = [
            self._chart(
                "The path shown: how much is hedged",
                "covering",
                "Coverage of the rule and of a constant hedge over the days",
            ),
            self._chart(
                "What the rule has left more, or less, than the constant hedge, costs included",
                "gaining",
                "Net of the rule less that of a constant hedge over the days",
            ),
        ]
        return [
            self._story_card(story),
            self._chart(
                "One path: the target hedge, what your band holds, and its trades",
                "holding",
                "Target hedge and what two rules hold along one path",
                is_picture=True,
            ),
            self._chart(
                "Cost against tracking error: ◆ your band, ● every n days, ★ suggested",
                "tradeoff",
                "Cost per year against tracking error, for all bands and intervals",
                is_picture=True,
            ),
            self._chart(
                "Result of each rule on the same paths: 5 % to 95 %, and the median",
                "nets",
                "Net result of each rule: its 5, 50 and 95 % quantiles",
                above=[chosen["measure"]],
                is_picture=True,
            ),
            card(look, "Bands, costs and greeks", [tiles], "health"),
            self._chart(
                "What drifts if you never trade: net delta against the price (heavy line: yours)",
                "drifting",
                "Net delta of a hedge that is never traded against the price, by kind",
            ),
            card(look, "What to trade after a drift", [trades], "asked"),
            card(look, "All rules compared", [self._rules], "rules"),
            card(look, "Where gamma comes from", [self._greeks], "gamma"),
            self._changing.widget(changing, followed),
        ]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, words.marks)


def _coins(own: History) -> dict[str, bool]:
    """Return the coins that can be chosen, and whether a history has prices of each.

    They are those of the history that move, those whose figures we ship, and those of a contract.
    """
    priced = [name for name in own.prices.columns if name not in own.cash]
    traded = (spec.underlying for spec in contracts().values())
    return {coin: coin in priced for coin in (*priced, *latest_moments().symbols, *traded)}
