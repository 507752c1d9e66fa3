"""The margin pages without a browser: liquidation prices through tiers, slider tables, tables at rest."""

from collections.abc import Iterator

import numpy as np

from hedge_widgets import MarginExplorer, PortfolioMarginExplorer, contract
from hedge_widgets.model.margin import FlatTiers, MarginTiers, Tiers, liquidation_price
from tests.bench.lab import seconds
from tests.bench.rows import Row, at_most
from tests.bench.tables import table_rows

N_PRICES = 100_000


def price_rows(*, short: bool) -> list[Row]:
    """Return the time of 100,000 liquidation prices of random positions, through marginal and through flat tiers."""
    marginal: MarginTiers = contract("Binance USD-M BTCUSDT").tiers
    flat = FlatTiers(
        caps=marginal.caps,
        maintenance_rates=marginal.maintenance_rates,
        initial_rates=tuple(1.0 / most for most in marginal.max_leverages),
    )
    draw = np.random.default_rng(15)
    side = np.where(draw.random(N_PRICES) < 0.5, -1.0, 1.0)
    quantity = 10.0 ** draw.uniform(-3, 4, N_PRICES)
    collateral = quantity * 60_000.0 / draw.uniform(1, 20, N_PRICES)

    def prices(tiers: Tiers) -> None:
        liquidation_price("linear", side, quantity, 60_000.0, collateral, tiers, 0.0005)

    rounds = 3 if short else 9
    return [
        at_most("100,000 liquidation prices, marginal tiers", seconds(lambda: prices(marginal), rounds), "s", 0.2),
        at_most("100,000 liquidation prices, flat tiers", seconds(lambda: prices(flat), rounds), "s", 0.2),
    ]


def rows(*, short: bool) -> Iterator[Row]:
    """Yield every row of the two margin pages that needs no browser."""
    yield from price_rows(short=short)
    yield from table_rows("margin", MarginExplorer())
    page = PortfolioMarginExplorer()
    page.live.picture(puts=1.0)  # what options need is loaded once
    yield from table_rows("portfolio margin", page)
