"""The carry page's picture: what a short costs or earns over the days, in rows of the sliders' positions.

A picture holds one row per slider position; the traces turn it into plain plotly dictionaries whose arrays have that
leading axis.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.carry import (
    INSTRUMENTS,
    Basis,
    Carry,
    CarryInputs,
    annual_funding_rate,
    carry_comparison,
    funding_periods,
    futures_basis,
    linear_liquidation_move,
    longest_holding_days,
    pay_back_days,
    short_price_pnl,
)
from hedge_widgets.model.carry.funding import HOURS_PER_YEAR
from hedge_widgets.model.carry.setting import ORDER_VALUES, TAKER, CarrySetting
from hedge_widgets.model.costs import LimitOrder, daily, limit_order, slippage_rate

Array = npt.NDArray[np.float64]

N_POINTS = 61  # of every curve over the days
MOVES = np.array([-0.6, 0.6])  # the market moves shown; the curves between them are straight
PREMIUMS = np.linspace(-0.003, 0.003, 121)
SLIDERS = (
    "days",
    "funding_rate",
    "premium",
    "basis",
    "move",
    "order_value",
    "hours",
    "money_rate",
    "volatility",
)


@dataclass(frozen=True, kw_only=True)
class CarryPicture:
    """Rows of the page: numbers of shape (rows,), curves of shape (rows, points), NaN where missing.

    Money is quote currency, gain positive. ``carries`` are the three shorts at the days chosen, ``curves`` their net
    over ``day_grid``; ``funded`` is funding at a constant rate, ``bands`` (rows, quantiles, points) and ``band``
    (rows, quantiles) what the history says. ``break_even_move`` is the market move at which the short has paid for
    itself: it pays below, above 0 it needs no fall; NaN where funding has eaten its margin. ``liquidation_move`` is the
    move that liquidates it after what it paid, -1 where funding alone did. ``accrued_rate`` is a payment's funding less
    the interest forgone on the margin, which ``pay_back_days`` and ``longest_days`` go by. ``given_away`` is what the
    short takes from the coins' gain.
    """

    setting: CarrySetting
    values: dict[str, Array]
    day_grid: Array
    funded: Array
    bands: Array
    band: Array
    share_paid: Array
    annual_rate: Array
    carries: dict[str, Carry]
    curves: dict[str, Array]
    fill_cost_rate: Array
    break_even_move: Array
    accrued_rate: Array
    pay_back_days: Array
    longest_days: Array
    liquidation_move: Array
    basis: Basis
    locked: Array
    spot_pnl: Array
    short_pnl: Array
    net_pnl: Array
    given_away: Array
    rule_rate: Array
    order_quantity: Array
    order_slippage: Array
    order_price: Array
    unfilled_value: Array
    law: Array
    waiting: LimitOrder


def carry_picture(setting: CarrySetting, values: dict[str, Any]) -> CarryPicture:
    """Return the picture at slider values (``SLIDERS``), arrays of shape (rows,) or (1,), in the model's units.

    ``funding_rate`` is per interval of the contract, positive = a short receives it; ``premium`` the perpetual's
    average premium index, ``basis`` the dated future's as a fraction of spot, ``move`` the market's simple move;
    ``order_value`` is quote currency, ``hours`` how long a limit order may wait, ``money_rate`` and ``volatility`` are
    annual.
    """
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(values[name], dtype=np.float64)) for name in SLIDERS))
    x = dict(zip(SLIDERS, columns, strict=True))
    day_grid = _payment_days(x["days"][:, None] * np.linspace(0.0, 1.0, N_POINTS), setting.contract.funding_hours)
    fill = fill_cost_rate(setting, x["volatility"])
    carries = carry_comparison(inputs_of(setting, x, fill))
    wide = {name: column[:, None] for name, column in x.items()}
    along = carry_comparison(inputs_of(setting, wide, fill[:, None], day_grid))
    perpetual = carries["perpetual"]
    basis = futures_basis(setting.spot_price, setting.spot_price * (1.0 + x["basis"]), setting.days_to_expiry)
    interval = setting.contract.funding_hours
    forgone = x["money_rate"] / setting.leverage * interval / HOURS_PER_YEAR  # interest on the margin, a payment
    terms = (2.0 * fill, x["funding_rate"] - forgone, interval)
    spot_pnl = np.asarray(setting.spot_pnl(x["move"]))
    paid = np.maximum(-perpetual.carry, 0.0)
    given = -price_pnl(setting, x["move"], paid)
    short_pnl = perpetual.net - given
    bands = _at_days(setting.course.bands, day_grid) * setting.notional
    return CarryPicture(
        setting=setting,
        values=x,
        day_grid=day_grid,
        funded=np.asarray(along["perpetual"].carry),
        bands=bands,
        band=bands[:, :, -1],
        share_paid=_at_days(setting.course.share_paid[None], day_grid)[:, 0, -1],
        annual_rate=np.asarray(annual_funding_rate(x["funding_rate"], interval)[0]),
        carries=carries,
        curves={name: np.asarray(along[name].net) for name in INSTRUMENTS},
        fill_cost_rate=fill,
        break_even_move=np.where(perpetual.is_eaten, np.nan, perpetual.net / setting.notional),
        accrued_rate=terms[1],
        pay_back_days=np.asarray(pay_back_days(*terms)),
        longest_days=np.fmin(longest_holding_days(*terms, np.maximum(-x["move"], 0.0)), perpetual.eaten_days),
        liquidation_move=liquidation_move(setting, paid),
        basis=basis,
        locked=setting.notional * np.asarray(basis.basis_ratio),
        spot_pnl=spot_pnl,
        short_pnl=short_pnl,
        net_pnl=spot_pnl + short_pnl,
        given_away=given,
        rule_rate=np.asarray(setting.rule.rate(x["premium"], interval)),
        **_order(setting, x["order_value"]),
        law=_law(setting, x["volatility"][:, None], ORDER_VALUES[None]),
        waiting=limit_order(
            setting.limit_distance,
            x["hours"],
            x["volatility"],
            setting.half_spread,
            setting.maker_fee_rate,
            setting.taker_fee_rate,
        ),
    )


def _payment_days(days: Array, interval: float) -> Array:
    """Return days moved back to the funding payment before them, so that a line through them has no stairs."""
    return np.asarray(funding_periods(days, interval)) * interval / 24.0


def inputs_of(setting: CarrySetting, x: dict[str, Any], fill: Any, days: Any = None) -> CarryInputs:
    """Return the three shorts' terms at slider values; ``fill`` is the cost of one fill, ``days`` may replace theirs.

    Dated and inverse short pay the fees and the funding of the contract chosen.
    """
    interval = setting.contract.funding_hours
    return CarryInputs(
        notional=setting.notional,
        days=x["days"] if days is None else days,
        funding_rate=x["funding_rate"],
        inverse_funding_rate=x["funding_rate"],
        funding_interval=interval,
        inverse_funding_interval=interval,
        spot_price=setting.spot_price,
        futures_price=setting.spot_price * (1.0 + x["basis"]),
        days_to_expiry=float(setting.days_to_expiry),
        days_to_roll=float(setting.days_to_roll),
        fill_cost_rate=fill,
        dated_fill_cost_rate=fill,
        inverse_fill_cost_rate=fill,
        leverage=setting.leverage,
        maintenance_margin=setting.maintenance_margin,
        money_rate=x["money_rate"],
    )


def liquidation_move(setting: CarrySetting, paid: Any) -> Array:
    """Return the move that liquidates the short, in isolated margin, after it has paid so much out of that."""
    spec = setting.contract
    terms = (setting.notional, setting.spot_price, setting.margin - paid, spec.tiers, spec.closing_fee_rate)
    return np.asarray(linear_liquidation_move(*terms), dtype=np.float64)


def price_pnl(setting: CarrySetting, move: Array, paid: Any = 0.0) -> Array:
    """Return what the short gains by the market's move, carry and costs aside; liquidated, it loses what is left.

    ``paid`` is the funding that came out of its margin, quote currency.
    """
    dies = liquidation_move(setting, paid)
    return np.asarray(short_price_pnl(setting.notional, setting.margin - paid, dies, move))


def fill_cost_rate(setting: CarrySetting, volatility: Any) -> Any:
    """Return fee and slippage of one fill of the whole position, as a fraction of it."""
    if setting.orders != TAKER:
        return setting.maker_fee_rate + np.zeros_like(volatility)
    return setting.taker_fee_rate + _law(setting, volatility, setting.notional)


def _law(setting: CarrySetting, volatility: Any, value: Any) -> Array:
    """Return half-spread and square-root impact of an order, as a fraction of it."""
    return np.asarray(slippage_rate(setting.half_spread, daily(volatility), value / setting.daily_volume))


def _at_days(curves: Array, days: Array) -> Array:
    """Return curves known on whole days, shape (curves, days + 1), at any day in between: (rows, curves, points)."""
    last = curves.shape[1] - 1
    below = np.minimum(np.floor(days + 1e-9).astype(np.intp), max(last - 1, 0))
    part = np.minimum(days - below, 1.0)
    found = curves[:, below] * (1.0 - part) + curves[:, below + 1] * part
    return np.moveaxis(np.where(days <= last + 1e-9, found, np.nan), 0, 1)


def _order(setting: CarrySetting, value: Array) -> dict[str, Array]:
    """Return what the book gives to an order of this value."""
    quantity = value / setting.book_price
    nothing = np.full(value.shape, np.nan)
    if not setting.taken:
        return {
            "order_quantity": quantity,
            "order_slippage": nothing,
            "order_price": nothing,
            "unfilled_value": nothing,
        }
    fill = setting.walked(quantity)
    return {
        "order_quantity": quantity,
        "order_slippage": fill.slippage_rate,
        "order_price": fill.average_price,
        "unfilled_value": np.where(fill.unfilled > 1e-12 * setting.depth, fill.unfilled, 0.0) * setting.book_price,
    }
