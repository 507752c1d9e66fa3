"""The rebalancing page's words: what to do about drift, what the rules cost and leave, and the chosen day."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.live import Block, Line
from hedge_widgets.model.rebalancing.picture import RebalancingPicture
from hedge_widgets.model.rebalancing.setting import RULES
from hedge_widgets.model.rebalancing.study import WIDTHS

Array = npt.NDArray[np.float64]

_BAND, _NONE = RULES.index("band"), RULES.index("none")
# What a trade in the hedge is called: (the hedge is short, it is long), each (bought, sold).
_BUY = ("buys back", "sells", "buys", "sells")
_MORE = ("buying back", "selling", "buying", "selling")
_SIDE = ("short", "long")

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "coin": "words:coin",
    "asset": "words:asset",
    "other": "words:other",
    "edge": "words:edge",
    "path": "words:paths",
    "n_paths": "integer",
    "contract": "words:contract",
    "min_order": "usd",
    "lot_value": "usd",
    "skipped": "days",
    "suggested": "percent",
    "suggested_value": "usd",
    "suggested_days": "days",
    "suggested_trades": "days",
    "suggested_cost": "usd",
    "suggested_error": "usd",
    "width": "percent",
    "trades": "days",
    "cost": "usd",
    "error": "usd",
    "interval": "integer",
    "other_trades": "days",
    "other_cost": "usd",
    "other_error": "usd",
    "untouched_error": "usd",
    "day": "integer",
    "spot_move": "percent_signed",
    "hedge_move": "percent_signed",
    "side": _SIDE,
    "target": "usd",
    "untouched": "usd",
    "held": "usd",
    "missing": "usd",
    "action": _MORE,
    "traded": "usd",
    "did": _BUY,
}
_YOURS = "Your band of ±{width} takes {trades} trades per year, costs {cost} and leaves {error} of tracking error. "
_COMPARED = (
    "takes {other_trades} trades, costs {other_cost} and leaves {other_error}. Never trading leaves {untouched_error}."
)
_DAY = "{path}, day {day}: {coin} has moved {spot_move}, {asset} {hedge_move}. "
STORY = (
    Block(
        lines=(
            Line(
                kind="lead",
                pick="case",
                templates=(
                    "Let the hedge drift by up to ±{suggested}, which is {suggested_value}, then trade back to the "
                    "{edge}. That takes about {suggested_trades} trades per year, costs {suggested_cost} and leaves "
                    "{suggested_error} of tracking error per year. Or trade every {suggested_days} days.",
                    "You never have to trade. Coins and hedge are the same coin, so the price moves both alike, and no "
                    "rule trades on any of the {n_paths} paths. Only deposits, withdrawals and rounding require a "
                    "trade.",
                    "The suggested band is ±{suggested}, wider than any on this page: at these costs a trade is "
                    "hardly ever worth it.",
                    "The hedge does not move here, so its drift is no risk and there is no band to suggest.",
                    "A trade costs nothing here beyond its fixed cost, so there is no band to suggest: the formula "
                    "counts only costs in proportion to the trade.",
                    "The target does not move against the hedge here, so nothing drifts and you need no band.",
                ),
            ),
            Line(
                kind="note",
                pick="has_rules",
                templates=(
                    "",
                    _YOURS + "The rule “{other}” " + _COMPARED,
                    _YOURS + "The rule “{other}” has nothing to go by, as these paths have no funding rates.",
                    _YOURS + "Trading every {interval} days " + _COMPARED,
                ),
            ),
            Line(
                kind="note",
                pick="has_skipped",
                templates=(
                    "",
                    "{contract} trades in whole lots (of {lot_value}), and no order may be below {min_order}. "
                    "{skipped} times per year your band requires a smaller trade than that, so nothing is traded.",
                ),
            ),
            Line(
                kind="note",
                pick="day_case",
                templates=(
                    _DAY + "A hedge that you never trade is still what it should be: {side} {target}.",
                    _DAY
                    + "The hedge should be {side} {target}. If never traded, it would be {untouched}, and {action} "
                    "{missing} would correct it. Your band holds {held}.",
                    _DAY
                    + "The hedge should be {side} {target}. If never traded, it would be {untouched}, and {action} "
                    "{missing} would correct it. Your band {did} {traded} today and holds {held}.",
                ),
            ),
        ),
    ),
)

TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
    "tracking_volatility": "percent",
    "hedge_value": "usd",
    "turnover": "usd",
    "penalised": "usd",
    "other_penalised": "usd",
    "suggested_penalised": "usd",
    "share": "percent",
    "gamma": "usd_signed",
    "vega": "usd_signed",
}
TILES = (
    Block(
        label="Suggested band",
        tip="The half-width is [k e s² / (g N f²)]^(1/3). Here k is 3/2 if you trade back to the edge and 6 to the "
        "centre, e is the cost of a trade, s the volatility of the drift, N the hedge, f its volatility, and g risk "
        "aversion / wealth (Whalley and Wilmott 1997, Kallsen and Muhle-Karbe 2013). It does not include fixed costs.",
        lines=(
            Line(kind="value", pick="has_band", templates=("none", "±{suggested}")),
            Line(
                kind="sub",
                pick="band_of",
                templates=(
                    "there is no cost or no risk to weigh",
                    "{suggested_value} of a hedge of {hedge_value}",
                    "{suggested_value} of coins worth {hedge_value}",
                ),
            ),
        ),
    ),
    Block(
        label="Suggested interval",
        tip="The interval at which cost and risk together are lowest: [2 e √(2/π) / (g N f² s)]^(2/3) years.",
        lines=(
            Line(kind="value", pick="has_band", templates=("none", "{suggested_days} days")),
            Line(kind="sub", templates=("the drift has a volatility of {tracking_volatility} per year",)),
        ),
    ),
    Block(
        label="Cost of your band, per year",
        tip="On the paths of this page. The drift is checked once a day.",
        lines=(
            Line(kind="value", templates=("{cost}",)),
            Line(kind="sub", templates=("{trades} trades, {turnover} turned over",)),
        ),
    ),
    Block(
        label="Its tracking error, per year",
        tip="The standard deviation of the difference from a hedge that is on target every day, before costs. It "
        "leaves out the risk that no hedge with this coin removes.",
        lines=(
            Line(kind="value", templates=("{error}",)),
            Line(kind="sub", templates=("never trading: {untouched_error}",)),
        ),
    ),
    Block(
        label="Cost and risk together",
        tip="Cost + g/2 × tracking error², per year. The suggested band makes it lowest if you check the drift at "
        "every moment. This page checks once a day, so a narrower band, down to about half, may do better here.",
        lines=(
            Line(kind="value", templates=("{penalised}",)),
            Line(kind="sub", templates=("suggested band {suggested_penalised} · other rule {other_penalised}",)),
        ),
    ),
    Block(
        label="Drift on that day, if never traded",
        tip="The net delta if the hedge is never traded, as a share of that hedge on the day (for an option: of its "
        "coins). If it is positive, you are too long.",
        lines=(
            Line(kind="value", templates=("{share}",)),
            Line(kind="sub", templates=("{missing} away from the target",)),
        ),
    ),
    Block(
        label="Gamma per 1 % of price",
        tip="How far the delta of coins and hedge changes at the start when the price moves by 1 %. Spot and linear "
        "futures have no gamma: their delta is the number of coins, at every price.",
        lines=(
            Line(kind="value", templates=("{gamma}",)),
            Line(kind="sub", pick="is_option", templates=("spot and futures have no gamma", "only the option has it")),
        ),
    ),
    Block(
        label="Vega per point of volatility",
        tip="How much the value of coins and hedge changes at the start when implied volatility rises by one point.",
        lines=(
            Line(kind="value", templates=("{vega}",)),
            Line(kind="sub", pick="is_option", templates=("spot and futures have no vega", "only the option has it")),
        ),
    ),
)

MARKS = {"half_width": ("suggested",), "interval": ("suggested",)}


def marks(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the sliders' ticks, in the sliders' units."""
    return {"half_width/0": 100.0 * picture.suggested_width, "interval/0": picture.suggested_days}


