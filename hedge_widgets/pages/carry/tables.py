"""The carry page's tables: the same protection six ways, the roll, waiting, past funding, venues' rules."""

import html
from typing import Any

from hedge_widgets.market.carry_terms import funding_rules
from hedge_widgets.market.facts import FundingStatistic, funding_statistics
from hedge_widgets.model.carry import (
    NEXT_LIFE,
    annual_rate_of_history,
    converging_price,
    effective_sale_price,
    funding_regimes,
    futures_basis,
    is_rate,
    roll,
)
from hedge_widgets.model.carry.course import PAYMENTS_A_DAY
from hedge_widgets.model.carry.picture import fill_cost_rate, inputs_of
from hedge_widgets.model.carry.setting import CarrySetting
from hedge_widgets.model.costs import limit_order
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.options import (
    ALTERNATIVES,
    Alternative,
    ProtectionInputs,
    alternatives,
    coin_premium,
    coin_settled_delta,
    put_value,
)
from hedge_widgets.style import MISSING, formatted
from hedge_widgets.widgets.ages import cited
from hedge_widgets.widgets.tables import figures_table, note

_NAMES = {
    "perpetual": "Short perpetual",
    "dated": "Short dated future",
    "inverse": "Short inverse 1×, backed by the coins",
    "put": "Buy puts",
    "collar": "Collar: buy puts, sell calls for their price",
    "sale": "Sell that share of the coins",
}
_HOURS = (0.25, 1.0, 4.0, 24.0, 72.0)
_REGIME_WORDS = {1: "Shorts received", -1: "Shorts paid", 0: "Nobody paid"}


def folded(title: str, content: str) -> str:
    """Return what opens at a click on its title."""
    return f"<details><summary>{html.escape(title)}</summary>{content}</details>"


def _signed(value: Any) -> str:
    return formatted(None if value is None else float(value), "usd_signed")


# ---- six ways --------------------------------------------------------------------------------------------------------
def alternatives_table(setting: CarrySetting, values: dict[str, float]) -> str:
    """Return the same protection six ways at the sliders' move, or why there is none."""
    try:
        inputs = protection_of(setting, values)
        found = alternatives(inputs)
    except InputError as error:
        return note(f"The six ways cannot be compared: {error}.")
    rows = [_alternative_row(setting, name, found[name], values["move"]) for name in ALTERNATIVES]
    head: tuple[str, ...] = ("", f"Result at {formatted(values['move'], 'percent_signed')}", "Carry included", "Cost")
    head += ("Coins worthless", "Upside kept", "Margin", "Liquidated at")
    rise = formatted(float(inputs.rise), "percent_signed")
    small = (
        f"{_put_words(setting, inputs)} Options pay Deribit's fee (0.03 % of the coin, at most 12.5 % of the premium), "
        "and calls have the same volatility. Selling the coins costs 0.1 %, and so does buying them back. The upside "
        f"is taken at {rise}. A short costs no premium and gives up the upside; a put is insurance and keeps it. The "
        "dated and the inverse short pay the fees of the contract chosen; not every coin has such contracts, or "
        "options. Margins are isolated. “Coins worthless” is the result if the price goes to 0 and carry has not used "
        "up the margin of the hedge."
    )
    return figures_table(head, rows, numbers=range(1, 8)) + note(small)


def _put_words(setting: CarrySetting, inputs: ProtectionInputs) -> str:
    """Return what one put is and costs, in dollars and as a venue settles it in coin."""
    coin, spot = setting.contract.underlying, setting.spot_price
    put, days = put_value(inputs), float(inputs.short.days)
    strike = formatted(float(inputs.put_strike), "price")
    volatility = formatted(float(inputs.put_volatility), "percent")
    words = (
        f"A put at {strike} for {days_words(days)} at {volatility} volatility costs {formatted(put.price, 'price')} "
        "(Black 1976, on a forward above spot by the interest until then); the cost includes the interest on it."
    )
    if put.delta is None:
        return words
    delta = formatted(put.delta, "slope"), formatted(coin_settled_delta(put.delta, put.price, spot), "slope")
    paid = formatted(coin_premium(put.price, spot), "contracts")
    return f"{words} Settled in coin it costs {paid} {coin}, and its delta of {delta[0]} is {delta[1]} in coin."


