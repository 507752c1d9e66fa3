"""Random states of the simulator, and its strip written a second time: plain Python, one point, one tier at a time."""

import math
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from hedge_widgets.market.facts import contracts
from hedge_widgets.model.contracts import ROUNDINGS, ContractSpec
from hedge_widgets.model.hedge import BASES, MARGIN_MODES, ORDER_TYPES, HedgeInputs
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import MarginTiers
from hedge_widgets.model.portfolio import Holding, Portfolio


class Specs(tuple[ContractSpec, ...]):
    """Contracts that are named by their number: hypothesis writes its strategies out, and warns of long ones."""

    def __repr__(self) -> str:
        return f"{len(self)} contracts"


SHIPPED = Specs(contracts().values())
LINEAR = Specs(spec for spec in SHIPPED if spec.kind == "linear")
INVERSE = Specs(spec for spec in SHIPPED if spec.kind == "inverse")

NUMBERS = {
    "hedge_price": (0.01, 2e5),
    "coverage": (0.0, 2.0),
    "beta": (-2.0, 3.0),
    "correlation": (-1.0, 1.0),
    "spot_volatility": (0.1, 2.0),
    "hedge_volatility": (0.1, 2.0),
    "leverage": (1.0, 60.0),
    "cash": (0.0, 1e6),
    "move": (-0.99, 3.0),
    "spike": (-0.9, 3.0),
    "spike_fraction": (0.0, 1.0),
    "own_move": (-0.9, 2.0),
    "funding_rate": (-0.15, 0.15),
    "days": (0.0, 400.0),
    "half_spread": (0.0, 0.05),
    "impact": (0.0, 3.0),
    "daily_volume": (1e4, 1e12),
    "residual": (-3.0, 3.0),
    "entry_gap": (-0.2, 0.3),
    "spike_gap": (-0.2, 0.3),
    "exit_gap": (-0.2, 0.3),
    "thinning": (1.0, 100.0),
}
WORDS = {"basis": BASES, "margin_mode": MARGIN_MODES, "rounding": ROUNDINGS, "order_type": ORDER_TYPES}


def a_portfolio(*values: float) -> Portfolio:
    """Return holdings worth these amounts at a price of 1."""
    return Portfolio(tuple(Holding(symbol=f"C{k}", quantity=value, price=1.0) for k, value in enumerate(values)))


AMOUNTS = st.lists(st.floats(-1e6, 1e6).filter(lambda value: abs(value) > 1e-3), min_size=1, max_size=3)


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    """Draw one to three holdings, short legs among them, that do not cancel."""
    try:
        return a_portfolio(*draw(AMOUNTS))
    except InputError:
        assume(False)
        raise


def states(specs: tuple[ContractSpec, ...] = SHIPPED, **fixed: Any) -> st.SearchStrategy[HedgeInputs]:
    """Return a strategy for inputs of the strip; ``fixed`` fields keep their value, or are drawn from a strategy."""
    drawn: dict[str, Any] = {"portfolio": portfolios(), "contract": st.sampled_from(specs)}
    drawn |= {name: st.floats(low, high) for name, (low, high) in NUMBERS.items()}
    drawn |= {name: st.sampled_from(words) for name, words in WORDS.items()}
    drawn |= fixed

    @st.composite
    def inputs(draw: st.DrawFn) -> HedgeInputs:
        return HedgeInputs(
            **{name: draw(value) if isinstance(value, st.SearchStrategy) else value for name, value in drawn.items()}
        )

    return inputs()


def maintenance(notional: float, tiers: MarginTiers) -> float:
    """Return the maintenance margin as a sum over the tiers' slices: each slice at its own rate."""
    margin, floor = 0.0, 0.0
    for cap, rate in zip((*tiers.caps[:-1], math.inf), tiers.maintenance_rates, strict=True):
        margin += max(min(notional, cap) - floor, 0.0) * rate
        floor = cap
    return margin


def liquidation(spec: ContractSpec, side: float, quantity: float, entry: float, collateral: float) -> float | None:
    """Return the liquidation price by looking for the tier whose own solution lies inside it."""
    floor = 0.0
    candidates = []
    tiers = spec.tiers
    caps = (*tiers.caps[:-1], math.inf)
    rates = [rate + spec.closing_fee_rate for rate in tiers.maintenance_rates]
    for cap, rate, deduction in zip(caps, rates, tiers.deductions, strict=True):
        if spec.kind == "linear":
            top, bottom = collateral + deduction - side * quantity * entry, quantity * rate - side * quantity
            if abs(top) < 1e-12 * quantity * entry:  # fully paid: what rounding leaves is not a price
                top = 0.0
        else:
            top, bottom = quantity * (side + rate), collateral + deduction + side * quantity / entry
            if abs(bottom) < 1e-12 * quantity / entry:
                bottom = 0.0
        price = top / bottom if bottom else math.inf
        if 0 < price < math.inf:
            exposure = quantity * price if spec.kind == "linear" else quantity / price
            if floor * (1 - 1e-9) <= exposure <= cap * (1 + 1e-9):
                candidates.append(price)
        floor = cap
    if not candidates:
        return None
    return min(candidates) if side < 0 else max(candidates)


