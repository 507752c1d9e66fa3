"""Yahoo through the real yfinance, answered on a loopback port: what is taken, what is refused, and in which words."""

import datetime
import json
import logging
import sys
from typing import Any

import numpy as np
import pytest
import requests

from hedge_widgets.market import facts, yahoo
from hedge_widgets.market.coin_names import known_coins
from hedge_widgets.market.yahoo import FetchError, fetch_history, stored_name
from hedge_widgets.model.limits import InputError
from tests.market.yahoo_server import (
    SAMPLES,
    UTC,
    Answer,
    Yahoo,
    bars,
    chart,
    error_answer,
    loopback_session,
    sample,
)

FIRST = datetime.date(2024, 11, 1)
NOW = datetime.datetime(2024, 11, 11, 15, tzinfo=UTC)
CLOSES = [100.0 + k for k in range(10)]

with_samples = pytest.mark.skipif(
    not SAMPLES.exists(), reason="waits for shared/data/yahoo_samples beside the checkout"
)


def fetched(session: requests.Session, symbol: str = "BTC-USD", first: datetime.date = FIRST) -> Any:
    """Fetch as of the afternoon of 2024-11-11."""
    return fetch_history(symbol, first, session=session, now=NOW)


def refused(session: requests.Session, symbol: str = "BTC-USD") -> FetchError:
    """Return the error of a fetch, which is one sentence that names the symbol."""
    with pytest.raises(FetchError) as caught:
        fetched(session, symbol)
    text = str(caught.value)
    assert stored_name(symbol) in text
    assert len(text) < 250
    assert text.isprintable()
    return caught.value


def test_a_good_answer(server: Yahoo, session: requests.Session) -> None:
    """Every finished day as Yahoo gave it, what was checked in words, and one request."""
    server.answers["BTC-USD"] = chart(CLOSES, FIRST, longName="Bitcoin USD")
    frame, details = fetched(session, "btc")
    assert frame["close"].to_list() == CLOSES
    assert frame["high"].to_list() == [close * 1.02 for close in CLOSES]
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
    assert (frame.dtypes == np.float64).all()
    assert [f"{day:%Y-%m-%d}" for day in frame.index[[0, -1]]] == ["2024-11-01", "2024-11-10"]
    assert (frame.index.name, frame.index.tz) == ("date", None)
    assert details["checked"] == "type CRYPTOCURRENCY, currency USD, name Bitcoin USD"
    assert details["left_out"] == "nothing"
    assert details["yfinance"]
    assert [symbol for symbol, _ in server.asked] == ["BTC-USD"]
    assert server.asked[0][1]["period1"] == str(int(datetime.datetime(2024, 11, 1, tzinfo=UTC).timestamp()))


def test_null_rows_and_the_live_bar_are_left_out(server: Yahoo, session: requests.Session) -> None:
    """A row without a close, one that is not a number, and today's bar, stamped with the time of the request."""
    closes = [*CLOSES[:3], None, *CLOSES[4:6], float("inf"), *CLOSES[7:], 105.0]
    server.answers["BTC-USD"] = chart(closes, FIRST, live=NOW)
    frame, details = fetched(session)
    assert frame["close"].to_list() == [*CLOSES[:3], *CLOSES[4:6], *CLOSES[7:]]
    assert details["left_out"] == "2024-11-04 without a close, 2024-11-07 without a close, 2024-11-11 not finished"


def test_a_live_bar_of_yesterday_is_not_finished(server: Yahoo, session: requests.Session) -> None:
    """Just after midnight the last bar can be yesterday's, stamped before its end; Yahoo's clock tells, not ours."""
    live = datetime.datetime(2024, 11, 10, 23, 58, tzinfo=UTC)
    server.answers["BTC-USD"] = chart(CLOSES, FIRST, live=live)
    frame, details = fetched(session)
    assert f"{frame.index[-1]:%Y-%m-%d}" == "2024-11-09"
    assert details["left_out"] == "2024-11-10 not finished"


def test_without_yahoos_clock_ours_tells(server: Yahoo, session: requests.Session) -> None:
    server.answers["BTC-USD"] = chart([*CLOSES, 105.0], FIRST, regularMarketTime=None)
    frame, details = fetched(session)
    assert frame["close"].to_list() == CLOSES
    assert details["left_out"] == "2024-11-11 not finished"


def test_many_missing_rows_are_counted(server: Yahoo, session: requests.Session) -> None:
    server.answers["BTC-USD"] = chart([1.0, *[None] * 8, 2.0], FIRST)
    assert fetched(session)[1]["left_out"].endswith("2024-11-05 without a close, 4 more")


