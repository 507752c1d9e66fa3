"""A page that is opened once for the tests of a file."""

from collections.abc import Callable
from typing import Any

import pytest


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
