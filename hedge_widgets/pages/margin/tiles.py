"""The margin page's tiles: the hedge's health in figures."""

from typing import Any

import numpy as np

from hedge_widgets.live import Block, Line
from hedge_widgets.model.margin.picture import MarginPicture
from hedge_widgets.model.margin.wallet import nearer_first
from hedge_widgets.pages.margin.story import STORY_SLOTS, story

TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
    "interval": "words:interval",
    "funding": "rate",
    "collateral": "usd",
    "maintenance": "usd",
    "ratio": "percent",
    "cross": "percent_signed",
    "cross_other": "percent_signed",
    "chance_cross": "chance",
    "unified": "percent_signed",
    "unified_other": "percent_signed",
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
        tip="The margin that you post. Below it: the maintenance margin with the closing fee, at the entry price, and "
        "Binance's margin ratio, which is maintenance margin divided by equity. At 100 % you are liquidated.",
        lines=(
            Line(kind="value", templates=("{collateral}",)),
            Line(kind="sub", templates=("maintenance margin {maintenance} · margin ratio {ratio}",)),
        ),
    ),
    Block(
        label="Liquidation, isolated",
        tone="is_liquidated",
        tip="The first price at which your equity is no more than the maintenance margin of the tier valid there. A "
        "little further on, at the bankruptcy price, nothing is left.",
        lines=(
            Line(kind="value", pick="no_isolated", templates=("{distance}", "never", "never", "{distance}")),
            Line(
                kind="sub",
                pick="no_isolated",
                templates=(
                    "at {liquidation} · margin used up at {bankruptcy} · you keep {left}",
                    "the gain of the margin coin covers every loss",
                    "fully paid: you borrow nothing",
                    "at {liquidation}, filled at {fill} · margin used up at {bankruptcy} · you keep {left}",
                ),
            ),
        ),
    ),
    Block(
        label="Liquidation, cross",
        tone="is_wallet_liquidated",
        tip="All your cash on the exchange backs the position, together with the other position in the wallet, whose "
        "coin moves by its beta (1 for the same coin). If it is not enough, the whole wallet is liquidated; with "
        "another position that can happen on either side.",
        lines=(
            Line(kind="value", pick="cross_case", templates=("{cross}", "{cross}", "never", "at once", "—")),
            Line(
                kind="sub",
                pick="cross_case",
                templates=(
                    "chance about {chance_cross} in {horizon} {day_word}",
                    "and at {cross_other} · chance at most about {chance_cross} in {horizon} {day_word}",
                    "no such price",
                    "the wallet cannot carry both positions",
                    "no position",
                ),
            ),
        ),
    ),
    Block(
        label="Unified account",
        tip="Cross margin that the coins you hold back as well, at the share that the venue counts. The rise that "
        "hurts a short makes its collateral worth more.",
        lines=(
            Line(kind="value", pick="unified_case", templates=("{unified}", "{unified}", "never", "—")),
            Line(
                kind="sub",
                pick="unified_case",
                templates=(
                    "your coins as collateral too",
                    "and at {unified_other} · your coins as collateral too",
                    "your coins cover every loss",
                    "for a linear short of coins you hold",
                ),
            ),
        ),
    ),
    Block(
        label="Leverage for your limit",
        tip="The leverage whose liquidation price is reached, at any moment of the days you hold the hedge, with about "
        "the chance you accept: a result, not a rule of thumb. The price has no drift, and the volatility to come "
        "differs from the one shown as it did from 2018 to 2021; from 2022 to 2024 chances of 1, 5 and 10 % came "
        "true within a factor of 1.5 for rises and of 2 for falls.",
        lines=(
            Line(kind="value", templates=("{safe}",)),
            Line(kind="sub", templates=("{safe_collateral} of margin · for {horizon} {day_word}",)),
        ),
    ),
    Block(
        label="Extra margin needed if the price moves against you",
        tip="The total that brings your equity up to the maintenance margin at that price. It has to be there before "
        "the price is: no venue calls you, the engine liquidates the position.",
        lines=(
            Line(kind="value", templates=("{top_up_3}",)),
            Line(kind="sub", templates=("if it moves 50 % · {top_up_1} at 10 %, {top_up_2} at 20 %",)),
        ),
    ),
    Block(
        label="Days your margin can pay funding",
        tip="How many days it takes until funding alone has used up the margin above the maintenance margin, if the "
        "price does not change.",
        lines=(
            Line(
                kind="value", pick="receives", templates=("{fund_days} days", "not needed", "—", "none due", "none due")
            ),
            Line(
                kind="sub",
                pick="receives",
                templates=(
                    "at {funding} {interval}, then it is liquidated",
                    "you receive {funding} {interval}",
                    "no position",
                    "the funding rate is 0",
                    "a dated future pays none; roll it before it expires",
                ),
            ),
        ),
    ),
    Block(
        label="Net exposure at the start",
        tone="undoes",
        tip="Your coins, the position and the coin posted as margin (net delta). A coin bought as margin is long.",
        lines=(
            Line(kind="value", templates=("{net_delta}",)),
            Line(
                kind="sub",
                pick="coin_margin",
                templates=(
                    "coins and position together",
                    "coin margin cancels {undone} of the position",
                    "including {coin_margin_value} of coin as margin",
                ),
            ),
        ),
    ),
    Block(
        label="Place in the auto-deleveraging queue",
        tip="The score is profit times effective leverage at the best moment of the path (BitMEX, Bybit). When the "
        "insurance fund is empty, the position with the highest score is closed first. dYdX draws lots.",
        lines=(
            Line(kind="value", templates=("score {score}",)),
            Line(kind="sub", templates=("profit {profit} × leverage {effective}",)),
        ),
    ),
)


