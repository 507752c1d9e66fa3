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
                    "{at_least}{pm_maintenance} to keep it open, which is {mm_percent} of its derivatives.",
                    "This book holds no derivatives, and coins that are fully paid require no margin in any account.",
                    "The book is empty. Move a slider to fill it.",
                    "{venue} offers portfolio margin from {required_equity} of equity, and this account has {equity}. "
                    "With enough equity, this book would require {at_least}{pm_initial} to open.",
                    "{venue}'s portfolio margin requires {at_least}{pm_initial} to open this book. The account has "
                    "only {equity} of equity, so it cannot be opened.",
                    "A move of {move} liquidates this book under {venue}'s portfolio margin; {pm_at} already does.",
                    "No scenario of {venue} makes this book lose, and no other charge is known here, so it "
                    "requires no margin. The gap between coins and futures can still cost money.",
                    "The perpetual or the future is below the smallest order, {smallest}: it cannot be opened in any "
                    "account.",
                    "No scenario of {venue} makes this book lose. What {venue} charges in addition is not known here, "
                    "so the margin is not known either.",
                ),
            ),
            Line(
                pick="binds",
                templates=(
                    "The worst scenario sets the margin: at a price move of {shock} the book loses {worst}.",
                    "The passing of one day (theta) sets the margin: the puts lose {theta}.",
                    "An extreme scenario beyond the grid sets the margin: {extreme} of its loss counts.",
                    "The cost of closing sets the margin: the minimum charge is {least}. The scenarios and the basis "
                    "charge come to {scenarios}.",
                    "Coins and derivatives offset each other: the worst scenario loses {worst}. Most of the margin is "
                    "the basis charge, {basis}.",
                    "",
                    "The worst scenario sets the margin: at a price move of {shock} and a change of volatility of "
                    "{vol_shock} the book loses {worst}.",
                ),
            ),
            Line(
                pick="on_top",
                templates=(
                    "",
                    "The basis charge adds {basis}.",
                    "What {venue} charges in addition, for the basis or for closing, is not known here.",
                ),
            ),
            Line(
                pick="compared",
                templates=(
                    "Isolated and cross margin each require {cross_initial} at {leverage}, and isolated margin must "
                    "all be cash. Portfolio margin frees {freed}.",
                    "Isolated and cross margin each require {cross_initial} at {leverage}, and isolated margin must "
                    "all be cash. Portfolio margin requires {more} more.",
                    _NO_TIERS + "{leverage} is above the {max_leverage} that the tier of this size allows.",
                    _NO_TIERS + "the position is above {largest}, where the margin tiers end.",
                    "Isolated and cross margin require nothing: their tiers are for futures, and this book has none.",
                    "",
                    "Isolated and cross margin each require {cross_initial} at {leverage}, and isolated margin must "
                    "all be cash. Portfolio margin is not open to this book.",
                    "Isolated and cross margin each require {cross_initial} at {leverage}, and isolated margin must "
                    "all be cash. Whether portfolio margin requires less is not known.",
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
                    "The {further_value} in {further} offsets nothing of {coin}, because each coin is a risk unit of "
                    "its own. It counts as collateral, after a haircut.",
                    "HYPOTHETICAL: a venue that counted {credit} of what {further} would offset would waive {waived}. "
                    "No venue here does so.",
                    "{idle} of {coin} is more than the derivatives need, so it offsets nothing; it requires no margin.",
                    "You have switched offsetting off, so the coins are collateral only.",
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
        tip="The loss in the worst scenario of the grid plus the basis charge, but at least the minimum charge; the "
        "initial margin is a multiple of that. “At least” means that a charge of this venue is not known.",
        lines=(
            Line(kind="value", pick="known", templates=("not known", "{pm_initial}", "at least {pm_initial}")),
            Line(
                kind="sub",
                pick="known",
                templates=(
                    "no scenario loses; other charges are not known",
                    "{pm_maintenance} to keep it open, {mm_percent} of derivatives",
                    "at least {pm_maintenance} to keep it open",
                ),
            ),
        ),
    ),
    Block(
        label="Cross margin (sum of tiers)",
        tip="A unified account: every future, long or short, requires the margin of its own tier. Cash, gains and the "
        "coins after a haircut back all of them.",
        lines=(
            Line(kind="value", templates=("{cross_initial}",)),
            Line(kind="sub", templates=("{cross_maintenance} to keep it open · equity {cross_equity}",)),
        ),
    ),
    Block(
        label="Isolated margin",
        tip="Each future has a margin of its own, in cash; the coins are elsewhere and do not back it. The dated "
        "future has the tiers of the perpetual here.",
        lines=(
            Line(kind="value", templates=("{cross_initial}",)),
            Line(kind="sub", templates=("the same tiers, all of it in cash",)),
        ),
    ),
    Block(
        label="Capital freed",
        tip="The initial margin of the cross account minus that of portfolio margin. It is not known if a charge of "
        "this venue is not known.",
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
        tip="The largest of the losses in the scenarios, in one day (theta) and in an extreme scenario, plus the "
        "basis charge; or the minimum charge, if that is more. OKX publishes this formula.",
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
        tip="Whether today's equity (cash, coins after a haircut, and puts) is enough for portfolio margin.",
        lines=(
            Line(kind="value", pick="eligible", templates=("no", "yes", "not known")),
            Line(
                kind="sub",
                pick="eligible",
                templates=(
                    "equity {equity}, required {required_equity}",
                    "equity {equity}, required {required_equity}",
                    "equity {equity}, what is required is not known",
                ),
            ),
        ),
    ),
    Block(
        label="Net delta of the risk unit",
        tip="The coins that offset derivatives plus the derivatives, in dollars.",
        lines=(
            Line(kind="value", templates=("{delta}",)),
            Line(kind="sub", templates=("coins in use {used} · not in use {idle}",)),
        ),
    ),
    Block(
        label="Offset from other coins",
        tip="On OKX, Bybit and Deribit, each coin is a risk unit of its own, so correlation earns no credit.",
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
        tip="Equity divided by maintenance margin under portfolio margin, at the chosen move. At 1 you are liquidated.",
        lines=(
            Line(kind="value", pick="has_level", templates=("—", "{pm_level}", "at most {pm_level}")),
            Line(kind="sub", templates=("liquidated at 1×",)),
        ),
    ),
    Block(
        label="Margin level with tiers (uniMMR)",
        tone="uni_liquidated",
        tip="Binance's portfolio margin has no grid. It divides the adjusted equity by the sum of the tiered "
        "maintenance margins (uniMMR).",
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
        tip="The nearest fall or rise that liquidates, searched from −99 to +2,000 %. A dash means that there is none.",
        lines=(
            Line(kind="value", templates=("{pm_at}",)),
            Line(
                kind="sub",
                pick="at_least",
                templates=(
                    "isolated {iso_at} · cross {cross_at}",
                    "counting the known charges · isolated {iso_at} · cross {cross_at}",
                ),
            ),
        ),
    ),
)
MARKS = {
    "perpetual": ("hedged",),
    "leverage": ("maximum",),
    "move": ("isolated", "portfolio"),
    "credit": ("correlation",),
}
REMARKS = {
    "volatility": ("It has no effect while you hold no puts.",),
    "credit": ("It has no effect without a second coin.",),
}
