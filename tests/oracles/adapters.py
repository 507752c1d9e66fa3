"""One thin adapter per op: it renames the inputs, calls the model, renames the outputs. No formula lives here."""

from collections.abc import Callable
from typing import Any

import numpy as np

from hedge_widgets.model import (
    carry,
    contracts,
    costs,
    cross_hedge,
    hedge_ratio,
    margin,
    options,
    paths,
    portfolio,
    portfolio_margin,
    rebalancing,
    risk,
)

Case = dict[str, Any]
SIDES = {"long": 1.0, "short": -1.0}
REJECTIONS = {None: None, "below_min_quantity": "below_min_qty", "below_min_notional": "below_min_notional"}
ADAPTERS: dict[str, Callable[[Case], Case]] = {}


def adapter(function: Callable[[Case], Case]) -> Callable[[Case], Case]:
    """Register a function as the adapter of the op it is named after."""
    ADAPTERS[function.__name__] = function
    return function


def arrays(inputs: Case) -> Case:
    """Return the inputs with lists of numbers as arrays, which the model broadcasts."""
    return {name: np.asarray(value, dtype=float) if _is_numbers(value) else value for name, value in inputs.items()}


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(number, int | float) for number in value)


def spec(kind: str, multiplier: float, lot_step: float = 1.0, min_qty: float = 0.0, min_notional: float = 0.0) -> Any:
    """Return a contract with these filters and nothing else of interest."""
    return contracts.ContractSpec(
        venue="oracle",
        symbol="oracle",
        underlying="XYZ",
        kind=kind,
        contract_multiplier=multiplier,
        lot_size=lot_step,
        min_quantity=min_qty,
        min_notional=min_notional,
        maker_fee_rate=0.0,
        taker_fee_rate=0.0,
        liquidation_fee_rate=None,
        funding_interval=8.0,
        half_spread=0.0,
        daily_volume=1.0,
        tiers=margin.MarginTiers.single(0.0, 1.0),
        source="oracle",
        date="",
    )


def margin_tiers(rows: list[list[Any]]) -> margin.MarginTiers:
    """Return tiers from rows of floor, cap, rate, maximum leverage, deduction; a cap of null has no end."""
    _, caps, rates, leverages, deductions = zip(*rows, strict=True)
    return margin.MarginTiers(
        caps=tuple(float("inf") if cap is None else float(cap) for cap in caps),
        maintenance_rates=rates,
        max_leverages=leverages,
        deductions=deductions,
    )


def each(function: Callable[[Any], Any], value: Any) -> Any:
    """Return the function of a scalar, or the list of it over an array."""
    return [function(one) for one in value] if np.ndim(value) else function(value)


def whole_contracts(raw: Any) -> Any:
    """Return the nearest whole number of contracts; halves away from zero, so the sign is kept aside."""
    return np.copysign(contracts.rounded_contracts(np.abs(raw), 1.0, "nearest"), raw)


# pnl, delta


@adapter
def linear_pnl(x: Case) -> Case:
    return {"pnl": contracts.linear_pnl(SIDES[x["side"]], x["qty"], x["entry"], x["exit"], x["multiplier"])}


@adapter
def inverse_pnl(x: Case) -> Case:
    coins = contracts.inverse_pnl(SIDES[x["side"]], x["contracts"], x["entry"], x["exit"], x["contract_usd"])
    return {"pnl_coin": coins, "pnl_usd_at_exit": coins * x["exit"]}


@adapter
def avg_entry(x: Case) -> Case:
    quantities, prices = zip(*x["fills"], strict=True)
    return {"avg_entry": contracts.average_entry_price(x["type"], quantities, prices)}


@adapter
def net_delta_after_move(x: Case) -> Case:
    before, after = portfolio.net_delta(
        x["spot_qty"], x["spot_price"], x["fut_qty"], x["fut_price"], x["spot_move"], x["fut_move"]
    )
    return {"net_usd_before": before, "net_usd_after": after, "trade_notional": -after}


@adapter
def net_units(x: Case) -> Case:
    net, _ = portfolio.net_delta(x["spot_qty"], 1.0, x["fut_qty"], 1.0, 0.0, 0.0)
    target, trade = portfolio.rebalancing_trade(x["spot_qty"], 1.0, 1.0, x["fut_qty"])
    return {"net": net, "additional_short": -trade, "total_short": -target}


