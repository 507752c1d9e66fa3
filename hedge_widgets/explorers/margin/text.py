"""The margin page's words: whether the hedge lives on the path, how likely its end is, and the tiles."""

from typing import Any

import numpy as np

from hedge_widgets.charts.margin import TOO_LARGE, TOO_SMALL, MarginPicture
from hedge_widgets.live import Block, Line
from hedge_widgets.model.margin.venues import ABOVE_LEVERAGE, BELOW_INITIAL_MARGIN

_YOU = ("you lose", "you gain", "you are even at")

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "coin": "words:coin",
    "contract": "words:contract",
    "position": "words:position",
    "leverage": "times",
    "max_leverage": "times",
    "smallest": "usd",
    "value": "usd",
    "posted": "usd",
    "needed": "usd",
    "liquidation": "price",
    "distance": "percent_signed",
    "worst": "percent_signed",
    "day": "days",
    "lost": "usd",
    "you": _YOU,
    "net": "usd",
    "you_unhedged": _YOU,
    "unhedged": "usd",
    "you_lived": _YOU,
    "lived": "usd",
    "days": "integer",
    "day_word": ("day", "days"),
    "you_stopped": _YOU,
    "stopped": "usd",
    "stop_day": "days",
    "you_deleveraged": _YOU,
    "deleveraged": "usd",
    "deleveraging_day": "days",
    "you_cross": _YOU,
    "cross_net": "usd",
    "cross_day": "days",
    "volatility": "percent",
    "chance": "rate",
    "tails": "rate",
    "seen": "rate",
    "limit": "percent",
    "safe": "times",
    "safe_low": "times",
    "safe_high": "times",
    "safe_collateral": "usd",
}
_CHANCE = (
    "Chance of liquidation within {days} {day_word} at {volatility} volatility: {chance} (closed form, watched all the "
    "time), {tails} with the tails chosen, {seen} if one looked once a day only. "
)
# What else happens on the path: bit 1 the stop, bit 2 the venue, bit 3 the wallet.
_EVENTS = (
    "With the stop-loss it is closed on day {stop_day}, and {you_stopped} {stopped}. ",
    "If the venue closes the winner, on day {deleveraging_day}, {you_deleveraged} {deleveraged}. ",
    "In cross the whole wallet is gone on day {cross_day}, and {you_cross} {cross_net}.",
)
_ENDS = tuple("".join(words for bit, words in enumerate(_EVENTS) if k >> bit & 1).strip() for k in range(8))
STORY = (
    Block(
        tone="is_danger",
        lines=(
            Line(
                kind="lead",
                pick="case",
                templates=(
                    "The {position} at {leverage} is liquidated at {liquidation} ({distance}). On this path {coin} "
                    "goes no further than {worst} against it: it lives, and with the coins {you} {net}.",
                    "Left alone, the {position} at {leverage} is liquidated on day {day} at {liquidation} "
                    "({distance}), and {lost} of margin is gone. The coins go on without it: in the end {you} {net}. "
                    "Had it lived: {you_lived} {lived}; without it: {you_unhedged} {unhedged}.",
                    "The {position} at {leverage} has no liquidation price. On this path, with the coins, {you} {net}; "
                    "without it {you_unhedged} {unhedged}.",
                    "{contract} allows at most {max_leverage} at {value}; {leverage} is refused. Lower the leverage.",
                    "{contract} asks for an initial margin of {needed} at {leverage}; {posted} is less. Post more, or "
                    "choose a higher leverage.",
                    "{value} is below the smallest order of {contract}, about {smallest}. There is no such position.",
                    "{contract} takes no position of {value}; its last margin tier is exceeded.",
                    "Left alone, the {position} at {leverage} is liquidated on day {day} at {liquidation} "
                    "({distance}), and {lost} of margin is gone: in the end {you} {net}. Had it lived: {you_lived} "
                    "{lived}.",
                ),
            ),
            Line(pick="ends", templates=_ENDS),
            Line(
                kind="note",
                pick="verdict",
                templates=(
                    "",
                    _CHANCE + "For at most {limit}: {safe} with {safe_collateral} of margin; {safe_low} to {safe_high} "
                    "with the tails.",
                    _CHANCE + "At most {limit} is met by any leverage that the tier allows ({safe}).",
                    "No price liquidates it, so there is no chance of it: what is left is the venue itself.",
                    _CHANCE + "At most {limit} takes {safe_collateral} of margin, more than the position is worth.",
                ),
            ),
        ),
    ),
)

TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
    "collateral": "usd",
    "maintenance": "usd",
    "ratio": "percent",
    "cross": "percent_signed",
    "cross_other": "percent_signed",
    "chance_cross": "rate",
    "unified": "percent_signed",
    "bankruptcy": "percent_signed",
    "left": "usd",
    "coin_margin_value": "usd",
    "top_up_1": "usd",
    "top_up_2": "usd",
    "top_up_3": "usd",
    "fund_days": "days",
    "net_delta": "usd_signed",
    "undone": "percent",
    "score": "ratio",
    "profit": "percent_signed",
    "effective": "times",
}
TILES = (
    Block(
        label="Margin",
        tip="Collateral posted; maintenance margin and closing fee at the entry; Binance's margin ratio, maintenance "
        "over equity: liquidation at 100 %.",
        lines=(
            Line(kind="value", templates=("{collateral}",)),
            Line(kind="sub", templates=("maintenance {maintenance} · ratio {ratio}",)),
        ),
    ),
    Block(
        label="Liquidation, isolated",
        tone="dies",
        tip="The first price at which equity is no more than the maintenance margin of the tier valid there. A little "
        "further lies the bankruptcy price, at which nothing is left.",
        lines=(
            Line(kind="value", pick="no_isolated", templates=("{distance}", "never")),
            Line(
                kind="sub",
                pick="no_isolated",
                templates=(
                    "at {liquidation} · bankrupt at {bankruptcy} · leaves {left}",
                    "the coin's gain pays for all",
                ),
            ),
        ),
    ),
    Block(
        label="Liquidation, cross",
        tone="dies_cross",
        tip="With the free collateral and the other position of the wallet, whose coin moves by its beta (1 for the "
        "same coin). When it comes, all of the wallet goes; with another position it can come from either side.",
        lines=(
            Line(kind="value", pick="cross_case", templates=("{cross}", "{cross}", "never", "at once", "—")),
            Line(
                kind="sub",
                pick="cross_case",
                templates=(
                    "chance {chance_cross} in {days} {day_word}",
                    "and at {cross_other} · chance at most {chance_cross} in {days} {day_word}",
                    "no such price",
                    "the wallet cannot carry both positions",
                    "no position",
                ),
            ),
        ),
    ),
    Block(
        label="Unified account",
        tip="The coins you hold back their own short, at the share the venue counts. What kills a short feeds its "
        "collateral.",
        lines=(
            Line(kind="value", pick="no_unified", templates=("{unified}", "never", "—")),
            Line(
                kind="sub",
                pick="no_unified",
                templates=(
                    "your coins as collateral too",
                    "your coins pay for everything",
                    "for a linear short of coins you hold",
                ),
            ),
        ),
    ),
    Block(
        label="Leverage for your limit",
        tip="The leverage whose liquidation price is touched with the chance you accept, and no more: an output, not "
        "a rule of thumb. No drift; tails as chosen, 8,000 simulated paths, one standard error each way.",
        lines=(
            Line(kind="value", templates=("{safe}",)),
            Line(kind="sub", templates=("{safe_collateral} of margin · {safe_low} to {safe_high} with tails",)),
        ),
    ),
    Block(
        label="Cash to add at 10, 20, 50 % against it",
        tip="In all by then, to bring the equity up to the maintenance margin. It has to be there before the price is: "
        "no venue calls, the engine liquidates.",
        lines=(
            Line(kind="value", templates=("{top_up_3}",)),
            Line(kind="sub", templates=("at 50 % · {top_up_1} at 10 %, {top_up_2} at 20 %",)),
        ),
    ),
    Block(
        label="Funding the margin can pay",
        tip="Days until funding alone has eaten the buffer above the maintenance margin, the price standing still.",
        lines=(
            Line(kind="value", pick="receives", templates=("{fund_days} days", "you receive", "—", "none due")),
            Line(
                kind="sub",
                pick="receives",
                templates=(
                    "then the buffer is gone",
                    "funding adds to the margin",
                    "no position",
                    "the funding rate is 0",
                ),
            ),
        ),
    ),
    Block(
        label="Net exposure at the start",
        tone="undoes",
        tip="Coins held plus the position plus coin posted as margin. Margin coin that was bought for it is long.",
        lines=(
            Line(kind="value", templates=("{net_delta}",)),
            Line(
                kind="sub",
                pick="coin_margin",
                templates=(
                    "coins and position together",
                    "coin margin undoes {undone} of the position",
                    "with {coin_margin_value} of coin as margin",
                ),
            ),
        ),
    ),
    Block(
        label="Queue of deleveraging",
        tip="Profit times effective leverage at the path's best moment for the position (BitMEX, Bybit): the highest "
        "is closed first when the insurance fund is empty. dYdX draws lots.",
        lines=(
            Line(kind="value", templates=("score {score}",)),
            Line(kind="sub", templates=("profit {profit} × leverage {effective}",)),
        ),
    ),
)

