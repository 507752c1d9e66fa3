"""The planner's picture: the leverage that a chance of liquidation allows, the size that the cash carries, their cost.

One row for each position of a slider: the days, and the chance of liquidation that is accepted.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.carry import held_funding_pnl
from hedge_widgets.model.contracts import order
from hedge_widgets.model.costs import DAYS_PER_YEAR, SPOT_FEE_RATE
from hedge_widgets.model.hedge import HedgeInputs, HedgeOutcome, hedge_outcome
from hedge_widgets.model.limits import Limit
from hedge_widgets.model.paths import VolatilitySpread, leverage_for_probability, touch_probability
from hedge_widgets.model.paths.planning import top_ups
from hedge_widgets.model.planner.sizing import SALE_WEEKS

Array = npt.NDArray[np.float64]

LEVERAGES = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150)
YEAR = np.arange(1.0, 366.0)  # days after which a cost can cross another
GRID = np.unique(np.round(np.geomspace(1.0, 365.0, 48)))  # days that are drawn
SPOT_FEE = Limit(0.0, 0.1)


@dataclass(frozen=True, kw_only=True)
class PlannerSetting:
    """What choices and boxes stand for.

    ``inputs`` are those of the book, each field a number; coverage says how much is wanted, and leverage, margin mode
    and days follow from the plan. A plan leaves out the book's spike and the hedge's own move. ``spot_fee_rate`` is
    what selling a coin costs, a fraction of its value.
    """

    inputs: HedgeInputs
    varies: VolatilitySpread | None = None
    spot_fee_rate: float = SPOT_FEE_RATE

    def __post_init__(self) -> None:
        SPOT_FEE.checked("fee of selling a coin", self.spot_fee_rate)
        object.__setattr__(self, "inputs", replace(self.inputs, spike=0.0, own_move=0.0))

    @cached_property
    def wanted(self) -> HedgeOutcome:
        """Return the outcome of the hedge that is wanted, at 1x: its size does not depend on leverage or cash."""
        return hedge_outcome(replace(self.inputs, leverage=1.0, margin_mode="isolated", cash=0.0))

    @property
    def full_notional(self) -> float:
        """Return what a full hedge is worth, quote currency."""
        return abs(float(self.wanted.full_hedge_ratio) * float(self.wanted.spot_value))

    @property
    def side(self) -> float:
        """Return -1 for a short, +1 for a long."""
        return float(self.wanted.side)

    @property
    def opening_fee_rate(self) -> float:
        """Return the fee of opening, a fraction of notional; a rebate is not counted on."""
        spec = self.inputs.contract
        return max(spec.maker_fee_rate if self.inputs.order_type == "maker" else spec.taker_fee_rate, 0.0)

    @property
    def hedge_volatility(self) -> float:
        """Return the annual volatility of the hedge asset that is believed."""
        return float(self.inputs.hedge_volatility)

    def quantity(self, notional: Any) -> Any:
        """Return the quantity of a notional, as the margin model counts it."""
        inverse = self.inputs.contract.kind == "inverse"
        return np.asarray(notional if inverse else notional / self.inputs.hedge_price)


@dataclass(frozen=True, kw_only=True)
class PlannerPicture:
    """The plan at every row; money is quote currency, missing is NaN.

    ``inputs`` have leverage, coverage and days as arrays, shape (rows,), and ``outcome`` is what the simulator says of
    them. ``chance`` is that of liquidation within the days, at ``leverage``. ``is_cash_limited``: the cash does not
    carry what is wanted, which takes ``needed`` of margin and fee. ``top_ups`` are the dollars needed in all at +10,
    +20 and +50 % (for a long: -10, ...) to stay open, shape (rows, 3), ``restored`` those that bring back the leverage
    at entry. ``share`` of the coins would be sold instead. Curves have the shape (rows, len(GRID)): ``carry`` is
    funding less all costs at unchanged prices, ``sold`` and ``sold_weekly`` what selling that share and buying back
    costs, negative, ``liquidation_probability`` the chance of liquidation by then. ``even_day`` is the first day on
    which funding has paid for the costs, ``sell_day`` the first from which selling at once stays cheaper, ``limit_day``
    the first from which the chance is above the accepted one; NaN if none within a year.
    """

    setting: PlannerSetting
    values: dict[str, Array]
    inputs: HedgeInputs
    outcome: HedgeOutcome
    leverage: Array
    chance: Array
    is_cash_limited: npt.NDArray[np.bool_]
    needed: Array
    top_ups: Array
    restored: Array
    share: Array
    carry: Array
    sold: Array
    sold_weekly: Array
    liquidation_probability: Array
    even_day: Array
    sell_day: Array
    limit_day: Array

    @property
    def reserve(self) -> Array:
        """Return the cash that margin and the fee of opening leave for top-ups, NaN where the cash is not known."""
        cash = float(self.setting.inputs.cash)
        spent = self.outcome.collateral + self.outcome.notional * self.setting.opening_fee_rate
        return np.asarray(np.where(cash > 0, cash - spent, np.nan))

    @property
    def is_open(self) -> npt.NDArray[np.bool_]:
        """Return whether there is an order."""
        return np.asarray(np.nan_to_num(self.outcome.notional) > 0)


def planner_picture(setting: PlannerSetting, values: dict[str, Any]) -> PlannerPicture:
    """Return the plan at ``days`` and the accepted chance ``limit``, arrays of shape (rows,), in the model's units."""
    x = dict(zip(values, np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in values.values())), strict=True))
    notional, leverage, needed, is_limited = _size(setting, x)
    wanted, full = np.full(notional.shape, float(setting.inputs.coverage)), setting.full_notional
    # A coverage that comes to whole lots: every rounding leaves it as it is.
    coverage = np.where(is_limited, np.minimum(notional / full if full else 0.0, wanted), wanted)
    inputs = replace(setting.inputs, coverage=coverage, leverage=leverage, days=x["days"], margin_mode="isolated")
    outcome = hedge_outcome(inputs)
    liquidation = np.asarray(outcome.liquidation_price)
    return PlannerPicture(
        setting=setting,
        values=x,
        inputs=inputs,
        outcome=outcome,
        leverage=leverage,
        chance=_chance(setting, liquidation, x["days"]),
        is_cash_limited=is_limited,
        needed=needed,
        **_top_ups(setting, outcome),
        **_curves(setting, inputs, outcome, x["limit"]),
    )


