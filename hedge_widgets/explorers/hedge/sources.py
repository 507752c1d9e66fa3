"""The constants behind the picture, each with its source and date."""

import html

from hedge_widgets.market.facts import moments
from hedge_widgets.model.hedge import HedgeInputs
from hedge_widgets.style import formatted


def sources_html(inputs: HedgeInputs) -> str:
    """Return a table of the contract's constants, its margin tiers and the volatilities' source, as safe HTML."""
    contract = inputs.contract
    tiers = contract.tiers
    unit = contract.underlying if contract.kind == "inverse" else "$"
    size = f"{contract.contract_multiplier:g} {'$' if contract.kind == 'inverse' else contract.underlying}"
    rows = [
        ("contract", f"{contract.label}, {contract.kind}, {size} a contract", contract.source, contract.date),
        (
            "lot, minimum",
            f"{contract.lot_size:g} contracts, at least {contract.min_quantity:g} and ${contract.min_notional:g}",
            contract.source,
            contract.date,
        ),
        (
            "fees",
            f"maker {formatted(contract.maker_fee_rate, 'rate')}, taker {formatted(contract.taker_fee_rate, 'rate')}",
            "regular tier, 2026 fee tables",
            "2026-11-20",
        ),
        ("funding interval", f"{contract.funding_interval:g} h", contract.source, contract.date),
        (
            "liquidation fee",
            "inside the margin that is lost"
            if contract.liquidation_fee_rate is None
            else f"{formatted(contract.liquidation_fee_rate, 'rate')}, inside the margin that is lost",
            contract.source,
            contract.date,
        ),
        (
            "closing fee in the liquidation condition",
            formatted(contract.closing_fee_rate, "rate"),
            "venue documentation",
            "2026-11-20",
        ),
        ("half spread, daily volume", "orders of magnitude", "assumption; edit them above", "2026-11-20"),
        ("volatilities, correlations", "2023 to 2025 unless you load prices", moments().source, "2026-11-20"),
        ("prices", "as typed, or the last of your file", "illustrative in the examples", "2026-11-20"),
    ]
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    steps = "".join(
        f"<tr><td>up to {html.escape(_cap(cap, unit))}</td><td>{formatted(rate, 'rate')}</td><td>{leverage:g}×</td>"
        f"<td>{html.escape(_cap(deduction, unit))}</td></tr>"
        for cap, rate, leverage, deduction in zip(
            tiers.caps, tiers.maintenance_rates, tiers.max_leverages, tiers.deductions, strict=True
        )
    )
    return (
        "<details><summary>Constants, sources and dates</summary>"
        f"<table><tr><th>what</th><th>value</th><th>source</th><th>date</th></tr>{body}</table></details>"
        f"<details><summary>Margin tiers of {html.escape(contract.label)} ({html.escape(tiers.source)}, {tiers.date})"
        "</summary><table><tr><th>position</th><th>maintenance</th><th>max leverage</th><th>deduction</th></tr>"
        f"{steps}</table></details>"
        "<p class='hw-note'>Venues change these without notice. What happens if, not advice to trade.</p>"
    )


def _cap(value: float, unit: str) -> str:
    return "any size" if value == float("inf") else f"{value:,.10g} {unit}"
