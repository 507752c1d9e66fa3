"""The margin page's sentences: whether the hedge stays open on the path, what else happens, how likely its end is."""

from typing import Any

import numpy as np

from hedge_widgets.live import Block, Line
from hedge_widgets.model.margin.picture import OTHER_BELOW_MARGIN, TOO_LARGE, TOO_SMALL, MarginPicture
from hedge_widgets.model.margin.venues import ABOVE_LEVERAGE, BELOW_INITIAL_MARGIN

_YOU = ("you lose", "you gain", "you break even at")

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "coin": "words:coin",
    "contract": "words:contract",
    "position": "words:position",
    "other": "words:other",
    "leverage": "times",
    "max_leverage": "times",
    "smallest": "usd",
    "value": "usd",
    "posted": "usd",
    "needed": "usd",
    "cash": "usd",
    "other_needed": "usd",
    "spare": "usd",
    "liquidation": "price",
    "distance": "percent_signed",
    "worst": "percent_signed",
    "day": "days",
    "lost": "usd",
    "you": _YOU,
    "net": "usd",
    "unhedged": "usd_signed",
    "lived": "usd_signed",
    "horizon": "integer",
    "day_word": ("day", "days"),
    "you_stopped": _YOU,
    "stopped": "usd",
    "stop_day": "days",
    "you_deleveraged": _YOU,
    "deleveraged": "usd",
    "deleveraging_day": "days",
    "you_cross": _YOU,
    "cross_net": "usd",
    "cross_kept": "usd",
    "cross_day": "days",
    "volatility": "percent",
    "chance": "chance",
    "seen": "chance",
    "windows": "integer",
    "past": "chance",
    "apart": "integer",
    "past_source": "words:past_source",
    "went": ("rose", "fell"),
    "limit": "percent",
    "safe": "times",
    "safe_past": "chance",
    "safe_collateral": "usd",
    "spike_gap": "percent",
    "spike_side": ("below", "above"),
    "coin_move": "percent_signed",
    "fill": "price",
    "fill_loss": "usd",
    "beyond": "usd",
    "thinning": "times",
}
_CHANCE = (
    "The chance of liquidation within {horizon} {day_word} at about {volatility} volatility is about {chance} at any "
    "moment; at one of the daily closes, about {seen}. "
)
_PAST = (
    "At a daily close, {coin} {went} that far in {past} of {windows} past {horizon}-day windows ({past_source}). The "
    "windows overlap: at most {apart} of them are independent."
)
_PASTS = ("", _PAST, _PAST + " At {safe} it did so in {safe_past} of them.")
# What else is so: bit 1 too little cash, bit 2 the stop, bit 3 the venue, bit 4 the wallet.
_EVENTS = (
    "It requires {needed} of margin, and you have {cash} on the exchange. ",
    "With the stop-loss it is closed on day {stop_day}, and in the end {you_stopped} {stopped}. ",
    "If the venue closes your winning hedge on day {deleveraging_day}, {you_deleveraged} {deleveraged} in the end. ",
    "With cross margin the whole wallet is liquidated on day {cross_day}; {cross_kept} of it is left, and in the end "
    "{you_cross} {cross_net}.",
)
_ENDS = tuple("".join(words for bit, words in enumerate(_EVENTS) if k >> bit & 1).strip() for k in range(16))
_OPEN = (
    "The {position} at {leverage} is liquidated at {liquidation} ({distance}). On this path {coin} moves at most "
    "{worst} against it, so it stays open: "
)
_LIQUIDATED = (
    "Unless you add margin, the {position} at {leverage} is liquidated on day {day} at {liquidation} ({distance}): "
    "you lose {lost} of margin, "
)
STORY = (
    Block(
        tone="is_danger",
        lines=(
            Line(
                kind="lead",
                pick="case",
                templates=(
                    f"{_OPEN}with the coins {{you}} {{net}} before funding and fees.",
                    f"{_LIQUIDATED}the coins are unprotected from then on, and in the end {{you}} {{net}} before "
                    "funding and fees. Had it stayed open, the result would be {lived}; without it, {unhedged}.",
                    "The {position} at {leverage} has no liquidation price. On this path, with the coins, {you} {net} "
                    "before funding and fees; without it, the result would be {unhedged}.",
                    "{contract} allows at most {max_leverage} for a position of {value}, and refuses {leverage}. "
                    "Lower the leverage.",
                    "{contract} requires an initial margin of {needed} at {leverage}, and {posted} is not enough. Post "
                    "more, or choose a higher leverage.",
                    "{value} is below the smallest order of {contract}, about {smallest}. No such position can be "
                    "opened.",
                    "{contract} allows no position of {value}, as it is above the last margin tier.",
                    f"{_LIQUIDATED}and in the end {{you}} {{net}} before funding and fees. Had it stayed open, the "
                    "result would be {lived}.",
                    f"{_OPEN}{{you}} {{net}} before funding and fees.",
                    "The {position} at {leverage} is fully paid and has no liquidation price. On this path {you} "
                    "{net} before funding and fees.",
                    "{other} requires an initial margin of {other_needed} of its own; after that of the "
                    "{position}, the wallet has {spare} left. Add cash, or make the other position smaller.",
                ),
            ),
            Line(pick="ends", templates=_ENDS),
            Line(
                kind="note",
                pick="inside",
                templates=(
                    "",
                    "The liquidation price is the contract’s. With the contract {spike_gap} {spike_side} its coin, a "
                    "move of {coin} by {coin_move} is enough.",
                ),
            ),
            Line(
                kind="note",
                pick="thinned",
                templates=(
                    "",
                    "The liquidation is triggered at {liquidation} and, in a book {thinning} thinner, filled at about "
                    "{fill}: the position itself loses {fill_loss} by then.",
                    "The liquidation is triggered at {liquidation} and, in a book {thinning} thinner, filled at about "
                    "{fill}: a loss of {fill_loss}. That is {beyond} more than your margin, which is for the venue’s "
                    "insurance fund to pay.",
                ),
            ),
            Line(
                kind="note",
                pick="verdict",
                templates=(
                    "",
                    _CHANCE
                    + "To keep the chance to about {limit} at most, use {safe} with {safe_collateral} of margin.",
                    _CHANCE
                    + "Any leverage that the tier allows (up to {safe}) keeps the chance to about {limit} at most.",
                    "No price liquidates it. The risk that remains is that of the venue itself.",
                    _CHANCE
                    + "To keep the chance to about {limit} at most, you need {safe_collateral} of margin, which is "
                    "more than the position is worth.",
                ),
            ),
            Line(kind="note", pick="pasts", templates=_PASTS),
        ),
    ),
)