@adapter
def rebalance_trade(x: Case) -> Case:
    target, trade = portfolio.rebalancing_trade(x["spot_qty"], x["spot_price"], x["h"], x["current_fut_notional"])
    action = each(lambda notional: "sell" if notional < 0 else "buy" if notional > 0 else "none", trade)
    return {"target_fut_notional": target, "trade_notional": trade, "action": action}


# sizing, hedge ratio, effectiveness


@adapter
def size_contracts(x: Case) -> Case:
    contract = spec(x["type"], x["multiplier"], x["lot_step"], x["min_qty"], x["min_notional"])
    order = contracts.order(x["target_notional"], x["price"], contract, x["rounding"])
    return {
        "raw_contracts": order.raw_contracts,
        "contracts": order.n_contracts,
        "actual_notional": order.notional,
        "coverage_of_target": order.coverage,
        "reject_reason": each(lambda code: REJECTIONS[contracts.REFUSALS[int(code)]], order.refusal),
    }


@adapter
def min_var_ratio(x: Case) -> Case:
    ratio = hedge_ratio.minimum_variance_hedge_ratio(x["rho"], x["sigma_s"], x["sigma_f"])
    if ratio is None:  # nothing can be removed
        unhedged = hedge_ratio.hedged_volatility(0.0, x["rho"], x["sigma_s"], x["sigma_f"])
        return {"h": None, "effectiveness": None, "residual_vol": unhedged, "vol_reduction": None}
    removed = hedge_ratio.hedge_effectiveness(ratio, x["rho"], x["sigma_s"], x["sigma_f"])
    return {
        "h": ratio,
        "effectiveness": removed,
        "residual_vol": hedge_ratio.residual_volatility(x["rho"], x["sigma_s"]),
        "vol_reduction": None if removed is None else hedge_ratio.volatility_reduction(removed),
    }


@adapter
def effectiveness_at(x: Case) -> Case:
    arguments = (x["h"], x["rho"], x["sigma_s"], x["sigma_f"])
    return {
        "hedged_vol": hedge_ratio.hedged_volatility(*arguments),
        "effectiveness": hedge_ratio.hedge_effectiveness(*arguments),
    }


@adapter
def ratio_vol(x: Case) -> Case:
    return {"sigma_ratio": hedge_ratio.hedged_volatility(1.0, x["rho"], x["sigma_s"], x["sigma_f"])}


@adapter
def min_var_contracts(x: Case) -> Case:
    raw = hedge_ratio.minimum_variance_contracts(x["h"], x["position_units"], x["contract_units"])
    tailed = hedge_ratio.tailed(raw, x["spot_price"], x["futures_price"])
    return {"n_raw": raw, "n": whole_contracts(raw), "n_tailed_raw": tailed, "n_tailed": whole_contracts(tailed)}


@adapter
def beta_hedge(x: Case) -> Case:
    contract_value = spec("linear", x["multiplier"]).contract_value(x["futures_price"])
    raw = hedge_ratio.beta_hedge_contracts(x["value"], x["beta"], x["beta_target"], contract_value)
    return {"n_raw": raw, "n": whole_contracts(raw)}


@adapter
def beta_formula(x: Case) -> Case:
    return {"hedge_notional": hedge_ratio.beta_hedge_notional(x["value"], x["beta_p"], x["hedge_ratio"], x["beta_h"])}


@adapter
def article000_contracts(x: Case) -> Case:
    notional = hedge_ratio.beta_hedge_notional(x["spot_value"], x["h"])
    order = contracts.order(notional, 1.0, spec("inverse", x["contract_usd"]))
    return {"hedge_notional": notional, "contracts_raw": order.raw_contracts, "contracts": order.n_contracts}


@adapter
def portfolio_beta(x: Case) -> Case:
    holdings = [
        portfolio.Holding(symbol=f"C{number}", quantity=value, price=1.0) for number, value in enumerate(x["values"])
    ]
    basket = portfolio.Portfolio(tuple(holdings))
    beta = basket.beta(x["betas"])
    notional = hedge_ratio.beta_hedge_notional(basket.value, beta, x["coverage"])
    order = contracts.order(notional, 30000.0, spec("linear", 1.0), "none")
    return {"beta": beta, "hedge_notional": notional, "contracts_at_30000": order.raw_contracts}


