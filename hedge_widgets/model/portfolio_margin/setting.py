"""What the portfolio-margin page is about and no slider moves: coins, rules, contract, account."""

from dataclasses import dataclass

from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import SIGNED, InputError, Limit
from hedge_widgets.model.portfolio_margin import PortfolioRules

_DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class FurtherCoin:
    """Spot of another coin than the hedge's: ``share`` of the setting's size, negative where the coin is owed.

    When the first coin moves by m, this one moves by ``beta`` times m; a stablecoin does not move, and counts in full
    unless it ``is_foreign``, of another currency than the dollar. ``rules`` are those of its risk unit, None where the
    venue has no grid for it.
    """

    coin: str
    share: float = 0.0
    beta: float = 1.0
    rules: PortfolioRules | None = None
    is_stable: bool = False
    is_foreign: bool = False

    def __post_init__(self) -> None:
        SIGNED.checked(f"share of {self.coin}", self.share)
        Limit(0.0, 20.0).checked(f"beta of {self.coin}", self.beta)


@dataclass(frozen=True, kw_only=True)
class PortfolioMarginSetting:
    """A book of one coin beside the spot of further coins, and the rules that judge it.

    A slider adds to the share of the first of the ``further`` coins. Besides their betas they make ``own_move``
    together, a simple move that grows with the first coin's and is complete where that is ``own_at``; on the other side
    of today there is none of it. ``size`` is the quote value that all shares are of; ``price`` that of the coin,
    ``cash`` the account's; ``collateral_ratio`` is what a unified account counts of spot (1 less the haircut).
    ``contract`` gives the tiers of perpetual and future alike; future and puts expire in ``days``; the puts' strike is
    ``strike_ratio`` times the price. At or below ``no_new_orders_ratio`` and ``liquidation_ratio`` of equity over
    tiered margin, Binance's unified account stops and liquidates.

    Raises
    ------
    InputError
        If a number lies outside its limit, there is no further coin, or one coin is there twice.
    """

    coin: str
    further: tuple[FurtherCoin, ...]
    rules: PortfolioRules
    contract: ContractSpec
    price: float
    size: float
    cash: float
    no_new_orders_ratio: float
    liquidation_ratio: float
    collateral_ratio: float = 0.95
    strike_ratio: float = 0.9
    days: float = 90.0
    own_move: float = 0.0
    own_at: float = 0.0

    def __post_init__(self) -> None:
        Limit(1e-6, 1e8).checked(f"price of {self.coin}", self.price)
        Limit(100.0, 1e9).checked("size of the book, $,", self.size)
        Limit(0.0, 1e12).checked("cash in the account, $,", self.cash)
        Limit(0.0, 1.0).checked("collateral ratio of coins", self.collateral_ratio)
        Limit(0.2, 2.0).checked("strike of the puts, as a share of the price,", self.strike_ratio)
        Limit(1.0, 730.0).checked("days to expiry", self.days)
        Limit(-1.0, 10.0).checked("what the further coins move on their own (1 = 100 %)", self.own_move)
        Limit(-1.0, 10.0).checked("move at which the own move is complete (1 = 100 %)", self.own_at)
        if not self.further:
            raise InputError("a book must name at least one further coin, not 0")
        coins = [self.coin, *(one.coin for one in self.further)]
        twice = [coin for place, coin in enumerate(coins) if coin in coins[:place]]
        if twice:
            raise InputError(f"every further coin must be another one, and {twice[0]} is there twice")

    @property
    def second(self) -> str:
        """Return the first of the further coins: the one that has a slider."""
        return self.further[0].coin

    @property
    def years(self) -> float:
        """Return the time to the expiry of future and puts."""
        return self.days / _DAYS_PER_YEAR

    @property
    def strike(self) -> float:
        """Return the puts' strike, quote currency."""
        return self.strike_ratio * self.price
