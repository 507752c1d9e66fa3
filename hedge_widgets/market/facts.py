"""The dated constants that ship in ``data/``: contracts, margin tiers, volatilities and correlations, presets."""

import csv
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
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


@functools.cache
def contracts() -> dict[str, ContractSpec]:
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
    numbers += ("closing_fee_rate", "funding_interval", "half_spread", "daily_volume")
    fields: dict[str, Any] = {name: float(row[name]) for name in numbers}
    fields |= {name: row[name] for name in ("venue", "symbol", "underlying", "kind", "source", "date")}
    return ContractSpec(
        **fields,
        liquidation_fee_rate=_number(row["liquidation_fee_rate"]),
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
    """Return the shipped contract with this label.

    Raises
    ------
    InputError
        If there is none.
    """
    try:
        return contracts()[label]
    except (KeyError, TypeError):
        raise InputError(f"contract must be one of the {len(contracts())} in data/, not {label!r:.60}") from None


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Annual volatilities (365 days), betas to BTC and correlations of the coins in ``data/``, with their source.

    The correlation of two coins is rho_i rho_j + sqrt(1 - rho_i^2) sqrt(1 - rho_j^2) times the correlation of what BTC
    leaves unexplained in them, so the matrix is positive semi-definite whatever the windows of its parts.
    """

    symbols: tuple[str, ...]
    volatilities: np.ndarray[Any, Any]
    betas_btc: np.ndarray[Any, Any]
    correlations: np.ndarray[Any, Any]
    source: str

    def known(self, symbols: Sequence[str]) -> bool:
        """Return whether every symbol has figures."""
        return all(symbol in self.symbols for symbol in symbols)

    def index(self, symbols: Sequence[str]) -> list[int]:
        """Return the symbols' places; all must be known."""
        return [self.symbols.index(symbol) for symbol in symbols]


@functools.cache
def moments() -> Moments:
    """Return the shipped volatilities and correlations."""
    table = rows("moments.csv")
    symbols = tuple(row["symbol"] for row in table)
    rho = np.array([float(row["correlation_btc"]) for row in table])
    residual = np.eye(len(symbols))
    for row in rows("residual_correlations.csv"):
        i, j = symbols.index(row["symbol"]), symbols.index(row["other"])
        residual[i, j] = residual[j, i] = float(row["correlation"])
    left = np.sqrt(1.0 - rho**2)
    correlations = np.outer(rho, rho) + np.outer(left, left) * residual
    np.fill_diagonal(correlations, 1.0)
    return Moments(
        symbols=symbols,
        volatilities=np.array([float(row["volatility"]) for row in table]),
        betas_btc=np.array([float(row["beta_btc"]) for row in table]),
        correlations=correlations,
        source=f"{table[0]['source']}, {table[0]['window'].replace('..', ' to ')}",
    )


@functools.cache
def presets() -> tuple[dict[str, Any], ...]:
    """Return the worked examples of ``data/presets.json``; each has a title, inputs and hand-checked figures."""
    return tuple(json.loads((resource("data") / "presets.json").read_text(encoding="utf-8")))
