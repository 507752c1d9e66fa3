"""The planner's sentences and tiles: the order, what the cash carries, what it costs, and until when it holds."""

from typing import Any

import numpy as np

from hedge_widgets.live import Block, Line
from hedge_widgets.model.contracts import ABOVE_MAX_LEVERAGE
from hedge_widgets.model.paths.planning import TOP_UP_MOVES
from hedge_widgets.model.planner.picture import PlannerPicture

_YOU = ("you lose", "you gain")

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "contract": "words:contract",
    "asset": "words:asset",
    "verb": ("Short", "Go long"),
    "amount": "contracts",
    "notional": "usd",
    "leverage": "times",
    "margin": "usd",
    "liquidation": "price",
    "distance": "percent_signed",
    "chance": "chance",
    "limit": "chance",
    "days": "integer",
    "day_word": ("day", "days"),
    "cash": "usd",
    "part": "percent",
    "target": "usd",
    "needed": "usd",
    "reserve": "usd",
    "smallest": "usd",
    "smallest_share": "percent",
    "move": "percent_signed",
    "you": _YOU,
    "net": "usd",
    "you_unhedged": _YOU,
    "unhedged": "usd",
    "brings": ("brings", "takes"),
    "funding": "usd",
    "costs": "usd",
    "even_day": "integer",
    "sell_day": "integer",
    "limit_day": "integer",
    "share": "percent",
}
_OPEN = "{verb} {amount} {asset} ({notional}) in {contract} at {leverage}, with {margin} of margin. "
_CHANCE = "the chance of that within {days} {day_word} is about {chance}."
# What else is so: bit 1 funding pays for it, bit 2 selling becomes cheaper, bit 3 the chance passes the limit.
_LATER = (
    "By day {even_day} funding has paid for the costs. ",
    "From day {sell_day} on, it would have been cheaper to sell {share} of your coins and buy them back. ",
    "If you keep it open beyond day {limit_day}, the chance of liquidation is above the {limit} that you accept: plan "
    "it again before then.",
)
_END = "If your coins end at {move} after {days} {day_word}, "
_PARTS = "without the hedge {you_unhedged} {unhedged}. Funding {brings} {funding}, and fees and slippage take {costs}."
_LATERS = tuple("".join(words for bit, words in enumerate(_LATER) if k >> bit & 1).strip() for k in range(8))
STORY = (
    Block(
        tone="is_danger",
        lines=(
            Line(
                kind="lead",
                pick="case",
                templates=(
                    _OPEN + "It is liquidated at {liquidation} ({distance}); " + _CHANCE,
                    _OPEN + "No price liquidates it.",
                    "Your {cash} of cash is not enough for the smallest order of {contract}, {smallest}, at {leverage}."
                    " Add cash, or accept a higher chance of liquidation.",
                    "The smallest order of {contract} is {smallest}, {smallest_share} of the {target} that you want "
                    "to hedge. Choose a smaller contract.",
                    "{contract} allows no position of {target}. Choose another contract, or hedge less.",
                    "You hedge nothing, so there is no order.",
                    _OPEN + "Even so, the chance that it is liquidated within {days} {day_word} is about {chance}, "
                    "more than the {limit} that you accept.",
                ),
            ),
            Line(
                pick="carries",
                templates=(
                    "",
                    "Your {cash} of cash carries {part} of the {target} that you want to hedge. All of it would "
                    "require {needed}.",
                    "{reserve} of your {cash} of cash is left for top-ups.",
                    "Type the cash that you have on the exchange to see whether it is enough.",
                ),
            ),
            Line(
                pick="result",
                templates=(
                    "",
                    _END + "{you} {net}; " + _PARTS,
                    _END + "the hedge is liquidated on the way, and its margin is lost: {you} {net} in all; " + _PARTS,
                ),
            ),
            Line(kind="note", pick="later", templates=_LATERS),
        ),
    ),
)

TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
    "coverage": "percent",
    "wanted": "percent",
    "funding_signed": "usd_signed",
    "you_receive": ("you receive it", "you pay it", "there is none"),
    "net_signed": "usd_signed",
    "unhedged_signed": "usd_signed",
    "top_2": "usd",
    "top_3": "usd",
    "at_2": "percent_signed",
    "at_3": "percent_signed",
}
TILES = (
    Block(
        label="Leverage",
        tip="The highest step of leverage whose chance of liquidation, in the days you hold it, is at most the one "
        "that you accept; at least 1×. It follows from your answer and is not a choice of its own.",
        lines=(
            Line(kind="value", pick="is_open", templates=("—", "{leverage}")),
            Line(
                kind="sub",
                pick="is_above",
                templates=(
                    "the most with a chance of at most {limit} in {days} {day_word}",
                    "the least there is; even so the chance is {chance}",
                ),
            ),
        ),
    ),
    Block(
        label="Margin to post",
        tip="The initial margin, isolated: only this much can be lost to a liquidation. Keep the rest of your cash "
        "ready for top-ups.",
        lines=(
            Line(kind="value", pick="is_open", templates=("—", "{margin}")),
            Line(kind="sub", pick="has_cash", templates=("your cash is not known", "{reserve} of your {cash} is left")),
        ),
    ),
    Block(
        label="Liquidation",
        tip="The first price at which your equity is no more than the maintenance margin of its tier.",
        tone="is_danger",
        lines=(
            Line(kind="value", pick="liquidated", templates=("—", "never", "{distance}")),
            Line(kind="sub", pick="liquidated", templates=("", "", "at {liquidation}")),
        ),
    ),
    Block(
        label="Chance of liquidation",
        tip="The chance that the price touches the liquidation price while you hold the hedge, at any moment.",
        lines=(
            Line(kind="value", pick="is_open", templates=("—", "{chance}")),
            Line(kind="sub", templates=("within {days} {day_word}; you accept {limit}",)),
        ),
    ),
    Block(
        label="To stay open, you need to add",
        tip="The cash that has to be there before the price is, in all, so that the hedge is not liquidated. A "
        "liquidated position cannot be topped up.",
        lines=(
            Line(kind="value", pick="is_open", templates=("—", "{top_3}")),
            Line(kind="sub", pick="is_open", templates=("", "at {at_3}; {top_2} at {at_2}")),
        ),
    ),
    Block(
        label="Share of a full hedge",
        tip="What whole contracts and your cash make of the hedge that you want.",
        lines=(
            Line(kind="value", templates=("{coverage}",)),
            Line(kind="sub", templates=("you want {wanted}, which is {target}",)),
        ),
    ),
    Block(
        label="Funding until the review",
        tip="If it stays what it was lately. It changes its sign: see “What it costs”.",
        lines=(
            Line(kind="value", pick="is_open", templates=("—", "{funding_signed}")),
            Line(
                kind="sub",
                pick="is_open",
                templates=("", "{you_receive} · to open and close it costs {costs}"),
            ),
        ),
    ),
    Block(
        label="Result at your move",
        tip="What you gain or lose in all: coins, hedge, funding, fees and slippage.",
        lines=(
            Line(kind="value", pick="is_open", templates=("{unhedged_signed}", "{net_signed}")),
            Line(kind="sub", templates=("at {move}; without the hedge {unhedged_signed}",)),
        ),
    ),
)

MARKS = {"days": ("your limit",)}


def marks(picture: PlannerPicture) -> dict[str, Any]:
    """Return the tick at the last day with a chance below the limit, in the slider's unit."""
    return {"days/0": picture.limit_day - 1.0}


