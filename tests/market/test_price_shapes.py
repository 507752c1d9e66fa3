"""Price files in the shapes that people have: every exporter, encoding, date and number, and what is no price file."""

# ruff: noqa: E501  a row of a table here is one file

import datetime
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from hedge_widgets.market.price_names import coin_in, column, pair
from hedge_widgets.market.prices import PriceFile, last_days, last_prices, load_prices, read_prices
from hedge_widgets.market.quality import faults
from hedge_widgets.model.limits import InputError

FOLDER = Path(__file__).with_name("prices_csv")
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
# What the sentence about a file must say, in a word each.
REFUSED = {"20b_hourly.csv": "daily", "22e_eur.csv": "EUR", "25_html.csv": "web page"}
START = datetime.date(2024, 1, 1)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_of_the_folder_does_what_is_expected(name: str) -> None:
    """Coins, rows and last prices, or a sentence that says what the file is."""
    wanted = EXPECTED[name]
    if "refuse" in wanted:
        with pytest.raises(InputError, match=REFUSED[name]):
            load_prices(FOLDER / name)
        return
    prices = load_prices(FOLDER / name)
    if "symbols" in wanted:
        assert list(prices.columns) == wanted["symbols"]
    assert prices.shape == (wanted["rows"], len(wanted["last"]))
    assert list(last_prices(prices).values()) == pytest.approx(wanted["last"], abs=0.005)
    assert prices.index.is_monotonic_increasing


def test_a_missing_price_is_listed() -> None:
    """The row without prices is a gap of both coins."""
    gaps = faults(load_prices(FOLDER / "19_null.csv"))
    day = datetime.date(2024, 1, 11)
    assert [(gap.kind, gap.symbol, gap.date, gap.n_days) for gap in gaps] == [
        ("gap", c, day, 1) for c in ("BTC", "ETH")
    ]


# ---- files made here -------------------------------------------------------------------------------------------------
N = 45  # days, so that 13 January and later decide the order of day and month
DAYS = [START + datetime.timedelta(days=k) for k in range(N)]
BTC = [round(42_000.5 + 137.25 * k - (k % 7) * 310.75, 2) for k in range(N)]
ETH = [round(2_300.25 + 9.5 * k - (k % 5) * 33.5, 2) for k in range(N)]
PEPE = [round(0.00000123 + 1e-8 * k, 12) for k in range(N)]


def iso(day: datetime.date) -> str:
    """Return a day as 2024-01-31."""
    return day.isoformat()


def unix(day: datetime.date, unit: int = 1) -> str:
    """Return midnight of a day since 1970, in 1/unit seconds."""
    return str(int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC).timestamp()) * unit)


def point(value: float) -> str:
    """Return a price as Python writes it."""
    return f"{value:.12f}".rstrip("0").rstrip(".")


def table(
    head: str,
    row: Callable[[datetime.date, int], str],
    *,
    titles: str = "",
    footers: str = "",
    reverse: bool = False,
    end: str = "\n",
) -> str:
    """Return a file with a row for each day; head "" for none."""
    lines = [row(day, k) for k, day in enumerate(DAYS)]
    lines = lines[::-1] if reverse else lines
    return end.join(
        [*filter(None, [*titles.split("\n"), *head.split("\n")]), *lines, *filter(None, footers.split("\n"))]
    )


def two(
    separator: str = ",",
    number: Callable[[float], str] = point,
    day: Callable[[datetime.date], str] = iso,
    names: tuple[str, str, str] = ("date", "BTC", "ETH"),
    **how: object,
) -> str:
    """Return a file of two coins."""
    return table(
        separator.join(names),
        lambda d, k: separator.join([day(d), number(BTC[k]), number(ETH[k])]),
        **how,  # type: ignore[arg-type]
    )


def candle(k: int) -> tuple[float, float, float, float]:
    """Return open, high, low and close of a day."""
    opened, close = BTC[max(k - 1, 0)], BTC[k]
    return opened, max(opened, close) + 50, min(opened, close) - 60, close


def one(
    head: str, row: Callable[[str, tuple[str, ...]], str], day: Callable[[datetime.date], str] = iso, **how: object
) -> str:
    """Return a file of one coin from a row of (day, (open, high, low, close))."""
    return table(head, lambda d, k: row(day(d), tuple(map(point, candle(k)))), **how)  # type: ignore[arg-type]


