"""The margin page's picture: one position along a drawn path, and what leverage does to its chance of staying open.

A picture holds one row per slider position; the traces turn it into plain plotly dictionaries whose arrays have that
leading axis. Moves are simple, from the entry price.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.contracts import ABOVE_MAX_NOTIONAL
from hedge_widgets.model.costs import daily, slippage_rate
from hedge_widgets.model.gap import NO_GAPS, filled_at, mark_moves
from hedge_widgets.model.margin import (
    bankruptcy_price,
    deleveraging_score,
    equity_left,
    liquidation_price,
    margin_ratio,
    notional_at,
    opening_refusal,
    tiers_of,
    unrealised_pnl,
)
from hedge_widgets.model.margin.chances import chances, distinct, past, safe, seen, watched
from hedge_widgets.model.margin.setting import MarginSetting
from hedge_widgets.model.margin.wallet import (
    nearer_first,
    unified_ends,
    wallet_ends,
    wallet_left,
    wallet_state,
)
from hedge_widgets.model.paths import (
    HandledHedge,
    funding_days,
    handled_hedge,
    margin_path,
    top_ups,
)

Array = npt.NDArray[np.float64]

_POINTS = 20  # of each of the path's three stretches
CORNERS = (_POINTS, 2 * _POINTS, 3 * _POINTS)  # where they end among a path's points: spike, trough and end
_DEAREST = 150.0
GRID = np.geomspace(1.0, _DEAREST, 56)  # leverages of the two charts below
# What the page refuses to open: the codes of a refusal by size, and of the wallet's other position for want of margin,
# come after those of opening_refusal.
TOO_SMALL, TOO_LARGE, OTHER_BELOW_MARGIN = 4, 5, 6
SLIDERS = (
    "leverage",
    "spike",
    "trough",
    "end",
    "peak_at",
    "stop",
    "deleveraged_at",
    "volatility",
    "days",
    "horizon",
    "limit",
    "funding_rate",
    *NO_GAPS,
)


@dataclass(frozen=True, kw_only=True)
class MarginPicture:
    """Rows of the page: numbers of shape (rows,), curves of shape (rows, points), NaN where missing.

    Money is quote currency, also the margin of an inverse contract (its coins at the price of the moment). ``*_move``
    are simple moves from the entry price, ``unified_move`` the nearer and ``unified_other`` the further one of two;
    ``chance*`` are chances to be liquidated while the hedge is held (of a wallet that can end either way, at most
    that), ``past_share`` is the share of ``past_windows`` of as many days that went so far, ``past_apart`` of which do
    not overlap, ``safe_past`` the same at the leverage for the limit;
    ``spare`` is what the wallet has beside the position's initial margin, ``wallet_kept`` what is left of one that
    was liquidated on the path. ``leverage`` is that of the collateral posted. ``refusal`` is 0 for a position that can
    be opened; no outcome is a number where it is not. ``path_moves`` are the coin's, ``mark_moves`` those of the
    contract, which is away from it by the gaps; ``coin_move`` is the coin's at which the isolated margin ends with the
    gap of the first turn. ``fill_price`` and ``fill_loss`` are those of a liquidation that the (thinned) book fills.
    """

    setting: MarginSetting
    values: dict[str, Array]
    refusal: Array
    leverage: Array
    max_leverage: Array
    notional: float
    collateral: Array
    initial_margin: Array
    spare: Array
    maintenance_margin: Array
    margin_ratio: Array
    isolated_price: Array
    isolated_move: Array
    coin_move: Array
    fill_price: Array
    fill_loss: Array
    cross_fall: Array
    cross_rise: Array
    unified_move: Array
    unified_other: Array
    bankruptcy_move: Array
    left: Array
    path_days: Array
    path_moves: Array
    mark_moves: Array
    equity: Array
    maintenance: Array
    cross_equity: Array
    cross_maintenance: Array
    wallet_kept: Array
    outcome: HandledHedge
    chance: Array
    chance_seen: Array
    chance_cross: Array
    past_share: Array
    past_windows: Array
    past_apart: Array
    safe_leverage: Array
    safe_collateral: Array
    safe_is_tier: Array
    safe_past: Array
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
    curve_past: Array


def margin_picture(setting: MarginSetting, values: dict[str, Any]) -> MarginPicture:
    """Return the picture at slider values (``SLIDERS``), arrays of shape (rows,) or (1,), in the model's units.

    ``leverage`` is notional over collateral; ``spike``, ``trough`` and ``end`` are the moves the path goes through, the
    first of them at the share ``peak_at`` of the ``days``; ``horizon`` is the days for which the hedge is held,
    those of the chances; ``stop`` and ``deleveraged_at`` (moves against and in favour
    of the position, 0 for none) close the hedge; ``volatility`` is annual, ``limit`` a chance, ``funding_rate`` per
    day, positive = longs pay shorts. The gaps are how far the contract is above its coin at entry, at the first turn
    and at the end (evenly in between; 0 where not given), ``thinning`` how much thinner the book is at a liquidation.
    The chances leave them out.
    """
    values = {**NO_GAPS, **values}
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(values[name], dtype=np.float64)) for name in SLIDERS))
    x = dict(zip(SLIDERS, columns, strict=True))
    spec, side, quantity, entry = setting.contract, setting.side, setting.quantity, setting.entry_price
    unit = setting.unit_price
    notional = setting.notional
    initial = notional / x["leverage"]
    collateral = np.full(initial.shape, setting.own_collateral / unit) if setting.own_collateral else initial
    spare = setting.wallet(collateral) - initial
    refusal = _refusal(setting, x["leverage"], collateral, spare)
    opened = np.where(refusal == 0, 1.0, np.nan)
    posted, collateral = collateral, collateral * opened
    position = (spec.kind, side, quantity, entry)
    terms = (setting.tiers, spec.closing_fee_rate)
    isolated = _array(liquidation_price(*position, _posted(collateral), *terms)) * opened
    asked = float(tiers_of(spec.kind, quantity, setting.tiers).maintenance_margin(notional))
    asked += spec.closing_fee_rate * notional
    days, coin_moves = _path(x)
    moves = mark_moves(coin_moves, _gaps(x, days), x["entry_gap"][:, None])
    coin_price = entry / (1.0 + x["entry_gap"])
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
    wallet = setting.wallet(_posted(collateral))
    fall, rise = (move * opened for move in wallet_ends(setting, wallet))
    unified = nearer_first(*(move * opened for move in unified_ends(setting, wallet)))
    state = wallet_state(setting, wallet, moves)
    left_below, left_above = wallet_left(setting, wallet, fall), wallet_left(setting, wallet, rise)
    is_lost, is_by_fall = _lost(moves, fall, rise)
    kept, ended_at = np.where(is_by_fall, left_below, left_above), np.where(is_by_fall, fall, rise)
    in_quote = opened[:, None] * worth
    slippage = _slippage(setting, x)
    fill_price = filled_at(isolated, side, slippage)
    fill_loss = -_array(unrealised_pnl(spec.kind, side, quantity, entry, fill_price)) * unit
    filled = equity_left(*position, _posted(collateral), fill_price, setting.liquidation_fee)
    left = np.where(x["thinning"] > 1, filled, np.asarray(along.equity_left, dtype=np.float64)) * opened
    outcome = handled_hedge(
        *position,
        days,
        entry * (1.0 + moves),
        spot_pnl=setting.spot_pnl(coin_moves[:, -1]),
        collateral=collateral,
        free_collateral=wallet - _posted(collateral),
        isolated_price=isolated,
        isolated_left=left,
        cross_prices=(entry * (1.0 + fall), entry * (1.0 + rise)),
        cross_left=(left_below, left_above),
        stop_price=_level(entry, -side, x["stop"]) * opened,
        deleveraging_price=_level(entry, side, x["deleveraged_at"]) * opened,
        fee_rate=spec.taker_fee_rate,
        coin_prices=(coin_price, coin_price * (1.0 + coin_moves[:, -1])),
    )
    # A wallet that stays open has what its other position gained; a liquidated one has lost it with all the rest.
    in_wallet = np.where(np.isnan(outcome.cross_time), setting.other_pnl(moves[:, -1]), 0.0)
    outcome = replace(outcome, cross=outcome.cross + in_wallet)
    if setting.is_inverse and setting.spot_value == 0:  # the coin posted is the coin hedged
        outcome = replace(outcome, unhedged=posted * coin_price * coin_moves[:, -1])
    likely = chances(setting, x, isolated, entry * (1.0 + fall), entry * (1.0 + rise))
    return MarginPicture(
        setting=setting,
        values=x,
        refusal=refusal,
        leverage=np.where(refusal == 0, notional / _posted(collateral), x["leverage"]),
        max_leverage=np.full(refusal.shape, setting.max_leverage),
        notional=notional * unit,
        collateral=collateral * unit,
        initial_margin=initial * unit,
        spare=spare * unit,
        maintenance_margin=np.full(refusal.shape, asked * unit) * opened,
        margin_ratio=_array(margin_ratio(asked, collateral)),
        isolated_price=isolated,
        isolated_move=isolated / entry - 1.0,
        coin_move=isolated / (coin_price * (1.0 + x["spike_gap"])) - 1.0,
        fill_price=fill_price,
        fill_loss=fill_loss,
        cross_fall=fall,
        cross_rise=rise,
        unified_move=unified[0],
        unified_other=unified[1],
        bankruptcy_move=_array(bankruptcy_price(*position, collateral)) / entry - 1.0,
        left=left * _worth(setting, isolated),
        path_days=days,
        path_moves=coin_moves,
        mark_moves=moves,
        equity=along.equity * in_quote,
        maintenance=along.maintenance_margin * in_quote,
        cross_equity=np.where(is_lost, kept[:, None], state.equity) * in_quote,
        cross_maintenance=np.where(is_lost, 0.0, state.maintenance_margin) * in_quote,
        wallet_kept=np.where(is_lost[:, -1], kept * _worth(setting, entry * (1.0 + ended_at)), np.nan),
        outcome=outcome,
        **{name: chance * opened for name, chance in likely.items()},
        **safe(setting, x),
        top_ups=top_ups(*position, collateral, setting.tiers, spec.closing_fee_rate)[0],
        days_of_funding=_funding_days(setting, x["funding_rate"], collateral, notional, asked),
        coin_delta=(wallet if setting.is_inverse else 0.0) * unit * opened,
        **_queue(setting, collateral, notional, np.where(along.is_alive, moves, 0.0)),
        **_curves(setting, x),
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


def _refusal(setting: MarginSetting, leverage: Array, collateral: Array, spare: Array) -> Array:
    if setting.refusal:
        return np.full(leverage.shape, float(TOO_LARGE if setting.refusal == ABOVE_MAX_NOTIONAL else TOO_SMALL))
    position = (setting.contract.kind, setting.quantity, setting.entry_price)
    code = opening_refusal(*position, leverage, setting.tiers, collateral)
    is_short_of_margin = spare < setting.other_margin * (1.0 - 1e-12)  # a rounded quotient is no refusal
    return np.where((code == 0) & is_short_of_margin, OTHER_BELOW_MARGIN, code).astype(np.float64)


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


def _gaps(x: dict[str, Array], days: Array) -> Array:
    """Return the contract's gap along a path: evenly from entry to the first turn, and from there to the end."""
    peak, end = (x["peak_at"] * x["days"])[:, None], x["days"][:, None]
    entry, spike, at_end = (x[name][:, None] for name in ("entry_gap", "spike_gap", "exit_gap"))
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = (np.nan_to_num(share, posinf=1.0) for share in (days / peak, (days - peak) / (end - peak)))
    place = np.arange(days.shape[1])  # which stretch: with the first turn on day 0, days alone do not tell
    first, rest = np.where(peak > 0, before, place / _POINTS), np.where(end > peak, after, (place - _POINTS) / _POINTS)
    return np.where(place <= _POINTS, entry + (spike - entry) * first, spike + (at_end - spike) * np.minimum(rest, 1.0))


