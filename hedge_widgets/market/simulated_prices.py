"""Simulated daily closes, calibrated to the tables in ``data/`` (path engine of docs/model.md 3.11).

A day's log return of a coin is its loading on the common factor (BTC) plus its own part. Both have fat tails and a calm
or a stressed regime; the named stress events are laid over them, and 2023 to 2025 is made to have the collected
volatilities and correlations exactly.
"""

import datetime

import numpy as np
import numpy.typing as npt

from hedge_widgets.market.facts import moments, sample_parameters, stress_events

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

LARGE_CAPS, LOW_CAPS = ("BTC", "ETH", "SOL", "BNB", "ADA", "AVAX", "DOGE", "LINK"), ("ARB", "CHZ", "WIF")
SYMBOLS = LARGE_CAPS + LOW_CAPS
FIRST, LAST = datetime.date(2018, 1, 1), datetime.date(2025, 12, 31)
WINDOW = (datetime.date(2023, 1, 1), datetime.date(2025, 12, 31))

# Calm days and stressed days: chance to enter stress and to stay in it, volatilities against the mean of all days. In
# stress the common factor grows more than the coins' own parts, so that correlations rise.
ENTER_STRESS, STAY_IN_STRESS = 1 / 70, 13 / 14
FACTOR_IN_REGIME, OWN_IN_REGIME = np.array([0.74, 1.8]), np.array([0.88, 1.45])
DEGREES_OF_FREEDOM = 8
FALL_TILT = 0.15  # coins follow a falling BTC further than a rising one
# A spell in which the coins go their own ways: the source of the worst rolling correlations.
OWN_SEASON = (datetime.date(2021, 2, 1), datetime.date(2021, 5, 15))
OWN_IN_SEASON = 1.3


def sample_days() -> Days:
    """Return the days of the sample, shape (days,)."""
    return np.arange(np.datetime64(FIRST), np.datetime64(LAST) + np.timedelta64(1, "D"))


def target_moments() -> tuple[Array, Array]:
    """Return (annual volatilities, correlations) of ``SYMBOLS``: the collected ones, for low caps the assumed ones."""
    known = moments()
    place = known.index(LARGE_CAPS)
    assumed = [[sample_parameters(name)[symbol] for symbol in LOW_CAPS] for name in ("volatility", "correlation_btc")]
    volatilities = np.concatenate([known.volatilities[place], assumed[0]])
    rho = np.concatenate([known.correlations[0, place], assumed[1]])
    left = np.sqrt(1.0 - rho**2)
    correlations = np.outer(rho, rho) + np.outer(left, left) * sample_parameters("residual_correlation")["low caps"]
    correlations[: len(place), : len(place)] = known.correlations[np.ix_(place, place)]
    np.fill_diagonal(correlations, 1.0)
    return volatilities, correlations


def simulated_prices(seed: int) -> Array:
    """Return daily closes of ``SYMBOLS``, shape (days, coins), from the start level to the end level of each."""
    days = sample_days()[1:]
    returns = _raw_returns(np.random.Generator(np.random.PCG64(seed)), days)
    is_event = _lay_events(returns, days)
    _set_moments(returns, days, is_event)
    start = np.array([sample_parameters("start_price")[symbol] for symbol in SYMBOLS])
    return np.asarray(start * np.exp(np.vstack([np.zeros(len(SYMBOLS)), returns.cumsum(axis=0)])))


def years_of(days: Days) -> npt.NDArray[np.str_]:
    """Return the year of each day, as text."""
    return days.astype("datetime64[Y]").astype(str)


def _between(days: Days, first: datetime.date, last: datetime.date) -> npt.NDArray[np.bool_]:
    return np.asarray((days >= np.datetime64(first)) & (days <= np.datetime64(last)))


def _regimes(rng: np.random.Generator, n_days: int) -> npt.NDArray[np.intp]:
    """Return 0 (calm) or 1 (stress) a day, a two-state Markov chain."""
    regimes = np.zeros(n_days, dtype=np.intp)
    for day, draw in enumerate(rng.random(n_days - 1), 1):
        regimes[day] = draw < (STAY_IN_STRESS if regimes[day - 1] else ENTER_STRESS)
    return regimes


