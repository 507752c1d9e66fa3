"""Kernels of a public server: prompt and careful sockets, a cap on their number, and who may keep one."""

import asyncio
import time
from asyncio import Future
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError
from traitlets import Bool, Float, Integer, default

from hedge_widgets.server.forked import IS_POSSIBLE
from hedge_widgets.server.frames import FrameError, check_frame
from hedge_widgets.server.room import PLACE_BYTES, free_bytes, places
from hedge_widgets.server.visitors import is_loopback

POLICY_VIOLATION = 1008
MOST_SOCKETS = 8  # of one kernel: a page has one, and for a moment two when it reconnects

# What an answer 503 says in its first line.
FULL = "All places are taken"
SHARE_TAKEN = "All places of this address are taken"


class PromptSocket(ZMQChannelsWebsocketConnection):
    """A kernel's websocket that sends small frames at once, reads none unseen, and says when its kernel is gone."""

    check_seconds = Float(5.0, config=True, help="How often to look whether the kernel still exists.")

    takes_code = Bool(True, config=True, help="Whether messages pass that no page sends, such as one that runs code.")

    is_refused = False
    _watch: PeriodicCallback | None = None

    async def prepare(self) -> None:
        """Get ready to connect, and tell the kernel's manager that its page came: on a busy machine this takes long."""
        if isinstance(self.multi_kernel_manager, CappedGrace):
            self.multi_kernel_manager.keep(self.kernel_id)
        await super().prepare()  # type: ignore[no-untyped-call]

    def connect(self) -> "Future[None] | None":  # type: ignore[override]
        """Connect to the kernel, without Nagle's algorithm: with delayed ACK it holds follow-up frames for 40 ms."""
        manager = self.multi_kernel_manager
        if isinstance(manager, CappedGrace) and manager._kernel_connections.get(self.kernel_id, 0) >= MOST_SOCKETS:
            self.is_refused = True
            self.websocket_handler.close(POLICY_VIOLATION, "This kernel has too many sockets.")
            done: Future[None] = Future()
            done.set_result(None)
            return done
        self.websocket_handler.set_nodelay(True)
        self._watch = PeriodicCallback(self._tell_if_gone, 1000 * self.check_seconds)
        self._watch.start()
        return super().connect()

    def disconnect(self) -> None:  # type: ignore[override]
        """Disconnect from the kernel, if it was connected."""
        if self._watch is not None:
            self._watch.stop()
            super().disconnect()  # type: ignore[no-untyped-call]

    def handle_incoming_message(self, incoming_msg: str) -> None:
        """Pass a message on to the kernel, or close the socket if it is none.

        One frame that promises 2**63 offsets would keep jupyter_server's reader busy for ever, and everybody waiting.
        """
        # After closing, frames come until the browser has answered.
        if self.is_refused:
            return
        try:
            is_persons = check_frame(incoming_msg, self.subprotocol, takes_code=self.takes_code)
            if isinstance(self.multi_kernel_manager, CappedGrace):
                self.multi_kernel_manager.count_message(self.kernel_id, is_persons=is_persons)
            super().handle_incoming_message(incoming_msg)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            self.is_refused = True
            reason = str(error) if isinstance(error, FrameError) else f"it cannot be read ({type(error).__name__})"
            self.log.error("A frame for kernel %s was refused, and its socket closed: %s", self.kernel_id, reason)
            self.websocket_handler.close(POLICY_VIOLATION, "This frame is not a message that is taken here.")

    def _tell_if_gone(self) -> None:
        # The server tells the page that a kernel crashed, but not that it was culled or shut down: in Voila, which
        # does not poll for kernels, the page would look alive for ever.
        if self._watch is not None and self.kernel_id not in self.multi_kernel_manager:
            self._watch.stop()
            self._send_status_message("dead")  # type: ignore[no-untyped-call]


