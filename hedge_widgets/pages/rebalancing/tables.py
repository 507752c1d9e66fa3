"""The rebalancing page's tables: every rule on the same paths, whose gamma it is, what a drift asks to be traded."""

from typing import Any

import numpy as np

from hedge_widgets.model.options import black_76, delta_hedge, linear_greeks
from hedge_widgets.model.portfolio import rebalancing_trade
from hedge_widgets.model.rebalancing.picture import RebalancingPicture
from hedge_widgets.model.rebalancing.setting import DAYS_PER_YEAR
from hedge_widgets.pages.rebalancing.charts import RULE_WORDS
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table, note


def rules_table(picture: RebalancingPicture) -> str:
    """Return what every rule comes to on the paths, of a picture of one row."""
    chosen = picture.values
    where = {
        "every n days": f"every {formatted(float(chosen['interval'][0]), 'integer')} days",
        "band": f"band of ±{formatted(float(chosen['half_width'][0]), 'percent')}",
        "volatility": f"daily, volatility above {formatted(float(chosen['volatility_threshold'][0]), 'percent')}",
        "funding": f"daily, funding from {formatted(float(chosen['funding_threshold'][0]), 'rate')} per day",
    }
    columns = (
        (picture.annual_trades[0], "days"),
        (picture.annual_turnover[0], "usd"),
        (picture.annual_cost[0], "usd"),
        (picture.tracking_error[0], "usd"),
        (picture.net_mean[0], "usd_signed"),
        *((picture.net_quantiles[0, :, k], "usd_signed") for k in range(picture.net_quantiles.shape[2])),
    )
    rows = [
        (_capital(where.get(words, words)), *(formatted(float(values[k]), rule) for values, rule in columns))
        for k, words in enumerate(RULE_WORDS)
    ]
    head = ("Rule", "Trades per year", "Turnover per year", "Cost per year", "Tracking error per year")
    return figures_table((*head, "Net: mean", "Net: 5 %", "Net: median", "Net: 95 %"), rows)


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def rules_note(picture: RebalancingPicture) -> str:
    """Return what the table's figures are of."""
    paths = picture.setting.paths
    shown = "Net is the difference from a hedge that is on target every day at no cost."
    if picture.setting.measure == "net":
        shown = "Net is coins (or option), hedge and funding, minus the costs of rebalancing."
    funding = "without funding rates" if paths.funding is None else "with funding"
    count = "1 path" if len(paths.spot) == 1 else f"{len(paths.spot):,} paths"
    if len(paths.names) > 1 and not paths.names[0].startswith("Simulated"):
        count += " (windows that overlap)"
    return note(
        f"{shown} The figures are for {count} of {paths.n_days} days, {funding}. The opening and closing trades, which "
        f"every rule has, are not counted. {_capital(paths.stamp)}."
    )


def greeks_table(picture: RebalancingPicture) -> str:
    """Return the greeks at the start of coins, a short future and a sold call, quote currency."""
    paths, value = picture.setting.paths, picture.setting.position_value
    call = black_76("call", 1.0, 1.0, paths.years, paths.spot_volatility)
    sold = {name: None if (g := getattr(call, name)) is None else -g for name in ("delta", "gamma", "vega", "theta")}
    kinds = (("The coins", linear_greeks(1.0)), ("A short future", linear_greeks(-1.0)), ("A sold call", sold))
    units = {"delta": 1.0, "gamma": 0.01, "vega": 0.01, "theta": 1.0 / DAYS_PER_YEAR}

    def shown(greeks: dict[str, Any], name: str) -> str:
        greek = greeks[name]
        return formatted(None if greek is None else float(greek) * value * units[name], "usd_signed")

    rows = [(words, *(shown(greeks, name) for name in units)) for words, greeks in kinds]
    return figures_table(("At the start", "Delta", "Gamma per 1 % of price", "Vega per point", "Theta per day"), rows)


def attribution_table(picture: RebalancingPicture) -> str:
    """Return where a sold call, hedged by its delta every day, gains and loses: the path shown, and all of those."""
    paths, value = picture.setting.paths, picture.setting.position_value
    spot = paths.spot[paths.shown]
    made = delta_hedge("call", -1.0, spot, 1.0, paths.years, paths.spot_volatility)
    place = min(int(picture.path[0]), len(spot) - 1)
    parts = (
        ("The option", made.option_pnl),
        ("Its hedge", made.hedge_pnl),
        ("Together", made.net_pnl),
        ("Gamma part", made.gamma_pnl),
        ("Theta part", made.theta_pnl),
        ("Vega part", made.vega_pnl),
        ("Higher orders", made.other_pnl),
    )
    rows = []
    for words, pnl in parts:
        sums = value * np.asarray(pnl).sum(axis=1)
        rows.append((words, formatted(float(sums[place]), "usd_signed"), formatted(float(sums.mean()), "usd_signed")))
    return figures_table(("A sold call, hedged daily", paths.names[place], "Mean of the paths shown"), rows)


def trades_table() -> str:
    """Return what a drift asks to be traded: the articles' examples, docs/errata.md E6 and E7."""
    cases = (  # words, coins, price before, their move, hedge ratio, value of the short before, its move
        ("100 BTC +5 %, BTC +5 %", 100.0, 60_000.0, 0.05, 1.0, 6e6, 0.05),
        ("Altcoin +20 %, BTC +5 %", 50_000.0, 0.5, 0.2, 0.6, 15_000.0, 0.05),
        ("Altcoin −20 %, BTC −5 %", 50_000.0, 0.5, -0.2, 0.6, 15_000.0, -0.05),
    )
    rows = []
    for words, coins, price, move, ratio, short, hedge_move in cases:
        now = short * (1.0 + hedge_move)
        target, trade = rebalancing_trade(coins, price * (1.0 + move), ratio, -now)
        done = f"{'buy back' if trade > 0 else 'sell'} {formatted(abs(trade), 'usd')}"
        rows.append(
            (words, formatted(now, "usd"), formatted(-target, "usd"), done if abs(trade) >= 0.005 else "nothing")
        )
    return figures_table(("", "Short now", "Target", "Trade"), rows)
