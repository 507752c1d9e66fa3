"""Which futures, and how many: what none, one, two and more leave of the variance, cost and require as margin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hedge_widgets.market.coins import cash_columns, is_money
from hedge_widgets.market.facts import contracts
from hedge_widgets.market.prices import basket_prices, day_numbers
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio import traffic_light
from hedge_widgets.model.hedge_ratio.sets import Candidate, HedgeSet, HedgeSets, Short
from hedge_widgets.model.hedge_ratio.study import HedgeStudy
from hedge_widgets.pages.book import joined
from hedge_widgets.pages.hedge_ratio.controls import altcoins
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table

if TYPE_CHECKING:
    import pandas as pd

MOST = 5
SECTOR = "sector basket"
LIQUID = ("BTC", "ETH", "SOL", "BNB", "XRP", "ADA")  # the first three that are not held are tried in every combination
ENOUGH = 730  # days of prices that a future must have in common with what is held
BASIS_ONLY = 5e-4  # the share of the variance below which a page's figure would be 0


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The hedges of what is held: ``found`` by the number of futures and then by what they leave, no hedge first.

    ``sets`` is None where the common history is too short; ``too_young`` are the futures left out for that.
    """

    sets: HedgeSets | None = None
    found: tuple[HedgeSet, ...] = ()
    too_young: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[HedgeSet, HedgeSet] | None:
        """Return (the one future, the futures) that leave the least, of those that have contracts; None of none."""
        listed = [one for one in self.found if one.shorts and all(short.contract is not None for short in one.shorts)]
        best = min(listed, key=lambda one: one.tested_left, default=None)
        return None if best is None or np.isnan(best.tested_left) else (listed[0], best)


def compared(
    prices: "pd.DataFrame",
    held: "pd.Series[float]",
    coins: Sequence[str],
    study: HedgeStudy,
    window: float,
    specs: Mapping[str, ContractSpec],
    last: Mapping[str, float],
    *,
    value: float,
    leverage: float,
) -> Compared:
    """Return what futures do for ``coins``, whose prices together are ``held``, and which are worth ``value``.

    Whatever has prices and a linear contract may be shorted, and the most liquid coins without one; for a single coin
    an equal-weight basket of the other altcoins too, which no contract is on. ``last`` are the prices of the orders.
    """
    import pandas as pd

    cash = cash_columns(prices)
    moving = [name for name in prices.columns if name not in cash]
    legs = {name: prices[name] for name in moving if name in last and (name in specs or name in LIQUID)}
    sector = [name for name in altcoins(moving) if name not in coins]
    if len(coins) == 1 and len(sector) >= 3:
        legs[SECTOR] = basket_prices(prices[sector])
    enough = 0.9 * min(ENOUGH, int(held.notna().sum()))
    too_young = tuple(name for name, leg in legs.items() if (leg.notna() & held.notna()).sum() < enough)
    legs = {name: leg for name, leg in legs.items() if name not in too_young}
    common = pd.concat([held, *legs.values()], axis=1, keys=["held", *legs])
    returns, days = study.returns_of(common.to_numpy(dtype=np.float64), day_numbers(common.index))
    n = study.window_days(window)
    if len(days) < 2 or days[-2] - 2 * days[0] + days[1] <= n:
        return Compared(too_young=too_young)
    candidates = [
        Candidate(name=name, returns=returns[:, 1 + k], contract=specs.get(name), price=last.get(name, np.nan))
        for k, name in enumerate(legs)
    ]
    sets = HedgeSets(returns[:, 0], candidates, window=n, hold=study.hold, value=value, leverage=leverage, days=days)
    return Compared(sets=sets, found=tuple(_shown(sets, coins)), too_young=too_young)