# Places of the templates above, by what the venue refuses and by what happens: to coins and hedge, to a position alone.
_REFUSED = {ABOVE_LEVERAGE: 3, BELOW_INITIAL_MARGIN: 4, TOO_SMALL: 5, TOO_LARGE: 6, OTHER_BELOW_MARGIN: 10}
_STAYS_OPEN, _IS_LIQUIDATED, _NEVER = (0, 8), (1, 7), (2, 9)


def _case(picture: MarginPicture) -> Any:
    setting = picture.setting
    refused = [picture.refusal == code for code in _REFUSED]
    never = np.isnan(picture.isolated_price)
    is_liquidated = ~np.isnan(picture.outcome.isolated_time)
    is_bare = int(setting.spot_value == 0)
    # The coin behind an inverse contract is a coin held too, unless the contract is gone with it.
    is_alone = int(is_bare and not setting.is_inverse)
    cases = [*_REFUSED.values(), _NEVER[is_alone], _IS_LIQUIDATED[is_bare]]
    return np.select([*refused, never, is_liquidated], cases, default=_STAYS_OPEN[is_alone])


def _you(net: Any) -> Any:
    return np.select([np.abs(net) < 0.005, net > 0], [2, 1], default=0)


def story(picture: MarginPicture) -> dict[str, Any]:
    """Return the columns of the sentences."""
    case, x, outcome = _case(picture), picture.values, picture.outcome
    side = picture.setting.side
    # A refused position leaves nothing: the sentence names what was asked, not an outcome.
    net = outcome.isolated
    is_refused = picture.refusal != 0
    verdict = np.select(
        [is_refused, np.isin(case, _NEVER), picture.safe_is_tier > 0, picture.safe_leverage < 1.0],
        [0, 3, 2, 4],
        default=1,
    )
    times = (outcome.stop_time, outcome.deleveraging_time, outcome.cross_time)
    # Dollars are no margin of an inverse contract; a cash of 0 is one that nobody said.
    is_counted = not picture.setting.is_inverse and picture.setting.cash > 0
    is_short = is_counted & (picture.collateral > picture.setting.cash * (1.0 + 1e-12))
    so = (is_short, *(~np.isnan(time) for time in times))
    worst = -side * np.max(-side * picture.path_moves, axis=1)
    return {
        "case": case,
        "verdict": verdict,
        "pasts": np.select([np.isnan(picture.past_share) | is_refused, verdict == 1], [0, 2], default=1),
        "ends": np.where(is_refused, 0, sum(is_so << bit for bit, is_so in enumerate(so))),
        "is_danger": np.isin(case, _IS_LIQUIDATED).astype(int),
        "coin": 0,
        "contract": 0,
        "position": 0,
        "other": 0,
        "leverage": picture.leverage,
        "max_leverage": picture.max_leverage,
        "smallest": picture.setting.smallest,
        "value": picture.setting.position_value,
        "posted": picture.setting.own_collateral,
        "needed": np.fmax(picture.initial_margin, picture.collateral),
        "cash": picture.setting.cash,
        "other_needed": picture.setting.other_margin,
        "spare": np.where(picture.refusal == OTHER_BELOW_MARGIN, picture.spare, np.nan),
        "liquidation": picture.isolated_price,
        "distance": picture.isolated_move,
        "worst": worst,
        "day": outcome.isolated_time,
        "lost": picture.collateral - picture.left,
        "you": _you(net),
        "net": np.abs(net),
        "unhedged": outcome.unhedged,
        "lived": outcome.lived,
        "you_stopped": _you(outcome.stopped),
        "stopped": np.abs(outcome.stopped),
        "stop_day": outcome.stop_time,
        "you_deleveraged": _you(outcome.deleveraged),
        "deleveraged": np.abs(outcome.deleveraged),
        "deleveraging_day": outcome.deleveraging_time,
        "you_cross": _you(outcome.cross),
        "cross_net": np.abs(outcome.cross),
        "cross_kept": picture.wallet_kept,
        "cross_day": outcome.cross_time,
        "horizon": x["horizon"],
        "day_word": x["horizon"] > 1,
        "volatility": x["volatility"],
        "chance": picture.chance,
        "seen": picture.chance_seen,
        "windows": picture.past_windows,
        "past": picture.past_share,
        "apart": picture.past_apart,
        "past_source": 0,
        "went": int(side > 0),
        "limit": x["limit"],
        "safe": picture.safe_leverage,
        "safe_past": picture.safe_past,
        "safe_collateral": picture.safe_collateral,
        **_away(picture),
    }


def _away(picture: MarginPicture) -> dict[str, Any]:
    """Return the columns on a contract away from its coin and on the thinned book."""
    x, ends = picture.values, ~np.isnan(picture.isolated_price)
    lost = picture.fill_loss - picture.collateral
    is_away = (x["spike_gap"] != 0) | (x["entry_gap"] != 0)
    return {
        "inside": (ends & is_away).astype(int),
        "thinned": np.where(ends & (x["thinning"] > 1), np.where(lost > 0, 2, 1), 0),
        "spike_gap": np.abs(x["spike_gap"]),
        "spike_side": (x["spike_gap"] >= 0).astype(int),
        "coin_move": picture.coin_move,
        "fill": picture.fill_price,
        "fill_loss": picture.fill_loss,
        "beyond": lost,
        "thinning": x["thinning"],
    }
