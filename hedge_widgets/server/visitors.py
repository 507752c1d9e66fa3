"""Whose a request is, and how many connections one visitor and all of them may hold."""

import ipaddress
import sys
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream

# A browser opens six connections to a page's server; a class behind one address is thirty browsers.
CONNECTIONS_PER_CLIENT = 500
FILES = 65_536  # asked for; a kernel takes about thirty of the server's


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine can reach an address to listen on."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def visitor(address: str) -> str:
    """Return whose an address is: itself, of IPv6 the 64 bits that one visitor can fill at will."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(known, ipaddress.IPv6Address):
        own = known.ipv4_mapped
        return str(own) if own else str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def client_of(request: HTTPServerRequest, *, is_behind_proxy: bool) -> str:
    """Return the visitor whom a request comes from.

    Parameters
    ----------
    request
        The request.
    is_behind_proxy
        Whether to believe the last address in X-Forwarded-For, which the nearest proxy wrote; without one it is the
        visitor's own invention.
    """
    address = request.remote_ip or ""
    if is_behind_proxy:
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
    return visitor(address)


def file_limit() -> int:
    """Raise the number of files that this process may have open as far as it may, and return it."""
    if sys.platform == "win32":
        return 2048
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return FILES if soft == resource.RLIM_INFINITY else soft


class LimitedServer(HTTPServer):
    """A server that closes a connection too many at once, so that files are left for pages and for the log.

    Websockets do not count here, but with their kernels.
    """

    def initialize(self, *args: Any, is_behind_proxy: bool = False, **kwargs: Any) -> None:
        """Take what the parent takes, and whether all visitors come through one proxy; one on this machine is known."""
        super().initialize(*args, **kwargs)
        self.is_behind_proxy = is_behind_proxy
        self.most = file_limit() // 2
        self.per_client = min(CONNECTIONS_PER_CLIENT, self.most // 2)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Serve a new connection, or close it."""
        host = address[0] if isinstance(address, tuple) else ""
        is_one = not self.is_behind_proxy and not is_loopback(host)
        contexts: list[Any] = [connection.context for connection in self._connections] if is_one else []
        own = sum(visitor(context.address[0]) == visitor(host) for context in contexts)
        if len(self._connections) >= self.most or own >= self.per_client:
            stream.close()
        else:
            super().handle_stream(stream, address)
