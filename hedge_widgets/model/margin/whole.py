"""The whole wallet: futures in one cross account, beside what isolated margin does with each (docs/model.md 3.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hedge_widgets.model.hedge import HedgeInputs, hedge_outcome
from hedge_widgets.model.margin import (
    Account,
    AccountState,
    Position,
    account_state,
    liquidation_moves,
    notional_at,
)

MAX_BETA = 20.0


@dataclass(frozen=True, kw_only=True)
class WholeWallet:
    """One cross account, and its positions with isolated margin; scalars, None where there is no such price or move.

    ``state`` is the account at the mark prices, in its currency. ``alone`` is the (fall, rise) of each coin by itself,
    the others unchanged, and ``together`` that of the common factor, coin i moving by its beta times it, at which the
    account is liquidated. ``isolated`` are the positions' own liquidation prices, in their order, and ``first`` is the
    place of the one that a common move liquidates first (None where it liquidates none), ``first_move`` that move.
    """

    account: Account
    state: AccountState
    alone: Mapping[str, tuple[Any, Any]]
    together: tuple[Any, Any]
    isolated: tuple[float | None, ...]
    first: int | None
    first_move: float | None


def whole_wallet(positions: Sequence[Position], wallet: float, betas: Mapping[str, float]) -> WholeWallet:
    """Return what becomes of positions, each with scalar isolated margin, if one ``wallet`` is behind them all.

    ``wallet`` is in the currency that they settle in, all that is posted included; ``betas`` are the moves of their
    coins per move of the common factor, cut to 0 to 20.

    Raises
    ------
    InputError
        If a position has no margin of its own, or they cannot be in one account.
    """
    account = Account(positions=tuple(replace(one, collateral=None) for one in positions), wallet=wallet)
    beta = {coin: float(np.clip(betas[coin], 0.0, MAX_BETA)) for coin in account.coins}
    isolated = tuple(one.isolated_liquidation_price() if one.quantity > 0 else None for one in positions)
    moves = [_factor_move(one, price, beta[one.coin]) for one, price in zip(positions, isolated, strict=True)]
    first = min(range(len(moves)), key=lambda place: abs(moves[place]))
    ends = np.isfinite(moves[first])
    return WholeWallet(
        account=account,
        state=account_state(account),
        alone={coin: liquidation_moves(account, {coin: 1.0}) for coin in account.coins},
        together=liquidation_moves(account, beta),
        isolated=isolated,
        first=first if ends else None,
        first_move=moves[first] if ends else None,
    )


def _factor_move(position: Position, price: float | None, beta: float) -> float:
    """Return the move of the common factor that brings the coin to its liquidation price, infinite where none does."""
    if price is None:
        return float("inf")
    move = price / float(position.mark_price) - 1.0
    if float(position.side) * move >= 0:  # the price has been there already
        return 0.0
    return move / beta if beta > 0 and move / beta > -1.0 else float("inf")


def isolated_position(inputs: HedgeInputs) -> Position | None:
    """Return a future of scalar inputs as a position with its isolated margin, as it was or would be posted.

    None where the venue refuses it, and for no order at all.
    """
    outcome, spec = hedge_outcome(inputs), inputs.contract
    if not outcome.notional:
        return None
    price = float(inputs.hedge_price)
    entry = price if inputs.entry_price is None else float(inputs.entry_price)
    quantity = outcome.notional if spec.kind == "inverse" else outcome.notional / price
    return Position(
        coin=spec.underlying,
        kind=spec.kind,
        side=outcome.side,
        quantity=quantity,
        entry_price=entry,
        mark_price=price,
        tiers=spec.tiers,
        closing_fee_rate=spec.closing_fee_rate,
        collateral=notional_at(spec.kind, quantity, entry) / float(inputs.leverage),
    )