def reference(x: HedgeInputs) -> dict[str, Any] | None:
    """Return what the strip must answer at one point, from the definitions; None where the venue's tiers refuse."""
    spec, is_inverse = x.contract, x.contract.kind == "inverse"
    spot = sum(h.quantity * h.price for h in x.portfolio.holdings)
    slope = x.correlation * x.spot_volatility / x.hedge_volatility
    target = x.coverage * {"dollar": 1.0, "beta": x.beta, "minimum_variance": slope}[x.basis] * spot
    side = 1.0 if target < 0 else -1.0
    value = spec.contract_multiplier * (1.0 if is_inverse else x.hedge_price)

    lots = abs(target) / value / spec.lot_size
    whole = round(lots) if abs(lots - round(lots)) <= 1e-15 * lots else lots
    lots = {"nearest": math.floor(lots + 0.5 + 1e-15 * lots), "floor": math.floor(whole), "ceil": math.ceil(whole)}.get(
        x.rounding, lots
    )
    notional = lots * spec.lot_size * value
    if lots * spec.lot_size < spec.min_quantity * (1 - 1e-12) or notional < spec.min_notional * (1 - 1e-12):
        notional = 0.0

    unit = x.hedge_price if is_inverse else 1.0
    entry = x.hedge_price * (1 + x.entry_gap)  # of the contract: q coins, or as many coins as it pays for
    worth = notional * x.hedge_price / entry if is_inverse else notional * entry / x.hedge_price
    exposure = worth / unit
    allowed = next((m for cap, m in zip(spec.tiers.caps, spec.tiers.max_leverages, strict=True) if exposure <= cap), 0)
    if notional and x.leverage > allowed:
        return None
    posted = max(worth / x.leverage, x.cash if x.margin_mode == "cross" else 0.0)
    posted = posted if notional else 0.0
    quantity = notional if is_inverse else notional / x.hedge_price
    price = liquidation(spec, side, quantity, entry, posted / unit) if notional else None

    deviation = x.hedge_volatility * math.sqrt(max(1 - x.correlation**2, 0.0) * x.days / 365)
    exponent = x.correlation * x.hedge_volatility / x.spot_volatility
    growth = (1 + x.move) ** exponent * math.exp(x.residual * deviation) * (1 + x.own_move)
    coin = x.hedge_price * growth
    final = coin * (1 + x.exit_gap)
    spiked = x.hedge_price * (1 + x.spike) * (1 + x.spike_gap)

    def kills(mark: float) -> bool:
        return price is not None and (mark >= price if side < 0 else mark <= price)

    by_spike = kills(spiked)
    dead = by_spike or kills(final)
    if dead:
        leg, coins = -posted, 0.0  # both of an inverse position together
    elif is_inverse:  # its gain is coins, at what the coin is worth in the end
        leg, coins = side * notional * (1 / entry - 1 / final) * coin, posted * (growth - 1)
    else:
        leg, coins = side * quantity * (final - entry), 0.0

    held = x.days * (x.spike_fraction if by_spike else 1.0)
    periods = 0 if spec.is_dated else math.floor(held * 24 / spec.funding_interval * (1 + 1e-12))
    opened = notional if is_inverse else quantity * entry
    closed = 0.0 if dead else notional if is_inverse else quantity * final
    is_taker = x.order_type == "taker"
    daily = x.hedge_volatility / math.sqrt(365)
    slipped = x.half_spread + x.impact * daily * math.sqrt(notional / x.daily_volume)
    thin = x.half_spread + x.impact * daily * math.sqrt(notional / (x.daily_volume / x.thinning))
    parts = {
        "spot_pnl": spot * x.move,
        "legs": leg + coins,
        "funding_pnl": -side * opened * x.funding_rate / 24 * (spec.funding_interval or 0.0) * periods,
        "fees": (opened + closed) * (spec.taker_fee_rate if is_taker else spec.maker_fee_rate),
        "slippage": opened * slipped + closed * thin if is_taker else 0.0,
    }
    net = parts["spot_pnl"] + parts["legs"] + parts["funding_pnl"] - parts["fees"] - parts["slippage"]
    coin_delta = posted if is_inverse else 0.0
    after = 0.0 if dead else (side * notional + coin_delta) * growth
    return parts | {
        "net_pnl": net,
        "notional": notional,
        "collateral": posted,
        "liquidation_price": price,
        "maintenance_margin": maintenance(exposure, spec.tiers) * unit,
        "hedge_move": growth - 1,
        "is_liquidated": dead,
        "is_liquidated_by_spike": by_spike,
        "funding_days": held,
        "net_delta": spot + side * notional + coin_delta,
        "net_delta_after": spot * (1 + x.move) + after,
        "scale": max(map(abs, (spot, notional, posted, *parts.values()))),
        "is_close_call": price is not None and any(abs(mark / price - 1) < 1e-9 for mark in (spiked, final)),
    }
