"""The carry page's sliders, boxes, dates and choices."""

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

from hedge_widgets.market.facts import contract, contracts, funding_presets
from hedge_widgets.model.carry.course import ANY_DAY
from hedge_widgets.model.carry.setting import MAKER, TAKER
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.model.typed import typed_day
from hedge_widgets.style import formatted
from hedge_widgets.widgets.controls import Controls, Look
from hedge_widgets.widgets.sources import contract_option

DAYS = (*range(1, 32), 35, 40, 45, 50, 60, 75, 90, 105, 120, 150, 180, 240, 300, 365)
HOURS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 12, 24, 48, 72)
ORDERS = (1, 2, 3, 5, 7.5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000)

SLIDERS = (
    Quantity(field="days", label="days held", unit="days", positions=DAYS, is_ladder=True),
    Quantity(  # in 8 hours whatever a contract pays by: one scale for all, and the neutral 0.01 % is a position
        field="funding_rate",
        label="funding rate",
        unit="% in 8 h",
        positions=steps(-1.0, 0.5, 0.005),
        factor=0.01,
    ),
    Quantity(field="move", label="the market moves by", unit="%", positions=steps(-60, 60, 1), factor=0.01),
    Quantity(
        field="basis",
        label="dated future over spot, to its expiry",
        unit="%",
        positions=steps(-5, 10, 0.1),
        factor=0.01,
    ),
    Quantity(field="premium", label="premium index", unit="%", positions=steps(-0.3, 0.3, 0.005), factor=0.01),
    Quantity(
        field="order_value", label="market order of", unit="thousand $", positions=ORDERS, factor=1e3, is_ladder=True
    ),
    Quantity(field="hours", label="or a limit order waits for", unit="hours", positions=HOURS, is_ladder=True),
    Quantity(
        field="money_rate",
        label="what the margin could earn",
        unit="% a year",
        positions=steps(0, 20, 0.5),
        factor=0.01,
    ),
    Quantity(field="volatility", label="volatility", unit="% a year", positions=steps(0, 200, 5), factor=0.01),
)
REGIMES = ("bull", "bear", "squeeze", "low-cap squeeze")
ORDER_WORDS = (("market orders (taker fee, spread, impact)", TAKER), ("limit orders that fill (maker fee)", MAKER))
SIDE_WORDS = (("sells: opens a short", "sell"), ("buys: closes a short", "buy"))
BOXES = (
    Quantity(field="holding_value", label="coins held", unit="$"),
    Quantity(field="coverage", label="hedge ratio (short per dollar held)", unit="%", factor=0.01),
    Quantity(field="spot_beta", label="beta of your coins"),
    Quantity(field="spot_own_move", label="your coins' own move", unit="%", factor=0.01),
    Quantity(field="spot_price", label="spot price", unit="$"),
    Quantity(field="leverage", label="leverage of the short"),
    Quantity(field="maker_fee_rate", label="maker fee", unit="%", factor=0.01),
    Quantity(field="taker_fee_rate", label="taker fee", unit="%", factor=0.01),
    Quantity(field="half_spread", label="half spread", unit="%", factor=0.01),
    Quantity(field="daily_volume", label="daily volume", unit="million $", factor=1e6),
    Quantity(field="limit_distance", label="limit order away from the price", unit="%", factor=0.01),
    Quantity(field="put_distance", label="put's strike below spot", unit="%", factor=0.01),
)
DATES = {
    "today": "today",
    "expiry": "dated future expires on",
    "roll_date": "rolled on",
}


def offered_contracts() -> list[str]:
    """Return the labels of the perpetuals whose margin is dollars; all others are compared with one of them."""
    return [label for label, spec in contracts().items() if spec.kind == "linear" and not spec.is_dated]


def opened_words() -> list[tuple[str, float]]:
    """Return (words, rate in 8 h) of the days of the history to begin on."""
    presets = [funding_presets()[name] for name in REGIMES]
    words = (
        f"{preset.name}: {formatted(preset.rate, 'rate')} in 8 h or {'above' if preset.rate > 0 else 'below'}"
        for preset in presets
    )
    return [("any day", ANY_DAY), *zip(words, (preset.rate for preset in presets), strict=True)]


class CarryControls(Controls):
    """The stock widgets of one carry page and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(
        self,
        look: Look,
        histories: Sequence[tuple[str, str]],
        fields: dict[str, Any],
        values: dict[str, float],
    ) -> None:
        choices: dict[str, tuple[str, Sequence[tuple[str, Any]]]] = {
            "contract": ("", [contract_option(contract(label)) for label in offered_contracts()]),
            "history": ("past funding of", histories),
            "opened_at": ("opened when funding was", opened_words()),
            "orders": ("opened and closed by", ORDER_WORDS),
            "book_side": ("the order", SIDE_WORDS),
        }
        wide = ("contract", "history", "opened_at", "orders")
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, values, wide)
        self.dates = {
            name: look.make(ipywidgets.Text, value=fields[name].isoformat(), description=label, continuous_update=False)
            for name, label in DATES.items()
        }

    @property
    def others(self) -> list[ipywidgets.DOMWidget]:
        """Return the controls that are not sliders."""
        return [*super().others, *self.dates.values()]

    def fields(self) -> dict[str, Any]:
        """Return what choices, boxes and dates stand for, by the name of the setting's field.

        Raises
        ------
        InputError
            If a box holds no number or a date is none; the setting judges the rest.
        """
        return super().fields() | {name: typed_day(label, self.dates[name].value) for name, label in DATES.items()}

    def raw(self) -> dict[str, Any]:
        """Return what stands in choices, boxes and dates, by name."""
        return super().raw() | {name: text.value for name, text in self.dates.items()}

    def judged(self, name: str, value: Any) -> Any:
        """Return a value that a control may hold; raises InputError for any other."""
        return typed_day(DATES[name], value).isoformat() if name in self.dates else super().judged(name, value)

    def put(self, raw: Mapping[str, Any]) -> None:
        """Put judged values into choices, boxes and dates."""
        super().put({name: value for name, value in raw.items() if name not in self.dates})
        for name in raw.keys() & self.dates.keys():
            self.dates[name].value = raw[name]

    def show(self, fields: Mapping[str, Any]) -> None:
        """Put choices, boxes and dates where :meth:`fields` had them."""
        super().show(fields)
        for name in self.dates.keys() & fields.keys():
            self.dates[name].value = fields[name].isoformat()
