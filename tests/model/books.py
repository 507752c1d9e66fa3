"""Random accounts, ten thousand at once, and their condition written a second time from the definition."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from hedge_widgets.market.facts import contract
from hedge_widgets.model.margin import Account, FlatTiers, MarginTiers, Position, SizeRates, SpotCollateral, Tiers

FLAT = FlatTiers(
    caps=(50_000.0, 200_000.0, 1e6, 5e6),
    maintenance_rates=(0.004, 0.01, 0.03, 0.08),
    initial_rates=(0.01, 0.02, 0.06, 0.16),
)
FLAT_COINS = FlatTiers(
    caps=(1.0, 5.0, 20.0, 100.0),
    maintenance_rates=(0.004, 0.01, 0.03, 0.08),
    initial_rates=(0.01, 0.02, 0.06, 0.16),
)
DERIBIT = SizeRates(maintenance_rate=0.01, initial_rate=0.02, slope=0.00005)
LINEAR_TIERS: tuple[Tiers, ...] = (
    contract("Binance USD-M BTCUSDT").tiers,
    contract("Binance USD-M WIFUSDT").tiers,
    contract("Hyperliquid BTC").tiers,
    contract("dYdX v4 BTC-USD").tiers,
    FLAT,
    DERIBIT,
)
INVERSE_TIERS: tuple[Tiers, ...] = (
    contract("Binance COIN-M BTCUSD_PERP").tiers,
    contract("Bybit BTCUSD").tiers,
    FLAT_COINS,
    DERIBIT,
)
MARKS = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 150.0}


def asked(position: Position, price: Any) -> Any:
    """Return maintenance margin plus closing fee at a price, tier by tier, slice by slice."""
    is_linear = position.kind == "linear"
    notional = np.asarray(position.quantity * price if is_linear else position.quantity / price)
    tiers, margin = position.tiers, np.zeros(notional.shape)
    if isinstance(tiers, MarginTiers):
        floor = 0.0
        for cap, rate in zip((*tiers.caps[:-1], math.inf), tiers.maintenance_rates, strict=True):
            margin = margin + np.clip(notional - floor, 0.0, cap - floor) * rate
            floor = cap
    elif isinstance(tiers, FlatTiers):
        margin = notional * tiers.maintenance_rates[-1]
        for cap, rate in reversed(list(zip(tiers.caps[:-1], tiers.maintenance_rates[:-1], strict=True))):
            margin = np.where(notional <= cap, notional * rate, margin)
    else:
        coins = position.quantity if is_linear else notional
        margin = notional * (tiers.maintenance_rate + tiers.slope * coins)
    return margin + position.closing_fee_rate * notional


def surplus(account: Account, prices: dict[str, Any]) -> tuple[Any, Any]:
    """Return (equity less what is asked, scale of its parts) at these prices; the other coins stand at their marks."""
    total, scale = np.asarray(account.wallet, dtype=float), np.abs(account.wallet)
    for held in account.spot:
        value = held.quantity * prices.get(held.coin, held.price) * held.collateral_ratio
        total, scale = total + value, scale + np.abs(value)
    for position in account.positions:
        price = prices.get(position.coin, position.mark_price)
        if position.kind == "linear":
            at_entry, now = position.quantity * position.entry_price, position.quantity * price
            pnl = position.side * (now - at_entry)
        else:
            at_entry, now = position.quantity / position.entry_price, position.quantity / price
            pnl = position.side * (at_entry - now)
        total = total + pnl - asked(position, price)
        scale = scale + np.abs(at_entry) + np.abs(now)
    return total, scale


def random_accounts(seed: int, n_rows: int) -> Iterator[tuple[str, Account]]:
    """Yield accounts of 1 to 4 positions, ``n_rows`` of each: linear with and without spot, and inverse."""
    generator = np.random.default_rng(seed)
    for n_positions in (1, 2, 3, 4):
        for has_spot in (False, True):
            yield f"linear {n_positions} {has_spot}", _linear(generator, n_positions, has_spot, n_rows)
        yield f"inverse {n_positions}", _inverse(generator, n_positions, n_rows)


def _sides(generator: np.random.Generator, n_rows: int) -> Any:
    return generator.choice([-1.0, 1.0], n_rows)


def _linear(generator: np.random.Generator, n_positions: int, has_spot: bool, n_rows: int) -> Account:
    coins, positions = list(MARKS), []
    for k in range(n_positions):
        coin = coins[k % 2]  # the third position is on the first one's coin
        notional = np.exp(generator.uniform(np.log(1e3), np.log(5e6), n_rows))
        positions.append(
            Position(
                coin=coin,
                kind="linear",
                side=_sides(generator, n_rows),
                quantity=notional / MARKS[coin],
                entry_price=MARKS[coin] * generator.uniform(0.8, 1.2, n_rows),
                mark_price=MARKS[coin],
                tiers=LINEAR_TIERS[generator.integers(len(LINEAR_TIERS))],
                closing_fee_rate=float(generator.choice([0.0, 0.0006])),
            )
        )
    wallet = sum(p.quantity * p.mark_price for p in positions) * generator.uniform(0.05, 1.2, n_rows)
    spot = ()
    if has_spot:
        quantity = positions[0].quantity * generator.uniform(0.0, 1.5, n_rows)
        spot = (SpotCollateral(coin="BTC", quantity=quantity, price=MARKS["BTC"], collateral_ratio=0.95),)
    return Account(positions=tuple(positions), wallet=wallet, spot=spot)


def _inverse(generator: np.random.Generator, n_positions: int, n_rows: int) -> Account:
    mark = MARKS["BTC"]
    positions = tuple(
        Position(
            coin="BTC",
            kind="inverse",
            side=_sides(generator, n_rows),
            quantity=np.exp(generator.uniform(np.log(1e3), np.log(5e6), n_rows)),
            entry_price=mark * generator.uniform(0.8, 1.2, n_rows),
            mark_price=mark,
            tiers=INVERSE_TIERS[generator.integers(len(INVERSE_TIERS))],
            closing_fee_rate=float(generator.choice([0.0, 0.0006])),
        )
        for _ in range(n_positions)
    )
    wallet = sum(p.quantity for p in positions) / mark * generator.uniform(0.05, 1.2, n_rows)
    return Account(positions=positions, wallet=wallet)
