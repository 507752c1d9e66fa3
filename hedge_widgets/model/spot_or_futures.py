"""Coins or futures (article 001, table 1): what each way ties up, can lose and costs, for one hedge's own numbers."""

from dataclasses import dataclass, replace

from hedge_widgets.model.costs import SPOT_FEE_RATE
from hedge_widgets.model.hedge import HedgeInputs, HedgeOutcome, hedge_outcome

HOLD, SELL, HEDGE, REPLACE = WAYS = ("hold", "sell", "hedge", "replace")


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to have, hedge or replace coins; money in quote currency.

    ``capital`` is tied up: coins at their value, and margin. ``most_lost`` is what can be lost of it at worst, price
    moves only. ``fees`` are those of trading, slippage with them, and ``funding`` what comes in until the end of the
    days (negative: is paid), both if no price moves. A way that the venue refuses has None throughout but for its name;
    so is a liquidation price that there is not.
    """

    name: str
    capital: float | None
    most_lost: float | None
    fees: float | None
    funding: float | None
    liquidation_price: float | None = None
    liquidation_move: float | None = None


def spot_against_futures(inputs: HedgeInputs) -> tuple[Way, ...]:
    """Return the ways of ``WAYS`` for scalar inputs of coins worth more than nothing.

    A hedge loses its margin in a rise and the coins in the fall after it, so at worst both. The long that replaces the
    coins is as large as they are (a full hedge, the other way round), and has the hedge's leverage and margin mode.
    """
    value = float(inputs.portfolio.value)
    still = replace(inputs, move=0.0, spike=0.0, own_move=0.0, residual=0.0)
    still = replace(still, entry_gap=0.0, spike_gap=0.0, exit_gap=0.0, thinning=1.0)
    short = hedge_outcome(still)
    size = float(short.full_hedge_ratio) * value / float(inputs.contract.contract_value(inputs.hedge_price))
    long = hedge_outcome(replace(still, contracts=size)) if size else short
    sold = SPOT_FEE_RATE * value
    return (
        Way(name=HOLD, capital=value, most_lost=value, fees=0.0, funding=0.0),
        Way(name=SELL, capital=0.0, most_lost=0.0, fees=sold, funding=0.0),
        _with_future(HEDGE, short, value, 0.0),
        _with_future(REPLACE, long, 0.0, sold),
    )


def _with_future(name: str, out: HedgeOutcome, coins: float, fees: float) -> Way:
    if out.notional is None or (name == REPLACE and not out.notional):
        return Way(name=name, capital=None, most_lost=None, fees=None, funding=None)
    return Way(
        name=name,
        capital=coins + out.collateral,
        most_lost=coins + out.collateral,
        fees=fees + out.fees + out.slippage,
        funding=out.funding_pnl,
        liquidation_price=out.liquidation_price,
        liquidation_move=out.liquidation_distance,
    )
