"""The margin page's sliders, boxes and choices."""

from typing import Any

from hedge_widgets.market.facts import contracts
from hedge_widgets.market.shipped import PAYMENTS_A_DAY
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin.setting import FEE_ONLY, LOST
from hedge_widgets.model.quantities import Quantity, steps
from hedge_widgets.widgets.ages import contract_name
from hedge_widgets.widgets.controls import Controls, Look
from hedge_widgets.widgets.sources import contract_option

LEVERAGES = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150)
DAYS = (1, 2, 3, 4, 5, 7, 8, 9, 10, 14, 21, 30, 45, 60, 90)
GAPS = steps(-10, 10, 0.25)
SLIDERS = (
    Quantity(field="leverage", label="Leverage", unit="", positions=LEVERAGES, is_ladder=True),
    Quantity(field="spike", label="First move of the price", unit="%", positions=steps(-60, 150, 1), factor=0.01),
    Quantity(field="trough", label="Then it moves to", unit="%", positions=steps(-90, 150, 1), factor=0.01),
    Quantity(field="end", label="It ends at", unit="%", positions=steps(-90, 150, 1), factor=0.01),
    Quantity(
        field="peak_at",
        label="First turn after",
        unit="% of the days",
        positions=steps(0, 100, 2),
        factor=0.01,
    ),
    Quantity(field="days", label="The path lasts", unit="days", positions=DAYS, is_ladder=True),
    Quantity(field="stop", label="Stop-loss on the hedge (0: none)", unit="%", positions=steps(0, 60, 1), factor=0.01),
    Quantity(
        field="deleveraged_at",
        label="Venue closes your hedge at a gain of (0: never)",
        unit="%",
        positions=steps(0, 80, 1),
        factor=0.01,
    ),
    Quantity(
        field="horizon",
        label="You hold the hedge for",
        noun="the holding time",
        unit="days",
        positions=DAYS,
        is_ladder=True,
    ),
    Quantity(field="volatility", label="Volatility", unit="% per year", positions=steps(20, 200, 5), factor=0.01),
    Quantity(
        field="limit",
        label="Highest chance of liquidation you accept",
        unit="%",
        positions=steps(0.5, 10, 0.1),
        factor=0.01,
    ),
    Quantity(
        field="funding_rate",
        label="Funding rate per 8 h",
        unit="%",
        positions=steps(-0.5, 0.5, 0.005),
        factor=0.01 * PAYMENTS_A_DAY,
    ),
    *(
        Quantity(field=field, label=f"Contract above its coin {when}", unit="%", positions=GAPS, factor=0.01)
        for field, when in (("entry_gap", "at entry"), ("spike_gap", "at the first turn"), ("exit_gap", "at the end"))
    ),
    Quantity(
        field="thinning",
        label="Book thinner at a liquidation, by",
        unit="",
        positions=(1, 2, 3, 5, 10, 20, 50, 100),
        is_ladder=True,
    ),
)
PATH = ("spike", "trough", "end", "peak_at", "days")  # what a drawn path consists of
SIDES = (("Short (a hedge)", -1.0), ("Long", 1.0))
VARIES = "varies"
TAIL_WORDS = (("It varies, as it did in the past", VARIES), ("It stays as it is (textbook)", "normal"))
LEAVES = (("Nothing", LOST), ("All but the fee", FEE_ONLY))
NO_OTHER = "none"
BOXES = (
    Quantity(field="cash", label="Cash on the exchange", unit="$ (0: unknown)"),
    Quantity(field="position_value", label="Position", unit="$"),
    Quantity(field="entry_price", label="Entry price", unit="$"),
    Quantity(field="spot_value", label="Coins you hold", unit="$"),
    Quantity(field="spot_beta", label="Beta of your coins"),
    Quantity(field="spot_own_move", label="Your coins' own move", unit="%", factor=0.01),
    Quantity(field="own_collateral", label="Margin posted", unit="$ (0: initial margin)"),
    Quantity(field="other_value", label="Its value", unit="$ (below 0: short)"),
    Quantity(field="other_beta", label="Its beta to the first coin"),
    Quantity(field="collateral_ratio", label="Coins counted as collateral", unit="%", factor=0.01),
)


class MarginControls(Controls):
    """The stock widgets of one margin page and what they stand for; ``fields`` and ``values`` are where they begin."""

    def __init__(self, look: Look, fields: dict[str, Any], values: dict[str, float]) -> None:
        listed = list(contracts().values())
        by_kind = sorted(listed, key=lambda spec: spec.kind == "inverse")
        others = [(contract_name(spec), spec.label) for spec in by_kind]
        choices = {
            "contract": ("Contract", [contract_option(spec) for spec in listed]),
            "side": ("The position is", SIDES),
            "other": ("Another position in the wallet", [(NO_OTHER, NO_OTHER), *others]),
            "liquidation_leaves": ("After a liquidation you keep", LEAVES),
            "tails": ("Volatility to come", TAIL_WORDS),
        }
        super().__init__(look, (*SLIDERS, *BOXES), choices, fields, values, wide=("contract", "other"))
        self.choices["contract"].add_class("hw-bare")  # its card says what it is

    def drawable(self, path: dict[str, float]) -> dict[str, float]:
        """Return where the sliders stand at a path.

        Raises
        ------
        InputError
            If one of its moves lies outside its slider.
        """
        for name, value in path.items():
            spec = self.specs[name]
            low, high = spec.positions[0] * spec.factor, spec.positions[-1] * spec.factor
            if not low <= value <= high:
                raise InputError(
                    f"moves of a path must be {low:+.0%} to {high:+.0%} to be drawn here, "
                    f"not the {value:+.1%} of that day"
                )
        return self.positions(path)