class CappedGrace(AsyncMappingKernelManager):
    """Kernels with a cap, a grace period for one that left the warm pool a moment ago, and an end without a page."""

    max_kernels = Integer(
        config=True,
        help="Most kernels at a time, warm ones included; a page beyond gets 503. Unless set, as many as memory holds.",
    )
    places_per_client = Integer(
        config=True,
        help="Most pages of one address at a time; 0: no limit. Unless set, half of all, where others can reach this.",
    )
    grace_seconds = Float(120.0, config=True, help="How long a kernel handed to a visitor is safe from the culler.")
    wait_seconds = Float(2.0, config=True, help="How long a page waits for a place before it gets 503.")
    socket_seconds = Float(60.0, config=True, help="How long a kernel waits for its page's first socket; 0: for ever.")
    messages_per_second = Float(150.0, config=True, help="How many messages a kernel may be sent for long.")
    messages_at_once = Float(600.0, config=True, help="How many messages a kernel may be sent before that counts.")

    def __init__(self, **kwargs: Any) -> None:
        self._free: int | None = None
        self._clients: dict[str, str] = {}
        self._entering: Counter[str] = Counter()
        self._asked: dict[str, float] = {}
        self._handed_out: dict[str, float] = {}
        self._without_socket: dict[str, float] = {}
        self._kept: set[str] = set()
        self._restarted: set[str] = set()
        self._allowances: dict[str, tuple[float, float]] = {}
        self._look_for_pages: PeriodicCallback | None = None
        self._closing = False
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]

    @default("max_kernels")
    def _as_memory_holds(self) -> int:
        self._free = free_bytes()
        return places(self._free, are_forked=self._are_forked)

    @default("places_per_client")
    def _half_of_all(self) -> int:
        return 0 if is_loopback(getattr(self.parent, "ip", "localhost")) else -(-self.max_kernels // 2)

    @property
    def _are_forked(self) -> bool:
        return IS_POSSIBLE and bool(getattr(self.parent, "has_fork_server", False))

    @property
    def told(self) -> str:
        """Return how many pages fit and why, in a sentence or two."""
        number = f"{self.max_kernels:d} page{'s' if self.max_kernels != 1 else ''} at a time"
        words = f"It takes up to {number}, as --CappedGrace.max_kernels says."
        if self._free is not None:
            need = PLACE_BYTES[self._are_forked] / 1e9
            words = f"It takes up to {number}: {self._free / 1e9:.1f} GB of memory is free, and a page takes up to "
            words += f"{need:.2f} GB."
        if self.places_per_client:
            words += f" One address may have {self.places_per_client:d} of them."
        return words

    def refusal(self, client: str) -> str:
        """Return why a client cannot have another page at the moment, "" if it can."""
        own = self._entering[client] + sum(holder == client for holder in self._clients.values())
        if self.places_per_client and own >= self.places_per_client:
            return SHARE_TAKEN
        is_full = len({*self._kernels, *self._pending_kernels}) - len(self._pooled()) >= self.max_kernels
        return FULL if self._closing or is_full else ""

    @asynccontextmanager
    async def visit(self, client: str) -> AsyncIterator[Callable[[str], None]]:
        """Keep a place for a client while its page is made; what is given notes the page's kernel.

        Raises
        ------
        tornado.web.HTTPError
            With status 503 if there is no place, or the client has all it may have.
        """
        deadline = time.monotonic() + self.wait_seconds
        while reason := self.refusal(client):
            if self._closing or time.monotonic() >= deadline:
                raise HTTPError(503, "no place for %s", client, reason=reason)
            await asyncio.sleep(0.05)
        visit = Counter([client])
        self._entering += visit

        def settle(kernel_id: str) -> None:
            self._entering -= visit
            visit.clear()
            if kernel_id in self._kernels:
                self._clients[kernel_id] = client

        try:
            yield settle
        finally:
            self._entering -= visit

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        """Start a kernel unless the cap is reached.

        A visitor takes the place of a kernel that is only kept warm, or waits a moment: who goes on to another page
        gives the first one's place back about when the second one is asked for.

        Raises
        ------
        tornado.web.HTTPError
            With status 503 if as many kernels run as are allowed, or the server is stopping.
        """
        is_warm = (kwargs.get("env") or {}).get("VOILA_PREHEAT") == "True"
        deadline = time.monotonic() + (0.0 if is_warm else self.wait_seconds)
        while self._closing or len({*self._kernels, *self._pending_kernels}) >= self.max_kernels:
            pooled = [] if is_warm or self._closing else self._pooled()
            if pooled:
                await self.shutdown_kernel(pooled[0], now=True)
            elif self._closing or time.monotonic() >= deadline:
                asyncio.get_running_loop().call_soon(self._drop_failed)
                raise HTTPError(503, "all %d places are taken", self.max_kernels, reason=FULL)
            else:
                await asyncio.sleep(0.05)
        if self._look_for_pages is None and self.socket_seconds > 0:
            self._look_for_pages = PeriodicCallback(self._free_unopened, 1000 * min(5.0, self.socket_seconds / 4))
            self._look_for_pages.start()
        kernel_id: str = await super().start_kernel(**kwargs)
        if is_warm:
            self.add_restart_callback(kernel_id, partial(self._restarted.add, kernel_id))
        return kernel_id

    async def drop_dead(self) -> None:
        """Drop the kernels of the warm pool that died, as an out-of-memory killer ends them.

        The server starts such a kernel again by itself, but its page is not made again.
        """
        for kernel_id in self._pooled():
            kernel = self._kernels.get(kernel_id)
            if kernel is None or kernel_id in self._restarted or not await kernel.is_alive():
                await self.shutdown_kernel(kernel_id, now=True)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Cull an idle kernel, but not one that left the pool within the grace period.

        A pooled kernel's last activity is its warming-up. Without the grace the first culler tick after it is
        handed out kills it before the visitor's socket connects. A kernel still in the pool never gets here.
        Idle is a kernel whose page nobody touches, whatever else keeps it busy for a moment now and then.
        """
        now = time.monotonic()
        since = self._handed_out.setdefault(kernel_id, now)
        if now - since <= self.grace_seconds:
            return
        idle_seconds = now - self._asked.get(kernel_id, since)
        if 0 < self.cull_idle_timeout < idle_seconds and self._kernels[kernel_id].execution_state != "busy":
            await self.shutdown_kernel(kernel_id, now=True)
        else:
            await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call]

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Shut a kernel down and use the place it leaves to fill the warm pool again."""
        await super().shutdown_kernel(kernel_id, *args, **kwargs)  # type: ignore[no-untyped-call]
        if not self._closing:
            self._refill()

    async def shutdown_all(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Shut every kernel down, and start no more."""
        self._closing = True
        # A kernel that is still starting cannot be shut down, and would outlive the server.
        await asyncio.gather(*self._pending_kernels.values(), return_exceptions=True)
        await super().shutdown_all(*args, **kwargs)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel that is gone."""
        self._clients.pop(kernel_id, None)
        self._asked.pop(kernel_id, None)
        self._handed_out.pop(kernel_id, None)
        self._without_socket.pop(kernel_id, None)
        self._kept.discard(kernel_id)
        self._restarted.discard(kernel_id)
        self._allowances.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)

    def keep(self, kernel_id: str) -> None:
        """Leave a kernel to the culler from now on, because its page opens a socket."""
        self._kept.add(kernel_id)

    def count_message(self, kernel_id: str, *, is_persons: bool = True) -> None:
        """Take note of a message to a kernel; a new socket to the same kernel has no new allowance.

        Parameters
        ----------
        kernel_id
            The kernel.
        is_persons
            Whether a person does something by it, so that the page is not idle.

        Raises
        ------
        FrameError
            If messages come faster than a hand makes them: all kernels share the processors.
        """
        now = time.monotonic()
        if is_persons:
            self._asked[kernel_id] = now
        left, since = self._allowances.get(kernel_id, (self.messages_at_once, now))
        left = min(self.messages_at_once, left + self.messages_per_second * (now - since)) - 1.0
        self._allowances[kernel_id] = left, now
        if left < 0.0:
            raise FrameError(f"its kernel is sent more than {self.messages_per_second:g} messages a second")

    def notify_connect(self, kernel_id: str) -> None:
        """Take note of a socket, of whatever class it is."""
        self.keep(kernel_id)
        super().notify_connect(kernel_id)  # type: ignore[no-untyped-call]

    async def _free_unopened(self) -> None:
        # Whoever fetches pages without opening them (a crawler, a script) would hold all places until they are culled.
        now = time.monotonic()
        for kernel_id, kernel in list(self._kernels.items()):
            # Not idle: the page is still being made, and its socket comes after that.
            if kernel_id in self._kept or kernel_id in self._pooled() or kernel.execution_state != "idle":
                self._without_socket.pop(kernel_id, None)
            elif now - self._without_socket.setdefault(kernel_id, now) > self.socket_seconds:
                await self.shutdown_kernel(kernel_id, now=True)

    def _pooled(self) -> list[str]:
        pools: dict[str, list[asyncio.Task[dict[str, Any]]]] = getattr(self, "_pools", {})
        done = [task for pool in pools.values() for task in pool if task.done() and not task.cancelled()]
        return [task.result()["kernel_id"] for task in done if not task.exception()]

    def _drop_failed(self) -> None:
        # Voila keeps a failed fill in its pool, hands it out, and trips over it at every shutdown of another kernel.
        for pool in getattr(self, "_pools", {}).values():
            pool[:] = [task for task in pool if not task.done() or not (task.cancelled() or task.exception())]

    def _refill(self) -> None:
        # Voila fills the pool only when it hands a kernel out, so a fill refused by the cap would stay a hole.
        self._drop_failed()
        voila: Any = self
        for name in getattr(voila, "_pools", ()):
            voila.fill_if_needed(notebook_name=name)
