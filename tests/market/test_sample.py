"""The sample that ships: it is what its generator makes, says that it is simulated, and is calibrated to the facts."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hedge_widgets.market import facts
from hedge_widgets.market.facts import sample_parameters
from hedge_widgets.market.prices import load_prices
from hedge_widgets.market.sample import (
    FUNDING_FILE,
    PRICES_FILE,
    SAMPLE_LABEL,
    SEED,
    sample_funding,
    sample_note,
    sample_prices,
    simulated,
    write_sample,
)
from hedge_widgets.market.simulated_funding import PLATEAU, bitcoin_curve, coin_curve
from hedge_widgets.market.simulated_prices import LARGE_CAPS, LOW_CAPS, SYMBOLS, target_moments
from hedge_widgets.resources import resource

WINDOW = slice("2023-01-01", "2025-12-31")
PRICES = sample_prices()


def test_the_sample_is_a_price_file_like_any_other() -> None:
    """The reader for files of any shape reads the same from it, to the last bit."""
    pd.testing.assert_frame_equal(load_prices(resource("data") / PRICES_FILE), PRICES, check_exact=True)


FUNDING = sample_funding()
RETURNS = PRICES.pct_change().iloc[1:]
LOG_RETURNS = np.log(PRICES).diff().iloc[1:]
DAILY_FUNDING = FUNDING.resample("1D").mean()
YEARS = [row for row in facts.funding_statistics() if row.kind == "year" and row.key != "2026"]


def test_prices_are_whole() -> None:
    """Every day from 2018 to 2025 has a close of every coin; the file is small."""
    assert tuple(PRICES.columns) == SYMBOLS
    assert PRICES.index.equals(pd.date_range("2018-01-01", "2025-12-31", name="date", unit=PRICES.index.unit))
    assert PRICES.notna().all(axis=None)
    assert (resource("data") / PRICES_FILE).stat().st_size <= 350_000


def test_funding_is_whole() -> None:
    """Every 8 hours of the same days have a rate of every coin, in UTC; the file is small."""
    expected = pd.date_range("2018-01-01", "2025-12-31 16:00", freq="8h", tz="UTC", name="time")
    assert tuple(FUNDING.columns) == SYMBOLS
    assert list(FUNDING.index) == list(expected)
    assert FUNDING.notna().all(axis=None)
    assert (resource("data") / FUNDING_FILE).stat().st_size <= 400_000


def test_the_sample_says_what_it_is() -> None:
    """The label, the note and the names of the files say that nothing was quoted on a market."""
    assert SAMPLE_LABEL == "simulated sample"
    assert sample_note().startswith("Simulated, not market data")
    for part in (f"seed {SEED}", "2,922 days of a made-up calendar", f"{len(facts.stress_events())} named", *LOW_CAPS):
        assert part in sample_note()
    assert PRICES_FILE.startswith("sample_")
    assert FUNDING_FILE.startswith("sample_")


def test_the_files_are_what_the_generator_makes() -> None:
    """Each number is the simulated one rounded: half a unit of six digits, half a unit of the eighth decimal."""
    sample = simulated()
    np.testing.assert_allclose(PRICES.to_numpy(), sample.prices, rtol=5.001e-6)
    np.testing.assert_allclose(FUNDING.to_numpy(), sample.funding, rtol=0, atol=5.001e-9)
    assert list(PRICES.index) == list(pd.DatetimeIndex(sample.days))
    assert list(FUNDING.index) == list(pd.DatetimeIndex(sample.times, tz="UTC"))


def test_files_are_written_alike(tmp_path: Path) -> None:
    """Writing twice gives the same bytes, and they read back as what was simulated."""
    sample = simulated(7)
    contents = []
    for _ in range(2):
        write_sample(sample, tmp_path)
        contents.append([(tmp_path / name).read_bytes() for name in (PRICES_FILE, FUNDING_FILE)])
    assert contents[0] == contents[1]
    np.testing.assert_allclose(load_prices(tmp_path / PRICES_FILE).to_numpy(), sample.prices, rtol=5.001e-6)
    funding = pd.read_csv(tmp_path / FUNDING_FILE, index_col="time")
    np.testing.assert_allclose(funding.to_numpy(), sample.funding, rtol=0, atol=5.001e-9)


def test_reading_loads_pandas_only_when_asked() -> None:
    """Importing the module does not pay for pandas."""
    source = "import sys, hedge_widgets.market.sample; assert 'pandas' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", source], cwd=Path(__file__).parents[2]).returncode == 0


def test_levels_are_those_chosen() -> None:
    """Every coin runs from its start level to its end level."""
    for symbol in SYMBOLS:
        assert PRICES[symbol].iloc[0] == sample_parameters("start_price")[symbol]
        assert PRICES[symbol].iloc[-1] == sample_parameters("end_price")[symbol]


# Prices: moments


def test_the_window_has_the_collected_moments() -> None:
    """Volatility, correlation and beta to BTC of 2023 to 2025 are the tables' to 1e-4, 1,096 returns."""
    returns, known = LOG_RETURNS.loc[WINDOW, list(LARGE_CAPS)], facts.moments()
    assert len(returns) == 1_096
    assert known.symbols == LARGE_CAPS
    np.testing.assert_allclose(returns.std() * np.sqrt(365), known.volatilities, atol=1e-4)
    np.testing.assert_allclose(returns.corr(), known.correlations, atol=1e-4)
    # The table's betas are rounded by themselves: they are correlation times volatility ratio within 5e-4.
    np.testing.assert_allclose(returns.cov()["BTC"] / returns["BTC"].var(), known.betas_btc, rtol=6e-4)


