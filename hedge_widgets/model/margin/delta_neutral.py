"""Whether a venue's delta-neutral mode puts a coin's futures last in the queue of deleveraging (docs/model.md 3.7).

The condition is on coins of ONE kind in ONE account: what is long of it against what is short of it there. A short on
one coin against another coin never meets it, and dollars do not count.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, SIGNED, Limit, Numeric, choice, missing_as_none

PLACES = ("account", "wallet", "elsewhere")  # the futures' account, the venue's wallet beside it, anywhere else
STATUSES = ("rule", "part", "whitelist", "none")
YES, NO, NOT_KNOWN, NOTHING = range(4)
(
    MEETS_IT,
    NO_FUTURE,
    NO_MODE,
    MODE_OFF,
    OTHER_QUOTE,
    OTHER_QUOTE_NOT_KNOWN,
    NO_COIN,
    COINS_OUTSIDE,
    OPTIONS_ONLY,
    SAME_SIDE,
    TOO_FAR,
    PART_NOT_KNOWN,
    LIST_NOT_KNOWN,
) = range(13)
_UNKNOWN = (OTHER_QUOTE_NOT_KNOWN, PART_NOT_KNOWN, LIST_NOT_KNOWN)


@dataclass(frozen=True, kw_only=True)
class DeltaNeutralRules:
    """What a venue asks of an account whose hedged futures it closes last, with source and date.

    ``status`` is "rule" (``limit`` is the largest relative difference, itself not allowed where ``is_strict``), "part"
    (the hedged part of a position is closed later), "whitelist" (whom the venue chose, limits not published) or "none".
    ``outside`` is what the venue calls the wallet that does not count; ``is_other_quote_known`` tells that the venue
    says of futures quoted in a coin (ETHBTC) that they hedge nothing.
    """

    venue: str
    status: str
    limit: float | None = None
    is_strict: bool = False
    counts_options: bool = False
    is_other_quote_known: bool = False
    outside: str = ""
    requirement: str = ""
    note: str = ""
    source: str = ""
    date: str = ""

    def __post_init__(self) -> None:
        choice("status", self.status, STATUSES)
        if self.status == "rule" or self.limit is not None:
            Limit(1e-6, 0.5).checked("limit of the relative difference", self.limit)


@dataclass(frozen=True, kw_only=True)
class CoinDeltas:
    """What a book has of one coin, as coins of delta (negative = short); every number may be an array.

    Coins held by place: in the futures' ``account``, in the venue's ``wallet`` beside it, or ``elsewhere`` (another
    sub-account, an own wallet, another venue). ``futures`` are those quoted in dollars, one number each: contracts
    times multiplier, or N / P of an inverse one. ``other_quoted`` are futures quoted in a coin (ETHBTC), ``options``
    the delta of options.
    """

    coin: str
    account: Numeric = 0.0
    wallet: Numeric = 0.0
    elsewhere: Numeric = 0.0
    futures: tuple[Numeric, ...] = ()
    other_quoted: Numeric = 0.0
    options: Numeric = 0.0

    def __post_init__(self) -> None:
        for name in (*PLACES, "other_quoted", "options"):
            object.__setattr__(self, name, SIGNED.checked(f"{name} of {self.coin}", getattr(self, name)))
        futures = tuple(SIGNED.checked(f"futures of {self.coin}", one) for one in self.futures)
        object.__setattr__(self, "futures", futures)


@dataclass(frozen=True, kw_only=True)
class DeltaNeutrality:
    """What a venue makes of one coin of a book; deltas are coins, >= 0.

    ``relative_difference`` is |long - short| over the larger side (None: neither). ``verdict`` is YES, NO, NOT_KNOWN or
    NOTHING (no future that could be closed), ``reason`` a code of this module. With the short as it is, what is long
    must lie from ``low`` to ``high`` (None without a limit, or a short); ``missing`` is how far it is from there, what
    is too much negative.
    """

    long: Any
    short: Any
    relative_difference: Any
    verdict: Any
    reason: Any
    low: Any
    high: Any
    missing: Any


def delta_neutrality(book: CoinDeltas, rules: DeltaNeutralRules, *, is_switched_on: bool = True) -> DeltaNeutrality:
    """Return whether a coin's futures are closed last at a venue, why, and by how many coins they are not.

    Sums of both sides, not of the net: a long and a short future of one coin hedge each other too (Binance FAQ
    4ac2d994, Bybit API v5 ``netDeltaRatio``). The account's requirements (level, kind of account) are taken as met.
    """
    counted = [book.account, *book.futures, *([book.options] if rules.counts_options else [])]
    long = sum((np.maximum(one, 0.0) for one in counted), start=np.zeros(()))
    short = sum((np.maximum(np.negative(one), 0.0) for one in counted), start=np.zeros(()))
    larger = np.maximum(long, short)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = np.where(larger > 0, np.abs(long - short) / larger, np.nan)
    # Sums of decimals that meet the limit exactly do not miss it by what binary fractions leave.
    limit, guard = rules.limit if rules.limit is not None else np.nan, -1e-12 if rules.is_strict else 1e-12
    low, high = short * (1.0 - limit), short / (1.0 - limit)
    has_range = (short > 0) & (rules.limit is not None)
    missing = np.where(long < low, low - long, np.where(long > high, high - long, 0.0))
    reason = _reason(book, rules, is_switched_on, (long, short), difference > limit + guard)
    values = (long, short, difference, _verdict(reason), reason)
    ends = (np.where(has_range, value, np.nan) for value in (low, high, missing))
    names = DeltaNeutrality.__dataclass_fields__
    return DeltaNeutrality(**dict(zip(names, map(missing_as_none, (*values, *ends)), strict=True)))


def _reason(book: CoinDeltas, rules: DeltaNeutralRules, is_on: bool, sides: tuple[Any, Any], is_too_far: Any) -> Any:
    """Return the first code that holds, of what stands in the way from the venue down to the coins."""
    long, short = sides
    has_future = np.any([np.not_equal(one, 0.0) for one in (*book.futures, np.zeros(()))], axis=0)
    outside = np.add(np.abs(book.wallet), np.abs(book.elsewhere)) > 0
    is_alone = (long == 0) | (short == 0)
    has_options = np.not_equal(book.options, 0.0) & (not rules.counts_options)
    known = {"rule": MEETS_IT, "part": PART_NOT_KNOWN, "whitelist": LIST_NOT_KNOWN, "none": NO_MODE}[rules.status]
    has_other = np.not_equal(book.other_quoted, 0.0)
    cases = {
        NO_FUTURE: ~has_future & ~has_other,
        NO_MODE: np.asarray(rules.status == "none"),
        MODE_OFF: np.asarray(not is_on),
        OTHER_QUOTE if rules.is_other_quote_known else OTHER_QUOTE_NOT_KNOWN: ~has_future,
        SAME_SIDE: is_alone & np.not_equal(book.account, 0.0),
        COINS_OUTSIDE: is_alone & outside,
        OPTIONS_ONLY: is_alone & has_options,
        NO_COIN: is_alone,
        TOO_FAR: is_too_far & (rules.status == "rule"),
    }
    conditions = np.broadcast_arrays(*cases.values(), long)[:-1]
    return np.select(conditions, list(cases), default=known)


def _verdict(reason: Any) -> Any:
    conditions = [reason == MEETS_IT, reason == NO_FUTURE, np.isin(reason, _UNKNOWN)]
    return np.select(conditions, [YES, NOTHING, NOT_KNOWN], default=NO)


def whole_shorts(long: Any, limit: float, step: Any) -> tuple[Any, Any]:
    """Return the fewest and the most steps of a short (>= 0) that qualify against ``long`` coins.

    ``step`` is the coins of the smallest change of the short. The fewest exceed the most where no whole number does.
    """
    long, step = AMOUNT.checked("coins held", long), POSITIVE.checked("step of the short", step)
    Limit(1e-6, 0.5).checked("limit of the relative difference", limit)
    fewest, most = np.divide(np.multiply(long, 1.0 - limit), step), np.divide(np.divide(long, 1.0 - limit), step)
    return missing_as_none(np.ceil(fewest * (1 - 1e-12))), missing_as_none(np.floor(most * (1 + 1e-12)))


def inverse_drift(limit: float) -> tuple[float, float]:
    """Return the (fall, rise) of the price at which a hedge that began even is off by the limit.

    Of an inverse short, whose delta N / P falls as the price rises, and of a hedge of a fixed number of dollars: with
    the coins as they are, |1 - 1 / x| over the larger of 1 and 1 / x is the limit at x = 1 - limit, 1 / (1 - limit).
    """
    Limit(1e-6, 0.5).checked("limit of the relative difference", limit)
    return -limit, 1.0 / (1.0 - limit) - 1.0