def _case(picture: RebalancingPicture) -> Array:
    width = picture.suggested_width
    if picture.setting.kind == "same":
        return np.full(width.shape, 1)
    setting = picture.setting
    stands_still = setting.tracking_volatility == 0 and setting.hedge_volatility > 0
    return np.select(
        [
            np.full(width.shape, stands_still),
            picture.values["cost_rate"] == 0,
            np.isnan(width),
            width > WIDTHS[-1],
        ],
        [5, 4, 3, 2],
        default=0,
    )


def _bought(is_short: Any, trade: Array) -> Array:
    """Return which word stands for a trade: 0 and 1 for a short hedge bought and sold, 2 and 3 for a long one."""
    return np.where(is_short, 0, 2) + np.where(trade > 0, 0, 1)


def story(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the columns of the sentences."""
    setting, other = picture.setting, RULES.index(picture.setting.other)
    missing = picture.day_target - picture.day_untouched
    is_short = picture.day_untouched < 0
    is_on_target = np.abs(missing) < 0.005
    has_traded = np.abs(picture.day_traded) >= 0.005
    is_known = np.isfinite(picture.tracking_error[:, other])
    return {
        "case": _case(picture),
        "has_rules": np.select(
            [
                np.full(is_known.shape, setting.kind == "same"),
                ~is_known,
                np.full(is_known.shape, setting.other == "time"),
            ],
            [0, 2, 3],
            default=1,
        ),
        "day_case": np.select([is_on_target, has_traded], [0, 2], default=1),
        "coin": 0,
        "asset": 0,
        "other": 0,
        "edge": 0,
        "path": picture.path,
        "n_paths": len(setting.paths.spot),
        "has_skipped": picture.annual_skipped[:, _BAND] >= 0.05,
        "contract": 0,
        "lot_value": setting.lot_value,
        "min_order": setting.min_order,
        "skipped": picture.annual_skipped[:, _BAND],
        "suggested": picture.suggested_width,
        "suggested_value": picture.suggested_width * setting.hedge_notional,
        "suggested_days": picture.suggested_days,
        "suggested_trades": picture.suggested_trades,
        "suggested_cost": picture.suggested_cost,
        "suggested_error": picture.suggested_error,
        "width": picture.values["half_width"],
        "trades": picture.annual_trades[:, _BAND],
        "cost": picture.annual_cost[:, _BAND],
        "error": picture.tracking_error[:, _BAND],
        "interval": picture.values["interval"],
        "other_trades": picture.annual_trades[:, other],
        "other_cost": picture.annual_cost[:, other],
        "other_error": picture.tracking_error[:, other],
        "untouched_error": picture.tracking_error[:, _NONE],
        "day": picture.day,
        "spot_move": picture.day_spot_move,
        "hedge_move": picture.day_hedge_move,
        "side": np.where(is_short, 0, 1),
        "target": np.abs(picture.day_target),
        "untouched": np.abs(picture.day_untouched),
        "held": np.abs(picture.day_held),
        "missing": np.abs(missing),
        "action": _bought(is_short, missing),
        "traded": np.abs(picture.day_traded),
        "did": _bought(is_short, picture.day_traded),
    }


def tiles(picture: RebalancingPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    setting, other = picture.setting, RULES.index(picture.setting.other)
    has_band = np.isfinite(picture.suggested_width)

    def penalised(cost: Array, error: Array) -> Array:
        return cost + picture.risk_aversion / 2.0 * error**2

    return {
        **story(picture),
        "tracking_volatility": setting.tracking_volatility,
        "hedge_value": setting.hedge_notional,
        "turnover": picture.annual_turnover[:, _BAND],
        "penalised": penalised(picture.annual_cost[:, _BAND], picture.tracking_error[:, _BAND]),
        "other_penalised": penalised(picture.annual_cost[:, other], picture.tracking_error[:, other]),
        "suggested_penalised": penalised(picture.suggested_cost, picture.suggested_error),
        "share": picture.day_drift,
        "is_option": int(setting.kind == "option"),
        "has_band": has_band,
        "band_of": np.where(has_band, 1 + (setting.kind == "option"), 0),
        "gamma": picture.gamma,
        "vega": picture.vega,
    }