def _case(picture: PlannerPicture) -> Any:
    wanted = picture.setting.wanted
    never = np.isnan(np.asarray(picture.outcome.liquidation_price))
    is_refused = (np.asarray(picture.outcome.refusal) >= ABOVE_MAX_LEVERAGE) | (wanted.notional is None)
    return np.select(
        [
            np.full(never.shape, wanted.target_notional == 0),
            is_refused,
            picture.is_cash_limited & ~picture.is_open,
            ~picture.is_open,
            picture.chance > picture.values["limit"] * (1.0 + 1e-6),
            never,
        ],
        [5, 4, 2, 3, 6, 1],
        default=0,
    )


def story(picture: PlannerPicture) -> dict[str, Any]:
    """Return the columns of the sentences."""
    setting, outcome, inputs = picture.setting, picture.outcome, picture.inputs
    is_open, case = picture.is_open, _case(picture)
    cash, target = float(setting.inputs.cash), float(setting.wanted.target_notional)
    smallest = float(inputs.contract.smallest_notional(inputs.hedge_price))
    notional = np.asarray(outcome.notional)
    later = np.isfinite(picture.even_day) + 2 * np.isfinite(picture.sell_day) + 4 * np.isfinite(picture.limit_day)
    net = np.where(is_open, outcome.net_pnl, outcome.spot_pnl)
    return {
        "case": case,
        "is_danger": (case >= 2) & (case != 5),
        "is_open": is_open.astype(int),
        "result": np.where(is_open, 1 + np.asarray(outcome.is_liquidated), 0),
        "carries": np.select([case == 5, picture.is_cash_limited & is_open, ~is_open, cash > 0], [0, 1, 0, 2], 3),
        "later": np.where(case == 6, later & 3, later),
        "contract": 0,
        "asset": 0,
        "verb": int(setting.side > 0),
        "amount": notional / inputs.hedge_price,
        "notional": notional,
        "leverage": picture.leverage,
        "margin": outcome.collateral,
        "liquidation": outcome.liquidation_price,
        "distance": outcome.liquidation_distance,
        "chance": picture.chance,
        "limit": picture.values["limit"],
        "days": picture.values["days"],
        "day_word": (picture.values["days"] != 1).astype(int),
        "cash": cash,
        "part": notional / target if target else np.nan,
        "target": target,
        "needed": picture.needed,
        "reserve": picture.reserve,
        "smallest": smallest,
        "smallest_share": smallest / target if target else np.nan,
        "move": float(setting.inputs.move),
        "you": (net >= 0).astype(int),
        "net": np.abs(net),
        "you_unhedged": int(setting.wanted.spot_pnl >= 0),
        "unhedged": abs(float(setting.wanted.spot_pnl)),
        "brings": (np.asarray(outcome.funding_pnl) < 0).astype(int),
        "funding": np.abs(outcome.funding_pnl),
        "costs": outcome.fees + outcome.slippage,
        "even_day": picture.even_day,
        "sell_day": picture.sell_day,
        "limit_day": picture.limit_day - 1.0,
        "share": picture.share,
    }


def tiles(picture: PlannerPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    outcome, side = picture.outcome, picture.setting.side
    funding = np.asarray(outcome.funding_pnl)
    moves = {f"at_{k + 1}": -side * move for k, move in enumerate(TOP_UP_MOVES)}
    told = story(picture)
    return {
        **told,
        **moves,
        "has_cash": int(picture.setting.inputs.cash > 0) * picture.is_open,
        "is_above": (told["case"] == 6).astype(int),
        "liquidated": np.where(picture.is_open, 1 + np.isfinite(np.asarray(outcome.liquidation_price)), 0),
        "coverage": np.where(picture.is_open, outcome.coverage, 0.0),
        "wanted": float(picture.setting.inputs.coverage),
        "funding_signed": funding,
        "you_receive": np.select([funding > 0, funding < 0], [0, 1], 2),
        "net_signed": outcome.net_pnl,
        "unhedged_signed": float(picture.setting.wanted.spot_pnl),
        **{f"top_{k + 1}": picture.top_ups[:, k] for k in range(3)},
    }
