"""The hedge-ratio lab: how much to short, how sure one can be, and what it would have removed."""

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from hedge_widgets.charts import hedge_ratio as charts
from hedge_widgets.charts.hedge_ratio import RatioPicture, RatioSetting, ratio_picture
from hedge_widgets.explorers.hedge_ratio import tables, text
from hedge_widgets.explorers.hedge_ratio.controls import BASKET, RatioControls
from hedge_widgets.explorers.hedge_ratio.costs import HedgeCosts
from hedge_widgets.explorers.hedge_ratio.instruments import instruments, instruments_table
from hedge_widgets.explorers.hedge_ratio.quiz import Quiz
from hedge_widgets.live import Live, LiveBanner, LiveChart, LiveMarks, LiveText
from hedge_widgets.market.history import history
from hedge_widgets.market.prices import MAX_BYTES, basket_prices, prices_only
from hedge_widgets.market.quality import faults, treated
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS, HedgeStudy
from hedge_widgets.model.limits import InputError
from hedge_widgets.widgets.controls import Look, card
from hedge_widgets.widgets.inputs import FileUpload, PageLink, ThemeSwitch

if TYPE_CHECKING:
    import pandas as pd

SIMULATOR = "01_hedge_simulator.ipynb"


class HedgeRatioLab(ipywidgets.VBox):
    """The lab's page; display it in a cell.

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
        self.controls = RatioControls(look, tuple(self._history.prices.columns))
        self._find_faults()
        self.costs = HedgeCosts(lambda: self._chosen(None))
        self._setting = self._new_setting()
        self._good = self.controls.chosen
        specs = self.controls.specs
        self.live = Live(
            {name: (slider, specs[name].positions) for name, slider in self.controls.sliders.items()},
            self._picture,
            others=self.controls.others,
            units={name: spec.unit for name, spec in specs.items()},
            words=self._words(),
        )
        super().__init__()
        self.children = self._page()
        self.add_class("hw-root").add_class("hw-lab")
        for control in self.controls.others:
            control.observe(self._chosen, "value")
        self.live.on_rest(lambda _values: self._report())
        self._report()
        self._describe()

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
        name = self.controls.spot.value
        if name != BASKET:
            return self._column(prices, name)
        return basket_prices(prices[[symbol for symbol in prices.columns if symbol not in ("BTC", "ETH")]])

    @staticmethod
    def _column(prices: "pd.DataFrame", name: str) -> "pd.Series[float]":
        if name not in prices.columns:
            raise InputError(f"{name} has no prices left: it is a coin unlike the others, and those are left out")
        return prices[name]

    def _new_setting(self) -> RatioSetting:
        """Return what the choices stand for.

        Raises
        ------
        InputError
            If coin and hedge have too few days in common, or the position's value is no value.
        """
        import pandas as pd

        controls, prices = self.controls, self._prices()
        value = controls.value_of_position()
        hedge = controls.hedge.value
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
            horizon=controls.horizon.value,
            kind=controls.kind.value,
            confidence=controls.confidence.value,
        )
        days = common.index[study.rows]
        return RatioSetting(
            study=study,
            dates=days.to_numpy().astype("datetime64[ms]").astype(np.float64),
            estimator=controls.estimator.value,
            position_value=value,
            hedge_price=float(both["hedge"].iloc[-1]),
            contract=self.costs.of(hedge),
            coin=controls.spot.value,
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

    # -- what the user does --------------------------------------------------------------------------------------------
    def _chosen(self, _change: Any) -> None:
        if self._loading:
            return
        try:
            self._setting = self._new_setting()
            self._good = self.controls.chosen
            self.live.say("")
        except InputError as error:
            self.live.say(f"{error}.")
            self._loading = True
            self.controls.choose(self._good)  # what is shown is what is chosen
            self._loading = False
        self._refresh()

    def _refresh(self) -> None:
        with self.live.reporting():
            self.live.words = self._words()
            self.live.refresh()
            self._report()
            self._describe()

    def _uploaded(self, name: str, data: bytes) -> None:
        before = self._history
        new = history(data, name)
        self._loading = True
        try:
            self._history = new
            self._find_faults()
            self.controls.offer(tuple(new.prices.columns))
            self._setting = self._new_setting()
            self.live.picture()
            self._good = self.controls.chosen
        except InputError:
            self._history = before
            self._find_faults()
            self.controls.offer(tuple(before.prices.columns))
            self.controls.choose(self._good)
            self._setting = self._new_setting()
            raise
        finally:
            self._loading = False
        self._refresh()

    # -- what follows at rest ------------------------------------------------------------------------------------------
    def _report(self) -> None:
        """Renew what is too slow for a moving hand: tables, quiz, and the link to the simulator."""
        with self.live.reporting():
            picture = self.live.picture()
            study, window = self._setting.study, float(picture.window[0])
            has_estimate = bool(np.isfinite(picture.estimated[0]))
            self._estimators.value = (
                tables.estimators_table(study, window, int(picture.place[0])) if has_estimate else tables.NO_ESTIMATE
            )
            prices = self._prices()
            found = instruments(prices, self._setting.coin, self._held(prices), study, window, self.costs)
            self._instruments.value = instruments_table(found, window)
            self.quiz.ask(
                self._setting.coin,
                self._setting.asset,
                float(picture.estimated[0]),
                float(picture.correlation[0]),
            )
            self.link.state = self._handed_over(picture)

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

    def _describe(self) -> None:
        """Say where the prices come from, and what was found in them."""
        badge = html.escape(self._history.badge)
        tone = " hw-simulated" if self._history.is_simulated else ""
        self._badge.value = f'<span class="hw-badge{tone}">{badge}</span>'
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in (self._history.source, *self._history.problems))
        self._origin.value = f'<div class="hw-note">{notes}</div>'
        count = f"{len(self._faults)} fault{'' if len(self._faults) == 1 else 's'} found in the prices"
        found = tables.faults_table(self._faults, self._treatments)
        self._quality.value = f"<details><summary>{count}</summary>{found}</details>"

    # -- the page ------------------------------------------------------------------------------------------------------
    def _page(self) -> list[ipywidgets.Widget]:
        look, controls, sliders, live = self._look, self.controls, self.controls.sliders, self.live
        html_names = ("_badge", "_origin", "_quality", "_estimators", "_instruments")
        for name in html_names:
            setattr(self, name, look.make(ipywidgets.HTML))
        self.quiz = Quiz(look)
        self.link = PageLink(label="use in the simulator →", page=SIMULATOR, name="hedge")
        upload = FileUpload("upload prices (CSV)", MAX_BYTES, self._uploaded)
        head = look.make(ipywidgets.HBox, [controls.spot, controls.hedge, self._badge, self.link, ThemeSwitch()])
        story = LiveText(live, "story", blocks=text.STORY, slots=text.STORY_SLOTS, values=text.story, announce=True)
        tiles = LiveText(live, "tiles", blocks=text.TILES, slots=text.TILE_SLOTS, values=text.tiles)

        def chart(key: str, label: str) -> LiveChart:
            return LiveChart(
                live,
                key,
                traces=getattr(charts, f"{key}_traces"),
                layout=getattr(charts, f"{key}_layout"),
                label=label,
                moving_layout=getattr(charts, f"{key}_moving_layout"),
            )

        left = look.make(
            ipywidgets.VBox,
            [
                card(look, "Ratio and history", [sliders["ratio"], sliders["window"], sliders["days_ago"]], "main"),
                card(look, "Risk budget", [sliders["target"], controls.position_value], "scenario"),
                card(
                    look,
                    "How it is estimated",
                    [controls.estimator, controls.horizon, controls.kind, controls.confidence],
                    "more",
                ),
                card(
                    look,
                    "Prices",
                    [self._origin, upload, self._quality, *controls.treatments.values()],
                    "coins",
                ),
                card(look, "Which slope is it?", [self.quiz.box], "quiz"),
            ],
        ).add_class("hw-left")
        right = look.make(
            ipywidgets.VBox,
            [
                card(look, "", [story], "story"),
                card(
                    look,
                    "Variance removed in the window, against the ratio (red: the hedge adds risk)",
                    [chart("effect", "Variance removed against the hedge ratio; the tiles say it in words")],
                    "effect",
                ),
                card(
                    look,
                    "Returns in the window, and both slopes (the wildest days may lie outside)",
                    [chart("scatter", "Returns of the coin against returns of the hedge, with both regression lines")],
                    "scatter",
                ),
                card(look, "How sure", [tiles, look.make(ipywidgets.HTML, tables.coverage_note())], "health"),
                card(
                    look,
                    "The ratio through time, with its interval",
                    [chart("rolling", "Hedge ratio through time with its confidence interval")],
                    "rolling",
                ),
                card(
                    look,
                    "The correlation through time, with its interval",
                    [chart("correlation", "Correlation through time with its confidence interval")],
                    "correlation",
                ),
                card(
                    look,
                    "What one dollar became on the days of the walk, before costs (logarithmic)",
                    [chart("equity", "Value of one dollar through time, unhedged and hedged")],
                    "equity",
                ),
                card(look, "Every estimator", [self._estimators], "estimators"),
                card(look, "Which hedge?", [self._instruments], "instruments"),
                card(look, 'The articles\' "0.60"', [look.make(ipywidgets.HTML, tables.three_sixties())], "sixty"),
            ],
        ).add_class("hw-right")
        foot = look.make(ipywidgets.VBox, [self.costs.table]).add_class("hw-foot")
        page = look.make(ipywidgets.VBox, [left, right]).add_class("hw-page")
        return [LiveBanner(live), head.add_class("hw-head"), page, foot, LiveMarks(live, text.MARKS, text.marks)]
