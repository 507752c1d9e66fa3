"""The lab's sliders, boxes and choices."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ipywidgets

from hedge_widgets.market.coins import followed
from hedge_widgets.market.quality import TREATMENTS
from hedge_widgets.model.hedge_ratio.picture import RATIO_HIGH, RATIO_LOW
from hedge_widgets.model.hedge_ratio.study import ESTIMATORS, HORIZONS
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.widgets.controls import Controls, Look

BASKET = "altcoins, equal weight"
FIVE = "five coins, equal weight"
FIVE_COINS = ("BTC", "ETH", "SOL", "ADA", "BNB")  # of article 001
OWN_COINS = "your coins, at your weights"
FAULT_WORDS = {
    "gap": "gaps",
    "duplicate": "repeated dates",
    "zero": "prices of zero",
    "stale": "stale runs",
    "spike": "reversing spikes",
    "uniform": "days when all coins moved together",
    "unrelated": "coins that do not fit the others",
    "ended": "coins that end early",
}
TREATMENT_WORDS = {"keep": "keep as they are", "drop": "leave out", "fill": "fill in"}

SLIDERS = (
    Quantity(field="ratio", label="Your hedge ratio", unit="", positions=steps(RATIO_LOW, RATIO_HIGH, 0.02)),
    Quantity(field="window", label="History used", unit="days", positions=steps(30, 360, 15)),
    Quantity(field="days_ago", label="Estimate as of", unit="days ago", positions=steps(0, 2520, 30)),
    Quantity(
        field="target", label="Volatility you can bear", unit="% per year", positions=steps(1, 150, 1), factor=0.01
    ),
)
BOXES = (Quantity(field="position_value", label="Position", unit="$"),)
# Where the controls begin, in the model's units.
START: dict[str, Any] = {
    "ratio": 1.0,
    "window": 90.0,
    "days_ago": 0.0,
    "target": 0.6,
    "estimator": "least_squares",
    "horizon": 1,
    "kind": "simple",
    "confidence": 0.95,
    "position_value": 10_000.0,
}
HORIZON_WORDS = {1: "1 day", 3: "3 days", 7: "7 days"}


class RatioControls(Controls):
    """The stock widgets of one lab and what they stand for, for the symbols of a history.

    What is ``still`` may be held and hedges nothing.
    """

    def __init__(self, look: Look, symbols: tuple[str, ...], still: tuple[str, ...] = ()) -> None:
        spot, hedge = first_held(symbols), first_pair(symbols)[1]
        choices: dict[str, tuple[str, Sequence[tuple[str, Any]]]] = {
            "spot": ("You hold", _pairs((*_holdings(symbols), *still))),
            "hedge": ("You short", _pairs(symbols)),
            "estimator": ("Estimator", [(words, name) for name, words in ESTIMATORS.items()]),
            "horizon": ("Return over", [(HORIZON_WORDS[days], days) for days in HORIZONS]),
            "kind": ("Returns", _pairs(("simple", "log"))),
            "confidence": ("Confidence", [("90 %", 0.9), ("95 %", 0.95), ("99 %", 0.99)]),
            **{kind: (FAULT_WORDS[kind], _treatments(kind)) for kind in TREATMENTS},
        }
        fields = {**START, "spot": spot, "hedge": hedge, **dict.fromkeys(TREATMENTS, "keep")}
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, START)
        for box in self.treatments.values():
            box.layout = ipywidgets.Layout(display="none")  # its own: it is shown only where such a fault was found

    @property
    def treatments(self) -> dict[str, ipywidgets.Dropdown]:
        """Return the boxes that say what is done about each kind of fault."""
        return {kind: self.choices[kind] for kind in TREATMENTS}

    def offer_treatments(self, kinds: set[str]) -> None:
        """Show the treatments of the faults that were found, and no others; those go back to "keep"."""
        for kind, box in self.treatments.items():
            box.layout.display = "" if kind in kinds else "none"
            if kind not in kinds:
                box.value = "keep"

    def offer(self, symbols: tuple[str, ...], still: tuple[str, ...], *, has_book: bool) -> None:
        """Offer a history's symbols, and the coins of a book where there is one; a choice that is there still stays.

        What is ``still`` may be held and hedges nothing.
        """
        held = [*_pairs((*_holdings(symbols), *still)), *([("your coins", OWN_COINS)] if has_book else [])]
        for name, offered, first in zip(("spot", "hedge"), (held, _pairs(symbols)), first_pair(symbols), strict=True):
            box, before = self.choices[name], self.choices[name].value
            box.options = offered
            box.value = before if before in [meant for _, meant in offered] else first

    def judged(self, name: str, value: Any) -> Any:
        """Return a value that a choice or a box may hold; the coins of a book are judged once there is one."""
        return value if (name, value) == ("spot", OWN_COINS) else super().judged(name, value)

    def put(self, raw: Mapping[str, Any]) -> None:
        """Put judged values into choices and boxes.

        Raises
        ------
        InputError
            If they name the coins of a book, and there is none.
        """
        if raw.get("spot") == OWN_COINS and OWN_COINS not in [option[1] for option in self.choices["spot"].options]:
            raise InputError("the address is about coins of your own, but holds no book")
        super().put(raw)

    def fields(self) -> dict[str, Any]:
        """Return what choices and boxes stand for, by name.

        Raises
        ------
        InputError
            If the position is not worth 1 to 1e12, quote currency.
        """
        value = self.numbers["position_value"].value
        if not isinstance(value, int | float) or not 1 <= value <= 1e12:
            shown = f"{value:,.10g}" if isinstance(value, int | float) else repr(value)[:40]
            raise InputError(f"the position must be worth 1 to 1,000,000,000,000 dollars, not {shown}")
        return super().fields()


def first_pair(symbols: tuple[str, ...]) -> tuple[str, str]:
    """Return the pair to begin with: SOL on BTC where there are both."""
    hedge = "BTC" if "BTC" in symbols else symbols[0]
    others = [symbol for symbol in symbols if symbol != hedge]
    return ("SOL" if "SOL" in others else others[0] if others else hedge), hedge


def first_held(symbols: tuple[str, ...]) -> str:
    """Return what is held to begin with: the five coins of article 001 where there are all of them, else one coin."""
    return FIVE if FIVE in _holdings(symbols) else first_pair(symbols)[0]


def altcoins(symbols: Iterable[str]) -> list[str]:
    """Return the coins that are neither BTC nor ETH, in their own name or wrapped."""
    return [symbol for symbol in symbols if followed(symbol) not in ("BTC", "ETH")]


def _pairs(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _holdings(symbols: tuple[str, ...]) -> tuple[str, ...]:
    """Return what may be held: a coin, the five of article 001, or the altcoins where there are two."""
    baskets = ((FIVE, set(FIVE_COINS) <= set(symbols)), (BASKET, len(altcoins(symbols)) > 1))
    return (*symbols, *(basket for basket, is_there in baskets if is_there))


def _treatments(kind: str) -> list[tuple[str, str]]:
    keep = {"duplicate": "the first price counts", "zero": "count as missing"}.get(kind, TREATMENT_WORDS["keep"])
    words = {**TREATMENT_WORDS, "keep": keep}
    return [(words[name], name) for name in TREATMENTS[kind]]
