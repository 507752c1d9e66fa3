"""The carry page's words: what the short costs or earns, driven by signs alone, and the tiles."""

from typing import Any

import numpy as np

from hedge_widgets.charts.carry import CarryPicture
from hedge_widgets.live import Block, Line
from hedge_widgets.model.carry.history import QUANTILES

_CASH = ("you pay", "you receive", "nobody pays")
_NET = ("it costs you", "it brings you", "it comes to")
_YOU = ("you lose", "you gain", "you are even at")
_ONE = ("days", "day")

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "coin": "words:coin",
    "interval": "words:interval",
    "history": "words:history",
    "days": "integer",
    "day_word": _ONE,
    "notional": "usd",
    "funding": "usd",
    "annual": "percent",
    "rate": "rate",
    "costs": "usd",
    "net_words": _NET,
    "net": "usd",
    "even": "rate",
    "starts": "integer",
    "low_you": _CASH,
    "low": "usd",
    "high_you": _CASH,
    "high": "usd",
    "paid_share": "percent",
    "basis": "percent",
    "basis_year": "percent",
    "locked": "usd",
    "dies": "percent_signed",
    "eaten": "days",
    "life": "integer",
}
_AFTER = " After {costs} of fees, slippage and interest on the margin {net_words} {net}."
STORY = (
    Block(
        lines=(
            Line(
                kind="lead",
                pick="payer",
                templates=(
                    "{notional} short in {coin} for {days} {day_word} at {rate} {interval}: you pay {funding} of "
                    "funding ({annual} a year)." + _AFTER,
                    "{notional} short in {coin} for {days} {day_word} at {rate} {interval}: you receive {funding} of "
                    "funding ({annual} a year)." + _AFTER,
                    "{notional} short in {coin} for {days} {day_word}: at a rate of 0 nobody pays funding." + _AFTER,
                ),
            ),
            Line(
                kind="note",
                pick="needs_fall",
                templates=(
                    "It needs no fall to have paid: it is ahead until {coin} stands {even} higher.",
                    "It has paid for itself once {coin} stands {even} lower.",
                    "No fall pays for it: it costs more than the whole position.",
                    "It is ahead at every price up to its liquidation at {dies}.",
                ),
            ),
            Line(
                kind="note",
                pick="is_eaten",
                templates=(
                    "",
                    "Funding alone uses up its margin after {eaten} days: without more cash it is liquidated then.",
                ),
            ),
            Line(
                kind="note",
                pick="no_history",
                templates=(
                    "Rates do not stay. Opened on one of {starts} days of the history in use ({history}), nine times "
                    "in ten the same days lay between “{low_you} {low}” and “{high_you} {high}”; by then shorts had "
                    "paid in {paid_share} of the cases.",
                    "Rates do not stay, and the history in use ({history}) is too short to say what {days} days bring.",
                ),
            ),
            Line(
                kind="note",
                pick="basis_case",
                templates=(
                    "The dated future stands at spot: nothing to gain or to pay until it expires in {life} days.",
                    "The dated future stands {basis} above spot (contango, {basis_year} a year): a short sells that "
                    "premium; coins and short together gain {locked} until it expires in {life} days, "
                    "wherever the price goes.",
                    "The dated future stands {basis} below spot (backwardation, {basis_year} a year): a short sells "
                    "below spot; coins and short together pay {locked} until it expires in {life} days, "
                    "wherever the price goes.",
                ),
            ),
        ),
    ),
)


def _cash(amount: Any) -> Any:
    return np.select([np.abs(amount) < 0.005, amount > 0], [2, 1], default=0)


