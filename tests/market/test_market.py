"""What is believed of the outside: prices, figures and terms by coin and contract, from the prices in use."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from hedge_widgets.market.coins import cash_columns, is_cash, is_money, pegs
from hedge_widgets.market.facts import contracts, latest_moments, moments, rows, yearly_moments
from hedge_widgets.market.history import History
from hedge_widgets.market.market import Market
from hedge_widgets.market.sample import sample_prices
from hedge_widgets.market.shipped import shipped_figures, shipped_prices
from hedge_widgets.model.hedge_ratio import newey_west
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio

COINS = ("BTC", "ETH", "SOL", "ADA", "WIF", "USDT", "WBTC", "STETH", "NEWCOIN", "OTHERCOIN")


def a_portfolio(**values: float) -> Portfolio:
    """Return a portfolio of these dollars, at a price of 2 each."""
    return Portfolio(tuple(Holding(symbol=name, quantity=value / 2, price=2.0) for name, value in values.items()))


def a_history(*symbols: str, days: int = 120) -> History:
    """Return made-up prices."""
    draw = np.random.default_rng(3)
    steps = 0.03 * (draw.standard_normal((days, 1)) + draw.standard_normal((days, len(symbols))))
    index = pd.date_range("2025-01-01", periods=days, name="date")
    return History(prices=pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), index, list(symbols)), badge="", source="")


def test_every_contract_has_a_price_of_its_coin() -> None:
    for spec in contracts().values():
        assert Market().price(spec.underlying) is not None, spec.label


def test_a_price_is_the_nearest_to_the_user() -> None:
    """Overruled, then the own history's last, then what ships; a stablecoin is a dollar, an unknown coin has none."""
    own = a_history("BTC")
    last = float(own.prices["BTC"].iloc[-1])
    assert Market(history=own, prices={"BTC": 7.0}).price("BTC") == 7.0
    assert Market(history=own).price("BTC") == last
    assert Market(history=own).price("ETH") == shipped_prices()["ETH"]
    assert Market().price("USDC") == 1.0
    assert Market().price("NEWCOIN") is None


def test_a_basket_of_one_coin_has_the_coins_own_figures() -> None:
    known = latest_moments()
    for symbol in known.symbols:
        figures = shipped_figures(a_portfolio(**{symbol: 5.0}), "BTC")
        place = known.symbols.index(symbol)
        assert figures.spot_volatility == pytest.approx(known.volatilities[place])
        assert figures.correlation == pytest.approx(known.correlations[0, place])
        assert figures.assumed == ()


def test_a_stablecoin_is_value_without_volatility() -> None:
    """Half in dollars halves the volatility and the beta and leaves the correlation."""
    alone, mixed = (
        shipped_figures(a_portfolio(**values), "BTC") for values in ({"SOL": 1.0}, {"SOL": 1.0, "USDT": 1.0})
    )
    assert mixed.spot_volatility == pytest.approx(alone.spot_volatility / 2)
    assert mixed.beta == pytest.approx(alone.beta / 2)
    assert mixed.correlation == pytest.approx(alone.correlation)
    with pytest.raises(InputError, match="USDC is a stablecoin: it does not move"):
        shipped_figures(a_portfolio(SOL=1.0), "USDC")


@given(
    names=st.lists(st.sampled_from(COINS), min_size=1, max_size=5, unique=True),
    hedge=st.sampled_from([name for name in COINS if not is_cash(name)]),
)
def test_figures_of_any_coins_are_possible_and_the_unknown_are_named(names: list[str], hedge: str) -> None:
    """A correlation within one, beta as defined, no order of rows matters, and every assumption has its coin's name."""
    figures = shipped_figures(a_portfolio(**dict.fromkeys(names, 10.0)), hedge)
    assert -1 <= figures.correlation <= 1
    assert figures.beta == pytest.approx(figures.correlation * figures.spot_volatility / figures.hedge_volatility)
    assert set(figures.assumed) == {name for name in (*names, hedge) if name in ("WIF", "NEWCOIN", "OTHERCOIN")}
    turned = shipped_figures(a_portfolio(**dict.fromkeys(reversed(names), 10.0)), hedge)
    assert turned.fields == pytest.approx(figures.fields)
    if {pegs().get(name, name) for name in names} == {pegs().get(hedge, hedge)}:
        assert figures.correlation == pytest.approx(1.0)
        assert figures.beta == pytest.approx(1.0)