@adapter
def literal_dollar_beta(x: Case) -> Case:
    spot_move, hedge_move, beta = hedge_ratio.dollar_beta(
        x["spot_price"], x["fut_price"], x["d_spot"], x["d_fut"], largest=float("inf")
    )
    notional = hedge_ratio.beta_hedge_notional(x["spot_value"], beta)
    return {"spot_pct": spot_move, "fut_pct": hedge_move, "implied_beta": beta, "hedge_notional": notional}


@adapter
def beta_move(x: Case) -> Case:
    return {
        "linear": cross_hedge.expected_spot_move(x["beta"], x["f_move"]),
        "log": hedge_ratio.beta_move(x["beta"], x["f_move"]),
    }


# regression, several hedges


@adapter
def regression_hedge(x: Case) -> Case:
    estimate = hedge_ratio.ordinary_least_squares(x["ds"], x["df"], x["confidence"])
    return {
        "slope": estimate.hedge_ratio,
        "intercept": estimate.intercept,
        "rho": estimate.correlation,
        "r2": estimate.effectiveness,
        "sigma_s": estimate.spot_volatility,
        "sigma_f": estimate.hedge_volatility,
        "se": estimate.standard_error,
        "ci95_low": estimate.low,
        "ci95_high": estimate.high,
    }


@adapter
def ewma_hedge(x: Case) -> Case:
    path = hedge_ratio.exponentially_weighted(x["s"], x["f"], x["lambda"])
    return {
        "h": path.hedge_ratio[-1],
        "rho": path.correlation[-1],
        "sigma_s": path.spot_volatility[-1],
        "sigma_f": path.hedge_volatility[-1],
    }


@adapter
def rolling_hedge(x: Case) -> Case:
    return {"h": hedge_ratio.rolling_ordinary_least_squares(x["ds"], x["df"], x["window"]).hedge_ratio}


@adapter
def multi_min_var(x: Case) -> Case:
    hedge = hedge_ratio.minimum_variance_hedge(x["cov_ff"], x["cov_fs"], x["var_s"])
    return {"h": hedge.hedge_ratios, "effectiveness": hedge.effectiveness}


@adapter
def fisher_ci(x: Case) -> Case:
    low, high = hedge_ratio.fisher_interval(x["rho"], x["n"])
    smallest, largest = hedge_ratio.effectiveness_interval(x["rho"], x["n"])
    return {"low": low, "high": high, "he_low": smallest, "he_high": largest}


# cross hedge, inverse hedge


@adapter
def two_leg_pnl(x: Case) -> Case:
    spot, hedge, net = cross_hedge.two_leg_pnl(x["spot_value"], x["spot_move"], x["hedge_notional"], x["hedge_move"])
    return {"spot_pnl": spot, "hedge_pnl": hedge, "net": net}


@adapter
def cross_hedge_outcome(x: Case) -> Case:
    outcome = cross_hedge.cross_hedge_outcome(
        x["value"], x["hedge_notional"], x["rho"], x["sigma_s"], x["sigma_f"], x["f_move"], x["T"]
    )
    return {
        "beta": outcome.beta,
        "expected_spot_move": outcome.spot_move,
        "residual_std": outcome.spot_move_deviation,
        "expected_spot_pnl": outcome.spot_pnl,
        "hedge_pnl": outcome.hedge_pnl,
        "expected_net": outcome.net_pnl,
        "net_std": outcome.net_pnl_deviation,
        "net_p05": outcome.net_pnl_p05,
        "net_p95": outcome.net_pnl_p95,
        "prob_net_loss": outcome.loss_probability,
    }


@adapter
def inverse_hedge_value(x: Case) -> Case:
    equity, value = contracts.inverse_account(x["coins"], x["entry"], x["short_usd"], x["prices"])
    return {"coin_equity": equity, "value_usd": value}


@adapter
def inverse_net_delta(x: Case) -> Case:
    coins = -x["contracts_usd"] / x["price"]
    in_coins, _ = portfolio.net_delta(x["margin_coin"], 1.0, coins, 1.0, 0.0, 0.0)
    in_usd, _ = portfolio.net_delta(x["margin_coin"], x["price"], coins, x["price"], 0.0, 0.0)
    return {"net_delta_coin": in_coins, "net_delta_usd": in_usd}


@adapter
def inverse_gross_up(x: Case) -> Case:
    return {"contracts_usd": contracts.inverse_gross_up(x["target_usd"], x["leverage"])}


# funding, costs, break-even


