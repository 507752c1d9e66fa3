"""The margin page's picture: one position along a drawn path, and what leverage does to its chance of living.

A picture holds one row per slider position; the traces turn it into plain plotly dictionaries whose arrays have that
leading axis. Moves are simple, from the entry price.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.charts.margin.setting import TAILS, MarginSetting
from hedge_widgets.model.contracts import ABOVE_MAX_NOTIONAL
from hedge_widgets.model.margin import (
    Account,
    AccountState,
    Position,
    account_state,
    bankruptcy_price,
    collateral_for_price,
    deleveraging_score,
    liquidation_moves,
    liquidation_price,
    margin_ratio,
    notional_at,
    opening_refusal,
    tiers_of,
    unified_liquidation_price,
    unrealised_pnl,
)
from hedge_widgets.model.paths import (
    TOP_UP_MOVES,
    HandledHedge,
    PathExtremes,
    PriceDynamics,
    barrier_for_share,
    funding_days,
    handled_hedge,
    leverage_for_probability,
    margin_path,
    simulated_extremes,
    top_up_plan,
    touch_probability,
    touch_share,
)

Array = npt.NDArray[np.float64]

N_PATHS, SEED = 8_000, 15
DAYS_PER_YEAR = 365.0
_POINTS = 20  # of each of the path's three stretches
_DEAREST = 150.0
GRID = np.geomspace(1.0, _DEAREST, 56)  # leverages of the two charts below
# What the page refuses to open: the codes of a refusal by size come after those of opening_refusal.
TOO_SMALL, TOO_LARGE = 4, 5
SLIDERS = (
    "leverage",
    "spike",
    "trough",
    "end",
    "peak_at",
    "stop",
    "deleveraged_at",
    "free",
    "volatility",
    "days",
    "limit",
    "funding_rate",
)


@dataclass(frozen=True, kw_only=True)
class MarginPicture:
    """Rows of the page: numbers of shape (rows,), curves of shape (rows, points), NaN where missing.

    Money is quote currency, also the margin of an inverse contract (its coins at the price of the moment). ``*_move``
    are simple moves from the entry price, ``chance*`` chances to be liquidated within the days (of a wallet that can
    end either way, at most that). ``leverage`` is that of the collateral posted; ``safe_low`` and ``safe_high`` hold
    the leverage for the limit with tails, one standard error of the simulation each way. ``refusal`` is 0 for a
    position that can be opened; no outcome is a number where it is not.
    """

    setting: MarginSetting
    values: dict[str, Array]
    refusal: Array
    leverage: Array
    max_leverage: Array
    notional: float
    collateral: Array
    initial_margin: Array
    maintenance_margin: Array
    margin_ratio: Array
    isolated_price: Array
    isolated_move: Array
    cross_fall: Array
    cross_rise: Array
    unified_move: Array
    bankruptcy_move: Array
    left: Array
    path_days: Array
    path_moves: Array
    equity: Array
    maintenance: Array
    cross_equity: Array
    cross_maintenance: Array
    outcome: HandledHedge
    chance: Array
    chance_seen: Array
    chance_tails: Array
    chance_cross: Array
    safe_leverage: Array
    safe_collateral: Array
    safe_is_tier: Array
    safe_low: Array
    safe_high: Array
    top_ups: Array
    days_of_funding: Array
    coin_delta: Array
    queue_profit: Array
    queue_leverage: Array
    queue_score: Array
    curve_isolated: Array
    curve_cross: Array
    curve_unified: Array
    curve_chance: Array
    curve_seen: Array
    curve_tails: Array


def margin_picture(setting: MarginSetting, values: dict[str, Any]) -> MarginPicture:
    """Return the picture at slider values (``SLIDERS``), arrays of shape (rows,) or (1,), in the model's units.

    ``leverage`` is notional over collateral; ``spike``, ``trough`` and ``end`` are the moves the path goes through, the
    first of them at the share ``peak_at`` of the ``days``; ``stop`` and ``deleveraged_at`` (moves against and in favour
    of the position, 0 for none) close the hedge; ``free`` is the free collateral as a share of the position;
    ``volatility`` is annual, ``limit`` a chance, ``funding_rate`` per interval, positive = longs pay shorts.
    """
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(values[name], dtype=np.float64)) for name in SLIDERS))
    x = dict(zip(SLIDERS, columns, strict=True))
    spec, side, quantity, entry = setting.contract, setting.side, setting.quantity, setting.entry_price
    unit = setting.unit_price
    notional = float(notional_at(spec.kind, quantity, entry))
    initial = notional / x["leverage"]
    collateral = np.full(initial.shape, setting.own_collateral / unit) if setting.own_collateral else initial
    refusal = _refusal(setting, x["leverage"], collateral)
    opened = np.where(refusal == 0, 1.0, np.nan)
    posted, collateral = collateral, collateral * opened
    position = (spec.kind, side, quantity, entry)
    terms = (setting.tiers, spec.closing_fee_rate)
    isolated = _array(liquidation_price(*position, _posted(collateral), *terms)) * opened
    asked = float(tiers_of(spec.kind, quantity, setting.tiers).maintenance_margin(notional))
    asked += spec.closing_fee_rate * notional
    free = x["free"] * notional
    days, moves = _path(x)
    # An inverse margin is shown at the price of the moment.
    worth = entry * (1.0 + moves) if setting.is_inverse else np.ones_like(moves)
    along = margin_path(
        *position,
        _posted(collateral),
        setting.tiers,
        entry * (1.0 + moves),
        spec.closing_fee_rate,
        setting.liquidation_fee,
    )
    wallet = _posted(collateral) + free
    fall, rise = (move * opened for move in _liquidation_moves(setting, wallet))
    cross_state = _cross_state(setting, wallet, moves)
    left_below, left_above = _cross_left(setting, wallet, fall), _cross_left(setting, wallet, rise)
    below, above = _reached(moves, fall, -1.0), _reached(moves, rise, 1.0)
    ended = np.where(below, left_below[:, None], left_above[:, None])
    living = opened[:, None] * worth
    left = np.asarray(along.equity_left, dtype=np.float64) * opened
    outcome = handled_hedge(
        *position,
        days,
        entry * (1.0 + moves),
        spot_quantity=setting.spot_quantity,
        collateral=collateral,
        free_collateral=free,
        isolated_price=isolated,
        isolated_left=left,
        cross_prices=(entry * (1.0 + fall), entry * (1.0 + rise)),
        cross_left=(left_below, left_above),
        stop_price=_level(entry, -side, x["stop"]) * opened,
        deleveraging_price=_level(entry, side, x["deleveraged_at"]) * opened,
        fee_rate=spec.taker_fee_rate,
    )
    # A living wallet has what its other position gained; a dead one has lost it with all the rest.
    in_wallet = np.where(np.isnan(outcome.cross_time), setting.other_pnl(moves[:, -1]), 0.0)
    outcome = replace(outcome, cross=outcome.cross + in_wallet)
    if setting.is_inverse and setting.spot_value == 0:  # the coin posted is the coin hedged
        outcome = replace(outcome, unhedged=(posted + free) * entry * moves[:, -1])
    plan = top_up_plan(
        *position, _posted(collateral)[:, None], setting.tiers, -side * np.array(TOP_UP_MOVES), spec.closing_fee_rate
    )
    at_top_up = _worth(setting, np.asarray(plan.price))
    chances = _chances(setting, x, isolated, entry * (1.0 + fall), entry * (1.0 + rise))
    return MarginPicture(
        setting=setting,
        values=x,
        refusal=refusal,
        leverage=np.where(refusal == 0, notional / _posted(collateral), x["leverage"]),
        max_leverage=np.full(refusal.shape, _most(setting, notional)),
        notional=notional * unit,
        collateral=collateral * unit,
        initial_margin=initial * unit,
        maintenance_margin=np.full(refusal.shape, asked * unit) * opened,
        margin_ratio=_array(margin_ratio(asked, collateral)),
        isolated_price=isolated,
        isolated_move=isolated / entry - 1.0,
        cross_fall=fall,
        cross_rise=rise,
        unified_move=_unified_move(setting, collateral) * opened,
        bankruptcy_move=_array(bankruptcy_price(*position, collateral)) / entry - 1.0,
        left=left * _worth(setting, isolated),
        path_days=days,
        path_moves=moves,
        equity=along.equity * living,
        maintenance=along.maintenance_margin * living,
        cross_equity=np.where(below | above, ended, cross_state.equity) * living,
        cross_maintenance=np.where(below | above, 0.0, cross_state.maintenance_margin) * living,
        outcome=outcome,
        **{name: chance * opened for name, chance in chances.items()},
        **_safe(setting, x),
        top_ups=np.asarray(plan.cash_to_survive) * at_top_up * opened[:, None],
        days_of_funding=_funding_days(setting, x["funding_rate"], collateral, notional, asked),
        coin_delta=(wallet if setting.is_inverse else 0.0) * unit * opened,
        **_queue(setting, collateral, notional, np.where(along.is_alive, moves, 0.0)),
        **_curves(setting, x, free),
    )


def _array(value: Any) -> Array:
    return np.asarray(np.nan if value is None else value, dtype=np.float64)


def _posted(collateral: Array) -> Array:
    """Return collaterals with a harmless 1 where the position is refused; the callers blank those rows."""
    return np.where(np.isnan(collateral), 1.0, collateral)


def _level(entry: float, direction: float, move: Array) -> Array:
    """Return the price a move away in a direction, NaN for a move of 0: there is no such level."""
    return np.where(move > 0, entry * np.maximum(1.0 + direction * move, 1e-6), np.nan)


def _worth(setting: MarginSetting, price: Any) -> Any:
    """Return the quote value of a unit of the margin's currency at a price."""
    return np.asarray(price) if setting.is_inverse else 1.0


