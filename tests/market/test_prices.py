"""Price files: what is read, what is refused, and figures of real prices against plain pandas."""

import datetime
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hedge_widgets.market.prices import basket_prices, last_prices, load_prices, log_returns
from hedge_widgets.model.hedge_ratio import return_moments
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.portfolio import Holding, Portfolio

REAL = Path(__file__).parents[3] / "shared" / "data" / "prices_daily.csv"


def days(n: int) -> list[str]:
    """Return n dates from 2024-01-01."""
    return [(datetime.date(2024, 1, 1) + datetime.timedelta(k)).isoformat() for k in range(n)]


def a_file(n: int = 40, header: str = "date,BTC-USD,SOL-USD", **changed: str) -> bytes:
    """Return a good file of n rows, but for the lines in ``changed`` (row5="..."; row 1 is the header)."""
    lines = [header, *(f"{day},{40_000 + k},{100 + k}" for k, day in enumerate(days(n)))]
    for name, line in changed.items():
        lines[int(name.removeprefix("row")) - 1] = line
    return "\n".join(lines).encode()


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """From bytes or a path, with or without a BOM, in Windows line ends, with a time behind the date."""
    prices = load_prices(a_file())
    assert list(prices.columns) == ["BTC", "SOL"]
    assert prices.index[0] == pd.Timestamp("2024-01-01")
    assert prices.shape == (40, 2)
    assert last_prices(prices) == {"BTC": 40_039.0, "SOL": 139.0}
    path = tmp_path / "prices.csv"
    path.write_bytes(b"\xef\xbb\xbf" + a_file().replace(b"\n", b"\r\n"))
    pd.testing.assert_frame_equal(load_prices(path), prices)
    pd.testing.assert_frame_equal(load_prices(str(path)), prices)
    pd.testing.assert_frame_equal(load_prices(a_file(row5="2024-01-04T00:00:00Z,40003,103")), prices)


def test_an_empty_cell_is_a_missing_price() -> None:
    """A coin not listed yet has no price, and returns use the dates all the coins have."""
    prices = load_prices(a_file(row2="2024-01-01,40000,", row41="2024-02-09,40039, "))
    assert np.isnan(prices["SOL"].iloc[0])
    assert last_prices(prices)["SOL"] == 138.0
    returns, spans, _ = log_returns(prices, ("SOL", "BTC"), 90)
    assert returns.shape == (37, 2)
    assert set(spans) == {1}


