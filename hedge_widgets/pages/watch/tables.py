"""The watch's tables, on the page and as text: rows that pass or fail, causes, closing now against keeping it."""

from collections.abc import Sequence

from hedge_widgets.market.watched import Watched
from hedge_widgets.model.planner import Check
from hedge_widgets.model.watch import WatchPicture, causes, choices
from hedge_widgets.style import MINUS, MISSING, formatted
from hedge_widgets.widgets.tables import figures_table, note

Row = tuple[str, ...]

# By the key of a rule: what the row is called, the sentence on its number, how that is written.
CHECKS = {
    "forgotten": ("Forgotten?", "Your coins are {} above their low while the hedge loses", "percent"),
    "held": ("Time", "It is open for {} times as long as planned", "ratio"),
    "passed": ("Liquidated before?", "Beyond a liquidation price on the way: {}", "futures"),
    "chance": ("Chance of liquidation", "The chance within your days is {}", "chance"),
    "distance": ("Distance", "The nearest liquidation is {} away", "percent"),
    "drift": ("Size", "It is off your plan by {} times what is worth trading", "ratio"),
    "funding": ("Funding", "You pay {} of the hedge per year", "percent"),
    "size": ("Contracts", "The largest future is {} times your coins", "ratio"),
    "prices": ("Prices", "The last price is {} old", "days"),
}
_ZERO = {
    "forgotten": "The hedge gains, or your coins are at their low",
    "passed": "No close was beyond a liquidation price",
    "drift": "It is as planned, to the nearest contract",
    "prices": "The last price is today's",
}
_RECEIVED = "You receive {} of the hedge per year"
_MARKS = {"pass": "✓ pass", "warn": "! warn", "fail": "✗ fail", "not applicable": "not applicable"}
CHECK_HEAD = ("Check", "Result", "Why", "Passes", "Fails")
CAUSE_HEAD = ("Cause", "Since the opening")
CHOICE_HEAD = ("What you do", "Funding minus closing costs", "Chance of liquidation")


def check_rows(checks: Sequence[Check]) -> list[Row]:
    """Return what each row says: its name, the result, the number behind it, where it passes and fails."""
    rows = []
    for one in checks:
        title, sentence, written = CHECKS[one.key]
        why = f"{one.reason[:1].upper()}{one.reason[1:]}"
        if one.value is not None:
            sentence = _RECEIVED if one.key == "funding" and one.value < 0 else sentence
            why = sentence.format(_written(abs(one.value), written))
            why = _ZERO.get(one.key, why) if one.value == 0 else why
        ends = ("from", "below") if one.rule.is_least else ("up to", "above")
        lines = (
            f"{end} {_written(at, 'integer' if written == 'futures' else written)}"
            for end, at in zip(ends, one.rule.lines, strict=True)
        )
        rows.append((title, _MARKS[one.status], why, *lines))
    return rows


def _written(value: float, how: str) -> str:
    """Return a row's number; a count of futures and of days with its noun."""
    if how in ("futures", "days"):
        return f"{formatted(value, 'days')} {how[:-1] if value == 1 else how}"
    return formatted(value, how)


def checks_table(checks: Sequence[Check]) -> str:
    """Return the rows that say whether the hedge needs its holder."""
    rows = [
        (title, *(cell.replace(" ", "\u00a0") if k != 1 else cell for k, cell in enumerate(rest)))
        for title, *rest in check_rows(checks)
    ]
    return figures_table(CHECK_HEAD, rows, kind="hw-words", numbers=())


def cents(value: float) -> str:
    """Return dollars to the cent with their sign, so that a reader can add them up; NaN is a dash."""
    if value != value:
        return MISSING
    sign = "" if round(value, 2) == 0 else MINUS if value < 0 else "+"
    return f"{sign}${abs(value):,.2f}"


def cause_rows(picture: WatchPicture, seen: Watched) -> list[Row]:
    """Return what each cause has brought, as rows that sum to the net; each future on its own where there are more."""
    gains = picture.gains
    names = (
        ("Coins, quantities as now", "coins"),
        ("Hedge, by the price of its coin", "spot"),
        ("Hedge, by entry and basis", "basis"),
        ("Coins posted as margin", "margin"),
        ("Funding", "funding"),
        ("Fee of opening", "fees"),
        ("Together", "net"),
    )
    rows: list[Row] = [(name, cents(gains[key][0])) for name, key in names]
    closing = float(picture.closing[0])
    rows += [
        ("Closing now", cents(-closing)),
        ("Together, closed", cents(picture.net[0] - closing)),
    ]
    if len(seen.futures) > 1 and not picture.values["move"][0]:
        for future, course in zip(seen.futures, picture.setting.courses, strict=True):
            gain = sum(float(part[-1]) for part in causes(course).values())
            rows.append((f"of it {future.contract.label}", cents(gain)))
    return rows


def causes_table(picture: WatchPicture, seen: Watched) -> str:
    """Return the causes, and where prices and funding come from."""
    return figures_table(CAUSE_HEAD, cause_rows(picture, seen)) + "".join(map(note, seen.notes))


def choice_rows(picture: WatchPicture, feared: float) -> tuple[Row, list[Row]]:
    """Return (head, rows) of closing now against keeping it; no rows where nothing is open."""
    against = -abs(feared) if picture.setting.coins[-1] >= 0 else abs(feared)
    lost, given = (formatted(move, "percent_signed") for move in (against, -against))
    head = (*CHOICE_HEAD, f"Lost at {lost}", f"Given up at {given}")
    rows: list[Row] = [
        (
            "Close it now" if not one.days else f"Keep it for {one.days:g} days",
            formatted(one.carry - one.closing, "usd_signed"),
            formatted(one.chance, "chance") if one.days else "none",
            formatted(one.lost, "usd"),
            formatted(max(one.given_up, 0.0), "usd"),
        )
        for one in choices(picture, feared)
    ]
    return head, rows


def choices_table(picture: WatchPicture, feared: float) -> str:
    """Return closing now against keeping the hedge."""
    head, rows = choice_rows(picture, feared)
    if not rows:
        return note("No future is open, so there is nothing to close.")
    return figures_table(head, rows) + note(
        "From today's prices, if it is not liquidated before. Funding is assumed to stay as it was lately; it can "
        "change its sign. “Lost” and “given up” are those of coins and hedge together, and of the hedge alone, before "
        "funding and closing."
    )
