"""The margin page's card of the whole wallet: hedge and other futures in one cross account, and each by itself."""

import html
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hedge_widgets.model.contracts import ContractSpec
from hedge_widgets.model.futures import Futures
from hedge_widgets.model.margin import Position
from hedge_widgets.model.margin.setting import MarginSetting
from hedge_widgets.model.margin.whole import MAX_BETA, WholeWallet, isolated_position, whole_wallet
from hedge_widgets.pages.book import joined
from hedge_widgets.pages.margin.venues import NEVER, NO_POSITION
from hedge_widgets.style import formatted
from hedge_widgets.widgets.tables import figures_table, note


@dataclass(frozen=True, kw_only=True)
class _Leg:
    """One future: what it is called, its position with isolated margin, None where the venue refuses it.

    ``beta`` is its coin's move per move of the hedge's coin; ``to_post`` is margin that the cash has still to post,
    ``has_posted`` margin beside the cash; ``apart`` says why it cannot be in one account with the hedge.
    """

    name: str
    position: Position | None
    beta: float = 1.0
    to_post: float = 0.0
    has_posted: float = 0.0
    apart: str = ""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """All futures of the page, those of them that share the account (``inside``), and what becomes of it.

    ``required`` is the margin, in the account's currency, that the cash has to post.
    """

    setting: MarginSetting
    legs: tuple[_Leg, ...]
    inside: tuple[_Leg, ...]
    required: float
    outcome: WholeWallet


def whole_of(setting: MarginSetting, posted: float, volatility: float, futures: Futures) -> Whole:
    """Return the account of a page's position, with ``posted`` (margin's currency) of its own, and other futures.

    ``volatility`` is that of its coin, of which the other coins' betas are made. The account holds the margin of what
    is open, and the cash, or the margin that it has to post where that is more.
    """
    legs = tuple(_legs(setting, posted, volatility, futures))
    inside = tuple(leg for leg in legs if leg.position is not None and not leg.apart)
    positions = {leg: leg.position for leg in inside if leg.position is not None}
    required = sum(leg.to_post for leg in inside)
    wallet = float(setting.wallet(required)) + sum(leg.has_posted for leg in inside)
    betas = {position.coin: leg.beta for leg, position in positions.items()}
    outcome = whole_wallet(list(positions.values()), wallet, betas)
    return Whole(setting=setting, legs=legs, inside=inside, required=required, outcome=outcome)


def _legs(setting: MarginSetting, posted: float, volatility: float, futures: Futures) -> Iterator[_Leg]:
    first, *others = setting.positions()
    betas = setting.betas
    yield _Leg(name=f"The hedge: {setting.contract.label}", position=replace(first, collateral=posted), to_post=posted)
    for other in others:  # opened from what the wallet has free, as on the rest of the page
        assert setting.other is not None
        wallet_mate = replace(other, collateral=setting.other_margin)
        yield _Leg(name=setting.other.label, position=wallet_mate, beta=betas[other.coin])
    for place, inputs in enumerate(futures.inputs, start=1):
        spec, position = inputs.contract, isolated_position(inputs)
        beta = float(futures.correlations[0][place]) * float(inputs.hedge_volatility) / volatility
        margin = _margin(position)
        is_open = inputs.entry_price is not None
        since = f"opened at {formatted(inputs.entry_price, 'price')}" if is_open else "planned"
        yield _Leg(
            name=f"{spec.label}, {since}",
            position=position,
            beta=betas.setdefault(spec.underlying, min(max(beta, 0.0), MAX_BETA)),
            to_post=0.0 if is_open else margin,
            has_posted=margin if is_open else 0.0,
            apart=_apart(setting, first, spec, position),
        )


def _apart(setting: MarginSetting, hedge: Position, spec: ContractSpec, position: Position | None) -> str:
    if position is None:
        return "refused by the venue"
    if position.settlement != hedge.settlement:
        return f"its margin is {spec.underlying if spec.kind == 'inverse' else 'dollars'}"
    return "" if spec.venue == setting.contract.venue else "at another venue"


def _margin(position: Position | None) -> float:
    return 0.0 if position is None else float(position.collateral or 0.0)


# ---- in words --------------------------------------------------------------------------------------------------------
def whole_card(setting: MarginSetting, posted: float, volatility: float, futures: Futures) -> str:
    """Return the card's sentence, its table and its notes as HTML; arguments as of :func:`whole_of`."""
    if posted != posted:
        return note(NO_POSITION)
    whole = whole_of(setting, posted, volatility, futures)
    return f"<p>{html.escape(sentence(whole))}</p>{_table(whole)}{note(' '.join(_notes(whole)))}"


