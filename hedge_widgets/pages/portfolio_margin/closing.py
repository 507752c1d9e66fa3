"""Which hedge a venue closes first, and what coins in the account carry: sentences and tables, made at rest."""

from collections.abc import Mapping, Sequence

from hedge_widgets.market.facts import stress_events
from hedge_widgets.market.margin_terms import coin_accounts, delta_neutral_rules
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.model.margin import (
    CoinDeltas,
    DeltaNeutrality,
    DeltaNeutralRules,
    closed_on_the_way,
    deleveraging_score,
    delta_neutrality,
    queue_place,
)
from hedge_widgets.model.margin import delta_neutral as codes
from hedge_widgets.model.portfolio_margin.coin_margin import (
    CoinAccount,
    CoinShare,
    days_until,
    largest_short,
    liquidation_move,
    payable,
)
from hedge_widgets.model.portfolio_margin.picture import PortfolioMarginPicture
from hedge_widgets.pages.book import joined
from hedge_widgets.style import formatted
from hedge_widgets.widgets.ages import cited
from hedge_widgets.widgets.tables import figures_table, note

CRASH = "2025-10-10"
_LEVERAGES = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 25.0, 50.0)  # of the other shorts in the example of a queue
_VERDICTS = {codes.YES: "yes", codes.NO: "no", codes.NOT_KNOWN: "not known", codes.NOTHING: "nothing to close"}
_REASONS = {
    codes.MEETS_IT: "Coins and futures differ by {difference}; {limit} is allowed.",
    codes.NO_FUTURE: "There is no future that it could close.",
    codes.NO_MODE: "It has no such mode. {note}",
    codes.MODE_OFF: "The mode is switched off.",
    codes.OTHER_QUOTE: "A future quoted in another coin hedges nothing here.",
    codes.OTHER_QUOTE_NOT_KNOWN: "Whether a future quoted in another coin counts is not known.",
    codes.NO_COIN: "There is no {coin} beside the future. A future in {coin} against other coins never qualifies.",
    codes.COINS_OUTSIDE: "Your {coin} is outside this account, and what lies in {outside} does not count.",
    codes.OPTIONS_ONLY: "Options do not count.",
    codes.SAME_SIDE: "Coins and futures are on the same side.",
    codes.TOO_FAR: "Coins and futures differ by {difference}, and {limit} is allowed: {trade}.",
    codes.PART_NOT_KNOWN: "It closes the hedged part of a position later; how it counts that part was not found.",
    codes.LIST_NOT_KNOWN: "It chooses by a list; its limits were not found.",
}


# ---- what the picture holds ------------------------------------------------------------------------------------------
def coin_deltas(picture: PortfolioMarginPicture, place: str, beside: Sequence[HedgeInputs] = ()) -> list[CoinDeltas]:
    """Return the deltas of every coin that has futures, in coins, that of the hedge first.

    The page's futures are rounded to whole lots of the contract; ``beside`` are the book's other futures, of which an
    inverse one counts for N / P coins.
    """
    setting, values = picture.setting, picture.values
    coins = {name: float(values[name][0]) * setting.size / setting.price for name in ("spot", "perpetual", "future")}
    step = _step(picture)
    futures = {setting.coin: [round(coins[name] / step) * step for name in ("perpetual", "future") if coins[name]]}
    held = {setting.coin: coins["spot"]}
    worth = {one.coin: float(value) for one, value in zip(setting.further, picture.further[0], strict=True)}
    for one in beside:
        coin, price = one.contract.underlying, float(one.hedge_price)
        futures.setdefault(coin, []).append(
            float(one.contracts or 0.0) * float(one.contract.contract_value(price)) / price
        )
        held.setdefault(coin, worth.get(coin, 0.0) / price)
    options = {setting.coin: _option_delta(picture)}
    return [
        CoinDeltas(coin=coin, futures=tuple(found), options=options.get(coin, 0.0), **{place: held[coin]})
        for coin, found in futures.items()
    ]


def _step(picture: PortfolioMarginPicture) -> float:
    """Return the coins of the smallest change of the page's futures."""
    return float(picture.setting.contract.lot_size * picture.setting.contract.contract_multiplier)


def _option_delta(picture: PortfolioMarginPicture) -> float:
    """Return minus one coin for each put that is held: its delta lies between that and 0, and the venues' differ."""
    return -float(picture.values["puts"][0]) * picture.setting.size / picture.setting.price


