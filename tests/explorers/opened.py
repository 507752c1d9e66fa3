"""The pages, and one that is opened once for the tests of a file."""

from collections.abc import Callable
from typing import Any

import pytest

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
from hedge_widgets.pages.page import Page

# All but the start page, which is the simulator's.
PAGES: tuple[Callable[[], Page], ...] = (
    HedgeSimulator,
    HedgeRatioLab,
    MarginExplorer,
    PortfolioMarginExplorer,
    CarryExplorer,
    RebalancingExplorer,
    HedgePlanner,
    HedgeWatch,
)
# By the name of its folder: "carry" -> CarryExplorer.
TOPICS: dict[str, Callable[[], Page]] = {kind.__module__.split(".")[-2]: kind for kind in PAGES}


def fixtures_of(kind: Callable[[], Any]) -> tuple[Any, Any]:
    """Return the fixtures ``opened`` (a page for all tests of a file) and ``shared`` (the same, as it opened)."""

    @pytest.fixture(scope="module")
    def opened() -> Any:
        return kind()

    @pytest.fixture
    def shared(opened: Any) -> Any:
        opened.state = ""
        assert opened.live.said == ""
        return opened

    return opened, shared
