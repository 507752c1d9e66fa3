"""The dated constants that ship in ``data/``: contracts, tiers, fees, volatilities, funding, stress events."""

import csv
import datetime
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import MarginTiers
from hedge_widgets.resources import resource

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    """Return the rows of a CSV of ``data/`` as dictionaries of strings."""
    with (resource("data") / name).open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _fields(row: Row, *numbers: str) -> dict[str, Any]:
    """Return a row with these cells as numbers, None where empty."""
    return row | {name: _number(row[name]) for name in numbers}


def contracts() -> dict[str, ContractSpec]:
    """Return the contracts by label: those that ship, "venue symbol", then the fetched, "venue symbol (fetched)"."""
    from hedge_widgets.market.stored_terms import stored_terms  # which is built on what ships

    return {**shipped_contracts(), **stored_terms().contracts}


@functools.cache
def shipped_contracts() -> dict[str, ContractSpec]:
    """Return the shipped contracts by label ("venue symbol"), in the file's order."""
    tiers: dict[tuple[str, str], list[Row]] = {}
    for row in rows("margin_tiers.csv"):
        tiers.setdefault((row["venue"], row["symbol"]), []).append(row)
    specs = [_contract(row, tiers[row["venue"], row["symbol"]]) for row in rows("contracts.csv")]
    return {spec.label: spec for spec in specs}


def _contract(row: Row, tiers: list[Row]) -> ContractSpec:
    numbers: tuple[str, ...] = (
        "contract_multiplier",
        "lot_size",
        "min_quantity",
        "min_notional",
        "maker_fee_rate",
        "taker_fee_rate",
    )
    numbers += ("closing_fee_rate", "half_spread", "daily_volume")
    fields: dict[str, Any] = {name: float(row[name]) for name in numbers}
    fields |= {name: row[name] for name in ("venue", "symbol", "underlying", "kind", "source", "date")}
    return ContractSpec(
        **fields,
        liquidation_fee_rate=_number(row["liquidation_fee_rate"]),
        funding_interval=_number(row["funding_interval"]),
        tick_size=_number(row["tick_size"]),
        tiers=MarginTiers(
            caps=tuple(float(tier["cap"] or "inf") for tier in tiers),
            maintenance_rates=tuple(float(tier["maintenance_rate"]) for tier in tiers),
            max_leverages=tuple(float(tier["max_leverage"]) for tier in tiers),
            deductions=tuple(float(tier["deduction"]) for tier in tiers),
            source=tiers[0]["source"],
            date=tiers[0]["date"],
        ),
    )


def contract(label: str) -> ContractSpec:
    """Return the contract with this label, as :func:`contracts` lists them.

    Raises
    ------
    InputError
        If there is none; the message names the nearest labels.

    Examples
    --------
    >>> contract("Binance USD-M BTCUSDT").min_notional
    50.0
    >>> contract("BNBUSDT")
    Traceback (most recent call last):
        ...
    hedge_widgets.model.limits.InputError: There is no contract 'BNBUSDT'; did you mean 'Binance USD-M BNBUSDT'?
    """
    known = contracts()
    if isinstance(label, str) and label in known:
        return known[label]
    near = ", ".join(map(repr, _nearest(label))) if isinstance(label, str) else ""
    near = " or ".join(near.rsplit(", ", 1))  # no label holds a comma
    where = " in the store of this machine" if isinstance(label, str) and label.endswith(" (fetched)") else ""
    hint = f"did you mean {near}?" if near else f'contracts() lists the {len(known)} there are, as "venue symbol"'
    raise InputError(f"There is no contract {label!r:.60}{where}; {hint}")


def _nearest(label: str) -> list[str]:
    """Return up to three labels that resemble a text, as a whole or by symbol or coin, the nearest first."""
    from difflib import SequenceMatcher  # only a wrong label needs it

    matcher = SequenceMatcher(b=label[:60].casefold(), autojunk=False)  # no label is longer

    def likeness(name: str) -> float:
        matcher.set_seq1(name.casefold())
        return matcher.ratio()

    scores = {name: max(map(likeness, (name, spec.symbol, spec.underlying))) for name, spec in contracts().items()}
    best = max(scores.values())
    near = [name for name, score in scores.items() if score >= max(0.6, best - 0.05)]
    return sorted(near, key=lambda name: -scores[name])[:3]


