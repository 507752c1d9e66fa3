"""The rebalancing page's sliders, boxes and choices."""

from collections.abc import Mapping, Sequence
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
        label="Your band (half-width)",
        unit="% of the hedge",
        positions=_percent(WIDTHS),
        factor=0.01,
        is_ladder=True,
    ),
    Quantity(field="interval", label="Or trade every", unit="days", positions=INTERVALS, is_ladder=True),
    Quantity(
        field="volatility_threshold",
        label=f"Daily, while {WINDOW}-day volatility is above",
        unit="% per year",
        positions=_percent(VOLATILITIES),
        factor=0.01,
        is_ladder=True,
    ),
    Quantity(
        field="funding_threshold",
        label="Daily, after funding of at least",
        unit="% per day, either way",
        positions=_percent(FUNDING),
        factor=0.01,
        is_ladder=True,
    ),
    Quantity(field="cost_rate", label="Cost of a trade", unit="bp", positions=steps(0, 100, 1), factor=1e-4),
    Quantity(field="fixed_cost", label="Fixed cost per trade", unit="$", positions=steps(0, 20, 0.25)),
    Quantity(field="relative_aversion", label="Risk aversion", unit="relative", positions=steps(0.5, 20, 0.5)),
    Quantity(field="path", label="Path shown", unit="of those shown", positions=steps(1, N_SHOWN, 1)),
    Quantity(field="day", label="Day on the path", unit="% of the days", positions=steps(0, 100, 1), factor=0.01),
)
KIND_WORDS = (
    ("Coins, short on the same coin", "same"),
    ("Coins, short on another coin", "cross"),
    ("A short of fixed dollars", "fixed"),
    ("Inverse short, profit taken out", "inverse"),
    ("A sold call, by its delta", "option"),
)
SIMULATED, HISTORY, DRAWN = "simulated", "history", "drawn"
SOURCE_WORDS = (("Simulated", SIMULATED), ("The history in use", HISTORY), ("Drawn by you: two moves", DRAWN))
PERIOD_WORDS = (
    ("All days, in windows", ""),
    *((f"{name}, real moves of {', '.join(event.moves)}", name) for name, event in replayed_moves().items()),
)
TAIL_WORDS = (("Fat (Student-t, 4)", 4.0), ("None (normal)", 0.0))
DAY_WORDS = tuple((f"{days} days", days) for days in (30, 90, 180, 365))
COUNT_WORDS = tuple((f"{count:,}", count) for count in (200, 1_000))
TRADE_WORDS = (("The edge of the band", "edge"), ("Its centre", "centre"))
OTHER_WORDS = (
    ("Every n days", "time"),
    ("Every day", "daily"),
    ("Never", "none"),
    ("By volatility", "volatility"),
    ("By funding", "funding"),
)
RULE_NAMES = {
    "volatility": "Volatility",
    "funding": "Funding",
    "drift": "Drift",
    "beta": "Beta",
    "distance": "Distance to liquidation",
}
WATCHED_WORDS = (("None: choose one", ""), *((words, signal) for signal, words in RULE_NAMES.items()))
MEASURE_WORDS = (("Difference from a free, perfect hedge", "difference"), ("The whole result", "net"))
BOXES = (
    Quantity(field="position_value", label="Position", unit="$"),
    Quantity(field="wealth", label="Your wealth", unit="$"),
    Quantity(field="hedge_ratio", label="Hedge ratio (0: minimum variance)"),
    Quantity(field="spot_volatility", label="The coin's volatility", unit="% per year", factor=0.01),
    Quantity(field="hedge_volatility", label="The hedge's volatility", unit="% per year", factor=0.01),
    Quantity(field="correlation", label="Their correlation"),
    Quantity(field="seed", label="Seed"),
    Quantity(field="coverage", label="Hedged while a rule is off", unit="% of a full hedge", factor=0.01),
    Quantity(field="leverage", label="Leverage of the hedge", unit="×"),
    Quantity(field="spot_move", label="Drawn: move of the coin", unit="%", factor=0.01),
    Quantity(field="hedge_move", label="Drawn: move of the hedge", unit="%", factor=0.01),
)


def _named(coins: Mapping[str, bool]) -> list[tuple[str, str]]:
    """Return coins as options; one without past prices says so."""
    return [(coin if has_prices else f"{coin} (no past prices here)", coin) for coin, has_prices in coins.items()]


class RebalancingControls(Controls):
    """The stock widgets of one page and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(self, look: Look, coins: Mapping[str, bool], fields: dict[str, Any], values: dict[str, float]) -> None:
        names = _named(coins)
        choices: dict[str, tuple[str, Sequence[tuple[str, Any]]]] = {
            "kind": ("What is hedged", KIND_WORDS),
            "coin": ("The coin", names),
            "asset": ("Hedged with (another coin)", names),
            "trade_to": ("The band trades back to", TRADE_WORDS),
            "other": ("Compare the band with", OTHER_WORDS),
            "source": ("Paths", SOURCE_WORDS),
            "n_days": ("Length of a path", DAY_WORDS),
            "n_paths": ("Simulated: number of paths", COUNT_WORDS),
            "tails": ("Simulated: tails", TAIL_WORDS),
            "period": ("History: which days", PERIOD_WORDS),
            "measure": ("What is shown", MEASURE_WORDS),
            "watched": ("Rule to look at", WATCHED_WORDS),
        }
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, values, wide=("kind", "measure"))

    def offer(self, coins: Mapping[str, bool]) -> None:
        """Offer these coins, with whether there are past prices of each; a choice that is there still stays."""
        for name in ("coin", "asset"):
            box, before = self.choices[name], self.choices[name].value
            if list(box.options) != _named(coins):
                box.options = _named(coins)
                box.value = before if before in coins else next(iter(coins))

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
