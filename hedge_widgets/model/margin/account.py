"""An account of several positions under one wallet: cross margin, and spot coins as collateral (docs/model.md 3.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, SIGNED, InputError, Limit, Numeric, choice, missing_as_none
from hedge_widgets.model.margin.crossing import Requirement, first_crossing
from hedge_widgets.model.margin.position import (
    Tiers,
    liquidation_price,
    margin_ratio,
    notional_at,
    tiers_of,
    unrealised_pnl,
)

_FRACTION = Limit(0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Position:
    """One open futures position; every number may be an array, all arrays of an account broadcast.

    ``side`` is +1 long, -1 short; ``quantity`` > 0 in coins (linear) or in quote value of the contracts (inverse);
    prices are quote currency per coin; ``settlement`` is the currency of a linear contract's margin, an inverse one
    settles in its coin. ``collateral`` is what an isolated position has of its own, in the settlement currency; it is
    negative where gains were withdrawn against it, as dYdX allows, and None where the position shares the wallet of its
    account.
    """

    coin: str
    kind: str
    side: Numeric
    quantity: Numeric
    entry_price: Numeric
    mark_price: Numeric
    tiers: Tiers
    closing_fee_rate: Numeric = 0.0
    settlement: str = "USDT"
    collateral: Numeric | None = None

    def __post_init__(self) -> None:
        choice(f"kind of the {self.coin} position", self.kind, ("linear", "inverse"))
        limits = {"quantity": AMOUNT, "entry_price": POSITIVE, "mark_price": POSITIVE, "closing_fee_rate": _FRACTION}
        for name, limit in limits.items():
            object.__setattr__(self, name, limit.checked(f"{name} of {self.coin}", getattr(self, name)))
        side = Limit(-1.0, 1.0).checked(f"side of {self.coin}", self.side)
        if np.any(np.abs(side) != 1):
            raise InputError(f"side of {self.coin} must be +1 (long) or -1 (short), not {self.side!r:.60}")
        object.__setattr__(self, "side", side)
        if self.kind == "inverse":
            object.__setattr__(self, "settlement", self.coin)
        if self.collateral is not None:
            checked = SIGNED.checked(f"collateral of {self.coin}", self.collateral)
            object.__setattr__(self, "collateral", checked)

    def pnl(self, price: Any) -> Any:
        """Return the unrealised profit at a price, in the settlement currency."""
        return unrealised_pnl(self.kind, self.side, self.quantity, self.entry_price, price)

    def maintenance_margin(self, price: Any) -> Any:
        """Return the maintenance margin at a price, closing fee included, in the settlement currency."""
        notional = notional_at(self.kind, self.quantity, price)
        tiers = tiers_of(self.kind, self.quantity, self.tiers)
        return tiers.maintenance_margin(notional) + self.closing_fee_rate * notional

    def isolated_liquidation_price(self) -> Any:
        """Return the price at which the position's own collateral is used up; None (NaN in arrays) without one.

        Raises
        ------
        InputError
            If the position has no collateral of its own.
        """
        if self.collateral is None:
            raise InputError(f"the {self.coin} position must have a collateral of its own to be isolated, not None")
        terms = (self.entry_price, self.collateral, self.tiers, self.closing_fee_rate)
        return liquidation_price(self.kind, self.side, self.quantity, *terms)


@dataclass(frozen=True, kw_only=True)
class SpotCollateral:
    """Coins held that count as collateral with ``collateral_ratio`` (1 less the haircut) of their value."""

    coin: str
    quantity: Numeric
    price: Numeric
    collateral_ratio: Numeric

    def __post_init__(self) -> None:
        limits = {"quantity": AMOUNT, "price": POSITIVE, "collateral_ratio": _FRACTION}
        for name, limit in limits.items():
            object.__setattr__(self, name, limit.checked(f"{name} of {self.coin}", getattr(self, name)))


@dataclass(frozen=True, kw_only=True)
class Account:
    """Positions that share one wallet (cross margin) in one currency, and spot coins that back a linear account.

    ``wallet`` is cash in the settlement currency of the positions, negative where it is borrowed.

    Raises
    ------
    InputError
        If there is no position, one is isolated, or the positions settle in several currencies.
    """

    positions: tuple[Position, ...]
    wallet: Numeric = 0.0
    spot: tuple[SpotCollateral, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", tuple(self.positions))
        object.__setattr__(self, "spot", tuple(self.spot))
        object.__setattr__(self, "wallet", SIGNED.checked("wallet", self.wallet))
        if not self.positions:
            raise InputError("an account must hold at least one position, not 0")
        isolated = [position.coin for position in self.positions if position.collateral is not None]
        if isolated:
            raise InputError(f"a cross account must hold positions without collateral of their own, not {isolated[0]}")
        currencies = sorted({position.settlement for position in self.positions})
        if len(currencies) > 1 or len({position.kind for position in self.positions}) > 1:
            raise InputError(
                f"the positions of one account must settle in one currency, not {' and '.join(currencies)}"
            )
        if self.spot and self.positions[0].kind == "inverse":
            raise InputError(
                f"an inverse account must hold its coins in the wallet, not {len(self.spot)} spot holdings"
            )

    @property
    def coins(self) -> tuple[str, ...]:
        """Return the coins of the positions and holdings, each once, in order."""
        return tuple(dict.fromkeys([*(leg.coin for leg in self.positions), *(held.coin for held in self.spot)]))


@dataclass(frozen=True, kw_only=True)
class AccountState:
    """An account at given prices, in its currency; shapes as the inputs broadcast.

    ``maintenance_margin`` includes closing fees; ``margin_ratio`` is maintenance margin over equity, None (NaN in
    arrays) at an equity of 0; ``buffer`` is what may be lost until liquidation.
    """

    equity: Any
    maintenance_margin: Any
    margin_ratio: Any
    buffer: Any
    is_liquidated: Any


def account_state(account: Account, moves: Mapping[str, Any] | None = None) -> AccountState:
    """Return the account after simple moves of some coins from their mark prices; the others stand still."""
    factor = {coin: 1.0 + np.asarray(move, dtype=np.float64) for coin, move in (moves or {}).items()}
    unknown = set(factor) - set(account.coins)
    if unknown:
        raise InputError(f"moves must be of the account's coins {', '.join(account.coins)}, not {sorted(unknown)[0]}")
    prices = [position.mark_price * factor.get(position.coin, 1.0) for position in account.positions]
    pairs = list(zip(account.positions, prices, strict=True))
    backing = sum(s.collateral_ratio * s.quantity * s.price * factor.get(s.coin, 1.0) for s in account.spot)
    equity = account.wallet + backing + sum(position.pnl(price) for position, price in pairs)
    asked = sum(position.maintenance_margin(price) for position, price in pairs)
    values = (equity, asked, margin_ratio(asked, equity), equity - asked, np.asarray(equity <= asked))
    names = AccountState.__dataclass_fields__
    return AccountState(**dict(zip(names, map(missing_as_none, values), strict=True)))


def liquidation_moves(account: Account, betas: Mapping[str, float]) -> tuple[Any, Any]:
    """Return the first (fall, rise) of a common factor that liquidates the account; coin i moves by beta_i times it.

    A simple move from the mark prices; 0 for an account that is liquidated now, None (NaN in arrays) where there is
    none. A coin whose price reached 0 (beta above 1) stays there while the factor falls on. Betas are 0 (the coin
    stands still) to 20; an inverse account has one coin, which moves as the factor does.

    Raises
    ------
    InputError
        If a beta is outside its limit, of a coin that the account does not hold, or not 0 or 1 in an inverse account.
    """
    unknown = set(betas) - set(account.coins)
    if unknown:
        raise InputError(f"betas must be of the account's coins {', '.join(account.coins)}, not {sorted(unknown)[0]}")
    beta = {coin: float(Limit(0.0, 20.0).checked(f"beta of {coin}", betas.get(coin, 0.0))) for coin in account.coins}
    if account.positions[0].kind == "inverse":
        if any(value not in (0.0, 1.0) for value in beta.values()):
            raise InputError(f"betas of an inverse account must be 0 or 1, not {max(beta.values()):g}")
        # The account is linear in 1 / price, whose rise is the price's fall.
        rise, fall = (1.0 / _multiple(account, beta, direction) - 1.0 for direction in (-1.0, 1.0))
    else:
        fall, rise = (_multiple(account, beta, direction) - 1.0 for direction in (-1.0, 1.0))
    return missing_as_none(fall), missing_as_none(rise)


def liquidation_prices(account: Account, coin: str) -> tuple[Any, Any]:
    """Return the mark prices (below, above) of one coin's first position at which the account is liquidated.

    The other coins stand still; other positions and holdings of the coin move with it. A hedged account can have both,
    None (NaN in arrays) where there is none.
    """
    first = next((position for position in account.positions if position.coin == coin), None)
    if first is None:
        raise InputError(f"coin must be one of the positions' coins {', '.join(account.coins)}, not {coin!r:.40}")
    moves = liquidation_moves(account, {coin: 1.0})
    below, above = (missing_as_none(first.mark_price * (1.0 + _array(move))) for move in moves)
    return below, above


def unified_liquidation_price(
    cash: Any,
    quantity: Any,
    entry_price: Any,
    spot_quantity: Any,
    collateral_ratio: Any,
    tiers: Tiers,
    closing_fee_rate: Any = 0.0,
) -> Any:
    """Return the liquidation price of a linear short that spot of the same coin backs in a unified account.

    P* = (U + A + Q E) / (Q (1 + mu + phi) - c q) for cash U, q coins of spot with collateral ratio c
    (docs/model.md 3.7); None (NaN in arrays) where the spot's gain pays for everything.
    """
    short = Position(
        coin="coin",
        kind="linear",
        side=-1.0,
        quantity=quantity,
        entry_price=entry_price,
        mark_price=entry_price,
        tiers=tiers,
        closing_fee_rate=closing_fee_rate,
    )
    held = SpotCollateral(coin="coin", quantity=spot_quantity, price=entry_price, collateral_ratio=collateral_ratio)
    return liquidation_prices(Account(positions=(short,), wallet=cash, spot=(held,)), "coin")[1]


def _multiple(account: Account, beta: Mapping[str, float], direction: float) -> Any:
    """Return the multiple u of the factor (of its inverse for an inverse account) at the first liquidation, NaN."""
    # Coins of a beta above 1 are worth nothing before the factor is: the way down has a stretch from each to the next.
    zeros = sorted({1.0 - 1.0 / value for value in beta.values() if value > 1}, reverse=True) if direction < 0 else []
    found, start = np.full((), np.nan), 1.0
    for end in (*zeros, 0.0):
        crossing = _multiple_between(account, beta, direction, start, end)
        found, start = np.where(np.isnan(found), crossing, found), end
    return found


def _multiple_between(account: Account, beta: Mapping[str, float], direction: float, start: float, end: float) -> Any:
    """Return the first liquidation's u from ``start`` on, not down to ``end``; coins that are at 0 by then stay there.

    A price is ``base + slope u`` of its mark: 1 - beta and beta, or nothing at all.
    """
    line = {
        coin: (0.0, 0.0) if value > 1 and 1.0 - 1.0 / value >= start else (1.0 - value, value)
        for coin, value in beta.items()
    }
    equity, equity_slope = np.asarray(account.wallet, dtype=np.float64), np.zeros(())
    requirements = []
    for position in account.positions:
        base, slope = line[position.coin]
        notional = notional_at(position.kind, position.quantity, position.mark_price)
        exposure = (-position.side if position.kind == "inverse" else position.side) * notional
        equity = equity + position.pnl(position.mark_price) + exposure * (base - 1.0)
        equity_slope = equity_slope + exposure * slope
        schedule = tiers_of(position.kind, position.quantity, position.tiers)
        requirements.append(Requirement(schedule, notional * base, notional * slope, position.closing_fee_rate))
    for held in account.spot:
        base, slope = line[held.coin]
        value = held.collateral_ratio * held.quantity * held.price
        equity, equity_slope = equity + value * base, equity_slope + value * slope
    return first_crossing(direction, equity, equity_slope, requirements, end, start)


def _array(value: Any) -> Any:
    return np.asarray(np.nan if value is None else value, dtype=np.float64)