def _size(setting: PlannerSetting, x: dict[str, Array]) -> tuple[Array, Array, Array, npt.NDArray[np.bool_]]:
    """Return (notional, leverage, what all that is wanted takes, whether the cash limits it), each of shape (rows,).

    Margin and the fee of opening must not be more than the cash. A smaller position is never in a higher tier, so the
    leverage of the size wanted is one that the smaller size has too.
    """
    inputs, spec = setting.inputs, setting.inputs.contract
    wanted = np.full(len(x["days"]), np.nan_to_num(np.float64(setting.wanted.notional or 0.0)))
    leverage = _allowed(setting, wanted, x)
    per_dollar = 1.0 / leverage + setting.opening_fee_rate
    cash = float(inputs.cash)
    is_limited = (cash > 0) & (wanted * per_dollar > cash * (1.0 + 1e-9))
    carried = np.asarray(order(np.minimum(cash / per_dollar, wanted), inputs.hedge_price, spec, "floor").notional)
    notional = np.where(is_limited, carried, wanted)
    leverage = np.where(is_limited, _allowed(setting, notional, x), leverage)
    return notional, leverage, wanted * per_dollar, is_limited


def _allowed(setting: PlannerSetting, notional: Array, x: dict[str, Array]) -> Array:
    """Return the highest step of ``LEVERAGES`` with no more than the accepted chance of liquidation; at least 1."""
    inputs, spec = setting.inputs, setting.inputs.contract
    smallest = float(spec.smallest_notional(inputs.hedge_price))
    found = leverage_for_probability(
        spec.kind,
        setting.side,
        setting.quantity(np.where(notional > 0, notional, smallest)),
        inputs.hedge_price,
        spec.tiers,
        setting.hedge_volatility,
        x["days"] / DAYS_PER_YEAR,
        x["limit"],
        closing_fee_rate=spec.closing_fee_rate,
        varies=setting.varies,
    )
    steps = np.asarray(LEVERAGES, dtype=np.float64)
    place = np.searchsorted(steps, np.asarray(found.leverage) * (1.0 + 1e-9), side="right") - 1
    return np.asarray(steps[np.maximum(place, 0)])