def test_a_history_without_a_coin_says_so_and_the_shipped_figures_stand_in() -> None:
    own = Market(history=a_history("BTC", "SOL"))
    portfolio = a_portfolio(SOL=1.0, DOGE=1.0)
    figures = own.figures(portfolio, "BTC")
    assert "no column for DOGE" in figures.problem
    assert figures.fields == shipped_figures(portfolio, "BTC").fields
    fitting = own.figures(a_portfolio(SOL=1.0), "BTC")
    assert fitting.problem == ""
    assert "of your price history" in fitting.origin


def test_what_is_wrapped_has_the_figures_of_what_it_follows() -> None:
    """WBTC is BTC, and stETH ETH: figures and correlation 1; the price only where one is worth one."""
    one, other = (shipped_figures(a_portfolio(**{name: 1.0}), "BTC") for name in ("STETH", "ETH"))
    assert one.fields == other.fields
    assert shipped_figures(a_portfolio(WBTC=1.0), "BTC").beta == pytest.approx(1.0)
    assert Market().price("WBTC") == Market().price("BTC")
    assert Market().price("WSTETH") is None
    own = Market(history=a_history("BTC", "SOL"))
    assert own.figures(a_portfolio(WBTC=2.0, SOL=1.0), "BTC").fields == pytest.approx(
        own.figures(a_portfolio(BTC=2.0, SOL=1.0), "BTC").fields
    )
    assert own.volatility("WBTC").value == own.volatility("BTC").value


def test_columns_that_hardly_move_are_cash() -> None:
    """Listed or not: a peg that wavers by a tenth of a per cent, also one broken for a day; no coin, however calm."""
    prices = a_history("BTC", "SOL").prices
    draw = np.random.default_rng(5)
    prices["USDT"] = 1.0 + 0.0005 * draw.standard_normal(len(prices))
    prices["NEWUSD"] = 1.0 + 0.001 * draw.standard_normal(len(prices))
    prices.loc[prices.index[40], "NEWUSD"] = 0.99
    prices["CALM"] = 100.0 * np.exp((0.005 * draw.standard_normal(len(prices))).cumsum())
    assert cash_columns(prices) == {"USDT", "NEWUSD"}
    own = Market(history=History(prices=prices, badge="", source=""))
    alone, mixed = (own.figures(a_portfolio(**one), "BTC") for one in ({"SOL": 1.0}, {"SOL": 1.0, "NEWUSD": 3.0}))
    assert mixed.spot_volatility == pytest.approx(alone.spot_volatility / 4)
    with pytest.raises(InputError, match="NEWUSD is a stablecoin: it does not move"):
        own.figures(a_portfolio(SOL=1.0), "NEWUSD")


def test_the_years_together_are_the_three_years() -> None:
    """Variances and covariances of the years, by their days, are those of the window that all of them make."""
    whole, years = moments(), list(yearly_moments().values())
    assert [one.n_returns for one in years] == [365, 366, 365]
    days = np.array([one.n_returns for one in years])
    variances = days @ np.array([one.volatilities**2 for one in years]) / days.sum()
    covariances = days @ np.array([one.betas_btc * one.volatilities[0] ** 2 for one in years]) / days.sum()
    assert np.sqrt(variances) == pytest.approx(whole.volatilities, rel=5e-4)
    assert covariances / variances[0] == pytest.approx(whole.betas_btc, rel=1e-3)


def test_a_beta_has_its_error_and_its_years() -> None:
    """Shipped: the slope's error of the table, its years; own prices: as scipy's regression of each year says."""
    figures = shipped_figures(a_portfolio(SOL=1.0), "BTC")
    assert figures.standard_error == pytest.approx(0.0649, abs=1e-4)
    assert {year: round(beta, 3) for year, beta in figures.by_year.items()} == {2023: 1.377, 2024: 1.148, 2025: 1.694}
    assert figures.beta == figures.by_year[2025]
    assert "1.38 in 2023, 1.15 in 2024, 1.69 in 2025" in figures.origin
    assert "2025-01-01 to 2025-12-31" in figures.origin
    own = a_history("BTC", "SOL", days=800)
    found = Market(history=own, window=365).figures(a_portfolio(SOL=1.0), "BTC", has_years=True)
    logs = np.log(own.prices)
    last = linregress(*(logs[name].diff().iloc[-365:] for name in ("BTC", "SOL")))
    robust = newey_west(*(logs[name].diff().iloc[-365:] for name in ("SOL", "BTC")))
    assert (found.beta, found.standard_error) == pytest.approx((last.slope, robust.standard_error))
    of_2026 = logs.loc["2026"].diff().dropna()
    assert found.by_year[2026] == pytest.approx(linregress(of_2026["BTC"], of_2026["SOL"]).slope)
    assert list(found.by_year) == [2025, 2026, 2027]