# ---- which hedge is closed first -------------------------------------------------------------------------------------
def closing_words(
    picture: PortfolioMarginPicture,
    place: str,
    *,
    is_on: bool,
    beside: Sequence[HedgeInputs] = (),
    is_refused: bool = False,
) -> str:
    """Return the answer as HTML: where this hedge is closed last, why not elsewhere, and what being closed costs.

    ``is_refused`` says that the venue does not take the order, of which the nearest whole lots are shown then.
    """
    books = [one for one in coin_deltas(picture, place, beside) if any(one.futures)]
    if not books:
        return note("There is no future here that a venue could close.")
    found = {
        book.coin: [(rules, delta_neutrality(book, rules, is_switched_on=is_on)) for rules in delta_neutral_rules()]
        for book in books
    }
    is_one = len(books) == 1
    answer = " ".join(_answer("this hedge" if is_one else f"the {coin} futures", ones) for coin, ones in found.items())
    if is_refused:
        answer = f"The venue refuses this order: this is about the nearest whole lots. {answer}"
    rows = [
        _closing_row(coin, picture, rules, one, is_named=not is_one)
        for coin, ones in found.items()
        for rules, one in ones
    ]
    head = ("Venue", "Closed last?", "Why", "Off by")
    terms = [(one.venue, _sentence(one.requirement), cited(one.source, one.date)) for one in delta_neutral_rules()]
    return (
        f"<p><b>{answer}</b> {_drift_words()} {_whole_words(picture, books[0])}</p>"
        + figures_table(head, rows, kind="hw-words", numbers=(3,))
        + _folded("What each venue requires, and where that is from", ("Venue", "Requires", "Source"), terms)
        + note(f"{_queue_words(picture)} {_crash_words(picture.setting.coin)} {_ABOUT}")
    )


def _answer(hedge: str, found: Sequence[tuple[DeltaNeutralRules, DeltaNeutrality]]) -> str:
    last = [rules.venue for rules, one in found if one.verdict == codes.YES]
    if not last:
        return f"No venue here is known to close {hedge} last."
    return f"{joined(last)} would close {hedge} after those of accounts that are not hedged, if you meet the rest."


def _closing_row(
    coin: str, picture: PortfolioMarginPicture, rules: DeltaNeutralRules, one: DeltaNeutrality, *, is_named: bool
) -> tuple[str, ...]:
    """Return the row of a venue; ``is_named`` if the table is about several coins."""
    limit = "" if rules.limit is None else formatted(rules.limit, "percent")
    filled = {
        "coin": coin,
        "difference": "—" if one.relative_difference is None else formatted(float(one.relative_difference), "percent"),
        "limit": f"less than {limit}" if rules.is_strict else f"at most {limit}",
        "outside": f"the {rules.outside}" if rules.outside.endswith("Account") else rules.outside,
        "note": rules.note,
        "trade": _trade(coin, one, picture),
    }
    difference = filled["difference"] if rules.limit is not None else "—"
    why = _REASONS[int(one.reason)].format(**filled)
    name = f"{rules.venue}, {coin}" if is_named else rules.venue
    return name, _VERDICTS[int(one.verdict)], why, difference


