"""What an open future has brought since it was opened, by cause and day."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.model.carry import funding_pnl
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.costs import fee
from hedge_widgets.model.limits import InputError
from hedge_widgets.model.margin import initial_margin, notional_at
from hedge_widgets.model.portfolio import PRICE

Array = npt.NDArray[np.float64]

CAUSES = ("spot", "basis", "margin", "funding", "fees")


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """An open future and the days since it was opened.

    ``contracts`` are negative for a short. ``marks``, shape (n + 1,), are the prices of the future at the end of each
    day from that of its opening, where the first is its entry price, to today's; ``spot`` those of its coin, None where
    that of the opening is not known. ``rates``, shape (n, payments a day), are the funding rates of the days after the
    opening, positive = longs pay shorts, each a fraction of the notional at the last mark before it. ``leverage`` is
    that at entry, and says what margin was posted.

    Raises
    ------
    InputError
        If a price is not above 0, or the days of the series are not the same.
    """

    contract: ContractSpec
    contracts: float
    leverage: float
    marks: Array
    spot: Array | None
    rates: Array

    def __post_init__(self) -> None:
        PRICE.checked(f"price of {self.contract.label}", self.marks)
        days = len(self.marks) - 1
        if len(self.rates) != days or (self.spot is not None and len(self.spot) != days + 1):
            raise InputError(f"prices and funding of {self.contract.label} must be of the same {days} days")

    @property
    def side(self) -> float:
        """Return -1 for a short, +1 for a long."""
        return float(np.sign(self.contracts))

    @property
    def quantity(self) -> float:
        """Return coins (linear) or dollars of contracts (inverse), positive."""
        return abs(self.contracts) * self.contract.contract_multiplier

    @property
    def entry_price(self) -> float:
        """Return the price at which it was opened."""
        return float(self.marks[0])

    @property
    def posted(self) -> float:
        """Return the margin that was posted, in its own unit: dollars (linear) or coins (inverse)."""
        return float(initial_margin(notional_at(self.contract.kind, self.quantity, self.entry_price), self.leverage))

    @property
    def posted_value(self) -> float:
        """Return what the margin was worth when it was posted, dollars."""
        return self.posted * (self.entry_price if self.contract.kind == "inverse" else 1.0)

    def notional(self, price: Any) -> Any:
        """Return the dollars of the position at a price."""
        return self.quantity * (1.0 + 0.0 * price if self.contract.kind == "inverse" else price)

    def price_pnl(self, start: Any, end: Any) -> Any:
        """Return the dollars gained from one price to another; an inverse one's coins are worth the second price."""
        if self.contract.kind == "inverse":
            return self.side * self.quantity * (end / start - 1.0)
        return self.side * self.quantity * (end - start)

    def margin_gain(self, price: Any) -> Any:
        """Return what the coins of an inverse contract's margin have gained since they were posted, dollars."""
        return self.posted * (price - self.entry_price) if self.contract.kind == "inverse" else 0.0 * price


def causes(course: Course) -> dict[str, Array]:
    """Return what a future has brought by each day since it was opened, shape (n + 1,), dollars, by cause.

    "spot" is what the price of the coin did, "basis" what the price of the future did besides, at entry and today, 0
    where the coin's price on that day is not known; "margin" what the coins posted as margin gained; "funding" what was
    received less what was paid, each payment at the dollars of its day; "fees" those of opening, negative. They sum to
    what the position's equity has grown by, funding and fees included.

    Examples
    --------
    >>> from hedge_widgets import contract
    >>> btc = contract("Binance USD-M BTCUSDT")
    >>> marks, spot = np.array([90_000.0, 80_000.0]), np.array([89_900.0, 80_000.0])
    >>> rates = np.full((1, 3), 0.0001)
    >>> one = Course(contract=btc, contracts=-0.1, leverage=3, marks=marks, spot=spot, rates=rates)
    >>> {name: round(float(gain[-1]), 2) for name, gain in causes(one).items()}
    {'spot': 990.0, 'basis': 10.0, 'margin': 0.0, 'funding': 2.7, 'fees': -4.5}
    """
    price = course.price_pnl(course.entry_price, course.marks)
    spot = price if course.spot is None else course.price_pnl(course.spot[0], course.spot)
    paid = funding_pnl(course.side, course.notional(course.marks[:-1])[..., None], course.rates)
    received = np.sum(paid, axis=1) if len(course.rates) else np.zeros(0)
    opening = fee(course.notional(course.entry_price), course.contract.taker_fee_rate)
    return {
        "spot": np.asarray(spot, dtype=np.float64),
        "basis": np.asarray(price - spot, dtype=np.float64),
        "margin": np.asarray(course.margin_gain(course.marks), dtype=np.float64),
        "funding": np.concatenate([[0.0], np.cumsum(received)]),
        "fees": np.full(len(course.marks), -opening),
    }


def coins_gain(values: Array) -> Array:
    """Return what the coins, quantities as now, have gained by each day since the first, dollars."""
    return np.asarray(values - values[0], dtype=np.float64)


def recovered(values: Array, now: Any) -> tuple[Any, int]:
    """Return (how far the coins are above their low since the first day, a fraction; the place of that low).

    ``values``, shape (n + 1,), are what the coins were worth; ``now`` what they are worth, or would be, any shape.
    Coins that are owed count as they do in the book, negative, so they recover when their price falls.

    Examples
    --------
    >>> low, place = recovered(np.array([1_000.0, 800.0, 900.0]), 944.0)
    >>> round(float(low), 9), place
    (0.18, 1)
    """
    place = int(np.argmin(values))
    low = np.minimum(values[place], now)
    return (now - low) / np.abs(low), place