def test_what_is_assumed_is_not_called_estimated() -> None:
    """F25: an unknown coin has no estimated interval, and dollars have no beta at all, with own prices or without."""
    for coins, coin in (({"XYZ": 1.0}, "XYZ"), ({"SOL": 1.0, "XYZ": 1.0}, "XYZ"), ({"WIF": 1.0}, "WIF")):
        origin = shipped_figures(a_portfolio(**coins), "BTC").origin
        assert f"figures of {coin} are assumed, the rest is estimated from the 365 daily returns" in origin
        assert "standard errors" not in origin
    for market in (Market(), Market(history=a_history("BTC", "SOL"))):
        for money in (a_portfolio(USDT=5_000.0, DAI=1.0), a_portfolio(EURC=5_000.0, USDT=1.0)):
            found = market.figures(money, "BTC")
            assert found.origin == "Your coins are stablecoins: they are taken not to move, and have no beta to BTC."
            assert (found.beta, found.problem, found.assumed) == (0, "", ())


def test_a_stablecoin_does_not_change_the_hedge_of_btc() -> None:
    """F2b: 1 BTC at 90,000 and 5,000 USDT: 0.75 x 90,000 = 67,500 dollars short."""
    coins = Portfolio.of({"BTC": (1, 90_000), "USDT": (5_000, 1)})
    figures = shipped_figures(coins, "BTC")
    assert 0.75 * figures.beta * coins.value == pytest.approx(67_500)


@pytest.mark.parametrize("coin", [row["symbol"] for row in rows("pegged_coins.csv") if is_money(row["symbol"])])
def test_a_coin_of_another_currency_is_no_altcoin(coin: str) -> None:
    """1 BTC at 90,000 and 5,000 of it: 67,500 short, with own prices or without; it is no dollar, and no hedge."""
    coins = Portfolio.of({"BTC": (1, 90_000), coin: (5_000, 1.15)})
    own = a_history("BTC", "SOL")
    moving = own.prices.assign(**{coin: own.prices["SOL"]})
    for market in (Market(), Market(history=own), Market(history=replace(own, prices=moving))):
        figures = market.figures(coins, "BTC")
        assert 0.75 * figures.beta * coins.value == pytest.approx(67_500)
        assert (figures.assumed, figures.problem) == ((), "")
        with pytest.raises(InputError, match=f"{coin} is a stablecoin: it does not move with your coins"):
            market.figures(coins, coin)
    assert Market().price(coin) == (1.0 if is_cash(coin) else None)


def test_cash_needs_no_column_in_a_history() -> None:
    """A stablecoin beside coins of the user's own file leaves their figures, at their share of the value."""
    own = Market(history=a_history("BTC", "SOL"))
    alone, mixed = (own.figures(a_portfolio(**values), "BTC") for values in ({"SOL": 1.0}, {"SOL": 1.0, "DAI": 3.0}))
    assert mixed.problem == ""
    assert mixed.spot_volatility == pytest.approx(alone.spot_volatility / 4)
    assert mixed.correlation == pytest.approx(alone.correlation)


def test_the_past_of_a_coin_ends_with_its_own_last_day() -> None:
    """One close a day, missing ones kept; without any the sample's, which is said; XRP has none there."""
    days = pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-04", "2024-01-05"], name="date")
    own = pd.DataFrame({"BTC": [1.0, 2.0, 0.0, 4.0], "ETH": [1.0, 2.0, 3.0, np.nan]}, index=days)
    market = Market(history=History(prices=own, badge="own", source="Own."))
    past, words = market.past("BTC")
    assert past is not None
    np.testing.assert_array_equal(past.closes, [1.0, 2.0, np.nan, np.nan, 4.0])
    assert words == "prices to 2024-01-05"
    past, words = market.past("ETH")
    assert past is not None
    np.testing.assert_array_equal(past.closes, [1.0, 2.0, np.nan, 3.0])
    assert words == "prices to 2024-01-04"
    assert market.past("XRP") == (None, "")
    past, words = Market().past("BTC")
    assert past is not None
    np.testing.assert_array_equal(past.closes, sample_prices()["BTC"])
    assert words == "simulated sample, not market history"
    assert Market().past("XRP") == (None, "")
