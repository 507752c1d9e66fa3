"""Portfolio margin of several risk units, beside the sum of tiers (docs/model.md 3.8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import InputError, Limit, missing_as_none
from hedge_widgets.model.margin import Position, margin_level
from hedge_widgets.model.portfolio_margin.legs import Leg
from hedge_widgets.model.portfolio_margin.units import PortfolioRules, UnitMargin, unit_margin

TRADES, NO_NEW_ORDERS, LIQUIDATED = range(3)


@dataclass(frozen=True, kw_only=True)
class BookMargin:
    """The margin of a book, quote currency: the units' margins less the credit between them.

    ``hypothetical_credit`` is 0 unless correlations were given: no venue modelled here grants it.
    """

    units: Mapping[str, UnitMargin]
    hypothetical_credit: Any
    maintenance_margin: Any
    initial_margin: Any


def book_margin(
    units: Mapping[str, Sequence[Leg]],
    rules: Mapping[str, PortfolioRules],
    hypothetical_correlations: Mapping[tuple[str, str], float] | None = None,
) -> BookMargin:
    """Return the portfolio margin of a book, one risk unit per coin.

    By default there is no credit between coins, as on the venues: ETH spot against a BTC short gets nothing.
    ``hypothetical_correlations`` (0 to 1, by pair of coins) is a what-if: see :func:`correlation_credit`.

    Raises
    ------
    InputError
        If there is no unit, one has no rules, or a pair is not of two coins of the book.
    """
    if not units:
        raise InputError("a book must hold at least one risk unit, not 0")
    missing = [coin for coin in units if coin not in rules]
    if missing:
        raise InputError(f"every risk unit must have rules, and {missing[0]} has none")
    margins = {coin: unit_margin(legs, rules[coin]) for coin, legs in units.items()}
    gross = {coin: np.asarray(unit.maintenance_margin) for coin, unit in margins.items()}
    credits = correlation_credit(margins, hypothetical_correlations or {})
    # The credit is for the direction of prices: what is required for the basis and as a minimum stays.
    net = {
        coin: np.maximum(gross[coin] - credits[coin], np.maximum(unit.minimum_charge, unit.basis_charge))
        for coin, unit in margins.items()
    }
    return BookMargin(
        units=margins,
        hypothetical_credit=missing_as_none(sum(gross[coin] - net[coin] for coin in margins)),
        maintenance_margin=missing_as_none(sum(net.values())),
        initial_margin=missing_as_none(sum(rules[coin].initial_factor * net[coin] for coin in margins)),
    )


def correlation_credit(
    margins: Mapping[str, UnitMargin], correlations: Mapping[tuple[str, str], float]
) -> dict[str, Any]:
    """Return what each unit is spared if opposite units of correlated coins were allowed to offset; hypothetical.

    Pairs are taken by falling correlation; where their net deltas have opposite signs, each is spared correlation
    times the smaller of the two shock charges that are left, so no charge is used twice or turns negative.

    Raises
    ------
    InputError
        If a correlation is not from 0 to 1, or a pair is not of two coins of the book.
    """
    left = {coin: np.asarray(unit.shock_charge, dtype=np.float64) for coin, unit in margins.items()}
    for (one, other), correlation in sorted(correlations.items(), key=lambda item: -item[1]):
        if one == other or one not in margins or other not in margins:
            raise InputError(f"a correlation must be of two coins of the book, not {one} and {other}")
        share = Limit(0.0, 1.0).checked(f"correlation of {one} and {other}", correlation)
        # A delta that rounding leaves of a neutral unit has no direction.
        sides = [
            np.where(np.abs(unit.net_delta) > 1e-6 * unit.shock_charge, np.sign(unit.net_delta), 0.0)
            for unit in (margins[one], margins[other])
        ]
        is_opposite = sides[0] * sides[1] < 0
        offset = np.where(is_opposite, share * np.minimum(left[one], left[other]), 0.0)
        left[one], left[other] = left[one] - offset, left[other] - offset
    return {coin: margins[coin].shock_charge - left[coin] for coin in margins}


def tier_sum_margin(positions: Sequence[Position]) -> Any:
    """Return the sum of the positions' tiered maintenance margins at their marks: Binance, which has no grid.

    Raises
    ------
    InputError
        If there is no position, or they settle in several currencies.
    """
    currencies = sorted({position.settlement for position in positions})
    if len(currencies) != 1:
        raise InputError(f"positions must settle in one currency, not {' and '.join(currencies) or 'none'}")
    return missing_as_none(sum(position.maintenance_margin(position.mark_price) for position in positions))


def unified_account_status(
    equity: Any, maintenance_margin: Any, no_new_orders_ratio: float, liquidation_ratio: float
) -> tuple[Any, Any]:
    """Return (uniMMR, code) of a unified account: adjusted equity over maintenance margin, 0 trades, 1 no new orders.

    Code 2 is liquidation; both limits are inclusive (Binance: 1.2 and 1.05). The ratio is None (NaN in arrays) where no
    margin is required.
    """
    ratio = margin_level(maintenance_margin, equity)
    level = np.asarray(np.inf if ratio is None else ratio)
    code = np.where(
        level <= liquidation_ratio, LIQUIDATED, np.where(level <= no_new_orders_ratio, NO_NEW_ORDERS, TRADES)
    )
    return ratio, missing_as_none(code)
