"""The wallet around the margin page's position: what ends it in cross margin and in a unified account, what is left."""

from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.margin import (
    Account,
    AccountState,
    Position,
    SpotCollateral,
    account_state,
    liquidation_moves,
    notional_at,
)
from hedge_widgets.model.margin.setting import MarginSetting

Array = npt.NDArray[np.float64]


def wallet_ends(setting: MarginSetting, wallet: Array) -> tuple[Array, Array]:
    """Return the (fall, rise) of the coin that liquidates the whole wallet, NaN where there is none."""
    return _ends(setting, Account(positions=setting.positions(), wallet=wallet))


def unified_ends(setting: MarginSetting, wallet: Array) -> tuple[Array, Array]:
    """Return the (fall, rise) that liquidates the wallet where the coins held back it too; NaN for no hedge of coins.

    That is a linear short beside coins: the wallet and its other position are those of cross margin.
    """
    if not setting.is_unified_possible:
        nothing = np.full(wallet.shape, np.nan)
        return nothing, nothing
    coins = SpotCollateral(
        coin=setting.contract.underlying,
        quantity=setting.spot_quantity,
        price=setting.entry_price,
        collateral_ratio=setting.collateral_ratio,
    )
    return _ends(setting, Account(positions=setting.positions(), wallet=wallet, spot=(coins,)))


def _ends(setting: MarginSetting, account: Account) -> tuple[Array, Array]:
    fall, rise = (np.asarray(np.nan if move is None else move) for move in liquidation_moves(account, setting.betas))
    return fall, rise


def nearer_first(fall: Array, rise: Array) -> tuple[Array, Array]:
    """Return the nearer and the further of two ends of a wallet, NaN where there is none."""
    is_fall = np.isnan(rise) | (np.abs(fall) < np.abs(rise))
    return np.where(is_fall, fall, rise), np.where(is_fall, rise, fall)


def wallet_state(setting: MarginSetting, wallet: Array, moves: Array) -> AccountState:
    """Return the wallet's state where the coin moved by ``moves``, shape (rows, points), the others by their betas."""
    account = Account(positions=setting.positions(), wallet=wallet[:, None])
    return account_state(account, {coin: setting.coin_move(coin, moves) for coin in setting.betas})


def wallet_left(setting: MarginSetting, wallet: Array, end: Array) -> Array:
    """Return what a liquidation of the whole wallet at a move leaves of it, in the margin's currency."""
    moves = np.where(np.isnan(end), 0.0, end)
    equity = np.asarray(wallet_state(setting, wallet, moves[:, None]).equity, dtype=np.float64)[:, 0]
    closed = sum(_notional(position, setting.coin_move(position.coin, moves)) for position in setting.positions())
    return np.asarray(np.maximum(equity - setting.liquidation_fee * closed, 0.0))


def _notional(position: Position, move: Array) -> Any:
    return notional_at(position.kind, position.quantity, position.mark_price * (1.0 + move))
