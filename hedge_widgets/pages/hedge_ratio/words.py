"""The lab's words: what the estimate says, how sure it is, and the tiles."""

from typing import Any

import numpy as np

from hedge_widgets.live import Block, Line
from hedge_widgets.model.hedge_ratio import (
    coverage_for_target,
    effectiveness_interval,
    traffic_light,
    volatility_reduction,
)
from hedge_widgets.model.hedge_ratio.picture import RatioPicture
from hedge_widgets.model.hedge_ratio.study import AHEAD

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FIRST_YEAR = 2000
# The last of each is that of a made-up calendar, whose days are only counted.
_YEARS = (*(f" {_FIRST_YEAR + k}" for k in range(100)), "")

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "coin": "words:coin",
    "asset": "words:asset",
    "estimator": "words:estimator",
    "estimated": "slope",
    "low": "slope",
    "high": "slope",
    "n": "integer",
    "day": "integer",
    "month": (*(f" {month}" for month in MONTHS), ""),
    "calendar": ("", "simulated day "),
    "year": _YEARS,
    "confidence": "percent",
    "chosen": "slope",
    "walk": "percent",
    "reduction": "percent",
    "added": "percent",
    "one": "percent",
    "own": "slope",
    "own_removed": "percent",
    "hold": "integer",
    "history": "words:history",
    "ahead": "percent",
    "ahead_days": "integer",
}
_VERDICTS = (
    "Is it different from one-to-one? These returns cannot tell: 1 lies inside the {confidence} interval.",
    "Is it different from one-to-one? In this window, yes: 1 lies outside the {confidence} interval.",
)
_AHEAD = " Of such intervals, all over {history}, {ahead} held the slope of the {ahead_days} days that followed."
_OUT_OF_SAMPLE = (
    "Tested on days it had not seen (re-estimated every {hold} days), {estimator} (now {chosen}) removed {walk} of the "
    "variance and {reduction} of the volatility; one-to-one removed {one} of the variance. "
)
STORY = (
    Block(
        tone="adds_risk",
        lines=(
            Line(
                kind="lead",
                pick="case",
                templates=(
                    "For every dollar of {coin}, short ${estimated} of {asset}: the least-squares slope of the {n} "
                    "returns up to {calendar}{day}{month}{year} ({confidence} interval {low} to {high}).",
                    "There are fewer than {n} common returns of {coin} and {asset} before that day. Choose a later day "
                    "or a shorter history.",
                    "{coin} hedged with {coin} itself: the ratio is 1 by definition; only basis and costs remain.",
                    "The slope is negative, {estimated} ({confidence} interval {low} to {high}): the hedge would be "
                    "LONG {asset}. Be wary: the {n} returns up to {calendar}{day}{month}{year} say so, others may not.",
                    "{asset} does not move in the {n} returns before that day, so a short of it hedges nothing.",
                ),
            ),
            Line(
                pick="verdict",
                templates=(
                    "",
                    _VERDICTS[0],
                    _VERDICTS[1],
                    _VERDICTS[0] + _AHEAD,
                    _VERDICTS[1] + _AHEAD,
                ),
            ),
            Line(
                kind="note",
                pick="light",
                templates=(
                    _OUT_OF_SAMPLE + "● Green: a hedge worth the name.",
                    _OUT_OF_SAMPLE + "● Amber: it helps, but much of the risk remains.",
                    _OUT_OF_SAMPLE + "● Red: a weak hedge; most of the risk remains.",
                    _OUT_OF_SAMPLE + "● Not a hedge: it removes less than a quarter.",
                    "Tested on days it had not seen (re-estimated every {hold} days), {estimator} (now {chosen}) ADDED "
                    "{added} to the variance. ● Not a hedge.",
                    "The history is too short to test this window on days that it had not seen.",
                ),
            ),
        ),
    ),
)

TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
    "se": "slope",
    "correlation": "slope",
    "correlation_low": "slope",
    "correlation_high": "slope",
    "in_sample": "percent",
    "he_low": "percent",
    "he_high": "percent",
    "felt": "percent",
    "own_in_sample": "percent",
    "own_added": "percent",
    "contracts": "contracts",
    "rounded": "slope",
    "notional": "usd",
    "coverage": "percent",
    "needed": "slope",
    "floor": "percent",
    "target": "percent",
    "spot_volatility": "percent",
    "hedge_volatility": "percent",
    "quotient": "slope",
    "turnover": "slope",
}
TILES = (
    Block(
        label="Minimum-variance ratio",
        tip="Cov(coin, hedge) / Var(hedge): the slope of the coin's return on the hedge's, with intercept; "
        "= correlation × volatility ratio (Johnson 1960, Ederington 1979). The interval is robust to returns whose "
        "size clusters and that follow on from each other (Newey-West); the narrower textbook interval is given "
        "below the table of estimators.",
        lines=(
            Line(kind="value", templates=("{estimated}",)),
            Line(kind="sub", templates=("standard error {se} · {low} to {high}",)),
        ),
    ),
    Block(
        label="Correlation",
        tip="The correlation of the returns in the window, with Fisher's z interval. Measured on 90 days, 0.70 can be "
        "anything from 0.58 to 0.79.",
        lines=(
            Line(kind="value", templates=("{correlation}",)),
            Line(kind="sub", templates=("{correlation_low} to {correlation_high}",)),
        ),
    ),
    Block(
        label="Volatility ratio",
        tip="The coin's volatility divided by the hedge's. The hedge ratio is the correlation times this.",
        lines=(
            Line(kind="value", templates=("{quotient}",)),
            Line(kind="sub", templates=("{spot_volatility} over {hedge_volatility} per year",)),
        ),
    ),
    Block(
        label="Variance removed, in sample",
        tip="Correlation squared: the best any ratio could have done in this window, with hindsight.",
        lines=(
            Line(kind="value", templates=("{in_sample}",)),
            Line(kind="sub", templates=("{he_low} to {he_high} · volatility {felt}",)),
        ),
    ),
    Block(
        label="Out of sample",
        tone="walk_adds",
        tip="The estimator you chose, re-estimated about every 30 days from the window before and applied to the days "
        "after: it never sees the days it is tested on. Green from 80 % of the variance, amber from 50 %, red from "
        "25 %.",
        lines=(
            Line(kind="value", pick="walk_adds", templates=("{walk}", "adds {added}")),
            Line(kind="sub", templates=("one-to-one: {one} · turnover {turnover} per year",)),
        ),
    ),
    Block(
        label="Your ratio, on the same days",
        tone="own_adds",
        tip="Your ratio, held constant on the days tested. This is out of sample only if you chose it first.",
        lines=(
            Line(kind="value", pick="own_adds", templates=("{own_removed}", "adds {own_added}")),
            Line(kind="sub", templates=("in the window {own_in_sample}",)),
        ),
    ),
    Block(
        label="Your order",
        tip="Your ratio times your position, in whole lots of the contract.",
        lines=(
            Line(
                kind="value",
                pick="order",
                templates=("{contracts} short", "{contracts} long", "too small", "no contract"),
            ),
            Line(
                kind="sub",
                pick="order",
                templates=(
                    "{asset} contracts, {notional}: the ratio {rounded}",
                    "{asset} contracts, {notional}: the ratio {rounded}",
                    "below the smallest order: ratio 0",
                    "none listed here for {asset}",
                ),
            ),
        ),
    ),
    Block(
        label="Coverage for your risk budget",
        tone="floor_binds",
        tip="For the same asset it is 1 − target / volatility. A proxy cannot go below volatility × √(1 − "
        "correlation²), however much you short.",
        lines=(
            Line(kind="value", pick="budget", templates=("{coverage}", "out of reach", "none needed", "—")),
            Line(
                kind="sub",
                pick="budget",
                templates=(
                    "ratio {needed} leaves {target} per year · floor {floor}",
                    "at least {floor} per year, whatever you short",
                    "{spot_volatility} per year unhedged",
                    "no estimate before that day",
                ),
            ),
        ),
    ),
)

MARKS = {"ratio": ("0", "1:1", "best"), "target": ("floor", "unhedged"), "window": ("90",)}


REMARKS = {"target": ("See the figure “Coverage for your risk budget”.",)}


def marks(picture: RatioPicture) -> dict[str, Any]:
    """Return the sliders' ticks, in the sliders' units."""
    floor = picture.spot_volatility * np.sqrt(np.maximum(1.0 - np.square(picture.correlation), 0.0))
    return {
        "ratio/0": 0.0,
        "ratio/1": 1.0,
        "ratio/2": picture.estimated,
        "target/0": 100.0 * floor,
        "target/1": 100.0 * picture.spot_volatility,
        "window/0": 90.0,
        "target/remark": 0,
    }


def _case(picture: RatioPicture) -> Any:
    missing = np.isnan(picture.estimated)
    same = np.full(missing.shape, picture.setting.study.is_same_asset)
    is_still = missing & (picture.hedge_volatility == 0)
    return np.select([is_still, missing, same, picture.estimated < 0], [4, 1, 2, 3], default=0)