MARKS = {
    "leverage": ("your limit", "most allowed"),
    "spike": ("dies",),
    "free": ("0",),
    "funding_rate": ("0",),
    "limit": ("1",),
}


def marks(picture: MarginPicture) -> dict[str, Any]:
    """Return the sliders' ticks, in the sliders' units."""
    return {
        "leverage/0": picture.safe_leverage,
        "leverage/1": picture.max_leverage,
        "spike/0": 100.0 * picture.isolated_move,
        "free/0": 0.0,
        "funding_rate/0": 0.0,
        "limit/0": 1.0,
    }


_SENTENCE = {ABOVE_LEVERAGE: 3, BELOW_INITIAL_MARGIN: 4, TOO_SMALL: 5, TOO_LARGE: 6}


def _case(picture: MarginPicture) -> Any:
    refused = [picture.refusal == code for code in _SENTENCE]
    never = np.isnan(picture.isolated_price)
    dies = ~np.isnan(picture.outcome.isolated_time)
    alone = 7 if picture.setting.spot_value == 0 else 1
    return np.select([*refused, never, dies], [*_SENTENCE.values(), 2, alone], default=0)


def _you(net: Any) -> Any:
    return np.select([np.abs(net) < 0.005, net > 0], [2, 1], default=0)


def story(picture: MarginPicture) -> dict[str, Any]:
    """Return the columns of the sentences."""
    case, x, outcome = _case(picture), picture.values, picture.outcome
    side = picture.setting.side
    # A refused position leaves nothing: the sentence names what was asked, not an outcome.
    net = outcome.isolated
    is_refused = picture.refusal != 0
    is_any = (picture.safe_is_tier > 0) & (picture.safe_low >= picture.max_leverage)
    times = (outcome.stop_time, outcome.deleveraging_time, outcome.cross_time)
    worst = -side * np.max(-side * picture.path_moves, axis=1)
    return {
        "case": case,
        "verdict": np.select([is_refused, case == 2, is_any, picture.safe_leverage < 1.0], [0, 3, 2, 4], default=1),
        "ends": np.where(is_refused, 0, sum((~np.isnan(time)) << bit for bit, time in enumerate(times))),
        "is_danger": np.isin(case, (1, 7)).astype(int),
        "coin": 0,
        "contract": 0,
        "position": 0,
        "leverage": picture.leverage,
        "max_leverage": picture.max_leverage,
        "smallest": picture.setting.smallest,
        "value": picture.setting.position_value,
        "posted": picture.setting.own_collateral,
        "needed": picture.initial_margin,
        "liquidation": picture.isolated_price,
        "distance": picture.isolated_move,
        "worst": worst,
        "day": outcome.isolated_time,
        "lost": picture.collateral - picture.left,
        "you": _you(net),
        "net": np.abs(net),
        "you_unhedged": _you(outcome.unhedged),
        "unhedged": np.abs(outcome.unhedged),
        "you_lived": _you(outcome.lived),
        "lived": np.abs(outcome.lived),
        "you_stopped": _you(outcome.stopped),
        "stopped": np.abs(outcome.stopped),
        "stop_day": outcome.stop_time,
        "you_deleveraged": _you(outcome.deleveraged),
        "deleveraged": np.abs(outcome.deleveraged),
        "deleveraging_day": outcome.deleveraging_time,
        "you_cross": _you(outcome.cross),
        "cross_net": np.abs(outcome.cross),
        "cross_day": outcome.cross_time,
        "days": x["days"],
        "day_word": x["days"] > 1,
        "volatility": x["volatility"],
        "chance": picture.chance,
        "tails": picture.chance_tails,
        "seen": picture.chance_seen,
        "limit": x["limit"],
        "safe": picture.safe_leverage,
        "safe_low": picture.safe_low,
        "safe_high": picture.safe_high,
        "safe_collateral": picture.safe_collateral,
    }