@adapter
def funding_cash(x: Case) -> Case:
    is_linear = x["type"] == "linear"
    notional = x["size"] * x["mark"] if is_linear else x["size"] / x["mark"]
    cash = carry.funding_pnl(SIDES[x["side"]], notional, x["rate"], x["periods"])
    return {"cash": cash, "unit": "quote" if is_linear else "coin"}


@adapter
def hourly_funding(x: Case) -> Case:
    notional = portfolio.usd_delta(x["qty"], x["oracle"])
    return {"cash": carry.funding_pnl(SIDES[x["side"]], notional, x["rate_8h"] / 8, x["hours"])}


@adapter
def funding_path(x: Case) -> Case:
    return {"cash": paths.funding_path_pnl(SIDES[x["side"]], x["qty"], x["marks"], x["rates"])}


@adapter
def funding_apr(x: Case) -> Case:
    simple, compounded = carry.annual_funding_rate(x["rate"], x["interval_hours"])
    return {"apr_simple": simple, "apy_compound": compounded}


@adapter
def round_trip_fee(x: Case) -> Case:
    return {"fee": costs.round_trip_fee(x["entry_notional"], x["exit_notional"], x["entry_fee"], x["exit_fee"])}


@adapter
def sqrt_impact(x: Case) -> Case:
    rate = costs.slippage_rate(x["half_spread_bps"] * 1e-4, x["sigma_daily"], x["qty"] / x["adv"], x["Y"])
    return {"cost_bps": rate * 1e4, "cost_usd": costs.fee(x["notional"], rate)}


@adapter
def breakeven(x: Case) -> Case:
    cost, move, earned = carry.break_even_move(
        x["hedge_notional"],
        x["fees_round_trip"],
        x["slippage_round_trip"],
        x["funding_rate"],
        x["days"] * x["periods_per_day"],
    )
    return {"total_cost": cost, "breakeven_drop": move, "carry": earned}


@adapter
def opportunity_cost(x: Case) -> Case:
    unhedged, hedged, given_up = carry.opportunity_cost(x["spot_value"], x["coverage"], x["move"])
    return {"unhedged": unhedged, "hedged": hedged, "opportunity_cost": given_up}


# margin, liquidation, path


@adapter
def initial_margin(x: Case) -> Case:
    return {"margin": margin.initial_margin(x["notional"], x["leverage"])}


@adapter
def inverse_initial_margin(x: Case) -> Case:
    return {"margin_coin": margin.initial_margin(x["contracts"] / x["price"], x["leverage"])}


@adapter
def tier_deductions(x: Case) -> Case:
    return {"deductions": margin.tier_deductions(list(x["floors"]), list(x["rates"]))}


@adapter
def maintenance_margin(x: Case) -> Case:
    tiers = margin_tiers(x["tiers"])
    tier = tiers.tier(x["notional"])
    rate, deduction = np.take(tiers.maintenance_rates, tier), np.take(tiers.deductions, tier)
    is_marginal = x["style"] == "marginal"  # else the whole position stands at its own tier, whatever the others ask
    applied = tiers if is_marginal else margin.MarginTiers.single(rate, 1.0, deduction)
    return {
        "tier": tier + 1,
        "rate": rate,
        "deduction": deduction,
        "mm": applied.maintenance_margin(x["notional"]),
        "max_leverage": tiers.max_leverage(x["notional"]),
    }


@adapter
def margin_ratio(x: Case) -> Case:
    tiers = margin.MarginTiers.single(x["mmr"], 1.0, x["maint_amount"])
    required = tiers.maintenance_margin(portfolio.usd_delta(x["qty"], x["mark"]))
    equity = x["wallet"] + contracts.linear_pnl(SIDES[x["side"]], x["qty"], x["entry"], x["mark"])
    return {"equity": equity, "mm": required, "ratio": margin.margin_ratio(required, equity)}


@adapter
def bankruptcy_linear(x: Case) -> Case:
    price = margin.bankruptcy_price("linear", SIDES[x["side"]], x["qty"], x["entry"], x["margin"])
    return {"bankruptcy_price": price}