BAD = {
    "empty": (b"", r"the price file is empty; expected a header"),
    "only blanks": (b"\n \n,,\n", r"the price file is empty; expected a header"),
    "no date column": (a_file(header="BTC,ETH,SOL"), r"the column of dates must be named date, not 'BTC' \(row 1\)"),
    "no header": (a_file()[21:], r"must begin with a line that names its columns"),
    "no price column": (b"date\n2024-01-01\n", r"no column of dates was found below 'date' \(row 1\)"),
    "one row": (a_file(1), r"at least 31 rows of prices, not 1"),
    "header only": (a_file(0), r"no column of dates was found below 'date,BTC-USD,SOL-USD' \(row 1\)"),
    "text": (a_file(row7="2024-01-06,abc,105"), r"column BTC, row 7: expected a price, not 'abc'"),
    "decimal comma": (a_file(row7='2024-01-06,"0,125",105.5'), r"column BTC, row 7: expected a price, not '0,125'"),
    "formula": (a_file(row7="2024-01-06,=1+1,105.5"), r"column BTC, row 7: expected a price, not the formula '=1\+1'"),
    "underscore": (a_file(row7="2024-01-06,40_005,105"), r"column BTC, row 7: expected a price, not '40_005'"),
    "inf": (a_file(row9="2024-01-08,inf,107"), r"column BTC, row 9: expected a price .*, not .*inf"),
    "overflow": (a_file(row9="2024-01-08,1e400,107"), r"column BTC, row 9: expected a price .* below 1e9, not 1e400"),
    "huge": (a_file(row9="2024-01-08,1e12,107"), r"column BTC, row 9: expected a price .* below 1e9, not 1e12"),
    "doubled date": (a_file(row9="2024-01-07,40007,107"), r"column date, row 9: 2024-01-07 stands there a second time"),
    "doubled far": (a_file(row30="2024-01-07,1,107"), r"column date, row 30: 2024-01-07 stands there a second time"),
    "no date": (
        a_file(row9="Tuesday,40007,107"),
        r"column date, row 9: expected a date such as 2024-01-31, not 'Tuesday'",
    ),
    "american": (a_file(row9="01/08/2024,40007,107"), r"'01/08/2024' can be 2024-08-01 .* or 2024-01-08"),
    "script": (a_file(header="date,BTC,<script>"), r"column 3 .* must be a symbol of .*, not '<script>' \(row 1\)"),
    "doubled symbol": (
        a_file(header="date,BTC-USD,btc"),
        r"column 3 of the price file names BTC a second time \(row 1\)",
    ),
    "unnamed column": (a_file(header="date,BTC,"), r"column 3 .* must be a symbol of .*, not '' \(row 1\)"),
    "short row": (a_file(row9="2024-01-08,40007"), r"row 9 must hold 3 cells as the header does, not 2"),
    "long row": (a_file(row9="2024-01-08,40007,107,9"), r"row 9 must hold 3 cells as the header does, not 4"),
    "after a blank line": (
        a_file(row8="", row9="2024-01-08,abc,107"),
        r"column BTC, row 9: expected a price, not 'abc'",
    ),
    "binary": (bytes(range(128, 256)) * 40, r"must be CSV text; it holds bytes that are no text"),
    "zip": (b"PK\x03\x04\x00\x00", r"this is a spreadsheet \(XLSX\) or a packed file; save it as CSV"),
    "huge cell": (a_file(row9="2024-01-08," + "9" * 200_000 + ",1"), r"the price file must be CSV"),
    "many columns": (
        "\n".join(
            [",".join(["date", *(f"C{k}" for k in range(300))]), *(",".join([day, *["1"] * 300]) for day in days(40))]
        ).encode(),
        r"must hold 1 to 199 price columns",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_gets_a_sentence(content: bytes, sentence: str) -> None:
    """Column and row where there is one, what is expected, and never a traceback or a page of text."""
    with pytest.raises(InputError, match=sentence) as caught:
        load_prices(content)
    assert len(str(caught.value)) < 250


def test_returns_need_their_columns_and_dates() -> None:
    """A coin without a column is named with what the file has; too few common dates are counted."""
    prices = load_prices(a_file())
    with pytest.raises(InputError, match=re.escape("no column for ADA; it has BTC, SOL")):
        log_returns(prices, ("ADA", "BTC"), 90)
    few = load_prices(a_file(**{f"row{k}": f"{days(40)[k - 2]},{40_000 + k}," for k in range(2, 22)}))
    with pytest.raises(InputError, match=r"SOL, BTC must have at least 31 common dates, not 20"):
        log_returns(few, ("SOL", "BTC"), 90)


def test_the_window_is_the_last_returns() -> None:
    """``window`` returns, the newest ones, of each symbol asked for, even twice."""
    returns, _, _ = log_returns(load_prices(a_file(100)), ("SOL", "BTC", "SOL"), 30)
    expected = np.diff(np.log(100.0 + np.arange(100)))[-30:]
    assert returns.shape == (30, 3)
    assert returns[:, 0] == pytest.approx(expected)
    assert returns[:, 2] == pytest.approx(expected)


def test_a_window_is_of_days_and_says_which() -> None:
    """Weekly prices: each return spans 7 days; 365 days hold 53 of them, and 30 are the fewest that are taken."""
    first = datetime.date(2022, 1, 3)
    lines = ["date,BTC"] + [f"{first + datetime.timedelta(7 * k)},{40_000 + 100 * k}" for k in range(80)]
    prices = load_prices("\n".join(lines).encode())
    returns, spans, last = log_returns(prices, ("BTC",), 365)
    assert returns.shape == (53, 1)
    assert set(spans) == {7}
    assert last.date() == first + datetime.timedelta(7 * 79)
    assert len(log_returns(prices, ("BTC",), 90)[0]) == 30


@pytest.mark.skipif(not REAL.exists(), reason="the real price file is not beside this checkout")
@pytest.mark.parametrize("window", [30, 90, 365])
def test_real_prices_agree_with_plain_pandas(window: int) -> None:
    """A basket of SOL, ADA and LINK against BTC as of 2024-12-31: volatility, correlation and beta, fixed weights."""
    prices = load_prices(REAL)
    assert str(prices.index[-1].date()) == "2024-12-31"
    last = last_prices(prices)
    basket = {"SOL": 12.0, "ADA": 2_000.0, "LINK": 60.0}
    portfolio = Portfolio(tuple(Holding(symbol=name, quantity=q, price=last[name]) for name, q in basket.items()))
    returns, spans, _ = log_returns(prices, (*portfolio.symbols, "BTC"), window)
    volatility, hedge_volatility, correlation, beta = return_moments(
        returns[:, :-1] @ portfolio.weights, returns[:, -1], 365.0, spans
    )

    table = pd.read_csv(REAL, index_col="date", parse_dates=True).rename(columns=lambda name: name.removesuffix("-USD"))
    table = np.log(table[[*basket, "BTC"]].dropna()).diff().dropna().tail(window)
    close = pd.read_csv(REAL, index_col="date").iloc[-1]
    value = pd.Series({name: quantity * close[f"{name}-USD"] for name, quantity in basket.items()})
    spot = (table[list(basket)] * (value / value.sum())).sum(axis=1)
    assert len(table) == window
    assert volatility == pytest.approx(spot.std() * 365**0.5)
    assert hedge_volatility == pytest.approx(table["BTC"].std() * 365**0.5)
    assert correlation == pytest.approx(spot.corr(table["BTC"]))
    assert beta == pytest.approx(spot.cov(table["BTC"]) / table["BTC"].var())

    moments = portfolio.moments(
        table[list(basket)].std().to_numpy() * 365**0.5, table.corr().to_numpy(), table["BTC"].std() * 365**0.5
    )
    assert moments == pytest.approx((volatility, correlation))


@pytest.mark.skipif(not REAL.exists(), reason="the real price file is not beside this checkout")
def test_a_year_of_real_prices_has_its_known_beta() -> None:
    """The median beta of the coins other than BTC and ETH in 2024 is 1.008 on simple returns, as computed elsewhere."""
    prices = load_prices(REAL)
    returns = prices.pct_change(fill_method=None).loc["2024"]
    others = [name for name in prices.columns if name not in ("BTC", "ETH")]
    betas = []
    for name in others:
        both = returns[["BTC", name]].dropna()
        betas.append(return_moments(both[name].to_numpy(), both["BTC"].to_numpy(), 365.0)[3])
    assert np.median(betas) == pytest.approx(1.008, abs=5e-4)


def test_what_is_no_price_counts_as_missing() -> None:
    """Zero, negative and infinite closes, which a store may hold, give no return, no last price and no basket move."""
    days = pd.date_range("2024-01-01", periods=60, name="date")
    prices = pd.DataFrame({"AAA": np.linspace(10, 20, 60), "BBB": np.linspace(5, 9, 60)}, index=days)
    wrong = prices.copy()
    wrong.iloc[10, 0], wrong.iloc[20, 1], wrong.iloc[-1, 0] = 0.0, -3.0, np.inf
    missing = wrong.where((wrong > 0) & np.isfinite(wrong))
    assert last_prices(wrong) == last_prices(missing)
    np.testing.assert_array_equal(
        log_returns(wrong, ("AAA", "BBB"), 40)[0], log_returns(missing, ("AAA", "BBB"), 40)[0]
    )
    pd.testing.assert_series_equal(basket_prices(wrong), basket_prices(missing))
    assert np.isfinite(basket_prices(wrong)).all()


def test_one_zero_close_stops_no_page() -> None:
    """One zero among the last 90 closes is a missing price: the margin page has a volatility."""
    from hedge_widgets.pages.margin.page import MarginExplorer

    prices = load_prices(a_file(120))
    prices["BTC"] = 40_000 * np.exp(0.03 * np.cumsum(np.sin(np.arange(120.0) ** 2)))
    prices.iloc[-30, 0] = 0.0
    page = MarginExplorer(prices)
    assert page.live.said == ""
    assert not re.search(r"\bnan\b", page._origin.value)


def test_figures_end_on_the_last_common_day() -> None:
    """A coin that ends early is estimated to its own last day, and its price is of that day."""
    from hedge_widgets.market.history import history
    from hedge_widgets.market.market import Market

    rows = {f"row{k}": f"{days(120)[k - 2]},{40_000 + 7 * (k % 5)}," for k in range(92, 122)}
    market = Market(history=history(load_prices(a_file(120, **rows))))
    assert str(market.last_day("SOL")) == days(120)[89]
    assert str(market.last_day("BTC")) == days(120)[119]
    figures = market.figures(Portfolio((Holding(symbol="SOL", quantity=1.0, price=1.0),)), "BTC")
    assert f"to {days(120)[89]}" in figures.source
    assert days(120)[119] not in figures.source