def days_words(days: float) -> str:
    """Return a number of days in words."""
    return f"{days:g} day" + ("" if days == 1 else "s")


def protection_of(setting: CarrySetting, values: dict[str, float]) -> ProtectionInputs:
    """Return the model's inputs at slider values, the options' expiry after the days held."""
    return ProtectionInputs(
        short=inputs_of(setting, values, fill_cost_rate(setting, values["volatility"])),
        coverage=setting.coverage,
        move=values["move"],
        tiers=setting.contract.tiers,
        closing_fee_rate=setting.contract.closing_fee_rate,
        put_strike=setting.spot_price * (1.0 - setting.put_distance),
        put_volatility=values["volatility"],
        call_volatility=values["volatility"],
    )


def _alternative_row(setting: CarrySetting, name: str, row: Alternative, move: float) -> tuple[str, ...]:
    dies = row.liquidation_move
    posted = formatted(row.margin, "usd")
    if row.coins_posted:
        posted = f"{formatted(row.coins_posted, 'contracts')} {setting.contract.underlying}"
    if row.pnl is None:
        posted = "no call pays for it" if name == "collar" else "unknown: no rate to roll at"
    is_dead = dies is not None and move >= dies
    is_eaten = dies is not None and dies <= -1.0
    lived = f"after {formatted(row.eaten_days, 'days')} days" if is_eaten else formatted(dies, "percent_signed")
    return (
        _NAMES[name],
        "already liquidated" if is_dead else _signed(row.pnl),
        "—" if is_dead else _signed(row.carry),
        formatted(row.cost, "usd"),
        _signed(row.worst_pnl),
        formatted(row.upside_kept, "percent"),
        posted,
        "never" if dies is None else lived,
    )


# ---- roll ------------------------------------------------------------------------------------------------------------
def roll_table(setting: CarrySetting, basis: float, volatility: float) -> str:
    """Return the first roll of the dated short, at the present basis and for the same a year in the next one."""
    spot, left = setting.spot_price, setting.days_to_expiry - setting.days_to_roll
    first = spot * (1.0 + basis)
    rate = futures_basis(spot, first, setting.days_to_expiry).annual_simple
    if not is_rate(rate):
        of_year, life = formatted(rate, "percent"), days_words(setting.days_to_expiry)
        shown = f"A basis of {formatted(basis, 'percent')} for {life}, {of_year} per year, cannot last"
        return note(f"{shown}, so the page does not show what the dated short brings after {setting.roll_date}.")
    old, new = (float(converging_price(spot, rate, days)) for days in (left, left + NEXT_LIFE))
    cost = float(fill_cost_rate(setting, volatility))
    found = roll(setting.quantity, old, new, cost, cost)
    effective, closing_basis = effective_sale_price(first, spot, old)
    effect = "nothing" if abs(found.price_effect) < 0.005 else "you gain" if found.price_effect > 0 else "you pay"
    rows = [
        (
            f"Buy back the old future on {setting.roll_date}, {days_words(left)} before it expires",
            formatted(old, "price"),
        ),
        (f"Sell the next one, which expires {NEXT_LIFE:g} days later", formatted(new, "price")),
        (f"Effect of the prices on a short: {effect}", _signed(found.price_effect)),
        ("Fees and slippage of both trades", formatted(found.fees, "usd")),
        ("Together", _signed(found.price_effect - found.fees)),
        (
            f"If you sell the coins that day instead, each brings F1 {formatted(first, 'price')} + b2 "
            f"{formatted(closing_basis, 'price')}",
            formatted(effective, "price"),
        ),
    ]
    small = (
        f"In contango a roll sells at a higher price than it buys back, so a roll is not a cost in itself. The table "
        f"assumes that the spot price has not changed. After that the short is rolled every {NEXT_LIFE:g} days, in "
        "the chart and the six ways too. b2 is spot minus future on that day, whatever the spot price is by then."
    )
    return figures_table(("Roll of the dated short", ""), rows, numbers=(1,)) + note(small)


