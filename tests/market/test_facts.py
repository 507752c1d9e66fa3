"""The dated constants that ship: each has a source, and together they make sense."""

import datetime
import json
import re
from pathlib import Path

import numpy as np
import pytest

from hedge_widgets.market import facts
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio import minimum_variance_hedge_ratio
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import tier_deductions
from hedge_widgets.resources import resource

TABLES = sorted(path.name for path in resource("data").glob("*.csv"))
SPECS = list(facts.contracts().values())
ORIGINAL = Path(__file__).parents[3] / "shared" / "domain" / "facts.json"


def each_spec(function: object) -> object:
    """Run a test once per shipped contract."""
    return pytest.mark.parametrize("spec", SPECS, ids=[spec.label for spec in SPECS])(function)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_and_a_date(name: str) -> None:
    """No constant without where it comes from and when it was true."""
    rows = facts.rows(name)
    assert rows
    for row in rows:
        assert row["source"].strip()
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", row["date"])
        assert datetime.date.fromisoformat(row["date"]).year >= 2020


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_whole(name: str) -> None:
    """A row has the header's cells, no more and no fewer, and no two rows are the same."""
    rows = facts.rows(name)
    assert all(None not in row and None not in row.values() for row in rows)
    assert len({tuple(row.values()) for row in rows}) == len(rows)


def test_the_contracts_are_there() -> None:
    """Linear and inverse, large and small coins, intervals of 1, 4 and 8 hours; labels are unique."""
    assert {spec.kind for spec in SPECS} == {"linear", "inverse"}
    assert {spec.funding_interval for spec in SPECS} == {1.0, 4.0, 8.0}
    assert len(SPECS) == len(facts.rows("contracts.csv"))
    assert facts.contract("Binance USD-M BTCUSDT").min_notional == 50
    assert facts.contract("Binance USD-M WIFUSDT").funding_interval == 4


def test_an_unknown_contract_is_refused() -> None:
    """Its label is shown, cut; what cannot be a label is refused too."""
    for label in ("nothing", None, ["Binance"], "x" * 1_000):
        with pytest.raises(InputError, match=r"^contract must be one of the \d+ in data/, not ") as caught:
            facts.contract(label)  # type: ignore[arg-type]
        assert len(str(caught.value)) < 150


@each_spec
def test_tiers_are_continuous(spec: ContractSpec) -> None:
    """The deductions follow the recursion, so the maintenance margin does not jump at any cap."""
    tiers = spec.tiers
    floors = [0.0, *tiers.caps[:-1]]
    assert list(tiers.deductions) == pytest.approx(tier_deductions(floors, list(tiers.maintenance_rates)), rel=1e-9)
    for cap in tiers.caps[:-1]:
        assert tiers.maintenance_margin(cap * (1 + 1e-12)) == pytest.approx(tiers.maintenance_margin(cap), rel=1e-9)


@each_spec
def test_tiers_are_ordered(spec: ContractSpec) -> None:
    """Caps rise, leverage falls, and a position at the highest leverage is above its maintenance margin."""
    tiers = spec.tiers
    assert all(low < high for low, high in zip(tiers.caps, tiers.caps[1:], strict=False))
    assert all(low >= high for low, high in zip(tiers.max_leverages, tiers.max_leverages[1:], strict=False))
    pairs = zip(tiers.maintenance_rates, tiers.max_leverages, strict=True)
    assert all(0 < rate < 1 / leverage for rate, leverage in pairs)


@each_spec
def test_a_contracts_filters_are_consistent(spec: ContractSpec) -> None:
    """The smallest order is whole lots, fees are below 0.1 %, makers pay no more than takers."""
    assert spec.min_quantity / spec.lot_size == pytest.approx(round(spec.min_quantity / spec.lot_size))
    assert spec.maker_fee_rate <= spec.taker_fee_rate < 0.001
    assert spec.tiers.source
    assert spec.tiers.date


def test_correlations_are_a_correlation_matrix() -> None:
    """Symmetric, ones on the diagonal, within -1 and 1, positive semi-definite."""
    moments = facts.moments()
    matrix = moments.correlations
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1)
    assert np.abs(matrix).max() <= 1
    assert np.linalg.eigvalsh(matrix).min() > 0
    off = matrix[~np.eye(len(matrix), dtype=bool)]
    assert 0.3 < off.min() < off.max() < 0.9


def test_the_correlation_with_bitcoin_is_the_tables() -> None:
    """The first row of the matrix is the column of the table, and BTC's own entries are those of the factor."""
    moments = facts.moments()
    assert moments.symbols[0] == "BTC"
    table = [float(row["correlation_btc"]) for row in facts.rows("moments.csv")]
    assert moments.correlations[0] == pytest.approx(table)
    assert moments.betas_btc[0] == 1


def test_betas_are_correlation_times_volatility_ratio() -> None:
    """Errata E2b: the three columns tell one story, within their rounding."""
    moments = facts.moments()
    for k, beta in enumerate(moments.betas_btc):
        expected = minimum_variance_hedge_ratio(
            moments.correlations[0, k], moments.volatilities[k], moments.volatilities[0]
        )
        assert beta == pytest.approx(expected, rel=5e-4)


def test_what_a_bitcoin_hedge_removes() -> None:
    """Errata E9: of the variance 63 % for ETH, 55 DOGE, 51 SOL, 48 ADA, 48 AVAX, 44 LINK, 41 BNB."""
    moments = facts.moments()
    removed = {name: round(100 * rho**2) for name, rho in zip(moments.symbols, moments.correlations[0], strict=True)}
    expected = {"ETH": 63, "DOGE": 55, "SOL": 51, "ADA": 48, "AVAX": 48, "LINK": 44, "BNB": 41}
    assert {name: removed[name] for name in expected} == expected


def test_every_pair_of_coins_has_a_residual_correlation() -> None:
    """No pair is silently taken as unrelated."""
    coins = set(facts.moments().symbols) - {"BTC"}
    pairs = {frozenset((row["symbol"], row["other"])) for row in facts.rows("residual_correlations.csv")}
    assert pairs == {frozenset((one, other)) for one in coins for other in coins if one != other}


def test_symbols_are_found() -> None:
    """Known coins have places, unknown ones are said to be unknown."""
    moments = facts.moments()
    assert moments.known(["BTC", "SOL"])
    assert not moments.known(["BTC", "NOPE"])
    assert [moments.symbols[k] for k in moments.index(["SOL", "BTC"])] == ["SOL", "BTC"]


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the collected facts are not beside this checkout")
def test_the_bitcoin_tiers_are_those_collected() -> None:
    """Spot check against the collection: each of the first contract's caps and rates appears in it."""
    text = json.dumps(json.loads(ORIGINAL.read_text(encoding="utf-8")))
    numbers = {float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", text)}
    tiers = facts.contract("Binance USD-M BTCUSDT").tiers
    assert set(tiers.caps) <= numbers
    assert set(tiers.maintenance_rates) <= numbers
