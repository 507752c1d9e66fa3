"""What every test gets: no network, a browser, a free port, hypothesis profiles."""

import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.bench.browser import FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IS_CI = os.environ.get("CI", "").lower() in {"1", "true"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# How fast a machine draws examples is no fault of the code.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, max_examples=200)
settings.load_profile("ci" if IS_CI else "local")


class OutsideNetworkError(RuntimeError):
    """A test reached for a machine other than this one."""


def is_this_machine(host: Any) -> bool:
    """Return whether a host, as given to the socket module, means this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_outside(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook that stops a connection or a name lookup that would leave this machine."""
    if event in {"socket.connect", "socket.sendto"}:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0]
    else:
        return
    if not is_this_machine(host):
        raise OutsideNetworkError(f"tests run without network, and this one asked for {host!r} ({event})")


def pytest_configure(config: pytest.Config) -> None:
    """Close the network for this process and for what it starts: kernels, servers, browsers."""
    sys.addaudithook(refuse_outside)
    # An audit hook sees neither child processes nor libraries written in C; a proxy that nobody answers stops those.
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = os.environ[name.upper()] = "http://127.0.0.1:9"
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "localhost,127.0.0.1,::1"
    # Nobody's own prices: every page of a test starts from what ships.
    os.environ["HEDGE_WIDGETS_STORE"] = str(Path(tempfile.gettempdir()) / "hedge-widgets-no-store")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for the browser, so that ``-m "not browser"`` leaves them out."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


# Playwright keeps an event loop running while it is open; module scope keeps it out of other modules' asyncio.
@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Give a headless browser; without one skip with the reason, and in CI fail."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        reason = f"no browser: none of {', '.join(BROWSERS)} is on the PATH"
        if IS_CI:
            pytest.fail(f"{reason}; with CI set, browser tests must run")
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def free_port() -> int:
    """Give a TCP port of the loopback address that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
