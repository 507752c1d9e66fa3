"""The watch's sentences and tiles: what came of it, whether it is forgotten, how safe it is, what to trade."""

from typing import Any

import numpy as np

from hedge_widgets.live import Block, Line
from hedge_widgets.model.watch import FORGOTTEN, WatchPicture

_YOU = ("lost", "gained")
FINE, IS_FORGOTTEN, LIQUIDATED, NOTHING, UNKNOWN, PASSED = range(6)

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "contract": "words:contract",
    "asset": "words:asset",
    "first": "words:first",
    "low_day": "words:low_day",
    "side": ("short", "long"),
    "move": "percent_signed",
    "recovery": "percent",
    "coins_signed": "usd_signed",
    "hedge_signed": "usd_signed",
    "net_signed": "usd_signed",
    "hedge_did": _YOU,
    "hedge": "usd",
    "net_did": ("lost", "gained"),
    "net": "usd",
    "brought": ("brought", "took"),
    "funding": "usd",
    "fees": "usd",
    "closing": "usd",
    "equity": "usd",
    "maintenance": "usd",
    "distance": "percent_signed",
    "chance": "chance",
    "days": "integer",
    "day_word": ("day", "days"),
    "held": "usd",
    "held_side": ("short", "long"),
    "target": "usd",
    "target_side": ("short", "long"),
    "trade_verb": ("Sell", "Buy"),
    "trade": "contracts",
    "trade_value": "usd",
    "cost": "usd",
    "drift": "percent",
    "band": "percent",
    "delta": "usd_signed",
}
_RESULT = "coins {coins_signed}, hedge {hedge_signed}, together {net_signed}."
STORY = (
    Block(
        tone="is_danger",
        lines=(
            Line(
                kind="lead",
                pick="case",
                templates=(
                    "Since {first}, coins and hedge together have {net_did} {net}.",
                    "Your coins recovered {recovery} since {low_day}: this {side} loses what they gain.",
                    "The hedge is liquidated, and your coins are unprotected.",
                    "No future is open in your book. Type the one that you opened into the table below.",
                    "Since {first}, the hedge has {hedge_did} {hedge}. What your coins did since is not known.",
                    "Unless you added margin, the hedge was liquidated on its way here.",
                ),
            ),
            Line(
                pick="result",
                templates=(
                    "Type the contract, the contracts (a minus for a short), entry price, leverage and opening day.",
                    "Since {first}: " + _RESULT,
                    "If your coins move {move} from now: " + _RESULT,
                    "",
                ),
            ),
            Line(
                pick="is_open",
                templates=(
                    "",
                    "Funding {brought} {funding}, and opening took {fees}. Closing takes another {closing}.",
                ),
            ),
            Line(
                pick="margin",
                templates=(
                    "",
                    "The margin is worth {equity}, and {maintenance} of it must be left: another {distance} of the "
                    "price liquidates the hedge. The chance of that within {days} {day_word} is about {chance}.",
                    "The margin is worth {equity}, and no price liquidates the hedge.",
                    "The margin is lost.",
                ),
            ),
            Line(
                pick="holding",
                templates=(
                    "",
                    "You hold {held} {held_side}, and your book plans no hedge.",
                    "You hold {held} {held_side}; {target} {target_side} is planned.",
                    "You hold {held} {held_side}, which adds to your coins; {target} {target_side} is planned. Is a "
                    "minus missing before the contracts?",
                ),
            ),
            Line(
                pick="trading",
                templates=(
                    "",
                    "No whole contract makes it better.",
                    "{trade_verb} {trade} {contract} ({trade_value}): it costs {cost} and is worth it.",
                    "It is {drift} off; up to {band} a trade does not pay.",
                ),
            ),
        ),
    ),
)

TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
}
TILES = (
    Block(
        label="Together, since the opening",
        tip="Coins, hedge, funding and the fee of opening; closing is not in it yet. The coins count with the "
        "quantities that you hold now.",
        lines=(
            Line(kind="value", templates=("{net_signed}",)),
            Line(kind="sub", templates=("coins {coins_signed} · hedge {hedge_signed}",)),
        ),
    ),
    Block(
        label="Margin left",
        tip="The margin that you posted and what the price brought or took since. Funding and fees are settled with "
        "your cash. If several futures are open, it is that of the one nearest to its liquidation.",
        tone="is_danger",
        lines=(
            Line(kind="value", pick="is_open", templates=("—", "{equity}")),
            Line(kind="sub", pick="is_open", templates=("", "{maintenance} must be left")),
        ),
    ),
    Block(
        label="Chance of liquidation",
        tip="The chance that the price touches the liquidation price while you keep the hedge, at any moment, if you "
        "add no margin.",
        tone="is_danger",
        lines=(
            Line(kind="value", pick="is_open", templates=("—", "{chance}")),
            Line(kind="sub", pick="is_safe", templates=("{distance} away; within {days} {day_word}", "no price does")),
        ),
    ),
    Block(
        label="Net delta",
        tip="What you gain in dollars if all coins and futures rise by 100 %, so a hundredth of it for each per cent.",
        lines=(
            Line(kind="value", templates=("{delta}",)),
            Line(kind="sub", pick="is_planned", templates=("no hedge is planned", "{drift} off what you planned")),
        ),
    ),
)

