"""The causal strip of the simulator, in one function of floats and arrays alike (docs/model.md 3.3).

holdings -> ratio -> contracts -> margin -> liquidation -> funding, fees, slippage -> net.

Order of events: the hedge is opened at the entry price; on ``spike_fraction`` of the days the hedge asset spikes from
its entry price, and the hedge lives or dies; then the basket makes its final move, and the hedge asset the move that is
expected with it, in which the hedge may die too. A dead hedge is a result: its collateral is lost, funding stops, and
the spot goes on alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.carry import held_funding_pnl
from hedge_widgets.model.contracts import (
    ABOVE_MAX_LEVERAGE,
    ABOVE_MAX_NOTIONAL,
    ACCEPTED,
    ROUNDINGS,
    ContractSpec,
    inverse_pnl,
    linear_pnl,
    order,
)
from hedge_widgets.model.costs import DAYS_PER_YEAR, daily, fee, slippage_rate
from hedge_widgets.model.gap import GAP, THINNING, coin_move_at, filled_at, gap_pnl
from hedge_widgets.model.hedge_ratio import hedge_effectiveness, volatility_reduction
from hedge_widgets.model.limits import Limit, Numeric, choice, missing_as_none
from hedge_widgets.model.margin import bankruptcy_price, initial_margin, liquidation_price, unrealised_pnl
from hedge_widgets.model.portfolio import PRICE, Portfolio

BASES = ("dollar", "beta", "minimum_variance")
MARGIN_MODES = ("isolated", "cross")
ORDER_TYPES = ("taker", "maker")

LIMITS = {
    "hedge_price": PRICE,
    "coverage": Limit(0.0, 2.0),
    "beta": Limit(-5.0, 20.0),
    "correlation": Limit(-1.0, 1.0),
    "spot_volatility": Limit(0.01, 5.0),
    "hedge_volatility": Limit(0.01, 5.0),
    "leverage": Limit(1.0, 200.0),
    "cash": Limit(0.0, 1e12),
    "move": Limit(-0.99, 10.0),
    "spike": Limit(-0.99, 10.0),
    "spike_fraction": Limit(0.0, 1.0),
    "own_move": Limit(-0.99, 10.0),
    "funding_rate": Limit(-1.0, 1.0),
    "days": Limit(0.0, 3650.0),
    "half_spread": Limit(0.0, 0.1),
    "impact": Limit(0.0, 10.0),
    "daily_volume": Limit(1.0, 1e15),
    "residual": Limit(-10.0, 10.0),
    "entry_gap": GAP,
    "spike_gap": GAP,
    "exit_gap": GAP,
    "thinning": THINNING,
}
CONTRACTS = Limit(-1e12, 1e12)
SIZED = {f"sized_{name}": name for name in ("correlation", "spot_volatility", "hedge_volatility")}
_BLOCK = 16_384  # points whose temporaries stay in a core's cache


@dataclass(frozen=True, kw_only=True)
class HedgeInputs:
    """Everything the strip depends on; every field named in ``LIMITS`` may be a float or an array that broadcasts.

    ``hedge_price`` is the price of the contract's coin at entry; ``coverage`` the share of a full hedge, ``basis`` says
    of which one;
    ``beta`` the basket's beta to the hedge asset (used by the basis "beta"); volatilities are annual; ``move`` is the
    basket's final simple return, ``spike`` the hedge asset's, from its entry price, after ``spike_fraction`` of the
    ``days``; ``own_move`` is the simple return that the hedge asset makes besides what is expected of it with the
    basket's move; ``funding_rate`` is per day whatever the contract's interval, positive = longs pay shorts;
    ``cash`` (quote currency) is what lies on the exchange: in cross margin all of it stands behind the hedge, though
    never less than the initial margin; 0 where nobody said; ``residual`` shifts the hedge asset's final move
    from the expected one, in standard deviations. The gaps are the contract's price over its coin's less 1 (positive:
    the contract is the dearer one), at entry, at the spike and at the end: it is opened at ``hedge_price`` times 1 +
    ``entry_gap``, and never sized by it; ``thinning`` says by how much the book is thinner (its volume divided) when
    the hedge is closed. The ``sized_*`` figures are those the hedge was sized with (None:
    those that come), so that a correlation that breaks does not size anew a hedge that is held.

    ``contracts`` (negative = short) take the place of coverage and basis: a future that is held, or asked for, as it
    is. One that was opened at ``entry_price`` has the margin that its leverage required then and what it gained or lost
    since; its gains and losses count from ``hedge_price``, today's, and of its costs only those of leaving are to come.
    Its ``entry_gap`` is that of today.

    Raises
    ------
    InputError
        If a field is not a finite number within its limit, or not one of its words.
    """

    portfolio: Portfolio
    contract: ContractSpec
    hedge_price: Numeric
    coverage: Numeric = 0.75
    basis: str = "minimum_variance"
    beta: Numeric = 1.0
    correlation: Numeric = 1.0
    spot_volatility: Numeric = 0.6
    hedge_volatility: Numeric = 0.6
    leverage: Numeric = 3.0
    margin_mode: str = "isolated"
    cash: Numeric = 0.0
    move: Numeric = -0.2
    spike: Numeric = 0.0
    spike_fraction: Numeric = 0.5
    own_move: Numeric = 0.0
    funding_rate: Numeric = 0.0003
    days: Numeric = 30.0
    rounding: str = "nearest"
    order_type: str = "taker"
    half_spread: Numeric = 0.0001
    impact: Numeric = 1.0
    daily_volume: Numeric = 1e9
    residual: Numeric = 0.0
    entry_gap: Numeric = 0.0
    spike_gap: Numeric = 0.0
    exit_gap: Numeric = 0.0
    thinning: Numeric = 1.0
    sized_correlation: Numeric | None = None
    sized_spot_volatility: Numeric | None = None
    sized_hedge_volatility: Numeric | None = None
    contracts: float | None = None
    entry_price: float | None = None

    def __post_init__(self) -> None:
        choice("basis", self.basis, BASES)
        choice("margin_mode", self.margin_mode, MARGIN_MODES)
        choice("rounding", self.rounding, ROUNDINGS)
        choice("order_type", self.order_type, ORDER_TYPES)
        for name, limit in LIMITS.items():
            object.__setattr__(self, name, limit.checked(name, getattr(self, name)))
        for name, comes in SIZED.items():
            if getattr(self, name) is not None:
                object.__setattr__(self, name, LIMITS[comes].checked(name, getattr(self, name)))
        for name, limit in (("contracts", CONTRACTS), ("entry_price", PRICE)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, limit.checked(name, getattr(self, name)))

    def sized(self, name: str) -> Numeric:
        """Return one of the figures the hedge was sized with: "correlation", "spot_volatility", "hedge_volatility"."""
        known: Numeric | None = getattr(self, f"sized_{name}")
        return getattr(self, name) if known is None else known


@dataclass(frozen=True, kw_only=True)
class HedgeOutcome:
    """What the strip answers; shapes as the inputs broadcast, missing is None in a scalar and NaN in an array.

    Money is quote currency: ``*_pnl`` positive = gain, ``fees`` and ``slippage`` positive = cost, and
    ``net_pnl = spot_pnl + hedge_pnl + collateral_pnl + gap_pnl + funding_pnl - fees - slippage``, where ``hedge_pnl``
    is the gain by the coin's move and ``gap_pnl`` that by the contract's gaps. ``side`` is -1 for a short hedge, +1 for
    a long one; ``notional`` a magnitude, at the coin's price. ``liquidation_price`` is the contract's mark price,
    ``liquidation_distance`` the coin's move at which it is there with the spike's gap, ``end_distance`` with that of
    the end. Deltas are quote currency at entry, ``net_delta`` with the coin
    posted as margin, ``net_delta_after`` once both legs moved. ``refusal`` is a code of ``contracts.REFUSALS``.
    """

    spot_value: Any
    side: Any
    full_hedge_ratio: Any
    minimum_variance_hedge_ratio: Any
    target_notional: Any
    n_contracts: Any
    notional: Any
    coverage: Any
    refusal: Any
    initial_margin: Any
    collateral: Any
    maintenance_margin: Any
    max_leverage: Any
    liquidation_price: Any
    liquidation_distance: Any
    end_distance: Any
    bankruptcy_price: Any
    hedge_effectiveness: Any
    volatility_reduction: Any
    net_delta: Any
    net_beta: Any
    net_delta_after: Any
    hedge_move: Any
    is_liquidated: Any
    is_liquidated_by_spike: Any
    funding_days: Any
    spot_pnl: Any
    hedge_pnl: Any
    collateral_pnl: Any
    gap_pnl: Any
    funding_pnl: Any
    fees: Any
    slippage: Any
    net_pnl: Any


def expected_hedge_move(
    move: Any, correlation: Any, spot_volatility: Any, hedge_volatility: Any, residual_log_move: Any = 0.0
) -> Any:
    """Return the hedge asset's simple move expected with a basket's: (1 + r_S)^b - 1, b = rho sigma_F / sigma_S.

    ``residual_log_move`` is added to its logarithm: what the hedge asset does on its own.
    """
    log_move = correlation * hedge_volatility / spot_volatility * np.log(1.0 + move) + residual_log_move
    return np.exp(np.minimum(log_move, 500.0)) - 1.0  # beyond that a float ends, and every short long before


def residual_spread(correlation: Any, hedge_volatility: Any, days: Any) -> Any:
    """Return sigma_F sqrt(T (1 - rho^2)), one standard deviation of the residual log move over the holding time."""
    return hedge_volatility * np.sqrt(np.maximum(1.0 - np.square(correlation), 0.0) * (days / DAYS_PER_YEAR))


def basket_move_at(hedge_move: Any, inputs: HedgeInputs) -> Any:
    """Return the basket's move at which the hedge asset's (own moves included) is ``hedge_move``; NaN where none is."""
    slope = inputs.correlation * inputs.hedge_volatility / inputs.spot_volatility
    own = inputs.residual * residual_spread(inputs.correlation, inputs.hedge_volatility, inputs.days)
    own = own + np.log1p(inputs.own_move)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log_move = np.log(1.0 + hedge_move) - own
        return np.where(np.asarray(slope) == 0, np.nan, np.exp(np.divide(log_move, slope)) - 1.0)[()]


def hedge_outcome(inputs: HedgeInputs) -> HedgeOutcome:
    """Return the outcome of a hedged basket at every point of the inputs' broadcast shape.

    Large one-dimensional inputs are computed block by block, so that temporaries stay in the cache.
    """
    numeric = {name: getattr(inputs, name) for name in LIMITS}
    numeric |= {name: inputs.sized(comes) for name, comes in SIZED.items()}
    shape = np.broadcast_shapes(
        *(np.shape(value) for value in numeric.values()),
        *(np.shape(value) for h in inputs.portfolio.holdings for value in (h.quantity, h.price)),
    )
    spot_value = inputs.portfolio.value
    if len(shape) != 1 or shape[0] <= _BLOCK:
        with np.errstate(over="ignore"):
            strip = _strip(inputs, spot_value, numeric)
        if shape:
            return HedgeOutcome(**{name: np.broadcast_to(value, shape) for name, value in strip.items()})
        return HedgeOutcome(**{name: missing_as_none(value) for name, value in strip.items()})
    columns: dict[str, Any] = {}
    for start in range(0, shape[0], _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = {name: _rows(value, rows) for name, value in numeric.items()}
        with np.errstate(over="ignore"):
            strip = _strip(inputs, _rows(spot_value, rows), block)
        if not columns:
            # One piece of memory for all columns of a type costs a fraction of the page faults of one each.
            types = {name: np.asarray(value).dtype for name, value in strip.items()}
            for dtype in set(types.values()):
                names = [name for name in strip if types[name] == dtype]
                columns |= dict(zip(names, np.empty((len(names), *shape), dtype=dtype), strict=True))
        for name, value in strip.items():
            columns[name][rows] = value
    return HedgeOutcome(**columns)


def _rows(value: Any, rows: slice) -> Any:
    return value[rows] if np.ndim(value) and np.shape(value) != (1,) else value


def _strip(inputs: HedgeInputs, spot_value: Any, x: dict[str, Any]) -> dict[str, Any]:
    """Return every field of the outcome; ``x`` holds the numeric inputs of this block."""
    contract = inputs.contract
    slope = x["correlation"] * x["spot_volatility"] / x["hedge_volatility"]
    sized = x["sized_correlation"] * x["sized_spot_volatility"] / x["sized_hedge_volatility"]
    full_hedge_ratio = {"dollar": 1.0, "beta": x["beta"], "minimum_variance": sized}[inputs.basis]
    target = x["coverage"] * full_hedge_ratio * spot_value
    if inputs.contracts is not None:
        target = -inputs.contracts * contract.contract_value(x["hedge_price"])
    side = np.where(target < 0, 1.0, -1.0)
    rounding = inputs.rounding if inputs.entry_price is None else "none"
    opened = order(np.abs(target), x["hedge_price"], contract, rounding)
    notional = np.asarray(opened.notional if inputs.entry_price is None else np.abs(target))
    margin = _margin(inputs, x, side, notional)

    refusal = np.where((target == 0) | (inputs.entry_price is not None), ACCEPTED, np.asarray(opened.refusal))
    refusal = np.where((notional > 0) & (x["leverage"] > margin["max_leverage"]), ABOVE_MAX_LEVERAGE, refusal)
    refusal = np.where(margin["exposure"] > contract.tiers.caps[-1], ABOVE_MAX_NOTIONAL, refusal)
    # A size the venue's tier does not allow has no outcome; one below its minimum leaves the spot alone.
    allowed = np.where(refusal >= ABOVE_MAX_LEVERAGE, np.nan, 1.0)
    notional = notional * allowed
    collateral = margin["collateral"] * allowed
    coin_delta = collateral if contract.kind == "inverse" else 0.0
    hedge_delta = side * notional + coin_delta
    reached = -hedge_delta / spot_value
    effectiveness = _array(hedge_effectiveness(reached, x["correlation"], x["spot_volatility"], x["hedge_volatility"]))
    liquidation = margin["liquidation_price"] * allowed
    settled = _settlement(inputs, x, spot_value, side, notional, collateral, liquidation)
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = x["coverage"] * np.divide(notional, np.abs(target))
    return {
        "spot_value": spot_value,
        "side": side,
        "full_hedge_ratio": full_hedge_ratio,
        "minimum_variance_hedge_ratio": slope,
        "target_notional": np.abs(target),
        "n_contracts": np.asarray(opened.n_contracts) * allowed,
        "notional": notional,
        "coverage": np.where(target == 0, 0.0 * allowed, coverage),
        "refusal": refusal,
        "initial_margin": margin["initial_margin"] * allowed,
        "collateral": collateral,
        "maintenance_margin": margin["maintenance_margin"] * allowed,
        "max_leverage": margin["max_leverage"],
        "liquidation_price": liquidation,
        "bankruptcy_price": margin["bankruptcy_price"] * allowed,
        "hedge_effectiveness": effectiveness,
        "volatility_reduction": volatility_reduction(effectiveness),
        "net_delta": spot_value + hedge_delta,
        "net_beta": slope - reached,
        **settled,
    }


def _margin(inputs: HedgeInputs, x: dict[str, Any], side: Any, notional: Any) -> dict[str, Any]:
    """Return margin, tier limit and liquidation of the position; money in quote currency at today's price."""
    contract, coin_price = inputs.contract, x["hedge_price"]
    inverse = contract.kind == "inverse"
    quantity = notional if inverse else notional / coin_price
    price = coin_price * (1.0 + x["entry_gap"])
    # Tiers, collateral and exposure are coins for an inverse contract; one price turns them into quote currency.
    unit = coin_price if inverse else 1.0
    worth = _at_gap(contract.kind, notional, x["entry_gap"])
    exposure = worth / unit
    required = initial_margin(worth, x["leverage"])
    cash = x["cash"] if inputs.margin_mode == "cross" else 0.0
    collateral = np.where(notional > 0, np.maximum(required, cash), 0.0)
    if inputs.entry_price is not None:
        pnl = inverse_pnl if inverse else linear_pnl
        posted = initial_margin(
            notional / inputs.entry_price if inverse else quantity * inputs.entry_price, x["leverage"]
        )
        collateral = (posted + pnl(side, quantity, inputs.entry_price, price)) * unit
    at_risk = collateral / unit
    terms = (contract.tiers, contract.closing_fee_rate)
    liquidation = _array(liquidation_price(contract.kind, side, quantity, price, at_risk, *terms))
    return {
        "exposure": exposure,
        "initial_margin": required,
        "collateral": collateral,
        "max_leverage": contract.tiers.max_leverage(exposure),
        "maintenance_margin": np.maximum(contract.tiers.maintenance_margin(exposure), 0.0) * unit,
        "liquidation_price": liquidation,
        "bankruptcy_price": _array(bankruptcy_price(contract.kind, side, quantity, price, at_risk)),
    }