@adapter
def liq_linear(x: Case) -> Case:
    tiers = margin.MarginTiers.single(x["mmr"], 1.0, x["maint_amount"])
    position = ("linear", SIDES[x["side"]], x["qty"], x["entry"])
    if x["mm_basis"] == "entry":
        price = margin.liquidation_price_entry_basis(*position, x["margin"], tiers)
    else:
        collateral = x["margin"] + x["upnl_other"] - x["mm_other"]
        price = margin.liquidation_price(*position, collateral, tiers, x["fee"])
    return {
        "liq_price": price,
        "bankruptcy_price": margin.bankruptcy_price(*position, x["margin"]),
        "distance": None if price is None else price / x["entry"] - 1,
    }


@adapter
def liq_linear_tiered(x: Case) -> Case:
    tiers = margin_tiers(x["tiers"])
    price = margin.liquidation_price("linear", SIDES[x["side"]], x["qty"], x["entry"], x["margin"], tiers)
    tier = None if price is None else tiers.tier(portfolio.usd_delta(x["qty"], price)) + 1
    return {"liq_price": price, "tier_at_liq": tier}


@adapter
def liq_inverse(x: Case) -> Case:
    tiers = margin.MarginTiers.single(x["mmr"], 1.0, x["maint_amount_coin"])
    position = ("inverse", SIDES[x["side"]], x["contracts_usd"], x["entry"], x["margin_coin"])
    if x["mm_basis"] == "entry":
        price = margin.liquidation_price_entry_basis(*position, tiers)
    else:
        price = margin.liquidation_price(*position, tiers, x["fee"])
    return {"liq_price": price, "bankruptcy_price": margin.bankruptcy_price(*position)}


@adapter
def hedge_path(x: Case) -> Case:
    tiers = margin.MarginTiers.single(x["mmr"], 1.0)
    outcome = paths.hedge_path(x["spot_qty"], x["hedge_qty"], x["p0"], x["margin"], tiers, x["prices"], x["liq_fee"])
    return {
        "liq_price": outcome.liquidation_price,
        "liquidated": outcome.is_liquidated,
        "spot_pnl": outcome.spot_pnl,
        "hedge_pnl": outcome.hedge_pnl,
        "net": outcome.net_pnl,
        "net_if_hedge_survived": outcome.net_pnl_unliquidated,
    }


@adapter
def hedge_at_liquidation(x: Case) -> Case:
    tiers = margin.MarginTiers.single(x["mmr"], 1.0)
    price, spot, hedge, net = paths.hedge_at_liquidation(x["spot_qty"], x["hedge_qty"], x["p0"], x["margin"], tiers)
    return {"liq_price": price, "spot_pnl": spot, "hedge_pnl": hedge, "net": net}


@adapter
def flat_tier_margin(x: Case) -> Case:
    first = 1 if x["tiers"][0][0] == 0 else 0  # rows come with or without their floors
    caps, maintenance_rates, initial_rates = zip(*(row[first : first + 3] for row in x["tiers"]), strict=True)
    ends = tuple(float("inf") if cap is None else float(cap) for cap in caps)
    tiers = margin.FlatTiers(caps=ends, maintenance_rates=maintenance_rates, initial_rates=initial_rates)
    return {
        "tier": tiers.tier(x["contracts"]) + 1,
        "mm": tiers.maintenance_margin(x["notional"], x["contracts"]),
        "im": tiers.initial_margin(x["notional"], x["contracts"]),
    }


@adapter
def deribit_margin(x: Case) -> Case:
    coins = margin.size_margin(x["size"], x["base"], x["slope"])
    rates = margin.SizeRates(maintenance_rate=x["base"], initial_rate=x["base"], slope=x["slope"])
    return {
        "rate": rates.rate(x["size"]),
        "margin_coin": coins,
        "margin_usd": portfolio.usd_delta(coins, x["price"]),
    }


@adapter
def bankruptcy_inverse_cross_long(x: Case) -> Case:
    position = ("inverse", SIDES["long"], x["contracts_usd"], x["entry"], x["balance"])
    return {"bankruptcy_price": margin.bankruptcy_price(*position, x["taker"])}


@adapter
def liq_unified_spot_collateral(x: Case) -> Case:
    tiers = margin.MarginTiers.single(x["mmr"], 1.0)
    terms = (x["cash"], x["qty"], x["entry"], x["qty"], x["collateral_ratio"], tiers)
    price = margin.unified_liquidation_price(*terms)
    return {"liq_price": price, "multiple": None if price is None else price / x["entry"]}


@adapter
def insurance_flow(x: Case) -> Case:
    return {"fund_change": margin.insurance_flow("linear", SIDES[x["side"]], x["qty"], x["bankruptcy"], x["fill"])}


