"""The derivatives venues that answer without an account: what their figures mean, and their errors as sentences."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hedge_widgets.model.limits import InputError, Limit, choice, spoken

TIMEOUT_SECONDS = 15


class VenueError(InputError):
    """A venue could not be read; the message says which, why and what to do.

    ``is_final`` tells that asking the same venue again now is useless: rate limit, no service here, no connection.
    """

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, kw_only=True)
class Venue:
    """What ccxt's answers of one venue mean.

    ``tier_units`` name the unit of its tiers by kind of contract (contracts, quote or base); without them
    ``tier_refusal`` says why. ``quantity_unit`` is what its quantities count: contracts, or "value", base units
    (linear) and quote value (inverse). ``fee_source`` is "venue" where the fees come with the contract, "ccxt" where
    they are the list ccxt ships, "" where neither is true. ``funding_pages`` is how the history is asked for: "newest"
    (the page that ends at a time), "windows" (of ``funding_rows`` hours) or "whole".
    """

    name: str
    label: str
    options: dict[str, Any] = field(default_factory=dict)
    tier_units: dict[str, str] = field(default_factory=dict)
    tier_refusal: str = ""
    quantity_unit: str = "contracts"
    inverse_multiplier: float | None = None
    fee_source: str = "ccxt"
    funding_pages: str = "windows"
    funding_rows: int = 1000
    funding_field: str = ""
    funding_interval: Callable[[dict[str, Any]], float | None] = lambda info: None


_PRIVATE = "Binance shows its margin tiers to accounts only, and no keys are used here; data/margin_tiers.csv is dated"
_NO_CALL = "the margin tiers of {} are not read: ccxt has no call for them"


def _divided(name: str, divisor: float) -> Callable[[dict[str, Any]], float | None]:
    return lambda info: float(info[name]) / divisor if info.get(name) else None


VENUES: dict[str, Venue] = {
    each.name: each
    for each in (
        Venue(name="binanceusdm", label="Binance USD-M", tier_refusal=_PRIVATE),
        Venue(name="binancecoinm", label="Binance COIN-M", tier_refusal=_PRIVATE, fee_source=""),
        Venue(
            name="bybit",
            label="Bybit",
            options={"fetchMarkets": {"types": ["linear", "inverse"]}},
            tier_units={"linear": "quote", "inverse": "base"},
            inverse_multiplier=1.0,  # one USD each; ccxt gives the smallest order instead
            fee_source="",
            funding_pages="newest",
            funding_rows=200,
            funding_interval=_divided("fundingInterval", 60),
        ),
        Venue(
            name="okx",
            label="OKX",
            options={"fetchMarkets": {"types": ["swap", "future"]}},
            tier_units={"linear": "contracts", "inverse": "contracts"},
            funding_pages="newest",
            funding_rows=100,
        ),
        Venue(
            name="hyperliquid",
            label="Hyperliquid",
            options={"fetchMarkets": {"types": ["swap"]}},
            tier_refusal=_NO_CALL.format("Hyperliquid"),
            funding_rows=500,
            funding_interval=lambda info: 1.0,
        ),
        Venue(
            name="krakenfutures",
            label="Kraken Futures",
            tier_units={"linear": "quote", "inverse": "contracts"},
            funding_pages="whole",
            funding_interval=lambda info: 1.0,
        ),
        Venue(
            name="deribit",
            label="Deribit",
            tier_refusal=_NO_CALL.format("Deribit"),
            quantity_unit="value",
            fee_source="venue",
            funding_rows=700,
            funding_field="interest_1h",  # ccxt gives the eight-hour figure of every hour: summed, eight times too much
            funding_interval=lambda info: 1.0,
        ),
        Venue(
            name="gate",
            label="Gate",
            options={
                "fetchMarkets": {"types": ["swap"]},
                "swap": {"fetchMarkets": {"settlementCurrencies": ["usdt"]}},  # the unit of its other tiers is unclear
            },
            tier_units={"linear": "quote"},
            funding_interval=_divided("funding_interval", 3600),
        ),
    )
}


def venue(name: str) -> Any:
    """Return a ccxt exchange for one of ``VENUES``, without keys, that asks no faster than the venue allows.

    A proxy named by the usual environment variables is used.

    Raises
    ------
    InputError
        If the venue is not on the list, or ccxt is not installed.
    """
    choice("venue", name, tuple(VENUES))
    try:
        import ccxt
    except ImportError:
        raise InputError(
            "data from a venue need the package ccxt, which is missing: pip install 'hedge-widgets[exchange]'"
        ) from None
    settings = {
        "timeout": 1000 * TIMEOUT_SECONDS,
        "requests_trust_env": True,
        "has": {"fetchCurrencies": False},  # nothing here needs the list of coins
        "options": VENUES[name].options,
    }
    return getattr(ccxt, name)(settings)


def market(exchange: Any, symbol: str) -> dict[str, Any]:
    """Return ccxt's entry of a linear or inverse contract, by ccxt's symbol or the venue's own.

    Raises
    ------
    VenueError
        If the venue cannot be read, or has no such contract.
    """
    label = VENUES[exchange.id].label
    with asking(exchange, symbol):
        exchange.load_markets()
    entries: dict[str, dict[str, Any]] = exchange.markets or {}
    if not entries:
        raise VenueError(f"{label} answered without a single contract; try again later", is_final=True)
    found = entries.get(symbol) or next((entry for entry in entries.values() if own_symbol(entry) == symbol), None)
    if found is None:
        base = symbol.replace("-", "/").partition("/")[0]
        others = [name for name, entry in entries.items() if entry["base"] == base and entry["swap"]][:3]
        hint = f"it has {', '.join(others)}" if others else "contracts are written like BTC/USDT:USDT"
        raise VenueError(f"{label} has no contract {symbol!r:.40}; {hint}")
    if not (bool(found["linear"]) ^ bool(found["inverse"])) or found["option"]:
        raise VenueError(f"{label} {symbol}: only linear and inverse futures are read, not {found['type']!r}")
    return found


def own_symbol(entry: dict[str, Any]) -> str:
    """Return the venue's own name of a contract in ccxt's list."""
    return str(entry.get("baseName") or entry["id"])  # Hyperliquid's id is a number, which its pages do not show


# What ccxt's parsers raise on an answer of another shape than they expect.
_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)


@contextmanager
def asking(exchange: Any, symbol: str) -> Iterator[None]:
    """Turn what ccxt raises inside the block into a `VenueError` of one sentence.

    Raises
    ------
    VenueError
        Instead of ccxt's errors, and of what its parsers raise on an answer they cannot read.
    """
    import ccxt

    label = VENUES[exchange.id].label
    try:
        yield
    except InputError:
        raise
    except ccxt.BaseError as error:
        raise _in_words(label, symbol, error, exchange.timeout / 1000) from error
    except _UNREADABLE as error:
        raise VenueError(f"{label} answered for {symbol} in a form that cannot be read; try again later") from error


def _in_words(label: str, symbol: str, error: Exception, seconds: float) -> VenueError:
    import ccxt

    status = _http_status(error)
    if status == 451 or isinstance(error, ccxt.RestrictedLocation):
        return VenueError(f"{label} does not serve this country or network; choose another venue", is_final=True)
    if status == 403:
        text = "it does not serve this country, or was asked too often; choose another venue or wait"
        return VenueError(f"{label} refuses this computer's address (HTTP 403): {text}", is_final=True)
    if status in (418, 429) or isinstance(error, ccxt.RateLimitExceeded | ccxt.DDoSProtection):
        return VenueError(f"{label} was asked too often for now; wait some minutes and fetch again", is_final=True)
    if isinstance(error, ccxt.AuthenticationError):
        return VenueError(f"{label} answers this to accounts only, and no keys are used here ({symbol})")
    if isinstance(error, ccxt.BadSymbol):
        return VenueError(f"{label} does not know the contract {symbol}")
    if (status or 0) >= 500 or (status is None and isinstance(error, ccxt.ExchangeNotAvailable)):
        text = f" (HTTP {status})" if status else ""
        return VenueError(f"{label} is out of service for now{text}; try again later", is_final=True)
    if isinstance(error, ccxt.RequestTimeout):
        return VenueError(f"{label} did not answer within {seconds:g} seconds; try again later", is_final=True)
    if status is None and isinstance(error, ccxt.NetworkError):
        return VenueError(f"{label} could not be reached; check the connection", is_final=True)
    said = " ".join(re.sub(r"https?://\S+", "", str(error)).split())
    return VenueError(f"{label} refused the question about {symbol}: {type(error).__name__}, {said:.120}")


def _http_status(error: BaseException | None) -> int | None:
    """Return the status of the answer behind an error: ccxt's classes differ from venue to venue, a status does not."""
    while error is not None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status is not None:
            return int(status)
        error = error.__cause__ or error.__context__
    return None


def checked(name: str, field: str, value: Any, limit: Limit) -> float:
    """Return a number of a venue's as float.

    Raises
    ------
    VenueError
        If it is missing, not a number or outside the limit; it names the contract, the field and the value.
    """
    try:
        is_right = limit.low <= float(value) <= limit.high and not isinstance(value, bool)
    except (TypeError, ValueError, OverflowError):
        is_right = False
    if not is_right:
        rule = f"a finite number from {limit.low:g} to {limit.high:g}"
        raise VenueError(f"{name}: {spoken(field)} must be {rule}, not {value!r:.40}")
    return float(value)