def tiles(picture: MarginPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    setting, outcome = picture.setting, picture.outcome
    refused = picture.refusal != 0
    exposure = setting.spot_value + setting.side * picture.notional + picture.coin_delta
    undone = picture.coin_delta / picture.notional
    per_payment = min(setting.contract.funding_hours, 24.0) / 24.0
    no_funding = picture.values["funding_rate"] == 0
    is_dated = np.full(len(refused), setting.contract.is_dated)
    receives = np.select([refused, is_dated, no_funding, np.isnan(picture.days_of_funding)], [2, 4, 3, 1], default=0)
    nearer, other = nearer_first(picture.cross_fall, picture.cross_rise)
    cross_case = np.select(
        [refused, np.isnan(nearer), np.abs(nearer) < 1e-12, ~np.isnan(other)], [4, 2, 3, 1], default=0
    )
    is_any_unified = setting.is_unified_possible & ~refused
    unified_case = np.select(
        [~is_any_unified, np.isnan(picture.unified_move), ~np.isnan(picture.unified_other)], [3, 2, 1], default=0
    )
    undoes = setting.is_inverse and setting.side < 0 and setting.spot_value > 0
    return {
        **story(picture),
        "collateral": picture.collateral,
        "maintenance": picture.maintenance_margin,
        "ratio": picture.margin_ratio,
        "no_isolated": np.select(
            [np.isnan(picture.isolated_price) & ~refused, ~refused & (picture.values["thinning"] > 1)],
            [1 if setting.is_inverse else 2, 3],
            default=0,
        ),
        "is_liquidated": ~np.isnan(outcome.isolated_time),
        "cross": nearer,
        "cross_other": other,
        "cross_case": cross_case,
        "is_wallet_liquidated": ~np.isnan(outcome.cross_time),
        "chance_cross": picture.chance_cross,
        "unified": picture.unified_move,
        "unified_other": picture.unified_other,
        "unified_case": unified_case,
        "bankruptcy": picture.bankruptcy_move,
        "left": picture.left,
        "coin_margin_value": picture.coin_delta,
        "top_up_1": picture.top_ups[:, 0],
        "top_up_2": picture.top_ups[:, 1],
        "top_up_3": picture.top_ups[:, 2],
        "fund_days": picture.days_of_funding,
        "receives": receives,
        "interval": 0,
        "funding": np.where(refused, np.nan, np.abs(picture.values["funding_rate"]) * per_payment),
        "net_delta": exposure,
        "coin_margin": np.where(picture.coin_delta > 0, 1 if undoes else 2, 0),
        "undoes": (picture.coin_delta > 0) & undoes,
        "undone": undone,
        "score": picture.queue_score,
        "profit": picture.queue_profit,
        "effective": picture.queue_leverage,
    }