def sentence(whole: Whole) -> str:
    """Return what liquidates the account, and what isolated margin does instead, in one sentence."""
    outcome, coin = whole.outcome, whole.setting.contract.underlying
    is_one = len(whole.inside) == 1
    what = f"the {_called(whole.inside[0])}" if is_one else "everything"
    lead = f"In one account with cross margin and {_money(whole, whole.outcome.account.wallet)}, "
    if outcome.state.is_liquidated:
        asked, equity = (_money(whole, worth) for worth in (outcome.state.maintenance_margin, outcome.state.equity))
        return f"{lead}{what} is liquidated at once: the maintenance margin is {asked}, and the equity is {equity}."
    ends = sorted((move for move in outcome.together if move is not None), key=abs)
    if not ends:
        return f"{lead}no move of {coin} liquidates {'it' if is_one else 'anything'}{_isolated(whole, is_one)}."
    said = " or ".join(f"{'rises' if move > 0 else 'falls'} {formatted(abs(move), 'percent')}" for move in ends)
    coins = {leg.position.coin for leg in whole.inside if leg.position is not None}
    alike = " and the other coins move with it" if len(coins) > 1 else ""
    return f"{lead}{what} is liquidated if {coin} {said}{alike}{_isolated(whole, is_one)}."


def _isolated(whole: Whole, is_one: bool) -> str:
    """Return what isolated margin does with the positions, as the end of the sentence."""
    outcome = whole.outcome
    if outcome.first is None or outcome.first_move is None:
        return "; with isolated margin, no move liquidates any of them" if not is_one else ""
    leg = whole.inside[outcome.first]
    assert leg.position is not None
    at = _at(leg.position, outcome.isolated[outcome.first])
    what = "it is liquidated" if is_one else f"the {_called(leg)} is liquidated first,"
    return f"; with isolated margin, {what} at {at}"


def _called(leg: _Leg) -> str:
    assert leg.position is not None
    return f"{leg.position.coin} {'short' if float(leg.position.side) < 0 else 'long'}"


def _table(whole: Whole) -> str:
    coin, state = whole.setting.contract.underlying, whole.outcome.state
    rows = [_row(whole, leg) for leg in whole.legs]
    first = whole.outcome.first_move
    total = _money(whole, sum(_margin(leg.position) for leg in whole.inside))
    at = NEVER if first is None else f"first at: {coin} {formatted(first, 'percent_signed')}"
    rows.append((f"All in one account, if they move with {coin}", "", at, _ends(*whole.outcome.together), total, ""))
    head = ("", "Size", "Isolated: liquidated at", "Cross: if its coin moves alone", "Margin", f"Beta to {coin}")
    caption = (
        f"The cross account has an equity of {_money(whole, state.equity)}, a maintenance margin of "
        f"{_money(whole, state.maintenance_margin)} and a margin ratio of {formatted(state.margin_ratio, 'percent')}. "
        "At 100 % it is liquidated, with everything in it."
    )
    return figures_table(head, rows, caption)


def _row(whole: Whole, leg: _Leg) -> tuple[str, ...]:
    position = leg.position
    if position is None:
        return (leg.name, "refused", "", "", "", "")
    is_inside = leg in whole.inside
    price = whole.outcome.isolated[whole.inside.index(leg)] if is_inside else position.isolated_liquidation_price()
    unit = float(position.mark_price) if position.kind == "inverse" else 1.0
    return (
        leg.name,
        _size(position),
        NEVER if price is None else _at(position, price),
        _ends(*whole.outcome.alone[position.coin]) if is_inside else "not in this account",
        formatted(_margin(position) * unit, "usd"),
        formatted(leg.beta, "times"),
    )


def _is_in_dollars(position: Position) -> bool:
    """Return whether only the value of a position is known, as that of the wallet's other position."""
    return position.entry_price == position.mark_price == 1.0


def _size(position: Position) -> str:
    size = float(position.side * position.quantity)
    if _is_in_dollars(position):
        return formatted(size, "usd_signed")
    coins = size / float(position.mark_price) if position.kind == "inverse" else size
    return f"{formatted(coins, 'contracts')} {position.coin}"


def _at(position: Position, price: float | None) -> str:
    """Return a price and how far it is."""
    assert price is not None
    move = formatted(price / float(position.mark_price) - 1.0, "percent_signed")
    return f"a move of {move}" if _is_in_dollars(position) else f"{formatted(price, 'price')} ({move})"


def _ends(*moves: float | None) -> str:
    shown = [formatted(move, "percent_signed") for move in moves if move is not None]
    return " or ".join(dict.fromkeys(shown)) or NEVER


def _money(whole: Whole, worth: Any) -> str:
    """Return an amount of the account's currency in dollars at the entry price."""
    return formatted(float(worth) * whole.setting.unit_price, "usd")


def _notes(whole: Whole) -> Iterator[str]:
    """Yield what the account leaves out, or counts instead of the cash."""
    setting, required = whole.setting, _money(whole, whole.required)
    if setting.is_inverse:
        yield f"The margin is {setting.contract.underlying}: cash in dollars does not count in this account."
    elif setting.cash == 0:
        yield f"You have not said how much cash you have, so the account holds only the {required} that must be posted."
    elif whole.required > setting.cash * (1.0 + 1e-12):
        cash = formatted(setting.cash, "usd")
        yield f"These positions require {required} to open, and you have {cash}: the account is shown with {required}."
    apart = [f"{leg.name.rsplit(', ', 1)[0]} ({leg.apart})" for leg in whole.legs if leg.apart]
    if apart:
        yield f"Not in this account: {joined(apart)}."