def test_rows_out_of_order_and_doubled(server: Yahoo, session: requests.Session) -> None:
    """Ascending dates, each once."""
    document = bars(CLOSES, FIRST)
    result = document["chart"]["result"][0]
    order = [3, 1, 2, 0, 4, 9, 5, 6, 7, 8, 2, 4]
    result["timestamp"] = [result["timestamp"][k] for k in order]
    for group in result["indicators"].values():
        group[0].update({name: [values[k] for k in order] for name, values in group[0].items()})
    server.answers["BTC-USD"] = Answer(body=json.dumps(document).encode())
    frame, _ = fetched(session)
    assert frame["close"].to_list() == CLOSES
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique


@pytest.mark.parametrize("symbol", ["UNI", "uni-usd"])
def test_a_coin_whose_symbol_is_anothers_is_found(symbol: str, server: Yahoo, session: requests.Session) -> None:
    """The right ticker is asked for, and it is said; what Yahoo has under the plain one is never looked at."""
    server.answers["UNI-USD"] = chart([0.0002] * 10, FIRST, symbol="UNI-USD", longName="UNICORN Token USD")
    server.answers["UNI7083-USD"] = chart(CLOSES, FIRST, symbol="UNI7083-USD", longName="Uniswap USD")
    frame, details = fetched(session, symbol)
    assert frame["close"].to_list() == CLOSES
    assert details["yahoo_symbol"] == "UNI7083-USD"
    assert details["checked"].endswith("name Uniswap USD; asked for UNI7083-USD, because plain UNI-USD is another coin")
    assert [asked for asked, _ in server.asked] == ["UNI7083-USD"]


@pytest.mark.parametrize(
    ("symbol", "asked", "called"),
    [
        ("ARB", "ARB11841-USD", "ARbit USD"),
        ("UNI", "UNI7083-USD", "Unicorn\x1b[31m\nUSD"),
        ("BTC", "BTC-USD", "Bitcoin Cash USD"),
        ("BTC", "BTC-USD", "Wrapped Bitcoin USD"),
        ("SOL", "SOL-USD", None),
    ],
)
def test_another_coin_is_refused(
    symbol: str, asked: str, called: str | None, server: Yahoo, session: requests.Session
) -> None:
    """Both names are said, and how to take it all the same; a confirmed one is taken, and that is said."""
    server.answers[asked] = chart(CLOSES, FIRST, symbol=asked, longName=called)
    error = refused(session, symbol)
    assert (error.kind, error.confirm) == ("other coin", f"{symbol}={asked}")
    assert f"{symbol}-USD must be {known_coins()[f'{symbol}-USD'].names[0]}, and Yahoo calls {asked} '" in str(error)
    assert str(error).endswith(f"if that is your coin, confirm it with --as {symbol}={asked}")
    _, details = fetch_history(symbol, FIRST, session=session, now=NOW, confirmed=asked)
    assert details["checked"].endswith(f"; you confirmed that {asked} is this coin")


def test_a_coin_that_we_do_not_know_is_refused(server: Yahoo, session: requests.Session) -> None:
    server.answers["NEW-USD"] = chart(CLOSES, FIRST, symbol="NEW-USD", longName="New Thing USD")
    text = str(refused(session, "NEW"))
    assert text.startswith("NEW-USD is no coin that we know by name, and Yahoo calls NEW-USD 'New Thing USD'; ")
    assert text.endswith("confirm it with --as NEW=NEW-USD")


@pytest.mark.parametrize("called", ["Immutable USD", "ImmutableX USD", "IMMUTABLE X", "immutable usd"])
def test_a_name_is_known_in_any_writing(called: str, server: Yahoo, session: requests.Session) -> None:
    server.answers["IMX10603-USD"] = chart(CLOSES, FIRST, symbol="IMX10603-USD", longName=called)
    assert len(fetched(session, "IMX")[0]) == 10


def test_the_table_of_names() -> None:
    """Every coin once, a symbol of Yahoo's that begins with its own, and every coin that our tables speak of."""
    rows = facts.rows("yahoo_symbols.csv")
    coins = known_coins()
    assert len(coins) == len(rows)
    for row in rows:
        number = row["yahoo_symbol"].removeprefix(row["symbol"]).removesuffix("-USD")
        assert number.isdigit() or not number
        assert bool(number) == row["source"].startswith("Yahoo Finance: plain")
        assert all(name.strip() == name and name for name in coins[f"{row['symbol']}-USD"].names)
    ours = {*facts.moments().symbols, *(spec.underlying for spec in facts.contracts().values())} - {"XYZ"}
    assert {f"{symbol}-USD" for symbol in ours} <= set(coins)


