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
    "low": "usd_signed",
    "high": "usd_signed",
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
_RATE = "at {rate} per 8 hours, paid {interval}: "
_SHORT = "A short of {notional} in {coin}, held for {days} {day_word} "
_AFTER = (
    " of funding ({annual} per year). After {costs} of fees, slippage and interest on the margin {net_words} {net}."
)
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
                    "A short of {notional} in {coin} " + _RATE + "you pay {annual} per year, and funding uses up its "
                    "margin after {eaten} {eaten_word}. Unless you add cash, it is liquidated then: with {costs} of "
                    "costs {net_words} {net}.",
                ),
            ),
            Line(
                kind="note",
                pick="needs_fall",
                templates=(
                    "It pays for itself even without a fall: you are ahead unless {coin} rises by more than {even}.",
                    "It pays for itself once {coin} has fallen by {even}.",
                    "No fall pays for it, as it costs more than the whole position.",
                    "You are ahead at every price up to the liquidation of the short at {dies}.",
                    "A fall after that brings nothing, because the short is closed.",
                ),
            ),
            Line(
                kind="note",
                pick="no_history",
                templates=(
                    "Rates change. If you had opened this short on any of {starts} days of the history in use "
                    "({history}), its funding would have come to between {low} and {high} nine times out of ten (with "
                    "a minus, you pay). In {paid_share} of all cases shorts had paid in the end.",
                    "Rates change, and the history in use ({history}) is too short to say what {days} {day_word} "
                    "would bring.",
                ),
            ),
            Line(
                kind="note",
                pick="basis_case",
                templates=(
                    "The dated future has the same price as spot, so a short neither gains nor pays until it expires "
                    "in {life} {life_word}.",
                    "The dated future is {basis} above spot (contango, {basis_year} per year): a short sells that "
                    "premium and keeps it. That is {locked} when the future expires in {life} {life_word}, wherever "
                    "the price goes, unless the short is liquidated first.",
                    "The dated future is {basis} below spot (backwardation, {basis_year} per year): a short sells "
                    "below spot and pays the difference. That is {locked} when the future expires in {life} "
                    "{life_word}, wherever the price goes, unless the short is liquidated first.",
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
        tip="The notional times the rate, for every whole interval held, at today's prices. Longs pay a positive rate "
        "to shorts; leverage does not matter.",
        lines=(
            Line(
                kind="value",
                pick="payer",
                templates=("you pay {funding}", "you receive {funding}", "nothing", "margin used up"),
            ),
            Line(kind="sub", templates=("{payment} {interval} · {annual} per year",)),
        ),
    ),
    Block(
        label="The same days in history",
        tip="The median over all days of the history on which the short could have been opened. The band in the chart "
        "holds nine out of ten.",
        lines=(
            Line(kind="value", pick="no_history", templates=("{middle_you} {middle}", "—")),
            Line(
                kind="sub",
                pick="no_history",
                templates=("shorts had paid in {paid_share} of cases", "the history is too short"),
            ),
        ),
    ),
    Block(
        label="Costs",
        tip="Market orders cost the taker fee, half the spread and a square-root impact (Donier and Bonart 2015). "
        "Limit orders that fill cost the maker fee. The interest that the margin could have earned is included.",
        lines=(
            Line(kind="value", templates=("{costs}",)),
            Line(kind="sub", templates=("{fill} per fill, and interest on the margin",)),
        ),
    ),
    Block(
        label="Break-even",
        tip="The market move at which the short alone has paid for itself: carry minus costs, divided by the "
        "notional. Above 0 it needs no fall.",
        lines=(
            Line(kind="value", pick="needs_fall", templates=("+{even}", "−{even}", "no fall", "always", "never")),
            Line(
                kind="sub",
                pick="needs_fall",
                templates=(
                    "you earn while you wait",
                    "the market has to fall this far",
                    "it costs more than the position",
                    "up to its liquidation at {dies}",
                    "funding uses up the margin first",
                ),
            ),
        ),
    ),
    Block(
        label="How long",
        tip="If funding brings more than the interest lost on the margin: how many days it takes to pay fees and "
        "slippage. If it brings less: how long you can wait for the fall set on the slider before costs exceed it.",
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
                    "you can wait for a fall of {fall}",
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
        tip="The notional times the basis. The future ends at spot, so hedged coins and short together gain a "
        "contango and pay a backwardation, whatever the price does while the short is open. Yearly: simple, compound.",
        lines=(
            Line(kind="value", pick="basis_case", templates=("nothing", "gains {locked}", "pays {locked}")),
            Line(kind="sub", templates=("{basis_year} per year, {basis_compound} compound",)),
        ),
    ),
    Block(
        label="Coins and short",
        tip="With the carry and costs of the perpetual. The short loses its share of a rise. Once it is liquidated, "
        "or funding has used up its margin, it loses no more.",
        lines=(
            Line(kind="value", pick="death", templates=("{both_you} {both}", "liquidated", "liquidated")),
            Line(
                kind="sub",
                pick="death",
                templates=(
                    "coins alone {coins}; the short {given}",
                    "{both_you} {both}: liquidated at {dies}",
                    "{both_you} {both}: its margin is used up",
                ),
            ),
        ),
    ),
    Block(
        label="Market order",
        tone="is_short_book",
        tip="The order takes the book level by level, the best price first. Slippage is the distance of the average "
        "price from the mid price.",
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
        tip="The price has no drift: what you save if the order fills, you lose again if it does not. On average, "
        "waiting saves fee and spread against a market order now, while the price moves by one standard deviation.",
        lines=(
            Line(kind="value", templates=("{chance} filled",)),
            Line(kind="sub", templates=("saves {saved}; price ±{waiting}",)),
        ),
    ),
)