@dataclass(frozen=True, kw_only=True, eq=False)  # one object a year, by which results are remembered
class Moments:
    """Annual volatilities (365 days), betas to BTC and correlations of the coins in ``data/``, with their source.

    The correlation of two coins is rho_i rho_j + sqrt(1 - rho_i^2) sqrt(1 - rho_j^2) times the correlation of what BTC
    leaves unexplained in them, so the matrix is positive semi-definite whatever the windows of its parts. ``window``
    is (first day, last day) of the returns, of which there are ``n_returns``.
    """

    symbols: tuple[str, ...]
    volatilities: np.ndarray[Any, Any]
    betas_btc: np.ndarray[Any, Any]
    correlations: np.ndarray[Any, Any]
    window: tuple[datetime.date, datetime.date]
    source: str

    @property
    def n_returns(self) -> int:
        """Return how many daily returns the window has."""
        first, last = self.window
        return (last - first).days + 1

    def known(self, symbols: Sequence[str]) -> bool:
        """Return whether every symbol has figures."""
        return all(symbol in self.symbols for symbol in symbols)

    def index(self, symbols: Sequence[str]) -> list[int]:
        """Return the symbols' places; all must be known."""
        return [self.symbols.index(symbol) for symbol in symbols]


@functools.cache
def yearly_moments() -> dict[int, Moments]:
    """Return the volatilities and correlations of each calendar year that ships, the oldest first."""
    years: dict[int, list[Row]] = {}
    for row in rows("moments_by_year.csv"):
        years.setdefault(int(row["window"][:4]), []).append(row)
    return {year: _moments(table) for year, table in years.items()}


def latest_moments() -> Moments:
    """Return the volatilities and correlations of the last year that ships: what is believed of a coin."""
    return list(yearly_moments().values())[-1]


@functools.cache
def moments() -> Moments:
    """Return the volatilities and correlations of all years together, from which the simulated sample is made."""
    return _moments(rows("moments.csv"))


def _moments(table: list[Row]) -> Moments:
    symbols = tuple(row["symbol"] for row in table)
    rho = np.array([float(row["correlation_btc"]) for row in table])
    residual = np.eye(len(symbols))
    for row in rows("residual_correlations.csv"):
        i, j = symbols.index(row["symbol"]), symbols.index(row["other"])
        residual[i, j] = residual[j, i] = float(row["correlation"])
    left = np.sqrt(1.0 - rho**2)
    correlations = np.outer(rho, rho) + np.outer(left, left) * residual
    np.fill_diagonal(correlations, 1.0)
    first, last = (datetime.date.fromisoformat(day) for day in table[0]["window"].split(".."))
    return Moments(
        symbols=symbols,
        volatilities=np.array([float(row["volatility"]) for row in table]),
        betas_btc=np.array([float(row["beta_btc"]) for row in table]),
        correlations=correlations,
        window=(first, last),
        source=f"{table[0]['source']}, {first} to {last}",
    )


@functools.cache
def sample_parameters(name: str) -> dict[str, float]:
    """Return the values of one parameter of ``data/sample_parameters.csv`` by coin or year."""
    return {row["key"]: float(row["value"]) for row in rows("sample_parameters.csv") if row["parameter"] == name}


@dataclass(frozen=True, kw_only=True)
class Fee:
    """What a venue charges in its regular tier, as fractions of the notional, with source and date."""

    venue: str
    maker_fee_rate: float
    taker_fee_rate: float
    source: str
    date: str


@functools.cache
def fees() -> dict[str, Fee]:
    """Return the fees by venue, in the file's order."""
    return {row["venue"]: Fee(**_fields(row, "maker_fee_rate", "taker_fee_rate")) for row in rows("fees.csv")}


@dataclass(frozen=True, kw_only=True)
class FundingPreset:
    """A funding rate to start from: per 8 hours and per year (1,095 payments), positive = a short receives it."""

    name: str
    rate: float
    annual_rate: float
    payer: str
    source: str
    date: str


@functools.cache
def funding_presets() -> dict[str, FundingPreset]:
    """Return the funding presets by name, in the file's order."""
    table = rows("funding_presets.csv")
    return {row["name"]: FundingPreset(**_fields(row, "rate", "annual_rate")) for row in table}


@dataclass(frozen=True, kw_only=True)
class FundingStatistic:
    """One row of funding history; rates are fractions, positive = a short receives them, None = not part of the row.

    ``kind`` and ``key`` say what it is: "whole" and "year" (daily means of BTC; ``rate`` is their mean, per 8 hours),
    "received" (what a short of one contract received lately, ``key`` being its label, per 8 hours),
    "quantile" (``rate`` at that quantile of the daily means), "symbol" (payments of one perpetual, per its own
    ``interval_hours``), "cross-section" (``annual_rate`` at that quantile of the perpetuals), "interval" (how many
    perpetuals pay that often) and "cap" (the bounds of one payment). ``n_observations`` counts days, payments or
    perpetuals.
    """

    kind: str
    symbol: str
    key: str
    rate: float | None
    annual_rate: float | None
    min_rate: float | None
    max_rate: float | None
    share_negative: float | None
    n_observations: int | None
    interval_hours: int | None
    source: str
    date: str