def _slippage(setting: MarginSetting, x: dict[str, Array]) -> Array:
    """Return the slippage of closing the position at the market, in the thinned book (model.md 3.6)."""
    spec = setting.contract
    participation = x["thinning"] * (setting.position_value / spec.daily_volume)
    return np.asarray(slippage_rate(spec.half_spread, daily(x["volatility"]), participation))


def _lost(moves: Array, fall: Array, rise: Array) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return (where along a path the wallet is liquidated by then, whether a fall did it); of two ends the first."""
    below = moves <= fall[:, None]  # False for NaN
    is_out = below | (moves >= rise[:, None])
    first = is_out.argmax(axis=1)
    return np.logical_or.accumulate(is_out, axis=1), np.take_along_axis(below, first[:, None], axis=1)[:, 0]


# ---- the rest --------------------------------------------------------------------------------------------------------
def _funding_days(setting: MarginSetting, rate: Array, collateral: Array, notional: float, asked: float) -> Array:
    """Return the days of funding that the buffer pays for, NaN where the position receives it."""
    buffer = np.where(np.isnan(collateral), np.nan, collateral - asked)
    hours = setting.contract.funding_interval
    if hours is None:
        return np.full(len(rate), np.nan)
    return _array(funding_days(setting.side, notional, buffer, rate * hours / 24.0, hours))


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


def _curves(setting: MarginSetting, x: dict[str, Array]) -> dict[str, Array]:
    """Return adverse moves to the liquidation and chances against leverage, shape (rows, len(GRID))."""
    spec, side, quantity, entry = setting.contract, setting.side, setting.quantity, setting.entry_price
    fits = np.where((setting.max_leverage * (1 + 1e-12) >= GRID) & (setting.refusal == 0), 1.0, np.nan)
    margin = setting.notional / GRID
    price = _array(liquidation_price(spec.kind, side, quantity, entry, margin, setting.tiers, spec.closing_fee_rate))
    rows = (len(x["days"]), 1)
    differing, places = distinct(x, "volatility", "horizon")
    barriers = np.tile(price, (len(differing["horizon"]), 1))
    wallet = setting.wallet(margin)
    adverse = 0 if side > 0 else 1
    carries_other = np.where(wallet - margin >= setting.other_margin * (1.0 - 1e-12), fits, np.nan)
    cross, unified = (np.abs(ends(setting, wallet)[adverse]) * carries_other for ends in (wallet_ends, unified_ends))
    return {
        "curve_isolated": np.tile(np.abs(price / entry - 1.0) * fits, rows),
        "curve_cross": np.tile(cross, rows),
        "curve_unified": np.tile(unified, rows),
        "curve_chance": watched(setting, differing, barriers, side)[places] * fits,
        "curve_seen": seen(setting, differing, barriers)[places] * fits,
        "curve_past": past(setting, differing, barriers)[0][places] * fits,
    }
