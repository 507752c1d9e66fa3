"""What is believed of the outside: prices, figures and terms by coin and contract, from the prices in use."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedge_widgets.market.facts import contracts, moments
from hedge_widgets.market.history import History
from hedge_widgets.market.market import STABLECOINS, Market, shipped_figures, shipped_prices
from hedge_widgets.market.sample import sample_prices
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio

COINS = ("BTC", "ETH", "SOL", "ADA", "WIF", "USDT", "NEWCOIN", "OTHERCOIN")


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
    known = moments()
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
    hedge=st.sampled_from([name for name in COINS if name not in STABLECOINS]),
)
def test_figures_of_any_coins_are_possible_and_the_unknown_are_named(names: list[str], hedge: str) -> None:
    """A correlation within one, beta as defined, no order of rows matters, and every assumption has its coin's name."""
    figures = shipped_figures(a_portfolio(**dict.fromkeys(names, 10.0)), hedge)
    assert -1 <= figures.correlation <= 1
    assert figures.beta == pytest.approx(figures.correlation * figures.spot_volatility / figures.hedge_volatility)
    assert set(figures.assumed) == {name for name in (*names, hedge) if name in ("WIF", "NEWCOIN", "OTHERCOIN")}
    assert all(name in figures.origin for name in figures.assumed)
    turned = shipped_figures(a_portfolio(**dict.fromkeys(reversed(names), 10.0)), hedge)
    assert turned.fields == pytest.approx(figures.fields)
    if names == [hedge]:
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


def test_cash_needs_no_column_in_a_history() -> None:
    """A stablecoin beside coins of the user's own file leaves their figures, at their share of the value."""
    own = Market(history=a_history("BTC", "SOL"))
    alone, mixed = (own.figures(a_portfolio(**values), "BTC") for values in ({"SOL": 1.0}, {"SOL": 1.0, "DAI": 3.0}))
    assert mixed.problem == ""
    assert mixed.spot_volatility == pytest.approx(alone.spot_volatility / 4)
    assert mixed.correlation == pytest.approx(alone.correlation)


def test_the_past_of_a_coin_ends_with_its_own_last_day() -> None:
    """One close a calendar day, missing ones kept; without any the sample's, which is said; XRP has none there."""
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
