"""Which hedge: BTC, ETH, SOL, a sector basket or the coin's own contract, one or several, by what they remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio import (
    SeveralHedges,
    horizon_returns,
    minimum_variance_hedge_of,
    several_ratio_paths,
    traffic_light,
    walk_forward,
)
from hedge_widgets.model.hedge_ratio.study import HedgeStudy
from hedge_widgets.pages.hedge_ratio.costs import HedgeCosts
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table

if TYPE_CHECKING:
    import pandas as pd

SECTOR = "sector basket"
LIQUID = ("BTC", "ETH", "SOL", "BNB", "XRP", "ADA")  # the first three that are not held are the candidates


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One hedge or several at once: contracts (one a leg, None where none is listed), variance removed out of sample.

    ``ratios`` are the joint ones of the last window, one a leg; ``is_ill_conditioned`` warns that they cannot be told
    apart. ``added`` is what several legs remove beyond the best with one leg fewer; ``is_own`` marks the coin's own
    contract, which is not estimated.
    """

    name: str
    legs: tuple[ContractSpec | None, ...]
    effectiveness: float
    ratios: tuple[float, ...]
    added: float | None = None
    is_own: bool = False
    is_ill_conditioned: bool = False


def instruments(
    prices: "pd.DataFrame", spot: str, series: "pd.Series[float]", study: HedgeStudy, window: float, costs: HedgeCosts
) -> list[Instrument]:
    """Return the hedges of ``spot`` by what they remove out of sample, best first, on the days all of them have.

    The most liquid three one by one, two by two and together, an equal-weight sector basket of the other altcoins (of
    no use to who holds a basket), and the coin's own contract, which follows it but for its basis. ``series`` holds
    the prices of what is held.
    """
    import pandas as pd

    from hedge_widgets.market.prices import basket_prices

    majors = [symbol for symbol in LIQUID if symbol in prices.columns and symbol != spot][:3]
    sector = [symbol for symbol in prices.columns if symbol not in ("BTC", "ETH", spot)]
    legs = {symbol: prices[symbol] for symbol in majors}
    if len(sector) >= 3 and spot in prices.columns:
        legs[SECTOR] = basket_prices(prices[sector])
    common = pd.concat([series, *legs.values()], axis=1, keys=["held", *legs])
    returns = horizon_returns(common.to_numpy(dtype=np.float64), study.horizon, study.kind)
    returns = returns[np.isfinite(returns).all(axis=1)]
    n = study.n_returns(window)
    if len(legs) == 0 or len(returns) < n + 2:
        return []
    sets: list[tuple[str, ...]] = [(name,) for name in legs]
    sets += [*combinations(majors, 2), *combinations(majors, 3)]
    places = {name: 1 + k for k, name in enumerate(legs)}
    removed: dict[tuple[str, ...], float] = {}
    for names in sets:
        hedges = returns[:, [places[name] for name in names]]
        path = several_ratio_paths(returns[:, 0], hedges, n, study.hold)
        walk = walk_forward(returns[:, 0], hedges, path, n, study.hold, study.periods_per_year)
        removed[names] = float("nan") if walk.effectiveness is None else walk.effectiveness
    joint = {
        names: minimum_variance_hedge_of(returns[-n:, 0], returns[-n:, [places[name] for name in names]])
        for names in sets
    }
    found = [_instrument(names, removed, joint[names], costs) for names in sets]
    own = costs.of(spot)
    if own is not None:
        found.append(
            Instrument(name=f"{spot}'s own contract", legs=(own,), effectiveness=1.0, ratios=(1.0,), is_own=True)
        )
    return sorted(found, key=lambda instrument: -np.nan_to_num(instrument.effectiveness, nan=-np.inf))


def _instrument(
    names: tuple[str, ...], removed: dict[tuple[str, ...], float], joint: SeveralHedges, costs: HedgeCosts
) -> Instrument:
    """Return a hedge; one of several legs adds what it removes beyond the best of those with one leg fewer."""
    fewer_legs = [*combinations(names, len(names) - 1)] if len(names) > 1 else []
    return Instrument(
        name=" + ".join(names),
        legs=tuple(costs.of(name) for name in names),
        effectiveness=removed[names],
        ratios=tuple(map(float, joint.hedge_ratios)),
        is_ill_conditioned=joint.is_ill_conditioned,
        added=removed[names] - max(removed[fewer] for fewer in fewer_legs) if fewer_legs else None,
    )


def instruments_table(found: Sequence[Instrument], window: float) -> str:
    """Return the ranking with cost and liquidity of the contracts it needs."""
    if not found:
        return '<p class="hw-note">The common history is too short to compare hedges with this window.</p>'
    rows = []
    for instrument in found:
        listed = [leg for leg in instrument.legs if leg is not None]
        is_whole = len(listed) == len(instrument.legs)
        cost = max((2 * (leg.taker_fee_rate + leg.half_spread) for leg in listed), default=None) if is_whole else None
        volume = min((leg.daily_volume for leg in listed), default=None) if is_whole else None
        rows.append(
            (
                instrument.name,
                " and ".join(formatted(ratio, "slope") for ratio in instrument.ratios)
                + (" (ill-conditioned: they cannot be told apart)" if instrument.is_ill_conditioned else ""),
                "all but its basis" if instrument.is_own else formatted(instrument.effectiveness, "percent"),
                "" if instrument.added is None else formatted(instrument.added, "percent_signed"),
                str(traffic_light(instrument.effectiveness)),
                "no contract listed" if cost is None else formatted(cost, "rate"),
                "" if volume is None else f"${formatted(volume / 1e6, 'integer')} million a day",
            )
        )
    head = (
        "hedge",
        "ratio now",
        "variance removed",
        "one leg more adds",
        "light",
        "in and out, of the notional",
        "volume, thinnest leg",
    )
    note = (
        f"Out of sample, window {window:g} days, on the days that all have. Cost: taker fee and half spread, twice; "
        "the dearest leg counts. The basket needs one contract a coin. Joint ratios are solved together: those of "
        "single hedges must not be added up."
    )
    return figures_table(head, rows, note)
