"""How many shorts: none, one, two and more for what is held, after rounding, with what they cost and tie up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hedge_widgets.market.prices import last_prices
from hedge_widgets.model.contracts import ACCEPTED, ContractSpec, order
from hedge_widgets.model.hedge_ratio import (
    forward_selection,
    horizon_returns,
    minimum_variance_hedge_of,
    several_ratio_paths,
    walk_forward,
)
from hedge_widgets.model.hedge_ratio.study import HedgeStudy
from hedge_widgets.pages.hedge_ratio.costs import HedgeCosts
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table

if TYPE_CHECKING:
    import pandas as pd

MOST = 5


@dataclass(frozen=True, kw_only=True)
class Short:
    """One future of a set: ``ratio`` dollars short per dollar held, and the order nearest to it, signed (- short)."""

    spec: ContractSpec
    ratio: float
    n_contracts: float
    notional: float
    is_too_small: bool


@dataclass(frozen=True, kw_only=True)
class HedgeSet:
    """Some shorts at once, none too.

    ``tested_left`` is the share of the variance left on days not seen (NaN where there are too few), ``rounded_left``
    that left in the window with the contracts as they can be traded; ``cost`` (fees and half spreads, in and out) and
    ``margin`` are quote currency.
    """

    shorts: tuple[Short, ...]
    tested_left: float
    rounded_left: float
    cost: float
    margin: float


def hedge_sets(
    prices: "pd.DataFrame",
    held: "pd.Series[float]",
    study: HedgeStudy,
    window: float,
    costs: HedgeCosts,
    *,
    value: float,
    leverage: float,
) -> list[HedgeSet]:
    """Return the sets of none to five shorts for what is held, each with the one more that removes most in the window.

    Every coin that has a linear contract and prices is a candidate. ``value`` is what is held, quote currency.
    """
    import pandas as pd

    last = last_prices(prices)
    specs = {name: spec for name in prices.columns if (spec := costs.of(name)) is not None and name in last}
    common = pd.concat([held, *(prices[name] for name in specs)], axis=1, keys=["held", *specs])
    returns = horizon_returns(common.to_numpy(dtype=np.float64), study.horizon, study.kind)
    returns = returns[np.isfinite(returns).all(axis=1)]
    n, names = study.n_returns(window), list(specs)
    if not specs or len(returns) < n + 2:
        return []
    spot, hedges = returns[:, 0], returns[:, 1:]
    found = []
    for places in [(), *forward_selection(spot[-n:], hedges[-n:], MOST)]:
        at = list(places)
        shorts: list[Short] = []
        tested = 1.0
        if at:
            path = several_ratio_paths(spot, hedges[:, at], n, study.hold)
            walk = walk_forward(spot, hedges[:, at], path, n, study.hold, study.periods_per_year)
            tested = float("nan") if walk.effectiveness is None else 1.0 - walk.effectiveness
            joint = minimum_variance_hedge_of(spot[-n:], hedges[-n:, at]).hedge_ratios
            shorts = [_short(specs[names[k]], h, value, last[names[k]]) for k, h in zip(at, joint, strict=True)]
        traded = np.array([-short.notional / value for short in shorts])
        hedged = spot[-n:] - hedges[-n:, at] @ traded
        found.append(
            HedgeSet(
                shorts=tuple(shorts),
                tested_left=tested,
                rounded_left=float(np.var(hedged) / np.var(spot[-n:])),
                cost=sum(2 * abs(s.notional) * (s.spec.taker_fee_rate + s.spec.half_spread) for s in shorts),
                margin=sum(abs(s.notional) / min(leverage, _most(s)) for s in shorts),
            )
        )
    return found


def _short(spec: ContractSpec, ratio: Any, value: float, price: float) -> Short:
    traded = order(abs(float(ratio)) * value, price, spec)
    sign = -1.0 if ratio >= 0 else 1.0
    return Short(
        spec=spec,
        ratio=float(ratio),
        n_contracts=sign * float(traded.n_contracts),
        notional=sign * float(traded.notional),
        is_too_small=traded.refusal != ACCEPTED,
    )


def _most(short: Short) -> float:
    return float(short.spec.tiers.max_leverage(abs(short.notional)))


def how_many_table(found: Sequence[HedgeSet], value: float, leverage: float, cash: float) -> str:
    """Return the sets as a table, and what more shorts are worth in a sentence; ``cash`` 0: not said."""
    if not found:
        return '<p class="hw-note">The common history is too short to compare hedges with this window.</p>'
    rows = []
    for place, one in enumerate(found):
        added = found[place - 1].tested_left - one.tested_left if place else float("nan")
        margin = formatted(one.margin, "usd")
        rows.append(
            (
                _orders(one.shorts),
                formatted(one.tested_left, "percent"),
                formatted(added, "percent") if place else "",
                formatted(one.rounded_left, "percent"),
                formatted(one.cost, "usd"),
                f"{margin}: more than you have" if 0 < cash < one.margin else margin,
            )
        )
    head = (
        "futures",
        "variance left, tested",
        "the last one removes",
        "left as traded",
        "fees and spread",
        f"margin at {formatted(leverage, 'times')}",
    )
    return f"<p>{sets_words(found)}</p>" + figures_table(
        head,
        rows,
        f"For {formatted(value, 'usd')} of what you hold. Each row adds the future that removes most in the window; "
        "“tested” is on days that it had not seen, “as traded” in the window with whole contracts; fees and spread "
        "are those of opening and closing. A future on a coin that you hold follows it but for its basis. "
        f"Contracts: {', '.join(dict.fromkeys(short.spec.venue for short in found[-1].shorts))}.",
    )


def _orders(shorts: Sequence[Short]) -> str:
    """Return the orders, in coins: "short 35,804 ADA, 51 SOL; BTC is too small to trade"."""
    parts = []
    for verb, sign in (("short", -1.0), ("buy", 1.0)):
        amounts = [
            f"{formatted(abs(s.n_contracts) * s.spec.contract_multiplier, 'contracts')} {s.spec.underlying}"
            for s in shorts
            if s.n_contracts * sign > 0
        ]
        parts += [f"{verb} {', '.join(amounts)}"] if amounts else []
    small = [short.spec.underlying for short in shorts if short.is_too_small]
    parts += [f"{', '.join(small)} too small to trade"] if small else []
    return "; ".join(parts) or "none"


def sets_words(found: Sequence[HedgeSet]) -> str:
    """Return one future against the most of them, in words."""
    if len(found) < 2:
        return "No future removes anything here."
    one, most = found[1], found[-1]
    first = one.shorts[0]
    side = "short" if first.ratio >= 0 else "long"
    words = f"One {first.spec.underlying} {side} leaves {formatted(one.tested_left, 'percent')} of the variance"
    if most is one:
        return f"{words}."
    price = f"{_more(most.cost - one.cost)} in fees and spread"
    words += f"; {len(most.shorts)} futures leave {formatted(most.tested_left, 'percent')} and cost {price}"
    small = sum(short.is_too_small for short in most.shorts)
    if small:
        verb = "is" if small == 1 else "are"
        words += f", but {small} of them {verb} too small to trade"
    return f"{words}."


def five_words(single: Mapping[str, float], found: Sequence[HedgeSet]) -> str:
    """Return what one short did for article 001's five coins, and what a short on each does, in words.

    ``single`` is the share of the variance that one short removed on days not seen, by asset.
    """
    left = {name: 1.0 - single[name] for name in ("BTC", "ETH") if np.isfinite(single.get(name, np.nan))}
    if len(left) < 2 or len(found) < 2:
        return "This history is too short, or has too few coins, to test it."
    variance, swings = ([formatted(share**power, "percent") for share in left.values()] for power in (1.0, 0.5))
    one, most = found[1], found[-1]
    return (
        f"Tested on days that it had not seen, one BTC short left {variance[0]} of the variance and one ETH short "
        f"{variance[1]}, which is still {swings[0]} and {swings[1]} of the swings (volatility). "
        f"{len(most.shorts)} shorts leave {formatted(most.tested_left, 'percent')} of the variance beside the basis, "
        f"for {_more(most.cost - one.cost)} in fees and spread and {_more(most.margin - one.margin)} margin than one."
    )


def _more(amount: float) -> str:
    return f"{formatted(abs(amount), 'usd')} {'more' if amount >= 0 else 'less'}"