def german(value: float) -> str:
    """Return 42.000,50."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


OHLC = "{0},{1[0]},{1[1]},{1[2]},{1[3]}".format
FULL = "{0},{1[0]},{1[1]},{1[2]},{1[3]},{1[3]},2250".format
KLINE = "{0},{1[0]},{1[1]},{1[2]},{1[3]},123.4,1704153599999,5183000.1,1000,60.1,2500000.2,0".format
MULTI = "Price,Adj Close,Adj Close,Close,Close,High,High,Volume,Volume\nTicker,BTC-USD,ETH-USD,BTC-USD,ETH-USD,BTC-USD,ETH-USD,BTC-USD,ETH-USD\nDate,,,,,,,,"


def both_many(d: datetime.date, k: int) -> str:
    """Return a row of yf.download of two tickers."""
    return f"{iso(d)},{BTC[k]},{ETH[k]},{BTC[k] + 1},{ETH[k] + 1},{BTC[k] + 2},{ETH[k] + 2},1,2"


# name: (content, name of the file)
TWO: dict[str, tuple[str | bytes, str]] = {
    "semicolons": (two(";"), "x.csv"),
    "tabs": (two("\t"), "x.tsv"),
    "bars": (two("|"), "x.csv"),
    "sep line": ("sep=;\n" + two(";"), "x.csv"),
    "sep line, comma": ("sep=,\r\n" + two(end="\r\n"), "x.csv"),
    "old mac line ends": (two(end="\r"), "x.csv"),
    "utf-8 mark": (two().encode("utf-8-sig"), "x.csv"),
    "utf-16 mark": (two("\t").encode("utf-16"), "x.csv"),
    "utf-16 big": (b"\xfe\xff" + two().encode("utf-16-be"), "x.csv"),
    "utf-16 without a mark": (two().encode("utf-16-le"), "x.csv"),
    "utf-16 big without a mark": (two().encode("utf-16-be"), "x.csv"),
    "utf-32": (two().encode("utf-32"), "x.csv"),
    "latin-1": (two(titles="Kurse f\u00fcr M\u00fcnchen").encode("latin-1"), "x.csv"),
    "cp1252": (two(footers="\u201cno advice\u201d").encode("cp1252"), "x.csv"),
    "decimal comma, semicolons": (two(";", lambda v: point(v).replace(".", ",")), "x.csv"),
    "decimal comma, tabs": (two("\t", lambda v: point(v).replace(".", ",")), "x.csv"),
    "decimal comma, quotes": (two(",", lambda v: f'"{point(v)}"'.replace(".", ",")), "x.csv"),
    "german thousands": (two(";", german), "x.csv"),
    "german thousands in quotes": (two(",", lambda v: f'"{german(v)}"'), "x.csv"),
    "thousands in quotes": (two(",", lambda v: f'"{v:,.2f}"'), "x.csv"),
    "thin blanks": (two(",", lambda v: f"{v:,.2f}".replace(",", "\u2009")), "x.csv"),
    "no-break blanks": (two(";", lambda v: german(v).replace(".", "\u00a0")), "x.csv"),
    "narrow no-break blanks": (two(";", lambda v: german(v).replace(".", "\u202f")), "x.csv"),
    "apostrophes": (two(";", lambda v: f"{v:,.2f}".replace(",", "'")), "x.csv"),
    "typographic apostrophes": (two(";", lambda v: f"{v:,.2f}".replace(",", "\u2019")), "x.csv"),
    "dollars": (two(",", lambda v: f'"${v:,.2f}"'), "x.csv"),
    "dollars behind": (two(";", lambda v: f"{german(v)} $"), "x.csv"),
    "scientific": (two(",", lambda v: f"{v:.10e}"), "x.csv"),
    "blanks around": (two(" , "), "x.csv"),
    "all in quotes": (two('","', titles="", day=lambda d: f'"{iso(d)}').replace("\n", '"\n').replace('date"', '"date"') + '"', "x.csv"),
    "slashes": (two(day=lambda d: d.strftime("%Y/%m/%d")), "x.csv"),
    "slashes, short": (two(day=lambda d: f"{d.year}/{d.month}/{d.day}"), "x.csv"),
    "dots": (two(";", day=lambda d: d.strftime("%d.%m.%Y")), "x.csv"),
    "dots, short": (two(";", day=lambda d: f"{d.day}.{d.month}.{d.year}"), "x.csv"),
    "day first": (two(day=lambda d: d.strftime("%d/%m/%Y")), "x.csv"),
    "day first, dashes": (two(day=lambda d: d.strftime("%d-%m-%Y")), "x.csv"),
    "month first": (two(day=lambda d: d.strftime("%m/%d/%Y")), "x.csv"),
    "month first, short": (two(day=lambda d: f"{d.month}/{d.day}/{d:%y}"), "x.csv"),
    "month first, time": (two(day=lambda d: d.strftime("%m/%d/%Y 12:00:00 AM")), "x.csv"),
    "two-digit years": (two(day=lambda d: d.strftime("%d/%m/%y")), "x.csv"),
    "two-digit years in front": (two(day=lambda d: d.strftime("%y-%m-%d")), "x.csv"),
    "named month": (two(day=lambda d: d.strftime('"%b %d, %Y"')), "x.csv"),
    "named month, whole": (two(day=lambda d: d.strftime('"%B %d, %Y"')), "x.csv"),
    "named month behind": (two(day=lambda d: d.strftime("%d %b %Y")), "x.csv"),
    "named month, dashes": (two(day=lambda d: d.strftime("%d-%b-%y")), "x.csv"),
    "named month, capitals": (two(day=lambda d: d.strftime("%d-%b-%Y").upper()), "x.csv"),
    "weekday": (two(day=lambda d: d.strftime('"%a, %d %b %Y 00:00:00 GMT"')), "x.csv"),
    "javascript": (two(day=lambda d: d.strftime("%a %b %d %Y 00:00:00 GMT+0000 (UTC)")), "x.csv"),
    "unix seconds": (two(day=unix), "x.csv"),
    "unix seconds, float": (two(day=lambda d: unix(d) + ".0"), "x.csv"),
    "unix milliseconds": (two(day=lambda d: unix(d, 1000)), "x.csv"),
    "unix microseconds": (two(day=lambda d: unix(d, 10**6)), "x.csv"),
    "unix nanoseconds": (two(day=lambda d: unix(d, 10**9)), "x.csv"),
    "days of a spreadsheet": (two(day=lambda d: str((d - datetime.date(1899, 12, 30)).days)), "x.csv"),
    "compact days": (two(day=lambda d: d.strftime("%Y%m%d")), "x.csv"),
    "time and zone": (two(day=lambda d: f"{iso(d)} 00:00:00+00:00"), "x.csv"),
    "time with T and Z": (two(day=lambda d: f"{iso(d)}T23:59:59.999Z"), "x.csv"),
    "time and name of a zone": (two(day=lambda d: f"{iso(d)} 00:00:00 UTC"), "x.csv"),
    "newest first": (two(reverse=True), "x.csv"),
    "newest first, month first": (two(day=lambda d: d.strftime("%m/%d/%Y"), reverse=True), "x.csv"),
    "title lines": (two(titles="My prices\nmade, by hand\nin USD"), "x.csv"),
    "comments": (two(titles="# a comment\n# another, with commas, in it"), "x.csv"),
    "footers": (two(footers="\nSource: somebody\nTotal,,"), "x.csv"),
    "blank lines": (two().replace("\n", "\n\n"), "x.csv"),
    "empty column": (table("date,,BTC,ETH,,", lambda d, k: f"{iso(d)},,{BTC[k]},{ETH[k]},,"), "x.csv"),
    "trailing comma in the rows alone": (table("date,BTC,ETH", lambda d, k: f"{iso(d)},{BTC[k]},{ETH[k]},"), "x.csv"),
    "index of pandas": (table(",date,BTC,ETH", lambda d, k: f"{k},{iso(d)},{BTC[k]},{ETH[k]}"), "x.csv"),
    "day in the last column": (table("BTC,ETH,date", lambda d, k: f"{BTC[k]},{ETH[k]},{iso(d)}"), "x.csv"),
    "unnamed day": (two(names=("", "BTC", "ETH")), "x.csv"),
    "day named Time": (two(names=("Time", "BTC", "ETH")), "x.csv"),
    "names of R": (table("BTC,ETH", lambda d, k: f"{iso(d)},{BTC[k]},{ETH[k]}"), "x.csv"),
    "small letters": (two(names=("date", "btc", "eth")), "x.csv"),
    "pairs": (two(names=("date", "BTC/USDT", "ETH/USDT")), "x.csv"),
    "perpetuals": (two(names=("date", "BTC/USDT:USDT", "ETH/USDT:USDT")), "x.csv"),
    "pairs of an exchange": (two(names=("date", "BINANCE:BTCUSDT", "BINANCE:ETHUSDT.P")), "x.csv"),
    "closes": (two(names=("date", "BTC_close", "ETH_close")), "x.csv"),
    "closes in front": (two(names=("date", "close_BTC", "close_ETH")), "x.csv"),
    "tuples of pandas": (two(";", names=("date", "('Close', 'BTC-USD')", "('Close', 'ETH-USD')")), "x.csv"),
    "names and units": (two(names=("Date", "Bitcoin (USD)", "Ethereum (USD)")), "x.csv"),
    "kraken's names": (two(names=("Date", "XBTUSD", "ETHUSD")), "x.csv"),
    "units below": (two(names=("date", "BTC", "ETH")).replace("\n", "\n,USD,USD\n", 1), "x.csv"),
    "yfinance, two tickers": (table(MULTI, both_many), "x.csv"),
    "yfinance, two tickers, by ticker": (
        table(
            "Ticker,BTC-USD,BTC-USD,ETH-USD,ETH-USD\nPrice,Open,Close,Open,Close\nDate,,,,",
            lambda d, k: f"{iso(d)},1,{BTC[k]},2,{ETH[k]}",
        ),
        "x.csv",
    ),
    "yfinance, older": (
        table(",Close,Close,Volume,Volume\n,BTC-USD,ETH-USD,BTC-USD,ETH-USD\nDate,,,,", lambda d, k: f"{iso(d)},{BTC[k]},{ETH[k]},1,2"),
        "x.csv",
    ),
    "volumes beside": (table("date,BTC,BTC volume,ETH,ETH volume", lambda d, k: f"{iso(d)},{BTC[k]},5,{ETH[k]},6"), "x.csv"),
    "rows of coins": (
        table("date,symbol,close", lambda d, k: f"{iso(d)},BTCUSDT,{BTC[k]}\n{iso(d)},ETHUSDT,{ETH[k]}"),
        "x.csv",
    ),
    "every row twice": (two() + "\n" + two().partition("\n")[2], "x.csv"),
    "head again in the middle": ("\n".join([*two().split("\n")[:20], "date,BTC,ETH", *two().split("\n")[20:]]), "x.csv"),
    "hourly": (
        table("date,BTC,ETH", lambda d, k: "\n".join(f"{iso(d)} {h:02}:00,{BTC[k] + 23 - h},{ETH[k]}" for h in range(24))),
        "x.csv",
    ),
}  # fmt: skip

ONE: dict[str, tuple[str | bytes, str]] = {
    "yahoo": (one("Date,Open,High,Low,Close,Adj Close,Volume", FULL), "BTC-USD.csv"),
    "yahoo, copied": (
        one("Date\tOpen\tHigh\tLow\tClose *\tAdj Close **\tVolume", lambda d, c: "\t".join([d, *c, c[3], "2,250"]), lambda d: d.strftime("%b %d, %Y"), reverse=True),
        "BTC-USD.csv",
    ),
    "yfinance, one ticker": (one("Price,Close,High,Low,Open,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD\nDate,,,,,", "{0},{1[3]},{1[1]},{1[2]},{1[0]},5".format), "x.csv"),
    "yfinance, two lines": (one("Ticker,BTC-USD\nDate,", "{0},{1[3]}".format), "x.csv"),
    "binance, klines": (one("", KLINE, lambda d: unix(d, 1000)), "BTCUSDT-1d-2024.csv"),
    "binance, microseconds": (one("", KLINE, lambda d: unix(d, 10**6)), "BTCUSDT-1d-2025-01.csv"),
    "binance, with a header": (one("open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore", KLINE, lambda d: unix(d, 1000)), "BTCUSDT-1d.csv"),
    "binance, spaced header": (one("Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades,Taker buy base,Taker buy quote,Ignore", KLINE), "BTCUSDT.csv"),
    "tradingview": (one("time,open,high,low,close,Volume,MA,RSI", "{0},{1[0]},{1[1]},{1[2]},{1[3]},9,41000,55".format, unix), "BINANCE_BTCUSDT, 1D.csv"),
    "tradingview, iso": (one("time,open,high,low,close", OHLC, lambda d: f"{iso(d)}T00:00:00Z"), "CRYPTO_BTCUSD, 1D_e1f2a.csv"),
    "nasdaq": (one("Date,Close/Last,Volume,Open,High,Low", '{0},"${1[3]}",,"${1[0]}","${1[1]}","${1[2]}"'.format, lambda d: d.strftime("%m/%d/%Y"), reverse=True), "HistoricalData_BTC.csv"),
    "stooq": (one("Date,Open,High,Low,Close,Volume", FULL.__self__.replace(",{1[3]},2250", ",2250").format), "btcusd_d.csv"),
    "stooq, polish": (one("Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie", OHLC), "btcusd_d.csv"),
    "stooq, archive": (one("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>", "BTC.V,D,{0},000000,{1[0]},{1[1]},{1[2]},{1[3]},0,0".format, lambda d: d.strftime("%Y%m%d")), "btc.v.txt"),
    "kraken": (one("", "{0},{1[0]},{1[1]},{1[2]},{1[3]},12.5,300".format, unix), "XBTUSD_1440.csv"),
    "kraken, vwap": (one("time,open,high,low,close,vwap,volume,count", "{0},{1[0]},{1[1]},{1[2]},{1[3]},42000,12.5,300".format, unix), "XBTUSD_1440.csv"),
    "coinbase": (one("", "{0},{1[2]},{1[1]},{1[0]},{1[3]},12.5".format, unix, reverse=True), "BTC-USD.csv"),
    "bitfinex": (one("", "{0},{1[0]},{1[3]},{1[1]},{1[2]},12.5".format, lambda d: unix(d, 1000)), "tBTCUSD.csv"),
    "coingecko": (one("snapped_at,price,market_cap,total_volume", "{0} 00:00:00 UTC,{1[3]},8e11,2e10".format), "btc-usd-max.csv"),
    "coinmarketcap": (
        one('"timeOpen";"timeClose";"timeHigh";"timeLow";"name";"open";"high";"low";"close";"volume";"marketCap";"timestamp"', '"{0}T00:00:00.000Z";"{0}T23:59:59.999Z";"{0}T10:00:00.000Z";"{0}T11:00:00.000Z";"2781";{1[0]};{1[1]};{1[2]};{1[3]};1.5E10;8.2E11;"{0}T23:59:59.999Z"'.format, reverse=True),
        "Bitcoin_1_1_2024-2_14_2024_historical_data_coinmarketcap.csv",
    ),
    "investing": (one('"Date","Price","Open","High","Low","Vol.","Change %"', '"{0}","{1[3]}","{1[0]}","{1[1]}","{1[2]}","24.56K","-1.20%"'.format, lambda d: d.strftime("%m/%d/%Y"), reverse=True).encode("utf-8-sig"), "Bitcoin Historical Data.csv"),
    "investing, german": (
        table('"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"', lambda d, k: f'"{d:%d.%m.%Y}","{german(BTC[k])}","1,0","2,0","0,5","24,56K","-1,20%"', reverse=True),
        "Bitcoin Historische Daten.csv",
    ),
    "cryptodatadownload": (one("unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount", "{0},BTC/USDT,{1[0]},{1[1]},{1[2]},{1[3]},1,2,3".format, lambda d: f"{unix(d, 1000)},{iso(d)} 00:00:00", titles="https://www.CryptoDataDownload.com", reverse=True), "x.csv"),
    "fred": (one("DATE,BTC", "{0},{1[3]}".format), "x.csv"),
    "coin metrics": (one("time,PriceUSD", "{0},{1[3]}".format), "btc.csv"),
    "blockchain": (one('"Timestamp","market-price"', '"{0} 00:00:00",{1[3]}'.format), "bitcoin.csv"),
    "name in a title": (one("Date,Open,High,Low,Close", OHLC, titles="Daily prices of BTC-USD"), "x.csv"),
    "name in a column": (one("Date,Ticker,Open,High,Low,Close", "{0},BTC-USD,{1[0]},{1[1]},{1[2]},{1[3]}".format), "x.csv"),
    "date and price alone": (one("", "{0},{1[3]}".format), "btc.csv"),
    "price in dollars": (one("date;price (USD)", "{0};{1[3]}".format), "Bitcoin.csv"),
    "glassnode": (one("t,v", "{0},{1[3]}".format, unix), "btc.csv"),
    "quantmod": (one('"","BTC.USD.Open","BTC.USD.Close","BTC.USD.Volume"', '"{0}",{1[0]},{1[3]},5'.format), "x.csv"),
    "coingecko by api": (one("date,price,total_volumes,market_caps", "{0},{1[3]},1,2".format), "bitcoin.csv"),
    "okx": (one("ts,open,high,low,close,vol,confirm", "{0},{1[0]},{1[1]},{1[2]},{1[3]},5,1".format, lambda d: unix(d, 1000)), "BTC-USDT.csv"),
    "starts and ends": (one("Start,End,Open,High,Low,Close,Volume,Market Cap", "{0},{0},{1[0]},{1[1]},{1[2]},{1[3]},5,6".format), "bitcoin_2024.csv"),
    "names and symbols": (one("date,name,symbol,close", "{0},Bitcoin,BTC,{1[3]}".format), "x.csv"),
    "names of coingecko": (one("date,coin_id,price_usd", "{0},bitcoin,{1[3]}".format), "x.csv"),
    "german candles": (
        table("Datum;Eröffnung;Hoch;Tief;Schluss", lambda d, k: f"{d:%d.%m.%Y};1,5;2,5;0,5;{german(BTC[k])}"),
        "btc.csv",
    ),
    "okx by letters": (one("ts,o,h,l,c,vol,volCcy,volCcyQuote,confirm", "{0},{1[0]},{1[1]},{1[2]},{1[3]},5,6,7,1".format, lambda d: unix(d, 1000)), "BTC-USDT-SWAP.csv"),
    "coindesk": (one("Currency,Date,Closing Price (USD),24h Open (USD),24h High (USD),24h Low (USD)", "BTC,{0},{1[3]},{1[0]},{1[1]},{1[2]}".format), "BTC_USD_2024.csv"),
    "dollars as the head": (one("date,USD", "{0},{1[3]}".format), "bitcoin.csv"),
}  # fmt: skip


def read(content: str | bytes, name: str) -> PriceFile:
    """Read a file."""
    return read_prices(content.encode() if isinstance(content, str) else content, name)


@pytest.mark.parametrize(("content", "name"), TWO.values(), ids=TWO.keys())
def test_two_coins(content: str | bytes, name: str) -> None:
    """The same two columns, whatever the shape."""
    found = read(content, name)
    assert list(found.prices.columns) == ["BTC", "ETH"]
    assert [day.date() for day in found.prices.index] == DAYS
    np.testing.assert_allclose(found.prices.to_numpy(), np.column_stack([BTC, ETH]), rtol=1e-9)
    assert f"{N} days to {DAYS[-1]}" in found.words


@pytest.mark.parametrize(("content", "name"), ONE.values(), ids=ONE.keys())
def test_one_coin(content: str | bytes, name: str) -> None:
    """One coin's close, with its name."""
    found = read(content, name)
    assert list(found.prices.columns) == ["BTC"]
    assert found.is_named
    assert [day.date() for day in found.prices.index] == DAYS
    np.testing.assert_allclose(found.prices["BTC"], BTC, rtol=1e-9)
    assert found.words.startswith("read as one coin, BTC")


