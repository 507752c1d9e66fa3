"""The rebalancing page's sliders, boxes and choices."""

from collections.abc import Sequence
from typing import Any

from hedge_widgets.market.facts import replayed_moves
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.model.rebalancing.setting import N_SHOWN
from hedge_widgets.model.rebalancing.study import FUNDING, INTERVALS, VOLATILITIES, WIDTHS, WINDOW
from hedge_widgets.widgets.controls import Controls, Look


def _percent(grid: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(f"{100.0 * place:.9g}") for place in grid)


SLIDERS = (
    Quantity(
        field="half_width",
        label="the band: half-width",
        unit="% of the hedge",
        positions=_percent(WIDTHS),
        factor=0.01,
        is_ladder=True,
    ),
    Quantity(field="interval", label="or the interval", unit="days", positions=INTERVALS, is_ladder=True),
    Quantity(
        field="volatility_threshold",
        label=f"daily, while the volatility of {WINDOW} days is above",
        unit="% a year",
        positions=_percent(VOLATILITIES),
        factor=0.01,
        is_ladder=True,
    ),
    Quantity(
        field="funding_threshold",
        label="daily, after funding of at least",
        unit="% a day either way",
        positions=_percent(FUNDING),
        factor=0.01,
        is_ladder=True,
    ),
    Quantity(field="cost_rate", label="cost of a trade", unit="bp", positions=steps(0, 100, 1), factor=1e-4),
    Quantity(field="fixed_cost", label="and a fixed cost a trade", unit="USD", positions=steps(0, 20, 0.25)),
    Quantity(field="relative_aversion", label="risk aversion", unit="relative", positions=steps(0.5, 20, 0.5)),
    Quantity(field="path", label="path shown", unit="of those shown", positions=steps(1, N_SHOWN, 1)),
    Quantity(field="day", label="day on it", unit="% of the days", positions=steps(0, 100, 1), factor=0.01),
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
PERIOD_WORDS = (("windows of the days", ""), *((f"{name}, real moves", name) for name in replayed_moves()))
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
BOXES = (
    Quantity(field="position_value", label="position", unit="$"),
    Quantity(field="wealth", label="your wealth", unit="$"),
    Quantity(field="hedge_ratio", label="hedge ratio (0: minimum variance)"),
    Quantity(field="spot_volatility", label="the coin's volatility", unit="% a year", factor=0.01),
    Quantity(field="hedge_volatility", label="the hedge's volatility", unit="% a year", factor=0.01),
    Quantity(field="correlation", label="their correlation"),
    Quantity(field="seed", label="seed"),
    Quantity(field="spot_move", label="drawn: move of the coin", unit="%", factor=0.01),
    Quantity(field="hedge_move", label="drawn: move of the hedge", unit="%", factor=0.01),
)


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
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, values, wide=("kind", "measure"))

    def offer(self, coins: Sequence[str]) -> None:
        """Offer these coins; a choice that is there still stays."""
        for name in ("coin", "asset"):
            box, before = self.choices[name], self.choices[name].value
            if [meant for _, meant in box.options] != list(coins):
                box.options = [(coin, coin) for coin in coins]
                box.value = before if before in coins else coins[0]

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
