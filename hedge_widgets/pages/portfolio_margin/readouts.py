"""The numbers and choices of words behind the page's text."""

from typing import Any

import numpy as np

from hedge_widgets.market.facts import latest_moments
from hedge_widgets.model.margin.venues import ABOVE_LEVERAGE, BELOW_MINIMUM
from hedge_widgets.model.portfolio_margin import BINDING, unified_account_status
from hedge_widgets.model.portfolio_margin.book import LIQUIDATED as UNI_LIQUIDATED
from hedge_widgets.model.portfolio_margin.picture import (
    BASIS,
    LIQUIDATED,
    NOT_ELIGIBLE,
    NOT_OPENED,
    NOTHING,
    OPEN,
    UNBOUND,
    PortfolioMarginPicture,
)
from hedge_widgets.model.portfolio_margin.regimes import REFUSED_BY_CAP
from hedge_widgets.pages.portfolio_margin.charts import freed

_EMPTY, _NO_ACCESS, _NO_FUNDS, _LIQUIDATED, _FREE, _TOO_SMALL, _NO_FIGURE = 2, 3, 4, 5, 6, 7, 8
_AS_FAR_AS_KNOWN = 6  # the word of a status, after those of the statuses
_WITH_VOLATILITY = UNBOUND + 1
_NOTHING = 1e-9
ISOLATED, CROSS, PORTFOLIO = range(3)


def _nearer(picture: PortfolioMarginPicture, regime: int) -> Any:
    """Return the liquidation nearest to today, NaN without one."""
    fall, rise = picture.fall[:, regime], picture.rise[:, regime]
    return np.where(np.nan_to_num(-fall, nan=np.inf) < np.nan_to_num(rise, nan=np.inf), fall, rise)


def is_partial(picture: PortfolioMarginPicture) -> Any:
    """Return whether charges are missing in what a book with derivatives requires: then it is a lower bound."""
    return (picture.notional > 0) & (not picture.setting.rules.is_complete)


def _case(picture: PortfolioMarginPicture) -> Any:
    status = picture.status[:, PORTFOLIO]
    is_empty = (picture.values["spot"] == 0) & (picture.further == 0).all(axis=1)
    cases = {
        _TOO_SMALL: picture.refusal == BELOW_MINIMUM,
        _EMPTY: (status == NOTHING) & is_empty,
        1: status == NOTHING,
        _NO_ACCESS: status == NOT_ELIGIBLE,
        _NO_FUNDS: status == NOT_OPENED,
        _LIQUIDATED: status == LIQUIDATED,
        _FREE if picture.setting.rules.is_complete else _NO_FIGURE: picture.binds == UNBOUND,
    }
    return np.select(list(cases.values()), list(cases), default=0)


def _binds(picture: PortfolioMarginPicture) -> Any:
    is_shock = (picture.binds == 0) & (np.abs(picture.unit.binding_volatility_shock) > 0)
    return np.where(is_shock, _WITH_VOLATILITY, picture.binds)


def _on_top(picture: PortfolioMarginPicture, case: Any) -> Any:
    """Return the template of what is added to the worst scenario: nothing to say, the basis charge, or not known."""
    is_said = ~np.isin(case, (_FREE, _TOO_SMALL, _NO_FIGURE)) & (picture.notional > 0)
    has_basis_apart = ~np.isin(picture.binds, (BASIS, UNBOUND, BINDING.index("minimum")))
    return np.select([is_said & is_partial(picture), is_said & has_basis_apart], [2, 1], default=0)


def _compared(picture: PortfolioMarginPicture) -> Any:
    """Return the template that compares cross with portfolio: its gain, its price, or why there is no comparison."""
    status, less = picture.status, freed(picture)
    is_nothing = status[:, PORTFOLIO] == NOTHING
    has_no_future = status[:, CROSS] == NOTHING
    refused = {BELOW_MINIMUM: 5, ABOVE_LEVERAGE: 2, REFUSED_BY_CAP: 3}  # why there is no cross -> template
    reasons = [picture.refusal == code for code in refused]
    is_closed = np.isin(status[:, PORTFOLIO], (NOT_ELIGIBLE, NOT_OPENED))
    conditions = [is_nothing, has_no_future, *reasons, is_closed, is_partial(picture), np.isnan(less), less < 0]
    return np.select(conditions, [5, 4, *refused.values(), 6, 7, 6, 1], default=0)


def _other(picture: PortfolioMarginPicture) -> Any:
    """Return the template of what does not offset."""
    values, size = picture.values, picture.setting.size
    has_derivatives = picture.notional > 0
    is_off = picture.setting.rules.spot_use == "none"
    idle = values["spot"] * size - picture.spot_in_use
    worth = picture.further.sum(axis=1)
    conditions = [
        ~has_derivatives,
        picture.waived > _NOTHING * size,
        (picture.further != 0).any(axis=1) & (worth >= 0),
        worth < 0,
        is_off & (values["spot"] > 0),
        idle > 1e-6 * size,
    ]
    return np.select(conditions, [0, 2, 1, 5, 4, 3], default=0)


def _when(picture: PortfolioMarginPicture) -> Any:
    """Return the template of what the move does: today or after it, each account or none of the three."""
    is_open = (picture.status == OPEN).all(axis=1) & ~is_partial(picture)
    after = np.where(picture.values["move"] == 0, 1, 2) + np.where(is_open, 2, 0)
    return np.where(picture.notional == 0, 0, after)


