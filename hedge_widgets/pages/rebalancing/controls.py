"""The rebalancing page's sliders, boxes and choices."""

from collections.abc import Sequence
from typing import Any

from hedge_widgets.model.rebalancing.setting import N_SHOWN
from hedge_widgets.model.rebalancing.study import FUNDING, INTERVALS, VOLATILITIES, WIDTHS, WINDOW
from hedge_widgets.widgets.controls import Controls, Look, SliderSpec, steps


def _percent(grid: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(f"{100.0 * place:.9g}") for place in grid)


SLIDERS = (
    SliderSpec(
        field="half_width",
        label="the band: half-width",
        unit="% of the hedge",
        positions=_percent(WIDTHS),
        scale=0.01,
        is_ladder=True,
    ),
    SliderSpec(field="interval", label="or the interval", unit="days", positions=INTERVALS, is_ladder=True),
    SliderSpec(
        field="volatility_threshold",
        label=f"daily, while the volatility of {WINDOW} days is above",
        unit="% a year",
        positions=_percent(VOLATILITIES),
        scale=0.01,
        is_ladder=True,
    ),
    SliderSpec(
        field="funding_threshold",
        label="daily, after funding of at least",
        unit="% a day either way",
        positions=_percent(FUNDING),
        scale=0.01,
        is_ladder=True,
    ),
    SliderSpec(field="cost_rate", label="cost of a trade", unit="bp", positions=steps(0, 100, 1), scale=1e-4),
    SliderSpec(field="fixed_cost", label="and a fixed cost a trade", unit="USD", positions=steps(0, 20, 0.25)),
    SliderSpec(field="relative_aversion", label="risk aversion", unit="relative", positions=steps(0.5, 20, 0.5)),
    SliderSpec(field="path", label="path shown", unit="of those shown", positions=steps(1, N_SHOWN, 1)),
    SliderSpec(field="day", label="day on it", unit="% of the days", positions=steps(0, 100, 1), scale=0.01),
)
KIND_WORDS = (
    ("coins, short on the same coin", "same"),
    ("coins, short on another coin", "cross"),
    ("a short of fixed dollars", "fixed"),
    ("inverse short, profit swept out", "inverse"),
    ("a sold call, by its delta", "option"),
)
SIMULATED, HISTORY, DRAWN = "simulated", "history", "drawn"
SOURCE_WORDS = (("simulated", SIMULATED), ("the history in use", HISTORY), ("drawn: two moves", DRAWN))
PERIOD_WORDS = (("windows of the days", ""), ("May 2021", "2021-05"), ("May 2022", "2022-05"))
TAIL_WORDS = (("fat (Student-t, 4)", 4.0), ("none (normal)", 0.0))
DAY_WORDS = tuple((f"{days} days", days) for days in (30, 90, 180, 365))
COUNT_WORDS = tuple((f"{count:,}", count) for count in (200, 1_000))
TRADE_WORDS = (("the edge of the band", "edge"), ("its centre", "centre"))
OTHER_WORDS = (
    ("every n days", "time"),
    ("every day", "daily"),
    ("never", "none"),
    ("by volatility", "volatility"),
    ("by funding", "funding"),
)
MEASURE_WORDS = (("against a free hedge always on target", "difference"), ("all of it", "net"))
NUMBERS = {  # box -> (label, factor from the box to the setting's unit)
    "position_value": ("position, $", 1.0),
    "wealth": ("your wealth, $", 1.0),
    "hedge_ratio": ("hedge ratio (0: minimum variance)", 1.0),
    "spot_volatility": ("the coin's volatility, % a year", 0.01),
    "hedge_volatility": ("the hedge's volatility, % a year", 0.01),
    "correlation": ("their correlation", 1.0),
    "seed": ("seed", 1.0),
    "spot_move": ("drawn: move of the coin, %", 0.01),
    "hedge_move": ("drawn: move of the hedge, %", 0.01),
}


class RebalancingControls(Controls):
    """The stock widgets of one page and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(self, look: Look, coins: Sequence[str], fields: dict[str, Any], values: dict[str, float]) -> None:
        names = [(coin, coin) for coin in coins]
        choices: dict[str, tuple[str, Sequence[tuple[str, Any]]]] = {
            "kind": ("what is hedged", KIND_WORDS),
            "coin": ("the coin", names),
            "asset": ("hedged with (another coin)", names),
            "trade_to": ("a band trades to", TRADE_WORDS),
            "other": ("compare the band with", OTHER_WORDS),
            "source": ("paths", SOURCE_WORDS),
            "n_days": ("days of a path", DAY_WORDS),
            "n_paths": ("simulated: how many", COUNT_WORDS),
            "tails": ("simulated: tails", TAIL_WORDS),
            "period": ("history: which days", PERIOD_WORDS),
            "measure": ("what is shown", MEASURE_WORDS),
        }
        super().__init__(look, SLIDERS, choices, NUMBERS, fields, values, wide=("kind", "measure"))

    def hide_unused(self) -> None:
        """Take what the present choices do not use off the page."""
        source, kind = self.choices["source"].value, self.choices["kind"].value
        used = dict.fromkeys(("tails", "n_paths", "seed"), source == SIMULATED)
        used |= dict.fromkeys(("spot_move", "hedge_move"), source == DRAWN)
        used |= dict.fromkeys(("spot_volatility", "hedge_volatility", "correlation"), source != HISTORY)
        used |= {
            "period": source == HISTORY,
            "n_days": not (source == HISTORY and self.choices["period"].value),
            "asset": kind == "cross",
            "hedge_ratio": kind in ("same", "cross", "fixed"),
        }
        for name, is_used in used.items():
            box = self.choices.get(name) or self.numbers[name]
            (box.remove_class if is_used else box.add_class)("hw-unused")
