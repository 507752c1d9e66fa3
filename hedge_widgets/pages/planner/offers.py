"""What the contracts that can be chosen do for the own coins: tested on the prices in use, sized as a book is."""

from collections.abc import Sequence
from typing import Any

from hedge_widgets.market.coins import followed, is_money
from hedge_widgets.market.facts import contracts
from hedge_widgets.market.history import History
from hedge_widgets.market.plan import Plan
from hedge_widgets.model.hedge import hedge_outcome
from hedge_widgets.model.hedge_ratio.sets import Candidate, HedgeSets
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.planner import Offer
from hedge_widgets.model.portfolio import Portfolio

WINDOW, HOLD = 90, 30  # days from which a ratio is estimated, and for which it is then held
_ENOUGH = 730  # days of prices that a contract's coin must have in common with the coins held
TAUGHT = "Example"  # the venue of contracts that no one trades


def removed_shares(own: History, coins: Portfolio, assets: Sequence[str]) -> dict[str, float]:
    """Return, by asset, the share of the coins' variance that a hedge in it removed on days not seen before.

    The hedge has the minimum-variance ratio of the last 90 days, renewed every 30. What has too few prices is left out;
    nothing is known where one of the coins has none.
    """
    import numpy as np
    import pandas as pd

    from hedge_widgets.market.prices import day_numbers, one_a_day, weighted_prices

    weights: dict[str, float] = {}
    for held in coins.holdings:
        if not is_money(held.symbol):
            column = held.symbol if held.symbol in own.prices.columns else followed(held.symbol)
            weights[column] = weights.get(column, 0.0) + float(held.value / coins.value)
    if not weights or not weights.keys() <= {*own.prices.columns}:
        return {}
    prices = one_a_day(own.prices)
    level = weighted_prices(prices, weights)
    enough = 0.9 * min(_ENOUGH, int(level.notna().sum()))
    known = [name for name in dict.fromkeys(assets) if name in prices.columns]
    known = [name for name in known if (prices[name].notna() & level.notna()).sum() >= enough]
    if not known:
        return {}
    common = pd.concat([level, *(prices[name] for name in known)], axis=1).dropna()
    returns = common.pct_change(fill_method=None).to_numpy(dtype=np.float64)[1:]
    candidates = [
        Candidate(name=name, returns=returns[:, 1 + k], contract=None, price=1.0) for k, name in enumerate(known)
    ]
    terms: dict[str, Any] = {"window": WINDOW, "hold": HOLD, "value": float(coins.value), "leverage": 1.0}
    sets = HedgeSets(returns[:, 0], candidates, days=day_numbers(common.index)[1:], **terms)
    return {name: 1.0 - sets.left((name,)) for name in known}


def offers(plan: Plan, own: History, venue: str | None) -> tuple[Offer, ...]:
    """Return the offers of a venue (None: of all that are traded), and the plan's own contract.

    They depend on the plan's coins, size and contract, not on its cash, move and leverage.
    """
    plan = plan.changed(leverage=1.0, margin_mode="isolated", cash=0.0, move=0.0, spike=0.0, own_move=0.0)
    listed = [spec for spec in contracts().values() if spec.venue == (venue or spec.venue)]
    if venue is None:
        listed = [spec for spec in listed if spec.venue != TAUGHT]
    specs = {spec.label: plan.spec(spec.label) for spec in (plan.contract, *listed)}
    try:
        removed = removed_shares(own, plan.book.holdings, [spec.underlying for spec in specs.values()])
    except InputError:  # too few prices in common
        removed = {}
    made = []
    for spec in specs.values():
        try:
            inputs = plan.changed(contract=spec).inputs()
        except InputError:  # nobody knows a price of its coin
            continue
        still = hedge_outcome(inputs)
        share = removed.get(spec.underlying, float("nan"))
        made.append(Offer(contract=spec, price=float(inputs.hedge_price), outcome=still, removed=share))
    return tuple(made)
