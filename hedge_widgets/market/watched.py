"""The futures of a book that are open, against today's prices: what the watch is made of, and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from hedge_widgets.market.coins import followed
from hedge_widgets.market.margin_terms import volatility_spread
from hedge_widgets.market.plan import Plan
from hedge_widgets.market.prices import last_days, one_a_day
from hedge_widgets.market.shipped import shipped_funding
from hedge_widgets.model.book import Future
from hedge_widgets.model.carry.course import PAYMENTS_A_DAY, FundingHistory
from hedge_widgets.model.hedge import HedgeInputs, hedge_outcome
from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.portfolio import Holding, Portfolio
from hedge_widgets.model.watch import Course, WatchSetting

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, np.dtype[np.float64]]
BASIS, COINS_THEN = Limit(-0.5, 0.5), Limit(0.0, 1e12)
FIRST_DAY = date(2009, 1, 3)  # the first bitcoin's
MOST_TIMES = 10.0  # a future larger than so many times the coins is asked about


@dataclass(frozen=True, kw_only=True, eq=False)
class Watched:
    """What is watched: ``setting`` for the model, and in words where prices and funding come from.

    ``first`` is the day the first future was opened, None where not known; ``days`` those of the setting's coins, from
    the first on; ``age`` the days since the last price, None where the prices are the book's; ``notes`` are sentences.
    ``futures`` are those of the book that are open.
    """

    setting: WatchSetting
    futures: tuple[Future, ...]
    first: date | None
    today: date
    age: float | None
    notes: tuple[str, ...]

    def day(self, place: int) -> date:
        """Return a day of the setting's coins by its place."""
        return self.today - timedelta(days=len(self.setting.coins) - 1 - place)


def watched(
    plan: Plan,
    today: date,
    prices: "pd.DataFrame | None" = None,
    funding: Mapping[str, FundingHistory] | None = None,
    *,
    coins_then: float = 0.0,
    basis: float = 0.0,
) -> Watched:
    """Return the open futures of a plan at the close of a day.

    Parameters
    ----------
    prices
        Daily closes, one column a coin; those after ``today`` are not used. None: the book's prices are today's.
    funding
        Past funding, by the coin of the contract; where it does not reach, the rate that is assumed for the contract.
    coins_then
        What the coins were worth when the first future was opened, dollars; counts where there are no closes. 0: not
        known.
    basis
        How far today's price of the futures is above the coin's, a fraction.

    Raises
    ------
    InputError
        If a future was opened after ``today``, or after the last close of its coin.
    """
    BASIS.checked("futures against spot", basis)
    COINS_THEN.checked("what your coins were worth", coins_then)
    futures = tuple(one for one in plan.book.futures if one.entry_price is not None)
    n_planned = len(plan.book.futures) - len(futures)
    raw = None if prices is None else one_a_day(prices).loc[: f"{today:%Y-%m-%d}"]
    last = {} if raw is None else last_days(raw)
    for future in futures:
        _check_day(future, today, last.get(followed(future.contract.underlying)))
    closes = raw.ffill() if raw is not None and last else None
    plan = _at_closes(replace(plan, book=replace(plan.book, futures=futures)), closes, basis)
    opened = plan.futures()
    first = min((one.opened_on for one in futures if one.opened_on is not None), default=None)
    length = 1 + (0 if first is None else (today - first).days)
    pairs = zip(futures, opened.inputs, strict=True)
    made = [_course(one, inputs, today, closes, funding or {}) for one, inputs in pairs]
    passed = [_passed(course, inputs) for (course, _), inputs in zip(made, opened.inputs, strict=True)]
    made = [
        (_ended(course, inputs, place), words)
        for (course, words), inputs, place in zip(made, opened.inputs, passed, strict=True)
    ]
    coins, coins_words = _coins(plan.book.holdings, today, length, closes, coins_then, first)
    setting = WatchSetting(
        hedge=plan.inputs(),
        futures=opened,
        courses=tuple(course for course, _ in made),
        coins=coins,
        planned_days=plan.book.days,
        held_days=float(length - 1) if first else np.nan,
        varies=volatility_spread(),
        basis=basis,
        passed=tuple(place is not None for place in passed),
    )
    dead = [
        _passed_words(course, inputs, today, place)
        for (course, _), inputs, place in zip(made, opened.inputs, passed, strict=True)
    ]
    notes = [*dead, *(words for _, words in made), coins_words, _planned_words(n_planned)]
    return Watched(
        setting=setting,
        futures=futures,
        first=first,
        today=today,
        age=_age(plan, today, last),
        notes=tuple(dict.fromkeys(filter(None, notes))),
    )


