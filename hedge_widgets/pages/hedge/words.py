"""The simulator's words: which sentence fits the outcome, and the tiles."""

from typing import Any

import numpy as np

from hedge_widgets.live import Block, Line
from hedge_widgets.model.carry import annual_funding_rate
from hedge_widgets.model.contracts import ABOVE_MAX_LEVERAGE, ABOVE_MAX_NOTIONAL, ACCEPTED, BELOW_MIN_NOTIONAL
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.model.hedge_picture import HedgePicture

_VERB = ("loses", "gains")
_YOU = ("you lose", "you gain")
_WHEN = ("entry", "spike", "exit")
_SIDE = ("below", "above")
_RECEIVE = ("You pay", "You receive")
_RECEIVE_WITHIN = ("you pay", "you receive")

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "fall": ("fall", "rise"),
    "move": "percent",
    "spot_verb": _VERB,
    "spot": "usd",
    "hedge_verb": _VERB,
    "hedge": "usd",
    "you": _YOU,
    "net": "usd",
    "lost": "usd",
    "asset": "words:asset",
    "contract": "words:contract",
    "spike": "percent_signed",
    "spike_day": "days",
    "hedge_move": "percent_signed",
    "max_leverage": "times",
    "leverage": "times",
    "share": "percent",
    "difference": "usd",
    "receive": _RECEIVE,
    "funding": "usd",
    "days": "days",
    "distance": "percent_signed",
    "low": "usd_signed",
    "high": "usd_signed",
    "slope": "usd_signed",
    "min_order": "usd",
    "sized_correlation": "ratio",
    "correlation": "ratio",
    "sized_spot": "percent",
    "sized_asset": "percent",
    "comes_spot": "percent",
    "comes_asset": "percent",
    "required": "usd",
    "cash": "usd",
    "fits": "percent",
    "needed": "times",
    "amount": "contracts",
    "notional": "usd",
    "collateral": "usd",
    "others": "usd",
    "n_lost": "integer",
    "assumed": "words:assumed",
    "refused": "words:refused",
    "gap": "usd",
    "entry_gap": "percent",
    "spike_gap": "percent",
    "exit_gap": "percent",
    "entry_side": _SIDE,
    "spike_side": _SIDE,
    "exit_side": _SIDE,
    "plain_distance": "percent_signed",
    "trigger": "price",
    "fill": "price",
    "fill_loss": "usd",
    "beyond": "usd",
    "thinning": "times",
    "at_three": "usd",
    "at_five": "usd",
}
_BOTH_GAPS = "The contract is {entry_gap} {entry_side} its coin at entry and {exit_gap} {exit_side} it at the end"
_ENTRY_GAP = "The contract is {entry_gap} {entry_side} its coin at entry and at its coin's price at the end"
_EXIT_GAP = "The contract is at its coin's price at entry and {exit_gap} {exit_side} it at the end"
_SHORTAGE = "The hedge requires {required}, and you have {cash}: enough for a coverage of {fits}"
_ADVICE = "the usual advice of 3× to 5× cannot carry {notional}: 3× requires {at_three}, and 5× {at_five}"

