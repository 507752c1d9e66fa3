"""The words of every page: each place in a sentence has its rule and its column, each choice its words."""

import json
import pkgutil
import re
from typing import Any

import pytest

import hedge_widgets.pages
from hedge_widgets import (
    CarryExplorer,
    HedgePlanner,
    HedgeRatioLab,
    HedgeSimulator,
    HedgeWatch,
    MarginExplorer,
    PortfolioMarginExplorer,
    RebalancingExplorer,
)
from hedge_widgets.live import LiveText

PAGES: dict[str, Any] = {
    "carry": CarryExplorer,
    "hedge": HedgeSimulator,
    "hedge_ratio": HedgeRatioLab,
    "margin": MarginExplorer,
    "portfolio_margin": PortfolioMarginExplorer,
    "planner": HedgePlanner,
    "watch": HedgeWatch,
    "rebalancing": RebalancingExplorer,
}


def test_every_page_is_here() -> None:
    """A new page joins this test."""
    assert {module.name for module in pkgutil.iter_modules(hedge_widgets.pages.__path__)} == {
        *PAGES,
        "page",
        "address",
        "book",
        "carried",
    }


@pytest.mark.parametrize("name", PAGES)
def test_every_place_in_a_sentence_has_a_rule_and_a_column(name: str) -> None:
    """A place without a rule would stop the sentence in the browser; one without a column would stay as it was."""
    parts = [part for part in PAGES[name]().live._parts if isinstance(part, LiveText)]
    assert {"story", "tiles"} <= {part.key for part in parts}
    for part in parts:
        spec = json.loads(part.spec)
        lines = [line for block in spec["blocks"] for line in block["lines"]]
        used = {place for line in lines for words in line["templates"] for place in re.findall(r"\{(\w+)\}", words)}
        assert used <= set(spec["slots"]), (part.key, used - set(spec["slots"]))
        chosen = {line["pick"] for line in lines if line["pick"]} | {b["tone"] for b in spec["blocks"] if b["tone"]}
        assert used | chosen <= set(spec["values"]), (part.key, (used | chosen) - set(spec["values"]))
        for line in lines:
            if line["pick"]:
                assert 0 <= int(spec["values"][line["pick"]]) < len(line["templates"]), line["pick"]
