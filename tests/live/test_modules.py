"""The pure parts of the browser's modules: their tests in tests/live/js run under node, each counted here."""

import re

import pytest

from tests.live.node import ROOT, node

FILES = sorted((ROOT / "tests/live/js").glob("*.test.js"))
TESTS = [name for file in FILES for name in re.findall(r'^test\("(.+?)", ', file.read_text(), re.MULTILINE)]


@pytest.fixture(scope="module")
def results() -> str:
    """Run every test of the modules in one node."""
    return node("--test", "--test-isolation=none", "--test-reporter=tap", *map(str, FILES), check=False)


@pytest.mark.parametrize("name", TESTS)
def test_the_modules(results: str, name: str) -> None:
    """A test of tests/live/js passes."""
    assert re.search(rf"^ok \d+ - {re.escape(name)}$", results, re.MULTILINE), results


def test_every_test_of_the_modules_is_counted(results: str) -> None:
    """No two tests share a name, and node runs as many as pytest knows of."""
    assert len(set(TESTS)) == len(TESTS)
    assert f"# tests {len(TESTS)}\n" in results
