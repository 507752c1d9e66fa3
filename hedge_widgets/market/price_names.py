"""Which coin, which price and which currency a column, a title or the name of a price file means."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from hedge_widgets.market.facts import contracts, moments, sample_parameters
from hedge_widgets.model.portfolio import is_symbol

Kind = Literal["", "close", "adjusted", "other"]

DOLLARS = ("USDT", "USDC", "USD", "FDUSD", "BUSD", "TUSD")
CURRENCIES = ("EUR", "GBP", "JPY", "KRW", "CHF", "CAD", "AUD", "INR", "BRL", "TRY", "CNY", "RUB", "PLN", "MXN", "SEK")
COIN_QUOTES = ("BTC", "ETH", "BNB", "XBT")
SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₩": "KRW", "₹": "INR", "₽": "RUB", "₺": "TRY", "zł": "PLN"}
NAMES = {
    "bitcoin cash": "BCH",
    "ethereum classic": "ETC",
    "binance coin": "BNB",
    "shiba inu": "SHIB",
    "near protocol": "NEAR",
    "internet computer": "ICP",
    "bitcoin": "BTC",
    "ethereum": "ETH",
    "ether": "ETH",
    "solana": "SOL",
    "cardano": "ADA",
    "ripple": "XRP",
    "dogecoin": "DOGE",
    "litecoin": "LTC",
    "chainlink": "LINK",
    "polkadot": "DOT",
    "avalanche": "AVAX",
    "polygon": "MATIC",
    "uniswap": "UNI",
    "toncoin": "TON",
    "tron": "TRX",
    "stellar": "XLM",
    "cosmos": "ATOM",
    "monero": "XMR",
    "filecoin": "FIL",
    "aptos": "APT",
    "arbitrum": "ARB",
    "optimism": "OP",
    "hedera": "HBAR",
    "aave": "AAVE",
    "hyperliquid": "HYPE",
    "tether": "USDT",
    "xbt": "BTC",
    "xdg": "DOGE",
}
_WORDS = {
    "close": "close closes closing last price prices value rate zuletzt schluss schlusskurs kurs preis cierre precio "
    "prix dernier ultimo último zamkniecie zamknięcie closeprice lastprice closingprice",
    "adjusted": "adj adjusted adjclose adjustedclose",
    "candle": "open high low eröffn eröffnung eröffnungskurs hoch tief otwarcie najwyzszy najnizszy najwyższy "
    "najniższy apertura máximo mínimo ouverture haut bas openprice highprice lowprice",
    "other": "volume vol volumes cap caps marketcap mcap capitalization supply count trades tradecount change changes "
    "chg turnover vwap average avg weighted amount bid ask mid dividends splits interest openint return returns rank "
    "time timeframe timestamp date day unix epoch name symbol ticker coin asset pair currency base quote exchange id "
    "index unnamed ignore taker trade number wolumen per dominance",
    "filler": "in of the at a an daily day spot market eod us quoted historical 24h mkt denominated crypto",
    "no coin": "price prices data history historical daily ohlc ohlcv close closes export table mine my own crypto "
    "coin coins in chart test file max full all binance kraken coinbase bitstamp yahoo from to usd and the per value "
    "values",
}
_CLOSE, _ADJUSTED, _OPEN_HIGH_LOW, _MORE, _FILLERS, _GENERIC = (frozenset(words.split()) for words in _WORDS.values())
_OTHER = _OPEN_HIGH_LOW | _MORE
_PAIR_TAIL = re.compile(r"(?:[-_.]?PERP(?:ETUAL)?|-SWAP|\.P|\.CC|\.V|=X|=F)$")


@dataclass(frozen=True)
class Named:
    """What the head of a column says: which ``kind`` of price ("" unsaid), whose ("" unsaid), in which currency."""

    kind: Kind
    coin: str
    currency: str
    is_open_high_low: bool = False


@cache
def known_symbols() -> frozenset[str]:
    """Return the symbols that are known here, by which a name without a separator is cut: BNBUSD, FDUSD."""
    shipped = {*moments().symbols, *sample_parameters("volatility"), *(c.underlying for c in contracts().values())}
    more = "USDT USDC DAI FDUSD TUSD PYUSD BUSD RLUSD GUSD WBTC STETH POL OP W S ENA WIF INJ SEI TIA ARB BONK JUP HYPE"
    return frozenset({*shipped, *NAMES.values(), *more.split()} - {"USD"})


def pair(text: str) -> tuple[str, str]:
    """Return (coin, currency or "") of the name of a pair, in any exchange's spelling.

    Examples
    --------
    >>> [pair(name) for name in ("BTC/USDT:USDT", "BINANCE:BNBUSD", "ETH-EUR", "XXBTZUSD", "fdusd")]
    [('BTC', 'USDT'), ('BNB', 'USD'), ('ETH', 'EUR'), ('BTC', 'USD'), ('FDUSD', '')]
    """
    name = text.strip(" :").removeprefix("^")
    name = name[1:] if re.fullmatch(r"t[A-Z0-9]{6,}", name) else name  # Bitfinex
    base, slash, quote = name.upper().partition("/")
    base = base.rpartition(":")[2]
    base, quote = (base, quote.partition(":")[0]) if slash else (_PAIR_TAIL.sub("", base), "")
    if kraken := re.fullmatch(r"X([A-Z]{3})Z([A-Z]{3})", base):
        base, quote = kraken.groups()
    if not quote:
        front, mark, back = _dashed(base)
        base, quote = (front, back) if mark else _cut(base)
    return NAMES.get(base.lower(), base), "BTC" if quote == "XBT" else quote


def _dashed(name: str) -> tuple[str, str, str]:
    for mark in "-_":
        front, found, back = name.rpartition(mark)
        if found and front and back in (*DOLLARS, *CURRENCIES, *COIN_QUOTES):
            return front, found, back
    return name, "", ""


def _cut(name: str) -> tuple[str, str]:
    """Return (coin, currency or "") of a name without a separator."""
    if name in known_symbols():
        return name, ""
    ends = [end for end in (*DOLLARS, *CURRENCIES, *COIN_QUOTES) if name.endswith(end) and name != end]
    for end in ends:
        if name.removesuffix(end) in known_symbols() or NAMES.get(name.removesuffix(end).lower()):
            return name.removesuffix(end), end
    # Of an unknown coin only what is hardly a part of its own name is cut off.
    for end in ends:
        if end in ("USDT", "USD", "EUR", "GBP") and len(name) - len(end) >= (1 if end == "USDT" else 3):
            return name.removesuffix(end), end
    return name, ""


def currency_of(words: set[str]) -> str:
    """Return the currency that words in capitals name, another than dollars first; "" for none."""
    found = [word for word in (*CURRENCIES, *DOLLARS) if word in words]
    euros = {"EURO": "EUR", "EUROS": "EUR", "POUNDS": "GBP", "YEN": "JPY"}
    return next((euros[word] for word in euros if word in words), found[0] if found else "")


def signed_currency(text: str) -> str:
    """Return the currency whose sign stands in a text, "" for none or the dollar's."""
    return next((code for sign, code in SIGNS.items() if sign in text), "")


