"""The constants of a venue's portfolio margin: shown with source and date, and edited."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hedge_widgets.model.limits import Limit
from hedge_widgets.model.portfolio_margin import PortfolioRules
from hedge_widgets.model.quantities import Quantity
from hedge_widgets.widgets.ages import dated
from hedge_widgets.widgets.inputs import FactsTable

_ASSUMED = "an assumption of this model"
_UNKNOWN = "no source is known, so it is left out; the margin is at least what is shown"


@dataclass(frozen=True, kw_only=True)
class _Parameter:
    """One row: what it is, how it is read from rules, and the rules with another value of it."""

    quantity: Quantity
    read: Callable[[PortfolioRules], float | None]
    edited: Callable[[PortfolioRules, float], PortfolioRules]


def _plain(field: str, name: str, unit: str, factor: float, limit: Limit) -> _Parameter:
    return _Parameter(
        quantity=Quantity(field=field, label=name, unit=unit, factor=factor, limit=limit),
        read=lambda rules: getattr(rules, field),
        edited=lambda rules, value: replace(rules, **_named(field, value)),
    )


def _named(field: str, value: float) -> dict[str, Any]:
    return {field: value}


def _scaled(rules: PortfolioRules, largest: float) -> PortfolioRules:
    """Return rules whose grid of prices, its steps in proportion, reaches to another shock; extremes weigh with it."""
    factor = largest / max(rules.price_shocks)
    extremes = tuple((shock, min(factor * weight, 1.0)) for shock, weight in rules.extreme_scenarios)
    grid = tuple(factor * shock for shock in rules.price_shocks)
    return replace(rules, price_shocks=grid, extreme_scenarios=extremes)


_PARAMETERS = (
    _Parameter(
        quantity=Quantity(
            field="price_shocks",
            label="Largest price shock, up and down (the other shocks are scaled with it)",
            unit="%",
            factor=0.01,
            limit=Limit(0.01, 0.9),
        ),
        read=lambda rules: max(rules.price_shocks),
        edited=_scaled,
    ),
    _Parameter(
        quantity=Quantity(
            field="volatility_shocks",
            label="Relative shock of volatility, up and down",
            unit="%",
            factor=0.01,
            limit=Limit(0.01, 0.9),
        ),
        read=lambda rules: max(rules.volatility_shocks),
        edited=lambda rules, value: replace(rules, volatility_shocks=(-value, 0.0, value)),
    ),
    _plain("annual_basis_rate", "Basis charge on the matched notional", "% per year", 0.01, Limit(0.0, 5.0)),
    _plain("perpetual_years", "A perpetual counts as a future of", "years", 1.0, Limit(0.0, 5.0)),
    _plain("minimum_charge_rate", "Minimum charge on derivatives", "%", 0.01, Limit(0.0, 0.5)),
    _plain("initial_factor", "Initial margin divided by maintenance margin", "times", 1.0, Limit(1.0, 10.0)),
    _plain("minimum_equity", "Equity required", "$", 1.0, Limit(0.0, 1e9)),
)


Edits = dict[tuple[str, str], dict[int, float]]


class RulesTable:
    """The rules in use; ``table`` shows and edits them.

    ``edits`` is what the user changed, {(venue, coin): {place: value}}, never mutated; ``changed`` takes the next one.
    """

    def __init__(self, changed: Callable[[Edits], None]) -> None:
        self._changed = changed
        self.edits: Edits = {}
        self._place = ("", "")
        note = (
            "A simplified teaching model, not the venue's engine: charges for the term structure of volatility, "
            "for interest, borrowing and stablecoins are left out. It assumes how much of the loss in an extreme "
            "scenario counts: as much as makes futures lose what they lose at the edge of the grid (Deribit), and at "
            "most half (OKX)."
        )
        columns = ("Parameter", "Value", "Unit", "Source", "Date")
        self.table = FactsTable(columns, (1,), self._typed, note)

    def of(self, coin: str, rules: PortfolioRules) -> PortfolioRules:
        """Return a venue's rules of a coin with what the user edited of them."""
        for place, value in self.edits.get((rules.venue, coin), {}).items():
            rules = _PARAMETERS[place].edited(rules, value)
        return rules

    def show(self, coin: str, rules: PortfolioRules) -> None:
        """Show the rules in use."""
        self._place = (rules.venue, coin)
        edits = self.edits.get(self._place, {})
        rows = []
        for place, parameter in enumerate(_PARAMETERS):
            value = parameter.read(rules)
            one = parameter.quantity
            source, date = rules.sources.get(one.field, (_UNKNOWN if value is None else _ASSUMED, ""))
            if place in edits:
                source, date = "edited by you", ""
            shown = "not known" if value is None else f"{value / one.factor:,.10g}"
            rows.append((one.label, shown, one.unit, source, dated(date)))
        self.table.show(f"Parameters of {rules.venue} for {coin}, sources and dates", rows)

    def _typed(self, row: int, _column: int, text: str) -> None:
        value = _PARAMETERS[row].quantity.read_model(text)
        self._changed({**self.edits, self._place: {**self.edits.get(self._place, {}), row: value}})