def test_the_low_caps_have_the_assumed_moments() -> None:
    """ARB, CHZ and WIF have the volatilities and correlations that the parameters state."""
    returns = LOG_RETURNS.loc[WINDOW]
    for symbol in LOW_CAPS:
        assert returns[symbol].std() * np.sqrt(365) == pytest.approx(sample_parameters("volatility")[symbol], abs=1e-4)
        assert returns[symbol].corr(returns["BTC"]) == pytest.approx(
            sample_parameters("correlation_btc")[symbol], abs=1e-4
        )


def test_another_seed_has_the_same_moments() -> None:
    """The calibration is the generator's doing, not the seed's: exact before rounding, on other paths."""
    sample = simulated(SEED + 1)
    returns = np.diff(np.log(sample.prices), axis=0)[-1_096:]
    volatilities, correlations = target_moments()
    np.testing.assert_allclose(returns.std(axis=0, ddof=1) * np.sqrt(365), volatilities, rtol=1e-9)
    np.testing.assert_allclose(np.corrcoef(returns.T), correlations, atol=1e-9)
    assert np.abs(sample.prices[1_000] / PRICES.iloc[1_000] - 1).min() > 1e-3


def test_years_have_their_volatility() -> None:
    """BTC's volatility by year is the assumed one within 20 %; the earlier five years are wilder than any later one."""
    volatility = LOG_RETURNS["BTC"].groupby(LOG_RETURNS.index.year).std() * np.sqrt(365)
    for year, expected in sample_parameters("year_volatility").items():
        assert volatility[int(year)] == pytest.approx(expected, rel=0.2)
    assert volatility.loc[:2022].min() > volatility.loc[2023:].max()


def test_tails_are_fat() -> None:
    """Excess kurtosis is above 1 for every coin in the window, and above 5 for BTC over all years."""
    assert LOG_RETURNS.loc[WINDOW].kurt().min() > 1
    assert LOG_RETURNS["BTC"].kurt() > 5


def test_volatility_comes_in_clusters() -> None:
    """Large moves follow large moves: the size of BTC's returns is correlated from one day to the next."""
    sizes = LOG_RETURNS["BTC"].abs()
    assert sizes.autocorr(1) > 0.1


def test_coins_follow_a_fall_further_than_a_rise() -> None:
    """Per percent of BTC the coins move more on its worst 5 % of days than on its best 5 %."""
    returns = RETURNS.loc["2021":]
    worst = returns[returns["BTC"] <= returns["BTC"].quantile(0.05)].mean()
    best = returns[returns["BTC"] >= returns["BTC"].quantile(0.95)].mean()
    coins = [symbol for symbol in LARGE_CAPS if symbol not in ("BTC", "DOGE")]  # DOGE's +392 % is a rise of its own
    assert ((worst / worst["BTC"])[coins] > (best / best["BTC"])[coins]).all()


