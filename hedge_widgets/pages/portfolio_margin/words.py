"""The page's words: what the book is asked for, what sets it, what it frees, and what happens after the move."""

from hedge_widgets.live import Block, Line

_STATUS_WORDS = (
    "stands",
    "is liquidated",
    "cannot be opened",
    "is closed to this account",
    "is refused",
    "has nothing at stake",
)
_NO_TIERS = "No isolated or cross margin to show: "
STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "coin": "words:coin",
    "second": "words:second",
    "venue": "words:venue",
    "pm_initial": "usd",
    "pm_maintenance": "usd",
    "mm_percent": "percent",
    "asked_equity": "usd",
    "equity": "usd",
    "move": "percent_signed",
    "pm_at": "percent_signed",
    "shock": "percent_signed",
    "vol_shock": "percent_signed",
    "worst": "usd",
    "theta": "usd",
    "extreme": "usd",
    "basis": "usd",
    "least": "usd",
    "scenarios": "usd",
    "leverage": "times",
    "cross_initial": "usd",
    "freed": "usd",
    "at_most": ("", "at most "),
    "more": "usd",
    "max_leverage": "times",
    "smallest": "usd",
    "largest": "usd",
    "iso_word": _STATUS_WORDS,
    "cross_word": _STATUS_WORDS,
    "pm_word": _STATUS_WORDS,
    "second_value": "usd",
    "credit": "percent",
    "let_off": "usd",
    "idle": "usd",
}
STORY = (
    Block(
        tone="is_dead",
        lines=(
            Line(
                kind="lead",
                pick="case",
                templates=(
                    "{venue}'s portfolio margin asks {pm_initial} to open this book and {pm_maintenance} to keep it, "
                    "{mm_percent} of its derivatives.",
                    "There is no derivative in this book. Fully paid coins need no margin, in any regime.",
                    "The book is empty. Move a slider.",
                    "{venue} requires {asked_equity} of equity to take part, and this account has {equity}. If it "
                    "could, portfolio margin would ask {pm_initial} to open this book.",
                    "{venue}'s portfolio margin asks {pm_initial} to open this book. The account has {equity} of "
                    "equity: it cannot be opened.",
                    "A move of {move} has liquidated this book under {venue}'s portfolio margin, at {pm_at}.",
                    "No scenario of {venue} moves this book, and the parameters here hold no other charge: nothing is "
                    "asked. The gap between its legs can still lose.",
                    "The perpetual or the future is below the smallest order, {smallest}: there is no such position in "
                    "any regime.",
                ),
            ),
            Line(
                pick="binds",
                templates=(
                    "The worst scenario sets it: a price of {shock} loses {worst}; the basis adds {basis}.",
                    "A day that passes sets it: the puts lose {theta}; the basis adds {basis}.",
                    "A scenario beyond the grid sets it, {extreme} by its weight; the basis adds {basis}.",
                    "The cost of closing sets it, the minimum charge of {least}; scenarios and basis come to "
                    "{scenarios}.",
                    "The legs offset: the worst scenario loses {worst}. The basis is most, {basis} on what is matched: "
                    "not zero, nor the futures' margin.",
                    "",
                    "The worst scenario sets it: a price of {shock} with volatility {vol_shock} loses {worst}; the "
                    "basis adds {basis}.",
                ),
            ),
            Line(
                pick="compared",
                templates=(
                    "Isolated and cross ask {cross_initial} at {leverage}, isolated all of it in cash. Portfolio "
                    "margin frees {at_most}{freed}.",
                    "Isolated and cross ask {cross_initial} at {leverage}, isolated all of it in cash. Portfolio "
                    "margin asks {more} more.",
                    _NO_TIERS + "{leverage} is above the {max_leverage} that the tier of this size allows.",
                    _NO_TIERS + "the position is above the {largest} at which the tiers end.",
                    "Isolated and cross ask nothing: tiers know futures, and there is none in the book.",
                    "",
                    "Isolated and cross ask {cross_initial} at {leverage}, isolated in cash. Portfolio margin is not "
                    "open to this book.",
                ),
            ),
            Line(
                kind="note",
                pick="when",
                templates=(
                    "",
                    "Today isolated {iso_word}, cross {cross_word}, portfolio margin {pm_word}.",
                    "After a move of {move} isolated {iso_word}, cross {cross_word}, portfolio margin {pm_word}.",
                ),
            ),
            Line(
                kind="note",
                pick="other",
                templates=(
                    "",
                    "{second} worth {second_value} offsets nothing of {coin}: a risk unit is one coin. It is "
                    "collateral, after its haircut.",
                    "HYPOTHETICAL: {credit} of what {coin} and {second} would offset is {let_off} less. No venue here "
                    "grants it.",
                    "{idle} of {coin} is more than the derivatives need: plain inventory, without margin and without "
                    "offset.",
                    "Switched off: the coins are collateral, and offset no derivative.",
                ),
            ),
        ),
    ),
)

