"""Futures beside the hedge: what they add in the same scenario, and what all together leave (docs/model.md 3.3)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hedge_widgets.model.contracts import Order, order
from hedge_widgets.model.hedge import HedgeInputs, HedgeOutcome, hedge_outcome
from hedge_widgets.model.hedge_ratio import volatility_reduction
from hedge_widgets.model.limits import InputError, missing_as_none

SUMMED = ("hedge_pnl", "collateral_pnl", "gap_pnl", "funding_pnl", "fees", "slippage")


@dataclass(frozen=True, kw_only=True)
class Futures:
    """Futures of a size of their own, each as inputs with ``contracts``.

    ``correlations``, shape (1 + m, 1 + m), are those of the hedge asset and the futures' assets, in this order.

    Raises
    ------
    InputError
        If the shape of the correlations is another one.
    """

    inputs: tuple[HedgeInputs, ...] = ()
    correlations: Any = ((1.0,),)

    def __post_init__(self) -> None:
        size = 1 + len(self.inputs)
        if np.shape(self.correlations) != (size, size):
            raise InputError(f"correlations of {size} assets must be of shape ({size}, {size})")

    def __bool__(self) -> bool:
        return bool(self.inputs)

    def beside(self, hedge: HedgeInputs) -> Iterator[HedgeInputs]:
        """Yield the futures in the scenario of a hedge: coins, days and spike are the same.

        A future on the hedge's own asset shares its figures and its moves; another asset follows the coins by its own
        correlation and volatility, spikes as far as the hedge's, and has no move of its own.
        """
        same = ("portfolio", "move", "spike", "spike_fraction", "days", "residual", "spot_volatility")
        asset = ("correlation", "hedge_volatility", "own_move", "entry_gap", "spike_gap", "exit_gap", "thinning")
        for future in self.inputs:
            is_alike = future.contract.underlying == hedge.contract.underlying
            names = (*same, *asset) if is_alike else same
            yield replace(future, **{name: getattr(hedge, name) for name in names})

    def margin_to_post(self) -> float:
        """Return the margin, quote currency, that the futures require that are not yet open."""
        planned = [hedge_outcome(inputs) for inputs in self.inputs if inputs.entry_price is None]
        return float(sum(out.initial_margin or 0.0 for out in planned))

    def outcomes(self, hedge: HedgeInputs) -> list[HedgeOutcome]:
        """Return what comes of each future in the scenario of a hedge."""
        return [hedge_outcome(inputs) for inputs in self.beside(hedge)]


def hedges_outcome(hedge: HedgeInputs, futures: Futures) -> HedgeOutcome:
    """Return the outcome of a hedge with that of the futures beside it added.

    Gains, funding, costs, deltas, beta and what is removed of the variance are those of all together; size, margin,
    liquidation and ``coverage`` stay the hedge's own.
    """
    one = hedge_outcome(hedge)
    if not futures:
        return one
    others = futures.outcomes(hedge)
    total = {name: sum((_array(getattr(out, name)) for out in others), _array(getattr(one, name))) for name in SUMMED}
    spot, value = _array(one.spot_pnl), _array(one.spot_value)
    total["net_pnl"] = _array(one.net_pnl) + sum(_array(out.net_pnl) - spot for out in others)
    deltas = [_array(out.net_delta) - value for out in (one, *others)]  # of each future, its coin margin included
    total["net_delta"] = value + sum(deltas)
    after = value * (1.0 + np.asarray(hedge.move))
    total["net_delta_after"] = _array(one.net_delta_after) + sum(_array(out.net_delta_after) - after for out in others)
    total |= _left(hedge, futures, [-delta / value for delta in deltas])
    return replace(one, **{name: missing_as_none(worth) for name, worth in total.items()})


def _left(hedge: HedgeInputs, futures: Futures, ratios: list[Any]) -> dict[str, Any]:
    """Return beta and what is removed of the variance, by dollars short per dollar held of each asset."""
    legs = (hedge, *futures.beside(hedge))
    relative = [np.asarray(leg.hedge_volatility) / hedge.spot_volatility for leg in legs]
    exposures = np.stack(np.broadcast_arrays(*(h * k for h, k in zip(ratios, relative, strict=True))))
    alike = np.tensordot(np.asarray(futures.correlations, dtype=np.float64), exposures, 1)
    correlations = np.stack(np.broadcast_arrays(*(leg.correlation + 0.0 * alike[0] for leg in legs)))
    effectiveness = np.minimum(np.sum(exposures * (2.0 * correlations - alike), axis=0), 1.0)
    return {
        "net_beta": (hedge.correlation - alike[0]) / relative[0],
        "hedge_effectiveness": effectiveness,
        "volatility_reduction": volatility_reduction(effectiveness),
    }


def delta_trade(hedge: HedgeInputs, futures: Futures, target: float) -> tuple[float, Order]:
    """Return (net delta of coins and futures without the hedge, the order that brings it to ``target``), dollars.

    The order's contracts and notional are magnitudes: a short where the delta is above the target, else a long. The
    coin that an inverse contract needs as margin is not counted.

    Raises
    ------
    InputError
        If the venue of a future beside the hedge refuses it.
    """
    delta = hedges_outcome(replace(hedge, coverage=0.0, contracts=None), futures).net_delta
    if delta is None:
        raise InputError("the other futures must be ones that their venues allow, and one of them is not")
    before = float(delta)
    return before, order(abs(before - target), hedge.hedge_price, hedge.contract, hedge.rounding)


def net_band(hedge: HedgeInputs, futures: Futures) -> tuple[Any, Any]:
    """Return (low, high) net PnL when the hedge assets end one standard deviation off their expected moves, alike."""
    # The middle counts too: a hedge that dies on one side saves the cost of leaving, so the net need not be monotone.
    nets = [_array(hedges_outcome(replace(hedge, residual=shift), futures).net_pnl) for shift in (-1.0, 0.0, 1.0)]
    return missing_as_none(np.fmin.reduce(nets)), missing_as_none(np.fmax.reduce(nets))


def _array(value: Any) -> Any:
    return np.asarray(np.nan if value is None else value)
