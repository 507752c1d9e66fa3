"""The hedge-ratio lab: how much to short, how sure one can be, and what it would have removed."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from hedge_widgets.live import LiveMarks
from hedge_widgets.market.coins import followed, is_money
from hedge_widgets.market.facts import contract
from hedge_widgets.market.history import History, history, opened
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.prices import (
    MAX_BYTES,
    basket_prices,
    day_numbers,
    last_prices,
    one_a_day,
    prices_only,
    weighted_prices,
)
from hedge_widgets.market.quality import faults, treated
from hedge_widgets.model.book import Book, Hedge
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge import LIMITS
from hedge_widgets.model.hedge_ratio import YearAhead, horizon_returns, year_ahead
from hedge_widgets.model.hedge_ratio.picture import RatioPicture, RatioSetting, ratio_picture
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS, HedgeStudy
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.pages.book import coins_words, joined
from hedge_widgets.pages.carried import OWN_BOOK
from hedge_widgets.pages.hedge_ratio import charts, tables, words
from hedge_widgets.pages.hedge_ratio.controls import (
    BASKET,
    FIVE,
    FIVE_COINS,
    OWN_COINS,
    START,
    RatioControls,
    altcoins,
    first_held,
    first_pair,
)
from hedge_widgets.pages.hedge_ratio.costs import HedgeCosts
from hedge_widgets.pages.hedge_ratio.hedges import Compared, compared, five_words, hedges_table
from hedge_widgets.pages.hedge_ratio.quiz import Quiz
from hedge_widgets.pages.page import Page
from hedge_widgets.style import formatted
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.inputs import FileUpload
from hedge_widgets.widgets.tables import badge, note

if TYPE_CHECKING:
    import pandas as pd

_TRUE = (
    "The ratio that removes the most variance is a slope that is estimated from a sample of returns. It comes with an "
    "interval, it is another one in another year, and what it removed in the past is no promise."
)
_SAID_OF_FIVE = (
    "A short in BTC or ETH alone might effectively hedge the majority of a portfolio of BTC, ETH, SOL, ADA and BNB, "
    "and saves fees and margin."
)
_SAID = "Every coin has its hedge ratio; you only have to look it up."


class HedgeRatioLab(Page):
    """The lab's page; display it in a cell.

    Parameters
    ----------
    prices
        A CSV file of prices, or a frame as :func:`hedge_widgets.load_prices` returns it; None: the file named by
        HEDGE_WIDGETS_PRICES, else the local store, else the simulated sample.
    """

    controls: RatioControls
    _name = "lab"
    _charts = charts
    _css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    _kept = ("_history", "_costs_used")
    _searched: History | None = None

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        refused = opened(prices, self._open)
        self._start()
        if refused:
            self.live.say(refused)

    def _open(self, own: History) -> None:
        """Make the page with a history; InputError if it can show nothing of it."""
        look = Look()
        self._history = own
        self.controls = RatioControls(look, self._symbols, self._still)
        self.costs = HedgeCosts(self._costs_edited)
        self._compared = self._of_five = Compared()
        self._ahead: tuple[tuple[Any, ...], YearAhead | None] | None = None
        self._find_faults()
        super().__init__(look, self.controls, ["Article 001: five coins, one short", "A coin from the price history"])

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> RatioPicture:
        return ratio_picture(self._setting, self.controls.in_model_units(values))

    def _prices(self) -> "pd.DataFrame":
        """Return the prices as treated, one row a date; what is no price counts as missing, and the page says so.

        Raises
        ------
        InputError
            If a day has prices at several times.
        """
        prices = treated(self._history.prices, self._faults, self._treatments)
        return one_a_day(prices)

    @property
    def _still(self) -> tuple[str, ...]:
        """Return what of the history is money: in no basket, and no hedge."""
        return tuple(name for name in self._history.prices.columns if name in self._history.cash)

    @property
    def _symbols(self) -> tuple[str, ...]:
        """Return the coins of the history.

        Raises
        ------
        InputError
            If it has none.
        """
        still = self._still
        symbols = tuple(name for name in self._history.prices.columns if name not in still)
        if not symbols:
            raise InputError(f"the prices must be of a coin that moves, not of stablecoins only ({joined(still)})")
        return symbols

    @property
    def _treatments(self) -> dict[str, str]:
        return {kind: box.value for kind, box in self.controls.treatments.items()}

    def _find_faults(self) -> None:
        if self._searched is not self._history:
            self._searched, self._faults = self._history, faults(self._history.prices)
        self.controls.offer_treatments({fault.kind for fault in self._faults})

    def _held(self, name: str, prices: "pd.DataFrame") -> "pd.Series[float]":
        """Return the prices of what is held: a coin's, those of an equal-weight basket, or of the book's coins."""
        if name in (BASKET, FIVE):
            return basket_prices(prices[self._coins(name, prices)])
        if name == OWN_COINS and self._plan is not None:
            return self._own_basket(prices, self._plan)
        return self._column(prices, name)

    def _coins(self, name: str, prices: "pd.DataFrame") -> list[str]:
        """Return the coins of what is held, those that the history still has."""
        if name == FIVE:
            return [symbol for symbol in FIVE_COINS if symbol in prices.columns]
        if name == BASKET:
            return altcoins(self._symbols)
        return list(self._priced(self._plan)[0]) if name == OWN_COINS and self._plan is not None else [name]

    def _own_basket(self, prices: "pd.DataFrame", plan: Plan) -> "pd.Series[float]":
        """Return the prices of a book's coins at their present weights; a stablecoin is cash."""
        priced, left_out = self._priced(plan)
        coins = Portfolio(tuple(h for h in plan.book.holdings.holdings if h.symbol not in left_out))
        if coins.value <= 0:
            raise InputError("the coins of your book that have prices in this history are short on balance")
        weights = dict.fromkeys(priced.values(), 0.0)
        for holding in coins.holdings:
            if holding.symbol in priced:
                weights[priced[holding.symbol]] += float(holding.value / coins.value)
        return weighted_prices(prices, weights)

    def _priced(self, plan: Plan) -> tuple[dict[str, str], list[str]]:
        """Return (the column of prices of each coin of a book, the coins that have none); what is money is neither.

        A coin without prices has those of what it follows.
        """
        prices = prices_only(self._history.prices[list(self._symbols)])
        known = {symbol for symbol, column in prices.items() if column.notna().any()}
        cash = self._still
        coins = [name for name in dict.fromkeys(plan.book.holdings.symbols) if not is_money(name) and name not in cash]
        columns = {name: name if name in known else followed(name) for name in coins}
        priced = {name: column for name, column in columns.items() if column in known}
        return priced, [name for name in coins if name not in priced]

    @staticmethod
    def _column(prices: "pd.DataFrame", name: str) -> "pd.Series[float]":
        if name not in prices.columns:
            raise InputError(f"{name} has no prices left: it is a coin unlike the others, and those are left out")
        return prices[name]

    def _new_setting(self) -> RatioSetting:
        import pandas as pd

        fields, prices = self.controls.fields(), self._prices()
        hedge = fields["hedge"]
        legs = {"spot": self._held(fields["spot"], prices), "hedge": self._column(prices, hedge)}
        if "BTC" in prices.columns:
            legs["factor"] = prices["BTC"]
        common = pd.concat(legs.values(), axis=1, keys=list(legs))
        both = common[["spot", "hedge"]].dropna()
        common = common.loc[both.index[0] : both.index[-1]] if len(both) else common.iloc[:0]
        study = HedgeStudy(
            common["spot"].to_numpy(dtype=np.float64),
            common["hedge"].to_numpy(dtype=np.float64),
            days=day_numbers(common.index),
            factor_prices=common["factor"].to_numpy(dtype=np.float64) if "factor" in common else None,
            horizon=fields["horizon"],
            kind=fields["kind"],
            confidence=fields["confidence"],
        )
        days = common.index[study.rows]
        plan = self._plan if self._example.value == OWN_BOOK else None
        is_planned = plan is not None and plan.contract.underlying == hedge
        return RatioSetting(
            study=study,
            dates=days.to_numpy().astype("datetime64[ms]").astype(np.float64),
            estimator=fields["estimator"],
            position_value=fields["position_value"],
            hedge_price=float(plan.inputs().hedge_price if plan and is_planned else both["hedge"].iloc[-1]),
            contract=plan.contract if plan and is_planned else self.costs.of(hedge),
            coin="your coins" if fields["spot"] == OWN_COINS else fields["spot"],
            asset=hedge,
            stamp="simulated prices" if self._history.is_simulated else "",
        )

    def _words(self) -> dict[str, list[str]]:
        setting = self._setting
        return {
            "coin": [setting.coin],
            "asset": [setting.asset],
            "history": ["this simulated history" if setting.stamp else "this history"],
            "estimator": [ESTIMATORS[setting.estimator].split(" =")[0].split(" (")[0]],
        }

    @property
    def _costs_used(self) -> dict[str, ContractSpec]:
        """Return the contracts by asset, as edited."""
        return self.costs.specs

    @_costs_used.setter
    def _costs_used(self, specs: dict[str, ContractSpec]) -> None:
        self.costs.specs = specs

    # -- the book ------------------------------------------------------------------------------------------------------
    def _planned(self, plan: Plan) -> dict[str, Any]:
        outcome, value, hedge = plan.outcome(), float(plan.book.holdings.value), plan.contract.underlying
        if value <= 0:
            raise InputError("this page is about coins that you own, and your book is short on balance")
        if hedge not in self._symbols:
            raise InputError(
                f"this page estimates a ratio from past prices, and this history has none of {hedge}, which your "
                "hedge is in"
            )
        priced, left_out = self._priced(plan)
        if not priced:
            raise InputError(f"this history has no prices of {joined(left_out or plan.book.holdings.symbols)}")
        ratio = float(outcome.full_hedge_ratio) * plan.book.hedge.coverage
        spec = self.controls.specs["ratio"]
        low, high = spec.positions[0], spec.positions[-1]
        if not low - 1e-9 <= ratio <= high + 1e-9:
            raise spec.refusal(float(f"{ratio:.4g}"), low, high)
        is_one = len(set(plan.book.holdings.symbols) - set(left_out)) == 1
        return {
            "spot": next(iter(priced.values())) if is_one else OWN_COINS,
            "hedge": hedge,
            "position_value": value,
            "ratio": ratio,
        }

    def _folded(self, plan: Plan, changed: Mapping[str, Any], now: Mapping[str, Any]) -> Plan:
        spec = self.costs.of(now["hedge"])
        parts: dict[str, Any] = {}
        if "position_value" in changed:
            parts["value"] = now["position_value"]
        if now["hedge"] != plan.contract.underlying and spec is not None:
            parts["contract"] = plan.spec(spec.label)
        if "ratio" in changed and (now["hedge"] == plan.contract.underlying or spec is not None):
            parts |= {"basis": "beta", "coverage": 1.0, "own": {"beta": now["ratio"]}}
        return plan.changed(**parts)

    def _begun_with(self, fields: Mapping[str, Any]) -> Plan:
        spec, last = self.costs.of(fields["hedge"]), last_prices(self._prices())
        if spec is None:
            raise InputError(f"no contract on {fields['hedge']} is listed here, so this pair makes no book")
        symbols = [name for name in self._coins(fields["spot"], self._history.prices) if name in last]
        share = fields["position_value"] / len(symbols)
        coins = [Holding(symbol=name, quantity=share / last[name], price=last[name]) for name in symbols]
        hedge = Hedge(contract=contract(spec.label), basis="beta", coverage=1.0)
        return Plan(book=Book(holdings=Portfolio(tuple(coins)), hedge=hedge)).changed(own=self._estimates())

    def _estimates(self) -> dict[str, float]:
        """Return the figures that the page shows as those of a book; without an estimate only ratio and price."""
        picture = self.live.picture()
        figures = {"beta": float(picture.ratio[0]), "hedge_price": self._setting.hedge_price}
        names = ("correlation", "spot_volatility", "hedge_volatility")
        estimated = {name: float(getattr(picture, name)[0]) for name in names}
        if all(map(np.isfinite, estimated.values())):
            figures |= estimated
        return {name: float(np.clip(value, LIMITS[name].low, LIMITS[name].high)) for name, value in figures.items()}

    def _show_plan(self, plan: Plan) -> Mapping[str, float]:
        self.controls.offer(self._symbols, self._still, has_book=True)
        return super()._show_plan(plan)

    def _plan_note(self, plan: Plan) -> str:
        planned, asset = self._planned(plan), plan.contract.underlying
        position = "is long" if planned["ratio"] < 0 else "shorts"
        ratio = formatted(abs(planned["ratio"]), "slope")
        left_out = self._priced(plan)[1]
        held = self.controls.choices["spot"].value
        about = f"This page now looks at {held}, and your book stays what it is."
        if held == planned["spot"]:
            about = (
                f"This page estimates what {asset} would have done for {coins_words(plan)} at their present weights, "
                "from the prices named below and not from the figures of your book."
            )
        missing = ""
        if left_out:
            verb, these = ("has", "it is") if len(left_out) == 1 else ("have", "they are")
            missing = f" {joined(left_out)} {verb} no prices here, so {these} left out of every estimate."
        return (
            f"{about}{missing} Your book {position} {ratio} dollars of {asset} for every dollar that you hold. "
            "Leverage, cash and the expected move are kept for the other pages."
        )

    def _claim_of(self, place: int) -> tuple[str, str]:
        if place:
            return _TRUE, _SAID
        missing = [name for name in FIVE_COINS if name not in self._symbols]
        return five_words(self._of_five, missing), _SAID_OF_FIVE

    # -- what the user does --------------------------------------------------------------------------------------------
    def _follow(self, owner: ipywidgets.Widget) -> Mapping[str, float]:
        """Take the contract of another hedge into the book; what belongs to a contract follows it."""
        spec = self.costs.of(self.controls.choices["hedge"].value)
        is_hedge, plan = owner is self.controls.choices["hedge"], self._own_plan()
        if not is_hedge or plan is None or spec is None:
            return {}
        held = self.controls.choices["spot"].value
        values = self._show_plan(plan.changed(contract=plan.spec(spec.label)))
        self.controls.choices["spot"].value = held
        return values

    def _own_plan(self) -> Plan | None:
        """Return the book on the page with what was changed here, None while an example is shown."""
        return self.plan if self._example.value == OWN_BOOK and self._plan is not None else None

    def _begin(self, place: int) -> Mapping[str, float]:
        self._as_opened.pop(place, None)  # a history of the user's own stays, and is then what the page opens with
        spot, hedge = first_pair(self._symbols)
        spot = spot if place else first_held(self._symbols)
        self.controls.show({**START, "spot": spot, "hedge": hedge, **dict.fromkeys(self.controls.treatments, "keep")})
        return self.controls.positions({name: START[name] for name in self.controls.specs})

    def _costs_edited(self, specs: dict[str, ContractSpec]) -> None:
        def edited() -> dict[str, float]:
            self._costs_used = specs
            return {}

        self._attempt(edited)

    def _uploaded(self, name: str, data: bytes, coin: str = "") -> str:
        new = history(data, name, coin)
        self._attempt(lambda: self._use_prices(new))
        return ""  # how it was read stands beside the upload

    def _use_prices(self, own: History) -> Mapping[str, float]:
        plan = self._own_plan()
        self._history = own
        self._restored()
        return {} if plan is None else self._show_plan(plan)

    def _restored(self) -> None:
        self._find_faults()
        self.controls.offer(self._symbols, self._still, has_book=self._plan is not None)

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Renew tables, quiz, what is said of the book, and where the prices come from."""
        picture, prices = self.live.picture(**values), self._prices()
        setting, window = self._setting, float(picture.window[0])
        study, estimate = setting.study, float(picture.estimated[0])
        self._estimators.value = (
            tables.estimators_table(study, window, int(picture.place[0]), self._words()["history"][0])
            if np.isfinite(estimate)
            else tables.NO_ESTIMATE
        ) + self._year_ahead(prices)
        held, plan = self.controls.choices["spot"].value, self._plan if self._example.value == OWN_BOOK else None
        self._compared = self._hedge_sets(held, prices, window)
        self._hedges.value = hedges_table(self._compared, window, plan.book.cash if plan else 0.0)
        if self._example.value == 0 and set(FIVE_COINS) <= set(prices.columns):
            self._of_five = self._compared if held == FIVE else self._hedge_sets(FIVE, prices, window)
        self.quiz.ask(setting.coin, setting.asset, estimate, float(picture.correlation[0]))
        self._tell(values)
        self.costs.show()
        self._badge.value = badge(
            self._history.badge, is_simulated=self._history.is_simulated, source=self._history.read_as
        )
        sources = (self._history.source, self._history.read_as, self._history.ended(self._looked_at))
        told = (*sources, tables.uneven_words(study), *self._history.problems)
        self._origin.value = "".join(note(words) for words in told if words)
        count = f"{len(self._faults)} fault{'' if len(self._faults) == 1 else 's'} found in the prices"
        first = self._history.prices.index[0].date() if self._history.is_simulated else None
        table = tables.faults_table(self._faults, self._treatments, first)
        self._quality.value = f"<details><summary>{count}</summary>{table}</details>"

    def _year_ahead(self, prices: "pd.DataFrame") -> str:
        """Return in words what a year's slopes on BTC said of the next, over all coins of the history."""
        coins = [name for name in self._symbols if name != "BTC" and name in prices.columns]  # one may be left out
        if "BTC" not in prices.columns or not coins:
            return ""
        key = (self._history, tuple(self._treatments.values()), self._setting.study.kind)
        if self._ahead is None or self._ahead[0] != key:
            self._ahead = key, self._found_ahead(prices, coins)
        return tables.year_ahead_words(self._ahead[1], self._words()["history"][0])

    def _found_ahead(self, prices: "pd.DataFrame", coins: list[str]) -> YearAhead | None:
        days = day_numbers(prices.index)
        returns = horizon_returns(prices[[*coins, "BTC"]].to_numpy(dtype=np.float64), 1, self._setting.study.kind)
        return year_ahead(returns[:, :-1], returns[:, -1], days) if len(returns) else None

    @property
    def _looked_at(self) -> list[str]:
        """Return the coins that the page is about at present."""
        return [*self._coins(self.controls.choices["spot"].value, self._history.prices), self._setting.asset]

    def _hedge_sets(self, name: str, prices: "pd.DataFrame", window: float) -> Compared:
        """Return the hedges of what is held, at the book's prices and leverage where there is one."""
        setting, plan = self._setting, self._plan if self._example.value == OWN_BOOK else None
        last = last_prices(prices)
        if plan is not None:
            last |= {coin.symbol: float(coin.price) for coin in plan.book.holdings.holdings if coin.symbol in last}
            last[setting.asset] = setting.hedge_price
        return compared(
            prices,
            self._held(name, prices),
            self._coins(name, prices),
            setting.study,
            window,
            self.costs.specs,
            last,
            value=setting.position_value,
            leverage=plan.book.hedge.leverage if plan else Hedge.leverage,
        )

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_origin", "_quality", "_estimators", "_hedges"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        self.quiz = Quiz(self._look)
        return [self._example, self.controls.choices["spot"], self.controls.choices["hedge"], self._badge]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls, sliders = self._look, self.controls, self.controls.sliders
        upload = FileUpload("Upload prices (CSV)", MAX_BYTES, self._uploaded)
        estimated = [controls.choices[name] for name in ("estimator", "horizon", "kind", "confidence")]
        prices = [self._origin, upload, self._quality, *controls.treatments.values()]
        return [
            card(look, "Ratio and history", [sliders["ratio"], sliders["window"], sliders["days_ago"]], "main"),
            card(look, "Risk budget", [sliders["target"], controls.numbers["position_value"]], "scenario"),
            card(look, "Advanced: how it is estimated", estimated, "more", is_folded=True),
            card(look, "Prices", prices, "coins"),
            card(look, "Which slope is it?", [self.quiz.box], "quiz"),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words)
        return [
            self._story_card(story),
            self._chart(
                "Variance removed in the window, against the ratio (red: the hedge adds risk)",
                "effect",
                "Variance removed against the hedge ratio; the tiles say it in words",
                is_picture=True,
            ),
            self._chart(
                "Returns in the window, and both slopes (the wildest days may lie outside)",
                "scatter",
                "Returns of the coin against returns of the hedge, with both regression lines",
            ),
            card(look, "How certain", [tiles, look.make(ipywidgets.HTML, tables.coverage_note())], "health"),
            self._chart(
                "The ratio through time, with its interval",
                "rolling",
                "Hedge ratio through time with its confidence interval",
            ),
            self._chart(
                "The correlation through time, with its interval",
                "correlation",
                "Correlation through time with its confidence interval",
            ),
            self._chart(
                "What one dollar became on the days tested, before costs and funding (log scale)",
                "equity",
                "Value of one dollar through time, unhedged and hedged",
            ),
            card(look, "All estimators compared", [self._estimators], "estimators"),
            card(look, "Which futures, and how many?", [self._hedges], "hedges"),
            card(look, 'The articles\' "0.60"', [look.make(ipywidgets.HTML, tables.three_sixties())], "sixty"),
        ]

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self.costs.table]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, words.marks, words.REMARKS)