def _shown(sets: HedgeSets, coins: Sequence[str]) -> list[HedgeSet]:
    """Return the sets to show, in their order.

    Each of up to five futures has one more than the set before, the one that leaves the least; besides there are the
    most liquid ones in every combination, the sector basket, and a future on every coin that is held.
    """
    majors = [name for name in LIQUID if name in sets.candidates and [name] != list(coins)][:3]
    names = [one for size in (1, 2, 3) for one in combinations(majors, size)]
    names += [(SECTOR,)] if SECTOR in sets.candidates else []
    own = tuple(name for name in coins if not is_money(name))
    if all(name in sets.candidates and sets.candidates[name].contract is not None for name in own):
        names.append(own)
    found = {frozenset(one.names): one for one in sets.nested(MOST)}
    for one in names:
        if 0 < len(one) <= sets.largest and frozenset(one) not in found:
            found[frozenset(one)] = sets.of(one)
    return sorted(found.values(), key=lambda one: (len(one.shorts), np.nan_to_num(one.tested_left, nan=np.inf)))


# ---- in words --------------------------------------------------------------------------------------------------------
def hedges_table(compared: Compared, window: float, cash: float) -> str:
    """Return the sets as a table, and what more futures are worth in a sentence; ``cash`` 0: not said."""
    sets, found = compared.sets, compared.found
    if sets is None:
        return '<p class="hw-note">The common history is too short to compare hedges with this window.</p>'
    head = (
        "Order",
        "Variance left",
        "Volatility left",
        "Removed by the last future",
        "Variance left as traded",
        "Fees and spread",
        f"Margin at {formatted(sets.leverage, 'times')}",
        "Dollars short per dollar held",
        "Least traded, per day",
    )
    venues = dict.fromkeys(s.contract.venue for one in found for s in one.shorts if s.contract is not None)
    note = (
        f"For {formatted(sets.value, 'usd')} of what you hold. “Left” is on days that the ratios had not seen (window "
        f"{window:g} days, on the days that all have), “as traded” with every ratio rounded to whole contracts. Fees "
        "and spread are those of opening and closing. Ratios of one row are solved together: those of single futures "
        "must not be added up. A future on a coin that you hold follows it except for the basis. Up to 20 % left is "
        f"green, up to 50 % amber, up to 75 % red. Contracts: {', '.join(venues)}."
    )
    if compared.too_young:
        note += f" Left out, with less than two years of prices in common: {joined(compared.too_young)}."
    rows = [_row(one, cash) for one in found]
    return f"<p>{sets_words(compared)}</p>" + figures_table(head, rows, note, numbers=(1, 2, 3, 4, 5, 6, 8))


def _row(one: HedgeSet, cash: float) -> tuple[str, ...]:
    whole, nothing, margin = formatted(1.0, "percent"), formatted(0.0, "usd"), formatted(one.margin, "usd")
    if not one.shorts:
        return "No hedge", whole, whole, "", whole, nothing, nothing, "", ""
    ratios = ", ".join(f"{short.name}\u00a0{formatted(short.ratio, 'slope')}" for short in one.shorts)
    is_known = one.tested_left >= BASIS_ONLY
    specs = [short.contract for short in one.shorts if short.contract is not None]
    return (
        _orders(one.shorts),
        _left(one.tested_left) + (f" ({traffic_light(1.0 - one.tested_left)})" if is_known else ""),
        formatted(one.tested_left**0.5, "percent") if is_known else "",
        formatted(one.added, "percent"),
        _left(one.rounded_left),
        formatted(one.cost, "usd"),
        f"{margin}: more than your {formatted(cash, 'usd')}" if 0 < cash < one.margin else margin,
        f"{ratios}{_doubts(one)}",
        _least_traded(specs) if len(specs) == len(one.shorts) else "",
    )


def _least_traded(specs: Sequence[ContractSpec]) -> str:
    """Return the smallest daily volume, which is known where somebody put it in: what ships is an assumption."""
    shipped = contracts()
    if any(spec.label in shipped and spec.daily_volume == shipped[spec.label].daily_volume for spec in specs):
        return "not known"
    return f"${formatted(min(spec.daily_volume for spec in specs) / 1e6, 'integer')} million"