def column(text: str) -> Named:
    """Return what the head of a column means.

    Examples
    --------
    >>> column("Adj Close"), column("BTC_close")
    (Named(kind='adjusted', coin='', currency='', is_open_high_low=False), \
Named(kind='close', coin='BTC', currency='', is_open_high_low=False))
    >>> column("PriceUSD").currency, column("('Volume', 'BTC-USD')").kind
    ('USD', 'other')
    """
    plain = re.sub(r"\s*/\s*", "/", text.strip())
    if plain[1:-1].lower() in _CLOSE | _OTHER:  # "<CLOSE>"
        plain = plain.strip("<>")
    words = [word for word in re.split(r"[\s_,;|()\[\]{}'\"*#%$€£¥₩₹₽₺]+", plain) if word]
    if [word.upper() for word in words] in [["USD"], *([code] for code in CURRENCIES)]:
        return Named("close", "", words[0].upper())
    words = [part for word in words for part in _parts(word)]
    lower = {word.lower().rstrip(".:") for word in words}
    is_close, is_adjusted = bool(lower & _CLOSE), bool(lower & _ADJUSTED)
    kind: Kind = "other" if lower & _OTHER else "adjusted" if is_adjusted else "close" if is_close else ""
    left = [word for word in words if word.lower().rstrip(".:") not in _CLOSE | _ADJUSTED | _OTHER | _FILLERS]
    sign = signed_currency(text)
    leads = bool(words) and words[0].lower() in _CLOSE | _ADJUSTED
    coin, currency = _coin(left, leads=leads or [word.upper() for word in left] == ["USD"])
    return Named(kind, coin, sign or currency, bool(lower & _OPEN_HIGH_LOW))


