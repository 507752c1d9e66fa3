"""The watch's picture: what coins and open futures have brought, and where they stand if prices move from now.

One row for each position of a slider: the move of the coins from now, and the days that the hedge is to be kept.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.carry import held_funding_pnl
from hedge_widgets.model.contracts import ContractSpec, order
from hedge_widgets.model.costs import DAYS_PER_YEAR, daily, slippage_rate
from hedge_widgets.model.futures import Futures
from hedge_widgets.model.hedge import HedgeInputs, HedgeOutcome, hedge_outcome
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.paths import VolatilitySpread, touch_probability
from hedge_widgets.model.rebalancing.bands import no_trade_band, risk_aversion, tracking_volatility
from hedge_widgets.model.watch.course import CAUSES, Array, Course, causes, coins_gain, recovered

TRACE = 1e-9  # of a price, where nothing is left of it
LOST = -0.9999  # a move from which a price would have to rise ten thousand times to liquidate a short


@dataclass(frozen=True, kw_only=True, eq=False)
class WatchSetting:
    """Coins, what is planned, and the futures that are open.

    ``hedge`` is the hedge that is planned, at today's prices, and ``futures`` the open ones as inputs; ``courses`` are
    their days, each as long as it is open. ``coins``, shape (n + 1,), is what the coins were worth on each day since
    the first future was opened, today's last; NaN before where that is not known. ``planned_days`` is how long the
    hedge was planned for, ``held_days`` how long it is open, NaN where the day is not known. ``basis`` is how far the
    futures are above their coins, a fraction; ``passed`` says of each whether a close since was beyond its liquidation
    price, with the margin that was posted.

    Raises
    ------
    InputError
        If there is not one course a future, or one is longer than the coins'.
    """

    hedge: HedgeInputs
    futures: Futures
    courses: tuple[Course, ...]
    coins: Array
    planned_days: float
    held_days: float
    varies: VolatilitySpread | None = None
    basis: float = 0.0
    passed: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        if len(self.courses) != len(self.futures.inputs):
            raise InputError(f"a course must be given for each of {len(self.futures.inputs)} futures")
        if any(len(course.marks) > len(self.coins) for course in self.courses):
            raise InputError("no future must be open for longer than the coins' days")
        object.__setattr__(self, "hedge", replace(self.hedge, spike=0.0, own_move=0.0, move=0.0))

    @cached_property
    def wanted(self) -> HedgeOutcome:
        """Return the outcome of the planned hedge at 1x: its size does not depend on leverage or cash."""
        return hedge_outcome(replace(self.hedge, leverage=1.0, margin_mode="isolated", cash=0.0))

    @cached_property
    def target(self) -> float:
        """Return the planned hedge before rounding, dollars, negative for a short."""
        return float(self.wanted.side) * float(self.wanted.target_notional)

    @cached_property
    def weights(self) -> Array:
        """Return the dollars of the planned hedge's asset that a dollar of each future stands for.

        As many dollars where the hedge is sized dollar for dollar, else by the beta of its asset to the hedge's.
        """
        ones = np.ones(len(self.courses))
        if self.hedge.basis == "dollar":
            return ones
        beta = [
            rho * one.hedge_volatility / self.hedge.hedge_volatility
            if one.contract.underlying != self.hedge.contract.underlying
            else 1.0
            for rho, one in zip(np.asarray(self.futures.correlations)[0, 1:], self.futures.inputs, strict=True)
        ]
        return np.asarray(beta, dtype=np.float64) * ones

    @cached_property
    def by_cause(self) -> dict[str, Array]:
        """Return what coins and futures have brought by each day, shape (n + 1,), dollars, by cause, and "net"."""
        length = len(self.coins)
        total = {name: np.zeros(length) for name in CAUSES}
        for course in self.courses:
            for name, gain in causes(course).items():
                total[name][length - len(gain) :] += gain
        total = {"coins": coins_gain(self.coins), **total}
        return {**total, "net": np.sum(list(total.values()), axis=0)}

    @property
    def hedge_gain(self) -> Array:
        """Return what the price of the futures has brought by each day, shape (n + 1,), dollars."""
        return self.by_cause["spot"] + self.by_cause["basis"] + self.by_cause["margin"]


@dataclass(frozen=True, kw_only=True, eq=False)
class WatchPicture:
    """Coins and futures at every row; money is dollars, missing is NaN; (rows, m) is a column a future.

    ``gains`` is what each cause has brought since the opening if the coins move as said, (rows,); ``closing`` what
    closing then costs, positive. ``equity`` is the margin posted and what the price brought (funding and fees are
    settled with the cash), ``maintenance`` what must be left of it, ``distance`` the move from there at which a future
    is liquidated (NaN where no price does, or nothing is left of it), all (rows, m); ``chance`` the highest chance of
    that within the days. ``covered`` is the short or long that is held, in dollars of the planned hedge's asset,
    ``target`` the one that is planned, both signed, as ``trade`` is: the contracts to buy (positive) or sell of it,
    worth ``trade_value``; ``cost_rate`` is what that costs, a fraction, and ``band`` the half-width, a fraction of the
    target, inside which it does not pay (NaN where nothing drifts). ``recovery`` is how far the coins are above their
    low since the opening, ``carry`` what funding brings in the days.
    """

    setting: WatchSetting
    values: dict[str, Array]
    gains: dict[str, Array]
    closing: Array
    coins: Array
    equity: Array
    maintenance: Array
    distance: Array
    is_liquidated: npt.NDArray[np.bool_]
    chance: Array
    net_delta: Array
    covered: Array
    target: Array
    trade: Array
    trade_value: Array
    cost_rate: Array
    band: Array
    recovery: Array
    carry: Array

    @property
    def net(self) -> Array:
        """Return what coins and futures have brought in all, before closing; NaN where the coins' part is unknown."""
        return self.gains["net"]

    @property
    def hedge(self) -> Array:
        """Return what the price of the futures has brought in all."""
        return np.asarray(self.gains["spot"] + self.gains["basis"] + self.gains["margin"])

    @property
    def is_open(self) -> bool:
        """Return whether any future is open."""
        return bool(self.setting.courses)

    @property
    def drift(self) -> Array:
        """Return how far what is held is from what is planned, a fraction of it, NaN where nothing is planned."""
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.abs(self.covered - self.target) / np.abs(self.target)
        return np.where(self.target != 0, share, np.nan)

    @property
    def is_worth_it(self) -> npt.NDArray[np.bool_]:
        """Return whether there is a trade that is outside the band."""
        return np.asarray((self.trade != 0) & ~(self.drift <= np.nan_to_num(self.band)))


