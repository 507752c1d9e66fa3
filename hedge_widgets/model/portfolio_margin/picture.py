"""The portfolio-margin page's picture: the margin of one book under three regimes, and when each is liquidated.

A picture holds one row per slider position; the traces turn it into plain plotly dictionaries whose arrays have that
leading axis. Money is quote currency, moves are simple moves of the coin from today's price.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.margin.venues import BELOW_MINIMUM
from hedge_widgets.model.portfolio_margin import BINDING, UnitMargin
from hedge_widgets.model.portfolio_margin.regimes import (
    Array,
    PortfolioState,
    Values,
    collateral,
    first_zero,
    further_values,
    portfolio_state,
    positions,
    tier_refusal,
    tier_state,
)
from hedge_widgets.model.portfolio_margin.setting import PortfolioMarginSetting

MOVE_LOW, MOVE_HIGH = -0.6, 1.0
GRID = np.round(np.linspace(MOVE_LOW, MOVE_HIGH, 33), 9)
_LEAST = 1e-9  # quote currency
_FALLS = np.concatenate([GRID[GRID <= 0][::-1], [-0.7, -0.8, -0.9, -0.99]])
_RISES = np.concatenate([GRID[GRID >= 0], [1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0]])
REGIMES = ("isolated", "cross", "portfolio")
OPEN, LIQUIDATED, NOT_OPENED, NOT_ELIGIBLE, REFUSED, NOTHING = range(6)
# What sets the margin: the codes of ``BINDING``, or the basis charge where it is most of it, or nothing.
BASIS, UNBOUND = len(BINDING), len(BINDING) + 1
SLIDERS = ("spot", "perpetual", "future", "puts", "second_spot", "leverage", "volatility", "credit", "move")
_NOTHING = 1e-9  # of the book's size: what is smaller comes from rounding


@dataclass(frozen=True, kw_only=True)
class PortfolioMarginPicture:
    """Rows of the page: numbers of shape (rows,), curves and scenarios of shape (rows, points), NaN where missing.

    ``values`` are the sliders' in the model's units. ``leg_pnl`` has the shape (rows, legs, price shocks), the legs
    being spot in use, perpetual, future, puts, total, and the total at the worst change of volatility. By regime, in
    the order of ``REGIMES``, shape (rows, 3): initial and maintenance margin today (NaN where the tiers refuse the
    position), ``cash_needed`` beside the coins, the moves at which it is liquidated (``fall`` < 0, ``rise`` > 0, NaN:
    never) and its ``status`` at the chosen move; the ``buffers`` over ``GRID`` have the shape (rows, 3, points).
    ``refusal`` says why the tiers refuse; ``further`` is what each further coin is worth today, shape (rows, coins).
    """

    setting: PortfolioMarginSetting
    values: Values
    unit: UnitMargin
    leg_pnl: Array
    spot_in_use: Array
    notional: Array
    further: Array
    waived: Array
    binds: Array
    refusal: Array
    initial: Array
    maintenance: Array
    cash_needed: Array
    fall: Array
    rise: Array
    status: Array
    buffers: Array
    equity: Array
    is_eligible: Array
    equity_at_move: Array
    maintenance_at_move: Array


def portfolio_margin_picture(setting: PortfolioMarginSetting, values: dict[str, Any]) -> PortfolioMarginPicture:
    """Return the picture at slider values in the model's units, arrays of shape (rows,) or (1,)."""
    arrays = np.broadcast_arrays(*(np.asarray(values[name], dtype=np.float64) for name in SLIDERS))
    rows = dict(zip(SLIDERS, arrays, strict=True))
    column = {name: array[:, None] for name, array in rows.items()}
    today = np.zeros((1, 1))
    now = portfolio_state(setting, column, today)
    unit = UnitMargin(**{name: value[:, 0] for name, value in _rows_of(now, len(arrays[0])).items()})
    notional = sum(np.abs(leg.value) for leg in now.legs[1:])[:, 0]
    used = now.unit.net_delta - sum(leg.delta() * leg.price for leg in now.legs[1:])
    futures = (np.abs(rows["perpetual"]) + np.abs(rows["future"])) * setting.size
    refusal = np.broadcast_to(tier_refusal(setting, column)[..., 0], futures.shape)
    cross = tier_state(setting, column, today)
    pairs = _ends(setting, column)
    exists = np.where(refusal == BELOW_MINIMUM, np.nan, 1.0)
    required = exists * now.maintenance_margin[:, 0]
    fits = np.where(refusal > 0, np.nan, 1.0)
    initial = np.stack([fits * futures / rows["leverage"]] * 2 + [setting.rules.initial_factor * required], axis=1)
    maintenance = np.stack([fits * cross[1][:, 0]] * 2 + [required], axis=1)
    coins = collateral(setting, column, today)[:, 0]
    backing = np.stack([np.zeros_like(coins), coins, now.equity[:, 0] - setting.cash], axis=1)
    at_move = tier_state(setting, column, column["move"]), portfolio_state(setting, column, column["move"])
    equity = np.hstack([cross[0], now.equity])
    is_eligible = np.asarray(setting.rules.is_eligible(now.equity[:, 0]))
    status = _status(rows["move"], initial, np.column_stack([np.full(len(coins), setting.cash), equity]), pairs)
    status[:, 2] = np.where(is_eligible, status[:, 2], NOT_ELIGIBLE)
    status[:, :2] = np.where(refusal[:, None] > 0, REFUSED, status[:, :2])
    status[:, 2] = np.where(refusal == BELOW_MINIMUM, REFUSED, status[:, 2])
    status = np.where(notional[:, None] > 0, status, NOTHING)
    status[:, :2] = np.where(futures[:, None] > 0, status[:, :2], NOTHING)
    further = np.hstack(np.broadcast_arrays(*further_values(setting, column, today), column["spot"])[:-1])
    is_alive = (status == OPEN) | (status == LIQUIDATED)
    return PortfolioMarginPicture(
        setting=setting,
        values=rows,
        unit=unit,
        leg_pnl=_leg_pnl(now),
        spot_in_use=np.where(np.abs(used[:, 0]) > _NOTHING * setting.size, used[:, 0], 0.0),
        notional=notional,
        further=further,
        waived=now.waived[:, 0],
        binds=_binds(unit, _NOTHING * setting.size),
        refusal=refusal,
        initial=initial,
        maintenance=maintenance,
        cash_needed=np.maximum(initial - backing, 0.0),
        fall=np.where(is_alive, pairs["fall"], np.nan),
        rise=np.where(is_alive, pairs["rise"], np.nan),
        status=status,
        buffers=_until_liquidated(pairs, is_alive),
        equity=equity,
        is_eligible=is_eligible,
        equity_at_move=np.hstack([at_move[0][0], at_move[1].equity]),
        maintenance_at_move=np.hstack([at_move[0][1], at_move[1].maintenance_margin]),
    )


