"""A process that has imported and built what the pages need, and forks a kernel when it is asked for one.

Most of what opening a page costs is importing Python modules, the same ones each time. A forked kernel has them, and
shares their memory. `hedge_widgets.server.forked` starts this process and asks it; it ends when that server does.
"""

import ctypes
import gc
import json
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
from ipykernel.kernelapp import IPKernelApp

import hedge_widgets
from hedge_widgets.pages.page import Page
from hedge_widgets.server.forked import READY, REFUSED

# What IPython and ipykernel import only while a kernel starts.
IMPORTED_LATE = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "tornado.platform.asyncio",
)
# By how much sooner an out-of-memory killer is to end a kernel than this process, which all of them depend on.
OOM_STEP, OOM_MOST = 100, 1000
PR_SET_PDEATHSIG = 1  # of linux/prctl.h


def prepare() -> None:
    """Import what kernels import, build each page once and let it go."""
    # Nobody debugs a public page, and this alone takes a kernel 15 MB: ipykernel does without what is not there.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in IMPORTED_LATE:
        import_module(name)
    for name in hedge_widgets.__all__:
        each = getattr(hedge_widgets, name)
        if isinstance(each, type) and issubclass(each, Page):
            with suppress(Exception):  # the page says so itself, where somebody reads it
                each()  # type: ignore[call-arg]
    ipywidgets.Widget.close_all()
    forget_files()
    if len(list(Path("/proc/self/task").iterdir())) > 1:  # those of libraries too
        raise RuntimeError("a process with threads must not be forked")
    gc.collect()
    gc.freeze()  # a search for garbage would write to the memory that is shared


def forget_files() -> None:
    """Empty the caches of what reads files, so that a kernel shows them as they are when it starts."""
    package = "hedge_widgets.market"
    for name, module in [*sys.modules.items()]:
        if name.startswith(package):
            for each in vars(module).values():
                if hasattr(each, "cache_clear") and each.__module__.startswith(package):
                    each.cache_clear()


def serve(orders: socket.socket) -> dict[str, Any] | None:
    """Fork a kernel for each order and answer with its pid and its pidfd.

    An order is a line of JSON with the kernel's argv, env and cwd, and ``until`` when (`time.monotonic`) it is wanted.
    Where that is over, or no process or descriptor can be had, the answer is 0 and no pidfd.

    Returns
    -------
    dict or None
        In a child the order; in the process itself None, when nobody is left to ask.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: their pidfds tell
    parent = os.getpid()
    with orders, orders.makefile("rb") as lines:
        orders.sendall(READY)
        for line in lines:
            order = json.loads(line)
            if time.monotonic() > order.pop("until"):
                orders.sendall(REFUSED)
                continue
            try:
                if not (pid := os.fork()):
                    return {**order, "parent": parent}
                answer(orders, pid)
            except OSError:
                orders.sendall(REFUSED)
    return None


def answer(orders: socket.socket, pid: int) -> None:
    """Send a child's pid and pidfd, or end the child where that cannot be done."""
    try:
        pidfd = os.pidfd_open(pid)
        try:
            socket.send_fds(orders, [b"%d\n" % pid], [pidfd])
        finally:
            os.close(pidfd)
    except OSError:
        os.kill(pid, signal.SIGKILL)
        raise


def be_kernel(argv: list[str], env: dict[str, str], cwd: str, parent: int) -> None:
    """Become a kernel, as if started with this command line, environment and folder."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # the kernel ends with its parent
    if os.getppid() != parent:
        sys.exit(1)
    os.setsid()  # so that a signal to the kernel reaches what it starts, and nothing else
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with suppress(OSError):
        score = Path("/proc/self/oom_score_adj")
        score.write_text(str(min(OOM_MOST, int(score.read_text()) + OOM_STEP)))
    with suppress(OSError):
        Path("/proc/self/comm").write_text(Path(argv[-1]).stem[:15])  # its name in ps: kernel-1a2b3c4d
    os.environ.update(env)  # what the imported modules have set stays
    os.chdir(cwd)
    sys.argv = argv
    np.random.seed()  # noqa: NPY002  or all kernels would draw the same numbers
    app: Any = IPKernelApp.instance(parent_handle=parent)
    app.initialize(argv[1:])
    ipywidgets.register_comm_target()  # which it does by itself where it is imported in a kernel
    app.start()


def main(descriptor: int) -> None:
    """Prepare, then serve at this socket; in a child, be its kernel."""
    prepare()
    order = None
    with suppress(BrokenPipeError):  # who asked is gone
        order = serve(socket.socket(fileno=descriptor))
    if order:
        be_kernel(**order)