def story(picture: CarryPicture) -> dict[str, Any]:
    """Return the columns of the sentences."""
    x, setting = picture.values, picture.setting
    perpetual = picture.carries["perpetual"]
    low, high = picture.band[:, 0], picture.band[:, len(QUANTILES) - 1]
    rate, even = x["funding_rate"], picture.break_even_move
    return {
        "coin": 0,
        "interval": 0,
        "history": 0,
        "payer": np.select([rate == 0, rate > 0], [2, 1], default=0),
        "needs_fall": np.select([even <= -1.0, even < 0, even >= setting.liquidation_move], [2, 1, 3], default=0),
        "is_eaten": picture.eaten_days < x["days"],
        "eaten": picture.eaten_days,
        "dies": setting.liquidation_move,
        "no_history": np.isnan(low),
        "basis_case": np.select([np.abs(x["basis"]) < 1e-9, x["basis"] > 0], [0, 1], default=2),
        "days": x["days"],
        "day_word": x["days"] == 1,
        "notional": setting.notional,
        "funding": np.abs(perpetual.carry),
        "annual": np.abs(picture.annual_rate),
        "rate": rate,
        "costs": perpetual.fees + perpetual.margin_cost,
        "net_words": _cash(perpetual.net),
        "net": np.abs(perpetual.net),
        "even": np.abs(picture.break_even_move),
        "starts": setting.course.n_starts,
        "low_you": _cash(low),
        "low": np.abs(low),
        "high_you": _cash(high),
        "high": np.abs(high),
        "paid_share": picture.share_paid,
        "basis": np.abs(x["basis"]),
        "basis_year": np.abs(np.asarray(picture.basis.annual_simple)),
        "locked": np.abs(picture.locked),
        "life": setting.days_to_expiry,
    }


TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
    "middle_you": _CASH,
    "middle": "usd",
    "fill": "rate",
    "pay_back": "days",
    "longest": "days",
    "fall": "percent",
    "basis_compound": "percent",
    "both_you": _YOU,
    "both": "usd",
    "coins": "usd_signed",
    "given": "usd_signed",
    "slippage": "rate",
    "price": "price",
    "unfilled": "usd",
    "order": "usd",
    "chance": "percent",
    "saved": "rate",
    "waiting": "rate",
}
TILES = (
    Block(
        label="Funding at your rate",
        tip="Notional times rate for every whole interval held, at the prices of today. Positive rates are paid by "
        "longs to shorts; leverage does not matter.",
        lines=(
            Line(kind="value", pick="payer", templates=("you pay {funding}", "you receive {funding}", "nothing")),
            Line(kind="sub", templates=("{rate} {interval} · {annual} a year",)),
        ),
    ),
    Block(
        label="The same days in history",
        tip="The middle of all the days of the history on which it could have been opened. The band of the chart holds "
        "nine in ten.",
        lines=(
            Line(kind="value", pick="no_history", templates=("{middle_you} {middle}", "—")),
            Line(kind="sub", pick="no_history", templates=("shorts had paid in {paid_share}", "too short a history")),
        ),
    ),
    Block(
        label="Costs",
        tip="Market orders: taker fee, half spread and square-root impact (Donier and Bonart 2015). Limit orders that "
        "fill: maker fee. With it, what the margin could have earned.",
        lines=(
            Line(kind="value", templates=("{costs}",)),
            Line(kind="sub", templates=("{fill} a fill, and the margin's interest",)),
        ),
    ),
    Block(
        label="Break-even",
        tip="The move at which the short alone has paid for itself: carry less fees and slippage over the notional. "
        "Above 0 it needs no fall.",
        lines=(
            Line(kind="value", pick="needs_fall", templates=("+{even}", "−{even}", "no fall", "always")),
            Line(
                kind="sub",
                pick="needs_fall",
                templates=(
                    "it is paid to wait",
                    "so far the market has to fall",
                    "it costs more than the position",
                    "up to its liquidation at {dies}",
                ),
            ),
        ),
    ),
    Block(
        label="How long",
        tip="A positive rate: the days until funding has paid fees and slippage. A negative one: the days one may wait "
        "for the fall of the slider before what is paid has used it up.",
        lines=(
            Line(kind="value", pick="wait_case", templates=("{pay_back} days", "{longest} days", "never", "never")),
            Line(
                kind="sub",
                pick="wait_case",
                templates=(
                    "until funding has paid the costs",
                    "may pass before a fall of {fall}",
                    "funding only adds to the costs",
                    "no funding pays the costs",
                ),
            ),
        ),
    ),
    Block(
        label="Dated future to expiry",
        tip="Notional times basis: the future ends at spot, so coins and short together gain a contango and pay a "
        "backwardation, whatever the price does. A year: simple, and compound.",
        lines=(
            Line(kind="value", pick="basis_case", templates=("nothing", "gains {locked}", "pays {locked}")),
            Line(kind="sub", templates=("{basis_year} a year, {basis_compound} compound",)),
        ),
    ),
    Block(
        label="Coins and short",
        tip="With carry and costs of the perpetual. The short takes its share of a rise; above its liquidation it is "
        "gone with its margin.",
        lines=(
            Line(kind="value", pick="is_dead", templates=("{both_you} {both}", "liquidated")),
            Line(
                kind="sub",
                pick="is_dead",
                templates=("coins alone {coins}; the short {given}", "the short is gone at {dies}, with its margin"),
            ),
        ),
    ),
    Block(
        label="Market order",
        tone="is_short_book",
        tip="Level after level, best first; slippage is the distance of the average price from the mid price.",
        lines=(
            Line(kind="value", pick="book_case", templates=("{slippage}", "{slippage}", "—")),
            Line(
                kind="sub",
                pick="book_case",
                templates=(
                    "{order} at {price} on average",
                    "{unfilled} of {order} is not filled",
                    "the book is empty",
                ),
            ),
        ),
    ),
    Block(
        label="Limit order that waits",
        tip="The price is a fair game: what a fill saves is lost again where there is none. What waiting saves on "
        "average against a market order now is fee and spread; the price moves by one standard deviation.",
        lines=(
            Line(kind="value", templates=("{chance} filled",)),
            Line(kind="sub", templates=("saves {saved}; price ±{waiting}",)),
        ),
    ),
)