MARKS = {"move": ("liquidated",)}


def marks(picture: WatchPicture) -> dict[str, Any]:
    """Return the tick at the coins' move that liquidates the first future, in the slider's unit; NaN without one."""
    from hedge_widgets.model.hedge import basket_move_at

    setting = picture.setting
    rows = np.full(len(picture.values["move"]), np.nan)
    if setting.courses:
        place = nearest(picture)[0]
        inputs = next(one for k, one in enumerate(setting.futures.beside(setting.hedge)) if k == place)
        today = at_now(setting, int(place))
        rows[:] = 100.0 * basket_move_at(today, inputs)
    return {"move/0": rows}


def at_now(setting: Any, place: int) -> Any:
    """Return the move of a future's price from today's at which it is liquidated, NaN where there is none."""
    distance = setting.futures.outcomes(setting.hedge)[place].liquidation_distance
    return np.nan if distance is None else float(distance)


def nearest(picture: WatchPicture) -> Any:
    """Return the place of the future that is nearest to its liquidation, shape (rows,)."""
    return np.argmin(np.where(np.isnan(picture.distance), np.inf, np.abs(picture.distance)), axis=1)


def case(picture: WatchPicture) -> Any:
    """Return which of the headlines is said, shape (rows,)."""
    is_known = ~np.isnan(picture.net)
    is_back = (picture.recovery > FORGOTTEN.line) & (picture.hedge < 0)
    dead, was_dead = picture.is_liquidated.any(axis=1), any(picture.setting.passed)
    return np.select(
        [np.full(dead.shape, not picture.is_open), dead, np.full(dead.shape, was_dead), ~is_known, is_back],
        [NOTHING, LIQUIDATED, PASSED, UNKNOWN, IS_FORGOTTEN],
        default=FINE,
    )


def story(picture: WatchPicture) -> dict[str, Any]:
    """Return the columns of the sentences."""
    told, setting = case(picture), picture.setting
    days = picture.values["days"]
    gains, rows = picture.gains, np.arange(len(told))
    place = nearest(picture) if picture.is_open else 0
    margin = {
        name: getattr(picture, name)[rows, place] if picture.is_open else np.full(len(told), np.nan)
        for name in ("equity", "maintenance", "distance")
    }
    dead = picture.is_liquidated.any(axis=1)
    sides = {course.side for course in setting.courses}
    return {
        "case": told,
        "is_danger": np.isin(told, (IS_FORGOTTEN, LIQUIDATED, PASSED)).astype(int),
        "is_open": int(picture.is_open),
        "result": np.select([told == NOTHING, np.isnan(picture.net), picture.values["move"] != 0], [0, 3, 2], 1),
        "margin": np.select([told == NOTHING, dead, np.isnan(margin["distance"])], [0, 3, 2], 1),
        "holding": np.select(
            [(told == NOTHING) | dead, picture.target == 0, picture.covered * picture.target < 0], [0, 1, 3], 2
        ),
        "trading": np.select(
            [(told == NOTHING) | dead | (picture.target == 0), picture.trade == 0, picture.is_worth_it], [0, 1, 2], 3
        ),
        "contract": 0,
        "asset": 0,
        "first": 0,
        "low_day": 0,
        "side": int(sides == {1.0}),
        "move": picture.values["move"],
        "recovery": picture.recovery,
        "coins_signed": gains["coins"],
        "hedge_signed": picture.hedge,
        "net_signed": picture.net,
        "hedge_did": (picture.hedge >= 0).astype(int),
        "hedge": np.abs(picture.hedge),
        "net_did": (picture.net >= 0).astype(int),
        "net": np.abs(picture.net),
        "brought": (gains["funding"] < 0).astype(int),
        "funding": np.abs(gains["funding"]),
        "fees": -gains["fees"],
        "closing": picture.closing,
        **margin,
        "chance": picture.chance,
        "days": days,
        "day_word": (days != 1).astype(int),
        "held": np.abs(picture.covered),
        "held_side": (picture.covered > 0).astype(int),
        "target": np.abs(picture.target),
        "target_side": (picture.target > 0).astype(int),
        "trade_verb": (picture.trade > 0).astype(int),
        "trade": np.abs(picture.trade),
        "trade_value": picture.trade_value,
        "cost": picture.trade_value * picture.cost_rate,
        "drift": picture.drift,
        "band": picture.band,
        "delta": picture.net_delta,
    }


def tiles(picture: WatchPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    told = story(picture)
    return {
        **told,
        "is_safe": np.isnan(told["distance"]).astype(int),
        "is_planned": (picture.target != 0).astype(int),
        "is_danger": (picture.chance > 0.05).astype(int),
    }