def _chance(setting: PlannerSetting, liquidation: Any, days: Any) -> Array:
    terms = (setting.inputs.hedge_price, liquidation, setting.side, setting.hedge_volatility, days / DAYS_PER_YEAR)
    return np.asarray(touch_probability(*terms, varies=setting.varies), dtype=np.float64)


def _top_ups(setting: PlannerSetting, outcome: HedgeOutcome) -> dict[str, Array]:
    """Return the dollars needed at the moves against the position."""
    inputs, spec = setting.inputs, setting.inputs.contract
    is_open = np.nan_to_num(np.asarray(outcome.notional)) > 0
    unit = inputs.hedge_price if spec.kind == "inverse" else 1.0
    survive, restore = top_ups(
        spec.kind,
        setting.side,
        setting.quantity(np.where(is_open, outcome.notional, 1.0))[:, None],
        float(inputs.hedge_price),
        np.where(is_open, np.asarray(outcome.collateral) / unit, np.nan),
        spec.tiers,
        spec.closing_fee_rate,
    )
    return {"top_ups": survive, "restored": restore}


def _curves(setting: PlannerSetting, inputs: HedgeInputs, outcome: HedgeOutcome, limit: Array) -> dict[str, Array]:
    """Return what time does to cost and chance, over the days of ``GRID``, and the days on which lines cross."""
    share = sold_share(outcome)
    now = -2.0 * setting.spot_fee_rate * np.abs(float(setting.wanted.spot_value)) * share[:, None]
    carry = held_carry(inputs, outcome, YEAR)
    probability = _chance(setting, np.asarray(outcome.liquidation_price)[:, None], YEAR)
    places = (GRID - 1).astype(int)
    weekly = now * np.minimum((1.0 + np.floor(GRID / 7.0)) / SALE_WEEKS, 1.0)
    is_open = np.nan_to_num(np.asarray(outcome.notional)) > 0
    shown = np.where(is_open, 1.0, np.nan)[:, None]
    return {
        "share": share,
        "carry": carry[:, places] * shown,
        "sold": np.repeat(now, len(GRID), axis=1) * shown,
        "sold_weekly": weekly * shown,
        "liquidation_probability": probability[:, places] * shown,
        "even_day": _stays_from(carry >= 0, is_open),
        "sell_day": _stays_from(carry < now, is_open),
        "limit_day": _stays_from(probability > limit[:, None] * (1.0 + 1e-9), is_open),
    }


def sold_share(outcome: HedgeOutcome) -> Array:
    """Return the share of the coins whose sale takes off as much of the common move as the hedge does, 0 to 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.abs(np.asarray(outcome.notional) / outcome.spot_value / outcome.minimum_variance_hedge_ratio)
    return np.asarray(np.clip(np.nan_to_num(share, nan=0.0, posinf=1.0), 0.0, 1.0))


def held_carry(inputs: HedgeInputs, outcome: HedgeOutcome, days: Array) -> Array:
    """Return funding received less the costs of opening and closing at unchanged prices, shape (rows, days)."""
    still = hedge_outcome(replace(inputs, move=0.0))
    costs = np.asarray(still.fees) + np.asarray(still.slippage)
    terms = (np.asarray(outcome.side)[:, None], np.asarray(outcome.notional)[:, None], inputs.funding_rate)
    return np.asarray(held_funding_pnl(*terms, days, inputs.contract.funding_interval) - costs[:, None])


def _stays_from(is_met: Any, is_open: Any) -> Array:
    """Return the first day of ``YEAR`` from which something stays so, NaN if none, or where nothing is open."""
    stays = np.flip(np.logical_and.accumulate(np.flip(is_met, axis=1), axis=1), axis=1)
    return np.where(stays[:, -1] & is_open, YEAR[np.argmax(stays, axis=1)], np.nan)