def _doubts(one: HedgeSet) -> str:
    """Return what keeps the ratios of a set from being trusted, in brackets."""
    parts = [f"{joined(one.still)} {'does' if len(one.still) == 1 else 'do'} not move"] if one.still else []
    parts += ["ill-conditioned: they cannot be told apart"] if one.is_ill_conditioned else []
    return f" ({'; '.join(parts)})" if parts else ""


def _left(share: float) -> str:
    return "only the basis" if share < BASIS_ONLY else formatted(share, "percent")


def _orders(shorts: Sequence[Short]) -> str:
    """Return the orders, in coins: "short 35,804 ADA, 51 SOL; BTC too small to trade"."""
    parts = []
    for verb, sign in (("short", -1.0), ("buy", 1.0)):
        amounts = [_amount(s.contract, s.n_contracts) for s in shorts if s.contract and s.n_contracts * sign > 0]
        parts += [f"{verb} {', '.join(amounts)}"] if amounts else []
    for words, named in (
        ("too small to trade", [short.name for short in shorts if short.is_too_small]),
        ("has no contract listed", [short.name for short in shorts if short.contract is None]),
    ):
        parts += [f"{', '.join(named)} {words}"] if named else []
    return "; ".join(parts)


def _amount(spec: ContractSpec, n_contracts: float) -> str:
    return f"{formatted(abs(n_contracts) * spec.contract_multiplier, 'contracts')}\u00a0{spec.underlying}"


def sets_words(compared: Compared) -> str:
    """Return the best single future against the best of all, in words."""
    ends = compared.ends
    if ends is None:
        return "No future removes anything here."
    one, best = ends
    first = one.shorts[0]
    words = f"One {first.name} {'short' if first.ratio >= 0 else 'long'} leaves {_of_variance(one.tested_left)}"
    if best is not one:
        words += (
            f"; {len(best.shorts)} futures leave {_of_variance(best.tested_left)} and cost "
            f"{_more(best.cost - one.cost)} in fees and spread"
        )
    if small := _too_small(best):
        verb, them = ("is", "it") if len(small) == 1 else ("are", "them")
        left = _of_variance(best.rounded_left)
        words += f", but {joined(small)} {verb} too small to trade, and without {them} {left} is left"
    return f"{words}."


def _too_small(one: HedgeSet) -> list[str]:
    return [short.name for short in one.shorts if short.is_too_small]


def _of_variance(share: float) -> str:
    return _left(share) + ("" if share < BASIS_ONLY else " of the variance")


def five_words(compared: Compared, missing: Sequence[str]) -> str:
    """Return what one short did for article 001's five coins, and what a short on each does, in words.

    ``missing`` are those of the five that have no prices.
    """
    if missing:
        verb = "has" if len(missing) == 1 else "have"
        return f"It cannot be tested here: {joined(missing)} {verb} no prices in this history, which opens on one coin."
    sets, ends = compared.sets, compared.ends
    if sets is None or ends is None or not {"BTC", "ETH"} <= sets.candidates.keys():
        return "This history is too short to test it."
    left = [sets.left((name,)) for name in ("BTC", "ETH")]
    variance, swings = ([formatted(share**power, "percent") for share in left] for power in (1.0, 0.5))
    one, best = ends
    small = f" ({joined(too_small)} too small to trade)" if (too_small := _too_small(best)) else ""
    return (
        f"Tested on days that it had not seen, one BTC short left {variance[0]} of the variance and one ETH short "
        f"{variance[1]}, which is still {swings[0]} and {swings[1]} of the swings (volatility). "
        f"Shorts on {joined(best.names)}{small} leave {_of_variance(best.rounded_left)}, for "
        f"{_more(best.cost - one.cost)} in fees and spread and {_more(best.margin - one.margin)} margin than "
        f"{one.names[0]} alone."
    )


def _more(amount: float) -> str:
    return f"{formatted(abs(amount), 'usd')} {'more' if amount >= 0 else 'less'}"