def test_correlations_break_as_far_as_collected() -> None:
    """The worst 90-day correlation with BTC since 2021 is within 0.2 of the collected (low caps: assumed) one."""
    worst = LOG_RETURNS.rolling(90).corr(LOG_RETURNS["BTC"]).loc["2021":].min()
    for symbol, expected in sample_parameters("worst_correlation").items():
        assert worst[symbol] == pytest.approx(expected, abs=0.2)


def walked_effectiveness(symbol: str) -> float:
    """Return 1 - var hedged / var unhedged from June 2021: slope of the last 90 days, held for 30."""
    returns = RETURNS.loc["2021-06-01":, [symbol, "BTC"]].to_numpy()
    hedged, unhedged = [], []
    for start in range(90, len(returns), 30):
        past, test = returns[start - 90 : start], returns[start : start + 30]
        slope = np.cov(past.T)[0, 1] / past[:, 1].var(ddof=1)
        hedged.append(test[:, 0] - slope * test[:, 1])
        unhedged.append(test[:, 0])
    return float(1 - np.concatenate(hedged).var() / np.concatenate(unhedged).var())


@pytest.mark.parametrize("symbol", SYMBOLS[1:])
def test_a_bitcoin_hedge_removes_what_it_does_on_markets(symbol: str) -> None:
    """Out of sample: ETH 65 to 75 % (collected 71), large caps 44 to 64 (47 to 53), low caps 20 to 60."""
    low, high = {"ETH": (0.65, 0.75)}.get(symbol, (0.44, 0.64) if symbol in LARGE_CAPS else (0.20, 0.60))
    assert low < walked_effectiveness(symbol) < high


# Prices: events


def moves() -> Iterator[tuple[str, facts.StressEvent, str]]:
    """Yield a name, the event and the symbol of every collected move of a coin in the sample."""
    for event in facts.stress_events():
        for symbol in SYMBOLS:
            if symbol in event.returns:
                yield f"{event.name} {symbol}", event, symbol


MOVES = list(moves())


@pytest.mark.parametrize(("event", "symbol"), [move[1:] for move in MOVES], ids=[move[0] for move in MOVES])
def test_a_stress_event_has_its_return(event: facts.StressEvent, symbol: str) -> None:
    """From the close before the window to its last close each coin moved as collected."""
    closes = PRICES.loc[str(event.start - pd.Timedelta(days=1)) : str(event.end), symbol]
    assert len(closes) == (event.end - event.start).days + 2
    assert closes.iloc[-1] / closes.iloc[0] - 1 == pytest.approx(event.returns[symbol], abs=1e-4)


def test_a_coin_that_an_event_does_not_name_follows_bitcoin() -> None:
    """SOL did not exist on 12 March 2020: it takes BTC's -39.5 % to the power of its beta."""
    beta = facts.moments().betas_btc[facts.moments().symbols.index("SOL")]
    assert 1 + RETURNS.loc["2020-03-12", "SOL"] == pytest.approx(0.605**beta, rel=1e-3)


def test_bitcoins_worst_day_is_the_named_one() -> None:
    """No day that the generator drew is as bad as 12 March 2020."""
    assert str(RETURNS["BTC"].idxmin().date()) == "2020-03-12"


# Funding


@pytest.mark.parametrize("year", YEARS, ids=[year.key for year in YEARS])
def test_bitcoins_funding_of_a_year(year: facts.FundingStatistic) -> None:
    """Of daily means: mean within 4 %, share of negative days within 0.5 points, lowest and highest as collected."""
    days = DAILY_FUNDING.loc[year.key, "BTC"]
    assert days.mean() == pytest.approx(year.rate, rel=0.04)
    assert (days < 0).mean() == pytest.approx(year.share_negative, abs=0.005)
    assert (days.min(), days.max()) == pytest.approx((year.min_rate, year.max_rate), abs=1e-7)


def test_bitcoins_funding_quantiles() -> None:
    """Over the collected years the quantiles of daily means are the collected ones within a third or 0.001 %."""
    days = DAILY_FUNDING.loc["2019-09-10":, "BTC"]
    quantiles = [row for row in facts.funding_statistics() if row.kind == "quantile"]
    assert len(quantiles) == 7
    for row in quantiles:
        assert days.quantile(float(row.key)) == pytest.approx(row.rate, rel=0.34, abs=1e-5)


