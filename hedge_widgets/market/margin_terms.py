"""The dated margin rules that ship in ``data/``: venues, rates of whole positions, portfolio margin of a coin."""

import functools
from typing import Any

import numpy as np

from hedge_widgets.market.facts import Row, contracts, fees, portfolio_margin_parameters, rows
from hedge_widgets.model.limits import InputError, choice
from hedge_widgets.model.margin import DeltaNeutralRules, FlatTiers, SizeRates, VenueRules
from hedge_widgets.model.paths import VolatilitySpread
from hedge_widgets.model.portfolio_margin import PortfolioRules
from hedge_widgets.model.portfolio_margin.coin_margin import CoinAccount, CoinShare

PORTFOLIO_VENUES = ("OKX", "Bybit", "Deribit")
_RULES = {  # parameter -> field of the rules
    "basis_charge": "annual_basis_rate",
    "min_charge": "minimum_charge_rate",
    "minimum_equity": "minimum_equity",
    "initial_factor": "initial_factor",
}
_UNKNOWN: dict[str, Any] = {"annual_basis_rate": None, "minimum_charge_rate": None, "minimum_equity": None}
_VARIANTS = {"Bybit older pages": "Bybit"}  # rows of margin_venues.csv that are another's contracts


@functools.cache
def margin_venues() -> dict[str, VenueRules]:
    """Return how the venues ask for margin and liquidate, by name, in the file's order."""
    return {row["venue"]: VenueRules(**_typed(row)) for row in rows("margin_venues.csv")}


def _typed(row: Row) -> dict[str, Any]:
    flags = {name: row[name] == "yes" for name in ("has_closing_fee", "is_isolated_possible")}
    fee = row["liquidation_fee_rate"]
    return row | flags | {"liquidation_fee_rate": float(fee) if fee else None}


@functools.cache
def volatility_spread() -> VolatilitySpread:
    """Return how far volatilities that came lay from those believed: the calibration that ships."""
    table: dict[str, list[tuple[float, ...]]] = {}
    for row in rows("volatility_spread.csv"):
        table.setdefault(row["side"], []).append(tuple(float(row[name]) for name in ("days", "level", "spread")))
    return VolatilitySpread(rises=tuple(table["rise"]), falls=tuple(table["fall"]))


@functools.cache
def whole_rates() -> dict[str, FlatTiers | SizeRates]:
    """Return the flat tiers (caps in contracts) and the rates that grow with size (slope per coin), by label."""
    groups: dict[str, list[Row]] = {}
    for row in rows("whole_rates.csv"):
        groups.setdefault(f"{row['venue']} {row['symbol']}", []).append(row)
    return {label: _whole_rates(group) for label, group in groups.items()}


def _whole_rates(group: list[Row]) -> FlatTiers | SizeRates:
    first = group[0]
    if first["slope"]:
        return SizeRates(
            maintenance_rate=float(first["maintenance_rate"]),
            initial_rate=float(first["initial_rate"]),
            slope=float(first["slope"]),
            source=first["source"],
            date=first["date"],
        )
    return FlatTiers(
        caps=tuple(float(row["cap"]) for row in group),
        maintenance_rates=tuple(float(row["maintenance_rate"]) for row in group),
        initial_rates=tuple(float(row["initial_rate"]) for row in group),
        source=first["source"],
        date=first["date"],
    )


def venue_contract(venue: str, coin: str, kind: str) -> str | None:
    """Return the label of a venue's first shipped contract on a coin, None where there is none."""
    name = _VARIANTS.get(venue, venue)  # "Binance" trades as "Binance USD-M" and "Binance COIN-M"
    shipped = (spec for spec in contracts().values() if spec.venue.startswith(name))
    return next((spec.label for spec in shipped if (spec.underlying, spec.kind) == (coin, kind)), None)


def venue_whole_rates(venue: str, coin: str) -> tuple[str, FlatTiers | SizeRates] | None:
    """Return (label, rates of whole positions) of a venue's contract on a coin, None where there are none."""
    known = (item for item in whole_rates().items() if item[0].startswith(f"{venue} {coin}-"))
    return next(known, None)


def venue_taker_fee(venue: str) -> float | None:
    """Return a venue's taker fee, a fraction of notional, None where it is not known."""
    name = _VARIANTS.get(venue, venue)
    return next((fee.taker_fee_rate for known, fee in fees().items() if known.startswith(name)), None)


