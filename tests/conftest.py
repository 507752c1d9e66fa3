"""What every test gets: no network, a browser, a free port, hypothesis profiles."""

import gc
import ipaddress
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.chromium import IS_CI, launched

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy comes: its threads would wait by turning

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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
    """Close the network for this process and for what it starts: kernels, servers, browsers; let Ctrl-C reach them."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # started in the background, which children inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.addaudithook(refuse_outside)
    # An audit hook sees neither child processes nor libraries written in C; a proxy that nobody answers stops those.
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = os.environ[name.upper()] = "http://127.0.0.1:9"
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "localhost,127.0.0.1,::1"
    # Nobody's own prices: every page of a test starts from what ships.
    os.environ.pop("HEDGE_WIDGETS_PRICES", None)
    os.environ["HEDGE_WIDGETS_STORE"] = str(Path(tempfile.gettempdir()) / "hedge-widgets-no-store")
    os.environ["XDG_CACHE_HOME"] = str(Path(tempfile.gettempdir()) / "hedge-widgets-test-cache")


# What comes first: what waits most, so that no worker is left with a long file at the end; the rest as collected. Of
# the browser tests those that want an untouched page begin, for who opens it later opens it twice.
FIRST = (
    "tests/browser/test_pages.py",
    "tests/browser/",
    "tests/server/",
    "tests/test_server.py",
    "tests/test_cli.py",
    "tests/test_house.py",
    "notebooks/",
)


# Of the browser tests those of a page, whatever file they are in, share the page that is opened once.
PAGE = re.compile(
    r"tests/browser/test_(?:(?:pages|accessible)\.py::\w+\[(\w+)|(carry|controls|hedge_ratio|margin|portfolio_margin|rebalancing)(?:_page)?\.py)"
)


def group_of(nodeid: str) -> str:
    """Return what keeps tests on one worker: the page that they share in the browser, else their file.

    So a file's fixtures are set up once, and a notebook's cells run in one kernel.
    """
    if found := PAGE.match(nodeid):
        topic = found[1] or found[2]
        return f"page {'margin' if topic == 'controls' else topic}"
    return nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several workers (``-n``) hand out whole groups, in the order of the tests."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Groups(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for the browser, so that ``-m "not browser"`` leaves it out, and put first what comes first."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: next((k for k, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST)))


def pytest_collection_finish() -> None:
    """Keep what all tests share out of every search for garbage: that takes a fifteenth of the Python tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def no_kernel() -> Iterator[None]:
    """Fail where a test imported ipykernel: the widgets of later tests would have no comm, and tell nobody anything."""
    yield
    assert "ipykernel.comm" not in sys.modules


# Playwright keeps an event loop running while it is open; the scope keeps it out of other modules' asyncio.
@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Give a headless browser; without one skip with the reason, and in CI fail."""
    with launched() as browser:
        yield browser


@pytest.fixture
def free_port() -> int:
    """Give a TCP port of the loopback address that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
