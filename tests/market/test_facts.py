"""The dated constants that ship: each has a source, and together they make sense."""

import calendar
import datetime
import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hedge_widgets.market import facts
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.hedge_ratio import minimum_variance_hedge_ratio
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import tier_deductions
from hedge_widgets.resources import resource

# The sample's prices are simulated, not facts: tests/market/test_sample.py.
TABLES = sorted(path.name for path in resource("data").glob("*.csv") if path.name != "sample_prices.csv")
KEYS = {
    "contracts.csv": ("venue", "symbol"),
    "fees.csv": ("venue",),
    "funding_history.csv": ("kind", "symbol", "key"),
    "funding_presets.csv": ("name",),
    "funding_rules.csv": ("venue", "instrument"),
    "margin_tiers.csv": ("venue", "symbol", "cap"),
    "margin_venues.csv": ("venue",),
    "moments.csv": ("symbol",),
    "moments_by_year.csv": ("symbol", "window"),
    "pegged_coins.csv": ("symbol",),
    "portfolio_margin.csv": ("venue", "unit_group", "parameter", "level"),
    "residual_correlations.csv": ("symbol", "other"),
    "sample_parameters.csv": ("parameter", "key"),
    "stress_events.csv": ("event", "symbol"),
    "volatility_spread.csv": ("side", "days"),
    "whole_rates.csv": ("venue", "symbol", "cap"),
}
SPECS = list(facts.contracts().values())
ORIGINAL = Path(__file__).parents[3] / "shared" / "domain" / "facts.json"
COLLECTED = json.loads(ORIGINAL.read_text(encoding="utf-8")) if ORIGINAL.exists() else {}
collected = pytest.mark.skipif(not COLLECTED, reason="the collected facts are not beside this checkout")


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


@pytest.mark.parametrize(("name", "keys"), KEYS.items(), ids=KEYS)
def test_no_fact_stands_twice(name: str, keys: tuple[str, ...]) -> None:
    """No two rows of a table have the same key."""
    table = [tuple(row[key] for key in keys) for row in facts.rows(name)]
    assert len(set(table)) == len(table)


def test_the_contracts_are_there() -> None:
    """Linear and inverse, large and small coins, intervals of 1, 4 and 8 hours, dated ones; labels are unique."""
    assert {spec.kind for spec in SPECS} == {"linear", "inverse"}
    assert {spec.funding_interval for spec in SPECS} == {1.0, 4.0, 8.0, None}
    assert {spec.venue for spec in SPECS if spec.is_dated} == {"CME"}
    assert len(SPECS) == len(facts.rows("contracts.csv"))
    assert facts.contract("Binance USD-M BTCUSDT").min_notional == 50
    assert facts.contract("Binance USD-M WIFUSDT").funding_interval == 4


@pytest.mark.parametrize("label", ["nothing", "", None, ["Binance"], "x" * 1_000])
def test_an_unknown_contract_is_refused(label: Any) -> None:
    """Its label is shown, cut, with the place that lists the others; what cannot be a label is refused too."""
    with pytest.raises(InputError, match=r"^There is no contract .*; contracts\(\) lists the \d+ there are") as caught:
        facts.contract(label)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("label", "nearest"),
    [
        ("BTCUSDT", "'Binance USD-M BTCUSDT' or 'Bybit BTCUSDT'"),
        ("binance btcusdt", "'Binance USD-M BTCUSDT'"),
        ("SOL", "'Binance USD-M SOLUSDT', 'dYdX v4 SOL-USD' or 'Bybit SOLUSDT'"),
        ("btc", "'Binance USD-M BTCUSDT', 'Binance COIN-M BTCUSD_PERP' or 'Bybit BTCUSD'"),
    ],
)
def test_a_contract_nearly_named_is_found(label: str, nearest: str) -> None:
    """A symbol, a coin or a label with a slip brings the labels that were meant, three at most."""
    with pytest.raises(InputError) as caught:
        facts.contract(label)
    assert str(caught.value) == f"There is no contract {label!r}; did you mean {nearest}?"


def test_two_months_of_real_moves_are_there() -> None:
    """31 days each, in order; compounded, SOL and BTC lost in May 2021 and May 2022 what their closes say they lost."""
    months = facts.replayed_moves()
    assert list(months) == ["May 2021", "May 2022"]
    lost = {
        name: [np.prod(1 + np.array(one.moves[coin])) - 1 for coin in ("SOL", "BTC")] for name, one in months.items()
    }
    assert lost["May 2021"] == pytest.approx([-0.236, -0.354], abs=1e-3)
    assert lost["May 2022"] == pytest.approx([-0.462, -0.157], abs=1e-3)
    for one in months.values():
        assert all(b - a == datetime.timedelta(days=1) for a, b in itertools.pairwise(one.days))
        assert {len(moves) for moves in one.moves.values()} == {31}


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