ANSWERS = {
    "unknown symbol": (
        error_answer(404, "No data found, symbol may be delisted"),
        "unknown symbol",
        "Yahoo knows no BTC-USD, or no longer; look its symbol up",
    ),
    "rate limit": (
        Answer(status=429, body=b"Edge: Too Many Requests\n"),
        "rate limit",
        "429, rate limit.*quarter of an",
    ),
    "before the first bar": (
        error_answer(400, "Data doesn't exist for startDate = 1565740800, endDate = 1596067200"),
        "empty",
        "no prices of BTC-USD since 2024-11-01; ask from an earlier day",
    ),
    "only today": (chart([1.0], NOW.date(), live=NOW), "empty", "no finished day of BTC-USD since 2024-11-01"),
    "no bars": (
        Answer(body=b'{"chart":{"result":[{"meta":{"symbol":"BTC-USD"},"indicators":{"quote":[{}]}}],"error":null}}'),
        "delisted",
        "still lists BTC-USD but has no prices since 2024-11-01; it may be delisted",
    ),
    "other error": (
        error_answer(422, "1d data\nnot available"),
        "bad answer",
        "refuses to give BTC-USD: 1d data not av",
    ),
    "crumb": (
        Answer(status=401, body=b'{"finance":{"result":null,"error":{"description":"Invalid Crumb"}}}'),
        "bad answer",
        "holds no prices and no reason; try again later",
    ),
    "garbage": (Answer(body=b"<html>Sorry</html>"), "bad answer", r"cannot be understood \(JSONDecodeError: "),
    "no body": (Answer(body=b""), "bad answer", r"cannot be understood \(JSONDecodeError: "),
    "cut": (Answer(body=chart(CLOSES, FIRST).body[:900]), "bad answer", r"cannot be understood \(JSONDecodeError: "),
    "no JSON object": (Answer(body=b"[1, 2]"), "bad answer", "holds no prices and no reason"),
    "no indicators": (
        Answer(body=b'{"chart":{"result":[{"meta":{}}],"error":null}}'),
        "bad answer",
        r"cannot be understood \(KeyError: 'indicators'\)",
    ),
    **{
        f"status {status}": (
            Answer(status=status, body=body),
            "out of service",
            f"^Yahoo answers {status} instead of prices of BTC-USD: {why}; try again later$",
        )
        for status, body, why in [
            (500, b"oops", "it is out of service"),
            (500, error_answer(500, "Internal error").body, "it is out of service"),
            (502, b"", "it is out of service"),
            (503, b"<html>Service Unavailable</html>", "it is out of service"),
            (504, b"null", "it is out of service"),
            (403, b"Forbidden", "it refuses this computer or is down"),
            (403, b"{}", "it refuses this computer or is down"),
            (418, b"", "it refuses this computer or is down"),
        ]
    },
    "maintenance": (Answer(body=b"Will be right back..."), "bad answer", "CURRENTLY DOWN"),
    "another symbol": (
        chart(CLOSES, FIRST, symbol="ETH-USD"),
        "bad answer",
        "asked for BTC-USD and answered with ETH-USD",
    ),
    "a share": (
        chart(CLOSES, FIRST, instrumentType="EQUITY", longName="Bit Mining"),
        "wrong type",
        "BTC-USD must be a coin; at Yahoo it is Bit Mining, of the type EQUITY",
    ),
    "no type": (chart(CLOSES, FIRST, instrumentType=None), "wrong type", "of the type None"),
    "euro": (
        chart(CLOSES, FIRST, currency="EUR", longName="Bitcoin EUR"),
        "wrong currency",
        "BTC-USD must be quoted in USD; Yahoo quotes Bitcoin EUR in EUR",
    ),
}


@pytest.mark.parametrize(("answer", "kind", "sentence"), ANSWERS.values(), ids=ANSWERS.keys())
def test_no_prices_for_a_reason(
    answer: Answer, kind: str, sentence: str, server: Yahoo, session: requests.Session
) -> None:
    """The kind, a sentence that says what to do, and nothing taken."""
    server.answers["BTC-USD"] = answer
    error = refused(session)
    assert error.kind == kind
    assert error.args[0]
    with pytest.raises(FetchError, match=sentence):
        fetched(session)


RECORDED = {
    "chart_200_no_bars.json": (200, "delisted"),
    "error_400_before_first_bar.json": (400, "empty"),
    "error_401_invalid_crumb.json": (401, "bad answer"),
    "error_401_quote_without_crumb.json": (401, "bad answer"),
    "error_404_unknown_symbol.json": (404, "unknown symbol"),
    "error_422_intraday_too_old.json": (422, "bad answer"),
    "error_429_body.txt": (429, "rate limit"),
    "quote_empty.json": (200, "bad answer"),
}