@adapter
def adl_score(x: Case) -> Case:
    profit, leverage, score = margin.deleveraging_score(
        x["upnl"], x["entry_value"], x["mark_value"], x["bankruptcy_value"]
    )
    return {"pnl_pct": profit, "effective_leverage": leverage, "score": score}


@adapter
def hedge_stop_path(x: Case) -> Case:
    outcome = paths.hedge_stop_path(x["spot_qty"], x["hedge_qty"], x["p0"], x["stop"], x["prices"], x["fee"])
    return {
        "stopped": outcome.is_closed,
        "spot_pnl": outcome.spot_pnl,
        "hedge_pnl": outcome.hedge_pnl,
        "net": outcome.net_pnl,
    }


@adapter
def touch_probability(x: Case) -> Case:
    terms = (x["sigma"], x["T"], x["mu"])
    return {"prob": paths.touch_probability(x["spot"], x["barrier"], SIDES["short"], *terms)}


# portfolio margin


@adapter
def pm_grid(x: Case) -> Case:
    margins = []
    for unit in x["units"]:
        # Bought legs stand for spot and sold ones for a future of one year, so that a year's basis is what is charged.
        years = [0.0 if quantity > 0 else 1.0 for quantity, _ in unit["positions"]]
        legs = [
            portfolio_margin.Leg(instrument="future", quantity=quantity, price=price, years=year)
            for (quantity, price), year in zip(unit["positions"], years, strict=True)
        ]
        loss = portfolio_margin.worst_loss(portfolio_margin.scenario_pnl(legs, unit["shocks"]))
        basis = portfolio_margin.basis_charge([leg.value for leg in legs], years, unit["basis_pct"], 1.0)
        minimum = costs.fee(unit["deriv_notional"], unit["min_charge_pct"])
        margins.append(portfolio_margin.combined_charges(loss, 0.0, 0.0, basis, 0.0, 0.0, minimum))
    return {"unit_mmr": margins, "mmr": sum(margins), "imr": costs.fee(sum(margins), x["imr_factor"])}


@adapter
def progressive(x: Case) -> Case:
    return {"value": portfolio_margin.progressive_charge(x["x"], x["tiers"])}


@adapter
def okx_mmr(x: Case) -> Case:
    minimum = portfolio_margin.progressive_charge(x["mr7_raw"], x["mr7_tiers"])
    charges = portfolio_margin.combined_charges(x["mr"], 0.0, 0.0, 0.0, 0.0, 0.0, minimum)
    return {"mr7_adj": minimum, "mmr": charges}


@adapter
def okx_mr_combine(x: Case) -> Case:
    return {"mmr": portfolio_margin.combined_charges(*(x[f"mr{number}"] for number in (1, 2, 3, 4, 5, 6, 7)))}


# risk


@adapter
def var_es_normal(x: Case) -> Case:
    return dict(zip(("var", "es"), risk.normal_risk(x["mean"], x["std"], x["alpha"]), strict=True))


@adapter
def var_es_student(x: Case) -> Case:
    return dict(zip(("var", "es"), risk.student_risk(x["scale"], x["nu"], x["alpha"]), strict=True))


@adapter
def var_es_hist(x: Case) -> Case:
    return dict(zip(("var", "es"), risk.historical_risk(x["pnl"], x["alpha"]), strict=True))


@adapter
def jump_moments(x: Case) -> Case:
    moments = paths.jump_moments(
        x["sigma_s"],
        x["sigma_f"],
        x["rho"],
        x["lam"],
        (x["mu_s"], x["sd_s"]),
        (x["mu_f"], x["sd_f"]),
        x["rho_j"],
        x["dt"],
    )
    return {
        "var_s": moments.spot_variance,
        "var_f": moments.hedge_variance,
        "cov": moments.covariance,
        "rho": moments.correlation,
        "h": moments.hedge_ratio,
    }


@adapter
def regime_mixture(x: Case) -> Case:
    probabilities, spot, hedge, rho = zip(*x["regimes"], strict=True)
    volatility, hedge_volatility, correlation = paths.regime_moments(probabilities, spot, hedge, rho)
    ratio = hedge_ratio.minimum_variance_hedge_ratio(correlation, volatility, hedge_volatility)
    by_regime = [hedge_ratio.hedge_effectiveness(ratio, *regime) for regime in zip(rho, spot, hedge, strict=True)]
    return {
        "rho": correlation,
        "h": ratio,
        "effectiveness": hedge_ratio.hedge_effectiveness(ratio, correlation, volatility, hedge_volatility),
        "effectiveness_by_regime": by_regime,
    }