def tiles(picture: MarginPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    setting, outcome = picture.setting, picture.outcome
    refused = picture.refusal != 0
    has_unified = not setting.is_inverse and setting.side < 0 and setting.spot_value > 0
    exposure = setting.spot_value + setting.side * picture.notional + picture.coin_delta
    undone = picture.coin_delta / picture.notional
    no_funding = picture.values["funding_rate"] == 0
    receives = np.select([refused, no_funding, np.isnan(picture.days_of_funding)], [2, 3, 1], default=0)
    fall, rise = picture.cross_fall, picture.cross_rise
    is_fall_nearer = np.isnan(rise) | (np.abs(fall) < np.abs(rise))
    nearer, other = np.where(is_fall_nearer, fall, rise), np.where(is_fall_nearer, rise, fall)
    cross_case = np.select(
        [refused, np.isnan(nearer), np.abs(nearer) < 1e-12, ~np.isnan(other)], [4, 2, 3, 1], default=0
    )
    undoes = setting.is_inverse and setting.side < 0 and setting.spot_value > 0
    return {
        **story(picture),
        "collateral": picture.collateral,
        "maintenance": picture.maintenance_margin,
        "ratio": picture.margin_ratio,
        "no_isolated": np.isnan(picture.isolated_price) & ~refused,
        "dies": ~np.isnan(outcome.isolated_time),
        "cross": nearer,
        "cross_other": other,
        "cross_case": cross_case,
        "dies_cross": ~np.isnan(outcome.cross_time),
        "chance_cross": picture.chance_cross,
        "unified": picture.unified_move,
        "no_unified": np.select(
            [~np.full(refused.shape, has_unified) | refused, np.isnan(picture.unified_move)], [2, 1], 0
        ),
        "bankruptcy": picture.bankruptcy_move,
        "left": picture.left,
        "coin_margin_value": picture.coin_delta,
        "top_up_1": picture.top_ups[:, 0],
        "top_up_2": picture.top_ups[:, 1],
        "top_up_3": picture.top_ups[:, 2],
        "fund_days": picture.days_of_funding,
        "receives": receives,
        "net_delta": exposure,
        "coin_margin": np.where(picture.coin_delta > 0, 1 if undoes else 2, 0),
        "undoes": (picture.coin_delta > 0) & undoes,
        "undone": undone,
        "score": picture.queue_score,
        "profit": picture.queue_profit,
        "effective": picture.queue_leverage,
    }