def tiles(picture: CarryPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    x, setting = picture.values, picture.setting
    middle = picture.band[:, QUANTILES.index(0.5)]
    compound = np.abs(np.asarray(picture.basis.annual_compound, dtype=np.float64))
    waiting = picture.waiting
    rate, fall = x["funding_rate"], np.maximum(-x["move"], 0.0)
    # A rate of 0 with costs, and a negative one without a fall to wait for, never pay.
    wait_case = np.select([rate > 0, rate == 0, fall > 0], [0, 3, 1], default=2)
    return {
        **story(picture),
        "middle_you": _cash(middle),
        "middle": np.abs(middle),
        "fill": picture.fill_cost_rate,
        "wait_case": wait_case,
        "pay_back": picture.pay_back_days,
        "longest": picture.longest_days,
        "fall": fall,
        "basis_compound": np.where(compound <= 10.0, compound, np.nan),  # above it means nothing
        "both_you": np.select([np.abs(picture.net_pnl) < 0.005, picture.net_pnl > 0], [2, 1], default=0),
        "both": np.abs(picture.net_pnl),
        "coins": picture.spot_pnl,
        "given": picture.short_pnl,
        "is_dead": x["move"] >= setting.liquidation_move,
        **book_columns(picture),
        "chance": np.asarray(waiting.fill_probability),
        "saved": waiting.aggressive_cost - np.asarray(waiting.passive_cost),
        "waiting": np.asarray(waiting.waiting_deviation),
    }


def book_columns(picture: CarryPicture) -> dict[str, Any]:
    """Return what the order book gives to the order: 0 all of it, 1 a part, 2 nothing."""
    setting = picture.setting
    is_short = picture.unfilled_value > 0
    case = np.full(is_short.shape, 2) if setting.book_problem else is_short.astype(int)
    return {
        "book_case": case,
        "is_short_book": case > 0,
        "slippage": picture.order_slippage,
        "price": picture.order_price,
        "unfilled": picture.unfilled_value,
        "order": picture.values["order_value"],
    }