STORY = (
    Block(
        tone="is_dead",
        lines=(
            Line(
                kind="order",
                pick="order",
                templates=(
                    "No order.",
                    "Short {amount} {asset} ({notional}) in {contract} at {leverage}, with {collateral} of margin.",
                    "Buy {amount} {asset} ({notional}) in {contract} at {leverage}, with {collateral} of margin.",
                ),
            ),
            Line(
                kind="lead",
                pick="case",
                templates=(
                    "If your coins {fall} {move}, spot {spot_verb} {spot}, the hedge {hedge_verb} {hedge}; "
                    "with funding and costs {you} {net}.",
                    "{asset} moves {spike} on day {spike_day} and liquidates the hedge: you lose {lost} of margin. "
                    "From then on your coins are unprotected; if they {fall} {move}, {you} {net} in all.",
                    "If your coins {fall} {move}, {asset} moves about {hedge_move} and liquidates the hedge: you lose "
                    "{lost} of margin. Spot {spot_verb} {spot}; in all {you} {net}.",
                    "Without a hedge: if your coins {fall} {move}, {you} {net}.",
                    "This hedge is below the smallest order of {contract} (about {min_order}), so there is none: "
                    "if your coins {fall} {move}, {you} {net}.",
                    "{contract} allows at most {max_leverage} at this size; an order at {leverage} is refused. "
                    "Lower the leverage.",
                    "{contract} allows no position of this size, as it is above the last margin tier. Hedge less.",
                    "With your other futures only: if your coins {fall} {move}, spot {spot_verb} {spot}, the futures "
                    "{hedge_verb} {hedge}; with funding and costs {you} {net}.",
                    "This hedge is below the smallest order of {contract} (about {min_order}), so there are only your "
                    "other futures: if your coins {fall} {move}, spot {spot_verb} {spot}, the futures {hedge_verb} "
                    "{hedge}; with funding and costs {you} {net}.",
                    "One of your other futures is refused: {refused}. Correct it in the table of futures on “Outcome”.",
                ),
            ),
            Line(
                pick="beside",
                templates=(
                    "",
                    "Your other futures lose {others} of that in all.",
                    "Your other futures gain {others} of that in all.",
                    "Your other futures lose {others} of that in all, and {n_lost} of them will have been liquidated.",
                    "Your other futures gain {others} of that in all, though {n_lost} of them will have been "
                    "liquidated.",
                ),
            ),
            Line(
                pick="verdict",
                templates=(
                    "",
                    "The hedge covers {share} of the loss.",
                    "The hedge covers the whole loss and gains {difference} more.",
                    "The hedge makes the loss {difference} larger.",
                    "You keep {share} of the gain.",
                    "The hedge costs you the whole gain and {difference} more.",
                    "The hedge adds {difference} to the gain.",
                ),
            ),
            Line(
                pick="sizing",
                templates=(
                    "",
                    "The hedge was sized for a correlation of {sized_correlation}; here it is {correlation}.",
                    "The hedge was sized for volatilities of {sized_spot} and {sized_asset}; here they are "
                    "{comes_spot} and {comes_asset}.",
                    "The hedge was sized for other volatilities and a correlation of {sized_correlation}; here it "
                    "is {correlation}.",
                ),
            ),
            Line(
                pick="shortage",
                templates=(
                    "",
                    f"{_SHORTAGE}.",
                    f"{_SHORTAGE}, or for all of it at {{needed}}.",
                    f"{_SHORTAGE}. With that, {_ADVICE}; it takes at least {{needed}}.",
                    f"With {{cash}} of margin, {_ADVICE}; it takes at least {{needed}}.",
                ),
            ),
            Line(
                pick="gap_case",
                templates=(
                    "",
                    f"{_BOTH_GAPS}, which costs you {{gap}}.",
                    f"{_BOTH_GAPS}, which earns you {{gap}}.",
                    f"{_ENTRY_GAP}, which costs you {{gap}}.",
                    f"{_ENTRY_GAP}, which earns you {{gap}}.",
                    f"{_EXIT_GAP}, which costs you {{gap}}.",
                    f"{_EXIT_GAP}, which earns you {{gap}}.",
                ),
            ),
            Line(templates=("{assumed}",)),
            Line(
                kind="note",
                pick="survival",
                templates=(
                    "",
                    "The hedge is liquidated if {asset} moves {distance}. {receive} {funding} of funding in {days} "
                    "days.",
                    "No price of {asset} liquidates the hedge. {receive} {funding} of funding in {days} days.",
                    "{receive} {funding} of funding until then.",
                    "The hedge is liquidated if {asset} moves {distance}. {contract} is a dated future: it pays no "
                    "funding, and you have to roll it before it expires.",
                    "No price of {asset} liquidates the hedge. {contract} is a dated future: it pays no funding, and "
                    "you have to roll it before it expires.",
                    "",
                ),
            ),
            Line(
                kind="note",
                pick="inside",
                templates=(
                    "",
                    "That is with the contract {spike_gap} {spike_side} {asset}; without a gap it takes a move of "
                    "{plain_distance}.",
                ),
            ),
            Line(
                kind="note",
                pick="thinned",
                templates=(
                    "",
                    "The liquidation is triggered at {trigger} and, in a book {thinning} thinner, filled at about "
                    "{fill}: the hedge itself loses {fill_loss} by then, and the venue may keep the rest of your "
                    "{collateral} of margin.",
                    "The liquidation is triggered at {trigger} and, in a book {thinning} thinner, filled at about "
                    "{fill}: a loss of {fill_loss}. That is {beyond} more than your margin, which is for the venue’s "
                    "insurance fund to pay.",
                ),
            ),
            Line(
                kind="note",
                pick="has_band",
                templates=(
                    "",
                    "{asset} will not follow your coins exactly: about two times out of three (one standard deviation) "
                    "the result is between {low} and {high}. For small moves, each 1\u00a0% that your coins rise "
                    "changes it by {slope}.",
                ),
            ),
        ),
    ),
)

TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    "net_delta": "usd_signed",
    "net_delta_after": "usd_signed",
    "spot_value": "usd_signed",
    "beta": "ratio",
    "net_beta": "ratio",
    "asset": STORY_SLOTS["asset"],
    "initial_margin": "usd",
    "maintenance_margin": "usd",
    "collateral": "usd",
    "liquidation_price": "price",
    "distance": "percent_signed",
    "bankruptcy_price": "price",
    "effectiveness": "percent",
    "added": "percent",
    "volatility": "percent",
    "optimum": "ratio",
    "contracts": "contracts",
    "side": ("short", "long"),
    "coverage": "percent",
    "asked": "percent",
    "notional": "usd",
    "receive": _RECEIVE_WITHIN,
    "funding": "usd",
    "rate": "rate",
    "hours": "integer",
    "annual": "percent_signed",
    "costs": "usd",
    "fees": "usd",
    "slippage": "usd",
    "gap": "usd_signed",
    "fill": "price",
    "assumed": "words:coins_assumed",
}

TILES = (
    Block(
        label="Net delta",
        tip="The dollar value of coins and hedge together, at entry: 1 % of it is what you gain if prices rise by 1 %. "
        "A coin that is posted as the margin of an inverse contract is long, and counts.",
        lines=(
            Line(kind="value", templates=("{net_delta}",)),
            Line(kind="sub", templates=("unhedged {spot_value} · after the move {net_delta_after}",)),
        ),
    ),
    Block(
        label="Portfolio beta",
        tip="How far the basket is expected to move when the hedge asset moves by 1 %, before and after the hedge: the "
        "correlation times the ratio of the volatilities. With a full minimum-variance hedge it is 0, yet the result "
        "still changes with the basket's own move, with a slope of V × (1 − correlation squared).",
        lines=(
            Line(kind="value", templates=("{beta} → {net_beta}",)),
            Line(kind="sub", templates=("to {asset}, before → after{assumed}",)),
        ),
    ),
    Block(
        label="Margin",
        tip="The initial margin is the value of the position (notional) divided by the leverage. The venue liquidates "
        "the hedge when its equity falls to the maintenance margin of its tier.",
        lines=(
            Line(kind="value", templates=("{initial_margin}",)),
            Line(kind="sub", templates=("you can lose {collateral} · maintenance margin {maintenance_margin}",)),
        ),
    ),
    Block(
        label="Liquidation price",
        tone="is_dead",
        tip="The mark price at which the hedge is liquidated, with the margin tier that is valid there. Crypto venues "
        "make no margin calls: their engine closes the position. In a thinned book it is a range: from the price that "
        "triggers the liquidation to the average price at which it is filled.",
        lines=(
            Line(
                kind="value",
                pick="liquidation",
                templates=("none", *("{liquidation_price}", "{liquidation_price} †") * 2),
            ),
            Line(
                kind="sub",
                pick="liquidation",
                templates=(
                    "no price of {asset} liquidates it",
                    "{asset} {distance} · margin used up at {bankruptcy_price}",
                    "liquidated: {asset} has moved {distance}",
                    "to {fill} in the thinned book · {asset} {distance}",
                    "to {fill} in the thinned book: {asset} has moved {distance}",
                ),
            ),
        ),
    ),
    Block(
        label="Variance removed",
        tone="adds_risk",
        tip="The share of the variance that the hedge removes (hedge effectiveness): 2hρk − h²k², where k is the hedge "
        "asset's volatility divided by the basket's. Below zero the hedge adds risk.",
        lines=(
            Line(kind="value", pick="adds_risk", templates=("{effectiveness}", "adds {added}")),
            Line(
                kind="sub",
                pick="adds_risk",
                templates=(
                    "volatility {volatility} · best ratio {optimum}",
                    "best ratio {optimum}: hedge less",
                ),
            ),
        ),
    ),
    Block(
        label="Contracts",
        tone="is_refused",
        tip="Rounded to whole lots of the venue. The coverage reached is the share of a full hedge that they make up.",
        lines=(
            Line(
                kind="value",
                pick="refusal",
                templates=("{contracts} {side}", "too small", "too small", "leverage refused", "size refused", "none"),
            ),
            Line(
                kind="sub",
                pick="refusal",
                templates=(
                    "{notional} · coverage {coverage}, {asked} wanted",
                    "below the minimum quantity, {asked} wanted",
                    "below the minimum notional, {asked} wanted",
                    "",
                    "",
                    "you chose no hedge",
                ),
            ),
        ),
    ),
    Block(
        label="Funding",
        tip="The notional at entry times the rate times the whole intervals held. Longs pay a positive rate to "
        "shorts, so a short hedge receives it. The sign changes over time.",
        lines=(
            Line(kind="value", templates=("{funding}",)),
            Line(
                kind="sub",
                pick="is_beside",
                templates=(
                    "{receive}: {rate} every {hours} h, {annual} per year",
                    "{receive}, with all your futures together",
                    "a dated future pays none; roll it before it expires",
                ),
            ),
        ),
    ),
    Block(
        label="Fees and slippage",
        tip="The taker or maker fee, at entry and at exit. Slippage is half the spread plus the daily volatility "
        "times the square root of the order's share of the daily volume. A maker order has no slippage but may "
        "not be filled.",
        lines=(
            Line(kind="value", templates=("{costs}",)),
            Line(
                kind="sub",
                pick="has_gap",
                templates=(
                    "fees {fees} · slippage {slippage}",
                    "fees {fees} · slippage {slippage} · gap {gap}",
                ),
            ),
        ),
    ),
)