def portfolio_rules(venue: str, coin: str) -> PortfolioRules:
    """Return a venue's portfolio margin of one coin as a simplified teaching model, from the dated parameters.

    A charge that no source states is None: not known. What else no source states is an assumption of the model, and
    ``PortfolioRules`` says so: the shocks of volatility, the weight of the extreme scenarios, the years of a perpetual.

    Raises
    ------
    InputError
        If the venue has no scenario grid here, or none for the coin.
    """
    choice("venue", venue, PORTFOLIO_VENUES)
    found = [row for row in portfolio_margin_parameters() if row.venue == venue]
    named = [row for row in found if coin in row.symbols]
    # Rows without symbols hold for the coins that no other row of the same parameter names.
    chosen = named + [row for row in found if not row.symbols and row.parameter not in {one.parameter for one in named}]
    values: dict[str, list[float]] = {}
    for row in chosen:
        values.setdefault(row.parameter, []).append(row.value)
    if "price_shock" not in values:
        raise InputError(f"coin must be one whose shock {venue} is known for, not {coin!r:.40}")
    tiers = [(row.level or float("inf"), row.value) for row in chosen if row.parameter == "min_charge_multiplier"]
    single = {name: values[parameter][0] for parameter, name in _RULES.items() if parameter in values}
    named_fields = {**_RULES, "price_shock": "price_shocks"}
    sources = {named_fields[row.parameter]: (row.source, row.date) for row in chosen if row.parameter in named_fields}
    return PortfolioRules(
        venue=venue,
        price_shocks=_price_grid(values),
        extreme_scenarios=_extremes(values),
        minimum_charge_tiers=tuple(tiers) or ((float("inf"), 1.0),),
        sources=sources,
        **_UNKNOWN | single,
    )


def _price_grid(values: dict[str, list[float]]) -> tuple[float, ...]:
    """Return the price shocks of the grid, ascending, the standing price among them."""
    shocks = np.array(values["price_shock"])
    if "n_price_buckets" in values:
        return tuple(np.linspace(-shocks[0], shocks[0], int(values["n_price_buckets"][0])).tolist())
    return tuple(sorted({0.0, *shocks.tolist(), *(-shocks).tolist()}))


def _extremes(values: dict[str, list[float]]) -> tuple[tuple[float, float], ...]:
    """Return (shock, weight) of the scenarios beyond the grid.

    OKX: half of the loss counts, or less where that were more than at the grid's edge, so that coins and futures alone
    are never bound by it. Deribit damps its extended table; here the weight makes the loss of coins and futures that of
    the grid's edge.
    """
    edge = max(values["price_shock"])
    if "extreme_shock" in values:
        shock = values["extreme_shock"][0]
        weight = min(0.5, edge / shock)
        return ((-shock, weight), (shock, weight))
    if "extended_low" in values:
        return tuple((shock, edge / abs(shock)) for shock in (values["extended_low"][0], values["extended_high"][0]))
    return ()


@functools.cache
def delta_neutral_rules() -> tuple[DeltaNeutralRules, ...]:
    """Return what the venues ask of an account whose hedges they close last, in the file's order."""
    return tuple(DeltaNeutralRules(**_mode(row)) for row in rows("delta_neutral_modes.csv"))


def _mode(row: Row) -> dict[str, Any]:
    flags = {name: row[name] == "yes" for name in ("is_strict", "counts_options", "is_other_quote_known")}
    return row | flags | {"limit": float(row["limit"]) if row["limit"] else None}


@functools.cache
def coin_accounts(coin: str) -> tuple[CoinAccount, ...]:
    """Return the accounts that take coins as margin for a short on one coin, with the venue's tiers where known."""
    shares: dict[str, dict[str, CoinShare]] = {}
    for row in rows("coin_margin.csv"):
        numbers = {name: float(row[name]) for name in ("opening_ratio", "maintenance_ratio")}
        cap = float(row["supply_cap"] or "inf")
        share = CoinShare(
            **numbers, supply_cap=cap, is_confirmed=row["is_confirmed"] == "yes", source=row["source"], date=row["date"]
        )
        shares.setdefault(row["venue"], {})[row["coin"]] = share
    return tuple(_coin_account(row, shares.get(row["venue"], {}), coin) for row in rows("coin_accounts.csv"))


def _coin_account(row: Row, shares: dict[str, CoinShare], coin: str) -> CoinAccount:
    label = venue_contract(row["venue"], coin, "linear")
    return CoinAccount(
        name=row["account"],
        venue=row["venue"],
        liquidation_level=float(row["liquidation_level"]),
        offset=float(row["offset"]),
        is_debt_required=row["is_debt_required"] == "yes",
        borrow_cap=float(row["borrow_cap"] or "inf"),
        borrow_rate=float(row["borrow_rate"]) if row["borrow_rate"] else None,
        takes_other_coins=row["other_coins"] == "yes",
        shares=shares,
        tiers=None if label is None else contracts()[label].tiers,
        **{name: row[name] for name in ("interest", "access", "source", "date")},
    )
