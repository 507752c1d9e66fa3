"""Where the spot price, the volatility and the fees on the carry page come from."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hedge_widgets.market.facts import fees
from hedge_widgets.market.market import Market
from hedge_widgets.market.shipped import shipped_funding
from hedge_widgets.model.carry.setting import CarrySetting
from hedge_widgets.pages.carry.controls import SLIDERS
from hedge_widgets.style import formatted
from hedge_widgets.widgets.ages import cited


def figures_words(setting: CarrySetting, volatility: float, example: Mapping[str, Any] | None, market: Market) -> str:
    """Return where the price and the volatility come from, and what is known of the funding; a hand's is yours."""
    coin = setting.contract.underlying
    own, known = market.own_price(coin), market.volatility(coin)
    is_own = own is not None and market.history is not None and np.isclose(own, setting.spot_price)
    spot = (
        f"your last one, of {market.last_day(coin)} ({market.history.badge})"
        if is_own and market.history
        else "an illustration; type your own"
    )
    shown = formatted(volatility, "percent")
    slider = next(spec for spec in SLIDERS if spec.field == "volatility")
    held, beyond = slider.position(known.value) * slider.factor, ""
    if example is not None and np.isclose(example["sliders"].get("volatility", np.nan), volatility):
        source = f"{shown}, as in the example"
    elif not np.isclose(held, volatility):
        source = f"{shown}, set by you"
    else:
        source = f"{formatted(known.value, 'percent')}, {known.source}"
        beyond = slider.beyond(known.value)
    said = (f"Spot price: {spot}. Volatility: {source}.", beyond, shipped_funding(setting.contract).source)
    return " ".join(filter(None, said))


def fees_words(setting: CarrySetting) -> str:
    """Return whose fees the boxes hold."""
    spec = setting.contract
    listed = fees().get(spec.venue)
    if (setting.maker_fee_rate, setting.taker_fee_rate) != (spec.maker_fee_rate, spec.taker_fee_rate):
        return "The fees are the ones you set."
    if listed is None or (listed.maker_fee_rate, listed.taker_fee_rate) != (spec.maker_fee_rate, spec.taker_fee_rate):
        return f"The fees are those of the contract: {cited(spec.source, spec.date)}."
    return f"The fees are those of {listed.venue}: {cited(listed.source, listed.date)}."