def test_the_line_says_what_was_taken() -> None:
    """One coin, which price, the separator, how many days to which."""
    assert read(*ONE["coinmarketcap"]).words == "read as one coin, BTC, close; semicolons; 45 days to 2024-02-14"
    assert read(*ONE["yahoo"]).words == "read as one coin, BTC, adjusted close; commas; 45 days to 2024-02-14"
    assert (
        read(*TWO["footers"]).words
        == "read as 2 coins; commas; 2 lines below the prices left out; 45 days to 2024-02-14"
    )
    assert "bars of 1 hour, of which the last of each day was taken" in read(*TWO["hourly"]).words


def test_an_adjusted_close_goes_before_the_close() -> None:
    """Of both the adjusted one counts."""
    content = table("Date,Close,Adj Close", lambda d, k: f"{iso(d)},{BTC[k] * 2},{BTC[k]}")
    np.testing.assert_allclose(read(content, "btc.csv").prices["BTC"], BTC)


def test_a_coin_that_nothing_names() -> None:
    """It is called COIN until somebody says which it is."""
    content = one("Date,Open,High,Low,Close", OHLC)
    found = read(content, "mine.csv")
    assert (list(found.prices.columns), found.is_named) == (["COIN"], False)
    named = read_prices(content.encode(), "mine.csv", "sol-usd")
    assert (list(named.prices.columns), named.is_named) == (["SOL"], True)
    with pytest.raises(InputError, match="a coin is named by a symbol"):
        read_prices(content.encode(), "mine.csv", "<b>")