def asked_about(future: Future, price: float, coins: float) -> str:
    """Return a question about a future whose size or entry price looks wrong, else "".

    It is more than ``MOST_TIMES`` the coins' value, or no whole lots, or was opened at a tenth of today's price or at
    ten times it: a contract on 1,000 coins is quoted for 1,000, and its entry price here is that of one.
    """
    spec, count = future.contract, abs(future.contracts)
    value, one = float(count * spec.contract_value(price)), float(spec.contract_value(price))
    number, word = f"{count:,.10g}", "contract" if count == 1 else "contracts"
    times = value / abs(coins)
    if times > MOST_TIMES:
        meant = f"{count:,.10g} {spec.underlying} would be {count * price / one:,.6g} of them"
        hint = f" Did you mean coins? {meant}." if one > price * 1.001 or one < price * 0.999 else ""
        return (
            f"{number} {word} of {spec.label} at ${one:,.6g} each are ${value:,.0f}, {times:,.0f} times your coins' "
            f"${abs(coins):,.0f}.{hint}"
        )
    if future.entry_price is not None and not 0.1 <= future.entry_price / price <= 10.0:
        return (
            f"The entry price of {spec.label} is ${future.entry_price:,.6g}, and {spec.underlying} costs ${price:,.6g} "
            f"now. Is it the price of one {spec.underlying}?"
        )
    lots = count / spec.lot_size
    if abs(lots - round(lots)) > 1e-6 * max(lots, 1.0):
        return (
            f"{number} {word} of {spec.label} are no whole number of lots of {spec.lot_size:g}. Did you mean coins? "
            f"{count:,.10g} {spec.underlying} are {count * price / one:,.6g} contracts."
        )
    return ""


def _check_day(future: Future, today: date, last: date | None) -> None:
    label, coin, day = future.contract.label, future.contract.underlying, future.opened_on
    if day is None:
        return
    if not FIRST_DAY <= day <= today:
        raise InputError(f"the day on which {label} was opened must be {FIRST_DAY} to {today}, not {day}")
    if last is not None and last < day:
        raise InputError(
            f"prices of {coin} must be newer than the position: they end on {last}, and {label} was opened on {day}"
        )


def _close(closes: Any, coin: str) -> float | None:
    """Return the last close of a coin, None without any."""
    name = coin if closes is not None and coin in closes else followed(coin)
    if closes is None or name not in closes:
        return None
    known = closes[name].dropna()
    return float(known.iloc[-1]) if len(known) else None


def _at_closes(plan: Plan, closes: "pd.DataFrame | None", basis: float) -> Plan:
    """Return the plan with its coins, and its contracts, at the last closes where there are any."""
    held = []
    for one in plan.book.holdings.holdings:
        close = _close(closes, one.symbol)
        held.append(Holding(symbol=one.symbol, quantity=one.quantity, price=one.price if close is None else close))
    plan = replace(plan, book=replace(plan.book, holdings=Portfolio(tuple(held))))
    own = {label: dict(figures) for label, figures in plan.own.items()}
    for spec in {
        one.label: one for one in (plan.contract, *(future.contract for future in plan.book.futures))
    }.values():
        close = _close(closes, spec.underlying)
        price = own.get(spec.label, {}).get("hedge_price", plan.market().price(spec.underlying))
        price = price if close is None else close
        if price is not None and (close is not None or basis):
            own[spec.label] = {**own.get(spec.label, {}), "hedge_price": float(price) * (1.0 + basis)}
    return replace(plan, own=own)


def _course(
    future: Future,
    inputs: HedgeInputs,
    today: date,
    closes: "pd.DataFrame | None",
    funding: Mapping[str, FundingHistory],
) -> tuple[Course, str]:
    """Return the days of a future, and in words where its funding is from."""
    spec, day = future.contract, future.opened_on
    now = float(inputs.hedge_price)
    days = 0 if day is None else (today - day).days
    spot = None if day is None else _daily(closes, followed(spec.underlying), day, today)
    assert future.entry_price is not None
    entry = float(future.entry_price)
    marks = np.linspace(entry, now, days + 1) if spot is None else spot.copy()
    if days:
        marks[0], marks[-1] = entry, now
    else:  # opened today, or nobody knows when: entry and today's price are two ends all the same
        marks = np.array([entry, now])
    if spot is not None and len(spot) != len(marks):
        spot = None  # opened today: what the coin cost at that moment is not known
    rates, words = _rates(future, days, len(marks) - 1, today, funding, float(inputs.funding_rate))
    course = Course(
        contract=spec, contracts=future.contracts, leverage=future.leverage, marks=marks, spot=spot, rates=rates
    )
    return course, words


def _daily(closes: "pd.DataFrame | None", coin: str, first: date, last: date) -> Array | None:
    """Return the closes of each day, shape (n + 1,), None where that of the first is not known."""
    import pandas as pd

    if closes is None or coin not in closes:
        return None
    days = pd.date_range(first, last, freq="D")
    series = closes[coin].reindex(closes.index.union(days)).ffill().reindex(days)
    values = series.to_numpy(dtype=np.float64)
    return None if np.isnan(values[0]) else values