# ---- waiting ---------------------------------------------------------------------------------------------------------
def waiting_table(setting: CarrySetting, volatility: float) -> str:
    """Return what a limit order saves and risks, hour by hour, against the market order (docs/errata.md E21)."""
    rows = []
    for hours in _HOURS:
        found = limit_order(
            setting.limit_distance,
            hours,
            volatility,
            setting.half_spread,
            setting.maker_fee_rate,
            setting.taker_fee_rate,
        )
        saved = found.aggressive_cost - found.passive_cost
        rows.append(
            (
                f"{hours:g}\u00a0h",
                formatted(found.fill_probability, "percent"),
                formatted(saved, "rate"),
                f"±{formatted(found.waiting_deviation, 'rate')}",
                "—" if saved <= 0 else formatted(found.waiting_deviation / saved, "times"),
            )
        )
    away = formatted(setting.limit_distance, "rate")
    head = ("Waits", "Is filled", "Saves", "Price moves", "Price risk ÷ saving")
    now = formatted(setting.half_spread + setting.taker_fee_rate, "rate")
    small = (
        f"The limit is {away} away from a price with {formatted(volatility, 'percent')} volatility and no drift. If "
        f"it is not filled, a market order follows. A market order now costs {now}: half the spread and the taker "
        "fee. “Saves” is an average, and “price moves” is one standard deviation."
    )
    return figures_table(head, rows, numbers=range(1, 5)) + note(small)


# ---- past funding ----------------------------------------------------------------------------------------------------
def regimes_table(setting: CarrySetting) -> str:
    """Return how the history in use divides into stretches of one sign, and what is known of other years and coins."""
    history = setting.history
    year = annual_rate_of_history(history.payments, 24.0 / PAYMENTS_A_DAY)
    rows = [
        (
            _REGIME_WORDS[sign],
            formatted(regime.share, "percent"),
            f"{regime.n_stretches:,}",
            f"{formatted(regime.mean_length / PAYMENTS_A_DAY, 'days')} days",
            f"{formatted(regime.longest / PAYMENTS_A_DAY, 'days')} days",
            formatted(regime.mean_rate, "rate"),
            formatted(regime.largest_total, "percent_signed"),
        )
        for sign, regime in funding_regimes(history.payments).items()
    ]
    head = ("", "Share of time", "Stretches", "Mean length", "Longest", "Mean rate per 8 h", "Largest stretch")
    got = "received" if year >= 0 else "paid"
    small = f"{history.name}: a short {got} {formatted(abs(year), 'percent')} per year. {history.source}"
    return figures_table(head, rows, numbers=range(1, 7)) + note(small)


def collected_table() -> str:
    """Return what real shorts received, as collected, at a rate a year and over how long, with sources and dates."""
    shown = [
        (
            f"{fact.symbol} {fact.key}" if fact.kind == "year" else fact.key,
            _span(fact),
            formatted(fact.annual_rate, "percent_signed"),
            MISSING if fact.share_negative is None else formatted(fact.share_negative, "percent"),
            cited(fact.source, fact.date),
        )
        for fact in funding_statistics()
        if fact.kind in ("year", "symbol", "received")
    ]
    shown_table = figures_table(
        ("Real funding", "Over", "A short received, per year", "Negative", "Source"), shown, numbers=(2, 3)
    )
    return folded("Real funding of other years and coins, as collected", shown_table)


def _span(fact: FundingStatistic) -> str:
    """Return over how long a figure of past funding was taken."""
    if fact.kind == "year":
        return fact.key if fact.n_observations is None else f"{fact.n_observations} days of {fact.key}"
    if fact.n_observations is None or fact.interval_hours is None:
        return "12 months"
    return f"{fact.n_observations * fact.interval_hours / 24:.0f} days"


# ---- rules -----------------------------------------------------------------------------------------------------------
def rules_table() -> str:
    """Return how the venues set their rates, with sources and dates."""
    rows = []
    for rule in funding_rules().values():
        hours = ", ".join(f"{hours:g}" for hours in rule.intervals)
        rows.append(
            (
                rule.venue,
                rule.instrument,
                f"{hours} h" if hours else "continuously",
                formatted(rule.interest, "rate"),
                formatted(rule.clamp, "rate") if rule.clamp else "none",
                "by contract" if rule.cap is None else f"±{formatted(rule.cap, 'rate')}",
                rule.notional_price,
                rule.note,
                cited(rule.source, rule.date),
            )
        )
    head = ("Venue", "Contract", "Pays every", "Interest per 8 h", "Clamp", "Cap", "Price", "", "Source")
    return folded(f"{len(rows)} rules, with sources and dates", figures_table(head, rows, numbers=(3, 4, 5)))