TILE_SLOTS: dict[str, str | tuple[str, ...]] = {
    **STORY_SLOTS,
    "cross_maintenance": "usd",
    "cross_equity": "usd",
    "worst_signed": "usd_signed",
    "what": ("worst scenario", "a day passing", "extreme scenario", "minimum charge", "basis charge", "nothing"),
    "delta": "usd_signed",
    "used": "usd",
    "pm_level": "times",
    "uni_level": "times",
    "no_new": "percent",
    "liquidates": "percent",
    "iso_at": "percent_signed",
    "cross_at": "percent_signed",
    "collateral": "usd",
}
TILES = (
    Block(
        label="Portfolio margin",
        tip="The worst of the grid of scenarios plus the basis charge, at least the minimum charge; the initial margin "
        "is that times a factor.",
        lines=(
            Line(kind="value", templates=("{pm_initial}",)),
            Line(kind="sub", templates=("to keep it {pm_maintenance}, {mm_percent} of derivatives",)),
        ),
    ),
    Block(
        label="Cross, sum of tiers",
        tip="A unified account: every future pays its own tier, long and short alike; cash, gains and coins after "
        "their haircut back them all.",
        lines=(
            Line(kind="value", templates=("{cross_initial}",)),
            Line(kind="sub", templates=("to keep it {cross_maintenance} · equity {cross_equity}",)),
        ),
    ),
    Block(
        label="Isolated",
        tip="Each future has a margin of its own, in cash; the coins lie elsewhere and do not help. The future is "
        "taken to have the tiers of the perpetual.",
        lines=(
            Line(kind="value", templates=("{cross_initial}",)),
            Line(kind="sub", templates=("the same tiers, all of it in cash",)),
        ),
    ),
    Block(
        label="Capital freed",
        tip="Initial margin of the cross account less that of portfolio margin. At most: this venue's basis or minimum "
        "charge is not known here and taken as 0.",
        lines=(
            Line(kind="value", pick="freeing", templates=("{at_most}{freed}", "−{more}", "—")),
            Line(
                kind="sub",
                pick="freeing",
                templates=("less initial margin than cross", "portfolio margin asks more", "nothing to compare"),
            ),
        ),
    ),
    Block(
        label="Worst scenario",
        tip="The largest loss of the risk unit over all shocks of price and volatility.",
        lines=(
            Line(kind="value", pick="loses", templates=("no loss", "{worst_signed}")),
            Line(kind="sub", pick="loses", templates=("at any shock", "price {shock}, volatility {vol_shock}")),
        ),
    ),
    Block(
        label="What sets the margin",
        tip="max(max(shock, theta, extreme) + basis, minimum): the form that OKX publishes.",
        lines=(
            Line(kind="value", templates=("{what}",)),
            Line(kind="sub", templates=("basis {basis} · minimum {least}",)),
        ),
    ),
    Block(
        label="May take part",
        tip="Equity today: cash, coins after their haircut, puts.",
        lines=(
            Line(kind="value", pick="eligible", templates=("no", "yes")),
            Line(kind="sub", templates=("equity {equity}, asked {asked_equity}",)),
        ),
    ),
    Block(
        label="Net delta of the risk unit",
        tip="Coins in use plus derivatives, in dollars. Coins beyond what offsets derivatives are left out.",
        lines=(
            Line(kind="value", templates=("{delta}",)),
            Line(kind="sub", templates=("coins in use {used} · idle {idle}",)),
        ),
    ),
    Block(
        label="Second coin against the first",
        tip="Risk units are per coin on OKX, Bybit and Deribit as modelled here: no correlation is credited.",
        lines=(
            Line(kind="value", pick="second_case", templates=("none held", "no offset", "{let_off} less")),
            Line(
                kind="sub",
                pick="second_case",
                templates=("", "{second}: {collateral} of collateral", "HYPOTHETICAL: no venue grants it"),
            ),
        ),
    ),
    Block(
        label="Margin level after the move",
        tone="is_dead",
        tip="Equity over maintenance margin under portfolio margin, at the chosen move; 1 liquidates.",
        lines=(
            Line(kind="value", pick="has_level", templates=("—", "{pm_level}")),
            Line(kind="sub", templates=("liquidated at 1×",)),
        ),
    ),
    Block(
        label="The same in tiers (uniMMR)",
        tone="uni_dead",
        tip="Binance's portfolio margin has no grid: adjusted equity over the sum of tiered maintenance margins.",
        lines=(
            Line(kind="value", pick="has_tiers", templates=("—", "{uni_level}")),
            Line(
                kind="sub",
                pick="uni_code",
                templates=(
                    "Binance: trades, liquidates at {liquidates}",
                    "Binance: no new orders up to {no_new}",
                    "Binance: liquidated up to {liquidates}",
                    "no tiers to sum",
                ),
            ),
        ),
    ),
    Block(
        label="Liquidated at a move of",
        tip="The nearer of a fall and a rise, looked for from −99 to +2,000 %. A dash: none, or nothing to liquidate.",
        lines=(
            Line(kind="value", templates=("{pm_at}",)),
            Line(kind="sub", templates=("isolated {iso_at} · cross {cross_at}",)),
        ),
    ),
)
MARKS = {
    "perpetual": ("hedged",),
    "leverage": ("tier's most",),
    "move": ("isolated", "portfolio"),
    "credit": ("correlation",),
}