def test_small_prices_keep_their_digits() -> None:
    """1e-6 dollars, with a point or with a comma."""
    for mark, separator in ((".", ","), (",", ";")):
        rows = [f"{iso(d)}{separator}{point(PEPE[k]).replace('.', mark)}" for k, d in enumerate(DAYS)]
        prices = read("\n".join([f"date{separator}PEPE", *rows]), "x.csv").prices
        np.testing.assert_allclose(prices["PEPE"], PEPE, rtol=1e-9)


@pytest.mark.parametrize(
    "cell", ["", "null", "NaN", "nan", "-", "–", "#N/A", "N/A", "n/a", "None", "NA", "--", "#VALUE!"]
)
def test_no_price(cell: str) -> None:
    """What people and programs write for no price."""
    content = two().replace(point(ETH[20]), cell)
    prices = read(content, "x.csv").prices
    assert math.isnan(prices["ETH"].iloc[20])
    assert prices["ETH"].notna().sum() == N - 1


@pytest.mark.parametrize("cell", ["0", "-3.5", "0.00", "−3.5", "-$3.50"])
def test_a_price_that_is_none_is_a_fault(cell: str) -> None:
    """Zero and negative prices are listed and stop nothing."""
    prices = read(two().replace(point(ETH[20]), cell), "x.csv").prices
    (zero,) = [fault for fault in faults(prices) if fault.kind == "zero"]
    assert (zero.symbol, zero.date) == ("ETH", DAYS[20])
    assert last_prices(prices)["ETH"] == ETH[-1]