def test_the_first_year_has_the_funding_of_the_next() -> None:
    """Nothing was collected for 2018, so its daily means are spread as those of 2019."""
    quantiles = np.linspace(0, 1, 11)
    first, second = (DAILY_FUNDING.loc[year, "BTC"].quantile(quantiles) for year in ("2018", "2019"))
    np.testing.assert_allclose(first, second, atol=1e-8)


def test_many_rates_lie_on_the_plateau() -> None:
    """A quarter to four tenths of the rates of each large cap are exactly +0.01 %; none above it in 2022 and 2025."""
    share = (FUNDING == PLATEAU).mean()
    assert facts.funding_presets()["neutral"].rate == PLATEAU
    assert share[list(LARGE_CAPS)].between(0.25, 0.40).all()
    for year in ("2022", "2025"):
        assert FUNDING.loc[year, "BTC"].max() == PLATEAU


def test_funding_remembers() -> None:
    """BTC's rates are correlated: above 0.7 with the last, above 0.5 with the day before."""
    rates = FUNDING["BTC"]
    assert rates.autocorr(1) > 0.7
    assert rates.autocorr(3) > 0.5


def test_funding_follows_the_coins_gains() -> None:
    """After gains of a fortnight the daily rates are higher than after losses, for every large cap."""
    gains = LOG_RETURNS.rolling(14).sum().shift(1).dropna()
    rates = DAILY_FUNDING.set_axis(DAILY_FUNDING.index.tz_localize(None)).loc[gains.index]
    for symbol in LARGE_CAPS:
        assert rates[symbol].corr(gains[symbol], method="spearman") > 0.2


def test_rates_respect_the_caps() -> None:
    """BTC within 0.3 % per 8 hours, other coins within 2 %; the low caps come to 1 % and more in a squeeze."""
    caps = {row.key: row.max_rate for row in facts.funding_statistics() if row.kind == "cap"}
    size = FUNDING.abs().max()
    assert size["BTC"] <= caps["BTCUSDT"] == 0.003
    assert size.max() <= caps["typical alt"] == 0.02
    assert FUNDING[list(LOW_CAPS)].min().max() < -0.01


def test_coins_are_negative_as_often_as_the_snapshot_ranks_them() -> None:
    """Large caps by their share of negative rates: SOL most, BNB least, the order of the collected snapshot."""
    snapshot = {row.symbol: row.share_negative for row in facts.funding_statistics() if row.kind == "symbol"}
    share = (FUNDING < 0).mean()
    by_snapshot = sorted(LARGE_CAPS, key=lambda symbol: snapshot[symbol])
    assert sorted(LARGE_CAPS, key=lambda symbol: share[symbol]) == by_snapshot


def test_shorts_of_the_wildest_coin_pay() -> None:
    """WIF pays a long over the years, as in the snapshot; every large cap pays a short."""
    annual = FUNDING.mean() * 3 * 365
    assert annual["WIF"] < -0.1
    assert annual[list(LARGE_CAPS)].between(0.02, 0.20).all()


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_curve_rises_from_its_lowest_to_its_highest_rate(symbol: str) -> None:
    """The rates ascend with the rank, and the shares of days are those that the curve states."""
    for year in YEARS:
        curve = coin_curve(bitcoin_curve(year.key), symbol)
        rates = curve.rates(np.linspace(0, 1, 100_001))
        assert (rates[0], rates[-1]) == pytest.approx((curve.lowest, curve.highest))
        assert (np.diff(rates) >= -1e-18).all()
        assert (rates < 0).mean() == pytest.approx(curve.share_negative, abs=1e-4)
        assert (rates > PLATEAU).mean() == pytest.approx(curve.share_above, abs=1e-4)
        assert curve.share_negative + curve.share_climbing + curve.share_above <= 1


def test_the_snapshot_of_bitcoin_leaves_its_curve() -> None:
    """BTC's own odds, lowest rate and volatility stand to themselves as one."""
    for year in YEARS:
        curve = bitcoin_curve(year.key)
        same = coin_curve(curve, "BTC")
        assert list(vars(same).values()) == pytest.approx(list(vars(curve).values()))
