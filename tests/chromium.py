"""A headless browser for tests."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench.browser import FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IS_CI = os.environ.get("CI", "").lower() in {"1", "true"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The same engine without the browser around it, whose windows cost a third of the work of opening a page.
SHELL = "chromium-headless-shell"


@contextmanager
def launched() -> Iterator["Browser"]:
    """Give a headless browser with a profile on disk; without one skip with the reason, and in CI fail."""
    executable = next(filter(None, map(shutil.which, (SHELL, *BROWSERS))), None)
    if executable is None:
        reason = f"waits for a browser: none of {', '.join((SHELL, *BROWSERS))} is on the PATH"
        if IS_CI:
            pytest.fail(f"{reason}; with CI set, browser tests must run")
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        profile = playwright.chromium.launch_persistent_context(folder, executable_path=executable, args=FLAGS)
        assert profile.browser is not None
        yield profile.browser
        profile.close()


def new_page(browser: "Browser", *, width: int, height: int, **context: Any) -> "Page":
    """Return a page of the browser's profile, which keeps scripts compiled: a page opens with a third less work.

    With options of a context it is a page of a context of its own, as of somebody who never was here.
    """
    size: Any = {"width": width, "height": height}
    if context:
        return browser.new_context(viewport=size, **context).new_page()
    page = browser.contexts[0].new_page()
    page.set_viewport_size(size)
    return page


def close(page: "Page") -> None:
    """Close a page, and the context that it has for itself."""
    context = page.context
    page.close()
    if context.browser is not None and context != context.browser.contexts[0]:
        context.close()