MARKS = {
    "coverage": ("1:1", "min. variance"),
    "leverage": ("maximum",),
    "spike": ("liquidated",),
    "move": ("0",),
    "own_move": ("0",),
    "funding_rate": ("0",),
    **dict.fromkeys(("entry_gap", "spike_gap", "exit_gap"), ("0",)),
}


REMARKS = {
    "spike_fraction": ("It has no effect unless the spike liquidates the hedge.", "The hedge is liquidated then."),
    "beta": ("It has no effect unless you size the hedge by beta.",),
    "spike_gap": ("It has no effect unless the spike liquidates the hedge.", "The hedge is liquidated then."),
    "thinning": ("It changes slippage at the end, and the price at which a liquidation is filled.",),
}


def marks(picture: HedgePicture) -> dict[str, Any]:
    """Return the sliders' ticks, in the sliders' units, and which remark holds."""
    out = picture.outcome
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        full = np.asarray(out.full_hedge_ratio, dtype=np.float64)
        one_to_one, best = 100.0 / full, 100.0 * np.divide(out.minimum_variance_hedge_ratio, full)
    return {
        "coverage/0": np.where(np.isfinite(one_to_one), one_to_one, np.nan),
        "coverage/1": np.where(np.isfinite(best), best, np.nan),
        "leverage/0": out.max_leverage,
        "spike/0": 100.0 * np.asarray(out.liquidation_distance),
        "move/0": 0.0,
        "own_move/0": 0.0,
        "funding_rate/0": 0.0,
        **{f"{name}/0": 0.0 for name in ("entry_gap", "spike_gap", "exit_gap")},
        "spike_fraction/remark": np.asarray(out.is_liquidated_by_spike).astype(int),
        "beta/remark": int(picture.inputs.basis == "beta"),
        "spike_gap/remark": np.asarray(out.is_liquidated_by_spike).astype(int),
        "thinning/remark": 0,
    }


