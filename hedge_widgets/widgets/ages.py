"""How old a dated constant is, in words: one mechanism for every table and sentence that shows one."""

import datetime

from hedge_widgets.model.contracts import ContractSpec

_COUNTS = ("", "one year", "two years", "three years", "four years", "five years")


def today() -> datetime.date:
    """Return today, UTC."""
    return datetime.datetime.now(datetime.UTC).date()


def age(date: str, now: datetime.date | None = None) -> str:
    """Return how old an ISO date is where that is a year or more, else nothing.

    Examples
    --------
    >>> age("2023-06-09", datetime.date(2026, 11, 27))
    'over three years old'
    >>> age("2026-04-30", datetime.date(2026, 11, 27))
    ''
    """
    if not date:
        return ""
    then, now = datetime.date.fromisoformat(date), now or today()
    years = now.year - then.year - ((now.month, now.day) < (then.month, then.day))
    if years < 1:
        return ""
    return f"over {_COUNTS[years] if years < len(_COUNTS) else f'{years} years'} old"


def dated(date: str) -> str:
    """Return a date with its age where it has one, for a table's column."""
    old = age(date)
    return f"{date}, {old}" if old else date


def fetched(date: str, now: datetime.date | None = None) -> str:
    """Return how long ago something was fetched, by its ISO date.

    Examples
    --------
    >>> fetched("2026-11-24", datetime.date(2026, 11, 27))
    'fetched 3 days ago'
    """
    days = ((now or today()) - datetime.date.fromisoformat(date)).days
    if days < 0:
        return f"fetched on {date}, later than this machine's clock"
    return "fetched today" if days == 0 else f"fetched {days} day{'s' if days > 1 else ''} ago"


def cited(source: str, date: str) -> str:
    """Return a source with its date and its age where it has one, for a sentence."""
    words = source if date in source else f"{source}, {date}"
    old = age(date)
    return f"{words} ({old})" if old else words


def contract_name(contract: ContractSpec) -> str:
    """Return what a contract is called in a list, with its age where it was fetched."""
    return f"{contract.listing} ({fetched(contract.date)})" if contract.is_fetched else contract.label


def contract_and_age(contract: ContractSpec) -> str:
    """Return what a contract is called where its terms are used, with their age where they were fetched or are old."""
    old = age(min(filter(None, (contract.date, contract.tiers.date)), default=""))
    name = contract_name(contract)
    return f"{name} (terms {old})" if old and not contract.is_fetched else name
