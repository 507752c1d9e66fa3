"""What the cash carries: what becomes of the hedge over a grid of coverages and leverages."""

from dataclasses import replace
from typing import Any

import numpy as np

from hedge_widgets.model.contracts import ABOVE_MAX_LEVERAGE
from hedge_widgets.model.hedge import HedgeInputs, hedge_outcome
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table

COVERAGES = np.array([0.25, 0.5, 0.75, 1.0, 1.25])
LEVERAGES = np.array([1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0])


def cash_table(inputs: HedgeInputs) -> str:
    """Return, as HTML, what becomes of the hedge of scalar inputs at every coverage and leverage of the grid."""
    coverage, leverage = (grid.ravel() for grid in np.meshgrid(COVERAGES, LEVERAGES))
    outcome = hedge_outcome(replace(inputs, coverage=coverage, leverage=leverage))
    cells = np.array([_cell(inputs, outcome, place) for place in range(len(coverage))], dtype=object)
    rows = cells.reshape(len(LEVERAGES), len(COVERAGES))
    head = ["leverage", *(f"coverage {formatted(share, 'percent')}" for share in COVERAGES)]
    lines = [[formatted(float(times), "times"), *row] for times, row in zip(LEVERAGES, rows, strict=True)]
    cash = (
        f"“Requires” is more than the {formatted(float(inputs.cash), 'usd')} that you have. "
        if inputs.cash
        else "Say how much cash you have on the exchange, and the table says what it is enough for. "
    )
    return figures_table(head, lines, f"What is left of coins and hedge together at the move you chose. {cash}")


def _cell(inputs: HedgeInputs, outcome: Any, place: int) -> str:
    margin = float(outcome.initial_margin[place])
    if outcome.refusal[place] >= ABOVE_MAX_LEVERAGE:
        return "refused"
    if outcome.notional[place] == 0:
        return "no order"
    if inputs.cash and margin > float(inputs.cash) * (1.0 + 1e-12):
        return f"requires {formatted(margin, 'usd')}"
    net = formatted(float(outcome.net_pnl[place]), "usd_signed")
    return f"liquidated, {net}" if outcome.is_liquidated[place] else net
