"""Every rule of the page at every position of its slider, computed once for a setting on the same paths."""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.rebalancing import Rule, rebalanced
from hedge_widgets.model.rebalancing.setting import Paths, exposure

Array = npt.NDArray[np.float64]

WIDTHS = (
    *(0.0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12, 0.14),
    *(0.16, 0.18, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5),
)
INTERVALS = (1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 30, 45, 60, 90)
VOLATILITIES = tuple(round(0.1 * k, 9) for k in range(2, 16))
FUNDING = (0.0001, 0.0002, 0.0004, 0.0006, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.01)
GRIDS: dict[str, tuple[float, ...]] = {
    "none": (0.0,),
    "band": WIDTHS,
    "time": INTERVALS,
    "volatility": VOLATILITIES,
    "funding": FUNDING,
}
WINDOW = 7  # days over which the volatility rule looks back


def _offsets() -> dict[str, int]:
    sizes = [len(grid) for grid in GRIDS.values()]
    return dict(zip(GRIDS, [0, *np.cumsum(sizes[:-1]).tolist()], strict=True))


OFFSETS = _offsets()


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """What every rule makes of 1 of position: rules in the order of ``GRIDS``, each at all of its positions.

    ``gross`` (net before costs), ``turnover``, ``n_trades`` and ``n_skipped`` are of whole paths, shape (rules, paths);
    ``on_target`` is the gross of a hedge traded to the target every day in any size, shape (paths,);
    ``tracking_error`` is a year's, shape (rules,). On the paths shown: ``held`` in units, shape (rules, shown, days),
    ``target`` and ``unit_value``, shape (shown, days + 1). A rule without what it looks at is NaN.
    """

    gross: Array
    on_target: Array
    turnover: Array
    n_trades: Array
    n_skipped: Array
    tracking_error: Array
    held: Array
    target: Array
    scale: Array
    unit_value: Array
    spot: Array
    hedge: Array


@functools.lru_cache(maxsize=3)
def study(paths: Paths, kind: str, ratio: float, trade_to: str, lot: float = 0.0, min_value: float = 0.0) -> Study:
    """Return every rule on these paths, in whole lots above the smallest order; what a trade costs comes after."""
    position = exposure(paths, kind, ratio)
    shown = paths.shown
    rules = [_rule(trigger, place, trade_to) for trigger, grid in GRIDS.items() for place in grid]
    outcomes = np.full((4, len(rules), len(paths.spot)), np.nan)
    errors = np.full(len(rules), np.nan)
    held = np.full((len(rules), len(shown), paths.n_days), np.nan)
    for k, rule in enumerate(rules):
        if rule.trigger == "funding" and paths.funding is None:
            continue
        made = rebalanced(position, rule, funding_rates=paths.funding, lot=lot, min_value=min_value)
        outcomes[:, k] = made.net_pnl, made.turnover, made.n_trades, made.n_skipped
        errors[k] = np.sqrt(np.mean(made.tracking_error**2))
        held[k] = made.held[shown]
    return Study(
        gross=outcomes[0],
        on_target=rebalanced(position, Rule(trigger="time"), funding_rates=paths.funding).net_pnl,
        turnover=outcomes[1],
        n_trades=outcomes[2],
        n_skipped=outcomes[3],
        tracking_error=errors,
        held=held,
        target=position.target[shown],
        scale=position.scale[shown],
        unit_value=position.unit_value[shown],
        spot=paths.spot[shown],
        hedge=(paths.hedge if kind == "cross" else paths.spot)[shown],
    )


def _rule(trigger: str, place: float, trade_to: str) -> Rule:
    if trigger == "band":
        return Rule(trigger=trigger, half_width=place, trade_to=trade_to)
    if trigger == "time":
        return Rule(trigger=trigger, interval=int(place))
    return Rule(trigger=trigger, threshold=place, window=WINDOW)


def places(trigger: str, wanted: Array) -> npt.NDArray[np.int64]:
    """Return where the positions of a rule's slider stand among all rules: the nearest of its grid."""
    grid = np.asarray(GRIDS[trigger], dtype=np.float64)
    nearest: npt.NDArray[np.int64] = np.argmin(np.abs(grid - wanted[:, None]), axis=1) + OFFSETS[trigger]
    return nearest
