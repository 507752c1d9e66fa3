"""The columns that fill the carry page's sentences and tiles, driven by signs alone."""

from typing import Any

import numpy as np

from hedge_widgets.model.carry.funding import RATE_HOURS
from hedge_widgets.model.carry.history import QUANTILES
from hedge_widgets.model.carry.picture import CarryPicture


def _cash(amount: Any) -> Any:
    return np.select([np.abs(amount) < 0.005, amount > 0], [2, 1], default=0)


def _is_one(days: Any) -> Any:
    """Return whether days are written as 1."""
    return np.abs(days - 1.0) < 0.05


def story(picture: CarryPicture) -> dict[str, Any]:
    """Return the columns of the sentences."""
    x, setting = picture.values, picture.setting
    perpetual = picture.carries["perpetual"]
    low, high = picture.band[:, 0], picture.band[:, len(QUANTILES) - 1]
    rate, even, dies = x["funding_rate"], picture.break_even_move, picture.liquidation_move
    is_eaten, life = perpetual.is_eaten, setting.days_to_expiry
    return {
        "coin": 0,
        "interval": 0,
        "history": 0,
        "payer": np.select([is_eaten, rate == 0, rate > 0], [3, 2, 1], default=0),
        "needs_fall": np.select([is_eaten, even <= -1.0, even < 0, even >= dies], [4, 2, 1, 3], default=0),
        "eaten": perpetual.eaten_days,
        "eaten_word": _is_one(perpetual.eaten_days),
        "dies": dies,
        "no_history": np.isnan(low),
        "basis_case": np.select([np.abs(x["basis"]) < 1e-9, x["basis"] > 0], [0, 1], default=2),
        "days": x["days"],
        "day_word": x["days"] == 1,
        "notional": setting.notional,
        "funding": np.abs(perpetual.carry),
        "annual": np.abs(picture.annual_rate),
        "rate": rate * RATE_HOURS / setting.contract.funding_hours,
        "costs": perpetual.fees + perpetual.margin_cost,
        "net_words": _cash(perpetual.net),
        "net": np.abs(perpetual.net),
        "even": np.abs(even),
        "starts": setting.course.n_starts,
        "low": low,
        "high": high,
        "paid_share": picture.share_paid,
        "basis": np.abs(x["basis"]),
        "basis_year": np.abs(np.asarray(picture.basis.annual_simple)),
        "locked": np.abs(picture.locked),
        "life": life,
        "life_word": int(life == 1),
    }


def tiles(picture: CarryPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    x, setting = picture.values, picture.setting
    middle = picture.band[:, QUANTILES.index(0.5)]
    compound = np.abs(np.asarray(picture.basis.annual_compound, dtype=np.float64))
    waiting = picture.waiting
    fall, longest = np.maximum(-x["move"], 0.0), picture.longest_days
    perpetual, dies = picture.carries["perpetual"], picture.liquidation_move
    # Costs that no payment pays, and those without a fall to wait for, are never paid; a rebate may last for a while.
    gains, has_costs = picture.accrued_rate > 0, picture.fill_cost_rate > 0
    wait_case = np.select(
        [~has_costs & (picture.accrued_rate >= 0), gains, picture.accrued_rate == 0, fall > 0, has_costs],
        [4, 0, 3, 1, 2],
        default=5,
    )
    return {
        **story(picture),
        "middle_you": _cash(middle),
        "middle": np.abs(middle),
        "fill": picture.fill_cost_rate,
        "wait_case": wait_case,
        "payment": np.abs(x["funding_rate"]) * setting.notional,
        "pay_back": picture.pay_back_days,
        "pay_back_word": _is_one(picture.pay_back_days),
        "longest": longest,
        "longest_word": _is_one(longest),
        "fall": fall,
        "basis_compound": np.where(compound <= 10.0, compound, np.nan),  # above it means nothing
        "both_you": np.select([np.abs(picture.net_pnl) < 0.005, picture.net_pnl > 0], [2, 1], default=0),
        "both": np.abs(picture.net_pnl),
        "coins": picture.spot_pnl,
        "given": picture.short_pnl,
        "death": np.select([perpetual.is_eaten, x["move"] >= dies], [2, 1], default=0),
        **book_columns(picture),
        "chance": np.asarray(waiting.fill_probability),
        "saved": waiting.aggressive_cost - np.asarray(waiting.passive_cost),
        "waiting": np.asarray(waiting.waiting_deviation),
    }


def book_columns(picture: CarryPicture) -> dict[str, Any]:
    """Return what the order book gives to the order: 0 all of it, 1 a part, 2 nothing; 3 and 4: without a mid price."""
    setting = picture.setting
    is_short = picture.unfilled_value > 0
    case = is_short + (3 if setting.book_problem else 0) if setting.taken else np.full(is_short.shape, 2)
    return {
        "book_case": case,
        "is_short_book": (case > 0) & (case != 3),
        "slippage": picture.order_slippage,
        "price": picture.order_price,
        "unfilled": picture.unfilled_value,
        "order": picture.values["order_value"],
    }
