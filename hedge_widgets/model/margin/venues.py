"""How venues differ in one and the same trade, and what they refuse to open (docs/model.md 3.7)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hedge_widgets.model.limits import AMOUNT, POSITIVE, InputError, Limit, choice
from hedge_widgets.model.margin.position import (
    Tiers,
    liquidation_price,
    liquidation_price_entry_basis,
    notional_at,
    tiers_of,
)

STYLES = ("marginal", "flat", "size")
BASES = ("mark", "entry")
QUEUES = ("score", "lots")
OPENED, BELOW_MINIMUM, ABOVE_LEVERAGE, BELOW_INITIAL_MARGIN = range(4)
OPENING_REFUSALS = (
    None,
    "the position is below the venue's minimum notional",
    "the leverage is above what the tier of this notional allows",
    "the collateral is below the initial margin",
)


@dataclass(frozen=True, kw_only=True)
class VenueRules:
    """How one venue asks for margin and liquidates; a dated teaching example, not the venue's contract.

    ``tier_style`` is "marginal", "flat" (whole position at its tier's rate) or "size" (rate grows with the size);
    ``maintenance_basis`` says at which price the maintenance margin is taken; ``has_closing_fee`` whether the taker fee
    stands in the liquidation condition; ``liquidation_fee_rate`` is taken after it, a fraction of notional, None where
    not known; ``partial`` says how a position is closed in steps; ``queue`` how deleveraging chooses: by "score" or by
    "lots"; ``is_isolated_possible`` whether a position can have collateral of its own.
    """

    venue: str
    tier_style: str
    maintenance_basis: str
    has_closing_fee: bool
    liquidation_fee_rate: float | None
    is_isolated_possible: bool
    partial: str
    queue: str
    source: str
    date: str

    def __post_init__(self) -> None:
        choice("tier_style", self.tier_style, STYLES)
        choice("maintenance_basis", self.maintenance_basis, BASES)
        choice("queue", self.queue, QUEUES)
        if self.liquidation_fee_rate is not None:
            Limit(0.0, 0.5).checked("liquidation_fee_rate", self.liquidation_fee_rate)


def venue_liquidation_price(
    rules: VenueRules,
    kind: str,
    side: Any,
    quantity: Any,
    entry_price: Any,
    collateral: Any,
    tiers: Tiers,
    taker_fee_rate: Any = 0.0,
) -> Any:
    """Return the liquidation price as the venue states it; arguments as in :func:`liquidation_price`.

    The taker fee counts where the venue has it in its condition.
    """
    position = (kind, side, quantity, entry_price, collateral, tiers)
    if rules.maintenance_basis == "entry":
        return liquidation_price_entry_basis(*position)
    return liquidation_price(*position, taker_fee_rate if rules.has_closing_fee else 0.0)


def opening_refusal(
    kind: str,
    quantity: Any,
    price: Any,
    leverage: Any,
    tiers: Tiers,
    collateral: Any = None,
    min_notional: Any = 0.0,
) -> Any:
    """Return the code of ``OPENING_REFUSALS`` of a position, 0 where the venue opens it; float or array.

    ``collateral`` (settlement currency) must reach the initial margin, notional / leverage; None means exactly that.
    ``min_notional`` is in the unit of the notional: quote currency (linear) or coins (inverse). Tiers that count
    contracts come as ``tiers.of_size(contracts)``.

    Raises
    ------
    InputError
        If a number is not finite or not positive.
    """
    for name, value in (("quantity", quantity), ("price", price), ("leverage", leverage)):
        POSITIVE.checked(name, value)
    AMOUNT.checked("min_notional", min_notional)
    notional = notional_at(kind, quantity, price)
    needed = notional / leverage
    posted = needed if collateral is None else AMOUNT.checked("collateral", collateral)
    guard = 1e-12  # a rounded quotient is no refusal
    code = np.where(posted < needed * (1 - guard), BELOW_INITIAL_MARGIN, OPENED)
    code = np.where(
        leverage > tiers_of(kind, quantity, tiers).max_leverage(notional) * (1 + guard), ABOVE_LEVERAGE, code
    )
    return np.where(notional < np.asarray(min_notional) * (1 - guard), BELOW_MINIMUM, code)[()]


def check_opening(
    kind: str,
    quantity: float,
    price: float,
    leverage: float,
    tiers: Tiers,
    collateral: float | None = None,
    min_notional: float = 0.0,
) -> None:
    """Refuse a position that the venue would not open; arguments as in :func:`opening_refusal`.

    Raises
    ------
    InputError
        With the rule that the position breaks, and its value.
    """
    code = int(opening_refusal(kind, quantity, price, leverage, tiers, collateral, min_notional))
    notional = float(notional_at(kind, quantity, price))
    if code == BELOW_MINIMUM:
        raise InputError(f"notional must be at least the venue's minimum of {min_notional:g}, not {notional:g}")
    if code == ABOVE_LEVERAGE:
        allowed = float(tiers_of(kind, quantity, tiers).max_leverage(notional))
        raise InputError(f"leverage must be at most {allowed:g} at a notional of {notional:g}, not {leverage:g}")
    if code == BELOW_INITIAL_MARGIN:
        needed = notional / leverage
        raise InputError(f"collateral must be at least the initial margin of {needed:g}, not {collateral:g}")
