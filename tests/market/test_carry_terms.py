"""The shipped funding rules: the venues of the comparison, and a rule for each contract that has one."""

import pytest

from hedge_widgets.market.carry_terms import OTHER, funding_rule, funding_rules
from hedge_widgets.market.facts import contract, contracts
from hedge_widgets.model.carry import dydx_rate_cap


def test_the_venues_are_there() -> None:
    """Seven venues, each with a row for its other contracts; four formulas; two venues pay on the oracle price."""
    found = funding_rules()
    venues = {"Binance USD-M", "Bybit", "OKX", "BitMEX", "Deribit", "Hyperliquid", "dYdX v4"}
    assert {venue for venue, _ in found} == venues
    assert all((venue, OTHER) in found for venue in venues)
    assert {rule.style for rule in found.values()} == {"clamp", "clamp of a payment", "dead zone", "premium"}
    assert {rule.venue for rule in found.values() if rule.notional_price == "oracle"} == {"Hyperliquid", "dYdX v4"}


def test_caps_are_those_collected() -> None:
    """Binance BTC 0.3 %, another coin 2 %; Bybit by contract; Hyperliquid 4 % an hour; dYdX from its margins."""
    labels = ("Binance USD-M BTCUSDT", "Binance USD-M SOLUSDT", "Bybit BTCUSD", "Hyperliquid ETH")
    rules = [funding_rule(contract(label)) for label in labels]
    assert [rule and rule.cap for rule in rules] == [0.003, 0.02, 0.00375, 0.04]
    ether = funding_rule(contract("Binance USD-M ETHUSDT"))
    assert ether is not None
    assert ether.cap == pytest.approx(0.75 * 0.004)  # as BTC: its first maintenance rate
    assert "not confirmed" in ether.note
    for symbol, margins in (("BTC-USD", (0.02, 0.012)), ("SOL-USD", (0.05, 0.03))):
        rule = funding_rule(contract(f"dYdX v4 {symbol}"))
        assert rule is not None
        assert rule.cap == pytest.approx(dydx_rate_cap(*margins))


def test_the_dead_zone_is_deribits() -> None:
    """Support, "Funding Specifications": 0.025 %; a premium of 0.1 % pays 0.075 %; caps are by instrument."""
    deribit = funding_rules()["Deribit", OTHER]
    assert [deribit.rate(premium) for premium in (2.5e-4, 1e-3, -1e-3)] == pytest.approx([0.0, 7.5e-4, -7.5e-4])
    assert deribit.cap is None


def test_interest_is_a_contracts_own() -> None:
    """A flat premium pays a short 0.01 % for eight hours, an eighth of it an hour, and nothing on BNB or dYdX."""
    labels = ("Binance USD-M BTCUSDT", "Hyperliquid BTC", "Binance USD-M BNBUSDT", "dYdX v4 BTC-USD")
    paid = []
    for label in labels:
        spec = contract(label)
        rule = funding_rule(spec)
        assert rule is not None
        paid.append(rule.rate(0.0, spec.funding_interval))
    assert paid == pytest.approx([1e-4, 1.25e-5, 0, 0])


def test_every_contract_of_a_known_venue_pays_as_often_as_its_rule_says() -> None:
    """The interval of a contract is one its rule allows; made-up contracts and venues without a rule have none."""
    without = {spec.venue for spec in contracts().values() if funding_rule(spec) is None}
    assert without == {"Binance COIN-M", "CME", "Example"}
    for spec in contracts().values():
        rule = funding_rule(spec)
        assert rule is None or not rule.intervals or spec.funding_interval in rule.intervals
