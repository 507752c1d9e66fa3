"""What the tests of pages have in common."""

import functools
from collections.abc import Iterator

import pytest

from hedge_widgets.model.rebalancing import picture
from hedge_widgets.pages.rebalancing import page

# What a change of the rebalancing page costs most: every rule along all paths. The page remembers the last three.
REMEMBERED = ((picture, "study"), (page, "simulated_paths"), (page, "drawn_paths"))


@pytest.fixture(scope="session", autouse=True)
def _long_memory() -> Iterator[None]:
    """Let pages remember what other tests made them compute: the same paths and rules give the same figures."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in REMEMBERED:
            patch.setattr(module, name, functools.lru_cache(maxsize=24)(getattr(module, name).__wrapped__))
        yield