def _at_gap(kind: str, notional: Any, gap: Any) -> Any:
    """Return what contracts worth ``notional`` at the coin's price are worth at a gap; an inverse one in coins."""
    return notional / (1.0 + gap) if kind == "inverse" else notional * (1.0 + gap)


def _settlement(
    inputs: HedgeInputs, x: dict[str, Any], spot_value: Any, side: Any, notional: Any, collateral: Any, liquidation: Any
) -> dict[str, Any]:
    """Return what liquidates the hedge, the legs, the costs and the net at the final move."""
    contract = inputs.contract
    inverse = contract.kind == "inverse"
    own = x["residual"] * residual_spread(x["correlation"], x["hedge_volatility"], x["days"]) + np.log1p(x["own_move"])
    terms = (x["correlation"], x["spot_volatility"], x["hedge_volatility"], own)
    hedge_move = expected_hedge_move(x["move"], *terms)

    at_spike, at_end = (coin_move_at(liquidation, x["hedge_price"], x[name]) for name in ("spike_gap", "exit_gap"))
    by_spike = side * (x["spike"] - at_spike) <= 0  # false where there is no liquidation price
    dead = by_spike | (side * (hedge_move - at_end) <= 0)
    from_gap = np.where(dead, 0.0, gap_pnl(contract.kind, side, notional, hedge_move, x["entry_gap"], x["exit_gap"]))
    hedge_pnl, collateral_pnl = np.where(dead, -collateral, side * notional * hedge_move), np.zeros_like(collateral)
    hedge_after = side * notional * (1.0 + hedge_move)
    if inverse:
        # The coin lost is valued at the liquidation price, so both parts sum to what the coin was bought for; alive,
        # coin equity times price has the constant coin delta W + s n C / F0.
        distance = np.where(by_spike, at_spike, at_end)
        hedge_pnl = np.where(dead, hedge_pnl * (1.0 + distance), hedge_pnl)
        collateral_pnl = collateral * np.where(dead, distance, hedge_move)
        hedge_after = (side * notional + collateral) * (1.0 + hedge_move)

    held = np.where(by_spike, x["spike_fraction"], 1.0) * x["days"]
    opened = notional if inverse else _at_gap(contract.kind, notional, x["entry_gap"])
    income = held_funding_pnl(side, opened, x["funding_rate"], held, contract.funding_interval)

    closed = notional if inverse else _at_gap(contract.kind, notional * (1.0 + hedge_move), x["exit_gap"])
    exit_notional = np.where(dead, 0.0, closed)
    traded = exit_notional + (opened if inputs.entry_price is None else 0.0)
    fee_rate, slippage = contract.maker_fee_rate, 0.0 * traded
    if inputs.order_type == "taker":
        fee_rate = contract.taker_fee_rate
        calm = _slippage(x, notional)
        slippage = traded * calm + exit_notional * (_thinned(x, calm) - calm)
    fees = fee(traded, fee_rate)
    spot_pnl = spot_value * x["move"]
    return {
        "net_delta_after": spot_value * (1.0 + x["move"]) + np.where(dead, 0.0, hedge_after),
        "hedge_move": hedge_move,
        "liquidation_distance": at_spike,
        "end_distance": at_end,
        "is_liquidated": dead,
        "is_liquidated_by_spike": by_spike,
        "funding_days": held,
        "spot_pnl": spot_pnl,
        "hedge_pnl": hedge_pnl,
        "collateral_pnl": collateral_pnl,
        "gap_pnl": from_gap,
        "funding_pnl": income,
        "fees": fees,
        "slippage": slippage,
        "net_pnl": spot_pnl + hedge_pnl + collateral_pnl + from_gap + income - fees - slippage,
    }


