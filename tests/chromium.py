"""A headless browser for tests."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.bench.browser import FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IS_CI = os.environ.get("CI", "").lower() in {"1", "true"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The same engine without the browser around it, whose windows cost a third of the work of opening a page.
SHELL = "chromium-headless-shell"


@contextmanager
def launched() -> Iterator["Browser"]:
    """Give a headless browser; without one skip with the reason, and in CI fail."""
    executable = next(filter(None, map(shutil.which, (SHELL, *BROWSERS))), None)
    if executable is None:
        reason = f"waits for a browser: none of {', '.join((SHELL, *BROWSERS))} is on the PATH"
        if IS_CI:
            pytest.fail(f"{reason}; with CI set, browser tests must run")
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()
