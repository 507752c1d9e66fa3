"""The page's tables, made when the hand rests: the risk unit by its charges, the dated constants, what is claimed."""

from hedge_widgets.market.facts import PortfolioMarginParameter, moments, portfolio_margin_parameters
from hedge_widgets.model.portfolio_margin.picture import PortfolioMarginPicture
from hedge_widgets.model.portfolio_margin.setting import PortfolioMarginSetting
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table

_NAMES = {
    "price_shock": "price shock",
    "former_price_shock": "price shock, formerly",
    "basis_charge": "basis charge",
    "extreme_shock": "extreme price shock",
    "min_charge_multiplier": "minimum charge times",
    "min_charge": "minimum charge",
    "minimum_equity": "equity to take part",
    "n_price_buckets": "price scenarios",
    "n_volatility_scenarios": "volatility scenarios",
    "extended_low": "extended price shock, low",
    "extended_high": "extended price shock, high",
    "no_new_orders_ratio": "no new orders at or below",
    "liquidation_ratio": "liquidation at or below",
}
_COUNTS = {"n_price_buckets": "integer", "n_volatility_scenarios": "integer", "min_charge_multiplier": "times"}


def units_table(picture: PortfolioMarginPicture) -> str:
    """Return what each risk unit is asked for, charge by charge, and the account's sum, of the first row."""
    unit, setting = picture.unit, picture.setting
    charges = ("shock_charge", "theta_charge", "extreme_charge", "basis_charge", "minimum_charge")
    own = [float(getattr(unit, name)[0]) for name in charges]
    maintenance, initial = float(unit.maintenance_margin[0]), float(unit.initial_margin[0])
    rows = [(setting.coin, *_money(unit.net_delta[0], *own, maintenance, initial))]
    if picture.values["second_spot"][0] > 0:
        rows.append((f"{setting.second} (spot alone)", *_money(*[0.0] * 8)))
    if picture.let_off[0] > 0:
        less = -float(picture.let_off[0])
        rows.append(("HYPOTHETICAL credit", *["—"] * 6, *_money(less, setting.rules.initial_factor * less)))
    sums = float(picture.maintenance[0, 2]), float(picture.initial[0, 2])
    rows.append(("account", *["—"] * 6, *_money(*sums)))
    head = ("risk unit", "net delta", "shock", "theta", "extreme", "basis", "minimum", "maintenance", "initial")
    return figures_table(head, rows)


def _money(*values: float) -> list[str]:
    """Return amounts to the cent: tables have full precision."""
    return [f"{'−' if round(value, 2) < 0 else ''}${abs(value):,.2f}" for value in values]


def constants_table(setting: PortfolioMarginSetting) -> str:
    """Return the dated constants behind the page as they ship: the venue's, Binance's, the tiers, the assumptions."""
    coins = (setting.coin, setting.second)
    rows = [
        (f"{one.venue}, {one.unit_group}: {_NAMES.get(one.parameter, one.parameter)}{_level(one)}", *_cells(one))
        for one in portfolio_margin_parameters()
        if one.venue in (setting.rules.venue, "Binance") and (not one.symbols or set(coins) & set(one.symbols))
    ]
    spec = setting.contract
    tiers = spec.tiers
    for cap, rate, leverage in zip(tiers.caps, tiers.maintenance_rates, tiers.max_leverages, strict=True):
        name = f"{spec.label}: maintenance up to {formatted(cap, 'usd')}, leverage {leverage:g}×"
        rows.append((name, formatted(rate, "rate"), tiers.source, tiers.date))
    ratio = formatted(setting.collateral_ratio, "percent")
    rows.append(("coins as collateral", ratio, "assumption; venues publish a haircut for each coin and size", ""))
    beta = f"{setting.second} per move of {setting.coin}"
    rows.append((beta, formatted(setting.second_beta, "slope"), f"to begin with: {moments().source}", ""))
    shown = figures_table(("constant", "value", "source", "date"), rows, kind="hw-words")
    return f"<details><summary>All constants of this page, as they ship</summary>{shown}</details>"


def _level(one: PortfolioMarginParameter) -> str:
    if one.level is None:
        return ""
    # The multipliers are for slices of the charge itself (OKX's notice of 24 December 2021, its worked example).
    is_step = one.parameter != "min_charge_multiplier"
    return f", step {one.level:g}" if is_step else f", up to a charge of {formatted(one.level, 'usd')}"


def _cells(one: PortfolioMarginParameter) -> tuple[str, str, str]:
    form = "usd" if one.parameter == "minimum_equity" else _COUNTS.get(one.parameter, "rate")
    return formatted(one.value, form), one.source, one.date