def _parts(word: str) -> list[str]:
    """Return the parts of "Close/Last", "BTC.USD.Close" and "PriceUSD", and any other word whole."""
    for parts in (re.split(r"[-/:.]", word), re.split(r"(?<=[a-z])(?=[A-Z])", word)):
        if len(parts) > 1 and {part.lower() for part in parts} & (_CLOSE | _ADJUSTED | _OTHER):
            said = [part for part in parts if part.lower() in _CLOSE | _ADJUSTED | _OTHER | _FILLERS]
            rest = "-".join(part for part in parts if part not in said)
            return [*said, *([rest] if rest else [])]
    return [word]


def _coin(words: list[str], *, leads: bool) -> tuple[str, str]:
    """Return (coin or "", currency or "") of the words beside the kind of price, which ``leads`` or stands behind."""
    currency = ""
    # "price USDT" is a price in USDT, "USDT price" that of USDT.
    if words and (len(words) > 1 or leads) and words[-1].upper() in (*DOLLARS, *CURRENCIES):
        currency, words = words[-1].upper(), words[:-1]
    if name := NAMES.get(" ".join(words).lower()):
        return name, currency
    if not words:
        return "", currency
    if len(words) == 2 and words[1].upper() in NAMES.values() and NAMES.get(words[0].lower()):  # "Bitcoin (BTC)"
        words = words[1:]
    coin, quote = pair(words[0]) if len(words) == 1 else (" ".join(words), "")
    return coin, quote or currency


def coin_in(text: str) -> tuple[str, str]:
    """Return (coin or "", currency or "") that a title or the name of a file says.

    Examples
    --------
    >>> [coin_in(name) for name in ("btc-usd-max", "BINANCE_SOLUSDT, 1D", "Bitcoin Historical Data", "prices eur")]
    [('BTC', 'USD'), ('SOL', 'USDT'), ('BTC', ''), ('', 'EUR')]
    """
    words = [word for word in re.split(r"[^A-Za-z0-9€£¥]+", text) if word]
    currency = signed_currency(text) or currency_of({word.upper() for word in words})
    quotes = (*DOLLARS, *CURRENCIES)
    for word, after in zip(words, [*words[1:], ""], strict=False):
        coin, quote = pair(word)
        quote = after.upper() if after.upper() in quotes else quote
        is_plain = word.lower() in _GENERIC or word.upper() in quotes or not re.search("[A-Za-z]", word)
        if not is_plain and (coin in known_symbols() or (quote and coin.lower() not in _GENERIC)) and is_symbol(coin):
            return coin, quote or currency
    lower = f" {' '.join(words).lower()} "
    for name, coin in NAMES.items():
        if f" {name} " in lower:
            return coin, currency
    is_ticker = len(words) == 1 and re.fullmatch(r"[A-Z0-9]{2,10}", words[0]) and re.search("[A-Z]", words[0])
    return (words[0] if is_ticker and words[0].lower() not in _GENERIC else ""), currency
