"""What a venue says of one contract: its terms, its margin tiers, its order book."""

import itertools
import math
from typing import TYPE_CHECKING, Any

from hedge_widgets.market.venues import VENUES, Venue, VenueError, asking, checked, market, own_symbol
from hedge_widgets.model.limits import POSITIVE, Limit, spoken

if TYPE_CHECKING:
    import pandas as pd

FEE = Limit(-0.1, 0.1)
SHARE = Limit(1e-6, 1.0)
LEVERAGE = Limit(1.0, 1000.0)
TIME = Limit(1_230_940_800_000, 4_102_444_800_000)  # milliseconds, from the first bitcoin to 2100
HOURS = Limit(1, 24)
BOOK_DEPTH = 20  # levels of a side
BOOK_SIZES = (5, 10, 20, 50, 100, 500)  # what every venue answers to


def contract_terms(exchange: Any, symbol: str) -> "pd.DataFrame":
    """Return one row, indexed by ccxt's symbol: the contract's terms under the names of `ContractSpec`.

    ``lot_size`` and ``min_quantity`` are contracts, ``contract_multiplier`` base units (linear) or quote value
    (inverse) of one, ``min_notional`` quote currency, fees fractions, ``funding_interval`` hours.
    What the venue does not state is missing. ``fee_source`` is "venue" or, where the list that ccxt ships fills in,
    "ccxt".

    Raises
    ------
    VenueError
        If the venue cannot be read, or a value breaks its rule.
    """
    import pandas as pd

    terms = VENUES[exchange.id]
    entry = market(exchange, symbol)
    name = f"{terms.label} {entry['symbol']}"
    multiplier = _multiplier(terms, entry)
    per_contract = multiplier if terms.quantity_unit == "value" else 1.0
    with asking(exchange, entry["symbol"]):
        lowest, interval = entry["limits"], terms.funding_interval(entry["info"])
        lot = checked(name, "lot_size", entry["precision"]["amount"], POSITIVE) / per_contract
        smallest, notional = lowest["amount"]["min"], lowest["cost"]["min"]
    fees = {
        f"{side}_fee_rate": checked(name, f"{side}_fee_rate", entry[side], FEE) if terms.fee_source else math.nan
        for side in ("maker", "taker")
    }
    row = {
        "venue": terms.label,
        "venue_symbol": own_symbol(entry),
        "underlying": entry["base"],
        "quote": entry["quote"],
        "kind": _kind(entry),
        "contract_multiplier": multiplier,
        "lot_size": lot,
        "min_quantity": checked(name, "min_quantity", smallest, POSITIVE) / per_contract if smallest else lot,
        "min_notional": checked(name, "min_notional", notional, POSITIVE) if notional else math.nan,
        **fees,
        "fee_source": terms.fee_source,
        "funding_interval": checked(name, "funding_interval", interval, HOURS) if interval else math.nan,
    }
    return pd.DataFrame([row], index=pd.Index([entry["symbol"]], name="symbol"))


def leverage_tiers(exchange: Any, symbol: str) -> "pd.DataFrame":
    """Return the maintenance tiers a venue shows to everybody, in ascending order, indexed by tier from 1.

    ``cap`` (inclusive; ``inf`` where there is no end) is in the ``unit`` of the last column: contracts, quote or base;
    ``maintenance_rate`` is a fraction, ``max_leverage`` a number.

    Raises
    ------
    VenueError
        If the venue shows its tiers to accounts only, cannot be read, or a value breaks its rule.
    """
    import pandas as pd

    terms = VENUES[exchange.id]
    if terms.tier_refusal:
        raise VenueError(terms.tier_refusal)
    entry = market(exchange, symbol)
    name = f"{terms.label} {entry['symbol']}"
    with asking(exchange, entry["symbol"]):
        answer = exchange.fetch_market_leverage_tiers(entry["symbol"])
        rows = [_tier(name, tier) for tier in answer or ()]
    if not rows:
        raise VenueError(f"{name}: the venue gave no margin tiers")
    frame = pd.DataFrame(rows).sort_values("cap", kind="stable", ignore_index=True)
    frame["unit"] = terms.tier_units[_kind(entry)]
    _check_order(name, frame)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="tier")
    return frame