def _walk(picture: RatioPicture) -> Any:
    return np.broadcast_to(np.asarray(picture.walk_effectiveness, dtype=np.float64), picture.ratio.shape)


def story(picture: RatioPicture) -> dict[str, Any]:
    """Return the columns of the sentence."""
    case = _case(picture)
    walk = _walk(picture)
    light = np.select([np.isnan(walk), walk < 0], [5, 4], default=traffic_light(np.nan_to_num(walk)))
    when = picture.setting.dates[picture.place].astype("datetime64[ms]")
    month = when.astype("datetime64[M]")
    year = when.astype("datetime64[Y]").astype(int) + 1970
    day = (when.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int) + 1
    is_made_up = bool(picture.setting.stamp)
    return {
        "case": case,
        "verdict": np.where(
            np.isin(case, (0, 3)), np.where(picture.differs > 0, 2, 1) + 2 * np.isfinite(picture.held_ahead), 0
        ),
        "light": light,
        "adds_risk": 0,
        "coin": 0,
        "asset": 0,
        "estimator": 0,
        "estimated": picture.estimated,
        "low": picture.low,
        "high": picture.high,
        "n": picture.n_returns,
        "calendar": int(is_made_up),
        "day": day if not is_made_up else picture.place + 1,
        "month": np.where(is_made_up, 12, month.astype(int) % 12),
        "year": np.where(is_made_up, len(_YEARS) - 1, np.clip(year - _FIRST_YEAR, 0, len(_YEARS) - 2)),
        "confidence": picture.setting.study.confidence,
        "chosen": picture.chosen_estimator,
        "walk": walk,
        "reduction": _felt(walk),
        "added": -walk,
        "one": picture.one_effectiveness,
        "own": picture.ratio,
        "own_removed": picture.own_effectiveness,
        "hold": picture.setting.study.hold,
        "history": 0,
        "ahead": picture.held_ahead,
        "ahead_days": picture.setting.study.window_days(AHEAD),
    }


def _felt(effectiveness: Any) -> Any:
    """Return the cut in volatility, NaN kept."""
    values = np.asarray(effectiveness, dtype=np.float64)
    return np.where(np.isnan(values), np.nan, volatility_reduction(np.nan_to_num(values)))


def tiles(picture: RatioPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    squared = np.square(picture.correlation)
    he_low, he_high = effectiveness_interval(picture.correlation, picture.n_returns, picture.setting.study.confidence)
    walk = _walk(picture)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = picture.spot_volatility / picture.hedge_volatility
    known = np.isfinite(picture.correlation) & np.isfinite(picture.spot_volatility)
    volatility, correlation = np.where(known, picture.spot_volatility, 1.0), np.where(known, picture.correlation, 0.0)
    reached = coverage_for_target(picture.target, volatility, correlation)
    coverage = np.where(known, np.asarray(reached, dtype=np.float64), np.nan)
    floor = picture.spot_volatility * np.sqrt(np.maximum(1.0 - squared, 0.0))
    none_needed = picture.target >= picture.spot_volatility
    no_contract = np.isnan(picture.n_contracts)
    return {
        **story(picture),
        "se": picture.standard_error,
        "correlation": picture.correlation,
        "correlation_low": picture.correlation_low,
        "correlation_high": picture.correlation_high,
        "in_sample": squared,
        "he_low": he_low,
        "he_high": he_high,
        "felt": _felt(squared),
        "walk_adds": np.where(walk < 0, 1, 0),
        "turnover": picture.walk_turnover,
        "own_adds": np.where(picture.own_effectiveness < -1e-12, 1, 0),
        "own_added": -picture.own_effectiveness,
        "own_in_sample": picture.in_sample,
        "order": np.select([no_contract, (picture.n_contracts == 0), picture.ratio < 0], [3, 2, 1], default=0),
        "contracts": picture.n_contracts,
        "rounded": picture.rounded,
        "notional": np.abs(picture.rounded) * picture.setting.position_value,
        "budget": np.select([~known, none_needed, np.isnan(coverage)], [3, 2, 1], default=0),
        "floor_binds": np.where(np.isnan(coverage) & ~none_needed & ~np.isnan(floor), 1, 0),
        "coverage": coverage,
        "needed": coverage * picture.estimated,
        "floor": floor,
        "target": picture.target,
        "spot_volatility": picture.spot_volatility,
        "hedge_volatility": picture.hedge_volatility,
        "quotient": quotient,
    }
