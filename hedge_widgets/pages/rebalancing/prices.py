"""Where the rebalancing page's paths come from: simulated, windows of a history, or two moves drawn by hand."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hedge_widgets.market.facts import ReplayedMoves
from hedge_widgets.market.history import History
from hedge_widgets.market.prices import common_prices, day_numbers
from hedge_widgets.market.sample import sample_funding
from hedge_widgets.model.hedge_ratio.returns import deviations, spanned_returns
from hedge_widgets.model.limits import InputError, Limit
from hedge_widgets.model.paths import PairDynamics, simulated_pair
from hedge_widgets.model.rebalancing.setting import DAYS_PER_YEAR, N_SHOWN, Paths

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]

STEP = 7  # days from the start of one window of history to that of the next
FUNDING_COIN = "BTC"
_SEED = Limit(0, 2**32 - 1)
_MOVE = Limit(-0.99, 10.0)


@functools.cache
def daily_funding() -> "pd.DataFrame":
    """Return the sample's funding by day, the sum of the day's payments; positive = a short receives it."""
    rates = sample_funding()
    return rates.groupby(rates.index.tz_localize(None).normalize()).sum()


@functools.lru_cache(maxsize=2)
def simulated_paths(dynamics: PairDynamics, n_days: int, n_paths: int, seed: float) -> Paths:
    """Return simulated paths of a pair, each with a window of the sample's BTC funding drawn with the same seed.

    Raises
    ------
    InputError
        If the seed is no whole number of 32 bits.
    """
    if float(_SEED.checked("seed", seed)) != round(seed):
        raise InputError(f"seed must be a whole number, not {seed:g}")
    number = round(seed)
    spot, hedge = simulated_pair(dynamics, 1.0, 1.0, n_days / DAYS_PER_YEAR, n_days, n_paths, number)
    rates = daily_funding()[FUNDING_COIN].to_numpy(dtype=np.float64)
    first = np.random.default_rng([number, 1]).integers(len(rates) - n_days + 1, size=n_paths)
    return Paths(
        spot=spot,
        hedge=hedge,
        funding=np.lib.stride_tricks.sliding_window_view(rates, n_days)[first],
        spot_volatility=dynamics.spot_volatility,
        hedge_volatility=dynamics.hedge_volatility,
        correlation=dynamics.correlation,
        names=tuple(f"Simulated path {k + 1}" for k in range(min(n_paths, N_SHOWN))),
        stamp=f"simulated prices and funding, seed {number}",
    )


@functools.lru_cache(maxsize=2)
def drawn_paths(dynamics: PairDynamics, n_days: int, spot_move: float, hedge_move: float) -> Paths:
    """Return one path on which coin and hedge go evenly to their moves."""
    _MOVE.checked("move of the coin", spot_move)
    _MOVE.checked("move of the hedge", hedge_move)
    share = np.linspace(0.0, 1.0, n_days + 1)[None]
    return Paths(
        spot=(1.0 + spot_move) ** share,
        hedge=(1.0 + hedge_move) ** share,
        funding=None,
        spot_volatility=dynamics.spot_volatility,
        hedge_volatility=dynamics.hedge_volatility,
        correlation=dynamics.correlation,
        names=("The drawn path",),
        stamp="a drawn path, not a forecast",
    )


def replayed_paths(coin: str, hedge: str, event: ReplayedMoves) -> Paths:
    """Return the one path that two coins really took.

    Raises
    ------
    InputError
        If the moves of a coin are not known.
    """
    for name in (coin, hedge):
        if name not in event.moves:
            raise InputError(f"{event.name} is known for {', '.join(event.moves)}, not for {name:.20}")
    moves = np.log1p(np.array([event.moves[coin], event.moves[hedge]]))
    paths = np.exp(np.concatenate([np.zeros((2, 1)), np.cumsum(moves, axis=1)], axis=1))
    return Paths(
        spot=paths[:1],
        hedge=paths[1:],
        funding=None,
        **_moments(moves.T, np.ones(moves.shape[1])),
        names=(event.words,),
        stamp=f"{' and '.join(dict.fromkeys((coin, hedge)))}, real daily moves",
    )


def historical_paths(history: History, coin: str, hedge: str, n_days: int) -> Paths:
    """Return the history's windows of ``n_days``, one starting every week.

    Rules trade once a day: on a day without prices the last ones stand. The volatilities and the correlation are those
    of the returns from price to price.

    Raises
    ------
    InputError
        If a coin has no prices, the prices are not daily, or there are too few of them.
    """
    missing = [name for name in (coin, hedge) if name not in history.prices.columns]
    if missing:
        raise InputError(f"{missing[0]} must have prices; {history.badge} has none of it")
    known = common_prices(history.prices, (coin, hedge))
    spacing = float(np.median(np.diff(day_numbers(known.index))))
    if spacing > 1:
        raise InputError(f"the paths need a price a day; those of {coin} and {hedge} are {spacing:g} days apart")
    both = known.asfreq("D", method="ffill")
    if len(both) <= n_days:
        raise InputError(
            f"a window of {n_days} days must fit into the prices; {coin} and {hedge} have {len(both)} days in common"
        )
    spot, hedged = (both[name].to_numpy(dtype=np.float64) for name in (coin, hedge))
    starts = np.arange(0, len(both) - n_days, STEP)
    rows = starts[:, None] + np.arange(n_days + 1)
    quoted = known.loc[both.index[0] : both.index[-1], [coin, hedge]]
    returns, spans, _ = spanned_returns(quoted.to_numpy(dtype=np.float64), day_numbers(quoted.index), kind="log")
    source = "simulated sample" if history.is_simulated else "your prices"
    paths = Paths(
        spot=spot[rows] / spot[rows[:, :1]],
        hedge=hedged[rows] / hedged[rows[:, :1]],
        funding=_funding_of(history, hedge, both.index, rows),
        **_moments(returns, spans),
        names=(),
        stamp=f"{coin} and {hedge}, {source}" if coin != hedge else f"{coin}, {source}",
        overlap=min(max(n_days / STEP, 1.0), len(starts)),
    )
    shown = [rows[k] for k in paths.shown]
    if history.is_simulated:  # its calendar is made up
        named = tuple(f"Simulated days {row[0] + 1:,} to {row[-1] + 1:,}" for row in shown)
    else:
        days = both.index.strftime("%-d %b %Y")
        named = tuple(f"{days[row[0]]} to {days[row[-1]]}" for row in shown)
    return Paths(**{**vars(paths), "names": named})


def _moments(returns: Array, spans: Any) -> dict[str, float]:
    """Return the annual volatilities of two coins and their correlation, of log returns (n, 2) over days (n,)."""
    moves = deviations(returns, spans)
    squares = np.square(moves).sum(axis=0)
    spot, hedge = np.sqrt(squares / (len(moves) - 1) * DAYS_PER_YEAR)
    correlation = moves[:, 0] @ moves[:, 1] / np.sqrt(squares.prod()) if (squares > 0).all() else 0.0
    return {
        "spot_volatility": float(spot),
        "hedge_volatility": float(hedge),
        "correlation": float(np.clip(correlation, -1.0, 1.0)),
    }


def _funding_of(history: History, hedge: str, days: "pd.DatetimeIndex", rows: npt.NDArray[np.int64]) -> Array | None:
    """Return the funding of the sample's own days, shape of the windows; other prices come without any."""
    if not history.is_simulated or hedge not in daily_funding().columns:
        return None
    rates: Array = daily_funding()[hedge].reindex(days).fillna(0.0).to_numpy(dtype=np.float64)
    return rates[rows[:, 1:]]  # paid by the end of a step