@with_samples
@pytest.mark.parametrize("name", RECORDED)
def test_recorded_refusals(name: str, server: Yahoo, session: requests.Session) -> None:
    status, kind = RECORDED[name]
    server.answers["BTC-USD"] = Answer(status=status, body=sample(name))
    assert refused(session).kind == kind


@with_samples
def test_the_recorded_daily_answer(server: Yahoo, session: requests.Session) -> None:
    """Closes as the body has them, without its null row and its live bar."""
    body = sample("chart_btc_1d_ASSEMBLED_null_row_and_live_bar.json")
    server.answers["BTC-USD"] = Answer(body=body)
    frame, details = fetch_history("BTC", FIRST, session=session, now=datetime.datetime(2024, 12, 12, tzinfo=UTC))
    closes = json.loads(body)["chart"]["result"][0]["indicators"]["quote"][0]["close"]
    assert frame["close"].to_list() == [close for close in closes[:-1] if close is not None]
    assert details["left_out"] == "2024-11-18 without a close, 2024-12-11 not finished"
    assert details["name"] == "Bitcoin USD"


def test_every_recorded_answer_is_played() -> None:
    """A body that is added later needs its case here."""
    if not SAMPLES.exists():
        pytest.skip("the recorded answers are not beside this checkout")
    good = {"chart_btc_1d_ASSEMBLED_null_row_and_live_bar.json", "chart_btc_5m_range1d_REAL_cut.json", "NOTES.md"}
    assert {path.name for path in SAMPLES.iterdir()} == {*RECORDED, *good}


def test_offline(free_port: int) -> None:
    """Nobody listens: one sentence, and yfinance prints nothing of its own."""
    with loopback_session(free_port) as session:
        error = refused(session)
    assert error.kind == "offline"
    assert "Yahoo cannot be reached" in str(error)


def test_a_slow_answer(server: Yahoo, session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yahoo, "TIMEOUT_SECONDS", 0.1)
    server.answers["BTC-USD"] = Answer(body=chart(CLOSES, FIRST).body, seconds=0.5)
    error = refused(session)
    assert error.kind == "slow"
    assert "did not answer for BTC-USD within 0.1 s" in str(error)


def test_without_a_crumb_prices_still_come(server: Yahoo, session: requests.Session) -> None:
    """The crumb's rate limit does not touch the chart."""
    server.crumb_status = 429
    server.answers["BTC-USD"] = chart(CLOSES, FIRST)
    assert len(fetched(session)[0]) == 10


def test_a_failure_is_not_remembered(server: Yahoo, session: requests.Session) -> None:
    """A symbol that failed once is asked for anew in the same process."""
    assert refused(session, "XMR-USD").kind == "unknown symbol"
    server.answers["XMR-USD"] = chart(CLOSES, FIRST, symbol="XMR-USD")
    assert len(fetched(session, "XMR-USD")[0]) == 10


@pytest.mark.parametrize("is_good", [True, False])
def test_yfinance_is_left_as_it_was(
    is_good: bool, server: Yahoo, session: requests.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its settings come back and its log stays silent."""
    import yfinance

    logger = logging.getLogger("yfinance")
    before = (yfinance.config.debug.hide_exceptions, logger.level)
    if is_good:
        server.answers["BTC-USD"] = chart(CLOSES, FIRST)
        fetched(session)
    else:
        refused(session)
    assert (yfinance.config.debug.hide_exceptions, logger.level) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("symbol", "name"), [("btc", "BTC-USD"), ("BTC-USD", "BTC-USD"), ("BTC-EUR", "BTC-EUR"), ("1inch", "1INCH-USD")]
)
def test_a_symbols_name(symbol: str, name: str) -> None:
    assert stored_name(symbol) == name


@pytest.mark.parametrize("symbol", ["", "a b", "../x", "x" * 21, "BTC/USD", "BTC?x=1"])
def test_what_is_no_symbol_is_refused(symbol: str) -> None:
    with pytest.raises(InputError, match="a symbol must be 1 to 20 letters, digits, dots or dashes"):
        stored_name(symbol)


@pytest.mark.parametrize("first", [datetime.date(2008, 1, 1), datetime.date(2024, 11, 12)])
def test_the_first_day_lies_in_the_past(first: datetime.date, session: requests.Session) -> None:
    with pytest.raises(InputError, match=f"between 2009-01-03 and today \\(2024-11-11\\), not {first}"):
        fetched(session, first=first)


def test_without_yfinance(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names what to install."""
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(InputError, match="pip install yfinance"):
        fetch_history("BTC", FIRST, now=NOW)


def test_yfinances_own_session_is_the_default() -> None:
    """Yahoo answers only clients that look like browsers, and yfinance's own does."""
    assert yahoo.session() is None