def _rows_of(state: PortfolioState, n_rows: int) -> dict[str, Any]:
    """Return the unit's numbers, each with a leading axis of all rows."""
    values = {name: np.asarray(getattr(state.unit, name)) for name in UnitMargin.__dataclass_fields__}
    shape = (n_rows, 1)
    return {
        name: np.broadcast_to(value, (*shape, *(value.shape[-2:] if name == "scenario_pnl" else ())))
        for name, value in values.items()
    }


def _leg_pnl(state: PortfolioState) -> Array:
    """Return the gains of the legs and of all together in every scenario, shape (rows, 6, price shocks)."""
    rules = state.rules
    shocks = np.reshape(rules.price_shocks, (-1, 1))
    shape = state.unit.scenario_pnl.shape[0], len(rules.price_shocks)
    derivatives = [np.broadcast_to(leg.spread().pnl(shocks)[:, 0, :, 0], shape) for leg in state.legs[1:]]
    derivatives += [np.zeros(shape)] * (3 - len(derivatives))
    pnl = state.unit.scenario_pnl[:, 0]
    total = pnl[..., rules.volatility_shocks.index(0.0)]
    return np.stack([total - sum(derivatives), *derivatives, total, pnl.min(axis=-1)], axis=1)


def _binds(unit: UnitMargin, nothing: float) -> Array:
    """Return what sets the margin, as a code per row."""
    largest = np.maximum(np.maximum(unit.shock_charge, unit.theta_charge), unit.extreme_charge)
    is_basis = (unit.binding != BINDING.index("minimum")) & (unit.basis_charge > largest)
    return np.select([unit.maintenance_margin <= nothing, is_basis], [UNBOUND, BASIS], default=unit.binding)