def story(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the columns of the sentences."""
    setting, values, unit = picture.setting, picture.values, picture.unit
    less = freed(picture)
    largest = np.maximum(np.maximum(unit.shock_charge, unit.theta_charge), unit.extreme_charge)
    size = np.maximum(np.abs(values["perpetual"]), np.abs(values["future"])) * setting.size
    case = _case(picture)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = picture.maintenance[:, PORTFOLIO] / picture.notional
    status, partial = picture.status[:, PORTFOLIO], is_partial(picture)
    return {
        "case": case,
        "binds": np.where(np.isin(case, (_FREE, _TOO_SMALL, _NO_FIGURE)), UNBOUND, _binds(picture)),
        "compared": _compared(picture),
        "when": _when(picture),
        "other": _other(picture),
        "is_liquidated": np.where(status == LIQUIDATED, 1, 0),
        "coin": 0,
        "venue": 0,
        "pm_initial": picture.initial[:, PORTFOLIO],
        "pm_maintenance": picture.maintenance[:, PORTFOLIO],
        "mm_percent": share,
        "required_equity": setting.rules.minimum_equity or 0.0,
        "equity": picture.equity[:, 1],
        "move": values["move"],
        "pm_at": _nearer(picture, PORTFOLIO),
        "shock": unit.binding_price_shock,
        "vol_shock": unit.binding_volatility_shock,
        "worst": unit.shock_charge,
        "theta": unit.theta_charge,
        "extreme": unit.extreme_charge,
        "basis": unit.basis_charge,
        "least": unit.minimum_charge,
        "scenarios": largest + unit.basis_charge,
        "leverage": values["leverage"],
        "cross_initial": picture.initial[:, CROSS],
        "freed": less,
        "at_least": np.where(partial, 1, 0),
        "on_top": _on_top(picture, case),
        "more": -less,
        "max_leverage": setting.contract.tiers.max_leverage(size),
        "smallest": setting.contract.smallest_notional(setting.price),
        "largest": setting.contract.tiers.caps[-1],
        "iso_word": picture.status[:, ISOLATED],
        "cross_word": picture.status[:, CROSS],
        "pm_word": np.where((status == OPEN) & partial, _AS_FAR_AS_KNOWN, status),
        "further": np.where(values["second_spot"] > 0, 1, 0),
        "further_value": np.abs(picture.further.sum(axis=1)),
        "credit": values["credit"],
        "waived": picture.waived,
        "idle": values["spot"] * setting.size - picture.spot_in_use,
    }


def tiles(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the columns of the tiles."""
    setting, values = picture.setting, picture.values
    less = freed(picture)
    has_derivatives = picture.notional > 0
    has_tiers = picture.maintenance[:, CROSS] > 0  # False where refused
    equity, required = picture.equity_at_move, picture.maintenance_at_move
    ratios = setting.no_new_orders_ratio, setting.liquidation_ratio
    level, code = unified_account_status(equity[:, 0], required[:, 0], *ratios)
    has_level = required[:, 1] > _NOTHING * setting.size
    with np.errstate(divide="ignore", invalid="ignore"):
        pm_level = np.where(has_level, equity[:, 1] / required[:, 1], np.nan)
    is_further = (picture.further != 0).any(axis=1) & has_derivatives
    spot_counted = setting.collateral_ratio * values["spot"] * setting.size
    unit_delta = np.where(np.abs(picture.unit.net_delta) > _NOTHING * setting.size, picture.unit.net_delta, 0.0)
    return {
        **story(picture),
        "cross_maintenance": picture.maintenance[:, CROSS],
        "cross_equity": picture.equity[:, 0],
        "freeing": np.select([is_partial(picture), ~has_derivatives | np.isnan(less), less < 0], [3, 2, 1], default=0),
        "loses": np.where(picture.unit.shock_charge > _NOTHING * setting.size, 1, 0),
        "worst_signed": -picture.unit.shock_charge,
        "what": np.minimum(picture.binds, UNBOUND),
        "eligible": np.where(picture.is_eligible, 1, 0) if setting.rules.minimum_equity is not None else 2,
        "known": np.where(~is_partial(picture), 1, np.where(picture.maintenance[:, PORTFOLIO] > 0, 2, 0)),
        "charges": int(setting.rules.annual_basis_rate is None) + 2 * int(setting.rules.minimum_charge_rate is None),
        "delta": unit_delta,
        "used": picture.spot_in_use,
        "further_case": np.select([~is_further, picture.waived > _NOTHING * setting.size], [0, 2], default=1),
        "collateral": picture.equity[:, 0] - setting.cash - spot_counted,
        "has_level": np.where(has_level, np.where(is_partial(picture), 2, 1), 0),
        "pm_level": pm_level,
        "has_tiers": np.where(has_tiers, 1, 0),
        "uni_level": level,
        "uni_code": np.where(has_tiers, code, 3),
        "uni_liquidated": np.where(has_tiers & (code == UNI_LIQUIDATED), 1, 0),
        "no_new": ratios[0],
        "liquidates": ratios[1],
        "iso_at": _nearer(picture, ISOLATED),
        "cross_at": _nearer(picture, CROSS),
    }


def marks(picture: PortfolioMarginPicture) -> dict[str, Any]:
    """Return the sliders' ticks, in the sliders' units."""
    values, setting = picture.values, picture.setting
    known = latest_moments()
    i, j = known.index([setting.coin, setting.second])
    size = np.maximum(np.abs(values["perpetual"]), np.abs(values["future"])) * setting.size
    return {
        "perpetual/0": -100.0 * (values["spot"] + values["future"]),
        "leverage/0": setting.contract.tiers.max_leverage(size),
        "move/0": 100.0 * _nearer(picture, ISOLATED),
        "move/1": 100.0 * _nearer(picture, PORTFOLIO),
        "credit/0": 100.0 * float(known.correlations[i, j]),
        "volatility/remark": np.where(values["puts"] == 0, 0, 1),
        "credit/remark": np.where(values["second_spot"] == 0, 0, 1),
    }