def _case(picture: HedgePicture) -> Any:
    out = picture.outcome
    refusal = np.asarray(out.refusal)
    too_small = (refusal != ACCEPTED) & (refusal <= BELOW_MIN_NOTIONAL)
    alone, beside = (3, 4), (7, 8)
    none, small = beside if picture.futures else alone
    return np.select(
        [
            refusal == ABOVE_MAX_NOTIONAL,
            refusal == ABOVE_MAX_LEVERAGE,
            np.isnan(np.asarray(out.net_pnl, dtype=np.float64)),  # another future is refused
            too_small,
            np.asarray(out.notional) == 0,
            np.asarray(out.is_liquidated_by_spike),
            np.asarray(out.is_liquidated),
        ],
        [6, 5, 9, small, none, 1, 2],
        default=0,
    )


def _verdict(picture: HedgePicture, case: Any) -> Any:
    spot, net = np.asarray(picture.outcome.spot_pnl), np.asarray(picture.outcome.net_pnl)
    fell, rose = spot < 0, spot > 0
    verdict = np.select(
        [fell & (net >= 0), fell & (net < spot), fell, rose & (net <= 0), rose & (net > spot), rose],
        [2, 3, 1, 5, 6, 4],
        default=0,
    )
    return np.where(np.isin(case, (3, 4, 5, 6, 9)), 0, verdict)


def _sizing(inputs: HedgeInputs) -> Any:
    """Return whether a hedge of minimum variance gets what it was sized for (0), or what differs."""
    if inputs.basis != "minimum_variance":
        return 0

    def differs(name: str) -> Any:
        return ~np.isclose(inputs.sized(name), np.asarray(getattr(inputs, name)), rtol=1e-9, atol=1e-9)

    volatilities = differs("spot_volatility") | differs("hedge_volatility")
    return np.where(differs("correlation"), 1, 0) + np.where(volatilities, 2, 0)


def _shortage(picture: HedgePicture) -> Any:
    """Return the place of the sentence on the cash: 0 where it is enough or not said.

    Where it is not enough no allowed leverage helps, or one does (above what is usually advised, or not); it can be
    enough only because the leverage is above what is usually advised.
    """
    out, cash = picture.outcome, np.asarray(picture.inputs.cash)
    guard = 1.0 + 1e-12
    is_short = (cash > 0) & (_required(picture) > cash * guard)
    is_above_advice = (cash > 0) & (_required_at(picture, 5.0) > cash * guard)
    is_possible = _needed(picture) <= np.asarray(out.max_leverage)
    return np.select(
        [is_short & ~is_possible, is_short & is_above_advice, is_short, is_above_advice & is_possible], [1, 3, 2, 4], 0
    )


def _required(picture: HedgePicture) -> Any:
    """Return the margin to post for the hedge and for the futures that are not yet open."""
    return np.asarray(picture.outcome.initial_margin) + picture.others_margin


def _required_at(picture: HedgePicture, leverage: float) -> Any:
    """Return the margin to post at another leverage of the hedge."""
    scale = np.asarray(picture.inputs.leverage) / leverage
    return np.asarray(picture.outcome.initial_margin) * scale + picture.others_margin