def _most(setting: MarginSetting, notional: float) -> float:
    return float(tiers_of(setting.contract.kind, setting.quantity, setting.tiers).max_leverage(notional))


def _refusal(setting: MarginSetting, leverage: Array, collateral: Array) -> Array:
    position = (setting.contract.kind, setting.quantity, setting.entry_price)
    code = np.asarray(opening_refusal(*position, leverage, setting.tiers, collateral), dtype=np.float64)
    if setting.refusal:
        return np.full(code.shape, float(TOO_LARGE if setting.refusal == ABOVE_MAX_NOTIONAL else TOO_SMALL))
    return code


# ---- the path --------------------------------------------------------------------------------------------------------
def _path(x: dict[str, Array]) -> tuple[Array, Array]:
    """Return (days, moves) of a path straight from 0 to its spike, to its trough half of the rest later, to its end."""
    peak = x["peak_at"] * x["days"]
    corners = np.stack([np.zeros_like(peak), peak, (peak + x["days"]) / 2.0, x["days"]], axis=1)
    heights = np.stack([np.zeros_like(peak), x["spike"], x["trough"], x["end"]], axis=1)
    share = np.linspace(0.0, 1.0, _POINTS + 1)

    def drawn(values: Array) -> Array:
        stretches = values[:, :-1, None] + np.diff(values, axis=1)[:, :, None] * share
        return np.concatenate([stretches[:, 0], stretches[:, 1, 1:], stretches[:, 2, 1:]], axis=1)

    return drawn(corners), drawn(heights)


