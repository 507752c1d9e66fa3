"""The page's tables, made when the hand rests: the risk units by their charges, and the dated constants."""

from dataclasses import replace

import numpy as np

from hedge_widgets.market.coins import followed
from hedge_widgets.market.facts import PortfolioMarginParameter, latest_moments, portfolio_margin_parameters
from hedge_widgets.model.portfolio_margin import Leg, PortfolioRules, UnitMargin, unit_margin
from hedge_widgets.model.portfolio_margin.picture import PortfolioMarginPicture
from hedge_widgets.model.portfolio_margin.setting import FurtherCoin, PortfolioMarginSetting
from hedge_widgets.style import formatted
from hedge_widgets.widgets.ages import dated
from hedge_widgets.widgets.tables import figures_table

NOT_KNOWN = "not known"
_NAMES = {
    "price_shock": "Price shock",
    "former_price_shock": "Price shock, formerly",
    "basis_charge": "Basis charge",
    "extreme_shock": "Extreme price shock",
    "min_charge_multiplier": "Multiplier of the minimum charge",
    "min_charge": "Minimum charge",
    "minimum_equity": "Equity required",
    "initial_factor": "Initial margin divided by maintenance margin",
    "n_price_buckets": "Price scenarios",
    "n_volatility_scenarios": "Volatility scenarios",
    "extended_low": "Extended price shock, low",
    "extended_high": "Extended price shock, high",
    "no_new_orders_ratio": "No new orders at or below",
    "liquidation_ratio": "Liquidation at or below",
}
_FORMS = {
    "n_price_buckets": "integer",
    "n_volatility_scenarios": "integer",
    "min_charge_multiplier": "times",
    "initial_factor": "times",
    "minimum_equity": "usd",
}


def units_table(picture: PortfolioMarginPicture) -> str:
    """Return what each risk unit requires, charge by charge, and the account's sum, of the first row."""
    unit, setting = picture.unit, picture.setting
    required = float(unit.maintenance_margin[0]), float(unit.initial_margin[0])
    rules = setting.rules
    if not picture.notional[0]:  # there is nothing that a charge which is not known could be for
        rules = replace(rules, annual_basis_rate=0.0, minimum_charge_rate=0.0)
    rows = [(setting.coin, *_unit_cells(unit, rules, float(unit.net_delta[0]), required))]
    for one, worth in zip(setting.further, picture.further[0], strict=True):
        if worth:
            rows.append(_spot_alone(one, float(worth)))
    if picture.waived[0] > 0:
        less = -float(picture.waived[0])
        rows.append(("HYPOTHETICAL credit", *["—"] * 6, *_money(less, setting.rules.initial_factor * less)))
    sums = float(picture.maintenance[0, 2]), float(picture.initial[0, 2])
    rows.append(("Account", *["—"] * 6, *(_bound(amount, is_complete=rules.is_complete) for amount in sums)))
    head = ("Risk unit", "Net delta", "Shock", "Theta", "Extreme", "Basis", "Minimum", "Maintenance", "Initial")
    return figures_table(head, rows)


def _spot_alone(one: FurtherCoin, worth: float) -> tuple[str, ...]:
    """Return the row of a further coin, which is a risk unit of its own where the venue has a grid for it."""
    if one.rules is None:
        is_dollar = one.is_stable and not one.is_foreign
        return (f"{one.coin} ({'counts as cash' if is_dollar else 'no grid'})", *["—"] * 8)
    unit = unit_margin([Leg(instrument="spot", quantity=worth, price=1.0)], one.rules)
    required = (unit.maintenance_margin, unit.initial_margin)
    name = f"{one.coin} ({'coins alone' if worth > 0 else 'owed'})"
    return (name, *_money(unit.net_delta, *_charges(unit), *required))  # nothing to charge for: no derivatives


def _charges(unit: UnitMargin) -> list[float]:
    """Return the charges of a risk unit of one row, in the table's order."""
    names = ("shock_charge", "theta_charge", "extreme_charge", "basis_charge", "minimum_charge")
    return [float(np.ravel(getattr(unit, name))[0]) for name in names]


def _unit_cells(unit: UnitMargin, rules: PortfolioRules, delta: float, required: tuple[float, float]) -> list[str]:
    """Return the cells of the unit with derivatives; a charge that is not known is no amount."""
    cells = _money(delta, *_charges(unit))
    for place, rate in ((4, rules.annual_basis_rate), (5, rules.minimum_charge_rate)):
        cells[place] = NOT_KNOWN if rate is None else cells[place]
    return [*cells, *(_bound(amount, is_complete=rules.is_complete) for amount in required)]


def _bound(amount: float, *, is_complete: bool) -> str:
    """Return an amount, or how little it says where charges are missing in it."""
    if is_complete:
        return _money(amount)[0]
    return f"at least {_money(amount)[0]}" if amount > 0 else NOT_KNOWN


def _money(*values: float) -> list[str]:
    """Return amounts to the cent: tables have full precision."""
    return [f"{'−' if round(value, 2) < 0 else ''}${abs(value):,.2f}" for value in values]


def constants_table(setting: PortfolioMarginSetting) -> str:
    """Return the dated constants behind the page as they ship: the venue's, Binance's, the tiers, the assumptions."""
    held = [one for place, one in enumerate(setting.further) if place == 0 or one.share]
    coins = (setting.coin, *(one.coin for one in held))
    rows = [
        (f"{one.venue}, {one.unit_group}: {_NAMES.get(one.parameter, one.parameter)}{_level(one)}", *_cells(one))
        for one in portfolio_margin_parameters()
        if one.venue in (setting.rules.venue, "Binance") and (not one.symbols or set(coins) & set(one.symbols))
    ]
    spec = setting.contract
    tiers = spec.tiers
    for cap, rate, leverage in zip(tiers.caps, tiers.maintenance_rates, tiers.max_leverages, strict=True):
        name = f"{spec.label}: maintenance rate up to {formatted(cap, 'usd')}, leverage {leverage:g}×"
        rows.append((name, formatted(rate, "rate"), tiers.source, dated(tiers.date)))
    ratio = formatted(setting.collateral_ratio, "percent")
    rows.append(
        (
            "Share of coins counted as collateral",
            ratio,
            "an assumption; venues publish a haircut for each coin and size",
            "",
        )
    )
    for one in held:
        name = f"Beta of {one.coin} to {setting.coin}"
        known = followed(one.coin) in latest_moments().symbols
        source = f"at first: {latest_moments().source}" if known else "an assumption: that of a typical altcoin"
        rows.append(
            (name, formatted(one.beta, "slope"), "a stablecoin is taken not to move" if one.is_stable else source, "")
        )
    shown = figures_table(("Constant", "Value", "Source", "Date"), rows, kind="hw-words")
    return f"<details><summary>All constants of this page, before your edits</summary>{shown}</details>"


def _level(one: PortfolioMarginParameter) -> str:
    if one.level is None:
        return ""
    # The multipliers are for slices of the charge itself (OKX's notice of 24 December 2021, its worked example).
    is_step = one.parameter != "min_charge_multiplier"
    return f", step {one.level:g}" if is_step else f", up to a charge of {formatted(one.level, 'usd')}"


def _cells(one: PortfolioMarginParameter) -> tuple[str, str, str]:
    return formatted(one.value, _FORMS.get(one.parameter, "rate")), one.source, dated(one.date)