def _needed(picture: HedgePicture) -> Any:
    """Return the leverage, to the next tenth above, at which the cash is the initial margin."""
    cash = np.maximum(picture.inputs.cash - picture.others_margin, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        worth = np.asarray(picture.outcome.initial_margin) * picture.inputs.leverage
        needed = np.ceil(10.0 * np.divide(worth, cash) - 1e-9) / 10.0
    return np.where(np.isfinite(needed), needed, np.nan)


def story(picture: HedgePicture) -> dict[str, Any]:
    """Return the columns of the sentence."""
    out, inputs = picture.outcome, picture.inputs
    case = _case(picture)
    verdict = _verdict(picture, case)
    spot, net = np.asarray(out.spot_pnl), np.asarray(out.net_pnl)
    dead = np.isin(case, (1, 2))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(spot < 0, 1.0 - net / spot, net / spot)
        left = np.maximum(inputs.cash - picture.others_margin, 0.0)
        enough = np.where(np.asarray(out.initial_margin) > 0, np.divide(left, out.initial_margin), np.nan)
    difference = np.select([np.isin(verdict, (2, 5)), np.isin(verdict, (3, 6))], [np.abs(net), np.abs(net - spot)], 0.0)
    has_liquidation = np.isfinite(np.asarray(out.liquidation_price))
    contract = inputs.contract
    value = contract.contract_value(inputs.hedge_price)
    survival = np.select([case >= 3, case == 1, case == 2, has_liquidation], [0, 3, 3, 1], 2)
    return {
        "case": case,
        "verdict": verdict,
        "survival": np.where(contract.is_dated & (survival > 0), survival + 3, survival),
        "has_band": np.where((case >= 3) | dead, 0, 1),
        "is_dead": np.where(dead, 1, 0),
        "fall": np.where(np.asarray(inputs.move) < 0, 0, 1),
        "move": np.abs(inputs.move),
        "spot_verb": np.where(spot < 0, 0, 1),
        "spot": np.abs(spot),
        "hedge_verb": np.where(np.asarray(out.hedge_pnl) + out.collateral_pnl < 0, 0, 1),
        "hedge": np.abs(np.asarray(out.hedge_pnl) + out.collateral_pnl),
        "you": np.where(net < 0, 0, 1),
        "net": np.abs(net),
        "lost": out.collateral,
        "asset": 0,
        "contract": 0,
        "spike": inputs.spike,
        "spike_day": np.asarray(inputs.spike_fraction) * inputs.days,
        "hedge_move": out.hedge_move,
        "max_leverage": out.max_leverage,
        "leverage": inputs.leverage,
        "share": share,
        "difference": difference,
        "receive": np.where(np.asarray(out.funding_pnl) < 0, 0, 1),
        "funding": np.abs(out.funding_pnl),
        "days": inputs.days,
        "distance": out.liquidation_distance,
        "low": picture.low,
        "high": picture.high,
        "slope": 0.01 * picture.slope,
        "min_order": np.maximum(contract.min_notional, contract.min_quantity * value),
        "sizing": np.where(case >= 3, 0, _sizing(inputs)),
        "sized_correlation": inputs.sized("correlation"),
        "correlation": inputs.correlation,
        "sized_spot": inputs.sized("spot_volatility"),
        "sized_asset": inputs.sized("hedge_volatility"),
        "comes_spot": inputs.spot_volatility,
        "comes_asset": inputs.hedge_volatility,
        "shortage": np.where(case >= 3, 0, _shortage(picture)),
        "required": _required(picture),
        "cash": inputs.cash,
        "fits": inputs.coverage * enough,
        "needed": _needed(picture),
        "order": np.where((case >= 3) & (case < 9), 0, np.where(np.asarray(out.side) < 0, 1, 2)),
        "amount": out.notional / np.asarray(inputs.hedge_price),
        "notional": out.notional,
        "collateral": out.collateral,
        "beside": _beside(picture, case),
        "others": np.abs(picture.others),
        "n_lost": picture.n_lost,
        "assumed": 0,
        "refused": 0,
        "at_three": _required_at(picture, 3.0),
        "at_five": _required_at(picture, 5.0),
        **_away(picture, survival),
    }


def _away(picture: HedgePicture, survival: Any) -> dict[str, Any]:
    """Return the columns on gaps and on the thinned book; ``survival`` says where a price liquidates the hedge."""
    out, inputs = picture.outcome, picture.inputs
    gap, lost = np.nan_to_num(np.asarray(out.gap_pnl)), picture.fill_loss - np.asarray(out.collateral)
    is_thinned = (survival == 1) & (np.asarray(inputs.thinning) > 1)
    at_entry, at_end = (np.asarray(getattr(inputs, name)) != 0 for name in ("entry_gap", "exit_gap"))
    which = np.where(at_entry & at_end, 0, np.where(at_entry, 1, 2))
    return {
        "gap_case": np.where(gap == 0, 0, np.where(gap > 0, 2, 1) + 2 * which),
        "inside": ((survival == 1) & (np.asarray(inputs.spike_gap) != 0)).astype(int),
        "thinned": np.where(is_thinned, np.where(lost > 0, 2, 1), 0),
        "gap": np.abs(gap),
        **{f"{when}_gap": np.abs(getattr(inputs, f"{when}_gap")) for when in _WHEN},
        **{f"{when}_side": np.where(np.asarray(getattr(inputs, f"{when}_gap")) < 0, 0, 1) for when in _WHEN},
        "plain_distance": np.asarray(out.liquidation_price) / inputs.hedge_price - 1.0,
        "trigger": out.liquidation_price,
        "fill": picture.fill_price,
        "fill_loss": picture.fill_loss,
        "beyond": lost,
        "thinning": inputs.thinning,
    }


def _beside(picture: HedgePicture, case: Any) -> Any:
    """Return whether there are no other futures (0), or whether they lose or gain, and some of them die."""
    which = np.where(picture.others < 0, 1, 2) + np.where(picture.n_lost > 0, 2, 0)
    return np.where(np.isin(case, (5, 6, 9)), 0, which) if picture.futures else 0


def tiles(picture: HedgePicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    out, inputs = picture.outcome, picture.inputs
    case = _case(picture)
    effectiveness = np.asarray(out.hedge_effectiveness)
    adds_risk = effectiveness < -1e-12
    hours, is_beside = inputs.contract.funding_hours, int(bool(picture.futures))
    annual, _ = annual_funding_rate(np.asarray(inputs.funding_rate), 24.0)
    dead = np.asarray(out.is_liquidated)
    has_liquidation = np.isfinite(np.asarray(out.liquidation_price))
    is_thinned = np.where(np.asarray(inputs.thinning) > 1, 2, 0)
    return {
        "net_delta": out.net_delta,
        "net_delta_after": out.net_delta_after,
        "spot_value": out.spot_value,
        "beta": out.minimum_variance_hedge_ratio,
        "net_beta": out.net_beta,
        "asset": 0,
        "initial_margin": out.initial_margin,
        "maintenance_margin": out.maintenance_margin,
        "collateral": out.collateral,
        "liquidation": np.where(has_liquidation, np.where(dead, 2, 1) + is_thinned, 0),
        "fill": picture.fill_price,
        "has_gap": (np.nan_to_num(np.asarray(out.gap_pnl)) != 0).astype(int),
        "gap": out.gap_pnl,
        "is_dead": np.where(dead, 1, 0),
        "liquidation_price": out.liquidation_price,
        "distance": out.liquidation_distance,
        "bankruptcy_price": out.bankruptcy_price,
        "effectiveness": effectiveness,
        "added": -effectiveness,
        "adds_risk": np.where(adds_risk, 1, 0),
        "volatility": out.volatility_reduction,
        "optimum": out.minimum_variance_hedge_ratio,
        "contracts": out.n_contracts,
        "refusal": np.where(np.isin(case, (3, 7)), 5, np.asarray(out.refusal)),
        "is_refused": np.where(np.isin(case, (4, 5, 6, 8)), 1, 0),
        "side": np.where(np.asarray(out.side) < 0, 0, 1),
        "coverage": out.coverage,
        "asked": inputs.coverage,
        "notional": out.notional,
        "receive": np.where(np.asarray(out.funding_pnl) < 0, 0, 1),
        "funding": np.abs(out.funding_pnl),
        "rate": np.asarray(inputs.funding_rate) * min(hours, 24.0) / 24.0,
        "hours": min(hours, 24.0),
        "annual": annual,
        "is_beside": is_beside or 2 * int(inputs.contract.is_dated),
        "costs": np.asarray(out.fees) + out.slippage,
        "fees": out.fees,
        "slippage": out.slippage,
        "assumed": 0,
    }