# funding, basis


@adapter
def funding_rate(x: Case) -> Case:
    return {"rate": carry.clamped_rate(x["premium"], x["interest"], x["clamp"], x["cap"])}


@adapter
def dydx_funding(x: Case) -> Case:
    return {"cash": carry.dydx_funding_pnl(x["balance"], x["index"], x["rate_8h"], x["hours"])}


@adapter
def basis(x: Case) -> Case:
    found = carry.futures_basis(x["spot"], x["futures"], x["days"])
    return {
        "basis": found.basis,
        "basis_pct": found.basis_ratio,
        "annual_simple": found.annual_simple,
        "annual_compound": found.annual_compound,
        "annual_log": found.annual_log,
    }


@adapter
def effective_price_short(x: Case) -> Case:
    return dict(zip(("effective", "b2"), carry.effective_sale_price(x["F1"], x["S2"], x["F2"]), strict=True))


@adapter
def hold_to_expiry_short(x: Case) -> Case:
    parts = carry.hold_to_expiry(x["qty"], x["spot0"], x["fut0"], x["spot_T"])
    return dict(zip(("spot_pnl", "fut_pnl", "net"), parts, strict=True))


@adapter
def roll(x: Case) -> Case:
    rolled = carry.roll(x["qty"], x["fut_old"], x["fut_new"], x["fee"], x["fee"])
    return {
        "roll_spread": rolled.spread,
        "roll_spread_pct": rolled.spread_ratio,
        "price_effect_short": rolled.price_effect,
        "fees": rolled.fees,
    }


# costs


@adapter
def walk_book(x: Case) -> Case:
    fill = costs.walk_book(x["side"], x["qty"], x["bids"], x["asks"])
    return {
        "filled": fill.filled,
        "unfilled": fill.unfilled,
        "vwap": fill.average_price,
        "slippage_bps": None if fill.slippage_rate is None else 1e4 * fill.slippage_rate,
    }


# options


def greeks(value: options.OptionValue) -> Case:
    """Return price and greeks under the names of the cases, which are the model's."""
    return {name: getattr(value, name) for name in ("price", "delta", "gamma", "vega", "theta", "rho")}


@adapter
def black76(x: Case) -> Case:
    return greeks(options.black_76(x["kind"], x["F"], x["K"], x["T"], x["sigma"], x["r"]))


@adapter
def bsm(x: Case) -> Case:
    return greeks(options.black_scholes(x["kind"], x["S"], x["K"], x["T"], x["sigma"], x["r"], x["q"]))


@adapter
def linear_greeks(x: Case) -> Case:
    return options.linear_greeks(x["qty"])


@adapter
def protective_put(x: Case) -> Case:
    outcome = options.protective_put(x["qty"], x["spot0"], x["strike"], x["premium"], x["prices"])
    return {"pnl": outcome.pnl, "max_loss": outcome.max_loss, "breakeven": outcome.break_even_price}


@adapter
def collar(x: Case) -> Case:
    strikes = (x["put_strike"], x["call_strike"])
    outcome = options.collar(x["qty"], x["spot0"], *strikes, x["put_premium"], x["call_premium"], x["prices"])
    return {"pnl": outcome.pnl, "net_premium": outcome.net_premium}


# rebalancing


def band_terms(x: Case) -> tuple[Any, ...]:
    """Return the terms of a band or an interval in the model's order."""
    return tuple(x[name] for name in ("cost", "hedge_notional", "risk_aversion", "sigma_ratio", "sigma_f"))


@adapter
def notrade_band(x: Case) -> Case:
    names = ("half_width_fraction", "half_width_notional")
    return dict(zip(names, rebalancing.no_trade_band(*band_terms(x)), strict=True))


@adapter
def rebalance_interval(x: Case) -> Case:
    return dict(zip(("interval_years", "interval_days"), rebalancing.rebalancing_interval(*band_terms(x)), strict=True))


@adapter
def whalley_wilmott(x: Case) -> Case:
    terms = (x["S"], x["K"], x["T"], x["sigma"], x["cost"], x["risk_aversion"], x["r"])
    return dict(zip(("delta", "gamma", "half_width"), rebalancing.option_band(*terms), strict=True))