def watch_picture(setting: WatchSetting, values: dict[str, Any]) -> WatchPicture:
    """Return the picture at ``move`` and ``days``, arrays of shape (rows,), in the model's units."""
    x = dict(zip(values, np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in values.values())), strict=True))
    hedge = replace(setting.hedge, move=x["move"], days=0.0 * x["days"])
    outcomes = setting.futures.outcomes(hedge)
    coins = setting.coins[-1] * (1.0 + x["move"])
    gains = _gains(setting, outcomes, coins)
    covered, target, net = _deltas(setting, outcomes, coins)
    margin = _margin(setting, outcomes, x["days"])
    return WatchPicture(
        setting=setting,
        values=x,
        gains=gains,
        closing=np.asarray(sum((np.asarray(out.fees + out.slippage) for out in outcomes), 0.0 * coins)),
        coins=coins,
        covered=covered,
        target=target,
        net_delta=net,
        recovery=np.asarray(recovered(setting.coins[~np.isnan(setting.coins)], coins)[0]),
        carry=held_carry(setting, x["days"], ~margin["is_liquidated"]),
        **margin,
        **_trade(setting, hedge, covered - target, target),
    )


def _gains(setting: WatchSetting, outcomes: list[HedgeOutcome], coins: Array) -> dict[str, Array]:
    """Return what each cause has brought by then: the days so far, and the move from now on both sides."""
    gains = {name: gain[-1] + 0.0 * coins for name, gain in setting.by_cause.items() if name != "net"}
    gains["coins"] = coins - setting.coins[0]
    for out in outcomes:
        gains["spot"] = gains["spot"] + np.asarray(out.hedge_pnl)
        gains["margin"] = gains["margin"] + np.asarray(out.collateral_pnl)
    return {**gains, "net": np.sum(list(gains.values()), axis=0)}


def _deltas(setting: WatchSetting, outcomes: list[HedgeOutcome], coins: Array) -> tuple[Array, Array, Array]:
    """Return (what is held, what is planned, the net delta), dollars, each of shape (rows,).

    What is held is the contracts, at the price of the coin as what is planned is; coins posted as margin are in the net
    delta alone.
    """
    deltas = [np.asarray(out.net_delta_after) - coins for out in outcomes]
    zero = 0.0 * coins
    held = [
        np.where(out.is_liquidated, 0.0, course.side * course.notional(_coin_price(setting, inputs, out)))
        for out, inputs, course in zip(outcomes, setting.futures.inputs, setting.courses, strict=True)
    ]
    covered = sum((weight * one for weight, one in zip(setting.weights, held, strict=True)), zero)
    target = setting.target * coins / setting.coins[-1]
    return np.asarray(covered), np.asarray(target), np.asarray(sum(deltas, coins))


