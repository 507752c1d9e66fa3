"""The constants behind the picture, each with its source and date, to be edited."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hedge_widgets.market.facts import contracts, funding_presets, latest_moments
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.margin import MarginTiers
from hedge_widgets.model.quantities import Quantity
from hedge_widgets.model.typed import typed_number
from hedge_widgets.style import formatted
from hedge_widgets.widgets.ages import contract_name, dated
from hedge_widgets.widgets.inputs import FactsTable

EDITED = "edited by you"
FIELDS = (
    Quantity(field="contract_multiplier", label="Size of a contract", limit=Limit(1e-9, 1e9)),
    Quantity(field="lot_size", label="Lot", unit="contracts", limit=Limit(1e-9, 1e9)),
    Quantity(field="min_quantity", label="Smallest order", unit="contracts", limit=Limit(0, 1e9)),
    Quantity(field="min_notional", label="Smallest order", unit="$", limit=Limit(0, 1e9)),
    Quantity(field="maker_fee_rate", label="Maker fee", unit="%", factor=0.01, limit=Limit(-0.1, 0.1)),
    Quantity(field="taker_fee_rate", label="Taker fee", unit="%", factor=0.01, limit=Limit(-0.1, 0.1)),
    Quantity(
        field="closing_fee_rate",
        label="Closing fee counted in the liquidation price",
        unit="%",
        factor=0.01,
        limit=Limit(0, 0.1),
    ),
    Quantity(
        field="liquidation_fee_rate",
        label="Liquidation fee (part of the margin lost)",
        unit="%",
        factor=0.01,
        limit=Limit(0, 0.1),
    ),
    Quantity(field="funding_interval", label="Funding interval", unit="h", limit=Limit(0.01, 720)),
)
OTHERS = (
    *(
        (f"Funding, {f.name}", f"{formatted(f.rate, 'rate')} per 8 h", "", f.source, dated(f.date))
        for f in funding_presets().values()
    ),
    (
        "Prices",
        "the ones you type, or the last of your history",
        "",
        "illustrations in the examples",
        dated("2026-11-20"),
    ),
)
TIER_COLUMNS = ("Position up to", "Maintenance rate, %", "Highest leverage", "Deduction", "Source", "Date")
_TIER_LISTS = ("caps", "maintenance_rates", "max_leverages")


def interval_words(contract: ContractSpec) -> str:
    """Return how often a contract pays funding."""
    if contract.funding_interval is None:
        return "never"
    return "every hour" if contract.funding_interval == 1 else f"every {contract.funding_interval:g} hours"


def contract_option(contract: ContractSpec) -> tuple[str, str]:
    """Return (words, label) of a contract in a dropdown."""
    pays = "dated, pays no funding" if contract.is_dated else f"pays {interval_words(contract)}"
    return f"{contract_name(contract)} · {contract.kind} · {pays}", contract.label


class Sources:
    """Two folded tables: the contract's constants and its margin tiers. ``changed`` gets the contract after an edit."""

    def __init__(self, changed: Callable[[ContractSpec], None]) -> None:
        self._changed = changed
        note = "Venues change these without notice. This page shows what would happen; it is not advice to trade."
        columns = ("What", "Value", "Unit", "Source", "Date")
        self.constants = FactsTable(columns, (1,), self._constant_typed, note)
        self.tiers = FactsTable(TIER_COLUMNS, (0, 1, 2), self._tier_typed)

    def show(self, contract: ContractSpec) -> None:
        """Show a contract's constants and tiers."""
        self._contract = contract
        rows = [_constant_row(contract, constant) for constant in FIELDS]
        assumed = (
            "Half spread, daily volume",
            "not known: orders of magnitude",
            "",
            "an assumption",
            dated("2026-11-20"),
        )
        if contract.is_fetched:
            assumed = ("What was not fetched", "assumed", "", contract.assumed, dated(contract.date))
        figures = (
            "Volatilities, correlations",
            f"{latest_moments().window[0].year} unless you load prices",
            "",
            latest_moments().source,
            dated("2026-11-27"),
        )
        self.constants.show(f"Constants of {contract.label}, sources and dates", [*rows, assumed, *OTHERS, figures])
        tiers = contract.tiers
        unit = contract.underlying if contract.kind == "inverse" else "$"
        lists = zip(tiers.caps, tiers.maintenance_rates, tiers.max_leverages, tiers.deductions, strict=True)
        self.tiers.show(
            f"Margin tiers of {contract.label}, in {unit}",
            [
                (_plain(cap), _plain(100 * rate), _plain(most), _plain(deduction), tiers.source, dated(tiers.date))
                for cap, rate, most, deduction in lists
            ],
        )

    def _constant_typed(self, row: int, _column: int, text: str) -> None:
        if row >= len(FIELDS):
            raise InputError("this line cannot be edited here; change its value with its own slider or box above")
        constant = FIELDS[row]
        changes: dict[str, Any] = {constant.field: constant.read_model(text)}
        self._take(replace(self._contract, **changes))

    def _tier_typed(self, row: int, column: int, text: str) -> None:
        tiers, name = self._contract.tiers, _TIER_LISTS[column]
        value = typed_number(f"{TIER_COLUMNS[column]} in tier {row + 1}", text, above_zero=True)
        values = list(getattr(tiers, name))
        values[row] = value / 100 if name == "maintenance_rates" else value
        lists = {key: list(getattr(tiers, key)) for key in _TIER_LISTS} | {name: values}
        self._take(replace(self._contract, tiers=edited_tiers(lists)))

    def _take(self, contract: ContractSpec) -> None:
        self._changed(contract)
        self.show(contract)


