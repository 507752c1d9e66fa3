"""Where the spot price, the volatility and the fees on the carry page come from."""

from typing import Any

import numpy as np

from hedge_widgets.market.facts import fees, moments
from hedge_widgets.market.history import History
from hedge_widgets.model.carry.setting import CarrySetting
from hedge_widgets.pages.carry.examples import shipped_volatility
from hedge_widgets.style import formatted

_WINDOW = 90  # days of a history from which a volatility is taken


def own_figures(prices: History | None, coin: str) -> tuple[float | None, float | None]:
    """Return last price and annual volatility of a coin in the user's prices, None what they do not tell."""
    closes = None if prices is None else prices.prices.get(coin)
    if closes is None:
        return None, None
    returns = np.diff(np.log(closes.dropna().to_numpy(dtype=np.float64)[-_WINDOW - 1 :]))
    volatility = float(np.std(returns, ddof=1) * np.sqrt(365.0)) if len(returns) > 2 else None
    return _last(closes), volatility


def sample_price(coin: str) -> float | None:
    """Return the last simulated price of a coin, None where the sample has none."""
    from hedge_widgets.market.sample import sample_prices

    closes = sample_prices().get(coin)
    return None if closes is None else _last(closes)


def _last(closes: Any) -> float:
    """Return the last of a coin's closes as a box shows it."""
    return float(f"{float(closes.dropna().iloc[-1]):.6g}")


def figures_words(setting: CarrySetting, volatility: float, example: dict[str, Any], prices: History | None) -> str:
    """Return where the price in the box and the volatility on the slider come from; what a hand changed is yours."""
    coin = setting.contract.underlying
    own_price, own_volatility = own_figures(prices, coin)
    own = "" if prices is None else prices.source.rstrip(".")
    is_own = own_price is not None and np.isclose(own_price, setting.spot_price)
    spot = f"your last one, {own}" if is_own else "illustrative, type yours"
    shown = formatted(volatility, "percent")
    if own_volatility is not None and np.isclose(own_volatility, volatility):
        source = f"{shown}, of your last {_WINDOW} days, {own}"
    elif np.isclose(example["sliders"].get("volatility", np.nan), volatility):
        source = f"{shown}, as in the example"
    elif not np.isclose(shipped_volatility(coin), volatility):
        source = f"{shown}, as you set it"
    elif moments().known([coin]):
        source = f"{shown}, {moments().source}"
    else:
        source = f"{shown} stands in, none was collected for {coin}"
    return f"Spot price: {spot}. Volatility: {source}."


def fees_words(setting: CarrySetting) -> str:
    """Return whose fees the boxes hold."""
    spec = setting.contract
    listed = fees().get(spec.venue)
    if (setting.maker_fee_rate, setting.taker_fee_rate) != (spec.maker_fee_rate, spec.taker_fee_rate):
        return "Fees: as you set them."
    if listed is None or (listed.maker_fee_rate, listed.taker_fee_rate) != (spec.maker_fee_rate, spec.taker_fee_rate):
        return f"Fees: those of the contract, {spec.source} ({spec.date})."
    return f"Fees: {listed.venue}, {listed.source} ({listed.date})."