def _folded(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of terms and sources behind its title."""
    return f"<details><summary>{title}</summary>{figures_table(head, rows, kind='hw-words', numbers=())}</details>"


def _trade(coin: str, one: DeltaNeutrality, picture: PortfolioMarginPicture) -> str:
    """Return how far the book is from the limit, "" where it is within."""
    if not one.missing:
        return ""
    amount = f"{formatted(abs(float(one.missing)), 'contracts')} {coin}"
    others = "; other coins do not count" if one.missing > 0 and picture.further[0].any() else ""
    return f"you hold {amount} {'too little' if one.missing > 0 else 'too much'} beside the short{others}"


def _whole_words(picture: PortfolioMarginPicture, book: CoinDeltas) -> str:
    """Return which shorts qualify beside what is long of the hedge's coin in the account, in whole lots."""
    long = sum(max(float(one), 0.0) for one in (book.account, *book.futures))
    is_short = any(one < 0 for one in book.futures)
    if book.coin != picture.setting.coin or long <= 0 or not is_short:
        return ""
    limit, step = _limit(), _step(picture)
    fewest, most = codes.whole_shorts(long, limit, step)
    beside = f"{formatted(long, 'contracts')} {book.coin}"
    if fewest > most:
        return f"In steps of {step:g} {book.coin}, no short comes within {formatted(limit, 'percent')} of {beside}."
    ends = [formatted(float(count) * step, "contracts") for count in (fewest, most)]
    shorts = f"{ends[0]} {book.coin}" if fewest == most else f"{ends[0]} to {ends[1]} {book.coin}"
    return (
        f"Beside {beside}, a short of {shorts} in whole lots is within {formatted(limit, 'percent')}. At "
        f"exactly {formatted(limit, 'percent')} Bybit counts it and Binance does not."
    )


def _limit() -> float:
    """Return the relative difference that the venues with a rule allow."""
    return next(rules.limit for rules in delta_neutral_rules() if rules.limit is not None)


def _drift_words() -> str:
    limit = _limit()
    fall, rise = (formatted(move, "percent_signed") for move in codes.inverse_drift(limit))
    return (
        "The condition is on coins, not on dollars: prices alone do not break it while coins and short stay as they "
        f"are. A short kept at a fixed number of dollars, and an inverse one, are off by {formatted(limit, 'percent')} "
        f"once the price has moved {fall} or {rise}. A short of half the coins is off from the start."
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else "—"


def _queue_words(picture: PortfolioMarginPicture) -> str:
    """Return where the short stands among shorts of other leverages after the crash."""
    fallen = _crash(picture.setting.coin)
    if fallen is None or float(picture.values["perpetual"][0]) >= 0:
        return ""
    low, leverage = fallen[0], float(picture.values["leverage"][0])
    mark = 1.0 + low
    scores = [_score(times, mark) for times in _LEVERAGES]
    place = int(queue_place(_score(leverage, mark), scores))
    others = f"{len(_LEVERAGES)} other shorts of {_LEVERAGES[0]:g}× to {_LEVERAGES[-1]:g}×, opened at the same price"
    last = int(queue_place(_score(leverage, mark), scores, is_last=True))
    return (
        f"In a queue by profit and leverage, with {others}, a short of {leverage:g}× is closed as number {place} of "
        f"{last} after a fall of {formatted(-low, 'percent')}; where the mode counts, as number {last}."
    )


def _score(leverage: float, mark: float) -> float:
    """Return the score of a short opened at 1, isolated, at a mark below: profit times effective leverage."""
    return float(deleveraging_score(1.0 - mark, 1.0, mark, 1.0 + 1.0 / leverage)[2])


def _crash(coin: str) -> tuple[float, float] | None:
    """Return (low, end) of the crash in October 2025 for a coin, moves from the open; None where they are not known."""
    event = next(one for one in stress_events() if str(one.start) == CRASH)
    if coin not in event.lows or coin not in event.returns:
        return None
    return event.lows[coin], event.returns[coin]


def _crash_words(coin: str) -> str:
    moves = _crash(coin)
    if moves is None:
        return ""
    low, end = moves
    gained, worst, after = closed_on_the_way(low / 2, low, end)
    return (
        f"On 10 October 2025 {coin} fell by {formatted(-low, 'percent')} and ended the day "
        f"{formatted(-end, 'percent')} down. A short as large as the coins that was closed halfway down had gained "
        f"{formatted(gained, 'percent')} of their value; from then on nothing was hedged: together they stood at "
        f"{formatted(worst, 'percent_signed')} at the low and {formatted(after, 'percent_signed')} at the end of the "
        "day. Left alone they stood at 0 % all day."
    )


_ABOUT = (
    "The table takes all coins in that place, and all futures of your book, to be in one account of each venue. "
    "The mode changes neither margin nor liquidation, and it is a place in a queue, not a promise: accounts that meet "
    "it are ranked among themselves as usual."
)


# ---- the coins as margin ---------------------------------------------------------------------------------------------
def coins_words(picture: PortfolioMarginPicture, place: str, paid_rate: float) -> str:
    """Return as HTML what coins in one account with their short carry, what ends it, and for how long funding is paid.

    ``paid_rate`` is the funding that the short pays, a fraction per day.
    """
    setting, values = picture.setting, picture.values
    coins = float(values["spot"][0]) * setting.size / setting.price
    notional = -(float(values["perpetual"][0]) + float(values["future"][0])) * setting.size
    if coins <= 0 or notional <= 0:
        return note("This takes coins that are held and a short on the same coin.")
    inside = coins if place == "account" else 0.0
    leverage = float(values["leverage"][0])
    book = {
        "coins": inside,
        "cash": setting.cash,
        "notional": notional,
        "leverage": leverage,
        "paid": paid_rate * max(-float(values["perpetual"][0]), 0.0) * setting.size,
        "assumed": setting.collateral_ratio,
    }
    rows = [_coins_row(one, setting.coin, setting.price, book) for one in coin_accounts(setting.coin)]
    head = (
        "Account",
        "Counts of the coins",
        f"Largest short at {leverage:g}×",
        f"This short of {formatted(notional, 'usd')}",
        "Such funding can be paid",
    )
    terms = [
        (one.name, _sentence(one.interest), one.access, cited(one.source, one.date))
        for one in coin_accounts(setting.coin)
    ]
    asked = ("Account", "Interest on what is borrowed", "Access", "Source")
    outside = "" if inside else "Your coins are not in the account of the futures, so they carry nothing. "
    cash = _cash_words(setting.cash, book["paid"])
    return (
        f"<p>{outside}{cash}</p>"
        + figures_table(head, rows, kind="hw-words", numbers=(2,))
        + _folded("What each account requires, its interest, and where that is from", asked, terms)
        + note(_COINS_ABOUT)
    )


def _cash_words(cash: float, paid: float) -> str:
    days = days_until(cash, paid)
    if days is None:
        return "<b>Without funding to pay, this short uses up no cash.</b>"
    per_day = f"If this short pays funding of {formatted(paid, 'usd')} per day"
    then = "the account borrows against the coins, or coins have to be sold. Most of the time shorts receive funding."
    if not cash:
        return f"<b>{per_day}, it pays in dollars, and there is no cash:</b> from the first payment on {then}"
    lasts = f"your cash of {formatted(cash, 'usd')} lasts {formatted(days, 'days')} days"
    return f"<b>{per_day}, {lasts}</b> at these prices; from then on {then}"


def _coins_row(account: CoinAccount, coin: str, price: float, book: Mapping[str, float]) -> tuple[str, ...]:
    share = account.shares.get(coin)
    is_assumed = share is None and account.takes_other_coins
    if is_assumed:
        share = CoinShare(opening_ratio=book["assumed"], maintenance_ratio=book["assumed"])
    if share is None or account.tiers is None:
        missing = f"it does not take {coin}" if share is None else "it has no contract on it here"
        return account.name, missing, "—", "—", "—"
    kept = formatted(share.maintenance_ratio, "percent")
    opened = formatted(share.opening_ratio, "percent")
    counts = kept if kept == opened else f"{opened} to open, {kept} to keep"
    counts += " (not known: your assumption)" if is_assumed else ""
    counts += "" if share.is_confirmed else " (not confirmed)"
    counts += f", up to {share.supply_cap:,.0f} {coin}" if share.supply_cap < 1e12 else ""
    most = largest_short(account, share, book["coins"], price, book["cash"], book["leverage"])
    return (
        account.name,
        counts,
        formatted(most, "usd"),
        _ends(account, share, price, book, most),
        _lasts(account, share, price, book),
    )


def _ends(account: CoinAccount, share: CoinShare, price: float, book: Mapping[str, float], most: float) -> str:
    """Return what a rise of the price does to the short, in words."""
    if book["notional"] > most * (1.0 + 1e-9):
        return "is refused: it is larger than that"
    move = liquidation_move(account, share, book["coins"], price, book["cash"], book["notional"])
    if move is None:
        return "no rise up to 10,000 % liquidates it"
    if not move:
        return "is liquidated at once"
    return f"is liquidated at {formatted(move, 'percent_signed')}"


def _lasts(account: CoinAccount, share: CoinShare, price: float, book: Mapping[str, float]) -> str:
    """Return for how long funding can be paid at today's price until the account is liquidated, without interest."""
    left = payable(account, share, book["coins"], price, book["cash"], book["notional"])
    days = days_until(left, book["paid"])
    if days is None:
        return "—"
    return f"for {formatted(days, 'days')} days" if days < 3650 else "for more than ten years"


_COINS_ABOUT = (
    "Coins and short are of the same coin in one account. The coins' value rises with what the short loses, less the "
    "share that does not count, so the short bears a far larger rise than with dollars as margin. What the short loses "
    "is owed in dollars and costs interest. A venue's limit of leverage by size is left out here. How long funding can "
    "be paid is at today's price and without that interest."
)
