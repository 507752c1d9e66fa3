"""A Yahoo of our own for the tests of fetching."""

from collections.abc import Iterator

import pytest
import requests

from tests.market.yahoo_server import Yahoo, loopback_session, yahoo_server


@pytest.fixture
def server() -> Iterator[Yahoo]:
    """Give a running server that answers as Yahoo does."""
    with yahoo_server() as running:
        yield running


@pytest.fixture
def session(server: Yahoo) -> Iterator[requests.Session]:
    """Give a session that reaches that server, whatever address it asks."""
    with loopback_session(server.port) as opened:
        yield opened