def _reached(moves: Array, level: Array, direction: float) -> npt.NDArray[np.bool_]:
    """Return where along a path a level was reached by then."""
    return np.logical_or.accumulate(direction * (moves - level[:, None]) >= 0, axis=1)


# ---- cross margin ----------------------------------------------------------------------------------------------------
def _liquidation_moves(setting: MarginSetting, wallet: Array) -> tuple[Array, Array]:
    """Return the (fall, rise) of the coin that liquidates the whole wallet, NaN where there is none."""
    fall, rise = liquidation_moves(Account(positions=setting.positions(), wallet=wallet), setting.betas)
    return _array(fall), _array(rise)


def _cross_state(setting: MarginSetting, wallet: Array, moves: Array) -> AccountState:
    """Return the wallet's state where the coin moved by ``moves``, shape (rows, points), the others by their betas."""
    account = Account(positions=setting.positions(), wallet=wallet[:, None])
    shifts = {coin: np.maximum(beta * moves, -0.999999) for coin, beta in setting.betas.items()}
    return account_state(account, shifts)


def _cross_left(setting: MarginSetting, wallet: Array, cross_move: Array) -> Array:
    """Return what a liquidation of the whole wallet leaves of it, in the margin's currency."""
    moves = np.where(np.isnan(cross_move), 0.0, cross_move)
    state = _cross_state(setting, wallet, moves[:, None])
    fee = sum(_notional(p, setting.betas[p.coin] * moves) for p in setting.positions()) * setting.liquidation_fee
    left: Array = np.maximum(_array(state.equity)[:, 0] - fee, 0.0)
    return left


