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
    Quantity(
        field="days",
        label="You hold the hedge for",
        noun="the holding time",
        unit="days",
        positions=DAYS,
        is_ladder=True,
    ),
    Quantity(  # in 8 hours whatever a contract pays by: one scale for all, and the neutral 0.01 % is a position
        field="funding_rate",
        label="Funding rate",
        unit="% per 8 h",
        positions=steps(-1.0, 0.5, 0.005),
        factor=0.01,
    ),
    Quantity(field="move", label="Move of the market", unit="%", positions=steps(-60, 60, 1), factor=0.01),
    Quantity(
        field="basis",
        label="Dated future above spot, until it expires",
        unit="%",
        positions=steps(-5, 10, 0.1),
        factor=0.01,
    ),
    Quantity(field="premium", label="Premium index", unit="%", positions=steps(-0.3, 0.3, 0.005), factor=0.01),
    Quantity(
        field="order_value",
        label="Size of a market order",
        unit="thousand $",
        positions=ORDERS,
        factor=1e3,
        is_ladder=True,
    ),
    Quantity(field="hours", label="Or a limit order that waits for", unit="hours", positions=HOURS, is_ladder=True),
    Quantity(
        field="money_rate",
        label="Interest the margin could earn",
        unit="% per year",
        positions=steps(0, 20, 0.5),
        factor=0.01,
    ),
    Quantity(field="volatility", label="Volatility", unit="% per year", positions=steps(0, 200, 5), factor=0.01),
)
REGIMES = ("bull", "bear", "squeeze", "low-cap squeeze")
ORDER_WORDS = (("Market orders (taker fee, spread, impact)", TAKER), ("Limit orders that fill (maker fee)", MAKER))
SIDE_WORDS = (("Sells (opens a short)", "sell"), ("Buys (closes a short)", "buy"))
BOXES = (
    Quantity(field="holding_value", label="Coins held", unit="$"),
    Quantity(field="coverage", label="Hedge ratio (short per dollar held)", unit="%", factor=0.01),
    Quantity(field="spot_beta", label="Beta of your coins"),
    Quantity(field="spot_own_move", label="Your coins' own move", unit="%", factor=0.01),
    Quantity(field="spot_price", label="Spot price", unit="$"),
    Quantity(field="leverage", label="Leverage of the short"),
    Quantity(field="maker_fee_rate", label="Maker fee", unit="%", factor=0.01),
    Quantity(field="taker_fee_rate", label="Taker fee", unit="%", factor=0.01),
    Quantity(field="half_spread", label="Half spread", unit="%", factor=0.01),
    Quantity(field="daily_volume", label="Daily volume", unit="$ million", factor=1e6),
    Quantity(field="limit_distance", label="Distance of the limit order from the price", unit="%", factor=0.01),
    Quantity(field="put_distance", label="Strike of the put below spot", unit="%", factor=0.01),
)
DATES = {
    "today": "Today",
    "expiry": "Dated future expires on",
    "roll_date": "It is rolled on",
}


def offered_contracts() -> list[str]:
    """Return the labels of the perpetuals whose margin is dollars; all others are compared with one of them."""
    return [label for label, spec in contracts().items() if spec.kind == "linear" and not spec.is_dated]


def opened_words() -> list[tuple[str, float]]:
    """Return (words, rate in 8 h) of the days of the history to begin on."""
    presets = [funding_presets()[name] for name in REGIMES]
    words = (
        f"{preset.name}: {formatted(preset.rate, 'rate')} per 8 h or {'above' if preset.rate > 0 else 'below'}"
        for preset in presets
    )
    return [("On any day", ANY_DAY), *zip(words, (preset.rate for preset in presets), strict=True)]


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
            "contract": ("Contract", [contract_option(contract(label)) for label in offered_contracts()]),
            "history": ("Past funding of", histories),
            "opened_at": ("Opened when funding was", opened_words()),
            "orders": ("Opened and closed by", ORDER_WORDS),
            "book_side": ("The order", SIDE_WORDS),
        }
        wide = ("contract", "history", "opened_at", "orders")
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, values, wide)
        self.choices["contract"].add_class("hw-bare")  # its card says what it is
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
