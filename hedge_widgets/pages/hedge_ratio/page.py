"""The hedge-ratio lab: how much to short, how sure one can be, and what it would have removed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from hedge_widgets.live import LiveMarks
from hedge_widgets.market.history import history
from hedge_widgets.market.prices import MAX_BYTES, basket_prices, prices_only
from hedge_widgets.market.quality import faults, treated
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio.picture import RatioPicture, RatioSetting, ratio_picture
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS, HedgeStudy
from hedge_widgets.model.limits import InputError
from hedge_widgets.pages.hedge_ratio import charts, tables, words
from hedge_widgets.pages.hedge_ratio.controls import BASKET, RatioControls
from hedge_widgets.pages.hedge_ratio.costs import HedgeCosts
from hedge_widgets.pages.hedge_ratio.instruments import instruments, instruments_table
from hedge_widgets.pages.hedge_ratio.quiz import Quiz
from hedge_widgets.pages.page import Page
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.inputs import FileUpload, PageLink
from hedge_widgets.widgets.tables import badge, note

if TYPE_CHECKING:
    import pandas as pd

SIMULATOR = "01_hedge_simulator.ipynb"


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

    def __init__(self, prices: "str | Path | pd.DataFrame | None" = None) -> None:
        look = Look()
        self._history = history(prices)
        self.controls = RatioControls(look, tuple(self._history.prices.columns))
        self.costs = HedgeCosts(self._costs_edited)
        self._find_faults()
        super().__init__(look, self.controls)
        self._start()

    # -- from controls to picture --------------------------------------------------------------------------------------
    def _picture(self, values: dict[str, Any]) -> RatioPicture:
        return ratio_picture(self._setting, self.controls.in_model_units(values))

    def _prices(self) -> "pd.DataFrame":
        """Return the prices as treated, one row a day; what is no price counts as missing, and the page says so.

        Raises
        ------
        InputError
            If they are not daily.
        """
        prices = treated(self._history.prices, self._faults, self._treatments)
        prices = prices[~prices.index.duplicated()].sort_index()
        spacing = float(np.median(np.diff(prices.index.to_numpy()) / np.timedelta64(1, "D")))
        if round(spacing) != 1:
            raise InputError(f"the lab needs daily prices; these are {spacing:g} days apart")
        return prices_only(prices).asfreq("D")

    @property
    def _treatments(self) -> dict[str, str]:
        return {kind: box.value for kind, box in self.controls.treatments.items()}

    def _find_faults(self) -> None:
        self._faults = faults(self._history.prices)
        self.controls.offer_treatments({fault.kind for fault in self._faults})

    def _held(self, prices: "pd.DataFrame") -> "pd.Series[float]":
        """Return the prices of what is held: a coin's, or those of an equal-weight basket."""
        name = self.controls.choices["spot"].value
        if name != BASKET:
            return self._column(prices, name)
        return basket_prices(prices[[symbol for symbol in prices.columns if symbol not in ("BTC", "ETH")]])

    @staticmethod
    def _column(prices: "pd.DataFrame", name: str) -> "pd.Series[float]":
        if name not in prices.columns:
            raise InputError(f"{name} has no prices left: it is a coin unlike the others, and those are left out")
        return prices[name]

    def _new_setting(self) -> RatioSetting:
        import pandas as pd

        fields, prices = self.controls.fields(), self._prices()
        hedge = fields["hedge"]
        legs = {"spot": self._held(prices), "hedge": self._column(prices, hedge)}
        if "BTC" in prices.columns:
            legs["factor"] = prices["BTC"]
        common = pd.concat(legs.values(), axis=1, keys=list(legs))
        both = common[["spot", "hedge"]].dropna()
        common = common.loc[both.index[0] : both.index[-1]] if len(both) else common.iloc[:0]
        study = HedgeStudy(
            common["spot"].to_numpy(dtype=np.float64),
            common["hedge"].to_numpy(dtype=np.float64),
            factor_prices=common["factor"].to_numpy(dtype=np.float64) if "factor" in common else None,
            horizon=fields["horizon"],
            kind=fields["kind"],
            confidence=fields["confidence"],
        )
        days = common.index[study.rows]
        return RatioSetting(
            study=study,
            dates=days.to_numpy().astype("datetime64[ms]").astype(np.float64),
            estimator=fields["estimator"],
            position_value=fields["position_value"],
            hedge_price=float(both["hedge"].iloc[-1]),
            contract=self.costs.of(hedge),
            coin=fields["spot"],
            asset=hedge,
            stamp="simulated prices" if self._history.is_simulated else "",
        )

    def _words(self) -> dict[str, list[str]]:
        setting = self._setting
        return {
            "coin": [setting.coin],
            "asset": [setting.asset],
            "estimator": [ESTIMATORS[setting.estimator].split(" =")[0].split(" (")[0]],
        }

    @property
    def _costs_used(self) -> dict[str, ContractSpec]:
        """Return the contracts by asset, as edited."""
        return self.costs.specs

    @_costs_used.setter
    def _costs_used(self, specs: dict[str, ContractSpec]) -> None:
        self.costs.specs = specs

    # -- what the user does --------------------------------------------------------------------------------------------
    def _costs_edited(self, specs: dict[str, ContractSpec]) -> None:
        def edited() -> dict[str, float]:
            self._costs_used = specs
            return {}

        self._attempt(edited)

    def _uploaded(self, name: str, data: bytes) -> None:
        new = history(data, name)

        def taken() -> dict[str, float]:
            self._history = new
            self._restored()
            return {}

        self._attempt(taken)

    def _restored(self) -> None:
        self._find_faults()
        self.controls.offer(tuple(self._history.prices.columns))

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self, values: dict[str, float]) -> None:
        """Renew tables, quiz, the link to the simulator, and where the prices come from."""
        picture, prices = self.live.picture(**values), self._prices()
        setting, window = self._setting, float(picture.window[0])
        study, estimate = setting.study, float(picture.estimated[0])
        self._estimators.value = (
            tables.estimators_table(study, window, int(picture.place[0]))
            if np.isfinite(estimate)
            else tables.NO_ESTIMATE
        )
        found = instruments(prices, setting.coin, self._held(prices), study, window, self.costs)
        self._instruments.value = instruments_table(found, window)
        self.quiz.ask(setting.coin, setting.asset, estimate, float(picture.correlation[0]))
        self.link.state = self._handed_over(picture)
        self.costs.show()
        self._badge.value = badge(self._history.badge, is_simulated=self._history.is_simulated)
        self._origin.value = "".join(note(words) for words in (self._history.source, *self._history.problems))
        count = f"{len(self._faults)} fault{'' if len(self._faults) == 1 else 's'} found in the prices"
        table = tables.faults_table(self._faults, self._treatments)
        self._quality.value = f"<details><summary>{count}</summary>{table}</details>"

    def _handed_over(self, picture: RatioPicture) -> str:
        """Return the state that the simulator opens with, as JSON; empty where there is no estimate."""
        setting = self._setting
        figures = {
            "beta": picture.ratio,
            "correlation": picture.correlation,
            "spot_volatility": picture.spot_volatility,
            "hedge_volatility": picture.hedge_volatility,
        }
        numbers = {name: float(value[0]) for name, value in figures.items()}
        if setting.contract is None or not all(map(np.isfinite, numbers.values())):
            return ""
        name = setting.coin
        price = 1.0 if name == BASKET else float(self._held(self._prices()).dropna().iloc[-1])
        coin = "ALTCOINS" if name == BASKET else name
        return json.dumps(
            {
                "coin": coin,
                "price": price,
                "value": setting.position_value,
                "contract": setting.contract.label,
                "hedge_price": setting.hedge_price,
                "origin": f"{coin} against {setting.contract.underlying}, {self._history.badge}",
                **numbers,
            }
        )

    # -- the page ------------------------------------------------------------------------------------------------------
    def _head(self) -> list[ipywidgets.Widget]:
        for name in ("_badge", "_origin", "_quality", "_estimators", "_instruments"):
            setattr(self, name, self._look.make(ipywidgets.HTML))
        self.quiz = Quiz(self._look)
        self.link = PageLink(label="use in the simulator →", page=SIMULATOR, name="hedge")
        return [self.controls.choices["spot"], self.controls.choices["hedge"], self._badge, self.link]

    def _left(self) -> list[ipywidgets.Widget]:
        look, controls, sliders = self._look, self.controls, self.controls.sliders
        upload = FileUpload("upload prices (CSV)", MAX_BYTES, self._uploaded)
        estimated = [controls.choices[name] for name in ("estimator", "horizon", "kind", "confidence")]
        prices = [self._origin, upload, self._quality, *controls.treatments.values()]
        return [
            card(look, "Ratio and history", [sliders["ratio"], sliders["window"], sliders["days_ago"]], "main"),
            card(look, "Risk budget", [sliders["target"], controls.numbers["position_value"]], "scenario"),
            card(look, "How it is estimated", estimated, "more"),
            card(look, "Prices", prices, "coins"),
            card(look, "Which slope is it?", [self.quiz.box], "quiz"),
        ]

    def _right(self) -> list[ipywidgets.Widget]:
        look = self._look
        story, tiles = self._texts(words)
        return [
            card(look, "", [story], "story"),
            self._chart(
                "Variance removed in the window, against the ratio (red: the hedge adds risk)",
                "effect",
                "Variance removed against the hedge ratio; the tiles say it in words",
            ),
            self._chart(
                "Returns in the window, and both slopes (the wildest days may lie outside)",
                "scatter",
                "Returns of the coin against returns of the hedge, with both regression lines",
            ),
            card(look, "How sure", [tiles, look.make(ipywidgets.HTML, tables.coverage_note())], "health"),
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
                "What one dollar became on the days of the walk, before costs (logarithmic)",
                "equity",
                "Value of one dollar through time, unhedged and hedged",
            ),
            card(look, "Every estimator", [self._estimators], "estimators"),
            card(look, "Which hedge?", [self._instruments], "instruments"),
            card(look, 'The articles\' "0.60"', [look.make(ipywidgets.HTML, tables.three_sixties())], "sixty"),
        ]

    def _foot(self) -> list[ipywidgets.Widget]:
        return [self.costs.table]

    def _marks(self) -> LiveMarks:
        return LiveMarks(self.live, words.MARKS, words.marks)
