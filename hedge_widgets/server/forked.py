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
SCRIPT = "import sys; del sys.path[0]; from hedge_widgets.server.forkserver import main; main(int(sys.argv[1]))"
COMMAND = (sys.executable, "-c", SCRIPT)
KERNEL = [sys.executable, "-m", "ipykernel_launcher"]
IS_POSSIBLE = hasattr(os, "pidfd_open")  # Linux
ANSWER_SECONDS = 20.0  # after which a process that has been asked for a kernel counts as gone
log = logging.getLogger(__name__)


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
        order = json.dumps({"argv": argv, "env": env, "cwd": cwd}).encode() + b"\n"
        try:
            return await asyncio.to_thread(self._fork, orders, order)
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
            ours.settimeout(ANSWER_SECONDS)
            self._orders = ours
            return
        ours.close()
        self._drop()
        if not self._is_over:
            log.error("No process starts that kernels can be forked from, so that each of them takes longer to start.")

    def _fork(self, orders: socket.socket, order: bytes) -> ForkedProcess | None:
        with self._lock:
            orders.sendall(order)
            said, pidfds, _, _ = socket.recv_fds(orders, 100, 1)
        if not said:
            raise ConnectionError("it does not answer")
        return ForkedProcess(int(said), pidfds[0]) if pidfds else None


class ForkedProvisioner(LocalProvisioner):
    """Start kernels of this Python by forking, and all others, or while nothing can be forked, as usual."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel."""
        owner = self.parent
        while owner is not None and not hasattr(owner, "fork_server"):  # a kernel's manager, all kernels' manager, app
            owner = getattr(owner, "parent", None)
        if owner is not None and cmd[: len(KERNEL)] == KERNEL and not self.kernel_spec.env:
            argv, cwd = cmd[len(KERNEL) - 1 :], str(Path(kwargs.get("cwd") or "").resolve())
            process: Any = await owner.fork_server.forked(argv, dict(kwargs["env"]), cwd)
            if process is not None:
                self.process, self.pid, self.pgid, self.cwd = process, process.pid, None, cwd
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)


def register() -> None:
    """Make the provisioner known to this process; no other Jupyter application is touched."""
    entry = EntryPoint(NAME, f"{__name__}:{ForkedProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.provisioners[NAME] = entry