def edited_tiers(lists: dict[str, list[float]]) -> MarginTiers:
    """Return the tiers of three lists (caps, maintenance_rates, max_leverages), which somebody typed.

    Raises
    ------
    InputError
        If they do not rise, or a rate or a leverage is none.
    """
    rates, most = lists["maintenance_rates"], lists["max_leverages"]
    for name, values, unit in (("position up to", lists["caps"], 1.0), ("maintenance, in %,", rates, 100.0)):
        wrong = [after for before, after in pairwise(values) if after <= before]
        if wrong:
            raise InputError(
                f"{name} must rise from tier to tier; {unit * wrong[0]:,.10g} does not fit between its neighbours"
            )
    if not all(cap > 0 for cap in lists["caps"]):
        raise InputError("position up to must be above 0 in every tier")
    for place, (rate, leverage) in enumerate(zip(rates, most, strict=True), 1):
        if not 0 < rate < 1:
            raise InputError(f"maintenance rate in tier {place} must be above 0 and below 100 %, not {100 * rate:g} %")
        if not 1 <= leverage <= 1000:
            raise InputError(f"highest leverage in tier {place} must be 1 to 1,000, not {leverage:g}")
        if rate * leverage >= 1:
            raise InputError(
                f"maintenance rate in tier {place} must be below one over the highest leverage, the initial margin, "
                f"not {100 * rate:g} %"
            )
    made = MarginTiers.from_floors([0.0, *lists["caps"][:-1]], rates, most)
    return replace(made, caps=tuple(lists["caps"]), source=EDITED, date="")


def _constant_row(contract: ContractSpec, constant: Quantity) -> tuple[str, ...]:
    name, words, unit = constant.field, constant.label, constant.unit
    value = getattr(contract, name)
    if name == "contract_multiplier":
        unit = "$" if contract.kind == "inverse" else contract.underlying
    is_listed_fee = name.endswith("er_fee_rate") and not contract.is_fetched
    source = "regular tier, 2026 fee tables" if is_listed_fee else contract.source
    shown = "—" if value is None else _plain(value / constant.factor)
    if value != getattr(contracts().get(contract.label, contract), name):
        return words, shown, unit, EDITED, ""
    return words, shown, unit, source, dated(contract.date)


def _plain(value: float) -> str:
    return "any size" if value == float("inf") else f"{value:,.10g}"
