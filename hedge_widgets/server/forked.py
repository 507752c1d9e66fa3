"""Kernels that are forked from one process: a page opens with a fraction of the work, and shares its memory."""

import asyncio
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from threading import Lock
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

READY, REFUSED = b"ready\n", b"0\n"  # what the process says beside the numbers of kernels
NAME = "hedge-widgets-forked"
# Like ipykernel's launcher it takes no module from the folder that the server happens to be started in.
SCRIPT = (
    "import sys; sys.path[:1] = filter(None, sys.path[:1]); "
    "from hedge_widgets.server.forkserver import main; main(int(sys.argv[1]))"
)
COMMAND = (sys.executable, "-c", SCRIPT)
ANSWER_SECONDS = 5.0  # after which a kernel that was asked for is started as usual
log = logging.getLogger(__name__)


def _is_possible() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):  # not Linux; an old one, or a container that forbids it
        return False
    return True


IS_POSSIBLE = _is_possible()


def program(cmd: Sequence[str]) -> list[str] | None:
    """Return a kernel's command line from its program's name on, None if it is not ipykernel in this Python."""
    place = cmd.index("-m") if "-m" in cmd else 0
    is_ours = cmd[0] == sys.executable and all(option.startswith("-X") for option in cmd[1:place])
    return [*cmd[place + 1 :]] if is_ours and cmd[place + 1 : place + 2] == ["ipykernel_launcher"] else None


class ForkedProcess:
    """A process that is not this one's child, with as much of ``subprocess.Popen`` as jupyter_client asks for.

    Parameters
    ----------
    pid
        The process, the first of a process group.
    pidfd
        A descriptor that stands for it, also when the number belongs to another process.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, pidfd: int) -> None:
        self.pid, self._pidfd = pid, pidfd
        self._ended = select.poll()
        self._ended.register(pidfd, select.POLLIN)
        weakref.finalize(self, os.close, pidfd)

    def poll(self) -> int | None:
        """Return None while the process lives, then 1: how it ended is not known here."""
        return 1 if self._ended.poll(0) else None

    def wait(self) -> int:
        """Wait until the process has ended."""
        self._ended.poll()
        return 1

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process and what it has started, if it lives."""
        if self.poll() is not None:
            return
        try:
            os.killpg(self.pid, signum)
        except ProcessLookupError:  # it was forked a moment ago and has no group yet
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signum)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkServer:
    """The process that kernels are forked from, as its server sees it.

    Parameters
    ----------
    command
        What to run; a socket's descriptor comes behind it.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._lock = Lock()
        self._is_late = False
        self._orders: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starting: asyncio.Future[None] | None = None
        self._is_over = False

    def begin(self) -> None:
        """Start it in the background, where that is possible; until it is ready nothing can be forked."""
        if IS_POSSIBLE and not self._is_over and (self._starting is None or self._starting.done()):
            self._starting = asyncio.ensure_future(asyncio.to_thread(self._start))

    def end(self) -> None:
        """End it for good, whatever state the loop is in; its kernels notice and end within a second."""
        self._is_over = True
        self._drop()

    async def forked(self, argv: list[str], env: dict[str, str], cwd: str) -> ForkedProcess | None:
        """Return a new kernel, or None if it cannot be forked (yet).

        Parameters
        ----------
        argv, env, cwd
            Its command line from the name of the program on, its environment and its folder.
        """
        orders = self._orders
        if orders is None:
            return None
        asked = asyncio.ensure_future(asyncio.to_thread(self._fork, orders, {"argv": argv, "env": env, "cwd": cwd}))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            asked.add_done_callback(_end_unwanted)
            raise
        except OSError as error:
            if orders is self._orders:  # and not another one by now
                log.error("The process that kernels are forked from is gone (%s). It is started again.", error)
                self._drop()
                self.begin()
            return None

    def _drop(self) -> None:
        orders, self._orders = self._orders, None
        if orders is not None:
            orders.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        if self._is_over:
            return
        ours, theirs = socket.socketpair()
        said = b""
        with theirs, suppress(OSError):
            command = [*self._command, str(theirs.fileno())]
            # In a session of its own, so that Ctrl-C reaches the server only, which ends it.
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True
            )
            theirs.close()
            said = ours.recv(len(READY))
        if said == READY:
            self._is_late = False
            self._orders = ours
            return
        ours.close()
        self._drop()
        if not self._is_over:
            log.error("No process starts that kernels can be forked from, so that each of them takes longer to start.")

    def _fork(self, orders: socket.socket, order: dict[str, Any]) -> ForkedProcess | None:
        with self._lock:
            if self._is_late:  # what was asked last has no answer yet, and nobody waits for it
                orders.settimeout(0)
                try:
                    late = self._answer(orders)
                except BlockingIOError:
                    return None
                if late:
                    late.kill()
            orders.settimeout(ANSWER_SECONDS)
            orders.sendall(json.dumps({**order, "until": time.monotonic() + ANSWER_SECONDS}).encode() + b"\n")
            try:
                self._is_late = True
                return self._answer(orders)
            except TimeoutError:
                log.error("No kernel was forked within %.0f s, so that it is started as usual.", ANSWER_SECONDS)
                return None

    def _answer(self, orders: socket.socket) -> ForkedProcess | None:
        said, pidfds, _, _ = socket.recv_fds(orders, 100, 1)
        if not said:
            raise ConnectionError("it does not answer")
        self._is_late = False
        pid = int(said)
        if pid and not pidfds:  # no descriptor is free here, so that nobody could end it
            os.kill(pid, signal.SIGKILL)
        return ForkedProcess(pid, pidfds[0]) if pidfds else None


def _end_unwanted(asked: "asyncio.Future[ForkedProcess | None]") -> None:
    process = None if asked.cancelled() or asked.exception() else asked.result()
    if process is not None:
        process.kill()


class ForkedProvisioner(LocalProvisioner):
    """Start kernels of this Python by forking, and all others, or while nothing can be forked, as usual."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel."""
        owner = self.parent
        while owner is not None and not hasattr(owner, "fork_server"):  # a kernel's manager, all kernels' manager, app
            owner = getattr(owner, "parent", None)
        argv = program(cmd)
        if owner is not None and argv is not None and not self.kernel_spec.env:
            cwd = str(Path(kwargs.get("cwd") or "").resolve())
            process: Any = await owner.fork_server.forked(argv, dict(kwargs["env"]), cwd)
            if process is not None:
                self.process, self.pid, self.pgid, self.cwd = process, process.pid, None, cwd
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)


def register() -> None:
    """Make the provisioner known to this process; no other Jupyter application is touched."""
    entry = EntryPoint(NAME, f"{__name__}:{ForkedProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.provisioners[NAME] = entry