def _tails(rng: np.random.Generator, n_days: int) -> Array:
    """Return the root of an inverse chi-square a day: times a normal draw it is a Student-t of variance 1."""
    return np.sqrt((DEGREES_OF_FREEDOM - 2) / rng.chisquare(DEGREES_OF_FREEDOM, n_days))


def _raw_returns(rng: np.random.Generator, days: Days) -> Array:
    """Return log returns, shape (days, coins): loading times factor plus own part, before events and calibration."""
    volatilities, correlations = target_moments()
    rho = correlations[0, 1:]
    daily = volatilities / np.sqrt(365.0)
    left = np.sqrt(1.0 - rho**2)
    residual = (correlations[1:, 1:] - np.outer(rho, rho)) / np.outer(left, left)
    year = np.array([sample_parameters("year_volatility")[name] for name in years_of(days)]) / volatilities[0]
    regimes = _regimes(rng, len(days))

    factor = year * FACTOR_IN_REGIME[regimes] * _tails(rng, len(days)) * rng.standard_normal(len(days))
    scale = np.sqrt(year) * OWN_IN_REGIME[regimes] * _tails(rng, len(days))  # wilder years are the market's
    own = scale[:, None] * (rng.standard_normal((len(days), len(rho))) @ np.linalg.cholesky(residual).T)

    in_season = _between(days, *OWN_SEASON)[:, None]
    worst = np.array([sample_parameters("worst_correlation")[symbol] for symbol in SYMBOLS[1:]])
    season = (worst / np.sqrt(1.0 - worst**2)) / (rho / left) * OWN_IN_SEASON
    loading = np.where(in_season, season, 1.0) * (1.0 - FALL_TILT * np.sign(factor))[:, None] * rho
    own = np.where(in_season, OWN_IN_SEASON, 1.0) * own
    return np.asarray(daily * np.column_stack([factor, loading * factor[:, None] + left * own]))


def _lay_events(returns: Array, days: Days) -> npt.NDArray[np.bool_]:
    """Write the stress events into ``returns``; return which days they cover.

    Within a window of days the simulated returns stay as they move about their mean. A coin that an event does not name
    follows BTC with its loading.
    """
    volatilities, correlations = target_moments()
    betas = correlations[0] * volatilities / volatilities[0]
    covered = np.zeros(len(days), dtype=np.bool_)
    for event in stress_events():
        window = _between(days, event.start, event.end)
        market = np.log1p(event.returns["BTC"])
        total = [
            np.log1p(event.returns[symbol]) if symbol in event.returns else beta * market
            for symbol, beta in zip(SYMBOLS, betas, strict=True)
        ]
        returns[window] += np.array(total) / window.sum() - returns[window].mean(axis=0)
        covered |= window
    return covered


def _set_moments(returns: Array, days: Days, is_event: npt.NDArray[np.bool_]) -> None:
    """Give every year its return and the window its covariances, by moving and mixing the days without an event."""
    years = years_of(days)
    drifts = np.zeros_like(returns)
    for year, total in _year_returns().items():
        free = (years == year) & ~is_event
        returns[free] -= returns[free].mean(axis=0)
        drifts[free] = (total - returns[(years == year) & is_event].sum(axis=0)) / free.sum()

    volatilities, correlations = target_moments()
    window = _between(days, *WINDOW)
    free = window & ~is_event
    target = correlations * np.outer(volatilities, volatilities) / 365.0 * (window.sum() - 1)
    given = (drifts + np.where(is_event[:, None], returns, 0.0))[window]
    given -= given.mean(axis=0)
    wanted = np.linalg.cholesky(target - given.T @ given)
    present = np.linalg.cholesky(returns[free].T @ returns[free])
    returns[free] = returns[free] @ np.linalg.solve(present.T, wanted.T)
    returns += drifts


def _year_returns() -> dict[str, Array]:
    """Return the coins' log returns by year: the market's cycle plus an even share of what the coin's levels ask."""
    cycle = sample_parameters("year_return")
    levels = [
        np.log(sample_parameters("end_price")[symbol] / sample_parameters("start_price")[symbol]) for symbol in SYMBOLS
    ]
    own = (np.array(levels) - sum(cycle.values())) / len(cycle)
    return {year: market + own for year, market in cycle.items()}
