"""Worked examples of ``examples.json``, as fields and slider values."""

import functools
import json
from pathlib import Path
from typing import Any

from hedge_widgets.model.rebalancing.setting import TRIGGERS
from hedge_widgets.pages.rebalancing.controls import SIMULATED

FIELDS: dict[str, Any] = {
    "kind": "cross",
    "coin": "SOL",
    "asset": "BTC",
    "trade_to": "edge",
    "other": "time",
    "source": SIMULATED,
    "n_days": 365,
    "n_paths": 200,
    "tails": 4.0,
    "period": "",
    "measure": "difference",
    "watched": "",
    "coverage": TRIGGERS.coverage,
    "leverage": TRIGGERS.leverage,
    "position_value": 25_000.0,
    "wealth": 25_000.0,
    "hedge_ratio": 0.0,
    "spot_volatility": 0.85,
    "hedge_volatility": 0.6,
    "correlation": 0.65,
    "seed": 15,
    "spot_move": 0.2,
    "hedge_move": 0.05,
}
VALUES = {
    "half_width": 0.08,
    "interval": 7.0,
    "volatility_threshold": 0.8,
    "funding_threshold": 0.0006,
    "cost_rate": 0.001,
    "fixed_cost": 0.0,
    "relative_aversion": 5.0,
    "path": 1.0,
    "day": 0.5,
}


@functools.cache
def examples() -> tuple[dict[str, Any], ...]:
    """Return the worked examples; each has a title, fields, slider values and hand-checked figures."""
    return tuple(json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8")))


def example_fields(example: dict[str, Any]) -> dict[str, Any]:
    """Return what an example's choices and boxes stand for."""
    return {**FIELDS, **example["fields"]}


def example_values(example: dict[str, Any]) -> dict[str, float]:
    """Return an example's slider values."""
    return {**VALUES, **example["sliders"]}