# ---- regimes through the moves ---------------------------------------------------------------------------------------
def _ends(setting: PortfolioMarginSetting, column: Values) -> dict[str, Array]:
    """Return the falls and rises that liquidate each regime, and its buffers over ``GRID``, shape (rows, 3, ...)."""

    def cross(moves: Array) -> Array:
        return _buffer(*tier_state(setting, column, moves))

    def portfolio(moves: Array) -> Array:
        state = portfolio_state(setting, column, moves)
        return _buffer(state.equity, state.maintenance_margin)

    ends = [_isolated_ends(setting, column), _account_ends(cross), _account_ends(portfolio)]
    return {name: np.stack([one[name] for one in ends], axis=1) for name in ends[0]}


def _isolated_ends(setting: PortfolioMarginSetting, column: Values) -> dict[str, Array]:
    """Return fall, rise and buffers of the futures, each with a margin of its own: those of the first to end."""
    parts = positions(setting, column, isolated=True)
    prices = setting.price * (1.0 + GRID)
    buffers = [
        np.where(part.quantity > 0, part.collateral + part.pnl(prices) - part.maintenance_margin(prices), np.inf)
        for part in parts
    ]
    ends = np.stack([_array(part.isolated_liquidation_price())[:, 0] / setting.price - 1.0 for part in parts])
    is_short = np.stack([np.asarray(part.side)[:, 0] < 0 for part in parts])
    return {
        "fall": np.fmax.reduce(np.where(is_short, np.nan, ends)),
        "rise": np.fmin.reduce(np.where(is_short, ends, np.nan)),
        "buffers": np.stack(buffers).min(axis=0),
    }


def _account_ends(buffer: Callable[[Array], Array]) -> dict[str, Array]:
    """Return fall, rise and buffers of an account whose buffer after moves is known."""
    # One pass over all moves, of which the two arms share today's price.
    known = buffer(np.concatenate([_FALLS[:0:-1], _RISES])[None])
    today, lowest = _FALLS.size - 1, int(np.sum(_FALLS < MOVE_LOW))
    return {
        "fall": first_zero(buffer, _FALLS, known[:, today::-1]),
        "rise": first_zero(buffer, _RISES, known[:, today:]),
        "buffers": known[:, lowest : lowest + GRID.size],
    }


def _buffer(equity: Array, required: Array) -> Array:
    """Return equity less margin; where none is required and nothing owed, nothing is liquidated."""
    left = np.asarray(equity - required)
    return np.where((required <= 0) & (equity >= 0), np.maximum(left, _LEAST), left)


def _status(move: Array, initial: Array, funds: Array, pairs: dict[str, Any]) -> Array:
    """Return what each regime makes of the book at the move: it is open, liquidated, or could not be opened."""
    move = move[:, None]
    is_liquidated = (move >= pairs["rise"]) | (move <= pairs["fall"])  # False for NaN
    return np.where(initial > funds * (1 + 1e-12), NOT_OPENED, np.where(is_liquidated, LIQUIDATED, OPEN))


def _until_liquidated(pairs: dict[str, Any], is_alive: Array) -> Array:
    """Return the buffers over ``GRID`` with nothing beyond a liquidation."""
    fall, rise = np.nan_to_num(pairs["fall"], nan=-2.0), np.nan_to_num(pairs["rise"], nan=np.inf)
    is_shown = is_alive[..., None] & (fall[..., None] < GRID) & (rise[..., None] > GRID)
    return np.where(is_shown, pairs["buffers"], np.nan)


def _array(value: Any) -> Array:
    return np.asarray(np.nan if value is None else value, dtype=np.float64)