def _check_order(name: str, tiers: "pd.DataFrame") -> None:
    for field, is_right, rule in (
        ("cap", lambda before, after: after > before, "rise"),
        ("maintenance_rate", lambda before, after: after >= before, "not fall"),
        ("max_leverage", lambda before, after: after <= before, "not rise"),
    ):
        values = tiers[field].to_list()
        if not all(itertools.starmap(is_right, itertools.pairwise(values))):
            raise VenueError(
                f"{name}: {spoken(field)} must {rule} from tier to tier, not {', '.join(f'{v:g}' for v in values)}"
            )


def _tier(name: str, tier: dict[str, Any]) -> dict[str, float]:
    said = tier["info"]
    cap = tier["maxNotional"]
    leverage = checked(name, "max_leverage", tier["maxLeverage"], LEVERAGE)
    rate = tier["maintenanceMarginRate"]
    # Bybit writes some tables in percent; the initial margin, 1 / leverage as a fraction, tells which.
    if rate is not None and float(said.get("initialMargin") or 0) * leverage > 10:
        rate = rate / 100
    rate = checked(name, "maintenance_rate", rate, SHARE)
    if rate * leverage > 1 + 1e-9:
        raise VenueError(f"{name}: maintenance rate must be at most 1 / max leverage = {1 / leverage:g}, not {rate:g}")
    return {
        "cap": math.inf if cap is None else checked(name, "cap", cap, POSITIVE),
        "maintenance_rate": rate,
        "max_leverage": leverage,
    }


def order_book(exchange: Any, symbol: str, depth: int = BOOK_DEPTH) -> "pd.DataFrame":
    """Return the ``depth`` best bids and asks, best first, indexed by the venue's ``time`` (UTC).

    ``side`` is bid or ask, ``price`` quote currency per coin, ``amount`` base units whatever the contract is.

    Raises
    ------
    VenueError
        If the venue cannot be read, a value breaks its rule, or the best bid is not below the best ask.
    """
    import pandas as pd

    Limit(1, BOOK_SIZES[-1]).checked("depth", depth)
    terms = VENUES[exchange.id]
    entry = market(exchange, symbol)
    name = f"{terms.label} {entry['symbol']}"
    with asking(exchange, entry["symbol"]):
        book = exchange.fetch_order_book(entry["symbol"], next(size for size in BOOK_SIZES if size >= depth))
        stamp = int(checked(name, "time of the order book", book["timestamp"], TIME))
        bids, asks = (_levels(name, side, book[f"{side}s"][:depth]) for side in ("bid", "ask"))
    if not bids or not asks:
        raise VenueError(f"{name}: the order book must hold bids and asks, not {len(bids)} and {len(asks)}")
    if bids[0][1] >= asks[0][1]:
        raise VenueError(f"{name}: the best bid must lie below the best ask, not {bids[0][1]:g} against {asks[0][1]:g}")
    frame = pd.DataFrame(bids + asks, columns=["side", "price", "amount"])
    if terms.quantity_unit == "contracts":
        frame["amount"] *= _multiplier(terms, entry)
    if _kind(entry) == "inverse":
        frame["amount"] /= frame["price"]
    frame.index = pd.DatetimeIndex(pd.to_datetime([stamp] * len(frame), unit="ms", utc=True), name="time").as_unit("us")
    return frame


def _levels(name: str, side: str, levels: list[list[Any]]) -> list[tuple[str, float, float]]:
    return [
        (side, checked(name, f"{side} price", level[0], POSITIVE), checked(name, f"{side} amount", level[1], POSITIVE))
        for level in levels
    ]


def _kind(entry: dict[str, Any]) -> str:
    return "linear" if entry["linear"] else "inverse"


def _multiplier(terms: Venue, entry: dict[str, Any]) -> float:
    stated = terms.inverse_multiplier if entry["inverse"] and terms.inverse_multiplier else entry["contractSize"]
    return checked(f"{terms.label} {entry['symbol']}", "contract_multiplier", stated, POSITIVE)