def _rates(
    future: Future,
    days: int,
    length: int,
    today: date,
    funding: Mapping[str, FundingHistory],
    assumed: float,
) -> tuple[Array, str]:
    """Return (the rates of each day after the opening, shape (length, payments), where they come from)."""
    spec = future.contract
    rates = np.zeros((length, PAYMENTS_A_DAY))
    if spec.is_dated:
        return rates, f"{spec.label} is a dated future: it pays no funding."
    if not days:
        why = "was opened today" if future.opened_on else "has no opening day"
        return rates, f"{spec.label} {why}, so no funding is counted for it."
    rates[:] = assumed / PAYMENTS_A_DAY
    past = funding.get(spec.underlying)
    known = 0
    if past is not None:
        table = past.payments.reshape(-1, PAYMENTS_A_DAY)
        for place in range(length):
            at = (today - timedelta(days=length - 1 - place) - past.first).days
            if 0 <= at < len(table):
                rates[place], known = table[at], known + 1
    per_day = f"{100 * assumed:.4g} % per day"
    if not known:
        source = shipped_funding(spec).source
        return rates, f"No past funding is known for these days, so {per_day} is assumed. {source}"
    name = past.name if past is not None else ""
    if known < length:
        return rates, f"Funding is that of {name} on {known} of {length} days; on the others {per_day} is assumed."
    return rates, f"Funding is that of {name}, payment by payment."


def _coins(
    holdings: Portfolio,
    today: date,
    length: int,
    closes: "pd.DataFrame | None",
    coins_then: float,
    first: date | None,
) -> tuple[Array, str]:
    """Return (what the coins were worth on each day, shape (at least 2,), a sentence on what that is)."""
    now = float(holdings.value)
    if first == today and not coins_then:
        words = "It was opened today, so what your coins brought since is not known: type what they were worth then."
        return np.array([np.nan, now]), words
    start = today - timedelta(days=length - 1)
    values, missing = np.zeros(length), []
    for one in holdings.holdings:
        path = _daily(closes, _name(closes, one.symbol), start, today)
        if path is None:
            missing.append(one.symbol)
        else:
            values = values + one.quantity * path
    if first is not None and not missing:
        return values, ""
    if coins_then:
        words = "No prices are known for the days between, so the line of your coins is straight."
        return np.linspace(float(np.sign(now)) * coins_then, now, max(length, 2)), words
    values = np.full(max(length, 2), np.nan)
    values[-1] = now
    why = "" if first is None else f"No price of {', '.join(missing)} is known for {first}, so what your coins brought "
    why += "since is not counted: get prices, or type what your coins were worth then." if first else ""
    return values, why


def _name(closes: "pd.DataFrame | None", coin: str) -> str:
    return coin if closes is not None and coin in closes else followed(coin)


def _passed(course: Course, inputs: HedgeInputs) -> int | None:
    """Return the place of the first close beyond the liquidation price of the margin that was posted, None of none."""
    price = hedge_outcome(inputs).liquidation_price
    if price is None:
        return None
    beyond = np.flatnonzero(course.side * (course.marks[1:] - price) <= 0)
    return 1 + int(beyond[0]) if len(beyond) else None


def _ended(course: Course, inputs: HedgeInputs, passed: int | None) -> Course:
    """Return a course that is liquidated at today's price without the funding after the day on which it was."""
    if passed is None or not hedge_outcome(inputs).is_liquidated:
        return course
    rates = course.rates.copy()
    rates[passed:] = 0.0
    return replace(course, rates=rates)


def _passed_words(course: Course, inputs: HedgeInputs, today: date, passed: int | None) -> str:
    """Return a sentence on that close, or ""."""
    if passed is None:
        return ""
    day = today - timedelta(days=len(course.marks) - 1 - passed)
    price = hedge_outcome(inputs).liquidation_price
    return (
        f"On {day} the close was beyond the liquidation price of {course.contract.label}, ${price:,.6g}: unless you "
        "added margin, it was liquidated by then. The figures here take it as open for as long as today's price does."
    )


def _planned_words(count: int) -> str:
    if not count:
        return ""
    return f"{count} of your futures {'has' if count == 1 else 'have'} no entry price: planned only, and not watched."


def _age(plan: Plan, today: date, last: Mapping[str, date]) -> float | None:
    """Return the days since the oldest of the last prices that are used, None where none is."""
    coins = [*plan.book.holdings.symbols, *(future.contract.underlying for future in plan.book.futures)]
    used = [last[coin] for coin in map(followed, coins) if coin in last]
    return float((today - min(used)).days) if used else None
