"""The ticket as text, and its reminders as a calendar file (RFC 5545)."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from hedge_widgets.model.planner import Ticket
from hedge_widgets.style import formatted

NO_ORDER = "A plan of what could be done. It is not an order, nothing is sent to an exchange, and it is not advice."
_LONGEST = 75  # octets of a line of a calendar


def ticket_text(one: Ticket, exit_rule: str, move: float) -> str:
    """Return the ticket as text; ``exit_rule`` is one of the page's choices, ``move`` where the coins may end."""
    width = max(len(label) for label, _ in _lines(one, exit_rule, move)) + 2
    lines = [f"{label:<{width}}{words}" for label, words in _lines(one, exit_rule, move)]
    return "\n".join([f"Plan of {one.opened}", "", *lines, "", NO_ORDER])


def _lines(one: Ticket, exit_rule: str, move: float) -> Iterator[tuple[str, str]]:
    spec, count = one.contract, _plain(one.n_contracts)
    unit = "contract" if one.n_contracts == 1 else "contracts"
    coins = f"{formatted(one.coins, 'contracts')} {spec.underlying}, {formatted(one.notional, 'usd')}"
    yield "Side", "SELL (open a short)" if one.side < 0 else "BUY (open a long)"
    month = "" if one.expiry is None else f", {one.expiry:%B %Y}"
    yield "Contract", f"{spec.listing}{month}"
    yield "Size", f"{count} {unit} = {coins}, {formatted(one.coverage, 'percent')} of a full hedge"
    yield "Limit price", _limit(one)
    reserve = "" if one.reserve is None else f"; keep {formatted(one.reserve, 'usd')} ready for top-ups"
    held = f" in {spec.underlying}" if spec.kind == "inverse" else ""
    yield (
        "Margin",
        f"{formatted(one.margin, 'usd')}{held}, isolated, {one.leverage:g}×, in your futures account at {spec.venue}"
        f"{reserve}",
    )
    yield "Liquidation", _liquidation(one)
    for at, survive, restore in one.top_ups:
        yield (
            f"At {formatted(at, 'percent_signed')}",
            f"add {formatted(survive, 'usd')} in all to stay open, {formatted(restore, 'usd')} to be back at "
            f"{one.leverage:g}×",
        )
    verb = "receive" if one.funding >= 0 else "pay"
    days = f"{one.days:g} day{'' if one.days == 1 else 's'}"
    funding = f"you {verb} about {formatted(abs(one.funding), 'usd')} in {days}, if it stays as it was lately"
    yield "Funding", "none: a dated future pays no funding" if spec.is_dated else funding
    at_once = " if it is filled at once (taker fee, spread and impact); at this limit it may have to wait"
    filled = " (maker fee, no spread)" if one.is_maker else at_once
    yield "Costs", f"about {formatted(one.costs, 'usd')} to open and close it{filled}"
    yield "Review on", str(one.review)
    if one.expiry is not None:
        yield "Roll by", f"{one.roll_on}, if you keep the hedge beyond the review: {_rolled(one)}"
        yield (
            "Expires on",
            f"{one.expiry}, or the business day before if that is a holiday. From then on nothing is hedged",
        )
    yield "Exit", _exit(one, exit_rule, move, f"{count} {unit}")


def _plain(number: float) -> str:
    """Return a price or a count to type into an order: all its digits, never an exponent."""
    return f"{Decimal(f'{number:.12g}'):,f}"


def _limit(one: Ticket) -> str:
    price = f"${_plain(one.limit_price)}"
    quoted = f" for {one.quoted:,} {one.contract.underlying}" if one.quoted > 1 else ""
    side = "or more" if one.side < 0 else "or less"
    tick = "" if one.has_tick else " (the venue's price steps are not known: take its nearest)"
    return f"{price}{quoted} {side}{tick}"


def _liquidation(one: Ticket) -> str:
    days = f"{one.days:g} day{'' if one.days == 1 else 's'}"
    if one.liquidation_price is None:
        return "no price liquidates it"
    return (
        f"at {formatted(one.liquidation_price, 'price')} ({formatted(one.liquidation_distance, 'percent_signed')}); "
        f"a chance of about {formatted(one.chance, 'chance')} in {days}, and you accept "
        f"{formatted(one.accepted, 'chance')}"
    )


def _rolled(one: Ticket) -> str:
    """Return what a roll is, in words."""
    closing, opening = ("buy it back", "sell") if one.side < 0 else ("sell it", "buy")
    return f"{closing} and {opening} as much of the next month"


def _exit(one: Ticket, rule: str, move: float, size: str) -> str:
    closing = f"{'buy back' if one.side < 0 else 'sell'} {size}"
    when = {
        "date": "on the review date, whatever the price",
        "event": "when the event has passed, on the review date at the latest",
        "fall": f"when your coins have moved {formatted(move, 'percent_signed')}, on the review date at the latest",
        "funding": "on the review date: a dated future pays no funding that could turn"
        if one.contract.is_dated
        else "when you have paid funding for three days in a row (our choice), on the review date at the latest",
    }[rule]
    return f"{closing} {when}"


# ---- the calendar ----------------------------------------------------------------------------------------------------
def reminder(one: Ticket, text: str) -> str:
    """Return a calendar of the review, and of roll and expiry of a dated future; lines end as RFC 5545 requires.

    Each is an event of a whole day with an alarm at nine.
    """
    name = f"the {'short' if one.side < 0 else 'long'} in {one.contract.listing}"
    events = [(one.review, f"Review {name}")]
    if one.roll_on is not None and one.expiry is not None:
        events += [(one.roll_on, f"Roll {name}, or let it end"), (one.expiry, f"Expiry of {name}")]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hedge_widgets//plan//EN"]
    for day, summary in events:
        lines += _event(one.opened, day, summary, text)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _event(written: date, day: date, summary: str, text: str) -> list[str]:
    uid = hashlib.sha256(f"{summary}\n{text}".encode()).hexdigest()[:24]
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@hedge-widgets",
        f"DTSTAMP:{written:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(text)}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(summary)}",
        "TRIGGER:PT9H",
        "END:VALARM",
        "END:VEVENT",
    ]


def reminder_name(one: Ticket) -> str:
    """Return the name of the calendar's file."""
    return f"review-{one.review}.ics"


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets, all but the first with a blank in front; no character is cut."""
    part = ""
    for character in line:
        if len((part + character).encode()) > _LONGEST:
            yield part
            part = " "
        part += character
    yield part


def today_of(today: date | None) -> date:
    """Return the day that is given, else today's (UTC)."""
    from datetime import UTC, datetime

    return datetime.now(UTC).date() if today is None else today
