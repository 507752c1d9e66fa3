"""The dated funding rules of the venues that ship in ``data/``."""

import functools

from hedge_widgets.market.facts import Row, rows
from hedge_widgets.model.carry import FundingRule
from hedge_widgets.model.contracts import ContractSpec

OTHER = "other"  # the row of a venue's contracts that have none of their own


@functools.cache
def funding_rules() -> dict[tuple[str, str], FundingRule]:
    """Return how the venues set their funding rates, by (venue, instrument), in the file's order."""
    return {(row["venue"], row["instrument"]): _rule(row) for row in rows("funding_rules.csv")}


def _rule(row: Row) -> FundingRule:
    return FundingRule(
        **{name: row[name] for name in ("venue", "instrument", "style", "notional_price", "note", "source", "date")},
        intervals=tuple(float(hours) for hours in row["intervals"].split()),
        interest=float(row["interest"]),
        clamp=float(row["clamp"]),
        cap=float(row["cap"]) if row["cap"] else None,
    )


def funding_rule(contract: ContractSpec) -> FundingRule | None:
    """Return the rule of a contract, else that of its venue's other contracts, else None: none is known."""
    found = funding_rules()
    return found.get((contract.venue, contract.symbol)) or found.get((contract.venue, OTHER))