def _notional(position: Position, move: Array) -> Any:
    return notional_at(position.kind, position.quantity, position.mark_price * (1.0 + move))


def _unified_move(setting: MarginSetting, collateral: Array) -> Array:
    """Return the rise that liquidates a short in a unified account whose coins back it; NaN for any other position."""
    if setting.is_inverse or setting.side > 0 or setting.spot_value == 0:
        return np.full(collateral.shape, np.nan)
    price = unified_liquidation_price(
        _posted(collateral),
        setting.quantity,
        setting.entry_price,
        setting.spot_quantity,
        setting.collateral_ratio,
        setting.tiers,
        setting.contract.closing_fee_rate,
    )
    move: Array = _array(price) / setting.entry_price - 1.0
    return move


# ---- chances ---------------------------------------------------------------------------------------------------------
@functools.lru_cache(maxsize=96)
def _extremes(dynamics: PriceDynamics, days: int, *, is_bridged: bool) -> PathExtremes:
    """Return how far the simulated paths go in some days, bridged in between or seen once a day."""
    return simulated_extremes(dynamics, days / DAYS_PER_YEAR, days, N_PATHS, SEED, is_bridged=is_bridged)


def _by_dynamics(x: dict[str, Array]) -> Iterator[tuple[npt.NDArray[np.int64], float, int]]:
    """Return (rows, volatility, days) of the rows that share a simulation."""
    pairs = np.stack([x["volatility"], x["days"]], axis=1)
    for volatility, days in np.unique(pairs, axis=0):
        yield np.flatnonzero((pairs == (volatility, days)).all(axis=1)), float(volatility), round(days)


def _seen(setting: MarginSetting, x: dict[str, Array], barriers: Array) -> Array:
    """Return the share of simulated normal paths that are beyond the barriers in a look a day, shape (rows, ...)."""
    shares = np.empty(barriers.shape)
    for rows, volatility, days in _by_dynamics(x):
        extremes = _extremes(PriceDynamics(volatility=volatility), days, is_bridged=False)
        shares[rows] = touch_share(extremes, setting.entry_price, barriers[rows], setting.side, "discrete")[0]
    return shares


def _with_tails(setting: MarginSetting, x: dict[str, Array], barriers: Array, normal: Array) -> Array:
    """Return the share of paths with tails that touch the barriers; without tails that is the closed form, exactly."""
    if not TAILS[setting.tails]:
        return normal
    shares = np.empty(barriers.shape)
    for rows, volatility, days in _by_dynamics(x):
        extremes = _extremes(setting.dynamics(volatility), days, is_bridged=True)
        shares[rows] = touch_share(extremes, setting.entry_price, barriers[rows], setting.side)[0]
    return shares


def _chances(
    setting: MarginSetting, x: dict[str, Array], isolated: Array, below: Array, above: Array
) -> dict[str, Array]:
    """Return the chances that the prices at which margins end are touched; one that does not exist never is."""
    years = x["days"] / DAYS_PER_YEAR

    def closed_form(barrier: Array, side: float) -> Array:
        return _array(touch_probability(setting.entry_price, barrier, side, x["volatility"], years))

    chance = closed_form(isolated, setting.side)
    return {
        "chance": chance,
        "chance_seen": _seen(setting, x, isolated),
        "chance_tails": _with_tails(setting, x, isolated, chance),
        "chance_cross": np.minimum(closed_form(below, 1.0) + closed_form(above, -1.0), 1.0),
    }


def _safe(setting: MarginSetting, x: dict[str, Array]) -> dict[str, Array]:
    """Return the leverage that a limit on the chance of liquidation allows, in the closed form and with tails."""
    spec = setting.contract
    position = (spec.kind, setting.side, setting.quantity, setting.entry_price)
    years, limit = x["days"] / DAYS_PER_YEAR, x["limit"]
    fee = spec.closing_fee_rate
    found = leverage_for_probability(*position, setting.tiers, x["volatility"], years, limit, closing_fee_rate=fee)
    fits = 1.0 if setting.refusal == 0 else np.nan
    low = high = _array(found.leverage)
    if TAILS[setting.tails]:
        error = np.sqrt(limit * (1.0 - limit) / N_PATHS)
        low, high = (_leverage_for_share(setting, x, share) for share in (limit - error, limit + error))
    return {
        "safe_leverage": _array(found.leverage) * fits,
        "safe_collateral": _array(found.collateral) * setting.unit_price * fits,
        "safe_is_tier": np.asarray(found.is_limited_by_tier, dtype=np.float64),
        "safe_low": low * fits,
        "safe_high": high * fits,
    }


