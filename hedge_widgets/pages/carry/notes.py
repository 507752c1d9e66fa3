"""The sentences beside two charts: what the funding rule makes of a premium, what the book gives to an order."""

from typing import Any

import numpy as np

from hedge_widgets.live import Block, Line
from hedge_widgets.model.carry import FundingRule
from hedge_widgets.model.carry.funding import RATE_HOURS
from hedge_widgets.model.carry.picture import CarryPicture
from hedge_widgets.pages.carry.columns import book_columns
from hedge_widgets.style import formatted


def rule_terms(rule: FundingRule, hours: float) -> str:
    """Return interest, clamp and cap in words: for 8 hours as the venue states them, bounds by what they bound."""
    named = (("interest ", rule.interest), ("clamp ±", rule.clamp or None), ("cap ±", rule.cap))
    interest, clamp, cap = ("" if value is None else word + formatted(value, "rate") for word, value in named)
    is_capped = rule.style == "clamp" or rule.is_clamp_of_a_payment
    parts = [interest, *([] if rule.is_clamp_of_a_payment else [clamp]), *([] if is_capped else [cap])]
    stated = ", ".join(filter(None, parts))
    scaled = stated if hours == RATE_HOURS else f"{stated} for 8 hours, scaled to one payment"
    of_a_payment = [*([clamp] if rule.is_clamp_of_a_payment else []), *([cap] if is_capped else [])]
    bounds = " and ".join(filter(None, of_a_payment))
    said = f"{scaled}; {bounds} per payment" if bounds else scaled
    return f"{said}; {rule.note}" if "not confirmed" in rule.note else said


RULE_SLOTS: dict[str, str | tuple[str, ...]] = {
    "rule": "words:rule",
    "interval": "words:interval",
    "premium": "rate",
    "rate": "rate",
    "pays": ("a short pays it", "a short receives it", "nobody pays"),
    "zone_low": "rate",
    "zone_high": "rate",
}
_AT = "At a premium index of {premium} the rule gives {rate} {interval}: {pays}. "
RULE = (
    Block(
        lines=(
            Line(
                kind="note",
                pick="zone",
                templates=(
                    _AT + "From {zone_low} to {zone_high} it does not change: a perpetual a little below spot still "
                    "pays the short the interest.",
                    _AT + "From {zone_low} to {zone_high} nobody pays anything.",
                    _AT + "Between {zone_low} and {zone_high} it would not change; beyond that it follows the premium.",
                    _AT + "This venue has no zone in which the rate stays the same.",
                ),
            ),
            Line(kind="note", templates=("{rule}",)),
        ),
    ),
)


def rule(picture: CarryPicture) -> dict[str, Any]:
    """Return the columns of the rule's sentence."""
    low, high = picture.setting.flat_zone
    premium, rate = picture.values["premium"], picture.rule_rate
    is_in = (premium >= low - 1e-12) & (premium <= high + 1e-12)
    zone = np.select([np.full(rate.shape, low != low), is_in & (rate == 0), is_in], [3, 1, 0], default=2)
    return {
        "rule": 0,
        "interval": 0,
        "zone": zone,
        "premium": premium,
        "rate": rate,
        "pays": np.select([rate == 0, rate > 0], [2, 1], default=0),
        "zone_low": low,
        "zone_high": high,
    }


BOOK_SLOTS: dict[str, str | tuple[str, ...]] = {
    "problem": "words:book",
    "way": ("sells", "buys"),
    "order": "usd",
    "coins": "contracts",
    "coin": "words:coin",
    "price": "price",
    "slippage": "rate",
    "unfilled": "usd",
    "depth": "usd",
}
BOOK = (
    Block(
        lines=(
            Line(
                kind="note",
                pick="book_case",
                templates=(
                    "A market order that {way} {coins} {coin} ({order}) is filled at {price} on average, {slippage} "
                    "from the mid price.",
                    "The book holds {depth} on that side: {unfilled} of the {order} is not filled, so that "
                    "part of the coins stays unhedged. The rest is filled at {price}, {slippage} from the mid price.",
                    "{problem}",
                    "A market order that {way} {coins} {coin} ({order}) is filled at {price} on average. {problem}",
                    "The book holds {depth} on that side: {unfilled} of the {order} is not filled. The rest is filled "
                    "at {price}. {problem}",
                ),
            ),
        ),
    ),
)


def book(picture: CarryPicture) -> dict[str, Any]:
    """Return the columns of the book's sentence."""
    setting = picture.setting
    return {
        **{name: column for name, column in book_columns(picture).items() if name != "is_short_book"},
        "problem": 0,
        "coin": 0,
        "way": int(setting.book_side == "buy"),
        "coins": picture.order_quantity,
        "depth": setting.depth_value,
    }


MARKS = {
    "funding_rate": ("0", "by the premium"),
    "premium": ("0",),
    "move": ("even", "liquidated"),
    "order_value": ("your short", "end of book"),
    "basis": ("0",),
}
REMARKS = {"hours": ("See the figure “Limit order that waits”.",)}


def marks(picture: CarryPicture) -> dict[str, Any]:
    """Return the sliders' ticks, in the sliders' units."""
    setting = picture.setting
    return {
        "funding_rate/0": 0.0,
        "funding_rate/1": 100.0 * picture.rule_rate * RATE_HOURS / setting.contract.funding_hours,
        "premium/0": 0.0,
        "move/0": 100.0 * picture.break_even_move,
        "move/1": 100.0 * np.where(picture.liquidation_move > -1.0, picture.liquidation_move, np.nan),
        "order_value/0": setting.notional / 1e3,
        "order_value/1": setting.depth_value / 1e3,
        "basis/0": 0.0,
        "hours/remark": 0,
    }