@functools.cache
def funding_statistics() -> tuple[FundingStatistic, ...]:
    """Return what is known of past funding, in the file's order."""
    rates = ("rate", "annual_rate", "min_rate", "max_rate", "share_negative")
    return tuple(
        FundingStatistic(
            **_fields(row, *rates)
            | {name: int(row[name]) if row[name] else None for name in ("n_observations", "interval_hours")}
        )
        for row in rows("funding_history.csv")
    )


@functools.cache
def received_funding() -> dict[str, FundingStatistic]:
    """Return what shorts received lately, by the label of the contract."""
    return {fact.key: fact for fact in funding_statistics() if fact.kind == "received"}


@dataclass(frozen=True, kw_only=True)
class StressEvent:
    """What coins did in a window of days (both ends included), by symbol, as fractions of the close before it.

    ``returns`` run to the window's last close, ``lows`` and ``highs`` are the extremes within. A symbol without a
    clean figure is missing from that mapping and named in ``notes``.
    """

    name: str
    start: datetime.date
    end: datetime.date
    returns: Mapping[str, float]
    lows: Mapping[str, float]
    highs: Mapping[str, float]
    notes: tuple[str, ...]
    source: str
    date: str


@functools.cache
def stress_events() -> tuple[StressEvent, ...]:
    """Return the named stress events, oldest first."""
    groups: dict[str, list[Row]] = {}
    for row in rows("stress_events.csv"):
        groups.setdefault(row["event"], []).append(row)
    return tuple(_stress_event(name, group) for name, group in groups.items())


def _stress_event(name: str, group: list[Row]) -> StressEvent:
    moves = {
        column: MappingProxyType({row["symbol"]: float(row[column]) for row in group if row[column]})
        for column in ("return", "low", "high")
    }
    return StressEvent(
        name=name,
        start=datetime.date.fromisoformat(group[0]["start"]),
        end=datetime.date.fromisoformat(group[0]["end"]),
        returns=moves["return"],
        lows=moves["low"],
        highs=moves["high"],
        notes=tuple(f"{row['symbol']}: {row['note']}" for row in group if row["note"]),
        source=group[0]["source"],
        date=group[0]["date"],
    )


@dataclass(frozen=True, kw_only=True)
class ReplayedMoves:
    """What coins did day by day in fact: ``moves`` by symbol, fractions of the close before, one a day of ``days``."""

    name: str
    days: tuple[datetime.date, ...]
    moves: Mapping[str, tuple[float, ...]]
    source: str
    date: str

    @property
    def words(self) -> str:
        """Return the days as they are written in a sentence, from the close before the first move."""
        first, last = self.days[0] - datetime.timedelta(days=1), self.days[-1]
        return f"{first.day} {first:%b} to {last.day} {last:%b %Y}"


@functools.cache
def replayed_moves() -> dict[str, ReplayedMoves]:
    """Return the daily moves of named months by name, the oldest first."""
    groups: dict[str, list[Row]] = {}
    for row in rows("replayed_moves.csv"):
        groups.setdefault(row["event"], []).append(row)
    return {name: _replayed(name, group) for name, group in groups.items()}


def _replayed(name: str, group: list[Row]) -> ReplayedMoves:
    symbols = [column for column in group[0] if column not in ("event", "day", "source", "date")]
    return ReplayedMoves(
        name=name,
        days=tuple(datetime.date.fromisoformat(row["day"]) for row in group),
        moves=MappingProxyType({symbol: tuple(float(row[symbol]) for row in group) for symbol in symbols}),
        source=group[0]["source"],
        date=group[0]["date"],
    )


@dataclass(frozen=True, kw_only=True)
class PortfolioMarginParameter:
    """One parameter of a venue's portfolio margin, for the coins of a group; empty ``symbols`` means all the others.

    ``level`` is the rung of a parameter that has several (step of the shock grid, notional in USD), else None; shocks
    and charges are fractions, what the value counts is said in ``note``.
    """

    venue: str
    unit_group: str
    symbols: tuple[str, ...]
    parameter: str
    level: float | None
    value: float
    note: str
    source: str
    date: str


@functools.cache
def portfolio_margin_parameters() -> tuple[PortfolioMarginParameter, ...]:
    """Return the parameters of the venues' portfolio margins, in the file's order."""
    return tuple(
        PortfolioMarginParameter(**_fields(row, "level", "value") | {"symbols": tuple(row["symbols"].split())})
        for row in rows("portfolio_margin.csv")
    )