def _coin_price(setting: WatchSetting, inputs: HedgeInputs, out: HedgeOutcome) -> Array:
    """Return the price of a future's coin after the move: the future's own is ``basis`` above it."""
    return _mark(inputs, out) / (1.0 + setting.basis)


def _mark(inputs: HedgeInputs, out: HedgeOutcome) -> Array:
    """Return the price of a future after the move; of what loses everything a trace, so that ratios to it exist."""
    return np.asarray(inputs.hedge_price * np.maximum(1.0 + np.asarray(out.hedge_move), TRACE))


def _margin(setting: WatchSetting, outcomes: list[HedgeOutcome], days: Array) -> dict[str, Any]:
    """Return equity, maintenance margin, distance and liquidation of each future, and the highest chance of it."""
    rows, years = len(days), days / DAYS_PER_YEAR
    columns: dict[str, list[Array]] = {"equity": [], "maintenance": [], "distance": []}
    dead, chance = [], np.zeros(rows)
    for out, inputs, course in zip(outcomes, setting.futures.inputs, setting.courses, strict=True):
        price, is_dead = _mark(inputs, out), np.asarray(out.is_liquidated)
        liquidation = np.where(np.asarray(out.hedge_move) > LOST, out.liquidation_price, np.nan) / price
        left = np.asarray(out.collateral + out.hedge_pnl + out.collateral_pnl)
        columns["equity"].append(np.where(is_dead, 0.0, left))
        columns["maintenance"].append(np.where(is_dead, 0.0, _maintenance(course, price)))
        columns["distance"].append(np.where(is_dead, 0.0, liquidation - 1.0))
        volatility = inputs.hedge_volatility
        touched = touch_probability(1.0, liquidation, course.side, volatility, years, varies=setting.varies)
        touched = np.where(is_dead, 1.0, np.nan_to_num(np.asarray(touched, dtype=np.float64)))
        chance = np.fmax(chance, touched)
        dead.append(is_dead)
    empty = np.zeros((rows, 0))
    return {
        **{name: np.stack(found, axis=1) if found else empty for name, found in columns.items()},
        "is_liquidated": np.stack(dead, axis=1) if dead else empty.astype(bool),
        "chance": chance,
    }


def _maintenance(course: Course, price: Array) -> Array:
    """Return the maintenance margin at a price, dollars."""
    unit = price if course.contract.kind == "inverse" else 1.0
    tiers = course.contract.tiers
    return np.asarray(np.maximum(tiers.maintenance_margin(course.notional(price) / unit), 0.0) * unit)


def _trade(setting: WatchSetting, hedge: HedgeInputs, excess: Array, target: Array) -> dict[str, Any]:
    """Return the order that brings the hedge to its target, what it costs, and the band of page 06 around it."""
    spec = hedge.contract
    price = _coin_price(setting, hedge, hedge_outcome(hedge))
    found = order(np.abs(excess), price, spec, hedge.rounding)
    value = np.asarray(found.notional)
    cost_rate = trading_cost_rate(hedge, spec, value)
    drifts = float(tracking_volatility(hedge.spot_volatility, hedge.hedge_volatility, hedge.correlation))
    wealth = abs(float(setting.coins[-1])) + float(hedge.cash)
    terms = (np.clip(cost_rate, 0.0, 0.5), np.abs(target), risk_aversion(wealth), drifts, hedge.hedge_volatility)
    width = np.asarray(no_trade_band(*terms)[0], dtype=np.float64)
    return {
        "trade": 0.0 - np.sign(excess) * np.asarray(found.n_contracts),
        "trade_value": value,
        "cost_rate": cost_rate,
        "band": np.where(drifts > 1e-9, width, np.nan),
    }


def trading_cost_rate(hedge: HedgeInputs, spec: ContractSpec, value: Any) -> Array:
    """Return what a taker's order of some dollars costs, fee and slippage, a fraction of it."""
    slips = slippage_rate(hedge.half_spread, daily(hedge.hedge_volatility), value / hedge.daily_volume, hedge.impact)
    return np.asarray(spec.taker_fee_rate + slips)


def held_carry(setting: WatchSetting, days: Any, is_alive: Any = None) -> Array:
    """Return the funding that the open futures receive in some days at today's notional, dollars; negative if paid.

    ``is_alive``, shape (rows, futures), leaves out those that are liquidated.
    """
    total = 0.0 * np.asarray(days, dtype=np.float64)
    for place, (inputs, course) in enumerate(zip(setting.futures.inputs, setting.courses, strict=True)):
        notional = course.notional(inputs.hedge_price)
        interval = inputs.contract.funding_interval
        received = held_funding_pnl(course.side, notional, inputs.funding_rate, days, interval)
        total = total + received * (1.0 if is_alive is None else is_alive[:, place])
    return np.asarray(total)
