"""Fees and slippage of a fill (model.md 3.6); costs are positive."""

from typing import Any

import numpy as np

DAYS_PER_YEAR = 365.0


def fee(notional: Any, fee_rate: Any) -> Any:
    """Return notional x rate, quote currency; a negative maker rate is a rebate."""
    return notional * fee_rate


def round_trip_fee(entry_notional: Any, exit_notional: Any, entry_fee_rate: Any, exit_fee_rate: Any) -> Any:
    """Return the fees of opening and closing, quote currency."""
    return fee(entry_notional, entry_fee_rate) + fee(exit_notional, exit_fee_rate)


def slippage_rate(half_spread: Any, daily_volatility: Any, participation: Any, impact: Any = 1.0) -> Any:
    """Return half_spread + Y sigma_daily sqrt(Q / ADV), a fraction of the notional.

    ``participation`` is the order over the average daily volume, both in one unit; ``impact`` is Y (about 1).
    Source: square-root law, Donier and Bonart, arXiv:1412.4503.
    """
    return half_spread + impact * daily_volatility * np.sqrt(participation)


def daily(volatility: Any) -> Any:
    """Return the daily volatility of an annual one (365 days)."""
    return volatility / np.sqrt(DAYS_PER_YEAR)