def _slippage(x: Mapping[str, Any], notional: Any) -> Any:
    participation = notional / x["daily_volume"]
    return slippage_rate(x["half_spread"], daily(x["hedge_volatility"]), participation, x["impact"])


def _thinned(x: Mapping[str, Any], slippage: Any) -> Any:
    """Return a slippage rate in the thinned book: by the law the impact grows with the root of the order's share."""
    return slippage + (slippage - x["half_spread"]) * (np.sqrt(x["thinning"]) - 1.0)


def liquidation_fill(inputs: HedgeInputs, outcome: HedgeOutcome) -> tuple[Any, Any]:
    """Return (price, loss) of a liquidation that is filled at the market in the thinned book; NaN where there is none.

    The loss is the position's since its entry, quote currency (an inverse one's coins at the price of the entry); what
    exceeds the collateral is the insurance fund's. The strip itself takes all of the collateral, and never more.
    """
    kind, notional, coin_price = inputs.contract.kind, _array(outcome.notional), np.asarray(inputs.hedge_price)
    x = {name: getattr(inputs, name) for name in LIMITS}
    price = filled_at(_array(outcome.liquidation_price), outcome.side, _thinned(x, _slippage(x, notional)))
    quantity, unit = (notional, coin_price) if kind == "inverse" else (notional / coin_price, 1.0)
    entry_price = coin_price * (1.0 + np.asarray(inputs.entry_gap))
    return price, 0.0 - unrealised_pnl(kind, outcome.side, quantity, entry_price, price) * unit


def _array(value: Any) -> Any:
    return np.asarray(np.nan if value is None else value)