def _leverage_for_share(setting: MarginSetting, x: dict[str, Array], share: Array) -> Array:
    """Return the most leverage at which at most this share of the paths with tails is liquidated."""
    spec, side, quantity, entry = setting.contract, setting.side, setting.quantity, setting.entry_price
    barriers = np.empty(share.shape)
    for rows, volatility, days in _by_dynamics(x):
        extremes = _extremes(setting.dynamics(volatility), days, is_bridged=True)
        barriers[rows] = barrier_for_share(extremes, entry, side, np.maximum(share[rows], 0.0))
    terms = (spec.kind, side, quantity, entry, barriers, setting.tiers, spec.closing_fee_rate)
    needed, notional = _array(collateral_for_price(*terms)), float(notional_at(spec.kind, quantity, entry))
    with np.errstate(divide="ignore"):
        leverage: Array = np.minimum(np.where(needed > 0, notional / needed, np.inf), _most(setting, notional))
    return leverage


# ---- the rest --------------------------------------------------------------------------------------------------------
def _funding_days(setting: MarginSetting, rate: Array, collateral: Array, notional: float, asked: float) -> Array:
    """Return the days of funding that the buffer pays for, NaN where the position receives it."""
    buffer = np.where(np.isnan(collateral), np.nan, collateral - asked)
    return _array(funding_days(setting.side, notional, buffer, rate, setting.contract.funding_interval))


def _queue(setting: MarginSetting, collateral: Array, notional: float, moves: Array) -> dict[str, Array]:
    """Return the place in the queue of deleveraging at the best moment of the position's life, in its favour."""
    spec, side, quantity, entry = setting.contract, setting.side, setting.quantity, setting.entry_price
    best = entry * (1.0 + (np.max(moves, axis=1) if side > 0 else np.min(moves, axis=1)))
    # A position without a bankruptcy price (a coin-backed inverse short) is bankrupt at infinity, at a value of 0.
    bankrupt = _array(bankruptcy_price(spec.kind, side, quantity, entry, collateral))
    at_bankruptcy = np.nan_to_num(notional_at(spec.kind, quantity, bankrupt))
    profit = unrealised_pnl(spec.kind, side, quantity, entry, best)
    score = deleveraging_score(profit, notional, notional_at(spec.kind, quantity, best), at_bankruptcy)
    opened = np.where(np.isnan(collateral), np.nan, 1.0)
    names = ("queue_profit", "queue_leverage", "queue_score")
    return {name: _array(value) * opened for name, value in zip(names, score, strict=True)}


def _curves(setting: MarginSetting, x: dict[str, Array], free: Array) -> dict[str, Array]:
    """Return adverse moves to the liquidation and chances against leverage, shape (rows, len(GRID))."""
    spec, side, quantity, entry = setting.contract, setting.side, setting.quantity, setting.entry_price
    notional = float(notional_at(spec.kind, quantity, entry))
    fits = np.where((_most(setting, notional) * (1 + 1e-12) >= GRID) & (setting.refusal == 0), 1.0, np.nan)
    margin = notional / GRID
    price = _array(liquidation_price(spec.kind, side, quantity, entry, margin, setting.tiers, spec.closing_fee_rate))
    wallet = margin + free[:, None]
    cross = _liquidation_moves(setting, wallet)[0 if side > 0 else 1]
    years = (x["days"] / DAYS_PER_YEAR)[:, None]
    chance = _array(touch_probability(entry, price, side, x["volatility"][:, None], years))
    rows = (len(free), 1)
    barriers = np.tile(price, rows)
    return {
        "curve_isolated": np.tile(np.abs(price / entry - 1.0) * fits, rows),
        "curve_cross": np.abs(cross) * fits,
        "curve_unified": np.tile(np.abs(_unified_move(setting, margin)) * fits, rows),
        "curve_chance": chance * fits,
        "curve_seen": _seen(setting, x, barriers) * fits,
        "curve_tails": _with_tails(setting, x, barriers, chance) * fits,
    }