MIXED = two(day=lambda d: d.strftime("%d/%m/%Y" if d.day != 20 else "%m/%d/%Y"))
MONTHS = [datetime.date(2021 + k // 12, k % 12 + 1, 1) for k in range(40)]
NONE: dict[str, tuple[str | bytes, str, str]] = {
    "html": (b"<!DOCTYPE html><html>", "x.csv", "web page"),
    "html, indented": (b"\n  <html><table><tr><td>2024-01-01</td></tr>", "x.csv", "web page"),
    "xml": (b"<?xml version='1.0'?><a/>", "x.csv", "web page"),
    "json": (b'{"prices": [[1, 2]]}', "x.csv", "JSON"),
    "json list": (b'[[1704067200000, "42000"]]', "x.csv", "JSON"),
    "xlsx": (b"PK\x03\x04\x14\x00\x06\x00", "x.xlsx", "spreadsheet"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.xls", "spreadsheet"),
    "gzip": (b"\x1f\x8b\x08\x00", "x.csv.gz", "gzip"),
    "parquet": (b"PAR1\x15\x04", "x.parquet", "Parquet"),
    "pdf": (b"%PDF-1.7", "x.pdf", "PDF"),
    "bytes": (bytes(range(1, 256)) * 9, "x.csv", "no text"),
    "empty": (b"", "x.csv", "is empty"),
    "words": (b"Too many requests, please try again\n" * 40, "x.csv", "no column of dates"),
    "formula": (two().replace(point(BTC[9]), '=HYPERLINK("http://x")').replace('"http://x"', "x"), "x.csv", "formula"),
    "euros by pair": (two(names=("date", "BTC-EUR", "ETH-EUR")), "x.csv", "EUR"),
    "euros by head": (one("Date,Open,High,Low,Close (EUR)", OHLC), "btc.csv", "EUR"),
    "euros by sign": (two(";", lambda v: f"{german(v)} €"), "x.csv", "EUR"),
    "euros by file": (one("Date,Open,High,Low,Close", OHLC), "BTC-EUR.csv", "EUR"),
    "euros by title": (one("Date,Open,High,Low,Close", OHLC, titles="Bitcoin, prices in EUR"), "btc.csv", "EUR"),
    "euros by column": (table("date,close,currency", lambda d, k: f"{iso(d)},{BTC[k]},EUR"), "btc.csv", "EUR"),
    "euros by ticker": (table("date,symbol,close", lambda d, k: f"{iso(d)},BTC/EUR,{BTC[k]}"), "x.csv", "EUR"),
    "pounds": (two(",", lambda v: f"£{v}"), "x.csv", "GBP"),
    "bitcoins": (two(names=("date", "ETH/BTC", "SOL/BTC")), "x.csv", "in BTC"),
    "no close": (one("Date,Open,High,Low", "{0},{1[0]},{1[1]},{1[2]}".format), "btc.csv", "no close"),
    "day or month": (
        "date,BTC\n" + "\n".join(f"{day:%d/%m/%Y},{k + 5}" for k, day in enumerate(MONTHS)),
        "x.csv",
        "can be 2024-04-01 .* or 2024-01-04",
    ),
    "day and month": (MIXED, "x.csv", "expected a date as"),
    "thousand or thousandth": (two(";", lambda v: f"{v:,.0f}"), "x.csv", r"can be \d+ or \d+\.\d{3}"),
    "thousand or thousandth, points": (two(";", lambda v: f"{v:,.0f}".replace(",", ".")), "x.csv", r"can be \d+ or"),
    "decimal commas between commas": (two(",", lambda v: f"{v:.2f}".replace(".", ",")), "x.csv", "decimal comma"),
    "groups of two": (two(",", lambda v: '"42,00.25"'), "x.csv", "expected a price"),
    "hours alone": (
        "date,BTC\n" + "\n".join(f"2024-01-01 {k % 24:02}:{k // 24:02},{40_000 + k}" for k in range(99)),
        "x.csv",
        "prices must be daily",
    ),
    "minutes": (
        "time,close\n" + "\n".join(f"{1704067200 + 60 * k},{40_000 + k}" for k in range(200)),
        "BTCUSD.csv",
        "these are 1 minutes? apart",
    ),
    "two prices of a day": (two() + f"\n{iso(DAYS[-1])},1,2", "x.csv", "stands there a second time"),
    "wrong last day": (two() + "\n2024-02-30,1,2", "x.csv", "expected a date such as 2024-01-31, not '2024-02-30'"),
    "script as a ticker": (table("date,symbol,close", lambda d, k: f"{iso(d)},<script>,{BTC[k]}"), "x.csv", "must name coins"),
    "euros behind": (two(",", lambda v: f"{v} EUR"), "x.csv", "EUR"),
    "thousands in letters": (two(",", lambda v: f"{v}K"), "x.csv", "expected a price"),
    "script": (two(names=("date", "<script>alert(1)</script>", "ETH")), "x.csv", "must be a symbol"),
    "image": (two(names=("date", "<img src=x onerror=alert(1)>", "ETH")), "x.csv", "must be a symbol"),
    "formula as a name": (two(names=("date", "=cmd|' /C calc'!A0", "ETH")), "x.csv", "must be a symbol"),
    "long name": (two(names=("date", "B" * 50, "ETH")), "x.csv", "must be a symbol"),
    "short row": (two().replace(f",{ETH[9]}", ""), "x.csv", "must hold 3 cells"),
    "open quote": (two().replace(iso(DAYS[5]), f'"{iso(DAYS[5])}'), "x.csv", "must|expected"),
    "candles of two coins, unnamed": (table("date,close,close", lambda d, k: f"{iso(d)},{BTC[k]},{ETH[k]}"), "x.csv", "second time"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "name", "sentence"), NONE.values(), ids=NONE.keys())
def test_what_is_no_price_file_gets_a_sentence(content: str | bytes, name: str, sentence: str) -> None:
    """One sentence that says what it is or where it is wrong, without a piece of the page."""
    with pytest.raises(InputError, match=sentence) as caught:
        read(content, name)
    assert len(str(caught.value)) < 260


@pytest.mark.parametrize(
    "name",
    [
        "BTCUSDT",
        "BTC-USD",
        "BTC/USDT:USDT",
        "BTC_close",
        "BTCUSD",
        "XBTUSD",
        "BTC-PERP",
        "BTC/USD",
        "BTC_USDT",
        "bitcoin",
        "btc price",
    ],
)
def test_names_of_bitcoin(name: str) -> None:
    """All of them are BTC."""
    assert column(name).coin == "BTC"


@pytest.mark.parametrize(
    ("name", "coin"),
    [("BNBUSD", "BNB"), ("WBTC", "WBTC"), ("STETH", "STETH"), ("FDUSD", "FDUSD"), ("USDCUSDT", "USDC"), ("SHIBUSDT", "SHIB"), ("HYPE-USD", "HYPE"), ("1000PEPEUSDT", "1000PEPE"), ("S-USD", "S"), ("TUSD", "TUSD"), ("USDT", "USDT"), ("BTC.D", "BTC.D")],
)  # fmt: skip
def test_names_that_look_like_pairs(name: str, coin: str) -> None:
    """Only the currency is cut off, and no part of a coin's own name."""
    assert pair(name)[0] == coin


def test_coins_that_are_called_like_prices() -> None:
    """HIGH and OPEN are coins too, where there is no close."""
    content = table("date,BTC,HIGH", lambda d, k: f"{iso(d)},{BTC[k]},{ETH[k]}")
    assert list(read(content, "x.csv").prices.columns) == ["BTC", "HIGH"]


@pytest.mark.parametrize(
    "name", ["prices.csv", "mine.csv", "02_ohlcv_adj.csv", "data 2024.csv", "<img src=x>.csv", "export.csv"]
)
def test_names_of_files_that_name_no_coin(name: str) -> None:
    """Nothing is made of them."""
    assert coin_in(Path(name).stem)[0] == ""


def test_a_long_file_reads_fast() -> None:
    """Ten years of fifty coins."""
    rng = np.random.default_rng(1)
    days = pd.date_range("2014-01-01", periods=3653, name="date")
    frame = pd.DataFrame(100 * np.exp(np.cumsum(0.03 * rng.standard_normal((3653, 50)), axis=0)), index=days, columns=[f"C{k}" for k in range(50)]).round(8)  # fmt: skip
    content = frame.to_csv().encode()
    start = time.process_time()
    found = load_prices(content)
    assert time.process_time() - start < 3.0
    pd.testing.assert_frame_equal(found, frame, check_freq=False, check_index_type=False)


def test_the_day_of_each_last_price() -> None:
    """A coin that ends early has its own last day."""
    content = two().replace(point(ETH[-1]), "").replace(point(ETH[-2]), "")
    assert last_days(read(content, "x.csv").prices) == {"BTC": DAYS[-1], "ETH": DAYS[-3]}


# ---- any table in any shape ------------------------------------------------------------------------------------------
DAY_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%b %d, %Y", "%d %B %Y", "%Y%m%d", "%Y-%m-%dT00:00:00Z", "%Y-%m-%d 00:00:00+00:00", "s", "ms", "us"]  # fmt: skip
NUMBERS: dict[str, Callable[[float], str]] = {
    "point": lambda v: f"{v:.6f}",
    "comma": lambda v: f"{v:.6f}".replace(".", ","),
    "thousands": lambda v: f"{v:,.6f}",
    "german": lambda v: f"{v:,.6f}".translate(str.maketrans(",.", ".,")),
    "apostrophes": lambda v: f"{v:,.6f}".replace(",", "'"),
    "thin blanks": lambda v: f"{v:,.6f}".replace(",", "\u2009"),
    "dollars": lambda v: f"${v:,.6f}",
}
SYMBOLS = st.sampled_from(["BTC", "ETH", "SOL", "ADA", "PEPE", "S", "X9", "WBTC", "FDUSD", "AVAX", "HIGHS", "1INCH"])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_table_in_any_shape_comes_back(data: st.DataObject) -> None:
    """Separator, encoding, dates, numbers, order, titles, footers and names at random: the same table is read."""
    symbols = data.draw(st.lists(SYMBOLS, min_size=1, max_size=5, unique=True))
    n_days = data.draw(st.integers(31, 80))
    first = data.draw(st.dates(datetime.date(2011, 1, 1), datetime.date(2026, 6, 1)))
    days = [first + datetime.timedelta(days=k) for k in range(n_days)]
    scale = data.draw(st.sampled_from([0.001, 1.0, 900.0, 60_000.0]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    prices = np.round(scale * rng.uniform(0.5, 2.0, (n_days, len(symbols))), 6)
    form, how = data.draw(st.sampled_from(DAY_FORMATS)), data.draw(st.sampled_from(sorted(NUMBERS)))
    separator = data.draw(st.sampled_from([",", ";", "\t"]))
    units = {"s": 1, "ms": 1000, "us": 10**6}

    def quoted(text: str) -> str:
        return f'"{text}"' if separator in text or data.draw(st.booleans()) else text

    rows = []
    for k in data.draw(st.sampled_from([range(n_days), range(n_days - 1, -1, -1)])):
        day = unix(days[k], units[form]) if form in units else days[k].strftime(form)
        cells = [day, *map(NUMBERS[how], prices[k])]
        rows.append(separator.join(f'"{cell}"' if separator in cell else cell for cell in cells))
    tail = data.draw(st.sampled_from(["", "-USD", "/USDT", " close", "_USDT"]))
    head = separator.join([quoted("Date"), *(quoted(symbol + tail) for symbol in symbols)])
    titles = data.draw(st.sampled_from([[], ["Daily closes"], ["# made at random"], ["Prices", "", "in US dollars"]]))
    footers = data.draw(st.sampled_from([[], ["Source: nobody"], ["", "end"]]))
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
    found = load_prices(end.join([*titles, head, *rows, *footers]).encode(encoding))
    assert list(found.columns) == symbols
    assert [day.date() for day in found.index] == days
    np.testing.assert_allclose(found.to_numpy(), prices, rtol=1e-12)


@settings(max_examples=300, deadline=None)
@given(
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
)
def test_anything_else_is_refused_in_a_sentence(content: bytes) -> None:
    """Whatever bytes come: a sentence and nothing else."""
    with pytest.raises(InputError):
        load_prices(content)


def test_the_date_that_is_named_shows_both_readings() -> None:
    """Where no date decides, one that reads differently is named, not 12/12."""
    rows = [f"{k:02}/{m:02}/2024,{100 + k + m}" for m in range(1, 13) for k in range(1, 13)]
    with pytest.raises(InputError, match=r"'11/12/2024' can be 2024-12-11 .* or 2024-11-12"):
        read("\n".join(["date,BTC", *rows]), "x.csv")