def test_what_a_bitcoin_hedge_removes_of_the_articles_five_coins() -> None:
    """Errata E9, equal dollars, from the files' own cells: 77.4 % of the variance, 52.5 % of the volatility."""
    names = ("BTC", "ETH", "SOL", "ADA", "BNB")
    rows = {row["symbol"]: row for row in facts.rows("moments.csv")}
    residual = {
        frozenset((r["symbol"], r["other"])): float(r["correlation"]) for r in facts.rows("residual_correlations.csv")
    }
    volatility = [float(rows[name]["volatility"]) for name in names]
    rho = [float(rows[name]["correlation_btc"]) for name in names]
    variance = covariance = 0.0
    for i, one in enumerate(names):
        covariance += rho[i] * volatility[i] / 5
        for j, other in enumerate(names):
            own = 1.0 if i == j else residual.get(frozenset((one, other)), 0.0)
            alike = rho[i] * rho[j] + math.sqrt((1 - rho[i] ** 2) * (1 - rho[j] ** 2)) * own
            variance += alike * volatility[i] * volatility[j] / 25
    removed = covariance**2 / variance  # the square of the basket's correlation with BTC
    assert removed == pytest.approx(0.774, abs=5e-4)
    assert 1 - math.sqrt(1 - removed) == pytest.approx(0.525, abs=5e-4)


def test_received_funding_by_hand() -> None:
    """What shorts received from August 2025 to August 2026, per cent a year: 1,095 payments of the rate, to a tenth."""
    received = {name: fact.rate for name, fact in facts.received_funding().items()}
    stated = {"BTC": 3.5, "ETH": 2.5, "SOL": -0.9, "AVAX": 0.0, "DOGE": 3.4, "LINK": 4.9, "WIF": -2.7}
    yearly = {f"Binance USD-M {coin}USDT": rate for coin, rate in stated.items()}
    yearly |= {"Bybit BTCUSDT": 3.0, "Hyperliquid BTC": 6.1, "Hyperliquid ETH": 6.2}
    assert received.keys() == yearly.keys()
    for name, rate in received.items():
        assert rate is not None
        assert round(100 * 1095 * rate, 1) == yearly[name]
        assert facts.received_funding()[name].annual_rate == pytest.approx(yearly[name] / 100)


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


