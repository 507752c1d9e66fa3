"""The page's words: what margin the book requires, what sets it, what it frees, and what the move does to it."""

from hedge_widgets.live import Block, Line

_STATUS_WORDS = (
    "is not liquidated",
    "is liquidated",
    "cannot be opened",
    "is not open to you",
    "is refused",
    "has nothing at stake",
    "is not liquidated by the charges that are known",
)
_EACH = "isolated margin {iso_word}, cross margin {cross_word}, and portfolio margin {pm_word}."
_NO_TIERS = "There is no isolated or cross margin to show: "
STORY_SLOTS: dict[str, str | tuple[str, ...]] = {
    "coin": "words:coin",
    "venue": "words:venue",
    "pm_initial": "usd",
    "pm_maintenance": "usd",
    "mm_percent": "percent",
    "required_equity": "usd",
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
    "at_least": ("", "at least "),
    "more": "usd",
    "max_leverage": "times",
    "smallest": "usd",
    "largest": "usd",
    "iso_word": _STATUS_WORDS,
    "cross_word": _STATUS_WORDS,
    "pm_word": _STATUS_WORDS,
    "further": "words:further",
    "further_value": "usd",
    "credit": "percent",
    "waived": "usd",
    "idle": "usd",
}
STORY = (
    Block(
        tone="is_liquidated",
        lines=(
            Line(
                kind="lead",
                pick="case",
                templates=(
                    "{venue}'s portfolio margin requires {at_least}{pm_initial} to open this book and "
                    "{at_least}{pm_maintenance} to keep it open, {mm_percent} of its derivatives.",
                    "There is no derivative in this book. Fully paid coins require no margin in any account.",
                    "The book is empty. Move a slider.",
                    "{venue} offers portfolio margin from {required_equity} of equity, and this account has {equity}. "
                    "With enough equity, this book would require {at_least}{pm_initial} to open.",
                    "{venue}'s portfolio margin requires {at_least}{pm_initial} to open this book. The account has "
                    "only {equity} of equity, so it cannot be opened.",
                    "A move of {move} liquidates this book under {venue}'s portfolio margin, already at {pm_at}.",
                    "No scenario of {venue} makes this book lose, and the parameters here hold no other charge: it "
                    "requires no margin. The gap between coins and futures can still cost money.",
                    "The perpetual or the future is below the smallest order, {smallest}: it cannot be opened in any "
                    "account.",
                    "No scenario of {venue} makes this book lose. What {venue} charges on top is not known here, so "
                    "neither is the margin.",
                ),
            ),
            Line(
                pick="binds",
                templates=(
                    "The worst scenario sets it: at a price move of {shock} the book loses {worst}.",
                    "The passing of a day sets it: the puts lose {theta}.",
                    "A scenario beyond the grid sets it: {extreme} of its loss counts.",
                    "The cost of closing sets it: the minimum charge of {least}. Scenarios and basis charge come to "
                    "{scenarios}.",
                    "Coins and derivatives offset each other: the worst scenario loses {worst}. Most of the margin is "
                    "the basis charge, {basis}.",
                    "",
                    "The worst scenario sets it: at a price move of {shock} and volatility {vol_shock} the book "
                    "loses {worst}.",
                ),
            ),
            Line(
                pick="on_top",
                templates=(
                    "",
                    "The basis charge adds {basis}.",
                    "What {venue} charges on top for the basis or for closing is not known here.",
                ),
            ),
            Line(
                pick="compared",
                templates=(
                    "Isolated and cross margin each require {cross_initial} at {leverage}, isolated all in cash. "
                    "Portfolio margin frees {freed}.",
                    "Isolated and cross margin each require {cross_initial} at {leverage}, isolated all in cash. "
                    "Portfolio margin requires {more} more.",
                    _NO_TIERS + "{leverage} is above the {max_leverage} that the tier of this size allows.",
                    _NO_TIERS + "the position is above {largest}, where the tiers end.",
                    "Isolated and cross margin require nothing: their tiers are for futures, and the book has none.",
                    "",
                    "Isolated and cross margin each require {cross_initial} at {leverage}, isolated all in cash. "
                    "Portfolio margin is not open to this book.",
                    "Isolated and cross margin each require {cross_initial} at {leverage}, isolated all in cash. "
                    "Whether portfolio margin requires less is not known.",
                ),
            ),
            Line(
                kind="note",
                pick="when",
                templates=(
                    "",
                    f"Today {_EACH}",
                    f"After a move of {{move}} {_EACH}",
                    "Today none of the three is liquidated.",
                    "After a move of {move} none of the three is liquidated.",
                ),
            ),
            Line(
                kind="note",
                pick="other",
                templates=(
                    "",
                    "The {further_value} in {further} offsets nothing of {coin}, because a risk unit is one coin. It "
                    "is collateral, after a haircut.",
                    "HYPOTHETICAL: counting {credit} of what {further} would offset waives {waived}. No venue here "
                    "does so.",
                    "{idle} of {coin} is more than the derivatives need: it requires no margin and offsets nothing.",
                    "Offsetting is switched off: the coins are collateral only.",
                    "You owe {further_value} in {further} on balance. It offsets nothing of {coin} and is taken off "
                    "the equity.",
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
    "what": ("worst scenario", "passing of a day", "extreme scenario", "minimum charge", "basis charge", "nothing"),
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
        "is a multiple of that. At least: a charge of this venue is not known.",
        lines=(
            Line(kind="value", pick="known", templates=("not known", "{pm_initial}", "at least {pm_initial}")),
            Line(
                kind="sub",
                pick="known",
                templates=(
                    "no scenario loses; other charges are not known",
                    "to keep it open {pm_maintenance}, {mm_percent} of derivatives",
                    "to keep it open at least {pm_maintenance}",
                ),
            ),
        ),
    ),
    Block(
        label="Cross, sum of tiers",
        tip="A unified account: every future requires the margin of its own tier, long and short alike; cash, gains "
        "and coins after a haircut back them all.",
        lines=(
            Line(kind="value", templates=("{cross_initial}",)),
            Line(kind="sub", templates=("to keep it open {cross_maintenance} · equity {cross_equity}",)),
        ),
    ),
    Block(
        label="Isolated",
        tip="Each future has a margin of its own, in cash; the coins are elsewhere and do not help. The tiers of "
        "the perpetual are used for the future too.",
        lines=(
            Line(kind="value", templates=("{cross_initial}",)),
            Line(kind="sub", templates=("same tiers, all of it in cash",)),
        ),
    ),
    Block(
        label="Capital freed",
        tip="Initial margin of the cross account less that of portfolio margin. Not known where a charge of this venue "
        "is not known.",
        lines=(
            Line(kind="value", pick="freeing", templates=("{freed}", "−{more}", "—", "not known")),
            Line(
                kind="sub",
                pick="freeing",
                templates=(
                    "less initial margin than cross",
                    "portfolio margin requires more",
                    "nothing to compare",
                    "a charge of {venue} is not known",
                ),
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
            Line(
                kind="sub",
                pick="charges",
                templates=(
                    "basis {basis} · minimum {least}",
                    "basis not known · minimum {least}",
                    "basis {basis} · minimum not known",
                    "basis and minimum charge not known",
                ),
            ),
        ),
    ),
    Block(
        label="Eligible",
        tip="Whether today's equity is enough for portfolio margin: cash, coins after a haircut, and puts.",
        lines=(
            Line(kind="value", pick="eligible", templates=("no", "yes", "not known")),
            Line(
                kind="sub",
                pick="eligible",
                templates=(
                    "equity {equity}, required {required_equity}",
                    "equity {equity}, required {required_equity}",
                    "equity {equity}, the least required is not known",
                ),
            ),
        ),
    ),
    Block(
        label="Net delta of the risk unit",
        tip="Coins that offset derivatives, plus the derivatives, in dollars.",
        lines=(
            Line(kind="value", templates=("{delta}",)),
            Line(kind="sub", templates=("coins in use {used} · idle {idle}",)),
        ),
    ),
    Block(
        label="Offset from other coins",
        tip="Risk units are per coin on OKX, Bybit and Deribit as modelled here: correlation earns no credit.",
        lines=(
            Line(kind="value", pick="further_case", templates=("no other coin", "none", "{waived} waived")),
            Line(
                kind="sub",
                pick="further_case",
                templates=("", "{further}: {collateral} of collateral", "HYPOTHETICAL: no venue does so"),
            ),
        ),
    ),
    Block(
        label="Margin level after the move",
        tone="is_liquidated",
        tip="Equity over maintenance margin under portfolio margin, at the chosen move; liquidated at 1.",
        lines=(
            Line(kind="value", pick="has_level", templates=("—", "{pm_level}", "at most {pm_level}")),
            Line(kind="sub", templates=("liquidated at 1×",)),
        ),
    ),
    Block(
        label="The same with tiers (uniMMR)",
        tone="uni_liquidated",
        tip="Binance's portfolio margin has no grid: adjusted equity over the sum of tiered maintenance margins.",
        lines=(
            Line(kind="value", pick="has_tiers", templates=("—", "{uni_level}")),
            Line(
                kind="sub",
                pick="uni_code",
                templates=(
                    "Binance: open, liquidated at {liquidates}",
                    "Binance: no new orders at {no_new} or less",
                    "Binance: liquidated at {liquidates} or less",
                    "no tiers to add up",
                ),
            ),
        ),
    ),
    Block(
        label="Liquidated at a move of",
        tip="The nearer of a fall and a rise, searched from −99 to +2,000 %. A dash means that there is none.",
        lines=(
            Line(kind="value", templates=("{pm_at}",)),
            Line(
                kind="sub",
                pick="at_least",
                templates=(
                    "isolated {iso_at} · cross {cross_at}",
                    "by the charges that are known · isolated {iso_at} · cross {cross_at}",
                ),
            ),
        ),
    ),
)
MARKS = {
    "perpetual": ("hedged",),
    "leverage": ("most allowed",),
    "move": ("isolated", "portfolio"),
    "credit": ("correlation",),
}
REMARKS = {
    "volatility": ("No effect while you hold no puts.",),
    "credit": ("No effect without a second coin.",),
}
