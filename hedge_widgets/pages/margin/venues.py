"""The margin page's trade under every venue's rules: liquidated where, or refused why, by whose rates."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from hedge_widgets.market.margin_terms import (
    margin_venues,
    venue_contract,
    venue_taker_fee,
    venue_whole_rates,
    whole_rates,
)
from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.margin import (
    FlatTiers,
    MarginTiers,
    SizeRates,
    Tiers,
    VenueRules,
    tiers_of,
    venue_liquidation_price,
)
from hedge_widgets.model.margin.setting import MarginSetting
from hedge_widgets.style import MISSING, formatted
from hedge_widgets.widgets.ages import age, cited
from hedge_widgets.widgets.tables import figures_table, note

NO_POSITION = "There is no such position: the sentence above says why."
NEVER, REFUSED = "never", "refused"
_STYLE_WORDS = {
    "marginal": "tiered rates, each slice of the position at its own",
    "flat": "tiered rates, the whole position at that of its tier",
    "size": "a rate that grows with the size of the position",
}
_OKX_CONTRACT = 100.0  # dollars
_GUARD = 1 + 1e-12  # a rounded quotient is no refusal


@dataclass(frozen=True, kw_only=True)
class _Rates:
    """By what a venue's row is worked out: ``whose`` says it in words, ``style`` is one of ``margin.venues.STYLES``.

    ``taker_fee_rate`` is a fraction of notional; ``known_to`` is where the rates collected end, ``largest`` and
    ``smallest`` what the venue takes, all quote value.
    """

    tiers: Tiers
    style: str
    whose: str
    taker_fee_rate: float
    known_to: float = float("inf")
    largest: float = float("inf")
    smallest: float = 0.0


def venues_table(setting: MarginSetting, collateral: float, contract_of: Callable[[str], ContractSpec]) -> str:
    """Return the page's trade under every venue's rules, as a table.

    ``collateral`` is in the margin's currency, NaN for a position that is refused; ``contract_of`` returns the shipped
    or edited contract of a label.
    """
    if collateral != collateral:
        return note(NO_POSITION)
    rows = []
    for rules in margin_venues().values():
        if rules.maintenance_basis == "entry" and setting.is_inverse:
            continue  # those pages are about linear contracts
        rates = _rates(setting, rules, contract_of)
        how = f"{_STYLE_WORDS[rates.style]}; maintenance margin at the {rules.maintenance_basis} price; "
        how += f"the closing fee is {'' if rules.has_closing_fee else 'not '}included; rates of {rates.whose}"
        how += "" if rules.is_isolated_possible else "; the venue offers no isolated margin"
        source = cited(rules.source, rules.date)
        rows.append((rules.venue, *_outcome(setting, rules, rates, collateral), how, rules.partial, source))
    return figures_table(
        ("Venue", "Liquidated at", "Move", "Margin rules", "How it liquidates", "Source"), rows, numbers=(1, 2)
    )


def _outcome(setting: MarginSetting, rules: VenueRules, rates: _Rates, collateral: float) -> tuple[str, str]:
    """Return (price, move) of the liquidation; in their place why the venue refuses, or that it is not known."""
    spec, value = setting.contract, setting.notional * setting.unit_price
    if value > rates.known_to * _GUARD:
        return MISSING, "not known"
    if value > rates.largest * _GUARD:
        return REFUSED, f"at most {formatted(rates.largest, 'usd')}"
    if value * _GUARD < rates.smallest:
        return REFUSED, f"at least {formatted(rates.smallest, 'usd')}"
    most = float(tiers_of(spec.kind, setting.quantity, rates.tiers).max_leverage(setting.notional))
    if setting.notional / collateral > most * _GUARD:
        return REFUSED, f"at most {formatted(most, 'times')}"
    position = (spec.kind, setting.side, setting.quantity, setting.entry_price, collateral)
    price = venue_liquidation_price(rules, *position, rates.tiers, rates.taker_fee_rate)
    if price is None:
        return NEVER, MISSING
    return formatted(price, "price"), formatted(price / setting.entry_price - 1.0, "percent_signed")


def _rates(setting: MarginSetting, rules: VenueRules, contract_of: Callable[[str], ContractSpec]) -> _Rates:
    """Return the venue's own rates where they are known for the coin, else those of the page's contract."""
    spec = setting.contract
    is_own = spec.is_fetched and spec.venue.startswith(rules.venue) and rules.tier_style != "size"
    label = spec.label if is_own else venue_contract(rules.venue, spec.underlying, spec.kind)
    is_flat = rules.tier_style == "flat"
    if label is not None and label not in whole_rates():
        own = contract_of(label)
        return _Rates(
            tiers=_flat(own.tiers) if is_flat else own.tiers,
            style=rules.tier_style,
            whose=_of_age(label, own.tiers.date),
            taker_fee_rate=own.taker_fee_rate,
            largest=own.tiers.caps[-1] * setting.unit_price,
            smallest=float(own.smallest_notional(setting.entry_price)),
        )
    known_fee = venue_taker_fee(rules.venue)
    fee = spec.taker_fee_rate if known_fee is None else known_fee
    whole = venue_whole_rates(rules.venue, spec.underlying)
    if whole is not None:
        return _whole_rates(setting, rules, *whole, fee)
    return _Rates(
        tiers=_flat(setting.tiers) if is_flat else setting.tiers,
        style="flat" if is_flat else "marginal",
        whose=f"{_of_age(spec.label, spec.tiers.date)}, as those of this venue are unknown",
        taker_fee_rate=fee,
    )


def _whole_rates(
    setting: MarginSetting, rules: VenueRules, label: str, rates: FlatTiers | SizeRates, fee: float
) -> _Rates:
    """Return rates of whole positions; flat tiers count contracts and end where the rows collected do."""
    if isinstance(rates, SizeRates):
        return _Rates(tiers=rates, style=rules.tier_style, whose=_of_age(label, rates.date), taker_fee_rate=fee)
    end = rates.caps[-1] * _OKX_CONTRACT
    return _Rates(
        tiers=rates.of_size(setting.notional * setting.unit_price / _OKX_CONTRACT),
        style=rules.tier_style,
        whose=f"{_of_age(label, rates.date)}, known up to {formatted(end, 'usd')}",
        taker_fee_rate=fee,
        known_to=end,
    )


def _of_age(label: str, date: str) -> str:
    """Return a contract's label, with the date of its rates where they are old."""
    return f"{label} of {date} ({age(date)})" if age(date) else label


def _flat(tiers: Tiers) -> Tiers:
    """Return marginal tiers as flat ones: the whole position at the rate of its tier."""
    if not isinstance(tiers, MarginTiers):
        return tiers
    initial = [1.0 / most for most in tiers.max_leverages]
    if any(b <= a for a, b in pairwise(initial)):
        return tiers  # edited so that two tiers allow the same leverage
    return FlatTiers(caps=tiers.caps, maintenance_rates=tiers.maintenance_rates, initial_rates=tuple(initial))
