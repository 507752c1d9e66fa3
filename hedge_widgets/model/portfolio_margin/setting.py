"""What the portfolio-margin page is about and no slider moves: coins, rules, contract, account."""

from dataclasses import dataclass

from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.portfolio_margin import PortfolioRules

_DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class PortfolioMarginSetting:
    """A book of one coin beside a second coin's spot, and the rules that judge it.

    ``size`` is the quote value that the sliders' shares are of; ``price`` that of the coin, ``cash`` the account's;
    ``collateral_ratio`` is what a unified account counts of spot (1 less the haircut). ``contract`` gives the tiers of
    perpetual and future alike; future and puts expire in ``days``; the puts' strike is ``strike_ratio`` times the
    price. When the coin moves by m, the second moves by ``second_beta`` times m. At or below ``no_new_orders_ratio``
    and ``liquidation_ratio`` of equity over tiered margin, Binance's unified account stops and liquidates.

    Raises
    ------
    InputError
        If a number lies outside its limit, or the second coin is the first.
    """

    coin: str
    second: str
    rules: PortfolioRules
    second_rules: PortfolioRules | None
    contract: ContractSpec
    price: float
    size: float
    cash: float
    no_new_orders_ratio: float
    liquidation_ratio: float
    collateral_ratio: float = 0.95
    strike_ratio: float = 0.9
    days: float = 90.0
    second_beta: float = 1.0

    def __post_init__(self) -> None:
        Limit(1e-6, 1e8).checked(f"price of {self.coin}", self.price)
        Limit(100.0, 1e9).checked("size of the book, $,", self.size)
        Limit(0.0, 1e12).checked("cash in the account, $,", self.cash)
        Limit(0.0, 1.0).checked("collateral ratio of coins", self.collateral_ratio)
        Limit(0.2, 2.0).checked("strike of the puts, as a share of the price,", self.strike_ratio)
        Limit(1.0, 730.0).checked("days to expiry", self.days)
        Limit(0.0, 20.0).checked(f"beta of {self.second}", self.second_beta)
        if self.second == self.coin:
            raise InputError(f"the second coin must be another than the first, not {self.second} twice")

    @property
    def years(self) -> float:
        """Return the time to the expiry of future and puts."""
        return self.days / _DAYS_PER_YEAR

    @property
    def strike(self) -> float:
        """Return the puts' strike, quote currency."""
        return self.strike_ratio * self.price