@collected
def test_the_bitcoin_tiers_are_those_collected() -> None:
    """Spot check against the collection: each of the first contract's caps and rates appears in it."""
    text = json.dumps(COLLECTED)
    numbers = {float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", text)}
    tiers = facts.contract("Binance USD-M BTCUSDT").tiers
    assert set(tiers.caps) <= numbers
    assert set(tiers.maintenance_rates) <= numbers


# Fees


def test_fees_are_those_of_the_contracts() -> None:
    """Maker below taker, both below 0.1 %, and a venue's contracts charge what its fee table says."""
    fees = facts.fees()
    assert all(0 <= fee.maker_fee_rate < fee.taker_fee_rate < 0.001 for fee in fees.values())
    compared = [spec for spec in SPECS if spec.venue in fees]
    assert len({spec.venue for spec in compared}) >= 3
    for spec in compared:
        if spec.kind == "linear":
            fee = fees[spec.venue]
            assert (spec.maker_fee_rate, spec.taker_fee_rate) == (fee.maker_fee_rate, fee.taker_fee_rate)


@collected
def test_fees_are_those_collected() -> None:
    """Venue by venue, in the same order."""
    table = {venue: [fee.maker_fee_rate, fee.taker_fee_rate] for venue, fee in facts.fees().items()}
    assert table == COLLECTED["fees"]["table"]
    assert list(table) == list(COLLECTED["fees"]["table"])


# Funding


def test_presets_say_who_pays() -> None:
    """A year holds 1,095 payments; longs pay a positive rate, shorts a negative one; the highest comes first."""
    presets = list(facts.funding_presets().values())
    for preset in presets:
        assert preset.annual_rate == pytest.approx(preset.rate * 3 * 365)
        assert preset.payer == ("longs pay shorts" if preset.rate > 0 else "shorts pay longs")
    assert [preset.rate for preset in presets] == sorted((preset.rate for preset in presets), reverse=True)


@collected
def test_presets_are_those_suggested() -> None:
    """Name and rate of each stand in the collection's sentence."""
    text = ORIGINAL.with_suffix(".md").read_text(encoding="utf-8")
    (sentence,) = re.findall(r"Suggested presets: (.*)", text)
    suggested = re.findall(r"(?:^|, )([a-z][a-z -]*) ([+-][\d.]+)%", sentence)
    assert {name: float(rate) / 100 for name, rate in suggested} == pytest.approx(
        {preset.name: preset.rate for preset in facts.funding_presets().values()}
    )


def statistics(kind: str) -> dict[str, facts.FundingStatistic]:
    """Return the funding statistics of a kind by key."""
    return {row.key: row for row in facts.funding_statistics() if row.kind == kind}


def test_funding_statistics_are_in_range() -> None:
    """Shares from 0 to 1, lowest below mean below highest, all of it within the caps, quantiles ascend."""
    caps = {row.symbol: row.max_rate for row in statistics("cap").values()}
    for row in [*statistics("year").values(), *statistics("symbol").values()]:
        assert row.min_rate < row.rate < row.max_rate
        assert 0 <= row.share_negative <= 1
        assert -caps["BTC"] <= row.min_rate
        assert row.annual_rate == pytest.approx(row.rate * 24 / row.interval_hours * 365, rel=0.01, abs=1e-4)
    for kind, column in (("quantile", "rate"), ("cross-section", "annual_rate")):
        rows = statistics(kind)
        assert [float(key) for key in rows] == sorted(float(key) for key in rows)
        values = [getattr(row, column) for row in rows.values()]
        assert values == sorted(values)
    for row in statistics("cap").values():
        assert row.min_rate == -row.max_rate


def test_the_years_of_funding_are_the_whole() -> None:
    """Two years are known in part: with their days all make up the days of the whole, its mean and its share."""
    (whole,), years = statistics("whole").values(), statistics("year")
    assert {key for key, row in years.items() if row.n_observations} == {"2019", "2026"}
    days = [row.n_observations or 365 + calendar.isleap(int(key)) for key, row in years.items()]
    assert sum(days) == whole.n_observations
    for field in ("rate", "share_negative"):
        mean = np.average([getattr(row, field) for row in years.values()], weights=days)
        assert mean == pytest.approx(getattr(whole, field), rel=5e-3)


@collected
def test_funding_of_bitcoin_is_that_collected() -> None:
    """Mean, share of negative days, years and quantiles."""
    source = COLLECTED["funding"]
    (whole,) = statistics("whole").values()
    assert (whole.rate, whole.share_negative) == (source["btc_mean_8h"], source["btc_share_negative_days"])
    assert {
        key: (row.rate, row.annual_rate, row.min_rate, row.max_rate, row.share_negative)
        for key, row in statistics("year").items()
    } == {
        year: (row["mean_8h"], row["apr"], row["min_daily_mean"], row["max_daily_mean"], row["share_negative_days"])
        for year, row in source["btc_by_year"].items()
    }
    assert {key: row.rate for key, row in statistics("quantile").items()} == source["btc_quantiles_8h"]


@collected
def test_funding_of_all_perpetuals_is_that_collected() -> None:
    """Snapshot by symbol, quantiles across symbols, intervals and caps."""
    source = COLLECTED["funding"]
    assert {
        key: (row.n_observations, row.interval_hours, row.rate, row.min_rate, row.max_rate, row.share_negative)
        for key, row in statistics("symbol").items()
    } == {
        symbol: (row["n"], row["interval_h"], row["mean"], row["min"], row["max"], row["share_negative"])
        for symbol, row in source["by_symbol"].items()
    }
    annual = {key: row.annual_rate for key, row in statistics("symbol").items()}
    assert annual == {symbol: row["apr"] for symbol, row in source["by_symbol"].items()}
    across = {f"{100 * float(key):g}%": row.annual_rate for key, row in statistics("cross-section").items()}
    assert across == source["cross_section_apr_quantiles"]
    assert {key: row.n_observations for key, row in statistics("interval").items()} == source["interval_counts"]
    assert {key: row.max_rate for key, row in statistics("cap").items()} == source["caps"]


# Stress events


def test_stress_events_are_in_order() -> None:
    """The oldest first, windows do not overlap, names are unique, BTC is in each."""
    events = facts.stress_events()
    assert all(event.start <= event.end for event in events)
    assert all(one.end < other.start for one, other in itertools.pairwise(events))
    assert len({event.name for event in events}) == len(events)
    assert all("BTC" in event.returns for event in events)


@pytest.mark.parametrize("event", facts.stress_events(), ids=lambda event: event.name)
def test_a_stress_event_is_consistent(event: facts.StressEvent) -> None:
    """A return lies between low and high; a low is missing only where a note says why."""
    for symbol, move in event.returns.items():
        assert -1 < event.lows.get(symbol, move) <= move <= event.highs[symbol]
    missing = set(event.returns) - set(event.lows)
    assert [note.partition(":")[0] for note in event.notes] == sorted(missing)
    assert set(event.lows) <= set(event.returns) == set(event.highs)


@collected
def test_stress_events_are_those_collected() -> None:
    """Every figure, except the two bad prints: the lows of LINK on 2020-03-12 and of ATOM on 2025-10-10."""
    left_out = []
    assert len(facts.stress_events()) == len(COLLECTED["events"])
    for event, source in zip(facts.stress_events(), COLLECTED["events"], strict=True):
        assert (event.name, str(event.start), str(event.end)) == (source["event"], source["start"], source["end"])
        assert event.returns == source["ret"]
        assert event.highs == source["max_from_prev_close"]
        lows = dict(source["min_from_prev_close"])
        left_out += [(str(event.start), symbol, lows.pop(symbol)) for symbol in set(lows) - set(event.lows)]
        assert event.lows == lows
    assert left_out == [("2020-03-12", "LINK", -1.0), ("2025-10-10", "ATOM", -0.9998)]


# Portfolio margin


def test_portfolio_margin_grids_rise() -> None:
    """Shocks and caps rise with the level; better-known coins have the smaller shocks and charges."""
    groups: dict[tuple[str, str, str], list[facts.PortfolioMarginParameter]] = {}
    for row in facts.portfolio_margin_parameters():
        groups.setdefault((row.venue, row.unit_group, row.parameter), []).append(row)
    for ladder in groups.values():
        assert [row.value for row in ladder] == sorted(row.value for row in ladder)
        levels = [row.level for row in ladder if row.level is not None]
        assert levels == sorted(set(levels))
    for name in ("price_shock", "basis_charge", "extreme_shock"):
        second = "second group" if name == "price_shock" else "majors"  # the coins of MR1, and those of MR4 and MR6
        largest = [groups["OKX", group, name][-1].value for group in ("BTC and ETH", second, "others")]
        assert largest == sorted(set(largest))


@collected
def test_portfolio_margin_is_that_collected() -> None:
    """OKX group by group, Bybit's factor before and after, Deribit's and Binance's figures from their sentences."""
    rows = facts.portfolio_margin_parameters()

    def values(venue: str, name: str, symbols: str | None = None) -> list[float]:
        chosen = [row for row in rows if (row.venue, row.parameter) == (venue, name)]
        return [row.value for row in chosen if symbols is None or ",".join(row.symbols) == symbols]

    source = COLLECTED["pm"]
    okx = source["OKX"]
    # The sizes are those collected; the second group's coins were not (OKX's notice of 2025-01-02 has others for MR1).
    assert values("OKX", "price_shock") == [shock for shocks in okx["mr1"].values() for shock in shocks]
    assert values("OKX", "basis_charge") == list(okx["mr4_annualised"].values())
    assert values("OKX", "extreme_shock") == list(okx["mr6"].values())
    ladder = [[row.level, row.value] for row in rows if row.parameter == "min_charge_multiplier"]
    assert ladder == okx["mr7_tiers_usd"]
    assert values("Bybit", "price_shock") == [source["Bybit"]["btc_eth_price_factor_after"]]
    assert values("Bybit", "former_price_shock") == [source["Bybit"]["btc_eth_price_factor_before"]]
    (bybit,) = (row for row in rows if (row.venue, row.parameter) == ("Bybit", "price_shock"))
    assert source["Bybit"]["effective"] in bybit.note
    names = ("price_shock", "n_price_buckets", "n_volatility_scenarios", "extended_low", "extended_high")
    shock, buckets, scenarios, low, high = (values("Deribit", name)[0] for name in names)
    expected = f"e.g. +-{shock:.0%} in {buckets:g} buckets x {scenarios:g} vol scenarios; "
    assert source["Deribit"]["price_range"] == f"{expected}extended table {low:.0%}..{high:+.0%} damped"
    orders, liquidation = (values("Binance", name)[0] for name in ("no_new_orders_ratio", "liquidation_ratio"))
    assert source["Binance"]["rule"].endswith(f"no new orders <={orders:.0%}, liquidation <={liquidation:.0%}")


@collected
def test_the_samples_worst_correlations_are_those_collected() -> None:
    """The figures that the generator aims at are the collected ones, where there are any."""
    rows = [row for row in facts.rows("sample_parameters.csv") if row["parameter"] == "worst_correlation"]
    known = {row["key"]: float(row["value"]) for row in rows if not row["source"].startswith("assumption")}
    assert known == COLLECTED["correlations"]["rolling90_rho_min"]


def test_the_samples_assumptions_say_so() -> None:
    """Every parameter without a collected figure has a source that begins with "assumption"."""
    for row in facts.rows("sample_parameters.csv"):
        is_collected = row["parameter"] == "worst_correlation" and row["key"] in facts.moments().symbols
        assert row["source"].startswith("assumption") != is_collected
