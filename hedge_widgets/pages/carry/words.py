"""The carry page's words: what the short costs or earns, driven by signs alone, and the tiles."""

from hedge_widgets.live import Block, Line
from hedge_widgets.pages.carry.columns import story, tiles

__all__ = ["STORY", "STORY_SLOTS", "TILES", "TILE_SLOTS", "story", "tiles"]

_CASH = ("you pay", "you receive", "nobody pays")
_NET = ("it costs you", "it brings you", "it comes to")
_YOU = ("you lose", "you gain", "you are even at")
_DAYS = ("days", "day")  # by whether it is one

STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "coin": "words:coin",
    "interval": "words:interval",
    "history": "words:history",
    "days": "integer",
    "day_word": _DAYS,
    "notional": "usd",
    "funding": "usd",
    "annual": "percent",
    "rate": "rate",
    "costs": "usd",
    "net_words": _NET,
    "net": "usd",
    "even": "rate",
    "starts": "integer",
    "low_you": _CASH,
    "low": "usd",
    "high_you": _CASH,
    "high": "usd",
    "paid_share": "percent",
    "basis": "percent",
    "basis_year": "percent",
    "locked": "usd",
    "dies": "percent_signed",
    "eaten": "days",
    "eaten_word": _DAYS,
    "life": "integer",
    "life_word": _DAYS,
}
_RATE = "at {rate} in 8 h, paid {interval}: "
_SHORT = "{notional} short in {coin} for {days} {day_word} "
_AFTER = " of funding ({annual} a year). After {costs} of fees, slippage and interest on the margin {net_words} {net}."
STORY = (
    Block(
        lines=(
            Line(
                kind="lead",
                pick="payer",
                templates=(
                    _SHORT + _RATE + "you pay {funding}" + _AFTER,
                    _SHORT + _RATE + "you receive {funding}" + _AFTER,
                    _SHORT + "at a rate of 0: nobody pays funding. After {costs} of fees, slippage and interest on the "
                    "margin {net_words} {net}.",
                    "{notional} short in {coin} " + _RATE + "you pay {annual} a year, and funding uses up its margin "
                    "after {eaten} {eaten_word}. Without more cash it is liquidated then: with {costs} of costs "
                    "{net_words} {net}.",
                ),
            ),
            Line(
                kind="note",
                pick="needs_fall",
                templates=(
                    "It needs no fall to have paid: it is ahead until {coin} stands {even} higher.",
                    "It has paid for itself once {coin} stands {even} lower.",
                    "No fall pays for it: it costs more than the whole position.",
                    "It is ahead at every price up to its liquidation at {dies}.",
                    "A fall after that brings nothing: there is no short any more.",
                ),
            ),
            Line(
                kind="note",
                pick="no_history",
                templates=(
                    "Rates do not stay. Opened on one of {starts} days of the history in use ({history}), nine times "
                    "in ten the same days lay between “{low_you} {low}” and “{high_you} {high}”; by then shorts had "
                    "paid in {paid_share} of the cases.",
                    "Rates do not stay, and the history in use ({history}) is too short to say what {days} {day_word} "
                    "bring.",
                ),
            ),
            Line(
                kind="note",
                pick="basis_case",
                templates=(
                    "The dated future stands at spot: nothing to gain or to pay until it expires in {life} "
                    "{life_word}.",
                    "The dated future stands {basis} above spot (contango, {basis_year} a year): a short sells that "
                    "premium and keeps it: {locked} when the future expires in {life} {life_word}, wherever the price "
                    "goes, unless it is liquidated first.",
                    "The dated future stands {basis} below spot (backwardation, {basis_year} a year): a short sells "
                    "below spot and pays the difference: {locked} when the future expires in {life} {life_word}, "
                    "wherever the price goes, unless it is liquidated first.",
                ),
            ),
        ),
    ),
)


TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
    "middle_you": _CASH,
    "middle": "usd",
    "fill": "rate",
    "payment": "usd",
    "pay_back": "days",
    "pay_back_word": _DAYS,
    "longest_word": _DAYS,
    "longest": "days",
    "fall": "percent",
    "basis_compound": "percent",
    "both_you": _YOU,
    "both": "usd",
    "coins": "usd_signed",
    "given": "usd_signed",
    "slippage": "rate",
    "price": "price",
    "unfilled": "usd",
    "order": "usd",
    "chance": "percent",
    "saved": "rate",
    "waiting": "rate",
}
TILES = (
    Block(
        label="Funding at your rate",
        tip="Notional times rate for every whole interval held, at the prices of today. Positive rates are paid by "
        "longs to shorts; leverage does not matter.",
        lines=(
            Line(
                kind="value",
                pick="payer",
                templates=("you pay {funding}", "you receive {funding}", "nothing", "margin used up"),
            ),
            Line(kind="sub", templates=("{payment} {interval} · {annual} a year",)),
        ),
    ),
    Block(
        label="The same days in history",
        tip="The middle of all the days of the history on which it could have been opened. The band of the chart holds "
        "nine in ten.",
        lines=(
            Line(kind="value", pick="no_history", templates=("{middle_you} {middle}", "—")),
            Line(kind="sub", pick="no_history", templates=("shorts had paid in {paid_share}", "too short a history")),
        ),
    ),
    Block(
        label="Costs",
        tip="Market orders: taker fee, half spread and square-root impact (Donier and Bonart 2015). Limit orders that "
        "fill: maker fee. With it, what the margin could have earned.",
        lines=(
            Line(kind="value", templates=("{costs}",)),
            Line(kind="sub", templates=("{fill} a fill, and the margin's interest",)),
        ),
    ),
    Block(
        label="Break-even",
        tip="The move at which the short alone has paid for itself: carry less fees and slippage over the notional. "
        "Above 0 it needs no fall.",
        lines=(
            Line(kind="value", pick="needs_fall", templates=("+{even}", "−{even}", "no fall", "always", "never")),
            Line(
                kind="sub",
                pick="needs_fall",
                templates=(
                    "it is paid to wait",
                    "so far the market has to fall",
                    "it costs more than the position",
                    "up to its liquidation at {dies}",
                    "funding uses up the margin before",
                ),
            ),
        ),
    ),
    Block(
        label="How long",
        tip="Where funding is more than the interest forgone on the margin: the days until it has paid fees and "
        "slippage. Where it is less: the days one may wait for the fall of the slider before the rest has used it up.",
        lines=(
            Line(
                kind="value",
                pick="wait_case",
                templates=(
                    "{pay_back} {pay_back_word}",
                    "{longest} {longest_word}",
                    "never",
                    "never",
                    "at once",
                    "{longest} {longest_word}",
                ),
            ),
            Line(
                kind="sub",
                pick="wait_case",
                templates=(
                    "until funding has paid the costs",
                    "may pass before a fall of {fall}",
                    "every day only adds to the costs",
                    "no funding pays the costs",
                    "there are no costs to pay",
                    "until it has cost what it brought",
                ),
            ),
        ),
    ),
    Block(
        label="Dated future to expiry",
        tip="Notional times basis: the future ends at spot, so the hedged coins and the short together gain a "
        "contango and pay a backwardation, whatever the price does while the short lives. A year: simple, compound.",
        lines=(
            Line(kind="value", pick="basis_case", templates=("nothing", "gains {locked}", "pays {locked}")),
            Line(kind="sub", templates=("{basis_year} a year, {basis_compound} compound",)),
        ),
    ),
    Block(
        label="Coins and short",
        tip="With carry and costs of the perpetual. The short takes its share of a rise; above its liquidation, or "
        "when funding has used up its margin, it is gone and loses no more.",
        lines=(
            Line(kind="value", pick="death", templates=("{both_you} {both}", "liquidated", "liquidated")),
            Line(
                kind="sub",
                pick="death",
                templates=(
                    "coins alone {coins}; the short {given}",
                    "{both_you} {both}: it is gone at {dies}",
                    "{both_you} {both}: its margin is used up",
                ),
            ),
        ),
    ),
    Block(
        label="Market order",
        tone="is_short_book",
        tip="Level after level, best first; slippage is the distance of the average price from the mid price.",
        lines=(
            Line(kind="value", pick="book_case", templates=("{slippage}", "{slippage}", "—", "—", "—")),
            Line(
                kind="sub",
                pick="book_case",
                templates=(
                    "{order} at {price} on average",
                    "{unfilled} of {order} is not filled",
                    "the book is empty",
                    "{order} at {price}, without a mid price",
                    "{unfilled} of {order} is not filled",
                ),
            ),
        ),
    ),
    Block(
        label="Limit order that waits",
        tip="The price is a fair game: what a fill saves is lost again where there is none. What waiting saves on "
        "average against a market order now is fee and spread; the price moves by one standard deviation.",
        lines=(
            Line(kind="value", templates=("{chance} filled",)),
            Line(kind="sub", templates=("saves {saved}; price ±{waiting}",)),
        ),
    ),
)
